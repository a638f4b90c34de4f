// SPDX-License-Identifier: GPL-2.0
/*
 * xmit.c - rules at device.xmit of drivers that are not ours
 *
 * Place: in front of a driver's ndo_start_xmit, in its own context: softirqs off,
 * RCU read lock, the lock of the queue unless the driver needs none.
 *
 * As live patching does, ftrace sends who calls such a function to another one:
 * scope_xmit_there() lets others' frames through at once, and has the rules look at
 * the family's own. The driver's function is called from this module then, which is
 * how it is known not to be sent here again. So nothing of this file may leave its
 * place on the stack to what it calls: Kbuild says so to the compiler.
 *
 * Functions are patched from the first rule in some namespace that can have packets
 * there, and those of devices that come up later, until a second after the last such
 * rule. That changes the whole machine: only for a rule of who administers it, not of
 * who does a network namespace alone. Where it can't be done, a tracepoint counts what
 * is missed.
 *
 * Locks: RTNL, then scope_xmit_lock. A rule_lock may be held.
 */
#include <linux/ftrace.h>
#include <linux/if_arp.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>

#include "hold.h"
#include "identity.h"
#include "ledger.h"
#include "xmit.h"

/**
 * struct scope_xmit_hook - a driver's function that is patched
 * @list: in scope_xmit_hooks; RCU for readers
 * @ops: who is called in front of it
 * @start: the function
 */
struct scope_xmit_hook {
	struct list_head	list;
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_REGS
	struct ftrace_ops	ops;
#endif
	unsigned long		start;
};

static DEFINE_MUTEX(scope_xmit_lock);
static LIST_HEAD(scope_xmit_hooks);
static unsigned int scope_xmit_rules;	/* that can have packets there */
static unsigned int scope_xmit_patching; /* those of them that drivers are patched for */
static struct tracepoint *scope_xmit_tracepoint;
static bool scope_xmit_probed;

static unsigned long scope_xmit_start(const struct net_device *dev)
{
	return (unsigned long)dev->netdev_ops->ndo_start_xmit;
}

/* Under the lock, or under RCU */
static struct scope_xmit_hook *scope_xmit_find(unsigned long start)
{
	struct scope_xmit_hook *hook;

	list_for_each_entry_rcu(hook, &scope_xmit_hooks, list,
				lockdep_is_held(&scope_xmit_lock))
		if (hook->start == start)
			return hook;
	return NULL;
}

/* Whether the rules of its namespace are for a frame on such a device */
static bool scope_xmit_is_ours(const struct scope_net *sn,
			       const struct sk_buff *skb,
			       const struct net_device *dev)
{
	return scope_has_rules(sn) && dev_net(dev) == sn->net &&
	       skb->dev == dev;
}

static struct scope_net *scope_xmit_net(const struct sk_buff *skb,
					const struct net_device *dev)
{
	const struct sock *sk = scope_identity_owner(skb);

	if (sk)
		return scope_sk(sk)->sn;
	return scope_identity_is_control(skb) ? scope_net(dev_net(dev)) : NULL;
}

/*
 * The driver's own. With a hand on the bell each time: the frame that was to ring it
 * for those before may be one that is held.
 */
static netdev_tx_t scope_xmit_start_one(struct sk_buff *skb,
					struct net_device *dev)
{
	return __netdev_start_xmit(dev->netdev_ops, skb, dev, false);
}

/* What was in front of the number is nobody's: a qdisc's, and it is behind that */
static void scope_xmit_ready(struct sk_buff *skb)
{
	scope_identity_stow(skb);
	memset(scope_skb_cb(skb), 0, sizeof(struct scope_skb_cb));
}

/* The driver is busy: its qdisc knows how to wait, and the rules have had it */
static int scope_xmit_requeue(struct sk_buff *skb)
{
	scope_identity_set_had(skb, true);
	return dev_queue_xmit(skb);
}

/* Behind device.xmit, for one that was parked there; without the queue's lock */
static int scope_xmit_later(struct scope_net *sn, struct sock *sk,
			    struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	netdev_tx_t rc = NETDEV_TX_BUSY;
	struct sk_buff *first = skb;
	struct netdev_queue *txq;
	bool again = false;
	u16 queue;

	if (!netif_carrier_ok(dev)) {
		scope_hold_lose(sn, SCOPE_STATION_DEVICE_XMIT, sk, skb,
				SCOPE_DROP_DEV_DOWN);
		return 0;
	}
	scope_xmit_ready(skb);
	/* The device may have other features by now */
	skb = validate_xmit_skb_list(skb, dev, &again);
	if (skb != first) {
		kfree_skb_list(skb);
		return 0;
	}
	queue = netdev_cap_txqueue(dev, skb_get_queue_mapping(skb));
	skb_set_queue_mapping(skb, queue);
	txq = netdev_get_tx_queue(dev, queue);
	HARD_TX_LOCK(dev, txq, smp_processor_id());
	if (!netif_xmit_frozen_or_drv_stopped(txq))
		rc = netdev_start_xmit(skb, dev, txq, false);
	HARD_TX_UNLOCK(dev, txq);
	return dev_xmit_complete(rc) ? 0 : scope_xmit_requeue(skb);
}

