// SPDX-License-Identifier: GPL-2.0
/*
 * run_unix.c - AF_UNIX sockets that `skbscope run --unix' moves: nodes and their
 * rights, abstract names, credentials, and what AF_SCOPE does not carry
 */
#include <stdlib.h>

#include "run.h"

#define NOBODY	65534

__attribute__((constructor)) static void start(int argc, char **argv)
{
	run_myself(argv, "--unix");
}

FIXTURE(moved)
{
	char dir[32];
	struct run_name server;
	int listener;
	int type;
};

FIXTURE_VARIANT(moved)
{
	int type;
	bool abstract;
};

FIXTURE_VARIANT_ADD(moved, stream_path) {
	.type = SOCK_STREAM,
};

FIXTURE_VARIANT_ADD(moved, stream_abstract) {
	.type = SOCK_STREAM,
	.abstract = true,
};

FIXTURE_VARIANT_ADD(moved, seqpacket_path) {
	.type = SOCK_SEQPACKET,
};

FIXTURE_VARIANT_ADD(moved, seqpacket_abstract) {
	.type = SOCK_SEQPACKET,
	.abstract = true,
};

FIXTURE_SETUP(moved)
{
	char path[64];

	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	strcpy(self->dir, "/tmp/run-unix.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, chmod(self->dir, 0755));
	snprintf(path, sizeof(path), variant->abstract ? "@%s" : "%s/node",
		 self->dir);
	self->server = run_unix(path);
	self->listener = run_listener(variant->type, &self->server);
	ASSERT_LE(0, self->listener);
	self->type = variant->type;
}

FIXTURE_TEARDOWN(moved)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", self->dir);
	EXPECT_EQ(0, system(command));
}

TEST_F(moved, names)
{
	struct run_name accepted = { .len = sizeof(accepted.storage) };
	struct run_name got;
	int tx, rx;

	EXPECT_TRUE(run_is_moved(self->listener));
	tx = run_client(self->type, &self->server);
	ASSERT_LE(0, tx);
	rx = accept(self->listener, &accepted.sa, &accepted.len);
	ASSERT_LE(0, rx);
	EXPECT_TRUE(run_is_moved(tx));
	EXPECT_TRUE(run_is_moved(rx));
	EXPECT_EQ(sizeof(sa_family_t), accepted.len);
	EXPECT_EQ(AF_UNIX, accepted.sa.sa_family);

	got = run_local(self->listener);
	EXPECT_TRUE(run_same(&self->server, &got));
	got = run_local(rx);
	EXPECT_TRUE(run_same(&self->server, &got));
	got = run_peer(tx);
	EXPECT_TRUE(run_same(&self->server, &got));
	got = run_local(tx);
	EXPECT_EQ(sizeof(sa_family_t), got.len);
	EXPECT_EQ(AF_UNIX, got.sa.sa_family);
	EXPECT_EQ(AF_UNIX, run_get_int(rx, SOL_SOCKET, SO_DOMAIN));
	EXPECT_EQ(0, run_get_int(rx, SOL_SOCKET, SO_PROTOCOL));
	EXPECT_EQ(self->type, run_get_int(tx, SOL_SOCKET, SO_TYPE));
	EXPECT_TRUE(run_talks(tx, rx));
}

/* AF_UNIX is connected before connect() returns, even where it may not block */
TEST_F(moved, connect_that_may_not_block)
{
	int tx = socket(AF_UNIX, self->type | SOCK_NONBLOCK, 0);

	EXPECT_EQ(0, run_connect(tx, &self->server));
	EXPECT_TRUE(run_is_moved(tx));
	EXPECT_EQ(-EISCONN, run_connect(tx, &self->server));
}

/* listen(n) admits n + 1; then who may not block is told so, as by AF_UNIX */
TEST_F(moved, backlog)
{
	int i, tx, err;

	ASSERT_EQ(0, listen(self->listener, 2));
	for (i = 0; i < 4; i++) {
		tx = socket(AF_UNIX, self->type | SOCK_NONBLOCK, 0);
		err = run_connect(tx, &self->server);
		EXPECT_EQ(i < 3 ? 0 : -EAGAIN, err);
	}
}

TEST_F(moved, name_is_taken)
{
	EXPECT_EQ(-EADDRINUSE, run_listener(self->type, &self->server));
	/* for programs that are not moved, too */
	EXPECT_EQ(-1, syscall(SYS_bind,
			      syscall(SYS_socket, AF_UNIX, self->type, 0),
			      &self->server.sa, self->server.len));
	EXPECT_EQ(EADDRINUSE, errno);
}

