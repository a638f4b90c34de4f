/* SPDX-License-Identifier: GPL-2.0 */
/*
 * uring.h - an io_uring as small as one can be: one request submitted at a
 * time, one completion taken at a time, by the kernel's own calls
 */
#ifndef SELFTESTS_URING_H
#define SELFTESTS_URING_H

#include <sys/mman.h>
#include <sys/syscall.h>

#include <linux/io_uring.h>

#include "scope.h"

#define URING_ENTRIES	8

/**
 * struct uring - the ring, as the program and the kernel share it
 * @fd: its descriptor
 * @params: where in @shared the parts are
 * @shared: both queues' heads and tails, and the completions
 * @sqes: the requests
 */
struct uring {
	int			fd;
	struct io_uring_params	params;
	char			*shared;
	struct io_uring_sqe	*sqes;
};

/* Returns 0 or -errno */
static inline int uring_open(struct uring *ring)
{
	size_t size;

	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(__NR_io_uring_setup, URING_ENTRIES, &ring->params);
	if (ring->fd < 0)
		return -errno;
	size = ring->params.cq_off.cqes +
	       ring->params.cq_entries * sizeof(struct io_uring_cqe);
	ring->shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			    ring->fd, IORING_OFF_SQ_RING);
	ring->sqes = mmap(NULL, URING_ENTRIES * sizeof(struct io_uring_sqe),
			  PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
			  IORING_OFF_SQES);
	if (ring->shared == MAP_FAILED || ring->sqes == MAP_FAILED)
		return -errno;
	return 0;
}

static inline __u32 *uring_word(const struct uring *ring, __u32 offset)
{
	return (__u32 *)(ring->shared + offset);
}

/* Submits a request. Returns 1, or -1 with errno set */
static inline int uring_submit(struct uring *ring,
			       const struct io_uring_sqe *sqe)
{
	__u32 *tail = uring_word(ring, ring->params.sq_off.tail);
	__u32 at = *tail % ring->params.sq_entries;

	ring->sqes[at] = *sqe;
	uring_word(ring, ring->params.sq_off.array)[at] = at;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	return syscall(__NR_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0);
}

/* Takes a completion that is there; false if none is */
static inline bool uring_take(struct uring *ring, struct io_uring_cqe *cqe)
{
	__u32 *head = uring_word(ring, ring->params.cq_off.head);
	__u32 *tail = uring_word(ring, ring->params.cq_off.tail);
	const struct io_uring_cqe *cqes =
		(void *)(ring->shared + ring->params.cq_off.cqes);

	if (*head == __atomic_load_n(tail, __ATOMIC_ACQUIRE))
		return false;
	*cqe = cqes[*head % ring->params.cq_entries];
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return true;
}

/* The same, awaited. Returns 0 or -errno */
static inline int uring_wait(struct uring *ring, struct io_uring_cqe *cqe)
{
	struct __kernel_timespec patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	struct io_uring_getevents_arg arg = { .ts = (unsigned long)&patience };

	while (!uring_take(ring, cqe))
		if (syscall(__NR_io_uring_enter, ring->fd, 0, 1,
			    IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
			    &arg, sizeof(arg)) < 0 && errno != EINTR)
			return -errno;
	return 0;
}

/* Nothing is done, though the kernel was given the occasion to do it */
static inline bool uring_idle(struct uring *ring)
{
	struct io_uring_cqe cqe;

	syscall(__NR_io_uring_enter, ring->fd, 0, 0, IORING_ENTER_GETEVENTS,
		NULL, 0);
	return !uring_take(ring, &cqe);
}

/* What the next request that is done came to: its result, or -errno */
static inline int uring_result(struct uring *ring)
{
	struct io_uring_cqe cqe;

	return uring_wait(ring, &cqe) ?: cqe.res;
}

#endif /* SELFTESTS_URING_H */
