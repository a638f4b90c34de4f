/* SPDX-License-Identifier: GPL-2.0 */
/*
 * chain.h - a socket from its file to its sk_buffs, every field of it
 *
 * Filled by chain.c, shown by render_chain.c and json_chain.c.
 */
#ifndef _CHAIN_H
#define _CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "btf.h"
#include "picture.h"

struct symbols;
struct types;

/**
 * struct object - one struct, or a queue of them
 * @picture: what the module said, its bytes at @bytes
 * @bytes: a copy
 * @fields: of the struct; none where there is no description of it
 * @own: of a sock, the struct of its family that begins with it, or empty
 * @own_fields: those behind the sock
 */
struct object {
	struct image_picture	picture;
	void			*bytes;
	struct fields		fields;
	char			own[64];
	struct fields		own_fields;
};

/**
 * struct chain - all objects, in the order of the way to them
 * @why: why there are no fields, or NULL
 */
struct chain {
	struct object	*object;
	size_t		nr;
	size_t		cap;
	const char	*why;
};

int chain_add(const struct image_picture *image, void *chain);
int chain_describe(struct chain *chain);
int chain_describe_by(struct chain *chain, struct types *types,
		      const struct symbols *symbols);
void chain_clear(struct chain *chain);

static inline uint64_t object_number(const struct object *object, int attr)
{
	return num_get(&object->picture.n, attr);
}

const struct field *chain_important(const struct object *object, size_t *at);
const char *chain_queue_name(uint64_t queue);
const char *chain_kind_name(uint64_t kind);

#endif /* _CHAIN_H */
