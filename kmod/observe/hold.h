/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hold.h - who parks packets at a station, and who has them go on
 */
#ifndef _SCOPE_HOLD_H
#define _SCOPE_HOLD_H

#include "held.h"

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
 * @decided: set where it is refused, for the packet did its work
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
	bool		decided;
};

/* hold.c */
int scope_hold(struct scope_rule *rule, struct scope_passing *p, u32 ms);
bool scope_hold_behind(struct scope_passing *p);
int scope_hold_stand(struct scope_passing *p);
struct scope_held *scope_hold_overtaken(const struct scope_passing *p);
void scope_hold_overtake(struct scope_net *sn, struct scope_held *held);
struct sk_buff *scope_hold_leave(struct scope_net *sn, struct scope_held *held);
bool scope_hold_steps(struct scope_rule *rule, struct scope_net *sn,
		      const struct scope_skb_pic *pic);
void scope_hold_step(struct scope_rule *rule, u64 id);

/* verdict.c */
int scope_hold_order(struct scope_net *sn, u64 id, struct scope_order *order,
		     u64 *made);

/* release.c */
int scope_hold_init(void);
void scope_hold_exit(void);
void scope_hold_rule_ends(struct scope_net *sn, struct scope_rule *rule,
			  enum skbscope_why why);
void scope_hold_release(struct scope_net *sn, struct scope_rule *rule);
void scope_hold_close(struct sock *sk);
void scope_hold_orphaned(struct sock *sk);
u64 scope_hold_count(struct scope_net *sn, enum scope_station station,
		     const struct sock *sk);

#endif /* _SCOPE_HOLD_H */
