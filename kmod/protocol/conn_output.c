// SPDX-License-Identifier: GPL-2.0
/*
 * conn_output.c - send a connection's segments
 *
 * Place: stations protocol.push and protocol.clone. Called with the socket
 * locked: by the socket layer in process context with more to send, by
 * conn_input.c in softirq when there is room to, by conn_timer.c.
 *
 *	sk_write_queue:	[ sent, not acknowledged | never sent ]
 *						   ^ send_head
 *
 * What is on the queue stays there until it is acknowledged; a clone goes out,
 * with its header in front of the octets both share. Segments of the protocol's
 * own, such as acknowledgments, are made when they are sent and kept nowhere.
 */
#include "conn.h"

/* Room for a segment's header and, in front of it, for @dev's own */
static unsigned int scope_conn_room(const struct net_device *dev)
{
	return LL_RESERVED_SPACE(dev) + SCOPE_CONN_HDR_LEN;
}

static u32 scope_dev_mss(const struct net_device *dev)
{
	u32 mtu = READ_ONCE(dev->mtu);

	return clamp_t(int, mtu - SCOPE_CONN_HDR_LEN, SCOPE_MSS_MIN,
		       U16_MAX - SCOPE_CONN_HDR_LEN);
}

static struct net_device *scope_conn_dev(const struct sock *sk)
{
	return scope_dev_get(scope_sk(sk)->sn, scope_conn(sk)->key.ifindex);
}

/**
 * scope_conn_mss() - octets of payload in a full segment
 * @sk: the connection
 *
 * Return: what both this node's device and the peer's can carry.
 */
u32 scope_conn_mss(const struct sock *sk)
{
	struct net_device *dev = scope_conn_dev(sk);
	u32 mss = SCOPE_MSS_MIN;

	if (dev) {
		mss = min(scope_dev_mss(dev), scope_conn(sk)->peer_mss);
		scope_dev_put(scope_sk(sk)->sn, dev);
	}
	return mss;
}

/*
 * Half of what the buffer has left, for memory is charged by truesize; and
 * nothing rather than little, so that segments stay long. A record that began
 * to arrive must be able to end, or nobody could ever read it.
 */
static u32 scope_conn_space(const struct sock *sk)
{
	const struct scope_conn *c = scope_conn(sk);
	int buf = READ_ONCE(sk->sk_rcvbuf);
	int space = (buf - atomic_read(&sk->sk_rmem_alloc)) / 2;

	if (space < min_t(int, c->rcv_mss, buf / 8))
		space = 0;
	if (c->part && !c->records)
		space = max_t(int, space, SCOPE_RECORD_MAX - c->part);
	return space;
}

/**
 * scope_conn_window() - octets the peer may send
 * @sk: the connection, locked
 *
 * Return: what the header says; SCOPE_WINDOW_CLOSED where nobody will read.
 */
u32 scope_conn_window(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);
	u32 space = scope_conn_space(sk);

	bool closed = sk->sk_shutdown & RCV_SHUTDOWN && !c->fin_received;

	/* What nobody will read takes no room, and is thrown away */
	if (closed)
		space = S32_MAX;
	if (scope_before_seq(c->rcv_edge, c->rcv_nxt + space))
		c->rcv_edge = c->rcv_nxt + space;
	c->rcv_wnd = closed ? SCOPE_WINDOW_CLOSED : space;
	return c->rcv_wnd;
}

/* The fields of a segment, in a header that has the rest */
static void scope_conn_fill(struct sk_buff *skb, u8 flags, u64 seq, u64 ack,
			    u32 window, u32 mss)
{
	struct scope_conn_hdr *hdr = scope_conn_hdr(skb);

	BUILD_BUG_ON(sizeof(struct scope_conn_hdr) != SCOPE_CONN_HDR_LEN);

	hdr->hdr.flags = flags;
	hdr->seq = cpu_to_be64(seq);
	hdr->ack = cpu_to_be64(ack);
	hdr->window = htonl(window);
	hdr->mss = htons(mss);
}

/* Every segment but the first tells what has arrived */
static void scope_conn_told(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);

	c->rcv_wup = c->rcv_nxt;
	c->ack_segs = 0;
	c->twice.to = c->twice.from;
}

