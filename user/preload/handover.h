/* SPDX-License-Identifier: GPL-2.0 */
/*
 * handover.h - brings aliases over execve()
 *
 * Used by exec.c, which writes them, and alias.c, which finds them again.
 */
#ifndef _PRELOAD_HANDOVER_H
#define _PRELOAD_HANDOVER_H

#include "preload/alias.h"

/* octets of environment it takes at most; what is too much is guessed later */
#define HANDOVER_MAX	16384

bool handover_write(char text[HANDOVER_MAX]);
bool handover_find(uint64_t cookie, struct alias *alias);

#endif /* _PRELOAD_HANDOVER_H */
