// SPDX-License-Identifier: GPL-2.0
/*
 * test_filter.c - expressions, what they are true of, and what is refused
 *
 * Called by tests/run. With FILTER_ROUNDS in the environment it tries so many
 * random expressions.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "skbscope.h"
#include "tests/ktap.h"
#include "tests/sample.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static int match(const char *text, const struct event *ev)
{
	struct filter_error error;
	struct filter *filter = filter_parse(text, &error);
	int ret;

	if (!filter) {
		ktap_fail(__FILE__, __LINE__, "`%s' is refused: %s", text,
			  error.why);
		return -1;
	}
	ret = filter_match(filter, ev);
	filter_free(filter);
	return ret;
}

struct expected {
	const char	*text;
	int		is_true;
};

static void expect(const struct event *ev, const struct expected *e, size_t nr)
{
	for (; nr--; e++)
		if (match(e->text, ev) != e->is_true)
			ktap_fail(__FILE__, __LINE__, "`%s' is not %s",
				  e->text, e->is_true ? "true" : "false");
}

static void numbers(void)
{
	static const struct expected table[] = {
		{ "len == 100", 1 }, { "len == 0x64", 1 }, { "len == 0X64", 1 },
		{ "len == 101", 0 }, { "len != 100", 0 }, { "len != 101", 1 },
		{ "len < 101", 1 }, { "len < 100", 0 }, { "len <= 100", 1 },
		{ "len <= 99", 0 }, { "len > 99", 1 }, { "len > 100", 0 },
		{ "len >= 100", 1 }, { "len >= 101", 0 },
		{ "len & 4", 1 }, { "len & 0x6c", 1 }, { "len & 8", 0 },
		{ "skb == 17", 1 }, { "skb == 18", 0 },
		{ "ts == 1000", 1 }, { "ts > 1000", 0 }, { "cpu <= 1", 1 },
		{ "netns == 4026531840", 1 }, { "netns > 4026531839", 1 },
		{ "len\t==\n100", 1 }, { " len==100 ", 1 },
		{ "protocol == 0x88b5", 1 },
	};
	struct event ev;

	sample_event(&ev, SCOPE_STATION_SOCKET_QUEUE, 17, 1000);
	ev.cpu = 1;
	expect(&ev, table, ARRAY_SIZE(table));
}

/* 64 bits have no sign */
static void wide_numbers(void)
{
	struct event ev;

	sample_event(&ev, SCOPE_STATION_SOCKET_QUEUE, 1ULL << 63, 1);
	EXPECT_NUM(match("skb > 1", &ev), 1);
	EXPECT_NUM(match("skb == 9223372036854775808", &ev), 1);
	EXPECT_NUM(match("skb == 0x8000000000000000", &ev), 1);
	EXPECT_NUM(match("skb < 0xffffffffffffffff", &ev), 1);
	EXPECT_NUM(match("kin == 0x8000000000000000", &ev), 1);
}

static void names(void)
{
	static const struct expected table[] = {
		{ "station == end.dropped", 1 }, { "station == 13", 1 },
		{ "station != end.dropped", 0 }, { "station > socket.recv", 1 },
		{ "station == socket.send", 0 }, { "relation == none", 1 },
		{ "relation == clone", 0 }, { "ip_summed == none", 1 },
		{ "pkt_type == host", 1 }, { "pkt_type != otherhost", 1 },
		{ "reason == SOCKET_RCVBUFF", 1 }, { "reason == 6", 1 },
		{ "reason == NO_SOCKET", 0 }, { "reason != NO_SOCKET", 1 },
		{ "reason != SOCKET_RCVBUFF", 0 }, { "reason != 7", 1 },
		{ "reason == SCOPE_CLOSED", 0 },
		{ "dev == \"scope0\"", 1 }, { "dev == 'scope0'", 1 },
		{ "dev != 'scope0'", 0 }, { "dev != \"scope\"", 1 },
	};
	struct event ev;

	sample_event(&ev, SCOPE_STATION_END_DROPPED, 17, 1000);
	snprintf(ev.dev, sizeof(ev.dev), "scope0");
	expect(&ev, table, ARRAY_SIZE(table));
	ev.reason[0] = '\0';
	EXPECT_NUM(match("reason == SOCKET_RCVBUFF", &ev), 0);
	EXPECT_NUM(match("reason != SOCKET_RCVBUFF", &ev), 1);
}

