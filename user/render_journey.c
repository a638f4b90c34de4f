// SPDX-License-Identifier: GPL-2.0
/*
 * render_journey.c - a packet's journey as an indented tree
 *
 * Called by cmd_trace.c. One line a station: the time since the one before it
 * and what differs from it; the first line of a buffer tells it whole.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "names.h"
#include "render.h"

struct text {
	char	s[512];
	size_t	len;
};

static void put(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int ret;

	if (t->len + 1 >= sizeof(t->s))
		return;
	va_start(ap, fmt);
	ret = vsnprintf(t->s + t->len, sizeof(t->s) - t->len, fmt, ap);
	va_end(ap);
	if (ret > 0)
		t->len += ret;
	if (t->len >= sizeof(t->s))
		t->len = sizeof(t->s) - 1;
}

static bool read_field(const struct event *ev, enum event_field field,
		       int64_t *value)
{
	if (!ev || !event_has(ev, field))
		return false;
	*value = ev->v[field];
	return true;
}

/* "  len 100->116", "  len 100" the first time, nothing while it stays */
static void put_change(struct text *t, const char *name, bool had,
		       int64_t before, bool has, int64_t now)
{
	if (!has)
		return;
	if (!had)
		put(t, "  %s %" PRId64, name, now);
	else if (before != now)
		put(t, "  %s %" PRId64 "->%" PRId64, name, before, now);
}

static void put_field(struct text *t, const char *name,
		      const struct event *last, const struct event *ev,
		      enum event_field field)
{
	int64_t before = 0, now = 0;
	bool had = read_field(last, field, &before);
	bool has = read_field(ev, field, &now);

	put_change(t, name, had, before, has, now);
}

/* fields that are worth a word only where they are not their usual 0 */
static void put_unusual(struct text *t, const char *name,
			const struct event *last, const struct event *ev,
			enum event_field field)
{
	int64_t before = 0, now = 0;
	bool had = last && !event_at(last, SCOPE_STATION_SOCKET_SEND) &&
		   read_field(last, field, &before);

	if (read_field(ev, field, &now) && before != now)
		put_change(t, name, had, before, true, now);
}

/* "  [0-100)": which octets of the stream; a recv call has its own each time */
static void put_range(struct text *t, const struct event *last,
		      const struct event *ev)
{
	if (!event_has(ev, EVF_OFFSET))
		return;
	if (last && event_has(last, EVF_OFFSET) &&
	    last->v[EVF_OFFSET] == ev->v[EVF_OFFSET] &&
	    last->v[EVF_OFFSET_END] == ev->v[EVF_OFFSET_END] &&
	    !event_at(ev, SCOPE_STATION_SOCKET_RECV))
		return;
	put(t, "  [%" PRIu64 "-%" PRIu64 ")", (uint64_t)ev->v[EVF_OFFSET],
	    (uint64_t)ev->v[EVF_OFFSET_END]);
}

/* "  SYN|ACK" */
static void put_flags(struct text *t, const struct event *ev)
{
	const char *between = "  ";
	char name[NAME_LEN];
	unsigned int bit;

	for (bit = 0; bit < FLAG_BITS; bit++) {
		if (!(ev->v[EVF_FLAGS] & (1 << bit)))
			continue;
		put(t, "%s%s", between, name_flag(bit, name));
		between = "|";
	}
}

/* what the header of a connection's segment says */
static void put_segment(struct text *t, const struct event *last,
			const struct event *ev)
{
	put_range(t, last, ev);
	if (!last || last->v[EVF_FLAGS] != ev->v[EVF_FLAGS])
		put_flags(t, ev);
	put_field(t, "ack", last, ev, EVF_ACK);
	if (event_has(ev, EVF_WINDOW) &&
	    ev->v[EVF_WINDOW] == SCOPE_WINDOW_CLOSED) {
		if (!last || last->v[EVF_WINDOW] != ev->v[EVF_WINDOW])
			put(t, "  window closed");
		return;
	}
	put_field(t, "window", last, ev, EVF_WINDOW);
}

