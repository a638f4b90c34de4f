// SPDX-License-Identifier: GPL-2.0
/*
 * render_socket.c - a socket's chain: descriptor, socket, sock, queues
 *
 * Called by cmd_sockets.c and render_tour.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "message.h"
#include "names.h"
#include "render.h"

static void render_holders(FILE *out, const struct socket_picture *sock,
			   const struct owners *owners,
			   const struct palette *p)
{
	const struct owner *owner = NULL;
	size_t nr = 0;

	if (num_has(&sock->n, SKBSCOPE_A_SOCKET_INODE))
		owner = owners_find(owners,
				    num_get(&sock->n,
					    SKBSCOPE_A_SOCKET_INODE), &nr);
	if (!nr) {
		fprintf(out, "%sno descriptor%s%s\n", p->bold, p->off,
			owners->hidden ?
			" that you may see: others' need root" : "");
		return;
	}
	for (; nr--; owner++)
		fprintf(out, "%spid %d fd %d%s  %s\n", p->bold,
			(int)owner->pid, owner->fd, p->off, owner->comm);
}

static const char *name_or_unknown(const struct numbers *n, int attr,
				   const char *(*fn)(uint64_t, char *),
				   char buf[NAME_LEN])
{
	return num_has(n, attr) ? fn(n->v[attr], buf) : "?";
}

static void render_sock(FILE *out, const struct socket_picture *sock)
{
	char a[NUM_LEN], b[NUM_LEN], c[NUM_LEN], name[NAME_LEN];
	const struct numbers *n = &sock->n;
	char address[ADDRESS_LEN];
	uint64_t shut, err, dev;

	fprintf(out, "     -> struct sock %s  %s  refs %s  drops %s\n",
		num_text(n, SKBSCOPE_A_SOCKET_COOKIE, a),
		name_or_unknown(n, SKBSCOPE_A_SOCKET_SK_STATE, name_sk_state,
				name),
		num_text(n, SKBSCOPE_A_SOCKET_REFS, b),
		num_text(n, SKBSCOPE_A_SOCKET_DROPS, c));
	fprintf(out, "          local %s", sock->has_local ?
		address_print(&sock->local, address) : "*");
	fprintf(out, "  peer %s", sock->has_peer ?
		address_print(&sock->peer, address) : "-");
	if (num_has(n, SKBSCOPE_A_SOCKET_PAIR))
		fprintf(out, "  pair of sock %s",
			num_text(n, SKBSCOPE_A_SOCKET_PAIR, a));
	if (num_has(n, SKBSCOPE_A_SOCKET_BACKLOG))
		fprintf(out, "  backlog %s of %s, and 1",
			num_text(n, SKBSCOPE_A_SOCKET_BACKLOG, a),
			num_text(n, SKBSCOPE_A_SOCKET_BACKLOG_MAX, b));
	dev = num_get(n, SKBSCOPE_A_SOCKET_BOUND_DEV);
	if (dev)
		fprintf(out, "  bound to ifindex %" PRIu64, dev);
	shut = num_get(n, SKBSCOPE_A_SOCKET_SHUTDOWN);
	if (shut)
		fprintf(out, "  shut down for%s%s",
			shut & 1 ? " reading" : "", shut & 2 ? " writing" : "");
	err = num_get(n, SKBSCOPE_A_SOCKET_ERR);
	if (err)
		fprintf(out, "  pending %s", errno_name(err));
	fputc('\n', out);

	fprintf(out, "          rmem %s of %s",
		num_text(n, SKBSCOPE_A_SOCKET_RMEM, a),
		num_text(n, SKBSCOPE_A_SOCKET_RCVBUF, b));
	fprintf(out, "  wmem %s of %s\n",
		num_text(n, SKBSCOPE_A_SOCKET_WMEM, a),
		num_text(n, SKBSCOPE_A_SOCKET_SNDBUF, b));

	fprintf(out, "          sent %s (dropped %s)",
		num_text(n, SKBSCOPE_A_SOCKET_ALLOCATED, a),
		num_text(n, SKBSCOPE_A_SOCKET_TX_DROPPED, b));
	fprintf(out, "  received %s (read %s",
		num_text(n, SKBSCOPE_A_SOCKET_RECEIVED, a),
		num_text(n, SKBSCOPE_A_SOCKET_DELIVERED, b));
	fprintf(out, ", dropped %s, queued %s, held %s)\n",
		num_text(n, SKBSCOPE_A_SOCKET_RX_DROPPED, a),
		num_text(n, SKBSCOPE_A_SOCKET_RX_QUEUE_LEN, b),
		num_text(n, SKBSCOPE_A_SOCKET_HELD, c));
}

static const char *text_us(const struct numbers *n, int attr,
			   char buf[DURATION_LEN])
{
	return text_duration(1000 * num_get(n, attr), buf);
}

static void render_rtt(FILE *out, const struct numbers *c)
{
	char a[DURATION_LEN], b[DURATION_LEN], d[DURATION_LEN];

	fputs("             rtt ", out);
	if (num_get(c, SKBSCOPE_A_CONN_RTT_US))
		fprintf(out, "%s +- %s, at least %s",
			text_us(c, SKBSCOPE_A_CONN_RTT_US, a),
			text_us(c, SKBSCOPE_A_CONN_RTTVAR_US, b),
			text_us(c, SKBSCOPE_A_CONN_MIN_RTT_US, d));
	else
		fputs("not measured", out);
	fprintf(out, "  rto %s\n", text_us(c, SKBSCOPE_A_CONN_RTO_US, a));
}

/* what the protocol knows of the connection, both ways */
static void render_conn(FILE *out, const struct numbers *c)
{
	char a[NUM_LEN], b[NUM_LEN], d[NUM_LEN], e[NUM_LEN];

	fprintf(out, "          -> connection: mss %s  window theirs %s ours %s\n",
		num_text(c, SKBSCOPE_A_CONN_MSS, a),
		num_text(c, SKBSCOPE_A_CONN_SND_WINDOW, b),
		num_text(c, SKBSCOPE_A_CONN_RCV_WINDOW, d));
	fprintf(out, "             written %s  sent %s  acked %s\n",
		num_text(c, SKBSCOPE_A_CONN_WRITTEN, a),
		num_text(c, SKBSCOPE_A_CONN_SENT, b),
		num_text(c, SKBSCOPE_A_CONN_ACKED, d));
	fprintf(out, "             received %s  read %s  out of order %s segments\n",
		num_text(c, SKBSCOPE_A_CONN_RECEIVED, a),
		num_text(c, SKBSCOPE_A_CONN_READ, b),
		num_text(c, SKBSCOPE_A_CONN_OUT_OF_ORDER, d));
	fprintf(out, "             cwnd %s  pipe %s  sent again %s  timeouts %s\n",
		num_text(c, SKBSCOPE_A_CONN_CWND, a),
		num_text(c, SKBSCOPE_A_CONN_PIPE, b),
		num_text(c, SKBSCOPE_A_CONN_RETRANSMITS, d),
		num_text(c, SKBSCOPE_A_CONN_TIMEOUTS, e));
	render_rtt(out, c);
}

