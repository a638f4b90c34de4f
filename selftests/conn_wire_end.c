// SPDX-License-Identifier: GPL-2.0
/*
 * conn_wire_end.c - proves that connections end on the wire as they should, by
 * both ends' leave or by a reset, against a peer that is made by hand
 */
#include "segment.h"

FIXTURE(end) {
	struct peer peer;	/* with a connection and its listener */
};

FIXTURE_VARIANT(end) {
	int type;
};

FIXTURE_VARIANT_ADD(end, stream) { .type = SCOPE_T_STREAM };
FIXTURE_VARIANT_ADD(end, record) { .type = SCOPE_T_SEQPACKET };

FIXTURE_SETUP(end)
{
	ASSERT_EQ(0, peer_open(&self->peer, variant->type));
	ASSERT_EQ(0, peer_join(&self->peer));
}

FIXTURE_TEARDOWN(end)
{
	EXPECT_EQ(0, peer_close(&self->peer));
}

/* What makes a record of octets, of a stream nothing */
static int whole(const struct peer *peer)
{
	return peer->type == SCOPE_T_SEQPACKET ? ACK | END : ACK;
}

static void close_fd(struct peer *peer)
{
	close(peer->fd);
	peer->fd = -1;
}

/* The connection still takes what the peer sends */
static void expect_goes_on(struct __test_metadata *_metadata, struct peer *peer)
{
	__s64 from = peer->next;

	ASSERT_EQ(0, peer_send(peer, whole(peer), 10));
	EXPECT_TRUE(peer_reads(peer, from, 10));
	EXPECT_EQ(0, scope_getsockopt_int(peer->fd, SO_ERROR));
}

/* The kernel's FIN, taken by the peer */
static void expect_fin(struct __test_metadata *_metadata, struct peer *peer)
{
	ASSERT_EQ(0, peer_await(peer, peer->heard.flags & FIN));
	EXPECT_EQ(FIN | ACK, peer->heard.flags);
	EXPECT_EQ(peer->ack, peer->heard.seq);
	EXPECT_EQ(peer->next, peer->heard.acked);
	peer_take(peer);
}

TEST_F(end, kernel_first)
{
	struct peer *peer = &self->peer;

	close_fd(peer);
	expect_fin(_metadata, peer);
	ASSERT_EQ(0, peer_send(peer, ACK, 0));
	ASSERT_EQ(0, peer_send(peer, FIN | ACK, 0));
	ASSERT_EQ(0, peer_await_acked(peer, peer->next));
	EXPECT_EQ(ACK, peer->heard.flags);
	EXPECT_TRUE(peer_await_sockets(peer, 1));
}

/* The answer to one FIN and the other FIN in one segment */
TEST_F(end, kernel_first_in_three)
{
	struct peer *peer = &self->peer;

	close_fd(peer);
	expect_fin(_metadata, peer);
	ASSERT_EQ(0, peer_send(peer, FIN | ACK, 0));
	ASSERT_EQ(0, peer_await_acked(peer, peer->next));
	EXPECT_TRUE(peer_await_sockets(peer, 1));
}

TEST_F(end, peer_first)
{
	struct peer *peer = &self->peer;
	char octet;

	ASSERT_EQ(0, peer_send(peer, FIN | ACK, 0));
	ASSERT_EQ(0, peer_await_acked(peer, peer->next));
	EXPECT_EQ(POLLIN | POLLRDHUP,
		  scope_await(peer->fd, POLLIN | POLLRDHUP));
	EXPECT_EQ(0, recv(peer->fd, &octet, 1, 0));
	close_fd(peer);
	expect_fin(_metadata, peer);
	ASSERT_EQ(0, peer_send(peer, ACK, 0));
	EXPECT_TRUE(peer_await_sockets(peer, 1));
}

/* FIN meets FIN: neither acknowledges the other */
TEST_F(end, both_at_once)
{
	struct peer *peer = &self->peer;
	__u64 ack;

	close_fd(peer);
	ack = peer->ack;
	expect_fin(_metadata, peer);
	peer->ack = ack;
	ASSERT_EQ(0, peer_send(peer, FIN | ACK, 0));
	ASSERT_EQ(0, peer_await_acked(peer, peer->next));
	EXPECT_EQ(2, peer_sockets(peer));
	peer->ack = ack + 1;
	ASSERT_EQ(0, peer_send(peer, ACK, 0));
	EXPECT_TRUE(peer_await_sockets(peer, 1));
}

/* The last octets and the FIN come in one segment */
TEST_F(end, fin_with_data)
{
	struct peer *peer = &self->peer;
	char octet;

	ASSERT_EQ(0, peer_send(peer, FIN | whole(peer), 100));
	ASSERT_EQ(0, peer_await_acked(peer, peer->next));
	EXPECT_TRUE(peer_reads(peer, 0, 100));
	EXPECT_EQ(0, recv(peer->fd, &octet, 1, 0));
}

