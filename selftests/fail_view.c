// SPDX-License-Identifier: GPL-2.0
/*
 * fail_view.c - proves that every allocation of every view can fail: netlink's
 * answers and dumps, its notices, /proc and debugfs. Whoever looks gets an
 * errno and can look again; what is looked at is not disturbed.
 * Test-timeout: 900
 */
#include <dirent.h>

#include "conn.h"
#include "fail.h"

#define LONG	300	/* seconds that a walk may take in an emulated VM */

FIXTURE(fail) {
	struct conn conn;
	struct genl genl;
	struct genl heard;	/* in the multicast group */
	int nth;		/* see fail_open() */
	__u64 cookie;		/* of the connection's first end */
	const char *file;
	int fd;
};

FIXTURE_SETUP(fail)
{
	struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	int i;

	if (!fail_is_possible())
		SKIP(return, FAIL_NOT);
	ASSERT_EQ(0, fail_below(0, ~0UL));
	ASSERT_EQ(0, conn_open_joined(&self->conn, CONN_SCOPE0, SOCK_STREAM));
	for (i = 0; i < 5; i++)
		ASSERT_EQ(500, send(client, self->genl.buffer, 500, 0));
	ASSERT_EQ(2500, conn_await_bytes(server, 2500));
	self->cookie = ledger_cookie(server);
	ASSERT_EQ(0, genl_open(&self->genl));
	ASSERT_EQ(0, genl_open(&self->heard));
	ASSERT_EQ(0, setsockopt(self->genl.fd, SOL_SOCKET, SO_RCVTIMEO,
				&patience, sizeof(patience)));
	self->nth = fail_open();
	ASSERT_LE(0, self->nth);
}

FIXTURE_TEARDOWN(fail)
{
	if (!fail_is_possible())
		return;
	EXPECT_EQ(0, conn_close(&self->conn));
	EXPECT_EQ(0, fail_await_sockets(&self->genl, 0));
}

#define WALK(name)							\
	TEST_F_TIMEOUT(fail, name, LONG)				\
	{								\
		fail_walk_if_possible(_metadata, self->nth, &op_##name,	\
				      self);				\
	}

/* Netlink */

/* An answer that could not be made may leave a late one: begin anew */
AFTER(after_genl)
{
	struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };

	genl_close(&self->genl);
	return genl_open(&self->genl) ?:
	       or_errno(setsockopt(self->genl.fd, SOL_SOCKET, SO_RCVTIMEO,
				   &patience, sizeof(patience)));
}

OP(call_info)
{
	struct genl_attrs attrs;

	return genl_get(&self->genl, SKBSCOPE_CMD_INFO_GET, 0, NULL, 0, &attrs);
}

static const struct fail_op op_info = {
	.name = "info",
	.call = call_info,
	.after = after_genl,
};

WALK(info)

OP(call_one_socket)
{
	struct genl_attrs attrs;

	return genl_get(&self->genl, SKBSCOPE_CMD_SOCKET_GET,
			SKBSCOPE_A_SOCKET_COOKIE, &self->cookie,
			sizeof(self->cookie), &attrs);
}

static const struct fail_op op_one_socket = {
	.name = "one_socket",
	.call = call_one_socket,
	.after = after_genl,
};

WALK(one_socket)

OP(call_station)
{
	struct genl_attrs attrs;
	__u32 number = 1;

	return genl_get(&self->genl, SKBSCOPE_CMD_STATION_GET,
			SKBSCOPE_A_STATION_NUMBER, &number, sizeof(number),
			&attrs);
}

static const struct fail_op op_one_station = {
	.name = "one_station",
	.call = call_station,
	.after = after_genl,
};

WALK(one_station)

OP(call_ledger)
{
	struct ledger ledger;

	return ledger_read(&self->genl, &ledger);
}

static const struct fail_op op_ledger = {
	.name = "ledger",
	.call = call_ledger,
	.after = after_genl,
};

WALK(ledger)

static void on_answer(const struct genl_attrs *attrs, void *arg)
{
}

OP(call_dump_sockets)
{
	return genl_dump(&self->genl, SKBSCOPE_CMD_SOCKET_GET, on_answer, NULL);
}

static const struct fail_op op_all_sockets = {
	.name = "all_sockets",
	.call = call_dump_sockets,
	.after = after_genl,
};

WALK(all_sockets)

OP(call_dump_stations)
{
	return genl_dump(&self->genl, SKBSCOPE_CMD_STATION_GET, on_answer,
			 NULL);
}

