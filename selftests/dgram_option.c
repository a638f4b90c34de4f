// SPDX-License-Identifier: GPL-2.0
/*
 * dgram_option.c - proves that the socket options of socket(7) that a datagram
 * socket obeys are obeyed
 */
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

#include "ledger.h"
#include "path.h"

FIXTURE(option) {
	struct path path;
	int tx;
	int rx;			/* bound to SCOPE_RX_PORT */
	struct genl genl;
};

FIXTURE_SETUP(option)
{
	struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };

	ASSERT_EQ(0, path_open(&self->path, PATH_SCOPE0));
	self->rx = path_bound(&self->path, 1, SCOPE_RX_PORT);
	ASSERT_LE(0, self->rx);
	self->tx = path_socket(&self->path, 0, 0);
	ASSERT_LE(0, self->tx);
	ASSERT_EQ(0, setsockopt(self->rx, SOL_SOCKET, SO_RCVTIMEO, &patience,
				sizeof(patience)));
	ASSERT_EQ(0, genl_open(&self->genl));
}

FIXTURE_TEARDOWN(option)
{
	close(self->tx);
	close(self->rx);
}

#define dest	scope_local(SCOPE_RX_PORT)

TEST_F(option, what_it_is)
{
	EXPECT_EQ(scope_family(), scope_getsockopt_int(self->rx, SO_DOMAIN));
	EXPECT_EQ(SOCK_DGRAM, scope_getsockopt_int(self->rx, SO_TYPE));
	EXPECT_EQ(0, scope_getsockopt_int(self->rx, SO_PROTOCOL));
	EXPECT_EQ(0, scope_getsockopt_int(self->rx, SO_ACCEPTCONN));
	EXPECT_EQ(0, scope_getsockopt_int(self->rx, SO_ERROR));
}

/* The family's own number may stand for the protocol, too */
TEST_F(option, protocol)
{
	int fd = socket(scope_family(), SOCK_DGRAM, scope_family());

	ASSERT_LE(0, fd);
	EXPECT_EQ(scope_family(), scope_getsockopt_int(fd, SO_PROTOCOL));
}

/* Finds the line of /proc/net/scope with that cookie */
static bool proc_line(__u64 cookie, char *line, size_t size)
{
	FILE *file = fopen("/proc/thread-self/net/scope", "r");
	bool found = false;

	while (file && !found && fgets(line, size, file))
		found = strtoull(line, NULL, 10) == cookie;
	if (file)
		fclose(file);
	return found;
}

TEST_F(option, cookie_is_that_of_proc)
{
	unsigned long long inode;
	char type[16], state[16], local[32], line[256];
	struct stat st;
	int n;

	ASSERT_TRUE(proc_line(ledger_cookie(self->rx), line, sizeof(line)));
	n = sscanf(line, "%*s %15s %15s %31s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
		   type, state, local, &inode);
	ASSERT_EQ(4, n);
	EXPECT_STREQ("DGRAM", type);
	EXPECT_STREQ("5000", local);
	ASSERT_EQ(0, fstat(self->rx, &st));
	EXPECT_EQ(st.st_ino, inode);
	EXPECT_NE(ledger_cookie(self->rx), ledger_cookie(self->tx));
	/* It goes with the socket */
	EXPECT_TRUE(proc_line(ledger_cookie(self->tx), line, sizeof(line)));
	EXPECT_FALSE(proc_line(~0U, line, sizeof(line)));
}

union cmsg_room {
	char		octets[128];
	struct cmsghdr	align;
};

/* Receives one octet and what is said beside it; returns that or NULL */
static const struct cmsghdr *recv_cmsg(int fd, union cmsg_room *room)
{
	char octet;
	struct iovec iov = { .iov_base = &octet, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = room, .msg_controllen = sizeof(*room),
	};

	if (recvmsg(fd, &msg, 0) != 1)
		return NULL;
	return CMSG_FIRSTHDR(&msg);
}

TEST_F(option, timestamp)
{
	union cmsg_room room;
	const struct cmsghdr *cmsg;
	struct timeval begin, end, stamp;

	ASSERT_EQ(0, scope_setsockopt_int(self->rx, SO_TIMESTAMP, 1));
	gettimeofday(&begin, NULL);
	ASSERT_EQ(1, scope_sendto(self->tx, "x", 1, 0, dest));
	cmsg = recv_cmsg(self->rx, &room);
	gettimeofday(&end, NULL);
	ASSERT_NE(NULL, cmsg);
	EXPECT_EQ(SOL_SOCKET, cmsg->cmsg_level);
	EXPECT_EQ(SCM_TIMESTAMP, cmsg->cmsg_type);
	memcpy(&stamp, CMSG_DATA(cmsg), sizeof(stamp));
	EXPECT_FALSE(timercmp(&stamp, &begin, <));
	EXPECT_FALSE(timercmp(&stamp, &end, >));
}

