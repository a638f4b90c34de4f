/* SPDX-License-Identifier: GPL-2.0 */
/*
 * held.h - a packet that is parked at a station, and what can be done with it
 *
 * Fetched and sent by netlink_held.c, kept by stepper.c.
 */
#ifndef _HELD_H
#define _HELD_H

#include <stddef.h>
#include <stdint.h>

#include "picture.h"

#define HELD_STACK	16
#define HELD_FUNCTION	64
#define HELD_REASON	40

/**
 * struct held - a stay at a station
 * @n: by SKBSCOPE_A_HELD_*; a flag that is set is 1
 * @skb: by SKBSCOPE_A_SKB_*
 * @next: the function that goes on
 * @comm: the task that ran when it came
 * @reason: at end.dropped, the name of why
 * @stack: the functions that led here, the innermost first
 * @bytes: the front of the frame, for held_clear(); or NULL
 * @len: octets of it
 * @from: where they begin, from the data on
 */
struct held {
	struct numbers	n;
	struct numbers	skb;
	char		next[HELD_FUNCTION];
	char		comm[20];
	char		reason[HELD_REASON];
	char		stack[HELD_STACK][HELD_FUNCTION];
	unsigned int	nr_stack;
	uint8_t		*bytes;
	size_t		len;
	int		from;
};

int held_decode(struct nlattr *head, int len, struct held *held);
void held_clear(struct held *held);

#define HELD_DEVICE	16

const char *held_device(const struct held *held, char name[HELD_DEVICE]);

#define ORDER_BYTES	1024

/**
 * struct order - what to do with it
 * @verdict: SKBSCOPE_VERDICT_*
 * @reason: of a drop, 0 where not said
 * @place: of an edit, SKBSCOPE_PLACE_*
 * @offset: from there on
 * @bytes: the octets
 * @wrong_sum: leave the checksum as it is
 * @value: mark, priority or octets of room
 */
struct order {
	uint32_t	verdict;
	uint32_t	reason;
	uint32_t	place;
	int32_t		offset;
	uint8_t		bytes[ORDER_BYTES];
	size_t		len;
	bool		wrong_sum;
	uint32_t	value;
};

static inline bool order_is_last(const struct order *order)
{
	return order->verdict <= SKBSCOPE_VERDICT_DROP;
}

#define ORDER_WHY_LEN	256

int order_parse(struct order *order, char **word, size_t nr,
		char why[ORDER_WHY_LEN]);

#endif /* _HELD_H */
