// SPDX-License-Identifier: GPL-2.0
/*
 * conn_close.c - proves how a connection ends: one way or both, in order or by
 * a reset, with octets unread, unsent or waited for; and what each end is told
 *
 * Test-timeout: 300
 */
#include <signal.h>
#include <sys/wait.h>

#include "conn_call.h"

CONN_FIXTURE(end, conn_open_joined)

FIXTURE_VARIANT_ADD(end, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(end, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(end, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(end, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(end, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(end, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(end, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(end, record_pair) { CONN_PAIR, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(end, record_unix) { CONN_UNIX, SOCK_SEQPACKET };

CONN_FIXTURE(stream, conn_open_joined)

FIXTURE_VARIANT_ADD(stream, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(stream, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(stream, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(stream, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(stream, stream_tcp) { CONN_TCP, SOCK_STREAM };

static int pipes;

static void on_pipe(int sig)
{
	pipes++;
}

/*
 * Nothing goes out: the errno, and the signal if it is wanted, which AF_UNIX
 * does not raise for records
 */
static void expect_broken(struct __test_metadata *_metadata, int fd)
{
	const int raised = scope_getsockopt_int(fd, SO_DOMAIN) != AF_UNIX ||
			   scope_getsockopt_int(fd, SO_TYPE) == SOCK_STREAM;
	struct sigaction action = { .sa_handler = on_pipe };

	ASSERT_EQ(0, sigaction(SIGPIPE, &action, NULL));
	pipes = 0;
	EXPECT_EQ(EPIPE, errno_of(send(fd, "x", 1, MSG_NOSIGNAL)));
	EXPECT_EQ(0, pipes);
	EXPECT_EQ(EPIPE, errno_of(send(fd, "x", 1, 0)));
	EXPECT_EQ(raised, pipes);
	EXPECT_EQ(EPIPE, errno_of(write(fd, "x", 1)));
	EXPECT_EQ(2 * raised, pipes);
}

/* Nothing comes in any more: that is no error, and stays so */
static void expect_ended(struct __test_metadata *_metadata, int fd)
{
	char octet;

	EXPECT_EQ(0, recv(fd, &octet, 1, 0));
	EXPECT_EQ(0, recv(fd, &octet, 1, MSG_PEEK));
	EXPECT_EQ(0, read(fd, &octet, 1));
	EXPECT_EQ(0, scope_getsockopt_int(fd, SO_ERROR));
}

static void expect_half_closed(struct __test_metadata *_metadata, int one,
			       int two)
{
	ASSERT_EQ(4, send(one, "last", 4, 0));
	ASSERT_EQ(0, shutdown(one, SHUT_WR));
	expect_broken(_metadata, one);
	expect_text(two, "last", 32, 0);
	expect_ended(_metadata, two);
	/* The other way is open */
	ASSERT_EQ(6, send(two, "answer", 6, 0));
	expect_text(one, "answer", 32, 0);
	ASSERT_EQ(0, shutdown(two, SHUT_WR));
	expect_ended(_metadata, one);
	expect_broken(_metadata, two);
	expect_broken(_metadata, one);
}

TEST_F(end, half_closed_by_the_client)
{
	expect_half_closed(_metadata, client, server);
}

TEST_F(end, half_closed_by_the_server)
{
	expect_half_closed(_metadata, server, client);
}

/* Sends until that fails: what tells the sender may be on its way yet */
static int send_error(int fd)
{
	int i;

	for (i = 0; i < SCOPE_PATIENCE; i++) {
		if (send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
		    errno != EAGAIN)
			return errno;
		usleep(1000);
	}
	return 0;
}

TEST_F(end, deaf)
{
	char octet;

	ASSERT_EQ(2, send(client, "ab", 2, 0));
	ASSERT_EQ(2, conn_await_bytes(server, 2));
	ASSERT_EQ(0, shutdown(server, SHUT_RD));
	expect_text(server, "ab", 32, 0);
	EXPECT_EQ(0, recv(server, &octet, 1, 0));
	/* TCP tells its peer nothing, and goes on reading */
	if (self->conn.kind != CONN_TCP) {
		EXPECT_EQ(EPIPE, send_error(client));
		expect_broken(_metadata, client);
	}
	/* It can still speak */
	ASSERT_EQ(2, send(server, "cd", 2, 0));
	expect_text(client, "cd", 32, 0);
}

TEST_F(end, shut_down_both_ways)
{
	ASSERT_EQ(2, send(client, "ab", 2, 0));
	ASSERT_EQ(0, shutdown(client, SHUT_RDWR));
	expect_ended(_metadata, client);
	expect_broken(_metadata, client);
	expect_text(server, "ab", 32, 0);
	expect_ended(_metadata, server);
	/* TCP takes another one before it learns that nobody reads */
	if (self->conn.kind != CONN_TCP)
		EXPECT_EQ(EPIPE, send_error(server));
}

TEST_F(end, shutdown_errors)
{
	int fd = conn_socket(&self->conn, 0, 0);

	/* AF_UNIX does not mind */
	if (self->conn.kind != CONN_UNIX) {
		EXPECT_EQ(ENOTCONN, errno_of(shutdown(fd, SHUT_RD)));
		EXPECT_EQ(ENOTCONN, errno_of(shutdown(fd, SHUT_WR)));
		EXPECT_EQ(ENOTCONN, errno_of(shutdown(fd, SHUT_RDWR)));
	}
	EXPECT_EQ(EINVAL, errno_of(shutdown(client, 3)));
	EXPECT_EQ(EINVAL, errno_of(shutdown(client, -1)));
	close(fd);
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	EXPECT_EQ(0, errno_of(shutdown(client, SHUT_WR)));
	EXPECT_EQ(0, errno_of(shutdown(client, SHUT_RD)));
}

/*
 * What was sent arrives, then the end; from then on writing is in vain. Over a
 * wire this looks like a half-close, as with TCP; but the first to write is told
 * already, not the second.
 */
TEST_F(end, closed)
{
	const int hup = conn_is_wire(&self->conn) ? 0 : POLLHUP;

	ASSERT_EQ(4, send(client, "last", 4, 0));
	ASSERT_EQ(0, conn_shut(&client));
	EXPECT_EQ(POLLRDHUP | hup, scope_await(server, POLLRDHUP));
	EXPECT_EQ(POLLIN | POLLRDHUP | hup,
		  scope_events(server, POLLIN | POLLRDHUP));
	expect_text(server, "last", 32, 0);
	expect_ended(_metadata, server);
	if (self->conn.kind == CONN_TCP)
		EXPECT_EQ(EPIPE, send_error(server));
	expect_broken(_metadata, server);
	expect_ended(_metadata, server);
}

/* A reset is told once */
static void expect_reset(struct __test_metadata *_metadata, int fd)
{
	const int want = POLLERR | POLLHUP | POLLRDHUP;
	char octet;

	EXPECT_EQ(want, scope_await(fd, POLLRDHUP) & want);
	EXPECT_EQ(ECONNRESET, errno_of(recv(fd, &octet, 1, 0)));
	expect_ended(_metadata, fd);
	expect_broken(_metadata, fd);
	EXPECT_EQ(0, scope_events(fd, 0) & POLLERR);
}

TEST_F(end, closed_with_octets_unread)
{
	ASSERT_EQ(2, send(server, "ab", 2, 0));
	ASSERT_EQ(2, conn_await_bytes(client, 2));
	ASSERT_EQ(0, conn_shut(&client));
	expect_reset(_metadata, server);
}

TEST_F(end, so_error_tells_of_a_reset)
{
	ASSERT_EQ(2, send(server, "ab", 2, 0));
	ASSERT_EQ(2, conn_await_bytes(client, 2));
	ASSERT_EQ(0, conn_shut(&client));
	EXPECT_EQ(POLLERR, scope_await(server, 0) & POLLERR);
	EXPECT_EQ(ECONNRESET, scope_getsockopt_int(server, SO_ERROR));
	expect_ended(_metadata, server);
}

/* What came before the reset is not lost */
TEST_F(stream, reset_behind_octets)
{
	char octet;

	ASSERT_EQ(2, send(client, "ab", 2, 0));
	ASSERT_EQ(2, send(server, "cd", 2, 0));
	ASSERT_EQ(2, conn_await_bytes(client, 2));
	ASSERT_EQ(2, conn_await_bytes(server, 2));
	ASSERT_EQ(0, conn_shut(&client));
	EXPECT_EQ(POLLERR, scope_await(server, 0) & POLLERR);
	expect_text(server, "ab", 32, 0);
	EXPECT_EQ(ECONNRESET, errno_of(recv(server, &octet, 1, 0)));
	expect_ended(_metadata, server);
}

static int set_linger(int fd, int seconds)
{
	const struct linger linger = { .l_onoff = 1, .l_linger = seconds };

	return setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

/* To linger for no time at all is to reset; AF_UNIX does not know that */
TEST_F(end, linger_no_time)
{
	ASSERT_EQ(0, set_linger(client, 0));
	ASSERT_EQ(0, conn_shut(&client));
	if (self->conn.kind == CONN_UNIX)
		expect_ended(_metadata, server);
	else
		expect_reset(_metadata, server);
}

/* Where the octets have a way to go, close() waits until they are there */
TEST_F(end, linger_until_all_is_there)
{
	struct call call = { .make = call_close, .fd = client };
	ssize_t sent;

	ASSERT_EQ(0, set_linger(client, SCOPE_PATIENCE / 1000));
	sent = conn_fill_up(&self->conn, client);
	ASSERT_LT(0, sent);
	client = -1;
	if (!conn_is_wire(&self->conn)) {
		EXPECT_EQ(0, close(call.fd));
		EXPECT_EQ(sent, conn_drain(server));
		return;
	}
	ASSERT_TRUE(call_start(&call));
	EXPECT_EQ(sent, conn_drain(server));
	EXPECT_EQ(0, call_end(&call));
}

/* It does not wait for ever; what is left is sent all the same */
TEST_F(end, linger_for_so_long)
{
	ssize_t sent;

	ASSERT_EQ(0, set_linger(client, 1));
	sent = conn_fill_up(&self->conn, client);
	ASSERT_LT(0, sent);
	EXPECT_EQ(0, conn_shut(&client));
	EXPECT_EQ(sent, conn_drain(server));
}

TEST_F(end, closed_with_octets_unsent)
{
	ssize_t sent = conn_fill_up(&self->conn, client);

	ASSERT_LT(0, sent);
	ASSERT_EQ(0, conn_shut(&client));
	EXPECT_EQ(sent, conn_drain(server));
	expect_ended(_metadata, server);
}

/* Both at once */
TEST_F(end, closed_by_both)
{
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	ASSERT_EQ(0, shutdown(server, SHUT_WR));
	expect_ended(_metadata, client);
	expect_ended(_metadata, server);
	ASSERT_EQ(0, conn_shut(&client));
	ASSERT_EQ(0, conn_shut(&server));
}

/* Only the last descriptor's close is one */
TEST_F(end, shared_with_a_child)
{
	char octet;
	int hold[2], status;
	pid_t pid;

	ASSERT_EQ(0, pipe(hold));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(hold[1]);
		close(server);
		/* Until the parent closes his end */
		_exit(read(hold[0], &octet, 1) ||
		      send(client, "c", 1, 0) != 1);
	}
	ASSERT_EQ(0, conn_shut(&client));
	EXPECT_EQ(EAGAIN, errno_of(recv(server, &octet, 1, MSG_DONTWAIT)));
	close(hold[1]);
	expect_text(server, "c", 32, 0);
	expect_ended(_metadata, server);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* The kernel closes for those who can't */
TEST_F(end, killed)
{
	pid_t pid = fork();
	int status;

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(pause());
	ASSERT_EQ(0, conn_shut(&client));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	expect_ended(_metadata, server);
}

TEST_HARNESS_MAIN
