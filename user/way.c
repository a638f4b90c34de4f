// SPDX-License-Identifier: GPL-2.0
/*
 * way.c - where the octets of a stream went
 *
 * Called by cmd_bytes.c with events in the order of their time. What belongs
 * together is told by the numbers: an sk_buff is of the stream that its parent is
 * of, a receiver of that which comes to it. Events may be missing: then less is
 * known, and nothing is guessed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "way.h"

#define HASH_SIZE	4096	/* a power of two */

struct ways {
	uint64_t	sock;		/* the one that is asked for, 0 for all */
	struct range	wanted;
	struct way	*first;
	struct way	**last;
	struct buff	*hash[HASH_SIZE];
};

/* sock: the sender's cookie, 0 for every sender */
struct ways *ways_new(uint64_t sock, const struct range *wanted)
{
	struct ways *ws = calloc(1, sizeof(*ws));

	if (ws) {
		ws->sock = sock;
		ws->wanted = *wanted;
		ws->last = &ws->first;
	}
	return ws;
}

static void free_way(struct way *way)
{
	while (way->buffs) {
		struct buff *b = way->buffs;

		way->buffs = b->next;
		free(b);
	}
	free(way->sends.call);
	free(way->recvs.call);
	free(way->record_ends.call);
	free(way->urgents.call);
	free(way);
}

void ways_free(struct ways *ws)
{
	if (!ws)
		return;
	while (ws->first) {
		struct way *way = ws->first;

		ws->first = way->next;
		free_way(way);
	}
	free(ws);
}

struct way *ways_first(const struct ways *ws)
{
	return ws->first;
}

static struct way *way_of_sender(struct ways *ws, const struct event *ev)
{
	uint64_t sock = ev->v[EVF_SOCK];
	struct way *way = ws->first;

	if (!sock || (ws->sock && sock != ws->sock))
		return NULL;
	while (way && way->sock != sock)
		way = way->next;
	if (way)
		return way;
	way = calloc(1, sizeof(*way));
	if (!way)
		return NULL;
	way->sock = sock;
	way->sport = ev->v[EVF_SPORT];
	way->dport = ev->v[EVF_DPORT];
	*ws->last = way;
	ws->last = &way->next;
	return way;
}

static struct way *way_of_receiver(struct ways *ws, uint64_t sock)
{
	struct way *way = ws->first;

	while (way && (!sock || way->peer != sock))
		way = way->next;
	return way;
}

