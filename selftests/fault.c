// SPDX-License-Identifier: GPL-2.0
/*
 * fault.c - proves that each fault happens to the packets that its rule is for,
 * the same ones for the same seed, and to no others; and that rules that make no
 * sense are refused with a word about it
 *
 * Test-timeout: 120
 */
#include "path.h"
#include "rule.h"

#define SENDS		200

FIXTURE(fault) {
	struct path path;
	struct genl genl[2];
	int tx;
	int rx;
};

FIXTURE_VARIANT(fault) {
	enum path_kind kind;
};

FIXTURE_VARIANT_ADD(fault, scope0) {
	.kind = PATH_SCOPE0,
};

FIXTURE_VARIANT_ADD(fault, veth) {
	.kind = PATH_VETH,
};

FIXTURE_SETUP(fault)
{
	ASSERT_EQ(0, path_open(&self->path, variant->kind));
	self->rx = path_bound(&self->path, 1, SCOPE_RX_PORT);
	ASSERT_LE(0, self->rx);
	ASSERT_EQ(0, genl_open(&self->genl[1]));
	self->tx = path_bound(&self->path, 0, SCOPE_TX_PORT);
	ASSERT_LE(0, self->tx);
	ASSERT_EQ(0, genl_open(&self->genl[0]));
}

FIXTURE_TEARDOWN(fault)
{
	struct ledger ledger;
	int end;

	close(self->tx);
	close(self->rx);
	for (end = 0; end < 2; end++) {
		ASSERT_EQ(0, ledger_rest(&self->genl[end], &ledger));
		EXPECT_EQ(0, ledger_missing(&ledger));
		EXPECT_EQ(0, ledger_count(&ledger, HELD));
		genl_close(&self->genl[end]);
	}
}

/* One datagram with its number in it. Returns 0 or an errno */
#define send_number(number) ({						\
	int number_ = (number);						\
									\
	errno_of(scope_sendto(self->tx, &number_, sizeof(number_), 0,	\
			      path_to(&self->path, 1, SCOPE_RX_PORT)));	\
})

/* Its number, -1 where none comes in that time */
static int get_number(int fd, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int number = -1;

	if (poll(&pfd, 1, ms) == 1 &&
	    recv(fd, &number, sizeof(number), 0) != sizeof(number))
		number = -2;
	return number;
}

/* Until the rule has seen all of SENDS. How many it did something to */
static __u64 await_hits(struct genl *genl, int rule)
{
	int i;

	for (i = 0; i < SCOPE_PATIENCE; i++) {
		if (rule_count(genl, rule, SKBSCOPE_A_RULE_SEEN) == SENDS)
			break;
		usleep(1000);
	}
	return rule_count(genl, rule, SKBSCOPE_A_RULE_HITS);
}

/* How often each of SENDS is there, of @want in all; how many there are */
static int count_all(int fd, int want, char *came)
{
	int number, nr = 0;

	memset(came, 0, SENDS);
	for (;;) {
		number = get_number(fd, nr < want ? SCOPE_PATIENCE : 0);
		if (number < 0 || number >= SENDS)
			return nr;
		came[number]++;
		nr++;
	}
}

/* All are sent, and for each hit there is so much more or less */
#define all_that_come(genl, rule, more, came) ({			\
	int i_;								\
									\
	for (i_ = 0; i_ < SENDS; i_++)					\
		EXPECT_EQ(0, send_number(i_));				\
	count_all(self->rx, SENDS + (more) * (int)await_hits(genl, rule), \
		  came);						\
})

