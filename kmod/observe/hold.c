// SPDX-License-Identifier: GPL-2.0
/*
 * hold.c - park a packet at a station, or have a call stand there
 *
 * Place: beside the data path. A rule parks a packet with the function that goes
 * on behind the station; a verdict (verdict.c), the timeout (held.c), or the end of
 * whatever it needs (release.c) has that function called, or drops it. Parking
 * happens where the packet was, in process or softirq context.
 *
 * Where no function goes on but the call itself, it stands: it parks the packet, or
 * the mere fact that it is there, lets go of the socket's lock and sleeps. Who has it
 * go on takes it off the list and wakes it, without waiting for it; it is on its own
 * then. Nothing but a verdict and a fatal signal tells it from the others.
 *
 * Locks: held_lock.
 */
#include "hold.h"
#include "identity.h"

/* One too many. Return: whether it was dropped. */
static bool scope_hold_full(struct scope_rule *rule, struct scope_passing *p)
{
	atomic64_inc(&rule->full);
	/* At its end it is about to be gone as it is */
	if (rule->spec.overflow != SKBSCOPE_OVERFLOW_DROP || p->end.free)
		return false;
	if (p->skb)
		scope_hold_lose(p->sn, p->station, p->sk, p->skb,
				SCOPE_DROP_HOLD_FULL);
	p->lost = p->skb;
	p->skb = NULL;
	p->reason = SCOPE_DROP_HOLD_FULL;
	p->rc = p->okfn ? 0 : -ENOBUFS;
	return true;
}

/* It is parked: the one that goes on by itself is out of the caller's sight */
static void scope_hold_parked(struct scope_passing *p, struct scope_held *held)
{
	if (scope_passing_stands(p))
		p->held = held;
}

static bool scope_sk_is_dead(const struct sock *sk)
{
	return sk && sock_flag(sk, SOCK_DEAD);
}

/*
 * Whether a packet at its end is all that is left of a closed socket, and of a rule
 * that nobody owns: it would keep a namespace that nobody can enter any more. Under
 * held_lock, so that scope_hold_orphaned() finds those that came before.
 */
static bool scope_hold_is_orphan(const struct scope_rule *rule,
				 const struct scope_passing *p)
{
	return p->end.free && !rule->portid &&
	       (scope_sk_is_dead(p->sk) ||
		scope_sk_is_dead(scope_identity_owner(p->skb)));
}

/**
 * scope_hold() - park a packet at its station
 * @rule: by which
 * @p: the packet
 * @ms: for how long at most
 *
 * Context: process or softirq, RCU read lock.
 *
 * Return: 0 where it is the caller's no more: held, or one too many and dropped;
 * -ENOSPC where it is one too many and goes on; -ENOENT where it ends with nobody
 * left who could ask for it; -ENOMEM. If the caller himself is to stand, @p->held
 * says where.
 */
int scope_hold(struct scope_rule *rule, struct scope_passing *p, u32 ms)
{
	struct scope_held *held = scope_held_make(p);
	struct scope_net *sn = p->sn;
	bool full, orphan;

	if (!held) {
		atomic64_inc(&rule->missed);
		return -ENOMEM;
	}
	scope_flow_of(&held->flow, p);
	held->rule = rule;
	held->until = jiffies + msecs_to_jiffies(ms);
	held->waits = true;
	held->why = SKBSCOPE_WHY_BEFORE_IT;

	spin_lock_bh(&sn->held_lock);
	orphan = scope_hold_is_orphan(rule, p);
	full = scope_hold_is_full(sn, rule);
	if (!full && !orphan) {
		scope_hold_parked(p, held);
		scope_held_add(sn, held, sn->held.prev);
	}
	spin_unlock_bh(&sn->held_lock);
	if (orphan) {
		scope_held_unmake(held);
		atomic64_inc(&rule->missed);
		return -ENOENT;
	}
	if (full) {
		scope_held_unmake(held);
		return scope_hold_full(rule, p) ? 0 : -ENOSPC;
	}
	atomic64_inc(&rule->hits);
	return 0;
}

/* A rule that ends does not wait for all that comes behind what it holds */
static bool scope_hold_is_over(const struct scope_rule *rule)
{
	unsigned long end = READ_ONCE(rule->order_ends);

	return end && time_after(jiffies, end);
}

/**
 * scope_hold_behind() - park a packet if one of its flow is parked already
 * @p: the packet
 *
 * Context: process or softirq, RCU read lock.
 *
 * Return: whether it is the caller's no more, as of scope_hold().
 */
bool scope_hold_behind(struct scope_passing *p)
{
	struct scope_held *before, *held;
	struct scope_net *sn = p->sn;
	struct scope_flow flow;
	struct scope_rule *rule;
	bool full;

	if (list_empty_careful(&sn->held))
		return false;
	scope_flow_of(&flow, p);
	spin_lock_bh(&sn->held_lock);
	before = scope_held_blocker(sn, &flow);
	spin_unlock_bh(&sn->held_lock);
	if (!before)
		return false;

	held = scope_held_make(p);
	if (!held)
		return false;
	held->flow = flow;
	held->why = SKBSCOPE_WHY_BEFORE_IT;

	spin_lock_bh(&sn->held_lock);
	/* It may have left meanwhile, and its rule with it */
	before = scope_held_blocker(sn, &flow);
	rule = before && !scope_hold_is_over(before->rule) ? before->rule :
							     NULL;
	full = rule && scope_hold_is_full(sn, rule);
	if (rule && !full) {
		held->rule = rule;
		scope_hold_parked(p, held);
		scope_held_add(sn, held, sn->held.prev);
	}
	spin_unlock_bh(&sn->held_lock);
	if (rule && !full)
		return true;
	scope_held_unmake(held);
	return full && scope_hold_full(rule, p);
}