static int keep_call(struct calls *calls, const struct call *call)
{
	if (calls->nr == calls->cap) {
		size_t cap = calls->cap ? 2 * calls->cap : 64;
		struct call *bigger = realloc(calls->call,
					      cap * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		calls->call = bigger;
		calls->cap = cap;
	}
	calls->call[calls->nr++] = *call;
	return 0;
}

static struct buff **hash_slot(struct ways *ws, uint64_t id)
{
	return &ws->hash[id & (HASH_SIZE - 1)];
}

static struct buff *find(struct ways *ws, uint64_t id)
{
	struct buff *b = id ? *hash_slot(ws, id) : NULL;

	while (b && b->id != id)
		b = b->hash_next;
	return b;
}

static bool is_kept_at(unsigned int station)
{
	return station == SCOPE_STATION_SOCKET_ALLOC ||
	       station == SCOPE_STATION_PROTOCOL_PUSH;
}

/* the stream that an unknown sk_buff is of, or NULL */
static struct way *way_of(struct ways *ws, const struct event *ev)
{
	unsigned int station = ev->v[EVF_STATION];
	const struct buff *parent;

	if (is_kept_at(station) || station == SCOPE_STATION_PROTOCOL_CLONE)
		return way_of_sender(ws, ev);
	parent = find(ws, ev->v[EVF_PARENT]);
	if (parent)
		return parent->way;
	if (station >= SCOPE_STATION_PROTOCOL_DELIVER &&
	    station <= SCOPE_STATION_SOCKET_RECV)
		return way_of_receiver(ws, ev->v[EVF_SOCK]);
	return NULL;
}

static struct range range_of(const struct event *ev)
{
	return (struct range){
		.from = ev->v[EVF_OFFSET], .to = ev->v[EVF_OFFSET_END],
	};
}

/* the end of a record has a number of its own, which the range leaves out */
static bool is_wanted(const struct ways *ws, const struct range *range)
{
	return range->from < ws->wanted.to && range->to >= ws->wanted.from;
}

static struct buff *begin(struct ways *ws, const struct event *ev)
{
	bool collects = ev->v[EVF_RELATION] == SCOPE_RELATION_MERGE;
	struct range range = range_of(ev);
	struct buff *b, **slot;
	struct way *way;

	if (!event_has(ev, EVF_OFFSET) && !collects)
		return NULL;
	way = way_of(ws, ev);
	/* what is kept may get more octets */
	if (!way || (!collects && way->peer &&
		     !is_kept_at(ev->v[EVF_STATION]) &&
		     !is_wanted(ws, &range)))
		return NULL;
	b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	b->id = ev->v[EVF_SKB];
	b->parent = ev->v[EVF_PARENT];
	b->relation = ev->v[EVF_RELATION];
	b->kept = is_kept_at(ev->v[EVF_STATION]);
	b->range = range;
	b->first = ev->ts;
	b->way = way;
	b->next = way->buffs;
	way->buffs = b;
	slot = hash_slot(ws, b->id);
	b->hash_next = *slot;
	*slot = b;
	return b;
}

/*
 * One that was on a receive queue and ends there unread gave its octets to the
 * one that collects there, unless its last octet means more than itself.
 */
static void note_merge(struct buff *b, const struct event *ev)
{
	if (b->relation == SCOPE_RELATION_MERGE &&
	    event_at(ev, SCOPE_STATION_SOCKET_QUEUE))
		b->way->collector = b->id;
	else if (event_at(ev, SCOPE_STATION_END_CONSUMED) &&
		 b->last == SCOPE_STATION_SOCKET_QUEUE &&
		 !(ev->v[EVF_FLAGS] & (SCOPE_F_URG | SCOPE_F_END)))
		b->merged = b->way->collector;
}

static int note_record_end(struct way *way, const struct event *ev)
{
	uint64_t end = ev->v[EVF_OFFSET_END];
	struct call call = { .range = { end, end + 1 } };

	if (!(ev->v[EVF_FLAGS] & SCOPE_F_END))
		return 0;
	if (way->record_ends.nr &&
	    way->record_ends.call[way->record_ends.nr - 1].range.from >= end)
		return 0;
	return keep_call(&way->record_ends, &call);
}

/* of what a call reads the last octet is not that of the sk_buff */
static int note_urgent(struct buff *b, const struct event *ev)
{
	uint64_t end = ev->v[EVF_OFFSET_END];
	struct call call = { .range = { end - 1, end } };

	if (b->urgent || !(ev->v[EVF_FLAGS] & SCOPE_F_URG) || !end ||
	    !event_has(ev, EVF_OFFSET) ||
	    event_at(ev, SCOPE_STATION_SOCKET_RECV))
		return 0;
	b->urgent = true;
	return keep_call(&b->way->urgents, &call);
}

static int pass(struct buff *b, const struct event *ev)
{
	unsigned int station = ev->v[EVF_STATION];
	int ret = 0;

	if (station > SCOPE_STATION_MAX)
		return 0;
	note_merge(b, ev);
	if (!b->at[station])
		b->at[station] = ev->ts;
	if (!event_is_end(ev))
		b->last = station;
	if (b->kept && is_kept_at(station) && event_has(ev, EVF_OFFSET)) {
		b->range = range_of(ev);
		ret = note_record_end(b->way, ev);
	}
	if (b->kept && station == SCOPE_STATION_SOCKET_ALLOC)
		b->taken = range_of(ev);
	if (!ret)
		ret = note_urgent(b, ev);
	if (station == SCOPE_STATION_SOCKET_QUEUE) {
		b->queued = range_of(ev);
		b->receiver = ev->v[EVF_SOCK];
		/* a socketpair()'s: only here its place is certain */
		if (b->kept)
			b->taken = b->queued;
	}
	if (station >= SCOPE_STATION_PROTOCOL_DELIVER &&
	    station <= SCOPE_STATION_SOCKET_RECV && ev->v[EVF_SOCK])
		b->way->peer = ev->v[EVF_SOCK];
	/* the one it goes out by; or came by, if it was not seen before */
	if (ev->dev[0] && (station <= SCOPE_STATION_DEVICE_XMIT || !b->dev[0]))
		memcpy(b->dev, ev->dev, sizeof(b->dev));
	memcpy(b->reason, ev->reason, sizeof(b->reason));
	return ret;
}

static int take_send(struct ways *ws, const struct event *ev)
{
	struct way *way = way_of_sender(ws, ev);
	struct call call = {
		.range = range_of(ev), .ts = ev->ts, .skb = ev->v[EVF_SKB],
		.sock = ev->v[EVF_SOCK],
	};

	if (!way || !event_has(ev, EVF_OFFSET))
		return 0;
	return keep_call(&way->sends, &call);
}

static int take_recv(struct way *way, const struct event *ev)
{
	struct call call = {
		.range = range_of(ev), .ts = ev->ts, .skb = ev->v[EVF_SKB],
		.sock = ev->v[EVF_SOCK],
	};

	if (!way || !event_has(ev, EVF_OFFSET))
		return 0;
	return keep_call(&way->recvs, &call);
}

/**
 * ways_add - take the next event
 *
 * Return: 0 or -ENOMEM.
 */
int ways_add(struct ways *ws, const struct event *ev)
{
	struct buff *b;
	int ret = 0;

	if (ev->kind != EVENT_STATION)
		return 0;
	if (event_at(ev, SCOPE_STATION_SOCKET_SEND))
		return take_send(ws, ev);
	b = find(ws, ev->v[EVF_SKB]) ?: begin(ws, ev);
	if (b)
		ret = pass(b, ev);
	if (!ret && event_at(ev, SCOPE_STATION_SOCKET_RECV))
		ret = take_recv(b ? b->way :
				way_of_receiver(ws, ev->v[EVF_SOCK]), ev);
	return ret;
}
