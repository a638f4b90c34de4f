// SPDX-License-Identifier: GPL-2.0
/*
 * verdict.c - what somebody has become of a held packet
 *
 * Place: beside the data path. Called by expose/netlink_held.c in process context.
 * What leaves the packet where it is happens under held_lock, so that it can't go
 * on meanwhile; whoever is let go of goes on without it.
 */
#include "action.h"
#include "hold.h"

/* Whether the family's header is to be there, not checked yet and trusted */
static bool scope_held_is_frame(const struct scope_held *held)
{
	return held->station >= SCOPE_STATION_PROTOCOL_PUSH &&
	       held->station <= SCOPE_STATION_DEVICE_RECEIVE;
}

/* And is: the core does not know where it begins in what a packet socket wrote */
static bool scope_held_has_header(const struct scope_held *held)
{
	return scope_held_is_frame(held) &&
	       (held->station == SCOPE_STATION_DEVICE_RECEIVE ||
		skb_transport_header_was_set(held->skb));
}

/* Where it is then, from the data on */
static int scope_held_header(const struct scope_held *held)
{
	return held->station == SCOPE_STATION_DEVICE_RECEIVE ?
	       skb_network_offset(held->skb) : skb_transport_offset(held->skb);
}

/* Where an edit begins, from the data on. Return: 0 or a negative errno. */
static int scope_edit_offset(const struct scope_held *held,
			     const struct scope_order *order, s64 *offset)
{
	const struct sk_buff *skb = held->skb;
	s64 base = 0;
	u8 hlen;

	if (order->place != SKBSCOPE_PLACE_DATA &&
	    scope_held_has_header(held)) {
		base = scope_held_header(held);
		if (order->place == SKBSCOPE_PLACE_PAYLOAD) {
			if (skb_copy_bits(skb, base +
					  offsetof(struct scope_hdr, hlen),
					  &hlen, sizeof(hlen)))
				return -ERANGE;
			base += hlen;
		}
	} else if (order->place == SKBSCOPE_PLACE_HEADER ||
		   (order->place == SKBSCOPE_PLACE_PAYLOAD &&
		    scope_held_is_frame(held))) {
		return -ENODATA;
	}
	*offset = base + order->offset;
	if (*offset < 0 || *offset + order->len > skb->len)
		return -ERANGE;
	return 0;
}

/* The sum anew, over what the frame has now */
static void scope_edit_mend(struct sk_buff *skb, int offset)
{
	struct scope_hdr *hdr = (struct scope_hdr *)(skb->data + offset);

	if (offset < 0 || offset + (int)sizeof(*hdr) > (int)skb->len)
		return;
	hdr->check = 0;
	hdr->check = csum_fold(skb_checksum(skb, offset, skb->len - offset, 0));
	skb->ip_summed = CHECKSUM_NONE;
}

static int scope_held_edit(struct scope_held *held,
			   const struct scope_order *order)
{
	bool summed = scope_held_has_header(held);
	struct sk_buff *skb = held->skb;
	s64 offset;
	int err;

	err = scope_edit_offset(held, order, &offset);
	if (err)
		return err;
	if (skb_linearize_cow(skb))
		return -ENOMEM;
	if (summed && order->wrong_sum) {
		/* The one that was right before */
		err = scope_sum_make(skb);
		if (err)
			return err;
	}
	memcpy(skb->data + offset, order->bytes, order->len);
	/* One that is still to be made will be of what is there now */
	if (!summed || skb->ip_summed == CHECKSUM_PARTIAL)
		return 0;
	if (order->wrong_sum)
		skb->ip_summed = CHECKSUM_NONE;
	else
		scope_edit_mend(skb, scope_held_header(held));
	return 0;
}

/* A second one, held right behind. Return: 0 or a negative errno. */
static int scope_held_double(struct scope_net *sn, struct scope_held *held,
			     bool clone, u64 *made)
{
	struct scope_passing p = {
		.sn = sn,
		.station = held->station,
		.sk = held->sk,
		.skb = held->skb,
		.okfn = held->okfn ?: held->again,
		.end = held->end,
	};
	struct scope_held *other;

	if (scope_hold_is_full(sn, held->rule))
		return -ENOSPC;
	/* What the first one needs kept alive the second one does, too */
	other = scope_held_make(&p);
	if (!other)
		return -ENOMEM;
	other->skb = scope_hold_copy(sn, held->station, held->skb, clone);
	if (!other->skb) {
		scope_held_unmake(other);
		return -ENOMEM;
	}
	other->rule = held->rule;
	other->flow = held->flow;
	other->until = held->until;
	other->waits = true;
	other->why = held->why;
	other->nr_stack = held->nr_stack;
	memcpy(other->stack, held->stack, sizeof(other->stack));
	if (clone) {
		other->shared = true;
		held->shared = true;
	}
	scope_held_add(sn, other, &held->list);
	*made = other->id;
	return 0;
}

