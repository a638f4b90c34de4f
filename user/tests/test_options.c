// SPDX-License-Identifier: GPL-2.0
/*
 * test_options.c - what the command line may hold, and what is said otherwise
 *
 * Called by tests/run, which sets SKBSCOPE to the binary. No module is loaded
 * where unit tests run, which is a case to test too.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/ktap.h"

#define ARGS_MAX	8

static char out[16384], err[16384];

static void take(int fd, char *buf, size_t size)
{
	ssize_t len = pread(fd, buf, size - 1, 0);

	buf[len > 0 ? len : 0] = '\0';
	close(fd);
}

static int scratch(void)
{
	return open("/tmp", O_TMPFILE | O_RDWR, 0600);
}

/* runs the tool with these arguments; its exit status */
static int run(const char *first, ...)
{
	char *argv[ARGS_MAX + 2] = { "skbscope" };
	int out_fd = scratch(), err_fd = scratch();
	int nr = 1, status;
	const char *arg;
	va_list ap;
	pid_t pid;

	va_start(ap, first);
	for (arg = first; arg && nr <= ARGS_MAX; arg = va_arg(ap, char *))
		argv[nr++] = (char *)arg;
	va_end(ap);

	fflush(stdout);
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_RDONLY);

		dup2(null, 0);
		dup2(out_fd, 1);
		dup2(err_fd, 2);
		execv(getenv("SKBSCOPE"), argv);
		_exit(99);
	}
	waitpid(pid, &status, 0);
	take(out_fd, out, sizeof(out));
	take(err_fd, err, sizeof(err));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void help_texts(void)
{
	static const char *const commands[] = {
		"tour", "trace", "record", "diff", "bytes", "sockets", "stations", "ledger", "held",
		"step", "fault", "send", "recv",
	};
	size_t i;

	EXPECT_NUM(run("--help", NULL), 0);
	EXPECT_STR(err, "");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		EXPECT_NUM(run("--help", NULL), 0);
		EXPECT_HAS(out, commands[i]);
		EXPECT_NUM(run(commands[i], "--help", NULL), 0);
		EXPECT_HAS(out, "Usage: skbscope ");
		EXPECT_HAS(out, commands[i]);
		EXPECT_STR(err, "");
	}
}

static void tool_version(void)
{
	EXPECT_NUM(run("--version", NULL), 0);
	EXPECT(!strncmp(out, "skbscope ", 9));
	EXPECT_STR(err, "");
}

static void no_command(void)
{
	EXPECT_NUM(run(NULL), 2);
	EXPECT_STR(out, "");
	EXPECT_HAS(err, "Usage: skbscope COMMAND");
	EXPECT_NUM(run("sox", NULL), 2);
	EXPECT_STR(out, "");
	EXPECT_HAS(err, "`sox'");
	EXPECT_HAS(err, "sockets");
}

static void unknown_option(void)
{
	EXPECT_NUM(run("trace", "--bogus", NULL), 2);
	EXPECT_HAS(err, "--bogus");
	EXPECT_STR(out, "");
	EXPECT_NUM(run("sockets", "extra", NULL), 2);
	EXPECT_HAS(err, "`extra'");
	EXPECT_NUM(run("tour", "extra", NULL), 2);
	EXPECT_HAS(err, "`extra'");
}

static void records(void)
{
	EXPECT_NUM(run("record", NULL), 2);
	EXPECT_HAS(err, "--output FILE is missing");
	EXPECT_NUM(run("record", "-o", "", NULL), 2);
	EXPECT_HAS(err, "--output: the name of a file is missing");
	EXPECT_NUM(run("trace", "-i", "", NULL), 2);
	EXPECT_HAS(err, "--input: the name of a file is missing");
	EXPECT_NUM(run("trace", "-i", "x", "--", "true", NULL), 2);
	EXPECT_HAS(err, "--input: `true' is too much");
	EXPECT_NUM(run("trace", "-i", "x", "--buffer-size", "8", NULL), 2);
	EXPECT_HAS(err, "--buffer-size is for the running kernel");
	EXPECT_NUM(run("show", "sock", "1:2", "-i", "x", NULL), 2);
	EXPECT_HAS(err, "`1:2' is of the running kernel");
	EXPECT_NUM(run("show", "sock", "17", "--begin", NULL), 2);
	EXPECT_HAS(err, "--begin is for a record");
	EXPECT_NUM(run("show", "skb", "17", "--begin", "-i", "x", NULL), 2);
	EXPECT_HAS(err, "--begin is for show sock");
	EXPECT_NUM(run("show", "sock", "17", "-i", "x", "--", "true", NULL), 2);
	EXPECT_HAS(err, "are for show skb");
	EXPECT_NUM(run("show", "sock", "17", "-i", "/nowhere", NULL), 1);
	EXPECT_HAS(err, "cannot read /nowhere");
	EXPECT_NUM(run("trace", "-i", "/nowhere", NULL), 1);
	EXPECT_HAS(err, "cannot read /nowhere: No such file or directory");
	EXPECT_NUM(run("trace", "-i", "/dev/null", NULL), 1);
	EXPECT_HAS(err, "/dev/null was cut off at octet 0, in the head of the file");
	EXPECT_STR(out, "");
}

