/* SPDX-License-Identifier: GPL-2.0 */
/*
 * reader.h - a thread that sleeps in the kernel, for a test to wake
 */
#ifndef SELFTESTS_READER_H
#define SELFTESTS_READER_H

#include <pthread.h>
#include <sched.h>

#include "scope.h"

/**
 * struct reader - what the thread works with
 * @fd: what it reads from
 * @got: what its call returned, or -errno
 */
struct reader {
	int	fd;
	ssize_t	got;
};

struct sleeper {
	pthread_t	thread;
	pid_t		tid;
	void		*(*work)(void *arg);
	void		*arg;
};

static inline void *read_one(void *arg)
{
	struct reader *reader = arg;
	char octet;

	reader->got = recv(reader->fd, &octet, 1, 0);
	if (reader->got < 0)
		reader->got = -errno;
	return NULL;
}

/* Awaits that a thread of ours sleeps */
static inline bool sleeper_sleeps(pid_t tid)
{
	char path[64], state;
	FILE *file;
	int i, n;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	for (i = 0; i < SCOPE_PATIENCE; i++) {
		file = fopen(path, "r");
		if (!file)
			return false;
		n = fscanf(file, "%*d %*s %c", &state);
		fclose(file);
		if (n == 1 && state == 'S')
			return true;
		usleep(1000);
	}
	return false;
}

static inline void *sleeper_main(void *arg)
{
	struct sleeper *sleeper = arg;

	__atomic_store_n(&sleeper->tid, gettid(), __ATOMIC_RELEASE);
	return sleeper->work(sleeper->arg);
}

/* Starts a thread and waits until it sleeps in what it was to do */
static inline bool sleeper_start(struct sleeper *sleeper,
				 void *(*work)(void *arg), void *arg)
{
	*sleeper = (struct sleeper) { .work = work, .arg = arg };
	if (pthread_create(&sleeper->thread, NULL, sleeper_main, sleeper))
		return false;
	while (!__atomic_load_n(&sleeper->tid, __ATOMIC_ACQUIRE))
		sched_yield();
	return sleeper_sleeps(sleeper->tid);
}

#endif /* SELFTESTS_READER_H */
