// SPDX-License-Identifier: GPL-2.0
/*
 * held.c - from netlink attributes to a packet that is parked
 *
 * Called by netlink_held.c, and by what shows one.
 */
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>

#include "decode.h"
#include "held.h"

_Static_assert(NUMBERS_MAX > SKBSCOPE_A_HELD_MAX,
	       "NUMBERS_MAX is too small for a held packet");

static int take_bytes(struct held *held, const struct nlattr *attr)
{
	free(held->bytes);
	held->len = nla_len(attr);
	held->bytes = malloc(held->len + 1);
	if (!held->bytes)
		return -ENOMEM;
	memcpy(held->bytes, nla_data(attr), held->len);
	return 0;
}

static int take(struct held *held, const struct nlattr *attr)
{
	switch (nla_type(attr)) {
	case SKBSCOPE_A_HELD_SKB:
		decode_numbers(nla_data(attr), nla_len(attr), &held->skb);
		return 0;
	case SKBSCOPE_A_HELD_NEXT:
		decode_string(held->next, sizeof(held->next), attr);
		return 0;
	case SKBSCOPE_A_HELD_COMM:
		decode_string(held->comm, sizeof(held->comm), attr);
		return 0;
	case SKBSCOPE_A_HELD_REASON_NAME:
		decode_string(held->reason, sizeof(held->reason), attr);
		return 0;
	case SKBSCOPE_A_HELD_STACK:
		if (held->nr_stack < HELD_STACK)
			decode_string(held->stack[held->nr_stack++],
				      HELD_FUNCTION, attr);
		return 0;
	case SKBSCOPE_A_HELD_BYTES:
		return take_bytes(held, attr);
	case SKBSCOPE_A_HELD_CONTROL:
	case SKBSCOPE_A_HELD_BEHIND:
	case SKBSCOPE_A_HELD_CALL:
		num_set(&held->n, nla_type(attr), 1);
		return 0;
	default:
		decode_number(&held->n, attr);
		return 0;
	}
}

/**
 * held_decode - read what the module tells
 * @held: for held_clear(), in any case
 *
 * Return: 0, -EPROTO without the number of the stay, -ENOMEM.
 */
int held_decode(struct nlattr *head, int len, struct held *held)
{
	struct nlattr *attr;
	int rem, ret;

	memset(held, 0, sizeof(*held));
	nla_for_each_attr(attr, head, len, rem) {
		if (nla_type(attr) <= 0 || nla_type(attr) >= NUMBERS_MAX)
			continue;
		ret = take(held, attr);
		if (ret)
			return ret;
	}
	held->from = (int32_t)num_get(&held->n, SKBSCOPE_A_HELD_BYTES_FROM);
	return num_has(&held->n, SKBSCOPE_A_HELD_ID) ? 0 : -EPROTO;
}

void held_clear(struct held *held)
{
	free(held->bytes);
	held->bytes = NULL;
	held->len = 0;
}

/* that it is at, NULL for none; scope0 has the number 0 */
const char *held_device(const struct held *held, char name[HELD_DEVICE])
{
	uint32_t ifindex = num_get(&held->n, SKBSCOPE_A_HELD_IFINDEX);

	if (!num_has(&held->n, SKBSCOPE_A_HELD_IFINDEX))
		return NULL;
	if (!ifindex)
		return SCOPE_DEV_NAME;
	if (!if_indextoname(ifindex, name))
		snprintf(name, HELD_DEVICE, "%" PRIu32, ifindex);
	return name;
}
