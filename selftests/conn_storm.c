// SPDX-License-Identifier: GPL-2.0
/*
 * conn_storm.c - proves that signals without end lose no octet and no record:
 * a call that is interrupted says how far it got, or is restarted, whichever
 * the handler asked for
 *
 * Test-timeout: 300
 */
#include "conn_call.h"

#define MUCH	(512 << 10)	/* octets of a transfer */
#define PIECE	5000		/* of one call */
#define OPENS	30		/* connections opened in a storm */

CONN_FIXTURE(storm, conn_open_joined)

FIXTURE_VARIANT_ADD(storm, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(storm, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(storm, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(storm, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(storm, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(storm, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(storm, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(storm, record_pair) { CONN_PAIR, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(storm, record_unix) { CONN_UNIX, SOCK_SEQPACKET };

CONN_FIXTURE(opening, conn_open_listening)

FIXTURE_VARIANT_ADD(opening, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(opening, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(opening, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(opening, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(opening, record_veth) { CONN_VETH, SOCK_SEQPACKET };

static unsigned char sent[MUCH], received[MUCH];
static int interrupted;

/*
 * What of @data goes, all of it in the end. A record is one call's, and goes
 * whole or not at all: what was interrupted within is none yet.
 */
static ssize_t send_all(struct call *call)
{
	size_t done = 0, want;
	ssize_t n;

	while (done < MUCH) {
		want = MUCH - done < PIECE ? MUCH - done : PIECE;
		n = send(call->fd, sent + done, want, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n < 0)
			__atomic_add_fetch(&interrupted, 1, __ATOMIC_RELAXED);
		else
			done += n;
	}
	return done;
}

static ssize_t receive_all(struct call *call)
{
	size_t done = 0;
	ssize_t n;

	while (done < MUCH) {
		n = recv(call->fd, received + done, MUCH - done, 0);
		if (!n || (n < 0 && errno != EINTR))
			return n;
		if (n < 0)
			__atomic_add_fetch(&interrupted, 1, __ATOMIC_RELAXED);
		else
			done += n;
	}
	return done;
}

/* Neither end may have a time limit: a call that has one is never restarted */
static void carry(struct __test_metadata *_metadata, struct conn *conn,
		  int flags)
{
	struct call writer = { .make = send_all, .fd = conn->fd[0] };
	struct call reader = { .make = receive_all, .fd = conn->fd[1] };
	int i;

	interrupted = 0;
	scope_fill(sent, MUCH, 3);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, call_no_limit(conn->fd[i]));
		ASSERT_EQ(0, scope_setsockopt_int(conn->fd[i], SO_SNDBUF, 4 * PIECE));
		ASSERT_EQ(0, scope_setsockopt_int(conn->fd[i], SO_RCVBUF, 4 * PIECE));
	}
	/* One signal finds it asleep for sure */
	ASSERT_TRUE(call_start(&reader));
	ASSERT_EQ(0, call_signal(&reader, flags));
	ASSERT_EQ(0, pthread_create(&writer.sleeper.thread, NULL, call_main,
				    &writer));
	while (pthread_tryjoin_np(reader.sleeper.thread, NULL)) {
		pthread_kill(reader.sleeper.thread, SIGUSR1);
		usleep(100);
		pthread_kill(writer.sleeper.thread, SIGUSR1);
	}
	ASSERT_EQ(MUCH, call_end(&writer));
	EXPECT_EQ(MUCH, reader.got);
	EXPECT_TRUE(scope_filled(received, MUCH, 3));
	TH_LOG("%d calls were interrupted", interrupted);
	EXPECT_EQ(!(flags & SA_RESTART), interrupted > 0);
}

TEST_F_TIMEOUT(storm, of_signals_that_interrupt, 120)
{
	carry(_metadata, &self->conn, 0);
}

TEST_F_TIMEOUT(storm, of_signals_that_restart, 120)
{
	carry(_metadata, &self->conn, SA_RESTART);
}

/*
 * An open that was interrupted goes on: poll() and SO_ERROR say how it ends,
 * EAGAIN where it could not begin because the backlog was full
 */
static int connect_in_storm(const struct conn *conn, int fd)
{
	int err;

	do {
		if (!conn_connect(conn, fd, SCOPE_RX_PORT))
			return 0;
		if (errno != EINTR)
			return -errno;
		while (scope_await(fd, POLLOUT) == -EINTR)
			;
		err = scope_getsockopt_int(fd, SO_ERROR);
	} while (err == EAGAIN);
	return -err;
}

/* Returns how many were opened, or -1 */
static ssize_t connect_many(struct call *call)
{
	int i, fd, err;

	for (i = 0; i < OPENS; i++) {
		/* In the namespace of end 0 */
		fd = conn_socket(call->conn, 0, 0);
		if (fd < 0)
			return -1;
		err = connect_in_storm(call->conn, fd);
		if (err) {
			errno = -err;
			return -1;
		}
		close(fd);
	}
	return i;
}

static ssize_t accept_many(struct call *call)
{
	int i = 0, fd;

	while (i < OPENS) {
		fd = accept(call->fd, NULL, NULL);
		if (fd < 0 && errno != EINTR)
			return -1;
		if (fd < 0)
			continue;
		close(fd);
		i++;
	}
	return i;
}

TEST_F_TIMEOUT(opening, in_a_storm, 120)
{
	struct sigaction action = { .sa_handler = call_on_signal };
	struct call connector = { .make = connect_many, .conn = &self->conn };
	struct call acceptor = { .make = accept_many, .fd = listener };

	ASSERT_EQ(0, call_no_limit(listener));
	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, pthread_create(&acceptor.sleeper.thread, NULL, call_main,
				    &acceptor));
	ASSERT_EQ(0, pthread_create(&connector.sleeper.thread, NULL, call_main,
				    &connector));
	while (pthread_tryjoin_np(acceptor.sleeper.thread, NULL)) {
		pthread_kill(acceptor.sleeper.thread, SIGUSR1);
		usleep(200);
		pthread_kill(connector.sleeper.thread, SIGUSR1);
	}
	EXPECT_EQ(OPENS, acceptor.got);
	EXPECT_EQ(OPENS, call_end(&connector));
}

TEST_HARNESS_MAIN
