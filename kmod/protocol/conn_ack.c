// SPDX-License-Identifier: GPL-2.0
/*
 * conn_ack.c - what the peer says of our segments: arrived, lost, how fast
 *
 * Place: protocol layer. Called by conn_input.c for every segment that
 * acknowledges, and by conn_timer.c when none came, with the socket locked.
 *
 * Arrived is what is acknowledged, and what the peer reports to have out of
 * order; the latter stays on the write queue, marked, for numbers are
 * acknowledged in order.
 *
 * Lost is judged by time, as RACK does it (RFC 8985), not by counting
 * duplicates: a segment is lost when another one that was sent after it has
 * arrived, and it is itself later than that one's round trip and a little time
 * for being overtaken. That holds for one that was sent again and lost again.
 * The little time is a quarter of the shortest round trip, and a whole one
 * where the path was seen to change the order.
 *
 * Congestion. On a link the queues are this node's own, which tells when it
 * drops, and the peer's, which its window guards. So a loss alone says nothing:
 * radio links and netem lose at random. What counts is how much arrives: the
 * window is twice the segments that arrived within a round trip, the most of
 * the last ones. It doubles while more arrives, stands at twice the capacity
 * of the path, and shrinks by an eighth each round trip that brings less. A
 * drop by this node's queue halves it, and silence brings it to the least.
 */
#include "conn.h"

/**
 * struct scope_arrived - what one acknowledgment told
 * @segs: segments that arrived by it
 * @rtt_us: round trip of the newest one that was sent once, 0 for none
 */
struct scope_arrived {
	u32	segs;
	u32	rtt_us;
};

/**
 * scope_conn_ack_init() - begin with nothing sent
 * @sk: the connection, locked
 */
void scope_conn_ack_init(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);

	c->cwnd = SCOPE_CWND_MIN;
	c->delivered = SCOPE_CWND_MIN / 2;
	c->pipe = 0;
	c->lost = 0;
	c->sacked = 0;
	c->highest = c->snd_una;
	c->round_end = c->snd_nxt;
	c->round_us = scope_conn_now();
	c->round_delivered = 0;
	c->limited = false;
	c->reordered = false;
	c->lossy = false;
	c->srtt_us = 0;
	c->rttvar_us = 0;
	c->min_rtt_us = U32_MAX;
	c->rto_us = SCOPE_RTO_MIN_US;
	c->backoff = 0;
	c->retransmits = 0;
	c->timeouts = 0;
}

/**
 * scope_conn_rtt() - a round trip was measured
 * @sk: the connection, locked
 * @rtt_us: how long it took
 *
 * Sets the retransmission timeout as RFC 6298 does.
 */
void scope_conn_rtt(struct sock *sk, u32 rtt_us)
{
	struct scope_conn *c = scope_conn(sk);
	u32 rtt = clamp_t(u32, rtt_us, 1, SCOPE_RTO_MAX_US);
	s32 err;

	c->min_rtt_us = min(c->min_rtt_us, rtt);
	if (!c->srtt_us) {
		c->srtt_us = rtt << 3;
		c->rttvar_us = rtt << 1;
	} else {
		err = rtt - (c->srtt_us >> 3);
		c->srtt_us += err;
		c->rttvar_us += abs(err) - (c->rttvar_us >> 2);
	}
	c->rto_us = clamp_t(u32, (c->srtt_us >> 3) + c->rttvar_us,
			    SCOPE_RTO_MIN_US, SCOPE_RTO_MAX_US);
}

/* It is not on its way any more, nor to be sent again */
static void scope_seg_settle(struct scope_conn *c, struct scope_skb_cb *cb)
{
	if (cb->state & SCOPE_SEG_PIPE)
		c->pipe--;
	if (cb->state & SCOPE_SEG_LOST)
		c->lost--;
	if (cb->state & SCOPE_SEG_SACKED)
		c->sacked--;
	cb->state &= ~(SCOPE_SEG_PIPE | SCOPE_SEG_LOST | SCOPE_SEG_SACKED);
}

