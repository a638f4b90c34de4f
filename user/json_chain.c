// SPDX-License-Identifier: GPL-2.0
/*
 * json_chain.c - a socket from its file to its sk_buffs, for programs
 *
 * Called by cmd_show.c with --json, and by json_skb.c for the value of a field.
 * Addresses and pointers are strings: their 64 bits are more than most readers of
 * JSON keep.
 */
#include <inttypes.h>
#include <stdio.h>

#include <json-c/json.h>

#include "json.h"
#include "json_put.h"

static struct json_object *hex(uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, number);
	return json_object_new_string(text);
}

/* as a number, or a string where that says more */
struct json_object *json_value(const struct field *field)
{
	switch (field->kind) {
	case FIELD_NUMBER:
		return field->is_signed ?
		       json_object_new_int64(field->value) :
		       json_object_new_uint64(field->value);
	case FIELD_POINTER:
		return hex(field->value);
	case FIELD_TEXT:
	case FIELD_BYTES:
		return json_object_new_string(field->text);
	default:
		return NULL;
	}
}

/* of the number, or of what is pointed to; null where it has none */
struct json_object *json_name(const struct field *field)
{
	return field->kind == FIELD_NUMBER || field->kind == FIELD_POINTER ?
	       string(field->text) : NULL;
}

static struct json_object *json_field(const struct field *field)
{
	struct json_object *o = json_object_new_object();

	put(o, "path", json_object_new_string(field->path));
	put(o, "type", json_object_new_string(field->type));
	put(o, "bit", json_object_new_uint64(field->offset));
	put(o, "bits", json_object_new_uint64(field->bits));
	put(o, "value", json_value(field));
	put(o, "name", json_name(field));
	return o;
}

struct json_object *json_fields(const struct fields *fields)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < fields->nr; i++)
		json_object_array_add(list, json_field(&fields->field[i]));
	return list;
}

static struct json_object *json_important(const struct object *object)
{
	struct json_object *list = json_object_new_array();
	const struct field *field;
	size_t at = 0;

	while ((field = chain_important(object, &at)))
		json_object_array_add(list, json_field(field));
	return list;
}

static void put_number(struct json_object *o, const char *key,
		       const struct object *object, int attr)
{
	if (num_has(&object->picture.n, attr))
		put(o, key, json_object_new_uint64(object_number(object,
								 attr)));
}

struct json_object *json_object_of(const struct object *object, bool full)
{
	struct json_object *o = json_object_new_object();

	put(o, "kind", string(chain_kind_name(object_number(object,
							    SKBSCOPE_A_IMAGE_KIND))));
	put(o, "struct", string(object->picture.name));
	put(o, "address", hex(object_number(object,
					    SKBSCOPE_A_IMAGE_ADDRESS)));
	put_number(o, "size", object, SKBSCOPE_A_IMAGE_SIZE);
	put(o, "torn", json_object_new_boolean(object->picture.torn));
	if (num_has(&object->picture.n, SKBSCOPE_A_IMAGE_QUEUE))
		put(o, "queue",
		    string(chain_queue_name(object_number(object,
							  SKBSCOPE_A_IMAGE_QUEUE))));
	put_number(o, "index", object, SKBSCOPE_A_IMAGE_INDEX);
	put_number(o, "frag", object, SKBSCOPE_A_IMAGE_FRAG);
	put_number(o, "skb", object, SKBSCOPE_A_IMAGE_SKB_ID);
	put_number(o, "len", object, SKBSCOPE_A_IMAGE_LEN);
	put_number(o, "left_out", object, SKBSCOPE_A_IMAGE_LEFT_OUT);
	put_number(o, "inode", object, SKBSCOPE_A_IMAGE_INODE);
	put_number(o, "family", object, SKBSCOPE_A_IMAGE_FAMILY);
	if (object->picture.proto[0])
		put(o, "proto", string(object->picture.proto));
	put_number(o, "netns", object, SKBSCOPE_A_IMAGE_NETNS);
	if (!object->picture.name[0])
		return o;
	put(o, "fields", full ? json_fields(&object->fields) :
				json_important(object));
	if (object->own[0]) {
		put(o, "own_struct", string(object->own));
		if (full)
			put(o, "own_fields", json_fields(&object->own_fields));
	}
	return o;
}

struct json_object *json_chain(const struct chain *chain, bool full)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < chain->nr; i++)
		json_object_array_add(list, json_object_of(&chain->object[i],
							   full));
	put(o, "objects", list);
	put(o, "no_fields", string(chain->why));
	return o;
}

/* the same out of a record, and when that was */
struct json_object *json_recorded(const struct chain *chain, bool at_start,
				  bool full)
{
	struct json_object *o = json_chain(chain, full);

	put(o, "moment", string(at_start ? "begin" : "end"));
	return o;
}
