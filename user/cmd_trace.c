// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_trace.c - `skbscope trace': follows sk_buffs past the stations
 *
 * Called by main.c. Reads the event stream (stream.c), live or out of a record,
 * and writes it as journeys (journey.c, render_journey.c) or as JSON Lines
 * (json_event.c).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "filter.h"
#include "json.h"
#include "last.h"
#include "message.h"
#include "render.h"
#include "session.h"
#include "signals.h"
#include "stream.h"
#include "types.h"

/*
 * So many events are written before the rings are looked at again: few while
 * much comes, for what waits here is safe and what waits there may be lost.
 */
#define BATCH		512
#define BATCH_BUSY	32
#define BUSY_PAGES	8

struct trace {
	/* options */
	bool			json;
	bool			diff;
	const char		*file;
	const char		*record;
	unsigned int		buffer_kib;	/* 0: not given */
	struct filter		*filter;	/* NULL: all */
	const char		*expr;		/* its text */
	struct filter_kernel	kernel;		/* what of it is judged there */
	char			**command;
	/* state */
	FILE			*out;
	const struct palette	*palette;
	struct stream		*stream;
	struct journeys		*journeys;
	struct reader		*reader;	/* with --diff */
	struct lasts		*lasts;		/* and --json */
	struct session		session;
	uint64_t		events;
	uint64_t		shown;
	int			out_errno;	/* of the first failed write */
};

