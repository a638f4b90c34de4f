// SPDX-License-Identifier: GPL-2.0
/*
 * listen.c - a listener and its children
 *
 * Place: protocol layer, beside conn.c. A SYN finds the listener in softirq,
 * under the RCU read lock; the socket layer calls in process context.
 *
 * A child is a copy of its listener, made for a SYN. It has no struct socket
 * until accept() gives it one. It is on one of two lists of the listener's,
 *
 *	half	being opened: its SYN is not yet acknowledged
 *	ready	open, waiting for accept()
 *
 * and counts in the backlog on either, so that no more are told that they are
 * connected than listen() has room for. The lists are under scope_conn.lock,
 * which is taken inside a child's socket lock, never the other way; no two
 * socket locks are ever held.
 */
#include <linux/sched/signal.h>

#include "../observe/registry.h"
#include "conn.h"

/* The listener, with a reference, if its backlog is full */
static struct sock *scope_conn_full_listener(struct sock *sk,
					     const struct scope_addr *to)
{
	struct sock *listener;

	rcu_read_lock();
	listener = scope_port_lookup(scope_sk(sk)->sn, to->ifindex, to->port,
				     sk->sk_type);
	if (listener && (READ_ONCE(listener->sk_state) != TCP_LISTEN ||
			 !sk_acceptq_is_full(listener) ||
			 !refcount_inc_not_zero(&listener->sk_refcnt)))
		listener = NULL;
	rcu_read_unlock();
	return listener;
}

/**
 * scope_conn_wait_room() - wait for room in a backlog
 * @sk: who wants to connect, not locked
 * @to: whom to
 * @timeo: jiffies; what is left of them is written back
 *
 * On this node accept() wakes us. Over a wire nothing does: ask again soon.
 *
 * Context: process, sleeps.
 *
 * Return: false where a signal came or the time is over.
 */
bool scope_conn_wait_room(struct sock *sk, const struct scope_addr *to,
			  long *timeo)
{
	struct sock *listener = NULL;
	DEFINE_WAIT(wait);

	if (!scope_conn_is_here(to)) {
		long nap = min_t(long, *timeo, HZ / 20);

		nap -= schedule_timeout_interruptible(nap);
		if (*timeo != MAX_SCHEDULE_TIMEOUT)
			*timeo -= nap;
		return *timeo && !signal_pending(current);
	}

	listener = scope_conn_full_listener(sk, to);
	if (!listener)
		return true;
	prepare_to_wait(&scope_conn(listener)->room, &wait, TASK_INTERRUPTIBLE);
	if (sk_acceptq_is_full(listener) &&
	    READ_ONCE(listener->sk_state) == TCP_LISTEN)
		*timeo = schedule_timeout(*timeo);
	finish_wait(&scope_conn(listener)->room, &wait);
	sock_put(listener);
	return *timeo && !signal_pending(current);
}

/**
 * scope_conn_listen() - begin to listen, or change the backlog
 * @sk: the socket, locked, with a port; TCP_CLOSE or TCP_LISTEN
 * @backlog: connections that may wait for accept(), less one
 *
 * Context: process.
 *
 * Return: 0.
 */
int scope_conn_listen(struct sock *sk, int backlog)
{
	struct scope_conn *c = scope_conn(sk);

	scope_conn_set_owner(sk);
	spin_lock_bh(&c->lock);
	WRITE_ONCE(sk->sk_max_ack_backlog, backlog);
	scope_conn_state(sk, TCP_LISTEN);
	spin_unlock_bh(&c->lock);
	wake_up_interruptible_all(&c->room);
	return 0;
}

/**
 * scope_conn_leave_listener() - take a child off its listener's lists
 * @sk: the connection, locked
 *
 * Return: whether it was on one.
 */
bool scope_conn_leave_listener(struct sock *sk)
{
	struct sock *listener;
	bool listed = false;

	/* The listener cannot be freed before it took its children off */
	rcu_read_lock();
	listener = READ_ONCE(scope_conn(sk)->listener);
	if (listener) {
		spin_lock_bh(&scope_conn(listener)->lock);
		listed = scope_conn(sk)->listener;
		if (listed) {
			list_del_init(&scope_conn(sk)->child);
			WRITE_ONCE(scope_conn(sk)->listener, NULL);
			sk_acceptq_removed(listener);
		}
		spin_unlock_bh(&scope_conn(listener)->lock);
		if (listed)
			wake_up_interruptible_all(&scope_conn(listener)->room);
	}
	rcu_read_unlock();
	return listed;
}

