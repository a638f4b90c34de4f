// SPDX-License-Identifier: GPL-2.0
/*
 * frames.c - proves that frames made by hand, put on the wire by AF_PACKET, are
 * delivered when they are right and counted under the reason when they are not
 *
 * A frame begins as a right one, has one thing changed, and gets a right sum
 * over what it is then, so that the thing changed is all that is wrong.
 */
#include <stddef.h>

#include "frame.h"
#include "rule.h"

FIXTURE(frame) {
	struct wire wire;
	int rx;			/* at end 1, bound to SCOPE_RX_PORT */
};

FIXTURE_VARIANT(frame) {
	enum path_kind kind;
};

FIXTURE_VARIANT_ADD(frame, scope0) { .kind = PATH_SCOPE0 };
FIXTURE_VARIANT_ADD(frame, veth) { .kind = PATH_VETH };

FIXTURE_SETUP(frame)
{
	ASSERT_EQ(0, wire_open(&self->wire, variant->kind));
	self->rx = path_bound(&self->wire.path, 1, SCOPE_RX_PORT);
	ASSERT_LE(0, self->rx);
}

FIXTURE_TEARDOWN(frame)
{
	close(self->rx);
}

/* Sends it and expects one more drop for the reason, and nothing else */
static void expect_drop(struct __test_metadata *_metadata, struct wire *wire,
			const struct frame *frame, size_t len,
			const char *reason)
{
	struct ledger ledger;
	__u64 before;

	ASSERT_EQ(0, ledger_rest(&wire->genl, &ledger));
	before = ledger_reason(&ledger, reason);
	ASSERT_EQ(0, frame_put(wire, frame, len));
	EXPECT_EQ(before + 1, ledger_await_reason(&wire->genl, reason,
						  before + 1))
		TH_LOG("frame %llu: no %s", wire->sent, reason);
	ASSERT_EQ(0, ledger_rest(&wire->genl, &ledger));
	EXPECT_EQ(wire->sent, ledger_count(&ledger, ENTERED));
	EXPECT_EQ(wire->sent, ledger_count(&ledger, DROPPED));
	EXPECT_EQ(0, ledger_missing(&ledger));
	EXPECT_EQ(0, ledger_count(&ledger, CONTROL_MADE));
}

#define WHOLE	(SCOPE_HDR_LEN + FRAME_PAYLOAD)

TEST_F(frame, right)
{
	struct sockaddr_scope from, want;
	struct ledger ledger;
	char data[64];

	frame_seal(&self->wire.frame, FRAME_PAYLOAD);
	ASSERT_EQ(0, frame_put(&self->wire, &self->wire.frame, WHOLE));
	ASSERT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	EXPECT_EQ(FRAME_PAYLOAD, scope_recvfrom(self->rx, data, sizeof(data),
						0, &from));
	EXPECT_TRUE(scope_filled(data, FRAME_PAYLOAD, 0));
	want = path_to(&self->wire.path, 0, SCOPE_TX_PORT);
	EXPECT_TRUE(scope_same(&want, &from));
	ASSERT_EQ(0, ledger_rest(&self->wire.genl, &ledger));
	EXPECT_EQ(1, ledger_count(&ledger, ENTERED));
	EXPECT_EQ(1, ledger_count(&ledger, DELIVERED));
	EXPECT_EQ(0, ledger_count(&ledger, DROPPED));
}

/* Lengths even and odd, in one piece and in several */
TEST_F(frame, right_of_many_sizes)
{
	static const int sizes[] = { 0, 1, 2, 15, 1500, 4097, 40001 };
	char *data = malloc(PATH_MTU);
	int i, n;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		n = sizes[i];
		scope_fill(self->wire.frame.data, n, i);
		self->wire.frame.hdr.length = htonl(n);
		frame_seal(&self->wire.frame, n);
		ASSERT_EQ(0, frame_put(&self->wire, &self->wire.frame, SCOPE_HDR_LEN + n));
		ASSERT_EQ(POLLIN, scope_await(self->rx, POLLIN));
		EXPECT_EQ(n, recv(self->rx, data, PATH_MTU, 0));
		EXPECT_TRUE(scope_filled(data, n, i));
	}
	free(data);
}

