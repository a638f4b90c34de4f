// SPDX-License-Identifier: GPL-2.0
/*
 * json_event.c - an event, for programs
 *
 * Called by `trace --json` for each event. A full ring waits for this: so an
 * object is built once for each set of keys, and its values are no values of
 * json-c's but functions that write what the event at hand has. Names and order
 * of the keys are part of what other programs depend on (skbscope(1)). A value
 * that is not known is null; ids are integers of 64 bits, never strings.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "json.h"
#include "message.h"
#include "names.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))
#define LAYOUT	(JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

typedef const char *(*name_fn)(uint64_t number, char buf[NAME_LEN]);

/**
 * struct event_key - a key and how its value is written
 * @name: NULL is that of @field
 * @write: appends the value, never nothing; returns less than 0 without memory
 * @named: what write_name() asks
 */
struct event_key {
	const char		*name;
	enum event_field	field;
	int			(*write)(struct printbuf *pb,
					 const struct event *ev,
					 const struct event_key *key);
	name_fn			named;
};

static int write_text(struct printbuf *pb, const char *text)
{
	return printbuf_memappend(pb, text, strlen(text));
}

/* printf() would take as long as all the rest */
static int write_digits(struct printbuf *pb, uint64_t number, bool minus)
{
	char buf[24], *digit = buf + sizeof(buf);

	do {
		*--digit = '0' + number % 10;
		number /= 10;
	} while (number);
	if (minus)
		*--digit = '-';
	return printbuf_memappend(pb, digit, buf + sizeof(buf) - digit);
}

static int write_unsigned(struct printbuf *pb, uint64_t number)
{
	return write_digits(pb, number, false);
}

/* a name of the kernel's: it may hold what JSON must escape */
static int write_string(struct printbuf *pb, const char *text)
{
	struct json_object *string = json_object_new_string(text);
	int ret;

	if (!string)
		return -1;
	text = json_object_to_json_string_ext(string, LAYOUT);
	ret = text ? write_text(pb, text) : -1;
	json_object_put(string);
	return ret;
}

/* a name from one of our own tables, which holds nothing of that kind */
static int write_literal(struct printbuf *pb, const char *name)
{
	int ret = write_text(pb, "\"");

	if (ret >= 0)
		ret = write_text(pb, name);
	return ret < 0 ? ret : write_text(pb, "\"");
}

static int write_ts(struct printbuf *pb, const struct event *ev,
		    const struct event_key *key)
{
	(void)key;
	return write_unsigned(pb, ev->ts);
}

static int write_cpu(struct printbuf *pb, const struct event *ev,
		     const struct event_key *key)
{
	(void)key;
	return write_unsigned(pb, ev->cpu);
}

static int write_number(struct printbuf *pb, const struct event *ev,
			const struct event_key *key)
{
	int64_t v = ev->v[key->field];

	if (!event_has(ev, key->field))
		return write_text(pb, "null");
	return v < 0 ? write_digits(pb, -(uint64_t)v, true) :
		       write_unsigned(pb, v);
}

/* the ids count up from 1 without a sign; everything else may have one */
static int write_id(struct printbuf *pb, const struct event *ev,
		    const struct event_key *key)
{
	if (!event_has(ev, key->field))
		return write_text(pb, "null");
	return write_unsigned(pb, ev->v[key->field]);
}

static int write_name(struct printbuf *pb, const struct event *ev,
		      const struct event_key *key)
{
	char buf[NAME_LEN];

	if (!event_has(ev, key->field))
		return write_text(pb, "null");
	return write_literal(pb, key->named(ev->v[key->field], buf));
}

/* the names of the bits that are set */
static int write_flags(struct printbuf *pb, const struct event *ev,
		       const struct event_key *key)
{
	uint64_t flags = ev->v[key->field];
	const char *before = "[";
	char buf[NAME_LEN];
	unsigned int bit;
	int ret = 0;

	for (bit = 0; bit < FLAG_BITS && ret >= 0; bit++) {
		if (!(flags & (1U << bit)))
			continue;
		ret = write_text(pb, before);
		if (ret >= 0)
			ret = write_literal(pb, name_flag(bit, buf));
		before = ",";
	}
	if (ret >= 0 && *before == '[')
		ret = write_text(pb, before);
	return ret < 0 ? ret : write_text(pb, "]");
}

static int write_dev(struct printbuf *pb, const struct event *ev,
		     const struct event_key *key)
{
	(void)key;
	return ev->dev[0] ? write_string(pb, ev->dev) : write_text(pb, "null");
}

static int write_reason(struct printbuf *pb, const struct event *ev,
			const struct event_key *key)
{
	char unknown[NAME_LEN];

	if (ev->reason[0])
		return write_string(pb, ev->reason);
	if (!event_has(ev, key->field))
		return write_text(pb, "null");
	snprintf(unknown, sizeof(unknown), "unknown(%" PRId64 ")",
		 ev->v[key->field]);
	return write_literal(pb, unknown);
}

static int write_err(struct printbuf *pb, const struct event *ev,
		     const struct event_key *key)
{
	if (!event_has(ev, key->field))
		return write_text(pb, "null");
	return write_literal(pb, errno_name(ev->v[key->field]));
}

