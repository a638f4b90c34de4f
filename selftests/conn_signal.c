// SPDX-License-Identifier: GPL-2.0
/*
 * conn_signal.c - proves signal-driven I/O: a process that asked for it is sent
 * a signal, of the number it chose, for every change of a connection, and the
 * signal says which descriptor and which event
 *
 * Test-timeout: 300
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <time.h>

#include "conn_call.h"

CONN_FIXTURE(sigio, conn_open_joined)

FIXTURE_VARIANT_ADD(sigio, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(sigio, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(sigio, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(sigio, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(sigio, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(sigio, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(sigio, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(sigio, record_pair) { CONN_PAIR, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(sigio, record_unix) { CONN_UNIX, SOCK_SEQPACKET };

/* Of these events AF_UNIX does not tell, or tells otherwise */
CONN_FIXTURE(change, conn_open_joined)

FIXTURE_VARIANT_ADD(change, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(change, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(change, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(change, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(change, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(change, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(change, record_pair) { CONN_PAIR, SOCK_SEQPACKET };

CONN_FIXTURE(listening, conn_open_listening)

FIXTURE_VARIANT_ADD(listening, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(listening, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(listening, record_unix) { CONN_UNIX, SOCK_SEQPACKET };

/* AF_UNIX connects at once */
CONN_FIXTURE(connecting, conn_open_listening)

FIXTURE_VARIANT_ADD(connecting, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(connecting, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(connecting, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(connecting, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(connecting, record_veth) { CONN_VETH, SOCK_SEQPACKET };

#define OWN_SIGNAL	SIGRTMIN

/* Both wait until they are asked for, and are in nobody's way */
static sigset_t watched(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigaddset(&set, OWN_SIGNAL);
	return set;
}

/* @sig: 0 for SIGIO, which tells nothing beside */
static int watch(int fd, int sig)
{
	const sigset_t set = watched();

	if (sigprocmask(SIG_BLOCK, &set, NULL) ||
	    fcntl(fd, F_SETOWN, getpid()) || fcntl(fd, F_SETSIG, sig))
		return -1;
	return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC);
}

/*
 * Awaits a signal that tells of @event of @fd: there may be others before it,
 * for each wake-up is told. True if it came.
 */
static bool told(int fd, long event)
{
	const struct timespec patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	const sigset_t set = watched();
	siginfo_t info;

	while (sigtimedwait(&set, &info, &patience) == OWN_SIGNAL)
		if (info.si_fd == fd && (info.si_band & event) == event)
			return true;
	return false;
}

TEST_F(sigio, octets)
{
	ASSERT_EQ(0, watch(server, OWN_SIGNAL));
	ASSERT_EQ(1, send(client, "x", 1, 0));
	EXPECT_TRUE(told(server, POLLIN | POLLRDNORM));
	ASSERT_EQ(1, send(client, "x", 1, 0));
	EXPECT_TRUE(told(server, POLLIN | POLLRDNORM));
}

TEST_F(sigio, by_its_own_name)
{
	const struct timespec patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	const sigset_t set = watched();

	ASSERT_EQ(0, watch(server, 0));
	EXPECT_EQ(getpid(), fcntl(server, F_GETOWN));
	EXPECT_EQ(0, fcntl(server, F_GETSIG));
	ASSERT_EQ(1, send(client, "x", 1, 0));
	EXPECT_EQ(SIGIO, sigtimedwait(&set, NULL, &patience));
}

TEST_F(sigio, no_more)
{
	int off = 0;
	sigset_t set;

	ASSERT_EQ(0, watch(server, OWN_SIGNAL));
	ASSERT_EQ(0, ioctl(server, FIOASYNC, &off));
	EXPECT_EQ(0, fcntl(server, F_GETFL) & O_ASYNC);
	ASSERT_EQ(1, send(client, "x", 1, 0));
	ASSERT_EQ(1, conn_await_bytes(server, 1));
	ASSERT_EQ(0, sigpending(&set));
	EXPECT_EQ(0, sigismember(&set, OWN_SIGNAL));
	EXPECT_EQ(0, sigismember(&set, SIGIO));
}

TEST_F(change, room)
{
	static char data[65536];

	ASSERT_EQ(0, scope_setsockopt_int(client, SO_SNDBUF, 32768));
	ASSERT_EQ(0, scope_setsockopt_int(server, SO_RCVBUF, 32768));
	ASSERT_LT(0, conn_fill_up(&self->conn, client));
	ASSERT_EQ(0, watch(client, OWN_SIGNAL));
	ASSERT_EQ(0, scope_events(client, POLLOUT));
	while (recv(server, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	EXPECT_TRUE(told(client, POLLOUT));
}

TEST_F(sigio, the_end_of_one_way)
{
	ASSERT_EQ(0, watch(server, OWN_SIGNAL));
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	EXPECT_TRUE(told(server, POLLIN));
}

TEST_F(change, the_end)
{
	ASSERT_EQ(0, shutdown(server, SHUT_WR));
	ASSERT_EQ(0, watch(server, OWN_SIGNAL));
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	EXPECT_TRUE(told(server, POLLHUP));
}

TEST_F(listening, a_connection)
{
	ASSERT_EQ(0, watch(listener, OWN_SIGNAL));
	client = conn_connected(&self->conn);
	ASSERT_LE(0, client);
	EXPECT_TRUE(told(listener, POLLIN));
}

TEST_F(connecting, connected)
{
	client = conn_socket(&self->conn, 0, SOCK_NONBLOCK);
	ASSERT_EQ(0, watch(client, OWN_SIGNAL));
	EXPECT_EQ(EINPROGRESS, errno_of(conn_connect(&self->conn, client,
						     SCOPE_RX_PORT)));
	EXPECT_TRUE(told(client, POLLOUT));
	EXPECT_EQ(0, scope_getsockopt_int(client, SO_ERROR));
}

TEST_F(connecting, refused)
{
	client = conn_socket(&self->conn, 0, SOCK_NONBLOCK);
	ASSERT_EQ(0, watch(client, OWN_SIGNAL));
	EXPECT_EQ(EINPROGRESS, errno_of(conn_connect(&self->conn, client,
						     SCOPE_NO_PORT)));
	EXPECT_TRUE(told(client, POLLERR));
	EXPECT_EQ(ECONNREFUSED, scope_getsockopt_int(client, SO_ERROR));
}

TEST_HARNESS_MAIN
