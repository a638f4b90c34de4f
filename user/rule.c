// SPDX-License-Identifier: GPL-2.0
/*
 * rule.c - a rule, out of the words of a command line
 *
 * Called by cmd_fault.c and cmd_step.c: the stations, the kind, one word after
 * the other, and rule_check() at the end. What is wrong is told in words that
 * name it and say what is allowed.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dist.h"
#include "frame.h"
#include "names.h"
#include "rule.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define STATION(name)	(1U << SCOPE_STATION_##name)

/* where a packet, or a call, can be taken out of its way: all there are */
#define STOPPING	(STATION(SOCKET_SEND) | STATION(SOCKET_ALLOC) |		\
			 STATION(PROTOCOL_PUSH) | STATION(PROTOCOL_CLONE) |	\
			 STATION(DEVICE_QUEUE) | STATION(DEVICE_XMIT) |		\
			 STATION(DEVICE_RECEIVE) | STATION(PROTOCOL_RECEIVE) |	\
			 STATION(PROTOCOL_DELIVER) | STATION(SOCKET_QUEUE) |	\
			 STATION(SOCKET_RECV) | ENDS)

/* where it is decided what becomes of a packet, which is about to be freed */
#define ENDS		(STATION(END_CONSUMED) | STATION(END_DROPPED))

#define KIND(name)	(1U << SKBSCOPE_ACTION_##name)

/* kinds that need no packet: there is none yet at socket.send */
#define WITHOUT		(KIND(HOLD) | KIND(DELAY) | KIND(ENOMEM) |		\
			 KIND(WOULDBLOCK))

/* where a call can be told to come again */
#define CALLS		(STATION(SOCKET_SEND) | STATION(SOCKET_ALLOC) |		\
			 STATION(SOCKET_RECV))

/* kinds that only have it wait */
#define WAITING		(KIND(HOLD) | KIND(DELAY))

#define ALL_KINDS	(~0U)
#define FAULTS		(ALL_KINDS & ~KIND(HOLD))

enum value {
	VALUE_NONE,	/* the word alone */
	VALUE_NUMBER,
	VALUE_CHANCE,
	VALUE_DEVICE,
	VALUE_FRAMES,
	VALUE_OVERFLOW,
	VALUE_DIST,
};

/**
 * struct word - what may be said of a rule
 * @attr: that it sets
 * @kinds: of rules that take it
 * @min: of a number; the value, of a word alone
 */
static const struct word {
	const char	*name;
	int		attr;
	enum value	value;
	unsigned int	kinds;
	uint64_t	min;
	uint64_t	max;
} words[] = {
	{ "port", SKBSCOPE_A_RULE_PORT, VALUE_NUMBER, ALL_KINDS, 1, 65535 },
	{ "sock", SKBSCOPE_A_RULE_COOKIE, VALUE_NUMBER, ALL_KINDS, 1,
	  UINT64_MAX },
	{ "dev", SKBSCOPE_A_RULE_IFINDEX, VALUE_DEVICE, ALL_KINDS, 0, 0 },
	{ "skb", SKBSCOPE_A_RULE_SKB, VALUE_NUMBER, ALL_KINDS, 1, UINT64_MAX },
	{ "data", SKBSCOPE_A_RULE_TRAFFIC, VALUE_NONE, ALL_KINDS,
	  SKBSCOPE_TRAFFIC_DATA, 0 },
	{ "control", SKBSCOPE_A_RULE_TRAFFIC, VALUE_NONE, ALL_KINDS,
	  SKBSCOPE_TRAFFIC_CONTROL, 0 },
	{ "frames", 0, VALUE_FRAMES, ALL_KINDS, 0, 0 },
	{ "p", SKBSCOPE_A_RULE_CHANCE, VALUE_CHANCE, ALL_KINDS, 0, 0 },
	{ "every", SKBSCOPE_A_RULE_EVERY, VALUE_NUMBER, ALL_KINDS, 1,
	  UINT64_MAX },
	{ "nth", SKBSCOPE_A_RULE_NTH, VALUE_NUMBER, ALL_KINDS, 1, UINT64_MAX },
	{ "count", SKBSCOPE_A_RULE_COUNT, VALUE_NUMBER, ALL_KINDS, 1,
	  UINT64_MAX },
	{ "seed", SKBSCOPE_A_RULE_SEED, VALUE_NUMBER, ALL_KINDS, 0,
	  UINT32_MAX },
	{ "ms", SKBSCOPE_A_RULE_DELAY, VALUE_NUMBER,
	  KIND(DELAY) | KIND(REORDER), 1, 3600000 },
	{ "jitter", SKBSCOPE_A_RULE_JITTER, VALUE_NUMBER, KIND(DELAY), 1,
	  3600000 },
	{ "dist", 0, VALUE_DIST, KIND(DELAY), 0, 0 },
	{ "offset", SKBSCOPE_A_RULE_OFFSET, VALUE_NUMBER, KIND(CORRUPT), 0,
	  UINT32_MAX },
	{ "bit", SKBSCOPE_A_RULE_BIT, VALUE_NUMBER, KIND(CORRUPT), 0, 7 },
	{ "keep", SKBSCOPE_A_RULE_OFFSET, VALUE_NUMBER, KIND(TRUNCATE), 0,
	  UINT32_MAX },
	{ "max", SKBSCOPE_A_RULE_LIMIT, VALUE_NUMBER, KIND(HOLD), 1, 4096 },
	{ "timeout", SKBSCOPE_A_RULE_TIMEOUT, VALUE_NUMBER, KIND(HOLD), 1,
	  3600000 },
	{ "overflow", SKBSCOPE_A_RULE_OVERFLOW, VALUE_OVERFLOW, KIND(HOLD), 0,
	  0 },
	{ "loose", SKBSCOPE_A_RULE_LOOSE, VALUE_NONE, KIND(HOLD), 1, 0 },
};

