// SPDX-License-Identifier: GPL-2.0
/*
 * dgram_memory.c - proves that truesize is what buffers are measured in, that
 * every view tells the same of it, and that the ledger loses nobody
 */
#include <sys/time.h>

#include <linux/sock_diag.h>

#include "ledger.h"
#include "path.h"

FIXTURE(memory) {
	struct path path;
	int tx;
	int rx;			/* bound to SCOPE_RX_PORT */
	struct genl genl;
};

FIXTURE_SETUP(memory)
{
	ASSERT_EQ(0, path_open(&self->path, PATH_SCOPE0));
	self->rx = path_bound(&self->path, 1, SCOPE_RX_PORT);
	ASSERT_LE(0, self->rx);
	self->tx = path_socket(&self->path, 0, 0);
	ASSERT_LE(0, self->tx);
	ASSERT_EQ(0, scope_connect(self->tx, scope_local(SCOPE_RX_PORT)));
	ASSERT_EQ(0, genl_open(&self->genl));
}

FIXTURE_TEARDOWN(memory)
{
	close(self->tx);
	close(self->rx);
}

static __u32 meminfo(int fd, int which)
{
	__u32 mem[SK_MEMINFO_VARS];
	socklen_t len = sizeof(mem);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, mem, &len))
		return ~0U;
	return mem[which];
}

/* One value of a socket's file in debugfs; ~0 where there is none */
static __u64 debugfs_value(int fd, const char *name)
{
	char path[96], line[128];
	__u64 value = ~0ULL;
	size_t len = strlen(name);
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/debug/skbscope/sockets/%llu/sock",
		 ledger_cookie(fd));
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, len) && line[len] == ' ')
			value = strtoull(line + len, NULL, 10);
	if (file)
		fclose(file);
	return value;
}

/* Adds a column up over the receive queue's table; returns its rows or -1 */
static int debugfs_queue(int fd, const char *column, __u64 *sum)
{
	char path[96], line[512], *word;
	int at = -1, rows = -1, i;
	FILE *file;

	*sum = 0;
	snprintf(path, sizeof(path), "/sys/kernel/debug/skbscope/sockets/%llu/receive_queue",
		 ledger_cookie(fd));
	file = fopen(path, "r");
	for (; file && fgets(line, sizeof(line), file); rows++) {
		word = strtok(line, "\n ");
		for (i = 0; word; word = strtok(NULL, "\n "), i++) {
			if (rows < 0 && !strcmp(word, column))
				at = i;
			else if (rows >= 0 && i == at)
				*sum += strtoull(word, NULL, 10);
		}
	}
	if (file)
		fclose(file);
	return at < 0 ? -1 : rows;
}

TEST_F(memory, doubled)
{
	int most;

	ASSERT_EQ(0, scope_setsockopt_int(self->rx, SO_RCVBUF, 4096));
	EXPECT_EQ(8192, scope_getsockopt_int(self->rx, SO_RCVBUF));
	ASSERT_EQ(0, scope_setsockopt_int(self->rx, SO_SNDBUF, 8192));
	EXPECT_EQ(16384, scope_getsockopt_int(self->rx, SO_SNDBUF));
	/* There is a limit for everybody; who is privileged may pass it */
	ASSERT_EQ(0, scope_setsockopt_int(self->rx, SO_RCVBUF, 1 << 29));
	most = scope_getsockopt_int(self->rx, SO_RCVBUF);
	EXPECT_GT(1 << 30, most);
	ASSERT_EQ(0, scope_setsockopt_int(self->rx, SO_RCVBUFFORCE, most));
	EXPECT_EQ(2 * most, scope_getsockopt_int(self->rx, SO_RCVBUF));
}

