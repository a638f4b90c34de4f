// SPDX-License-Identifier: GPL-2.0
/*
 * dgram.c - proves that a datagram arrives as it was sent, whatever call sends
 * and receives it, on every way between two sockets: its octets, its bounds,
 * its order, and who sent it
 */
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "path.h"

FIXTURE(dgram) {
	struct path path;
	int tx;			/* at end 0, port SCOPE_TX_PORT */
	int rx;			/* at end 1, port SCOPE_RX_PORT */
};

FIXTURE_VARIANT(dgram) {
	enum path_kind kind;
};

FIXTURE_VARIANT_ADD(dgram, scope0) { .kind = PATH_SCOPE0 };
FIXTURE_VARIANT_ADD(dgram, loop) { .kind = PATH_LOOP };
FIXTURE_VARIANT_ADD(dgram, veth) { .kind = PATH_VETH };

FIXTURE_SETUP(dgram)
{
	struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };

	ASSERT_EQ(0, path_open(&self->path, variant->kind));
	self->rx = path_bound(&self->path, 1, SCOPE_RX_PORT);
	ASSERT_LE(0, self->rx);
	self->tx = path_bound(&self->path, 0, SCOPE_TX_PORT);
	ASSERT_LE(0, self->tx);
	/* What does not come is an error, not the end of the test */
	ASSERT_EQ(0, setsockopt(self->rx, SOL_SOCKET, SO_RCVTIMEO, &patience,
				sizeof(patience)));
}

FIXTURE_TEARDOWN(dgram)
{
	close(self->tx);
	close(self->rx);
}

#define dest	path_to(&self->path, 1, SCOPE_RX_PORT)
#define source	path_to(&self->path, 0, SCOPE_TX_PORT)

TEST_F(dgram, sendto_recvfrom)
{
	struct sockaddr_scope from, want = source;
	char data[32];

	ASSERT_EQ(11, scope_sendto(self->tx, "hello there", 11, 0, dest));
	ASSERT_EQ(11, scope_recvfrom(self->rx, data, sizeof(data), 0, &from));
	EXPECT_EQ(0, memcmp(data, "hello there", 11));
	EXPECT_TRUE(scope_same(&want, &from));
}

/* The address of who sent is where an answer goes */
TEST_F(dgram, answer)
{
	struct sockaddr_scope from, want = dest;
	char data[32];

	ASSERT_EQ(4, scope_sendto(self->tx, "call", 4, 0, dest));
	ASSERT_EQ(4, scope_recvfrom(self->rx, data, sizeof(data), 0, &from));
	ASSERT_EQ(6, scope_sendto(self->rx, "answer", 6, 0, from));
	ASSERT_EQ(6, scope_recvfrom(self->tx, data, sizeof(data), 0, &from));
	EXPECT_EQ(0, memcmp(data, "answer", 6));
	EXPECT_TRUE(scope_same(&want, &from));
}

/* What fits into the reader's buffer is written, and the whole length told */
TEST_F(dgram, address_into_a_short_buffer)
{
	struct sockaddr_scope want = source;
	unsigned char room[16];
	socklen_t len = 5;
	char octet;

	memset(room, 0xff, sizeof(room));
	ASSERT_EQ(1, scope_sendto(self->tx, "x", 1, 0, dest));
	ASSERT_EQ(1, recvfrom(self->rx, &octet, 1, 0, (struct sockaddr *)room,
			      &len));
	EXPECT_EQ(16, len);
	EXPECT_EQ(0, memcmp(room, &want, 5));
	EXPECT_EQ(0xff, room[5]);
}