static const char *unknown_reason(const char *text, const char *lines)
{
	struct reasons *known = reasons_of(lines);
	static struct filter_error error;
	struct filter *filter = filter_parse(text, &error);
	static char word[64];

	word[0] = '\0';
	if (!filter || !known)
		ktap_fail(__FILE__, __LINE__, "`%s' is refused", text);
	else if (!filter_reasons(filter, known, &error))
		snprintf(word, sizeof(word), "%.*s", (int)error.len,
			 text + error.at);
	filter_free(filter);
	reasons_free(known);
	return word;
}

/* which there are only the kernel can tell */
static void reasons(void)
{
	static const char lines[] =
		"2 NOT_SPECIFIED\n3 NO_SOCKET\n4294901761 SCOPE_BAD_TYPE\n";

	EXPECT_STR(unknown_reason("reason == NO_SOCKET", lines), "");
	EXPECT_STR(unknown_reason("len > 5 && reason != NO_SOCKE", lines),
		   "NO_SOCKE");
	EXPECT_STR(unknown_reason("len < 5 || !( reason == NO_SOCKETS )",
				  lines), "NO_SOCKETS");
	EXPECT_STR(unknown_reason("reason == SCOPE_CLOSED", lines), "");
	EXPECT_STR(unknown_reason("reason == OTHER_SUBSYSTEM", lines), "");
	EXPECT_STR(unknown_reason("reason == 4", lines), "");
	EXPECT_STR(unknown_reason("reason == NOT_SPECIFIED",
				  "2 NOT_SPECIFIED"), "");
	EXPECT_STR(unknown_reason("reason == NOT_SPECIFIED", "2\n\n3\n"),
		   "NOT_SPECIFIED");
}

static void flag_names(void)
{
	static const struct expected table[] = {
		{ "flags & SYN", 1 }, { "flags & ACK", 1 }, { "flags & FIN", 0 },
		{ "flags & SYN|FIN", 1 }, { "flags & FIN | RST", 0 },
		{ "flags == SYN|ACK", 1 }, { "flags == ACK", 0 },
		{ "flags != ACK", 1 }, { "flags == 3", 1 },
		{ "flags & SYN && flags & ACK", 1 }, { "!(flags & FIN)", 1 },
	};
	struct event ev;

	sample_segment(&ev, SCOPE_STATION_PROTOCOL_PUSH, 17, 1000, 0, 5);
	event_set(&ev, EVF_FLAGS, SCOPE_F_SYN | SCOPE_F_ACK);
	expect(&ev, table, ARRAY_SIZE(table));
}

static void ports(void)
{
	static const struct expected table[] = {
		{ "port == 40000", 1 }, { "port == 4242", 1 }, { "port == 5", 0 },
		{ "port != 40000", 0 }, { "port != 4242", 0 }, { "port != 5", 1 },
		{ "port < 5000", 1 }, { "port > 50000", 0 },
		{ "sport == 40000", 1 }, { "dport == 40000", 0 },
		{ "port == 40000 && port == 4242", 1 },
		{ "!(port == 4242)", 0 }, { "!(port == 5)", 1 },
	};
	struct event ev;

	sample_event(&ev, SCOPE_STATION_SOCKET_QUEUE, 17, 1000);
	expect(&ev, table, ARRAY_SIZE(table));
}

