// SPDX-License-Identifier: GPL-2.0
/*
 * unix.c - moves AF_UNIX stream and seqpacket sockets, for --unix
 *
 * Called by calls.c. AF_UNIX itself stays in charge of names: the program's
 * socket is bound by it, and when listen() has put an AF_SCOPE socket in its
 * place it stays open as a companion that never listens. So there is a node
 * with an owner and a mode, and a name that is taken. A client first tries
 * AF_UNIX, which finds the node, asks whether the client may use it, and at
 * last refuses because nobody listens: only then is the AF_SCOPE port looked
 * for, see unixname.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "preload/carrier.h"
#include "preload/real.h"
#include "preload/setup.h"
#include "preload/sock.h"
#include "preload/unix.h"
#include "preload/unixname.h"

/* companions go behind what select() can have, where there is room */
#define COMPANION_FD	1024

bool unix_moves(int fd, const struct sockname *name)
{
	return setup.family && setup.unix_too &&
	       name->sa.sa_family == AF_UNIX && sock_is_unix(fd);
}

static int fail(int err)
{
	errno = err;
	return -1;
}

/* sun_path need not end in a NUL */
static bool find_node(const struct sockname *name, struct stat *st)
{
	char path[sizeof(name->un.sun_path) + 1] = { 0 };
	int saved = errno, ret;

	memcpy(path, name->un.sun_path, sizeof(name->un.sun_path));
	ret = stat(path, st);
	errno = saved;
	return !ret && S_ISSOCK(st->st_mode);
}

/* later the working directory may be another one, so the node is noted now */
int unix_bind(int fd, const struct sockname *name)
{
	struct alias alias;
	struct stat st;

	if (real.bind(fd, &name->sa, name->len))
		return -1;
	if (unixname_is_path(name) && find_node(name, &st)) {
		alias_aside(fd, &alias);
		alias.kind = ALIAS_ASIDE;
		alias.dev = st.st_dev;
		alias.ino = st.st_ino;
		alias_set(fd, &alias);
	}
	return 0;
}

/* 0 where there is none */
static uint64_t listener_key(int fd, const struct sockname *name,
			     const struct alias *alias)
{
	int type = sock_int(fd, SOL_SOCKET, SO_TYPE);
	struct stat st;

	if (!unixname_is_path(name))
		return unixname_key_abstract(type, name);
	if (alias->ino)
		return unixname_key_node(type, alias->dev, alias->ino);
	if (!find_node(name, &st))
		return 0;
	return unixname_key_node(type, st.st_dev, st.st_ino);
}

/* fd is ours from here on; it is inherited where the listener is */
static void keep_companion(int fd, int type, uint16_t port, bool inherited)
{
	struct alias alias = {
		.kind = ALIAS_COMPANION,
		.type = type,
		.port = port,
	};
	int high;

	high = fcntl(fd, inherited ? F_DUPFD : F_DUPFD_CLOEXEC, COMPANION_FD);
	if (high < 0)
		high = fcntl(fd, inherited ? F_DUPFD : F_DUPFD_CLOEXEC, 0);
	real.close(fd);
	if (high >= 0)
		alias_set(high, &alias);
}

/*
 * A carrier that is bound to one of the key's ports, and its mark; -1 where
 * none is to be had.
 */
static int bind_carrier(int fd, uint64_t key, uint16_t *port, int *mark)
{
	int carrier, i;

	for (i = 0; i < UNIXNAME_PORTS; i++) {
		*port = unixname_port(key, i);
		carrier = carrier_bound(fd, *port);
		if (carrier == -EADDRINUSE)
			continue;
		if (carrier < 0)
			return -1;
		*mark = unixname_mark(key, *port);
		if (*mark >= 0)
			return carrier;
		real.close(carrier);
	}
	return -1;
}

