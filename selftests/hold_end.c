// SPDX-License-Identifier: GPL-2.0
/*
 * hold_end.c - proves that a datagram can be parked where it is about to be freed,
 * that what became of it is booked when it ends and not before, and that it keeps
 * neither a device nor, for a rule that nobody owns, a socket or a namespace
 *
 * Test-timeout: 300
 */
#include <signal.h>
#include <sys/wait.h>

#include "path.h"
#include "rule.h"

#define TEXT	"what ends"
#define NOBODY	9	/* a port that nobody has */

FIXTURE(end) {
	struct path path;
	struct genl genl[2];	/* one for each end's namespace */
	struct genl heard;	/* of what is held at end 1 */
	struct held_list *held;
	int tx;
	int rx;
};

FIXTURE_VARIANT(end) {
	enum path_kind kind;
	bool pair;
	bool raw;
};

FIXTURE_VARIANT_ADD(end, scope0) { .kind = PATH_SCOPE0 };
FIXTURE_VARIANT_ADD(end, loop) { .kind = PATH_LOOP };
FIXTURE_VARIANT_ADD(end, veth) { .kind = PATH_VETH };
FIXTURE_VARIANT_ADD(end, raw) { .kind = PATH_VETH, .raw = true };
FIXTURE_VARIANT_ADD(end, pair) { .kind = PATH_SCOPE0, .pair = true };

/* A raw socket has a clone of what goes to a port that nobody has */
static int open_ends(struct path *path, bool pair, bool raw, int fd[2])
{
	if (pair)
		return socketpair(scope_family(), SOCK_DGRAM, 0, fd);
	fd[1] = raw && !path_enter(path, 1) ?
		socket(scope_family(), SOCK_RAW, 0) :
		path_bound(path, 1, SCOPE_RX_PORT);
	fd[0] = path_bound(path, 0, SCOPE_TX_PORT);
	return fd[0] < 0 || fd[1] < 0 ? -1 : 0;
}

FIXTURE_SETUP(end)
{
	int fd[2], group;

	self->held = calloc(1, sizeof(*self->held));
	ASSERT_NE(NULL, self->held);
	ASSERT_EQ(0, path_open(&self->path, variant->kind));
	ASSERT_EQ(0, open_ends(&self->path, variant->pair, variant->raw, fd));
	self->tx = fd[0];
	self->rx = fd[1];
	ASSERT_EQ(0, path_enter(&self->path, 1));
	ASSERT_EQ(0, genl_open(&self->genl[1]));
	ASSERT_EQ(0, genl_open(&self->heard));
	group = self->heard.group + 1;
	ASSERT_EQ(0, setsockopt(self->heard.fd, SOL_NETLINK,
				NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)));
	ASSERT_EQ(0, path_enter(&self->path, 0));
	ASSERT_EQ(0, genl_open(&self->genl[0]));
}

FIXTURE_TEARDOWN(end)
{
	struct ledger ledger;
	int end;

	if (self->tx >= 0)
		close(self->tx);
	if (self->rx >= 0)
		close(self->rx);
	genl_close(&self->heard);
	for (end = 0; end < 2; end++) {
		ASSERT_EQ(0, ledger_rest(&self->genl[end], &ledger));
		EXPECT_EQ(0, ledger_missing(&ledger));
		EXPECT_EQ(0, ledger_count(&ledger, HELD));
		EXPECT_EQ(0, held_get(&self->genl[end], self->held));
		genl_close(&self->genl[end]);
	}
	free(self->held);
}

/* At end 1, for what its socket gets; no attribute where @attr is 0 */
#define hold_at(name, attr, value) ({					\
	struct genl_request req_;					\
	__u32 value_ = value;						\
									\
	rule_begin(&self->genl[1], &req_, SKBSCOPE_ACTION_HOLD,		\
		   STATION_BIT(name));					\
	genl_put_u64(&req_, SKBSCOPE_A_RULE_COOKIE,			\
		     ledger_cookie(self->rx));				\
	if (attr)							\
		genl_put(&req_, attr, &value_,				\
			 attr == SKBSCOPE_A_RULE_PERSIST ? 0 : 4);	\
	rule_end(&self->genl[1], &req_);				\
})

