/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat.h - the only file that knows two kernels differ
 *
 * The rest of the module reads as the newest kernel; what an older one lacks
 * is made here. Kbuild probes the headers and defines the SCOPE_* names below.
 */
#ifndef _SCOPE_COMPAT_H
#define _SCOPE_COMPAT_H

#include <linux/file.h>
#include <linux/netdevice.h>
#include <net/genetlink.h>
#include <net/sock.h>

/* 7.x: the address of bind() and connect() has a type that says its size */
#ifndef SCOPE_SOCKADDR_UNSIZED
#define sockaddr_unsized		sockaddr
#endif

/* What accept() is given, and its O_* flags */
#ifdef SCOPE_ACCEPT_ARG
#define SCOPE_ACCEPT_ARGS	struct proto_accept_arg *arg
#define SCOPE_ACCEPT_FLAGS	arg->flags
#else
#define SCOPE_ACCEPT_ARGS	int flags, bool kern
#define SCOPE_ACCEPT_FLAGS	flags
#endif

#ifndef timer_container_of
#define timer_container_of(var, timer, field)	\
	from_timer(var, timer, field)
#endif

/* The arguments of a probe of kfree_skb */
#if defined(SCOPE_KFREE_SKB_CONST_RX_SK)
#define SCOPE_KFREE_SKB_ARGS	void *data, struct sk_buff *skb,	\
				void *location,				\
				enum skb_drop_reason reason,		\
				const struct sock *rx_sk
#elif defined(SCOPE_KFREE_SKB_RX_SK)
#define SCOPE_KFREE_SKB_ARGS	void *data, struct sk_buff *skb,	\
				void *location,				\
				enum skb_drop_reason reason,		\
				struct sock *rx_sk
#else
#define SCOPE_KFREE_SKB_ARGS	void *data, struct sk_buff *skb,	\
				void *location,				\
				enum skb_drop_reason reason
#endif

/* The arguments of a probe of consume_skb */
#ifdef SCOPE_CONSUME_SKB_LOCATION
#define SCOPE_CONSUME_SKB_ARGS	void *data, struct sk_buff *skb, void *location
#else
#define SCOPE_CONSUME_SKB_ARGS	void *data, struct sk_buff *skb
#endif

#ifndef SCOPE_SK_DROPS_INC
static inline void sk_drops_inc(struct sock *sk)
{
	atomic_inc(&sk->sk_drops);
}

static inline int sk_drops_read(const struct sock *sk)
{
	return atomic_read(&sk->sk_drops);
}
#endif

/* Without a lock, and of a socket that is closed as it was */
#ifndef SCOPE_SK_UID
static inline kuid_t sk_uid(const struct sock *sk)
{
	return READ_ONCE(sk->sk_uid);
}
#endif

/* What a dump was asked, which had the attributes itself */
#ifndef SCOPE_GENL_INFO_DUMP
#define genl_info_dump(cb)	genl_dumpit_info(cb)
#endif

/* A file that somebody may be closing, with a reference; or NULL */
#ifndef SCOPE_GET_FILE_ACTIVE
static inline struct file *get_file_active(struct file **f)
{
	return get_file_rcu(*f) ? *f : NULL;
}
#endif

/* A device that queues nothing in front of its driver's own lock */
static inline void scope_dev_set_lltx(struct net_device *dev)
{
#ifdef SCOPE_DEV_LLTX
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

/* A device that stays in its namespace, as lo does */
static inline void scope_dev_set_netns_local(struct net_device *dev)
{
#if defined(SCOPE_DEV_NETNS_IMMUTABLE)
	dev->netns_immutable = true;
#elif defined(SCOPE_DEV_NETNS_LOCAL)
	dev->netns_local = true;
#else
	dev->features |= NETIF_F_NETNS_LOCAL;
#endif
}

#endif /* _SCOPE_COMPAT_H */