/* At the stations of either end: a chance that the seed makes a certainty */
TEST_F(fault, seeds)
{
	const __u32 stations[] = {
		SCOPE_STATION_SOCKET_ALLOC, SCOPE_STATION_DEVICE_QUEUE,
		SCOPE_STATION_DEVICE_RECEIVE, SCOPE_STATION_SOCKET_QUEUE,
	};
	char came[3][SENDS];
	struct genl_request req;
	struct genl *genl;
	unsigned int i;
	int rule, run, nr[3];

	for (i = 0; i < ARRAY_SIZE(stations); i++) {
		genl = &self->genl[i / 2];
		for (run = 0; run < 3; run++) {
			rule_begin(genl, &req, SKBSCOPE_ACTION_DROP,
				   1 << stations[i]);
			genl_put_u32(&req, SKBSCOPE_A_RULE_CHANCE, 300000);
			genl_put_u32(&req, SKBSCOPE_A_RULE_SEED,
				     run == 2 ? 8 : 7);
			rule = rule_end(genl, &req);
			ASSERT_LT(0, rule);
			nr[run] = all_that_come(genl, rule, -1, came[run]);
			EXPECT_EQ(SENDS, rule_count(genl, rule,
						    SKBSCOPE_A_RULE_SEEN));
			EXPECT_EQ((__u64)SENDS - nr[run],
				  rule_count(genl, rule, SKBSCOPE_A_RULE_HITS));
			EXPECT_EQ(0, rule_del(genl, rule));
		}
		/* 140 more or less, by far more than chance has it */
		EXPECT_LT(100, nr[0]);
		EXPECT_GT(180, nr[0]);
		EXPECT_EQ(0, memcmp(came[0], came[1], SENDS));
		EXPECT_NE(0, memcmp(came[0], came[2], SENDS));
	}
}

/* The third, and each third */
TEST_F(fault, turns)
{
	struct genl *genl = &self->genl[0];
	struct genl_request req;
	char came[SENDS];
	int i, rule;

	rule_begin(genl, &req, SKBSCOPE_ACTION_DROP, STATION_BIT(PROTOCOL_PUSH));
	genl_put_u64(&req, SKBSCOPE_A_RULE_NTH, 3);
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	EXPECT_EQ(SENDS - 1, all_that_come(genl, rule, -1, came));
	EXPECT_EQ(0, came[2]);
	EXPECT_EQ(0, rule_del(genl, rule));

	rule_begin(genl, &req, SKBSCOPE_ACTION_DROP, STATION_BIT(PROTOCOL_PUSH));
	genl_put_u64(&req, SKBSCOPE_A_RULE_EVERY, 3);
	genl_put_u64(&req, SKBSCOPE_A_RULE_COUNT, 10);
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	EXPECT_EQ(SENDS - 10, all_that_come(genl, rule, -1, came));
	for (i = 0; i < SENDS; i++)
		EXPECT_EQ(i >= 30 || i % 3 != 2, came[i]);
	EXPECT_EQ(0, rule_del(genl, rule));

	rule_begin(genl, &req, SKBSCOPE_ACTION_DUPLICATE,
		   STATION_BIT(DEVICE_QUEUE));
	genl_put_u64(&req, SKBSCOPE_A_RULE_NTH, 2);
	genl_put_u64(&req, SKBSCOPE_A_RULE_EVERY, 50);
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	EXPECT_EQ(SENDS + 4, all_that_come(genl, rule, 1, came));
	for (i = 0; i < SENDS; i++)
		EXPECT_EQ(i % 50 == 1 ? 2 : 1, came[i]);
}

