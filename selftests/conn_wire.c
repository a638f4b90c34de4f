// SPDX-License-Identifier: GPL-2.0
/*
 * conn_wire.c - proves that connections open, are refused and end on the wire
 * as the UAPI header says, against a peer that is made by hand
 *
 * What the segments between carry is for conn_wire_data.c, those that no peer
 * may send for conn_wire_bad.c, those that get lost for conn_wire_again.c.
 */
#include <pthread.h>

#include "segment.h"

FIXTURE(wire) {
	struct peer peer;
};

FIXTURE_VARIANT(wire) {
	int type;
};

FIXTURE_VARIANT_ADD(wire, stream) { .type = SCOPE_T_STREAM };
FIXTURE_VARIANT_ADD(wire, record) { .type = SCOPE_T_SEQPACKET };

FIXTURE_SETUP(wire)
{
	ASSERT_EQ(0, peer_open(&self->peer, variant->type));
}

FIXTURE_TEARDOWN(wire)
{
	EXPECT_EQ(0, peer_close(&self->peer));
}

/* An opening segment of the kernel's, whatever else it says */
static bool is_opening(const struct heard *heard)
{
	return heard->from == -1 && !heard->len && !heard->urgent &&
	       !(heard->seq & ((1ULL << SCOPE_SEQ_BITS) - 1)) &&
	       heard->window && heard->mss == SEGMENT_MSS;
}

TEST_F(wire, opened_by_peer)
{
	struct peer *peer = &self->peer;
	struct sockaddr_scope name, want = peer_addr(peer);
	socklen_t len = sizeof(name);

	ASSERT_EQ(0, peer_listen(peer, 5));
	ASSERT_EQ(0, peer_send_at(peer, SYN, -1, 0));
	ASSERT_EQ(0, peer_hear(peer));
	EXPECT_EQ(SYN | ACK, peer->heard.flags);
	EXPECT_EQ(0, peer->heard.acked);
	EXPECT_TRUE(is_opening(&peer->heard));
	EXPECT_EQ(0, scope_events(peer->listener, POLLIN));
	peer_take(peer);
	ASSERT_EQ(0, peer_send(peer, ACK, 0));
	ASSERT_EQ(POLLIN, scope_await(peer->listener, POLLIN));
	peer->fd = accept(peer->listener, (struct sockaddr *)&name, &len);
	EXPECT_LE(0, peer->fd);
	EXPECT_EQ(sizeof(name), len);
	EXPECT_TRUE(scope_same(&want, &name));
	EXPECT_EQ(POLLOUT, scope_events(peer->fd, POLLIN | POLLOUT));
}

/* Its upper bits are random */
TEST_F(wire, first_numbers)
{
	struct peer *peer = &self->peer;
	__u64 irs[4], same = 0;
	int i;

	ASSERT_EQ(0, peer_listen(peer, 5));
	for (i = 0; i < ARRAY_SIZE(irs); i++, peer->port++) {
		ASSERT_EQ(0, peer_shake(peer));
		irs[i] = peer->irs;
		same += irs[i] == irs[0];
	}
	EXPECT_GT(ARRAY_SIZE(irs), same);
}

/* The peer did not get the answer, or asks twice */
TEST_F(wire, syn_twice)
{
	struct peer *peer = &self->peer;
	__u64 irs;

	ASSERT_EQ(0, peer_listen(peer, 5));
	ASSERT_EQ(0, peer_send_at(peer, SYN, -1, 0));
	ASSERT_EQ(0, peer_await_flags(peer, SYN | ACK));
	irs = peer->irs;
	ASSERT_EQ(0, peer_shake(peer));
	EXPECT_EQ(irs, peer->irs);
	peer->fd = accept(peer->listener, NULL, NULL);
	EXPECT_LE(0, peer->fd);
	EXPECT_EQ(0, scope_events(peer->listener, POLLIN));
}

/* The kernel does not get the peer's last word, and says its own again */
TEST_F(wire, syn_ack_again)
{
	struct peer *peer = &self->peer;
	__u64 irs;
	int i;

	ASSERT_EQ(0, peer_listen(peer, 5));
	ASSERT_EQ(0, peer_send_at(peer, SYN, -1, 0));
	ASSERT_EQ(0, peer_await_flags(peer, SYN | ACK));
	irs = peer->irs;
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, peer_hear(peer));
		EXPECT_EQ(SYN | ACK, peer->heard.flags);
		EXPECT_EQ(irs, peer->irs);
	}
}

/* Data acknowledges the opening as well as a bare acknowledgment */
TEST_F(wire, last_ack_lost)
{
	struct peer *peer = &self->peer;
	int end = peer->type == SCOPE_T_SEQPACKET ? END : 0;

	ASSERT_EQ(0, peer_listen(peer, 5));
	ASSERT_EQ(0, peer_send_at(peer, SYN, -1, 0));
	ASSERT_EQ(0, peer_await_flags(peer, SYN | ACK));
	peer_take(peer);
	ASSERT_EQ(0, peer_send(peer, ACK | end, 100));
	ASSERT_EQ(POLLIN, scope_await(peer->listener, POLLIN));
	peer->fd = accept(peer->listener, NULL, NULL);
	EXPECT_TRUE(peer_reads(peer, 0, 100));
}

