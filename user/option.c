// SPDX-License-Identifier: GPL-2.0
/*
 * option.c - values of options, checked
 *
 * Called by the parsers of the cmd_*.c. A value that is not allowed ends the
 * program with EXIT_USAGE, after naming the option and what it takes.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "filter.h"
#include "message.h"
#include "names.h"

unsigned long option_number(struct argp_state *state, const char *option,
			    const char *text, unsigned long min,
			    unsigned long max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || value < min ||
	    value > max)
		argp_error(state, "%s: `%s' is not a whole number from %lu to %lu",
			   option, text, min, max);
	return value;
}

double option_seconds(struct argp_state *state, const char *option,
		      const char *text)
{
	double value;
	char *end;

	value = strtod(text, &end);
	if (end == text || *end || !isfinite(value) || value < 0 ||
	    value > 1000000)
		argp_error(state, "%s: `%s' is not a number of seconds from 0 to 1000000",
			   option, text);
	return value;
}

int option_sock_type(struct argp_state *state, const char *text)
{
	int type = sock_type_by_name(text);

	if (type < 0)
		argp_error(state, "--type: `%s' is not dgram, stream, seqpacket or raw",
			   text);
	return type;
}

const char *option_device(struct argp_state *state, const char *text)
{
	if (!*text || strlen(text) >= IF_NAMESIZE)
		argp_error(state, "--device: `%s' is not a device's name, which has 1 to %d characters",
			   text, IF_NAMESIZE - 1);
	return text;
}

const char *option_file(struct argp_state *state, const char *option,
			const char *text)
{
	if (!*text)
		argp_error(state, "%s: the name of a file is missing", option);
	return text;
}

unsigned int option_buffer_size(struct argp_state *state, const char *text)
{
	return option_number(state, "--buffer-size", text, 8, 1048576);
}

/* of ARGP_KEY_ARG: stands it right behind the --? */
bool option_is_command(const struct argp_state *state)
{
	return state->quoted && state->next - 1 == state->quoted;
}

/* the number of an sk_buff */
uint64_t option_skb(struct argp_state *state, const char *text)
{
	return option_number(state, "SKB", text, 1, ULONG_MAX);
}

/* of ARGP_KEY_ARG: from here on, everything is CMD's */
char **option_command(struct argp_state *state)
{
	char **command = &state->argv[state->next - 1];

	state->next = state->argc;
	return command;
}

/* what is collected live has no place beside a record */
void option_alone(struct argp_state *state, char **command,
		  unsigned int buffer_kib)
{
	if (command)
		argp_error(state, "--input: `%s' is too much: a record has its events already",
			   command[0]);
	if (buffer_kib)
		argp_error(state, "--buffer-size is for the running kernel, not for a record");
}

/* octets of UTF-8 that go on with a character take no column */
static int columns(const char *text, size_t octets)
{
	int nr = 0;

	while (octets--)
		nr += (*text++ & 0xc0) != 0x80;
	return nr;
}

/* what is wrong is pointed at, in a line of its own under the expression */
void option_explain(const char *text, const struct filter_error *e,
		    char *to, size_t size)
{
	char shown[FILTER_TEXT_MAX + 1], marks[FILTER_TEXT_MAX + 1];
	size_t i;
	int len;

	for (i = 0; text[i] && i < FILTER_TEXT_MAX; i++)
		shown[i] = iscntrl((unsigned char)text[i]) ? ' ' : text[i];
	shown[i] = '\0';
	len = columns(text + e->at, e->len);
	memset(marks, '~', sizeof(marks));
	snprintf(to, size, "--filter: %s\n    %s\n    %*s^%.*s", e->why, shown,
		 columns(text, e->at), "", len > 1 ? len - 1 : 0, marks);
}

void option_filter_once(struct argp_state *state, struct filter **filter,
			const char *text)
{
	struct filter_error error;
	char said[OPTION_EXPLAIN];

	if (*filter)
		argp_error(state, "--filter: `%s' is the second one: join them with && or ||",
			   text);
	*filter = filter_parse(text, &error);
	if (*filter)
		return;
	option_explain(text, &error, said, sizeof(said));
	argp_error(state, "%s", said);
}

/* of a record */
void option_no_frames(struct argp_state *state, const struct filter *filter,
		      const char *text)
{
	struct filter_error error;
	char said[OPTION_EXPLAIN];

	if (!filter_has_frames(filter, &error))
		return;
	option_explain(text, &error, said, sizeof(said));
	argp_error(state, "%s", said);
}

/* drop reasons, which only a kernel can tell: false after saying which is none */
bool option_reasons(const struct filter *filter, const char *text,
		    const struct reasons *known)
{
	struct filter_error error;
	char said[OPTION_EXPLAIN];

	if (!known || filter_reasons(filter, known, &error))
		return true;
	option_explain(text, &error, said, sizeof(said));
	complain("%s", said);
	return false;
}

/* fields of structs; @why there are no types, if there are none */
bool option_paths(struct filter *filter, const char *text, struct types *types,
		  const char *why)
{
	struct filter_error error;
	char said[OPTION_EXPLAIN];

	if (!types)
		complain("--filter: the fields of structs cannot be found: %s",
			 why);
	if (!types || filter_paths(filter, text, types, &error))
		return types;
	option_explain(text, &error, said, sizeof(said));
	complain("%s", said);
	return false;
}

bool option_reasons_here(const struct filter *filter, const char *text)
{
	struct reasons *known = reasons_here();
	bool all = option_reasons(filter, text, known);

	reasons_free(known);
	return all;
}