/* Of a hundred tiny ones as many stay as their truesize lets in, and one */
TEST_F(memory, a_full_buffer)
{
	__u32 truesize, fits, got = 0;
	struct genl_attrs attrs;
	struct ledger ledger;
	char octet;
	int i;

	ASSERT_EQ(0, scope_setsockopt_int(self->rx, SO_RCVBUF, 4096));
	ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	ASSERT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	truesize = meminfo(self->rx, SK_MEMINFO_RMEM_ALLOC);
	ASSERT_LT(1, truesize);
	for (i = 1; i < 100; i++)
		ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	ASSERT_EQ(0, ledger_rest(&self->genl, &ledger));

	/* One is taken while what is charged is under the limit */
	fits = (8192 + truesize - 1) / truesize;
	ASSERT_EQ(0, ledger_socket(&self->genl, self->rx, &attrs));
	EXPECT_EQ(fits, genl_u32(&attrs, SKBSCOPE_A_SOCKET_RX_QUEUE_LEN));
	EXPECT_EQ(fits * truesize, genl_u32(&attrs, SKBSCOPE_A_SOCKET_RMEM));
	EXPECT_EQ(100 - fits, genl_u32(&attrs, SKBSCOPE_A_SOCKET_DROPS));
	EXPECT_EQ(100 - fits, meminfo(self->rx, SK_MEMINFO_DROPS));
	EXPECT_EQ(100, genl_u64(&attrs, SKBSCOPE_A_SOCKET_RECEIVED));
	EXPECT_EQ(100 - fits, genl_u64(&attrs, SKBSCOPE_A_SOCKET_RX_DROPPED));
	EXPECT_EQ(100 - fits, ledger_reason(&ledger, "SOCKET_RCVBUFF"));
	EXPECT_EQ(100 - fits, ledger_count(&ledger, DROPPED));
	EXPECT_EQ(fits, ledger_count(&ledger, QUEUED));

	while (recv(self->rx, &octet, 1, MSG_DONTWAIT) == 1)
		got++;
	EXPECT_EQ(fits, got);
	EXPECT_EQ(0, meminfo(self->rx, SK_MEMINFO_RMEM_ALLOC));
	/* Room again */
	ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	EXPECT_EQ(POLLIN, scope_await(self->rx, POLLIN));
}

/* debugfs, netlink and SO_MEMINFO, each by a way of its own */
TEST_F(memory, every_view_tells_the_same)
{
	static const int sizes[] = { 1, 100, 1000, 3000, 5000, 0, 20000 };
	__u64 truesize, octets = 0, sum;
	struct genl_attrs attrs;
	char data[20000] = "";
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(sizes[i], send(self->tx, data, sizes[i], 0));
		octets += sizes[i];
	}
	ASSERT_EQ(0, ledger_await(&self->genl, SKBSCOPE_A_LEDGER_MOVING, 0));

	EXPECT_EQ(ARRAY_SIZE(sizes), debugfs_queue(self->rx, "len", &sum));
	EXPECT_EQ(octets, sum);
	EXPECT_EQ(ARRAY_SIZE(sizes), debugfs_queue(self->rx, "truesize",
						   &truesize));
	EXPECT_LT(octets, truesize);
	EXPECT_EQ(truesize, debugfs_value(self->rx, "rmem_alloc"));
	EXPECT_EQ(truesize, debugfs_value(self->rx, "receive_truesize"));
	EXPECT_EQ(octets, debugfs_value(self->rx, "receive_bytes"));
	EXPECT_EQ(truesize, meminfo(self->rx, SK_MEMINFO_RMEM_ALLOC));
	ASSERT_EQ(0, ledger_socket(&self->genl, self->rx, &attrs));
	EXPECT_EQ(truesize, genl_u32(&attrs, SKBSCOPE_A_SOCKET_RMEM));
	EXPECT_EQ(truesize, genl_u32(&attrs,
				     SKBSCOPE_A_SOCKET_RX_QUEUE_TRUESIZE));
	EXPECT_EQ(octets, genl_u32(&attrs, SKBSCOPE_A_SOCKET_RX_QUEUE_BYTES));

	/* The sender is not charged any more */
	EXPECT_EQ(0, meminfo(self->tx, SK_MEMINFO_WMEM_ALLOC));
	EXPECT_EQ(0, scope_ioctl_int(self->tx, SIOCOUTQ));
}

