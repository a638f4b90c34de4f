// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_held.c - questions, orders and notices about held packets
 *
 * Called by stepper.c and play_rule.c.
 */
#include <errno.h>
#include <string.h>

#include "netlink_ask.h"
#include "netlink_held.h"

static int take_held(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *head;
	int len;

	head = netlink_attrs(nlh, &len);
	return held_decode(head, len, arg);
}

/* as it is now; @held is for held_clear(), in any case */
int netlink_held(struct netlink *nl, uint64_t id, struct held *held)
{
	struct nl_msg *msg;

	memset(held, 0, sizeof(*held));
	msg = netlink_request(nl, SKBSCOPE_CMD_HELD_GET, NLM_F_ACK, 0);
	if (!msg)
		return -ENOMEM;
	if (nla_put_u64(msg, SKBSCOPE_A_HELD_ID, id)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return netlink_exchange(nl, msg, take_held, held);
}

struct held_dump {
	netlink_held_fn	fn;
	void		*arg;
};

static int take_one(struct nlmsghdr *nlh, void *arg)
{
	struct held_dump *dump = arg;
	struct held held;
	int ret;

	ret = take_held(nlh, &held);
	if (!ret)
		ret = dump->fn(genlmsg_hdr(nlh)->cmd, &held, dump->arg);
	held_clear(&held);
	return ret;
}

/* in the order that they came; @fn has each as long as it is called */
int netlink_held_all(struct netlink *nl, netlink_held_fn fn, void *arg)
{
	struct held_dump dump = { .fn = fn, .arg = arg };
	struct nl_msg *msg;

	msg = netlink_request(nl, SKBSCOPE_CMD_HELD_GET, NLM_F_DUMP, 0);
	return msg ? netlink_exchange(nl, msg, take_one, &dump) : -ENOMEM;
}

static int put_order(struct nl_msg *msg, uint64_t id, const struct order *order)
{
	if (nla_put_u64(msg, SKBSCOPE_A_ORDER_HELD, id) ||
	    nla_put_u32(msg, SKBSCOPE_A_ORDER_VERDICT, order->verdict))
		return -1;
	switch (order->verdict) {
	case SKBSCOPE_VERDICT_DROP:
		return order->reason ?
		       nla_put_u32(msg, SKBSCOPE_A_ORDER_REASON,
				   order->reason) : 0;
	case SKBSCOPE_VERDICT_EDIT:
		if (nla_put_u32(msg, SKBSCOPE_A_ORDER_PLACE, order->place) ||
		    nla_put_s32(msg, SKBSCOPE_A_ORDER_OFFSET, order->offset) ||
		    nla_put(msg, SKBSCOPE_A_ORDER_BYTES, order->len,
			    order->bytes))
			return -1;
		return order->wrong_sum ?
		       nla_put_flag(msg, SKBSCOPE_A_ORDER_WRONG_SUM) : 0;
	case SKBSCOPE_VERDICT_MARK:
	case SKBSCOPE_VERDICT_PRIORITY:
	case SKBSCOPE_VERDICT_EXPAND_HEAD:
		return nla_put_u32(msg, SKBSCOPE_A_ORDER_VALUE, order->value);
	default:
		return 0;
	}
}

static int take_made(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *head, *made;
	int len;

	head = netlink_attrs(nlh, &len);
	made = nla_find(head, len, SKBSCOPE_A_ORDER_HELD);
	if (made && nla_len(made) >= 8)
		*(uint64_t *)arg = nla_get_u64(made);
	return 0;
}

/**
 * netlink_verdict - say what to do with a packet
 * @id: number of the stay
 * @made: set to the number of the copy's stay, 0 where none was made
 *
 * Return: 0 or -errno, with netlink_error() for what was refused.
 */
int netlink_verdict(struct netlink *nl, uint64_t id, const struct order *order,
		    uint64_t *made)
{
	struct nl_msg *msg;

	*made = 0;
	msg = netlink_request(nl, SKBSCOPE_CMD_VERDICT, NLM_F_ACK, order->len);
	if (!msg)
		return -ENOMEM;
	if (put_order(msg, id, order)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return netlink_exchange(nl, msg, take_made, made);
}

/* all that a rule holds goes on, in its order; the rule stays */
int netlink_release(struct netlink *nl, uint32_t rule)
{
	struct nl_msg *msg;

	msg = netlink_request(nl, SKBSCOPE_CMD_VERDICT, NLM_F_ACK, 0);
	if (!msg)
		return -ENOMEM;
	if (nla_put_u32(msg, SKBSCOPE_A_ORDER_RULE, rule) ||
	    nla_put_u32(msg, SKBSCOPE_A_ORDER_VERDICT,
			SKBSCOPE_VERDICT_RELEASE)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return netlink_exchange(nl, msg, NULL, NULL);
}

/* as netlink_subscribe() */
int netlink_subscribe_held(struct netlink *nl)
{
	return netlink_join(nl, SKBSCOPE_MCGRP_HELD);
}

/* as netlink_notices() */
int netlink_held_notices(struct netlink *nl, netlink_held_fn fn, void *arg)
{
	struct held_dump dump = { .fn = fn, .arg = arg };

	return netlink_hear(nl, take_one, &dump);
}
