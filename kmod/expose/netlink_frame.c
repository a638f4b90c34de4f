// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_frame.c - programs for the frames, by generic netlink
 *
 * Place: control. Called by generic netlink in process context. A program sees the
 * frames of all network namespaces and is run for each of them: so who brings one
 * needs to be an administrator of the machine's own.
 */
#include "../observe/frame.h"
#include "netlink.h"
#include "netlink_gen.h"

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

/**
 * scope_nl_no_program() - say that the kernel does not take a program
 * @info: the request
 * @attr: the attribute that has it
 */
void scope_nl_no_program(struct genl_info *info, const struct nlattr *attr)
{
	NL_SET_ERR_MSG_ATTR(info->extack, attr,
			    "this is no valid classic BPF program of 1 to 4096 instructions");
}

int skbscope_nl_frame_filter_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[SKBSCOPE_A_FRAME_PROGRAM];
	struct sock_fprog_kern program;
	struct sk_buff *msg;
	void *hdr;
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
	msg = scope_nl_reply(info, SKBSCOPE_CMD_FRAME_FILTER,
			     GENLMSG_DEFAULT_SIZE, &hdr);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	err = scope_frame_add(&program, genl_info_net(info), info->snd_portid,
			      &mask);
	if (err == -EINVAL)
		scope_nl_no_program(info, attr);
	else if (err == -ENOSPC)
		NL_SET_ERR_MSG(info->extack,
			       "32 programs are in use, and there is a bit for no more");
	err = err ?: nla_put_u32(msg, SKBSCOPE_A_FRAME_MASK, mask);
	return scope_nl_send(msg, hdr, err, info);
}