/* Another port, another socket, another device: not meant */
TEST_F(fault, meant)
{
	struct genl *genl = &self->genl[0];
	const struct sock_filter short_ones[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 100, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 1),
	};
	socklen_t len = sizeof(__u64);
	struct genl_request req;
	char text[200] = "";
	__u64 cookie;
	int rule, i;

	ASSERT_EQ(0, getsockopt(self->tx, SOL_SOCKET, SO_COOKIE, &cookie,
				&len));
	for (i = 0; i < 8; i++) {
		rule_begin(genl, &req, SKBSCOPE_ACTION_DROP,
			   STATION_BIT(DEVICE_QUEUE));
		switch (i / 2) {
		case 0:
			genl_put_u64(&req, SKBSCOPE_A_RULE_COOKIE,
				     cookie + i % 2);
			break;
		case 1:
			genl_put_u16(&req, SKBSCOPE_A_RULE_PORT,
				     SCOPE_RX_PORT + i % 2);
			break;
		case 2:
			genl_put_u32(&req, SKBSCOPE_A_RULE_IFINDEX,
				     self->path.ifindex[0] + i % 2);
			break;
		case 3:
			genl_put_u32(&req, SKBSCOPE_A_RULE_TRAFFIC, i % 2 ?
				     SKBSCOPE_TRAFFIC_CONTROL :
				     SKBSCOPE_TRAFFIC_DATA);
		}
		rule = rule_end(genl, &req);
		ASSERT_LT(0, rule);
		EXPECT_EQ(0, send_number(i));
		/* It is dropped before the call returns */
		EXPECT_EQ(i % 2 ? i : -1,
			  get_number(self->rx, i % 2 ? SCOPE_PATIENCE : 0));
		EXPECT_EQ(i % 2 ? 0 : 1,
			  rule_count(genl, rule, SKBSCOPE_A_RULE_HITS));
		EXPECT_EQ(0, rule_del(genl, rule));
	}

	rule_begin(genl, &req, SKBSCOPE_ACTION_DROP, STATION_BIT(DEVICE_QUEUE));
	genl_put(&req, SKBSCOPE_A_RULE_PROGRAM, short_ones, sizeof(short_ones));
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	EXPECT_EQ(0, send_number(1));
	EXPECT_EQ((ssize_t)sizeof(text),
		  scope_sendto(self->tx, text, sizeof(text), 0,
			       path_to(&self->path, 1, SCOPE_RX_PORT)));
	EXPECT_EQ((ssize_t)sizeof(text),
		  recv(self->rx, text, sizeof(text), 0));
	EXPECT_EQ(1, rule_count(genl, rule, SKBSCOPE_A_RULE_HITS));
}

/* A bit of the payload, where the sum is still to be made, and of what has one */
TEST_F(fault, corrupts)
{
	const __u32 stations[] = {
		STATION_BIT(SOCKET_ALLOC), STATION_BIT(SOCKET_QUEUE),
	};
	struct genl_request req;
	struct genl *genl;
	int i, rule;

	for (i = 0; i < 2; i++) {
		genl = &self->genl[i];
		rule_begin(genl, &req, SKBSCOPE_ACTION_CORRUPT, stations[i]);
		genl_put_u32(&req, SKBSCOPE_A_RULE_OFFSET, 1);
		genl_put_u32(&req, SKBSCOPE_A_RULE_BIT, 2);
		rule = rule_end(genl, &req);
		ASSERT_LT(0, rule);
		EXPECT_EQ(0, send_number(0));
		EXPECT_EQ(4 << 8, get_number(self->rx, SCOPE_PATIENCE));
		EXPECT_EQ(0, rule_del(genl, rule));

		rule_begin(genl, &req, SKBSCOPE_ACTION_CORRUPT, stations[i]);
		genl_put_u32(&req, SKBSCOPE_A_RULE_OFFSET, 4);
		rule = rule_end(genl, &req);
		ASSERT_LT(0, rule);
		EXPECT_EQ(0, send_number(0));
		EXPECT_EQ(0, get_number(self->rx, SCOPE_PATIENCE));
		EXPECT_EQ(1, rule_count(genl, rule, SKBSCOPE_A_RULE_MISSED));
		EXPECT_EQ(0, rule_del(genl, rule));
	}
}

