// SPDX-License-Identifier: GPL-2.0
/*
 * identity.c - a number for every sk_buff, that no other one ever gets
 *
 * Place: beside the data path; called by the layers at the points where an
 * sk_buff is made, goes down to a device, comes up from one, and ends. Any
 * context, no locks.
 *
 * The address of an sk_buff names nothing: the slab hands it out again at
 * once. So a counter gives the number, and it travels in skb->cb. Above the
 * device layer cb is the family's, and the number lies in front. Below it a
 * qdisc and tc write over the front, so before an sk_buff goes down its number
 * is stowed in the last eight octets, which they leave alone, under a mark.
 *
 * What comes up is the same sk_buff only if nobody could have freed it
 * meanwhile and made another one in its place. The charge to the socket proves
 * that: sock_wfree(), or sock_efree() where netem cut the charge but kept the
 * socket, goes with this very struct; a clone and a copy get the octets of cb
 * but never the destructor. So
 *
 *	our destructor, and the mark	the same one: same number
 *	no destructor, and the mark	cloned or copied: new number, and the
 *					stowed one is its parent
 *	no mark				a stranger: new number, no parent
 *
 * A fresh sk_buff has a cb of zeros, so no stale mark can be found. Somebody
 * who writes pointers over all of cb, as BPF classifiers do, destroys the mark
 * and the number with it; a pointer cannot look like one. The number is then
 * lost, not mistaken.
 */
#include <linux/module.h>

#include "identity.h"

/*
 * 16 bits of mark, 48 of number: nine years at a million sk_buffs a second.
 * Kernel addresses begin with ffff, user addresses with 0000.
 */
#define SCOPE_MARK		0x5c0cULL
#define SCOPE_MARK_HANDED	0x0001ULL	/* with scope_skb_cb.handed */
#define SCOPE_MARK_HAD		0x0002ULL	/* rules have had it at device.xmit */
#define SCOPE_MARK_BITS		(SCOPE_MARK_HANDED | SCOPE_MARK_HAD)
#define SCOPE_MARK_SHIFT	48
#define SCOPE_ENDED		(0x5cedULL << SCOPE_MARK_SHIFT)

/* struct tc_skb_cb ends at 40; sock_skb_cb has the last 4, on queues only */
#define SCOPE_STOW_OFFSET	40

static atomic64_t scope_last_id;

static u64 *scope_stowed(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct scope_skb_cb) > SCOPE_STOW_OFFSET);
	BUILD_BUG_ON(SCOPE_STOW_OFFSET + sizeof(u64) >
		     sizeof_field(struct sk_buff, cb));
	return (u64 *)(skb->cb + SCOPE_STOW_OFFSET);
}

static bool scope_is_marked(const struct sk_buff *skb)
{
	return (*scope_stowed(skb) >> SCOPE_MARK_SHIFT & ~SCOPE_MARK_BITS) ==
	       SCOPE_MARK;
}

static bool scope_has_mark(const struct sk_buff *skb, u64 bit)
{
	return scope_is_marked(skb) &&
	       *scope_stowed(skb) & bit << SCOPE_MARK_SHIFT;
}

static u64 scope_stowed_id(const struct sk_buff *skb)
{
	if (!scope_is_marked(skb))
		return 0;
	return *scope_stowed(skb) & GENMASK_ULL(SCOPE_MARK_SHIFT - 1, 0);
}

/*
 * Destructors that say that this very struct is known. They may be called long
 * after the sk_buff left the module, from a qdisc of some device: each keeps
 * the module loaded.
 */
static void scope_adopted(struct sk_buff *skb)
{
	module_put(THIS_MODULE);
}

static void scope_control(struct sk_buff *skb)
{
	module_put(THIS_MODULE);
}

/**
 * scope_identity_next() - the next number
 *
 * Return: never 0, never one twice while the module is loaded.
 */
u64 scope_identity_next(void)
{
	return atomic64_inc_return(&scope_last_id);
}

/**
 * scope_identity_give() - number a new sk_buff
 * @skb: just allocated
 * @id: from scope_identity_next()
 */
void scope_identity_give(struct sk_buff *skb, u64 id)
{
	struct scope_skb_cb *cb = scope_skb_cb(skb);

	memset(cb, 0, sizeof(*cb));
	cb->id = id;
	*scope_stowed(skb) = 0;
}

/**
 * scope_identity_give_control() - number a new sk_buff of the protocol's own
 * @skb: just allocated, without a socket
 *
 * Return: false where the module is about to go: do not send it.
 */
bool scope_identity_give_control(struct sk_buff *skb)
{
	if (!try_module_get(THIS_MODULE))
		return false;
	scope_identity_give(skb, scope_identity_next());
	scope_skb_cb(skb)->control = true;
	skb->destructor = scope_control;
	return true;
}

/**
 * scope_identity_give_copy() - number a copy that a verdict or a fault made
 * @copy: just made, without an owner
 * @skb: of what, above the device layer
 * @clone: whether they share their octets
 *
 * It is the protocol's own where @skb is.
 *
 * Return: false where the module is about to go: do not send it.
 */
