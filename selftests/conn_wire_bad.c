// SPDX-License-Identifier: GPL-2.0
/*
 * conn_wire_bad.c - proves that segments no peer may send are dropped, counted
 * and change nothing, against a peer that is made by hand
 *
 * A segment begins as a right one, the next of a connection, and has one thing
 * changed under a right sum.
 */
#include <stddef.h>

#include "segment.h"

FIXTURE(bad) {
	struct peer peer;	/* with a connection */
	int whole;		/* flags of a segment that ends a record */
};

FIXTURE_VARIANT(bad) {
	int type;
};

FIXTURE_VARIANT_ADD(bad, stream) { .type = SCOPE_T_STREAM };
FIXTURE_VARIANT_ADD(bad, record) { .type = SCOPE_T_SEQPACKET };

FIXTURE_SETUP(bad)
{
	ASSERT_EQ(0, peer_open(&self->peer, variant->type));
	ASSERT_EQ(0, peer_join(&self->peer));
	self->whole = variant->type == SCOPE_T_SEQPACKET ? ACK | END : ACK;
}

FIXTURE_TEARDOWN(bad)
{
	EXPECT_EQ(0, peer_close(&self->peer));
}

#define PAYLOAD	100

/* What was put was dropped for that, and the connection knows nothing of it */
static void expect_drop(struct __test_metadata *_metadata, struct peer *peer,
			const char *reason)
{
	struct genl *genl = &peer->wire.genl;
	struct ledger ledger;
	__u64 before, dropped;

	ASSERT_EQ(0, ledger_rest(genl, &ledger));
	before = ledger_reason(&ledger, reason);
	dropped = ledger_count(&ledger, DROPPED);
	ASSERT_EQ(0, peer_put(peer));
	EXPECT_EQ(before + 1, ledger_await_reason(genl, reason, before + 1))
		TH_LOG("no %s", reason);
	ASSERT_EQ(0, ledger_rest(genl, &ledger));
	EXPECT_EQ(dropped + 1, ledger_count(&ledger, DROPPED));
	EXPECT_EQ(0, scope_events(peer->fd, POLLIN));
}

static void expect_goes_on(struct __test_metadata *_metadata, struct peer *peer,
			   int whole)
{
	__s64 from = peer->next;

	ASSERT_EQ(0, peer_send(peer, whole, PAYLOAD));
	EXPECT_TRUE(peer_reads(peer, from, PAYLOAD));
	EXPECT_EQ(0, scope_getsockopt_int(peer->fd, SO_ERROR));
}

/* One field, in each of its wrong values */
static const struct {
	const char	*reason;
	size_t		at;
	size_t		size;
	__u32		values[6];
	int		n;
} wrong_fields[] = {
#define FIELD(f)	offsetof(struct scope_conn_hdr, f), \
			sizeof(((struct scope_conn_hdr *)0)->f)
	{ "SCOPE_BAD_VERSION",	FIELD(hdr.version), { 0, 2, 255 }, 3 },
	{ "SCOPE_BAD_TYPE",	FIELD(hdr.type), { 0, 5, 128, 255 }, 4 },
	{ "SCOPE_BAD_HLEN",	FIELD(hdr.hlen), { 0, 16, 36, 41, 48, 120 }, 6 },
	/* ranges that eat up the payload, or are not there */
	{ "SCOPE_BAD_LENGTH",	FIELD(hdr.hlen), { 56, 104 }, 2 },
	{ "SCOPE_BAD_FLAGS",	FIELD(hdr.flags), { SYN, SYN | ACK, RST,
				RST | ACK, SYN | RST, FIN | SYN | ACK }, 6 },
	{ "SCOPE_BAD_FLAGS",	FIELD(hdr.flags), { ACK | BUSY, ACK | EOR,
				ACK | URG, 255 }, 4 },
	{ "SCOPE_BAD_FLAGS",	FIELD(hdr.urgent), { 1, PAYLOAD, 0xffff }, 3 },
	{ "SCOPE_BAD_PORT",	FIELD(hdr.sport), { 0 }, 1 },
	{ "SCOPE_BAD_PORT",	FIELD(hdr.dport), { 0 }, 1 },
	{ "SCOPE_BAD_LENGTH",	FIELD(hdr.length),
	  { PAYLOAD + 1, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff }, 5 },
	{ "SCOPE_BAD_FLAGS",	FIELD(mss), { 0 }, 1 },
	{ "SCOPE_BAD_FLAGS",	FIELD(zero), { 1, 0x8000, 0xffff }, 3 },
	/* numbers nobody has: no acknowledgment, one of what was never sent */
	{ "SCOPE_BAD_ACK",	FIELD(hdr.flags), { 0, FIN }, 2 },
#undef FIELD
};