static void put_buffer(struct text *t, const struct event *last,
		       const struct event *ev)
{
	int64_t tail[2] = { 0 }, end[2] = { 0 };
	bool had, has;

	put_field(t, "headroom", last, ev, EVF_DATA);
	had = read_field(last, EVF_TAIL, &tail[0]) &&
	      read_field(last, EVF_END, &end[0]);
	has = read_field(ev, EVF_TAIL, &tail[1]) &&
	      read_field(ev, EVF_END, &end[1]);
	put_change(t, "tailroom", had, end[0] - tail[0], has,
		   end[1] - tail[1]);
	put_field(t, "truesize", last, ev, EVF_TRUESIZE);
	put_field(t, "users", last, ev, EVF_USERS);
	put_field(t, "dataref", last, ev, EVF_DATAREF);
	put_unusual(t, "cloned", last, ev, EVF_CLONED);
	put_unusual(t, "data_len", last, ev, EVF_DATA_LEN);
	put_unusual(t, "nr_frags", last, ev, EVF_NR_FRAGS);
}

/* what a step did to its socket: before -> after, as the kernel saw both */
static void put_step(struct text *t, const char *name, const struct event *ev,
		     enum event_field before, enum event_field after)
{
	int64_t from = 0, to = 0;

	if (read_field(ev, before, &from) && read_field(ev, after, &to) &&
	    from != to)
		put(t, "  %s %" PRId64 "->%" PRId64, name, from, to);
}

static void put_names(struct text *t, const struct event *last,
		      const struct event *ev)
{
	char name[NAME_LEN];

	if (ev->dev[0] && (!last || strcmp(last->dev, ev->dev)))
		put(t, "  dev %s", ev->dev);
	if (event_has(ev, EVF_SOCK) && ev->v[EVF_SOCK] &&
	    (!last || last->v[EVF_SOCK] != ev->v[EVF_SOCK]))
		put(t, "  sock %" PRIu64, (uint64_t)ev->v[EVF_SOCK]);
	if (event_has(ev, EVF_NETNS) && last &&
	    event_has(last, EVF_NETNS) &&
	    last->v[EVF_NETNS] != ev->v[EVF_NETNS])
		put(t, "  netns %" PRId64, ev->v[EVF_NETNS]);
	if (event_has(ev, EVF_IP_SUMMED) && last &&
	    event_has(last, EVF_IP_SUMMED) &&
	    last->v[EVF_IP_SUMMED] != ev->v[EVF_IP_SUMMED])
		put(t, "  ip_summed %s",
		    name_ip_summed(ev->v[EVF_IP_SUMMED], name));
	if (event_has(ev, EVF_PKT_TYPE) && last &&
	    event_has(last, EVF_PKT_TYPE) &&
	    last->v[EVF_PKT_TYPE] != ev->v[EVF_PKT_TYPE])
		put(t, "  pkt_type %s",
		    name_pkt_type(ev->v[EVF_PKT_TYPE], name));
	if (ev->reason[0])
		put(t, "  reason %s", ev->reason);
	else if (event_has(ev, EVF_REASON))
		put(t, "  reason unknown(%" PRId64 ")", ev->v[EVF_REASON]);
}

static void render_line(FILE *out, const char *indent,
			const struct event *last, const struct event *ev,
			const struct palette *p)
{
	char since[DURATION_LEN] = "", name[NAME_LEN] = "-";
	struct text t = { .s = "" };
	bool bad = false;

	if (last)
		text_duration(ev->ts > last->ts ? ev->ts - last->ts : 0,
			      since);

	if (ev->kind == EVENT_REFUSED) {
		if (event_has(ev, EVF_ERR))
			put(&t, "  %s, the call fails; no sk_buff bears the number",
			    errno_name(ev->v[EVF_ERR]));
		fprintf(out, "%s%s%-10s  %-17s%s%s\n", indent,
			last ? "+" : " ", since, "refused", t.s, p->off);
		return;
	}

	if (event_has(ev, EVF_STATION)) {
		const char *s = name_station(ev->v[EVF_STATION], name);

		if (s != name)
			snprintf(name, sizeof(name), "%s", s);
	}
	bad = event_at(ev, SCOPE_STATION_END_DROPPED);

	put_segment(&t, last, ev);
	put_field(&t, "len", last, ev, EVF_LEN);
	if (event_at(ev, SCOPE_STATION_SOCKET_SEND))
		put(&t, "  no sk_buff yet: data - tail - end - truesize -");
	put_buffer(&t, last, ev);
	put_step(&t, "rmem", ev, EVF_RMEM_BEFORE, EVF_RMEM);
	put_step(&t, "wmem", ev, EVF_WMEM_BEFORE, EVF_WMEM);
	put_step(&t, "rxq", ev, EVF_RXQ_BEFORE, EVF_RXQ);
	put_step(&t, "txq", ev, EVF_TXQ_BEFORE, EVF_TXQ);
	put_names(&t, last, ev);

	/* nothing changed: no blanks at the end either */
	fprintf(out, "%s%s%-10s  %s%-*s%s%s\n", indent, last ? "+" : " ",
		since, bad ? p->bad : "", t.len ? 17 : 0, name,
		bad ? p->off : "", t.s);
}

