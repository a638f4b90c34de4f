/* SPDX-License-Identifier: GPL-2.0 */
/*
 * last.h - the event before, of each sk_buff
 *
 * Used by cmd_trace.c.
 */
#ifndef _LAST_H
#define _LAST_H

#include "event.h"

struct lasts;

struct lasts *lasts_new(void);
void lasts_free(struct lasts *l);
const struct event *lasts_before(struct lasts *l, const struct event *ev);
int lasts_add(struct lasts *l, const struct event *ev);

#endif /* _LAST_H */
