// SPDX-License-Identifier: GPL-2.0
/*
 * btf.c - the bytes of a kernel struct, read by the kernel's own description
 *
 * Called by chain.c and skbuff.c. Walks every member of the struct at every depth; pointers
 * are not followed. Some numbers are declared as plain integers although their
 * values have names: words[] says which, and what names them.
 */
#define _GNU_SOURCE
#include <byteswap.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "btf.h"

#define PATH_LEN	256
#define TYPE_LEN	128

/* how the names of a word are found */
enum word_kind {
	WORD_VALUE,	/* one of the names */
	WORD_BITS,	/* the names are numbers of bits */
	WORD_MASKS,	/* the names are bits */
};

struct word_name {
	uint64_t	value;
	const char	*name;
};

/**
 * struct word - a member whose values have names that its type does not tell
 * @member: its own name
 * @holder: the struct or union it is declared in, NULL for any
 * @kind: how its names are to be read
 * @names: by an enum of the kernel: its name, or that of one of its values
 * @own: by a list, which ends with a NULL name
 */
struct word {
	const char		*member;
	enum word_kind		kind;
	const char		*names;
	const struct word_name	*own;
};

static const struct word_name pkt_types[] = {
	{ 0, "PACKET_HOST" }, { 1, "PACKET_BROADCAST" },
	{ 2, "PACKET_MULTICAST" }, { 3, "PACKET_OTHERHOST" },
	{ 4, "PACKET_OUTGOING" }, { 5, "PACKET_LOOPBACK" },
	{ 6, "PACKET_USER" }, { 7, "PACKET_KERNEL" }, { 0, NULL },
};

static const struct word_name summed[] = {
	{ 0, "CHECKSUM_NONE" }, { 1, "CHECKSUM_UNNECESSARY" },
	{ 2, "CHECKSUM_COMPLETE" }, { 3, "CHECKSUM_PARTIAL" }, { 0, NULL },
};

static const struct word_name shutdowns[] = {
	{ 1, "RCV_SHUTDOWN" }, { 2, "SEND_SHUTDOWN" }, { 0, NULL },
};

static const struct word_name families[] = {
	{ 0, "AF_UNSPEC" }, { 1, "AF_UNIX" }, { 2, "AF_INET" },
	{ 10, "AF_INET6" }, { 16, "AF_NETLINK" }, { 17, "AF_PACKET" },
	{ 31, "AF_BLUETOOTH" }, { 38, "AF_ALG" }, { 40, "AF_VSOCK" },
	{ 41, "AF_KCM" }, { 43, "AF_SMC" }, { 44, "AF_XDP" }, { 0, NULL },
};

static const struct word_name unset_headers[] = {
	{ 0xffff, "not set" }, { 0, NULL },
};

static const struct word_name open_flags[] = {
	{ 01, "O_WRONLY" }, { 02, "O_RDWR" }, { 02000, "O_APPEND" },
	{ 04000, "O_NONBLOCK" }, { 020000, "O_ASYNC" },
	{ 040000, "O_DIRECT" }, { 0100000, "O_LARGEFILE" },
	{ 02000000, "O_CLOEXEC" }, { 0, NULL },
};

/* of struct socket */
static const struct word_name socket_flags[] = {
	{ 0, "SOCKWQ_ASYNC_NOSPACE" }, { 1, "SOCKWQ_ASYNC_WAITDATA" },
	{ 2, "SOCK_NOSPACE" }, { 3, "SOCK_PASSCRED" },
	{ 4, "SOCK_PASSSEC" }, { 5, "SOCK_SUPPORT_ZC" },
	{ 6, "SOCK_CUSTOM_SOCKOPT" }, { 7, "SOCK_PASSPIDFD" }, { 0, NULL },
};

