// SPDX-License-Identifier: GPL-2.0
/*
 * dgram_poll.c - proves that who waits for a datagram, or for room to send one,
 * is woken when it is there and not before, by whatever call he waits, and that
 * files' own calls work on the socket
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "path.h"
#include "reader.h"

FIXTURE(wait) {
	struct path path;
	int tx;			/* connected to rx */
	int rx;
	int epoll;
};

FIXTURE_VARIANT(wait) {
	enum path_kind kind;
};

FIXTURE_VARIANT_ADD(wait, scope0) { .kind = PATH_SCOPE0 };
FIXTURE_VARIANT_ADD(wait, loop) { .kind = PATH_LOOP };
FIXTURE_VARIANT_ADD(wait, veth) { .kind = PATH_VETH };

FIXTURE_SETUP(wait)
{
	ASSERT_EQ(0, path_open(&self->path, variant->kind));
	self->rx = path_bound(&self->path, 1, SCOPE_RX_PORT);
	self->tx = path_socket(&self->path, 0, 0);
	ASSERT_LE(0, self->tx);
	ASSERT_EQ(0, scope_connect(self->tx, path_to(&self->path, 1,
						     SCOPE_RX_PORT)));
	self->epoll = epoll_create1(0);
	ASSERT_LE(0, self->epoll);
}

FIXTURE_TEARDOWN(wait)
{
	close(self->epoll);
	close(self->tx);
	close(self->rx);
}

#define send_one()	ASSERT_EQ(1, send(self->tx, "x", 1, 0))
#define recv_one()							\
	do {								\
		char octet;						\
									\
		ASSERT_EQ(1, recv(self->rx, &octet, 1, 0));		\
	} while (0)

TEST_F(wait, poll_both_ways)
{
	const short in = POLLIN | POLLRDNORM, out = POLLOUT | POLLWRNORM;

	EXPECT_EQ(out, scope_events(self->rx, in | out));
	send_one();
	EXPECT_EQ(in, scope_await(self->rx, in));
	send_one();
	recv_one();
	EXPECT_EQ(in, scope_await(self->rx, in));
	recv_one();
	EXPECT_EQ(0, scope_events(self->rx, in));
}

TEST_F(wait, select_both_ways)
{
	struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	fd_set in, out;

	send_one();
	FD_ZERO(&in);
	FD_SET(self->rx, &in);
	FD_SET(self->tx, &in);
	EXPECT_EQ(1, select(self->epoll, &in, NULL, NULL, &patience));
	EXPECT_TRUE(FD_ISSET(self->rx, &in));
	EXPECT_FALSE(FD_ISSET(self->tx, &in));
	FD_ZERO(&out);
	FD_SET(self->tx, &out);
	EXPECT_EQ(1, select(self->epoll, NULL, &out, NULL, &patience));
}

static int epoll_add(int epoll, int fd, unsigned int events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
}

static unsigned int epoll_get(int epoll, int timeout)
{
	struct epoll_event ev = {};

	return epoll_wait(epoll, &ev, 1, timeout) == 1 ? ev.events : 0;
}

TEST_F(wait, epoll_level)
{
	ASSERT_EQ(0, epoll_add(self->epoll, self->rx, EPOLLIN));
	EXPECT_EQ(0, epoll_get(self->epoll, 0));
	send_one();
	EXPECT_EQ(EPOLLIN, epoll_get(self->epoll, SCOPE_PATIENCE));
	/* It is still there */
	EXPECT_EQ(EPOLLIN, epoll_get(self->epoll, 0));
	recv_one();
	EXPECT_EQ(0, epoll_get(self->epoll, 0));
}

TEST_F(wait, epoll_edge)
{
	ASSERT_EQ(0, epoll_add(self->epoll, self->rx, EPOLLIN | EPOLLET));
	send_one();
	EXPECT_EQ(EPOLLIN, epoll_get(self->epoll, SCOPE_PATIENCE));
	EXPECT_EQ(0, epoll_get(self->epoll, 0));
	/* One more is an edge, though the first is not read */
	send_one();
	EXPECT_EQ(EPOLLIN, epoll_get(self->epoll, SCOPE_PATIENCE));
	EXPECT_EQ(0, epoll_get(self->epoll, 0));
}

