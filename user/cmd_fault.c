// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_fault.c - `skbscope fault': makes a layer fail on command
 *
 * Called by main.c. A rule (rule.c) lasts as long as this process has its netlink
 * connection, so CMD runs under it, or it ends at Ctrl-C.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "family.h"
#include "json.h"
#include "message.h"
#include "netlink_rule.h"
#include "render.h"
#include "session.h"

enum what { NOTHING, ADD, LIST, DELETE };

struct fault {
	/* options */
	enum what	what;
	bool		json;
	bool		persist;
	const char	*stations;
	bool		has_kind;
	struct rule	rule;
	bool		all;		/* of del */
	const char	*id;
	char		**command;
	/* state */
	struct session	session;
	uint32_t	*ids;		/* that there are */
	size_t		nr_ids;
	bool		first;
};

enum { OPT_PERSIST = 256 };

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "of list, JSON Lines: one object a rule", 0 },
	{ "persist", OPT_PERSIST, NULL, 0,
	  "of add, the rule stays until it is deleted", 0 },
	{ 0 }
};

static void parse_what(struct fault *f, struct argp_state *state,
		       const char *text)
{
	static const char *const names[] = {
		[ADD] = "add", [LIST] = "list", [DELETE] = "del",
	};
	int i;

	for (i = ADD; i <= DELETE; i++)
		if (!strcmp(text, names[i]))
			f->what = i;
	if (!f->what)
		argp_error(state, "`%s' is nothing to do; add, list and del are allowed",
			   text);
}

static void parse_add(struct fault *f, struct argp_state *state,
		      const char *text)
{
	char why[RULE_WHY_LEN];
	int ret;

	if (!f->stations) {
		f->stations = text;
		ret = rule_stations(&f->rule, text, why);
	} else if (!f->has_kind) {
		f->has_kind = true;
		ret = rule_kind(&f->rule, text, why);
	} else {
		ret = rule_word(&f->rule, text, why);
	}
	if (ret)
		argp_error(state, "%s", why);
}

static void parse_id(struct fault *f, struct argp_state *state,
		     const char *text)
{
	if (f->all || f->id)
		argp_error(state, "`%s' is too much: one rule is deleted, or all",
			   text);
	f->all = !strcmp(text, "all");
	f->id = text;
	if (!f->all)
		num_set(&f->rule.n, SKBSCOPE_A_RULE_ID,
			option_number(state, "ID", text, 1, UINT32_MAX));
}

static void parse_argument(struct fault *f, struct argp_state *state,
			   const char *text)
{
	if (option_is_command(state))
		f->command = option_command(state);
	else if (!f->what)
		parse_what(f, state, text);
	else if (f->what == ADD)
		parse_add(f, state, text);
	else if (f->what == DELETE)
		parse_id(f, state, text);
	else
		argp_error(state, "`%s' is too much: list takes no arguments",
			   text);
}