static const struct word words[] = {
	{ "skc_state", WORD_VALUE, "TCP_ESTABLISHED", NULL },
	{ "skc_family", WORD_VALUE, NULL, families },
	{ "skc_flags", WORD_BITS, "SOCK_DEAD", NULL },
	{ "sk_type", WORD_VALUE, "SOCK_STREAM", NULL },
	{ "sk_protocol", WORD_VALUE, "IPPROTO_TCP", NULL },
	{ "sk_shutdown", WORD_MASKS, NULL, shutdowns },
	{ "pkt_type", WORD_VALUE, NULL, pkt_types },
	{ "ip_summed", WORD_VALUE, NULL, summed },
	{ "mac_header", WORD_VALUE, NULL, unset_headers },
	{ "transport_header", WORD_VALUE, NULL, unset_headers },
	{ "gso_type", WORD_MASKS, "SKB_GSO_TCPV4", NULL },
	{ "f_flags", WORD_MASKS, NULL, open_flags },
	{ "socket.type", WORD_VALUE, "SOCK_STREAM", NULL },
	{ "socket.flags", WORD_BITS, NULL, socket_flags },
};

#define NR_WORDS	(sizeof(words) / sizeof(words[0]))

/* what a walk carries along */
struct walk {
	struct fields			*fields;
	const struct btf		*btf;
	const struct image_bytes	*image;
	const char			*root;
	bool				failed;
	char				path[PATH_LEN];
};

static const char *name_at(const struct btf *btf, __u32 offset)
{
	const char *name = btf__name_by_offset(btf, offset);

	return name ? name : "";
}

/* const, volatile, typedef and the like hide what a type is */
static const struct btf_type *strip(const struct btf *btf, __u32 id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	while (type && (btf_is_mod(type) || btf_is_typedef(type)))
		type = btf__type_by_id(btf, type->type);
	return type;
}

__attribute__((format(printf, 2, 3)))
static void append(char *to, const char *fmt, ...)
{
	size_t len = strlen(to);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(to + len, TYPE_LEN - len, fmt, ap);
	va_end(ap);
}

static void type_text(const struct btf *btf, __u32 id, char *to)
{
	const struct btf_type *type = btf__type_by_id(btf, id);
	const char *name;

	if (!id || !type) {
		append(to, "void");
		return;
	}
	name = name_at(btf, type->name_off);
	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
		type_text(btf, type->type, to);
		append(to, to[strlen(to) - 1] == '*' ? "*" : " *");
		break;
	case BTF_KIND_CONST:
		append(to, "const ");
		type_text(btf, type->type, to);
		break;
	case BTF_KIND_VOLATILE:
		append(to, "volatile ");
		type_text(btf, type->type, to);
		break;
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		type_text(btf, type->type, to);
		break;
	case BTF_KIND_ARRAY:
		type_text(btf, btf_array(type)->type, to);
		append(to, "[%u]", btf_array(type)->nelems);
		break;
	case BTF_KIND_STRUCT:
		append(to, "struct %s", *name ? name : "{}");
		break;
	case BTF_KIND_UNION:
		append(to, "union %s", *name ? name : "{}");
		break;
	case BTF_KIND_FWD:
		append(to, "%s %s", btf_kflag(type) ? "union" : "struct", name);
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		append(to, "enum %s", *name ? name : "{}");
		break;
	case BTF_KIND_FUNC_PROTO:
		append(to, "function");
		break;
	default:
		append(to, "%s", name);
	}
}

static struct field *add(struct walk *w, __u32 id, uint64_t offset,
			 uint32_t bits, bool is_bitfield)
{
	struct fields *fields = w->fields;
	char type[TYPE_LEN] = "";
	struct field *field;

	if (fields->nr == fields->cap) {
		size_t cap = fields->cap ? 2 * fields->cap : 256;

		field = realloc(fields->field, cap * sizeof(*field));
		if (!field) {
			w->failed = true;
			return NULL;
		}
		fields->field = field;
		fields->cap = cap;
	}
	type_text(w->btf, id, type);
	if (is_bitfield)
		append(type, " : %u", bits);
	field = &fields->field[fields->nr];
	*field = (struct field) {
		.path = strdup(w->path),
		.type = strdup(type),
		.offset = offset,
		.bits = bits,
		.type_id = id,
	};
	if (!field->path || !field->type) {
		free(field->path);
		free(field->type);
		w->failed = true;
		return NULL;
	}
	fields->nr++;
	if (offset + bits > 8 * w->image->len)
		field->kind = FIELD_MISSING;
	return field;
}

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "bits are read as machines lay them out whose first octet is the lowest"
#endif

