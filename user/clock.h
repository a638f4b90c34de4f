/* SPDX-License-Identifier: GPL-2.0 */
/*
 * clock.h - a clock in nanoseconds, as the stamps of events have them
 */
#ifndef _CLOCK_H
#define _CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

#endif /* _CLOCK_H */
