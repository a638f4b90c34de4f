// SPDX-License-Identifier: GPL-2.0
/*
 * record_types.c - the types and symbols that a record has of its kernel
 *
 * Called by replay.c and recorded.c with each section as it comes; types.c has what
 * is made of it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "record.h"
#include "record_types.h"
#include "types.h"

/* a kernel's has not a tenth of it */
#define BTF_MAX		(1 << 28)

/* its types are read when they are asked for, which few do */
static const char *take_btf(struct record_types *t, const struct unpack *u)
{
	struct pack *p = &t->btf[t->nr_btfs];

	if (t->nr_btfs == RECORD_BTFS_MAX)
		return NULL;
	pack_octets(p, u->at, unpack_left(u));
	t->nr_btfs++;
	return p->failed ? "does not fit into memory" : NULL;
}

/* lines "ADDRESS NAME" */
static const char *take_symbols(struct record_types *t, struct unpack *u)
{
	const char *text = unpack_string(u);
	uint64_t address;
	char name[512];

	if (u->failed)
		return "is no text";
	t->symbols.reach = 1;
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		if (sscanf(text, "%" SCNx64 " %511s", &address, name) != 2)
			return "is no list of symbols";
		if (symbols_add(&t->symbols, address, name))
			return "does not fit into memory";
	}
	return NULL;
}

/**
 * record_types_take - keep a section if it is of types or symbols
 *
 * Return: why it can't be used, or NULL.
 */
const char *record_types_take(struct record_types *t,
			      const struct section *section)
{
	struct unpack u = section->payload;

	switch (section->type) {
	case RECORD_BTF:
		return take_btf(t, &u);
	case RECORD_SYMBOLS:
		return take_symbols(t, &u);
	default:
		return NULL;
	}
}

/* what a section BTF has: its name, and itself in memory for free(), or NULL */
static uint8_t *unpack_btf(const struct pack *p, const char **name, size_t *len)
{
	struct unpack u = unpack_from(p->data, p->len);
	unsigned int packing;
	uint8_t *raw;
	uLongf got;

	*name = unpack_string(&u);
	packing = unpack_number(&u, 1);
	*len = unpack_number(&u, 8);
	if (u.failed || !*len || *len > BTF_MAX ||
	    (packing == RECORD_RAW && unpack_left(&u) != *len))
		return NULL;
	raw = malloc(*len);
	if (!raw)
		return NULL;
	got = *len;
	if (packing == RECORD_RAW)
		memcpy(raw, u.at, *len);
	if (packing == RECORD_RAW ||
	    (packing == RECORD_ZLIB &&
	     uncompress(raw, &got, u.at, unpack_left(&u)) == Z_OK &&
	     got == *len))
		return raw;
	free(raw);
	return NULL;
}

/**
 * record_types_open - the types of the kernel that the record is from
 * @why: what is in the way, where there are none
 *
 * Return: for types_close(), or NULL.
 */
struct types *record_types_open(const struct record_types *t, const char **why)
{
	struct types *types = NULL;
	const char *name;
	uint8_t *raw;
	size_t i, len;

	*why = "the record has no BTF of its kernel";
	for (i = 0; i < t->nr_btfs; i++) {
		raw = unpack_btf(&t->btf[i], &name, &len);
		if (!raw)
			*why = "the record's BTF is damaged";
		else if (!strcmp(name, "vmlinux") && !types)
			types = types_new(raw, len, why);
		else if (types)
			types_add(types, name, raw, len);
		free(raw);
	}
	return types;
}

void record_types_clear(struct record_types *t)
{
	while (t->nr_btfs)
		pack_clear(&t->btf[--t->nr_btfs]);
	symbols_clear(&t->symbols);
}
