// SPDX-License-Identifier: GPL-2.0
/*
 * show_skb.c - `skbscope show skb': one sk_buff, its life, buffer and fields
 *
 * Called by cmd_show.c. With a record or CMD all of its stations are known, and
 * the fields are those at the last one (life.c, skbuff.c). Without, it is looked
 * for on the queues of this namespace's sockets, and what is shown is as it is
 * there now (netlink.c, chain.c).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "family.h"
#include "image.h"
#include "json.h"
#include "message.h"
#include "names.h"
#include "netlink.h"
#include "render.h"
#include "session.h"
#include "signals.h"
#include "stream.h"
#include "view.h"
#include "watch.h"

static void make_object(struct object *object, int kind, const char *name,
			uint64_t address, size_t len)
{
	struct image_picture *picture = &object->picture;

	num_set(&picture->n, SKBSCOPE_A_IMAGE_KIND, kind);
	num_set(&picture->n, SKBSCOPE_A_IMAGE_ADDRESS, address);
	num_set(&picture->n, SKBSCOPE_A_IMAGE_SIZE, len);
	picture->len = len;
	snprintf(picture->name, sizeof(picture->name), "%s", name);
}

/* the fields at the last station that has an image; 0 or -errno */
static int read_last(struct skb_view *v)
{
	const struct event *ev = life_image(v->life);
	struct skbuff skb;
	uint64_t head;
	int ret;

	v->why = reader_why(v->reader);
	if (!ev || v->why)
		return 0;
	ret = reader_read(v->reader, ev, &skb);
	if (ret)
		return ret;
	head = reader_head(v->reader, ev->image);
	v->skb.fields = skb.fields;
	v->shared.fields = skb.shared;
	view_measure(v);
	make_object(&v->skb, SKBSCOPE_IMAGE_KIND_SKB, "sk_buff",
		    ev->image->address, ev->image->sk_buff.len);
	num_set(&v->skb.picture.n, SKBSCOPE_A_IMAGE_SKB_ID, v->id);
	make_object(&v->shared, SKBSCOPE_IMAGE_KIND_SHARED_INFO,
		    "skb_shared_info", head + v->end,
		    ev->image->shared_info.len);
	return 0;
}

static int write_view(const struct skb_question *q, const struct skb_view *v)
{
	if (q->json)
		return json_line(stdout, json_view(v, q->full));
	if (v->why)
		complain("no fields of the structs: %s", v->why);
	render_view(stdout, v, q->full, palette_for(STDOUT_FILENO));
	return 0;
}

static int show_life(const struct skb_question *q, struct life *life,
		     struct reader *reader, uint64_t lost)
{
	struct skb_view v = { .id = q->skb, .life = life, .reader = reader };
	const struct event *ev = life_image(life);
	char name[NAME_LEN], *place = life_place(life);
	int ret;

	v.place = place;
	if (ev)
		v.at = name_station(ev->v[EVF_STATION], name);
	ret = read_last(&v);
	if (!ret)
		write_view(q, &v);
	complain("events of skb %" PRIu64 ": %zu, events lost: %" PRIu64,
		 q->skb, life->own.nr, lost);
	fields_clear(&v.skb.fields);
	fields_clear(&v.shared.fields);
	free(place);
	return ret;
}

static int watch_it(const struct skb_question *q, struct stream *stream,
		    struct session *session)
{
	struct reader *reader = reader_new(stream);
	struct life life;
	int ret = -ENOMEM;

	if (!reader)
		goto out;
	life_begin(&life, q->skb, reader);
	ret = session && session_start(session) ? -ECANCELED :
	      watch(stream, session, life_add, &life);
	if (!ret && !life.own.nr) {
		complain("skb %" PRIu64 " was not seen%s", q->skb,
			 stream_lost(stream) ? "; events were lost" : "");
		ret = -ECANCELED;
	}
	if (!ret)
		ret = show_life(q, &life, reader, stream_lost(stream));
	life_clear(&life);
	reader_free(reader);
out:
	if (ret && ret != -ECANCELED)
		complain("reading the events failed: %s", strerror(-ret));
	return ret;
}