static void scope_seg_lose(struct scope_conn *c, struct scope_skb_cb *cb)
{
	scope_seg_settle(c, cb);
	cb->state |= SCOPE_SEG_LOST;
	c->lost++;
}

/* A segment arrived: when was the newest one sent that did? */
static void scope_seg_arrived(struct scope_conn *c,
			      const struct scope_skb_cb *cb, u32 now,
			      struct scope_arrived *arrived)
{
	u32 rtt = now - cb->sent_us;

	arrived->segs++;
	/* Of one that was sent twice, the first may have arrived */
	if (cb->state & SCOPE_SEG_AGAIN) {
		if (rtt < c->min_rtt_us)
			return;
	} else {
		arrived->rtt_us = rtt ?: 1;
	}
	if ((s32)(cb->sent_us - c->rack_us) >= 0) {
		c->rack_us = cb->sent_us;
		c->rack_rtt_us = rtt;
	}
}

/**
 * scope_conn_forget() - take a segment off the write queue
 * @sk: the connection, locked
 * @skb: the segment; the caller's from here, and to count
 */
void scope_conn_forget(struct sock *sk, struct sk_buff *skb)
{
	struct scope_conn *c = scope_conn(sk);

	if (skb == c->send_head)
		c->send_head = skb_queue_is_last(&sk->sk_write_queue, skb) ?
			       NULL : skb_queue_next(&sk->sk_write_queue, skb);
	scope_seg_settle(c, scope_skb_cb(skb));
	skb_unlink(skb, &sk->sk_write_queue);
	sk_wmem_queued_add(sk, -(int)skb->truesize);
}

/* Numbers up to @ack are the peer's now */
static void scope_conn_acked(struct sock *sk, u64 ack, u32 now,
			     struct scope_arrived *arrived)
{
	struct scope_net *sn = scope_sk(sk)->sn;
	struct scope_conn *c = scope_conn(sk);
	struct scope_skb_cb *cb;
	struct sk_buff *skb;

	while ((skb = skb_peek(&sk->sk_write_queue)) && skb != c->send_head) {
		cb = scope_skb_cb(skb);
		if (scope_before_seq(ack, scope_seg_end(skb)))
			break;
		if (!(cb->state & SCOPE_SEG_SACKED)) {
			/* Under one that arrived before, and sent but once */
			if (!(cb->state & SCOPE_SEG_AGAIN) &&
			    scope_before_seq(cb->seq, c->highest))
				c->reordered = true;
			scope_seg_arrived(c, cb, now, arrived);
		}
		scope_conn_forget(sk, skb);
		scope_consume(sn, sk, skb, SCOPE_COUNT_ACKED);
	}
	c->snd_una = ack;
	c->backoff = 0;
	c->grace = false;
	scope_conn_restart(sk);
	if (scope_before_seq(c->highest, ack))
		c->highest = ack;
}

/* Numbers that arrived out of order */
static void scope_conn_sacked(struct sock *sk, u64 from, u64 to, u32 now,
			      struct scope_arrived *arrived)
{
	struct scope_conn *c = scope_conn(sk);
	struct scope_skb_cb *cb;
	struct sk_buff *skb;

	skb_queue_walk(&sk->sk_write_queue, skb) {
		cb = scope_skb_cb(skb);
		if (skb == c->send_head || !scope_before_seq(cb->seq, to))
			break;
		if (scope_before_seq(cb->seq, from) ||
		    scope_before_seq(to, scope_seg_end(skb)) ||
		    cb->state & SCOPE_SEG_SACKED)
			continue;
		if (!(cb->state & SCOPE_SEG_AGAIN) &&
		    scope_before_seq(cb->seq, c->highest))
			c->reordered = true;
		scope_seg_arrived(c, cb, now, arrived);
		scope_seg_settle(c, cb);
		cb->state |= SCOPE_SEG_SACKED;
		c->sacked++;
		if (scope_before_seq(c->highest, scope_seg_end(skb)))
			c->highest = scope_seg_end(skb);
	}
}

