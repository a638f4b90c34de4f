// SPDX-License-Identifier: GPL-2.0
/*
 * queue.c - onto the receive queue
 *
 * Place: station socket.queue. scope_queue_rcv() and scope_queue_segment() are
 * the socket layer's entries from below, as scope_sock.queue_rcv: the first in
 * softirq under the RCU read lock and without the socket lock, for datagrams
 * need none; the second for connections, with it. Both take the receive queue's
 * lock.
 */
#include <linux/filter.h>

#include "../observe/identity.h"
#include "../observe/station.h"
#include "socket.h"

static int scope_queue_drop(struct scope_net *sn, struct sock *sk,
			    struct sk_buff *skb, u32 reason)
{
	atomic_long_inc(&scope_sk(sk)->rx_dropped);
	sk_drops_inc(sk);
	scope_drop(sn, sk, skb, reason);
	return NET_RX_DROP;
}

/* Behind socket.queue */
static __always_inline int
scope_enqueue(struct scope_net *sn, struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	struct scope_mem before = {};
	unsigned long flags;

	skb->dev = NULL;
	spin_lock_irqsave(&queue->lock, flags);
	scope_before(&before, sk);
	skb_set_owner_r(skb, sk);
	sock_skb_set_dropcount(sk, skb);
	__skb_queue_tail(queue, skb);
	scope_count(sn, SCOPE_COUNT_QUEUED);
	/* Told here, for a reader may have it as soon as the lock is dropped */
	if (scope_is_watched())
		scope_trace(sn, SCOPE_STATION_SOCKET_QUEUE, sk, skb, &before);
	spin_unlock_irqrestore(&queue->lock, flags);

	if (!sock_flag(sk, SOCK_DEAD))
		sk->sk_data_ready(sk);
	return NET_RX_SUCCESS;
}

/**
 * scope_queue_rcv() - give a socket a datagram
 * @sk: the socket, which may be closing
 * @skb: consumed; its data is the payload
 *
 * The rule of sock_queue_rcv_skb(): one more is taken while what is charged is
 * under the limit.
 *
 * Context: softirq, RCU read lock.
 *
 * Return: NET_RX_*.
 */
int scope_queue_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct scope_net *sn = scope_sk(sk)->sn;

	if (READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN)
		return scope_queue_drop(sn, sk, skb, SCOPE_DROP_SHUTDOWN);
	if (sk_filter(sk, skb))
		return scope_queue_drop(sn, sk, skb,
					SKB_DROP_REASON_SOCKET_FILTER);
	if (atomic_read(&sk->sk_rmem_alloc) >= READ_ONCE(sk->sk_rcvbuf))
		return scope_queue_drop(sn, sk, skb,
					SKB_DROP_REASON_SOCKET_RCVBUFF);
	return scope_pass(sn, SCOPE_STATION_SOCKET_QUEUE, sk, skb, NULL,
			  scope_enqueue);
}

/* Behind socket.queue of a segment */
static __always_inline int
scope_enqueue_segment(struct scope_net *sn, struct sock *sk,
		      struct sk_buff *skb)
{
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	struct scope_mem before = {};

	spin_lock_bh(&queue->lock);
	scope_before(&before, sk);
	skb_set_owner_r(skb, sk);
	__skb_queue_tail(queue, skb);
	scope_count(sn, SCOPE_COUNT_QUEUED);
	if (scope_is_watched())
		scope_trace(sn, SCOPE_STATION_SOCKET_QUEUE, sk, skb, &before);
	spin_unlock_bh(&queue->lock);
	return NET_RX_SUCCESS;
}

/*
 * A buffer for the octets of @skb and of the small ones behind it: an sk_buff
 * for every octet would cost the receiver hundreds of times what it was told
 * to have room for. NULL where there is no memory; then it costs.
 */
static struct sk_buff *scope_collector(struct scope_net *sn,
				       const struct sk_buff *skb)
{
	const struct scope_skb_cb *from = scope_skb_cb(skb);
	struct scope_skb_cb *cb;
	struct sk_buff *to;

	to = alloc_skb(SKB_WITH_OVERHEAD(PAGE_SIZE), GFP_ATOMIC | __GFP_NOWARN);
	if (!to)
		return NULL;
	scope_identity_give(to, scope_identity_next());
	cb = scope_skb_cb(to);
	cb->parent = from->id;
	cb->relation = SCOPE_RELATION_MERGE;
	cb->segment = true;
	cb->seq = from->seq;
	cb->port = scope_hdr(skb)->sport;
	cb->pport = scope_hdr(skb)->dport;
	scope_count(sn, SCOPE_COUNT_DERIVED);
	return to;
}

