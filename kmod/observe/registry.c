// SPDX-License-Identifier: GPL-2.0
/*
 * registry.c - every socket of the family, by its cookie
 *
 * Place: beside the data path. The socket layer inserts and announces a socket
 * when it is created and retires it when it is closed, in process context. The
 * protocol inserts, in softirq, the connections that nobody accepted yet, and
 * forgets those that are over. expose/ walks it. Readers hold the RCU read lock,
 * which keeps a socket's memory (SOCK_RCU_FREE), and take a reference to use it
 * beyond that.
 *
 * A cookie is never used twice, so a walk that goes on behind the last cookie
 * it saw meets every socket that was there all the time exactly once.
 */
#include <linux/sock_diag.h>

#include "registry.h"

static BLOCKING_NOTIFIER_HEAD(scope_listeners);

static void scope_registry_changed(struct scope_net *sn)
{
	/* 0 would tell a dump that there is no number to compare */
	if (!atomic_inc_return(&sn->generation))
		atomic_inc(&sn->generation);
}

/**
 * scope_registry_insert() - have the views show a socket
 * @sk: the socket; its cookie is made here
 * @gfp: GFP_ATOMIC outside of process context
 *
 * Nobody is told yet: see scope_registry_announce().
 *
 * Return: 0 or -ENOMEM.
 */
int scope_registry_insert(struct sock *sk, gfp_t gfp)
{
	struct scope_sock *ss = scope_sk(sk);
	u32 cookie[2];
	int err;

	sock_diag_save_cookie(sk, cookie);
	ss->cookie = (u64)cookie[1] << 32 | cookie[0];
	err = xa_err(xa_store_bh(&ss->sn->sockets, ss->cookie, sk, gfp));
	if (err)
		return err;
	atomic_inc(&ss->sn->nr_sockets);
	scope_registry_changed(ss->sn);
	return 0;
}

/**
 * scope_registry_announce() - tell that a socket is born
 * @sk: the socket, inserted
 *
 * Context: process, may sleep.
 */
void scope_registry_announce(struct sock *sk)
{
	scope_sk(sk)->told = true;
	blocking_notifier_call_chain(&scope_listeners, SCOPE_SOCKET_NEW, sk);
}

/**
 * scope_registry_change() - a socket's addresses or state changed
 * @sk: the socket, locked
 *
 * Context: process, may sleep.
 */
void scope_registry_change(struct sock *sk)
{
	if (scope_sk(sk)->told)
		blocking_notifier_call_chain(&scope_listeners,
					     SCOPE_SOCKET_CHANGE, sk);
}

/**
 * scope_registry_retire() - tell that a socket is closed
 * @sk: the socket
 *
 * Its connection may go on, and be seen, until scope_registry_forget().
 *
 * Context: process, may sleep.
 */
void scope_registry_retire(struct sock *sk)
{
	if (scope_sk(sk)->told)
		blocking_notifier_call_chain(&scope_listeners, SCOPE_SOCKET_DEL,
					     sk);
	scope_sk(sk)->told = false;
}

/**
 * scope_registry_forget() - no view shows a socket any more
 * @sk: the socket, with a reference held
 *
 * Context: process or softirq.
 */
void scope_registry_forget(struct sock *sk)
{
	struct scope_sock *ss = scope_sk(sk);

	xa_erase_bh(&ss->sn->sockets, ss->cookie);
	atomic_dec(&ss->sn->nr_sockets);
	scope_registry_changed(ss->sn);
}

/**
 * scope_registry_next() - the first socket at or behind a cookie
 * @sn: the namespace's data
 * @cookie: where to begin; set to the socket's
 *
 * Context: any; takes the RCU read lock.
 *
 * Return: the socket, with a reference for sock_put(), or NULL.
 */
struct sock *scope_registry_next(struct scope_net *sn, u64 *cookie)
{
	unsigned long index = *cookie;
	struct sock *sk;

	rcu_read_lock();
	sk = xa_find(&sn->sockets, &index, ULONG_MAX, XA_PRESENT);
	while (sk && !refcount_inc_not_zero(&sk->sk_refcnt))
		sk = xa_find_after(&sn->sockets, &index, ULONG_MAX, XA_PRESENT);
	rcu_read_unlock();
	*cookie = index;
	return sk;
}

/**
 * scope_registry_get() - a socket by its cookie
 * @sn: the namespace's data
 * @cookie: the cookie
 *
 * Context: any; takes the RCU read lock.
 *
 * Return: the socket, with a reference for sock_put(), or NULL.
 */
struct sock *scope_registry_get(struct scope_net *sn, u64 cookie)
{
	struct sock *sk;

	rcu_read_lock();
	sk = xa_load(&sn->sockets, cookie);
	if (sk && !refcount_inc_not_zero(&sk->sk_refcnt))
		sk = NULL;
	rcu_read_unlock();
	return sk;
}

/**
 * scope_registry_queued() - what all receive queues of a namespace hold
 * @sn: the namespace's data
 *
 * Context: any; takes the RCU read lock.
 */
u64 scope_registry_queued(struct scope_net *sn)
{
	unsigned long cookie;
	struct sock *sk;
	u64 sum = 0;

	rcu_read_lock();
	xa_for_each(&sn->sockets, cookie, sk)
		sum += skb_queue_len_lockless(&sk->sk_receive_queue);
	rcu_read_unlock();
	return sum;
}

/**
 * scope_registry_listen() - hear of sockets
 * @nb: called as enum scope_socket_event says
 *
 * Return: 0.
 */
int scope_registry_listen(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&scope_listeners, nb);
}

/**
 * scope_registry_unlisten() - hear no more
 * @nb: given to scope_registry_listen(); not running when this returns
 */
void scope_registry_unlisten(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&scope_listeners, nb);
}
