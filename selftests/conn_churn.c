// SPDX-License-Identifier: GPL-2.0
/*
 * conn_churn.c - proves that connections come to a right end whatever happens
 * at once: threads do all there is to do to one set of sockets, in random order,
 * while the ledger is read, every file is read, scope0 goes up and down and
 * changes its MTU, and while CPUs come and go. At the end nothing is left.
 *
 * Test-timeout: 400
 */
#include <dirent.h>
#include <limits.h>
#include <pthread.h>
#include <sys/stat.h>

#include "ledger.h"
#include "path.h"

#define SOCKETS		32
#define THREADS		4
#define STEPS		3000	/* of each thread */
#define PORTS		12	/* few, so that who asks finds who listens */
#define LONG		300	/* seconds, on a slow kernel */

#define CPU_ONLINE	"/sys/devices/system/cpu/cpu1/online"
#define DEBUGFS		"/sys/kernel/debug/skbscope"

static int sockets[SOCKETS];
static int running;

static struct sockaddr_scope some_port(unsigned int *seed)
{
	return scope_local(SCOPE_RX_PORT + rand_r(seed) % PORTS);
}

/* In place of another at once, so that no other's descriptor is used */
static void replace(int fd, unsigned int *seed)
{
	if (fd < 0)
		return;
	dup3(fd, sockets[rand_r(seed) % SOCKETS], O_CLOEXEC);
	close(fd);
}

static int some_type(unsigned int *seed)
{
	return (rand_r(seed) % 2 ? SOCK_STREAM : SOCK_SEQPACKET) |
	       SOCK_NONBLOCK;
}

static void open_one(unsigned int *seed)
{
	replace(socket(scope_family(), some_type(seed), 0), seed);
}

static void open_pair(unsigned int *seed)
{
	int pair[2];

	if (socketpair(scope_family(), some_type(seed), 0, pair))
		return;
	replace(pair[0], seed);
	replace(pair[1], seed);
}

static void listen_some(int fd, unsigned int *seed)
{
	scope_bind(fd, some_port(seed));
	listen(fd, rand_r(seed) % 5);
}

static void send_some(int fd, unsigned int *seed)
{
	static const int flags[] = {
		0, 0, 0, MSG_EOR, MSG_EOR, MSG_MORE, MSG_OOB,
	};
	static const char data[20000];
	size_t len = rand_r(seed) % (rand_r(seed) % 8 ? 200 : sizeof(data));

	send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL |
	     flags[rand_r(seed) % ARRAY_SIZE(flags)]);
}

static void receive_some(int fd, unsigned int *seed)
{
	static __thread char data[30000];
	static const int flags[] = { 0, 0, 0, MSG_PEEK, MSG_OOB, MSG_TRUNC };

	recv(fd, data, rand_r(seed) % sizeof(data),
	     MSG_DONTWAIT | flags[rand_r(seed) % ARRAY_SIZE(flags)]);
}

static void set_some(int fd, unsigned int *seed)
{
	struct linger linger = { .l_onoff = rand_r(seed) % 2 };

	switch (rand_r(seed) % 4) {
	case 0:
		scope_setsockopt_int(fd, SO_RCVBUF, rand_r(seed) % 100000);
		break;
	case 1:
		scope_setsockopt_int(fd, SO_SNDBUF, rand_r(seed) % 100000);
		break;
	case 2:
		scope_setsockopt_int(fd, SO_OOBINLINE, rand_r(seed) % 2);
		break;
	default:
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	}
}

static void ask_some(int fd)
{
	struct scope_info info;
	socklen_t len = sizeof(info);

	getsockopt(fd, SOL_SCOPE, SCOPE_INFO, &info, &len);
	scope_ioctl_int(fd, SIOCINQ);
	scope_ioctl_int(fd, SIOCOUTQ);
	scope_events(fd, POLLIN | POLLOUT);
}

/* What a call returns is no matter: many must fail here */
static void step(unsigned int *seed)
{
	int fd = sockets[rand_r(seed) % SOCKETS];

	switch (rand_r(seed) % 20) {
	case 0:
		open_one(seed);
		break;
	case 1:
		open_pair(seed);
		break;
	case 2:
		listen_some(fd, seed);
		break;
	case 3:
	case 4:
	case 5:
		scope_connect(fd, some_port(seed));
		break;
	case 6:
	case 7:
	case 8:
		replace(accept4(fd, NULL, NULL, SOCK_NONBLOCK), seed);
		break;
	case 9:
		shutdown(fd, rand_r(seed) % 3);
		break;
	case 10:
		set_some(fd, seed);
		break;
	case 11:
		ask_some(fd);
		break;
	case 12:
	case 13:
	case 14:
		receive_some(fd, seed);
		break;
	default:
		send_some(fd, seed);
	}
}

static void *churn(void *arg)
{
	unsigned int seed = (unsigned long)arg;
	int i;

	for (i = 0; i < STEPS; i++)
		step(&seed);
	__atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static bool still_running(void)
{
	return __atomic_load_n(&running, __ATOMIC_SEQ_CST);
}

FIXTURE(churn) {
	struct genl genl;
	pthread_t thread[THREADS];
	struct ledger ledger;
};

FIXTURE_SETUP(churn)
{
	unsigned int seed = 1;
	long i;

	ASSERT_LE(0, path_new_netns());
	ASSERT_EQ(0, genl_open(&self->genl));
	for (i = 0; i < SOCKETS; i++) {
		sockets[i] = socket(scope_family(), some_type(&seed), 0);
		ASSERT_LE(0, sockets[i]);
	}
	running = THREADS;
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&self->thread[i], NULL, churn,
					    (void *)(i + 1)));
}