/* Whatever leaves the packet held; under the lock */
static int scope_held_change(struct scope_net *sn, struct scope_held *held,
			     const struct scope_order *order, u64 *made)
{
	gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;
	struct sk_buff *skb = held->skb;

	switch (order->verdict) {
	case SKBSCOPE_VERDICT_DUPLICATE:
		return scope_held_double(sn, held, false, made);
	case SKBSCOPE_VERDICT_CLONE:
		return scope_held_double(sn, held, true, made);
	case SKBSCOPE_VERDICT_EDIT:
		return scope_held_edit(held, order);
	case SKBSCOPE_VERDICT_MARK:
		skb->mark = order->value;
		return 0;
	case SKBSCOPE_VERDICT_PRIORITY:
		skb->priority = order->value;
		return 0;
	case SKBSCOPE_VERDICT_EXPAND_HEAD:
		return pskb_expand_head(skb, SKB_DATA_ALIGN(order->value), 0,
					gfp);
	case SKBSCOPE_VERDICT_LINEARIZE:
		return skb_linearize(skb);
	default:
		return -EINVAL;
	}
}

/* What has become of one that did its work is decided, and that it was one */
static bool scope_held_is_decided(const struct scope_held *held, u32 verdict)
{
	return held->station == SCOPE_STATION_END_CONSUMED &&
	       (verdict == SKBSCOPE_VERDICT_DROP ||
		verdict == SKBSCOPE_VERDICT_DUPLICATE ||
		verdict == SKBSCOPE_VERDICT_CLONE);
}

static bool scope_held_moves(u32 verdict)
{
	return verdict == SKBSCOPE_VERDICT_EDIT ||
	       verdict == SKBSCOPE_VERDICT_EXPAND_HEAD ||
	       verdict == SKBSCOPE_VERDICT_LINEARIZE;
}

/* Whether a verdict can be given there. Return: 0 or a negative errno. */
static int scope_held_may(const struct scope_held *held,
			  struct scope_order *order)
{
	order->decided = scope_held_is_decided(held, order->verdict);
	if (order->decided)
		return -EOPNOTSUPP;
	if (!held->skb)
		return order->verdict == SKBSCOPE_VERDICT_CONTINUE ||
		       order->verdict == SKBSCOPE_VERDICT_STEP ? 0 :
								 -EOPNOTSUPP;
	if (scope_held_is_call(held) && !held->again &&
	    (order->verdict == SKBSCOPE_VERDICT_DUPLICATE ||
	     order->verdict == SKBSCOPE_VERDICT_CLONE))
		return -EBUSY;
	/* Who peeked at it on its queue reads it still */
	if (skb_shared(held->skb) && scope_held_moves(order->verdict))
		return -ETXTBSY;
	return 0;
}

static u64 scope_held_skb_id(const struct scope_held *held)
{
	return held->skb ? scope_skb_cb(held->skb)->id : held->pic->id;
}

/**
 * scope_hold_order() - a verdict on a held packet
 * @sn: the namespace's data
 * @id: number of the stay
 * @order: the verdict; checked by the caller but for what the packet decides
 * @made: set to the number of the stay of a copy
 *
 * Context: process.
 *
 * Return: 0; -ENOENT where it is not held (any more); -ERANGE for octets that
 * it does not have, -ENODATA where it has no header; -ENOSPC where the rule can
 * hold no more; -EOPNOTSUPP where there is no sk_buff yet, or where it is decided
 * what becomes of it, as @order->decided says; -EBUSY for a second one where a call
 * stands that has no use for it; -ETXTBSY for octets that somebody reads; -ENOMEM.
 */
int scope_hold_order(struct scope_net *sn, u64 id, struct scope_order *order,
		     u64 *made)
{
	bool goes = order->verdict <= SKBSCOPE_VERDICT_DROP;
	struct scope_held *held;
	struct sk_buff *skb = NULL;
	struct scope_flow flow;
	bool dropped = false;
	int err;

	spin_lock_bh(&sn->held_lock);
	held = scope_held_find(sn, id);
	if (!held) {
		spin_unlock_bh(&sn->held_lock);
		return -ENOENT;
	}
	flow = held->flow;
	err = scope_held_may(held, order);
	if (!err && !goes) {
		err = scope_held_change(sn, held, order, made);
	} else if (!err) {
		if (order->verdict == SKBSCOPE_VERDICT_STEP &&
		    !scope_held_is_ended(held))
			scope_hold_step(held->rule, scope_held_skb_id(held));
		held->waits = false;
		held->why = SKBSCOPE_WHY_VERDICT;
		/* Who is dropped need not wait for his turn */
		dropped = order->verdict == SKBSCOPE_VERDICT_DROP;
		if (dropped) {
			held->reason = order->reason;
			if (scope_held_is_ended(held))
				held->end.fate = order->reason;
			skb = scope_held_take(sn, held);
		}
	}
	spin_unlock_bh(&sn->held_lock);
	if (dropped)
		scope_held_end(sn, held, skb);
	if (!err && goes)
		scope_flow_go(sn, &flow);
	return err;
}
