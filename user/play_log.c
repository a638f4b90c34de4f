// SPDX-License-Identifier: GPL-2.0
/*
 * play_log.c - the events of a scenario, numbered so that each run tells the same
 *
 * Called by play.c and play_expect.c. sk_buffs are numbered from 1 in the order in
 * which events name them, network namespaces so, too; sockets have the scenario's
 * names, and ports that the kernel chose are counted from the first of them on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "clock.h"
#include "json.h"
#include "message.h"
#include "names.h"
#include "netlink.h"
#include "play.h"
#include "stream.h"

/* events that are there can be read soon, however impatient the user is */
#define STREAM_NS	30000000000ULL

/**
 * struct numbering - the kernel's numbers of things, in the order they came
 * @is: number 1 is the first one
 */
struct numbering {
	uint64_t	*is;
	size_t		nr;
	size_t		cap;
};

/**
 * struct play_log - what was told until now
 * @ev: with numbers of ours for sk_buffs, namespaces and ports
 * @parent: of sk_buffs, by number, 0 for none
 * @socks: that no name of the scenario stands for
 */
struct play_log {
	struct stream		*stream;
	struct event		*ev;
	size_t			nr;
	size_t			cap;
	struct numbering	skbs;
	struct numbering	ports;
	struct numbering	socks;
	uint64_t		*parent;
	size_t			cap_parent;
	bool			failed;
};

/* from 1 on; what came last is asked for most */
static uint64_t number_of(struct numbering *n, uint64_t is)
{
	size_t i = n->nr;

	while (i--)
		if (n->is[i] == is)
			return i + 1;
	if (n->nr == n->cap) {
		size_t cap = n->cap ? 2 * n->cap : 64;
		uint64_t *bigger = realloc(n->is, cap * sizeof(*bigger));

		if (!bigger)
			scenario_no_memory();
		n->is = bigger;
		n->cap = cap;
	}
	n->is[n->nr++] = is;
	return n->nr;
}

static char *netns_filter(const struct play *p)
{
	char *text = NULL;

	if (p->nr_ends > 1 ?
	    asprintf(&text, "netns == %" PRIu64 " || netns == %" PRIu64,
		     p->end[END_HERE].number, p->end[END_PEER].number) < 0 :
	    asprintf(&text, "netns == %" PRIu64, p->end[END_HERE].number) < 0)
		scenario_no_memory();
	return text;
}

/* 0, or -1 after saying why */
int play_log_open(struct play *p)
{
	struct filter_kernel filter = { .refused = "", .image = "" };
	struct info info;
	int ret;

	p->log = calloc(1, sizeof(*p->log));
	if (!p->log)
		scenario_no_memory();
	filter.station = netns_filter(p);
	p->log->stream = stream_open(p->options->buffer_kib, false, &filter);
	free(filter.station);
	if (!p->log->stream)
		return -1;
	/* its answer means that every station tells by now */
	ret = netlink_info(p->end[END_HERE].ask, &info);
	if (ret)
		complain("the module does not answer: %s", strerror(-ret));
	return ret ? -1 : 0;
}

void play_log_close(struct play *p)
{
	struct play_log *log = p->log;

	if (!log)
		return;
	stream_close(log->stream);
	free(log->ev);
	free(log->skbs.is);
	free(log->ports.is);
	free(log->socks.is);
	free(log->parent);
	free(log);
}

static const struct scenario_name *name_of(const struct play *p,
					   uint64_t cookie)
{
	size_t i;

	for (i = 0; cookie && i < p->sc->nr_names; i++)
		if (p->sc->name[i].kind == NAME_SOCKET &&
		    p->thing[i].cookie == cookie)
			return &p->sc->name[i];
	return NULL;
}

/* "rx"; one that the scenario has no name for, as yet, is "socket-1" */
const char *play_socket_name(struct play *p, uint64_t cookie, char buf[32])
{
	const struct scenario_name *name = name_of(p, cookie);

	if (name)
		return name->text;
	snprintf(buf, 32, "socket-%" PRIu64,
		 number_of(&p->log->socks, cookie));
	return buf;
}

/* a refused call is told of whichever namespace */
static bool is_ours(const struct play *p, const struct event *ev)
{
	return ev->kind == EVENT_STATION || name_of(p, ev->v[EVF_SOCK]);
}

static void number_skb(struct play_log *log, struct event *ev,
		       enum event_field field)
{
	if (event_has(ev, field) && ev->v[field])
		ev->v[field] = number_of(&log->skbs, ev->v[field]);
}

static void number_netns(const struct play *p, struct event *ev)
{
	unsigned int i;

	for (i = 0; event_has(ev, EVF_NETNS) && i < p->nr_ends; i++) {
		if ((uint64_t)ev->v[EVF_NETNS] == p->end[i].number) {
			ev->v[EVF_NETNS] = i + 1;
			return;
		}
	}
}

static void number_port(struct play *p, struct event *ev,
			enum event_field field)
{
	int64_t port = ev->v[field];

	if (event_has(ev, field) && port >= SCOPE_PORT_FREE_MIN &&
	    port <= SCOPE_PORT_FREE_MAX && !p->sc->port[port])
		ev->v[field] = SCOPE_PORT_FREE_MIN - 1 +
			       number_of(&p->log->ports, port);
}

