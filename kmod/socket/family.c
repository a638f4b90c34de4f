// SPDX-License-Identifier: GPL-2.0
/*
 * family.c - the family, and the calls of datagram sockets that are not data
 *
 * Place: top of the socket layer; connect.c is its like for connections. Called
 * by the system calls in process context; each takes the socket lock for
 * itself. A datagram socket is
 *
 *	unbound		no port; TCP_CLOSE
 *	bound		scope_sock.bound has a key in the table of ports
 *	connected	scope_sock.peer has a port; TCP_ESTABLISHED
 *
 * and is bound by its first send or connect if it was not before. Lock order:
 * socket lock, then the notifier's, then peer_lock.
 */
#include <linux/sockios.h>
#include <net/tcp_states.h>

#include <asm/ioctls.h>

#include "../observe/hold.h"
#include "../observe/registry.h"
#include "../observe/station.h"
#include "socket.h"

/**
 * scope_addr_from_user() - check an address that a program gave
 * @sk: whose namespace and SO_BINDTODEVICE count
 * @name: the address, in the kernel's memory
 * @len: octets of it
 * @addr: the address as the module keeps it
 * @dev: its device, for scope_dev_put(), on success
 *
 * Context: process.
 *
 * Return: 0; -EINVAL for a wrong length, a link address that is none, or
 * another device than the socket is bound to; -EAFNOSUPPORT for another
 * family; -ENODEV for no such device, or one that can't carry the family.
 */
int scope_addr_from_user(const struct sock *sk, const void *name, int len,
			 struct scope_addr *addr, struct net_device **dev)
{
	const struct sockaddr_scope *sscope = name;
	struct scope_net *sn = scope_sk(sk)->sn;
	int bound = READ_ONCE(sk->sk_bound_dev_if);
	u32 ifindex;

	if (len != sizeof(*sscope))
		return -EINVAL;
	if (sscope->sscope_family != scope_family)
		return -EAFNOSUPPORT;
	if (memchr_inv(sscope->sscope_addr + ETH_ALEN, 0,
		       SCOPE_ADDR_LEN - ETH_ALEN))
		return -EINVAL;

	ifindex = sscope->sscope_ifindex ?: bound;
	*dev = scope_dev_get(sn, ifindex);
	if (!*dev)
		return -ENODEV;
	if (!scope_dev_is_bound(sk, *dev)) {
		scope_dev_put(sn, *dev);
		return -EINVAL;
	}

	memset(addr, 0, sizeof(*addr));
	addr->port = sscope->sscope_port;
	addr->ifindex = scope_dev_ifindex(sn, *dev);
	if (!scope_dev_is_self(sn, *dev, sscope->sscope_addr))
		memcpy(addr->link, sscope->sscope_addr, SCOPE_ADDR_LEN);
	/* Behind scope0 there is this node and nobody else */
	if (*dev == sn->dev && memchr_inv(addr->link, 0, SCOPE_ADDR_LEN)) {
		scope_dev_put(sn, *dev);
		return -EADDRNOTAVAIL;
	}
	return 0;
}

/**
 * scope_addr_to_user() - write an address for a program
 * @addr: the address as the module keeps it
 * @sscope: where to; every octet is written
 */
void scope_addr_to_user(const struct scope_addr *addr,
			struct sockaddr_scope *sscope)
{
	sscope->sscope_family = scope_family;
	sscope->sscope_port = addr->port;
	sscope->sscope_ifindex = addr->ifindex;
	memcpy(sscope->sscope_addr, addr->link, SCOPE_ADDR_LEN);
}

int scope_bind(struct socket *sock, struct sockaddr_unsized *uaddr, int len)
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
	if (addr.port && ntohs(addr.port) < SCOPE_PORT_RESERVED &&
	    !ns_capable(sock_net(sk)->user_ns, CAP_NET_BIND_SERVICE))
		return -EACCES;

	lock_sock(sk);
	err = ss->bound.port || ss->pair ? -EINVAL :
	      scope_port_bind(sk, addr.ifindex, addr.port);
	if (!err) {
		sk->sk_userlocks |= SOCK_BINDPORT_LOCK;
		scope_registry_change(sk);
	}
	release_sock(sk);
	return err;
}