static void what_is_not_known(void)
{
	static const struct expected table[] = {
		{ "truesize == 0", 0 }, { "truesize != 0", 0 },
		{ "truesize >= 0", 0 }, { "!(truesize == 0)", 1 },
		{ "dev == 'scope0'", 0 }, { "dev != 'scope0'", 0 },
		{ "!(dev == 'scope0')", 1 }, { "flags & ACK", 0 },
		{ "flags == 0", 0 }, { "reason != NO_SOCKET", 0 },
	};
	static const struct expected refused[] = {
		{ "event == refused", 1 }, { "err == EAGAIN", 1 },
		{ "err != EAGAIN", 0 }, { "err == 11", 1 }, { "sock == 5", 1 },
		{ "station == socket.send", 0 }, { "station != socket.send", 0 },
		{ "port != 5", 0 }, { "len >= 0", 0 }, { "kin == 17", 1 },
	};
	struct event ev;

	sample_event(&ev, SCOPE_STATION_SOCKET_SEND, 17, 1000);
	event_unset(&ev, EVF_TRUESIZE);
	expect(&ev, table, ARRAY_SIZE(table));
	EXPECT_NUM(match("event == refused", &ev), 0);
	sample_refused(&ev, 17, 1000, EAGAIN);
	expect(&ev, refused, ARRAY_SIZE(refused));
}

static void precedence(void)
{
	static const struct expected table[] = {
		{ "len == 100 || len == 1 && len == 2", 1 },
		{ "(len == 100 || len == 1) && len != 100", 0 },
		{ "len == 1 && skb == 1 || len == 100", 1 },
		{ "! len == 1 && len == 100", 1 }, { "!!len == 100", 1 },
		{ "!(len == 1 || skb == 17)", 0 },
		{ "((((len==100))))", 1 },
		{ "len==1||len==2||len==100", 1 },
		{ "len>1&&len>2&&len>100", 0 },
	};
	struct event ev;

	sample_event(&ev, SCOPE_STATION_SOCKET_QUEUE, 17, 1000);
	expect(&ev, table, ARRAY_SIZE(table));
}

static int see(struct filter *filter, uint64_t id, uint64_t parent)
{
	struct event ev;

	sample_event(&ev, SCOPE_STATION_SOCKET_QUEUE, id, id);
	event_set(&ev, EVF_PARENT, parent);
	return filter_match(filter, &ev);
}

static void descendants(void)
{
	struct filter_error error;
	/* what is noted does not depend on what the rest says */
	struct filter *filter = filter_parse("skb != 20 && kin == 17", &error);
	uint64_t id;

	EXPECT_NUM(see(filter, 16, 0), 0);
	EXPECT_NUM(see(filter, 17, 16), 1);
	EXPECT_NUM(see(filter, 18, 16), 0);
	EXPECT_NUM(see(filter, 19, 18), 0);
	EXPECT_NUM(see(filter, 20, 17), 0);
	EXPECT_NUM(see(filter, 21, 20), 1);
	EXPECT_NUM(see(filter, 21, 0), 1);
	/* a long line of segments, and as many strangers */
	for (id = 22; id < 20000; id++)
		EXPECT_NUM(see(filter, id, id % 2 ? id - 2 : 0), id % 2);
	EXPECT_NUM(see(filter, 16, 0), 0);
	filter_free(filter);

	filter = filter_parse("kin != 17", &error);
	EXPECT_NUM(see(filter, 17, 0), 0);
	EXPECT_NUM(see(filter, 18, 17), 0);
	EXPECT_NUM(see(filter, 19, 0), 1);
	filter_free(filter);
}

static void expect_refused(int line, const char *text, size_t at, size_t len,
			   const char *why)
{
	struct filter_error error = { .at = 12345 };
	struct filter *filter = filter_parse(text, &error);

	if (filter || error.at != at || error.len != len ||
	    !strstr(error.why, why))
		ktap_fail(__FILE__, line, "`%s': %s at %zu, %zu octets: %s",
			  text, filter ? "taken" : "refused", error.at,
			  error.len, filter ? "" : error.why);
	filter_free(filter);
}

#define REFUSED(text, at, len, why) \
	expect_refused(__LINE__, text, at, len, why)

