/* SPDX-License-Identifier: GPL-2.0 */
/*
 * conn_call.h - one call in a thread of its own, which sleeps until the test
 * does what it waits for; and signals that interrupt it
 */
#ifndef SELFTESTS_CONN_CALL_H
#define SELFTESTS_CONN_CALL_H

#include <signal.h>

#include "conn.h"
#include "reader.h"

/**
 * struct call - what the thread does
 * @make: the call; its result, or -1 with errno set
 * @conn: what call_connect() works with
 * @fd: what the call is made on
 * @got: what came of it, or -errno
 */
struct call {
	ssize_t			(*make)(struct call *call);
	const struct conn	*conn;
	int			fd;
	ssize_t			got;
	struct sleeper		sleeper;
};

static inline void *call_main(void *arg)
{
	struct call *call = arg;

	call->got = call->make(call);
	if (call->got < 0)
		call->got = -errno;
	return NULL;
}

/* Starts the thread; true when it sleeps */
static inline bool call_start(struct call *call)
{
	return sleeper_start(&call->sleeper, call_main, call);
}

/* It still sleeps, or does so again */
static inline bool call_sleeps(const struct call *call)
{
	return sleeper_sleeps(call->sleeper.tid);
}

/* Awaits its end. The result, or -errno */
static inline ssize_t call_end(struct call *call)
{
	if (pthread_join(call->sleeper.thread, NULL))
		return -ECHILD;
	return call->got;
}

static inline ssize_t call_accept(struct call *call)
{
	return accept(call->fd, NULL, NULL);
}

static inline ssize_t call_connect(struct call *call)
{
	return conn_connect(call->conn, call->fd, SCOPE_RX_PORT);
}

static inline ssize_t call_recv(struct call *call)
{
	char octet;

	return recv(call->fd, &octet, 1, 0);
}

/* More than any buffers take, so that it sleeps in the end */
static inline ssize_t call_send(struct call *call)
{
	static const char data[4096];
	ssize_t n, sum = 0;

	while ((n = send(call->fd, data, sizeof(data), MSG_NOSIGNAL)) > 0)
		sum += n;
	return n;
}

static inline ssize_t call_close(struct call *call)
{
	return close(call->fd);
}

static int call_signals;

static inline void call_on_signal(int sig)
{
	__atomic_add_fetch(&call_signals, 1, __ATOMIC_RELEASE);
}

/* Sends a signal whose handler restarts the call or does not */
static inline int call_signal(struct call *call, int flags)
{
	struct sigaction action = {
		.sa_handler = call_on_signal, .sa_flags = flags,
	};
	int before = call_signals;

	if (sigaction(SIGUSR1, &action, NULL) ||
	    pthread_kill(call->sleeper.thread, SIGUSR1))
		return -1;
	while (__atomic_load_n(&call_signals, __ATOMIC_ACQUIRE) == before)
		sched_yield();
	return 0;
}

/* Without a time limit calls are restarted, with one they never are */
static inline int call_no_limit(int fd)
{
	const struct timeval forever = {};

	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &forever,
			  sizeof(forever));
}

#endif /* SELFTESTS_CONN_CALL_H */
