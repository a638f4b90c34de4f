// SPDX-License-Identifier: GPL-2.0
/*
 * conn_splice.c - proves that octets go into a connection and come out of it by
 * way of pipes and files, their pages handed on or copied, and are the same
 *
 * Test-timeout: 300
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/sendfile.h>

#include "conn.h"

CONN_FIXTURE(splice, conn_open_joined)

FIXTURE_VARIANT_ADD(splice, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(splice, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(splice, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(splice, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(splice, stream_tcp) { CONN_TCP, SOCK_STREAM };

CONN_FIXTURE(record, conn_open_joined)

FIXTURE_VARIANT_ADD(record, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(record, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(record, record_pair) { CONN_PAIR, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(record, record_unix) { CONN_UNIX, SOCK_SEQPACKET };

#define MUCH	(1 << 20)
#define CHUNK	65536	/* what a pipe holds */

#ifndef MSG_SPLICE_PAGES
#define MSG_SPLICE_PAGES	0x8000000
#endif

static char sent[MUCH], seen[MUCH];

/* A file with a pattern in it, its position at the start */
static int pattern_file(size_t len)
{
	int fd = memfd_create("pattern", MFD_CLOEXEC);

	scope_fill(sent, len, 7);
	if (write(fd, sent, len) != len || lseek(fd, 0, SEEK_SET))
		return -1;
	return fd;
}

struct mover {
	int	from;
	int	to;
	ssize_t	moved;
	int	err;
};

static void *move_file(void *arg)
{
	struct mover *mover = arg;
	ssize_t n;

	do {
		n = sendfile(mover->to, mover->from, NULL, MUCH - mover->moved);
		if (n > 0)
			mover->moved += n;
	} while (n > 0 && mover->moved < MUCH);
	mover->err = n < 0 ? errno : 0;
	shutdown(mover->to, SHUT_WR);
	return NULL;
}

TEST_F(splice, a_file_into_it)
{
	struct mover mover = { .from = pattern_file(MUCH), .to = client };
	pthread_t thread;
	char octet;

	ASSERT_LE(0, mover.from);
	ASSERT_EQ(0, pthread_create(&thread, NULL, move_file, &mover));
	EXPECT_EQ(MUCH, recv(server, seen, MUCH, MSG_WAITALL));
	EXPECT_EQ(0, memcmp(sent, seen, MUCH));
	EXPECT_EQ(0, recv(server, &octet, 1, 0));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, mover.err);
	EXPECT_EQ(MUCH, mover.moved);
}

TEST_F(splice, a_part_of_a_file)
{
	int file = pattern_file(20000);
	off_t offset = 4000;

	ASSERT_EQ(10000, sendfile(client, file, &offset, 10000));
	EXPECT_EQ(14000, offset);
	EXPECT_EQ(0, lseek(file, 0, SEEK_CUR));
	ASSERT_EQ(10000, recv(server, seen, 10000, MSG_WAITALL));
	EXPECT_EQ(0, memcmp(sent + 4000, seen, 10000));
}

/* One end is fed from a pipe while the other is emptied into one */
static void *move_pipe(void *arg)
{
	struct mover *mover = arg;
	ssize_t n;

	while ((n = splice(mover->from, NULL, mover->to, NULL, CHUNK,
			   SPLICE_F_MOVE)) > 0)
		mover->moved += n;
	mover->err = n < 0 ? errno : 0;
	return NULL;
}

static void *write_pattern(void *arg)
{
	struct mover *mover = arg;

	mover->moved = write(mover->to, sent, MUCH);
	close(mover->to);
	return NULL;
}

static void *move_pipe_and_end(void *arg)
{
	struct mover *mover = arg;

	move_pipe(mover);
	shutdown(mover->to, SHUT_WR);
	return NULL;
}

static void *move_pipe_and_close(void *arg)
{
	struct mover *mover = arg;

	move_pipe(mover);
	close(mover->to);
	return NULL;
}

TEST_F(splice, pipe_to_pipe)
{
	void *(*work[])(void *arg) = {
		write_pattern, move_pipe_and_end, move_pipe_and_close,
	};
	struct mover mover[3];
	pthread_t thread[3];
	int in[2], out[2], i;
	ssize_t n, sum = 0;

	scope_fill(sent, MUCH, 8);
	ASSERT_EQ(0, pipe(in));
	ASSERT_EQ(0, pipe(out));
	mover[0] = (struct mover) { .to = in[1] };
	mover[1] = (struct mover) { .from = in[0], .to = client };
	mover[2] = (struct mover) { .from = server, .to = out[1] };
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, work[i],
					    &mover[i]));
	while ((n = read(out[0], seen + sum, MUCH - sum)) > 0)
		sum += n;
	EXPECT_EQ(MUCH, sum);
	EXPECT_EQ(0, memcmp(sent, seen, MUCH));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, pthread_join(thread[i], NULL));
		EXPECT_EQ(0, mover[i].err);
		EXPECT_EQ(MUCH, mover[i].moved);
	}
}