TEST_F(bad, field)
{
	struct peer *peer = &self->peer;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(wrong_fields); i++) {
		for (j = 0; j < wrong_fields[i].n; j++) {
			peer_make(peer, ACK, peer->next, PAYLOAD);
			frame_field((char *)&peer->put.conn +
				    wrong_fields[i].at, wrong_fields[i].size,
				    wrong_fields[i].values[j]);
			expect_drop(_metadata, peer, wrong_fields[i].reason);
		}
		expect_goes_on(_metadata, peer, self->whole);
	}
}

/* What only the other type has */
TEST_F(bad, flag_of_the_other_type)
{
	struct peer *peer = &self->peer;

	if (peer->type == SCOPE_T_STREAM) {
		peer_make(peer, ACK | END, 0, PAYLOAD);
	} else {
		peer_make(peer, ACK | URG, 0, PAYLOAD);
		peer->put.conn.hdr.urgent = htons(PAYLOAD);
	}
	expect_drop(_metadata, peer, "SCOPE_BAD_FLAGS");
	expect_goes_on(_metadata, peer, self->whole);
}

TEST_F(bad, urgent_octet_beyond_the_payload)
{
	struct peer *peer = &self->peer;

	peer_make(peer, ACK | URG, 0, PAYLOAD);
	peer->put.conn.hdr.urgent = htons(PAYLOAD + 1);
	expect_drop(_metadata, peer, "SCOPE_BAD_FLAGS");
	peer_make(peer, ACK | URG, 0, 0);
	expect_drop(_metadata, peer, "SCOPE_BAD_FLAGS");
	expect_goes_on(_metadata, peer, self->whole);
}

/* A frame that ends in the middle of its header */
TEST_F(bad, truncated)
{
	struct peer *peer = &self->peer;
	int len;

	for (len = SCOPE_HDR_LEN; len < SCOPE_CONN_HDR_LEN; len += 3) {
		peer_make(peer, ACK, peer->next, 0);
		peer->len = len;
		expect_drop(_metadata, peer, "SCOPE_BAD_LENGTH");
	}
	expect_goes_on(_metadata, peer, self->whole);
}

/* Its acknowledgment is of what was never sent: the rest is not believed */
TEST_F(bad, acknowledgment)
{
	static const __u64 off[] = { 1, 1000, 1ULL << 39, 1ULL << 62 };
	struct peer *peer = &self->peer;
	__u64 ack = peer->ack;
	int i;

	for (i = 0; i < ARRAY_SIZE(off); i++) {
		peer->ack = ack + off[i];
		peer_make(peer, ACK, peer->next, PAYLOAD);
		expect_drop(_metadata, peer, "SCOPE_BAD_ACK");
		ASSERT_EQ(0, peer_await_flags(peer, ACK));
		EXPECT_EQ(ack, peer->heard.seq);
		EXPECT_EQ(peer->next, peer->heard.acked);
		peer->ack = ack;
	}
	expect_goes_on(_metadata, peer, self->whole);
}

/* Of ranges that can't be, none tells of anything that arrived */
TEST_F(bad, ranges)
{
	static const struct segment_range ranges[] = {
		{ 2000, 1000 }, { 1500, 1500 }, { 0, 1LL << 62 },
		{ SEGMENT_MSS, 3 * SEGMENT_MSS + 100 }, { -100, 100 },
		{ -(1LL << 62), 0 }, { 1LL << 62, 1LL << 61 }, { 1, 2 },
	};
	struct peer *peer = &self->peer;
	struct scope_info info;
	int i;

	ASSERT_EQ(3 * SEGMENT_MSS,
		  send(peer->fd, peer->pattern, 3 * SEGMENT_MSS, 0));
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		peer_make(peer, ACK, peer->next, 0);
		peer_range(peer, ranges[i].from, ranges[i].to);
		ASSERT_EQ(0, peer_put(peer));
	}
	expect_goes_on(_metadata, peer, self->whole);
	ASSERT_EQ(0, peer_info(peer, &info));
	EXPECT_EQ(0, info.acked);
	/* a machine that stands still has its timer strike */
	if (!info.timeouts) {
		EXPECT_EQ(3, info.pipe);
		EXPECT_EQ(0, info.retransmits);
	}
	ASSERT_EQ(0, peer_await(peer, peer->heard.from == 2 * SEGMENT_MSS));
	peer_take(peer);
	expect_goes_on(_metadata, peer, self->whole);
	ASSERT_EQ(0, peer_info(peer, &info));
	EXPECT_EQ(peer->ack - peer->irs - 1, info.acked);
}