static uint64_t number_at(const struct walk *w, uint64_t offset, uint32_t bits,
			  bool is_signed)
{
	const unsigned char *from = w->image->bytes;
	unsigned int shift = offset % 8, octets = (shift + bits + 7) / 8;
	uint64_t value = 0;

	from += offset / 8;
	memcpy(&value, from, octets < 8 ? octets : 8);
	value >>= shift;
	if (octets > 8)
		value |= (uint64_t)from[8] << (64 - shift);
	if (bits < 64) {
		value &= (1ULL << bits) - 1;
		if (is_signed && value >> (bits - 1))
			value |= ~0ULL << bits;
	}
	return value;
}

static const char *enum_name(const struct btf *btf, const struct btf_type *type,
			     uint64_t value)
{
	unsigned int i;

	for (i = 0; i < btf_vlen(type); i++) {
		if (btf_is_enum(type) &&
		    (__u32)btf_enum(type)[i].val == (__u32)value)
			return name_at(btf, btf_enum(type)[i].name_off);
		if (btf_is_enum64(type) &&
		    btf_enum64_value(&btf_enum64(type)[i]) == value)
			return name_at(btf, btf_enum64(type)[i].name_off);
	}
	return NULL;
}

/* the enum that has a value of this name */
static const struct btf_type *enum_with(const struct btf *btf, const char *name)
{
	__u32 id, nr = btf__type_cnt(btf);
	const struct btf_type *type;
	unsigned int i;

	for (id = 1; id < nr; id++) {
		type = btf__type_by_id(btf, id);
		if (!btf_is_enum(type))
			continue;
		for (i = 0; i < btf_vlen(type); i++)
			if (!strcmp(name_at(btf, btf_enum(type)[i].name_off),
				    name))
				return type;
	}
	return NULL;
}

static const char *word_name(const struct btf *btf, const struct word *word,
			     const struct btf_type *names, uint64_t value)
{
	const struct word_name *own;

	if (names)
		return enum_name(btf, names, value);
	for (own = word->own; own && own->name; own++)
		if (own->value == value)
			return own->name;
	return NULL;
}

/* what is set, joined by bars; a bit without a name by its value */
static char *bits_text(const struct btf *btf, const struct word *word,
		       const struct btf_type *names, uint64_t value)
{
	char text[1024] = "";
	size_t len = 0;
	unsigned int bit;

	for (bit = 0; bit < 64 && len < sizeof(text) - 1; bit++) {
		const char *name, *bar = len ? "|" : "";

		if (!(value >> bit & 1))
			continue;
		name = word_name(btf, word, names, word->kind == WORD_BITS ?
				 bit : 1ULL << bit);
		len += name ?
		       snprintf(text + len, sizeof(text) - len, "%s%s", bar,
				name) :
		       snprintf(text + len, sizeof(text) - len, "%s0x%" PRIx64,
				bar, UINT64_C(1) << bit);
	}
	return len ? strdup(text) : NULL;
}

static bool is_word(const struct word *word, const char *root, const char *path)
{
	const char *member = strrchr(path, '.');
	size_t len = strlen(root);

	member = member ? member + 1 : path;
	if (!strcmp(word->member, member))
		return true;
	/* a common name: only of this struct, and its own member */
	return !strncmp(word->member, root, len) && word->member[len] == '.' &&
	       !strcmp(word->member + len + 1, path);
}

/* of a number whose high octet comes first, what it is */
static char *network_text(const char *type, uint64_t value)
{
	char *text;
	int ret;

	if (!value)
		return NULL;
	if (!strcmp(type, "__be16"))
		ret = asprintf(&text, "ntohs %u", bswap_16(value));
	else if (!strcmp(type, "__be32"))
		ret = asprintf(&text, "ntohl %u", bswap_32(value));
	else
		return NULL;
	return ret < 0 ? NULL : text;
}

