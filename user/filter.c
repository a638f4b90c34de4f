// SPDX-License-Identifier: GPL-2.0
/*
 * filter.c - is a filter true of an event?
 *
 * Called by cmd_trace.c for each event in the order of their time. What was
 * parsed (filter_parse.c) is walked; an event costs no memory, but for an
 * sk_buff that is new among those that came of another.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter_tree.h"

void filter_free(struct filter *filter)
{
	size_t i;

	if (!filter)
		return;
	for (i = 0; i < filter->nr; i++)
		free(filter->node[i].kin.id);
	for (i = 0; i < filter->nr_programs; i++)
		free(filter->program[i].insn);
	free(filter);
}

/**
 * filter_reasons - has this kernel the reasons that the filter names?
 * @known: its own; the family's are known to every version of the tool
 * @error: the first name it does not have
 */
bool filter_reasons(const struct filter *filter, const struct reasons *known,
		    struct filter_error *error)
{
	size_t i;

	for (i = 0; i < filter->nr; i++) {
		const struct filter_node *node = &filter->node[i];

		if (node->kind != FILTER_COMPARE || node->key != EVF_REASON ||
		    !node->text[0] || !strncmp(node->text, "SCOPE_", 6) ||
		    reasons_have(known, node->text))
			continue;
		error->at = node->value_at;
		error->len = node->at + node->len - node->value_at;
		snprintf(error->why, sizeof(error->why),
			 "`%s' is no reason for which this kernel drops an sk_buff, as enum skb_drop_reason has them",
			 node->text);
		return false;
	}
	return true;
}

bool filter_compare(enum filter_op op, uint64_t a, uint64_t b)
{
	switch (op) {
	case FILTER_EQ:
		return a == b;
	case FILTER_NE:
		return a != b;
	case FILTER_LT:
		return a < b;
	case FILTER_LE:
		return a <= b;
	case FILTER_GT:
		return a > b;
	case FILTER_GE:
		return a >= b;
	case FILTER_BITS:
		return a & b;
	default:
		return false;
	}
}

/* where the number is, or would be */
static uint64_t *kin_place(const struct kin *kin, uint64_t id)
{
	size_t i = (id * 0x9e3779b97f4a7c15ULL >> 32) & (kin->cap - 1);

	while (kin->id[i] && kin->id[i] != id)
		i = (i + 1) & (kin->cap - 1);
	return &kin->id[i];
}

static bool kin_has(const struct filter_node *node, uint64_t id)
{
	return id && (id == node->value ||
		      (node->kin.cap && *kin_place(&node->kin, id)));
}

static int kin_grow(struct kin *kin)
{
	struct kin bigger = { .nr = kin->nr };
	size_t i;

	bigger.cap = kin->cap ? 2 * kin->cap : 64;
	bigger.id = calloc(bigger.cap, sizeof(*bigger.id));
	if (!bigger.id)
		return -ENOMEM;
	for (i = 0; i < kin->cap; i++)
		if (kin->id[i])
			*kin_place(&bigger, kin->id[i]) = kin->id[i];
	free(kin->id);
	*kin = bigger;
	return 0;
}

/*
 * None is forgotten when it ends: what comes of it may be seen only later, as
 * the next segment of a stream is.
 */
static int kin_note(struct filter_node *node, const struct event *ev)
{
	uint64_t id = ev->v[EVF_SKB];
	struct kin *kin = &node->kin;

	if (!id || !event_has(ev, EVF_PARENT) || kin_has(node, id) ||
	    !kin_has(node, ev->v[EVF_PARENT]))
		return 0;
	if (4 * (kin->nr + 1) > 3 * kin->cap && kin_grow(kin))
		return -ENOMEM;
	*kin_place(kin, id) = id;
	kin->nr++;
	return 0;
}

/**
 * filter_has_frames - does it ask for what no event has, the frame itself?
 * @error: what does, with a word on records
 */
bool filter_has_frames(const struct filter *filter, struct filter_error *error)
{
	const struct filter_node *node;

	if (!filter->nr_programs)
		return false;
	node = filter->program[0].node;
	error->at = node->at;
	error->len = node->len;
	snprintf(error->why, sizeof(error->why),
		 "a record has no frames: give this to `record --filter'");
	return true;
}

/**
 * filter_attach - have the kernel ask the frames
 *
 * Before the first event, and before filter_for_kernel().
 *
 * Return: 0, or what @fn returns.
 */
int filter_attach(struct filter *filter, filter_attach_fn fn, void *arg)
{
	unsigned int i;
	uint32_t bit;
	int ret;

	for (i = 0; i < filter->nr_programs; i++) {
		struct filter_program *program = &filter->program[i];

		ret = fn(program->insn, program->nr, &bit, arg);
		if (ret)
			return ret;
		program->node->value = bit;
	}
	return 0;
}

static bool text_is(const struct filter_node *node, const char *text)
{
	return !strcmp(node->text, text) == (node->op == FILTER_EQ);
}

/* what is not known is nothing that could be compared */
static bool compare(const struct filter_node *node, const struct event *ev)
{
	switch (node->key) {
	case FILTER_TS:
		return filter_compare(node->op, ev->ts, node->value);
	case FILTER_CPU:
		return filter_compare(node->op, ev->cpu, node->value);
	case FILTER_EVENT:
		return ev->kind == node->value;
	case FILTER_DEV:
		return ev->dev[0] && text_is(node, ev->dev);
	case FILTER_KIN:
		return event_has(ev, EVF_SKB) &&
		       kin_has(node, ev->v[EVF_SKB]) == (node->op == FILTER_EQ);
	case FILTER_PATH:
		return filter_path_is_true(node, ev);
	case FILTER_FRAME:
		return ev->frames & node->value;
	case EVF_REASON:
		if (node->text[0])
			return (ev->reason[0] || event_has(ev, EVF_REASON)) &&
			       text_is(node, ev->reason);
		break;
	}
	return event_has(ev, node->key) &&
	       filter_compare(node->op, ev->v[node->key], node->value);
}

static bool is_true(const struct filter_node *node, const struct event *ev)
{
	switch (node->kind) {
	case FILTER_NOT:
		return !is_true(node->left, ev);
	case FILTER_AND:
		return is_true(node->left, ev) && is_true(node->right, ev);
	case FILTER_OR:
		return is_true(node->left, ev) || is_true(node->right, ev);
	default:
		return compare(node, ev);
	}
}

/**
 * filter_match - is it true of this event?
 * @filter: remembers what came of the sk_buffs it asks for
 * @ev: the next one; all must be given, in the order of their time
 *
 * Return: 1, 0 or -ENOMEM.
 */
int filter_match(struct filter *filter, const struct event *ev)
{
	size_t i;

	for (i = 0; i < filter->nr; i++)
		if (filter->node[i].kind == FILTER_COMPARE &&
		    filter->node[i].key == FILTER_KIN &&
		    kin_note(&filter->node[i], ev))
			return -ENOMEM;
	return is_true(filter->root, ev);
}
