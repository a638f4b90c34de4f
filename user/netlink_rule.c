// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_rule.c - questions and orders about rules
 *
 * Called by cmd_fault.c, stepper.c and play_rule.c. A rule goes with the netlink connection
 * that it was added by, unless it is to persist.
 */
#include <errno.h>
#include <linux/filter.h>
#include <string.h>

#include "netlink_ask.h"
#include "netlink_rule.h"

/* how wide the kernel wants what a rule can be told */
static const struct width {
	int	attr;
	int	octets;		/* 0: a flag */
} widths[] = {
	{ SKBSCOPE_A_RULE_ACTION, 4 },
	{ SKBSCOPE_A_RULE_STATIONS, 4 },
	{ SKBSCOPE_A_RULE_COOKIE, 8 },
	{ SKBSCOPE_A_RULE_PORT, 2 },
	{ SKBSCOPE_A_RULE_IFINDEX, 4 },
	{ SKBSCOPE_A_RULE_SKB, 8 },
	{ SKBSCOPE_A_RULE_TRAFFIC, 4 },
	{ SKBSCOPE_A_RULE_NTH, 8 },
	{ SKBSCOPE_A_RULE_EVERY, 8 },
	{ SKBSCOPE_A_RULE_CHANCE, 4 },
	{ SKBSCOPE_A_RULE_SEED, 4 },
	{ SKBSCOPE_A_RULE_COUNT, 8 },
	{ SKBSCOPE_A_RULE_LIMIT, 4 },
	{ SKBSCOPE_A_RULE_TIMEOUT, 4 },
	{ SKBSCOPE_A_RULE_OVERFLOW, 4 },
	{ SKBSCOPE_A_RULE_LOOSE, 0 },
	{ SKBSCOPE_A_RULE_DELAY, 4 },
	{ SKBSCOPE_A_RULE_JITTER, 4 },
	{ SKBSCOPE_A_RULE_OFFSET, 4 },
	{ SKBSCOPE_A_RULE_BIT, 4 },
	{ SKBSCOPE_A_RULE_PERSIST, 0 },
};

static int put_number(struct nl_msg *msg, const struct width *w, uint64_t value)
{
	switch (w->octets) {
	case 2:
		return nla_put_u16(msg, w->attr, value);
	case 4:
		return nla_put_u32(msg, w->attr, value);
	case 8:
		return nla_put_u64(msg, w->attr, value);
	default:
		return nla_put_flag(msg, w->attr);
	}
}

static size_t table_size(const struct rule *rule)
{
	return rule->table ? num_get(&rule->n, SKBSCOPE_A_RULE_TABLE_LEN) *
			     sizeof(*rule->table) : 0;
}

static int put_rule(struct nl_msg *msg, const struct rule *rule)
{
	size_t i;

	for (i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		const struct width *w = &widths[i];

		if (num_has(&rule->n, w->attr) &&
		    put_number(msg, w, num_get(&rule->n, w->attr)))
			return -1;
	}
	if (rule->program &&
	    nla_put(msg, SKBSCOPE_A_RULE_PROGRAM,
		    rule->nr_insn * sizeof(*rule->program), rule->program))
		return -1;
	return rule->table ?
	       nla_put(msg, SKBSCOPE_A_RULE_TABLE, table_size(rule),
		       rule->table) : 0;
}

static int take_rule(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *head;
	int len;

	head = netlink_attrs(nlh, &len);
	return rule_decode(head, len, arg);
}

/**
 * netlink_rule_add - have a rule from now on
 * @rule: gets its number, and the seed where the kernel chose it
 *
 * Return: 0 or -errno, with netlink_error() for what was refused.
 */
int netlink_rule_add(struct netlink *nl, struct rule *rule)
{
	struct nl_msg *msg;
	struct rule made = { 0 };
	int ret;

	msg = netlink_request(nl, SKBSCOPE_CMD_RULE_ADD, NLM_F_ACK,
			      rule->nr_insn * sizeof(*rule->program) +
			      table_size(rule));
	if (!msg)
		return -ENOMEM;
	if (put_rule(msg, rule)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	ret = netlink_exchange(nl, msg, take_rule, &made);
	if (ret)
		return ret;
	if (!num_has(&made.n, SKBSCOPE_A_RULE_ID))
		return -EPROTO;
	num_set(&rule->n, SKBSCOPE_A_RULE_ID,
		num_get(&made.n, SKBSCOPE_A_RULE_ID));
	if (num_has(&made.n, SKBSCOPE_A_RULE_SEED))
		num_set(&rule->n, SKBSCOPE_A_RULE_SEED,
			num_get(&made.n, SKBSCOPE_A_RULE_SEED));
	return 0;
}

static int ask(struct netlink *nl, int cmd, uint32_t id,
	       netlink_answer_fn answer, void *arg)
{
	struct nl_msg *msg = netlink_request(nl, cmd, NLM_F_ACK, 0);

	if (!msg)
		return -ENOMEM;
	if (nla_put_u32(msg, SKBSCOPE_A_RULE_ID, id)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return netlink_exchange(nl, msg, answer, arg);
}

/* what it holds goes on */
int netlink_rule_del(struct netlink *nl, uint32_t id)
{
	return ask(nl, SKBSCOPE_CMD_RULE_DEL, id, NULL, NULL);
}

/* as it is now */
int netlink_rule(struct netlink *nl, uint32_t id, struct rule *rule)
{
	memset(rule, 0, sizeof(*rule));
	return ask(nl, SKBSCOPE_CMD_RULE_GET, id, take_rule, rule);
}

struct rule_dump {
	netlink_rule_fn	fn;
	void		*arg;
};

static int take_dumped_rule(struct nlmsghdr *nlh, void *arg)
{
	struct rule_dump *dump = arg;
	struct rule rule;
	int ret;

	ret = take_rule(nlh, &rule);
	return ret ? ret : dump->fn(&rule, dump->arg);
}

/* all of this network namespace, oldest first */
int netlink_rules(struct netlink *nl, netlink_rule_fn fn, void *arg)
{
	struct rule_dump dump = { .fn = fn, .arg = arg };
	struct nl_msg *msg;

	msg = netlink_request(nl, SKBSCOPE_CMD_RULE_GET, NLM_F_DUMP, 0);
	return msg ? netlink_exchange(nl, msg, take_dumped_rule, &dump) :
		     -ENOMEM;
}
