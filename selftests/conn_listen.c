// SPDX-License-Identifier: GPL-2.0
/*
 * conn_listen.c - proves what listen() and accept() do: how many connections a
 * backlog admits, what becomes of the next one, who waits and who is woken, and
 * what the listener's end does to those that nobody accepted
 *
 * Test-timeout: 300
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "conn_call.h"

CONN_FIXTURE(listening, conn_open)

FIXTURE_VARIANT_ADD(listening, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(listening, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(listening, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, record_unix) { CONN_UNIX, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(listening, stream_tcp) { CONN_TCP, SOCK_STREAM };

/* Connects one after the other; how many it came to */
static int connect_many(const struct conn *conn, int *fd, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		fd[i] = conn_connected(conn);
		if (fd[i] < 0)
			return i;
	}
	return n;
}

/* What an attempt that does not wait ends with, the answer awaited */
static int try_connect(const struct conn *conn)
{
	int fd = conn_socket(conn, 0, SOCK_NONBLOCK);
	int err = errno_of(conn_connect(conn, fd, SCOPE_RX_PORT));

	/* Over a wire the listener's answer takes its time */
	if (err == EINPROGRESS && conn_is_scope(conn)) {
		scope_await(fd, POLLOUT);
		err = scope_getsockopt_int(fd, SO_ERROR);
	}
	close(fd);
	return err;
}

/* What it is to end with if there is no room; TCP tries on and on */
static int no_room(const struct conn *conn)
{
	return conn->kind == CONN_TCP ? EINPROGRESS : EAGAIN;
}

static void expect_admits(struct __test_metadata *_metadata, struct conn *conn,
			  int backlog)
{
	int fd[8], accepted, i;

	conn->listen_fd = conn_listen(conn, SCOPE_RX_PORT, backlog);
	ASSERT_LE(0, conn->listen_fd);
	ASSERT_EQ(backlog + 1, connect_many(conn, fd, backlog + 1));
	EXPECT_EQ(no_room(conn), try_connect(conn));
	EXPECT_EQ(no_room(conn), try_connect(conn));
	accepted = accept(conn->listen_fd, NULL, NULL);
	ASSERT_LE(0, accepted);
	fd[backlog + 1] = conn_connected(conn);
	EXPECT_LE(0, fd[backlog + 1]);
	EXPECT_EQ(no_room(conn), try_connect(conn));
	close(accepted);
	for (i = 0; i <= backlog + 1; i++)
		close(fd[i]);
}

#define listen_for(backlog)						\
	do {								\
		listener = conn_listen(&self->conn, SCOPE_RX_PORT,	\
				       backlog);			\
		ASSERT_LE(0, listener);					\
	} while (0)

TEST_F(listening, none_admits_one)
{
	expect_admits(_metadata, &self->conn, 0);
}

TEST_F(listening, one_admits_two)
{
	expect_admits(_metadata, &self->conn, 1);
}

TEST_F(listening, five_admit_six)
{
	expect_admits(_metadata, &self->conn, 5);
}

TEST_F(listening, again_with_another_backlog)
{
	int fd[3];

	listen_for(0);
	ASSERT_EQ(1, connect_many(&self->conn, fd, 1));
	ASSERT_EQ(0, listen(listener, 2));
	ASSERT_EQ(2, connect_many(&self->conn, fd + 1, 2));
	EXPECT_EQ(no_room(&self->conn), try_connect(&self->conn));
}