/* The same pages go two ways */
TEST_F(splice, of_what_tee_copied)
{
	int in[2], copy[2];

	scope_fill(sent, 5000, 9);
	ASSERT_EQ(0, pipe(in));
	ASSERT_EQ(0, pipe(copy));
	ASSERT_EQ(5000, write(in[1], sent, 5000));
	ASSERT_EQ(5000, tee(in[0], copy[1], 5000, 0));
	ASSERT_EQ(5000, splice(in[0], NULL, client, NULL, 5000, 0));
	ASSERT_EQ(5000, splice(copy[0], NULL, client, NULL, 5000, 0));
	ASSERT_EQ(10000, recv(server, seen, 10000, MSG_WAITALL));
	EXPECT_EQ(0, memcmp(sent, seen, 5000));
	EXPECT_EQ(0, memcmp(sent, seen + 5000, 5000));

	/* And out of the connection, into two pipes */
	ASSERT_EQ(5000, send(server, sent, 5000, 0));
	ASSERT_EQ(5000, conn_await_bytes(client, 5000));
	ASSERT_EQ(5000, splice(client, NULL, in[1], NULL, 5000, 0));
	ASSERT_EQ(5000, tee(in[0], copy[1], 5000, 0));
	ASSERT_EQ(5000, read(copy[0], seen, 5000));
	EXPECT_EQ(0, memcmp(sent, seen, 5000));
	memset(seen, 0, 5000);
	ASSERT_EQ(5000, read(in[0], seen, 5000));
	EXPECT_EQ(0, memcmp(sent, seen, 5000));
}

TEST_F(splice, a_part_of_what_waits)
{
	int out[2];

	ASSERT_EQ(0, pipe(out));
	ASSERT_EQ(0, fcntl(server, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(EAGAIN, errno_of(splice(server, NULL, out[1], NULL, 4, 0)));
	ASSERT_EQ(0, fcntl(server, F_SETFL, 0));
	ASSERT_EQ(6, send(client, "abcdef", 6, 0));
	ASSERT_EQ(6, conn_await_bytes(server, 6));
	ASSERT_EQ(4, splice(server, NULL, out[1], NULL, 4, 0));
	EXPECT_EQ(4, read(out[0], seen, 10));
	EXPECT_EQ(0, memcmp(seen, "abcd", 4));
	EXPECT_EQ(2, scope_ioctl_int(server, SIOCINQ));
	ASSERT_EQ(2, recv(server, seen, 10, 0));
	EXPECT_EQ(0, memcmp(seen, "ef", 2));
	/* The end is one for splice(), too */
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	EXPECT_EQ(0, splice(server, NULL, out[1], NULL, 4, 0));
}

/*
 * What the kernel says to itself a program can't say: its memory is copied,
 * and what it writes there afterwards is not sent
 */
TEST_F(splice, not_the_pages_of_a_program)
{
	const int flags = MSG_SPLICE_PAGES | MSG_DONTWAIT;
	ssize_t len;

	scope_fill(sent, 20000, 1);
	len = send(client, sent, 20000, flags);
	ASSERT_LT(0, len);
	scope_fill(sent, 20000, 2);
	ASSERT_EQ(len, recv(server, seen, len, MSG_WAITALL));
	EXPECT_TRUE(scope_filled(seen, len, 1));
}

TEST_F(splice, into_what_is_closed)
{
	int in[2];

	ASSERT_EQ(0, pipe(in));
	ASSERT_EQ(3, write(in[1], "abc", 3));
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	signal(SIGPIPE, SIG_IGN);
	EXPECT_EQ(EPIPE, errno_of(splice(in[0], NULL, client, NULL, 3, 0)));
	EXPECT_EQ(EPIPE, errno_of(sendfile(client, pattern_file(10), NULL,
					   10)));
}

/* What goes by one call, and is not too much for the pipe, is one record */
TEST_F(record, a_piece_of_a_file)
{
	ASSERT_EQ(1000, sendfile(client, pattern_file(1000), NULL, 1000));
	ASSERT_EQ(1, send(client, "x", 1, 0));
	ASSERT_EQ(1000, recv(server, seen, MUCH, 0));
	EXPECT_EQ(0, memcmp(sent, seen, 1000));
	EXPECT_EQ(1, recv(server, seen, MUCH, 0));
}

TEST_F(record, through_a_pipe)
{
	int in[2], out[2];

	scope_fill(sent, 3000, 3);
	ASSERT_EQ(0, pipe(in));
	ASSERT_EQ(0, pipe(out));
	ASSERT_EQ(3000, write(in[1], sent, 3000));
	ASSERT_EQ(3000, splice(in[0], NULL, client, NULL, 3000, 0));
	ASSERT_EQ(1, send(client, "x", 1, 0));
	ASSERT_EQ(3001, conn_await_bytes(server, 3001));
	ASSERT_EQ(3000, splice(server, NULL, out[1], NULL, CHUNK, 0));
	ASSERT_EQ(3000, read(out[0], seen, MUCH));
	EXPECT_EQ(0, memcmp(sent, seen, 3000));
	EXPECT_EQ(1, recv(server, seen, MUCH, 0));
}

TEST_HARNESS_MAIN
