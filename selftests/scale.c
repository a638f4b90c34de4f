// SPDX-License-Identifier: GPL-2.0
/*
 * scale.c - proves that very many connections are open at once and each still
 * carries what is sent, and prints what they cost: memory, opening, one more
 * round trip among so many, and the views of them all
 *
 * SCALE= is how many, 2000 if not given. All that a client has ports for:
 * make vm MEM=6G TIMEOUT=3000 RUN='SCALE=100000 .build/selftests/scale'
 * With ICOUNT=1 the times count instructions, one a nanosecond.
 * Test-timeout: 300
 */
#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>

#include "ledger.h"
#include "path.h"

#define LISTENERS	8	/* ports, as one of them has 64,511 peers */
#define ACTIVE		1000	/* connections of one measurement */
#define ROUNDS		3
#define HOUR		3600

FIXTURE(scale) {
	struct genl genl;
	int listener[LISTENERS];
	int epoll;
	int (*fd)[2];		/* the ends of each connection; 1 accepted */
	int conns;
	int wanted;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* A number of KiB by its name in /proc/meminfo */
static long kib_of(const char *name)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long kib = -1;

	while (file && kib < 0 && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)))
			kib = atol(line + strlen(name) + 1);
	fclose(file);
	return kib;
}

static int listen_at(int port)
{
	int fd = socket(scope_family(), SOCK_STREAM, 0);

	return fd < 0 || scope_bind(fd, scope_local(port)) || listen(fd, 10) ?
	       -1 : fd;
}

FIXTURE_SETUP(scale)
{
	const char *scale = getenv("SCALE");
	struct rlimit files;
	int i;

	/* More take a kernel that looks for faults longer than timers wait */
	self->wanted = scale ? atoi(scale) :
		       scope_slowness() < 10 ? 2000 : 100;
	ASSERT_LE(100, self->wanted);
	files.rlim_cur = 2 * self->wanted + 100;
	files.rlim_max = files.rlim_cur;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	self->fd = calloc(self->wanted, sizeof(*self->fd));
	self->epoll = epoll_create1(0);
	ASSERT_LE(0, path_new_netns());
	ASSERT_EQ(0, genl_open(&self->genl));
	for (i = 0; i < LISTENERS; i++) {
		self->listener[i] = listen_at(SCOPE_RX_PORT + i);
		ASSERT_LE(0, self->listener[i]);
	}
}

static int sockets_of(struct genl *genl)
{
	struct genl_attrs info;

	return genl_get(genl, SKBSCOPE_CMD_INFO_GET, 0, NULL, 0, &info) ?:
	       genl_u32(&info, SKBSCOPE_A_INFO_SOCKETS);
}

/* Closed means gone: over scope0 nothing is lost and no connection lingers */
FIXTURE_TEARDOWN(scale)
{
	struct ledger ledger;
	double begin = now();
	int i;

	for (i = 0; i < self->conns; i++) {
		close(self->fd[i][0]);
		close(self->fd[i][1]);
	}
	for (i = 0; i < LISTENERS; i++)
		close(self->listener[i]);
	for (i = 0; i < SCOPE_PATIENCE && sockets_of(&self->genl); i++)
		usleep(1000);
	printf("# closed: %.0f a second\n", self->conns / (now() - begin));
	EXPECT_EQ(0, sockets_of(&self->genl));
	ASSERT_EQ(0, ledger_rest(&self->genl, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
	/* Where acknowledgments take longer than timers wait, more is sent twice */
	EXPECT_EQ(scope_slowness() < 10 ? 0 :
		  ledger_reason(&ledger, "SCOPE_OLD_DATA"),
		  ledger_count(&ledger, DROPPED));
	EXPECT_EQ(0, ledger_count(&ledger, CONTROL_DROPPED));
	free(self->fd);
}

static bool watch(int epoll, int fd, int number)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = number };

	return !epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
}

