// SPDX-License-Identifier: GPL-2.0
/*
 * fail_call.c - proves that every allocation of every call can fail: the call
 * then says so by an errno meant for it, or does without; it works the next
 * time; no socket stays, and the ledger balances.
 *
 * Each call is made again and again, with its first allocation refused, its
 * second, and so on, until there are no more.
 * Test-timeout: 900
 */
#include <sys/uio.h>

#include <linux/filter.h>

#include "conn.h"
#include "fail.h"

#define LONG	300	/* seconds that a walk may take in an emulated VM */

FIXTURE(fail) {
	struct conn conn;
	struct genl genl;
	int nth;		/* see fail_open() */
	int fd;			/* what the call works on */
	int peer;		/* and what is at the other end */
	int made[2];		/* what it makes */
	int sockets;		/* that there were before */
	int epoll;
};

FIXTURE_VARIANT(fail) {
	enum conn_kind kind;
	int type;
};

#define VARIANT(name, way, socktype)					\
	FIXTURE_VARIANT_ADD(fail, name) {				\
		.kind = way, .type = socktype,				\
	}

VARIANT(scope0_dgram, CONN_SCOPE0, SOCK_DGRAM);
VARIANT(scope0_stream, CONN_SCOPE0, SOCK_STREAM);
VARIANT(scope0_record, CONN_SCOPE0, SOCK_SEQPACKET);
VARIANT(veth_dgram, CONN_VETH, SOCK_DGRAM);
VARIANT(veth_stream, CONN_VETH, SOCK_STREAM);
VARIANT(veth_record, CONN_VETH, SOCK_SEQPACKET);
VARIANT(pair_dgram, CONN_PAIR, SOCK_DGRAM);
VARIANT(pair_stream, CONN_PAIR, SOCK_STREAM);
VARIANT(pair_record, CONN_PAIR, SOCK_SEQPACKET);

#define is_pair	(variant->kind == CONN_PAIR)
#define is_conn	(variant->type != SOCK_DGRAM)

/* Two sockets that talk to each other, as fd and peer. 0 or -errno */
static int join(struct fail_case *self)
{
	struct conn *conn = &self->conn;
	struct sockaddr_scope to;

	if (conn->kind == CONN_PAIR) {
		if (socketpair(scope_family(), conn->type, 0, conn->fd))
			return -errno;
	} else if (conn->type != SOCK_DGRAM) {
		int err = conn_join(conn);

		if (err)
			return err;
	} else {
		server = conn_socket(conn, 1, 0);
		if (server < 0 || conn_bind(conn, server, 1, SCOPE_RX_PORT))
			return -errno;
		client = conn_socket(conn, 0, 0);
		to = conn_to(conn, 1, SCOPE_RX_PORT).scope;
		if (client < 0 || scope_connect(client, to))
			return -errno;
	}
	self->fd = client;
	self->peer = server;
	return conn_patient(client) || conn_patient(server) ? -errno : 0;
}

static int part(struct fail_case *self)
{
	conn_shut(&client);
	conn_shut(&server);
	self->fd = -1;
	self->peer = -1;
	return 0;
}

FIXTURE_SETUP(fail)
{
	struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	int i;

	if (!fail_is_possible())
		SKIP(return, FAIL_NOT);
	/* Read from a file once, now */
	scope_family();
	ASSERT_EQ(0, fail_below(0, ~0UL));
	ASSERT_EQ(0, conn_open(&self->conn, variant->kind, variant->type));
	/* Of datagrams the whole must fit */
	for (i = 1; i >= 0 && variant->kind == CONN_VETH && !is_conn; i--)
		ASSERT_EQ(0, conn_enter(&self->conn, i) ?:
			     path_dev_mtu(path_dev(&self->conn.path, i),
					  PATH_MTU));
	if (is_conn && !is_pair)
		listener = conn_listen(&self->conn, SCOPE_RX_PORT, 5);
	ASSERT_EQ(0, conn_enter(&self->conn, 0));
	ASSERT_EQ(0, genl_open(&self->genl));
	ASSERT_EQ(0, setsockopt(self->genl.fd, SOL_SOCKET, SO_RCVTIMEO,
				&patience, sizeof(patience)));
	self->epoll = epoll_create1(EPOLL_CLOEXEC);
	ASSERT_LE(0, self->epoll);
	self->nth = fail_open();
	ASSERT_LE(0, self->nth);
	self->sockets = fail_sockets(&self->genl);
	ASSERT_LE(0, self->sockets);
}

FIXTURE_TEARDOWN(fail)
{
	if (!fail_is_possible())
		return;
	EXPECT_EQ(0, conn_enter(&self->conn, 0));
	EXPECT_EQ(self->sockets, fail_await_sockets(&self->genl, self->sockets));
	EXPECT_EQ(0, conn_close(&self->conn));
	EXPECT_EQ(0, close(self->epoll));
	genl_close(&self->genl);
}