static void filters(void)
{
	EXPECT_NUM(run("trace", "-f", "len > 5 && lenn < 9", "--", "echo", NULL), 2);
	EXPECT_STR(out, "");
	EXPECT_HAS(err, "--filter: an event has no field `lenn'; there are station, ");
	EXPECT_HAS(err, "\n    len > 5 && lenn < 9\n               ^~~~\n");
	EXPECT_NUM(run("trace", "--filter", "dev == '\xc3\xbc'\n&& x", NULL), 2);
	EXPECT_HAS(err, "\n    dev == '\xc3\xbc' && x\n                  ^\n");
	EXPECT_NUM(run("trace", "--filter=", NULL), 2);
	EXPECT_HAS(err, "a field is missing at the end\n");
	EXPECT_HAS(err, "\n    ^\n");
	EXPECT_NUM(run("trace", "-f", "len > 5", "-f", "len < 9", NULL), 2);
	EXPECT_HAS(err, "--filter: `len < 9' is the second one");
	EXPECT_NUM(run("trace", "-f", "len > 5", "-i", "/nowhere", NULL), 1);
	EXPECT_HAS(err, "cannot read /nowhere");
}

static void which_bytes(void)
{
	EXPECT_NUM(run("bytes", NULL), 2);
	EXPECT_HAS(err, "SOCK is missing");
	EXPECT_NUM(run("bytes", "3", NULL), 2);
	EXPECT_HAS(err, "OFFSET is missing");
	EXPECT_NUM(run("bytes", "0", "1", NULL), 2);
	EXPECT_HAS(err, "SOCK: `0' is neither the cookie of a socket");
	EXPECT_NUM(run("bytes", "3x", "1", NULL), 2);
	EXPECT_HAS(err, "SOCK: `3x'");
	EXPECT_NUM(run("bytes", "3:x", "1", NULL), 2);
	EXPECT_HAS(err, "SOCK: `3:x' is neither");
	EXPECT_NUM(run("bytes", "3:4", "1", "-i", "x", NULL), 2);
	EXPECT_HAS(err, "`3:4' is of the running kernel");
	EXPECT_NUM(run("bytes", "4194303:0", "1", "--", "true", NULL), 1);
	EXPECT_HAS(err, "there is no process 4194303");
	EXPECT_NUM(run("bytes", "3", "5-5", NULL), 2);
	EXPECT_HAS(err, "OFFSET: `5-5' has no octets");
	EXPECT_NUM(run("bytes", "3", "5-6k", NULL), 2);
	EXPECT_HAS(err, "OFFSET: `5-6k' is not OFFSET, OFFSET-END or OFFSET-");
	EXPECT_NUM(run("bytes", "3", "99999999999999999999", NULL), 2);
	EXPECT_HAS(err, "OFFSET: `99999999999999999999' is not");
	EXPECT_NUM(run("bytes", "-i", "x", "3", "1", "true", NULL), 2);
	EXPECT_HAS(err, "--input: `true' is too much");
}