#define send_one() do {							\
	struct sockaddr_scope to_ = path_to(&self->path, 1,		\
		variant->raw ? NOBODY : SCOPE_RX_PORT);			\
									\
	ASSERT_EQ((ssize_t)strlen(TEXT), variant->pair ?		\
		  send(self->tx, TEXT, strlen(TEXT), 0) :		\
		  scope_sendto(self->tx, TEXT, strlen(TEXT), 0, to_));	\
	EXPECT_LT(0, scope_await(self->rx, POLLIN));			\
} while (0)

#define read_one() do {							\
	char got_[64];							\
									\
	EXPECT_LE((ssize_t)strlen(TEXT),				\
		  recv(self->rx, got_, sizeof(got_), MSG_DONTWAIT));	\
} while (0)

/* Who waits for end 1's ledger to have all at a place of its own */
#define expect_books(symbol, there, held_there) do {			\
	struct ledger ledger_;						\
									\
	ASSERT_EQ(0, ledger_rest(&self->genl[1], &ledger_));		\
	EXPECT_EQ(0, ledger_missing(&ledger_));				\
	EXPECT_EQ(0, ledger_count(&ledger_, QUEUED));			\
	EXPECT_EQ(there, ledger_count(&ledger_, symbol));		\
	EXPECT_EQ(held_there, ledger_count(&ledger_, HELD));		\
} while (0)

#define drops_of(reason) ({						\
	struct ledger ledger_;						\
									\
	ASSERT_EQ(0, ledger_rest(&self->genl[1], &ledger_));		\
	EXPECT_EQ(0, ledger_missing(&ledger_));				\
	ledger_reason(&ledger_, reason);				\
})

/* Why the one at @station is held no more, of those notices that come first */
static __u32 heard_why(struct genl *heard, __u32 station)
{
	struct genl_attrs attrs;
	int i;

	for (i = 0; i < 64; i++) {
		if (scope_await(heard->fd, POLLIN) <= 0 ||
		    recv(heard->fd, heard->buffer, GENL_BUFFER, 0) < 0)
			return 0;
		genl_attrs_of(&attrs, (struct nlmsghdr *)heard->buffer);
		if (attrs.at[SKBSCOPE_A_HELD_WHY] &&
		    genl_u32(&attrs, SKBSCOPE_A_HELD_STATION) == station)
			return genl_u32(&attrs, SKBSCOPE_A_HELD_WHY);
	}
	return 0;
}

/* Read, and not delivered yet; that it is can't be changed any more */
TEST_F(end, consumed)
{
	struct genl *genl = &self->genl[1];
	const __u32 decided[] = {
		SKBSCOPE_VERDICT_DROP, SKBSCOPE_VERDICT_DUPLICATE,
		SKBSCOPE_VERDICT_CLONE,
	};
	struct genl_attrs attrs;
	unsigned int i;
	__u64 id;

	ASSERT_LT(0, hold_at(END_CONSUMED, 0, 0));
	send_one();
	read_one();
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	EXPECT_EQ(SCOPE_STATION_END_CONSUMED, self->held->at[0].station);
	id = self->held->at[0].id;
	expect_books(DELIVERED, 0, 1);
	ASSERT_EQ(0, ledger_socket(genl, self->rx, &attrs));
	EXPECT_EQ(0, genl_u64(&attrs, SKBSCOPE_A_SOCKET_DELIVERED));
	EXPECT_EQ(1, genl_u64(&attrs, SKBSCOPE_A_SOCKET_HELD));
	EXPECT_EQ(0, genl_u32(&attrs, SKBSCOPE_A_SOCKET_RMEM));

	ASSERT_EQ(0, genl_get(genl, SKBSCOPE_CMD_HELD_GET, SKBSCOPE_A_HELD_ID,
			      &id, sizeof(id), &attrs));
	EXPECT_EQ(0, strncmp("scope_free_read",
			     genl_string(&attrs, SKBSCOPE_A_HELD_NEXT), 15));
	EXPECT_EQ(NULL, attrs.at[SKBSCOPE_A_HELD_REASON]);
	EXPECT_EQ(NULL, attrs.at[SKBSCOPE_A_HELD_CALL]);
	for (i = 0; i < ARRAY_SIZE(decided); i++) {
		EXPECT_EQ(-EOPNOTSUPP, verdict(genl, id, decided[i]));
		EXPECT_NE(NULL, strstr(genl->text, "is decided"));
	}
	EXPECT_EQ(0, verdict_edit(genl, id, SKBSCOPE_PLACE_DATA, 0, "x",
				  false));
	EXPECT_EQ(-ENODATA, verdict_edit(genl, id, SKBSCOPE_PLACE_HEADER, 0,
					 "x", false));
	EXPECT_EQ(0, verdict_value(genl, id, SKBSCOPE_VERDICT_MARK, 42));
	EXPECT_EQ(0, verdict_value(genl, id, SKBSCOPE_VERDICT_EXPAND_HEAD, 64));
	EXPECT_EQ(0, verdict(genl, id, SKBSCOPE_VERDICT_LINEARIZE));
	expect_books(DELIVERED, 0, 1);
	EXPECT_EQ(0, verdict(genl, id, SKBSCOPE_VERDICT_STEP));
	EXPECT_EQ(SKBSCOPE_WHY_VERDICT,
		  heard_why(&self->heard, SCOPE_STATION_END_CONSUMED));
	expect_books(DELIVERED, 1, 0);
	ASSERT_EQ(0, ledger_socket(genl, self->rx, &attrs));
	EXPECT_EQ(1, genl_u64(&attrs, SKBSCOPE_A_SOCKET_DELIVERED));
}

