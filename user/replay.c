// SPDX-License-Identifier: GPL-2.0
/*
 * replay.c - the pages of a record
 *
 * Called by stream.c, for which it is what live.c is for the running kernel.
 * What is first in the file tells how to read the rest; a record that ends too
 * early, or goes wrong somewhere, is read to there.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event-parse.h>

#include "message.h"
#include "page.h"
#include "record.h"
#include "record_types.h"
#include "replay.h"

#define CPUS_MAX	65536
#define PAGE_MAX	(1 << 20)

struct replay {
	struct record		*record;
	const char		*path;
	struct section		section;	/* read, and not yet used */
	bool			pending;
	struct ring_shape	shape;
	struct tep_handle	*tep;
	struct event_decoder	*decoder;
	struct reasons		*reasons;
	uint64_t		safe;
	uint64_t		lost;
	struct record_types	types;
};

/* the value of a line "KEY VALUE"; NULL where there is none */
static const char *host_value(const char *text, const char *key)
{
	size_t len = strlen(key);

	while (text && *text) {
		if (!strncmp(text, key, len) && text[len] == ' ')
			return text + len + 1;
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return NULL;
}

static uint64_t host_number(const char *text, const char *key)
{
	const char *value = host_value(text, key);

	return value ? strtoull(value, NULL, 10) : 0;
}

/* a terminal shall not obey what a file has */
static void say_filter(const struct replay *r, const char *filter)
{
	char shown[256];
	size_t i;

	if (!filter)
		return;
	for (i = 0; i < sizeof(shown) - 1 && filter[i] && filter[i] != '\n'; i++)
		shown[i] = iscntrl((unsigned char)filter[i]) ? '?' : filter[i];
	shown[i] = '\0';
	complain("%s has only what `%s' is true of", r->path, shown);
}

/* why it can't be used, or NULL */
static const char *take_host(struct replay *r, struct unpack *u)
{
	const char *text = unpack_string(u), *order;
	uint64_t cpus = host_number(text, "cpus");
	uint64_t page_size = host_number(text, "page_size");

	order = host_value(text, "byte_order") ?: "";
	r->shape.big_endian = !strncmp(order, "big\n", 4);
	if (!r->shape.big_endian && strncmp(order, "little\n", 7))
		return "has no byte_order of little or big";
	r->shape.long_size = host_number(text, "long_size");
	if (r->shape.long_size != 4 && r->shape.long_size != 8)
		return "has no long_size of 4 or 8";
	if (cpus < 1 || cpus > CPUS_MAX)
		return "has no number of cpus from 1 to 65536";
	if (page_size < 64 || page_size > PAGE_MAX)
		return "has no page_size from 64 to 1048576";
	say_filter(r, host_value(text, "filter"));
	r->shape.nr_cpus = cpus;
	r->shape.page_size = page_size;
	return NULL;
}

/*
 * How events are printed is not for us, and the library has the more trouble
 * with it the stranger it is.
 */
static const char *take_format(struct replay *r, struct unpack *u)
{
	static const char print[] = "print fmt: \"\"\n";
	const char *name = unpack_string(u), *text = unpack_string(u), *end;
	char *copy;
	size_t len;

	if (u->failed)
		return "is no format";
	if (strncmp(name, "skbscope/", 9))
		return NULL;
	end = strstr(text, "print fmt:");
	len = end ? (size_t)(end - text) : strlen(text);
	copy = malloc(len + sizeof(print));
	if (!copy)
		return "does not fit into memory";
	memcpy(copy, text, len);
	memcpy(copy + len, print, sizeof(print));
	tep_parse_event(r->tep, copy, len + sizeof(print) - 1, "skbscope");
	free(copy);
	return NULL;
}

/* one that says nothing has none */
static const char *take_reasons(struct replay *r, struct unpack *u)
{
	const char *text = unpack_string(u);

	if (u->failed)
		return "is no list of names";
	reasons_free(r->reasons);
	r->reasons = *text ? reasons_of(text) : NULL;
	return *text && !r->reasons ? "does not fit into memory" : NULL;
}

static void blame(struct replay *r, const char *why)
{
	if (why)
		record_blame(r->record, &r->section, why);
}

/* the sections before the first page */
static void read_facts(struct replay *r)
{
	while (record_next(r->record, &r->section)) {
		switch (r->section.type) {
		case RECORD_HOST:
			blame(r, take_host(r, &r->section.payload));
			break;
		case RECORD_FORMAT:
			blame(r, take_format(r, &r->section.payload));
			break;
		case RECORD_BTF:
		case RECORD_SYMBOLS:
			blame(r, record_types_take(&r->types, &r->section));
			break;
		case RECORD_REASONS:
			blame(r, take_reasons(r, &r->section.payload));
			break;
		case RECORD_PAGE:
		case RECORD_SAFE:
		case RECORD_LOST:
		case RECORD_END:
			r->pending = true;
			return;
		default:
			break;
		}
	}
}

static void say_state(const struct replay *r)
{
	if (record_state(r->record) != RECORD_GOOD)
		complain("%s %s", r->path, record_why(r->record));
}

/**
 * replay_open - begin to read a record
 * @path: "-" is stdin
 *
 * Return: NULL after saying why.
 */
struct replay *replay_open(const char *path)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (!r) {
		complain("out of memory");
		return NULL;
	}
	r->path = path;
	r->record = record_open(path);
	if (!r->record)
		goto err;
	tep_set_loglevel(TEP_LOG_NONE);
	r->tep = tep_alloc();
	if (!r->tep) {
		complain("out of memory");
		goto err;
	}
	read_facts(r);
	if (r->shape.nr_cpus)
		r->decoder = event_decoder_new(r->tep, r->shape.big_endian);
	if (r->decoder)
		return r;
	say_state(r);
	if (record_state(r->record) == RECORD_GOOD)
		complain("%s has no %s before its first page", path,
			 r->shape.nr_cpus ? "format of skbscope:station" :
					    "section HOST");
err:
	replay_close(r);
	return NULL;
}