/* Until it may go on. Who is killed does so by himself. */
static void scope_hold_wait(struct scope_net *sn, struct scope_held *held)
{
	struct scope_flow flow = held->flow;
	struct sk_buff *skb = NULL;
	bool mine;

	if (!wait_for_completion_state(&held->gone,
				       TASK_KILLABLE | TASK_FREEZABLE))
		return;
	spin_lock_bh(&sn->held_lock);
	mine = !held->leaving;
	if (mine) {
		held->waits = false;
		held->why = SKBSCOPE_WHY_SIGNAL;
		skb = scope_held_take(sn, held);
	}
	spin_unlock_bh(&sn->held_lock);
	if (mine) {
		scope_held_wake(sn, held, skb);
		scope_flow_go(sn, &flow);
	}
	/* Else somebody else is about to wake it */
	wait_for_completion(&held->gone);
}

/**
 * scope_hold_stand() - stand where scope_hold() or scope_hold_behind() said
 * @p: the packet, or the call
 *
 * Context: process, may sleep; has the socket's lock if @p->locked.
 *
 * Return: as of scope_rules_stand().
 */
int scope_hold_stand(struct scope_passing *p)
{
	struct scope_held *held = p->held;
	u32 reason;

	if (p->locked)
		release_sock(p->sk);
	scope_hold_wait(p->sn, held);
	if (p->locked)
		lock_sock(p->sk);
	p->skb = held->left;
	p->held = NULL;
	reason = held->reason;
	scope_held_unmake(held);
	if (!reason)
		return 1;
	p->reason = reason;
	p->lost = p->skb;
	if (p->skb)
		scope_hold_lose(p->sn, p->station, p->sk, p->skb, reason);
	p->skb = NULL;
	return reason == SCOPE_DROP_DEV_DOWN ? -ENETDOWN : -ENOBUFS;
}

/**
 * scope_hold_overtaken() - whom a packet that goes on overtakes
 * @p: the packet
 *
 * Return: the first of its flow that is to be reordered, for
 * scope_hold_overtake(), or NULL.
 */
struct scope_held *scope_hold_overtaken(const struct scope_passing *p)
{
	struct scope_held *held, *found = NULL;
	struct scope_net *sn = p->sn;
	struct scope_flow flow;

	if (list_empty_careful(&sn->held))
		return NULL;
	scope_flow_of(&flow, p);
	spin_lock_bh(&sn->held_lock);
	list_for_each_entry(held, &sn->held, list) {
		if (!held->waits || held->leaving ||
		    held->rule->spec.action != SKBSCOPE_ACTION_REORDER ||
		    !scope_flow_same(&held->flow, &flow))
			continue;
		held->waits = false;
		held->left = scope_held_take(sn, held);
		found = held;
		break;
	}
	spin_unlock_bh(&sn->held_lock);
	return found;
}

/**
 * scope_hold_overtake() - it was overtaken: now it goes on
 * @sn: the namespace's data
 * @held: from scope_hold_overtaken()
 */
void scope_hold_overtake(struct scope_net *sn, struct scope_held *held)
{
	scope_held_end(sn, held, held->left);
}

/**
 * scope_hold_leave() - it was overtaken: now it is the caller's
 * @sn: the namespace's data
 * @held: from scope_hold_overtaken()
 *
 * For a caller who has the lock that the function behind the station takes, and
 * another reference to the socket.
 *
 * Return: the packet.
 */
struct sk_buff *scope_hold_leave(struct scope_net *sn, struct scope_held *held)
{
	struct sk_buff *skb = held->left;

	scope_held_forget(sn, held);
	return skb;
}

/**
 * scope_hold_steps() - was this packet to be held at its next station?
 * @rule: a rule
 * @sn: the namespace's data
 * @pic: of the packet, or of what came of it directly
 *
 * Context: process or softirq.
 *
 * Return: true once.
 */
bool scope_hold_steps(struct scope_rule *rule, struct scope_net *sn,
		      const struct scope_skb_pic *pic)
{
	u64 parent = pic->relation == SCOPE_RELATION_REPLY ? 0 : pic->parent;
	unsigned int i;

	if (!READ_ONCE(rule->nr_steps))
		return false;
	spin_lock_bh(&sn->held_lock);
	for (i = 0; i < rule->nr_steps; i++)
		if (rule->steps[i] == pic->id || rule->steps[i] == parent)
			break;
	if (i == rule->nr_steps) {
		spin_unlock_bh(&sn->held_lock);
		return false;
	}
	rule->steps[i] = rule->steps[rule->nr_steps - 1];
	WRITE_ONCE(rule->nr_steps, rule->nr_steps - 1);
	spin_unlock_bh(&sn->held_lock);
	return true;
}

/**
 * scope_hold_step() - hold a packet again at its next station
 * @rule: by which
 * @id: number of the sk_buff
 *
 * Context: held_lock.
 */
void scope_hold_step(struct scope_rule *rule, u64 id)
{
	/* The oldest makes room: most likely it ended where nobody is held */
	if (rule->nr_steps == SCOPE_RULE_STEPS) {
		memmove(&rule->steps[0], &rule->steps[1],
			(SCOPE_RULE_STEPS - 1) * sizeof(rule->steps[0]));
		rule->nr_steps--;
	}
	rule->steps[rule->nr_steps] = id;
	WRITE_ONCE(rule->nr_steps, rule->nr_steps + 1);
}
