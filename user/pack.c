// SPDX-License-Identifier: GPL-2.0
/*
 * pack.c - numbers and octets, one behind the other
 *
 * Called by the record_*.c, to write a section and to read it.
 */
#include <stdlib.h>
#include <string.h>

#include "pack.h"

void pack_clear(struct pack *p)
{
	free(p->data);
	*p = (struct pack){ 0 };
}

void pack_octets(struct pack *p, const void *octets, size_t len)
{
	size_t cap = p->cap ? p->cap : 256;
	uint8_t *bigger;

	while (cap - p->len < len)
		cap *= 2;
	if (cap != p->cap) {
		bigger = realloc(p->data, cap);
		if (!bigger) {
			p->failed = true;
			return;
		}
		p->data = bigger;
		p->cap = cap;
	}
	if (len)
		memcpy(p->data + p->len, octets, len);
	p->len += len;
}

void pack_number(struct pack *p, uint64_t value, unsigned int octets)
{
	uint8_t byte[8];
	unsigned int i;

	for (i = 0; i < octets; i++)
		byte[i] = value >> (8 * i);
	pack_octets(p, byte, octets);
}

/* with the NUL at its end */
void pack_string(struct pack *p, const char *s)
{
	pack_octets(p, s, strlen(s) + 1);
}

/* NULL where there are not so many */
const void *unpack_octets(struct unpack *u, size_t len)
{
	const uint8_t *at = u->at;

	if (unpack_left(u) < len) {
		u->failed = true;
		u->at = u->end;
		return NULL;
	}
	u->at += len;
	return at;
}

uint64_t unpack_number(struct unpack *u, unsigned int octets)
{
	const uint8_t *byte = unpack_octets(u, octets);
	uint64_t value = 0;

	while (byte && octets--)
		value = value << 8 | byte[octets];
	return value;
}

/* an empty one where no NUL ends it */
const char *unpack_string(struct unpack *u)
{
	const char *s = (const char *)u->at;
	const void *nul = unpack_left(u) ? memchr(s, 0, unpack_left(u)) : NULL;

	if (!nul) {
		u->failed = true;
		u->at = u->end;
		return "";
	}
	u->at = (const uint8_t *)nul + 1;
	return s;
}
