/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netlink.h - what the files of the generic netlink family share
 */
#ifndef _SCOPE_NETLINK_H
#define _SCOPE_NETLINK_H

#include <net/genetlink.h>

extern struct genl_family scope_genl;

#endif /* _SCOPE_NETLINK_H */
