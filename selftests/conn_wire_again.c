// SPDX-License-Identifier: GPL-2.0
/*
 * conn_wire_again.c - proves that what gets lost is sent again, that alone and
 * no longer than somebody answers, against a peer that is made by hand
 *
 * A dead peer is given up after a minute. Test-timeout: 300
 */
#include "segment.h"

#define GIVE_UP	120	/* seconds that giving up may take in an emulated VM */

FIXTURE(again) {
	struct peer peer;	/* with a connection */
	int whole;		/* flags of a segment that ends a record */
	int record;		/* the numbers that takes */
};

FIXTURE_VARIANT(again) {
	int type;
};

FIXTURE_VARIANT_ADD(again, stream) { .type = SCOPE_T_STREAM };
FIXTURE_VARIANT_ADD(again, record) { .type = SCOPE_T_SEQPACKET };

FIXTURE_SETUP(again)
{
	ASSERT_EQ(0, peer_open(&self->peer, variant->type));
	ASSERT_EQ(0, peer_join(&self->peer));
	self->record = variant->type == SCOPE_T_SEQPACKET;
	self->whole = self->record ? ACK | END : ACK;
}

FIXTURE_TEARDOWN(again)
{
	EXPECT_EQ(0, peer_close(&self->peer));
}

/* Again and again, after ever longer, and no other octets meanwhile */
TEST_F(again, backs_off)
{
	struct peer *peer = &self->peer;
	struct scope_info info;
	__u32 rto_us = 0;
	int i, longer = 0;

	ASSERT_EQ(100, send(peer->fd, peer->pattern, 100, 0));
	for (i = 0; i < 9 && longer < 3; i++) {
		ASSERT_EQ(0, peer_await(peer, peer->heard.len));
		EXPECT_EQ(self->whole, peer->heard.flags);
		EXPECT_EQ(0, peer->heard.from);
		EXPECT_EQ(100, peer->heard.len);
		EXPECT_TRUE(peer_heard_pattern(peer));
		ASSERT_EQ(0, peer_info(peer, &info));
		EXPECT_LE(i, info.retransmits);
		EXPECT_LE(rto_us, info.rto_us);
		longer += rto_us < info.rto_us;
		rto_us = info.rto_us;
	}
	EXPECT_EQ(3, longer);
	EXPECT_LT(0, info.timeouts);
	EXPECT_EQ(0, info.acked);
	/* once it is acknowledged, what follows is sent at once */
	peer_take(peer);
	ASSERT_EQ(0, peer_send(peer, ACK, 0));
	ASSERT_EQ(50, send(peer->fd, peer->pattern + 100 + self->record, 50, 0));
	ASSERT_EQ(0, peer_await(peer, peer->heard.from == 100 + self->record));
	EXPECT_EQ(50, peer->heard.len);
}

/* Hears full segments of the kernel, from one offset to another */
static void expect_segments(struct __test_metadata *_metadata,
			    struct peer *peer, __s64 from, int n)
{
	for (; n--; from += SEGMENT_MSS) {
		ASSERT_EQ(0, peer_await(peer, peer->heard.from == from &&
					peer->heard.len));
		ASSERT_EQ(SEGMENT_MSS, peer->heard.len);
	}
}

#define FLIGHT	8	/* segments on their way at once; less than any cwnd */

/* Which of them do not arrive: one bit each */
static const unsigned int holes[] = { 0x01, 0x02, 0x09, 0x10, 0x15 };

/*
 * Answers every segment but the missing ones as a receiver does: those from the
 * first one on are acknowledged, of others the newest range goes first. The
 * last segment takes @record numbers more.
 */
static void answer_flight(struct __test_metadata *_metadata, struct peer *peer,
			  __s64 from, unsigned int missing, int record)
{
	struct segment_range range[FLIGHT + 1] = { { from, from } };
	int i, j, n = 0;

	for (i = 0; i < FLIGHT; i++, from += SEGMENT_MSS) {
		if (missing & 1 << i)
			continue;
		if (range[n].to != from)
			range[++n].from = from;
		range[n].to = from + SEGMENT_MSS;
		if (i == FLIGHT - 1)
			range[n].to += record;
		peer_make(peer, ACK, peer->next, 0);
		peer->put.conn.ack = htobe64(peer->irs + 1 + range[0].to);
		for (j = n; j > 0; j--)
			peer_range(peer, range[j].from, range[j].to);
		ASSERT_EQ(0, peer_put(peer));
	}
}

