// SPDX-License-Identifier: GPL-2.0
/*
 * conn_poll.c - proves what poll(), select() and epoll say of a connection in
 * every state it can be in, and that who waits is woken for a change, once
 * where he asks for that, and not without one
 *
 * Test-timeout: 300
 */
#include <sys/select.h>

#include "conn_call.h"

CONN_FIXTURE(poll, conn_open_joined)

FIXTURE_VARIANT_ADD(poll, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(poll, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(poll, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(poll, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(poll, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(poll, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(poll, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(poll, record_pair) { CONN_PAIR, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(poll, record_unix) { CONN_UNIX, SOCK_SEQPACKET };

/* Before there is a connection */
CONN_FIXTURE(listening, conn_open_listening)

FIXTURE_VARIANT_ADD(listening, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(listening, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(listening, record_unix) { CONN_UNIX, SOCK_SEQPACKET };

#define EV_IN		(POLLIN | POLLRDNORM)
#define EV_OUT	(POLLOUT | POLLWRNORM)
#define EV_END	(EV_IN | POLLRDHUP)
#define EV_ANY	(EV_IN | EV_OUT | POLLRDHUP | POLLPRI)

#define send_one()	ASSERT_EQ(1, send(client, "x", 1, 0))
#define recv_one()							\
	do {								\
		char octet;						\
									\
		ASSERT_EQ(1, recv(server, &octet, 1, 0));		\
	} while (0)

TEST_F(listening, unconnected)
{
	client = conn_socket(&self->conn, 0, 0);
	EXPECT_EQ(EV_OUT | POLLHUP, scope_events(client, EV_ANY));
	ASSERT_EQ(0, conn_bind(&self->conn, client, 0, SCOPE_TX_PORT));
	EXPECT_EQ(EV_OUT | POLLHUP, scope_events(client, EV_ANY));
}

TEST_F(listening, connections)
{
	EXPECT_EQ(0, scope_events(listener, EV_ANY));
	client = conn_connected(&self->conn);
	ASSERT_LE(0, client);
	EXPECT_EQ(POLLIN, scope_await(listener, POLLIN));
	EXPECT_EQ(EV_IN, scope_events(listener, EV_ANY));
	server = accept(listener, NULL, NULL);
	EXPECT_EQ(0, scope_events(listener, EV_ANY));
}

TEST_F(poll, octets)
{
	EXPECT_EQ(EV_OUT, scope_events(server, EV_ANY));
	send_one();
	EXPECT_EQ(POLLIN, scope_await(server, POLLIN));
	EXPECT_EQ(EV_IN | EV_OUT, scope_events(server, EV_ANY));
	EXPECT_EQ(EV_OUT, scope_events(client, EV_ANY));
	recv_one();
	EXPECT_EQ(EV_OUT, scope_events(server, EV_ANY));
}

TEST_F(poll, half_closed)
{
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	EXPECT_EQ(EV_OUT, scope_events(client, EV_ANY));
	EXPECT_EQ(POLLRDHUP, scope_await(server, POLLRDHUP));
	EXPECT_EQ(EV_END | EV_OUT, scope_events(server, EV_ANY));
	ASSERT_EQ(0, shutdown(server, SHUT_WR));
	EXPECT_EQ(EV_END | EV_OUT | POLLHUP,
		  scope_events(server, EV_ANY));
	EXPECT_EQ(POLLHUP, scope_await(client, 0));
	EXPECT_EQ(EV_END | EV_OUT | POLLHUP,
		  scope_events(client, EV_ANY));
}

TEST_F(poll, deaf)
{
	ASSERT_EQ(0, shutdown(server, SHUT_RD));
	EXPECT_EQ(EV_END | EV_OUT, scope_events(server, EV_ANY));
}

TEST_F(poll, reset)
{
	const int want = EV_END | EV_OUT | POLLHUP | POLLERR;

	ASSERT_EQ(1, send(server, "x", 1, 0));
	ASSERT_EQ(1, conn_await_bytes(client, 1));
	ASSERT_EQ(0, conn_shut(&client));
	EXPECT_EQ(POLLHUP | POLLERR, scope_await(server, 0));
	EXPECT_EQ(want, scope_events(server, EV_ANY));
	EXPECT_EQ(ECONNRESET, scope_getsockopt_int(server, SO_ERROR));
	EXPECT_EQ(want & ~POLLERR, scope_events(server, EV_ANY));
}

/* Room for one octet is not enough to be woken, all of it is */
TEST_F(poll, full)
{
	static char data[65536];

	ASSERT_EQ(0, scope_setsockopt_int(client, SO_SNDBUF, 32768));
	ASSERT_EQ(0, scope_setsockopt_int(server, SO_RCVBUF, 32768));
	ASSERT_LT(0, conn_fill_up(&self->conn, client));
	EXPECT_EQ(0, scope_events(client, EV_OUT));
	while (recv(server, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	EXPECT_EQ(POLLOUT, scope_await(client, POLLOUT));
	EXPECT_LT(0, send(client, data, 1000, MSG_DONTWAIT));
}

TEST_F(poll, by_select)
{
	struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	fd_set in, out;

	send_one();
	FD_ZERO(&in);
	FD_SET(server, &in);
	FD_SET(client, &in);
	EXPECT_EQ(1, select(FD_SETSIZE, &in, NULL, NULL, &patience));
	EXPECT_TRUE(FD_ISSET(server, &in));
	EXPECT_FALSE(FD_ISSET(client, &in));
	FD_ZERO(&out);
	FD_SET(client, &out);
	FD_SET(server, &out);
	EXPECT_EQ(2, select(FD_SETSIZE, NULL, &out, NULL, &patience));
}

static int epoll_add(int epoll, int fd, unsigned int events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
}

static unsigned int epoll_get(int epoll, int timeout)
{
	struct epoll_event ev = {};

	return epoll_wait(epoll, &ev, 1, timeout) == 1 ? ev.events : 0;
}

/* The next event, and no other behind it */
#define expect_once(epoll, want)					\
	do {								\
		EXPECT_EQ(want, epoll_get(epoll, SCOPE_PATIENCE));	\
		EXPECT_EQ(0, epoll_get(epoll, 0));			\
	} while (0)

TEST_F(poll, by_epoll)
{
	int epoll = epoll_create1(0);

	ASSERT_EQ(0, epoll_add(epoll, server, EPOLLIN));
	EXPECT_EQ(0, epoll_get(epoll, 0));
	send_one();
	EXPECT_EQ(EPOLLIN, epoll_get(epoll, SCOPE_PATIENCE));
	/* It is still there */
	EXPECT_EQ(EPOLLIN, epoll_get(epoll, 0));
	recv_one();
	EXPECT_EQ(0, epoll_get(epoll, 0));
}

TEST_F(poll, edge_of_octets)
{
	int epoll = epoll_create1(0);

	ASSERT_EQ(0, epoll_add(epoll, server, EPOLLIN | EPOLLET));
	send_one();
	expect_once(epoll, EPOLLIN);
	/* More is an edge, though the first is not read; less is none */
	send_one();
	expect_once(epoll, EPOLLIN);
	recv_one();
	EXPECT_EQ(0, epoll_get(epoll, 0));
}

TEST_F(poll, edge_of_the_end)
{
	int epoll = epoll_create1(0);

	ASSERT_EQ(0, epoll_add(epoll, server, EPOLLIN | EPOLLRDHUP | EPOLLET));
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	expect_once(epoll, EPOLLIN | EPOLLRDHUP);
}

/* An edge of room is when there was none */
TEST_F(poll, edge_of_room)
{
	static char data[65536];
	int epoll = epoll_create1(0);

	ASSERT_EQ(0, scope_setsockopt_int(client, SO_SNDBUF, 32768));
	ASSERT_EQ(0, scope_setsockopt_int(server, SO_RCVBUF, 32768));
	ASSERT_LT(0, conn_fill_up(&self->conn, client));
	ASSERT_EQ(0, epoll_add(epoll, client, EPOLLOUT | EPOLLET));
	EXPECT_EQ(0, epoll_get(epoll, 0));
	while (recv(server, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	EXPECT_EQ(EPOLLOUT, epoll_get(epoll, SCOPE_PATIENCE));
}

TEST_F(poll, once_only)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLONESHOT };
	int epoll = epoll_create1(0);

	ASSERT_EQ(0, epoll_add(epoll, server, EPOLLIN | EPOLLONESHOT));
	send_one();
	EXPECT_EQ(EPOLLIN, epoll_get(epoll, SCOPE_PATIENCE));
	send_one();
	ASSERT_EQ(2, conn_await_bytes(server, 2));
	EXPECT_EQ(0, epoll_get(epoll, 0));
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_MOD, server, &ev));
	EXPECT_EQ(EPOLLIN, epoll_get(epoll, SCOPE_PATIENCE));
}

static ssize_t call_epoll(struct call *call)
{
	/* The descriptor is the epoll's, here */
	return epoll_get(call->fd, SCOPE_PATIENCE);
}

/* Which of two threads ended first */
static int join_either(struct call *call)
{
	int i = 0;

	while (pthread_tryjoin_np(call[i].sleeper.thread, NULL)) {
		sched_yield();
		i = !i;
	}
	return i;
}

/* Two wait for the same connections; one of them is woken for one */
TEST_F(listening, one_of_two)
{
	struct call call[2];
	int i, fd[2];

	for (i = 0; i < 2; i++) {
		call[i] = (struct call) { .make = call_epoll };
		call[i].fd = epoll_create1(0);
		ASSERT_EQ(0, epoll_add(call[i].fd, listener,
				       EPOLLIN | EPOLLEXCLUSIVE));
		ASSERT_TRUE(call_start(&call[i]));
	}
	fd[0] = conn_connected(&self->conn);
	ASSERT_LE(0, fd[0]);
	i = join_either(call);
	EXPECT_EQ(EPOLLIN, call[i].got);
	EXPECT_TRUE(call_sleeps(&call[!i]));
	fd[1] = conn_connected(&self->conn);
	ASSERT_LE(0, fd[1]);
	EXPECT_EQ(EPOLLIN, call_end(&call[!i]));
}

TEST_F(listening, edge_of_a_connection)
{
	int epoll = epoll_create1(0);
	int fd[2], i;

	ASSERT_EQ(0, epoll_add(epoll, listener, EPOLLIN | EPOLLET));
	for (i = 0; i < 2; i++) {
		fd[i] = conn_connected(&self->conn);
		ASSERT_LE(0, fd[i]);
		expect_once(epoll, EPOLLIN);
	}
}

TEST_F(poll, wakes_a_poller)
{
	struct call call = { .make = call_epoll, .fd = epoll_create1(0) };

	ASSERT_EQ(0, epoll_add(call.fd, server, EPOLLIN));
	ASSERT_TRUE(call_start(&call));
	send_one();
	EXPECT_EQ(EPOLLIN, call_end(&call));
}

TEST_HARNESS_MAIN
