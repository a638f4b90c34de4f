// SPDX-License-Identifier: GPL-2.0
/*
 * dgram.c - send and receive datagrams, and raw frames
 *
 * Place: stations socket.send, socket.alloc and socket.recv. Called by the
 * system calls, in process context. The socket lock is taken only to give an
 * unbound sender a port; the buffer is waited for without it.
 */
#include "../observe/identity.h"
#include "../observe/registry.h"
#include "../observe/rule.h"
#include "../observe/station.h"
#include "socket.h"

/**
 * scope_cmsgs() - read the control messages of a send call
 * @sk: the sender
 * @msg: with control messages, or without
 * @sockc: set to what they say, or to the socket's own
 *
 * What can't be sent is refused rather than lost.
 *
 * Return: 0; -EINVAL for a malformed or unknown one; -EOPNOTSUPP for
 * descriptors and credentials; what sock_cmsg_send() returns.
 */
int scope_cmsgs(struct sock *sk, struct msghdr *msg,
		struct sockcm_cookie *sockc)
{
	struct cmsghdr *cmsg;

	sockcm_init(sockc, sk);
	sockc->mark = READ_ONCE(sk->sk_mark);
	if (!msg->msg_controllen)
		return 0;
	for_each_cmsghdr(cmsg, msg) {
		if (!CMSG_OK(msg, cmsg))
			return -EINVAL;
		if (cmsg->cmsg_level == SOL_SOCKET &&
		    (cmsg->cmsg_type == SCM_RIGHTS ||
		     cmsg->cmsg_type == SCM_CREDENTIALS))
			return -EOPNOTSUPP;
	}
	return sock_cmsg_send(sk, msg, sockc);
}

/* Add up to @len octets in a page. Return: how many, or a negative errno. */
static int scope_fill_page(struct sock *sk, struct sk_buff *skb,
			   struct msghdr *msg, size_t len)
{
	struct page_frag *pfrag = sk_page_frag(sk);
	int i = skb_shinfo(skb)->nr_frags;
	bool more;
	u32 part;

	if (!sk_page_frag_refill(sk, pfrag))
		return -ENOBUFS;
	more = skb_can_coalesce(skb, i, pfrag->page, pfrag->offset);
	if (!more && i == MAX_SKB_FRAGS)
		return 0;
	part = min_t(size_t, len, pfrag->size - pfrag->offset);
	if (!copy_from_iter_full(page_address(pfrag->page) + pfrag->offset,
				 part, &msg->msg_iter))
		return -EFAULT;
	if (more) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[i - 1], part);
	} else {
		skb_fill_page_desc(skb, i, pfrag->page, pfrag->offset, part);
		get_page(pfrag->page);
	}
	pfrag->offset += part;
	skb->len += part;
	skb->data_len += part;
	skb->truesize += part;
	if (skb->sk)
		refcount_add(part, &sk->sk_wmem_alloc);
	return part;
}

/**
 * scope_fill() - copy a program's octets into an sk_buff
 * @sk: the sender
 * @skb: not shared; charged to @sk or to nobody
 * @msg: from where
 * @len: how many; @skb has room for all, or for the first of them
 *
 * Where there is room, there; the rest in pages that the sender's task fills
 * one sk_buff after the other with: a new page would be cleared first.
 *
 * Context: process, may sleep.
 *
 * Return: octets copied, less than @len where no more pages fit; -EFAULT or
 * -ENOBUFS.
 */
int scope_fill(struct sock *sk, struct sk_buff *skb, struct msghdr *msg,
	       size_t len)
{
	size_t done = skb_headlen(skb);
	int i, part;

	if (!copy_from_iter_full(skb->data, done, &msg->msg_iter))
		return -EFAULT;
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		if (!copy_from_iter_full(skb_frag_address(frag),
					 skb_frag_size(frag), &msg->msg_iter))
			return -EFAULT;
		done += skb_frag_size(frag);
	}
	while (done < len) {
		part = scope_fill_page(sk, skb, msg, len - done);
		if (part <= 0)
			return part ?: done;
		done += part;
	}
	return done;
}

/**
 * scope_fill_all() - scope_fill(), or an error
 * @sk: the sender
 * @skb: not shared; charged to @sk or to nobody
 * @msg: from where
 * @len: how many
 *
 * Context: process, may sleep.
 *
 * Return: 0, -EFAULT or -ENOBUFS.
 */
int scope_fill_all(struct sock *sk, struct sk_buff *skb, struct msghdr *msg,
		   size_t len)
{
	int done = scope_fill(sk, skb, msg, len);

	if (done < 0)
		return done;
	return (size_t)done == len ? 0 : -ENOBUFS;
}

