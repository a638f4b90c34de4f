// SPDX-License-Identifier: GPL-2.0
/*
 * calls.c - the socket calls that the preload library takes over
 *
 * The dynamic linker gives them to the program in the C library's place. Each
 * looks whether the socket or the address is one of ours and else hands on what
 * it was given. Reading, writing, poll() and the like are not here: on a moved
 * socket they are AF_SCOPE's, and need no help.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "preload/alias.h"
#include "preload/inet.h"
#include "preload/option.h"
#include "preload/real.h"
#include "preload/setup.h"
#include "preload/sock.h"
#include "preload/unix.h"

#pragma GCC visibility push(default)

int socket(int domain, int type, int protocol)
{
	int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), fd;

	setup_once();
	fd = real.socket(domain, type, protocol);
	if (fd < 0 || !setup.family)
		return fd;
	if (domain == setup.family)
		alias_mark(fd, ALIAS_NATIVE);
	else if (((domain == AF_INET || domain == AF_INET6) &&
		  kind == SOCK_STREAM) || (setup.unix_too && domain == AF_UNIX))
		alias_mark(fd, ALIAS_ASIDE);
	else
		alias_mark(fd, ALIAS_NONE);
	return fd;
}

int bind(int fd, __CONST_SOCKADDR_ARG addr, socklen_t len)
{
	struct sockname name;

	setup_once();
	if (sockname_from(&name, addr.__sockaddr__, len)) {
		if (inet_moves(fd, &name, false))
			return inet_bind(fd, &name);
		if (unix_moves(fd, &name))
			return unix_bind(fd, &name);
	}
	return real.bind(fd, addr, len);
}

int listen(int fd, int backlog)
{
	struct sockname name;
	struct alias alias;

	setup_once();
	/* in inet.c it is told why */
	if (alias_moved(fd, &alias) && sockname_is_inet(&alias.local))
		return real.listen(fd, SOMAXCONN);
	if (sockname_local(fd, &name)) {
		if (inet_moves(fd, &name, false))
			return inet_listen(fd, &name, backlog);
		if (unix_moves(fd, &name))
			return unix_listen(fd, &name, backlog);
	}
	return real.listen(fd, backlog);
}

/* a second connect(): AF_SCOPE knows what to say */
static int connect_again(int fd, const struct alias *alias,
			 const struct sockname *name)
{
	uint16_t port = sockname_is_inet(name) ? sockname_port(name) :
						 alias->port;
	struct sockname scope;

	sockname_scope(&scope, port);
	return real.connect(fd, &scope.sa, scope.len);
}

int connect(int fd, __CONST_SOCKADDR_ARG addr, socklen_t len)
{
	struct sockname name;
	struct alias alias;

	setup_once();
	if (!sockname_from(&name, addr.__sockaddr__, len))
		return real.connect(fd, addr, len);
	if (alias_moved(fd, &alias))
		return connect_again(fd, &alias, &name);
	if (inet_moves(fd, &name, true))
		return inet_connect(fd, &name);
	if (unix_moves(fd, &name))
		return unix_connect(fd, &name);
	return real.connect(fd, addr, len);
}

/* a connection came by AF_SCOPE; *from becomes what the program shall see */
static void accepted(int listener, int fd, struct sockname *from)
{
	struct alias alias = { .kind = ALIAS_MOVED }, of_listener;

	if (!alias_moved(listener, &of_listener)) {
		alias_mark(fd, ALIAS_NATIVE);
		return;
	}
	if (sockname_is_inet(&of_listener.local))
		inet_accepted(&of_listener, &alias, sockname_port(from));
	else
		unix_accepted(&of_listener, &alias);
	alias_set(fd, &alias);
	*from = alias.peer;
}

int accept4(int fd, __SOCKADDR_ARG addr, socklen_t *__restrict len, int flags)
{
	struct sockaddr_storage storage = { 0 };
	struct sockname from;
	int ret;

	setup_once();
	if (!setup.family || (addr.__sockaddr__ && !len))
		return real.accept4(fd, addr, len, flags);
	from.len = sizeof(storage);
	ret = real.accept4(fd, (struct sockaddr *)&storage, &from.len, flags);
	if (ret < 0)
		return ret;
	memcpy(&from.sa, &storage, SOCKNAME_MAX);
	if (from.sa.sa_family == setup.family)
		accepted(fd, ret, &from);
	if (addr.__sockaddr__)
		sockname_to(&from, addr.__sockaddr__, len);
	return ret;
}

int accept(int fd, __SOCKADDR_ARG addr, socklen_t *__restrict len)
{
	return accept4(fd, addr, len, 0);
}

int getsockname(int fd, __SOCKADDR_ARG addr, socklen_t *__restrict len)
{
	struct alias alias;

	setup_once();
	if (!addr.__sockaddr__ || !len || !alias_moved(fd, &alias))
		return real.getsockname(fd, addr, len);
	sockname_to(&alias.local, addr.__sockaddr__, len);
	return 0;
}

int getpeername(int fd, __SOCKADDR_ARG addr, socklen_t *__restrict len)
{
	struct sockname name = { .len = SOCKNAME_MAX };
	struct alias alias;

	setup_once();
	if (!addr.__sockaddr__ || !len || !alias_moved(fd, &alias))
		return real.getpeername(fd, addr, len);
	/* the kernel knows whether it is connected */
	if (real.getpeername(fd, &name.sa, &name.len))
		return -1;
	sockname_to(&alias.peer, addr.__sockaddr__, len);
	return 0;
}

int getsockopt(int fd, int level, int name, void *__restrict value,
	       socklen_t *__restrict len)
{
	struct alias alias;

	setup_once();
	if (!value || !len || !alias_moved(fd, &alias))
		return real.getsockopt(fd, level, name, value, len);
	return option_get(fd, &alias, level, name, value, len);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	struct alias alias;
	int ret;

	setup_once();
	if (value && alias_moved(fd, &alias))
		return option_set(fd, &alias, level, name, value, len);
	ret = real.setsockopt(fd, level, name, value, len);
	if (!ret && alias_is_aside(fd))
		option_note(fd, level, name, value, len);
	return ret;
}

/* TCP takes no notice of an address where the socket is connected */
static bool is_moved_inet(int fd)
{
	struct alias alias;

	return alias_moved(fd, &alias) && sockname_is_inet(&alias.local);
}

ssize_t sendto(int fd, const void *data, size_t len, int flags,
	       __CONST_SOCKADDR_ARG addr, socklen_t addrlen)
{
	setup_once();
	if (addr.__sockaddr__ && is_moved_inet(fd))
		return real.sendto(fd, data, len, flags, NULL, 0);
	return real.sendto(fd, data, len, flags, addr, addrlen);
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct msghdr copy;

	setup_once();
	if (!msg || !msg->msg_name || !is_moved_inet(fd))
		return real.sendmsg(fd, msg, flags);
	copy = *msg;
	copy.msg_name = NULL;
	copy.msg_namelen = 0;
	return real.sendmsg(fd, &copy, flags);
}

int close(int fd)
{
	struct alias alias;
	bool listener;
	int ret;

	setup_once();
	listener = alias_is_listener(fd) && alias_moved(fd, &alias) &&
		   !sockname_is_inet(&alias.local);
	ret = real.close(fd);
	if (listener)
		unix_closed(&alias);
	return ret;
}

int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	int ret;

	setup_once();
	ret = real.epoll_ctl(epfd, op, fd, event);
	if (!ret && alias_is_aside(fd))
		alias_note_watch(fd, epfd, op, event);
	return ret;
}
