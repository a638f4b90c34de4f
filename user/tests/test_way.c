// SPDX-License-Identifier: GPL-2.0
/*
 * test_way.c - where octets of a stream went, by events made here
 *
 * Called by tests/run.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "json.h"
#include "render.h"
#include "tests/ktap.h"
#include "tests/sample.h"
#include "way.h"

#define SENDER		7
#define RECEIVER	8
#define WHOLE		((struct range){ 0, UINT64_MAX })

static struct ways *ways;
static uint64_t now;
static char *text;

static void begin(uint64_t sock, uint64_t from, uint64_t to)
{
	const struct range wanted = { from, to };

	ways_free(ways);
	ways = ways_new(sock, &wanted);
	now = 1000000;
}

/* one event, a microsecond after the last one */
static void at(int station, uint64_t skb, uint64_t sock, uint64_t from,
	       uint64_t to)
{
	struct event ev;

	sample_segment(&ev, station, skb, now += 1000, from, to);
	event_set(&ev, EVF_SOCK, sock);
	if (from == to) {
		event_unset(&ev, EVF_OFFSET);
		event_unset(&ev, EVF_OFFSET_END);
	}
	EXPECT_NUM(ways_add(ways, &ev), 0);
}

static void from_parent(int station, uint64_t skb, uint64_t parent,
			int relation, uint64_t sock, uint64_t from, uint64_t to)
{
	struct event ev;

	sample_segment(&ev, station, skb, now += 1000, from, to);
	event_set(&ev, EVF_SOCK, sock);
	event_set(&ev, EVF_PARENT, parent);
	event_set(&ev, EVF_RELATION, relation);
	if (from == to)
		event_unset(&ev, EVF_OFFSET);
	EXPECT_NUM(ways_add(ways, &ev), 0);
}

static void record_end(uint64_t skb, uint64_t from, uint64_t to)
{
	struct event ev;

	sample_segment(&ev, SCOPE_STATION_PROTOCOL_PUSH, skb, now += 1000,
		       from, to);
	event_set(&ev, EVF_SOCK, SENDER);
	event_set(&ev, EVF_FLAGS, SCOPE_F_ACK | SCOPE_F_END);
	EXPECT_NUM(ways_add(ways, &ev), 0);
}

static void sent(uint64_t skb, uint64_t from, uint64_t to)
{
	at(SCOPE_STATION_SOCKET_SEND, skb, SENDER, from, to);
	at(SCOPE_STATION_SOCKET_ALLOC, skb, SENDER, from, to);
	at(SCOPE_STATION_PROTOCOL_PUSH, skb, SENDER, from, to);
}

static void out(uint64_t skb, uint64_t parent, int relation, uint64_t from,
		uint64_t to)
{
	from_parent(SCOPE_STATION_PROTOCOL_CLONE, skb, parent, relation,
		    SENDER, from, to);
	at(SCOPE_STATION_DEVICE_QUEUE, skb, SENDER, from, to);
}

static void arrived(uint64_t skb, uint64_t from, uint64_t to)
{
	at(SCOPE_STATION_DEVICE_XMIT, skb, SENDER, from, to);
	at(SCOPE_STATION_DEVICE_RECEIVE, skb, 0, from, to);
	at(SCOPE_STATION_PROTOCOL_DELIVER, skb, RECEIVER, from, to);
	at(SCOPE_STATION_SOCKET_QUEUE, skb, RECEIVER, from, to);
}

static int write_text(const struct piece *piece, void *arg)
{
	return render_piece(arg, piece, 0, &palette_plain);
}

static int write_text_lossy(const struct piece *piece, void *arg)
{
	return render_piece(arg, piece, 3, &palette_plain);
}

static int write_json(const struct piece *piece, void *arg)
{
	return json_line(arg, json_piece(piece, 0));
}

static int write_json_lossy(const struct piece *piece, void *arg)
{
	return json_line(arg, json_piece(piece, 3));
}

static const char *write_all(struct range wanted, piece_fn fn)
{
	uint64_t lost = fn == write_text_lossy || fn == write_json_lossy ? 3 : 0;
	struct way *way = ways_first(ways);
	size_t size;
	FILE *f;

	free(text);
	f = open_memstream(&text, &size);
	if (way)
		EXPECT_NUM(way_pieces(way, &wanted, lost, fn, f), 0);
	fclose(f);
	return text;
}

