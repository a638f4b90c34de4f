// SPDX-License-Identifier: GPL-2.0
/*
 * run_inet.c - IPv4 and IPv6 stream sockets that `skbscope run' moves: names,
 * options, epoll, copies of descriptors, new programs; and what it leaves alone
 */
#include <stdlib.h>

#include "run.h"

__attribute__((constructor)) static void start(int argc, char **argv)
{
	run_myself(argv, NULL);
}

/* A listener on a loopback address, and a namespace of their own */
FIXTURE(inet)
{
	struct run_name server;
	int listener;
};

FIXTURE_VARIANT(inet)
{
	const char *address;	/* the server's */
	const char *client;	/* from where it sees its clients */
};

FIXTURE_VARIANT_ADD(inet, ipv4) {
	.address = "127.0.0.1",
	.client = "127.0.0.1",
};

FIXTURE_VARIANT_ADD(inet, ipv4_another) {
	.address = "127.1.2.3",
	.client = "127.0.0.1",
};

FIXTURE_VARIANT_ADD(inet, ipv6) {
	.address = "::1",
	.client = "::1",
};

FIXTURE_VARIANT_ADD(inet, ipv4_mapped) {
	.address = "::ffff:127.0.0.1",
	.client = "::ffff:127.0.0.1",
};

static int new_namespace(void)
{
	return unshare(CLONE_NEWNET) ||
	       system("ip link set lo up && ip addr add 192.0.2.1/32 dev lo");
}

FIXTURE_SETUP(inet)
{
	struct run_name any = run_inet(variant->address, 0);

	ASSERT_EQ(0, new_namespace());
	self->listener = run_listener(SOCK_STREAM, &any);
	ASSERT_LE(0, self->listener);
	self->server = run_local(self->listener);
}

FIXTURE_TEARDOWN(inet)
{
}

TEST_F(inet, names)
{
	struct run_name accepted = { .len = sizeof(accepted.storage) };
	struct run_name server, client;
	int tx, rx;

	EXPECT_TRUE(run_is_moved(self->listener));
	EXPECT_STREQ(variant->address, run_address(&self->server));
	EXPECT_NE(0, run_port(&self->server));

	tx = run_client(SOCK_STREAM, &self->server);
	ASSERT_LE(0, tx);
	rx = accept(self->listener, &accepted.sa, &accepted.len);
	ASSERT_LE(0, rx);
	EXPECT_TRUE(run_is_moved(tx));
	EXPECT_TRUE(run_is_moved(rx));

	server = run_peer(tx);
	EXPECT_TRUE(run_same(&self->server, &server));
	server = run_local(rx);
	EXPECT_TRUE(run_same(&self->server, &server));
	client = run_local(tx);
	EXPECT_STREQ(variant->client, run_address(&client));
	EXPECT_TRUE(run_same(&client, &accepted));
	server = run_peer(rx);
	EXPECT_TRUE(run_same(&client, &server));
	EXPECT_TRUE(run_talks(tx, rx));
}

TEST_F(inet, family_as_the_program_knows_it)
{
	int tx = run_client(SOCK_STREAM, &self->server);
	int rx = accept(self->listener, NULL, NULL);
	struct run_name name = { .len = sizeof(name.storage) };
	int fds[] = { self->listener, tx, rx }, i;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(self->server.sa.sa_family,
			  run_get_int(fds[i], SOL_SOCKET, SO_DOMAIN));
		EXPECT_EQ(SOCK_STREAM,
			  run_get_int(fds[i], SOL_SOCKET, SO_TYPE));
		EXPECT_EQ(IPPROTO_TCP,
			  run_get_int(fds[i], SOL_SOCKET, SO_PROTOCOL));
	}
	EXPECT_EQ(1, run_get_int(self->listener, SOL_SOCKET, SO_ACCEPTCONN));
	EXPECT_EQ(ENOTCONN, errno_of(getpeername(self->listener, &name.sa,
						 &name.len)));
}

