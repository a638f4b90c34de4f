// SPDX-License-Identifier: GPL-2.0
/*
 * limits.c - proves what happens at the limits that the kernel sets a process:
 * no descriptor left (RLIMIT_NOFILE), no memory left in its control group, up to
 * the OOM killer. What could not be had must not be lost, and what a killed
 * process had must not stay.
 *
 * Test-timeout: 300
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "conn.h"

#define GROUP	"/sys/fs/cgroup/skbscope-limits"
#define LIMIT	(32 << 20)	/* octets of the group's memory */
#define PAIRS	16

CONN_FIXTURE(limit, conn_open_listening)

FIXTURE_VARIANT_ADD(limit, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(limit, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(limit, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(limit, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(limit, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(limit, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(limit, record_unix) { CONN_UNIX, SOCK_SEQPACKET };

/* No descriptor above those that are open now. Returns 0 or -errno */
static int no_more_files(struct rlimit *before)
{
	struct rlimit now;
	int fd = dup(0);

	if (fd < 0 || getrlimit(RLIMIT_NOFILE, before))
		return -errno;
	close(fd);
	/* The lowest free one is the first that is not allowed */
	now = *before;
	now.rlim_cur = fd;
	return setrlimit(RLIMIT_NOFILE, &now) ? -errno : 0;
}

TEST_F(limit, no_descriptor_to_open)
{
	const int domain = conn_domain(&self->conn);
	struct rlimit before;
	int pair[2];

	ASSERT_EQ(0, no_more_files(&before));
	EXPECT_EQ(EMFILE, errno_of(socket(domain, self->conn.type, 0)));
	if (self->conn.kind != CONN_TCP) {
		EXPECT_EQ(EMFILE, errno_of(socketpair(domain, self->conn.type,
						      0, pair)));
	}
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &before));
}

/* Who could not be accepted waits on, and with what he sent */
TEST_F(limit, no_descriptor_to_accept)
{
	struct rlimit before;

	client = conn_connected(&self->conn);
	ASSERT_LE(0, client);
	send_text("waits", 0);
	ASSERT_EQ(POLLIN, scope_await(listener, POLLIN));
	ASSERT_EQ(0, no_more_files(&before));
	EXPECT_EQ(EMFILE, errno_of(accept(listener, NULL, NULL)));
	EXPECT_EQ(EMFILE, errno_of(accept(listener, NULL, NULL)));
	EXPECT_EQ(POLLIN, scope_events(listener, POLLIN));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &before));
	server = accept(listener, NULL, NULL);
	ASSERT_LE(0, server);
	expect_text(server, "waits", 16, 0);
}

CONN_FIXTURE(killed, conn_open_listening)

FIXTURE_VARIANT_ADD(killed, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(killed, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(killed, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(killed, record_veth) { CONN_VETH, SOCK_SEQPACKET };

/* 0 or -errno */
static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* How often the group's memory led to a kill, or -1 */
static long group_kills(void)
{
	FILE *file = fopen(GROUP "/memory.events", "r");
	char word[32];
	long n, kills = -1;

	while (file && fscanf(file, "%31s %ld", word, &n) == 2)
		if (!strcmp(word, "oom_kill"))
			kills = n;
	if (file)
		fclose(file);
	return kills;
}

/* Full sockets of every type, then all the memory there is */
static void live_beyond_means(const struct conn *conn)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	char pid[16];
	int i, fd[2];

	snprintf(pid, sizeof(pid), "%d", getpid());
	if (write_file(GROUP "/cgroup.procs", pid))
		_exit(1);
	for (i = 0; i < PAIRS; i++) {
		if (socketpair(conn_domain(conn), types[i % 3], 0, fd) ||
		    conn_fill(fd[0], 3000) <= 0)
			_exit(2);
		fd[0] = conn_connected(conn);
		if (fd[0] < 0)
			_exit(3);
		fd[1] = accept(conn->listen_fd, NULL, NULL);
		if (fd[1] < 0 || conn_fill(fd[0], 3000) <= 0)
			_exit(4);
	}
	for (;;)
		if (mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1,
			 0) == MAP_FAILED)
			_exit(5);
}

TEST_F_TIMEOUT(killed, no_memory_left, 120)
{
	struct ledger ledger;
	struct genl genl;
	char limit[16];
	int status;
	pid_t pid;

	if (mkdir(GROUP, 0755) && errno != EEXIST)
		SKIP(return, "no control groups here");
	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	snprintf(limit, sizeof(limit), "%d", LIMIT);
	if (write_file(GROUP "/memory.max", limit))
		SKIP(return, "no limit of memory for control groups here");
	write_file(GROUP "/memory.swap.max", "0");
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		live_beyond_means(&self->conn);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSIGNALED(status)) {
		TH_LOG("it ended with %d", WEXITSTATUS(status));
	}
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
	EXPECT_LT(0, group_kills());
	EXPECT_EQ(0, rmdir(GROUP));

	/* Whoever is left is served as before */
	ASSERT_EQ(0, conn_join(&self->conn));
	send_text("alive", 0);
	expect_text(server, "alive", 16, 0);
	ASSERT_EQ(0, conn_enter(&self->conn, 0));
	ASSERT_EQ(0, genl_open(&genl));
	EXPECT_EQ(0, ledger_await(&genl, SKBSCOPE_A_LEDGER_QUEUED, 0));
	EXPECT_EQ(0, ledger_await(&genl, SKBSCOPE_A_LEDGER_KEPT, 0));
	ASSERT_EQ(0, ledger_rest(&genl, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
	genl_close(&genl);
}

TEST_HARNESS_MAIN
