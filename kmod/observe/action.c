// SPDX-License-Identifier: GPL-2.0
/*
 * action.c - what a rule does to a packet
 *
 * Place: beside the data path. Called by rule.c for a packet at a station, in process
 * or softirq context, where it is the rule's turn. Takes no locks but what hold.c does.
 *
 * What is done depends on the rule, the packet and its number alone, so that the same
 * sends meet the same faults.
 */
#include <linux/jhash.h>

#include "action.h"
#include "hold.h"

/**
 * scope_rule_random() - a number that the seed gives
 * @rule: the rule, with its seed
 * @nth: for which of its packets
 * @what: enum scope_random, for what
 *
 * Return: the same each time.
 */
u32 scope_rule_random(const struct scope_rule *rule, u64 nth,
		      enum scope_random what)
{
	return jhash_3words(lower_32_bits(nth), upper_32_bits(nth),
			    rule->spec.seed, what);
}

/* The delay of a packet in milliseconds, for which there is time at least */
static u32 scope_rule_delay(const struct scope_rule *rule, u64 nth)
{
	u32 random = scope_rule_random(rule, nth, SCOPE_RANDOM_DELAY);
	const struct scope_rule_spec *spec = &rule->spec;
	u32 spread = 2 * spec->jitter + 1;
	s64 more;

	if (!spec->table)
		return max(1U, spec->delay - spec->jitter + random % spread);
	/* A table may go by far more than the jitter, to either side */
	more = DIV_S64_ROUND_CLOSEST((s64)spec->jitter *
				     spec->table[random % spec->table_len],
				     SCOPE_RULE_TABLE_SCALE);
	return clamp_t(s64, spec->delay + more, 1, SCOPE_HOLD_MS_MAX);
}

/* Whether the place of a sum that is to be made is (still) in the packet */
static bool scope_sum_has_place(const struct sk_buff *skb)
{
	int start = skb_checksum_start_offset(skb);

	return start >= 0 && start + skb->csum_offset + (int)sizeof(__sum16) <=
			     (int)skb_headlen(skb);
}

/**
 * scope_sum_make() - make the sum that a device was to make
 * @skb: the packet, linear and its octets its own
 *
 * Of a packet that a socket's filter cut short, there may be none to make.
 *
 * Context: process or softirq.
 *
 * Return: 0 or a negative errno.
 */
int scope_sum_make(struct sk_buff *skb)
{
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return 0;
	if (scope_sum_has_place(skb))
		return skb_checksum_help(skb);
	skb->ip_summed = CHECKSUM_NONE;
	return 0;
}

static bool scope_rule_corrupt(const struct scope_rule_spec *spec,
			       struct sk_buff *skb)
{
	if (spec->offset >= skb->len || skb_linearize_cow(skb))
		return false;
	/* As on a wire: the sum is of what was sent, not of what became of it */
	if (scope_sum_make(skb))
		return false;
	skb->data[spec->offset] ^= BIT(spec->bit);
	return true;
}

/* A connection's segment that is read has something left behind what was read */
static bool scope_rule_may_cut(enum scope_station station,
			       const struct sk_buff *skb, u32 len)
{
	const struct scope_skb_cb *cb = scope_skb_cb(skb);

	return station != SCOPE_STATION_SOCKET_RECV || !cb->segment ||
	       len > cb->taken;
}

static bool scope_rule_truncate(const struct scope_rule_spec *spec,
				enum scope_station station,
				struct sk_buff *skb)
{
	bool framed = station == SCOPE_STATION_DEVICE_QUEUE ||
		      station == SCOPE_STATION_DEVICE_XMIT;