TEST_F(inet, client_bound_to_a_port)
{
	struct run_name from = run_inet(variant->client, 0), local, seen;
	int tx = socket(from.sa.sa_family, SOCK_STREAM, 0), rx;

	ASSERT_EQ(0, run_bind(tx, &from));
	from = run_local(tx);
	EXPECT_NE(0, run_port(&from));
	ASSERT_EQ(0, run_connect(tx, &self->server));
	EXPECT_TRUE(run_is_moved(tx));
	local = run_local(tx);
	EXPECT_TRUE(run_same(&from, &local));
	rx = accept(self->listener, NULL, NULL);
	seen = run_peer(rx);
	EXPECT_TRUE(run_same(&from, &seen));
}

TEST_F(inet, address_in_use)
{
	EXPECT_EQ(-EADDRINUSE, run_listener(SOCK_STREAM, &self->server));
	close(self->listener);
	self->listener = run_listener(SOCK_STREAM, &self->server);
	EXPECT_LE(0, self->listener);
	EXPECT_TRUE(run_is_moved(self->listener));
}

/* As servers do that start again: connections of the one before remain */
TEST_F(inet, address_reused)
{
	int tx, again, one = 1;

	close(self->listener);
	self->listener = socket(self->server.sa.sa_family, SOCK_STREAM, 0);
	setsockopt(self->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	ASSERT_EQ(0, run_bind(self->listener, &self->server));
	ASSERT_EQ(0, listen(self->listener, 1));
	tx = run_client(SOCK_STREAM, &self->server);
	ASSERT_LE(0, tx);
	ASSERT_LE(0, accept(self->listener, NULL, NULL));
	close(self->listener);

	again = socket(self->server.sa.sa_family, SOCK_STREAM, 0);
	setsockopt(again, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	ASSERT_EQ(0, run_bind(again, &self->server));
	ASSERT_EQ(0, listen(again, 1));
	EXPECT_TRUE(run_is_moved(again));
	ASSERT_LE(0, run_client(SOCK_STREAM, &self->server));
	EXPECT_LE(0, accept(again, NULL, NULL));
}

TEST_F(inet, nobody_listens)
{
	int fd = socket(self->server.sa.sa_family, SOCK_STREAM, 0);
	int tx = socket(self->server.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK,
			0);

	close(self->listener);
	EXPECT_EQ(-ECONNREFUSED, run_connect(fd, &self->server));
	EXPECT_FALSE(run_is_moved(fd));
	EXPECT_EQ(-EINPROGRESS, run_connect(tx, &self->server));
	EXPECT_TRUE(scope_await(tx, POLLOUT) & POLLERR);
	EXPECT_EQ(ECONNREFUSED, run_get_int(tx, SOL_SOCKET, SO_ERROR));
}

/* A server that was not moved is reached by TCP; raw calls make it */
TEST_F(inet, a_server_outside)
{
	struct run_name name = run_inet(variant->address, 0), local, peer;
	int scope = socket(scope_family(), SOCK_STREAM, 0);
	int outside, tx, rx;

	outside = syscall(SYS_socket, name.sa.sa_family, SOCK_STREAM, 0);
	ASSERT_LE(0, outside);
	ASSERT_EQ(0, syscall(SYS_bind, outside, &name.sa, name.len));
	ASSERT_EQ(0, syscall(SYS_listen, outside, 1));
	name = run_local(outside);

	tx = run_client(SOCK_STREAM, &name);
	ASSERT_LE(0, tx);
	EXPECT_FALSE(run_is_moved(tx));
	rx = accept(outside, NULL, NULL);
	ASSERT_LE(0, rx);
	EXPECT_FALSE(run_is_moved(rx));
	EXPECT_TRUE(run_talks(tx, rx));
	local = run_local(tx);
	peer = run_peer(rx);
	EXPECT_TRUE(run_same(&local, &peer));
	/* and stays TCP when there is such a port of AF_SCOPE at last */
	ASSERT_EQ(0, scope_bind(scope, scope_local(run_port(&name))));
	ASSERT_EQ(0, listen(scope, 1));
	EXPECT_EQ(-EISCONN, run_connect(tx, &name));
	EXPECT_FALSE(run_is_moved(tx));
}

TEST_F(inet, connect_that_may_not_block)
{
	int tx = socket(self->server.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK,
			0);

	EXPECT_EQ(-EINPROGRESS, run_connect(tx, &self->server));
	EXPECT_TRUE(run_is_moved(tx));
	EXPECT_TRUE(fcntl(tx, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(POLLOUT, scope_await(tx, POLLOUT));
	EXPECT_EQ(0, run_get_int(tx, SOL_SOCKET, SO_ERROR));
	/* hiredis asks so whether it is done */
	EXPECT_EQ(0, run_connect(tx, &self->server));
	EXPECT_EQ(-EISCONN, run_connect(tx, &self->server));
}

/* TCP lets clients wait while the backlog is full; they need not be told */
TEST_F(inet, more_clients_than_the_backlog)
{
	enum { CLIENTS = 40 };
	int tx[CLIENTS], i;

	for (i = 0; i < CLIENTS; i++) {
		/* again, with a smaller one: nobody is turned away either */
		if (i == CLIENTS / 2)
			EXPECT_EQ(0, listen(self->listener, 1));
		tx[i] = socket(self->server.sa.sa_family,
			       SOCK_STREAM | SOCK_NONBLOCK, 0);
		ASSERT_EQ(-EINPROGRESS, run_connect(tx[i], &self->server));
	}
	/* a client that is not there shall not be waited for */
	fcntl(self->listener, F_SETFL, O_NONBLOCK);
	for (i = 0; i < CLIENTS; i++) {
		EXPECT_EQ(POLLOUT, scope_await(tx[i], POLLOUT));
		EXPECT_EQ(0, run_get_int(tx[i], SOL_SOCKET, SO_ERROR));
		EXPECT_LE(0, accept(self->listener, NULL, NULL));
	}
}

TEST_F(inet, in_epoll_before_it_moves)
{
	struct epoll_event in = { .events = EPOLLIN, .data.u32 = 7 };
	struct epoll_event both = { .events = EPOLLOUT, .data.u32 = 8 };
	struct epoll_event got[4] = { 0 };
	struct run_name name = run_inet(variant->address, 0);
	int listener = socket(name.sa.sa_family, SOCK_STREAM, 0);
	int tx = socket(name.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int gone = socket(name.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int epoll = epoll_create1(0), rx;

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &in));
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, tx, &both));
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, gone, &both));
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_DEL, gone, NULL));
	both.events |= EPOLLIN;
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_MOD, tx, &both));
	ASSERT_EQ(0, run_bind(listener, &name));
	ASSERT_EQ(0, listen(listener, 8));
	name = run_local(listener);

	/* TCP calls an idle socket hung up, and so does an idle listener */
	ASSERT_EQ(-EINPROGRESS, run_connect(tx, &name));
	ASSERT_EQ(-EINPROGRESS, run_connect(gone, &name));
	ASSERT_EQ(2, epoll_wait(epoll, got, 4, SCOPE_PATIENCE));
	EXPECT_EQ(7 + 8, got[0].data.u32 + got[1].data.u32);
	EXPECT_EQ(EPOLLIN + EPOLLOUT, got[0].events + got[1].events);

	rx = accept(listener, NULL, NULL);
	ASSERT_LE(0, accept(listener, NULL, NULL));
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_DEL, listener, NULL));
	ASSERT_EQ(1, send(rx, "x", 1, 0));
	EXPECT_EQ(EPOLLIN, scope_await(tx, EPOLLIN));
	ASSERT_EQ(1, epoll_wait(epoll, got, 4, SCOPE_PATIENCE));
	EXPECT_EQ(8, got[0].data.u32);
	EXPECT_EQ(EPOLLIN | EPOLLOUT, got[0].events);
	EXPECT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_DEL, tx, NULL));
}

