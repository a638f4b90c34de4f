// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_held.c - packets that are held, and verdicts on them, by generic netlink
 *
 * Place: a view, and control. Called by generic netlink in process context, and
 * by observe/hold.c wherever a packet is held or leaves. Generic netlink has seen
 * to it that who asks for octets, or gives a verdict, administers the namespace.
 */
#include <linux/pid_namespace.h>

#include "../observe/hold.h"
#include "../observe/reason.h"
#include "netlink.h"
#include "netlink_gen.h"

#define SCOPE_HELD_BYTES	256	/* of the frame, in one answer */
#define SCOPE_HELD_SYMBOL	128

/* The name of a function; where it has none, nothing of its address */
static const char *scope_nl_symbol(char *text, unsigned long address)
{
	snprintf(text, SCOPE_HELD_SYMBOL, "%ps", (void *)address);
	if (!strncmp(text, "0x", 2))
		strscpy(text, "unknown", SCOPE_HELD_SYMBOL);
	return text;
}

/* Functions of ours that only led to the place where it is parked */
static bool scope_nl_is_way(const char *name)
{
	return !strncmp(name, "scope_hold", 10) ||
	       !strncmp(name, "scope_rule", 10) ||
	       !strncmp(name, "scope_pass", 10) ||
	       !strncmp(name, "scope_stand", 11) ||
	       !strncmp(name, "scope_send_watched", 18) ||
	       !strncmp(name, "scope_drop_watched", 18) ||
	       !strncmp(name, "scope_consume_watched", 21) ||
	       !strncmp(name, "scope_held", 10);
}

static int scope_nl_put_stack(struct sk_buff *msg,
			      const struct scope_held *held)
{
	char text[SCOPE_HELD_SYMBOL];
	bool way = true, call = scope_held_is_call(held);
	unsigned int i;
	int err = 0;

	if (!call)
		err = nla_put_string(msg, SKBSCOPE_A_HELD_NEXT,
				     scope_nl_symbol(text,
						     scope_held_next_fn(held)));
	for (i = 0; i < held->nr_stack && !err; i++) {
		scope_nl_symbol(text, held->stack[i]);
		way = way && scope_nl_is_way(text);
		if (way)
			continue;
		/* Where a call stands, its own innermost function goes on */
		if (call)
			err = nla_put_string(msg, SKBSCOPE_A_HELD_NEXT, text);
		call = false;
		err = err ?: nla_put_string(msg, SKBSCOPE_A_HELD_STACK, text);
	}
	return err;
}

/* From the link header on, or from where the data is: what is in both */
static int scope_nl_put_bytes(struct sk_buff *msg,
			      const struct scope_held *held)
{
	const struct sk_buff *skb = held->skb;
	int from = 0, len;
	struct nlattr *attr;

	if (held->flow.ifindex && skb_mac_header_was_set(skb))
		from = min(skb_mac_offset(skb), 0);
	else if (skb_transport_header_was_set(skb))
		from = min(skb_transport_offset(skb), 0);
	len = min_t(int, skb->len - from, SCOPE_HELD_BYTES);
	attr = nla_reserve(msg, SKBSCOPE_A_HELD_BYTES, len);
	if (!attr)
		return -EMSGSIZE;
	if (skb_copy_bits(skb, from, nla_data(attr), len))
		memset(nla_data(attr), 0, len);
	return nla_put_s32(msg, SKBSCOPE_A_HELD_BYTES_FROM, from);
}

static u32 scope_nl_left(const struct scope_held *held)
{
	return time_after(held->until, jiffies) ?
	       jiffies_to_msecs(held->until - jiffies) : 0;
}

/* The packet; under the lock, and not leaving yet */
static int scope_nl_put_packet(struct sk_buff *msg, struct scope_net *sn,
			       const struct scope_held *held)
{
	const u32 ifindex = held->flow.ifindex;
	const struct sk_buff *skb = held->skb;
	struct scope_skb_pic pic;
	int err;

	scope_held_picture(&pic, held);
	err = scope_nl_put_skb(msg, SKBSCOPE_A_HELD_SKB, &pic) ?:
	      nla_put_u16(msg, SKBSCOPE_A_HELD_SPORT, pic.sport) ?:
	      nla_put_u16(msg, SKBSCOPE_A_HELD_DPORT, pic.dport);
	/* Of one at its end, the device may be gone */
	if (!err && ifindex)
		err = nla_put_u32(msg, SKBSCOPE_A_HELD_IFINDEX,
				  ifindex == sn->dev->ifindex ? 0 : ifindex);
	if (err || !skb)
		return err;
	return nla_put_u32(msg, SKBSCOPE_A_HELD_MARK, skb->mark) ?:
	       nla_put_u32(msg, SKBSCOPE_A_HELD_PRIORITY, skb->priority);
}