	/*
	 * A driver takes no frame without a link header. A connection takes what
	 * shares its octets for all of a segment, and waits for it.
	 */
	if (spec->offset >= skb->len || (framed && spec->offset < ETH_HLEN) ||
	    !scope_rule_may_cut(station, skb, spec->offset) ||
	    skb_unclone(skb, GFP_ATOMIC | __GFP_NOWARN) ||
	    pskb_trim(skb, spec->offset))
		return false;
	/* The urgent octet was the last one */
	scope_skb_cb(skb)->flags &= ~SCOPE_F_URG;
	/* Where the sum was to be, there may be nothing now */
	if (skb->ip_summed == CHECKSUM_PARTIAL && !scope_sum_has_place(skb))
		skb->ip_summed = CHECKSUM_NONE;
	return true;
}

static bool scope_rule_lose(struct scope_passing *p, u32 reason, int rc)
{
	scope_hold_lose(p->sn, p->station, p->sk, p->skb, reason);
	p->skb = NULL;
	p->lost = true;
	p->reason = reason;
	p->rc = rc;
	return true;
}

/* Where nothing is made yet, or not any more, the call fails and that is all */
static bool scope_rule_refuse(struct scope_passing *p, u32 reason, int rc)
{
	if (p->skb && p->station != SCOPE_STATION_SOCKET_RECV)
		return scope_rule_lose(p, reason, rc);
	p->rc = rc;
	return true;
}

/**
 * scope_rule_park() - hold a packet
 * @rule: by which
 * @p: the packet
 * @ms: for how long at most
 *
 * Context: process or softirq, RCU read lock.
 *
 * Return: whether it was taken; where it is one too many, @p->over says so.
 */
bool scope_rule_park(struct scope_rule *rule, struct scope_passing *p, u32 ms)
{
	int err = scope_hold(rule, p, ms);

	p->over = err == -ENOSPC;
	return !err;
}

/**
 * scope_rule_act() - do to a packet what a rule says
 * @rule: the rule
 * @p: the packet, whose turn it is
 * @nth: of those that the rule is meant for
 *
 * Counts it as hit or missed.
 *
 * Context: process or softirq, RCU read lock.
 *
 * Return: whether the packet was taken: held, lost, or the call fails.
 */
bool scope_rule_act(struct scope_rule *rule, struct scope_passing *p, u64 nth)
{
	const struct scope_rule_spec *spec = &rule->spec;
	bool up = p->station >= SCOPE_STATION_DEVICE_RECEIVE;
	bool done = false, taken = false;

	switch (spec->action) {
	case SKBSCOPE_ACTION_HOLD:
		/* It counts for itself, and where it is one too many */
		return scope_rule_park(rule, p, spec->timeout);
	case SKBSCOPE_ACTION_DELAY:
		return scope_rule_park(rule, p, scope_rule_delay(rule, nth));
	case SKBSCOPE_ACTION_REORDER:
		return scope_rule_park(rule, p, spec->delay);
	case SKBSCOPE_ACTION_DROP:
		taken = scope_rule_lose(p, SCOPE_DROP_FAULT,
					!p->okfn ? -ENOBUFS :
					up ? NET_RX_DROP : 0);
		done = true;
		break;
	case SKBSCOPE_ACTION_ENOMEM:
		taken = scope_rule_refuse(p, SKB_DROP_REASON_NOMEM,
					  up && p->okfn ? NET_RX_DROP :
							  -ENOBUFS);
		done = true;
		break;
	case SKBSCOPE_ACTION_WOULDBLOCK:
		taken = scope_rule_refuse(p, SCOPE_DROP_FAULT, -EAGAIN);
		done = true;
		break;
	case SKBSCOPE_ACTION_DUPLICATE:
		/* A call goes on but once, and may have no use for another one */
		if (!p->okfn && !p->again)
			break;
		if (!p->copy)
			p->copy = scope_hold_copy(p->sn, p->station, p->skb,
						  false);
		done = p->copy;
		break;
	case SKBSCOPE_ACTION_CORRUPT:
		done = scope_rule_corrupt(spec, p->skb);
		break;
	case SKBSCOPE_ACTION_TRUNCATE:
		done = scope_rule_truncate(spec, p->station, p->skb);
		break;
	}
	atomic64_inc(done ? &rule->hits : &rule->missed);
	return taken;
}