static __s64 nanoseconds(const struct timespec *ts)
{
	return ts->tv_sec * 1000000000LL + ts->tv_nsec;
}

TEST_F(option, timestamp_in_nanoseconds)
{
	union cmsg_room room;
	const struct cmsghdr *cmsg;
	struct timespec begin, end, stamp;

	ASSERT_EQ(0, scope_setsockopt_int(self->rx, SO_TIMESTAMPNS, 1));
	clock_gettime(CLOCK_REALTIME, &begin);
	ASSERT_EQ(1, scope_sendto(self->tx, "x", 1, 0, dest));
	cmsg = recv_cmsg(self->rx, &room);
	clock_gettime(CLOCK_REALTIME, &end);
	ASSERT_NE(NULL, cmsg);
	EXPECT_EQ(SCM_TIMESTAMPNS, cmsg->cmsg_type);
	memcpy(&stamp, CMSG_DATA(cmsg), sizeof(stamp));
	EXPECT_LE(nanoseconds(&begin), nanoseconds(&stamp));
	EXPECT_GE(nanoseconds(&end), nanoseconds(&stamp));
}

TEST_F(option, no_timestamp_unasked)
{
	union cmsg_room room;

	ASSERT_EQ(1, scope_sendto(self->tx, "x", 1, 0, dest));
	EXPECT_EQ(NULL, recv_cmsg(self->rx, &room));
}

/* How many were lost, told with the first that came after them */
TEST_F(option, count_of_the_lost)
{
	union cmsg_room room;
	const struct cmsghdr *cmsg;
	struct genl_attrs attrs;
	__u32 told, drops;
	char octet;
	int i;

	ASSERT_EQ(0, scope_setsockopt_int(self->rx, SO_RXQ_OVFL, 1));
	ASSERT_EQ(0, scope_setsockopt_int(self->rx, SO_RCVBUF, 4096));
	for (i = 0; i < 50; i++)
		ASSERT_EQ(1, scope_sendto(self->tx, "x", 1, 0, dest));
	ASSERT_EQ(0, ledger_await(&self->genl, SKBSCOPE_A_LEDGER_MOVING, 0));
	ASSERT_EQ(0, ledger_socket(&self->genl, self->rx, &attrs));
	drops = genl_u32(&attrs, SKBSCOPE_A_SOCKET_DROPS);
	EXPECT_LT(0, drops);
	EXPECT_GT(50, drops);
	while (recv(self->rx, &octet, 1, MSG_DONTWAIT) == 1)
		;
	ASSERT_EQ(1, scope_sendto(self->tx, "x", 1, 0, dest));
	cmsg = recv_cmsg(self->rx, &room);
	ASSERT_NE(NULL, cmsg);
	EXPECT_EQ(SO_RXQ_OVFL, cmsg->cmsg_type);
	memcpy(&told, CMSG_DATA(cmsg), sizeof(told));
	EXPECT_EQ(drops, told);
}

/* A filter sees the payload: this one wants those that begin with 'y' */
TEST_F(option, filter_takes_and_drops)
{
	static const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'y', 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ~0U),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct genl_attrs attrs;
	struct ledger ledger;
	char data[8];

	ASSERT_EQ(0, scope_attach_filter(self->rx, code, ARRAY_SIZE(code)));
	ASSERT_EQ(2, scope_sendto(self->tx, "no", 2, 0, dest));
	ASSERT_EQ(3, scope_sendto(self->tx, "yes", 3, 0, dest));
	EXPECT_EQ(3, recv(self->rx, data, sizeof(data), 0));
	EXPECT_EQ(0, memcmp(data, "yes", 3));

	ASSERT_EQ(0, ledger_rest(&self->genl, &ledger));
	EXPECT_EQ(1, ledger_reason(&ledger, "SOCKET_FILTER"));
	EXPECT_EQ(0, ledger_missing(&ledger));
	ASSERT_EQ(0, ledger_socket(&self->genl, self->rx, &attrs));
	EXPECT_EQ(1, genl_u32(&attrs, SKBSCOPE_A_SOCKET_DROPS));
	EXPECT_EQ(2, genl_u64(&attrs, SKBSCOPE_A_SOCKET_RECEIVED));

	ASSERT_EQ(0, scope_setsockopt_int(self->rx, SO_DETACH_FILTER, 0));
	ASSERT_EQ(2, scope_sendto(self->tx, "no", 2, 0, dest));
	EXPECT_EQ(2, recv(self->rx, data, sizeof(data), 0));
}

