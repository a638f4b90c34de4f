// SPDX-License-Identifier: GPL-2.0
/*
 * growth.c - what calls, views and memory cost as sockets become many, AF_SCOPE
 * beside AF_UNIX
 *
 * Started by measure.sh in a VM whose clock counts instructions: there a
 * nanosecond is an instruction of the only CPU. A process of its own opens more
 * and more sockets of one family and type; at each number it does a few more
 * calls of each kind and takes their median, has the kernel list all sockets, and
 * prints one JSON object a line.
 *
 * Datagram sockets are bound, each to a name of its own; of streams half of the
 * sockets are connected to the other half.
 */
#include <err.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../genl.h"

#define SAMPLES		100	/* calls of each kind at each number */
#define LISTENERS	8	/* one has as many peers as there are ports */
#define PORT		5000
/* Sockets of a type that have ports; the others are of another type */
#define PORTS		50000
#define SAMPLE_NAMES	1000000	/* numbers of names from here on are samples' */

struct growth {
	bool scope;
	bool stream;
	int nr;			/* sockets that stay open */
	int *fd;
	int listener[LISTENERS];
	int names;		/* given so far */
	double slab_kib;	/* before the first */
};

struct name {
	union {
		struct sockaddr sa;
		struct sockaddr_un un;
		struct sockaddr_scope scope;
	};
	socklen_t len;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/* What the kernel's small objects take */
static double slab_kib(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	double kib = -1;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Slab: %lf", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib;
}

/* Until what those before us had is free */
static void settle(void)
{
	FILE *file = fopen("/proc/sys/vm/drop_caches", "w");
	double before, after = slab_kib();

	if (file) {
		fputs("2", file);
		fclose(file);
	}
	do {
		before = after;
		sleep(1);
		after = slab_kib();
	} while (after < before - 100);
}

static struct name name_of(const struct growth *g, int number)
{
	struct name name = { };

