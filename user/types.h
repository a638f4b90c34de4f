/* SPDX-License-Identifier: GPL-2.0 */
/*
 * types.h - the running kernel's BTF, its own and its modules'
 *
 * Used by chain.c.
 */
#ifndef _TYPES_H
#define _TYPES_H

struct btf;
struct types;

struct types *types_open(const char **why);
void types_close(struct types *types);
const struct btf *types_with(struct types *types, const char *name);

#endif /* _TYPES_H */
