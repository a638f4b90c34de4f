// SPDX-License-Identifier: GPL-2.0
/*
 * test_filter_path.c - fields of structs in a filter, by types made here
 *
 * Called by tests/run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "filter.h"
#include "image.h"
#include "skbscope.h"
#include "tests/ktap.h"
#include "tests/sample.h"
#include "types.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct element {
	unsigned int	len;
	int		offset;
};

struct sk_buff {
	unsigned int	len;
	int		balance;
	unsigned int	bits;		/* 3 of type, 2 of sum, 4 signed */
	unsigned int	state;
	void		*dev;
	unsigned long	wide;
	char		name[8];
	unsigned char	pkt_type;
	unsigned char	octets[3];
};

struct skb_shared_info {
	unsigned char	nr_frags;
	struct element	frags[2];
};

static struct types *types;

static void describe(void)
{
	int u8, u32, s32, u64, chr, octets, name, element, elements, state, dev;
	struct btf *btf = btf__new_empty();
	const char *why;
	const void *raw;
	__u32 len;

	u8 = btf__add_int(btf, "unsigned char", 1, 0);
	u32 = btf__add_int(btf, "unsigned int", 4, 0);
	s32 = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	u64 = btf__add_int(btf, "unsigned long", 8, 0);
	chr = btf__add_int(btf, "char", 1, BTF_INT_CHAR);
	octets = btf__add_array(btf, u32, u8, 3);
	name = btf__add_array(btf, u32, chr, 8);
	element = btf__add_struct(btf, "element", sizeof(struct element));
	btf__add_field(btf, "len", u32, 0, 0);
	btf__add_field(btf, "offset", s32, 32, 0);
	elements = btf__add_array(btf, u32, element, 2);
	state = btf__add_enum(btf, "state", 4);
	btf__add_enum_value(btf, "IDLE", 0);
	btf__add_enum_value(btf, "BUSY", 7);
	dev = btf__add_ptr(btf, btf__add_fwd(btf, "net_device",
					     BTF_FWD_STRUCT));
	btf__add_struct(btf, "sk_buff", sizeof(struct sk_buff));
#define ADD(type, member, id) \
	btf__add_field(btf, #member, id, \
		       8 * __builtin_offsetof(struct type, member), 0)
	ADD(sk_buff, len, u32);
	ADD(sk_buff, balance, s32);
	btf__add_field(btf, "type", u32, 64, 3);
	btf__add_field(btf, "ip_summed", u32, 67, 2);
	btf__add_field(btf, "little", s32, 69, 4);
	ADD(sk_buff, state, state);
	ADD(sk_buff, dev, dev);
	ADD(sk_buff, wide, u64);
	ADD(sk_buff, name, name);
	ADD(sk_buff, pkt_type, u8);
	ADD(sk_buff, octets, octets);
	btf__add_struct(btf, "skb_shared_info", sizeof(struct skb_shared_info));
	ADD(skb_shared_info, nr_frags, u8);
	ADD(skb_shared_info, frags, elements);

	raw = btf__raw_data(btf, &len);
	types = types_new(raw, len, &why);
	btf__free(btf);
	if (!types)
		abort();
}

static const struct sk_buff skb = {
	.len = 3000000000U,
	.balance = -5,
	.bits = 6 | 2 << 3 | 14 << 5,
	.state = 7,
	.dev = (void *)0xffff888001234500UL,
	.wide = 1UL << 63,
	.name = "scope0",
	.pkt_type = 4,
};

static const struct skb_shared_info info = {
	.nr_frags = 2,
	.frags = { { 100, -1 }, { 200, 7 } },
};

static struct image *take_image(size_t skb_len)
{
	const struct octets octets = { (const uint8_t *)&skb, skb_len };
	const struct octets shared = { (const uint8_t *)&info, sizeof(info) };
	const struct octets none = { NULL, 0 };

	return image_new(&octets, &shared, &none);
}

/* -1 where it is refused */
static int match(const char *text, struct image *image,
		 struct filter_error *error)
{
	struct filter *filter = filter_parse(text, error);
	struct event ev;
	int ret = -1;

