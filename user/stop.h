/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stop.h - a packet that was held once, and what is different since it was before
 *
 * Kept by stepper.c; shown by render_stop.c, json_stop.c and step_screen.c.
 */
#ifndef _STOP_H
#define _STOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "header.h"
#include "held.h"

/**
 * struct stop - a stay, recorded
 * @number: in the order that they came, from 1
 * @held: as it was when it was asked for last
 * @before: the same packet's stop before, else that of the one it came from; or
 *	NULL
 * @told: it was told to go, but one before it may not have gone
 * @over: it has gone from there
 * @why: SKBSCOPE_WHY_*, 0 where it is not known
 */
struct stop {
	size_t			number;
	struct held		held;
	const struct stop	*before;
	bool			told;
	bool			over;
	uint32_t		why;
};

static inline uint64_t stop_id(const struct stop *stop)
{
	return num_get(&stop->held.n, SKBSCOPE_A_HELD_ID);
}

static inline uint64_t stop_skb(const struct stop *stop)
{
	return num_get(&stop->held.skb, SKBSCOPE_A_SKB_ID);
}

static inline uint64_t stop_station(const struct stop *stop)
{
	return num_get(&stop->held.n, SKBSCOPE_A_HELD_STATION);
}

#define STOP_VALUE	48

/**
 * struct stop_field - a value, and what it was at the stop before
 * @of: "skb", "sock", "link" or "header"
 * @now: empty where it has none
 * @then: the same
 * @changed: there was a stop before, where it was another one
 */
struct stop_field {
	const char	*of;
	char		name[24];
	char		now[STOP_VALUE];
	char		then[STOP_VALUE];
	bool		changed;
};

#define STOP_FIELDS	64

size_t stop_fields(const struct stop *stop, struct stop_field field[STOP_FIELDS]);
bool stop_octet_changed(const struct stop *stop, size_t i);

#endif /* _STOP_H */
