// SPDX-License-Identifier: GPL-2.0
/*
 * rule.c - which packets are held or spoilt on purpose
 *
 * Place: beside the data path; scope_rules_pass() is called by station.c where a
 * packet passes a station and somebody watches, in process or softirq context,
 * which a rule is reason enough for. Rules come and go by expose/netlink_rule.c,
 * in process context, under the namespace's rule_lock; the data path reads them
 * under RCU. What is done to a packet is in action.c.
 *
 * Which packet a rule is for depends on nothing but those that it was meant for
 * before, their number and its seed: so the same sends meet the same faults.
 */
#include <linux/slab.h>

#include "action.h"
#include "frame.h"
#include "hold.h"
#include "identity.h"
#include "rule.h"
#include "xmit.h"

/**
 * scope_rules_net_init() - no rules yet
 * @sn: the namespace's data
 */
void scope_rules_net_init(struct scope_net *sn)
{
	INIT_LIST_HEAD(&sn->rules);
	mutex_init(&sn->rule_lock);
}

/* Whether the packet is the protocol's own, as far as it can be known here */
static bool scope_rule_is_control(const struct scope_passing *p)
{
	const struct scope_skb_pic *pic = &p->pic;

	if (!p->skb)
		return false;
	return (p->below ? scope_identity_is_control(p->skb) :
			   scope_skb_cb(p->skb)->control) ||
	       (pic->flags && !(pic->flags & SCOPE_F_END) &&
		pic->offset == pic->offset_end);
}

static bool scope_rule_is_socket(const struct scope_rule_spec *spec,
				 const struct scope_passing *p)
{
	const struct sock *owner = p->skb ? scope_identity_owner(p->skb) : NULL;

	return (p->sk && scope_sk(p->sk)->cookie == spec->cookie) ||
	       (owner && scope_sk(owner)->cookie == spec->cookie);
}

static bool scope_rule_is_dev(const struct scope_rule_spec *spec,
			      const struct scope_passing *p)
{
	const struct net_device *dev = p->skb ? p->skb->dev : p->dev;

	if (!dev)
		return false;
	return spec->ifindex == (dev == p->sn->dev ? 0 : dev->ifindex);
}

/* Whether a rule speaks of a packet at all */
static bool scope_rule_is_meant(const struct scope_rule *rule,
				const struct scope_passing *p)
{
	const struct scope_rule_spec *spec = &rule->spec;
	const struct scope_skb_pic *pic = &p->pic;

	if (!(spec->stations & BIT(p->station)))
		return false;
	if (spec->cookie && !scope_rule_is_socket(spec, p))
		return false;
	if (spec->skb && spec->skb != pic->id &&
	    (spec->skb != pic->parent ||
	     pic->relation == SCOPE_RELATION_REPLY))
		return false;
	if (spec->port && spec->port != pic->sport && spec->port != pic->dport)
		return false;
	if (spec->has_ifindex && !scope_rule_is_dev(spec, p))
		return false;
	if (spec->traffic != SKBSCOPE_TRAFFIC_ANY &&
	    spec->traffic != (scope_rule_is_control(p) ?
			      SKBSCOPE_TRAFFIC_CONTROL : SKBSCOPE_TRAFFIC_DATA))
		return false;
	return !rule->prog || (p->skb && scope_frame_run(rule->prog, p->skb));
}

/* Whether it is the turn of a packet that a rule is meant for, the nth one */
static bool scope_rule_is_turn(struct scope_rule *rule, u64 nth)
{
	const struct scope_rule_spec *spec = &rule->spec;
	u64 first = spec->nth ?: spec->every;

	if (first && nth < first)
		return false;
	if (spec->every ? (nth - first) % spec->every : first && nth != first)
		return false;
	if (spec->chance < SCOPE_CHANCE_ALL &&
	    spec->chance <= scope_rule_random(rule, nth, SCOPE_RANDOM_PICK) %
			    SCOPE_CHANCE_ALL)
		return false;
	return (u64)atomic64_inc_return(&rule->picked) <= spec->count ||
	       !spec->count;
}

static bool scope_rules_try(struct scope_passing *p)
{
	struct scope_rule *rule;
	u64 nth;

	list_for_each_entry_rcu(rule, &p->sn->rules, list) {
		if (READ_ONCE(rule->ends))
			continue;
		if (scope_hold_steps(rule, p->sn, &p->pic)) {
			if (scope_rule_park(rule, p, rule->spec.timeout))
				return true;
			continue;
		}
		if (!scope_rule_is_meant(rule, p))
			continue;
		nth = atomic64_inc_return(&rule->seen);
		if (scope_rule_is_turn(rule, nth) &&
		    scope_rule_act(rule, p, nth))
			return true;
	}
	return false;
}

