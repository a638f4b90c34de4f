// SPDX-License-Identifier: GPL-2.0
/*
 * test_address.c - the text form of addresses, both ways
 *
 * Called by tests/run. `lo' is the one device every host has.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>

#include "address.h"
#include "tests/ktap.h"

static const char *round_trip(const char *text)
{
	static char buf[ADDRESS_LEN], why[ADDRESS_WHY_LEN];
	struct sockaddr_scope addr;

	if (address_parse(text, 18, &addr, why))
		return why;
	return address_print(&addr, buf);
}

static const char *error_of(const char *text)
{
	static char why[ADDRESS_WHY_LEN];
	struct sockaddr_scope addr;

	if (!address_parse(text, 18, &addr, why))
		return "no error";
	return why;
}

static void port_alone(void)
{
	char why[ADDRESS_WHY_LEN];
	struct sockaddr_scope addr;
	unsigned int i;

	memset(&addr, 0xff, sizeof(addr));
	EXPECT_NUM(address_parse("4242", 18, &addr, why), 0);
	EXPECT_NUM(addr.sscope_family, 18);
	EXPECT_NUM(ntohs(addr.sscope_port), 4242);
	EXPECT_NUM(addr.sscope_ifindex, 0);
	for (i = 0; i < SCOPE_ADDR_LEN; i++)
		EXPECT_NUM(addr.sscope_addr[i], 0);
	EXPECT_STR(round_trip("4242"), "4242");
	EXPECT_STR(round_trip("65535"), "65535");
}

static void star_is_unset(void)
{
	EXPECT_STR(round_trip("*"), "*");
	EXPECT_STR(round_trip("0"), "*");
	EXPECT_STR(round_trip("lo:*"), "lo:*");
}

static void device_and_port(void)
{
	char why[ADDRESS_WHY_LEN];
	struct sockaddr_scope addr;

	EXPECT_NUM(address_parse("lo:7", 18, &addr, why), 0);
	EXPECT_NUM(addr.sscope_ifindex, if_nametoindex("lo"));
	EXPECT_STR(round_trip("lo:7"), "lo:7");
}

static void link_address(void)
{
	char why[ADDRESS_WHY_LEN];
	struct sockaddr_scope addr;

	EXPECT_NUM(address_parse("[02:0:aB:00:00:01%lo]:7", 18, &addr, why),
		   0);
	EXPECT_NUM(addr.sscope_addr[0], 2);
	EXPECT_NUM(addr.sscope_addr[2], 0xab);
	EXPECT_NUM(addr.sscope_addr[5], 1);
	EXPECT_NUM(addr.sscope_addr[6], 0);
	EXPECT_STR(round_trip("[02:0:aB:00:00:01%lo]:7"),
		   "[02:00:ab:00:00:01%lo]:7");
	/* its length is not told: 6 octets, or 8 where those behind are set */
	EXPECT_STR(round_trip("[2%lo]:7"), "[02:00:00:00:00:00%lo]:7");
	EXPECT_STR(round_trip("[1:2:3:4:5:6:7:8%lo]:7"),
		   "[01:02:03:04:05:06:07:08%lo]:7");
}

static void device_unknown_to_us(void)
{
	struct sockaddr_scope addr = { .sscope_ifindex = 2000000000 };
	char buf[ADDRESS_LEN];

	addr.sscope_port = htons(7);
	EXPECT_STR(address_print(&addr, buf), "if2000000000:7");
	addr.sscope_ifindex = 0;
	addr.sscope_addr[0] = 2;
	EXPECT_STR(address_print(&addr, buf), "[02:00:00:00:00:00%scope0]:7");
}

static void wrong_ports(void)
{
	EXPECT_HAS(error_of(""), "port 0 to 65535");
	EXPECT_HAS(error_of("65536"), "port 0 to 65535");
	EXPECT_HAS(error_of("-1"), "port 0 to 65535");
	EXPECT_HAS(error_of("+1"), "port 0 to 65535");
	EXPECT_HAS(error_of(" 1"), "port 0 to 65535");
	EXPECT_HAS(error_of("7x"), "port 0 to 65535");
	EXPECT_HAS(error_of("0x7"), "port 0 to 65535");
	EXPECT_HAS(error_of("4294967303"), "port 0 to 65535");
	EXPECT_HAS(error_of("lo:"), "port 0 to 65535");
	EXPECT_HAS(error_of("**"), "port 0 to 65535");
}

static void wrong_devices(void)
{
	EXPECT_HAS(error_of("nosuchdev:7"), "there is no device `nosuchdev'");
	EXPECT_HAS(error_of(":7"), "1 to 15 characters");
	EXPECT_HAS(error_of("abcdefghijklmnop:7"), "1 to 15 characters");
}

static void wrong_links(void)
{
	EXPECT_HAS(error_of("[02:00%lo]7"), "[LINK-ADDR%DEV]:PORT");
	EXPECT_HAS(error_of("[02:00%lo]x7"), "[LINK-ADDR%DEV]:PORT");
	EXPECT_HAS(error_of("[02:00]:7"), "[LINK-ADDR%DEV]:PORT");
	EXPECT_HAS(error_of("[02:00%lo"), "[LINK-ADDR%DEV]:PORT");
	EXPECT_HAS(error_of("[]%lo:7"), "[LINK-ADDR%DEV]:PORT");
	EXPECT_HAS(error_of("[%lo]:7"), "1 to 8 octets");
	EXPECT_HAS(error_of("[02:%lo]:7"), "1 to 8 octets");
	EXPECT_HAS(error_of("[002%lo]:7"), "1 to 8 octets");
	EXPECT_HAS(error_of("[0g%lo]:7"), "1 to 8 octets");
	EXPECT_HAS(error_of("[1:2:3:4:5:6:7:8:9%lo]:7"), "1 to 8 octets");
	EXPECT_HAS(error_of("[1%]:7"), "1 to 15 characters");
}

static const struct ktap_test tests[] = {
	{ "port_alone", port_alone },
	{ "star_is_unset", star_is_unset },
	{ "device_and_port", device_and_port },
	{ "link_address", link_address },
	{ "device_unknown_to_us", device_unknown_to_us },
	{ "wrong_ports", wrong_ports },
	{ "wrong_devices", wrong_devices },
	{ "wrong_links", wrong_links },
};

int main(void)
{
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
