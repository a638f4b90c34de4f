/* SPDX-License-Identifier: GPL-2.0 */
/*
 * way.h - where the octets of a stream went
 *
 * Gathered by way.c out of events, cut into pieces by piece.c, used by
 * cmd_bytes.c.
 */
#ifndef _WAY_H
#define _WAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "skbscope.h"

/* octets of a stream, counted from 0: from the first to behind the last one */
struct range {
	uint64_t	from;
	uint64_t	to;
};

static inline bool range_meets(const struct range *a, const struct range *b)
{
	return a->from < b->to && b->from < a->to;
}

/**
 * struct call - a send call, or what a recv call took out of one sk_buff
 * @skb: the one that its first octet went to, or that it took from
 */
struct call {
	struct range	range;
	uint64_t	ts;
	uint64_t	skb;
	uint64_t	sock;
};

/**
 * struct buff - an sk_buff with octets of the stream
 * @kept: on the write queue, until they are acknowledged; else a frame, or one
 *	that collects octets on a receive queue
 * @range: its octets; the ones it had last if it is kept, else at first
 * @taken: those that one send call took, for which it was made; none where that was
 *	not seen
 * @urgent: its last octet was sent as urgent
 * @queued: its octets as they got on the receive queue
 * @at: when it was at each station first, 0 for never
 * @last: the station it was at last, before its end
 * @dev: the device it went out by, or came by where that was not seen
 * @merged: the one that collected its octets, 0 for none
 */
struct buff {
	uint64_t	id;
	uint64_t	parent;
	unsigned int	relation;
	bool		kept;
	bool		urgent;
	struct range	range;
	struct range	taken;
	struct range	queued;
	uint64_t	at[SCOPE_STATION_MAX + 1];
	uint64_t	first;		/* when it was first seen */
	unsigned int	last;
	uint64_t	merged;
	uint64_t	receiver;	/* the socket on whose queue it was */
	char		dev[EVENT_DEV_LEN];
	char		reason[EVENT_REASON_LEN];
	struct way	*way;
	struct buff	*hash_next;
	struct buff	*next;
};

static inline bool buff_has_ended(const struct buff *b)
{
	return b->at[SCOPE_STATION_END_CONSUMED] ||
	       b->at[SCOPE_STATION_END_DROPPED];
}

struct calls {
	struct call	*call;
	size_t		nr;
	size_t		cap;
};

/**
 * struct way - what is known of one direction of a connection
 * @sock: the cookie of the sender
 * @peer: of the receiver, 0 while it is not known
 * @record_ends: where a record ends there is a number without an octet
 * @urgents: octets that were sent as urgent, some more than once
 */
struct way {
	uint64_t	sock;
	uint64_t	peer;
	unsigned int	sport;
	unsigned int	dport;
	struct calls	sends;
	struct calls	recvs;
	struct calls	record_ends;
	struct calls	urgents;
	struct buff	*buffs;
	uint64_t	collector;	/* the newest on the receive queue */
	struct way	*next;
};

struct ways;

struct ways *ways_new(uint64_t sock, const struct range *wanted);
void ways_free(struct ways *ws);
int ways_add(struct ways *ws, const struct event *ev);
struct way *ways_first(const struct ways *ws);

/**
 * struct piece - octets that all went the same way
 * @urgent: it is one octet, sent as urgent
 * @passed_over: and the reader went on behind it without asking for it
 * @send: NULL where no call is known
 */
struct piece {
	const struct way	*way;
	struct range		range;
	bool			record_end;
	bool			urgent;
	bool			passed_over;
	const struct call	*send;
	const struct buff	**buff;
	size_t			nr_buffs;
	size_t			nr_kept;
	size_t			nr_frames;
	const struct call	**recv;
	size_t			nr_recvs;
};

/* the steps that octets take, of which a piece may lack some */
enum step {
	STEP_SEND,		/* a send call took them */
	STEP_KEPT,		/* they are on the write queue, in an sk_buff */
	STEP_SENT,		/* a frame went out with them */
	STEP_QUEUED,		/* they got on a receive queue */
	STEP_RECV,		/* a recv call gave them */
	STEPS,
};

bool piece_lacks(const struct piece *piece, enum step step);
bool piece_follows(const struct piece *piece, const struct buff *b);

typedef int (*piece_fn)(const struct piece *piece, void *arg);

int way_pieces(struct way *way, const struct range *wanted, uint64_t lost,
	       piece_fn fn, void *arg);

#endif /* _WAY_H */