/* Its socket is closed, which is why; and then it is for another reason */
TEST_F(end, dropped)
{
	struct genl *genl = &self->genl[1];
	struct genl_request req;
	struct genl_attrs attrs;
	__u64 id, made = 0;
	int i;

	ASSERT_LT(0, hold_at(END_DROPPED, 0, 0));
	send_one();
	close(self->rx);
	self->rx = -1;
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	EXPECT_EQ(0, drops_of("SCOPE_CLOSED"));
	id = self->held->at[0].id;
	ASSERT_EQ(0, genl_get(genl, SKBSCOPE_CMD_HELD_GET, SKBSCOPE_A_HELD_ID,
			      &id, sizeof(id), &attrs));
	EXPECT_EQ(SCOPE_STATION_END_DROPPED,
		  genl_u32(&attrs, SKBSCOPE_A_HELD_STATION));
	EXPECT_EQ(SCOPE_DROP_CLOSED, genl_u32(&attrs, SKBSCOPE_A_HELD_REASON));
	EXPECT_STREQ("SCOPE_CLOSED",
		     genl_string(&attrs, SKBSCOPE_A_HELD_REASON_NAME));
	EXPECT_EQ(0, strncmp("scope_free_dropped",
			     genl_string(&attrs, SKBSCOPE_A_HELD_NEXT), 18));
	for (i = 0; i < 2; i++) {
		verdict_begin(genl, &req, id, i ? SKBSCOPE_VERDICT_CLONE :
						  SKBSCOPE_VERDICT_DUPLICATE);
		EXPECT_EQ(0, verdict_end(genl, &req, &made));
	}
	expect_books(DELIVERED, 0, 3);
	verdict_begin(genl, &req, id, SKBSCOPE_VERDICT_DROP);
	genl_put_u32(&req, SKBSCOPE_A_ORDER_REASON, SCOPE_DROP_NOT_PEER);
	EXPECT_EQ(0, verdict_end(genl, &req, NULL));
	EXPECT_EQ(1, drops_of("SCOPE_NOT_PEER"));
	EXPECT_EQ(0, drops_of("SCOPE_CLOSED"));
	/* The last one first: nobody waits for another one here */
	EXPECT_EQ(0, verdict(genl, made, SKBSCOPE_VERDICT_CONTINUE));
	EXPECT_EQ(1, drops_of("SCOPE_CLOSED"));
	ASSERT_EQ(1, held_get(genl, self->held));
	EXPECT_FALSE(self->held->at[0].behind);
	EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
			     SKBSCOPE_VERDICT_CONTINUE));
	EXPECT_EQ(2, drops_of("SCOPE_CLOSED"));
}

