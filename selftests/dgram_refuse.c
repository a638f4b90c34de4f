// SPDX-License-Identifier: GPL-2.0
/*
 * dgram_refuse.c - proves what a socket is told when its datagrams find nobody
 * (ECONNREFUSED, to connected senders alone), and what shutdown() ends
 */
#include "ledger.h"
#include "path.h"
#include "reader.h"

FIXTURE(refuse) {
	struct path path;
	int tx;			/* at end 0, connected to SCOPE_NO_PORT */
	struct genl genl;	/* in end 0's namespace */
};

FIXTURE_VARIANT(refuse) {
	enum path_kind kind;
};

FIXTURE_VARIANT_ADD(refuse, scope0) { .kind = PATH_SCOPE0 };
FIXTURE_VARIANT_ADD(refuse, loop) { .kind = PATH_LOOP };
FIXTURE_VARIANT_ADD(refuse, veth) { .kind = PATH_VETH };

FIXTURE_SETUP(refuse)
{
	ASSERT_EQ(0, path_open(&self->path, variant->kind));
	self->tx = path_bound(&self->path, 0, SCOPE_TX_PORT);
	ASSERT_LE(0, self->tx);
	ASSERT_EQ(0, scope_connect(self->tx, path_to(&self->path, 1,
						     SCOPE_NO_PORT)));
	ASSERT_EQ(0, genl_open(&self->genl));
}

FIXTURE_TEARDOWN(refuse)
{
	close(self->tx);
}

#define nobody	path_to(&self->path, 1, SCOPE_NO_PORT)

TEST_F(refuse, poll_tells)
{
	ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	EXPECT_EQ(POLLERR, scope_await(self->tx, 0));
	/* Asked for once, it is gone */
	EXPECT_EQ(ECONNREFUSED, scope_getsockopt_int(self->tx, SO_ERROR));
	EXPECT_EQ(0, scope_getsockopt_int(self->tx, SO_ERROR));
	EXPECT_EQ(0, scope_events(self->tx, 0));
}

TEST_F(refuse, recv_tells)
{
	char octet;

	ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	/* Blocks until the answer comes */
	EXPECT_EQ(ECONNREFUSED, errno_of(recv(self->tx, &octet, 1, 0)));
	EXPECT_EQ(EAGAIN, errno_of(recv(self->tx, &octet, 1, MSG_DONTWAIT)));
}

/* Who sleeps is woken to be told */
TEST_F(refuse, wakes_a_reader)
{
	struct reader reader = { .fd = self->tx };
	struct sleeper sleeper;

	ASSERT_TRUE(sleeper_start(&sleeper, read_one, &reader));
	ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	ASSERT_EQ(0, pthread_join(sleeper.thread, NULL));
	EXPECT_EQ(-ECONNREFUSED, reader.got);
}

TEST_F(refuse, send_tells)
{
	ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	ASSERT_EQ(POLLERR, scope_await(self->tx, 0));
	EXPECT_EQ(ECONNREFUSED, errno_of(send(self->tx, "x", 1, 0)));
	/* That one was not sent */
	EXPECT_EQ(0, scope_events(self->tx, 0));
	EXPECT_EQ(1, send(self->tx, "x", 1, 0));
}

