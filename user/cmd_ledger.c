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
#include "recorded.h"
#include "render.h"

struct ledger_options {
	bool		json;
	bool		begin;
	const char	*record;
};

enum { OPT_BEGIN = 256 };

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "one JSON object", 0 },
	{ "input", 'i', "FILE", 0,
	  "that of a record's end, as `skbscope record' wrote it to FILE", 0 },
	{ "begin", OPT_BEGIN, NULL, 0, "with --input, that of its beginning",
	  0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct ledger_options *o = state->input;

	switch (key) {
	case 'j':
		o->json = true;
		return 0;
	case 'i':
		o->record = option_file(state, "--input", arg);
		return 0;
	case OPT_BEGIN:
		o->begin = true;
		return 0;
	case ARGP_KEY_END:
		if (o->begin && !o->record)
			argp_error(state, "--begin is for a record: give it by --input FILE");
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

/* 0, or -1 after saying why */
static int ask(struct ledger *ledger)
{
	struct netlink *nl = family_netlink();
	int ret;

	if (!nl)
		return -1;
	ret = netlink_ledger(nl, ledger);
	if (ret)
		complain("asking for the ledger failed: %s %s", strerror(-ret),
			 netlink_error(nl));
	netlink_close(nl);
	return ret;
}

static int look_up(const struct ledger_options *o, struct ledger *ledger)
{
	int ret = recorded_ledger(o->record, o->begin ? RECORD_AT_START :
							RECORD_AT_END, ledger);

	if (ret == -ENOENT)
		complain("%s has no ledger of its %s", o->record,
			 o->begin ? "beginning" : "end");
	return ret;
}

int cmd_ledger(int argc, char **argv)
{
	struct ledger_options o = { 0 };
	struct ledger ledger = { 0 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &o);

	ret = o.record ? look_up(&o, &ledger) : ask(&ledger);
	/* what is wrong behind it does not make it wrong */
	if (ret && !ledger.n.known)
		return EXIT_SYSTEM;
	if (o.json)
		json_line(stdout, json_ledger(&ledger));
	else
		render_ledger(stdout, &ledger, palette_for(STDOUT_FILENO));
	return ret ? EXIT_SYSTEM : EXIT_OK;
}