TEST_F(inet, options_of_tcp)
{
	struct tcp_info info = { .tcpi_state = 99 };
	socklen_t len = sizeof(info);
	int tx, rx;

	tx = run_client(SOCK_STREAM, &self->server);
	ASSERT_LE(0, tx);
	rx = accept(self->listener, NULL, NULL);
	EXPECT_EQ(0, run_get_int(tx, IPPROTO_TCP, TCP_NODELAY));
	EXPECT_EQ(0, run_set_int(tx, IPPROTO_TCP, TCP_NODELAY, 1));
	EXPECT_EQ(1, run_get_int(tx, IPPROTO_TCP, TCP_NODELAY));
	EXPECT_EQ(0, run_set_int(rx, IPPROTO_TCP, TCP_CORK, 1));
	EXPECT_EQ(1, run_get_int(rx, IPPROTO_TCP, TCP_CORK));
	EXPECT_EQ(0, run_get_int(rx, IPPROTO_TCP, TCP_NODELAY));
	EXPECT_LT(0, run_get_int(tx, IPPROTO_TCP, TCP_MAXSEG));
	EXPECT_EQ(-ENOPROTOOPT, run_get_int(tx, IPPROTO_TCP, 9999));
	EXPECT_EQ(-ENOPROTOOPT, run_set_int(tx, IPPROTO_TCP, 9999, 1));
	EXPECT_EQ(-EINVAL, run_set_int(tx, IPPROTO_TCP, TCP_KEEPCNT, 9999));
	EXPECT_EQ(0, getsockopt(tx, IPPROTO_TCP, TCP_INFO, &info, &len));
	EXPECT_EQ(sizeof(info), len);
	EXPECT_EQ(TCP_ESTABLISHED, info.tcpi_state);
	EXPECT_LT(0, info.tcpi_snd_mss);
}

