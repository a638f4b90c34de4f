/* SPDX-License-Identifier: GPL-2.0 */
/*
 * render.h - what the tool draws for people
 *
 * Each function has its own render_*.c. Nothing here asks the kernel.
 */
#ifndef _RENDER_H
#define _RENDER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "chain.h"
#include "colour.h"
#include "event.h"
#include "journey.h"
#include "lines.h"
#include "picture.h"
#include "procfs.h"
#include "rule.h"
#include "skbuff.h"
#include "view.h"
#include "way.h"

/**
 * struct buffer_shape - where the parts of a linear buffer are
 *
 * Offsets from skb->head; -1 is one that is not known or not set.
 * @transport: where struct scope_hdr is; @header_len: how long it is
 */
struct buffer_shape {
	int64_t	data;
	int64_t	tail;
	int64_t	end;
	int64_t	mac;
	int64_t	network;
	int64_t	transport;
	int64_t	header_len;
};

enum part {
	PART_HEADROOM,
	PART_LINK,
	PART_HEADER,
	PART_PAYLOAD,
	PART_TAILROOM,
};

struct segment {
	enum part	part;
	bool		pulled;	/* a header in front of skb->data */
	int64_t		from;
	int64_t		to;
};

#define SEGMENTS_MAX	8

unsigned int buffer_segments(const struct buffer_shape *shape,
			     struct segment seg[SEGMENTS_MAX]);
void render_buffer(struct lines *out, const struct buffer_shape *shape,
		   unsigned int width, const struct palette *p);
void render_buffer_legend(struct lines *out, const struct palette *p);

void shape_of_event(struct buffer_shape *shape, const struct event *ev);

/**
 * struct journey_style - how journeys are written
 * @palette: colours
 * @reader: of the fields that changed, or NULL where they are not wanted
 */
struct journey_style {
	const struct palette	*palette;
	struct reader		*reader;
};

void render_journey(FILE *out, const struct journey *root,
		    const struct journey_style *style);
void render_life(FILE *out, const struct journey *j, const struct palette *p);
void render_view(FILE *out, const struct skb_view *v, bool full,
		 const struct palette *p);
void render_object(FILE *out, const char *indent, const struct object *object,
		   bool full, const struct palette *p);
void render_diff(FILE *out, const struct diff *d, const char *indent,
		 const struct palette *p);

#define FIELD_TEXT_LEN	192

const char *text_field(const struct field *field, char to[FIELD_TEXT_LEN]);

void render_socket(FILE *out, const struct socket_picture *sock,
		   const struct owners *owners, const struct palette *p);
void render_notice(FILE *out, const char *what,
		   const struct socket_picture *sock);
void render_way(FILE *out, const struct way *way, const struct palette *p);
int render_piece(FILE *out, const struct piece *piece, uint64_t lost,
		 const struct palette *p);
void render_chain(FILE *out, const struct chain *chain, bool full,
		  const struct palette *p);

#define RULE_TEXT_LEN	512

const char *text_stations(const struct rule *rule, char to[RULE_TEXT_LEN]);
const char *text_words(const struct rule *rule, char to[RULE_TEXT_LEN]);
void render_rule_head(FILE *out);
void render_rule(FILE *out, const struct rule *rule);
void render_ledger(FILE *out, const struct ledger *ledger,
		   const struct palette *p);

#endif /* _RENDER_H */
