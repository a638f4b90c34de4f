// SPDX-License-Identifier: GPL-2.0
/*
 * stop.c - what is known of a stop, and what is different since the one before
 *
 * Called by what shows one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "stop.h"

enum how { NUMBER, HEX, RELATION, SUMMED, PKT_TYPE };

struct known {
	const char	*of;
	const char	*name;
	int		attr;
	enum how	how;
};

static const struct known skb_known[] = {
	{ "skb", "parent", SKBSCOPE_A_SKB_PARENT, NUMBER },
	{ "skb", "relation", SKBSCOPE_A_SKB_RELATION, RELATION },
	{ "skb", "len", SKBSCOPE_A_SKB_LEN, NUMBER },
	{ "skb", "data_len", SKBSCOPE_A_SKB_DATA_LEN, NUMBER },
	{ "skb", "data", SKBSCOPE_A_SKB_DATA, NUMBER },
	{ "skb", "tail", SKBSCOPE_A_SKB_TAIL, NUMBER },
	{ "skb", "end", SKBSCOPE_A_SKB_END, NUMBER },
	{ "skb", "truesize", SKBSCOPE_A_SKB_TRUESIZE, NUMBER },
	{ "skb", "users", SKBSCOPE_A_SKB_USERS, NUMBER },
	{ "skb", "dataref", SKBSCOPE_A_SKB_DATAREF, NUMBER },
	{ "skb", "cloned", SKBSCOPE_A_SKB_CLONED, NUMBER },
	{ "skb", "nr_frags", SKBSCOPE_A_SKB_NR_FRAGS, NUMBER },
	{ "skb", "ip_summed", SKBSCOPE_A_SKB_IP_SUMMED, SUMMED },
	{ "skb", "pkt_type", SKBSCOPE_A_SKB_PKT_TYPE, PKT_TYPE },
	{ "skb", "protocol", SKBSCOPE_A_SKB_PROTOCOL, HEX },
	{ "skb", "offset", SKBSCOPE_A_SKB_OFFSET, NUMBER },
	{ "skb", "offset_end", SKBSCOPE_A_SKB_OFFSET_END, NUMBER },
};

static const struct known held_known[] = {
	{ "skb", "mark", SKBSCOPE_A_HELD_MARK, NUMBER },
	{ "skb", "priority", SKBSCOPE_A_HELD_PRIORITY, NUMBER },
	{ "sock", "cookie", SKBSCOPE_A_HELD_COOKIE, NUMBER },
};

#define NR(table)	(sizeof(table) / sizeof((table)[0]))

static void value_text(enum how how, uint64_t value, char *to)
{
	char name[NAME_LEN];

	switch (how) {
	case HEX:
		snprintf(to, STOP_VALUE, "0x%04" PRIx64, value);
		break;
	case RELATION:
		snprintf(to, STOP_VALUE, "%s", name_relation(value, name));
		break;
	case SUMMED:
		snprintf(to, STOP_VALUE, "%s", name_ip_summed(value, name));
		break;
	case PKT_TYPE:
		snprintf(to, STOP_VALUE, "%s", name_pkt_type(value, name));
		break;
	default:
		snprintf(to, STOP_VALUE, "%" PRIu64, value);
	}
}

static size_t add_numbers(const struct known *known, size_t nr,
			  const struct numbers *n, struct stop_field *field)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		memset(&field[i], 0, sizeof(field[i]));
		field[i].of = known[i].of;
		snprintf(field[i].name, sizeof(field[i].name), "%s",
			 known[i].name);
		if (num_has(n, known[i].attr))
			value_text(known[i].how, num_get(n, known[i].attr),
				   field[i].now);
	}
	return nr;
}

static size_t add_device(const struct held *held, struct stop_field *field)
{
	char name[HELD_DEVICE];
	const char *dev = held_device(held, name);

	memset(field, 0, sizeof(*field));
	field->of = "skb";
	strcpy(field->name, "dev");
	if (dev)
		snprintf(field->now, STOP_VALUE, "%s", dev);
	return 1;
}

static size_t add_headers(const struct held *held, struct stop_field *field)
{
	struct header_field header[HEADER_FIELDS];
	size_t nr = header_fields(held, header), i;

	for (i = 0; i < nr; i++) {
		memset(&field[i], 0, sizeof(field[i]));
		field[i].of = header[i].of;
		snprintf(field[i].name, sizeof(field[i].name), "%s",
			 header[i].name);
		snprintf(field[i].now, STOP_VALUE, "%s", header[i].value);
	}
	return nr;
}

/* those of one stop alone */
static size_t collect(const struct held *held, struct stop_field *field)
{
	size_t nr;

	nr = add_numbers(skb_known, NR(skb_known), &held->skb, field);
	nr += add_numbers(held_known, NR(held_known), &held->n, field + nr);
	nr += add_device(held, field + nr);
	return nr + add_headers(held, field + nr);
}

static const struct stop_field *find(const struct stop_field *field, size_t nr,
				     const struct stop_field *like)
{
	for (; nr--; field++)
		if (!strcmp(field->of, like->of) &&
		    !strcmp(field->name, like->name))
			return field;
	return NULL;
}

/* what is not there any more is no field: its octets were only pulled */
static void compare(struct stop_field *field, size_t nr,
		    const struct stop_field *before, size_t nr_before)
{
	for (; nr--; field++) {
		const struct stop_field *then = find(before, nr_before, field);

		if (then)
			memcpy(field->then, then->now, sizeof(field->then));
		field->changed = strcmp(field->now, field->then);
	}
}

/**
 * stop_fields - all values of a stop
 * @field: filled
 *
 * Return: how many.
 */
size_t stop_fields(const struct stop *stop, struct stop_field field[STOP_FIELDS])
{
	struct stop_field before[STOP_FIELDS];
	size_t nr = collect(&stop->held, field);

	if (stop->before)
		compare(field, nr, before,
			collect(&stop->before->held, before));
	return nr;
}

/* where an octet is, from skb->head on; -1 where that is not known */
static int64_t place_of(const struct held *held, size_t i)
{
	if (!num_has(&held->skb, SKBSCOPE_A_SKB_DATA))
		return -1;
	return (int64_t)num_get(&held->skb, SKBSCOPE_A_SKB_DATA) + held->from +
	       (int64_t)i;
}

/* whether the octet was another one at the stop before, or was not to be seen */
bool stop_octet_changed(const struct stop *stop, size_t i)
{
	const struct held *held = &stop->held, *then;
	int64_t at;

	if (!stop->before || !stop->before->held.len)
		return false;
	then = &stop->before->held;
	at = place_of(held, i) - place_of(then, 0);
	return at < 0 || at >= (int64_t)then->len ||
	       then->bytes[at] != held->bytes[i];
}
