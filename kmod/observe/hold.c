// SPDX-License-Identifier: GPL-2.0
/*
 * hold.c - packets that are parked at a station
 *
 * Place: beside the data path. A rule parks a packet with the function that goes
 * on behind the station; a verdict, the timeout, or the end of whatever it needs
 * has that function called, or drops it. Parking happens where the packet was, in
 * process or softirq context; it goes on from a process, with softirqs off, as if
 * a device had brought it.
 *
 * Where no function goes on but the call itself, it stands: it parks the packet, or
 * the mere fact that it is there, lets go of the socket's lock and sleeps. Who has it
 * go on takes it off the list and wakes it, without waiting for it; it is on its own
 * then. Nothing but a verdict and a fatal signal tells it from the others.
 *
 * What is parked keeps alive what it needs: the device by a reference, the socket
 * by the charge or by a reference; the namespace by either. A device that goes
 * takes its packets with it; a socket that is closed drops those it was to get,
 * and those it sent may go on, see scope_hold_close().
 *
 * The packets of a flow stay in order: who comes to a station where one of his
 * flow is parked waits behind it, without being asked for. A packet that leaves
 * stays on the list, without its sk_buff, until the function has been called, so
 * that nobody gets in front of it.
 *
 * All under held_lock, of the namespace, which nothing is called under but the
 * listeners.
 */
#include <linux/netdevice.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>

#include "hold.h"
#include "identity.h"
#include "reason.h"

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

	if (!control && !scope_hold_is_known(station, skb)) {
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
	else if (scope_hold_is_known(station, skb))
		scope_count(sn, SCOPE_COUNT_DERIVED);
	return copy;
}

static void scope_flow_of(struct scope_flow *flow,
			  const struct scope_passing *p)
{
	const struct net_device *dev = p->skb ? p->skb->dev : p->dev;

	flow->sk = p->sk;
	flow->ifindex = dev ? dev->ifindex : 0;
	flow->sport = p->pic.sport;
	flow->dport = p->pic.dport;
	flow->station = p->station;
}