static void lost_and_sent_again(void)
{
	begin(SENDER, 0, UINT64_MAX);
	sent(1, 0, 100);
	out(2, 1, SCOPE_RELATION_CLONE, 0, 100);
	at(SCOPE_STATION_END_DROPPED, 2, SENDER, 0, 100);
	out(3, 1, SCOPE_RELATION_RETRANSMISSION, 0, 100);
	arrived(3, 0, 100);
	at(SCOPE_STATION_END_CONSUMED, 1, SENDER, 0, 100);
	at(SCOPE_STATION_SOCKET_RECV, 3, RECEIVER, 0, 100);
	EXPECT_STR(write_all(WHOLE, write_text),
		   "[0-100)  100 bytes\n"
		   "               socket.send        [0-100)  sock 7\n"
		   "  +1.0 us      socket.alloc       skb 1  [0-100)\n"
		   "  +2.0 us      protocol.clone     skb 2  [0-100)  clone of skb 1\n"
		   "  +2.0 us      end.dropped        skb 2  SOCKET_RCVBUFF, after device.queue\n"
		   "  +1.0 us      protocol.clone     skb 3  [0-100)  retransmission of skb 1\n"
		   "  +2.0 us      device.xmit        skb 3  dev scope0\n"
		   "  +3.0 us      socket.queue       skb 3  [0-100)  sock 8\n"
		   "  +1.0 us      end.consumed       skb 1  acknowledged\n"
		   "  +1.0 us      socket.recv        skb 3  [0-100)  sock 8\n\n");
}

/* two calls in one sk_buff, read in two other parts: three pieces */
static void cut_at_every_end(void)
{
	begin(SENDER, 0, UINT64_MAX);
	sent(1, 0, 50);
	at(SCOPE_STATION_SOCKET_SEND, 1, SENDER, 50, 100);
	at(SCOPE_STATION_PROTOCOL_PUSH, 1, SENDER, 0, 100);
	out(2, 1, SCOPE_RELATION_CLONE, 0, 100);
	arrived(2, 0, 100);
	at(SCOPE_STATION_SOCKET_RECV, 2, RECEIVER, 0, 30);
	at(SCOPE_STATION_SOCKET_RECV, 2, RECEIVER, 30, 100);
	write_all(WHOLE, write_text);
	EXPECT_HAS(text, "[0-30)  30 bytes\n");
	EXPECT_HAS(text, "\n[30-50)  20 bytes\n");
	EXPECT_HAS(text, "\n[50-100)  50 bytes\n               socket.alloc       skb 1  [0-100)\n  +2.0 us      socket.send        [50-100)  sock 7\n");
	/* what was not asked for is left out */
	write_all((struct range){ 40, 41 }, write_text);
	EXPECT(!strncmp(text, "[40-41)  1 bytes\n", 17));
	EXPECT(!strstr(text, "\n["));
	EXPECT_STR(write_all((struct range){ 100, 200 }, write_text), "");
}

/* a call that was given 100 octets and took 60 */
static void call_that_took_less(void)
{
	begin(SENDER, 0, UINT64_MAX);
	at(SCOPE_STATION_SOCKET_SEND, 1, SENDER, 0, 100);
	at(SCOPE_STATION_SOCKET_SEND, 2, SENDER, 60, 80);
	write_all(WHOLE, write_text);
	EXPECT_HAS(text, "[0-60)  60 bytes\n");
	EXPECT_HAS(text, "[60-80)  20 bytes\n");
}

static void collected(void)
{
	begin(SENDER, 0, UINT64_MAX);
	sent(1, 0, 10);
	out(2, 1, SCOPE_RELATION_CLONE, 0, 10);
	sent(3, 10, 20);
	out(4, 3, SCOPE_RELATION_CLONE, 10, 20);
	at(SCOPE_STATION_DEVICE_RECEIVE, 2, 0, 0, 10);
	at(SCOPE_STATION_PROTOCOL_DELIVER, 2, RECEIVER, 0, 10);
	from_parent(SCOPE_STATION_SOCKET_QUEUE, 5, 2, SCOPE_RELATION_MERGE,
		    RECEIVER, 0, 0);
	at(SCOPE_STATION_SOCKET_QUEUE, 2, RECEIVER, 0, 10);
	at(SCOPE_STATION_END_CONSUMED, 2, RECEIVER, 0, 10);
	arrived(4, 10, 20);
	at(SCOPE_STATION_END_CONSUMED, 4, RECEIVER, 10, 20);
	at(SCOPE_STATION_SOCKET_RECV, 5, RECEIVER, 0, 20);
	write_all(WHOLE, write_text);
	EXPECT_HAS(text, "end.consumed       skb 4  its octets go on in skb 5\n");
	EXPECT_HAS(text, "socket.queue       skb 5  collects small segments, from skb 2 on\n");
	EXPECT_HAS(text, "socket.recv        skb 5  [0-20)  sock 8\n");
	EXPECT(!strstr(text, "so far"));
	write_all((struct range){ 12, 13 }, write_json);
	EXPECT_HAS(text, "\"missing\":[],\"unknown\":[]");
	EXPECT_HAS(text, "\"merged\":5");
}