/* Whichever side of connect() it was set on, AF_SCOPE goes by it, too */
TEST_F(inet, keepalive_means_the_same)
{
	int tx = socket(self->server.sa.sa_family, SOCK_STREAM, 0);

	EXPECT_EQ(0, run_set_int(tx, IPPROTO_TCP, TCP_KEEPIDLE, 33));
	EXPECT_EQ(0, run_set_int(tx, SOL_SOCKET, SO_KEEPALIVE, 1));
	ASSERT_EQ(0, run_connect(tx, &self->server));
	EXPECT_EQ(0, run_set_int(tx, IPPROTO_TCP, TCP_KEEPINTVL, 44));
	EXPECT_EQ(0, run_set_int(tx, IPPROTO_TCP, TCP_KEEPCNT, 5));
	EXPECT_EQ(33, run_get_int(tx, IPPROTO_TCP, TCP_KEEPIDLE));
	EXPECT_EQ(44, run_get_int(tx, IPPROTO_TCP, TCP_KEEPINTVL));
	EXPECT_EQ(5, run_get_int(tx, IPPROTO_TCP, TCP_KEEPCNT));
	EXPECT_EQ(33, run_scope_option(tx, SCOPE_KEEPIDLE));
	EXPECT_EQ(44, run_scope_option(tx, SCOPE_KEEPINTVL));
	EXPECT_EQ(5, run_scope_option(tx, SCOPE_KEEPCNT));
	EXPECT_EQ(1, run_get_int(tx, SOL_SOCKET, SO_KEEPALIVE));
}

