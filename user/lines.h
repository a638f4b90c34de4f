/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lines.h - text that is collected line by line before it is laid out
 *
 * Used by the render_*.c, which put such columns side by side.
 */
#ifndef _LINES_H
#define _LINES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct lines {
	char	**line;
	size_t	nr;
	size_t	cap;
};

void lines_add(struct lines *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void lines_wrap(struct lines *l, size_t width, const char *indent,
		const char *text);
void lines_clear(struct lines *l);
void lines_beside(FILE *out, const struct lines *left, size_t left_width,
		  const char *between, const struct lines *right);
size_t text_width(const char *text);

#define DURATION_LEN	24

const char *text_duration(uint64_t ns, char buf[DURATION_LEN]);

#endif /* _LINES_H */
