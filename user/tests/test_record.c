// SPDX-License-Identifier: GPL-2.0
/*
 * test_record.c - records: written and read back, cut off, damaged
 *
 * Called by tests/run. What a damaged record must not do shows best with
 * CFLAGS='-g -fsanitize=address,undefined', or under valgrind.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <zlib.h>

#include "page.h"
#include "record.h"
#include "recorded.h"
#include "skbscope.h"
#include "stream.h"
#include "tests/ktap.h"
#include "tests/sample.h"

#define PAGE_SIZE	512
#define RECORD_EVENTS	12
#define EVENT_SIZE	48	/* as sample_format_segment has it */
#define OCTETS_MAX	65536

static char path[32];
static uint8_t octets[OCTETS_MAX];
static size_t nr_octets;

static void order(uint8_t *at, uint64_t value, unsigned int size, bool big)
{
	unsigned int i;

	for (i = 0; i < size; i++)
		at[big ? size - 1 - i : i] = value >> (8 * i);
}

/*
 * A page of a ring with @nr events, the first at @ts and each a microsecond
 * behind the one before; returns its octets.
 */
static size_t make_page(uint8_t page[PAGE_SIZE], uint64_t ts, unsigned int nr,
			uint64_t first_skb, bool big)
{
	uint8_t *at = page + 16;
	unsigned int i;

	memset(page, 0, PAGE_SIZE);
	order(page, ts, 8, big);
	for (i = 0; i < nr; i++) {
		uint32_t kind = EVENT_SIZE / 4, delta = i ? 1000 : 0;

		order(at, big ? kind << 27 | delta : delta << 5 | kind, 4, big);
		order(at + 4, 900, 2, big);
		order(at + 4 + 8, 100 * i, 8, big);
		order(at + 4 + 16, 100 * i + 100, 8, big);
		at[4 + 36] = SCOPE_STATION_PROTOCOL_PUSH;
		at[4 + 37] = SCOPE_F_ACK;
		order(at + 4 + 40, first_skb + i, 8, big);
		at += 4 + EVENT_SIZE;
	}
	order(page + 8, at - page - 16, 8, big);
	return at - page;
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

static void write_page(struct recorder *r, unsigned int cpu, uint64_t ts,
		       unsigned int nr, uint64_t first_skb, bool big)
{
	uint8_t page[PAGE_SIZE];
	struct pack p = { 0 };
	size_t len = make_page(page, ts, nr, first_skb, big);

	pack_number(&p, cpu, 4);
	pack_octets(&p, page, len);
	recorder_section(r, RECORD_PAGE, &p);
	pack_clear(&p);
}

static void write_numbers(struct recorder *r, enum record_section type,
			  uint64_t a, unsigned int a_size, uint64_t b,
			  unsigned int b_size)
{
	struct pack p = { 0 };

	pack_number(&p, a, a_size);
	pack_number(&p, b, b_size);
	recorder_section(r, type, &p);
	pack_clear(&p);
}

static void read_octets(void)
{
	int fd = open(path, O_RDONLY);
	ssize_t len = read(fd, octets, sizeof(octets));

	close(fd);
	nr_octets = len > 0 ? len : 0;
}

static void put_octets(const uint8_t *from, size_t len)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (write(fd, from, len) != (ssize_t)len)
		abort();
	close(fd);
}

