// SPDX-License-Identifier: GPL-2.0
/*
 * scenario_rule.c - faults, holds and verdicts of a scenario
 *
 * Called by scenario_step.c and, for its keys, by scenario_value.c. The words are those
 * of the command line, read by rule.c and order.c.
 */
#include <stdio.h>
#include <string.h>

#include "scenario_value.h"

/* words with blanks between them; in a list, a word may have some itself */
static int words_of(struct reader *r, yaml_node_t *node,
		    struct scenario_item *item)
{
	yaml_node_t **nodes;
	char *text, *word;

	if (node->type == YAML_SEQUENCE_NODE)
		return list_of(r, node, "a word", item, &nodes) > 0 ? 0 :
		       refuse_node(r, node, "words are wanted here");
	text = (char *)text_of(r, node, "a text of words");
	if (!text)
		return -1;
	item->word = scenario_alloc(r->sc, (strlen(text) + 1) *
				    sizeof(*item->word));
	for (word = strtok(text, " "); word; word = strtok(NULL, " "))
		item->word[item->nr_words++] = word;
	return item->nr_words ? 0 : refuse_node(r, node,
						"words are wanted here");
}

/* what only the running scenario knows: cookies and the numbers of devices */
static bool is_late(const char *word)
{
	return !strncmp(word, "sock=", 5) || !strncmp(word, "dev=", 4);
}

static int take_late(struct reader *r, const yaml_node_t *node,
		     const char *word)
{
	const char *value = strchr(word, '=') + 1;
	struct scenario_step *step = r->step;
	int i = find_name(r->sc, value);
	bool dev = *word == 'd';

	if (dev && strcmp(value, SCOPE_DEV_NAME) &&
	    (!r->sc->veth || (strcmp(value, "ve0") && strcmp(value, "ve1"))))
		return refuse_node(r, node, "dev=: `%.64s' is no device here: %s",
				   value, r->sc->veth ?
				   "scope0, ve0 and ve1 are" : "scope0 is");
	if (!dev && (i < 0 || r->sc->name[i].kind != NAME_SOCKET))
		return refuse_node(r, node, "sock=: there is no socket `%.64s'",
				   value);
	for (i = 0; i < (int)step->nr_late; i++)
		if (*step->late[i] == *word)
			return refuse_node(r, node,
					   "`%.64s' is too much: it was said already",
					   word);
	step->late[step->nr_late++] = word;
	return 0;
}

/* the words of `skbscope fault add', or for a hold those of `skbscope step' */
int take_rule(struct reader *r, yaml_node_t *node, struct scenario_item *item)
{
	struct rule *rule = &r->step->rule;
	size_t i = 1;
	char why[RULE_WHY_LEN];

	if (words_of(r, node, item))
		return -1;
	r->step->late = scenario_alloc(r->sc, item->nr_words *
				       sizeof(*r->step->late));
	if (rule_stations(rule, item->word[0], why))
		return refuse_node(r, node, "%s", why);
	if (r->step->verb == VERB_HOLD) {
		num_set(&rule->n, SKBSCOPE_A_RULE_ACTION,
			SKBSCOPE_ACTION_HOLD);
	} else {
		if (rule_kind(rule, item->nr_words > 1 ? item->word[1] : "",
			      why))
			return refuse_node(r, node, "%s", why);
		i = 2;
	}
	for (; i < item->nr_words; i++) {
		if (!strncmp(item->word[i], "skb=", 4))
			return refuse_node(r, node,
					   "`%.64s': which number an sk_buff gets is not known before; nth= is",
					   item->word[i]);
		if (is_late(item->word[i])) {
			if (take_late(r, node, item->word[i]))
				return -1;
		} else if (rule_word(rule, item->word[i], why)) {
			return refuse_node(r, node, "%s", why);
		}
	}
	return rule_check(rule, why) ? refuse_node(r, node, "%s", why) : 0;
}

int take_order(struct reader *r, yaml_node_t *node, struct scenario_item *item)
{
	char why[ORDER_WHY_LEN];
	int ret;

	if (words_of(r, node, item))
		return -1;
	r->step->order = scenario_alloc(r->sc, sizeof(*r->step->order));
	ret = order_parse(r->step->order, (char **)item->word, item->nr_words,
			  why);
	if (ret < 0)
		return refuse_node(r, node, "%s", why);
	return ret ? refuse_node(r, node,
				 "`%.64s' is no verdict: continue, step, drop, duplicate, clone, edit, mark, priority, expand, linearize are",
				 item->word[0]) : 0;
}
