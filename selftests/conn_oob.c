// SPDX-License-Identifier: GPL-2.0
/*
 * conn_oob.c - proves urgent data: that one octet of a stream, the last of a
 * send with MSG_OOB, is told of by every means, is read apart from the others,
 * and leaves a mark among them
 *
 * Test-timeout: 300
 */
#include <fcntl.h>
#include <sys/select.h>

#include "conn_call.h"

CONN_FIXTURE(urgent, conn_open_joined)

FIXTURE_VARIANT_ADD(urgent, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(urgent, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(urgent, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(urgent, stream_tcp) { CONN_TCP, SOCK_STREAM };

/* Where AF_SCOPE does as it says, and TCP otherwise */
CONN_FIXTURE(own, conn_open_joined)

FIXTURE_VARIANT_ADD(own, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(own, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(own, stream_pair) { CONN_PAIR, SOCK_STREAM };

#define LONG		100000	/* many frames */

#define expect_none(errnum, flags)					\
	do {								\
		char _octet;						\
									\
		EXPECT_EQ(errnum, errno_of(recv(server, &_octet, 1,	\
						(flags) | MSG_DONTWAIT)));\
	} while (0)

#define await_urgent()							\
	ASSERT_EQ(POLLPRI, scope_await(server, POLLPRI))

static int at_mark(int fd)
{
	return scope_ioctl_int(fd, SIOCATMARK);
}

TEST_F(urgent, is_the_last_octet)
{
	send_text("abc", MSG_OOB);
	await_urgent();
	expect_text(server, "c", 32, MSG_OOB);
	/* Read once, it is gone */
	expect_none(EINVAL, MSG_OOB);
	EXPECT_EQ(0, scope_events(server, POLLPRI));
	expect_text(server, "ab", 32, 0);
	expect_none(EAGAIN, 0);
}

TEST_F(urgent, there_is_none)
{
	expect_none(EINVAL, MSG_OOB);
	EXPECT_EQ(0, at_mark(server));
	send_text("abc", 0);
	ASSERT_EQ(3, conn_await_bytes(server, 3));
	expect_none(EINVAL, MSG_OOB);
	EXPECT_EQ(0, at_mark(server));
	EXPECT_EQ(0, scope_events(server, POLLPRI));
}

TEST_F(urgent, says_that_it_is)
{
	char data[4];
	struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	send_text("abc", MSG_OOB);
	await_urgent();
	EXPECT_EQ(1, recvmsg(server, &msg, MSG_OOB));
	EXPECT_EQ(MSG_OOB, msg.msg_flags);
	EXPECT_EQ('c', data[0]);
	EXPECT_EQ(2, recvmsg(server, &msg, 0));
	EXPECT_EQ(0, msg.msg_flags);
}

TEST_F(urgent, peek)
{
	send_text("abc", MSG_OOB);
	await_urgent();
	expect_text(server, "c", 32, MSG_OOB | MSG_PEEK);
	expect_text(server, "c", 32, MSG_OOB | MSG_PEEK);
	EXPECT_EQ(POLLPRI, scope_events(server, POLLPRI));
	expect_text(server, "ab", 32, MSG_PEEK);
	expect_text(server, "c", 32, MSG_OOB);
	expect_none(EINVAL, MSG_OOB | MSG_PEEK);
}

/* Who has no room for it is told that there is one, and loses it */
TEST_F(urgent, without_room)
{
	char data[4];
	struct iovec iov = { .iov_base = data, .iov_len = 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	send_text("abc", MSG_OOB);
	await_urgent();
	EXPECT_EQ(0, recvmsg(server, &msg, MSG_OOB));
	EXPECT_EQ(MSG_OOB | MSG_TRUNC, msg.msg_flags);
}

/* Octets in front of it, octets behind it */
static void send_five(struct __test_metadata *_metadata, const struct conn *conn)
{
	ASSERT_EQ(2, send(conn->fd[0], "ab", 2, 0));
	ASSERT_EQ(1, send(conn->fd[0], "c", 1, MSG_OOB));
	ASSERT_EQ(2, send(conn->fd[0], "de", 2, 0));
	ASSERT_EQ(POLLPRI, scope_await(conn->fd[1], POLLPRI));
}

TEST_F(urgent, leaves_a_mark)
{
	send_five(_metadata, &self->conn);
	EXPECT_EQ(0, at_mark(server));
	/* Reading stops there, and goes on behind it */
	expect_text(server, "ab", 32, 0);
	EXPECT_EQ(1, at_mark(server));
	expect_text(server, "de", 32, MSG_WAITALL | MSG_DONTWAIT);
	EXPECT_EQ(0, at_mark(server));
	expect_none(EAGAIN, 0);
}

TEST_F(urgent, leaves_a_mark_when_read)
{
	send_five(_metadata, &self->conn);
	expect_text(server, "c", 32, MSG_OOB);
	expect_text(server, "ab", 32, 0);
	EXPECT_EQ(1, at_mark(server));
	expect_text(server, "de", 32, 0);
}

/* To wait for all is to wait as far as the mark */
TEST_F(urgent, ends_waitall)
{
	char data[10];

	send_five(_metadata, &self->conn);
	EXPECT_EQ(2, recv(server, data, sizeof(data), MSG_WAITALL));
	EXPECT_EQ(1, at_mark(server));
}

TEST_F(urgent, ends_what_can_be_read)
{
	send_five(_metadata, &self->conn);
	EXPECT_EQ(2, scope_ioctl_int(server, SIOCINQ));
}

TEST_F(urgent, inline)
{
	ASSERT_EQ(0, scope_setsockopt_int(server, SO_OOBINLINE, 1));
	send_five(_metadata, &self->conn);
	expect_none(EINVAL, MSG_OOB);
	ASSERT_EQ(5, conn_await_bytes(server, 5));
	expect_text(server, "ab", 32, 0);
	EXPECT_EQ(1, at_mark(server));
	expect_text(server, "cde", 32, 0);
	EXPECT_EQ(0, at_mark(server));
}

/* That one is the urgent octet now */
static bool await_urgent_octet(int fd, char octet)
{
	char seen = 0;
	int i;

	for (i = 0; i < SCOPE_PATIENCE; i++) {
		recv(fd, &seen, 1, MSG_OOB | MSG_PEEK | MSG_DONTWAIT);
		if (seen == octet)
			return true;
		usleep(1000);
	}
	return false;
}

/* One can be urgent: the one before is like any other then */
TEST_F(urgent, a_second_one)
{
	send_text("x", 0);
	send_text("a", MSG_OOB);
	await_urgent();
	send_text("b", MSG_OOB);
	send_text("c", 0);
	ASSERT_TRUE(await_urgent_octet(server, 'b'));
	expect_text(server, "b", 32, MSG_OOB);
	expect_none(EINVAL, MSG_OOB);
	expect_text(server, "xa", 32, 0);
	EXPECT_EQ(1, at_mark(server));
	expect_text(server, "c", 32, 0);
}

/* TCP loses the first one if it is the next to be read */
TEST_F(own, a_second_one_behind_nothing)
{
	send_text("a", MSG_OOB);
	await_urgent();
	send_text("b", MSG_OOB);
	ASSERT_TRUE(await_urgent_octet(server, 'b'));
	expect_text(server, "b", 32, MSG_OOB);
	expect_text(server, "a", 32, 0);
	EXPECT_EQ(1, at_mark(server));
}

/* Alone it is nothing that can be read */
TEST_F(urgent, alone)
{
	send_text("a", MSG_OOB);
	await_urgent();
	EXPECT_EQ(POLLPRI, scope_events(server, POLLPRI | POLLIN));
	expect_text(server, "a", 32, MSG_OOB);
	EXPECT_EQ(0, scope_events(server, POLLPRI | POLLIN));
	send_text("b", 0);
	expect_text(server, "b", 32, 0);
}

TEST_F(urgent, behind_many_frames)
{
	static char data[LONG];

	scope_fill(data, LONG, 6);
	ASSERT_EQ(LONG, send(client, data, LONG, MSG_OOB));
	memset(data, 0, LONG);
	EXPECT_EQ(LONG - 1, recv(server, data, LONG - 1, MSG_WAITALL));
	await_urgent();
	EXPECT_EQ(1, at_mark(server));
	EXPECT_EQ(1, recv(server, data + LONG - 1, 1, MSG_OOB));
	EXPECT_TRUE(scope_filled(data, LONG, 6));
}

TEST_F(urgent, raises_a_signal)
{
	const struct timespec patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGURG);
	ASSERT_EQ(0, sigprocmask(SIG_BLOCK, &set, NULL));
	/* Who owns the descriptor gets it, asked for or not */
	ASSERT_EQ(0, fcntl(server, F_SETOWN, getpid()));
	send_text("a", MSG_OOB);
	EXPECT_EQ(SIGURG, sigtimedwait(&set, NULL, &patience));
	send_text("b", MSG_OOB);
	EXPECT_EQ(SIGURG, sigtimedwait(&set, NULL, &patience));
}

TEST_F(urgent, is_an_exception_to_select)
{
	struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	fd_set in, except;

	send_text("a", MSG_OOB);
	FD_ZERO(&in);
	FD_ZERO(&except);
	FD_SET(server, &in);
	FD_SET(server, &except);
	EXPECT_EQ(1, select(FD_SETSIZE, &in, NULL, &except, &patience));
	EXPECT_FALSE(FD_ISSET(server, &in));
	EXPECT_TRUE(FD_ISSET(server, &except));
}

static ssize_t call_await_urgent(struct call *call)
{
	return scope_await(call->fd, POLLPRI);
}

TEST_F(urgent, wakes_a_poller)
{
	struct call call = { .make = call_await_urgent, .fd = server };

	ASSERT_TRUE(call_start(&call));
	send_text("a", MSG_OOB);
	EXPECT_EQ(POLLPRI, call_end(&call));
}

/* Who reads on behind the mark leaves it behind for good */
TEST_F(urgent, passed_over)
{
	send_five(_metadata, &self->conn);
	expect_text(server, "ab", 32, 0);
	expect_text(server, "c", 32, MSG_OOB | MSG_PEEK);
	expect_text(server, "de", 32, 0);
	expect_none(EINVAL, MSG_OOB);
	EXPECT_EQ(0, scope_events(server, POLLPRI));
}

static ssize_t call_recv_which(struct call *call)
{
	char octet;

	return recv(call->fd, &octet, 1, 0) == 1 ? octet : -1;
}

/* For a reader who sleeps it is nothing to wake up for */
TEST_F(urgent, is_not_what_a_reader_waits_for)
{
	struct call call = { .make = call_recv_which, .fd = server };

	ASSERT_TRUE(call_start(&call));
	send_text("a", MSG_OOB);
	send_text("b", 0);
	EXPECT_EQ('b', call_end(&call));
}

TEST_F(urgent, before_the_end)
{
	char octet;

	send_text("ab", MSG_OOB);
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	EXPECT_EQ(POLLRDHUP, scope_await(server, POLLRDHUP));
	expect_text(server, "b", 32, MSG_OOB);
	expect_text(server, "a", 32, 0);
	EXPECT_EQ(0, recv(server, &octet, 1, 0));
}

TEST_HARNESS_MAIN
