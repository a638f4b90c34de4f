// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_show.c - proves that who asks for sockets by netlink is told of each
 * what `show' has the bits of and nothing else, the same as without it; and all
 * where he does not say
 */
#include "conn.h"

/* Which bit an attribute needs; 0 for what is always told */
static const __u32 group[] = {
	[SKBSCOPE_A_SOCKET_UID] = SKBSCOPE_SHOW_OWNER,
	[SKBSCOPE_A_SOCKET_REFS] = SKBSCOPE_SHOW_OWNER,
	[SKBSCOPE_A_SOCKET_SOCKET_STATE] = SKBSCOPE_SHOW_OWNER,
	[SKBSCOPE_A_SOCKET_INODE] = SKBSCOPE_SHOW_OWNER,
	[SKBSCOPE_A_SOCKET_RCVBUF] = SKBSCOPE_SHOW_MEMORY,
	[SKBSCOPE_A_SOCKET_SNDBUF] = SKBSCOPE_SHOW_MEMORY,
	[SKBSCOPE_A_SOCKET_RMEM] = SKBSCOPE_SHOW_MEMORY,
	[SKBSCOPE_A_SOCKET_WMEM] = SKBSCOPE_SHOW_MEMORY,
	[SKBSCOPE_A_SOCKET_DROPS] = SKBSCOPE_SHOW_MEMORY,
	[SKBSCOPE_A_SOCKET_RX_QUEUE_LEN] = SKBSCOPE_SHOW_QUEUES,
	[SKBSCOPE_A_SOCKET_RX_QUEUE_BYTES] = SKBSCOPE_SHOW_QUEUES,
	[SKBSCOPE_A_SOCKET_RX_QUEUE_TRUESIZE] = SKBSCOPE_SHOW_QUEUES,
	[SKBSCOPE_A_SOCKET_TX_QUEUE_LEN] = SKBSCOPE_SHOW_QUEUES,
	[SKBSCOPE_A_SOCKET_RX_SKB] = SKBSCOPE_SHOW_QUEUES,
	[SKBSCOPE_A_SOCKET_ALLOCATED] = SKBSCOPE_SHOW_COUNTS,
	[SKBSCOPE_A_SOCKET_TX_DROPPED] = SKBSCOPE_SHOW_COUNTS,
	[SKBSCOPE_A_SOCKET_RECEIVED] = SKBSCOPE_SHOW_COUNTS,
	[SKBSCOPE_A_SOCKET_DELIVERED] = SKBSCOPE_SHOW_COUNTS,
	[SKBSCOPE_A_SOCKET_RX_DROPPED] = SKBSCOPE_SHOW_COUNTS,
	[SKBSCOPE_A_SOCKET_HELD] = SKBSCOPE_SHOW_COUNTS,
	[SKBSCOPE_A_SOCKET_CONN] = SKBSCOPE_SHOW_CONN,
	[SKBSCOPE_A_SOCKET_SHOW] = 0,
};

/* Both ends of a connection, its listener, and a socketpair() */
#define SOCKETS	5

FIXTURE(show) {
	struct conn conn;
	struct genl genl;
	int fd[SOCKETS];
};

FIXTURE_SETUP(show)
{
	ASSERT_EQ(0, conn_open_joined(&self->conn, CONN_SCOPE0, SOCK_STREAM));
	ASSERT_EQ(0, genl_open(&self->genl));
	self->fd[0] = client;
	self->fd[1] = server;
	self->fd[2] = listener;
	ASSERT_EQ(0, socketpair(scope_family(), SOCK_DGRAM, 0, &self->fd[3]));
	send_text("seen", 0);
	ASSERT_EQ(4, conn_await_bytes(server, 4));
	ASSERT_EQ(1, send(self->fd[3], "x", 1, 0));
	ASSERT_EQ(POLLIN, scope_await(self->fd[4], POLLIN));
	/* Acknowledged, so that nothing changes meanwhile */
	ASSERT_EQ(0, conn_await_ioctl(client, SIOCOUTQ, 0));
}

FIXTURE_TEARDOWN(show)
{
	close(self->fd[3]);
	close(self->fd[4]);
	genl_close(&self->genl);
	EXPECT_EQ(0, conn_close(&self->conn));
}

/* One socket's attributes, good until the next request. Returns 0 or -errno */
static int ask(struct genl *genl, __u64 cookie, const __u32 *show,
	       struct genl_attrs *attrs)
{
	struct genl_request req;

	genl_begin(&req, genl->family, SKBSCOPE_CMD_SOCKET_GET, 0);
	genl_put_u64(&req, SKBSCOPE_A_SOCKET_COOKIE, cookie);
	if (show)
		genl_put_u32(&req, SKBSCOPE_A_SOCKET_SHOW, *show);
	return genl_ask_request(genl, &req, attrs);
}

/* Times and references pass; all else is the same in two answers */
static bool is_steady(int type)
{
	return type != SKBSCOPE_A_SOCKET_REFS && type != SKBSCOPE_A_SOCKET_CONN;
}

static bool is_same(const struct nlattr *a, const struct nlattr *b)
{
	return genl_len(a) == genl_len(b) &&
	       !memcmp(genl_data(a), genl_data(b), genl_len(a));
}

/* How many attributes of @all are wrongly there or not in @some, or otherwise */
static int differences(const struct genl_attrs *all,
		       const struct genl_attrs *some, __u32 show, bool dumped)
{
	bool want, have;
	int type, n = 0;

	for (type = 0; type < ARRAY_SIZE(group); type++) {
		want = all->at[type] && (!group[type] || group[type] & show) &&
		       !(dumped && type == SKBSCOPE_A_SOCKET_RX_SKB);
		have = some->at[type];
		if (want != have) {
			printf("# show %u: attribute %d is %sthere\n", show,
			       type, have ? "" : "not ");
			n++;
		} else if (want && is_steady(type) &&
			   !is_same(all->at[type], some->at[type])) {
			printf("# show %u: attribute %d is another one\n", show,
			       type);
			n++;
		}
	}
	return n;
}

/* Everything of a socket, from a conversation of its own, which is kept */
static void ask_all(struct __test_metadata *_metadata, struct genl *genl,
		    int fd, struct genl_attrs *all)
{
	ASSERT_EQ(0, genl_open(genl));
	ASSERT_EQ(0, ask(genl, ledger_cookie(fd), NULL, all));
}

TEST_F(show, of_one)
{
	struct genl_attrs all, some;
	struct genl *genl = malloc(sizeof(*genl));
	__u32 show;
	int i;

	for (i = 0; i < SOCKETS; i++) {
		ask_all(_metadata, genl, self->fd[i], &all);
		for (show = 0; show <= SKBSCOPE_SHOW_MASK; show++) {
			ASSERT_EQ(0, ask(&self->genl, ledger_cookie(self->fd[i]),
					 &show, &some));
			EXPECT_EQ(0, differences(&all, &some, show, false));
		}
		genl_close(genl);
	}
	free(genl);
}

/* Each kind of attribute was there to be left out */
TEST_F(show, all_where_nothing_is_said)
{
	struct genl_attrs attrs;
	bool met[ARRAY_SIZE(group)] = {};
	int i, type;

	for (i = 0; i < SOCKETS; i++) {
		ASSERT_EQ(0, ask(&self->genl, ledger_cookie(self->fd[i]), NULL,
				 &attrs));
		for (type = 0; type < ARRAY_SIZE(group); type++)
			met[type] |= !!attrs.at[type];
	}
	for (type = SKBSCOPE_A_SOCKET_COOKIE; type < SKBSCOPE_A_SOCKET_SHOW;
	     type++)
		EXPECT_TRUE(met[type])
			TH_LOG("attribute %d", type);
	EXPECT_FALSE(met[SKBSCOPE_A_SOCKET_SHOW]);
}

struct listed {
	__u64			cookie;
	const struct genl_attrs	*all;
	__u32			show;
	int			met;
	int			differences;
};

static void on_socket(const struct genl_attrs *attrs, void *arg)
{
	struct listed *listed = arg;

	if (genl_u64(attrs, SKBSCOPE_A_SOCKET_COOKIE) != listed->cookie)
		return;
	listed->met++;
	listed->differences += differences(listed->all, attrs, listed->show,
					   true);
}

TEST_F(show, of_all)
{
	struct genl *genl = malloc(sizeof(*genl));
	struct genl_attrs all;
	int i;

	for (i = 0; i < SOCKETS; i++) {
		struct listed listed = {
			.cookie = ledger_cookie(self->fd[i]),
			.all = &all,
		};

		ask_all(_metadata, genl, self->fd[i], &all);
		for (; listed.show <= SKBSCOPE_SHOW_MASK; listed.show++)
			ASSERT_EQ(SOCKETS,
				  genl_dump_of(&self->genl,
					       SKBSCOPE_CMD_SOCKET_GET,
					       SKBSCOPE_A_SOCKET_SHOW,
					       &listed.show,
					       sizeof(listed.show), on_socket,
					       &listed));
		EXPECT_EQ(SKBSCOPE_SHOW_MASK + 1, listed.met);
		EXPECT_EQ(0, listed.differences);
		genl_close(genl);
	}
	free(genl);
}

/* The errno comes with words that name what is allowed */
TEST_F(show, refused)
{
	const __u32 wrong[] = { SKBSCOPE_SHOW_MASK + 1, 1U << 31, ~0U };
	struct listed listed = {};
	struct genl_attrs attrs;
	__u64 cookie = ledger_cookie(client);
	int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(-EINVAL, ask(&self->genl, cookie, &wrong[i], &attrs));
		EXPECT_NE(NULL, strstr(self->genl.text, "conn 16"));
		EXPECT_EQ(-EINVAL,
			  genl_dump_of(&self->genl, SKBSCOPE_CMD_SOCKET_GET,
				       SKBSCOPE_A_SOCKET_SHOW, &wrong[i],
				       sizeof(wrong[i]), on_socket, &listed));
		EXPECT_NE(NULL, strstr(self->genl.text, "conn 16"));
	}
	/* Of a wrong size */
	EXPECT_EQ(-EINVAL,
		  genl_dump_of(&self->genl, SKBSCOPE_CMD_SOCKET_GET,
			       SKBSCOPE_A_SOCKET_SHOW, &wrong[0], 2, on_socket,
			       &listed));
	EXPECT_EQ(0, listed.met);
}

TEST_HARNESS_MAIN
