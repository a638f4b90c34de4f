// SPDX-License-Identifier: GPL-2.0
/*
 * held.c - a parked packet: how it comes onto the list, and how it leaves
 *
 * Place: beside the data path. What hold.c, verdict.c and release.c have in common:
 * each decides who is parked or goes on; what that takes is done here.
 *
 * What is parked keeps alive what it needs: the device by a reference, the socket
 * by the charge or by a reference; the namespace by either. At its end it needs no
 * device.
 *
 * The packets of a flow stay in order: who comes to a station where one of his
 * flow is parked waits behind it, without being asked for. A packet that leaves
 * stays on the list, without its sk_buff, until the function has been called, so
 * that nobody gets in front of it. It goes on from a process, with softirqs off, as
 * if a device had brought it. At their ends they have no order.
 *
 * All under held_lock, of the namespace, which nothing is called under but the
 * listeners.
 */
#include <linux/netdevice.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>

#include "held.h"
#include "identity.h"
#include "reason.h"
#include "rule.h"

static ATOMIC_NOTIFIER_HEAD(scope_held_listeners);

/**
 * scope_hold_listen() - be told of packets that are held, and no more
 * @nb: told as struct scope_held_news says
 */
int scope_hold_listen(struct notifier_block *nb)
{
	return atomic_notifier_chain_register(&scope_held_listeners, nb);
}

/**
 * scope_hold_unlisten() - no more
 * @nb: as it was given
 *
 * Context: process, may sleep.
 */
void scope_hold_unlisten(struct notifier_block *nb)
{
	atomic_notifier_chain_unregister(&scope_held_listeners, nb);
}

static void scope_held_tell(struct scope_net *sn, struct scope_held *held,
			    unsigned int why)
{
	struct scope_held_news news = { .sn = sn, .held = held };

	lockdep_assert_held(&sn->held_lock);
	atomic_notifier_call_chain(&scope_held_listeners, why, &news);
}

/* Whether the ledger of the namespace has it already */
static bool scope_hold_is_known(enum scope_station station,
				const struct sk_buff *skb)
{
	const struct scope_skb_cb *cb = scope_skb_cb(skb);

	if (cb->control)
		return false;
	switch (station) {
	case SCOPE_STATION_DEVICE_XMIT:
	case SCOPE_STATION_DEVICE_RECEIVE:
		return scope_identity_owner(skb) && !cb->handed;
	default:
		return true;
	}
}

/* Whether the ledger has it as given to a device, whose driver is to get it yet */
static bool scope_hold_is_handed(enum scope_station station,
				 const struct sk_buff *skb)
{
	return skb && station == SCOPE_STATION_DEVICE_XMIT &&
	       scope_skb_cb(skb)->handed;
}

/* Whether the ledger is to have it as held: not what is still on a queue */
static bool scope_hold_is_booked(enum scope_station station,
				 const struct sk_buff *skb)
{
	return skb && scope_hold_is_known(station, skb) &&
	       !(station == SCOPE_STATION_SOCKET_RECV &&
		 scope_skb_cb(skb)->segment);
}

/**
 * scope_hold_lose() - drop a packet that is at a station, as if it were lost
 * @sn: the namespace's data
 * @station: where it is
 * @sk: the socket the station is passed for, or NULL
 * @skb: consumed
 * @reason: enum skb_drop_reason or enum scope_drop
 *
 * Context: process or softirq.
 */
void scope_hold_lose(struct scope_net *sn, enum scope_station station,
		     struct sock *sk, struct sk_buff *skb, u32 reason)
{
	bool control = scope_skb_cb(skb)->control;
	struct sock *owner = scope_identity_owner(skb);

	if (scope_hold_is_handed(station, skb)) {
		scope_count(sn, SCOPE_COUNT_HANDED_LOST);
		if (owner)
			atomic_long_inc(&scope_sk(owner)->tx_dropped);
	} else if (!control && !scope_hold_is_known(station, skb)) {
		/* A stranger enters the books to be dropped from them */
		scope_count(sn, SCOPE_COUNT_ENTERED);
	} else if (!control && station < SCOPE_STATION_DEVICE_RECEIVE) {
		owner = owner ?: sk;
		if (owner)
			atomic_long_inc(&scope_sk(owner)->tx_dropped);
	} else if (!control && sk && station > SCOPE_STATION_PROTOCOL_RECEIVE) {
		atomic_long_inc(&scope_sk(sk)->rx_dropped);
	}
	scope_drop(sn, sk, skb, reason);
}

