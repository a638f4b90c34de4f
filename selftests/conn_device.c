// SPDX-License-Identifier: GPL-2.0
/*
 * conn_device.c - proves that connections outlive what happens to the devices
 * under them, and end when those are gone: octets run from end 0 to end 1 while
 * a device goes down and up, gets another MTU, or is removed
 *
 * Test-timeout: 600
 */
#include <pthread.h>

#include "conn.h"

#define PIECE	10000	/* octets of a write, or a record */
#define FORWARD	300000	/* octets that prove that it goes on */
#define LONG	100	/* seconds that a test may take in an emulated VM */

/**
 * struct flow - octets on their way
 * @conn: from its end 0 to its end 1
 * @stop: the writer's word to end
 * @written: octets the writer is rid of
 * @got: octets the reader has
 * @wrong: some octet was not what it should be
 * @error: what ended each, 0 for the writer's or the reader's end in order
 * @thread: of each
 */
struct flow {
	const struct conn	*conn;
	int			stop;
	long			written;
	long			got;
	bool			wrong;
	int			error[2];
	pthread_t		thread[2];
};

/* What the octet at a place of the stream is */
static unsigned char octet_at(long place)
{
	return (unsigned int)place * 2654435761u >> 24;
}

static void *flow_write(void *arg)
{
	struct flow *flow = arg;
	unsigned char data[PIECE];
	long i, n;

	while (!__atomic_load_n(&flow->stop, __ATOMIC_RELAXED)) {
		for (i = 0; i < PIECE; i++)
			data[i] = octet_at(flow->written + i);
		n = send(flow->conn->fd[0], data, PIECE, MSG_NOSIGNAL);
		if (n < 0) {
			flow->error[0] = errno;
			return NULL;
		}
		__atomic_store_n(&flow->written, flow->written + n,
				 __ATOMIC_RELAXED);
	}
	if (shutdown(flow->conn->fd[0], SHUT_WR))
		flow->error[0] = errno;
	return NULL;
}

static void *flow_read(void *arg)
{
	struct flow *flow = arg;
	unsigned char data[PIECE];
	long i, n;

	while ((n = recv(flow->conn->fd[1], data, PIECE, 0)) > 0) {
		for (i = 0; i < n; i++)
			if (data[i] != octet_at(flow->got + i))
				flow->wrong = true;
		__atomic_store_n(&flow->got, flow->got + n, __ATOMIC_RELAXED);
	}
	if (n < 0)
		flow->error[1] = errno;
	return NULL;
}

/* A signal would be an end, too, and patience is for those who wait */
static int flow_start(struct flow *flow, const struct conn *conn)
{
	const struct timeval patience = { .tv_sec = LONG };

	*flow = (struct flow) { .conn = conn };
	if (setsockopt(conn->fd[1], SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)))
		return errno;
	return pthread_create(&flow->thread[0], NULL, flow_write, flow) ?:
	       pthread_create(&flow->thread[1], NULL, flow_read, flow);
}

static void flow_join(struct flow *flow)
{
	__atomic_store_n(&flow->stop, 1, __ATOMIC_RELAXED);
	pthread_join(flow->thread[0], NULL);
	pthread_join(flow->thread[1], NULL);
}

/* More arrives */
static bool flow_goes_on(struct flow *flow)
{
	long got = __atomic_load_n(&flow->got, __ATOMIC_RELAXED);
	int i;

	for (i = 0; i < 3 * SCOPE_PATIENCE; i++) {
		if (__atomic_load_n(&flow->got, __ATOMIC_RELAXED) >=
		    got + FORWARD)
			return true;
		usleep(1000);
	}
	return false;
}

/* The writer's end heard nothing for so long that it waits ever longer */
static bool flow_stands(struct flow *flow)
{
	struct scope_info info;
	socklen_t len = sizeof(info);
	__u32 rto_us = 0;
	int i;

	for (i = 0; i < 3 * SCOPE_PATIENCE; i++) {
		if (getsockopt(flow->conn->fd[0], SOL_SCOPE, SCOPE_INFO, &info,
			       &len))
			return false;
		if (!i)
			rto_us = info.rto_us;
		if (info.rto_us >= 4 * rto_us)
			return true;
		usleep(1000);
	}
	return false;
}

