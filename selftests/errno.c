// SPDX-License-Identifier: GPL-2.0
/*
 * errno.c - proves that what a datagram socket can't do is refused with the
 * errno its man page names, and that the socket works as before afterwards
 */
#include <limits.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "path.h"

FIXTURE(refusal) {
	struct path path;	/* with another device beside scope0 */
	int fd;			/* not bound */
	int rx;			/* bound to SCOPE_RX_PORT of scope0 */
};

FIXTURE_SETUP(refusal)
{
	ASSERT_EQ(0, path_open(&self->path, PATH_LOOP));
	self->fd = scope_socket(0);
	ASSERT_LE(0, self->fd);
	self->rx = scope_socket(0);
	ASSERT_EQ(0, scope_bind(self->rx, scope_local(SCOPE_RX_PORT)));
}

#define dest	scope_local(SCOPE_RX_PORT)

/* Whatever was tried on it, and failed, a datagram still goes through */
FIXTURE_TEARDOWN(refusal)
{
	char octet;

	EXPECT_EQ(1, scope_sendto(self->fd, "x", 1, 0, dest));
	EXPECT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	EXPECT_EQ(1, recv(self->rx, &octet, 1, 0));
	EXPECT_EQ('x', octet);
	EXPECT_EQ(EAGAIN, errno_of(recv(self->rx, &octet, 1, MSG_DONTWAIT)));
}

/* Types of sockets the family does not have */
static const int absent_types[] = { SOCK_RDM, SOCK_DCCP };

TEST_F(refusal, types)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(absent_types); i++)
		EXPECT_EQ(ESOCKTNOSUPPORT,
			  errno_of(socket(scope_family(), absent_types[i], 0)));
	EXPECT_EQ(EINVAL, errno_of(socket(scope_family(), 11, 0)));
}

TEST_F(refusal, protocols)
{
	static const int protocols[] = { 1, 6, 17, 255, 256, INT_MAX, -1 };
	int i;

	for (i = 0; i < ARRAY_SIZE(protocols); i++)
		EXPECT_EQ(EPROTONOSUPPORT,
			  errno_of(socket(scope_family(), SOCK_DGRAM,
					  protocols[i])));
}

TEST_F(refusal, calls_of_connections)
{
	EXPECT_EQ(EOPNOTSUPP, errno_of(listen(self->fd, 1)));
	EXPECT_EQ(EOPNOTSUPP, errno_of(listen(self->rx, 1)));
	EXPECT_EQ(EOPNOTSUPP, errno_of(accept(self->rx, NULL, NULL)));
	EXPECT_EQ(EOPNOTSUPP, errno_of(accept4(self->rx, NULL, NULL,
					       SOCK_NONBLOCK)));
}

TEST_F(refusal, mmap)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fd,
				   0));
	EXPECT_EQ(ENODEV, errno);
}

TEST_F(refusal, ioctls)
{
	struct ifreq ifr = { .ifr_name = SCOPE_DEV_NAME };

	EXPECT_EQ(ENOTTY, errno_of(ioctl(self->fd, 0x53ff, &ifr)));
	EXPECT_EQ(ENOTTY, errno_of(ioctl(self->fd, SIOCATMARK, &ifr)));
	EXPECT_EQ(EFAULT, errno_of(ioctl(self->fd, SIOCINQ, NULL)));
	EXPECT_EQ(EFAULT, errno_of(ioctl(self->fd, SIOCOUTQ, NULL)));
	/* Those of devices go by any socket */
	EXPECT_EQ(0, errno_of(ioctl(self->fd, SIOCGIFINDEX, &ifr)));
}

TEST_F(refusal, options)
{
	static const int levels[] = { IPPROTO_IP, IPPROTO_TCP, 0x5343, -1 };
	int i, value = 1;
	socklen_t len;

	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		len = sizeof(value);
		EXPECT_EQ(ENOPROTOOPT, errno_of(setsockopt(self->fd, levels[i],
							   1, &value, len)));
		EXPECT_EQ(ENOPROTOOPT, errno_of(getsockopt(self->fd, levels[i],
							   1, &value, &len)));
	}
	len = sizeof(value);
	EXPECT_EQ(ENOPROTOOPT, errno_of(setsockopt(self->fd, SOL_SOCKET, 9999,
						   &value, len)));
	EXPECT_EQ(ENOPROTOOPT, errno_of(getsockopt(self->fd, SOL_SOCKET, 9999,
						   &value, &len)));
	EXPECT_EQ(EINVAL, errno_of(setsockopt(self->fd, SOL_SOCKET, SO_RCVBUF,
					      &value, -1)));
	EXPECT_EQ(EINVAL, errno_of(setsockopt(self->fd, SOL_SOCKET, SO_RCVBUF,
					      &value, 1)));
	EXPECT_EQ(EFAULT, errno_of(setsockopt(self->fd, SOL_SOCKET, SO_RCVBUF,
					      NULL, 4)));
	EXPECT_EQ(EOPNOTSUPP, errno_of(scope_setsockopt_int(self->fd,
							    SO_ZEROCOPY, 1)));
}