TEST_F(wait, epoll_oneshot)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLONESHOT };

	ASSERT_EQ(0, epoll_add(self->epoll, self->rx, EPOLLIN | EPOLLONESHOT));
	send_one();
	EXPECT_EQ(EPOLLIN, epoll_get(self->epoll, SCOPE_PATIENCE));
	send_one();
	EXPECT_EQ(EPOLLIN, scope_await(self->rx, POLLIN));
	EXPECT_EQ(0, epoll_get(self->epoll, 0));
	ASSERT_EQ(0, epoll_ctl(self->epoll, EPOLL_CTL_MOD, self->rx, &ev));
	EXPECT_EQ(EPOLLIN, epoll_get(self->epoll, SCOPE_PATIENCE));
}

static void *epoll_one(void *arg)
{
	struct reader *reader = arg;

	/* The descriptor is the epoll's, here */
	reader->got = epoll_get(reader->fd, SCOPE_PATIENCE);
	return NULL;
}

TEST_F(wait, wakes_a_reader)
{
	struct reader reader = { .fd = self->rx };
	struct sleeper sleeper;

	ASSERT_TRUE(sleeper_start(&sleeper, read_one, &reader));
	send_one();
	ASSERT_EQ(0, pthread_join(sleeper.thread, NULL));
	EXPECT_EQ(1, reader.got);
}

TEST_F(wait, wakes_a_poller)
{
	struct reader reader = { .fd = self->epoll };
	struct sleeper sleeper;

	ASSERT_EQ(0, epoll_add(self->epoll, self->rx, EPOLLIN));
	ASSERT_TRUE(sleeper_start(&sleeper, epoll_one, &reader));
	send_one();
	ASSERT_EQ(0, pthread_join(sleeper.thread, NULL));
	EXPECT_EQ(EPOLLIN, reader.got);
}

/* Two readers, two datagrams: each gets one */
TEST_F(wait, wakes_two_readers)
{
	struct reader reader[2] = { { .fd = self->rx }, { .fd = self->rx } };
	struct sleeper sleeper[2];
	int i;

	for (i = 0; i < 2; i++)
		ASSERT_TRUE(sleeper_start(&sleeper[i], read_one, &reader[i]));
	send_one();
	send_one();
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_join(sleeper[i].thread, NULL));
		EXPECT_EQ(1, reader[i].got);
	}
}

static void on_signal(int sig)
{
}

TEST_F(wait, a_signal_interrupts)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct reader reader = { .fd = self->rx };
	struct sleeper sleeper;

	/* Without SA_RESTART */
	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_TRUE(sleeper_start(&sleeper, read_one, &reader));
	ASSERT_EQ(0, pthread_kill(sleeper.thread, SIGUSR1));
	ASSERT_EQ(0, pthread_join(sleeper.thread, NULL));
	EXPECT_EQ(-EINTR, reader.got);
}

TEST_F(wait, sizes_of_the_next)
{
	int bytes = -1;

	EXPECT_EQ(0, scope_ioctl_int(self->rx, SIOCINQ));
	ASSERT_EQ(5, send(self->tx, "12345", 5, 0));
	ASSERT_EQ(3, send(self->tx, "678", 3, 0));
	ASSERT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	EXPECT_EQ(5, scope_ioctl_int(self->rx, SIOCINQ));
	EXPECT_EQ(0, ioctl(self->rx, FIONREAD, &bytes));
	EXPECT_EQ(5, bytes);
	recv_one();
	ASSERT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	EXPECT_EQ(3, scope_ioctl_int(self->rx, SIOCINQ));
}

