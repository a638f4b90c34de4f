// SPDX-License-Identifier: GPL-2.0
/*
 * conn_record.c - proves that SOCK_SEQPACKET keeps records: one a send call,
 * none and very long ones among them, whole and in order, however they are read
 *
 * Test-timeout: 300
 */
#include <fcntl.h>
#include <sys/uio.h>

#include "conn_call.h"

CONN_FIXTURE(record, conn_open_joined)

FIXTURE_VARIANT_ADD(record, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(record, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(record, record_pair) { CONN_PAIR, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(record, record_unix) { CONN_UNIX, SOCK_SEQPACKET };

/* AF_UNIX takes no notice of MSG_EOR */
CONN_FIXTURE(end, conn_open_joined)

FIXTURE_VARIANT_ADD(end, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(end, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(end, record_pair) { CONN_PAIR, SOCK_SEQPACKET };

#define RECORD_LONG	100000	/* many frames on any path */

/* One record, the flags it came with; its length or -1 */
static ssize_t recv_flags(int fd, void *data, size_t len, int flags, int *seen)
{
	struct iovec iov = { .iov_base = data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t got = recvmsg(fd, &msg, flags);

	*seen = msg.msg_flags;
	return got;
}

TEST_F(record, keeps_bounds)
{
	send_text("ab", 0);
	send_text("cde", 0);
	send_text("f", 0);
	ASSERT_EQ(6, conn_await_bytes(server, 6));
	expect_text(server, "ab", 32, 0);
	expect_text(server, "cde", 32, 0);
	expect_text(server, "f", 32, 0);
	ASSERT_EQ(2, send(server, "gh", 2, 0));
	EXPECT_EQ(POLLIN, scope_await(client, POLLIN));
}

/* A record of no octets is one, and is not the end */
TEST_F(record, of_none)
{
	char octet;
	int flags;

	ASSERT_EQ(0, send(client, "", 0, 0));
	EXPECT_EQ(POLLIN, scope_await(server, POLLIN | POLLRDHUP));
	EXPECT_EQ(0, scope_ioctl_int(server, SIOCINQ));
	send_text("x", 0);
	ASSERT_EQ(0, send(client, "", 0, 0));
	EXPECT_EQ(0, recv_flags(server, &octet, 1, 0, &flags));
	EXPECT_EQ(0, flags & MSG_TRUNC);
	expect_text(server, "x", 32, 0);
	EXPECT_EQ(0, recv(server, &octet, 1, 0));
	EXPECT_EQ(EAGAIN, errno_of(recv(server, &octet, 1, MSG_DONTWAIT)));
}

TEST_F(record, too_little_room)
{
	char data[8];
	int flags;

	send_text("abcdefgh", 0);
	send_text("next", 0);
	EXPECT_EQ(3, recv_flags(server, data, 3, 0, &flags));
	EXPECT_EQ(MSG_TRUNC, flags & MSG_TRUNC);
	EXPECT_EQ(0, memcmp(data, "abc", 3));
	/* The rest of it is lost */
	EXPECT_EQ(4, recv_flags(server, data, 8, 0, &flags));
	EXPECT_EQ(0, flags & MSG_TRUNC);
	EXPECT_EQ(0, memcmp(data, "next", 4));

	send_text("abcdefgh", 0);
	EXPECT_EQ(8, recv(server, data, 3, MSG_TRUNC));
	send_text("y", 0);
	EXPECT_EQ(0, recv_flags(server, data, 0, 0, &flags));
	EXPECT_EQ(MSG_TRUNC, flags & MSG_TRUNC);
	EXPECT_EQ(EAGAIN, errno_of(recv(server, data, 1, MSG_DONTWAIT)));
}

TEST_F(record, peek)
{
	char data[8];
	int flags;

	send_text("abcd", 0);
	send_text("ef", 0);
	ASSERT_EQ(6, conn_await_bytes(server, 6));
	EXPECT_EQ(2, recv_flags(server, data, 2, MSG_PEEK, &flags));
	EXPECT_EQ(MSG_TRUNC, flags & MSG_TRUNC);
	EXPECT_EQ(4, recv(server, data, 2, MSG_PEEK | MSG_TRUNC));
	expect_text(server, "abcd", 32, MSG_PEEK);
	EXPECT_EQ(6, scope_ioctl_int(server, SIOCINQ));
	expect_text(server, "abcd", 32, 0);
	expect_text(server, "ef", 32, MSG_PEEK);
	expect_text(server, "ef", 32, 0);
}

TEST_F(record, peek_at_an_offset)
{
	ASSERT_EQ(0, scope_setsockopt_int(server, SO_PEEK_OFF, 0));
	send_text("abcd", 0);
	send_text("ef", 0);
	ASSERT_EQ(6, conn_await_bytes(server, 6));
	expect_text(server, "ab", 2, MSG_PEEK);
	expect_text(server, "cd", 32, MSG_PEEK);
	/* Behind the first record is the second one */
	expect_text(server, "ef", 32, MSG_PEEK);
	EXPECT_EQ(6, scope_getsockopt_int(server, SO_PEEK_OFF));
	expect_text(server, "abcd", 32, 0);
	EXPECT_EQ(2, scope_getsockopt_int(server, SO_PEEK_OFF));
	ASSERT_EQ(0, scope_setsockopt_int(server, SO_PEEK_OFF, -1));
	expect_text(server, "ef", 32, 0);
}

/* One record is all there is to wait for */
TEST_F(record, waitall_is_content_with_one)
{
	send_text("abc", 0);
	send_text("def", 0);
	expect_text(server, "abc", 32, MSG_WAITALL);
	expect_text(server, "def", 32, MSG_WAITALL);
}

TEST_F(record, nothing_there)
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
}

/* The end that a program marks: of something longer than one record */
TEST_F(end, of_record)
{
	char data[8];
	int flags;

	ASSERT_EQ(2, send(client, "ab", 2, 0));
	ASSERT_EQ(2, send(client, "cd", 2, MSG_EOR));
	ASSERT_EQ(0, send(client, "", 0, MSG_EOR));
	ASSERT_EQ(2, send(client, "ef", 2, 0));
	EXPECT_EQ(2, recv_flags(server, data, 8, 0, &flags));
	EXPECT_EQ(0, flags);
	EXPECT_EQ(2, recv_flags(server, data, 8, 0, &flags));
	EXPECT_EQ(MSG_EOR, flags);
	EXPECT_EQ(0, recv_flags(server, data, 8, 0, &flags));
	EXPECT_EQ(MSG_EOR, flags);
	EXPECT_EQ(2, recv_flags(server, data, 8, 0, &flags));
	EXPECT_EQ(0, flags);
}

/* To write() a record is to end it: the core says so for every family */
TEST_F(end, by_write)
{
	char data[8];
	int flags;

	ASSERT_EQ(2, write(client, "ab", 2));
	EXPECT_EQ(2, recv_flags(server, data, 8, 0, &flags));
	EXPECT_EQ(MSG_EOR, flags);
}

TEST_F(end, of_a_long_record)
{
	static char data[RECORD_LONG];
	int flags;

	ASSERT_EQ(RECORD_LONG, send(client, data, RECORD_LONG, MSG_EOR));
	EXPECT_EQ(RECORD_LONG, recv_flags(server, data, RECORD_LONG, MSG_PEEK,
					  &flags));
	EXPECT_EQ(MSG_EOR, flags);
	EXPECT_EQ(RECORD_LONG, recv_flags(server, data, RECORD_LONG, 0,
					  &flags));
	EXPECT_EQ(MSG_EOR, flags);
}

TEST_F(record, longer_than_any_frame)
{
	static char data[RECORD_LONG];

	scope_fill(data, RECORD_LONG, 3);
	ASSERT_EQ(RECORD_LONG, send(client, data, RECORD_LONG, 0))
		TH_LOG("errno %d", errno);
	send_text("behind", 0);
	ASSERT_EQ(RECORD_LONG + 6, conn_await_bytes(server, RECORD_LONG + 6));
	memset(data, 0, RECORD_LONG);
	ASSERT_EQ(RECORD_LONG, recv(server, data, RECORD_LONG, 0));
	EXPECT_TRUE(scope_filled(data, RECORD_LONG, 3));
	expect_text(server, "behind", 32, 0);
}

/* The reader's buffer says how many wait, not how long one may be */
TEST_F(record, longer_than_the_receive_buffer)
{
	static char data[RECORD_LONG];

	ASSERT_EQ(0, scope_setsockopt_int(server, SO_RCVBUF, 4096));
	scope_fill(data, RECORD_LONG, 4);
	ASSERT_EQ(RECORD_LONG, send(client, data, RECORD_LONG, 0));
	memset(data, 0, RECORD_LONG);
	ASSERT_EQ(RECORD_LONG, recv(server, data, RECORD_LONG, 0));
	EXPECT_TRUE(scope_filled(data, RECORD_LONG, 4));
}

/* What the send buffer can never take is refused, whole */
TEST_F(record, longer_than_the_buffer)
{
	static char data[RECORD_LONG];
	int limit;

	ASSERT_EQ(0, scope_setsockopt_int(client, SO_SNDBUF, 20000));
	limit = scope_getsockopt_int(client, SO_SNDBUF);
	EXPECT_EQ(EMSGSIZE, errno_of(send(client, data, limit + 1, 0)));
	EXPECT_EQ(EMSGSIZE, errno_of(send(client, data, RECORD_LONG,
					  MSG_DONTWAIT)));
	scope_fill(data, limit / 2, 5);
	ASSERT_EQ(limit / 2, send(client, data, limit / 2, 0));
	memset(data, 0, limit / 2);
	ASSERT_EQ(limit / 2, recv(server, data, sizeof(data), 0));
	EXPECT_TRUE(scope_filled(data, limit / 2, 5));
}

/* A record goes whole or not at all */
TEST_F(record, none_is_cut_by_a_full_buffer)
{
	static char data[8000];
	ssize_t sent, sum = 0;

	ASSERT_EQ(0, scope_setsockopt_int(client, SO_SNDBUF, 20000));
	ASSERT_EQ(0, scope_setsockopt_int(server, SO_RCVBUF, 20000));
	sent = conn_fill(client, sizeof(data));
	ASSERT_LT(0, sent);
	EXPECT_EQ(0, sent % sizeof(data));
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	while (sum < sent) {
		ASSERT_EQ(sizeof(data), recv(server, data, sizeof(data), 0));
		sum += sizeof(data);
	}
	EXPECT_EQ(0, recv(server, data, sizeof(data), 0));
}

TEST_F(record, many_in_one_call)
{
	struct timespec patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	struct mmsghdr msgs[8];
	struct iovec iov[8];
	char data[8][8];
	int i;

	memset(msgs, 0, sizeof(msgs));
	for (i = 0; i < 8; i++) {
		memset(data[i], '0' + i, sizeof(data[i]));
		iov[i] = (struct iovec) { .iov_base = data[i], .iov_len = i };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	ASSERT_EQ(8, sendmmsg(client, msgs, 8, 0));
	memset(data, 0, sizeof(data));
	for (i = 0; i < 8; i++) {
		EXPECT_EQ(i, msgs[i].msg_len);
		iov[i].iov_len = sizeof(data[i]);
		msgs[i].msg_len = ~0;
	}
	ASSERT_EQ(8, recvmmsg(server, msgs, 8, 0, &patience));
	for (i = 0; i < 8; i++) {
		EXPECT_EQ(i, msgs[i].msg_len);
		EXPECT_TRUE(!i || data[i][i - 1] == '0' + i);
	}
}

TEST_F(record, many_buffers_in_one_call)
{
	char a[3], b[8];
	struct iovec out[] = {
		{ .iov_base = "wri", .iov_len = 3 },
		{ .iov_base = "tev", .iov_len = 3 },
	};
	struct iovec in[] = {
		{ .iov_base = a, .iov_len = sizeof(a) },
		{ .iov_base = b, .iov_len = sizeof(b) },
	};

	ASSERT_EQ(6, writev(client, out, 2));
	ASSERT_EQ(5, write(client, "write", 5));
	ASSERT_EQ(6, readv(server, in, 2));
	EXPECT_EQ(0, memcmp(a, "wri", 3));
	EXPECT_EQ(0, memcmp(b, "tev", 3));
	EXPECT_EQ(5, read(server, b, sizeof(b)));
	EXPECT_EQ(0, memcmp(b, "write", 5));
}

TEST_F(record, nothing_is_urgent)
{
	char octet;

	EXPECT_EQ(EOPNOTSUPP, errno_of(send(client, "x", 1, MSG_OOB)));
	EXPECT_EQ(EOPNOTSUPP, errno_of(recv(server, &octet, 1, MSG_OOB |
							       MSG_DONTWAIT)));
	send_text("y", 0);
	expect_text(server, "y", 32, 0);
}

TEST_HARNESS_MAIN
