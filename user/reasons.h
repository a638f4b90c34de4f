/* SPDX-License-Identifier: GPL-2.0 */
/*
 * reasons.h - the names that one kernel has for why it drops an sk_buff
 *
 * Used by cmd_trace.c and filter.c, filled by reasons.c and replay.c.
 */
#ifndef _REASONS_H
#define _REASONS_H

#include <stdbool.h>
#include <stddef.h>

struct reasons;

struct reasons *reasons_here(void);
struct reasons *reasons_of(const char *lines);
bool reasons_have(const struct reasons *reasons, const char *name);
void reasons_free(struct reasons *reasons);

#endif /* _REASONS_H */