/* over veth it comes out as another one, or as two */
static void goes_on_as_others(void)
{
	begin(SENDER, 0, UINT64_MAX);
	sent(1, 0, 100);
	out(2, 1, SCOPE_RELATION_CLONE, 0, 100);
	at(SCOPE_STATION_DEVICE_XMIT, 2, SENDER, 0, 100);
	from_parent(SCOPE_STATION_DEVICE_RECEIVE, 3, 2, SCOPE_RELATION_COPY, 0,
		    0, 100);
	at(SCOPE_STATION_PROTOCOL_DELIVER, 3, RECEIVER, 0, 100);
	at(SCOPE_STATION_SOCKET_QUEUE, 3, RECEIVER, 0, 100);
	write_all(WHOLE, write_text);
	EXPECT_HAS(text, "device.receive     skb 3  [0-100)  copy of skb 2\n");
	EXPECT_HAS(text, "   not read so far\n");
	EXPECT(!strstr(text, "what follows is not seen"));
}

static void on_its_way(void)
{
	begin(SENDER, 0, UINT64_MAX);
	sent(1, 0, 100);
	write_all(WHOLE, write_text);
	EXPECT_HAS(text, "   not sent so far\n   not on a receive queue so far\n   not read so far\n");
	out(2, 1, SCOPE_RELATION_CLONE, 0, 100);
	EXPECT_HAS(write_all(WHOLE, write_text), "   skb 2: still at device.queue\n");
	at(SCOPE_STATION_DEVICE_XMIT, 2, SENDER, 0, 100);
	EXPECT_HAS(write_all(WHOLE, write_text),
		   "   skb 2: handed to scope0; what follows is not seen here\n");
}

/* with events lost nothing is said not to have happened */
static void gaps_are_unknown(void)
{
	begin(SENDER, 0, UINT64_MAX);
	sent(1, 0, 100);
	/* its clone was not seen, nor what they did from 100 to 200 */
	at(SCOPE_STATION_PROTOCOL_DELIVER, 2, RECEIVER, 0, 100);
	sent(5, 200, 300);
	out(6, 5, SCOPE_RELATION_CLONE, 200, 300);
	arrived(6, 200, 300);
	at(SCOPE_STATION_SOCKET_RECV, 6, RECEIVER, 200, 300);
	write_all(WHOLE, write_text_lossy);
	EXPECT_HAS(text, "[0-100)  100 bytes\n");
	EXPECT_HAS(text, "   not known: which frame went out with them\n");
	EXPECT_HAS(text, "[100-200)  100 bytes\n   not known: which send call took them\n");
	EXPECT(!strstr(text, "so far"));
	write_all((struct range){ 100, 200 }, write_text);
	EXPECT_HAS(text, "no send call was seen: it was before the first event");
}

static void records(void)
{
	begin(SENDER, 0, UINT64_MAX);
	at(SCOPE_STATION_SOCKET_SEND, 1, SENDER, 0, 10);
	at(SCOPE_STATION_SOCKET_ALLOC, 1, SENDER, 0, 10);
	record_end(1, 0, 10);
	sent(2, 11, 20);
	write_all(WHOLE, write_text);
	EXPECT_HAS(text, "[10-11)  the end of a record: a number without an octet\n\n[11-20)");
	write_all((struct range){ 10, 11 }, write_json);
	EXPECT_HAS(text, "\"record_end\":true");
	EXPECT_HAS(text, "\"missing\":[]");
}

/* of a call that took less than it was given, and of one that was lost */
static void which_call_is_unknown(void)
{
	const char *second;

	begin(SENDER, 0, UINT64_MAX);
	at(SCOPE_STATION_SOCKET_SEND, 1, SENDER, 0, 100);
	at(SCOPE_STATION_SOCKET_ALLOC, 1, SENDER, 0, 30);
	from_parent(SCOPE_STATION_SOCKET_ALLOC, 2, 1, SCOPE_RELATION_SEGMENT,
		    SENDER, 30, 50);
	/* begun by a call that was not seen, as what another sk_buff got later */
	at(SCOPE_STATION_SOCKET_ALLOC, 3, SENDER, 50, 80);
	at(SCOPE_STATION_PROTOCOL_PUSH, 3, SENDER, 50, 90);
	write_all((struct range){ 0, 30 }, write_json_lossy);
	EXPECT_HAS(text, "\"send\":{\"from\":0,");
	EXPECT(!strstr(text, "\"send\":null"));
	write_all((struct range){ 30, 50 }, write_json_lossy);
	EXPECT_HAS(text, "\"send\":{\"from\":0,");
	write_all((struct range){ 50, 90 }, write_json_lossy);
	EXPECT(!strstr(text, "\"send\":{"));
	EXPECT_HAS(text, "\"from\":50,\"to\":80,");
	EXPECT_HAS(text, "\"unknown\":[\"send\",");
	second = strchr(text, '\n');
	EXPECT_HAS(second, "\"from\":80,\"to\":90,");
	EXPECT_HAS(second, "\"unknown\":[\"send\",");
	/* with all events there, a call has what no other one has */
	write_all((struct range){ 50, 90 }, write_json);
	EXPECT_HAS(text, "\"send\":{\"from\":0,\"to\":100,");
}

