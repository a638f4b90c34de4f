// SPDX-License-Identifier: GPL-2.0
/*
 * test_preload.c - the preload library of `skbscope run', but for AF_SCOPE
 *
 * Called by tests/run. What needs the module is tested by selftests/run_*.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "preload/alias.h"
#include "preload/carrier.h"
#include "preload/handover.h"
#include "preload/inet.h"
#include "preload/ports.h"
#include "preload/setup.h"
#include "preload/sock.h"
#include "preload/unixname.h"
#include "reach.h"
#include "tests/ktap.h"

static const char *why_not(const char *text)
{
	static char why[PORTS_WHY_LEN];
	struct ports ports;

	return ports_parse(&ports, text, why) ? why : "no error";
}

static void map_of_ports(void)
{
	char why[PORTS_WHY_LEN];
	struct ports ports;

	EXPECT_NUM(ports_parse(&ports, "80,6379,65535", why), 0);
	EXPECT(ports_has(&ports, 80));
	EXPECT(ports_has(&ports, 6379));
	EXPECT(ports_has(&ports, 65535));
	EXPECT(!ports_has(&ports, 81));
	EXPECT(!ports_has(&ports, 0));
	EXPECT_NUM(ports_parse(&ports, "1", why), 0);
	EXPECT(ports_has(&ports, 1));
	EXPECT(!ports_has(&ports, 80));
}

static void map_refused(void)
{
	EXPECT_STR(why_not(""), "`' is not a port from 1 to 65535");
	EXPECT_STR(why_not("80,"), "`' is not a port from 1 to 65535");
	EXPECT_STR(why_not("80,http,81"),
		   "`http' is not a port from 1 to 65535");
	EXPECT_STR(why_not("0"), "`0' is not a port from 1 to 65535");
	EXPECT_STR(why_not("65536"), "`65536' is not a port from 1 to 65535");
	EXPECT_STR(why_not("-1"), "`-1' is not a port from 1 to 65535");
	EXPECT_STR(why_not(" 1"), "` 1' is not a port from 1 to 65535");
	EXPECT_STR(why_not("80 81"), "`80 81' is not a port from 1 to 65535");
	EXPECT_STR(why_not("00000000000000000000000000080"),
		   "`00000000000000000000' is not a port from 1 to 65535");
}

static struct sockname inet(const char *text, uint16_t port)
{
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	struct sockname name;

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		EXPECT(sockname_from(&name, (void *)&in, sizeof(in)));
	else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
		EXPECT(sockname_from(&name, (void *)&in6, sizeof(in6)));
	return name;
}

static bool is_loopback(const char *text)
{
	struct sockname name = inet(text, 1);

	return sockname_is_loopback(&name);
}

static void loopback_addresses(void)
{
	EXPECT(is_loopback("127.0.0.1"));
	EXPECT(is_loopback("127.255.0.9"));
	EXPECT(is_loopback("::1"));
	EXPECT(is_loopback("::ffff:127.0.0.1"));
	EXPECT(!is_loopback("128.0.0.1"));
	EXPECT(!is_loopback("0.0.0.0"));
	EXPECT(!is_loopback("10.0.0.1"));
	EXPECT(!is_loopback("::"));
	EXPECT(!is_loopback("::ffff:10.0.0.1"));
	EXPECT(!is_loopback("::2"));
	EXPECT(!is_loopback("fe80::1"));
}

static const char *peer_like(const char *text, bool v4mapped)
{
	struct sockname like = inet(text, 1), name;
	static char buf[INET6_ADDRSTRLEN];

	sockname_loopback(&name, &like, v4mapped, 4242);
	EXPECT_NUM(sockname_port(&name), 4242);
	if (name.sa.sa_family == AF_INET) {
		EXPECT_NUM(name.len, sizeof(struct sockaddr_in));
		return inet_ntop(AF_INET, &name.in.sin_addr, buf, sizeof(buf));
	}
	EXPECT_NUM(name.len, sizeof(struct sockaddr_in6));
	return inet_ntop(AF_INET6, &name.in6.sin6_addr, buf, sizeof(buf));
}

static void loopback_of_a_family(void)
{
	EXPECT_STR(peer_like("127.0.0.5", false), "127.0.0.1");
	EXPECT_STR(peer_like("::1", false), "::1");
	EXPECT_STR(peer_like("::", true), "::ffff:127.0.0.1");
}

/* as the kernel: what fits, and how long all of it is */
static void name_to_a_short_buffer(void)
{
	struct sockname name = inet("127.0.0.1", 0x1234);
	unsigned char buf[8] = { 0 };
	socklen_t len = 4;

	sockname_to(&name, (struct sockaddr *)buf, &len);
	EXPECT_NUM(len, sizeof(struct sockaddr_in));
	EXPECT_NUM(buf[2], 0x12);
	EXPECT_NUM(buf[3], 0x34);
	EXPECT_NUM(buf[4], 0);
}