static void render_queues(FILE *out, const struct socket_picture *sock)
{
	char a[NUM_LEN], b[NUM_LEN], c[NUM_LEN];
	const struct numbers *n = &sock->n;
	unsigned int i;

	fprintf(out, "          -> receive queue: %s sk_buffs, %s octets, truesize %s\n",
		num_text(n, SKBSCOPE_A_SOCKET_RX_QUEUE_LEN, a),
		num_text(n, SKBSCOPE_A_SOCKET_RX_QUEUE_BYTES, b),
		num_text(n, SKBSCOPE_A_SOCKET_RX_QUEUE_TRUESIZE, c));
	for (i = 0; i < sock->nr_rx; i++) {
		const struct numbers *skb = &sock->rx[i];

		fprintf(out, "               skb %s",
			num_text(skb, SKBSCOPE_A_SKB_ID, a));
		if (num_has(skb, SKBSCOPE_A_SKB_OFFSET))
			fprintf(out, "  [%s-%s)",
				num_text(skb, SKBSCOPE_A_SKB_OFFSET, a),
				num_text(skb, SKBSCOPE_A_SKB_OFFSET_END, b));
		fprintf(out, "  len %s  truesize %s  users %s",
			num_text(skb, SKBSCOPE_A_SKB_LEN, a),
			num_text(skb, SKBSCOPE_A_SKB_TRUESIZE, b),
			num_text(skb, SKBSCOPE_A_SKB_USERS, c));
		fprintf(out, "  dataref %s\n",
			num_text(skb, SKBSCOPE_A_SKB_DATAREF, a));
	}
	if (sock->nr_rx &&
	    num_get(n, SKBSCOPE_A_SOCKET_RX_QUEUE_LEN) > sock->nr_rx)
		fprintf(out, "               and %" PRIu64 " more\n",
			num_get(n, SKBSCOPE_A_SOCKET_RX_QUEUE_LEN) -
			sock->nr_rx);
	fprintf(out, "          -> write queue: %s sk_buffs",
		num_text(n, SKBSCOPE_A_SOCKET_TX_QUEUE_LEN, a));
	if (sock->has_conn)
		fprintf(out, ", truesize %s",
			num_text(&sock->conn, SKBSCOPE_A_CONN_WMEM_QUEUED, a));
	fputc('\n', out);
}