/* A filter lets so little through that the place of the sum is cut off */
TEST_F(fault, corrupts_what_is_cut)
{
	const struct sock_filter ten = BPF_STMT(BPF_RET | BPF_K, 10);
	unsigned char got[SCOPE_HDR_LEN + 4] = "";
	struct genl *genl = &self->genl[1];
	struct genl_request req;
	int rule, raw;

	ASSERT_EQ(0, path_enter(&self->path, 1));
	raw = socket(scope_family(), SOCK_RAW, 0);
	ASSERT_LE(0, raw);
	ASSERT_EQ(0, scope_attach_filter(raw, &ten, 1));
	rule_begin(genl, &req, SKBSCOPE_ACTION_CORRUPT,
		   STATION_BIT(SOCKET_QUEUE));
	genl_put_u32(&req, SKBSCOPE_A_RULE_OFFSET, 1);
	genl_put_u32(&req, SKBSCOPE_A_RULE_BIT, 6);
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	ASSERT_EQ(0, path_enter(&self->path, 0));
	EXPECT_EQ(0, send_number(0));
	EXPECT_LE(0, get_number(self->rx, SCOPE_PATIENCE));
	EXPECT_EQ(10, recv(raw, got, sizeof(got), 0));
	EXPECT_EQ(SCOPE_T_DGRAM | 1 << 6, got[1]);
	EXPECT_EQ(2, rule_count(genl, rule, SKBSCOPE_A_RULE_HITS));
	EXPECT_EQ(0, rule_del(genl, rule));
	close(raw);
}

/* Shorter at each station, to nothing: what comes of it is never too much */
TEST_F(fault, truncates)
{
	const struct {
		__u32 station;
		int end;
	} places[] = {
		{ SCOPE_STATION_SOCKET_ALLOC, 0 },
		{ SCOPE_STATION_PROTOCOL_PUSH, 0 },
		{ SCOPE_STATION_DEVICE_QUEUE, 0 },
		{ SCOPE_STATION_DEVICE_XMIT, 0 },
		{ SCOPE_STATION_DEVICE_RECEIVE, 1 },
		{ SCOPE_STATION_PROTOCOL_RECEIVE, 1 },
		{ SCOPE_STATION_PROTOCOL_DELIVER, 1 },
		{ SCOPE_STATION_SOCKET_QUEUE, 1 },
	};
	const int keeps[] = { 0, 1, 2, 13, 14, 15, 16, 20, 30, 31, 33, 48 };
	char text[100] = "";
	struct genl_request req;
	unsigned int i, j;
	struct genl *genl;
	int rule;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		genl = &self->genl[places[i].end];
		for (j = 0; j < ARRAY_SIZE(keeps); j++) {
			rule_begin(genl, &req, SKBSCOPE_ACTION_TRUNCATE,
				   1 << places[i].station);
			genl_put_u32(&req, SKBSCOPE_A_RULE_OFFSET, keeps[j]);
			rule = rule_end(genl, &req);
			ASSERT_LT(0, rule);
			EXPECT_EQ((ssize_t)sizeof(text),
				  scope_sendto(self->tx, text, sizeof(text), 0,
					       path_to(&self->path, 1,
						       SCOPE_RX_PORT)));
			EXPECT_EQ(0, rule_del(genl, rule));
			if (places[i].station == SCOPE_STATION_SOCKET_QUEUE ||
			    places[i].station == SCOPE_STATION_SOCKET_ALLOC)
				EXPECT_EQ(keeps[j], recv(self->rx, text,
							 sizeof(text), 0));
			while (recv(self->rx, text, sizeof(text),
				    MSG_DONTWAIT) >= 0)
				;
		}
	}
}

/* The call fails where one does, and nothing is left behind */
TEST_F(fault, no_memory)
{
	const __u32 stations[] = {
		STATION_BIT(SOCKET_ALLOC), STATION_BIT(PROTOCOL_PUSH),
		STATION_BIT(DEVICE_QUEUE),
	};
	struct genl *genl = &self->genl[0];
	struct genl_request req;
	unsigned int i;
	int rule;

	for (i = 0; i < ARRAY_SIZE(stations); i++) {
		rule_begin(genl, &req, SKBSCOPE_ACTION_ENOMEM, stations[i]);
		rule = rule_end(genl, &req);
		ASSERT_LT(0, rule);
		EXPECT_EQ(ENOBUFS, send_number(i));
		EXPECT_EQ(0, rule_del(genl, rule));
	}
}

