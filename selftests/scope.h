/* SPDX-License-Identifier: GPL-2.0 */
/*
 * scope.h - what the test programs share: the harness, the family's sockets
 */
#ifndef SELFTESTS_SCOPE_H
#define SELFTESTS_SCOPE_H

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/sockios.h>

/* How much longer than usual everything may take; run-tests.sh says */
static inline int scope_slowness(void)
{
	const char *slowness = getenv("SCOPE_SLOWNESS");

	return slowness ? atoi(slowness) : 1;
}

/* A program that is no test: the harness is for one source file alone */
#ifdef SCOPE_NO_HARNESS
#include "kselftest.h"
#else
/* It sets the limit of each test by alarm(), and knows no slow kernel */
#define alarm(seconds)	alarm((seconds) * scope_slowness())
#include "kselftest_harness.h"
#undef alarm
#endif

#include "address.h"

#define SCOPE_TX_PORT	4000	/* where the tests' sender is, if bound */
#define SCOPE_RX_PORT	5000	/* where their receiver is */
#define SCOPE_NO_PORT	5999	/* where nobody is */

/* How long a condition may take to come true, in ms; none takes it all */
#define SCOPE_PATIENCE	(10000 * scope_slowness())

/* 0, or the errno of a call that fails with -1 */
#define errno_of(call)	((call) < 0 ? errno : 0)

/* @flags: SOCK_NONBLOCK and SOCK_CLOEXEC */
static inline int scope_socket(int flags)
{
	return socket(scope_family(), SOCK_DGRAM | flags, 0);
}

static inline int scope_disconnect(int fd)
{
	struct sockaddr addr = { .sa_family = AF_UNSPEC };

	return connect(fd, &addr, sizeof(addr.sa_family));
}

static inline ssize_t scope_sendto(int fd, const void *data, size_t len,
				   int flags, struct sockaddr_scope addr)
{
	return sendto(fd, data, len, flags, (struct sockaddr *)&addr,
		      sizeof(addr));
}

/* The whole of @addr is written, to show what the kernel left alone */
static inline ssize_t scope_recvfrom(int fd, void *data, size_t len, int flags,
				     struct sockaddr_scope *addr)
{
	char name[128];
	socklen_t namelen = sizeof(name);
	ssize_t got;

	memset(name, 0xff, sizeof(name));
	got = recvfrom(fd, data, len, flags, (struct sockaddr *)name, &namelen);
	memcpy(addr, name, sizeof(*addr));
	if (got >= 0 && namelen != sizeof(*addr)) {
		errno = EPROTO;
		return -1;
	}
	return got;
}

/* The port a socket is bound to, in host order; 0 is none */
static inline int scope_port_of(int fd)
{
	struct sockaddr_scope addr;
	socklen_t len = sizeof(addr);

	if (getsockname(fd, (struct sockaddr *)&addr, &len))
		return -errno;
	return ntohs(addr.sscope_port);
}

/* Every octet counts */
static inline bool scope_same(const struct sockaddr_scope *a,
			      const struct sockaddr_scope *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/*
 * Awaits events; what came of them, 0 if none did, or -errno. By epoll: poll()
 * looks once more when its patience ends, and so would find what is there
 * though nobody was woken for it.
 */
static inline int scope_await(int fd, short events)
{
	struct epoll_event ev = { .events = events };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	int n;

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev))
		return -errno;
	n = epoll_wait(epoll, &ev, 1, SCOPE_PATIENCE);
	close(epoll);
	return n < 0 ? -errno : n ? ev.events : 0;
}

/* What poll() says now */
static inline int scope_events(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	return poll(&pfd, 1, 0) < 0 ? -errno : pfd.revents;
}

static inline int scope_ioctl_int(int fd, unsigned long cmd)
{
	int value = -1;

	return ioctl(fd, cmd, &value) ? -errno : value;
}

static inline int scope_getsockopt_int(int fd, int optname)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, optname, &value, &len) ? -errno :
								   value;
}

static inline int scope_setsockopt_int(int fd, int optname, int value)
{
	return setsockopt(fd, SOL_SOCKET, optname, &value, sizeof(value));
}

/* Classic BPF, of @len instructions. Returns 0 or -1 */
static inline int scope_attach_filter(int fd, const struct sock_filter *code,
				      int len)
{
	const struct sock_fprog prog = { .len = len, .filter = (void *)code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

/* Octets of which each tells its place and the datagram it is of */
static inline void scope_fill(void *data, size_t len, unsigned int seed)
{
	unsigned char *octet = data;
	size_t i;

	for (i = 0; i < len; i++)
		octet[i] = i * 7 + (i >> 8) * 13 + seed;
}

static inline bool scope_filled(const void *data, size_t len, unsigned int seed)
{
	const unsigned char *octet = data;
	size_t i;

	for (i = 0; i < len; i++)
		if (octet[i] != (unsigned char)(i * 7 + (i >> 8) * 13 + seed))
			return false;
	return true;
}

#endif /* SELFTESTS_SCOPE_H */