static void scope_conn_put_range(struct scope_range *range, u64 from, u64 to)
{
	range->from = cpu_to_be64(from);
	range->to = cpu_to_be64(to);
}

/* A segment that came twice first, then what is here out of order */
static void scope_conn_put_ranges(struct sk_buff *skb,
				  const struct scope_conn *c, u32 n)
{
	struct scope_range *range = scope_conn_hdr(skb)->ranges;
	u32 i;

	if (n && c->twice.from != c->twice.to) {
		scope_conn_put_range(range++, c->twice.from, c->twice.to);
		n--;
	}
	for (i = 0; i < n; i++)
		scope_conn_put_range(range++, c->ranges[i].from,
				     c->ranges[i].to);
}

static u32 scope_conn_nr_ranges(const struct scope_conn *c, u32 mtu)
{
	u32 n = c->nr_ranges + (c->twice.from != c->twice.to);
	u32 fit = mtu > SCOPE_CONN_HDR_LEN ?
		  (mtu - SCOPE_CONN_HDR_LEN) / sizeof(struct scope_range) : 0;

	return min3(n, fit, (u32)SCOPE_RANGES);
}

/* An sk_buff of the protocol's own, without a header yet; or NULL */
static struct sk_buff *scope_conn_alloc(struct scope_net *sn,
					struct net_device *dev,
					const struct scope_addr *peer,
					__be16 port, u64 parent)
{
	unsigned int room = scope_conn_room(dev) +
			    SCOPE_RANGES * sizeof(struct scope_range);
	struct scope_skb_cb *cb;
	struct sk_buff *skb;

	skb = alloc_skb(room + dev->needed_tailroom, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, room);
	if (!scope_identity_give_control(skb)) {
		consume_skb(skb);
		return NULL;
	}
	cb = scope_skb_cb(skb);
	cb->parent = parent;
	cb->relation = parent ? SCOPE_RELATION_REPLY : SCOPE_RELATION_NONE;
	cb->port = port;
	cb->peer = *peer;
	skb->dev = dev;
	scope_count(sn, SCOPE_COUNT_CONTROL_MADE);
	return skb;
}

/**
 * scope_conn_control() - send a segment without payload
 * @sk: the connection, locked
 * @flags: SCOPE_F_*
 * @seq: its number
 * @parent: number of the sk_buff it answers, 0 for none
 *
 * Return: 0 or a negative errno: -ENODEV where the device is gone, -ENETDOWN
 * where it is down.
 */
int scope_conn_control(struct sock *sk, u8 flags, u64 seq, u64 parent)
{
	struct scope_sock *ss = scope_sk(sk);
	struct scope_conn *c = &ss->conn;
	struct scope_net *sn = ss->sn;
	struct net_device *dev = scope_conn_dev(sk);
	struct sk_buff *skb;
	int err = -ENETDOWN;
	u32 window, n;

	if (!dev)
		return -ENODEV;
	if (!(READ_ONCE(dev->flags) & IFF_UP))
		goto out;
	err = -ENOBUFS;
	skb = scope_conn_alloc(sn, dev, &ss->peer, c->key.lport, parent);
	if (!skb)
		goto out;
	skb->priority = READ_ONCE(sk->sk_priority);
	skb->mark = READ_ONCE(sk->sk_mark);

	window = scope_conn_window(sk);
	n = flags & SCOPE_F_ACK ? scope_conn_nr_ranges(c, dev->mtu) : 0;
	scope_header(skb, scope_conn_type(sk),
		     SCOPE_CONN_HDR_LEN + n * sizeof(struct scope_range),
		     c->key.lport, c->key.pport);
	scope_conn_fill(skb, flags, seq, flags & SCOPE_F_ACK ? c->rcv_nxt : 0,
			window, scope_dev_mss(dev));
	scope_conn_put_ranges(skb, c, n);
	if (flags & SCOPE_F_ACK)
		scope_conn_told(sk);
	err = scope_pass(sn, SCOPE_STATION_PROTOCOL_PUSH, NULL, skb, NULL,
			 scope_dev_queue);
out:
	scope_dev_put(sn, dev);
	return err;
}