static void bad_words(void)
{
	REFUSED("", 0, 0, "a field is missing");
	REFUSED("  ", 2, 0, "a field is missing");
	REFUSED("len", 3, 0, "an operator (== != < <= > >= &) is missing");
	REFUSED("len ==", 6, 0, "a value is missing");
	REFUSED("len == 5 &&", 11, 0, "a field is missing");
	REFUSED("len = 5", 4, 1, "`=' is no word of a filter");
	REFUSED("len == 5 len", 9, 3, "`len' is where && or || should be");
	REFUSED("5 < len", 0, 1, "no field `5'");
	REFUSED("&& len", 0, 2, "`&&' is where a field should be");
	REFUSED("len == == 5", 7, 2, "`==' is no value of len");
	REFUSED("len == 5 | 6", 9, 1, "`|' is where && or || should be");
	REFUSED("len == 5 || \xc3\xbc", 12, 2, "`\xc3\xbc' is no word");
	REFUSED("dev == \"scope0", 7, 7, "the quote is not closed");
	REFUSED("(len == 5", 0, 1, "the parenthesis is not closed");
	REFUSED("len == 5)", 8, 1, "the parenthesis was not opened");
	REFUSED("(len == 5))", 10, 1, "the parenthesis was not opened");
	REFUSED("(len == 5 len", 10, 3, "`len' is where &&, || or ) should be");
	REFUSED("()", 1, 1, "`)' is where a field should be");
	REFUSED("pcap == 5", 5, 2, "`==' is where a parenthesis, as in");
	REFUSED("pcap(len", 5, 3, "`len' is where a string in quotes");
	REFUSED("pcap('len > 5'", 14, 0, "the parenthesis that closes pcap( is missing");
	REFUSED("len > 5||pcap('lenn > 5')", 14, 10, "libpcap does not take this: ");
	REFUSED("pcap('len > 5) or (len > 6')", 5, 22, "libpcap does not take this: ");
	REFUSED("pcap('ether[14]=1 and ether[14]=2')", 5, 29, "rejects all packets");
	REFUSED("pcap('ip6')", 5, 5, "no frame of the family, which has ether proto 0x88b5");
	REFUSED("pcap('')||pcap('')||pcap('')||pcap('')||pcap('')||pcap('')||pcap('')||pcap('')||pcap('')",
		80, 8, "more than 8 of pcap()");
	REFUSED("event == refused && pcap('')", 20, 8, "contradicts the rest");
	REFUSED("pcap('') && station == protocol.push", 12, 24, "contradicts the rest");
}

static void bad_fields_and_values(void)
{
	REFUSED("lenn == 5", 0, 4, "no field `lenn'; there are station, skb,");
	REFUSED("sk_buff.len == 5", 0, 11, "no field `sk_buff.len'");
	REFUSED("LEN == 5", 0, 3, "no field `LEN'");
	REFUSED("len == x", 7, 1, "`x' is no value of len, which is a number from 0 to 4294967295");
	REFUSED("len == 5x", 7, 2, "`5x' is no value of len");
	REFUSED("len == 0x", 7, 2, "`0x' is no value");
	REFUSED("len == 0x0x5", 7, 5, "`0x0x5' is no value");
	REFUSED("len == -1", 7, 2, "`-1' is no value");
	REFUSED("len == \"5\"", 7, 3, "`\"5\"' is no value");
	REFUSED("len == 4294967296", 7, 10, "`4294967296' is out of the range of len");
	REFUSED("len < 99999999999999999999", 6, 20, "out of the range");
	REFUSED("ts < 99999999999999999999", 5, 20, "out of the range");
	REFUSED("skb == 0", 7, 1, "`0' is out of the range of skb, which is a number from 1 to 18446744073709551615");
	REFUSED("sport < 70000", 8, 5, "from 0 to 65535");
	REFUSED("station == socket.sent", 11, 11, "socket.send, socket.alloc");
	REFUSED("station == unknown(14)", 11, 7, "`unknown' is no value");
	REFUSED("station & 4", 8, 1, "`&' is nothing for station, which takes == != < <= > >=");
	REFUSED("relation == cloned", 12, 6, "none, clone, copy");
	REFUSED("flags == SYN|", 13, 0, "a value is missing");
	REFUSED("flags & SYN|XYZ", 12, 3, "`XYZ' is no value of flags");
	REFUSED("flags < SYN", 6, 1, "`<' is nothing for flags");
	REFUSED("reason == SCOPE_NONE", 10, 10, "SCOPE_BAD_VERSION");
	REFUSED("reason == no_socket", 10, 9, "NO_SOCKET");
	REFUSED("err == EWHAT", 7, 5, "the name of an errno");
	REFUSED("event == station", 9, 7, "which is refused");
	REFUSED("event == 1", 9, 1, "which is refused");
	REFUSED("dev == scope0", 7, 6, "in quotes");
	REFUSED("dev == 5", 7, 1, "in quotes");
	REFUSED("dev == ''", 7, 2, "1 to 15 characters");
	REFUSED("dev == '1234567890123456'", 7, 18, "1 to 15 characters");
	REFUSED("dev < 'a'", 4, 1, "`<' is nothing for dev");
	REFUSED("kin < 5", 4, 1, "`<' is nothing for kin");
}

