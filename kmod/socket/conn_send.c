// SPDX-License-Identifier: GPL-2.0
/*
 * conn_send.c - send over a connection: octets or records
 *
 * Place: stations socket.send and socket.alloc of SOCK_STREAM and
 * SOCK_SEQPACKET. Called by the system calls in process context, with the
 * socket locked but for a socketpair()'s sender.
 *
 * A send call's octets become segments on the write queue, no longer than the
 * device carries; a stream's are added to the last one while that was not sent.
 * A record is put on the queue whole or not at all.
 */
#include "../observe/identity.h"
#include "../observe/rule.h"
#include "../observe/station.h"
#include "socket.h"

#define SCOPE_LINEAR	2048	/* room for small writes to gather in */

/*
 * Room in front of a segment for every header: of the device, of the protocol.
 * The device may be another one when it is sent again; then it gets more.
 */
#define SCOPE_SEG_ROOM	(ALIGN(SCOPE_CONN_HDR_LEN + LL_MAX_HEADER, 16))

/* An empty segment for @len octets; @gather leaves room for more */
static struct sk_buff *scope_seg_alloc(struct sock *sk, size_t len, bool gather)
{
	size_t linear = gather ? max_t(size_t, len, SCOPE_LINEAR) : len;
	struct sk_buff *skb;

	/* Many octets go into pages, as they are filled in */
	if (linear > SKB_MAX_ORDER(SCOPE_SEG_ROOM, 0)) {
		linear = 0;
		len = 0;
	}
	skb = alloc_skb_fclone(SCOPE_SEG_ROOM + linear, sk->sk_allocation);
	if (!skb)
		return NULL;
	skb_reserve(skb, SCOPE_SEG_ROOM);
	skb_put(skb, len);
	return skb;
}

static void scope_seg_number(struct sock *sk, struct sk_buff *skb, u64 id,
			     u64 parent)
{
	struct scope_skb_cb *cb;

	scope_identity_give(skb, id);
	cb = scope_skb_cb(skb);
	cb->parent = parent;
	cb->relation = parent ? SCOPE_RELATION_SEGMENT : SCOPE_RELATION_NONE;
	cb->segment = true;
	cb->port = scope_sk(sk)->bound.port;
	cb->pport = scope_sk(sk)->peer.port;
	scope_count(scope_sk(sk)->sn, SCOPE_COUNT_ALLOCATED);
	atomic_long_inc(&scope_sk(sk)->allocated);
}

static void scope_seg_lose(struct sock *sk, struct sk_buff *skb, u32 reason)
{
	atomic_long_inc(&scope_sk(sk)->tx_dropped);
	scope_drop(scope_sk(sk)->sn, sk, skb, reason);
}

static void scope_seg_fault(struct sock *sk, struct sk_buff *skb)
{
	scope_seg_lose(sk, skb, SCOPE_DROP_SEND_FAULT);
}

/* Of a segment at socket.alloc, cut off there: is there nothing left of it? */
static bool scope_seg_is_empty(struct sock *sk, struct sk_buff *skb)
{
	if (skb->len || scope_skb_cb(skb)->flags)
		return false;
	scope_seg_lose(sk, skb, SCOPE_DROP_FAULT);
	return true;
}

/* The last segment, if it was not sent and has room for more; or NULL */
static struct sk_buff *scope_seg_tail(struct sock *sk, u32 mss)
{
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);

	if (!skb || !scope_conn(sk)->send_head || scope_skb_cb(skb)->flags ||
	    skb_is_nonlinear(skb) || skb_cloned(skb) || skb->len >= mss ||
	    !skb_tailroom(skb))
		return NULL;
	return skb;
}

/* Add to the last segment. Return: octets, or a negative errno. */
static int scope_seg_append(struct sock *sk, struct sk_buff *skb,
			    struct msghdr *msg, u32 mss)
{
	u32 len = min3((u32)skb_tailroom(skb), mss - skb->len,
		       (u32)min_t(size_t, msg_data_left(msg), S32_MAX));
	u32 old = skb->len;

