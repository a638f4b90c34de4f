// SPDX-License-Identifier: GPL-2.0
/*
 * render_tour.c - the tour, calls on the left and the kernel on the right
 *
 * Called by cmd_tour.c. 80 columns wide. A value that the kernel did not tell
 * is `?', one that does not exist at that point is `-'.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "names.h"
#include "render.h"
#include "tour.h"

#define LEFT_WIDTH	25
#define RIGHT_WIDTH	52
#define BETWEEN		"|"

struct row {
	struct lines	left;
	struct lines	right;
};

static void end_row(FILE *out, struct row *row)
{
	lines_beside(out, &row->left, LEFT_WIDTH, BETWEEN, &row->right);
	lines_clear(&row->left);
	lines_clear(&row->right);
}

static void rule(FILE *out)
{
	int i;

	for (i = 0; i < LEFT_WIDTH + 2 + RIGHT_WIDTH; i++)
		fputc(i == LEFT_WIDTH ? '+' : '-', out);
	fputc('\n', out);
}

/* "socket", "protocol", "device": a rule where the next one begins */
static void layer_rule(FILE *out, const struct event *ev,
		       const struct event *last, const struct palette *p)
{
	char name[NAME_LEN], before[NAME_LEN], text[NAME_LEN + 16];
	const char *now = name_station(ev->v[EVF_STATION], name);
	size_t len = strcspn(now, ".");
	int i;

	if (last && !strncmp(now, name_station(last->v[EVF_STATION], before),
			     len + 1))
		return;
	if (event_is_end(ev))
		snprintf(text, sizeof(text), "- end ");
	else
		snprintf(text, sizeof(text), "- %.*s layer ", (int)len, now);
	fprintf(out, "%s%s%s", p->bold, text, p->off);
	for (i = strlen(text); i < LEFT_WIDTH + 2 + RIGHT_WIDTH; i++)
		fputc(i == LEFT_WIDTH ? '+' : '-', out);
	fputc('\n', out);
}

static const char *value(const struct event *ev, enum event_field field,
			 char buf[NUM_LEN])
{
	if (!event_has(ev, field))
		return "-";
	snprintf(buf, NUM_LEN, "%" PRId64, ev->v[field]);
	return buf;
}

/* "768", or "0->768" where the step changed it */
static const char *step(const struct event *ev, enum event_field before,
			enum event_field after, char buf[2 * NUM_LEN])
{
	if (!event_has(ev, after))
		return "?";
	if (!event_has(ev, before) || ev->v[before] == ev->v[after])
		snprintf(buf, 2 * NUM_LEN, "%" PRId64, ev->v[after]);
	else
		snprintf(buf, 2 * NUM_LEN, "%" PRId64 "->%" PRId64,
			 ev->v[before], ev->v[after]);
	return buf;
}

static void put_charge(struct lines *out, const struct event *ev)
{
	char a[2 * NUM_LEN], b[2 * NUM_LEN], c[2 * NUM_LEN], d[2 * NUM_LEN];

	if (!event_has(ev, EVF_SOCK) || !ev->v[EVF_SOCK])
		return;
	lines_add(out, "sock %" PRIu64 ": rmem %s wmem %s rxq %s txq %s",
		  (uint64_t)ev->v[EVF_SOCK],
		  step(ev, EVF_RMEM_BEFORE, EVF_RMEM, a),
		  step(ev, EVF_WMEM_BEFORE, EVF_WMEM, b),
		  step(ev, EVF_RXQ_BEFORE, EVF_RXQ, c),
		  step(ev, EVF_TXQ_BEFORE, EVF_TXQ, d));
}

static void put_buffer(struct lines *out, const struct event *ev,
		       const struct palette *p)
{
	char a[NUM_LEN], b[NUM_LEN], c[NUM_LEN], d[NUM_LEN], name[NAME_LEN];
	struct buffer_shape shape;

	shape_of_event(&shape, ev);
	render_buffer(out, &shape, RIGHT_WIDTH - 1, p);
	lines_add(out, "mac %s network %s transport %s ip_summed %s",
		  value(ev, EVF_MAC, a), value(ev, EVF_NETWORK, b),
		  value(ev, EVF_TRANSPORT, c),
		  event_has(ev, EVF_IP_SUMMED) ?
		  name_ip_summed(ev->v[EVF_IP_SUMMED], name) : "?");
	lines_add(out, "truesize %s users %s dataref %s nr_frags %s",
		  value(ev, EVF_TRUESIZE, a), value(ev, EVF_USERS, b),
		  value(ev, EVF_DATAREF, c), value(ev, EVF_NR_FRAGS, d));
}

