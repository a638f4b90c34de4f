// SPDX-License-Identifier: GPL-2.0
/*
 * conn_stream.c - proves that SOCK_STREAM is a stream: octets without bounds,
 * all of them, in order; and what each way to ask for some of them gives
 *
 * Test-timeout: 300
 */
#include <fcntl.h>
#include <sys/uio.h>

#include "conn_call.h"

CONN_FIXTURE(stream, conn_open_joined)

FIXTURE_VARIANT_ADD(stream, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(stream, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(stream, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(stream, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(stream, stream_tcp) { CONN_TCP, SOCK_STREAM };

/* What TCP has and AF_UNIX has not, or has otherwise */
CONN_FIXTURE(bytes, conn_open_joined)

FIXTURE_VARIANT_ADD(bytes, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(bytes, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(bytes, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(bytes, stream_tcp) { CONN_TCP, SOCK_STREAM };

/* What the ledger tells of segments */
CONN_FIXTURE(segment, conn_open_joined)

FIXTURE_VARIANT_ADD(segment, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(segment, stream_veth) { CONN_VETH, SOCK_STREAM };

TEST_F(stream, keeps_no_bounds)
{
	send_text("ab", 0);
	send_text("cd", 0);
	ASSERT_EQ(4, conn_await_bytes(server, 4));
	expect_text(server, "abcd", 32, 0);
	send_text("efghij", 0);
	expect_text(server, "ef", 2, 0);
	expect_text(server, "gh", 2, 0);
	expect_text(server, "ij", 32, 0);
}

TEST_F(stream, both_ways)
{
	char data[8];

	send_text("to", 0);
	ASSERT_EQ(4, send(server, "from", 4, 0));
	expect_text(server, "to", 32, 0);
	EXPECT_EQ(4, recv(client, data, sizeof(data), 0));
	EXPECT_EQ(0, memcmp(data, "from", 4));
}

/* Nothing is nothing: no octet, no end */
TEST_F(stream, send_of_none)
{
	char octet;

	EXPECT_EQ(0, send(client, "", 0, 0));
	send_text("x", 0);
	expect_text(server, "x", 32, 0);
	EXPECT_EQ(EAGAIN, errno_of(recv(server, &octet, 0, MSG_DONTWAIT)));
}

TEST_F(stream, peek)
{
	send_text("ab", 0);
	send_text("cd", 0);
	ASSERT_EQ(4, conn_await_bytes(server, 4));
	expect_text(server, "abc", 3, MSG_PEEK);
	expect_text(server, "abcd", 32, MSG_PEEK);
	EXPECT_EQ(4, scope_ioctl_int(server, SIOCINQ));
	expect_text(server, "a", 1, 0);
	expect_text(server, "bcd", 32, MSG_PEEK);
	expect_text(server, "bcd", 32, 0);
	EXPECT_EQ(0, scope_ioctl_int(server, SIOCINQ));
}

TEST_F(stream, peek_at_an_offset)
{
	int err;

	err = errno_of(scope_setsockopt_int(server, SO_PEEK_OFF, -1));
	if (err == EOPNOTSUPP && self->conn.kind == CONN_TCP)
		SKIP(return, "TCP has SO_PEEK_OFF since Linux 6.9");
	ASSERT_EQ(0, err);
	EXPECT_EQ(-1, scope_getsockopt_int(server, SO_PEEK_OFF));
	ASSERT_EQ(0, scope_setsockopt_int(server, SO_PEEK_OFF, 0));
	send_text("abcd", 0);
	send_text("efgh", 0);
	ASSERT_EQ(8, conn_await_bytes(server, 8));
	expect_text(server, "ab", 2, MSG_PEEK);
	expect_text(server, "cde", 3, MSG_PEEK);
	EXPECT_EQ(5, scope_getsockopt_int(server, SO_PEEK_OFF));
	/* What is read in front of it moves it back */
	expect_text(server, "abc", 3, 0);
	EXPECT_EQ(2, scope_getsockopt_int(server, SO_PEEK_OFF));
	expect_text(server, "fg", 2, MSG_PEEK);
	ASSERT_EQ(0, scope_setsockopt_int(server, SO_PEEK_OFF, -1));
	expect_text(server, "defgh", 32, MSG_PEEK);
	expect_text(server, "defgh", 32, 0);
}

static ssize_t call_recv_ten(struct call *call)
{
	char data[10];

	return recv(call->fd, data, sizeof(data), MSG_WAITALL);
}

TEST_F(stream, waitall_waits_for_all)
{
	struct call call = { .make = call_recv_ten, .fd = server };

	ASSERT_TRUE(call_start(&call));
	send_text("12345", 0);
	EXPECT_TRUE(call_sleeps(&call));
	send_text("67890", 0);
	EXPECT_EQ(10, call_end(&call));
}

/* What there is comes first, whatever ends the waiting */
TEST_F(stream, waitall_ends_early)
{
	struct call call = { .make = call_recv_ten, .fd = server };
	struct timeval limit = { .tv_usec = 1000 };
	char data[10];

	send_text("123", 0);
	ASSERT_EQ(3, conn_await_bytes(server, 3));
	EXPECT_EQ(3, recv(server, data, 10, MSG_WAITALL | MSG_DONTWAIT));

	ASSERT_TRUE(call_start(&call));
	send_text("456", 0);
	ASSERT_EQ(0, conn_await_ioctl(server, SIOCINQ, 0));
	ASSERT_EQ(0, call_signal(&call, 0));
	EXPECT_EQ(3, call_end(&call));

	ASSERT_EQ(0, setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &limit,
				sizeof(limit)));
	send_text("7890", 0);
	ASSERT_EQ(4, conn_await_bytes(server, 4));
	EXPECT_EQ(4, recv(server, data, 10, MSG_WAITALL));

	ASSERT_EQ(0, conn_patient(server));
	send_text("ab", 0);
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	EXPECT_EQ(2, recv(server, data, 10, MSG_WAITALL));
	EXPECT_EQ(0, recv(server, data, 10, MSG_WAITALL));
}

/* What came before a reset comes before its errno, to this call or the next */
TEST_F(bytes, waitall_ends_by_a_reset)
{
	struct call call = { .make = call_recv_ten, .fd = server };
	char octet;

	ASSERT_EQ(1, send(server, "x", 1, 0));
	ASSERT_EQ(1, conn_await_bytes(client, 1));
	ASSERT_TRUE(call_start(&call));
	send_text("123", 0);
	ASSERT_EQ(0, conn_await_ioctl(client, SIOCOUTQ, 0));
	ASSERT_EQ(0, conn_shut(&client));
	EXPECT_EQ(3, call_end(&call));
	EXPECT_EQ(ECONNRESET, errno_of(recv(server, &octet, 1, 0)));
	EXPECT_EQ(0, recv(server, &octet, 1, 0));
}

TEST_F(stream, nothing_there)
{
	struct timeval limit = { .tv_usec = 1000 };
	struct call call = { .make = call_recv, .fd = server };
	char octet;

	EXPECT_EQ(EAGAIN, errno_of(recv(server, &octet, 1, MSG_DONTWAIT)));
	ASSERT_EQ(0, call_no_limit(server));
	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, call_signal(&call, SA_RESTART));
	EXPECT_TRUE(call_sleeps(&call));
	ASSERT_EQ(0, call_signal(&call, 0));
	EXPECT_EQ(-EINTR, call_end(&call));
	ASSERT_EQ(0, setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &limit,
				sizeof(limit)));
	EXPECT_EQ(EAGAIN, errno_of(recv(server, &octet, 1, 0)));
	ASSERT_EQ(0, fcntl(server, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(EAGAIN, errno_of(read(server, &octet, 1)));
	EXPECT_EQ(EAGAIN, errno_of(recv(server, &octet, 1, MSG_WAITALL)));
}

/* Octets may be thrown away without looking at them */
TEST_F(bytes, trunc_discards)
{
	char data[8] = "before";

	send_text("abcdefgh", 0);
	ASSERT_EQ(8, conn_await_bytes(server, 8));
	EXPECT_EQ(3, recv(server, data, 3, MSG_TRUNC));
	EXPECT_EQ(0, memcmp(data, "before", 6));
	EXPECT_EQ(2, recv(server, NULL, 2, MSG_TRUNC));
	expect_text(server, "fgh", 32, 0);
}

TEST_F(bytes, low_water_mark)
{
	ASSERT_EQ(0, scope_setsockopt_int(server, SO_RCVLOWAT, 5));
	EXPECT_EQ(5, scope_getsockopt_int(server, SO_RCVLOWAT));
	send_text("123", 0);
	ASSERT_EQ(3, conn_await_bytes(server, 3));
	EXPECT_EQ(0, scope_events(server, POLLIN));
	/* Who does not wait gets what there is */
	expect_text(server, "123", 32, MSG_DONTWAIT);
	send_text("456", 0);
	ASSERT_EQ(3, conn_await_bytes(server, 3));
	send_text("78", 0);
	EXPECT_EQ(POLLIN, scope_await(server, POLLIN));
	expect_text(server, "45678", 32, 0);
	/* The end is an event whatever the mark */
	send_text("9", 0);
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	EXPECT_EQ(POLLIN, scope_await(server, POLLIN));
	expect_text(server, "9", 32, 0);
}

static ssize_t call_recv_room(struct call *call)
{
	char data[10];

	return recv(call->fd, data, sizeof(data), 0);
}

TEST_F(bytes, low_water_mark_of_a_reader)
{
	struct call call = { .make = call_recv_room, .fd = server };

	ASSERT_EQ(0, scope_setsockopt_int(server, SO_RCVLOWAT, 5));
	ASSERT_TRUE(call_start(&call));
	send_text("123", 0);
	EXPECT_TRUE(call_sleeps(&call));
	send_text("45", 0);
	EXPECT_EQ(5, call_end(&call));
}

TEST_F(stream, many_buffers_in_one_call)
{
	char a[3], b[8];
	struct iovec out[] = {
		{ .iov_base = "wri", .iov_len = 3 },
		{ .iov_base = "", .iov_len = 0 },
		{ .iov_base = "tev", .iov_len = 3 },
	};
	struct iovec in[] = {
		{ .iov_base = a, .iov_len = sizeof(a) },
		{ .iov_base = b, .iov_len = sizeof(b) },
	};
	struct msghdr msg = { .msg_iov = in, .msg_iovlen = 2 };

	ASSERT_EQ(6, writev(client, out, 3));
	ASSERT_EQ(6, readv(server, in, 2));
	EXPECT_EQ(0, memcmp(a, "wri", 3));
	EXPECT_EQ(0, memcmp(b, "tev", 3));
	ASSERT_EQ(5, write(client, "write", 5));
	msg.msg_flags = ~0;
	ASSERT_EQ(5, recvmsg(server, &msg, 0));
	EXPECT_EQ(0, msg.msg_flags);
	EXPECT_EQ(0, memcmp(b, "te", 2));
}

/* Nothing says where a record would end */
TEST_F(stream, end_of_record_means_nothing)
{
	char data[8];
	struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	ASSERT_EQ(2, send(client, "ab", 2, MSG_EOR));
	ASSERT_EQ(2, send(client, "cd", 2, MSG_EOR));
	ASSERT_EQ(4, conn_await_bytes(server, 4));
	ASSERT_EQ(4, recvmsg(server, &msg, 0));
	EXPECT_EQ(0, msg.msg_flags);
}

/* Of one segment there is one at end 1, of several there are more; or -errno */
static int sk_buffs(const struct conn *conn)
{
	struct ledger ledger;
	struct genl genl;
	int err;

	if (conn_enter(conn, 1))
		return -errno;
	err = genl_open(&genl) ?: ledger_rest(&genl, &ledger);
	genl_close(&genl);
	return err ?: ledger_count(&ledger, QUEUED) +
		      ledger_count(&ledger, MERGED);
}

TEST_F(segment, waits_for_more)
{
	ASSERT_EQ(2, send(client, "ab", 2, MSG_MORE));
	ASSERT_EQ(2, send(client, "cd", 2, MSG_MORE));
	send_text("ef", 0);
	ASSERT_EQ(6, conn_await_bytes(server, 6));
	EXPECT_EQ(1, sk_buffs(&self->conn));
	send_text("g", 0);
	ASSERT_EQ(7, conn_await_bytes(server, 7));
	EXPECT_LT(1, sk_buffs(&self->conn));
	expect_text(server, "abcdefg", 32, 0);
}

/* If none comes it goes as it is */
TEST_F(bytes, do_not_wait_for_ever)
{
	ASSERT_EQ(2, send(client, "ab", 2, MSG_MORE));
	expect_text(server, "ab", 32, 0);
	ASSERT_EQ(2, send(client, "cd", 2, MSG_MORE));
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	expect_text(server, "cd", 32, 0);
}

TEST_F(stream, unread_octets)
{
	int bytes = -1;

	EXPECT_EQ(0, scope_ioctl_int(server, SIOCINQ));
	send_text("12345", 0);
	send_text("678", 0);
	ASSERT_EQ(8, conn_await_bytes(server, 8));
	ASSERT_EQ(0, ioctl(server, FIONREAD, &bytes));
	EXPECT_EQ(8, bytes);
	expect_text(server, "123456", 6, 0);
	EXPECT_EQ(2, scope_ioctl_int(server, SIOCINQ));
	expect_text(server, "78", 32, 0);
	EXPECT_EQ(0, scope_ioctl_int(server, SIOCINQ));
}

TEST_HARNESS_MAIN
