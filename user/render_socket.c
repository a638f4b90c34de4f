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

static void render_queues(FILE *out, const struct socket_picture *sock)
{
	char a[NUM_LEN], b[NUM_LEN], c[NUM_LEN], d[NUM_LEN];
	const struct numbers *n = &sock->n;
	unsigned int i;

	fprintf(out, "          -> receive queue: %s sk_buffs, %s octets, truesize %s\n",
		num_text(n, SKBSCOPE_A_SOCKET_RX_QUEUE_LEN, a),
		num_text(n, SKBSCOPE_A_SOCKET_RX_QUEUE_BYTES, b),
		num_text(n, SKBSCOPE_A_SOCKET_RX_QUEUE_TRUESIZE, c));
	for (i = 0; i < sock->nr_rx; i++) {
		const struct numbers *skb = &sock->rx[i];

		fprintf(out, "               skb %s  len %s  truesize %s  users %s",
			num_text(skb, SKBSCOPE_A_SKB_ID, a),
			num_text(skb, SKBSCOPE_A_SKB_LEN, b),
			num_text(skb, SKBSCOPE_A_SKB_TRUESIZE, c),
			num_text(skb, SKBSCOPE_A_SKB_USERS, d));
		fprintf(out, "  dataref %s\n",
			num_text(skb, SKBSCOPE_A_SKB_DATAREF, a));
	}
	if (sock->nr_rx &&
	    num_get(n, SKBSCOPE_A_SOCKET_RX_QUEUE_LEN) > sock->nr_rx)
		fprintf(out, "               and %" PRIu64 " more\n",
			num_get(n, SKBSCOPE_A_SOCKET_RX_QUEUE_LEN) -
			sock->nr_rx);
	fprintf(out, "          -> write queue: %s sk_buffs\n",
		num_text(n, SKBSCOPE_A_SOCKET_TX_QUEUE_LEN, a));
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