TEST_F(inet, what_was_set_before_is_kept)
{
	int tx = socket(self->server.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC,
			0);
	const struct timeval patience = { .tv_sec = 3, .tv_usec = 500000 };
	const struct linger linger = { .l_onoff = 1, .l_linger = 4 };
	struct linger got_linger;
	struct timeval got = { 0 };
	socklen_t len = sizeof(got);
	int sndbuf, rcvbuf;

	EXPECT_EQ(0, run_set_int(tx, SOL_SOCKET, SO_SNDBUF, 30000));
	EXPECT_EQ(0, run_set_int(tx, IPPROTO_TCP, TCP_NODELAY, 1));
	setsockopt(tx, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(tx, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	sndbuf = run_get_int(tx, SOL_SOCKET, SO_SNDBUF);
	rcvbuf = run_get_int(tx, SOL_SOCKET, SO_RCVBUF);
	fcntl(tx, F_SETOWN, getpid());
	ASSERT_EQ(0, run_connect(tx, &self->server));
	ASSERT_TRUE(run_is_moved(tx));

	EXPECT_EQ(FD_CLOEXEC, fcntl(tx, F_GETFD));
	EXPECT_FALSE(fcntl(tx, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(getpid(), fcntl(tx, F_GETOWN));
	EXPECT_EQ(1, run_get_int(tx, IPPROTO_TCP, TCP_NODELAY));
	EXPECT_EQ(sndbuf, run_get_int(tx, SOL_SOCKET, SO_SNDBUF));
	/* a size that nobody chose is AF_SCOPE's to choose */
	EXPECT_NE(rcvbuf, run_get_int(tx, SOL_SOCKET, SO_RCVBUF));
	EXPECT_EQ(0, getsockopt(tx, SOL_SOCKET, SO_RCVTIMEO, &got, &len));
	EXPECT_EQ(0, memcmp(&got, &patience, sizeof(got)));
	len = sizeof(got_linger);
	EXPECT_EQ(0, getsockopt(tx, SOL_SOCKET, SO_LINGER, &got_linger, &len));
	EXPECT_EQ(0, memcmp(&got_linger, &linger, sizeof(linger)));
}

TEST_F(inet, copies_of_the_descriptor)
{
	int tx = run_client(SOCK_STREAM, &self->server);
	int rx = accept(self->listener, NULL, NULL);
	struct run_name want = run_local(tx), got;
	int copies[3], i;

	copies[0] = dup(tx);
	copies[1] = fcntl(tx, F_DUPFD_CLOEXEC, 200);
	copies[2] = dup2(tx, self->listener);
	close(tx);
	for (i = 0; i < 3; i++) {
		got = run_local(copies[i]);
		EXPECT_TRUE(run_same(&want, &got));
		got = run_peer(copies[i]);
		EXPECT_TRUE(run_same(&self->server, &got));
	}
	EXPECT_TRUE(run_talks(copies[2], rx));
	/* the number is another socket's now */
	tx = socket(AF_INET, SOCK_DGRAM, 0);
	got = run_local(tx);
	EXPECT_EQ(0, run_port(&got));
}

TEST_F(inet, in_a_child)
{
	int tx = run_client(SOCK_STREAM, &self->server), status;
	struct run_name want = run_local(tx), got;
	pid_t pid;

	pid = fork();
	if (!pid) {
		int rx = accept(self->listener, NULL, NULL);

		got = run_peer(rx);
		if (!run_same(&want, &got))
			_exit(1);
		got = run_local(tx);
		_exit(run_same(&want, &got) && run_talks(tx, rx) ? 0 : 2);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* The new program is this one again, which tells what it finds at stdin */
TEST_F(inet, in_a_new_program)
{
	int tx = run_client(SOCK_STREAM, &self->server), out[2], status;
	struct run_name local = run_local(tx);
	char want[64], got[64] = { 0 };
	pid_t pid;

	snprintf(want, sizeof(want), "%d %d %d %d\n", local.sa.sa_family,
		 local.sa.sa_family, run_port(&local),
		 run_port(&self->server));
	ASSERT_EQ(0, pipe(out));
	pid = fork();
	if (!pid) {
		dup2(tx, 0);
		close(tx);
		dup2(out[1], 1);
		setenv(RUN_PROBE, "", 1);
		execl("/proc/self/exe", "probe", NULL);
		_exit(1);
	}
	close(out[1]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_LT(0, read(out[0], got, sizeof(got) - 1));
	EXPECT_STREQ(want, got);
}

/* TCP takes no notice of an address, and gives none */
TEST_F(inet, addresses_of_messages)
{
	struct run_name from = { .len = sizeof(from.storage) };
	int tx = run_client(SOCK_STREAM, &self->server);
	int rx = accept(self->listener, NULL, NULL);
	struct msghdr msg = {
		.msg_name = &self->server.sa,
		.msg_namelen = self->server.len,
	};
	char got[4];

	EXPECT_EQ(4, sendto(tx, "abcd", 4, 0, &self->server.sa,
			    self->server.len));
	EXPECT_EQ(0, sendmsg(tx, &msg, 0));
	EXPECT_EQ(4, recvfrom(rx, got, 4, 0, &from.sa, &from.len));
	EXPECT_EQ(0, from.len);
}

TEST_F(inet, wildcard_is_left_to_tcp)
{
	bool ipv6 = self->server.sa.sa_family == AF_INET6;
	struct run_name any = run_inet(ipv6 ? "::" : "0.0.0.0", 0);
	struct run_name loopback = run_inet(variant->address, 0);
	int listener = run_listener(SOCK_STREAM, &any), tx, rx;

	ASSERT_LE(0, listener);
	EXPECT_FALSE(run_is_moved(listener));
	any = run_local(listener);
	loopback.in.sin_port = any.in.sin_port;
	tx = run_client(SOCK_STREAM, &loopback);
	ASSERT_LE(0, tx);
	EXPECT_FALSE(run_is_moved(tx));
	rx = accept(listener, NULL, NULL);
	EXPECT_TRUE(run_talks(tx, rx));
}

/* Sockets and addresses that are none of the library's business */
FIXTURE(others)
{
};

FIXTURE_SETUP(others)
{
	ASSERT_EQ(0, new_namespace());
}

FIXTURE_TEARDOWN(others)
{
}

TEST_F(others, another_address_than_loopback)
{
	struct run_name name = run_inet("192.0.2.1", 0);
	int listener = run_listener(SOCK_STREAM, &name), tx, rx;

	ASSERT_LE(0, listener);
	name = run_local(listener);
	tx = run_client(SOCK_STREAM, &name);
	ASSERT_LE(0, tx);
	rx = accept(listener, NULL, NULL);
	EXPECT_FALSE(run_is_moved(listener));
	EXPECT_FALSE(run_is_moved(tx));
	EXPECT_FALSE(run_is_moved(rx));
	EXPECT_TRUE(run_talks(tx, rx));
	name = run_peer(rx);
	EXPECT_STREQ("192.0.2.1", run_address(&name));
}

/* As resolvers have them: connected, on loopback, port 53 */
TEST_F(others, datagrams)
{
	struct run_name server = run_inet("127.0.0.1", 53), from = server;
	int rx = socket(AF_INET, SOCK_DGRAM, 0);
	int tx = socket(AF_INET, SOCK_DGRAM, 0);
	char got[4];

	ASSERT_EQ(0, run_bind(rx, &server));
	ASSERT_EQ(0, run_connect(tx, &server));
	EXPECT_FALSE(run_is_moved(rx));
	EXPECT_FALSE(run_is_moved(tx));
	EXPECT_EQ(4, send(tx, "what", 4, 0));
	from.len = sizeof(from.storage);
	EXPECT_EQ(4, recvfrom(rx, got, 4, 0, &from.sa, &from.len));
	server = run_local(tx);
	EXPECT_TRUE(run_same(&server, &from));
}

TEST_F(others, af_unix_without_the_option)
{
	struct run_name name = run_unix("@run-inet");
	int listener = run_listener(SOCK_STREAM, &name);
	int tx = run_client(SOCK_STREAM, &name);

	EXPECT_LE(0, listener);
	EXPECT_LE(0, tx);
	EXPECT_FALSE(run_is_moved(listener));
	EXPECT_FALSE(run_is_moved(tx));
}

/* A program that knows the family sees it */
TEST_F(others, af_scope_of_the_programs_own)
{
	struct sockaddr_scope name = scope_local(5000), got;
	int listener = socket(scope_family(), SOCK_STREAM, 0);
	int tx = socket(scope_family(), SOCK_STREAM, 0), rx, pair[2];
	socklen_t len = sizeof(got);

	ASSERT_EQ(0, scope_bind(listener, name));
	ASSERT_EQ(0, listen(listener, 1));
	ASSERT_EQ(0, scope_connect(tx, name));
	rx = accept(listener, (struct sockaddr *)&got, &len);
	ASSERT_LE(0, rx);
	EXPECT_EQ(sizeof(got), len);
	EXPECT_EQ(scope_family(), got.sscope_family);
	EXPECT_EQ(scope_family(), run_get_int(rx, SOL_SOCKET, SO_DOMAIN));
	EXPECT_EQ(5000, scope_port_of(rx));
	ASSERT_EQ(0, socketpair(scope_family(), SOCK_STREAM, 0, pair));
	EXPECT_EQ(scope_family(), run_get_int(pair[0], SOL_SOCKET, SO_DOMAIN));
}

/* 127.0.0.1 and ::1 are one port of AF_SCOPE: who asks for both gets both */
TEST_F(others, both_loopback_addresses)
{
	struct run_name ipv4 = run_inet("127.0.0.1", 7000);
	struct run_name ipv6 = run_inet("::1", 7000);
	int listener = run_listener(SOCK_STREAM, &ipv4);
	int other = run_listener(SOCK_STREAM, &ipv6);
	int tx4 = run_client(SOCK_STREAM, &ipv4);
	int tx6 = run_client(SOCK_STREAM, &ipv6), rx;

	ASSERT_LE(0, listener);
	ASSERT_LE(0, other);
	EXPECT_TRUE(run_is_moved(listener));
	EXPECT_FALSE(run_is_moved(other));
	EXPECT_TRUE(run_is_moved(tx4));
	EXPECT_TRUE(run_is_moved(tx6));
	rx = accept(listener, NULL, NULL);
	EXPECT_TRUE(run_talks(tx4, rx));
	rx = accept(listener, NULL, NULL);
	EXPECT_TRUE(run_talks(tx6, rx));
}

/* Who shares a port by SO_REUSEPORT is not turned away; the first one serves */
TEST_F(others, listeners_that_share_a_port)
{
	struct run_name name = run_inet("127.0.0.1", 7000);
	int listener[2], tx, i;

	for (i = 0; i < 2; i++) {
		listener[i] = socket(AF_INET, SOCK_STREAM, 0);
		EXPECT_EQ(0, run_set_int(listener[i], SOL_SOCKET, SO_REUSEPORT,
					 1));
		ASSERT_EQ(0, run_bind(listener[i], &name));
		ASSERT_EQ(0, listen(listener[i], 1));
	}
	EXPECT_TRUE(run_is_moved(listener[0]));
	EXPECT_FALSE(run_is_moved(listener[1]));
	tx = run_client(SOCK_STREAM, &name);
	ASSERT_LE(0, tx);
	EXPECT_TRUE(run_talks(tx, accept(listener[0], NULL, NULL)));
}

TEST_F(others, what_asks_for_more_than_af_scope_has)
{
	struct run_name name = run_inet("127.0.0.1", 7000);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	EXPECT_EQ(0, run_set_int(listener, SOL_SOCKET, SO_ZEROCOPY, 1));
	ASSERT_EQ(0, run_bind(listener, &name));
	ASSERT_EQ(0, listen(listener, 1));
	EXPECT_FALSE(run_is_moved(listener));
}

TEST_F(others, bad_arguments_are_the_kernels_to_judge)
{
	struct run_name name = run_inet("127.0.0.1", 7000);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(name.storage);

	EXPECT_EQ(EINVAL, errno_of(bind(fd, &name.sa, 3)));
	EXPECT_EQ(EFAULT, errno_of(bind(fd, NULL, 16)));
	EXPECT_EQ(EBADF, errno_of(bind(-1, &name.sa, name.len)));
	EXPECT_EQ(ENOTSOCK, errno_of(connect(0, &name.sa, name.len)));
	EXPECT_EQ(EBADF, errno_of(getsockname(-1, &name.sa, &len)));
	EXPECT_EQ(EFAULT, errno_of(getsockname(fd, NULL, &len)));
	EXPECT_EQ(EINVAL, errno_of(accept(fd, NULL, NULL)));
	EXPECT_EQ(EBADF, errno_of(close(-1)));
}

TEST_HARNESS_MAIN
