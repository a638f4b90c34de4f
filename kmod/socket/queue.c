// SPDX-License-Identifier: GPL-2.0
/*
 * queue.c - onto the receive queue
 *
 * Place: station socket.queue. scope_queue_rcv() is the socket layer's entry
 * from below, as sk_backlog_rcv, in softirq under the RCU read lock and without
 * the socket lock: datagrams need none. Takes the receive queue's lock.
 */
#include <linux/filter.h>

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
static int scope_enqueue(struct scope_net *sn, struct sock *sk,
			 struct sk_buff *skb)
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
	if (static_branch_unlikely(&scope_watched))
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
