// SPDX-License-Identifier: GPL-2.0
/*
 * conn_hold.c - proves that a segment can be parked at each station that it
 * passes with a function behind it, that a connection gets over one that is, by
 * sending it again, and that it loses nothing when it goes on, is dropped, or is
 * closed meanwhile
 *
 * Test-timeout: 300
 */
#include "conn.h"
#include "rule.h"

FIXTURE(hold) {
	struct conn conn;
	struct genl genl[2];
	struct held_list *held;
};

FIXTURE_VARIANT(hold) {
	enum conn_kind kind;
	int type;
};

FIXTURE_VARIANT_ADD(hold, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(hold, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(hold, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(hold, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(hold, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(hold, record_pair) { CONN_PAIR, SOCK_SEQPACKET };

FIXTURE_SETUP(hold)
{
	self->held = calloc(1, sizeof(*self->held));
	ASSERT_NE(NULL, self->held);
	ASSERT_EQ(0, conn_open_joined(&self->conn, variant->kind,
				      variant->type));
	ASSERT_EQ(0, conn_enter(&self->conn, 1));
	ASSERT_EQ(0, genl_open(&self->genl[1]));
	ASSERT_EQ(0, conn_enter(&self->conn, 0));
	ASSERT_EQ(0, genl_open(&self->genl[0]));
}

FIXTURE_TEARDOWN(hold)
{
	int end;

	EXPECT_EQ(0, conn_close(&self->conn));
	for (end = 0; end < 2; end++) {
		EXPECT_EQ(0, held_get(&self->genl[end], self->held));
		genl_close(&self->genl[end]);
	}
	free(self->held);
}

static const struct {
	__u32	station;
	int	end;
} places[] = {
	{ SCOPE_STATION_SOCKET_ALLOC, 0 },
	{ SCOPE_STATION_PROTOCOL_PUSH, 0 },
	{ SCOPE_STATION_PROTOCOL_CLONE, 0 },
	{ SCOPE_STATION_DEVICE_QUEUE, 0 },
	{ SCOPE_STATION_DEVICE_XMIT, 0 },
	{ SCOPE_STATION_DEVICE_RECEIVE, 1 },
	{ SCOPE_STATION_PROTOCOL_RECEIVE, 1 },
	{ SCOPE_STATION_PROTOCOL_DELIVER, 1 },
	{ SCOPE_STATION_SOCKET_QUEUE, 1 },
};

/* Where a segment passes, and can be had */
static bool passes(enum conn_kind kind, __u32 station)
{
	switch (station) {
	case SCOPE_STATION_SOCKET_ALLOC:
	case SCOPE_STATION_SOCKET_QUEUE:
		return kind == CONN_PAIR;
	case SCOPE_STATION_PROTOCOL_PUSH:
	case SCOPE_STATION_PROTOCOL_DELIVER:
		return true;
	case SCOPE_STATION_DEVICE_XMIT:
		return kind == CONN_SCOPE0;
	default:
		return kind != CONN_PAIR;
	}
}

/* Who is not answered sends again: there may be another one behind it soon */
static int held_some(struct genl *genl, struct held_list *list)
{
	int i, got = 0;

	for (i = 0; i < SCOPE_PATIENCE && !got; i++) {
		got = held_get(genl, list);
		usleep(got ? 0 : 1000);
	}
	return got;
}

/* Of data, the nth one */
static int hold_nth(struct genl *genl, __u32 stations, __u64 nth, bool loose)
{
	struct genl_request req;

	rule_begin(genl, &req, SKBSCOPE_ACTION_HOLD, stations);
	genl_put_u32(&req, SKBSCOPE_A_RULE_TRAFFIC, SKBSCOPE_TRAFFIC_DATA);
	genl_put_u64(&req, SKBSCOPE_A_RULE_NTH, nth);
	if (loose)
		genl_put(&req, SKBSCOPE_A_RULE_LOOSE, NULL, 0);
	return rule_end(genl, &req);
}

TEST_F(hold, everywhere)
{
	struct genl *genl;
	unsigned int i;
	char got[8];
	int rule;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!passes(variant->kind, places[i].station))
			continue;
		genl = &self->genl[places[i].end];
		rule = hold_nth(genl, 1 << places[i].station, 1, false);
		ASSERT_LT(0, rule);
		send_text("abc", 0);
		ASSERT_LE(1, held_some(genl, self->held));
		EXPECT_EQ(places[i].station, self->held->at[0].station);
		EXPECT_EQ(EAGAIN, errno_of(recv(server, got, sizeof(got),
						MSG_DONTWAIT)));
		EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
				     SKBSCOPE_VERDICT_CONTINUE));
		expect_text(server, "abc", 8, 0);
		EXPECT_EQ(0, rule_del(genl, rule));
	}
}

/* A lost one comes again */
TEST_F(hold, dropped)
{
	struct genl *genl;
	unsigned int i;
	int rule;

	if (variant->kind == CONN_PAIR)
		SKIP(return, "a socketpair() sends nothing again");
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!passes(variant->kind, places[i].station))
			continue;
		genl = &self->genl[places[i].end];
		rule = hold_nth(genl, 1 << places[i].station, 1, false);
		ASSERT_LT(0, rule);
		send_text("abc", 0);
		ASSERT_LE(1, held_some(genl, self->held));
		EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
				     SKBSCOPE_VERDICT_DROP));
		expect_text(server, "abc", 8, 0);
		EXPECT_EQ(0, rule_del(genl, rule));
	}
}

