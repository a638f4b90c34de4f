// SPDX-License-Identifier: GPL-2.0
/*
 * frames_sent.c - proves that what a socket puts on the wire is what the UAPI
 * header says, octet by octet, its sum made by the device or by the core
 */
#include "frame.h"

FIXTURE(sent) {
	struct wire wire;	/* its packet socket listens at end 1 */
	int tx;			/* at end 0, port SCOPE_TX_PORT */
};

FIXTURE_VARIANT(sent) {
	enum path_kind kind;
};

FIXTURE_VARIANT_ADD(sent, scope0) { .kind = PATH_SCOPE0 };
FIXTURE_VARIANT_ADD(sent, veth) { .kind = PATH_VETH };

/* A packet socket that gets the family's frames as they come in at an end */
static int listen_at(const struct path *path, int end)
{
	struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_SCOPE),
	};
	int fd;

	if (path_enter(path, end))
		return -1;
	ll.sll_ifindex = if_nametoindex(path_dev(path, end));
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (bind(fd, (struct sockaddr *)&ll, sizeof(ll)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)))
		return -1;
	return fd;
}

FIXTURE_SETUP(sent)
{
	ASSERT_EQ(0, wire_open(&self->wire, variant->kind));
	self->tx = path_bound(&self->wire.path, 0, SCOPE_TX_PORT);
	ASSERT_LE(0, self->tx);
	ASSERT_EQ(0, frame_no_offload(path_dev(&self->wire.path, 0)));
	close(self->wire.raw);
	self->wire.raw = listen_at(&self->wire.path, 1);
	ASSERT_LE(0, self->wire.raw);
}

FIXTURE_TEARDOWN(sent)
{
	close(self->wire.raw);
	close(self->tx);
}

/* Sends octets to a port of end 1 and expects the frame of them */
static void expect_frame(struct __test_metadata *_metadata, struct wire *wire,
			 int tx, int len, int port)
{
	struct frame *got = calloc(1, sizeof(*got));
	struct frame *want = &wire->frame;

	scope_fill(want->data, len, len);
	want->hdr.length = htonl(len);
	want->hdr.dport = htons(port);
	frame_seal(want, len);
	ASSERT_EQ(len, scope_sendto(tx, want->data, len, 0,
				    path_to(&wire->path, 1, port)));
	ASSERT_EQ(ETH_HLEN + SCOPE_HDR_LEN + len,
		  recv(wire->raw, got, sizeof(*got), 0));
	EXPECT_EQ(0, memcmp(&want->eth, &got->eth, ETH_HLEN));
	EXPECT_EQ(0, memcmp(&want->hdr, &got->hdr, SCOPE_HDR_LEN))
		TH_LOG("%d octets: sum %04x, wanted %04x", len,
		       ntohs(got->hdr.check), ntohs(want->hdr.check));
	EXPECT_EQ(0, memcmp(want->data, got->data, len));
	free(got);
}

TEST_F(sent, datagrams)
{
	static const int sizes[] = { 0, 1, 2, 3, 100, 1501, 5000, 40001 };
	int i, rx = path_bound(&self->wire.path, 1, SCOPE_RX_PORT);

	ASSERT_LE(0, rx);
	ASSERT_EQ(0, scope_setsockopt_int(self->tx, SO_SNDBUF, 4 * PATH_MTU));
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		expect_frame(_metadata, &self->wire, self->tx, sizes[i],
			     SCOPE_RX_PORT);
}

/* The answer to one that found nobody carries that one's header */
TEST_F(sent, refusals)
{
	struct wire *wire = &self->wire;
	struct scope_hdr hdr[2];
	struct frame got;
	int fd;

	/* It leaves end 1 for end 0 */
	ASSERT_EQ(0, path_enter(&wire->path, 1));
	ASSERT_EQ(0, frame_no_offload(path_dev(&wire->path, 1)));
	fd = listen_at(&wire->path, 0);
	ASSERT_LE(0, fd);
	expect_frame(_metadata, wire, self->tx, 10, SCOPE_NO_PORT);
	/* Where both ends are one, the datagram is seen first */
	do {
		ASSERT_LT(0, recv(fd, &got, sizeof(got), 0));
	} while (got.hdr.type != SCOPE_T_REFUSE);
	memcpy(hdr, &got.hdr, sizeof(hdr));
	EXPECT_EQ(htons(SCOPE_NO_PORT), hdr[0].sport);
	EXPECT_EQ(htons(SCOPE_TX_PORT), hdr[0].dport);
	EXPECT_EQ(htonl(SCOPE_HDR_LEN), hdr[0].length);
	EXPECT_EQ(0, frame_sum(hdr, sizeof(hdr)));
	EXPECT_EQ(0, memcmp(&wire->frame.hdr, &hdr[1], SCOPE_HDR_LEN));
}

TEST_HARNESS_MAIN