/**
 * scope_hold_copy() - a second packet like one that is at a station
 * @sn: the namespace's data
 * @station: where it is
 * @skb: the packet; stays the caller's
 * @clone: whether they share their octets
 *
 * Context: process or softirq.
 *
 * Return: it, in the books as the first one is; or NULL.
 */
struct sk_buff *scope_hold_copy(struct scope_net *sn,
				enum scope_station station,
				struct sk_buff *skb, bool clone)
{
	gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;
	struct sk_buff *copy;

	/* pskb_copy() would leave the headers behind that were pulled */
	copy = skb_clone(skb, gfp);
	if (!copy)
		return NULL;
	if ((!clone && pskb_expand_head(copy, 0, 0, gfp)) ||
	    !scope_identity_give_copy(copy, skb, clone)) {
		consume_skb(copy);
		return NULL;
	}
	if (skb->destructor == sock_wfree)
		skb_set_owner_w(copy, skb->sk);
	else if (skb->destructor == sock_rfree)
		skb_set_owner_r(copy, skb->sk);
	if (scope_skb_cb(skb)->control)
		scope_count(sn, SCOPE_COUNT_CONTROL_MADE);
	else if (scope_hold_is_known(station, skb) ||
		 scope_hold_is_handed(station, skb))
		scope_count(sn, SCOPE_COUNT_DERIVED);
	if (scope_hold_is_handed(station, skb))
		scope_count(sn, SCOPE_COUNT_HANDED);
	return copy;
}

/**
 * scope_flow_of() - whose order a packet that comes to a station keeps
 * @flow: where to
 * @p: the packet
 */
void scope_flow_of(struct scope_flow *flow, const struct scope_passing *p)
{
	const struct net_device *dev = p->skb ? p->skb->dev : p->dev;

	flow->sk = p->sk;
	flow->ifindex = dev ? dev->ifindex : 0;
	flow->sport = p->pic.sport;
	flow->dport = p->pic.dport;
	flow->station = p->station;
}

