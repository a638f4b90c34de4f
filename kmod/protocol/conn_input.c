// SPDX-License-Identifier: GPL-2.0
/*
 * conn_input.c - take a connection's segments
 *
 * Place: station protocol.deliver of connections. Called by input.c in softirq
 * under the RCU read lock, with the header checked and pulled; or, where a
 * program had the socket, when it lets go, by the backlog. Takes the socket's
 * lock. What is in order goes up by scope_sock.queue_rcv, which the socket layer
 * set; what is not waits on scope_conn.ooo.
 *
 * Nothing that the window had room for is dropped for memory: so nothing has to
 * be sent again over a device that loses nothing.
 */
#include <linux/filter.h>

#include "../observe/rule.h"
#include "conn.h"

/* Segments waiting for a program to let go of the socket, and out of order */
#define SCOPE_SLACK	(2 * SCOPE_RECORD_MAX)

static void scope_conn_drop(struct sock *sk, struct sk_buff *skb, u32 reason)
{
	if (!scope_skb_cb(skb)->control) {
		atomic_long_inc(&scope_sk(sk)->rx_dropped);
		sk_drops_inc(sk);
	}
	scope_drop(scope_sk(sk)->sn, sk, skb, reason);
}

/* A segment without payload has been read */
static void scope_conn_eat(struct scope_net *sn, struct sock *sk,
			   struct sk_buff *skb)
{
	scope_consume(sn, sk, skb, SCOPE_COUNT_CONTROL_READ);
}

/**
 * scope_conn_learn() - take from a segment what each one tells
 * @sk: the connection, locked
 * @skb: the segment
 */
void scope_conn_learn(struct sock *sk, const struct sk_buff *skb)
{
	const struct scope_conn_hdr *hdr = scope_conn_hdr(skb);
	struct scope_conn *c = scope_conn(sk);

	c->peer_mss = max_t(u32, ntohs(hdr->mss), SCOPE_MSS_MIN);
	c->heard = jiffies;
	c->keep_probes = 0;
	if (hdr->hdr.flags & SCOPE_F_SYN) {
		c->wl_seq = be64_to_cpu(hdr->seq);
		c->wl_ack = hdr->hdr.flags & SCOPE_F_ACK ?
			    be64_to_cpu(hdr->ack) : c->iss;
		c->snd_wnd = ntohl(hdr->window);
		c->max_wnd = c->snd_wnd;
	}
}

/* The longest runs known: @from to @to is part of one, which comes first */
static void scope_conn_add_range(struct scope_conn *c, u64 from, u64 to)
{
	u32 i = 0;

	while (i < c->nr_ranges) {
		if (scope_before_seq(to, c->ranges[i].from) ||
		    scope_before_seq(c->ranges[i].to, from)) {
			i++;
			continue;
		}
		/* They touch: take it in, and look at the others again */
		if (scope_before_seq(c->ranges[i].from, from))
			from = c->ranges[i].from;
		if (scope_before_seq(to, c->ranges[i].to))
			to = c->ranges[i].to;
		c->nr_ranges--;
		memmove(&c->ranges[i], &c->ranges[i + 1],
			(c->nr_ranges - i) * sizeof(c->ranges[0]));
		i = 0;
	}
	if (c->nr_ranges == SCOPE_RANGES)
		c->nr_ranges--;
	memmove(&c->ranges[1], &c->ranges[0],
		c->nr_ranges * sizeof(c->ranges[0]));
	c->ranges[0].from = from;
	c->ranges[0].to = to;
	c->nr_ranges++;
}

/*
 * Those that are in order now are told by the acknowledgment itself; and one that
 * is taken off the front before its turn is not here any more, up to @seq
 */