/* Right in all but who it is from */
TEST_F(bad, stranger)
{
	struct peer *peer = &self->peer;
	unsigned char *link = peer->put.eth.h_source;

	link[5] ^= 0x40;
	ASSERT_EQ(0, peer_send_at(peer, RST, peer->next, 0));
	peer_make(peer, self->whole, peer->next, PAYLOAD);
	expect_drop(_metadata, peer, "NO_SOCKET");
	link[5] ^= 0x40;
	peer->port++;
	ASSERT_EQ(0, peer_send_at(peer, RST, peer->next, 0));
	peer_make(peer, self->whole, peer->next, PAYLOAD);
	expect_drop(_metadata, peer, "NO_SOCKET");
	ASSERT_EQ(0, peer_await(peer, peer->heard.flags & RST));
	peer->port--;
	expect_goes_on(_metadata, peer, self->whole);
}

/* Nobody connects to all, and none of them says no */
TEST_F(bad, broadcast)
{
	struct peer *peer = &self->peer;
	unsigned char *to = peer->put.eth.h_dest;
	unsigned char link[ETH_ALEN];

	memcpy(link, to, ETH_ALEN);
	memset(to, 0xff, ETH_ALEN);
	peer->port++;
	peer_make(peer, SYN, -1, 0);
	expect_drop(_metadata, peer, "NO_SOCKET");
	peer_make(peer, self->whole, 0, PAYLOAD);
	expect_drop(_metadata, peer, "NO_SOCKET");
	memcpy(to, link, ETH_ALEN);
	ASSERT_EQ(0, peer_shake(peer));
	EXPECT_EQ(POLLIN, scope_await(peer->listener, POLLIN));
}

/* One to three octets of the header are anything; it may end the connection */
static int put_random(struct peer *peer, int whole, unsigned int *seed)
{
	unsigned char *hdr = (unsigned char *)&peer->put.conn;
	int i;

	peer_make(peer, rand_r(seed) % 2 ? whole : rand_r(seed), peer->next,
		  rand_r(seed) % SEGMENT_MSS);
	for (i = rand_r(seed) % 4; i > 0; i--)
		hdr[rand_r(seed) % SCOPE_CONN_HDR_LEN] = rand_r(seed);
	/* mostly for the port where somebody is */
	if (rand_r(seed) % 8)
		peer->put.conn.hdr.dport = htons(peer->to);
	/* now and then it is believed, and the numbers move on */
	if (rand_r(seed) % 4)
		peer->next = be64toh(peer->put.conn.seq) - SEGMENT_ISS - 1 +
			     ntohl(peer->put.conn.hdr.length);
	if (peer->next < 0 || peer->next > SEGMENT_PATTERN - SEGMENT_MSS)
		peer->next = 0;
	return peer_put(peer);
}

TEST_F(bad, random_octets)
{
	struct peer *peer = &self->peer;
	unsigned int seed = 20240101;
	struct ledger ledger;
	char data[2000];
	int i;

	for (i = 0; i < 4000; i++) {
		ASSERT_EQ(0, put_random(peer, self->whole, &seed));
		while (recv(peer->fd, data, sizeof(data), MSG_DONTWAIT) > 0)
			;
		if (!(scope_events(peer->fd, POLLIN) & POLLHUP))
			continue;
		/* it ended: another one, unless its SYN meets a leftover */
		close(peer->fd);
		peer->port = 20000 + i;
		ASSERT_EQ(0, peer_shake(peer));
		peer->fd = accept(peer->listener, NULL, NULL);
		ASSERT_LE(0, peer->fd);
	}
	/* what waits for an octet before it does so until the end */
	close(peer->fd);
	peer->fd = -1;
	ASSERT_EQ(0, ledger_rest(&peer->wire.genl, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
	/* There was something of everything */
	EXPECT_LE(8, ledger.drops);
	EXPECT_LT(0, ledger_count(&ledger, DELIVERED));
}

TEST_HARNESS_MAIN
