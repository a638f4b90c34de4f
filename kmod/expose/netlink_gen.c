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
const struct nla_policy skbscope_socket_get_nl_policy[SKBSCOPE_A_SOCKET_COOKIE + 1] = {
	[SKBSCOPE_A_SOCKET_COOKIE] = { .type = NLA_U64, },
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

/* Ops table for skbscope */
const struct genl_ops skbscope_nl_ops[6] = {
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
		.maxattr	= SKBSCOPE_A_SOCKET_COOKIE,
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
};

static const struct genl_multicast_group skbscope_nl_mcgrps[] = {
	[SKBSCOPE_NLGRP_SOCKETS] = { "sockets", },
};