/* The port and device to send from; an unbound socket gets a free port */
static int scope_send_from(struct sock *sk, u32 ifindex, __be16 *port)
{
	struct scope_sock *ss = scope_sk(sk);
	int err = 0;

	*port = READ_ONCE(ss->bound.port);
	if (unlikely(!*port)) {
		lock_sock(sk);
		if (!ss->bound.port) {
			err = scope_port_bind(sk, ifindex, 0);
			if (err == -EADDRINUSE)
				err = -EAGAIN;	/* as send(2) has it */
			if (!err)
				scope_registry_change(sk);
		}
		*port = ss->bound.port;
		release_sock(sk);
		if (err)
			return err;
	}
	/* A port is one of a device's: an answer must find its way back */
	return READ_ONCE(ss->bound.ifindex) == ifindex ? 0 : -EINVAL;
}

/* Linear up to a size the allocator gives without effort, else all in pages */
static struct sk_buff *scope_alloc(struct sock *sk, struct net_device *dev,
				   size_t len, int flags, int *err)
{
	unsigned int room = LL_RESERVED_SPACE(dev) + SCOPE_HDR_LEN;
	unsigned int tailroom = dev->needed_tailroom;
	size_t linear = len;
	struct sk_buff *skb;

	/* A raw frame's own header is looked at */
	if (len > SKB_MAX_ORDER(room + tailroom, 0))
		linear = SCOPE_HDR_LEN;
	skb = sock_alloc_send_pskb(sk, room + linear + tailroom, 0,
				   flags & MSG_DONTWAIT, err, 0);
	if (!skb)
		return NULL;
	skb_reserve(skb, room);
	skb_put(skb, linear);
	return skb;
}

static int scope_send(struct sock *sk, struct msghdr *msg, size_t len,
		      struct net_device *dev, const struct scope_addr *to)
{
	struct scope_net *sn = scope_sk(sk)->sn;
	bool raw = sk->sk_type == SOCK_RAW;
	struct sockcm_cookie sockc;
	struct scope_skb_cb *cb;
	struct scope_mem before = {};
	struct sk_buff *skb;
	__be16 port = 0;
	int err;
	u64 id;

	if (!(READ_ONCE(dev->flags) & IFF_UP))
		return -ENETDOWN;
	if (len + (raw ? 0 : SCOPE_HDR_LEN) > READ_ONCE(dev->mtu))
		return -EMSGSIZE;
	if (raw && len < SCOPE_HDR_LEN)
		return -EINVAL;
	if (is_multicast_ether_addr(to->link) && !sock_flag(sk, SOCK_BROADCAST))
		return -EACCES;

	err = scope_cmsgs(sk, msg, &sockc);
	if (err)
		return err;
	if (!raw) {
		err = scope_send_from(sk, to->ifindex, &port);
		if (err)
			return err;
	}

	id = scope_identity_next();
	err = scope_trace_send(sn, sk, id, len, port, to, 0, dev, false);
	if (err < 0) {
		scope_trace_refused(sk, id, err);
		return err;
	}

	scope_before(&before, sk);
	skb = scope_alloc(sk, dev, len, msg->msg_flags, &err);
	if (!skb) {
		scope_trace_refused(sk, id, err);
		return err;
	}
	scope_identity_give(skb, id);
	cb = scope_skb_cb(skb);
	cb->peer = *to;
	cb->port = port;
	skb->dev = dev;
	skb->priority = READ_ONCE(sk->sk_priority);
	skb->mark = sockc.mark;
	scope_count(sn, SCOPE_COUNT_ALLOCATED);
	atomic_long_inc(&scope_sk(sk)->allocated);

	err = scope_fill_all(sk, skb, msg, len);
	if (err) {
		atomic_long_inc(&scope_sk(sk)->tx_dropped);
		scope_drop(sn, sk, skb, SCOPE_DROP_SEND_FAULT);
		return err;
	}
	return scope_pass(sn, SCOPE_STATION_SOCKET_ALLOC, sk, skb, &before,
			  raw ? scope_raw_push : scope_push);
}

