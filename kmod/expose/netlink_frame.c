// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_frame.c - programs for the frames, by generic netlink
 *
 * Place: control. Called by generic netlink in process context, and by netlink
 * itself when a socket is released. A program sees the frames of all network
 * namespaces and is run for each of them: so who brings one needs to be an
 * administrator of the machine's own.
 */
#include <linux/netlink.h>

#include "../observe/frame.h"
#include "netlink.h"
#include "netlink_gen.h"

static int scope_nl_frame_reply(struct genl_info *info, u32 mask)
{
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &scope_genl, 0,
				SKBSCOPE_CMD_FRAME_FILTER);
	if (!hdr || nla_put_u32(msg, SKBSCOPE_A_FRAME_MASK, mask)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

/**
 * scope_nl_program() - a program that an attribute has
 * @info: the request
 * @attr: the attribute
 * @program: set to it; its instructions stay the attribute's
 *
 * Return: 0, or -EINVAL where an instruction is cut off.
 */
int scope_nl_program(struct genl_info *info, const struct nlattr *attr,
		     struct sock_fprog_kern *program)
{
	if (nla_len(attr) % sizeof(struct sock_filter)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "an instruction is cut off: each has 8 octets");
		return -EINVAL;
	}
	program->len = nla_len(attr) / sizeof(struct sock_filter);
	program->filter = nla_data(attr);
	return 0;
}

int skbscope_nl_frame_filter_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[SKBSCOPE_A_FRAME_PROGRAM];
	struct sock_fprog_kern program;
	u32 mask;
	int err;

	if (!netlink_capable(skb, CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG(info->extack,
			       "a program for frames needs CAP_NET_ADMIN in the initial user namespace");
		return -EPERM;
	}
	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "give the program");
		return -EINVAL;
	}
	err = scope_nl_program(info, attr, &program);
	if (err)
		return err;
	err = scope_frame_add(&program, genl_info_net(info), info->snd_portid,
			      &mask);
	if (err == -EINVAL)
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "this is no valid classic BPF program of 1 to 4096 instructions");
	else if (err == -ENOSPC)
		NL_SET_ERR_MSG(info->extack,
			       "32 programs are in use, and there is a bit for no more");
	return err ?: scope_nl_frame_reply(info, mask);
}

static int scope_nl_frame_released(struct notifier_block *nb,
				   unsigned long event, void *data)
{
	struct netlink_notify *notify = data;

	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC)
		scope_frame_drop(notify->net, notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block scope_nl_frame_notifier = {
	.notifier_call	= scope_nl_frame_released,
};

/**
 * scope_netlink_frame_init() - hear of sockets that are released
 *
 * Return: 0 or a negative errno.
 */
int __init scope_netlink_frame_init(void)
{
	return netlink_register_notifier(&scope_nl_frame_notifier);
}

/**
 * scope_netlink_frame_exit() - and forget the programs of those that are open
 *
 * Context: process. Nothing may ask for a program any more.
 */
void scope_netlink_frame_exit(void)
{
	netlink_unregister_notifier(&scope_nl_frame_notifier);
	scope_frame_drop(NULL, 0);
}
