// SPDX-License-Identifier: GPL-2.0
/*
 * conn_hold_end.c - proves that a segment can be parked where it is about to be
 * freed: read, acknowledged, merged into another one, or dropped; that the
 * connection minds none of it, and that what became of it is booked when it ends
 *
 * Test-timeout: 300
 */
#include "conn_hold.h"

FIXTURE(end) {
	struct conn conn;
	struct genl genl[2];
	struct held_list *held;
};

FIXTURE_VARIANT(end) {
	enum conn_kind kind;
	int type;
};

FIXTURE_VARIANT_ADD(end, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(end, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(end, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(end, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(end, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(end, record_pair) { CONN_PAIR, SOCK_SEQPACKET };

FIXTURE_SETUP(end)
{
	ASSERT_EQ(0, conn_open_joined(&self->conn, variant->kind,
				      variant->type));
	ASSERT_EQ(0, conn_hold_open(&self->conn, self->genl, &self->held));
}

FIXTURE_TEARDOWN(end)
{
	EXPECT_EQ(0, conn_hold_close(&self->conn, self->genl, self->held));
}

/* What ends with one of the sockets */
static int hold_of(struct genl *genl, __u32 stations, __u32 traffic, int fd)
{
	struct genl_request req;

	rule_begin(genl, &req, SKBSCOPE_ACTION_HOLD, stations);
	genl_put_u32(&req, SKBSCOPE_A_RULE_TRAFFIC, traffic);
	if (fd >= 0)
		genl_put_u64(&req, SKBSCOPE_A_RULE_COOKIE, ledger_cookie(fd));
	genl_put_u32(&req, SKBSCOPE_A_RULE_LIMIT, HELD_MAX);
	return rule_end(genl, &req);
}

#define expect_books(genl, symbol, there, held_there) do {		\
	struct ledger ledger_;						\
									\
	ASSERT_EQ(0, ledger_rest(genl, &ledger_));			\
	EXPECT_EQ(0, ledger_missing(&ledger_));				\
	EXPECT_EQ(there, ledger_count(&ledger_, symbol));		\
	EXPECT_EQ(held_there, ledger_count(&ledger_, HELD));		\
} while (0)

TEST_F(end, read)
{
	struct genl *genl = &self->genl[1];
	struct genl_attrs attrs;
	int rule, i;

	rule = hold_of(genl, STATION_BIT(END_CONSUMED), SKBSCOPE_TRAFFIC_DATA,
		       server);
	ASSERT_LT(0, rule);
	for (i = 0; i < 2; i++) {
		send_text("abc", 0);
		expect_text(server, "abc", 8, 0);
	}
	ASSERT_EQ(2, held_await(genl, self->held, 2));
	EXPECT_EQ(SCOPE_STATION_END_CONSUMED, self->held->at[1].station);
	EXPECT_EQ(3, self->held->at[1].len);
	expect_books(genl, DELIVERED, 0, 2);
	EXPECT_EQ(-EOPNOTSUPP, verdict(genl, self->held->at[1].id,
				       SKBSCOPE_VERDICT_CLONE));
	EXPECT_EQ(0, verdict_edit(genl, self->held->at[1].id,
				  SKBSCOPE_PLACE_DATA, 0, "x", false));
	EXPECT_EQ(0, verdict(genl, self->held->at[1].id,
			     SKBSCOPE_VERDICT_CONTINUE));
	expect_books(genl, DELIVERED, 1, 1);
	ASSERT_EQ(0, ledger_socket(genl, server, &attrs));
	EXPECT_EQ(1, genl_u64(&attrs, SKBSCOPE_A_SOCKET_DELIVERED));
	EXPECT_EQ(1, genl_u64(&attrs, SKBSCOPE_A_SOCKET_HELD));
	EXPECT_EQ(0, rule_del(genl, rule));
	expect_books(genl, DELIVERED, 2, 0);
}

/* Kept until the peer has it; it is not sent again because it is not freed */
TEST_F(end, acknowledged)
{
	struct genl *genl = &self->genl[0];
	socklen_t len = sizeof(struct scope_info);
	struct scope_info info;
	struct ledger ledger;
	__u64 derived;
	int rule;

	if (variant->kind == CONN_PAIR)
		SKIP(return, "a socketpair() keeps nothing");
	rule = hold_of(genl, STATION_BIT(END_CONSUMED), SKBSCOPE_TRAFFIC_DATA,
		       client);
	ASSERT_LT(0, rule);
	send_text("abc", 0);
	expect_text(server, "abc", 8, 0);
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	EXPECT_EQ(SCOPE_STATION_END_CONSUMED, self->held->at[0].station);
	expect_books(genl, ACKED, 0, 1);
	expect_books(genl, KEPT, 0, 1);
	EXPECT_EQ(0, scope_ioctl_int(client, SIOCOUTQ));
	EXPECT_EQ(0, rule_del(genl, rule));
	expect_books(genl, ACKED, 1, 0);
	ASSERT_EQ(0, getsockopt(client, SOL_SCOPE, SCOPE_INFO, &info, &len));
	EXPECT_EQ(0, info.retransmits);
	ASSERT_EQ(0, ledger_read(genl, &ledger));
	derived = ledger_count(&ledger, DERIVED);
	send_text("def", 0);
	expect_text(server, "def", 8, 0);
	ASSERT_EQ(0, ledger_rest(genl, &ledger));
	EXPECT_EQ(derived + 1, ledger_count(&ledger, DERIVED));
}

/* Small ones' octets are with others' already */
TEST_F(end, merged)
{
	struct genl *genl = &self->genl[1];
	int rule, i;

	if (variant->kind == CONN_PAIR || variant->type != SOCK_STREAM)
		SKIP(return, "nothing is merged there");
	rule = hold_of(genl, STATION_BIT(END_CONSUMED), SKBSCOPE_TRAFFIC_DATA,
		       server);
	ASSERT_LT(0, rule);
	for (i = 1; i <= 3; i++) {
		send_text("x", 0);
		ASSERT_EQ(i, conn_await_bytes(server, i));
	}
	ASSERT_LE(1, held_get(genl, self->held));
	expect_books(genl, MERGED, 0, (__u64)self->held->nr);
	for (i = 0; i < self->held->nr; i++)
		EXPECT_EQ(0, verdict(genl, self->held->at[i].id,
				     SKBSCOPE_VERDICT_CONTINUE));
	expect_books(genl, MERGED, (__u64)self->held->nr, 0);
	EXPECT_EQ(0, rule_del(genl, rule));
	expect_text(server, "xxx", 8, 0);
}

/* The protocol's own are counted apart, and the connection has read them */
TEST_F(end, control)
{
	struct genl *genl = &self->genl[0];
	int rule, nr;

	if (variant->kind == CONN_PAIR)
		SKIP(return, "a socketpair() has no frames of its own");
	rule = hold_of(genl, STATION_BIT(END_CONSUMED),
		       SKBSCOPE_TRAFFIC_CONTROL, -1);
	ASSERT_LT(0, rule);
	send_text("abc", 0);
	expect_text(server, "abc", 8, 0);
	EXPECT_EQ(0, conn_await_ioctl(client, SIOCOUTQ, 0));
	nr = held_get(genl, self->held);
	ASSERT_LE(1, nr);
	expect_books(genl, QUEUED, 0, 0);
	EXPECT_EQ(0, rule_del(genl, rule));
	EXPECT_EQ(0, held_get(genl, self->held));
	expect_books(genl, QUEUED, 0, 0);
}

/* All that ends meanwhile stays there, and what was sent is read all the same */
TEST_F(end, all)
{
	static char data[4][20000], got[20000];
	struct ledger ledger;
	int rule[2], end, i;

	for (end = 0; end < 2; end++) {
		rule[end] = hold_of(&self->genl[end],
				    STATION_BIT(END_CONSUMED) |
				    STATION_BIT(END_DROPPED),
				    SKBSCOPE_TRAFFIC_ANY, -1);
		ASSERT_LT(0, rule[end]);
	}
	for (i = 0; i < 4; i++) {
		scope_fill(data[i], sizeof(data[i]), i);
		ASSERT_EQ((ssize_t)sizeof(data[i]),
			  send(client, data[i], sizeof(data[i]), 0));
		ASSERT_EQ((ssize_t)sizeof(got),
			  recv(server, got, sizeof(got), MSG_WAITALL));
		EXPECT_TRUE(scope_filled(got, sizeof(got), i));
	}
	EXPECT_LE(4, held_get(&self->genl[1], self->held));
	ASSERT_EQ(0, ledger_rest(&self->genl[1], &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
	EXPECT_EQ(0, ledger_count(&ledger, DELIVERED));
	EXPECT_LE(4, ledger_count(&ledger, HELD));
	/* Both sockets end before what is left of their packets does */
	ASSERT_EQ(0, conn_shut(&client));
	ASSERT_EQ(0, conn_shut(&server));
	EXPECT_LE(4, held_get(&self->genl[1], self->held));
	for (end = 0; end < 2; end++)
		EXPECT_EQ(0, rule_del(&self->genl[end], rule[end]));
	expect_books(&self->genl[1], QUEUED, 0, 0);
}

/* What is not read goes with its socket, and stays at its end behind it */
TEST_F(end, dropped)
{
	struct genl *genl = &self->genl[1];
	struct genl_attrs attrs;
	struct ledger ledger;
	int rule;

	rule = hold_of(genl, STATION_BIT(END_DROPPED), SKBSCOPE_TRAFFIC_DATA,
		       server);
	ASSERT_LT(0, rule);
	send_text("abc", 0);
	ASSERT_EQ(3, conn_await_bytes(server, 3));
	ASSERT_EQ(0, conn_shut(&server));
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	ASSERT_EQ(0, genl_get(genl, SKBSCOPE_CMD_HELD_GET, SKBSCOPE_A_HELD_ID,
			      &self->held->at[0].id, sizeof(__u64), &attrs));
	EXPECT_STREQ("SCOPE_CLOSED",
		     genl_string(&attrs, SKBSCOPE_A_HELD_REASON_NAME));
	ASSERT_EQ(0, conn_shut(&client));
	ASSERT_EQ(1, held_get(genl, self->held));
	ASSERT_EQ(0, ledger_rest(genl, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
	EXPECT_EQ(0, ledger_reason(&ledger, "SCOPE_CLOSED"));
	/* Its owner goes, which ends it */
	genl_close(genl);
	ASSERT_EQ(0, conn_enter(&self->conn, 1));
	ASSERT_EQ(0, genl_open(genl));
	EXPECT_EQ(0, held_await(genl, self->held, 0));
	EXPECT_EQ(1, ledger_await_reason(genl, "SCOPE_CLOSED", 1));
}

TEST_HARNESS_MAIN
