/* SPDX-License-Identifier: GPL-2.0 */
/*
 * merge.h - the events of all CPUs in the order of their time
 *
 * Used by lanes.c.
 */
#ifndef _MERGE_H
#define _MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

struct merge;

struct merge *merge_new(unsigned int nr_cpus);
void merge_free(struct merge *m);
int merge_push(struct merge *m, unsigned int lane, const struct event *ev);
bool merge_pop(struct merge *m, uint64_t before, struct event *ev);
size_t merge_lane_len(const struct merge *m, unsigned int lane);
uint64_t merge_late(const struct merge *m);

#endif /* _MERGE_H */
