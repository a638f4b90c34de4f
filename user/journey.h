/* SPDX-License-Identifier: GPL-2.0 */
/*
 * journey.h - the events of one sk_buff, and those that came from it
 *
 * Built by journey.c, used by cmd_trace.c and cmd_tour.c, and one of them alone
 * by life.c; shown by render_journey.c.
 */
#ifndef _JOURNEY_H
#define _JOURNEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

/**
 * struct journey - one sk_buff from its first event to its last
 * @merged: number of the one that took its octets in, 0 for none
 * @up: the journey it came from, if it has the same octets or answers them
 * @child: the first of those that came from it; @next is the one after it
 * @ended: there is nothing to come
 */
struct journey {
	uint64_t	id;
	uint64_t	parent;
	unsigned int	relation;
	bool		ended;
	uint64_t	merged;
	size_t		nr;
	size_t		cap;
	struct event	*ev;
	struct journey	*up;
	struct journey	*child;
	struct journey	*next;
	/* journey.c's own: all of one hash, all roots by age */
	struct journey	*hash_next;
	struct journey	*older;
	struct journey	*younger;
};

struct journeys;

typedef void (*journey_fn)(const struct journey *root, void *arg);

struct journeys *journeys_new(journey_fn done, void *arg);
void journeys_free(struct journeys *js);
int journeys_add(struct journeys *js, const struct event *ev);
void journeys_finish(struct journeys *js);
uint64_t journeys_seen(const struct journeys *js);

int journey_keep(struct journey *j, const struct event *ev);
void journey_drop(struct journey *j);
const struct event *journey_last(const struct journey *j);
const struct journey *journey_goes_on(const struct journey *j);
bool journey_over(const struct journey *j);
bool journey_chosen(const struct journey *j);

#endif /* _JOURNEY_H */