/* What a verdict drops stops at its end, and so does what a step leads there */
TEST_F(end, led_there)
{
	struct genl *genl = &self->genl[1];
	struct genl_request req;
	int rule;

	if (variant->raw || variant->pair)
		SKIP(return, "there is a socket for it");
	rule = hold_at(PROTOCOL_DELIVER, 0, 0);
	ASSERT_LT(0, rule);
	ASSERT_LT(0, hold_at(END_DROPPED, 0, 0));
	ASSERT_EQ((ssize_t)strlen(TEXT),
		  scope_sendto(self->tx, TEXT, strlen(TEXT), 0,
			       path_to(&self->path, 1, SCOPE_RX_PORT)));
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
			     SKBSCOPE_VERDICT_DROP));
	ASSERT_EQ(1, held_get(genl, self->held));
	EXPECT_EQ(SCOPE_STATION_END_DROPPED, self->held->at[0].station);
	EXPECT_EQ(0, drops_of("SCOPE_VERDICT"));
	EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
			     SKBSCOPE_VERDICT_CONTINUE));
	EXPECT_EQ(1, drops_of("SCOPE_VERDICT"));
	EXPECT_EQ(0, rule_del(genl, rule));

	rule_begin(genl, &req, SKBSCOPE_ACTION_HOLD,
		   STATION_BIT(PROTOCOL_RECEIVE));
	genl_put_u32(&req, SKBSCOPE_A_RULE_TRAFFIC, SKBSCOPE_TRAFFIC_DATA);
	ASSERT_LT(0, rule_end(genl, &req));
	ASSERT_EQ((ssize_t)strlen(TEXT),
		  scope_sendto(self->tx, TEXT, strlen(TEXT), 0,
			       path_to(&self->path, 1, NOBODY)));
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
			     SKBSCOPE_VERDICT_STEP));
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	EXPECT_EQ(SCOPE_STATION_END_DROPPED, self->held->at[0].station);
	EXPECT_EQ(0, drops_of("NO_SOCKET"));
	EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
			     SKBSCOPE_VERDICT_STEP));
	EXPECT_EQ(1, drops_of("NO_SOCKET"));
}

/* One too many goes on for the reason that it has, whatever the rule says of it */
TEST_F(end, one_too_many)
{
	struct genl *genl = &self->genl[1];
	struct genl_request req;
	int rule;

	rule_begin(genl, &req, SKBSCOPE_ACTION_HOLD, STATION_BIT(END_DROPPED));
	genl_put_u64(&req, SKBSCOPE_A_RULE_COOKIE, ledger_cookie(self->rx));
	genl_put_u32(&req, SKBSCOPE_A_RULE_LIMIT, 1);
	genl_put_u32(&req, SKBSCOPE_A_RULE_OVERFLOW, SKBSCOPE_OVERFLOW_DROP);
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	send_one();
	send_one();
	ASSERT_EQ(0, ledger_rest(genl, &(struct ledger){}));
	close(self->rx);
	self->rx = -1;
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	EXPECT_EQ(1, rule_count(genl, rule, SKBSCOPE_A_RULE_FULL));
	EXPECT_EQ(1, drops_of("SCOPE_CLOSED"));
	EXPECT_EQ(0, rule_del(genl, rule));
	EXPECT_EQ(SKBSCOPE_WHY_RULE,
		  heard_why(&self->heard, SCOPE_STATION_END_DROPPED));
	EXPECT_EQ(2, drops_of("SCOPE_CLOSED"));
	EXPECT_EQ(0, drops_of("SCOPE_HOLD_FULL"));
}

/* What nobody owns keeps no closed socket, neither what was there nor what comes */
TEST_F(end, nobody_owns_it)
{
	struct genl *genl = &self->genl[1];
	int consumed, dropped;

	consumed = hold_at(END_CONSUMED, SKBSCOPE_A_RULE_PERSIST, 0);
	ASSERT_LT(0, consumed);
	dropped = hold_at(END_DROPPED, SKBSCOPE_A_RULE_PERSIST, 0);
	ASSERT_LT(0, dropped);
	send_one();
	send_one();
	ASSERT_EQ(0, ledger_rest(genl, &(struct ledger){}));
	read_one();
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	close(self->rx);
	self->rx = -1;
	EXPECT_EQ(0, held_get(genl, self->held));
	EXPECT_EQ(SKBSCOPE_WHY_CLOSED,
		  heard_why(&self->heard, SCOPE_STATION_END_CONSUMED));
	EXPECT_EQ(1, rule_count(genl, dropped, SKBSCOPE_A_RULE_MISSED));
	EXPECT_EQ(1, drops_of("SCOPE_CLOSED"));
	expect_books(DELIVERED, 1, 0);
	EXPECT_EQ(0, rule_del(genl, consumed));
	EXPECT_EQ(0, rule_del(genl, dropped));
}