static char *number_text(const struct walk *w, const struct btf_type *type,
			 uint64_t value)
{
	const struct btf_type *names = NULL;
	const char *name;
	size_t i;

	if (btf_is_any_enum(type)) {
		name = enum_name(w->btf, type, value);
		return name ? strdup(name) : NULL;
	}
	for (i = 0; i < NR_WORDS; i++)
		if (is_word(&words[i], w->root, w->path))
			break;
	if (i == NR_WORDS)
		return NULL;
	if (words[i].kind != WORD_VALUE && !value)
		return NULL;
	if (words[i].names)
		names = enum_with(w->btf, words[i].names);
	if (words[i].kind != WORD_VALUE)
		return bits_text(w->btf, &words[i], names, value);
	name = word_name(w->btf, &words[i], names, value);
	return name ? strdup(name) : NULL;
}

static void put_bytes(struct walk *w, struct field *field)
{
	const unsigned char *from = w->image->bytes;
	uint32_t i, nr = field->bits / 8;

	field->kind = FIELD_BYTES;
	field->text = malloc(2 * (size_t)nr + 1);
	if (!field->text) {
		w->failed = true;
		return;
	}
	field->text[0] = '\0';
	for (i = 0; i < nr; i++)
		sprintf(field->text + 2 * i, "%02x",
			from[field->offset / 8 + i]);
}

/* text that ends in zeros alone, and is not all zeros */
static bool is_text(const char *from, uint32_t nr)
{
	uint32_t i = 0;

	while (i < nr && isprint((unsigned char)from[i]))
		i++;
	if (!i)
		return false;
	while (i < nr && !from[i])
		i++;
	return i == nr;
}

static void put_octets(struct walk *w, struct field *field)
{
	const char *from = (const char *)w->image->bytes + field->offset / 8;
	uint32_t nr = field->bits / 8;

	if (!is_text(from, nr)) {
		put_bytes(w, field);
		return;
	}
	field->kind = FIELD_TEXT;
	field->text = strndup(from, nr);
	if (!field->text)
		w->failed = true;
}

static void put_scalar(struct walk *w, const struct btf_type *type, __u32 id,
		       uint64_t offset, uint32_t bits, bool is_bitfield)
{
	struct field *field = add(w, id, offset, bits, is_bitfield);

	if (!field || field->kind == FIELD_MISSING)
		return;
	if (bits > 64) {
		put_bytes(w, field);
		return;
	}
	if (btf_is_ptr(type)) {
		field->kind = FIELD_POINTER;
		field->value = number_at(w, offset, bits, false);
		if (field->value && w->image->pointee)
			field->text = w->image->pointee(field->value,
							w->image->arg);
		return;
	}
	field->kind = FIELD_NUMBER;
	field->is_signed = (btf_is_int(type) &&
			    btf_int_encoding(type) & BTF_INT_SIGNED) ||
			   (btf_is_any_enum(type) && btf_kflag(type));
	field->value = bits ? number_at(w, offset, bits, field->is_signed) : 0;
	field->text = number_text(w, type, field->value) ?:
		      network_text(field->type, field->value);
}

static void walk_type(struct walk *w, __u32 id, uint64_t offset,
		      uint32_t bitfield);

static void walk_members(struct walk *w, const struct btf_type *type,
			 uint64_t offset)
{
	const struct btf_member *member = btf_members(type);
	size_t len = strlen(w->path);
	unsigned int i;

	for (i = 0; i < btf_vlen(type) && !w->failed; i++, member++) {
		const char *name = name_at(w->btf, member->name_off);
		uint64_t at = offset + btf_member_bit_offset(type, i);

		/* what has no name only adds its members */
		if (!*name) {
			walk_members(w, strip(w->btf, member->type), at);
			continue;
		}
		snprintf(w->path + len, sizeof(w->path) - len, "%s%s",
			 len ? "." : "", name);
		walk_type(w, member->type, at,
			  btf_member_bitfield_size(type, i));
		w->path[len] = '\0';
	}
}

