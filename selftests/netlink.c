// SPDX-License-Identifier: GPL-2.0
/*
 * netlink.c - proves that the generic netlink family answers as its spec says,
 * and agrees with what the socket calls tell of the same sockets
 */
#include <sys/resource.h>
#include <sys/stat.h>

#include "ledger.h"
#include "path.h"

FIXTURE(netlink) {
	struct path path;
	struct genl genl;
	int tx;
	int rx;			/* bound to SCOPE_RX_PORT */
};

FIXTURE_SETUP(netlink)
{
	ASSERT_EQ(0, path_open(&self->path, PATH_LOOP));
	ASSERT_EQ(0, genl_open(&self->genl));
	self->rx = scope_socket(0);
	self->tx = scope_socket(0);
	ASSERT_LE(0, self->tx);
	ASSERT_EQ(0, scope_bind(self->rx, scope_local(SCOPE_RX_PORT)));
}

FIXTURE_TEARDOWN(netlink)
{
	genl_close(&self->genl);
	close(self->tx);
	close(self->rx);
}

static unsigned long inode_of_netns(void)
{
	struct stat st;

	return stat("/proc/thread-self/ns/net", &st) ? 0 : st.st_ino;
}

TEST_F(netlink, info)
{
	struct genl_attrs info;

	ASSERT_EQ(0, genl_get(&self->genl, SKBSCOPE_CMD_INFO_GET, 0, NULL, 0,
			      &info));
	EXPECT_EQ(scope_family(), genl_u32(&info, SKBSCOPE_A_INFO_FAMILY));
	EXPECT_EQ(SCOPE_VERSION, genl_u32(&info, SKBSCOPE_A_INFO_VERSION));
	EXPECT_EQ(16, genl_u32(&info, SKBSCOPE_A_INFO_HEADER_LEN));
	EXPECT_EQ(inode_of_netns(), genl_u32(&info, SKBSCOPE_A_INFO_NETNS));
	EXPECT_EQ(if_nametoindex(SCOPE_DEV_NAME),
		  genl_u32(&info, SKBSCOPE_A_INFO_IFINDEX));
	EXPECT_EQ(2, genl_u32(&info, SKBSCOPE_A_INFO_SOCKETS));
	EXPECT_STRNE("", genl_string(&info, SKBSCOPE_A_INFO_RELEASE));
}

TEST_F(netlink, version_that_is_spoken)
{
	__u32 version = SCOPE_VERSION;
	struct genl_attrs info;

	EXPECT_EQ(0, genl_get(&self->genl, SKBSCOPE_CMD_INFO_GET,
			      SKBSCOPE_A_INFO_VERSION, &version, 4, &info));
	version++;
	EXPECT_EQ(-EPROTONOSUPPORT,
		  genl_get(&self->genl, SKBSCOPE_CMD_INFO_GET,
			   SKBSCOPE_A_INFO_VERSION, &version, 4, &info));
	EXPECT_NE(NULL, strstr(self->genl.text, "version"));
}