static void true_of_nothing(void)
{
	REFUSED("len < 0", 6, 1, "`len < 0' can be true of nothing");
	REFUSED("skb == 5 || len < 0", 18, 1, "can be true of nothing");
	REFUSED("sport > 65535", 8, 5, "can be true of nothing");
	REFUSED("port > 65535", 7, 5, "can be true of nothing");
	REFUSED("flags & 0", 8, 1, "can be true of nothing");
	REFUSED("len & 0", 6, 1, "can be true of nothing");
	REFUSED("event != refused", 9, 7, "can be true of nothing");
	REFUSED("station == socket.send && station == socket.recv", 26, 22,
		"contradicts the rest");
	REFUSED("len > 5 && skb == 1 && !(len > 4)", 25, 7, "contradicts");
	REFUSED("len > 5 && len < 6", 11, 7, "contradicts");
	REFUSED("len != 6 && len > 5 && len < 7", 23, 7, "contradicts");
	REFUSED("(len == 1 || len == 2) && len == 3", 26, 8, "contradicts");
	REFUSED("(len == 1 || sport == 2) && len == 3 && sport == 4", 40, 10,
		"contradicts");
	REFUSED("flags & SYN && flags == ACK", 15, 12, "contradicts");
	REFUSED("dev == 'a' && dev == 'b'", 14, 10, "contradicts");
	REFUSED("dev == 'a' && dev != 'a'", 14, 10, "contradicts");
	REFUSED("kin == 5 && kin != 5", 12, 8, "contradicts");
	REFUSED("port == 1 && port == 2 && port == 3", 26, 9, "contradicts");
	REFUSED("err == EAGAIN && len > 5", 17, 7, "contradicts");
	REFUSED("event == refused && port == 5", 20, 9, "contradicts");
	REFUSED("reason == NO_SOCKET && station == end.consumed", 23, 23,
		"contradicts");
	REFUSED("station == socket.send && truesize > 0", 26, 12,
		"contradicts");
	REFUSED("!(ts >= 0)", 2, 7, "contradicts");
}

static void true_of_something(void)
{
	static const char *const texts[] = {
		"len > 5 && len < 7", "len >= 0", "!(len >= 0)", "len > 4294967294",
		"skb == 1 && kin == 2", "kin == 1 && kin == 2",
		"port == 1 && port == 2", "sport == 1 && dport == 2",
		"flags & SYN && flags & ACK && flags != SYN|ACK",
		"station > 13", "station == 0", "station < socket.alloc",
		"len == 1 && len == 2 || skb == 1", "len & 4 && len & 8",
		"dev != 'a' && dev != 'b'", "reason == 5 && reason != NO_SOCKET",
		"reason == SCOPE_RESET && station == end.dropped",
		"skb != 18446744073709551615", "ack == 18446744073709551615",
		"!(station >= 0) && err == EAGAIN",
	};
	struct filter_error error;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		struct filter *filter = filter_parse(texts[i], &error);

		if (!filter)
			ktap_fail(__FILE__, __LINE__, "`%s' is refused: %s",
				  texts[i], error.why);
		filter_free(filter);
	}
}

