// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_rule.c - rules for holding packets and for faults, by generic netlink
 *
 * Place: control. Called by generic netlink in process context, which has seen to
 * it that who changes something administers the namespace.
 */
#include <linux/random.h>

#include "../observe/hold.h"
#include "../observe/rule.h"
#include "netlink.h"
#include "netlink_gen.h"

#define SCOPE_RULE_ATTR(name)	(info->attrs[SKBSCOPE_A_RULE_##name])

static u32 scope_nl_u32(const struct nlattr *attr, u32 otherwise)
{
	return attr ? nla_get_u32(attr) : otherwise;
}

static u64 scope_nl_u64(const struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

/* A time in milliseconds, if it is given */
static int scope_nl_is_time(struct genl_info *info, const struct nlattr *attr)
{
	if (!attr || (nla_get_u32(attr) &&
		      nla_get_u32(attr) <= SCOPE_HOLD_MS_MAX))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, attr, "1 to 3600000 milliseconds");
	return -ERANGE;
}

/* Which action an attribute is for, besides those that all have */
static const struct {
	int		attr;
	unsigned long	actions;
} scope_nl_rule_for[] = {
#define SCOPE_PARKS	(BIT(SKBSCOPE_ACTION_HOLD) |	\
			 BIT(SKBSCOPE_ACTION_DELAY) |	\
			 BIT(SKBSCOPE_ACTION_REORDER))
	{ SKBSCOPE_A_RULE_LIMIT,		SCOPE_PARKS },
	{ SKBSCOPE_A_RULE_OVERFLOW,	SCOPE_PARKS },
	{ SKBSCOPE_A_RULE_TIMEOUT,	BIT(SKBSCOPE_ACTION_HOLD) },
	{ SKBSCOPE_A_RULE_LOOSE,	BIT(SKBSCOPE_ACTION_HOLD) |
					BIT(SKBSCOPE_ACTION_DELAY) },
	{ SKBSCOPE_A_RULE_DELAY,	BIT(SKBSCOPE_ACTION_DELAY) |
					BIT(SKBSCOPE_ACTION_REORDER) },
	{ SKBSCOPE_A_RULE_JITTER,	BIT(SKBSCOPE_ACTION_DELAY) },
	{ SKBSCOPE_A_RULE_TABLE,		BIT(SKBSCOPE_ACTION_DELAY) },
	{ SKBSCOPE_A_RULE_OFFSET,	BIT(SKBSCOPE_ACTION_CORRUPT) |
					BIT(SKBSCOPE_ACTION_TRUNCATE) },
	{ SKBSCOPE_A_RULE_BIT,		BIT(SKBSCOPE_ACTION_CORRUPT) },
#undef SCOPE_PARKS
};

static int scope_nl_rule_fits(struct genl_info *info, u32 action)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scope_nl_rule_for); i++) {
		struct nlattr *attr = info->attrs[scope_nl_rule_for[i].attr];

		if (!attr || scope_nl_rule_for[i].actions & BIT(action))
			continue;
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "this means nothing to the rule's action");
		return -EINVAL;
	}
	return 0;
}