FIXTURE(device) {
	struct conn conn;
	struct flow flow;
};

FIXTURE_VARIANT(device) {
	int type;
};

FIXTURE_VARIANT_ADD(device, stream) { .type = SOCK_STREAM };
FIXTURE_VARIANT_ADD(device, record) { .type = SOCK_SEQPACKET };

FIXTURE_SETUP(device)
{
	ASSERT_EQ(0, conn_open_joined(&self->conn, CONN_VETH, variant->type));
	ASSERT_EQ(0, flow_start(&self->flow, &self->conn));
	ASSERT_TRUE(flow_goes_on(&self->flow));
}

/* What was written was read, whatever happened meanwhile */
FIXTURE_TEARDOWN(device)
{
	flow_join(&self->flow);
	EXPECT_EQ(0, self->flow.error[0]);
	EXPECT_EQ(0, self->flow.error[1]);
	EXPECT_EQ(self->flow.written, self->flow.got);
	EXPECT_FALSE(self->flow.wrong);
	EXPECT_EQ(0, conn_close(&self->conn));
}

static int dev_down(const struct path *path, int end)
{
	struct ifreq ifr = { .ifr_flags = 0 };

	return path_enter(path, end) ?:
	       path_dev_ioctl(path_dev(path, end), SIOCSIFFLAGS, &ifr);
}

static int dev_up(const struct path *path, int end)
{
	return path_enter(path, end) ?: path_dev_up(path_dev(path, end));
}

static int dev_mtu(const struct path *path, int end, int mtu)
{
	return path_enter(path, end) ?: path_dev_mtu(path_dev(path, end), mtu);
}

TEST_F_TIMEOUT(device, down_at_the_writer, LONG)
{
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, dev_down(&self->conn.path, 0));
		EXPECT_TRUE(flow_stands(&self->flow));
		ASSERT_EQ(0, dev_up(&self->conn.path, 0));
		EXPECT_TRUE(flow_goes_on(&self->flow));
	}
}

TEST_F_TIMEOUT(device, down_at_the_reader, LONG)
{
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, dev_down(&self->conn.path, 1));
		EXPECT_TRUE(flow_stands(&self->flow));
		ASSERT_EQ(0, dev_up(&self->conn.path, 1));
		EXPECT_TRUE(flow_goes_on(&self->flow));
	}
}

static const int mtus[] = { 600, 1500, 68, 9000, 1500 };

TEST_F_TIMEOUT(device, mtu_at_both, LONG)
{
	int i, end;

	for (i = 0; i < ARRAY_SIZE(mtus); i++) {
		for (end = 0; end < 2; end++)
			ASSERT_EQ(0, dev_mtu(&self->conn.path, end, mtus[i]));
		EXPECT_TRUE(flow_goes_on(&self->flow))
			TH_LOG("MTU %d", mtus[i]);
	}
}

TEST_F_TIMEOUT(device, mtu_at_the_writer, LONG)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(mtus); i++) {
		ASSERT_EQ(0, dev_mtu(&self->conn.path, 0, mtus[i]));
		EXPECT_TRUE(flow_goes_on(&self->flow))
			TH_LOG("MTU %d", mtus[i]);
	}
}

/* A device drops what is longer than its MTU: the writer must be told */
TEST_F_TIMEOUT(device, mtu_at_the_reader, LONG)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(mtus); i++) {
		ASSERT_EQ(0, dev_mtu(&self->conn.path, 1, mtus[i]));
		EXPECT_TRUE(flow_goes_on(&self->flow))
			TH_LOG("MTU %d", mtus[i]);
	}
}

FIXTURE(removed) {
	struct conn conn;
	struct flow flow;
};

FIXTURE_VARIANT(removed) {
	int type;
};

FIXTURE_VARIANT_ADD(removed, stream) { .type = SOCK_STREAM };
FIXTURE_VARIANT_ADD(removed, record) { .type = SOCK_SEQPACKET };

FIXTURE_SETUP(removed)
{
	ASSERT_EQ(0, conn_open_joined(&self->conn, CONN_VETH, variant->type));
}

FIXTURE_TEARDOWN(removed)
{
}

