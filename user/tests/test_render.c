// SPDX-License-Identifier: GPL-2.0
/*
 * test_render.c - sockets and the ledger, as people see them
 *
 * Called by tests/run.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>

#include "render.h"
#include "tests/ktap.h"

#define MANY	1099511627776ULL	/* octets: a number of 13 digits */

static char *text;
static size_t text_len;

static void draw_socket(const struct socket_picture *sock)
{
	const struct owners owners = { 0 };
	FILE *out;

	free(text);
	out = open_memstream(&text, &text_len);
	render_socket(out, sock, &owners, &palette_plain);
	fclose(out);
}

static void draw_ledger(const struct ledger *ledger)
{
	FILE *out;

	free(text);
	out = open_memstream(&text, &text_len);
	render_ledger(out, ledger, &palette_plain);
	fclose(out);
}

static void expect_80_columns(void)
{
	const char *at = text;

	while (*at) {
		size_t len = strcspn(at, "\n");

		if (len > 80)
			ktap_fail(__FILE__, __LINE__, "%zu columns: %.*s", len,
				  (int)len, at);
		at += len + !!at[len];
	}
}

/* a connection that has carried much, in every number */
static void a_connection(void)
{
	static struct socket_picture sock;
	int attr;

	num_set(&sock.n, SKBSCOPE_A_SOCKET_COOKIE, 5);
	num_set(&sock.n, SKBSCOPE_A_SOCKET_TYPE, 1);
	num_set(&sock.n, SKBSCOPE_A_SOCKET_SK_STATE, 8);
	sock.has_conn = true;
	for (attr = SKBSCOPE_A_CONN_WRITTEN; attr <= SKBSCOPE_A_CONN_MAX;
	     attr++)
		num_set(&sock.conn, attr, MANY);
	num_set(&sock.conn, SKBSCOPE_A_CONN_MSS, 65496);
	num_set(&sock.conn, SKBSCOPE_A_CONN_CWND, 65536);
	num_set(&sock.conn, SKBSCOPE_A_CONN_PIPE, 65536);
	num_set(&sock.conn, SKBSCOPE_A_CONN_SND_WINDOW, 4294967295);
	num_set(&sock.conn, SKBSCOPE_A_CONN_RCV_WINDOW, 4294967295);
	num_set(&sock.conn, SKBSCOPE_A_CONN_RTT_US, 1200);
	num_set(&sock.conn, SKBSCOPE_A_CONN_RTTVAR_US, 300);
	num_set(&sock.conn, SKBSCOPE_A_CONN_MIN_RTT_US, 900);
	num_set(&sock.conn, SKBSCOPE_A_CONN_RTO_US, 200000);
	num_set(&sock.conn, SKBSCOPE_A_CONN_RETRANSMITS, 1000000);
	num_set(&sock.conn, SKBSCOPE_A_CONN_TIMEOUTS, 1000);
	draw_socket(&sock);
	expect_80_columns();
	EXPECT_HAS(text, "struct sock 5  CLOSE_WAIT");
	EXPECT_HAS(text, "written 1099511627776  sent 1099511627776  acked 1099511627776\n");
	EXPECT_HAS(text, "cwnd 65536  pipe 65536  sent again 1000000  timeouts 1000\n");
	EXPECT_HAS(text, "rtt 1.20 ms +- 300.0 us, at least 900.0 us  rto 200.00 ms\n");
	EXPECT_HAS(text, "out of order ? segments\n");
	EXPECT(!strstr(text, "backlog"));
	num_set(&sock.conn, SKBSCOPE_A_CONN_RTT_US, 0);
	draw_socket(&sock);
	EXPECT_HAS(text, "rtt not measured  rto 200.00 ms\n");
}

static void a_listener(void)
{
	static struct socket_picture sock;

	num_set(&sock.n, SKBSCOPE_A_SOCKET_COOKIE, 5);
	num_set(&sock.n, SKBSCOPE_A_SOCKET_SK_STATE, 10);
	num_set(&sock.n, SKBSCOPE_A_SOCKET_BACKLOG, 2);
	num_set(&sock.n, SKBSCOPE_A_SOCKET_BACKLOG_MAX, 4096);
	sock.has_local = true;
	sock.local.sscope_port = htons(65535);
	draw_socket(&sock);
	expect_80_columns();
	EXPECT_HAS(text, "LISTEN");
	EXPECT_HAS(text, "local 65535  peer -  backlog 2 of 4096, and 1\n");
	EXPECT(!strstr(text, "connection"));
}

static void a_pair(void)
{
	static struct socket_picture sock;

	num_set(&sock.n, SKBSCOPE_A_SOCKET_COOKIE, 5);
	num_set(&sock.n, SKBSCOPE_A_SOCKET_PAIR, 6);
	draw_socket(&sock);
	EXPECT_HAS(text, "pair of sock 6\n");
}

static void a_queued_segment(void)
{
	static struct socket_picture sock;

	num_set(&sock.n, SKBSCOPE_A_SOCKET_COOKIE, 5);
	sock.nr_rx = 2;
	num_set(&sock.rx[0], SKBSCOPE_A_SKB_ID, 17);
	num_set(&sock.rx[0], SKBSCOPE_A_SKB_OFFSET, 100);
	num_set(&sock.rx[0], SKBSCOPE_A_SKB_OFFSET_END, 300);
	num_set(&sock.rx[0], SKBSCOPE_A_SKB_LEN, 200);
	num_set(&sock.rx[1], SKBSCOPE_A_SKB_ID, 18);
	num_set(&sock.rx[1], SKBSCOPE_A_SKB_LEN, 5);
	draw_socket(&sock);
	EXPECT_HAS(text, "skb 17  [100-300)  len 200");
	EXPECT_HAS(text, "skb 18  len 5");
}

static void a_ledger(void)
{
	static struct ledger ledger;
	int attr;

	for (attr = SKBSCOPE_A_LEDGER_NETNS + 1; attr <= SKBSCOPE_A_LEDGER_MAX;
	     attr++)
		num_set(&ledger.n, attr, 0);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_ALLOCATED, 3);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_DERIVED, 4);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_ACKED, 2);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_MERGED, 1);
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_KEPT, 4);
	draw_ledger(&ledger);
	expect_80_columns();
	EXPECT_HAS(text, "  derived                 4  by the protocol");
	EXPECT_HAS(text, "  allocated 3 + entered 0 + derived 4\n"
		   "    = delivered 0 + acked 2 + merged 1 + transmitted 0\n"
		   "    + dropped 0 + queued 0 + kept 4 + held 0 + moving 0: balances\n");
	num_set(&ledger.n, SKBSCOPE_A_LEDGER_KEPT, 3);
	draw_ledger(&ledger);
	EXPECT_HAS(text, ": off by 1\n");
}

static const struct ktap_test tests[] = {
	{ "a_connection", a_connection },
	{ "a_listener", a_listener },
	{ "a_pair", a_pair },
	{ "a_queued_segment", a_queued_segment },
	{ "a_ledger", a_ledger },
};

int main(void)
{
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
