// SPDX-License-Identifier: GPL-2.0
/*
 * test_btf.c - structs that are described here, and bytes that are known
 *
 * Called by tests/run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <bpf/btf.h>

#include "btf.h"
#include "tests/ktap.h"

/* what the description below is of */
struct inner {
	unsigned short	first;
	unsigned char	link[4];
};

struct sample {
	int		number;
	unsigned int	low : 3, signed_bits : 5, : 0;
	struct inner	*pointer;
	union {
		unsigned long	word;
		unsigned int	half;
	};
	struct inner	inner[2];
	char		name[8];
	int		state;
	unsigned char	sk_shutdown;
	unsigned char	skc_state;
	unsigned char	sk_type;
	unsigned char	more[];
};

/* ids of what the structs are made of */
struct ids {
	int	u8, u16, u32, s32, u64, chr, inner, pointer;
};

static struct btf *describe(void)
{
	struct btf *btf = btf__new_empty();
	int inner_array, name_array, link_array, more, state, both;
	struct ids id;

	id.u8 = btf__add_int(btf, "unsigned char", 1, 0);
	id.u16 = btf__add_int(btf, "unsigned short", 2, 0);
	id.u32 = btf__add_int(btf, "unsigned int", 4, 0);
	id.s32 = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	id.u64 = btf__add_int(btf, "unsigned long", 8, 0);
	id.chr = btf__add_int(btf, "char", 1, BTF_INT_CHAR);
	link_array = btf__add_array(btf, id.u8, id.u8, 4);
	id.inner = btf__add_struct(btf, "inner", sizeof(struct inner));
	btf__add_field(btf, "first", id.u16, 0, 0);
	btf__add_field(btf, "link", link_array, 16, 0);
	id.pointer = btf__add_ptr(btf, btf__add_const(btf, id.inner));
	inner_array = btf__add_array(btf, id.u32, id.inner, 2);
	name_array = btf__add_array(btf, id.u32, id.chr, 8);
	more = btf__add_array(btf, id.u32, id.u8, 0);
	state = btf__add_enum(btf, "state", 4);
	btf__add_enum_value(btf, "IDLE", 0);
	btf__add_enum_value(btf, "BUSY", 7);
	btf__add_enum(btf, NULL, 4);
	btf__add_enum_value(btf, "TCP_ESTABLISHED", 1);
	btf__add_enum_value(btf, "TCP_LISTEN", 10);
	both = btf__add_union(btf, NULL, 8);
	btf__add_field(btf, "word", id.u64, 0, 0);
	btf__add_field(btf, "half", id.u32, 0, 0);

	btf__add_struct(btf, "sample", sizeof(struct sample));
#define ADD(member, type) \
	btf__add_field(btf, #member, type, \
		       8 * __builtin_offsetof(struct sample, member), 0)
	ADD(number, id.s32);
	btf__add_field(btf, "low", id.u32, 32, 3);
	btf__add_field(btf, "signed_bits", id.s32, 35, 5);
	ADD(pointer, id.pointer);
	btf__add_field(btf, NULL, both,
		       8 * __builtin_offsetof(struct sample, word), 0);
	ADD(inner, inner_array);
	ADD(name, name_array);
	ADD(state, state);
	ADD(sk_shutdown, id.u8);
	ADD(skc_state, id.u8);
	ADD(sk_type, id.u8);
	ADD(more, more);
	return btf;
}

static const struct sample sample = {
	.number = -5,
	.low = 6,
	.signed_bits = 0x1e,
	.pointer = (struct inner *)0xffff888001234500UL,
	.word = 0x1122334455667788UL,
	.inner = { { 1, { 0xde, 0xad, 0, 1 } }, { 513, "abc" } },
	.name = "scope0",
	.state = 7,
	.sk_shutdown = 3 | 0x10,
	.skc_state = 10,
	.sk_type = 2,
};

static char *name_pointer(uint64_t address, void *arg)
{
	char *text;

	return asprintf(&text, "%s + %d", (char *)arg,
			(int)(address & 0xff)) < 0 ? NULL : text;
}

static struct fields decode(size_t len, size_t from)
{
	struct image_bytes image = {
		.bytes = &sample,
		.len = len,
		.from = from,
		.pointee = name_pointer,
		.arg = "there",
	};
	struct fields fields = { 0 };
	struct btf *btf = describe();

	EXPECT_NUM(btf_decode(&fields, btf, "sample", &image), 0);
	btf__free(btf);
	return fields;
}

/* a field that must be there */
static const struct field *the(const struct fields *fields, const char *path)
{
	static const struct field none = { .type = "none" };
	const struct field *field = fields_find(fields, path);

	EXPECT(field);
	return field ? field : &none;
}

