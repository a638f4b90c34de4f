// SPDX-License-Identifier: GPL-2.0
/*
 * watch.c - all events of a session, or of a record
 *
 * Called by cmd_bytes.c, cmd_diff.c and cmd_show.c.
 */
#include "session.h"
#include "stream.h"
#include "watch.h"

static int take(struct stream *stream, event_fn fn, void *arg)
{
	struct event ev;
	int ret = 0;

	while (!ret && stream_next(stream, &ev))
		ret = fn(&ev, arg);
	return ret ? ret : stream_error(stream);
}

static int follow(struct stream *stream, struct session *session, event_fn fn,
		  void *arg)
{
	int pages, ret;

	for (;;) {
		pages = stream_read(stream);
		if (pages < 0)
			return pages;
		ret = take(stream, fn, arg);
		if (ret)
			return ret;
		if (session_over(session))
			return 0;
		if (!pages)
			session_wait();
	}
}

static int follow_record(struct stream *stream, event_fn fn, void *arg)
{
	int pages, ret = 0;

	do {
		pages = stream_read(stream);
		if (pages > 0)
			ret = take(stream, fn, arg);
	} while (pages > 0 && !ret);
	return pages < 0 ? pages : ret;
}

/**
 * watch - take events to the last one
 * @session: that the events are of, started; NULL for a record
 * @fn: is given each
 *
 * Return: 0, -errno, or what @fn returned but 0.
 */
int watch(struct stream *stream, struct session *session, event_fn fn,
	  void *arg)
{
	int ret;

	ret = session ? follow(stream, session, fn, arg) :
			follow_record(stream, fn, arg);
	if (!ret)
		ret = stream_stop(stream);
	return ret ? ret : take(stream, fn, arg);
}