	skb_put(skb, len);
	if (!copy_from_iter_full(skb->data + old, len, &msg->msg_iter)) {
		skb_trim(skb, old);
		return -EFAULT;
	}
	scope_conn(sk)->write_seq += len;
	return len;
}

/* Until the connection is open, and may be written to */
static int scope_send_ready(struct sock *sk, long *timeo)
{
	struct scope_conn *c = scope_conn(sk);
	int err;

	if ((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)) {
		err = sk_stream_wait_connect(sk, timeo);
		if (err)
			return err;
	}
	if (sk->sk_err)
		return sock_error(sk);
	if (sk->sk_shutdown & SEND_SHUTDOWN || c->deaf)
		return -EPIPE;
	if (!((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)))
		return -ENOTCONN;
	return 0;
}

/* Wait for room in the send buffer; what is there is on its way meanwhile */
static int scope_send_wait(struct sock *sk, long *timeo)
{
	int err = 0;

	while (!err && !sk_stream_memory_free(sk)) {
		set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		scope_conn_push(sk);
		err = sk_stream_wait_memory(sk, timeo);
		if (!err)
			err = scope_send_ready(sk, timeo);
	}
	return err;
}

/**
 * struct scope_write - a send call at work
 * @msg: from where
 * @timeo: jiffies it may wait
 * @first: number of the sk_buff that the call began
 * @done: octets taken
 */
struct scope_write {
	struct msghdr	*msg;
	long		timeo;
	u64		first;
	size_t		done;
};

/*
 * Tell of the call, once it is known which sk_buff its first octet goes to; one that
 * it joins, or begins. Return: as scope_stand().
 */
static int scope_write_begin(struct sock *sk, struct scope_write *w, u64 id,
			     bool joins)
{
	struct scope_sock *ss = scope_sk(sk);

	if (w->first)
		return 0;
	w->first = id;
	return scope_trace_send(ss->sn, sk, id, msg_data_left(w->msg),
				ss->bound.port, &ss->peer, ss->conn.write_seq,
				NULL, joins);
}

/* The call stood without the lock: may it still write? */
static int scope_write_on(struct sock *sk, struct scope_write *w)
{
	return scope_send_ready(sk, &w->timeo);
}

/* More octets in the last segment. Return: 0 or a negative errno. */
static int scope_write_more(struct sock *sk, struct scope_write *w,
			    struct sk_buff *skb, u32 mss)
{
	int len;

	scope_write_begin(sk, w, scope_skb_cb(skb)->id, true);
	len = scope_seg_append(sk, skb, w->msg, mss);
	if (len < 0)
		return len;
	w->done += len;
	return 0;
}

/* One more segment of a stream. Return: it, on the write queue, or an error. */
static struct sk_buff *scope_write_new(struct sock *sk, struct scope_write *w,
				       u32 mss)
{
	struct scope_net *sn = scope_sk(sk)->sn;
	u64 id = scope_identity_next();
	struct scope_mem before = {};
	struct sk_buff *skb;
	bool gather;
	int err, got;
	u32 len;

	err = scope_write_begin(sk, w, id, false);
	if (unlikely(err > 0))
		err = scope_write_on(sk, w);
	if (unlikely(err)) {
		scope_trace_refused(sk, id, err);
		return ERR_PTR(err);
	}
	len = min_t(size_t, msg_data_left(w->msg), mss);
	gather = len < mss && (scope_conn(sk)->send_head ||
			       w->msg->msg_flags & MSG_MORE);
	scope_before(&before, sk);
	skb = scope_seg_alloc(sk, len, gather);
	if (!skb) {
		if (w->first == id)
			scope_trace_refused(sk, id, -ENOBUFS);
		return ERR_PTR(-ENOBUFS);
	}
	scope_seg_number(sk, skb, id, w->first == id ? 0 : w->first);
	scope_skb_cb(skb)->seq = scope_conn(sk)->write_seq;
	got = scope_fill(sk, skb, w->msg, len);
	if (got < 0) {
		scope_seg_fault(sk, skb);
		return ERR_PTR(got);
	}
	err = scope_stand(sn, SCOPE_STATION_SOCKET_ALLOC, sk, skb, &before);
	if (unlikely(err < 0))
		return ERR_PTR(err);
	if (unlikely(err)) {
		err = scope_write_on(sk, w);
		if (err) {
			scope_seg_lose(sk, skb, SCOPE_DROP_CLOSED);
			return ERR_PTR(err);
		}
	}
	w->done += got;
	if (scope_is_watched() && scope_seg_is_empty(sk, skb))
		return NULL;
	scope_conn_queue(sk, skb);
	return skb;
}

