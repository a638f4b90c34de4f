// SPDX-License-Identifier: GPL-2.0
/*
 * recorded.c - the sockets and ledgers of a record
 *
 * Called by cmd_sockets.c and cmd_ledger.c. A record has the sockets there were
 * when it began and when it ended, and between these each that was made, changed
 * or closed: one that is cut off has them as they were there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "recorded.h"

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
