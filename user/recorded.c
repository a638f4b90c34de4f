// SPDX-License-Identifier: GPL-2.0
/*
 * recorded.c - the sockets, images and ledgers of a record
 *
 * Called by cmd_sockets.c, cmd_ledger.c and cmd_show.c. A record has the sockets there were
 * when it began and when it ended, and between these each that was made, changed
 * or closed: one that is cut off has them as they were there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "record_types.h"
#include "recorded.h"
#include "types.h"

struct table {
	struct socket_picture	*sock;	/* by their cookies */
	size_t			nr;
	size_t			cap;
	bool			at_end;
};

static uint64_t cookie_of(const struct socket_picture *sock)
{
	return num_get(&sock->n, SKBSCOPE_A_SOCKET_COOKIE);
}

/* where it is, or would be */
static size_t place_of(const struct table *t, uint64_t cookie)
{
	size_t from = 0, to = t->nr;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (cookie_of(&t->sock[middle]) < cookie)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static int put(struct table *t, const struct socket_picture *sock)
{
	size_t at = place_of(t, cookie_of(sock)), i;

	if (at < t->nr && cookie_of(&t->sock[at]) == cookie_of(sock)) {
		t->sock[at] = *sock;
		return 0;
	}
	if (t->nr == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 64;
		struct socket_picture *bigger;

		bigger = reallocarray(t->sock, cap, sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		t->sock = bigger;
		t->cap = cap;
	}
	for (i = t->nr++; i > at; i--)
		t->sock[i] = t->sock[i - 1];
	t->sock[at] = *sock;
	return 0;
}

static void drop(struct table *t, const struct socket_picture *sock)
{
	size_t at = place_of(t, cookie_of(sock));

	if (at == t->nr || cookie_of(&t->sock[at]) != cookie_of(sock))
		return;
	for (t->nr--; at < t->nr; at++)
		t->sock[at] = t->sock[at + 1];
}

static int take(struct table *t, enum record_moment moment,
		const struct socket_picture *sock)
{
	/* what is there at the end is all there is */
	if (moment == RECORD_AT_END && !t->at_end) {
		t->at_end = true;
		t->nr = 0;
	}
	if (moment != RECORD_GONE)
		return put(t, sock);
	drop(t, sock);
	return 0;
}

static int take_section(struct record *r, const struct section *section,
			struct table *t, recorded_fn change, void *arg)
{
	struct unpack u = section->payload;
	struct socket_picture sock;
	enum record_moment moment;
	uint64_t ts;
	int ret;

	if (!record_unpack_socket(&u, &moment, &ts, &sock)) {
		record_blame(r, section, "is no socket");
		return 0;
	}
	ret = change ? change(moment, &sock, arg) : 0;
	return ret ? ret : take(t, moment, &sock);
}

/* whether it was good to its end, after saying what is wrong with it */
static int close_record(struct record *r, const char *path)
{
	int ret = 0;

	if (record_state(r) != RECORD_GOOD) {
		complain("%s %s", path, record_why(r));
		ret = -EBADMSG;
	}
	record_close(r);
	return ret;
}

/**
 * recorded_sockets - the sockets of a record
 * @change: is given each as it comes, or NULL
 * @last: is given each that is there at the end, by its cookie
 *
 * Return: 0, -EBADMSG after saying what is wrong with the record, or -errno.
 */
int recorded_sockets(const char *path, recorded_fn change, recorded_fn last,
		     void *arg)
{
	struct record *r = record_open(path);
	struct table t = { 0 };
	struct section section;
	int ret = 0, bad;
	size_t i;

	if (!r)
		return -EBADMSG;
	while (!ret && record_next(r, &section)) {
		if (section.type == RECORD_SOCKET)
			ret = take_section(r, &section, &t, change, arg);
		else if (section.type == RECORD_GAP)
			complain("sockets came and went faster than they were heard of: some are missing");
		else if (section.type == RECORD_END && !t.at_end)
			t.nr = 0;
	}
	for (i = 0; !ret && last && i < t.nr; i++)
		ret = last(t.at_end ? RECORD_AT_END : RECORD_CHANGED,
			   &t.sock[i], arg);
	free(t.sock);
	bad = close_record(r, path);
	return ret ? ret : bad;
}

/**
 * recorded_ledger - what became of every sk_buff, by a record
 * @moment: RECORD_AT_START or RECORD_AT_END
 *
 * Return: 0, -ENOENT where the record does not have it, -EBADMSG after saying
 * what is wrong with the record; @ledger is filled if it came before.
 */
int recorded_ledger(const char *path, enum record_moment moment,
		    struct ledger *ledger)
{
	struct record *r = record_open(path);
	enum record_moment got;
	struct section section;
	int ret = -ENOENT, bad;

	if (!r)
		return -EBADMSG;
	memset(ledger, 0, sizeof(*ledger));
	while (record_next(r, &section)) {
		struct unpack u = section.payload;
		struct ledger one;

		if (section.type != RECORD_LEDGER)
			continue;
		if (!record_unpack_ledger(&u, &got, &one)) {
			record_blame(r, &section, "is no ledger");
		} else if (got == moment) {
			*ledger = one;
			ret = 0;
		}
	}
	bad = close_record(r, path);
	return bad && !ret ? bad : ret;
}

/* what is looked for, and what was found */
struct finder {
	uint64_t		cookie;
	bool			at_start;
	bool			any;	/* images of whatever socket */
	bool			found;
	struct recorded_chain	*rc;
};

/* 0 or -errno */
static int find_images(struct finder *f, struct record *r,
		       const struct section *section)
{
	struct unpack u = section->payload;
	struct record_images images;
	struct image_picture image;
	unsigned int i;
	int ret = 0;

	if (!record_unpack_images(&u, &images)) {
		record_blame(r, section, "is not of images");
		return 0;
	}
	f->any = true;
	if (images.cookie != f->cookie ||
	    (f->at_start && images.moment != RECORD_AT_START))
		return 0;
	/* those of the beginning are better than none */
	if (!images.nr && f->rc->chain.nr)
		return 0;
	chain_clear(&f->rc->chain);
	f->rc->images = images;
	f->found = true;
	for (i = 0; !ret && i < images.nr; i++) {
		if (!record_unpack_image(&u, &image)) {
			record_blame(r, section, "has less images than it says");
			break;
		}
		ret = chain_add(&image, &f->rc->chain);
	}
	return ret;
}

static void find_sock(struct finder *f, const struct section *section)
{
	struct unpack u = section->payload;
	struct socket_picture sock;
	enum record_moment moment;
	uint64_t ts;

	if (!record_unpack_socket(&u, &moment, &ts, &sock) ||
	    cookie_of(&sock) != f->cookie ||
	    (f->at_start && moment != RECORD_AT_START))
		return;
	f->rc->sock = sock;
	f->rc->has_sock = true;
}

static int read_images(struct finder *f, struct record *r,
		       struct record_types *known)
{
	struct section section;
	const char *why;
	int ret = 0;

	while (!ret && record_next(r, &section)) {
		why = record_types_take(known, &section);
		if (why)
			record_blame(r, &section, why);
		if (section.type == RECORD_SOCKET_IMAGES)
			ret = find_images(f, r, &section);
		else if (section.type == RECORD_SOCKET)
			find_sock(f, &section);
	}
	return ret;
}

/**
 * recorded_chain - a socket's images, read by the types in the record
 * @at_start: as it was when the record began; else the last there are
 * @rc: filled; its chain is for chain_clear()
 *
 * Return: 0, -ENODATA where the record has no images of sockets, -ENOENT where it
 * has none of this one, -EBADMSG after saying what is wrong with the record; @rc is
 * filled if the images came before.
 */
int recorded_chain(const char *path, uint64_t cookie, bool at_start,
		   struct recorded_chain *rc)
{
	struct finder f = { .cookie = cookie, .at_start = at_start, .rc = rc };
	struct record *r = record_open(path);
	struct record_types known = { 0 };
	struct types *types;
	int ret, bad;

	memset(rc, 0, sizeof(*rc));
	if (!r)
		return -EBADMSG;
	ret = read_images(&f, r, &known);
	if (!ret && !f.found)
		ret = f.any ? -ENOENT : -ENODATA;
	types = ret ? NULL : record_types_open(&known, &rc->chain.why);
	if (types) {
		rc->chain.why = NULL;
		ret = chain_describe_by(&rc->chain, types, &known.symbols);
		types_close(types);
	}
	record_types_clear(&known);
	bad = close_record(r, path);
	return bad && !ret ? bad : ret;
}