static const struct event *event_of(const struct journey *j, int station)
{
	size_t i;

	for (i = 0; i < j->nr; i++)
		if (event_at(&j->ev[i], station))
			return &j->ev[i];
	return NULL;
}

/* of this one, or of one that goes on with its octets */
static const struct event *event_below(const struct journey *j, int station)
{
	const struct event *ev = event_of(j, station);
	const struct journey *child;

	for (child = j->child; !ev && child; child = child->next)
		if (child->relation != SCOPE_RELATION_REPLY)
			ev = event_below(child, station);
	return ev;
}

static void put_sock(struct text *t, const struct event *ev)
{
	if (ev && event_has(ev, EVF_SOCK) && ev->v[EVF_SOCK])
		put(t, "sock %" PRIu64, (uint64_t)ev->v[EVF_SOCK]);
	else
		put(t, "?");
}

static void put_ends(struct text *t, const struct journey *j)
{
	const struct event *from = event_of(j, SCOPE_STATION_SOCKET_SEND);
	const struct event *to = event_below(j, SCOPE_STATION_PROTOCOL_DELIVER);
	const struct event *ports = journey_last(j);

	if (!from)
		from = event_of(j, SCOPE_STATION_SOCKET_ALLOC);
	if (!from)
		from = event_of(j, SCOPE_STATION_PROTOCOL_CLONE);
	if (!to)
		to = event_of(j, SCOPE_STATION_SOCKET_QUEUE);
	if (!to)
		to = event_of(j, SCOPE_STATION_SOCKET_RECV);
	put(t, "  ");
	if (!from && j->nr && j->ev[0].kind == EVENT_REFUSED)
		from = &j->ev[0];
	put_sock(t, from);
	put(t, " -> ");
	put_sock(t, to);

	if (ports && ports->kind == EVENT_REFUSED && j->nr > 1)
		ports--;
	if (ports && event_has(ports, EVF_SPORT) &&
	    event_has(ports, EVF_DPORT) &&
	    (ports->v[EVF_SPORT] || ports->v[EVF_DPORT]))
		put(t, "  port %" PRId64 " -> %" PRId64, ports->v[EVF_SPORT],
		    ports->v[EVF_DPORT]);
}

/* the last one at which it was whole: a call has its own range, of more */
static const struct event *event_of_octets(const struct journey *j)
{
	const struct event *ev = NULL;
	size_t i;

	for (i = 0; i < j->nr; i++)
		if (event_has(&j->ev[i], EVF_OFFSET) &&
		    !event_at(&j->ev[i], SCOPE_STATION_SOCKET_SEND) &&
		    !event_at(&j->ev[i], SCOPE_STATION_SOCKET_RECV))
			ev = &j->ev[i];
	return ev;
}

/* "  100 bytes", of a stream with their place in it, or the flags alone */
static void put_size(struct text *t, const struct journey *j)
{
	const struct event *octets = event_of_octets(j);
	const struct event *first = &j->ev[0];

	if (octets)
		put(t, "  %" PRId64 " bytes", octets->v[EVF_OFFSET_END] -
		    octets->v[EVF_OFFSET]);
	else if (event_has(first, EVF_FLAGS))
		put_flags(t, first);
	else if (event_has(first, EVF_LEN))
		put(t, "  %" PRId64 " bytes", first->v[EVF_LEN]);
	if (octets)
		put_range(t, NULL, octets);
}

