// SPDX-License-Identifier: GPL-2.0
/*
 * record_read.c - reads a record, one section after the other
 *
 * Called by replay.c. Believes nothing: a section is given out when its type is
 * known, its length is one that it may have and its sum is right. What was given
 * before stays good when a later one is not.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "message.h"
#include "record.h"

#define GROW	(1 << 16)	/* a length is not believed: memory comes as it is filled */

struct record {
	FILE			*file;
	const char		*path;
	uint64_t		offset;
	enum record_state	state;
	bool			ended;		/* the section END was there */
	uint8_t			*payload;
	size_t			cap;
	char			why[256];
};

struct section_head {
	uint64_t	offset;
	uint32_t	type;
	uint32_t	crc;
	uint64_t	len;
	uLong		sum;		/* of type and length */
	char		name[5];
};

static const struct {
	uint32_t	type;
	uint64_t	max;
} known[] = {
#define RECORD_SECTION_MAX(symbol, number, max) { number, max },
	RECORD_SECTIONS(RECORD_SECTION_MAX)
#undef RECORD_SECTION_MAX
};

/* "PAGE"; what is no letter as a dot, and no blanks at the end */
static const char *type_name(uint32_t type, char name[5])
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		char c = type >> (8 * i);

		name[i] = c >= ' ' && c <= '~' ? c : '.';
	}
	for (i = 4; i && name[i - 1] == ' '; i--)
		;
	name[i] = '\0';
	return name;
}

static void fail(struct record *r, enum record_state state, const char *fmt,
		 ...) __attribute__((format(printf, 3, 4)));

static void fail(struct record *r, enum record_state state, const char *fmt,
		 ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->why, sizeof(r->why), fmt, ap);
	va_end(ap);
	r->state = state;
}

/* octets that were there, of those asked for */
static size_t take(struct record *r, void *to, size_t len)
{
	size_t got = fread(to, 1, len, r->file);

	r->offset += got;
	return got;
}

static void read_head(struct record *r)
{
	uint8_t head[RECORD_HEAD];
	size_t got = take(r, head, sizeof(head));
	struct unpack u = unpack_from(head, got);
	uint32_t version;

	if (ferror(r->file)) {
		fail(r, RECORD_BAD, "cannot be read: %s", strerror(errno));
		return;
	}
	if (memcmp(head, RECORD_MAGIC, got < 8 ? got : 8)) {
		fail(r, RECORD_BAD, "is no record of skbscope: it does not begin with the magic number");
		return;
	}
	if (got < sizeof(head)) {
		fail(r, RECORD_CUT, "was cut off at octet %zu, in the head of the file",
		     got);
		return;
	}
	unpack_octets(&u, 8);
	version = unpack_number(&u, 4);
	if (version < RECORD_OLDEST || version > RECORD_IMAGES)
		fail(r, RECORD_BAD, "is a record of version %" PRIu32 "; this skbscope reads versions %d to %d",
		     version, RECORD_OLDEST, RECORD_IMAGES);
	else if (unpack_number(&u, 4))
		fail(r, RECORD_BAD, "is damaged at octet 12: version %" PRIu32 " has zeros there",
		     version);
}

/* NULL after saying why; "-" is stdin */
struct record *record_open(const char *path)
{
	struct record *r = calloc(1, sizeof(*r));

	if (!r) {
		complain("out of memory");
		return NULL;
	}
	r->path = path;
	r->file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	if (!r->file) {
		complain("cannot read %s: %s", path, strerror(errno));
		free(r);
		return NULL;
	}
	read_head(r);
	return r;
}

void record_close(struct record *r)
{
	if (!r)
		return;
	if (r->file != stdin)
		fclose(r->file);
	free(r->payload);
	free(r);
}

