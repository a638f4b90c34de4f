/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netlink_ask.h - how a question is asked
 *
 * Shared by netlink.c, which has it, and netlink_rule.c.
 */
#ifndef _NETLINK_ASK_H
#define _NETLINK_ASK_H

#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "netlink.h"

typedef int (*netlink_answer_fn)(struct nlmsghdr *nlh, void *arg);

struct netlink {
	struct nl_sock		*sock;
	int			family;
	/* of the exchange that is under way */
	int			err;
	bool			done;
	netlink_answer_fn	answer;
	void			*arg;
	char			words[256];
};

struct nl_msg *netlink_request(struct netlink *nl, int cmd, int flags,
			       size_t size);
int netlink_exchange(struct netlink *nl, struct nl_msg *msg,
		     netlink_answer_fn answer, void *arg);
struct nlattr *netlink_attrs(struct nlmsghdr *nlh, int *len);
int netlink_join(struct netlink *nl, const char *group);
int netlink_hear(struct netlink *nl, netlink_answer_fn answer, void *arg);

#endif /* _NETLINK_ASK_H */