/* Whether the action can be done at each of the stations */
static int scope_nl_rule_where(struct genl_info *info,
			       const struct scope_rule_spec *spec)
{
	const struct nlattr *attr = SCOPE_RULE_ATTR(ACTION);
	u32 action = BIT(spec->action);

	if (!spec->stations || spec->stations & ~SCOPE_RULE_STATIONS) {
		NL_SET_ERR_MSG_ATTR(info->extack, SCOPE_RULE_ATTR(STATIONS),
				    "packets can be had from socket.send to end.dropped, by bits 1 to 13");
		return -EINVAL;
	}
	if (spec->stations & SCOPE_RULE_ENDS &&
	    !(action & (BIT(SKBSCOPE_ACTION_HOLD) |
			BIT(SKBSCOPE_ACTION_DELAY)))) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "at end.consumed and end.dropped it is decided what becomes of a packet: it can be held, or have delay");
		return -EINVAL;
	}
	if (action & BIT(SKBSCOPE_ACTION_WOULDBLOCK) &&
	    spec->stations & ~SCOPE_RULE_CALLS) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "a call can be told to come again at socket.send, socket.alloc and socket.recv alone");
		return -EINVAL;
	}
	if (!(spec->stations & BIT(SCOPE_STATION_SOCKET_SEND)))
		return 0;
	if (!(action & (BIT(SKBSCOPE_ACTION_HOLD) |
			BIT(SKBSCOPE_ACTION_DELAY) |
			BIT(SKBSCOPE_ACTION_ENOMEM) |
			BIT(SKBSCOPE_ACTION_WOULDBLOCK)))) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "at socket.send there is no packet yet: the call can be held, or have delay, enomem or wouldblock");
		return -EINVAL;
	}
	if (SCOPE_RULE_ATTR(PROGRAM)) {
		NL_SET_ERR_MSG_ATTR(info->extack, SCOPE_RULE_ATTR(PROGRAM),
				    "at socket.send there is no frame yet that a program could look at");
		return -EINVAL;
	}
	return 0;
}

/*
 * How the jitter is spread, if that is said. A table bounds it by itself, if at
 * all: then it may be more than the delay, as netem lets it.
 */
static int scope_nl_rule_table(struct genl_info *info,
			       const struct scope_rule_spec *spec)
{
	const struct nlattr *attr = SCOPE_RULE_ATTR(TABLE);

	if (!attr) {
		if (spec->jitter <= spec->delay)
			return 0;
		NL_SET_ERR_MSG_ATTR(info->extack, SCOPE_RULE_ATTR(JITTER),
				    "this is more than the delay");
		return -ERANGE;
	}
	if (nla_len(attr) % sizeof(*spec->table)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "a number is cut off: each has 2 octets");
		return -EINVAL;
	}
	if (spec->table_len < SCOPE_RULE_TABLE_MIN ||
	    spec->table_len > SCOPE_RULE_TABLE_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "a table has 2 to 16384 numbers");
		return -ERANGE;
	}
	if (!SCOPE_RULE_ATTR(JITTER)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "a table says how jitter is spread, and there is none");
		return -EINVAL;
	}
	return scope_nl_is_time(info, SCOPE_RULE_ATTR(JITTER));
}

static int scope_nl_rule_check(struct genl_info *info,
			       const struct scope_rule_spec *spec)
{
	bool delays = spec->action == SKBSCOPE_ACTION_DELAY ||
		      spec->action == SKBSCOPE_ACTION_REORDER;
	int err;

	err = scope_nl_rule_where(info, spec);
	if (err)
		return err;
	if (spec->chance > SCOPE_CHANCE_ALL) {
		NL_SET_ERR_MSG_ATTR(info->extack, SCOPE_RULE_ATTR(CHANCE),
				    "a chance is of 1000000");
		return -ERANGE;
	}
	if (spec->bit > 7) {
		NL_SET_ERR_MSG_ATTR(info->extack, SCOPE_RULE_ATTR(BIT),
				    "an octet has bits 0 to 7");
		return -ERANGE;
	}
	if (delays && !SCOPE_RULE_ATTR(DELAY)) {
		NL_SET_ERR_MSG(info->extack,
			       "say for how many milliseconds");
		return -EINVAL;
	}
	if (!spec->limit || spec->limit > SCOPE_HOLD_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, SCOPE_RULE_ATTR(LIMIT),
				    "1 to 4096 packets");
		return -ERANGE;
	}
	err = scope_nl_rule_fits(info, spec->action);
	return err ?: scope_nl_is_time(info, SCOPE_RULE_ATTR(TIMEOUT)) ?:
	       scope_nl_is_time(info, SCOPE_RULE_ATTR(DELAY)) ?:
	       scope_nl_rule_table(info, spec);
}

