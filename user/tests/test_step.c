// SPDX-License-Identifier: GPL-2.0
/*
 * test_step.c - held packets: what they are, what changed, what can be ordered
 *
 * Called by tests/run.
 */
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "header.h"
#include "json.h"
#include "render_stop.h"
#include "tests/ktap.h"

static const uint8_t link_header[] = {
	2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5,
};

static const uint8_t datagram[] = {
	1, 1, 16, 0, 0xd4, 0xfd, 0x13, 0x88, 0, 0, 0, 5, 0xab, 0xcd, 0, 0,
	'h', 'e', 'l', 'l', 'o',
};

static const uint8_t segment[] = {
	1, 3, 56, 0x42, 0xd4, 0xfd, 0x13, 0x88, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 2,
	0xff, 0xff, 0xff, 0xff, 0x80, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9,
};

static void put_skb(struct nl_msg *msg, uint32_t len, uint32_t data)
{
	struct nlattr *nest = nla_nest_start(msg, SKBSCOPE_A_HELD_SKB);

	nla_put_u64(msg, SKBSCOPE_A_SKB_ID, 5);
	nla_put_u32(msg, SKBSCOPE_A_SKB_LEN, len);
	nla_put_u32(msg, SKBSCOPE_A_SKB_DATA, data);
	nla_put_u32(msg, SKBSCOPE_A_SKB_TAIL, data + len);
	nla_put_u32(msg, SKBSCOPE_A_SKB_END, 192);
	nla_put_u32(msg, SKBSCOPE_A_SKB_IP_SUMMED, 3);
	nla_nest_end(msg, nest);
}

/* @link, @header: octets of them in front of the payload; @pulled: from the data */
static void make(struct held *held, int station, size_t link, size_t header,
		 int pulled)
{
	struct nl_msg *msg = nlmsg_alloc_simple(1, 0);
	uint8_t bytes[64];
	size_t len = link + header + 5;

	memcpy(bytes, link_header, link);
	memcpy(bytes + link, datagram, header);
	memcpy(bytes + link + header, "hello", 5);
	nla_put_u64(msg, SKBSCOPE_A_HELD_ID, 17);
	nla_put_u32(msg, SKBSCOPE_A_HELD_RULE, 1);
	nla_put_u32(msg, SKBSCOPE_A_HELD_STATION, station);
	nla_put_u64(msg, SKBSCOPE_A_HELD_COOKIE, 2);
	nla_put_u16(msg, SKBSCOPE_A_HELD_SPORT, 54525);
	nla_put_u16(msg, SKBSCOPE_A_HELD_DPORT, 5000);
	nla_put_string(msg, SKBSCOPE_A_HELD_NEXT, "scope_next");
	nla_put_string(msg, SKBSCOPE_A_HELD_STACK, "scope_inner+0x1/0x2");
	nla_put_string(msg, SKBSCOPE_A_HELD_STACK, "scope_outer+0x3/0x4");
	nla_put_u32(msg, SKBSCOPE_A_HELD_MARK, 0);
	nla_put(msg, SKBSCOPE_A_HELD_BYTES, len, bytes);
	nla_put_s32(msg, SKBSCOPE_A_HELD_BYTES_FROM, -pulled);
	put_skb(msg, len - pulled, 48 - link - header + pulled);
	EXPECT_NUM(held_decode(nlmsg_data(nlmsg_hdr(msg)),
			       nlmsg_datalen(nlmsg_hdr(msg)), held), 0);
	nlmsg_free(msg);
}

static void expect_parts(const struct held *held, int link, int header,
			 int payload)
{
	struct frame_parts parts;

	frame_parts(held, &parts);
	EXPECT_NUM(parts.link, link);
	EXPECT_NUM(parts.header, header);
	EXPECT_NUM(parts.payload, payload);
}