/* Who asks and then goes leaves nothing behind */
TEST_F(wire, reset_half_open)
{
	struct peer *peer = &self->peer;

	ASSERT_EQ(0, peer_listen(peer, 0));
	ASSERT_EQ(0, peer_send_at(peer, SYN, -1, 0));
	ASSERT_EQ(0, peer_await_flags(peer, SYN | ACK));
	EXPECT_EQ(2, peer_sockets(peer));
	ASSERT_EQ(0, peer_send_at(peer, RST, 0, 0));
	EXPECT_TRUE(peer_await_sockets(peer, 1));
	EXPECT_EQ(0, scope_events(peer->listener, POLLIN));
	/* nor does it take another one's place */
	peer->port++;
	ASSERT_EQ(0, peer_shake(peer));
	ASSERT_EQ(POLLIN, scope_await(peer->listener, POLLIN));
}

TEST_F(wire, backlog)
{
	struct peer *peer = &self->peer;

	ASSERT_EQ(0, peer_listen(peer, 0));
	ASSERT_EQ(0, peer_shake(peer));
	ASSERT_EQ(POLLIN, scope_await(peer->listener, POLLIN));
	peer->port++;
	ASSERT_EQ(0, peer_send_at(peer, SYN, -1, 0));
	ASSERT_EQ(0, peer_hear(peer));
	EXPECT_EQ(RST | ACK | BUSY, peer->heard.flags);
	EXPECT_EQ(0, peer->heard.acked);
	peer->fd = accept(peer->listener, NULL, NULL);
	EXPECT_LE(0, peer->fd);
	EXPECT_EQ(0, peer_shake(peer));
}

/* Each type has ports of its own */
TEST_F(wire, nobody_listens)
{
	struct peer *peer = &self->peer;

	ASSERT_EQ(0, peer_listen(peer, 5));
	peer->type = SCOPE_T_STREAM + SCOPE_T_SEQPACKET - peer->type;
	ASSERT_EQ(0, peer_send_at(peer, SYN, -1, 0));
	ASSERT_EQ(0, peer_hear(peer));
	EXPECT_EQ(RST | ACK, peer->heard.flags);
	EXPECT_EQ(0, peer->heard.acked);
	EXPECT_EQ(0, peer->heard.len);
}

/* Nobody answers a reset, or two that know nothing would go on for ever */
TEST_F(wire, data_for_nobody)
{
	struct peer *peer = &self->peer;

	peer->ack = 0x123456789abcULL;
	ASSERT_EQ(0, peer_send_at(peer, ACK, 0, 100));
	ASSERT_EQ(0, peer_hear(peer));
	EXPECT_EQ(RST | ACK, peer->heard.flags);
	EXPECT_EQ(peer->ack, peer->heard.seq);
	EXPECT_EQ(100, peer->heard.acked);
	ASSERT_EQ(0, peer_send_at(peer, RST, 5, 0));
	ASSERT_EQ(0, peer_send_at(peer, RST | ACK, 5, 0));
	ASSERT_EQ(0, peer_send_at(peer, SYN, -1, 0));
	ASSERT_EQ(0, peer_hear(peer));
	EXPECT_EQ(RST | ACK, peer->heard.flags);
	EXPECT_EQ(0, peer->heard.seq);
	EXPECT_EQ(0, peer->heard.acked);
}

FIXTURE(asking) {
	struct peer peer;	/* it has heard the kernel's SYN */
};

FIXTURE_VARIANT(asking) {
	int type;
};

FIXTURE_VARIANT_ADD(asking, stream) { .type = SCOPE_T_STREAM };
FIXTURE_VARIANT_ADD(asking, record) { .type = SCOPE_T_SEQPACKET };

FIXTURE_SETUP(asking)
{
	struct peer *peer = &self->peer;

	ASSERT_EQ(0, peer_open(peer, variant->type));
	peer->fd = peer_bound(peer, SOCK_NONBLOCK);
	ASSERT_LE(0, peer->fd);
	ASSERT_EQ(EINPROGRESS, errno_of(scope_connect(peer->fd,
						      peer_addr(peer))));
	ASSERT_EQ(0, peer_hear(peer));
	ASSERT_EQ(SYN, peer->heard.flags);
	peer_take(peer);
}

FIXTURE_TEARDOWN(asking)
{
	EXPECT_EQ(0, peer_close(&self->peer));
}

/* The peer accepts, and the kernel says that it heard */
static void expect_opens(struct __test_metadata *_metadata, struct peer *peer)
{
	peer->next = 0;
	ASSERT_EQ(0, peer_send_at(peer, SYN | ACK, -1, 0));
	ASSERT_EQ(0, peer_await_flags(peer, ACK));
	EXPECT_EQ(0, peer->heard.acked);
	EXPECT_EQ(0, peer->heard.from);
	EXPECT_EQ(0, peer->heard.len);
	EXPECT_EQ(POLLOUT, scope_await(peer->fd, POLLOUT));
	EXPECT_EQ(0, scope_getsockopt_int(peer->fd, SO_ERROR));
}

