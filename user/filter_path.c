// SPDX-License-Identifier: GPL-2.0
/*
 * filter_path.c - the fields of structs in a filter, by the kernel's BTF
 *
 * Called by cmd_trace.c once it is known which kernel the events are from, and by
 * filter.c for each event. What is compared is read out of the image that an event
 * brings, which has the sk_buff and its skb_shared_info: so a path leads no further
 * than to a pointer in them. Values are kept in the order of numbers without a
 * sign, those of a signed field with their highest bit turned round.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "filter_tree.h"
#include "image.h"
#include "types.h"

#define SIGN		(1ULL << 63)
#define NAMES_MAX	1024	/* the highest number that is asked for its name */

static const struct root {
	const char	*word;	/* what paths begin with */
	const char	*name;	/* of the struct */
} roots[FILTER_STRUCTS] = {
	[FILTER_SK_BUFF]	= { "skb.", "sk_buff" },
	[FILTER_SHARED_INFO]	= { "shared_info.", "skb_shared_info" },
};

struct resolver {
	const char		*text;
	const struct btf	*btf[FILTER_STRUCTS];
	struct fields		fields[FILTER_STRUCTS];
	struct filter_error	*error;
};

static bool fail(struct resolver *r, size_t at, size_t len, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static bool fail(struct resolver *r, size_t at, size_t len, const char *fmt, ...)
{
	va_list ap;

	r->error->at = at;
	r->error->len = len;
	va_start(ap, fmt);
	vsnprintf(r->error->why, sizeof(r->error->why), fmt, ap);
	va_end(ap);
	return false;
}

/* which struct a word speaks of; -1 for none */
int filter_path_root(const char *word, size_t len)
{
	int of;

	for (of = 0; of < FILTER_STRUCTS; of++) {
		size_t root = strlen(roots[of].word);

		if (len > root && !memcmp(word, roots[of].word, root))
			return of;
	}
	return -1;
}

/* its fields, with the numbers of nothing */
static bool describe(struct resolver *r, struct types *types, int of)
{
	long size;
	void *nothing;
	int ret;

	r->btf[of] = types_with(types, roots[of].name);
	size = r->btf[of] ? btf_size(r->btf[of], roots[of].name) : -1;
	nothing = size > 0 ? calloc(1, size) : NULL;
	if (!nothing)
		return fail(r, 0, 0, "the kernel's types have no struct %s",
			    roots[of].name);
	ret = btf_decode(&r->fields[of], r->btf[of], roots[of].name,
			 &(struct image_bytes){ .bytes = nothing, .len = size });
	free(nothing);
	return !ret || fail(r, 0, 0, "out of memory");
}

static const struct field *find(const struct fields *fields, const char *path,
				size_t len)
{
	char copy[256];

	if (len >= sizeof(copy))
		return NULL;
	memcpy(copy, path, len);
	copy[len] = '\0';
	return fields_find(fields, copy);
}

/* the first part of the path that is not there */
static bool fail_path(struct resolver *r, const struct filter_node *node,
		      const char *path, size_t len)
{
	const struct fields *fields = &r->fields[node->of];
	const struct field *field = NULL, *next;
	size_t from = 0, to;

	for (;;) {
		to = from + strcspn(path + from, ".[ \t\n=!<>&|)");
		if (to > len)
			to = len;
		next = find(fields, path, to);
		if (path[to] == '[' && next) {
			size_t close = to + strcspn(path + to, "]") + 1;

			field = next;
			next = find(fields, path, close);
			if (!next)
				return fail(r, path - r->text + from,
					    close - from,
					    "`%s' of struct %s is %s: there is no such element that could be compared",
					    field->path, roots[node->of].name,
					    field->type);
			to = close;
		}
		if (!next || to >= len)
			break;
		field = next;
		from = to + 1;
	}
	if (field && field->kind == FIELD_POINTER)
		return fail(r, path - r->text + from, len - from,
			    "`%s' is a pointer, %s: an image does not have what it points to%s",
			    field->path, field->type,
			    strcmp(field->path, "dev") ? "" :
			    "; of a device it is skb.dev.name alone that is known");
	return fail(r, path - r->text + from, to - from,
		    "%s%s%s has no member `%.*s'",
		    field ? field->type : "struct ",
		    field ? "" : roots[node->of].name,
		    field ? ", which that is," : "",
		    (int)(to - from), path + from);
}

static bool is_characters(const struct field *field)
{
	return !strncmp(field->type, "char[", 5);
}

static bool find_place(struct resolver *r, struct filter_node *node)
{
	const char *path = r->text + node->at + strlen(roots[node->of].word);
	size_t len = node->word_len - strlen(roots[node->of].word);
	const struct field *field = find(&r->fields[node->of], path, len);
	uint64_t all;

	if (!field)
		return fail_path(r, node, path, len);
	node->field = *field;
	node->field.path = NULL;
	node->field.type = NULL;
	node->field.text = NULL;
	if (is_characters(field) && field->bits / 8 < sizeof(node->text)) {
		node->field.kind = FIELD_TEXT;
		return true;
	}
	if (field->kind != FIELD_NUMBER && field->kind != FIELD_POINTER)
		return fail(r, node->at, node->word_len,
			    "`%.*s' is %s: a number or a name can be compared, so one of its members",
			    (int)node->word_len, r->text + node->at,
			    field->type);
	if (!field->bits)
		return fail(r, node->at, node->word_len,
			    "`%.*s' has no bits that could be compared",
			    (int)node->word_len, r->text + node->at);
	all = field->bits < 64 ? (1ULL << field->bits) - 1 : UINT64_MAX;
	node->min = field->is_signed ? SIGN - (all >> 1) - 1 : 0;
	node->max = field->is_signed ? SIGN + (all >> 1) : all;
	return true;
}

static bool fail_value(struct resolver *r, const struct filter_node *node,
		       const char *what)
{
	const struct field *field = &node->field;
	size_t len = node->at + node->len - node->value_at;
	char range[64] = "text in quotes";

	if (field->kind == FIELD_POINTER)
		strcpy(range, "an address, or 0");
	else if (field->kind == FIELD_NUMBER && field->is_signed)
		snprintf(range, sizeof(range), "a number from %" PRId64 " to %" PRId64,
			 (int64_t)(node->min ^ SIGN), (int64_t)(node->max ^ SIGN));
	else if (field->kind == FIELD_NUMBER)
		snprintf(range, sizeof(range), "a number from %" PRIu64 " to %" PRIu64,
			 node->min, node->max);
	return fail(r, node->value_at, len, "`%.*s' is %s `%.*s', which is %s%s",
		    (int)len, r->text + node->value_at, what,
		    (int)node->word_len, r->text + node->at, range,
		    node->named ? ", or a name of one" : "");
}

static bool value_by_name(struct resolver *r, struct filter_node *node,
			  const struct field *field, const char *name, size_t len)
{
	uint64_t i, number;
	bool found;
	char *text;

	for (i = 0; i < NAMES_MAX + 64; i++) {
		number = i < NAMES_MAX ? i : 1ULL << (i - NAMES_MAX);
		text = btf_value_name(r->btf[node->of], roots[node->of].name,
				      field, number);
		if (text)
			node->named = true;
		found = text && strlen(text) == len && !memcmp(text, name, len);
		free(text);
		if (found) {
			node->value = number;
			return true;
		}
	}
	return fail_value(r, node, "no value of");
}

static bool take_number(struct resolver *r, struct filter_node *node,
			const char *from, size_t len)
{
	bool minus = *from == '-';
	const char *digits = from + minus;
	char *end;

	if (node->field.kind == FIELD_TEXT)
		return fail_value(r, node, "no value of");
	errno = 0;
	node->value = strtoull(digits, &end, !strncmp(digits, "0x", 2) ? 16 : 10);
	if (end != from + len || end == digits)
		return fail_value(r, node, "no value of");
	if (errno || (minus && (!node->field.is_signed || node->value > SIGN)) ||
	    (node->field.is_signed && !minus && node->value >= SIGN))
		return fail_value(r, node, "out of the range of");
	if (minus)
		node->value = -node->value;
	return true;
}

static bool take_text(struct resolver *r, struct filter_node *node,
		      const char *from, size_t len)
{
	if (node->field.kind != FIELD_TEXT || len < 2 ||
	    len - 2 > node->field.bits / 8)
		return fail_value(r, node, "no value of");
	memcpy(node->text, from + 1, len - 2);
	node->text[len - 2] = '\0';
	return true;
}

static bool take_value(struct resolver *r, struct filter_node *node)
{
	const char *path = r->text + node->at + strlen(roots[node->of].word);
	size_t path_len = node->word_len - strlen(roots[node->of].word);
	const char *from = r->text + node->value_at;
	size_t len = node->at + node->len - node->value_at;
	bool equal = node->op == FILTER_EQ || node->op == FILTER_NE;

	if ((node->field.kind != FIELD_NUMBER && !equal) ||
	    (node->op == FILTER_BITS && node->field.is_signed))
		return fail(r, node->at, node->len,
			    "`%.*s' takes %s", (int)node->word_len,
			    r->text + node->at, node->field.is_signed ?
			    "== != < <= > >=" : "== !=");
	if (*from == '"' || *from == '\'')
		return take_text(r, node, from, len);
	if ((*from >= '0' && *from <= '9') || *from == '-') {
		if (!take_number(r, node, from, len))
			return false;
	} else if (node->field.kind != FIELD_NUMBER ||
		   !value_by_name(r, node, find(&r->fields[node->of], path,
						path_len), from, len)) {
		return node->field.kind == FIELD_NUMBER ?
		       false : fail_value(r, node, "no value of");
	}
	if (node->field.is_signed)
		node->value ^= SIGN;
	if (node->value < node->min || node->value > node->max)
		return fail_value(r, node, "out of the range of");
	if (!filter_one_possible(node))
		return fail(r, node->value_at, len, "`%.*s' can be true of nothing",
			    (int)node->len, r->text + node->at);
	return true;
}

static bool resolve(struct resolver *r, struct filter *filter,
		    struct types *types)
{
	size_t i;

	for (i = 0; i < filter->nr; i++) {
		struct filter_node *node = &filter->node[i];

		if (node->kind != FILTER_COMPARE || node->key != FILTER_PATH)
			continue;
		if (!r->btf[node->of] && !describe(r, types, node->of))
			return false;
		if (!find_place(r, node) || !take_value(r, node))
			return false;
	}
	filter->resolved = true;
	return true;
}

/**
 * filter_paths - find the fields of structs that a filter compares
 * @text: the filter's
 * @types: of the kernel that the events are from
 * @error: the first that is wrong
 *
 * Return: whether all are there, and may be as the filter wants them.
 */
bool filter_paths(struct filter *filter, const char *text, struct types *types,
		  struct filter_error *error)
{
	struct resolver r = { .text = text, .error = error };
	const struct filter_node *wrong;
	bool found = resolve(&r, filter, types);
	int of;

	for (of = 0; of < FILTER_STRUCTS; of++)
		fields_clear(&r.fields[of]);
	if (!found)
		return false;
	wrong = filter_contradiction(filter);
	return !wrong || fail(&r, wrong->at, wrong->len,
			      "the filter can be true of nothing: `%.*s' contradicts the rest of it",
			      (int)wrong->len, text + wrong->at);
}

/* whether it has any: then events need their images */
bool filter_has_paths(const struct filter *filter)
{
	size_t i;

	for (i = 0; i < filter->nr; i++)
		if (filter->node[i].kind == FILTER_COMPARE &&
		    filter->node[i].key == FILTER_PATH)
			return true;
	return false;
}

/* a comparison with what an event's image has */
bool filter_path_is_true(const struct filter_node *node, const struct event *ev)
{
	const struct field *field = &node->field;
	const struct octets *octets;
	uint64_t value;

	if (!ev->image)
		return false;
	octets = node->of == FILTER_SK_BUFF ? &ev->image->sk_buff :
					      &ev->image->shared_info;
	if (field->offset + field->bits > 8 * (uint64_t)octets->len)
		return false;
	if (field->kind == FIELD_TEXT) {
		const char *at = (const char *)octets->at + field->offset / 8;
		size_t len = strlen(node->text), room = field->bits / 8;

		return (strnlen(at, room) == len &&
			!memcmp(at, node->text, len)) == (node->op == FILTER_EQ);
	}
	value = btf_number(octets->at, field);
	if (field->is_signed)
		value ^= SIGN;
	return filter_compare(node->op, value, node->value);
}
