/* SPDX-License-Identifier: GPL-2.0 */
/*
 * real.h - the C library's own calls, behind those of the same name here
 *
 * Used by every file of the preload library: it must not call itself.
 */
#ifndef _PRELOAD_REAL_H
#define _PRELOAD_REAL_H

#include <spawn.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct real_calls {
	__typeof__(accept4)		*accept4;
	__typeof__(bind)		*bind;
	__typeof__(close)		*close;
	__typeof__(connect)		*connect;
	__typeof__(epoll_ctl)		*epoll_ctl;
	__typeof__(execve)		*execve;
	__typeof__(execveat)		*execveat;
	__typeof__(execvpe)		*execvpe;
	__typeof__(fexecve)		*fexecve;
	__typeof__(getpeername)		*getpeername;
	__typeof__(getsockname)		*getsockname;
	__typeof__(getsockopt)		*getsockopt;
	__typeof__(listen)		*listen;
	__typeof__(posix_spawn)		*posix_spawn;
	__typeof__(posix_spawnp)	*posix_spawnp;
	__typeof__(sendmsg)		*sendmsg;
	__typeof__(sendto)		*sendto;
	__typeof__(setsockopt)		*setsockopt;
	__typeof__(socket)		*socket;
};

extern struct real_calls real;

void real_init(void);

#endif /* _PRELOAD_REAL_H */
