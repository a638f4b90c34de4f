// SPDX-License-Identifier: GPL-2.0
/*
 * conn_name.c - proves what the two ends of a connection are called: their
 * addresses and ports, who has a port and for how long, whose process is at the
 * other end, and what the socket options of every family say of them
 *
 * Test-timeout: 300
 */
#include <sys/wait.h>

#include "conn.h"

CONN_FIXTURE(name, conn_open_listening)

FIXTURE_VARIANT_ADD(name, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(name, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(name, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(name, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(name, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(name, record_unix) { CONN_UNIX, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(name, stream_tcp) { CONN_TCP, SOCK_STREAM };

/* With ports that are numbers */
CONN_FIXTURE(port, conn_open_listening)

FIXTURE_VARIANT_ADD(port, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(port, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(port, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(port, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(port, stream_tcp) { CONN_TCP, SOCK_STREAM };

static struct conn_addr ask(int (*call)(int fd, struct sockaddr *addr,
					socklen_t *len), int fd)
{
	struct conn_addr addr;

	memset(&addr, 0xff, sizeof(addr));
	addr.len = offsetof(struct conn_addr, len);
	if (call(fd, &addr.any, &addr.len))
		addr.len = 0;
	return addr;
}

static bool same(const struct conn_addr *a, const struct conn_addr *b)
{
	return a->len == b->len && a->len && !memcmp(&a->any, &b->any, a->len);
}

/* AF_INET and AF_SCOPE have it in the same place */
static int port_of(int fd)
{
	const struct conn_addr addr = ask(getsockname, fd);

	return addr.len ? ntohs(addr.in.sin_port) : -errno;
}

TEST_F(name, both_ends_of_both)
{
	struct conn_addr own[2] = {
		conn_own(&self->conn, 0, SCOPE_TX_PORT),
		conn_own(&self->conn, 1, SCOPE_RX_PORT),
	};
	struct conn_addr peer[2] = {
		conn_to(&self->conn, 0, SCOPE_TX_PORT),
		conn_to(&self->conn, 1, SCOPE_RX_PORT),
	};
	struct conn_addr seen;

	client = conn_socket(&self->conn, 0, 0);
	ASSERT_EQ(0, conn_bind(&self->conn, client, 0, SCOPE_TX_PORT));
	ASSERT_EQ(0, conn_connect(&self->conn, client, SCOPE_RX_PORT));
	memset(&seen, 0xff, sizeof(seen));
	seen.len = offsetof(struct conn_addr, len);
	server = accept(listener, &seen.any, &seen.len);
	ASSERT_LE(0, server);
	EXPECT_TRUE(same(&peer[0], &seen));

	seen = ask(getsockname, client);
	EXPECT_TRUE(same(&own[0], &seen));
	seen = ask(getpeername, client);
	EXPECT_TRUE(same(&peer[1], &seen));
	seen = ask(getsockname, server);
	EXPECT_TRUE(same(&own[1], &seen));
	seen = ask(getpeername, server);
	EXPECT_TRUE(same(&peer[0], &seen));
	seen = ask(getsockname, listener);
	EXPECT_TRUE(same(&own[1], &seen));
	EXPECT_EQ(0, ask(getpeername, listener).len);
	EXPECT_EQ(ENOTCONN, errno);
}

/* What does not fit is cut off, and its length told */
TEST_F(name, room_for_half_an_address)
{
	struct conn_addr seen, want;

	client = conn_socket(&self->conn, 0, 0);
	ASSERT_EQ(0, conn_bind(&self->conn, client, 0, SCOPE_TX_PORT));
	ASSERT_EQ(0, conn_connect(&self->conn, client, SCOPE_RX_PORT));
	want = conn_to(&self->conn, 0, SCOPE_TX_PORT);
	memset(&seen, 0xff, sizeof(seen));
	seen.len = 4;
	server = accept(listener, &seen.any, &seen.len);
	ASSERT_LE(0, server);
	EXPECT_EQ(want.len, seen.len);
	EXPECT_EQ(0, memcmp(&want.any, &seen.any, 4));
	EXPECT_EQ(0xff, ((unsigned char *)&seen)[4]);
}

TEST_F(name, one_port_one_socket)
{
	client = conn_socket(&self->conn, 1, 0);
	EXPECT_EQ(EADDRINUSE, errno_of(conn_bind(&self->conn, client, 1,
						 SCOPE_RX_PORT)));
	ASSERT_EQ(0, conn_bind(&self->conn, client, 1, SCOPE_NO_PORT));
	EXPECT_EQ(EINVAL, errno_of(conn_bind(&self->conn, client, 1,
					     SCOPE_NO_PORT + 1)));
	server = conn_socket(&self->conn, 1, 0);
	EXPECT_EQ(EADDRINUSE, errno_of(conn_bind(&self->conn, server, 1,
						 SCOPE_NO_PORT)));
	/* It is free with its socket */
	ASSERT_EQ(0, conn_shut(&client));
	EXPECT_EQ(0, errno_of(conn_bind(&self->conn, server, 1,
					SCOPE_NO_PORT)));
}

/* Whatever the port is to be, one is chosen */
TEST_F(port, a_free_one)
{
	server = conn_socket(&self->conn, 1, 0);
	EXPECT_EQ(0, port_of(server));
	ASSERT_EQ(0, listen(server, 1));
	EXPECT_LE(32768, port_of(server));
	EXPECT_GE(60999, port_of(server));
	ASSERT_EQ(0, conn_shut(&server));

	server = conn_socket(&self->conn, 1, 0);
	ASSERT_EQ(0, conn_bind(&self->conn, server, 1, 0));
	EXPECT_LE(32768, port_of(server));
	ASSERT_EQ(0, conn_shut(&server));

	client = conn_socket(&self->conn, 0, 0);
	ASSERT_EQ(0, conn_connect(&self->conn, client, SCOPE_RX_PORT));
	EXPECT_LE(32768, port_of(client));
	EXPECT_GE(60999, port_of(client));
	server = accept(listener, NULL, NULL);
	EXPECT_EQ(SCOPE_RX_PORT, port_of(server));
}

/*
 * An automatic port goes with the connection, as it does with datagrams, where
 * TCP keeps it; one that was asked for stays
 */
TEST_F(port, after_a_disconnect)
{
	client = conn_socket(&self->conn, 0, 0);
	ASSERT_EQ(0, conn_connect(&self->conn, client, SCOPE_RX_PORT));
	ASSERT_EQ(0, scope_disconnect(client));
	if (self->conn.kind != CONN_TCP)
		EXPECT_EQ(0, port_of(client));
	ASSERT_EQ(0, conn_shut(&client));

	client = conn_socket(&self->conn, 0, 0);
	ASSERT_EQ(0, conn_bind(&self->conn, client, 0, SCOPE_TX_PORT));
	ASSERT_EQ(0, conn_connect(&self->conn, client, SCOPE_RX_PORT));
	ASSERT_EQ(0, scope_disconnect(client));
	EXPECT_EQ(SCOPE_TX_PORT, port_of(client));
}

static int listen_sharing(const struct conn *conn, int reuse)
{
	int fd = conn_socket(conn, 1, 0);

	if (scope_setsockopt_int(fd, SO_REUSEADDR, reuse) ||
	    conn_bind(conn, fd, 1, SCOPE_RX_PORT) || listen(fd, 5)) {
		close(fd);
		return -errno;
	}
	return fd;
}

/* Whether a second listener gets the port that a connection still has */
static int listen_again(struct __test_metadata *_metadata, struct conn *conn,
			int old_reuse, int new_reuse)
{
	int fd;

	ASSERT_EQ(0, conn_shut(&conn->listen_fd));
	conn->listen_fd = listen_sharing(conn, old_reuse);
	ASSERT_LE(0, conn->listen_fd);
	ASSERT_EQ(0, conn_join(conn));
	ASSERT_EQ(0, conn_shut(&conn->listen_fd));
	fd = listen_sharing(conn, new_reuse);
	if (fd < 0)
		return -fd;
	/* A new connection beside the old one */
	conn->listen_fd = conn_connected(conn);
	EXPECT_LE(0, conn->listen_fd);
	EXPECT_LE(0, accept(fd, NULL, NULL));
	EXPECT_EQ(1, send(conn->fd[0], "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(POLLIN, scope_await(conn->fd[1], POLLIN));
	close(fd);
	return 0;
}

TEST_F(port, left_by_a_listener)
{
	EXPECT_EQ(EADDRINUSE, listen_again(_metadata, &self->conn, 0, 0));
}

TEST_F(port, left_by_a_listener_that_shares)
{
	EXPECT_EQ(EADDRINUSE, listen_again(_metadata, &self->conn, 1, 0));
}

TEST_F(port, left_to_one_that_shares)
{
	EXPECT_EQ(EADDRINUSE, listen_again(_metadata, &self->conn, 0, 1));
}

TEST_F(port, both_share)
{
	EXPECT_EQ(0, listen_again(_metadata, &self->conn, 1, 1));
}

/* SO_REUSEADDR is not for two at once */
TEST_F(port, of_a_listener_is_not_shared)
{
	ASSERT_EQ(0, scope_setsockopt_int(listener, SO_REUSEADDR, 1));
	server = conn_socket(&self->conn, 1, 0);
	ASSERT_EQ(0, scope_setsockopt_int(server, SO_REUSEADDR, 1));
	EXPECT_EQ(EADDRINUSE, errno_of(conn_bind(&self->conn, server, 1,
						 SCOPE_RX_PORT)));
}

static void expect_kind(struct __test_metadata *_metadata,
			const struct conn *conn, int fd, int listens)
{
	EXPECT_EQ(conn_domain(conn), scope_getsockopt_int(fd, SO_DOMAIN));
	EXPECT_EQ(conn->type, scope_getsockopt_int(fd, SO_TYPE));
	EXPECT_EQ(conn->kind == CONN_TCP ? IPPROTO_TCP : 0,
		  scope_getsockopt_int(fd, SO_PROTOCOL));
	EXPECT_EQ(listens, scope_getsockopt_int(fd, SO_ACCEPTCONN));
	EXPECT_EQ(0, scope_getsockopt_int(fd, SO_ERROR));
}

TEST_F(name, what_each_is)
{
	ASSERT_EQ(0, conn_join(&self->conn));
	expect_kind(_metadata, &self->conn, listener, 1);
	expect_kind(_metadata, &self->conn, client, 0);
	expect_kind(_metadata, &self->conn, server, 0);
}

/* A child takes after its listener */
TEST_F(name, what_a_child_inherits)
{
	int want[2];

	ASSERT_EQ(0, scope_setsockopt_int(listener, SO_RCVBUF, 50000));
	ASSERT_EQ(0, scope_setsockopt_int(listener, SO_SNDBUF, 60000));
	want[0] = scope_getsockopt_int(listener, SO_RCVBUF);
	want[1] = scope_getsockopt_int(listener, SO_SNDBUF);
	ASSERT_EQ(0, conn_join(&self->conn));
	/* One of AF_UNIX is a socket like any other */
	if (self->conn.kind == CONN_UNIX)
		return;
	EXPECT_EQ(want[0], scope_getsockopt_int(server, SO_RCVBUF));
	EXPECT_EQ(want[1], scope_getsockopt_int(server, SO_SNDBUF));
}

static struct ucred peercred(int fd)
{
	struct ucred cred = { .pid = -1 };
	socklen_t len = sizeof(cred);

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	return cred;
}

/* Another process, another user; stays until its stdin, so to speak, ends */
static pid_t connect_as(const struct conn *conn, uid_t uid, gid_t gid,
			const int *hold)
{
	pid_t pid = fork();
	char c;

	if (pid)
		return pid;
	close(hold[1]);
	if (setresgid(gid, gid, gid) || setresuid(uid, uid, uid) ||
	    conn_connect(conn, conn->fd[0], SCOPE_RX_PORT))
		_exit(1);
	_exit(read(hold[0], &c, 1) ? 1 : 0);
}

/*
 * Who connected and who listened, at the time they did; not who has the
 * descriptor now. Of a peer on another node nobody can tell.
 */
TEST_F(name, whose_process)
{
	bool known = self->conn.kind == CONN_SCOPE0 ||
		     self->conn.kind == CONN_UNIX;
	struct ucred cred;
	int hold[2], status;
	pid_t pid;

	ASSERT_EQ(0, pipe(hold));
	client = conn_socket(&self->conn, 0, 0);
	pid = connect_as(&self->conn, 1234, 4321, hold);
	ASSERT_LT(0, pid);
	server = accept(listener, NULL, NULL);
	ASSERT_LE(0, server);

	cred = peercred(server);
	EXPECT_EQ(known ? pid : 0, cred.pid);
	EXPECT_EQ(known ? 1234 : (uid_t)-1, cred.uid);
	EXPECT_EQ(known ? 4321 : (gid_t)-1, cred.gid);
	cred = peercred(client);
	EXPECT_EQ(known ? getpid() : 0, cred.pid);
	EXPECT_EQ(known ? 0 : (uid_t)-1, cred.uid);
	EXPECT_EQ(known ? 0 : (gid_t)-1, cred.gid);

	close(hold[1]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	/* It outlives the process */
	cred = peercred(server);
	EXPECT_EQ(known ? pid : 0, cred.pid);
}

TEST_HARNESS_MAIN
