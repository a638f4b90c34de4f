// SPDX-License-Identifier: GPL-2.0
/*
 * test_json.c - the keys that other programs depend on
 *
 * Called by tests/run.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "json.h"
#include "skbscope.h"
#include "tests/ktap.h"
#include "tests/sample.h"

struct pair {
	const char	*key;
	const char	*value;
};

/* keys, their order and their values, and no more of them */
static void expect_pairs(const struct event *ev, const struct pair *pair,
			 size_t nr)
{
	struct json_object *o = json_tokener_parse(json_event(ev));
	size_t i = 0;

	EXPECT_NUM(json_object_object_length(o), nr);
	json_object_object_foreach(o, key, value) {
		if (i < nr) {
			EXPECT_STR(key, pair[i].key);
			EXPECT_STR(json_object_to_json_string(value),
				   pair[i].value);
		}
		i++;
	}
	json_object_put(o);
}

static void whole_event(void)
{
	static const struct pair pairs[] = {
		{ "ts", "1003000" }, { "cpu", "1" },
		{ "station", "\"device.queue\"" },
		{ "skb", "17" }, { "parent", "0" },
		{ "relation", "\"none\"" }, { "sock", "5" },
		{ "netns", "4026531840" }, { "ifindex", "3" },
		{ "dev", "\"scope0\"" }, { "len", "130" },
		{ "data_len", "0" }, { "data", "18" }, { "tail", "148" },
		{ "end", "192" }, { "mac", "18" }, { "network", "32" },
		{ "transport", "32" }, { "truesize", "768" },
		{ "users", "1" }, { "dataref", "1" }, { "cloned", "0" },
		{ "nr_frags", "0" }, { "ip_summed", "\"none\"" },
		{ "pkt_type", "\"host\"" }, { "protocol", "34997" },
		{ "sport", "40000" }, { "dport", "4242" },
		{ "rxq_before", "0" }, { "rxq", "0" },
		{ "txq_before", "0" }, { "txq", "0" },
		{ "rmem_before", "0" }, { "rmem", "0" },
		{ "wmem_before", "768" }, { "wmem", "768" },
		{ "reason", "null" },
	};
	struct event ev[SAMPLE_STATIONS];

	sample_datagram(ev, SAMPLE_ID);
	expect_pairs(&ev[3], pairs, sizeof(pairs) / sizeof(pairs[0]));
	EXPECT(!strchr(json_event(&ev[3]), '\n'));
}

static void no_buffer_at_send(void)
{
	static const char *const nulls[] = {
		"data", "tail", "end", "mac", "network", "transport",
		"truesize", "users", "dataref", "cloned", "nr_frags",
		"ip_summed", "pkt_type", "protocol", "dev", "reason",
	};
	struct event ev[SAMPLE_STATIONS];
	struct json_object *o, *value;
	size_t i;

	sample_datagram(ev, SAMPLE_ID);
	o = json_tokener_parse(json_event(&ev[0]));
	for (i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++) {
		value = o;
		EXPECT(json_object_object_get_ex(o, nulls[i], &value));
		EXPECT(!value);
	}
	EXPECT(json_object_object_get_ex(o, "len", &value));
	EXPECT_NUM(json_object_get_int64(value), 100);
	json_object_put(o);
}

static void large_ids_are_integers(void)
{
	struct event ev;

	sample_event(&ev, SCOPE_STATION_SOCKET_QUEUE, 9007199254740993ULL, 1);
	EXPECT_HAS(json_event(&ev), "\"skb\":9007199254740993,");
	sample_event(&ev, SCOPE_STATION_SOCKET_QUEUE,
		     18446744073709551615ULL, 1);
	EXPECT_HAS(json_event(&ev), "\"skb\":18446744073709551615,");
}

static void a_segment(void)
{
	struct event ev;

	sample_segment(&ev, SCOPE_STATION_PROTOCOL_PUSH, 17, 1, 100, 300);
	EXPECT_HAS(json_event(&ev), "\"wmem\":768,\"offset\":100,\"offset_end\":300,\"flags\":[\"ACK\"],\"ack\":0,\"window\":65535,\"reason\":null}");
	event_set(&ev, EVF_FLAGS, SCOPE_F_SYN | SCOPE_F_EOR);
	event_unset(&ev, EVF_OFFSET);
	event_unset(&ev, EVF_OFFSET_END);
	event_unset(&ev, EVF_ACK);
	event_unset(&ev, EVF_WINDOW);
	EXPECT_HAS(json_event(&ev), "\"flags\":[\"SYN\",\"EOR\"],\"reason\":null}");
	EXPECT(!strstr(json_event(&ev), "offset"));
	EXPECT(!strstr(json_event(&ev), "\"ack\""));
}

static void unknown_names(void)
{
	struct event ev;

	sample_event(&ev, 99, 1, 1);
	event_set(&ev, EVF_RELATION, 77);
	event_set(&ev, EVF_IP_SUMMED, 8);
	EXPECT_HAS(json_event(&ev), "\"station\":\"unknown(99)\"");
	EXPECT_HAS(json_event(&ev), "\"relation\":\"unknown(77)\"");
	EXPECT_HAS(json_event(&ev), "\"ip_summed\":\"unknown(8)\"");
}

