// SPDX-License-Identifier: GPL-2.0
/*
 * piece.c - cuts what was asked of a stream into pieces
 *
 * Called by cmd_bytes.c when all events are there. A piece ends wherever a call,
 * an sk_buff or a record does, so that its octets all went the same way. The
 * pieces cover what was asked for with no gap, also where nothing is known.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "way.h"

/* sorted sk_buffs, and what is met on the way through them */
struct cutter {
	struct way		*way;
	struct range		wanted;
	uint64_t		lost;		/* events */
	struct buff		**buff;		/* by their first octet */
	size_t			nr_buffs;
	size_t			first_buff;	/* those before it are behind us */
	size_t			first_send;
	size_t			first_recv;
	size_t			first_end;
	size_t			first_urgent;
	uint64_t		*edge;
	size_t			nr_edges;
	size_t			cap_edges;
	struct piece		piece;
};

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* the octets it was sent with, and those that were queued, are one place */
static struct range place_of(const struct buff *b)
{
	if (b->relation == SCOPE_RELATION_MERGE)
		return b->queued;
	return b->range;
}

static int by_place(const void *a, const void *b)
{
	const struct buff *x = *(struct buff *const *)a;
	const struct buff *y = *(struct buff *const *)b;
	uint64_t from[2] = { place_of(x).from, place_of(y).from };

	if (from[0] != from[1])
		return from[0] < from[1] ? -1 : 1;
	return by_number(&x->id, &y->id);
}

static int by_range(const void *a, const void *b)
{
	const struct call *x = a, *y = b;

	if (x->range.from != y->range.from)
		return x->range.from < y->range.from ? -1 : 1;
	return by_number(&x->ts, &y->ts);
}

static int add_edge(struct cutter *c, uint64_t at)
{
	if (at <= c->wanted.from || at >= c->wanted.to)
		return 0;
	if (c->nr_edges == c->cap_edges) {
		size_t cap = c->cap_edges ? 2 * c->cap_edges : 256;
		uint64_t *bigger = realloc(c->edge, cap * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		c->edge = bigger;
		c->cap_edges = cap;
	}
	c->edge[c->nr_edges++] = at;
	return 0;
}

static int add_range(struct cutter *c, const struct range *range)
{
	int ret = 0;

	if (range_meets(range, &c->wanted)) {
		ret = add_edge(c, range->from);
		if (!ret)
			ret = add_edge(c, range->to);
	}
	return ret;
}

static int add_calls(struct cutter *c, struct calls *calls)
{
	size_t i;
	int ret = 0;

	if (calls->nr)
		qsort(calls->call, calls->nr, sizeof(calls->call[0]), by_range);
	for (i = 0; !ret && i < calls->nr; i++)
		ret = add_range(c, &calls->call[i].range);
	return ret;
}

/* a call may take less than it was given: then the next one begins before its end */
static void trim_sends(struct calls *sends)
{
	size_t i;

	if (sends->nr)
		qsort(sends->call, sends->nr, sizeof(sends->call[0]), by_range);
	for (i = 1; i < sends->nr; i++)
		if (sends->call[i - 1].range.to > sends->call[i].range.from)
			sends->call[i - 1].range.to = sends->call[i].range.from;
}

static int gather_buffs(struct cutter *c)
{
	struct buff *b;
	size_t nr = 0;
	int ret = 0;

	for (b = c->way->buffs; b; b = b->next)
		nr++;
	c->buff = calloc(nr + 1, sizeof(c->buff[0]));
	c->piece.buff = calloc(nr + 1, sizeof(c->piece.buff[0]));
	c->piece.recv = calloc(c->way->recvs.nr + 1, sizeof(c->piece.recv[0]));
	if (!c->buff || !c->piece.buff || !c->piece.recv)
		return -ENOMEM;
	for (b = c->way->buffs; !ret && b; b = b->next) {
		struct range place = place_of(b);

		if (!range_meets(&place, &c->wanted))
			continue;
		c->buff[c->nr_buffs++] = b;
		ret = add_range(c, &place);
		if (!ret && b->queued.to)
			ret = add_range(c, &b->queued);
		if (!ret && b->taken.to && c->lost)
			ret = add_range(c, &b->taken);
	}
	qsort(c->buff, c->nr_buffs, sizeof(c->buff[0]), by_place);
	return ret;
}

/* one that collects has the octets of those that are merged into it */
static void collect(struct way *way, struct buff *const *by_id, size_t nr)
{
	struct buff *b;
	size_t i;

	for (i = 0; i < nr; i++)
		if (by_id[i]->relation == SCOPE_RELATION_MERGE)
			by_id[i]->queued = (struct range){ UINT64_MAX, 0 };
	for (b = way->buffs; b; b = b->next) {
		size_t lo = 0, hi = nr;

		if (!b->merged)
			continue;
		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;

			if (by_id[mid]->id < b->merged)
				lo = mid + 1;
			else
				hi = mid;
		}
		if (lo == nr || by_id[lo]->id != b->merged)
			continue;
		if (b->queued.from < by_id[lo]->queued.from)
			by_id[lo]->queued.from = b->queued.from;
		if (b->queued.to > by_id[lo]->queued.to)
			by_id[lo]->queued.to = b->queued.to;
	}
}