/* What follows the announced octets is not theirs, nor the sum's */
TEST_F(frame, padding)
{
	char data[64];
	int pad;

	frame_seal(&self->wire.frame, FRAME_PAYLOAD);
	memset(self->wire.frame.data + FRAME_PAYLOAD, 0xa5, 64);
	for (pad = 1; pad < 40; pad += 9) {
		ASSERT_EQ(0, frame_put(&self->wire, &self->wire.frame, WHOLE + pad));
		ASSERT_EQ(POLLIN, scope_await(self->rx, POLLIN));
		EXPECT_EQ(FRAME_PAYLOAD, recv(self->rx, data, sizeof(data), 0));
		EXPECT_TRUE(scope_filled(data, FRAME_PAYLOAD, 0));
	}
}

/* One field of the header, in each of its wrong values */
static const struct {
	const char	*reason;
	size_t		at;
	size_t		size;
	__u32		values[6];
	int		n;
} wrong_fields[] = {
#define FIELD(f)	offsetof(struct scope_hdr, f), \
			sizeof(((struct scope_hdr *)0)->f)
	{ "SCOPE_BAD_VERSION",	FIELD(version),	{ 0, 2, 255 }, 3 },
	{ "SCOPE_BAD_TYPE",	FIELD(type),	{ 0, 5, 128, 255 }, 4 },
	{ "SCOPE_BAD_HLEN",	FIELD(hlen),	{ 0, 12, 15, 17, 20, 255 }, 6 },
	{ "SCOPE_BAD_FLAGS",	FIELD(flags),	{ 1, 128, 255 }, 3 },
	{ "SCOPE_BAD_FLAGS",	FIELD(urgent),	{ 1, 0x8000, 0xffff }, 3 },
	{ "SCOPE_BAD_PORT",	FIELD(sport),	{ 0 }, 1 },
	{ "SCOPE_BAD_PORT",	FIELD(dport),	{ 0 }, 1 },
	{ "SCOPE_BAD_LENGTH",	FIELD(length),
	  { FRAME_PAYLOAD + 1, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff }, 5 },
#undef FIELD
};

TEST_F(frame, wrong_field)
{
	struct frame *frame = malloc(sizeof(*frame));
	char octet;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(wrong_fields); i++) {
		for (j = 0; j < wrong_fields[i].n; j++) {
			*frame = self->wire.frame;
			frame_field((char *)&frame->hdr + wrong_fields[i].at,
				    wrong_fields[i].size,
				    wrong_fields[i].values[j]);
			frame_seal(frame, FRAME_PAYLOAD);
			expect_drop(_metadata, &self->wire, frame, WHOLE,
				    wrong_fields[i].reason);
		}
	}
	EXPECT_EQ(EAGAIN, errno_of(recv(self->rx, &octet, 1, MSG_DONTWAIT)));
	free(frame);
}

/* Each bit of the sum, and one of the payload under a right sum */
TEST_F(frame, wrong_sum)
{
	int bit;

	frame_seal(&self->wire.frame, FRAME_PAYLOAD);
	for (bit = 0; bit < 16; bit++) {
		self->wire.frame.hdr.check ^= 1 << bit;
		expect_drop(_metadata, &self->wire, &self->wire.frame, WHOLE, "SKB_CSUM");
		self->wire.frame.hdr.check ^= 1 << bit;
	}
	self->wire.frame.data[FRAME_PAYLOAD - 1] ^= 0x10;
	expect_drop(_metadata, &self->wire, &self->wire.frame, WHOLE, "SKB_CSUM");
}