TEST_F(dgram, send_without_a_destination)
{
	struct iovec iov = { .iov_base = "x", .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	EXPECT_EQ(EDESTADDRREQ, errno_of(send(self->tx, "x", 1, 0)));
	EXPECT_EQ(EDESTADDRREQ, errno_of(write(self->tx, "x", 1)));
	EXPECT_EQ(EDESTADDRREQ, errno_of(sendmsg(self->tx, &msg, 0)));
}

TEST_F(dgram, send_on_a_connected_socket)
{
	struct sockaddr_scope from, want = source;
	char data[8];

	ASSERT_EQ(0, scope_connect(self->tx, dest));
	ASSERT_EQ(3, send(self->tx, "abc", 3, 0));
	ASSERT_EQ(3, scope_recvfrom(self->rx, data, sizeof(data), 0, &from));
	EXPECT_EQ(0, memcmp(data, "abc", 3));
	EXPECT_TRUE(scope_same(&want, &from));
}

/* As with UDP, an address given with the call goes before the peer's */
TEST_F(dgram, sendto_on_a_connected_socket)
{
	int other = path_bound(&self->path, 1, SCOPE_RX_PORT + 1);
	char data[8];

	ASSERT_LE(0, other);
	ASSERT_EQ(0, scope_connect(self->tx,
				   path_to(&self->path, 1, SCOPE_RX_PORT + 1)));
	ASSERT_EQ(3, scope_sendto(self->tx, "abc", 3, 0, dest));
	EXPECT_EQ(3, recv(self->rx, data, sizeof(data), 0));
	EXPECT_EQ(0, scope_events(other, POLLIN));
}

TEST_F(dgram, gather_and_scatter)
{
	char a[5], b[1], c[64];
	struct iovec out[] = {
		{ .iov_base = "one ", .iov_len = 4 },
		{ .iov_base = NULL, .iov_len = 0 },
		{ .iov_base = "two ", .iov_len = 4 },
		{ .iov_base = "three", .iov_len = 5 },
	};
	struct iovec in[] = {
		{ .iov_base = a, .iov_len = sizeof(a) },
		{ .iov_base = b, .iov_len = sizeof(b) },
		{ .iov_base = c, .iov_len = sizeof(c) },
	};
	struct sockaddr_scope to = dest, want = source, from;
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to),
		.msg_iov = out, .msg_iovlen = ARRAY_SIZE(out),
	};

	ASSERT_EQ(13, sendmsg(self->tx, &msg, 0));
	memset(&from, 0xff, sizeof(from));
	msg = (struct msghdr) {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = in, .msg_iovlen = ARRAY_SIZE(in),
		.msg_flags = ~0,
	};
	ASSERT_EQ(13, recvmsg(self->rx, &msg, 0));
	EXPECT_EQ(0, memcmp(a, "one t", 5));
	EXPECT_EQ(0, memcmp(b, "w", 1));
	EXPECT_EQ(0, memcmp(c, "o three", 7));
	EXPECT_EQ(0, msg.msg_flags);
	EXPECT_EQ(0, msg.msg_controllen);
	EXPECT_EQ(sizeof(from), msg.msg_namelen);
	EXPECT_TRUE(scope_same(&want, &from));
}

TEST_F(dgram, peek)
{
	struct sockaddr_scope from, want = source;
	char data[32];
	int i;

	ASSERT_EQ(5, scope_sendto(self->tx, "first", 5, 0, dest));
	ASSERT_EQ(6, scope_sendto(self->tx, "second", 6, 0, dest));
	for (i = 0; i < 3; i++) {
		memset(data, 0, sizeof(data));
		ASSERT_EQ(5, scope_recvfrom(self->rx, data, sizeof(data),
					    MSG_PEEK, &from));
		EXPECT_EQ(0, memcmp(data, "first", 5));
		EXPECT_TRUE(scope_same(&want, &from));
		EXPECT_EQ(5, scope_ioctl_int(self->rx, SIOCINQ));
	}
	EXPECT_EQ(5, recv(self->rx, data, sizeof(data), 0));
	EXPECT_EQ(6, recv(self->rx, data, sizeof(data), MSG_PEEK));
	EXPECT_EQ(6, recv(self->rx, data, sizeof(data), 0));
	EXPECT_EQ(EAGAIN, errno_of(recv(self->rx, data, sizeof(data),
					MSG_PEEK | MSG_DONTWAIT)));
}

