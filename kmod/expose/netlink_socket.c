// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_socket.c - sockets, by generic netlink
 *
 * Place: a view. Called by generic netlink in process context, under its own
 * mutex, and by the registry when a socket is born, changes or dies. Answers for
 * the asker's network namespace only.
 */
#include <net/tcp_states.h>

#include "../observe/picture.h"
#include "../observe/registry.h"
#include "netlink.h"
#include "netlink_gen.h"

/* sk_buffs of a receive queue in one answer */
#define SCOPE_NL_SKBS	32

/*
 * A socket's attributes are written one after the other, where room for all of
 * them was found before. nla_put() looks for room at each and calls four functions
 * for it: that was most of what a dump of many sockets cost. Each is there once at
 * most and has eight octets at most, or is a nest of such.
 */
#define SCOPE_NL_SOCK_MAX						\
	(nla_total_size_64bit(sizeof(u64)) *				\
	 (SKBSCOPE_A_SOCKET_MAX + 2 * SKBSCOPE_A_ADDR_MAX + SKBSCOPE_A_CONN_MAX))

/* Write an attribute. Return: what is behind it, as all these functions do */
static __always_inline void *scope_nl_write(void *at, int attr,
					    const void *value, int len)
{
	struct nlattr *nla = at;

	nla->nla_len = nla_attr_size(len);
	nla->nla_type = attr;
	memcpy(nla_data(nla), value, len);
	memset(nla_data(nla) + len, 0, nla_padlen(len));
	return at + nla_total_size(len);
}

static __always_inline void *scope_nl_u32(void *at, int attr, u32 value)
{
	return scope_nl_write(at, attr, &value, sizeof(value));
}

/* @pad: what goes before it where eight octets may not lie anywhere */
static __always_inline void *scope_nl_u64(void *at, int attr, u64 value,
					  int pad)
{
	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) &&
	    IS_ALIGNED((unsigned long)at, sizeof(value)))
		at = scope_nl_write(at, pad, NULL, 0);
	return scope_nl_write(at, attr, &value, sizeof(value));
}

/* End a nest that began at @nest */
static void *scope_nl_nest(struct nlattr *nest, int attr, void *at)
{
	nest->nla_len = at - (void *)nest;
	nest->nla_type = attr | NLA_F_NESTED;
	return at;
}

static void *scope_nl_addr(void *at, int attr, const struct scope_addr *addr)
{
	u16 port = ntohs(addr->port);
	struct nlattr *nest = at;

	at = nla_data(nest);
	at = scope_nl_write(at, SKBSCOPE_A_ADDR_PORT, &port, sizeof(port));
	at = scope_nl_u32(at, SKBSCOPE_A_ADDR_IFINDEX, addr->ifindex);
	at = scope_nl_write(at, SKBSCOPE_A_ADDR_LINK, addr->link,
			    SCOPE_ADDR_LEN);
	return scope_nl_nest(nest, attr, at);
}

