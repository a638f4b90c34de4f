// SPDX-License-Identifier: GPL-2.0
/*
 * hold.c - proves that a datagram can be parked at each station where a function
 * goes on with it, that each verdict does what it says, and that nothing is held
 * for longer than what it needs lasts, or who holds it; as the ledger knows
 *
 * Test-timeout: 300
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "path.h"
#include "rule.h"

#define TEXT		"what is held"
#define LONG_ONE	30000

/* The stations of a datagram where it can be held, and whose namespace they are in */
static const struct {
	__u32	station;
	int	end;
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

FIXTURE(hold) {
	struct path path;
	struct genl genl[2];	/* one for each end's namespace */
	struct held_list *held;
	int tx;
	int rx;
};

FIXTURE_VARIANT(hold) {
	enum path_kind kind;
};

FIXTURE_VARIANT_ADD(hold, scope0) {
	.kind = PATH_SCOPE0,
};

FIXTURE_VARIANT_ADD(hold, loop) {
	.kind = PATH_LOOP,
};

FIXTURE_VARIANT_ADD(hold, veth) {
	.kind = PATH_VETH,
};

FIXTURE_SETUP(hold)
{
	self->held = calloc(1, sizeof(*self->held));
	ASSERT_NE(NULL, self->held);
	ASSERT_EQ(0, path_open(&self->path, variant->kind));
	self->rx = path_bound(&self->path, 1, SCOPE_RX_PORT);
	ASSERT_LE(0, self->rx);
	ASSERT_EQ(0, genl_open(&self->genl[1]));
	self->tx = path_bound(&self->path, 0, SCOPE_TX_PORT);
	ASSERT_LE(0, self->tx);
	ASSERT_EQ(0, genl_open(&self->genl[0]));
}

/* Both ledgers balance, and nothing is held any more */
FIXTURE_TEARDOWN(hold)
{
	struct ledger ledger;
	int end;

	if (self->tx >= 0)
		close(self->tx);
	if (self->rx >= 0)
		close(self->rx);
	for (end = 0; end < 2; end++) {
		ASSERT_EQ(0, ledger_rest(&self->genl[end], &ledger));
		EXPECT_EQ(0, ledger_missing(&ledger));
		EXPECT_EQ(0, ledger_count(&ledger, HELD));
		EXPECT_EQ(0, held_get(&self->genl[end], self->held));
		genl_close(&self->genl[end]);
	}
	free(self->held);
}

static int hold_at(struct genl *genl, __u32 stations)
{
	struct genl_request req;

	rule_begin(genl, &req, SKBSCOPE_ACTION_HOLD, stations);
	return rule_end(genl, &req);
}

#define send_text(text)							\
	ASSERT_EQ((ssize_t)strlen(text),				\
		  scope_sendto(self->tx, text, strlen(text), 0,		\
			       path_to(&self->path, 1, SCOPE_RX_PORT)))

/* A datagram stands where the rule has it */
#define send_held(genl) do {						\
	send_text(TEXT);						\
	ASSERT_EQ(1, held_await(genl, self->held, 1));			\
} while (0)

/* A datagram is there, in time, and says that */
#define expect_text(text) do {						\
	char got_[64] = "";						\
	struct pollfd pfd_ = { .fd = self->rx, .events = POLLIN };	\
									\
	EXPECT_EQ(1, poll(&pfd_, 1, SCOPE_PATIENCE));			\
	EXPECT_EQ((ssize_t)strlen(text),				\
		  recv(self->rx, got_, sizeof(got_), MSG_DONTWAIT));	\
	EXPECT_STREQ(text, got_);					\
} while (0)

#define expect_nothing() do {						\
	char got_[64];							\
									\
	EXPECT_EQ(EAGAIN, errno_of(recv(self->rx, got_, sizeof(got_),	\
					MSG_DONTWAIT)));		\
} while (0)

/* A loop turns round in front of the device */
static bool passes(enum path_kind kind, __u32 station)
{
	return station != SCOPE_STATION_DEVICE_XMIT || kind != PATH_LOOP;
}