/* A peek takes nothing off; what is read is charged to nobody */
TEST_F(memory, peek_costs_nothing)
{
	__u32 before;
	char octet;

	ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	ASSERT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	before = meminfo(self->rx, SK_MEMINFO_RMEM_ALLOC);
	EXPECT_LT(0, before);
	ASSERT_EQ(1, recv(self->rx, &octet, 1, MSG_PEEK));
	EXPECT_EQ(before, meminfo(self->rx, SK_MEMINFO_RMEM_ALLOC));
	ASSERT_EQ(1, recv(self->rx, &octet, 1, 0));
	EXPECT_EQ(0, meminfo(self->rx, SK_MEMINFO_RMEM_ALLOC));
}

/* Ten thousand into a buffer that holds a few, some read meanwhile */
TEST_F(memory, everyone_is_accounted_for)
{
	const int total = 10000;
	struct ledger ledger;
	__u64 got = 0;
	char octet;
	int i;

	ASSERT_EQ(0, scope_setsockopt_int(self->rx, SO_RCVBUF, 65536));
	for (i = 0; i < total; i++) {
		ASSERT_EQ(1, send(self->tx, "x", 1, 0));
		if (i % 7 == 0 && recv(self->rx, &octet, 1, MSG_DONTWAIT) == 1)
			got++;
	}
	ASSERT_EQ(0, ledger_rest(&self->genl, &ledger));
	EXPECT_EQ(total, ledger_count(&ledger, ALLOCATED));
	EXPECT_EQ(0, ledger_count(&ledger, ENTERED));
	EXPECT_EQ(got, ledger_count(&ledger, DELIVERED));
	EXPECT_EQ(ledger_count(&ledger, QUEUE_LEN),
		  ledger_count(&ledger, QUEUED));
	EXPECT_EQ(total, ledger_count(&ledger, DELIVERED) +
		  ledger_count(&ledger, QUEUED) +
		  ledger_reason(&ledger, "SOCKET_RCVBUFF"));
	EXPECT_LT(0, ledger_reason(&ledger, "SOCKET_RCVBUFF"));
	EXPECT_EQ(1, ledger.drops);
	EXPECT_EQ(0, ledger_missing(&ledger));

	while (recv(self->rx, &octet, 1, MSG_DONTWAIT) == 1)
		got++;
	ASSERT_EQ(0, ledger_rest(&self->genl, &ledger));
	EXPECT_EQ(got, ledger_count(&ledger, DELIVERED));
	EXPECT_EQ(0, ledger_count(&ledger, QUEUED));
	EXPECT_EQ(0, ledger_missing(&ledger));
}

/* The line of this namespace's part of debugfs that says so in one number */
TEST_F(memory, balance_in_debugfs)
{
	FILE *file = fopen("/sys/kernel/debug/skbscope/ledger", "r");
	int namespaces = 0, balances = 0;
	long long value;
	char line[128];

	ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	ASSERT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	ASSERT_NE(NULL, file);
	while (fgets(line, sizeof(line), file)) {
		namespaces += !strncmp(line, "namespace ", 10);
		if (sscanf(line, "balance %lld", &value) == 1) {
			balances++;
			EXPECT_EQ(0, value);
		}
	}
	fclose(file);
	EXPECT_EQ(namespaces, balances);
	/* Ours, and the one the system began with */
	EXPECT_LE(2, namespaces);
}

