// SPDX-License-Identifier: GPL-2.0
/*
 * carrier.c - the AF_SCOPE socket that takes another one's place
 *
 * Called by inet.c and unix.c. It is made beside the program's socket, with
 * its options and flags; only when it listens or is connected, or will be, is
 * it put over the program's descriptor, and the epolls that had the old socket
 * are given the new one. Functions that can fail return -errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/socket.h>
#include <poll.h>
#include <string.h>
#include <sys/time.h>

#include "preload/carrier.h"
#include "preload/option.h"
#include "preload/real.h"
#include "preload/setup.h"
#include "preload/sock.h"

/*
 * So long a connect() that may not block is waited for: on scope0 the answer
 * is there before it returns, unless somebody slows the device down.
 */
#define DECIDED_MS	1000

/* an option is handed on where it is not what a new socket has */
static void copy_option(int carrier, int fd, int name)
{
	char old[sizeof(struct timeval)] = { 0 }, new[sizeof(old)] = { 0 };
	socklen_t len = sizeof(old), new_len = sizeof(new);

	if (!real.getsockopt(fd, SOL_SOCKET, name, old, &len) &&
	    !real.getsockopt(carrier, SOL_SOCKET, name, new, &new_len) &&
	    memcmp(old, new, sizeof(old)))
		real.setsockopt(carrier, SOL_SOCKET, name, old, len);
}

/* the kernel doubles what it is given */
static void copy_buffer(int carrier, int fd, int name)
{
	int size = sock_int(fd, SOL_SOCKET, name) / 2;

	real.setsockopt(carrier, SOL_SOCKET, name, &size, sizeof(size));
}

static void copy_options(int carrier, int fd)
{
	static const int names[] = {
		SO_KEEPALIVE, SO_LINGER, SO_MARK, SO_OOBINLINE, SO_PRIORITY,
		SO_RCVLOWAT, SO_RCVTIMEO, SO_REUSEADDR, SO_SNDTIMEO,
		SO_TIMESTAMP,
	};
	int locked = sock_int(fd, SOL_SOCKET, SO_BUF_LOCK);
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		copy_option(carrier, fd, names[i]);
	if (locked > 0 && locked & SOCK_SNDBUF_LOCK)
		copy_buffer(carrier, fd, SO_SNDBUF);
	if (locked > 0 && locked & SOCK_RCVBUF_LOCK)
		copy_buffer(carrier, fd, SO_RCVBUF);
}

/* who is signalled, and by what */
static void copy_owner(int carrier, int fd)
{
	struct f_owner_ex owner;
	int signal = fcntl(fd, F_GETSIG);

	if (!fcntl(fd, F_GETOWN_EX, &owner) && owner.pid)
		fcntl(carrier, F_SETOWN_EX, &owner);
	if (signal > 0)
		fcntl(carrier, F_SETSIG, signal);
}

/* one of fd's type, with what was set on fd */
int carrier_open(int fd)
{
	int type = sock_int(fd, SOL_SOCKET, SO_TYPE), carrier;

	carrier = real.socket(setup.family, type | SOCK_CLOEXEC, 0);
	if (carrier < 0)
		return -errno;
	copy_options(carrier, fd);
	copy_owner(carrier, fd);
	fcntl(carrier, F_SETFL, fcntl(fd, F_GETFL));
	return carrier;
}

/* the same, bound; port 0 is any */
int carrier_bound(int fd, uint16_t port)
{
	struct sockname name;
	int carrier, err;

	carrier = carrier_open(fd);
	if (carrier < 0)
		return carrier;
	sockname_scope(&name, port);
	if (real.bind(carrier, &name.sa, name.len)) {
		err = errno;
		real.close(carrier);
		return -err;
	}
	return carrier;
}

/* 0 when it is connected, -EINPROGRESS when that is open */
int carrier_connect(int carrier, uint16_t port)
{
	struct pollfd pfd = { .fd = carrier, .events = POLLOUT };
	struct sockname name;
	int ret;

	sockname_scope(&name, port);
	if (!real.connect(carrier, &name.sa, name.len))
		return 0;
	if (errno != EINPROGRESS)
		return -errno;
	do {
		ret = poll(&pfd, 1, DECIDED_MS);
	} while (ret < 0 && errno == EINTR);
	if (ret <= 0)
		return -EINPROGRESS;
	return -sock_int(carrier, SOL_SOCKET, SO_ERROR);
}

/* which of the old socket's epolls it was in; they forget it */
static void leave_epolls(int fd, struct alias *alias)
{
	int i, nr = 0;

	for (i = 0; i < alias->nr_watches; i++)
		if (!real.epoll_ctl(alias->watch[i].epfd, EPOLL_CTL_DEL, fd,
				    NULL))
			alias->watch[nr++] = alias->watch[i];
	alias->nr_watches = nr;
}

static void join_epolls(int fd, struct alias *alias)
{
	int i;

	for (i = 0; i < alias->nr_watches; i++)
		real.epoll_ctl(alias->watch[i].epfd, EPOLL_CTL_ADD, fd,
			       &alias->watch[i].event);
}

/* from here on the program's descriptor is the carrier; returns 0 or -1 */
int carrier_swap(int carrier, int fd, const struct alias *alias)
{
	struct alias moved = *alias;
	int flags = fcntl(fd, F_GETFD), ret, i;

	moved.kind = ALIAS_MOVED;
	leave_epolls(fd, &moved);
	for (i = 0; i < moved.nr_options; i++)
		option_apply(carrier, &moved.option[i]);
	ret = dup3(carrier, fd, flags & FD_CLOEXEC ? O_CLOEXEC : 0);
	real.close(carrier);
	if (ret >= 0)
		alias_set(fd, &moved);
	join_epolls(fd, &moved);
	return ret < 0 ? -1 : 0;
}