/* It stands there, is in every view, and goes on by a verdict */
TEST_F(hold, everywhere)
{
	struct genl_attrs attrs, skb;
	struct ledger ledger;
	struct genl *genl;
	const char *next;
	unsigned int i;
	int rule;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		__u32 station = places[i].station;

		if (!passes(variant->kind, station))
			continue;
		genl = &self->genl[places[i].end];
		rule = hold_at(genl, 1 << station);
		ASSERT_LT(0, rule);
		send_held(genl);
		EXPECT_EQ(station, self->held->at[0].station);
		expect_nothing();

		ASSERT_EQ(0, ledger_read(genl, &ledger));
		/* A stranger's enters the books behind device.receive */
		EXPECT_EQ(station != SCOPE_STATION_DEVICE_RECEIVE ||
			  variant->kind != PATH_VETH,
			  ledger_count(&ledger, HELD));
		EXPECT_EQ(0, ledger_missing(&ledger));
		ASSERT_EQ(0, genl_get(genl, SKBSCOPE_CMD_STATION_GET,
				      SKBSCOPE_A_STATION_NUMBER, &station,
				      sizeof(station), &attrs));
		EXPECT_EQ(1, genl_u64(&attrs, SKBSCOPE_A_STATION_HELD));
		ASSERT_EQ(0, genl_get(genl, SKBSCOPE_CMD_HELD_GET,
				      SKBSCOPE_A_HELD_ID,
				      &self->held->at[0].id, sizeof(__u64),
				      &attrs));
		EXPECT_EQ((__u32)rule, genl_u32(&attrs, SKBSCOPE_A_HELD_RULE));
		EXPECT_NE(NULL, attrs.at[SKBSCOPE_A_HELD_STACK]);
		next = genl_string(&attrs, SKBSCOPE_A_HELD_NEXT);
		EXPECT_EQ(0, strncmp("scope", next, 5));
		EXPECT_EQ(SCOPE_RX_PORT,
			  genl_u16(&attrs, SKBSCOPE_A_HELD_DPORT));
		genl_parse_nest(&skb, attrs.at[SKBSCOPE_A_HELD_SKB]);
		EXPECT_EQ(self->held->at[0].skb,
			  genl_u64(&skb, SKBSCOPE_A_SKB_ID));
		EXPECT_LE((int)strlen(TEXT),
			  genl_len(attrs.at[SKBSCOPE_A_HELD_BYTES]));

		EXPECT_EQ(1, rule_count(genl, rule, SKBSCOPE_A_RULE_HITS));
		ASSERT_EQ(0, verdict(genl, self->held->at[0].id,
				     SKBSCOPE_VERDICT_CONTINUE));
		expect_text(TEXT);
		EXPECT_EQ(-ENOENT, verdict(genl, self->held->at[0].id,
					   SKBSCOPE_VERDICT_CONTINUE));
		EXPECT_EQ(0, rule_del(genl, rule));
	}
}

TEST_F(hold, steps)
{
	static const __u32 behind[] = {
		SCOPE_STATION_SOCKET_RECV, SCOPE_STATION_END_CONSUMED,
	};
	int rule[2] = { -1, -1 }, end, status;
	__u64 number = 0;
	unsigned int i;
	char got[64];
	pid_t pid;

	rule[0] = hold_at(&self->genl[0], STATION_BIT(SOCKET_ALLOC));
	ASSERT_LT(0, rule[0]);
	if (variant->kind == PATH_VETH) {
		rule[1] = hold_at(&self->genl[1], STATION_BIT(DEVICE_RECEIVE));
		ASSERT_LT(0, rule[1]);
	}
	send_text(TEXT);
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!passes(variant->kind, places[i].station))
			continue;
		end = places[i].end;
		ASSERT_EQ(1, held_await(&self->genl[end], self->held, 1));
		EXPECT_EQ(places[i].station, self->held->at[0].station);
		/* It is the same one all the way, but that veth cuts it off */
		if (!number || places[i].station ==
			       SCOPE_STATION_DEVICE_RECEIVE)
			number = self->held->at[0].skb;
		EXPECT_EQ(number, self->held->at[0].skb);
		ASSERT_EQ(0, verdict(&self->genl[end], self->held->at[0].id,
				     SKBSCOPE_VERDICT_STEP));
	}
	/* The reading call stands, and is over when its packet is at its end */
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(recv(self->rx, got, sizeof(got), 0) != strlen(TEXT));
	for (i = 0; i < ARRAY_SIZE(behind); i++) {
		ASSERT_EQ(1, held_await(&self->genl[1], self->held, 1));
		EXPECT_EQ(behind[i], self->held->at[0].station);
		EXPECT_EQ(number, self->held->at[0].skb);
		if (behind[i] == SCOPE_STATION_END_CONSUMED) {
			ASSERT_EQ(pid, waitpid(pid, &status, 0));
			EXPECT_EQ(0, status);
		}
		ASSERT_EQ(0, verdict(&self->genl[1], self->held->at[0].id,
				     SKBSCOPE_VERDICT_STEP));
	}
	EXPECT_EQ(0, held_get(&self->genl[1], self->held));
}