TEST_F(memory, unread_at_close)
{
	struct ledger ledger;
	int i;

	for (i = 0; i < 5; i++)
		ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	ASSERT_EQ(0, ledger_rest(&self->genl, &ledger));
	EXPECT_EQ(5, ledger_count(&ledger, QUEUED));
	ASSERT_EQ(0, close(self->rx));
	ASSERT_EQ(0, ledger_rest(&self->genl, &ledger));
	EXPECT_EQ(0, ledger_count(&ledger, QUEUED));
	EXPECT_EQ(5, ledger_reason(&ledger, "SCOPE_CLOSED"));
	EXPECT_EQ(0, ledger_missing(&ledger));
}

/* What the sender's memory did not give */
TEST_F(memory, faulty_send)
{
	struct genl_attrs attrs;
	struct ledger ledger;

	EXPECT_EQ(EFAULT, errno_of(send(self->tx, (void *)8, 100, 0)));
	ASSERT_EQ(0, ledger_rest(&self->genl, &ledger));
	EXPECT_EQ(1, ledger_count(&ledger, ALLOCATED));
	EXPECT_EQ(1, ledger_reason(&ledger, "SCOPE_SEND_FAULT"));
	ASSERT_EQ(0, ledger_socket(&self->genl, self->tx, &attrs));
	EXPECT_EQ(1, genl_u64(&attrs, SKBSCOPE_A_SOCKET_TX_DROPPED));
	EXPECT_EQ(0, genl_u32(&attrs, SKBSCOPE_A_SOCKET_WMEM));
}

/* And what the reader's memory did not take: the datagram is gone */
TEST_F(memory, faulty_receive)
{
	struct ledger ledger;
	char octet;

	ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	ASSERT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	EXPECT_EQ(EFAULT, errno_of(recv(self->rx, (void *)8, 100, 0)));
	EXPECT_EQ(EAGAIN, errno_of(recv(self->rx, &octet, 1, MSG_DONTWAIT)));
	ASSERT_EQ(0, ledger_rest(&self->genl, &ledger));
	EXPECT_EQ(1, ledger_reason(&ledger, "SKB_UCOPY_FAULT"));
	EXPECT_EQ(0, ledger_missing(&ledger));
}

FIXTURE(room) {
	struct path path;
	int tx;			/* connected to rx, with little room */
	int rx;
	struct genl genl;	/* in end 0's namespace */
};

FIXTURE_VARIANT(room) {
	enum path_kind kind;
};

FIXTURE_VARIANT_ADD(room, scope0) { .kind = PATH_SCOPE0 };
FIXTURE_VARIANT_ADD(room, veth) { .kind = PATH_VETH };

/* Frames stay in a plug, charged to the sender, until they are let through */
static int plug(const struct path *path, const char *verb, const char *what)
{
	char command[128];

	snprintf(command, sizeof(command), "tc qdisc %s dev %s root %s", verb,
		 path_dev(path, 0), what);
	return system(command);
}

FIXTURE_SETUP(room)
{
	ASSERT_EQ(0, path_open(&self->path, variant->kind));
	self->rx = path_bound(&self->path, 1, SCOPE_RX_PORT);
	self->tx = path_socket(&self->path, 0, 0);
	ASSERT_LE(0, self->tx);
	ASSERT_EQ(0, scope_connect(self->tx, path_to(&self->path, 1,
						     SCOPE_RX_PORT)));
	ASSERT_EQ(0, scope_setsockopt_int(self->tx, SO_SNDBUF, 8192));
	ASSERT_EQ(0, plug(&self->path, "add", "plug limit 10000000"));
	ASSERT_EQ(0, genl_open(&self->genl));
}

FIXTURE_TEARDOWN(room)
{
	close(self->tx);
	close(self->rx);
}

/* Sends until there is no room, returns how many went */
static int fill_up(int fd)
{
	char data[100] = "";
	int sent;

	for (sent = 0; send(fd, data, sizeof(data), MSG_DONTWAIT) == 100; )
		sent++;
	return errno == EAGAIN ? sent : -errno;
}

