// SPDX-License-Identifier: GPL-2.0
/*
 * release.c - what is held goes on, or is dropped, with what it depends on
 *
 * Place: beside the data path. A rule that ends lets its packets go on. A device
 * that goes takes its packets with it. A socket that is closed drops those it was
 * to get, and those it sent may go on, see scope_hold_close(). What is at its end
 * can but go on, and needs no device. All in process context, without locks but
 * held_lock; the device's under RTNL.
 */
#include <linux/netdevice.h>

#include "hold.h"

/* What to do with one that a loop of scope_hold_sweep() finds */
struct scope_sweep {
	bool	(*wanted)(const struct scope_held *held, const void *what);
	const void *what;
	enum skbscope_why why;
	u32	reason;
};

/* What becomes of it: it can be dropped but once */
static u32 scope_sweep_reason(const struct scope_sweep *sweep,
			      const struct scope_held *held)
{
	return scope_held_is_ended(held) ? 0 : sweep->reason;
}

/*
 * Those that are wanted go on in their order, or are dropped; some stay for a
 * while behind one that is not.
 */
static void scope_hold_sweep(struct scope_net *sn,
			     const struct scope_sweep *sweep)
{
	struct scope_held *held, *found;
	struct scope_flow flow;
	struct sk_buff *skb;
	u32 reason;

	do {
		found = NULL;
		reason = 0;
		skb = NULL;
		spin_lock_bh(&sn->held_lock);
		list_for_each_entry(held, &sn->held, list) {
			if (held->leaving ||
			    (!held->waits &&
			     !scope_sweep_reason(sweep, held)) ||
			    !sweep->wanted(held, sweep->what))
				continue;
			found = held;
			break;
		}
		if (found) {
			flow = found->flow;
			found->waits = false;
			found->why = sweep->why;
			reason = scope_sweep_reason(sweep, found);
			found->reason = reason;
			if (reason)
				skb = scope_held_take(sn, found);
		}
		spin_unlock_bh(&sn->held_lock);
		if (reason)
			scope_held_end(sn, found, skb);
		if (found)
			scope_flow_go(sn, &flow);
	} while (found);
}

static bool scope_held_is_of_rule(const struct scope_held *held,
				  const void *what)
{
	return held->rule == what;
}

/* What only waits behind another rule's packet is that rule's from now on */
static void scope_hold_inherit(struct scope_net *sn, struct scope_rule *rule)
{
	struct scope_held *held, *before;

	spin_lock_bh(&sn->held_lock);
	list_for_each_entry(held, &sn->held, list) {
		if (held->rule != rule || held->leaving)
			continue;
		before = scope_held_blocker(sn, &held->flow);
		if (!before || before->rule == rule)
			continue;
		held->rule = before->rule;
		rule->held--;
		held->rule->held++;
	}
	spin_unlock_bh(&sn->held_lock);
}

static bool scope_hold_is_done(struct scope_net *sn, struct scope_rule *rule)
{
	bool done;

	spin_lock_bh(&sn->held_lock);
	done = !rule->held;
	spin_unlock_bh(&sn->held_lock);
	return done;
}

/**
 * scope_hold_rule_ends() - what a rule holds goes on, or ends with its namespace
 * @sn: the namespace's data
 * @rule: nobody holds anything by it any more
 * @why: it ends
 *
 * Context: process, may sleep.
 */
void scope_hold_rule_ends(struct scope_net *sn, struct scope_rule *rule,
			  enum skbscope_why why)
{
	const struct scope_sweep sweep = {
		.wanted = scope_held_is_of_rule,
		.what = rule,
		.why = why,
		.reason = why == SKBSCOPE_WHY_NETNS ? SCOPE_DROP_DEV_DOWN : 0,
	};

	do {
		scope_hold_sweep(sn, &sweep);
		scope_hold_inherit(sn, rule);
		/* Others may be about to take the last ones away */
	} while (!wait_event_timeout(sn->held_gone,
				     scope_hold_is_done(sn, rule), HZ / 10));
}

/**
 * scope_hold_release() - what a rule holds goes on; the rule stays
 * @sn: the namespace's data
 * @rule: only to be compared with
 *
 * Context: process.
 */
void scope_hold_release(struct scope_net *sn, struct scope_rule *rule)
{
	const struct scope_sweep sweep = {
		.wanted = scope_held_is_of_rule,
		.what = rule,
		.why = SKBSCOPE_WHY_VERDICT,
	};

	scope_hold_sweep(sn, &sweep);
}

static bool scope_held_is_for(const struct scope_held *held, const void *what)
{
	return held->sk == what && !scope_held_is_ended(held) &&
	       held->station > SCOPE_STATION_PROTOCOL_RECEIVE;
}

static bool scope_held_is_from(const struct scope_held *held, const void *what)
{
	return held->sk == what || (held->skb && held->skb->sk == what);
}

