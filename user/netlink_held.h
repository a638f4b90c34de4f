/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netlink_held.h - questions, orders and notices about held packets
 *
 * Used by stepper.c and play_rule.c. As netlink.h: functions return 0 or -errno.
 */
#ifndef _NETLINK_HELD_H
#define _NETLINK_HELD_H

#include "held.h"
#include "netlink.h"

/* cmd is SKBSCOPE_CMD_HELD_{NTF,DEL_NTF}, or HELD_GET of a dump */
typedef int (*netlink_held_fn)(int cmd, const struct held *held, void *arg);

int netlink_held(struct netlink *nl, uint64_t id, struct held *held);
int netlink_held_all(struct netlink *nl, netlink_held_fn fn, void *arg);
int netlink_verdict(struct netlink *nl, uint64_t id, const struct order *order,
		    uint64_t *made);
int netlink_release(struct netlink *nl, uint32_t rule);
int netlink_subscribe_held(struct netlink *nl);
int netlink_held_notices(struct netlink *nl, netlink_held_fn fn, void *arg);

#endif /* _NETLINK_HELD_H */