/**
 * scope_conn_send_ack() - tell the peer what arrived, now
 * @sk: the connection, locked
 */
void scope_conn_send_ack(struct sock *sk)
{
	if (scope_conn_control(sk, SCOPE_F_ACK, scope_conn(sk)->snd_nxt, 0))
		scope_conn_ack_later(sk);
}

/**
 * scope_conn_probe() - have the peer say where it is
 * @sk: the connection, locked
 *
 * A number that is acknowledged already can only be answered.
 */
void scope_conn_probe(struct sock *sk)
{
	scope_conn_control(sk, SCOPE_F_ACK, scope_conn(sk)->snd_una - 1, 0);
}

/**
 * scope_conn_refuse() - there is no such connection
 * @sn: the namespace's data
 * @skb: the segment, its header pulled; stays the caller's
 * @flags: SCOPE_F_BUSY or 0
 *
 * Numbered so that the peer knows that it is meant, as RFC 9293 has it. Over
 * other devices than scope0 at a bounded rate.
 *
 * Context: softirq.
 *
 * Return: 0 or a negative errno.
 */
int scope_conn_refuse(struct scope_net *sn, struct sk_buff *skb, u8 flags)
{
	const struct scope_conn_hdr *in = scope_conn_hdr(skb);
	const struct scope_skb_cb *cb = scope_skb_cb(skb);
	u64 seq = be64_to_cpu(in->seq);
	struct net_device *dev;
	struct sk_buff *reply;
	int err = -ENOMEM;

	if (in->hdr.flags & SCOPE_F_RST)
		return 0;
	dev = scope_dev_get(sn, cb->peer.ifindex);
	if (!dev)
		return -ENODEV;
	skb->dev = dev;
	if (!scope_may_refuse(sn, skb)) {
		err = 0;
		goto out;
	}
	reply = scope_conn_alloc(sn, dev, &cb->peer, cb->port, cb->id);
	if (!reply)
		goto out;
	scope_header(reply, in->hdr.type, SCOPE_CONN_HDR_LEN, cb->port,
		     cb->peer.port);
	seq += ntohl(in->hdr.length) +
	       !!(in->hdr.flags & SCOPE_F_END) +
	       !!(in->hdr.flags & SCOPE_F_SYN) +
	       !!(in->hdr.flags & SCOPE_F_FIN);
	scope_conn_fill(reply, SCOPE_F_RST | SCOPE_F_ACK | flags,
			in->hdr.flags & SCOPE_F_ACK ? be64_to_cpu(in->ack) : 0,
			seq, 0, scope_dev_mss(dev));
	err = scope_pass(sn, SCOPE_STATION_PROTOCOL_PUSH, NULL, reply, NULL,
			 scope_dev_queue);
out:
	skb->dev = NULL;
	scope_dev_put(sn, dev);
	return err;
}

/* Behind protocol.push of a segment: from here on the clone is one of its own */
static __always_inline int
scope_conn_clone(struct scope_net *sn, struct sock *sk, struct sk_buff *clone)
{
	struct scope_skb_cb *cb = scope_skb_cb(clone);
	enum scope_relation relation = cb->state & SCOPE_SEG_AGAIN ?
				       SCOPE_RELATION_RETRANSMISSION :
				       SCOPE_RELATION_CLONE;
	struct scope_mem before = {};
	u64 kept = cb->id;

	scope_identity_give(clone, scope_identity_next());
	cb->parent = kept;
	cb->relation = relation;
	cb->port = scope_hdr(clone)->sport;
	cb->peer = scope_peer(sk);
	scope_before(&before, sk);
	skb_set_owner_w(clone, sk);
	clone->priority = READ_ONCE(sk->sk_priority);
	clone->mark = READ_ONCE(sk->sk_mark);
	return scope_pass(sn, SCOPE_STATION_PROTOCOL_CLONE, sk, clone, &before,
			  scope_dev_queue);
}

/*
 * A kept segment has its header on: a clone goes out with it, under the segment's
 * number as far as protocol.push, and it comes off again.
 */
static int scope_conn_send_clone(struct sock *sk, struct sk_buff *skb,
				 struct net_device *dev)
{
	struct scope_net *sn = scope_sk(sk)->sn;
	struct sk_buff *clone;

