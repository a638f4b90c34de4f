/* SPDX-License-Identifier: GPL-2.0 */
/*
 * identity.h - the number of an sk_buff
 */
#ifndef _SCOPE_IDENTITY_H
#define _SCOPE_IDENTITY_H

#include "../skbscope.h"

u64 scope_identity_next(void);
void scope_identity_give(struct sk_buff *skb, u64 id);
bool scope_identity_give_control(struct sk_buff *skb);
bool scope_identity_give_copy(struct sk_buff *copy, const struct sk_buff *skb,
			      bool clone);
void scope_identity_stow(struct sk_buff *skb);
bool scope_identity_handed(const struct sk_buff *skb);
bool scope_identity_had(const struct sk_buff *skb);
void scope_identity_set_had(struct sk_buff *skb, bool had);
bool scope_identity_fetch(struct sk_buff *skb);
void scope_identity_adopt(struct sk_buff *skb);
void scope_identity_mark_ended(struct sk_buff *skb);
bool scope_identity_ended(const struct sk_buff *skb);
u64 scope_identity_stowed(const struct sk_buff *skb);
struct sock *scope_identity_owner(const struct sk_buff *skb);
bool scope_identity_is_control(const struct sk_buff *skb);

/**
 * scope_identity_end() - it is accounted for; what frees it need not be
 * @skb: about to be freed by this module
 *
 * Nobody asks about one without an owner, and on a receive queue somebody who
 * peeked may still read the drop count that lies there.
 */
static inline void scope_identity_end(struct sk_buff *skb)
{
	if (skb->destructor)
		scope_identity_mark_ended(skb);
}

#endif /* _SCOPE_IDENTITY_H */
