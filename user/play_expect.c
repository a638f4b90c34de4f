// SPDX-License-Identifier: GPL-2.0
/*
 * play_expect.c - what a scenario expects, beside what there is
 *
 * Called by play.c; play_call.c and play_rule.c compare by it, too. What can still
 * come is awaited.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "clock.h"
#include "json.h"
#include "message.h"
#include "netlink.h"
#include "netlink_rule.h"
#include "play.h"

#define VALUE_LEN	256

bool play_same(const struct lines *expected, const struct lines *seen)
{
	size_t i;

	if (expected->nr != seen->nr)
		return false;
	for (i = 0; i < seen->nr; i++)
		if (strcmp(expected->line[i], seen->line[i]))
			return false;
	return true;
}

/* what was seen can still become what is expected */
static bool may_become(const struct lines *expected, const struct lines *seen)
{
	size_t i;

	for (i = 0; i < seen->nr; i++)
		if (i == expected->nr ||
		    strcmp(expected->line[i], seen->line[i]))
			return false;
	return true;
}

int play_differ(struct play *p, const char *what, const struct lines *expected,
		const struct lines *seen)
{
	play_fail(p, "%s", what);
	lines_diff(&p->why, expected, seen);
	return -1;
}

/* ">= 3" and the like; where it is none, 0 */
static int compared(const char *wanted, const char *is, bool *holds)
{
	static const char *const signs[] = { ">=", "<=", "!=", ">", "<" };
	long long limit, value;
	char *end, *end_is;
	size_t i;

	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (!strncmp(wanted, signs[i], strlen(signs[i])))
			break;
	if (i == sizeof(signs) / sizeof(signs[0]))
		return 0;
	wanted += strlen(signs[i]);
	limit = strtoll(wanted, &end, 0);
	value = strtoll(is, &end_is, 0);
	if (end == wanted || *end)
		return 0;
	*holds = end_is != is && !*end_is &&
		 (i == 0 ? value >= limit : i == 1 ? value <= limit :
		  i == 2 ? value != limit : i == 3 ? value > limit :
		  value < limit);
	return 1;
}

void play_compare_one(const struct scenario_field *field, const char *is,
		      struct lines *expected, struct lines *seen)
{
	bool holds;

	lines_add(expected, "%s: %s", field->name, field->value);
	if (compared(field->value, is, &holds) && holds)
		is = field->value;
	lines_add(seen, "%s: %s", field->name, is);
}

static const char *value_text(struct json_object *value, char *text)
{
	size_t len = 1, i;

	if (!value)
		return "null";
	if (!json_object_is_type(value, json_type_array)) {
		snprintf(text, VALUE_LEN, "%s", json_object_get_string(value));
		return text;
	}
	strcpy(text, "[");
	for (i = 0; i < json_object_array_length(value) && len < VALUE_LEN; i++)
		len += snprintf(text + len, VALUE_LEN - len, "%s%s",
				i ? ", " : "",
				json_object_get_string(json_object_array_get_idx(value, i)));
	if (len < VALUE_LEN - 1)
		strcpy(text + len, "]");
	return text;
}

/* a line for each field; what @o does not have, @also may */
void play_compare(struct play *p, const struct scenario_item *fields,
		  struct json_object *o, struct json_object *also,
		  struct lines *expected, struct lines *seen)
{
	char text[VALUE_LEN];
	size_t i;

	(void)p;
	for (i = 0; i < fields->nr_fields; i++) {
		const struct scenario_field *field = &fields->field[i];
		struct json_object *value = NULL;

		if (!json_object_object_get_ex(o, field->name, &value))
			json_object_object_get_ex(also, field->name, &value);
		play_compare_one(field, value_text(value, text), expected,
				 seen);
	}
}

static int check_lost(struct play *p)
{
	uint64_t lost = play_log_lost(p);

	return lost ? play_fail(p, "%" PRIu64 " events were lost, so nothing is known of their order; --buffer-size makes room",
				lost) : 0;
}

/* a condition that @look brings to the two lists, until both are the same */
static int await(struct play *p, const struct scenario_step *step,
		 const char *what,
		 int (*look)(struct play *p, const struct scenario_step *step,
			     struct lines *expected, struct lines *seen),
		 bool grows)
{
	uint64_t since = clock_ns(CLOCK_MONOTONIC);
	struct lines expected = { 0 }, seen = { 0 };
	int ret;

	do {
		lines_clear(&expected);
		lines_clear(&seen);
		ret = look(p, step, &expected, &seen);
		if (ret || play_same(&expected, &seen))
			break;
		ret = 1;
		if (grows && !may_become(&expected, &seen))
			break;
	} while (play_again(p, since));
	if (ret > 0)
		ret = play_differ(p, what, &expected, &seen);
	lines_clear(&expected);
	lines_clear(&seen);
	return ret;
}

static int look_at_stations(struct play *p, const struct scenario_step *step,
			    struct lines *expected, struct lines *seen)
{
	const struct scenario_item *are = &step->item[KEY_ARE];
	size_t i;

