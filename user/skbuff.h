/* SPDX-License-Identifier: GPL-2.0 */
/*
 * skbuff.h - every field of an sk_buff at a station, and what changed between two
 *
 * Filled by skbuff.c and diff.c, shown by render_diff.c, render_skb.c and
 * json_skb.c.
 */
#ifndef _SKBUFF_H
#define _SKBUFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "btf.h"
#include "event.h"

struct image;
struct reader;
struct stream;
struct symbols;
struct types;

/**
 * struct skbuff - one image, read
 * @fields: of struct sk_buff; what the family keeps in cb behind them, where it
 *	is the family's, as members of cb
 * @shared: of struct skb_shared_info
 */
struct skbuff {
	struct fields	fields;
	struct fields	shared;
};

struct reader *reader_new(struct stream *stream);
struct reader *reader_of(struct types *types, const char *why,
			 const struct symbols *symbols);
void reader_free(struct reader *r);
const char *reader_why(const struct reader *r);
uint64_t reader_head(const struct reader *r, const struct image *image);
int reader_read(struct reader *r, const struct event *ev, struct skbuff *skb);
void skbuff_clear(struct skbuff *skb);
bool skbuff_number(const struct fields *fields, const char *path,
		   uint64_t *value);

/**
 * struct change - a field that is not what it was
 * @of: the struct it is of, "event" for one of the event's own
 * @before: NULL for what was not known
 * @after: the same
 * @also: another name of the same number, of a union: which one is meant, the
 *	kernel's code knows; or NULL
 */
struct change {
	const char		*of;
	const struct field	*before;
	const struct field	*after;
	const struct field	*also;
};

/**
 * struct data_change - octets of headers or data that are not what they were
 * @from: offset of the first one from skb->head
 * @len: how many
 * @before: NULL for what was not in the image
 * @after: what they are
 */
struct data_change {
	uint32_t	from;
	uint32_t	len;
	const uint8_t	*before;
	const uint8_t	*after;
};

#define DATA_CHANGES	16	/* so many are told; a copy has one more */

/**
 * struct diff - what changed between two events of an sk_buff; good as long as
 * their images are there
 * @why: why it has the events' own fields only, or NULL
 */
struct diff {
	struct skbuff		before;
	struct skbuff		after;
	struct change		*change;
	size_t			nr;
	size_t			cap;
	struct data_change	data[DATA_CHANGES];
	size_t			nr_data;
	const char		*why;
};

int diff_make(struct diff *d, struct reader *r, const struct event *before,
	      const struct event *after);
void diff_clear(struct diff *d);

#endif /* _SKBUFF_H */
