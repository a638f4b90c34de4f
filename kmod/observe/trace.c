// SPDX-License-Identifier: GPL-2.0
/*
 * trace.c - makes the tracepoints that trace.h declares, and guards one
 *
 * Whoever may read a trace buffer reads all that is in it, so what is guarded
 * is that images get there. The kernel asks an event's class each time that one
 * is switched on, for a trace buffer or for perf; a BPF program does not ask it,
 * and reads all memory anyway.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"

#include <linux/perf_event.h>
#include <linux/trace_events.h>

#include "image.h"

static bool scope_trace_is_begun(enum trace_reg type, const void *data)
{
	switch (type) {
	case TRACE_REG_REGISTER:
		return true;
#ifdef CONFIG_PERF_EVENTS
	case TRACE_REG_PERF_OPEN:
		/* A child's, who asks for nothing, has its parent's right */
		return !((const struct perf_event *)data)->parent;
#endif
	default:
		return false;
	}
}

static int scope_trace_reg_image(struct trace_event_call *event,
				 enum trace_reg type, void *data)
{
	int err = scope_trace_is_begun(type, data) ? scope_image_may_watch() : 0;

	return err ?: trace_event_reg(event, type, data);
}

/**
 * scope_trace_guard() - let skbscope:image be switched on by some alone
 *
 * Until then by nobody: the event is there before the module's init runs.
 */
void scope_trace_guard(void)
{
	WRITE_ONCE(event_class_image.reg, scope_trace_reg_image);
}

/* The first and the last user of skbscope:image; under tracepoints_mutex */
int scope_watch_images(void)
{
	if (READ_ONCE(event_class_image.reg) != scope_trace_reg_image)
		return -EAGAIN;
	return scope_watch_trace();
}

void scope_unwatch_images(void)
{
	scope_unwatch_trace();
}
