// SPDX-License-Identifier: GPL-2.0
/*
 * json.c - what the tool shows, for programs
 *
 * Called by the commands with --json. Names and order of the keys are part of
 * what other programs depend on (skbscope(1)). A value that is not known is
 * null; ids are integers of 64 bits, never strings.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "address.h"
#include "json.h"
#include "json_put.h"
#include "message.h"
#include "names.h"

/* null for what is not known */
void put_numbers(struct json_object *o, const struct numbers *n,
		 const struct number_key *key, size_t nr)
{
	char buf[NAME_LEN];

	for (; nr--; key++) {
		struct json_object *value = NULL;

		if (num_has(n, key->attr) && key->name)
			value = json_object_new_string(key->name(n->v[key->attr],
								 buf));
		else if (num_has(n, key->attr))
			value = json_object_new_uint64(n->v[key->attr]);
		put(o, key->key, value);
	}
}

static const struct number_key skb_keys[] = {
	{ .key = "skb", .attr = SKBSCOPE_A_SKB_ID },
	{ .key = "parent", .attr = SKBSCOPE_A_SKB_PARENT },
	{ .key = "relation", .attr = SKBSCOPE_A_SKB_RELATION,
	  .name = name_relation },
	{ .key = "len", .attr = SKBSCOPE_A_SKB_LEN },
	{ .key = "data_len", .attr = SKBSCOPE_A_SKB_DATA_LEN },
	{ .key = "data", .attr = SKBSCOPE_A_SKB_DATA },
	{ .key = "tail", .attr = SKBSCOPE_A_SKB_TAIL },
	{ .key = "end", .attr = SKBSCOPE_A_SKB_END },
	{ .key = "truesize", .attr = SKBSCOPE_A_SKB_TRUESIZE },
	{ .key = "users", .attr = SKBSCOPE_A_SKB_USERS },
	{ .key = "dataref", .attr = SKBSCOPE_A_SKB_DATAREF },
	{ .key = "cloned", .attr = SKBSCOPE_A_SKB_CLONED },
	{ .key = "nr_frags", .attr = SKBSCOPE_A_SKB_NR_FRAGS },
	{ .key = "ip_summed", .attr = SKBSCOPE_A_SKB_IP_SUMMED,
	  .name = name_ip_summed },
	{ .key = "pkt_type", .attr = SKBSCOPE_A_SKB_PKT_TYPE,
	  .name = name_pkt_type },
	{ .key = "protocol", .attr = SKBSCOPE_A_SKB_PROTOCOL },
	{ .key = "offset", .attr = SKBSCOPE_A_SKB_OFFSET },
	{ .key = "offset_end", .attr = SKBSCOPE_A_SKB_OFFSET_END },
};

static const struct number_key conn_keys[] = {
	{ .key = "mss", .attr = SKBSCOPE_A_CONN_MSS },
	{ .key = "cwnd", .attr = SKBSCOPE_A_CONN_CWND },
	{ .key = "pipe", .attr = SKBSCOPE_A_CONN_PIPE },
	{ .key = "snd_window", .attr = SKBSCOPE_A_CONN_SND_WINDOW },
	{ .key = "rcv_window", .attr = SKBSCOPE_A_CONN_RCV_WINDOW },
	{ .key = "rtt_us", .attr = SKBSCOPE_A_CONN_RTT_US },
	{ .key = "rttvar_us", .attr = SKBSCOPE_A_CONN_RTTVAR_US },
	{ .key = "min_rtt_us", .attr = SKBSCOPE_A_CONN_MIN_RTT_US },
	{ .key = "rto_us", .attr = SKBSCOPE_A_CONN_RTO_US },
	{ .key = "retransmits", .attr = SKBSCOPE_A_CONN_RETRANSMITS },
	{ .key = "timeouts", .attr = SKBSCOPE_A_CONN_TIMEOUTS },
	{ .key = "out_of_order", .attr = SKBSCOPE_A_CONN_OUT_OF_ORDER },
	{ .key = "wmem_queued", .attr = SKBSCOPE_A_CONN_WMEM_QUEUED },
	{ .key = "written", .attr = SKBSCOPE_A_CONN_WRITTEN },
	{ .key = "sent", .attr = SKBSCOPE_A_CONN_SENT },
	{ .key = "acked", .attr = SKBSCOPE_A_CONN_ACKED },
	{ .key = "received", .attr = SKBSCOPE_A_CONN_RECEIVED },
	{ .key = "read", .attr = SKBSCOPE_A_CONN_READ },
};

