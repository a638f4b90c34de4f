// SPDX-License-Identifier: GPL-2.0
/*
 * ways.c - other ways to a socket than its own calls
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <time.h>

#include "../uring.h"
#include "fuzz.h"

#define SPLICE_MAX	65536	/* what a pipe holds */

long way_dup(struct actor *actor, const uint32_t *arg)
{
	int fd = dup(world_slot(actor, arg[1]));

	if (fd >= 0)
		world_keep(actor, arg[0], fd);
	return fd;
}

long way_fcntl(struct actor *actor, const uint32_t *arg)
{
	int fd = world_slot(actor, arg[0]);

	switch (arg[1]) {
	case 0:
		return fcntl(fd, F_SETFL, O_NONBLOCK);
	case 1:
		return fcntl(fd, F_SETFL, 0);
	case 2:
		return fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK);
	case 3:
		return fcntl(fd, F_SETOWN, getpid());
	case 4:
		return fcntl(fd, F_SETSIG, arg[2] & 1 ? SIGIO : 0);
	default:
		return fcntl(fd, F_GETFL);
	}
}

/* Octets into a pipe, in one piece or as pages of the program */
static long fill(int pipe_in, size_t len, bool pages)
{
	struct iovec iov = { fuzz_data, len };

	return pages ? vmsplice(pipe_in, &iov, 1, SPLICE_F_NONBLOCK) :
		       write(pipe_in, fuzz_data, len);
}

static long from_file(int fd, size_t len)
{
	int file = memfd_create("fuzz", MFD_CLOEXEC);
	off_t at = 0;
	long ret = -1;

	if (file < 0)
		return -1;
	if (!ftruncate(file, len))
		ret = sendfile(fd, file, &at, len);
	close(file);
	return ret;
}

/* Between a pipe or a file and a socket, or from socket to socket */
long way_splice(struct actor *actor, const uint32_t *arg)
{
	int from = world_slot(actor, arg[0]), to = world_slot(actor, arg[1]);
	size_t len = arg[2] % SPLICE_MAX;
	unsigned int flags = arg[3] & 4 ? SPLICE_F_MORE : 0;
	int ends[2];
	long ret;

	if ((arg[3] & 3) == 3)
		return from_file(to, len);
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -1;
	if ((arg[3] & 3) == 2)
		ret = splice(from, NULL, ends[1], NULL, len,
			     SPLICE_F_NONBLOCK);
	else
		ret = fill(ends[1], len, arg[3] & 1);
	if (ret > 0)
		ret = splice(ends[0], NULL, to, NULL, ret,
			     flags | SPLICE_F_NONBLOCK);
	close(ends[0]);
	close(ends[1]);
	return ret;
}

/* One request, perhaps done, perhaps cancelled by the end of the ring */
long way_uring(struct actor *actor, const uint32_t *arg)
{
	static const uint8_t opcodes[] = {
		IORING_OP_SEND, IORING_OP_RECV, IORING_OP_ACCEPT,
		IORING_OP_POLL_ADD, IORING_OP_SHUTDOWN, IORING_OP_READ,
		IORING_OP_WRITE, IORING_OP_SEND_ZC,
	};
	struct io_uring_sqe sqe = {
		.opcode = opcodes[arg[1] % ARRAY_SIZE(opcodes)],
		.fd = world_slot(actor, arg[0]),
	};
	struct io_uring_cqe cqe = {};
	struct uring ring;
	long ret = -1;

	if (uring_open(&ring))
		return -1;
	switch (sqe.opcode) {
	case IORING_OP_SEND:
	case IORING_OP_WRITE:
	case IORING_OP_SEND_ZC:
		sqe.addr = (unsigned long)fuzz_data;
		sqe.len = arg[2] % 65536;
		break;
	case IORING_OP_RECV:
	case IORING_OP_READ:
		sqe.addr = (unsigned long)fuzz_room;
		sqe.len = arg[2] % 65536;
		break;
	case IORING_OP_POLL_ADD:
		sqe.poll32_events = POLLIN;
		break;
	}
	if (sqe.opcode != IORING_OP_READ && sqe.opcode != IORING_OP_WRITE &&
	    sqe.opcode != IORING_OP_ACCEPT && sqe.opcode != IORING_OP_POLL_ADD &&
	    sqe.opcode != IORING_OP_SHUTDOWN)
		sqe.msg_flags = arg[3];
	if (uring_submit(&ring, &sqe) == 1 && uring_take(&ring, &cqe)) {
		ret = cqe.res;
		if (ret < 0)
			errno = -ret;
		else if (sqe.opcode == IORING_OP_ACCEPT)
			world_keep(actor, arg[0] + 1, ret);
	}
	munmap(ring.sqes, URING_ENTRIES * sizeof(sqe));
	munmap(ring.shared, ring.params.cq_off.cqes +
	       ring.params.cq_entries * sizeof(cqe));
	close(ring.fd);
	return ret;
}

/* Through a socket of AF_UNIX, in which it stays where the third number is odd */
long way_pass(struct actor *actor, const uint32_t *arg)
{
	int fd = world_slot(actor, arg[0]), ends[2];
	char octet = 0, room[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &octet, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	long ret;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends))
		return -1;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	ret = sendmsg(ends[0], &msg, MSG_DONTWAIT);
	if (ret == 1 && arg[2] & 2)
		world_keep(actor, arg[0], -1);
	if (ret == 1 && !(arg[2] & 1) &&
	    recvmsg(ends[1], &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) == 1 &&
	    msg.msg_controllen >= CMSG_LEN(sizeof(int))) {
		memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
		world_keep(actor, arg[1], fd);
	}
	close(ends[0]);
	close(ends[1]);
	return ret;
}

/* For timers of the protocol; its end, not its length, is what counts */
long way_wait(struct actor *actor, const uint32_t *arg)
{
	uint64_t end = fuzz_time() + arg[0] % 1500;
	struct timespec piece = { .tv_nsec = 1000000 };

	while (fuzz_time() < end &&
	       !__atomic_load_n(&actor->world->stop, __ATOMIC_ACQUIRE)) {
		nanosleep(&piece, NULL);
		__atomic_add_fetch(&actor->step, 1, __ATOMIC_RELEASE);
	}
	return 0;
}

/* The next operation of this thread has its nth allocation fail */
long way_fail(struct actor *actor, const uint32_t *arg)
{
	actor->fail = arg[0] % 16;
	return 0;
}