static void scope_conn_trim_ranges(struct scope_conn *c, u64 seq)
{
	u32 i = 0;

	while (i < c->nr_ranges) {
		if (scope_before_seq(seq, c->ranges[i].to)) {
			if (scope_before_seq(c->ranges[i].from, seq))
				c->ranges[i].from = seq;
			i++;
			continue;
		}
		c->nr_ranges--;
		memmove(&c->ranges[i], &c->ranges[i + 1],
			(c->nr_ranges - i) * sizeof(c->ranges[0]));
	}
}

static void scope_conn_twice(struct sock *sk, struct sk_buff *skb)
{
	struct scope_conn *c = scope_conn(sk);

	c->twice.from = scope_skb_cb(skb)->seq;
	c->twice.to = scope_seg_end(skb);
	scope_conn_drop(sk, skb, SCOPE_DROP_OLD_DATA);
	scope_conn_send_ack(sk);
}

/* Where a segment may be cut off, its end is not where the header says */
static void scope_conn_cut(struct sk_buff *skb)
{
	const struct scope_conn_hdr *hdr = scope_conn_hdr(skb);
	struct scope_skb_cb *cb = scope_skb_cb(skb);
	u64 end = be64_to_cpu(hdr->seq) + ntohl(hdr->hdr.length);

	if (cb->seq + skb->len != end)
		cb->flags = 0;
}

static int scope_conn_resume(struct scope_net *sn, struct sock *sk,
			     struct sk_buff *skb);

/*
 * Whether a rule takes the segment at socket.queue: then it has not arrived, and
 * the peer will send it again. Call while watched.
 */
static noinline bool scope_conn_is_stopped(struct sock *sk, struct sk_buff *skb)
{
	struct scope_net *sn = scope_sk(sk)->sn;
	bool charged = skb->sk == sk;

	if (scope_skb_cb(skb)->stayed || !scope_has_rules(sn))
		return false;
	/* Parked, it takes room from the receiver, as one does that waits */
	if (!charged)
		skb_set_owner_r(skb, sk);
	if (scope_rules_stop(sn, SCOPE_STATION_SOCKET_QUEUE, sk, skb,
			     scope_conn_resume, &scope_conn(sk)->again))
		return true;
	if (!charged)
		skb_orphan(skb);
	scope_conn_cut(skb);
	if (scope_before_seq(scope_conn(sk)->rcv_nxt, scope_seg_end(skb)))
		return false;
	/* Nothing new is left of it */
	scope_conn_drop(sk, skb, SCOPE_DROP_FAULT);
	return true;
}

/* In order: up to the program, if one will read */
static void scope_conn_take(struct sock *sk, struct sk_buff *skb)
{
	struct scope_skb_cb *cb = scope_skb_cb(skb);
	struct scope_conn *c = scope_conn(sk);
	u32 old = c->rcv_nxt - cb->seq;

	if (scope_is_watched() && !(sk->sk_shutdown & RCV_SHUTDOWN) &&
	    scope_conn_is_stopped(sk, skb))
		return;
	/* Its front came before, in a segment that was cut elsewhere */
	if (old) {
		if (!pskb_pull(skb, old)) {
			scope_conn_drop(sk, skb, SKB_DROP_REASON_NOMEM);
			return;
		}
		cb->seq += old;
	}
	c->rcv_mss = max(c->rcv_mss, skb->len);
	c->rcv_nxt = scope_seg_end(skb);
	c->ack_segs++;
	if (sk->sk_shutdown & RCV_SHUTDOWN) {
		c->copied_seq = c->rcv_nxt;
		scope_conn_drop(sk, skb, SCOPE_DROP_SHUTDOWN);
		return;
	}
	scope_sk(sk)->queue_rcv(sk, skb);
}

