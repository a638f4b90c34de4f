// SPDX-License-Identifier: GPL-2.0
/*
 * filter_kernel.c - what of a filter the kernel can judge before it writes
 *
 * Called by cmd_trace.c and cmd_record.c. An event of a tracefs instance has a
 * file `filter', in a language of its own: an event of which that is false takes
 * no room in the rings. It knows the numbers that an event is written with, not
 * what they mean, so each comparison here has beside it when there is something
 * to compare. What it cannot tell is taken for true: it may let pass too much,
 * never too little.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter_tree.h"
#include "skbscope.h"

/* a file of tracefs takes a page at most; that of 4096 octets is the smallest */
#define KERNEL_TEXT_MAX	4000

/* no event is so, of either kind: neither has a number that is two */
#define NEVER	"skb == 0 && skb != 0"

enum verdict {
	ALWAYS,		/* or not known: everything is let pass */
	NEVER_TRUE,
	WRITTEN,	/* it depends, as was written */
};

struct writer {
	char				text[KERNEL_TEXT_MAX + 1];
	size_t				len;
	bool				full;
	enum event_kind			kind;
	const struct filter_node	*unknown;
};

__attribute__((format(printf, 2, 3)))
static void put(struct writer *w, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(w->text + w->len, sizeof(w->text) - w->len, fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(w->text) - w->len)
		w->full = true;
	else
		w->len += len;
}

static void take_back(struct writer *w, size_t len)
{
	w->len = len;
	w->text[len] = '\0';
}

static const char *op_text(enum filter_op op)
{
	static const char *const texts[FILTER_OPS] = {
		"==", "!=", "<", "<=", ">", ">=", "&",
	};

	return texts[op];
}

static enum verdict unknown(struct writer *w, const struct filter_node *node)
{
	if (!w->unknown)
		w->unknown = node;
	return ALWAYS;
}

static enum verdict constant(bool value, bool want)
{
	return value == want ? ALWAYS : NEVER_TRUE;
}

static void put_condition(struct writer *w, enum event_meaning meaning,
			  const char *field)
{
	switch (meaning) {
	case MEANS_NOT_BELOW_ZERO:
		put(w, "station != %d && %s >= 0 && ",
		    SCOPE_STATION_SOCKET_SEND, field);
		break;
	case MEANS_NOT_BEFORE_BUFFER:
		put(w, "station != %d && ", SCOPE_STATION_SOCKET_SEND);
		break;
	case MEANS_WITH_FLAGS:
		put(w, "flags != 0 && ");
		break;
	case MEANS_WITH_ACK:
		put(w, "flags & %d && ", SCOPE_F_ACK);
		break;
	case MEANS_WHEN_DROPPED:
		put(w, "station == %d && ", SCOPE_STATION_END_DROPPED);
		break;
	default:
		break;
	}
}

/* an image is asked what its station's event will be asked */
static bool in_image(unsigned int key)
{
	return key == EVF_SKB || key == EVF_STATION || key == FILTER_CPU ||
	       key == FILTER_EVENT || key == FILTER_FRAME;
}

/* as filter.c compares, of an event whose fields may be without meaning */
static enum verdict compare(struct writer *w, const struct filter_node *node,
			    bool want)
{
	const char *op = op_text(node->op), *not = want ? "" : "!";
	char quote = strchr(node->text, '"') ? '\'' : '"';
	unsigned int key = node->key;
	enum event_meaning meaning;

	if (w->kind == EVENT_IMAGE && !in_image(key))
		return ALWAYS;
	switch (key) {
	case FILTER_TS:
	case FILTER_KIN:
	case FILTER_PATH:
		return unknown(w, node);
	case FILTER_CPU:
		if (node->op == FILTER_BITS)
			return unknown(w, node);
		put(w, "%s(CPU %s %" PRIu64 ")", not, op, node->value);
		return WRITTEN;
	case FILTER_FRAME:
		if (w->kind == EVENT_REFUSED)
			return constant(false, want);
		put(w, "%s(frames & %" PRIu64 ")", not, node->value);
		return WRITTEN;
	case FILTER_EVENT:
		return constant(w->kind == node->value, want);
	case FILTER_DEV:
		if (w->kind == EVENT_REFUSED)
			return constant(false, want);
		put(w, "%s(dev != \"\" && dev %s %c%s%c)", not, op, quote,
		    node->text, quote);
		return WRITTEN;
	}
	if (!event_may_have(w->kind, SCOPE_STATION_END_DROPPED, key))
		return constant(false, want);
	meaning = w->kind == EVENT_STATION ? event_meaning(key) : MEANS_ALWAYS;
	/* two fields, of which the kernel cannot say that they are the same */
	if (meaning == MEANS_WITH_OCTETS)
		return unknown(w, node);

	put(w, "%s(", not);
	put_condition(w, meaning, filter_key_name(key));
	if (node->text[0])
		put(w, "reason_name %s \"%s\")", op, node->text);
	else
		put(w, "%s %s %" PRIu64 ")", filter_key_name(key), op,
		    node->value);
	return WRITTEN;
}

static enum verdict judge(struct writer *w, const struct filter_node *node,
			  bool want);

static enum verdict join(struct writer *w, const struct filter_node *node,
			 bool want)
{
	bool all = (node->kind == FILTER_AND) == want;
	enum verdict decides = all ? NEVER_TRUE : ALWAYS, left, right;
	size_t from = w->len, behind_left;

	put(w, "(");
	left = judge(w, node->left, want);
	if (left == decides) {
		take_back(w, from);
		return left;
	}
	if (left != WRITTEN) {
		take_back(w, from);
		return judge(w, node->right, want);
	}
	behind_left = w->len;
	put(w, all ? " && " : " || ");
	right = judge(w, node->right, want);
	if (right == decides) {
		take_back(w, from);
		return right;
	}
	if (right != WRITTEN)
		take_back(w, behind_left);
	put(w, ")");
	return WRITTEN;
}

/* text that is true of all events for which the node is what is wanted */
static enum verdict judge(struct writer *w, const struct filter_node *node,
			  bool want)
{
	switch (node->kind) {
	case FILTER_NOT:
		return judge(w, node->left, !want);
	case FILTER_AND:
	case FILTER_OR:
		return join(w, node, want);
	default:
		return compare(w, node, want);
	}
}

static char *text_for(const struct filter *filter, enum event_kind kind,
		      struct filter_kernel *k)
{
	struct writer w = { .kind = kind };

	if (judge(&w, filter->root, true) == NEVER_TRUE)
		put(&w, NEVER);
	if (w.full) {
		take_back(&w, 0);
		w.unknown = filter->root;
		k->why = "the whole, written for the kernel, is too long for it";
	}
	if (w.unknown && k->whole) {
		k->whole = false;
		k->at = w.unknown->at;
		k->len = w.unknown->len;
	}
	return strdup(w.text);
}

/**
 * filter_for_kernel - what the kernel is to be asked
 *
 * Return: false without memory.
 */
bool filter_for_kernel(const struct filter *filter, struct filter_kernel *k)
{
	*k = (struct filter_kernel){
		.whole = true,
		.why = "the kernel has nothing to compare this with",
	};
	k->station = text_for(filter, EVENT_STATION, k);
	k->refused = text_for(filter, EVENT_REFUSED, k);
	k->image = text_for(filter, EVENT_IMAGE, k);
	return k->station && k->refused && k->image;
}

void filter_kernel_clear(struct filter_kernel *k)
{
	free(k->station);
	free(k->refused);
	free(k->image);
	*k = (struct filter_kernel){ 0 };
}