TEST_F(hold, dropped)
{
	struct genl_request req;
	struct ledger ledger;
	__u32 reason = SCOPE_DROP_NOT_PEER;
	struct genl *genl;
	unsigned int i;
	int rule;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!passes(variant->kind, places[i].station))
			continue;
		genl = &self->genl[places[i].end];
		rule = hold_at(genl, 1 << places[i].station);
		ASSERT_LT(0, rule);
		send_text(TEXT);
		send_text(TEXT);
		ASSERT_EQ(2, held_await(genl, self->held, 2));
		EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
				     SKBSCOPE_VERDICT_DROP));
		verdict_begin(genl, &req, self->held->at[1].id,
			      SKBSCOPE_VERDICT_DROP);
		genl_put_u32(&req, SKBSCOPE_A_ORDER_REASON, reason);
		EXPECT_EQ(0, verdict_end(genl, &req, NULL));
		ASSERT_EQ(0, ledger_rest(genl, &ledger));
		EXPECT_EQ(0, ledger_missing(&ledger));
		EXPECT_EQ(0, rule_del(genl, rule));
		expect_nothing();
	}
	ASSERT_EQ(0, ledger_read(&self->genl[1], &ledger));
	EXPECT_LE(4, ledger_reason(&ledger, "SCOPE_VERDICT"));
	EXPECT_EQ(ledger_reason(&ledger, "SCOPE_VERDICT"),
		  ledger_reason(&ledger, "SCOPE_NOT_PEER"));
}

/* A copy and a clone are packets of their own */
TEST_F(hold, doubled)
{
	struct genl_request req;
	struct genl *genl;
	unsigned int i;
	__u64 made;
	int rule;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!passes(variant->kind, places[i].station))
			continue;
		genl = &self->genl[places[i].end];
		rule = hold_at(genl, 1 << places[i].station);
		ASSERT_LT(0, rule);
		send_held(genl);
		verdict_begin(genl, &req, self->held->at[0].id,
			      SKBSCOPE_VERDICT_DUPLICATE);
		ASSERT_EQ(0, verdict_end(genl, &req, &made));
		verdict_begin(genl, &req, self->held->at[0].id,
			      SKBSCOPE_VERDICT_CLONE);
		ASSERT_EQ(0, verdict_end(genl, &req, &made));
		ASSERT_EQ(3, held_get(genl, self->held));
		EXPECT_NE(self->held->at[0].skb, self->held->at[1].skb);
		EXPECT_NE(self->held->at[2].skb, self->held->at[1].skb);
		EXPECT_EQ(0, rule_del(genl, rule));
		expect_text(TEXT);
		expect_text(TEXT);
		expect_text(TEXT);
		expect_nothing();
	}
}

/**
 * struct ending - a rule that a thread takes away
 * @genl: whose it is
 * @rule: its number
 * @err: what came of it
 * @over: it is gone
 */
struct ending {
	struct genl	*genl;
	int		rule;
	int		err;
	bool		over;
};

static void *end_rule(void *arg)
{
	struct ending *ending = arg;

	ending->err = rule_del(ending->genl, ending->rule);
	__atomic_store_n(&ending->over, true, __ATOMIC_RELEASE);
	return NULL;
}

/* What comes while the last rule there is ends is behind what it holds all the same */
TEST_F(hold, order_when_the_rule_ends)
{
	struct ending ending = { .genl = &self->genl[0] };
	pthread_t thread;
	char text[16];
	int n, i;

	ending.rule = hold_at(ending.genl, STATION_BIT(DEVICE_QUEUE));
	ASSERT_LT(0, ending.rule);
	send_text("0");
	ASSERT_EQ(1, held_await(ending.genl, self->held, 1));
	ASSERT_EQ(0, pthread_create(&thread, NULL, end_rule, &ending));
	for (n = 1; n < 150 && !__atomic_load_n(&ending.over, __ATOMIC_ACQUIRE);
	     n++) {
		snprintf(text, sizeof(text), "%d", n);
		send_text(text);
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, ending.err);
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%d", i);
		expect_text(text);
	}
	expect_nothing();
}