static void walk_if(struct __test_metadata *_metadata, struct fail_case *self,
		    const struct fail_op *op, bool cond)
{
	if (!fail_is_possible())
		SKIP(return, FAIL_NOT);
	if (!cond)
		SKIP(return, "this kind of socket has none");
	fail_walk(_metadata, self->nth, op, self);
}

/* A walk that is a test, of the variants for which @cond holds */
#define WALK(name, cond)						\
	TEST_F_TIMEOUT(fail, name, LONG)				\
	{								\
		walk_if(_metadata, self, &op_##name, cond);		\
	}

/* Sockets */

OP(call_socket)
{
	return or_errno(socket(scope_family(), self->conn.type, 0));
}

AFTER(close_got)
{
	return got < 0 ? 0 : or_errno(close(got));
}

/* The core says ENFILE where it has no inode */
static const struct fail_op op_socket = {
	.name = "socket",
	.call = call_socket,
	.after = close_got,
	.also = ENFILE,
};

WALK(socket, true)

OP(call_raw_socket)
{
	return or_errno(socket(scope_family(), SOCK_RAW, 0));
}

static const struct fail_op op_raw_socket = {
	.name = "raw_socket",
	.call = call_raw_socket,
	.after = close_got,
	.also = ENFILE,
};

WALK(raw_socket, variant->type == SOCK_DGRAM && !is_pair)

OP(call_socketpair)
{
	return or_errno(socketpair(scope_family(), self->conn.type, 0,
				   self->made));
}

AFTER(close_made)
{
	if (got < 0)
		return 0;
	return or_errno(close(self->made[0])) ?: or_errno(close(self->made[1]));
}

static const struct fail_op op_socketpair = {
	.name = "socketpair",
	.call = call_socketpair,
	.after = close_made,
	.also = ENFILE,
};

WALK(socketpair, is_pair)

OP(prepare_socket)
{
	self->fd = conn_socket(&self->conn, 0, 0);
	return or_errno(self->fd) < 0 ? -errno : conn_patient(self->fd);
}

AFTER(close_fd)
{
	return or_errno(close(self->fd));
}

OP(call_bind)
{
	return or_errno(conn_bind(&self->conn, self->fd, 0, SCOPE_TX_PORT));
}

static const struct fail_op op_bind = {
	.name = "bind",
	.prepare = prepare_socket,
	.call = call_bind,
	.after = close_fd,
};

WALK(bind, !is_pair)

OP(prepare_bound)
{
	return prepare_socket(self) ?: call_bind(self);
}

OP(call_listen)
{
	return or_errno(listen(self->fd, 5));
}

static const struct fail_op op_listen = {
	.name = "listen",
	.prepare = prepare_bound,
	.call = call_listen,
	.after = close_fd,
};

WALK(listen, is_conn && !is_pair)

/* Connections */

OP(call_connect)
{
	return or_errno(conn_connect(&self->conn, self->fd, SCOPE_RX_PORT));
}

/* What was connected is accepted */
AFTER(after_connect)
{
	int fd;

	if (!got && self->conn.type != SOCK_DGRAM) {
		fd = accept(listener, NULL, NULL);
		if (fd < 0)
			return -errno;
		close(fd);
	}
	return close_fd(self, got);
}

static const struct fail_op op_connect = {
	.name = "connect",
	.prepare = prepare_socket,
	.call = call_connect,
	.after = after_connect,
};

WALK(connect, !is_pair)

OP(prepare_connected)
{
	return prepare_socket(self) ?: call_connect(self);
}

OP(call_accept)
{
	return or_errno(accept(listener, NULL, NULL));
}

/* Who was not accepted for want of memory still can be */
AFTER(after_accept)
{
	if (got < 0)
		got = call_accept(self);
	if (got < 0)
		return got;
	close(got);
	return close_fd(self, got);
}

static const struct fail_op op_accept = {
	.name = "accept",
	.prepare = prepare_connected,
	.call = call_accept,
	.after = after_accept,
	.also = ENFILE,
};

WALK(accept, is_conn && !is_pair)

OP(call_shutdown)
{
	return or_errno(shutdown(self->fd, SHUT_WR));
}

/* The peer hears of the end */
AFTER(after_shutdown)
{
	char octet;

	if (self->conn.type != SOCK_DGRAM && recv(self->peer, &octet, 1, 0))
		return -EPROTO;
	return part(self);
}

static const struct fail_op op_shutdown = {
	.name = "shutdown",
	.prepare = join,
	.call = call_shutdown,
	.after = after_shutdown,
	.never = true,
};

WALK(shutdown, true)

OP(call_close)
{
	int ret = or_errno(close(self->fd));

	client = -1;
	return ret;
}

static const struct fail_op op_close = {
	.name = "close",
	.prepare = join,
	.call = call_close,
	.after = after_shutdown,
	.never = true,
};

WALK(close, true)

/* Data */

static char data[200000];

static ssize_t send_octets(struct fail_case *self, size_t len, int flags)
{
	scope_fill(data, len, 1);
	return or_errno(send(self->fd, data, len, flags | MSG_NOSIGNAL));
}

static int call_send_of(struct fail_case *self, size_t len, int flags)
{
	return send_octets(self, len, flags);
}

/* What the call says it took is there; a datagram may have been dropped */
AFTER(after_send)
{
	static char read[sizeof(data)];
	int flags = self->conn.type == SOCK_DGRAM ? MSG_DONTWAIT : MSG_WAITALL;
	int n;

	if (got < 0)
		return part(self);
	if (self->conn.type == SOCK_DGRAM && conn_ledger(&self->conn))
		return -EBADE;
	n = or_errno(recv(self->peer, read, got, flags));
	if (n == -EAGAIN && self->conn.type == SOCK_DGRAM)
		return part(self);
	if (n != got || !scope_filled(read, n, 1))
		return n < 0 ? n : -EPROTO;
	return part(self);
}

OP(call_send_1)
{
	return call_send_of(self, 1, 0);
}

OP(call_send_5000)
{
	return call_send_of(self, 5000, 0);
}

OP(call_send_60000)
{
	return call_send_of(self, 60000, 0);
}

OP(call_send_more)
{
	return call_send_of(self, 3000, MSG_MORE);
}

OP(call_send_oob)
{
	return call_send_of(self, 100, MSG_OOB);
}

/* Many parts, for which the core has no room on its stack */
OP(call_sendmsg)
{
	struct iovec iov[40];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 40 };
	int i;

	scope_fill(data, 4000, 1);
	for (i = 0; i < 40; i++)
		iov[i] = (struct iovec) { data + i * 100, 100 };
	return or_errno(sendmsg(self->fd, &msg, MSG_NOSIGNAL));
}

