// SPDX-License-Identifier: GPL-2.0
/*
 * names.c - names of the numbers that the kernel reports
 *
 * Called by json.c and the render_*.c. Stations and relations are taken from
 * the module's header, so the tool cannot disagree with it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "names.h"
#include "skbscope.h"
#include "skbscope_netlink.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const char *look_up(const char *const *table, size_t len,
			   uint64_t number, char buf[NAME_LEN])
{
	if (number < len && table[number])
		return table[number];
	snprintf(buf, NAME_LEN, "unknown(%" PRIu64 ")", number);
	return buf;
}

#define ENTRY(symbol, number, name)	[number] = (name),

static const char *const stations[] = { SCOPE_STATIONS(ENTRY) };
static const char *const relations[] = { SCOPE_RELATIONS(ENTRY) };

/* what happens at a station, in the words of the module's header */
static const char *const station_docs[] = {
	[SCOPE_STATION_SOCKET_SEND] = "the call is accepted; no sk_buff yet",
	[SCOPE_STATION_SOCKET_ALLOC] =
		"an sk_buff is made, filled and charged to the sender",
	[SCOPE_STATION_PROTOCOL_PUSH] =
		"struct scope_hdr is put in front of the payload",
	[SCOPE_STATION_PROTOCOL_CLONE] =
		"a clone goes on, its parent is kept to retransmit",
	[SCOPE_STATION_DEVICE_QUEUE] =
		"the link header is put in front; the qdisc is next",
	[SCOPE_STATION_DEVICE_XMIT] = "the driver takes it",
	[SCOPE_STATION_DEVICE_RECEIVE] =
		"the receiving device hands the frame up",
	[SCOPE_STATION_PROTOCOL_RECEIVE] =
		"the header is checked and pulled",
	[SCOPE_STATION_PROTOCOL_DELIVER] = "a socket is found for it",
	[SCOPE_STATION_SOCKET_QUEUE] =
		"charged to the receiver, on its receive queue",
	[SCOPE_STATION_SOCKET_RECV] = "copied to the reader, off the queue",
	[SCOPE_STATION_END_CONSUMED] = "freed, its work done",
	[SCOPE_STATION_END_DROPPED] = "freed before its work was done",
};

/* CHECKSUM_* of linux/skbuff.h, which no program can include */
static const char *const ip_summed[] = {
	"none", "unnecessary", "complete", "partial",
};

/* PACKET_* of linux/if_packet.h */
static const char *const pkt_types[] = {
	"host", "broadcast", "multicast", "otherhost", "outgoing", "loopback",
	"user", "kernel",
};

static const char *const sock_types[] = {
	[SOCK_STREAM] = "stream",
	[SOCK_DGRAM] = "dgram",
	[SOCK_RAW] = "raw",
	[SOCK_SEQPACKET] = "seqpacket",
};

/* socket_state of linux/net.h */
static const char *const socket_states[] = {
	"SS_FREE", "SS_UNCONNECTED", "SS_CONNECTING", "SS_CONNECTED",
	"SS_DISCONNECTING",
};

/* numbered as TCP's, whose names the kernel uses for every family */
static const char *const sk_states[] = {
	[1] = "ESTABLISHED", [2] = "SYN_SENT", [3] = "SYN_RECV",
	[4] = "FIN_WAIT1", [5] = "FIN_WAIT2", [6] = "TIME_WAIT",
	[7] = "CLOSE", [8] = "CLOSE_WAIT", [9] = "LAST_ACK",
	[10] = "LISTEN", [11] = "CLOSING", [12] = "NEW_SYN_RECV",
};

#define FLAG(symbol)	[__builtin_ctz(SCOPE_F_##symbol)] = #symbol

static const char *const flags[FLAG_BITS] = {
	FLAG(SYN), FLAG(ACK), FLAG(FIN), FLAG(RST), FLAG(BUSY), FLAG(URG),
	FLAG(END), FLAG(EOR),
};

static const char *const actions[] = {
	[SKBSCOPE_ACTION_HOLD] = "hold",
	[SKBSCOPE_ACTION_DROP] = "drop",
	[SKBSCOPE_ACTION_DELAY] = "delay",
	[SKBSCOPE_ACTION_DUPLICATE] = "duplicate",
	[SKBSCOPE_ACTION_REORDER] = "reorder",
	[SKBSCOPE_ACTION_CORRUPT] = "corrupt",
	[SKBSCOPE_ACTION_TRUNCATE] = "truncate",
	[SKBSCOPE_ACTION_ENOMEM] = "enomem",
	[SKBSCOPE_ACTION_WOULDBLOCK] = "wouldblock",
};

static const char *const verdicts[] = {
	[SKBSCOPE_VERDICT_CONTINUE] = "continue",
	[SKBSCOPE_VERDICT_STEP] = "step",
	[SKBSCOPE_VERDICT_DROP] = "drop",
	[SKBSCOPE_VERDICT_RELEASE] = "release",
	[SKBSCOPE_VERDICT_DUPLICATE] = "duplicate",
	[SKBSCOPE_VERDICT_CLONE] = "clone",
	[SKBSCOPE_VERDICT_EDIT] = "edit",
	[SKBSCOPE_VERDICT_MARK] = "mark",
	[SKBSCOPE_VERDICT_PRIORITY] = "priority",
	[SKBSCOPE_VERDICT_EXPAND_HEAD] = "expand",
	[SKBSCOPE_VERDICT_LINEARIZE] = "linearize",
};

