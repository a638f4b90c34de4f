// SPDX-License-Identifier: GPL-2.0
/*
 * scenario_step.c - what a step of a scenario is made of
 *
 * Called by scenario.c. The first key of a step says what it does, and so which
 * others there may be; what they say has to make sense together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario_value.h"

#define KEY(name)	(1ULL << KEY_##name)

/* of a system call */
#define CALL	(KEY(RETURNS) | KEY(ERRNO) | KEY(BACKGROUND))

static const char *const verb_names[] = {
#define VERB_NAME(symbol, name) [VERB_##symbol] = (name),
	SCENARIO_VERBS(VERB_NAME)
#undef VERB_NAME
};

static const char *const key_names[] = {
#define KEY_NAME(symbol, name) [KEY_##symbol] = (name),
	SCENARIO_KEYS(KEY_NAME)
#undef KEY_NAME
};

static const char *const what_names[NR_WHATS] = {
	[WHAT_STATIONS] = "stations", [WHAT_EVENT] = "event",
	[WHAT_LEDGER] = "ledger", [WHAT_SOCKET] = "socket",
	[WHAT_RULE] = "rule",
};

/**
 * struct verb - what a step of a kind is made of
 * @take: reads what is behind the verb
 * @needs: keys that must be there
 * @may: and those that may
 */
static const struct verb {
	take_fn		take;
	uint64_t	needs;
	uint64_t	may;
} verbs[NR_VERBS] = {
	[VERB_SOCKET] = { take_new_socket, KEY(TYPE),
		KEY(IN) | KEY(NONBLOCK) | KEY(OPTIONS) | KEY(BIND) | KEY(ERRNO) },
	[VERB_SOCKETPAIR] = { take_two_sockets, KEY(TYPE),
		KEY(IN) | KEY(NONBLOCK) | KEY(ERRNO) },
	[VERB_BIND] = { take_socket, KEY(TO), CALL },
	[VERB_CONNECT] = { take_socket, KEY(TO), CALL },
	[VERB_LISTEN] = { take_socket, 0, KEY(BACKLOG) | CALL },
	[VERB_ACCEPT] = { take_socket, KEY(AS), KEY(ERRNO) | KEY(BACKGROUND) },
	[VERB_SEND] = { take_socket, 0, KEY(DATA) | KEY(HEX) | KEY(SIZE) |
		KEY(TO) | KEY(FLAGS) | CALL },
	[VERB_RECV] = { take_socket, 0, KEY(DATA) | KEY(HEX) | KEY(SIZE) |
		KEY(MAX) | KEY(FLAGS) | CALL },
	[VERB_SHUTDOWN] = { take_socket, KEY(HOW), CALL },
	[VERB_CLOSE] = { take_socket, 0, CALL },
	[VERB_SETSOCKOPT] = { take_socket, KEY(OPTION) | KEY(VALUE), CALL },
	[VERB_GETSOCKOPT] = { take_socket, KEY(OPTION), KEY(VALUE) | CALL },
	[VERB_IOCTL] = { take_socket, KEY(REQUEST), KEY(VALUE) | CALL },
	[VERB_POLL] = { take_socket, KEY(EVENTS), 0 },
	[VERB_WAIT] = { take_call, 0, 0 },
	[VERB_FAULT] = { take_rule, 0, KEY(NAME) | KEY(IN) },
	[VERB_HOLD] = { take_rule, 0, KEY(NAME) | KEY(IN) },
	[VERB_RELEASE] = { take_rule_name, 0, 0 },
	[VERB_REMOVE] = { take_rule_name, 0, 0 },
	[VERB_HELD] = { take_any_packet, 0,
		KEY(AT) | KEY(BY) | KEY(IN) | KEY(FIELDS) },
	[VERB_VERDICT] = { take_packet, KEY(DO), KEY(AS) | KEY(ERRNO) },
	[VERB_EXPECT] = { take_what, 0, 0 },
};

/* of an expectation, by what it is about */
static const struct verb whats[NR_WHATS] = {
	[WHAT_STATIONS] = { NULL, KEY(ARE), KEY(SKB) | KEY(MESSAGE) },
	[WHAT_EVENT] = { NULL, KEY(AT) | KEY(FIELDS), KEY(SKB) | KEY(NTH) },
	[WHAT_LEDGER] = { NULL, KEY(FIELDS), KEY(IN) },
	[WHAT_SOCKET] = { NULL, KEY(OF) | KEY(FIELDS), 0 },
	[WHAT_RULE] = { NULL, KEY(OF) | KEY(FIELDS), 0 },
};