static int buff_by_id(const void *a, const void *b)
{
	const struct buff *x = *(struct buff *const *)a;
	const struct buff *y = *(struct buff *const *)b;

	return by_number(&x->id, &y->id);
}

static int collect_all(struct way *way)
{
	struct buff **by_id, *b;
	size_t nr = 0;

	for (b = way->buffs; b; b = b->next)
		nr++;
	by_id = calloc(nr + 1, sizeof(*by_id));
	if (!by_id)
		return -ENOMEM;
	nr = 0;
	for (b = way->buffs; b; b = b->next)
		by_id[nr++] = b;
	qsort(by_id, nr, sizeof(*by_id), buff_by_id);
	collect(way, by_id, nr);
	free(by_id);
	return 0;
}

static int by_first(const void *a, const void *b)
{
	const struct buff *x = *(const struct buff *const *)a;
	const struct buff *y = *(const struct buff *const *)b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return by_number(&x->id, &y->id);
}

/* of calls in the order of their octets, the first that does not end before */
static size_t skip_calls(const struct calls *calls, size_t first, uint64_t from)
{
	while (first < calls->nr && calls->call[first].range.to <= from)
		first++;
	return first;
}

static bool is_among(const struct calls *calls, size_t *first, uint64_t from,
		     uint64_t to)
{
	*first = skip_calls(calls, *first, from);
	return *first < calls->nr && calls->call[*first].range.from < to;
}

/*
 * A call that took less than it was given ends where the next one begins. The next
 * one may be among the events that were lost: then what an sk_buff was made with is
 * all that is known to be the call's.
 */
static bool is_sure(const struct cutter *c, const struct piece *p,
		    const struct call *send)
{
	size_t i;

	for (i = 0; c->lost && i < p->nr_buffs; i++)
		if (range_meets(&p->buff[i]->taken, &p->range) &&
		    (p->buff[i]->id == send->skb ||
		     p->buff[i]->parent == send->skb))
			return true;
	return !c->lost;
}

/* the sk_buff that brought it was read to its end, and this octet was not */
static bool is_passed_over(const struct cutter *c, const struct piece *p)
{
	size_t i;

	if (!p->urgent || p->nr_recvs || c->lost)
		return false;
	for (i = 0; i < p->nr_buffs; i++)
		if (range_meets(&p->buff[i]->queued, &p->range) &&
		    p->buff[i]->at[SCOPE_STATION_END_CONSUMED] &&
		    !p->buff[i]->merged)
			return true;
	return false;
}

static void fill_piece(struct cutter *c, uint64_t from, uint64_t to)
{
	struct piece *p = &c->piece;
	struct way *way = c->way;
	size_t i;

	p->way = way;
	p->range = (struct range){ from, to };
	p->send = NULL;
	p->nr_buffs = 0;
	p->nr_kept = 0;
	p->nr_frames = 0;
	p->nr_recvs = 0;

	c->first_send = skip_calls(&way->sends, c->first_send, from);
	if (c->first_send < way->sends.nr &&
	    way->sends.call[c->first_send].range.from < to)
		p->send = &way->sends.call[c->first_send];

	p->record_end = is_among(&way->record_ends, &c->first_end, from, to);
	p->urgent = is_among(&way->urgents, &c->first_urgent, from, to);

	while (c->first_buff < c->nr_buffs &&
	       place_of(c->buff[c->first_buff]).to <= from)
		c->first_buff++;
	for (i = c->first_buff; i < c->nr_buffs; i++) {
		struct range place = place_of(c->buff[i]);

		if (place.from >= to)
			break;
		if (place.to <= from)
			continue;
		p->buff[p->nr_buffs++] = c->buff[i];
		if (c->buff[i]->kept)
			p->nr_kept++;
		else if (c->buff[i]->relation != SCOPE_RELATION_MERGE)
			p->nr_frames++;
	}
	qsort(p->buff, p->nr_buffs, sizeof(p->buff[0]), by_first);

	c->first_recv = skip_calls(&way->recvs, c->first_recv, from);
	for (i = c->first_recv; i < way->recvs.nr &&
	     way->recvs.call[i].range.from < to; i++)
		if (way->recvs.call[i].range.to > from)
			p->recv[p->nr_recvs++] = &way->recvs.call[i];

	if (p->send && !is_sure(c, p, p->send))
		p->send = NULL;
	p->passed_over = is_passed_over(c, p);
}