	if (g->scope) {
		name.scope.sscope_family = scope_family();
		name.scope.sscope_port =
			htons(PORT + (number < SAMPLE_NAMES ? number % PORTS :
				      PORTS + number - SAMPLE_NAMES));
		name.len = sizeof(name.scope);
	} else {
		name.un.sun_family = AF_UNIX;
		name.len = offsetof(struct sockaddr_un, sun_path) + 1 +
			   sprintf(name.un.sun_path + 1, "growth-%d", number);
	}
	return name;
}

static int type_of(const struct growth *g, int number)
{
	if (g->stream)
		return SOCK_STREAM;
	return g->scope && number >= PORTS ? SOCK_SEQPACKET : SOCK_DGRAM;
}

static int open_socket(const struct growth *g, int type)
{
	int fd = socket(g->scope ? scope_family() : AF_UNIX, type, 0);

	if (fd < 0)
		err(EXIT_FAILURE, "socket");
	return fd;
}

static void bind_to(int fd, struct name name)
{
	if (bind(fd, &name.sa, name.len))
		err(EXIT_FAILURE, "bind");
}

static void connect_to(int fd, struct name name)
{
	if (connect(fd, &name.sa, name.len))
		err(EXIT_FAILURE, "connect");
}

static void carry(int from, int to)
{
	char octet = 0;

	if (send(from, &octet, 1, 0) != 1 || recv(to, &octet, 1, 0) != 1)
		err(EXIT_FAILURE, "carrying an octet");
}

static void open_listeners(struct growth *g)
{
	int i;

	for (i = 0; i < LISTENERS; i++) {
		g->listener[i] = open_socket(g, SOCK_STREAM);
		bind_to(g->listener[i], name_of(g, g->names++));
		if (listen(g->listener[i], 10))
			err(EXIT_FAILURE, "listen");
	}
}

/* Both ends of a connection, from a client of any name */
static void open_connection(const struct growth *g, int number, int *fd)
{
	int listener = number % LISTENERS;

	fd[0] = open_socket(g, SOCK_STREAM);
	connect_to(fd[0], name_of(g, listener));
	fd[1] = accept(g->listener[listener], NULL, NULL);
	if (fd[1] < 0)
		err(EXIT_FAILURE, "accept");
}

static void grow(struct growth *g, int nr)
{
	for (; g->nr < nr; g->nr += g->stream ? 2 : 1) {
		if (g->stream) {
			open_connection(g, g->nr / 2, &g->fd[g->nr]);
			continue;
		}
		g->fd[g->nr] = open_socket(g, type_of(g, g->names));
		bind_to(g->fd[g->nr], name_of(g, g->names));
		g->names++;
	}
}

/* Returns how many messages a dump has that was asked for */
static int count_answers(int fd)
{
	static char data[1 << 16];
	struct nlmsghdr *nlh;
	int len, n = 0;

	for (;;) {
		len = recv(fd, data, sizeof(data), 0);
		if (len < 0)
			err(EXIT_FAILURE, "receiving a dump");
		for (nlh = (struct nlmsghdr *)data; NLMSG_OK(nlh, len);
		     nlh = NLMSG_NEXT(nlh, len), n++) {
			if (nlh->nlmsg_type == NLMSG_ERROR)
				errx(EXIT_FAILURE, "a dump is refused");
			if (nlh->nlmsg_type == NLMSG_DONE)
				return n;
		}
	}
}

/* Returns how many sockets the kernel lists; @whole, with all it tells of them */
static int dump_scope(bool whole)
{
	const __u32 show = whole ? SKBSCOPE_SHOW_MASK :
			   SKBSCOPE_SHOW_OWNER | SKBSCOPE_SHOW_MEMORY |
			   SKBSCOPE_SHOW_QUEUES;
	static struct genl genl;
	int n;

	if (genl_open(&genl) ||
	    genl_send(&genl, genl.family, SKBSCOPE_CMD_SOCKET_GET, NLM_F_DUMP,
		      SKBSCOPE_A_SOCKET_SHOW, &show, sizeof(show)))
		err(EXIT_FAILURE, "generic netlink");
	n = count_answers(genl.fd);
	genl_close(&genl);
	return n;
}

/* The same of AF_UNIX, as ss asks for it */
static int dump_unix(bool whole)
{
	const struct {
		struct nlmsghdr nlh;
		struct unix_diag_req req;
	} ask = {
		.nlh.nlmsg_len = sizeof(ask),
		.nlh.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.req.sdiag_family = AF_UNIX,
		.req.udiag_states = -1,
		.req.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER |
				  UDIAG_SHOW_RQLEN | UDIAG_SHOW_MEMINFO |
				  UDIAG_SHOW_ICONS | UDIAG_SHOW_VFS |
				  (whole ? UDIAG_SHOW_UID : 0),
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	int n;

	if (fd < 0 || send(fd, &ask, sizeof(ask), 0) < 0)
		err(EXIT_FAILURE, "sock_diag");
	n = count_answers(fd);
	close(fd);
	return n;
}

static int dump(const struct growth *g, bool whole)
{
	return g->scope ? dump_scope(whole) : dump_unix(whole);
}

static void measure_dump(const struct growth *g, const char *name, bool whole)
{
	double begin = now();
	int n = dump(g, whole);

	if (n < g->nr)
		errx(EXIT_FAILURE, "%d sockets are listed of %d", n, g->nr);
	printf(", \"%s\": %.1f", name, (now() - begin) / n);
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median of some calls, as a field of the line that is being printed */
#define MEDIAN(name, call) do {						\
	double took[SAMPLES];						\
	int i;								\
									\
	for (i = 0; i < SAMPLES; i++) {					\
		took[i] = now();					\
		call;							\
		took[i] = now() - took[i];				\
	}								\
	qsort(took, SAMPLES, sizeof(took[0]), by_value);		\
	printf(", \"%s\": %.0f", name, took[SAMPLES / 2]);		\
} while (0)

static void measure_dgram(struct growth *g)
{
	const int apart = g->nr / SAMPLES ?: 1;
	int fd[SAMPLES];
	int peer[SAMPLES];
	int i;

	/* those of the type that has datagrams, all over the names */
	for (i = 0; i < SAMPLES; i++)
		peer[i] = i * apart % (g->nr < PORTS ? g->nr : PORTS);
	MEDIAN("socket", fd[i] = open_socket(g, SOCK_DGRAM));
	MEDIAN("bind", bind_to(fd[i], name_of(g, SAMPLE_NAMES + i)));
	MEDIAN("connect", connect_to(fd[i], name_of(g, peer[i])));
	MEDIAN("deliver", carry(fd[i], g->fd[peer[i]]));
	MEDIAN("close", close(fd[i]));
}

static void measure_stream(struct growth *g)
{
	const int apart = g->nr / 2 / SAMPLES ?: 1;
	int fd[SAMPLES][2];
	int *conn[SAMPLES];
	int i;

	for (i = 0; i < SAMPLES; i++)
		conn[i] = &g->fd[2 * (i * apart % (g->nr / 2))];
	MEDIAN("connect", open_connection(g, i, fd[i]));
	MEDIAN("deliver", carry(conn[i][0], conn[i][1]));
	MEDIAN("close", (close(fd[i][0]), close(fd[i][1])));
}

static void measure(struct growth *g)
{
	printf("{\"family\": \"%s\", \"type\": \"%s\", \"sockets\": %d",
	       g->scope ? "scope" : "unix", g->stream ? "STREAM" : "DGRAM",
	       g->nr);
	printf(", \"memory\": %.0f",
	       (slab_kib() - g->slab_kib) * 1024 / g->nr);
	if (g->stream)
		measure_stream(g);
	else
		measure_dgram(g);
	measure_dump(g, "dump", false);
	measure_dump(g, "dump_whole", true);
	printf("}\n");
	fflush(stdout);
}

static void run(struct growth *g, int max)
{
	const struct rlimit files = {
		.rlim_cur = max + 2 * SAMPLES + 100,
		.rlim_max = max + 2 * SAMPLES + 100,
	};
	int nr;

	if (setrlimit(RLIMIT_NOFILE, &files))
		err(EXIT_FAILURE, "setrlimit");
	g->fd = calloc(max + 1, sizeof(*g->fd));
	/* The first one loads what it needs */
	dump(g, true);
	settle();
	g->slab_kib = slab_kib();
	if (g->stream)
		open_listeners(g);
	for (nr = 10; nr <= max; nr *= 10) {
		grow(g, nr);
		measure(g);
	}
	exit(EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
	int max = argc == 2 ? atoi(argv[1]) : 0;
	int kind, status;

	if (max < 10)
		errx(EXIT_FAILURE, "usage: growth SOCKETS (10 or more)");
	for (kind = 0; kind < 4; kind++) {
		struct growth g = {
			.scope = !(kind & 1),
			.stream = kind & 2,
		};
		fflush(stdout);
		if (!fork())
			run(&g, max);
		if (wait(&status) < 0 || status)
			errx(EXIT_FAILURE, "a family failed");
	}
	return EXIT_SUCCESS;
}
