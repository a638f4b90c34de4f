// SPDX-License-Identifier: GPL-2.0
/*
 * fault_delay.c - proves that a delay is spread by the table that its rule has: by
 * nothing but its numbers, the same ones for the same seed, and between 1 ms and an
 * hour however far they go; and that tables that make no sense are refused with a
 * word about it
 *
 * Test-timeout: 120
 */
#include "path.h"
#include "rule.h"

#define SENDS		64
#define HOUR		3600000	/* ms, the longest there is */
#define PART		600000	/* ms between delays that are told apart */
#define SCALE		8192	/* of a table, for one jitter */
#define NUMBERS_MAX	16384

/* A request that has room for the longest table, and for one that is too long */
struct table_request {
	struct genl_request	req;
	char			room[(NUMBERS_MAX + 4) * sizeof(__s16)];
};

FIXTURE(fault_delay) {
	struct path path;
	struct genl genl;
	struct table_request big;
	__s16 table[NUMBERS_MAX + 1];
	int tx;
	int rx;
};

FIXTURE_SETUP(fault_delay)
{
	ASSERT_EQ(0, path_open(&self->path, PATH_SCOPE0));
	self->rx = path_bound(&self->path, 1, SCOPE_RX_PORT);
	self->tx = path_bound(&self->path, 0, SCOPE_TX_PORT);
	ASSERT_LE(0, self->rx);
	ASSERT_LE(0, self->tx);
	ASSERT_EQ(0, genl_open(&self->genl));
}

FIXTURE_TEARDOWN(fault_delay)
{
	struct ledger ledger;

	close(self->tx);
	close(self->rx);
	ASSERT_EQ(0, ledger_rest(&self->genl, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
	EXPECT_EQ(0, ledger_count(&ledger, HELD));
	genl_close(&self->genl);
}

/* One datagram with its number in it. Returns 0 or an errno */
#define send_number(number) ({						\
	int number_ = (number);						\
									\
	errno_of(scope_sendto(self->tx, &number_, sizeof(number_), 0,	\
			      path_to(&self->path, 1, SCOPE_RX_PORT)));	\
})

/* Its number, -1 where none comes in time */
static int get_number(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int number = -1;

	if (poll(&pfd, 1, SCOPE_PATIENCE) == 1 &&
	    recv(fd, &number, sizeof(number), 0) != sizeof(number))
		number = -2;
	return number;
}

static void delay_begin(struct genl *genl, struct genl_request *req, __u32 ms,
			__u32 jitter)
{
	rule_begin(genl, req, SKBSCOPE_ACTION_DELAY, STATION_BIT(DEVICE_QUEUE));
	genl_put_u32(req, SKBSCOPE_A_RULE_DELAY, ms);
	if (jitter)
		genl_put_u32(req, SKBSCOPE_A_RULE_JITTER, jitter);
}

/* As the last attribute */
static void put_table(struct table_request *big, const __s16 *table, int octets)
{
	struct nlattr *attr = (void *)((char *)big + big->req.nlh.nlmsg_len);

	attr->nla_type = SKBSCOPE_A_RULE_TABLE;
	attr->nla_len = NLA_HDRLEN + octets;
	memcpy((char *)attr + NLA_HDRLEN, table, octets);
	big->req.nlh.nlmsg_len += NLA_ALIGN(attr->nla_len);
}

/* The milliseconds that each one that is held has to wait, as they came */
struct lefts {
	__u32 ms[SENDS];
	int nr;
};

static void left_one(const struct genl_attrs *attrs, void *arg)
{
	struct lefts *lefts = arg;

	if (lefts->nr < SENDS)
		lefts->ms[lefts->nr++] = genl_u32(attrs, SKBSCOPE_A_HELD_LEFT);
}