static void render_header(FILE *out, const char *indent,
			  const struct journey *j, const struct palette *p)
{
	const char *colour = j->relation == SCOPE_RELATION_RETRANSMISSION ?
			     p->bad : p->bold;
	const struct event *last = journey_last(j);
	char name[NAME_LEN], total[DURATION_LEN];
	struct text t = { .s = "" };

	put(&t, "skb %" PRIu64, j->id);
	if (j->parent)
		put(&t, "  (%s of skb %" PRIu64 ")",
		    name_relation(j->relation, name), j->parent);
	put_ends(&t, j);
	if (j->nr)
		put_size(&t, j);
	if (j->nr > 1)
		put(&t, "  %s", text_duration(last->ts - j->ev[0].ts, total));
	fprintf(out, "%s%s%s%s\n", indent, colour, t.s, p->off);
}

/* what a line of its own tells, at the end of the others */
static void render_rest(FILE *out, const char *indent,
			const struct journey *j)
{
	const struct journey *next = journey_goes_on(j);
	const struct event *last = journey_last(j);

	if (j->merged)
		fprintf(out, "%s its octets go on in skb %" PRIu64 "\n", indent,
			j->merged);
	if (!last || j->ended)
		return;
	if (next)
		fprintf(out, "%s goes on as skb %" PRIu64 "\n", indent,
			next->id);
	else if (event_at(last, SCOPE_STATION_DEVICE_XMIT) && last->dev[0] &&
		 strcmp(last->dev, SCOPE_DEV_NAME))
		fprintf(out, "%s handed to %s; what follows is not seen here\n",
			indent, last->dev);
	else
		fprintf(out, "%s still in flight or queued\n", indent);
}

/* one sk_buff's, without those that came from it */
void render_life(FILE *out, const struct journey *j, const struct palette *p)
{
	size_t i;

	render_header(out, "", j, p);
	for (i = 0; i < j->nr; i++)
		render_line(out, "  ", i ? &j->ev[i - 1] : NULL, &j->ev[i], p);
}

static const struct event *with_image(const struct journey *j, uint64_t before)
{
	size_t i = j->nr;

	while (i--)
		if (j->ev[i].image && j->ev[i].ts < before)
			return &j->ev[i];
	return NULL;
}

/* what to compare an event with: what was before it, or what it came from */
static const struct event *event_before(const struct journey *j, size_t i)
{
	if (i)
		return &j->ev[i - 1];
	return j->up && j->ev[0].image ? with_image(j->up, j->ev[0].ts) : NULL;
}

static void render_changes(FILE *out, const char *indent,
			   const struct journey *j, size_t i,
			   const struct journey_style *style)
{
	const struct event *before = event_before(j, i);
	char deeper[80], name[NAME_LEN];
	struct diff diff;

	if (!style->reader || !before ||
	    event_at(before, SCOPE_STATION_SOCKET_SEND))
		return;
	snprintf(deeper, sizeof(deeper), "%s               ", indent);
	if (!i)
		fprintf(out, "%sas skb %" PRIu64 " at %s, but\n", deeper,
			j->parent,
			name_station(before->v[EVF_STATION], name));
	if (!diff_make(&diff, style->reader, before, &j->ev[i]))
		render_diff(out, &diff, deeper, style->palette);
	diff_clear(&diff);
}

static void render_branch(FILE *out, const struct journey *j,
			  const struct event *since, unsigned int depth,
			  const struct journey_style *style)
{
	const struct palette *p = style->palette;
	char indent[48], lines_indent[64];
	const struct journey *child = j->child;
	size_t i;

	snprintf(indent, sizeof(indent), "%*s", (int)(depth > 10 ? 40 :
						      4 * depth), "");
	snprintf(lines_indent, sizeof(lines_indent), "%s  ", indent);

	render_header(out, indent, j, p);
	if (since && j->nr) {
		char after[DURATION_LEN];

		fprintf(out, "%s %s after its parent's first station\n",
			lines_indent,
			text_duration(j->ev[0].ts > since->ts ?
				      j->ev[0].ts - since->ts : 0, after));
	}
	for (i = 0; i < j->nr; i++) {
		render_line(out, lines_indent, i ? &j->ev[i - 1] : NULL,
			    &j->ev[i], p);
		render_changes(out, lines_indent, j, i, style);
	}
	render_rest(out, lines_indent, j);

	for (; child; child = child->next)
		render_branch(out, child, j->nr ? &j->ev[0] : NULL, depth + 1,
			      style);
}

/* an empty line follows, so that journeys can be told apart */
void render_journey(FILE *out, const struct journey *root,
		    const struct journey_style *style)
{
	render_branch(out, root, NULL, 0, style);
	fputc('\n', out);
}