/* Octets of the payload, with the sum mended; and one that is left wrong */
TEST_F(hold, edited)
{
	struct genl *genl;
	unsigned int i;
	int rule;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		bool summed = places[i].station >= SCOPE_STATION_PROTOCOL_PUSH &&
			      places[i].station <= SCOPE_STATION_DEVICE_RECEIVE;

		if (!passes(variant->kind, places[i].station))
			continue;
		genl = &self->genl[places[i].end];
		rule = hold_at(genl, 1 << places[i].station);
		ASSERT_LT(0, rule);
		send_held(genl);
		EXPECT_EQ(0, verdict_edit(genl, self->held->at[0].id,
					  SKBSCOPE_PLACE_PAYLOAD, 5, "was",
					  false));
		EXPECT_EQ(-ERANGE, verdict_edit(genl, self->held->at[0].id,
						SKBSCOPE_PLACE_PAYLOAD,
						strlen(TEXT), "x", false));
		EXPECT_EQ(-ERANGE, verdict_edit(genl, self->held->at[0].id,
						SKBSCOPE_PLACE_DATA, -1, "x",
						false));
		/* The number of the version */
		EXPECT_EQ(summed ? 0 : -ENODATA,
			  verdict_edit(genl, self->held->at[0].id,
				       SKBSCOPE_PLACE_HEADER, 0, "\x01",
				       false));
		EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
				     SKBSCOPE_VERDICT_CONTINUE));
		expect_text("what washeld");
		if (summed) {
			send_text(TEXT);
			ASSERT_EQ(1, held_await(genl, self->held, 1));
			EXPECT_EQ(0, verdict_edit(genl, self->held->at[0].id,
						  SKBSCOPE_PLACE_PAYLOAD, 0,
						  "x", true));
			EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
					     SKBSCOPE_VERDICT_CONTINUE));
			EXPECT_EQ(0, rule_del(genl, rule));
			send_text("next");
			expect_text("next");
		} else {
			EXPECT_EQ(0, rule_del(genl, rule));
		}
	}
}

/* Of another ethertype it is for nobody: it is dropped, and that is told */
TEST_F(hold, edited_to_what_is_not_ours)
{
	struct genl *genl = &self->genl[0];

	if (variant->kind != PATH_SCOPE0)
		SKIP(return, "another device sends what it is given");
	ASSERT_LT(0, hold_at(genl, STATION_BIT(DEVICE_XMIT)));
	send_held(genl);
	EXPECT_EQ(0, verdict_edit(genl, self->held->at[0].id,
				  SKBSCOPE_PLACE_DATA, 12, "\x12\x34", false));
	EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
			     SKBSCOPE_VERDICT_CONTINUE));
	EXPECT_EQ(1, ledger_await_reason(genl, "SCOPE_NOT_OURS", 1));
	expect_nothing();
}