/** scope_flow_same() - do two packets keep the same order? */
bool scope_flow_same(const struct scope_flow *a, const struct scope_flow *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* Whether others of its flow have to wait for it */
static bool scope_held_blocks(const struct scope_held *held)
{
	const struct scope_rule_spec *spec = &held->rule->spec;

	return !spec->loose && spec->action != SKBSCOPE_ACTION_REORDER &&
	       !scope_held_is_ended(held);
}

/**
 * scope_held_find() - a parked packet by the number of its stay
 * @sn: the namespace's data
 * @id: the number
 *
 * Context: held_lock.
 *
 * Return: it, or NULL where it is not held (any more).
 */
struct scope_held *scope_held_find(struct scope_net *sn, u64 id)
{
	struct scope_held *held;

	list_for_each_entry(held, &sn->held, list)
		if (held->id == id && !held->leaving)
			return held;
	return NULL;
}

/* The one of a flow whose turn it is to leave, if nobody waits before it */
static struct scope_held *scope_held_next(struct scope_net *sn,
					  const struct scope_flow *flow)
{
	struct scope_held *held;

	list_for_each_entry(held, &sn->held, list) {
		if (!scope_flow_same(&held->flow, flow))
			continue;
		if (!held->leaving && !held->waits)
			return held;
		if (scope_held_blocks(held))
			return NULL;
	}
	return NULL;
}

/**
 * scope_held_blocker() - the first of a flow that others have to wait for
 * @sn: the namespace's data
 * @flow: the flow
 *
 * Context: held_lock.
 *
 * Return: it, or NULL.
 */
struct scope_held *scope_held_blocker(struct scope_net *sn,
				      const struct scope_flow *flow)
{
	struct scope_held *held;

	list_for_each_entry(held, &sn->held, list)
		if (scope_flow_same(&held->flow, flow) &&
		    scope_held_blocks(held))
			return held;
	return NULL;
}

/*
 * What is off the receive queue is in the books as on it, until it is read. A second
 * one of it was on none yet.
 */
static bool scope_held_is_queued(const struct scope_held *held)
{
	return held->booked && scope_held_is_call(held) &&
	       held->station == SCOPE_STATION_SOCKET_RECV;
}

/**
 * scope_held_take() - take a packet away from its place
 * @sn: the namespace's data
 * @held: not leaving; from here on it is the caller's alone, for scope_held_end()
 *
 * Context: held_lock.
 *
 * Return: the packet, or NULL where there is none yet.
 */
struct sk_buff *scope_held_take(struct scope_net *sn, struct scope_held *held)
{
	struct sk_buff *skb = held->skb;

	scope_held_tell(sn, held, held->why);
	held->leaving = true;
	held->skb = NULL;
	if (held->booked)
		scope_count(sn, scope_held_is_ended(held) ?
			    SCOPE_COUNT_UNHELD_END : SCOPE_COUNT_UNHELD);
	if (held->handed)
		scope_count(sn, SCOPE_COUNT_HANDED_UNHELD);
	if (scope_held_is_queued(held))
		scope_count(sn, SCOPE_COUNT_QUEUED);
	return skb;
}

/**
 * scope_held_unmake() - undo scope_held_make()
 * @held: on no list (any more), and without its packet
 *
 * Context: process or softirq, without held_lock.
 */
void scope_held_unmake(struct scope_held *held)
{
	netdev_put(held->dev, &held->tracker);
	put_pid(held->task);
	if (held->has_ref)
		sock_put(held->sk);
	kfree(held);
}

static void scope_held_del(struct scope_net *sn, struct scope_held *held)
{
	spin_lock_bh(&sn->held_lock);
	list_del(&held->list);
	sn->nr_held--;
	held->rule->held--;
	spin_unlock_bh(&sn->held_lock);
	wake_up_all(&sn->held_gone);
}

/**
 * scope_held_forget() - it has left: nobody waits behind it any more
 * @sn: the namespace's data
 * @held: taken; freed
 *
 * Context: process or softirq, without held_lock.
 */
void scope_held_forget(struct scope_net *sn, struct scope_held *held)
{
	scope_held_del(sn, held);
	scope_held_unmake(held);
}

/**
 * scope_held_wake() - the call that stands there is on its own from here on
 * @sn: the namespace's data
 * @held: taken; the call's
 * @skb: what was taken
 *
 * Context: process or softirq, without held_lock.
 */
void scope_held_wake(struct scope_net *sn, struct scope_held *held,
		     struct sk_buff *skb)
{
	held->left = skb;
	scope_held_del(sn, held);
	complete(&held->gone);
}

/**
 * scope_held_end() - have it go on, drop it for the reason that it has, or free it
 * @sn: the namespace's data
 * @held: taken; freed, or the call's that stands there
 * @skb: what was taken; consumed
 *
 * Context: process or softirq, without held_lock.
 */
void scope_held_end(struct scope_net *sn, struct scope_held *held,
		    struct sk_buff *skb)
{
	u32 reason = held->reason;

	if (scope_held_is_ended(held)) {
		local_bh_disable();
		held->end.free(sn, held->sk, skb, held->end.fate);
		local_bh_enable();
		scope_held_forget(sn, held);
		return;
	}
	if (!reason && held->dev && !netif_running(held->dev))
		reason = SCOPE_DROP_DEV_DOWN;
	if (!held->okfn) {
		held->reason = reason;
		scope_held_wake(sn, held, skb);
		return;
	}
	/* Who goes on writes in front of the data: not in somebody else's */
	if (!reason && held->shared && skb_cow_head(skb, 0))
		reason = SKB_DROP_REASON_NOMEM;

	local_bh_disable();
	rcu_read_lock();
	if (reason)
		scope_hold_lose(sn, held->station, held->sk, skb, reason);
	else
		held->okfn(sn, held->sk, skb);
	rcu_read_unlock();
	local_bh_enable();
	scope_held_forget(sn, held);
}

/**
 * scope_flow_go() - all that nothing keeps any more leave, one after the other
 * @sn: the namespace's data
 * @flow: of whom
 *
 * Context: process, without held_lock.
 */
void scope_flow_go(struct scope_net *sn, const struct scope_flow *flow)
{
	struct scope_held *held;
	struct sk_buff *skb;

	for (;;) {
		spin_lock_bh(&sn->held_lock);
		held = scope_held_next(sn, flow);
		skb = held ? scope_held_take(sn, held) : NULL;
		spin_unlock_bh(&sn->held_lock);
		if (!held)
			return;
		scope_held_end(sn, held, skb);
	}
}

/* Have the work look then, if it would not do so before; under the lock */
static void scope_hold_arm(struct scope_net *sn, unsigned long at)
{
	if (delayed_work_pending(&sn->held_work) &&
	    !time_before(at, sn->held_at))
		return;
	sn->held_at = at;
	mod_delayed_work(system_wq, &sn->held_work,
			 time_after(at, jiffies) ? at - jiffies : 0);
}

/* When the next one's time is over; under the lock */
static void scope_hold_arm_next(struct scope_net *sn)
{
	struct scope_held *held;

	list_for_each_entry(held, &sn->held, list)
		if (held->waits && !held->leaving)
			scope_hold_arm(sn, held->until);
}

static bool scope_held_expire(struct scope_net *sn, struct scope_flow *flow)
{
	struct scope_held *held;

	list_for_each_entry(held, &sn->held, list) {
		if (!held->waits || held->leaving ||
		    time_before(jiffies, held->until))
			continue;
		held->waits = false;
		held->why = SKBSCOPE_WHY_TIMEOUT;
		*flow = held->flow;
		return true;
	}
	return false;
}

static void scope_hold_work(struct work_struct *work)
{
	struct scope_net *sn = container_of(to_delayed_work(work),
					    struct scope_net, held_work);
	struct scope_flow flow;
	bool more;

	do {
		spin_lock_bh(&sn->held_lock);
		more = scope_held_expire(sn, &flow);
		if (!more)
			scope_hold_arm_next(sn);
		spin_unlock_bh(&sn->held_lock);
		if (more)
			scope_flow_go(sn, &flow);
	} while (more);
}

/* Keep alive what the packet needs. Return: false where it is about to go. */
static bool scope_held_keep(struct scope_held *held,
			    const struct scope_passing *p)
{
	const struct sk_buff *skb = p->skb;
	struct sock *sk = p->sk;

	/* The charge keeps a sender's socket, but not a receiver's */
	if (sk && (!skb || skb->sk != sk || skb->destructor == sock_rfree)) {
		if (!refcount_inc_not_zero(&sk->sk_refcnt))
			return false;
		held->has_ref = true;
	}
	held->sk = sk;
	/* At its end it needs no device, and shall not keep one from going */
	if (!p->end.free)
		held->dev = skb ? skb->dev : p->dev;
	netdev_hold(held->dev, &held->tracker, GFP_ATOMIC);
	return true;
}

/**
 * scope_held_make() - get ready to park a packet
 * @p: the packet, and the station it comes to
 *
 * Keeps alive what it needs. Who calls it sets @flow, @rule and how long it waits.
 *
 * Context: process or softirq, without held_lock where it fails.
 *
 * Return: for scope_held_add() or scope_held_unmake(); NULL without memory, or where
 * the socket, or the process that would stand, is about to go.
 */
struct scope_held *scope_held_make(const struct scope_passing *p)
{
	struct scope_held *held;

	/* Who dies stands nowhere any more */
	if (scope_passing_stands(p) && fatal_signal_pending(current))
		return NULL;
	held = kzalloc(sizeof(*held), GFP_ATOMIC | __GFP_NOWARN);
	if (!held)
		return NULL;
	if (!scope_held_keep(held, p)) {
		kfree(held);
		return NULL;
	}
	held->skb = p->skb;
	if (!held->skb)
		held->pic = &p->pic;
	held->okfn = p->okfn;
	held->again = p->again;
	held->end = p->end;
	init_completion(&held->gone);
	held->station = p->station;
	held->since = ktime_get_ns();
	held->control = p->skb && scope_skb_cb(p->skb)->control;
	held->booked = scope_hold_is_booked(p->station, p->skb);
	held->handed = scope_hold_is_handed(p->station, p->skb);
	held->task = get_pid(task_tgid(current));
	/* Without the lock that get_task_comm() may take, which softirq can't */
	strscpy_pad(held->comm, current->comm, sizeof(held->comm));
	held->nr_stack = stack_trace_save(held->stack, SCOPE_HOLD_STACK, 1);
	return held;
}

/**
 * scope_hold_is_full() - is the next one too many?
 * @sn: the namespace's data
 * @rule: by which it would be held
 *
 * Context: held_lock.
 */
bool scope_hold_is_full(const struct scope_net *sn,
			const struct scope_rule *rule)
{
	return rule->held >= rule->spec.limit || sn->nr_held >= SCOPE_HOLD_MAX;
}

/*
 * It leaves its queue for good, and is not yet what it leaves it for. Counted like
 * that, it can be found at one place alone whenever the ledger is read.
 */
static void scope_held_unqueue(struct scope_net *sn, struct scope_held *held)
{
	if (!held->booked || held->station != SCOPE_STATION_END_CONSUMED)
		return;
	if (held->end.fate == SCOPE_COUNT_DELIVERED) {
		scope_count(sn, SCOPE_COUNT_UNQUEUED);
		held->end.fate = SCOPE_COUNT_DELIVERED_LATE;
	} else if (held->end.fate == SCOPE_COUNT_ACKED) {
		scope_count(sn, SCOPE_COUNT_UNKEPT);
		held->end.fate = SCOPE_COUNT_ACKED_LATE;
	}
}

/**
 * scope_held_add() - park it
 * @sn: the namespace's data
 * @held: made, with its rule
 * @after: on scope_net.held, the one before it
 *
 * Context: held_lock.
 */
void scope_held_add(struct scope_net *sn, struct scope_held *held,
		    struct list_head *after)
{
	held->id = ++sn->last_held;
	held->rule->held++;
	sn->nr_held++;
	list_add(&held->list, after);
	if (scope_held_is_queued(held))
		scope_count(sn, SCOPE_COUNT_UNQUEUED);
	scope_held_unqueue(sn, held);
	if (held->booked)
		scope_count(sn, scope_held_is_ended(held) ?
			    SCOPE_COUNT_HELD_END : SCOPE_COUNT_HELD);
	if (held->handed)
		scope_count(sn, SCOPE_COUNT_HANDED_HELD);
	/* Its device may be gone before it is */
	if (scope_held_is_ended(held))
		held->skb->dev = NULL;
	if (held->waits)
		scope_hold_arm(sn, held->until);
	scope_held_tell(sn, held, 0);
}

/**
 * scope_held_picture() - read a held packet
 * @pic: where to; what is known of it, where there is no sk_buff yet
 * @held: not leaving; under held_lock
 */
void scope_held_picture(struct scope_skb_pic *pic,
			const struct scope_held *held)
{
	if (held->skb)
		scope_picture_skb(pic, held->skb);
	else
		*pic = *held->pic;
}

/**
 * scope_hold_net_init() - nothing is held yet
 * @sn: the namespace's data
 */
void scope_hold_net_init(struct scope_net *sn)
{
	INIT_LIST_HEAD(&sn->held);
	spin_lock_init(&sn->held_lock);
	init_waitqueue_head(&sn->held_gone);
	INIT_DELAYED_WORK(&sn->held_work, scope_hold_work);
}

/**
 * scope_hold_net_exit() - and nothing any more: the rules have ended
 * @sn: the namespace's data
 *
 * Context: process, may sleep.
 */
void scope_hold_net_exit(struct scope_net *sn)
{
	cancel_delayed_work_sync(&sn->held_work);
}