int unix_listen(int fd, const struct sockname *name, int backlog)
{
	bool inherited = !(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	int type = sock_int(fd, SOL_SOCKET, SO_TYPE);
	int carrier, mark, held, ret;
	struct alias alias;
	uint16_t port;
	uint64_t key;

	alias_aside(fd, &alias);
	key = listener_key(fd, name, &alias);
	if (!key || name->len <= offsetof(struct sockaddr_un, sun_path) ||
	    sock_int(fd, SOL_SOCKET, SO_ACCEPTCONN) > 0 || !sock_is_movable(fd))
		return real.listen(fd, backlog);
	carrier = bind_carrier(fd, key, &port, &mark);
	if (carrier < 0)
		return real.listen(fd, backlog);
	held = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (held < 0 || real.listen(carrier, backlog)) {
		real.close(held);
		real.close(mark);
		real.close(carrier);
		return real.listen(fd, backlog);
	}
	alias.local = *name;
	alias.listening = true;
	alias.port = port;
	alias.type = type;
	ret = carrier_swap(carrier, fd, &alias);
	keep_companion(mark, type, port, inherited);
	keep_companion(held, type, port, inherited);
	return ret;
}

static bool drop_companion(int fd, const struct alias *alias, void *arg)
{
	const struct alias *listener = arg;

	if (alias->port == listener->port && alias->type == listener->type) {
		alias_mark(fd, ALIAS_NONE);
		real.close(fd);
	}
	return false;
}

/*
 * A descriptor of a listener was closed. Its companions go with its last one:
 * a child that closes what it inherited must not keep the name.
 */
void unix_closed(struct alias *listener)
{
	if (!sock_is_open(listener->cookie))
		alias_any(ALIAS_COMPANION, drop_companion, listener);
}

/*
 * Anybody can leave a mark, but who made the node, or root, is who should
 * listen. Creds are there when the connection is.
 */
static bool is_trusted(int carrier, const struct stat *st)
{
	socklen_t len = sizeof(struct ucred);
	struct ucred cred;

	return !real.getsockopt(carrier, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	       (!cred.uid || cred.uid == st->st_uid);
}

static int connect_port(int fd, const struct sockname *name,
			const struct stat *node, uint16_t port)
{
	struct alias alias;
	int carrier, err;

	carrier = carrier_open(fd);
	if (carrier < 0)
		return carrier;
	err = carrier_connect(carrier, port);
	if (!err && node && !is_trusted(carrier, node))
		err = -ECONNREFUSED;
	if (err && err != -EINPROGRESS && err != -EINTR) {
		real.close(carrier);
		return err;
	}
	/* AF_SCOPE says once that it is done, AF_UNIX never does */
	if (!err)
		carrier_connect(carrier, port);
	alias_aside(fd, &alias);
	sockname_local(fd, &alias.local);
	alias.peer = *name;
	if (unixname_is_path(name))
		alias.peer.len = offsetof(struct sockaddr_un, sun_path) + 1 +
				 strnlen(name->un.sun_path,
					 sizeof(name->un.sun_path));
	alias.port = port;
	carrier_swap(carrier, fd, &alias);
	return err;
}

/* AF_UNIX found nobody that listens */
static int connect_moved(int fd, const struct sockname *name)
{
	int type = sock_int(fd, SOL_SOCKET, SO_TYPE), i, err = -ECONNREFUSED;
	bool is_path = unixname_is_path(name);
	struct stat node;
	uint64_t key;

	if (is_path && !find_node(name, &node))
		return -ECONNREFUSED;
	key = is_path ? unixname_key_node(type, node.st_dev, node.st_ino) :
			unixname_key_abstract(type, name);
	for (i = unixname_find(key, 0); i >= 0; i = unixname_find(key, i + 1)) {
		if (!sock_is_movable(fd))
			return -EOPNOTSUPP;
		err = connect_port(fd, name, is_path ? &node : NULL,
				   unixname_port(key, i));
		if (err != -ECONNREFUSED)
			break;
	}
	return err;
}

int unix_connect(int fd, const struct sockname *name)
{
	int err;

	if (!real.connect(fd, &name->sa, name->len))
		return 0;
	if (errno != ECONNREFUSED ||
	    name->len <= offsetof(struct sockaddr_un, sun_path))
		return -1;
	err = connect_moved(fd, name);
	return err ? fail(-err) : 0;
}

/* its clients have no names, though they may have bound one: we do not know */
void unix_accepted(const struct alias *listener, struct alias *alias)
{
	alias->local = listener->local;
	sockname_unnamed(&alias->peer);
}
