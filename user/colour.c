// SPDX-License-Identifier: GPL-2.0
/*
 * colour.c - colour where a person looks, none in a pipe
 *
 * Called by the commands that draw, once, for stdout.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "colour.h"

const struct palette palette_plain = {
	.off = "", .bold = "", .dim = "", .headroom = "", .link = "",
	.header = "", .payload = "", .tailroom = "", .info = "", .bad = "",
};

/* the sixteen colours, which follow the terminal's own scheme */
const struct palette palette_colour = {
	.off = "\033[0m",
	.bold = "\033[1m",
	.dim = "\033[2m",
	.headroom = "\033[2m",
	.link = "\033[35m",
	.header = "\033[33m",
	.payload = "\033[32m",
	.tailroom = "\033[2m",
	.info = "\033[36m",
	.bad = "\033[31m",
};

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value;
}

/*
 * NO_COLOR as https://no-color.org has it. CLICOLOR_FORCE is for who carries
 * the text to a terminal by other means, as `make demo' does out of its VM.
 */
const struct palette *palette_for(int fd)
{
	const char *force = getenv("CLICOLOR_FORCE");
	const char *term = getenv("TERM");

	if (is_set("NO_COLOR"))
		return &palette_plain;
	if (force && *force && strcmp(force, "0"))
		return &palette_colour;
	if (!isatty(fd) || !is_set("TERM") || !strcmp(term, "dumb"))
		return &palette_plain;
	return &palette_colour;
}
