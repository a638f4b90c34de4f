// SPDX-License-Identifier: GPL-2.0
/*
 * netlink.c - generic netlink family skbscope
 *
 * Place: a view. Called by generic netlink in process context, under its own
 * mutex, and by netlink itself when one of its sockets is released. Answers for
 * the asker's network namespace only. The contract is spec/skbscope.yaml;
 * netlink_gen.c is made from it. Sockets, rules and the like have files of their
 * own.
 */
#include <linux/netlink.h>

#include "../observe/frame.h"
#include "../observe/hold.h"
#include "../observe/ledger.h"
#include "../observe/picture.h"
#include "../observe/reason.h"
#include "../observe/station.h"
#include "netlink.h"
#include "netlink_gen.h"

static const struct genl_multicast_group scope_nl_groups[] = {
	[SKBSCOPE_NLGRP_SOCKETS] = { SKBSCOPE_MCGRP_SOCKETS, },
	[SKBSCOPE_NLGRP_HELD] = { SKBSCOPE_MCGRP_HELD, },
};

/**
 * scope_nl_reply() - begin a reply
 * @info: what is answered
 * @cmd: SKBSCOPE_CMD_*
 * @size: room for its attributes
 * @hdr: set to its header
 *
 * Return: the message, or an error pointer.
 */
struct sk_buff *scope_nl_reply(struct genl_info *info, u8 cmd, size_t size,
			       void **hdr)
{
	struct sk_buff *msg = genlmsg_new(size, GFP_KERNEL);

	if (!msg)
		return ERR_PTR(-ENOMEM);
	*hdr = genlmsg_put_reply(msg, info, &scope_genl, 0, cmd);
	if (!*hdr) {
		nlmsg_free(msg);
		return ERR_PTR(-EMSGSIZE);
	}
	return msg;
}

/**
 * scope_nl_send() - end a reply
 * @msg: from scope_nl_reply(); consumed
 * @hdr: its header
 * @err: what putting its attributes gave
 * @info: what is answered
 *
 * Return: @err, or what sending gives.
 */
int scope_nl_send(struct sk_buff *msg, void *hdr, int err,
		  struct genl_info *info)
{
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int skbscope_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *version = info->attrs[SKBSCOPE_A_INFO_VERSION];
	struct net *net = genl_info_net(info);
	struct scope_net *sn = scope_net(net);
	struct net_device *dev;
	struct sk_buff *msg;
	void *hdr;
	int err;

	if (version && nla_get_u32(version) != SCOPE_VERSION) {
		NL_SET_ERR_MSG_ATTR(info->extack, version,
				    "this module speaks another version of the wire header");
		return -EPROTONOSUPPORT;
	}
	/* Who asks after he began to watch sees every station from here on */
	scope_station_settle();

	msg = scope_nl_reply(info, SKBSCOPE_CMD_INFO_GET, GENLMSG_DEFAULT_SIZE,
			     &hdr);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	err = nla_put_u32(msg, SKBSCOPE_A_INFO_FAMILY, scope_family) ?:
	      nla_put_u32(msg, SKBSCOPE_A_INFO_VERSION, SCOPE_VERSION) ?:
	      nla_put_u32(msg, SKBSCOPE_A_INFO_HEADER_LEN, SCOPE_HDR_LEN) ?:
	      nla_put_u32(msg, SKBSCOPE_A_INFO_NETNS, net->ns.inum) ?:
	      nla_put_u32(msg, SKBSCOPE_A_INFO_WATCHERS,
			  scope_station_watchers()) ?:
	      nla_put_u32(msg, SKBSCOPE_A_INFO_SOCKETS,
			  atomic_read(&sn->nr_sockets)) ?:
	      nla_put_string(msg, SKBSCOPE_A_INFO_RELEASE,
			     THIS_MODULE->version);
	dev = READ_ONCE(sn->dev);
	if (!err && dev)
		err = nla_put_u32(msg, SKBSCOPE_A_INFO_IFINDEX, dev->ifindex);
	return scope_nl_send(msg, hdr, err, info);
}

/**
 * scope_nl_put_skb() - add what is known of an sk_buff
 * @msg: where to
 * @attr: the attribute that it becomes
 * @pic: of the sk_buff
 *
 * Return: 0 or -EMSGSIZE.
 */
