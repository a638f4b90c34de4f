// SPDX-License-Identifier: GPL-2.0
/*
 * end.c - an sk_buff ends: it did its work, or did not
 *
 * Place: stations end.consumed and end.dropped. Called by all layers, in process or
 * softirq context, with whatever locks they have but held_lock. A rule may hold an
 * sk_buff here as at other stations, see hold.c; what goes on behind it is the
 * function that books what became of it and frees it. So nobody may rely on that it
 * is freed, nor on that its charge is given back, when these return.
 *
 * What others free, a qdisc, tc or a driver, ends without this: see station.c.
 */
#include "identity.h"
#include "reason.h"
#include "rule.h"
#include "station.h"

/* Behind end.dropped */
static __always_inline void
scope_free_dropped(struct scope_net *sn, struct sock *sk, struct sk_buff *skb,
		   u32 reason)
{
	if (scope_skb_cb(skb)->control)
		scope_count(sn, SCOPE_COUNT_CONTROL_LOST);
	else
		scope_count_reason(sn, reason);
	scope_identity_end(skb);
	kfree_skb_reason(skb, scope_reason_core(reason));
}

/* Behind end.consumed */
static __always_inline void
scope_free_consumed(struct scope_net *sn, struct sock *sk, struct sk_buff *skb,
		    u32 fate)
{
	scope_count(sn, fate);
	scope_identity_end(skb);
	consume_skb(skb);
}

/* The same for one that was read */
static __always_inline void
scope_free_read(struct scope_net *sn, struct sock *sk, struct sk_buff *skb,
		u32 fate)
{
	atomic_long_inc(&scope_sk(sk)->delivered);
	scope_free_consumed(sn, sk, skb, fate);
}

/* The rules are asked with much on the stack: so these are functions apart */
static noinline bool scope_drop_watched(struct scope_net *sn, struct sock *sk,
					struct sk_buff *skb, u32 reason)
{
	scope_trace_drop(sn, sk, skb, reason);
	return scope_has_rules(sn) &&
	       scope_rules_end(sn, SCOPE_STATION_END_DROPPED, sk, skb,
			       (struct scope_end){ scope_free_dropped, reason });
}

static noinline bool scope_consume_watched(struct scope_net *sn,
					   struct sock *sk, struct sk_buff *skb,
					   struct scope_end end)
{
	scope_trace(sn, SCOPE_STATION_END_CONSUMED, sk, skb, NULL);
	return scope_has_rules(sn) &&
	       scope_rules_end(sn, SCOPE_STATION_END_CONSUMED, sk, skb, end);
}

/**
 * scope_drop() - end an sk_buff that did not do its work
 * @sn: the namespace's data
 * @sk: the socket this layer works for, or NULL
 * @skb: consumed
 * @reason: enum skb_drop_reason or enum scope_drop
 *
 * Counts it in the ledger, when it ends; the caller counts it for its socket.
 *
 * Context: process or softirq.
 */
void scope_drop(struct scope_net *sn, struct sock *sk, struct sk_buff *skb,
		u32 reason)
{
	scope_count_passed(sn, SCOPE_STATION_END_DROPPED);
	if (!scope_is_watched() || !scope_drop_watched(sn, sk, skb, reason))
		scope_free_dropped(sn, sk, skb, reason);
}

/**
 * scope_consume() - end an sk_buff that did its work
 * @sn: the namespace's data
 * @sk: the socket this layer works for, or NULL
 * @skb: consumed
 * @fate: which, to be counted when it ends
 *
 * Context: process or softirq.
 */
void scope_consume(struct scope_net *sn, struct sock *sk, struct sk_buff *skb,
		   enum scope_count fate)
{
	const struct scope_end end = { scope_free_consumed, fate };

	scope_count_passed(sn, SCOPE_STATION_END_CONSUMED);
	if (!scope_is_watched() || !scope_consume_watched(sn, sk, skb, end))
		scope_free_consumed(sn, sk, skb, fate);
}

/**
 * scope_consume_read() - end an sk_buff that was read
 * @sn: the namespace's data
 * @sk: the socket whose receive queue it was on; it is counted for that, too
 * @skb: consumed
 *
 * Context: process.
 */
void scope_consume_read(struct scope_net *sn, struct sock *sk,
			struct sk_buff *skb)
{
	const struct scope_end end = { scope_free_read, SCOPE_COUNT_DELIVERED };

	scope_count_passed(sn, SCOPE_STATION_END_CONSUMED);
	if (!scope_is_watched() || !scope_consume_watched(sn, sk, skb, end))
		scope_free_read(sn, sk, skb, SCOPE_COUNT_DELIVERED);
}