/*
 * The task that ran, for whoever can see it: the packets of a namespace also come
 * while tasks run that its administrator has no business with.
 */
static int scope_nl_put_task(struct sk_buff *msg, const struct scope_held *held,
			     struct pid_namespace *ns)
{
	pid_t pid = ns ? pid_nr_ns(held->task, ns) : 0;

	/* 0 is also the idle task, for the machine's own */
	if (!pid && ns != &init_pid_ns)
		return 0;
	return nla_put_u32(msg, SKBSCOPE_A_HELD_PID, pid) ?:
	       nla_put_string(msg, SKBSCOPE_A_HELD_COMM, held->comm);
}

static int scope_nl_put_reason(struct sk_buff *msg, u32 reason)
{
	return nla_put_u32(msg, SKBSCOPE_A_HELD_REASON, reason) ?:
	       nla_put_string(msg, SKBSCOPE_A_HELD_REASON_NAME,
			      scope_reason_name(reason));
}

/* @ns: of the tasks that the reader can see, or NULL */
static int scope_nl_put_held(struct sk_buff *msg, struct scope_net *sn,
			     const struct scope_held *held,
			     struct pid_namespace *ns, bool bytes)
{
	const int pad = SKBSCOPE_A_HELD_PAD;
	int err;

	err = nla_put_u64_64bit(msg, SKBSCOPE_A_HELD_ID, held->id, pad) ?:
	      nla_put_u32(msg, SKBSCOPE_A_HELD_RULE, held->rule->id) ?:
	      nla_put_u32(msg, SKBSCOPE_A_HELD_STATION, held->station) ?:
	      nla_put_u64_64bit(msg, SKBSCOPE_A_HELD_AGE,
				ktime_get_ns() - held->since, pad) ?:
	      nla_put_u32(msg, SKBSCOPE_A_HELD_NETNS, sn->net->ns.inum) ?:
	      scope_nl_put_task(msg, held, ns);
	if (!err && held->sk)
		err = nla_put_u64_64bit(msg, SKBSCOPE_A_HELD_COOKIE,
					scope_sk(held->sk)->cookie, pad);
	if (!err && held->waits)
		err = nla_put_u32(msg, SKBSCOPE_A_HELD_LEFT,
				  scope_nl_left(held));
	else if (!err)
		err = nla_put_flag(msg, SKBSCOPE_A_HELD_BEHIND);
	if (!err && held->control)
		err = nla_put_flag(msg, SKBSCOPE_A_HELD_CONTROL);
	if (!err && scope_held_is_call(held))
		err = nla_put_flag(msg, SKBSCOPE_A_HELD_CALL);
	if (!err && held->station == SCOPE_STATION_END_DROPPED)
		err = scope_nl_put_reason(msg, held->end.fate);
	err = err ?: scope_nl_put_packet(msg, sn, held) ?:
	      scope_nl_put_stack(msg, held);
	if (!err && bytes && held->skb)
		err = scope_nl_put_bytes(msg, held);
	return err;
}

/* The first stay with a number of at least @id; under the lock */
static struct scope_held *scope_nl_held_from(struct scope_net *sn, u64 id)
{
	struct scope_held *held, *found = NULL;

	/* A copy's is behind the packet's, whatever its number */
	list_for_each_entry(held, &sn->held, list)
		if (!held->leaving && held->id >= id &&
		    (!found || held->id < found->id))
			found = held;
	return found;
}