/* a record of two CPUs, twelve events, and the file's octets */
static void make_record(bool big)
{
	struct recorder *r = recorder_open(path, RECORD_VERSION);
	struct socket_picture sock = { .has_local = true };

	write_text(r, RECORD_HOST, NULL, big ?
		   "byte_order big\nlong_size 8\npage_size 512\ncpus 2\n" :
		   "byte_order little\nlong_size 8\npage_size 512\ncpus 2\n");
	write_text(r, RECORD_FORMAT, "skbscope/station", sample_format_segment);
	write_text(r, RECORD_FORMAT, "skbscope/refused", sample_format_refused);
	sock.n.known = 1ULL << SKBSCOPE_A_SOCKET_COOKIE;
	sock.n.v[SKBSCOPE_A_SOCKET_COOKIE] = 17;
	{
		struct pack p = { 0 };

		record_pack_socket(&p, RECORD_AT_START, 1, &sock);
		recorder_section(r, RECORD_SOCKET, &p);
		pack_clear(&p);
	}
	write_page(r, 0, 1000000, 4, 100, big);
	write_page(r, 1, 1000500, 4, 200, big);
	write_numbers(r, RECORD_SAFE, 1002000, 8, 0, 0);
	write_page(r, 0, 1010000, 4, 300, big);
	write_numbers(r, RECORD_SAFE, 1020000, 8, 0, 0);
	write_numbers(r, RECORD_LOST, 1, 4, 3, 8);
	write_numbers(r, RECORD_END, 1030000, 8, 0, 8);
	EXPECT_NUM(recorder_close(r), 0);
	read_octets();
}

/* how many events the file gives; -1 where it can't be read at all */
static int count_events(uint64_t *lost)
{
	struct stream *s = stream_open_record(path, false);
	struct event ev;
	int nr = 0;

	if (!s)
		return -1;
	do {
		while (stream_next(s, &ev))
			nr++;
	} while (!stream_error(s) && stream_read(s) > 0);
	while (stream_next(s, &ev))
		nr++;
	if (lost)
		*lost = stream_lost(s);
	stream_whole(s);
	stream_close(s);
	return nr;
}

/* reads all sections; how it ended, and what is said then */
static enum record_state state_of(char why[256])
{
	struct record *r = record_open(path);
	enum record_state state;
	struct section section;

	while (record_next(r, &section))
		;
	state = record_state(r);
	snprintf(why, 256, "%s", record_why(r));
	record_close(r);
	return state;
}

static void read_back(void)
{
	struct stream *s;
	struct event ev;
	uint64_t lost;
	int i;

	make_record(false);
	EXPECT_NUM(count_events(&lost), RECORD_EVENTS);
	EXPECT_NUM(lost, 3);
	s = stream_open_record(path, false);
	EXPECT(!stream_next(s, &ev));
	/* what is not known to be complete waits */
	EXPECT_NUM(stream_read(s), 2);
	for (i = 0; i < 4 && stream_next(s, &ev); i++) {
		EXPECT_NUM(ev.cpu, i % 2);
		EXPECT_NUM(ev.v[EVF_SKB], (i % 2 ? 200 : 100) + i / 2);
		EXPECT_NUM(ev.ts, 1000000 + 500 * i);
		EXPECT_NUM(ev.v[EVF_OFFSET], 100 * (i / 2));
	}
	EXPECT_NUM(i, 4);
	EXPECT(!stream_next(s, &ev));
	stream_close(s);
}

static void other_byte_order(void)
{
	struct stream *s;
	struct event ev;

	make_record(__BYTE_ORDER == __LITTLE_ENDIAN);
	EXPECT_NUM(count_events(NULL), RECORD_EVENTS);
	s = stream_open_record(path, false);
	stream_read(s);
	EXPECT(stream_next(s, &ev));
	EXPECT_NUM(ev.v[EVF_SKB], 100);
	EXPECT_NUM(ev.v[EVF_OFFSET_END], 100);
	EXPECT_NUM(ev.ts, 1000000);
	stream_close(s);
}

/* wherever it is cut, it is read to there, and said where */
static void cut_anywhere(void)
{
	char why[256], wanted[64];
	int events, before = -1;
	size_t len;

	make_record(false);
	for (len = 0; len < nr_octets; len++) {
		put_octets(octets, len);
		EXPECT_NUM(state_of(why), RECORD_CUT);
		snprintf(wanted, sizeof(wanted), "was cut off at octet %zu,",
			 len);
		EXPECT_HAS(why, wanted);
		events = count_events(NULL);
		EXPECT(events >= before);
		before = events;
	}
	EXPECT_NUM(before, RECORD_EVENTS);
}

