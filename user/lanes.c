// SPDX-License-Identifier: GPL-2.0
/*
 * lanes.c - pages of the rings, and their events in the order of their time
 *
 * Called by stream.c. A page waits as it is and is decoded (event.c) when its
 * events are asked for; merge.c orders them. Where the pages come from, the
 * running kernel or a file, is the caller's.
 */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kbuffer.h>

#include "image.h"
#include "lanes.h"
#include "merge.h"
#include "message.h"

#define SAY_NS		1000000000ULL

/* an entry that is cut short is read this far behind the page's end */
#define PAGE_SLACK	8

struct page {
	struct page	*next;
	char		data[];
};

/* what was taken out of one CPU's ring and is not decoded yet */
struct lane {
	struct page	*first;
	struct page	**last;
};

struct lanes {
	struct event_decoder	*decoder;
	struct ring_shape	shape;
	struct kbuffer		*kbuf;
	struct merge		*merge;
	size_t			nr_pages;
	uint64_t		missed;		/* told by the pages */
	uint64_t		missed_said;
	uint64_t		said;		/* when, by the rings' clock */
	int			err;
	struct lane		lane[];
};

struct ring_shape ring_shape_here(void)
{
	return (struct ring_shape){
		.nr_cpus = sysconf(_SC_NPROCESSORS_CONF),
		.long_size = sizeof(long),
		.big_endian = __BYTE_ORDER == __BIG_ENDIAN,
	};
}

/* NULL where memory is short; the decoder stays the caller's */
struct lanes *lanes_new(struct event_decoder *decoder,
			const struct ring_shape *shape)
{
	struct lanes *l;
	unsigned int i;

	l = calloc(1, sizeof(*l) + shape->nr_cpus * sizeof(l->lane[0]));
	if (!l)
		return NULL;
	l->decoder = decoder;
	l->shape = *shape;
	for (i = 0; i < shape->nr_cpus; i++)
		l->lane[i].last = &l->lane[i].first;
	l->merge = merge_new(shape->nr_cpus);
	l->kbuf = kbuffer_alloc(shape->long_size == 4 ? KBUFFER_LSIZE_4 :
							KBUFFER_LSIZE_8,
				shape->big_endian ? KBUFFER_ENDIAN_BIG :
						    KBUFFER_ENDIAN_LITTLE);
	if (!l->merge || !l->kbuf) {
		lanes_free(l);
		return NULL;
	}
	return l;
}

void lanes_free(struct lanes *l)
{
	unsigned int i;

	if (!l)
		return;
	for (i = 0; i < l->shape.nr_cpus; i++) {
		while (l->lane[i].first) {
			struct page *page = l->lane[i].first;

			l->lane[i].first = page->next;
			free(page);
		}
	}
	if (l->kbuf)
		kbuffer_free(l->kbuf);
	merge_free(l->merge);
	free(l);
}

/**
 * lanes_add - take one page of a CPU's ring, behind those that came before
 * @page: the front of it; the rest are zeros
 * @size: octets at @page, not more than a page has
 *
 * A page_fn.
 */
int lanes_add(unsigned int cpu, const void *page, size_t size, void *lanes)
{
	struct lanes *l = lanes;
	struct page *copy;

	if (cpu >= l->shape.nr_cpus || size > l->shape.page_size)
		return -EINVAL;
	copy = malloc(sizeof(*copy) + l->shape.page_size + PAGE_SLACK);
	if (!copy)
		return -ENOMEM;
	memcpy(copy->data, page, size);
	memset(copy->data + size, 0, l->shape.page_size + PAGE_SLACK - size);
	copy->next = NULL;
	*l->lane[cpu].last = copy;
	l->lane[cpu].last = &copy->next;
	l->nr_pages++;
	return 0;
}

static void note_missed(struct lanes *l, uint64_t now)
{
	int missed = kbuffer_missed_events(l->kbuf);

	/* some kernels tell only that there were some */
	l->missed += missed < 0 ? 1 : missed;
	if (l->missed == l->missed_said || now < l->said + SAY_NS)
		return;
	complain("%" PRIu64 " events were lost here",
		 l->missed - l->missed_said);
	l->missed_said = l->missed;
	l->said = now;
}

static int decode_page(struct lanes *l, unsigned int cpu, struct page *page)
{
	struct event ev = { .cpu = cpu };
	unsigned long long ts;
	void *data;
	int ret;

	if (kbuffer_load_subbuffer(l->kbuf, page->data))
		return -EPROTO;
	note_missed(l, kbuffer_subbuf_timestamp(l->kbuf, page->data));
	for (data = kbuffer_read_event(l->kbuf, &ts); data;
	     data = kbuffer_next_event(l->kbuf, &ts)) {
		if (!event_decode(l->decoder, data,
				  kbuffer_event_size(l->kbuf), &ev))
			continue;
		ev.ts = ts;
		if (ev.kind == EVENT_IMAGE && !ev.image)
			return -ENOMEM;
		ret = merge_push(l->merge, cpu, &ev);
		if (ret) {
			image_put(ev.image);
			return ret;
		}
	}
	return 0;
}

/* every ring that has pages shows its next event to the merge */
static int decode_heads(struct lanes *l)
{
	unsigned int cpu;
	int ret = 0;

	for (cpu = 0; !ret && cpu < l->shape.nr_cpus; cpu++) {
		struct lane *lane = &l->lane[cpu];

		while (!ret && lane->first && !merge_lane_len(l->merge, cpu)) {
			struct page *page = lane->first;

			ret = decode_page(l, cpu, page);
			lane->first = page->next;
			if (!lane->first)
				lane->last = &lane->first;
			l->nr_pages--;
			free(page);
		}
	}
	return ret;
}

/*
 * The next event in order, if it is earlier than @before; where there is none
 * for another reason, lanes_error() has it.
 */
bool lanes_next(struct lanes *l, uint64_t before, struct event *ev)
{
	if (!l->err)
		l->err = decode_heads(l);
	return !l->err && merge_pop(l->merge, before, ev);
}

int lanes_error(const struct lanes *l)
{
	return l->err;
}

/* pages that are not decoded */
size_t lanes_waiting(const struct lanes *l)
{
	return l->nr_pages;
}

/* lost events that the pages told of so far */
uint64_t lanes_missed(const struct lanes *l)
{
	return l->missed;
}

uint64_t lanes_late(const struct lanes *l)
{
	return merge_late(l->merge);
}
