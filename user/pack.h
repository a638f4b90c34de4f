/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pack.h - numbers and octets, one behind the other
 *
 * Used by the record_*.c. Numbers have the low octet first on every machine. Who
 * takes more than there is gets zeros, and finds @failed set.
 */
#ifndef _PACK_H
#define _PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pack {
	uint8_t	*data;
	size_t	len;
	size_t	cap;
	bool	failed;		/* no memory */
};

void pack_clear(struct pack *p);
void pack_octets(struct pack *p, const void *octets, size_t len);
void pack_number(struct pack *p, uint64_t value, unsigned int octets);
void pack_string(struct pack *p, const char *s);

struct unpack {
	const uint8_t	*at;
	const uint8_t	*end;
	bool		failed;
};

static inline struct unpack unpack_from(const void *data, size_t len)
{
	return (struct unpack){ .at = data, .end = (const uint8_t *)data + len };
}

static inline size_t unpack_left(const struct unpack *u)
{
	return u->end - u->at;
}

const void *unpack_octets(struct unpack *u, size_t len);
uint64_t unpack_number(struct unpack *u, unsigned int octets);
const char *unpack_string(struct unpack *u);

#endif /* _PACK_H */