static void too_much(void)
{
	static char text[FILTER_TEXT_MAX + 2];
	struct filter_error error;
	struct filter *filter;
	struct event ev;
	int i;

	memset(text, '!', 100);
	strcpy(text + 100, "len == 5");
	REFUSED(text, 64, 1, "more than 64");
	memset(text, '(', FILTER_TEXT_MAX);
	REFUSED(text, 64, 1, "more than 64");
	memset(text, ' ', sizeof(text) - 1);
	REFUSED(text, FILTER_TEXT_MAX, 0, "it may have 4000 octets");

	/* as many as there may be, joined by as many, and one more */
	text[0] = '\0';
	for (i = 0; i < 256; i++)
		strcat(text, i ? "||skb==17" : "skb==17");
	filter = filter_parse(text, &error);
	sample_event(&ev, SCOPE_STATION_SOCKET_QUEUE, 17, 1);
	EXPECT(filter && filter_match(filter, &ev) == 1);
	filter_free(filter);
	strcat(text, "||skb==17");
	filter = filter_parse(text, &error);
	EXPECT(!filter);
	EXPECT_HAS(error.why, "it may have 512 comparisons and operators");
}

/* the same numbers each time */
static uint32_t state = 1;

static uint32_t below(uint32_t end)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % end;
}

static unsigned int rounds(void)
{
	const char *text = getenv("FILTER_ROUNDS");

	return text ? strtoul(text, NULL, 10) : 3000;
}

static void garbage(void)
{
	static const char *const words[] = {
		"len", "skb", "kin", "station", "flags", "dev", "reason", "port",
		"==", "!=", "<", "<=", ">", ">=", "&", "&&", "||", "!", "(", ")",
		"|", "5", "0x", "0xffff", "-1", "99999999999999999999", "SYN",
		"socket.send", "NO_SOCKET", "\"a\"", "pcap", "pcap('len > 5')", "'", "\"", "=", "\xff",
		"\xc3\xbc", "\n", " ", "err", "EAGAIN", "\x01", ".", "unknown",
	};
	char text[512];
	unsigned int i;

	for (i = rounds(); i--; ) {
		struct filter_error error = { .at = 0 };
		unsigned int nr = below(20);
		struct filter *filter;

		text[0] = '\0';
		while (nr--) {
			strcat(text, words[below(ARRAY_SIZE(words))]);
			if (below(2))
				strcat(text, " ");
		}
		if (*text && !below(4))
			text[below(strlen(text))] = 1 + below(255);
		filter = filter_parse(text, &error);
		if (!filter && (error.at + error.len > strlen(text) ||
				!*error.why))
			ktap_fail(__FILE__, __LINE__, "`%s': %zu and %zu of %zu",
				  text, error.at, error.len, strlen(text));
		filter_free(filter);
	}
}

static void put_random(char *text, unsigned int depth)
{
	static const char *const compares[] = {
		"len == 100", "len == 116", "len > 99", "len < 117", "len != 100",
		"len & 16", "station == socket.send", "station == socket.recv",
		"station > socket.send", "station != device.xmit",
		"dev == \"scope0\"", "dev != \"scope0\"", "dev == \"x\"",
		"reason == SOCKET_RCVBUFF", "reason != SOCKET_RCVBUFF",
		"flags & ACK", "flags == ACK|SYN", "flags != ACK",
		"err == EAGAIN", "event == refused", "truesize > 0",
		"port == 4242", "port != 4242", "dport < 4242", "kin == 17",
		"kin != 17", "skb == 17", "skb > 17", "rmem == 768",
	};

	switch (depth ? below(5) : 0) {
	case 0:
		strcat(text, compares[below(ARRAY_SIZE(compares))]);
		return;
	case 1:
		strcat(text, "!(");
		break;
	default:
		strcat(text, "(");
		put_random(text, depth - 1);
		strcat(text, below(3) ? " && " : " || ");
	}
	put_random(text, depth - 1);
	strcat(text, ")");
}

/* all kinds of events of three sk_buffs, the second a clone of the first */
static size_t make_events(struct event *ev)
{
	int station, sample;
	size_t nr = 0;

	for (sample = 0; sample < 3; sample++) {
		for (station = 1; station <= SCOPE_STATION_MAX + 1; station++) {
			if (sample == 1)
				sample_segment(&ev[nr], station, 18, 1, 0, 116);
			else
				sample_event(&ev[nr], station, 17 + sample, 1);
			if (station == SCOPE_STATION_SOCKET_SEND)
				event_unset(&ev[nr], EVF_TRUESIZE);
			if (sample == 1)
				event_set(&ev[nr], EVF_PARENT, 17);
			if (sample != 2)
				snprintf(ev[nr].dev, sizeof(ev[nr].dev),
					 "scope0");
			nr++;
		}
		sample_refused(&ev[nr++], 17 + sample, 1, EAGAIN);
	}
	return nr;
}

