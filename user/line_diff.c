// SPDX-License-Identifier: GPL-2.0
/*
 * line_diff.c - two lists of lines side by side, as `diff -u' has them
 *
 * Called by play_expect.c. What begins and ends alike is set aside, so that what
 * is compared line by line stays small.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "play.h"

#define CONTEXT		3

/* past this many pairs of lines they are told one block after the other */
#define PAIRS_MAX	(16U << 20)

/* one line of the result */
struct edit {
	char	sign;	/* ' ', '-' or '+' */
	size_t	at;	/* in expected, or for '+' in seen */
};

struct script {
	struct edit	*edit;
	size_t		nr;
};

static void add(struct script *script, char sign, size_t at)
{
	script->edit[script->nr++] = (struct edit){ sign, at };
}

static bool same(const struct lines *a, size_t i, const struct lines *b,
		 size_t j)
{
	return !strcmp(a->line[i], b->line[j]);
}

/* the longest list that both have, from [i, j] on, is @len of them */
static void compare(const struct lines *a, size_t from, size_t a_end,
		    const struct lines *b, size_t b_end, struct script *script)
{
	size_t rows = a_end - from, columns = b_end - from, i, j;
	uint32_t *len = NULL;

#define LEN(i_, j_)	len[(i_) * (columns + 1) + (j_)]
	if ((uint64_t)rows * columns <= PAIRS_MAX)
		len = calloc((rows + 1) * (columns + 1), sizeof(*len));
	for (i = rows; len && i--;) {
		for (j = columns; j--;) {
			if (same(a, from + i, b, from + j))
				LEN(i, j) = LEN(i + 1, j + 1) + 1;
			else
				LEN(i, j) = LEN(i + 1, j) > LEN(i, j + 1) ?
					    LEN(i + 1, j) : LEN(i, j + 1);
		}
	}
	for (i = 0, j = 0; i < rows || j < columns;) {
		if (len && i < rows && j < columns &&
		    same(a, from + i, b, from + j)) {
			add(script, ' ', from + i++);
			j++;
		} else if (i < rows &&
			   (!len || j == columns ||
			    LEN(i + 1, j) >= LEN(i, j + 1))) {
			add(script, '-', from + i++);
		} else {
			add(script, '+', from + j++);
		}
	}
#undef LEN
	free(len);
}

static void make(const struct lines *a, const struct lines *b,
		 struct script *script)
{
	size_t from = 0, a_end = a->nr, b_end = b->nr, i;

	while (from < a_end && from < b_end && same(a, from, b, from))
		add(script, ' ', from++);
	while (a_end > from && b_end > from &&
	       same(a, a_end - 1, b, b_end - 1)) {
		a_end--;
		b_end--;
	}
	compare(a, from, a_end, b, b_end, script);
	for (i = a_end; i < a->nr; i++)
		add(script, ' ', i);
}

/* where a hunk that begins with a change at @from ends */
static size_t hunk_end(const struct script *script, size_t from)
{
	size_t last = from, i;

	for (i = from; i < script->nr && i <= last + 2 * CONTEXT; i++)
		if (script->edit[i].sign != ' ')
			last = i;
	return last + CONTEXT + 1 < script->nr ? last + CONTEXT + 1 :
						 script->nr;
}

static void put_hunk(struct lines *out, const struct lines *a,
		     const struct lines *b, const struct script *script,
		     size_t from, size_t to)
{
	size_t before[2] = { 1, 1 }, nr[2] = { 0, 0 }, i;

	for (i = 0; i < to; i++) {
		size_t *count = i < from ? before : nr;

		count[0] += script->edit[i].sign != '+';
		count[1] += script->edit[i].sign != '-';
	}
	lines_add(out, "@@ -%zu,%zu +%zu,%zu @@", before[0] - !nr[0], nr[0],
		  before[1] - !nr[1], nr[1]);
	for (i = from; i < to; i++) {
		const struct edit *e = &script->edit[i];

		lines_add(out, "%c%s", e->sign,
			  (e->sign == '+' ? b : a)->line[e->at]);
	}
}

/* nothing where they are the same */
void lines_diff(struct lines *out, const struct lines *expected,
		const struct lines *seen)
{
	struct script script = { 0 };
	size_t i, to = 0;

	script.edit = calloc(expected->nr + seen->nr + 1, sizeof(*script.edit));
	if (!script.edit)
		return;
	make(expected, seen, &script);
	for (i = 0; i < script.nr; i++) {
		if (script.edit[i].sign == ' ')
			continue;
		if (!to) {
			lines_add(out, "--- expected");
			lines_add(out, "+++ seen");
		}
		to = hunk_end(&script, i);
		put_hunk(out, expected, seen, &script,
			 i > CONTEXT ? i - CONTEXT : 0, to);
		i = to - 1;
	}
	free(script.edit);
}
