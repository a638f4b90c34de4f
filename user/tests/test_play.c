// SPDX-License-Identifier: GPL-2.0
/*
 * test_play.c - what a scenario expects beside what there is
 *
 * Called by tests/run.
 */
#include <stdio.h>

#include "play.h"
#include "tests/ktap.h"

/* words with blanks between them are the lines */
static void expect_diff(const char *expected, const char *seen,
			const char *wanted)
{
	struct lines a = { 0 }, b = { 0 }, out = { 0 };
	char copy[2][256], *rest, *line, text[1024] = "";
	size_t i;

	snprintf(copy[0], sizeof(copy[0]), "%s", expected);
	for (rest = copy[0]; (line = strsep(&rest, " "));)
		lines_add(&a, "%s", line);
	snprintf(copy[1], sizeof(copy[1]), "%s", seen);
	for (rest = copy[1]; (line = strsep(&rest, " "));)
		lines_add(&b, "%s", line);
	lines_diff(&out, &a, &b);
	for (i = 2; i < out.nr; i++) {
		strcat(text, i > 2 ? "|" : "");
		strcat(text, out.line[i]);
	}
	EXPECT_STR(text, wanted);
	lines_clear(&a);
	lines_clear(&b);
	lines_clear(&out);
}

static void diffs(void)
{
	expect_diff("a b c", "a b c", "");
	expect_diff("a b c", "a x c", "@@ -1,3 +1,3 @@| a|-b|+x| c");
	expect_diff("a b c", "a c", "@@ -1,3 +1,2 @@| a|-b| c");
	expect_diff("a c", "a b c", "@@ -1,2 +1,3 @@| a|+b| c");
	expect_diff("a b", "a b c d", "@@ -1,2 +1,4 @@| a| b|+c|+d");
	expect_diff("1 2 3 4 5 6 7 8 9 a b c", "1 2 3 4 x 6 7 8 9 a b c",
		    "@@ -2,7 +2,7 @@| 2| 3| 4|-5|+x| 6| 7| 8");
	expect_diff("1 2 3 4 5 6 7 8 9 a b c", "x 2 3 4 5 6 7 8 9 a b y",
		    "@@ -1,4 +1,4 @@|-1|+x| 2| 3| 4|@@ -9,4 +9,4 @@| 9| a| b|-c|+y");
	expect_diff("a b c d", "b c d a", "@@ -1,4 +1,4 @@|-a| b| c| d|+a");
}

static void compare(const char *wanted, const char *is, bool same)
{
	const struct scenario_field field = { .name = "f", .value = wanted };
	struct lines expected = { 0 }, seen = { 0 };

	play_compare_one(&field, is, &expected, &seen);
	if (play_same(&expected, &seen) != same)
		ktap_fail(__FILE__, __LINE__, "`%s' and `%s'", wanted, is);
	lines_clear(&expected);
	lines_clear(&seen);
}

static void comparisons(void)
{
	compare("5", "5", true);
	compare("5", "05", false);
	compare(">= 5", "5", true);
	compare(">=5", "4", false);
	compare("<= 5", "6", false);
	compare("< 5", "4", true);
	compare("> 5", "6", true);
	compare("> 5", "5", false);
	compare("!= 5", "6", true);
	compare("!= 5", "5", false);
	compare("> 5", "null", false);
	compare("> five", "> five", true);
}

static const struct ktap_test tests[] = {
	{ "differences", diffs },
	{ "comparisons", comparisons },
};

int main(void)
{
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