/* What is asked wrongly is told so, in words where the family has some */
TEST_F(netlink, requests_refused)
{
	__u64 cookie = ~0ULL >> 1;
	__u32 number = SCOPE_STATION_MAX + 1;
	struct genl_attrs attrs;

	EXPECT_EQ(-ENOENT, genl_get(&self->genl, SKBSCOPE_CMD_SOCKET_GET,
				    SKBSCOPE_A_SOCKET_COOKIE, &cookie, 8,
				    &attrs));
	EXPECT_NE(NULL, strstr(self->genl.text, "cookie"));
	EXPECT_EQ(-EINVAL, genl_get(&self->genl, SKBSCOPE_CMD_SOCKET_GET, 0,
				    NULL, 0, &attrs));
	EXPECT_NE(NULL, strstr(self->genl.text, "dump"));
	EXPECT_EQ(-ENOENT, genl_get(&self->genl, SKBSCOPE_CMD_STATION_GET,
				    SKBSCOPE_A_STATION_NUMBER, &number, 4,
				    &attrs));
	number = 0;
	EXPECT_EQ(-ENOENT, genl_get(&self->genl, SKBSCOPE_CMD_STATION_GET,
				    SKBSCOPE_A_STATION_NUMBER, &number, 4,
				    &attrs));
	EXPECT_EQ(-EINVAL, genl_get(&self->genl, SKBSCOPE_CMD_STATION_GET, 0,
				    NULL, 0, &attrs));
	/* Of a wrong size, of a type that has no place there, of no command */
	EXPECT_EQ(-EINVAL, genl_get(&self->genl, SKBSCOPE_CMD_SOCKET_GET,
				    SKBSCOPE_A_SOCKET_COOKIE, &cookie, 4,
				    &attrs));
	EXPECT_EQ(-EINVAL, genl_get(&self->genl, SKBSCOPE_CMD_SOCKET_GET,
				    SKBSCOPE_A_SOCKET_UID, &number, 4,
				    &attrs));
	EXPECT_EQ(-EOPNOTSUPP, genl_get(&self->genl, 99, 0, NULL, 0, &attrs));
	EXPECT_EQ(-EOPNOTSUPP, genl_get(&self->genl,
					SKBSCOPE_CMD_SOCKET_NEW_NTF, 0, NULL,
					0, &attrs));
}

/* An address as netlink tells it, beside one as the socket calls do */
static void expect_addr(struct __test_metadata *_metadata,
			const struct sockaddr_scope *want,
			const struct nlattr *nest)
{
	struct genl_attrs addr;

	ASSERT_NE(NULL, nest);
	genl_parse_nest(&addr, nest);
	EXPECT_EQ(ntohs(want->sscope_port), genl_u16(&addr,
						     SKBSCOPE_A_ADDR_PORT));
	EXPECT_EQ(want->sscope_ifindex, genl_u32(&addr,
						 SKBSCOPE_A_ADDR_IFINDEX));
	ASSERT_NE(NULL, addr.at[SKBSCOPE_A_ADDR_LINK]);
	ASSERT_EQ(SCOPE_ADDR_LEN, genl_len(addr.at[SKBSCOPE_A_ADDR_LINK]));
	EXPECT_EQ(0, memcmp(want->sscope_addr,
			    genl_data(addr.at[SKBSCOPE_A_ADDR_LINK]),
			    SCOPE_ADDR_LEN));
}

#define socket_u32(attr)	genl_u32(&attrs, SKBSCOPE_A_SOCKET_##attr)
#define socket_u64(attr)	genl_u64(&attrs, SKBSCOPE_A_SOCKET_##attr)

