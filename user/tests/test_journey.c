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
	const struct journey_style style = { .palette = &palette_plain };

	(void)arg;
	handed_out++;
	render_journey(out, root, &style);
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

static void add_segment(struct journeys *js, int station, uint64_t id,
			uint64_t ts, uint64_t from, uint64_t to)
{
	struct event ev;

	sample_segment(&ev, station, id, ts, from, to);
	EXPECT_NUM(journeys_add(js, &ev), 0);
}

static void add_derived(struct journeys *js, int station, uint64_t id,
			uint64_t ts, uint64_t parent, int relation,
			uint64_t from, uint64_t to)
{
	struct event ev;

	sample_segment(&ev, station, id, ts, from, to);
	event_set(&ev, EVF_PARENT, parent);
	event_set(&ev, EVF_RELATION, relation);
	EXPECT_NUM(journeys_add(js, &ev), 0);
}

/* kept, cloned, lost, sent again, read in two calls, acknowledged */
static void sent_twice(void)
{
	struct journeys *js = begin();

	add_segment(js, SCOPE_STATION_SOCKET_SEND, 1, 10, 0, 300);
	add_segment(js, SCOPE_STATION_SOCKET_ALLOC, 1, 20, 0, 300);
	add_segment(js, SCOPE_STATION_PROTOCOL_PUSH, 1, 30, 0, 300);
	add_derived(js, SCOPE_STATION_PROTOCOL_CLONE, 2, 40, 1,
		    SCOPE_RELATION_CLONE, 0, 300);
	add_derived(js, SCOPE_STATION_END_DROPPED, 2, 50, 1,
		    SCOPE_RELATION_CLONE, 0, 300);
	add_segment(js, SCOPE_STATION_PROTOCOL_PUSH, 1, 60, 0, 300);
	add_derived(js, SCOPE_STATION_PROTOCOL_CLONE, 3, 70, 1,
		    SCOPE_RELATION_RETRANSMISSION, 0, 300);
	add_derived(js, SCOPE_STATION_PROTOCOL_DELIVER, 3, 80, 1,
		    SCOPE_RELATION_RETRANSMISSION, 0, 300);
	add_segment(js, SCOPE_STATION_END_CONSUMED, 1, 90, 0, 300);
	add_derived(js, SCOPE_STATION_SOCKET_RECV, 3, 100, 1,
		    SCOPE_RELATION_RETRANSMISSION, 0, 100);
	add_derived(js, SCOPE_STATION_SOCKET_RECV, 3, 110, 1,
		    SCOPE_RELATION_RETRANSMISSION, 100, 300);
	EXPECT_NUM(handed_out, 0);
	add_derived(js, SCOPE_STATION_END_CONSUMED, 3, 120, 1,
		    SCOPE_RELATION_RETRANSMISSION, 0, 300);
	EXPECT_NUM(handed_out, 1);
	EXPECT_HAS(text, "skb 1  sock 5 -> sock 5  port 40000 -> 4242  300 bytes  [0-300)  80 ns\n");
	EXPECT_HAS(text, "socket.send        [0-300)  len 300");
	EXPECT_HAS(text, "protocol.push      ACK  ack 0  window 65535\n");
	EXPECT_HAS(text, "\n    skb 2  (clone of skb 1)");
	EXPECT_HAS(text, "\n    skb 3  (retransmission of skb 1)");
	EXPECT_HAS(text, "socket.recv        [0-100)");
	EXPECT_HAS(text, "socket.recv        [100-300)");
	EXPECT(!strstr(text, "in flight"));
	end(js);
}

static void flags_without_octets(void)
{
	struct journeys *js = begin();
	struct event ev;

	sample_event(&ev, SCOPE_STATION_PROTOCOL_PUSH, 1, 10);
	event_set(&ev, EVF_FLAGS, SCOPE_F_RST | SCOPE_F_ACK | SCOPE_F_BUSY);
	event_set(&ev, EVF_ACK, 7);
	event_set(&ev, EVF_WINDOW, SCOPE_WINDOW_CLOSED);
	EXPECT_NUM(journeys_add(js, &ev), 0);
	journeys_finish(js);
	EXPECT_HAS(text, "4242  ACK|RST|BUSY\n");
	EXPECT_HAS(text, "protocol.push      ACK|RST|BUSY  ack 7  window closed");
	EXPECT(!strstr(text, "["));
	end(js);
}

static void segment_is_no_child(void)
{
	struct journeys *js = begin();

	add_segment(js, SCOPE_STATION_SOCKET_SEND, 1, 10, 0, 300);
	add_segment(js, SCOPE_STATION_SOCKET_ALLOC, 1, 20, 0, 200);
	add_derived(js, SCOPE_STATION_SOCKET_ALLOC, 2, 30, 1,
		    SCOPE_RELATION_SEGMENT, 200, 300);
	add_segment(js, SCOPE_STATION_END_CONSUMED, 1, 40, 0, 200);
	/* the next one is still kept */
	EXPECT_NUM(handed_out, 1);
	EXPECT_HAS(text, "200 bytes  [0-200)");
	EXPECT(!strstr(text, "skb 2"));
	add_derived(js, SCOPE_STATION_END_CONSUMED, 2, 50, 1,
		    SCOPE_RELATION_SEGMENT, 200, 300);
	EXPECT_NUM(handed_out, 2);
	EXPECT_HAS(text, "\nskb 2  (segment of skb 1)");
	end(js);
}