static void where_headers_are(void)
{
	struct held held;

	make(&held, SCOPE_STATION_SOCKET_ALLOC, 0, 0, 0);
	expect_parts(&held, -1, -1, 0);
	held_clear(&held);
	make(&held, SCOPE_STATION_PROTOCOL_PUSH, 0, 16, 0);
	expect_parts(&held, -1, 0, 16);
	held_clear(&held);
	make(&held, SCOPE_STATION_DEVICE_XMIT, 14, 16, 0);
	expect_parts(&held, 0, 14, 30);
	/* a version that was spoilt is still one */
	held.bytes[14] = 9;
	expect_parts(&held, 0, 14, 30);
	/* a length that can't be is not */
	held.bytes[16] = 200;
	expect_parts(&held, 0, -1, 14);
	held.bytes[16] = 8;
	expect_parts(&held, 0, -1, 14);
	held_clear(&held);
	make(&held, SCOPE_STATION_DEVICE_RECEIVE, 14, 16, 14);
	expect_parts(&held, 0, 14, 30);
	EXPECT_NUM(held.from, -14);
	held_clear(&held);
	make(&held, SCOPE_STATION_SOCKET_QUEUE, 14, 16, 30);
	expect_parts(&held, 0, 14, 30);
	held_clear(&held);
	/* of a socketpair: octets that look like a header are a program's */
	make(&held, SCOPE_STATION_SOCKET_ALLOC, 0, 16, 0);
	expect_parts(&held, -1, -1, 0);
	held_clear(&held);
}

static const char *value(const struct held *held, const char *name)
{
	static struct header_field field[HEADER_FIELDS];
	size_t nr = header_fields(held, field), i;

	for (i = 0; i < nr; i++)
		if (!strcmp(field[i].name, name))
			return field[i].value;
	return NULL;
}

static void header_by_field(void)
{
	struct held held;

	make(&held, SCOPE_STATION_DEVICE_XMIT, 14, 16, 0);
	EXPECT_STR(value(&held, "from"), "02:00:00:00:00:02");
	EXPECT_STR(value(&held, "ethertype"), "0x88b5");
	EXPECT_STR(value(&held, "type"), "1 datagram");
	EXPECT_STR(value(&held, "hlen"), "16");
	EXPECT_STR(value(&held, "sport"), "54525");
	EXPECT_STR(value(&held, "dport"), "5000");
	EXPECT_STR(value(&held, "length"), "5");
	EXPECT_STR(value(&held, "check"), "0xabcd");
	EXPECT(!value(&held, "seq"));
	held_clear(&held);

	make(&held, SCOPE_STATION_PROTOCOL_CLONE, 0, 0, 0);
	free(held.bytes);
	held.bytes = malloc(sizeof(segment));
	held.len = sizeof(segment);
	memcpy(held.bytes, segment, sizeof(segment));
	EXPECT_STR(value(&held, "type"), "3 stream");
	EXPECT_STR(value(&held, "flags"), "0x42 ACK END");
	EXPECT_STR(value(&held, "seq"), "1099511627777");
	EXPECT_STR(value(&held, "window"), "closed");
	EXPECT_STR(value(&held, "mss"), "32768");
	EXPECT_STR(value(&held, "range0"), "5-9");
	EXPECT(!value(&held, "range1"));
	held_clear(&held);
}

static const struct stop_field *find(const struct stop_field *field, size_t nr,
				     const char *of, const char *name)
{
	for (; nr--; field++)
		if (!strcmp(field->of, of) && !strcmp(field->name, name))
			return field;
	return NULL;
}