int skbscope_nl_held_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct scope_net *sn = scope_net(genl_info_net(info));
	const struct nlattr *attr = info->attrs[SKBSCOPE_A_HELD_ID];
	const struct scope_held *held;
	struct sk_buff *msg;
	int err = -ENOENT;
	void *hdr;

	if (!attr) {
		NL_SET_ERR_MSG(info->extack,
			       "give the number of the stay, or ask for a dump");
		return -EINVAL;
	}
	msg = scope_nl_reply(info, SKBSCOPE_CMD_HELD_GET, NLMSG_DEFAULT_SIZE,
			     &hdr);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	spin_lock_bh(&sn->held_lock);
	held = scope_nl_held_from(sn, nla_get_u64(attr));
	if (held && held->id == nla_get_u64(attr))
		err = scope_nl_put_held(msg, sn, held,
					task_active_pid_ns(current), true);
	spin_unlock_bh(&sn->held_lock);
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "nothing is held under this number");
	return scope_nl_send(msg, hdr, err, info);
}

int skbscope_nl_held_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	struct scope_net *sn = scope_net(sock_net(skb->sk));
	u64 *last = (u64 *)cb->ctx;
	const struct scope_held *held;
	void *hdr;
	int err;

	spin_lock_bh(&sn->held_lock);
	while ((held = scope_nl_held_from(sn, *last + 1))) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &scope_genl, NLM_F_MULTI,
				  SKBSCOPE_CMD_HELD_GET);
		if (!hdr)
			break;
		err = scope_nl_put_held(skb, sn, held,
					task_active_pid_ns(current), true);
		if (err) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		*last = held->id;
	}
	spin_unlock_bh(&sn->held_lock);
	return skb->len;
}

static int scope_nl_order(struct genl_info *info, struct scope_order *order)
{
	const struct nlattr *bytes = info->attrs[SKBSCOPE_A_ORDER_BYTES];
	const struct nlattr *attr = info->attrs[SKBSCOPE_A_ORDER_REASON];

	order->reason = attr ? nla_get_u32(attr) : SCOPE_DROP_VERDICT;
	if (attr && !scope_reason_is_known(order->reason)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "no drop reason has this number");
		return -EINVAL;
	}
	attr = info->attrs[SKBSCOPE_A_ORDER_PLACE];
	order->place = attr ? nla_get_u32(attr) : SKBSCOPE_PLACE_DATA;
	attr = info->attrs[SKBSCOPE_A_ORDER_OFFSET];
	order->offset = attr ? nla_get_s32(attr) : 0;
	order->wrong_sum = info->attrs[SKBSCOPE_A_ORDER_WRONG_SUM];
	attr = info->attrs[SKBSCOPE_A_ORDER_VALUE];
	order->value = attr ? nla_get_u32(attr) : 0;

	switch (order->verdict) {
	case SKBSCOPE_VERDICT_EDIT:
		if (bytes && nla_len(bytes)) {
			order->bytes = nla_data(bytes);
			order->len = nla_len(bytes);
			return 0;
		}
		NL_SET_ERR_MSG(info->extack, "an edit needs octets");
		return -EINVAL;
	case SKBSCOPE_VERDICT_EXPAND_HEAD:
		if (order->value <= PAGE_SIZE)
			break;
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "a head grows by no more than a page");
		return -ERANGE;
	case SKBSCOPE_VERDICT_MARK:
	case SKBSCOPE_VERDICT_PRIORITY:
		if (attr)
			break;
		NL_SET_ERR_MSG(info->extack, "this verdict needs a value");
		return -EINVAL;
	}
	return 0;
}

static void scope_nl_order_failed(struct genl_info *info,
				  const struct scope_order *order, int err)
{
	switch (err) {
	case -ENOENT:
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[SKBSCOPE_A_ORDER_HELD],
				    "nothing is held under this number");
		break;
	case -ERANGE:
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[SKBSCOPE_A_ORDER_OFFSET],
				    "the packet has no octets there");
		break;
	case -ENODATA:
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[SKBSCOPE_A_ORDER_PLACE],
				    "there is no header to write to: it is not on yet, was checked already, or a packet socket wrote it, of which nobody knows where it begins");
		break;
	case -ENOSPC:
		NL_SET_ERR_MSG(info->extack, "the rule can hold no more");
		break;
	case -EOPNOTSUPP:
		if (order->decided)
			NL_SET_ERR_MSG(info->extack,
				       "it did its work, and is about to be freed: what became of it is decided");
		else
			NL_SET_ERR_MSG(info->extack,
				       "there is no sk_buff yet: continue and step are all that can be done");
		break;
	case -ETXTBSY:
		NL_SET_ERR_MSG(info->extack,
			       "a call that peeked at its octets reads them still");
		break;
	case -EBUSY:
		NL_SET_ERR_MSG(info->extack,
			       "the call itself stands here, and has no use for a second one");
		break;
	}
}