TEST_F(refusal, flags_of_send)
{
	static const int flags[] = {
		MSG_OOB, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_ERRQUEUE,
		MSG_ZEROCOPY, MSG_FASTOPEN, 0x00800000, MSG_OOB | MSG_DONTWAIT,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		EXPECT_EQ(EOPNOTSUPP, errno_of(scope_sendto(self->fd, "x", 1,
							    flags[i], dest)))
			TH_LOG("of flags %#x", flags[i]);
}

/* Those that say nothing to a datagram socket do no harm */
TEST_F(refusal, harmless_flags_of_send)
{
	static const int flags[] = {
		MSG_DONTWAIT, MSG_NOSIGNAL, MSG_EOR, MSG_DONTROUTE,
		MSG_CONFIRM, MSG_MORE,
	};
	char octet;
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		EXPECT_EQ(1, scope_sendto(self->fd, "y", 1, flags[i], dest));
		EXPECT_EQ(1, recv(self->rx, &octet, 1, 0));
	}
}

TEST_F(refusal, flags_of_recv)
{
	static const int flags[] = {
		MSG_OOB, MSG_ERRQUEUE, MSG_EOR, 0x00800000,
	};
	char octet;
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		EXPECT_EQ(EOPNOTSUPP, errno_of(recv(self->rx, &octet, 1,
						    flags[i] | MSG_DONTWAIT)))
			TH_LOG("of flags %#x", flags[i]);
}

/* Sends with one control message, @len octets of which it says it has */
static int send_cmsg(int fd, int level, int type, const void *data, size_t size,
		     size_t len)
{
	struct iovec iov = { .iov_base = "y", .iov_len = 1 };
	struct sockaddr_scope to = dest;
	union {
		char		octets[128];
		struct cmsghdr	cmsg;
	} room = {};
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &room, .msg_controllen = CMSG_SPACE(size),
	};

	room.cmsg.cmsg_level = level;
	room.cmsg.cmsg_type = type;
	room.cmsg.cmsg_len = len;
	memcpy(CMSG_DATA(&room.cmsg), data, size);
	return sendmsg(fd, &msg, 0);
}

TEST_F(refusal, control_messages)
{
	struct ucred cred = { .pid = getpid() };
	int value = 1;
	char octet;

	EXPECT_EQ(EOPNOTSUPP, errno_of(send_cmsg(self->fd, SOL_SOCKET,
						 SCM_RIGHTS, &self->fd, 4,
						 CMSG_LEN(4))));
	EXPECT_EQ(EOPNOTSUPP, errno_of(send_cmsg(self->fd, SOL_SOCKET,
						 SCM_CREDENTIALS, &cred,
						 sizeof(cred),
						 CMSG_LEN(sizeof(cred)))));
	EXPECT_EQ(EINVAL, errno_of(send_cmsg(self->fd, SOL_SOCKET, 9999,
					     &value, 4, CMSG_LEN(4))));
	/* Shorter than its own header, longer than what there is */
	EXPECT_EQ(EINVAL, errno_of(send_cmsg(self->fd, SOL_SOCKET, SO_MARK,
					     &value, 4, 0)));
	EXPECT_EQ(EINVAL, errno_of(send_cmsg(self->fd, SOL_SOCKET, SO_MARK,
					     &value, 4, CMSG_LEN(100))));
	EXPECT_EQ(EINVAL, errno_of(send_cmsg(self->fd, SOL_SOCKET, SO_MARK,
					     &value, 4, ~0UL)));
	/* One that the kernel knows, of the size it has */
	EXPECT_EQ(1, send_cmsg(self->fd, SOL_SOCKET, SO_MARK, &value, 4,
			       CMSG_LEN(4)));
	EXPECT_EQ(1, recv(self->rx, &octet, 1, 0));
}