const char *verb_name(enum scenario_verb verb)
{
	return verb_names[verb];
}

const char *what_name(enum scenario_what what)
{
	return what_names[what];
}

/* NULL where there is none */
yaml_node_t *node_at(struct reader *r, int index)
{
	return yaml_document_get_node(&r->doc, index);
}

static void list_keys(uint64_t keys, char *list, size_t size)
{
	size_t len = 0;
	int i;

	snprintf(list, size, "nothing");
	for (i = 0; i < NR_KEYS && len < size; i++)
		if (keys & (1ULL << i))
			len += snprintf(list + len, size - len, "%s%s",
					len ? ", " : "", key_names[i]);
}

static const char *verb_word(size_t i)
{
	return i < NR_VERBS ? verb_names[i] : NULL;
}

static int find_verb(struct reader *r, const yaml_node_t *node)
{
	const char *text = text_of(r, node, "what the step does");
	char list[SCENARIO_WHY_LEN / 2];
	int i;

	if (!text)
		return -1;
	for (i = 0; i < NR_VERBS; i++)
		if (!strcmp(verb_names[i], text))
			return i;
	list_words(verb_word, list, sizeof(list));
	return refuse_node(r, node,
			   "`%.64s' is nothing that a step does: its first key is one of %s",
			   text, list);
}

/* what the step is, in words */
static const char *step_words(const struct scenario_step *step, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s", verb_names[step->verb],
		 step->verb == VERB_EXPECT ? " " : "",
		 step->verb == VERB_EXPECT ? what_name(step->subject.number) : "");
	return text;
}

static const struct verb *rules_of(const struct scenario_step *step)
{
	return step->verb == VERB_EXPECT ? &whats[step->subject.number] :
					   &verbs[step->verb];
}

static int find_key(struct reader *r, const yaml_node_t *node)
{
	const char *text = text_of(r, node, "a key");
	const struct verb *rules = rules_of(r->step);
	uint64_t allowed = rules->needs | rules->may;
	char list[SCENARIO_WHY_LEN / 2], words[32];
	int i;

	if (!text)
		return -1;
	for (i = 0; i < NR_KEYS; i++)
		if (allowed & (1ULL << i) && !strcmp(key_names[i], text))
			return i;
	list_keys(allowed, list, sizeof(list));
	return refuse_node(r, node, "`%.64s' is no key of %s, which takes %s",
			   text, step_words(r->step, words, sizeof(words)),
			   list);
}

static int take_key(struct reader *r, const yaml_node_pair_t *pair)
{
	yaml_node_t *name = node_at(r, pair->key);
	yaml_node_t *value = node_at(r, pair->value);
	struct scenario_item *item;
	int key = find_key(r, name);

	if (key < 0)
		return -1;
	item = &r->step->item[key];
	if (item->set)
		return refuse_node(r, name, "`%s' was said already, on line %u",
				   key_names[key], item->at.line);
	item->set = true;
	item->at = mark_of(value);
	return take_for(key)(r, value, item);
}

static int check_missing(struct reader *r)
{
	const struct verb *rules = rules_of(r->step);
	uint64_t missing = rules->needs;
	char list[SCENARIO_WHY_LEN / 2], words[32];
	int i;

	for (i = 0; i < NR_KEYS; i++)
		if (r->step->item[i].set)
			missing &= ~(1ULL << i);
	if (!missing)
		return 0;
	list_keys(missing, list, sizeof(list));
	return refuse(r, r->step->at, "%s: what is missing: %s",
		      step_words(r->step, words, sizeof(words)), list);
}

/* not more than one of them, and one at least if @needed */
static int check_one(struct reader *r, uint64_t keys, bool needed)
{
	const struct scenario_item *said = NULL;
	char list[128], words[32];
	int i;

	list_keys(keys, list, sizeof(list));
	for (i = 0; i < NR_KEYS; i++) {
		const struct scenario_item *item = &r->step->item[i];

		if (!(keys & (1ULL << i)) || !item->set)
			continue;
		if (said)
			return refuse(r, item->at,
				      "%s takes one of %s, not two",
				      step_words(r->step, words, sizeof(words)),
				      list);
		said = item;
	}
	if (!said && needed)
		return refuse(r, r->step->at, "%s: one of these is missing: %s",
			      step_words(r->step, words, sizeof(words)), list);
	return 0;
}