TEST_F(room, full_and_let_through)
{
	struct genl_attrs attrs;
	int sent, charged, where;

	EXPECT_EQ(POLLOUT, scope_events(self->tx, POLLOUT));
	sent = fill_up(self->tx);
	ASSERT_LT(1, sent);
	charged = scope_ioctl_int(self->tx, SIOCOUTQ);
	EXPECT_LE(16384, charged);
	EXPECT_EQ(charged, meminfo(self->tx, SK_MEMINFO_WMEM_ALLOC));
	ASSERT_EQ(0, ledger_socket(&self->genl, self->tx, &attrs));
	EXPECT_EQ(charged, genl_u32(&attrs, SKBSCOPE_A_SOCKET_WMEM));
	EXPECT_EQ(sent, genl_u64(&attrs, SKBSCOPE_A_SOCKET_ALLOCATED));
	EXPECT_EQ(0, scope_events(self->tx, POLLOUT));
	EXPECT_EQ(0, scope_events(self->rx, POLLIN));

	ASSERT_EQ(0, plug(&self->path, "change", "plug release_indefinite"));
	EXPECT_EQ(POLLOUT, scope_await(self->tx, POLLOUT));
	EXPECT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	where = variant->kind == PATH_SCOPE0 ? SKBSCOPE_A_LEDGER_QUEUED :
					       SKBSCOPE_A_LEDGER_TRANSMITTED;
	EXPECT_EQ(sent, ledger_await(&self->genl, where, sent));
	EXPECT_EQ(0, scope_ioctl_int(self->tx, SIOCOUTQ));
}

TEST_F(room, timeout_of_a_blocked_send)
{
	struct timeval little = { .tv_usec = 20000 };

	ASSERT_LT(1, fill_up(self->tx));
	ASSERT_EQ(0, setsockopt(self->tx, SOL_SOCKET, SO_SNDTIMEO, &little,
				sizeof(little)));
	EXPECT_EQ(EAGAIN, errno_of(send(self->tx, "x", 1, 0)));
	ASSERT_EQ(0, plug(&self->path, "change", "plug release_indefinite"));
	ASSERT_EQ(POLLOUT, scope_await(self->tx, POLLOUT));
	EXPECT_EQ(1, send(self->tx, "x", 1, 0));
}

/* A qdisc that is taken away drops what it has; the books say so */
TEST_F(room, dropped_by_the_qdisc)
{
	struct genl_attrs attrs;
	struct ledger ledger;
	int sent;

	sent = fill_up(self->tx);
	ASSERT_LT(1, sent);
	ASSERT_EQ(0, plug(&self->path, "del", ""));
	EXPECT_EQ(sent, ledger_await(&self->genl, SKBSCOPE_A_LEDGER_DROPPED,
				     sent));
	ASSERT_EQ(0, ledger_rest(&self->genl, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
	EXPECT_EQ(0, ledger_count(&ledger, TRANSMITTED));
	ASSERT_EQ(0, ledger_socket(&self->genl, self->tx, &attrs));
	EXPECT_EQ(sent, genl_u64(&attrs, SKBSCOPE_A_SOCKET_TX_DROPPED));
	EXPECT_EQ(0, genl_u32(&attrs, SKBSCOPE_A_SOCKET_WMEM));
}

/* A closed sender's frames still go: they hold what is left of the socket */
TEST_F(room, closed_with_frames_on_the_way)
{
	char data[100];
	int i, sent;

	sent = fill_up(self->tx);
	ASSERT_LT(1, sent);
	ASSERT_EQ(0, close(self->tx));
	ASSERT_EQ(0, plug(&self->path, "change", "plug release_indefinite"));
	for (i = 0; i < sent; i++)
		ASSERT_EQ(100, recv(self->rx, data, sizeof(data), 0));
	EXPECT_EQ(0, ledger_await(&self->genl, SKBSCOPE_A_LEDGER_MOVING, 0));
}

TEST_HARNESS_MAIN
