// SPDX-License-Identifier: GPL-2.0
/*
 * which.c - one socket, as a person names it
 *
 * Called by cmd_show.c and cmd_bytes.c. A socket of another process is reached by
 * a duplicate of its descriptor: so it works for every family, and in whatever
 * network namespace it is.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "family.h"
#include "message.h"
#include "which.h"

/* a whole number up to the end or to @end; -1 where it is none */
static long long number(const char *text, char end, const char **behind)
{
	long long value;
	char *stop;

	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	value = strtoll(text, &stop, 10);
	if (errno || *stop != end)
		return -1;
	*behind = stop + 1;
	return value;
}

/* false where it is neither COOKIE nor PID:FD */
bool which_parse(struct which *w, const char *text)
{
	const char *rest = text;
	long long value;

	w->text = text;
	w->by_fd = strchr(text, ':');
	value = number(text, w->by_fd ? ':' : '\0', &rest);
	if (value <= 0)
		return false;
	if (!w->by_fd) {
		w->cookie = value;
		return true;
	}
	w->pid = value;
	if (value != w->pid)
		return false;
	value = number(rest, '\0', &rest);
	w->fd = value;
	return value >= 0 && value == w->fd;
}

/* a record does not have who holds a socket */
void which_in_record(const struct which *w, struct argp_state *state)
{
	if (w->by_fd)
		argp_error(state, "`%s' is of the running kernel: a record does not have who holds a socket, but its cookie, as `skbscope sockets --input FILE' shows it",
			   w->text);
}

/* our own descriptor of it, or -1 after saying why */
int which_fd(const struct which *w)
{
	int pidfd, fd;

	pidfd = syscall(SYS_pidfd_open, w->pid, 0);
	if (pidfd < 0) {
		complain("there is no process %d: %s", (int)w->pid,
			 strerror(errno));
		return -1;
	}
	fd = syscall(SYS_pidfd_getfd, pidfd, w->fd, 0);
	if (fd < 0 && errno == EBADF)
		complain("process %d has no descriptor %d", (int)w->pid, w->fd);
	else if (fd < 0)
		complain("descriptor %d of process %d cannot be duplicated: %s",
			 w->fd, (int)w->pid, strerror(errno));
	close(pidfd);
	return fd;
}

/* its cookie if it is of the family; 0, or -1 after saying why not */
static int find_by_fd(struct which *w, int fd)
{
	socklen_t len = sizeof(int);
	unsigned int family;
	int domain;

	if (family_number(&family))
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len)) {
		complain("descriptor %d of process %d is not of a socket",
			 w->fd, (int)w->pid);
		return -1;
	}
	if ((unsigned int)domain != family) {
		complain("descriptor %d of process %d is of a socket of family %d, not of AF_SCOPE, which is %u",
			 w->fd, (int)w->pid, domain, family);
		return -1;
	}
	len = sizeof(w->cookie);
	if (!getsockopt(fd, SOL_SOCKET, SO_COOKIE, &w->cookie, &len))
		return 0;
	complain("the cookie of descriptor %d of process %d is not to be had: %s",
		 w->fd, (int)w->pid, strerror(errno));
	return -1;
}

/**
 * which_find - learn the cookie of a socket of the family
 *
 * Return: 0, or -1 after saying why not.
 */
int which_find(struct which *w)
{
	int fd, ret;

	if (!w->by_fd)
		return 0;
	fd = which_fd(w);
	if (fd < 0)
		return -1;
	ret = find_by_fd(w, fd);
	close(fd);
	return ret;
}
