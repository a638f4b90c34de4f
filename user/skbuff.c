// SPDX-License-Identifier: GPL-2.0
/*
 * skbuff.c - every field of an sk_buff at a station
 *
 * Called by diff.c and cmd_show.c with events that have an image (stream.c).
 * Reads it by the BTF of the kernel that the events are from (btf.c) and names
 * what pointers point to: a place in the sk_buff's own buffer, a symbol, or a
 * device or socket that an event before told of.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "image.h"
#include "skbscope.h"
#include "skbuff.h"
#include "stream.h"
#include "symbols.h"
#include "types.h"

/* a struct that is looked for once */
struct layout {
	const struct btf	*btf;
	int			id;
};

/* octets from the front of struct sk_buff, -1 where it has no such member */
struct offsets {
	int	head;
	int	end;
	int	dev;
	int	sk;
	int	cb;
};

struct reader {
	struct types		*types;
	const char		*why;
	const struct symbols	*symbols;
	struct symbols		learned;	/* devices and sockets */
	struct layout		sk_buff;
	struct layout		shared_info;
	struct layout		cb;
	struct offsets		at;
	const struct image	*image;		/* that is being read */
};

static void find_layout(struct reader *r, const char *name, struct layout *l)
{
	l->btf = types_with(r->types, name);
	l->id = l->btf ? btf_id(l->btf, name) : -ENOENT;
	if (l->id < 0)
		l->btf = NULL;
}

static int offset_of(const struct fields *fields, const char *path)
{
	const struct field *field = fields_find(fields, path);

	return field ? (int)(field->offset / 8) : -1;
}

static void find_offsets(struct reader *r)
{
	const struct image_bytes nothing = { 0 };
	struct fields fields = { 0 };

	if (!btf_decode_id(&fields, r->sk_buff.btf, r->sk_buff.id, &nothing))
		r->at = (struct offsets){
			.head = offset_of(&fields, "head"),
			.end = offset_of(&fields, "end"),
			.dev = offset_of(&fields, "dev"),
			.sk = offset_of(&fields, "sk"),
			.cb = offset_of(&fields, "cb"),
		};
	fields_clear(&fields);
}

/**
 * reader_of - get ready to read images
 * @types: the reader's from here on; NULL for none
 * @why: there are none
 * @symbols: the caller's; NULL for none
 *
 * Return: for reader_free(), or NULL without memory.
 */
struct reader *reader_of(struct types *types, const char *why,
			 const struct symbols *symbols)
{
	struct reader *r = calloc(1, sizeof(*r));
	const struct btf *sock;

	if (!r) {
		types_close(types);
		return NULL;
	}
	r->types = types;
	r->why = types ? NULL : why;
	r->symbols = symbols;
	r->learned.reach = 1;
	r->at = (struct offsets){ -1, -1, -1, -1, -1 };
	if (!types)
		return r;
	find_layout(r, "sk_buff", &r->sk_buff);
	find_layout(r, "skb_shared_info", &r->shared_info);
	find_layout(r, "scope_skb_cb", &r->cb);
	/* a queue's neighbours point into the sock whose queue it is */
	sock = types_with(r->types, "scope_sock");
	if (sock)
		r->learned.reach = btf_size(sock, "scope_sock");
	if (r->sk_buff.btf)
		find_offsets(r);
	else
		r->why = "the kernel's BTF has no struct sk_buff";
	return r;
}

/* of the kernel that the stream's events are from */
struct reader *reader_new(struct stream *stream)
{
	const char *why = NULL;
	struct types *types = stream_types(stream, &why);

	return reader_of(types, why, stream_symbols(stream));
}

void reader_free(struct reader *r)
{
	if (!r)
		return;
	symbols_clear(&r->learned);
	types_close(r->types);
	free(r);
}

/* why there are no fields, or NULL */
const char *reader_why(const struct reader *r)
{
	return r->why;
}

/* of @size octets in struct sk_buff; 0 where there are none */
static uint64_t member(const struct image *image, int offset, size_t size)
{
	uint64_t value = 0;

	if (offset >= 0 && offset + size <= image->sk_buff.len)
		memcpy(&value, image->sk_buff.at + offset, size);
	return value;
}

/* skb->head, 0 where it is not known */
uint64_t reader_head(const struct reader *r, const struct image *image)
{
	return member(image, r->at.head, 8);
}

