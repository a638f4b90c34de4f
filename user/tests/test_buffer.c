// SPDX-License-Identifier: GPL-2.0
/*
 * test_buffer.c - the drawn buffer
 *
 * Called by tests/run.
 */
#include "render.h"
#include "tests/ktap.h"

static const struct buffer_shape queued = {
	.data = 18, .tail = 148, .end = 192,
	.mac = 18, .network = 32, .transport = 32, .header_len = 16,
};

static const struct buffer_shape received = {
	.data = 48, .tail = 148, .end = 192,
	.mac = 18, .network = 32, .transport = 32, .header_len = 16,
};

static const struct buffer_shape fresh = {
	.data = 48, .tail = 148, .end = 192,
	.mac = -1, .network = 0, .transport = -1, .header_len = 16,
};

static void expect_segment(const struct segment *seg, enum part part,
			   bool pulled, int64_t from, int64_t to)
{
	EXPECT_NUM(seg->part, part);
	EXPECT_NUM(seg->pulled, pulled);
	EXPECT_NUM(seg->from, from);
	EXPECT_NUM(seg->to, to);
}

static void headers_in_front(void)
{
	struct segment seg[SEGMENTS_MAX];

	EXPECT_NUM(buffer_segments(&queued, seg), 5);
	expect_segment(&seg[0], PART_HEADROOM, false, 0, 18);
	expect_segment(&seg[1], PART_LINK, false, 18, 32);
	expect_segment(&seg[2], PART_HEADER, false, 32, 48);
	expect_segment(&seg[3], PART_PAYLOAD, false, 48, 148);
	expect_segment(&seg[4], PART_TAILROOM, false, 148, 192);
}

static void headers_pulled(void)
{
	struct segment seg[SEGMENTS_MAX];

	EXPECT_NUM(buffer_segments(&received, seg), 5);
	expect_segment(&seg[1], PART_LINK, true, 18, 32);
	expect_segment(&seg[2], PART_HEADER, true, 32, 48);
	expect_segment(&seg[3], PART_PAYLOAD, false, 48, 148);
}

static void no_headers_yet(void)
{
	struct segment seg[SEGMENTS_MAX];

	EXPECT_NUM(buffer_segments(&fresh, seg), 3);
	expect_segment(&seg[0], PART_HEADROOM, false, 0, 48);
	expect_segment(&seg[1], PART_PAYLOAD, false, 48, 148);
	expect_segment(&seg[2], PART_TAILROOM, false, 148, 192);
}

static void half_pulled(void)
{
	struct buffer_shape shape = queued;
	struct segment seg[SEGMENTS_MAX];

	shape.data = 40;
	EXPECT_NUM(buffer_segments(&shape, seg), 6);
	expect_segment(&seg[2], PART_HEADER, true, 32, 40);
	expect_segment(&seg[3], PART_HEADER, false, 40, 48);
}

static void gap_before_data(void)
{
	struct buffer_shape shape = received;
	struct segment seg[SEGMENTS_MAX];

	shape.data = 60;
	EXPECT_NUM(buffer_segments(&shape, seg), 6);
	expect_segment(&seg[3], PART_HEADROOM, false, 48, 60);
	expect_segment(&seg[4], PART_PAYLOAD, false, 60, 148);
}

static void lying_offsets(void)
{
	struct buffer_shape shape = queued;
	struct segment seg[SEGMENTS_MAX];

	shape.transport = 140;		/* the header would pass the tail */
	shape.mac = 40;			/* behind network */
	EXPECT_NUM(buffer_segments(&shape, seg), 3);
	shape.tail = 10;
	EXPECT_NUM(buffer_segments(&shape, seg), 0);
	shape = queued;
	shape.data = -1;
	EXPECT_NUM(buffer_segments(&shape, seg), 0);
}

static void empty_and_full(void)
{
	static const struct buffer_shape shape = {
		.data = 192, .tail = 192, .end = 192,
		.mac = -1, .network = -1, .transport = -1, .header_len = 16,
	};
	struct segment seg[SEGMENTS_MAX];
	struct lines out = { 0 };

	EXPECT_NUM(buffer_segments(&shape, seg), 1);
	render_buffer(&out, &shape, 51, &palette_plain);
	EXPECT(out.nr > 0);
	EXPECT_HAS(out.line[0], "......|shared_info|");
	lines_clear(&out);
}

