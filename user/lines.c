// SPDX-License-Identifier: GPL-2.0
/*
 * lines.c - text that is collected line by line before it is laid out
 *
 * Called by the render_*.c. Widths do not count colour sequences. Memory that
 * cannot be had ends the program: there is nothing left to show.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "message.h"

static void out_of_memory(void)
{
	complain("out of memory");
	exit(EXIT_SYSTEM);
}

static void append(struct lines *l, char *text)
{
	if (l->nr == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 16;
		l->line = realloc(l->line, l->cap * sizeof(l->line[0]));
		if (!l->line)
			out_of_memory();
	}
	l->line[l->nr++] = text;
}

void lines_add(struct lines *l, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (ret < 0)
		out_of_memory();
	append(l, text);
}

/* breaks at blanks; a word wider than a line gets one of its own */
void lines_wrap(struct lines *l, size_t width, const char *indent,
		const char *text)
{
	size_t room = width > strlen(indent) ? width - strlen(indent) : 1;

	while (*text) {
		size_t len = strlen(text);

		if (len > room) {
			size_t cut = room;

			while (cut > 0 && text[cut] != ' ')
				cut--;
			len = cut ? cut : strcspn(text, " ");
		}
		lines_add(l, "%s%.*s", indent, (int)len, text);
		text += len;
		while (*text == ' ')
			text++;
	}
}

void lines_clear(struct lines *l)
{
	size_t i;

	for (i = 0; i < l->nr; i++)
		free(l->line[i]);
	free(l->line);
	memset(l, 0, sizeof(*l));
}

/* columns a terminal shows: ASCII without escape sequences */
size_t text_width(const char *text)
{
	size_t width = 0;

	while (*text) {
		if (*text == '\033') {
			text += strcspn(text, "m");
			if (*text)
				text++;
			continue;
		}
		width++;
		text++;
	}
	return width;
}

void lines_beside(FILE *out, const struct lines *left, size_t left_width,
		  const char *between, const struct lines *right)
{
	size_t nr = left->nr > right->nr ? left->nr : right->nr, i;

	for (i = 0; i < nr; i++) {
		const char *l = i < left->nr ? left->line[i] : "";
		const char *r = i < right->nr ? right->line[i] : "";
		size_t width = text_width(l);

		fputs(l, out);
		if (width < left_width)
			fprintf(out, "%*s", (int)(left_width - width), "");
		fputs(between, out);
		fprintf(out, "%s%s\n", *r ? " " : "", r);
	}
}

const char *text_duration(uint64_t ns, char buf[DURATION_LEN])
{
	if (ns < 1000)
		snprintf(buf, DURATION_LEN, "%u ns", (unsigned int)ns);
	else if (ns < 1000000)
		snprintf(buf, DURATION_LEN, "%.1f us", ns / 1e3);
	else if (ns < 1000000000)
		snprintf(buf, DURATION_LEN, "%.2f ms", ns / 1e6);
	else
		snprintf(buf, DURATION_LEN, "%.2f s", ns / 1e9);
	return buf;
}
