// SPDX-License-Identifier: GPL-2.0
/*
 * conn_wake.c - proves that a call which sleeps on a connection wakes up when
 * the connection ends under it, at either end and in every way, and what it
 * then returns
 *
 * Test-timeout: 300
 */
#include "conn_call.h"

CONN_FIXTURE(wake, conn_open_joined)

FIXTURE_VARIANT_ADD(wake, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(wake, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(wake, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(wake, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(wake, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(wake, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(wake, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(wake, record_pair) { CONN_PAIR, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(wake, record_unix) { CONN_UNIX, SOCK_SEQPACKET };

/* Without TCP, which goes on reading for its peer's sake */
CONN_FIXTURE(deaf, conn_open_joined)

FIXTURE_VARIANT_ADD(deaf, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(deaf, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(deaf, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(deaf, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(deaf, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(deaf, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(deaf, record_pair) { CONN_PAIR, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(deaf, record_unix) { CONN_UNIX, SOCK_SEQPACKET };

TEST_F(wake, reader_by_an_octet)
{
	struct call call = { .make = call_recv, .fd = server };

	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(1, send(client, "x", 1, 0));
	EXPECT_EQ(1, call_end(&call));
}

TEST_F(wake, reader_by_the_peers_shutdown)
{
	struct call call = { .make = call_recv, .fd = server };

	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	EXPECT_EQ(0, call_end(&call));
}

TEST_F(wake, reader_by_the_peers_close)
{
	struct call call = { .make = call_recv, .fd = server };

	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, conn_shut(&client));
	EXPECT_EQ(0, call_end(&call));
}

TEST_F(wake, reader_by_a_reset)
{
	struct call call = { .make = call_recv, .fd = server };

	ASSERT_EQ(1, send(server, "x", 1, 0));
	ASSERT_EQ(1, conn_await_bytes(client, 1));
	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, conn_shut(&client));
	EXPECT_EQ(-ECONNRESET, call_end(&call));
}

TEST_F(wake, reader_by_its_own_shutdown)
{
	struct call call = { .make = call_recv, .fd = server };

	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, shutdown(server, SHUT_RD));
	EXPECT_EQ(0, call_end(&call));
}

/* Each of two readers is told of the end */
TEST_F(wake, two_readers_by_the_end)
{
	struct call call[2];
	int i;

	for (i = 0; i < 2; i++) {
		call[i] = (struct call) { .make = call_recv, .fd = server };
		ASSERT_TRUE(call_start(&call[i]));
	}
	ASSERT_EQ(0, conn_shut(&client));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, call_end(&call[i]));
}

TEST_F(wake, two_readers_by_two_octets)
{
	struct call call[2];
	int i;

	for (i = 0; i < 2; i++) {
		call[i] = (struct call) { .make = call_recv, .fd = server };
		ASSERT_TRUE(call_start(&call[i]));
	}
	ASSERT_EQ(1, send(client, "x", 1, 0));
	ASSERT_EQ(1, send(client, "y", 1, 0));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(1, call_end(&call[i]));
}

static bool writer_start(struct call *call, const struct conn *conn)
{
	*call = (struct call) { .make = call_send, .fd = conn->fd[0] };
	return conn_fill_up(conn, conn->fd[0]) > 0 && call_start(call);
}

TEST_F(wake, writer_by_its_own_shutdown)
{
	struct call call;

	ASSERT_TRUE(writer_start(&call, &self->conn));
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	EXPECT_EQ(-EPIPE, call_end(&call));
}

/* With all that is unread it is a reset, which some call tells first */
TEST_F(wake, writer_by_the_peers_close)
{
	struct call call;
	int err;

	ASSERT_TRUE(writer_start(&call, &self->conn));
	ASSERT_EQ(0, conn_shut(&server));
	err = -call_end(&call);
	EXPECT_TRUE(err == EPIPE || err == ECONNRESET)
		TH_LOG("errno %d", err);
	EXPECT_EQ(EPIPE, errno_of(send(client, "x", 1, MSG_NOSIGNAL)));
}

TEST_F(deaf, a_writer_is_told)
{
	struct call call;

	ASSERT_TRUE(writer_start(&call, &self->conn));
	ASSERT_EQ(0, shutdown(server, SHUT_RD));
	EXPECT_EQ(-EPIPE, call_end(&call));
}

/*
 * A close in another thread does not end the call: it holds the file. The end
 * comes when it returns.
 */
TEST_F(wake, reader_not_by_its_own_close)
{
	struct call call = { .make = call_recv, .fd = server };
	char octet;

	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, conn_shut(&server));
	EXPECT_TRUE(call_sleeps(&call));
	EXPECT_EQ(EAGAIN, errno_of(recv(client, &octet, 1, MSG_DONTWAIT)));
	ASSERT_EQ(1, send(client, "x", 1, 0));
	EXPECT_EQ(1, call_end(&call));
	EXPECT_EQ(0, recv(client, &octet, 1, 0));
}

static ssize_t call_poll(struct call *call)
{
	return scope_await(call->fd, POLLIN | POLLRDHUP);
}

TEST_F(wake, poller_by_the_end)
{
	struct call call = { .make = call_poll, .fd = server };

	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	EXPECT_EQ(POLLIN | POLLRDHUP, call_end(&call));
}

TEST_F(wake, poller_by_a_reset)
{
	struct call call = { .make = call_poll, .fd = server };
	const int want = POLLERR | POLLHUP | POLLRDHUP;

	ASSERT_EQ(1, send(server, "x", 1, 0));
	ASSERT_EQ(1, conn_await_bytes(client, 1));
	ASSERT_TRUE(call_start(&call));
	ASSERT_EQ(0, conn_shut(&client));
	EXPECT_EQ(want, call_end(&call) & want);
}

TEST_HARNESS_MAIN
