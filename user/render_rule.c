// SPDX-License-Identifier: GPL-2.0
/*
 * render_rule.c - rules, in the words that they are made of
 *
 * Called by cmd_fault.c and cmd_step.c.
 */
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "render.h"

static void add(char *text, size_t size, const char *word)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%s", len ? " " : "", word);
}

static void add_number(char *text, size_t size, const char *word,
		       const struct rule *rule, int attr)
{
	char both[64];

	if (!num_has(&rule->n, attr))
		return;
	snprintf(both, sizeof(both), "%s=%" PRIu64, word,
		 num_get(&rule->n, attr));
	add(text, size, both);
}

/* names with commas between them */
const char *text_stations(const struct rule *rule, char to[RULE_TEXT_LEN])
{
	uint32_t set = num_get(&rule->n, SKBSCOPE_A_RULE_STATIONS);
	char name[NAME_LEN];
	size_t len;
	int i;

	to[0] = '\0';
	for (i = 1; i <= SCOPE_STATION_MAX; i++) {
		if (!(set & (1U << i)))
			continue;
		len = strlen(to);
		snprintf(to + len, RULE_TEXT_LEN - len, "%s%s", len ? "," : "",
			 name_station(i, name));
	}
	return to;
}

static void add_device(char *text, size_t size, uint32_t ifindex)
{
	char name[IF_NAMESIZE], word[IF_NAMESIZE + 8];

	if (!ifindex)
		strcpy(name, SCOPE_DEV_NAME);
	else if (!if_indextoname(ifindex, name))
		snprintf(name, sizeof(name), "%" PRIu32, ifindex);
	snprintf(word, sizeof(word), "dev=%s", name);
	add(text, size, word);
}

static void add_chance(char *text, size_t size, const struct rule *rule)
{
	char word[32];

	if (!num_has(&rule->n, SKBSCOPE_A_RULE_CHANCE))
		return;
	snprintf(word, sizeof(word), "p=%g",
		 num_get(&rule->n, SKBSCOPE_A_RULE_CHANCE) / 1e6);
	add(text, size, word);
}

/* what it is called knows who named it */
static void add_dist(char *text, size_t size, const struct rule *rule)
{
	char word[RULE_TEXT_LEN];

	if (!rule->dist && !num_has(&rule->n, SKBSCOPE_A_RULE_TABLE_LEN))
		return;
	if (rule->dist)
		snprintf(word, sizeof(word), "dist=%s", rule->dist);
	else
		snprintf(word, sizeof(word), "dist=table of %" PRIu64,
			 num_get(&rule->n, SKBSCOPE_A_RULE_TABLE_LEN));
	add(text, size, word);
}

/* what was said of it, as rule_word() takes it; frames= the kernel keeps */
const char *text_words(const struct rule *rule, char to[RULE_TEXT_LEN])
{
	const struct numbers *n = &rule->n;
	char name[NAME_LEN], word[NAME_LEN + 16];

	to[0] = '\0';
	add_number(to, RULE_TEXT_LEN, "port", rule, SKBSCOPE_A_RULE_PORT);
	add_number(to, RULE_TEXT_LEN, "sock", rule, SKBSCOPE_A_RULE_COOKIE);
	if (num_has(n, SKBSCOPE_A_RULE_IFINDEX))
		add_device(to, RULE_TEXT_LEN,
			   num_get(n, SKBSCOPE_A_RULE_IFINDEX));
	add_number(to, RULE_TEXT_LEN, "skb", rule, SKBSCOPE_A_RULE_SKB);
	if (num_get(n, SKBSCOPE_A_RULE_TRAFFIC) != SKBSCOPE_TRAFFIC_ANY)
		add(to, RULE_TEXT_LEN,
		    name_traffic(num_get(n, SKBSCOPE_A_RULE_TRAFFIC), name));
	add_chance(to, RULE_TEXT_LEN, rule);
	add_number(to, RULE_TEXT_LEN, "nth", rule, SKBSCOPE_A_RULE_NTH);
	add_number(to, RULE_TEXT_LEN, "every", rule, SKBSCOPE_A_RULE_EVERY);
	add_number(to, RULE_TEXT_LEN, "count", rule, SKBSCOPE_A_RULE_COUNT);
	add_number(to, RULE_TEXT_LEN, "seed", rule, SKBSCOPE_A_RULE_SEED);
	add_number(to, RULE_TEXT_LEN, "ms", rule, SKBSCOPE_A_RULE_DELAY);
	add_number(to, RULE_TEXT_LEN, "jitter", rule, SKBSCOPE_A_RULE_JITTER);
	add_dist(to, RULE_TEXT_LEN, rule);
	add_number(to, RULE_TEXT_LEN,
		   num_get(n, SKBSCOPE_A_RULE_ACTION) ==
		   SKBSCOPE_ACTION_TRUNCATE ? "keep" : "offset", rule,
		   SKBSCOPE_A_RULE_OFFSET);
	add_number(to, RULE_TEXT_LEN, "bit", rule, SKBSCOPE_A_RULE_BIT);
	add_number(to, RULE_TEXT_LEN, "max", rule, SKBSCOPE_A_RULE_LIMIT);
	add_number(to, RULE_TEXT_LEN, "timeout", rule, SKBSCOPE_A_RULE_TIMEOUT);
	if (num_has(n, SKBSCOPE_A_RULE_OVERFLOW)) {
		snprintf(word, sizeof(word), "overflow=%s",
			 name_overflow(num_get(n, SKBSCOPE_A_RULE_OVERFLOW),
				       name));
		add(to, RULE_TEXT_LEN, word);
	}
	if (num_has(n, SKBSCOPE_A_RULE_LOOSE))
		add(to, RULE_TEXT_LEN, "loose");
	return to;
}

static const char *owner(const struct rule *rule, char to[NUM_LEN])
{
	if (num_has(&rule->n, SKBSCOPE_A_RULE_PERSIST))
		return "persists";
	return num_text(&rule->n, SKBSCOPE_A_RULE_OWNER, to);
}

void render_rule_head(FILE *out)
{
	fprintf(out, "%4s  %-9s %8s %8s %8s %5s  %-10s  %s\n", "id", "kind",
		"seen", "hits", "missed", "held", "owner", "what for");
}

/* a line of a table */
void render_rule(FILE *out, const struct rule *rule)
{
	char id[NUM_LEN], seen[NUM_LEN], hits[NUM_LEN], missed[NUM_LEN];
	char held[NUM_LEN], whose[NUM_LEN], kind[NAME_LEN];
	char stations[RULE_TEXT_LEN], words[RULE_TEXT_LEN];
	const struct numbers *n = &rule->n;

	text_words(rule, words);
	fprintf(out, "%4s  %-9s %8s %8s %8s %5s  %-10s  %s%s%s\n",
		num_text(n, SKBSCOPE_A_RULE_ID, id),
		name_action(num_get(n, SKBSCOPE_A_RULE_ACTION), kind),
		num_text(n, SKBSCOPE_A_RULE_SEEN, seen),
		num_text(n, SKBSCOPE_A_RULE_HITS, hits),
		num_text(n, SKBSCOPE_A_RULE_MISSED, missed),
		num_text(n, SKBSCOPE_A_RULE_HELD, held), owner(rule, whose),
		text_stations(rule, stations), *words ? " " : "", words);
}
