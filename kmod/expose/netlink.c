// SPDX-License-Identifier: GPL-2.0
/*
 * netlink.c - generic netlink family skbscope
 *
 * Place: a view. Called by generic netlink in process context, under its own
 * mutex, by the registry when a socket is born, changes or dies, and by netlink
 * itself when one of its sockets is released. Answers
 * for the asker's network namespace only. The contract is
 * spec/skbscope.yaml; netlink_gen.c is made from it.
 */
#include <linux/netlink.h>
#include <net/tcp_states.h>

#include "../observe/frame.h"
#include "../observe/hold.h"
#include "../observe/ledger.h"
#include "../observe/picture.h"
#include "../observe/reason.h"
#include "../observe/registry.h"
#include "../observe/station.h"
#include "netlink.h"
#include "netlink_gen.h"

/* sk_buffs of a receive queue in one answer */
#define SCOPE_NL_SKBS	32

static const struct genl_multicast_group scope_nl_groups[] = {
	[SKBSCOPE_NLGRP_SOCKETS] = { SKBSCOPE_MCGRP_SOCKETS, },
	[SKBSCOPE_NLGRP_HELD] = { SKBSCOPE_MCGRP_HELD, },
};

/**
 * scope_nl_reply() - begin a reply
 * @info: what is answered
 * @cmd: SKBSCOPE_CMD_*
 * @size: room for its attributes
 * @hdr: set to its header
 *
 * Return: the message, or an error pointer.
 */
struct sk_buff *scope_nl_reply(struct genl_info *info, u8 cmd, size_t size,
			       void **hdr)
{
	struct sk_buff *msg = genlmsg_new(size, GFP_KERNEL);

	if (!msg)
		return ERR_PTR(-ENOMEM);
	*hdr = genlmsg_put_reply(msg, info, &scope_genl, 0, cmd);
	if (!*hdr) {
		nlmsg_free(msg);
		return ERR_PTR(-EMSGSIZE);
	}
	return msg;
}

/**
 * scope_nl_send() - end a reply
 * @msg: from scope_nl_reply(); consumed
 * @hdr: its header
 * @err: what putting its attributes gave
 * @info: what is answered
 *
 * Return: @err, or what sending gives.
 */
int scope_nl_send(struct sk_buff *msg, void *hdr, int err,
		  struct genl_info *info)
{
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int skbscope_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *version = info->attrs[SKBSCOPE_A_INFO_VERSION];
	struct net *net = genl_info_net(info);
	struct scope_net *sn = scope_net(net);
	struct net_device *dev;
	struct sk_buff *msg;
	void *hdr;
	int err;

	if (version && nla_get_u32(version) != SCOPE_VERSION) {
		NL_SET_ERR_MSG_ATTR(info->extack, version,
				    "this module speaks another version of the wire header");
		return -EPROTONOSUPPORT;
	}
	/* Who asks after he began to watch sees every station from here on */
	scope_station_settle();

	msg = scope_nl_reply(info, SKBSCOPE_CMD_INFO_GET, GENLMSG_DEFAULT_SIZE,
			     &hdr);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	err = nla_put_u32(msg, SKBSCOPE_A_INFO_FAMILY, scope_family) ?:
	      nla_put_u32(msg, SKBSCOPE_A_INFO_VERSION, SCOPE_VERSION) ?:
	      nla_put_u32(msg, SKBSCOPE_A_INFO_HEADER_LEN, SCOPE_HDR_LEN) ?:
	      nla_put_u32(msg, SKBSCOPE_A_INFO_NETNS, net->ns.inum) ?:
	      nla_put_u32(msg, SKBSCOPE_A_INFO_WATCHERS,
			  scope_station_watchers()) ?:
	      nla_put_u32(msg, SKBSCOPE_A_INFO_SOCKETS,
			  atomic_read(&sn->nr_sockets)) ?:
	      nla_put_string(msg, SKBSCOPE_A_INFO_RELEASE,
			     THIS_MODULE->version);
	dev = READ_ONCE(sn->dev);
	if (!err && dev)
		err = nla_put_u32(msg, SKBSCOPE_A_INFO_IFINDEX, dev->ifindex);
	return scope_nl_send(msg, hdr, err, info);
}

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

/**
 * scope_nl_put_skb() - add what is known of an sk_buff
 * @msg: where to
 * @attr: the attribute that it becomes
 * @pic: of the sk_buff
 *
 * Return: 0 or -EMSGSIZE.
 */
