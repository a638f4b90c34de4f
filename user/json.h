/* SPDX-License-Identifier: GPL-2.0 */
/*
 * json.h - what the tool shows, for programs
 *
 * Used by the commands with --json. One object a line; who asks for an object
 * owns it. An event is its line at once.
 */
#ifndef _JSON_H
#define _JSON_H

#include <stdio.h>

#include "chain.h"
#include "event.h"
#include "picture.h"
#include "procfs.h"
#include "rule.h"
#include "skbuff.h"
#include "stop.h"
#include "view.h"
#include "way.h"

struct json_object;

const char *json_event(const struct event *ev);

struct json_object *json_socket(const struct socket_picture *sock,
				const struct owners *owners);
struct json_object *json_station(const struct station_picture *st);
struct json_object *json_rule(const struct rule *rule);
struct json_object *json_stop(const struct stop *stop);
struct json_object *json_gone(const struct stop *stop);
struct json_object *json_ledger(const struct ledger *ledger);
struct json_object *json_piece(const struct piece *piece, uint64_t lost);

struct json_object *json_chain(const struct chain *chain, bool full);
struct json_object *json_recorded(const struct chain *chain, bool at_start,
				  bool full);
struct json_object *json_object_of(const struct object *object, bool full);
struct json_object *json_fields(const struct fields *fields);
struct json_object *json_view(const struct skb_view *v, bool full);
struct json_object *json_value(const struct field *field);
struct json_object *json_name(const struct field *field);
struct json_object *json_diff(const struct diff *d, const struct event *before);
struct json_object *json_diff_of(const struct diff *d,
				 const struct event *before,
				 const struct event *after);
void json_event_diff(FILE *out, const char *event, struct json_object *diff);

int json_line(FILE *out, struct json_object *object);

#endif /* _JSON_H */