static void draw_station(FILE *out, const struct event *ev,
			 const struct event *last, bool first,
			 const struct palette *p)
{
	char name[NAME_LEN], since[DURATION_LEN] = "";
	int64_t station = ev->v[EVF_STATION];
	struct row row = { 0 };
	char a[NUM_LEN];

	layer_rule(out, ev, first ? NULL : last, p);
	lines_add(&row.left, "%s%2" PRId64 " %s%s", p->bold, station,
		  name_station(station, name), p->off);
	lines_wrap(&row.left, LEFT_WIDTH - 1, "   ",
		   name_station_doc(station));

	if (last)
		text_duration(ev->ts > last->ts ? ev->ts - last->ts : 0,
			      since);
	lines_add(&row.right, "%sskb %" PRIu64 "%s  len %s%s%s%s%s  cpu %d",
		  p->bold, (uint64_t)ev->v[EVF_SKB], p->off,
		  value(ev, EVF_LEN, a), ev->dev[0] ? "  dev " : "", ev->dev,
		  last ? "  +" : "", since, ev->cpu);
	if (event_at(ev, SCOPE_STATION_SOCKET_SEND))
		lines_add(&row.right,
			  "no buffer yet: data -  tail -  end -  truesize -");
	else
		put_buffer(&row.right, ev, p);
	put_charge(&row.right, ev);
	if (ev->reason[0])
		lines_add(&row.right, "%sreason %s%s", p->bad, ev->reason,
			  p->off);
	lines_add(&row.right, "%s", "");
	end_row(out, &row);
}

static void draw_stations(FILE *out, const struct tour *t, unsigned int from,
			  unsigned int to, const struct palette *p)
{
	unsigned int i;

	for (i = from; i < to; i++)
		if (t->ev[i].kind == EVENT_STATION)
			draw_station(out, &t->ev[i], i ? &t->ev[i - 1] : NULL,
				     i == from, p);
}

static void put_call(struct row *row, const struct tour *t,
		     enum tour_call call, const char *who)
{
	lines_add(&row->left, "%s", who);
	lines_wrap(&row->left, LEFT_WIDTH - 1, " ", t->call[call]);
}

static void put_memory(struct lines *out, const struct socket_picture *sock)
{
	char a[NUM_LEN], b[NUM_LEN], c[NUM_LEN], d[NUM_LEN];

	lines_add(out, "rmem %s of %s  wmem %s of %s",
		  num_text(&sock->n, SKBSCOPE_A_SOCKET_RMEM, a),
		  num_text(&sock->n, SKBSCOPE_A_SOCKET_RCVBUF, b),
		  num_text(&sock->n, SKBSCOPE_A_SOCKET_WMEM, c),
		  num_text(&sock->n, SKBSCOPE_A_SOCKET_SNDBUF, d));
}

static void put_socket(struct lines *out, const struct socket_picture *sock)
{
	char a[NUM_LEN], b[NUM_LEN], state[NAME_LEN], local[ADDRESS_LEN];
	const struct numbers *n = &sock->n;

	lines_add(out, "struct socket: inode %s  %s",
		  num_text(n, SKBSCOPE_A_SOCKET_INODE, a),
		  num_has(n, SKBSCOPE_A_SOCKET_SOCKET_STATE) ?
		  name_socket_state(num_get(n, SKBSCOPE_A_SOCKET_SOCKET_STATE),
				    state) : "?");
	lines_add(out, "struct sock %s: %s  refs %s  local %s",
		  num_text(n, SKBSCOPE_A_SOCKET_COOKIE, a),
		  num_has(n, SKBSCOPE_A_SOCKET_SK_STATE) ?
		  name_sk_state(num_get(n, SKBSCOPE_A_SOCKET_SK_STATE),
				state) : "?",
		  num_text(n, SKBSCOPE_A_SOCKET_REFS, b),
		  sock->has_local ? address_print(&sock->local, local) : "*");
	put_memory(out, sock);
	lines_add(out, "%s", "");
}

