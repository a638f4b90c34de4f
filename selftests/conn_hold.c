// SPDX-License-Identifier: GPL-2.0
/*
 * conn_hold.c - proves that a segment can be parked at each station that it
 * passes with a function behind it, that a connection gets over one that is, by
 * sending it again, and that it loses nothing when it goes on, is dropped, or is
 * closed meanwhile
 *
 * Test-timeout: 300
 */
#include "conn_hold.h"

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
	ASSERT_EQ(0, conn_open_joined(&self->conn, variant->kind,
				      variant->type));
	ASSERT_EQ(0, conn_hold_open(&self->conn, self->genl, &self->held));
}

FIXTURE_TEARDOWN(hold)
{
	EXPECT_EQ(0, conn_hold_close(&self->conn, self->genl, self->held));
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
		return kind == CONN_PAIR;
	case SCOPE_STATION_PROTOCOL_PUSH:
	case SCOPE_STATION_PROTOCOL_DELIVER:
	case SCOPE_STATION_SOCKET_QUEUE:
		return true;
	case SCOPE_STATION_DEVICE_XMIT:
		return kind == CONN_SCOPE0 || kind == CONN_VETH;
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
		EXPECT_EQ(0, rule_count(genl, rule, SKBSCOPE_A_RULE_MISSED));
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

/* Sends words; returns how many were taken */
static int send_words(int fd, const char * const words[5])
{
	int i;

	for (i = 0; i < 5; i++)
		if (send(fd, words[i], strlen(words[i]), MSG_NOSIGNAL) !=
		    (ssize_t)strlen(words[i]))
			break;
	return i;
}

/* Reads them, and returns how many came as they were sent */
static int read_words(int fd, int type, const char * const words[5])
{
	char all[64] = "", got[64] = "";
	int i;

	for (i = 0; i < 5; i++) {
		strcat(all, words[i]);
		memset(got, 0, sizeof(got));
		if (type == SOCK_SEQPACKET && (recv(fd, got, 63, 0) < 0 ||
					       strcmp(got, words[i])))
			return i;
	}
	if (type == SOCK_STREAM && (recv(fd, got, strlen(all), MSG_WAITALL) < 0 ||
				    strcmp(got, all)))
		return 0;
	return i;
}

static const char * const some[5] = { "one", "two", "three", "four", "five" };

/* One that is held where it is to be queued has not arrived; the others wait */
TEST_F(hold, not_arrived)
{
	struct genl *genl = &self->genl[1];
	struct genl_attrs attrs, conn;
	socklen_t len = sizeof(__u64);
	__u64 cookie;
	int rule, i;
	char got[8];

	if (variant->kind == CONN_PAIR)
		SKIP(return, "a socketpair() has what was sent at once");
	ASSERT_EQ(0, getsockopt(server, SOL_SOCKET, SO_COOKIE, &cookie, &len));
	rule = hold_nth(genl, STATION_BIT(SOCKET_QUEUE), 1, false);
	ASSERT_LT(0, rule);
	ASSERT_EQ(5, send_words(client, some));
	ASSERT_LE(1, held_some(genl, self->held));
	for (i = 0; i < SCOPE_PATIENCE; i++) {
		ASSERT_EQ(0, genl_get(genl, SKBSCOPE_CMD_SOCKET_GET,
				      SKBSCOPE_A_SOCKET_COOKIE, &cookie,
				      sizeof(cookie), &attrs));
		genl_parse_nest(&conn, attrs.at[SKBSCOPE_A_SOCKET_CONN]);
		if (genl_u32(&conn, SKBSCOPE_A_CONN_OUT_OF_ORDER) == 4)
			break;
		usleep(1000);
	}
	EXPECT_EQ(4, genl_u32(&conn, SKBSCOPE_A_CONN_OUT_OF_ORDER));
	EXPECT_LT(0, genl_u32(&attrs, SKBSCOPE_A_SOCKET_RMEM));
	EXPECT_EQ(EAGAIN, errno_of(recv(server, got, sizeof(got),
					MSG_DONTWAIT)));
	EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
			     SKBSCOPE_VERDICT_CONTINUE));
	EXPECT_EQ(5, read_words(server, variant->type, some));
	EXPECT_EQ(0, rule_count(genl, rule, SKBSCOPE_A_RULE_MISSED));
	EXPECT_EQ(0, rule_del(genl, rule));
}

/* They were told to be here, out of order, and two are lost in their turn */
TEST_F(hold, lost_in_its_turn)
{
	struct genl *genl = &self->genl[1];
	struct genl_request req;
	int all, rule, i;

	if (variant->kind == CONN_PAIR)
		SKIP(return, "a socketpair() has what was sent at once");
	rule_begin(genl, &req, SKBSCOPE_ACTION_HOLD,
		   STATION_BIT(PROTOCOL_DELIVER));
	genl_put_u32(&req, SKBSCOPE_A_RULE_TRAFFIC, SKBSCOPE_TRAFFIC_DATA);
	genl_put(&req, SKBSCOPE_A_RULE_LOOSE, NULL, 0);
	all = rule_end(genl, &req);
	ASSERT_LT(0, all);
	rule_begin(genl, &req, SKBSCOPE_ACTION_DROP, STATION_BIT(SOCKET_QUEUE));
	genl_put_u64(&req, SKBSCOPE_A_RULE_NTH, 2);
	genl_put_u64(&req, SKBSCOPE_A_RULE_EVERY, 2);
	genl_put_u64(&req, SKBSCOPE_A_RULE_COUNT, 2);
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	ASSERT_EQ(5, send_words(client, some));
	for (i = 0; i < SCOPE_PATIENCE && held_get(genl, self->held) < 5; i++)
		usleep(1000);
	ASSERT_LE(5, self->held->nr);
	/* From the last one to the first */
	for (i = 4; i >= 0; i--)
		EXPECT_EQ(0, verdict(genl, self->held->at[i].id,
				     SKBSCOPE_VERDICT_CONTINUE));
	EXPECT_EQ(0, rule_del(genl, all));
	EXPECT_EQ(5, read_words(server, variant->type, some));
	EXPECT_EQ(2, rule_count(genl, rule, SKBSCOPE_A_RULE_HITS));
	EXPECT_EQ(0, rule_del(genl, rule));
}

