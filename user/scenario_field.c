// SPDX-License-Identifier: GPL-2.0
/*
 * scenario_field.c - the names that a scenario may use for fields
 *
 * Called by scenario_value.c. They are those of the tool's JSON: so an object of each
 * kind is made, and asked.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "json.h"
#include "names.h"
#include "scenario.h"

static struct json_object *sample_event(void)
{
	struct event ev = { .kind = EVENT_STATION, .known = ~0ULL };
	const char *text = json_event(&ev);

	return text ? json_tokener_parse(text) : NULL;
}

static struct json_object *sample(enum scenario_what what)
{
	static const struct socket_picture sock = { .has_conn = true };
	static const struct ledger ledger;
	static const struct rule rule;

	switch (what) {
	case WHAT_EVENT:
		return sample_event();
	case WHAT_LEDGER:
		return json_ledger(&ledger);
	case WHAT_SOCKET:
		return json_socket(&sock, NULL);
	case WHAT_RULE:
		return json_rule(&rule);
	default:
		return NULL;
	}
}

/* that are not the same from run to run, or no single value */
static bool is_hidden(enum scenario_what what, const char *name)
{
	static const char *const hidden[] = {
		"ts", "cpu", "cookie", "inode", "pair", "uid", "refs",
		"holders", "receive_queue", "reasons", "local", "peer", "conn",
		"owner",
	};
	size_t i;

	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (!strcmp(hidden[i], name))
			return true;
	return what == WHAT_LEDGER && !strcmp(name, "netns");
}

/* of a connection they are in an object of their own */
static struct json_object *conn_of(struct json_object *o)
{
	struct json_object *conn = NULL;

	json_object_object_get_ex(o, "conn", &conn);
	return conn;
}

/*
 * As the kernel and the family name why they drop an sk_buff. Which names this
 * kernel has is known when the scenario runs; the family's own are known here.
 */
bool field_is_reason(const char *name)
{
	if (!strncmp(name, "SCOPE_", 6))
		return drop_by_name(name) >= 0;
	if (!isupper((unsigned char)*name))
		return false;
	for (; *name; name++)
		if (!isupper((unsigned char)*name) &&
		    !isdigit((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

bool field_known(enum scenario_what what, const char *name)
{
	struct json_object *o = sample(what);
	bool known;

	known = !is_hidden(what, name) &&
		(json_object_object_get_ex(o, name, NULL) ||
		 (what == WHAT_LEDGER && field_is_reason(name)) ||
		 (what == WHAT_SOCKET &&
		  json_object_object_get_ex(conn_of(o), name, NULL)));
	json_object_put(o);
	return known;
}

static void append(char *list, size_t size, const char *name)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s", len ? ", " : "", name);
}

static void append_keys(enum scenario_what what, struct json_object *o,
			char *list, size_t size)
{
	json_object_object_foreach(o, key, value) {
		(void)value;
		if (!is_hidden(what, key))
			append(list, size, key);
	}
}

void field_list(enum scenario_what what, char *list, size_t size)
{
	struct json_object *o = sample(what), *conn;

	list[0] = '\0';
	if (o)
		append_keys(what, o, list, size);
	conn = what == WHAT_SOCKET ? conn_of(o) : NULL;
	if (conn)
		append_keys(what, conn, list, size);
	if (what == WHAT_LEDGER)
		append(list, size, "and reasons of drops");
	json_object_put(o);
}

/* a segment has every header */
static size_t sample_fields(struct stop_field field[STOP_FIELDS])
{
	static uint8_t octets[] = {
		2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5,
		1, 3, 40, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0,
	};
	struct stop stop = { .held = { .bytes = octets, .len = sizeof(octets) } };

	num_set(&stop.held.n, SKBSCOPE_A_HELD_STATION,
		SCOPE_STATION_DEVICE_XMIT);
	return stop_fields(&stop, field);
}

bool held_field_known(const char *name)
{
	struct stop_field field[STOP_FIELDS];
	size_t nr = sample_fields(field), len;

	while (nr--) {
		len = strlen(field[nr].of);
		if (!strncmp(name, field[nr].of, len) && name[len] == '.' &&
		    !strcmp(name + len + 1, field[nr].name))
			return true;
	}
	return false;
}

void held_field_list(char *list, size_t size)
{
	struct stop_field field[STOP_FIELDS];
	size_t nr = sample_fields(field), i;
	char name[40];

	list[0] = '\0';
	for (i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "%s.%s", field[i].of,
			 field[i].name);
		append(list, size, name);
	}
}
