// SPDX-License-Identifier: GPL-2.0
/*
 * raw.c - the calls of SOCK_RAW that datagram sockets have otherwise
 *
 * Place: top of the socket layer, beside family.c. Called by the system calls
 * in process context; each takes the socket lock for itself. A raw socket has
 * no port: bound to an address it gets what comes by that device and, if the
 * port is not 0, to that port; whoever else gets it too.
 */
#include <net/tcp_states.h>

#include "../observe/registry.h"
#include "socket.h"

/**
 * scope_raw_bind() - bind()
 * @sock: the socket
 * @uaddr: device and port that it wants frames for
 * @len: octets of it
 *
 * Return: 0 or a negative errno.
 */
int scope_raw_bind(struct socket *sock, struct sockaddr_unsized *uaddr, int len)
{
	struct sock *sk = sock->sk;
	struct scope_sock *ss = scope_sk(sk);
	struct net_device *dev;
	struct scope_addr addr;
	int err;

	err = scope_addr_from_user(sk, uaddr, len, &addr, &dev);
	if (err)
		return err;
	scope_dev_put(ss->sn, dev);
	if (memchr_inv(addr.link, 0, SCOPE_ADDR_LEN))
		return -EADDRNOTAVAIL;

	lock_sock(sk);
	WRITE_ONCE(ss->bound.ifindex, addr.ifindex);
	WRITE_ONCE(ss->bound.port, addr.port);
	WRITE_ONCE(ss->bound.type, SOCK_RAW);
	scope_registry_change(sk);
	release_sock(sk);
	return 0;
}

/**
 * scope_raw_connect() - connect(): where frames go and whose are wanted
 * @sock: the socket
 * @uaddr: the peer, or AF_UNSPEC for anybody
 * @len: octets of it
 * @flags: not used
 *
 * Return: 0 or a negative errno.
 */
int scope_raw_connect(struct socket *sock, struct sockaddr_unsized *uaddr,
		      int len, int flags)
{
	struct sock *sk = sock->sk;
	struct scope_addr addr = {};
	struct net_device *dev;
	bool nobody;
	int err;

	if (len < (int)sizeof(sa_family_t))
		return -EINVAL;
	nobody = ((struct sockaddr *)uaddr)->sa_family == AF_UNSPEC;
	if (!nobody) {
		err = scope_addr_from_user(sk, uaddr, len, &addr, &dev);
		if (err)
			return err;
		scope_dev_put(scope_sk(sk)->sn, dev);
		if (!addr.port)
			return -EINVAL;
	}

	lock_sock(sk);
	scope_set_peer(sk, &addr);
	WRITE_ONCE(sk->sk_state, nobody ? TCP_CLOSE : TCP_ESTABLISHED);
	sock->state = nobody ? SS_UNCONNECTED : SS_CONNECTED;
	scope_registry_change(sk);
	release_sock(sk);
	return 0;
}