/* One of the family's own: the rules look at it */
static netdev_tx_t scope_xmit_look(struct scope_net *sn, struct sk_buff *skb,
				   struct net_device *dev)
{
	struct sock *sk = scope_identity_owner(skb);
	u16 queue = skb_get_queue_mapping(skb);
	netdev_tx_t rc = NETDEV_TX_OK;
	struct sk_buff_head again;
	char cb[sizeof(skb->cb)];
	struct sk_buff *other;

	/* Bonding keeps something there from its qdisc to its driver */
	memcpy(cb, skb->cb, sizeof(cb));
	__skb_queue_head_init(&again);
	scope_identity_fetch(skb);
	if (!scope_rules_stop(sn, SCOPE_STATION_DEVICE_XMIT, sk, skb,
			      scope_xmit_later, &again)) {
		memcpy(skb->cb, cb, sizeof(cb));
		rc = scope_xmit_start_one(skb, dev);
		/* It comes again, and a rule has had its turn */
		if (!dev_xmit_complete(rc))
			scope_identity_set_had(skb, true);
	}
	while ((other = __skb_dequeue(&again))) {
		/* It is this queue whose lock is held */
		skb_set_queue_mapping(other, queue);
		scope_xmit_ready(other);
		if (!dev_xmit_complete(scope_xmit_start_one(other, dev)))
			scope_xmit_requeue(other);
	}
	return rc;
}

/* Instead of a driver's ndo_start_xmit */
static netdev_tx_t scope_xmit_there(struct sk_buff *skb, struct net_device *dev)
{
	struct scope_net *sn = scope_xmit_net(skb, dev);
	netdev_tx_t rc;

	if (!sn || !scope_xmit_is_ours(sn, skb, dev))
		return scope_xmit_start_one(skb, dev);
	if (!scope_identity_had(skb))
		return scope_xmit_look(sn, skb, dev);
	scope_identity_set_had(skb, false);
	rc = scope_xmit_start_one(skb, dev);
	if (!dev_xmit_complete(rc))
		scope_identity_set_had(skb, true);
	return rc;
}

/*
 * A driver is about to be given a frame that the rules will not see: they count it
 * as missed. Nobody else has it.
 */
static void scope_xmit_probe(void *data, const struct sk_buff *skb,
			     const struct net_device *dev)
{
	struct scope_net *sn = scope_xmit_net(skb, dev);
	struct sk_buff *own = (struct sk_buff *)skb;
	char cb[sizeof(skb->cb)];

	if (!sn || !scope_has_rules(sn) || dev == sn->dev)
		return;
	if (scope_xmit_is_ours(sn, skb, dev) &&
	    scope_xmit_find(scope_xmit_start(dev)))
		return;
	memcpy(cb, own->cb, sizeof(cb));
	scope_identity_fetch(own);
	scope_rules_miss(sn, SCOPE_STATION_DEVICE_XMIT,
			 scope_identity_owner(skb), own);
	memcpy(own->cb, cb, sizeof(cb));
}

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_REGS

/*
 * In front of a driver's function, and of one that the driver calls itself for a
 * device whose ndo_start_xmit is another one: that one was seen already.
 */
static void notrace scope_xmit_redirect(unsigned long ip,
					unsigned long parent_ip,
					struct ftrace_ops *ops,
					struct ftrace_regs *fregs)
{
	struct pt_regs *regs = ftrace_get_regs(fregs);
	const struct scope_xmit_hook *hook;
	const struct net_device *dev;

	if (!regs || within_module(parent_ip, THIS_MODULE))
		return;
	hook = container_of(ops, struct scope_xmit_hook, ops);
	dev = (void *)regs_get_kernel_argument(regs, 1);
	if (scope_xmit_start(dev) == hook->start)
		instruction_pointer_set(regs, (unsigned long)scope_xmit_there);
}

static int scope_xmit_patch(struct scope_xmit_hook *hook)
{
	int err;

	hook->ops.func = scope_xmit_redirect;
	/* Nobody shall switch it off in silence */
	hook->ops.flags = FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY |
			  FTRACE_OPS_FL_PERMANENT;
	err = ftrace_set_filter_ip(&hook->ops, hook->start, 0, 0);
	if (!err)
		err = register_ftrace_function(&hook->ops);
	if (err)
		ftrace_free_filter(&hook->ops);
	/* It begins with no call of ftrace, or ftrace has died */
	return err == -EINVAL || err == -ENODEV ? -EOPNOTSUPP : err;
}

