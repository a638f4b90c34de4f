// SPDX-License-Identifier: GPL-2.0
/*
 * json_stop.c - a stop, for programs
 *
 * Called by cmd_held.c and step_plain.c with --json. As json.c: names and order of the keys are
 * part of what other programs depend on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "json.h"
#include "json_put.h"
#include "names.h"

static const struct number_key head_keys[] = {
	{ .key = "held", .attr = SKBSCOPE_A_HELD_ID },
	{ .key = "rule", .attr = SKBSCOPE_A_HELD_RULE },
	{ .key = "station", .attr = SKBSCOPE_A_HELD_STATION,
	  .name = name_station },
};

static const struct number_key skb_keys[] = {
	{ .key = "skb", .attr = SKBSCOPE_A_SKB_ID },
	{ .key = "parent", .attr = SKBSCOPE_A_SKB_PARENT },
	{ .key = "relation", .attr = SKBSCOPE_A_SKB_RELATION,
	  .name = name_relation },
};

static const struct number_key keys[] = {
	{ .key = "sock", .attr = SKBSCOPE_A_HELD_COOKIE },
	{ .key = "sport", .attr = SKBSCOPE_A_HELD_SPORT },
	{ .key = "dport", .attr = SKBSCOPE_A_HELD_DPORT },
	{ .key = "ifindex", .attr = SKBSCOPE_A_HELD_IFINDEX },
	{ .key = "netns", .attr = SKBSCOPE_A_HELD_NETNS },
	{ .key = "age", .attr = SKBSCOPE_A_HELD_AGE },
	{ .key = "left", .attr = SKBSCOPE_A_HELD_LEFT },
	{ .key = "pid", .attr = SKBSCOPE_A_HELD_PID },
};

static struct json_object *octets(const struct held *held)
{
	struct json_object *o;
	char *text;
	size_t i;

	text = held->len ? malloc(2 * held->len + 1) : NULL;
	if (!text)
		return NULL;
	for (i = 0; i < held->len; i++)
		sprintf(text + 2 * i, "%02x", held->bytes[i]);
	o = json_object_new_string(text);
	free(text);
	return o;
}

static struct json_object *stack(const struct held *held)
{
	struct json_object *list = json_object_new_array();
	unsigned int i;

	for (i = 0; i < held->nr_stack; i++)
		json_object_array_add(list, string(held->stack[i]));
	return list;
}

/* "skb.len": { "now": .., "then": .., "changed": .. }; all texts, as shown */
static struct json_object *fields(const struct stop *stop)
{
	struct json_object *all = json_object_new_object(), *o;
	struct stop_field field[STOP_FIELDS];
	size_t nr = stop_fields(stop, field), i;
	char name[40];

	for (i = 0; i < nr; i++) {
		if (!*field[i].now && !*field[i].then)
			continue;
		o = json_object_new_object();
		put(o, "now", string(field[i].now));
		put(o, "then", string(field[i].then));
		put(o, "changed", json_object_new_boolean(field[i].changed));
		snprintf(name, sizeof(name), "%s.%s", field[i].of,
			 field[i].name);
		json_object_object_add(all, name, o);
	}
	return all;
}

static struct json_object *begin(const char *event, const struct stop *stop)
{
	struct json_object *o = json_object_new_object();

	put(o, "event", string(event));
	put(o, "stop", stop->number ? json_object_new_uint64(stop->number) :
				      NULL);
	PUT_NUMBERS(o, &stop->held.n, head_keys);
	PUT_NUMBERS(o, &stop->held.skb, skb_keys);
	return o;
}

struct json_object *json_stop(const struct stop *stop)
{
	struct json_object *o = begin("stop", stop);
	const struct held *held = &stop->held;
	char dev[HELD_DEVICE];

	PUT_NUMBERS(o, &held->n, keys);
	put(o, "comm", string(held->comm));
	put(o, "dev", string(held_device(held, dev)));
	put(o, "control", json_object_new_boolean(num_has(&held->n, SKBSCOPE_A_HELD_CONTROL)));
	put(o, "call", json_object_new_boolean(num_has(&held->n, SKBSCOPE_A_HELD_CALL)));
	put(o, "behind", json_object_new_boolean(num_has(&held->n, SKBSCOPE_A_HELD_BEHIND)));
	put(o, "over", json_object_new_boolean(stop->over));
	put(o, "before", stop->before ?
	    json_object_new_uint64(stop->before->number) : NULL);
	put(o, "next", string(held->next));
	put(o, "stack", stack(held));
	put(o, "fields", fields(stop));
	put(o, "bytes_from", json_object_new_int64(held->from));
	put(o, "bytes", octets(held));
	put(o, "reason", *held->reason ? string(held->reason) : NULL);
	return o;
}

struct json_object *json_gone(const struct stop *stop)
{
	struct json_object *o = begin("gone", stop);
	char name[NAME_LEN];

	put(o, "why", stop->why ? string(name_why(stop->why, name)) : NULL);
	return o;
}
