// SPDX-License-Identifier: GPL-2.0
/*
 * play_rule.c - what a scenario makes fail, what it holds, and what becomes of it
 *
 * Called by play.c. Rules go with the netlink connection of their namespace, which
 * is the scenario's.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "message.h"
#include "names.h"
#include "netlink_held.h"
#include "netlink_rule.h"
#include "play.h"
#include "stop.h"

static int say(struct play *p, struct netlink *nl, const char *what, int ret)
{
	const char *words = netlink_error(nl);

	return play_fail(p, "%s: %s", what, *words ? words : errno_name(-ret));
}

static struct netlink *ask_of(const struct play *p,
			      const struct scenario_step *step)
{
	return p->end[step->end].ask;
}

static int find_name(const struct play *p, const char *text)
{
	size_t i = p->sc->nr_names;

	while (i--)
		if (!strcmp(p->sc->name[i].text, text))
			return i;
	return -1;
}

/* what is known by now */
static int add_late(struct play *p, struct scenario_step *step)
{
	char why[RULE_WHY_LEN], word[40];
	size_t i;

	for (i = 0; i < step->nr_late; i++) {
		const char *text = step->late[i];

		if (!strncmp(text, "sock=", 5)) {
			int name = find_name(p, text + 5);

			snprintf(word, sizeof(word), "sock=%" PRIu64,
				 p->thing[name].cookie);
			text = word;
		}
		if (rule_word(&step->rule, text, why))
			return play_fail(p, "%s", why);
	}
	return 0;
}

/* a fault, or a hold */
int play_rule(struct play *p, struct scenario_step *step)
{
	int ret;

	if (add_late(p, step))
		return -1;
	ret = netlink_rule_add(ask_of(p, step), &step->rule);
	if (ret)
		return say(p, ask_of(p, step), "the rule was refused", ret);
	if (step_has(step, KEY_NAME))
		p->thing[step->item[KEY_NAME].number].rule =
			num_get(&step->rule.n, SKBSCOPE_A_RULE_ID);
	return 0;
}

static uint32_t rule_of(const struct play *p, const struct scenario_step *step)
{
	return p->thing[step->subject.number].rule;
}

/* what it holds goes on */
int play_remove(struct play *p, const struct scenario_step *step)
{
	int ret = netlink_rule_del(ask_of(p, step), rule_of(p, step));

	return ret ? say(p, ask_of(p, step), "the rule can't be removed", ret) :
		     0;
}

/* the same, and the rule stays */
int play_release(struct play *p, const struct scenario_step *step)
{
	int ret = netlink_release(ask_of(p, step), rule_of(p, step));

	return ret ? say(p, ask_of(p, step), "nothing can be released", ret) :
		     0;
}

/**
 * struct wanted - a stay that a step waits for
 * @id: of the one that was found, or 0
 * @others: how many there are that are none
 */
struct wanted {
	const struct play		*p;
	const struct scenario_step	*step;
	const struct thing		*thing;
	uint64_t			id;
	struct lines			*others;
};

/* another packet of the scenario stands there */
static bool is_named(const struct wanted *w, uint64_t id)
{
	size_t i;

	for (i = 0; i < w->p->sc->nr_names; i++)
		if (w->p->sc->name[i].kind == NAME_PACKET &&
		    w->p->thing[i].stay == id)
			return true;
	return false;
}

static bool is_wanted(const struct wanted *w, const struct held *held)
{
	const struct scenario_item *at = &w->step->item[KEY_AT];
	const struct scenario_item *by = &w->step->item[KEY_BY];

	if (is_named(w, num_get(&held->n, SKBSCOPE_A_HELD_ID)))
		return false;
	if (w->thing->skb &&
	    num_get(&held->skb, SKBSCOPE_A_SKB_ID) != w->thing->skb &&
	    num_get(&held->skb, SKBSCOPE_A_SKB_PARENT) != w->thing->skb)
		return false;
	if (at->set && (int64_t)num_get(&held->n, SKBSCOPE_A_HELD_STATION) !=
	    at->number)
		return false;
	return !by->set || num_get(&held->n, SKBSCOPE_A_HELD_RULE) ==
	       w->p->thing[by->number].rule;
}

/* a netlink_held_fn */
static int look_at(int cmd, const struct held *held, void *arg)
{
	struct wanted *w = arg;
	char name[NAME_LEN];

	(void)cmd;
	if (!w->id && is_wanted(w, held))
		w->id = num_get(&held->n, SKBSCOPE_A_HELD_ID);
	else if (w->others)
		lines_add(w->others, "another one is held at %s, %" PRIu64 " octets",
			  name_station(num_get(&held->n,
					       SKBSCOPE_A_HELD_STATION), name),
			  num_get(&held->skb, SKBSCOPE_A_SKB_LEN));
	return 0;
}

