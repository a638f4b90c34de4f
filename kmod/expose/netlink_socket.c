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

static int scope_nl_put_addr(struct sk_buff *msg, int attr,
			     const struct scope_addr *addr)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u16(msg, SKBSCOPE_A_ADDR_PORT, ntohs(addr->port)) ||
	    nla_put_u32(msg, SKBSCOPE_A_ADDR_IFINDEX, addr->ifindex) ||
	    nla_put(msg, SKBSCOPE_A_ADDR_LINK, SCOPE_ADDR_LEN, addr->link)) {
		nla_nest_cancel(msg, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return 0;
}

static int scope_nl_put_conn(struct sk_buff *msg,
			     const struct scope_sock_pic *pic)
{
	const struct scope_info *info = &pic->conn;
	const struct {
		int attr;
		u32 value;
	} rows[] = {
		{ SKBSCOPE_A_CONN_MSS,		info->mss },
		{ SKBSCOPE_A_CONN_CWND,		info->cwnd },
		{ SKBSCOPE_A_CONN_PIPE,		info->pipe },
		{ SKBSCOPE_A_CONN_SND_WINDOW,	info->snd_window },
		{ SKBSCOPE_A_CONN_RCV_WINDOW,	info->rcv_window },
		{ SKBSCOPE_A_CONN_RTT_US,	info->rtt_us },
		{ SKBSCOPE_A_CONN_RTTVAR_US,	info->rttvar_us },
		{ SKBSCOPE_A_CONN_MIN_RTT_US,	info->min_rtt_us },
		{ SKBSCOPE_A_CONN_RTO_US,	info->rto_us },
		{ SKBSCOPE_A_CONN_RETRANSMITS,	info->retransmits },
		{ SKBSCOPE_A_CONN_TIMEOUTS,	info->timeouts },
		{ SKBSCOPE_A_CONN_OUT_OF_ORDER,	pic->conn_ooo },
		{ SKBSCOPE_A_CONN_WMEM_QUEUED,	pic->wmem_queued },
	}, *row;
	const struct {
		int attr;
		u64 value;
	} offsets[] = {
		{ SKBSCOPE_A_CONN_WRITTEN,	info->written },
		{ SKBSCOPE_A_CONN_SENT,		pic->conn_sent },
		{ SKBSCOPE_A_CONN_ACKED,	info->acked },
		{ SKBSCOPE_A_CONN_RECEIVED,	info->received },
		{ SKBSCOPE_A_CONN_READ,		info->read },
	};
	struct nlattr *nest = nla_nest_start(msg, SKBSCOPE_A_SOCKET_CONN);
	unsigned int i;
	int err = 0;

	if (!nest)
		return -EMSGSIZE;
	for (row = rows; row < rows + ARRAY_SIZE(rows) && !err; row++)
		err = nla_put_u32(msg, row->attr, row->value);
	for (i = 0; i < ARRAY_SIZE(offsets) && !err; i++)
		err = nla_put_u64_64bit(msg, offsets[i].attr, offsets[i].value,
					SKBSCOPE_A_CONN_PAD);
	if (err)
		nla_nest_cancel(msg, nest);
	else
		nla_nest_end(msg, nest);
	return err;
}

static int scope_nl_put_counts(struct sk_buff *msg,
			       const struct scope_sock_pic *pic)
{
	const int pad = SKBSCOPE_A_SOCKET_PAD;

	return nla_put_u64_64bit(msg, SKBSCOPE_A_SOCKET_ALLOCATED,
				 pic->allocated, pad) ?:
	       nla_put_u64_64bit(msg, SKBSCOPE_A_SOCKET_TX_DROPPED,
				 pic->tx_dropped, pad) ?:
	       nla_put_u64_64bit(msg, SKBSCOPE_A_SOCKET_RECEIVED,
				 pic->received, pad) ?:
	       nla_put_u64_64bit(msg, SKBSCOPE_A_SOCKET_DELIVERED,
				 pic->delivered, pad) ?:
	       nla_put_u64_64bit(msg, SKBSCOPE_A_SOCKET_RX_DROPPED,
				 pic->rx_dropped, pad) ?:
	       nla_put_u64_64bit(msg, SKBSCOPE_A_SOCKET_HELD, pic->held, pad);
}

/* @ns: whose idea of the uid is shown */
static int scope_nl_put_sock(struct sk_buff *msg, struct user_namespace *ns,
			     const struct scope_sock_pic *pic)
{
	const struct scope_mem *mem = &pic->mem;
	int err;

	err = nla_put_u64_64bit(msg, SKBSCOPE_A_SOCKET_COOKIE, pic->cookie,
				SKBSCOPE_A_SOCKET_PAD) ?:
	      nla_put_u32(msg, SKBSCOPE_A_SOCKET_TYPE, pic->type) ?:
	      nla_put_u32(msg, SKBSCOPE_A_SOCKET_SK_STATE, pic->state) ?:
	      scope_nl_put_addr(msg, SKBSCOPE_A_SOCKET_LOCAL, &pic->local) ?:
	      nla_put_u32(msg, SKBSCOPE_A_SOCKET_UID,
			  from_kuid_munged(ns, pic->uid)) ?:
	      /* one is ours, for as long as we look */
	      nla_put_u32(msg, SKBSCOPE_A_SOCKET_REFS, pic->refs - 1) ?:
	      nla_put_u32(msg, SKBSCOPE_A_SOCKET_SHUTDOWN, pic->shutdown) ?:
	      nla_put_u32(msg, SKBSCOPE_A_SOCKET_ERR, pic->err) ?:
	      nla_put_u32(msg, SKBSCOPE_A_SOCKET_BOUND_DEV, pic->bound_dev) ?:
	      nla_put_u32(msg, SKBSCOPE_A_SOCKET_RCVBUF, pic->rcvbuf) ?:
	      nla_put_u32(msg, SKBSCOPE_A_SOCKET_SNDBUF, pic->sndbuf) ?:
	      nla_put_u32(msg, SKBSCOPE_A_SOCKET_RMEM, mem->rmem) ?:
	      nla_put_u32(msg, SKBSCOPE_A_SOCKET_WMEM, mem->wmem) ?:
	      nla_put_u32(msg, SKBSCOPE_A_SOCKET_RX_QUEUE_LEN, mem->rxq) ?:
	      nla_put_u32(msg, SKBSCOPE_A_SOCKET_RX_QUEUE_BYTES,
			  pic->rx_bytes) ?:
	      nla_put_u32(msg, SKBSCOPE_A_SOCKET_RX_QUEUE_TRUESIZE,
			  pic->rx_truesize) ?:
	      nla_put_u32(msg, SKBSCOPE_A_SOCKET_TX_QUEUE_LEN, mem->txq) ?:
	      nla_put_u32(msg, SKBSCOPE_A_SOCKET_DROPS, pic->drops) ?:
	      scope_nl_put_counts(msg, pic);
	if (!err && pic->has_socket)
		err = nla_put_u32(msg, SKBSCOPE_A_SOCKET_SOCKET_STATE,
				  pic->socket_state) ?:
		      nla_put_u64_64bit(msg, SKBSCOPE_A_SOCKET_INODE,
					pic->inode, SKBSCOPE_A_SOCKET_PAD);
	if (!err && pic->peer.port)
		err = scope_nl_put_addr(msg, SKBSCOPE_A_SOCKET_PEER,
					&pic->peer);
	if (!err && pic->state == TCP_LISTEN)
		err = nla_put_u32(msg, SKBSCOPE_A_SOCKET_BACKLOG,
				  pic->backlog) ?:
		      nla_put_u32(msg, SKBSCOPE_A_SOCKET_BACKLOG_MAX,
				  pic->backlog_max);
	if (!err && pic->pair)
		err = nla_put_u64_64bit(msg, SKBSCOPE_A_SOCKET_PAIR, pic->pair,
					SKBSCOPE_A_SOCKET_PAD);
	if (!err && pic->has_conn)
		err = scope_nl_put_conn(msg, pic);
	return err;
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
	int err;

	if (!cookie) {
		NL_SET_ERR_MSG(info->extack,
			       "give the socket's cookie, or ask for a dump");
		return -EINVAL;
	}
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
	scope_picture_sock(&pic, sk);
	err = scope_nl_put_sock(msg, sk_user_ns(NETLINK_CB(skb).sk), &pic) ?:
	      scope_nl_put_queue(msg, sk);
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
	int err;

	BUILD_BUG_ON(sizeof(*cookie) > sizeof(cb->ctx));

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
		scope_picture_sock(&pic, sk);
		err = scope_nl_put_sock(skb, sk_user_ns(NETLINK_CB(cb->skb).sk),
					&pic);
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
	scope_picture_sock(&pic, sk);
	/* scope_nl_put_sock() takes off the reader's reference: none here */
	pic.refs++;
	if (scope_nl_put_sock(msg, net->user_ns, &pic))
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