static int scope_nl_rule_spec(struct genl_info *info,
			      struct scope_rule_spec *spec)
{
	if (!SCOPE_RULE_ATTR(ACTION) || !SCOPE_RULE_ATTR(STATIONS)) {
		NL_SET_ERR_MSG(info->extack,
			       "a rule needs an action and stations");
		return -EINVAL;
	}
	spec->action = nla_get_u32(SCOPE_RULE_ATTR(ACTION));
	spec->stations = nla_get_u32(SCOPE_RULE_ATTR(STATIONS));
	spec->cookie = scope_nl_u64(SCOPE_RULE_ATTR(COOKIE));
	spec->skb = scope_nl_u64(SCOPE_RULE_ATTR(SKB));
	if (SCOPE_RULE_ATTR(PORT))
		spec->port = nla_get_u16(SCOPE_RULE_ATTR(PORT));
	spec->has_ifindex = SCOPE_RULE_ATTR(IFINDEX);
	spec->ifindex = scope_nl_u32(SCOPE_RULE_ATTR(IFINDEX), 0);
	spec->traffic = scope_nl_u32(SCOPE_RULE_ATTR(TRAFFIC),
				     SKBSCOPE_TRAFFIC_ANY);
	spec->nth = scope_nl_u64(SCOPE_RULE_ATTR(NTH));
	spec->every = scope_nl_u64(SCOPE_RULE_ATTR(EVERY));
	spec->chance = scope_nl_u32(SCOPE_RULE_ATTR(CHANCE), SCOPE_CHANCE_ALL);
	spec->seed = scope_nl_u32(SCOPE_RULE_ATTR(SEED), get_random_u32());
	spec->count = scope_nl_u64(SCOPE_RULE_ATTR(COUNT));
	spec->limit = scope_nl_u32(SCOPE_RULE_ATTR(LIMIT), SCOPE_HOLD_DEFAULT);
	spec->timeout = scope_nl_u32(SCOPE_RULE_ATTR(TIMEOUT),
				     SCOPE_HOLD_MS_DEFAULT);
	spec->overflow = scope_nl_u32(SCOPE_RULE_ATTR(OVERFLOW),
				      SKBSCOPE_OVERFLOW_PASS);
	spec->loose = SCOPE_RULE_ATTR(LOOSE);
	spec->delay = scope_nl_u32(SCOPE_RULE_ATTR(DELAY), 0);
	spec->jitter = scope_nl_u32(SCOPE_RULE_ATTR(JITTER), 0);
	spec->offset = scope_nl_u32(SCOPE_RULE_ATTR(OFFSET), 0);
	spec->bit = scope_nl_u32(SCOPE_RULE_ATTR(BIT), 0);
	if (SCOPE_RULE_ATTR(TABLE)) {
		spec->table = nla_data(SCOPE_RULE_ATTR(TABLE));
		spec->table_len = nla_len(SCOPE_RULE_ATTR(TABLE)) /
				  sizeof(*spec->table);
	}
	return scope_nl_rule_check(info, spec);
}