static void check(struct fault *f, struct argp_state *state)
{
	char why[RULE_WHY_LEN];

	if (!f->what)
		argp_error(state, "say what to do: add, list or del");
	if (f->command && f->what != ADD)
		argp_error(state, "`%s' is too much: CMD is for add",
			   f->command[0]);
	if (f->command && f->persist)
		argp_error(state, "--persist: the rule does not end with CMD: `%s' is too much",
			   f->command[0]);
	if (f->persist && f->what != ADD)
		argp_error(state, "--persist is for add");
	if (f->json && f->what != LIST)
		argp_error(state, "--json is for list");
	if (f->what == DELETE && !f->id)
		argp_error(state, "ID is missing: the number of the rule, as list shows it, or all");
	if (f->what != ADD)
		return;
	if (!f->stations)
		argp_error(state, "STATION is missing; `skbscope stations' has their names");
	if (!f->has_kind)
		argp_error(state, "KIND is missing: what shall go wrong at %s",
			   f->stations);
	if (rule_check(&f->rule, why))
		argp_error(state, "%s", why);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct fault *f = state->input;

	switch (key) {
	case 'j':
		f->json = true;
		return 0;
	case OPT_PERSIST:
		f->persist = true;
		return 0;
	case ARGP_KEY_ARG:
		parse_argument(f, state, arg);
		return 0;
	case ARGP_KEY_END:
		check(f, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "add STATION[,STATION...] KIND [WORD...] [-- CMD [ARG...]]\nlist\ndel ID|all",
	.doc = "Make a layer fail: at these stations, to packets that the words are true of.\vKIND is drop, delay, duplicate, reorder, corrupt, truncate, enomem or wouldblock. Which packets: port=N sock=COOKIE dev=NAME skb=ID data control frames='PCAP EXPRESSION'. Which of them: p=5% or p=0.05, every=N nth=N count=N seed=N. How: ms=N jitter=N dist=NAME of delay, ms=N of reorder, offset=N bit=N of corrupt, keep=N of truncate. The rule ends with CMD, or at Ctrl-C; what it did goes to stderr then. With CMD, the exit status is CMD's.",
};

static int failed(const struct netlink *nl, const char *what, int err)
{
	const char *words = netlink_error(nl);

	complain("%s: %s", what, *words ? words : strerror(-err));
	return EXIT_SYSTEM;
}

static void summarize(struct netlink *nl, uint32_t id)
{
	char seen[NUM_LEN], hits[NUM_LEN], missed[NUM_LEN];
	struct rule rule;
	int ret = netlink_rule(nl, id, &rule);

	if (ret) {
		failed(nl, "the rule can't be asked for", ret);
		return;
	}
	complain("rule %" PRIu32 ": seen: %s, hits: %s, missed: %s", id,
		 num_text(&rule.n, SKBSCOPE_A_RULE_SEEN, seen),
		 num_text(&rule.n, SKBSCOPE_A_RULE_HITS, hits),
		 num_text(&rule.n, SKBSCOPE_A_RULE_MISSED, missed));
	if (num_get(&rule.n, SKBSCOPE_A_RULE_MISSED))
		complain("missed are those that could not be taken out of their way where they were");
}

static int run_under(struct fault *f, uint32_t id)
{
	if (session_start(&f->session))
		return EXIT_SYSTEM;
	if (!f->command)
		complain("rule %" PRIu32 " is there until Ctrl-C", id);
	while (!session_over(&f->session))
		session_wait();
	summarize(f->session.nl, id);
	return session_status(&f->session);
}

static int add(struct fault *f)
{
	char words[RULE_TEXT_LEN];
	int status, ret;
	uint32_t id;

	if (session_prepare(&f->session, f->command))
		return EXIT_SYSTEM;
	if (f->persist)
		num_set(&f->rule.n, SKBSCOPE_A_RULE_PERSIST, 1);
	ret = netlink_rule_add(f->session.nl, &f->rule);
	id = num_get(&f->rule.n, SKBSCOPE_A_RULE_ID);
	if (ret) {
		status = failed(f->session.nl, "the rule was refused", ret);
	} else if (f->persist) {
		printf("%" PRIu32 "\n", id);
		complain("rule %" PRIu32 " (%s) stays until `skbscope fault del %" PRIu32 "'",
			 id, text_words(&f->rule, words), id);
		status = EXIT_OK;
	} else {
		status = run_under(f, id);
	}
	session_close(&f->session);
	return status;
}

static int show(const struct rule *rule, void *arg)
{
	struct fault *f = arg;

	if (f->json) {
		json_line(stdout, json_rule(rule));
		return 0;
	}
	if (f->first)
		render_rule_head(stdout);
	f->first = false;
	render_rule(stdout, rule);
	return 0;
}

static int list(struct fault *f, struct netlink *nl)
{
	int ret;

	f->first = true;
	ret = netlink_rules(nl, show, f);
	if (ret)
		return failed(nl, "asking for the rules failed", ret);
	if (f->first && !f->json)
		complain("there are no rules");
	return EXIT_OK;
}

static int note_id(const struct rule *rule, void *arg)
{
	struct fault *f = arg;
	uint32_t *bigger;

	bigger = realloc(f->ids, (f->nr_ids + 1) * sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	f->ids = bigger;
	f->ids[f->nr_ids++] = num_get(&rule->n, SKBSCOPE_A_RULE_ID);
	return 0;
}

/* one that ends meanwhile is deleted, too */
static int delete_all(struct fault *f, struct netlink *nl)
{
	int ret = netlink_rules(nl, note_id, f);
	size_t i;

	if (ret)
		return failed(nl, "asking for the rules failed", ret);
	for (i = 0; i < f->nr_ids; i++) {
		ret = netlink_rule_del(nl, f->ids[i]);
		if (ret && ret != -ENOENT)
			return failed(nl, "deleting a rule failed", ret);
	}
	return EXIT_OK;
}

static int delete(struct fault *f, struct netlink *nl)
{
	uint32_t id = num_get(&f->rule.n, SKBSCOPE_A_RULE_ID);
	int ret;

	if (f->all)
		return delete_all(f, nl);
	ret = netlink_rule_del(nl, id);
	if (ret == -ENOENT) {
		complain("there is no rule %" PRIu32, id);
		return EXIT_SYSTEM;
	}
	return ret ? failed(nl, "deleting the rule failed", ret) : EXIT_OK;
}

int cmd_fault(int argc, char **argv)
{
	struct netlink *nl = NULL;
	struct fault f = { 0 };
	int status;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &f);

	if (f.what == ADD) {
		status = add(&f);
	} else {
		nl = family_netlink();
		if (!nl)
			status = EXIT_SYSTEM;
		else
			status = f.what == LIST ? list(&f, nl) : delete(&f, nl);
	}
	netlink_close(nl);
	rule_clear(&f.rule);
	free(f.ids);
	return status;
}
