// SPDX-License-Identifier: GPL-2.0
/*
 * life.c - one sk_buff at all its stations, and those it has to do with
 *
 * Called by cmd_diff.c and cmd_show.c with every event there is. Two share a
 * head if the pointers are the same and were so at the same time: memory that is
 * free is soon another one's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "life.h"
#include "skbscope.h"

void life_begin(struct life *l, uint64_t skb, const struct reader *reader)
{
	memset(l, 0, sizeof(*l));
	l->own.id = skb;
	l->reader = reader;
}

static struct kin *find(const struct life *l, uint64_t id)
{
	struct kin *kin = l->kin[id & (KIN_HASH - 1)];

	while (kin && kin->id != id)
		kin = kin->next;
	return kin;
}

static struct kin *make(struct life *l, const struct event *ev)
{
	struct kin **slot = &l->kin[ev->v[EVF_SKB] & (KIN_HASH - 1)];
	struct kin *kin = calloc(1, sizeof(*kin));

	if (!kin)
		return NULL;
	kin->id = ev->v[EVF_SKB];
	kin->first = ev->ts;
	kin->next = *slot;
	*slot = kin;
	return kin;
}

static int note_kin(struct life *l, const struct event *ev)
{
	struct kin *kin = find(l, ev->v[EVF_SKB]) ?: make(l, ev);

	if (!kin)
		return -ENOMEM;
	if (event_has(ev, EVF_PARENT) && ev->v[EVF_PARENT]) {
		kin->parent = ev->v[EVF_PARENT];
		kin->relation = ev->v[EVF_RELATION];
	}
	if (ev->image && l->reader)
		kin->head = reader_head(l->reader, ev->image);
	kin->last = ev->ts;
	kin->station = ev->kind == EVENT_STATION ? ev->v[EVF_STATION] : 0;
	return 0;
}

/* an event_fn */
int life_add(const struct event *ev, void *life)
{
	struct life *l = life;
	int ret = note_kin(l, ev);
	const struct kin *own;

	if (ret || (uint64_t)ev->v[EVF_SKB] != l->own.id)
		return ret;
	own = find(l, l->own.id);
	l->own.parent = own->parent;
	l->own.relation = own->relation;
	l->own.ended = event_is_end(ev);
	return journey_keep(&l->own, ev);
}

void life_clear(struct life *l)
{
	size_t i;

	journey_drop(&l->own);
	for (i = 0; i < KIN_HASH; i++) {
		while (l->kin[i]) {
			struct kin *kin = l->kin[i];

			l->kin[i] = kin->next;
			free(kin);
		}
	}
	memset(l, 0, sizeof(*l));
}

const struct event *life_first_at(const struct life *l, int station)
{
	size_t i;

	for (i = 0; i < l->own.nr; i++)
		if (event_at(&l->own.ev[i], station))
			return &l->own.ev[i];
	return NULL;
}

const struct event *life_last_at(const struct life *l, int station)
{
	size_t i = l->own.nr;

	while (i--)
		if (event_at(&l->own.ev[i], station))
			return &l->own.ev[i];
	return NULL;
}

/* the last event with an image, or NULL */
const struct event *life_image(const struct life *l)
{
	size_t i = l->own.nr;

	while (i--)
		if (l->own.ev[i].image)
			return &l->own.ev[i];
	return NULL;
}

static bool share_head(const struct kin *a, const struct kin *b)
{
	return a->head && a->head == b->head && a->first <= b->last &&
	       b->first <= a->last;
}

static int by_number(const void *a, const void *b)
{
	const struct kin *x = *(const struct kin *const *)a;
	const struct kin *y = *(const struct kin *const *)b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static bool is_relative(const struct kin *own, const struct kin *kin)
{
	return kin != own && (kin->id == own->parent ||
			      kin->parent == own->id || share_head(own, kin));
}

/* in the order of their numbers */
void life_relatives(const struct life *l, kin_fn fn, void *arg)
{
	const struct kin *own = find(l, l->own.id), *kin, **all = NULL;
	size_t nr = 0, cap = 0, i;

	for (i = 0; own && i < KIN_HASH; i++) {
		for (kin = l->kin[i]; kin; kin = kin->next) {
			if (!is_relative(own, kin))
				continue;
			if (nr == cap) {
				const struct kin **bigger;

				cap = cap ? 2 * cap : 16;
				bigger = realloc(all, cap * sizeof(*all));
				if (!bigger)
					goto out;
				all = bigger;
			}
			all[nr++] = kin;
		}
	}
	if (nr)
		qsort(all, nr, sizeof(*all), by_number);
	for (i = 0; i < nr; i++)
		fn(all[i], all[i]->id == own->parent ? TIE_PARENT :
		   all[i]->parent == own->id ? TIE_CHILD : TIE_SAME_HEAD,
		   share_head(own, all[i]), arg);
out:
	free(all);
}

static char *text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *text(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&s, fmt, ap);
	va_end(ap);
	return len < 0 ? NULL : s;
}

static char *place_at(const struct event *ev)
{
	const char *dev = ev->dev[0] ? ev->dev : "a device";
	uint64_t sock = ev->v[EVF_SOCK];

	switch (ev->v[EVF_STATION]) {
	case SCOPE_STATION_SOCKET_SEND:
		return text("in the send call of sock %" PRIu64
			    ": there is no sk_buff yet", sock);
	case SCOPE_STATION_SOCKET_ALLOC:
	case SCOPE_STATION_PROTOCOL_PUSH:
		return event_has(ev, EVF_OFFSET) && sock ?
		       text("on the write queue of sock %" PRIu64, sock) :
		       text("between the socket and the device layer");
	case SCOPE_STATION_PROTOCOL_CLONE:
		return text("between the socket and the device layer");
	case SCOPE_STATION_DEVICE_QUEUE:
		return text("with the queueing discipline of %s", dev);
	case SCOPE_STATION_DEVICE_XMIT:
		return text("with the driver of %s, or what it hands to", dev);
	case SCOPE_STATION_DEVICE_RECEIVE:
	case SCOPE_STATION_PROTOCOL_RECEIVE:
		return text("coming up from %s", dev);
	case SCOPE_STATION_PROTOCOL_DELIVER:
		return text("in the protocol, found to be for sock %" PRIu64,
			    sock);
	case SCOPE_STATION_SOCKET_QUEUE:
		return text("on the receive queue of sock %" PRIu64, sock);
	case SCOPE_STATION_SOCKET_RECV:
		return text("in the hands of a reader of sock %" PRIu64, sock);
	case SCOPE_STATION_END_CONSUMED:
		return text("nowhere: it was consumed");
	case SCOPE_STATION_END_DROPPED:
		return text("nowhere: it was dropped, %s",
			    ev->reason[0] ? ev->reason : "reason unknown");
	default:
		return text("at a station of another version");
	}
}

/* where it is, by the last that was seen of it; for free(), or NULL */
char *life_place(const struct life *l)
{
	const struct event *last = journey_last(&l->own);

	if (!last)
		return NULL;
	if (last->kind == EVENT_REFUSED)
		return text("nowhere: the call failed");
	return place_at(last);
}
