// SPDX-License-Identifier: GPL-2.0
/*
 * symbols.c - what the kernel calls its own addresses
 *
 * Called by chain.c with /proc/kallsyms. It tells where a symbol begins and not
 * where it ends, so an address far behind one is taken to be of none.
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

/* where the kernel and its modules are; below are the offsets of per-CPU ones */
#define LOWEST	0xffffffff80000000ULL

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
		    address >= LOWEST)
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
	size_t low = 0, high = symbols->nr;
	uint64_t offset;
	char *text;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->symbol[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	offset = address - symbols->symbol[low - 1].address;
	if (offset >= REACH)
		return NULL;
	if (!offset)
		return strdup(symbols->symbol[low - 1].name);
	return asprintf(&text, "%s+0x%" PRIx64, symbols->symbol[low - 1].name,
			offset) < 0 ? NULL : text;
}
