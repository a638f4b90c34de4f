// SPDX-License-Identifier: GPL-2.0
/*
 * render_way.c - where the octets of a stream went, step by step
 *
 * Called by cmd_bytes.c. A piece is drawn as a journey is: one line a step, in
 * the order of their time, with the time since the one before.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "render.h"

#define TEXT_LEN	160

struct line {
	uint64_t	ts;
	size_t		nr;		/* of two at one time the first comes first */
	int		station;
	bool		bad;
	char		text[TEXT_LEN];
};

struct steps {
	struct line	*line;
	size_t		nr;
	size_t		cap;
};

static void add(struct steps *s, uint64_t ts, int station, bool bad,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static void add(struct steps *s, uint64_t ts, int station, bool bad,
		const char *fmt, ...)
{
	struct line *line;
	va_list ap;

	/* there is room: as many as any piece has were asked for */
	if (!ts || s->nr == s->cap)
		return;
	line = &s->line[s->nr];
	line->ts = ts;
	line->nr = s->nr++;
	line->station = station;
	line->bad = bad;
	va_start(ap, fmt);
	vsnprintf(line->text, sizeof(line->text), fmt, ap);
	va_end(ap);
}

#define RANGE	"[%" PRIu64 "-%" PRIu64 ")"
#define SKB	"skb %" PRIu64

static void add_end(struct steps *s, const struct buff *b)
{
	char name[NAME_LEN];

	add(s, b->at[SCOPE_STATION_END_DROPPED], SCOPE_STATION_END_DROPPED,
	    true, SKB "  %s, after %s", b->id, *b->reason ? b->reason : "?",
	    name_station(b->last, name));
	if (b->kept && !b->at[SCOPE_STATION_SOCKET_QUEUE])
		add(s, b->at[SCOPE_STATION_END_CONSUMED],
		    SCOPE_STATION_END_CONSUMED, false, SKB "  acknowledged",
		    b->id);
	else if (b->merged)
		add(s, b->at[SCOPE_STATION_END_CONSUMED],
		    SCOPE_STATION_END_CONSUMED, false,
		    SKB "  its octets go on in skb %" PRIu64, b->id,
		    b->merged);
}

/* at the station where it was seen first */
static void add_begin(struct steps *s, const struct buff *b)
{
	bool again = b->relation == SCOPE_RELATION_RETRANSMISSION;
	char name[NAME_LEN];
	int station;

	if (b->relation == SCOPE_RELATION_MERGE)
		return;
	for (station = 1; station < SCOPE_STATION_END_CONSUMED; station++)
		if (b->at[station] == b->first)
			break;
	if (b->parent)
		add(s, b->first, station, again,
		    SKB "  " RANGE "  %s of skb %" PRIu64, b->id,
		    b->range.from, b->range.to,
		    name_relation(b->relation, name), b->parent);
	else
		add(s, b->first, station, false, SKB "  " RANGE, b->id,
		    b->range.from, b->range.to);
}

static void add_buff(struct steps *s, const struct buff *b)
{
	add_begin(s, b);
	add(s, b->at[SCOPE_STATION_DEVICE_XMIT], SCOPE_STATION_DEVICE_XMIT,
	    false, SKB "  dev %s", b->id, b->dev);
	if (b->relation == SCOPE_RELATION_MERGE)
		add(s, b->at[SCOPE_STATION_SOCKET_QUEUE],
		    SCOPE_STATION_SOCKET_QUEUE, false,
		    SKB "  collects small segments, from skb %" PRIu64 " on",
		    b->id, b->parent);
	else
		add(s, b->at[SCOPE_STATION_SOCKET_QUEUE],
		    SCOPE_STATION_SOCKET_QUEUE, false,
		    SKB "  " RANGE "  sock %" PRIu64, b->id, b->queued.from,
		    b->queued.to, b->receiver);
	add_end(s, b);
}

static int by_time(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	return x->nr < y->nr ? -1 : 1;
}

/* a socketpair()'s peer is read from directly, a collector gives all it has */
static void add_calls(struct steps *s, const struct piece *piece)
{
	size_t i;

	if (piece->send)
		add(s, piece->send->ts, SCOPE_STATION_SOCKET_SEND, false,
		    RANGE "  sock %" PRIu64, piece->send->range.from,
		    piece->send->range.to, piece->send->sock);
	for (i = 0; i < piece->nr_recvs; i++)
		add(s, piece->recv[i]->ts, SCOPE_STATION_SOCKET_RECV, false,
		    SKB "  " RANGE "  sock %" PRIu64, piece->recv[i]->skb,
		    piece->recv[i]->range.from, piece->recv[i]->range.to,
		    piece->recv[i]->sock);
}

static void write_steps(FILE *out, const struct steps *s,
			const struct palette *p)
{
	char since[DURATION_LEN], name[NAME_LEN];
	const struct line *line;
	size_t i;

	for (i = 0; i < s->nr; i++) {
		line = &s->line[i];
		since[0] = '\0';
		if (i)
			text_duration(line->ts - line[-1].ts, since);
		fprintf(out, "  %s%-10s  %s%-17s%s  %s\n", i ? "+" : " ", since,
			line->bad ? p->bad : "",
			name_station(line->station, name),
			line->bad ? p->off : "", line->text);
	}
}

static const char *const did_not[STEPS] = {
	"no send call was seen: it was before the first event",
	"no sk_buff of the write queue was seen: it was before the first event",
	"not sent so far",
	"not on a receive queue so far",
	"not read so far",
};

static const char *const not_known[STEPS] = {
	"which send call took them",
	"which sk_buff of the write queue had them",
	"which frame went out with them",
	"which sk_buff brought them to the receive queue",
	"which recv call gave them",
};

/* what is not there; a frame that vanished without an end may be anywhere */
static void write_rest(FILE *out, const struct piece *piece, uint64_t lost)
{
	char name[NAME_LEN];
	unsigned int step;
	size_t i;

	for (i = 0; i < piece->nr_buffs; i++) {
		const struct buff *b = piece->buff[i];

		if (b->kept || buff_has_ended(b) || piece_follows(piece, b) ||
		    b->at[SCOPE_STATION_SOCKET_QUEUE])
			continue;
		if (lost)
			fprintf(out, "   not known: what became of skb %" PRIu64 " after %s\n",
				b->id, name_station(b->last, name));
		else if (b->last == SCOPE_STATION_DEVICE_XMIT)
			fprintf(out, "   skb %" PRIu64 ": handed to %s; what follows is not seen here\n",
				b->id, b->dev);
		else
			fprintf(out, "   skb %" PRIu64 ": still at %s\n", b->id,
				name_station(b->last, name));
	}
	if (piece->passed_over)
		fputs("   passed over by the reader, who did not ask for it by MSG_OOB\n",
		      out);
	for (step = 0; step < STEPS; step++) {
		if (!piece_lacks(piece, step))
			continue;
		if (lost)
			fprintf(out, "   not known: %s\n", not_known[step]);
		else
			fprintf(out, "   %s\n", did_not[step]);
	}
}

/* whose octets follow */
void render_way(FILE *out, const struct way *way, const struct palette *p)
{
	fprintf(out, "%ssock %" PRIu64 " -> sock ", p->bold, way->sock);
	if (way->peer)
		fprintf(out, "%" PRIu64, way->peer);
	else
		fputc('?', out);
	if (way->sport || way->dport)
		fprintf(out, "  port %u -> %u", way->sport, way->dport);
	fprintf(out, "%s\n\n", p->off);
}

/**
 * render_piece - draw one piece
 * @lost: how many events are missing: where there are any, a step that was not
 *	seen is not known
 *
 * Return: 0 or -ENOMEM.
 */
int render_piece(FILE *out, const struct piece *piece, uint64_t lost,
		 const struct palette *p)
{
	struct steps s = { .cap = 1 + piece->nr_recvs + 6 * piece->nr_buffs };
	size_t i;

	fprintf(out, "%s" RANGE "%s  ", p->bold, piece->range.from,
		piece->range.to, p->off);
	if (piece->record_end) {
		fputs("the end of a record: a number without an octet\n\n",
		      out);
		return 0;
	}
	fprintf(out, "%" PRIu64 " bytes%s\n",
		piece->range.to - piece->range.from,
		piece->urgent ? ", urgent (MSG_OOB)" : "");
	s.line = calloc(s.cap, sizeof(s.line[0]));
	if (!s.line)
		return -ENOMEM;
	add_calls(&s, piece);
	for (i = 0; i < piece->nr_buffs; i++)
		add_buff(&s, piece->buff[i]);
	qsort(s.line, s.nr, sizeof(s.line[0]), by_time);
	write_steps(out, &s, p);
	free(s.line);
	write_rest(out, piece, lost);
	fputc('\n', out);
	return 0;
}
