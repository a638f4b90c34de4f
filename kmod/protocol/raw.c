// SPDX-License-Identifier: GPL-2.0
/*
 * protocol/raw.c - frames as they are, for SOCK_RAW
 *
 * Place: stations protocol.push and protocol.deliver of raw sockets. Their
 * senders call in process context; input.c calls for every frame it has found
 * to be well formed, in softirq under the RCU read lock, before the socket that
 * the frame is for is looked up: each raw socket that wants it gets a clone.
 */
#include "../observe/identity.h"
#include "../observe/station.h"

/**
 * scope_raw_join() - a raw socket gets frames from now on
 * @sk: the socket
 *
 * Context: process.
 */
void scope_raw_join(struct sock *sk)
{
	struct scope_net *sn = scope_sk(sk)->sn;

	spin_lock(&sn->raw_lock);
	hlist_add_head_rcu(&scope_sk(sk)->raw, &sn->raw);
	spin_unlock(&sn->raw_lock);
}

/**
 * scope_raw_leave() - and no more, but for those on their way
 * @sk: any socket
 *
 * Context: process.
 */
void scope_raw_leave(struct sock *sk)
{
	struct scope_net *sn = scope_sk(sk)->sn;

	if (hlist_unhashed(&scope_sk(sk)->raw))
		return;
	spin_lock(&sn->raw_lock);
	hlist_del_init_rcu(&scope_sk(sk)->raw);
	spin_unlock(&sn->raw_lock);
}

/**
 * scope_raw_push() - send a frame that has its header
 * @sn: the namespace's data
 * @sk: the sender
 * @skb: consumed; at least a header long; cb has the destination
 *
 * A sum of 0 is filled in, by the device or the core; any other is sent as it
 * is, right or wrong.
 *
 * Context: process.
 *
 * Return: 0 or a negative errno.
 */
int scope_raw_push(struct scope_net *sn, struct sock *sk, struct sk_buff *skb)
{
	skb_reset_network_header(skb);
	skb_reset_transport_header(skb);
	if (!scope_hdr(skb)->check) {
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_transport_header(skb) - skb->head;
		skb->csum_offset = offsetof(struct scope_hdr, check);
	}
	return scope_pass(sn, SCOPE_STATION_PROTOCOL_PUSH, sk, skb, NULL,
			  scope_dev_queue);
}

/* Whether a raw socket wants what came by @dev, from and to those ports */
static bool scope_raw_wants(const struct sock *sk, const struct sk_buff *skb)
{
	const struct scope_skb_cb *cb = scope_skb_cb(skb);
	const struct scope_sock *ss = scope_sk(sk);
	const struct scope_addr peer = scope_peer(sk);

	if (!scope_dev_is_bound(sk, skb->dev))
		return false;
	if (READ_ONCE(ss->bound.type) &&
	    (READ_ONCE(ss->bound.ifindex) != cb->peer.ifindex ||
	     (READ_ONCE(ss->bound.port) &&
	      READ_ONCE(ss->bound.port) != cb->port)))
		return false;
	return !peer.port ||
	       (peer.port == cb->peer.port &&
		peer.ifindex == cb->peer.ifindex &&
		!memcmp(peer.link, cb->peer.link, SCOPE_ADDR_LEN));
}

/* Behind protocol.deliver of a raw socket */
static int scope_raw_up(struct scope_net *sn, struct sock *sk,
			struct sk_buff *skb)
{
	return scope_sk(sk)->queue_rcv(sk, skb);
}

/**
 * scope_raw_deliver() - give a frame to the raw sockets that want it
 * @sn: the namespace's data
 * @skb: the frame from its header on; its cb has both ends. Stays the caller's
 *
 * Context: softirq, RCU read lock.
 */
void scope_raw_deliver(struct scope_net *sn, struct sk_buff *skb)
{
	struct scope_skb_cb *cb;
	struct scope_sock *ss;
	struct sk_buff *clone;

	hlist_for_each_entry_rcu(ss, &sn->raw, raw) {
		if (!scope_raw_wants(&ss->sk, skb))
			continue;
		clone = skb_clone(skb, GFP_ATOMIC | __GFP_NOWARN);
		if (!clone) {
			sk_drops_inc(&ss->sk);
			continue;
		}
		scope_identity_give(clone, scope_identity_next());
		cb = scope_skb_cb(clone);
		cb->parent = scope_skb_cb(skb)->id;
		cb->relation = SCOPE_RELATION_CLONE;
		cb->peer = scope_skb_cb(skb)->peer;
		cb->port = scope_skb_cb(skb)->port;
		scope_count(sn, SCOPE_COUNT_DERIVED);
		atomic_long_inc(&ss->received);
		scope_pass(sn, SCOPE_STATION_PROTOCOL_DELIVER, &ss->sk, clone,
			   NULL, scope_raw_up);
	}
}