TEST_F(netlink, socket_as_the_calls_tell)
{
	const unsigned char link[6] = { 0x02, 0, 0, 0, 0, 0x77 };
	struct sockaddr_scope local, peer;
	socklen_t len = sizeof(local);
	struct genl_attrs attrs;
	struct stat st;

	peer = scope_addr(SCOPE_NO_PORT, self->path.ifindex[0], link);
	ASSERT_EQ(0, setsockopt(self->tx, SOL_SOCKET, SO_BINDTODEVICE, "ve0",
				3));
	ASSERT_EQ(0, fchown(self->tx, 1234, -1));
	ASSERT_EQ(0, scope_setsockopt_int(self->tx, SO_RCVBUF, 5000));
	ASSERT_EQ(0, scope_connect(self->tx, peer));
	ASSERT_EQ(0, shutdown(self->tx, SHUT_WR));
	ASSERT_EQ(0, getsockname(self->tx, (struct sockaddr *)&local, &len));
	ASSERT_EQ(0, fstat(self->tx, &st));

	ASSERT_EQ(0, ledger_socket(&self->genl, self->tx, &attrs));
	EXPECT_EQ(ledger_cookie(self->tx), socket_u64(COOKIE));
	EXPECT_EQ(SOCK_DGRAM, socket_u32(TYPE));
	EXPECT_EQ(3, socket_u32(SOCKET_STATE));	/* SS_CONNECTED */
	EXPECT_EQ(1, socket_u32(SK_STATE));	/* TCP_ESTABLISHED */
	expect_addr(_metadata, &local, attrs.at[SKBSCOPE_A_SOCKET_LOCAL]);
	expect_addr(_metadata, &peer, attrs.at[SKBSCOPE_A_SOCKET_PEER]);
	EXPECT_EQ(st.st_ino, socket_u64(INODE));
	EXPECT_EQ(1234, socket_u32(UID));
	EXPECT_EQ(1, socket_u32(REFS));
	EXPECT_EQ(2, socket_u32(SHUTDOWN));	/* SEND_SHUTDOWN */
	EXPECT_EQ(0, socket_u32(ERR));
	EXPECT_EQ(self->path.ifindex[0], socket_u32(BOUND_DEV));
	EXPECT_EQ(10000, socket_u32(RCVBUF));
	EXPECT_EQ(scope_getsockopt_int(self->tx, SO_SNDBUF),
		  socket_u32(SNDBUF));

	/* The other one has nothing of it */
	ASSERT_EQ(0, ledger_socket(&self->genl, self->rx, &attrs));
	EXPECT_EQ(1, socket_u32(SOCKET_STATE));	/* SS_UNCONNECTED */
	EXPECT_EQ(7, socket_u32(SK_STATE));	/* TCP_CLOSE */
	EXPECT_EQ(NULL, attrs.at[SKBSCOPE_A_SOCKET_PEER]);
	EXPECT_EQ(0, socket_u32(SHUTDOWN));
	EXPECT_EQ(0, socket_u32(BOUND_DEV));
}

/* To look at a pending error is not to take it */
TEST_F(netlink, pending_error)
{
	struct genl_attrs attrs;
	int i;

	ASSERT_EQ(0, scope_connect(self->tx, scope_local(SCOPE_NO_PORT)));
	ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	ASSERT_EQ(POLLERR, scope_await(self->tx, 0));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, ledger_socket(&self->genl, self->tx, &attrs));
		EXPECT_EQ(ECONNREFUSED, socket_u32(ERR));
	}
	EXPECT_EQ(ECONNREFUSED, scope_getsockopt_int(self->tx, SO_ERROR));
}

/* The receive queue, from its head */
TEST_F(netlink, queue)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)self->genl.buffer;
	struct genl_attrs attrs, skb;
	const struct nlattr *attr;
	__u64 id, last = 0;
	const void *end;
	int i, n = 0;

	for (i = 1; i <= 40; i++)
		ASSERT_EQ(i, scope_sendto(self->tx, self->genl.buffer, i, 0,
					  scope_local(SCOPE_RX_PORT)));
	EXPECT_EQ(40, ledger_await(&self->genl, SKBSCOPE_A_LEDGER_QUEUED, 40));
	ASSERT_EQ(0, ledger_socket(&self->genl, self->rx, &attrs));
	EXPECT_EQ(40, socket_u32(RX_QUEUE_LEN));
	EXPECT_EQ(40 * 41 / 2, socket_u32(RX_QUEUE_BYTES));
	EXPECT_EQ(socket_u32(RX_QUEUE_TRUESIZE), socket_u32(RMEM));

	end = self->genl.buffer + nlh->nlmsg_len;
	attr = (void *)(self->genl.buffer + NLMSG_HDRLEN + GENL_HDRLEN);
	for (; genl_ok(attr, end); attr = genl_next(attr)) {
		if ((attr->nla_type & NLA_TYPE_MASK) !=
		    SKBSCOPE_A_SOCKET_RX_SKB)
			continue;
		genl_parse_nest(&skb, attr);
		EXPECT_EQ(++n, genl_u32(&skb, SKBSCOPE_A_SKB_LEN));
		id = genl_u64(&skb, SKBSCOPE_A_SKB_ID);
		EXPECT_LT(last, id);
		last = id;
		EXPECT_EQ(n, genl_u32(&skb, SKBSCOPE_A_SKB_TAIL) -
			  genl_u32(&skb, SKBSCOPE_A_SKB_DATA));
		EXPECT_EQ(1, genl_u32(&skb, SKBSCOPE_A_SKB_USERS));
		EXPECT_EQ(ETH_P_SCOPE, genl_u32(&skb,
						SKBSCOPE_A_SKB_PROTOCOL));
	}
	EXPECT_EQ(32, n);
}