static void every_member(void)
{
	static const char * const paths[] = {
		"number", "low", "signed_bits", "pointer", "word", "half",
		"inner", "inner[0]", "inner[0].first", "inner[0].link",
		"inner[1]", "inner[1].first", "inner[1].link", "name", "state",
		"sk_shutdown", "skc_state", "sk_type", "more",
	};
	struct fields fields = decode(sizeof(sample), 0);
	size_t i;

	EXPECT_NUM(fields.nr, sizeof(paths) / sizeof(paths[0]));
	for (i = 0; i < fields.nr; i++)
		EXPECT_STR(fields.field[i].path, paths[i]);
	fields_clear(&fields);
}

static void numbers(void)
{
	struct fields fields = decode(sizeof(sample), 0);

	EXPECT_NUM(the(&fields, "number")->value, -5);
	EXPECT(the(&fields, "number")->is_signed);
	EXPECT_STR(the(&fields, "number")->type, "int");
	EXPECT_NUM(the(&fields, "low")->value, 6);
	EXPECT_STR(the(&fields, "low")->type, "unsigned int : 3");
	EXPECT_NUM(the(&fields, "signed_bits")->value, -2);
	EXPECT_NUM(the(&fields, "word")->value, 0x1122334455667788);
	EXPECT_NUM(the(&fields, "half")->value, 0x55667788);
	EXPECT_NUM(the(&fields, "half")->offset, 8 * 16);
	EXPECT_NUM(the(&fields, "inner[1].first")->value, 513);
	fields_clear(&fields);
}

static void names(void)
{
	struct fields fields = decode(sizeof(sample), 0);

	EXPECT_STR(the(&fields, "state")->text, "BUSY");
	EXPECT_STR(the(&fields, "state")->type, "enum state");
	EXPECT_STR(the(&fields, "skc_state")->text, "TCP_LISTEN");
	/* a bit that nobody named is still there */
	EXPECT_STR(the(&fields, "sk_shutdown")->text,
		   "RCV_SHUTDOWN|SEND_SHUTDOWN|0x10");
	/* nothing here has the names of socket types */
	EXPECT(!the(&fields, "sk_type")->text);
	EXPECT_NUM(the(&fields, "sk_type")->value, 2);
	fields_clear(&fields);
}

static void octets(void)
{
	struct fields fields = decode(sizeof(sample), 0);

	EXPECT_NUM(the(&fields, "name")->kind, FIELD_TEXT);
	EXPECT_STR(the(&fields, "name")->text, "scope0");
	EXPECT_NUM(the(&fields, "inner[0].link")->kind, FIELD_BYTES);
	EXPECT_STR(the(&fields, "inner[0].link")->text, "dead0001");
	EXPECT_STR(the(&fields, "inner[1].link")->text, "abc");
	EXPECT_NUM(the(&fields, "more")->bits, 0);
	fields_clear(&fields);
}

static void pointers(void)
{
	struct fields fields = decode(sizeof(sample), 0);
	const struct field *pointer = the(&fields, "pointer");

	EXPECT_NUM(pointer->kind, FIELD_POINTER);
	EXPECT(pointer->value == 0xffff888001234500UL);
	EXPECT_STR(pointer->type, "const struct inner *");
	EXPECT_STR(pointer->text, "there + 0");
	fields_clear(&fields);
}

/* no octet behind the image is read, none of its members is forgotten */
static void cut_off(void)
{
	struct fields whole = decode(sizeof(sample), 0);
	struct fields fields = decode(20, 0);

	EXPECT_NUM(the(&fields, "half")->kind, FIELD_NUMBER);
	EXPECT_NUM(the(&fields, "word")->kind, FIELD_MISSING);
	EXPECT_NUM(the(&fields, "name")->kind, FIELD_MISSING);
	EXPECT(!the(&fields, "name")->text);
	EXPECT(fields_find(&fields, "state"));
	fields_clear(&fields);
	fields_clear(&whole);
}

static void from_the_middle(void)
{
	struct fields fields = decode(sizeof(sample), 24);

	EXPECT(!fields_find(&fields, "number"));
	EXPECT(!fields_find(&fields, "word"));
	EXPECT_NUM(the(&fields, "inner[0].first")->value, 1);
	EXPECT_STR(the(&fields, "name")->text, "scope0");
	fields_clear(&fields);
}

static void unknown(void)
{
	struct image_bytes image = { .bytes = &sample, .len = 1 };
	struct fields fields = { 0 };
	struct btf *btf = describe();

	EXPECT_NUM(btf_decode(&fields, btf, "nobody", &image), -ENOENT);
	EXPECT_NUM(btf_size(btf, "nobody"), -ENOENT);
	EXPECT_NUM(btf_size(btf, "sample"), sizeof(struct sample));
	btf__free(btf);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "every member is there, in order", every_member },
		{ "numbers and bitfields", numbers },
		{ "values and bits have their names", names },
		{ "octets and text", octets },
		{ "pointers are named by who knows", pointers },
		{ "an image that was cut off", cut_off },
		{ "the part behind another struct", from_the_middle },
		{ "a struct that is not described", unknown },
	};

	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
