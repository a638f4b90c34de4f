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
#include "message.h"
#include "names.h"

static void put(struct json_object *o, const char *key,
		struct json_object *value)
{
	/* keys are literals and come once: no copy, no search */
	json_object_object_add_ex(o, key, value,
				  JSON_C_OBJECT_ADD_KEY_IS_NEW |
				  JSON_C_OBJECT_KEY_IS_CONSTANT);
}

static void put_string(struct json_object *o, const char *key, const char *s)
{
	put(o, key, s && *s ? json_object_new_string(s) : NULL);
}

typedef const char *(*name_fn)(uint64_t number, char buf[NAME_LEN]);

/* how a field of an event is written; the order is the order of the keys */
struct event_key {
	enum event_field	field;
	name_fn			name;
};

/* absent, not null, where the sk_buff is none of a connection's */
static const struct event_key segment_keys[] = {
	{ .field = EVF_OFFSET },
	{ .field = EVF_OFFSET_END },
	{ .field = EVF_FLAGS },
	{ .field = EVF_ACK },
	{ .field = EVF_WINDOW },
};

static const struct event_key event_keys[] = {
	{ .field = EVF_STATION, .name = name_station },
	{ .field = EVF_SKB },
	{ .field = EVF_PARENT },
	{ .field = EVF_RELATION, .name = name_relation },
	{ .field = EVF_SOCK },
	{ .field = EVF_NETNS },
	{ .field = EVF_IFINDEX },	/* dev follows it */
	{ .field = EVF_LEN },
	{ .field = EVF_DATA_LEN },
	{ .field = EVF_DATA },
	{ .field = EVF_TAIL },
	{ .field = EVF_END },
	{ .field = EVF_MAC },
	{ .field = EVF_NETWORK },
	{ .field = EVF_TRANSPORT },
	{ .field = EVF_TRUESIZE },
	{ .field = EVF_USERS },
	{ .field = EVF_DATAREF },
	{ .field = EVF_CLONED },
	{ .field = EVF_NR_FRAGS },
	{ .field = EVF_IP_SUMMED, .name = name_ip_summed },
	{ .field = EVF_PKT_TYPE, .name = name_pkt_type },
	{ .field = EVF_PROTOCOL },
	{ .field = EVF_SPORT },
	{ .field = EVF_DPORT },
	{ .field = EVF_RXQ_BEFORE },
	{ .field = EVF_RXQ },
	{ .field = EVF_TXQ_BEFORE },
	{ .field = EVF_TXQ },
	{ .field = EVF_RMEM_BEFORE },
	{ .field = EVF_RMEM },
	{ .field = EVF_WMEM_BEFORE },
	{ .field = EVF_WMEM },
};

/* the ids count up from 1 without a sign; everything else may have one */
static struct json_object *event_value(const struct event *ev,
				       const struct event_key *key)
{
	char buf[NAME_LEN];

	if (!event_has(ev, key->field))
		return NULL;
	if (key->name)
		return json_object_new_string(key->name(ev->v[key->field],
							buf));
	if (key->field == EVF_SKB || key->field == EVF_PARENT ||
	    key->field == EVF_SOCK)
		return json_object_new_uint64(ev->v[key->field]);
	return json_object_new_int64(ev->v[key->field]);
}

/* the names of the bits that are set */
static struct json_object *json_flags(uint64_t flags)
{
	struct json_object *names = json_object_new_array();
	char buf[NAME_LEN];
	unsigned int bit;

	for (bit = 0; bit < FLAG_BITS; bit++) {
		const char *name = name_flag(bit, buf);

		if (flags & (1U << bit))
			json_object_array_add(names,
					      json_object_new_string(name));
	}
	return names;
}

static void put_segment(struct json_object *o, const struct event *ev)
{
	size_t i;

	for (i = 0; i < sizeof(segment_keys) / sizeof(segment_keys[0]); i++) {
		const struct event_key *key = &segment_keys[i];

		if (!event_has(ev, key->field))
			continue;
		put(o, event_field_name(key->field),
		    key->field == EVF_FLAGS ? json_flags(ev->v[EVF_FLAGS]) :
					      event_value(ev, key));
	}
}

static void put_field(struct json_object *o, const struct event *ev,
		      enum event_field field)
{
	const struct event_key key = { .field = field };

	put(o, event_field_name(field), event_value(ev, &key));
}

static void put_reason(struct json_object *o, const struct event *ev)
{
	char unknown[NAME_LEN] = "";

	if (!ev->reason[0] && event_has(ev, EVF_REASON))
		snprintf(unknown, sizeof(unknown), "unknown(%" PRId64 ")",
			 ev->v[EVF_REASON]);
	put_string(o, "reason", ev->reason[0] ? ev->reason : unknown);
}

static struct json_object *json_refused(const struct event *ev)
{
	struct json_object *o = json_object_new_object();

	put_string(o, "event", "refused");
	put(o, "ts", json_object_new_uint64(ev->ts));
	put(o, "cpu", json_object_new_int(ev->cpu));
	put_field(o, ev, EVF_SKB);
	put_field(o, ev, EVF_SOCK);
	put_string(o, "err", event_has(ev, EVF_ERR) ?
		   errno_name(ev->v[EVF_ERR]) : NULL);
	return o;
}

struct json_object *json_event(const struct event *ev)
{
	struct json_object *o;
	size_t i;

	if (ev->kind == EVENT_REFUSED)
		return json_refused(ev);

	o = json_object_new_object();
	put(o, "ts", json_object_new_uint64(ev->ts));
	put(o, "cpu", json_object_new_int(ev->cpu));
	for (i = 0; i < sizeof(event_keys) / sizeof(event_keys[0]); i++) {
		put(o, event_field_name(event_keys[i].field),
		    event_value(ev, &event_keys[i]));
		if (event_keys[i].field == EVF_IFINDEX)
			put_string(o, "dev", ev->dev);
	}
	put_segment(o, ev);
	put_reason(o, ev);
	return o;
}

struct number_key {
	const char	*key;
	int		attr;
	name_fn		name;
};

static void put_numbers(struct json_object *o, const struct numbers *n,
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

#define PUT_NUMBERS(o, n, keys) \
	put_numbers(o, n, keys, sizeof(keys) / sizeof((keys)[0]))

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
		put_string(o, "comm", owner->comm);
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
	put_string(o, "local", sock->has_local ?
		   address_print(&sock->local, address) : NULL);
	put_string(o, "peer", sock->has_peer ?
		   address_print(&sock->peer, address) : NULL);
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
	put_string(o, "station", st->name);
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