/* Sockets that /proc/net/scope shows, or -1 */
static int sockets_left(void)
{
	FILE *file = fopen("/proc/thread-self/net/scope", "r");
	char line[512];
	int n = -2;	/* the family's line and the table's head */

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		n++;
	fclose(file);
	return n;
}

/* Who closed may leave the rest to the kernel: for seconds, not for ever */
static int await_no_sockets(void)
{
	int i, n = -1;

	for (i = 0; i < 2 * SCOPE_PATIENCE; i++) {
		n = sockets_left();
		if (!n)
			break;
		usleep(1000);
	}
	return n;
}

FIXTURE_TEARDOWN(churn)
{
	struct ledger *ledger = &self->ledger;
	int i;

	for (i = 0; i < THREADS; i++)
		pthread_join(self->thread[i], NULL);
	for (i = 0; i < SOCKETS; i++)
		close(sockets[i]);
	EXPECT_EQ(0, await_no_sockets());
	EXPECT_EQ(0, ledger_await(&self->genl, SKBSCOPE_A_LEDGER_QUEUED, 0));
	EXPECT_EQ(0, ledger_await(&self->genl, SKBSCOPE_A_LEDGER_KEPT, 0));
	ASSERT_EQ(0, ledger_rest(&self->genl, ledger));
	EXPECT_EQ(0, ledger_missing(ledger));
	/* The threads did something, though the device was down for much */
	EXPECT_LT(0, ledger_count(ledger, ALLOCATED));
}

TEST_F_TIMEOUT(churn, balances_while_read, LONG)
{
	struct ledger *ledger = &self->ledger;
	__u64 delivered = 0, acked = 0;
	int reads = 0;

	while (still_running()) {
		ASSERT_EQ(0, ledger_read(&self->genl, ledger));
		ASSERT_EQ(ledger_missing(ledger),
			  ledger_count(ledger, MOVING));
		/* What is counted once stays counted */
		ASSERT_LE(delivered, ledger_count(ledger, DELIVERED));
		ASSERT_LE(acked, ledger_count(ledger, ACKED));
		delivered = ledger_count(ledger, DELIVERED);
		acked = ledger_count(ledger, ACKED);
		reads++;
	}
	EXPECT_LT(1, reads);
	EXPECT_LT(0, delivered);
	EXPECT_LT(0, acked);
}

/* Sockets whose folder it is may go while it is read */
static long read_tree(const char *path)
{
	char data[4096], below[PATH_MAX];
	struct dirent *entry;
	long sum = 0;
	ssize_t n;
	DIR *dir;
	int fd;

	dir = opendir(path);
	if (!dir) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			return 0;
		while ((n = read(fd, data, sizeof(data))) > 0)
			sum += n;
		close(fd);
		return sum;
	}
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		sum += read_tree(below);
	}
	closedir(dir);
	return sum;
}

TEST_F_TIMEOUT(churn, every_file_is_read, LONG)
{
	int trees = 0;

	if (access(DEBUGFS, X_OK))
		SKIP(return, "debugfs is not to be read here");
	while (still_running()) {
		ASSERT_LT(0, read_tree(DEBUGFS));
		ASSERT_LT(0, read_tree("/proc/thread-self/net/scope"));
		ASSERT_LT(0, read_tree("/proc/thread-self/net/protocols"));
		trees++;
	}
	EXPECT_LT(0, trees);
}

/* Each one dumped has a type, whatever state it is in */
static void has_type(const struct genl_attrs *attrs, void *arg)
{
	const __u32 type = genl_u32(attrs, SKBSCOPE_A_SOCKET_TYPE);

	if (type != SOCK_STREAM && type != SOCK_SEQPACKET)
		++*(int *)arg;
}

TEST_F_TIMEOUT(churn, every_socket_is_dumped, LONG)
{
	int dumps = 0, wrong = 0;

	while (still_running()) {
		ASSERT_LE(0, genl_dump(&self->genl, SKBSCOPE_CMD_SOCKET_GET,
				       has_type, &wrong));
		ASSERT_EQ(0, wrong);
		dumps++;
	}
	EXPECT_LT(0, dumps);
}

TEST_F_TIMEOUT(churn, device_goes_up_and_down, LONG)
{
	struct ifreq down = { .ifr_flags = 0 };

	while (still_running()) {
		ASSERT_EQ(0, path_dev_ioctl(SCOPE_DEV_NAME, SIOCSIFFLAGS,
					    &down));
		ASSERT_EQ(0, path_dev_up(SCOPE_DEV_NAME));
	}
}

TEST_F_TIMEOUT(churn, mtu_changes, LONG)
{
	static const int mtus[] = { 65535, 1500, 300, 9000 };
	unsigned int i = 0;

	while (still_running())
		ASSERT_EQ(0, path_dev_mtu(SCOPE_DEV_NAME,
					  mtus[i++ % ARRAY_SIZE(mtus)]));
}

static int cpu_set(const char *state)
{
	int fd = open(CPU_ONLINE, O_WRONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, state, 1) == 1 ? 0 : -errno;
	close(fd);
	return ret;
}

TEST_F_TIMEOUT(churn, a_cpu_goes_and_comes, LONG)
{
	if (access(CPU_ONLINE, W_OK))
		SKIP(return, "no second CPU that can be switched off");
	while (still_running()) {
		ASSERT_EQ(0, cpu_set("0"));
		ASSERT_EQ(0, cpu_set("1"));
	}
}

TEST_HARNESS_MAIN