int scope_nl_put_skb(struct sk_buff *msg, int attr,
		     const struct scope_skb_pic *pic)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u64_64bit(msg, SKBSCOPE_A_SKB_ID, pic->id,
			      SKBSCOPE_A_SKB_PAD) ||
	    nla_put_u64_64bit(msg, SKBSCOPE_A_SKB_PARENT, pic->parent,
			      SKBSCOPE_A_SKB_PAD) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_RELATION, pic->relation) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_LEN, pic->len) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_DATA_LEN, pic->data_len) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_DATA, pic->data) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_TAIL, pic->tail) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_END, pic->end) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_TRUESIZE, pic->truesize) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_USERS, pic->users) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_DATAREF, pic->dataref) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_CLONED, pic->cloned) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_NR_FRAGS, pic->nr_frags) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_IP_SUMMED, pic->ip_summed) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_PKT_TYPE, pic->pkt_type) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_PROTOCOL, pic->protocol))
		goto cancel;
	if (pic->offset != pic->offset_end &&
	    (nla_put_u64_64bit(msg, SKBSCOPE_A_SKB_OFFSET, pic->offset,
			       SKBSCOPE_A_SKB_PAD) ||
	     nla_put_u64_64bit(msg, SKBSCOPE_A_SKB_OFFSET_END, pic->offset_end,
			       SKBSCOPE_A_SKB_PAD)))
		goto cancel;
	nla_nest_end(msg, nest);
	return 0;

cancel:
	nla_nest_cancel(msg, nest);
	return -EMSGSIZE;
}

static int scope_nl_put_station(struct sk_buff *msg, struct scope_net *sn,
				u32 station)
{
	return nla_put_u32(msg, SKBSCOPE_A_STATION_NUMBER, station) ?:
	       nla_put_string(msg, SKBSCOPE_A_STATION_NAME,
			      scope_station_name(station)) ?:
	       nla_put_u64_64bit(msg, SKBSCOPE_A_STATION_PASSED,
				 scope_ledger_passed(sn, station),
				 SKBSCOPE_A_STATION_PAD) ?:
	       nla_put_u64_64bit(msg, SKBSCOPE_A_STATION_HELD,
				 scope_hold_count(sn, station, NULL),
				 SKBSCOPE_A_STATION_PAD);
}

int skbscope_nl_station_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *number = info->attrs[SKBSCOPE_A_STATION_NUMBER];
	struct scope_net *sn = scope_net(genl_info_net(info));
	struct sk_buff *msg;
	u32 station;
	void *hdr;

	if (!number) {
		NL_SET_ERR_MSG(info->extack,
			       "give the station's number, or ask for a dump");
		return -EINVAL;
	}
	station = nla_get_u32(number);
	if (station < 1 || station > SCOPE_STATION_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, number,
				    "no station with this number");
		return -ENOENT;
	}
	msg = scope_nl_reply(info, SKBSCOPE_CMD_STATION_GET,
			     GENLMSG_DEFAULT_SIZE, &hdr);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	return scope_nl_send(msg, hdr, scope_nl_put_station(msg, sn, station),
			     info);
}

int skbscope_nl_station_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb)
{
	struct scope_net *sn = scope_net(sock_net(skb->sk));
	u32 *last = (u32 *)cb->ctx;
	void *hdr;

	while (*last < SCOPE_STATION_MAX) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &scope_genl, NLM_F_MULTI,
				  SKBSCOPE_CMD_STATION_GET);
		if (!hdr)
			break;
		if (scope_nl_put_station(skb, sn, *last + 1)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		++*last;
	}
	return skb->len;
}