int scope_nl_put_skb(struct sk_buff *msg, int attr,
		     const struct scope_skb_pic *pic)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u64_64bit(msg, SKBSCOPE_A_SKB_ID, pic->id,
			      SKBSCOPE_A_SKB_PAD) ||
	    nla_put_u64_64bit(msg, SKBSCOPE_A_SKB_PARENT, pic->parent,
			      SKBSCOPE_A_SKB_PAD) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_RELATION, pic->relation) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_LEN, pic->len) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_DATA_LEN, pic->data_len) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_DATA, pic->data) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_TAIL, pic->tail) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_END, pic->end) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_TRUESIZE, pic->truesize) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_USERS, pic->users) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_DATAREF, pic->dataref) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_CLONED, pic->cloned) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_NR_FRAGS, pic->nr_frags) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_IP_SUMMED, pic->ip_summed) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_PKT_TYPE, pic->pkt_type) ||
	    nla_put_u32(msg, SKBSCOPE_A_SKB_PROTOCOL, pic->protocol))
		goto cancel;
	if (pic->offset != pic->offset_end &&
	    (nla_put_u64_64bit(msg, SKBSCOPE_A_SKB_OFFSET, pic->offset,
			       SKBSCOPE_A_SKB_PAD) ||
	     nla_put_u64_64bit(msg, SKBSCOPE_A_SKB_OFFSET_END, pic->offset_end,
			       SKBSCOPE_A_SKB_PAD)))
		goto cancel;
	nla_nest_end(msg, nest);
	return 0;

cancel:
	nla_nest_cancel(msg, nest);
	return -EMSGSIZE;
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

static int scope_nl_put_station(struct sk_buff *msg, struct scope_net *sn,
				u32 station)
{
	return nla_put_u32(msg, SKBSCOPE_A_STATION_NUMBER, station) ?:
	       nla_put_string(msg, SKBSCOPE_A_STATION_NAME,
			      scope_station_name(station)) ?:
	       nla_put_u64_64bit(msg, SKBSCOPE_A_STATION_PASSED,
				 scope_ledger_passed(sn, station),
				 SKBSCOPE_A_STATION_PAD) ?:
	       nla_put_u64_64bit(msg, SKBSCOPE_A_STATION_HELD,
				 scope_hold_count(sn, station, NULL),
				 SKBSCOPE_A_STATION_PAD);
}

int skbscope_nl_station_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *number = info->attrs[SKBSCOPE_A_STATION_NUMBER];
	struct scope_net *sn = scope_net(genl_info_net(info));
	struct sk_buff *msg;
	u32 station;
	void *hdr;

	if (!number) {
		NL_SET_ERR_MSG(info->extack,
			       "give the station's number, or ask for a dump");
		return -EINVAL;
	}
	station = nla_get_u32(number);
	if (station < 1 || station > SCOPE_STATION_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, number,
				    "no station with this number");
		return -ENOENT;
	}
	msg = scope_nl_reply(info, SKBSCOPE_CMD_STATION_GET,
			     GENLMSG_DEFAULT_SIZE, &hdr);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	return scope_nl_send(msg, hdr, scope_nl_put_station(msg, sn, station),
			     info);
}

int skbscope_nl_station_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb)
{
	struct scope_net *sn = scope_net(sock_net(skb->sk));
	u32 *last = (u32 *)cb->ctx;
	void *hdr;

	while (*last < SCOPE_STATION_MAX) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &scope_genl, NLM_F_MULTI,
				  SKBSCOPE_CMD_STATION_GET);
		if (!hdr)
			break;
		if (scope_nl_put_station(skb, sn, *last + 1)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		++*last;
	}
	return skb->len;
}

