// SPDX-License-Identifier: GPL-2.0
/*
 * sample.c - events as the kernel makes them, without a kernel
 *
 * Called by the unit tests: a datagram of 100 octets through scope0.
 */
#include <stdio.h>
#include <string.h>

#include "skbscope.h"
#include "tests/sample.h"

/* where data and tail are after each station's step */
struct step {
	int	station;
	int	data;
	int	len;
	int	sock;
	int	rmem;
	int	wmem;
};

static const struct step steps[SAMPLE_STATIONS] = {
	{ SCOPE_STATION_SOCKET_SEND, 0, 100, 5, 0, 0 },
	{ SCOPE_STATION_SOCKET_ALLOC, 48, 100, 5, 0, 768 },
	{ SCOPE_STATION_PROTOCOL_PUSH, 32, 116, 5, 0, 768 },
	{ SCOPE_STATION_DEVICE_QUEUE, 18, 130, 5, 0, 768 },
	{ SCOPE_STATION_DEVICE_XMIT, 18, 130, 5, 0, 768 },
	{ SCOPE_STATION_DEVICE_RECEIVE, 32, 116, 0, 0, 768 },
	{ SCOPE_STATION_PROTOCOL_RECEIVE, 48, 100, 0, 0, 768 },
	{ SCOPE_STATION_PROTOCOL_DELIVER, 48, 100, 6, 0, 0 },
	{ SCOPE_STATION_SOCKET_QUEUE, 48, 100, 6, 768, 0 },
	{ SCOPE_STATION_SOCKET_RECV, 48, 100, 6, 768, 0 },
	{ SCOPE_STATION_END_CONSUMED, 48, 100, 6, 0, 0 },
};

static void set_buffer(struct event *ev, const struct step *step)
{
	event_set(ev, EVF_DATA, step->data);
	event_set(ev, EVF_TAIL, 148);
	event_set(ev, EVF_END, 192);
	event_set(ev, EVF_TRUESIZE, 768);
	event_set(ev, EVF_USERS, 1);
	event_set(ev, EVF_DATAREF, 1);
	event_set(ev, EVF_CLONED, 0);
	event_set(ev, EVF_NR_FRAGS, 0);
	event_set(ev, EVF_IP_SUMMED, 0);
	event_set(ev, EVF_PKT_TYPE, 0);
	event_set(ev, EVF_PROTOCOL, ETH_P_SCOPE);
	event_set(ev, EVF_NETWORK, 0);
	if (step->station >= SCOPE_STATION_PROTOCOL_PUSH) {
		event_set(ev, EVF_NETWORK, 32);
		event_set(ev, EVF_TRANSPORT, 32);
	}
	if (step->station >= SCOPE_STATION_DEVICE_QUEUE)
		event_set(ev, EVF_MAC, 18);
}

static void make(struct event *ev, const struct step *step,
		 const struct step *before, uint64_t id, uint64_t ts)
{
	memset(ev, 0, sizeof(*ev));
	ev->ts = ts;
	ev->cpu = step->station % 2;
	ev->kind = EVENT_STATION;
	event_set(ev, EVF_STATION, step->station);
	event_set(ev, EVF_SKB, id);
	event_set(ev, EVF_PARENT, 0);
	event_set(ev, EVF_RELATION, SCOPE_RELATION_NONE);
	event_set(ev, EVF_SOCK, step->sock);
	event_set(ev, EVF_NETNS, 4026531840);
	event_set(ev, EVF_IFINDEX, 0);
	event_set(ev, EVF_LEN, step->len);
	event_set(ev, EVF_DATA_LEN, 0);
	event_set(ev, EVF_SPORT, 40000);
	event_set(ev, EVF_DPORT, 4242);
	event_set(ev, EVF_RXQ_BEFORE, 0);
	event_set(ev, EVF_RXQ, step->station == SCOPE_STATION_SOCKET_QUEUE);
	event_set(ev, EVF_TXQ_BEFORE, 0);
	event_set(ev, EVF_TXQ, 0);
	event_set(ev, EVF_RMEM_BEFORE, before->rmem);
	event_set(ev, EVF_RMEM, step->rmem);
	event_set(ev, EVF_WMEM_BEFORE, before->wmem);
	event_set(ev, EVF_WMEM, step->wmem);
	if (step->station >= SCOPE_STATION_DEVICE_QUEUE &&
	    step->station <= SCOPE_STATION_PROTOCOL_RECEIVE) {
		event_set(ev, EVF_IFINDEX, 3);
		snprintf(ev->dev, sizeof(ev->dev), "scope0");
	}
	if (step->station != SCOPE_STATION_SOCKET_SEND)
		set_buffer(ev, step);
}