	clone = skb_clone(skb, GFP_ATOMIC | __GFP_NOWARN);
	__skb_pull(skb, SCOPE_CONN_HDR_LEN);
	if (!clone)
		return -ENOMEM;
	clone->dev = dev;
	scope_count(sn, SCOPE_COUNT_DERIVED);
	return scope_pass(sn, SCOPE_STATION_PROTOCOL_PUSH, sk, clone, NULL,
			  scope_conn_clone);
}

/*
 * Have a head of its own for the header: an earlier clone may still be on its
 * way with the old one, and a new device may want more room in front.
 */
static int scope_conn_own_head(struct sock *sk, struct sk_buff *skb,
			       const struct net_device *dev)
{
	unsigned int truesize = skb->truesize;
	int more = scope_conn_room(dev) - skb_headroom(skb);

	if (more <= 0 && !skb_cloned(skb))
		return 0;
	if (pskb_expand_head(skb, max(more, 0), 0, GFP_ATOMIC | __GFP_NOWARN))
		return -ENOMEM;
	__skb_header_release(skb);
	sk_wmem_queued_add(sk, (int)(skb->truesize - truesize));
	return 0;
}

/* Send a kept segment, for the first time or again */
static int scope_conn_transmit(struct sock *sk, struct sk_buff *skb,
			       struct net_device *dev)
{
	struct scope_skb_cb *cb = scope_skb_cb(skb);
	struct scope_conn *c = scope_conn(sk);
	u8 flags = SCOPE_F_ACK | cb->flags;
	u32 len = skb->len;
	int err;

	if (!(READ_ONCE(dev->flags) & IFF_UP))
		return -ENETDOWN;
	err = scope_conn_own_head(sk, skb, dev);
	if (err)
		return err;

	scope_header(skb, scope_conn_type(sk), SCOPE_CONN_HDR_LEN,
		     c->key.lport, c->key.pport);
	scope_conn_fill(skb, flags, cb->seq, c->rcv_nxt, scope_conn_window(sk),
			scope_dev_mss(dev));
	if (flags & SCOPE_F_URG)
		scope_conn_hdr(skb)->hdr.urgent = htons(len);
	scope_conn_told(sk);

	/* Taken before: the answer may be there before the call returns */
	cb->sent_us = scope_conn_now();
	if (!c->pipe && !c->sacked)
		c->rack_us = cb->sent_us;
	err = scope_conn_send_clone(sk, skb, dev);
	if (err == -ENOMEM)
		return err;
	cb->state |= SCOPE_SEG_PIPE;
	c->pipe++;
	if (skb == skb_peek(&sk->sk_write_queue))
		c->rtx_from = jiffies;
	if (cb->state & SCOPE_SEG_AGAIN) {
		c->retransmits++;
		c->lossy = true;
	}
	/* The device's own queue is full: nowhere is congestion plainer */
	if (err)
		scope_conn_local_drop(sk, skb);
	return err;
}

/* Cut a segment that is not on its way in two; the first has @len octets */
static int scope_conn_split(struct sock *sk, struct sk_buff *skb, u32 len,
			    const struct net_device *dev)
{
	struct scope_net *sn = scope_sk(sk)->sn;
	struct scope_skb_cb *cb = scope_skb_cb(skb);
	int linear = max_t(int, skb_headlen(skb) - len, 0);
	unsigned int truesize = skb->truesize;
	u32 moved = skb->len - len;
	struct scope_skb_cb *rest;
	struct sk_buff *behind;

	if (skb_unclone(skb, GFP_ATOMIC | __GFP_NOWARN))
		return -ENOMEM;
	behind = alloc_skb_fclone(scope_conn_room(dev) + linear,
				  GFP_ATOMIC | __GFP_NOWARN);
	if (!behind) {
		sk_wmem_queued_add(sk, (int)(skb->truesize - truesize));
		return -ENOMEM;
	}
	skb_reserve(behind, scope_conn_room(dev));
	skb_split(skb, behind, len);
	__skb_header_release(behind);
	if (skb->truesize > moved) {
		skb->truesize -= moved;
		behind->truesize += moved;
	}
	sk_wmem_queued_add(sk, (int)(skb->truesize + behind->truesize -
				     truesize));

	scope_identity_give(behind, scope_identity_next());
	rest = scope_skb_cb(behind);
	rest->parent = cb->id;
	rest->relation = SCOPE_RELATION_SEGMENT;
	rest->segment = true;
	rest->port = cb->port;
	rest->seq = cb->seq + len;
	rest->flags = cb->flags;
	rest->state = cb->state;
	cb->flags = 0;
	if (cb->state & SCOPE_SEG_LOST)
		scope_conn(sk)->lost++;
	skb_append(skb, behind, &sk->sk_write_queue);
	scope_count(sn, SCOPE_COUNT_DERIVED);
	scope_count(sn, SCOPE_COUNT_KEPT);
	return 0;
}