TEST_F(end, times_out)
{
	struct genl *genl = &self->genl[1];
	struct genl_request req;

	ASSERT_LT(0, hold_at(END_CONSUMED, SKBSCOPE_A_RULE_TIMEOUT, 20));
	rule_begin(genl, &req, SKBSCOPE_ACTION_DELAY, STATION_BIT(END_DROPPED));
	genl_put_u64(&req, SKBSCOPE_A_RULE_COOKIE, ledger_cookie(self->rx));
	genl_put_u32(&req, SKBSCOPE_A_RULE_DELAY, 20);
	ASSERT_LT(0, rule_end(genl, &req));
	send_one();
	send_one();
	ASSERT_EQ(0, ledger_rest(genl, &(struct ledger){}));
	read_one();
	EXPECT_EQ(SKBSCOPE_WHY_TIMEOUT,
		  heard_why(&self->heard, SCOPE_STATION_END_CONSUMED));
	close(self->rx);
	self->rx = -1;
	EXPECT_EQ(SKBSCOPE_WHY_TIMEOUT,
		  heard_why(&self->heard, SCOPE_STATION_END_DROPPED));
	EXPECT_EQ(1, drops_of("SCOPE_CLOSED"));
	expect_books(DELIVERED, 1, 0);
}

/* The process that holds it is killed, when nothing else is left of the socket */
TEST_F(end, holder_is_killed)
{
	struct genl *genl = &self->genl[1];
	int status, pipes[2];
	struct genl other;
	char ready;
	pid_t pid;

	ASSERT_EQ(0, pipe(pipes));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct genl_request req;

		close(self->tx);
		close(self->rx);
		if (path_enter(&self->path, 1) || genl_open(&other))
			abort();
		rule_begin(&other, &req, SKBSCOPE_ACTION_HOLD,
			   STATION_BIT(END_DROPPED) | STATION_BIT(END_CONSUMED));
		if (rule_end(&other, &req) < 0 || write(pipes[1], "x", 1) != 1)
			abort();
		pause();
	}
	ASSERT_EQ(1, read(pipes[0], &ready, 1));
	send_one();
	close(self->rx);
	self->rx = -1;
	for (status = 0; status < SCOPE_PATIENCE; status++) {
		if (held_get(genl, self->held) > 0)
			break;
		usleep(1000);
	}
	EXPECT_LE(1, self->held->nr);
	EXPECT_EQ(0, drops_of("SCOPE_CLOSED"));
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, held_await(genl, self->held, 0));
	EXPECT_NE(0, heard_why(&self->heard, SCOPE_STATION_END_DROPPED));
	EXPECT_EQ(1, drops_of("SCOPE_CLOSED"));
	close(pipes[0]);
	close(pipes[1]);
}

static int delete_device(const char *name)
{
	struct path_request req = {
		.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(req.ifi)),
		.nlh.nlmsg_type = RTM_DELLINK,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
	};
	char answer[512];

	path_put(&req, IFLA_IFNAME, name, strlen(name) + 1);
	return path_ask(&req, answer, sizeof(answer)) < 0 ? -1 : 0;
}

/* It went down, for which a packet is dropped; and goes, which it does not mind */
TEST_F(end, device_goes)
{
	struct genl *genl = &self->genl[0];
	struct ifreq ifr = { .ifr_flags = 0 };
	struct genl_request req;
	struct genl_attrs attrs;
	int rule;

	if (variant->pair || variant->raw)
		SKIP(return, "datagrams have shown it");
	rule_begin(genl, &req, SKBSCOPE_ACTION_HOLD, STATION_BIT(DEVICE_QUEUE) |
		   STATION_BIT(END_DROPPED));
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	ASSERT_EQ((ssize_t)strlen(TEXT),
		  scope_sendto(self->tx, TEXT, strlen(TEXT), 0,
			       path_to(&self->path, 1, SCOPE_RX_PORT)));
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	ASSERT_EQ(0, path_dev_ioctl(path_dev(&self->path, 0), SIOCSIFFLAGS,
				    &ifr));
	if (variant->kind != PATH_SCOPE0)
		ASSERT_EQ(0, delete_device(path_dev(&self->path, 0)));
	ASSERT_EQ(1, held_get(genl, self->held));
	EXPECT_EQ(SCOPE_STATION_END_DROPPED, self->held->at[0].station);
	ASSERT_EQ(0, genl_get(genl, SKBSCOPE_CMD_HELD_GET, SKBSCOPE_A_HELD_ID,
			      &self->held->at[0].id, sizeof(__u64), &attrs));
	EXPECT_STREQ("SCOPE_DEV_DOWN",
		     genl_string(&attrs, SKBSCOPE_A_HELD_REASON_NAME));
	EXPECT_EQ(self->path.ifindex[0],
		  genl_u32(&attrs, SKBSCOPE_A_HELD_IFINDEX));
	EXPECT_EQ(0, rule_del(genl, rule));
	ASSERT_EQ(0, ledger_rest(genl, &(struct ledger){}));
	EXPECT_EQ(1, ledger_await_reason(genl, "SCOPE_DEV_DOWN", 1));
}

