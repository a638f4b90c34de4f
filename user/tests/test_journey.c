// SPDX-License-Identifier: GPL-2.0
/*
 * test_journey.c - journeys, and the trees they make
 *
 * Called by tests/run.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "journey.h"
#include "render.h"
#include "skbscope.h"
#include "tests/ktap.h"
#include "tests/sample.h"

static char *text;
static size_t text_len;
static FILE *out;
static unsigned int handed_out;

static void done(const struct journey *root, void *arg)
{
	(void)arg;
	handed_out++;
	render_journey(out, root, &palette_plain);
	fflush(out);
}

static struct journeys *begin(void)
{
	free(text);
	out = open_memstream(&text, &text_len);
	fflush(out);
	handed_out = 0;
	return journeys_new(done, NULL);
}

static void end(struct journeys *js)
{
	journeys_free(js);
	fclose(out);
}

static void add(struct journeys *js, int station, uint64_t id, uint64_t ts)
{
	struct event ev;

	sample_event(&ev, station, id, ts);
	EXPECT_NUM(journeys_add(js, &ev), 0);
}

static void add_child(struct journeys *js, int station, uint64_t id,
		      uint64_t ts, uint64_t parent, int relation)
{
	struct event ev;

	sample_event(&ev, station, id, ts);
	event_set(&ev, EVF_PARENT, parent);
	event_set(&ev, EVF_RELATION, relation);
	EXPECT_NUM(journeys_add(js, &ev), 0);
}

static void a_datagram(void)
{
	struct event ev[SAMPLE_STATIONS];
	struct journeys *js = begin();
	unsigned int i;

	sample_datagram(ev, SAMPLE_ID);
	for (i = 0; i < SAMPLE_STATIONS; i++) {
		EXPECT_NUM(handed_out, 0);
		EXPECT_NUM(journeys_add(js, &ev[i]), 0);
	}
	EXPECT_NUM(handed_out, 1);
	EXPECT_NUM(journeys_seen(js), 1);
	EXPECT_HAS(text, "skb 17  sock 5 -> sock 6  port 40000 -> 4242  100 bytes  10.0 us\n");
	EXPECT_HAS(text, "+1.0 us      protocol.push      len 100->116  headroom 48->32\n");
	EXPECT_HAS(text, "protocol.receive   len 116->100  headroom 32->48\n");
	EXPECT_HAS(text, "socket.alloc       headroom 48  tailroom 44  truesize 768  users 1  dataref 1  wmem 0->768\n");
	EXPECT_HAS(text, "rmem 0->768  rxq 0->1");
	EXPECT_HAS(text, "truesize -");
	EXPECT(!strstr(text, "in flight"));
	end(js);
}

static void two_at_once(void)
{
	struct journeys *js = begin();

	add(js, SCOPE_STATION_SOCKET_ALLOC, 1, 10);
	/* the same slot of the hash */
	add(js, SCOPE_STATION_SOCKET_ALLOC, 1 + 4096, 20);
	add(js, SCOPE_STATION_END_CONSUMED, 1, 30);
	EXPECT_NUM(handed_out, 1);
	EXPECT_HAS(text, "skb 1  ");
	EXPECT(!strstr(text, "skb 4097"));
	add(js, SCOPE_STATION_END_CONSUMED, 1 + 4096, 40);
	EXPECT_NUM(handed_out, 2);
	EXPECT_HAS(text, "skb 4097");
	end(js);
}

static void unfinished(void)
{
	struct journeys *js = begin();

	add(js, SCOPE_STATION_SOCKET_ALLOC, 1, 10);
	add(js, SCOPE_STATION_SOCKET_QUEUE, 1, 20);
	journeys_finish(js);
	EXPECT_NUM(handed_out, 1);
	EXPECT_HAS(text, "still in flight or queued");
	end(js);
}

