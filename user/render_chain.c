// SPDX-License-Identifier: GPL-2.0
/*
 * render_chain.c - a socket from its file to its sk_buffs, as linked boxes
 *
 * Called by cmd_show.c. A box is a struct: its address, the fields to look at
 * first, and, if all are wanted, every field. What leads from one box to the
 * next is written on the arrow between them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "render.h"

/* under a queue lie its sk_buffs, under one of these those of its frag_list */
#define QUEUE_INDENT	"    "
#define FRAG_INDENT	"        "

static void add_important(struct lines *lines, const struct object *object)
{
	char value[FIELD_TEXT_LEN];
	const struct field *field;
	int width = 0;
	size_t at;

	for (at = 0; (field = chain_important(object, &at));)
		if ((int)strlen(field->path) > width)
			width = strlen(field->path);
	for (at = 0; (field = chain_important(object, &at));)
		lines_add(lines, "%-*s  %s", width, field->path,
			  text_field(field, value));
}

static void add_all(struct lines *lines, const struct fields *fields,
		    const struct palette *p)
{
	char value[FIELD_TEXT_LEN];
	size_t i;

	for (i = 0; i < fields->nr; i++) {
		const struct field *field = &fields->field[i];

		lines_add(lines, "%s%5" PRIu64 "%s  %s  %s%s%s  %s", p->dim,
			  field->offset / 8, p->off, field->path, p->dim,
			  field->type, p->off, text_field(field, value));
	}
}

/* what is not known of the object, or not of one moment */
static void add_remarks(struct lines *lines, const struct object *object,
			const struct palette *p)
{
	uint64_t size = object_number(object, SKBSCOPE_A_IMAGE_SIZE);

	if (object->picture.torn)
		lines_add(lines, "%sit may have changed while it was copied%s",
			  p->bad, p->off);
	if (object_number(object, SKBSCOPE_A_IMAGE_KIND) ==
	    SKBSCOPE_IMAGE_KIND_SKB &&
	    object_number(object, SKBSCOPE_A_IMAGE_LEFT_OUT))
		lines_add(lines, "%sof its frag_list the last %" PRIu64 " are not shown%s",
			  p->bad,
			  object_number(object, SKBSCOPE_A_IMAGE_LEFT_OUT),
			  p->off);
	if (object->picture.len < size)
		lines_add(lines, "%sthe first %zu of its %" PRIu64 " octets%s",
			  p->bad, object->picture.len, size, p->off);
}

static void head_of(const struct object *object, const struct palette *p,
		    char *to, size_t size)
{
	uint64_t address = object_number(object, SKBSCOPE_A_IMAGE_ADDRESS);
	uint64_t kind = object_number(object, SKBSCOPE_A_IMAGE_KIND);
	const char *own = object->own[0] ? object->own : object->picture.name;
	int len;

	len = snprintf(to, size, "%sstruct %s%s  0x%" PRIx64 "  %" PRIu64
		       " octets", p->bold, own, p->off, address,
		       object_number(object, SKBSCOPE_A_IMAGE_SIZE));
	if (kind == SKBSCOPE_IMAGE_KIND_SOCKET)
		snprintf(to + len, size - len, "  inode %" PRIu64,
			 object_number(object, SKBSCOPE_A_IMAGE_INODE));
	else if (kind == SKBSCOPE_IMAGE_KIND_SOCK)
		snprintf(to + len, size - len, "  %s  netns %" PRIu64,
			 object->picture.proto,
			 object_number(object, SKBSCOPE_A_IMAGE_NETNS));
	else if (num_has(&object->picture.n, SKBSCOPE_A_IMAGE_SKB_ID))
		snprintf(to + len, size - len, "  skb %" PRIu64,
			 object_number(object, SKBSCOPE_A_IMAGE_SKB_ID));
}

static void rule(FILE *out, const char *indent, size_t width)
{
	fprintf(out, "%s+", indent);
	while (width--)
		fputc('-', out);
	fputs("+\n", out);
}

static void row(FILE *out, const char *indent, size_t width, const char *text)
{
	fprintf(out, "%s| %s%*s|\n", indent, text,
		(int)(width - 1 - text_width(text)), "");
}

