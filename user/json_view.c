// SPDX-License-Identifier: GPL-2.0
/*
 * json_view.c - all that is known of one sk_buff, for programs
 *
 * Called by show_skb.c with --json. As json.c: names and order of the keys are
 * part of what other programs depend on; what is not known is null.
 */
#include <json-c/json.h>

#include "json.h"
#include "json_put.h"
#include "names.h"

static struct json_object *number(uint64_t v)
{
	return json_object_new_uint64(v);
}

static struct json_object *json_parts(const struct skb_view *v)
{
	struct json_object *o = json_object_new_object(), *frag;
	struct json_object *frags = json_object_new_array();
	unsigned int i;

	for (i = 0; i < v->nr_frags && i < VIEW_FRAGS; i++) {
		frag = json_object_new_object();
		put(frag, "len", number(v->frag[i].len));
		put(frag, "offset", number(v->frag[i].offset));
		json_object_array_add(frags, frag);
	}
	put(o, "at", string(v->at));
	put(o, "headroom", number(v->data));
	put(o, "linear", number(v->tail - v->data));
	put(o, "tailroom", number(v->end - v->tail));
	put(o, "shared_info",
	    number(object_number(&v->shared, SKBSCOPE_A_IMAGE_SIZE)));
	put(o, "frags", frags);
	put(o, "frag_list", number(v->frag_list));
	return o;
}

/* with @full every field it had there */
static struct json_object *json_station_of(const struct skb_view *v,
					   const struct event *ev, bool full)
{
	struct json_object *o = json_object_new_object();
	char name[NAME_LEN];
	struct skbuff skb;

	put(o, "ts", number(ev->ts));
	put(o, "cpu", json_object_new_int(ev->cpu));
	put(o, "station", ev->kind == EVENT_STATION ?
	    string(name_station(ev->v[EVF_STATION], name)) : NULL);
	if (!full)
		return o;
	if (!ev->image || reader_read(v->reader, ev, &skb)) {
		put(o, "sk_buff", NULL);
		put(o, "skb_shared_info", NULL);
		return o;
	}
	put(o, "sk_buff", json_fields(&skb.fields));
	put(o, "skb_shared_info", json_fields(&skb.shared));
	skbuff_clear(&skb);
	return o;
}

static void put_kin(const struct kin *kin, enum tie tie, bool same_head,
		    void *arg)
{
	static const char *const ties[] = {
		[TIE_PARENT] = "parent",
		[TIE_CHILD] = "child",
		[TIE_SAME_HEAD] = "head",
	};
	struct json_object *o = json_object_new_object();
	char name[NAME_LEN];

	put(o, "skb", number(kin->id));
	put(o, "tie", string(ties[tie]));
	put(o, "relation", string(name_relation(kin->relation, name)));
	put(o, "same_head", json_object_new_boolean(same_head));
	put(o, "station", kin->station ?
	    string(name_station(kin->station, name)) : NULL);
	json_object_array_add(arg, o);
}

static void put_life(struct json_object *o, const struct skb_view *v, bool full)
{
	struct json_object *stations = NULL, *relatives = NULL;
	const struct journey *own = v->life ? &v->life->own : NULL;
	char name[NAME_LEN];
	size_t i;

	put(o, "parent", own && own->parent ? number(own->parent) : NULL);
	put(o, "relation", own ? string(name_relation(own->relation, name)) :
				 NULL);
	if (own) {
		stations = json_object_new_array();
		for (i = 0; i < own->nr; i++)
			json_object_array_add(stations,
					      json_station_of(v, &own->ev[i],
							      full));
		relatives = json_object_new_array();
		life_relatives(v->life, put_kin, relatives);
	}
	put(o, "stations", stations);
	put(o, "relatives", relatives);
}

struct json_object *json_view(const struct skb_view *v, bool full)
{
	struct json_object *o = json_object_new_object();
	struct json_object *objects = json_object_new_array();

	put(o, "skb", number(v->id));
	put(o, "place", string(v->place));
	put_life(o, v, full);
	put(o, "buffer", v->skb.fields.nr ? json_parts(v) : NULL);
	if (v->skb.fields.nr)
		json_object_array_add(objects, json_object_of(&v->skb, full));
	if (v->shared.fields.nr)
		json_object_array_add(objects,
				      json_object_of(&v->shared, full));
	put(o, "objects", objects);
	put(o, "no_fields", string(v->why));
	return o;
}