/* The offset runs on over the datagrams; what is read in front of it is left */
TEST_F(dgram, peek_at_an_offset)
{
	char data[8];

	ASSERT_EQ(0, scope_setsockopt_int(self->rx, SO_PEEK_OFF, 0));
	ASSERT_EQ(4, scope_sendto(self->tx, "abcd", 4, 0, dest));
	ASSERT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	ASSERT_EQ(2, recv(self->rx, data, 2, MSG_PEEK));
	EXPECT_EQ(0, memcmp(data, "ab", 2));
	ASSERT_EQ(2, recv(self->rx, data, sizeof(data), MSG_PEEK));
	EXPECT_EQ(0, memcmp(data, "cd", 2));
	EXPECT_EQ(4, scope_getsockopt_int(self->rx, SO_PEEK_OFF));
	ASSERT_EQ(4, recv(self->rx, data, sizeof(data), 0));
	EXPECT_EQ(0, memcmp(data, "abcd", 4));
	EXPECT_EQ(0, scope_getsockopt_int(self->rx, SO_PEEK_OFF));
}

/* A short buffer: the head is delivered, the tail lost, and that is told */
TEST_F(dgram, truncated)
{
	char data[4];
	struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	ASSERT_EQ(10, scope_sendto(self->tx, "0123456789", 10, 0, dest));
	ASSERT_EQ(4, scope_sendto(self->tx, "next", 4, 0, dest));
	EXPECT_EQ(4, recvmsg(self->rx, &msg, 0));
	EXPECT_EQ(MSG_TRUNC, msg.msg_flags);
	EXPECT_EQ(0, memcmp(data, "0123", 4));
	EXPECT_EQ(4, recvmsg(self->rx, &msg, 0));
	EXPECT_EQ(0, msg.msg_flags);
	EXPECT_EQ(0, memcmp(data, "next", 4));
}

/* With the flag given, the length the datagram had is returned */
TEST_F(dgram, length_of_a_truncated_one)
{
	char data[4] = "....";

	ASSERT_EQ(10, scope_sendto(self->tx, "0123456789", 10, 0, dest));
	EXPECT_EQ(10, recv(self->rx, data, 2, MSG_TRUNC | MSG_PEEK));
	EXPECT_EQ(10, recv(self->rx, NULL, 0, MSG_TRUNC | MSG_PEEK));
	EXPECT_EQ(10, recv(self->rx, data, 2, MSG_TRUNC));
	EXPECT_EQ(0, memcmp(data, "01..", 4));
	EXPECT_EQ(EAGAIN, errno_of(recv(self->rx, data, 2, MSG_DONTWAIT)));
}

/* How often the thread went to sleep: tells whether a call waited */
static long sleeps(void)
{
	struct rusage usage = {};

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

TEST_F(dgram, nothing_to_receive)
{
	struct timeval little = { .tv_usec = 20000 };
	char octet;
	long before;

	EXPECT_EQ(EAGAIN, errno_of(recv(self->rx, &octet, 1, MSG_DONTWAIT)));
	ASSERT_EQ(0, setsockopt(self->rx, SOL_SOCKET, SO_RCVTIMEO, &little,
				sizeof(little)));
	before = sleeps();
	EXPECT_EQ(EAGAIN, errno_of(recv(self->rx, &octet, 1, 0)));
	EXPECT_LT(before, sleeps());
}

/* An empty datagram is one: it has a sender and stands between others */
TEST_F(dgram, empty)
{
	struct sockaddr_scope from, want = source;
	char data[8];

	ASSERT_EQ(0, scope_sendto(self->tx, NULL, 0, 0, dest));
	ASSERT_EQ(4, scope_sendto(self->tx, "next", 4, 0, dest));
	ASSERT_EQ(0, scope_recvfrom(self->rx, data, sizeof(data), 0, &from));
	EXPECT_TRUE(scope_same(&want, &from));
	EXPECT_EQ(4, recv(self->rx, data, sizeof(data), 0));
}

/* Linear, over a page, in several fragments, up to the largest */
TEST_F(dgram, sizes)
{
	static const int sizes[] = {
		0, 1, 2, 3, 100, 1499, 1500, 1501, 3500, 4095, 4096, 4097,
		8192, 32767, 32768, 32769, 40000, PATH_MTU - SCOPE_HDR_LEN,
	};
	char *out = malloc(PATH_MTU), *in = malloc(PATH_MTU);
	int i, n, size = 4 * PATH_MTU;

	ASSERT_EQ(0, scope_setsockopt_int(self->tx, SO_SNDBUF, size));
	ASSERT_EQ(0, scope_setsockopt_int(self->rx, SO_RCVBUF, size));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		n = sizes[i];
		scope_fill(out, n, i);
		memset(in, 0, PATH_MTU);
		ASSERT_EQ(n, scope_sendto(self->tx, out, n, 0, dest));
		ASSERT_EQ(n, recv(self->rx, in, PATH_MTU, 0));
		EXPECT_TRUE(scope_filled(in, n, i)) TH_LOG("of size %d", n);
	}
	free(out);
	free(in);
}