struct stations {
	int	n;
	__u64	passed[SCOPE_STATION_MAX + 2];
	char	names[512];
};

static void on_station(const struct genl_attrs *attrs, void *arg)
{
	struct stations *stations = arg;
	__u32 number = genl_u32(attrs, SKBSCOPE_A_STATION_NUMBER);

	/* In their order, none left out */
	if (number == stations->n + 1)
		stations->n++;
	if (number > SCOPE_STATION_MAX)
		return;
	stations->passed[number] = genl_u64(attrs, SKBSCOPE_A_STATION_PASSED);
	strcat(stations->names, genl_string(attrs, SKBSCOPE_A_STATION_NAME));
	strcat(stations->names, " ");
}

#define NAME(symbol, number, name)	name " "
#define PASSED(symbol)	stations.passed[SCOPE_STATION_##symbol]

/* One datagram passes each station of the picture once, but clone and drop */
TEST_F(netlink, stations)
{
	__u32 number = SCOPE_STATION_SOCKET_QUEUE;
	struct stations stations = {};
	struct genl_attrs attrs;
	char octet;
	int i;

	ASSERT_EQ(1, scope_sendto(self->tx, "x", 1, 0,
				  scope_local(SCOPE_RX_PORT)));
	ASSERT_EQ(1, recv(self->rx, &octet, 1, 0));
	EXPECT_EQ(SCOPE_STATION_MAX,
		  genl_dump(&self->genl, SKBSCOPE_CMD_STATION_GET, on_station,
			    &stations));
	EXPECT_EQ(SCOPE_STATION_MAX, stations.n);
	EXPECT_STREQ(SCOPE_STATIONS(NAME), stations.names);
	for (i = 1; i <= SCOPE_STATION_MAX; i++)
		EXPECT_EQ(i != SCOPE_STATION_PROTOCOL_CLONE &&
			  i != SCOPE_STATION_END_DROPPED, stations.passed[i]);

	ASSERT_EQ(1, scope_sendto(self->tx, "x", 1, 0,
				  scope_local(SCOPE_RX_PORT)));
	ASSERT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	ASSERT_EQ(0, genl_get(&self->genl, SKBSCOPE_CMD_STATION_GET,
			      SKBSCOPE_A_STATION_NUMBER, &number, 4, &attrs));
	EXPECT_STREQ("socket.queue", genl_string(&attrs,
						 SKBSCOPE_A_STATION_NAME));
	EXPECT_EQ(2, genl_u64(&attrs, SKBSCOPE_A_STATION_PASSED));
	EXPECT_EQ(0, genl_u64(&attrs, SKBSCOPE_A_STATION_HELD));
}