TEST_F(wait, nonblocking)
{
	char octet;
	int fd = scope_socket(SOCK_NONBLOCK);

	EXPECT_EQ(EAGAIN, errno_of(recv(fd, &octet, 1, 0)));
	ASSERT_EQ(0, fcntl(self->rx, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(EAGAIN, errno_of(recv(self->rx, &octet, 1, 0)));
	EXPECT_EQ(EAGAIN, errno_of(read(self->rx, &octet, 1)));
	/* As with any datagrams there is nothing for MSG_WAITALL to wait for */
	EXPECT_EQ(EAGAIN, errno_of(recv(self->rx, &octet, 1, MSG_WAITALL)));
	send_one();
	ASSERT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	EXPECT_EQ(1, recv(self->rx, &octet, 1, 0));
}

TEST_F(wait, files_calls)
{
	char a[3], b[8];
	struct iovec out[] = {
		{ .iov_base = "wri", .iov_len = 3 },
		{ .iov_base = "tev", .iov_len = 3 },
	};
	struct iovec in[] = {
		{ .iov_base = a, .iov_len = sizeof(a) },
		{ .iov_base = b, .iov_len = sizeof(b) },
	};

	ASSERT_EQ(5, write(self->tx, "write", 5));
	EXPECT_EQ(5, read(self->rx, b, sizeof(b)));
	EXPECT_EQ(0, memcmp(b, "write", 5));
	ASSERT_EQ(6, writev(self->tx, out, 2));
	EXPECT_EQ(6, readv(self->rx, in, 2));
	EXPECT_EQ(0, memcmp(a, "wri", 3));
	EXPECT_EQ(0, memcmp(b, "tev", 3));
	EXPECT_EQ(ESPIPE, errno_of(lseek(self->rx, 0, SEEK_SET)));
}

TEST_F(wait, many_in_one_call)
{
	struct sockaddr_scope to = path_to(&self->path, 1, SCOPE_RX_PORT);
	struct timespec patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	struct mmsghdr msgs[8];
	struct iovec iov[8];
	char data[8][8];
	int i;

	memset(msgs, 0, sizeof(msgs));
	for (i = 0; i < 8; i++) {
		memset(data[i], '0' + i, sizeof(data[i]));
		iov[i] = (struct iovec) { .iov_base = data[i], .iov_len = i };
		msgs[i].msg_hdr.msg_name = &to;
		msgs[i].msg_hdr.msg_namelen = sizeof(to);
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	ASSERT_EQ(8, sendmmsg(self->tx, msgs, 8, 0));
	memset(data, 0, sizeof(data));
	for (i = 0; i < 8; i++) {
		EXPECT_EQ(i, msgs[i].msg_len);
		iov[i].iov_len = sizeof(data[i]);
		msgs[i].msg_hdr.msg_name = NULL;
		msgs[i].msg_len = ~0;
	}
	ASSERT_EQ(8, recvmmsg(self->rx, msgs, 8, 0, &patience));
	for (i = 0; i < 8; i++) {
		EXPECT_EQ(i, msgs[i].msg_len);
		EXPECT_TRUE(!i || data[i][i - 1] == '0' + i);
	}
}

/* A file's octets, up to a page of them, go as one datagram */
TEST_F(wait, sendfile_into_it)
{
	char data[1000], got[2000];
	int file = memfd_create("data", 0);

	scope_fill(data, sizeof(data), 1);
	ASSERT_EQ(sizeof(data), write(file, data, sizeof(data)));
	ASSERT_EQ(0, lseek(file, 0, SEEK_SET));
	ASSERT_EQ(sizeof(data), sendfile(self->tx, file, NULL, sizeof(data)));
	ASSERT_EQ(sizeof(data), recv(self->rx, got, sizeof(got), 0));
	EXPECT_TRUE(scope_filled(got, sizeof(data), 1));
}

TEST_F(wait, splice_through_it)
{
	int in[2], out[2];
	char got[64];

	ASSERT_EQ(0, pipe(in));
	ASSERT_EQ(0, pipe(out));
	ASSERT_EQ(7, write(in[1], "spliced", 7));
	ASSERT_EQ(7, splice(in[0], NULL, self->tx, NULL, 7, 0));
	ASSERT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	ASSERT_EQ(7, splice(self->rx, NULL, out[1], NULL, sizeof(got), 0));
	EXPECT_EQ(7, read(out[0], got, sizeof(got)));
	EXPECT_EQ(0, memcmp(got, "spliced", 7));
}

TEST_HARNESS_MAIN
