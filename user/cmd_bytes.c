// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_bytes.c - `skbscope bytes': where the octets of a stream went
 *
 * Called by main.c. Reads events as cmd_trace.c does, live or out of a record;
 * when the last one is there, way.c and piece.c have each octet's way from the
 * send call to the recv call.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "json.h"
#include "message.h"
#include "render.h"
#include "session.h"
#include "signals.h"
#include "stream.h"
#include "watch.h"
#include "way.h"
#include "which.h"

struct bytes {
	/* options */
	bool			json;
	bool			received;	/* not what the socket sends */
	const char		*record;
	unsigned int		buffer_kib;	/* 0: not given */
	bool			has_sock;
	bool			has_range;
	struct which		sock;		/* its cookie is 0 for all */
	struct range		wanted;
	char			**command;
	/* state */
	struct session		session;
	struct stream		*stream;
	struct ways		*ways;
	const struct palette	*palette;
	uint64_t		lost;
	uint64_t		ways_shown;
	uint64_t		octets;
	uint64_t		pieces;
	uint64_t		unclear;	/* octets of which a step is missing */
};

enum { OPT_BUFFER_SIZE = 256 };

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "JSON Lines: one object a piece", 0 },
	{ "received", 'r', NULL, 0, "SOCK is the socket that they come to", 0 },
	{ "input", 'i', "FILE", 0,
	  "the events that `skbscope record' collected in FILE", 0 },
	{ "buffer-size", OPT_BUFFER_SIZE, "KIB", 0,
	  "size of each CPU's ring buffer (default 4096)", 0 },
	{ 0 }
};

/* returns what is behind the number, NULL where there is none */
static const char *take_number(const char *text, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return NULL;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno ? NULL : end;
}

static void parse_sock(struct bytes *b, struct argp_state *state,
		       const char *text)
{
	b->has_sock = true;
	if (strcmp(text, "all") && !which_parse(&b->sock, text))
		argp_error(state, "SOCK: `%s' is neither the cookie of a socket, as `skbscope sockets' shows it, nor PID:FD, nor `all'",
			   text);
}