static const struct number_key socket_keys[] = {
	{ .key = "cookie", .attr = SKBSCOPE_A_SOCKET_COOKIE },
	{ .key = "type", .attr = SKBSCOPE_A_SOCKET_TYPE,
	  .name = name_sock_type },
	{ .key = "inode", .attr = SKBSCOPE_A_SOCKET_INODE },
	{ .key = "socket_state", .attr = SKBSCOPE_A_SOCKET_SOCKET_STATE,
	  .name = name_socket_state },
	{ .key = "sk_state", .attr = SKBSCOPE_A_SOCKET_SK_STATE,
	  .name = name_sk_state },
	{ .key = "uid", .attr = SKBSCOPE_A_SOCKET_UID },
	{ .key = "refs", .attr = SKBSCOPE_A_SOCKET_REFS },
	{ .key = "shutdown", .attr = SKBSCOPE_A_SOCKET_SHUTDOWN },
	{ .key = "err", .attr = SKBSCOPE_A_SOCKET_ERR },
	{ .key = "bound_dev", .attr = SKBSCOPE_A_SOCKET_BOUND_DEV },
	{ .key = "rcvbuf", .attr = SKBSCOPE_A_SOCKET_RCVBUF },
	{ .key = "sndbuf", .attr = SKBSCOPE_A_SOCKET_SNDBUF },
	{ .key = "rmem", .attr = SKBSCOPE_A_SOCKET_RMEM },
	{ .key = "wmem", .attr = SKBSCOPE_A_SOCKET_WMEM },
	{ .key = "rx_queue_len", .attr = SKBSCOPE_A_SOCKET_RX_QUEUE_LEN },
	{ .key = "rx_queue_bytes", .attr = SKBSCOPE_A_SOCKET_RX_QUEUE_BYTES },
	{ .key = "rx_queue_truesize", .attr = SKBSCOPE_A_SOCKET_RX_QUEUE_TRUESIZE },
	{ .key = "tx_queue_len", .attr = SKBSCOPE_A_SOCKET_TX_QUEUE_LEN },
	{ .key = "drops", .attr = SKBSCOPE_A_SOCKET_DROPS },
	{ .key = "allocated", .attr = SKBSCOPE_A_SOCKET_ALLOCATED },
	{ .key = "tx_dropped", .attr = SKBSCOPE_A_SOCKET_TX_DROPPED },
	{ .key = "received", .attr = SKBSCOPE_A_SOCKET_RECEIVED },
	{ .key = "delivered", .attr = SKBSCOPE_A_SOCKET_DELIVERED },
	{ .key = "rx_dropped", .attr = SKBSCOPE_A_SOCKET_RX_DROPPED },
	{ .key = "held", .attr = SKBSCOPE_A_SOCKET_HELD },
	{ .key = "backlog", .attr = SKBSCOPE_A_SOCKET_BACKLOG },
	{ .key = "backlog_max", .attr = SKBSCOPE_A_SOCKET_BACKLOG_MAX },
	{ .key = "pair", .attr = SKBSCOPE_A_SOCKET_PAIR },
};

static const struct number_key station_number_key[] = {
	{ .key = "number", .attr = SKBSCOPE_A_STATION_NUMBER },
};

static const struct number_key station_keys[] = {
	{ .key = "passed", .attr = SKBSCOPE_A_STATION_PASSED },
	{ .key = "held", .attr = SKBSCOPE_A_STATION_HELD },
};

static const struct number_key ledger_keys[] = {
	{ .key = "netns", .attr = SKBSCOPE_A_LEDGER_NETNS },
	{ .key = "allocated", .attr = SKBSCOPE_A_LEDGER_ALLOCATED },
	{ .key = "entered", .attr = SKBSCOPE_A_LEDGER_ENTERED },
	{ .key = "derived", .attr = SKBSCOPE_A_LEDGER_DERIVED },
	{ .key = "delivered", .attr = SKBSCOPE_A_LEDGER_DELIVERED },
	{ .key = "acked", .attr = SKBSCOPE_A_LEDGER_ACKED },
	{ .key = "merged", .attr = SKBSCOPE_A_LEDGER_MERGED },
	{ .key = "transmitted", .attr = SKBSCOPE_A_LEDGER_TRANSMITTED },
	{ .key = "dropped", .attr = SKBSCOPE_A_LEDGER_DROPPED },
	{ .key = "queued", .attr = SKBSCOPE_A_LEDGER_QUEUED },
	{ .key = "kept", .attr = SKBSCOPE_A_LEDGER_KEPT },
	{ .key = "held", .attr = SKBSCOPE_A_LEDGER_HELD },
	{ .key = "moving", .attr = SKBSCOPE_A_LEDGER_MOVING },
	{ .key = "queue_len", .attr = SKBSCOPE_A_LEDGER_QUEUE_LEN },
	{ .key = "control_made", .attr = SKBSCOPE_A_LEDGER_CONTROL_MADE },
	{ .key = "control_read", .attr = SKBSCOPE_A_LEDGER_CONTROL_READ },
	{ .key = "control_dropped", .attr = SKBSCOPE_A_LEDGER_CONTROL_DROPPED },
};

