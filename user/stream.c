// SPDX-License-Identifier: GPL-2.0
/*
 * stream.c - the events of the running module or of a record, in order
 *
 * Called by the commands that show events. live.c takes pages out of the rings,
 * replay.c out of a file; lanes.c has the events of those pages. An image comes
 * right before its station's event, unless what is between them was lost or ran
 * there meanwhile: a few wait for theirs.
 */
#include <stdlib.h>
#include <string.h>

#include <event-parse.h>
#include <tracefs.h>

#include "image.h"
#include "lanes.h"
#include "live.h"
#include "message.h"
#include "replay.h"
#include "skbscope.h"
#include "stream.h"
#include "symbols.h"
#include "types.h"

/* past this many the kernel's rings shall fill, not our memory */
#define PAGES_MAX	32768

#define WAITING_MAX	64

/* pages come from one of @live and @replay */
struct stream {
	struct live		*live;
	struct replay		*replay;
	struct tep_handle	*tep;
	struct event_decoder	*decoder;	/* of @tep */
	struct lanes		*lanes;
	uint64_t		safe;		/* events to here are all there */
	bool			images;		/* are wanted */
	struct image		*image;		/* of the event given last */
	struct image		*waiting[WAITING_MAX];	/* the oldest first */
	size_t			nr_waiting;
	uint64_t		imageless;
	struct symbols		symbols;	/* of the running kernel */
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

static int want_images(struct stream *s, struct event_decoder *decoder)
{
	if (!s->images)
		return 0;
	if (s->replay && replay_shape(s->replay)->big_endian) {
		complain("images of a machine that has the high octet first cannot be read");
		return -1;
	}
	if (event_decoder_images(decoder))
		return 0;
	if (s->replay)
		complain("the record has no images of sk_buffs: make one with `skbscope record --images'");
	else
		complain("the kernel's format of skbscope:image cannot be read");
	return -1;
}

/**
 * stream_open - begin to collect events
 * @buffer_kib: size of each CPU's ring
 * @images: of the sk_buffs, too
 * @filter: what goes into it, NULL for all
 *
 * Return: NULL after saying why.
 */
struct stream *stream_open(unsigned int buffer_kib, bool images,
			   const struct filter_kernel *filter)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s) {
		complain("out of memory");
		return NULL;
	}
	s->images = images;
	s->live = live_open(buffer_kib, images);
	if (!s->live || open_formats(s) ||
	    open_lanes(s, s->decoder, live_shape(s->live)) ||
	    want_images(s, s->decoder) ||
	    (filter && live_filter(s->live, filter)) || live_start(s->live)) {
		stream_close(s);
		return NULL;
	}
	return s;
}

/**
 * stream_open_record - read events that `skbscope record' collected
 * @path: the file; "-" is stdin
 * @images: of the sk_buffs, too
 *
 * Return: NULL after saying why.
 */
struct stream *stream_open_record(const char *path, bool images)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s) {
		complain("out of memory");
		return NULL;
	}
	s->images = images;
	s->replay = replay_open(path);
	if (!s->replay || open_lanes(s, replay_decoder(s->replay),
				     replay_shape(s->replay)) ||
	    want_images(s, replay_decoder(s->replay))) {
		stream_close(s);
		return NULL;
	}
	return s;
}

void stream_close(struct stream *s)
{
	if (!s)
		return;
	image_put(s->image);
	while (s->nr_waiting)
		image_put(s->waiting[--s->nr_waiting]);
	symbols_clear(&s->symbols);
	live_close(s->live);
	replay_close(s->replay);
	lanes_free(s->lanes);
	event_decoder_free(s->decoder);
	if (s->tep)
		tep_free(s->tep);
	free(s);
}

/* those of a record's kernel; NULL where they are not known, or of a live one */
const struct reasons *stream_reasons(const struct stream *s)
{
	return s->replay ? replay_reasons(s->replay) : NULL;
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

/* of CLOCK_MONOTONIC: what happened before is all there for stream_next() */
uint64_t stream_safe(const struct stream *s)
{
	return s->safe;
}

static struct image *take_waiting(struct stream *s, size_t at)
{
	struct image *image = s->waiting[at];

	s->nr_waiting--;
	memmove(&s->waiting[at], &s->waiting[at + 1],
		(s->nr_waiting - at) * sizeof(image));
	return image;
}

/* the newest image of this sk_buff at this station, or NULL */
static struct image *find_waiting(struct stream *s, uint64_t skb, int station)
{
	size_t at = s->nr_waiting;

	while (at--)
		if (s->waiting[at]->skb == skb &&
		    s->waiting[at]->station == station)
			return take_waiting(s, at);
	return NULL;
}

static void keep_waiting(struct stream *s, struct image *image)
{
	/* one more of the same: the event of the first one was lost */
	image_put(find_waiting(s, image->skb, image->station));
	if (s->nr_waiting == WAITING_MAX)
		image_put(take_waiting(s, 0));
	s->waiting[s->nr_waiting++] = image;
}

/* socket.send has no sk_buff to take an image of */
static void add_image(struct stream *s, struct event *ev)
{
	if (!s->images || ev->kind != EVENT_STATION ||
	    event_at(ev, SCOPE_STATION_SOCKET_SEND))
		return;
	s->image = find_waiting(s, ev->v[EVF_SKB], ev->v[EVF_STATION]);
	s->imageless += !s->image;
	ev->image = s->image;
}

/*
 * The next event in order, if it is certain that none comes before it; where
 * there is none for another reason, stream_error() has it.
 */
bool stream_next(struct stream *s, struct event *ev)
{
	image_put(s->image);
	s->image = NULL;
	while (lanes_next(s->lanes, s->safe, ev)) {
		if (ev->kind == EVENT_IMAGE) {
			keep_waiting(s, ev->image);
			continue;
		}
		add_image(s, ev);
		return true;
	}
	return false;
}

/* events that came without the image that was asked for */
uint64_t stream_imageless(const struct stream *s)
{
	return s->imageless;
}

/**
 * stream_types - the types of the kernel that the events are from
 * @why: what is in the way, where there are none
 *
 * Return: for types_close(), or NULL.
 */
struct types *stream_types(struct stream *s, const char **why)
{
	return s->live ? types_open(why) : replay_types(s->replay, why);
}

/* what that kernel calls its addresses, as far as it is known by now */
const struct symbols *stream_symbols(struct stream *s)
{
	if (s->replay)
		return replay_symbols(s->replay);
	/* without them a pointer into the kernel stays a number */
	if (!s->symbols.nr)
		symbols_read(&s->symbols, "/proc/kallsyms");
	return &s->symbols;
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
