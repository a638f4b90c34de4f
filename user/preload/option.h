/* SPDX-License-Identifier: GPL-2.0 */
/*
 * option.h - the socket options of moved sockets
 *
 * Used by calls.c and carrier.c.
 */
#ifndef _PRELOAD_OPTION_H
#define _PRELOAD_OPTION_H

#include "preload/alias.h"

int option_get(int fd, const struct alias *alias, int level, int name,
	       void *value, socklen_t *len);
int option_set(int fd, const struct alias *alias, int level, int name,
	       const void *value, socklen_t len);
void option_note(int fd, int level, int name, const void *value, socklen_t len);
void option_apply(int fd, const struct alias_option *option);

#endif /* _PRELOAD_OPTION_H */