/*
 * A flight with holes. Returns whether these were filled, and nothing more was
 * done: while a machine stands still timers strike, and add to it.
 */
static bool fly(struct __test_metadata *_metadata, struct peer *peer,
		unsigned int missing, int flags)
{
	const struct heard *heard = &peer->heard;
	const int len = FLIGHT * SEGMENT_MSS;
	struct scope_info before, info;
	bool as_wanted = true;
	__s64 from;
	int i;

	ASSERT_EQ(0, peer_info(peer, &before));
	from = peer->ack - peer->irs - 1;
	ASSERT_EQ(len, send(peer->fd, peer->pattern + from, len, 0));
	expect_segments(_metadata, peer, from, FLIGHT);
	EXPECT_EQ(flags, heard->flags);
	answer_flight(_metadata, peer, from, missing, !!(flags & END));
	for (i = 0; i < FLIGHT; i++) {
		if (!(missing & 1 << i))
			continue;
		ASSERT_EQ(0, peer_await(peer, heard->len));
		as_wanted &= heard->from == from + i * SEGMENT_MSS &&
			     heard->len == SEGMENT_MSS &&
			     peer_heard_pattern(peer);
	}
	ASSERT_EQ(0, peer_info(peer, &info));
	/* heard by the kernel before it sends again */
	peer->ack += len + !!(flags & END);
	ASSERT_EQ(0, peer_send(peer, flags, 1));
	EXPECT_TRUE(peer_reads(peer, peer->next - 1 - !!(flags & END), 1));
	return as_wanted && info.timeouts == before.timeouts &&
	       info.retransmits ==
	       before.retransmits + __builtin_popcount(missing);
}

/* The holes, and only they, and before any timer strikes */
TEST_F(again, fast)
{
	struct peer *peer = &self->peer;
	int i, tries;

	for (i = 0; i < ARRAY_SIZE(holes); i++) {
		for (tries = 0; tries < 4; tries++)
			if (fly(_metadata, peer, holes[i], self->whole))
				break;
		EXPECT_GT(4, tries)
			TH_LOG("holes %x", holes[i]);
	}
}

/* Nothing behind the last one tells that it is missing: the timer must */
TEST_F(again, tail)
{
	struct peer *peer = &self->peer;
	const int last = (FLIGHT - 1) * SEGMENT_MSS;
	struct scope_info info;

	ASSERT_EQ(FLIGHT * SEGMENT_MSS,
		  send(peer->fd, peer->pattern, FLIGHT * SEGMENT_MSS, 0));
	expect_segments(_metadata, peer, 0, FLIGHT);
	peer->ack += last;
	ASSERT_EQ(0, peer_send(peer, ACK, 0));
	ASSERT_EQ(0, peer_await(peer, peer->heard.len));
	EXPECT_EQ(last, peer->heard.from);
	EXPECT_EQ(SEGMENT_MSS, peer->heard.len);
	EXPECT_EQ(self->whole, peer->heard.flags);
	ASSERT_EQ(0, peer_info(peer, &info));
	EXPECT_LE(1, info.retransmits);
	EXPECT_EQ(last, info.acked);
}

/* Something of the kernel's that asks for an answer, and has nothing new */
static int hear_probe(struct peer *peer)
{
	return peer_hear(peer) ?:
	       peer->heard.flags != ACK || peer->heard.from >= 0 ? -EPROTO : 0;
}

TEST_F(again, no_window)
{
	struct peer *peer = &self->peer;
	int i;

	/* of one moment the larger window counts, so it has to be a later one */
	ASSERT_EQ(0, peer_send(peer, self->whole, 1));
	peer->window = 0;
	ASSERT_EQ(0, peer_send(peer, self->whole, 1));
	ASSERT_EQ(0, peer_await_acked(peer, peer->next));
	ASSERT_EQ(1000, send(peer->fd, peer->pattern, 1000, 0));
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, hear_probe(peer));
		ASSERT_EQ(0, peer_send(peer, ACK, 0));
	}
	EXPECT_EQ(0, scope_getsockopt_int(peer->fd, SO_ERROR));
	/* an answer to a probe has room, as if the peer's own word was lost */
	ASSERT_EQ(0, hear_probe(peer));
	peer->window = SEGMENT_WINDOW;
	ASSERT_EQ(0, peer_send(peer, ACK, 0));
	ASSERT_EQ(0, peer_await(peer, peer->heard.len > 1));
	EXPECT_EQ(0, peer->heard.from);
	EXPECT_EQ(1000, peer->heard.len);
	EXPECT_TRUE(peer_heard_pattern(peer));
}