static int write_refused(struct printbuf *pb, const struct event *ev,
			 const struct event_key *key)
{
	(void)ev;
	(void)key;
	return write_literal(pb, "refused");
}

#define NUMBER(field_)	{ .field = EVF_##field_, .write = write_number }
#define ID(field_)	{ .field = EVF_##field_, .write = write_id }
#define NAME(field_, named_) \
	{ .field = EVF_##field_, .write = write_name, .named = named_ }

/* the order is the order of the keys */
static const struct event_key station_keys[] = {
	{ .name = "ts", .write = write_ts },
	{ .name = "cpu", .write = write_cpu },
	NAME(STATION, name_station),
	ID(SKB), ID(PARENT), NAME(RELATION, name_relation), ID(SOCK),
	NUMBER(NETNS), NUMBER(IFINDEX),
	{ .name = "dev", .write = write_dev },
	NUMBER(LEN), NUMBER(DATA_LEN), NUMBER(DATA), NUMBER(TAIL), NUMBER(END),
	NUMBER(MAC), NUMBER(NETWORK), NUMBER(TRANSPORT),
	NUMBER(TRUESIZE), NUMBER(USERS), NUMBER(DATAREF), NUMBER(CLONED),
	NUMBER(NR_FRAGS),
	NAME(IP_SUMMED, name_ip_summed), NAME(PKT_TYPE, name_pkt_type),
	NUMBER(PROTOCOL), NUMBER(SPORT), NUMBER(DPORT),
	NUMBER(RXQ_BEFORE), NUMBER(RXQ), NUMBER(TXQ_BEFORE), NUMBER(TXQ),
	NUMBER(RMEM_BEFORE), NUMBER(RMEM), NUMBER(WMEM_BEFORE), NUMBER(WMEM),
};

/* absent, not null, where the sk_buff is none of a connection's */
static const struct event_key segment_keys[] = {
	NUMBER(OFFSET), NUMBER(OFFSET_END),
	{ .field = EVF_FLAGS, .write = write_flags },
	NUMBER(ACK), NUMBER(WINDOW),
};

static const struct event_key last_keys[] = {
	{ .field = EVF_REASON, .write = write_reason },
};

static const struct event_key refused_keys[] = {
	{ .name = "event", .write = write_refused },
	{ .name = "ts", .write = write_ts },
	{ .name = "cpu", .write = write_cpu },
	ID(SKB), ID(SOCK),
	{ .field = EVF_ERR, .write = write_err },
};

/* what json-c's writer of objects comes to for each value */
static const struct event *at_hand;

static int write_value(struct json_object *value, struct printbuf *pb,
		       int level, int flags)
{
	const struct event_key *key = json_object_get_userdata(value);

	(void)level;
	(void)flags;
	return key->write(pb, at_hand, key);
}

static bool add_key(struct json_object *o, const struct event_key *key)
{
	const char *name = key->name ? key->name : event_field_name(key->field);
	struct json_object *value = json_object_new_int(0);

	if (!value)
		return false;
	json_object_set_serializer(value, write_value, (void *)key, NULL);
	/* keys are literals and come once: no copy, no search */
	if (!json_object_object_add_ex(o, name, value,
				       JSON_C_OBJECT_ADD_KEY_IS_NEW |
				       JSON_C_OBJECT_KEY_IS_CONSTANT))
		return true;
	json_object_put(value);
	return false;
}

/* those of the keys whose bit is set in @which */
static bool add_keys(struct json_object *o, const struct event_key *keys,
		     size_t nr, uint64_t which)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (which & (1ULL << i) && !add_key(o, &keys[i]))
			return false;
	return true;
}

#define ALL	(~0ULL)

static struct json_object *new_station(unsigned int segment)
{
	struct json_object *o = json_object_new_object();

	if (o && add_keys(o, station_keys, NR(station_keys), ALL) &&
	    add_keys(o, segment_keys, NR(segment_keys), segment) &&
	    add_keys(o, last_keys, NR(last_keys), ALL))
		return o;
	json_object_put(o);
	return NULL;
}

static struct json_object *new_refused(void)
{
	struct json_object *o = json_object_new_object();

	if (o && add_keys(o, refused_keys, NR(refused_keys), ALL))
		return o;
	json_object_put(o);
	return NULL;
}

/* a station's event may have any of a segment's keys */
static struct json_object *shape_of(const struct event *ev)
{
	static struct json_object *station[1 << NR(segment_keys)], *refused;
	unsigned int which = 0;
	size_t i;

	if (ev->kind == EVENT_REFUSED) {
		if (!refused)
			refused = new_refused();
		return refused;
	}
	for (i = 0; i < NR(segment_keys); i++)
		if (event_has(ev, segment_keys[i].field))
			which |= 1U << i;
	if (!station[which])
		station[which] = new_station(which);
	return station[which];
}

/**
 * json_event() - an event as one line of JSON, without its end
 * @ev: the event
 *
 * Return: what stays until the next call, or NULL where there is no memory.
 */
const char *json_event(const struct event *ev)
{
	struct json_object *o = shape_of(ev);

	if (!o)
		return NULL;
	at_hand = ev;
	return json_object_to_json_string_ext(o, LAYOUT);
}