static int find_stay(struct play *p, const struct scenario_step *step,
		     uint64_t *id)
{
	struct wanted w = { .p = p, .step = step,
			    .thing = &p->thing[step->subject.number] };
	uint64_t since = clock_ns(CLOCK_MONOTONIC);
	int ret;

	do {
		ret = netlink_held_all(ask_of(p, step), look_at, &w);
		if (ret)
			return say(p, ask_of(p, step),
				   "asking for held packets failed", ret);
		if (w.id) {
			*id = w.id;
			return 0;
		}
	} while (play_again(p, since));
	play_fail(p, "no such packet is held");
	w.others = &p->why;
	netlink_held_all(ask_of(p, step), look_at, &w);
	return -1;
}

static const char *field_of(const struct stop_field *field, size_t nr,
			    const char *name)
{
	for (; nr--; field++) {
		size_t len = strlen(field->of);

		if (!strncmp(name, field->of, len) && name[len] == '.' &&
		    !strcmp(name + len + 1, field->name))
			return *field->now ? field->now : "null";
	}
	return "null";
}

static int compare_fields(struct play *p, const struct scenario_step *step,
			  const struct held *held)
{
	const struct scenario_item *fields = &step->item[KEY_FIELDS];
	struct stop stop = { .number = 1, .held = *held };
	struct lines expected = { 0 }, seen = { 0 };
	struct stop_field field[STOP_FIELDS];
	size_t nr = stop_fields(&stop, field), i;
	int ret = 0;

	for (i = 0; i < fields->nr_fields; i++)
		play_compare_one(&fields->field[i],
				 field_of(field, nr, fields->field[i].name),
				 &expected, &seen);
	if (!play_same(&expected, &seen))
		ret = play_differ(p, "the held packet is another one",
				  &expected, &seen);
	lines_clear(&expected);
	lines_clear(&seen);
	return ret;
}

/* wait for a packet that is held */
int play_held(struct play *p, const struct scenario_step *step)
{
	struct thing *thing = &p->thing[step->subject.number];
	char name[NAME_LEN];
	struct held held;
	uint64_t id = 0;
	int ret;

	if (find_stay(p, step, &id))
		return -1;
	ret = netlink_held(ask_of(p, step), id, &held);
	if (ret) {
		held_clear(&held);
		return say(p, ask_of(p, step), "it went on at once", ret);
	}
	thing->stay = id;
	thing->skb = num_get(&held.skb, SKBSCOPE_A_SKB_ID);
	snprintf(p->did, sizeof(p->did), "at %s",
		 name_station(num_get(&held.n, SKBSCOPE_A_HELD_STATION), name));
	ret = compare_fields(p, step, &held);
	held_clear(&held);
	return ret;
}

/* gone, unless others before it have to go first */
static void await_gone(struct play *p, struct netlink *nl, uint64_t id)
{
	uint64_t since = clock_ns(CLOCK_MONOTONIC);
	struct held held;
	bool there;

	do {
		there = !netlink_held(nl, id, &held) &&
			!num_has(&held.n, SKBSCOPE_A_HELD_BEHIND);
		held_clear(&held);
	} while (there && play_again(p, since));
}

static void name_copy(struct play *p, const struct scenario_step *step,
		      uint64_t made)
{
	struct thing *thing = &p->thing[step->item[KEY_AS].number];
	struct held held;

	if (!step_has(step, KEY_AS))
		return;
	thing->stay = made;
	if (!netlink_held(ask_of(p, step), made, &held))
		thing->skb = num_get(&held.skb, SKBSCOPE_A_SKB_ID);
	held_clear(&held);
}

static int verdict_differs(struct play *p, const char *wanted, int err)
{
	struct lines expected = { 0 }, seen = { 0 };
	int ret;

	lines_add(&expected, "verdict: %s", wanted);
	lines_add(&seen, "verdict: %s", err ? errno_name(err) : "no error");
	ret = play_differ(p, "the verdict was answered otherwise", &expected,
			  &seen);
	lines_clear(&expected);
	lines_clear(&seen);
	return ret;
}

int play_verdict(struct play *p, const struct scenario_step *step)
{
	const struct thing *thing = &p->thing[step->subject.number];
	const struct scenario_item *err = &step->item[KEY_ERRNO];
	struct netlink *nl = ask_of(p, step);
	uint64_t made = 0;
	int ret;

	ret = -netlink_verdict(nl, thing->stay, step->order, &made);
	snprintf(p->did, sizeof(p->did), "%s", ret ? errno_name(ret) :
		 step->item[KEY_DO].word[0]);
	if (ret != (err->set ? err->number : 0)) {
		if (ret && *netlink_error(nl))
			lines_add(&p->why, "%s", netlink_error(nl));
		return verdict_differs(p, err->set ? err->text : "no error",
				       ret);
	}
	if (ret)
		return 0;
	if (order_is_last(step->order))
		await_gone(p, nl, thing->stay);
	else if (made)
		name_copy(p, step, made);
	return 0;
}
