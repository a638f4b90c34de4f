// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_diff.c - `skbscope diff': what changed of an sk_buff between two stations
 *
 * Called by main.c. Collects the events of that one, live or out of a record
 * (watch.c, life.c), and compares their images (diff.c).
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "json.h"
#include "life.h"
#include "message.h"
#include "names.h"
#include "render.h"
#include "session.h"
#include "signals.h"
#include "stream.h"
#include "watch.h"

struct diff_command {
	/* options */
	bool			json;
	const char		*record;
	unsigned int		buffer_kib;	/* 0: not given */
	uint64_t		skb;		/* 0: not given */
	unsigned int		nr_stations;
	int			station[2];
	char			**command;
	/* state */
	struct session		session;
	struct stream		*stream;
	struct reader		*reader;
	struct life		life;
	const struct palette	*palette;
};

enum { OPT_BUFFER_SIZE = 256 };

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "JSON Lines: one object a comparison", 0 },
	{ "input", 'i', "FILE", 0,
	  "the events that `skbscope record --images' collected in FILE", 0 },
	{ "buffer-size", OPT_BUFFER_SIZE, "KIB", 0,
	  "size of each CPU's ring buffer (default 4096)", 0 },
	{ 0 }
};

static int parse_station(struct argp_state *state, const char *text)
{
	int station = station_by_name(text);

	if (station < 0)
		argp_error(state, "STATION: `%s' is no station; `skbscope stations' has their names",
			   text);
	return station;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct diff_command *d = state->input;

	switch (key) {
	case 'j':
		d->json = true;
		return 0;
	case 'i':
		d->record = option_file(state, "--input", arg);
		return 0;
	case OPT_BUFFER_SIZE:
		d->buffer_kib = option_buffer_size(state, arg);
		return 0;
	case ARGP_KEY_ARG:
		if (option_is_command(state))
			d->command = option_command(state);
		else if (!d->skb)
			d->skb = option_skb(state, arg);
		else if (d->nr_stations < 2)
			d->station[d->nr_stations++] =
				parse_station(state, arg);
		else
			argp_error(state, "`%s' is too much: two stations are compared; CMD comes behind --",
				   arg);
		return 0;
	case ARGP_KEY_END:
		if (!d->skb)
			argp_error(state, "SKB is missing: the number of the sk_buff, as trace shows it");
		if (d->nr_stations == 1)
			argp_error(state, "the second STATION is missing: give two, or none for each with the one before it");
		if (d->record)
			option_alone(state, d->command, d->buffer_kib);
		if (!d->buffer_kib)
			d->buffer_kib = STREAM_BUFFER_KIB;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "SKB [STATION STATION] [-- CMD [ARG...]]",
	.doc = "Tell which fields of an sk_buff changed from one station to another, or at each station since the one before.\vSKB is its number, as `skbscope trace' shows it. Of a station that it passed several times, the first time is compared with the last time of the other. Events are those of a record, or what happens until Ctrl-C or until CMD ends; then, the exit status is CMD's.",
};

static void write_text(struct diff_command *d, const struct diff *diff,
		       const struct event *before, const struct event *after)
{
	const struct palette *p = d->palette;
	char from[NAME_LEN], to[NAME_LEN] = "refused";
	char took[DURATION_LEN] = "0 ns";

	if (after->kind == EVENT_STATION)
		snprintf(to, sizeof(to), "%s",
			 name_station(after->v[EVF_STATION], from));
	if (after->ts > before->ts)
		text_duration(after->ts - before->ts, took);
	printf("%sskb %" PRIu64 "  %s -> %s%s  %s\n", p->bold, d->skb,
	       name_station(before->v[EVF_STATION], from), to, p->off, took);
	if (diff->why)
		printf("  %sno fields of the structs: %s%s\n", p->bad,
		       diff->why, p->off);
	if (!diff->nr && !diff->nr_data)
		fputs("  nothing changed\n", stdout);
	render_diff(stdout, diff, "  ", p);
	fputc('\n', stdout);
}

static int compare(struct diff_command *d, const struct event *before,
		   const struct event *after)
{
	struct diff diff;
	int ret;

	ret = diff_make(&diff, d->reader, before, after);
	if (!ret && d->json)
		json_line(stdout, json_diff_of(&diff, before, after));
	else if (!ret)
		write_text(d, &diff, before, after);
	diff_clear(&diff);
	return ret;
}

static int compare_each(struct diff_command *d)
{
	const struct journey *own = &d->life.own;
	size_t i;
	int ret = 0;

	for (i = 1; !ret && i < own->nr; i++)
		ret = compare(d, &own->ev[i - 1], &own->ev[i]);
	if (own->nr < 2) {
		complain("skb %" PRIu64 " was seen at one station alone",
			 d->skb);
		return -ECANCELED;
	}
	return ret;
}

static int compare_two(struct diff_command *d)
{
	const struct event *before = life_first_at(&d->life, d->station[0]);
	const struct event *after = life_last_at(&d->life, d->station[1]);
	char name[NAME_LEN];

	if (before && after && before != after)
		return compare(d, before, after);
	if (before && after)
		complain("skb %" PRIu64 " was at %s once: there are not two to compare",
			 d->skb, name_station(d->station[0], name));
	else
		complain("skb %" PRIu64 " was not seen at %s", d->skb,
			 name_station(d->station[before ? 1 : 0], name));
	return -ECANCELED;
}

static int show(struct diff_command *d)
{
	uint64_t lost = stream_lost(d->stream);
	int ret;

	if (!d->life.own.nr) {
		complain("skb %" PRIu64 " was not seen%s", d->skb,
			 lost ? "; events were lost" : "");
		ret = -ECANCELED;
	} else {
		ret = d->nr_stations ? compare_two(d) : compare_each(d);
	}
	complain("events of skb %" PRIu64 ": %zu, events lost: %" PRIu64,
		 d->skb, d->life.own.nr, lost);
	return ret;
}

static int run(struct diff_command *d)
{
	int ret;

	d->stream = d->record ? stream_open_record(d->record, true) :
				stream_open(d->buffer_kib, true, NULL);
	if (!d->stream)
		return EXIT_SYSTEM;
	d->reader = reader_new(d->stream);
	if (!d->reader) {
		complain("out of memory");
		return EXIT_SYSTEM;
	}
	life_begin(&d->life, d->skb, d->reader);
	if (!d->record && session_start(&d->session))
		return EXIT_SYSTEM;
	ret = watch(d->stream, d->record ? NULL : &d->session, life_add,
		    &d->life);
	if (!ret)
		ret = show(d);
	if (ret && ret != -ECANCELED)
		complain("reading the events failed: %s", strerror(-ret));
	if (ret || !stream_whole(d->stream))
		return EXIT_SYSTEM;
	return session_status(&d->session);
}

int cmd_diff(int argc, char **argv)
{
	struct diff_command d = { 0 };
	int status;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &d);

	d.palette = d.json ? &palette_plain : palette_for(STDOUT_FILENO);
	if (d.record)
		signals_ignore_pipe();
	else if (session_prepare(&d.session, d.command))
		return EXIT_SYSTEM;
	status = run(&d);
	session_close(&d.session);
	life_clear(&d.life);
	reader_free(d.reader);
	stream_close(d.stream);
	return status;
}