static const struct fail_op op_all_stations = {
	.name = "all_stations",
	.call = call_dump_stations,
	.after = after_genl,
};

WALK(all_stations)

OP(call_images)
{
	return genl_dump_of(&self->genl, SKBSCOPE_CMD_IMAGE_GET,
			    SKBSCOPE_A_IMAGE_COOKIE, &self->cookie,
			    sizeof(self->cookie), on_answer, NULL);
}

static const struct fail_op op_images = {
	.name = "images",
	.call = call_images,
	.after = after_genl,
};

WALK(images)

OP(call_open)
{
	return genl_open(&self->genl);
}

OP(prepare_open)
{
	genl_close(&self->genl);
	return 0;
}

/* The core says ENFILE where it has no inode */
static const struct fail_op op_subscribe = {
	.name = "subscribe",
	.prepare = prepare_open,
	.call = call_open,
	.after = after_genl,
	.also = ENFILE,
};

WALK(subscribe)

/* A notice that cannot be made is told of by ENOBUFS, never just missing */

OP(prepare_heard)
{
	int group = self->heard.group;

	return or_errno(setsockopt(self->heard.fd, SOL_NETLINK,
				   NETLINK_ADD_MEMBERSHIP, &group,
				   sizeof(group)));
}

OP(call_live)
{
	int fd = or_errno(conn_socket(&self->conn, 0, 0));
	int ret;

	if (fd < 0)
		return fd;
	ret = or_errno(conn_bind(&self->conn, fd, 0, 0));
	close(fd);
	return ret;
}

/* Born, bound, gone: three notices, unless there was no socket */
AFTER(after_live)
{
	char *buffer = self->heard.buffer;
	int n, want = got < 0 ? 0 : 3, notices = 0;
	bool told = false;

	do {
		n = or_errno(recv(self->heard.fd, buffer, GENL_BUFFER,
				  MSG_DONTWAIT));
		notices += n > 0;
		told = told || n == -ENOBUFS;
	} while (n > 0 || n == -ENOBUFS);
	if (notices < want && !told)
		return -ENOMSG;
	return n == -EAGAIN ? 0 : n;
}

static const struct fail_op op_notices = {
	.name = "notices",
	.prepare = prepare_heard,
	.call = call_live,
	.after = after_live,
	.also = ENFILE,
};

WALK(notices)

/* Files */

OP(call_read)
{
	int n, sum = 0, fd = or_errno(open(self->file, O_RDONLY));

	if (fd < 0)
		return fd;
	do {
		n = or_errno(read(fd, self->genl.buffer, GENL_BUFFER));
		sum += n;
	} while (n > 0);
	close(fd);
	return n < 0 ? n : sum;
}

/* Found before, for procfs says ENOENT where it has no memory for a directory */
#define WALK_FILE(view, path)						\
	OP(prepare_##view)						\
	{								\
		self->file = path;					\
		return or_errno(access(path, R_OK));			\
	}								\
									\
	static const struct fail_op op_##view = {			\
		.name = #view,						\
		.prepare = prepare_##view,				\
		.call = call_read,					\
	};								\
									\
	WALK(view)

WALK_FILE(proc_scope, "/proc/thread-self/net/scope")
WALK_FILE(debugfs_ledger, FAIL_DEBUGFS "skbscope/ledger")
WALK_FILE(debugfs_stations, FAIL_DEBUGFS "skbscope/stations")
WALK_FILE(debugfs_rules, FAIL_DEBUGFS "skbscope/rules")
WALK_FILE(debugfs_held, FAIL_DEBUGFS "skbscope/held")

#define WALK_SOCKET_FILE(view)						\
	OP(prepare_##view)						\
	{								\
		static char path[128];					\
									\
		snprintf(path, sizeof(path),				\
			 FAIL_DEBUGFS "skbscope/sockets/%llu/%s",	\
			 (unsigned long long)self->cookie, #view);	\
		self->file = path;					\
		return 0;						\
	}								\
									\
	static const struct fail_op op_##view = {			\
		.name = #view,						\
		.prepare = prepare_##view,				\
		.call = call_read,					\
	};								\
									\
	WALK(view)

WALK_SOCKET_FILE(socket)
WALK_SOCKET_FILE(sock)
WALK_SOCKET_FILE(receive_queue)
WALK_SOCKET_FILE(write_queue)

TEST_HARNESS_MAIN
