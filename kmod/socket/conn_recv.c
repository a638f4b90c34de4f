// SPDX-License-Identifier: GPL-2.0
/*
 * conn_recv.c - receive from a connection: octets or records
 *
 * Place: station socket.recv of SOCK_STREAM and SOCK_SEQPACKET. Called by the
 * system calls in process context, with the socket locked. On the receive queue
 * the segments lie as they came:
 *
 *	sk_receive_queue:  [....taken|.......] [......U] [.......E]
 *				     ^ copied_seq
 *
 * A segment's last octet may be urgent (U), or end a record (E). Whoever holds
 * the socket lock takes from the front; a socketpair()'s sender adds to the end
 * under the queue's lock alone.
 */
#include "../observe/identity.h"
#include "../observe/rule.h"
#include "../observe/station.h"
#include "socket.h"

/* Octets of a segment that a reader may still get, the urgent one included */
static u32 scope_seg_left(const struct sk_buff *skb)
{
	return skb->len - scope_skb_cb(skb)->taken;
}

static bool scope_seg_has_mark(const struct scope_conn *c,
			       const struct sk_buff *skb)
{
	const struct scope_skb_cb *cb = scope_skb_cb(skb);

	return cb->flags & SCOPE_F_URG && c->urg != SCOPE_URG_NONE &&
	       cb->seq + skb->len - 1 == c->urg_seq;
}

/* The whole of a segment was read, or is not wanted */
static void scope_seg_done(struct sock *sk, struct sk_buff *skb)
{
	struct scope_net *sn = scope_sk(sk)->sn;

	spin_lock_bh(&sk->sk_receive_queue.lock);
	__skb_unlink(skb, &sk->sk_receive_queue);
	spin_unlock_bh(&sk->sk_receive_queue.lock);
	skb_orphan(skb);
	scope_consume_read(sn, sk, skb);
}

/* The reader got, or passes over, @len octets at the front of a segment */
static void scope_seg_take(struct sock *sk, struct sk_buff *skb, u32 len)
{
	struct scope_skb_cb *cb = scope_skb_cb(skb);
	struct scope_conn *c = scope_conn(sk);

	cb->taken += len;
	WRITE_ONCE(c->copied_seq, cb->seq + cb->taken);
	if (c->urg != SCOPE_URG_NONE &&
	    (s64)(c->copied_seq - c->urg_seq) > 0)
		c->urg = SCOPE_URG_NONE;
	if (cb->taken == skb->len)
		scope_seg_done(sk, skb);
}

/* It is no more: the reader did not get it */
static void scope_seg_lose(struct sock *sk, struct sk_buff *skb, u32 reason)
{
	struct scope_net *sn = scope_sk(sk)->sn;

	spin_lock_bh(&sk->sk_receive_queue.lock);
	__skb_unlink(skb, &sk->sk_receive_queue);
	spin_unlock_bh(&sk->sk_receive_queue.lock);
	scope_count(sn, SCOPE_COUNT_UNQUEUED);
	if (reason) {
		atomic_long_inc(&scope_sk(sk)->rx_dropped);
		skb_orphan(skb);
		scope_drop(sn, sk, skb, reason);
		return;
	}
	/* Another struct with its number was dropped for it */
	scope_identity_end(skb);
	consume_skb(skb);
}

/**
 * struct scope_read - a recv call at work
 * @msg: where to
 * @len: octets it may still get
 * @flags: MSG_*
 * @at: from the front of the queue, octets that MSG_PEEK is past
 * @done: octets got
 * @last: the last segment looked at when there was no more
 * @stood: number behind the last segment that the rules were asked about
 * @asked: whether they were
 */
struct scope_read {
	struct msghdr	*msg;
	size_t		len;
	int		flags;
	u32		at;
	size_t		done;
	struct sk_buff	*last;
	u64		stood;
	bool		asked;
};

/* What rules look at: the queue's own may be read, and added to, meanwhile */
static struct sk_buff *scope_seg_double(struct sk_buff *skb)
{
	struct sk_buff *clone = skb_clone(skb, GFP_KERNEL);

	/* Its tail is not the queue's to add to */
	if (clone)
		scope_skb_cb(skb)->stands = true;
	return clone;
}

static struct sk_buff *scope_seg_by_id(struct sock *sk, u64 id)
{
	struct sk_buff *skb;

	skb_queue_walk(&sk->sk_receive_queue, skb)
		if (scope_skb_cb(skb)->id == id)
			return skb;
	return NULL;
}

