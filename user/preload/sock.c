// SPDX-License-Identifier: GPL-2.0
/*
 * sock.c - what the kernel says of a socket
 *
 * Called by the files of the preload library. What a descriptor is now is asked
 * of the kernel each time: dup(), close() and what the C library does inside
 * need not be followed then. All leave errno alone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "preload/real.h"
#include "preload/setup.h"
#include "preload/sock.h"

static int get(int fd, int level, int name, void *value, socklen_t *len)
{
	int saved = errno, ret;

	ret = real.getsockopt(fd, level, name, value, len);
	errno = saved;
	return ret;
}

/* -1 where there is no such option, or no socket */
int sock_int(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value;

	return get(fd, level, name, &value, &len) ? -1 : value;
}

/* a number that no other socket gets; 0 of what is no socket */
uint64_t sock_cookie(int fd)
{
	socklen_t len = sizeof(uint64_t);
	uint64_t cookie;

	return get(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) ? 0 : cookie;
}

bool sock_is_scope(int fd)
{
	return setup.family &&
	       sock_int(fd, SOL_SOCKET, SO_DOMAIN) == setup.family;
}

bool sock_is_tcp(int fd, int domain)
{
	return sock_int(fd, SOL_SOCKET, SO_DOMAIN) == domain &&
	       sock_int(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM &&
	       sock_int(fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP;
}

/* a TCP socket that neither listens nor is or will be connected */
bool sock_is_idle(int fd)
{
	socklen_t len = 1;
	uint8_t state;	/* struct tcp_info's first */

	return !get(fd, IPPROTO_TCP, TCP_INFO, &state, &len) &&
	       state == TCP_CLOSE;
}

/* of the two types that can be moved */
bool sock_is_unix(int fd)
{
	int type;

	if (sock_int(fd, SOL_SOCKET, SO_DOMAIN) != AF_UNIX)
		return false;
	type = sock_int(fd, SOL_SOCKET, SO_TYPE);
	return type == SOCK_STREAM || type == SOCK_SEQPACKET;
}

/* does it ask for nothing that AF_SCOPE would not do */
bool sock_is_movable(int fd)
{
	char device[IF_NAMESIZE];
	socklen_t len = sizeof(device);

	return sock_int(fd, SOL_SOCKET, SO_PASSCRED) <= 0 &&
	       sock_int(fd, SOL_SOCKET, SO_ZEROCOPY) <= 0 &&
	       !get(fd, SOL_SOCKET, SO_BINDTODEVICE, device, &len) && !len;
}

/*
 * Has this process a descriptor of that socket; yes, where it cannot be told.
 * Without allocating memory: close() asks.
 */
bool sock_is_open(uint64_t cookie)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct dirent64))));
	bool found = false;
	ssize_t len, at;
	int dir;

	dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return true;
	while (!found && (len = getdents64(dir, buf, sizeof(buf))) > 0) {
		for (at = 0; at < len && !found;) {
			struct dirent64 *entry = (void *)(buf + at);

			found = sock_cookie(atoi(entry->d_name)) == cookie;
			at += entry->d_reclen;
		}
	}
	real.close(dir);
	return found;
}
