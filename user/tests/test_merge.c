// SPDX-License-Identifier: GPL-2.0
/*
 * test_merge.c - the order of events of several CPUs
 *
 * Called by tests/run.
 */
#include <stdlib.h>

#include "merge.h"
#include "skbscope.h"
#include "tests/ktap.h"
#include "tests/sample.h"

static void push(struct merge *m, unsigned int lane, uint64_t ts,
		 uint64_t id, int station)
{
	struct event ev;

	sample_event(&ev, station, id, ts);
	EXPECT_NUM(merge_push(m, lane, &ev), 0);
}

static void by_time(void)
{
	static const uint64_t ts[3][4] = {
		{ 10, 40, 70, 100 }, { 20, 30, 90, 95 }, { 1, 2, 3, 200 },
	};
	struct merge *m = merge_new(3);
	uint64_t last = 0;
	struct event ev;
	int lane, i;

	for (lane = 0; lane < 3; lane++)
		for (i = 0; i < 4; i++)
			push(m, lane, ts[lane][i], 1, 3);
	for (i = 0; i < 12; i++) {
		EXPECT(merge_pop(m, UINT64_MAX, &ev));
		EXPECT(ev.ts >= last);
		last = ev.ts;
	}
	EXPECT_NUM(last, 200);
	EXPECT(!merge_pop(m, UINT64_MAX, &ev));
	EXPECT_NUM(merge_late(m), 0);
	merge_free(m);
}

static void holds_back(void)
{
	struct merge *m = merge_new(2);
	struct event ev;

	push(m, 0, 50, 1, 3);
	EXPECT(!merge_pop(m, 50, &ev));
	EXPECT_NUM(merge_lane_len(m, 0), 1);
	/* the other CPU's, which was read later, comes first all the same */
	push(m, 1, 40, 1, 2);
	EXPECT(merge_pop(m, 51, &ev));
	EXPECT_NUM(ev.ts, 40);
	EXPECT(merge_pop(m, 51, &ev));
	EXPECT_NUM(ev.ts, 50);
	merge_free(m);
}

static void one_time_for_all(void)
{
	struct merge *m = merge_new(2);
	struct event ev;

	/* a clock of 4 ms steps: the packet's order is left */
	push(m, 0, 4000000, 17, SCOPE_STATION_DEVICE_RECEIVE);
	push(m, 1, 4000000, 17, SCOPE_STATION_DEVICE_XMIT);
	EXPECT(merge_pop(m, UINT64_MAX, &ev));
	EXPECT_NUM(ev.v[EVF_STATION], SCOPE_STATION_DEVICE_XMIT);
	EXPECT(merge_pop(m, UINT64_MAX, &ev));
	EXPECT_NUM(ev.v[EVF_STATION], SCOPE_STATION_DEVICE_RECEIVE);
	merge_free(m);
}

static void parent_before_its_copy(void)
{
	struct merge *m = merge_new(2);
	struct event ev;

	push(m, 0, 4000000, 18, SCOPE_STATION_DEVICE_RECEIVE);
	push(m, 1, 4000000, 17, SCOPE_STATION_DEVICE_XMIT);
	EXPECT(merge_pop(m, UINT64_MAX, &ev));
	EXPECT_NUM(ev.v[EVF_SKB], 17);
	EXPECT(merge_pop(m, UINT64_MAX, &ev));
	EXPECT_NUM(ev.v[EVF_SKB], 18);
	merge_free(m);
}

static void counts_late_ones(void)
{
	struct merge *m = merge_new(2);
	struct event ev;

	push(m, 0, 50, 1, 3);
	EXPECT(merge_pop(m, UINT64_MAX, &ev));
	push(m, 1, 40, 1, 2);
	EXPECT(merge_pop(m, UINT64_MAX, &ev));
	EXPECT_NUM(ev.ts, 40);
	EXPECT_NUM(merge_late(m), 1);
	merge_free(m);
}

static void many_and_wrapping(void)
{
	struct merge *m = merge_new(1);
	uint64_t in = 0, out = 0;
	struct event ev;
	int round, i;

	for (round = 0; round < 20; round++) {
		for (i = 0; i < 100; i++) {
			in++;
			push(m, 0, in, in, 3);
		}
		for (i = 0; i < 70; i++) {
			EXPECT(merge_pop(m, UINT64_MAX, &ev));
			EXPECT_NUM(ev.ts, ++out);
		}
	}
	EXPECT_NUM(merge_lane_len(m, 0), 600);
	while (merge_pop(m, UINT64_MAX, &ev))
		EXPECT_NUM(ev.ts, ++out);
	EXPECT_NUM(out, in);
	merge_free(m);
}

static void no_such_lane(void)
{
	struct merge *m = merge_new(2);
	struct event ev;

	sample_event(&ev, 3, 1, 1);
	EXPECT(merge_push(m, 2, &ev) < 0);
	EXPECT_NUM(merge_lane_len(m, 0), 0);
	merge_free(m);
}

static const struct ktap_test tests[] = {
	{ "by_time", by_time },
	{ "holds_back", holds_back },
	{ "one_time_for_all", one_time_for_all },
	{ "parent_before_its_copy", parent_before_its_copy },
	{ "counts_late_ones", counts_late_ones },
	{ "many_and_wrapping", many_and_wrapping },
	{ "no_such_lane", no_such_lane },
};

int main(void)
{
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
