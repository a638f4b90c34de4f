/* SPDX-License-Identifier: GPL-2.0 */
/*
 * types.h - a kernel's BTF, its own and its modules'
 *
 * Used by chain.c, skbuff.c and record_types.c.
 */
#ifndef _TYPES_H
#define _TYPES_H

#include <stddef.h>

struct btf;
struct types;

struct types *types_open(const char **why);
struct types *types_new(const void *vmlinux, size_t len, const char **why);
int types_add(struct types *types, const char *name, const void *btf,
	      size_t len);
void types_close(struct types *types);
const struct btf *types_with(struct types *types, const char *name);

#endif /* _TYPES_H */
