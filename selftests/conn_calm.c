// SPDX-License-Identifier: GPL-2.0
/*
 * conn_calm.c - proves that nothing is sent twice and no timer strikes where
 * nothing is lost: over scope0, with one connection and with many, whatever
 * their readers do
 *
 * Test-timeout: 300
 */
#include <sys/resource.h>

#include "conn.h"

#define CONNS	1000
#define LONG	100	/* seconds that a test may take in an emulated VM */

/**
 * struct lane - a connection, and how far its two ends are
 * @fd: its ends, 0 writes and 1 reads
 * @written: octets
 * @got: octets
 */
struct lane {
	int	fd[2];
	long	written;
	long	got;
};

FIXTURE(calm) {
	struct conn conn;
	struct lane lane[CONNS];
	int lanes;
	unsigned int seed;
};

FIXTURE_VARIANT(calm) {
	int type;
};

FIXTURE_VARIANT_ADD(calm, stream) { .type = SOCK_STREAM };
FIXTURE_VARIANT_ADD(calm, record) { .type = SOCK_SEQPACKET };

FIXTURE_SETUP(calm)
{
	const struct rlimit files = { 2 * CONNS + 100, 2 * CONNS + 100 };

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	ASSERT_EQ(0, conn_open_listening(&self->conn, CONN_SCOPE0,
					 variant->type));
	self->lanes = 0;
	self->seed = 20240101;
}

static int info_of(int fd, struct scope_info *info)
{
	socklen_t len = sizeof(*info);

	return getsockopt(fd, SOL_SCOPE, SCOPE_INFO, info, &len);
}

/* Also what no program sent came through: acknowledgments, and the ends */
FIXTURE_TEARDOWN(calm)
{
	struct ledger ledger;
	struct scope_info info;
	struct genl genl;
	int i, end;

	for (i = 0; i < self->lanes; i++) {
		for (end = 0; end < 2; end++) {
			ASSERT_EQ(0, info_of(self->lane[i].fd[end], &info));
			EXPECT_EQ(0, info.retransmits);
			EXPECT_EQ(0, info.timeouts);
		}
	}
	for (i = 0; i < self->lanes; i++)
		for (end = 0; end < 2; end++)
			close(self->lane[i].fd[end]);
	EXPECT_EQ(0, conn_close(&self->conn));
	ASSERT_EQ(0, genl_open(&genl));
	ASSERT_EQ(0, ledger_read(&genl, &ledger));
	EXPECT_EQ(0, ledger_count(&ledger, DROPPED));
	EXPECT_EQ(0, ledger_count(&ledger, CONTROL_DROPPED));
	genl_close(&genl);
}

static unsigned char octet_at(long place)
{
	return (unsigned int)place * 2654435761u >> 24;
}

static int lane_open(struct lane *lane, const struct conn *conn, int from)
{
	*lane = (struct lane) { };
	lane->fd[0] = conn_connected(conn);
	lane->fd[1] = accept(from, NULL, NULL);
	return lane->fd[0] < 0 || lane->fd[1] < 0 ? -errno : 0;
}

#define PIECE	70000	/* the longest: more than one frame holds */

/* Of any length up to that; often a short one */
static int some(unsigned int *seed, int most)
{
	return rand_r(seed) % (rand_r(seed) % 4 ? 2000 : most) + 1;
}

/* Writes until there is no room, or all is written. Whether it wrote any */
static bool lane_write(struct lane *lane, long all, unsigned int *seed)
{
	static unsigned char data[PIECE];
	long before = lane->written;
	int i, n;

	while (lane->written < all) {
		n = some(seed, PIECE);
		if (n > all - lane->written)
			n = all - lane->written;
		for (i = 0; i < n; i++)
			data[i] = octet_at(lane->written + i);
		n = send(lane->fd[0], data, n, MSG_DONTWAIT);
		if (n < 0)
			break;
		lane->written += n;
	}
	return lane->written > before;
}

/* Reads once. Octets, 0 where there are none, -1 for wrong ones */
static int lane_read(struct lane *lane, int len)
{
	static unsigned char data[PIECE];
	int i, n;

	n = recv(lane->fd[1], data, len, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	for (i = 0; i < n; i++)
		if (data[i] != octet_at(lane->got + i))
			return -1;
	lane->got += n;
	return n;
}

/* One after the other reads what there is, but not in every round */
static void run_lanes(struct __test_metadata *_metadata, struct lane *lane,
		      int lanes, long all, unsigned int *seed)
{
	int i, n, round, left = lanes;
	bool moved;

	for (round = 0; left; round++) {
		moved = false;
		for (i = 0; i < lanes; i++) {
			moved |= lane_write(&lane[i], all, seed);
			if ((round + i) % 3 || lane[i].got == all)
				continue;
			while ((n = lane_read(&lane[i], PIECE)) > 0)
				moved = true;
			ASSERT_EQ(0, n);
			left -= lane[i].got == all;
		}
		/* what was sent is on its way up in softirq */
		if (!moved)
			usleep(1000);
	}
}

TEST_F_TIMEOUT(calm, one, LONG)
{
	ASSERT_EQ(0, lane_open(&self->lane[0], &self->conn, listener));
	self->lanes = 1;
	run_lanes(_metadata, self->lane, 1, 16 << 20, &self->seed);
}

TEST_F_TIMEOUT(calm, many, LONG)
{
	for (; self->lanes < CONNS; self->lanes++)
		ASSERT_EQ(0, lane_open(&self->lane[self->lanes], &self->conn,
				       listener));
	run_lanes(_metadata, self->lane, CONNS, 100000, &self->seed);
}

/* There is never more room than the reader made by its last read */
TEST_F_TIMEOUT(calm, slow_reader, LONG)
{
	struct lane *lane = &self->lane[0];
	const long all = 3 << 20;
	int len, n;

	ASSERT_EQ(0, lane_open(lane, &self->conn, listener));
	self->lanes = 1;
	ASSERT_EQ(0, scope_setsockopt_int(lane->fd[1], SO_RCVBUF, 20000));
	while (lane->got < all) {
		lane_write(lane, all, &self->seed);
		/* a record is read whole, or its rest is lost */
		len = self->conn.type == SOCK_STREAM ?
		      some(&self->seed, 20000) : PIECE;
		n = lane_read(lane, len);
		ASSERT_LE(0, n);
		if (!n)
			ASSERT_NE(0, scope_await(lane->fd[1], POLLIN));
	}
}

TEST_HARNESS_MAIN
