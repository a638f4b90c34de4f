/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rule.h - which packets are held or spoilt on purpose, and how
 */
#ifndef _SCOPE_RULE_H
#define _SCOPE_RULE_H

#include <linux/filter.h>

#include "../uapi/skbscope_netlink.h"
#include "picture.h"
#include "station.h"

#define SCOPE_RULES_MAX		64	/* of a namespace */
#define SCOPE_HOLD_MAX		4096	/* packets, of a rule and of a namespace */
#define SCOPE_HOLD_DEFAULT	256
#define SCOPE_HOLD_MS_MAX	3600000
#define SCOPE_HOLD_MS_DEFAULT	60000
#define SCOPE_CHANCE_ALL	1000000
#define SCOPE_RULE_STEPS	64	/* packets that are stepped at a time */
#define SCOPE_RULE_END		(5 * HZ) /* in which order is kept when one ends */

/* A table of delays is netem's: how many numbers, and what stands for one jitter */
#define SCOPE_RULE_TABLE_MIN	2
#define SCOPE_RULE_TABLE_MAX	16384
#define SCOPE_RULE_TABLE_SCALE	8192

/* Where a function goes on with a packet, or a call, so that it can be had there */
#define SCOPE_RULE_STATIONS	GENMASK(SCOPE_STATION_END_DROPPED,	\
					SCOPE_STATION_SOCKET_SEND)

/* Where nothing can be done with it any more but to have it wait */
#define SCOPE_RULE_ENDS		(BIT(SCOPE_STATION_END_CONSUMED) |	\
				 BIT(SCOPE_STATION_END_DROPPED))

/* Where a call can be told to come again */
#define SCOPE_RULE_CALLS	(BIT(SCOPE_STATION_SOCKET_SEND) |	\
				 BIT(SCOPE_STATION_SOCKET_ALLOC) |	\
				 BIT(SCOPE_STATION_SOCKET_RECV))

/**
 * struct scope_rule_spec - what a rule is for, and what it does
 * @action: enum skbscope_action
 * @stations: a bit each
 * @cookie: of a socket, 0 for any
 * @skb: number of an sk_buff, 0 for any
 * @port: either end's, host order; 0 for any
 * @has_ifindex: whether @ifindex counts
 * @ifindex: of the device, 0 for scope0
 * @traffic: enum skbscope_traffic
 * @nth: of those it is meant for the first one, from 1; 0 where not said
 * @every: and each so many behind it; 0 for that one only
 * @chance: of a million; SCOPE_CHANCE_ALL for all
 * @seed: by which they are picked
 * @count: then no more; 0 for no end
 * @limit: packets held at a time
 * @timeout: milliseconds that one is held
 * @overflow: enum skbscope_overflow, for one too many
 * @loose: others of its flow may pass
 * @patches: drivers' functions may be patched for it, see xmit.c
 * @delay: milliseconds
 * @jitter: more or less
 * @table: how it is spread, or NULL for evenly; a rule has its own one
 * @table_len: numbers of it
 * @offset: of an octet, or how many stay
 * @bit: of the octet
 */
struct scope_rule_spec {
	u32	action;
	u32	stations;
	u64	cookie;
	u64	skb;
	u16	port;
	bool	has_ifindex;
	u32	ifindex;
	u32	traffic;
	u64	nth;
	u64	every;
	u32	chance;
	u32	seed;
	u64	count;
	u32	limit;
	u32	timeout;
	u32	overflow;
	bool	loose;
	bool	patches;
	u32	delay;
	u32	jitter;
	const s16 *table;
	u32	table_len;
	u32	offset;
	u32	bit;
};

/**
 * struct scope_rule - a rule of a namespace
 * @list: in scope_net.rules; RCU for readers, written under rule_lock
 * @spec: what it is; not changed any more
 * @prog: asked about the frame, or NULL
 * @id: its number in the namespace
 * @portid: of the netlink socket that it goes with, 0 for none
 * @seen: packets that it was meant for
 * @picked: those of them that were its turn
 * @hits: to which it did something
 * @missed: to which it could not
 * @full: that were one too many
 * @held: packets that it holds now; under scope_net.held_lock
 * @steps: numbers of sk_buffs that are to be held at their next station, oldest
 *	first; under held_lock
 * @nr_steps: how many; read without it
 * @ends: it has to do with what it holds alone, and what comes right behind
 * @order_ends: jiffies, until when that waits for its turn; 0 for as long as it takes
 * @rcu: frees it
 */
