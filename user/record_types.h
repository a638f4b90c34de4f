/* SPDX-License-Identifier: GPL-2.0 */
/*
 * record_types.h - the types and symbols that a record has of its kernel
 *
 * Used by replay.c and recorded.c.
 */
#ifndef _RECORD_TYPES_H
#define _RECORD_TYPES_H

#include "pack.h"
#include "symbols.h"

#define RECORD_BTFS_MAX	8

struct section;
struct types;

/**
 * struct record_types - what was read so far
 * @btf: sections as they are
 * @symbols: names of single addresses, more as it is read
 */
struct record_types {
	struct pack	btf[RECORD_BTFS_MAX];
	size_t		nr_btfs;
	struct symbols	symbols;
};

const char *record_types_take(struct record_types *t,
			      const struct section *section);
struct types *record_types_open(const struct record_types *t,
				const char **why);
void record_types_clear(struct record_types *t);

#endif /* _RECORD_TYPES_H */
