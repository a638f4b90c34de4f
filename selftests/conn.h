/* SPDX-License-Identifier: GPL-2.0 */
/*
 * conn.h - two sockets with a connection between them, of each type and by each
 * way: the device of one namespace, a pair of veth between two, and none at all
 * (socketpair). AF_UNIX and TCP are ways too: what the tests expect of AF_SCOPE
 * is so checked against them, wherever the family is meant to match.
 *
 * End 0 connects, end 1 listens.
 */
#ifndef SELFTESTS_CONN_H
#define SELFTESTS_CONN_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/time.h>
#include <sys/un.h>

#include <linux/sock_diag.h>

#include "ledger.h"
#include "path.h"

#define CONN_MTU	1500	/* of the veth: what is long takes many frames */

enum conn_kind {
	CONN_SCOPE0,
	CONN_VETH,
	CONN_PAIR,
	CONN_UNIX,
	CONN_TCP,
};

/**
 * struct conn - the two ends
 * @kind: the way
 * @type: SOCK_STREAM or SOCK_SEQPACKET
 * @path: AF_SCOPE's namespaces and devices
 * @listen_fd: at end 1, or -1
 * @fd: of each end, or -1
 */
struct conn {
	enum conn_kind	kind;
	int		type;
	struct path	path;
	int		listen_fd;
	int		fd[2];
};

/* For the bodies of tests */
#define client		self->conn.fd[0]
#define server		self->conn.fd[1]
#define listener	self->conn.listen_fd

#define send_text(text, flags)						\
	ASSERT_EQ(strlen(text), send(client, text, strlen(text), flags))

/* What a read of @room octets gives */
#define expect_text(fd, text, room, flags)				\
	do {								\
		const int _len = strlen(text);				\
		char _data[32];						\
									\
		EXPECT_EQ(_len, recv(fd, _data, room, flags));		\
		EXPECT_EQ(0, memcmp(_data, text, _len));		\
	} while (0)

struct conn_addr {
	union {
		struct sockaddr		any;
		struct sockaddr_scope	scope;
		struct sockaddr_un	un;
		struct sockaddr_in	in;
	};
	socklen_t len;
};

static inline bool conn_is_scope(const struct conn *conn)
{
	return conn->kind <= CONN_PAIR;
}

/* Where there is none, what was sent is there */
static inline bool conn_is_wire(const struct conn *conn)
{
	return conn->kind != CONN_PAIR && conn->kind != CONN_UNIX;
}

static inline int conn_domain(const struct conn *conn)
{
	switch (conn->kind) {
	case CONN_UNIX:
		return AF_UNIX;
	case CONN_TCP:
		return AF_INET;
	default:
		return scope_family();
	}
}

/* Namespaces of its own, with no socket yet. Returns 0 or -errno */
static inline int conn_open(struct conn *conn, enum conn_kind kind, int type)
{
	int end;

	*conn = (struct conn) {
		.kind = kind, .type = type, .listen_fd = -1, .fd = { -1, -1 },
	};
	if (!conn_is_scope(conn)) {
		if (path_new_netns() < 0 || path_dev_up("lo"))
			return -errno;
		return 0;
	}
	if (path_open(&conn->path, kind == CONN_VETH ? PATH_VETH : PATH_SCOPE0))
		return -errno;
	for (end = 1; kind == CONN_VETH && end >= 0; end--)
		if (path_enter(&conn->path, end) ||
		    path_dev_mtu(path_dev(&conn->path, end), CONN_MTU))
			return -errno;
	return 0;
}

/* To end 0's namespace or to end 1's, where they are two */
static inline int conn_enter(const struct conn *conn, int end)
{
	return conn->kind == CONN_VETH ? path_enter(&conn->path, end) : 0;
}

/* A socket at an end; the caller is in that end's namespace afterwards */
static inline int conn_socket(const struct conn *conn, int end, int flags)
{
	if (conn_enter(conn, end))
		return -1;
	return socket(conn_domain(conn), conn->type | flags, 0);
}

