// SPDX-License-Identifier: GPL-2.0
/*
 * test_event.c - decoding of records by the names of their fields
 *
 * Called by tests/run.
 */
#include <byteswap.h>
#include <endian.h>
#include <stdint.h>
#include <string.h>

#include <event-parse.h>

#include "event.h"
#include "skbscope.h"
#include "tests/ktap.h"
#include "tests/sample.h"

#define RECORD_SIZE	64
#define SEGMENT_SIZE	48

static struct event_decoder *decoder;
static struct event_decoder *segment_decoder;
static struct event_decoder *swapped_decoder;

static void put(char *record, int offset, uint64_t value, int size)
{
	memcpy(record + offset, &value, size);
}

static void fill(char record[RECORD_SIZE], int station)
{
	memset(record, 0, RECORD_SIZE);
	put(record, 0, 900, 2);
	put(record, 8, 148, 4);
	put(record, 12, (uint32_t)-1, 4);
	put(record, 16, 0xf000000000000011ULL, 8);
	put(record, 24, station, 1);
	put(record, 26, ETH_P_SCOPE, 2);
	put(record, 28, 32, 4);
	put(record, 36, 6, 4);
	memcpy(record + 40, "scope0", 7);
	memcpy(record + 48, "SOCKET_RCVBUFFFF", 16);	/* no NUL */
}

static void by_name(void)
{
	char record[RECORD_SIZE];
	struct event ev;

	fill(record, SCOPE_STATION_PROTOCOL_PUSH);
	EXPECT(event_decode(decoder, record, sizeof(record), &ev));
	EXPECT_NUM(ev.kind, EVENT_STATION);
	EXPECT_NUM(ev.v[EVF_TAIL], 148);
	EXPECT_NUM(ev.v[EVF_SKB], (int64_t)0xf000000000000011ULL);
	EXPECT_NUM(ev.v[EVF_STATION], SCOPE_STATION_PROTOCOL_PUSH);
	EXPECT_NUM(ev.v[EVF_PROTOCOL], 0x88b5);
	EXPECT_STR(ev.dev, "scope0");
}

static void missing_is_unknown(void)
{
	char record[RECORD_SIZE];
	struct event ev;

	fill(record, SCOPE_STATION_PROTOCOL_PUSH);
	EXPECT(event_decode(decoder, record, sizeof(record), &ev));
	EXPECT(!event_has(&ev, EVF_DATA));
	EXPECT(!event_has(&ev, EVF_TRUESIZE));
	EXPECT(event_has(&ev, EVF_TAIL));
}

static void minus_one_is_unset(void)
{
	char record[RECORD_SIZE];
	struct event ev;

	fill(record, SCOPE_STATION_PROTOCOL_PUSH);
	EXPECT(event_decode(decoder, record, sizeof(record), &ev));
	EXPECT(!event_has(&ev, EVF_MAC));
	EXPECT(event_has(&ev, EVF_TRANSPORT));
}

static void no_buffer_at_send(void)
{
	char record[RECORD_SIZE];
	struct event ev;

	fill(record, SCOPE_STATION_SOCKET_SEND);
	EXPECT(event_decode(decoder, record, sizeof(record), &ev));
	EXPECT(!event_has(&ev, EVF_TAIL));
	EXPECT(!event_has(&ev, EVF_PROTOCOL));
	EXPECT(event_has(&ev, EVF_SKB));
}

static void reason_at_drop_alone(void)
{
	char record[RECORD_SIZE];
	struct event ev;

	fill(record, SCOPE_STATION_END_CONSUMED);
	EXPECT(event_decode(decoder, record, sizeof(record), &ev));
	EXPECT_STR(ev.reason, "");
	EXPECT(!event_has(&ev, EVF_REASON));
	fill(record, SCOPE_STATION_END_DROPPED);
	EXPECT(event_decode(decoder, record, sizeof(record), &ev));
	EXPECT_STR(ev.reason, "SOCKET_RCVBUFFFF");
	EXPECT_NUM(ev.v[EVF_REASON], 6);
}

static void short_record(void)
{
	char record[RECORD_SIZE];
	struct event ev;

	fill(record, SCOPE_STATION_PROTOCOL_PUSH);
	EXPECT(event_decode(decoder, record, 26, &ev));
	EXPECT(event_has(&ev, EVF_STATION));
	EXPECT(!event_has(&ev, EVF_PROTOCOL));
	EXPECT_STR(ev.dev, "");
}

static void refused(void)
{
	char record[RECORD_SIZE] = { 0 };
	struct event ev;

	put(record, 0, 901, 2);
	put(record, 8, 17, 8);
	put(record, 16, 5, 8);
	put(record, 24, 11, 4);
	EXPECT(event_decode(decoder, record, 32, &ev));
	EXPECT_NUM(ev.kind, EVENT_REFUSED);
	EXPECT_NUM(ev.v[EVF_SKB], 17);
	EXPECT_NUM(ev.v[EVF_SOCK], 5);
	EXPECT_NUM(ev.v[EVF_ERR], 11);
	EXPECT(event_is_end(&ev));
}

/* a record of a connection's segment, decoded */
static void decode_segment(struct event *ev, uint64_t from, uint64_t to,
			   int flags)
{
	char record[SEGMENT_SIZE] = { 0 };

	put(record, 0, 900, 2);
	put(record, 8, from, 8);
	put(record, 16, to, 8);
	put(record, 24, 4294967296ULL, 8);
	put(record, 32, SCOPE_WINDOW_CLOSED, 4);
	put(record, 36, SCOPE_STATION_PROTOCOL_PUSH, 1);
	put(record, 37, flags, 1);
	put(record, 40, 17, 8);
	EXPECT(event_decode(segment_decoder, record, sizeof(record), ev));
}