static void parse_range(struct bytes *b, struct argp_state *state,
			const char *text)
{
	const char *end = take_number(text, &b->wanted.from);

	b->has_range = true;
	if (end && *end == '-' && !end[1])
		b->wanted.to = UINT64_MAX;
	else if (end && *end == '-')
		end = take_number(end + 1, &b->wanted.to);
	else if (end && !*end)
		b->wanted.to = b->wanted.from + 1;
	if (!end || (*end && strcmp(end, "-")))
		argp_error(state, "OFFSET: `%s' is not OFFSET, OFFSET-END or OFFSET-, as in 0-1000: whole numbers, the first octet being 0",
			   text);
	if (b->wanted.from >= b->wanted.to)
		argp_error(state, "OFFSET: `%s' has no octets: END is behind the last one",
			   text);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct bytes *b = state->input;

	switch (key) {
	case 'j':
		b->json = true;
		return 0;
	case 'r':
		b->received = true;
		return 0;
	case 'i':
		b->record = option_file(state, "--input", arg);
		return 0;
	case OPT_BUFFER_SIZE:
		b->buffer_kib = option_buffer_size(state, arg);
		return 0;
	case ARGP_KEY_ARG:
		if (!b->has_sock)
			parse_sock(b, state, arg);
		else if (!b->has_range)
			parse_range(b, state, arg);
		else
			b->command = option_command(state);
		return 0;
	case ARGP_KEY_END:
		if (!b->has_sock || !b->has_range)
			argp_error(state, "%s is missing: which octets of which socket's stream",
				   b->has_sock ? "OFFSET" : "SOCK");
		if (b->record) {
			option_alone(state, b->command, b->buffer_kib);
			which_in_record(&b->sock, state);
		}
		if (!b->buffer_kib)
			b->buffer_kib = STREAM_BUFFER_KIB;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "SOCK OFFSET[-[END]] [-- CMD [ARG...]]",
	.doc = "Tell where octets of a stream went: the send call that took them, the sk_buffs that had them, the frames that went out and again, the recv call that gave them.\vSOCK is the cookie of the socket that sends them, or PID:FD, a descriptor of it, or with --received the one that they come to; or `all'. OFFSET counts from 0, END is behind the last one. Events are those of a record, or what happens until Ctrl-C or until CMD ends; then, the exit status is CMD's.",
};

static int take_event(const struct event *ev, void *arg)
{
	struct bytes *b = arg;

	return ways_add(b->ways, ev);
}

static int show_piece(const struct piece *piece, void *arg)
{
	struct bytes *b = arg;
	uint64_t octets = piece->range.to - piece->range.from;
	unsigned int step;

	if (!piece->record_end) {
		b->octets += octets;
		b->pieces++;
		for (step = 0; step < STEPS; step++)
			if (piece_lacks(piece, step))
				break;
		if (step < STEPS)
			b->unclear += octets;
	}
	if (b->json)
		return json_line(stdout, json_piece(piece, b->lost)) ? -EIO : 0;
	return render_piece(stdout, piece, b->lost, b->palette);
}

/* who receives is known when the events are there */
static bool is_asked_for(const struct bytes *b, const struct way *way)
{
	return !b->received || !b->sock.cookie || way->peer == b->sock.cookie;
}

static int show(struct bytes *b)
{
	struct way *way;
	uint64_t before;
	int ret = 0;

	b->lost = stream_lost(b->stream);
	for (way = ways_first(b->ways); !ret && way; way = way->next) {
		if (!is_asked_for(b, way))
			continue;
		before = b->pieces;
		b->ways_shown++;
		if (!b->json)
			render_way(stdout, way, b->palette);
		ret = way_pieces(way, &b->wanted, b->lost, show_piece, b);
		if (!ret && !b->json && b->pieces == before)
			fputs("none of these octets was seen\n\n", stdout);
	}
	/* who reads no more wants no more; main.c tells of other trouble */
	return ferror(stdout) ? 0 : ret;
}

static int summarize(const struct bytes *b)
{
	if (!b->ways_shown && b->sock.cookie)
		complain("no octet of a stream %s socket %" PRIu64 " was seen",
			 b->received ? "to" : "of", b->sock.cookie);
	else if (!b->ways_shown)
		complain("no octet of a stream was seen");
	complain("octets: %" PRIu64 ", pieces: %" PRIu64
		 ", octets with a step %s: %" PRIu64 ", events lost: %" PRIu64,
		 b->octets, b->pieces, b->lost ? "unknown" : "missing",
		 b->unclear, b->lost);
	if (b->lost)
		complain("with events lost, octets may have gone more ways than are shown");
	return b->octets ? 0 : -1;
}

static int run(struct bytes *b)
{
	int ret;

	b->stream = b->record ? stream_open_record(b->record, false) :
				stream_open(b->buffer_kib, false, NULL);
	if (!b->stream)
		return EXIT_SYSTEM;
	b->ways = ways_new(b->received ? 0 : b->sock.cookie, &b->wanted);
	if (!b->ways) {
		complain("out of memory");
		return EXIT_SYSTEM;
	}
	if (!b->record && session_start(&b->session))
		return EXIT_SYSTEM;
	ret = watch(b->stream, b->record ? NULL : &b->session, take_event, b);
	if (!ret)
		ret = show(b);
	if (ret) {
		complain("reading the events failed: %s", strerror(-ret));
		return EXIT_SYSTEM;
	}
	if (summarize(b) || !stream_whole(b->stream))
		return EXIT_SYSTEM;
	return session_status(&b->session);
}

int cmd_bytes(int argc, char **argv)
{
	struct bytes b = { 0 };
	int status;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &b);

	b.palette = b.json ? &palette_plain : palette_for(STDOUT_FILENO);
	if (b.record)
		signals_ignore_pipe();
	else if (which_find(&b.sock) ||
		 session_prepare(&b.session, b.command))
		return EXIT_SYSTEM;
	status = run(&b);
	session_close(&b.session);
	ways_free(b.ways);
	stream_close(b.stream);
	return status;
}