static int show_record(const struct skb_question *q)
{
	struct stream *stream = stream_open_record(q->record, true);
	int ret;

	if (!stream)
		return EXIT_SYSTEM;
	signals_ignore_pipe();
	ret = watch_it(q, stream, NULL);
	if (!stream_whole(stream))
		ret = -ECANCELED;
	stream_close(stream);
	return ret ? EXIT_SYSTEM : EXIT_OK;
}

static int show_live(const struct skb_question *q)
{
	struct session session;
	struct stream *stream;
	int status = EXIT_SYSTEM;

	if (session_prepare(&session, q->command))
		return EXIT_SYSTEM;
	stream = stream_open(q->buffer_kib, true, NULL);
	if (stream && !watch_it(q, stream, &session))
		status = session_status(&session);
	session_close(&session);
	stream_close(stream);
	return status;
}

/* its struct among the images of a socket, or NULL */
static struct object *find_in(const struct chain *chain, uint64_t skb)
{
	size_t i;

	for (i = 0; i < chain->nr; i++)
		if (object_number(&chain->object[i], SKBSCOPE_A_IMAGE_KIND) ==
		    SKBSCOPE_IMAGE_KIND_SKB &&
		    object_number(&chain->object[i],
				  SKBSCOPE_A_IMAGE_SKB_ID) == skb)
			return &chain->object[i];
	return NULL;
}

static int show_found(const struct skb_question *q, struct chain *chain,
		      uint64_t cookie)
{
	struct skb_view v = { .id = q->skb, .at = "its queue" };
	struct object *skb = find_in(chain, q->skb);
	size_t next = skb - chain->object + 1;
	char place[96];
	int ret;

	ret = chain_describe(chain);
	if (ret)
		return ret;
	snprintf(place, sizeof(place), "[%" PRIu64 "] of the %s queue of sock %"
		 PRIu64, object_number(skb, SKBSCOPE_A_IMAGE_INDEX),
		 chain_queue_name(object_number(skb, SKBSCOPE_A_IMAGE_QUEUE)),
		 cookie);
	v.place = place;
	v.why = chain->why;
	v.skb = *skb;
	if (next < chain->nr &&
	    object_number(&chain->object[next], SKBSCOPE_A_IMAGE_KIND) ==
	    SKBSCOPE_IMAGE_KIND_SHARED_INFO)
		v.shared = chain->object[next];
	view_measure(&v);
	write_view(q, &v);
	return 0;
}

/* 1 if it was there and is shown, 0 if not, or -errno */
static int look_at(const struct skb_question *q, struct netlink *nl,
		   uint64_t cookie)
{
	struct chain chain = { 0 };
	int ret;

	ret = netlink_images_of_cookie(nl, cookie, chain_add, &chain);
	if (ret == -ENOENT)	/* closed meanwhile */
		ret = 0;
	else if (!ret && find_in(&chain, q->skb))
		ret = show_found(q, &chain, cookie) ?: 1;
	chain_clear(&chain);
	return ret;
}

static int show_queued(const struct skb_question *q)
{
	struct netlink *nl = family_netlink();
	struct cookies cookies = { 0 };
	size_t i;
	int ret;

	if (!nl)
		return EXIT_SYSTEM;
	ret = netlink_cookies(nl, &cookies);
	if (ret == -ESTALE)	/* one may be there twice, or missing */
		ret = 0;
	for (i = 0; !ret && i < cookies.nr; i++)
		ret = look_at(q, nl, cookies.cookie[i]);
	if (!ret)
		complain("skb %" PRIu64 " is on no queue of a socket of this network namespace: watch it while a command runs (-- CMD), or give a record (--input)",
			 q->skb);
	else if (ret < 0)
		complain("skb %" PRIu64 " cannot be shown: %s", q->skb,
			 *netlink_error(nl) ? netlink_error(nl) :
			 strerror(-ret));
	free(cookies.cookie);
	netlink_close(nl);
	return ret > 0 ? EXIT_OK : EXIT_SYSTEM;
}

/* its exit status */
int show_skb(const struct skb_question *q)
{
	if (q->record)
		return show_record(q);
	return q->command ? show_live(q) : show_queued(q);
}