/* What others free can't be held, and is counted as that */
TEST_F(end, freed_by_others)
{
	struct genl *genl = &self->genl[0];
	struct ifreq ifr = { .ifr_flags = 0 };
	struct genl_request req;
	int rule;

	if (variant->kind != PATH_VETH || variant->raw)
		SKIP(return, "scope0 is the family's");
	rule_begin(genl, &req, SKBSCOPE_ACTION_HOLD, STATION_BIT(END_DROPPED));
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	ASSERT_EQ(0, path_enter(&self->path, 1));
	ASSERT_EQ(0, path_dev_ioctl(path_dev(&self->path, 1), SIOCSIFFLAGS,
				    &ifr));
	ASSERT_EQ(0, path_enter(&self->path, 0));
	scope_sendto(self->tx, TEXT, strlen(TEXT), 0,
		     path_to(&self->path, 1, SCOPE_RX_PORT));
	ASSERT_EQ(0, ledger_rest(genl, &(struct ledger){}));
	EXPECT_EQ(1, rule_count(genl, rule, SKBSCOPE_A_RULE_MISSED));
	EXPECT_EQ(0, held_get(genl, self->held));
}

/* Ten thousand come and go, the last ones first */
TEST_F_TIMEOUT(end, many, 240)
{
	const int all = scope_slowness() < 10 ? 10000 : 1000, batch = 100;
	struct genl *genl = &self->genl[1];
	int i, j, rule;

	rule = hold_at(END_CONSUMED, 0, 0);
	ASSERT_LT(0, rule);
	for (i = 0; i < all; i += batch) {
		for (j = 0; j < batch; j++) {
			send_one();
			read_one();
		}
		ASSERT_EQ(batch, held_await(genl, self->held, batch));
		for (j = batch - 1; j >= 0; j--)
			ASSERT_EQ(0, verdict(genl, self->held->at[j].id,
					     SKBSCOPE_VERDICT_CONTINUE));
	}
	EXPECT_EQ((__u64)all, rule_count(genl, rule, SKBSCOPE_A_RULE_HITS));
	expect_books(DELIVERED, all, 0);
}

/* Namespaces go while packets are at their ends there: nothing else has them */
TEST_F(end, netns_goes)
{
	ASSERT_LT(0, hold_at(END_CONSUMED, SKBSCOPE_A_RULE_PERSIST, 0));
	ASSERT_LT(0, hold_at(END_DROPPED, 0, 0));
	send_one();
	send_one();
	ASSERT_EQ(0, ledger_rest(&self->genl[1], &(struct ledger){}));
	read_one();
	close(self->rx);
	self->rx = -1;
	ASSERT_EQ(1, held_await(&self->genl[1], self->held, 1));
	genl_close(&self->genl[0]);
	genl_close(&self->genl[1]);
	genl_close(&self->heard);
	close(self->tx);
	self->tx = -1;
	close(self->path.netns[0]);
	if (variant->kind == PATH_VETH)
		close(self->path.netns[1]);
	/* The teardown, whose ledgers balance, is in a new one */
	ASSERT_LE(0, path_new_netns());
	ASSERT_EQ(0, genl_open(&self->genl[0]));
	ASSERT_EQ(0, genl_open(&self->genl[1]));
	ASSERT_EQ(0, genl_open(&self->heard));
}

TEST_HARNESS_MAIN
