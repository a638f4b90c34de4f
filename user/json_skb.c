// SPDX-License-Identifier: GPL-2.0
/*
 * json_skb.c - what changed of an sk_buff, for programs
 *
 * Called by cmd_trace.c and cmd_diff.c with --json. As json.c: names and order
 * of the keys are part of what other programs depend on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "json.h"
#include "json_put.h"
#include "names.h"

static struct json_object *octets(const uint8_t *at, uint32_t len)
{
	struct json_object *o;
	char *text;
	uint32_t i;

	if (!at)
		return NULL;
	text = malloc(2 * (size_t)len + 1);
	if (!text)
		return NULL;
	text[0] = '\0';
	for (i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02x", at[i]);
	o = json_object_new_string(text);
	free(text);
	return o;
}

static struct json_object *json_change(const struct change *c)
{
	const struct field *field = c->after ? c->after : c->before;
	struct json_object *o = json_object_new_object();

	put(o, "of", string(c->of));
	put(o, "path", string(field->path));
	put(o, "also", c->also ? string(c->also->path) : NULL);
	put(o, "type", string(field->type));
	put(o, "before", c->before ? json_value(c->before) : NULL);
	put(o, "before_name", c->before ? json_name(c->before) : NULL);
	put(o, "after", c->after ? json_value(c->after) : NULL);
	put(o, "after_name", c->after ? json_name(c->after) : NULL);
	return o;
}

static struct json_object *json_data(const struct data_change *c)
{
	struct json_object *o = json_object_new_object();

	put(o, "from", json_object_new_uint64(c->from));
	put(o, "before", octets(c->before, c->len));
	put(o, "after", octets(c->after, c->len));
	return o;
}

static struct json_object *station(const struct event *ev)
{
	char name[NAME_LEN];

	return ev->kind == EVENT_STATION ?
	       string(name_station(ev->v[EVF_STATION], name)) : NULL;
}

/**
 * json_diff - what changed since another event
 * @before: of this sk_buff, or of its parent
 */
struct json_object *json_diff(const struct diff *d, const struct event *before)
{
	struct json_object *o = json_object_new_object();
	struct json_object *changes = json_object_new_array();
	struct json_object *data = json_object_new_array();
	size_t i;

	for (i = 0; i < d->nr; i++)
		json_object_array_add(changes, json_change(&d->change[i]));
	for (i = 0; i < d->nr_data; i++)
		json_object_array_add(data, json_data(&d->data[i]));
	put(o, "skb", json_object_new_uint64(before->v[EVF_SKB]));
	put(o, "station", station(before));
	put(o, "changes", changes);
	put(o, "data", data);
	put(o, "no_fields", string(d->why));
	return o;
}

/* the same, with what it was compared with */
struct json_object *json_diff_of(const struct diff *d,
				 const struct event *before,
				 const struct event *after)
{
	struct json_object *o = json_diff(d, before);

	put(o, "ts", json_object_new_uint64(before->ts));
	put(o, "to", station(after));
	put(o, "to_ts", json_object_new_uint64(after->ts));
	return o;
}

/**
 * json_event_diff - write an event's line with what changed at its end
 * @event: from json_event()
 * @diff: from json_diff(), let go; NULL for none
 */
void json_event_diff(FILE *out, const char *event, struct json_object *diff)
{
	const char *text = NULL;

	if (diff)
		text = json_object_to_json_string_ext(diff,
						      JSON_C_TO_STRING_PLAIN |
						      JSON_C_TO_STRING_NOSLASHESCAPE);
	fprintf(out, "%.*s,\"diff\":%s}\n", (int)strlen(event) - 1, event,
		text ? text : "null");
	json_object_put(diff);
}
