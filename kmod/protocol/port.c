// SPDX-License-Identifier: GPL-2.0
/*
 * port.c - which socket has which port
 *
 * Place: protocol layer. The socket layer binds and unbinds in process context
 * with the socket locked; conn.c uses ports for connections, in softirq too;
 * input.c looks up in softirq under the RCU read lock. Each type of socket has
 * ports of its own on each device.
 *
 * A port in use has a bucket. Its owner is the socket that was bound to it,
 * which gets datagrams and opens; the connections that use it are counted, for
 * they may outlive a listener, and those that connect() made without bind()
 * share a port if their peers differ. The table grows with the buckets. Takes
 * ports_lock, and nothing inside it.
 */
#include <linux/random.h>

#include "../observe/registry.h"

/**
 * struct scope_bucket - a port in use
 * @key: which one
 * @node: in scope_net.ports
 * @owner: the socket that was bound to it, or NULL
 * @conns: connections that use it
 * @reuse: whether all of these began with SO_REUSEADDR
 * @rcu: for who looked it up
 */
struct scope_bucket {
	struct scope_port	key;
	struct rhash_head	node;
	struct sock __rcu	*owner;
	unsigned int		conns;
	bool			reuse;
	struct rcu_head		rcu;
};

static const struct rhashtable_params scope_port_params = {
	.key_len		= sizeof(struct scope_port),
	.key_offset		= offsetof(struct scope_bucket, key),
	.head_offset		= offsetof(struct scope_bucket, node),
	.min_size		= SCOPE_TABLE_MIN,
	.automatic_shrinking	= true,
};

static struct sock *scope_port_owner(struct scope_net *sn,
				     const struct scope_bucket *bucket)
{
	return rcu_dereference_protected(bucket->owner,
					 lockdep_is_held(&sn->ports_lock));
}

/* The port's bucket, made if there is none; or an error pointer. Locked. */
static struct scope_bucket *scope_bucket_get(struct scope_net *sn,
					     const struct scope_port *key)
{
	struct scope_bucket *bucket;
	int err;

	bucket = rhashtable_lookup_fast(&sn->ports, key, scope_port_params);
	if (bucket)
		return bucket;
	bucket = kzalloc(sizeof(*bucket), GFP_ATOMIC | __GFP_NOWARN);
	if (!bucket)
		return ERR_PTR(-ENOMEM);
	bucket->key = *key;
	bucket->reuse = true;
	err = rhashtable_insert_fast(&sn->ports, &bucket->node,
				     scope_port_params);
	if (!err)
		return bucket;
	kfree(bucket);
	return ERR_PTR(err);
}

static void scope_bucket_put(struct scope_net *sn, struct scope_bucket *bucket)
{
	if (scope_port_owner(sn, bucket) || bucket->conns)
		return;
	rhashtable_remove_fast(&sn->ports, &bucket->node, scope_port_params);
	kfree_rcu(bucket, rcu);
}

static void scope_bucket_take(struct scope_sock *ss,
			      struct scope_bucket *bucket)
{
	ss->bucket = bucket;
	ss->bound.type = bucket->key.type;
	WRITE_ONCE(ss->bound.ifindex, bucket->key.ifindex);
	WRITE_ONCE(ss->bound.port, bucket->key.port);
}

static void scope_bucket_leave(struct scope_sock *ss)
{
	ss->bucket = NULL;
	WRITE_ONCE(ss->bound.port, 0);
	ss->bound.ifindex = 0;
}

static int scope_port_try_own(struct scope_sock *ss,
			      const struct scope_port *port)
{
	struct scope_net *sn = ss->sn;
	struct scope_bucket *bucket;
	int err = 0;

	spin_lock_bh(&sn->ports_lock);
	bucket = scope_bucket_get(sn, port);
	if (IS_ERR(bucket)) {
		err = PTR_ERR(bucket);
	} else if (scope_port_owner(sn, bucket) ||
		   (bucket->conns && !(bucket->reuse && ss->sk.sk_reuse))) {
		err = -EADDRINUSE;
	} else {
		rcu_assign_pointer(bucket->owner, &ss->sk);
		scope_bucket_take(ss, bucket);
	}
	spin_unlock_bh(&sn->ports_lock);
	return err;
}

static int scope_port_own(struct scope_sock *ss, const struct scope_port *port)
{
	int err;

	for (;;) {
		err = scope_port_try_own(ss, port);
		if (err != -EBUSY)
			return err;
		/* The table grows already and is full again: let it */
		schedule_timeout_uninterruptible(1);
	}
}

