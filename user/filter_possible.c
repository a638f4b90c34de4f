// SPDX-License-Identifier: GPL-2.0
/*
 * filter_possible.c - can a filter be true of any event?
 *
 * Called by filter_parse.c. The tree is searched for comparisons that make it
 * true together, for each kind of event, which tells what fields it may have.
 * Within these each field is looked at by itself: so a filter that is refused is
 * true of nothing, while one that is not may still be.
 */
#include <string.h>

#include "filter_tree.h"
#include "skbscope.h"

/* so much is tried; a filter that takes more is let pass */
#define STEPS_MAX	10000

/* kinds of events: refused, at each station, at one that has no name yet */
#define KIND_REFUSED	0
#define KIND_OTHER	(SCOPE_STATION_MAX + 1)

/* a comparison, and whether it is to be true or not */
struct choice {
	const struct filter_node	*node;
	bool				want;
};

/* what is still to be seen to */
struct goal {
	const struct filter_node	*node;
	bool				want;
	const struct goal		*next;
};

struct search {
	int				kind;
	int				steps;
	size_t				nr;
	struct choice			choice[FILTER_NODES];
	const struct filter_node	*wrong;	/* the last that did not fit */
};

static bool kind_has(int kind, unsigned int key)
{
	switch (key) {
	case FILTER_TS:
	case FILTER_CPU:
	case FILTER_KIN:
		return true;
	case FILTER_EVENT:
		return kind == KIND_REFUSED;
	case FILTER_DEV:
		return kind != KIND_REFUSED;
	case FILTER_PATH:
		return kind != KIND_REFUSED &&
		       kind != SCOPE_STATION_SOCKET_SEND;
	case FILTER_FRAME:
		return kind >= SCOPE_STATION_DEVICE_QUEUE &&
		       kind != SCOPE_STATION_SOCKET_QUEUE &&
		       kind != SCOPE_STATION_SOCKET_RECV;
	default:
		return event_may_have(kind == KIND_REFUSED ? EVENT_REFUSED :
							     EVENT_STATION,
				      kind, key);
	}
}

/* fields that no event of the kind lacks */
static bool kind_always_has(int kind, unsigned int key)
{
	return key == FILTER_TS || key == FILTER_CPU || key == FILTER_KIN ||
	       (key == FILTER_EVENT && kind == KIND_REFUSED) ||
	       (key == EVF_STATION && kind != KIND_REFUSED);
}

static bool kind_can_be(int kind, unsigned int key, uint64_t value)
{
	if (key != EVF_STATION)
		return true;
	return kind == KIND_OTHER ? !value || value > SCOPE_STATION_MAX :
				    value == (uint64_t)kind;
}

static uint64_t lowest(const struct filter_node *node)
{
	return node->key == FILTER_PATH ? node->min : filter_key_min(node->key);
}

static uint64_t highest(const struct filter_node *node)
{
	return node->key == FILTER_PATH ? node->max : filter_key_max(node->key);
}

/* of two choices: do they speak of the same thing? */
static bool alike(const struct filter_node *a, const struct filter_node *b)
{
	if (a->key == FILTER_PATH)
		return b->key == FILTER_PATH && a->of == b->of &&
		       a->field.offset == b->field.offset &&
		       a->field.bits == b->field.bits &&
		       a->field.is_signed == b->field.is_signed;
	if (a->key != b->key || !a->text[0] != !b->text[0])
		return false;
	return (a->key != FILTER_KIN && a->key != FILTER_FRAME) ||
	       a->value == b->value;
}

static bool unknown_fits(const struct search *s, const struct filter_node *of)
{
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (alike(s->choice[i].node, of) && s->choice[i].want)
			return false;
	return true;
}

/* NULL is a text that no comparison has */
static bool text_fits(const struct search *s, const struct filter_node *of,
		      const char *text)
{
	size_t i;

	for (i = 0; i < s->nr; i++) {
		const struct filter_node *node = s->choice[i].node;
		bool same = text && !strcmp(text, node->text);
		bool is_true = node->op == FILTER_EQ ? same : !same;

		if (alike(node, of) && is_true != s->choice[i].want)
			return false;
	}
	return true;
}

static bool value_fits(const struct search *s, const struct filter_node *of,
		       uint64_t value)
{
	size_t i;

	if (value < lowest(of) ||
	    value > highest(of) ||
	    !kind_can_be(s->kind, of->key, value))
		return false;
	for (i = 0; i < s->nr; i++) {
		const struct filter_node *node = s->choice[i].node;

		if (alike(node, of) &&
		    filter_compare(node->op, value, node->value) !=
		    s->choice[i].want)
			return false;
	}
	return true;
}

