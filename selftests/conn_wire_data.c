// SPDX-License-Identifier: GPL-2.0
/*
 * conn_wire_data.c - proves that octets and records cross the wire as the UAPI
 * header says, and that what comes twice, too early or too much is neither read
 * nor forgotten, against a peer that is made by hand
 */
#include "segment.h"

FIXTURE(data) {
	struct peer peer;	/* with a connection */
	int whole;		/* flags of a segment that ends a record */
	int record;		/* the numbers that takes */
};

FIXTURE_VARIANT(data) {
	int type;
};

FIXTURE_VARIANT_ADD(data, stream) { .type = SCOPE_T_STREAM };
FIXTURE_VARIANT_ADD(data, record) { .type = SCOPE_T_SEQPACKET };

FIXTURE_SETUP(data)
{
	ASSERT_EQ(0, peer_open(&self->peer, variant->type));
	ASSERT_EQ(0, peer_join(&self->peer));
	self->record = variant->type == SCOPE_T_SEQPACKET;
	self->whole = self->record ? ACK | END : ACK;
}

FIXTURE_TEARDOWN(data)
{
	EXPECT_EQ(0, peer_close(&self->peer));
}

TEST_F(data, from_peer)
{
	struct peer *peer = &self->peer;
	int i;

	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, peer_send(peer, i < 4 ? ACK : self->whole, 1000));
	ASSERT_EQ(0, peer_await_acked(peer, 5000 + self->record));
	EXPECT_EQ(0, peer->heard.ranges);
	EXPECT_TRUE(peer_reads(peer, 0, 5000));
}

/* Hears new octets up to there, acknowledging them or not */
static void expect_pattern(struct __test_metadata *_metadata, struct peer *peer,
			   __s64 from, __s64 to, bool acknowledge)
{
	while (from < to) {
		ASSERT_EQ(0, peer_await(peer, peer->heard.from == from &&
					peer->heard.len));
		EXPECT_TRUE(peer_heard_pattern(peer));
		from += peer->heard.len;
		ASSERT_LE(from, to);
		if (!acknowledge)
			continue;
		peer_take(peer);
		ASSERT_EQ(0, peer_send(peer, ACK, 0));
	}
}

TEST_F(data, to_peer)
{
	struct peer *peer = &self->peer;

	ASSERT_EQ(5000, send(peer->fd, peer->pattern, 5000, 0));
	EXPECT_LT(0, scope_ioctl_int(peer->fd, SIOCOUTQ));
	expect_pattern(_metadata, peer, 0, SEGMENT_MSS, true);
	EXPECT_EQ(SEGMENT_MSS, peer->heard.len);
	EXPECT_EQ(ACK, peer->heard.flags);
	expect_pattern(_metadata, peer, SEGMENT_MSS, 5000, true);
	EXPECT_EQ(self->whole, peer->heard.flags);
	EXPECT_EQ(POLLOUT, scope_await(peer->fd, POLLOUT));
	/* an acknowledgment is on its way up in softirq */
	ASSERT_EQ(0, peer_send(peer, self->whole, 1));
	EXPECT_TRUE(peer_reads(peer, 0, 1));
	EXPECT_EQ(0, scope_ioctl_int(peer->fd, SIOCOUTQ));
}

/* At every octet of the way something of both is sent */
TEST_F(data, both_ways)
{
	struct peer *peer = &self->peer;
	__s64 from = 0;
	int i;

	for (i = 1; i < 50; i++) {
		ASSERT_EQ(i, send(peer->fd, peer->pattern + from, i, 0));
		ASSERT_EQ(0, peer_await(peer, peer->heard.from == from &&
					peer->heard.len == i));
		EXPECT_EQ(from, peer->heard.acked);
		EXPECT_TRUE(peer_heard_pattern(peer));
		peer_take(peer);
		ASSERT_EQ(0, peer_send(peer, self->whole, i));
		EXPECT_TRUE(peer_reads(peer, from, i));
		from += i + self->record;
	}
}

/* Each segment says what its sender can receive; a device's MTU may change */
TEST_F(data, peer_with_a_short_mss)
{
	static const int sizes[] = { 1000, 333, 111, 37, 28 };
	struct peer *peer = &self->peer;
	__s64 from = 0, end = 500, to;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		peer->mss = sizes[i];
		ASSERT_EQ(0, peer_send(peer, ACK, 0));
		/* heard by the kernel before what is sent next */
		ASSERT_EQ(0, peer_send(peer, self->whole, 1));
		ASSERT_TRUE(peer_reads(peer, peer->next - 1 - self->record, 1));
		ASSERT_EQ(500, send(peer->fd, peer->pattern + from, 500, 0));
		for (; from < end; from = to) {
			to = from + sizes[i] < end ? from + sizes[i] : end;
			expect_pattern(_metadata, peer, from, to, true);
		}
		from += self->record;
		end = from + 500;
	}
}