/* behind the last octet that anything is known of */
static uint64_t end_of(const struct way *way)
{
	uint64_t end = 0;
	struct buff *b;
	size_t i;

	for (i = 0; i < way->sends.nr; i++)
		if (way->sends.call[i].range.to > end)
			end = way->sends.call[i].range.to;
	for (i = 0; i < way->recvs.nr; i++)
		if (way->recvs.call[i].range.to > end)
			end = way->recvs.call[i].range.to;
	for (i = 0; i < way->record_ends.nr; i++)
		if (way->record_ends.call[i].range.to > end)
			end = way->record_ends.call[i].range.to;
	for (b = way->buffs; b; b = b->next)
		if (b->range.to > end)
			end = b->range.to;
	return end;
}

static int find_edges(struct cutter *c)
{
	int ret;

	ret = collect_all(c->way);
	if (!ret)
		ret = gather_buffs(c);
	trim_sends(&c->way->sends);
	if (!ret)
		ret = add_calls(c, &c->way->sends);
	if (!ret)
		ret = add_calls(c, &c->way->recvs);
	if (!ret)
		ret = add_calls(c, &c->way->record_ends);
	if (!ret)
		ret = add_calls(c, &c->way->urgents);
	if (c->nr_edges)
		qsort(c->edge, c->nr_edges, sizeof(c->edge[0]), by_number);
	return ret;
}

/**
 * way_pieces - cut octets of a stream
 * @wanted: octets that are asked for; what is behind the last one that was seen
 *	is not there
 * @lost: how many events are missing: where there are any, less is certain
 * @fn: is given each piece, in their order
 *
 * Return: 0, -ENOMEM, or what @fn returned.
 */
int way_pieces(struct way *way, const struct range *wanted, uint64_t lost,
	       piece_fn fn, void *arg)
{
	struct cutter c = { .way = way, .wanted = *wanted, .lost = lost };
	uint64_t at, end = end_of(way);
	size_t i;
	int ret;

	if (c.wanted.to > end)
		c.wanted.to = end;
	if (c.wanted.from >= c.wanted.to)
		return 0;
	ret = find_edges(&c);
	at = c.wanted.from;
	for (i = 0; !ret && i <= c.nr_edges; i++) {
		uint64_t to = i < c.nr_edges ? c.edge[i] : c.wanted.to;

		if (to == at)
			continue;
		fill_piece(&c, at, to);
		ret = fn(&c.piece, arg);
		at = to;
	}
	free(c.buff);
	free(c.piece.buff);
	free(c.piece.recv);
	free(c.edge);
	return ret;
}

static bool is_queued(const struct piece *piece)
{
	size_t i;

	for (i = 0; i < piece->nr_buffs; i++)
		if (piece->buff[i]->at[SCOPE_STATION_SOCKET_QUEUE] &&
		    range_meets(&piece->buff[i]->queued, &piece->range))
			return true;
	return false;
}

/* the end of a record is no octet: it lacks nothing */
bool piece_lacks(const struct piece *piece, enum step step)
{
	if (piece->record_end)
		return false;
	switch (step) {
	case STEP_SEND:
		return !piece->send;
	case STEP_KEPT:
		return !piece->nr_kept;
	case STEP_SENT:
		/* a socketpair() has no frames: what is kept goes over */
		return !piece->nr_frames && !is_queued(piece);
	case STEP_QUEUED:
		return !is_queued(piece);
	case STEP_RECV:
		return !piece->nr_recvs && !piece->passed_over;
	default:
		return false;
	}
}

/* whether @b has no end because it goes on as another one */
bool piece_follows(const struct piece *piece, const struct buff *b)
{
	size_t i;

	for (i = 0; i < piece->nr_buffs; i++)
		if (piece->buff[i]->parent == b->id && !piece->buff[i]->kept &&
		    piece->buff[i]->at[SCOPE_STATION_DEVICE_RECEIVE])
			return true;
	return false;
}
