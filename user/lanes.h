/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lanes.h - pages of the rings, and their events in the order of their time
 *
 * Used by stream.c, filled by live.c and replay.c.
 */
#ifndef _LANES_H
#define _LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

/**
 * struct ring_shape - what a page looks like on the machine that filled it
 * @nr_cpus: how many rings there may be
 * @page_size: octets of a page at most
 * @long_size: octets of the kernel's long
 */
struct ring_shape {
	unsigned int	nr_cpus;
	size_t		page_size;
	unsigned int	long_size;
	bool		big_endian;
};

struct ring_shape ring_shape_here(void);

/* takes one page of a CPU's ring; returns 0 or -errno */
typedef int (*page_fn)(unsigned int cpu, const void *page, size_t size,
		       void *arg);

struct lanes;

struct lanes *lanes_new(struct event_decoder *decoder,
			const struct ring_shape *shape);
void lanes_free(struct lanes *l);
int lanes_add(unsigned int cpu, const void *page, size_t size, void *lanes);
bool lanes_next(struct lanes *l, uint64_t before, struct event *ev);
int lanes_error(const struct lanes *l);
size_t lanes_waiting(const struct lanes *l);
uint64_t lanes_missed(const struct lanes *l);
uint64_t lanes_late(const struct lanes *l);

#endif /* _LANES_H */