/* Who may wait does so until there is room */
TEST_F(listening, full_waits_for_accept)
{
	struct call call = { .make = call_connect, .conn = &self->conn };
	int first;
	char octet;

	listen_for(0);
	ASSERT_EQ(1, connect_many(&self->conn, &first, 1));
	client = conn_socket(&self->conn, 0, 0);
	call.fd = client;
	ASSERT_TRUE(call_start(&call));
	server = accept(listener, NULL, NULL);
	ASSERT_LE(0, server);
	EXPECT_EQ(0, call_end(&call));
	conn_shut(&server);
	server = accept(listener, NULL, NULL);
	ASSERT_LE(0, server);
	EXPECT_EQ(1, send(client, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(1, recv(server, &octet, 1, 0));
}

/* TCP leaves the attempt under way */
TEST_F(listening, full_for_too_long)
{
	struct timeval limit = { .tv_usec = 1000 };
	int first;

	listen_for(0);
	ASSERT_EQ(1, connect_many(&self->conn, &first, 1));
	client = conn_socket(&self->conn, 0, 0);
	ASSERT_EQ(0, setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit,
				sizeof(limit)));
	EXPECT_EQ(no_room(&self->conn),
		  errno_of(conn_connect(&self->conn, client, SCOPE_RX_PORT)));
}

TEST_F(listening, full_and_interrupted)
{
	struct call call = { .make = call_connect, .conn = &self->conn };
	int first;

	listen_for(0);
	ASSERT_EQ(1, connect_many(&self->conn, &first, 1));
	client = conn_socket(&self->conn, 0, 0);
	call.fd = client;
	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, call_signal(&call, SA_RESTART));
	ASSERT_TRUE(call_sleeps(&call))
		TH_LOG("it returned %zd", call_end(&call));
	ASSERT_EQ(0, call_signal(&call, 0));
	EXPECT_EQ(-EINTR, call_end(&call));
}

/* Who waits for room finds that nobody listens any more */
TEST_F(listening, full_and_closed)
{
	struct call call = { .make = call_connect, .conn = &self->conn };
	int first;
	char octet;

	listen_for(0);
	ASSERT_EQ(1, connect_many(&self->conn, &first, 1));
	client = conn_socket(&self->conn, 0, 0);
	call.fd = client;
	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, conn_shut(&listener));
	EXPECT_EQ(-ECONNREFUSED, call_end(&call));
	EXPECT_EQ(ECONNRESET, errno_of(recv(first, &octet, 1, 0)));
}

