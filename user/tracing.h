/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tracing.h - a tracefs instance of the tool's own
 *
 * Used by live.c.
 */
#ifndef _TRACING_H
#define _TRACING_H

#include <stdbool.h>
#include <stdint.h>

#include <tracefs.h>

struct tracing;

struct tracing *tracing_open(unsigned int buffer_kib);
void tracing_close(struct tracing *t);
struct tracefs_instance *tracing_instance(struct tracing *t);
int tracing_filter(struct tracing *t, const char *event, const char *text);
int tracing_events_on(struct tracing *t, bool images);
void tracing_events_off(struct tracing *t);
int tracing_lost(struct tracing *t, unsigned int cpu, uint64_t *lost);

#endif /* _TRACING_H */