/* What waited for the segment that was just taken */
static void scope_conn_take_waiting(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);
	u64 gone = c->rcv_nxt;
	struct sk_buff *skb;

	while ((skb = skb_peek(&c->ooo))) {
		if (scope_before_seq(c->rcv_nxt, scope_skb_cb(skb)->seq))
			break;
		__skb_unlink(skb, &c->ooo);
		if (scope_before_seq(c->rcv_nxt, scope_seg_end(skb))) {
			gone = scope_seg_end(skb);
			scope_conn_take(sk, skb);
		} else {
			scope_conn_drop(sk, skb, SCOPE_DROP_OLD_DATA);
		}
	}
	if (c->nr_ranges)
		scope_conn_trim_ranges(c, gone);
}

/* Before its turn: into its place, from the end, where it mostly belongs */
static void scope_conn_wait(struct sock *sk, struct sk_buff *skb)
{
	u64 seq = scope_skb_cb(skb)->seq, end = scope_seg_end(skb);
	struct scope_conn *c = scope_conn(sk);
	struct sk_buff *before;

	skb_queue_reverse_walk(&c->ooo, before) {
		if (scope_before_seq(seq, scope_skb_cb(before)->seq))
			continue;
		if (!scope_before_seq(scope_seg_end(before), end)) {
			scope_conn_twice(sk, skb);
			return;
		}
		break;
	}
	skb_set_owner_r(skb, sk);
	__skb_queue_after(&c->ooo, before, skb);
	scope_conn_add_range(c, seq, end);
	scope_conn_send_ack(sk);
}

/**
 * scope_conn_deafen() - the program will not read any more: tell the peer
 * @sk: the connection, locked
 */
void scope_conn_deafen(struct sock *sk)
{
	if ((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_FIN_WAIT1 |
				   TCPF_FIN_WAIT2))
		scope_conn_send_ack(sk);
}

/* When to acknowledge what came in order */
static void scope_conn_acknowledge(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);

	if (!c->ack_segs)
		return;
	/* Two long ones, or many short; and while memory is short, soon */
	if (c->rcv_nxt - c->rcv_wup >= 2 * max(c->rcv_mss, 512U) ||
	    c->ack_segs >= 16 || !skb_queue_empty(&c->ooo) ||
	    (c->ack_segs > 1 && 2 * atomic_read(&sk->sk_rmem_alloc) >
				READ_ONCE(sk->sk_rcvbuf)))
		scope_conn_send_ack(sk);
	else
		scope_conn_ack_later(sk);
}

/* Payload, or a record's end. Consumes @skb. */
static void scope_conn_data(struct sock *sk, struct sk_buff *skb)
{
	struct scope_conn *c = scope_conn(sk);
	u64 end = scope_seg_end(skb);

	if (!scope_before_seq(c->rcv_nxt, end)) {
		scope_conn_twice(sk, skb);
		return;
	}
	if (scope_before_seq(c->rcv_edge, end) ||
	    (c->fin_seen && scope_before_seq(c->fin_seq, end)) ||
	    atomic_read(&sk->sk_rmem_alloc) >
	    4 * READ_ONCE(sk->sk_rcvbuf) + SCOPE_SLACK) {
		scope_conn_drop(sk, skb, SCOPE_DROP_OVER_WINDOW);
		scope_conn_send_ack(sk);
		return;
	}
	/* Nobody will ever read it: the peer must not believe otherwise */
	if (sock_flag(sk, SOCK_DEAD)) {
		scope_conn_drop(sk, skb, SCOPE_DROP_CLOSED);
		scope_conn_abort(sk, 0);
		return;
	}
	if (scope_before_seq(c->rcv_nxt, scope_skb_cb(skb)->seq)) {
		scope_conn_wait(sk, skb);
		return;
	}
	scope_conn_take(sk, skb);
	if (!skb_queue_empty(&c->ooo))
		scope_conn_take_waiting(sk);
}