/* A port of the references, each in its own words */
static inline struct conn_addr conn_addr_other(const struct conn *conn,
					       unsigned int port)
{
	struct conn_addr addr = {};
	int len;

	if (conn->kind == CONN_TCP) {
		addr.in = (struct sockaddr_in) {
			.sin_family = AF_INET,
			.sin_port = htons(port),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		};
		addr.len = sizeof(addr.in);
		return addr;
	}
	/* Abstract: of this namespace alone */
	addr.un.sun_family = AF_UNIX;
	len = snprintf(addr.un.sun_path + 1, sizeof(addr.un.sun_path) - 1,
		       "%u", port);
	addr.len = offsetof(struct sockaddr_un, sun_path) + 1 + len;
	return addr;
}

/* An end's own address, to bind to */
static inline struct conn_addr conn_own(const struct conn *conn, int end,
					unsigned int port)
{
	if (!conn_is_scope(conn))
		return conn_addr_other(conn, port);
	return (struct conn_addr) {
		.scope = path_own(&conn->path, end, port),
		.len = sizeof(struct sockaddr_scope),
	};
}

/* An end's address as the other end writes and sees it */
static inline struct conn_addr conn_to(const struct conn *conn, int end,
				       unsigned int port)
{
	if (!conn_is_scope(conn))
		return conn_addr_other(conn, port);
	return (struct conn_addr) {
		.scope = path_to(&conn->path, end, port),
		.len = sizeof(struct sockaddr_scope),
	};
}

static inline int conn_bind(const struct conn *conn, int fd, int end,
			    unsigned int port)
{
	struct conn_addr addr = conn_own(conn, end, port);

	return bind(fd, &addr.any, addr.len);
}

/* From end 0 to a port of end 1 */
static inline int conn_connect(const struct conn *conn, int fd,
			       unsigned int port)
{
	struct conn_addr addr = conn_to(conn, 1, port);

	return connect(fd, &addr.any, addr.len);
}

/* What does not come is an error, not the end of the test */
static inline int conn_patient(int fd)
{
	struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };

	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			  sizeof(patience));
}