/* Return: whether the packet was taken */
static bool scope_rules_look(struct scope_passing *p)
{
	bool taken;

	if (p->skb)
		scope_picture_skb(&p->pic, p->skb);
	rcu_read_lock();
	taken = scope_rules_try(p) || (!p->over && scope_hold_behind(p));
	if (!taken)
		p->overtaken = scope_hold_overtaken(p);
	rcu_read_unlock();
	return taken;
}

/**
 * scope_rules_pass() - have the rules look at a packet
 * @sn: the namespace's data
 * @station: where it is
 * @sk: the socket the station is passed for, or NULL
 * @skb: the packet
 * @okfn: what goes on
 * @rc: where to put what the caller shall return then
 *
 * Call where scope_has_rules(). Context: process or softirq, as @okfn needs it.
 *
 * Return: true where @skb is the caller's no more: it is held, dropped, or has
 * gone on.
 */
bool scope_rules_pass(struct scope_net *sn, enum scope_station station,
		      struct sock *sk, struct sk_buff *skb, scope_okfn okfn,
		      int *rc)
{
	struct scope_passing p = {
		.sn = sn,
		.station = station,
		.sk = sk,
		.skb = skb,
		.okfn = okfn,
	};
	bool taken = scope_rules_look(&p);

	*rc = p.rc;
	if (!p.copy && !p.overtaken)
		return taken;
	/* Both before what the first one sets going: the same order each time */
	local_bh_disable();
	if (!taken)
		*rc = okfn(sn, sk, skb);
	if (p.copy)
		okfn(sn, sk, p.copy);
	if (p.overtaken)
		scope_hold_overtake(sn, p.overtaken);
	local_bh_enable();
	return true;
}

/**
 * scope_rules_stand() - have the rules look at a packet, or a call, where the caller
 *	himself goes on
 * @p: what is there, with no @p->okfn; set as what became of it
 *
 * If it is held, the caller stands: until it is let go, or he gets a fatal signal.
 *
 * Call where scope_has_rules(). Context: process, may sleep; has no lock, or the
 * socket's, as @p->locked says.
 *
 * Return: 0 to go on; 1 where he stood, and the lock was let go of meanwhile; a
 * negative errno for the call. Of these, where @p->lost is set, the packet was
 * dropped for @p->reason; else it is still there, if it was.
 */
int scope_rules_stand(struct scope_passing *p)
{
	bool taken = scope_rules_look(p);

	if (p->copy)
		p->again(p->sn, p->sk, p->copy);
	if (p->overtaken)
		scope_hold_overtake(p->sn, p->overtaken);
	if (p->held)
		return scope_hold_stand(p);
	return taken ? p->rc : 0;
}

/**
 * scope_rules_at() - has some rule to do with a station?
 * @sn: the namespace's data
 * @station: which one
 *
 * Context: any.
 */
bool scope_rules_at(const struct scope_net *sn, enum scope_station station)
{
	const struct scope_rule *rule;
	bool found = false;

	rcu_read_lock();
	list_for_each_entry_rcu(rule, &sn->rules, list)
		found = found || rule->spec.stations & BIT(station);
	rcu_read_unlock();
	return found;
}

/**
 * scope_rules_stop() - have the rules look at a packet, in the way of a caller who
 *	has a lock
 * @sn: the namespace's data
 * @station: where it is
 * @sk: the socket the station is passed for
 * @skb: the packet
 * @okfn: what goes on with it once it was parked, which takes the lock
 * @again: gets what goes on behind the packet, once the caller is done with it
 *
 * Call where scope_has_rules(). Context: process or softirq.
 *
 * Return: true where @skb is the caller's no more: it is held or dropped.
 */
bool scope_rules_stop(struct scope_net *sn, enum scope_station station,
		      struct sock *sk, struct sk_buff *skb, scope_okfn okfn,
		      struct sk_buff_head *again)
{
	struct scope_passing p = {
		.sn = sn,
		.station = station,
		.sk = sk,
		.skb = skb,
		.okfn = okfn,
	};
	bool taken = scope_rules_look(&p);

	if (p.copy)
		__skb_queue_tail(again, p.copy);
	if (p.overtaken)
		__skb_queue_tail(again, scope_hold_leave(sn, p.overtaken));
	return taken;
}

