// SPDX-License-Identifier: GPL-2.0
/*
 * step_plain.c - the stepper for scripts: commands in, text out
 *
 * Called by cmd_step.c. A command that is for a held packet waits until there is
 * one, or until there can be none any more: so a script can have all of its
 * commands ready.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "message.h"
#include "names.h"
#include "render_stop.h"
#include "step.h"

#define LINE_MAX_LEN	4096
#define WORDS_MAX	8
#define IDLE_MS		1000
#define WIDTH		78

struct plain {
	struct stepper	*s;
	int		input;
	bool		json;
	bool		prompts;
	char		line[LINE_MAX_LEN + 1];
	size_t		len;		/* octets of it */
	bool		eof;
	bool		too_long;	/* the rest of the line is skipped */
	bool		quit;
	bool		over;		/* nothing will be held any more */
	bool		failed;
};

static void show_lines(struct lines *l, const char *indent)
{
	size_t i;

	for (i = 0; i < l->nr; i++)
		printf("%s%s\n", indent, l->line[i]);
	lines_clear(l);
}

static void show_head(const struct stop *stop)
{
	struct lines l = { 0 };

	lines_of_head(&l, stop);
	show_lines(&l, "");
}

static void show_stop(struct plain *p, const struct stop *stop, bool all)
{
	struct lines l = { 0 };

	if (p->json) {
		json_line(stdout, json_stop(stop));
		return;
	}
	show_head(stop);
	lines_of_stack(&l, stop);
	lines_of_fields(&l, stop, all || !stop->before);
	if (all)
		lines_of_buffer(&l, stop, WIDTH, &palette_plain);
	show_lines(&l, "  ");
}

static void show_bytes(struct plain *p, const struct stop *stop)
{
	struct lines l = { 0 };

	if (p->json) {
		json_line(stdout, json_stop(stop));
		return;
	}
	show_head(stop);
	lines_of_header(&l, stop);
	lines_of_bytes(&l, stop);
	show_lines(&l, "  ");
}

static void prompt(struct plain *p)
{
	if (p->prompts)
		fputs("(step) ", stdout);
	fflush(stdout);
}

/* of the stepper */
static void news(struct stepper *s, struct stop *stop, void *arg)
{
	struct plain *p = arg;

	(void)s;
	if (p->prompts)
		fputc('\n', stdout);
	if (!stop->over)
		show_stop(p, stop, false);
	else if (p->json)
		json_line(stdout, json_gone(stop));
	else
		render_gone(stdout, stop);
	prompt(p);
}

static void fail(struct plain *p, const char *what, const char *why)
{
	complain("step: `%s': %s", what, why);
	p->failed = true;
}

static const char help_text[] =
	"Orders for the packet that is held:\n"
	"  step | s, continue | c, drop | d [REASON]\n"
	"  duplicate, clone, linearize, expand OCTETS, mark N, priority N\n"
	"  edit data|header|payload OFFSET HEX [wrong]\n"
	"What is shown:\n"
	"  show, bytes, list, next | n, switch HELD, back | b, forward | f\n"
	"  wait, quit | q, help | h\n";

static void list(struct plain *p)
{
	bool any = false;
	size_t i;

	for (i = 0; i < p->s->nr_stops; i++) {
		const struct stop *stop = p->s->stop[i];

		if (stop->over)
			continue;
		any = true;
		if (p->json)
			json_line(stdout, json_stop(stop));
		else
			show_head(stop);
	}
	if (!any && !p->json)
		printf("no packet is held\n");
}

enum do_what {
	CMD_NONE, CMD_SHOW, CMD_BYTES, CMD_LIST, CMD_NEXT, CMD_SWITCH, CMD_BACK,
	CMD_FORWARD, CMD_WAIT, CMD_QUIT, CMD_HELP,
};

static const struct {
	const char	*name;
	enum do_what	what;
	size_t		words;	/* that it takes */
} commands[] = {
	{ "show", CMD_SHOW, 0 },
	{ "bytes", CMD_BYTES, 0 },
	{ "list", CMD_LIST, 0 },
	{ "next", CMD_NEXT, 0 },
	{ "n", CMD_NEXT, 0 },
	{ "switch", CMD_SWITCH, 1 },
	{ "back", CMD_BACK, 0 },
	{ "b", CMD_BACK, 0 },
	{ "forward", CMD_FORWARD, 0 },
	{ "f", CMD_FORWARD, 0 },
	{ "wait", CMD_WAIT, 0 },
	{ "quit", CMD_QUIT, 0 },
	{ "q", CMD_QUIT, 0 },
	{ "help", CMD_HELP, 0 },
	{ "h", CMD_HELP, 0 },
};

static enum do_what find(struct plain *p, char **word, size_t nr)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(word[0], commands[i].name))
			continue;
		if (nr - 1 == commands[i].words)
			return commands[i].what;
		fail(p, word[0], commands[i].words ?
		     "the number of a stay is missing, or too much was said" :
		     "it takes nothing more");
		return CMD_NONE;
	}
	fail(p, word[0], "there is no such command; help has all");
	return CMD_NONE;
}

static void turned(struct plain *p, const char *what, bool done)
{
	if (done)
		show_stop(p, p->s->shown, false);
	else
		fail(p, what, "there is none");
}