static uint64_t section_len(size_t at)
{
	uint64_t len;

	memcpy(&len, octets + at + 8, 8);
	return le64toh(len);
}

/* offset of the nth section's head */
static size_t section_at(unsigned int nr)
{
	size_t at = RECORD_HEAD;

	while (nr--)
		at += SECTION_HEAD + section_len(at);
	return at;
}

/* sets the sum of the section at @at right again */
static void mend_sum(size_t at)
{
	uint64_t len = section_len(at);
	uint32_t sum;

	sum = crc32(crc32(0, octets + at, 4), octets + at + 8, 8);
	if (len)
		sum = crc32(sum, octets + at + SECTION_HEAD, len);
	order(octets + at + 4, sum, 4, false);
}

static void expect_bad(const char *wanted)
{
	char why[256];

	put_octets(octets, nr_octets);
	EXPECT_NUM(state_of(why), RECORD_BAD);
	EXPECT_HAS(why, wanted);
}

static void what_is_wrong(void)
{
	size_t at;

	make_record(false);
	octets[0] ^= 0x80;
	expect_bad("is no record of skbscope");
	make_record(false);
	octets[8] = RECORD_IMAGES + 1;
	expect_bad("is a record of version 6; this skbscope reads versions 1 to 5");
	make_record(false);
	octets[12] = 1;
	expect_bad("is damaged at octet 12");
	make_record(false);
	at = section_at(1);
	octets[at] = 'X';
	expect_bad("has an unknown section `XORM' at octet ");
	make_record(false);
	octets[at + 12] = 1;
	expect_bad("is damaged: the section FORM at octet ");
	expect_bad("octets, but 1048576 are the most");
	make_record(false);
	octets[at + SECTION_HEAD + 100] ^= 1;
	expect_bad("the sum of the section FORM at octet ");
	make_record(false);
	octets[nr_octets++] = 0;
	put_octets(octets, nr_octets);
	at = nr_octets - 1;
	memset(octets + at, 0, SECTION_HEAD);
	nr_octets = at + SECTION_HEAD;
	expect_bad("goes on at octet ");
}

/* a page whose commit says that there is more than it has */
static void no_page(void)
{
	size_t at;

	make_record(false);
	at = section_at(4);
	octets[at + SECTION_HEAD + 4 + 8] ^= 0xf0;
	mend_sum(at);
	put_octets(octets, nr_octets);
	EXPECT_NUM(count_events(NULL), 0);
}

static void pages(void)
{
	static const struct ring_shape shape = {
		.nr_cpus = 1, .page_size = PAGE_SIZE, .long_size = 8,
	};
	uint8_t page[PAGE_SIZE];
	size_t len = make_page(page, 1, 3, 1, false);

	EXPECT_NUM(page_used(page, PAGE_SIZE, &shape), len);
	EXPECT_NUM(page_events(page, PAGE_SIZE, &shape), 3);
	EXPECT_NUM(page_events(page, len, &shape), 3);
	EXPECT_NUM(page_events(page, len - 1, &shape), -1);
	EXPECT_NUM(page_events(page, 15, &shape), -1);
	/* the number of those missed is behind the events */
	page[11] |= 0xc0;
	EXPECT_NUM(page_used(page, PAGE_SIZE, &shape), len + 8);
	EXPECT_NUM(page_used(page, len, &shape), 0);
	/* an event longer than the page */
	make_page(page, 1, 3, 1, false);
	page[16] = 0;
	order(page + 20, 4096, 4, false);
	EXPECT_NUM(page_events(page, PAGE_SIZE, &shape), -1);
	order(page + 20, 0xfffffff0, 4, false);
	EXPECT_NUM(page_events(page, PAGE_SIZE, &shape), -1);
	order(page + 20, 3, 4, false);
	EXPECT_NUM(page_events(page, PAGE_SIZE, &shape), -1);
	/* padding to the end, and one that would go round */
	page[16] = 29;
	order(page + 20, 4096, 4, false);
	EXPECT_NUM(page_events(page, PAGE_SIZE, &shape), 0);
	order(page + 20, 0xfffffff0, 4, false);
	EXPECT_NUM(page_events(page, PAGE_SIZE, &shape), -1);
}