/**
 * scope_rules_end() - have the rules look at a packet that is about to be freed
 * @sn: the namespace's data
 * @station: at which end it is
 * @sk: the socket the station is passed for, or NULL
 * @skb: the packet
 * @end: what goes on
 *
 * There is no order to keep any more: it waits for nobody, and nobody for it.
 *
 * Call where scope_has_rules(). Context: process or softirq.
 *
 * Return: true where @skb is the caller's no more: it is held.
 */
bool scope_rules_end(struct scope_net *sn, enum scope_station station,
		     struct sock *sk, struct sk_buff *skb,
		     struct scope_end end)
{
	struct scope_passing p = {
		.sn = sn,
		.station = station,
		.sk = sk,
		.skb = skb,
		.end = end,
	};
	bool taken;

	scope_picture_skb(&p.pic, skb);
	rcu_read_lock();
	taken = scope_rules_try(&p);
	rcu_read_unlock();
	return taken;
}

static void scope_rules_missed(struct scope_passing *p)
{
	struct scope_rule *rule;

	rcu_read_lock();
	list_for_each_entry_rcu(rule, &p->sn->rules, list)
		if (!READ_ONCE(rule->ends) && scope_rule_is_meant(rule, p) &&
		    scope_rule_is_turn(rule, atomic64_inc_return(&rule->seen)))
			atomic64_inc(&rule->missed);
	rcu_read_unlock();
}

/**
 * scope_rules_miss() - a packet passes where it can't be had
 * @sn: the namespace's data
 * @station: where
 * @sk: the socket the station is passed for, or NULL
 * @skb: the packet
 *
 * Counts it for each rule that would have been for it: nobody shall wonder in
 * silence. Call where scope_has_rules().
 */
void scope_rules_miss(struct scope_net *sn, enum scope_station station,
		      struct sock *sk, struct sk_buff *skb)
{
	struct scope_passing p = {
		.sn = sn,
		.station = station,
		.sk = sk,
		.skb = skb,
	};

	scope_picture_skb(&p.pic, skb);
	scope_rules_missed(&p);
}

/**
 * scope_rules_miss_below() - a packet that others have passes where it can't be had
 * @sn: the namespace's data
 * @station: where
 * @sk: the socket that sent it, or NULL
 * @skb: the packet
 *
 * Call where scope_has_rules(). Context: any but hard interrupts.
 */
void scope_rules_miss_below(struct scope_net *sn, enum scope_station station,
			    const struct sock *sk, const struct sk_buff *skb)
{
	struct scope_passing p = {
		.sn = sn,
		.station = station,
		.sk = (struct sock *)sk,
		.skb = (struct sk_buff *)skb,
		.below = true,
	};

	scope_picture_frame(&p.pic, skb);
	p.pic.id = scope_identity_stowed(skb);
	scope_rules_missed(&p);
}

static u32 scope_rules_count(const struct scope_net *sn)
{
	const struct scope_rule *rule;
	u32 nr = 0;

	list_for_each_entry(rule, &sn->rules, list)
		nr++;
	return nr;
}

/* From now on the table is the rule's own */
static int scope_rule_own_table(struct scope_rule_spec *spec)
{
	s16 *table;

	if (!spec->table)
		return 0;
	table = kvmalloc_array(spec->table_len, sizeof(*table),
			       GFP_KERNEL_ACCOUNT);
	if (!table)
		return -ENOMEM;
	memcpy(table, spec->table, spec->table_len * sizeof(*table));
	spec->table = table;
	return 0;
}

/**
 * scope_rule_add() - a rule, from now on
 * @sn: the namespace's data
 * @spec: what it is; checked by the caller, whose table is copied
 * @program: classic BPF, checked here, or NULL
 * @portid: of the netlink socket it shall go with, 0 for none
 * @id: where to put its number
 *
 * Context: process, may sleep.
 *
 * Return: 0; -EINVAL for no valid program; -ENOSPC where there are as many as
 * can be; -EPERM, -ENODEV, -EOPNOTSUPP, -EBUSY as of scope_xmit_join(); -ENOMEM.
 */