/* No octet more than the peer has room for, until it has */
TEST_F(data, peers_window)
{
	struct peer *peer = &self->peer;

	/* of one moment the larger window counts, so it has to be a later one */
	ASSERT_EQ(0, peer_send(peer, self->whole, 1));
	peer->window = 2 * SEGMENT_MSS;
	ASSERT_EQ(0, peer_send(peer, self->whole, 1));
	ASSERT_TRUE(peer_reads(peer, 0, 1));
	ASSERT_TRUE(peer_reads(peer, 1 + self->record, 1));
	ASSERT_EQ(10000, send(peer->fd, peer->pattern, 10000, 0));
	expect_pattern(_metadata, peer, 0, 2 * SEGMENT_MSS, false);
	/* what is heard while nothing is acknowledged is no new octet */
	ASSERT_EQ(0, peer_hear(peer));
	EXPECT_GE(2 * SEGMENT_MSS, peer->heard.from + peer->heard.len);
	peer->ack = peer->irs + 1 + 2 * SEGMENT_MSS;
	ASSERT_EQ(0, peer_send(peer, ACK, 0));
	expect_pattern(_metadata, peer, 2 * SEGMENT_MSS, 4 * SEGMENT_MSS,
		       false);
	peer->ack += 2 * SEGMENT_MSS;
	peer->window = SEGMENT_WINDOW;
	ASSERT_EQ(0, peer_send(peer, ACK, 0));
	expect_pattern(_metadata, peer, 4 * SEGMENT_MSS, 10000, true);
}

/* An older segment that comes late does not take room back */
TEST_F(data, window_of_a_late_segment)
{
	struct peer *peer = &self->peer;

	ASSERT_EQ(0, peer_send(peer, self->whole, 10));
	ASSERT_TRUE(peer_reads(peer, 0, 10));
	peer->window = 0;
	ASSERT_EQ(0, peer_send_at(peer, self->whole, 0, 10));
	peer->window = SEGMENT_WINDOW;
	ASSERT_EQ(1, ledger_await_reason(&peer->wire.genl, "SCOPE_OLD_DATA", 1));
	ASSERT_EQ(1000, send(peer->fd, peer->pattern, 1000, 0));
	expect_pattern(_metadata, peer, 0, 1000, true);
}

struct islands {
	__s64			from;
	__s64			to;
	__s64			acked;
	int			ranges;
	struct segment_range	range[SCOPE_RANGES];
};

/* Sends each, and expects the answer that goes with it */
static void expect_answers(struct __test_metadata *_metadata, struct peer *peer,
			   const struct islands *island, int n)
{
	const struct heard *heard = &peer->heard;
	int i, j;

	for (i = 0; i < n; i++, island++) {
		ASSERT_EQ(0, peer_send_at(peer, ACK, island->from,
					  island->to - island->from));
		ASSERT_EQ(0, peer_await(peer, heard->acked == island->acked &&
					heard->ranges == island->ranges));
		for (j = 0; j < island->ranges; j++) {
			EXPECT_EQ(island->range[j].from, heard->range[j].from)
				TH_LOG("segment %d, range %d", i, j);
			EXPECT_EQ(island->range[j].to, heard->range[j].to)
				TH_LOG("segment %d, range %d", i, j);
		}
	}
}