TEST_F(netlink, ledger)
{
	__u32 netns = inode_of_netns();
	struct genl_attrs attrs;
	struct ledger ledger;

	ASSERT_EQ(1, scope_sendto(self->tx, "x", 1, 0,
				  scope_local(SCOPE_RX_PORT)));
	ASSERT_EQ(1, scope_sendto(self->tx, "x", 1, 0,
				  scope_local(SCOPE_NO_PORT)));
	EXPECT_EQ(1, ledger_await(&self->genl, SKBSCOPE_A_LEDGER_CONTROL_READ,
				  1));
	ASSERT_EQ(0, ledger_rest(&self->genl, &ledger));
	EXPECT_EQ(2, ledger_count(&ledger, ALLOCATED));
	EXPECT_EQ(1, ledger_count(&ledger, QUEUED));
	EXPECT_EQ(1, ledger_count(&ledger, QUEUE_LEN));
	EXPECT_EQ(1, ledger_count(&ledger, DROPPED));
	EXPECT_EQ(1, ledger_count(&ledger, CONTROL_MADE));
	ASSERT_EQ(1, ledger.drops);
	EXPECT_STREQ("NO_SOCKET", ledger.drop[0].name);
	EXPECT_EQ(1, ledger.drop[0].count);

	/* Asked for by its namespace's number, which is the only one allowed */
	EXPECT_EQ(0, genl_get(&self->genl, SKBSCOPE_CMD_LEDGER_GET,
			      SKBSCOPE_A_LEDGER_NETNS, &netns, 4, &attrs));
	EXPECT_EQ(netns, genl_u32(&attrs, SKBSCOPE_A_LEDGER_NETNS));
	netns++;
	EXPECT_EQ(-EACCES, genl_get(&self->genl, SKBSCOPE_CMD_LEDGER_GET,
				    SKBSCOPE_A_LEDGER_NETNS, &netns, 4,
				    &attrs));
	EXPECT_NE(NULL, strstr(self->genl.text, "namespace"));
}

/* To look needs no privilege */
TEST_F(netlink, anybody_may_ask)
{
	struct genl_attrs attrs;
	struct ledger ledger;

	ASSERT_EQ(0, seteuid(65534));
	EXPECT_EQ(0, genl_get(&self->genl, SKBSCOPE_CMD_INFO_GET, 0, NULL, 0,
			      &attrs));
	EXPECT_EQ(0, ledger_socket(&self->genl, self->rx, &attrs));
	EXPECT_EQ(0, ledger_read(&self->genl, &ledger));
}

static void on_socket(const struct genl_attrs *attrs, void *arg)
{
	__u64 *cookies = arg;

	/* 0 ends the list; the test knows how many fit */
	while (*cookies)
		cookies++;
	*cookies = genl_u64(attrs, SKBSCOPE_A_SOCKET_COOKIE);
}

/* Each answers for the namespace it was opened in, and for no other */
TEST_F(netlink, other_namespace)
{
	__u64 cookies[8] = { 0 }, cookie;
	struct genl_attrs attrs;
	struct genl other;
	int fd;

	ASSERT_LE(0, path_new_netns());
	ASSERT_EQ(0, genl_open(&other));
	fd = scope_socket(0);
	ASSERT_LE(0, fd);

	EXPECT_EQ(1, genl_dump(&other, SKBSCOPE_CMD_SOCKET_GET, on_socket,
			       cookies));
	EXPECT_EQ(ledger_cookie(fd), cookies[0]);
	memset(cookies, 0, sizeof(cookies));
	EXPECT_EQ(2, genl_dump(&self->genl, SKBSCOPE_CMD_SOCKET_GET, on_socket,
			       cookies));
	cookie = ledger_cookie(self->rx);
	EXPECT_EQ(-ENOENT, genl_get(&other, SKBSCOPE_CMD_SOCKET_GET,
				    SKBSCOPE_A_SOCKET_COOKIE, &cookie, 8,
				    &attrs));
	ASSERT_EQ(0, genl_get(&other, SKBSCOPE_CMD_INFO_GET, 0, NULL, 0,
			      &attrs));
	EXPECT_EQ(1, genl_u32(&attrs, SKBSCOPE_A_INFO_SOCKETS));
	EXPECT_EQ(inode_of_netns(), genl_u32(&attrs, SKBSCOPE_A_INFO_NETNS));
}

TEST_HARNESS_MAIN
