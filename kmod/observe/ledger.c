// SPDX-License-Identifier: GPL-2.0
/*
 * ledger.c - what became of every sk_buff
 *
 * Place: beside the data path, which counts by scope_count() and its like; the
 * reading functions are called by expose/ in process context.
 *
 * Only happenings are counted, each by one increment on the CPU where it
 * happens; where sk_buffs are now is the difference of two counters. So no
 * reader can find one half of a move done, and counting takes no lock. What is
 * behind is read before what is in front of it: a reader under load may see an
 * sk_buff that arrives meanwhile as still on its way, never one that left
 * without having come.
 *
 * Whether the books are right shows where they meet something they did not
 * make: queued against the lengths of the receive queues, and moving, which is
 * nothing when nobody sends.
 */
#include <linux/slab.h>

#include "ledger.h"
#include "registry.h"

static unsigned int scope_reason_slot(u32 reason)
{
	u32 number = reason & ~SCOPE_DROP_SUBSYS_MASK;

	if (reason < SCOPE_REASONS_CORE)
		return reason;
	if ((reason & SCOPE_DROP_SUBSYS_MASK) == SCOPE_DROP_SUBSYS &&
	    number < SCOPE_REASONS_OWN)
		return SCOPE_REASONS_CORE + number;
	return SCOPE_REASON_OTHER;
}

/**
 * scope_ledger_reason() - the drop reason of a slot
 * @slot: less than SCOPE_REASONS
 *
 * Return: enum skb_drop_reason, enum scope_drop, or a number of no subsystem
 * for the last slot.
 */
u32 scope_ledger_reason(unsigned int slot)
{
	if (slot < SCOPE_REASONS_CORE)
		return slot;
	if (slot < SCOPE_REASON_OTHER)
		return SCOPE_DROP_SUBSYS | (slot - SCOPE_REASONS_CORE);
	return SCOPE_DROP_SUBSYS_MASK;
}

/**
 * scope_count_reason() - count a drop
 * @sn: the namespace's data
 * @reason: enum skb_drop_reason or enum scope_drop
 *
 * Context: any.
 */
void scope_count_reason(struct scope_net *sn, u32 reason)
{
	this_cpu_inc(sn->stats->reason[scope_reason_slot(reason)]);
}

static u64 scope_sum(const struct scope_net *sn, enum scope_count count)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(sn->stats, cpu)->count[count]);
	return sum;
}

/**
 * scope_ledger_passed() - how many passed a station
 * @sn: the namespace's data
 * @station: which one
 */
u64 scope_ledger_passed(const struct scope_net *sn, enum scope_station station)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(sn->stats, cpu)->passed[station]);
	return sum;
}

/* later less earlier; the later of the two is read first */
static u64 scope_between(u64 gone, u64 come)
{
	return come > gone ? come - gone : 0;
}

/* The two sides of the books */
static u64 scope_come(const struct scope_ledger *ledger)
{
	return ledger->allocated + ledger->entered + ledger->derived;
}

static u64 scope_accounted(const struct scope_ledger *ledger)
{
	return ledger->delivered + ledger->acked + ledger->merged +
	       ledger->transmitted + ledger->dropped + ledger->queued +
	       ledger->kept + ledger->held + ledger->moving;
}

/**
 * scope_ledger_read() - read a namespace's ledger
 * @sn: the namespace's data
 *
 * Context: process, may sleep.
 *
 * Return: the ledger, for kfree(), or NULL without memory.
 */
struct scope_ledger *scope_ledger_read(struct scope_net *sn)
{
	struct scope_ledger *ledger;
	u64 lost, unqueued, queued, unkept, unheld, acked, delivered, there;
	unsigned int slot;
	int cpu;

	ledger = kzalloc(sizeof(*ledger), GFP_KERNEL);
	if (!ledger)
		return NULL;

	lost = scope_sum(sn, SCOPE_COUNT_HANDED_LOST);
	for (slot = 0; slot < SCOPE_REASONS; slot++) {
		for_each_possible_cpu(cpu)
			ledger->reason[slot] +=
			    READ_ONCE(per_cpu_ptr(sn->stats, cpu)->reason[slot]);
		ledger->dropped += ledger->reason[slot];
	}
	ledger->control_lost = scope_sum(sn, SCOPE_COUNT_CONTROL_LOST);
	ledger->control_read = scope_sum(sn, SCOPE_COUNT_CONTROL_READ);
	ledger->control_made = scope_sum(sn, SCOPE_COUNT_CONTROL_MADE);
	ledger->merged = scope_sum(sn, SCOPE_COUNT_MERGED);
	ledger->acked = scope_sum(sn, SCOPE_COUNT_ACKED_LATE);
	ledger->delivered = scope_sum(sn, SCOPE_COUNT_DELIVERED_LATE);
	/* Parked behind the queues, and in front of what became of it */
	unheld = scope_sum(sn, SCOPE_COUNT_UNHELD_END);
	ledger->held = scope_between(unheld,
				     scope_sum(sn, SCOPE_COUNT_HELD_END));
	unkept = scope_sum(sn, SCOPE_COUNT_UNKEPT);
	acked = scope_sum(sn, SCOPE_COUNT_ACKED);
	ledger->acked += acked;
	ledger->kept = scope_between(unkept + acked,
				     scope_sum(sn, SCOPE_COUNT_KEPT));
	unqueued = scope_sum(sn, SCOPE_COUNT_UNQUEUED);
	delivered = scope_sum(sn, SCOPE_COUNT_DELIVERED);
	ledger->delivered += delivered;
	ledger->queue_len = scope_registry_queued(sn);
	queued = scope_sum(sn, SCOPE_COUNT_QUEUED);
	ledger->queued = scope_between(unqueued + delivered, queued);
	/* They come and go: one number for both, so that none is in each */
	unheld = scope_sum(sn, SCOPE_COUNT_HANDED_UNHELD);
	there = scope_between(unheld, scope_sum(sn, SCOPE_COUNT_HANDED_HELD));
	ledger->transmitted = scope_sum(sn, SCOPE_COUNT_TAKEN) +
		scope_between(lost + there, scope_sum(sn, SCOPE_COUNT_HANDED));
	unheld = scope_sum(sn, SCOPE_COUNT_UNHELD);
	ledger->held += there +
		scope_between(unheld, scope_sum(sn, SCOPE_COUNT_HELD));
	ledger->derived = scope_sum(sn, SCOPE_COUNT_DERIVED);
	ledger->entered = scope_sum(sn, SCOPE_COUNT_ENTERED);
	ledger->allocated = scope_sum(sn, SCOPE_COUNT_ALLOCATED);
	ledger->moving = scope_between(scope_accounted(ledger),
				       scope_come(ledger));
	return ledger;
}

/**
 * scope_ledger_balance() - what came less what it is accounted for as
 * @ledger: as read
 *
 * Return: 0 where the books are right.
 */
s64 scope_ledger_balance(const struct scope_ledger *ledger)
{
	return scope_come(ledger) - scope_accounted(ledger);
}