/* two small ones go into a third, which is read */
static void merged_into_another(void)
{
	struct journeys *js = begin();

	add_segment(js, SCOPE_STATION_PROTOCOL_DELIVER, 1, 10, 0, 5);
	add_derived(js, SCOPE_STATION_SOCKET_QUEUE, 9, 20, 1,
		    SCOPE_RELATION_MERGE, 0, 0);
	add_segment(js, SCOPE_STATION_SOCKET_QUEUE, 1, 30, 0, 5);
	add_segment(js, SCOPE_STATION_END_CONSUMED, 1, 40, 0, 5);
	EXPECT_NUM(handed_out, 1);
	EXPECT_HAS(text, "its octets go on in skb 9\n");
	add_segment(js, SCOPE_STATION_SOCKET_QUEUE, 2, 50, 5, 10);
	add_segment(js, SCOPE_STATION_END_CONSUMED, 2, 60, 5, 10);
	EXPECT_HAS(text, "skb 2  ");
	EXPECT_HAS(strstr(text, "skb 2  "), "its octets go on in skb 9\n");
	add_derived(js, SCOPE_STATION_SOCKET_RECV, 9, 70, 1,
		    SCOPE_RELATION_MERGE, 0, 10);
	add_derived(js, SCOPE_STATION_END_CONSUMED, 9, 80, 1,
		    SCOPE_RELATION_MERGE, 0, 10);
	EXPECT_NUM(handed_out, 3);
	EXPECT_HAS(text, "\nskb 9  (merge of skb 1)");
	EXPECT_HAS(text, "socket.recv        [0-10)");
	end(js);
}

/* an urgent octet that nobody asked for is passed over, not merged */
static void passed_over(void)
{
	struct journeys *js = begin();
	struct event ev;

	add_derived(js, SCOPE_STATION_SOCKET_QUEUE, 9, 10, 1,
		    SCOPE_RELATION_MERGE, 0, 0);
	sample_segment(&ev, SCOPE_STATION_SOCKET_QUEUE, 2, 20, 5, 6);
	event_set(&ev, EVF_FLAGS, SCOPE_F_ACK | SCOPE_F_URG);
	EXPECT_NUM(journeys_add(js, &ev), 0);
	add_segment(js, SCOPE_STATION_END_CONSUMED, 2, 30, 5, 6);
	EXPECT_NUM(handed_out, 1);
	EXPECT(!strstr(text, "go on in"));
	end(js);
}

/* a driver cut a clone, which shares its data, from its socket */
static void goes_on_as_a_clone(void)
{
	struct journeys *js = begin();
	struct event ev;

	add_segment(js, SCOPE_STATION_PROTOCOL_PUSH, 1, 10, 0, 5);
	add_derived(js, SCOPE_STATION_PROTOCOL_CLONE, 2, 20, 1,
		    SCOPE_RELATION_CLONE, 0, 5);
	sample_segment(&ev, SCOPE_STATION_DEVICE_XMIT, 2, 30, 0, 5);
	snprintf(ev.dev, sizeof(ev.dev), "veth0");
	EXPECT_NUM(journeys_add(js, &ev), 0);
	add_derived(js, SCOPE_STATION_DEVICE_RECEIVE, 3, 40, 2,
		    SCOPE_RELATION_CLONE, 0, 5);
	add_segment(js, SCOPE_STATION_END_CONSUMED, 1, 50, 0, 5);
	EXPECT_NUM(handed_out, 0);
	add_derived(js, SCOPE_STATION_END_CONSUMED, 3, 60, 2,
		    SCOPE_RELATION_CLONE, 0, 5);
	EXPECT_NUM(handed_out, 1);
	EXPECT_HAS(text, "goes on as skb 3");
	EXPECT_HAS(text, "\n        skb 3  (clone of skb 2)");
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

static unsigned int chosen;

static void count_chosen(const struct journey *root, void *arg)
{
	(void)arg;
	handed_out++;
	chosen += journey_chosen(root);
}

/* three trees, and one event that is wanted, in the middle of the second */
static void chosen_by_one_event(void)
{
	struct journeys *js = journeys_new(count_chosen, NULL);
	struct event ev;
	uint64_t id;

	handed_out = 0;
	for (id = 1; id <= 9; id++) {
		sample_event(&ev, SCOPE_STATION_PROTOCOL_CLONE, id, id);
		event_set(&ev, EVF_PARENT, id % 3 == 1 ? 0 : id - 1);
		event_set(&ev, EVF_RELATION, SCOPE_RELATION_CLONE);
		ev.chosen = id == 5;
		EXPECT_NUM(journeys_add(js, &ev), 0);
	}
	journeys_finish(js);
	EXPECT_NUM(handed_out, 3);
	EXPECT_NUM(chosen, 1);
	journeys_free(js);
}

static const struct ktap_test tests[] = {
	{ "a_datagram", a_datagram },
	{ "two_at_once", two_at_once },
	{ "unfinished", unfinished },
	{ "reply_under_its_parent", reply_under_its_parent },
	{ "goes_on_as_a_copy", goes_on_as_a_copy },
	{ "sent_twice", sent_twice },
	{ "flags_without_octets", flags_without_octets },
	{ "segment_is_no_child", segment_is_no_child },
	{ "merged_into_another", merged_into_another },
	{ "passed_over", passed_over },
	{ "goes_on_as_a_clone", goes_on_as_a_clone },
	{ "leaves_the_machine", leaves_the_machine },
	{ "late_child_stands_alone", late_child_stands_alone },
	{ "send_refused", send_refused },
	{ "unknown_station", unknown_station },
	{ "bounded", bounded },
	{ "chosen_by_one_event", chosen_by_one_event },
};

int main(void)
{
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