static void walk_array(struct walk *w, const struct btf_type *type, __u32 id,
		       uint64_t offset)
{
	const struct btf_array *array = btf_array(type);
	const struct btf_type *of = strip(w->btf, array->type);
	long long size = btf__resolve_size(w->btf, array->type);
	size_t len = strlen(w->path);
	struct field *field;
	uint32_t i;

	if (!of || size < 0)
		size = 0;
	field = add(w, id, offset, 8 * size * array->nelems, false);
	if (!field || field->kind == FIELD_MISSING)
		return;
	if (of && btf_is_int(of) && size == 1 && array->nelems) {
		put_octets(w, field);
		return;
	}
	for (i = 0; i < array->nelems && !w->failed; i++) {
		snprintf(w->path + len, sizeof(w->path) - len, "[%u]", i);
		walk_type(w, array->type, offset + 8 * size * i, 0);
		w->path[len] = '\0';
	}
}

static void walk_type(struct walk *w, __u32 id, uint64_t offset,
		      uint32_t bitfield)
{
	const struct btf_type *type = strip(w->btf, id);
	long long size = btf__resolve_size(w->btf, id);
	uint32_t bits = bitfield ? bitfield : size > 0 ? 8 * size : 0;

	if (!type || (bits && offset + bits <= 8 * w->image->from))
		return;
	if (btf_is_composite(type)) {
		add(w, id, offset, bits, false);
		walk_members(w, type, offset);
	} else if (btf_is_array(type)) {
		walk_array(w, type, id, offset);
	} else {
		put_scalar(w, type, id, offset, bits, bitfield);
	}
}

static const struct btf_type *find(const struct btf *btf, const char *name,
				   __s32 *id)
{
	*id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);
	return *id > 0 ? btf__type_by_id(btf, *id) : NULL;
}

/* for btf_decode_id(), or -ENOENT: all types are looked at */
int btf_id(const struct btf *btf, const char *name)
{
	__s32 id;

	return find(btf, name, &id) ? id : -ENOENT;
}

/* as btf_decode(), of a struct that btf_id() has found */
int btf_decode_id(struct fields *fields, const struct btf *btf, int id,
		  const struct image_bytes *image)
{
	const struct btf_type *type = btf__type_by_id(btf, id);
	struct walk w = {
		.fields = fields,
		.btf = btf,
		.image = image,
	};

	if (!type)
		return -ENOENT;
	w.root = name_at(btf, type->name_off);
	walk_members(&w, type, 0);
	return w.failed ? -ENOMEM : 0;
}

/**
 * btf_decode - name every member of a struct
 * @fields: where to, behind what is there
 * @name: of the struct
 *
 * Return: 0, -ENOENT where there is no such struct, -ENOMEM.
 */
int btf_decode(struct fields *fields, const struct btf *btf, const char *name,
	       const struct image_bytes *image)
{
	int id = btf_id(btf, name);

	return id < 0 ? id : btf_decode_id(fields, btf, id, image);
}

/**
 * btf_value_name - what one value of a member is called
 * @name: of the struct
 * @field: of btf_decode()
 *
 * Return: for free(), or NULL for one without a name.
 */
char *btf_value_name(const struct btf *btf, const char *name,
		     const struct field *field, uint64_t value)
{
	struct walk w = { .btf = btf, .root = name };
	const struct btf_type *type = strip(btf, field->type_id);

	snprintf(w.path, sizeof(w.path), "%s", field->path);
	return type ? number_text(&w, type, value) : NULL;
}

/* a number or pointer out of other octets than were decoded, with all its bits */
uint64_t btf_number(const void *bytes, const struct field *field)
{
	const struct image_bytes image = { .bytes = bytes };
	const struct walk w = { .image = &image };

	return number_at(&w, field->offset, field->bits, field->is_signed);
}

/* octets of a struct, or -ENOENT */
long btf_size(const struct btf *btf, const char *name)
{
	const struct btf_type *type;
	__s32 id;

	type = find(btf, name, &id);
	return type ? (long)type->size : -ENOENT;
}

const struct field *fields_find(const struct fields *fields, const char *path)
{
	size_t i;

	for (i = 0; i < fields->nr; i++)
		if (!strcmp(fields->field[i].path, path))
			return &fields->field[i];
	return NULL;
}

void fields_clear(struct fields *fields)
{
	size_t i;

	for (i = 0; i < fields->nr; i++) {
		free(fields->field[i].path);
		free(fields->field[i].type);
		free(fields->field[i].text);
	}
	free(fields->field);
	memset(fields, 0, sizeof(*fields));
}
