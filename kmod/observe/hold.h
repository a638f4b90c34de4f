/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hold.h - packets that are parked at a station
 */
#ifndef _SCOPE_HOLD_H
#define _SCOPE_HOLD_H

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
 * @dev: its device, kept, or NULL
 * @tracker: of @dev
 * @okfn: what goes on; NULL where a call stands
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

/**
 * struct scope_order - what to do with a held packet
 * @verdict: enum skbscope_verdict
 * @reason: of a drop
 * @place: enum skbscope_place, of an edit
 * @offset: from there
 * @bytes: of an edit
 * @len: how many
 * @wrong_sum: leave the sum as it is
 * @value: mark, priority or octets
 */
struct scope_order {
	u32		verdict;
	u32		reason;
	u32		place;
	s32		offset;
	const u8	*bytes;
	u32		len;
	bool		wrong_sum;
	u32		value;
};

int scope_hold_init(void);
void scope_hold_exit(void);
void scope_hold_net_init(struct scope_net *sn);
void scope_hold_net_exit(struct scope_net *sn);

int scope_hold(struct scope_rule *rule, struct scope_passing *p, u32 ms);
bool scope_hold_behind(struct scope_passing *p);
int scope_hold_stand(struct scope_passing *p);
bool scope_hold_steps(struct scope_rule *rule, struct scope_net *sn,
		      const struct scope_skb_pic *pic);
void scope_hold_lose(struct scope_net *sn, enum scope_station station,
		     struct sock *sk, struct sk_buff *skb, u32 reason);
struct sk_buff *scope_hold_copy(struct scope_net *sn,
				enum scope_station station,
				struct sk_buff *skb, bool clone);
struct scope_held *scope_hold_overtaken(const struct scope_passing *p);
void scope_hold_overtake(struct scope_net *sn, struct scope_held *held);
struct sk_buff *scope_hold_leave(struct scope_net *sn, struct scope_held *held);
void scope_hold_rule_ends(struct scope_net *sn, struct scope_rule *rule,
			  enum skbscope_why why);
int scope_hold_order(struct scope_net *sn, u64 id,
		     const struct scope_order *order, u64 *made);
void scope_hold_release(struct scope_net *sn, struct scope_rule *rule);
void scope_held_picture(struct scope_skb_pic *pic,
			const struct scope_held *held);
void scope_hold_close(struct sock *sk);
u64 scope_hold_count(struct scope_net *sn, enum scope_station station,
		     const struct sock *sk);
int scope_hold_listen(struct notifier_block *nb);
void scope_hold_unlisten(struct notifier_block *nb);

#endif /* _SCOPE_HOLD_H */