/* Behind socket.queue of a segment whose octets go into the one at the tail */
static int scope_merge(struct scope_net *sn, struct sock *sk,
		       struct sk_buff *skb)
{
	struct sk_buff *tail = skb_peek_tail(&sk->sk_receive_queue);

	spin_lock_bh(&sk->sk_receive_queue.lock);
	if (scope_is_watched())
		scope_trace(sn, SCOPE_STATION_SOCKET_QUEUE, sk, skb, NULL);
	skb_copy_bits(skb, 0, skb_put(tail, skb->len), skb->len);
	spin_unlock_bh(&sk->sk_receive_queue.lock);
	scope_consume(sn, sk, skb, SCOPE_COUNT_MERGED);
	return NET_RX_SUCCESS;
}

/* Whether the tail of the queue has, or now gets, room for a small segment */
static bool scope_may_merge(struct scope_net *sn, struct sock *sk,
			    const struct sk_buff *skb)
{
	struct sk_buff *tail = skb_peek_tail(&sk->sk_receive_queue);

	if (!tail || sk->sk_type != SOCK_STREAM || scope_skb_cb(skb)->flags ||
	    scope_skb_cb(tail)->flags || skb->len > SCOPE_MERGE_MAX)
		return false;
	if (scope_is_watched() && scope_skb_cb(tail)->stands)
		return false;
	/* Room that was made is used, also by what would not have made it */
	if (scope_skb_cb(tail)->relation == SCOPE_RELATION_MERGE &&
	    skb_tailroom(tail) >= skb->len)
		return true;
	if (!scope_skb_is_small(skb))
		return false;
	tail = scope_collector(sn, skb);
	if (!tail)
		return false;
	scope_count_passed(sn, SCOPE_STATION_SOCKET_QUEUE);
	scope_enqueue_segment(sn, sk, tail);
	return true;
}

/**
 * scope_queue_segment() - give a connection what comes next
 * @sk: the socket, locked
 * @skb: consumed; its data is the payload, its cb a segment's
 *
 * No rule has it at socket.queue any more: conn_input.c asked them before the
 * segment counted as here.
 *
 * Context: softirq, or process.
 *
 * Return: NET_RX_SUCCESS.
 */
int scope_queue_segment(struct sock *sk, struct sk_buff *skb)
{
	struct scope_net *sn = scope_sk(sk)->sn;
	struct scope_conn *c = scope_conn(sk);
	u64 end = scope_skb_cb(skb)->seq + skb->len;
	u8 flags = scope_skb_cb(skb)->flags;
	u32 len = skb->len;
	int rc;

	scope_count_passed(sn, SCOPE_STATION_SOCKET_QUEUE);
	rc = scope_may_merge(sn, sk, skb) ? scope_merge(sn, sk, skb) :
					    scope_enqueue_segment(sn, sk, skb);
	if (sk->sk_type == SOCK_SEQPACKET)
		c->part = flags & SCOPE_F_END ? 0 : c->part + len;
	if (flags & SCOPE_F_END)
		c->records++;
	if (flags & SCOPE_F_URG) {
		/* Any earlier one is an octet like others from now on */
		c->urg_seq = end - 1;
		c->urg = SCOPE_URG_WAITS;
		sk_send_sigurg(sk);
	}
	if (!sock_flag(sk, SOCK_DEAD))
		sk->sk_data_ready(sk);
	return rc;
}

/**
 * scope_queue_purge() - drop what nobody read
 * @sk: the socket, being closed or freed
 *
 * Context: process or softirq.
 */
void scope_queue_purge(struct sock *sk)
{
	struct scope_net *sn = scope_sk(sk)->sn;
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&sk->sk_receive_queue))) {
		scope_count(sn, SCOPE_COUNT_UNQUEUED);
		atomic_long_inc(&scope_sk(sk)->rx_dropped);
		scope_drop(sn, sk, skb, SCOPE_DROP_CLOSED);
	}
}