static unsigned int kind_of(const struct rule *rule)
{
	return 1U << num_get(&rule->n, SKBSCOPE_A_RULE_ACTION);
}

/* names with commas between them */
static void append(char *list, size_t size, const char *name, const char *sign)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s%s", len ? ", " : "", name, sign);
}

static void list_stations(uint32_t set, char *list, size_t size)
{
	char name[NAME_LEN];
	int i;

	list[0] = '\0';
	for (i = 1; i <= SCOPE_STATION_MAX; i++)
		if (set & (1U << i))
			append(list, size, name_station(i, name), "");
}

/**
 * rule_stations - take the stations that a rule is for
 * @text: names with commas between them, or `all'
 *
 * Return: 0, or -1 with @why.
 */
int rule_stations(struct rule *rule, const char *text, char why[RULE_WHY_LEN])
{
	char list[RULE_WHY_LEN / 2];
	uint32_t set = 0;
	size_t len;
	int i;

	rule->all = !strcmp(text, "all");
	if (rule->all) {
		num_set(&rule->n, SKBSCOPE_A_RULE_STATIONS, STOPPING);
		return 0;
	}
	list_stations(STOPPING, list, sizeof(list));
	for (;; text += len + 1) {
		char name[NAME_LEN] = "";

		len = strcspn(text, ",");
		if (len < sizeof(name))
			memcpy(name, text, len);
		i = station_by_name(name);
		if (i < 0) {
			snprintf(why, RULE_WHY_LEN,
				 "STATION: `%.*s' is no station; there are %s, and all for all of them",
				 (int)(len < 64 ? len : 64), text, list);
			return -1;
		}
		set |= 1U << i;
		if (!text[len])
			break;
	}
	num_set(&rule->n, SKBSCOPE_A_RULE_STATIONS, set);
	return 0;
}

/* of a fault; returns 0, or -1 with @why */
int rule_kind(struct rule *rule, const char *text, char why[RULE_WHY_LEN])
{
	int kind = action_by_name(text);
	char list[RULE_WHY_LEN / 2] = "", name[NAME_LEN];
	int i;

	if (kind > 0 && (FAULTS & (1U << kind))) {
		num_set(&rule->n, SKBSCOPE_A_RULE_ACTION, kind);
		return 0;
	}
	for (i = SKBSCOPE_ACTION_HOLD + 1; i <= SKBSCOPE_ACTION_WOULDBLOCK; i++)
		append(list, sizeof(list), name_action(i, name), "");
	snprintf(why, RULE_WHY_LEN, "KIND: `%.64s' is no fault; there are %s",
		 text, list);
	return -1;
}

static int take_number(const struct word *word, const char *text, uint64_t *to,
		       char *why)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (isdigit((unsigned char)*text) && !*end && !errno &&
	    value >= word->min && value <= word->max) {
		*to = value;
		return 0;
	}
	snprintf(why, RULE_WHY_LEN,
		 "%s=: `%.64s' is not a whole number from %llu to %llu",
		 word->name, text, (unsigned long long)word->min,
		 (unsigned long long)word->max);
	return -1;
}