TEST_F(moved, name_is_free_again)
{
	int again, tx;

	ASSERT_EQ(0, close(self->listener));
	EXPECT_EQ(-ECONNREFUSED, run_client(self->type, &self->server));
	if (!variant->abstract)
		ASSERT_EQ(0, unlink(self->server.un.sun_path));
	again = run_listener(self->type, &self->server);
	ASSERT_LE(0, again);
	tx = run_client(self->type, &self->server);
	ASSERT_LE(0, tx);
	EXPECT_TRUE(run_is_moved(tx));
	EXPECT_TRUE(run_talks(tx, accept(again, NULL, NULL)));
}

/* A copy of the listener is one: a child, a duplicate */
TEST_F(moved, copies_of_the_listener)
{
	int copy = dup(self->listener), tx, status;
	pid_t pid;

	close(self->listener);
	tx = run_client(self->type, &self->server);
	ASSERT_LE(0, tx);
	EXPECT_TRUE(run_talks(tx, accept(copy, NULL, NULL)));

	/* what a child closes, its parent keeps, and the name */
	pid = fork();
	if (!pid) {
		close(copy);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	tx = run_client(self->type, &self->server);
	ASSERT_LE(0, tx);
	EXPECT_TRUE(run_talks(tx, accept(copy, NULL, NULL)));
}

/* A child that closed its copy does not keep the name */
TEST_F(moved, child_without_the_listener)
{
	int ready[2], stay[2], again, status;
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(ready));
	ASSERT_EQ(0, pipe(stay));
	pid = fork();
	if (!pid) {
		close(stay[1]);
		close(self->listener);
		_exit(write(ready[1], "", 1) != 1 || read(stay[0], &c, 1));
	}
	ASSERT_EQ(1, read(ready[0], &c, 1));
	close(self->listener);
	if (!variant->abstract)
		ASSERT_EQ(0, unlink(self->server.un.sun_path));
	again = run_listener(self->type, &self->server);
	EXPECT_LE(0, again);
	EXPECT_LE(0, run_client(self->type, &self->server));
	close(stay[1]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(moved, credentials)
{
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);
	int rx, status, tell[2];
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(tell));
	pid = fork();
	if (!pid) {
		int tx, ok;

		ok = !setresuid(NOBODY, NOBODY, NOBODY);
		tx = run_client(self->type, &self->server);
		if (tx < 0)
			_exit(variant->abstract ? 1 : 3);
		ok &= !getsockopt(tx, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
		      cred.pid == getppid() && !cred.uid && !cred.gid;
		close(tell[1]);
		_exit(read(tell[0], &c, 1) || !ok ? 2 : 0);
	}
	/* a node starts without a right to write for others */
	if (!variant->abstract) {
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(3 << 8, status);
		return;
	}
	rx = accept(self->listener, NULL, NULL);
	ASSERT_LE(0, rx);
	EXPECT_EQ(0, getsockopt(rx, SOL_SOCKET, SO_PEERCRED, &cred, &len));
	EXPECT_EQ(pid, cred.pid);
	EXPECT_EQ(NOBODY, cred.uid);
	EXPECT_EQ(0, cred.gid);
	close(tell[1]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

static int send_fd(int to, int fd)
{
	union {
		struct cmsghdr	cmsg;
		char		buf[CMSG_SPACE(sizeof(int))];
	} control = {
		.cmsg.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg.cmsg_level = SOL_SOCKET,
		.cmsg.cmsg_type = SCM_RIGHTS,
	};
	struct iovec iov = { .iov_base = "x", .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	memcpy(CMSG_DATA(&control.cmsg), &fd, sizeof(fd));
	return sendmsg(to, &msg, 0) < 0 ? -errno : 0;
}

TEST_F(moved, descriptors_are_not_passed)
{
	int tx = run_client(self->type, &self->server);

	EXPECT_EQ(-EOPNOTSUPP, send_fd(tx, 0));
}

/* A socket that wants its peers' credentials stays AF_UNIX */
TEST_F(moved, credentials_by_message)
{
	struct run_name name = run_unix("@run-unix-passcred");
	int listener = socket(AF_UNIX, self->type, 0);
	int tx = socket(AF_UNIX, self->type, 0);

	EXPECT_EQ(0, run_set_int(listener, SOL_SOCKET, SO_PASSCRED, 1));
	ASSERT_EQ(0, run_bind(listener, &name));
	ASSERT_EQ(0, listen(listener, 1));
	EXPECT_FALSE(run_is_moved(listener));
	EXPECT_EQ(0, run_connect(tx, &name));
	EXPECT_FALSE(run_is_moved(tx));

	tx = socket(AF_UNIX, self->type, 0);
	EXPECT_EQ(0, run_set_int(tx, SOL_SOCKET, SO_PASSCRED, 1));
	EXPECT_EQ(-EOPNOTSUPP, run_connect(tx, &self->server));
}

TEST_F(moved, another_type)
{
	/* abstract names are each type's own */
	EXPECT_EQ(variant->abstract ? -ECONNREFUSED : -EPROTOTYPE,
		  run_client(self->type == SOCK_STREAM ? SOCK_SEQPACKET :
							     SOCK_STREAM,
			     &self->server));
}

/* TCP's options are none of AF_UNIX */
TEST_F(moved, options_of_others)
{
	int tx = run_client(self->type, &self->server);

	EXPECT_EQ(-EOPNOTSUPP, run_get_int(tx, IPPROTO_TCP, TCP_NODELAY));
	EXPECT_EQ(-EOPNOTSUPP, run_set_int(tx, IPPROTO_TCP, TCP_NODELAY, 1));
}

TEST_F(moved, pairs_stay)
{
	int pair[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, self->type, 0, pair));
	EXPECT_FALSE(run_is_moved(pair[0]));
	EXPECT_EQ(0, send_fd(pair[0], 0));
}

TEST_F(moved, in_a_new_program)
{
	int tx = run_client(self->type, &self->server), out[2], status;
	char want[16], got[64] = { 0 };
	pid_t pid;

	snprintf(want, sizeof(want), "%d %d ", AF_UNIX, AF_UNIX);
	ASSERT_EQ(0, pipe(out));
	pid = fork();
	if (!pid) {
		dup2(tx, 0);
		dup2(out[1], 1);
		setenv(RUN_PROBE, "", 1);
		execlp("/proc/self/exe", "probe", NULL);
		_exit(1);
	}
	close(out[1]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_LT(0, read(out[0], got, sizeof(got) - 1));
	EXPECT_EQ(0, strncmp(want, got, strlen(want)));
}

/* A node in the file system, that guards the way to the listener */
FIXTURE(node)
{
	char dir[32];
	char path[64];
	struct run_name server;
	int listener;
};

FIXTURE_SETUP(node)
{
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	strcpy(self->dir, "/tmp/run-unix.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, chmod(self->dir, 0755));
	snprintf(self->path, sizeof(self->path), "%s/node", self->dir);
	self->server = run_unix(self->path);
	self->listener = run_listener(SOCK_STREAM, &self->server);
	ASSERT_LE(0, self->listener);
}

FIXTURE_TEARDOWN(node)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", self->dir);
	EXPECT_EQ(0, system(command));
}

/* connect() of a user without any right but what the modes say */
static int connect_as_nobody(const struct run_name *name)
{
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		if (setresgid(NOBODY, NOBODY, NOBODY) ||
		    setresuid(NOBODY, NOBODY, NOBODY))
			_exit(255);
		status = run_client(SOCK_STREAM, name);
		_exit(status < 0 ? -status : !run_is_moved(status) * 254);
	}
	waitpid(pid, &status, 0);
	return -WEXITSTATUS(status);
}

TEST_F(node, is_a_socket_with_an_owner_and_a_mode)
{
	struct stat st;

	ASSERT_EQ(0, stat(self->path, &st));
	EXPECT_TRUE(S_ISSOCK(st.st_mode));
	EXPECT_EQ(0, st.st_uid);
	ASSERT_EQ(0, chmod(self->path, 0640));
	ASSERT_EQ(0, chown(self->path, 0, NOBODY));
	ASSERT_EQ(0, stat(self->path, &st));
	EXPECT_EQ(0640, st.st_mode & 07777);
	EXPECT_EQ(NOBODY, st.st_gid);
	EXPECT_LE(0, run_client(SOCK_STREAM, &self->server));
}

TEST_F(node, mode_decides_who_connects)
{
	ASSERT_EQ(0, chmod(self->path, 0755));
	EXPECT_EQ(-EACCES, connect_as_nobody(&self->server));
	ASSERT_EQ(0, chmod(self->path, 0702));
	EXPECT_EQ(0, connect_as_nobody(&self->server));
	ASSERT_EQ(0, chmod(self->dir, 0700));
	EXPECT_EQ(-EACCES, connect_as_nobody(&self->server));
}

TEST_F(node, unlinked)
{
	int tx = run_client(SOCK_STREAM, &self->server);

	ASSERT_EQ(0, unlink(self->path));
	EXPECT_EQ(-ENOENT, run_client(SOCK_STREAM, &self->server));
	EXPECT_TRUE(run_talks(tx, accept(self->listener, NULL, NULL)));
}

/* The node's number counts, not its path */
TEST_F(node, renamed)
{
	char path[80];
	int tx;

	snprintf(path, sizeof(path), "%s.new", self->path);
	ASSERT_EQ(0, rename(self->path, path));
	EXPECT_EQ(-ENOENT, run_client(SOCK_STREAM, &self->server));
	self->server = run_unix(path);
	tx = run_client(SOCK_STREAM, &self->server);
	ASSERT_LE(0, tx);
	EXPECT_TRUE(run_talks(tx, accept(self->listener, NULL, NULL)));
}

TEST_F(node, bound_from_another_folder)
{
	struct run_name name = run_unix("relative"), got;
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), tx;

	ASSERT_EQ(0, chdir(self->dir));
	ASSERT_EQ(0, run_bind(listener, &name));
	ASSERT_EQ(0, chdir("/"));
	ASSERT_EQ(0, listen(listener, 1));
	EXPECT_TRUE(run_is_moved(listener));
	got = run_local(listener);
	EXPECT_TRUE(run_same(&name, &got));
	ASSERT_EQ(0, chdir(self->dir));
	tx = run_client(SOCK_STREAM, &name);
	ASSERT_LE(0, tx);
	EXPECT_TRUE(run_talks(tx, accept(listener, NULL, NULL)));
}

/* Anybody can say that he listens there: the node's owner or root is believed */
TEST_F(node, listener_of_somebody_else)
{
	int ready[2], stay[2], status;
	struct run_name name;
	char path[80], c;
	pid_t pid;

	ASSERT_EQ(0, pipe(ready));
	ASSERT_EQ(0, pipe(stay));
	ASSERT_EQ(0, chmod(self->dir, 0777));
	snprintf(path, sizeof(path), "%s/theirs", self->dir);
	name = run_unix(path);
	pid = fork();
	if (!pid) {
		close(stay[1]);
		_exit(setresuid(1, 1, 1) ||
		      run_listener(SOCK_STREAM, &name) < 0 ||
		      write(ready[1], "", 1) != 1 || read(stay[0], &c, 1));
	}
	ASSERT_EQ(1, read(ready[0], &c, 1));
	EXPECT_LE(0, run_client(SOCK_STREAM, &name));
	ASSERT_EQ(0, chown(path, NOBODY, NOBODY));
	EXPECT_EQ(-ECONNREFUSED, run_client(SOCK_STREAM, &name));

	/* root may listen at anybody's */
	ASSERT_EQ(0, chown(self->path, NOBODY, NOBODY));
	EXPECT_LE(0, run_client(SOCK_STREAM, &self->server));
	close(stay[1]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* A server that was not moved is reached by AF_UNIX */
TEST_F(node, a_server_outside)
{
	struct run_name name;
	int outside, tx;
	char path[80];

	snprintf(path, sizeof(path), "%s/outside", self->dir);
	name = run_unix(path);
	outside = syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	ASSERT_EQ(0, syscall(SYS_bind, outside, &name.sa, name.len));
	ASSERT_EQ(0, syscall(SYS_listen, outside, 1));
	tx = run_client(SOCK_STREAM, &name);
	ASSERT_LE(0, tx);
	EXPECT_FALSE(run_is_moved(tx));
	EXPECT_TRUE(run_talks(tx, accept(outside, NULL, NULL)));
}

/* A client that was not moved is refused by a server that was */
TEST_F(node, a_client_outside)
{
	int fd = syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);

	EXPECT_EQ(-1, syscall(SYS_connect, fd, &self->server.sa,
			      self->server.len));
	EXPECT_EQ(ECONNREFUSED, errno);
}

TEST_F(node, what_is_no_socket)
{
	struct run_name name = run_unix("/etc/passwd");

	EXPECT_EQ(-ECONNREFUSED, run_client(SOCK_STREAM, &name));
	name = run_unix("/etc/passwd/x");
	EXPECT_EQ(-ENOTDIR, run_client(SOCK_STREAM, &name));
}

TEST_HARNESS_MAIN