static bool any_text_fits(const struct search *s, const struct filter_node *of)
{
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (alike(s->choice[i].node, of) &&
		    text_fits(s, of, s->choice[i].node->text))
			return true;
	return text_fits(s, of, NULL);
}

/*
 * What is true is so in ranges, which begin at a number that is compared with,
 * behind it, or at the lowest of all: if none of these fits, none does. Bits make
 * more ranges than that: then all numbers are tried, or, where they are many, one
 * is believed to fit.
 */
static bool any_value_fits(const struct search *s, const struct filter_node *of)
{
	uint64_t value, max = highest(of);
	bool bits = false;
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (alike(s->choice[i].node, of) &&
		    s->choice[i].node->op == FILTER_BITS)
			bits = true;
	if (max <= UINT8_MAX) {
		for (value = 0; value <= max; value++)
			if (value_fits(s, of, value))
				return true;
		return false;
	}
	if (bits)
		return true;
	for (i = 0; i < s->nr; i++) {
		if (!alike(s->choice[i].node, of))
			continue;
		value = s->choice[i].node->value;
		if (value_fits(s, of, value) || value_fits(s, of, value + 1))
			return true;
	}
	return value_fits(s, of, lowest(of));
}

/* one sk_buff either came of another or not, a frame is what it is or not */
static bool kin_fits(const struct search *s, const struct filter_node *of)
{
	return text_fits(s, of, of->text) || text_fits(s, of, NULL);
}

/* is there a value of the field that suits all that was chosen? */
static bool fits(const struct search *s, const struct filter_node *of)
{
	if (!kind_always_has(s->kind, of->key) && unknown_fits(s, of))
		return true;
	if (!kind_has(s->kind, of->key))
		return false;
	/* what it is, is not known yet */
	if (of->key == FILTER_PATH && !of->field.bits)
		return true;
	if (of->key == FILTER_KIN || of->key == FILTER_FRAME)
		return kin_fits(s, of);
	return of->text[0] ? any_text_fits(s, of) : any_value_fits(s, of);
}

static bool reach(struct search *s, const struct goal *goal);

static bool choose(struct search *s, const struct goal *goal)
{
	bool found;

	s->choice[s->nr].node = goal->node;
	s->choice[s->nr++].want = goal->want;
	found = fits(s, goal->node);
	if (found)
		found = reach(s, goal->next);
	else if (!s->wrong || goal->node->at > s->wrong->at)
		s->wrong = goal->node;
	s->nr--;
	return found;
}

static bool reach(struct search *s, const struct goal *goal)
{
	struct goal left, right;
	bool all;

	if (!goal || --s->steps < 0)
		return true;
	if (goal->node->kind == FILTER_COMPARE)
		return choose(s, goal);
	left = (struct goal){ goal->node->left, goal->want, goal->next };
	if (goal->node->kind == FILTER_NOT) {
		left.want = !goal->want;
		return reach(s, &left);
	}
	right = (struct goal){ goal->node->right, goal->want, goal->next };
	all = (goal->node->kind == FILTER_AND) == goal->want;
	if (!all)
		return reach(s, &left) || reach(s, &right);
	left.next = &right;
	return reach(s, &left);
}

/* where one comparison can be true of nothing, what stands beside it is idle */
bool filter_one_possible(const struct filter_node *node)
{
	struct search s = { .kind = KIND_OTHER, .nr = 1 };

	if (node->key == FILTER_KIN || node->key == FILTER_FRAME ||
	    node->text[0])
		return true;
	s.choice[0] = (struct choice){ node, true };
	if (node->key == EVF_STATION)
		for (s.kind = 1; s.kind < KIND_OTHER; s.kind++)
			if (any_value_fits(&s, node))
				return true;
	if (node->op == FILTER_BITS && !node->value)
		return false;
	return any_value_fits(&s, node);
}

/**
 * filter_contradiction - look for an event that the filter is true of
 *
 * Return: NULL if there may be one, else the last comparison that was found to
 * contradict those before it.
 */
const struct filter_node *filter_contradiction(const struct filter *filter)
{
	const struct goal goal = { filter->root, true, NULL };
	struct search s = { .steps = STEPS_MAX };

	for (s.kind = 0; s.kind <= KIND_OTHER; s.kind++)
		if (reach(&s, &goal))
			return NULL;
	return s.wrong;
}
