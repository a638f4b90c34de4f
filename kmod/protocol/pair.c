// SPDX-License-Identifier: GPL-2.0
/*
 * pair.c - from one end of a socketpair() to the other
 *
 * Place: stations protocol.push and protocol.deliver of a socketpair(). Called
 * by the socket layer in process context. The way is short: no header, no
 * device, no acknowledgment. The sk_buff goes onto the other end's receive
 * queue under that queue's lock, and stays charged to its sender: that is the
 * back-pressure. To close one end takes the other's socket lock, never both.
 */
#include <net/tcp_states.h>

#include "../observe/identity.h"
#include "../observe/station.h"

/* What an end's sender may have under way; the usual default */
#define SCOPE_PAIR_BUF	(208 << 10)

/* Where in the stream of octets, or of records, it is */
static void scope_pair_place(struct scope_sock *ss, struct sk_buff *skb)
{
	struct scope_skb_cb *cb = scope_skb_cb(skb);

	cb->seq = ss->pair_seq;
	cb->taken = 0;
	WRITE_ONCE(ss->pair_seq, cb->seq + skb->len +
		   !!(cb->flags & SCOPE_F_END));
	if (cb->flags & SCOPE_F_URG) {
		ss->conn.urg_seq = cb->seq + skb->len - 1;
		ss->conn.urg = SCOPE_URG_WAITS;
	}
}

/* The other end does not read any more */
static int scope_pair_lose(struct scope_net *sn, struct sock *other,
			   struct sk_buff *skb)
{
	atomic_long_inc(&scope_sk(other)->rx_dropped);
	scope_drop(sn, other, skb, SCOPE_DROP_SHUTDOWN);
	return sock_flag(other, SOCK_DEAD) && other->sk_type == SOCK_DGRAM ?
	       -ECONNREFUSED : -EPIPE;
}

/* Behind socket.queue, with the other end */
static __always_inline int
scope_pair_enqueue(struct scope_net *sn, struct sock *other,
		   struct sk_buff *skb)
{
	const struct scope_skb_cb *cb = scope_skb_cb(skb);
	struct sk_buff_head *queue = &other->sk_receive_queue;
	bool urgent = cb->flags & SCOPE_F_URG;
	struct scope_mem before = {};
	bool dead;

	spin_lock_bh(&queue->lock);
	dead = other->sk_shutdown & RCV_SHUTDOWN;
	if (!dead) {
		scope_before(&before, other);
		if (cb->segment)
			scope_pair_place(scope_sk(other), skb);
		__skb_queue_tail(queue, skb);
		scope_count(sn, SCOPE_COUNT_QUEUED);
		if (scope_is_watched())
			scope_trace(sn, SCOPE_STATION_SOCKET_QUEUE, other, skb,
				    &before);
	}
	spin_unlock_bh(&queue->lock);
	if (dead)
		return scope_pair_lose(sn, other, skb);
	if (urgent)
		sk_send_sigurg(other);
	other->sk_data_ready(other);
	return 0;
}

/* Behind protocol.deliver, with the other end; the queue's lock decides */
static __always_inline int
scope_pair_deliver(struct scope_net *sn, struct sock *other,
		   struct sk_buff *skb)
{
	if (READ_ONCE(other->sk_shutdown) & RCV_SHUTDOWN)
		return scope_pair_lose(sn, other, skb);
	return scope_pass(sn, SCOPE_STATION_SOCKET_QUEUE, other, skb, NULL,
			  scope_pair_enqueue);
}

/* Behind protocol.push */
static __always_inline int
scope_pair_over(struct scope_net *sn, struct sock *sk, struct sk_buff *skb)
{
	struct sock *other = scope_sk(sk)->pair;

	atomic_long_inc(&scope_sk(other)->received);
	return scope_pass(sn, SCOPE_STATION_PROTOCOL_DELIVER, other, skb, NULL,
			  scope_pair_deliver);
}

