// SPDX-License-Identifier: GPL-2.0
/*
 * domain.c - a library to be loaded before a program's others, which has it use
 * AF_SCOPE where it says AF_KCM: trinity takes the names of families only, and
 * knows no name of ours
 *
 * Nor does it know our addresses. The family is in their first octets; where it
 * is not, no call would look further. A pointer to one may be any number: it is
 * read and written by calls that answer to that with an error.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../address.h"

static int domain(long asked)
{
	return asked == AF_KCM ? scope_family() : asked;
}

/* An address: as it came, but of the family; or else one that can be meant */
static void address(long *where, long *len)
{
	static struct sockaddr_scope ours;
	unsigned short family = 0;
	struct iovec here = { &family, sizeof(family) };
	struct iovec there = { (void *)*where, sizeof(family) };

	if (random() & 1) {
		ours = scope_local(5000 + random() % 4);
		*where = (long)&ours;
		*len = sizeof(ours);
	} else if (*len >= (long)sizeof(family) &&
		   process_vm_readv(getpid(), &here, 1, &there, 1, 0) > 0) {
		family = scope_family();
		process_vm_writev(getpid(), &here, 1, &there, 1, 0);
	}
}

/* What trinity begins with: it goes on without sockets when one is refused */
int socket(int asked, int type, int protocol)
{
	static const int types[] = {
		SOCK_DGRAM, SOCK_STREAM, SOCK_SEQPACKET
	};
	static int (*next)(int domain, int type, int protocol);
	static unsigned int turn;

	if (!next)
		next = dlsym(RTLD_NEXT, "socket");
	if (asked == AF_KCM) {
		type &= SOCK_CLOEXEC | SOCK_NONBLOCK;
		type |= types[turn++ % (sizeof(types) / sizeof(*types))];
		protocol = 0;
	}
	return next(domain(asked), type, protocol);
}

/*
 * Trinity's own, of every socket that it begins with: it knows no option of the
 * family's and tries until one is taken. Those it throws go by syscall().
 */
int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	return 0;
}

long syscall(long number, ...)
{
	static long (*next)(long number, ...);
	long arg[6];
	va_list args;
	int i;

	va_start(args, number);
	for (i = 0; i < 6; i++)
		arg[i] = va_arg(args, long);
	va_end(args);
	if (!next)
		next = dlsym(RTLD_NEXT, "syscall");
	switch (number) {
	case SYS_socket:
	case SYS_socketpair:
		arg[0] = domain(arg[0]);
		break;
	case SYS_bind:
	case SYS_connect:
		address(&arg[1], &arg[2]);
		break;
	case SYS_sendto:
		address(&arg[4], &arg[5]);
		/* Of flags at random there is always one that is refused */
		if (random() & 1)
			arg[3] = MSG_DONTWAIT;
		break;
	}
	return next(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}
