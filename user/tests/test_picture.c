// SPDX-License-Identifier: GPL-2.0
/*
 * test_picture.c - what the module tells by netlink, and who holds a socket
 *
 * Called by tests/run.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "picture.h"
#include "procfs.h"
#include "tests/ktap.h"

static struct nlattr *head(struct nl_msg *msg, int *len)
{
	*len = nlmsg_datalen(nlmsg_hdr(msg));
	return nlmsg_data(nlmsg_hdr(msg));
}

static void a_socket(void)
{
	static const __u8 link[SCOPE_ADDR_LEN] = { 2, 0, 0, 0, 0, 1 };
	struct nl_msg *msg = nlmsg_alloc_simple(1, 0);
	static struct socket_picture sock;
	struct nlattr *attr, *nest;
	int len, i;

	nla_put_u64(msg, SKBSCOPE_A_SOCKET_COOKIE, 0x1122334455667788ULL);
	nla_put_u32(msg, SKBSCOPE_A_SOCKET_RMEM, 768);
	nest = nla_nest_start(msg, SKBSCOPE_A_SOCKET_LOCAL);
	nla_put_u16(msg, SKBSCOPE_A_ADDR_PORT, 4242);
	nla_put_u32(msg, SKBSCOPE_A_ADDR_IFINDEX, 3);
	nla_put(msg, SKBSCOPE_A_ADDR_LINK, sizeof(link), link);
	nla_nest_end(msg, nest);
	for (i = 0; i < 2; i++) {
		nest = nla_nest_start(msg, SKBSCOPE_A_SOCKET_RX_SKB);
		nla_put_u64(msg, SKBSCOPE_A_SKB_ID, 17 + i);
		nla_nest_end(msg, nest);
	}
	/* of a module to come */
	nla_put_u32(msg, NUMBERS_MAX - 1, 5);
	nla_put_u32(msg, 500, 5);

	attr = head(msg, &len);
	EXPECT_NUM(socket_decode(attr, len, &sock), 0);
	EXPECT_NUM(num_get(&sock.n, SKBSCOPE_A_SOCKET_COOKIE),
		   0x1122334455667788LL);
	EXPECT_NUM(num_get(&sock.n, SKBSCOPE_A_SOCKET_RMEM), 768);
	EXPECT(!num_has(&sock.n, SKBSCOPE_A_SOCKET_WMEM));
	EXPECT(sock.has_local);
	EXPECT(!sock.has_peer);
	EXPECT_NUM(ntohs(sock.local.sscope_port), 4242);
	EXPECT_NUM(sock.local.sscope_ifindex, 3);
	EXPECT_NUM(sock.local.sscope_addr[5], 1);
	EXPECT_NUM(sock.nr_rx, 2);
	EXPECT_NUM(num_get(&sock.rx[1], SKBSCOPE_A_SKB_ID), 18);
	nlmsg_free(msg);
}

static void a_connection(void)
{
	struct nl_msg *msg = nlmsg_alloc_simple(1, 0);
	static struct socket_picture sock;
	struct nlattr *attr, *nest;
	int len;

	nla_put_u64(msg, SKBSCOPE_A_SOCKET_COOKIE, 5);
	nest = nla_nest_start(msg, SKBSCOPE_A_SOCKET_CONN);
	nla_put_u32(msg, SKBSCOPE_A_CONN_CWND, 10);
	nla_put_u64(msg, SKBSCOPE_A_CONN_READ, 5000000000ULL);
	nla_nest_end(msg, nest);
	nla_put_u64(msg, SKBSCOPE_A_SOCKET_PAIR, 6);

	attr = head(msg, &len);
	EXPECT_NUM(socket_decode(attr, len, &sock), 0);
	EXPECT(sock.has_conn);
	EXPECT_NUM(num_get(&sock.conn, SKBSCOPE_A_CONN_CWND), 10);
	EXPECT_NUM(num_get(&sock.conn, SKBSCOPE_A_CONN_READ), 5000000000LL);
	EXPECT(!num_has(&sock.conn, SKBSCOPE_A_CONN_PIPE));
	EXPECT_NUM(num_get(&sock.n, SKBSCOPE_A_SOCKET_PAIR), 6);
	EXPECT(!num_has(&sock.n, SKBSCOPE_A_SOCKET_BACKLOG));
	nlmsg_free(msg);
}