bool scope_identity_give_copy(struct sk_buff *copy, const struct sk_buff *skb,
			      bool clone)
{
	struct scope_skb_cb *cb = scope_skb_cb(copy);

	if (scope_identity_is_control(skb)) {
		if (!try_module_get(THIS_MODULE))
			return false;
		copy->destructor = scope_control;
	}
	*cb = *scope_skb_cb(skb);
	cb->id = scope_identity_next();
	cb->parent = scope_skb_cb(skb)->id;
	cb->relation = clone ? SCOPE_RELATION_CLONE : SCOPE_RELATION_COPY;
	*scope_stowed(copy) = 0;
	return true;
}

/**
 * scope_identity_stow() - make the number survive the device layer
 * @skb: numbered, about to be queued to a device
 */
void scope_identity_stow(struct sk_buff *skb)
{
	const struct scope_skb_cb *cb = scope_skb_cb(skb);

	*scope_stowed(skb) = (SCOPE_MARK |
			      (cb->handed ? SCOPE_MARK_HANDED : 0)) <<
			     SCOPE_MARK_SHIFT | cb->id;
}

/**
 * scope_identity_owner() - the socket an sk_buff below the protocol belongs to
 * @skb: any sk_buff
 *
 * Safe on a stranger's: sk is looked at only where the destructor says that
 * it is a socket and pinned.
 *
 * Return: the AF_SCOPE socket that sent it, or NULL.
 */
struct sock *scope_identity_owner(const struct sk_buff *skb)
{
	if (skb->destructor != sock_wfree && skb->destructor != sock_efree)
		return NULL;
	if (!skb->sk || !scope_is_ours(skb->sk))
		return NULL;
	return skb->sk;
}

/**
 * scope_identity_is_control() - did this module's protocol make it?
 * @skb: any sk_buff below the protocol
 */
bool scope_identity_is_control(const struct sk_buff *skb)
{
	return skb->destructor == scope_control;
}

/**
 * scope_identity_handed() - is it in the books as given to another device?
 * @skb: any sk_buff below the protocol
 */
bool scope_identity_handed(const struct sk_buff *skb)
{
	return scope_has_mark(skb, SCOPE_MARK_HANDED);
}

/**
 * scope_identity_had() - have rules had it at device.xmit of another device?
 * @skb: one with an owner, or the protocol's own, in the device layer
 */
bool scope_identity_had(const struct sk_buff *skb)
{
	return scope_has_mark(skb, SCOPE_MARK_HAD);
}

/**
 * scope_identity_set_had() - they have, and it comes there again; or it goes on
 * @skb: the same
 * @had: whether they have
 */
void scope_identity_set_had(struct sk_buff *skb, bool had)
{
	if (!scope_is_marked(skb))
		return;
	*scope_stowed(skb) &= ~(SCOPE_MARK_HAD << SCOPE_MARK_SHIFT);
	if (had)
		*scope_stowed(skb) |= SCOPE_MARK_HAD << SCOPE_MARK_SHIFT;
}

/**
 * scope_identity_fetch() - number an sk_buff that comes from a device
 * @skb: not shared
 *
 * Fills the family's part of cb anew.
 *
 * Return: whether it is one that a socket of this family, or the protocol,
 * sent: the same struct all the way.
 */
bool scope_identity_fetch(struct sk_buff *skb)
{
	bool control = scope_identity_is_control(skb);
	bool handed = scope_identity_handed(skb);
	struct scope_skb_cb *cb = scope_skb_cb(skb);
	u64 stowed = scope_stowed_id(skb);
	bool known;

	known = control || skb->destructor == scope_adopted ||
		scope_identity_owner(skb);
	memset(cb, 0, sizeof(*cb));
	*scope_stowed(skb) = 0;
	cb->control = control;
	if (known && stowed) {
		cb->id = stowed;
		cb->handed = handed;
	} else {
		cb->id = scope_identity_next();
		cb->parent = stowed;
		if (stowed)
			cb->relation = skb->cloned ? SCOPE_RELATION_CLONE :
						     SCOPE_RELATION_COPY;
	}
	return control || scope_identity_owner(skb);
}

/**
 * scope_identity_adopt() - keep a stranger's number until it is received
 * @skb: on scope0, fetched, with neither owner nor control
 *
 * Cuts it from whoever was charged for it.
 */
void scope_identity_adopt(struct sk_buff *skb)
{
	skb_orphan(skb);
	if (try_module_get(THIS_MODULE))
		skb->destructor = scope_adopted;
}

/**
 * scope_identity_mark_ended() - see scope_identity_end()
 * @skb: one with an owner
 */
void scope_identity_mark_ended(struct sk_buff *skb)
{
	*scope_stowed(skb) = SCOPE_ENDED;
}

/**
 * scope_identity_ended() - was scope_identity_end() called for it?
 * @skb: any sk_buff with an owner
 */
bool scope_identity_ended(const struct sk_buff *skb)
{
	return *scope_stowed(skb) == SCOPE_ENDED;
}

/**
 * scope_identity_stowed() - the number of an sk_buff in others' hands
 * @skb: any sk_buff with an owner, or the protocol's own, in the device layer
 *
 * Return: the number, 0 where it was lost.
 */
u64 scope_identity_stowed(const struct sk_buff *skb)
{
	return scope_stowed_id(skb);
}
