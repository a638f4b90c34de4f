// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_step.c - `skbscope step': stops packets and lets them go on
 *
 * Called by main.c. The model is stepper.c, the views step_screen.c and step_plain.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "message.h"
#include "names.h"
#include "step.h"

#define RULES_MAX	16

struct step {
	/* options */
	bool		plain;
	bool		json;
	struct rule	rule[RULES_MAX];
	size_t		nr_rules;
	char		**command;
};

enum { OPT_PLAIN = 256 };

static const struct argp_option options[] = {
	{ "plain", OPT_PLAIN, NULL, 0,
	  "no screen: read commands from stdin, one a line, and write text", 0 },
	{ "json", 'j', NULL, 0,
	  "with --plain, JSON Lines: one object a stop", 0 },
	{ 0 }
};

static void new_rule(struct step *s, struct argp_state *state,
		     const char *stations)
{
	char why[RULE_WHY_LEN];
	struct rule *rule;

	if (s->nr_rules == RULES_MAX)
		argp_error(state, "`%s' begins one rule too many: %d are allowed",
			   stations, RULES_MAX);
	rule = &s->rule[s->nr_rules++];
	num_set(&rule->n, SKBSCOPE_A_RULE_ACTION, SKBSCOPE_ACTION_HOLD);
	if (rule_stations(rule, stations, why))
		argp_error(state, "%s", why);
}

/* stations begin a rule; the words behind them are its */
static bool is_stations(const char *text)
{
	return !strcmp(text, "all") || (strchr(text, '.') && !strchr(text, '='));
}

static void parse_word(struct step *s, struct argp_state *state,
		       const char *text)
{
	char why[RULE_WHY_LEN];

	if (is_stations(text)) {
		new_rule(s, state, text);
		return;
	}
	if (!s->nr_rules)
		new_rule(s, state, "all");
	if (rule_word(&s->rule[s->nr_rules - 1], text, why))
		argp_error(state, "%s", why);
}

static void check(struct step *s, struct argp_state *state)
{
	char why[RULE_WHY_LEN];
	size_t i;

	if (!s->nr_rules)
		new_rule(s, state, "all");
	for (i = 0; i < s->nr_rules; i++)
		if (rule_check(&s->rule[i], why))
			argp_error(state, "%s", why);
	if (s->json && !s->plain)
		argp_error(state, "--json is for --plain");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct step *s = state->input;

	switch (key) {
	case OPT_PLAIN:
		s->plain = true;
		return 0;
	case 'j':
		s->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (option_is_command(state))
			s->command = option_command(state);
		else
			parse_word(s, state, arg);
		return 0;
	case ARGP_KEY_END:
		check(s, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[[STATION[,STATION...]] [WORD...]]... [-- CMD [ARG...]]",
	.doc = "Stop packets at stations, look at them, and let them go on, one station at a time.\vWithout STATION at all of them. Which packets: port=N sock=COOKIE dev=NAME skb=ID data control frames='PCAP EXPRESSION' nth=N every=N count=N p=5% seed=N. How: max=N packets at a time, timeout=MS each, overflow=pass or drop, loose to let others pass. CMD has no stdin. When this ends, what is held goes on. With CMD, the exit status is CMD's.",
};

/* our commands are not CMD's; returns where they come from, or -1 */
static int keep_input(void)
{
	int input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3), null;

	if (input < 0)
		return -1;
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return -1;
	close(null);
	return input;
}

static void wait_for_child(struct stepper *s)
{
	const struct timespec ts = { .tv_nsec = 20000000 };

	while (!stepper_child_over(s))
		nanosleep(&ts, NULL);
}

/* what CMD writes would spoil the screen: it comes when that is gone */
struct hidden {
	FILE	*file;
	int	output;
	int	errors;
};

static int hide_output(struct hidden *h)
{
	fflush(stdout);
	h->file = tmpfile();
	h->output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	h->errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (!h->file || h->output < 0 || h->errors < 0)
		return -1;
	if (dup2(fileno(h->file), STDOUT_FILENO) < 0 ||
	    dup2(fileno(h->file), STDERR_FILENO) < 0)
		return -1;
	return 0;
}

static void output_again(const struct hidden *h)
{
	fflush(stdout);
	dup2(h->output, STDOUT_FILENO);
	dup2(h->errors, STDERR_FILENO);
	close(h->output);
	close(h->errors);
}

static void show_hidden(const struct hidden *h)
{
	char part[4096];
	size_t len;

	rewind(h->file);
	while ((len = fread(part, 1, sizeof(part), h->file)))
		fwrite(part, 1, len, stdout);
	fclose(h->file);
}

static int finish(struct stepper *s, int status)
{
	stepper_release(s);
	if (s->child.started)
		wait_for_child(s);
	return stepper_status(s) ?: status;
}

static int run_plain(struct step *step, struct stepper *s, int input)
{
	if (stepper_open(s, step->rule, step->nr_rules, step->command))
		return EXIT_SYSTEM;
	return finish(s, step_plain(s, input, step->json));
}

static int run_screen(struct step *step, struct stepper *s, int input)
{
	int status = EXIT_SYSTEM, ret;
	struct hidden hidden = { 0 };

	if (hide_output(&hidden)) {
		complain("CMD's output can't be kept: %s", strerror(errno));
		return EXIT_SYSTEM;
	}
	ret = stepper_open(s, step->rule, step->nr_rules, step->command);
	output_again(&hidden);
	if (!ret)
		status = finish(s, step_screen(s, input));
	show_hidden(&hidden);
	return status;
}

static int run(struct step *step)
{
	bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	int status, input = keep_input();
	struct stepper s = { 0 };

	if (input < 0) {
		complain("stdin can't be kept: %s", strerror(errno));
		return EXIT_SYSTEM;
	}
	if (step->plain) {
		status = run_plain(step, &s, input);
	} else if (terminal) {
		status = run_screen(step, &s, input);
	} else {
		complain("stdin and stdout are no terminal: use --plain");
		status = EXIT_USAGE;
	}
	stepper_close(&s);
	return status;
}

int cmd_step(int argc, char **argv)
{
	struct step step = { 0 };
	int status;
	size_t i;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &step);

	status = run(&step);
	for (i = 0; i < step.nr_rules; i++)
		rule_clear(&step.rule[i]);
	return status;
}
