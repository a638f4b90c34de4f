// SPDX-License-Identifier: GPL-2.0
/*
 * live.c - the pages that the running kernel fills with events
 *
 * Called by stream.c and cmd_record.c. Takes the raw pages out of each CPU's
 * ring at once, for there they may be overwritten, and gives them away as they
 * are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <kbuffer.h>
#include <tracefs.h>

#include "clock.h"
#include "live.h"
#include "message.h"
#include "tracing.h"

/*
 * An event gets its time before it becomes readable; how long before is the
 * host's whim where the CPU is virtual. Younger events are held back.
 */
#define HOLD_NS		20000000ULL

/* pages of one CPU at a time, so that a busy CPU does not starve the others */
#define PAGES_A_ROUND	256

struct live {
	struct tracing		*tracing;
	bool			images;
	struct kbuffer		*kbuf;
	struct ring_shape	shape;
	struct tracefs_cpu	**ring;		/* one a CPU */
	void			*page;
	uint64_t		round;		/* start of the last round */
	uint64_t		safe;		/* all rings are read to here */
};

static int open_cpus(struct live *live)
{
	struct tracefs_instance *instance = tracing_instance(live->tracing);
	struct ring_shape *shape = &live->shape;
	unsigned int cpu;
	int size;

	*shape = ring_shape_here();
	live->ring = calloc(shape->nr_cpus, sizeof(live->ring[0]));
	live->kbuf = kbuffer_alloc(KBUFFER_LSIZE_SAME_AS_HOST,
				   KBUFFER_ENDIAN_SAME_AS_HOST);
	if (!live->ring || !live->kbuf) {
		complain("out of memory");
		return -1;
	}

	for (cpu = 0; cpu < shape->nr_cpus; cpu++) {
		/* a CPU that was never there has no ring */
		live->ring[cpu] = tracefs_cpu_open(instance, cpu, true);
		if (!live->ring[cpu])
			continue;
		size = tracefs_cpu_read_size(live->ring[cpu]);
		if (size > 0 && (size_t)size > shape->page_size)
			shape->page_size = size;
	}
	if (!shape->page_size) {
		complain("no CPU's trace buffer can be opened: %s",
			 strerror(errno));
		return -1;
	}
	live->page = malloc(shape->page_size);
	if (!live->page) {
		complain("out of memory");
		return -1;
	}
	return 0;
}

/**
 * live_open - make the rings; nothing is collected before live_start()
 * @buffer_kib: size of each CPU's ring
 * @images: of the sk_buffs, too
 *
 * Return: NULL after saying why.
 */
struct live *live_open(unsigned int buffer_kib, bool images)
{
	struct live *live = calloc(1, sizeof(*live));

	if (!live) {
		complain("out of memory");
		return NULL;
	}
	live->images = images;
	live->tracing = tracing_open(buffer_kib);
	if (!live->tracing || open_cpus(live)) {
		live_close(live);
		return NULL;
	}
	return live;
}

void live_close(struct live *live)
{
	unsigned int cpu;

	if (!live)
		return;
	/* an instance with an open file cannot be removed */
	for (cpu = 0; live->ring && cpu < live->shape.nr_cpus; cpu++)
		if (live->ring[cpu])
			tracefs_cpu_close(live->ring[cpu]);
	free(live->ring);
	free(live->page);
	tracing_close(live->tracing);
	if (live->kbuf)
		kbuffer_free(live->kbuf);
	free(live);
}

const struct ring_shape *live_shape(const struct live *live)
{
	return &live->shape;
}

/* before live_start(); 0, or -1 after saying why */
int live_filter(struct live *live, const struct filter_kernel *filter)
{
	if (tracing_filter(live->tracing, "station", filter->station))
		return -1;
	if (live->images &&
	    tracing_filter(live->tracing, "image", filter->image))
		return -1;
	return tracing_filter(live->tracing, "refused", filter->refused);
}

/* 0, or -1 after saying why */
int live_start(struct live *live)
{
	return tracing_events_on(live->tracing, live->images);
}

/* one page out of the ring: its size, 0 when there is none, or -errno */
static int take_page(struct live *live, unsigned int cpu)
{
	int ret = tracefs_cpu_read(live->ring[cpu], live->page, true);

	if (ret < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	return ret < 0 ? -errno : ret;
}

/* returns pages read; *until is the time up to which this ring is empty */
static int read_ring(struct live *live, unsigned int cpu, uint64_t *until,
		     page_fn fn, void *arg)
{
	uint64_t begins = 0;
	int pages, ret;

	for (pages = 0; pages < PAGES_A_ROUND; pages++) {
		ret = take_page(live, cpu);
		if (ret > 0)
			ret = fn(cpu, live->page, ret, arg) ?: 1;
		if (ret <= 0)
			return ret ? ret : pages;
		begins = kbuffer_subbuf_timestamp(live->kbuf, live->page);
	}
	if (begins < *until)
		*until = begins;
	return pages;
}

/**
 * live_read - take what is in the rings now
 * @fn: is given each page
 *
 * A partly filled page is taken too, so nothing waits for a page to fill.
 *
 * Return: pages read, 0 when the rings are empty, or -errno.
 */
int live_read(struct live *live, page_fn fn, void *arg)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC), until = now;
	int pages = 0, ret;
	unsigned int cpu;

	for (cpu = 0; cpu < live->shape.nr_cpus; cpu++) {
		if (!live->ring[cpu])
			continue;
		ret = read_ring(live, cpu, &until, fn, arg);
		if (ret < 0)
			return ret;
		pages += ret;
	}

	/* one round later, so that what was being written then is there */
	live->safe = until < live->round ? until : live->round;
	if (live->safe > now - HOLD_NS)
		live->safe = now - HOLD_NS;
	live->round = until;
	return pages;
}

/**
 * live_stop - collect no more events, and take all that are there
 *
 * Return: 0 or -errno.
 */
int live_stop(struct live *live, page_fn fn, void *arg)
{
	int ret;

	tracing_events_off(live->tracing);
	do {
		ret = live_read(live, fn, arg);
	} while (ret > 0);
	live->safe = UINT64_MAX;
	return ret;
}

/* no event that is earlier than this is still to come */
uint64_t live_safe(const struct live *live)
{
	return live->safe;
}

/* by the ring's own count; -1 where the CPU does not tell it */
int live_lost(struct live *live, unsigned int cpu, uint64_t *lost)
{
	return tracing_lost(live->tracing, cpu, lost);
}