static void put_queue(struct lines *out, const struct socket_picture *sock)
{
	char a[NUM_LEN], b[NUM_LEN], c[NUM_LEN];
	uint64_t sum = 0;
	unsigned int i;

	lines_add(out, "receive queue of sock %s: %s sk_buffs",
		  num_text(&sock->n, SKBSCOPE_A_SOCKET_COOKIE, a),
		  num_text(&sock->n, SKBSCOPE_A_SOCKET_RX_QUEUE_LEN, b));
	for (i = 0; i < sock->nr_rx; i++) {
		const struct numbers *skb = &sock->rx[i];

		sum += num_get(skb, SKBSCOPE_A_SKB_TRUESIZE);
		lines_add(out, "  skb %s  len %s  truesize %s",
			  num_text(skb, SKBSCOPE_A_SKB_ID, a),
			  num_text(skb, SKBSCOPE_A_SKB_LEN, b),
			  num_text(skb, SKBSCOPE_A_SKB_TRUESIZE, c));
	}
	lines_add(out, "sum of truesize %" PRIu64 ", sk_rmem_alloc %s: %s",
		  sum, num_text(&sock->n, SKBSCOPE_A_SOCKET_RMEM, a),
		  sum == num_get(&sock->n, SKBSCOPE_A_SOCKET_RMEM) ?
		  "the same" : "NOT the same");
	put_memory(out, sock);
	lines_add(out, "%s", "");
}

static void draw_head(FILE *out, const struct tour *t,
		      const struct palette *p)
{
	char a[NUM_LEN], b[NUM_LEN], c[NUM_LEN];
	struct lines legend = { 0 };
	struct row row = { 0 };
	size_t i;

	fprintf(out, "%sOne datagram from send() to recv()%s, read from the running kernel\n",
		p->bold, p->off);
	fprintf(out, "Linux %s, module %s, family %s, header %s octets, netns %s\n\n",
		t->kernel, *t->info.release ? t->info.release : "?",
		num_text(&t->info.n, SKBSCOPE_A_INFO_FAMILY, a),
		num_text(&t->info.n, SKBSCOPE_A_INFO_HEADER_LEN, b),
		num_text(&t->info.n, SKBSCOPE_A_INFO_NETNS, c));
	render_buffer_legend(&legend, p);
	for (i = 0; i < legend.nr; i++)
		fprintf(out, "%s\n", legend.line[i]);
	lines_clear(&legend);
	fputc('\n', out);

	lines_add(&row.left, "%swhat the program called%s", p->bold, p->off);
	lines_add(&row.right, "%swhat the kernel held%s", p->bold, p->off);
	rule(out);
	end_row(out, &row);
	rule(out);
}

static void draw_after_send(FILE *out, const struct tour *t)
{
	struct row row = { 0 };

	lines_wrap(&row.left, LEFT_WIDTH - 1, "",
		   "the sender now: sendto() bound it to a free port");
	put_socket(&row.right, &t->tx_sent);
	end_row(out, &row);

	lines_wrap(&row.left, LEFT_WIDTH - 1, "",
		   "the datagram waits for a reader");
	put_queue(&row.right, &t->rx_queued);
	end_row(out, &row);
}

void render_tour(FILE *out, const struct tour *t, const struct palette *p)
{
	struct row row = { 0 };
	char a[DURATION_LEN];

	draw_head(out, t, p);

	put_call(&row, t, CALL_SOCKET_RX, "receiver:");
	put_socket(&row.right, &t->rx_made);
	end_row(out, &row);
	put_call(&row, t, CALL_BIND, "receiver:");
	put_socket(&row.right, &t->rx_bound);
	end_row(out, &row);
	put_call(&row, t, CALL_SOCKET_TX, "sender:");
	put_socket(&row.right, &t->tx_made);
	end_row(out, &row);

	rule(out);
	put_call(&row, t, CALL_SENDTO, "sender:");
	lines_add(&row.right, "the stations of skb %" PRIu64, t->skb);
	end_row(out, &row);
	draw_stations(out, t, 0, t->nr_sent, p);
	rule(out);
	draw_after_send(out, t);

	rule(out);
	put_call(&row, t, CALL_RECVFROM, "receiver:");
	lines_add(&row.right, "the last stations of skb %" PRIu64, t->skb);
	end_row(out, &row);
	draw_stations(out, t, t->nr_sent, t->nr_ev, p);
	rule(out);
	lines_wrap(&row.left, LEFT_WIDTH - 1, "", "nothing waits any more");
	put_queue(&row.right, &t->rx_read);
	end_row(out, &row);
	rule(out);

	if (t->nr_ev && t->nr_sent)
		fprintf(out, "\n%u stations; %s from the send call to the receive queue\n",
			t->nr_ev,
			text_duration(t->ev[t->nr_sent - 1].ts - t->ev[0].ts,
				      a));
	fprintf(out, "\n%sThe ledger of this network namespace%s\n", p->bold,
		p->off);
	render_ledger(out, &t->ledger, p);
}