/* The newest first, and no more than four */
TEST_F(data, out_of_order)
{
	static const struct islands islands[] = {
		{ 100, 200, 0, 1, { { 100, 200 } } },
		{ 300, 400, 0, 2, { { 300, 400 }, { 100, 200 } } },
		{ 700, 800, 0, 3, { { 700, 800 }, { 300, 400 }, { 100, 200 } } },
		{ 500, 600, 0, 4, { { 500, 600 }, { 700, 800 }, { 300, 400 },
				    { 100, 200 } } },
		{ 900, 999, 0, 4, { { 900, 999 }, { 500, 600 }, { 700, 800 },
				    { 300, 400 } } },
		/* one grows at its end, one at its front */
		{ 400, 450, 0, 4, { { 300, 450 }, { 900, 999 }, { 500, 600 },
				    { 700, 800 } } },
		{ 650, 700, 0, 4, { { 650, 800 }, { 300, 450 }, { 900, 999 },
				    { 500, 600 } } },
		/* two become one */
		{ 600, 650, 0, 3, { { 500, 800 }, { 300, 450 }, { 900, 999 } } },
	};
	struct peer *peer = &self->peer;
	const struct heard *heard = &peer->heard;

	expect_answers(_metadata, peer, islands, ARRAY_SIZE(islands));
	EXPECT_EQ(0, scope_events(peer->fd, POLLIN));
	ASSERT_EQ(0, peer_send_at(peer, ACK, 0, 100));
	ASSERT_EQ(0, peer_await_acked(peer, 200));
	ASSERT_EQ(0, peer_send_at(peer, ACK, 450, 50));
	ASSERT_EQ(0, peer_await(peer, heard->range[0].to == 800));
	EXPECT_EQ(300, heard->range[0].from);
	ASSERT_EQ(0, peer_send_at(peer, ACK, 200, 100));
	ASSERT_EQ(0, peer_await_acked(peer, 800));
	ASSERT_EQ(0, peer_send_at(peer, ACK, 800, 100));
	ASSERT_EQ(0, peer_await_acked(peer, 999));
	EXPECT_EQ(0, heard->ranges);
	ASSERT_EQ(0, peer_send_at(peer, self->whole, 999, 1));
	EXPECT_TRUE(peer_reads(peer, 0, 1000));
}

/* The last of many is missing: nothing of them is read before it comes */
TEST_F(data, backwards)
{
	struct peer *peer = &self->peer;
	int i;

	for (i = 19; i >= 0; i--) {
		EXPECT_EQ(0, scope_events(peer->fd, POLLIN));
		ASSERT_EQ(0, peer_send_at(peer, i == 19 ? self->whole : ACK,
					  i * 1000, 1000));
	}
	ASSERT_EQ(0, peer_await_acked(peer, 20000 + self->record));
	EXPECT_EQ(0, peer->heard.ranges);
	EXPECT_TRUE(peer_reads(peer, 0, 20000));
}

/* Told at once, by a first range at or under what is acknowledged */
TEST_F(data, twice)
{
	struct peer *peer = &self->peer;
	int i;

	ASSERT_EQ(0, peer_send(peer, self->whole, 100));
	ASSERT_EQ(0, peer_await_acked(peer, 100 + self->record));
	for (i = 1; i < 4; i++) {
		ASSERT_EQ(0, peer_send_at(peer, self->whole, 0, 100));
		ASSERT_EQ(0, peer_hear(peer));
		EXPECT_EQ(100 + self->record, peer->heard.acked);
		ASSERT_EQ(1, peer->heard.ranges);
		EXPECT_EQ(0, peer->heard.range[0].from);
		EXPECT_EQ(100 + self->record, peer->heard.range[0].to);
		EXPECT_EQ(i, ledger_await_reason(&peer->wire.genl,
						 "SCOPE_OLD_DATA", i));
	}
	EXPECT_TRUE(peer_reads(peer, 0, 100));
	EXPECT_EQ(0, scope_events(peer->fd, POLLIN));
}

/* A part of what is new came before */
TEST_F(data, overlapping)
{
	static const struct {
		int from, to;
	} parts[] = {
		{ 0, 100 }, { 50, 150 }, { 149, 151 }, { 0, 200 },
		/* and behind a hole */
		{ 300, 400 }, { 350, 450 }, { 250, 350 }, { 260, 460 },
		{ 240, 470 }, { 600, 700 }, { 500, 800 }, { 190, 260 },
		{ 460, 520 }, { 700, 999 },
	};
	struct peer *peer = &self->peer;
	int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++)
		ASSERT_EQ(0, peer_send_at(peer, ACK, parts[i].from,
					  parts[i].to - parts[i].from));
	ASSERT_EQ(0, peer_await_acked(peer, 999));
	ASSERT_EQ(0, peer_send_at(peer, self->whole, 990, 10));
	ASSERT_EQ(0, peer_await_acked(peer, 1000 + self->record));
	EXPECT_EQ(0, peer->heard.ranges);
	EXPECT_TRUE(peer_reads(peer, 0, 1000));
	EXPECT_EQ(0, scope_events(peer->fd, POLLIN));
}

TEST_F(data, over_the_window)
{
	struct peer *peer = &self->peer;

	ASSERT_EQ(0, peer_send(peer, self->whole, 10));
	ASSERT_EQ(0, peer_await_acked(peer, peer->next));
	ASSERT_EQ(0, peer_send_at(peer, ACK, peer->edge, 10));
	EXPECT_EQ(1, ledger_await_reason(&peer->wire.genl,
					 "SCOPE_OVER_WINDOW", 1));
	ASSERT_EQ(0, peer_await_flags(peer, ACK));
	EXPECT_EQ(peer->next, peer->heard.acked);
	EXPECT_EQ(0, peer->heard.ranges);
	EXPECT_TRUE(peer_reads(peer, 0, 10));
}

