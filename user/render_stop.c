// SPDX-License-Identifier: GPL-2.0
/*
 * render_stop.c - a stop, part by part
 *
 * Called by cmd_held.c, step_plain.c and step_screen.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "render_stop.h"

#define NUMBER(stop, attr, buf)	num_text(&(stop)->held.n, attr, buf)

static void device_text(const struct held *held, char *to, size_t size)
{
	char name[HELD_DEVICE];
	const char *dev = held_device(held, name);

	to[0] = '\0';
	if (dev)
		snprintf(to, size, "  dev %s", dev);
}

static void ports_text(const struct held *held, char *to, size_t size)
{
	const struct numbers *n = &held->n;

	to[0] = '\0';
	if (num_get(n, SKBSCOPE_A_HELD_SPORT) ||
	    num_get(n, SKBSCOPE_A_HELD_DPORT))
		snprintf(to, size, "  port %" PRIu64 " -> %" PRIu64,
			 num_get(n, SKBSCOPE_A_HELD_SPORT),
			 num_get(n, SKBSCOPE_A_HELD_DPORT));
}

static const char *state_of(const struct stop *stop)
{
	if (stop->over)
		return "  (over)";
	if (stop->told)
		return "  (about to go)";
	if (num_has(&stop->held.n, SKBSCOPE_A_HELD_BEHIND))
		return "  (behind another one)";
	if (num_has(&stop->held.n, SKBSCOPE_A_HELD_CALL))
		return "  (the call stands)";
	return "";
}

/* a line: which packet, where; one that is no stop of ours has no number */
void lines_of_head(struct lines *l, const struct stop *stop)
{
	char id[NUM_LEN], skb[NUM_LEN], name[NAME_LEN], ports[64], dev[48];
	char sock[NUM_LEN + 8] = "", number[NUM_LEN + 8] = "";
	bool why = *stop->held.reason;
	const struct held *held = &stop->held;

	ports_text(held, ports, sizeof(ports));
	device_text(held, dev, sizeof(dev));
	if (num_has(&held->n, SKBSCOPE_A_HELD_COOKIE))
		snprintf(sock, sizeof(sock), "  sock %" PRIu64,
			 num_get(&held->n, SKBSCOPE_A_HELD_COOKIE));
	if (stop->number)
		snprintf(number, sizeof(number), "stop %zu  ", stop->number);
	lines_add(l, "%sheld %s  skb %s  at %s%s%s%s%s%s%s%s", number,
		  NUMBER(stop, SKBSCOPE_A_HELD_ID, id),
		  num_text(&held->skb, SKBSCOPE_A_SKB_ID, skb),
		  name_station(stop_station(stop), name), why ? "  " : "",
		  held->reason, state_of(stop), sock,
		  ports, dev, num_has(&held->n, SKBSCOPE_A_HELD_CONTROL) ?
		  "  the protocol's own" : "");
}

/* the function that goes on, and those that led here */
void lines_of_stack(struct lines *l, const struct stop *stop)
{
	const struct held *held = &stop->held;
	unsigned int i;

	lines_add(l, "next   %s", *held->next ? held->next : "-");
	for (i = 0; i < held->nr_stack; i++)
		lines_add(l, "%s  %s", i ? "     " : "stack", held->stack[i]);
}

/* those that changed, or all */
void lines_of_fields(struct lines *l, const struct stop *stop, bool all)
{
	struct stop_field field[STOP_FIELDS];
	size_t nr = stop_fields(stop, field), i;

	for (i = 0; i < nr; i++) {
		const struct stop_field *f = &field[i];
		bool changed = f->changed && *f->now;
		char name[40];

		if (!(all ? *f->now || *f->then : changed))
			continue;
		snprintf(name, sizeof(name), "%s.%s", f->of, f->name);
		if (changed)
			lines_add(l, "* %-16s %s -> %s", name,
				  *f->then ? f->then : "-", f->now);
		else
			lines_add(l, "  %-16s %s", name, *f->now ? f->now : "-");
	}
}

static int64_t known_or_none(const struct held *held, int attr)
{
	return num_has(&held->skb, attr) ?
	       (int64_t)num_get(&held->skb, attr) : -1;
}

static void shape_of(struct buffer_shape *shape, const struct held *held)
{
	struct frame_parts parts;
	int64_t from;

	frame_parts(held, &parts);
	shape->data = known_or_none(held, SKBSCOPE_A_SKB_DATA);
	shape->tail = known_or_none(held, SKBSCOPE_A_SKB_TAIL);
	shape->end = known_or_none(held, SKBSCOPE_A_SKB_END);
	from = shape->data + held->from;
	shape->mac = parts.link >= 0 ? from + parts.link : -1;
	shape->transport = parts.header >= 0 ? from + parts.header : -1;
	shape->network = shape->transport;
	shape->header_len = parts.header_len;
}

/* to scale */
void lines_of_buffer(struct lines *l, const struct stop *stop,
		     unsigned int width, const struct palette *p)
{
	struct buffer_shape shape;

	shape_of(&shape, &stop->held);
	render_buffer(l, &shape, width, p);
}

static void add_octets(char *to, size_t size, const uint8_t *at, int len)
{
	int used = 0;

	while (len-- && used + 3 < (int)size)
		used += snprintf(to + used, size - used, "%02x ", *at++);
	to[used ? used - 1 : 0] = '\0';
}

/* field by field, with the octets of each */
void lines_of_header(struct lines *l, const struct stop *stop)
{
	struct header_field field[HEADER_FIELDS];
	size_t nr = header_fields(&stop->held, field), i;
	char octets[56];

	for (i = 0; i < nr; i++) {
		add_octets(octets, sizeof(octets),
			   stop->held.bytes + field[i].at, field[i].len);
		lines_add(l, "%4d  %-23s  %-6s  %-9s  %s",
			  stop->held.from + field[i].at, octets, field[i].of,
			  field[i].name, field[i].value);
	}
}

#define ROW	16

static void add_row(struct lines *l, const struct held *held, size_t from)
{
	char octets[3 * ROW + 1], text[ROW + 1];
	size_t i, nr = held->len - from;

	if (nr > ROW)
		nr = ROW;
	add_octets(octets, sizeof(octets), held->bytes + from, nr);
	for (i = 0; i < nr; i++) {
		uint8_t c = held->bytes[from + i];

		text[i] = c >= ' ' && c < 0x7f ? c : '.';
	}
	text[nr] = '\0';
	lines_add(l, "%5d  %-*s  %s", held->from + (int)from, 3 * ROW - 1,
		  octets, text);
}

/* counted from the data on: what was pulled is under 0 */
void lines_of_bytes(struct lines *l, const struct stop *stop)
{
	size_t from;

	for (from = 0; from < stop->held.len; from += ROW)
		add_row(l, &stop->held, from);
	if (!stop->held.len)
		lines_add(l, "its octets were not seen: it had gone");
}

/* a line: it is held no more, and why */
void render_gone(FILE *out, const struct stop *stop)
{
	char id[NUM_LEN], skb[NUM_LEN], name[NAME_LEN], why[NAME_LEN];

	fprintf(out, "gone  held %s  skb %s  from %s  %s\n",
		NUMBER(stop, SKBSCOPE_A_HELD_ID, id),
		num_text(&stop->held.skb, SKBSCOPE_A_SKB_ID, skb),
		name_station(stop_station(stop), name),
		stop->why ? name_why(stop->why, why) : "why is not known");
}