/* 192 octets in 38 columns */
static void to_scale(void)
{
	struct lines out = { 0 };

	render_buffer(&out, &queued, 51, &palette_plain);
	EXPECT_NUM(out.nr, 3);
	EXPECT_STR(out.line[0],
		   "|....LLHHHH===================_________|shared_info|");
	EXPECT_STR(out.line[1],
		   " ^head 0                      ^tail 148");
	EXPECT_STR(out.line[2],
		   "     ^data 18                          ^end 192");
	lines_clear(&out);
}

static void small_parts_stay(void)
{
	static const struct buffer_shape shape = {
		.data = 18, .tail = 49, .end = 65216,
		.mac = 18, .network = 32, .transport = 32, .header_len = 16,
	};
	struct lines out = { 0 };

	render_buffer(&out, &shape, 51, &palette_plain);
	EXPECT_HAS(out.line[0], "|.LH=___");
	EXPECT_NUM(text_width(out.line[0]), 52);
	lines_clear(&out);
}

static void pulled_is_small_letters(void)
{
	struct lines out = { 0 };

	render_buffer(&out, &received, 51, &palette_plain);
	EXPECT_HAS(out.line[0], "....llhhhh====");
	lines_clear(&out);
}

static void colour_has_no_width(void)
{
	struct lines plain = { 0 }, colour = { 0 };

	render_buffer(&plain, &queued, 51, &palette_plain);
	render_buffer(&colour, &queued, 51, &palette_colour);
	EXPECT(strcmp(plain.line[0], colour.line[0]));
	EXPECT_NUM(text_width(colour.line[0]), text_width(plain.line[0]));
	lines_clear(&plain);
	lines_clear(&colour);
}

static void labels_do_not_overlap(void)
{
	struct lines out = { 0 };
	struct buffer_shape shape = fresh;

	shape.data = 2;
	shape.tail = 4;
	render_buffer(&out, &shape, 51, &palette_plain);
	EXPECT(out.nr > 2);
	EXPECT_HAS(out.line[1], "^head 0");
	EXPECT(!strstr(out.line[1], "data"));
	EXPECT_HAS(out.line[2], "^data 2");
	lines_clear(&out);
}

static void wraps_words(void)
{
	struct lines out = { 0 };

	lines_wrap(&out, 10, "  ", "ab cd efg hijklmnopqrst u");
	EXPECT_NUM(out.nr, 4);
	EXPECT_STR(out.line[0], "  ab cd");
	EXPECT_STR(out.line[1], "  efg");
	EXPECT_STR(out.line[2], "  hijklmnopqrst");
	EXPECT_STR(out.line[3], "  u");
	lines_clear(&out);
}

static void durations(void)
{
	char buf[DURATION_LEN];

	EXPECT_STR(text_duration(0, buf), "0 ns");
	EXPECT_STR(text_duration(999, buf), "999 ns");
	EXPECT_STR(text_duration(1500, buf), "1.5 us");
	EXPECT_STR(text_duration(2500000, buf), "2.50 ms");
	EXPECT_STR(text_duration(61000000000ULL, buf), "61.00 s");
}

static const struct ktap_test tests[] = {
	{ "headers_in_front", headers_in_front },
	{ "headers_pulled", headers_pulled },
	{ "no_headers_yet", no_headers_yet },
	{ "half_pulled", half_pulled },
	{ "gap_before_data", gap_before_data },
	{ "lying_offsets", lying_offsets },
	{ "empty_and_full", empty_and_full },
	{ "to_scale", to_scale },
	{ "small_parts_stay", small_parts_stay },
	{ "pulled_is_small_letters", pulled_is_small_letters },
	{ "colour_has_no_width", colour_has_no_width },
	{ "labels_do_not_overlap", labels_do_not_overlap },
	{ "wraps_words", wraps_words },
	{ "durations", durations },
};

int main(void)
{
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
