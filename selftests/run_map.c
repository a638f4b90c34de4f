// SPDX-License-Identifier: GPL-2.0
/*
 * run_map.c - `skbscope run --map': these ports alone, and of all addresses
 */
#include <stdlib.h>

#include "run.h"

#define MAPPED		7001
#define ANOTHER		7002
#define NOT_MAPPED	7003

__attribute__((constructor)) static void start(int argc, char **argv)
{
	run_myself(argv, "--map=7001,7002");
}

FIXTURE(map)
{
};

FIXTURE_SETUP(map)
{
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, system("ip link set lo up"));
}

FIXTURE_TEARDOWN(map)
{
}

/* What a client of 127.0.0.1 or ::1 sees, and is seen as */
static void meet(struct __test_metadata *_metadata, int listener,
		 const char *to, uint16_t port, const char *seen)
{
	struct run_name name = run_inet(to, port);
	int tx = run_client(SOCK_STREAM, &name), rx;

	ASSERT_LE(0, tx);
	EXPECT_TRUE(run_is_moved(tx));
	rx = accept(listener, NULL, NULL);
	ASSERT_LE(0, rx);
	EXPECT_TRUE(run_talks(tx, rx));
	name = run_peer(tx);
	EXPECT_STREQ(to, run_address(&name));
	EXPECT_EQ(port, run_port(&name));
	name = run_peer(rx);
	EXPECT_STREQ(seen, run_address(&name));
	name = run_local(rx);
	EXPECT_STREQ(seen, run_address(&name));
	EXPECT_EQ(port, run_port(&name));
}

TEST_F(map, all_addresses)
{
	struct run_name any = run_inet("0.0.0.0", MAPPED), local;
	int listener = run_listener(SOCK_STREAM, &any);

	ASSERT_LE(0, listener);
	EXPECT_TRUE(run_is_moved(listener));
	local = run_local(listener);
	EXPECT_TRUE(run_same(&any, &local));
	meet(_metadata, listener, "127.0.0.1", MAPPED, "127.0.0.1");
}

/* Most servers listen so, and take IPv4 clients by it, too */
TEST_F(map, all_addresses_of_both)
{
	struct run_name any = run_inet("::", MAPPED);
	int listener = run_listener(SOCK_STREAM, &any);

	ASSERT_LE(0, listener);
	EXPECT_TRUE(run_is_moved(listener));
	meet(_metadata, listener, "127.0.0.1", MAPPED, "::ffff:127.0.0.1");
}

TEST_F(map, all_addresses_of_ipv6_alone)
{
	struct run_name any = run_inet("::", ANOTHER);
	int listener = socket(AF_INET6, SOCK_STREAM, 0);

	EXPECT_EQ(0, run_set_int(listener, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	ASSERT_EQ(0, run_bind(listener, &any));
	ASSERT_EQ(0, listen(listener, 1));
	EXPECT_TRUE(run_is_moved(listener));
	EXPECT_EQ(1, run_get_int(listener, IPPROTO_IPV6, IPV6_V6ONLY));
	meet(_metadata, listener, "::1", ANOTHER, "::1");
}

TEST_F(map, loopback_of_a_mapped_port)
{
	struct run_name name = run_inet("127.0.0.1", ANOTHER);
	int listener = run_listener(SOCK_STREAM, &name);

	ASSERT_LE(0, listener);
	EXPECT_TRUE(run_is_moved(listener));
	meet(_metadata, listener, "127.0.0.1", ANOTHER, "127.0.0.1");
}

TEST_F(map, ports_not_in_it)
{
	static const char * const addresses[] = { "127.0.0.1", "0.0.0.0" };
	struct run_name loopback = run_inet("127.0.0.1", NOT_MAPPED);
	int i;

	for (i = 0; i < 2; i++) {
		struct run_name name = run_inet(addresses[i], NOT_MAPPED);
		int listener = run_listener(SOCK_STREAM, &name);
		int tx = run_client(SOCK_STREAM, &loopback);

		ASSERT_LE(0, listener);
		ASSERT_LE(0, tx);
		EXPECT_FALSE(run_is_moved(listener));
		EXPECT_FALSE(run_is_moved(tx));
		/* resets, lest its port stays busy for a minute */
		EXPECT_EQ(0, close(listener));
		close(tx);
		loopback.in.sin_port = htons(NOT_MAPPED);
	}
}

/* Servers often ask for 0.0.0.0 and for :: */
TEST_F(map, both_wildcards)
{
	struct run_name ipv4 = run_inet("0.0.0.0", MAPPED);
	struct run_name ipv6 = run_inet("::", MAPPED);
	int listener = run_listener(SOCK_STREAM, &ipv4);
	int other = socket(AF_INET6, SOCK_STREAM, 0);

	ASSERT_LE(0, listener);
	EXPECT_EQ(0, run_set_int(other, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	EXPECT_EQ(0, run_bind(other, &ipv6));
	EXPECT_EQ(0, listen(other, 1));
	EXPECT_TRUE(run_is_moved(listener));
	EXPECT_FALSE(run_is_moved(other));
	EXPECT_EQ(-EADDRINUSE, run_listener(SOCK_STREAM, &ipv4));
}

TEST_HARNESS_MAIN