/* Send what is believed lost. Return: 0, or why not all could be sent. */
static int scope_conn_send_lost(struct sock *sk, struct net_device *dev,
				u32 mss)
{
	struct scope_conn *c = scope_conn(sk);
	struct scope_skb_cb *cb;
	struct sk_buff *skb;
	int err;

	skb_queue_walk(&sk->sk_write_queue, skb) {
		if (skb == c->send_head || !c->lost)
			break;
		cb = scope_skb_cb(skb);
		if (!(cb->state & SCOPE_SEG_LOST))
			continue;
		if (c->pipe >= c->cwnd) {
			c->limited = true;
			break;
		}
		if (skb->len > mss) {
			err = scope_conn_split(sk, skb, mss, dev);
			if (err)
				return err;
		}
		cb->state &= ~SCOPE_SEG_LOST;
		cb->state |= SCOPE_SEG_AGAIN;
		c->lost--;
		err = scope_conn_transmit(sk, skb, dev);
		if (err) {
			if (!(cb->state & (SCOPE_SEG_LOST | SCOPE_SEG_PIPE))) {
				cb->state |= SCOPE_SEG_LOST;
				c->lost++;
			}
			return err;
		}
	}
	return 0;
}

/*
 * The window is half the memory that the peer has left. Small ones of a stream
 * are merged there, but every record, and what is too large to be merged, keeps
 * its sk_buff: as many as the window has octets for could take several times
 * that memory. What is on its way, or may have arrived, is taken to be like the
 * next one; its acknowledgment makes room.
 */
static bool scope_conn_is_dear(const struct sock *sk, const struct sk_buff *skb)
{
	const struct scope_conn *c = scope_conn(sk);
	u64 ahead = c->pipe + c->sacked + c->lost;

	if (sk->sk_type == SOCK_STREAM &&
	    (skb->truesize <= 2 * skb->len || scope_skb_is_small(skb)))
		return false;
	return ahead && (ahead + 1) * skb->truesize > 2ULL * c->snd_wnd;
}

/*
 * How many octets of the next segment may go: all of them, or as many as a
 * segment holds. Where the window has less room, a piece of it, but no small
 * one while more room will come, unless @force says so. -1 is not now.
 */
static int scope_conn_may_send(struct sock *sk, const struct sk_buff *skb,
			       u32 mss, bool force)
{
	struct scope_conn *c = scope_conn(sk);
	u64 edge = c->snd_una + c->snd_wnd;
	u64 seq = scope_skb_cb(skb)->seq;
	u32 room;

	if (c->corked && !force && skb->len < mss &&
	    skb_queue_is_last(&sk->sk_write_queue, skb))
		return -1;
	if (scope_conn_is_dear(sk, skb) && !force)
		return -1;
	room = scope_before_seq(seq, edge) ? min_t(u64, edge - seq, S32_MAX) : 0;
	if (skb->len > mss && mss <= room)
		return mss;
	if (skb->len <= mss && scope_seg_len(skb) <= room)
		return skb->len;
	if (room == skb->len && room)
		room--;
	if (!room || (room < c->max_wnd / 2 && !force))
		return -1;
	return room;
}

static void scope_conn_send_fin(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);

	if (c->snd_una == c->snd_nxt)
		scope_conn_restart(sk);
	c->fin_sent = true;
	c->snd_nxt = c->write_seq + 1;
	scope_conn_control(sk, SCOPE_F_FIN | SCOPE_F_ACK, c->write_seq, 0);
}

