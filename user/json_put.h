/* SPDX-License-Identifier: GPL-2.0 */
/*
 * json_put.h - members of an object
 *
 * Used by the json_*.c, which all name their keys by literals. json.c has the
 * functions.
 */
#ifndef _JSON_PUT_H
#define _JSON_PUT_H

#include <json-c/json.h>

#include "names.h"
#include "picture.h"

typedef const char *(*name_fn)(uint64_t number, char buf[NAME_LEN]);

/**
 * struct number_key - a number that is told
 * @name: of the number, that is told instead; or NULL
 */
struct number_key {
	const char	*key;
	int		attr;
	name_fn		name;
};

void put_numbers(struct json_object *o, const struct numbers *n,
		 const struct number_key *key, size_t nr);

#define PUT_NUMBERS(o, n, keys) \
	put_numbers(o, n, keys, sizeof(keys) / sizeof((keys)[0]))

/* keys are literals and come once: no copy, no search */
static inline void put(struct json_object *o, const char *key,
		       struct json_object *value)
{
	json_object_object_add_ex(o, key, value,
				  JSON_C_OBJECT_ADD_KEY_IS_NEW |
				  JSON_C_OBJECT_KEY_IS_CONSTANT);
}

/* NULL, which is null, for none and for an empty one */
static inline struct json_object *string(const char *text)
{
	return text && *text ? json_object_new_string(text) : NULL;
}

#endif /* _JSON_PUT_H */
