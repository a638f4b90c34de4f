// SPDX-License-Identifier: GPL-2.0
/*
 * conn_open.c - proves what connect() does: that it waits or does not, what it
 * says of an attempt under way, that it is refused where nobody listens, and
 * that a socket which was refused or disconnected is as good as new
 *
 * Test-timeout: 300
 */
#include "conn_call.h"

CONN_FIXTURE(open, conn_open_listening)

FIXTURE_VARIANT_ADD(open, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(open, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(open, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(open, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(open, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(open, record_unix) { CONN_UNIX, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(open, stream_tcp) { CONN_TCP, SOCK_STREAM };

/* AF_UNIX connects at once or not at all: no reference for what takes time */
CONN_FIXTURE(wire, conn_open_listening)

FIXTURE_VARIANT_ADD(wire, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(wire, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(wire, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(wire, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(wire, stream_tcp) { CONN_TCP, SOCK_STREAM };

/* What there is no reference for: TCP drops, AF_UNIX does not tell later */
CONN_FIXTURE(full, conn_open_listening)

FIXTURE_VARIANT_ADD(full, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(full, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(full, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(full, record_veth) { CONN_VETH, SOCK_SEQPACKET };

/* Frames stop in front of the device */
static int stall(const struct conn *conn)
{
	char command[128];

	/* The plug keeps them; for the reference, where it may be missing, one
	 * that drops them will do: TCP sends again
	 */
	if (conn->kind == CONN_TCP)
		return system("tc qdisc add dev lo root pfifo limit 0");
	snprintf(command, sizeof(command), "tc qdisc add dev %s root plug",
		 path_dev(&conn->path, 0));
	return system(command);
}

static int resume(const struct conn *conn)
{
	char command[128];

	if (conn->kind == CONN_TCP)
		return system("tc qdisc del dev lo root");
	snprintf(command, sizeof(command),
		 "tc qdisc change dev %s root plug release_indefinite",
		 path_dev(&conn->path, 0));
	return system(command);
}

/* Both ends hear each other */
static void expect_joined(struct __test_metadata *_metadata, int one, int two)
{
	char data[4];

	EXPECT_EQ(4, send(one, "ping", 4, MSG_NOSIGNAL));
	EXPECT_EQ(4, recv(two, data, sizeof(data), 0));
	EXPECT_EQ(0, memcmp(data, "ping", 4));
	EXPECT_EQ(4, send(two, "pong", 4, MSG_NOSIGNAL));
	EXPECT_EQ(4, recv(one, data, sizeof(data), 0));
	EXPECT_EQ(0, memcmp(data, "pong", 4));
}

/* Takes what was connected to the listener, and tries it */
#define expect_accepted()						\
	do {								\
		server = accept(listener, NULL, NULL);	\
		ASSERT_LE(0, server);					\
		expect_joined(_metadata, client, server);		\
	} while (0)

TEST_F(open, blocking)
{
	client = conn_connected(&self->conn);
	ASSERT_LE(0, client);
	EXPECT_EQ(POLLOUT, scope_events(client, POLLOUT));
	EXPECT_EQ(0, scope_getsockopt_int(client, SO_ERROR));
	expect_accepted();
}

TEST_F(wire, nonblocking)
{
	client = conn_socket(&self->conn, 0, SOCK_NONBLOCK);
	EXPECT_EQ(EINPROGRESS, errno_of(conn_connect(&self->conn, client,
						     SCOPE_RX_PORT)));
	EXPECT_EQ(POLLOUT, scope_await(client, POLLOUT));
	EXPECT_EQ(0, scope_getsockopt_int(client, SO_ERROR));
	/* It is told that all went well, once */
	EXPECT_EQ(0, errno_of(conn_connect(&self->conn, client,
					   SCOPE_RX_PORT)));
	EXPECT_EQ(EISCONN, errno_of(conn_connect(&self->conn, client,
						 SCOPE_RX_PORT)));
	server = accept(listener, NULL, NULL);
	EXPECT_EQ(4, send(server, "ping", 4, 0));
	EXPECT_EQ(POLLIN, scope_await(client, POLLIN));
}

TEST_F(wire, under_way)
{
	struct conn_addr peer = {};
	char octet;

	ASSERT_EQ(0, stall(&self->conn));
	client = conn_socket(&self->conn, 0, SOCK_NONBLOCK);
	EXPECT_EQ(EINPROGRESS, errno_of(conn_connect(&self->conn, client,
						     SCOPE_RX_PORT)));
	EXPECT_EQ(EALREADY, errno_of(conn_connect(&self->conn, client,
						  SCOPE_RX_PORT)));
	EXPECT_EQ(0, scope_events(client, POLLIN | POLLOUT));
	EXPECT_EQ(0, scope_getsockopt_int(client, SO_ERROR));
	EXPECT_EQ(EAGAIN, errno_of(send(client, "x", 1, MSG_NOSIGNAL)));
	EXPECT_EQ(EAGAIN, errno_of(recv(client, &octet, 1, 0)));
	peer.len = sizeof(peer.scope);
	EXPECT_EQ(ENOTCONN, errno_of(getpeername(client, &peer.any,
						 &peer.len)));
	EXPECT_EQ(EINVAL, errno_of(listen(client, 1)));

	ASSERT_EQ(0, resume(&self->conn));
	EXPECT_EQ(POLLOUT, scope_await(client, POLLOUT));
	EXPECT_EQ(0, scope_getsockopt_int(client, SO_ERROR));
	server = accept(listener, NULL, NULL);
	EXPECT_LE(0, server);
}

TEST_F(wire, blocking_waits)
{
	struct call call = { .make = call_connect, .conn = &self->conn };

	ASSERT_EQ(0, stall(&self->conn));
	client = conn_socket(&self->conn, 0, 0);
	call.fd = client;
	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, resume(&self->conn));
	ASSERT_EQ(0, call_end(&call));
	expect_accepted();
}

/* SO_SNDTIMEO ends the waiting, not the attempt */
TEST_F(wire, limit_of_time)
{
	struct timeval limit = { .tv_usec = 1000 };

	ASSERT_EQ(0, stall(&self->conn));
	client = conn_socket(&self->conn, 0, 0);
	ASSERT_EQ(0, setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit,
				sizeof(limit)));
	EXPECT_EQ(EINPROGRESS, errno_of(conn_connect(&self->conn, client,
						     SCOPE_RX_PORT)));
	EXPECT_EQ(EALREADY, errno_of(conn_connect(&self->conn, client,
						  SCOPE_RX_PORT)));
	ASSERT_EQ(0, resume(&self->conn));
	EXPECT_EQ(POLLOUT, scope_await(client, POLLOUT));
	expect_accepted();
}

/* So does a signal */
TEST_F(wire, interrupted)
{
	struct call call = { .make = call_connect, .conn = &self->conn };

	ASSERT_EQ(0, stall(&self->conn));
	client = conn_socket(&self->conn, 0, 0);
	call.fd = client;
	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, call_signal(&call, 0));
	EXPECT_EQ(-EINTR, call_end(&call));
	ASSERT_EQ(0, resume(&self->conn));
	EXPECT_EQ(POLLOUT, scope_await(client, POLLOUT));
	expect_accepted();
}

TEST_F(wire, restarted)
{
	struct call call = { .make = call_connect, .conn = &self->conn };

	ASSERT_EQ(0, stall(&self->conn));
	client = conn_socket(&self->conn, 0, 0);
	call.fd = client;
	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, call_signal(&call, SA_RESTART));
	EXPECT_TRUE(call_sleeps(&call));
	ASSERT_EQ(0, resume(&self->conn));
	ASSERT_EQ(0, call_end(&call));
	expect_accepted();
}

/*
 * An open that waits for room in the backlog has not begun: who asks later how
 * it ended is told to try again, and may do so at once
 */
TEST_F(full, interrupted)
{
	struct call call = { .make = call_connect, .conn = &self->conn };
	int fd;

	ASSERT_EQ(0, listen(listener, 0));
	fd = conn_connected(&self->conn);
	ASSERT_LE(0, fd);
	client = conn_socket(&self->conn, 0, 0);
	call.fd = client;
	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, call_signal(&call, 0));
	EXPECT_EQ(-EINTR, call_end(&call));
	EXPECT_TRUE(scope_await(client, POLLOUT) & POLLERR);
	EXPECT_EQ(EAGAIN, scope_getsockopt_int(client, SO_ERROR));
	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, call_signal(&call, 0));
	EXPECT_EQ(-EINTR, call_end(&call));
	close(accept(listener, NULL, NULL));
	close(fd);
	ASSERT_EQ(0, conn_connect(&self->conn, client, SCOPE_RX_PORT));
	EXPECT_EQ(0, scope_getsockopt_int(client, SO_ERROR));
	expect_accepted();
}

TEST_F(open, refused)
{
	client = conn_socket(&self->conn, 0, 0);
	EXPECT_EQ(ECONNREFUSED, errno_of(conn_connect(&self->conn, client,
						      SCOPE_NO_PORT)));
	EXPECT_EQ(0, scope_getsockopt_int(client, SO_ERROR));
	/* Refused there, it is free to try elsewhere */
	ASSERT_EQ(0, errno_of(conn_connect(&self->conn, client,
					   SCOPE_RX_PORT)));
	expect_accepted();
}

TEST_F(wire, refused_while_nobody_waits)
{
	int events;

	client = conn_socket(&self->conn, 0, SOCK_NONBLOCK);
	EXPECT_EQ(EINPROGRESS, errno_of(conn_connect(&self->conn, client,
						     SCOPE_NO_PORT)));
	events = scope_await(client, POLLOUT);
	EXPECT_EQ(POLLERR | POLLHUP, events & (POLLERR | POLLHUP));
	EXPECT_EQ(ECONNREFUSED, scope_getsockopt_int(client, SO_ERROR));
	EXPECT_EQ(0, scope_getsockopt_int(client, SO_ERROR));
	EXPECT_EQ(POLLHUP, scope_events(client, 0));
}

TEST_F(wire, the_next_call_tells)
{
	client = conn_socket(&self->conn, 0, SOCK_NONBLOCK);
	EXPECT_EQ(EINPROGRESS, errno_of(conn_connect(&self->conn, client,
						     SCOPE_NO_PORT)));
	EXPECT_EQ(POLLERR, scope_await(client, 0) & POLLERR);
	EXPECT_EQ(ECONNREFUSED, errno_of(conn_connect(&self->conn, client,
						      SCOPE_RX_PORT)));
	/* That one was not made */
	EXPECT_EQ(EINPROGRESS, errno_of(conn_connect(&self->conn, client,
						     SCOPE_RX_PORT)));
	EXPECT_EQ(POLLOUT, scope_await(client, POLLOUT));
}

/* Bound is not listening */
TEST_F(open, refused_by_a_bound_socket)
{
	server = conn_socket(&self->conn, 1, 0);
	ASSERT_EQ(0, conn_bind(&self->conn, server, 1, SCOPE_NO_PORT));
	client = conn_socket(&self->conn, 0, 0);
	EXPECT_EQ(ECONNREFUSED, errno_of(conn_connect(&self->conn, client,
						      SCOPE_NO_PORT)));
}

/* Both open at once, and are one: a connection, as TCP has it; not AF_UNIX */
TEST_F(open, itself)
{
	struct conn_addr own = conn_own(&self->conn, 1, SCOPE_NO_PORT);
	char data[4];

	client = conn_socket(&self->conn, 1, 0);
	ASSERT_EQ(0, conn_patient(client));
	ASSERT_EQ(0, bind(client, &own.any, own.len));
	if (self->conn.kind == CONN_UNIX) {
		EXPECT_EQ(ECONNREFUSED, errno_of(connect(client, &own.any,
							 own.len)));
		return;
	}
	ASSERT_EQ(0, connect(client, &own.any, own.len));
	EXPECT_EQ(4, send(client, "echo", 4, MSG_NOSIGNAL));
	EXPECT_EQ(4, recv(client, data, sizeof(data), 0));
	EXPECT_EQ(0, memcmp(data, "echo", 4));
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	EXPECT_EQ(0, recv(client, data, sizeof(data), 0));
}

/* From end 1, where the listener is, to end 0 */
static int connect_back(const struct conn *conn, int fd)
{
	const struct conn_addr addr = conn_to(conn, 0, SCOPE_RX_PORT);

	if (conn_enter(conn, 1))
		return -1;
	return connect(fd, &addr.any, addr.len);
}

TEST_F(open, when_connected)
{
	ASSERT_EQ(0, conn_join(&self->conn));
	EXPECT_EQ(EISCONN, errno_of(conn_connect(&self->conn, client,
						 SCOPE_RX_PORT)));
	EXPECT_EQ(EISCONN, errno_of(connect_back(&self->conn, server)));
	expect_joined(_metadata, client, server);
}

/* AF_UNIX says EINVAL */
TEST_F(wire, when_listening)
{
	EXPECT_EQ(EISCONN, errno_of(connect_back(&self->conn, listener)));
}

TEST_F(wire, disconnect)
{
	struct conn_addr addr = { .len = sizeof(addr.scope) };
	char octet;

	ASSERT_EQ(0, conn_join(&self->conn));
	EXPECT_EQ(0, errno_of(scope_disconnect(client)));
	EXPECT_EQ(ECONNRESET, errno_of(recv(server, &octet, 1, 0)));
	EXPECT_EQ(ENOTCONN, errno_of(getpeername(client, &addr.any,
						 &addr.len)));
	EXPECT_EQ(POLLHUP, scope_events(client, 0) & POLLHUP);
	conn_shut(&server);
	/* TCP keeps ECONNRESET for who disconnected, too */
	scope_getsockopt_int(client, SO_ERROR);
	ASSERT_EQ(0, errno_of(conn_connect(&self->conn, client,
					   SCOPE_RX_PORT)));
	expect_accepted();
}

TEST_F(wire, disconnect_while_under_way)
{
	ASSERT_EQ(0, stall(&self->conn));
	client = conn_socket(&self->conn, 0, SOCK_NONBLOCK);
	EXPECT_EQ(EINPROGRESS, errno_of(conn_connect(&self->conn, client,
						     SCOPE_RX_PORT)));
	EXPECT_EQ(0, errno_of(scope_disconnect(client)));
	EXPECT_EQ(POLLOUT | POLLHUP, scope_events(client, POLLOUT) &
				     (POLLOUT | POLLHUP));
	ASSERT_EQ(0, resume(&self->conn));
	scope_getsockopt_int(client, SO_ERROR);
	EXPECT_EQ(EINPROGRESS, errno_of(conn_connect(&self->conn, client,
						     SCOPE_RX_PORT)));
	EXPECT_EQ(POLLOUT, scope_await(client, POLLOUT));
}

/* Nobody is left to be connected, and the port is free */
TEST_F(wire, close_while_under_way)
{
	ASSERT_EQ(0, stall(&self->conn));
	client = conn_socket(&self->conn, 0, SOCK_NONBLOCK);
	ASSERT_EQ(0, conn_bind(&self->conn, client, 0, SCOPE_TX_PORT));
	EXPECT_EQ(EINPROGRESS, errno_of(conn_connect(&self->conn, client,
						     SCOPE_RX_PORT)));
	EXPECT_EQ(0, conn_shut(&client));
	client = conn_socket(&self->conn, 0, 0);
	EXPECT_EQ(0, errno_of(conn_bind(&self->conn, client, 0,
					SCOPE_TX_PORT)));
	ASSERT_EQ(0, resume(&self->conn));
	ASSERT_EQ(0, errno_of(conn_connect(&self->conn, client,
					   SCOPE_RX_PORT)));
}

/* Each of AF_SCOPE's types has ports of its own */
FIXTURE(type) {
	struct path path;
};

FIXTURE_SETUP(type)
{
	ASSERT_EQ(0, path_open(&self->path, PATH_SCOPE0));
}

FIXTURE_TEARDOWN(type)
{
}

TEST_F(type, another_type_is_not_found)
{
	int stream = socket(scope_family(), SOCK_STREAM, 0);
	int record = socket(scope_family(), SOCK_SEQPACKET, 0);
	int datagram = scope_socket(0);

	ASSERT_EQ(0, scope_bind(stream, scope_local(SCOPE_RX_PORT)));
	ASSERT_EQ(0, listen(stream, 1));
	EXPECT_EQ(0, errno_of(scope_bind(datagram,
					 scope_local(SCOPE_RX_PORT))));
	EXPECT_EQ(ECONNREFUSED,
		  errno_of(scope_connect(record, scope_local(SCOPE_RX_PORT))));
	EXPECT_EQ(0, errno_of(scope_bind(record, scope_local(SCOPE_RX_PORT))));
	EXPECT_EQ(0, errno_of(listen(record, 1)));
}

TEST_F(type, port_0_is_nobody)
{
	int fd = socket(scope_family(), SOCK_STREAM, 0);

	EXPECT_EQ(EINVAL, errno_of(scope_connect(fd, scope_local(0))));
	EXPECT_EQ(0, scope_port_of(fd));
}

TEST_HARNESS_MAIN