static void what_changed(void)
{
	struct stop pushed = { .number = 1 }, queued = { .number = 2 };
	struct stop_field field[STOP_FIELDS];
	const struct stop_field *f;
	size_t nr;

	make(&pushed.held, SCOPE_STATION_PROTOCOL_PUSH, 0, 16, 0);
	nr = stop_fields(&pushed, field);
	f = find(field, nr, "skb", "len");
	EXPECT(f && !f->changed);
	EXPECT_STR(f->now, "21");

	make(&queued.held, SCOPE_STATION_DEVICE_QUEUE, 14, 16, 0);
	queued.before = &pushed;
	nr = stop_fields(&queued, field);
	f = find(field, nr, "skb", "len");
	EXPECT(f && f->changed);
	EXPECT_STR(f->then, "21");
	EXPECT_STR(f->now, "35");
	f = find(field, nr, "skb", "tail");
	EXPECT(f && !f->changed);
	f = find(field, nr, "link", "ethertype");
	EXPECT(f && f->changed);
	EXPECT_STR(f->then, "");
	f = find(field, nr, "header", "check");
	EXPECT(f && !f->changed);
	/* the link header is new, the octets behind it are where they were */
	EXPECT(stop_octet_changed(&queued, 0));
	EXPECT(stop_octet_changed(&queued, 13));
	EXPECT(!stop_octet_changed(&queued, 14));
	queued.held.bytes[34] ^= 1;
	EXPECT(stop_octet_changed(&queued, 34));
	held_clear(&pushed.held);
	held_clear(&queued.held);
}

static int parse(struct order *order, const char *said, char *why)
{
	char copy[ORDER_BYTES * 3], *rest = copy, *word[8];
	size_t nr = 0;

	why[0] = '\0';
	snprintf(copy, sizeof(copy), "%s", said);
	while (nr < 8 && (word[nr] = strsep(&rest, " ")))
		nr++;
	return order_parse(order, word, nr, why);
}

static void orders(void)
{
	char why[ORDER_WHY_LEN];
	struct order order;

	EXPECT_NUM(parse(&order, "s", why), 0);
	EXPECT_NUM(order.verdict, SKBSCOPE_VERDICT_STEP);
	EXPECT_NUM(parse(&order, "continue", why), 0);
	EXPECT_NUM(order.verdict, SKBSCOPE_VERDICT_CONTINUE);
	EXPECT_NUM(parse(&order, "drop SCOPE_CLOSED", why), 0);
	EXPECT_NUM(order.reason, SCOPE_DROP_CLOSED);
	EXPECT_NUM(parse(&order, "d CLOSED", why), 0);
	EXPECT_NUM(order.reason, SCOPE_DROP_CLOSED);
	EXPECT_NUM(parse(&order, "drop", why), 0);
	EXPECT_NUM(order.reason, 0);
	EXPECT_NUM(parse(&order, "edit payload 3 C0ffee wrong", why), 0);
	EXPECT_NUM(order.place, SKBSCOPE_PLACE_PAYLOAD);
	EXPECT_NUM(order.offset, 3);
	EXPECT_NUM(order.len, 3);
	EXPECT_NUM(order.bytes[1], 0xff);
	EXPECT(order.wrong_sum);
	EXPECT_NUM(parse(&order, "mark 0x10", why), 0);
	EXPECT_NUM(order.value, 16);
	EXPECT_NUM(parse(&order, "linearize", why), 0);
	EXPECT(!order_is_last(&order));
	EXPECT_NUM(parse(&order, "list", why), 1);
	EXPECT_NUM(parse(&order, "release", why), 1);
}

static void expect_refused(const char *said, const char *wanted)
{
	char why[ORDER_WHY_LEN];
	struct order order;

	EXPECT_NUM(parse(&order, said, why), -1);
	EXPECT_HAS(why, wanted);
}

static void bad_orders(void)
{
	expect_refused("step 2", "it is: step");
	expect_refused("mark", "it is: mark NUMBER");
	expect_refused("mark 4294967296", "`4294967296' is not a whole number");
	expect_refused("expand 70000", "`70000' is not a whole number up to 65535");
	expect_refused("drop BECAUSE", "`BECAUSE' is neither");
	expect_refused("edit tail 0 00", "data, header and payload are allowed");
	expect_refused("edit data -1 00", "`-1' is not a whole number");
	expect_refused("edit data 0 0", "`0' is not octets in hexadecimal");
	expect_refused("edit data 0 xx", "`xx' is not octets");
	expect_refused("edit data 0 00 right", "`right': only wrong is allowed");
	expect_refused("edit data 0", "it is: edit data|header|payload OFFSET HEX");
}