static const struct fail_op op_send_one_octet = {
	.name = "send_one_octet",
	.prepare = join,
	.call = call_send_1,
	.after = after_send,
};

WALK(send_one_octet, true)

static const struct fail_op op_send_some_frames = {
	.name = "send_some_frames",
	.prepare = join,
	.call = call_send_5000,
	.after = after_send,
};

WALK(send_some_frames, true)

static const struct fail_op op_send_much = {
	.name = "send_much",
	.prepare = join,
	.call = call_send_60000,
	.after = after_send,
};

WALK(send_much, true)

static const struct fail_op op_send_more = {
	.name = "send_more",
	.prepare = join,
	.call = call_send_more,
	.after = after_send,
};

WALK(send_more, variant->type == SOCK_STREAM)

static const struct fail_op op_sendmsg = {
	.name = "sendmsg",
	.prepare = join,
	.call = call_sendmsg,
	.after = after_send,
};

WALK(sendmsg, true)

/* All but the urgent octet can be read in order */
AFTER(after_oob)
{
	return after_send(self, got < 0 ? got : got - 1);
}

static const struct fail_op op_send_urgent = {
	.name = "send_urgent",
	.prepare = join,
	.call = call_send_oob,
	.after = after_oob,
};

WALK(send_urgent, variant->type == SOCK_STREAM)

OP(prepare_recv)
{
	int err = join(self) ?: (int)send_octets(self, 3000, 0);

	if (err < 0)
		return err;
	return scope_await(self->peer, POLLIN) > 0 &&
	       conn_await_bytes(self->peer, 3000) == 3000 ? 0 : -EPROTO;
}

OP(call_recv)
{
	static char read[sizeof(data)];

	return or_errno(recv(self->peer, read, 3000, MSG_WAITALL));
}

/* What was not given stays */
AFTER(after_recv)
{
	if (got < 0)
		got = call_recv(self);
	return got == 3000 ? part(self) : -EPROTO;
}

static const struct fail_op op_recv = {
	.name = "recv",
	.prepare = prepare_recv,
	.call = call_recv,
	.after = after_recv,
};

WALK(recv, true)

OP(call_filter)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
	};

	return or_errno(scope_attach_filter(self->fd, code, 2));
}

static const struct fail_op op_filter = {
	.name = "filter",
	.prepare = prepare_socket,
	.call = call_filter,
	.after = close_fd,
};

WALK(filter, true)

OP(call_epoll)
{
	struct epoll_event ev = { .events = EPOLLIN };

	return or_errno(epoll_ctl(self->epoll, EPOLL_CTL_ADD, self->fd, &ev));
}

static const struct fail_op op_epoll = {
	.name = "epoll",
	.prepare = prepare_socket,
	.call = call_epoll,
	.after = close_fd,
};

WALK(epoll, true)

TEST_HARNESS_MAIN
