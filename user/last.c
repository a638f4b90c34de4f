// SPDX-License-Identifier: GPL-2.0
/*
 * last.c - the event before, of each sk_buff
 *
 * Called by cmd_trace.c where an event is written at once, and not with its
 * journey. An sk_buff is forgotten when it has ended; one whose end nobody sees
 * gives way to another one in its place of the table.
 */
#include <errno.h>
#include <stdlib.h>

#include "image.h"
#include "last.h"

#define PLACES	16384	/* a power of two */

struct lasts {
	struct event	*ev[PLACES];
};

struct lasts *lasts_new(void)
{
	return calloc(1, sizeof(struct lasts));
}

static struct event **place(struct lasts *l, uint64_t skb)
{
	return &l->ev[skb & (PLACES - 1)];
}

static void forget(struct event **at)
{
	if (*at)
		image_put((*at)->image);
	free(*at);
	*at = NULL;
}

void lasts_free(struct lasts *l)
{
	size_t i;

	for (i = 0; l && i < PLACES; i++)
		forget(&l->ev[i]);
	free(l);
}

static const struct event *find(struct lasts *l, uint64_t skb)
{
	const struct event *ev = *place(l, skb);

	return ev && (uint64_t)ev->v[EVF_SKB] == skb ? ev : NULL;
}

/* of the same sk_buff, else the last one of its parent; NULL for none */
const struct event *lasts_before(struct lasts *l, const struct event *ev)
{
	const struct event *before = find(l, ev->v[EVF_SKB]);

	if (!before && event_has(ev, EVF_PARENT) && ev->v[EVF_PARENT])
		before = find(l, ev->v[EVF_PARENT]);
	return before;
}

/* remember it, once lasts_before() was asked; 0 or -ENOMEM */
int lasts_add(struct lasts *l, const struct event *ev)
{
	struct event **at = place(l, ev->v[EVF_SKB]);

	forget(at);
	if (event_is_end(ev))
		return 0;
	*at = malloc(sizeof(*ev));
	if (!*at)
		return -ENOMEM;
	**at = *ev;
	image_get(ev->image);
	return 0;
}