/* Put what the rules, or a verdict, made of a segment in its place */
static void scope_seg_swap(struct sock *sk, struct sk_buff *skb,
			   struct sk_buff *made)
{
	struct sk_buff_head *queue = &sk->sk_receive_queue;

	*scope_skb_cb(made) = *scope_skb_cb(skb);
	if (skb->destructor == sock_wfree)
		skb_set_owner_w(made, skb->sk);
	else
		skb_set_owner_r(made, sk);
	spin_lock_bh(&queue->lock);
	__skb_queue_after(queue, skb, made);
	__skb_unlink(skb, queue);
	spin_unlock_bh(&queue->lock);
	scope_identity_end(skb);
	consume_skb(skb);
}

/* The segment that was dropped, and all of the record that it is of */
static void scope_seg_lost(struct sock *sk, u64 id, u32 reason)
{
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	struct sk_buff *skb = scope_seg_by_id(sk, id), *next;
	struct scope_conn *c = scope_conn(sk);
	bool last;

	if (!skb)
		return;
	if (sk->sk_type == SOCK_STREAM) {
		WRITE_ONCE(c->copied_seq, scope_skb_cb(skb)->seq + skb->len);
		if (c->urg != SCOPE_URG_NONE &&
		    (s64)(c->copied_seq - c->urg_seq) > 0)
			c->urg = SCOPE_URG_NONE;
		scope_seg_lose(sk, skb, 0);
		return;
	}
	/* A record is read from its first segment on, or not at all */
	while (!skb_queue_is_first(queue, skb) &&
	       !(scope_skb_cb(skb_queue_prev(queue, skb))->flags &
		 SCOPE_F_END))
		skb = skb_queue_prev(queue, skb);
	do {
		next = skb_peek_next(skb, queue);
		last = scope_skb_cb(skb)->flags & SCOPE_F_END;
		WRITE_ONCE(c->copied_seq,
			   scope_skb_cb(skb)->seq + skb->len + last);
		scope_seg_lose(sk, skb,
			       scope_skb_cb(skb)->id == id ? 0 : reason);
		skb = next;
	} while (!last);
	if (!scope_sk(sk)->pair)
		c->records--;
}

/*
 * Have the rules look at a segment that is about to be read, once a call. Call while
 * watched; @skb stays on the queue, if nobody else reads it meanwhile.
 *
 * Return: 0 to read; 1 to look at the queue anew; a negative errno for the call.
 */
static noinline int scope_seg_stand(struct sock *sk, struct scope_read *r,
				    struct sk_buff *skb)
{
	struct scope_passing p = {
		.sn = scope_sk(sk)->sn,
		.station = SCOPE_STATION_SOCKET_RECV,
		.sk = sk,
		.locked = true,
	};
	u64 id = scope_skb_cb(skb)->id;
	u32 len = skb->len;
	struct sk_buff *made;
	int err;

	if (r->flags & MSG_PEEK || !scope_has_rules(p.sn) ||
	    (r->asked && (s64)(scope_skb_cb(skb)->seq - r->stood) < 0))
		return 0;
	p.skb = scope_seg_double(skb);
	if (!p.skb) {
		scope_rules_miss(p.sn, p.station, sk, skb);
		return 0;
	}
	r->stood = scope_skb_cb(skb)->seq + max(len, 1U);
	r->asked = true;
	made = p.skb;
	err = scope_rules_stand(&p);
	if (p.lost) {
		scope_seg_lost(sk, id, p.reason);
		return 1;
	}
	skb = scope_seg_by_id(sk, id);
	if (skb) {
		scope_skb_cb(skb)->stands = false;
		skb->mark = made->mark;
		skb->priority = made->priority;
	}
	/* It never was in the books, nor is the one that leaves for it */
	if (!skb || skb->len != len || made->head == skb->head ||
	    made->len <= scope_skb_cb(skb)->taken) {
		consume_skb(made);
		return err;
	}
	scope_seg_swap(sk, skb, made);
	return err ?: 1;
}

static int scope_copy(struct scope_read *r, const struct sk_buff *skb, u32 off,
		      u32 len)
{
	if (r->flags & MSG_TRUNC)
		return 0;
	return skb_copy_datagram_msg(skb, off, r->msg, len);
}

/*
 * Read from one segment, @off octets behind its front. A read stops at the
 * mark, the urgent octet; one that begins there passes over it, if it was not
 * to be in line.
 *
 * Return: octets passed, with those got in @r; 0 to stop; a negative errno.
 */
