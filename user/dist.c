// SPDX-License-Identifier: GPL-2.0
/*
 * dist.c - tables by which a delay is spread, as tc-netem(8) has them
 *
 * Called by rule.c. A table is one of iproute2's, by its name, or a file of that
 * format, by a path: whole numbers with blanks between them, of which 8192 stand
 * for one jitter; a line that begins with # is a comment.
 */
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dist.h"

/* where distributions of Linux have iproute2's; tc itself looks in one of them */
static const char *const folders[] = {
	"/usr/lib/tc", "/usr/lib64/tc", "/usr/lib/*/tc", "/usr/share/tc",
};

/**
 * struct table - one that is being read
 * @path: of the file
 * @line: of it, from 1
 * @word: what is there so far of a number
 */
struct table {
	char		path[PATH_MAX];
	unsigned int	line;
	char		word[32];
	size_t		len;
	int16_t		*number;
	unsigned int	nr;
	char		*why;
	size_t		size;
};

static int take_word(struct table *t)
{
	const char *last = t->word + t->len;
	char *end;
	long value;

	if (!t->len)
		return 0;
	t->word[t->len] = '\0';
	t->len = 0;
	/* as tc does, hexadecimal and octal ones, too */
	value = strtol(t->word, &end, 0);
	if (end != last || value < INT16_MIN || value > INT16_MAX) {
		snprintf(t->why, t->size,
			 "dist=: %.128s:%u: `%s' is not a whole number from %d to %d",
			 t->path, t->line, t->word, INT16_MIN, INT16_MAX);
		return -1;
	}
	if (t->nr == DIST_MAX) {
		snprintf(t->why, t->size,
			 "dist=: %.128s:%u: there are more than %u numbers",
			 t->path, t->line, DIST_MAX);
		return -1;
	}
	t->number[t->nr++] = value;
	return 0;
}

/* returns what ends it */
static int skip_line(FILE *f)
{
	int c;

	do {
		c = getc(f);
	} while (c != '\n' && c != EOF);
	return c;
}

static int read_numbers(struct table *t, FILE *f)
{
	bool begins = true;
	int c;

	do {
		c = getc(f);
		if (c == '#' && begins)
			c = skip_line(f);
		/* one that is too long is cut off, and no number for that */
		if (c != EOF && !isspace(c) && t->len < sizeof(t->word) - 1)
			t->word[t->len++] = c;
		else if (take_word(t))
			return -1;
		begins = c == '\n';
		t->line += begins;
	} while (c != EOF);
	if (ferror(f)) {
		snprintf(t->why, t->size, "dist=: %.128s: %s", t->path,
			 strerror(errno));
		return -1;
	}
	if (t->nr >= DIST_MIN)
		return 0;
	snprintf(t->why, t->size, "dist=: %.128s: a table has %u to %u numbers, and here is %s",
		 t->path, DIST_MIN, DIST_MAX, t->nr ? "one" : "none");
	return -1;
}

/* in the folders that a pattern is for */
static FILE *open_in(struct table *t, const char *pattern, const char *name)
{
	glob_t found = { 0 };
	FILE *f = NULL;
	size_t i;

	if (!glob(pattern, 0, NULL, &found)) {
		for (i = 0; i < found.gl_pathc && !f; i++) {
			snprintf(t->path, sizeof(t->path), "%s/%s.dist",
				 found.gl_pathv[i], name);
			f = fopen(t->path, "r");
		}
	}
	globfree(&found);
	return f;
}

static FILE *open_named(struct table *t, const char *name)
{
	const char *folder = getenv("TC_LIB_DIR");
	FILE *f = NULL;
	size_t i;

	if (folder) {
		snprintf(t->path, sizeof(t->path), "%s/%s.dist", folder, name);
		f = fopen(t->path, "r");
	}
	for (i = 0; !folder && !f && i < sizeof(folders) / sizeof(*folders); i++)
		f = open_in(t, folders[i], name);
	if (!f)
		snprintf(t->why, t->size,
			 "dist=: there is no table %.64s.dist in %.128s; iproute2 has those of normal, pareto and paretonormal, and a file of one's own has a / in its name",
			 name, folder ? folder :
			 "/usr/lib/tc, /usr/lib64/tc, /usr/lib/*/tc and /usr/share/tc");
	return f;
}

static FILE *open_path(struct table *t, const char *path)
{
	FILE *f = fopen(path, "r");

	snprintf(t->path, sizeof(t->path), "%s", path);
	if (!f)
		snprintf(t->why, t->size, "dist=: %.128s: %s", path,
			 strerror(errno));
	return f;
}

/**
 * dist_read - a table of numbers
 * @name: one of iproute2's, or the path of a file if there is a / in it
 * @nr: gets how many numbers it has
 * @why: gets what is wrong
 *
 * Return: for free(), or NULL with @why.
 */
int16_t *dist_read(const char *name, unsigned int *nr, char *why, size_t size)
{
	struct table t = { .line = 1, .why = why, .size = size };
	FILE *f = strchr(name, '/') ? open_path(&t, name) :
				      open_named(&t, name);

	if (!f)
		return NULL;
	t.number = calloc(DIST_MAX, sizeof(*t.number));
	if (!t.number) {
		snprintf(why, size, "dist=: out of memory");
	} else if (read_numbers(&t, f)) {
		free(t.number);
		t.number = NULL;
	}
	fclose(f);
	*nr = t.nr;
	return t.number;
}
