// SPDX-License-Identifier: GPL-2.0
/*
 * json_rule.c - rules, for programs
 *
 * Called by cmd_fault.c. As json.c: names and order of the keys are part of what
 * other programs depend on.
 */
#include <net/if.h>

#include <json-c/json.h>

#include "json.h"
#include "json_put.h"
#include "names.h"

static const struct number_key head_keys[] = {
	{ .key = "rule", .attr = SKBSCOPE_A_RULE_ID },
	{ .key = "kind", .attr = SKBSCOPE_A_RULE_ACTION, .name = name_action },
};

static const struct number_key where_keys[] = {
	{ .key = "port", .attr = SKBSCOPE_A_RULE_PORT },
	{ .key = "sock", .attr = SKBSCOPE_A_RULE_COOKIE },
};

static const struct number_key keys[] = {
	{ .key = "skb", .attr = SKBSCOPE_A_RULE_SKB },
	{ .key = "traffic", .attr = SKBSCOPE_A_RULE_TRAFFIC,
	  .name = name_traffic },
	{ .key = "nth", .attr = SKBSCOPE_A_RULE_NTH },
	{ .key = "every", .attr = SKBSCOPE_A_RULE_EVERY },
	{ .key = "count", .attr = SKBSCOPE_A_RULE_COUNT },
	{ .key = "chance", .attr = SKBSCOPE_A_RULE_CHANCE },
	{ .key = "seed", .attr = SKBSCOPE_A_RULE_SEED },
	{ .key = "ms", .attr = SKBSCOPE_A_RULE_DELAY },
	{ .key = "jitter", .attr = SKBSCOPE_A_RULE_JITTER },
	{ .key = "offset", .attr = SKBSCOPE_A_RULE_OFFSET },
	{ .key = "bit", .attr = SKBSCOPE_A_RULE_BIT },
	{ .key = "max", .attr = SKBSCOPE_A_RULE_LIMIT },
	{ .key = "timeout", .attr = SKBSCOPE_A_RULE_TIMEOUT },
	{ .key = "overflow", .attr = SKBSCOPE_A_RULE_OVERFLOW,
	  .name = name_overflow },
	{ .key = "owner", .attr = SKBSCOPE_A_RULE_OWNER },
	{ .key = "seen", .attr = SKBSCOPE_A_RULE_SEEN },
	{ .key = "hits", .attr = SKBSCOPE_A_RULE_HITS },
	{ .key = "missed", .attr = SKBSCOPE_A_RULE_MISSED },
	{ .key = "full", .attr = SKBSCOPE_A_RULE_FULL },
	{ .key = "held", .attr = SKBSCOPE_A_RULE_HELD },
};

static const struct number_key last_keys[] = {
	{ .key = "table", .attr = SKBSCOPE_A_RULE_TABLE_LEN },
};

static struct json_object *stations(const struct rule *rule)
{
	uint32_t set = num_get(&rule->n, SKBSCOPE_A_RULE_STATIONS);
	struct json_object *list = json_object_new_array();
	char name[NAME_LEN];
	int i;

	for (i = 1; i <= SCOPE_STATION_MAX; i++)
		if (set & (1U << i))
			json_object_array_add(list,
					      string(name_station(i, name)));
	return list;
}

static struct json_object *device(const struct rule *rule)
{
	uint32_t ifindex = num_get(&rule->n, SKBSCOPE_A_RULE_IFINDEX);
	char name[IF_NAMESIZE];

	if (!num_has(&rule->n, SKBSCOPE_A_RULE_IFINDEX))
		return NULL;
	if (!ifindex)
		return string(SCOPE_DEV_NAME);
	return string(if_indextoname(ifindex, name));
}

struct json_object *json_rule(const struct rule *rule)
{
	struct json_object *o = json_object_new_object();
	const struct numbers *n = &rule->n;

	PUT_NUMBERS(o, n, head_keys);
	put(o, "stations", stations(rule));
	PUT_NUMBERS(o, n, where_keys);
	put(o, "dev", device(rule));
	PUT_NUMBERS(o, n, keys);
	put(o, "loose", json_object_new_boolean(num_has(n, SKBSCOPE_A_RULE_LOOSE)));
	put(o, "persist", json_object_new_boolean(num_has(n, SKBSCOPE_A_RULE_PERSIST)));
	PUT_NUMBERS(o, n, last_keys);
	return o;
}