/* One more connection, its accepted end watched */
static bool open_one(int *fd, int listener, int port, int epoll, int number)
{
	fd[0] = socket(scope_family(), SOCK_STREAM, 0);
	if (fd[0] < 0 || scope_connect(fd[0], scope_local(port)))
		return false;
	fd[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	return fd[1] >= 0 && watch(epoll, fd[0], 2 * number) &&
	       watch(epoll, fd[1], 2 * number + 1);
}

/* Every octet sent comes back, by way of one epoll that watches all of them */
static int echo(int epoll, int (*conn)[2], int conns)
{
	const int active = conns < ACTIVE ? conns : ACTIVE;
	struct epoll_event ev[64];
	int i, n, number, got = 0;
	unsigned char octet;

	for (i = 0; i < active; i++) {
		octet = i;
		if (send(conn[i * (conns / active)][0], &octet, 1, 0) != 1)
			return -1;
	}
	while (got < active) {
		n = epoll_wait(epoll, ev, ARRAY_SIZE(ev), SCOPE_PATIENCE);
		if (n <= 0)
			return -1;
		for (i = 0; i < n; i++) {
			number = ev[i].data.u32;
			if (recv(conn[number / 2][number % 2], &octet, 1, 0) != 1)
				return -1;
			if (number % 2)
				send(conn[number / 2][1], &octet, 1, 0);
			else if (octet == (unsigned char)
				 (number / 2 / (conns / active)))
				got++;
			else
				return -1;
		}
	}
	return active;
}

/* Seconds that a line of /proc/net/scope takes, by the whole file */
static double read_proc(int *lines)
{
	static char data[1 << 16];
	int fd = open("/proc/thread-self/net/scope", O_RDONLY);
	double begin = now();
	int i, n;

	*lines = 0;
	while ((n = read(fd, data, sizeof(data))) > 0)
		for (i = 0; i < n; i++)
			*lines += data[i] == '\n';
	close(fd);
	return now() - begin;
}

static void see(const struct genl_attrs *attrs, void *arg)
{
}

static void measure(struct __test_metadata *_metadata, struct genl *genl,
		    int epoll, int (*conn)[2], int conns)
{
	const int sockets = 2 * conns + LISTENERS;
	double begin, proc, dump, trip;
	int i, lines, n = 0;

	begin = now();
	for (i = 0; i < ROUNDS; i++) {
		n = echo(epoll, conn, conns);
		ASSERT_LT(0, n);
	}
	trip = (now() - begin) / ROUNDS / n;
	proc = read_proc(&lines);
	/* the family's number and the headings are lines, too */
	EXPECT_EQ(sockets + 2, lines);
	begin = now();
	EXPECT_EQ(sockets, genl_dump(genl, SKBSCOPE_CMD_SOCKET_GET, see, NULL));
	dump = now() - begin;
	EXPECT_EQ(sockets, sockets_of(genl));
	printf("# %6d connections: round trip %.1f us; a socket in /proc/net/scope %.2f us, in a netlink dump %.2f us\n",
	       conns, trip * 1e6, proc / sockets * 1e6, dump / sockets * 1e6);
}

TEST_F_TIMEOUT(scale, connections, HOUR)
{
	const long free_before = kib_of("MemAvailable");
	const long slab_before = kib_of("Slab");
	double begin, spent = 0;
	int mark, i;

	for (mark = self->wanted / 100; self->conns < self->wanted;
	     mark = mark * 10) {
		begin = now();
		for (; self->conns < mark && self->conns < self->wanted;
		     self->conns++) {
			i = self->conns % LISTENERS;
			ASSERT_TRUE(open_one(self->fd[self->conns],
					     self->listener[i],
					     SCOPE_RX_PORT + i, self->epoll,
					     self->conns))
				TH_LOG("connection %d: %s", self->conns,
				       strerror(errno));
		}
		spent += now() - begin;
		measure(_metadata, &self->genl, self->epoll, self->fd,
			self->conns);
	}
	printf("# opened: %.0f a second; memory of one, with both ends: %.2f KiB, of that slab %.2f\n",
	       self->conns / spent,
	       (double)(free_before - kib_of("MemAvailable")) / self->conns,
	       (double)(kib_of("Slab") - slab_before) / self->conns);
}

TEST_HARNESS_MAIN