/* What was promised is kept, and no more; and there is more as it is read */
TEST_F(data, window)
{
	struct peer *peer = &self->peer;
	const struct heard *heard = &peer->heard;
	__s64 next, edge;

	ASSERT_EQ(0, scope_setsockopt_int(peer->fd, SO_RCVBUF, 8192));
	ASSERT_EQ(0, peer_send(peer, self->whole, 1000));
	ASSERT_EQ(0, peer_await_acked(peer, peer->next));
	while (heard->window > 1000) {
		ASSERT_GT(SEGMENT_PATTERN, peer->next + 1000);
		ASSERT_EQ(0, peer_send(peer, self->whole, 1000));
		ASSERT_EQ(0, peer_await_acked(peer, peer->next));
	}
	/* also what there was room for before so much was left unread */
	ASSERT_EQ(0, peer_send_at(peer, ACK, peer->edge, 1000));
	EXPECT_EQ(1, ledger_await_reason(&peer->wire.genl,
					 "SCOPE_OVER_WINDOW", 1));
	edge = peer->edge;
	for (next = 0; next < peer->next; next += 1000 + self->record)
		ASSERT_TRUE(peer_reads(peer, next, 1000));
	ASSERT_EQ(0, peer_await(peer, heard->window > 1000));
	EXPECT_EQ(peer->next, heard->acked);
	EXPECT_EQ(0, scope_events(peer->fd, POLLIN));
	EXPECT_LE(edge, peer->edge);
}

TEST_F(data, wrong_sum)
{
	struct peer *peer = &self->peer;
	ssize_t all;

	peer_make(peer, self->whole, 0, 100);
	ASSERT_EQ(0, peer_put(peer));
	ASSERT_EQ(0, peer_await_acked(peer, 100 + self->record));
	peer_make(peer, self->whole, 100 + self->record, 100);
	all = sizeof(peer->put.eth) + peer->len;
	peer->put.conn.hdr.check = ~frame_sum(&peer->put.conn, peer->len);
	ASSERT_EQ(all, send(peer->wire.raw, &peer->put.eth, all, 0));
	EXPECT_EQ(1, ledger_await_reason(&peer->wire.genl, "SKB_CSUM", 1));
	EXPECT_TRUE(peer_reads(peer, 0, 100));
	EXPECT_EQ(0, scope_events(peer->fd, POLLIN));
	ASSERT_EQ(0, peer_put(peer));
	EXPECT_TRUE(peer_reads(peer, 100 + self->record, 100));
}

FIXTURE(record) {
	struct peer peer;
};

FIXTURE_SETUP(record)
{
	ASSERT_EQ(0, peer_open(&self->peer, SCOPE_T_SEQPACKET));
	ASSERT_EQ(0, peer_join(&self->peer));
}

FIXTURE_TEARDOWN(record)
{
	EXPECT_EQ(0, peer_close(&self->peer));
}

/* Nothing is read of a record that is not whole */
TEST_F(record, in_parts)
{
	struct peer *peer = &self->peer;

	ASSERT_EQ(0, peer_send(peer, ACK, 1000));
	ASSERT_EQ(0, peer_send(peer, ACK, 1000));
	ASSERT_EQ(0, peer_await_acked(peer, 2000));
	EXPECT_EQ(0, scope_events(peer->fd, POLLIN));
	/* its end may come by itself */
	ASSERT_EQ(0, peer_send(peer, ACK | END, 0));
	ASSERT_EQ(0, peer_await_acked(peer, 2001));
	EXPECT_EQ(POLLIN, scope_await(peer->fd, POLLIN));
	EXPECT_EQ(2000, scope_ioctl_int(peer->fd, SIOCINQ));
	EXPECT_TRUE(peer_reads(peer, 0, 2000));
}

TEST_F(record, bounds)
{
	static const int lengths[] = { 1, 0, 1000, 0, 0, 1400, 7 };
	struct peer *peer = &self->peer;
	static char data[2000];
	__s64 from = 0;
	int i;

	/* the last one first, so that all are delivered by one segment */
	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		from += lengths[i] + 1;
	for (i = ARRAY_SIZE(lengths) - 1; i >= 0; i--) {
		from -= lengths[i] + 1;
		ASSERT_EQ(0, peer_send_at(peer, ACK | END, from, lengths[i]));
	}
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		ASSERT_EQ(POLLIN, scope_await(peer->fd, POLLIN));
		EXPECT_EQ(lengths[i], recv(peer->fd, data, sizeof(data), 0));
		EXPECT_EQ(0, memcmp(peer->pattern + from, data, lengths[i]));
		from += lengths[i] + 1;
	}
	EXPECT_EQ(0, scope_events(peer->fd, POLLIN));
}

