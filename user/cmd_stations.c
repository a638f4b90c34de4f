// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_stations.c - `skbscope stations': the points of the data path
 *
 * Called by main.c.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "family.h"
#include "json.h"
#include "message.h"
#include "names.h"
#include "netlink.h"

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "JSON Lines: one object a station", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	bool *json = state->input;

	switch (key) {
	case 'j':
		*json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "`%s' is too much: stations takes no arguments",
			   arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Show the stations in the order a packet passes them, and how many sk_buffs passed each.",
};

static int show_json(const struct station_picture *st, void *arg)
{
	(void)arg;
	json_line(stdout, json_station(st));
	return 0;
}

static int show_text(const struct station_picture *st, void *arg)
{
	uint64_t number = num_get(&st->n, SKBSCOPE_A_STATION_NUMBER);
	char passed[NUM_LEN], held[NUM_LEN];
	bool *first = arg;

	if (*first)
		printf("%2s  %-17s %10s %5s  %s\n", "nr", "station", "passed",
		       "held", "what happens");
	*first = false;
	printf("%2u  %-17s %10s %5s  %s\n", (unsigned int)number, st->name,
	       num_text(&st->n, SKBSCOPE_A_STATION_PASSED, passed),
	       num_text(&st->n, SKBSCOPE_A_STATION_HELD, held),
	       name_station_doc(number));
	return 0;
}

int cmd_stations(int argc, char **argv)
{
	bool json = false, first = true;
	struct netlink *nl;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &json);

	nl = family_netlink();
	if (!nl)
		return EXIT_SYSTEM;
	ret = netlink_stations(nl, json ? show_json : show_text, &first);
	if (ret)
		complain("asking for the stations failed: %s %s",
			 strerror(-ret), netlink_error(nl));
	netlink_close(nl);
	return ret ? EXIT_SYSTEM : EXIT_OK;
}