static int scope_nl_put_drop(struct sk_buff *msg, u32 reason, u64 count)
{
	struct nlattr *nest = nla_nest_start(msg, SKBSCOPE_A_LEDGER_DROP);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(msg, SKBSCOPE_A_DROP_REASON, reason) ||
	    nla_put_string(msg, SKBSCOPE_A_DROP_NAME,
			   scope_reason_name(reason)) ||
	    nla_put_u64_64bit(msg, SKBSCOPE_A_DROP_COUNT, count,
			      SKBSCOPE_A_DROP_PAD)) {
		nla_nest_cancel(msg, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return 0;
}

static int scope_nl_put_ledger(struct sk_buff *msg, struct scope_net *sn,
			       const struct scope_ledger *ledger)
{
	const struct {
		int attr;
		u64 value;
	} rows[] = {
		{ SKBSCOPE_A_LEDGER_ALLOCATED,		ledger->allocated },
		{ SKBSCOPE_A_LEDGER_ENTERED,		ledger->entered },
		{ SKBSCOPE_A_LEDGER_DERIVED,		ledger->derived },
		{ SKBSCOPE_A_LEDGER_DELIVERED,		ledger->delivered },
		{ SKBSCOPE_A_LEDGER_ACKED,		ledger->acked },
		{ SKBSCOPE_A_LEDGER_MERGED,		ledger->merged },
		{ SKBSCOPE_A_LEDGER_TRANSMITTED,	ledger->transmitted },
		{ SKBSCOPE_A_LEDGER_DROPPED,		ledger->dropped },
		{ SKBSCOPE_A_LEDGER_QUEUED,		ledger->queued },
		{ SKBSCOPE_A_LEDGER_KEPT,		ledger->kept },
		{ SKBSCOPE_A_LEDGER_HELD,		ledger->held },
		{ SKBSCOPE_A_LEDGER_MOVING,		ledger->moving },
		{ SKBSCOPE_A_LEDGER_QUEUE_LEN,		ledger->queue_len },
		{ SKBSCOPE_A_LEDGER_CONTROL_MADE,	ledger->control_made },
		{ SKBSCOPE_A_LEDGER_CONTROL_READ,	ledger->control_read },
		{ SKBSCOPE_A_LEDGER_CONTROL_DROPPED,	ledger->control_lost },
	};
	unsigned int i;
	int err;

	err = nla_put_u32(msg, SKBSCOPE_A_LEDGER_NETNS, sn->net->ns.inum);
	for (i = 0; i < ARRAY_SIZE(rows) && !err; i++)
		err = nla_put_u64_64bit(msg, rows[i].attr, rows[i].value,
					SKBSCOPE_A_LEDGER_PAD);
	for (i = 0; i < SCOPE_REASONS && !err; i++)
		if (ledger->reason[i])
			err = scope_nl_put_drop(msg, scope_ledger_reason(i),
						ledger->reason[i]);
	return err;
}

int skbscope_nl_ledger_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *netns = info->attrs[SKBSCOPE_A_LEDGER_NETNS];
	struct net *net = genl_info_net(info);
	struct scope_net *sn = scope_net(net);
	struct scope_ledger *ledger;
	struct sk_buff *msg;
	void *hdr;
	int err;

	if (netns && nla_get_u32(netns) != net->ns.inum) {
		NL_SET_ERR_MSG_ATTR(info->extack, netns,
				    "ask from within that network namespace");
		return -EACCES;
	}
	ledger = scope_ledger_read(sn);
	if (!ledger)
		return -ENOMEM;
	msg = scope_nl_reply(info, SKBSCOPE_CMD_LEDGER_GET,
			     NLMSG_DEFAULT_SIZE * 4, &hdr);
	if (IS_ERR(msg)) {
		err = PTR_ERR(msg);
		goto out;
	}
	err = scope_nl_send(msg, hdr, scope_nl_put_ledger(msg, sn, ledger),
			    info);
out:
	kfree(ledger);
	return err;
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

/* With a socket go its programs, and the rules that are not to persist */
static int scope_nl_released(struct notifier_block *nb, unsigned long event,
			     void *data)
{
	struct netlink_notify *notify = data;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	scope_frame_drop(notify->net, notify->portid);
	/* A persisting rule has no owner, which is written 0 */
	if (notify->portid)
		scope_rules_disown(scope_net(notify->net), notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block scope_nl_released_notifier = {
	.notifier_call	= scope_nl_released,
};

/* The generator names done only in a form that 6.1 does not have */
static struct genl_ops scope_nl_ops[ARRAY_SIZE(skbscope_nl_ops)] __ro_after_init;

struct genl_family scope_genl __ro_after_init = {
	.name		= SKBSCOPE_GENL_NAME,
	.version	= SKBSCOPE_GENL_VERSION,
	.netnsok	= true,
	.module		= THIS_MODULE,
	.ops		= scope_nl_ops,
	.n_ops		= ARRAY_SIZE(scope_nl_ops),
	.resv_start_op	= __SKBSCOPE_CMD_MAX,
	.mcgrps		= scope_nl_groups,
	.n_mcgrps	= ARRAY_SIZE(scope_nl_groups),
};

/**
 * scope_netlink_init() - answer and notify from here on
 *
 * Return: 0 or a negative errno.
 */
int __init scope_netlink_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(scope_nl_ops); i++) {
		scope_nl_ops[i] = skbscope_nl_ops[i];
		if (scope_nl_ops[i].cmd == SKBSCOPE_CMD_IMAGE_GET)
			scope_nl_ops[i].done = skbscope_nl_image_get_done;
	}
	err = netlink_register_notifier(&scope_nl_released_notifier);
	if (err)
		return err;
	err = genl_register_family(&scope_genl);
	if (err)
		goto err_released;
	err = scope_netlink_held_init();
	if (err)
		goto err_family;
	return scope_registry_listen(&scope_nl_listener);

err_family:
	genl_unregister_family(&scope_genl);
err_released:
	netlink_unregister_notifier(&scope_nl_released_notifier);
	return err;
}

/**
 * scope_netlink_exit() - undo scope_netlink_init()
 */
void scope_netlink_exit(void)
{
	scope_registry_unlisten(&scope_nl_listener);
	scope_netlink_held_exit();
	genl_unregister_family(&scope_genl);
	netlink_unregister_notifier(&scope_nl_released_notifier);
	/* Those of sockets that are open; each namespace ends its own rules */
	scope_frame_drop(NULL, 0);
}