int skbscope_nl_rule_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = SCOPE_RULE_ATTR(PROGRAM);
	u32 portid = SCOPE_RULE_ATTR(PERSIST) ? 0 : info->snd_portid;
	struct sock_fprog_kern program = {};
	struct scope_rule_spec spec = {};
	struct sk_buff *msg;
	void *hdr;
	u32 id;
	int err;

	err = scope_nl_rule_spec(info, &spec);
	spec.patches = netlink_capable(skb, CAP_NET_ADMIN);
	if (!err && attr)
		err = scope_nl_program(info, attr, &program);
	if (err)
		return err;
	/* Before there is a rule that nobody knows of */
	msg = scope_nl_reply(info, SKBSCOPE_CMD_RULE_ADD,
			     GENLMSG_DEFAULT_SIZE, &hdr);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	err = scope_rule_add(scope_net(genl_info_net(info)), &spec,
			     attr ? &program : NULL, portid, &id);
	if (err == -EINVAL)
		scope_nl_no_program(info, attr);
	else if (err == -ENOSPC)
		NL_SET_ERR_MSG(info->extack,
			       "there are 64 rules, as many as can be");
	else if (err == -EPERM)
		NL_SET_ERR_MSG_ATTR(info->extack, SCOPE_RULE_ATTR(IFINDEX),
				    "at device.xmit of other devices than scope0 a driver is patched: that takes CAP_NET_ADMIN in the initial user namespace");
	else if (err == -ENODEV)
		NL_SET_ERR_MSG_ATTR(info->extack, SCOPE_RULE_ATTR(IFINDEX),
				    "nothing of the family is sent over this device: scope0 and Ethernet devices carry it");
	else if (err == -EBUSY)
		NL_SET_ERR_MSG_ATTR(info->extack, SCOPE_RULE_ATTR(IFINDEX),
				    "at device.xmit somebody else has this device's driver, as a live patch does, or ftrace is switched off");
	else if (err == -EOPNOTSUPP)
		NL_SET_ERR_MSG_ATTR(info->extack, SCOPE_RULE_ATTR(IFINDEX),
				    "at device.xmit packets of this device can't be had: its driver or this kernel is not made for ftrace");
	err = err ?: nla_put_u32(msg, SKBSCOPE_A_RULE_ID, id) ?:
	      nla_put_u32(msg, SKBSCOPE_A_RULE_SEED, spec.seed);
	return scope_nl_send(msg, hdr, err, info);
}

/**
 * scope_nl_no_rule() - say that there is no such rule
 * @info: the request
 * @attr: the attribute that has its number
 *
 * Return: -ENOENT.
 */
int scope_nl_no_rule(struct genl_info *info, const struct nlattr *attr)
{
	NL_SET_ERR_MSG_ATTR(info->extack, attr,
			    "no rule with this number in this network namespace");
	return -ENOENT;
}

int skbscope_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = SCOPE_RULE_ATTR(ID);

	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "give the rule's number");
		return -EINVAL;
	}
	if (scope_rule_del(scope_net(genl_info_net(info)), nla_get_u32(attr)))
		return scope_nl_no_rule(info, attr);
	return 0;
}

static int scope_nl_put_flags(struct sk_buff *msg,
			      const struct scope_rule *rule)
{
	int err = 0;

	if (rule->spec.loose)
		err = nla_put_flag(msg, SKBSCOPE_A_RULE_LOOSE);
	if (err)
		return err;
	return rule->portid ?
	       nla_put_u32(msg, SKBSCOPE_A_RULE_OWNER, rule->portid) :
	       nla_put_flag(msg, SKBSCOPE_A_RULE_PERSIST);
}