static void faults(void)
{
	EXPECT_NUM(run("fault", NULL), 2);
	EXPECT_HAS(err, "say what to do: add, list or del");
	EXPECT_NUM(run("fault", "make", NULL), 2);
	EXPECT_HAS(err, "`make' is nothing to do; add, list and del are allowed");
	EXPECT_NUM(run("fault", "add", NULL), 2);
	EXPECT_HAS(err, "STATION is missing");
	EXPECT_NUM(run("fault", "add", "device.xmit", NULL), 2);
	EXPECT_HAS(err, "KIND is missing: what shall go wrong at device.xmit");
	EXPECT_NUM(run("fault", "add", "device.xmit", "drop", "p=2", NULL), 2);
	EXPECT_HAS(err, "p=: `2' is no probability");
	EXPECT_NUM(run("fault", "add", "device.xmit", "delay", NULL), 2);
	EXPECT_HAS(err, "ms= is missing");
	EXPECT_NUM(run("fault", "add", "--persist", "device.xmit", "drop",
		       "--", "ls", NULL), 2);
	EXPECT_HAS(err, "--persist: the rule does not end with CMD: `ls'");
	EXPECT_NUM(run("fault", "add", "-j", "device.xmit", "drop", NULL), 2);
	EXPECT_HAS(err, "--json is for list");
	EXPECT_NUM(run("fault", "list", "3", NULL), 2);
	EXPECT_HAS(err, "`3' is too much");
	EXPECT_NUM(run("fault", "list", "--persist", NULL), 2);
	EXPECT_HAS(err, "--persist is for add");
	EXPECT_NUM(run("fault", "del", NULL), 2);
	EXPECT_HAS(err, "ID is missing");
	EXPECT_NUM(run("fault", "del", "0", NULL), 2);
	EXPECT_HAS(err, "ID: `0' is not a whole number");
	EXPECT_NUM(run("fault", "del", "1", "2", NULL), 2);
	EXPECT_HAS(err, "`2' is too much");
	EXPECT_NUM(run("fault", "del", "1", "--", "ls", NULL), 2);
	EXPECT_HAS(err, "`ls' is too much: CMD is for add");
	EXPECT_STR(out, "");
}

static void steps(void)
{
	EXPECT_NUM(run("step", "nowhere.at_all", NULL), 2);
	EXPECT_HAS(err, "STATION: `nowhere.at_all' is no station; there are socket.send");
	EXPECT_NUM(run("step", "end.nowhere", NULL), 2);
	EXPECT_HAS(err, "socket.recv, end.consumed, end.dropped, and all for all");
	EXPECT_NUM(run("step", "device.xmit", "ms=5", NULL), 2);
	EXPECT_HAS(err, "`ms=5' is no word for hold");
	EXPECT_NUM(run("step", "max=0", NULL), 2);
	EXPECT_HAS(err, "max=: `0' is not a whole number from 1 to 4096");
	EXPECT_NUM(run("step", "--json", NULL), 2);
	EXPECT_HAS(err, "--json is for --plain");
	EXPECT_NUM(run("step", NULL), 2);
	EXPECT_HAS(err, "stdin and stdout are no terminal: use --plain");
	EXPECT_NUM(run("step", "--plain", "--", "true", NULL), 1);
	EXPECT_HAS(err, "module not loaded");
	EXPECT_NUM(run("held", "3", NULL), 2);
	EXPECT_HAS(err, "`3' is too much");
	EXPECT_STR(out, "");
}

static void wrong_numbers(void)
{
	EXPECT_NUM(run("trace", "--buffer-size", "7", NULL), 2);
	EXPECT_HAS(err, "--buffer-size: `7' is not a whole number from 8 to 1048576");
	EXPECT_NUM(run("trace", "--buffer-size=10k", NULL), 2);
	EXPECT_HAS(err, "`10k'");
	EXPECT_NUM(run("send", "-n", "-1", "7", "x", NULL), 2);
	EXPECT_HAS(err, "`-1'");
	EXPECT_NUM(run("send", "-n", "0", "7", "x", NULL), 2);
	EXPECT_NUM(run("send", "-n", "", "7", "x", NULL), 2);
	EXPECT_NUM(run("recv", "-w", "soon", "7", NULL), 2);
	EXPECT_HAS(err, "--wait: `soon' is not a number of seconds");
	EXPECT_NUM(run("recv", "-w", "nan", "7", NULL), 2);
	EXPECT_NUM(run("recv", "-w", "-1", "7", NULL), 2);
}

