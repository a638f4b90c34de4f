// SPDX-License-Identifier: GPL-2.0
/*
 * render_buffer.c - an sk_buff's linear buffer, drawn to scale
 *
 * Called by render_tour.c. A part that has octets gets at
 * least one column, or a 14-octet header would vanish beside its tailroom; the
 * rest is shared out by size. skb_shared_info, which lies behind `end', has a
 * box of fixed width: the kernel does not report its size.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "render.h"

#define BOX	"shared_info|"

static const char marks[] = {
	[PART_HEADROOM] = '.',
	[PART_LINK] = 'L',
	[PART_HEADER] = 'H',
	[PART_PAYLOAD] = '=',
	[PART_TAILROOM] = '_',
};

static int64_t field_or_none(const struct event *ev, enum event_field field)
{
	return event_has(ev, field) ? ev->v[field] : -1;
}

void shape_of_event(struct buffer_shape *shape, const struct event *ev)
{
	shape->data = field_or_none(ev, EVF_DATA);
	shape->tail = field_or_none(ev, EVF_TAIL);
	shape->end = field_or_none(ev, EVF_END);
	shape->mac = field_or_none(ev, EVF_MAC);
	shape->network = field_or_none(ev, EVF_NETWORK);
	shape->transport = field_or_none(ev, EVF_TRANSPORT);
	shape->header_len = SCOPE_HDR_LEN;
}

static unsigned int add(struct segment *seg, unsigned int nr, enum part part,
			int64_t from, int64_t to, int64_t data)
{
	if (from >= to)
		return nr;
	/* a header that data has moved into is half pulled: show both */
	if ((part == PART_LINK || part == PART_HEADER) &&
	    from < data && data < to) {
		nr = add(seg, nr, part, from, data, data);
		return add(seg, nr, part, data, to, data);
	}
	seg[nr] = (struct segment){
		.part = part, .from = from, .to = to,
		.pulled = (part == PART_LINK || part == PART_HEADER) &&
			  from < data,
	};
	return nr + 1;
}

/**
 * buffer_segments - cut a buffer into its parts, from head to end
 * @shape: the offsets
 * @seg: filled
 *
 * Offsets that contradict each other give no headers rather than wrong ones:
 * the network offset is 0 before anybody sets it, others lie at times too.
 *
 * Return: how many parts, 0 if data, tail or end are not known.
 */
unsigned int buffer_segments(const struct buffer_shape *shape,
			     struct segment seg[SEGMENTS_MAX])
{
	int64_t data = shape->data, tail = shape->tail, end = shape->end;
	int64_t link, link_end, header, header_end, at;
	unsigned int nr = 0;

	if (data < 0 || tail < data || end < tail)
		return 0;

	header = shape->transport;
	header_end = header + shape->header_len;
	if (header <= 0 || shape->header_len <= 0 || header_end > tail) {
		header = -1;
		header_end = -1;
	}
	link = shape->mac;
	link_end = header >= 0 ? header : shape->network;
	if (link < 0 || link_end <= link || link_end > tail) {
		link = -1;
		link_end = -1;
	}

	at = data;
	if (link >= 0 && link < at)
		at = link;
	if (header >= 0 && header < at)
		at = header;
	nr = add(seg, nr, PART_HEADROOM, 0, at, data);
	if (link >= 0)
		nr = add(seg, nr, PART_LINK, link, link_end, data);
	if (header >= 0)
		nr = add(seg, nr, PART_HEADER, header, header_end, data);

	/* what lies between the last header and data is headroom again */
	if (link_end > at)
		at = link_end;
	if (header_end > at)
		at = header_end;
	if (at < data) {
		nr = add(seg, nr, PART_HEADROOM, at, data, data);
		at = data;
	}
	nr = add(seg, nr, PART_PAYLOAD, at, tail, data);
	return add(seg, nr, PART_TAILROOM, tail, end, data);
}

static const char *part_colour(const struct segment *seg,
			       const struct palette *p)
{
	switch (seg->part) {
	case PART_LINK:
		return seg->pulled ? p->dim : p->link;
	case PART_HEADER:
		return seg->pulled ? p->dim : p->header;
	case PART_PAYLOAD:
		return p->payload;
	case PART_TAILROOM:
		return p->tailroom;
	default:
		return p->headroom;
	}
}

