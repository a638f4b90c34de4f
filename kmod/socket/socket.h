/* SPDX-License-Identifier: GPL-2.0 */
/*
 * socket.h - what the files of the socket layer share
 */
#ifndef _SCOPE_SOCKET_H
#define _SCOPE_SOCKET_H

#include "../skbscope.h"

#ifndef MSG_SENDPAGE_NOTLAST
#define MSG_SENDPAGE_NOTLAST	0
#endif

/* The last line is set by the kernel itself, for splice() and sendmmsg() */
#define SCOPE_SEND_FLAGS	(MSG_DONTWAIT | MSG_NOSIGNAL | MSG_EOR | \
				 MSG_DONTROUTE | MSG_CONFIRM | MSG_MORE | \
				 MSG_CMSG_COMPAT | MSG_BATCH | \
				 MSG_SPLICE_PAGES | MSG_SENDPAGE_NOTLAST)
#define SCOPE_RECV_FLAGS	(MSG_DONTWAIT | MSG_PEEK | MSG_TRUNC | \
				 MSG_NOSIGNAL | MSG_WAITALL | \
				 MSG_CMSG_COMPAT | MSG_CMSG_CLOEXEC)

/* family.c */
int scope_addr_from_user(const struct sock *sk, const void *name, int len,
			 struct scope_addr *addr, struct net_device **dev);
void scope_addr_to_user(const struct scope_addr *addr,
			struct sockaddr_scope *sscope);
int scope_bind(struct socket *sock, struct sockaddr_unsized *uaddr, int len);
int scope_getname(struct socket *sock, struct sockaddr *uaddr, int peer);
void scope_set_peer(struct sock *sk, const struct scope_addr *peer);
int scope_socketpair(struct socket *one, struct socket *two);

/* dgram.c */
int scope_cmsgs(struct sock *sk, struct msghdr *msg,
		struct sockcm_cookie *sockc);
int scope_fill(struct sock *sk, struct sk_buff *skb, struct msghdr *msg,
	       size_t len);
int scope_fill_all(struct sock *sk, struct sk_buff *skb, struct msghdr *msg,
		   size_t len);
void scope_recv_name(const struct sk_buff *skb, struct msghdr *msg);
int scope_dgram_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);
int scope_dgram_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
			int flags);

/* connect.c */
extern struct proto_ops scope_conn_ops;
void scope_conn_sock_init(struct sock *sk);

/* raw.c */
int scope_raw_bind(struct socket *sock, struct sockaddr_unsized *uaddr,
		   int len);
int scope_raw_connect(struct socket *sock, struct sockaddr_unsized *uaddr,
		      int len, int flags);

/* conn_send.c */
struct sk_buff *scope_pair_alloc(struct sock *sk, size_t len, int flags,
				 int *err);
int scope_conn_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);

/* conn_recv.c */
int scope_conn_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
		       int flags);
bool scope_conn_readable(struct sock *sk, bool shut);
u64 scope_conn_unread(struct sock *sk);

/* queue.c */
int scope_queue_rcv(struct sock *sk, struct sk_buff *skb);
int scope_queue_segment(struct sock *sk, struct sk_buff *skb);

#endif /* _SCOPE_SOCKET_H */