static void wrong_addresses(void)
{
	EXPECT_NUM(run("send", NULL), 2);
	EXPECT_HAS(err, "address is missing");
	EXPECT_NUM(run("send", "70000", "x", NULL), 2);
	EXPECT_HAS(err, "`70000'");
	EXPECT_HAS(err, "0 to 65535");
	EXPECT_NUM(run("send", "*", "x", NULL), 2);
	EXPECT_HAS(err, "`*': a destination needs a port");
	EXPECT_NUM(run("recv", "nodev:7", NULL), 2);
	EXPECT_HAS(err, "no device `nodev'");
	EXPECT_NUM(run("recv", "7", "8", NULL), 2);
	EXPECT_HAS(err, "`8'");
	EXPECT_NUM(run("send", "-b", "x", "7", "y", NULL), 2);
	EXPECT_HAS(err, "--bind: `x'");
}

static void which_skb(void)
{
	EXPECT_NUM(run("diff", NULL), 2);
	EXPECT_HAS(err, "SKB is missing");
	EXPECT_NUM(run("diff", "0", NULL), 2);
	EXPECT_HAS(err, "SKB: `0' is not a whole number from 1");
	EXPECT_NUM(run("diff", "7", "device.xmit", NULL), 2);
	EXPECT_HAS(err, "the second STATION is missing");
	EXPECT_NUM(run("diff", "7", "device.xmit", "nowhere", NULL), 2);
	EXPECT_HAS(err, "`nowhere' is no station");
	EXPECT_NUM(run("diff", "7", "device.xmit", "device.queue", "ls", NULL),
		   2);
	EXPECT_HAS(err, "`ls' is too much");
	EXPECT_NUM(run("diff", "7", "-i", "x", "--", "ls", NULL), 2);
	EXPECT_HAS(err, "--input: `ls' is too much");
	EXPECT_NUM(run("show", NULL), 2);
	EXPECT_HAS(err, "say what to show");
	EXPECT_NUM(run("show", "packet", "7", NULL), 2);
	EXPECT_HAS(err, "sock and skb are allowed");
	EXPECT_NUM(run("show", "skb", "x", NULL), 2);
	EXPECT_HAS(err, "SKB: `x' is not a whole number");
	EXPECT_NUM(run("show", "sock", "7", "--buffer-size", "8", NULL), 2);
	EXPECT_HAS(err, "are for show skb");
	EXPECT_NUM(run("show", "skb", "7", "8", NULL), 2);
	EXPECT_HAS(err, "`8' is too much");
}

static void wrong_types(void)
{
	EXPECT_NUM(run("send", "-t", "udp", "7", "x", NULL), 2);
	EXPECT_HAS(err, "`udp' is not dgram, stream, seqpacket or raw");
	EXPECT_NUM(run("recv", "-d", "a-name-that-is-long", "7", NULL), 2);
	EXPECT_HAS(err, "--device");
	EXPECT_NUM(run("send", "-s", "5", "7", "x", NULL), 2);
	EXPECT_HAS(err, "--size");
}

static void module_not_loaded(void)
{
	static const char *const commands[] = {
		"tour", "trace", "sockets", "stations", "ledger",
	};
	size_t i;

	if (!access("/proc/net/scope", F_OK))
		return;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		EXPECT_NUM(run(commands[i], NULL), 1);
		EXPECT_STR(out, "");
		EXPECT_STR(err, "skbscope: module not loaded: run `insmod skbscope.ko' (or `modprobe skbscope') as root\n");
	}
	EXPECT_NUM(run("send", "7", "x", NULL), 1);
	EXPECT_HAS(err, "module not loaded");
	EXPECT_NUM(run("recv", "7", NULL), 1);
	EXPECT_HAS(err, "module not loaded");
	EXPECT_NUM(run("trace", "--", "true", NULL), 1);
	EXPECT_HAS(err, "module not loaded");
}

static const struct ktap_test tests[] = {
	{ "help_texts", help_texts },
	{ "tool_version", tool_version },
	{ "no_command", no_command },
	{ "unknown_option", unknown_option },
	{ "records", records },
	{ "filters", filters },
	{ "which_bytes", which_bytes },
	{ "which_skb", which_skb },
	{ "faults", faults },
	{ "steps", steps },
	{ "wrong_numbers", wrong_numbers },
	{ "wrong_addresses", wrong_addresses },
	{ "wrong_types", wrong_types },
	{ "module_not_loaded", module_not_loaded },
};

int main(void)
{
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
