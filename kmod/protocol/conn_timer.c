// SPDX-License-Identifier: GPL-2.0
/*
 * conn_timer.c - what to do when nothing arrives
 *
 * Place: protocol layer, in softirq by the kernel's timers. A timer holds a
 * reference to the socket, and takes its lock; where a program has it, the
 * timer comes again a little later.
 *
 * Three timers: one for what was or could be sent, one for acknowledgments
 * that wait for company, and sk_timer for a peer that was silent for long. To
 * move a timer costs more than to have it strike in vain, so the first two are
 * left to run out, and look then whether there is something to do.
 */
#include "conn.h"

static unsigned long scope_conn_rto(const struct scope_conn *c)
{
	u64 us = min_t(u64, (u64)c->rto_us << c->backoff, SCOPE_RTO_MAX_US);

	return usecs_to_jiffies(us);
}

/**
 * scope_conn_restart() - the peer had no reason to answer before now
 * @sk: the connection, locked
 *
 * Called when something is sent and nothing was on its way, and when something
 * is acknowledged: the times to send again and to give up run from now.
 */
void scope_conn_restart(struct sock *sk)
{
	scope_conn(sk)->progress = jiffies;
	scope_conn(sk)->rtx_from = jiffies;
	scope_conn(sk)->early = 0;
}

/*
 * Two round trips, and the time for which a peer may wait to acknowledge a
 * single segment. Then it is worth to ask: see scope_conn_ask().
 */
static unsigned long scope_conn_soon(const struct scope_conn *c)
{
	unsigned long soon = usecs_to_jiffies(c->srtt_us >> 2) + 2;

	return c->pipe > 1 || c->sacked ? soon : soon + SCOPE_ACK_DELAY;
}

static bool scope_conn_may_ask(const struct sock *sk)
{
	const struct scope_conn *c = scope_conn(sk);

	return c->srtt_us && c->early < SCOPE_EARLY_MAX && c->pipe &&
	       !((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)) &&
	       scope_conn_soon(c) < scope_conn_rto(c);
}

static void scope_conn_run_to(struct sock *sk, struct timer_list *timer,
			      unsigned long at)
{
	if (!timer_pending(timer) || time_after(timer->expires, at))
		sk_reset_timer(sk, timer, at);
}

/**
 * scope_conn_arm() - have the first timer strike no later than that
 * @sk: the connection, locked
 * @delay: jiffies from now
 */
void scope_conn_arm(struct sock *sk, unsigned long delay)
{
	struct scope_conn *c = scope_conn(sk);
	unsigned long at = jiffies + max(delay, 1UL);

	if (c->rtx_armed && !time_after(c->rtx_at, at))
		return;
	c->rtx_at = at;
	c->rtx_armed = true;
	scope_conn_run_to(sk, &c->rtx_timer, at);
}

/* Jiffies from now until @after from when the time began to run */
static unsigned long scope_conn_due(const struct scope_conn *c,
				    unsigned long after)
{
	unsigned long at = c->rtx_from + after;

	return time_after(at, jiffies) ? at - jiffies : 0;
}

/**
 * scope_conn_rearm() - set the first timer anew, for something changed
 * @sk: the connection, locked
 */
void scope_conn_rearm(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);

	c->rtx_armed = false;
	if (c->snd_una != c->snd_nxt)
		scope_conn_arm(sk, scope_conn_due(c, scope_conn_may_ask(sk) ?
						  scope_conn_soon(c) :
						  scope_conn_rto(c)));
	else if (c->send_head)
		scope_conn_arm(sk, scope_conn_due(c, c->corked && c->snd_wnd ?
						  SCOPE_MORE_DELAY :
						  scope_conn_rto(c)));
}

/**
 * scope_conn_ack_later() - acknowledge soon, unless a segment does it first
 * @sk: the connection, locked
 */
void scope_conn_ack_later(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);

	if (!c->ack_segs)
		c->ack_segs = 1;
	c->ack_at = jiffies + SCOPE_ACK_DELAY;
	scope_conn_run_to(sk, &c->ack_timer, c->ack_at);
}

static unsigned long scope_conn_patience(const struct sock *sk)
{
	if (sock_flag(sk, SOCK_DEAD))
		return SCOPE_GIVE_UP_CLOSED;
	if (sk->sk_state == TCP_SYN_RECV)
		return SCOPE_GIVE_UP_HALF;
	return SCOPE_GIVE_UP;
}