static void scope_xmit_unpatch(struct scope_xmit_hook *hook)
{
	int err = unregister_ftrace_function(&hook->ops);

	WARN_ONCE(err, "skbscope: a driver stays patched: error %d\n", err);
	ftrace_free_filter(&hook->ops);
}

#else

static int scope_xmit_patch(struct scope_xmit_hook *hook)
{
	return -EOPNOTSUPP;
}

static void scope_xmit_unpatch(struct scope_xmit_hook *hook)
{
}

#endif /* CONFIG_DYNAMIC_FTRACE_WITH_REGS */

/* Under the lock. Return: 0 or a negative errno. */
static int scope_xmit_hook(const struct net_device *dev)
{
	unsigned long start = scope_xmit_start(dev);
	struct scope_xmit_hook *hook;
	int err;

	if (!start || scope_xmit_find(start))
		return 0;
	hook = kzalloc(sizeof(*hook), GFP_KERNEL);
	if (!hook)
		return -ENOMEM;
	hook->start = start;
	err = scope_xmit_patch(hook);
	if (err) {
		kfree(hook);
		return err;
	}
	list_add_rcu(&hook->list, &scope_xmit_hooks);
	return 0;
}

/* Under the lock: those of a module that goes, or all */
static void scope_xmit_unhook(const struct module *mod)
{
	struct scope_xmit_hook *hook, *next;

	list_for_each_entry_safe(hook, next, &scope_xmit_hooks, list) {
		if (mod && !within_module(hook->start, mod))
			continue;
		list_del_rcu(&hook->list);
		scope_xmit_unpatch(hook);
		/* Who was sent here has gone on, and the probe looks no more */
		synchronize_net();
		kfree(hook);
	}
}

/* Under the lock */
static void scope_xmit_watch(bool wanted)
{
	int err = 0;

	if (!scope_xmit_tracepoint || wanted == scope_xmit_probed)
		return;
	if (wanted)
		err = tracepoint_probe_register(scope_xmit_tracepoint,
						scope_xmit_probe, NULL);
	else
		tracepoint_probe_unregister(scope_xmit_tracepoint,
					    scope_xmit_probe, NULL);
	if (err)
		pr_warn("rules do not count what they miss at device.xmit: error %d\n",
			err);
	else
		scope_xmit_probed = wanted;
}

/* A second after the last rule */
static void scope_xmit_work(struct work_struct *work)
{
	mutex_lock(&scope_xmit_lock);
	if (!scope_xmit_rules)
		scope_xmit_watch(false);
	if (!scope_xmit_patching)
		scope_xmit_unhook(NULL);
	mutex_unlock(&scope_xmit_lock);
}

static DECLARE_DELAYED_WORK(scope_xmit_settle, scope_xmit_work);

/* Under the lock: once there is no rule any more that needs it */
static void scope_xmit_settle_soon(void)
{
	if (!scope_xmit_rules || !scope_xmit_patching)
		mod_delayed_work(system_wq, &scope_xmit_settle, HZ);
}

/* Whether a rule can come to have packets there; what is held may be stepped on */
static bool scope_xmit_is_wanted(const struct scope_rule_spec *spec)
{
	return (spec->stations & BIT(SCOPE_STATION_DEVICE_XMIT) ||
		spec->action == SKBSCOPE_ACTION_HOLD) &&
	       (!spec->has_ifindex || spec->ifindex);
}

/* The family is sent over these alone */
static bool scope_xmit_is_for(const struct scope_net *sn,
			      const struct net_device *dev)
{
	return dev->type == ARPHRD_ETHER && dev != sn->dev;
}

/* Whether it is for a certain device there, and would be for nothing without it */
static bool scope_xmit_is_named(const struct scope_rule_spec *spec)
{
	return spec->has_ifindex &&
	       spec->stations & BIT(SCOPE_STATION_DEVICE_XMIT);
}

/* Whether there is nothing else that it is for */
static bool scope_xmit_is_all(const struct scope_rule_spec *spec)
{
	return scope_xmit_is_named(spec) &&
	       spec->stations == BIT(SCOPE_STATION_DEVICE_XMIT);
}

/* Under RTNL and the lock. Return: 0 or why the rule can't be. */
static int scope_xmit_hook_all(struct scope_net *sn,
			       const struct scope_rule_spec *spec)
{
	bool named = scope_xmit_is_named(spec);
	struct net_device *dev;
	int err;

	for_each_netdev(sn->net, dev) {
		if (spec->has_ifindex && spec->ifindex != dev->ifindex)
			continue;
		if (!scope_xmit_is_for(sn, dev)) {
			if (scope_xmit_is_all(spec))
				return -ENODEV;
			continue;
		}
		err = scope_xmit_hook(dev);
		if (err == -ENOMEM || (err && named))
			return err;
	}
	return 0;
}