/* The three calls that take an address, each told what is wrong with it */
static void expect_address(struct __test_metadata *_metadata, int fd, int err,
			   const void *addr, socklen_t len)
{
	EXPECT_EQ(err, errno_of(bind(fd, addr, len)));
	EXPECT_EQ(err, errno_of(connect(fd, addr, len)));
	EXPECT_EQ(err, errno_of(sendto(fd, "y", 1, 0, addr, len)));
}

TEST_F(refusal, length_of_an_address)
{
	union {
		struct sockaddr_scope addr;
		char octets[256];
	} room = { .addr = dest };
	int len;

	for (len = 0; len <= 256; len++)
		if (len != sizeof(room.addr))
			expect_address(_metadata, self->fd, EINVAL, &room, len);
	expect_address(_metadata, self->fd, EINVAL, &room, -1);
	expect_address(_metadata, self->fd, EINVAL, &room, INT_MAX);
}

TEST_F(refusal, family_of_an_address)
{
	static const int families[] = { AF_INET, AF_UNIX, AF_PACKET, 0xffff };
	struct sockaddr_scope addr = dest;
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		addr.sscope_family = families[i];
		expect_address(_metadata, self->fd, EAFNOSUPPORT, &addr,
			       sizeof(addr));
	}
	/* To connect() alone it has a meaning */
	addr.sscope_family = AF_UNSPEC;
	EXPECT_EQ(EAFNOSUPPORT, errno_of(scope_bind(self->fd, addr)));
	EXPECT_EQ(EAFNOSUPPORT, errno_of(scope_sendto(self->fd, "y", 1, 0,
						      addr)));
}

TEST_F(refusal, device_of_an_address)
{
	const unsigned int devices[] = {
		4242, INT_MAX, 0x80000000, ~0U, if_nametoindex("lo"),
	};
	struct sockaddr_scope addr = dest;
	int i;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		addr.sscope_ifindex = devices[i];
		expect_address(_metadata, self->fd, ENODEV, &addr,
			       sizeof(addr));
	}
}

TEST_F(refusal, link_of_an_address)
{
	const unsigned char foreign[6] = { 0x02, 0, 0, 0, 0, 0x99 };
	struct sockaddr_scope addr;
	int i;

	for (i = 6; i < SCOPE_ADDR_LEN; i++) {
		addr = scope_addr(SCOPE_RX_PORT, self->path.ifindex[0],
				  foreign);
		addr.sscope_addr[i] = 1;
		expect_address(_metadata, self->fd, EINVAL, &addr,
			       sizeof(addr));
	}
	/* Behind scope0 there is nobody else */
	addr = scope_addr(SCOPE_RX_PORT, 0, foreign);
	expect_address(_metadata, self->fd, EADDRNOTAVAIL, &addr,
		       sizeof(addr));
	/* To be somebody else is not to be had on any device */
	addr = scope_addr(SCOPE_RX_PORT, self->path.ifindex[0], foreign);
	EXPECT_EQ(EADDRNOTAVAIL, errno_of(scope_bind(self->fd, addr)));
}

TEST_F(refusal, no_destination)
{
	struct sockaddr_scope to = scope_local(0);

	EXPECT_EQ(EINVAL, errno_of(scope_connect(self->fd, to)));
	EXPECT_EQ(EINVAL, errno_of(scope_sendto(self->fd, "y", 1, 0, to)));
	/* A length without an address is no address */
	EXPECT_EQ(EDESTADDRREQ, errno_of(sendto(self->fd, "y", 1, 0, NULL,
						16)));
	EXPECT_EQ(0, scope_port_of(self->fd));
}

/* Addresses of memory that is not the program's */
static void * const bad_pointers[] = {
	NULL, (void *)8, (void *)(~0UL << 47), (void *)(~0UL << 12),
};

TEST_F(refusal, pointers_to_send_from)
{
	struct sockaddr_scope to = dest;
	struct iovec iov = { .iov_len = 100 };
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to),
		.msg_iov = &iov, .msg_iovlen = 1,
	};
	void *bad;
	int i;

	for (i = 0; i < ARRAY_SIZE(bad_pointers); i++) {
		bad = bad_pointers[i];
		EXPECT_EQ(EFAULT, errno_of(bind(self->fd, bad, 16)));
		EXPECT_EQ(EFAULT, errno_of(connect(self->fd, bad, 16)));
		EXPECT_EQ(EFAULT, errno_of(scope_sendto(self->fd, bad, 100, 0,
							dest)));
		EXPECT_EQ(EFAULT, errno_of(scope_sendto(self->fd, bad, 20000,
							0, dest)));
		iov.iov_base = bad;
		EXPECT_EQ(EFAULT, errno_of(sendmsg(self->fd, &msg, 0)));
		EXPECT_EQ(EFAULT, errno_of(sendmsg(self->fd, bad, 0)));
		if (!bad)
			continue;
		/* NULL is no address, here */
		EXPECT_EQ(EFAULT, errno_of(sendto(self->fd, "y", 1, 0, bad,
						  16)));
	}
}