/* in millionths */
static int take_chance(const char *text, uint64_t *to, char *why)
{
	double value;
	char *end;

	value = strtod(text, &end);
	if (end != text && *end == '%') {
		value /= 100;
		end++;
	}
	if ((isdigit((unsigned char)*text) || *text == '.') && !*end &&
	    value >= 0.000001 && value <= 1) {
		*to = value * 1000000 + 0.5;
		return 0;
	}
	snprintf(why, RULE_WHY_LEN,
		 "p=: `%.64s' is no probability: 0.000001 to 1, or 0.0001%% to 100%%",
		 text);
	return -1;
}

/* scope0 has the same number everywhere */
static int take_device(const char *text, uint64_t *to, char *why)
{
	*to = strcmp(text, SCOPE_DEV_NAME) ? if_nametoindex(text) : 0;
	if (*to || !strcmp(text, SCOPE_DEV_NAME))
		return 0;
	snprintf(why, RULE_WHY_LEN, "dev=: there is no device `%.64s'", text);
	return -1;
}

static int take_frames(struct rule *rule, const char *text, char *why)
{
	char said[RULE_WHY_LEN / 2];

	if (rule->program) {
		snprintf(why, RULE_WHY_LEN,
			 "frames=: `%.64s' is the second one: join them with and or or",
			 text);
		return -1;
	}
	rule->program = frame_compile(text, &rule->nr_insn, said, sizeof(said));
	if (rule->program)
		return 0;
	snprintf(why, RULE_WHY_LEN, "frames=: `%.128s': %s", text, said);
	return -1;
}

/* evenly, as it is where nothing is said, or by a table */
static int take_dist(struct rule *rule, const char *text, char *why)
{
	unsigned int nr;

	if (rule->dist) {
		snprintf(why, RULE_WHY_LEN,
			 "dist=: `%.64s' is too much: dist was said already",
			 text);
		return -1;
	}
	rule->dist = strdup(text);
	if (!rule->dist) {
		snprintf(why, RULE_WHY_LEN, "dist=: out of memory");
		return -1;
	}
	if (!strcmp(text, "uniform"))
		return 0;
	rule->table = dist_read(text, &nr, why, RULE_WHY_LEN);
	if (!rule->table)
		return -1;
	num_set(&rule->n, SKBSCOPE_A_RULE_TABLE_LEN, nr);
	return 0;
}

static int take_overflow(const char *text, uint64_t *to, char *why)
{
	char name[NAME_LEN];
	int i;

	for (i = SKBSCOPE_OVERFLOW_PASS; i <= SKBSCOPE_OVERFLOW_DROP; i++) {
		*to = i;
		if (!strcmp(text, name_overflow(i, name)))
			return 0;
	}
	snprintf(why, RULE_WHY_LEN, "overflow=: `%.64s' is neither pass nor drop",
		 text);
	return -1;
}

static int take_value(const struct word *word, struct rule *rule,
		      const char *text, char *why)
{
	uint64_t value = word->min;
	int ret = 0;

	switch (word->value) {
	case VALUE_NONE:
		break;
	case VALUE_NUMBER:
		ret = take_number(word, text, &value, why);
		break;
	case VALUE_CHANCE:
		ret = take_chance(text, &value, why);
		break;
	case VALUE_DEVICE:
		ret = take_device(text, &value, why);
		break;
	case VALUE_FRAMES:
		return take_frames(rule, text, why);
	case VALUE_DIST:
		return take_dist(rule, text, why);
	case VALUE_OVERFLOW:
		ret = take_overflow(text, &value, why);
		break;
	}
	if (!ret)
		num_set(&rule->n, word->attr, value);
	return ret;
}

static const struct word *find_word(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i].name) == len &&
		    !strncmp(words[i].name, text, len))
			return &words[i];
	return NULL;
}

/* what may be said of such a rule */
static void list_words(unsigned int kind, char *list, size_t size)
{
	size_t i;

	list[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].kinds & kind)
			append(list, size, words[i].name,
			       words[i].value == VALUE_NONE ? "" : "=");
}

/**
 * rule_word - take a word that says which packets, when, or how
 * @rule: has its kind
 *
 * Return: 0, or -1 with @why.
 */
int rule_word(struct rule *rule, const char *text, char why[RULE_WHY_LEN])
{
	const struct word *word = find_word(text, strcspn(text, "="));
	const char *sign = strchr(text, '=');
	char list[RULE_WHY_LEN / 2], kind[NAME_LEN];

	if (!word || !(word->kinds & kind_of(rule))) {
		list_words(kind_of(rule), list, sizeof(list));
		snprintf(why, RULE_WHY_LEN,
			 "`%.64s' is no word for %s, which takes %s", text,
			 name_action(num_get(&rule->n, SKBSCOPE_A_RULE_ACTION),
				     kind), list);
		return -1;
	}
	if (word->value == VALUE_NONE ? !!sign : !sign) {
		snprintf(why, RULE_WHY_LEN, sign ? "`%s' takes no value" :
			 "%s=: the value is missing", word->name);
		return -1;
	}
	if (word->attr && num_has(&rule->n, word->attr)) {
		snprintf(why, RULE_WHY_LEN,
			 "`%.64s' is too much: %s was said already", text,
			 word->attr == SKBSCOPE_A_RULE_TRAFFIC ?
			 "data or control" : word->name);
		return -1;
	}
	return take_value(word, rule, sign ? sign + 1 : NULL, why);
}

