// SPDX-License-Identifier: GPL-2.0
/*
 * test_event.c - decoding of records by the names of their fields
 *
 * Called by tests/run.
 */
#include <stdint.h>
#include <string.h>

#include <event-parse.h>

#include "event.h"
#include "skbscope.h"
#include "tests/ktap.h"
#include "tests/sample.h"

#define RECORD_SIZE	64

static struct tep_handle *tep;
static struct event_decoder *decoder;

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
	{ "none_of_ours", none_of_ours },
};

int main(void)
{
	tep_set_loglevel(TEP_LOG_NONE);
	tep = tep_alloc();
	tep_parse_event(tep, sample_format_station,
			strlen(sample_format_station), "skbscope");
	tep_parse_event(tep, sample_format_refused,
			strlen(sample_format_refused), "skbscope");
	decoder = event_decoder_new(tep);
	if (!decoder)
		return 1;
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
