// SPDX-License-Identifier: GPL-2.0
/*
 * conn_errno.c - proves that what a socket of connections can't do is refused
 * with the errno its man page names, and that the connection works as before
 * afterwards
 *
 * Test-timeout: 300
 */
#include <limits.h>
#include <sys/mman.h>

#include <linux/filter.h>

#include "conn.h"

CONN_FIXTURE(refusal, conn_open_joined)

FIXTURE_VARIANT_ADD(refusal, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(refusal, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(refusal, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(refusal, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(refusal, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(refusal, record_pair) { CONN_PAIR, SOCK_SEQPACKET };

/* Addresses, on the device that has some */
CONN_FIXTURE(address, conn_open_listening)

FIXTURE_VARIANT_ADD(address, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(address, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(address, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(address, record_veth) { CONN_VETH, SOCK_SEQPACKET };

/* Without any connection */
CONN_FIXTURE(alone, conn_open)

FIXTURE_VARIANT_ADD(alone, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(alone, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(alone, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(alone, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(alone, record_veth) { CONN_VETH, SOCK_SEQPACKET };

/* What was sent goes through, and nothing else came meanwhile */
static void expect_sound(struct __test_metadata *_metadata,
			 const struct conn *conn)
{
	char data[4];
	int end;

	for (end = 0; end < 2; end++) {
		EXPECT_EQ(EAGAIN, errno_of(recv(conn->fd[!end], data, 4,
						MSG_DONTWAIT)));
		EXPECT_EQ(4, send(conn->fd[end], "then", 4, MSG_NOSIGNAL));
		EXPECT_EQ(4, recv(conn->fd[!end], data, 4, 0));
		EXPECT_EQ(0, memcmp(data, "then", 4));
	}
}

TEST_F(refusal, flags_of_send)
{
	static const int flags[] = {
		MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_ERRQUEUE, MSG_ZEROCOPY,
		MSG_FASTOPEN, 0x00800000, MSG_PEEK | MSG_DONTWAIT,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		EXPECT_EQ(EOPNOTSUPP, errno_of(send(client, "x", 1, flags[i])))
			TH_LOG("of flags %#x", flags[i]);
	expect_sound(_metadata, &self->conn);
}

/* Those that say nothing to a connection do no harm */
TEST_F(refusal, harmless_flags_of_send)
{
	static const int flags[] = {
		MSG_DONTWAIT, MSG_NOSIGNAL, MSG_EOR, MSG_DONTROUTE,
		MSG_CONFIRM, MSG_MORE,
	};
	char octet;
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		EXPECT_EQ(1, send(client, "y", 1, flags[i]))
			TH_LOG("of flags %#x", flags[i]);
		EXPECT_EQ(1, recv(server, &octet, 1, 0));
	}
	expect_sound(_metadata, &self->conn);
}

TEST_F(refusal, flags_of_recv)
{
	static const int flags[] = {
		MSG_ERRQUEUE, MSG_EOR, MSG_MORE, 0x00800000,
	};
	char octet;
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		EXPECT_EQ(EOPNOTSUPP, errno_of(recv(server, &octet, 1,
						    flags[i] | MSG_DONTWAIT)))
			TH_LOG("of flags %#x", flags[i]);
	expect_sound(_metadata, &self->conn);
}

static int send_cmsg(int fd, int type, const void *data, size_t size)
{
	struct iovec iov = { .iov_base = "y", .iov_len = 1 };
	union {
		char		octets[128];
		struct cmsghdr	cmsg;
	} room = {};
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &room, .msg_controllen = CMSG_SPACE(size),
	};

	room.cmsg.cmsg_level = SOL_SOCKET;
	room.cmsg.cmsg_type = type;
	room.cmsg.cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(&room.cmsg), data, size);
	return sendmsg(fd, &msg, 0);
}

TEST_F(refusal, control_messages)
{
	struct ucred cred = { .pid = getpid() };
	int value = 1;
	char octet;

	EXPECT_EQ(EOPNOTSUPP, errno_of(send_cmsg(client, SCM_RIGHTS, &client,
						 sizeof(client))));
	EXPECT_EQ(EOPNOTSUPP, errno_of(send_cmsg(client, SCM_CREDENTIALS,
						 &cred, sizeof(cred))));
	EXPECT_EQ(EINVAL, errno_of(send_cmsg(client, 9999, &value, 4)));
	EXPECT_EQ(1, send_cmsg(client, SO_MARK, &value, 4));
	EXPECT_EQ(1, recv(server, &octet, 1, 0));
	expect_sound(_metadata, &self->conn);
}

TEST_F(refusal, options)
{
	static const int levels[] = { IPPROTO_IP, IPPROTO_TCP, 0x5343, -1 };
	int i, value = 1;
	socklen_t len;

	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		len = sizeof(value);
		EXPECT_EQ(ENOPROTOOPT, errno_of(setsockopt(client, levels[i],
							   1, &value, len)));
		EXPECT_EQ(ENOPROTOOPT, errno_of(getsockopt(client, levels[i],
							   1, &value, &len)));
	}
	EXPECT_EQ(EOPNOTSUPP, errno_of(scope_setsockopt_int(client,
							    SO_ZEROCOPY, 1)));
	expect_sound(_metadata, &self->conn);
}

TEST_F(refusal, calls)
{
	struct ifreq ifr = { .ifr_name = SCOPE_DEV_NAME };

	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, client,
				   0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(ENOTTY, errno_of(ioctl(client, 0x53ff, &ifr)));
	EXPECT_EQ(EFAULT, errno_of(ioctl(client, SIOCINQ, NULL)));
	EXPECT_EQ(ESPIPE, errno_of(lseek(client, 0, SEEK_SET)));
	EXPECT_EQ(EINVAL, errno_of(listen(client, 1)));
	EXPECT_EQ(EINVAL, errno_of(accept(server, NULL, NULL)));
	expect_sound(_metadata, &self->conn);
}

/* Addresses of memory that is not the program's */
static void * const bad_pointers[] = {
	NULL, (void *)8, (void *)(~0UL << 47), (void *)(~0UL << 12),
};

TEST_F(refusal, pointers_to_send_from)
{
	struct iovec iov = { .iov_len = 100 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int i;

	for (i = 0; i < ARRAY_SIZE(bad_pointers); i++) {
		void *bad = bad_pointers[i];

		EXPECT_EQ(EFAULT, errno_of(send(client, bad, 100, 0)));
		EXPECT_EQ(EFAULT, errno_of(send(client, bad, 50000, 0)));
		iov.iov_base = bad;
		EXPECT_EQ(EFAULT, errno_of(sendmsg(client, &msg, 0)));
		EXPECT_EQ(EFAULT, errno_of(sendmsg(client, bad, 0)));
	}
	expect_sound(_metadata, &self->conn);
}

/* Half of it is there to be sent: a stream sends that half, or nothing */
TEST_F(refusal, memory_that_ends)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	char *data, seen[100];
	ssize_t sent;

	data = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, data);
	ASSERT_EQ(0, munmap(data + page, page));
	memset(data, 'm', page);
	sent = send(client, data + page - 100, 20000, 0);
	if (sent < 0) {
		EXPECT_EQ(EFAULT, errno);
	} else {
		EXPECT_EQ(SOCK_STREAM, self->conn.type);
		EXPECT_GE(100, sent);
		EXPECT_EQ(sent, recv(server, seen, sizeof(seen), MSG_WAITALL |
				     (sent < 100 ? MSG_DONTWAIT : 0)));
	}
	expect_sound(_metadata, &self->conn);
}

TEST_F(refusal, pointers_to_receive_into)
{
	char data[8];
	int i;

	for (i = 0; i < ARRAY_SIZE(bad_pointers); i++) {
		ASSERT_EQ(4, send(client, "once", 4, 0));
		ASSERT_EQ(4, conn_await_bytes(server, 4));
		EXPECT_EQ(EFAULT, errno_of(recv(server, bad_pointers[i], 4,
						0)));
		/* Whether it is lost depends on who found out */
		while (recv(server, data, sizeof(data), MSG_DONTWAIT) > 0)
			;
	}
	expect_sound(_metadata, &self->conn);
}

TEST_F(refusal, huge_lengths)
{
	static const size_t sizes[] = {
		1UL << 31, 1UL << 32, SIZE_MAX / 2, SIZE_MAX,
	};
	char *data = calloc(1, 65536);
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		int err = errno_of(send(client, data, sizes[i], MSG_DONTWAIT));
		char drop[4096];

		/* A stream may have sent what there was */
		EXPECT_TRUE(err == EMSGSIZE || err == EFAULT || err == EAGAIN ||
			    (!err && self->conn.type == SOCK_STREAM))
			TH_LOG("errno %d of size %zu", err, sizes[i]);
		while (scope_ioctl_int(client, SIOCOUTQ) ||
		       scope_ioctl_int(server, SIOCINQ))
			recv(server, drop, sizeof(drop), MSG_DONTWAIT);
	}
	free(data);
	expect_sound(_metadata, &self->conn);
}

/* Both calls that take an address, each told what is wrong with it */
static void expect_address(struct __test_metadata *_metadata, int fd, int err,
			   const void *addr, socklen_t len)
{
	EXPECT_EQ(err, errno_of(bind(fd, addr, len)));
	EXPECT_EQ(err, errno_of(connect(fd, addr, len)));
}

TEST_F(address, of_the_wrong_length)
{
	union {
		struct sockaddr_scope addr;
		char octets[256];
	} room = { .addr = conn_to(&self->conn, 1, SCOPE_RX_PORT).scope };
	int len;

	client = conn_socket(&self->conn, 0, 0);
	for (len = 0; len <= 256; len++)
		if (len != sizeof(room.addr))
			expect_address(_metadata, client, EINVAL, &room, len);
	expect_address(_metadata, client, EINVAL, &room, -1);
	expect_address(_metadata, client, EFAULT, (void *)8, 16);
}

TEST_F(address, of_another_family)
{
	static const int families[] = { AF_INET, AF_UNIX, AF_PACKET, 0xffff };
	struct sockaddr_scope addr;
	int i;

	addr = conn_to(&self->conn, 1, SCOPE_RX_PORT).scope;
	client = conn_socket(&self->conn, 0, 0);
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		addr.sscope_family = families[i];
		expect_address(_metadata, client, EAFNOSUPPORT, &addr,
			       sizeof(addr));
	}
}

TEST_F(address, of_no_device)
{
	const unsigned int devices[] = {
		4242, INT_MAX, 0x80000000, ~0U, if_nametoindex("lo"),
	};
	struct sockaddr_scope addr;
	int i;

	addr = conn_to(&self->conn, 1, SCOPE_RX_PORT).scope;
	client = conn_socket(&self->conn, 0, 0);
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		addr.sscope_ifindex = devices[i];
		expect_address(_metadata, client, ENODEV, &addr, sizeof(addr));
	}
}

TEST_F(address, of_another_node)
{
	const unsigned char foreign[6] = { 0x02, 0, 0, 0, 0, 0x99 };
	struct sockaddr_scope addr;

	client = conn_socket(&self->conn, 0, 0);
	addr = scope_addr(SCOPE_RX_PORT, 0, foreign);
	expect_address(_metadata, client, EADDRNOTAVAIL, &addr, sizeof(addr));
	addr = scope_addr(SCOPE_RX_PORT, self->conn.path.ifindex[0], foreign);
	EXPECT_EQ(EADDRNOTAVAIL, errno_of(scope_bind(client, addr)));
	addr.sscope_addr[7] = 1;
	EXPECT_EQ(EINVAL, errno_of(scope_connect(client, addr)));
}

TEST_F(address, of_a_group)
{
	const unsigned char all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct sockaddr_scope addr;

	/* There is no connection to everybody, asked for or not */
	addr = scope_addr(SCOPE_RX_PORT, self->conn.path.ifindex[0], all);
	client = conn_socket(&self->conn, 0, 0);
	ASSERT_EQ(0, scope_setsockopt_int(client, SO_BROADCAST, 1));
	EXPECT_NE(0, errno_of(scope_connect(client, addr)));
}

TEST_F(alone, octets)
{
	char octet;

	client = conn_socket(&self->conn, 0, 0);
	EXPECT_EQ(ENOTCONN, errno_of(recv(client, &octet, 1, 0)));
	/* TCP does not tell this from a connection that ended */
	EXPECT_EQ(self->conn.kind == CONN_TCP ? EPIPE : ENOTCONN,
		  errno_of(send(client, "x", 1, MSG_NOSIGNAL)));
	EXPECT_EQ(0, scope_ioctl_int(client, SIOCINQ));
	EXPECT_EQ(0, scope_ioctl_int(client, SIOCOUTQ));
}

TEST_HARNESS_MAIN