/*
 * Whether it can't stay without the open socket: the other end of a pair is found
 * by that, if it is to go on; and where nobody owns the rule, the packet would keep a
 * namespace that nobody can enter any more.
 */
static bool scope_held_is_bound(const struct scope_held *held, const void *what)
{
	return scope_held_is_from(held, what) &&
	       ((scope_sk(what)->pair && !scope_held_is_ended(held)) ||
		!held->rule->portid);
}

static bool scope_held_is_left(const struct scope_held *held, const void *what)
{
	return scope_held_is_ended(held) && scope_held_is_bound(held, what);
}

/* Whether such a packet is parked, or one is on its way from its place */
static bool scope_hold_has(struct scope_net *sn, const struct sock *sk,
			   bool leaving)
{
	struct scope_held *held;
	bool has = false;

	spin_lock_bh(&sn->held_lock);
	list_for_each_entry(held, &sn->held, list)
		has = has || (held->leaving == leaving &&
			      (leaving ? held->sk == sk :
					 scope_held_is_bound(held, sk)));
	spin_unlock_bh(&sn->held_lock);
	return has;
}

/**
 * scope_hold_close() - a socket is being closed
 * @sk: the socket, not locked
 *
 * What it was to get is dropped. What it sent, and what is at its end, stays, as on
 * a device's queue, for whoever owns the rule; of a persisting rule, and what is on
 * its way to the other end of a socketpair(), it goes on. None is on its way from its
 * place any more when this returns.
 *
 * Context: process, may sleep.
 */
void scope_hold_close(struct sock *sk)
{
	struct scope_net *sn = scope_sk(sk)->sn;
	const struct scope_sweep get = {
		.wanted = scope_held_is_for,
		.what = sk,
		.why = SKBSCOPE_WHY_CLOSED,
		.reason = SCOPE_DROP_CLOSED,
	};
	const struct scope_sweep sent = {
		.wanted = scope_held_is_bound,
		.what = sk,
		.why = SKBSCOPE_WHY_CLOSED,
	};

	if (list_empty_careful(&sn->held))
		return;
	do {
		scope_hold_sweep(sn, &get);
		scope_hold_sweep(sn, &sent);
		/* One that others let go may be held again at the next station */
		wait_event(sn->held_gone, !scope_hold_has(sn, sk, true));
	} while (scope_hold_has(sn, sk, false));
}

/**
 * scope_hold_orphaned() - a socket is SOCK_DEAD now
 * @sk: the socket, with a reference
 *
 * What came to its end since scope_hold_close(), and was parked by a persisting rule,
 * goes on; what comes from now on is not parked by one.
 *
 * Context: process, may sleep.
 */
void scope_hold_orphaned(struct sock *sk)
{
	const struct scope_sweep left = {
		.wanted = scope_held_is_left,
		.what = sk,
		.why = SKBSCOPE_WHY_CLOSED,
	};

	/* No list_empty_careful(): the lock is what tells before from after */
	if (scope_is_watched())
		scope_hold_sweep(scope_sk(sk)->sn, &left);
}

static bool scope_held_is_on(const struct scope_held *held, const void *what)
{
	return held->dev == what;
}

static int scope_hold_dev_event(struct notifier_block *nb, unsigned long event,
				void *data)
{
	struct net_device *dev = netdev_notifier_info_to_dev(data);
	const struct scope_sweep sweep = {
		.wanted = scope_held_is_on,
		.what = dev,
		.why = SKBSCOPE_WHY_DEVICE,
		.reason = SCOPE_DROP_DEV_DOWN,
	};

	if (event == NETDEV_GOING_DOWN || event == NETDEV_UNREGISTER)
		scope_hold_sweep(scope_net(dev_net(dev)), &sweep);
	return NOTIFY_DONE;
}

static struct notifier_block scope_hold_dev_notifier = {
	.notifier_call	= scope_hold_dev_event,
};

/**
 * scope_hold_count() - how many are held
 * @sn: the namespace's data
 * @station: where, 0 for anywhere
 * @sk: from or for whom, NULL for anybody
 *
 * Context: process or softirq.
 */
u64 scope_hold_count(struct scope_net *sn, enum scope_station station,
		     const struct sock *sk)
{
	struct scope_held *held;
	u64 nr = 0;

	if (list_empty_careful(&sn->held))
		return 0;
	spin_lock_bh(&sn->held_lock);
	list_for_each_entry(held, &sn->held, list)
		if (!held->leaving && (!station || held->station == station) &&
		    (!sk || scope_held_is_from(held, sk)))
			nr++;
	spin_unlock_bh(&sn->held_lock);
	return nr;
}

/**
 * scope_hold_init() - hear of devices that go
 *
 * Return: 0 or a negative errno.
 */
int scope_hold_init(void)
{
	return register_netdevice_notifier(&scope_hold_dev_notifier);
}

/**
 * scope_hold_exit() - no more
 */
void scope_hold_exit(void)
{
	unregister_netdevice_notifier(&scope_hold_dev_notifier);
}
