// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	kmod/spec/skbscope.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/skbscope_netlink.h>

/* SKBSCOPE_CMD_INFO_GET - do */
const struct nla_policy skbscope_info_get_nl_policy[SKBSCOPE_A_INFO_VERSION + 1] = {
	[SKBSCOPE_A_INFO_VERSION] = { .type = NLA_U32, },
};

/* SKBSCOPE_CMD_SOCKET_GET - do */
const struct nla_policy skbscope_socket_get_nl_policy[SKBSCOPE_A_SOCKET_SHOW + 1] = {
	[SKBSCOPE_A_SOCKET_COOKIE] = { .type = NLA_U64, },
	[SKBSCOPE_A_SOCKET_SHOW] = { .type = NLA_U32, },
};

/* SKBSCOPE_CMD_STATION_GET - do */
const struct nla_policy skbscope_station_get_nl_policy[SKBSCOPE_A_STATION_NUMBER + 1] = {
	[SKBSCOPE_A_STATION_NUMBER] = { .type = NLA_U32, },
};

/* SKBSCOPE_CMD_LEDGER_GET - do */
const struct nla_policy skbscope_ledger_get_nl_policy[SKBSCOPE_A_LEDGER_NETNS + 1] = {
	[SKBSCOPE_A_LEDGER_NETNS] = { .type = NLA_U32, },
};

/* SKBSCOPE_CMD_IMAGE_GET - do */
const struct nla_policy skbscope_image_get_nl_policy[SKBSCOPE_A_IMAGE_FD + 1] = {
	[SKBSCOPE_A_IMAGE_COOKIE] = { .type = NLA_U64, },
	[SKBSCOPE_A_IMAGE_FD] = { .type = NLA_S32, },
};

/* SKBSCOPE_CMD_FRAME_FILTER - do */
const struct nla_policy skbscope_frame_filter_nl_policy[SKBSCOPE_A_FRAME_PROGRAM + 1] = {
	[SKBSCOPE_A_FRAME_PROGRAM] = { .type = NLA_BINARY, },
};

/* SKBSCOPE_CMD_RULE_ADD - do */
const struct nla_policy skbscope_rule_add_nl_policy[SKBSCOPE_A_RULE_TABLE + 1] = {
	[SKBSCOPE_A_RULE_ACTION] = NLA_POLICY_RANGE(NLA_U32, 1, 9),
	[SKBSCOPE_A_RULE_STATIONS] = { .type = NLA_U32, },
	[SKBSCOPE_A_RULE_COOKIE] = { .type = NLA_U64, },
	[SKBSCOPE_A_RULE_PORT] = { .type = NLA_U16, },
	[SKBSCOPE_A_RULE_IFINDEX] = { .type = NLA_U32, },
	[SKBSCOPE_A_RULE_SKB] = { .type = NLA_U64, },
	[SKBSCOPE_A_RULE_TRAFFIC] = NLA_POLICY_MAX(NLA_U32, 2),
	[SKBSCOPE_A_RULE_PROGRAM] = { .type = NLA_BINARY, },
	[SKBSCOPE_A_RULE_NTH] = { .type = NLA_U64, },
	[SKBSCOPE_A_RULE_EVERY] = { .type = NLA_U64, },
	[SKBSCOPE_A_RULE_CHANCE] = { .type = NLA_U32, },
	[SKBSCOPE_A_RULE_SEED] = { .type = NLA_U32, },
	[SKBSCOPE_A_RULE_COUNT] = { .type = NLA_U64, },
	[SKBSCOPE_A_RULE_LIMIT] = { .type = NLA_U32, },
	[SKBSCOPE_A_RULE_TIMEOUT] = { .type = NLA_U32, },
	[SKBSCOPE_A_RULE_OVERFLOW] = NLA_POLICY_MAX(NLA_U32, 1),
	[SKBSCOPE_A_RULE_LOOSE] = { .type = NLA_FLAG, },
	[SKBSCOPE_A_RULE_DELAY] = { .type = NLA_U32, },
	[SKBSCOPE_A_RULE_JITTER] = { .type = NLA_U32, },
	[SKBSCOPE_A_RULE_OFFSET] = { .type = NLA_U32, },
	[SKBSCOPE_A_RULE_BIT] = { .type = NLA_U32, },
	[SKBSCOPE_A_RULE_PERSIST] = { .type = NLA_FLAG, },
	[SKBSCOPE_A_RULE_TABLE] = { .type = NLA_BINARY, },
};

/* SKBSCOPE_CMD_RULE_DEL - do */
const struct nla_policy skbscope_rule_del_nl_policy[SKBSCOPE_A_RULE_ID + 1] = {
	[SKBSCOPE_A_RULE_ID] = { .type = NLA_U32, },
};

/* SKBSCOPE_CMD_RULE_GET - do */
const struct nla_policy skbscope_rule_get_nl_policy[SKBSCOPE_A_RULE_ID + 1] = {
	[SKBSCOPE_A_RULE_ID] = { .type = NLA_U32, },
};