/**
 * scope_conn_acceptable() - would accept() give a connection?
 * @sk: a listener
 */
bool scope_conn_acceptable(const struct sock *sk)
{
	return !list_empty_careful(&scope_conn(sk)->ready);
}

/**
 * scope_conn_accept() - the next connection that is open
 * @sk: a listener, locked
 *
 * Context: process.
 *
 * Return: the connection with the reference it was born with, or NULL.
 */
struct sock *scope_conn_accept(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);
	struct scope_conn *child;

	spin_lock_bh(&c->lock);
	child = list_first_entry_or_null(&c->ready, struct scope_conn, child);
	if (child) {
		list_del_init(&child->child);
		WRITE_ONCE(child->listener, NULL);
		sk_acceptq_removed(sk);
	}
	spin_unlock_bh(&c->lock);
	if (!child)
		return NULL;
	wake_up_interruptible_all(&c->room);
	return &container_of(child, struct scope_sock, conn)->sk;
}

/* Take over from the listener what its copy may not share with it */
static void scope_conn_child_init(struct sock *sk)
{
	struct scope_sock *ss = scope_sk(sk);
	const struct scope_conn *old = scope_conn(sk);
	int keepidle = old->keepidle;
	int keepintvl = old->keepintvl;
	int keepcnt = old->keepcnt;

	atomic64_set(&sk->sk_cookie, 0);
	sk->sk_peer_pid = NULL;
	sk->sk_peer_cred = NULL;
	sk->sk_ack_backlog = 0;
	sk->sk_max_ack_backlog = 0;
	ss->bucket = NULL;
	memset(&ss->bound, 0, sizeof(ss->bound));
	seqlock_init(&ss->peer_lock);
	ss->pair = NULL;
	ss->pair_cookie = 0;
	ss->pid = NULL;
	ss->cred = NULL;
	INIT_HLIST_NODE(&ss->raw);
	atomic_long_set(&ss->allocated, 0);
	atomic_long_set(&ss->tx_dropped, 0);
	atomic_long_set(&ss->received, 0);
	atomic_long_set(&ss->delivered, 0);
	atomic_long_set(&ss->rx_dropped, 0);
	ss->told = false;
	ss->debugfs = NULL;

	scope_conn_init(sk);
	ss->conn.keepidle = keepidle;
	ss->conn.keepintvl = keepintvl;
	ss->conn.keepcnt = keepcnt;
	scope_conn_begin(sk);
}

/*
 * Whose pid and cred the two ends show. Nobody knows the child yet, so
 * sk_peer_lock, which is not for softirqs, is not needed.
 */
static void scope_conn_child_owners(struct sock *sk, struct sock *listener)
{
	struct scope_sock *ss = scope_sk(sk);
	struct sock *client;

	scope_conn_owner_of(listener, &ss->cred, &ss->pid);
	if (!scope_conn_is_here(&ss->peer))
		return;
	client = scope_conn_mirror(ss->sn, &ss->conn.key);
	if (client)
		scope_conn_owner_of(client, &sk->sk_peer_cred,
				    &sk->sk_peer_pid);
}

/* A copy of the listener that nobody knows yet, or NULL */
static struct sock *scope_conn_copy(struct sock *listener)
{
	struct sock *sk = sk_clone_lock(listener, GFP_ATOMIC);

	if (!sk)
		return NULL;
	/* It comes locked, which sparse does not see */
	__acquire(&sk->sk_lock.slock);
	scope_conn_state(sk, TCP_SYN_RECV);
	scope_conn_child_init(sk);
	sock_prot_inuse_add(sock_net(sk), sk->sk_prot, 1);
	/* One reference is enough: that of the list, then of the socket */
	__sock_put(sk);
	bh_unlock_sock(sk);
	return sk;
}

/* A copy that did not become known to anybody goes again */
static void scope_conn_copy_free(struct sock *sk)
{
	scope_conn_state(sk, TCP_CLOSE);
	sock_prot_inuse_add(sock_net(sk), sk->sk_prot, -1);
	sock_orphan(sk);
	sock_put(sk);
}

