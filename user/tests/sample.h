/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sample.h - events as the kernel makes them, without a kernel
 *
 * Used by the unit tests.
 */
#ifndef _SAMPLE_H
#define _SAMPLE_H

#include "event.h"

#define SAMPLE_STATIONS	11	/* that a datagram passes */
#define SAMPLE_ID	17
#define SAMPLE_LEN	100

unsigned int sample_datagram(struct event ev[SAMPLE_STATIONS], uint64_t id);
void sample_event(struct event *ev, int station, uint64_t id, uint64_t ts);
void sample_segment(struct event *ev, int station, uint64_t id, uint64_t ts,
		    uint64_t from, uint64_t to);
void sample_refused(struct event *ev, uint64_t id, uint64_t ts, int err);

extern const char sample_format_station[];
extern const char sample_format_refused[];
extern const char sample_format_segment[];

#endif /* _SAMPLE_H */