/* All that a rule holds goes on */
static int scope_nl_release(struct scope_net *sn, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[SKBSCOPE_A_ORDER_RULE];
	int err;

	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "give the rule's number");
		return -EINVAL;
	}
	err = scope_rule_release(sn, nla_get_u32(attr));
	return err ? scope_nl_no_rule(info, attr) : 0;
}

int skbscope_nl_verdict_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *verdict = info->attrs[SKBSCOPE_A_ORDER_VERDICT];
	const struct nlattr *attr = info->attrs[SKBSCOPE_A_ORDER_HELD];
	struct scope_net *sn = scope_net(genl_info_net(info));
	struct scope_order order = {};
	u64 made = 0;
	struct sk_buff *msg;
	void *hdr;
	int err;

	if (!verdict) {
		NL_SET_ERR_MSG(info->extack, "give a verdict");
		return -EINVAL;
	}
	order.verdict = nla_get_u32(verdict);
	if (order.verdict != SKBSCOPE_VERDICT_RELEASE && !attr) {
		NL_SET_ERR_MSG(info->extack, "give the number of the stay");
		return -EINVAL;
	}
	err = scope_nl_order(info, &order);
	if (err)
		return err;
	msg = scope_nl_reply(info, SKBSCOPE_CMD_VERDICT, GENLMSG_DEFAULT_SIZE,
			     &hdr);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	if (order.verdict == SKBSCOPE_VERDICT_RELEASE) {
		err = scope_nl_release(sn, info);
	} else {
		err = scope_hold_order(sn, nla_get_u64(attr), &order, &made);
		scope_nl_order_failed(info, &order, err);
	}
	if (!err && made)
		err = nla_put_u64_64bit(msg, SKBSCOPE_A_ORDER_HELD, made,
					SKBSCOPE_A_ORDER_PAD);
	return scope_nl_send(msg, hdr, err, info);
}

static int scope_nl_held_told(struct notifier_block *nb, unsigned long why,
			      void *data)
{
	const struct scope_held_news *news = data;
	struct net *net = news->sn->net;
	/* Who listens is not known; whoever can, in the machine's own, is its root */
	struct pid_namespace *ns = net == &init_net ? &init_pid_ns : NULL;
	struct sk_buff *msg;
	void *hdr = NULL;

	if (!genl_has_listeners(&scope_genl, net, SKBSCOPE_NLGRP_HELD))
		return NOTIFY_DONE;
	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_ATOMIC | __GFP_NOWARN);
	if (msg)
		hdr = genlmsg_put(msg, 0, 0, &scope_genl, 0,
				  why ? SKBSCOPE_CMD_HELD_DEL_NTF :
				  SKBSCOPE_CMD_HELD_NTF);
	if (!hdr || scope_nl_put_held(msg, news->sn, news->held, ns, false) ||
	    (why && nla_put_u32(msg, SKBSCOPE_A_HELD_WHY, why)))
		goto lost;
	genlmsg_end(msg, hdr);
	genlmsg_multicast_netns(&scope_genl, net, msg, 0, SKBSCOPE_NLGRP_HELD,
				GFP_ATOMIC);
	return NOTIFY_DONE;

lost:
	/* The listeners see ENOBUFS, as if their own buffer had been full */
	nlmsg_free(msg);
	genl_set_err(&scope_genl, net, 0, SKBSCOPE_NLGRP_HELD, -ENOBUFS);
	return NOTIFY_DONE;
}

static struct notifier_block scope_nl_held_listener = {
	.notifier_call	= scope_nl_held_told,
};

/**
 * scope_netlink_held_init() - tell of what is held
 *
 * Return: 0 or a negative errno.
 */
int __init scope_netlink_held_init(void)
{
	return scope_hold_listen(&scope_nl_held_listener);
}

/**
 * scope_netlink_held_exit() - no more
 *
 * Context: process, may sleep.
 */
void scope_netlink_held_exit(void)
{
	scope_hold_unlisten(&scope_nl_held_listener);
}
