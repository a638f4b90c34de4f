// SPDX-License-Identifier: GPL-2.0
/*
 * port.c - which socket has which port
 *
 * Place: protocol layer. The socket layer binds and unbinds in process context
 * with the socket locked; input.c looks up in softirq under the RCU read lock.
 * Each type of socket has ports of its own on each device. The table grows
 * with the number of bound sockets; two that want the same port meet in its
 * insertion, and one gets -EADDRINUSE.
 */
#include <linux/random.h>

#include "../observe/registry.h"

static const struct rhashtable_params scope_port_params = {
	.key_len		= sizeof(struct scope_port),
	.key_offset		= offsetof(struct scope_sock, bound),
	.head_offset		= offsetof(struct scope_sock, node),
	.automatic_shrinking	= true,
};

static int scope_port_insert(struct scope_sock *ss)
{
	int err;

	for (;;) {
		err = rhashtable_lookup_insert_fast(&ss->sn->ports, &ss->node,
						    scope_port_params);
		if (err != -EBUSY)
			break;
		/* The table grows already and is full again: let it */
		schedule_timeout_uninterruptible(1);
	}
	return err == -EEXIST ? -EADDRINUSE : err;
}

/* A free port, from a random one upwards */
static int scope_port_free(struct scope_sock *ss)
{
	const u32 range = SCOPE_PORT_FREE_MAX - SCOPE_PORT_FREE_MIN + 1;
	u32 offset = get_random_u32_below(range);
	u32 tried;
	int err;

	for (tried = 0; tried < range; tried++) {
		ss->bound.port = htons(SCOPE_PORT_FREE_MIN +
				       (offset + tried) % range);
		err = scope_port_insert(ss);
		if (err != -EADDRINUSE)
			return err;
		cond_resched();
	}
	return -EADDRINUSE;
}

/**
 * scope_port_bind() - give a socket a port
 * @sk: the socket, locked, without one
 * @ifindex: the device as addresses have it, 0 for scope0
 * @port: network order; 0 for a free one
 *
 * Context: process.
 *
 * Return: 0, -EADDRINUSE or -ENOMEM.
 */
int scope_port_bind(struct sock *sk, u32 ifindex, __be16 port)
{
	struct scope_sock *ss = scope_sk(sk);
	int err;

	ss->bound.ifindex = ifindex;
	ss->bound.type = sk->sk_type;
	ss->bound.port = port;
	err = port ? scope_port_insert(ss) : scope_port_free(ss);
	if (err)
		memset(&ss->bound, 0, sizeof(ss->bound));
	return err;
}

/**
 * scope_port_unbind() - take a socket's port away, if it has one
 * @sk: the socket, locked
 *
 * Who found it by the port may use it until the RCU read lock is dropped.
 */
void scope_port_unbind(struct sock *sk)
{
	struct scope_sock *ss = scope_sk(sk);

	if (!ss->bound.port)
		return;
	rhashtable_remove_fast(&ss->sn->ports, &ss->node, scope_port_params);
	WRITE_ONCE(ss->bound.port, 0);
	ss->bound.ifindex = 0;
}

/**
 * scope_port_rehash() - follow SO_BINDTODEVICE
 * @sk: the socket, locked; sk_bound_dev_if is new
 *
 * Moves the port to that device. Where somebody else has it there, the socket
 * stays where it was, and what comes by another device than the one it is
 * bound to is not delivered. Bound to none any more, it stays where it is.
 */
void scope_port_rehash(struct sock *sk)
{
	struct scope_sock *ss = scope_sk(sk);
	struct scope_port old = ss->bound;
	u32 ifindex = sk->sk_bound_dev_if;

	if (ss->sn->dev && ifindex == ss->sn->dev->ifindex)
		ifindex = 0;
	if (!old.port || !sk->sk_bound_dev_if || ifindex == old.ifindex)
		return;
	scope_port_unbind(sk);
	if (scope_port_bind(sk, ifindex, old.port))
		scope_port_bind(sk, old.ifindex, old.port);
	scope_registry_change(sk);
}

/**
 * scope_port_lookup() - who has a port
 * @sn: the namespace's data
 * @ifindex: the device as addresses have it
 * @port: network order
 * @type: SOCK_*
 *
 * Context: RCU read lock.
 *
 * Return: the socket, which may be closing, or NULL.
 */
struct sock *scope_port_lookup(struct scope_net *sn, u32 ifindex, __be16 port,
			       int type)
{
	const struct scope_port key = {
		.ifindex = ifindex,
		.port = port,
		.type = type,
	};
	struct scope_sock *ss;

	ss = rhashtable_lookup(&sn->ports, &key, scope_port_params);
	return ss ? &ss->sk : NULL;
}

/**
 * scope_port_net_init() - make a namespace's table
 * @sn: the namespace's data
 *
 * Return: 0 or -ENOMEM.
 */
int scope_port_net_init(struct scope_net *sn)
{
	return rhashtable_init(&sn->ports, &scope_port_params);
}

/**
 * scope_port_net_exit() - free it
 * @sn: the namespace's data, without sockets
 */
void scope_port_net_exit(struct scope_net *sn)
{
	rhashtable_destroy(&sn->ports);
}