/* One after its time, the others behind it; one after the next */
TEST_F(fault, late)
{
	struct genl *genl = &self->genl[0];
	struct genl_request req;
	int i, rule;

	rule_begin(genl, &req, SKBSCOPE_ACTION_DELAY, STATION_BIT(DEVICE_QUEUE));
	genl_put_u32(&req, SKBSCOPE_A_RULE_DELAY, 50);
	genl_put_u32(&req, SKBSCOPE_A_RULE_JITTER, 50);
	genl_put_u64(&req, SKBSCOPE_A_RULE_EVERY, 2);
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	for (i = 0; i < 10; i++)
		EXPECT_EQ(0, send_number(i));
	for (i = 0; i < 10; i++)
		EXPECT_EQ(i, get_number(self->rx, SCOPE_PATIENCE));
	EXPECT_EQ(0, rule_del(genl, rule));

	rule_begin(genl, &req, SKBSCOPE_ACTION_REORDER,
		   STATION_BIT(DEVICE_QUEUE));
	genl_put_u32(&req, SKBSCOPE_A_RULE_DELAY, 60000);
	genl_put_u64(&req, SKBSCOPE_A_RULE_EVERY, 2);
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	for (i = 0; i < 10; i++)
		EXPECT_EQ(0, send_number(i));
	/* 0 2 1 4 3 6 5 8 7, and 9 waits for one to come */
	for (i = 0; i < 9; i++)
		EXPECT_EQ(!i ? 0 : i % 2 ? i + 1 : i - 1,
			  get_number(self->rx, SCOPE_PATIENCE));
	EXPECT_EQ(0, rule_del(genl, rule));
	EXPECT_EQ(9, get_number(self->rx, SCOPE_PATIENCE));
}

struct wrong {
	__u32		action;
	__u32		stations;
	int		attr;
	int		size;
	__u64		value;
	int		err;
	const char	*word;
};