/*
 * One that is refused as true of nothing is tried beside another one, which is
 * true of nothing that is here.
 */
static void refused_are_true_of_nothing(void)
{
	struct event ev[3 * (SCOPE_STATION_MAX + 2)];
	size_t i, nr = make_events(ev);
	unsigned int round, refused = 0;
	struct filter_error error;
	struct filter *filter;
	char text[2048], beside[2100];

	for (round = 0; round < rounds(); round++) {
		text[0] = '\0';
		put_random(text, 4);
		filter = filter_parse(text, &error);
		if (filter) {
			filter_free(filter);
			continue;
		}
		EXPECT_HAS(error.why, "contradicts");
		refused++;
		snprintf(beside, sizeof(beside), "%s || skb == 999", text);
		filter = filter_parse(beside, &error);
		for (i = 0; filter && i < nr; i++)
			if (filter_match(filter, &ev[i]))
				ktap_fail(__FILE__, __LINE__,
					  "`%s' was refused, but is true",
					  text);
		EXPECT(filter);
		filter_free(filter);
	}
	EXPECT(refused > rounds() / 20);
}

struct in_kernel {
	const char	*text;
	const char	*station;
	const char	*refused;
	bool		whole;
};

#define NEVER	"skb == 0 && skb != 0"

/* what it makes of them, test_filter_kernel.sh asks */
static void in_kernel(void)
{
	static const struct in_kernel table[] = {
		{ "skb == 5", "(skb == 5)", "(skb == 5)", true },
		{ "!(skb == 5)", "!(skb == 5)", "!(skb == 5)", true },
		{ "len > 5", "(len > 5)", NEVER, true },
		{ "!(len > 5)", "!(len > 5)", "", true },
		{ "err == EAGAIN", NEVER, "(err == 11)", true },
		{ "event == refused", NEVER, "", true },
		{ "!(event == refused)", "", NEVER, true },
		{ "truesize < 9", "(station != 1 && truesize < 9)", NEVER, true },
		{ "mac < 9", "(station != 1 && mac >= 0 && mac < 9)", NEVER,
		  true },
		{ "ack & 1", "(flags & 2 && ack & 1)", NEVER, true },
		{ "flags & SYN|FIN", "(flags != 0 && flags & 5)", NEVER, true },
		{ "reason == NO_SOCKET",
		  "(station == 13 && reason_name == \"NO_SOCKET\")", NEVER,
		  true },
		{ "dev != 'a\"b'", "(dev != \"\" && dev != 'a\"b')", NEVER,
		  true },
		{ "skb > 18446744073709551614",
		  "(skb > 18446744073709551614)",
		  "(skb > 18446744073709551614)", true },
		{ "kin == 5", "", "", false },
		{ "kin == 5 || len > 5", "", "", false },
		{ "kin == 5 && len > 5", "(len > 5)", NEVER, false },
		{ "!(kin == 5 || len > 5)", "!(len > 5)", "", false },
		{ "len > 5 && offset < 5", "((len > 5))", NEVER, false },
		{ "ts > 5", "", "", false },
		{ "cpu & 1", "", "", false },
		{ "cpu == 1 && len > 5", "((CPU == 1) && (len > 5))", NEVER,
		  true },
		{ "err == 5 || len > 5 && (sock < 7 || ts > 8)", "((len > 5))",
		  "((err == 5))", false },
		{ "(len > 1 || len > 2) && len > 3",
		  "(((len > 1) || (len > 2)) && (len > 3))", NEVER, true },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		const struct in_kernel *e = &table[i];
		struct filter_error error;
		struct filter *filter = filter_parse(e->text, &error);
		struct filter_kernel k;

		EXPECT(filter && filter_for_kernel(filter, &k));
		EXPECT_STR(k.station, e->station);
		EXPECT_STR(k.refused, e->refused);
		EXPECT_NUM(k.whole, e->whole);
		filter_kernel_clear(&k);
		filter_free(filter);
	}
}

