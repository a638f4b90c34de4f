// SPDX-License-Identifier: GPL-2.0
/*
 * test_diff.c - what changed between two images of an sk_buff that is made here
 *
 * Called by tests/run.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <bpf/btf.h>

#include "image.h"
#include "render.h"
#include "skbscope.h"
#include "skbuff.h"
#include "symbols.h"
#include "tests/ktap.h"
#include "tests/sample.h"
#include "types.h"

#define ADDRESS		0xffff888000001000ULL
#define HEAD		0xffff888000002000ULL
#define DEVICE		0xffff888000003000ULL
#define DESTRUCTOR	0xffffffff81000100ULL

/* as the description says: a small one */
struct sk_buff {
	union {
		struct {
			uint64_t	next;
			uint64_t	prev;
		};
		uint64_t	rbnode[2];
	};
	uint64_t	dev;
	uint64_t	destructor;
	uint64_t	head;
	uint64_t	data;
	uint32_t	tail;
	uint32_t	end;
	uint32_t	len;
	uint8_t		cloned : 1, pkt_type : 3, ip_summed : 2;
	uint8_t		padding;
	uint16_t	protocol;
	union {
		uint32_t	napi_id;
		uint32_t	sender_cpu;
	};
	union {
		uint32_t	csum;
		struct {
			uint16_t	csum_start;
			uint16_t	csum_offset;
		};
	};
	uint8_t		cb[48];
};

struct shared {
	uint8_t		nr_frags;
	uint8_t		padding[3];
	uint32_t	dataref;
};

#define AT(member)	(8 * offsetof(struct sk_buff, member))

static void describe_skb(struct btf *btf, int u8, int u16, int u32, int u64)
{
	int pointer = btf__add_ptr(btf, 0);
	int be16 = btf__add_typedef(btf, "__be16", u16);
	int cb = btf__add_array(btf, u32, u8, 48);
	int node = btf__add_array(btf, u32, u64, 2);
	int list = btf__add_struct(btf, NULL, 16), first, id, sums, csum;

	btf__add_field(btf, "next", pointer, 0, 0);
	btf__add_field(btf, "prev", pointer, 64, 0);
	first = btf__add_union(btf, NULL, 16);
	btf__add_field(btf, NULL, list, 0, 0);
	btf__add_field(btf, "rbnode", node, 0, 0);
	id = btf__add_union(btf, NULL, 4);
	btf__add_field(btf, "napi_id", u32, 0, 0);
	btf__add_field(btf, "sender_cpu", u32, 0, 0);
	sums = btf__add_struct(btf, NULL, 4);
	btf__add_field(btf, "csum_start", u16, 0, 0);
	btf__add_field(btf, "csum_offset", u16, 16, 0);
	csum = btf__add_union(btf, NULL, 4);
	btf__add_field(btf, "csum", u32, 0, 0);
	btf__add_field(btf, NULL, sums, 0, 0);

	btf__add_struct(btf, "sk_buff", sizeof(struct sk_buff));
	btf__add_field(btf, NULL, first, 0, 0);
	btf__add_field(btf, "dev", pointer, AT(dev), 0);
	btf__add_field(btf, "destructor", pointer, AT(destructor), 0);
	btf__add_field(btf, "head", pointer, AT(head), 0);
	btf__add_field(btf, "data", pointer, AT(data), 0);
	btf__add_field(btf, "tail", u32, AT(tail), 0);
	btf__add_field(btf, "end", u32, AT(end), 0);
	btf__add_field(btf, "len", u32, AT(len), 0);
	btf__add_field(btf, "cloned", u8, AT(len) + 32, 1);
	btf__add_field(btf, "pkt_type", u8, AT(len) + 33, 3);
	btf__add_field(btf, "ip_summed", u8, AT(len) + 36, 2);
	btf__add_field(btf, "protocol", be16, AT(protocol), 0);
	btf__add_field(btf, NULL, id, AT(napi_id), 0);
	btf__add_field(btf, NULL, csum, AT(csum), 0);
	btf__add_field(btf, "cb", cb, AT(cb), 0);
}

static struct types *describe(const char **why)
{
	struct btf *btf = btf__new_empty();
	int u8 = btf__add_int(btf, "unsigned char", 1, 0);
	int u16 = btf__add_int(btf, "unsigned short", 2, 0);
	int u32 = btf__add_int(btf, "unsigned int", 4, 0);
	int u64 = btf__add_int(btf, "unsigned long", 8, 0);
	struct types *types;
	const void *raw;
	uint32_t len;