static void drop_reason(void)
{
	struct event ev;

	sample_event(&ev, SCOPE_STATION_END_DROPPED, 1, 1);
	EXPECT_HAS(json_event(&ev), "\"reason\":\"SOCKET_RCVBUFF\"");
	ev.reason[0] = '\0';
	EXPECT_HAS(json_event(&ev), "\"reason\":\"unknown(6)\"");
}

static void send_refused(void)
{
	static const struct pair pairs[] = {
		{ "event", "\"refused\"" }, { "ts", "1000" }, { "cpu", "1" },
		{ "skb", "17" }, { "sock", "5" }, { "err", "\"EAGAIN\"" },
	};
	struct event ev;

	sample_refused(&ev, 17, 1000, EAGAIN);
	ev.cpu = 1;
	expect_pairs(&ev, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

static void socket_with_holders(void)
{
	struct owner owner[] = {
		{ .inode = 7, .pid = 1, .fd = 3, .comm = "a" },
		{ .inode = 8, .pid = 2, .fd = 4, .comm = "b\"c" },
		{ .inode = 8, .pid = 2, .fd = 5, .comm = "b\"c" },
	};
	struct owners owners = { .owner = owner, .nr = 3 };
	struct socket_picture sock = { 0 };
	struct json_object *o;
	const char *text;

	num_set(&sock.n, SKBSCOPE_A_SOCKET_COOKIE, 5);
	num_set(&sock.n, SKBSCOPE_A_SOCKET_INODE, 8);
	num_set(&sock.n, SKBSCOPE_A_SOCKET_TYPE, 2);
	sock.nr_rx = 1;
	num_set(&sock.rx[0], SKBSCOPE_A_SKB_ID, 17);
	num_set(&sock.rx[0], SKBSCOPE_A_SKB_TRUESIZE, 768);
	o = json_socket(&sock, &owners);
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
	EXPECT_HAS(text, "\"cookie\":5,\"type\":\"dgram\",\"inode\":8,");
	EXPECT_HAS(text, "\"holders\":[{\"pid\":2,\"fd\":4,\"comm\":\"b\\\"c\"},{\"pid\":2,\"fd\":5,");
	EXPECT_HAS(text, "\"receive_queue\":[{\"skb\":17,");
	EXPECT_HAS(text, "\"truesize\":768");
	EXPECT_HAS(text, "\"rmem\":null");
	EXPECT(!strstr(text, "\"pid\":1"));
	json_object_put(o);
}

static void connection(void)
{
	struct socket_picture sock = { .has_conn = true };
	struct owners owners = { 0 };
	struct json_object *o;
	const char *text;

	num_set(&sock.n, SKBSCOPE_A_SOCKET_COOKIE, 5);
	num_set(&sock.n, SKBSCOPE_A_SOCKET_TYPE, 1);
	num_set(&sock.n, SKBSCOPE_A_SOCKET_SK_STATE, 2);
	num_set(&sock.conn, SKBSCOPE_A_CONN_CWND, 10);
	num_set(&sock.conn, SKBSCOPE_A_CONN_READ, 5000000000ULL);
	o = json_socket(&sock, &owners);
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
	EXPECT_HAS(text, "\"type\":\"stream\"");
	EXPECT_HAS(text, "\"sk_state\":\"SYN_SENT\"");
	EXPECT_HAS(text, "\"backlog\":null,\"backlog_max\":null,\"pair\":null");
	EXPECT_HAS(text, "\"conn\":{\"mss\":null,\"cwnd\":10,");
	EXPECT_HAS(text, "\"read\":5000000000}");
	json_object_put(o);
	sock.has_conn = false;
	o = json_socket(&sock, &owners);
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
	EXPECT_HAS(text, "\"conn\":null");
	json_object_put(o);
}

static void ledger_that_balances(void)
{
	static struct ledger ledger;
	struct json_object *o;
	const char *text;

	num_set(&ledger.n, SKBSCOPE_A_LEDGER_ALLOCATED, 10);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_ENTERED, 2);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_DERIVED, 6);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_DELIVERED, 5);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_ACKED, 3);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_MERGED, 2);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_KEPT, 1);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_TRANSMITTED, 1);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_DROPPED, 2);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_QUEUED, 2);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_HELD, 1);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_MOVING, 1);
	EXPECT_NUM(ledger_balance(&ledger), 0);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_MOVING, 0);
	EXPECT_NUM(ledger_balance(&ledger), 1);
	ledger.nr_drops = 1;
	snprintf(ledger.drop[0].name, sizeof(ledger.drop[0].name),
		 "SCOPE_CLOSED");
	num_set(&ledger.drop[0].n, SKBSCOPE_A_DROP_COUNT, 2);
	o = json_ledger(&ledger);
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
	EXPECT_HAS(text, "\"balance\":1,\"reasons\":{\"SCOPE_CLOSED\":2}}");
	json_object_put(o);
}

static const struct ktap_test tests[] = {
	{ "whole_event", whole_event },
	{ "no_buffer_at_send", no_buffer_at_send },
	{ "large_ids_are_integers", large_ids_are_integers },
	{ "a_segment", a_segment },
	{ "unknown_names", unknown_names },
	{ "drop_reason", drop_reason },
	{ "send_refused", send_refused },
	{ "socket_with_holders", socket_with_holders },
	{ "connection", connection },
	{ "ledger_that_balances", ledger_that_balances },
};

int main(void)
{
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