/* What a filter returns is how many octets it wants */
TEST_F(option, filter_trims)
{
	static const struct sock_filter code[] = {
		BPF_STMT(BPF_RET | BPF_K, 3),
	};
	char data[8];

	ASSERT_EQ(0, scope_attach_filter(self->rx, code, ARRAY_SIZE(code)));
	ASSERT_EQ(6, scope_sendto(self->tx, "abcdef", 6, 0, dest));
	ASSERT_EQ(2, scope_sendto(self->tx, "gh", 2, 0, dest));
	EXPECT_EQ(3, recv(self->rx, data, sizeof(data), MSG_TRUNC));
	EXPECT_EQ(0, memcmp(data, "abc", 3));
	EXPECT_EQ(2, recv(self->rx, data, sizeof(data), MSG_TRUNC));
}

TEST_F(option, filter_locked)
{
	static const struct sock_filter code[] = {
		BPF_STMT(BPF_RET | BPF_K, ~0U),
	};

	ASSERT_EQ(0, scope_attach_filter(self->rx, code, ARRAY_SIZE(code)));
	ASSERT_EQ(0, scope_setsockopt_int(self->rx, SO_LOCK_FILTER, 1));
	EXPECT_EQ(EPERM, errno_of(scope_setsockopt_int(self->rx,
						       SO_DETACH_FILTER, 0)));
}

FIXTURE(bound) {
	struct path path;
	unsigned int ifindex;	/* of the device beside scope0 */
	int tx;
	int rx;
};

FIXTURE_SETUP(bound)
{
	struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };

	ASSERT_EQ(0, path_open(&self->path, PATH_LOOP));
	self->ifindex = self->path.ifindex[0];
	self->tx = scope_socket(0);
	self->rx = scope_socket(0);
	ASSERT_LE(0, self->rx);
	ASSERT_EQ(0, setsockopt(self->rx, SOL_SOCKET, SO_RCVTIMEO, &patience,
				sizeof(patience)));
}

FIXTURE_TEARDOWN(bound)
{
	close(self->tx);
	close(self->rx);
}

static int bind_to_device(int fd, const char *name)
{
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, strlen(name));
}

/* Where an address leaves the device out, it is the one the socket has */
TEST_F(bound, before_bind)
{
	struct sockaddr_scope name;
	socklen_t len = sizeof(name);
	char octet;

	ASSERT_EQ(0, bind_to_device(self->rx, "ve0"));
	ASSERT_EQ(0, scope_bind(self->rx, dest));
	ASSERT_EQ(0, getsockname(self->rx, (struct sockaddr *)&name, &len));
	EXPECT_EQ(self->ifindex, name.sscope_ifindex);
	ASSERT_EQ(1, scope_sendto(self->tx, "x", 1, 0,
				  scope_addr(SCOPE_RX_PORT, self->ifindex,
					     NULL)));
	EXPECT_EQ(1, recv(self->rx, &octet, 1, 0));
}

TEST_F(bound, other_device_in_an_address)
{
	struct sockaddr_scope addr;

	addr = scope_addr(SCOPE_RX_PORT, if_nametoindex(SCOPE_DEV_NAME), NULL);
	ASSERT_EQ(0, bind_to_device(self->rx, "ve0"));
	EXPECT_EQ(EINVAL, errno_of(scope_bind(self->rx, addr)));
	EXPECT_EQ(EINVAL, errno_of(scope_connect(self->rx, addr)));
	EXPECT_EQ(EINVAL, errno_of(scope_sendto(self->rx, "x", 1, 0, addr)));
}

TEST_F(bound, after_bind_the_port_moves)
{
	struct sockaddr_scope name;
	socklen_t len = sizeof(name);
	int second = scope_socket(0);
	char data[8];

	ASSERT_EQ(0, scope_bind(self->rx, dest));
	ASSERT_EQ(0, bind_to_device(self->rx, "ve0"));
	ASSERT_EQ(0, getsockname(self->rx, (struct sockaddr *)&name, &len));
	EXPECT_EQ(self->ifindex, name.sscope_ifindex);
	EXPECT_EQ(SCOPE_RX_PORT, ntohs(name.sscope_port));
	/* scope0's is free again */
	ASSERT_EQ(0, scope_bind(second, dest));
	ASSERT_EQ(3, scope_sendto(self->tx, "ve0", 3, 0, name));
	EXPECT_EQ(3, recv(self->rx, data, sizeof(data), 0));
	EXPECT_EQ(0, scope_events(second, POLLIN));

	/* And back */
	ASSERT_EQ(0, close(second));
	ASSERT_EQ(0, bind_to_device(self->rx, SCOPE_DEV_NAME));
	ASSERT_EQ(0, getsockname(self->rx, (struct sockaddr *)&name, &len));
	EXPECT_EQ(0, name.sscope_ifindex);
}