TEST_F(dgram, largest)
{
	char *data = calloc(1, PATH_MTU);
	int room = 1000 - SCOPE_HDR_LEN;

	ASSERT_EQ(0, scope_setsockopt_int(self->tx, SO_SNDBUF, 4 * PATH_MTU));
	EXPECT_EQ(EMSGSIZE, errno_of(scope_sendto(self->tx, data,
						  PATH_MTU - 15, 0, dest)));
	/* It is the device's limit of now */
	ASSERT_EQ(0, path_dev_mtu(path_dev(&self->path, 0), 1000));
	EXPECT_EQ(EMSGSIZE, errno_of(scope_sendto(self->tx, data, room + 1, 0,
						  dest)));
	EXPECT_EQ(room, scope_sendto(self->tx, data, room, 0, dest));
	EXPECT_EQ(room, recv(self->rx, data, PATH_MTU, 0));
	free(data);
}

TEST_F(dgram, order)
{
	unsigned int i, got;

	for (i = 0; i < 100; i++)
		ASSERT_EQ(sizeof(i), scope_sendto(self->tx, &i, sizeof(i), 0,
						  dest));
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(sizeof(got), recv(self->rx, &got, sizeof(got), 0));
		ASSERT_EQ(i, got);
	}
}

/* Many send to one: each datagram whole, with its own sender's address */
TEST_F(dgram, several_senders)
{
	struct sockaddr_scope from, want;
	unsigned int seen = 0;
	int i, fd[8];
	char octet;

	for (i = 0; i < ARRAY_SIZE(fd); i++) {
		fd[i] = path_bound(&self->path, 0, SCOPE_TX_PORT + 1 + i);
		ASSERT_LE(0, fd[i]);
		octet = i;
		ASSERT_EQ(1, scope_sendto(fd[i], &octet, 1, 0, dest));
	}
	for (i = 0; i < ARRAY_SIZE(fd); i++) {
		ASSERT_EQ(1, scope_recvfrom(self->rx, &octet, 1, 0, &from));
		want = path_to(&self->path, 0, SCOPE_TX_PORT + 1 + octet);
		EXPECT_TRUE(scope_same(&want, &from));
		seen |= 1 << octet;
	}
	EXPECT_EQ(0xff, seen);
}

TEST_F(dgram, to_oneself)
{
	struct sockaddr_scope me = path_own(&self->path, 1, SCOPE_RX_PORT);
	struct sockaddr_scope from;
	char data[8];

	ASSERT_EQ(4, scope_sendto(self->rx, "self", 4, 0, me));
	ASSERT_EQ(4, scope_recvfrom(self->rx, data, sizeof(data), 0, &from));
	EXPECT_TRUE(scope_same(&me, &from));
}

/* A device that is down can't send; with it back up, the socket still works */
TEST_F(dgram, device_down)
{
	struct ifreq ifr = {};
	char octet;

	ASSERT_EQ(0, path_dev_ioctl(path_dev(&self->path, 0), SIOCSIFFLAGS,
				    &ifr));
	EXPECT_EQ(ENETDOWN, errno_of(scope_sendto(self->tx, "x", 1, 0, dest)));
	ASSERT_EQ(0, path_dev_up(path_dev(&self->path, 0)));
	if (variant->kind != PATH_SCOPE0) {
		ASSERT_EQ(0, path_dev_running("ve0"));
		ASSERT_EQ(0, setns(self->path.netns[1], CLONE_NEWNET));
		ASSERT_EQ(0, path_dev_running("ve1"));
	}
	EXPECT_EQ(1, scope_sendto(self->tx, "x", 1, 0, dest));
	EXPECT_EQ(1, recv(self->rx, &octet, 1, 0));
}

TEST_HARNESS_MAIN