static bool has(const struct rule *rule, int attr)
{
	return num_has(&rule->n, attr);
}

/* where such a rule can do something */
static uint32_t places_of(const struct rule *rule)
{
	uint32_t places = STOPPING;

	if (kind_of(rule) & KIND(WOULDBLOCK))
		places = CALLS;
	if (!(kind_of(rule) & WITHOUT) || rule->program)
		places &= ~STATION(SOCKET_SEND);
	if (!(kind_of(rule) & WAITING))
		places &= ~ENDS;
	return places;
}

/*
 * All of them are as many as can be, but a delay where nobody waits for the packet any
 * more is for who asks for it; one that was named must be possible.
 */
static int check_places(struct rule *rule, char *why)
{
	uint32_t set = num_get(&rule->n, SKBSCOPE_A_RULE_STATIONS);
	char bad[RULE_WHY_LEN / 4], list[RULE_WHY_LEN / 2], kind[NAME_LEN];
	uint32_t places = places_of(rule);

	if (rule->all && kind_of(rule) != KIND(HOLD))
		places &= ~ENDS;
	if (rule->all)
		num_set(&rule->n, SKBSCOPE_A_RULE_STATIONS, set & places);
	if (rule->all || !(set & ~places))
		return 0;
	list_stations(set & ~places, bad, sizeof(bad));
	list_stations(places, list, sizeof(list));
	snprintf(why, RULE_WHY_LEN, "STATION: %s%s can't be done at %s; it can at %s",
		 name_action(num_get(&rule->n, SKBSCOPE_A_RULE_ACTION), kind),
		 rule->program ? " with frames=" : "", bad, list);
	return -1;
}

/**
 * rule_check - look whether all that was said makes sense together
 * @rule: has its stations and its kind
 *
 * Return: 0, or -1 with @why.
 */
int rule_check(struct rule *rule, char why[RULE_WHY_LEN])
{
	const struct numbers *n = &rule->n;
	const char *said = NULL;

	switch (num_get(n, SKBSCOPE_A_RULE_ACTION)) {
	case SKBSCOPE_ACTION_DELAY:
		if (!has(rule, SKBSCOPE_A_RULE_DELAY))
			said = "delay: ms= is missing: for how many milliseconds";
		else if (rule->dist && !has(rule, SKBSCOPE_A_RULE_JITTER))
			said = "dist= is how jitter= is spread: jitter= is missing";
		else if (!rule->table && num_get(n, SKBSCOPE_A_RULE_JITTER) >
			 num_get(n, SKBSCOPE_A_RULE_DELAY))
			said = "jitter= can't be more than ms=, unless dist= is a table";
		break;
	case SKBSCOPE_ACTION_REORDER:
		if (!has(rule, SKBSCOPE_A_RULE_DELAY))
			said = "reorder: ms= is missing: how many milliseconds it waits at most";
		break;
	case SKBSCOPE_ACTION_TRUNCATE:
		if (!has(rule, SKBSCOPE_A_RULE_OFFSET))
			said = "truncate: keep= is missing: how many octets stay";
		break;
	}
	if (!said && has(rule, SKBSCOPE_A_RULE_SEED) &&
	    !has(rule, SKBSCOPE_A_RULE_CHANCE) &&
	    !has(rule, SKBSCOPE_A_RULE_JITTER))
		said = "seed= is for what is picked at random: p= or jitter= is missing";
	if (!said && has(rule, SKBSCOPE_A_RULE_CHANCE) &&
	    (has(rule, SKBSCOPE_A_RULE_NTH) ||
	     has(rule, SKBSCOPE_A_RULE_EVERY)))
		said = "p= picks packets at random, nth= and every= by number: say one of them";
	if (!said)
		return check_places(rule, why);
	snprintf(why, RULE_WHY_LEN, "%s", said);
	return -1;
}

void rule_clear(struct rule *rule)
{
	free(rule->program);
	free(rule->dist);
	free(rule->table);
	memset(rule, 0, sizeof(*rule));
}
