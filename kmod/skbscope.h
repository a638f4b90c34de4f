/* SPDX-License-Identifier: GPL-2.0 */
/*
 * skbscope.h - structs and calls the module shares inside itself
 *
 * Calls run down: socket -> protocol -> device -> observe. Up the stack a
 * layer is reached through what it published below: scope_dev_publish() for
 * the protocol, sk_backlog_rcv for the socket layer. expose/ reads, and only
 * main.c calls it.
 */
#ifndef _SCOPE_H
#define _SCOPE_H

#include <linux/debugfs.h>
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rhashtable.h>
#include <linux/seqlock.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/sock.h>

#include "uapi/skbscope.h"
#include "compat.h"

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

struct scope_stats;

/**
 * struct scope_addr - one end of a conversation, as the module keeps it
 * @link: link address, zero padded; all zero is this node
 * @ifindex: device; 0 is the namespace's scope0, whatever its index
 * @port: network order; 0 is unset
 */
struct scope_addr {
	u8	link[SCOPE_ADDR_LEN];
	u32	ifindex;
	__be16	port;
};

/**
 * struct scope_net - what the family keeps for one network namespace
 * @net: the namespace
 * @dev: its scope0; as long-lived as the namespace's pernet data
 * @stats: per-CPU counters of stations, fates and reasons
 * @sockets: every socket by its cookie; RCU for readers
 * @ports: bound sockets by port, type and device; RCU for readers
 * @nr_sockets: how many @sockets has
 * @generation: changes with @sockets, never 0: a dump's sequence number
 * @ntf_seq: numbers netlink notifications, so that a lost one is a gap
 * @refusals: limits REFUSE frames sent over other devices than scope0
 */
struct scope_net {
	struct net		*net;
	struct net_device	*dev;
	struct scope_stats __percpu *stats;
	struct xarray		sockets;
	struct rhashtable	ports;
	atomic_t		nr_sockets;
	atomic_t		generation;
	atomic_t		ntf_seq;
	struct ratelimit_state	refusals;
};

/**
 * struct scope_port - key of a bound socket
 * @ifindex: device, 0 for scope0
 * @port: network order
 * @type: SOCK_*: each has ports of its own
 *
 * No padding: the whole is hashed.
 */
struct scope_port {
	u32	ifindex;
	__be16	port;
	u16	type;
};

/**
 * struct scope_sock - a socket of the family
 * @sk: the kernel's part; first
 * @sn: the namespace's data; lives longer than the socket
 * @cookie: number of the socket, as SO_COOKIE tells it
 * @node: in scope_net.ports; under the socket lock
 * @bound: the key while on @node; written under the socket lock
 * @peer_lock: guards @peer: written under the socket lock, read by senders and
 *	by softirq
 * @peer: port 0 when not connected
 * @allocated: sk_buffs its send calls made
 * @tx_dropped: those that died on the way out
 * @received: sk_buffs it was found for
 * @delivered: those that a reader got
 * @rx_dropped: those that were dropped
 * @debugfs: its folder, or NULL; expose/debugfs.c's alone
 */
struct scope_sock {
	struct sock		sk;
	struct scope_net	*sn;
	u64			cookie;
	struct rhash_head	node;
	struct scope_port	bound;
	seqlock_t		peer_lock;
	struct scope_addr	peer;
	atomic_long_t		allocated;
	atomic_long_t		tx_dropped;
	atomic_long_t		received;
	atomic_long_t		delivered;
	atomic_long_t		rx_dropped;
	struct dentry		*debugfs;
};

static inline struct scope_sock *scope_sk(const struct sock *sk)
{
	return (struct scope_sock *)sk;
}

/**
 * scope_peer() - whom a socket is connected to
 * @sk: the socket
 *
 * Context: any without peer_lock; never a half of two connect() calls.
 *
 * Return: the address; port 0 for nobody.
 */
static inline struct scope_addr scope_peer(const struct sock *sk)
{
	const struct scope_sock *ss = scope_sk(sk);
	struct scope_addr peer;
	unsigned int seq;

	do {
		seq = read_seqbegin(&ss->peer_lock);
		peer = ss->peer;
	} while (read_seqretry(&ss->peer_lock, seq));
	return peer;
}

/**
 * struct scope_skb_cb - the family's use of skb->cb, above the device layer
 * @id: number of the sk_buff
 * @parent: number of the one it came from, 0 for none
 * @peer: going down its destination, coming up its source; port included
 * @port: the port at our end, network order
 * @relation: enum scope_relation of @parent
 * @control: the protocol made it, no socket did
 * @handed: it is in the books as given to another device than scope0
 *
 * A qdisc and tc write over the front of it, so what must survive the device
 * layer is copied behind it: see observe/identity.c.
 */
struct scope_skb_cb {
	u64			id;
	u64			parent;
	struct scope_addr	peer;
	__be16			port;
	u8			relation;
	u8			control;
	u8			handed;
};

static inline struct scope_skb_cb *scope_skb_cb(const struct sk_buff *skb)
{
	return (struct scope_skb_cb *)skb->cb;
}

static inline struct scope_hdr *scope_hdr(const struct sk_buff *skb)
{
	return (struct scope_hdr *)skb_transport_header(skb);
}

/* main.c */
extern int scope_family;
extern unsigned int scope_net_id;
extern struct proto scope_proto;

static inline struct scope_net *scope_net(const struct net *net)
{
	return net_generic(net, scope_net_id);
}

/* socket/ */
int scope_family_init(int wanted);
void scope_family_exit(void);

/* protocol/ */
int scope_port_bind(struct sock *sk, u32 ifindex, __be16 port);
void scope_port_unbind(struct sock *sk);
void scope_port_rehash(struct sock *sk);
struct sock *scope_port_lookup(struct scope_net *sn, u32 ifindex, __be16 port,
			       int type);
int scope_port_net_init(struct scope_net *sn);
void scope_port_net_exit(struct scope_net *sn);
int scope_push(struct scope_net *sn, struct sock *sk, struct sk_buff *skb);
int scope_refuse(struct scope_net *sn, struct sk_buff *refused);
int scope_receive(struct scope_net *sn, struct sock *sk, struct sk_buff *skb);

/* device/ */
typedef int (*scope_receive_fn)(struct scope_net *sn, struct sock *sk,
				struct sk_buff *skb);
bool scope_dev_carries(const struct scope_net *sn,
		       const struct net_device *dev);
bool scope_dev_is_bound(const struct sock *sk, const struct net_device *dev);
struct net_device *scope_dev_get(struct scope_net *sn, u32 ifindex);
void scope_dev_put(struct scope_net *sn, struct net_device *dev);
u32 scope_dev_ifindex(const struct scope_net *sn, const struct net_device *dev);
bool scope_dev_is_self(const struct scope_net *sn, const struct net_device *dev,
		       const u8 *link);
int scope_dev_queue(struct scope_net *sn, struct sock *sk, struct sk_buff *skb);
void scope_dev_publish(scope_receive_fn receive);
void scope_dev_withdraw(void);
int scope0_net_init(struct scope_net *sn);
void scope0_net_exit(struct scope_net *sn);

/* expose/ */
int scope_proc_net_init(struct net *net);
void scope_proc_net_exit(struct net *net);
int scope_debugfs_init(void);
void scope_debugfs_exit(void);
int scope_netlink_init(void);
void scope_netlink_exit(void);

#endif /* _SCOPE_H */