/* A free port, from a random one upwards */
static int scope_port_own_free(struct scope_sock *ss, struct scope_port *port)
{
	const u32 range = SCOPE_PORT_FREE_MAX - SCOPE_PORT_FREE_MIN + 1;
	u32 offset = get_random_u32_below(range);
	u32 tried;
	int err;

	for (tried = 0; tried < range; tried++) {
		port->port = htons(SCOPE_PORT_FREE_MIN +
				   (offset + tried) % range);
		err = scope_port_own(ss, port);
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
 * A port that connections use, of a listener that is closed or without one, is
 * had if they and @sk all have SO_REUSEADDR.
 *
 * Context: process.
 *
 * Return: 0, -EADDRINUSE or -ENOMEM.
 */
int scope_port_bind(struct sock *sk, u32 ifindex, __be16 port)
{
	struct scope_port key = {
		.ifindex = ifindex,
		.port = port,
		.type = sk->sk_type,
	};

	return port ? scope_port_own(scope_sk(sk), &key) :
		      scope_port_own_free(scope_sk(sk), &key);
}

/**
 * scope_port_unbind() - a socket owns its port no more, if it did
 * @sk: the socket, locked
 *
 * A connection of its goes on to use it. Who found the socket by the port may
 * use it until the RCU read lock is dropped.
 */
void scope_port_unbind(struct sock *sk)
{
	struct scope_sock *ss = scope_sk(sk);
	struct scope_bucket *bucket = ss->bucket;
	struct scope_net *sn = ss->sn;

	if (!bucket)
		return;
	spin_lock_bh(&sn->ports_lock);
	if (scope_port_owner(sn, bucket) == sk)
		RCU_INIT_POINTER(bucket->owner, NULL);
	if (!ss->conn.hashed) {
		scope_bucket_leave(ss);
		scope_bucket_put(sn, bucket);
	}
	spin_unlock_bh(&sn->ports_lock);
}

/**
 * scope_port_use() - a connection begins to use a port
 * @sk: the connection, locked or not yet known to anybody
 * @port: which one
 * @owner: who may own it: @sk itself, its listener, or NULL for nobody
 *
 * Context: process or softirq.
 *
 * Return: 0; -EADDRINUSE where somebody else owns it; -ENOMEM; -EBUSY where
 * the table has to grow first.
 */
int scope_port_use(struct sock *sk, const struct scope_port *port,
		   const struct sock *owner)
{
	struct scope_sock *ss = scope_sk(sk);
	struct scope_net *sn = ss->sn;
	struct scope_bucket *bucket;
	struct sock *has;
	int err = 0;

	spin_lock_bh(&sn->ports_lock);
	bucket = scope_bucket_get(sn, port);
	if (IS_ERR(bucket)) {
		err = PTR_ERR(bucket);
		goto out;
	}
	has = scope_port_owner(sn, bucket);
	if (has && has != owner) {
		err = -EADDRINUSE;
		goto out;
	}
	bucket->conns++;
	bucket->reuse &= !!sk->sk_reuse;
	scope_bucket_take(ss, bucket);
out:
	spin_unlock_bh(&sn->ports_lock);
	return err;
}

/**
 * scope_port_unuse() - it is over; undoes scope_port_use()
 * @sk: the connection, locked
 *
 * Context: process or softirq.
 */
void scope_port_unuse(struct sock *sk)
{
	struct scope_sock *ss = scope_sk(sk);
	struct scope_bucket *bucket = ss->bucket;
	struct scope_net *sn = ss->sn;

	spin_lock_bh(&sn->ports_lock);
	bucket->conns--;
	if (scope_port_owner(sn, bucket) != sk) {
		scope_bucket_leave(ss);
		scope_bucket_put(sn, bucket);
	}
	spin_unlock_bh(&sn->ports_lock);
}

/**
 * scope_port_rehash() - follow SO_BINDTODEVICE
 * @sk: the socket, locked; sk_bound_dev_if is new
 *
 * Moves the port to that device. Where somebody else has it there, the socket
 * stays where it was, and what comes by another device than the one it is
 * bound to is not delivered. Bound to none any more, it stays where it is, and
 * so does a connection.
 */
void scope_port_rehash(struct sock *sk)
{
	struct scope_sock *ss = scope_sk(sk);
	struct scope_port old = ss->bound;
	u32 ifindex = sk->sk_bound_dev_if;

	if (ss->sn->dev && ifindex == ss->sn->dev->ifindex)
		ifindex = 0;
	if (!ss->bucket || !sk->sk_bound_dev_if || ifindex == old.ifindex ||
	    ss->conn.hashed)
		return;
	scope_port_unbind(sk);
	if (scope_port_bind(sk, ifindex, old.port))
		scope_port_bind(sk, old.ifindex, old.port);
	scope_registry_change(sk);
}

/**
 * scope_port_lookup() - who owns a port
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
	const struct scope_bucket *bucket;

	bucket = rhashtable_lookup(&sn->ports, &key, scope_port_params);
	return bucket ? rcu_dereference(bucket->owner) : NULL;
}

/**
 * scope_port_net_init() - make a namespace's table
 * @sn: the namespace's data
 *
 * Return: 0 or -ENOMEM.
 */
int scope_port_net_init(struct scope_net *sn)
{
	spin_lock_init(&sn->ports_lock);
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
