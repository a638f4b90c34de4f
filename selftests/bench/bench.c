// SPDX-License-Identifier: GPL-2.0
/*
 * bench.c - what a round trip and a big write cost, AF_SCOPE beside its peers
 *
 * Started by measure.sh in a VM whose clock counts instructions: there a
 * nanosecond is an instruction of the only CPU. Prints one JSON object a line
 * for each case. A case has a process of its own; one that cannot be measured
 * is printed with the call that failed and its errno.
 *
 * Two ways to measure:
 *
 * turn: one thread has both ends and sends and receives in turn. It never
 *	waits, so this is the data path alone, with the softirqs it causes.
 * block: a process at each end, and they wait for each other: with wakeups and
 *	context switches, as programs meet it.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "skbscope.h"

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))

#define BULK			65536
#define BULK_DGRAM		65507	/* the longest datagram UDP carries */
#define REPETITIONS		7
#define REPETITIONS_MAX		99
#define OPERATIONS		1000	/* of a repetition */
#define PATIENCE		120	/* seconds a case may take */

struct bench {
	const char *transport;
	const char *type_name;
	int type;
	size_t size;
	bool bulk;		/* written and read, not sent to and fro */
	bool block;
	unsigned int repetitions;
	unsigned int operations;	/* of a repetition */
	int end[2];
	pid_t peer;		/* the process at end[1] if @block */
};

struct sample {
	double cost;		/* in ns: of a round trip, or of an octet */
	double busy;		/* share of the time that our processes ran */
};

static char buffer[BULK];

static void print_case(const struct bench *b)
{
	printf("{\"transport\": \"%s\", \"type\": \"%s\", \"size\": %zu, \"op\": \"%s\", \"mode\": \"%s\", ",
	       b->transport, b->type_name, b->size,
	       b->bulk ? "write" : "pingpong", b->block ? "block" : "turn");
}

/* Hands on what a call returned; if it failed, this case is over */
static int must(const struct bench *b, const char *call, int ret)
{
	if (ret >= 0)
		return ret;
	print_case(b);
	printf("\"error\": \"%s\", \"call\": \"%s\"}\n", strerrorname_np(errno),
	       call);
	exit(EXIT_SUCCESS);
}

static int scope_family(const struct bench *b)
{
	FILE *file = fopen("/sys/module/skbscope/parameters/family", "r");
	int family;

	if (!file || fscanf(file, "%d", &family) != 1) {
		errno = EAFNOSUPPORT;
		must(b, "socket", -1);
	}
	fclose(file);
	return family;
}

static int bound(struct bench *b, const void *any, struct sockaddr *name)
{
	const struct sockaddr *addr = any;
	socklen_t len = sizeof(struct sockaddr_in);
	int fd = must(b, "socket", socket(addr->sa_family, b->type, 0));

	must(b, "bind", bind(fd, addr, len));
	must(b, "getsockname", getsockname(fd, name, &len));
	return fd;
}

/*
 * Two ends by a device, from addresses with no port. Both families' addresses
 * have 16 octets.
 */
static void open_device(struct bench *b, const void *any)
{
	struct sockaddr name[2];
	int listener;

	_Static_assert(sizeof(name[0]) == sizeof(struct sockaddr_in) &&
		       sizeof(name[0]) == sizeof(struct sockaddr_scope),
		       "one length serves both");
	b->end[0] = bound(b, any, &name[0]);
	if (b->type == SOCK_DGRAM) {
		b->end[1] = bound(b, any, &name[1]);
		must(b, "connect", connect(b->end[0], &name[1], sizeof(name[1])));
		must(b, "connect", connect(b->end[1], &name[0], sizeof(name[0])));
		return;
	}
	listener = bound(b, any, &name[1]);
	must(b, "listen", listen(listener, 1));
	must(b, "connect", connect(b->end[0], &name[1], sizeof(name[1])));
	b->end[1] = must(b, "accept", accept(listener, NULL, NULL));
	close(listener);
}

static void open_socketpair(struct bench *b)
{
	must(b, "socketpair",
	     socketpair(scope_family(b), b->type, 0, b->end));
}

static void open_unix(struct bench *b)
{
	must(b, "socketpair", socketpair(AF_UNIX, b->type, 0, b->end));
}

static void open_scope0(struct bench *b)
{
	struct sockaddr_scope any = { .sscope_family = scope_family(b) };

	open_device(b, &any);
}

/* UDP or TCP over lo. Nagle's algorithm is off, as in every such comparison */
static void open_inet(struct bench *b)
{
	struct sockaddr_in any = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int i, on = 1;

	open_device(b, &any);
	for (i = 0; i < 2 && b->type == SOCK_STREAM; i++)
		must(b, "setsockopt", setsockopt(b->end[i], IPPROTO_TCP,
						 TCP_NODELAY, &on, sizeof(on)));
}

