// SPDX-License-Identifier: GPL-2.0
/*
 * stepper.c - packets are stopped, looked at, and let go on
 *
 * Called by cmd_step.c and the two views, step_plain.c and step_screen.c. The
 * kernel tells who is held and who is held no more; each is asked for its octets
 * when it comes, and kept when it goes, so that one can look back.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "family.h"
#include "message.h"
#include "names.h"
#include "netlink_held.h"
#include "netlink_rule.h"
#include "signals.h"
#include "stepper.h"

#define POLL_MS		20

/* for so long a packet that went on may be on its way to its next stop */
#define FOLLOW_NS	300000000ULL

/* rounds without news until CMD's end is the end of its packets, too */
#define GRACE_ROUNDS	3

static void say(struct stepper *s, const struct netlink *nl, const char *what,
		int err)
{
	const char *words = nl ? netlink_error(nl) : "";

	snprintf(s->said, sizeof(s->said), "%s: %s", what,
		 *words ? words : strerror(-err));
}

/* 0, or -1 after saying why */
static int open_netlink(struct stepper *s)
{
	int ret;

	s->ask = family_netlink();
	if (!s->ask)
		return -1;
	s->hear = family_netlink();
	if (!s->hear)
		return -1;
	ret = netlink_subscribe_held(s->hear);
	if (ret)
		complain("held packets can't be heard of: %s", strerror(-ret));
	return ret;
}

/**
 * stepper_open - get ready; CMD waits
 * @s: zero, or with what stepper_close() needs where this fails
 * @rule: the caller's
 * @command: NULL for none
 *
 * Return: 0, or -1 after saying why.
 */
int stepper_open(struct stepper *s, struct rule *rule, size_t nr_rules,
		 char **command)
{
	s->rule = rule;
	s->nr_rules = nr_rules;
	signals_catch();
	if (command && child_prepare(&s->child, command))
		return -1;
	s->command = command;
	return open_netlink(s);
}

/* the rules count from now on, and CMD runs; 0, or -1 after saying why */
int stepper_start(struct stepper *s)
{
	size_t i;
	int ret;

	for (i = 0; i < s->nr_rules; i++) {
		ret = netlink_rule_add(s->ask, &s->rule[i]);
		if (ret) {
			say(s, s->ask, "the rule was refused", ret);
			complain("%s", s->said);
			return -1;
		}
	}
	if (s->command)
		child_start(&s->child);
	return 0;
}

static bool is_ours(const struct stepper *s, const struct held *held)
{
	uint64_t id = num_get(&held->n, SKBSCOPE_A_HELD_RULE);
	size_t i;

	for (i = 0; i < s->nr_rules; i++)
		if (num_get(&s->rule[i].n, SKBSCOPE_A_RULE_ID) == id)
			return true;
	return false;
}

static struct stop *find_stop(const struct stepper *s, uint64_t id)
{
	size_t i = s->nr_stops;

	while (i--)
		if (stop_id(s->stop[i]) == id)
			return s->stop[i];
	return NULL;
}

static const struct stop *last_of(const struct stepper *s, uint64_t skb)
{
	size_t i = s->nr_stops;

	while (skb && i--)
		if (stop_skb(s->stop[i]) == skb)
			return s->stop[i];
	return NULL;
}

static const struct stop *stop_before(const struct stepper *s,
				      const struct stop *stop)
{
	const struct stop *before = last_of(s, stop_skb(stop));

	return before ?: last_of(s, num_get(&stop->held.skb,
					    SKBSCOPE_A_SKB_PARENT));
}

/* where others use skb->cb it is not known, but it is as it was */
static void keep_parent(struct stop *stop)
{
	static const int attrs[] = {
		SKBSCOPE_A_SKB_PARENT, SKBSCOPE_A_SKB_RELATION,
	};
	size_t i;

	if (!stop->before || stop_skb(stop->before) != stop_skb(stop) ||
	    num_get(&stop->held.skb, SKBSCOPE_A_SKB_PARENT))
		return;
	for (i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++)
		num_set(&stop->held.skb, attrs[i],
			num_get(&stop->before->held.skb, attrs[i]));
}

/* one that has gone again has told its numbers, but no octets */
static int look_closely(struct stepper *s, struct stop *stop)
{
	struct held held;
	int ret = netlink_held(s->ask, stop_id(stop), &held);

	if (ret) {
		held_clear(&held);
		return ret == -ENOENT ? 0 : ret;
	}
	held_clear(&stop->held);
	stop->held = held;
	keep_parent(stop);
	return 0;
}