	describe_skb(btf, u8, u16, u32, u64);
	btf__add_struct(btf, "skb_shared_info", sizeof(struct shared));
	btf__add_field(btf, "nr_frags", u8, 0, 0);
	btf__add_field(btf, "dataref", u32, 32, 0);
	btf__add_struct(btf, "scope_skb_cb", 12);
	btf__add_field(btf, "id", u64, 0, 0);
	btf__add_field(btf, "port", btf__find_by_name(btf, "__be16"), 64, 0);
	raw = btf__raw_data(btf, &len);
	types = types_new(raw, len, why);
	btf__free(btf);
	return types;
}

/* both sk_buffs and what is around them; @data is from @from on */
struct moment {
	struct sk_buff	skb;
	struct shared	shared;
	uint8_t		data[64];
	uint32_t	from;
	size_t		len;
	int		station;
	const char	*dev;
};

static struct moment before, after;
static struct event compared[2];
static struct diff diff;
static struct symbols symbols;

static void start(void)
{
	memset(&before, 0, sizeof(before));
	before.station = SCOPE_STATION_PROTOCOL_PUSH;
	before.skb.head = HEAD;
	before.skb.data = HEAD + 32;
	before.skb.tail = 40;
	before.skb.end = 192;
	before.skb.len = 8;
	before.from = 32;
	before.len = 8;
	memcpy(before.data, "original", 8);
	after = before;
	after.station = SCOPE_STATION_DEVICE_QUEUE;
}

static void make_event(struct event *ev, const struct moment *m)
{
	const struct octets skb = { (const void *)&m->skb, sizeof(m->skb) };
	const struct octets shared = {
		(const void *)&m->shared, sizeof(m->shared)
	};
	const struct octets data = { m->data, m->len };

	sample_event(ev, m->station, SAMPLE_ID, 1000);
	ev->dev[0] = '\0';
	if (m->dev)
		snprintf(ev->dev, sizeof(ev->dev), "%s", m->dev);
	ev->image = image_new(&skb, &shared, &data);
	ev->image->station = m->station;
	ev->image->address = ADDRESS;
	ev->image->from = m->from;
}

static struct reader *make_reader(void)
{
	const char *why = NULL;

	return reader_of(describe(&why), why, &symbols);
}

static void forget(void)
{
	diff_clear(&diff);
	image_put(compared[0].image);
	image_put(compared[1].image);
	memset(compared, 0, sizeof(compared));
}

static void compare(void)
{
	struct reader *r = make_reader();

	forget();
	make_event(&compared[0], &before);
	make_event(&compared[1], &after);
	EXPECT_NUM(diff_make(&diff, r, &compared[0], &compared[1]), 0);
	reader_free(r);
}

/* as render_diff() writes it */
static char *text(void)
{
	static char buf[4096];
	FILE *out = fmemopen(buf, sizeof(buf), "w");

	buf[0] = '\0';
	render_diff(out, &diff, "", &palette_plain);
	fclose(out);
	return buf;
}

static const struct change *change_of(const char *path)
{
	size_t i;

	for (i = 0; i < diff.nr; i++)
		if (!strcmp(diff.change[i].after->path, path))
			return &diff.change[i];
	return NULL;
}

static void nothing_changed(void)
{
	start();
	after.skb.padding = 0xff;
	after.shared.padding[1] = 0xff;
	compare();
	EXPECT_NUM(diff.nr, 0);
	EXPECT_NUM(diff.nr_data, 0);
	EXPECT(!diff.why);
}

static void numbers_and_bits(void)
{
	start();
	after.skb.len = 22;
	after.skb.cloned = 1;
	after.skb.pkt_type = 4;
	after.skb.protocol = 0xb588;
	after.shared.dataref = 2;
	compare();
	EXPECT_NUM(diff.nr, 5);
	EXPECT_HAS(text(), "len                  8 -> 22\n");
	EXPECT_HAS(text(), "cloned               0 -> 1\n");
	EXPECT_HAS(text(), "0 PACKET_HOST -> 4 PACKET_OUTGOING\n");
	EXPECT_HAS(text(), "0 -> 46472 ntohs 34997\n");
	EXPECT_HAS(text(), "shared_info.dataref  0 -> 2\n");
}

static void of_a_union_once(void)
{
	start();
	after.skb.next = ADDRESS;
	after.skb.napi_id = 3;
	compare();
	EXPECT_NUM(diff.nr, 2);
	EXPECT(change_of("next") && !change_of("rbnode[0]"));
	EXPECT_HAS(text(), "napi_id|sender_cpu  0 -> 3\n");
}

static void sums_as_they_are_meant(void)
{
	start();
	after.skb.csum_start = 16;
	compare();
	EXPECT_NUM(diff.nr, 1);
	EXPECT(change_of("csum"));
	after.skb.ip_summed = 3;
	compare();
	EXPECT_NUM(diff.nr, 2);
	EXPECT(change_of("csum_start") && change_of("ip_summed"));
}