/*
 * Whether the datagram is lost depends on who finds out: the core does before
 * it asks for one, if the address can't be a program's.
 */
TEST_F(refusal, pointers_to_receive_into)
{
	char name[16], data[8];
	struct iovec iov = { .iov_len = sizeof(data) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	socklen_t len;
	void *bad;
	int i;

	for (i = 0; i < ARRAY_SIZE(bad_pointers); i++) {
		bad = bad_pointers[i];
		ASSERT_EQ(4, scope_sendto(self->fd, "once", 4, 0, dest));
		EXPECT_EQ(EFAULT, errno_of(recv(self->rx, bad, sizeof(data),
						0)));
		ASSERT_EQ(4, scope_sendto(self->fd, "once", 4, 0, dest));
		iov.iov_base = bad;
		EXPECT_EQ(EFAULT, errno_of(recvmsg(self->rx, &msg, 0)));
		EXPECT_EQ(EFAULT, errno_of(recvmsg(self->rx, bad,
						   MSG_DONTWAIT)));

		ASSERT_EQ(4, scope_sendto(self->fd, "once", 4, 0, dest));
		EXPECT_EQ(EFAULT, errno_of(recvfrom(self->rx, data,
						    sizeof(data), 0,
						    (void *)name, bad)));
		if (!bad)
			continue;
		ASSERT_EQ(4, scope_sendto(self->fd, "once", 4, 0, dest));
		len = sizeof(name);
		EXPECT_EQ(EFAULT, errno_of(recvfrom(self->rx, data,
						    sizeof(data), 0, bad,
						    &len)));
	}
	while (recv(self->rx, data, sizeof(data), MSG_DONTWAIT) == 4)
		;
}

TEST_F(refusal, pointers_of_names)
{
	socklen_t len, negative = -1;
	char name[16];
	void *bad;
	int i;

	for (i = 0; i < ARRAY_SIZE(bad_pointers); i++) {
		bad = bad_pointers[i];
		len = sizeof(name);
		EXPECT_EQ(EFAULT, errno_of(getsockname(self->rx, bad, &len)));
		EXPECT_EQ(EFAULT, errno_of(getsockname(self->rx, (void *)name,
						       bad)));
	}
	EXPECT_EQ(EINVAL, errno_of(getsockname(self->rx, (void *)name,
					       &negative)));
}

TEST_F(refusal, huge_lengths)
{
	static const size_t sizes[] = {
		65520, 65536, 1UL << 31, (1UL << 32) - 16, 1UL << 32,
		SIZE_MAX / 2, SIZE_MAX - 15, SIZE_MAX,
	};
	struct sockaddr_scope to = dest;
	char *data = calloc(1, 65536);
	struct iovec iov[2] = { { .iov_base = data }, { .iov_base = data } };
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to),
		.msg_iov = iov, .msg_iovlen = 2,
	};
	int i, err;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		/* The core looks at the range first, and not in one way */
		err = errno_of(scope_sendto(self->fd, data, sizes[i], 0, to));
		EXPECT_TRUE(err == EMSGSIZE || err == EFAULT)
			TH_LOG("errno %d of size %zu", err, sizes[i]);
		iov[0].iov_len = sizes[i];
		iov[1].iov_len = sizes[i];
		err = errno_of(sendmsg(self->fd, &msg, 0));
		EXPECT_TRUE(err == EMSGSIZE || err == EFAULT || err == EINVAL)
			TH_LOG("errno %d of size %zu", err, sizes[i]);
	}
	msg.msg_iovlen = 1025;
	EXPECT_EQ(EMSGSIZE, errno_of(sendmsg(self->fd, &msg, 0)));
	free(data);
}

/* Room for more than any datagram is no error */
TEST_F(refusal, huge_room)
{
	char *data = mmap(NULL, 1UL << 32, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	ASSERT_NE(MAP_FAILED, data);
	ASSERT_EQ(4, scope_sendto(self->fd, "room", 4, 0, dest));
	EXPECT_EQ(4, recv(self->rx, data, 1UL << 32, 0));
	EXPECT_EQ(0, memcmp(data, "room", 4));
}

TEST_HARNESS_MAIN
