// SPDX-License-Identifier: GPL-2.0
/*
 * stream.c - the events of the running module or of a record, in order
 *
 * Called by the commands that show events. live.c takes pages out of the rings,
 * replay.c out of a file; lanes.c has the events of those pages.
 */
#include <stdlib.h>

#include <event-parse.h>
#include <tracefs.h>

#include "lanes.h"
#include "live.h"
#include "message.h"
#include "replay.h"
#include "stream.h"

/* past this many the kernel's rings shall fill, not our memory */
#define PAGES_MAX	32768

/* pages come from one of @live and @replay */
struct stream {
	struct live		*live;
	struct replay		*replay;
	struct tep_handle	*tep;
	struct event_decoder	*decoder;	/* of @tep */
	struct lanes		*lanes;
	uint64_t		safe;		/* events to here are all there */
};

static int open_formats(struct stream *s)
{
	static const char *const systems[] = { "skbscope", NULL };

	/* a print format that this library cannot parse is no matter here */
	tracefs_set_loglevel(TEP_LOG_NONE);
	tep_set_loglevel(TEP_LOG_NONE);

	s->tep = tracefs_local_events_system(NULL, systems);
	if (s->tep)
		s->decoder = event_decoder_new(s->tep,
					       live_shape(s->live)->big_endian);
	if (s->decoder)
		return 0;
	complain("the kernel has no event skbscope:station: the module is of another version, or its tracing is compiled out");
	return -1;
}

static int open_lanes(struct stream *s, struct event_decoder *decoder,
		      const struct ring_shape *shape)
{
	s->lanes = lanes_new(decoder, shape);
	if (s->lanes)
		return 0;
	complain("out of memory");
	return -1;
}

/**
 * stream_open - begin to collect events
 * @buffer_kib: size of each CPU's ring
 *
 * Return: NULL after saying why.
 */
struct stream *stream_open(unsigned int buffer_kib)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s) {
		complain("out of memory");
		return NULL;
	}
	s->live = live_open(buffer_kib);
	if (!s->live || open_formats(s) ||
	    open_lanes(s, s->decoder, live_shape(s->live)) ||
	    live_start(s->live)) {
		stream_close(s);
		return NULL;
	}
	return s;
}

/**
 * stream_open_record - read events that `skbscope record' collected
 * @path: the file; "-" is stdin
 *
 * Return: NULL after saying why.
 */
struct stream *stream_open_record(const char *path)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s) {
		complain("out of memory");
		return NULL;
	}
	s->replay = replay_open(path);
	if (!s->replay || open_lanes(s, replay_decoder(s->replay),
				     replay_shape(s->replay))) {
		stream_close(s);
		return NULL;
	}
	return s;
}

void stream_close(struct stream *s)
{
	if (!s)
		return;
	live_close(s->live);
	replay_close(s->replay);
	lanes_free(s->lanes);
	event_decoder_free(s->decoder);
	if (s->tep)
		tep_free(s->tep);
	free(s);
}

/**
 * stream_read - take what is in the rings now, or the next part of a record
 *
 * Return: pages read, 0 when the rings are empty or the record is at its end, or
 * -errno.
 */
int stream_read(struct stream *s)
{
	int pages;

	if (lanes_waiting(s->lanes) > PAGES_MAX && s->live)
		return 0;
	if (s->live) {
		pages = live_read(s->live, lanes_add, s->lanes);
		s->safe = live_safe(s->live);
	} else {
		pages = replay_read(s->replay, lanes_add, s->lanes);
		s->safe = replay_safe(s->replay);
	}
	return pages;
}

/*
 * The next event in order, if it is certain that none comes before it; where
 * there is none for another reason, stream_error() has it.
 */
bool stream_next(struct stream *s, struct event *ev)
{
	return lanes_next(s->lanes, s->safe, ev);
}

int stream_error(const struct stream *s)
{
	return lanes_error(s->lanes);
}

/**
 * stream_stop - collect no more events, and take all that are there
 *
 * After it stream_next() gives every event.
 *
 * Return: 0 or -errno.
 */
int stream_stop(struct stream *s)
{
	int ret;

	if (s->live) {
		ret = live_stop(s->live, lanes_add, s->lanes);
		s->safe = live_safe(s->live);
		return ret;
	}
	do {
		ret = stream_read(s);
	} while (ret > 0);
	return ret;
}

uint64_t stream_lost(struct stream *s)
{
	uint64_t all = 0, missed = lanes_missed(s->lanes), lost;
	unsigned int cpu;

	if (s->replay)
		all = replay_lost(s->replay);
	for (cpu = 0; s->live && cpu < live_shape(s->live)->nr_cpus; cpu++)
		if (!live_lost(s->live, cpu, &lost))
			all += lost;
	return all < missed ? missed : all;
}

uint64_t stream_late(const struct stream *s)
{
	return lanes_late(s->lanes);
}

/* whether a record was good to its end; if not, after saying what is wrong */
bool stream_whole(const struct stream *s)
{
	return s->live || replay_whole(s->replay);
}
