// SPDX-License-Identifier: GPL-2.0
/*
 * dgram.c - send and receive datagrams
 *
 * Place: stations socket.send, socket.alloc and socket.recv. Called by the
 * system calls, in process context. The socket lock is taken only to give an
 * unbound sender a port; the buffer is waited for without it.
 */
#include "../observe/identity.h"
#include "../observe/registry.h"
#include "../observe/station.h"
#include "socket.h"

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

/* Descriptors and credentials can't be sent: say so rather than lose them */
static int scope_check_cmsgs(struct msghdr *msg)
{
	struct cmsghdr *cmsg;

	for_each_cmsghdr(cmsg, msg) {
		if (!CMSG_OK(msg, cmsg))
			return -EINVAL;
		if (cmsg->cmsg_level == SOL_SOCKET &&
		    (cmsg->cmsg_type == SCM_RIGHTS ||
		     cmsg->cmsg_type == SCM_CREDENTIALS))
			return -EOPNOTSUPP;
	}
	return 0;
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

/* Linear up to a size the allocator gives without effort, the rest in pages */
static struct sk_buff *scope_alloc(struct sock *sk, struct net_device *dev,
				   size_t len, int flags, int *err)
{
	unsigned int room = LL_RESERVED_SPACE(dev) + SCOPE_HDR_LEN;
	unsigned int tailroom = dev->needed_tailroom;
	size_t paged = 0;
	struct sk_buff *skb;

	if (len > SKB_MAX_ORDER(room + tailroom, 0))
		paged = len - SKB_MAX_ORDER(room + tailroom, 0);
	skb = sock_alloc_send_pskb(sk, room + len - paged + tailroom, paged,
				   flags & MSG_DONTWAIT, err,
				   PAGE_ALLOC_COSTLY_ORDER);
	if (!skb)
		return NULL;
	skb_reserve(skb, room);
	skb_put(skb, len - paged);
	skb->data_len = paged;
	skb->len = len;
	return skb;
}

static int scope_send(struct sock *sk, struct msghdr *msg, size_t len,
		      struct net_device *dev, const struct scope_addr *to)
{
	struct scope_net *sn = scope_sk(sk)->sn;
	struct sockcm_cookie sockc;
	struct scope_skb_cb *cb;
	struct scope_mem before = {};
	struct sk_buff *skb;
	__be16 port;
	int err;
	u64 id;

	if (!(READ_ONCE(dev->flags) & IFF_UP))
		return -ENETDOWN;
	if (len + SCOPE_HDR_LEN > READ_ONCE(dev->mtu))
		return -EMSGSIZE;
	if (is_multicast_ether_addr(to->link) && !sock_flag(sk, SOCK_BROADCAST))
		return -EACCES;

	sockcm_init(&sockc, sk);
	sockc.mark = READ_ONCE(sk->sk_mark);
	if (msg->msg_controllen) {
		err = scope_check_cmsgs(msg);
		if (!err)
			err = sock_cmsg_send(sk, msg, &sockc);
		if (err)
			return err;
	}
	err = scope_send_from(sk, to->ifindex, &port);
	if (err)
		return err;

	id = scope_identity_next();
	scope_trace_send(sn, sk, id, len, port, to);

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

	err = skb_copy_datagram_from_iter(skb, 0, &msg->msg_iter, len);
	if (err) {
		atomic_long_inc(&scope_sk(sk)->tx_dropped);
		scope_drop(sn, sk, skb, SCOPE_DROP_SEND_FAULT);
		return err;
	}
	return scope_pass(sn, SCOPE_STATION_SOCKET_ALLOC, sk, skb, &before,
			  scope_push);
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

	if (msg->msg_name)
		err = scope_addr_from_user(sk, msg->msg_name, msg->msg_namelen,
					   &to, &dev);
	else
		to = scope_peer(sk);
	if (err)
		return err;
	if (!msg->msg_name && !to.port)
		return -EDESTADDRREQ;
	if (msg->msg_name && !to.port) {
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
 * The datagram at the head of the queue, taken off it unless peeked at.
 * __skb_recv_datagram(), but with what was charged before.
 */
static struct sk_buff *scope_dequeue(struct sock *sk, int flags,
				     struct scope_mem *before, int *err)
{
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	struct sk_buff *skb, *last;
	long timeo;
	int off = 0;

	timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	do {
		scope_before(before, sk);
		skb = __skb_try_recv_datagram(sk, queue, flags, &off, err,
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

static void scope_recv_name(const struct sk_buff *skb, struct msghdr *msg)
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
	struct sk_buff *skb;
	size_t copied;
	int err = 0;

	if (flags & ~SCOPE_RECV_FLAGS)
		return -EOPNOTSUPP;

	skb = scope_dequeue(sk, flags, &before, &err);
	if (!skb)
		return err;

	copied = min_t(size_t, len, skb->len);
	if (copied < skb->len)
		msg->msg_flags |= MSG_TRUNC;
	err = skb_copy_datagram_msg(skb, 0, msg, copied);
	if (!err) {
		sock_recv_cmsgs(msg, sk, skb);
		scope_recv_name(skb, msg);
		err = flags & MSG_TRUNC ? skb->len : copied;
	}

	if (flags & MSG_PEEK) {
		/* It is still on the queue: only the reference goes */
		consume_skb(skb);
	} else if (err < 0) {
		scope_count(sn, SCOPE_COUNT_UNQUEUED);
		atomic_long_inc(&scope_sk(sk)->rx_dropped);
		scope_drop(sn, sk, skb, SKB_DROP_REASON_SKB_UCOPY_FAULT);
	} else {
		scope_count(sn, SCOPE_COUNT_DELIVERED);
		atomic_long_inc(&scope_sk(sk)->delivered);
		skb_orphan(skb);
		scope_pass(sn, SCOPE_STATION_SOCKET_RECV, sk, skb, &before,
			   scope_consume);
	}
	return err;
}