static void switch_to(struct plain *p, const char *text)
{
	char *end;
	uint64_t id = strtoull(text, &end, 10);

	turned(p, text, *text && !*end && stepper_switch(p->s, id));
}

static void run(struct plain *p, enum do_what what, char **word)
{
	struct stepper *s = p->s;

	switch (what) {
	case CMD_SHOW:
	case CMD_BYTES:
		if (!s->shown)
			fail(p, word[0], "no packet was held yet");
		else if (what == CMD_SHOW)
			show_stop(p, s->shown, true);
		else
			show_bytes(p, s->shown);
		break;
	case CMD_LIST:
		list(p);
		break;
	case CMD_NEXT:
		turned(p, word[0], stepper_next(s));
		break;
	case CMD_SWITCH:
		switch_to(p, word[1]);
		break;
	case CMD_BACK:
		turned(p, word[0], stepper_back(s));
		break;
	case CMD_FORWARD:
		turned(p, word[0], stepper_forward(s));
		break;
	case CMD_QUIT:
		p->quit = true;
		break;
	case CMD_HELP:
		fputs(help_text, stdout);
		break;
	case CMD_WAIT:
	case CMD_NONE:
		break;
	}
}

static void give(struct plain *p, const struct order *order, const char *text)
{
	struct stop *stop = p->s->current;
	int ret = stepper_order(p->s, order);

	/* what has gone by itself needs no order any more */
	if (ret == -ENOENT)
		complain("step: `%s': %s", text, p->s->said);
	else if (ret)
		fail(p, text, p->s->said);
	if (ret)
		return;
	if (!order_is_last(order) && p->s->current == stop)
		show_stop(p, stop, false);
}

static size_t split(char *line, char *word[WORDS_MAX])
{
	char *rest = line, *one;
	size_t nr = 0;

	while (nr < WORDS_MAX && (one = strsep(&rest, " \t\r")))
		if (*one)
			word[nr++] = one;
	return nr;
}

/* what looks at a packet wants one, as orders do */
static bool wants_packet(const char *word)
{
	static const char *const others[] = {
		"list", "quit", "q", "help", "h", "back", "b", "forward", "f",
	};
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(word, others[i]))
			return false;
	return true;
}

/* false where it has to wait */
static bool do_line(struct plain *p, const char *text)
{
	char copy[LINE_MAX_LEN + 1], why[ORDER_WHY_LEN], *word[WORDS_MAX];
	struct order order;
	size_t nr;
	int ret;

	strcpy(copy, text);
	nr = split(copy, word);
	if (!nr || *word[0] == '#')
		return true;
	if (wants_packet(word[0]) && !p->s->current && !p->over)
		return false;
	ret = order_parse(&order, word, nr, why);
	if (ret < 0)
		fail(p, text, why);
	else if (!ret)
		give(p, &order, text);
	else
		run(p, find(p, word, nr), word);
	return true;
}

/* the first line that is there, if it can be done; false if there is none */
static bool do_first(struct plain *p)
{
	char *end = memchr(p->line, '\n', p->len);
	size_t len;

	if (!end && !(p->eof && p->len))
		return false;
	len = end ? (size_t)(end - p->line) : p->len;
	p->line[len] = '\0';
	if (p->too_long) {
		fail(p, "...", "the line is too long");
	} else if (!do_line(p, p->line)) {
		if (end)
			*end = '\n';
		return false;
	}
	p->too_long = false;
	p->len -= end ? len + 1 : len;
	memmove(p->line, p->line + len + 1, p->len);
	prompt(p);
	return true;
}

static void read_more(struct plain *p)
{
	ssize_t ret;

	if (p->len == LINE_MAX_LEN && !memchr(p->line, '\n', p->len)) {
		p->too_long = true;
		p->len = 0;
	}
	ret = read(p->input, p->line + p->len, LINE_MAX_LEN - p->len);
	if (ret > 0)
		p->len += ret;
	else if (!ret || errno != EINTR)
		p->eof = true;
}

/* room for more to read, and somebody to read it from */
static int input_of(const struct plain *p)
{
	bool full = p->len == LINE_MAX_LEN && memchr(p->line, '\n', p->len);

	return p->eof || full ? -1 : p->input;
}

static int loop(struct plain *p)
{
	int ret;

	while (!p->quit) {
		ret = stepper_wait(p->s, input_of(p), IDLE_MS);
		if (ret < 0) {
			complain("%s", p->s->said);
			return EXIT_SYSTEM;
		}
		if (ret & STEPPER_OVER)
			p->over = true;
		if (ret & STEPPER_INPUT)
			read_more(p);
		/* one at a time: what an order does is told before the next */
		do_first(p);
		if ((p->eof && !p->len) || p->s->signalled ||
		    ferror(stdout))
			break;
	}
	return EXIT_OK;
}

int step_plain(struct stepper *s, int input, bool json)
{
	struct plain p = { .s = s, .input = input, .json = json };
	int status;

	p.prompts = !json && isatty(input) && isatty(STDOUT_FILENO);
	s->news = news;
	s->arg = &p;
	/* whole lines, so that CMD's fit between */
	setvbuf(stdout, NULL, _IOLBF, 65536);
	if (stepper_start(s))
		return EXIT_SYSTEM;
	prompt(&p);
	status = loop(&p);
	return status ? status : p.failed ? EXIT_SYSTEM : EXIT_OK;
}
