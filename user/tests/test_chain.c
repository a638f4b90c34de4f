// SPDX-License-Identifier: GPL-2.0
/*
 * test_chain.c - a socket from its file to its sk_buffs: messages, boxes, JSON,
 * and what the kernel calls its addresses
 *
 * Called by tests/run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <json-c/json.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "chain.h"
#include "json.h"
#include "render.h"
#include "symbols.h"
#include "tests/ktap.h"

static void an_image(void)
{
	struct nl_msg *msg = nlmsg_alloc_simple(1, 0);
	struct image_picture image;

	nla_put_u32(msg, SKBSCOPE_A_IMAGE_KIND, SKBSCOPE_IMAGE_KIND_SOCK);
	nla_put_u64(msg, SKBSCOPE_A_IMAGE_ADDRESS, 0xffff888001234500ULL);
	nla_put_string(msg, SKBSCOPE_A_IMAGE_STRUCT, "sock");
	nla_put_string(msg, SKBSCOPE_A_IMAGE_PROTO, "TCP");
	nla_put_u32(msg, SKBSCOPE_A_IMAGE_SIZE, 2000);
	nla_put_flag(msg, SKBSCOPE_A_IMAGE_TORN);
	nla_put(msg, SKBSCOPE_A_IMAGE_BYTES, 5, "bytes");
	EXPECT_NUM(image_decode(nlmsg_data(nlmsg_hdr(msg)),
				nlmsg_datalen(nlmsg_hdr(msg)), &image), 0);
	EXPECT_STR(image.name, "sock");
	EXPECT_STR(image.proto, "TCP");
	EXPECT(image.torn);
	EXPECT_NUM(image.len, 5);
	EXPECT(!memcmp(image.bytes, "bytes", 5));
	EXPECT_NUM(num_get(&image.n, SKBSCOPE_A_IMAGE_SIZE), 2000);
	EXPECT(num_get(&image.n, SKBSCOPE_A_IMAGE_ADDRESS) ==
	       0xffff888001234500ULL);
	EXPECT(!num_has(&image.n, SKBSCOPE_A_IMAGE_QUEUE));
	nlmsg_free(msg);

	/* an answer that does not say what it is of */
	msg = nlmsg_alloc_simple(1, 0);
	EXPECT_NUM(image_decode(nlmsg_data(nlmsg_hdr(msg)),
				nlmsg_datalen(nlmsg_hdr(msg)), &image),
		   -EPROTO);
	nlmsg_free(msg);
}

static void set(struct image_picture *image, int attr, uint64_t value)
{
	num_set(&image->n, attr, value);
}

static struct object *add(struct chain *chain, const char *name, uint64_t kind,
			  uint64_t address)
{
	struct image_picture image = { .bytes = "12345678", .len = 8 };

	snprintf(image.name, sizeof(image.name), "%s", name);
	set(&image, SKBSCOPE_A_IMAGE_KIND, kind);
	set(&image, SKBSCOPE_A_IMAGE_ADDRESS, address);
	set(&image, SKBSCOPE_A_IMAGE_SIZE, 8);
	EXPECT_NUM(chain_add(&image, chain), 0);
	return &chain->object[chain->nr - 1];
}

static void add_field(struct object *object, const char *path,
		      enum field_kind kind, uint64_t value, const char *text)
{
	struct fields *fields = &object->fields;

	fields->field = realloc(fields->field, (fields->nr + 1) *
				sizeof(fields->field[0]));
	fields->field[fields->nr++] = (struct field) {
		.path = strdup(path),
		.type = strdup("type"),
		.kind = kind,
		.bits = 32,
		.value = value,
		.text = text ? strdup(text) : NULL,
	};
}

/* a file, a sock of which a part came, and a queue that is too long */
static struct chain sample(void)
{
	struct chain chain = { 0 };
	struct object *object;

	object = add(&chain, "file", SKBSCOPE_IMAGE_KIND_FILE, 0xffff0100);
	add_field(object, "f_mode", FIELD_NUMBER, 3, NULL);
	add_field(object, "private_data", FIELD_POINTER, 0xffff0200, "socket");
	add_field(object, "f_flags", FIELD_NUMBER, 2, "O_RDWR");
	object = add(&chain, "sock", SKBSCOPE_IMAGE_KIND_SOCK, 0xffff0300);
	set(&object->picture, SKBSCOPE_A_IMAGE_SIZE, 20000);
	object->picture.torn = true;
	snprintf(object->own, sizeof(object->own), "tcp_sock");
	object = add(&chain, "", SKBSCOPE_IMAGE_KIND_QUEUE, 0xffff0400);
	set(&object->picture, SKBSCOPE_A_IMAGE_QUEUE,
	    SKBSCOPE_IMAGE_QUEUE_RECEIVE);
	set(&object->picture, SKBSCOPE_A_IMAGE_LEN, 70);
	set(&object->picture, SKBSCOPE_A_IMAGE_LEFT_OUT, 6);
	object = add(&chain, "sk_buff", SKBSCOPE_IMAGE_KIND_SKB, 0xffff0500);
	set(&object->picture, SKBSCOPE_A_IMAGE_SKB_ID, 42);
	add_field(object, "len", FIELD_NUMBER, 5, NULL);
	add_field(object, "cb", FIELD_BYTES, 0, "00ff");
	set(&object->picture, SKBSCOPE_A_IMAGE_LEN, 9);
	set(&object->picture, SKBSCOPE_A_IMAGE_LEFT_OUT, 8);
	object = add(&chain, "sk_buff", SKBSCOPE_IMAGE_KIND_SKB, 0xffff0600);
	set(&object->picture, SKBSCOPE_A_IMAGE_FRAG, 1);
	return chain;
}

