// SPDX-License-Identifier: GPL-2.0
/*
 * render_ledger.c - what became of every sk_buff of the namespace
 *
 * Called by cmd_ledger.c and cmd_tour.c.
 */
#include <inttypes.h>
#include <stdio.h>

#include "render.h"

static void row(FILE *out, const struct ledger *ledger, const char *name,
		int attr, const char *what)
{
	char a[NUM_LEN];

	fprintf(out, "  %-12s %12s  %s\n", name, num_text(&ledger->n, attr, a),
		what);
}

void render_ledger(FILE *out, const struct ledger *ledger,
		   const struct palette *p)
{
	const struct numbers *n = &ledger->n;
	int64_t off = ledger_balance(ledger);
	char a[NUM_LEN];
	unsigned int i;

	row(out, ledger, "allocated", SKBSCOPE_A_LEDGER_ALLOCATED,
	    "by this namespace's sockets");
	row(out, ledger, "entered", SKBSCOPE_A_LEDGER_ENTERED,
	    "from a device, of others");
	row(out, ledger, "delivered", SKBSCOPE_A_LEDGER_DELIVERED,
	    "read by a program");
	row(out, ledger, "transmitted", SKBSCOPE_A_LEDGER_TRANSMITTED,
	    "left by another device than scope0");
	row(out, ledger, "dropped", SKBSCOPE_A_LEDGER_DROPPED,
	    "by the reasons below");
	row(out, ledger, "queued", SKBSCOPE_A_LEDGER_QUEUED,
	    "on receive queues");
	row(out, ledger, "held", SKBSCOPE_A_LEDGER_HELD, "at a station");
	row(out, ledger, "moving", SKBSCOPE_A_LEDGER_MOVING,
	    "between the send call and a queue");
	for (i = 0; i < ledger->nr_drops; i++) {
		const struct drop_picture *drop = &ledger->drop[i];

		fprintf(out, "  dropped %17s  %s\n",
			num_text(&drop->n, SKBSCOPE_A_DROP_COUNT, a),
			*drop->name ? drop->name : "a reason without a name");
	}

	fprintf(out, "  allocated %" PRIu64 " + entered %" PRIu64
		" = delivered %" PRIu64 " + transmitted %" PRIu64 "\n"
		"    + dropped %" PRIu64 " + queued %" PRIu64
		" + held %" PRIu64 " + moving %" PRIu64 ": ",
		num_get(n, SKBSCOPE_A_LEDGER_ALLOCATED),
		num_get(n, SKBSCOPE_A_LEDGER_ENTERED),
		num_get(n, SKBSCOPE_A_LEDGER_DELIVERED),
		num_get(n, SKBSCOPE_A_LEDGER_TRANSMITTED),
		num_get(n, SKBSCOPE_A_LEDGER_DROPPED),
		num_get(n, SKBSCOPE_A_LEDGER_QUEUED),
		num_get(n, SKBSCOPE_A_LEDGER_HELD),
		num_get(n, SKBSCOPE_A_LEDGER_MOVING));
	if (off)
		fprintf(out, "%soff by %" PRId64 "%s\n", p->bad, off, p->off);
	else
		fprintf(out, "%sbalances%s\n", p->bold, p->off);
}
