// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_ledger.c - `skbscope ledger': what became of every sk_buff
 *
 * Called by main.c.
 */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "family.h"
#include "json.h"
#include "message.h"
#include "netlink.h"
#include "render.h"

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "one JSON object", 0 },
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
		argp_error(state, "`%s' is too much: ledger takes no arguments",
			   arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Show what became of every sk_buff of this network namespace, and whether it balances.",
};

int cmd_ledger(int argc, char **argv)
{
	struct ledger ledger;
	struct netlink *nl;
	bool json = false;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &json);

	nl = family_netlink();
	if (!nl)
		return EXIT_SYSTEM;
	ret = netlink_ledger(nl, &ledger);
	if (ret)
		complain("asking for the ledger failed: %s %s", strerror(-ret),
			 netlink_error(nl));
	else if (json)
		json_line(stdout, json_ledger(&ledger));
	else
		render_ledger(stdout, &ledger, palette_for(STDOUT_FILENO));
	netlink_close(nl);
	return ret ? EXIT_SYSTEM : EXIT_OK;
}