/* Have the peer of a SYN find the child. Return: 0 or a negative errno. */
static int scope_conn_child_begin(struct sock *sk, struct sock *listener,
				  const struct sk_buff *skb)
{
	const struct scope_skb_cb *cb = scope_skb_cb(skb);
	const struct scope_port port = {
		.ifindex = cb->peer.ifindex,
		.port = cb->port,
		.type = listener->sk_type,
	};
	u64 seq = be64_to_cpu(scope_conn_hdr(skb)->seq);
	struct scope_conn *c = scope_conn(sk);
	int err;

	c->irs = seq;
	c->rcv_nxt = seq + 1;
	c->copied_seq = seq + 1;
	c->rcv_edge = seq + 1;
	err = scope_conn_hash(sk, &cb->peer, &port, listener);
	if (err)
		return err;
	err = scope_registry_insert(sk, GFP_ATOMIC);
	if (err) {
		scope_conn_unhash(sk);
		return err;
	}
	scope_conn_child_owners(sk, listener);
	scope_conn_learn(sk, skb);
	return 0;
}

/* Whether the listener takes one more, which is counted at once */
static bool scope_conn_reserve(struct sock *listener, bool *full)
{
	struct scope_conn *c = scope_conn(listener);
	bool listening;

	spin_lock(&c->lock);
	listening = listener->sk_state == TCP_LISTEN;
	*full = listening && sk_acceptq_is_full(listener);
	if (listening && !*full)
		sk_acceptq_added(listener);
	spin_unlock(&c->lock);
	return listening && !*full;
}

static void scope_conn_unreserve(struct sock *listener)
{
	spin_lock(&scope_conn(listener)->lock);
	sk_acceptq_removed(listener);
	spin_unlock(&scope_conn(listener)->lock);
}

/* Put a child among those being opened, if the listener still listens */
static bool scope_conn_join(struct sock *listener, struct sock *sk)
{
	struct scope_conn *c = scope_conn(listener);
	bool listening;

	spin_lock(&c->lock);
	listening = listener->sk_state == TCP_LISTEN;
	if (listening) {
		list_add_tail(&scope_conn(sk)->child, &c->half);
		WRITE_ONCE(scope_conn(sk)->listener, listener);
	}
	spin_unlock(&c->lock);
	return listening;
}

/**
 * scope_conn_syn() - somebody wants to connect
 * @sn: the namespace's data
 * @sk: the listener, not locked
 * @skb: his SYN; stays the caller's
 *
 * Context: softirq, RCU read lock.
 */
void scope_conn_syn(struct scope_net *sn, struct sock *sk, struct sk_buff *skb)
{
	struct sock *child;
	bool full;

	if (!scope_conn_reserve(sk, &full)) {
		scope_conn_refuse(sn, skb, full ? SCOPE_F_BUSY : 0);
		return;
	}
	child = scope_conn_copy(sk);
	if (!child) {
		/* He will ask again */
		scope_conn_unreserve(sk);
		return;
	}

	sock_hold(child);
	bh_lock_sock_nested(child);
	if (scope_conn_child_begin(child, sk, skb)) {
		scope_conn_unreserve(sk);
		scope_conn_copy_free(child);
	} else if (!scope_conn_join(sk, child)) {
		scope_conn_unreserve(sk);
		scope_conn_refuse(sn, skb, 0);
		scope_conn_done(child, 0);
	} else {
		scope_conn(child)->snd_nxt = scope_conn(child)->iss + 1;
		scope_conn_control(child, SCOPE_F_SYN | SCOPE_F_ACK,
				   scope_conn(child)->iss,
				   scope_skb_cb(skb)->id);
		scope_conn_rearm(child);
	}
	bh_unlock_sock(child);
	sock_put(child);
}

/**
 * scope_conn_close_children() - stop listening
 * @sk: the listener, not locked
 *
 * The children it did not give to anybody get a reset, each under a socket lock
 * of its own; what came for them and nobody will read is dropped.
 *
 * Context: process.
 */
void scope_conn_close_children(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);
	struct scope_conn *child, *next;
	LIST_HEAD(children);

	spin_lock_bh(&c->lock);
	scope_conn_state(sk, TCP_CLOSE);
	list_splice_init(&c->half, &children);
	list_splice_init(&c->ready, &children);
	list_for_each_entry(child, &children, child) {
		/* For as long as it takes; it may end by itself meanwhile */
		sock_hold(&container_of(child, struct scope_sock, conn)->sk);
		WRITE_ONCE(child->listener, NULL);
		sk_acceptq_removed(sk);
	}
	spin_unlock_bh(&c->lock);
	wake_up_interruptible_all(&c->room);

	list_for_each_entry_safe(child, next, &children, child) {
		struct sock *born = &container_of(child, struct scope_sock,
						  conn)->sk;

		list_del_init(&child->child);
		lock_sock(born);
		if (!sock_flag(born, SOCK_DEAD)) {
			sock_orphan(born);
			scope_conn_close(born, true);
		}
		release_sock(born);
		scope_queue_purge(born);
		sock_put(born);
	}
}