static void *scope_nl_conn(void *at, const struct scope_sock_pic *pic)
{
	const struct scope_info *info = &pic->conn;
	const int pad = SKBSCOPE_A_CONN_PAD;
	struct nlattr *nest = at;

	at = nla_data(nest);
	at = scope_nl_u32(at, SKBSCOPE_A_CONN_MSS, info->mss);
	at = scope_nl_u32(at, SKBSCOPE_A_CONN_CWND, info->cwnd);
	at = scope_nl_u32(at, SKBSCOPE_A_CONN_PIPE, info->pipe);
	at = scope_nl_u32(at, SKBSCOPE_A_CONN_SND_WINDOW, info->snd_window);
	at = scope_nl_u32(at, SKBSCOPE_A_CONN_RCV_WINDOW, info->rcv_window);
	at = scope_nl_u32(at, SKBSCOPE_A_CONN_RTT_US, info->rtt_us);
	at = scope_nl_u32(at, SKBSCOPE_A_CONN_RTTVAR_US, info->rttvar_us);
	at = scope_nl_u32(at, SKBSCOPE_A_CONN_MIN_RTT_US, info->min_rtt_us);
	at = scope_nl_u32(at, SKBSCOPE_A_CONN_RTO_US, info->rto_us);
	at = scope_nl_u32(at, SKBSCOPE_A_CONN_RETRANSMITS, info->retransmits);
	at = scope_nl_u32(at, SKBSCOPE_A_CONN_TIMEOUTS, info->timeouts);
	at = scope_nl_u32(at, SKBSCOPE_A_CONN_OUT_OF_ORDER, pic->conn_ooo);
	at = scope_nl_u32(at, SKBSCOPE_A_CONN_WMEM_QUEUED, pic->wmem_queued);
	at = scope_nl_u64(at, SKBSCOPE_A_CONN_WRITTEN, info->written, pad);
	at = scope_nl_u64(at, SKBSCOPE_A_CONN_SENT, pic->conn_sent, pad);
	at = scope_nl_u64(at, SKBSCOPE_A_CONN_ACKED, info->acked, pad);
	at = scope_nl_u64(at, SKBSCOPE_A_CONN_RECEIVED, info->received, pad);
	at = scope_nl_u64(at, SKBSCOPE_A_CONN_READ, info->read, pad);
	return scope_nl_nest(nest, SKBSCOPE_A_SOCKET_CONN, at);
}

/* @ns: whose idea of the uid is shown */
static void *scope_nl_owner(void *at, struct user_namespace *ns,
			    const struct scope_sock_pic *pic)
{
	at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_UID,
			  from_kuid_munged(ns, pic->uid));
	/* one is ours, for as long as we look */
	at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_REFS, pic->refs - 1);
	if (!pic->has_socket)
		return at;
	at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_SOCKET_STATE,
			  pic->socket_state);
	return scope_nl_u64(at, SKBSCOPE_A_SOCKET_INODE, pic->inode,
			    SKBSCOPE_A_SOCKET_PAD);
}

static void *scope_nl_memory(void *at, const struct scope_sock_pic *pic)
{
	at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_RCVBUF, pic->rcvbuf);
	at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_SNDBUF, pic->sndbuf);
	at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_RMEM, pic->mem.rmem);
	at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_WMEM, pic->mem.wmem);
	return scope_nl_u32(at, SKBSCOPE_A_SOCKET_DROPS, pic->drops);
}

static void *scope_nl_queues(void *at, const struct scope_sock_pic *pic)
{
	at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_RX_QUEUE_LEN, pic->mem.rxq);
	at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_RX_QUEUE_BYTES, pic->rx_bytes);
	at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_RX_QUEUE_TRUESIZE,
			  pic->rx_truesize);
	return scope_nl_u32(at, SKBSCOPE_A_SOCKET_TX_QUEUE_LEN, pic->mem.txq);
}

static void *scope_nl_counts(void *at, const struct scope_sock_pic *pic)
{
	const int pad = SKBSCOPE_A_SOCKET_PAD;

	at = scope_nl_u64(at, SKBSCOPE_A_SOCKET_ALLOCATED, pic->allocated, pad);
	at = scope_nl_u64(at, SKBSCOPE_A_SOCKET_TX_DROPPED, pic->tx_dropped,
			  pad);
	at = scope_nl_u64(at, SKBSCOPE_A_SOCKET_RECEIVED, pic->received, pad);
	at = scope_nl_u64(at, SKBSCOPE_A_SOCKET_DELIVERED, pic->delivered, pad);
	at = scope_nl_u64(at, SKBSCOPE_A_SOCKET_RX_DROPPED, pic->rx_dropped,
			  pad);
	return scope_nl_u64(at, SKBSCOPE_A_SOCKET_HELD, pic->held, pad);
}