static void names_not_ours(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockname name;

	EXPECT(!sockname_from(&name, NULL, sizeof(in)));
	EXPECT(!sockname_from(&name, (void *)&in, sizeof(in) - 1));
	EXPECT(!sockname_from(&name, (void *)&in, 1));
	EXPECT(!sockname_from(&name, (void *)&in, 1000));
	in.sin_family = AF_NETLINK;
	EXPECT(!sockname_from(&name, (void *)&in, sizeof(in)));
}

static bool moves(const char *text, uint16_t port, bool connecting)
{
	struct sockname name = inet(text, port);
	int fd = socket(name.sa.sa_family, SOCK_STREAM, 0);
	bool ret;

	EXPECT(fd >= 0);
	ret = inet_moves(fd, &name, connecting);
	close(fd);
	return ret;
}

static void what_moves(void)
{
	EXPECT(moves("127.0.0.1", 80, false));
	EXPECT(moves("127.0.0.1", 0, false));
	EXPECT(moves("::1", 80, true));
	EXPECT(moves("0.0.0.0", 80, true));
	EXPECT(!moves("0.0.0.0", 80, false));
	EXPECT(!moves("::", 80, false));
	EXPECT(!moves("192.0.2.1", 80, true));
	EXPECT(!moves("192.0.2.1", 80, false));
}

static void what_moves_with_a_map(void)
{
	char why[PORTS_WHY_LEN];

	setup.mapped = true;
	EXPECT_NUM(ports_parse(&setup.map, "80", why), 0);
	EXPECT(moves("127.0.0.1", 80, false));
	EXPECT(moves("0.0.0.0", 80, false));
	EXPECT(moves("::", 80, false));
	EXPECT(moves("127.0.0.1", 80, true));
	EXPECT(!moves("127.0.0.1", 81, true));
	EXPECT(!moves("127.0.0.1", 0, false));
	EXPECT(!moves("0.0.0.0", 81, false));
	EXPECT(!moves("192.0.2.1", 80, true));
	setup.mapped = false;
}

/* of the right address, but no such socket, or one that TCP has already */
static void sockets_left_alone(void)
{
	struct sockname name = inet("127.0.0.1", 80), unbound;
	int datagram = socket(AF_INET, SOCK_DGRAM, 0);
	int tcp6 = socket(AF_INET6, SOCK_STREAM, 0);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	EXPECT(!inet_moves(datagram, &name, true));
	EXPECT(!inet_moves(tcp6, &name, true));
	EXPECT(!inet_moves(-1, &name, true));
	EXPECT(inet_moves(listener, &name, true));
	EXPECT_NUM(listen(listener, 1), 0);
	EXPECT(sockname_local(listener, &unbound));
	EXPECT(!inet_moves(listener, &name, true));
	close(datagram);
	close(tcp6);
	close(listener);
}