/* The peer's FIN, once all before it is here */
static void scope_conn_fin(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);

	c->fin_received = true;
	c->rcv_nxt++;
	sk->sk_shutdown |= RCV_SHUTDOWN;
	scope_conn_send_ack(sk);
	switch (sk->sk_state) {
	case TCP_SYN_RECV:
	case TCP_ESTABLISHED:
		scope_conn_state(sk, TCP_CLOSE_WAIT);
		break;
	case TCP_FIN_WAIT1:
		scope_conn_state(sk, TCP_CLOSING);
		break;
	case TCP_FIN_WAIT2:
		scope_conn_done(sk, 0);
		return;
	}
	sk->sk_state_change(sk);
	sk_wake_async(sk, SOCK_WAKE_WAITD,
		      sk->sk_shutdown == SHUTDOWN_MASK ? POLL_HUP : POLL_IN);
}

static void scope_conn_see_fin(struct sock *sk, u64 seq)
{
	struct scope_conn *c = scope_conn(sk);

	if (c->fin_received || scope_before_seq(seq, c->rcv_nxt)) {
		/* It came again: the acknowledgment was lost */
		scope_conn_send_ack(sk);
	} else {
		c->fin_seen = true;
		c->fin_seq = seq;
		if (seq != c->rcv_nxt)
			scope_conn_send_ack(sk);
	}
}

/* Our FIN is acknowledged, if it was sent */
static void scope_conn_fin_acked(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);

	if (!c->fin_sent || c->snd_una != c->write_seq + 1)
		return;
	switch (sk->sk_state) {
	case TCP_FIN_WAIT1:
		scope_conn_state(sk, TCP_FIN_WAIT2);
		scope_conn_orphan_check(sk);
		/* close() may wait for this */
		sk->sk_state_change(sk);
		break;
	case TCP_CLOSING:
	case TCP_LAST_ACK:
		scope_conn_done(sk, 0);
		break;
	}
}

/* A reset, with a number that only the peer can know */
static void scope_conn_reset(struct sock *sk)
{
	switch (sk->sk_state) {
	case TCP_SYN_RECV:
		scope_conn_done(sk, ECONNREFUSED);
		break;
	case TCP_CLOSE_WAIT:
		scope_conn_done(sk, EPIPE);
		break;
	case TCP_CLOSING:
	case TCP_LAST_ACK:
		/* The peer has all, and has forgotten: see conn.c */
		scope_conn_done(sk, 0);
		break;
	default:
		scope_conn_done(sk, ECONNRESET);
	}
}

/* The answer to our SYN. Return: whether the rest of the segment counts. */
static bool scope_conn_rcv_syn_sent(struct sock *sk, struct sk_buff *skb)
{
	const struct scope_conn_hdr *hdr = scope_conn_hdr(skb);
	struct scope_conn *c = scope_conn(sk);
	u8 flags = hdr->hdr.flags;

	if (flags & SCOPE_F_ACK && be64_to_cpu(hdr->ack) != c->iss + 1) {
		if (!(flags & SCOPE_F_RST))
			scope_conn_refuse(scope_sk(sk)->sn, skb, 0);
		return false;
	}
	if (flags & SCOPE_F_RST) {
		if (!(flags & SCOPE_F_ACK))
			return false;
		c->busy = !!(flags & SCOPE_F_BUSY);
		scope_conn_done(sk, c->busy ? EAGAIN : ECONNREFUSED);
		return false;
	}
	if (!(flags & SCOPE_F_SYN))
		return false;

	c->irs = be64_to_cpu(hdr->seq);
	c->rcv_nxt = c->irs + 1;
	c->rcv_edge = c->rcv_nxt;
	c->copied_seq = c->rcv_nxt;
	scope_conn_learn(sk, skb);
	if (!(flags & SCOPE_F_ACK)) {
		/* Both opened at once */
		scope_conn_state(sk, TCP_SYN_RECV);
		scope_conn_control(sk, SCOPE_F_SYN | SCOPE_F_ACK, c->iss,
				   scope_skb_cb(skb)->id);
		return false;
	}
	if (!c->timeouts)
		scope_conn_rtt(sk, scope_conn_now() - c->round_us);
	scope_conn_ack(sk, skb);
	scope_conn_established(sk);
	scope_conn_send_ack(sk);
	return false;
}