TEST_F(fault, makes_no_sense)
{
	const struct wrong wrong[] = {
		{ 0, 8, 0, 0, 0, -ERANGE, "" },
		{ 10, 8, 0, 0, 0, -ERANGE, "" },
		{ SKBSCOPE_ACTION_DROP, 0, 0, 0, 0, -EINVAL, "socket.send" },
		{ SKBSCOPE_ACTION_DROP, STATION_BIT(SOCKET_SEND), 0, 0, 0,
		  -EINVAL, "no packet yet" },
		{ SKBSCOPE_ACTION_HOLD, STATION_BIT(SOCKET_SEND),
		  SKBSCOPE_A_RULE_PROGRAM, 8, ~0ULL, -EINVAL, "no frame yet" },
		{ SKBSCOPE_ACTION_WOULDBLOCK, 8, 0, 0, 0, -EINVAL,
		  "socket.recv" },
		{ SKBSCOPE_ACTION_DROP, STATION_BIT(END_DROPPED), 0, 0, 0,
		  -EINVAL, "end.dropped" },
		{ SKBSCOPE_ACTION_REORDER, STATION_BIT(END_CONSUMED) | 8,
		  SKBSCOPE_A_RULE_DELAY, 4, 5, -EINVAL, "end.consumed" },
		{ SKBSCOPE_ACTION_WOULDBLOCK, STATION_BIT(END_CONSUMED), 0, 0,
		  0, -EINVAL, "it can be held, or have delay" },
		{ SKBSCOPE_ACTION_DROP, ~0U, 0, 0, 0, -EINVAL, "bits 1 to 13" },
		{ SKBSCOPE_ACTION_DROP, 8, SKBSCOPE_A_RULE_CHANCE, 4, 1000001,
		  -ERANGE, "1000000" },
		{ SKBSCOPE_ACTION_CORRUPT, 8, SKBSCOPE_A_RULE_BIT, 4, 8,
		  -ERANGE, "0 to 7" },
		{ SKBSCOPE_ACTION_DELAY, 8, 0, 0, 0, -EINVAL, "milliseconds" },
		{ SKBSCOPE_ACTION_REORDER, 8, 0, 0, 0, -EINVAL,
		  "milliseconds" },
		{ SKBSCOPE_ACTION_DELAY, 8, SKBSCOPE_A_RULE_DELAY, 4, 3600001,
		  -ERANGE, "3600000" },
		{ SKBSCOPE_ACTION_HOLD, 8, SKBSCOPE_A_RULE_TIMEOUT, 4, 0,
		  -ERANGE, "milliseconds" },
		{ SKBSCOPE_ACTION_HOLD, 8, SKBSCOPE_A_RULE_LIMIT, 4, 4097,
		  -ERANGE, "4096" },
		{ SKBSCOPE_ACTION_HOLD, 8, SKBSCOPE_A_RULE_LIMIT, 4, 0,
		  -ERANGE, "4096" },
		{ SKBSCOPE_ACTION_HOLD, 8, SKBSCOPE_A_RULE_OVERFLOW, 4, 2,
		  -ERANGE, "" },
		{ SKBSCOPE_ACTION_DROP, 8, SKBSCOPE_A_RULE_DELAY, 4, 1,
		  -EINVAL, "action" },
		{ SKBSCOPE_ACTION_DROP, 8, SKBSCOPE_A_RULE_OFFSET, 4, 1,
		  -EINVAL, "action" },
		{ SKBSCOPE_ACTION_DROP, 8, SKBSCOPE_A_RULE_TRAFFIC, 4, 3,
		  -ERANGE, "" },
		{ SKBSCOPE_ACTION_DROP, 8, SKBSCOPE_A_RULE_PROGRAM, 7, 0,
		  -EINVAL, "cut off" },
		{ SKBSCOPE_ACTION_DROP, 8, SKBSCOPE_A_RULE_PROGRAM, 8, ~0ULL,
		  -EINVAL, "BPF" },
	};
	struct genl *genl = &self->genl[0];
	struct genl_request req;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		rule_begin(genl, &req, wrong[i].action, wrong[i].stations);
		if (wrong[i].attr)
			genl_put(&req, wrong[i].attr, &wrong[i].value,
				 wrong[i].size);
		EXPECT_EQ(wrong[i].err, rule_end(genl, &req))
			TH_LOG("number %u", i);
		EXPECT_NE(NULL, strstr(genl->text, wrong[i].word))
			TH_LOG("number %u: %s", i, genl->text);
	}
	EXPECT_EQ(-ENOENT, rule_del(genl, 1));
}

/* There is room for 64, and each goes with its owner */
TEST_F(fault, room)
{
	struct genl *genl = &self->genl[0];
	struct genl_request req;
	int i;

	for (i = 0; i < 64; i++) {
		rule_begin(genl, &req, SKBSCOPE_ACTION_DROP,
			   STATION_BIT(PROTOCOL_CLONE));
		ASSERT_LT(0, rule_end(genl, &req));
	}
	rule_begin(genl, &req, SKBSCOPE_ACTION_DROP,
		   STATION_BIT(PROTOCOL_CLONE));
	EXPECT_EQ(-ENOSPC, rule_end(genl, &req));
	EXPECT_NE(NULL, strstr(genl->text, "64"));
	genl_close(genl);
	ASSERT_EQ(0, genl_open(genl));
	rule_begin(genl, &req, SKBSCOPE_ACTION_DROP,
		   STATION_BIT(PROTOCOL_CLONE));
	EXPECT_LT(0, rule_end(genl, &req));
}

TEST_HARNESS_MAIN
