/* SPDX-License-Identifier: GPL-2.0 */
/*
 * socket.h - what the files of the socket layer share
 */
#ifndef _SCOPE_SOCKET_H
#define _SCOPE_SOCKET_H

#include "../skbscope.h"

int scope_addr_from_user(const struct sock *sk, const void *name, int len,
			 struct scope_addr *addr, struct net_device **dev);
void scope_addr_to_user(const struct scope_addr *addr,
			struct sockaddr_scope *sscope);
int scope_dgram_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);
int scope_dgram_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
			int flags);
int scope_queue_rcv(struct sock *sk, struct sk_buff *skb);
void scope_queue_purge(struct sock *sk);

#endif /* _SCOPE_SOCKET_H */