static void reply_under_its_parent(void)
{
	struct journeys *js = begin();

	add(js, SCOPE_STATION_PROTOCOL_RECEIVE, 1, 10);
	add_child(js, SCOPE_STATION_PROTOCOL_PUSH, 2, 20, 1,
		  SCOPE_RELATION_REPLY);
	add(js, SCOPE_STATION_END_DROPPED, 1, 30);
	/* the reply is still on its way */
	EXPECT_NUM(handed_out, 0);
	add(js, SCOPE_STATION_END_CONSUMED, 2, 40);
	EXPECT_NUM(handed_out, 1);
	EXPECT_HAS(text, "\n    skb 2  (reply of skb 1)");
	EXPECT_HAS(text, "end.dropped");
	EXPECT_HAS(text, "reason SOCKET_RCVBUFF");
	end(js);
}

static void goes_on_as_a_copy(void)
{
	struct journeys *js = begin();
	struct event ev;

	sample_event(&ev, SCOPE_STATION_DEVICE_XMIT, 1, 10);
	snprintf(ev.dev, sizeof(ev.dev), "veth0");
	EXPECT_NUM(journeys_add(js, &ev), 0);
	add_child(js, SCOPE_STATION_DEVICE_RECEIVE, 2, 20, 1,
		  SCOPE_RELATION_COPY);
	EXPECT_NUM(handed_out, 0);
	add(js, SCOPE_STATION_END_CONSUMED, 2, 30);
	EXPECT_NUM(handed_out, 1);
	EXPECT_HAS(text, "goes on as skb 2");
	EXPECT(!strstr(text, "in flight"));
	end(js);
}

static void leaves_the_machine(void)
{
	struct journeys *js = begin();
	struct event ev;

	sample_event(&ev, SCOPE_STATION_DEVICE_XMIT, 1, 10);
	snprintf(ev.dev, sizeof(ev.dev), "eth0");
	EXPECT_NUM(journeys_add(js, &ev), 0);
	journeys_finish(js);
	EXPECT_HAS(text, "handed to eth0");
	end(js);
}

static void late_child_stands_alone(void)
{
	struct journeys *js = begin();

	add(js, SCOPE_STATION_END_CONSUMED, 1, 10);
	EXPECT_NUM(handed_out, 1);
	add_child(js, SCOPE_STATION_END_CONSUMED, 2, 20, 1,
		  SCOPE_RELATION_CLONE);
	EXPECT_NUM(handed_out, 2);
	EXPECT_HAS(text, "\nskb 2  (clone of skb 1)");
	end(js);
}

static void send_refused(void)
{
	struct journeys *js = begin();
	struct event ev;

	add(js, SCOPE_STATION_SOCKET_SEND, 1, 10);
	sample_refused(&ev, 1, 20, EAGAIN);
	EXPECT_NUM(journeys_add(js, &ev), 0);
	EXPECT_NUM(handed_out, 1);
	EXPECT_HAS(text, "refused            EAGAIN");
	end(js);
}

static void unknown_station(void)
{
	struct journeys *js = begin();

	add(js, 14, 1, 10);
	journeys_finish(js);
	EXPECT_HAS(text, "unknown(14)");
	end(js);
}

static void bounded(void)
{
	struct journeys *js = begin();
	uint64_t id;

	for (id = 1; id <= 20000; id++)
		add(js, SCOPE_STATION_SOCKET_QUEUE, id, id);
	/* 16384 are kept, the oldest of the others were handed out */
	EXPECT_NUM(handed_out, 20000 - 16384);
	journeys_finish(js);
	EXPECT_NUM(handed_out, 20000);
	end(js);
}

static const struct ktap_test tests[] = {
	{ "a_datagram", a_datagram },
	{ "two_at_once", two_at_once },
	{ "unfinished", unfinished },
	{ "reply_under_its_parent", reply_under_its_parent },
	{ "goes_on_as_a_copy", goes_on_as_a_copy },
	{ "leaves_the_machine", leaves_the_machine },
	{ "late_child_stands_alone", late_child_stands_alone },
	{ "send_refused", send_refused },
	{ "unknown_station", unknown_station },
	{ "bounded", bounded },
};

int main(void)
{
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