/* false where the file ends before, or memory does */
static bool read_payload(struct record *r, uint64_t len)
{
	uint64_t have = 0;

	while (have < len) {
		uint64_t step = len - have < GROW ? len - have : GROW;

		if (have + step > r->cap) {
			size_t cap = 2 * (have + step);
			uint8_t *bigger = realloc(r->payload, cap);

			if (!bigger) {
				fail(r, RECORD_BAD, "does not fit into memory");
				return false;
			}
			r->payload = bigger;
			r->cap = cap;
		}
		if (take(r, r->payload + have, step) < step)
			return false;
		have += step;
	}
	return true;
}

/* octets that a section of this type may have; 0 for an unknown one */
static uint64_t longest(uint32_t type)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].type == type)
			return known[i].max;
	return 0;
}

static void no_more(struct record *r, size_t got)
{
	if (ferror(r->file))
		fail(r, RECORD_BAD, "cannot be read from octet %" PRIu64 " on: %s",
		     r->offset, strerror(errno));
	else if (got)
		fail(r, RECORD_CUT, "was cut off at octet %" PRIu64 ", in the head of a section",
		     r->offset);
	else if (!r->ended)
		fail(r, RECORD_CUT, "was cut off at octet %" PRIu64 ", behind a section; or it is still being written",
		     r->offset);
}

/* what the head of a section says, if it may say so */
static bool read_section_head(struct record *r, struct section_head *h)
{
	uint8_t octets[SECTION_HEAD];
	uint64_t max;
	struct unpack u;
	size_t got;

	h->offset = r->offset;
	got = take(r, octets, sizeof(octets));
	if (got < sizeof(octets)) {
		no_more(r, got);
		return false;
	}
	u = unpack_from(octets, sizeof(octets));
	h->type = unpack_number(&u, 4);
	h->crc = unpack_number(&u, 4);
	h->len = unpack_number(&u, 8);
	h->sum = crc32(crc32(0, octets, 4), octets + 8, 8);
	type_name(h->type, h->name);
	max = longest(h->type);
	if (r->ended)
		fail(r, RECORD_BAD, "goes on at octet %" PRIu64 ", behind its end",
		     h->offset);
	else if (!max)
		fail(r, RECORD_BAD, "has an unknown section `%s' at octet %" PRIu64,
		     h->name, h->offset);
	else if (h->len > max)
		fail(r, RECORD_BAD, "is damaged: the section %s at octet %"
		     PRIu64 " says it has %" PRIu64 " octets, but %" PRIu64
		     " are the most",
		     h->name, h->offset, h->len, max);
	return r->state == RECORD_GOOD;
}

/**
 * record_next - read the next section
 * @section: filled; its payload is there until the next call
 *
 * Return: false where there is none; record_state() and record_why() tell
 * whether that is as it should be.
 */
bool record_next(struct record *r, struct section *section)
{
	struct section_head h;

	if (r->state != RECORD_GOOD || !read_section_head(r, &h))
		return false;
	if (!read_payload(r, h.len)) {
		if (ferror(r->file))
			no_more(r, 0);
		else if (r->state == RECORD_GOOD)
			fail(r, RECORD_CUT, "was cut off at octet %" PRIu64
			     ", in the section %s that begins at %" PRIu64,
			     r->offset, h.name, h.offset);
		return false;
	}
	if (h.len)
		h.sum = crc32_z(h.sum, r->payload, h.len);
	if (h.sum != h.crc) {
		fail(r, RECORD_BAD, "is damaged: the sum of the section %s at octet %" PRIu64 " is wrong",
		     h.name, h.offset);
		return false;
	}
	r->ended = h.type == RECORD_END;
	section->type = h.type;
	section->offset = h.offset;
	section->payload = unpack_from(r->payload, h.len);
	return true;
}

enum record_state record_state(const struct record *r)
{
	return r->state;
}

/* what is wrong with it, as it follows the name of the file */
const char *record_why(const struct record *r)
{
	return r->why;
}

/* what a section holds is not what it should be: it ends here */
void record_blame(struct record *r, const struct section *section,
		  const char *why)
{
	char name[5];

	fail(r, RECORD_BAD, "is damaged: the section %s at octet %" PRIu64 " %s",
	     type_name(section->type, name), section->offset, why);
}