static char *drawn(const struct chain *chain, bool full)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	render_chain(out, chain, full, &palette_plain);
	fclose(out);
	return text;
}

static void boxes(void)
{
	struct chain chain = sample();
	char *text = drawn(&chain, false);

	EXPECT_HAS(text, "| struct file  0xffff0100  8 octets  |\n");
	/* the important ones first, whatever their place */
	EXPECT_HAS(text, "| f_flags       2 O_RDWR             |\n"
		   "| private_data  0xffff0200 -> socket |\n");
	EXPECT(!strstr(text, "f_mode"));
	EXPECT_HAS(text, "struct tcp_sock  0xffff0300  20000 octets");
	EXPECT_HAS(text, "it may have changed while it was copied");
	EXPECT_HAS(text, "the first 8 of its 20000 octets");
	EXPECT_HAS(text, "receive queue  0xffff0400  70 sk_buffs  the last 6 are not shown");
	EXPECT_HAS(text, "    | struct sk_buff  0xffff0500  8 octets  skb 42");
	EXPECT_HAS(text, "    | of its frag_list the last 8 are not shown    |\n");
	EXPECT_HAS(text, "           |  frag_list\n           v\n        +---");
	EXPECT_HAS(text, "        | struct sk_buff  0xffff0600  8 octets |\n");
	free(text);
	chain_clear(&chain);
}

static void every_field(void)
{
	struct chain chain = sample();
	char *text = drawn(&chain, true);

	EXPECT_HAS(text, "f_mode  type  3");
	EXPECT_HAS(text, "cb  type  00ff");
	free(text);
	chain_clear(&chain);
}

static struct json_object *at(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	EXPECT(json_object_object_get_ex(o, key, &value));
	return value;
}

static void for_programs(void)
{
	struct chain chain = sample();
	struct json_object *root = json_chain(&chain, true);
	struct json_object *list = at(root, "objects"), *o, *fields;

	EXPECT_NUM(json_object_array_length(list), 5);
	EXPECT(!at(root, "no_fields"));
	o = json_object_array_get_idx(list, 0);
	EXPECT_STR(json_object_get_string(at(o, "kind")), "file");
	EXPECT_STR(json_object_get_string(at(o, "address")), "0xffff0100");
	fields = at(o, "fields");
	EXPECT_NUM(json_object_array_length(fields), 3);
	o = json_object_array_get_idx(fields, 1);
	EXPECT_STR(json_object_get_string(at(o, "path")), "private_data");
	EXPECT_STR(json_object_get_string(at(o, "value")), "0xffff0200");
	EXPECT_STR(json_object_get_string(at(o, "name")), "socket");
	o = json_object_array_get_idx(list, 1);
	EXPECT(json_object_get_boolean(at(o, "torn")));
	EXPECT_STR(json_object_get_string(at(o, "own_struct")), "tcp_sock");
	o = json_object_array_get_idx(list, 2);
	EXPECT_STR(json_object_get_string(at(o, "queue")), "receive");
	EXPECT_NUM(json_object_get_int(at(o, "left_out")), 6);
	o = json_object_array_get_idx(list, 3);
	EXPECT_NUM(json_object_get_int(at(o, "skb")), 42);
	EXPECT_NUM(json_object_get_int(at(o, "left_out")), 8);
	o = json_object_array_get_idx(list, 4);
	EXPECT_NUM(json_object_get_int(at(o, "frag")), 1);
	json_object_put(root);
	chain_clear(&chain);
}

static void expect_symbol(const struct symbols *symbols, uint64_t address,
			  const char *wanted)
{
	char *name = symbols_name(symbols, address);

	if (wanted)
		EXPECT_STR(name, wanted);
	else
		EXPECT(!name);
	free(name);
}

static void names_of_addresses(void)
{
	struct symbols symbols = { 0 };
	char path[] = "/tmp/test_chain.XXXXXX";
	int fd = mkstemp(path);

	dprintf(fd, "0000000000001000 A percpu\n"
		"ffffffff81002000 T second\n"
		"ffffffff81001000 T first\n"
		"ffffffffc0100000 d scope_proto\t[skbscope]\n");
	close(fd);
	EXPECT_NUM(symbols_read(&symbols, path), 0);
	unlink(path);
	expect_symbol(&symbols, 0xffffffff81001000, "first");
	expect_symbol(&symbols, 0xffffffff81001ffc, "first+0xffc");
	expect_symbol(&symbols, 0xffffffff81002000, "second");
	expect_symbol(&symbols, 0xffffffffc0100000, "scope_proto");
	/* far behind one, in front of all, in no part of the kernel */
	expect_symbol(&symbols, 0xffffffff81100000, NULL);
	expect_symbol(&symbols, 0xffffffff81000000, NULL);
	expect_symbol(&symbols, 0x1008, NULL);
	symbols_clear(&symbols);
	EXPECT_NUM(symbols_read(&symbols, "/nowhere"), -ENOENT);
	expect_symbol(&symbols, 0xffffffff81001000, NULL);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "an image as the module sends it", an_image },
		{ "boxes, the important fields first", boxes },
		{ "every field", every_field },
		{ "the same for programs", for_programs },
		{ "addresses have the names of symbols", names_of_addresses },
	};

	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