/* A FIN in front of which something is missing waits for it */
TEST_F(end, fin_out_of_order)
{
	struct peer *peer = &self->peer;
	int record = peer->type == SCOPE_T_SEQPACKET;
	char octet;

	ASSERT_EQ(0, peer_send_at(peer, FIN | ACK, 100 + record, 0));
	ASSERT_EQ(0, peer_await_flags(peer, ACK));
	EXPECT_EQ(0, peer->heard.acked);
	EXPECT_EQ(0, scope_events(peer->fd, POLLIN | POLLRDHUP));
	ASSERT_EQ(0, peer_send(peer, whole(peer), 100));
	ASSERT_EQ(0, peer_await(peer, peer->heard.acked > peer->next - 1));
	/* kept, or asked for again: both are right */
	if (peer->heard.acked == peer->next)
		ASSERT_EQ(0, peer_send(peer, FIN | ACK, 0));
	EXPECT_TRUE(peer_reads(peer, 0, 100));
	EXPECT_EQ(0, recv(peer->fd, &octet, 1, 0));
}

/* A half-closed connection carries the other way as before */
TEST_F(end, half)
{
	struct peer *peer = &self->peer;

	ASSERT_EQ(0, shutdown(peer->fd, SHUT_WR));
	expect_fin(_metadata, peer);
	ASSERT_EQ(0, peer_send(peer, ACK, 0));
	expect_goes_on(_metadata, peer);
	expect_goes_on(_metadata, peer);
	ASSERT_EQ(0, peer_send(peer, FIN | ACK, 0));
	ASSERT_EQ(0, peer_await_acked(peer, peer->next));
}

/* Data in front of the FIN is sent before it, though the program is gone */
TEST_F(end, closed_with_data_unsent)
{
	struct peer *peer = &self->peer;
	int record = peer->type == SCOPE_T_SEQPACKET;
	__s64 got = 0;

	peer->window = 0;
	ASSERT_EQ(0, peer_send(peer, ACK, 0));
	ASSERT_EQ(5000, send(peer->fd, peer->pattern, 5000, 0));
	close_fd(peer);
	peer->window = SEGMENT_WINDOW;
	ASSERT_EQ(0, peer_send(peer, ACK, 0));
	while (got < 5000 + record) {
		ASSERT_EQ(0, peer_await(peer, peer->heard.from == got &&
					peer->heard.len));
		EXPECT_TRUE(peer_heard_pattern(peer));
		peer_take(peer);
		got += peer->heard.len + !!(peer->heard.flags & END);
		ASSERT_EQ(0, peer_send(peer, ACK, 0));
	}
	/* the FIN may have come with the last of them */
	if (!(peer->heard.flags & FIN))
		ASSERT_EQ(0, peer_await(peer, peer->heard.flags & FIN));
	EXPECT_EQ(5000 + record, got);
}

/* What was sent can't be read any more, and the peer must know */
TEST_F(end, closed_with_data_unread)
{
	struct peer *peer = &self->peer;

	ASSERT_EQ(0, peer_send(peer, whole(peer), 10));
	ASSERT_EQ(POLLIN, scope_await(peer->fd, POLLIN));
	close_fd(peer);
	ASSERT_EQ(0, peer_await(peer, peer->heard.flags & RST));
	EXPECT_EQ(peer->ack, peer->heard.seq);
	EXPECT_TRUE(peer_await_sockets(peer, 1));
}

TEST_F(end, data_for_the_closed)
{
	struct peer *peer = &self->peer;

	close_fd(peer);
	expect_fin(_metadata, peer);
	ASSERT_EQ(0, peer_send(peer, whole(peer), 10));
	ASSERT_EQ(0, peer_await(peer, peer->heard.flags & RST));
	EXPECT_EQ(peer->ack, peer->heard.seq);
	EXPECT_TRUE(peer_await_sockets(peer, 1));
}

/* Nor does what is before its turn wait for a reader that will never be */
TEST_F(end, data_out_of_order_for_the_closed)
{
	struct peer *peer = &self->peer;

	close_fd(peer);
	expect_fin(_metadata, peer);
	ASSERT_EQ(0, peer_send_at(peer, whole(peer), 10, 10));
	ASSERT_EQ(0, peer_await(peer,
				peer->heard.flags & RST || peer->heard.ranges));
	ASSERT_TRUE(peer->heard.flags & RST);
	EXPECT_EQ(peer->ack, peer->heard.seq);
	EXPECT_TRUE(peer_await_sockets(peer, 1));
}

TEST_F(end, linger_of_no_time)
{
	struct linger linger = { .l_onoff = 1 };
	struct peer *peer = &self->peer;

	ASSERT_EQ(0, setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &linger,
				sizeof(linger)));
	close_fd(peer);
	ASSERT_EQ(0, peer_await(peer, peer->heard.flags & RST));
	EXPECT_EQ(peer->ack, peer->heard.seq);
	EXPECT_TRUE(peer_await_sockets(peer, 1));
}