enum { OPT_BUFFER_SIZE = 256 };

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "JSON Lines: one object an event", 0 },
	{ "diff", 'd', NULL, 0,
	  "every field of an sk_buff that changed since the station before", 0 },
	{ "output", 'o', "FILE", 0, "write to FILE instead of stdout", 0 },
	{ "input", 'i', "FILE", 0,
	  "the events that `skbscope record' collected in FILE", 0 },
	{ "filter", 'f', "EXPR", 0,
	  "only events that EXPR is true of, as `port == 5000 && len > 100', or the journeys with such an event",
	  0 },
	{ "buffer-size", OPT_BUFFER_SIZE, "KIB", 0,
	  "size of each CPU's ring buffer (default 4096)", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct trace *t = state->input;

	switch (key) {
	case 'j':
		t->json = true;
		return 0;
	case 'd':
		t->diff = true;
		return 0;
	case 'o':
		t->file = option_file(state, "--output", arg);
		return 0;
	case 'i':
		t->record = option_file(state, "--input", arg);
		return 0;
	case 'f':
		option_filter_once(state, &t->filter, arg);
		t->expr = arg;
		return 0;
	case OPT_BUFFER_SIZE:
		t->buffer_kib = option_buffer_size(state, arg);
		return 0;
	case ARGP_KEY_ARG:
		t->command = option_command(state);
		return 0;
	case ARGP_KEY_END:
		if (t->record)
			option_alone(state, t->command, t->buffer_kib);
		if (t->record && t->filter)
			option_no_frames(state, t->filter, t->expr);
		if (!t->buffer_kib)
			t->buffer_kib = STREAM_BUFFER_KIB;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[-- CMD [ARG...]]",
	.doc = "Follow sk_buffs as they pass the stations, until Ctrl-C or until CMD ends.\vOne journey a packet is written when it has ended, with what changed at each station. The numbers of events and of lost events go to stderr at the end. With CMD, the exit status is CMD's.",
};

static void note_write(struct trace *t, bool failed)
{
	if (failed && !t->out_errno)
		t->out_errno = errno ? errno : EIO;
}

static uint64_t events_of(const struct journey *j)
{
	const struct journey *child;
	uint64_t nr = j->nr;

	for (child = j->child; child; child = child->next)
		nr += events_of(child);
	return nr;
}

static void write_journey(const struct journey *root, void *arg)
{
	struct trace *t = arg;
	const struct journey_style style = {
		.palette = t->palette,
		.reader = t->reader,
	};

	if (!journey_chosen(root))
		return;
	t->shown += events_of(root);
	if (t->out_errno)
		return;
	errno = 0;
	render_journey(t->out, root, &style);
	note_write(t, fflush(t->out) || ferror(t->out));
}

/* what json_event() has, and what changed; returns 0 or -errno */
static int write_line(struct trace *t, const struct event *ev, const char *line)
{
	const struct event *before = lasts_before(t->lasts, ev);
	struct json_object *changes = NULL;
	struct diff diff;
	int ret = 0;

	if (before) {
		ret = diff_make(&diff, t->reader, before, ev);
		changes = json_diff(&diff, before);
		diff_clear(&diff);
	}
	json_event_diff(t->out, line, changes);
	return ret;
}

static int write_object(struct trace *t, const struct event *ev)
{
	const char *line = json_event(ev);
	int ret = 0;

	errno = line ? 0 : ENOMEM;
	if (line && t->lasts)
		ret = write_line(t, ev, line);
	else if (line)
		fprintf(t->out, "%s\n", line);
	note_write(t, !line || ferror(t->out));
	return ret;
}

/* one journey is all or nothing: there, an event is not left out alone */
static int write_event(struct trace *t, struct event *ev)
{
	int ret = t->filter ? filter_match(t->filter, ev) : 1;

	if (ret < 0)
		return ret;
	t->events++;
	ev->chosen = ret;
	/* wanted by the filter alone */
	if (!t->diff)
		ev->image = NULL;
	if (!t->json)
		return journeys_add(t->journeys, ev);
	ret = 0;
	if (ev->chosen) {
		t->shown++;
		if (!t->out_errno)
			ret = write_object(t, ev);
	}
	if (!ret && t->lasts)
		ret = lasts_add(t->lasts, ev);
	return ret;
}

/* returns how many were written, or -errno */
static int write_events(struct trace *t, int max)
{
	struct event ev;
	int nr, ret;

	for (nr = 0; nr < max && stream_next(t->stream, &ev); nr++) {
		ret = write_event(t, &ev);
		if (ret)
			return ret;
	}
	ret = stream_error(t->stream);
	return ret ? ret : nr;
}

static int follow(struct trace *t)
{
	int pages, nr;

	for (;;) {
		pages = stream_read(t->stream);
		if (pages < 0)
			return pages;
		nr = write_events(t, pages < BUSY_PAGES ? BATCH : BATCH_BUSY);
		if (nr < 0)
			return nr;
		if (session_over(&t->session) ||
		    (!t->command && t->out_errno))
			return 0;
		if (nr < BATCH && pages < BUSY_PAGES)
			session_wait();
	}
}

/* a record waits for us: no more of it in memory than one part */
static int follow_record(struct trace *t)
{
	int pages, nr;

	do {
		pages = stream_read(t->stream);
		if (pages < 0)
			return pages;
		do {
			nr = write_events(t, BATCH);
		} while (nr == BATCH);
	} while (nr >= 0 && pages > 0 && !t->out_errno);
	return nr < 0 ? nr : 0;
}

static int drain(struct trace *t)
{
	int ret = stream_stop(t->stream);

	if (ret < 0)
		return ret;
	do {
		ret = write_events(t, BATCH);
	} while (ret > 0);
	if (ret < 0)
		return ret;
	if (!t->json)
		journeys_finish(t->journeys);
	return 0;
}

static void summarize(struct trace *t)
{
	char journeys[48] = "", shown[80] = "";
	uint64_t lost = stream_lost(t->stream);
	uint64_t late = stream_late(t->stream);

	if (!t->json)
		snprintf(journeys, sizeof(journeys), ", journeys: %" PRIu64,
			 journeys_seen(t->journeys));
	if (t->filter)
		snprintf(shown, sizeof(shown), ", shown: %" PRIu64
			 ", filtered out: %" PRIu64, t->shown,
			 t->events - t->shown);
	complain("events: %" PRIu64 ", lost: %" PRIu64 "%s%s", t->events, lost,
		 journeys, shown);
	if (stream_imageless(t->stream))
		complain("%" PRIu64 " events came without their image",
			 stream_imageless(t->stream));
	if (t->kernel.station && (*t->kernel.station || *t->kernel.refused))
		complain("%s was filtered in the kernel: what it kept out of the rings is not counted",
			 t->kernel.whole ? "all" : "a part");
	if (lost && !t->record)
		complain("a larger --buffer-size than %u may hold them",
			 t->buffer_kib);
	if (late)
		complain("%" PRIu64 " events came too late to be in order",
			 late);
}

static int open_output(struct trace *t)
{
	t->out = stdout;
	if (t->file && strcmp(t->file, "-")) {
		t->out = fopen(t->file, "we");
		if (!t->out) {
			complain("cannot write to %s: %s", t->file,
				 strerror(errno));
			return -1;
		}
	}
	/* whole lines, so that it can be followed and CMD's fit between */
	setvbuf(t->out, NULL, _IOLBF, 65536);
	t->palette = t->json || t->out != stdout ? &palette_plain :
						    palette_for(STDOUT_FILENO);
	return 0;
}

static int close_output(struct trace *t)
{
	errno = 0;
	if (t->out != stdout) {
		note_write(t, fclose(t->out));
	} else if (t->out_errno) {
		/* what could not be written is reported here, once */
		__fpurge(stdout);
		clearerr(stdout);
	}
	if (t->out_errno && t->out_errno != EPIPE) {
		complain("cannot write to %s: %s", t->file ? t->file : "stdout",
			 strerror(t->out_errno));
		return -1;
	}
	return 0;
}

static int show(struct trace *t)
{
	int ret;

	t->journeys = journeys_new(write_journey, t);
	if (t->diff) {
		t->reader = reader_new(t->stream);
		t->lasts = t->json ? lasts_new() : NULL;
	}
	if (!t->journeys || (t->diff && !t->reader) ||
	    (t->diff && t->json && !t->lasts)) {
		complain("out of memory");
		return -1;
	}
	if (t->diff && reader_why(t->reader))
		complain("no fields of the structs: %s",
			 reader_why(t->reader));
	if (!t->record && session_start(&t->session))
		return -1;
	ret = t->record ? follow_record(t) : follow(t);
	if (!ret)
		ret = drain(t);
	if (ret) {
		complain("reading the events failed: %s", strerror(-ret));
		return -1;
	}
	summarize(t);
	return 0;
}

static bool wants_images(const struct trace *t)
{
	return t->diff || (t->filter && filter_has_paths(t->filter));
}

/*
 * As text all that belongs to a journey is shown, and which one that is may be
 * known only at its end; what changed is told beside what was before: for these
 * everything is wanted.
 */
static struct stream *open_live(struct trace *t)
{
	if (t->filter && session_filter(&t->session, t->filter))
		return NULL;
	if (!t->filter || !t->json || t->diff)
		return stream_open(t->buffer_kib, wants_images(t), NULL);
	if (!filter_for_kernel(t->filter, &t->kernel)) {
		complain("out of memory");
		return NULL;
	}
	return stream_open(t->buffer_kib, wants_images(t), &t->kernel);
}

/* what only the kernel knows that a record is from */
static bool names_known(struct trace *t)
{
	const char *why = "";
	struct types *types;
	bool known;

	if (!option_reasons(t->filter, t->expr, stream_reasons(t->stream)))
		return false;
	if (!filter_has_paths(t->filter))
		return true;
	types = stream_types(t->stream, &why);
	known = option_paths(t->filter, t->expr, types, why);
	types_close(types);
	return known;
}

/* and the running one */
static bool names_known_here(struct trace *t)
{
	const char *why = "";
	struct types *types;
	bool known;

	if (!option_reasons_here(t->filter, t->expr))
		return false;
	if (!filter_has_paths(t->filter))
		return true;
	types = types_open(&why);
	known = option_paths(t->filter, t->expr, types, why);
	types_close(types);
	return known;
}

static int run(struct trace *t)
{
	t->stream = t->record ? stream_open_record(t->record, wants_images(t)) :
				open_live(t);
	if (!t->stream)
		return EXIT_SYSTEM;
	if (t->filter && t->record && !names_known(t))
		return EXIT_USAGE;
	if (show(t) || !stream_whole(t->stream))
		return EXIT_SYSTEM;
	return session_status(&t->session);
}

int cmd_trace(int argc, char **argv)
{
	int status = EXIT_SYSTEM;
	struct trace t = { 0 };

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &t);

	if (t.filter && !t.record && !names_known_here(&t)) {
		filter_free(t.filter);
		return EXIT_USAGE;
	}
	if (t.record)
		signals_ignore_pipe();
	else if (session_prepare(&t.session, t.command))
		return EXIT_SYSTEM;
	if (!open_output(&t)) {
		status = run(&t);
		if (close_output(&t))
			status = EXIT_SYSTEM;
	}
	session_close(&t.session);
	journeys_free(t.journeys);
	lasts_free(t.lasts);
	reader_free(t.reader);
	stream_close(t.stream);
	filter_free(t.filter);
	filter_kernel_clear(&t.kernel);
	return status;
}
