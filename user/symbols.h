/* SPDX-License-Identifier: GPL-2.0 */
/*
 * symbols.h - what the kernel calls its own addresses
 *
 * Used by chain.c.
 */
#ifndef _SYMBOLS_H
#define _SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct symbol {
	uint64_t	address;
	char		*name;
};

struct symbols {
	struct symbol	*symbol;
	size_t		nr;
	size_t		cap;
};

int symbols_read(struct symbols *symbols, const char *path);
void symbols_clear(struct symbols *symbols);
char *symbols_name(const struct symbols *symbols, uint64_t address);

#endif /* _SYMBOLS_H */