TEST_F(refuse, unconnected_is_not_told)
{
	struct ledger ledger;
	char octet;

	ASSERT_EQ(0, scope_disconnect(self->tx));
	ASSERT_EQ(1, scope_sendto(self->tx, "x", 1, 0, nobody));
	/* The answer did come */
	EXPECT_EQ(1, ledger_await(&self->genl, SKBSCOPE_A_LEDGER_CONTROL_READ,
				  1));
	EXPECT_EQ(0, scope_getsockopt_int(self->tx, SO_ERROR));
	EXPECT_EQ(EAGAIN, errno_of(recv(self->tx, &octet, 1, MSG_DONTWAIT)));
	ASSERT_EQ(0, ledger_rest(&self->genl, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
}

/* Connected elsewhere: the answer is not from the peer */
TEST_F(refuse, other_peer_is_not_told)
{
	ASSERT_EQ(0, scope_connect(self->tx, path_to(&self->path, 1,
						     SCOPE_RX_PORT)));
	ASSERT_EQ(1, scope_sendto(self->tx, "x", 1, 0, nobody));
	EXPECT_EQ(1, ledger_await(&self->genl, SKBSCOPE_A_LEDGER_CONTROL_READ,
				  1));
	EXPECT_EQ(0, scope_getsockopt_int(self->tx, SO_ERROR));
}

/* One that hears only somebody else is nobody, too */
TEST_F(refuse, connected_elsewhere_refuses)
{
	int rx = path_bound(&self->path, 1, SCOPE_NO_PORT);

	ASSERT_EQ(0, scope_connect(rx, path_to(&self->path, 0, 4999)));
	ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	EXPECT_EQ(POLLERR, scope_await(self->tx, 0));
	EXPECT_EQ(ECONNREFUSED, scope_getsockopt_int(self->tx, SO_ERROR));
}

TEST_F(refuse, until_somebody_listens)
{
	char octet;
	int rx;

	ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	EXPECT_EQ(ECONNREFUSED, errno_of(recv(self->tx, &octet, 1, 0)));
	rx = path_bound(&self->path, 1, SCOPE_NO_PORT);
	ASSERT_LE(0, rx);
	ASSERT_EQ(1, send(self->tx, "y", 1, 0));
	EXPECT_EQ(POLLIN, scope_await(rx, POLLIN));
	EXPECT_EQ(1, recv(rx, &octet, 1, 0));
	EXPECT_EQ('y', octet);
	EXPECT_EQ(0, scope_events(self->tx, 0));
}

/* A closed socket refuses as one that never was */
TEST_F(refuse, after_the_receiver_closed)
{
	int rx = path_bound(&self->path, 1, SCOPE_NO_PORT);

	ASSERT_LE(0, rx);
	ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	ASSERT_EQ(POLLIN, scope_await(rx, POLLIN));
	ASSERT_EQ(0, close(rx));
	EXPECT_EQ(0, scope_events(self->tx, 0));
	ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	EXPECT_EQ(POLLERR, scope_await(self->tx, 0));
}

TEST_F(refuse, counted)
{
	struct ledger ledger;

	ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	ASSERT_EQ(POLLERR, scope_await(self->tx, 0));
	ASSERT_EQ(0, ledger_rest(&self->genl, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
	EXPECT_EQ(1, ledger_count(&ledger, CONTROL_READ));
	if (variant->kind == PATH_VETH) {
		/* Dropped, and answered, in the other namespace */
		EXPECT_EQ(1, ledger_count(&ledger, TRANSMITTED));
		genl_close(&self->genl);
		ASSERT_EQ(0, path_enter(&self->path, 1));
		ASSERT_EQ(0, genl_open(&self->genl));
		ASSERT_EQ(0, ledger_rest(&self->genl, &ledger));
		EXPECT_EQ(1, ledger_count(&ledger, ENTERED));
		EXPECT_EQ(0, ledger_missing(&ledger));
	}
	EXPECT_EQ(1, ledger_reason(&ledger, "NO_SOCKET"));
	EXPECT_EQ(1, ledger_count(&ledger, DROPPED));
	EXPECT_EQ(1, ledger_count(&ledger, CONTROL_MADE));
}

FIXTURE(shut) {
	struct path path;
	int tx;			/* connected to rx */
	int rx;			/* connected to tx */
	struct genl genl;
};

FIXTURE_SETUP(shut)
{
	ASSERT_EQ(0, path_open(&self->path, PATH_SCOPE0));
	self->tx = path_bound(&self->path, 0, SCOPE_TX_PORT);
	self->rx = path_bound(&self->path, 1, SCOPE_RX_PORT);
	ASSERT_EQ(0, scope_connect(self->tx, scope_local(SCOPE_RX_PORT)));
	ASSERT_EQ(0, scope_connect(self->rx, scope_local(SCOPE_TX_PORT)));
	ASSERT_EQ(0, genl_open(&self->genl));
}

FIXTURE_TEARDOWN(shut)
{
	close(self->tx);
	close(self->rx);
}

TEST_F(shut, unconnected)
{
	ASSERT_EQ(0, scope_disconnect(self->rx));
	EXPECT_EQ(ENOTCONN, errno_of(shutdown(self->rx, SHUT_RD)));
	EXPECT_EQ(ENOTCONN, errno_of(shutdown(self->rx, SHUT_WR)));
	EXPECT_EQ(ENOTCONN, errno_of(shutdown(self->rx, SHUT_RDWR)));
}

TEST_F(shut, bad_how)
{
	EXPECT_EQ(EINVAL, errno_of(shutdown(self->rx, 3)));
	EXPECT_EQ(EINVAL, errno_of(shutdown(self->rx, -1)));
	EXPECT_EQ(0, scope_events(self->rx, POLLIN | POLLRDHUP));
}

/* What had come is still read; then there is the end; what comes is dropped */
TEST_F(shut, reading_side)
{
	struct ledger ledger;
	char octet;

	ASSERT_EQ(1, send(self->tx, "1", 1, 0));
	ASSERT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	ASSERT_EQ(0, shutdown(self->rx, SHUT_RD));
	EXPECT_EQ(POLLIN | POLLRDHUP,
		  scope_events(self->rx, POLLIN | POLLRDHUP));
	EXPECT_EQ(1, recv(self->rx, &octet, 1, 0));
	EXPECT_EQ(0, recv(self->rx, &octet, 1, 0));

	ASSERT_EQ(1, send(self->tx, "2", 1, 0));
	EXPECT_EQ(1, ledger_await_reason(&self->genl, "SCOPE_SHUTDOWN", 1));
	EXPECT_EQ(0, recv(self->rx, &octet, 1, 0));
	/* The other side is open */
	EXPECT_EQ(1, send(self->rx, "3", 1, 0));
	EXPECT_EQ(1, recv(self->tx, &octet, 1, 0));
	ASSERT_EQ(0, ledger_rest(&self->genl, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
}

/* EPIPE, and no SIGPIPE, which POSIX has for streams: it would end this test */
TEST_F(shut, writing_side)
{
	char octet;

	ASSERT_EQ(0, shutdown(self->tx, SHUT_WR));
	EXPECT_EQ(EPIPE, errno_of(send(self->tx, "1", 1, 0)));
	EXPECT_EQ(EPIPE, errno_of(write(self->tx, "1", 1)));
	EXPECT_EQ(1, send(self->rx, "2", 1, 0));
	EXPECT_EQ(1, recv(self->tx, &octet, 1, 0));
	EXPECT_EQ(0, scope_events(self->rx, POLLIN | POLLRDHUP));
}

TEST_F(shut, both_sides)
{
	char octet;

	ASSERT_EQ(0, shutdown(self->rx, SHUT_RDWR));
	EXPECT_EQ(EPIPE, errno_of(send(self->rx, "1", 1, 0)));
	EXPECT_EQ(0, recv(self->rx, &octet, 1, 0));
	EXPECT_EQ(POLLIN | POLLRDHUP | POLLHUP,
		  scope_events(self->rx, POLLIN | POLLRDHUP));
}

TEST_F(shut, wakes_a_reader)
{
	struct reader reader = { .fd = self->rx, .got = 1 };
	struct sleeper sleeper;

	ASSERT_TRUE(sleeper_start(&sleeper, read_one, &reader));
	ASSERT_EQ(0, shutdown(self->rx, SHUT_RD));
	ASSERT_EQ(0, pthread_join(sleeper.thread, NULL));
	EXPECT_EQ(0, reader.got);
}

TEST_HARNESS_MAIN
