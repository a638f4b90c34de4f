// SPDX-License-Identifier: GPL-2.0
/*
 * conn_uring.c - proves that io_uring works on connections: what can be done
 * at once is, what can't is done when it can, by the socket's own wake-ups, and
 * is told as the calls would tell it
 *
 * Test-timeout: 300
 */
#include "conn_call.h"
#include "uring.h"

CONN_FIXTURE(uring, conn_open_joined)

FIXTURE_VARIANT_ADD(uring, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(uring, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(uring, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(uring, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(uring, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(uring, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(uring, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(uring, record_pair) { CONN_PAIR, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(uring, record_unix) { CONN_UNIX, SOCK_SEQPACKET };

CONN_FIXTURE(listening, conn_open_listening)

FIXTURE_VARIANT_ADD(listening, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(listening, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(listening, record_unix) { CONN_UNIX, SOCK_SEQPACKET };

/* What TCP alone has */
CONN_FIXTURE(copy, conn_open_joined)

FIXTURE_VARIANT_ADD(copy, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(copy, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(copy, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(copy, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(copy, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(copy, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(copy, record_pair) { CONN_PAIR, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(copy, record_unix) { CONN_UNIX, SOCK_SEQPACKET };

/* Skips the test where the kernel has none for us */
static bool ring_ready(struct __test_metadata *_metadata, struct uring *ring)
{
	const int err = uring_open(ring);

	if (err)
		SKIP(return false, "no io_uring: %s", strerror(-err));
	return true;
}

#define submit(ring, ...)						\
	do {								\
		const struct io_uring_sqe _sqe = { __VA_ARGS__ };	\
									\
		ASSERT_EQ(1, uring_submit(ring, &_sqe));		\
	} while (0)

#define submit_recv(ring, from, data)					\
	submit(ring, .opcode = IORING_OP_RECV, .fd = from,		\
	       .addr = (unsigned long)(data), .len = sizeof(data))

#define submit_send(ring, to, text)					\
	submit(ring, .opcode = IORING_OP_SEND, .fd = to,		\
	       .addr = (unsigned long)(text), .len = strlen(text),	\
	       .msg_flags = MSG_NOSIGNAL)

TEST_F(listening, accept)
{
	struct uring ring;

	if (!ring_ready(_metadata, &ring))
		return;
	submit(&ring, .opcode = IORING_OP_ACCEPT, .fd = listener);
	EXPECT_TRUE(uring_idle(&ring));
	client = conn_connected(&self->conn);
	ASSERT_LE(0, client);
	server = uring_result(&ring);
	ASSERT_LE(0, server);
	EXPECT_EQ(1, send(client, "x", 1, 0));
	EXPECT_EQ(POLLIN, scope_await(server, POLLIN));
	/* One that is there already */
	conn_shut(&client);
	client = conn_connected(&self->conn);
	ASSERT_LE(0, client);
	submit(&ring, .opcode = IORING_OP_ACCEPT, .fd = listener);
	EXPECT_LE(0, uring_result(&ring));
}

/* One request, an answer for each connection */
TEST_F(listening, accept_many)
{
	struct io_uring_cqe cqe;
	struct uring ring;
	int i;

	if (!ring_ready(_metadata, &ring))
		return;
	submit(&ring, .opcode = IORING_OP_ACCEPT, .fd = listener,
	       .ioprio = IORING_ACCEPT_MULTISHOT);
	for (i = 0; i < 3; i++) {
		ASSERT_LE(0, conn_connected(&self->conn));
		ASSERT_EQ(0, uring_wait(&ring, &cqe));
		EXPECT_LE(0, cqe.res);
		EXPECT_EQ(IORING_CQE_F_MORE, cqe.flags & IORING_CQE_F_MORE);
	}
}

static void expect_connect(struct __test_metadata *_metadata,
			   const struct conn *conn, int port, int want)
{
	struct conn_addr addr = conn_to(conn, 1, port);
	struct uring ring;

	if (!ring_ready(_metadata, &ring))
		return;
	submit(&ring, .opcode = IORING_OP_CONNECT, .fd = conn->fd[0],
	       .addr = (unsigned long)&addr.any, .off = addr.len);
	EXPECT_EQ(want, uring_result(&ring));
}

TEST_F(listening, connect)
{
	client = conn_socket(&self->conn, 0, 0);
	expect_connect(_metadata, &self->conn, SCOPE_RX_PORT, 0);
	server = accept(listener, NULL, NULL);
	EXPECT_LE(0, server);
	EXPECT_EQ(1, send(client, "x", 1, MSG_NOSIGNAL));
	expect_connect(_metadata, &self->conn, SCOPE_RX_PORT, -EISCONN);
}

TEST_F(listening, connect_refused)
{
	client = conn_socket(&self->conn, 0, 0);
	expect_connect(_metadata, &self->conn, SCOPE_NO_PORT, -ECONNREFUSED);
}

TEST_F(uring, recv_before_send)
{
	struct uring ring;
	char data[8];

	if (!ring_ready(_metadata, &ring))
		return;
	submit_recv(&ring, server, data);
	EXPECT_TRUE(uring_idle(&ring));
	ASSERT_EQ(5, send(client, "hello", 5, 0));
	EXPECT_EQ(5, uring_result(&ring));
	EXPECT_EQ(0, memcmp(data, "hello", 5));
}

TEST_F(uring, send_before_recv)
{
	struct uring ring;
	char data[8];

	if (!ring_ready(_metadata, &ring))
		return;
	submit_send(&ring, client, "hello");
	EXPECT_EQ(5, uring_result(&ring));
	ASSERT_EQ(5, conn_await_bytes(server, 5));
	submit_recv(&ring, server, data);
	EXPECT_EQ(5, uring_result(&ring));
	EXPECT_EQ(0, memcmp(data, "hello", 5));
}

TEST_F(uring, sendmsg_and_recvmsg)
{
	char a[2], b[8];
	struct iovec out[] = {
		{ .iov_base = "gat", .iov_len = 3 },
		{ .iov_base = "her", .iov_len = 3 },
	};
	struct iovec in[] = {
		{ .iov_base = a, .iov_len = sizeof(a) },
		{ .iov_base = b, .iov_len = sizeof(b) },
	};
	struct msghdr msg_out = { .msg_iov = out, .msg_iovlen = 2 };
	struct msghdr msg_in = { .msg_iov = in, .msg_iovlen = 2 };
	struct uring ring;

	if (!ring_ready(_metadata, &ring))
		return;
	submit(&ring, .opcode = IORING_OP_SENDMSG, .fd = client, .len = 1,
	       .addr = (unsigned long)&msg_out);
	EXPECT_EQ(6, uring_result(&ring));
	submit(&ring, .opcode = IORING_OP_RECVMSG, .fd = server, .len = 1,
	       .addr = (unsigned long)&msg_in);
	EXPECT_EQ(6, uring_result(&ring));
	EXPECT_EQ(0, memcmp(a, "ga", 2));
	EXPECT_EQ(0, memcmp(b, "ther", 4));
}

/* It waits for room as it waits for octets */
TEST_F(uring, send_when_full)
{
	static char data[65536];
	struct uring ring;

	ASSERT_EQ(0, scope_setsockopt_int(client, SO_SNDBUF, 32768));
	ASSERT_EQ(0, scope_setsockopt_int(server, SO_RCVBUF, 32768));
	ASSERT_LT(0, conn_fill_up(&self->conn, client));
	if (!ring_ready(_metadata, &ring))
		return;
	submit_send(&ring, client, "late");
	EXPECT_TRUE(uring_idle(&ring));
	while (recv(server, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	EXPECT_EQ(4, uring_result(&ring));
}

TEST_F(uring, poll)
{
	struct uring ring;

	if (!ring_ready(_metadata, &ring))
		return;
	submit(&ring, .opcode = IORING_OP_POLL_ADD, .fd = server,
	       .poll32_events = POLLIN | POLLRDHUP);
	EXPECT_TRUE(uring_idle(&ring));
	ASSERT_EQ(1, send(client, "x", 1, 0));
	EXPECT_EQ(POLLIN, uring_result(&ring));
	submit(&ring, .opcode = IORING_OP_POLL_ADD, .fd = server,
	       .poll32_events = POLLRDHUP);
	EXPECT_TRUE(uring_idle(&ring));
	submit(&ring, .opcode = IORING_OP_SHUTDOWN, .fd = client,
	       .len = SHUT_WR, .user_data = 1);
	/* The two of them, in whatever order */
	EXPECT_EQ(POLLRDHUP, uring_result(&ring) + uring_result(&ring));
}

TEST_F(uring, recv_until_the_end)
{
	struct uring ring;
	char data[8];

	if (!ring_ready(_metadata, &ring))
		return;
	submit_recv(&ring, server, data);
	EXPECT_TRUE(uring_idle(&ring));
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	EXPECT_EQ(0, uring_result(&ring));
	submit_send(&ring, client, "x");
	EXPECT_EQ(-EPIPE, uring_result(&ring));
}

TEST_F(uring, recv_until_a_reset)
{
	struct uring ring;
	char data[8];

	ASSERT_EQ(1, send(server, "x", 1, 0));
	ASSERT_EQ(1, conn_await_bytes(client, 1));
	if (!ring_ready(_metadata, &ring))
		return;
	submit_recv(&ring, server, data);
	EXPECT_TRUE(uring_idle(&ring));
	ASSERT_EQ(0, conn_shut(&client));
	EXPECT_EQ(-ECONNRESET, uring_result(&ring));
}

TEST_F(uring, recv_taken_back)
{
	struct io_uring_cqe cqe[2];
	struct uring ring;
	char data[8];
	int i;

	if (!ring_ready(_metadata, &ring))
		return;
	submit(&ring, .opcode = IORING_OP_RECV, .fd = server, .user_data = 7,
	       .addr = (unsigned long)data, .len = sizeof(data));
	EXPECT_TRUE(uring_idle(&ring));
	submit(&ring, .opcode = IORING_OP_ASYNC_CANCEL, .addr = 7);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, uring_wait(&ring, &cqe[i]));
		EXPECT_EQ(cqe[i].user_data == 7 ? -ECANCELED : 0, cqe[i].res);
	}
	/* It took nothing with it */
	ASSERT_EQ(1, send(client, "x", 1, 0));
	EXPECT_EQ(1, recv(server, data, sizeof(data), 0));
}

TEST_F(copy, none_is_no_choice)
{
	struct uring ring;

	if (!ring_ready(_metadata, &ring))
		return;
	submit(&ring, .opcode = IORING_OP_SEND_ZC, .fd = client,
	       .addr = (unsigned long)"x", .len = 1);
	EXPECT_EQ(-EOPNOTSUPP, uring_result(&ring));
}

TEST_HARNESS_MAIN
