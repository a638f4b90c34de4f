/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netlink.h - what the files of the generic netlink family share
 */
#ifndef _SCOPE_NETLINK_H
#define _SCOPE_NETLINK_H

#include <net/genetlink.h>

extern struct genl_family scope_genl;

int scope_netlink_frame_init(void);
void scope_netlink_frame_exit(void);

#endif /* _SCOPE_NETLINK_H */
