// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_record.c - `skbscope record': keeps events, to be looked at later
 *
 * Called by main.c. Writes the pages of the rings as the kernel filled them
 * (live.c) into a file (record_write.c), with what is needed to read them on
 * another machine: facts.c before them, the sockets before, behind and between.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "facts.h"
#include "family.h"
#include "filter.h"
#include "imager.h"
#include "live.h"
#include "message.h"
#include "netlink.h"
#include "page.h"
#include "record.h"
#include "session.h"
#include "signals.h"
#include "stream.h"

/* so many rounds after a page, all of its events are known to be complete */
#define QUIET_ROUNDS	4

struct recording {
	/* options */
	const char		*file;
	bool			no_btf;
	bool			images;
	unsigned int		buffer_kib;
	struct filter		*filter;	/* NULL: all */
	const char		*expr;		/* its text */
	char			**command;
	/* state */
	struct filter_kernel	kernel;
	struct session		session;
	struct netlink		*notices;
	struct live		*live;
	struct recorder		*out;
	struct pack		page;		/* kept, for its memory */
	uint64_t		safe;		/* told last */
	unsigned int		quiet;		/* rounds without a page */
	struct imager		imager;
	uint64_t		btf_octets;
	uint64_t		events;
};

enum { OPT_BUFFER_SIZE = 256, OPT_NO_BTF, OPT_IMAGES };

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "the record; `-' is stdout", 0 },
	{ "images", OPT_IMAGES, NULL, 0,
	  "every octet of each sk_buff's structs at each station, too, and of each socket's when the record begins and ends",
	  0 },
	{ "filter", 'f', "EXPR", 0,
	  "only events that EXPR is true of, all of which the kernel must judge",
	  0 },
	{ "no-btf", OPT_NO_BTF, NULL, 0,
	  "leave out the kernel's types: smaller by some 1.5 MB", 0 },
	{ "buffer-size", OPT_BUFFER_SIZE, "KIB", 0,
	  "size of each CPU's ring buffer (default 4096)", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct recording *rec = state->input;

	switch (key) {
	case 'o':
		rec->file = option_file(state, "--output", arg);
		return 0;
	case OPT_IMAGES:
		rec->images = true;
		return 0;
	case 'f':
		option_filter_once(state, &rec->filter, arg);
		rec->expr = arg;
		return 0;
	case OPT_NO_BTF:
		rec->no_btf = true;
		return 0;
	case OPT_BUFFER_SIZE:
		rec->buffer_kib = option_buffer_size(state, arg);
		return 0;
	case ARGP_KEY_ARG:
		rec->command = option_command(state);
		return 0;
	case ARGP_KEY_END:
		if (!rec->file)
			argp_error(state, "--output FILE is missing: where the record goes");
		if (!strcmp(rec->file, "-") && isatty(STDOUT_FILENO))
			argp_error(state, "--output: a record is not for a terminal");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[-- CMD [ARG...]]",
	.doc = "Keep what happens at the stations in a file, until Ctrl-C or until CMD ends.\vOther commands read it with `--input FILE', on any machine. With CMD, the exit status is CMD's.",
};

static int write_number(struct recording *rec, enum record_section type,
			uint64_t number)
{
	struct pack p = { 0 };
	int ret;

	pack_number(&p, number, 8);
	ret = recorder_section(rec->out, type, &p);
	pack_clear(&p);
	return ret;
}

static int write_socket(struct recording *rec, enum record_moment moment,
			const struct socket_picture *sock)
{
	struct pack p = { 0 };
	int ret;

	record_pack_socket(&p, moment, clock_ns(CLOCK_MONOTONIC), sock);
	ret = recorder_section(rec->out, RECORD_SOCKET, &p);
	pack_clear(&p);
	return ret;
}

struct table {
	struct socket_picture	*sock;
	size_t			nr;
	size_t			cap;
};

static int keep_socket(const struct socket_picture *sock, void *arg)
{
	struct table *table = arg;

	if (table->nr == table->cap) {
		size_t cap = table->cap ? 2 * table->cap : 16;
		struct socket_picture *bigger;

		bigger = realloc(table->sock, cap * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		table->sock = bigger;
		table->cap = cap;
	}
	table->sock[table->nr++] = *sock;
	return 0;
}

/* what each has on its queue is not in the list; one may be gone since */
static int write_one(struct recording *rec, enum record_moment moment,
		     const struct socket_picture *listed)
{
	struct socket_picture sock;
	int ret;

	ret = netlink_socket(rec->session.nl,
			     num_get(&listed->n, SKBSCOPE_A_SOCKET_COOKIE),
			     &sock);
	if (ret == -ENOENT)
		return moment == RECORD_AT_END ?
		       0 : write_socket(rec, moment, listed);
	return ret ? ret : write_socket(rec, moment, &sock);
}

static int write_ledger(struct recording *rec, enum record_moment moment)
{
	struct pack p = { 0 };
	struct ledger ledger;
	int ret;

	ret = netlink_ledger(rec->session.nl, &ledger);
	if (ret)
		return ret;
	record_pack_ledger(&p, moment, clock_ns(CLOCK_MONOTONIC), &ledger);
	ret = recorder_section(rec->out, RECORD_LEDGER, &p);
	pack_clear(&p);
	return ret;
}

/* all sockets there are; what a dump in between missed, the notices have */
static int write_table(struct recording *rec, enum record_moment moment)
{
	struct table table = { 0 };
	size_t i;
	int ret;

	rec->imager.octets = 0;
	ret = netlink_sockets(rec->session.nl, SKBSCOPE_SHOW_MASK, keep_socket,
			      &table, &table.nr);
	if (ret == -ESTALE) {
		complain("sockets came and went while the list was read, %d times: one may be missing or there twice",
			 NETLINK_TRIES);
		ret = 0;
	}
	for (i = 0; !ret && i < table.nr; i++)
		ret = write_one(rec, moment, &table.sock[i]);
	if (!ret)
		ret = write_ledger(rec, moment);
	for (i = 0; !ret && rec->images && i < table.nr; i++)
		ret = imager_take(&rec->imager, moment,
				  num_get(&table.sock[i].n,
					  SKBSCOPE_A_SOCKET_COOKIE));
	free(table.sock);
	return ret;
}

static int take_notice(int cmd, const struct socket_picture *sock, void *arg)
{
	switch (cmd) {
	case SKBSCOPE_CMD_SOCKET_NEW_NTF:
		return write_socket(arg, RECORD_NEW, sock);
	case SKBSCOPE_CMD_SOCKET_CHANGE_NTF:
		return write_socket(arg, RECORD_CHANGED, sock);
	case SKBSCOPE_CMD_SOCKET_DEL_NTF:
		return write_socket(arg, RECORD_GONE, sock);
	default:
		return 0;
	}
}

static int write_notices(struct recording *rec)
{
	int ret = netlink_notices(rec->notices, take_notice, rec);

	if (ret != -ENOBUFS)
		return ret;
	complain("sockets came and went faster than they were heard of: some are missing in the record");
	return write_number(rec, RECORD_GAP, clock_ns(CLOCK_MONOTONIC));
}

/* a page_fn */
static int write_page(unsigned int cpu, const void *page, size_t size,
		      void *arg)
{
	struct recording *rec = arg;
	const struct ring_shape *shape = live_shape(rec->live);
	int events = page_events(page, size, shape);

	if (events < 0)
		return -EPROTO;
	if (rec->images) {
		int ret = facts_symbols(rec->out, &rec->imager.symbols,
					&rec->imager.told, page,
					page_used(page, size, shape));

		if (ret)
			return ret;
	}
	rec->page.len = 0;
	pack_number(&rec->page, cpu, 4);
	pack_octets(&rec->page, page, page_used(page, size, shape));
	rec->events += events;
	rec->quiet = 0;
	return recorder_section(rec->out, RECORD_PAGE, &rec->page);
}

/* who reads the record may go on to here */
static int write_safe(struct recording *rec)
{
	uint64_t safe = live_safe(rec->live);
	int ret;

	if (safe == rec->safe || rec->quiet++ >= QUIET_ROUNDS)
		return 0;
	rec->safe = safe;
	ret = write_number(rec, RECORD_SAFE, safe);
	return ret ? ret : recorder_flush(rec->out);
}

static int write_facts(struct recording *rec)
{
	struct netlink *nl = rec->session.nl;
	int ret;

	ret = facts_host(rec->out, nl, live_shape(rec->live), rec->command,
			 rec->expr);
	if (!ret)
		ret = facts_formats(rec->out, rec->images);
	if (!ret)
		ret = facts_names(rec->out, nl);
	if (!ret)
		ret = facts_devices(rec->out);
	if (!ret && !rec->no_btf)
		ret = facts_btf(rec->out, &rec->btf_octets);
	return ret;
}

static int follow(struct recording *rec)
{
	int pages, ret;

	for (;;) {
		pages = live_read(rec->live, write_page, rec);
		if (pages < 0)
			return pages;
		ret = write_notices(rec);
		if (!ret)
			ret = write_safe(rec);
		if (ret)
			return ret;
		if (session_over(&rec->session))
			return 0;
		if (!pages)
			session_wait();
	}
}

/* for each CPU, what its ring lost; returns the sum */
static uint64_t write_lost(struct recording *rec)
{
	struct pack p = { 0 };
	uint64_t all = 0, lost;
	unsigned int cpu;

	for (cpu = 0; cpu < live_shape(rec->live)->nr_cpus; cpu++) {
		if (live_lost(rec->live, cpu, &lost))
			continue;
		pack_number(&p, cpu, 4);
		pack_number(&p, lost, 8);
		all += lost;
	}
	recorder_section(rec->out, RECORD_LOST, &p);
	pack_clear(&p);
	return all;
}

static int finish(struct recording *rec)
{
	struct pack p = { 0 };
	uint64_t lost;
	int ret;

	ret = live_stop(rec->live, write_page, rec);
	if (!ret)
		ret = write_notices(rec);
	if (!ret)
		ret = write_table(rec, RECORD_AT_END);
	if (ret)
		return ret;
	lost = write_lost(rec);
	pack_number(&p, clock_ns(CLOCK_MONOTONIC), 8);
	pack_number(&p, session_status(&rec->session), 4);
	pack_number(&p, 0, 4);
	ret = recorder_section(rec->out, RECORD_END, &p);
	pack_clear(&p);

	complain("events: %" PRIu64 ", lost: %" PRIu64 ", octets: %" PRIu64
		 ", of these BTF: %" PRIu64, rec->events, lost,
		 recorder_octets(rec->out), rec->btf_octets);
	imager_say(&rec->imager);
	if (rec->filter)
		complain("all was filtered in the kernel: what it kept out of the rings is not counted");
	if (lost)
		complain("a larger --buffer-size than %u may hold them",
			 rec->buffer_kib);
	return ret;
}

/* returns 0, or -1 after saying why */
static int collect(struct recording *rec)
{
	int ret;

	rec->notices = family_netlink();
	if (!rec->notices)
		return -1;
	ret = netlink_subscribe(rec->notices);
	if (!ret)
		ret = write_facts(rec);
	if (ret) {
		complain("the record cannot begin: %s", strerror(-ret));
		return -1;
	}
	if (live_start(rec->live))
		return -1;
	ret = write_table(rec, RECORD_AT_START);
	if (!ret && session_start(&rec->session))
		return -1;
	if (!ret)
		ret = follow(rec);
	if (!ret)
		ret = finish(rec);
	/* recorder_close() tells of the file */
	if (ret && !recorder_error(rec->out)) {
		complain("recording failed: %s", strerror(-ret));
		return -1;
	}
	return 0;
}

static int make_kernel_filter(struct recording *rec)
{
	filter_kernel_clear(&rec->kernel);
	if (filter_for_kernel(rec->filter, &rec->kernel))
		return 0;
	complain("out of memory");
	return -1;
}

/* once it is known which bits of an event are what of its frame */
static int set_filter(struct recording *rec)
{
	if (!rec->filter)
		return 0;
	if (session_filter(&rec->session, rec->filter) ||
	    make_kernel_filter(rec))
		return -1;
	return live_filter(rec->live, &rec->kernel);
}

/* pages are kept as they are: nobody looks at what the kernel let pass */
static int prepare_filter(struct recording *rec)
{
	struct filter_error error;
	char said[OPTION_EXPLAIN];

	if (!option_reasons_here(rec->filter, rec->expr))
		return -1;
	if (make_kernel_filter(rec))
		return -1;
	if (rec->kernel.whole)
		return 0;
	error.at = rec->kernel.at;
	error.len = rec->kernel.len;
	snprintf(error.why, sizeof(error.why),
		 "%s: record all, and filter with `trace --input'",
		 rec->kernel.why);
	option_explain(rec->expr, &error, said, sizeof(said));
	complain("%s", said);
	return -1;
}

int cmd_record(int argc, char **argv)
{
	struct recording rec = { .buffer_kib = STREAM_BUFFER_KIB };
	int status = EXIT_SYSTEM;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &rec);

	if (rec.filter && prepare_filter(&rec)) {
		status = EXIT_USAGE;
		goto out;
	}
	if (session_prepare(&rec.session, rec.command))
		goto out;
	/* without them a pointer into the kernel stays a number */
	if (rec.images)
		symbols_read(&rec.imager.symbols, "/proc/kallsyms");
	rec.live = live_open(rec.buffer_kib, rec.images);
	if (rec.live && !set_filter(&rec))
		rec.out = recorder_open(rec.file, rec.images ? RECORD_IMAGES :
							       RECORD_VERSION);
	if (rec.out) {
		rec.imager.nl = rec.session.nl;
		rec.imager.out = rec.out;
		if (!collect(&rec))
			status = session_status(&rec.session);
		if (recorder_close(rec.out))
			status = EXIT_SYSTEM;
	}
	session_close(&rec.session);
	netlink_close(rec.notices);
	live_close(rec.live);
	symbols_clear(&rec.imager.symbols);
	symbols_clear(&rec.imager.told);
	pack_clear(&rec.page);
out:
	filter_kernel_clear(&rec.kernel);
	filter_free(rec.filter);
	return status;
}
