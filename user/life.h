/* SPDX-License-Identifier: GPL-2.0 */
/*
 * life.h - one sk_buff at all its stations, and those it has to do with
 *
 * Filled by life.c, used by cmd_diff.c and cmd_show.c, shown by render_life.c
 * and json_skb.c.
 */
#ifndef _LIFE_H
#define _LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journey.h"
#include "skbuff.h"

/**
 * struct kin - what is kept of every sk_buff
 * @head: of its buffer when it was seen last, 0 if that is not known
 * @first: when it was seen first
 * @last: and last
 * @station: where that was
 */
struct kin {
	uint64_t	id;
	uint64_t	parent;
	unsigned int	relation;
	uint64_t	head;
	uint64_t	first;
	uint64_t	last;
	int		station;
	struct kin	*next;
};

#define KIN_HASH	4096	/* a power of two */

/**
 * struct life - of one sk_buff
 * @own: its events
 * @kin: all sk_buffs by number, it among them
 */
struct life {
	struct journey		own;
	const struct reader	*reader;
	struct kin		*kin[KIN_HASH];
};

enum tie {
	TIE_PARENT,
	TIE_CHILD,
	TIE_SAME_HEAD,	/* without being one of those */
};

typedef void (*kin_fn)(const struct kin *kin, enum tie tie, bool same_head,
		       void *arg);

void life_begin(struct life *l, uint64_t skb, const struct reader *reader);
int life_add(const struct event *ev, void *life);
void life_clear(struct life *l);
const struct event *life_first_at(const struct life *l, int station);
const struct event *life_last_at(const struct life *l, int station);
const struct event *life_image(const struct life *l);
void life_relatives(const struct life *l, kin_fn fn, void *arg);
char *life_place(const struct life *l);

#endif /* _LIFE_H */