	if (filter && filter_paths(filter, text, types, error)) {
		sample_event(&ev, SCOPE_STATION_SOCKET_QUEUE, 17, 1000);
		ev.image = image;
		ret = filter_match(filter, &ev);
	}
	filter_free(filter);
	return ret;
}

static void values(void)
{
	static const struct {
		const char	*text;
		int		is_true;
	} table[] = {
		{ "skb.len == 3000000000", 1 }, { "skb.len > 2999999999", 1 },
		{ "skb.len > 3000000000", 0 }, { "skb.len != 5", 1 },
		{ "skb.len & 0x80000000", 1 }, { "skb.len & 1", 0 },
		{ "skb.balance == -5", 1 }, { "skb.balance < 0", 1 },
		{ "skb.balance > -6", 1 }, { "skb.balance >= -5", 1 },
		{ "skb.balance > -5", 0 }, { "skb.balance < -5", 0 },
		{ "skb.type == 6", 1 }, { "skb.type <= 5", 0 },
		{ "skb.ip_summed == CHECKSUM_COMPLETE", 1 },
		{ "skb.ip_summed == CHECKSUM_NONE", 0 },
		{ "skb.little == -2", 1 }, { "skb.little < -2", 0 },
		{ "skb.state == BUSY", 1 }, { "skb.state != IDLE", 1 },
		{ "skb.state > IDLE", 1 }, { "skb.state == 7", 1 },
		{ "skb.dev != 0", 1 }, { "skb.dev == 0", 0 },
		{ "skb.dev == 0xffff888001234500", 1 },
		{ "skb.wide == 9223372036854775808", 1 },
		{ "skb.wide > 9223372036854775807", 1 },
		{ "skb.name == \"scope0\"", 1 }, { "skb.name == 'scope'", 0 },
		{ "skb.name != 'scope01'", 1 },
		{ "skb.pkt_type == PACKET_OUTGOING", 1 },
		{ "shared_info.nr_frags == 2", 1 },
		{ "shared_info.frags[1].len == 200", 1 },
		{ "shared_info.frags[0].offset == -1", 1 },
		{ "shared_info.frags[0].len>100", 0 },
		{ "skb.len == 1 || skb.balance == -5 && skb == 17", 1 },
		{ "!(skb.len == 1)", 1 }, { "!(skb.balance < 0)", 0 },
	};
	struct image *image = take_image(sizeof(skb));
	struct filter_error error;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (match(table[i].text, image, &error) != table[i].is_true)
			ktap_fail(__FILE__, __LINE__, "`%s' is not %s",
				  table[i].text,
				  table[i].is_true ? "true" : "false");
	image_put(image);
}

/* of what is not there every comparison is false */
static void no_image(void)
{
	struct image *image = take_image(4);
	struct filter_error error;

	EXPECT_NUM(match("skb.len == 3000000000", image, &error), 1);
	EXPECT_NUM(match("skb.balance == -5", image, &error), 0);
	EXPECT_NUM(match("skb.balance != -5", image, &error), 0);
	EXPECT_NUM(match("!(skb.balance == -5)", image, &error), 1);
	EXPECT_NUM(match("skb.name != 'x'", image, &error), 0);
	EXPECT_NUM(match("skb.len != 1", NULL, &error), 0);
	EXPECT_NUM(match("shared_info.nr_frags < 9", NULL, &error), 0);
	image_put(image);
}

