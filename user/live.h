/* SPDX-License-Identifier: GPL-2.0 */
/*
 * live.h - the pages that the running kernel fills with events
 *
 * Used by stream.c and cmd_record.c.
 */
#ifndef _LIVE_H
#define _LIVE_H

#include "filter.h"
#include "lanes.h"

struct live;

struct live *live_open(unsigned int buffer_kib, bool images);
void live_close(struct live *live);
const struct ring_shape *live_shape(const struct live *live);
int live_filter(struct live *live, const struct filter_kernel *filter);
int live_start(struct live *live);
int live_read(struct live *live, page_fn fn, void *arg);
int live_stop(struct live *live, page_fn fn, void *arg);
uint64_t live_safe(const struct live *live);
int live_lost(struct live *live, unsigned int cpu, uint64_t *lost);

#endif /* _LIVE_H */