static void keep_parent(struct play_log *log, const struct event *ev)
{
	uint64_t skb = ev->v[EVF_SKB], parent = ev->v[EVF_PARENT];

	if (log->skbs.nr >= log->cap_parent) {
		size_t cap = 2 * log->skbs.nr + 64;
		uint64_t *bigger = realloc(log->parent, cap * sizeof(*bigger));

		if (!bigger)
			scenario_no_memory();
		memset(bigger + log->cap_parent, 0,
		       (cap - log->cap_parent) * sizeof(*bigger));
		log->parent = bigger;
		log->cap_parent = cap;
	}
	if (parent && parent != skb && !log->parent[skb])
		log->parent[skb] = parent;
}

static void add_event(struct play *p, const struct event *from)
{
	struct play_log *log = p->log;
	struct event *ev;

	if (!is_ours(p, from))
		return;
	if (log->nr == log->cap) {
		size_t cap = log->cap ? 2 * log->cap : 256;
		struct event *bigger = realloc(log->ev, cap * sizeof(*bigger));

		if (!bigger)
			scenario_no_memory();
		log->ev = bigger;
		log->cap = cap;
	}
	ev = &log->ev[log->nr++];
	*ev = *from;
	ev->image = NULL;
	number_skb(log, ev, EVF_SKB);
	number_skb(log, ev, EVF_PARENT);
	number_netns(p, ev);
	number_port(p, ev, EVF_SPORT);
	number_port(p, ev, EVF_DPORT);
	keep_parent(log, ev);
}

/* what is certain by now, so that the rings stay empty */
void play_log_drain(struct play *p)
{
	struct event ev;

	if (stream_read(p->log->stream) < 0)
		p->log->failed = true;
	while (stream_next(p->log->stream, &ev))
		add_event(p, &ev);
}

/* all that happened until it was called; 0 or -1 */
int play_log_update(struct play *p)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct play_log *log = p->log;

	do {
		play_log_drain(p);
		if (log->failed || stream_error(log->stream))
			return play_fail(p, "the events can't be read");
	} while (stream_safe(log->stream) < now &&
		 play_pause(p, now, STREAM_NS));
	return stream_safe(log->stream) < now ?
	       play_fail(p, "the events do not come") : 0;
}

size_t play_log_nr(const struct play *p)
{
	return p->log->nr;
}

uint64_t play_log_lost(const struct play *p)
{
	return stream_lost(p->log->stream);
}

/* as trace --json has it, without what is another one in each run */
struct json_object *play_log_event(struct play *p, size_t i)
{
	const struct event *ev = &p->log->ev[i];
	const char *text = json_event(ev);
	struct json_object *o;
	const char *sock;
	char name[32];

	o = text ? json_tokener_parse(text) : NULL;
	if (!o)
		scenario_no_memory();
	json_object_object_del(o, "ts");
	json_object_object_del(o, "cpu");
	if (event_has(ev, EVF_SOCK) && ev->v[EVF_SOCK]) {
		sock = play_socket_name(p, ev->v[EVF_SOCK], name);
		json_object_object_add(o, "sock", json_object_new_string(sock));
	}
	return o;
}

/* itself, or one that it came from, is that one */
static bool descends(const struct play_log *log, uint64_t skb, uint64_t from)
{
	size_t turns = log->skbs.nr;

	while (skb && skb != from && turns--)
		skb = log->parent[skb];
	return skb == from;
}

static const char *station_of(const struct event *ev, char buf[NAME_LEN])
{
	return ev->kind == EVENT_REFUSED ? "refused" :
	       name_station(ev->v[EVF_STATION], buf);
}

/* "STATION" of one sk_buff, "NUMBER STATION" of several */
void play_log_stations(struct play *p, const struct scenario_step *step,
		       struct lines *seen)
{
	const struct scenario_item *skb = &step->item[KEY_SKB];
	const struct scenario_item *message = &step->item[KEY_MESSAGE];
	const struct play_log *log = p->log;
	char name[NAME_LEN];
	size_t i;

	for (i = 0; i < log->nr; i++) {
		const struct event *ev = &log->ev[i];

		if (skb->set && ev->v[EVF_SKB] != skb->number)
			continue;
		if (message->set &&
		    !descends(log, ev->v[EVF_SKB], message->number))
			continue;
		if (skb->set)
			lines_add(seen, "%s", station_of(ev, name));
		else
			lines_add(seen, "%" PRId64 " %s", ev->v[EVF_SKB],
				  station_of(ev, name));
	}
}

/* -1 where there is none */
int64_t play_log_find(const struct play *p, const struct scenario_step *step)
{
	const struct scenario_item *skb = &step->item[KEY_SKB];
	const struct play_log *log = p->log;
	int64_t nth = step_has(step, KEY_NTH) ? step->item[KEY_NTH].number : 1;
	size_t i;

	for (i = 0; i < log->nr; i++) {
		const struct event *ev = &log->ev[i];

		if (event_at(ev, step->item[KEY_AT].number) &&
		    (!skb->set || ev->v[EVF_SKB] == skb->number) && !--nth)
			return i;
	}
	return -1;
}

/* all there are, a line each; sockets that got a name late have it everywhere */
void play_log_json(struct play *p)
{
	size_t i;

	p->log->socks.nr = 0;
	for (i = 0; i < p->log->nr; i++)
		json_line(stdout, play_log_event(p, i));
}