static const struct transport {
	const char *name;
	void (*open)(struct bench *b);
} transports[] = {
	{ "socketpair", open_socketpair },
	{ "unix", open_unix },
	{ "scope0", open_scope0 },
	{ "inet", open_inet },
};

static const struct {
	const char *name;
	int type;
} types[] = {
	{ "DGRAM", SOCK_DGRAM },
	{ "STREAM", SOCK_STREAM },
	{ "SEQPACKET", SOCK_SEQPACKET },
};

/* All of @size octets, in as many calls as a stream asks for; false: the end */
static bool take(const struct bench *b, int fd, size_t size)
{
	size_t got = 0;
	int n;

	while (got < size) {
		n = must(b, "recv", recv(fd, buffer, size - got, 0));
		if (n == 0)
			return false;
		got += n;
	}
	return true;
}

static void give(const struct bench *b, int fd, size_t size)
{
	size_t given = 0;

	while (given < size)
		given += must(b, "send", send(fd, buffer, size - given, 0));
}

static void pingpong_turn(const struct bench *b)
{
	give(b, b->end[0], b->size);
	take(b, b->end[1], b->size);
	give(b, b->end[1], b->size);
	take(b, b->end[0], b->size);
}

static void pingpong_block(const struct bench *b)
{
	give(b, b->end[0], b->size);
	take(b, b->end[0], b->size);
}

/* Writes what there is room for and reads what there is, until all is through */
static void write_turn(const struct bench *b)
{
	size_t given = 0, got = 0;
	int n;

	while (got < b->size) {
		if (given < b->size) {
			n = send(b->end[0], buffer, b->size - given, MSG_DONTWAIT);
			if (n < 0 && errno != EAGAIN)
				must(b, "send", n);
			given += n < 0 ? 0 : n;
		}
		n = recv(b->end[1], buffer, sizeof(buffer),
			 given < b->size ? MSG_DONTWAIT : 0);
		if (n < 0 && errno != EAGAIN)
			must(b, "recv", n);
		got += n < 0 ? 0 : n;
	}
}

static void write_block(const struct bench *b)
{
	give(b, b->end[0], b->size);
}

static void repeat(const struct bench *b)
{
	void (*operation)(const struct bench *b);
	unsigned int i;

	if (b->block)
		operation = b->bulk ? write_block : pingpong_block;
	else
		operation = b->bulk ? write_turn : pingpong_turn;
	for (i = 0; i < b->operations; i++)
		operation(b);
	/* Written is not read: the reader says when it has all */
	if (b->block && b->bulk)
		take(b, b->end[0], 1);
}

/* The other end of repeat(): answers each message, or the last write */
static void answer(const struct bench *b)
{
	unsigned int taken = 0;

	while (take(b, b->end[1], b->size)) {
		if (!b->bulk)
			give(b, b->end[1], b->size);
		else if (++taken % b->operations == 0)
			give(b, b->end[1], 1);
	}
}

static void start_peer(struct bench *b)
{
	pid_t parent = getpid();

	b->peer = must(b, "fork", fork());
	if (b->peer)
		return;
	/* Whatever ends it, it is the other end that says how it went */
	fclose(stdout);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		answer(b);
	exit(EXIT_SUCCESS);
}

static double seconds(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now))
		err(EXIT_FAILURE, "clock_gettime");
	return now.tv_sec + now.tv_nsec / 1e9;
}

static double seconds_run(const struct bench *b)
{
	double run = seconds(CLOCK_PROCESS_CPUTIME_ID);
	clockid_t clock;

	if (b->block && !clock_getcpuclockid(b->peer, &clock))
		run += seconds(clock);
	return run;
}

static struct sample measure(const struct bench *b)
{
	double run = seconds_run(b);
	double elapsed = seconds(CLOCK_MONOTONIC);

	repeat(b);
	elapsed = seconds(CLOCK_MONOTONIC) - elapsed;
	run = seconds_run(b) - run;
	return (struct sample) {
		.cost = elapsed * 1e9 / b->operations / (b->bulk ? b->size : 1),
		.busy = run / elapsed,
	};
}

static int by_cost(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	if (x->cost == y->cost)
		return 0;
	return x->cost < y->cost ? -1 : 1;
}