TEST_F(record, end_of_record)
{
	struct peer *peer = &self->peer;
	char data[100];
	struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	ASSERT_EQ(0, peer_send(peer, ACK | END | EOR, 10));
	ASSERT_EQ(0, peer_send(peer, ACK | END, 10));
	EXPECT_EQ(10, recvmsg(peer->fd, &msg, 0));
	EXPECT_EQ(MSG_EOR, msg.msg_flags & MSG_EOR);
	EXPECT_EQ(10, recvmsg(peer->fd, &msg, 0));
	EXPECT_EQ(0, msg.msg_flags & MSG_EOR);
}

TEST_F(record, sent)
{
	struct peer *peer = &self->peer;
	const struct heard *heard = &peer->heard;

	ASSERT_EQ(0, send(peer->fd, NULL, 0, 0));
	ASSERT_EQ(0, peer_await(peer, heard->from == 0));
	EXPECT_EQ(ACK | END, heard->flags);
	EXPECT_EQ(0, heard->len);
	peer_take(peer);
	ASSERT_EQ(0, peer_send(peer, ACK, 0));
	ASSERT_EQ(2000, send(peer->fd, peer->pattern + 1, 2000, MSG_EOR));
	ASSERT_EQ(0, peer_await(peer, heard->from == 1 && heard->len));
	EXPECT_EQ(ACK, heard->flags);
	peer_take(peer);
	ASSERT_EQ(0, peer_send(peer, ACK, 0));
	ASSERT_EQ(0, peer_await(peer, heard->from > 1 && heard->len));
	EXPECT_EQ(ACK | END | EOR, heard->flags);
	EXPECT_EQ(2001, heard->from + heard->len);
}

FIXTURE(urgent) {
	struct peer peer;
};

FIXTURE_SETUP(urgent)
{
	ASSERT_EQ(0, peer_open(&self->peer, SCOPE_T_STREAM));
	ASSERT_EQ(0, peer_join(&self->peer));
}

FIXTURE_TEARDOWN(urgent)
{
	EXPECT_EQ(0, peer_close(&self->peer));
}

/* The last octet of the segment is it */
TEST_F(urgent, from_peer)
{
	struct peer *peer = &self->peer;
	unsigned char octet = 0;

	peer_make(peer, ACK | URG, 0, 3);
	peer->put.conn.hdr.urgent = htons(3);
	ASSERT_EQ(0, peer_put(peer));
	ASSERT_EQ(0, peer_send_at(peer, ACK, 3, 2));
	ASSERT_EQ(POLLPRI, scope_await(peer->fd, POLLPRI));
	EXPECT_EQ(1, recv(peer->fd, &octet, 1, MSG_OOB));
	EXPECT_EQ(peer->pattern[2], octet);
	EXPECT_TRUE(peer_reads(peer, 0, 2));
	EXPECT_TRUE(peer_reads(peer, 3, 2));
}

/* What comes twice is no more urgent than before */
TEST_F(urgent, twice)
{
	struct peer *peer = &self->peer;
	unsigned char octet;
	int i;

	peer_make(peer, ACK | URG, 0, 5);
	peer->put.conn.hdr.urgent = htons(5);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, peer_put(peer));
		ASSERT_EQ(0, peer_await_acked(peer, 5));
		EXPECT_EQ(i ? EINVAL : 0,
			  errno_of(recv(peer->fd, &octet, 1, MSG_OOB)));
	}
	EXPECT_TRUE(peer_reads(peer, 0, 4));
}

TEST_F(urgent, sent)
{
	struct peer *peer = &self->peer;
	const struct heard *heard = &peer->heard;

	ASSERT_EQ(5, send(peer->fd, peer->pattern, 5, MSG_OOB));
	ASSERT_EQ(0, peer_await(peer, heard->len));
	EXPECT_EQ(ACK | URG, heard->flags);
	EXPECT_EQ(5, heard->urgent);
	EXPECT_EQ(5, heard->len);
	/* not acknowledged: it comes again, as urgent */
	ASSERT_EQ(0, peer_await(peer, heard->len));
	EXPECT_EQ(ACK | URG, heard->flags);
	EXPECT_EQ(5, heard->urgent);
}

TEST_HARNESS_MAIN