static int keep_alive(int fd)
{
	static const struct {
		int name, value;
	} options[] = {
		{ SCOPE_KEEPIDLE, 1 }, { SCOPE_KEEPINTVL, 1 },
		{ SCOPE_KEEPCNT, 2 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		if (setsockopt(fd, SOL_SCOPE, options[i].name,
			       &options[i].value, sizeof(int)))
			return -1;
	return scope_setsockopt_int(fd, SO_KEEPALIVE, 1);
}

TEST_F(again, kept_alive)
{
	struct peer *peer = &self->peer;
	int i;

	ASSERT_EQ(0, keep_alive(peer->fd));
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, hear_probe(peer));
		ASSERT_EQ(0, peer_send(peer, ACK, 0));
	}
	EXPECT_EQ(0, scope_getsockopt_int(peer->fd, SO_ERROR));
	EXPECT_EQ(POLLOUT, scope_events(peer->fd, POLLIN | POLLOUT));
}

/* As many probes as were asked for, then the end */
TEST_F(again, not_kept_alive)
{
	struct peer *peer = &self->peer;
	int i;

	ASSERT_EQ(0, keep_alive(peer->fd));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, hear_probe(peer));
	ASSERT_EQ(0, peer_hear(peer));
	EXPECT_EQ(RST, peer->heard.flags & RST);
	EXPECT_NE(0, scope_await(peer->fd, POLLIN) & POLLERR);
	EXPECT_EQ(ETIMEDOUT, scope_getsockopt_int(peer->fd, SO_ERROR));
}

FIXTURE(dead) {
	struct peer peer;	/* with a connection, and silent from here on */
};

FIXTURE_SETUP(dead)
{
	ASSERT_EQ(0, peer_open(&self->peer, SCOPE_T_STREAM));
	ASSERT_EQ(0, peer_join(&self->peer));
}

FIXTURE_TEARDOWN(dead)
{
	EXPECT_EQ(0, peer_close(&self->peer));
}

static int await_error(int fd)
{
	struct pollfd pfd = { .fd = fd };

	return poll(&pfd, 1, GIVE_UP * 1000) == 1 ?
	       scope_getsockopt_int(fd, SO_ERROR) : -EAGAIN;
}

/* One more connection, to the peer's next port */
static int next_connection(struct peer *peer)
{
	peer->port++;
	return peer_shake(peer) ? -1 : accept(peer->listener, NULL, NULL);
}

/*
 * What a program waits for ends by an error: a question, data, more room. What
 * no program has goes by itself, and sooner: the half open and the closed.
 */
TEST_F_TIMEOUT(dead, peer, 2 * GIVE_UP)
{
	struct peer *peer = &self->peer;
	int sent = peer->fd, asked, stuck;

	close(next_connection(peer));
	peer->port++;
	ASSERT_EQ(0, peer_send_at(peer, SYN, -1, 0));
	ASSERT_EQ(0, peer_await_flags(peer, SYN | ACK));
	EXPECT_EQ(4, peer_sockets(peer));
	ASSERT_EQ(100, send(sent, peer->pattern, 100, 0));
	asked = peer_socket(peer, SOCK_NONBLOCK);
	ASSERT_EQ(EINPROGRESS, errno_of(scope_connect(asked, peer_addr(peer))));
	peer->window = 0;
	stuck = next_connection(peer);
	ASSERT_LE(0, stuck);
	ASSERT_EQ(100, send(stuck, peer->pattern, 100, 0));

	EXPECT_EQ(ETIMEDOUT, await_error(asked));
	EXPECT_EQ(ETIMEDOUT, await_error(sent));
	EXPECT_EQ(ETIMEDOUT, await_error(stuck));
	EXPECT_TRUE(peer_await_sockets(peer, 4));
	EXPECT_EQ(0, scope_events(peer->listener, POLLIN));
	close(asked);
	close(stuck);
	/* nothing that is over keeps its place */
	EXPECT_TRUE(peer_await_sockets(peer, 2));
}

TEST_HARNESS_MAIN
