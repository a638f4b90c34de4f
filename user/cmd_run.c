// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_run.c - `skbscope run': a program whose TCP goes over AF_SCOPE
 *
 * Called by main.c. Sets the environment for the preload library (preload/)
 * and becomes the command.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "command.h"
#include "family.h"
#include "message.h"
#include "preload/ports.h"
#include "preload/setup.h"
#include "reach.h"

#define LIBRARY		"libskbscope-run.so"

struct run {
	const char	*map;
	bool		unix_too;
	char		**command;
};

static const struct argp_option options[] = {
	{ "map", 'm', "PORT,...", 0,
	  "move these ports alone, and of wildcard addresses, too", 0 },
	{ "unix", 'u', NULL, 0, "move AF_UNIX sockets, too", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run *r = state->input;
	char why[PORTS_WHY_LEN];
	struct ports ports;

	switch (key) {
	case 'm':
		if (ports_parse(&ports, arg, why))
			argp_error(state, "--map: %s", why);
		r->map = arg;
		return 0;
	case 'u':
		r->unix_too = true;
		return 0;
	case ARGP_KEY_ARG:
		r->command = option_command(state);
		return 0;
	case ARGP_KEY_END:
		if (!r->command)
			argp_error(state, "the command to run is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "-- CMD [ARG...]",
	.doc = "Run CMD with its TCP connections over loopback addresses moved to AF_SCOPE.\vServer and client must both be run so; who has no server at AF_SCOPE gets TCP. With --map, only these ports are moved, and these where a server listens on all addresses, too. With --unix, AF_UNIX stream and seqpacket sockets are moved as well. Programs that are static, setuid or make system calls by themselves are not reached. The exit status is CMD's.",
};

/* beside the tool, as it is built, or where `make install' puts it */
static int find_library(char path[PATH_MAX])
{
	static const char *const places[] = {
		LIBRARY, "../lib/skbscope/" LIBRARY,
	};
	char self[PATH_MAX], candidate[PATH_MAX + 64];
	ssize_t len;
	size_t i;

	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len < 0) {
		complain("cannot read /proc/self/exe: %s", strerror(errno));
		return -1;
	}
	self[len] = '\0';
	*strrchr(self, '/') = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(candidate, sizeof(candidate), "%s/%s", self,
			 places[i]);
		if (realpath(candidate, path))
			return 0;
	}
	complain("%s is neither in %s nor in %s/../lib/skbscope: %s", LIBRARY,
		 self, self, strerror(errno));
	return -1;
}

/* ours comes first; whatever else is preloaded stays */
static int preload(const char *library)
{
	const char *others = getenv("LD_PRELOAD");
	char *list;
	int ret;

	if (strpbrk(library, " :")) {
		complain("%s cannot be preloaded: its path has a blank or a colon",
			 library);
		return -1;
	}
	if (!others || !*others)
		return setenv("LD_PRELOAD", library, 1);
	if (strstr(others, library))
		return 0;
	if (asprintf(&list, "%s:%s", library, others) < 0)
		return -1;
	ret = setenv("LD_PRELOAD", list, 1);
	free(list);
	return ret;
}

static int set_variable(const char *name, const char *value)
{
	return value ? setenv(name, value, 1) : unsetenv(name);
}

static int set_environment(const struct run *r, unsigned int family,
			   const char *library)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", family);
	if (set_variable(RUN_FAMILY, number) || set_variable(RUN_MAP, r->map) ||
	    set_variable(RUN_UNIX, r->unix_too ? "1" : NULL)) {
		complain("cannot set the environment: %s", strerror(errno));
		return -1;
	}
	return preload(library);
}

int cmd_run(int argc, char **argv)
{
	char library[PATH_MAX];
	struct run r = { 0 };
	const char *obstacle;
	unsigned int family;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &r);

	if (family_number(&family) || find_library(library) ||
	    set_environment(&r, family, library))
		return EXIT_SYSTEM;
	obstacle = reach_obstacle(r.command[0]);
	if (obstacle)
		complain("`%s' %s: nothing of it will be moved", r.command[0],
			 obstacle);
	return child_exec(r.command);
}