static void ports_of_a_unix_name(void)
{
	uint64_t stream = unixname_key_node(SOCK_STREAM, 1, 2);
	uint64_t packet = unixname_key_node(SOCK_SEQPACKET, 1, 2);
	int i;

	EXPECT(stream != packet);
	EXPECT(stream != unixname_key_node(SOCK_STREAM, 1, 3));
	EXPECT(stream != unixname_key_node(SOCK_STREAM, 2, 2));
	for (i = 0; i < UNIXNAME_PORTS; i++) {
		EXPECT(unixname_has_port(unixname_port(stream, i)));
		EXPECT(!i || unixname_port(stream, i) !=
				     unixname_port(stream, i - 1));
	}
	EXPECT(!unixname_has_port(SCOPE_PORT_FREE_MAX));
}

static void marks(void)
{
	const uint64_t key = 0x123456789abcdef0ULL + getpid();
	int mark;

	EXPECT_NUM(unixname_find(key, 0), -1);
	mark = unixname_mark(key, unixname_port(key, 3));
	EXPECT(mark >= 0);
	EXPECT_NUM(unixname_find(key, 0), 3);
	EXPECT_NUM(unixname_find(key, 4), -1);
	EXPECT_NUM(unixname_find(key + 1, 0), -1);
	EXPECT_NUM(unixname_mark(key, unixname_port(key, 3)), -1);
	close(mark);
	EXPECT_NUM(unixname_find(key, 0), -1);
}

static void kept_by_cookie(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), copy, other;
	struct alias alias;

	alias_mark(fd, ALIAS_ASIDE);
	alias_note_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	alias_note_option(fd, IPPROTO_TCP, TCP_NODELAY, 0);
	alias_note_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 7);
	alias_aside(fd, &alias);
	EXPECT_NUM(alias.nr_options, 2);
	EXPECT_NUM(alias.option[0].value, 0);
	EXPECT_NUM(alias.option[1].value, 7);

	/* found by a copy, even when the first one is gone */
	copy = dup(fd);
	close(fd);
	alias_aside(copy, &alias);
	EXPECT_NUM(alias.nr_options, 2);

	/* and not by another socket on its descriptor */
	other = socket(AF_INET, SOCK_STREAM, 0);
	EXPECT_NUM(other, fd);
	alias_aside(other, &alias);
	EXPECT_NUM(alias.nr_options, 0);
	alias_mark(other, ALIAS_ASIDE);
	alias_aside(copy, &alias);
	EXPECT_NUM(alias.nr_options, 2);
	close(copy);
	close(other);
}

static void handed_over(void)
{
	struct alias alias = {
		.kind = ALIAS_MOVED,
		.local = inet("::1", 4000),
		.peer = inet("::ffff:127.0.0.1", 5000),
		.v4mapped = true,
		.port = 5000,
	}, got;
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	static char text[HANDOVER_MAX];
	uint64_t cookie = sock_cookie(fd);

	EXPECT(!handover_find(cookie, &got));
	alias_set(fd, &alias);
	EXPECT(handover_write(text));
	setup.handover = text;
	EXPECT(handover_find(cookie, &got));
	EXPECT_NUM(got.kind, ALIAS_MOVED);
	EXPECT_NUM(got.port, 5000);
	EXPECT(got.v4mapped);
	EXPECT(!got.listening);
	EXPECT_NUM(got.local.len, alias.local.len);
	EXPECT(!memcmp(&got.local.sa, &alias.local.sa, alias.local.len));
	EXPECT_NUM(got.peer.len, alias.peer.len);
	EXPECT(!memcmp(&got.peer.sa, &alias.peer.sa, alias.peer.len));
	EXPECT(!handover_find(cookie + 1, &got));
	setup.handover = NULL;
	close(fd);
	EXPECT(!handover_write(text));
}

