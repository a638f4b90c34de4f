// SPDX-License-Identifier: GPL-2.0
/*
 * chain.c - a socket from its file to its sk_buffs, every field of it
 *
 * Called by cmd_show.c: chain_add() for each image the module sends or a record has,
 * then chain_describe(), which reads them by the kernel's BTF and names what their
 * pointers point to: another object of the chain, or a symbol.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "chain.h"
#include "symbols.h"
#include "types.h"

/* what a person looks for first, in the order they are shown */
struct important {
	const char	*name;
	const char	*path;
};

static const struct important important[] = {
	{ "file", "f_flags" }, { "file", "f_count.counter" },
	{ "file", "f_ref.refcnt.counter" }, { "file", "f_inode" },
	{ "file", "f_op" }, { "file", "private_data" },
	{ "socket", "state" }, { "socket", "type" }, { "socket", "flags" },
	{ "socket", "ops" }, { "socket", "file" }, { "socket", "sk" },
	{ "sock", "__sk_common.skc_family" }, { "sock", "sk_type" },
	{ "sock", "sk_protocol" }, { "sock", "__sk_common.skc_state" },
	{ "sock", "__sk_common.skc_flags" },
	{ "sock", "__sk_common.skc_refcnt.refs.counter" },
	{ "sock", "sk_shutdown" }, { "sock", "sk_err" },
	{ "sock", "sk_rcvbuf" }, { "sock", "sk_backlog.rmem_alloc.counter" },
	{ "sock", "sk_sndbuf" }, { "sock", "sk_wmem_alloc.refs.counter" },
	{ "sock", "sk_wmem_queued" }, { "sock", "sk_drops.counter" },
	{ "sock", "__sk_common.skc_prot" }, { "sock", "sk_data_ready" },
	{ "sock", "sk_socket" },
	{ "sock", "sk_receive_queue.qlen" }, { "sock", "sk_write_queue.qlen" },
	{ "sock", "sk_error_queue.qlen" },
	{ "sk_buff", "len" }, { "sk_buff", "data_len" },
	{ "sk_buff", "truesize" }, { "sk_buff", "users.refs.counter" },
	{ "sk_buff", "cloned" }, { "sk_buff", "pkt_type" },
	{ "sk_buff", "ip_summed" }, { "sk_buff", "head" },
	{ "sk_buff", "data" }, { "sk_buff", "tail" }, { "sk_buff", "end" },
	{ "sk_buff", "dev" }, { "sk_buff", "sk" }, { "sk_buff", "destructor" },
	{ "sk_buff", "next" }, { "sk_buff", "prev" },
	{ "skb_shared_info", "dataref.counter" },
	{ "skb_shared_info", "nr_frags" }, { "skb_shared_info", "gso_size" },
	{ "skb_shared_info", "gso_type" }, { "skb_shared_info", "frag_list" },
};

#define NR_IMPORTANT	(sizeof(important) / sizeof(important[0]))

/* what a pointer may lead to */
struct places {
	const struct chain	*chain;
	const struct symbols	*symbols;
};

/* the name of what an image is read as: a sock is one of its family, too */
static const char *struct_of(const struct object *object)
{
	if (object_number(object, SKBSCOPE_A_IMAGE_KIND) ==
	    SKBSCOPE_IMAGE_KIND_SOCK)
		return "sock";
	return object->picture.name;
}

/* the fields to look at first; @at is 0 for the first one. NULL behind the last */
const struct field *chain_important(const struct object *object, size_t *at)
{
	const char *name = struct_of(object);
	const struct field *field;

	while (*at < NR_IMPORTANT) {
		const struct important *i = &important[(*at)++];

		if (strcmp(i->name, name))
			continue;
		field = fields_find(&object->fields, i->path);
		if (field)
			return field;
	}
	return NULL;
}

const char *chain_queue_name(uint64_t queue)
{
	switch (queue) {
	case SKBSCOPE_IMAGE_QUEUE_RECEIVE:
		return "receive";
	case SKBSCOPE_IMAGE_QUEUE_WRITE:
		return "write";
	case SKBSCOPE_IMAGE_QUEUE_ERROR:
		return "error";
	case SKBSCOPE_IMAGE_QUEUE_READER:
		return "reader";
	case SKBSCOPE_IMAGE_QUEUE_OUT_OF_ORDER:
		return "out of order";
	case SKBSCOPE_IMAGE_QUEUE_RETRANSMIT:
		return "retransmit";
	case SKBSCOPE_IMAGE_QUEUE_BACKLOG:
		return "backlog";
	default:
		return "unknown";
	}
}

const char *chain_kind_name(uint64_t kind)
{
	switch (kind) {
	case SKBSCOPE_IMAGE_KIND_FILE:
		return "file";
	case SKBSCOPE_IMAGE_KIND_SOCKET:
		return "socket";
	case SKBSCOPE_IMAGE_KIND_SOCK:
		return "sock";
	case SKBSCOPE_IMAGE_KIND_QUEUE:
		return "queue";
	case SKBSCOPE_IMAGE_KIND_SKB:
		return "sk_buff";
	case SKBSCOPE_IMAGE_KIND_SHARED_INFO:
		return "skb_shared_info";
	default:
		return "unknown";
	}
}