void replay_close(struct replay *r)
{
	if (!r)
		return;
	event_decoder_free(r->decoder);
	reasons_free(r->reasons);
	if (r->tep)
		tep_free(r->tep);
	record_close(r->record);
	record_types_clear(&r->types);
	free(r);
}

const struct ring_shape *replay_shape(const struct replay *r)
{
	return &r->shape;
}

struct event_decoder *replay_decoder(const struct replay *r)
{
	return r->decoder;
}

/* names of some of the kernel's addresses, more as it is read */
const struct symbols *replay_symbols(const struct replay *r)
{
	return &r->types.symbols;
}

/* for types_close(), or NULL and @why there are none */
struct types *replay_types(struct replay *r, const char **why)
{
	return record_types_open(&r->types, why);
}

/* of the kernel it is of, or NULL if it does not tell them */
const struct reasons *replay_reasons(const struct replay *r)
{
	return r->reasons;
}

/* returns 1 for a page that was given away, 0 for one that is none, or -errno */
static int take_page(struct replay *r, struct unpack *u, page_fn fn, void *arg)
{
	unsigned int cpu = unpack_number(u, 4);
	size_t size = unpack_left(u);
	int ret;

	if (u->failed || cpu >= r->shape.nr_cpus || size > r->shape.page_size ||
	    page_events(u->at, size, &r->shape) < 0) {
		blame(r, "is no page of a ring");
		return 0;
	}
	ret = fn(cpu, u->at, size, arg);
	return ret ? ret : 1;
}

/* for each CPU its number and how many events its ring lost */
static void take_lost(struct replay *r, struct unpack *u)
{
	r->lost = 0;
	while (unpack_left(u)) {
		unpack_number(u, 4);
		r->lost += unpack_number(u, 8);
	}
	if (u->failed)
		blame(r, "is cut short");
}

static bool next_section(struct replay *r)
{
	if (r->pending) {
		r->pending = false;
		return true;
	}
	return record_next(r->record, &r->section);
}

/**
 * replay_read - read on, to where events are known to be complete
 * @fn: is given each page
 *
 * Return: pages read, 0 at the end of the record, or -errno.
 */
int replay_read(struct replay *r, page_fn fn, void *arg)
{
	int pages = 0, ret;

	while (next_section(r)) {
		struct unpack *u = &r->section.payload;

		switch (r->section.type) {
		case RECORD_PAGE:
			ret = take_page(r, u, fn, arg);
			if (ret < 0)
				return ret;
			pages += ret;
			break;
		case RECORD_SAFE:
			r->safe = unpack_number(u, 8);
			if (pages)
				return pages;
			break;
		case RECORD_LOST:
			take_lost(r, u);
			break;
		case RECORD_SYMBOLS:
			blame(r, record_types_take(&r->types, &r->section));
			break;
		default:
			break;
		}
	}
	r->safe = UINT64_MAX;
	return pages;
}

/* no event that is earlier than this is still to come */
uint64_t replay_safe(const struct replay *r)
{
	return r->safe;
}

/* by the rings' own count, if the record came to its end */
uint64_t replay_lost(const struct replay *r)
{
	return r->lost;
}

/* whether it was good to its end, after saying what is wrong with it */
bool replay_whole(const struct replay *r)
{
	say_state(r);
	return record_state(r->record) == RECORD_GOOD;
}
