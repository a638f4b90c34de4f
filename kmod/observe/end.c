// SPDX-License-Identifier: GPL-2.0
/*
 * end.c - an sk_buff ends: it did its work, or did not
 *
 * Place: stations end.consumed and end.dropped. Called by all layers, in process or
 * softirq context, with whatever locks they have.
 *
 * What others free, a qdisc, tc or a driver, ends without this: see station.c.
 */
#include "identity.h"
#include "reason.h"
#include "station.h"

/* Behind end.dropped */
static void scope_free_dropped(struct scope_net *sn, struct sock *sk,
			       struct sk_buff *skb, u32 reason)
{
	if (scope_skb_cb(skb)->control)
		scope_count(sn, SCOPE_COUNT_CONTROL_LOST);
	else
		scope_count_reason(sn, reason);
	scope_identity_end(skb);
	kfree_skb_reason(skb, scope_reason_core(reason));
}

/* Behind end.consumed */
static void scope_free_consumed(struct scope_net *sn, struct sock *sk,
				struct sk_buff *skb, u32 fate)
{
	scope_count(sn, fate);
	if (fate == SCOPE_COUNT_DELIVERED)
		atomic_long_inc(&scope_sk(sk)->delivered);
	scope_identity_end(skb);
	consume_skb(skb);
}

/**
 * scope_drop() - end an sk_buff that did not do its work
 * @sn: the namespace's data
 * @sk: the socket this layer works for, or NULL
 * @skb: consumed
 * @reason: enum skb_drop_reason or enum scope_drop
 *
 * Counts it in the ledger; the caller counts it for its socket.
 *
 * Context: process or softirq.
 */
void scope_drop(struct scope_net *sn, struct sock *sk, struct sk_buff *skb,
		u32 reason)
{
	scope_count_passed(sn, SCOPE_STATION_END_DROPPED);
	if (scope_is_watched())
		scope_trace_drop(sn, sk, skb, reason);
	scope_free_dropped(sn, sk, skb, reason);
}

/**
 * scope_consume() - end an sk_buff that did its work
 * @sn: the namespace's data
 * @sk: the socket this layer works for, or NULL
 * @skb: consumed
 * @fate: which, to be counted; of SCOPE_COUNT_DELIVERED for @sk, too
 *
 * Context: process or softirq.
 */
void scope_consume(struct scope_net *sn, struct sock *sk, struct sk_buff *skb,
		   enum scope_count fate)
{
	scope_count_passed(sn, SCOPE_STATION_END_CONSUMED);
	if (scope_is_watched())
		scope_trace(sn, SCOPE_STATION_END_CONSUMED, sk, skb, NULL);
	scope_free_consumed(sn, sk, skb, fate);
}