static int add_stop(struct stepper *s, const struct held *held)
{
	struct stop *stop;
	int ret;

	if (s->nr_stops == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 64;
		struct stop **bigger = realloc(s->stop, cap * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		s->stop = bigger;
		s->cap = cap;
	}
	stop = calloc(1, sizeof(*stop));
	if (!stop)
		return -ENOMEM;
	stop->held = *held;
	stop->held.bytes = NULL;
	stop->held.len = 0;
	stop->number = s->nr_stops + 1;
	stop->before = stop_before(s, stop);
	keep_parent(stop);
	ret = look_closely(s, stop);
	s->stop[s->nr_stops++] = stop;
	return ret;
}

static void end_stop(struct stepper *s, struct stop *stop, uint32_t why)
{
	if (stop->over)
		return;
	stop->over = true;
	stop->why = why;
	if (s->current == stop)
		s->current = NULL;
	s->news(s, stop, s->arg);
}

/* a netlink_held_fn */
static int take_notice(int cmd, const struct held *held, void *arg)
{
	struct stepper *s = arg;
	struct stop *stop;

	if (!is_ours(s, held))
		return 0;
	stop = find_stop(s, num_get(&held->n, SKBSCOPE_A_HELD_ID));
	if (cmd != SKBSCOPE_CMD_HELD_DEL_NTF)
		return stop ? 0 : add_stop(s, held);
	if (stop)
		end_stop(s, stop, num_get(&held->n, SKBSCOPE_A_HELD_WHY));
	return 0;
}

struct count {
	struct stepper	*s;
	bool		*there;
	size_t		nr;
};

static int note_there(int cmd, const struct held *held, void *arg)
{
	struct count *count = arg;
	struct stop *stop;

	(void)cmd;
	stop = find_stop(count->s, num_get(&held->n, SKBSCOPE_A_HELD_ID));
	if (stop && stop->number <= count->nr)
		count->there[stop->number - 1] = true;
	return stop ? 0 : take_notice(SKBSCOPE_CMD_HELD_NTF, held, count->s);
}

/* some notices were lost: ask who is held, and who is not any more */
static int ask_again(struct stepper *s)
{
	struct count count = { .s = s, .nr = s->nr_stops };
	size_t i;
	int ret;

	count.there = calloc(count.nr + 1, sizeof(*count.there));
	if (!count.there)
		return -ENOMEM;
	ret = netlink_held_all(s->ask, note_there, &count);
	for (i = 0; !ret && i < count.nr; i++)
		if (!count.there[i])
			end_stop(s, s->stop[i], 0);
	free(count.there);
	return ret;
}

static int hear(struct stepper *s)
{
	int ret = netlink_held_notices(s->hear, take_notice, s);

	return ret == -ENOBUFS ? ask_again(s) : ret;
}

static bool is_held(const struct stop *stop)
{
	return !stop->over && !stop->told;
}

/* that waits for an order, not only behind another one */
static bool waits(const struct stop *stop)
{
	return is_held(stop) && !num_has(&stop->held.n, SKBSCOPE_A_HELD_BEHIND);
}

static bool is_followed(const struct stepper *s, const struct stop *stop)
{
	return waits(stop) &&
	       (stop_skb(stop) == s->follow ||
		num_get(&stop->held.skb, SKBSCOPE_A_SKB_PARENT) == s->follow);
}

static struct stop *choose(struct stepper *s)
{
	size_t i;

	if (s->follow) {
		for (i = s->nr_stops; i--;)
			if (is_followed(s, s->stop[i]))
				return s->stop[i];
		if (clock_ns(CLOCK_MONOTONIC) < s->until)
			return NULL;
		s->follow = 0;
	}
	for (i = 0; i < s->nr_stops; i++)
		if (waits(s->stop[i]))
			return s->stop[i];
	return NULL;
}

static void look_at(struct stepper *s, struct stop *stop)
{
	s->current = stop;
	s->shown = stop;
	s->follow = 0;
	s->news(s, stop, s->arg);
}

static void look_for_one(struct stepper *s)
{
	struct stop *stop;

	if (s->current)
		return;
	stop = choose(s);
	if (stop)
		look_at(s, stop);
}

/* signals are for CMD, too, but those that the terminal sends it itself */
static void take_signals(struct stepper *s)
{
	bool from_terminal;
	int number = signals_caught(&from_terminal);

	if (!number)
		return;
	s->signalled = true;
	if (s->command && !from_terminal)
		child_signal(&s->child, number);
}

bool stepper_child_over(struct stepper *s)
{
	take_signals(s);
	return !s->command || child_ended(&s->child);
}

static bool any_held(const struct stepper *s)
{
	size_t i = s->nr_stops;

	while (i--)
		if (!s->stop[i]->over)
			return true;
	return false;
}

/**
 * stepper_wait - until there is news, input, or a while has passed
 * @input: a descriptor to look at, too; -1 for none
 *
 * Return: STEPPER_*, or -errno with @s->said.
 */
int stepper_wait(struct stepper *s, int input, int timeout_ms)
{
	struct pollfd pfd[] = {
		{ .fd = netlink_fd(s->hear), .events = POLLIN },
		{ .fd = input, .events = POLLIN },
	};
	int ret, what = 0;

	if ((s->command && !s->child.ended) || s->follow)
		timeout_ms = timeout_ms < POLL_MS ? timeout_ms : POLL_MS;
	if (poll(pfd, 2, timeout_ms) < 0 && errno != EINTR)
		return -errno;
	ret = hear(s);
	if (ret) {
		say(s, s->ask, "asking for held packets failed", ret);
		return ret;
	}
	if (pfd[1].revents)
		what |= STEPPER_INPUT;
	look_for_one(s);
	if (stepper_child_over(s) && s->command && !any_held(s)) {
		if (s->grace++ >= GRACE_ROUNDS)
			what |= STEPPER_OVER;
	} else {
		s->grace = 0;
	}
	return s->signalled ? what | STEPPER_OVER : what;
}

static void go_on(struct stepper *s, const struct order *order)
{
	struct stop *stop = s->current;

	stop->told = true;
	s->current = NULL;
	if (order->verdict == SKBSCOPE_VERDICT_DROP)
		return;
	s->follow = stop_skb(stop);
	s->until = clock_ns(CLOCK_MONOTONIC) + FOLLOW_NS;
}

/**
 * stepper_order - have something done with the current packet
 *
 * Return: 0 or -errno with @s->said.
 */
int stepper_order(struct stepper *s, const struct order *order)
{
	struct stop *stop = s->current;
	uint64_t made;
	int ret;

	if (!stop) {
		snprintf(s->said, sizeof(s->said), "no packet is held");
		return -ENOENT;
	}
	if (s->shown != stop) {
		snprintf(s->said, sizeof(s->said),
			 "what is shown is over: go forward to the packet that is held");
		return -EINVAL;
	}
	ret = netlink_verdict(s->ask, stop_id(stop), order, &made);
	if (ret == -ENOENT)
		snprintf(s->said, sizeof(s->said),
			 "it is held no more");
	else if (ret)
		say(s, s->ask, "that can't be done", ret);
	if (ret)
		return ret;
	if (order_is_last(order)) {
		go_on(s, order);
		return 0;
	}
	ret = look_closely(s, stop);
	if (ret)
		say(s, s->ask, "asking for the packet failed", ret);
	return ret;
}

/* to the stop that was there before, or after; false where there is none */
bool stepper_back(struct stepper *s)
{
	if (!s->shown || s->shown->number < 2)
		return false;
	s->shown = s->stop[s->shown->number - 2];
	return true;
}

bool stepper_forward(struct stepper *s)
{
	if (!s->shown || s->shown->number >= s->nr_stops)
		return false;
	s->shown = s->stop[s->shown->number];
	/* one that is held is what orders are for */
	if (waits(s->shown))
		s->current = s->shown;
	return true;
}

static bool turn_to(struct stepper *s, struct stop *stop)
{
	if (!waits(stop))
		return false;
	s->current = stop;
	s->shown = stop;
	return true;
}

/* to the next packet that is held; false where there is no other one */
bool stepper_next(struct stepper *s)
{
	size_t from = s->current ? s->current->number : 0, i;

	for (i = 0; i < s->nr_stops; i++)
		if (turn_to(s, s->stop[(from + i) % s->nr_stops]))
			return from != s->current->number;
	return false;
}

/* by the number of the stay */
bool stepper_switch(struct stepper *s, uint64_t id)
{
	struct stop *stop = find_stop(s, id);

	return stop && turn_to(s, stop);
}

/* the rules end, and what they hold goes on */
void stepper_release(struct stepper *s)
{
	size_t i;

	for (i = 0; i < s->nr_rules; i++)
		if (num_has(&s->rule[i].n, SKBSCOPE_A_RULE_ID))
			netlink_rule_del(s->ask,
					 num_get(&s->rule[i].n,
						 SKBSCOPE_A_RULE_ID));
}

/* CMD's, if there is one */
int stepper_status(const struct stepper *s)
{
	return s->command ? s->child.status : EXIT_OK;
}

void stepper_close(struct stepper *s)
{
	size_t i;

	if (s->command && !s->child.started)
		child_cancel(&s->child);
	netlink_close(s->ask);
	netlink_close(s->hear);
	for (i = 0; i < s->nr_stops; i++) {
		held_clear(&s->stop[i]->held);
		free(s->stop[i]);
	}
	free(s->stop);
}