/* One more segment of a stream, or more octets in the last one */
static int scope_write_some(struct sock *sk, struct scope_write *w, u32 mss)
{
	struct sk_buff *skb = scope_seg_tail(sk, mss);
	bool urgent;
	int err;

	/* A call that is to stand begins a segment, for the last may go meanwhile */
	if (skb && scope_is_watched() && !w->first &&
	    scope_rules_at(scope_sk(sk)->sn, SCOPE_STATION_SOCKET_SEND))
		skb = NULL;
	if (skb) {
		err = scope_write_more(sk, w, skb, mss);
		if (err)
			return err;
	} else {
		skb = scope_write_new(sk, w, mss);
		if (IS_ERR(skb))
			return PTR_ERR(skb);
	}
	/* The urgent octet is the last one, and ends a segment */
	urgent = w->msg->msg_flags & MSG_OOB && !msg_data_left(w->msg);
	if (urgent && skb)
		scope_skb_cb(skb)->flags |= SCOPE_F_URG;
	scope_conn(sk)->corked = w->msg->msg_flags & MSG_MORE && !urgent;
	scope_conn_push(sk);
	return 0;
}

static int scope_write_stream(struct sock *sk, struct scope_write *w)
{
	u32 mss = scope_conn_mss(sk);
	int err = 0;

	while (!err && msg_data_left(w->msg)) {
		err = scope_send_wait(sk, &w->timeo);
		if (!err)
			err = scope_write_some(sk, w, mss);
	}
	return err;
}

/* The segments of a record, not yet on the write queue; empties @list if not */
static int scope_record_make(struct sock *sk, struct scope_write *w, u32 mss,
			     struct sk_buff_head *list)
{
	u64 seq = scope_conn(sk)->write_seq;
	struct sk_buff *skb;
	int err = 0;
	u32 len;
	u64 id;

	do {
		len = min_t(size_t, msg_data_left(w->msg), mss);
		id = scope_identity_next();
		err = scope_write_begin(sk, w, id, false);
		if (unlikely(err > 0)) {
			err = scope_write_on(sk, w);
			seq = scope_conn(sk)->write_seq;
		}
		if (unlikely(err))
			break;
		skb = scope_seg_alloc(sk, len, false);
		if (!skb) {
			err = -ENOBUFS;
			break;
		}
		scope_seg_number(sk, skb, id, w->first == id ? 0 : w->first);
		scope_skb_cb(skb)->seq = seq;
		seq += len;
		__skb_queue_tail(list, skb);
		err = scope_fill_all(sk, skb, w->msg, len);
	} while (!err && msg_data_left(w->msg));
	if (!err)
		return 0;
	if (skb_queue_empty(list))
		scope_trace_refused(sk, w->first, err);
	while ((skb = __skb_dequeue(list)))
		scope_seg_fault(sk, skb);
	return err;
}

/*
 * All of a record passes socket.alloc before any of it is on the write queue: it is
 * sent whole or not at all. Call while watched; empties @list if it fails.
 */
static noinline int scope_record_stand(struct sock *sk, struct scope_write *w,
				       struct sk_buff_head *list)
{
	struct scope_net *sn = scope_sk(sk)->sn;
	struct sk_buff_head passed;
	struct sk_buff *skb;
	bool stood = false;
	int err = 0;