/* the first program has bit 4, the second bit 8 */
static int attach(const struct sock_filter *insn, unsigned int nr,
		  uint32_t *bit, void *arg)
{
	unsigned int *programs = arg;

	EXPECT(insn && nr);
	*bit = 4U << (*programs)++;
	return *programs > 2 ? -1 : 0;
}

static void of_frames(void)
{
	static const struct {
		const char	*text;
		uint32_t	frames;
		int		is_true;
	} table[] = {
		{ "pcap(\"len > 5\")", 4, 1 }, { "pcap(\"len > 5\")", 8, 0 },
		{ "pcap ( 'len > 5' )", 5, 1 }, { "!pcap('len > 5')", 4, 0 },
		{ "pcap('len > 5') && pcap('len > 6')", 4, 0 },
		{ "pcap('len > 5') && pcap('len > 6')", 12, 1 },
		{ "pcap('len > 5') && !pcap('len > 6')", 4, 1 },
		{ "pcap('') || len == 100", 0, 1 },
	};
	struct filter_error error;
	struct filter_kernel k;
	struct filter *filter;
	unsigned int programs;
	struct event ev;
	size_t i;

	sample_event(&ev, SCOPE_STATION_DEVICE_XMIT, 17, 1000);
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		programs = 0;
		filter = filter_parse(table[i].text, &error);
		EXPECT(filter && !filter_attach(filter, attach, &programs));
		ev.frames = table[i].frames;
		if (filter_match(filter, &ev) != table[i].is_true)
			ktap_fail(__FILE__, __LINE__, "`%s' with %u",
				  table[i].text, table[i].frames);
		EXPECT(filter_has_frames(filter, &error));
		filter_free(filter);
	}
	filter = filter_parse("pcap('len > 5') || !pcap('len > 6')", &error);
	programs = 0;
	EXPECT(filter && !filter_attach(filter, attach, &programs));
	EXPECT(filter_for_kernel(filter, &k));
	EXPECT_STR(k.station, "((frames & 4) || !(frames & 8))");
	EXPECT_STR(k.refused, "");
	EXPECT(k.whole);
	filter_kernel_clear(&k);
	filter_free(filter);
	filter = filter_parse("pcap('') && pcap('') && pcap('')", &error);
	programs = 0;
	EXPECT(filter && filter_attach(filter, attach, &programs));
	filter_free(filter);
}

/* a file of tracefs takes a page */
static void too_long_for_kernel(void)
{
	char text[2000] = "len == 0";
	struct filter_error error;
	struct filter *filter;
	struct filter_kernel k;
	size_t i;

	for (i = 0; i < 100; i++)
		strcat(text, "||truesize==7");
	filter = filter_parse(text, &error);
	EXPECT(filter && filter_for_kernel(filter, &k));
	EXPECT(strlen(k.station) > 3000);
	EXPECT(k.whole);
	filter_kernel_clear(&k);
	filter_free(filter);
	for (i = 0; i < 30; i++)
		strcat(text, "||truesize==7");
	filter = filter_parse(text, &error);
	EXPECT(filter && filter_for_kernel(filter, &k));
	EXPECT_STR(k.station, "");
	EXPECT(!k.whole);
	filter_kernel_clear(&k);
	filter_free(filter);
}

static const struct ktap_test tests[] = {
	{ "numbers", numbers },
	{ "wide_numbers", wide_numbers },
	{ "names", names },
	{ "reasons", reasons },
	{ "flag_names", flag_names },
	{ "ports", ports },
	{ "in_kernel", in_kernel },
	{ "of_frames", of_frames },
	{ "too_long_for_kernel", too_long_for_kernel },
	{ "what_is_not_known", what_is_not_known },
	{ "precedence", precedence },
	{ "descendants", descendants },
	{ "bad_words", bad_words },
	{ "bad_fields_and_values", bad_fields_and_values },
	{ "true_of_nothing", true_of_nothing },
	{ "true_of_something", true_of_something },
	{ "too_much", too_much },
	{ "garbage", garbage },
	{ "refused_are_true_of_nothing", refused_are_true_of_nothing },
};

int main(void)
{
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
