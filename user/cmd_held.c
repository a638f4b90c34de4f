// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_held.c - `skbscope held': the packets that are parked at stations
 *
 * Called by main.c. They are anybody's in this network namespace: of the stepper,
 * of a fault that delays, of other programs.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "family.h"
#include "json.h"
#include "message.h"
#include "netlink_held.h"
#include "render_stop.h"

struct held_command {
	bool	json;
	bool	any;
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "JSON Lines: one object a packet", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct held_command *h = state->input;

	switch (key) {
	case 'j':
		h->json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "`%s' is too much: held takes no arguments",
			   arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Show the packets that are held at stations now, in the order that they came, with the function that goes on and those that led there.",
};

static int show(int cmd, const struct held *held, void *arg)
{
	const struct stop stop = { .held = *held };
	struct held_command *h = arg;
	struct lines l = { 0 };
	size_t i;

	(void)cmd;
	h->any = true;
	if (h->json) {
		json_line(stdout, json_stop(&stop));
		return 0;
	}
	lines_of_head(&l, &stop);
	lines_of_stack(&l, &stop);
	for (i = 0; i < l.nr; i++)
		printf("%s%s\n", i ? "  " : "", l.line[i]);
	lines_clear(&l);
	return 0;
}

int cmd_held(int argc, char **argv)
{
	struct held_command h = { 0 };
	struct netlink *nl;
	const char *words;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &h);

	nl = family_netlink();
	if (!nl)
		return EXIT_SYSTEM;
	ret = netlink_held_all(nl, show, &h);
	words = netlink_error(nl);
	if (ret)
		complain("asking for held packets failed: %s",
			 *words ? words : strerror(-ret));
	else if (!h.any && !h.json)
		complain("no packet is held");
	netlink_close(nl);
	return ret ? EXIT_SYSTEM : EXIT_OK;
}
