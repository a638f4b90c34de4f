// SPDX-License-Identifier: GPL-2.0
/*
 * scenario.c - a scenario out of a YAML file
 *
 * Called by cmd_play.c. libyaml reads the file as a whole; in it is a list of
 * steps, alone or under a head. scenario_step.c reads a step.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "scenario_value.h"

struct scenario_memory {
	struct scenario_memory	*next;
	max_align_t		octets[];
};

/* there is no going on */
void scenario_no_memory(void)
{
	complain("out of memory");
	exit(EXIT_SYSTEM);
}

/* zeroed, until scenario_free() */
void *scenario_alloc(struct scenario *sc, size_t size)
{
	struct scenario_memory *m = calloc(1, sizeof(*m) + size);

	if (!m)
		scenario_no_memory();
	m->next = sc->memory;
	sc->memory = m;
	return m->octets;
}

void scenario_free(struct scenario *sc)
{
	size_t i;

	if (!sc)
		return;
	for (i = 0; i < sc->nr_steps; i++)
		rule_clear(&sc->step[i]->rule);
	while (sc->memory) {
		struct scenario_memory *m = sc->memory;

		sc->memory = m->next;
		free(m);
	}
	free(sc->step);
	free(sc->name);
	free(sc);
}

static void say(struct reader *r, struct scenario_mark at, const char *fmt,
		va_list ap)
{
	r->error->at = at;
	vsnprintf(r->error->why, sizeof(r->error->why), fmt, ap);
}

int refuse(struct reader *r, struct scenario_mark at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(r, at, fmt, ap);
	va_end(ap);
	return -1;
}

int refuse_node(struct reader *r, const yaml_node_t *node, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(r, mark_of(node), fmt, ap);
	va_end(ap);
	return -1;
}

struct scenario_mark mark_of(const yaml_node_t *node)
{
	return (struct scenario_mark){ node->start_mark.line + 1,
				       node->start_mark.column + 1 };
}

/**
 * text_of - a scalar without a NUL in it
 * @what: that is wanted there
 *
 * Return: the scenario's, or NULL after saying what is wrong.
 */
const char *text_of(struct reader *r, const yaml_node_t *node, const char *what)
{
	size_t len;
	char *text;

	if (node->type != YAML_SCALAR_NODE) {
		refuse_node(r, node, "here is a %s, and %s is wanted",
			    node->type == YAML_SEQUENCE_NODE ? "list" :
							       "mapping", what);
		return NULL;
	}
	len = node->data.scalar.length;
	if (memchr(node->data.scalar.value, 0, len)) {
		refuse_node(r, node, "a NUL is allowed in data alone");
		return NULL;
	}
	text = scenario_alloc(r->sc, len + 1);
	memcpy(text, node->data.scalar.value, len);
	return text;
}

static int read_steps(struct reader *r, yaml_node_t *node)
{
	const yaml_node_item_t *item;

	if (node->type != YAML_SEQUENCE_NODE)
		return refuse_node(r, node, "the steps are a list");
	for (item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++)
		if (read_step(r, node_at(r, *item)))
			return -1;
	if (!r->sc->nr_steps)
		return refuse_node(r, node, "there are no steps");
	return 0;
}

static int read_device(struct reader *r, const yaml_node_t *node)
{
	const char *text = text_of(r, node, "scope0 or veth");

	if (!text)
		return -1;
	r->sc->veth = !strcmp(text, "veth");
	if (!r->sc->veth && strcmp(text, "scope0"))
		return refuse_node(r, node,
				   "`%.64s' is no device of a scenario: scope0 and veth are",
				   text);
	return 0;
}

/* what is over the steps; the steps themselves are read last */
static int read_head(struct reader *r, const yaml_node_t *node)
{
	const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	bool device = false;
	yaml_node_t *steps = NULL;

	for (; pair < node->data.mapping.pairs.top; pair++) {
		yaml_node_t *key = node_at(r, pair->key);
		yaml_node_t *value = node_at(r, pair->value);
		const char *name = text_of(r, key, "title, device or steps");

		if (!name)
			return -1;
		if ((!strcmp(name, "title") && r->sc->title) ||
		    (!strcmp(name, "device") && device) ||
		    (!strcmp(name, "steps") && steps))
			return refuse_node(r, key, "`%s' was said already",
					   name);
		if (!strcmp(name, "title")) {
			r->sc->title = text_of(r, value, "a text");
			if (!r->sc->title)
				return -1;
		} else if (!strcmp(name, "device")) {
			device = true;
			if (read_device(r, value))
				return -1;
		} else if (!strcmp(name, "steps")) {
			steps = value;
		} else {
			return refuse_node(r, key,
					   "`%.64s' is no key of a scenario, which takes title, device, steps",
					   name);
		}
	}
	if (!steps)
		return refuse_node(r, node, "there are no steps");
	return read_steps(r, steps);
}

static int read_root(struct reader *r)
{
	yaml_node_t *root = yaml_document_get_root_node(&r->doc);
	struct scenario_mark none = { 1, 1 };

	if (!root)
		return refuse(r, none, "there are no steps");
	if (root->type == YAML_MAPPING_NODE)
		return read_head(r, root);
	return read_steps(r, root);
}

/* octets that are no text have a place only in the file as a whole */
static struct scenario_mark mark_at(const struct reader *r, size_t offset)
{
	struct scenario_mark at = { 1, 1 };
	size_t i;

	for (i = 0; i < offset && i < r->len; i++) {
		at.column++;
		if (r->text[i] == '\n')
			at = (struct scenario_mark){ at.line + 1, 1 };
	}
	return at;
}

static int refuse_yaml(struct reader *r, const yaml_parser_t *parser)
{
	struct scenario_mark at = { parser->problem_mark.line + 1,
				    parser->problem_mark.column + 1 };

	if (parser->error == YAML_READER_ERROR)
		at = mark_at(r, parser->problem_offset);
	return refuse(r, at, "this is no YAML: %s%s%s",
		      parser->problem ?: "out of memory",
		      parser->context ? ", " : "", parser->context ?: "");
}

/* there is one document, and no second one */
static int read_end(struct reader *r, yaml_parser_t *parser)
{
	yaml_document_t second;
	yaml_node_t *root;
	int ret = 0;

	if (!yaml_parser_load(parser, &second))
		return refuse_yaml(r, parser);
	root = yaml_document_get_root_node(&second);
	if (root)
		ret = refuse_node(r, root, "a file has one scenario");
	yaml_document_delete(&second);
	return ret;
}

static int read_text(struct reader *r)
{
	yaml_parser_t parser;
	int ret;

	if (!yaml_parser_initialize(&parser))
		return refuse(r, (struct scenario_mark){ 1, 1 },
			      "out of memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)r->text,
				     r->len);
	if (yaml_parser_load(&parser, &r->doc)) {
		ret = read_root(r) ?: read_end(r, &parser);
		yaml_document_delete(&r->doc);
	} else {
		ret = refuse_yaml(r, &parser);
	}
	yaml_parser_delete(&parser);
	return ret;
}

/**
 * scenario_read - read a file and check all of it
 * @error: filled where something is wrong
 *
 * Return: for scenario_free(), or NULL.
 */
struct scenario *scenario_read(const char *text, size_t len,
			       struct scenario_error *error)
{
	struct reader r = { .error = error, .text = text, .len = len };

	r.sc = calloc(1, sizeof(*r.sc));
	if (!r.sc)
		scenario_no_memory();
	if (!read_text(&r))
		return r.sc;
	scenario_free(r.sc);
	return NULL;
}