void scope_set_peer(struct sock *sk, const struct scope_addr *peer)
{
	struct scope_sock *ss = scope_sk(sk);

	write_seqlock_bh(&ss->peer_lock);
	ss->peer = *peer;
	write_sequnlock_bh(&ss->peer_lock);
}

/* connect() to AF_UNSPEC: any peer again; a port nobody asked for goes too */
static int scope_disconnect(struct socket *sock)
{
	const struct scope_addr nobody = {};
	struct sock *sk = sock->sk;

	lock_sock(sk);
	scope_set_peer(sk, &nobody);
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		scope_port_unbind(sk);
	WRITE_ONCE(sk->sk_state, TCP_CLOSE);
	sock->state = SS_UNCONNECTED;
	scope_registry_change(sk);
	release_sock(sk);
	return 0;
}

static int scope_connect(struct socket *sock, struct sockaddr_unsized *uaddr,
			 int len, int flags)
{
	struct sock *sk = sock->sk;
	struct scope_sock *ss = scope_sk(sk);
	struct net_device *dev;
	struct scope_addr addr;
	int err = 0;

	if (len < (int)sizeof(sa_family_t))
		return -EINVAL;
	if (ss->pair)
		return -EISCONN;
	if (((struct sockaddr *)uaddr)->sa_family == AF_UNSPEC)
		return scope_disconnect(sock);

	err = scope_addr_from_user(sk, uaddr, len, &addr, &dev);
	if (err)
		return err;
	scope_dev_put(ss->sn, dev);
	if (!addr.port)
		return -EINVAL;
	if (is_multicast_ether_addr(addr.link) &&
	    !sock_flag(sk, SOCK_BROADCAST))
		return -EACCES;

	lock_sock(sk);
	if (!ss->bound.port) {
		err = scope_port_bind(sk, addr.ifindex, 0);
		/* No port is free: each call has an errno of its own for it */
		if (err == -EADDRINUSE)
			err = -EADDRNOTAVAIL;
	} else if (ss->bound.ifindex != addr.ifindex) {
		err = -EINVAL;
	}
	if (!err) {
		scope_set_peer(sk, &addr);
		WRITE_ONCE(sk->sk_state, TCP_ESTABLISHED);
		sock->state = SS_CONNECTED;
		scope_registry_change(sk);
	}
	release_sock(sk);
	return err;
}

int scope_getname(struct socket *sock, struct sockaddr *uaddr, int peer)
{
	struct sock *sk = sock->sk;
	struct scope_sock *ss = scope_sk(sk);
	struct scope_addr addr = {};

	lock_sock(sk);
	if (peer) {
		addr = ss->peer;
	} else {
		addr.port = ss->bound.port;
		addr.ifindex = ss->bound.ifindex;
	}
	release_sock(sk);
	if (peer && !ss->pair &&
	    (!addr.port || (scope_is_conn(sk) &&
			    (1 << READ_ONCE(sk->sk_state)) &
			    (TCPF_CLOSE | TCPF_SYN_SENT))))
		return -ENOTCONN;
	scope_addr_to_user(&addr, (struct sockaddr_scope *)uaddr);
	return sizeof(struct sockaddr_scope);
}

static int scope_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	int err = 0;

	/* SHUT_RD, SHUT_WR, SHUT_RDWR to RCV_SHUTDOWN, SEND_SHUTDOWN, both */
	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	if (scope_sk(sk)->pair) {
		scope_pair_shutdown(sk, how + 1);
		scope_registry_change(sk);
		return 0;
	}

	lock_sock(sk);
	if (sock->state != SS_CONNECTED) {
		err = -ENOTCONN;
	} else {
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | (how + 1));
		sk->sk_state_change(sk);
		scope_registry_change(sk);
	}
	release_sock(sk);
	return err;
}

