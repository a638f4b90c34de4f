// SPDX-License-Identifier: GPL-2.0
/*
 * render_ledger.c - what became of every sk_buff of the namespace
 *
 * Called by cmd_ledger.c and cmd_tour.c.
 */
#include <inttypes.h>
#include <stdio.h>

#include "render.h"

struct entry {
	const char	*name;
	int		attr;
	const char	*what;
};

/* the two sides of the books */
static const struct entry come[] = {
	{ "allocated", SKBSCOPE_A_LEDGER_ALLOCATED,
	  "by this namespace's sockets" },
	{ "entered", SKBSCOPE_A_LEDGER_ENTERED, "from a device, of others" },
	{ "derived", SKBSCOPE_A_LEDGER_DERIVED,
	  "by the protocol from others: clones, parts" },
};

static const struct entry gone[] = {
	{ "delivered", SKBSCOPE_A_LEDGER_DELIVERED, "read by a program" },
	{ "acked", SKBSCOPE_A_LEDGER_ACKED,
	  "kept until the peer had their octets" },
	{ "merged", SKBSCOPE_A_LEDGER_MERGED,
	  "into another one on a receive queue" },
	{ "transmitted", SKBSCOPE_A_LEDGER_TRANSMITTED,
	  "by another device than scope0, or to the protocol" },
	{ "dropped", SKBSCOPE_A_LEDGER_DROPPED, "by the reasons below" },
	{ "queued", SKBSCOPE_A_LEDGER_QUEUED, "on receive queues" },
	{ "kept", SKBSCOPE_A_LEDGER_KEPT,
	  "on write queues, not sent or not acked" },
	{ "held", SKBSCOPE_A_LEDGER_HELD, "at a station" },
	{ "moving", SKBSCOPE_A_LEDGER_MOVING,
	  "between the send call and a queue" },
};

#define NR(entries)	(sizeof(entries) / sizeof((entries)[0]))

/* of the sum's right side; the rest goes to the next line */
#define TERMS_A_LINE	4

static void rows(FILE *out, const struct ledger *ledger,
		 const struct entry *entry, size_t nr)
{
	char a[NUM_LEN];

	for (; nr--; entry++)
		fprintf(out, "  %-12s %12s  %s\n", entry->name,
			num_text(&ledger->n, entry->attr, a), entry->what);
}

static void term(FILE *out, const struct ledger *ledger, const char *before,
		 const struct entry *entry)
{
	fprintf(out, "%s%s %" PRIu64, before, entry->name,
		num_get(&ledger->n, entry->attr));
}

static void sum(FILE *out, const struct ledger *ledger)
{
	size_t i;

	for (i = 0; i < NR(come); i++)
		term(out, ledger, i ? " + " : "  ", &come[i]);
	for (i = 0; i < NR(gone); i++)
		term(out, ledger, !i ? "\n    = " :
		     i == TERMS_A_LINE ? "\n    + " : " + ", &gone[i]);
}

void render_ledger(FILE *out, const struct ledger *ledger,
		   const struct palette *p)
{
	int64_t off = ledger_balance(ledger);
	char a[NUM_LEN];
	unsigned int i;

	rows(out, ledger, come, NR(come));
	rows(out, ledger, gone, NR(gone));
	for (i = 0; i < ledger->nr_drops; i++) {
		const struct drop_picture *drop = &ledger->drop[i];

		fprintf(out, "  dropped %17s  %s\n",
			num_text(&drop->n, SKBSCOPE_A_DROP_COUNT, a),
			*drop->name ? drop->name : "a reason without a name");
	}
	sum(out, ledger);
	if (off)
		fprintf(out, ": %soff by %" PRId64 "%s\n", p->bad, off, p->off);
	else
		fprintf(out, ": %sbalances%s\n", p->bold, p->off);
}
