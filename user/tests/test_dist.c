// SPDX-License-Identifier: GPL-2.0
/*
 * test_dist.c - tables of delays out of files, and what is said of bad ones
 *
 * Called by tests/run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dist.h"
#include "tests/ktap.h"

static char folder[32];
static char path[64];
static char why[512];

/* the file has @times of these octets */
static void fill(const char *octets, int times)
{
	FILE *f = fopen(path, "w");

	EXPECT(f);
	while (f && times--)
		fputs(octets, f);
	if (f)
		fclose(f);
}

static void expect_table(const char *name, const int16_t *numbers,
			 unsigned int nr)
{
	unsigned int got = 0, i;
	int16_t *table;

	why[0] = '\0';
	table = dist_read(name, &got, why, sizeof(why));
	EXPECT_STR(why, "");
	EXPECT_NUM(got, nr);
	for (i = 0; table && i < nr && i < got; i++)
		EXPECT_NUM(table[i], numbers[i]);
	free(table);
}

static void expect_refused(const char *name, const char *wanted)
{
	unsigned int nr;
	int16_t *table;

	why[0] = '\0';
	table = dist_read(name, &nr, why, sizeof(why));
	EXPECT(!table);
	EXPECT_HAS(why, wanted);
	free(table);
}

static void good_files(void)
{
	static const int16_t some[] = { -32768, 0, 32767, 16, -1 };
	static int16_t many[DIST_MAX];
	int i;

	fill("# made by hand 7\n -32768  0\t32767\r\n\n#\n0x10\n#9\n-1", 1);
	expect_table(path, some, 5);
	fill("-1\n", 2);
	expect_table(path, (int16_t[]){ -1, -1 }, 2);
	for (i = 0; i < DIST_MAX; i++)
		many[i] = -7;
	fill("-7 ", DIST_MAX);
	expect_table(path, many, DIST_MAX);
}

static void bad_files(void)
{
	fill("", 1);
	expect_refused(path, "a table has 2 to 16384 numbers, and here is none");
	fill("# 1 2 3\n", 3);
	expect_refused(path, "and here is none");
	fill("5\n", 1);
	expect_refused(path, "and here is one");
	fill("-7\n", DIST_MAX + 1);
	expect_refused(path, ":16385: there are more than 16384 numbers");
	fill("# a\n1 2\n3 four 5\n", 1);
	expect_refused(path, ":3: `four' is not a whole number from -32768 to 32767");
	fill("1 2.5\n", 1);
	expect_refused(path, ":1: `2.5' is not");
	fill("1 # two\n", 1);
	expect_refused(path, ":1: `#' is not");
	fill("1 32768\n", 1);
	expect_refused(path, "`32768' is not");
	fill("1\n-32769\n", 1);
	expect_refused(path, ":2: `-32769' is not");
	fill("123456789012345678901234567890123456789", 5000);
	expect_refused(path, "`1234567890123456789012345678901' is not");
	expect_refused("/nowhere/at.all", "dist=: /nowhere/at.all: No such file");
	expect_refused("/", "dist=: /: Is a directory");
	expect_refused("/dev/zero", "is not a whole number");
}

/* in the folder where tc has its own, and nowhere else */
static void names(void)
{
	setenv("TC_LIB_DIR", folder, 1);
	fill("1 2", 1);
	expect_table("mine", (int16_t[]){ 1, 2 }, 2);
	expect_refused("normal", "there is no table normal.dist in /tmp/test_dist.");
	expect_refused("mine.dist", "a file of one's own has a / in its name");
	unsetenv("TC_LIB_DIR");
	expect_refused("mine", "there is no table mine.dist in /usr/lib/tc, ");
	expect_refused("", "iproute2 has those of normal, pareto and paretonormal");
}

static const struct ktap_test tests[] = {
	{ "numbers, blanks and comments", good_files },
	{ "what is no table is told with its place", bad_files },
	{ "names are of tc's tables", names },
};

int main(void)
{
	int status;

	strcpy(folder, "/tmp/test_dist.XXXXXX");
	EXPECT(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/mine.dist", folder);
	status = ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
	unlink(path);
	rmdir(folder);
	return status;
}
