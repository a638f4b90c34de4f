// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_play.c - `skbscope play': runs scenarios
 *
 * Called by main.c. All files are read and checked before the first one runs; each
 * runs in a process of its own, by play.c.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "command.h"
#include "message.h"
#include "play.h"
#include "signals.h"
#include "stream.h"

#define FILE_MAX	(1 << 20)
#define PATIENCE_NS	10000000000ULL
#define POLL_NS		5000000L

struct file {
	const char	*name;
	struct scenario	*scenario;
};

struct play_command {
	struct play_options	options;
	bool			check;
	struct file		*file;
	size_t			nr_files;
};

enum { OPT_KTAP = 256, OPT_CHECK, OPT_PATIENCE };

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0,
	  "JSON Lines: the events, one object each, the same in each run; what fails is told on stderr",
	  0 },
	{ "ktap", OPT_KTAP, NULL, 0,
	  "KTAP: a test for each step, and with several files a subtest for each",
	  0 },
	{ "check", OPT_CHECK, NULL, 0, "read the files, and run nothing", 0 },
	{ "patience", OPT_PATIENCE, "SECONDS", 0,
	  "how long something is awaited (default 10)", 0 },
	{ "buffer-size", 'b', "KIB", 0,
	  "size of each CPU's trace buffer (default 4096)", 0 },
	{ 0 }
};

static void choose_output(struct play_command *c, struct argp_state *state,
			  enum play_output output)
{
	if (c->options.output != PLAY_TEXT && c->options.output != output)
		argp_error(state, "--json and --ktap: say one of them");
	c->options.output = output;
}

static void add_file(struct play_command *c, struct argp_state *state,
		     const char *name)
{
	struct file *bigger = realloc(c->file,
				      (c->nr_files + 1) * sizeof(*bigger));

	if (!bigger)
		argp_failure(state, EXIT_SYSTEM, ENOMEM, "the files");
	c->file = bigger;
	c->file[c->nr_files++] = (struct file){ .name = name };
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct play_command *c = state->input;

	switch (key) {
	case 'j':
		choose_output(c, state, PLAY_JSON);
		return 0;
	case OPT_KTAP:
		choose_output(c, state, PLAY_KTAP);
		return 0;
	case OPT_CHECK:
		c->check = true;
		return 0;
	case OPT_PATIENCE:
		c->options.patience = option_seconds(state, "--patience", arg) *
				      1e9;
		return 0;
	case 'b':
		c->options.buffer_kib = option_buffer_size(state, arg);
		return 0;
	case ARGP_KEY_ARG:
		add_file(c, state, arg);
		return 0;
	case ARGP_KEY_END:
		if (!c->nr_files)
			argp_error(state, "FILE is missing: a scenario, or - for stdin");
		if (c->check && c->options.output != PLAY_TEXT)
			argp_error(state, "--check runs nothing that --json or --ktap could tell of");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE...",
	.doc = "Run scenarios: files of calls, holds, faults, and what is expected of them.\vEach has a network namespace of its own. skbscope-scenario(5) has the format. The exit status is 1 where an expectation failed, 2 where a file is wrong.",
};

/* for free(), or NULL after saying why */
static char *read_file(const char *name, size_t *len)
{
	FILE *f = strcmp(name, "-") ? fopen(name, "re") : stdin;
	char *text = malloc(FILE_MAX + 1);

	if (!f || !text) {
		complain("%s: %s", name, strerror(errno));
		goto fail;
	}
	*len = fread(text, 1, FILE_MAX + 1, f);
	if (ferror(f)) {
		complain("%s: %s", name, strerror(errno));
		goto fail;
	}
	if (*len > FILE_MAX) {
		complain("%s: a scenario has %d octets at most", name, FILE_MAX);
		goto fail;
	}
	if (f != stdin)
		fclose(f);
	return text;
fail:
	if (f && f != stdin)
		fclose(f);
	free(text);
	return NULL;
}

/* 0, or an exit status after saying why */
static int read_scenario(struct file *file)
{
	struct scenario_error error;
	size_t len;
	char *text = read_file(file->name, &len);

	if (!text)
		return EXIT_SYSTEM;
	file->scenario = scenario_read(text, len, &error);
	free(text);
	if (file->scenario)
		return 0;
	complain("%s:%u:%u: %s", file->name, error.at.line, error.at.column,
		 error.why);
	return EXIT_USAGE;
}

static void run_child(const struct play_command *c, const struct file *file,
		      pid_t parent)
{
	int status;

	/* whoever is killed leaves nothing behind */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_SYSTEM);
	signals_restore();
	status = play_run(file->name, file->scenario, &c->options);
	/* a call that never came back may be in stdio, too */
	fflush(stdout);
	_exit(ferror(stdout) ? EXIT_SYSTEM : status);
}

/* the exit status, as a shell has it */
static int run_file(const struct play_command *c, const struct file *file,
		    bool *signalled)
{
	const struct timespec ts = { .tv_nsec = POLL_NS };
	struct child child = { .started = true };
	pid_t self = getpid();
	bool from_terminal;
	int number;

	fflush(stdout);
	child.pid = fork();
	if (child.pid < 0) {
		complain("cannot fork: %s", strerror(errno));
		return EXIT_SYSTEM;
	}
	if (!child.pid)
		run_child(c, file, self);
	while (!child_ended(&child)) {
		number = signals_caught(&from_terminal);
		*signalled |= number;
		if (number && !from_terminal)
			child_signal(&child, number);
		nanosleep(&ts, NULL);
	}
	if (child.status > 128)
		complain("%s: its process was ended by signal %d", file->name,
			 child.status - 128);
	return child.status;
}

static int run_all(const struct play_command *c)
{
	bool ktap = c->options.many && c->options.output == PLAY_KTAP;
	bool signalled = false;
	int status = EXIT_OK;
	size_t i;

	signals_catch();
	if (ktap)
		printf("KTAP version 1\n1..%zu\n", c->nr_files);
	for (i = 0; i < c->nr_files && !signalled; i++) {
		int ret = run_file(c, &c->file[i], &signalled);

		if (ret)
			status = EXIT_SYSTEM;
		if (ktap)
			printf("%s %zu %s\n", ret ? "not ok" : "ok", i + 1,
			       c->file[i].name);
	}
	return signalled ? EXIT_SYSTEM : status;
}

static int check_all(struct play_command *c)
{
	int status = EXIT_OK;
	size_t i;

	for (i = 0; i < c->nr_files; i++) {
		int ret = read_scenario(&c->file[i]);

		if (ret > status)
			status = ret;
		if (!ret && c->check)
			printf("%s: %zu steps\n", c->file[i].name,
			       c->file[i].scenario->nr_steps);
	}
	return status;
}

int cmd_play(int argc, char **argv)
{
	struct play_command c = {
		.options = { .patience = PATIENCE_NS,
			     .buffer_kib = STREAM_BUFFER_KIB },
	};
	int status;
	size_t i;

	argp_parse(&argp, argc, argv, 0, NULL, &c);
	c.options.many = c.nr_files > 1;

	status = check_all(&c);
	if (!status && !c.check)
		status = run_all(&c);
	for (i = 0; i < c.nr_files; i++)
		scenario_free(c.file[i].scenario);
	free(c.file);
	return status;
}