/* To the other end of a socketpair(), where no device bounds the length */
static int scope_send_pair_dgram(struct sock *sk, struct msghdr *msg,
				 size_t len)
{
	struct scope_sock *ss = scope_sk(sk);
	struct scope_mem before = {};
	struct sockcm_cookie sockc;
	struct sk_buff *skb;
	int err;
	u64 id;

	if (len > READ_ONCE(sk->sk_sndbuf) - 32)
		return -EMSGSIZE;
	err = scope_cmsgs(sk, msg, &sockc);
	if (err)
		return err;
	id = scope_identity_next();
	err = scope_trace_send(ss->sn, sk, id, len, 0, &ss->peer, 0, NULL,
			       false);
	if (err < 0) {
		scope_trace_refused(sk, id, err);
		return err;
	}
	scope_before(&before, sk);
	skb = scope_pair_alloc(sk, len, msg->msg_flags, &err);
	if (!skb) {
		scope_trace_refused(sk, id, err);
		return err;
	}
	scope_identity_give(skb, id);
	scope_count(ss->sn, SCOPE_COUNT_ALLOCATED);
	atomic_long_inc(&ss->allocated);
	err = scope_fill_all(sk, skb, msg, len);
	if (err) {
		atomic_long_inc(&ss->tx_dropped);
		scope_drop(ss->sn, sk, skb, SCOPE_DROP_SEND_FAULT);
		return err;
	}
	return scope_pass(ss->sn, SCOPE_STATION_SOCKET_ALLOC, sk, skb, &before,
			  scope_pair_push);
}

/**
 * scope_dgram_sendmsg() - send(), sendto(), sendmsg(), write()
 * @sock: the socket
 * @msg: the datagram, its destination and control messages
 * @len: octets of it
 *
 * Context: process; may sleep for room in the send buffer.
 *
 * Return: @len or a negative errno, as af_scope(7) lists them.
 */
int scope_dgram_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct sock *sk = sock->sk;
	struct scope_sock *ss = scope_sk(sk);
	struct net_device *dev;
	struct scope_addr to;
	int err = 0;

	if (msg->msg_flags & ~SCOPE_SEND_FLAGS)
		return -EOPNOTSUPP;
	if (ss->pair) {
		err = msg->msg_name ? -EISCONN :
		      scope_send_pair_dgram(sk, msg, len);
		return err ?: len;
	}

	if (msg->msg_name)
		err = scope_addr_from_user(sk, msg->msg_name, msg->msg_namelen,
					   &to, &dev);
	else
		to = scope_peer(sk);
	if (err)
		return err;
	if (!msg->msg_name && !to.port)
		return -EDESTADDRREQ;
	if (msg->msg_name && !to.port && sk->sk_type != SOCK_RAW) {
		err = -EINVAL;
		goto out;
	}
	if (!msg->msg_name) {
		dev = scope_dev_get(ss->sn, to.ifindex);
		if (!dev)
			return -ENODEV;
		/* SO_BINDTODEVICE may have come after connect() */
		if (!scope_dev_is_bound(sk, dev)) {
			err = -EINVAL;
			goto out;
		}
	}
	err = scope_send(sk, msg, len, dev, &to);
out:
	scope_dev_put(ss->sn, dev);
	return err ?: len;
}

/*
 * The datagram at the head of the queue, taken off it unless peeked at; or the
 * one that has what is *@off octets behind, which becomes the offset in it.
 * __skb_recv_datagram(), but with what was charged before.
 */
static struct sk_buff *scope_dequeue(struct sock *sk, int flags, int *off,
				     struct scope_mem *before, int *err)
{
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	struct sk_buff *skb, *last;
	long timeo;

	timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	do {
		scope_before(before, sk);
		*off = sk_peek_offset(sk, flags);
		skb = __skb_try_recv_datagram(sk, queue, flags, off, err,
					      &last);
		if (skb)
			return skb;
		if (*err != -EAGAIN)
			return NULL;
		if (READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN) {
			*err = 0;
			return NULL;
		}
	} while (timeo && !__skb_wait_for_more_packets(sk, queue, err, &timeo,
						       last));
	return NULL;
}

/* Somebody peeks at it: have one of its own, which can be written to; or NULL */
static struct sk_buff *scope_recv_own(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff *own;

	if (!skb_shared(skb))
		return skb;
	own = skb_clone(skb, GFP_KERNEL);
	if (!own)
		return NULL;
	if (skb->destructor == sock_wfree)
		skb_set_owner_w(own, skb->sk);
	else
		skb_set_owner_r(own, sk);
	skb_orphan(skb);
	consume_skb(skb);
	return own;
}

/* It was not read: the next read finds it where it was */
static void scope_recv_again(struct sock *sk, struct sk_buff *skb)
{
	skb_queue_head(&sk->sk_receive_queue, skb);
	sk->sk_data_ready(sk);
}