static int learn(struct reader *r, uint64_t address, const char *name)
{
	char *known;
	int same;

	if (!address)
		return 0;
	known = symbols_name(&r->learned, address);
	same = known && !strcmp(known, name);
	free(known);
	if (same)
		return 0;
	/* of two with one address, the one that was added later is found */
	return symbols_add(&r->learned, address, name);
}

/* what the event says of the image's pointers */
static int learn_names(struct reader *r, const struct event *ev)
{
	char name[32];
	int ret = 0;

	if (ev->dev[0])
		ret = learn(r, member(ev->image, r->at.dev, 8), ev->dev);
	if (!ret && ev->image->sock) {
		snprintf(name, sizeof(name), "sock %" PRIu64, ev->image->sock);
		ret = learn(r, member(ev->image, r->at.sk, 8), name);
	}
	return ret;
}

static char *behind(const char *what, uint64_t offset)
{
	char *text;

	if (!offset)
		return strdup(what);
	return asprintf(&text, "%s+%" PRIu64, what, offset) < 0 ? NULL : text;
}

static char *pointee(uint64_t address, void *arg)
{
	const struct reader *r = arg;
	const struct image *image = r->image;
	uint64_t head = member(image, r->at.head, 8);
	uint64_t end = member(image, r->at.end, 4);
	char *name;

	if (address - image->address < image->sk_buff.len)
		return behind("sk_buff", address - image->address);
	if (head && address - head < end)
		return behind("head", address - head);
	if (head && address - head - end < image->shared_info.len)
		return behind("shared_info", address - head - end);
	name = symbols_name(&r->learned, address);
	if (!name && r->symbols)
		name = symbols_name(r->symbols, address);
	return name;
}

/* where the family's cb has not been written over by a qdisc, tc or a device */
static bool cb_is_ours(int station)
{
	return station <= SCOPE_STATION_DEVICE_QUEUE ||
	       (station >= SCOPE_STATION_DEVICE_RECEIVE &&
		station <= SCOPE_STATION_SOCKET_RECV);
}

/* as members of cb, from where they are in struct sk_buff */
static int read_cb(struct reader *r, struct fields *fields)
{
	size_t first = fields->nr, i;
	struct image_bytes part = { .pointee = pointee, .arg = r };
	int ret;

	if (!r->cb.btf || r->at.cb < 0 ||
	    (size_t)r->at.cb > r->image->sk_buff.len)
		return 0;
	part.bytes = r->image->sk_buff.at + r->at.cb;
	part.len = r->image->sk_buff.len - r->at.cb;
	ret = btf_decode_id(fields, r->cb.btf, r->cb.id, &part);
	for (i = first; !ret && i < fields->nr; i++) {
		struct field *field = &fields->field[i];
		char *path;

		if (asprintf(&path, "cb.%s", field->path) < 0)
			return -ENOMEM;
		free(field->path);
		field->path = path;
		field->offset += 8 * (uint64_t)r->at.cb;
	}
	return ret;
}

/**
 * reader_read - read an event's image
 * @ev: its image is there
 * @skb: filled, for skbuff_clear()
 *
 * Return: 0 or -errno; -ENOENT where reader_why() says why.
 */
int reader_read(struct reader *r, const struct event *ev, struct skbuff *skb)
{
	const struct image *image = ev->image;
	struct image_bytes bytes = { .pointee = pointee, .arg = r };
	int ret;

	memset(skb, 0, sizeof(*skb));
	if (r->why)
		return -ENOENT;
	r->image = image;
	ret = learn_names(r, ev);
	bytes.bytes = image->sk_buff.at;
	bytes.len = image->sk_buff.len;
	if (!ret)
		ret = btf_decode_id(&skb->fields, r->sk_buff.btf,
				    r->sk_buff.id, &bytes);
	if (!ret && cb_is_ours(image->station))
		ret = read_cb(r, &skb->fields);
	bytes.bytes = image->shared_info.at;
	bytes.len = image->shared_info.len;
	if (!ret && r->shared_info.btf)
		ret = btf_decode_id(&skb->shared, r->shared_info.btf,
				    r->shared_info.id, &bytes);
	if (ret)
		skbuff_clear(skb);
	return ret;
}

void skbuff_clear(struct skbuff *skb)
{
	fields_clear(&skb->fields);
	fields_clear(&skb->shared);
}

/* false where there is no such number or pointer */
bool skbuff_number(const struct fields *fields, const char *path,
		   uint64_t *value)
{
	const struct field *field = fields_find(fields, path);

	if (!field || (field->kind != FIELD_NUMBER &&
		       field->kind != FIELD_POINTER))
		return false;
	*value = field->value;
	return true;
}
