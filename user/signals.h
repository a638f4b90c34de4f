/* SPDX-License-Identifier: GPL-2.0 */
/*
 * signals.h - end in order when asked to end
 *
 * Used by session.c and cmd_tour.c, which have an instance to remove.
 */
#ifndef _SIGNALS_H
#define _SIGNALS_H

#include <stdbool.h>

void signals_catch(void);
void signals_ignore_pipe(void);
void signals_restore(void);
int signals_caught(bool *from_terminal);

#endif /* _SIGNALS_H */