static void scope_conn_send(struct sock *sk, bool force)
{
	struct scope_conn *c = scope_conn(sk);
	struct scope_net *sn = scope_sk(sk)->sn;
	struct net_device *dev;
	struct sk_buff *skb;
	int len;
	u32 mss;

	dev = scope_conn_dev(sk);
	if (!dev)
		return;
	mss = min(scope_dev_mss(dev), c->peer_mss);
	if (c->lost && scope_conn_send_lost(sk, dev, mss))
		goto out;
	while ((skb = c->send_head)) {
		if (c->pipe >= c->cwnd) {
			c->limited = true;
			break;
		}
		len = scope_conn_may_send(sk, skb, mss, force);
		if (len < 0)
			break;
		if ((u32)len < skb->len && scope_conn_split(sk, skb, len, dev))
			break;
		/* A segment that its own device dropped was sent, and lost */
		if (scope_conn_transmit(sk, skb, dev) &&
		    !(scope_skb_cb(skb)->state & SCOPE_SEG_LOST))
			break;
		c->snd_nxt = scope_seg_end(skb);
		c->send_head = skb_queue_is_last(&sk->sk_write_queue, skb) ?
			       NULL : skb_queue_next(&sk->sk_write_queue, skb);
		force = false;
		if (scope_skb_cb(skb)->state & SCOPE_SEG_LOST)
			break;
	}
out:
	scope_dev_put(sn, dev);
}

static bool scope_conn_can_send(const struct sock *sk)
{
	return (1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT |
				      TCPF_FIN_WAIT1 | TCPF_CLOSING |
				      TCPF_LAST_ACK);
}

/**
 * scope_conn_push() - send what may be sent
 * @sk: the connection, locked
 *
 * What is believed lost first; then new segments, as the window of the peer and
 * that of congestion allow; at last the FIN. Sets the timer.
 */
void scope_conn_push(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);
	unsigned long wait;

	if (!scope_conn_can_send(sk))
		return;
	wait = scope_conn_find_lost(sk);
	if (c->send_head || c->lost)
		scope_conn_send(sk, false);
	if (c->fin_wanted && !c->fin_sent && !c->send_head)
		scope_conn_send_fin(sk);
	scope_conn_rearm(sk);
	if (wait)
		scope_conn_arm(sk, wait);
}

/**
 * scope_conn_force() - send a piece, however small
 * @sk: the connection, locked
 *
 * For when the window was too small for too long.
 */
void scope_conn_force(struct sock *sk)
{
	if (scope_conn_can_send(sk) && scope_conn(sk)->send_head)
		scope_conn_send(sk, true);
}

/**
 * scope_conn_queue() - put a segment on the write queue
 * @sk: the connection, locked
 * @skb: consumed; numbered, its cb a segment's; its octets are the next ones
 *
 * scope_conn_push() sends it.
 */
void scope_conn_queue(struct sock *sk, struct sk_buff *skb)
{
	struct scope_conn *c = scope_conn(sk);

	if (skb_queue_empty(&sk->sk_write_queue))
		scope_conn_restart(sk);
	__skb_header_release(skb);
	scope_skb_cb(skb)->seq = c->write_seq;
	c->write_seq += scope_seg_len(skb);
	sk_wmem_queued_add(sk, skb->truesize);
	skb_queue_tail(&sk->sk_write_queue, skb);
	scope_count(scope_sk(sk)->sn, SCOPE_COUNT_KEPT);
	if (!c->send_head)
		c->send_head = skb;
}

/**
 * scope_conn_read() - the program read: tell the peer if that made much room
 * @sk: the connection, locked
 */
void scope_conn_read(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);
	u32 left, space;

	if (!((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_FIN_WAIT1 |
				     TCPF_FIN_WAIT2)))
		return;
	space = scope_conn_space(sk);
	left = c->rcv_wnd - min_t(u64, c->rcv_wnd, c->rcv_nxt - c->rcv_wup);
	if (space > left &&
	    space - left >= min_t(u32, READ_ONCE(sk->sk_rcvbuf) / 4,
				  2 * c->rcv_mss) &&
	    (space >= 2 * left || left < c->rcv_mss))
		scope_conn_send_ack(sk);
}