static void a_segment(void)
{
	struct event ev;

	decode_segment(&ev, 5000000000ULL, 5000000100ULL,
		       SCOPE_F_ACK | SCOPE_F_EOR);
	EXPECT_NUM(ev.v[EVF_OFFSET], 5000000000LL);
	EXPECT_NUM(ev.v[EVF_OFFSET_END], 5000000100LL);
	EXPECT_NUM(ev.v[EVF_FLAGS], SCOPE_F_ACK | SCOPE_F_EOR);
	EXPECT_NUM(ev.v[EVF_ACK], 4294967296LL);
	EXPECT_NUM(ev.v[EVF_WINDOW], 4294967295LL);
}

static void segment_without_octets(void)
{
	struct event ev;

	decode_segment(&ev, 7, 7, SCOPE_F_ACK);
	EXPECT(!event_has(&ev, EVF_OFFSET));
	EXPECT(!event_has(&ev, EVF_OFFSET_END));
	EXPECT(event_has(&ev, EVF_ACK));
	decode_segment(&ev, 0, 0, SCOPE_F_SYN);
	EXPECT(event_has(&ev, EVF_FLAGS));
	EXPECT(!event_has(&ev, EVF_ACK));
	EXPECT(!event_has(&ev, EVF_WINDOW));
	/* a record without octets ends there: it has a place */
	decode_segment(&ev, 7, 7, SCOPE_F_ACK | SCOPE_F_END);
	EXPECT_NUM(ev.v[EVF_OFFSET_END], 7);
	EXPECT(event_has(&ev, EVF_OFFSET));
}

static void datagram_has_no_segment(void)
{
	struct event ev;

	decode_segment(&ev, 0, 0, 0);
	EXPECT(!event_has(&ev, EVF_OFFSET));
	EXPECT(!event_has(&ev, EVF_FLAGS));
	EXPECT(!event_has(&ev, EVF_ACK));
	EXPECT(!event_has(&ev, EVF_WINDOW));
	EXPECT_NUM(ev.v[EVF_SKB], 17);
}

/* what a machine of the other byte order made */
static void other_byte_order(void)
{
	char record[SEGMENT_SIZE] = { 0 };
	struct event ev;

	put(record, 0, bswap_16(900), 2);
	put(record, 8, bswap_64(5000000000ULL), 8);
	put(record, 16, bswap_64(5000000100ULL), 8);
	put(record, 32, bswap_32(65535), 4);
	put(record, 36, SCOPE_STATION_PROTOCOL_PUSH, 1);
	put(record, 37, SCOPE_F_ACK, 1);
	put(record, 40, bswap_64(17), 8);
	EXPECT(!event_decode(segment_decoder, record, sizeof(record), &ev));
	EXPECT(event_decode(swapped_decoder, record, sizeof(record), &ev));
	EXPECT_NUM(ev.v[EVF_OFFSET], 5000000000LL);
	EXPECT_NUM(ev.v[EVF_WINDOW], 65535);
	EXPECT_NUM(ev.v[EVF_STATION], SCOPE_STATION_PROTOCOL_PUSH);
	EXPECT_NUM(ev.v[EVF_SKB], 17);
}

static void no_record_at_all(void)
{
	struct event ev;

	EXPECT(!event_decode(decoder, "", 0, &ev));
	EXPECT(!event_decode(decoder, "\x84", 1, &ev));
}

static void none_of_ours(void)
{
	char record[RECORD_SIZE] = { 0 };
	struct event ev;

	put(record, 0, 902, 2);
	EXPECT(!event_decode(decoder, record, sizeof(record), &ev));
}

static const struct ktap_test tests[] = {
	{ "by_name", by_name },
	{ "missing_is_unknown", missing_is_unknown },
	{ "minus_one_is_unset", minus_one_is_unset },
	{ "no_buffer_at_send", no_buffer_at_send },
	{ "reason_at_drop_alone", reason_at_drop_alone },
	{ "short_record", short_record },
	{ "refused", refused },
	{ "a_segment", a_segment },
	{ "segment_without_octets", segment_without_octets },
	{ "datagram_has_no_segment", datagram_has_no_segment },
	{ "other_byte_order", other_byte_order },
	{ "no_record_at_all", no_record_at_all },
	{ "none_of_ours", none_of_ours },
};

static struct event_decoder *decoder_of(const char *station,
					const char *refused_format,
					bool big_endian)
{
	struct tep_handle *tep = tep_alloc();
	struct event_decoder *made;

	tep_parse_event(tep, station, strlen(station), "skbscope");
	tep_parse_event(tep, refused_format, strlen(refused_format),
			"skbscope");
	made = event_decoder_new(tep, big_endian);
	tep_free(tep);
	return made;
}

int main(void)
{
	const bool big = __BYTE_ORDER == __BIG_ENDIAN;

	tep_set_loglevel(TEP_LOG_NONE);
	decoder = decoder_of(sample_format_station, sample_format_refused, big);
	segment_decoder = decoder_of(sample_format_segment,
				     sample_format_refused, big);
	swapped_decoder = decoder_of(sample_format_segment,
				     sample_format_refused, !big);
	if (!decoder || !segment_decoder || !swapped_decoder)
		return 1;
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