TEST_F(hold, changed)
{
	struct genl *genl = &self->genl[0];
	static char text[LONG_ONE];
	struct genl_attrs attrs, skb;
	__u32 headroom;
	__u64 id;

	ASSERT_LT(0, hold_at(genl, STATION_BIT(PROTOCOL_PUSH)));
	memset(text, 'x', sizeof(text));
	ASSERT_EQ(LONG_ONE, scope_sendto(self->tx, text, LONG_ONE, 0,
					 path_to(&self->path, 1,
						 SCOPE_RX_PORT)));
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	id = self->held->at[0].id;
	ASSERT_EQ(0, genl_get(genl, SKBSCOPE_CMD_HELD_GET, SKBSCOPE_A_HELD_ID,
			      &id, sizeof(id), &attrs));
	genl_parse_nest(&skb, attrs.at[SKBSCOPE_A_HELD_SKB]);
	headroom = genl_u32(&skb, SKBSCOPE_A_SKB_DATA);
	EXPECT_LT(0, genl_u32(&skb, SKBSCOPE_A_SKB_DATA_LEN));

	EXPECT_EQ(0, verdict_value(genl, id, SKBSCOPE_VERDICT_MARK, 42));
	EXPECT_EQ(0, verdict_value(genl, id, SKBSCOPE_VERDICT_PRIORITY, 6));
	EXPECT_EQ(0, verdict_value(genl, id, SKBSCOPE_VERDICT_EXPAND_HEAD,
				   256));
	EXPECT_EQ(0, verdict(genl, id, SKBSCOPE_VERDICT_LINEARIZE));
	ASSERT_EQ(0, genl_get(genl, SKBSCOPE_CMD_HELD_GET, SKBSCOPE_A_HELD_ID,
			      &id, sizeof(id), &attrs));
	EXPECT_EQ(42, genl_u32(&attrs, SKBSCOPE_A_HELD_MARK));
	EXPECT_EQ(6, genl_u32(&attrs, SKBSCOPE_A_HELD_PRIORITY));
	genl_parse_nest(&skb, attrs.at[SKBSCOPE_A_HELD_SKB]);
	EXPECT_LE(headroom + 256, genl_u32(&skb, SKBSCOPE_A_SKB_DATA));
	EXPECT_EQ(0, genl_u32(&skb, SKBSCOPE_A_SKB_DATA_LEN));
	EXPECT_EQ(0, verdict(genl, id, SKBSCOPE_VERDICT_CONTINUE));
	memset(text, 0, sizeof(text));
	EXPECT_EQ(LONG_ONE, recv(self->rx, text, sizeof(text), 0));
	EXPECT_EQ('x', text[LONG_ONE - 1]);
}

/* Who comes later waits, whatever verdict he gets; unless order is not wanted */
TEST_F(hold, order)
{
	struct genl *genl = &self->genl[0];
	struct genl_request req;
	int rule;

	rule_begin(genl, &req, SKBSCOPE_ACTION_HOLD, STATION_BIT(DEVICE_QUEUE));
	genl_put_u64(&req, SKBSCOPE_A_RULE_COUNT, 2);
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	send_text("one");
	send_text("two");
	send_text("three");
	ASSERT_EQ(3, held_await(genl, self->held, 3));
	EXPECT_FALSE(self->held->at[1].behind);
	EXPECT_TRUE(self->held->at[2].behind);
	EXPECT_EQ(0, verdict(genl, self->held->at[1].id,
			     SKBSCOPE_VERDICT_CONTINUE));
	ASSERT_EQ(3, held_get(genl, self->held));
	EXPECT_TRUE(self->held->at[1].behind);
	expect_nothing();
	EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
			     SKBSCOPE_VERDICT_CONTINUE));
	expect_text("one");
	expect_text("two");
	expect_text("three");
	EXPECT_EQ(0, rule_del(genl, rule));

	rule_begin(genl, &req, SKBSCOPE_ACTION_HOLD, STATION_BIT(DEVICE_QUEUE));
	genl_put_u64(&req, SKBSCOPE_A_RULE_COUNT, 1);
	genl_put(&req, SKBSCOPE_A_RULE_LOOSE, NULL, 0);
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	send_text("one");
	send_text("two");
	expect_text("two");
	EXPECT_EQ(1, held_get(genl, self->held));
	EXPECT_EQ(0, rule_del(genl, rule));
	expect_text("one");
}

/* One too many goes on, or is dropped, and is counted */
TEST_F(hold, limit)
{
	struct genl *genl = &self->genl[0];
	struct genl_request req;
	struct ledger ledger;
	int rule, drop;

	for (drop = 0; drop < 2; drop++) {
		rule_begin(genl, &req, SKBSCOPE_ACTION_HOLD,
			   STATION_BIT(PROTOCOL_PUSH));
		genl_put_u32(&req, SKBSCOPE_A_RULE_LIMIT, 2);
		genl_put_u32(&req, SKBSCOPE_A_RULE_OVERFLOW, drop);
		rule = rule_end(genl, &req);
		ASSERT_LT(0, rule);
		send_text("one");
		send_text("two");
		send_text("three");
		EXPECT_EQ(2, held_get(genl, self->held));
		EXPECT_EQ(1, rule_count(genl, rule, SKBSCOPE_A_RULE_FULL));
		if (!drop)
			expect_text("three");
		EXPECT_EQ(0, rule_del(genl, rule));
		expect_text("one");
		expect_text("two");
		expect_nothing();
	}
	ASSERT_EQ(0, ledger_read(genl, &ledger));
	EXPECT_EQ(1, ledger_reason(&ledger, "SCOPE_HOLD_FULL"));
}