static int scope_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	struct sock *sk = sock->sk;
	struct sk_buff *skb;
	int amount = 0;

	switch (cmd) {
	case SIOCOUTQ:
		amount = sk_wmem_alloc_get(sk);
		break;
	case SIOCINQ:
		/* The next datagram: what one read would give */
		spin_lock_bh(&sk->sk_receive_queue.lock);
		skb = skb_peek(&sk->sk_receive_queue);
		if (skb)
			amount = skb->len;
		spin_unlock_bh(&sk->sk_receive_queue.lock);
		break;
	default:
		return -ENOIOCTLCMD;
	}
	return put_user(amount, (int __user *)arg);
}

static int scope_setsockopt(struct socket *sock, int level, int optname,
			    sockptr_t optval, unsigned int optlen)
{
	return -ENOPROTOOPT;
}

static int scope_getsockopt(struct socket *sock, int level, int optname,
			    char __user *optval, int __user *optlen)
{
	return -ENOPROTOOPT;
}

static int scope_release(struct socket *sock)
{
	struct sock *sk = sock->sk;

	if (!sk)
		return 0;
	scope_registry_retire(sk);
	scope_hold_close(sk);
	if (scope_sk(sk)->pair)
		scope_pair_close(sk, false);
	lock_sock(sk);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	scope_port_unbind(sk);
	release_sock(sk);
	scope_raw_leave(sk);

	sock_orphan(sk);
	sock->sk = NULL;
	scope_queue_purge(sk);
	scope_hold_orphaned(sk);
	scope_pair_drop(sk);
	scope_registry_forget(sk);
	sock_prot_inuse_add(sock_net(sk), &scope_proto, -1);
	sock_put(sk);
	return 0;
}

/**
 * scope_socketpair() - two sockets, connected inside the protocol layer
 * @one: a new socket
 * @two: another one
 *
 * Context: process.
 *
 * Return: 0.
 */
int scope_socketpair(struct socket *one, struct socket *two)
{
	scope_pair_make(one->sk, two->sk);
	one->state = SS_CONNECTED;
	two->state = SS_CONNECTED;
	scope_registry_change(one->sk);
	scope_registry_change(two->sk);
	return 0;
}

static struct proto_ops scope_dgram_ops __ro_after_init = {
	.owner		= THIS_MODULE,
	.release	= scope_release,
	.bind		= scope_bind,
	.connect	= scope_connect,
	.socketpair	= scope_socketpair,
	.accept		= sock_no_accept,
	.getname	= scope_getname,
	.poll		= datagram_poll,
	.ioctl		= scope_ioctl,
	.gettstamp	= sock_gettstamp,
	.listen		= sock_no_listen,
	.shutdown	= scope_shutdown,
	.setsockopt	= scope_setsockopt,
	.getsockopt	= scope_getsockopt,
	.sendmsg	= scope_dgram_sendmsg,
	.recvmsg	= scope_dgram_recvmsg,
	.mmap		= sock_no_mmap,
	.set_peek_off	= sk_set_peek_off,
};

static struct proto_ops scope_raw_ops __ro_after_init = {
	.owner		= THIS_MODULE,
	.release	= scope_release,
	.bind		= scope_raw_bind,
	.connect	= scope_raw_connect,
	.socketpair	= sock_no_socketpair,
	.accept		= sock_no_accept,
	.getname	= scope_getname,
	.poll		= datagram_poll,
	.ioctl		= scope_ioctl,
	.gettstamp	= sock_gettstamp,
	.listen		= sock_no_listen,
	.shutdown	= scope_shutdown,
	.setsockopt	= scope_setsockopt,
	.getsockopt	= scope_getsockopt,
	.sendmsg	= scope_dgram_sendmsg,
	.recvmsg	= scope_dgram_recvmsg,
	.mmap		= sock_no_mmap,
	.set_peek_off	= sk_set_peek_off,
};

/*
 * The last reference is gone, and a grace period: nobody that found the socket
 * by its port is still queueing to it.
 */
static void scope_destruct(struct sock *sk)
{
	scope_queue_purge(sk);
	scope_conn_drop_owner(sk);
}

static struct proto_ops *scope_ops_of(int type)
{
	switch (type) {
	case SOCK_DGRAM:
		return &scope_dgram_ops;
	case SOCK_STREAM:
	case SOCK_SEQPACKET:
		return &scope_conn_ops;
	case SOCK_RAW:
		return &scope_raw_ops;
	default:
		return NULL;
	}
}