/* silent for a while: what is wrong is said for each of thousands */
static int hush(void)
{
	int null = open("/dev/null", O_WRONLY), before;

	fflush(stderr);
	before = dup(2);
	dup2(null, 2);
	close(null);
	return before;
}

static void speak(int before)
{
	dup2(before, 2);
	close(before);
}

/* xorshift32 */
static uint32_t next_random(void)
{
	static uint32_t state = 20240101;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* the sections that are still found, one behind the other, get right sums */
static void mend_all(void)
{
	size_t at = RECORD_HEAD;

	while (at + SECTION_HEAD <= nr_octets) {
		uint64_t len = section_len(at);

		if (len > nr_octets - at - SECTION_HEAD)
			return;
		mend_sum(at);
		at += SECTION_HEAD + len;
	}
}

/* nothing to expect but that it ends well */
static void damaged(bool mend)
{
	int stderr_was = hush(), round;

	for (round = 0; round < 3000; round++) {
		unsigned int flips = 1 + next_random() % 4;
		size_t behind_formats;

		make_record(round % 4 == 0);
		behind_formats = section_at(3);
		while (flips--) {
			size_t at = next_random() % nr_octets;

			/* the formats are most of it, but not of interest */
			if (next_random() % 2)
				at = behind_formats + next_random() %
				     (nr_octets - behind_formats);
			octets[at] = next_random() % 3 ? next_random() :
							 0xff;
		}
		if (next_random() % 3 == 0)
			nr_octets = next_random() % nr_octets;
		if (mend)
			mend_all();
		put_octets(octets, nr_octets);
		EXPECT(count_events(NULL) <= 10 * RECORD_EVENTS);
	}
	speak(stderr_was);
}

static void damaged_octets(void)
{
	damaged(false);
}

static void damaged_with_right_sums(void)
{
	damaged(true);
}

static void cut_socket(const struct pack *p, size_t len)
{
	struct unpack u = unpack_from(p->data, len);
	struct socket_picture sock;
	enum record_moment moment;
	uint64_t ts;

	EXPECT(!record_unpack_socket(&u, &moment, &ts, &sock));
}

static void sockets(void)
{
	struct socket_picture sock = {
		.n.known = 1ULL << SKBSCOPE_A_SOCKET_COOKIE |
			   1ULL << SKBSCOPE_A_SOCKET_RMEM,
		.n.v[SKBSCOPE_A_SOCKET_COOKIE] = 1ULL << 60,
		.n.v[SKBSCOPE_A_SOCKET_RMEM] = 768,
		.has_local = true, .has_conn = true, .nr_rx = 2,
		.local.sscope_port = htobe16(5000),
		.local.sscope_ifindex = 3,
		.local.sscope_addr = "abcdefg",
		.conn.known = 1ULL << SKBSCOPE_A_CONN_MSS,
		.conn.v[SKBSCOPE_A_CONN_MSS] = 1446,
		.rx[1].known = 1ULL << SKBSCOPE_A_SKB_ID,
		.rx[1].v[SKBSCOPE_A_SKB_ID] = 99,
	}, got;
	enum record_moment moment;
	struct pack p = { 0 };
	struct unpack u;
	uint64_t ts;
	size_t len;

	record_pack_socket(&p, RECORD_GONE, 1234, &sock);
	u = unpack_from(p.data, p.len);
	EXPECT(record_unpack_socket(&u, &moment, &ts, &got));
	EXPECT_NUM(moment, RECORD_GONE);
	EXPECT_NUM(ts, 1234);
	EXPECT_NUM(unpack_left(&u), 0);
	EXPECT(!memcmp(&got, &sock, sizeof(got)));
	for (len = 0; len < p.len; len++)
		cut_socket(&p, len);
	pack_clear(&p);
}

static void ledgers(void)
{
	static struct ledger ledger, got;
	enum record_moment moment;
	struct pack p = { 0 };
	struct unpack u;
	size_t len;

	ledger.n.known = 1ULL << SKBSCOPE_A_LEDGER_ALLOCATED;
	ledger.n.v[SKBSCOPE_A_LEDGER_ALLOCATED] = 1ULL << 40;
	ledger.nr_drops = 2;
	ledger.drop[1].n.known = 1ULL << SKBSCOPE_A_DROP_COUNT;
	ledger.drop[1].n.v[SKBSCOPE_A_DROP_COUNT] = 7;
	strcpy(ledger.drop[1].name, "NO_SOCKET");
	record_pack_ledger(&p, RECORD_AT_END, 1234, &ledger);
	u = unpack_from(p.data, p.len);
	EXPECT(record_unpack_ledger(&u, &moment, &got));
	EXPECT_NUM(moment, RECORD_AT_END);
	EXPECT_NUM(unpack_left(&u), 0);
	EXPECT(!memcmp(&got, &ledger, sizeof(got)));
	for (len = 0; len < p.len; len++) {
		u = unpack_from(p.data, len);
		EXPECT(!record_unpack_ledger(&u, &moment, &got));
	}
	p.data[0] = RECORD_CHANGED;
	u = unpack_from(p.data, p.len);
	EXPECT(!record_unpack_ledger(&u, &moment, &got));
	pack_clear(&p);
}

static void write_moment(struct recorder *r, enum record_moment moment,
			 uint64_t cookie)
{
	struct socket_picture sock = {
		.n.known = 1ULL << SKBSCOPE_A_SOCKET_COOKIE,
		.n.v[SKBSCOPE_A_SOCKET_COOKIE] = cookie,
	};
	struct pack p = { 0 };

	record_pack_socket(&p, moment, 1, &sock);
	recorder_section(r, RECORD_SOCKET, &p);
	pack_clear(&p);
}

static void write_ledger(struct recorder *r, enum record_moment moment,
			 uint64_t allocated)
{
	static struct ledger ledger;
	struct pack p = { 0 };

	ledger.n.known = 1ULL << SKBSCOPE_A_LEDGER_ALLOCATED;
	ledger.n.v[SKBSCOPE_A_LEDGER_ALLOCATED] = allocated;
	record_pack_ledger(&p, moment, 1, &ledger);
	recorder_section(r, RECORD_LEDGER, &p);
	pack_clear(&p);
}

/* cookies, as text */
static int add_last(enum record_moment moment,
		    const struct socket_picture *sock, void *arg)
{
	(void)moment;
	sprintf((char *)arg + strlen(arg), "%d ",
		(int)num_get(&sock->n, SKBSCOPE_A_SOCKET_COOKIE));
	return 0;
}

static int add_change(enum record_moment moment,
		      const struct socket_picture *sock, void *arg)
{
	sprintf((char *)arg + strlen(arg), "%d:%d ", moment,
		(int)num_get(&sock->n, SKBSCOPE_A_SOCKET_COOKIE));
	return 0;
}

/* as they are at its end, or where it was cut off */
static void tables(void)
{
	static struct ledger ledger;
	char last[64] = "", changes[128] = "";
	struct recorder *r = recorder_open(path, RECORD_VERSION);

	write_moment(r, RECORD_AT_START, 9);
	write_moment(r, RECORD_AT_START, 4);
	write_ledger(r, RECORD_AT_START, 5);
	write_moment(r, RECORD_NEW, 12);
	write_moment(r, RECORD_NEW, 10);
	write_moment(r, RECORD_CHANGED, 12);
	write_moment(r, RECORD_GONE, 9);
	write_moment(r, RECORD_GONE, 77);
	EXPECT_NUM(recorder_close(r), 0);
	EXPECT_NUM(recorded_sockets(path, add_change, add_last, last), -EBADMSG);
	EXPECT_STR(last, "0:9 0:4 1:12 1:10 2:12 3:9 3:77 4 10 12 ");
	EXPECT_NUM(recorded_ledger(path, RECORD_AT_END, &ledger), -ENOENT);
	EXPECT_NUM(recorded_ledger(path, RECORD_AT_START, &ledger), -EBADMSG);
	EXPECT_NUM(num_get(&ledger.n, SKBSCOPE_A_LEDGER_ALLOCATED), 5);

	r = recorder_open(path, RECORD_VERSION);
	write_moment(r, RECORD_AT_START, 9);
	write_ledger(r, RECORD_AT_START, 5);
	write_moment(r, RECORD_AT_END, 11);
	write_moment(r, RECORD_AT_END, 3);
	write_ledger(r, RECORD_AT_END, 6);
	write_numbers(r, RECORD_END, 1, 8, 0, 8);
	EXPECT_NUM(recorder_close(r), 0);
	last[0] = '\0';
	EXPECT_NUM(recorded_sockets(path, NULL, add_last, last), 0);
	EXPECT_STR(last, "3 11 ");
	EXPECT_NUM(recorded_sockets(path, add_change, NULL, changes), 0);
	EXPECT_STR(changes, "0:9 4:11 4:3 ");
	EXPECT_NUM(recorded_ledger(path, RECORD_AT_END, &ledger), 0);
	EXPECT_NUM(num_get(&ledger.n, SKBSCOPE_A_LEDGER_ALLOCATED), 6);
	EXPECT_NUM(recorded_ledger(path, RECORD_AT_START, &ledger), 0);
	EXPECT_NUM(num_get(&ledger.n, SKBSCOPE_A_LEDGER_ALLOCATED), 5);

	/* none is left at the end, and an older record without ledgers */
	r = recorder_open(path, RECORD_OLDEST);
	write_moment(r, RECORD_AT_START, 9);
	write_numbers(r, RECORD_END, 1, 8, 0, 8);
	EXPECT_NUM(recorder_close(r), 0);
	last[0] = '\0';
	EXPECT_NUM(recorded_sockets(path, NULL, add_last, last), 0);
	EXPECT_STR(last, "");
	EXPECT_NUM(recorded_ledger(path, RECORD_AT_END, &ledger), -ENOENT);
}

static void write_images(struct recorder *r, enum record_moment moment,
			 uint64_t cookie, unsigned int nr, uint64_t address)
{
	struct record_images images = {
		.moment = moment, .ts = 7, .cookie = cookie, .nr = nr,
	};
	struct image_picture image = {
		.name = "sock", .proto = "SCOPE", .torn = true,
		.bytes = "octets", .len = 6,
	};
	struct pack p = { 0 };

	num_set(&image.n, SKBSCOPE_A_IMAGE_KIND, SKBSCOPE_IMAGE_KIND_SOCK);
	record_pack_images(&p, &images);
	while (nr--) {
		num_set(&image.n, SKBSCOPE_A_IMAGE_ADDRESS, address++);
		record_pack_image(&p, &image);
	}
	recorder_section(r, RECORD_SOCKET_IMAGES, &p);
	pack_clear(&p);
}

/* what is got of socket 9: the address of its last object, 0 for none */
static uint64_t last_object(bool at_start, int wanted)
{
	static struct recorded_chain rc;
	const struct object *last;
	uint64_t address = 0;

	EXPECT_NUM(recorded_chain(path, 9, at_start, &rc), wanted);
	if (rc.chain.nr) {
		last = &rc.chain.object[rc.chain.nr - 1];
		address = object_number(last, SKBSCOPE_A_IMAGE_ADDRESS);
		EXPECT_STR(last->picture.name, "sock");
		EXPECT_STR(last->picture.proto, "SCOPE");
		EXPECT(last->picture.torn);
		EXPECT_NUM(last->picture.len, 6);
		EXPECT(!memcmp(last->bytes, "octets", 6));
		EXPECT_STR(rc.chain.why, "the record has no BTF of its kernel");
	}
	chain_clear(&rc.chain);
	return address;
}

static void images(void)
{
	struct recorder *r = recorder_open(path, RECORD_IMAGES);
	size_t len, first;

	write_moment(r, RECORD_AT_START, 9);
	write_images(r, RECORD_AT_START, 9, 2, 100);
	write_images(r, RECORD_AT_START, 4, 1, 200);
	write_moment(r, RECORD_AT_END, 9);
	write_images(r, RECORD_AT_END, 9, 3, 300);
	write_numbers(r, RECORD_END, 1, 8, 0, 8);
	EXPECT_NUM(recorder_close(r), 0);
	EXPECT_NUM(last_object(false, 0), 302);
	EXPECT_NUM(last_object(true, 0), 101);

	/* whole or not at all, wherever it is cut */
	read_octets();
	first = section_at(2);
	for (len = RECORD_HEAD; len < nr_octets; len++) {
		put_octets(octets, len);
		EXPECT_NUM(last_object(true, len < first ? -ENODATA : -EBADMSG),
			   len < first ? 0 : 101);
		EXPECT_NUM(last_object(false, len < first ? -ENODATA : -EBADMSG),
			   len < first ? 0 : len < section_at(5) ? 101 : 302);
	}

	/* fewer than it says */
	octets[section_at(4) + SECTION_HEAD + 17]++;
	mend_sum(section_at(4));
	put_octets(octets, nr_octets);
	EXPECT_NUM(last_object(false, -EBADMSG), 302);
}

static void images_that_are_not_there(void)
{
	struct recorder *r = recorder_open(path, RECORD_VERSION);

	write_moment(r, RECORD_AT_END, 9);
	write_numbers(r, RECORD_END, 1, 8, 0, 8);
	EXPECT_NUM(recorder_close(r), 0);
	EXPECT_NUM(last_object(false, -ENODATA), 0);

	r = recorder_open(path, RECORD_IMAGES);
	write_images(r, RECORD_AT_END, 4, 1, 200);
	write_numbers(r, RECORD_END, 1, 8, 0, 8);
	EXPECT_NUM(recorder_close(r), 0);
	EXPECT_NUM(last_object(false, -ENOENT), 0);

	/* left out at the end: those of the beginning are better than none */
	r = recorder_open(path, RECORD_IMAGES);
	write_images(r, RECORD_AT_END, 9, 0, 0);
	write_numbers(r, RECORD_END, 1, 8, 0, 8);
	EXPECT_NUM(recorder_close(r), 0);
	EXPECT_NUM(last_object(false, 0), 0);
	r = recorder_open(path, RECORD_IMAGES);
	write_images(r, RECORD_AT_START, 9, 1, 100);
	write_images(r, RECORD_AT_END, 9, 0, 0);
	write_numbers(r, RECORD_END, 1, 8, 0, 8);
	EXPECT_NUM(recorder_close(r), 0);
	EXPECT_NUM(last_object(false, 0), 100);
	EXPECT_NUM(recorded_chain("/nowhere", 9, false,
				  &(struct recorded_chain){ 0 }), -EBADMSG);
}

static const struct ktap_test tests[] = {
	{ "read_back", read_back },
	{ "other_byte_order", other_byte_order },
	{ "cut_anywhere", cut_anywhere },
	{ "what_is_wrong", what_is_wrong },
	{ "no_page", no_page },
	{ "pages", pages },
	{ "damaged_octets", damaged_octets },
	{ "damaged_with_right_sums", damaged_with_right_sums },
	{ "sockets", sockets },
	{ "ledgers", ledgers },
	{ "tables", tables },
	{ "images", images },
	{ "images_that_are_not_there", images_that_are_not_there },
};

int main(void)
{
	/* it is written thousands of times: no disk */
	int fd = memfd_create("record", 0);

	if (fd < 0)
		return 1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	/* it tells of each cut */
	if (!getenv("V"))
		hush();
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