/* columns where each part begins; column[nr] is where the last one ends */
static void place(const struct segment *seg, unsigned int nr,
		  unsigned int columns, unsigned int *column)
{
	int64_t total = seg[nr - 1].to;
	unsigned int i;

	column[0] = 0;
	for (i = 0; i < nr; i++) {
		unsigned int at = (columns * seg[i].to + total / 2) / total;
		unsigned int left = nr - 1 - i;

		if (at < column[i] + 1)
			at = column[i] + 1;
		if (at > columns - left)
			at = columns - left;
		column[i + 1] = at;
	}
	column[nr] = columns;
}

struct label {
	unsigned int	column;
	char		text[32];
};

/* markers under the bar; a label that does not fit goes one line lower */
static void render_labels(struct lines *out, const struct label *label,
			  unsigned int nr, const struct palette *p)
{
	unsigned int done = 0, i;

	while (done != (1U << nr) - 1) {
		char row[128] = "";
		size_t used = 0;

		for (i = 0; i < nr; i++) {
			if (done & (1U << i))
				continue;
			if (used && used + 1 > label[i].column)
				continue;
			used += snprintf(row + used, sizeof(row) - used,
					 "%*s^%s",
					 (int)(label[i].column - used), "",
					 label[i].text);
			done |= 1U << i;
			if (used >= sizeof(row) - 1)
				break;
		}
		lines_add(out, "%s%s%s", p->dim, row, p->off);
	}
}

static unsigned int column_of(const struct segment *seg, unsigned int nr,
			      const unsigned int *column, int64_t offset)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (seg[i].from >= offset)
			return column[i];
	return column[nr];
}

/**
 * render_buffer - draw a buffer in three or four lines
 * @out: lines are added
 * @width: columns to use, the box of shared_info included
 */
void render_buffer(struct lines *out, const struct buffer_shape *shape,
		   unsigned int width, const struct palette *p)
{
	unsigned int column[SEGMENTS_MAX + 1], columns, nr, i, j;
	struct segment seg[SEGMENTS_MAX];
	char bar[512] = "", *at = bar;
	struct label label[4] = { 0 };

	nr = buffer_segments(shape, seg);
	if (!nr) {
		lines_add(out, "(the buffer's offsets are not known)");
		return;
	}
	columns = width > 24 + sizeof(BOX) ? width - sizeof(BOX) : 24;
	if (columns > 160)
		columns = 160;
	place(seg, nr, columns, column);

	for (i = 0; i < nr; i++) {
		char mark = marks[seg[i].part];

		if (seg[i].pulled)
			mark += 'a' - 'A';
		at += sprintf(at, "%s", part_colour(&seg[i], p));
		for (j = column[i]; j < column[i + 1]; j++)
			*at++ = mark;
		at += sprintf(at, "%s", p->off);
	}
	lines_add(out, "|%s|%s%s%s", bar, p->info, BOX, p->off);

	/* one to the right, for the bar's own edge */
	snprintf(label[0].text, sizeof(label[0].text), "head 0");
	label[0].column = 1;
	snprintf(label[1].text, sizeof(label[1].text), "data %" PRId64,
		 shape->data);
	label[1].column = 1 + column_of(seg, nr, column, shape->data);
	snprintf(label[2].text, sizeof(label[2].text), "tail %" PRId64,
		 shape->tail);
	label[2].column = 1 + column_of(seg, nr, column, shape->tail);
	snprintf(label[3].text, sizeof(label[3].text), "end %" PRId64,
		 shape->end);
	label[3].column = 1 + columns;
	render_labels(out, label, 4, p);
}

void render_buffer_legend(struct lines *out, const struct palette *p)
{
	lines_add(out, "%s.%s headroom   %sL%s link header   %sH%s scope header   %s=%s payload   %s_%s tailroom",
		  p->headroom, p->off, p->link, p->off, p->header, p->off,
		  p->payload, p->off, p->tailroom, p->off);
	lines_add(out, "l, h: a header that was pulled, its octets still there in the headroom");
	lines_add(out, "to scale, but no part under one column; shared_info is not to scale");
}