static void as_text(void)
{
	struct stop stop = { .number = 3, .over = true };
	struct lines l = { 0 };
	size_t head;

	make(&stop.held, SCOPE_STATION_DEVICE_XMIT, 14, 16, 0);
	lines_of_head(&l, &stop);
	EXPECT_STR(l.line[0], "stop 3  held 17  skb 5  at device.xmit  (over)  sock 2  port 54525 -> 5000");
	lines_of_stack(&l, &stop);
	EXPECT_STR(l.line[1], "next   scope_next");
	EXPECT_STR(l.line[2], "stack  scope_inner+0x1/0x2");
	EXPECT_STR(l.line[3], "       scope_outer+0x3/0x4");
	head = l.nr;
	lines_of_bytes(&l, &stop);
	EXPECT_NUM(l.nr, head + 3);
	EXPECT_STR(l.line[head + 1], "   16  10 00 d4 fd 13 88 00 00 00 05 ab cd 00 00 68 65  ..............he");
	EXPECT_STR(l.line[head + 2], "   32  6c 6c 6f                                         llo");
	head = l.nr;
	lines_of_header(&l, &stop);
	EXPECT_STR(l.line[head + 8], "  20  13 88                    header  dport      5000");
	head = l.nr;
	lines_of_buffer(&l, &stop, 78, &palette_plain);
	EXPECT_HAS(l.line[head], "LLL");
	EXPECT_HAS(l.line[head], "HHH");
	lines_clear(&l);
	held_clear(&stop.held);
}

static void as_json(void)
{
	struct stop stop = { .number = 3 };
	struct json_object *o, *field;

	make(&stop.held, SCOPE_STATION_DEVICE_XMIT, 14, 16, 0);
	o = json_stop(&stop);
	EXPECT_HAS(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN),
		   "{\"event\":\"stop\",\"stop\":3,\"held\":17,\"rule\":1,\"station\":\"device.xmit\",\"skb\":5,");
	field = json_object_object_get(o, "fields");
	field = json_object_object_get(field, "header.dport");
	EXPECT_STR(json_object_get_string(json_object_object_get(field, "now")),
		   "5000");
	EXPECT_HAS(json_object_get_string(json_object_object_get(o, "bytes")),
		   "02000000000102000000000288b501011000d4fd1388");
	json_object_put(o);
	held_clear(&stop.held);
}

/* At its end it says why */
static void with_reason(void)
{
	struct nl_msg *msg = nlmsg_alloc_simple(1, 0);
	struct stop stop = { .number = 3 };
	struct json_object *o;
	struct lines l = { 0 };

	nla_put_u64(msg, SKBSCOPE_A_HELD_ID, 17);
	nla_put_u32(msg, SKBSCOPE_A_HELD_STATION, SCOPE_STATION_END_DROPPED);
	nla_put_u32(msg, SKBSCOPE_A_HELD_REASON, 3);
	nla_put_string(msg, SKBSCOPE_A_HELD_REASON_NAME, "NO_SOCKET");
	put_skb(msg, 5, 32);
	EXPECT_NUM(held_decode(nlmsg_data(nlmsg_hdr(msg)),
			       nlmsg_datalen(nlmsg_hdr(msg)), &stop.held), 0);
	lines_of_head(&l, &stop);
	EXPECT_STR(l.line[0], "stop 3  held 17  skb 5  at end.dropped  NO_SOCKET");
	o = json_stop(&stop);
	EXPECT_STR(json_object_get_string(json_object_object_get(o, "reason")),
		   "NO_SOCKET");
	json_object_put(o);
	lines_clear(&l);
	held_clear(&stop.held);
	nlmsg_free(msg);
}

static const struct ktap_test tests[] = {
	{ "where the headers are", where_headers_are },
	{ "a header field by field", header_by_field },
	{ "what changed since the stop before", what_changed },
	{ "orders", orders },
	{ "orders that are none", bad_orders },
	{ "a stop as text", as_text },
	{ "a stop as JSON", as_json },
	{ "why a packet is dropped", with_reason },
};

int main(void)
{
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
