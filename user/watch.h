/* SPDX-License-Identifier: GPL-2.0 */
/*
 * watch.h - all events of a session, or of a record
 *
 * Used by the commands that answer when the last event is there.
 */
#ifndef _WATCH_H
#define _WATCH_H

#include "event.h"

struct session;
struct stream;

/* returns 0 or -errno, which ends it */
typedef int (*event_fn)(const struct event *ev, void *arg);

int watch(struct stream *stream, struct session *session, event_fn fn,
	  void *arg);

#endif /* _WATCH_H */