/* one event of any station */
void sample_event(struct event *ev, int station, uint64_t id, uint64_t ts)
{
	struct step step = steps[1];

	step.station = station;
	make(ev, &step, &step, id, ts);
	if (station == SCOPE_STATION_END_DROPPED) {
		event_set(ev, EVF_REASON, 6);
		snprintf(ev->reason, sizeof(ev->reason), "SOCKET_RCVBUFF");
	}
}

/* one event of a stream's segment that has these octets */
void sample_segment(struct event *ev, int station, uint64_t id, uint64_t ts,
		    uint64_t from, uint64_t to)
{
	sample_event(ev, station, id, ts);
	event_set(ev, EVF_LEN, to - from);
	event_set(ev, EVF_OFFSET, from);
	event_set(ev, EVF_OFFSET_END, to);
	if (station < SCOPE_STATION_PROTOCOL_PUSH)
		return;
	event_set(ev, EVF_FLAGS, SCOPE_F_ACK);
	event_set(ev, EVF_ACK, 0);
	event_set(ev, EVF_WINDOW, 65535);
}

void sample_refused(struct event *ev, uint64_t id, uint64_t ts, int err)
{
	memset(ev, 0, sizeof(*ev));
	ev->ts = ts;
	ev->kind = EVENT_REFUSED;
	event_set(ev, EVF_SKB, id);
	event_set(ev, EVF_SOCK, 5);
	event_set(ev, EVF_ERR, err);
}

/* all events of one datagram, a microsecond apart */
unsigned int sample_datagram(struct event ev[SAMPLE_STATIONS], uint64_t id)
{
	unsigned int i;

	for (i = 0; i < SAMPLE_STATIONS; i++)
		make(&ev[i], &steps[i], &steps[i ? i - 1 : 0], id,
		     1000000 + 1000 * i);
	return SAMPLE_STATIONS;
}

#define COMMON								\
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n" \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n" \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

/*
 * Of an older module: other order, some fields missing, one nobody knows. A
 * record is 8 common octets and 56 of its own.
 */
const char sample_format_station[] =
	"name: station\nID: 900\nformat:\n" COMMON
	"\tfield:u32 tail;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\tfield:s32 mac;\toffset:12;\tsize:4;\tsigned:1;\n"
	"\tfield:u64 skb;\toffset:16;\tsize:8;\tsigned:0;\n"
	"\tfield:u8 station;\toffset:24;\tsize:1;\tsigned:0;\n"
	"\tfield:u16 protocol;\toffset:26;\tsize:2;\tsigned:0;\n"
	"\tfield:s32 transport;\toffset:28;\tsize:4;\tsigned:1;\n"
	"\tfield:u32 mystery;\toffset:32;\tsize:4;\tsigned:0;\n"
	"\tfield:u32 reason;\toffset:36;\tsize:4;\tsigned:0;\n"
	"\tfield:char dev[8];\toffset:40;\tsize:8;\tsigned:0;\n"
	"\tfield:char reason_name[16];\toffset:48;\tsize:16;\tsigned:0;\n"
	"\nprint fmt: \"%d\", REC->tail\n";

const char sample_format_refused[] =
	"name: refused\nID: 901\nformat:\n" COMMON
	"\tfield:u64 skb;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:u64 sock;\toffset:16;\tsize:8;\tsigned:0;\n"
	"\tfield:int err;\toffset:24;\tsize:4;\tsigned:1;\n"
	"\nprint fmt: \"%d\", REC->err\n";

/* Of this module, what it tells of a connection's segments. 48 octets. */
const char sample_format_segment[] =
	"name: station\nID: 900\nformat:\n" COMMON
	"\tfield:u64 offset;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:u64 offset_end;\toffset:16;\tsize:8;\tsigned:0;\n"
	"\tfield:u64 ack;\toffset:24;\tsize:8;\tsigned:0;\n"
	"\tfield:u32 window;\toffset:32;\tsize:4;\tsigned:0;\n"
	"\tfield:u8 station;\toffset:36;\tsize:1;\tsigned:0;\n"
	"\tfield:u8 flags;\toffset:37;\tsize:1;\tsigned:0;\n"
	"\tfield:u64 skb;\toffset:40;\tsize:8;\tsigned:0;\n"
	"\nprint fmt: \"%llu\", REC->offset\n";