/* A listener at end 1, or -1 with errno set */
static inline int conn_listen(const struct conn *conn, unsigned int port,
			      int backlog)
{
	int fd = conn_socket(conn, 1, 0);

	if (fd < 0)
		return -1;
	if (conn_patient(fd) || conn_bind(conn, fd, 1, port) ||
	    listen(fd, backlog)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The same as conn->listen_fd, of SCOPE_RX_PORT, and no more. -errno */
static inline int conn_open_listening(struct conn *conn, enum conn_kind kind,
				      int type)
{
	int err = conn_open(conn, kind, type);

	if (err)
		return err;
	conn->listen_fd = conn_listen(conn, SCOPE_RX_PORT, 5);
	return conn->listen_fd < 0 ? -errno : conn_enter(conn, 0);
}

/* A socket at end 0 that is connected to SCOPE_RX_PORT, or -1 */
static inline int conn_connected(const struct conn *conn)
{
	int fd = conn_socket(conn, 0, 0);

	if (fd < 0)
		return -1;
	if (conn_patient(fd) || conn_connect(conn, fd, SCOPE_RX_PORT)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Both ends of a connection from conn->listen_fd. Returns 0 or -errno */
static inline int conn_join(struct conn *conn)
{
	conn->fd[0] = conn_connected(conn);
	if (conn->fd[0] < 0)
		return -errno;
	conn->fd[1] = accept(conn->listen_fd, NULL, NULL);
	if (conn->fd[1] < 0 || conn_patient(conn->fd[1]))
		return -errno;
	return 0;
}

/* Everything: namespaces, a listener where there is one, a connection */
static inline int conn_open_joined(struct conn *conn, enum conn_kind kind,
				   int type)
{
	int err;

	if (kind != CONN_PAIR)
		return conn_open_listening(conn, kind, type) ?: conn_join(conn);
	err = conn_open(conn, kind, type);
	if (err)
		return err;
	if (socketpair(scope_family(), type, 0, conn->fd) ||
	    conn_patient(conn->fd[0]) || conn_patient(conn->fd[1]))
		return -errno;
	return 0;
}

/* Awaits that @n octets wait to be read; how many do */
static inline int conn_await_bytes(int fd, int n)
{
	int i, bytes = 0;

	for (i = 0; i < SCOPE_PATIENCE; i++) {
		bytes = scope_ioctl_int(fd, SIOCINQ);
		if (bytes < 0 || bytes >= n)
			break;
		usleep(1000);
	}
	return bytes;
}

/* The same for another ioctl that counts: until it says @n */
static inline int conn_await_ioctl(int fd, unsigned long cmd, int n)
{
	int i, value = 0;

	for (i = 0; i < SCOPE_PATIENCE; i++) {
		value = scope_ioctl_int(fd, cmd);
		if (value == n)
			break;
		usleep(1000);
	}
	return value;
}

/* Sends @len octets at a time until no more go; how many did, or -errno */
static inline ssize_t conn_fill(int fd, size_t len)
{
	static const char data[65536];
	ssize_t n, sum = 0;

	while ((n = send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
		sum += n;
	return errno == EAGAIN ? sum : -errno;
}

/* Nothing is on its way: what is not sent waits for the reader */
static inline bool conn_stuck(int fd)
{
	int unsent = scope_ioctl_int(fd, SIOCOUTQNSD);

	return unsent > 0 && unsent == scope_ioctl_int(fd, SIOCOUTQ);
}

/*
 * Sends until not one octet more goes, and never will unless somebody reads;
 * how many went, or -errno
 */
static inline ssize_t conn_fill_up(const struct conn *conn, int fd)
{
	const bool wire = conn_is_wire(conn);
	ssize_t n, sum = 0;
	int i;

	for (i = 0; wire && !conn_stuck(fd); i++) {
		/*
		 * TCP drops what it has no memory for, and tries again after
		 * twice the time: who reads will have to wait as long as here
		 */
		if (i == 1000 && conn->kind == CONN_TCP)
			break;
		if (i == SCOPE_PATIENCE)
			return -ETIMEDOUT;
		n = conn_fill(fd, 4096);
		if (n < 0)
			return n;
		sum += n;
		usleep(1000);
	}
	for (i = 4096; i; i /= 4096) {
		n = conn_fill(fd, i);
		if (n < 0)
			return n;
		sum += n;
	}
	return sum;
}

/* Reads to the end; how many octets there were, or -errno */
static inline ssize_t conn_drain(int fd)
{
	static char data[65536];
	ssize_t n, sum = 0;

	while ((n = recv(fd, data, sizeof(data), 0)) > 0)
		sum += n;
	return n < 0 ? -errno : sum;
}

static inline __u32 conn_meminfo(int fd, int which)
{
	__u32 mem[SK_MEMINFO_VARS];
	socklen_t len = sizeof(mem);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, mem, &len))
		return ~0U;
	return mem[which];
}

static inline int conn_shut(int *fd)
{
	int ret = *fd < 0 ? 0 : close(*fd);

	*fd = -1;
	return ret;
}

/* What the ledgers of both ends miss once nothing moves; 0, or -errno */
static inline int conn_ledger(const struct conn *conn)
{
	struct ledger ledger;
	struct genl genl;
	int end, err;

	if (!conn_is_scope(conn))
		return 0;
	for (end = 0; end < 2; end++) {
		if (conn_enter(conn, end))
			return -errno;
		err = genl_open(&genl) ?: ledger_rest(&genl, &ledger);
		genl_close(&genl);
		if (err)
			return err;
		if (ledger_missing(&ledger))
			return ledger_missing(&ledger);
	}
	return 0;
}

/* Closes all there is; then every sk_buff must be accounted for */
static inline int conn_close(struct conn *conn)
{
	conn_shut(&conn->fd[0]);
	conn_shut(&conn->fd[1]);
	conn_shut(&conn->listen_fd);
	return conn_ledger(conn);
}

/*
 * A fixture that is one struct conn. @prepare is conn_open(),
 * conn_open_listening() or conn_open_joined(); a variant is a kind and a type.
 */
#define CONN_FIXTURE(fixture, prepare)					\
	static int (* const fixture##_prepare)(struct conn *conn,	\
					       enum conn_kind kind,	\
					       int type) = prepare;	\
	FIXTURE(fixture) {						\
		struct conn conn;					\
	};								\
	FIXTURE_VARIANT(fixture) {					\
		enum conn_kind kind;					\
		int type;						\
	};								\
	FIXTURE_SETUP(fixture)						\
	{								\
		ASSERT_EQ(0, fixture##_prepare(&self->conn,		\
					       variant->kind,		\
					       variant->type));		\
	}								\
	FIXTURE_TEARDOWN(fixture)					\
	{								\
		EXPECT_EQ(0, conn_close(&self->conn));			\
	}

#endif /* SELFTESTS_CONN_H */
