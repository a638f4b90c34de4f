// SPDX-License-Identifier: GPL-2.0
/*
 * real.c - the C library's own calls, behind those of the same name here
 *
 * Filled once by setup.c. Another preloaded library that has such a call comes
 * first, as the order of LD_PRELOAD says.
 */
#include <dlfcn.h>

#include "preload/real.h"

struct real_calls real;

#define FIND(name)	(real.name = dlsym(RTLD_NEXT, #name))

void real_init(void)
{
	FIND(accept4);
	FIND(bind);
	FIND(close);
	FIND(connect);
	FIND(epoll_ctl);
	FIND(execve);
	FIND(execveat);
	FIND(execvpe);
	FIND(fexecve);
	FIND(getpeername);
	FIND(getsockname);
	FIND(getsockopt);
	FIND(listen);
	FIND(posix_spawn);
	FIND(posix_spawnp);
	FIND(sendmsg);
	FIND(sendto);
	FIND(setsockopt);
	FIND(socket);
}