TEST_F(listening, close_resets_who_was_not_accepted)
{
	int fd[3], events, i;
	char octet;

	listen_for(5);
	ASSERT_EQ(3, connect_many(&self->conn, fd, 3));
	ASSERT_EQ(1, send(fd[1], "x", 1, 0));
	/* One that was is left alone */
	server = accept(listener, NULL, NULL);
	ASSERT_LE(0, server);
	ASSERT_EQ(0, conn_shut(&listener));
	for (i = 1; i < 3; i++) {
		events = scope_await(fd[i], POLLRDHUP);
		EXPECT_EQ(POLLHUP | POLLERR, events & (POLLHUP | POLLERR));
		EXPECT_EQ(ECONNRESET, errno_of(recv(fd[i], &octet, 1, 0)));
		EXPECT_EQ(0, recv(fd[i], &octet, 1, 0));
	}
	EXPECT_EQ(1, send(fd[0], "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(1, recv(server, &octet, 1, 0));
}

/* What is sent to it waits with the connection */
TEST_F(listening, data_before_accept)
{
	char data[8];
	int fd[2];

	listen_for(5);
	ASSERT_EQ(2, connect_many(&self->conn, fd, 2));
	ASSERT_EQ(5, send(fd[1], "later", 5, 0));
	ASSERT_EQ(5, send(fd[0], "first", 5, 0));
	ASSERT_EQ(0, close(fd[1]));
	server = accept(listener, NULL, NULL);
	EXPECT_EQ(5, recv(server, data, sizeof(data), 0));
	EXPECT_EQ(0, memcmp(data, "first", 5));
	conn_shut(&server);
	/* It comes though its peer is gone */
	server = accept(listener, NULL, NULL);
	EXPECT_EQ(5, recv(server, data, sizeof(data), 0));
	EXPECT_EQ(0, memcmp(data, "later", 5));
	EXPECT_EQ(0, recv(server, data, sizeof(data), 0));
}

TEST_F(listening, accept_without_a_connection)
{
	struct timeval limit = { .tv_usec = 1000 };

	server = conn_socket(&self->conn, 1, 0);
	EXPECT_EQ(EINVAL, errno_of(accept(server, NULL, NULL)));
	EXPECT_EQ(0, conn_bind(&self->conn, server, 1, SCOPE_NO_PORT));
	EXPECT_EQ(EINVAL, errno_of(accept(server, NULL, NULL)));

	listen_for(5);
	ASSERT_EQ(0, setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit,
				sizeof(limit)));
	EXPECT_EQ(EAGAIN, errno_of(accept(listener, NULL, NULL)));
	ASSERT_EQ(0, fcntl(listener, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(EAGAIN, errno_of(accept(listener, NULL, NULL)));
}

TEST_F(listening, accept_of_a_connected_socket)
{
	listen_for(5);
	ASSERT_EQ(0, conn_join(&self->conn));
	EXPECT_EQ(EINVAL, errno_of(accept(server, NULL, NULL)));
	EXPECT_EQ(EINVAL, errno_of(accept(client, NULL, NULL)));
	EXPECT_EQ(EINVAL, errno_of(listen(client, 1)));
	EXPECT_EQ(EINVAL, errno_of(listen(server, 1)));
}

TEST_F(listening, a_listener_has_no_octets)
{
	listen_for(5);
	EXPECT_EQ(EINVAL, errno_of(scope_ioctl_int(listener, SIOCINQ)));
	/* AF_UNIX counts memory here */
	if (self->conn.kind == CONN_UNIX)
		return;
	EXPECT_EQ(EINVAL, errno_of(scope_ioctl_int(listener, SIOCOUTQ)));
	EXPECT_EQ(EINVAL, errno_of(scope_ioctl_int(listener, SIOCOUTQNSD)));
}

TEST_F(listening, accept_flags)
{
	int fd[2];

	listen_for(5);
	ASSERT_EQ(2, connect_many(&self->conn, fd, 2));
	/* A listener's own are not handed on */
	ASSERT_EQ(0, fcntl(listener, F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, fcntl(listener, F_SETFD, FD_CLOEXEC));
	EXPECT_EQ(EINVAL, errno_of(accept4(listener, NULL, NULL, ~0)));
	server = accept4(listener, NULL, NULL, 0);
	EXPECT_EQ(O_RDWR, fcntl(server, F_GETFL));
	EXPECT_EQ(0, fcntl(server, F_GETFD));
	conn_shut(&server);
	server = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	EXPECT_EQ(O_RDWR | O_NONBLOCK, fcntl(server, F_GETFL));
	EXPECT_EQ(FD_CLOEXEC, fcntl(server, F_GETFD));
}

TEST_F(listening, accept_waits)
{
	struct call call = { .make = call_accept };

	listen_for(5);
	call.fd = listener;
	ASSERT_EQ(0, call_no_limit(listener));
	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, call_signal(&call, SA_RESTART));
	EXPECT_TRUE(call_sleeps(&call));
	client = conn_connected(&self->conn);
	ASSERT_LE(0, client);
	server = call_end(&call);
	ASSERT_LE(0, server);

	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, call_signal(&call, 0));
	EXPECT_EQ(-EINTR, call_end(&call));
}

/* Two who wait, two connections: each gets one */
TEST_F(listening, accept_in_two_threads)
{
	struct call call[2];
	int fd[2], i;

	listen_for(5);
	for (i = 0; i < 2; i++) {
		call[i] = (struct call) { .make = call_accept, .fd = listener };
		ASSERT_TRUE(call_start(&call[i]));
	}
	ASSERT_EQ(2, connect_many(&self->conn, fd, 2));
	for (i = 0; i < 2; i++)
		EXPECT_LE(0, call_end(&call[i]));
}

/* The way to end a server's thread */
TEST_F(listening, shutdown_ends_accept)
{
	struct call call = { .make = call_accept };

	listen_for(5);
	call.fd = listener;
	ASSERT_TRUE(call_start(&call));
	EXPECT_EQ(0, errno_of(shutdown(listener, SHUT_RD)));
	EXPECT_EQ(-EINVAL, call_end(&call));
}

/* What only AF_SCOPE shows */
CONN_FIXTURE(view, conn_open_listening)

FIXTURE_VARIANT_ADD(view, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(view, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(view, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(view, record_veth) { CONN_VETH, SOCK_SEQPACKET };

/* Sockets with that local port whose peer is known, as netlink tells */
struct children {
	int	port;
	int	count;
	int	with_inode;
};

static void on_child(const struct genl_attrs *attrs, void *arg)
{
	struct children *children = arg;
	struct genl_attrs local;

	genl_parse_nest(&local, attrs->at[SKBSCOPE_A_SOCKET_LOCAL]);
	if (genl_u16(&local, SKBSCOPE_A_ADDR_PORT) != children->port ||
	    !attrs->at[SKBSCOPE_A_SOCKET_PEER])
		return;
	children->count++;
	children->with_inode += attrs->at[SKBSCOPE_A_SOCKET_INODE] &&
				genl_u64(attrs, SKBSCOPE_A_SOCKET_INODE);
}

/* Until it is accepted there is a sock, but no file and no struct socket */
TEST_F(view, a_child_has_no_socket)
{
	struct children before = { .port = SCOPE_RX_PORT };
	struct children after = { .port = SCOPE_RX_PORT };
	struct genl_attrs attrs;
	struct stat st;
	struct genl genl;

	ASSERT_EQ(0, conn_enter(&self->conn, 1));
	ASSERT_EQ(0, genl_open(&genl));
	client = conn_connected(&self->conn);
	ASSERT_LE(0, client);
	ASSERT_LT(0, genl_dump(&genl, SKBSCOPE_CMD_SOCKET_GET, on_child,
			       &before));
	EXPECT_EQ(1, before.count);
	EXPECT_EQ(0, before.with_inode);

	server = accept(listener, NULL, NULL);
	ASSERT_LT(0, genl_dump(&genl, SKBSCOPE_CMD_SOCKET_GET, on_child,
			       &after));
	EXPECT_EQ(1, after.count);
	EXPECT_EQ(1, after.with_inode);
	ASSERT_EQ(0, fstat(server, &st));
	ASSERT_EQ(0, ledger_socket(&genl, server, &attrs));
	EXPECT_EQ(st.st_ino, genl_u64(&attrs, SKBSCOPE_A_SOCKET_INODE));
}

/* What came for it is dropped with its listener, not when its memory is freed */
TEST_F(view, octets_of_one_not_accepted)
{
	struct ledger before, after;
	struct genl genl;
	int i;

	ASSERT_EQ(0, conn_enter(&self->conn, 1));
	ASSERT_EQ(0, genl_open(&genl));
	client = conn_connected(&self->conn);
	ASSERT_LE(0, client);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(1, send(client, "x", 1, 0));
	ASSERT_EQ(0, conn_await_ioctl(client, SIOCOUTQ, 0));
	ASSERT_EQ(0, ledger_rest(&genl, &before));
	ASSERT_LE(1, ledger_count(&before, QUEUED));

	ASSERT_EQ(0, conn_shut(&listener));
	ASSERT_EQ(0, ledger_read(&genl, &after));
	EXPECT_EQ(0, ledger_count(&after, QUEUED));
	EXPECT_EQ(ledger_reason(&before, "SCOPE_CLOSED") +
		  ledger_count(&before, QUEUED),
		  ledger_reason(&after, "SCOPE_CLOSED"));
	genl_close(&genl);
}

TEST_HARNESS_MAIN
