// SPDX-License-Identifier: GPL-2.0
/*
 * journey.c - groups events by sk_buff, and sk_buffs by their parents
 *
 * Called by cmd_trace.c and cmd_tour.c with events in the order of their time.
 * A tree is handed out once, when every sk_buff of it has ended or when the
 * trace has, and forgotten then.
 *
 * One that has other octets than its parent, being the next segment of a stream
 * or a buffer that collects several, begins a tree of its own: a stream that
 * flows on would else be one tree that never ends.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "journey.h"
#include "skbscope.h"

#define HASH_SIZE	4096	/* a power of two */

/*
 * An end that is lost, or seen by nobody (a frame on a wire), would keep a
 * journey for ever: past this many the oldest is handed out as it is.
 */
#define JOURNEYS_MAX	16384

/*
 * The newest sk_buff that collects others' octets on a socket's receive queue.
 * Two sockets in one place: the later one has it.
 */
struct collector {
	uint64_t	sock;
	uint64_t	id;
};

#define COLLECTORS	256	/* a power of two */

struct journeys {
	journey_fn	done;
	void		*arg;
	size_t		nr;
	uint64_t	seen;
	struct journey	*oldest;	/* root */
	struct journey	*youngest;
	struct journey	*hash[HASH_SIZE];
	struct collector	collector[COLLECTORS];
};

struct journeys *journeys_new(journey_fn done, void *arg)
{
	struct journeys *js = calloc(1, sizeof(*js));

	if (js) {
		js->done = done;
		js->arg = arg;
	}
	return js;
}

/**
 * journey_keep - take the next event of one sk_buff
 *
 * Return: 0 or -ENOMEM.
 */
