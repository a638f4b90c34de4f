// SPDX-License-Identifier: GPL-2.0
/*
 * play_report.c - how a scenario went, step by step
 *
 * Called by play.c. As text, as KTAP with a test a step, or with --json on stderr
 * alone, what failed.
 */
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "json_put.h"
#include "play.h"

/* "send tx" */
static const char *label(const struct scenario_step *step, char *text,
			 size_t size)
{
	size_t len, i;

	len = snprintf(text, size, "%s", verb_name(step->verb));
	if (step->verb == VERB_EXPECT)
		snprintf(text + len, size - len, " %s",
			 what_name(step->subject.number));
	else if (!step->subject.nr_words)
		snprintf(text + len, size - len, " %s", step->subject.text);
	for (i = 0; i < step->subject.nr_words && len < size; i++)
		len += snprintf(text + len, size - len, " %s",
				step->subject.word[i]);
	return text;
}

static const char *indent(const struct play *p)
{
	return p->options->many ? "    " : "";
}

/* of its events */
static struct json_object *head(const struct play *p)
{
	struct json_object *o = json_object_new_object();

	put(o, "event", string("scenario"));
	put(o, "file", string(p->file));
	return o;
}

void play_report_begin(const struct play *p)
{
	if (p->options->output == PLAY_KTAP) {
		printf("%sKTAP version 1\n", indent(p));
		printf("%s1..%zu\n", indent(p), p->sc->nr_steps);
	} else if (p->options->output == PLAY_TEXT) {
		printf("%s%s%s\n", p->file, p->sc->title ? ": " : "",
		       p->sc->title ?: "");
	} else if (p->options->many) {
		json_line(stdout, head(p));
	}
}

static void why(const struct play *p, FILE *out, const char *before)
{
	size_t i;

	for (i = 0; i < p->why.nr; i++)
		fprintf(out, "%s%s%s\n", indent(p), before, p->why.line[i]);
}

void play_report_step(const struct play *p, size_t number, bool ok)
{
	const struct scenario_step *step = p->sc->step[number];
	char text[128];

	label(step, text, sizeof(text));
	switch (p->options->output) {
	case PLAY_KTAP:
		if (!ok) {
			printf("%s# %s:%u:%u: %s\n", indent(p), p->file,
			       step->at.line, step->at.column, text);
			why(p, stdout, "# ");
		}
		printf("%s%s %zu line %u: %s\n", indent(p),
		       ok ? "ok" : "not ok", number + 1, step->at.line, text);
		break;
	case PLAY_TEXT:
		printf("  %-6s  %4u  %s%s%s\n", ok ? "ok" : "not ok",
		       step->at.line, text, *p->did ? ": " : "", p->did);
		if (ok)
			break;
		printf("%s:%u:%u:\n", p->file, step->at.line, step->at.column);
		why(p, stdout, "  ");
		break;
	case PLAY_JSON:
		if (ok)
			break;
		fprintf(stderr, "%s:%u:%u: %s\n", p->file, step->at.line,
			step->at.column, text);
		why(p, stderr, "  ");
	}
	fflush(stdout);
}

void play_report_skip(const struct play *p, size_t number, unsigned int line)
{
	const struct scenario_step *step = p->sc->step[number];
	char text[128];

	label(step, text, sizeof(text));
	if (p->options->output == PLAY_KTAP)
		printf("%sok %zu line %u: %s # SKIP line %u failed\n",
		       indent(p), number + 1, step->at.line, text, line);
	else if (p->options->output == PLAY_TEXT)
		printf("  %-6s  %4u  %s\n", "-", step->at.line, text);
}

void play_report_end(const struct play *p, size_t failed)
{
	if (p->options->output == PLAY_TEXT)
		printf("%zu steps, %zu failed\n", p->sc->nr_steps, failed);
	fflush(stdout);
}
