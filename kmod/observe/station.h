/* SPDX-License-Identifier: GPL-2.0 */
/*
 * station.h - the hook by which the data path passes its stations
 */
#ifndef _SCOPE_STATION_H
#define _SCOPE_STATION_H

#include <linux/jump_label.h>

#include "ledger.h"
#include "picture.h"

#define SCOPE_REASON_LEN	40	/* octets of a drop reason's name */

/**
 * struct scope_event - what the tracepoint is given
 * @station: where
 * @skb: the sk_buff, or what is known of it before there is one
 * @before: what the socket was charged with before the step that led here
 * @after: and is now
 * @cookie: the socket, 0 for none
 * @netns: inode of the namespace
 * @ifindex: skb->dev, else the device it came in by, else 0
 * @dev: name of skb->dev, with a zero at its end
 * @reason: for a drop
 * @frames: programs that are true of its frame, see frame.h
 * @reason_name: its name, zero padded
 */
struct scope_event {
	struct scope_skb_pic	skb;
	struct scope_mem	before;
	struct scope_mem	after;
	u64			cookie;
	u32			netns;
	u32			ifindex;
	u32			reason;
	u32			frames;
	u8			station;
	char			dev[IFNAMSIZ];
	char			reason_name[SCOPE_REASON_LEN];
};

/**
 * struct scope_snap - what of an sk_buff's octets goes into its image
 * @sk: cookie of skb->sk, 0 for none of the family
 * @from: offset from skb->head
 * @len: how many
 */
struct scope_snap {
	u64	sk;
	u32	from;
	u32	len;
};

/**
 * struct scope_sending - a send call that is accepted
 * @id: the number its sk_buff will have
 * @len: octets of it
 * @port: the sender's port
 * @peer: the destination
 * @seq: of a connection, number of the first octet
 * @dev: the device it will be for, where that is decided already, or NULL
 * @joins: its octets join others in an sk_buff that there is
 */
struct scope_sending {
	u64			id;
	size_t			len;
	__be16			port;
	const struct scope_addr *peer;
	u64			seq;
	struct net_device	*dev;
	bool			joins;
};

/**
 * typedef scope_okfn - what goes on behind a station
 * @sn: the namespace's data
 * @sk: the socket the station is passed for, or NULL
 * @skb: owned from here on
 *
 * One that is called at a station of its own file is __always_inline: to the
 * compiler, that the watched way needs its address would be a reason to call it.
 */
typedef int (*scope_okfn)(struct scope_net *sn, struct sock *sk,
			  struct sk_buff *skb);

/**
 * struct scope_end - what is left to do with an sk_buff at its end
 * @free: books what became of it, and frees it
 * @fate: at end.consumed enum scope_count, at end.dropped the reason
 */
struct scope_end {
	void	(*free)(struct scope_net *sn, struct sock *sk,
			struct sk_buff *skb, u32 fate);
	u32	fate;
};

DECLARE_STATIC_KEY_FALSE(scope_watched);

/**
 * scope_is_watched() - does somebody ask for events?
 *
 * A branch that is patched in and out. A module built with SCOPE_NO_STATIONS
 * has no stations, so that their cost can be measured.
 */
static __always_inline bool scope_is_watched(void)
{
#ifdef SCOPE_NO_STATIONS
	return false;
#else
	return static_branch_unlikely(&scope_watched);
#endif
}

int scope_station_init(void);
void scope_station_exit(void);
void scope_station_settle(void);
u32 scope_station_watchers(void);
int scope_watch_trace(void);
void scope_unwatch_trace(void);
void scope_trace_guard(void);
int scope_watch_images(void);
void scope_unwatch_images(void);

int scope_pass_watched(struct scope_net *sn, enum scope_station station,
		       struct sock *sk, struct sk_buff *skb,
		       const struct scope_mem *before, scope_okfn okfn);
void scope_trace(struct scope_net *sn, enum scope_station station,
		 const struct sock *sk, const struct sk_buff *skb,
		 const struct scope_mem *before);
int scope_stand_watched(struct scope_net *sn, enum scope_station station,
			struct sock *sk, struct sk_buff *skb,
			const struct scope_mem *before);
int scope_send_watched(struct scope_net *sn, struct sock *sk,
		       const struct scope_sending *send);
void scope_read_watched(struct scope_net *sn, const struct sock *sk,
			const struct sk_buff *skb, u64 seq, size_t len);
void scope_trace_refused(const struct sock *sk, u64 id, int err);
void scope_trace_drop(struct scope_net *sn, const struct sock *sk,
		      const struct sk_buff *skb, u32 reason);

/* end.c */
void scope_drop(struct scope_net *sn, struct sock *sk, struct sk_buff *skb,
		u32 reason);