static struct json_object *json_holders(const struct socket_picture *sock,
					const struct owners *owners)
{
	struct json_object *holders = json_object_new_array();
	const struct owner *owner;
	size_t nr;

	if (!num_has(&sock->n, SKBSCOPE_A_SOCKET_INODE))
		return holders;
	owner = owners_find(owners,
			    num_get(&sock->n, SKBSCOPE_A_SOCKET_INODE), &nr);
	for (; nr--; owner++) {
		struct json_object *o = json_object_new_object();

		put(o, "pid", json_object_new_int(owner->pid));
		put(o, "fd", json_object_new_int(owner->fd));
		put(o, "comm", string(owner->comm));
		json_object_array_add(holders, o);
	}
	return holders;
}

/* NULL for a socket without a connection of the protocol */
static struct json_object *json_conn(const struct socket_picture *sock)
{
	struct json_object *o;

	if (!sock->has_conn)
		return NULL;
	o = json_object_new_object();
	PUT_NUMBERS(o, &sock->conn, conn_keys);
	return o;
}

struct json_object *json_socket(const struct socket_picture *sock,
				const struct owners *owners)
{
	struct json_object *o = json_object_new_object(), *queue;
	char address[ADDRESS_LEN];
	unsigned int i;

	PUT_NUMBERS(o, &sock->n, socket_keys);
	put(o, "local", sock->has_local ?
	    string(address_print(&sock->local, address)) : NULL);
	put(o, "peer", sock->has_peer ?
	    string(address_print(&sock->peer, address)) : NULL);
	put(o, "holders", json_holders(sock, owners));
	put(o, "conn", json_conn(sock));

	queue = json_object_new_array();
	for (i = 0; i < sock->nr_rx; i++) {
		struct json_object *skb = json_object_new_object();

		PUT_NUMBERS(skb, &sock->rx[i], skb_keys);
		json_object_array_add(queue, skb);
	}
	put(o, "receive_queue", queue);
	return o;
}

struct json_object *json_station(const struct station_picture *st)
{
	struct json_object *o = json_object_new_object();

	PUT_NUMBERS(o, &st->n, station_number_key);
	put(o, "station", string(st->name));
	PUT_NUMBERS(o, &st->n, station_keys);
	return o;
}

struct json_object *json_ledger(const struct ledger *ledger)
{
	struct json_object *o = json_object_new_object(), *reasons;
	char unknown[NAME_LEN];
	unsigned int i;

	PUT_NUMBERS(o, &ledger->n, ledger_keys);
	put(o, "balance", json_object_new_int64(ledger_balance(ledger)));

	reasons = json_object_new_object();
	for (i = 0; i < ledger->nr_drops; i++) {
		const struct drop_picture *drop = &ledger->drop[i];
		const char *name = drop->name;
		uint64_t count;

		if (!*name) {
			snprintf(unknown, sizeof(unknown),
				 "unknown(%" PRIu64 ")",
				 num_get(&drop->n, SKBSCOPE_A_DROP_REASON));
			name = unknown;
		}
		count = num_get(&drop->n, SKBSCOPE_A_DROP_COUNT);
		/* not a literal: the key is copied */
		json_object_object_add(reasons, name,
				       json_object_new_uint64(count));
	}
	put(o, "reasons", reasons);
	return o;
}

/* writes the object and lets it go; returns 0, or -1 as fputs() does */
int json_line(FILE *out, struct json_object *object)
{
	const char *text;
	int ret = -1;

	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
					      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		ret = fprintf(out, "%s\n", text) < 0 ? -1 : 0;
	json_object_put(object);
	return ret;
}