/* Cut off at every octet: in the header there is none, behind it too little */
TEST_F(frame, truncated)
{
	struct ledger ledger;
	int len;

	frame_seal(&self->wire.frame, FRAME_PAYLOAD);
	for (len = 0; len < WHOLE; len++)
		expect_drop(_metadata, &self->wire, &self->wire.frame, len,
			    len < SCOPE_HDR_LEN ? "PKT_TOO_SMALL" :
						  "SCOPE_BAD_LENGTH");
	ASSERT_EQ(0, ledger_read(&self->wire.genl, &ledger));
	EXPECT_EQ(SCOPE_HDR_LEN, ledger_reason(&ledger, "PKT_TOO_SMALL"));
	EXPECT_EQ(FRAME_PAYLOAD, ledger_reason(&ledger, "SCOPE_BAD_LENGTH"));
}

/* A refusal carries the header of what it refuses, and no more or less */
TEST_F(frame, refusal_of_a_wrong_length)
{
	static const int lengths[] = { 0, 1, 15, 17, 32 };
	int i;

	self->wire.frame.hdr.type = SCOPE_T_REFUSE;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		self->wire.frame.hdr.length = htonl(lengths[i]);
		frame_seal(&self->wire.frame, lengths[i]);
		expect_drop(_metadata, &self->wire, &self->wire.frame,
			    SCOPE_HDR_LEN + lengths[i], "SCOPE_BAD_LENGTH");
	}
}

#define HERE	SCOPE_RX_PORT
#define PEER	SCOPE_TX_PORT

/* Who sent the refusal, and the header in it; the last has nothing wrong */
static const struct {
	int	from;
	int	type;
	int	sport;
	int	dport;
} refusals[] = {
	{ PEER,		SCOPE_T_DGRAM,	HERE + 1,	PEER },
	{ PEER,		SCOPE_T_DGRAM,	HERE,		PEER + 1 },
	{ PEER,		SCOPE_T_REFUSE,	HERE,		PEER },
	{ PEER + 1,	SCOPE_T_DGRAM,	HERE,		PEER },
	{ PEER + 1,	SCOPE_T_DGRAM,	HERE,		PEER + 1 },
	{ PEER,		SCOPE_T_DGRAM,	HERE,		PEER },
};

/*
 * Only a refusal of what the socket sends, from where it sends it, is believed:
 * others may not break a conversation they do not know.
 */
TEST_F(frame, refusal_of_something_else)
{
	struct frame *frame = &self->wire.frame;
	struct genl *genl = &self->wire.genl;
	struct scope_hdr refused = frame->hdr;
	struct ledger ledger;
	int i;

	ASSERT_EQ(0, scope_connect(self->rx, path_to(&self->wire.path, 0,
						     PEER)));
	frame->hdr.type = SCOPE_T_REFUSE;
	frame->hdr.length = htonl(SCOPE_HDR_LEN);
	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		refused.type = refusals[i].type;
		refused.sport = htons(refusals[i].sport);
		refused.dport = htons(refusals[i].dport);
		memcpy(frame->data, &refused, sizeof(refused));
		frame->hdr.sport = htons(refusals[i].from);
		frame_seal(frame, SCOPE_HDR_LEN);
		ASSERT_EQ(0, frame_put(&self->wire, frame, 2 * SCOPE_HDR_LEN));
		ASSERT_EQ(i + 1, ledger_await(genl,
					      SKBSCOPE_A_LEDGER_CONTROL_READ,
					      i + 1));
		EXPECT_EQ(i + 1 < ARRAY_SIZE(refusals) ? 0 : ECONNREFUSED,
			  scope_getsockopt_int(self->rx, SO_ERROR))
			TH_LOG("refusal %d", i);
	}
	ASSERT_EQ(0, ledger_rest(genl, &ledger));
	EXPECT_EQ(0, ledger_count(&ledger, ENTERED));
	EXPECT_EQ(0, ledger_missing(&ledger));
}