static void no_cookie_is_no_socket(void)
{
	struct nl_msg *msg = nlmsg_alloc_simple(1, 0);
	static struct socket_picture sock;
	struct nlattr *attr;
	int len;

	nla_put_u32(msg, SKBSCOPE_A_SOCKET_RMEM, 768);
	attr = head(msg, &len);
	EXPECT(socket_decode(attr, len, &sock) < 0);
	nlmsg_free(msg);
}

static void unknown_is_a_question_mark(void)
{
	struct numbers n = { 0 };
	char buf[NUM_LEN];

	EXPECT_STR(num_text(&n, 3, buf), "?");
	n.known = 1 << 3;
	EXPECT_STR(num_text(&n, 3, buf), "0");
}

static void ledger_and_reasons(void)
{
	struct nl_msg *msg = nlmsg_alloc_simple(1, 0);
	static struct ledger ledger;
	struct nlattr *attr, *nest;
	int len;

	nla_put_u64(msg, SKBSCOPE_A_LEDGER_ALLOCATED, 3);
	nest = nla_nest_start(msg, SKBSCOPE_A_LEDGER_DROP);
	nla_put_u32(msg, SKBSCOPE_A_DROP_REASON, 6);
	nla_put_string(msg, SKBSCOPE_A_DROP_NAME, "SOCKET_RCVBUFF");
	nla_put_u64(msg, SKBSCOPE_A_DROP_COUNT, 3);
	nla_nest_end(msg, nest);
	attr = head(msg, &len);
	EXPECT_NUM(ledger_decode(attr, len, &ledger), 0);
	EXPECT_NUM(ledger.nr_drops, 1);
	EXPECT_STR(ledger.drop[0].name, "SOCKET_RCVBUFF");
	EXPECT_NUM(num_get(&ledger.drop[0].n, SKBSCOPE_A_DROP_COUNT), 3);
	nlmsg_free(msg);
}

static void own_socket_has_its_holder(void)
{
	const struct owner *owner;
	struct owners owners;
	struct stat st;
	size_t nr = 0;
	int fd, copy;

	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	copy = dup(fd);
	EXPECT(fd >= 0 && copy >= 0 && !fstat(fd, &st));
	EXPECT_NUM(owners_scan(&owners, "/proc"), 0);
	owner = owners_find(&owners, st.st_ino, &nr);
	EXPECT(owner);
	EXPECT_NUM(nr, 2);
	if (nr == 2) {
		EXPECT_NUM(owner[0].pid, getpid());
		EXPECT_NUM(owner[0].fd, fd);
		EXPECT_NUM(owner[1].fd, copy);
		EXPECT_STR(owner[0].comm, "test_picture");
	}
	EXPECT(!owners_find(&owners, 1, &nr));
	EXPECT_NUM(nr, 0);
	owners_clear(&owners);
	close(fd);
	close(copy);
}

static void each_of_many_is_found(void)
{
	struct owners owners;
	int fd[20], i;

	for (i = 0; i < 20; i++)
		fd[i] = socket(AF_UNIX, SOCK_DGRAM, 0);
	EXPECT_NUM(owners_scan(&owners, "/proc"), 0);
	for (i = 0; i < 20; i++) {
		const struct owner *owner = NULL;
		struct stat st;
		size_t nr = 0;

		if (!fstat(fd[i], &st))
			owner = owners_find(&owners, st.st_ino, &nr);
		EXPECT(owner);
		EXPECT_NUM(nr, 1);
		if (owner)
			EXPECT_NUM(owner->fd, fd[i]);
		close(fd[i]);
	}
	owners_clear(&owners);
	EXPECT(owners_scan(&owners, "/no/such/folder") < 0);
}

static const struct ktap_test tests[] = {
	{ "a_socket", a_socket },
	{ "a_connection", a_connection },
	{ "no_cookie_is_no_socket", no_cookie_is_no_socket },
	{ "unknown_is_a_question_mark", unknown_is_a_question_mark },
	{ "ledger_and_reasons", ledger_and_reasons },
	{ "own_socket_has_its_holder", own_socket_has_its_holder },
	{ "each_of_many_is_found", each_of_many_is_found },
};

int main(void)
{
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