static void pointers_have_names(void)
{
	start();
	after.skb.data = HEAD + 18;
	after.skb.dev = DEVICE;
	after.dev = "scope0";
	after.skb.destructor = DESTRUCTOR;
	after.skb.prev = HEAD + 192 + 4;
	compare();
	EXPECT_HAS(text(), "head+32 (0xffff888000002020) -> head+18 (0x");
	EXPECT_HAS(text(), "0 -> scope0 (0xffff888000003000)\n");
	EXPECT_HAS(text(), "0 -> sock_wfree (0xffffffff81000100)\n");
	EXPECT_HAS(text(), "0 -> shared_info+4 (0x");
}

/* where it is the family's by its members, and what lies behind them */
static void what_is_in_cb(void)
{
	start();
	memset(before.skb.cb, 0, sizeof(before.skb.cb));
	after.skb.cb[0] = 5;
	after.skb.cb[8] = 0x13;
	after.skb.cb[9] = 0x88;
	compare();
	EXPECT_NUM(diff.nr, 2);
	EXPECT_HAS(text(), "cb.id         0 -> 5\n");
	EXPECT_HAS(text(), "cb.port       0 -> 34835 ntohs 5000\n");
	after.skb.cb[40] = 7;
	compare();
	EXPECT_NUM(diff.nr, 3);
	EXPECT_HAS(text(), "cb[0..41]");
	after.station = SCOPE_STATION_DEVICE_XMIT;
	after.skb.cb[0] = 0;
	after.skb.cb[40] = 0;
	compare();
	EXPECT_NUM(diff.nr, 1);
	EXPECT_HAS(text(), "cb[8..10]     0000 -> 1388\n");
}

static void what_was_pushed(void)
{
	start();
	after.from = 28;
	after.len = 14;
	memcpy(after.data, "headOriginal++", 14);
	after.skb.tail = 42;
	compare();
	EXPECT_NUM(diff.nr_data, 3);
	EXPECT_HAS(text(), "head+28..32   - -> 68656164\n");
	EXPECT_HAS(text(), "head+32..33   6f -> 4f\n");
	EXPECT_HAS(text(), "head+40..42   - -> 2b2b\n");
	/* one had them and its image not, and another buffer is not compared */
	before.skb.tail = 42;
	after.skb.tail = 42;
	compare();
	EXPECT_NUM(diff.nr_data, 2);
	after.skb.head = HEAD + 4096;
	compare();
	EXPECT_NUM(diff.nr_data, 0);
}

static void what_was_pulled(void)
{
	start();
	before.from = 18;
	after.from = 32;
	memcpy(before.data, "01234567890123original", 22);
	before.len = 22;
	compare();
	EXPECT_NUM(diff.nr_data, 0);
}

static void fixed_fields(const char *why, struct reader *r, struct event *a,
			 struct event *b)
{
	struct diff d;

	EXPECT_NUM(diff_make(&d, r, a, b), 0);
	EXPECT_HAS(d.why, why);
	EXPECT_NUM(d.nr, 2);
	EXPECT_STR(d.change[0].of, "event");
	EXPECT_STR(d.change[0].after->path, "len");
	EXPECT_NUM(d.change[0].after->value, 130);
	EXPECT_STR(d.change[1].after->path, "ip_summed");
	EXPECT_STR(d.change[1].after->text, "partial");
	diff_clear(&d);
}

static void without_fields(void)
{
	struct reader *none = reader_of(NULL, "this kernel has no BTF", NULL);
	struct reader *r = make_reader();
	struct event a, b;

	start();
	after.station = before.station;
	make_event(&a, &before);
	make_event(&b, &after);
	event_set(&b, EVF_LEN, 130);
	event_set(&b, EVF_IP_SUMMED, 3);
	fixed_fields("this kernel has no BTF", none, &a, &b);
	fixed_fields("no images", NULL, &a, &b);
	image_put(b.image);
	b.image = NULL;
	fixed_fields("an image was lost", r, &a, &b);
	image_put(a.image);
	reader_free(r);
	reader_free(none);
}

static const struct ktap_test tests[] = {
	{ "nothing_changed", nothing_changed },
	{ "numbers_and_bits", numbers_and_bits },
	{ "of_a_union_once", of_a_union_once },
	{ "sums_as_they_are_meant", sums_as_they_are_meant },
	{ "pointers_have_names", pointers_have_names },
	{ "what_is_in_cb", what_is_in_cb },
	{ "what_was_pushed", what_was_pushed },
	{ "what_was_pulled", what_was_pulled },
	{ "without_fields", without_fields },
};

int main(void)
{
	int ret;

	symbols_add(&symbols, DESTRUCTOR, "sock_wfree");
	symbols.reach = 1;
	ret = ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
	forget();
	symbols_clear(&symbols);
	return ret;
}