/* The opening goes out again */
static void scope_conn_syn_again(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);

	c->timeouts++;
	c->backoff = min(c->backoff + 1, 10U);
	c->retransmits++;
	scope_conn_control(sk, sk->sk_state == TCP_SYN_SENT ? SCOPE_F_SYN :
			   SCOPE_F_SYN | SCOPE_F_ACK, c->iss, 0);
	scope_conn_rearm(sk);
}

/*
 * What is not acknowledged may have arrived: its clone is still somewhere on
 * this node, so nothing was lost, or the path was never seen to lose anything.
 * Then the peer is asked where it stands. Else the first segment is sent
 * again, early: if it was lost at the end of all that may be sent, no later
 * one can show that (RFC 8985, TLP).
 */
static void scope_conn_ask(struct sock *sk)
{
	struct sk_buff *skb = scope_conn_first(sk);
	struct scope_conn *c = scope_conn(sk);

	c->early++;
	c->rtx_from = jiffies;
	if (skb && c->lossy && !skb_cloned(skb)) {
		scope_conn_lose(sk, skb);
		scope_conn_push(sk);
	} else {
		scope_conn_probe(sk);
		scope_conn_rearm(sk);
	}
}

/*
 * The retransmission timer. When it strikes, this CPU may just have been kept
 * from its softirqs, and the acknowledgment be there to be read: look once
 * more in a moment.
 */
static void scope_conn_unanswered(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);
	struct sk_buff *first;

	if (!c->grace) {
		c->grace = true;
		c->rtx_armed = false;
		scope_conn_arm(sk, 1);
		return;
	}
	c->grace = false;
	c->rtx_from = jiffies;
	if (time_after(jiffies, c->progress + scope_conn_patience(sk))) {
		scope_conn_abort(sk, ETIMEDOUT);
		return;
	}
	if ((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)) {
		scope_conn_syn_again(sk);
		return;
	}
	first = scope_conn_first(sk);
	if (first && skb_cloned(first)) {
		/* It has not left this node, or has arrived: not lost */
		c->backoff = min(c->backoff + 1, 10U);
		scope_conn_probe(sk);
		scope_conn_rearm(sk);
		return;
	}
	scope_conn_timeout(sk);
	/* The peer may by now want shorter segments: have it say so */
	if (c->backoff > 1)
		scope_conn_probe(sk);
	if (c->fin_sent && !c->lost) {
		c->retransmits++;
		scope_conn_control(sk, SCOPE_F_FIN | SCOPE_F_ACK, c->write_seq,
				   0);
	}
	scope_conn_push(sk);
}

/* Nothing is on its way, and there is something to send */
static void scope_conn_stuck(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);

	if (c->corked) {
		c->corked = false;
		scope_conn_push(sk);
		if (c->snd_una != c->snd_nxt)
			return;
	}
	if (time_after(jiffies, c->progress + scope_conn_patience(sk))) {
		scope_conn_abort(sk, ETIMEDOUT);
		return;
	}
	c->rtx_from = jiffies;
	scope_conn_force(sk);
	if (c->snd_una == c->snd_nxt) {
		c->backoff = min(c->backoff + 1, 10U);
		scope_conn_probe(sk);
	}
	scope_conn_rearm(sk);
}

static void scope_conn_strike(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);

	/* First what had to wait for a judgement: it sets the timer anew */
	if (c->sacked)
		scope_conn_push(sk);
	if (c->snd_una != c->snd_nxt && scope_conn_may_ask(sk)) {
		if (!scope_conn_due(c, scope_conn_soon(c)))
			scope_conn_ask(sk);
		else
			scope_conn_rearm(sk);
		return;
	}
	if (c->rtx_armed && scope_conn_due(c, scope_conn_rto(c)))
		return;
	if (c->snd_una != c->snd_nxt)
		scope_conn_unanswered(sk);
	else if (c->send_head)
		scope_conn_stuck(sk);
}

static void scope_conn_rtx_timer(struct timer_list *t)
{
	struct scope_conn *c = timer_container_of(c, t, rtx_timer);
	struct sock *sk = &container_of(c, struct scope_sock, conn)->sk;

	bh_lock_sock(sk);
	if (sk->sk_state == TCP_CLOSE || !c->rtx_armed)
		goto out;
	if (sock_owned_by_user(sk)) {
		sk_reset_timer(sk, t, jiffies + 1);
	} else if (time_before(jiffies, c->rtx_at)) {
		sk_reset_timer(sk, t, c->rtx_at);
	} else {
		c->rtx_armed = false;
		scope_conn_strike(sk);
	}
out:
	bh_unlock_sock(sk);
	sock_put(sk);
}