/* All that are sent are held, and go on when the rule ends; in parts of an hour */
#define delays_of(seed, parts) ({					\
	const __s16 table_[] = { -SCALE, 0, SCALE, 2 * SCALE };		\
	struct lefts lefts_ = {};					\
	int rule_, i_;							\
									\
	delay_begin(&self->genl, &self->big.req, 3 * PART, PART);	\
	genl_put_u32(&self->big.req, SKBSCOPE_A_RULE_SEED, seed);	\
	genl_put(&self->big.req, SKBSCOPE_A_RULE_LOOSE, NULL, 0);	\
	genl_put(&self->big.req, SKBSCOPE_A_RULE_TABLE, table_,		\
		 sizeof(table_));					\
	rule_ = rule_end(&self->genl, &self->big.req);			\
	ASSERT_LT(0, rule_);						\
	for (i_ = 0; i_ < SENDS; i_++)					\
		EXPECT_EQ(0, send_number(i_));				\
	ASSERT_EQ(SENDS, genl_dump(&self->genl, SKBSCOPE_CMD_HELD_GET,	\
				   left_one, &lefts_));			\
	for (i_ = 0; i_ < SENDS; i_++)					\
		(parts)[i_] = (lefts_.ms[i_] + PART / 2) / PART;	\
	EXPECT_EQ(0, rule_del(&self->genl, rule_));			\
	for (i_ = 0; i_ < SENDS; i_++)					\
		EXPECT_EQ(i_, get_number(self->rx));			\
})

/* What is left of a delay tells it, long before it is over */
TEST_F(fault_delay, numbers_of_the_table)
{
	const int seeds[] = { 7, 7, 8 };
	char parts[3][SENDS];
	int run, i, times[6] = {};

	for (run = 0; run < 3; run++)
		delays_of(seeds[run], parts[run]);
	for (i = 0; i < SENDS; i++) {
		ASSERT_LE(2, parts[0][i]);
		ASSERT_GE(5, parts[0][i]);
		times[(int)parts[0][i]]++;
	}
	/* 16 more or less: none, once in 25 million */
	for (i = 2; i <= 5; i++)
		EXPECT_LT(0, times[i]);
	EXPECT_EQ(0, memcmp(parts[0], parts[1], SENDS));
	EXPECT_NE(0, memcmp(parts[0], parts[2], SENDS));
}

/* Far less than nothing is a millisecond, far more than an hour is one */
TEST_F(fault_delay, as_far_as_it_goes)
{
	struct genl *genl = &self->genl;
	struct genl_request *req = &self->big.req;
	const __s16 least[] = { -32768, -32768 };
	const __s16 most[] = { 32767, 32767 };
	struct lefts lefts = {};
	int late, soon, i;

	delay_begin(genl, req, 1, HOUR);
	genl_put_u64(req, SKBSCOPE_A_RULE_NTH, 1);
	genl_put(req, SKBSCOPE_A_RULE_LOOSE, NULL, 0);
	genl_put(req, SKBSCOPE_A_RULE_TABLE, most, sizeof(most));
	late = rule_end(genl, req);
	ASSERT_LT(0, late);
	delay_begin(genl, req, HOUR, HOUR);
	genl_put(req, SKBSCOPE_A_RULE_LOOSE, NULL, 0);
	genl_put(req, SKBSCOPE_A_RULE_TABLE, least, sizeof(least));
	soon = rule_end(genl, req);
	ASSERT_LT(0, soon);

	for (i = 0; i < 5; i++)
		EXPECT_EQ(0, send_number(i));
	for (i = 1; i < 5; i++)
		EXPECT_EQ(i, get_number(self->rx));
	ASSERT_EQ(1, genl_dump(genl, SKBSCOPE_CMD_HELD_GET, left_one, &lefts));
	EXPECT_GE(HOUR, lefts.ms[0]);
	EXPECT_LT(HOUR - PART, lefts.ms[0]);
	EXPECT_EQ(1, rule_count(genl, late, SKBSCOPE_A_RULE_HITS));
	EXPECT_EQ(4, rule_count(genl, soon, SKBSCOPE_A_RULE_HITS));
	EXPECT_EQ(0, rule_del(genl, late));
	EXPECT_EQ(0, get_number(self->rx));
}

