// SPDX-License-Identifier: GPL-2.0
/*
 * json_way.c - where the octets of a stream went, for programs
 *
 * Called by cmd_bytes.c. As json.c: names and order of the keys are part of what
 * other programs depend on; what is not known is null.
 */
#include <json-c/json.h>

#include "json.h"
#include "json_put.h"
#include "names.h"
#include "way.h"

static void put_number(struct json_object *o, const char *key, uint64_t v)
{
	put(o, key, json_object_new_uint64(v));
}

/* times and numbers of sk_buffs are never 0 */
static void put_known(struct json_object *o, const char *key, uint64_t v)
{
	put(o, key, v ? json_object_new_uint64(v) : NULL);
}

static void put_range(struct json_object *o, const struct range *range)
{
	put_number(o, "from", range->from);
	put_number(o, "to", range->to);
}

static struct json_object *json_call(const struct call *call)
{
	struct json_object *o = json_object_new_object();

	put_range(o, &call->range);
	put_number(o, "ts", call->ts);
	put_number(o, "sock", call->sock);
	put_number(o, "skb", call->skb);
	return o;
}

static void put_end(struct json_object *o, const struct buff *b)
{
	const char *end = b->at[SCOPE_STATION_END_DROPPED] ? "dropped" :
			  b->at[SCOPE_STATION_END_CONSUMED] ? "consumed" : "";
	char name[NAME_LEN];

	put(o, "last", string(name_station(b->last, name)));
	put(o, "end", string(end));
	put_known(o, "end_ts", b->at[SCOPE_STATION_END_DROPPED] ?:
		  b->at[SCOPE_STATION_END_CONSUMED]);
	put(o, "reason", string(b->reason));
}

static struct json_object *json_buff(const struct buff *b)
{
	struct json_object *o = json_object_new_object();
	char name[NAME_LEN];

	put_number(o, "skb", b->id);
	put_known(o, "parent", b->parent);
	put(o, "relation", string(name_relation(b->relation, name)));
	put_range(o, b->relation == SCOPE_RELATION_MERGE ? &b->queued :
							   &b->range);
	put_number(o, "ts", b->first);
	if (!b->kept) {
		put(o, "dev", string(b->dev));
		put_known(o, "xmit", b->at[SCOPE_STATION_DEVICE_XMIT]);
		put_known(o, "receive", b->at[SCOPE_STATION_DEVICE_RECEIVE]);
	}
	put_known(o, "queue", b->at[SCOPE_STATION_SOCKET_QUEUE]);
	put_known(o, "merged", b->merged);
	put_end(o, b);
	return o;
}

enum kind {
	KEPT,
	FRAME,
	COLLECTOR,
};

static enum kind kind_of(const struct buff *b)
{
	if (b->kept)
		return KEPT;
	return b->relation == SCOPE_RELATION_MERGE ? COLLECTOR : FRAME;
}

static struct json_object *json_buffs(const struct piece *piece, enum kind kind)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < piece->nr_buffs; i++)
		if (kind_of(piece->buff[i]) == kind)
			json_object_array_add(array, json_buff(piece->buff[i]));
	return array;
}

/* the steps that were not seen */
static struct json_object *json_lacks(const struct piece *piece)
{
	static const char *const names[STEPS] = {
		"send", "kept", "sent", "queued", "recv",
	};
	struct json_object *array = json_object_new_array();
	unsigned int step;

	for (step = 0; step < STEPS; step++)
		if (piece_lacks(piece, step))
			json_object_array_add(array,
					      json_object_new_string(names[step]));
	return array;
}

/**
 * json_piece - one piece and all that happened to it
 * @lost: how many events are missing: where there are any, a step that was not
 *	seen is unknown
 */
struct json_object *json_piece(const struct piece *piece, uint64_t lost)
{
	struct json_object *o = json_object_new_object(), *recvs;
	size_t i;

	put_number(o, "sock", piece->way->sock);
	put_known(o, "peer", piece->way->peer);
	put_range(o, &piece->range);
	put(o, "record_end", json_object_new_boolean(piece->record_end));
	put(o, "urgent", json_object_new_boolean(piece->urgent));
	put(o, "passed_over", json_object_new_boolean(piece->passed_over));
	put(o, "send", piece->send ? json_call(piece->send) : NULL);
	put(o, "kept", json_buffs(piece, KEPT));
	put(o, "frames", json_buffs(piece, FRAME));
	put(o, "collectors", json_buffs(piece, COLLECTOR));
	recvs = json_object_new_array();
	for (i = 0; i < piece->nr_recvs; i++)
		json_object_array_add(recvs, json_call(piece->recv[i]));
	put(o, "recv", recvs);
	put(o, "missing", lost ? json_object_new_array() : json_lacks(piece));
	put(o, "unknown", lost ? json_lacks(piece) : json_object_new_array());
	return o;
}
