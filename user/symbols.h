/* SPDX-License-Identifier: GPL-2.0 */
/*
 * symbols.h - what the kernel calls its own addresses
 *
 * Used by chain.c, skbuff.c, record_types.c and cmd_record.c.
 */
#ifndef _SYMBOLS_H
#define _SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbol {
	uint64_t	address;
	char		*name;
};

/**
 * struct symbols - by address
 * @reach: how long what is there is taken to be at most, 0 for what is known of
 *	the kernel's own; 1 for single addresses
 */
struct symbols {
	struct symbol	*symbol;
	size_t		nr;
	size_t		cap;
	uint64_t	reach;
};

/* where the kernel and its modules are; below are the offsets of per-CPU ones */
#define SYMBOLS_LOWEST	0xffffffff80000000ULL

int symbols_read(struct symbols *symbols, const char *path);
int symbols_add(struct symbols *symbols, uint64_t address, const char *name);
void symbols_clear(struct symbols *symbols);
char *symbols_name(const struct symbols *symbols, uint64_t address);
bool symbols_has(const struct symbols *symbols, uint64_t address);

#endif /* _SYMBOLS_H */