/**
 * scope_pair_push() - send to the other end of a socketpair()
 * @sn: the namespace's data
 * @sk: the sender, not locked
 * @skb: consumed; charged to @sk
 *
 * Context: process.
 *
 * Return: 0; -EPIPE where the other end does not read any more; of datagrams
 * -ECONNREFUSED where it is closed.
 */
int scope_pair_push(struct scope_net *sn, struct sock *sk, struct sk_buff *skb)
{
	return scope_pass(sn, SCOPE_STATION_PROTOCOL_PUSH, sk, skb, NULL,
			  scope_pair_over);
}

static void scope_pair_set_shutdown(struct sock *sk, int how)
{
	/* Senders look at it under the lock of the queue they send to */
	spin_lock_bh(&sk->sk_receive_queue.lock);
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | how);
	spin_unlock_bh(&sk->sk_receive_queue.lock);
}

/**
 * scope_pair_shutdown() - one end will not send, or not read, any more
 * @sk: the end, not locked
 * @how: RCV_SHUTDOWN, SEND_SHUTDOWN or both
 *
 * Context: process.
 */
void scope_pair_shutdown(struct sock *sk, int how)
{
	struct sock *other = scope_sk(sk)->pair;
	int theirs = 0;

	if (how & RCV_SHUTDOWN)
		theirs |= SEND_SHUTDOWN;
	if (how & SEND_SHUTDOWN)
		theirs |= RCV_SHUTDOWN;
	scope_pair_set_shutdown(sk, how);
	scope_pair_set_shutdown(other, theirs);
	sk->sk_state_change(sk);
	other->sk_state_change(other);
	sk_wake_async(other, SOCK_WAKE_WAITD,
		      READ_ONCE(other->sk_shutdown) == SHUTDOWN_MASK ?
		      POLL_HUP : POLL_IN);
}

/**
 * scope_pair_make() - make two new sockets the ends of a pair
 * @a: one end
 * @b: the other
 *
 * Context: process. Nobody else knows the sockets yet.
 */
void scope_pair_make(struct sock *a, struct sock *b)
{
	struct sock *ends[] = { a, b };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		struct scope_sock *ss = scope_sk(ends[i]);

		sock_hold(ends[!i]);
		ss->pair = ends[!i];
		ss->pair_cookie = scope_sk(ends[!i])->cookie;
		ss->pair_seq = 1;
		ss->conn.copied_seq = 1;
		scope_conn_set_owner(ends[i]);
		scope_conn_peer_of(ends[!i], ends[i]);
		sock_reset_flag(ends[i], SOCK_USE_WRITE_QUEUE);
		WRITE_ONCE(ends[i]->sk_sndbuf, SCOPE_PAIR_BUF);
		WRITE_ONCE(ends[i]->sk_state, TCP_ESTABLISHED);
	}
}

/**
 * scope_pair_drop() - forget the other end
 * @sk: an end that is closed, or any other socket
 */
void scope_pair_drop(struct sock *sk)
{
	struct sock *other = scope_sk(sk)->pair;

	scope_sk(sk)->pair = NULL;
	if (other)
		sock_put(other);
}

/**
 * scope_pair_close() - nobody has one end open any more
 * @sk: the end, not locked; what was not read is still on its queue
 * @reset: whether the other end is to get an error in any case
 *
 * Context: process.
 */
void scope_pair_close(struct sock *sk, bool reset)
{
	struct sock *other = scope_sk(sk)->pair;

	/* Datagrams have no end: sending another one will show that */
	if (sk->sk_type == SOCK_DGRAM) {
		scope_pair_set_shutdown(sk, SHUTDOWN_MASK);
		return;
	}
	/* As a reset would: what it sent was not read */
	if (reset || !skb_queue_empty(&sk->sk_receive_queue))
		WRITE_ONCE(other->sk_err, ECONNRESET);
	scope_pair_shutdown(sk, SHUTDOWN_MASK);
	WRITE_ONCE(other->sk_state, TCP_CLOSE);
	if (other->sk_err)
		sk_error_report(other);
}