	__skb_queue_head_init(&passed);
	while (err >= 0 && (skb = __skb_dequeue(list))) {
		err = scope_stand_watched(sn, SCOPE_STATION_SOCKET_ALLOC, sk,
					  skb, NULL);
		stood = stood || err > 0;
		if (err >= 0 && !scope_seg_is_empty(sk, skb))
			__skb_queue_tail(&passed, skb);
	}
	if (err >= 0)
		err = stood ? scope_write_on(sk, w) : 0;
	skb_queue_splice_init(&passed, list);
	while (err && (skb = __skb_dequeue(list)))
		scope_seg_lose(sk, skb, SCOPE_DROP_CLOSED);
	return err;
}

static int scope_write_record(struct sock *sk, struct scope_write *w)
{
	struct scope_net *sn = scope_sk(sk)->sn;
	size_t len = msg_data_left(w->msg);
	struct sk_buff_head list;
	struct sk_buff *skb;
	int err;

	if (len > min(READ_ONCE(sk->sk_sndbuf) - 32, SCOPE_RECORD_MAX))
		return -EMSGSIZE;
	err = scope_send_wait(sk, &w->timeo);
	if (err)
		return err;
	__skb_queue_head_init(&list);
	err = scope_record_make(sk, w, scope_conn_mss(sk), &list);
	if (err)
		return err;
	skb = skb_peek_tail(&list);
	scope_skb_cb(skb)->flags = SCOPE_F_END;
	if (w->msg->msg_flags & MSG_EOR)
		scope_skb_cb(skb)->flags |= SCOPE_F_EOR;
	if (scope_is_watched()) {
		err = scope_record_stand(sk, w, &list);
		if (err)
			return err;
	}
	while ((skb = __skb_dequeue(&list))) {
		scope_count_passed(sn, SCOPE_STATION_SOCKET_ALLOC);
		scope_conn_queue(sk, skb);
	}
	w->done = len;
	scope_conn_push(sk);
	return 0;
}

/**
 * scope_pair_alloc() - an sk_buff for the other end of a socketpair()
 * @sk: the sender, not locked
 * @len: octets of it
 * @flags: MSG_*
 * @err: set where there is none
 *
 * Linear up to some length, then in pages that scope_fill() adds; a record that
 * is longer than that as AF_UNIX does it, with what is more than an sk_buff has
 * pages for linear again.
 *
 * Return: the sk_buff, charged to @sk, or NULL.
 */
struct sk_buff *scope_pair_alloc(struct sock *sk, size_t len, int flags,
				 int *err)
{
	size_t linear = len, paged = 0;
	struct sk_buff *skb;

	if (len > SZ_64K) {
		paged = min_t(size_t, len - SKB_MAX_ALLOC,
			      MAX_SKB_FRAGS * PAGE_SIZE) & PAGE_MASK;
		linear = len - paged;
	} else if (len > SKB_MAX_ORDER(0, 0)) {
		linear = 0;
	}
	skb = sock_alloc_send_pskb(sk, linear, paged, flags & MSG_DONTWAIT,
				   err, PAGE_ALLOC_COSTLY_ORDER);
	if (!skb)
		return NULL;
	skb_put(skb, linear);
	skb->data_len = paged;
	skb->len = linear + paged;
	return skb;
}

/*
 * To the other end of a socketpair(): the sk_buff goes there as it is, and
 * stays charged to its sender until it is read.
 */