static void urgent(int station, uint64_t skb, uint64_t sock, uint64_t from,
		   uint64_t to)
{
	struct event ev;

	sample_segment(&ev, station, skb, now += 1000, from, to);
	event_set(&ev, EVF_SOCK, sock);
	event_set(&ev, EVF_FLAGS, SCOPE_F_ACK | SCOPE_F_URG);
	EXPECT_NUM(ways_add(ways, &ev), 0);
}

static void urgent_octets(void)
{
	begin(SENDER, 0, UINT64_MAX);
	at(SCOPE_STATION_SOCKET_SEND, 1, SENDER, 0, 10);
	at(SCOPE_STATION_SOCKET_ALLOC, 1, SENDER, 0, 10);
	urgent(SCOPE_STATION_PROTOCOL_PUSH, 1, SENDER, 0, 10);
	out(2, 1, SCOPE_RELATION_CLONE, 0, 10);
	urgent(SCOPE_STATION_DEVICE_XMIT, 2, SENDER, 0, 10);
	urgent(SCOPE_STATION_SOCKET_QUEUE, 2, RECEIVER, 0, 10);
	/* what a call takes out of the front ends with no urgent octet */
	urgent(SCOPE_STATION_SOCKET_RECV, 2, RECEIVER, 0, 5);
	write_all((struct range){ 9, 10 }, write_text);
	EXPECT_HAS(text, "[9-10)  1 bytes, urgent (MSG_OOB)\n");
	EXPECT_HAS(text, "   not read so far\n");
	write_all(WHOLE, write_json);
	EXPECT_HAS(text, "\"from\":0,\"to\":5,\"record_end\":false,\"urgent\":false");
	EXPECT_HAS(text, "\"from\":9,\"to\":10,\"record_end\":false,\"urgent\":true,\"passed_over\":false");

	/* the reader goes on behind it */
	urgent(SCOPE_STATION_SOCKET_RECV, 2, RECEIVER, 5, 9);
	urgent(SCOPE_STATION_END_CONSUMED, 2, RECEIVER, 0, 10);
	write_all((struct range){ 9, 10 }, write_text);
	EXPECT_HAS(text, "   passed over by the reader, who did not ask for it");
	EXPECT(!strstr(text, "not read"));
	write_all((struct range){ 9, 10 }, write_json);
	EXPECT_HAS(text, "\"passed_over\":true");
	EXPECT_HAS(text, "\"missing\":[]");
	/* or the call that asked for it was lost */
	write_all((struct range){ 9, 10 }, write_text_lossy);
	EXPECT_HAS(text, "   not known: which recv call gave them\n");

	/* or it was read, out of line */
	urgent(SCOPE_STATION_SOCKET_RECV, 2, RECEIVER, 9, 10);
	write_all((struct range){ 9, 10 }, write_json);
	EXPECT_HAS(text, "\"urgent\":true,\"passed_over\":false");
	EXPECT_HAS(text, "\"missing\":[]");
}

/* the stream of another socket, or octets that nobody asked for */
static void others_are_left_out(void)
{
	begin(SENDER + 1, 0, UINT64_MAX);
	sent(1, 0, 100);
	EXPECT(!ways_first(ways));
	begin(0, 500, 600);
	sent(1, 0, 100);
	EXPECT(ways_first(ways));
	EXPECT_STR(write_all((struct range){ 500, 600 }, write_text), "");
}

static const struct ktap_test tests[] = {
	{ "lost_and_sent_again", lost_and_sent_again },
	{ "cut_at_every_end", cut_at_every_end },
	{ "call_that_took_less", call_that_took_less },
	{ "collected", collected },
	{ "goes_on_as_others", goes_on_as_others },
	{ "on_its_way", on_its_way },
	{ "gaps_are_unknown", gaps_are_unknown },
	{ "records", records },
	{ "others_are_left_out", others_are_left_out },
	{ "which_call_is_unknown", which_call_is_unknown },
	{ "urgent_octets", urgent_octets },
};

int main(void)
{
	int status = ktap_run(tests, sizeof(tests) / sizeof(tests[0]));

	ways_free(ways);
	free(text);
	return status;
}
