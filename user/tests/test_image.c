// SPDX-License-Identifier: GPL-2.0
/*
 * test_image.c - images in a record, and the events they are given with
 *
 * Called by tests/run.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image.h"
#include "record.h"
#include "skbscope.h"
#include "stream.h"
#include "symbols.h"
#include "tests/ktap.h"
#include "tests/sample.h"

#define PAGE_SIZE	1024
#define STATION_SIZE	48	/* as sample_format_segment has it */
#define IMAGE_SIZE	60	/* as format_image, with all of its parts */

#define QUEUED		SCOPE_STATION_DEVICE_QUEUE
#define SENT		SCOPE_STATION_DEVICE_XMIT

static const char format_image[] =
	"name: image\nID: 902\nformat:\n"
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\n"
	"\tfield:u64 skb;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:u64 address;\toffset:16;\tsize:8;\tsigned:0;\n"
	"\tfield:u64 sk;\toffset:24;\tsize:8;\tsigned:0;\n"
	"\tfield:u32 from;\toffset:32;\tsize:4;\tsigned:0;\n"
	"\tfield:u8 station;\toffset:36;\tsize:1;\tsigned:0;\n"
	"\tfield:__data_loc u8[] sk_buff;\toffset:40;\tsize:4;\tsigned:0;\n"
	"\tfield:__data_loc u8[] shared_info;\toffset:44;\tsize:4;\tsigned:0;\n"
	"\tfield:__data_loc u8[] octets;\toffset:48;\tsize:4;\tsigned:0;\n"
	"\nprint fmt: \"%llu\", REC->skb\n";

static char path[32];
static uint8_t page[PAGE_SIZE];
static uint8_t *at;

static void put(uint8_t *to, uint64_t value, unsigned int size)
{
	memcpy(to, &value, size);
}

static void page_begin(void)
{
	memset(page, 0, sizeof(page));
	put(page, 1000000, 8);
	at = page + 16;
}

/* one entry, a microsecond behind the one before; returns its record */
static uint8_t *entry(unsigned int size)
{
	uint8_t *record = at + 4;

	put(at, size / 4 | 1000 << 5, 4);
	at = record + size;
	return record;
}

static void add_station(uint64_t skb, int station)
{
	uint8_t *record = entry(STATION_SIZE);

	put(record, 900, 2);
	record[36] = station;
	put(record + 40, skb, 8);
}

/* its octets are an 's', two 'i' and @nr 'd' */
static uint8_t *add_image(uint64_t skb, int station, unsigned int nr)
{
	uint8_t *record = entry(IMAGE_SIZE);

	put(record, 902, 2);
	put(record + 8, skb, 8);
	put(record + 16, 0xffff888000001000ULL, 8);
	put(record + 24, 5, 8);
	put(record + 32, 18, 4);
	record[36] = station;
	put(record + 40, 1 << 16 | 52, 4);
	put(record + 44, 2 << 16 | 53, 4);
	put(record + 48, nr << 16 | 55, 4);
	memcpy(record + 52, "siiddddd", 8);
	return record;
}

static void write_text(struct recorder *r, enum record_section type,
		       const char *name, const char *text)
{
	struct pack p = { 0 };

	if (name)
		pack_string(&p, name);
	pack_string(&p, text);
	recorder_section(r, type, &p);
	pack_clear(&p);
}

static void write_record(bool images)
{
	struct recorder *r = recorder_open(path, images ? RECORD_IMAGES :
							  RECORD_VERSION);
	struct pack p = { 0 };

	write_text(r, RECORD_HOST, NULL,
		   "byte_order little\nlong_size 8\npage_size 1024\ncpus 1\n");
	write_text(r, RECORD_FORMAT, "skbscope/station", sample_format_segment);
	if (images)
		write_text(r, RECORD_FORMAT, "skbscope/image", format_image);
	if (images)
		write_text(r, RECORD_SYMBOLS, NULL,
			   "ffffffff81000200 later+0x10\nffffffff81000100 sock_wfree\n");
	put(page + 8, at - page - 16, 8);
	pack_number(&p, 0, 4);
	pack_octets(&p, page, at - page);
	recorder_section(r, RECORD_PAGE, &p);
	p.len = 0;
	pack_number(&p, 0, 8);
	pack_number(&p, 0, 8);
	recorder_section(r, RECORD_END, &p);
	pack_clear(&p);
	EXPECT_NUM(recorder_close(r), 0);
}