static void not_taken(void)
{
	static const struct {
		const char	*text;
		size_t		at;
		size_t		len;
		const char	*why;
	} table[] = {
		{ "skb.lenn == 5", 4, 4, "struct sk_buff has no member `lenn'" },
		{ "skb == 1 || skb.len.x == 5", 20, 1,
		  "unsigned int, which that is, has no member `x'" },
		{ "skb.dev.mtu == 5", 8, 3,
		  "`dev' is a pointer, struct net_device *: an image does not" },
		{ "skb.dev.mtu == 5", 8, 3, "skb.dev.name alone" },
		{ "shared_info.frags[2].len == 5", 12, 8,
		  "struct element[2]: there is no such element" },
		{ "shared_info.frags[0].lenn == 5", 21, 4,
		  "struct element, which that is, has no member `lenn'" },
		{ "shared_info.frags == 5", 0, 17, "is struct element[2]: a number or a name" },
		{ "shared_info.frags[0] == 5", 0, 20, "is struct element: a number or a name" },
		{ "skb.octets == 5", 0, 10, "is unsigned char[3]" },
		{ "skb.octets[1] == 5", 4, 9, "no such element" },
		{ "sk.sk_rcvbuf < 5", 0, 12, "is in no image of a station" },
		{ "skb.len == x", 11, 1,
		  "`x' is no value of `skb.len', which is a number from 0 to 4294967295" },
		{ "skb.len == 5x", 11, 2, "no value" },
		{ "skb.len == -5", 11, 2, "out of the range" },
		{ "skb.len == 4294967296", 11, 10, "out of the range" },
		{ "skb.len == 99999999999999999999", 11, 20, "out of the range" },
		{ "skb.len < 0", 10, 1, "can be true of nothing" },
		{ "skb.len == \"x\"", 11, 3, "no value" },
		{ "skb.balance < -2147483648", 14, 11, "can be true of nothing" },
		{ "skb.balance == 2147483648", 15, 10, "from -2147483648 to 2147483647" },
		{ "skb.balance & 4", 0, 15, "takes == != < <= > >=" },
		{ "skb.type == 8", 12, 1, "from 0 to 7" },
		{ "skb.little == 8", 14, 1, "from -8 to 7" },
		{ "skb.little == -9", 14, 2, "from -8 to 7" },
		{ "skb.state == SLOW", 13, 4, "or a name of one" },
		{ "skb.dev > 5", 0, 11, "takes == !=" },
		{ "skb.dev == eth0", 11, 4, "an address, or 0" },
		{ "skb.name == 5", 12, 1, "text in quotes" },
		{ "skb.name == 'ninechars'", 12, 11, "no value" },
		{ "skb.name < 'x'", 0, 14, "takes == !=" },
		{ "skb.len > 5 && skb.len < 4", 15, 11, "contradicts the rest" },
		{ "skb.balance > 5 && skb.balance < -4", 19, 16, "contradicts the rest" },
		{ "event == refused && skb.len > 5", 20, 11, "contradicts the rest" },
		{ "skb.len", 7, 0, "an operator" },
		{ "skb.len ==", 10, 0, "a value is missing" },
	};
	struct filter_error error;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		if (match(table[i].text, NULL, &error) != -1) {
			ktap_fail(__FILE__, __LINE__, "`%s' is taken",
				  table[i].text);
			continue;
		}
		if (error.at != table[i].at || error.len != table[i].len)
			ktap_fail(__FILE__, __LINE__, "`%s': %zu and %zu",
				  table[i].text, error.at, error.len);
		EXPECT_HAS(error.why, table[i].why);
	}
}

/* the kernel cannot judge them, and a device's name is no path */
static void elsewhere(void)
{
	struct filter_error error;
	struct filter_kernel k;
	struct filter *filter;

	filter = filter_parse("skb.len > 5 && len > 6", &error);
	EXPECT(filter && filter_has_paths(filter));
	EXPECT(filter_for_kernel(filter, &k));
	EXPECT_STR(k.station, "(len > 6)");
	EXPECT(!k.whole);
	EXPECT_NUM(k.at, 0);
	EXPECT_NUM(k.len, 11);
	filter_kernel_clear(&k);
	filter_free(filter);
	filter = filter_parse("skb.dev.name == 'scope0'", &error);
	EXPECT(filter && !filter_has_paths(filter));
	filter_free(filter);
}

static const struct ktap_test tests[] = {
	{ "values", values },
	{ "no_image", no_image },
	{ "not_taken", not_taken },
	{ "elsewhere", elsewhere },
};

int main(void)
{
	int ret;

	describe();
	ret = ktap_run(tests, ARRAY_SIZE(tests));
	types_close(types);
	return ret;
}
