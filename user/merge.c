// SPDX-License-Identifier: GPL-2.0
/*
 * merge.c - the events of all CPUs in the order of their time
 *
 * Called by lanes.c. The kernel keeps one ring a CPU, each in order; a lane
 * here is the waiting events of one ring. Who pops says up to which time every
 * ring has been read, or an event of a slow CPU would come after a later one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "merge.h"

struct lane {
	struct event	*ev;	/* ring of cap events, a power of two */
	size_t		cap;
	size_t		first;
	size_t		nr;
};

struct merge {
	unsigned int	nr_lanes;
	uint64_t	last;	/* time of the last event that was popped */
	uint64_t	late;	/* events that came when it was too late */
	struct lane	lane[];
};

struct merge *merge_new(unsigned int nr_cpus)
{
	struct merge *m;

	m = calloc(1, sizeof(*m) + nr_cpus * sizeof(m->lane[0]));
	if (m)
		m->nr_lanes = nr_cpus;
	return m;
}

void merge_free(struct merge *m)
{
	unsigned int i;

	if (!m)
		return;
	for (i = 0; i < m->nr_lanes; i++) {
		struct lane *lane = &m->lane[i];

		while (lane->nr--)
			image_put(lane->ev[lane->first++ & (lane->cap - 1)].image);
		free(lane->ev);
	}
	free(m);
}

static int lane_grow(struct lane *lane)
{
	size_t cap = lane->cap ? 2 * lane->cap : 64, i;
	struct event *ev = malloc(cap * sizeof(*ev));

	if (!ev)
		return -ENOMEM;
	for (i = 0; i < lane->nr; i++)
		ev[i] = lane->ev[(lane->first + i) & (lane->cap - 1)];
	free(lane->ev);
	lane->ev = ev;
	lane->cap = cap;
	lane->first = 0;
	return 0;
}

/*
 * Events of one lane must come in their order. What holds the event's image holds
 * it for the merge from here on. Returns 0 or -errno.
 */
int merge_push(struct merge *m, unsigned int lane_nr, const struct event *ev)
{
	struct lane *lane;

	if (lane_nr >= m->nr_lanes)
		return -EINVAL;
	lane = &m->lane[lane_nr];
	if (lane->nr == lane->cap && lane_grow(lane))
		return -ENOMEM;
	lane->ev[(lane->first + lane->nr) & (lane->cap - 1)] = *ev;
	lane->nr++;
	return 0;
}

/*
 * A coarse clock gives many events one time. Two CPUs' events of one packet
 * then still have an order: the packet's, an image before its station. And of
 * two packets the one with the lower number was there first: the other one may
 * have come from it.
 */
static bool goes_first(const struct event *a, const struct event *b)
{
	if (a->ts != b->ts)
		return a->ts < b->ts;
	if (a->v[EVF_SKB] != b->v[EVF_SKB])
		return (uint64_t)a->v[EVF_SKB] < (uint64_t)b->v[EVF_SKB];
	if (a->kind == EVENT_REFUSED || b->kind == EVENT_REFUSED)
		return false;
	if (a->v[EVF_STATION] != b->v[EVF_STATION])
		return a->v[EVF_STATION] < b->v[EVF_STATION];
	return a->kind == EVENT_IMAGE && b->kind == EVENT_STATION;
}

/* the earliest event, if it is earlier than @before */
bool merge_pop(struct merge *m, uint64_t before, struct event *ev)
{
	struct lane *best = NULL;
	unsigned int i;

	for (i = 0; i < m->nr_lanes; i++) {
		struct lane *lane = &m->lane[i];

		if (lane->nr && (!best || goes_first(&lane->ev[lane->first],
						     &best->ev[best->first])))
			best = lane;
	}
	if (!best || best->ev[best->first].ts >= before)
		return false;

	*ev = best->ev[best->first];
	best->first = (best->first + 1) & (best->cap - 1);
	best->nr--;
	if (ev->ts < m->last)
		m->late++;
	else
		m->last = ev->ts;
	return true;
}

size_t merge_lane_len(const struct merge *m, unsigned int lane)
{
	return lane < m->nr_lanes ? m->lane[lane].nr : 0;
}

/* how many events were popped after one of a later time */
uint64_t merge_late(const struct merge *m)
{
	return m->late;
}