static bool scope_flow_same(const struct scope_flow *a,
			    const struct scope_flow *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* Whether others of its flow have to wait for it */
static bool scope_held_blocks(const struct scope_held *held)
{
	const struct scope_rule_spec *spec = &held->rule->spec;

	return !spec->loose && spec->action != SKBSCOPE_ACTION_REORDER;
}

static struct scope_held *scope_held_find(struct scope_net *sn, u64 id)
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

/* The first of a flow that others have to wait for */
static struct scope_held *scope_held_blocker(struct scope_net *sn,
					     const struct scope_flow *flow)
{
	struct scope_held *held;

	list_for_each_entry(held, &sn->held, list)
		if (scope_flow_same(&held->flow, flow) &&
		    scope_held_blocks(held))
			return held;
	return NULL;
}

/* What is off the receive queue is in the books as on it, until it is read */
static bool scope_held_is_queued(const struct scope_held *held)
{
	return held->booked && held->station == SCOPE_STATION_SOCKET_RECV;
}

/* Take a packet away from its place: from here on it is the caller's alone */
static struct sk_buff *scope_held_take(struct scope_net *sn,
				       struct scope_held *held)
{
	struct sk_buff *skb = held->skb;

	scope_held_tell(sn, held, held->why);
	held->leaving = true;
	held->skb = NULL;
	if (held->booked)
		scope_count(sn, SCOPE_COUNT_UNHELD);
	if (scope_held_is_queued(held))
		scope_count(sn, SCOPE_COUNT_QUEUED);
	return skb;
}

/* It is on no list (any more) */
static void scope_held_unmake(struct scope_held *held)
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

/* It has left: nobody waits behind it any more; without the lock */
static void scope_held_forget(struct scope_net *sn, struct scope_held *held)
{
	scope_held_del(sn, held);
	scope_held_unmake(held);
}

/* The call that stands there is on its own from here on, and @held is its */
static void scope_held_wake(struct scope_net *sn, struct scope_held *held,
			    struct sk_buff *skb)
{
	held->left = skb;
	scope_held_del(sn, held);
	complete(&held->gone);
}

/* Have it go on, or drop it for the reason that it has; without the lock */
static void scope_held_end(struct scope_net *sn, struct scope_held *held,
			   struct sk_buff *skb)
{
	u32 reason = held->reason;

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

/* All of a flow that nothing keeps any more leave, one after the other */
static void scope_flow_go(struct scope_net *sn, const struct scope_flow *flow)
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

/* When the next one's time is over; under the lock */
static void scope_hold_arm(struct scope_net *sn)
{
	unsigned long next = jiffies + MAX_JIFFY_OFFSET;
	struct scope_held *held;
	bool any = false;

	list_for_each_entry(held, &sn->held, list) {
		if (!held->waits || held->leaving)
			continue;
		any = true;
		if (time_before(held->until, next))
			next = held->until;
	}
	if (any)
		mod_delayed_work(system_wq, &sn->held_work,
				 time_after(next, jiffies) ? next - jiffies :
							     0);
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
			scope_hold_arm(sn);
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
	held->dev = skb ? skb->dev : p->dev;
	netdev_hold(held->dev, &held->tracker, GFP_ATOMIC);
	return true;
}

static struct scope_held *scope_held_make(const struct scope_passing *p)
{
	struct scope_held *held;

	/* Who dies stands nowhere any more */
	if (!p->okfn && fatal_signal_pending(current))
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
	init_completion(&held->gone);
	held->station = p->station;
	held->since = ktime_get_ns();
	held->control = p->skb && scope_skb_cb(p->skb)->control;
	held->booked = scope_hold_is_booked(p->station, p->skb);
	held->task = get_pid(task_tgid(current));
	/* Without the lock that get_task_comm() may take, which softirq can't */
	strscpy_pad(held->comm, current->comm, sizeof(held->comm));
	held->nr_stack = stack_trace_save(held->stack, SCOPE_HOLD_STACK, 1);
	return held;
}

static bool scope_hold_is_full(const struct scope_net *sn,
			       const struct scope_rule *rule)
{
	return rule->held >= rule->spec.limit || sn->nr_held >= SCOPE_HOLD_MAX;
}

/* Onto the list, behind @after; under the lock */
static void scope_held_add(struct scope_net *sn, struct scope_held *held,
			   struct list_head *after)
{
	held->id = ++sn->last_held;
	held->rule->held++;
	sn->nr_held++;
	list_add(&held->list, after);
	if (scope_held_is_queued(held))
		scope_count(sn, SCOPE_COUNT_UNQUEUED);
	if (held->booked)
		scope_count(sn, SCOPE_COUNT_HELD);
	if (held->waits)
		scope_hold_arm(sn);
	scope_held_tell(sn, held, 0);
}

/* One too many. Return: whether it was dropped. */
static bool scope_hold_full(struct scope_rule *rule, struct scope_passing *p)
{
	atomic64_inc(&rule->full);
	if (rule->spec.overflow != SKBSCOPE_OVERFLOW_DROP)
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
	if (!p->okfn)
		p->held = held;
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
 * -ENOSPC where it is one too many and goes on, -ENOMEM. If the caller himself is to
 * stand, @p->held says where.
 */
int scope_hold(struct scope_rule *rule, struct scope_passing *p, u32 ms)
{
	struct scope_held *held = scope_held_make(p);
	struct scope_net *sn = p->sn;
	bool full;

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
	full = scope_hold_is_full(sn, rule);
	if (!full) {
		scope_hold_parked(p, held);
		scope_held_add(sn, held, sn->held.prev);
	}
	spin_unlock_bh(&sn->held_lock);
	if (full) {
		scope_held_unmake(held);
		return scope_hold_full(rule, p) ? 0 : -ENOSPC;
	}
	atomic64_inc(&rule->hits);
	return 0;
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
	rule = before ? before->rule : NULL;
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

/* The oldest makes room: most likely it ended where nobody can be held */
static void scope_hold_step(struct scope_rule *rule, u64 id)
{
	if (rule->nr_steps == SCOPE_RULE_STEPS) {
		memmove(&rule->steps[0], &rule->steps[1],
			(SCOPE_RULE_STEPS - 1) * sizeof(rule->steps[0]));
		rule->nr_steps--;
	}
	rule->steps[rule->nr_steps] = id;
	WRITE_ONCE(rule->nr_steps, rule->nr_steps + 1);
}

/* Whether the family's header is there, and not checked yet and trusted */
static bool scope_held_has_header(const struct scope_held *held)
{
	return held->station >= SCOPE_STATION_PROTOCOL_PUSH &&
	       held->station <= SCOPE_STATION_DEVICE_RECEIVE;
}

/* Where it is then, from the data on */
static int scope_held_header(const struct scope_held *held)
{
	return held->station == SCOPE_STATION_DEVICE_RECEIVE ?
	       skb_network_offset(held->skb) : skb_transport_offset(held->skb);
}

/* Where an edit begins, from the data on. Return: 0 or a negative errno. */
static int scope_edit_offset(const struct scope_held *held,
			     const struct scope_order *order, s64 *offset)
{
	const struct sk_buff *skb = held->skb;
	s64 base = 0;
	u8 hlen;

	if (scope_held_has_header(held) && order->place != SKBSCOPE_PLACE_DATA) {
		base = scope_held_header(held);
		if (order->place == SKBSCOPE_PLACE_PAYLOAD) {
			if (skb_copy_bits(skb, base +
					  offsetof(struct scope_hdr, hlen),
					  &hlen, sizeof(hlen)))
				return -ERANGE;
			base += hlen;
		}
	} else if (order->place == SKBSCOPE_PLACE_HEADER) {
		return -ENODATA;
	}
	*offset = base + order->offset;
	if (*offset < 0 || *offset + order->len > skb->len)
		return -ERANGE;
	return 0;
}

/* The sum anew, over what the frame has now */
static void scope_edit_mend(struct sk_buff *skb, int offset)
{
	struct scope_hdr *hdr = (struct scope_hdr *)(skb->data + offset);

	if (offset + (int)sizeof(*hdr) > (int)skb->len)
		return;
	hdr->check = 0;
	hdr->check = csum_fold(skb_checksum(skb, offset, skb->len - offset, 0));
	skb->ip_summed = CHECKSUM_NONE;
}

static int scope_held_edit(struct scope_held *held,
			   const struct scope_order *order)
{
	bool summed = scope_held_has_header(held);
	struct sk_buff *skb = held->skb;
	s64 offset;
	int err;

	err = scope_edit_offset(held, order, &offset);
	if (err)
		return err;
	if (skb_linearize_cow(skb))
		return -ENOMEM;
	if (summed && order->wrong_sum && skb->ip_summed == CHECKSUM_PARTIAL) {
		/* The one that was right before */
		err = skb_checksum_help(skb);
		if (err)
			return err;
	}
	memcpy(skb->data + offset, order->bytes, order->len);
	/* One that is still to be made will be of what is there now */
	if (!summed || skb->ip_summed == CHECKSUM_PARTIAL)
		return 0;
	if (order->wrong_sum)
		skb->ip_summed = CHECKSUM_NONE;
	else
		scope_edit_mend(skb, scope_held_header(held));
	return 0;
}

/* A second one, held right behind. Return: 0 or a negative errno. */
static int scope_held_double(struct scope_net *sn, struct scope_held *held,
			     bool clone, u64 *made)
{
	struct scope_passing p = {
		.sn = sn,
		.station = held->station,
		.sk = held->sk,
		.okfn = held->okfn,
	};
	struct scope_held *other;

	if (scope_hold_is_full(sn, held->rule))
		return -ENOSPC;
	p.skb = scope_hold_copy(sn, held->station, held->skb, clone);
	if (!p.skb)
		return -ENOMEM;
	other = scope_held_make(&p);
	if (!other) {
		scope_hold_lose(sn, held->station, held->sk, p.skb,
				SKB_DROP_REASON_NOMEM);
		return -ENOMEM;
	}
	other->rule = held->rule;
	other->flow = held->flow;
	other->until = held->until;
	other->waits = true;
	other->why = held->why;
	other->nr_stack = held->nr_stack;
	memcpy(other->stack, held->stack, sizeof(other->stack));
	if (clone) {
		other->shared = true;
		held->shared = true;
	}
	scope_held_add(sn, other, &held->list);
	*made = other->id;
	return 0;
}

/* Whatever leaves the packet held; under the lock */
static int scope_held_change(struct scope_net *sn, struct scope_held *held,
			     const struct scope_order *order, u64 *made)
{
	gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;
	struct sk_buff *skb = held->skb;

	switch (order->verdict) {
	case SKBSCOPE_VERDICT_DUPLICATE:
		return scope_held_double(sn, held, false, made);
	case SKBSCOPE_VERDICT_CLONE:
		return scope_held_double(sn, held, true, made);
	case SKBSCOPE_VERDICT_EDIT:
		return scope_held_edit(held, order);
	case SKBSCOPE_VERDICT_MARK:
		skb->mark = order->value;
		return 0;
	case SKBSCOPE_VERDICT_PRIORITY:
		skb->priority = order->value;
		return 0;
	case SKBSCOPE_VERDICT_EXPAND_HEAD:
		return pskb_expand_head(skb, SKB_DATA_ALIGN(order->value), 0,
					gfp);
	case SKBSCOPE_VERDICT_LINEARIZE:
		return skb_linearize(skb);
	default:
		return -EINVAL;
	}
}

/* Whether a verdict can be given there. Return: 0 or a negative errno. */
static int scope_held_may(const struct scope_held *held,
			  const struct scope_order *order)
{
	if (!held->skb)
		return order->verdict == SKBSCOPE_VERDICT_CONTINUE ||
		       order->verdict == SKBSCOPE_VERDICT_STEP ? 0 :
								 -EOPNOTSUPP;
	if (!held->okfn && (order->verdict == SKBSCOPE_VERDICT_DUPLICATE ||
			    order->verdict == SKBSCOPE_VERDICT_CLONE))
		return -EBUSY;
	return 0;
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

static u64 scope_held_skb_id(const struct scope_held *held)
{
	return held->skb ? scope_skb_cb(held->skb)->id : held->pic->id;
}

/**
 * scope_hold_order() - a verdict on a held packet
 * @sn: the namespace's data
 * @id: number of the stay
 * @order: the verdict; checked by the caller but for what the packet decides
 * @made: set to the number of the stay of a copy
 *
 * Context: process.
 *
 * Return: 0; -ENOENT where it is not held (any more); -ERANGE for octets that
 * it does not have, -ENODATA where it has no header; -ENOSPC where the rule can
 * hold no more; -EOPNOTSUPP where there is no sk_buff yet; -EBUSY for a second one
 * where a call stands; -ENOMEM.
 */
int scope_hold_order(struct scope_net *sn, u64 id,
		     const struct scope_order *order, u64 *made)
{
	bool goes = order->verdict <= SKBSCOPE_VERDICT_DROP;
	struct scope_held *held;
	struct sk_buff *skb = NULL;
	struct scope_flow flow;
	bool dropped = false;
	int err;

	spin_lock_bh(&sn->held_lock);
	held = scope_held_find(sn, id);
	if (!held) {
		spin_unlock_bh(&sn->held_lock);
		return -ENOENT;
	}
	flow = held->flow;
	err = scope_held_may(held, order);
	if (!err && !goes) {
		err = scope_held_change(sn, held, order, made);
	} else if (!err) {
		if (order->verdict == SKBSCOPE_VERDICT_STEP)
			scope_hold_step(held->rule, scope_held_skb_id(held));
		held->waits = false;
		held->why = SKBSCOPE_WHY_VERDICT;
		/* Who is dropped need not wait for his turn */
		dropped = order->verdict == SKBSCOPE_VERDICT_DROP;
		if (dropped) {
			held->reason = order->reason;
			skb = scope_held_take(sn, held);
		}
	}
	spin_unlock_bh(&sn->held_lock);
	if (dropped)
		scope_held_end(sn, held, skb);
	if (!err && goes)
		scope_flow_go(sn, &flow);
	return err;
}

/* What to do with one that a loop of scope_hold_sweep() finds */
struct scope_sweep {
	bool	(*wanted)(const struct scope_held *held, const void *what);
	const void *what;
	enum skbscope_why why;
	u32	reason;
};

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

	do {
		found = NULL;
		skb = NULL;
		spin_lock_bh(&sn->held_lock);
		list_for_each_entry(held, &sn->held, list) {
			if (held->leaving ||
			    (!held->waits && !sweep->reason) ||
			    !sweep->wanted(held, sweep->what))
				continue;
			found = held;
			break;
		}
		if (found) {
			flow = found->flow;
			found->waits = false;
			found->why = sweep->why;
			found->reason = sweep->reason;
			if (found->reason)
				skb = scope_held_take(sn, found);
		}
		spin_unlock_bh(&sn->held_lock);
		if (found && sweep->reason)
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
	return held->sk == what &&
	       held->station > SCOPE_STATION_PROTOCOL_RECEIVE;
}

static bool scope_held_is_from(const struct scope_held *held, const void *what)
{
	return held->sk == what || (held->skb && held->skb->sk == what);
}

/*
 * Whether it can't stay without the open socket: the other end of a pair is found
 * by that; and where nobody owns the rule, the packet would keep a namespace that
 * nobody can enter any more.
 */
static bool scope_held_is_bound(const struct scope_held *held, const void *what)
{
	return scope_held_is_from(held, what) &&
	       (scope_sk(what)->pair || !held->rule->portid);
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
 * What it was to get is dropped. What it sent stays, as on a device's queue, for
 * whoever owns the rule; of a persisting rule, and of a socketpair(), it goes on.
 * None is on its way from its place any more when this returns.
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