static void box(FILE *out, const char *indent, const char *head,
		const struct lines *lines)
{
	size_t width = text_width(head), i;

	for (i = 0; i < lines->nr; i++)
		if (text_width(lines->line[i]) > width)
			width = text_width(lines->line[i]);
	width += 2;
	rule(out, indent, width);
	row(out, indent, width, head);
	if (lines->nr)
		rule(out, indent, width);
	for (i = 0; i < lines->nr; i++)
		row(out, indent, width, lines->line[i]);
	rule(out, indent, width);
}

/* one struct as a box */
void render_object(FILE *out, const char *indent, const struct object *object,
		   bool full, const struct palette *p)
{
	struct lines lines = { 0 };
	char head[256];

	head_of(object, p, head, sizeof(head));
	add_remarks(&lines, object, p);
	add_important(&lines, object);
	if (full) {
		lines_add(&lines, "%s", "");
		add_all(&lines, &object->fields, p);
		add_all(&lines, &object->own_fields, p);
	}
	box(out, indent, head, &lines);
	lines_clear(&lines);
}

static void arrow(FILE *out, const char *indent, const char *what)
{
	fprintf(out, "%s   |\n%s   |  %s\n%s   v\n", indent, indent, what,
		indent);
}

static void render_queue(FILE *out, const struct object *object,
			 const struct palette *p)
{
	uint64_t left = object_number(object, SKBSCOPE_A_IMAGE_LEFT_OUT);
	uint64_t len = object_number(object, SKBSCOPE_A_IMAGE_LEN);

	fprintf(out, "   |\n   +--> %s%s queue%s  0x%" PRIx64 "  %" PRIu64
		" sk_buff%s", p->bold,
		chain_queue_name(object_number(object, SKBSCOPE_A_IMAGE_QUEUE)),
		p->off, object_number(object, SKBSCOPE_A_IMAGE_ADDRESS), len,
		len == 1 ? "" : "s");
	if (left && left == len && object->picture.torn)
		fprintf(out, "  %snot looked at: a process owns the socket's lock%s",
			p->bad, p->off);
	else if (left)
		fprintf(out, "  %sthe last %" PRIu64 " are not shown%s", p->bad,
			left, p->off);
	fputc('\n', out);
}

static void link_to(FILE *out, const char *indent, const struct object *object)
{
	uint64_t frag = object_number(object, SKBSCOPE_A_IMAGE_FRAG);

	switch (object_number(object, SKBSCOPE_A_IMAGE_KIND)) {
	case SKBSCOPE_IMAGE_KIND_FILE:
		arrow(out, "", "the descriptor's");
		break;
	case SKBSCOPE_IMAGE_KIND_SOCKET:
		arrow(out, "", "private_data");
		break;
	case SKBSCOPE_IMAGE_KIND_SOCK:
		arrow(out, "", "sk");
		break;
	case SKBSCOPE_IMAGE_KIND_SKB:
		arrow(out, indent, frag == 1 ? "frag_list" : "next");
		break;
	case SKBSCOPE_IMAGE_KIND_SHARED_INFO:
		arrow(out, indent, "head + end");
		break;
	}
}

void render_chain(FILE *out, const struct chain *chain, bool full,
		  const struct palette *p)
{
	size_t i;

	for (i = 0; i < chain->nr; i++) {
		const struct object *object = &chain->object[i];
		uint64_t kind = object_number(object, SKBSCOPE_A_IMAGE_KIND);
		const char *indent = "";

		if (kind == SKBSCOPE_IMAGE_KIND_QUEUE) {
			render_queue(out, object, p);
			continue;
		}
		if (kind == SKBSCOPE_IMAGE_KIND_SKB ||
		    kind == SKBSCOPE_IMAGE_KIND_SHARED_INFO)
			indent = num_has(&object->picture.n,
					 SKBSCOPE_A_IMAGE_FRAG) ?
				 FRAG_INDENT : QUEUE_INDENT;
		link_to(out, indent, object);
		render_object(out, indent, object, full, p);
	}
}
