/* SPDX-License-Identifier: GPL-2.0 */
/*
 * conn.h - what the files of the connection protocol share
 *
 * conn.c has the states, from open to close, and listen.c a listener's side of
 * the opening; conn_input.c takes what arrives, conn_ack.c what it says of our
 * own segments, conn_output.c sends, and conn_timer.c is called when nothing
 * arrives.
 */
#ifndef _SCOPE_CONN_H
#define _SCOPE_CONN_H

#include <linux/ktime.h>
#include <net/tcp_states.h>

#include "../observe/identity.h"
#include "../observe/station.h"

#define SCOPE_RTO_MIN_US	200000		/* also before one is measured */
#define SCOPE_RTO_MAX_US	10000000
#define SCOPE_EARLY_MAX		3		/* strikes before that time */
#define SCOPE_ACK_DELAY		msecs_to_jiffies(40)
#define SCOPE_MORE_DELAY	msecs_to_jiffies(200)
#define SCOPE_GIVE_UP		(60 * HZ)	/* without any answer */
#define SCOPE_GIVE_UP_CLOSED	(10 * HZ)	/* when nobody has it open */
#define SCOPE_GIVE_UP_HALF	(5 * HZ)	/* a child not yet open */

#define SCOPE_CWND_MIN		10		/* segments; RFC 6928 */
#define SCOPE_CWND_MAX		65536
#define SCOPE_MSS_MIN		28		/* what the smallest MTU leaves */

/* A clock for round trips: units of 1,024 ns, called microseconds here */
static inline u32 scope_conn_now(void)
{
	return ktime_get_ns() >> 10;
}

static inline u64 scope_conn_us(u32 units)
{
	return ((u64)units << 10) / NSEC_PER_USEC;
}

/* Numbers a segment takes: its octets, and one where a record ends */
static inline u32 scope_seg_len(const struct sk_buff *skb)
{
	return skb->len + !!(scope_skb_cb(skb)->flags & SCOPE_F_END);
}

static inline u64 scope_seg_end(const struct sk_buff *skb)
{
	return scope_skb_cb(skb)->seq + scope_seg_len(skb);
}

static inline bool scope_conn_is_here(const struct scope_addr *peer)
{
	return !memchr_inv(peer->link, 0, sizeof(peer->link));
}

static inline u8 scope_conn_type(const struct sock *sk)
{
	return sk->sk_type == SOCK_STREAM ? SCOPE_T_STREAM : SCOPE_T_SEQPACKET;
}

static inline void scope_conn_state(struct sock *sk, int state)
{
	WRITE_ONCE(sk->sk_state, state);
}

/* output.c */
void scope_header(struct sk_buff *skb, u8 type, u8 hlen, __be16 sport,
		  __be16 dport);
bool scope_may_refuse(struct scope_net *sn, const struct sk_buff *skb);

/* conn.c */
struct sock *scope_conn_lookup(struct scope_net *sn,
			       const struct sk_buff *skb, int type);
struct sock *scope_conn_mirror(struct scope_net *sn,
			       const struct scope_conn_key *key);
int scope_conn_hash(struct sock *sk, const struct scope_addr *peer,
		    const struct scope_port *port, const struct sock *owner);
void scope_conn_unhash(struct sock *sk);
void scope_conn_begin(struct sock *sk);
void scope_conn_owner_of(struct sock *sk, const struct cred **cred,
			 struct pid **pid);
void scope_conn_established(struct sock *sk);
void scope_conn_done(struct sock *sk, int err);
void scope_conn_orphan_check(struct sock *sk);

/* listen.c */
void scope_conn_syn(struct scope_net *sn, struct sock *sk, struct sk_buff *skb);
bool scope_conn_leave_listener(struct sock *sk);

/* conn_input.c */
int scope_receive_conn(struct scope_net *sn, struct sk_buff *skb);
void scope_conn_learn(struct sock *sk, const struct sk_buff *skb);

/* conn_ack.c */
void scope_conn_ack_init(struct sock *sk);
void scope_conn_ack(struct sock *sk, const struct sk_buff *skb);
void scope_conn_rtt(struct sock *sk, u32 rtt_us);
void scope_conn_timeout(struct sock *sk);
void scope_conn_local_drop(struct sock *sk, struct sk_buff *skb);
unsigned long scope_conn_find_lost(struct sock *sk);
struct sk_buff *scope_conn_first(struct sock *sk);
void scope_conn_lose(struct sock *sk, struct sk_buff *skb);
void scope_conn_forget(struct sock *sk, struct sk_buff *skb);

/* conn_output.c */
u32 scope_conn_window(struct sock *sk);
int scope_conn_control(struct sock *sk, u8 flags, u64 seq, u64 parent);
void scope_conn_send_ack(struct sock *sk);
void scope_conn_ack_later(struct sock *sk);
void scope_conn_probe(struct sock *sk);
void scope_conn_force(struct sock *sk);
int scope_conn_refuse(struct scope_net *sn, struct sk_buff *skb, u8 flags);

/* conn_timer.c */
void scope_conn_restart(struct sock *sk);
void scope_conn_timers_init(struct sock *sk);
void scope_conn_timers_stop(struct sock *sk);
void scope_conn_rearm(struct sock *sk);
void scope_conn_arm(struct sock *sk, unsigned long delay);
void scope_conn_arm_keep(struct sock *sk);

#endif /* _SCOPE_CONN_H */