/*
 * What every segment of a connection that has begun must be. Return: whether
 * it goes on; where not, it has been answered as it deserves.
 */
static bool scope_conn_rcv_check(struct sock *sk, struct sk_buff *skb)
{
	const struct scope_conn_hdr *hdr = scope_conn_hdr(skb);
	struct scope_conn *c = scope_conn(sk);
	u64 seq = be64_to_cpu(hdr->seq);
	u64 ack = be64_to_cpu(hdr->ack);
	u8 flags = hdr->hdr.flags;

	if (flags & SCOPE_F_RST) {
		if (seq == c->rcv_nxt)
			scope_conn_reset(sk);
		else if (!scope_before_seq(seq, c->rcv_nxt) &&
			 scope_before_seq(seq, c->rcv_edge + 1))
			scope_conn_send_ack(sk);	/* RFC 5961 */
		return false;
	}
	if (flags & SCOPE_F_SYN) {
		bool again = sk->sk_state == TCP_SYN_RECV && seq == c->irs;

		if (again && flags & SCOPE_F_ACK)
			return ack == c->iss + 1;
		if (again)
			scope_conn_control(sk, SCOPE_F_SYN | SCOPE_F_ACK,
					   c->iss, scope_skb_cb(skb)->id);
		else
			scope_conn_send_ack(sk);
		return false;
	}
	if (!(flags & SCOPE_F_ACK))
		return false;
	if (scope_before_seq(c->snd_nxt, ack) ||
	    (sk->sk_state == TCP_SYN_RECV && ack == c->iss)) {
		if (sk->sk_state == TCP_SYN_RECV)
			scope_conn_refuse(scope_sk(sk)->sn, skb, 0);
		else
			scope_conn_send_ack(sk);
		return false;
	}
	return true;
}

/* What rules made of segments at socket.queue, and that is to be looked at again */
static noinline void scope_conn_take_again(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);
	struct sk_buff *skb;

	while (sk->sk_state != TCP_CLOSE && (skb = __skb_dequeue(&c->again))) {
		scope_skb_cb(skb)->stayed = true;
		scope_conn_data(sk, skb);
	}
}

/* All that a segment had is taken: end, send, acknowledge */
static void scope_conn_rcv_end(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);

	if (c->fin_seen && !c->fin_received && c->fin_seq == c->rcv_nxt &&
	    sk->sk_state != TCP_CLOSE)
		scope_conn_fin(sk);
	if (sk->sk_state == TCP_CLOSE)
		return;
	scope_conn_push(sk);
	scope_conn_acknowledge(sk);
	if (sk->sk_socket && test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		sk->sk_write_space(sk);
}

static void scope_conn_rcv_begun(struct sock *sk, struct sk_buff *skb)
{
	const struct scope_conn_hdr *hdr = scope_conn_hdr(skb);
	struct scope_net *sn = scope_sk(sk)->sn;
	struct scope_conn *c = scope_conn(sk);
	u64 seq = be64_to_cpu(hdr->seq);
	bool fin = hdr->hdr.flags & SCOPE_F_FIN;
	u64 fin_seq = seq + ntohl(hdr->hdr.length) +
		      !!(hdr->hdr.flags & SCOPE_F_END);

	scope_conn_learn(sk, skb);
	if (sk->sk_state == TCP_SYN_RECV) {
		if (!c->timeouts)
			scope_conn_rtt(sk, scope_conn_now() - c->round_us);
		scope_conn_ack(sk, skb);
		scope_conn_established(sk);
	} else {
		scope_conn_ack(sk, skb);
		scope_conn_fin_acked(sk);
	}
	if (sk->sk_state == TCP_CLOSE) {
		if (scope_skb_cb(skb)->control)
			scope_conn_eat(sn, sk, skb);
		else
			scope_conn_drop(sk, skb, SCOPE_DROP_CLOSED);
		return;
	}

	if (!scope_skb_cb(skb)->control) {
		scope_conn_data(sk, skb);
	} else {
		/* A probe: an old number and nothing new */
		if (scope_before_seq(seq, c->rcv_nxt) && !fin)
			scope_conn_send_ack(sk);
		scope_conn_eat(sn, sk, skb);
	}
	if (scope_is_watched())
		scope_conn_take_again(sk);
	if (fin && sk->sk_state != TCP_CLOSE)
		scope_conn_see_fin(sk, fin_seq);
	scope_conn_rcv_end(sk);
}

