/* SPDX-License-Identifier: GPL-2.0 */
/*
 * btf.h - the bytes of a kernel struct, read by the kernel's own description
 *
 * Used by chain.c, skbuff.c and the tests. Asks nobody: the types come from libbpf.
 */
#ifndef _BTF_H
#define _BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf;

enum field_kind {
	FIELD_WHOLE,	/* a struct, union or array whose parts follow */
	FIELD_NUMBER,
	FIELD_POINTER,
	FIELD_TEXT,	/* an array of characters that reads as text */
	FIELD_BYTES,	/* other octets: @text has them in hexadecimal */
	FIELD_MISSING,	/* beyond what the image has */
};

/**
 * struct field - one member at any depth
 * @path: from the struct on, as C writes it; members of what has no name count
 *	as the outer one's
 * @type: as C writes it, ": N" behind it for a bitfield of N bits
 * @offset: in bits
 * @bits: how many it has
 * @is_signed: how @value is to be read
 * @value: of a number or pointer
 * @type_id: of it in the description
 * @text: of text and bytes; of a number the name of its value or of the bits
 *	that are set, or NULL; of a pointer what is there, or NULL
 */
struct field {
	char		*path;
	char		*type;
	enum field_kind	kind;
	uint64_t	offset;
	uint32_t	bits;
	uint32_t	type_id;
	bool		is_signed;
	uint64_t	value;
	char		*text;
};

struct fields {
	struct field	*field;
	size_t		nr;
	size_t		cap;
};

/* what is at an address, in memory for free(), or NULL */
typedef char *(*pointee_fn)(uint64_t address, void *arg);

/**
 * struct image_bytes - what is decoded
 * @bytes: the object
 * @len: octets of it; what lies behind is missing
 * @from: members that end before this octet are left out
 * @pointee: names pointers, or NULL
 * @arg: for it
 */
struct image_bytes {
	const void	*bytes;
	size_t		len;
	size_t		from;
	pointee_fn	pointee;
	void		*arg;
};

int btf_decode(struct fields *fields, const struct btf *btf, const char *name,
	       const struct image_bytes *image);
int btf_id(const struct btf *btf, const char *name);
int btf_decode_id(struct fields *fields, const struct btf *btf, int id,
		  const struct image_bytes *image);
char *btf_value_name(const struct btf *btf, const char *name,
		     const struct field *field, uint64_t value);
uint64_t btf_number(const void *bytes, const struct field *field);
long btf_size(const struct btf *btf, const char *name);
const struct field *fields_find(const struct fields *fields, const char *path);
void fields_clear(struct fields *fields);

#endif /* _BTF_H */