/* Nobody accepted it, nobody will */
TEST_F(end, listener_closed)
{
	struct peer *peer = &self->peer;

	peer->port++;
	ASSERT_EQ(0, peer_shake(peer));
	ASSERT_EQ(POLLIN, scope_await(peer->listener, POLLIN));
	close(peer->listener);
	peer->listener = -1;
	ASSERT_EQ(0, peer_await(peer, peer->heard.flags & RST));
	EXPECT_EQ(peer->ack, peer->heard.seq);
	EXPECT_TRUE(peer_await_sockets(peer, 1));
	/* what was accepted lives without it */
	peer->port--;
	EXPECT_EQ(0, scope_getsockopt_int(peer->fd, SO_ERROR));
	EXPECT_EQ(POLLOUT, scope_events(peer->fd, POLLIN | POLLOUT));
}

TEST_F(end, reset)
{
	struct peer *peer = &self->peer;
	char octet;

	ASSERT_EQ(0, peer_send(peer, RST, 0));
	EXPECT_EQ(POLLHUP | POLLERR,
		  scope_await(peer->fd, POLLRDHUP) & (POLLHUP | POLLERR));
	EXPECT_EQ(ECONNRESET, scope_getsockopt_int(peer->fd, SO_ERROR));
	EXPECT_EQ(0, recv(peer->fd, &octet, 1, 0));
	EXPECT_EQ(EPIPE, errno_of(send(peer->fd, "x", 1, MSG_NOSIGNAL)));
	close_fd(peer);
	EXPECT_TRUE(peer_await_sockets(peer, 1));
}

/* A reset counts only where the kernel waits for that very number */
TEST_F(end, reset_by_a_guess)
{
	static const int off[] = { -1, 1, 1000, SEGMENT_WINDOW, 1 << 30 };
	struct peer *peer = &self->peer;
	int i;

	expect_goes_on(_metadata, peer);
	for (i = 0; i < ARRAY_SIZE(off); i++) {
		ASSERT_EQ(0, peer_send_at(peer, RST, peer->next + off[i], 0));
		ASSERT_EQ(0, peer_send_at(peer, RST | ACK,
					  peer->next + off[i], 0));
		expect_goes_on(_metadata, peer);
	}
}

/* The peer forgot the connection and opens another between the same ports */
TEST_F(end, peer_begins_anew)
{
	struct peer *peer = &self->peer;

	peer_make(peer, SYN, -1, 0);
	peer->put.conn.seq = htobe64(0x777777ULL << SCOPE_SEQ_BITS);
	ASSERT_EQ(0, peer_put(peer));
	ASSERT_EQ(0, peer_await_flags(peer, ACK));
	EXPECT_EQ(peer->next, peer->heard.acked);
	EXPECT_EQ(peer->ack, peer->heard.seq);
	EXPECT_EQ(0, scope_getsockopt_int(peer->fd, SO_ERROR));
	ASSERT_EQ(0, peer_send_at(peer, RST, peer->heard.acked, 0));
	EXPECT_NE(0, scope_await(peer->fd, POLLIN) & POLLERR);
	EXPECT_EQ(ECONNRESET, scope_getsockopt_int(peer->fd, SO_ERROR));
}

/* The FIN counts as any octet: it is sent until it is acknowledged */
TEST_F(end, fin_again)
{
	struct peer *peer = &self->peer;
	__u64 seq;
	int i;

	close_fd(peer);
	expect_fin(_metadata, peer);
	seq = peer->heard.seq;
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, peer_await_flags(peer, FIN | ACK));
		EXPECT_EQ(seq, peer->heard.seq);
	}
}

/* The kernel's answer to the peer's FIN got lost */
TEST_F(end, peers_fin_again)
{
	struct peer *peer = &self->peer;
	int i;

	ASSERT_EQ(0, peer_send(peer, FIN | ACK, 0));
	ASSERT_EQ(0, peer_await_acked(peer, peer->next));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, peer_send_at(peer, FIN | ACK, peer->next - 1, 0));
		ASSERT_EQ(0, peer_hear(peer));
		EXPECT_EQ(ACK, peer->heard.flags);
		EXPECT_EQ(peer->next, peer->heard.acked);
	}
}

/* The window says that nobody reads any more */
TEST_F(end, reading_shut_down)
{
	struct peer *peer = &self->peer;

	ASSERT_EQ(0, shutdown(peer->fd, SHUT_RD));
	ASSERT_EQ(0, peer_await_flags(peer, ACK));
	EXPECT_EQ(SCOPE_WINDOW_CLOSED, peer->heard.window);
}

TEST_F(end, peer_reads_no_more)
{
	struct peer *peer = &self->peer;
	int i, err = 0;

	peer->window = SCOPE_WINDOW_CLOSED;
	ASSERT_EQ(0, peer_send(peer, ACK, 0));
	for (i = 0; i < SCOPE_PATIENCE && err != EPIPE; i++) {
		err = errno_of(send(peer->fd, "x", 1, MSG_NOSIGNAL));
		usleep(1000);
	}
	EXPECT_EQ(EPIPE, err);
	expect_goes_on(_metadata, peer);
}

TEST_HARNESS_MAIN