/* How many of the frames put were accounted for as this or that */
static __u64 accounted(const struct wire *wire, const struct ledger *ledger)
{
	__u64 count = ledger_count(ledger, ENTERED) +
		      ledger_count(ledger, CONTROL_READ);

	/* Refusals of some of them came back by scope0 to be read, too */
	if (wire->path.kind == PATH_SCOPE0)
		count -= ledger_count(ledger, CONTROL_MADE) -
			 ledger_count(ledger, CONTROL_DROPPED);
	return count;
}

/* Whatever octets come, each frame is dropped, queued or read as a refusal */
TEST_F(frame, random_octets)
{
	struct frame *frame = malloc(sizeof(*frame));
	unsigned int seed = 20240101;
	struct ledger ledger;
	int i, j, len;

	for (i = 0; i < 2000; i++) {
		*frame = self->wire.frame;
		for (j = rand_r(&seed) % 3; j >= 0; j--)
			((unsigned char *)&frame->hdr)[rand_r(&seed) % 20] =
				rand_r(&seed);
		len = rand_r(&seed) % 40;
		frame_seal(frame, len > SCOPE_HDR_LEN ? len - SCOPE_HDR_LEN : 0);
		ASSERT_EQ(0, frame_put(&self->wire, frame, len));
	}
	for (i = 0; i < SCOPE_PATIENCE; i++) {
		ASSERT_EQ(0, ledger_rest(&self->wire.genl, &ledger));
		if (accounted(&self->wire, &ledger) == self->wire.sent)
			break;
		usleep(1000);
	}
	EXPECT_EQ(self->wire.sent, accounted(&self->wire, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
	EXPECT_EQ(ledger_count(&ledger, QUEUE_LEN),
		  ledger_count(&ledger, QUEUED));
	/* There was something of everything */
	EXPECT_LT(0, ledger_count(&ledger, QUEUED));
	EXPECT_LT(0, ledger_count(&ledger, CONTROL_MADE));
	EXPECT_LE(8, ledger.drops);
	free(frame);
}

FIXTURE(stranger) {
	struct wire wire;
};

FIXTURE_SETUP(stranger)
{
	ASSERT_EQ(0, wire_open(&self->wire, PATH_SCOPE0));
}

FIXTURE_TEARDOWN(stranger)
{
}

/* @claimed: what the packet socket tells the kernel that the frame is of */
static int put_stranger(struct wire *wire, int claimed, int type)
{
	wire->to.sll_protocol = htons(claimed);
	wire->frame.eth.h_proto = htons(type);
	return frame_put(wire, &wire->frame, WHOLE);
}

TEST_F(stranger, other_ethertypes)
{
	static const int types[] = {
		ETH_P_IP, ETH_P_IPV6, ETH_P_ARP, ETH_P_8021Q, 0x88b6, 0x0100,
	};
	struct ledger ledger;
	int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		ASSERT_EQ(0, put_stranger(&self->wire, types[i], types[i]));
		EXPECT_EQ(i + 1, ledger_await_reason(&self->wire.genl,
						     "SCOPE_NOT_OURS", i + 1));
	}
	ASSERT_EQ(0, ledger_rest(&self->wire.genl, &ledger));
	EXPECT_EQ(i, ledger_count(&ledger, ENTERED));
	EXPECT_EQ(i, ledger_count(&ledger, DROPPED));
	EXPECT_EQ(0, ledger_missing(&ledger));
}

/* What the frame says counts, not what its sender told the kernel of it */
TEST_F(stranger, in_disguise)
{
	ASSERT_EQ(0, put_stranger(&self->wire, ETH_P_SCOPE, ETH_P_IP));
	EXPECT_EQ(1, ledger_await_reason(&self->wire.genl, "SCOPE_NOT_OURS",
					 1));
}

/* The core does not know where the header begins in what it did not make */
TEST_F(stranger, held_and_edited)
{
	struct held_list *list = calloc(1, sizeof(*list));
	struct genl *genl = &self->wire.genl;
	struct genl_request req;
	int rule;

	ASSERT_NE(NULL, list);
	rule_begin(genl, &req, SKBSCOPE_ACTION_HOLD, STATION_BIT(DEVICE_XMIT));
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	ASSERT_EQ(0, put_stranger(&self->wire, ETH_P_SCOPE, ETH_P_SCOPE));
	ASSERT_EQ(1, held_await(genl, list, 1));
	EXPECT_EQ(-ENODATA, verdict_edit(genl, list->at[0].id,
					 SKBSCOPE_PLACE_HEADER, 0, "\x01",
					 false));
	EXPECT_EQ(-ENODATA, verdict_edit(genl, list->at[0].id,
					 SKBSCOPE_PLACE_PAYLOAD, 0, "x",
					 true));
	/* From the Ethernet header on all can be had */
	EXPECT_EQ(0, verdict_edit(genl, list->at[0].id, SKBSCOPE_PLACE_DATA, 12,
				  "\x12\x34", false));
	EXPECT_EQ(0, rule_del(genl, rule));
	EXPECT_EQ(1, ledger_await_reason(genl, "SCOPE_NOT_OURS", 1));
	free(list);
}

FIXTURE(source) {
	struct wire wire;	/* its frame is for SCOPE_NO_PORT */
};

FIXTURE_SETUP(source)
{
	ASSERT_EQ(0, wire_open(&self->wire, PATH_VETH));
	self->wire.frame.hdr.dport = htons(SCOPE_NO_PORT);
	frame_seal(&self->wire.frame, FRAME_PAYLOAD);
}

FIXTURE_TEARDOWN(source)
{
}

static int put_from(struct wire *wire, const unsigned char *link)
{
	memcpy(wire->frame.eth.h_source, link, ETH_ALEN);
	return frame_put(wire, &wire->frame, WHOLE);
}

/* Nobody can be answered at an address of many, or of none */
TEST_F(source, of_no_node)
{
	static const unsigned char links[][6] = {
		{ 0, 0, 0, 0, 0, 0 },
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		{ 0x01, 0, 0x5e, 0, 0, 1 },
		{ 0x33, 0x33, 0, 0, 0, 1 },
	};
	struct genl *genl = &self->wire.genl;
	struct ledger ledger;
	int i;

	for (i = 0; i < ARRAY_SIZE(links); i++) {
		ASSERT_EQ(0, put_from(&self->wire, links[i]));
		EXPECT_EQ(i + 1, ledger_await_reason(genl, "SCOPE_BAD_SOURCE",
						     i + 1));
	}
	ASSERT_EQ(0, ledger_rest(genl, &ledger));
	EXPECT_EQ(0, ledger_count(&ledger, CONTROL_MADE));
	ASSERT_EQ(0, put_from(&self->wire, self->wire.path.link[0]));
	EXPECT_EQ(1, ledger_await(genl, SKBSCOPE_A_LEDGER_CONTROL_MADE, 1));
}

/* A frame for somebody else on the wire is not ours to read or to answer */
TEST_F(source, for_another_node)
{
	struct genl *genl = &self->wire.genl;
	struct ledger ledger;

	self->wire.frame.eth.h_dest[5] ^= 0x40;
	ASSERT_EQ(0, frame_put(&self->wire, &self->wire.frame, WHOLE));
	EXPECT_EQ(1, ledger_await_reason(genl, "OTHERHOST", 1));
	ASSERT_EQ(0, ledger_rest(genl, &ledger));
	EXPECT_EQ(0, ledger_count(&ledger, CONTROL_MADE));
	EXPECT_EQ(0, ledger_missing(&ledger));
}

TEST_HARNESS_MAIN