static void scope_conn_ranges(struct sock *sk, const struct scope_conn_hdr *hdr,
			      u32 now, struct scope_arrived *arrived)
{
	u32 n = (hdr->hdr.hlen - SCOPE_CONN_HDR_LEN) / sizeof(hdr->ranges[0]);
	struct scope_conn *c = scope_conn(sk);
	u64 from, to;
	u32 i;

	for (i = 0; i < n; i++) {
		from = be64_to_cpu(hdr->ranges[i].from);
		to = be64_to_cpu(hdr->ranges[i].to);
		if (!scope_before_seq(from, to) ||
		    scope_before_seq(c->snd_nxt, to))
			continue;
		/* It came twice: what was sent again had only been overtaken */
		if (!scope_before_seq(c->snd_una, to)) {
			c->reordered = true;
			continue;
		}
		scope_conn_sacked(sk, from, to, now, arrived);
	}
}

/**
 * scope_conn_find_lost() - judge which segments are lost
 * @sk: the connection, locked
 *
 * Return: jiffies until what is not late enough to tell will be, 0 for none
 * such.
 */
unsigned long scope_conn_find_lost(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);
	u32 now = scope_conn_now();
	u32 wait = 0, limit, late;
	struct scope_skb_cb *cb;
	struct sk_buff *skb;

	if (!c->sacked)
		return 0;
	limit = c->rack_rtt_us + max_t(u32, c->min_rtt_us / 4, USEC_PER_MSEC);
	if (c->reordered)
		limit = max(c->rack_rtt_us, c->srtt_us >> 3) +
			(c->srtt_us >> 3);
	skb_queue_walk(&sk->sk_write_queue, skb) {
		if (skb == c->send_head)
			break;
		cb = scope_skb_cb(skb);
		if (!(cb->state & SCOPE_SEG_PIPE) ||
		    (s32)(cb->sent_us - c->rack_us) > 0)
			continue;
		late = now - cb->sent_us;
		if (late > limit)
			scope_seg_lose(c, cb);
		else
			wait = max(wait, limit - late);
	}
	return wait ? usecs_to_jiffies(wait) + 1 : 0;
}

/* Segments arrived: how many in a round trip? */
static void scope_conn_round(struct scope_conn *c, u32 now, u32 segs)
{
	u32 less = c->delivered - c->delivered / 8;

	c->round_delivered += segs;
	/* After a timeout, quickly back to where it stood */
	if (c->cwnd < 2 * c->delivered)
		c->cwnd = min(c->cwnd + segs, 2 * c->delivered);
	if (scope_before_seq(c->highest, c->round_end) ||
	    now - c->round_us < c->srtt_us >> 3)
		return;
	if (c->round_delivered > c->delivered || c->limited)
		c->delivered = max(c->round_delivered, less);
	c->cwnd = clamp_t(u32, 2 * c->delivered, SCOPE_CWND_MIN,
			  SCOPE_CWND_MAX);
	c->round_end = c->snd_nxt;
	c->round_us = now;
	c->round_delivered = 0;
	c->limited = false;
}

/**
 * scope_conn_local_drop() - this node's own queue had no room for a segment
 * @sk: the connection, locked
 * @skb: the segment, which counts as sent
 */
void scope_conn_local_drop(struct sock *sk, struct sk_buff *skb)
{
	struct scope_conn *c = scope_conn(sk);

	scope_seg_lose(c, scope_skb_cb(skb));
	c->cwnd = max(c->pipe / 2, 2U);
	c->delivered = max(c->cwnd / 2, 1U);
}

/**
 * scope_conn_first() - the first segment on its way that is not known to be here
 * @sk: the connection, locked
 *
 * Return: the segment or NULL.
 */
struct sk_buff *scope_conn_first(struct sock *sk)
{
	struct sk_buff *skb;

