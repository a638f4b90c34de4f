/* SPDX-License-Identifier: GPL-2.0 */
/*
 * action.h - what a rule does to a packet
 */
#ifndef _SCOPE_ACTION_H
#define _SCOPE_ACTION_H

#include "rule.h"

/* What scope_rule_random() is asked for */
enum scope_random {
	SCOPE_RANDOM_PICK,
	SCOPE_RANDOM_DELAY,
};

u32 scope_rule_random(const struct scope_rule *rule, u64 nth,
		      enum scope_random what);
int scope_sum_make(struct sk_buff *skb);
bool scope_rule_park(struct scope_rule *rule, struct scope_passing *p, u32 ms);
bool scope_rule_act(struct scope_rule *rule, struct scope_passing *p, u64 nth);

#endif /* _SCOPE_ACTION_H */