/* "skb:station:octets of data" of each event, "-" without an image */
static char *events(uint64_t *imageless)
{
	struct stream *s = stream_open_record(path, true);
	static char text[256];
	struct event ev;
	size_t len = 0;

	text[0] = '\0';
	if (!s)
		return NULL;
	while (stream_read(s) > 0)
		;
	while (stream_next(s, &ev)) {
		len += snprintf(text + len, sizeof(text) - len, "%d:%d:",
				(int)ev.v[EVF_SKB], (int)ev.v[EVF_STATION]);
		len += snprintf(text + len, sizeof(text) - len,
				ev.image ? "%zu " : "- ",
				ev.image ? ev.image->data.len : 0);
	}
	if (imageless)
		*imageless = stream_imageless(s);
	stream_close(s);
	return text;
}

static void each_has_its_own(void)
{
	uint64_t imageless;

	page_begin();
	add_station(7, SCOPE_STATION_SOCKET_SEND);
	add_image(7, QUEUED, 1);
	/* a softirq in between */
	add_image(8, QUEUED, 2);
	add_station(8, QUEUED);
	add_station(7, QUEUED);
	add_image(7, SENT, 3);
	add_station(7, SENT);
	write_record(true);
	EXPECT_STR(events(&imageless), "7:1:- 8:5:2 7:5:1 7:6:3 ");
	EXPECT_NUM(imageless, 0);
}

static void what_was_lost(void)
{
	uint64_t imageless;

	page_begin();
	add_station(7, QUEUED);
	/* the event of the first one is missing */
	add_image(7, SENT, 1);
	add_image(7, SENT, 2);
	add_station(7, SENT);
	add_station(7, SENT);
	write_record(true);
	EXPECT_STR(events(&imageless), "7:5:- 7:6:2 7:6:- ");
	EXPECT_NUM(imageless, 2);
}

static void what_it_has(void)
{
	struct stream *s;
	struct event ev;

	page_begin();
	add_image(7, SENT, 5);
	add_station(7, SENT);
	write_record(true);
	s = stream_open_record(path, true);
	while (stream_read(s) > 0)
		;
	EXPECT(stream_next(s, &ev) && ev.image);
	if (ev.image) {
		EXPECT(ev.image->address == 0xffff888000001000ULL);
		EXPECT_NUM(ev.image->sock, 5);
		EXPECT_NUM(ev.image->from, 18);
		EXPECT_NUM(ev.image->sk_buff.len, 1);
		EXPECT_NUM(ev.image->sk_buff.at[0], 's');
		EXPECT_NUM(ev.image->shared_info.len, 2);
		EXPECT_NUM(ev.image->shared_info.at[1], 'i');
		EXPECT_NUM(ev.image->data.at[4], 'd');
	}
	stream_close(s);
}

/* a part that is told to be where the record is not */
static void damaged(void)
{
	page_begin();
	add_image(7, SENT, 6);
	add_station(7, SENT);
	put(add_image(7, SENT, 1) + 40, 0xffffffff, 4);
	add_station(7, SENT);
	write_record(true);
	EXPECT_STR(events(NULL), "7:6:0 7:6:1 ");
}

static void symbols_of_the_record(void)
{
	const struct symbols *symbols;
	struct stream *s;
	char *name;

	page_begin();
	write_record(true);
	s = stream_open_record(path, true);
	symbols = stream_symbols(s);
	name = symbols_name(symbols, 0xffffffff81000100ULL);
	EXPECT_STR(name, "sock_wfree");
	free(name);
	name = symbols_name(symbols, 0xffffffff81000200ULL);
	EXPECT_STR(name, "later+0x10");
	free(name);
	EXPECT(!symbols_name(symbols, 0xffffffff81000101ULL));
	stream_close(s);
}

static void not_wanted_or_not_there(void)
{
	struct stream *s;
	struct event ev;

	page_begin();
	add_image(7, SENT, 1);
	add_station(7, SENT);
	write_record(true);
	s = stream_open_record(path, false);
	while (stream_read(s) > 0)
		;
	EXPECT(stream_next(s, &ev) && !ev.image);
	EXPECT_NUM(stream_imageless(s), 0);
	stream_close(s);
	write_record(false);
	EXPECT(!events(NULL));
}

static const struct ktap_test tests[] = {
	{ "each_has_its_own", each_has_its_own },
	{ "what_was_lost", what_was_lost },
	{ "what_it_has", what_it_has },
	{ "damaged", damaged },
	{ "symbols_of_the_record", symbols_of_the_record },
	{ "not_wanted_or_not_there", not_wanted_or_not_there },
};

int main(void)
{
	int fd, ret;

	strcpy(path, "/tmp/skbscope-image-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return 1;
	close(fd);
	ret = ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
	unlink(path);
	return ret;
}
