// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - the init ladder; exit is its reverse
 *
 * What serves a namespace comes before what can reach it, and the family
 * number last of all, for from then on there are sockets.
 */
#include <linux/module.h>

#include "observe/hold.h"
#include "observe/ledger.h"
#include "observe/station.h"
#include "observe/xmit.h"

int scope_family = SCOPE_FAMILY_DEFAULT;
module_param_named(family, scope_family, int, 0444);
MODULE_PARM_DESC(family, "family number to ask for; another one is taken where it is not free");

unsigned int scope_net_id;

static int __net_init scope_net_init(struct net *net)
{
	struct scope_net *sn = scope_net(net);
	int err;

	sn->net = net;
	xa_init_flags(&sn->sockets, XA_FLAGS_LOCK_BH);
	INIT_HLIST_HEAD(&sn->raw);
	spin_lock_init(&sn->raw_lock);
	atomic_set(&sn->generation, 1);
	scope_rules_net_init(sn);
	scope_hold_net_init(sn);
	/* 100 answers a second in the long run, silently */
	ratelimit_state_init(&sn->refusals, HZ, 100);
	ratelimit_set_flags(&sn->refusals, RATELIMIT_MSG_ON_RELEASE);
	sn->stats = alloc_percpu(struct scope_stats);
	if (!sn->stats)
		return -ENOMEM;
	err = scope_port_net_init(sn);
	if (err)
		goto err_stats;
	err = scope_conn_net_init(sn);
	if (err)
		goto err_port;
	err = scope_proc_net_init(net);
	if (err)
		goto err_conn;
	return 0;

err_conn:
	scope_conn_net_exit(sn);
err_port:
	scope_port_net_exit(sn);
err_stats:
	free_percpu(sn->stats);
	return err;
}

static void __net_exit scope_net_exit(struct net *net)
{
	struct scope_net *sn = scope_net(net);

	scope_proc_net_exit(net);
	scope_hold_net_exit(sn);
	scope_conn_net_exit(sn);
	scope_port_net_exit(sn);
	xa_destroy(&sn->sockets);
	free_percpu(sn->stats);
}

/* Ends after the namespace's devices, which may bring frames until then */
static struct pernet_operations scope_net_ops = {
	.init	= scope_net_init,
	.exit	= scope_net_exit,
	.id	= &scope_net_id,
	.size	= sizeof(struct scope_net),
};

static int __net_init scope_dev_net_init(struct net *net)
{
	return scope0_net_init(scope_net(net));
}

/* What is held needs the devices, and goes before them */
static void __net_exit scope_dev_net_exit(struct net *net)
{
	scope_rules_net_exit(scope_net(net));
	scope0_net_exit(scope_net(net));
}

static struct pernet_operations scope_dev_net_ops = {
	.init	= scope_dev_net_init,
	.exit	= scope_dev_net_exit,
};

static int __init scope_init(void)
{
	int err;

	err = proto_register(&scope_proto, 1);
	if (err)
		return err;
	err = register_pernet_subsys(&scope_net_ops);
	if (err)
		goto err_proto;
	err = scope_station_init();
	if (err)
		goto err_net;
	err = scope_hold_init();
	if (err)
		goto err_station;
	err = scope_xmit_init();
	if (err)
		goto err_hold;
	err = register_pernet_device(&scope_dev_net_ops);
	if (err)
		goto err_xmit;
	err = scope_debugfs_init();
	if (err)
		goto err_dev;
	err = scope_netlink_init();
	if (err)
		goto err_debugfs;
	err = scope_conn_start();
	if (err)
		goto err_netlink;
	scope_dev_publish(scope_receive);
	err = scope_family_init(scope_family);
	if (err)
		goto err_publish;
	return 0;

err_publish:
	scope_dev_withdraw();
	scope_conn_stop();
err_netlink:
	scope_netlink_exit();
err_debugfs:
	scope_debugfs_exit();
err_dev:
	unregister_pernet_device(&scope_dev_net_ops);
err_xmit:
	scope_xmit_exit();
err_hold:
	scope_hold_exit();
err_station:
	scope_station_exit();
err_net:
	unregister_pernet_subsys(&scope_net_ops);
err_proto:
	proto_unregister(&scope_proto);
	return err;
}

static void __exit scope_exit(void)
{
	scope_family_exit();
	scope_dev_withdraw();
	scope_conn_stop();
	scope_netlink_exit();
	scope_debugfs_exit();
	unregister_pernet_device(&scope_dev_net_ops);
	scope_xmit_exit();
	scope_hold_exit();
	scope_station_exit();
	unregister_pernet_subsys(&scope_net_ops);
	/* Sockets and their memory go by call_rcu() */
	rcu_barrier();
	proto_unregister(&scope_proto);
}

module_init(scope_init);
module_exit(scope_exit);

MODULE_DESCRIPTION("AF_SCOPE: a socket family you can see through");
MODULE_AUTHOR("The Skbscope authors");
MODULE_VERSION("0.1");
MODULE_LICENSE("GPL");