static int scope_read_segment(struct sock *sk, struct scope_read *r,
			      struct sk_buff *skb, u32 off)
{
	struct scope_skb_cb *cb = scope_skb_cb(skb);
	struct scope_conn *c = scope_conn(sk);
	u32 left = skb->len - off;
	bool peek = r->flags & MSG_PEEK;
	bool skip = false;
	u32 len = left;
	int err;

	if (cb->state & SCOPE_SEG_URG_READ || scope_seg_has_mark(c, skb)) {
		if (left > 1) {
			len = left - 1;
		} else if (cb->state & SCOPE_SEG_URG_READ) {
			skip = true;
			if (scope_seg_has_mark(c, skb) && r->done)
				return 0;
		} else {
			if (r->done)
				return 0;
			skip = !sock_flag(sk, SOCK_URGINLINE);
		}
	}
	len = min_t(size_t, len, r->len);
	if (!skip) {
		err = scope_copy(r, skb, off, len);
		if (err)
			return err;
		r->done += len;
		r->len -= len;
		if (!peek)
			scope_trace_read(scope_sk(sk)->sn, sk, skb,
					 cb->seq + off, len);
	}
	if (!peek)
		scope_seg_take(sk, skb, len);
	return len;
}

/* The segment that has what is @off octets behind the front, and where */
static struct sk_buff *scope_seg_at(struct sock *sk, struct scope_read *r,
				    u32 *off)
{
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	struct sk_buff *skb;

	r->last = NULL;
	/* A pair's sender adds to the tail meanwhile */
	for (skb = skb_peek(queue); skb; skb = skb_peek_next(skb, queue)) {
		if (*off < scope_seg_left(skb)) {
			*off += scope_skb_cb(skb)->taken;
			return skb;
		}
		*off -= scope_seg_left(skb);
		r->last = skb;
	}
	return NULL;
}

/* Read what is there. Return: 0, 1 to stop, or a negative errno. */
static int scope_read_queue(struct sock *sk, struct scope_read *r)
{
	struct sk_buff *skb;
	u32 off;
	int len;

	while (r->len) {
		off = r->at;
		skb = scope_seg_at(sk, r, &off);
		if (!skb)
			return 0;
		if (scope_is_watched()) {
			len = scope_seg_stand(sk, r, skb);
			if (len < 0)
				return len;
			if (len)
				continue;
		}
		len = scope_read_segment(sk, r, skb, off);
		if (len <= 0)
			return len ?: 1;
		if (r->flags & MSG_PEEK)
			r->at += len;
	}
	return 0;
}

/* Why a read that got nothing ends; 1 to wait */
static int scope_read_over(struct sock *sk, long timeo)
{
	if (sk->sk_err)
		return sock_error(sk);
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return 0;
	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN)
		return -ENOTCONN;
	if (!timeo)
		return -EAGAIN;
	if (signal_pending(current))
		return sock_intr_errno(timeo);
	return 1;
}

static int scope_read_stream(struct sock *sk, struct scope_read *r)
{
	size_t target = sock_rcvlowat(sk, r->flags & MSG_WAITALL, r->len);
	long timeo = sock_rcvtimeo(sk, r->flags & MSG_DONTWAIT);
	int err;

	for (;;) {
		err = scope_read_queue(sk, r);
		if (err < 0)
			return err;
		if (err || r->done >= target ||
		    (!r->len && (r->done ||
				 !skb_queue_empty(&sk->sk_receive_queue))))
			return 0;
		if (r->done && (sk->sk_err || !timeo ||
				sk->sk_shutdown & RCV_SHUTDOWN ||
				sk->sk_state == TCP_CLOSE ||
				signal_pending(current)))
			return 0;
		if (!r->done) {
			err = scope_read_over(sk, timeo);
			if (err <= 0)
				return err;
		}
		if (!scope_sk(sk)->pair)
			scope_conn_read(sk);
		sk_wait_data(sk, &timeo, r->last);
	}
}

/* The last segment of the record that begins with @skb */
static struct sk_buff *scope_record_end(struct sock *sk, struct sk_buff *skb,
					size_t *len)
{
	*len = skb->len;
	while (!(scope_skb_cb(skb)->flags & SCOPE_F_END)) {
		skb = skb_queue_next(&sk->sk_receive_queue, skb);
		*len += skb->len;
	}
	return skb;
}

/*
 * The record that has what is @r->at octets behind the front, which becomes
 * what is before it in the record. NULL where none that is whole has.
 */