/* what does not fit is left out, what is there is whole */
static void handed_over_too_much(void)
{
	struct alias alias = { .kind = ALIAS_MOVED }, got;
	static char text[HANDOVER_MAX];
	int fd[256], i, found = 0;

	alias.local.len = SOCKNAME_MAX;
	alias.peer.len = SOCKNAME_MAX;
	for (i = 0; i < 256; i++) {
		fd[i] = socket(AF_INET, SOCK_STREAM, 0);
		alias_set(fd[i], &alias);
	}
	EXPECT(handover_write(text));
	EXPECT(strlen(text) < HANDOVER_MAX);
	setup.handover = text;
	for (i = 0; i < 256; i++) {
		if (!handover_find(sock_cookie(fd[i]), &got))
			continue;
		found++;
		EXPECT_NUM(got.local.len, SOCKNAME_MAX);
		EXPECT_NUM(got.peer.len, SOCKNAME_MAX);
	}
	EXPECT(found > 10 && found < 256);
	setup.handover = NULL;
	for (i = 0; i < 256; i++)
		close(fd[i]);
}

static void swapped_in_its_epolls(void)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = 77 }, got;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), pair[2];
	struct alias alias;
	int epoll[2], i;

	EXPECT_NUM(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	EXPECT_NUM(write(pair[1], "x", 1), 1);
	alias_mark(fd, ALIAS_ASIDE);
	for (i = 0; i < 2; i++) {
		epoll[i] = epoll_create1(0);
		event.data.u32 = 77 + i;
		EXPECT_NUM(epoll_ctl(epoll[i], EPOLL_CTL_ADD, fd, &event), 0);
		alias_note_watch(fd, epoll[i], EPOLL_CTL_ADD, &event);
	}
	/* in the second one no more when it moves */
	EXPECT_NUM(epoll_ctl(epoll[1], EPOLL_CTL_DEL, fd, NULL), 0);
	alias_note_watch(fd, epoll[1], EPOLL_CTL_DEL, NULL);

	alias_aside(fd, &alias);
	EXPECT_NUM(carrier_swap(pair[0], fd, &alias), 0);
	EXPECT_NUM(fcntl(pair[0], F_GETFD), -1);
	EXPECT_NUM(fcntl(fd, F_GETFD), FD_CLOEXEC);
	EXPECT_NUM(sock_int(fd, SOL_SOCKET, SO_DOMAIN), AF_UNIX);
	EXPECT_NUM(epoll_wait(epoll[0], &got, 1, 0), 1);
	EXPECT_NUM(got.data.u32, 77);
	EXPECT_NUM(epoll_wait(epoll[1], &got, 1, 0), 0);
	close(epoll[0]);
	close(epoll[1]);
	close(pair[1]);
	close(fd);
}

static void programs_out_of_reach(void)
{
	EXPECT(!reach_obstacle("/proc/self/exe"));
	EXPECT(!reach_obstacle("sh"));
	EXPECT(!reach_obstacle("/etc/passwd"));
	EXPECT(!reach_obstacle("/no/such/program"));
	EXPECT_STR(reach_obstacle("/sbin/ldconfig"), "is linked statically");
}

static const struct ktap_test tests[] = {
	{ "--map", map_of_ports },
	{ "--map with what is no port", map_refused },
	{ "loopback addresses", loopback_addresses },
	{ "a peer's address in the program's family", loopback_of_a_family },
	{ "a name for a short buffer", name_to_a_short_buffer },
	{ "names that are not ours", names_not_ours },
	{ "what moves", what_moves },
	{ "what moves with --map", what_moves_with_a_map },
	{ "sockets left alone", sockets_left_alone },
	{ "ports of an AF_UNIX name", ports_of_a_unix_name },
	{ "marks of AF_UNIX names", marks },
	{ "what is kept follows the socket", kept_by_cookie },
	{ "aliases over execve()", handed_over },
	{ "more aliases than the environment takes", handed_over_too_much },
	{ "the epolls follow a swap", swapped_in_its_epolls },
	{ "programs out of reach", programs_out_of_reach },
};

int main(void)
{
	setup_once();
	setup.family = SCOPE_FAMILY_DEFAULT;
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
