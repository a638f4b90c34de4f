// SPDX-License-Identifier: GPL-2.0
/*
 * passing.c - proves that a socket which is on its way to another process by
 * SCM_RIGHTS, over AF_UNIX, lives as long as somebody may still receive it and
 * no longer: closed before it arrives, never fetched, in a ring that only the
 * kernel's collector can end, or handed to a process that is killed
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "conn.h"

#define PASSED	3	/* descriptors in one message */

CONN_FIXTURE(passing, conn_open_joined)

FIXTURE_VARIANT_ADD(passing, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(passing, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(passing, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(passing, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(passing, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(passing, record_pair) { CONN_PAIR, SOCK_SEQPACKET };

union rights {
	struct cmsghdr	cmsg;
	char		room[CMSG_SPACE(PASSED * sizeof(int))];
};

static ssize_t pass(int carrier, const int *fds, int n)
{
	union rights rights = {
		.cmsg = {
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(n * sizeof(int)),
		},
	};
	struct iovec iov = { .iov_base = "x", .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &rights,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)),
	};

	memcpy(CMSG_DATA(&rights.cmsg), fds, n * sizeof(int));
	return sendmsg(carrier, &msg, MSG_NOSIGNAL);
}

/* The first descriptor of the next message, the others closed; or -1 */
static int fetch(int carrier)
{
	union rights rights = {};
	char octet;
	struct iovec iov = { .iov_base = &octet, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &rights, .msg_controllen = sizeof(rights),
	};
	int fds[PASSED], i, n;

	if (recvmsg(carrier, &msg, MSG_CMSG_CLOEXEC) != 1 ||
	    rights.cmsg.cmsg_type != SCM_RIGHTS)
		return -1;
	n = (rights.cmsg.cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(&rights.cmsg), n * sizeof(int));
	for (i = 1; i < n; i++)
		close(fds[i]);
	return fds[0];
}

static int open_carrier(int carrier[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, carrier);
}

/* The other end was closed by whoever held it last */
#define expect_end(fd)						\
	do {							\
		char _octet;					\
								\
		EXPECT_EQ(0, recv(fd, &_octet, 1, 0));		\
	} while (0)

TEST_F(passing, closed_before_it_arrives)
{
	int carrier[2], fd;

	ASSERT_EQ(0, open_carrier(carrier));
	send_text("unread", 0);
	ASSERT_EQ(1, pass(carrier[0], &server, 1));
	conn_shut(&server);
	close(carrier[0]);
	fd = fetch(carrier[1]);
	ASSERT_LE(0, fd);
	expect_text(fd, "unread", 16, 0);
	/* And it goes on, in both directions */
	ASSERT_EQ(2, send(fd, "go", 2, 0));
	expect_text(client, "go", 16, 0);
	close(fd);
	expect_end(client);
	close(carrier[1]);
}

TEST_F(passing, never_fetched)
{
	int carrier[2];

	ASSERT_EQ(0, open_carrier(carrier));
	ASSERT_EQ(1, pass(carrier[0], &server, 1));
	conn_shut(&server);
	close(carrier[0]);
	close(carrier[1]);
	expect_end(client);
}

/* One file, three times in a message and held by its owner: closed in turn */
TEST_F(passing, many_times)
{
	int carrier[2], fd;
	int fds[PASSED];

	ASSERT_EQ(0, open_carrier(carrier));
	fds[0] = server;
	fds[1] = server;
	fds[2] = server;
	ASSERT_EQ(1, pass(carrier[0], fds, PASSED));
	ASSERT_EQ(1, pass(carrier[0], fds, PASSED));
	conn_shut(&server);
	fd = fetch(carrier[1]);
	ASSERT_LE(0, fd);
	close(fd);
	send_text("still", 0);
	fd = fetch(carrier[1]);
	ASSERT_LE(0, fd);
	close(carrier[0]);
	close(carrier[1]);
	expect_text(fd, "still", 16, 0);
	close(fd);
	expect_end(client);
}

/*
 * Two carriers, each in the other's queue, with the socket between them: no
 * process can reach any of them, and the kernel's collector has to find out.
 */
TEST_F(passing, in_a_ring)
{
	int one[2], two[2], fds[2];

	ASSERT_EQ(0, open_carrier(one));
	ASSERT_EQ(0, open_carrier(two));
	fds[0] = two[1];
	fds[1] = server;
	ASSERT_EQ(1, pass(one[0], fds, 2));
	fds[0] = one[1];
	ASSERT_EQ(1, pass(two[0], fds, 1));
	conn_shut(&server);
	close(one[1]);
	close(two[1]);
	close(one[0]);
	close(two[0]);
	/* It runs when a socket of AF_UNIX is closed, or a little later */
	expect_end(client);
}

/* Both ends of a connection in the queues of one another's carriers */
TEST_F(passing, both_ends)
{
	int carrier[2], fds[2], fd;

	ASSERT_EQ(0, open_carrier(carrier));
	fds[0] = client;
	fds[1] = server;
	send_text("alone", 0);
	ASSERT_EQ(1, pass(carrier[0], fds, 2));
	conn_shut(&client);
	conn_shut(&server);
	fd = fetch(carrier[1]);
	ASSERT_LE(0, fd);
	close(carrier[0]);
	close(carrier[1]);
	/* Its peer was closed with an octet unread: that is a reset */
	while (!errno_of(send(fd, "x", 1, MSG_NOSIGNAL)))
		usleep(1000);
	EXPECT_TRUE(errno == ECONNRESET || errno == EPIPE);
	close(fd);
}

static void be_killed(int carrier)
{
	int fd = fetch(carrier);

	if (fd < 0 || send(fd, "here", 4, 0) != 4)
		_exit(1);
	for (;;)
		pause();
}

TEST_F(passing, to_one_who_is_killed)
{
	int carrier[2], status;
	pid_t pid;

	ASSERT_EQ(0, open_carrier(carrier));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		conn_shut(&client);
		conn_shut(&server);
		conn_shut(&listener);
		close(carrier[0]);
		be_killed(carrier[1]);
	}
	close(carrier[1]);
	ASSERT_EQ(1, pass(carrier[0], &server, 1));
	conn_shut(&server);
	expect_text(client, "here", 4, 0);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	expect_end(client);
	close(carrier[0]);
}

/* A listener on its way goes on listening; who was not accepted is reset */
CONN_FIXTURE(listening, conn_open_listening)

FIXTURE_VARIANT_ADD(listening, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(listening, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(listening, record_veth) { CONN_VETH, SOCK_SEQPACKET };

TEST_F(listening, on_its_way)
{
	int carrier[2], fd;

	ASSERT_EQ(0, open_carrier(carrier));
	ASSERT_EQ(1, pass(carrier[0], &listener, 1));
	conn_shut(&listener);
	client = conn_connected(&self->conn);
	ASSERT_LE(0, client);
	fd = fetch(carrier[1]);
	ASSERT_LE(0, fd);
	server = accept(fd, NULL, NULL);
	ASSERT_LE(0, server);
	close(fd);
	send_text("hello", 0);
	expect_text(server, "hello", 16, 0);
	close(carrier[0]);
	close(carrier[1]);
}

TEST_F(listening, never_fetched)
{
	char octet;
	int carrier[2];

	ASSERT_EQ(0, open_carrier(carrier));
	client = conn_connected(&self->conn);
	ASSERT_LE(0, client);
	ASSERT_EQ(1, pass(carrier[0], &listener, 1));
	conn_shut(&listener);
	close(carrier[1]);
	close(carrier[0]);
	EXPECT_EQ(ECONNRESET, errno_of(recv(client, &octet, 1, 0)));
	conn_shut(&client);
	client = conn_socket(&self->conn, 0, 0);
	ASSERT_LE(0, client);
	EXPECT_EQ(ECONNREFUSED,
		  errno_of(conn_connect(&self->conn, client, SCOPE_RX_PORT)));
}

/* AF_SCOPE itself carries none: the kernel passes them for AF_UNIX alone */
TEST_F(passing, not_by_scope)
{
	EXPECT_EQ(-1, pass(client, &server, 1));
	EXPECT_EQ(EOPNOTSUPP, errno);
}

TEST_HARNESS_MAIN