/* The longest table is taken; how long it is, is told, and no more */
TEST_F(fault_delay, told)
{
	const __u32 lens[] = { 0, 2, NUMBERS_MAX };
	struct genl *genl = &self->genl;
	struct genl_attrs attrs;
	unsigned int i;
	__u32 rule;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		delay_begin(genl, &self->big.req, 1, 1);
		if (lens[i])
			put_table(&self->big, self->table,
				  lens[i] * sizeof(*self->table));
		rule = rule_end(genl, &self->big.req);
		ASSERT_LT(0, (int)rule);
		EXPECT_EQ(0, send_number(i));
		EXPECT_EQ(i, get_number(self->rx));
		ASSERT_EQ(0, genl_get(genl, SKBSCOPE_CMD_RULE_GET,
				      SKBSCOPE_A_RULE_ID, &rule, sizeof(rule),
				      &attrs));
		EXPECT_EQ(NULL, attrs.at[SKBSCOPE_A_RULE_TABLE]);
		EXPECT_EQ(lens[i] ?: ~0U,
			  genl_u32(&attrs, SKBSCOPE_A_RULE_TABLE_LEN));
		EXPECT_EQ(0, rule_del(genl, rule));
	}
}

TEST_F(fault_delay, makes_no_sense)
{
	const struct {
		__u32		action;
		__u32		ms;
		__u32		jitter;
		int		octets;	/* of the table, -1 for none */
		int		err;
		const char	*word;
	} wrong[] = {
		{ SKBSCOPE_ACTION_DELAY, 9, 9, 0, -ERANGE, "2 to 16384" },
		{ SKBSCOPE_ACTION_DELAY, 9, 9, 1, -EINVAL, "cut off" },
		{ SKBSCOPE_ACTION_DELAY, 9, 9, 2, -ERANGE, "2 to 16384" },
		{ SKBSCOPE_ACTION_DELAY, 9, 9, 5, -EINVAL, "cut off" },
		{ SKBSCOPE_ACTION_DELAY, 9, 9, 2 * NUMBERS_MAX + 1, -EINVAL,
		  "cut off" },
		{ SKBSCOPE_ACTION_DELAY, 9, 9, 2 * NUMBERS_MAX + 2, -ERANGE,
		  "2 to 16384" },
		{ SKBSCOPE_ACTION_DELAY, 9, 0, 4, -EINVAL, "there is none" },
		{ SKBSCOPE_ACTION_DELAY, 9, HOUR + 1, 4, -ERANGE, "3600000" },
		{ SKBSCOPE_ACTION_DELAY, 0, 9, 4, -EINVAL, "how many" },
		{ SKBSCOPE_ACTION_DELAY, HOUR + 1, 9, 4, -ERANGE, "3600000" },
		{ SKBSCOPE_ACTION_DELAY, 9, 10, -1, -ERANGE, "more than" },
		{ SKBSCOPE_ACTION_REORDER, 9, 0, 4, -EINVAL, "action" },
		{ SKBSCOPE_ACTION_HOLD, 0, 0, 4, -EINVAL, "action" },
		{ SKBSCOPE_ACTION_DROP, 0, 0, 4, -EINVAL, "action" },
	};
	struct genl_request *req = &self->big.req;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		rule_begin(&self->genl, req, wrong[i].action,
			   STATION_BIT(DEVICE_QUEUE));
		if (wrong[i].ms)
			genl_put_u32(req, SKBSCOPE_A_RULE_DELAY, wrong[i].ms);
		if (wrong[i].jitter)
			genl_put_u32(req, SKBSCOPE_A_RULE_JITTER,
				     wrong[i].jitter);
		if (wrong[i].octets >= 0)
			put_table(&self->big, self->table, wrong[i].octets);
		EXPECT_EQ(wrong[i].err, rule_end(&self->genl, req))
			TH_LOG("number %u", i);
		EXPECT_NE(NULL, strstr(self->genl.text, wrong[i].word))
			TH_LOG("number %u: %s", i, self->genl.text);
	}
	EXPECT_EQ(-ENOENT, rule_del(&self->genl, 1));
}

TEST_HARNESS_MAIN