static void scope_sock_init(struct sock *sk)
{
	struct scope_sock *ss = scope_sk(sk);

	sock_set_flag(sk, SOCK_RCU_FREE);
	sk->sk_destruct = scope_destruct;
	/* Behind struct sock, where sk_alloc() left the slab's old octets */
	memset((void *)ss + sizeof(*sk), 0, sizeof(*ss) - sizeof(*sk));
	ss->sn = scope_net(sock_net(sk));
	ss->queue_rcv = scope_queue_rcv;
	seqlock_init(&ss->peer_lock);
	INIT_HLIST_NODE(&ss->raw);
	scope_conn_init(sk);
	if (scope_is_conn(sk))
		scope_conn_sock_init(sk);
}

static int scope_create(struct net *net, struct socket *sock, int protocol,
			int kern)
{
	struct proto_ops *ops = scope_ops_of(sock->type);
	struct sock *sk;
	int err;

	if (!ops)
		return -ESOCKTNOSUPPORT;
	if (protocol && protocol != scope_family)
		return -EPROTONOSUPPORT;
	if (sock->type == SOCK_RAW && !ns_capable(net->user_ns, CAP_NET_RAW))
		return -EPERM;

	sk = sk_alloc(net, scope_family, GFP_KERNEL, &scope_proto, kern);
	if (!sk)
		return -ENOMEM;
	sock_init_data(sock, sk);
	sock->ops = ops;
	sk->sk_protocol = protocol;
	scope_sock_init(sk);

	sock_prot_inuse_add(net, &scope_proto, 1);
	err = scope_registry_insert(sk, GFP_KERNEL);
	if (err) {
		sock_prot_inuse_add(net, &scope_proto, -1);
		sock_orphan(sk);
		sock->sk = NULL;
		sock_put(sk);
		return err;
	}
	if (sock->type == SOCK_RAW)
		scope_raw_join(sk);
	scope_registry_announce(sk);
	return 0;
}

/* The family's entry in /proc/net/protocols, and its slab */
struct proto scope_proto = {
	.name		= "SCOPE",
	.owner		= THIS_MODULE,
	.obj_size	= sizeof(struct scope_sock),
	.rehash		= scope_port_rehash,
	.keepalive	= scope_conn_keepalive,
};

static struct net_proto_family scope_ops __ro_after_init = {
	.owner		= THIS_MODULE,
	.create		= scope_create,
};

/* Numbers with no protocol behind them in any kernel; include/linux/socket.h */
static const int scope_free_families[] __initconst = {
	SCOPE_FAMILY_DEFAULT, 13, 14, 19, 22, 25
};

static int __init scope_family_try(int family)
{
	scope_ops.family = family;
	scope_dgram_ops.family = family;
	scope_conn_ops.family = family;
	scope_raw_ops.family = family;
	return sock_register(&scope_ops);
}

/**
 * scope_family_init() - take a family number; sockets can be made from here on
 * @wanted: the one to try first
 *
 * Sets scope_family.
 *
 * Return: 0, -EINVAL for a number that no family can have, or -EEXIST where
 * not one is free.
 */
int __init scope_family_init(int wanted)
{
	unsigned int i;
	int err;

	if (wanted <= 0 || wanted >= AF_MAX) {
		pr_err("family=%d: not a family number; 1 to %d are\n", wanted,
		       AF_MAX - 1);
		return -EINVAL;
	}
	scope_family = wanted;
	err = scope_family_try(wanted);
	for (i = 0; err == -EEXIST && i < ARRAY_SIZE(scope_free_families); i++) {
		scope_family = scope_free_families[i];
		err = scope_family_try(scope_family);
	}
	if (err) {
		pr_err("no family number is free: error %d\n", err);
		return err;
	}
	if (scope_family == wanted)
		pr_info("AF_SCOPE is family %d\n", scope_family);
	else
		pr_info("AF_SCOPE is family %d, for %d is taken\n",
			scope_family, wanted);
	return 0;
}

/**
 * scope_family_exit() - give the number back; no socket is open any more
 */
void scope_family_exit(void)
{
	sock_unregister(scope_family);
}