	if (play_log_update(p) || check_lost(p))
		return -1;
	for (i = 0; i < are->nr_words; i++)
		lines_add(expected, "%s", are->word[i]);
	play_log_stations(p, step, seen);
	return 0;
}

static int look_at_event(struct play *p, const struct scenario_step *step,
			 struct lines *expected, struct lines *seen)
{
	struct json_object *o;
	int64_t i;

	if (play_log_update(p) || check_lost(p))
		return -1;
	i = play_log_find(p, step);
	if (i < 0) {
		lines_add(expected, "%s", step->item[KEY_AT].text);
		play_log_stations(p, step, seen);
		return 0;
	}
	o = play_log_event(p, i);
	play_compare(p, &step->item[KEY_FIELDS], o, NULL, expected, seen);
	json_object_put(o);
	return 0;
}

/* the reasons of drops are beside the counters; one that was not met is 0 */
static struct json_object *reasons_of(struct json_object *o,
				      const struct scenario_item *fields)
{
	struct json_object *reasons = NULL;
	size_t i;

	json_object_object_get_ex(o, "reasons", &reasons);
	for (i = 0; i < fields->nr_fields; i++)
		if (field_is_reason(fields->field[i].name) &&
		    !json_object_object_get_ex(reasons, fields->field[i].name,
					       NULL))
			json_object_object_add(reasons, fields->field[i].name,
					       json_object_new_int(0));
	return reasons;
}

static int look_at_ledger(struct play *p, const struct scenario_step *step,
			  struct lines *expected, struct lines *seen)
{
	const struct scenario_item *fields = &step->item[KEY_FIELDS];
	static const struct scenario_field rest[] = {
		{ .name = "moving", .value = "0" },
		{ .name = "balance", .value = "0" },
	};
	const struct scenario_item always = {
		.field = (struct scenario_field *)rest, .nr_fields = 2,
	};
	struct ledger ledger;
	struct json_object *o;
	int ret;

	ret = netlink_ledger(p->end[step->end].ask, &ledger);
	/* what was moving may be counted twice: at rest, a second look agrees */
	if (!ret && !num_get(&ledger.n, SKBSCOPE_A_LEDGER_MOVING))
		ret = netlink_ledger(p->end[step->end].ask, &ledger);
	if (ret)
		return play_fail(p, "asking for the ledger failed: %s",
				 errno_name(-ret));
	o = json_ledger(&ledger);
	play_compare(p, fields, o, reasons_of(o, fields), expected, seen);
	play_compare(p, &always, o, NULL, expected, seen);
	json_object_put(o);
	return 0;
}

static int look_at_socket(struct play *p, const struct scenario_step *step,
			  struct lines *expected, struct lines *seen)
{
	uint64_t cookie = p->thing[step->item[KEY_OF].number].cookie;
	struct json_object *o, *conn = NULL;
	struct socket_picture sock;
	int ret;

	ret = netlink_socket(p->end[step->end].ask, cookie, &sock);
	if (ret)
		return play_fail(p, "there is no such socket any more: %s",
				 errno_name(-ret));
	/* who holds it is not asked for */
	sock.n.known &= ~(1ULL << SKBSCOPE_A_SOCKET_INODE);
	o = json_socket(&sock, NULL);
	json_object_object_get_ex(o, "conn", &conn);
	play_compare(p, &step->item[KEY_FIELDS], o, conn, expected, seen);
	json_object_put(o);
	return 0;
}

static int look_at_rule(struct play *p, const struct scenario_step *step,
			struct lines *expected, struct lines *seen)
{
	uint32_t id = p->thing[step->item[KEY_OF].number].rule;
	struct json_object *o;
	const char *sock;
	struct rule rule;
	char name[32];
	int ret;

	ret = netlink_rule(p->end[step->end].ask, id, &rule);
	if (ret)
		return play_fail(p, "there is no such rule any more: %s",
				 errno_name(-ret));
	o = json_rule(&rule);
	if (num_has(&rule.n, SKBSCOPE_A_RULE_COOKIE)) {
		sock = play_socket_name(p, num_get(&rule.n,
						   SKBSCOPE_A_RULE_COOKIE),
					name);
		json_object_object_add(o, "sock", json_object_new_string(sock));
	}
	play_compare(p, &step->item[KEY_FIELDS], o, NULL, expected, seen);
	json_object_put(o);
	return 0;
}

/* 0, or -1 with the difference in @p->why */
int play_expect(struct play *p, const struct scenario_step *step)
{
	switch (step->subject.number) {
	case WHAT_STATIONS:
		return await(p, step, "other stations were passed",
			     look_at_stations, true);
	case WHAT_EVENT:
		return await(p, step, "the event is another one",
			     look_at_event, false);
	case WHAT_LEDGER:
		return await(p, step, "the ledger has something else",
			     look_at_ledger, false);
	case WHAT_SOCKET:
		return await(p, step, "the socket is otherwise",
			     look_at_socket, false);
	default:
		return await(p, step, "the rule did something else",
			     look_at_rule, false);
	}
}
