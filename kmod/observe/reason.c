// SPDX-License-Identifier: GPL-2.0
/*
 * reason.c - names of drop reasons
 *
 * Place: beside the data path; called by station.c and by expose/. No locks.
 *
 * Numbers of the kernel's reasons move between versions. The module is
 * compiled against the headers of the kernel that loads it, so their list
 * gives the names of that kernel.
 */
#include <linux/kernel.h>

#include "../uapi/skbscope.h"
#include "reason.h"

#define SCOPE_CORE_NAME(reason)	[SKB_DROP_REASON_##reason] = #reason,
static const char * const scope_core_names[] = {
	DEFINE_DROP_REASON(SCOPE_CORE_NAME, SCOPE_CORE_NAME)
};

#define SCOPE_OWN_NAME(symbol, number, name)	[number] = name,
static const char * const scope_own_names[] = {
	SCOPE_DROPS(SCOPE_OWN_NAME)
};

static const char *scope_name(const char * const *names, size_t nr, u32 number)
{
	return number < nr && names[number] ? names[number] : "UNKNOWN";
}

/**
 * scope_reason_name() - the name of a drop reason
 * @reason: enum skb_drop_reason or enum scope_drop
 *
 * Return: a constant string; OTHER_SUBSYSTEM for what another part of the
 * kernel numbers, UNKNOWN for what nobody does.
 */
const char *scope_reason_name(u32 reason)
{
	switch (reason & SCOPE_DROP_SUBSYS_MASK) {
	case 0:
		return scope_name(scope_core_names,
				  ARRAY_SIZE(scope_core_names), reason);
	case SCOPE_DROP_SUBSYS:
		return scope_name(scope_own_names, ARRAY_SIZE(scope_own_names),
				  reason & ~SCOPE_DROP_SUBSYS_MASK);
	default:
		return "OTHER_SUBSYSTEM";
	}
}

/**
 * scope_reason_is_known() - is it a reason for which something can be dropped?
 * @reason: any number
 */
bool scope_reason_is_known(u32 reason)
{
	u32 number = reason & ~SCOPE_DROP_SUBSYS_MASK;

	switch (reason & SCOPE_DROP_SUBSYS_MASK) {
	case 0:
		return number < ARRAY_SIZE(scope_core_names) &&
		       scope_core_names[number];
	case SCOPE_DROP_SUBSYS:
		return number < ARRAY_SIZE(scope_own_names);
	default:
		return false;
	}
}

/**
 * scope_reason_core() - the reason to tell the kernel
 * @reason: enum skb_drop_reason or enum scope_drop
 *
 * The kernel's list of subsystems is closed, so for one of the family's own
 * reasons dropwatch and its like see the nearest of the core's.
 */
enum skb_drop_reason scope_reason_core(u32 reason)
{
	switch (reason) {
	case SCOPE_DROP_BAD_VERSION:
	case SCOPE_DROP_BAD_TYPE:
	case SCOPE_DROP_BAD_FLAGS:
		return SKB_DROP_REASON_UNHANDLED_PROTO;
	case SCOPE_DROP_BAD_HLEN:
	case SCOPE_DROP_BAD_LENGTH:
		return SKB_DROP_REASON_HDR_TRUNC;
	case SCOPE_DROP_BAD_PORT:
	case SCOPE_DROP_NOT_PEER:
		return SKB_DROP_REASON_NO_SOCKET;
	case SCOPE_DROP_SEND_FAULT:
		return SKB_DROP_REASON_SKB_UCOPY_FAULT;
	case SCOPE_DROP_DEV_DOWN:
		return SKB_DROP_REASON_DEV_READY;
	default:
		break;
	}
	if ((reason & SCOPE_DROP_SUBSYS_MASK) == SCOPE_DROP_SUBSYS)
		return SKB_DROP_REASON_NOT_SPECIFIED;
	return (enum skb_drop_reason)reason;
}