static void scope_conn_ack_timer(struct timer_list *t)
{
	struct scope_conn *c = timer_container_of(c, t, ack_timer);
	struct sock *sk = &container_of(c, struct scope_sock, conn)->sk;

	bh_lock_sock(sk);
	if (sk->sk_state == TCP_CLOSE || !c->ack_segs)
		goto out;
	if (sock_owned_by_user(sk))
		sk_reset_timer(sk, t, jiffies + 1);
	else if (time_before(jiffies, c->ack_at))
		sk_reset_timer(sk, t, c->ack_at);
	else
		scope_conn_send_ack(sk);
out:
	bh_unlock_sock(sk);
	sock_put(sk);
}

/* Until the next probe, or the end; 0 where none is due */
static unsigned long scope_conn_keep_at(const struct sock *sk)
{
	const struct scope_conn *c = scope_conn(sk);

	if (!sock_flag(sk, SOCK_KEEPOPEN))
		return 0;
	return c->heard + c->keepidle * HZ +
	       (unsigned long)c->keep_probes * c->keepintvl * HZ;
}

/**
 * scope_conn_arm_keep() - set the timer for a silent peer
 * @sk: the connection, locked
 */
void scope_conn_arm_keep(struct sock *sk)
{
	unsigned long at = scope_conn_keep_at(sk);

	if (at)
		sk_reset_timer(sk, &sk->sk_timer, at);
}

/**
 * scope_conn_keepalive() - SO_KEEPALIVE was set
 * @sk: the socket, locked
 * @on: to what
 */
void scope_conn_keepalive(struct sock *sk, int on)
{
	if (!scope_is_conn(sk) || !scope_conn(sk)->hashed)
		return;
	sock_valbool_flag(sk, SOCK_KEEPOPEN, on);
	scope_conn_arm_keep(sk);
}

static void scope_conn_keep_strike(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);
	unsigned long at = scope_conn_keep_at(sk);

	if (!at)
		return;
	/* What is on its way is asked for an answer already */
	if (c->snd_una != c->snd_nxt)
		at = jiffies + c->keepintvl * HZ;
	if (time_after_eq(jiffies, at)) {
		if (c->keep_probes >= c->keepcnt) {
			scope_conn_abort(sk, ETIMEDOUT);
			return;
		}
		c->keep_probes++;
		scope_conn_probe(sk);
		at = scope_conn_keep_at(sk);
	}
	sk_reset_timer(sk, &sk->sk_timer, at);
}

static void scope_conn_keep_timer(struct timer_list *t)
{
	struct sock *sk = timer_container_of(sk, t, sk_timer);

	bh_lock_sock(sk);
	if (sock_owned_by_user(sk))
		sk_reset_timer(sk, t, jiffies + 1);
	else if (sk->sk_state == TCP_FIN_WAIT2 && sock_flag(sk, SOCK_DEAD))
		scope_conn_abort(sk, 0);
	else if (sk->sk_state != TCP_CLOSE && sk->sk_state != TCP_LISTEN)
		scope_conn_keep_strike(sk);
	bh_unlock_sock(sk);
	sock_put(sk);
}

/**
 * scope_conn_timers_init() - set up a socket's timers
 * @sk: a new socket
 */
void scope_conn_timers_init(struct sock *sk)
{
	timer_setup(&scope_conn(sk)->rtx_timer, scope_conn_rtx_timer, 0);
	timer_setup(&scope_conn(sk)->ack_timer, scope_conn_ack_timer, 0);
	timer_setup(&sk->sk_timer, scope_conn_keep_timer, 0);
}

/**
 * scope_conn_timers_stop() - none strikes any more
 * @sk: the socket, locked, with a reference beyond the timers'
 */
void scope_conn_timers_stop(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);

	c->rtx_armed = false;
	c->ack_segs = 0;
	sk_stop_timer(sk, &c->rtx_timer);
	sk_stop_timer(sk, &c->ack_timer);
	sk_stop_timer(sk, &sk->sk_timer);
}
