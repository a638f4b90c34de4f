/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ledger.h - the counters of a namespace, and what is read from them
 */
#ifndef _SCOPE_LEDGER_H
#define _SCOPE_LEDGER_H

#include <linux/percpu.h>
#include <net/dropreason.h>

#include "../skbscope.h"

/**
 * enum scope_count - what can happen to an sk_buff, once each
 * @SCOPE_COUNT_ALLOCATED: a socket's send call made it
 * @SCOPE_COUNT_ENTERED: it came up from a device, not from scope0 or not from
 *	a socket
 * @SCOPE_COUNT_QUEUED: it was put on a receive queue
 * @SCOPE_COUNT_UNQUEUED: it left a receive queue to be dropped, or parked
 * @SCOPE_COUNT_DELIVERED: it left a receive queue to be read
 * @SCOPE_COUNT_HANDED: it was given to another device than scope0
 * @SCOPE_COUNT_HANDED_LOST: and dropped there
 * @SCOPE_COUNT_HANDED_HELD: and parked at device.xmit
 * @SCOPE_COUNT_HANDED_UNHELD: and is parked there no more
 * @SCOPE_COUNT_TAKEN: it was sent by scope0, and tc or another device took it,
 *	or the protocol did, for a raw socket wrote it like one of its own
 * @SCOPE_COUNT_DERIVED: the protocol made it of another one
 * @SCOPE_COUNT_KEPT: it was put on a write queue
 * @SCOPE_COUNT_UNKEPT: it left a write queue to be dropped, or parked
 * @SCOPE_COUNT_ACKED: it left a write queue, for the peer has its octets
 * @SCOPE_COUNT_MERGED: a receive queue took its octets into another one
 * @SCOPE_COUNT_HELD: it was parked at a station
 * @SCOPE_COUNT_UNHELD: and is parked there no more
 * @SCOPE_COUNT_HELD_END: it was parked at its end
 * @SCOPE_COUNT_UNHELD_END: and is parked there no more
 * @SCOPE_COUNT_DELIVERED_LATE: it was read; it left the receive queue, and was
 *	counted as that, to be parked at its end
 * @SCOPE_COUNT_ACKED_LATE: the peer has its octets; the same of a write queue
 * @SCOPE_COUNT_CONTROL_MADE: the protocol made it
 * @SCOPE_COUNT_CONTROL_READ: the protocol read it
 * @SCOPE_COUNT_CONTROL_LOST: the protocol made it, and it was dropped
 * @SCOPE_COUNT_MAX: how many there are
 */
enum scope_count {
	SCOPE_COUNT_ALLOCATED,
	SCOPE_COUNT_ENTERED,
	SCOPE_COUNT_QUEUED,
	SCOPE_COUNT_UNQUEUED,
	SCOPE_COUNT_DELIVERED,
	SCOPE_COUNT_HANDED,
	SCOPE_COUNT_HANDED_LOST,
	SCOPE_COUNT_HANDED_HELD,
	SCOPE_COUNT_HANDED_UNHELD,
	SCOPE_COUNT_TAKEN,
	SCOPE_COUNT_DERIVED,
	SCOPE_COUNT_KEPT,
	SCOPE_COUNT_UNKEPT,
	SCOPE_COUNT_ACKED,
	SCOPE_COUNT_MERGED,
	SCOPE_COUNT_HELD,
	SCOPE_COUNT_UNHELD,
	SCOPE_COUNT_HELD_END,
	SCOPE_COUNT_UNHELD_END,
	SCOPE_COUNT_DELIVERED_LATE,
	SCOPE_COUNT_ACKED_LATE,
	SCOPE_COUNT_CONTROL_MADE,
	SCOPE_COUNT_CONTROL_READ,
	SCOPE_COUNT_CONTROL_LOST,
	SCOPE_COUNT_MAX,
};

/* Slots of reasons: the core's, the family's own, and one for all others */
#define SCOPE_REASONS_CORE	SKB_DROP_REASON_MAX
#define SCOPE_REASON_ENTRY(symbol, number, name) + 1
#define SCOPE_REASONS_OWN	(0 SCOPE_DROPS(SCOPE_REASON_ENTRY))
#define SCOPE_REASON_OTHER	(SCOPE_REASONS_CORE + SCOPE_REASONS_OWN)
#define SCOPE_REASONS		(SCOPE_REASON_OTHER + 1)

/**
 * struct scope_stats - one CPU's counters of one namespace
 * @passed: by station
 * @count: by enum scope_count
 * @reason: drops by slot
 */
struct scope_stats {
	unsigned long	passed[SCOPE_STATION_MAX + 1];
	unsigned long	count[SCOPE_COUNT_MAX];
	unsigned long	reason[SCOPE_REASONS];
};

/**
 * struct scope_ledger - what became of a namespace's sk_buffs
 * @allocated: made by its sockets
 * @entered: came up from a device, of others
 * @derived: made by the protocol of others: clones to send, halves of segments
 *	that were cut, buffers that collect small ones
 * @delivered: read by a program
 * @acked: kept to retransmit until the peer had their octets
 * @merged: given up when a receive queue took their octets into another one
 * @transmitted: given to another device than scope0, and not dropped or parked
 *	there; or taken by one, or by tc, on its way over scope0
 * @dropped: sum of @reason
 * @queued: on receive queues, by the counters
 * @kept: on write queues, not sent or not acknowledged
 * @held: parked at a station
 * @moving: between the send call, or the device, and a receive queue
 * @queue_len: on receive queues, by looking at them
 * @control_made: the protocol's own frames, which are in none of the above
 * @control_read: such frames received
 * @control_lost: such frames dropped
 * @reason: drops by slot, see scope_ledger_reason()
 *
 * allocated + entered + derived = delivered + acked + merged + transmitted +
 * dropped + queued + kept + held + moving.
 */
struct scope_ledger {
	u64	allocated;
	u64	entered;
	u64	derived;
	u64	delivered;
	u64	acked;
	u64	merged;
	u64	transmitted;
	u64	dropped;
	u64	queued;
	u64	kept;
	u64	held;
	u64	moving;
	u64	queue_len;
	u64	control_made;
	u64	control_read;
	u64	control_lost;
	u64	reason[SCOPE_REASONS];
};

static inline void scope_count(struct scope_net *sn, enum scope_count count)
{
	this_cpu_inc(sn->stats->count[count]);
}

static inline void scope_count_passed(struct scope_net *sn,
				      enum scope_station station)
{
#ifndef SCOPE_NO_STATIONS
	this_cpu_inc(sn->stats->passed[station]);
#endif
}

void scope_count_reason(struct scope_net *sn, u32 reason);
u64 scope_ledger_passed(const struct scope_net *sn, enum scope_station station);
struct scope_ledger *scope_ledger_read(struct scope_net *sn);
s64 scope_ledger_balance(const struct scope_ledger *ledger);
u32 scope_ledger_reason(unsigned int slot);

#endif /* _SCOPE_LEDGER_H */