	skb_queue_walk(&sk->sk_write_queue, skb) {
		if (skb == scope_conn(sk)->send_head)
			break;
		if (scope_skb_cb(skb)->state & SCOPE_SEG_PIPE)
			return skb;
	}
	return NULL;
}

/**
 * scope_conn_lose() - take a segment for lost
 * @sk: the connection, locked
 * @skb: the segment, on its way
 */
void scope_conn_lose(struct sock *sk, struct sk_buff *skb)
{
	scope_seg_lose(scope_conn(sk), scope_skb_cb(skb));
}

/**
 * scope_conn_timeout() - nothing was acknowledged for too long
 * @sk: the connection, locked
 *
 * All that did not arrive out of order is taken for lost; and all of it where the
 * peer still waits for the first one, though it said that it had come: it may
 * throw away what is not in order (RFC 2018). One that is still on this node has
 * only not been taken yet.
 */
void scope_conn_timeout(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);
	u8 lost = SCOPE_SEG_PIPE;
	struct sk_buff *skb;

	skb = skb_peek(&sk->sk_write_queue);
	if (skb && scope_skb_cb(skb)->state & SCOPE_SEG_SACKED &&
	    !skb_cloned(skb))
		lost |= SCOPE_SEG_SACKED;
	c->timeouts++;
	c->backoff = min(c->backoff + 1, 10U);
	c->cwnd = 2;
	c->delivered = max(c->delivered / 2, 1U);
	skb_queue_walk(&sk->sk_write_queue, skb) {
		if (skb == c->send_head)
			break;
		if (scope_skb_cb(skb)->state & lost)
			scope_seg_lose(c, scope_skb_cb(skb));
	}
}

/* A later segment's window counts; of one moment, the larger one */
static void scope_conn_update_window(struct sock *sk,
				     const struct scope_conn_hdr *hdr)
{
	struct scope_conn *c = scope_conn(sk);
	u32 window = ntohl(hdr->window);
	u64 seq = be64_to_cpu(hdr->seq);
	u64 ack = be64_to_cpu(hdr->ack);

	if (window == SCOPE_WINDOW_CLOSED) {
		c->deaf = true;
		/* It throws away what comes: let it come */
		window = max_t(u32, c->max_wnd, U16_MAX);
	}
	if (scope_before_seq(ack, c->wl_ack) ||
	    (ack == c->wl_ack && scope_before_seq(seq, c->wl_seq)) ||
	    (ack == c->wl_ack && seq == c->wl_seq && window <= c->snd_wnd))
		return;
	c->wl_ack = ack;
	c->wl_seq = seq;
	c->snd_wnd = window;
	c->max_wnd = max(c->max_wnd, window);
}

/**
 * scope_conn_ack() - take in what a segment acknowledges
 * @sk: the connection, locked
 * @skb: the segment; its acknowledgment is not of what was never sent
 *
 * The caller lets scope_conn_push() judge what is lost, and send.
 */
void scope_conn_ack(struct sock *sk, const struct sk_buff *skb)
{
	const struct scope_conn_hdr *hdr = scope_conn_hdr(skb);
	struct scope_conn *c = scope_conn(sk);
	u64 ack = be64_to_cpu(hdr->ack);
	struct scope_arrived arrived = {};
	u32 now;

	scope_conn_update_window(sk, hdr);
	if (scope_before_seq(ack, c->snd_una))
		return;
	now = scope_conn_now();
	if (ack != c->snd_una)
		scope_conn_acked(sk, ack, now, &arrived);
	else if (!c->snd_wnd)
		/* It answers, if only that it has no room: wait on */
		c->progress = jiffies;
	if (hdr->hdr.hlen > SCOPE_CONN_HDR_LEN)
		scope_conn_ranges(sk, hdr, now, &arrived);
	if (arrived.rtt_us)
		scope_conn_rtt(sk, arrived.rtt_us);
	if (arrived.segs)
		scope_conn_round(c, now, arrived.segs);
}