static struct sk_buff *scope_record_at(struct sock *sk, struct scope_read *r)
{
	struct sk_buff *skb = skb_peek(&sk->sk_receive_queue), *end;
	u32 whole = scope_sk(sk)->pair ? U32_MAX : scope_conn(sk)->records;
	size_t len;

	for (; skb && whole; whole--) {
		end = scope_record_end(sk, skb, &len);
		if (r->at < len || !r->at)
			return skb;
		r->at -= len;
		skb = skb_peek_next(end, &sk->sk_receive_queue);
	}
	return NULL;
}

/* The record is read, @got octets of it: what there was no room for is lost */
static void scope_record_done(struct sock *sk, struct sk_buff *skb, size_t got)
{
	struct scope_conn *c = scope_conn(sk);
	struct sk_buff *next;
	u32 len;
	u8 flags;

	do {
		next = skb_peek_next(skb, &sk->sk_receive_queue);
		flags = scope_skb_cb(skb)->flags;
		len = min_t(size_t, skb->len, got);
		got -= len;
		scope_trace_read(scope_sk(sk)->sn, sk, skb,
				 scope_skb_cb(skb)->seq, len);
		WRITE_ONCE(c->copied_seq, scope_skb_cb(skb)->seq + skb->len +
			   !!(flags & SCOPE_F_END));
		scope_seg_done(sk, skb);
		skb = next;
	} while (!(flags & SCOPE_F_END));
	if (!scope_sk(sk)->pair)
		c->records--;
}

/* The same as scope_seg_stand() for each segment of a record in turn */
static noinline int scope_record_stand(struct sock *sk, struct scope_read *r,
				       struct sk_buff *skb)
{
	int err;

	for (;;) {
		err = scope_seg_stand(sk, r, skb);
		if (err || scope_skb_cb(skb)->flags & SCOPE_F_END)
			return err;
		skb = skb_queue_next(&sk->sk_receive_queue, skb);
	}
}

/* One record: as much of it as there is room for */
static int scope_read_one(struct sock *sk, struct scope_read *r,
			  struct sk_buff *first)
{
	struct sk_buff *end, *skb = first;
	u32 off = r->at, len;
	size_t total;
	int err;

	end = scope_record_end(sk, first, &total);
	total -= off;
	for (;;) {
		len = min_t(size_t, skb->len - min(off, skb->len), r->len);
		err = skb_copy_datagram_msg(skb, min(off, skb->len), r->msg,
					    len);
		if (err)
			return err;
		off -= min(off, skb->len);
		r->len -= len;
		r->done += len;
		if (skb == end)
			break;
		skb = skb_queue_next(&sk->sk_receive_queue, skb);
	}
	if (scope_skb_cb(end)->flags & SCOPE_F_EOR)
		r->msg->msg_flags |= MSG_EOR;
	if (r->flags & MSG_PEEK) {
		sk_peek_offset_fwd(sk, r->done);
	} else {
		sk_peek_offset_bwd(sk, total + r->at);
		scope_record_done(sk, first, r->done);
	}
	if (total > r->done) {
		r->msg->msg_flags |= MSG_TRUNC;
		if (r->flags & MSG_TRUNC)
			r->done = total;
	}
	return 0;
}

static int scope_read_record(struct sock *sk, struct scope_read *r)
{
	long timeo = sock_rcvtimeo(sk, r->flags & MSG_DONTWAIT);
	struct sk_buff *skb;
	int err;

	for (;;) {
		/* A pair's sender adds to the tail meanwhile */
		r->last = skb_peek_tail(&sk->sk_receive_queue);
		r->at = max(sk_peek_offset(sk, r->flags), 0);
		skb = scope_record_at(sk, r);
		err = skb && scope_is_watched() ?
		      scope_record_stand(sk, r, skb) : 0;
		if (err < 0)
			return err;
		if (err)
			continue;
		if (skb)
			return scope_read_one(sk, r, skb);
		err = scope_read_over(sk, timeo);
		if (err <= 0)
			return err;
		sk_wait_data(sk, &timeo, r->last);
	}
}