/* SKBSCOPE_CMD_HELD_GET - do */
const struct nla_policy skbscope_held_get_nl_policy[SKBSCOPE_A_HELD_ID + 1] = {
	[SKBSCOPE_A_HELD_ID] = { .type = NLA_U64, },
};

/* SKBSCOPE_CMD_VERDICT - do */
const struct nla_policy skbscope_verdict_nl_policy[SKBSCOPE_A_ORDER_VALUE + 1] = {
	[SKBSCOPE_A_ORDER_HELD] = { .type = NLA_U64, },
	[SKBSCOPE_A_ORDER_RULE] = { .type = NLA_U32, },
	[SKBSCOPE_A_ORDER_VERDICT] = NLA_POLICY_RANGE(NLA_U32, 1, 11),
	[SKBSCOPE_A_ORDER_REASON] = { .type = NLA_U32, },
	[SKBSCOPE_A_ORDER_PLACE] = NLA_POLICY_MAX(NLA_U32, 2),
	[SKBSCOPE_A_ORDER_OFFSET] = { .type = NLA_S32, },
	[SKBSCOPE_A_ORDER_BYTES] = { .type = NLA_BINARY, },
	[SKBSCOPE_A_ORDER_WRONG_SUM] = { .type = NLA_FLAG, },
	[SKBSCOPE_A_ORDER_VALUE] = { .type = NLA_U32, },
};

/* Ops table for skbscope */
const struct genl_ops skbscope_nl_ops[11] = {
	{
		.cmd		= SKBSCOPE_CMD_INFO_GET,
		.doit		= skbscope_nl_info_get_doit,
		.policy		= skbscope_info_get_nl_policy,
		.maxattr	= SKBSCOPE_A_INFO_VERSION,
	},
	{
		.cmd		= SKBSCOPE_CMD_SOCKET_GET,
		.doit		= skbscope_nl_socket_get_doit,
		.dumpit		= skbscope_nl_socket_get_dumpit,
		.policy		= skbscope_socket_get_nl_policy,
		.maxattr	= SKBSCOPE_A_SOCKET_SHOW,
	},
	{
		.cmd		= SKBSCOPE_CMD_STATION_GET,
		.doit		= skbscope_nl_station_get_doit,
		.dumpit		= skbscope_nl_station_get_dumpit,
		.policy		= skbscope_station_get_nl_policy,
		.maxattr	= SKBSCOPE_A_STATION_NUMBER,
	},
	{
		.cmd		= SKBSCOPE_CMD_LEDGER_GET,
		.doit		= skbscope_nl_ledger_get_doit,
		.policy		= skbscope_ledger_get_nl_policy,
		.maxattr	= SKBSCOPE_A_LEDGER_NETNS,
	},
	{
		.cmd		= SKBSCOPE_CMD_IMAGE_GET,
		.doit		= skbscope_nl_image_get_doit,
		.dumpit		= skbscope_nl_image_get_dumpit,
		.policy		= skbscope_image_get_nl_policy,
		.maxattr	= SKBSCOPE_A_IMAGE_FD,
	},
	{
		.cmd		= SKBSCOPE_CMD_FRAME_FILTER,
		.doit		= skbscope_nl_frame_filter_doit,
		.policy		= skbscope_frame_filter_nl_policy,
		.maxattr	= SKBSCOPE_A_FRAME_PROGRAM,
	},
	{
		.cmd		= SKBSCOPE_CMD_RULE_ADD,
		.doit		= skbscope_nl_rule_add_doit,
		.policy		= skbscope_rule_add_nl_policy,
		.maxattr	= SKBSCOPE_A_RULE_TABLE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= SKBSCOPE_CMD_RULE_DEL,
		.doit		= skbscope_nl_rule_del_doit,
		.policy		= skbscope_rule_del_nl_policy,
		.maxattr	= SKBSCOPE_A_RULE_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= SKBSCOPE_CMD_RULE_GET,
		.doit		= skbscope_nl_rule_get_doit,
		.dumpit		= skbscope_nl_rule_get_dumpit,
		.policy		= skbscope_rule_get_nl_policy,
		.maxattr	= SKBSCOPE_A_RULE_ID,
	},
	{
		.cmd		= SKBSCOPE_CMD_HELD_GET,
		.doit		= skbscope_nl_held_get_doit,
		.dumpit		= skbscope_nl_held_get_dumpit,
		.policy		= skbscope_held_get_nl_policy,
		.maxattr	= SKBSCOPE_A_HELD_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= SKBSCOPE_CMD_VERDICT,
		.doit		= skbscope_nl_verdict_doit,
		.policy		= skbscope_verdict_nl_policy,
		.maxattr	= SKBSCOPE_A_ORDER_VALUE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
};

static const struct genl_multicast_group skbscope_nl_mcgrps[] = {
	[SKBSCOPE_NLGRP_SOCKETS] = { "sockets", },
	[SKBSCOPE_NLGRP_HELD] = { "held", },
};