/**
 * scope_xmit_join() - a rule is about to be added
 * @sn: the namespace's data
 * @spec: what the rule is
 *
 * Has the rules look at what drivers are given, if it is for that.
 *
 * Context: process, may sleep; takes RTNL.
 *
 * Return: 0; where the rule names a device at device.xmit that can't be had:
 * -EPERM where no driver may be patched for it and it is for nothing else, -ENODEV
 * where the family is not sent over the device and it is for nothing else,
 * -EOPNOTSUPP where the kernel or the driver is not made for it, -EBUSY where
 * somebody else has the driver's function, or ftrace is switched off; -ENOMEM.
 */
int scope_xmit_join(struct scope_net *sn, const struct scope_rule_spec *spec)
{
	int err = 0;

	if (!scope_xmit_is_wanted(spec))
		return 0;
	rtnl_lock();
	mutex_lock(&scope_xmit_lock);
	if (spec->patches)
		err = scope_xmit_hook_all(sn, spec);
	else if (scope_xmit_is_all(spec))
		err = -EPERM;
	if (!err) {
		scope_xmit_watch(true);
		scope_xmit_rules++;
		scope_xmit_patching += spec->patches;
		WRITE_ONCE(sn->xmit_rules, sn->xmit_rules + spec->patches);
	} else {
		scope_xmit_settle_soon();
	}
	mutex_unlock(&scope_xmit_lock);
	rtnl_unlock();
	return err;
}

/**
 * scope_xmit_leave() - and has ended
 * @sn: the namespace's data
 * @spec: as it was given to scope_xmit_join()
 *
 * Context: process, may sleep.
 */
void scope_xmit_leave(struct scope_net *sn, const struct scope_rule_spec *spec)
{
	if (!scope_xmit_is_wanted(spec))
		return;
	mutex_lock(&scope_xmit_lock);
	WRITE_ONCE(sn->xmit_rules, sn->xmit_rules - spec->patches);
	scope_xmit_patching -= spec->patches;
	scope_xmit_rules--;
	scope_xmit_settle_soon();
	mutex_unlock(&scope_xmit_lock);
}

/* A device comes up where there is such a rule */
static int scope_xmit_dev_event(struct notifier_block *nb, unsigned long event,
				void *data)
{
	struct net_device *dev = netdev_notifier_info_to_dev(data);
	struct scope_net *sn = scope_net(dev_net(dev));
	int err = 0;

	if (event != NETDEV_PRE_UP || !READ_ONCE(sn->xmit_rules))
		return NOTIFY_DONE;
	mutex_lock(&scope_xmit_lock);
	if (sn->xmit_rules && scope_xmit_is_for(sn, dev))
		err = scope_xmit_hook(dev);
	mutex_unlock(&scope_xmit_lock);
	if (err && net_ratelimit())
		netdev_notice(dev, "rules miss its packets at device.xmit: error %d\n",
			      err);
	return NOTIFY_DONE;
}

static struct notifier_block scope_xmit_dev_notifier = {
	.notifier_call	= scope_xmit_dev_event,
};

/* A driver goes: ftrace forgets its functions, and others may get their place */
static int scope_xmit_module_event(struct notifier_block *nb,
				   unsigned long state, void *data)
{
	if (state != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	mutex_lock(&scope_xmit_lock);
	scope_xmit_unhook(data);
	mutex_unlock(&scope_xmit_lock);
	return NOTIFY_DONE;
}

static struct notifier_block scope_xmit_module_notifier = {
	.notifier_call	= scope_xmit_module_event,
};

static void scope_xmit_find_tracepoint(struct tracepoint *tp, void *priv)
{
	if (!strcmp(tp->name, "net_dev_start_xmit"))
		scope_xmit_tracepoint = tp;
}

/**
 * scope_xmit_init() - hear of devices that come, and of drivers that go
 *
 * Return: 0 or a negative errno.
 */
int scope_xmit_init(void)
{
	int err;

	for_each_kernel_tracepoint(scope_xmit_find_tracepoint, NULL);
	err = register_module_notifier(&scope_xmit_module_notifier);
	if (err)
		return err;
	err = register_netdevice_notifier(&scope_xmit_dev_notifier);
	if (err)
		unregister_module_notifier(&scope_xmit_module_notifier);
	return err;
}

/**
 * scope_xmit_exit() - undo scope_xmit_init(); the rules have ended
 *
 * Context: process, may sleep. Nothing is sent here any more when it returns.
 */
void scope_xmit_exit(void)
{
	unregister_netdevice_notifier(&scope_xmit_dev_notifier);
	cancel_delayed_work_sync(&scope_xmit_settle);
	scope_xmit_work(NULL);
	unregister_module_notifier(&scope_xmit_module_notifier);
	tracepoint_synchronize_unregister();
}