/* Taken there: it stays, and hears nothing by the device it left */
TEST_F(bound, after_bind_the_port_is_taken)
{
	struct sockaddr_scope name;
	socklen_t len = sizeof(name);
	int second = scope_socket(0);
	char octet;

	ASSERT_EQ(0, scope_bind(self->rx, dest));
	ASSERT_EQ(0, scope_bind(second, scope_addr(SCOPE_RX_PORT,
						   self->ifindex, NULL)));
	ASSERT_EQ(0, bind_to_device(self->rx, "ve0"));
	ASSERT_EQ(0, getsockname(self->rx, (struct sockaddr *)&name, &len));
	EXPECT_EQ(0, name.sscope_ifindex);
	ASSERT_EQ(0, scope_connect(self->tx, dest));
	ASSERT_EQ(1, send(self->tx, "x", 1, 0));
	EXPECT_EQ(ECONNREFUSED, errno_of(recv(self->tx, &octet, 1, 0)));
	EXPECT_EQ(0, scope_events(self->rx, POLLIN));
}

TEST_F(bound, no_such_device)
{
	EXPECT_EQ(ENODEV, errno_of(bind_to_device(self->rx, "nosuch0")));
	/* One that is there but can't carry the family */
	ASSERT_EQ(0, bind_to_device(self->rx, "lo"));
	EXPECT_EQ(ENODEV, errno_of(scope_bind(self->rx, dest)));
}

FIXTURE(broadcast) {
	struct path path;
	int tx;
	int rx;
};

FIXTURE_SETUP(broadcast)
{
	ASSERT_EQ(0, path_open(&self->path, PATH_VETH));
	self->rx = path_bound(&self->path, 1, SCOPE_RX_PORT);
	self->tx = path_bound(&self->path, 0, SCOPE_TX_PORT);
	ASSERT_LE(0, self->tx);
}

FIXTURE_TEARDOWN(broadcast)
{
	close(self->tx);
	close(self->rx);
}

static struct sockaddr_scope everybody(const struct path *path, int port)
{
	const unsigned char all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	return scope_addr(port, path->ifindex[0], all);
}

TEST_F(broadcast, needs_the_option)
{
	struct sockaddr_scope addr = everybody(&self->path, SCOPE_RX_PORT);

	EXPECT_EQ(EACCES, errno_of(scope_sendto(self->tx, "x", 1, 0, addr)));
	EXPECT_EQ(EACCES, errno_of(scope_connect(self->tx, addr)));
	EXPECT_EQ(0, scope_events(self->rx, POLLIN));
}

TEST_F(broadcast, arrives)
{
	struct sockaddr_scope want, from;
	char octet;

	ASSERT_EQ(0, scope_setsockopt_int(self->tx, SO_BROADCAST, 1));
	ASSERT_EQ(1, scope_sendto(self->tx, "x", 1, 0,
				  everybody(&self->path, SCOPE_RX_PORT)));
	ASSERT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	ASSERT_EQ(1, scope_recvfrom(self->rx, &octet, 1, 0, &from));
	want = path_to(&self->path, 0, SCOPE_TX_PORT);
	EXPECT_TRUE(scope_same(&want, &from));
}

/* To all at once: who has no use for it keeps quiet */
TEST_F(broadcast, is_not_refused)
{
	struct ledger ledger;
	struct genl genl;

	ASSERT_EQ(0, scope_setsockopt_int(self->tx, SO_BROADCAST, 1));
	ASSERT_EQ(0, path_enter(&self->path, 1));
	ASSERT_EQ(0, genl_open(&genl));
	ASSERT_EQ(1, scope_sendto(self->tx, "x", 1, 0,
				  everybody(&self->path, SCOPE_NO_PORT)));
	EXPECT_EQ(1, ledger_await_reason(&genl, "NO_SOCKET", 1));
	ASSERT_EQ(0, ledger_rest(&genl, &ledger));
	EXPECT_EQ(0, ledger_count(&ledger, CONTROL_MADE));
	/* Sent to this node alone it is */
	ASSERT_EQ(1, scope_sendto(self->tx, "x", 1, 0,
				  path_to(&self->path, 1, SCOPE_NO_PORT)));
	EXPECT_EQ(1, ledger_await(&genl, SKBSCOPE_A_LEDGER_CONTROL_MADE, 1));
}

TEST_HARNESS_MAIN