void scope_consume(struct scope_net *sn, struct sock *sk, struct sk_buff *skb,
		   enum scope_count fate);
void scope_consume_read(struct scope_net *sn, struct sock *sk,
			struct sk_buff *skb);

/**
 * scope_pass() - pass a station
 * @sn: the namespace's data
 * @station: which one
 * @sk: the socket this layer works for, or NULL
 * @skb: the sk_buff; the callee owns it from here
 * @before: what @sk was charged with before the step, or NULL if the step
 *	charged nothing; read only while watched
 * @okfn: what goes on behind the station. Everything it needs is in its
 *	arguments and in @skb, for it may run later and elsewhere.
 *
 * The manner of NF_HOOK(). With nothing watching: one per-CPU increment and a
 * branch that is patched out.
 *
 * Whoever calls this may find that @okfn was not called: the packet is held, or
 * was dropped on purpose, see rule.c.
 *
 * Context: process or softirq, as @okfn needs it, but for the socket's lock, which
 * it must not rely on.
 *
 * Return: what @okfn returns; 0 where the packet is held; as for a packet that was
 * lost where it was dropped.
 */
static __always_inline int
scope_pass(struct scope_net *sn, enum scope_station station, struct sock *sk,
	   struct sk_buff *skb, const struct scope_mem *before, scope_okfn okfn)
{
	scope_count_passed(sn, station);
	if (scope_is_watched())
		return scope_pass_watched(sn, station, sk, skb, before, okfn);
	return okfn(sn, sk, skb);
}

/**
 * scope_stand() - pass a station where the call itself goes on
 * @sn: the namespace's data
 * @station: which one
 * @sk: the socket, locked
 * @skb: the sk_buff; stays the caller's where the call goes on
 * @before: as for scope_pass()
 *
 * Where a rule holds the sk_buff the call stands, and has let go of the lock.
 *
 * Context: process, may sleep.
 *
 * Return: 0; 1 where it stood, so that everything may be otherwise; a negative errno
 * where @skb was dropped and the call fails.
 */
static __always_inline int
scope_stand(struct scope_net *sn, enum scope_station station, struct sock *sk,
	    struct sk_buff *skb, const struct scope_mem *before)
{
	scope_count_passed(sn, station);
	if (scope_is_watched())
		return scope_stand_watched(sn, station, sk, skb, before);
	return 0;
}

/**
 * scope_trace_send() - pass socket.send, where there is no sk_buff yet
 * @sn: the namespace's data
 * @sk: the sender; a connection's is locked, but for a socketpair()'s
 * @id: the number the sk_buff will have
 * @len: octets of the call
 * @port: the sender's port
 * @peer: the destination
 * @seq: of a connection, number of the first octet
 * @dev: the device, where it is decided already, or NULL
 * @joins: the octets join others in an sk_buff that there is: no rule has the call
 *
 * Context: process, may sleep.
 *
 * Return: as scope_stand().
 */
static __always_inline int
scope_trace_send(struct scope_net *sn, struct sock *sk, u64 id, size_t len,
		 __be16 port, const struct scope_addr *peer, u64 seq,
		 struct net_device *dev, bool joins)
{
	scope_count_passed(sn, SCOPE_STATION_SOCKET_SEND);
	if (scope_is_watched()) {
		/* Only here, so that nothing is stored for it elsewhere */
		const struct scope_sending send = {
			.id = id,
			.len = len,
			.port = port,
			.peer = peer,
			.seq = seq,
			.dev = dev,
			.joins = joins,
		};

		return scope_send_watched(sn, sk, &send);
	}
	return 0;
}

/**
 * scope_trace_read() - pass socket.recv with a part of an sk_buff
 * @sn: the namespace's data
 * @sk: the reader
 * @skb: the sk_buff, a connection's segment; stays the caller's
 * @seq: number of the first octet that was read
 * @len: how many were
 *
 * Context: process.
 */
static __always_inline void
scope_trace_read(struct scope_net *sn, const struct sock *sk,
		 const struct sk_buff *skb, u64 seq, size_t len)
{
	scope_count_passed(sn, SCOPE_STATION_SOCKET_RECV);
	if (scope_is_watched())
		scope_read_watched(sn, sk, skb, seq, len);
}

/**
 * scope_before() - remember what a socket is charged with, while watched
 * @mem: where to; stays as it is with nobody watching, so clear it before
 * @sk: the socket
 */
static __always_inline void scope_before(struct scope_mem *mem,
					 const struct sock *sk)
{
	if (scope_is_watched())
		scope_picture_mem(mem, sk);
}

#endif /* _SCOPE_STATION_H */