static int check_option(struct reader *r)
{
	struct scenario_item *value = &r->step->item[KEY_VALUE];

	if (!value->set)
		return 0;
	return option_value(r, value->at, r->step->item[KEY_OPTION].option,
			    value->text, &value->number);
}

/* a value of ioctl is of no option */
static int check_count(struct reader *r)
{
	struct scenario_item *value = &r->step->item[KEY_VALUE];

	return value->set ? option_value(r, value->at, NULL, value->text,
					 &value->number) : 0;
}

static int check_together(struct reader *r)
{
	static const uint64_t octets = KEY(DATA) | KEY(HEX) | KEY(SIZE);
	struct scenario_step *step = r->step;

	if (check_one(r, KEY(RETURNS) | KEY(ERRNO), false))
		return -1;
	switch (step->verb) {
	case VERB_SEND:
		return check_one(r, octets, true);
	case VERB_RECV:
		return check_one(r, octets | KEY(RETURNS) | KEY(ERRNO), false);
	case VERB_SETSOCKOPT:
	case VERB_GETSOCKOPT:
		return check_option(r);
	case VERB_IOCTL:
		return check_count(r);
	case VERB_EXPECT:
		return check_one(r, KEY(SKB) | KEY(MESSAGE), false) ?:
		       check_are(r);
	default:
		return 0;
	}
}

static bool is_name(const struct scenario_step *step)
{
	return step->verb != VERB_SOCKETPAIR && step->verb != VERB_FAULT &&
	       step->verb != VERB_HOLD && step->verb != VERB_EXPECT;
}

/* whose namespace: as it says, or that of what it is about */
static void find_end(struct reader *r)
{
	struct scenario_step *step = r->step;
	struct scenario *sc = r->sc;

	if (step_has(step, KEY_IN))
		step->end = step->item[KEY_IN].number;
	else if (step_has(step, KEY_OF))
		step->end = sc->name[step->item[KEY_OF].number].end;
	else if (step_has(step, KEY_BY))
		step->end = sc->name[step->item[KEY_BY].number].end;
	else if (is_name(step))
		step->end = sc->name[step->subject.number].end;
	if (step->verb == VERB_SOCKET || step->verb == VERB_HELD)
		sc->name[step->subject.number].end = step->end;
	if (step->verb == VERB_SOCKETPAIR) {
		sc->name[step->subject.number].end = step->end;
		sc->name[step->subject.number + 1].end = step->end;
	}
	if (step_has(step, KEY_AS))
		sc->name[step->item[KEY_AS].number].end = step->end;
	if (step_has(step, KEY_NAME))
		sc->name[step->item[KEY_NAME].number].end = step->end;
}

static void add_step(struct reader *r, const yaml_node_t *node)
{
	struct scenario *sc = r->sc;

	if (sc->nr_steps == sc->cap_steps) {
		size_t cap = sc->cap_steps ? 2 * sc->cap_steps : 64;
		struct scenario_step **bigger = realloc(sc->step,
					       cap * sizeof(*bigger));

		if (!bigger)
			scenario_no_memory();
		sc->step = bigger;
		sc->cap_steps = cap;
	}
	r->step = scenario_alloc(sc, sizeof(*r->step));
	r->step->at = mark_of(node);
	sc->step[sc->nr_steps++] = r->step;
}

/* 0, or -1 after saying what is wrong */
int read_step(struct reader *r, yaml_node_t *node)
{
	const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	yaml_node_t *subject;
	int verb;

	if (node->type != YAML_MAPPING_NODE ||
	    pair == node->data.mapping.pairs.top)
		return refuse_node(r, node,
				   "a step is a mapping whose first key says what it does");
	verb = find_verb(r, node_at(r, pair->key));
	if (verb < 0)
		return -1;
	add_step(r, node);
	r->step->verb = verb;
	subject = node_at(r, pair->value);
	r->step->subject.set = true;
	r->step->subject.at = mark_of(subject);
	if (verbs[verb].take(r, subject, &r->step->subject))
		return -1;
	while (++pair < node->data.mapping.pairs.top)
		if (take_key(r, pair))
			return -1;
	if (check_missing(r) || check_together(r))
		return -1;
	find_end(r);
	return 0;
}