/* a netlink_image_fn: keeps a copy */
int chain_add(const struct image_picture *image, void *arg)
{
	struct chain *chain = arg;
	struct object *object;

	if (chain->nr == chain->cap) {
		size_t cap = chain->cap ? 2 * chain->cap : 16;

		object = realloc(chain->object, cap * sizeof(*object));
		if (!object)
			return -ENOMEM;
		chain->object = object;
		chain->cap = cap;
	}
	object = &chain->object[chain->nr];
	memset(object, 0, sizeof(*object));
	object->picture = *image;
	object->bytes = malloc(image->len + 1);
	if (!object->bytes)
		return -ENOMEM;
	if (image->len)
		memcpy(object->bytes, image->bytes, image->len);
	object->picture.bytes = object->bytes;
	chain->nr++;
	return 0;
}

static char *name_object(const struct object *object, uint64_t offset)
{
	uint64_t kind = object_number(object, SKBSCOPE_A_IMAGE_KIND);
	char place[64] = "", list[48] = "", behind[32] = "";
	char *text;

	if (kind == SKBSCOPE_IMAGE_KIND_SKB ||
	    kind == SKBSCOPE_IMAGE_KIND_SHARED_INFO)
		snprintf(place, sizeof(place), " [%" PRIu64 "] of the %s queue",
			 object_number(object, SKBSCOPE_A_IMAGE_INDEX),
			 chain_queue_name(object_number(object,
							SKBSCOPE_A_IMAGE_QUEUE)));
	if (num_has(&object->picture.n, SKBSCOPE_A_IMAGE_FRAG))
		snprintf(list, sizeof(list), " %" PRIu64 " in frag_list of",
			 object_number(object, SKBSCOPE_A_IMAGE_FRAG));
	if (offset)
		snprintf(behind, sizeof(behind), "+0x%" PRIx64, offset);
	return asprintf(&text, "%s%s%s%s", struct_of(object), behind, list,
			place) < 0 ? NULL : text;
}

static char *pointee(uint64_t address, void *arg)
{
	const struct places *places = arg;
	const struct object *object;
	size_t i;

	for (i = 0; i < places->chain->nr; i++) {
		uint64_t at;

		object = &places->chain->object[i];
		at = object_number(object, SKBSCOPE_A_IMAGE_ADDRESS);
		if (address >= at && address - at <
		    object_number(object, SKBSCOPE_A_IMAGE_SIZE))
			return name_object(object, address - at);
	}
	return symbols_name(places->symbols, address);
}

/* the kernel's habit: UDPv6 has udp6_sock, UNIX-STREAM unix_sock */
static void guess_own(const char *proto, char *own, size_t size)
{
	const char *from = !strncmp(proto, "AF_", 3) ? proto + 3 : proto;
	size_t len = 0;

	for (; *from && *from != '-' && len + 7 < size; from++)
		if (*from != 'v' || from[1] != '6')
			own[len++] = tolower((unsigned char)*from);
	snprintf(own + len, size - len, "_sock");
}

/* only if it is as long as the object */
static void find_own(struct types *types, struct object *object,
		     const struct image_bytes *image)
{
	struct image_bytes behind = *image;
	const struct btf *btf;
	char own[64];
	long sock;

	guess_own(object->picture.proto, own, sizeof(own));
	btf = types_with(types, own);
	if (!btf || (uint64_t)btf_size(btf, own) !=
	    object_number(object, SKBSCOPE_A_IMAGE_SIZE))
		return;
	sock = btf_size(btf, "sock");
	if (sock < 0)
		return;
	behind.from = sock;
	if (!btf_decode(&object->own_fields, btf, own, &behind))
		snprintf(object->own, sizeof(object->own), "%s", own);
}

static int describe(struct types *types, struct object *object,
		    struct places *places)
{
	struct image_bytes image = {
		.bytes = object->bytes,
		.len = object->picture.len,
		.pointee = pointee,
		.arg = places,
	};
	const char *name = struct_of(object);
	const struct btf *btf;
	int ret;

	btf = *name ? types_with(types, name) : NULL;
	if (!btf)
		return 0;
	ret = btf_decode(&object->fields, btf, name, &image);
	if (!ret && object_number(object, SKBSCOPE_A_IMAGE_KIND) ==
	    SKBSCOPE_IMAGE_KIND_SOCK)
		find_own(types, object, &image);
	return ret;
}

/**
 * chain_describe_by - read the objects' fields
 * @chain: all of them
 * @types: of the kernel they are from
 * @symbols: and of its own addresses, as many as are known
 *
 * Return: 0 or -errno.
 */
int chain_describe_by(struct chain *chain, struct types *types,
		      const struct symbols *symbols)
{
	struct places places = { .chain = chain, .symbols = symbols };
	int ret = 0;
	size_t i;

	for (i = 0; i < chain->nr && !ret; i++)
		ret = describe(types, &chain->object[i], &places);
	return ret;
}

/**
 * chain_describe - read the fields of objects of the running kernel
 *
 * Without the kernel's BTF none is read, and @chain->why says so.
 *
 * Return: 0 or -errno.
 */
int chain_describe(struct chain *chain)
{
	struct types *types = types_open(&chain->why);
	struct symbols symbols = { 0 };
	int ret;

	if (!types)
		return 0;
	/* without them a pointer into the kernel stays a number */
	symbols_read(&symbols, "/proc/kallsyms");
	ret = chain_describe_by(chain, types, &symbols);
	symbols_clear(&symbols);
	types_close(types);
	return ret;
}

void chain_clear(struct chain *chain)
{
	size_t i;

	for (i = 0; i < chain->nr; i++) {
		free(chain->object[i].bytes);
		fields_clear(&chain->object[i].fields);
		fields_clear(&chain->object[i].own_fields);
	}
	free(chain->object);
	memset(chain, 0, sizeof(*chain));
}