/* In a process of its own */
static void run_case(struct bench *b, const struct transport *transport)
{
	struct sample samples[REPETITIONS_MAX];
	struct sample *median = &samples[b->repetitions / 2];
	unsigned int i;

	alarm(PATIENCE);
	transport->open(b);
	if (b->block)
		start_peer(b);
	repeat(b);	/* fills caches and grows windows */
	for (i = 0; i < b->repetitions; i++)
		samples[i] = measure(b);
	qsort(samples, b->repetitions, sizeof(samples[0]), by_cost);
	print_case(b);
	printf("\"cost\": %.3f, \"min\": %.3f, \"max\": %.3f, \"busy\": %.3f}\n",
	       median->cost, samples[0].cost, samples[b->repetitions - 1].cost,
	       median->busy);
	if (b->block) {
		kill(b->peer, SIGKILL);
		waitpid(b->peer, NULL, 0);
	}
	exit(EXIT_SUCCESS);
}

static void start_case(struct bench *b, const struct transport *transport)
{
	int status;
	pid_t pid;

	/* TCP has no records; its stream is what SEQPACKET is compared with */
	if (!strcmp(transport->name, "inet") && b->type == SOCK_SEQPACKET)
		return;
	/* With nobody who waits for the reader, UDP loses what is too much */
	if (b->block && b->bulk && b->type == SOCK_DGRAM)
		return;
	b->transport = transport->name;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		err(EXIT_FAILURE, "fork");
	if (!pid)
		run_case(b, transport);
	if (waitpid(pid, &status, 0) != pid)
		err(EXIT_FAILURE, "waitpid");
	if (!WIFSIGNALED(status))
		return;
	print_case(b);
	printf("\"error\": \"SIG%s\", \"call\": \"ended by\"}\n",
	       sigabbrev_np(WTERMSIG(status)));
}

/* What the command line asks for; no name and no size are all */
struct wanted {
	const char *transport;
	const char *type;
	const char *mode;
	size_t size;
	unsigned int repetitions;
	unsigned int operations;
};

static bool fits(const char *wanted, const char *name)
{
	return !wanted || !strcmp(wanted, name);
}

static void start_cases(const struct wanted *w, struct bench *b)
{
	unsigned int i;

	if (w->size && w->size != b->size)
		return;
	b->repetitions = w->repetitions;
	b->operations = w->operations;
	for (i = 0; i < ARRAY_SIZE(transports); i++)
		if (fits(w->transport, transports[i].name))
			start_case(b, &transports[i]);
}

static void start_sizes(const struct wanted *w, struct bench *b)
{
	static const size_t sizes[] = { 1, 64 };
	unsigned int i;

	b->bulk = false;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		b->size = sizes[i];
		start_cases(w, b);
	}
	b->bulk = true;
	b->size = b->type == SOCK_DGRAM ? BULK_DGRAM : BULK;
	start_cases(w, b);
}

static void start_all(const struct wanted *w)
{
	struct bench b = { };
	unsigned int i;
	int block;

	for (block = 0; block < 2; block++) {
		if (!fits(w->mode, block ? "block" : "turn"))
			continue;
		for (i = 0; i < ARRAY_SIZE(types); i++) {
			if (!fits(w->type, types[i].name))
				continue;
			b.block = block;
			b.type = types[i].type;
			b.type_name = types[i].name;
			start_sizes(w, &b);
		}
	}
}

static void print_usage(void)
{
	fprintf(stderr,
		"usage: bench [-m turn|block] [-t DGRAM|STREAM|SEQPACKET] [-s SIZE]\n"
		"             [-p socketpair|unix|scope0|inet] [-r REPETITIONS] [-n OPERATIONS]\n"
		"Without options it measures every mode, type, size and transport.\n");
	exit(EXIT_FAILURE);
}

static unsigned int number_of(const char *text, unsigned int max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end || !n || n > max)
		errx(EXIT_FAILURE, "%s: a number from 1 to %u", text, max);
	return n;
}

int main(int argc, char **argv)
{
	struct wanted w = {
		.repetitions = REPETITIONS,
		.operations = OPERATIONS,
	};
	int option;

	while ((option = getopt(argc, argv, "m:t:s:p:r:n:")) != -1) {
		switch (option) {
		case 'm':
			w.mode = optarg;
			break;
		case 't':
			w.type = optarg;
			break;
		case 's':
			w.size = number_of(optarg, BULK);
			break;
		case 'p':
			w.transport = optarg;
			break;
		case 'r':
			w.repetitions = number_of(optarg, REPETITIONS_MAX);
			break;
		case 'n':
			w.operations = number_of(optarg, 1 << 30);
			break;
		default:
			print_usage();
		}
	}
	if (optind < argc)
		print_usage();
	start_all(&w);
	return EXIT_SUCCESS;
}
