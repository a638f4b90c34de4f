/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	kmod/spec/skbscope.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_SKBSCOPE_GEN_H
#define _LINUX_SKBSCOPE_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/skbscope_netlink.h>

extern const struct nla_policy skbscope_info_get_nl_policy[SKBSCOPE_A_INFO_VERSION + 1];

extern const struct nla_policy skbscope_socket_get_nl_policy[SKBSCOPE_A_SOCKET_SHOW + 1];

extern const struct nla_policy skbscope_station_get_nl_policy[SKBSCOPE_A_STATION_NUMBER + 1];

extern const struct nla_policy skbscope_ledger_get_nl_policy[SKBSCOPE_A_LEDGER_NETNS + 1];

extern const struct nla_policy skbscope_image_get_nl_policy[SKBSCOPE_A_IMAGE_FD + 1];

extern const struct nla_policy skbscope_frame_filter_nl_policy[SKBSCOPE_A_FRAME_PROGRAM + 1];

extern const struct nla_policy skbscope_rule_add_nl_policy[SKBSCOPE_A_RULE_TABLE + 1];

extern const struct nla_policy skbscope_rule_del_nl_policy[SKBSCOPE_A_RULE_ID + 1];

extern const struct nla_policy skbscope_rule_get_nl_policy[SKBSCOPE_A_RULE_ID + 1];

extern const struct nla_policy skbscope_held_get_nl_policy[SKBSCOPE_A_HELD_ID + 1];

extern const struct nla_policy skbscope_verdict_nl_policy[SKBSCOPE_A_ORDER_VALUE + 1];

/* Ops table for skbscope */
extern const struct genl_ops skbscope_nl_ops[11];

int skbscope_nl_image_get_done(struct netlink_callback *cb);

int skbscope_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info);
int skbscope_nl_socket_get_doit(struct sk_buff *skb, struct genl_info *info);
int skbscope_nl_socket_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int skbscope_nl_station_get_doit(struct sk_buff *skb, struct genl_info *info);
int skbscope_nl_station_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb);
int skbscope_nl_ledger_get_doit(struct sk_buff *skb, struct genl_info *info);
int skbscope_nl_image_get_doit(struct sk_buff *skb, struct genl_info *info);
int skbscope_nl_image_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int skbscope_nl_frame_filter_doit(struct sk_buff *skb, struct genl_info *info);
int skbscope_nl_rule_add_doit(struct sk_buff *skb, struct genl_info *info);
int skbscope_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info);
int skbscope_nl_rule_get_doit(struct sk_buff *skb, struct genl_info *info);
int skbscope_nl_rule_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int skbscope_nl_held_get_doit(struct sk_buff *skb, struct genl_info *info);
int skbscope_nl_held_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int skbscope_nl_verdict_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	SKBSCOPE_NLGRP_SOCKETS,
	SKBSCOPE_NLGRP_HELD,
};

#endif /* _LINUX_SKBSCOPE_GEN_H */