/* The second of five stands still; the connection does not, and sends it again */
TEST_F(hold, overtaken)
{
	struct genl *genl = &self->genl[0];
	const char * const words[] = { "one", "two", "three", "four", "five" };
	socklen_t len = sizeof(struct scope_info);
	struct scope_info info;
	char all[20] = "";
	unsigned int i;
	int rule;

	if (variant->kind == CONN_PAIR)
		SKIP(return, "a socketpair() sends nothing again");
	rule = hold_nth(genl, STATION_BIT(DEVICE_QUEUE), 2, true);
	ASSERT_LT(0, rule);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		send_text(words[i], 0);
	if (variant->type == SOCK_STREAM) {
		EXPECT_EQ(19, recv(server, all, 19, MSG_WAITALL));
		EXPECT_STREQ("onetwothreefourfive", all);
	} else {
		for (i = 0; i < ARRAY_SIZE(words); i++)
			expect_text(server, words[i], 8, 0);
	}
	EXPECT_LE(1, held_get(genl, self->held));
	ASSERT_EQ(0, getsockopt(client, SOL_SCOPE, SCOPE_INFO, &info, &len));
	EXPECT_LE(1, info.retransmits);
	EXPECT_EQ(0, rule_del(genl, rule));
	send_text("six", 0);
	expect_text(server, "six", 8, 0);
}

/* What was sent arrives, though its sender is gone; and the end of it */
TEST_F(hold, closed)
{
	struct genl *genl = &self->genl[0];
	char got[8];
	int rule;

	rule = hold_nth(genl, STATION_BIT(PROTOCOL_PUSH), 1, false);
	ASSERT_LT(0, rule);
	send_text("abc", 0);
	ASSERT_LE(1, held_some(genl, self->held));
	ASSERT_EQ(0, conn_shut(&client));
	/* The other end of a pair is found by the open socket alone */
	EXPECT_EQ(variant->kind == CONN_PAIR, !held_get(genl, self->held));
	EXPECT_EQ(0, rule_del(genl, rule));
	expect_text(server, "abc", 8, 0);
	EXPECT_EQ(0, recv(server, got, sizeof(got), 0));
}

/* The handshake, too, is made of packets */
TEST_F(hold, opening)
{
	struct genl *genl = &self->genl[0];
	struct pollfd pfd = { .events = POLLOUT };
	struct genl_request req;
	int fd, rule;

	if (variant->kind == CONN_PAIR)
		SKIP(return, "a socketpair() opens nothing");
	rule_begin(genl, &req, SKBSCOPE_ACTION_HOLD, STATION_BIT(DEVICE_QUEUE));
	genl_put_u64(&req, SKBSCOPE_A_RULE_NTH, 1);
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	fd = conn_socket(&self->conn, 0, SOCK_NONBLOCK);
	ASSERT_LE(0, fd);
	EXPECT_EQ(EINPROGRESS,
		  errno_of(conn_connect(&self->conn, fd, SCOPE_RX_PORT)));
	ASSERT_LE(1, held_some(genl, self->held));
	EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
			     SKBSCOPE_VERDICT_CONTINUE));
	pfd.fd = fd;
	EXPECT_EQ(1, poll(&pfd, 1, SCOPE_PATIENCE));
	EXPECT_EQ(0, rule_del(genl, rule));
	close(fd);
}

TEST_HARNESS_MAIN