TEST_F(asking, accepted)
{
	EXPECT_TRUE(is_opening(&self->peer.heard));
	EXPECT_EQ(0, scope_events(self->peer.fd, POLLIN | POLLOUT));
	expect_opens(_metadata, &self->peer);
}

TEST_F(asking, asks_again)
{
	struct peer *peer = &self->peer;
	__u64 irs = peer->irs;
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, peer_hear(peer));
		EXPECT_EQ(SYN, peer->heard.flags);
		EXPECT_EQ(irs, peer->irs);
	}
	expect_opens(_metadata, peer);
}

TEST_F(asking, refused)
{
	struct peer *peer = &self->peer;

	ASSERT_EQ(0, peer_send_at(peer, RST | ACK, -1, 0));
	EXPECT_NE(0, scope_await(peer->fd, POLLOUT) & POLLERR);
	EXPECT_EQ(ECONNREFUSED, scope_getsockopt_int(peer->fd, SO_ERROR));
}

TEST_F(asking, busy)
{
	struct peer *peer = &self->peer;

	ASSERT_EQ(0, peer_send_at(peer, RST | ACK | BUSY, -1, 0));
	EXPECT_NE(0, scope_await(peer->fd, POLLOUT) & POLLERR);
	EXPECT_EQ(EAGAIN, scope_getsockopt_int(peer->fd, SO_ERROR));
}

/* Only who saw the question can refuse it */
TEST_F(asking, refused_by_a_stranger)
{
	struct peer *peer = &self->peer;
	__u64 ack = peer->ack;

	ASSERT_EQ(0, peer_send_at(peer, RST, -1, 0));
	for (peer->ack = ack - 1; peer->ack <= ack + 1; peer->ack += 2)
		ASSERT_EQ(0, peer_send_at(peer, RST | ACK, -1, 0));
	peer->ack = ack;
	expect_opens(_metadata, peer);
}

/* The peer answers an older question: it is told, and asked again */
TEST_F(asking, answer_to_something_else)
{
	struct peer *peer = &self->peer;
	__u64 ack = peer->ack;

	peer->ack = ack + 0x1234;
	ASSERT_EQ(0, peer_send_at(peer, SYN | ACK, -1, 0));
	ASSERT_EQ(0, peer_await(peer, peer->heard.flags & RST));
	EXPECT_EQ(peer->ack, peer->heard.seq);
	EXPECT_EQ(0, scope_events(peer->fd, POLLOUT));
	peer->ack = ack;
	expect_opens(_metadata, peer);
}

/* Both ask at once */
TEST_F(asking, simultaneous_open)
{
	struct peer *peer = &self->peer;

	ASSERT_EQ(0, peer_send_at(peer, SYN, -1, 0));
	ASSERT_EQ(0, peer_await_flags(peer, SYN | ACK));
	EXPECT_EQ(0, peer->heard.acked);
	EXPECT_EQ(peer->ack, peer->heard.seq + 1);
	ASSERT_EQ(0, peer_send_at(peer, SYN | ACK, -1, 0));
	EXPECT_EQ(POLLOUT, scope_await(peer->fd, POLLOUT));
	EXPECT_EQ(0, scope_getsockopt_int(peer->fd, SO_ERROR));
	EXPECT_EQ(10, send(peer->fd, peer->pattern, 10, 0));
	ASSERT_EQ(0, peer_await(peer, peer->heard.len == 10));
	EXPECT_EQ(0, peer->heard.from);
	EXPECT_EQ(0, peer->heard.acked);
}

struct connecting {
	const struct peer	*peer;
	int			err;
};

static void *connect_blocking(void *arg)
{
	struct connecting *connecting = arg;
	const struct peer *peer = connecting->peer;

	connecting->err = errno_of(scope_connect(peer->fd, peer_addr(peer)));
	return NULL;
}

/* One that waits is not told of a full backlog: it asks until there is room */
TEST_F(wire, busy_blocking)
{
	struct peer *peer = &self->peer;
	struct connecting connecting = { .peer = peer };
	pthread_t thread;
	int i;

	peer->fd = peer_bound(peer, 0);
	ASSERT_LE(0, peer->fd);
	ASSERT_EQ(0, pthread_create(&thread, NULL, connect_blocking,
				    &connecting));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, peer_await_flags(peer, SYN));
		peer_take(peer);
		ASSERT_EQ(0, peer_send_at(peer, RST | ACK | BUSY, -1, 0));
	}
	ASSERT_EQ(0, peer_await_flags(peer, SYN));
	peer_take(peer);
	ASSERT_EQ(0, peer_send_at(peer, SYN | ACK, -1, 0));
	pthread_join(thread, NULL);
	EXPECT_EQ(0, connecting.err);
	EXPECT_EQ(0, peer_await_flags(peer, ACK));
}

TEST_HARNESS_MAIN