/*
 * A segment that was parked at socket.queue. What it said of our own ones, and of
 * its sender's end, was taken in when it came: only its octets are left.
 */
static int scope_conn_rcv_late(struct sock *sk, struct sk_buff *skb)
{
	if (!scope_conn(sk)->hashed ||
	    (1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)) {
		scope_conn_drop(sk, skb, SCOPE_DROP_CLOSED);
		return NET_RX_DROP;
	}
	scope_conn_cut(skb);
	scope_conn_data(sk, skb);
	scope_conn_take_again(sk);
	scope_conn_rcv_end(sk);
	return NET_RX_SUCCESS;
}

/* The connection ended while a segment of it was on its way */
static int scope_conn_over(struct sock *sk, struct sk_buff *skb)
{
	scope_conn_refuse(scope_sk(sk)->sn, skb, 0);
	scope_conn_drop(sk, skb, SCOPE_DROP_CLOSED);
	return NET_RX_DROP;
}

/* Take a segment, whose cb has both ends */
static int scope_conn_rcv(struct sock *sk, struct sk_buff *skb)
{
	const struct scope_conn_hdr *hdr = scope_conn_hdr(skb);
	struct scope_net *sn = scope_sk(sk)->sn;
	struct scope_skb_cb *cb = scope_skb_cb(skb);

	if (!scope_conn(sk)->hashed)
		return scope_conn_over(sk, skb);
	if (sk->sk_state == TCP_SYN_SENT ? !scope_conn_rcv_syn_sent(sk, skb) :
	    !scope_conn_rcv_check(sk, skb)) {
		if (cb->control)
			scope_conn_eat(sn, sk, skb);
		else
			scope_conn_drop(sk, skb, SCOPE_DROP_BAD_ACK);
		return NET_RX_SUCCESS;
	}
	/* From here on it is known whose it is: its own number counts */
	cb->segment = true;
	cb->seq = be64_to_cpu(hdr->seq);
	cb->taken = 0;
	cb->state = 0;
	cb->flags = hdr->hdr.flags &
		    (SCOPE_F_URG | SCOPE_F_END | SCOPE_F_EOR);
	if (scope_is_watched())
		scope_conn_cut(skb);
	scope_conn_rcv_begun(sk, skb);
	return NET_RX_SUCCESS;
}

/**
 * scope_conn_backlog_rcv() - take a segment that waited for a program
 * @sk: the connection, locked
 * @skb: consumed
 *
 * Context: process.
 *
 * Return: NET_RX_*.
 */
int scope_conn_backlog_rcv(struct sock *sk, struct sk_buff *skb)
{
	return scope_skb_cb(skb)->stayed ? scope_conn_rcv_late(sk, skb) :
					   scope_conn_rcv(sk, skb);
}

/* What waits for a program to let go of the socket is as much as this */
static int scope_conn_backlog(const struct sock *sk)
{
	return 4 * (READ_ONCE(sk->sk_rcvbuf) + READ_ONCE(sk->sk_sndbuf)) +
	       SCOPE_SLACK;
}

/* Behind socket.queue, for one that was parked there */
static int scope_conn_resume(struct scope_net *sn, struct sock *sk,
			     struct sk_buff *skb)
{
	int rc = NET_RX_SUCCESS;