/* What is told of every socket, whatever else is asked for */
static void *scope_nl_always(void *at, const struct scope_sock_pic *pic)
{
	at = scope_nl_u64(at, SKBSCOPE_A_SOCKET_COOKIE, pic->cookie,
			  SKBSCOPE_A_SOCKET_PAD);
	at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_TYPE, pic->type);
	at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_SK_STATE, pic->state);
	at = scope_nl_addr(at, SKBSCOPE_A_SOCKET_LOCAL, &pic->local);
	if (pic->peer.port)
		at = scope_nl_addr(at, SKBSCOPE_A_SOCKET_PEER, &pic->peer);
	at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_SHUTDOWN, pic->shutdown);
	at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_ERR, pic->err);
	at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_BOUND_DEV, pic->bound_dev);
	if (pic->state == TCP_LISTEN) {
		at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_BACKLOG, pic->backlog);
		at = scope_nl_u32(at, SKBSCOPE_A_SOCKET_BACKLOG_MAX,
				  pic->backlog_max);
	}
	if (pic->pair)
		at = scope_nl_u64(at, SKBSCOPE_A_SOCKET_PAIR, pic->pair,
				  SKBSCOPE_A_SOCKET_PAD);
	return at;
}

/* @ns: whose idea of the uid is shown; @show: of enum skbscope_show */
static int scope_nl_put_sock(struct sk_buff *msg, struct user_namespace *ns,
			     const struct scope_sock_pic *pic, u32 show)
{
	void *begin = skb_tail_pointer(msg);
	void *at;

	if (skb_tailroom(msg) < SCOPE_NL_SOCK_MAX)
		return -EMSGSIZE;
	at = scope_nl_always(begin, pic);
	if (show & SKBSCOPE_SHOW_OWNER)
		at = scope_nl_owner(at, ns, pic);
	if (show & SKBSCOPE_SHOW_MEMORY)
		at = scope_nl_memory(at, pic);
	if (show & SKBSCOPE_SHOW_QUEUES)
		at = scope_nl_queues(at, pic);
	if (show & SKBSCOPE_SHOW_COUNTS)
		at = scope_nl_counts(at, pic);
	if (show & SKBSCOPE_SHOW_CONN && pic->has_conn)
		at = scope_nl_conn(at, pic);
	skb_put(msg, at - begin);
	return 0;
}

/* What of a socket a request wants to be told. Return: 0 or -EINVAL */
static int scope_nl_show(struct nlattr **attrs, struct netlink_ext_ack *extack,
			 u32 *show)
{
	const struct nlattr *attr = attrs[SKBSCOPE_A_SOCKET_SHOW];

	*show = attr ? nla_get_u32(attr) : SKBSCOPE_SHOW_MASK;
	if (!(*show & ~SKBSCOPE_SHOW_MASK))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "show is a sum of owner 1, memory 2, queues 4, counts 8 and conn 16");
	return -EINVAL;
}

/* The receive queue from its head; what does not fit is not an error */
static int scope_nl_put_queue(struct sk_buff *msg, struct sock *sk)
{
	struct scope_skb_pic *pics;
	int err = 0;
	u32 i, n, len;

	pics = kcalloc(SCOPE_NL_SKBS, sizeof(*pics), GFP_KERNEL);
	if (!pics)
		return -ENOMEM;
	n = scope_picture_queue(&sk->sk_receive_queue, pics, SCOPE_NL_SKBS,
				&len);
	for (i = 0; i < n && !err; i++)
		err = scope_nl_put_skb(msg, SKBSCOPE_A_SOCKET_RX_SKB, &pics[i]);
	kfree(pics);
	return err;
}

int skbscope_nl_socket_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *cookie = info->attrs[SKBSCOPE_A_SOCKET_COOKIE];
	struct scope_sock_pic pic;
	struct sk_buff *msg;
	struct sock *sk;
	void *hdr;
	u32 show;
	int err;

	if (!cookie) {
		NL_SET_ERR_MSG(info->extack,
			       "give the socket's cookie, or ask for a dump");
		return -EINVAL;
	}
	err = scope_nl_show(info->attrs, info->extack, &show);
	if (err)
		return err;
	sk = scope_registry_get(scope_net(genl_info_net(info)),
				nla_get_u64(cookie));
	if (!sk) {
		NL_SET_ERR_MSG_ATTR(info->extack, cookie,
				    "no socket with this cookie in this network namespace");
		return -ENOENT;
	}

	msg = scope_nl_reply(info, SKBSCOPE_CMD_SOCKET_GET,
			     NLMSG_DEFAULT_SIZE * 4, &hdr);
	if (IS_ERR(msg)) {
		err = PTR_ERR(msg);
		goto out;
	}
	scope_picture_sock(&pic, sk, show);
	err = scope_nl_put_sock(msg, sk_user_ns(NETLINK_CB(skb).sk), &pic,
				show);
	if (!err && show & SKBSCOPE_SHOW_QUEUES)
		err = scope_nl_put_queue(msg, sk);
	err = scope_nl_send(msg, hdr, err, info);
