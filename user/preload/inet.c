// SPDX-License-Identifier: GPL-2.0
/*
 * inet.c - moves IPv4 and IPv6 stream sockets
 *
 * Called by calls.c. The program's socket stays what it is until listen() or
 * connect(); bind() is done by TCP, which knows what may be bound, after
 * AF_SCOPE has been asked whether the port is free there, too. What AF_SCOPE
 * does not take, or nobody answers there, is TCP's.
 */
#include <errno.h>
#include <fcntl.h>

#include "preload/carrier.h"
#include "preload/inet.h"
#include "preload/real.h"
#include "preload/setup.h"
#include "preload/sock.h"

/* tries to find a port that is free in TCP and in AF_SCOPE */
#define TRIES	16

/* shall this address be AF_SCOPE's */
bool inet_moves(int fd, const struct sockname *name, bool connecting)
{
	bool any = sockname_is_any(name);

	if (!setup.family || !sockname_is_inet(name))
		return false;
	/* connect() to the wildcard address is to this node */
	if (!sockname_is_loopback(name) &&
	    !(any && (connecting || setup.mapped)))
		return false;
	if (setup.mapped && !ports_has(&setup.map, sockname_port(name)))
		return false;
	return sock_is_tcp(fd, name->sa.sa_family) && sock_is_idle(fd) &&
	       sock_is_movable(fd);
}

/*
 * An AF_SCOPE port has no address: 127.0.0.1 and ::1 share it. If this process
 * has moved the one, the other stays with TCP: clients find the first.
 */
static bool is_sibling(int fd, const struct alias *alias, void *arg)
{
	const struct sockname *name = arg;

	(void)fd;
	if (!alias->listening ||
	    sockname_port(&alias->local) != sockname_port(name))
		return false;
	if (alias->local.sa.sa_family != name->sa.sa_family)
		return true;
	return !sockname_is_any(&alias->local) && !sockname_is_any(name) &&
	       !sockname_same_address(&alias->local, name);
}

/*
 * Somebody has the AF_SCOPE port: may TCP have it for this socket all the same?
 * Also where several want to share a port: the first of them serves all.
 */
static bool may_share(int fd, const struct sockname *name)
{
	return sock_int(fd, SOL_SOCKET, SO_REUSEPORT) > 0 ||
	       alias_any(ALIAS_MOVED, is_sibling, (void *)name);
}

static int fail(int err)
{
	errno = err;
	return -1;
}

static int bind_free(int fd, const struct sockname *name)
{
	struct sockname try = *name, scope;
	int carrier, i;

	for (i = 0; i < TRIES; i++) {
		carrier = carrier_bound(fd, 0);
		if (carrier < 0)
			break;
		sockname_local(carrier, &scope);
		real.close(carrier);
		sockname_set_port(&try, sockname_port(&scope));
		if (!real.bind(fd, &try.sa, try.len))
			return 0;
		if (errno != EADDRINUSE)
			return -1;
	}
	return real.bind(fd, &name->sa, name->len);
}

int inet_bind(int fd, const struct sockname *name)
{
	int carrier;

	if (!sockname_port(name))
		return bind_free(fd, name);
	carrier = carrier_bound(fd, sockname_port(name));
	if (carrier == -EADDRINUSE && !may_share(fd, name))
		return fail(EADDRINUSE);
	if (carrier >= 0)
		real.close(carrier);
	return real.bind(fd, &name->sa, name->len);
}

int inet_listen(int fd, const struct sockname *name, int backlog)
{
	struct alias alias;
	int carrier;

	carrier = carrier_bound(fd, sockname_port(name));
	if (carrier == -EADDRINUSE && !may_share(fd, name))
		return fail(EADDRINUSE);
	if (carrier < 0)
		return real.listen(fd, backlog);
	/*
	 * A client of TCP waits while the backlog is full; one of ours that
	 * may not block would fail.
	 */
	if (real.listen(carrier, SOMAXCONN)) {
		real.close(carrier);
		return real.listen(fd, backlog);
	}
	alias_aside(fd, &alias);
	alias.local = *name;
	alias.listening = true;
	alias.v4mapped = sockname_is_v4mapped(name) ||
			 (sockname_is_any(name) &&
			  !sock_int(fd, IPPROTO_IPV6, IPV6_V6ONLY));
	return carrier_swap(carrier, fd, &alias);
}

/* 0, or -errno; of what was not begun, TCP may make a better job */
static int connect_carrier(int fd, const struct sockname *name, int *carrier)
{
	struct sockname local;

	sockname_local(fd, &local);
	*carrier = sockname_port(&local) ?
		   carrier_bound(fd, sockname_port(&local)) : carrier_open(fd);
	if (*carrier < 0)
		return *carrier;
	return carrier_connect(*carrier, sockname_port(name));
}

static void connected(int carrier, int fd, const struct sockname *name)
{
	struct sockname scope, local;
	struct alias alias;

	alias_aside(fd, &alias);
	sockname_local(fd, &local);
	sockname_local(carrier, &scope);
	alias.v4mapped = sockname_is_v4mapped(name);
	alias.port = sockname_port(name);
	alias.peer = *name;
	if (sockname_is_any(name))
		sockname_loopback(&alias.peer, name, false, alias.port);
	alias.local = local;
	if (sockname_is_any(&local))
		sockname_loopback(&alias.local, name, alias.v4mapped, 0);
	sockname_set_port(&alias.local, sockname_port(&scope));
	carrier_swap(carrier, fd, &alias);
}

int inet_connect(int fd, const struct sockname *name)
{
	bool blocks = !(fcntl(fd, F_GETFL) & O_NONBLOCK);
	int carrier, err;

	err = -connect_carrier(fd, name, &carrier);
	if (err && err != EINPROGRESS && err != EINTR) {
		if (carrier >= 0)
			real.close(carrier);
		return real.connect(fd, &name->sa, name->len);
	}
	connected(carrier, fd, name);
	/* as TCP, which never says at once that it is done */
	if (!err && !blocks)
		err = EINPROGRESS;
	return err ? fail(err) : 0;
}

/* what the program takes an accepted socket for; port is its peer's */
void inet_accepted(const struct alias *listener, struct alias *alias,
		   uint16_t port)
{
	const struct sockname *local = &listener->local;

	alias->local = *local;
	if (sockname_is_any(local))
		sockname_loopback(&alias->local, local, listener->v4mapped,
				  sockname_port(local));
	sockname_loopback(&alias->peer, local, listener->v4mapped, port);
	alias->v4mapped = listener->v4mapped;
}