/* The urgent octet, out of line */
static int scope_read_urgent(struct sock *sk, struct scope_read *r)
{
	struct scope_conn *c = scope_conn(sk);
	struct sk_buff *skb;
	int err;

	if (sock_flag(sk, SOCK_URGINLINE) || c->urg != SCOPE_URG_WAITS)
		return -EINVAL;
	skb_queue_walk(&sk->sk_receive_queue, skb)
		if (scope_seg_has_mark(c, skb))
			break;
	if (skb == (struct sk_buff *)&sk->sk_receive_queue)
		return -EINVAL;
	if (scope_is_watched()) {
		err = scope_seg_stand(sk, r, skb);
		if (err)
			return err < 0 ? err : scope_read_urgent(sk, r);
	}
	r->msg->msg_flags |= MSG_OOB;
	if (!r->len) {
		r->msg->msg_flags |= MSG_TRUNC;
		return 0;
	}
	err = scope_copy(r, skb, skb->len - 1, 1);
	if (err)
		return err;
	r->done = 1;
	if (!(r->flags & MSG_PEEK)) {
		scope_skb_cb(skb)->state |= SCOPE_SEG_URG_READ;
		c->urg = SCOPE_URG_READ;
		scope_trace_read(scope_sk(sk)->sn, sk, skb, c->urg_seq, 1);
	}
	return 0;
}

/**
 * scope_conn_recvmsg() - recv(), recvmsg(), read() from a connection
 * @sock: the socket
 * @msg: where to
 * @len: room there
 * @flags: MSG_*
 *
 * Context: process; may sleep for something to read.
 *
 * Return: octets got, 0 at the end; or a negative errno, as af_scope(7) lists
 * them.
 */
int scope_conn_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
		       int flags)
{
	struct sock *sk = sock->sk;
	struct scope_read r = {
		.msg = msg,
		.len = len,
		.flags = flags,
	};
	int err;

	if (flags & ~(SCOPE_RECV_FLAGS | MSG_OOB))
		return -EOPNOTSUPP;
	if (flags & MSG_OOB && sk->sk_type != SOCK_STREAM)
		return -EOPNOTSUPP;

	lock_sock(sk);
	if (flags & MSG_OOB) {
		err = scope_read_urgent(sk, &r);
	} else if (sk->sk_type == SOCK_STREAM) {
		r.at = max(sk_peek_offset(sk, flags), 0);
		err = scope_read_stream(sk, &r);
		if (flags & MSG_PEEK)
			sk_peek_offset_fwd(sk, r.done);
		else
			sk_peek_offset_bwd(sk, r.done);
	} else {
		err = scope_read_record(sk, &r);
	}
	if (!(flags & MSG_PEEK) && !scope_sk(sk)->pair)
		scope_conn_read(sk);
	release_sock(sk);
	return r.done ?: err;
}

/**
 * scope_conn_readable() - would a read return at once?
 * @sk: the socket
 * @shut: whether its end would do
 *
 * Context: any; poll() and its like.
 */
bool scope_conn_readable(struct sock *sk, bool shut)
{
	const struct scope_conn *c = scope_conn(sk);
	int target = sock_rcvlowat(sk, 0, INT_MAX);

	if (shut && READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN)
		return true;
	if (skb_queue_empty_lockless(&sk->sk_receive_queue))
		return false;
	if (sk->sk_type == SOCK_SEQPACKET)
		return scope_sk(sk)->pair || READ_ONCE(c->records);
	if (target == 1 && c->urg == SCOPE_URG_NONE)
		return true;
	/* More than this will not come before some of it is read */
	if (!scope_sk(sk)->pair && READ_ONCE(c->rcv_wnd) < c->rcv_mss)
		return true;
	/* At the mark, and not in line: the octet there is none to read */
	if (c->urg != SCOPE_URG_NONE && c->urg_seq == c->copied_seq &&
	    !sock_flag(sk, SOCK_URGINLINE))
		target++;
	return scope_conn_unread(sk) >= target;
}

/**
 * scope_conn_unread() - octets on the receive queue that were not read
 * @sk: the socket
 *
 * Context: any without the queue's lock.
 */
u64 scope_conn_unread(struct sock *sk)
{
	const struct scope_sock *ss = scope_sk(sk);
	const struct scope_conn *c = &ss->conn;
	const struct sk_buff *skb;
	u64 sum = 0;

	if (sk->sk_type == SOCK_STREAM)
		return (ss->pair ? READ_ONCE(ss->pair_seq) :
			READ_ONCE(c->rcv_nxt) - c->fin_received) -
		       READ_ONCE(c->copied_seq);
	spin_lock_bh(&sk->sk_receive_queue.lock);
	skb_queue_walk(&sk->sk_receive_queue, skb)
		sum += scope_seg_left(skb);
	spin_unlock_bh(&sk->sk_receive_queue.lock);
	return sum;
}
