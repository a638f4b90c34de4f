/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netlink_rule.h - questions and orders about rules
 *
 * Used by cmd_fault.c and stepper.c. As netlink.h: functions return 0 or -errno.
 */
#ifndef _NETLINK_RULE_H
#define _NETLINK_RULE_H

#include "netlink.h"
#include "rule.h"

typedef int (*netlink_rule_fn)(const struct rule *rule, void *arg);

int netlink_rule_add(struct netlink *nl, struct rule *rule);
int netlink_rule_del(struct netlink *nl, uint32_t id);
int netlink_rule(struct netlink *nl, uint32_t id, struct rule *rule);
int netlink_rules(struct netlink *nl, netlink_rule_fn fn, void *arg);

#endif /* _NETLINK_RULE_H */
