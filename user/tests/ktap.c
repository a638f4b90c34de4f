// SPDX-License-Identifier: GPL-2.0
/*
 * ktap.c - runs a table of unit tests and prints KTAP
 *
 * Called by the main() of each tests/test_*.c.
 */
#include <stdarg.h>
#include <stdio.h>

#include "tests/ktap.h"

static bool failed;

void ktap_fail(const char *file, int line, const char *fmt, ...)
{
	char text[4096], *at;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* a diagnostic is one line */
	for (at = text; *at; at++)
		if (*at == '\n')
			*at = '~';
	printf("# %s:%d: %s\n", file, line, text);
	failed = true;
}

int ktap_run(const struct ktap_test *tests, size_t nr)
{
	int status = 0;
	size_t i;

	/* a test that crashes shall not take the results before it along */
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n1..%zu\n", nr);
	for (i = 0; i < nr; i++) {
		failed = false;
		tests[i].run();
		printf("%sok %zu %s\n", failed ? "not " : "", i + 1,
		       tests[i].name);
		if (failed)
			status = 1;
	}
	return status;
}
