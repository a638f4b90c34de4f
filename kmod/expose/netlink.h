/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netlink.h - what the files of the generic netlink family share
 */
#ifndef _SCOPE_NETLINK_H
#define _SCOPE_NETLINK_H

#include <linux/filter.h>
#include <net/genetlink.h>

extern struct genl_family scope_genl;

struct scope_skb_pic;

struct sk_buff *scope_nl_reply(struct genl_info *info, u8 cmd, size_t size,
			       void **hdr);
int scope_nl_send(struct sk_buff *msg, void *hdr, int err,
		  struct genl_info *info);
int scope_nl_put_skb(struct sk_buff *msg, int attr,
		     const struct scope_skb_pic *pic);
int scope_nl_program(struct genl_info *info, const struct nlattr *attr,
		     struct sock_fprog_kern *program);

void scope_nl_no_program(struct genl_info *info, const struct nlattr *attr);
int scope_nl_no_rule(struct genl_info *info, const struct nlattr *attr);

int scope_netlink_socket_init(void);
void scope_netlink_socket_exit(void);
int scope_netlink_held_init(void);
void scope_netlink_held_exit(void);

#endif /* _SCOPE_NETLINK_H */