static int scope_write_pair(struct sock *sk, struct scope_write *w)
{
	struct scope_sock *ss = scope_sk(sk);
	size_t len = msg_data_left(w->msg);
	struct scope_mem before = {};
	struct scope_skb_cb *cb;
	struct sk_buff *skb;
	int err;
	u64 id;

	/* A stream's two at least in the buffer: one is read meanwhile */
	if (sk->sk_type == SOCK_STREAM)
		len = min3(len, (size_t)SZ_64K,
			   (size_t)READ_ONCE(sk->sk_sndbuf) / 2);
	else if (len > READ_ONCE(sk->sk_sndbuf) - 32)
		return -EMSGSIZE;

	id = scope_identity_next();
	if (!w->first) {
		w->first = id;
		err = scope_trace_send(ss->sn, sk, id, msg_data_left(w->msg), 0,
				       &ss->peer,
				       READ_ONCE(scope_sk(ss->pair)->pair_seq),
				       NULL, false);
		if (unlikely(err < 0)) {
			scope_trace_refused(sk, id, err);
			return err;
		}
	}
	scope_before(&before, sk);
	skb = scope_pair_alloc(sk, len, w->msg->msg_flags, &err);
	if (!skb) {
		if (w->first == id)
			scope_trace_refused(sk, id, err);
		return err;
	}
	scope_seg_number(sk, skb, id, w->first == id ? 0 : w->first);
	err = scope_fill_all(sk, skb, w->msg, len);
	if (err) {
		scope_seg_fault(sk, skb);
		return err;
	}
	cb = scope_skb_cb(skb);
	/* Where it will be, if nobody else writes: the queue's lock decides */
	cb->seq = READ_ONCE(scope_sk(ss->pair)->pair_seq);
	if (sk->sk_type == SOCK_SEQPACKET)
		cb->flags = SCOPE_F_END | (w->msg->msg_flags & MSG_EOR ?
					   SCOPE_F_EOR : 0);
	else if (w->msg->msg_flags & MSG_OOB && !msg_data_left(w->msg))
		cb->flags = SCOPE_F_URG;
	err = scope_pass(ss->sn, SCOPE_STATION_SOCKET_ALLOC, sk, skb, &before,
			 scope_pair_push);
	if (!err)
		w->done += len;
	return err;
}

static int scope_send_pair(struct sock *sk, struct scope_write *w)
{
	int err = 0;

	do {
		if (READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN)
			err = -EPIPE;
		else
			err = scope_write_pair(sk, w);
	} while (!err && msg_data_left(w->msg));
	return err;
}

static int scope_send_conn(struct sock *sk, struct scope_write *w)
{
	int err;

	lock_sock(sk);
	err = scope_send_ready(sk, &w->timeo);
	if (!err)
		err = sk->sk_type == SOCK_STREAM ? scope_write_stream(sk, w) :
						   scope_write_record(sk, w);
	release_sock(sk);
	return err;
}

/**
 * scope_conn_sendmsg() - send(), sendmsg(), write() to a connection
 * @sock: the socket
 * @msg: the octets, or the record
 * @len: how many
 *
 * Context: process; may sleep for the connection to open and for room.
 *
 * Return: octets taken; or a negative errno, as af_scope(7) lists them. EPIPE
 * comes with SIGPIPE unless MSG_NOSIGNAL says no.
 */
int scope_conn_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct sock *sk = sock->sk;
	struct scope_write w = {
		.msg = msg,
		.timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT),
	};
	int allowed = SCOPE_SEND_FLAGS;
	struct sockcm_cookie sockc;
	int err;

	if (sk->sk_type == SOCK_STREAM)
		allowed |= MSG_OOB;
	if (msg->msg_flags & ~allowed)
		return -EOPNOTSUPP;
	if (msg->msg_name)
		return READ_ONCE(sk->sk_state) == TCP_ESTABLISHED ?
		       -EISCONN : -EOPNOTSUPP;
	if (msg->msg_controllen) {
		err = scope_cmsgs(sk, msg, &sockc);
		if (err)
			return err;
	}
	if (!len && sk->sk_type == SOCK_STREAM)
		return 0;

	err = scope_sk(sk)->pair ? scope_send_pair(sk, &w) :
				   scope_send_conn(sk, &w);
	if (w.done)
		return w.done;
	return err ? sk_stream_error(sk, msg->msg_flags, err) : 0;
}
