// SPDX-License-Identifier: GPL-2.0
/*
 * render_diff.c - what changed of an sk_buff, a line a field
 *
 * Called by render_journey.c and cmd_diff.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "render.h"

#define DATA_SHOWN	24	/* octets of a run */

/* which octets of a field, where that is all that is known of it */
struct run {
	size_t	from;
	size_t	to;	/* 0: all of it */
};

static struct run run_of(const struct change *c)
{
	const char *before, *after;
	struct run run = { 0 };
	size_t i;

	if (!c->before || !c->after || c->before->kind != FIELD_BYTES ||
	    c->after->kind != FIELD_BYTES)
		return run;
	before = c->before->text;
	after = c->after->text;
	for (i = 0; before[i] && after[i]; i++) {
		if (before[i] == after[i])
			continue;
		if (!run.to)
			run.from = i / 2;
		run.to = i / 2 + 1;
	}
	return run;
}

static const char *text_of(const struct change *c, const struct field *field,
			   char to[FIELD_TEXT_LEN])
{
	const struct run run = run_of(c);

	if (!field)
		return "-";
	if (run.to) {
		snprintf(to, FIELD_TEXT_LEN, "%.*s",
			 (int)(2 * (run.to - run.from)),
			 field->text + 2 * run.from);
		return to;
	}
	/* where it leads says more than the address */
	if (field->kind == FIELD_POINTER && field->text) {
		snprintf(to, FIELD_TEXT_LEN, "%s (0x%" PRIx64 ")", field->text,
			 field->value);
		return to;
	}
	return text_field(field, to);
}

static void path_of(const struct change *c, char *to, size_t size)
{
	const struct field *field = c->after ? c->after : c->before;
	const struct run run = run_of(c);
	int len;

	len = snprintf(to, size, "%s%s%s%s",
		       strcmp(c->of, "skb_shared_info") ? "" : "shared_info.",
		       field->path, c->also ? "|" : "",
		       c->also ? c->also->path : "");
	if (run.to)
		snprintf(to + len, size - len, "[%zu..%zu]", run.from,
			 run.to);
}

static void put_octets(FILE *out, const uint8_t *at, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < len && i < DATA_SHOWN; i++)
		fprintf(out, "%02x", at[i]);
	if (i < len)
		fputs("...", out);
}

static void put_data(FILE *out, const char *indent, int width,
		     const struct data_change *c)
{
	char where[48];

	snprintf(where, sizeof(where), "head+%" PRIu32 "..%" PRIu32, c->from,
		 c->from + c->len);
	fprintf(out, "%s%-*s  ", indent, width, where);
	if (c->before)
		put_octets(out, c->before, c->len);
	else
		fputc('-', out);
	fputs(" -> ", out);
	put_octets(out, c->after, c->len);
	fputc('\n', out);
}

/* each line behind @indent; nothing where nothing changed */
void render_diff(FILE *out, const struct diff *d, const char *indent,
		 const struct palette *p)
{
	char before[FIELD_TEXT_LEN], after[FIELD_TEXT_LEN], path[128];
	int width = 12;
	size_t i;

	for (i = 0; i < d->nr; i++) {
		path_of(&d->change[i], path, sizeof(path));
		if ((int)strlen(path) > width)
			width = strlen(path);
	}
	for (i = 0; i < d->nr; i++) {
		const struct change *c = &d->change[i];

		path_of(c, path, sizeof(path));
		fprintf(out, "%s%-*s  %s%s%s -> %s\n", indent, width, path,
			p->dim, text_of(c, c->before, before), p->off,
			text_of(c, c->after, after));
	}
	for (i = 0; i < d->nr_data; i++)
		put_data(out, indent, width, &d->data[i]);
}
