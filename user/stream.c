// SPDX-License-Identifier: GPL-2.0
/*
 * stream.c - the events of the running module, in the order of their time
 *
 * Called by cmd_trace.c and cmd_tour.c. Takes the raw pages out of each CPU's
 * ring at once, for there they may be overwritten; decodes them (event.c) and
 * orders the events (merge.c) as they are asked for.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event-parse.h>
#include <kbuffer.h>
#include <tracefs.h>

#include "merge.h"
#include "message.h"
#include "stream.h"
#include "tracing.h"

/*
 * An event gets its time before it becomes readable; how long before is the
 * host's whim where the CPU is virtual. Younger events are held back.
 */
#define HOLD_NS		20000000ULL

/* pages of one CPU at a time, so that a busy CPU does not starve the others */
#define PAGES_A_ROUND	256

/* past this many the kernel's rings shall fill, not our memory */
#define PAGES_MAX	32768

#define SAY_NS		1000000000ULL

struct page {
	struct page	*next;
	char		data[];
};

/* one CPU's ring, and what was taken out of it and is not decoded yet */
struct ring {
	struct tracefs_cpu	*cpu;
	struct page		*first;
	struct page		**last;
};

struct stream {
	struct tracing		*tracing;
	struct tep_handle	*tep;
	struct event_decoder	*decoder;
	struct kbuffer		*kbuf;
	struct merge		*merge;
	struct ring		*ring;
	unsigned int		nr_cpus;
	size_t			page_size;
	size_t			nr_pages;
	struct page		*spare;
	uint64_t		missed;		/* told by the pages */
	uint64_t		missed_said;
	uint64_t		said;		/* when */
	uint64_t		round;		/* start of the last round */
	uint64_t		safe;		/* all rings are read to here */
	bool			stopped;
	int			err;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int open_formats(struct stream *s)
{
	static const char *const systems[] = { "skbscope", NULL };

	/* a print format that this library cannot parse is no matter here */
	tracefs_set_loglevel(TEP_LOG_NONE);
	tep_set_loglevel(TEP_LOG_NONE);

	s->tep = tracefs_local_events_system(NULL, systems);
	if (s->tep)
		s->decoder = event_decoder_new(s->tep);
	if (s->decoder)
		return 0;
	complain("the kernel has no event skbscope:station: the module is of another version, or its tracing is compiled out");
	return -1;
}

static int open_cpus(struct stream *s)
{
	struct tracefs_instance *instance = tracing_instance(s->tracing);
	unsigned int cpu;
	int size;

	s->nr_cpus = sysconf(_SC_NPROCESSORS_CONF);
	s->ring = calloc(s->nr_cpus, sizeof(s->ring[0]));
	s->merge = merge_new(s->nr_cpus);
	s->kbuf = kbuffer_alloc(KBUFFER_LSIZE_SAME_AS_HOST,
				KBUFFER_ENDIAN_SAME_AS_HOST);
	if (!s->ring || !s->merge || !s->kbuf) {
		complain("out of memory");
		return -1;
	}

	for (cpu = 0; cpu < s->nr_cpus; cpu++) {
		struct ring *ring = &s->ring[cpu];

		ring->last = &ring->first;
		/* a CPU that was never there has no ring */
		ring->cpu = tracefs_cpu_open(instance, cpu, true);
		if (!ring->cpu)
			continue;
		size = tracefs_cpu_read_size(ring->cpu);
		if (size > 0 && (size_t)size > s->page_size)
			s->page_size = size;
	}
	if (!s->page_size) {
		complain("no CPU's trace buffer can be opened: %s",
			 strerror(errno));
		return -1;
	}
	return 0;
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
	s->tracing = tracing_open(buffer_kib);
	if (!s->tracing || open_formats(s) || open_cpus(s) ||
	    tracing_events_on(s->tracing)) {
		stream_close(s);
		return NULL;
	}
	return s;
}

void stream_close(struct stream *s)
{
	unsigned int cpu;

	if (!s)
		return;
	for (cpu = 0; s->ring && cpu < s->nr_cpus; cpu++) {
		struct ring *ring = &s->ring[cpu];

		while (ring->first) {
			struct page *page = ring->first;

			ring->first = page->next;
			free(page);
		}
		/* an instance with an open file cannot be removed */
		if (ring->cpu)
			tracefs_cpu_close(ring->cpu);
	}
	free(s->ring);
	free(s->spare);
	tracing_close(s->tracing);
	event_decoder_free(s->decoder);
	if (s->tep)
		tep_free(s->tep);
	if (s->kbuf)
		kbuffer_free(s->kbuf);
	merge_free(s->merge);
	free(s);
}

/* one page out of the ring: 1, 0 when it is empty, or -errno */
static int take_page(struct stream *s, struct ring *ring)
{
	struct page *page = s->spare;
	int ret;

	if (!page)
		page = malloc(sizeof(*page) + s->page_size);
	if (!page)
		return -ENOMEM;
	s->spare = page;

	ret = tracefs_cpu_read(ring->cpu, page->data, true);
	if (ret < 0 && (errno == EINTR || errno == EAGAIN))
		ret = 0;
	if (ret <= 0)
		return ret ? -errno : 0;

	s->spare = NULL;
	page->next = NULL;
	*ring->last = page;
	ring->last = &page->next;
	s->nr_pages++;
	return 1;
}

/* returns pages read; *until is the time up to which this ring is empty */
static int read_ring(struct stream *s, struct ring *ring, uint64_t *until)
{
	uint64_t begins = 0;
	int pages, ret;

	for (pages = 0; pages < PAGES_A_ROUND; pages++) {
		struct page **at = ring->last;

		ret = take_page(s, ring);
		if (ret <= 0)
			return ret ? ret : pages;
		begins = kbuffer_subbuf_timestamp(s->kbuf, (*at)->data);
	}
	if (begins < *until)
		*until = begins;
	return pages;
}

/**
 * stream_read - take what is in the rings now
 *
 * A partly filled page is taken too, so nothing waits for a page to fill.
 *
 * Return: pages read, 0 when the rings are empty, or -errno.
 */
int stream_read(struct stream *s)
{
	uint64_t now = now_ns(), until = now;
	int pages = 0, ret;
	unsigned int cpu;

	if (!s->stopped && s->nr_pages > PAGES_MAX)
		return 0;
	for (cpu = 0; cpu < s->nr_cpus; cpu++) {
		if (!s->ring[cpu].cpu)
			continue;
		ret = read_ring(s, &s->ring[cpu], &until);
		if (ret < 0)
			return ret;
		pages += ret;
	}

	/* one round later, so that what was being written then is there */
	s->safe = until < s->round ? until : s->round;
	if (s->safe > now - HOLD_NS)
		s->safe = now - HOLD_NS;
	s->round = until;
	return pages;
}

static void note_missed(struct stream *s)
{
	int missed = kbuffer_missed_events(s->kbuf);
	uint64_t now;

	/* some kernels tell only that there were some */
	s->missed += missed < 0 ? 1 : missed;
	if (s->missed == s->missed_said)
		return;
	now = now_ns();
	if (now - s->said < SAY_NS)
		return;
	complain("%" PRIu64 " events were lost here",
		 s->missed - s->missed_said);
	s->missed_said = s->missed;
	s->said = now;
}

static int decode_page(struct stream *s, unsigned int cpu, struct page *page)
{
	struct event ev = { .cpu = cpu };
	unsigned long long ts;
	void *data;
	int ret;

	if (kbuffer_load_subbuffer(s->kbuf, page->data))
		return -EPROTO;
	note_missed(s);
	for (data = kbuffer_read_event(s->kbuf, &ts); data;
	     data = kbuffer_next_event(s->kbuf, &ts)) {
		if (!event_decode(s->decoder, data,
				  kbuffer_event_size(s->kbuf), &ev))
			continue;
		ev.ts = ts;
		ret = merge_push(s->merge, cpu, &ev);
		if (ret)
			return ret;
	}
	return 0;
}

/* every ring that has pages shows its next event to the merge */
static int decode_heads(struct stream *s)
{
	unsigned int cpu;
	int ret = 0;

	for (cpu = 0; !ret && cpu < s->nr_cpus; cpu++) {
		struct ring *ring = &s->ring[cpu];

		while (!ret && ring->first && !merge_lane_len(s->merge, cpu)) {
			struct page *page = ring->first;

			ret = decode_page(s, cpu, page);
			ring->first = page->next;
			if (!ring->first)
				ring->last = &ring->first;
			s->nr_pages--;
			free(page);
		}
	}
	return ret;
}

/*
 * The next event in order, if it is certain that none comes before it; where
 * there is none for another reason, stream_error() has it.
 */
bool stream_next(struct stream *s, struct event *ev)
{
	if (!s->err)
		s->err = decode_heads(s);
	return !s->err && merge_pop(s->merge, s->safe, ev);
}

int stream_error(const struct stream *s)
{
	return s->err;
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

	tracing_events_off(s->tracing);
	s->stopped = true;
	do {
		ret = stream_read(s);
	} while (ret > 0);
	s->safe = UINT64_MAX;
	return ret;
}

uint64_t stream_lost(struct stream *s)
{
	uint64_t lost;

	if (tracing_lost(s->tracing, s->nr_cpus, &lost) || lost < s->missed)
		return s->missed;
	return lost;
}

uint64_t stream_late(const struct stream *s)
{
	return merge_late(s->merge);
}