struct scope_rule {
	struct list_head	list;
	struct scope_rule_spec	spec;
	struct bpf_prog		*prog;
	u32			id;
	u32			portid;
	atomic64_t		seen;
	atomic64_t		picked;
	atomic64_t		hits;
	atomic64_t		missed;
	atomic64_t		full;
	u32			held;
	u64			steps[SCOPE_RULE_STEPS];
	u32			nr_steps;
	bool			ends;
	unsigned long		order_ends;
	struct rcu_head		rcu;
};

/**
 * struct scope_passing - a packet, or a call, at a station, and what rules make of it
 * @sn: the namespace's data
 * @station: which one
 * @sk: for whom it is passed, or NULL
 * @skb: the packet; NULL where there is none yet, or where it is the caller's no more
 * @dev: where there is none yet, the device that it will be for, or NULL
 * @okfn: what goes on; NULL at its end, and where the caller himself does, who
 *	stands there if it is held
 * @again: where the caller himself goes on, what a second one goes on with; NULL
 *	where there can be none
 * @end: at its end, what goes on
 * @below: others have the packet: the front of its cb is theirs
 * @locked: and has the socket's lock, which he lets go of meanwhile
 * @pic: of the packet as it came; what is known of it where there is none yet
 * @held: where the caller is to stand
 * @copy: one that goes on behind it, or NULL
 * @overtaken: one that does, for it was parked until another one passed; or NULL
 * @over: it is one too many, and goes on before those that are held
 * @lost: it was dropped
 * @reason: for which
 * @rc: what the caller is to return where the packet was taken
 */
struct scope_passing {
	struct scope_net	*sn;
	enum scope_station	station;
	struct sock		*sk;
	struct sk_buff		*skb;
	struct net_device	*dev;
	scope_okfn		okfn;
	scope_okfn		again;
	struct scope_end	end;
	bool			below;
	bool			locked;
	struct scope_skb_pic	pic;
	struct scope_held	*held;
	struct sk_buff		*copy;
	struct scope_held	*overtaken;
	bool			over;
	bool			lost;
	u32			reason;
	int			rc;
};

/** scope_passing_stands() - is it the call that stands there, if it is held? */
static inline bool scope_passing_stands(const struct scope_passing *p)
{
	return !p->okfn && !p->end.free;
}

/** scope_has_rules() - is there any for the packets of a namespace? */
static inline bool scope_has_rules(const struct scope_net *sn)
{
	return !list_empty(&sn->rules);
}

void scope_rules_net_init(struct scope_net *sn);
void scope_rules_net_exit(struct scope_net *sn);
int scope_rule_add(struct scope_net *sn, const struct scope_rule_spec *spec,
		   struct sock_fprog_kern *program, u32 portid, u32 *id);
struct scope_rule *scope_rule_find(struct scope_net *sn, u32 id);
int scope_rule_del(struct scope_net *sn, u32 id);
int scope_rule_release(struct scope_net *sn, u32 id);
void scope_rules_disown(struct scope_net *sn, u32 portid);
bool scope_rules_pass(struct scope_net *sn, enum scope_station station,
		      struct sock *sk, struct sk_buff *skb, scope_okfn okfn,
		      int *rc);
int scope_rules_stand(struct scope_passing *p);
bool scope_rules_at(const struct scope_net *sn, enum scope_station station);
bool scope_rules_stop(struct scope_net *sn, enum scope_station station,
		      struct sock *sk, struct sk_buff *skb, scope_okfn okfn,
		      struct sk_buff_head *again);
bool scope_rules_end(struct scope_net *sn, enum scope_station station,
		     struct sock *sk, struct sk_buff *skb,
		     struct scope_end end);
void scope_rules_miss(struct scope_net *sn, enum scope_station station,
		      struct sock *sk, struct sk_buff *skb);
void scope_rules_miss_below(struct scope_net *sn, enum scope_station station,
			    const struct sock *sk, const struct sk_buff *skb);

#endif /* _SCOPE_RULE_H */