out:
	sock_put(sk);
	return err;
}

int skbscope_nl_socket_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb)
{
	struct scope_net *sn = scope_net(sock_net(skb->sk));
	u64 *cookie = (u64 *)cb->ctx;
	struct scope_sock_pic pic;
	struct sock *sk;
	void *hdr;
	u32 show;
	int err;

	BUILD_BUG_ON(sizeof(*cookie) > sizeof(cb->ctx));

	err = scope_nl_show(genl_info_dump(cb)->attrs, cb->extack, &show);
	if (err)
		return err;
	cb->seq = atomic_read(&sn->generation);
	for (; (sk = scope_registry_next(sn, cookie)); ++*cookie) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &scope_genl, NLM_F_MULTI,
				  SKBSCOPE_CMD_SOCKET_GET);
		if (!hdr) {
			sock_put(sk);
			break;
		}
		genl_dump_check_consistent(cb, hdr);
		scope_picture_sock(&pic, sk, show);
		err = scope_nl_put_sock(skb, sk_user_ns(NETLINK_CB(cb->skb).sk),
					&pic, show);
		sock_put(sk);
		if (err) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	return skb->len;
}

/* Tell the group of the socket's namespace, if anybody listens */
static int scope_nl_notify(struct notifier_block *nb, unsigned long event,
			   void *data)
{
	static const u8 cmds[] = {
		[SCOPE_SOCKET_NEW]	= SKBSCOPE_CMD_SOCKET_NEW_NTF,
		[SCOPE_SOCKET_CHANGE]	= SKBSCOPE_CMD_SOCKET_CHANGE_NTF,
		[SCOPE_SOCKET_DEL]	= SKBSCOPE_CMD_SOCKET_DEL_NTF,
	};
	struct sock *sk = data;
	struct net *net = sock_net(sk);
	struct scope_sock_pic pic;
	struct sk_buff *msg;
	void *hdr;

	if (event >= ARRAY_SIZE(cmds) ||
	    !genl_has_listeners(&scope_genl, net, SKBSCOPE_NLGRP_SOCKETS))
		return NOTIFY_DONE;

	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		goto lost;
	hdr = genlmsg_put(msg, 0, atomic_inc_return(&scope_net(net)->ntf_seq),
			  &scope_genl, 0, cmds[event]);
	if (!hdr)
		goto lost;
	scope_picture_sock(&pic, sk, SKBSCOPE_SHOW_MASK);
	/* scope_nl_owner() takes off the reader's reference: none here */
	pic.refs++;
	if (scope_nl_put_sock(msg, net->user_ns, &pic, SKBSCOPE_SHOW_MASK))
		goto lost;
	genlmsg_end(msg, hdr);
	genlmsg_multicast_netns(&scope_genl, net, msg, 0,
				SKBSCOPE_NLGRP_SOCKETS, GFP_KERNEL);
	return NOTIFY_DONE;

lost:
	/* The listeners see ENOBUFS, as if their own buffer had been full */
	nlmsg_free(msg);
	genl_set_err(&scope_genl, net, 0, SKBSCOPE_NLGRP_SOCKETS, -ENOBUFS);
	return NOTIFY_DONE;
}

static struct notifier_block scope_nl_listener = {
	.notifier_call	= scope_nl_notify,
};

/**
 * scope_netlink_socket_init() - notify of sockets from here on
 *
 * Return: 0.
 */
int __init scope_netlink_socket_init(void)
{
	return scope_registry_listen(&scope_nl_listener);
}

/**
 * scope_netlink_socket_exit() - undo scope_netlink_socket_init()
 */
void scope_netlink_socket_exit(void)
{
	scope_registry_unlisten(&scope_nl_listener);
}