TEST_F(hold, times_out)
{
	struct genl *genl = &self->genl[0];
	struct genl_request req;

	rule_begin(genl, &req, SKBSCOPE_ACTION_HOLD, STATION_BIT(PROTOCOL_PUSH));
	genl_put_u32(&req, SKBSCOPE_A_RULE_TIMEOUT, 20);
	ASSERT_LT(0, rule_end(genl, &req));
	send_text("one");
	send_text("two");
	expect_text("one");
	expect_text("two");
}

/* The process that held is killed */
TEST_F(hold, holder_is_killed)
{
	struct genl *genl = &self->genl[0];
	struct genl other;
	int status, pipes[2];
	char ready;
	pid_t pid;

	ASSERT_EQ(0, pipe(pipes));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (genl_open(&other) ||
		    hold_at(&other, STATION_BIT(DEVICE_QUEUE)) < 0 ||
		    write(pipes[1], "x", 1) != 1)
			abort();
		pause();
	}
	ASSERT_EQ(1, read(pipes[0], &ready, 1));
	send_held(genl);
	expect_nothing();
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	expect_text(TEXT);
	EXPECT_EQ(0, held_get(genl, self->held));
	close(pipes[0]);
	close(pipes[1]);
}

/* Which task sent it is told to those who can see the task */
TEST_F(hold, task)
{
	struct genl *genl = &self->genl[0];
	int status, rule;
	pid_t pid;

	rule = hold_at(genl, STATION_BIT(DEVICE_QUEUE));
	ASSERT_LT(0, rule);
	send_held(genl);
	EXPECT_EQ(1, held_get(genl, self->held));
	EXPECT_TRUE(self->held->at[0].has_task);
	EXPECT_EQ(getpid(), self->held->at[0].pid);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		/* The child, not who asks for it, is in the new namespace */
		if (unshare(CLONE_NEWPID))
			_exit(1);
		pid = fork();
		if (pid < 0)
			_exit(2);
		if (pid) {
			waitpid(pid, &status, 0);
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 3);
		}
		_exit(held_get(genl, self->held) == 1 &&
		      !self->held->at[0].has_task ? 0 : 4);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, rule_del(genl, rule));
	expect_text(TEXT);
}

/* A rule that is to stay does, and is another's to end */
TEST_F(hold, persists)
{
	struct genl *genl = &self->genl[0];
	struct genl_request req;
	struct genl other;
	int rule;

	ASSERT_EQ(0, genl_open(&other));
	rule_begin(&other, &req, SKBSCOPE_ACTION_HOLD, STATION_BIT(DEVICE_QUEUE));
	genl_put(&req, SKBSCOPE_A_RULE_PERSIST, NULL, 0);
	rule = rule_end(&other, &req);
	ASSERT_LT(0, rule);
	genl_close(&other);
	send_held(genl);
	EXPECT_EQ(0, rule_del(genl, rule));
	EXPECT_EQ(-ENOENT, rule_del(genl, rule));
	expect_text(TEXT);
}

/*
 * What the socket sent stays while somebody owns the rule, and goes on where nobody
 * does; what it was to get is dropped
 */
TEST_F(hold, sockets_close)
{
	struct genl *genl = &self->genl[0];
	struct genl_request req;
	struct ledger ledger;
	int rule, persists;

	for (persists = 0; persists < 2; persists++) {
		rule_begin(genl, &req, SKBSCOPE_ACTION_HOLD,
			   STATION_BIT(DEVICE_QUEUE));
		if (persists)
			genl_put(&req, SKBSCOPE_A_RULE_PERSIST, NULL, 0);
		rule = rule_end(genl, &req);
		ASSERT_LT(0, rule);
		send_held(genl);
		close(self->tx);
		EXPECT_EQ(!persists, held_get(genl, self->held));
		if (!persists)
			expect_nothing();
		EXPECT_EQ(0, rule_del(genl, rule));
		expect_text(TEXT);
		self->tx = path_socket(&self->path, 0, 0);
		ASSERT_LE(0, self->tx);
	}
	genl = &self->genl[1];
	ASSERT_LT(0, hold_at(genl, STATION_BIT(SOCKET_QUEUE)));
	send_held(genl);
	close(self->rx);
	self->rx = -1;
	EXPECT_EQ(0, held_get(genl, self->held));
	ASSERT_EQ(0, ledger_rest(genl, &ledger));
	EXPECT_EQ(1, ledger_reason(&ledger, "SCOPE_CLOSED"));
}

