// SPDX-License-Identifier: GPL-2.0
/*
 * test_life.c - one sk_buff among others, and what it has to do with them
 *
 * Called by tests/run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "life.h"
#include "render.h"
#include "skbscope.h"
#include "tests/ktap.h"
#include "tests/sample.h"
#include "view.h"

static struct life life;
static char text[512];

static void add(int station, uint64_t skb, uint64_t ts, uint64_t parent,
		int relation)
{
	struct event ev;

	sample_event(&ev, station, skb, ts);
	if (parent) {
		event_set(&ev, EVF_PARENT, parent);
		event_set(&ev, EVF_RELATION, relation);
	}
	EXPECT_NUM(life_add(&ev, &life), 0);
}

/* no images here: the heads are given */
static void set_head(uint64_t skb, uint64_t head)
{
	struct kin *kin = life.kin[skb & (KIN_HASH - 1)];

	while (kin && kin->id != skb)
		kin = kin->next;
	if (kin)
		kin->head = head;
}

static void note(const struct kin *kin, enum tie tie, bool same_head, void *arg)
{
	size_t len = strlen(text);

	(void)arg;
	snprintf(text + len, sizeof(text) - len, "%d%c%s ", (int)kin->id,
		 "pch"[tie], same_head ? "=" : "");
}

static const char *relatives(void)
{
	text[0] = '\0';
	life_relatives(&life, note, NULL);
	return text;
}

/* 4 is kept, 5 and 6 are its clones; 9 and 10 have nothing to do with them */
static void a_family(uint64_t own)
{
	life_begin(&life, own, NULL);
	add(SCOPE_STATION_SOCKET_ALLOC, 4, 1000, 0, 0);
	add(SCOPE_STATION_PROTOCOL_CLONE, 5, 2000, 4, SCOPE_RELATION_CLONE);
	add(SCOPE_STATION_SOCKET_ALLOC, 9, 2500, 0, 0);
	add(SCOPE_STATION_PROTOCOL_CLONE, 6, 3000, 4,
	    SCOPE_RELATION_RETRANSMISSION);
	add(SCOPE_STATION_END_CONSUMED, 5, 3500, 0, 0);
	add(SCOPE_STATION_END_CONSUMED, 4, 4000, 0, 0);
	add(SCOPE_STATION_END_CONSUMED, 6, 4500, 0, 0);
	add(SCOPE_STATION_SOCKET_ALLOC, 10, 9000, 0, 0);
	set_head(4, 0x1000);
	set_head(5, 0x1000);
	set_head(6, 0x1000);
	set_head(9, 0x2000);
	/* the memory was free by then */
	set_head(10, 0x1000);
}

static void parents_and_children(void)
{
	a_family(4);
	EXPECT_STR(relatives(), "5c= 6c= ");
	EXPECT_NUM(life.own.parent, 0);
	life_clear(&life);
	a_family(5);
	EXPECT_STR(relatives(), "4p= 6h= ");
	EXPECT_NUM(life.own.parent, 4);
	EXPECT_NUM(life.own.relation, SCOPE_RELATION_CLONE);
	life_clear(&life);
	a_family(10);
	EXPECT_STR(relatives(), "");
	life_clear(&life);
	life_begin(&life, 77, NULL);
	EXPECT_STR(relatives(), "");
	life_clear(&life);
}

static void its_own_events(void)
{
	life_begin(&life, 7, NULL);
	add(SCOPE_STATION_SOCKET_QUEUE, 7, 1000, 0, 0);
	add(SCOPE_STATION_SOCKET_RECV, 7, 2000, 0, 0);
	add(SCOPE_STATION_SOCKET_RECV, 8, 2500, 0, 0);
	add(SCOPE_STATION_SOCKET_RECV, 7, 3000, 0, 0);
	EXPECT_NUM(life.own.nr, 3);
	EXPECT_NUM(life_first_at(&life, SCOPE_STATION_SOCKET_RECV)->ts, 2000);
	EXPECT_NUM(life_last_at(&life, SCOPE_STATION_SOCKET_RECV)->ts, 3000);
	EXPECT(!life_first_at(&life, SCOPE_STATION_DEVICE_XMIT));
	EXPECT(!life_image(&life) && !life.own.ended);
	add(SCOPE_STATION_END_CONSUMED, 7, 4000, 0, 0);
	EXPECT(life.own.ended);
	life_clear(&life);
}

static void expect_place(int station, const char *wanted)
{
	char *place;

	life_begin(&life, 7, NULL);
	add(station, 7, 1000, 0, 0);
	place = life_place(&life);
	EXPECT_STR(place, wanted);
	free(place);
	life_clear(&life);
}

static void where_it_is(void)
{
	expect_place(SCOPE_STATION_SOCKET_QUEUE,
		     "on the receive queue of sock 5");
	expect_place(SCOPE_STATION_DEVICE_QUEUE,
		     "with the queueing discipline of scope0");
	expect_place(SCOPE_STATION_END_DROPPED,
		     "nowhere: it was dropped, SOCKET_RCVBUFF");
	life_begin(&life, 7, NULL);
	EXPECT(!life_place(&life));
	life_clear(&life);
}

static void pages_to_scale(void)
{
	struct skb_view v = {
		.id = 7, .place = "here", .at = "its queue",
		.mac = -1, .network = -1, .transport = -1,
		.data = 64, .tail = 256, .end = 512, .len = 4288,
		.data_len = 4096, .nr_frags = 2,
		.frag = { { 3072, 0 }, { 1024, 512 } },
	};
	struct field one = { .path = "len", .type = "int",
			     .kind = FIELD_NUMBER };
	static char buf[8192];
	FILE *out = fmemopen(buf, sizeof(buf), "w");
	char bar[80];

	v.skb.fields = (struct fields){ .field = &one, .nr = 1 };
	render_view(out, &v, false, &palette_plain);
	fclose(out);
	/* 72 columns are the longest; a third of it is 24 */
	memset(bar, '=', sizeof(bar));
	snprintf(bar + 72, 8, "|");
	EXPECT_HAS(buf, bar);
	EXPECT_HAS(buf, "|  3072 octets from 0 of its page\n");
	EXPECT_HAS(buf, "  frags[1]    |========================|  1024 octets from 512 of its page\n");
	EXPECT_HAS(buf, "headroom 64, linear data 192, tailroom 256");
	EXPECT_HAS(buf, "now here\n");
}

static const struct ktap_test tests[] = {
	{ "parents_and_children", parents_and_children },
	{ "its_own_events", its_own_events },
	{ "where_it_is", where_it_is },
	{ "pages_to_scale", pages_to_scale },
};

int main(void)
{
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
