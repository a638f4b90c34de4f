// SPDX-License-Identifier: GPL-2.0
/*
 * conn_pair.c - proves what socketpair() makes: two ends without a name, whose
 * octets and records never meet a device, who hold each other back, and who
 * are charged for what the other has not read
 */
#include <fcntl.h>

#include "conn_call.h"

FIXTURE(pair) {
	int fd[2];
};

FIXTURE_VARIANT(pair) {
	int domain;		/* 0 is AF_SCOPE */
	int type;
};

FIXTURE_VARIANT_ADD(pair, stream) { .type = SOCK_STREAM };
FIXTURE_VARIANT_ADD(pair, record) { .type = SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(pair, dgram) { .type = SOCK_DGRAM };
FIXTURE_VARIANT_ADD(pair, stream_unix) { AF_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(pair, record_unix) { AF_UNIX, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(pair, dgram_unix) { AF_UNIX, SOCK_DGRAM };

FIXTURE_SETUP(pair)
{
	ASSERT_EQ(0, socketpair(variant->domain ?: scope_family(),
				variant->type, 0, self->fd));
	ASSERT_EQ(0, conn_patient(self->fd[0]));
	ASSERT_EQ(0, conn_patient(self->fd[1]));
}

FIXTURE_TEARDOWN(pair)
{
	conn_shut(&self->fd[0]);
	conn_shut(&self->fd[1]);
}

/* What can be seen of AF_SCOPE alone */
FIXTURE(view) {
	struct path path;
	int fd[2];
	struct genl genl;
};

FIXTURE_VARIANT(view) {
	int type;
};

FIXTURE_VARIANT_ADD(view, stream) { .type = SOCK_STREAM };
FIXTURE_VARIANT_ADD(view, record) { .type = SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(view, dgram) { .type = SOCK_DGRAM };

FIXTURE_SETUP(view)
{
	ASSERT_EQ(0, path_open(&self->path, PATH_SCOPE0));
	ASSERT_EQ(0, genl_open(&self->genl));
	ASSERT_EQ(0, socketpair(scope_family(), variant->type, 0, self->fd));
}

/* Whatever was done with it, read or not, is accounted for */
FIXTURE_TEARDOWN(view)
{
	struct ledger ledger;

	conn_shut(&self->fd[0]);
	conn_shut(&self->fd[1]);
	EXPECT_EQ(0, ledger_rest(&self->genl, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
	EXPECT_EQ(0, ledger_count(&ledger, QUEUED));
	EXPECT_EQ(0, ledger_count(&ledger, TRANSMITTED));
	EXPECT_EQ(0, ledger_count(&ledger, ENTERED));
}

TEST_F(pair, both_ways)
{
	char data[8];

	ASSERT_EQ(2, send(self->fd[0], "to", 2, 0));
	ASSERT_EQ(4, send(self->fd[1], "from", 4, 0));
	EXPECT_EQ(2, recv(self->fd[1], data, sizeof(data), 0));
	EXPECT_EQ(0, memcmp(data, "to", 2));
	EXPECT_EQ(4, recv(self->fd[0], data, sizeof(data), 0));
	EXPECT_EQ(0, memcmp(data, "from", 4));
}

/* Nothing but the family: neither end can be sent to by anybody else */
TEST_F(view, without_a_name)
{
	const struct sockaddr_scope none = {
		.sscope_family = scope_family(),
	};
	struct sockaddr_scope name;
	socklen_t len;
	int i;

	for (i = 0; i < 2; i++) {
		memset(&name, 0xff, sizeof(name));
		len = sizeof(name);
		ASSERT_EQ(0, getsockname(self->fd[i], (void *)&name, &len));
		EXPECT_EQ(sizeof(name), len);
		EXPECT_TRUE(scope_same(&none, &name));
		memset(&name, 0xff, sizeof(name));
		ASSERT_EQ(0, getpeername(self->fd[i], (void *)&name, &len));
		EXPECT_TRUE(scope_same(&none, &name));
	}
}

TEST_F(pair, what_it_is)
{
	struct ucred cred;
	socklen_t len;
	int i;

	for (i = 0; i < 2; i++) {
		EXPECT_EQ(variant->domain ?: scope_family(),
			  scope_getsockopt_int(self->fd[i], SO_DOMAIN));
		EXPECT_EQ(variant->type,
			  scope_getsockopt_int(self->fd[i], SO_TYPE));
		EXPECT_EQ(0, scope_getsockopt_int(self->fd[i],
						  SO_ACCEPTCONN));
		len = sizeof(cred);
		ASSERT_EQ(0, getsockopt(self->fd[i], SOL_SOCKET, SO_PEERCRED,
					&cred, &len));
		EXPECT_EQ(getpid(), cred.pid);
		EXPECT_EQ(getuid(), cred.uid);
		EXPECT_EQ(getgid(), cred.gid);
	}
}

TEST_F(pair, flags)
{
	const int domain = variant->domain ?: scope_family();
	int fd[2];

	ASSERT_EQ(0, socketpair(domain, variant->type | SOCK_NONBLOCK |
				SOCK_CLOEXEC, 0, fd));
	EXPECT_EQ(O_RDWR | O_NONBLOCK, fcntl(fd[0], F_GETFL));
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd[1], F_GETFD));
	close(fd[0]);
	close(fd[1]);
	EXPECT_EQ(EPROTONOSUPPORT, errno_of(socketpair(domain, variant->type,
						       6, fd)));
}

/* The passages of each station, by its number */
struct stations {
	__u64 passed[SCOPE_STATION_MAX + 1];
};

static void on_station(const struct genl_attrs *attrs, void *arg)
{
	const __u32 number = genl_u32(attrs, SKBSCOPE_A_STATION_NUMBER);
	struct stations *stations = arg;

	if (number <= SCOPE_STATION_MAX)
		stations->passed[number] =
			genl_u64(attrs, SKBSCOPE_A_STATION_PASSED);
}

static int stations_read(struct genl *genl, struct stations *stations)
{
	return genl_dump(genl, SKBSCOPE_CMD_STATION_GET, on_station, stations);
}

static const int stations_of_devices[] = {
	SCOPE_STATION_DEVICE_QUEUE, SCOPE_STATION_DEVICE_XMIT,
	SCOPE_STATION_DEVICE_RECEIVE,
};

TEST_F(view, never_meets_a_device)
{
	struct stations before = {}, after = {};
	char data[8];
	int i;

	ASSERT_LT(0, stations_read(&self->genl, &before));
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(4, send(self->fd[i % 2], "xxxx", 4, 0));
		ASSERT_EQ(4, recv(self->fd[!(i % 2)], data, sizeof(data), 0));
	}
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	ASSERT_EQ(0, conn_shut(&self->fd[0]));
	ASSERT_LT(0, stations_read(&self->genl, &after));
	for (i = 0; i < ARRAY_SIZE(stations_of_devices); i++) {
		const int number = stations_of_devices[i];

		EXPECT_EQ(before.passed[number], after.passed[number])
			TH_LOG("station %d", number);
	}
	/* They are counted: it passed the others */
	EXPECT_EQ(before.passed[SCOPE_STATION_SOCKET_RECV] + 10,
		  after.passed[SCOPE_STATION_SOCKET_RECV]);
}

/* Scope0 need not even be up */
TEST_F(view, without_any_device)
{
	struct ifreq ifr = { .ifr_flags = 0 };
	char octet;

	ASSERT_EQ(0, path_dev_ioctl(SCOPE_DEV_NAME, SIOCSIFFLAGS, &ifr));
	ASSERT_EQ(1, send(self->fd[0], "x", 1, 0));
	EXPECT_EQ(1, recv(self->fd[1], &octet, 1, 0));
}

/* What the other has not read is the sender's to pay for */
TEST_F(pair, the_sender_is_charged)
{
	char data[100] = {};

	ASSERT_EQ(100, send(self->fd[0], data, 100, 0));
	EXPECT_LT(100, conn_meminfo(self->fd[0], SK_MEMINFO_WMEM_ALLOC));
	EXPECT_EQ(0, conn_meminfo(self->fd[1], SK_MEMINFO_WMEM_ALLOC));
	ASSERT_EQ(100, recv(self->fd[1], data, 100, 0));
	EXPECT_EQ(0, conn_meminfo(self->fd[0], SK_MEMINFO_WMEM_ALLOC));
	EXPECT_EQ(0, conn_meminfo(self->fd[1], SK_MEMINFO_RMEM_ALLOC));
}

/* Nothing is lost because the reader is slow: the writer waits */
TEST_F(pair, back_pressure)
{
	struct call call = { .make = call_send, .fd = self->fd[0] };
	static char data[4096];
	ssize_t sum = 0, sent;

	ASSERT_EQ(0, scope_setsockopt_int(self->fd[0], SO_SNDBUF, 20000));
	sent = conn_fill(self->fd[0], sizeof(data));
	ASSERT_LT(0, sent);
	EXPECT_GE(40000 + 8192, conn_meminfo(self->fd[0], SK_MEMINFO_WMEM_ALLOC));
	EXPECT_EQ(0, scope_events(self->fd[0], POLLOUT));
	while (sum < sent) {
		ssize_t n = recv(self->fd[1], data, sizeof(data), 0);

		ASSERT_LT(0, n);
		sum += n;
	}
	EXPECT_EQ(sent, sum);
	EXPECT_EQ(POLLOUT, scope_await(self->fd[0], POLLOUT));

	/* Who sleeps is woken, by the reader or by his end */
	ASSERT_LT(0, conn_fill(self->fd[0], sizeof(data)));
	ASSERT_TRUE(call_start(&call));
	ASSERT_LT(0, recv(self->fd[1], data, sizeof(data), 0));
	ASSERT_EQ(0, conn_shut(&self->fd[1]));
	EXPECT_GT(0, call_end(&call));
}

TEST_F(view, unread_at_the_end)
{
	ASSERT_EQ(5, send(self->fd[0], "never", 5, 0));
	ASSERT_EQ(5, send(self->fd[1], "read", 5, 0));
}

TEST_F(pair, is_connected_for_good)
{
	int want = variant->type == SOCK_DGRAM ? EOPNOTSUPP : EINVAL;

	EXPECT_EQ(want, errno_of(listen(self->fd[0], 1)));
	EXPECT_EQ(want, errno_of(accept(self->fd[0], NULL, NULL)));
}

TEST_F(view, has_its_peer_for_good)
{
	const struct sockaddr_scope addr = scope_local(SCOPE_RX_PORT);

	if (variant->type != SOCK_DGRAM)
		EXPECT_EQ(EISCONN, errno_of(scope_connect(self->fd[0], addr)));
}

TEST_F(pair, end)
{
	char octet;

	ASSERT_EQ(1, send(self->fd[0], "x", 1, 0));
	ASSERT_EQ(0, conn_shut(&self->fd[0]));
	EXPECT_EQ(1, recv(self->fd[1], &octet, 1, 0));
	if (variant->type == SOCK_DGRAM) {
		EXPECT_EQ(ECONNREFUSED, errno_of(send(self->fd[1], "x", 1,
						      MSG_NOSIGNAL)));
		return;
	}
	EXPECT_EQ(0, recv(self->fd[1], &octet, 1, 0));
	EXPECT_EQ(EPIPE, errno_of(send(self->fd[1], "x", 1, MSG_NOSIGNAL)));
}

TEST_HARNESS_MAIN
