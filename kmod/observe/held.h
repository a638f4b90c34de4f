/* SPDX-License-Identifier: GPL-2.0 */
/*
 * held.h - a parked packet
 */
#ifndef _SCOPE_HELD_H
#define _SCOPE_HELD_H

#include <linux/completion.h>
#include <linux/notifier.h>

#include "rule.h"

#define SCOPE_HOLD_STACK	16	/* functions that led to a station */

/**
 * struct scope_flow - whose order is kept
 * @sk: for whom the station is passed; only to be compared with
 * @ifindex: of the device, 0 for none
 * @sport: host order
 * @dport: host order
 * @station: where
 *
 * No padding: compared as octets.
 */
struct scope_flow {
	const struct sock	*sk;
	u32			ifindex;
	u16			sport;
	u16			dport;
	u64			station;
};

/**
 * struct scope_held - a parked packet
 * @list: in scope_net.held, by the time it came
 * @rule: that holds it, or by which another one is held that it waits behind
 * @sk: what the station is passed for, or NULL
 * @has_ref: whether there is a reference to @sk, which else the charge keeps
 * @skb: the packet; NULL while it is @leaving, and where there is none yet
 * @pic: then, what is known of it; as long as it is not @leaving
 * @dev: its device, kept, or NULL; at its end it needs none any more
 * @tracker: of @dev
 * @okfn: what goes on; NULL at its end, and where a call stands
 * @again: where a call stands, what a second one goes on with, or NULL
 * @end: at its end, what goes on
 * @gone: completed when such a call may go on
 * @id: number of the stay
 * @flow: whose order is kept
 * @since: nanoseconds of ktime_get_ns()
 * @until: jiffies
 * @station: where
 * @waits: for a verdict; else for those of its flow in front of it
 * @leaving: somebody takes it away
 * @control: the protocol's own
 * @booked: it is in the ledger of the namespace
 * @handed: there, it was given to another device than scope0
 * @shared: its head is shared with a clone that a verdict made
 * @why: it is held no more, enum skbscope_why, once that is so
 * @reason: for which it is dropped then, 0 where it goes on
 * @left: the packet, for scope_hold_overtake(), or for the call that stands
 * @task: that ran when it came, its process
 * @comm: its name
 * @nr_stack: how many of
 * @stack: return addresses, the innermost first
 *
 * All under scope_net.held_lock.
 */
struct scope_held {
	struct list_head	list;
	struct scope_rule	*rule;
	struct sock		*sk;
	struct sk_buff		*skb;
	const struct scope_skb_pic *pic;
	struct net_device	*dev;
	netdevice_tracker	tracker;
	scope_okfn		okfn;
	scope_okfn		again;
	struct scope_end	end;
	struct completion	gone;
	u64			id;
	struct scope_flow	flow;
	u64			since;
	unsigned long		until;
	u8			station;
	bool			has_ref;
	bool			waits;
	bool			leaving;
	bool			control;
	bool			booked;
	bool			handed;
	bool			shared;
	u8			why;
	u32			reason;
	struct sk_buff		*left;
	struct pid		*task;
	char			comm[TASK_COMM_LEN];
	unsigned int		nr_stack;
	unsigned long		stack[SCOPE_HOLD_STACK];
};

/**
 * struct scope_held_news - what a listener is told
 * @sn: the namespace's data
 * @held: the packet; its fields are to be read before the call returns
 *
 * The notifier's event is 0 where it is held from now on, else enum skbscope_why
 * it is held no more. Called with scope_net.held_lock.
 */
struct scope_held_news {
	struct scope_net	*sn;
	struct scope_held	*held;
};

/** scope_held_is_ended() - is it at its end, about to be freed? */
static inline bool scope_held_is_ended(const struct scope_held *held)
{
	return held->end.free;
}

/** scope_held_next_fn() - address of what goes on, 0 where a call stands */
static inline unsigned long scope_held_next_fn(const struct scope_held *held)
{
	return (unsigned long)held->okfn ?: (unsigned long)held->end.free;
}

/** scope_held_is_call() - does a call stand there? */
static inline bool scope_held_is_call(const struct scope_held *held)
{
	return !held->okfn && !held->end.free;
}

int scope_hold_listen(struct notifier_block *nb);
void scope_hold_unlisten(struct notifier_block *nb);
void scope_hold_lose(struct scope_net *sn, enum scope_station station,
		     struct sock *sk, struct sk_buff *skb, u32 reason);
struct sk_buff *scope_hold_copy(struct scope_net *sn,
				enum scope_station station,
				struct sk_buff *skb, bool clone);
void scope_flow_of(struct scope_flow *flow, const struct scope_passing *p);
bool scope_flow_same(const struct scope_flow *a, const struct scope_flow *b);
struct scope_held *scope_held_find(struct scope_net *sn, u64 id);
struct scope_held *scope_held_blocker(struct scope_net *sn,
				      const struct scope_flow *flow);
struct sk_buff *scope_held_take(struct scope_net *sn, struct scope_held *held);
void scope_held_unmake(struct scope_held *held);
void scope_held_forget(struct scope_net *sn, struct scope_held *held);
void scope_held_wake(struct scope_net *sn, struct scope_held *held,
		     struct sk_buff *skb);
void scope_held_end(struct scope_net *sn, struct scope_held *held,
		    struct sk_buff *skb);
void scope_flow_go(struct scope_net *sn, const struct scope_flow *flow);
struct scope_held *scope_held_make(const struct scope_passing *p);
bool scope_hold_is_full(const struct scope_net *sn,
			const struct scope_rule *rule);
void scope_held_add(struct scope_net *sn, struct scope_held *held,
		    struct list_head *after);
void scope_held_picture(struct scope_skb_pic *pic,
			const struct scope_held *held);
void scope_hold_net_init(struct scope_net *sn);
void scope_hold_net_exit(struct scope_net *sn);

#endif /* _SCOPE_HELD_H */