/* Of a pair, both go */
static int dev_remove(const struct path *path, int end)
{
	struct path_request req = {
		.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(req.ifi)),
		.nlh.nlmsg_type = RTM_DELLINK,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
	};
	const char *name = path_dev(path, end);
	char answer[512];

	path_put(&req, IFLA_IFNAME, name, strlen(name) + 1);
	return path_enter(path, end) ?:
	       path_ask(&req, answer, sizeof(answer)) < 0 ? -1 : 0;
}

/* No socket of the family is left in the namespace we are in */
static bool no_sockets(void)
{
	struct genl_attrs info;
	struct genl genl;
	int i, left = -1;

	if (genl_open(&genl))
		return false;
	for (i = 0; i < SCOPE_PATIENCE && left; i++) {
		if (genl_get(&genl, SKBSCOPE_CMD_INFO_GET, 0, NULL, 0, &info))
			break;
		left = genl_u32(&info, SKBSCOPE_A_INFO_SOCKETS);
		usleep(1000);
	}
	genl_close(&genl);
	return !left;
}

TEST_F(removed, while_octets_run)
{
	struct flow *flow = &self->flow;
	int end;

	ASSERT_EQ(0, flow_start(flow, &self->conn));
	ASSERT_TRUE(flow_goes_on(flow));
	ASSERT_EQ(0, dev_remove(&self->conn.path, 0));
	flow_join(flow);
	EXPECT_EQ(ENODEV, flow->error[0]);
	EXPECT_EQ(ENODEV, flow->error[1]);
	EXPECT_FALSE(flow->wrong);
	EXPECT_EQ(0, conn_close(&self->conn));
	for (end = 0; end < 2; end++) {
		ASSERT_EQ(0, path_enter(&self->conn.path, end));
		EXPECT_TRUE(no_sockets());
	}
}

/* Nothing waits: not a connection, not a listener, not a question */
TEST_F(removed, while_idle)
{
	struct conn *conn = &self->conn;
	int asking, i;

	ASSERT_EQ(0, path_enter(&conn->path, 1));
	ASSERT_EQ(0, path_dev_mtu(path_dev(&conn->path, 1), CONN_MTU));
	asking = conn_socket(conn, 0, SOCK_NONBLOCK);
	ASSERT_EQ(0, dev_down(&conn->path, 1));
	ASSERT_EQ(EINPROGRESS, errno_of(conn_connect(conn, asking,
						     SCOPE_RX_PORT)));
	ASSERT_EQ(0, dev_remove(&conn->path, 0));
	EXPECT_EQ(ENODEV, scope_getsockopt_int(asking, SO_ERROR));
	for (i = 0; i < 2; i++) {
		EXPECT_NE(0, scope_await(conn->fd[i], POLLIN) & POLLERR);
		EXPECT_EQ(ENODEV, scope_getsockopt_int(conn->fd[i], SO_ERROR));
	}
	close(asking);
	EXPECT_EQ(0, conn_close(conn));
}

/*
 * The peer's namespace goes with all that is in it, and can say no last word:
 * its device is down when its sockets are closed.
 */
TEST_F(removed, namespace)
{
	struct conn *conn = &self->conn;
	struct ledger ledger;
	struct genl genl;

	/* until there is no room: something is unread there, and kept here */
	ASSERT_LT(0, conn_fill(conn->fd[0], 600));
	ASSERT_NE(0, scope_await(conn->fd[1], POLLIN));
	ASSERT_EQ(0, dev_down(&conn->path, 1));
	ASSERT_EQ(0, path_enter(&conn->path, 0));
	conn_shut(&conn->fd[1]);
	conn_shut(&listener);
	EXPECT_EQ(0, scope_events(conn->fd[0], POLLIN) & POLLERR);
	close(conn->path.netns[1]);
	EXPECT_NE(0, scope_await(conn->fd[0], 0) & POLLERR);
	EXPECT_EQ(ENODEV, scope_getsockopt_int(conn->fd[0], SO_ERROR));
	EXPECT_EQ(EPIPE, errno_of(send(conn->fd[0], "x", 1, MSG_NOSIGNAL)));
	conn_shut(&conn->fd[0]);
	EXPECT_TRUE(no_sockets());
	ASSERT_EQ(0, genl_open(&genl));
	ASSERT_EQ(0, ledger_rest(&genl, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
	genl_close(&genl);
}

TEST_HARNESS_MAIN