static int scope_nl_put_drop(struct sk_buff *msg, u32 reason, u64 count)
{
	struct nlattr *nest = nla_nest_start(msg, SKBSCOPE_A_LEDGER_DROP);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(msg, SKBSCOPE_A_DROP_REASON, reason) ||
	    nla_put_string(msg, SKBSCOPE_A_DROP_NAME,
			   scope_reason_name(reason)) ||
	    nla_put_u64_64bit(msg, SKBSCOPE_A_DROP_COUNT, count,
			      SKBSCOPE_A_DROP_PAD)) {
		nla_nest_cancel(msg, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return 0;
}

static int scope_nl_put_ledger(struct sk_buff *msg, struct scope_net *sn,
			       const struct scope_ledger *ledger)
{
	const struct {
		int attr;
		u64 value;
	} rows[] = {
		{ SKBSCOPE_A_LEDGER_ALLOCATED,		ledger->allocated },
		{ SKBSCOPE_A_LEDGER_ENTERED,		ledger->entered },
		{ SKBSCOPE_A_LEDGER_DERIVED,		ledger->derived },
		{ SKBSCOPE_A_LEDGER_DELIVERED,		ledger->delivered },
		{ SKBSCOPE_A_LEDGER_ACKED,		ledger->acked },
		{ SKBSCOPE_A_LEDGER_MERGED,		ledger->merged },
		{ SKBSCOPE_A_LEDGER_TRANSMITTED,	ledger->transmitted },
		{ SKBSCOPE_A_LEDGER_DROPPED,		ledger->dropped },
		{ SKBSCOPE_A_LEDGER_QUEUED,		ledger->queued },
		{ SKBSCOPE_A_LEDGER_KEPT,		ledger->kept },
		{ SKBSCOPE_A_LEDGER_HELD,		ledger->held },
		{ SKBSCOPE_A_LEDGER_MOVING,		ledger->moving },
		{ SKBSCOPE_A_LEDGER_QUEUE_LEN,		ledger->queue_len },
		{ SKBSCOPE_A_LEDGER_CONTROL_MADE,	ledger->control_made },
		{ SKBSCOPE_A_LEDGER_CONTROL_READ,	ledger->control_read },
		{ SKBSCOPE_A_LEDGER_CONTROL_DROPPED,	ledger->control_lost },
	};
	unsigned int i;
	int err;

	err = nla_put_u32(msg, SKBSCOPE_A_LEDGER_NETNS, sn->net->ns.inum);
	for (i = 0; i < ARRAY_SIZE(rows) && !err; i++)
		err = nla_put_u64_64bit(msg, rows[i].attr, rows[i].value,
					SKBSCOPE_A_LEDGER_PAD);
	for (i = 0; i < SCOPE_REASONS && !err; i++)
		if (ledger->reason[i])
			err = scope_nl_put_drop(msg, scope_ledger_reason(i),
						ledger->reason[i]);
	return err;
}

int skbscope_nl_ledger_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *netns = info->attrs[SKBSCOPE_A_LEDGER_NETNS];
	struct net *net = genl_info_net(info);
	struct scope_net *sn = scope_net(net);
	struct scope_ledger *ledger;
	struct sk_buff *msg;
	void *hdr;
	int err;

	if (netns && nla_get_u32(netns) != net->ns.inum) {
		NL_SET_ERR_MSG_ATTR(info->extack, netns,
				    "ask from within that network namespace");
		return -EACCES;
	}
	ledger = scope_ledger_read(sn);
	if (!ledger)
		return -ENOMEM;
	msg = scope_nl_reply(info, SKBSCOPE_CMD_LEDGER_GET,
			     NLMSG_DEFAULT_SIZE * 4, &hdr);
	if (IS_ERR(msg)) {
		err = PTR_ERR(msg);
		goto out;
	}
	err = scope_nl_send(msg, hdr, scope_nl_put_ledger(msg, sn, ledger),
			    info);
out:
	kfree(ledger);
	return err;
}

/* With a socket go its programs, and the rules that are not to persist */
static int scope_nl_released(struct notifier_block *nb, unsigned long event,
			     void *data)
{
	struct netlink_notify *notify = data;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	scope_frame_drop(notify->net, notify->portid);
	/* A persisting rule has no owner, which is written 0 */
	if (notify->portid)
		scope_rules_disown(scope_net(notify->net), notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block scope_nl_released_notifier = {
	.notifier_call	= scope_nl_released,
};

/* The generator names done only in a form that 6.1 does not have */
static struct genl_ops scope_nl_ops[ARRAY_SIZE(skbscope_nl_ops)] __ro_after_init;

struct genl_family scope_genl __ro_after_init = {
	.name		= SKBSCOPE_GENL_NAME,
	.version	= SKBSCOPE_GENL_VERSION,
	.netnsok	= true,
	.module		= THIS_MODULE,
	.ops		= scope_nl_ops,
	.n_ops		= ARRAY_SIZE(scope_nl_ops),
	.resv_start_op	= __SKBSCOPE_CMD_MAX,
	.mcgrps		= scope_nl_groups,
	.n_mcgrps	= ARRAY_SIZE(scope_nl_groups),
};

/**
 * scope_netlink_init() - answer and notify from here on
 *
 * Return: 0 or a negative errno.
 */
int __init scope_netlink_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(scope_nl_ops); i++) {
		scope_nl_ops[i] = skbscope_nl_ops[i];
		if (scope_nl_ops[i].cmd == SKBSCOPE_CMD_IMAGE_GET)
			scope_nl_ops[i].done = skbscope_nl_image_get_done;
	}
	err = netlink_register_notifier(&scope_nl_released_notifier);
	if (err)
		return err;
	err = genl_register_family(&scope_genl);
	if (err)
		goto err_released;
	err = scope_netlink_held_init();
	if (err)
		goto err_family;
	return scope_netlink_socket_init();

err_family:
	genl_unregister_family(&scope_genl);
err_released:
	netlink_unregister_notifier(&scope_nl_released_notifier);
	return err;
}

/**
 * scope_netlink_exit() - undo scope_netlink_init()
 */
void scope_netlink_exit(void)
{
	scope_netlink_socket_exit();
	scope_netlink_held_exit();
	genl_unregister_family(&scope_genl);
	netlink_unregister_notifier(&scope_nl_released_notifier);
	/* Those of sockets that are open; each namespace ends its own rules */
	scope_frame_drop(NULL, 0);
}