/* What was not said is not there */
static int scope_nl_put_rule(struct sk_buff *msg, const struct scope_rule *rule)
{
	const struct scope_rule_spec *spec = &rule->spec;
	const struct {
		int attr;
		u32 value;
		bool is;
	} rows[] = {
		{ SKBSCOPE_A_RULE_ID,		rule->id, true },
		{ SKBSCOPE_A_RULE_ACTION,	spec->action, true },
		{ SKBSCOPE_A_RULE_STATIONS,	spec->stations, true },
		{ SKBSCOPE_A_RULE_IFINDEX,	spec->ifindex,
						spec->has_ifindex },
		{ SKBSCOPE_A_RULE_TRAFFIC,	spec->traffic, spec->traffic },
		{ SKBSCOPE_A_RULE_CHANCE,	spec->chance,
						spec->chance <
						SCOPE_CHANCE_ALL },
		{ SKBSCOPE_A_RULE_SEED,		spec->seed, true },
		{ SKBSCOPE_A_RULE_LIMIT,		spec->limit, true },
		{ SKBSCOPE_A_RULE_TIMEOUT,	spec->timeout,
						spec->action ==
						SKBSCOPE_ACTION_HOLD },
		{ SKBSCOPE_A_RULE_OVERFLOW,	spec->overflow, true },
		{ SKBSCOPE_A_RULE_DELAY,	spec->delay, spec->delay },
		{ SKBSCOPE_A_RULE_JITTER,	spec->jitter, spec->jitter },
		{ SKBSCOPE_A_RULE_OFFSET,	spec->offset,
						spec->action ==
						SKBSCOPE_ACTION_TRUNCATE ||
						spec->action ==
						SKBSCOPE_ACTION_CORRUPT },
		{ SKBSCOPE_A_RULE_BIT,		spec->bit,
						spec->action ==
						SKBSCOPE_ACTION_CORRUPT },
		{ SKBSCOPE_A_RULE_HELD,		READ_ONCE(rule->held), true },
		{ SKBSCOPE_A_RULE_TABLE_LEN,	spec->table_len, spec->table },
	};
	const struct {
		int attr;
		u64 value;
		bool is;
	} longs[] = {
		{ SKBSCOPE_A_RULE_COOKIE,	spec->cookie, spec->cookie },
		{ SKBSCOPE_A_RULE_SKB,		spec->skb, spec->skb },
		{ SKBSCOPE_A_RULE_NTH,		spec->nth, spec->nth },
		{ SKBSCOPE_A_RULE_EVERY,	spec->every, spec->every },
		{ SKBSCOPE_A_RULE_COUNT,	spec->count, spec->count },
		{ SKBSCOPE_A_RULE_SEEN,	atomic64_read(&rule->seen), true },
		{ SKBSCOPE_A_RULE_HITS,	atomic64_read(&rule->hits), true },
		{ SKBSCOPE_A_RULE_MISSED, atomic64_read(&rule->missed), true },
		{ SKBSCOPE_A_RULE_FULL,	atomic64_read(&rule->full), true },
	};
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(rows) && !err; i++)
		if (rows[i].is)
			err = nla_put_u32(msg, rows[i].attr, rows[i].value);
	for (i = 0; i < ARRAY_SIZE(longs) && !err; i++)
		if (longs[i].is)
			err = nla_put_u64_64bit(msg, longs[i].attr,
						longs[i].value,
						SKBSCOPE_A_RULE_PAD);
	if (!err && spec->port)
		err = nla_put_u16(msg, SKBSCOPE_A_RULE_PORT, spec->port);
	return err ?: scope_nl_put_flags(msg, rule);
}

int skbscope_nl_rule_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct scope_net *sn = scope_net(genl_info_net(info));
	const struct nlattr *attr = SCOPE_RULE_ATTR(ID);
	const struct scope_rule *rule;
	struct sk_buff *msg;
	void *hdr;
	int err;

	if (!attr) {
		NL_SET_ERR_MSG(info->extack,
			       "give the rule's number, or ask for a dump");
		return -EINVAL;
	}
	msg = scope_nl_reply(info, SKBSCOPE_CMD_RULE_GET,
			     GENLMSG_DEFAULT_SIZE, &hdr);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	mutex_lock(&sn->rule_lock);
	rule = scope_rule_find(sn, nla_get_u32(attr));
	err = rule ? scope_nl_put_rule(msg, rule) :
		     scope_nl_no_rule(info, attr);
	mutex_unlock(&sn->rule_lock);
	return scope_nl_send(msg, hdr, err, info);
}

int skbscope_nl_rule_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	struct scope_net *sn = scope_net(sock_net(skb->sk));
	const struct scope_rule *rule;
	u32 *last = (u32 *)cb->ctx;
	void *hdr;

	mutex_lock(&sn->rule_lock);
	list_for_each_entry(rule, &sn->rules, list) {
		if (rule->id <= *last)
			continue;
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &scope_genl, NLM_F_MULTI,
				  SKBSCOPE_CMD_RULE_GET);
		if (!hdr)
			break;
		if (scope_nl_put_rule(skb, rule)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		*last = rule->id;
	}
	mutex_unlock(&sn->rule_lock);
	return skb->len;
}
