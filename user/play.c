// SPDX-License-Identifier: GPL-2.0
/*
 * play.c - a scenario from its first step to its last
 *
 * Called by cmd_play.c in a process of its own, whose end takes with it all that
 * was made: sockets, rules, held packets, namespaces. It stays on one CPU, and a
 * step begins when what the one before set off has come to rest: so each run has
 * the same events in the same order.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "family.h"
#include "message.h"
#include "names.h"
#include "netlink.h"
#include "play.h"
#include "reasons.h"
#include "signals.h"

#define PAUSE_NS	2000000L
#define SETTLE_NS	5000000000ULL

/* always -1 */
int play_fail(struct play *p, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	lines_add(&p->why, "%s", text);
	return -1;
}

/* between two looks at what is awaited; false when that was for so long */
bool play_pause(struct play *p, uint64_t since, uint64_t patience)
{
	struct timespec ts = { .tv_nsec = PAUSE_NS };

	if (signals_caught(NULL))
		p->signalled = true;
	if (p->signalled || clock_ns(CLOCK_MONOTONIC) - since > patience)
		return false;
	nanosleep(&ts, NULL);
	return true;
}

/* what may not come at all: as long as the user says */
bool play_again(struct play *p, uint64_t since)
{
	return play_pause(p, since, p->options->patience);
}

static uint64_t moving(const struct play *p)
{
	struct ledger ledger;
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < p->nr_ends; i++)
		if (!netlink_ledger(p->end[i].ask, &ledger))
			sum += num_get(&ledger.n, SKBSCOPE_A_LEDGER_MOVING);
	return sum;
}

/* until no packet is on its way any more */
void play_settle(struct play *p)
{
	uint64_t since = clock_ns(CLOCK_MONOTONIC);

	play_log_drain(p);
	while (moving(p) && play_pause(p, since, SETTLE_NS))
		play_log_drain(p);
}

static int one_cpu(void)
{
	cpu_set_t set;
	int cpu;

	if (sched_getaffinity(0, sizeof(set), &set))
		return -1;
	for (cpu = 0; cpu < CPU_SETSIZE && !CPU_ISSET(cpu, &set); cpu++)
		;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* of drops, what this kernel has no such name for can't be counted */
static int check_reasons(const struct play *p)
{
	struct reasons *known = reasons_here();
	int ret = 0;
	size_t i, j;

	for (i = 0; known && i < p->sc->nr_steps; i++) {
		const struct scenario_step *step = p->sc->step[i];
		const struct scenario_item *fields = &step->item[KEY_FIELDS];

		if (step->verb != VERB_EXPECT ||
		    step->subject.number != WHAT_LEDGER)
			continue;
		for (j = 0; j < fields->nr_fields; j++) {
			const struct scenario_field *f = &fields->field[j];

			if (!field_is_reason(f->name) ||
			    drop_by_name(f->name) >= 0 ||
			    reasons_have(known, f->name))
				continue;
			complain("%s:%u:%u: this kernel drops nothing for `%s'",
				 p->file, f->at.line, f->at.column, f->name);
			ret = -1;
		}
	}
	reasons_free(known);
	return ret;
}

/* 0, or -1 after saying why */
static int open_all(struct play *p)
{
	size_t i;

	p->thing = calloc(p->sc->nr_names + 1, sizeof(*p->thing));
	if (!p->thing || one_cpu()) {
		complain("a scenario can't begin: %s", strerror(errno));
		return -1;
	}
	for (i = 0; i < p->sc->nr_names; i++)
		p->thing[i].fd = -1;
	if (family_number(&p->family) || check_reasons(p) ||
	    play_open_ends(p) || play_log_open(p))
		return -1;
	return 0;
}

static int do_step(struct play *p, struct scenario_step *step)
{
	if (play_enter(p, step->end))
		return play_fail(p, "the namespace can't be entered: %s",
				 errno_name(errno));
	switch (step->verb) {
	case VERB_WAIT:
		return play_wait(p, step);
	case VERB_FAULT:
	case VERB_HOLD:
		return play_rule(p, step);
	case VERB_RELEASE:
		return play_release(p, step);
	case VERB_REMOVE:
		return play_remove(p, step);
	case VERB_HELD:
		return play_held(p, step);
	case VERB_VERDICT:
		return play_verdict(p, step);
	case VERB_EXPECT:
		return play_expect(p, step);
	default:
		return play_call(p, step);
	}
}

/* an expectation that fails is one; without a call the others make no sense */
static bool ends_it(const struct play *p, const struct scenario_step *step)
{
	return p->signalled || step->verb != VERB_EXPECT;
}

/* how many failed */
static size_t run_steps(struct play *p)
{
	size_t failed = 0, i;
	unsigned int line = 0;
	int ret;

	for (i = 0; i < p->sc->nr_steps; i++) {
		struct scenario_step *step = p->sc->step[i];

		if (line) {
			play_report_skip(p, i, line);
			continue;
		}
		p->did[0] = '\0';
		lines_clear(&p->why);
		ret = do_step(p, step);
		failed += !!ret;
		play_settle(p);
		if (p->signalled && ret)
			play_fail(p, "a signal ended it");
		play_report_step(p, i, !ret);
		if (ret && ends_it(p, step))
			line = step->at.line;
	}
	lines_clear(&p->why);
	return failed;
}

/**
 * play_run - run a scenario, in this process from now on
 * @file: its name, for what is told
 *
 * Return: an exit status.
 */
int play_run(const char *file, struct scenario *sc,
	     const struct play_options *options)
{
	struct play p = { .file = file, .sc = sc, .options = options };
	int status = EXIT_SYSTEM;
	size_t failed;

	signals_catch();
	if (!open_all(&p)) {
		play_report_begin(&p);
		failed = run_steps(&p);
		if (options->output == PLAY_JSON) {
			if (play_log_update(&p))
				failed++;
			if (play_log_lost(&p))
				complain("%s: events were lost; --buffer-size makes room",
					 file);
			play_log_json(&p);
		}
		play_report_end(&p, failed);
		status = failed ? EXIT_SYSTEM : EXIT_OK;
	}
	play_log_close(&p);
	play_close_ends(&p);
	free(p.thing);
	return status;
}