	scope_skb_cb(skb)->stayed = true;
	bh_lock_sock_nested(sk);
	if (!sock_owned_by_user(sk)) {
		rc = scope_conn_rcv_late(sk, skb);
	} else if (sk_add_backlog(sk, skb, scope_conn_backlog(sk))) {
		scope_conn_drop(sk, skb, SKB_DROP_REASON_SOCKET_BACKLOG);
		rc = NET_RX_DROP;
	}
	bh_unlock_sock(sk);
	return rc;
}

/* Behind protocol.deliver: a listener needs no lock, others the socket's */
static __always_inline int
scope_conn_deliver(struct scope_net *sn, struct sock *sk, struct sk_buff *skb)
{
	int rc = NET_RX_SUCCESS;

	/* The device may go while the segment waits */
	skb->dev = NULL;
	if (READ_ONCE(sk->sk_state) == TCP_LISTEN) {
		scope_conn_syn(sn, sk, skb);
		scope_conn_eat(sn, sk, skb);
		return NET_RX_SUCCESS;
	}
	bh_lock_sock_nested(sk);
	if (!scope_conn(sk)->hashed) {
		rc = scope_conn_over(sk, skb);
	} else if (!sock_owned_by_user(sk)) {
		/* While it is hashed there is a reference; it may end here */
		sock_hold(sk);
		rc = scope_conn_rcv(sk, skb);
		bh_unlock_sock(sk);
		sock_put(sk);
		return rc;
	} else if (sk_add_backlog(sk, skb, scope_conn_backlog(sk))) {
		scope_conn_drop(sk, skb, SKB_DROP_REASON_SOCKET_BACKLOG);
		rc = NET_RX_DROP;
	}
	bh_unlock_sock(sk);
	return rc;
}

static bool scope_conn_is_open(const struct sk_buff *skb)
{
	u8 flags = scope_conn_hdr(skb)->hdr.flags;

	return flags & SCOPE_F_SYN && !(flags & (SCOPE_F_ACK | SCOPE_F_RST));
}

/* Nobody has such a connection, and nobody listens for one */
static void scope_conn_nobody(struct scope_net *sn, struct sk_buff *skb)
{
	bool control = scope_skb_cb(skb)->control;

	scope_conn_refuse(sn, skb, 0);
	if (control)
		scope_conn_eat(sn, NULL, skb);
	else
		scope_drop(sn, NULL, skb, SKB_DROP_REASON_NO_SOCKET);
}

/**
 * scope_receive_conn() - receive a segment of a connection
 * @sn: the namespace's data
 * @skb: consumed; its header is checked and pulled
 *
 * Context: softirq, RCU read lock.
 *
 * Return: NET_RX_*.
 */
int scope_receive_conn(struct scope_net *sn, struct sk_buff *skb)
{
	const struct scope_skb_cb *cb = scope_skb_cb(skb);
	int type = scope_hdr(skb)->type == SCOPE_T_STREAM ? SOCK_STREAM :
							    SOCK_SEQPACKET;
	struct sock *sk;

	sk = scope_conn_lookup(sn, skb, type);
	if (!sk && scope_conn_is_open(skb)) {
		sk = scope_port_lookup(sn, cb->peer.ifindex, cb->port, type);
		if (sk && READ_ONCE(sk->sk_state) != TCP_LISTEN)
			sk = NULL;
	}
	if (!sk || !scope_dev_is_bound(sk, skb->dev)) {
		scope_conn_nobody(sn, skb);
		return NET_RX_DROP;
	}
	if (!cb->control) {
		atomic_long_inc(&scope_sk(sk)->received);
		if (sk_filter(sk, skb)) {
			scope_conn_drop(sk, skb, SKB_DROP_REASON_SOCKET_FILTER);
			return NET_RX_DROP;
		}
	}
	return scope_pass(sn, SCOPE_STATION_PROTOCOL_DELIVER, sk, skb, NULL,
			  scope_conn_deliver);
}
