// SPDX-License-Identifier: GPL-2.0
/*
 * symbols.c - what the kernel calls its own addresses
 *
 * Called by chain.c and skbuff.c with /proc/kallsyms. It tells where a symbol
 * begins and not where it ends, so an address far behind one is taken to be of
 * none. record_types.c and cmd_record.c have single addresses, each with its name.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbols.h"

/* the longest functions and tables are shorter */
#define REACH	0x4000

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static int add(struct symbols *symbols, uint64_t address, const char *name)
{
	if (symbols->nr == symbols->cap) {
		size_t cap = symbols->cap ? 2 * symbols->cap : 65536;
		struct symbol *bigger;

		bigger = realloc(symbols->symbol, cap * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		symbols->symbol = bigger;
		symbols->cap = cap;
	}
	symbols->symbol[symbols->nr].address = address;
	symbols->symbol[symbols->nr].name = strdup(name);
	return symbols->symbol[symbols->nr++].name ? 0 : -ENOMEM;
}

/* how many of them are at the address or before it */
static size_t up_to(const struct symbols *symbols, uint64_t address)
{
	size_t low = 0, high = symbols->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->symbol[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* one more, in its place; 0 or -errno */
int symbols_add(struct symbols *symbols, uint64_t address, const char *name)
{
	size_t at = up_to(symbols, address);
	struct symbol last;
	int ret = add(symbols, address, name);

	if (ret)
		return ret;
	last = symbols->symbol[symbols->nr - 1];
	memmove(&symbols->symbol[at + 1], &symbols->symbol[at],
		(symbols->nr - 1 - at) * sizeof(last));
	symbols->symbol[at] = last;
	return 0;
}

bool symbols_has(const struct symbols *symbols, uint64_t address)
{
	size_t at = up_to(symbols, address);

	return at && symbols->symbol[at - 1].address == address;
}

/* 0 or -errno; who may not see addresses gets none */
int symbols_read(struct symbols *symbols, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[1024], name[512];
	uint64_t address;
	int ret = 0;

	if (!f)
		return -errno;
	while (!ret && fgets(line, sizeof(line), f))
		if (sscanf(line, "%" SCNx64 " %*c %511s", &address, name) == 2 &&
		    address >= SYMBOLS_LOWEST)
			ret = add(symbols, address, name);
	fclose(f);
	qsort(symbols->symbol, symbols->nr, sizeof(symbols->symbol[0]),
	      by_address);
	return ret;
}

void symbols_clear(struct symbols *symbols)
{
	size_t i;

	for (i = 0; i < symbols->nr; i++)
		free(symbols->symbol[i].name);
	free(symbols->symbol);
	memset(symbols, 0, sizeof(*symbols));
}

/* a symbol, and how far behind it; for free(), or NULL */
char *symbols_name(const struct symbols *symbols, uint64_t address)
{
	size_t at = up_to(symbols, address);
	uint64_t offset;
	char *text;

	if (!at)
		return NULL;
	offset = address - symbols->symbol[at - 1].address;
	if (offset >= (symbols->reach ?: REACH))
		return NULL;
	if (!offset)
		return strdup(symbols->symbol[at - 1].name);
	return asprintf(&text, "%s+0x%" PRIx64, symbols->symbol[at - 1].name,
			offset) < 0 ? NULL : text;
}
