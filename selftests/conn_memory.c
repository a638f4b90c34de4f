// SPDX-License-Identifier: GPL-2.0
/*
 * conn_memory.c - proves that a connection holds no more memory than its two
 * buffers have, though nobody reads and all pieces are tiny; that who writes
 * then waits; and that all of it is given back
 *
 * Test-timeout: 300
 */
#include "conn_call.h"

CONN_FIXTURE(memory, conn_open_joined)

FIXTURE_VARIANT_ADD(memory, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(memory, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(memory, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(memory, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(memory, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(memory, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(memory, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(memory, record_pair) { CONN_PAIR, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(memory, record_unix) { CONN_UNIX, SOCK_SEQPACKET };

/* Of which a part may go */
CONN_FIXTURE(stream, conn_open_joined)

FIXTURE_VARIANT_ADD(stream, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(stream, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(stream, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(stream, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(stream, stream_tcp) { CONN_TCP, SOCK_STREAM };

/* Without AF_UNIX, which counts memory and has nothing that is not sent */
CONN_FIXTURE(unsent, conn_open_joined)

FIXTURE_VARIANT_ADD(unsent, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(unsent, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(unsent, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(unsent, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(unsent, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(unsent, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(unsent, record_pair) { CONN_PAIR, SOCK_SEQPACKET };

/* What netlink tells */
CONN_FIXTURE(view, conn_open_joined)

FIXTURE_VARIANT_ADD(view, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(view, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(view, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(view, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(view, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(view, record_pair) { CONN_PAIR, SOCK_SEQPACKET };

#define BUFFER		32768
#define MUCH		(1 << 20)

/* Buffers of BUFFER, doubled by the kernel, at both ends */
static int set_buffers(const struct conn *conn)
{
	int end, err = 0;

	for (end = 0; end < 2; end++)
		err = err ?:
		      scope_setsockopt_int(conn->fd[end], SO_SNDBUF, BUFFER) ?:
		      scope_setsockopt_int(conn->fd[end], SO_RCVBUF, BUFFER);
	return err;
}

static __u32 read_charge(int fd)
{
	return conn_meminfo(fd, SK_MEMINFO_RMEM_ALLOC);
}

/* TCP charges what it keeps in another place than what is on its way */
static __u32 write_charge(int fd)
{
	const __u32 alloc = conn_meminfo(fd, SK_MEMINFO_WMEM_ALLOC);
	const __u32 queued = conn_meminfo(fd, SK_MEMINFO_WMEM_QUEUED);

	return alloc > queued ? alloc : queued;
}

static __u32 await_none(__u32 (*charge)(int fd), int fd)
{
	__u32 left = 0;
	int i;

	for (i = 0; i < SCOPE_PATIENCE; i++) {
		left = charge(fd);
		if (!left)
			break;
		usleep(1000);
	}
	return left;
}

/*
 * One more sk_buff is let in while there is any room at all: one of the longest
 * piece the tests send; TCP goes on filling the last one to 64 KiB
 */
static __u32 most(const struct conn *conn)
{
	return 2 * BUFFER + (conn->kind == CONN_TCP ? 69632 : 4608);
}

static void expect_bounded(struct __test_metadata *_metadata,
			   const struct conn *conn, size_t len)
{
	ssize_t sent;

	ASSERT_EQ(0, set_buffers(conn));
	sent = conn_fill(conn->fd[0], len);
	ASSERT_LT(0, sent);
	sent += conn_fill_up(conn, conn->fd[0]);
	EXPECT_GE(most(conn), write_charge(conn->fd[0]));
	EXPECT_GE(most(conn), read_charge(conn->fd[1]));
	EXPECT_EQ(0, read_charge(conn->fd[0]));
	EXPECT_EQ(0, write_charge(conn->fd[1]));

	ASSERT_EQ(0, shutdown(conn->fd[0], SHUT_WR));
	EXPECT_EQ(sent, conn_drain(conn->fd[1]));
	EXPECT_EQ(0, await_none(write_charge, conn->fd[0]));
	EXPECT_EQ(0, await_none(read_charge, conn->fd[1]));
}

TEST_F(memory, of_tiny_pieces)
{
	expect_bounded(_metadata, &self->conn, 1);
}

TEST_F(memory, of_small_pieces)
{
	expect_bounded(_metadata, &self->conn, 100);
}

TEST_F(memory, of_pages)
{
	expect_bounded(_metadata, &self->conn, 4096);
}

/* It sleeps while nobody reads, and all it sends arrives when somebody does */
static ssize_t call_send_much(struct call *call)
{
	static const char data[8192];
	size_t sum = 0;
	ssize_t n = 0;

	while (sum < MUCH && n >= 0) {
		n = send(call->fd, data, sizeof(data), MSG_NOSIGNAL);
		sum += n;
	}
	shutdown(call->fd, SHUT_WR);
	return n < 0 ? n : (ssize_t)sum;
}

TEST_F(memory, a_writer_waits_for_a_reader)
{
	struct call call = { .make = call_send_much, .fd = client };

	ASSERT_EQ(0, set_buffers(&self->conn));
	ASSERT_TRUE(call_start(&call));
	EXPECT_EQ(MUCH, conn_drain(server));
	EXPECT_EQ(MUCH, call_end(&call));
	EXPECT_EQ(0, await_none(write_charge, client));
}

static ssize_t call_send_one(struct call *call)
{
	return send(call->fd, "x", 1, MSG_NOSIGNAL);
}

TEST_F(memory, a_writer_is_interrupted)
{
	struct call call = { .make = call_send_one, .fd = client };

	ASSERT_EQ(0, set_buffers(&self->conn));
	ASSERT_LT(0, conn_fill_up(&self->conn, client));
	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, call_signal(&call, SA_RESTART));
	EXPECT_TRUE(call_sleeps(&call));
	ASSERT_EQ(0, call_signal(&call, 0));
	EXPECT_EQ(-EINTR, call_end(&call));
}

TEST_F(memory, a_writer_waits_for_so_long)
{
	struct timeval limit = { .tv_usec = 1000 };

	ASSERT_EQ(0, set_buffers(&self->conn));
	ASSERT_LT(0, conn_fill_up(&self->conn, client));
	ASSERT_EQ(0, setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit,
				sizeof(limit)));
	EXPECT_EQ(EAGAIN, errno_of(send(client, "x", 1, 0)));
	EXPECT_EQ(EAGAIN, errno_of(send(client, "x", 1, MSG_DONTWAIT)));
}

/* What went is told, whatever kept the rest back */
TEST_F(stream, a_part_goes)
{
	struct timeval limit = { .tv_usec = 1000 };
	static char data[MUCH];
	ssize_t now, later;

	ASSERT_EQ(0, set_buffers(&self->conn));
	scope_fill(data, MUCH, 1);
	now = send(client, data, MUCH, MSG_DONTWAIT);
	ASSERT_LT(0, now);
	ASSERT_GT(MUCH, now);
	ASSERT_EQ(0, setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit,
				sizeof(limit)));
	later = send(client, data + now, MUCH - now, 0);
	/* The first part may have left all the room there is */
	if (later < 0) {
		EXPECT_EQ(EAGAIN, errno);
		later = 0;
	}
	ASSERT_GT(MUCH, now + later);
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	memset(data, 0, MUCH);
	EXPECT_EQ(now + later, recv(server, data, MUCH, MSG_WAITALL));
	EXPECT_TRUE(scope_filled(data, now + later, 1));
}

/* What is on both queues, once it is @sent: an acknowledgment may be late */
static ssize_t await_queued(int tx, int rx, ssize_t sent)
{
	ssize_t queued = -1;
	int i;

	for (i = 0; i < SCOPE_PATIENCE && queued != sent; i++) {
		if (i)
			usleep(1000);
		queued = scope_ioctl_int(tx, SIOCOUTQ) +
			 scope_ioctl_int(rx, SIOCINQ);
	}
	return queued;
}

/* Octets that wait at the sender until the reader has room, and no longer */
TEST_F(unsent, octets)
{
	ssize_t sent;

	EXPECT_EQ(0, scope_ioctl_int(client, SIOCOUTQ));
	EXPECT_EQ(0, scope_ioctl_int(client, SIOCOUTQNSD));
	ASSERT_EQ(0, set_buffers(&self->conn));
	sent = conn_fill_up(&self->conn, client);
	ASSERT_LT(0, sent);
	EXPECT_LE(scope_ioctl_int(client, SIOCOUTQNSD),
		  scope_ioctl_int(client, SIOCOUTQ));
	if (self->conn.kind != CONN_PAIR) {
		EXPECT_LT(0, scope_ioctl_int(client, SIOCOUTQNSD));
		EXPECT_EQ(sent, await_queued(client, server, sent));
	}
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	EXPECT_EQ(sent, conn_drain(server));
	/* TCP counts its own end, until that is acknowledged, as one more */
	EXPECT_EQ(0, conn_await_ioctl(client, SIOCOUTQ, 0));
	EXPECT_EQ(0, scope_ioctl_int(client, SIOCOUTQNSD));
}

/* One memory, told by the core's own option and by netlink */
TEST_F(view, tells_the_same)
{
	static const char data[3000];
	struct genl_attrs attrs;
	struct genl genl;

	ASSERT_EQ(7, send(client, "1234567", 7, 0));
	ASSERT_EQ(sizeof(data), send(client, data, sizeof(data), 0));
	ASSERT_EQ(sizeof(data) + 7, conn_await_bytes(server,
						     sizeof(data) + 7));
	ASSERT_EQ(0, conn_enter(&self->conn, 1));
	ASSERT_EQ(0, genl_open(&genl));
	ASSERT_EQ(0, ledger_socket(&genl, server, &attrs));
	EXPECT_EQ(read_charge(server), genl_u32(&attrs, SKBSCOPE_A_SOCKET_RMEM));
	EXPECT_EQ(scope_getsockopt_int(server, SO_RCVBUF),
		  genl_u32(&attrs, SKBSCOPE_A_SOCKET_RCVBUF));
	EXPECT_EQ(scope_ioctl_int(server, SIOCINQ),
		  genl_u32(&attrs, SKBSCOPE_A_SOCKET_RX_QUEUE_BYTES));
	EXPECT_LE(genl_u32(&attrs, SKBSCOPE_A_SOCKET_RX_QUEUE_BYTES),
		  genl_u32(&attrs, SKBSCOPE_A_SOCKET_RX_QUEUE_TRUESIZE));
}

TEST_HARNESS_MAIN
