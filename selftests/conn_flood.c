// SPDX-License-Identifier: GPL-2.0
/*
 * conn_flood.c - proves that a listener outlives a flood of opens by somebody
 * who writes frames by hand: no more of them are kept than the backlog has room
 * for, all of them go again, and who means it gets in then
 *
 * Test-timeout: 240
 */
#include "segment.h"

#define OPENS	5000
#define BACKLOG	5
#define CROSSED	500	/* handshakes ended by a reset, by data, by silence */

FIXTURE(flood) {
	struct peer peer;
};

FIXTURE_VARIANT(flood) {
	int type;
};

FIXTURE_VARIANT_ADD(flood, stream) { SCOPE_T_STREAM };
FIXTURE_VARIANT_ADD(flood, record) { SCOPE_T_SEQPACKET };

FIXTURE_SETUP(flood)
{
	ASSERT_EQ(0, peer_open(&self->peer, variant->type));
	ASSERT_EQ(0, peer_listen(&self->peer, BACKLOG));
}

FIXTURE_TEARDOWN(flood)
{
	EXPECT_EQ(0, peer_close(&self->peer));
}

static void count_one(const struct genl_attrs *attrs, void *arg)
{
}

/* Sockets in the kernel's end's namespace, or -errno */
static int sockets(struct peer *peer)
{
	return genl_dump(&peer->wire.genl, SKBSCOPE_CMD_SOCKET_GET, count_one,
			 NULL);
}

static int await_sockets(struct peer *peer, int n)
{
	int i, have = -1;

	for (i = 0; i < SCOPE_PATIENCE; i++) {
		have = sockets(peer);
		if (have <= n)
			break;
		usleep(1000);
	}
	return have;
}

/* The next one of the many that the peer pretends to be */
static void be_another(struct peer *peer, unsigned int i)
{
	peer->port = 1 + i % 60000;
	peer->put.eth.h_source[4] = i / 251;
	peer->put.eth.h_source[5] = i % 251;
}

/* A socket of the other namespace, whose kernel answers as it should */
static int honest_client(struct peer *peer)
{
	struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	const struct path *path = &peer->wire.path;
	int fd;

	if (path_enter(path, 0))
		return -1;
	fd = socket(scope_family(), peer_sock_type(peer), 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
				 sizeof(patience)) ||
	    scope_connect(fd, path_to(path, 1, peer->to)))
		return -1;
	return fd;
}

TEST_F_TIMEOUT(flood, of_opens, 120)
{
	struct peer *peer = &self->peer;
	int i, most = 0, fd, have;
	char data[8];

	for (i = 0; i < OPENS; i++) {
		be_another(peer, i);
		ASSERT_EQ(0, peer_send_at(peer, SYN, -1, 0));
		if (i % 500)
			continue;
		have = sockets(peer);
		most = have > most ? have : most;
	}
	/* The listener, and whom the backlog of n has room for: n + 1 */
	EXPECT_LT(1, most);
	EXPECT_GE(1 + BACKLOG + 1, most);

	fd = honest_client(peer);
	ASSERT_LE(0, fd);
	peer->fd = accept(peer->listener, NULL, NULL);
	ASSERT_LE(0, peer->fd);
	ASSERT_EQ(2, send(fd, "in", 2, 0));
	EXPECT_EQ(2, recv(peer->fd, data, sizeof(data), 0));
	close(fd);
	EXPECT_EQ(2, await_sockets(peer, 2));
}

/* Each gets further than the last, and none as far as accept() can see */
TEST_F_TIMEOUT(flood, of_opens_that_end, 120)
{
	struct peer *peer = &self->peer;
	int i, accepted = 0, fd;

	ASSERT_LE(0, fcntl(peer->listener, F_SETFL, O_NONBLOCK));
	for (i = 0; i < CROSSED; i++) {
		peer->port = 1 + i;
		peer->next = 0;
		ASSERT_EQ(0, peer_send_at(peer, SYN, -1, 0));
		ASSERT_EQ(0, peer_await(peer, peer->heard.flags & (SYN | RST)));
		peer_take(peer);
		switch (i % 4) {
		case 0:
			ASSERT_EQ(0, peer_send(peer, RST | ACK, 0));
			break;
		case 1:
			ASSERT_EQ(0, peer_send(peer, ACK, 100));
			ASSERT_EQ(0, peer_send(peer, RST | ACK, 0));
			break;
		case 2:
			ASSERT_EQ(0, peer_send(peer, FIN | ACK, 0));
			ASSERT_EQ(0, peer_send(peer, RST | ACK, 0));
			break;
		default:
			ASSERT_EQ(0, peer_send_at(peer, SYN, -1, 0));
			ASSERT_EQ(0, peer_send(peer, RST | ACK, 0));
		}
		fd = accept(peer->listener, NULL, NULL);
		if (fd >= 0) {
			accepted++;
			close(fd);
		}
	}
	TH_LOG("%d of %d were accepted before they ended", accepted, CROSSED);
	while ((fd = accept(peer->listener, NULL, NULL)) >= 0)
		close(fd);
	EXPECT_EQ(1, await_sockets(peer, 1));
}

TEST_HARNESS_MAIN