/* Of what is read there is a second one: it is next, behind those before it */
static int scope_recv_second(struct scope_net *sn, struct sock *sk,
			     struct sk_buff *skb)
{
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	u64 parent = scope_skb_cb(skb)->parent;
	struct sk_buff *next;

	spin_lock_bh(&queue->lock);
	skb_queue_walk(queue, next)
		if (scope_skb_cb(next)->parent != parent)
			break;
	sock_skb_set_dropcount(sk, skb);
	__skb_queue_before(queue, next, skb);
	scope_count(sn, SCOPE_COUNT_QUEUED);
	spin_unlock_bh(&queue->lock);
	sk->sk_data_ready(sk);
	return NET_RX_SUCCESS;
}

/*
 * Have the rules look at what is about to be read. Call while watched.
 *
 * Return: 0, with *@skb; 1 where it was dropped and the next one is to be read; or a
 * negative errno for the call, with the datagram on the queue.
 */
static noinline int scope_recv_stand(struct sock *sk, struct sk_buff **skb)
{
	struct scope_passing p = {
		.sn = scope_sk(sk)->sn,
		.station = SCOPE_STATION_SOCKET_RECV,
		.sk = sk,
		.again = scope_recv_second,
	};
	int err;

	if (!scope_has_rules(p.sn))
		return 0;
	p.skb = scope_recv_own(sk, *skb);
	if (!p.skb) {
		scope_rules_miss(p.sn, p.station, sk, *skb);
		return 0;
	}
	*skb = p.skb;
	err = scope_rules_stand(&p);
	if (p.lost) {
		scope_count(p.sn, SCOPE_COUNT_UNQUEUED);
		return 1;
	}
	if (err < 0)
		scope_recv_again(sk, *skb);
	return min(err, 0);
}

void scope_recv_name(const struct sk_buff *skb, struct msghdr *msg)
{
	if (!msg->msg_name)
		return;
	scope_addr_to_user(&scope_skb_cb(skb)->peer, msg->msg_name);
	msg->msg_namelen = sizeof(struct sockaddr_scope);
}

/**
 * scope_dgram_recvmsg() - recv(), recvfrom(), recvmsg(), read()
 * @sock: the socket
 * @msg: where to
 * @len: room for the datagram
 * @flags: MSG_*
 *
 * Context: process; may sleep for a datagram.
 *
 * Return: octets copied, with MSG_TRUNC those the datagram had; 0 also where
 * the reading side was shut down; or a negative errno, as af_scope(7) lists
 * them.
 */
int scope_dgram_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
			int flags)
{
	struct sock *sk = sock->sk;
	struct scope_net *sn = scope_sk(sk)->sn;
	struct scope_mem before = {};
	size_t copied, left;
	struct sk_buff *skb;
	int err = 0, off;

	if (flags & ~SCOPE_RECV_FLAGS)
		return -EOPNOTSUPP;

	do {
		skb = scope_dequeue(sk, flags, &off, &before, &err);
		if (!skb)
			return err;
		err = scope_is_watched() && !(flags & MSG_PEEK) ?
		      scope_recv_stand(sk, &skb) : 0;
	} while (err > 0);
	if (err)
		return err;

	/* SO_PEEK_OFF: the offset that is left is one in this datagram */
	left = skb->len - off;
	copied = min_t(size_t, len, left);
	if (copied < left)
		msg->msg_flags |= MSG_TRUNC;
	err = skb_copy_datagram_msg(skb, off, msg, copied);
	if (!err) {
		if (flags & MSG_PEEK)
			sk_peek_offset_fwd(sk, copied);
		else
			sk_peek_offset_bwd(sk, skb->len);
		sock_recv_cmsgs(msg, sk, skb);
		if (!scope_sk(sk)->pair)
			scope_recv_name(skb, msg);
		err = flags & MSG_TRUNC ? left : copied;
	}

	if (flags & MSG_PEEK) {
		/* It is still on the queue: only the reference goes */
		consume_skb(skb);
	} else if (err < 0) {
		scope_count(sn, SCOPE_COUNT_UNQUEUED);
		atomic_long_inc(&scope_sk(sk)->rx_dropped);
		scope_drop(sn, sk, skb, SKB_DROP_REASON_SKB_UCOPY_FAULT);
	} else {
		skb_orphan(skb);
		scope_count_passed(sn, SCOPE_STATION_SOCKET_RECV);
		if (scope_is_watched())
			scope_trace(sn, SCOPE_STATION_SOCKET_RECV, sk, skb,
				    &before);
		scope_consume_read(sn, sk, skb);
	}
	return err;
}