int scope_rule_add(struct scope_net *sn, const struct scope_rule_spec *spec,
		   struct sock_fprog_kern *program, u32 portid, u32 *id)
{
	struct scope_rule *rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);
	int err;

	if (!rule)
		return -ENOMEM;
	rule->spec = *spec;
	rule->portid = portid;
	err = scope_rule_own_table(&rule->spec);
	if (err)
		goto err_free;
	if (program)
		err = bpf_prog_create(&rule->prog, program);
	if (err)
		goto err_table;
	err = scope_xmit_join(sn, spec);
	if (err)
		goto err_prog;
	mutex_lock(&sn->rule_lock);
	if (scope_rules_count(sn) < SCOPE_RULES_MAX) {
		rule->id = ++sn->last_rule;
		*id = rule->id;
		list_add_tail_rcu(&rule->list, &sn->rules);
	} else {
		err = -ENOSPC;
	}
	mutex_unlock(&sn->rule_lock);
	if (err)
		goto err_xmit;
	static_branch_inc(&scope_watched);
	return 0;

err_xmit:
	scope_xmit_leave(sn, spec);
err_prog:
	if (rule->prog)
		bpf_prog_destroy(rule->prog);
err_table:
	kvfree(rule->spec.table);
err_free:
	kfree(rule);
	return err;
}

/*
 * Under rule_lock; what the rule holds goes on. While it does, the stations are still
 * watched, so that what comes meanwhile stays behind it.
 */
static void scope_rule_end(struct scope_net *sn, struct scope_rule *rule,
			   enum skbscope_why why)
{
	WRITE_ONCE(rule->ends, true);
	/* Nobody asks it any more from then on */
	synchronize_rcu();
	/* Who sends faster than we let go must not keep it for ever */
	WRITE_ONCE(rule->order_ends, (jiffies + SCOPE_RULE_END) | 1);
	scope_hold_rule_ends(sn, rule, why);
	list_del_rcu(&rule->list);
	static_branch_dec(&scope_watched);
	scope_xmit_leave(sn, &rule->spec);
	if (rule->prog)
		bpf_prog_destroy(rule->prog);
	kvfree(rule->spec.table);
	kfree_rcu(rule, rcu);
}

/**
 * scope_rule_find() - a rule by its number
 * @sn: the namespace's data, its rule_lock taken
 * @id: the number
 *
 * Return: the rule, or NULL.
 */
struct scope_rule *scope_rule_find(struct scope_net *sn, u32 id)
{
	struct scope_rule *rule;

	lockdep_assert_held(&sn->rule_lock);
	list_for_each_entry(rule, &sn->rules, list)
		if (rule->id == id)
			return rule;
	return NULL;
}

/**
 * scope_rule_del() - end a rule
 * @sn: the namespace's data
 * @id: its number
 *
 * Context: process, may sleep.
 *
 * Return: 0 or -ENOENT.
 */
int scope_rule_del(struct scope_net *sn, u32 id)
{
	struct scope_rule *rule;

	mutex_lock(&sn->rule_lock);
	rule = scope_rule_find(sn, id);
	if (rule)
		scope_rule_end(sn, rule, SKBSCOPE_WHY_RULE);
	mutex_unlock(&sn->rule_lock);
	return rule ? 0 : -ENOENT;
}

/**
 * scope_rule_release() - what a rule holds goes on; the rule stays
 * @sn: the namespace's data
 * @id: its number
 *
 * Context: process, may sleep.
 *
 * Return: 0 or -ENOENT.
 */
int scope_rule_release(struct scope_net *sn, u32 id)
{
	struct scope_rule *rule;

	mutex_lock(&sn->rule_lock);
	rule = scope_rule_find(sn, id);
	if (rule)
		scope_hold_release(sn, rule);
	mutex_unlock(&sn->rule_lock);
	return rule ? 0 : -ENOENT;
}

/**
 * scope_rules_disown() - a netlink socket was closed
 * @sn: data of its namespace
 * @portid: its address there
 *
 * Context: process, may sleep.
 */
void scope_rules_disown(struct scope_net *sn, u32 portid)
{
	struct scope_rule *rule, *next;

	mutex_lock(&sn->rule_lock);
	list_for_each_entry_safe(rule, next, &sn->rules, list)
		if (rule->portid == portid)
			scope_rule_end(sn, rule, SKBSCOPE_WHY_OWNER);
	mutex_unlock(&sn->rule_lock);
}

/**
 * scope_rules_net_exit() - the namespace ends, or the module goes
 * @sn: the namespace's data
 *
 * Context: process, may sleep.
 */
void scope_rules_net_exit(struct scope_net *sn)
{
	struct scope_rule *rule, *next;

	mutex_lock(&sn->rule_lock);
	list_for_each_entry_safe(rule, next, &sn->rules, list)
		scope_rule_end(sn, rule, SKBSCOPE_WHY_NETNS);
	mutex_unlock(&sn->rule_lock);
}