/* The device goes down, or away */
TEST_F(hold, device_goes)
{
	struct ifreq ifr = { .ifr_flags = 0 };
	const __u32 stations[] = {
		STATION_BIT(PROTOCOL_PUSH), STATION_BIT(DEVICE_QUEUE),
		STATION_BIT(DEVICE_XMIT), STATION_BIT(DEVICE_RECEIVE),
	};
	const char *dev = path_dev(&self->path, 0);
	struct genl *genl = &self->genl[0];
	struct ledger ledger;
	__u64 lost = 0;
	unsigned int i;
	int rule;

	for (i = 0; i < ARRAY_SIZE(stations); i++) {
		if ((stations[i] == STATION_BIT(DEVICE_XMIT) &&
		     variant->kind == PATH_LOOP) ||
		    (stations[i] == STATION_BIT(DEVICE_RECEIVE) &&
		     variant->kind == PATH_VETH))
			continue;
		rule = hold_at(genl, stations[i]);
		ASSERT_LT(0, rule);
		send_held(genl);
		ASSERT_EQ(0, path_dev_ioctl(dev, SIOCSIFFLAGS, &ifr));
		EXPECT_EQ(0, held_get(genl, self->held));
		EXPECT_EQ(0, rule_del(genl, rule));
		ASSERT_EQ(0, path_dev_up(dev));
		if (variant->kind != PATH_SCOPE0)
			ASSERT_EQ(0, path_dev_running(dev));
		lost++;
	}
	ASSERT_EQ(0, ledger_rest(genl, &ledger));
	EXPECT_EQ(lost, ledger_reason(&ledger, "SCOPE_DEV_DOWN"));
	expect_nothing();
}

/* Ten thousand come and go */
TEST_F_TIMEOUT(hold, many, 240)
{
	const int all = scope_slowness() < 10 ? 10000 : 1000, batch = 100;
	struct genl *genl = &self->genl[0];
	char text[16];
	int i, j, rule;

	rule = hold_at(genl, STATION_BIT(DEVICE_QUEUE));
	ASSERT_LT(0, rule);
	for (i = 0; i < all; i += batch) {
		for (j = 0; j < batch; j++) {
			snprintf(text, sizeof(text), "%d", i + j);
			send_text(text);
		}
		ASSERT_EQ(batch, held_await(genl, self->held, batch));
		for (j = batch - 1; j >= 0; j--)
			ASSERT_EQ(0, verdict(genl, self->held->at[j].id,
					     SKBSCOPE_VERDICT_CONTINUE));
		for (j = 0; j < batch; j++) {
			snprintf(text, sizeof(text), "%d", i + j);
			expect_text(text);
		}
	}
	EXPECT_EQ((__u64)all, rule_count(genl, rule, SKBSCOPE_A_RULE_HITS));
}

/* Namespaces go while packets are held in them: nothing else has them */
TEST_F(hold, netns_goes)
{
	struct genl_request req;
	int i;

	for (i = 0; i < 2; i++) {
		rule_begin(&self->genl[i], &req, SKBSCOPE_ACTION_HOLD,
			   STATION_BIT(DEVICE_QUEUE) |
			   STATION_BIT(PROTOCOL_RECEIVE));
		genl_put(&req, SKBSCOPE_A_RULE_PERSIST, NULL, 0);
		ASSERT_LT(0, rule_end(&self->genl[i], &req));
	}
	send_text(TEXT);
	ASSERT_EQ(1, held_await(&self->genl[0], self->held, 1));
	/* The teardown, whose ledgers balance, is in a new one */
	for (i = 0; i < 2; i++)
		genl_close(&self->genl[i]);
	close(self->tx);
	close(self->rx);
	self->tx = -1;
	self->rx = -1;
	close(self->path.netns[0]);
	if (variant->kind == PATH_VETH)
		close(self->path.netns[1]);
	ASSERT_LE(0, path_new_netns());
	ASSERT_EQ(0, genl_open(&self->genl[0]));
	ASSERT_EQ(0, genl_open(&self->genl[1]));
}

TEST_HARNESS_MAIN