int journey_keep(struct journey *j, const struct event *ev)
{
	if (j->nr == j->cap) {
		size_t cap = j->cap ? 2 * j->cap : 12;
		struct event *bigger = realloc(j->ev, cap * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		j->ev = bigger;
		j->cap = cap;
	}
	j->ev[j->nr] = *ev;
	image_get(j->ev[j->nr++].image);
	return 0;
}

/* and let go of all it has */
void journey_drop(struct journey *j)
{
	while (j->nr)
		image_put(j->ev[--j->nr].image);
	free(j->ev);
}

static struct journey **hash_slot(struct journeys *js, uint64_t id)
{
	return &js->hash[id & (HASH_SIZE - 1)];
}

static struct journey *find(struct journeys *js, uint64_t id)
{
	struct journey *j = *hash_slot(js, id);

	while (j && j->id != id)
		j = j->hash_next;
	return j;
}

static void link_root(struct journeys *js, struct journey *j)
{
	j->older = js->youngest;
	if (js->youngest)
		js->youngest->younger = j;
	else
		js->oldest = j;
	js->youngest = j;
}

static void unlink_root(struct journeys *js, struct journey *j)
{
	if (j->older)
		j->older->younger = j->younger;
	else
		js->oldest = j->younger;
	if (j->younger)
		j->younger->older = j->older;
	else
		js->youngest = j->older;
}

static void forget(struct journeys *js, struct journey *j)
{
	struct journey **at = hash_slot(js, j->id);
	struct journey *child = j->child;

	while (child) {
		struct journey *next = child->next;

		forget(js, child);
		child = next;
	}
	while (*at != j)
		at = &(*at)->hash_next;
	*at = j->hash_next;
	js->nr--;
	journey_drop(j);
	free(j);
}

static void hand_out(struct journeys *js, struct journey *root)
{
	js->done(root, js->arg);
	unlink_root(js, root);
	forget(js, root);
}

static bool has_parents_octets(const struct journey *j)
{
	return j->relation != SCOPE_RELATION_SEGMENT &&
	       j->relation != SCOPE_RELATION_MERGE;
}

static struct journey *make(struct journeys *js, const struct event *ev)
{
	struct journey *j = calloc(1, sizeof(*j)), **slot, **last;

	if (!j)
		return NULL;
	j->id = ev->v[EVF_SKB];
	slot = hash_slot(js, j->id);
	j->hash_next = *slot;
	*slot = j;
	js->nr++;
	js->seen++;

	if (event_has(ev, EVF_PARENT) && ev->v[EVF_PARENT]) {
		j->parent = ev->v[EVF_PARENT];
		j->relation = ev->v[EVF_RELATION];
		if (j->parent != j->id && has_parents_octets(j))
			j->up = find(js, j->parent);
	}
	if (!j->up) {
		link_root(js, j);
		return j;
	}
	for (last = &j->up->child; *last; last = &(*last)->next)
		;
	*last = j;
	return j;
}

const struct event *journey_last(const struct journey *j)
{
	return j->nr ? &j->ev[j->nr - 1] : NULL;
}

/*
 * A driver takes an sk_buff from its socket and hands it on: then it has no
 * end, but goes on under another number, as its copy; or as its clone, where it
 * shares its data with the one that is kept to retransmit.
 */
const struct journey *journey_goes_on(const struct journey *j)
{
	const struct event *last = journey_last(j);
	const struct journey *child;

	if (!last || j->ended || !event_at(last, SCOPE_STATION_DEVICE_XMIT))
		return NULL;
	for (child = j->child; child; child = child->next)
		if (child->nr &&
		    event_at(&child->ev[0], SCOPE_STATION_DEVICE_RECEIVE))
			return child;
	return NULL;
}

/* this one and all that came from it have ended */
bool journey_over(const struct journey *j)
{
	const struct journey *child;

	if (!j->ended && !journey_goes_on(j))
		return false;
	for (child = j->child; child; child = child->next)
		if (!journey_over(child))
			return false;
	return true;
}

/* an event of it, or of what came from it, is wanted */
bool journey_chosen(const struct journey *j)
{
	const struct journey *child;
	size_t i;

	for (i = 0; i < j->nr; i++)
		if (j->ev[i].chosen)
			return true;
	for (child = j->child; child; child = child->next)
		if (journey_chosen(child))
			return true;
	return false;
}

static struct collector *collector_of(struct journeys *js, uint64_t sock)
{
	return &js->collector[sock & (COLLECTORS - 1)];
}

/*
 * A segment that was put on a receive queue and ends there unread gave its
 * octets to the one that collects there. One whose last octet means more than
 * itself stays whole, and may be passed over by the reader.
 */
static void note_merge(struct journeys *js, struct journey *j,
		       const struct event *ev)
{
	uint64_t sock = ev->v[EVF_SOCK];
	struct collector *collector = collector_of(js, sock);
	const struct event *last = journey_last(j);
	const int64_t whole = SCOPE_F_URG | SCOPE_F_END;

	if (j->relation == SCOPE_RELATION_MERGE &&
	    event_at(ev, SCOPE_STATION_SOCKET_QUEUE))
		*collector = (struct collector){ .sock = sock, .id = j->id };
	else if (event_at(ev, SCOPE_STATION_END_CONSUMED) && last &&
		 event_at(last, SCOPE_STATION_SOCKET_QUEUE) &&
		 !(last->v[EVF_FLAGS] & whole) && collector->sock == sock)
		j->merged = collector->id;
}

/**
 * journeys_add - take the next event
 *
 * Calls the function given to journeys_new() when a tree is complete.
 *
 * Return: 0 or -ENOMEM.
 */
int journeys_add(struct journeys *js, const struct event *ev)
{
	struct journey *j = find(js, ev->v[EVF_SKB]);
	int ret;

	if (!j) {
		if (js->nr >= JOURNEYS_MAX)
			hand_out(js, js->oldest);
		j = make(js, ev);
		if (!j)
			return -ENOMEM;
	}
	note_merge(js, j, ev);
	ret = journey_keep(j, ev);
	if (ret)
		return ret;
	if (!event_is_end(ev))
		return 0;

	j->ended = true;
	while (j->up)
		j = j->up;
	if (journey_over(j))
		hand_out(js, j);
	return 0;
}

/* the trace is over: hand out what is left, from the oldest */
void journeys_finish(struct journeys *js)
{
	while (js->oldest)
		hand_out(js, js->oldest);
}

void journeys_free(struct journeys *js)
{
	if (!js)
		return;
	while (js->oldest) {
		struct journey *root = js->oldest;

		unlink_root(js, root);
		forget(js, root);
	}
	free(js);
}

/* how many sk_buffs had an event */
uint64_t journeys_seen(const struct journeys *js)
{
	return js->seen;
}