void render_socket(FILE *out, const struct socket_picture *sock,
		   const struct owners *owners, const struct palette *p)
{
	const struct numbers *n = &sock->n;
	char a[NUM_LEN], b[NUM_LEN], type[NAME_LEN], state[NAME_LEN];

	render_holders(out, sock, owners, p);
	if (num_has(n, SKBSCOPE_A_SOCKET_INODE))
		fprintf(out, "  -> struct socket inode %s  %s  %s  uid %s\n",
			num_text(n, SKBSCOPE_A_SOCKET_INODE, a),
			name_or_unknown(n, SKBSCOPE_A_SOCKET_TYPE,
					name_sock_type, type),
			name_or_unknown(n, SKBSCOPE_A_SOCKET_SOCKET_STATE,
					name_socket_state, state),
			num_text(n, SKBSCOPE_A_SOCKET_UID, b));
	else
		fprintf(out, "  -> no struct socket  (%s, uid %s)\n",
			name_or_unknown(n, SKBSCOPE_A_SOCKET_TYPE,
					name_sock_type, type),
			num_text(n, SKBSCOPE_A_SOCKET_UID, b));
	render_sock(out, sock);
	if (sock->has_conn)
		render_conn(out, &sock->conn);
	render_queues(out, sock);
	fputc('\n', out);
}

/* one line: it is for following, not for looking at */
void render_notice(FILE *out, const char *what,
		   const struct socket_picture *sock)
{
	const struct numbers *n = &sock->n;
	char a[NUM_LEN], b[NUM_LEN], type[NAME_LEN], state[NAME_LEN];
	char address[ADDRESS_LEN];

	fprintf(out, "%-8s sock %s  inode %s  %s  %s", what,
		num_text(n, SKBSCOPE_A_SOCKET_COOKIE, a),
		num_text(n, SKBSCOPE_A_SOCKET_INODE, b),
		name_or_unknown(n, SKBSCOPE_A_SOCKET_TYPE, name_sock_type,
				type),
		name_or_unknown(n, SKBSCOPE_A_SOCKET_SK_STATE, name_sk_state,
				state));
	fprintf(out, "  local %s", sock->has_local ?
		address_print(&sock->local, address) : "*");
	fprintf(out, "  peer %s\n", sock->has_peer ?
		address_print(&sock->peer, address) : "-");
}