/* Whatever happens there, what is read is what was sent */
TEST_F(hold, spoilt_queue)
{
	const struct {
		__u32 action;
		int attr;
		__u32 value;
	} faults[] = {
		{ SKBSCOPE_ACTION_DROP },
		{ SKBSCOPE_ACTION_ENOMEM },
		{ SKBSCOPE_ACTION_DUPLICATE },
		{ SKBSCOPE_ACTION_DELAY, SKBSCOPE_A_RULE_DELAY, 5 },
		{ SKBSCOPE_ACTION_REORDER, SKBSCOPE_A_RULE_DELAY, 5 },
		{ SKBSCOPE_ACTION_TRUNCATE, SKBSCOPE_A_RULE_OFFSET, 2 },
		{ SKBSCOPE_ACTION_TRUNCATE, SKBSCOPE_A_RULE_OFFSET, 0 },
	};
	struct genl *genl = &self->genl[1];
	struct genl_request req;
	unsigned int i, j;
	int rule;

	if (variant->kind == CONN_PAIR)
		SKIP(return, "a socketpair() sends nothing again");
	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		rule_begin(genl, &req, faults[i].action,
			   STATION_BIT(SOCKET_QUEUE));
		genl_put_u64(&req, SKBSCOPE_A_RULE_EVERY, 2);
		if (faults[i].attr)
			genl_put_u32(&req, faults[i].attr, faults[i].value);
		rule = rule_end(genl, &req);
		ASSERT_LT(0, rule);
		for (j = 0; j < 3; j++) {
			ASSERT_EQ(5, send_words(client, some));
			EXPECT_EQ(5, read_words(server, variant->type, some));
		}
		EXPECT_LE(1, rule_count(genl, rule, SKBSCOPE_A_RULE_HITS));
		EXPECT_EQ(0, rule_count(genl, rule, SKBSCOPE_A_RULE_MISSED));
		EXPECT_EQ(0, rule_del(genl, rule));
	}
}

/* What was urgent is cut off: then nothing is, nor is an octet before it */
TEST_F(hold, urgent_cut_off)
{
	struct genl *genl = &self->genl[1];
	struct genl_request req;
	char octet;
	int rule;

	if (variant->kind != CONN_PAIR || variant->type != SOCK_STREAM)
		SKIP(return, "a connection sends what was cut off again");
	rule_begin(genl, &req, SKBSCOPE_ACTION_TRUNCATE,
		   STATION_BIT(SOCKET_ALLOC));
	genl_put_u32(&req, SKBSCOPE_A_RULE_OFFSET, 0);
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	ASSERT_EQ(1, send(client, "!", 1, MSG_OOB));
	EXPECT_EQ(1, rule_count(genl, rule, SKBSCOPE_A_RULE_HITS));
	EXPECT_EQ(EINVAL, errno_of(recv(server, &octet, 1,
					MSG_OOB | MSG_DONTWAIT)));
	EXPECT_EQ(0, rule_del(genl, rule));
	send_text("abc", 0);
	expect_text(server, "abc", 8, 0);
}

/* A copy of one that is held, and octets written over; closed with one held */
TEST_F(hold, doubled_in_the_queue)
{
	struct genl *genl = &self->genl[1];
	struct genl_request req;
	struct ledger ledger;
	int rule, i;
	__u64 made;

	if (variant->kind == CONN_PAIR)
		SKIP(return, "a socketpair()'s copy is read twice");
	rule = hold_nth(genl, STATION_BIT(SOCKET_QUEUE), 1, false);
	ASSERT_LT(0, rule);
	send_text("abc", 0);
	ASSERT_LE(1, held_some(genl, self->held));
	for (i = 0; i < 2; i++) {
		verdict_begin(genl, &req, self->held->at[0].id,
			      i ? SKBSCOPE_VERDICT_CLONE :
				  SKBSCOPE_VERDICT_DUPLICATE);
		EXPECT_EQ(0, verdict_end(genl, &req, &made));
	}
	EXPECT_EQ(0, verdict_edit(genl, self->held->at[0].id,
				  SKBSCOPE_PLACE_PAYLOAD, 0, "x", false));
	EXPECT_EQ(0, verdict_value(genl, self->held->at[0].id,
				   SKBSCOPE_VERDICT_EXPAND_HEAD, 64));
	EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
			     SKBSCOPE_VERDICT_LINEARIZE));
	EXPECT_EQ(0, rule_del(genl, rule));
	expect_text(server, "xbc", 8, 0);
	send_text("def", 0);
	expect_text(server, "def", 8, 0);

	rule = hold_nth(genl, STATION_BIT(SOCKET_QUEUE), 1, false);
	ASSERT_LT(0, rule);
	send_text("abc", 0);
	ASSERT_LE(1, held_some(genl, self->held));
	ASSERT_EQ(0, conn_shut(&server));
	EXPECT_EQ(0, held_get(genl, self->held));
	ASSERT_EQ(0, ledger_rest(genl, &ledger));
	EXPECT_LE(1, ledger_reason(&ledger, "SCOPE_CLOSED"));
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