static const char *const places[] = {
	[SKBSCOPE_PLACE_DATA] = "data",
	[SKBSCOPE_PLACE_HEADER] = "header",
	[SKBSCOPE_PLACE_PAYLOAD] = "payload",
};

/* why a packet is held no more */
static const char *const whys[] = {
	[SKBSCOPE_WHY_VERDICT] = "verdict",
	[SKBSCOPE_WHY_TIMEOUT] = "timeout",
	[SKBSCOPE_WHY_BEFORE_IT] = "before-it",
	[SKBSCOPE_WHY_RULE] = "rule",
	[SKBSCOPE_WHY_OWNER] = "owner",
	[SKBSCOPE_WHY_CLOSED] = "closed",
	[SKBSCOPE_WHY_DEVICE] = "device",
	[SKBSCOPE_WHY_NETNS] = "netns",
	[SKBSCOPE_WHY_SIGNAL] = "signal",
};

/* the family's own drop reasons, from SCOPE_DROP_SUBSYS on */
static const char *const drops[] = { SCOPE_DROPS(ENTRY) };

static const char *const overflows[] = {
	[SKBSCOPE_OVERFLOW_PASS] = "pass",
	[SKBSCOPE_OVERFLOW_DROP] = "drop",
};

static const char *const traffics[] = {
	[SKBSCOPE_TRAFFIC_ANY] = "any",
	[SKBSCOPE_TRAFFIC_DATA] = "data",
	[SKBSCOPE_TRAFFIC_CONTROL] = "control",
};

const char *name_station(uint64_t number, char buf[NAME_LEN])
{
	return look_up(stations, ARRAY_SIZE(stations), number, buf);
}

const char *name_station_doc(uint64_t number)
{
	if (number < ARRAY_SIZE(station_docs) && station_docs[number])
		return station_docs[number];
	return "";
}

const char *name_relation(uint64_t number, char buf[NAME_LEN])
{
	return look_up(relations, ARRAY_SIZE(relations), number, buf);
}

const char *name_ip_summed(uint64_t number, char buf[NAME_LEN])
{
	return look_up(ip_summed, ARRAY_SIZE(ip_summed), number, buf);
}

const char *name_pkt_type(uint64_t number, char buf[NAME_LEN])
{
	return look_up(pkt_types, ARRAY_SIZE(pkt_types), number, buf);
}

const char *name_sock_type(uint64_t number, char buf[NAME_LEN])
{
	return look_up(sock_types, ARRAY_SIZE(sock_types), number, buf);
}

const char *name_socket_state(uint64_t number, char buf[NAME_LEN])
{
	return look_up(socket_states, ARRAY_SIZE(socket_states), number, buf);
}

const char *name_sk_state(uint64_t number, char buf[NAME_LEN])
{
	return look_up(sk_states, ARRAY_SIZE(sk_states), number, buf);
}

const char *name_flag(uint64_t bit, char buf[NAME_LEN])
{
	return look_up(flags, ARRAY_SIZE(flags), bit, buf);
}

const char *name_action(uint64_t number, char buf[NAME_LEN])
{
	return look_up(actions, ARRAY_SIZE(actions), number, buf);
}

const char *name_why(uint64_t number, char buf[NAME_LEN])
{
	return look_up(whys, ARRAY_SIZE(whys), number, buf);
}

const char *name_verdict(uint64_t number, char buf[NAME_LEN])
{
	return look_up(verdicts, ARRAY_SIZE(verdicts), number, buf);
}

const char *name_overflow(uint64_t number, char buf[NAME_LEN])
{
	return look_up(overflows, ARRAY_SIZE(overflows), number, buf);
}

const char *name_traffic(uint64_t number, char buf[NAME_LEN])
{
	return look_up(traffics, ARRAY_SIZE(traffics), number, buf);
}

/* "dgram" or "SOCK_DGRAM"; -1 for what is none of the four */
int sock_type_by_name(const char *name)
{
	size_t type;

	if (!strncasecmp(name, "SOCK_", 5))
		name += 5;
	for (type = 0; type < ARRAY_SIZE(sock_types); type++)
		if (sock_types[type] && !strcasecmp(name, sock_types[type]))
			return type;
	return -1;
}

static int find(const char *const *table, size_t len, const char *name)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (table[i] && !strcmp(table[i], name))
			return i;
	return -1;
}

/* -1 where there is none */
int station_by_name(const char *name)
{
	return find(stations, ARRAY_SIZE(stations), name);
}

/* the same */
int action_by_name(const char *name)
{
	return find(actions, ARRAY_SIZE(actions), name);
}

/* the same */
int verdict_by_name(const char *name)
{
	return find(verdicts, ARRAY_SIZE(verdicts), name);
}

/* the same */
int place_by_name(const char *name)
{
	return find(places, ARRAY_SIZE(places), name);
}

/* of the family's own reasons, with or without SCOPE_; the same */
int drop_by_name(const char *name)
{
	char whole[NAME_LEN];
	int i = find(drops, ARRAY_SIZE(drops), name);

	if (i < 0) {
		snprintf(whole, sizeof(whole), "SCOPE_%s", name);
		i = find(drops, ARRAY_SIZE(drops), whole);
	}
	return i < 0 ? i : (int)SCOPE_DROP_SUBSYS + i;
}
