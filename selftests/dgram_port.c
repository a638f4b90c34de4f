// SPDX-License-Identifier: GPL-2.0
/*
 * dgram_port.c - proves who has which port, and until when: bind(), connect(),
 * getsockname(), getpeername(), close(), on every way between two sockets
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include "path.h"

FIXTURE(port) {
	struct path path;
	int tx;			/* unbound, at end 0 */
	int rx;			/* unbound, at end 1 */
};

FIXTURE_VARIANT(port) {
	enum path_kind kind;
};

FIXTURE_VARIANT_ADD(port, scope0) { .kind = PATH_SCOPE0 };
FIXTURE_VARIANT_ADD(port, loop) { .kind = PATH_LOOP };
FIXTURE_VARIANT_ADD(port, veth) { .kind = PATH_VETH };

FIXTURE_SETUP(port)
{
	ASSERT_EQ(0, path_open(&self->path, variant->kind));
	self->rx = path_socket(&self->path, 1, 0);
	ASSERT_LE(0, self->rx);
	self->tx = path_socket(&self->path, 0, 0);
	ASSERT_LE(0, self->tx);
}

FIXTURE_TEARDOWN(port)
{
	close(self->tx);
	close(self->rx);
}

#define own(end, port)	path_own(&self->path, end, port)
#define to(end, port)	path_to(&self->path, end, port)

TEST_F(port, name_of_a_bound_socket)
{
	struct sockaddr_scope name, want = own(1, SCOPE_RX_PORT);
	socklen_t len = 128;
	char room[128];

	ASSERT_EQ(0, scope_bind(self->rx, want));
	memset(room, 0xff, sizeof(room));
	ASSERT_EQ(0, getsockname(self->rx, (struct sockaddr *)room, &len));
	EXPECT_EQ(16, len);
	memcpy(&name, room, sizeof(name));
	EXPECT_TRUE(scope_same(&want, &name));
}

/* As with any family: what fits is written, and the whole length told */
TEST_F(port, name_into_a_short_buffer)
{
	struct sockaddr_scope want = own(1, SCOPE_RX_PORT);
	unsigned char room[16];
	socklen_t len = 5;

	ASSERT_EQ(0, scope_bind(self->rx, want));
	memset(room, 0xff, sizeof(room));
	ASSERT_EQ(0, getsockname(self->rx, (struct sockaddr *)room, &len));
	EXPECT_EQ(16, len);
	EXPECT_EQ(0, memcmp(room, &want, 5));
	EXPECT_EQ(0xff, room[5]);
}

TEST_F(port, name_of_an_unbound_socket)
{
	struct sockaddr_scope name, want = scope_local(0);
	socklen_t len = sizeof(name);

	memset(&name, 0xff, sizeof(name));
	ASSERT_EQ(0, getsockname(self->rx, (struct sockaddr *)&name, &len));
	EXPECT_TRUE(scope_same(&want, &name));
	EXPECT_EQ(ENOTCONN, errno_of(getpeername(self->rx,
						 (struct sockaddr *)&name,
						 &len)));
}

TEST_F(port, bind_to_any_free_port)
{
	int fd[64], port[64];
	int i, j;

	for (i = 0; i < ARRAY_SIZE(fd); i++) {
		fd[i] = path_bound(&self->path, 1, 0);
		ASSERT_LE(0, fd[i]);
		port[i] = scope_port_of(fd[i]);
		EXPECT_LE(32768, port[i]);
		EXPECT_GE(60999, port[i]);
		for (j = 0; j < i; j++)
			EXPECT_NE(port[j], port[i]);
	}
}

TEST_F(port, port_in_use)
{
	int other;

	ASSERT_EQ(0, scope_bind(self->rx, own(1, SCOPE_RX_PORT)));
	other = path_socket(&self->path, 1, 0);
	ASSERT_LE(0, other);
	EXPECT_EQ(EADDRINUSE, errno_of(scope_bind(other,
						  own(1, SCOPE_RX_PORT))));
	EXPECT_EQ(0, scope_port_of(other));
	/* It may try another one */
	EXPECT_EQ(0, errno_of(scope_bind(other, own(1, SCOPE_RX_PORT + 1))));
	EXPECT_EQ(SCOPE_RX_PORT + 1, scope_port_of(other));
}

TEST_F(port, bind_twice)
{
	ASSERT_EQ(0, scope_bind(self->rx, own(1, SCOPE_RX_PORT)));
	EXPECT_EQ(EINVAL, errno_of(scope_bind(self->rx,
					      own(1, SCOPE_RX_PORT + 1))));
	EXPECT_EQ(EINVAL, errno_of(scope_bind(self->rx,
					      own(1, SCOPE_RX_PORT))));
	EXPECT_EQ(SCOPE_RX_PORT, scope_port_of(self->rx));
}

TEST_F(port, reserved_ports)
{
	struct sockaddr_scope last = own(1, 1023), first = own(1, 1024);

	ASSERT_EQ(0, seteuid(65534));
	EXPECT_EQ(EACCES, errno_of(scope_bind(self->rx, own(1, 1))));
	EXPECT_EQ(EACCES, errno_of(scope_bind(self->rx, last)));
	EXPECT_EQ(0, errno_of(scope_bind(self->rx, first)));
	ASSERT_EQ(0, seteuid(0));
	EXPECT_EQ(0, errno_of(scope_bind(self->tx, own(0, 1023))));
}

TEST_F(port, close_frees_the_port)
{
	int i, fd;

	for (i = 0; i < 100; i++) {
		fd = path_bound(&self->path, 1, SCOPE_RX_PORT);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, close(fd));
	}
}

TEST_F(port, the_last_descriptor_counts)
{
	char octet = 'd';
	int copy;

	ASSERT_EQ(0, scope_bind(self->rx, own(1, SCOPE_RX_PORT)));
	copy = dup(self->rx);
	ASSERT_LE(0, copy);
	ASSERT_EQ(0, close(self->rx));

	ASSERT_EQ(1, scope_sendto(self->tx, &octet, 1, 0,
				  to(1, SCOPE_RX_PORT)));
	EXPECT_EQ(POLLIN, scope_await(copy, POLLIN));
	EXPECT_EQ(1, recv(copy, &octet, 1, 0));
	ASSERT_EQ(-1, path_bound(&self->path, 1, SCOPE_RX_PORT));
	EXPECT_EQ(EADDRINUSE, errno);

	ASSERT_EQ(0, close(copy));
	self->rx = path_bound(&self->path, 1, SCOPE_RX_PORT);
	EXPECT_LE(0, self->rx);
}

TEST_F(port, a_child_keeps_the_socket)
{
	int hold[2], status;
	pid_t pid;
	char c;

	ASSERT_EQ(0, scope_bind(self->rx, own(1, SCOPE_RX_PORT)));
	ASSERT_EQ(0, pipe(hold));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(hold[1]);
		/* Until the parent closes his end */
		_exit(read(hold[0], &c, 1) ? 1 : 0);
	}
	ASSERT_EQ(0, close(self->rx));
	EXPECT_EQ(-1, path_bound(&self->path, 1, SCOPE_RX_PORT));
	EXPECT_EQ(EADDRINUSE, errno);

	close(hold[1]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	self->rx = path_bound(&self->path, 1, SCOPE_RX_PORT);
	EXPECT_LE(0, self->rx);
}

TEST_F(port, connect_gives_a_port_and_a_peer)
{
	struct sockaddr_scope name, want = to(1, SCOPE_RX_PORT);
	socklen_t len = sizeof(name);

	ASSERT_EQ(0, scope_connect(self->tx, want));
	EXPECT_LE(32768, scope_port_of(self->tx));
	EXPECT_GE(60999, scope_port_of(self->tx));
	memset(&name, 0xff, sizeof(name));
	ASSERT_EQ(0, getpeername(self->tx, (struct sockaddr *)&name, &len));
	EXPECT_EQ(16, len);
	EXPECT_TRUE(scope_same(&want, &name));
}

TEST_F(port, disconnect_frees_an_automatic_port)
{
	struct sockaddr_scope name;
	socklen_t len = sizeof(name);
	int port, other;

	ASSERT_EQ(0, scope_connect(self->tx, to(1, SCOPE_RX_PORT)));
	port = scope_port_of(self->tx);
	ASSERT_LT(0, port);
	ASSERT_EQ(0, scope_disconnect(self->tx));
	EXPECT_EQ(0, scope_port_of(self->tx));
	EXPECT_EQ(ENOTCONN, errno_of(getpeername(self->tx,
						 (struct sockaddr *)&name,
						 &len)));
	other = path_bound(&self->path, 0, port);
	EXPECT_LE(0, other);
}

TEST_F(port, disconnect_keeps_an_explicit_port)
{
	ASSERT_EQ(0, scope_bind(self->tx, own(0, SCOPE_TX_PORT)));
	ASSERT_EQ(0, scope_connect(self->tx, to(1, SCOPE_RX_PORT)));
	ASSERT_EQ(0, scope_disconnect(self->tx));
	EXPECT_EQ(SCOPE_TX_PORT, scope_port_of(self->tx));
	EXPECT_EQ(EDESTADDRREQ, errno_of(send(self->tx, "x", 1, 0)));
}

TEST_F(port, disconnect_of_an_unconnected_socket)
{
	EXPECT_EQ(0, errno_of(scope_disconnect(self->tx)));
	EXPECT_EQ(0, scope_port_of(self->tx));
}

/* The second peer replaces the first; the port stays */
TEST_F(port, connect_again)
{
	int second, port;
	char octet;

	ASSERT_EQ(0, scope_bind(self->rx, own(1, SCOPE_RX_PORT)));
	second = path_bound(&self->path, 1, SCOPE_RX_PORT + 1);
	ASSERT_LE(0, second);
	ASSERT_EQ(0, scope_connect(self->tx, to(1, SCOPE_RX_PORT)));
	port = scope_port_of(self->tx);
	ASSERT_EQ(0, scope_connect(self->tx, to(1, SCOPE_RX_PORT + 1)));
	EXPECT_EQ(port, scope_port_of(self->tx));
	ASSERT_EQ(1, send(self->tx, "2", 1, 0));
	EXPECT_EQ(POLLIN, scope_await(second, POLLIN));
	EXPECT_EQ(1, recv(second, &octet, 1, 0));
	EXPECT_EQ(0, scope_events(self->rx, POLLIN));
}

/* What others sent is not delivered; the peer's, sent later, is */
TEST_F(port, connected_hears_only_its_peer)
{
	char data[8];
	int stranger;

	ASSERT_EQ(0, scope_bind(self->rx, own(1, SCOPE_RX_PORT)));
	ASSERT_EQ(0, scope_connect(self->rx, to(0, SCOPE_TX_PORT)));
	ASSERT_EQ(0, scope_bind(self->tx, own(0, SCOPE_TX_PORT)));
	stranger = path_socket(&self->path, 0, 0);
	ASSERT_LE(0, stranger);

	ASSERT_EQ(8, scope_sendto(stranger, "stranger", 8, 0,
				  to(1, SCOPE_RX_PORT)));
	ASSERT_EQ(4, scope_sendto(self->tx, "peer", 4, 0,
				  to(1, SCOPE_RX_PORT)));
	EXPECT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	EXPECT_EQ(4, recv(self->rx, data, sizeof(data), 0));
	EXPECT_EQ(0, memcmp(data, "peer", 4));

	/* Disconnected, it hears everybody again */
	ASSERT_EQ(0, scope_disconnect(self->rx));
	ASSERT_EQ(8, scope_sendto(stranger, "stranger", 8, 0,
				  to(1, SCOPE_RX_PORT)));
	EXPECT_EQ(POLLIN, scope_await(self->rx, POLLIN));
	EXPECT_EQ(8, recv(self->rx, data, sizeof(data), 0));
}

/* The first send of an unbound socket binds it, for the answer to come back */
TEST_F(port, answer_to_an_automatic_port)
{
	struct sockaddr_scope from;
	char data[8];

	ASSERT_EQ(0, scope_bind(self->rx, own(1, SCOPE_RX_PORT)));
	ASSERT_EQ(4, scope_sendto(self->tx, "call", 4, 0,
				  to(1, SCOPE_RX_PORT)));
	ASSERT_EQ(4, scope_recvfrom(self->rx, data, sizeof(data), 0, &from));
	EXPECT_EQ(scope_port_of(self->tx), ntohs(from.sscope_port));
	ASSERT_EQ(6, scope_sendto(self->rx, "answer", 6, 0, from));
	EXPECT_EQ(6, recv(self->tx, data, sizeof(data), 0));
	EXPECT_EQ(0, memcmp(data, "answer", 6));
}

FIXTURE(device) {
	struct path path;
	int fd[2];
};

FIXTURE_SETUP(device)
{
	/* A namespace with another device beside scope0 */
	ASSERT_EQ(0, path_open(&self->path, PATH_LOOP));
	self->fd[0] = scope_socket(0);
	self->fd[1] = scope_socket(0);
	ASSERT_LE(0, self->fd[1]);
}

FIXTURE_TEARDOWN(device)
{
}

/* A device has ports of its own, and what comes by it goes to them */
TEST_F(device, same_port_on_two_devices)
{
	unsigned int other = self->path.ifindex[0];
	char data[8];
	int tx;

	ASSERT_EQ(0, scope_bind(self->fd[0], scope_local(SCOPE_RX_PORT)));
	ASSERT_EQ(0, scope_bind(self->fd[1],
				scope_addr(SCOPE_RX_PORT, other, NULL)));
	tx = scope_socket(0);
	ASSERT_EQ(5, scope_sendto(tx, "other", 5, 0,
				  scope_addr(SCOPE_RX_PORT, other, NULL)));
	ASSERT_EQ(POLLIN, scope_await(self->fd[1], POLLIN));
	EXPECT_EQ(5, recv(self->fd[1], data, sizeof(data), 0));
	EXPECT_EQ(0, scope_events(self->fd[0], POLLIN));
}

/* scope0 has two names in an address: 0 and its index */
TEST_F(device, scope0_by_its_index)
{
	unsigned int ifindex = if_nametoindex(SCOPE_DEV_NAME);
	struct sockaddr_scope name, want = scope_local(SCOPE_RX_PORT);
	socklen_t len = sizeof(name);

	ASSERT_NE(0, ifindex);
	ASSERT_EQ(0, scope_bind(self->fd[0],
				scope_addr(SCOPE_RX_PORT, ifindex, NULL)));
	EXPECT_EQ(EADDRINUSE, errno_of(scope_bind(self->fd[1], want)));
	ASSERT_EQ(0, getsockname(self->fd[0], (struct sockaddr *)&name, &len));
	EXPECT_TRUE(scope_same(&want, &name));
}

/* A port is one of a device's: the peer of another device could not answer */
TEST_F(device, peer_behind_another_device)
{
	unsigned int other = self->path.ifindex[0];
	struct sockaddr_scope peer = scope_addr(SCOPE_NO_PORT, other, NULL);

	ASSERT_EQ(0, scope_bind(self->fd[0], scope_local(SCOPE_RX_PORT)));
	EXPECT_EQ(EINVAL, errno_of(scope_connect(self->fd[0], peer)));
	EXPECT_EQ(EINVAL, errno_of(scope_sendto(self->fd[0], "x", 1, 0, peer)));
	EXPECT_EQ(0, errno_of(scope_connect(self->fd[1], peer)));
}

/* The device's own link address is this node, so it says what zero says */
TEST_F(device, own_link_address)
{
	const unsigned char link[6] = { 0x02, 0, 0, 0, 0, 0x10 };
	unsigned int ifindex = self->path.ifindex[0];
	struct sockaddr_scope name, want;
	socklen_t len = sizeof(name);

	want = scope_addr(SCOPE_RX_PORT, ifindex, NULL);
	ASSERT_EQ(0, scope_bind(self->fd[0],
				scope_addr(SCOPE_RX_PORT, ifindex, link)));
	ASSERT_EQ(0, getsockname(self->fd[0], (struct sockaddr *)&name, &len));
	EXPECT_TRUE(scope_same(&want, &name));
}

/*
 * All free ports taken. The errnos are those that the man pages of the calls
 * name for it, for each call another one.
 */
TEST(no_port_left)
{
	const int ports = SCOPE_PORT_FREE_MAX - SCOPE_PORT_FREE_MIN + 1;
	const struct rlimit limit = {
		.rlim_cur = ports + 100, .rlim_max = ports + 100,
	};
	int i, fd = -1, last;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	ASSERT_LE(0, path_new_netns());
	for (i = 0; i < ports; i++) {
		fd = scope_socket(0);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, scope_bind(fd, scope_local(SCOPE_PORT_FREE_MIN +
							i)));
	}
	last = scope_socket(0);
	ASSERT_LE(0, last);
	EXPECT_EQ(EADDRINUSE, errno_of(scope_bind(last, scope_local(0))));
	EXPECT_EQ(EADDRNOTAVAIL, errno_of(scope_connect(last, scope_local(1))));
	EXPECT_EQ(EAGAIN, errno_of(scope_sendto(last, "x", 1, 0,
						scope_local(1))));
	/* Ports that are never given may still be asked for */
	EXPECT_EQ(0, errno_of(scope_bind(last, scope_local(SCOPE_RX_PORT))));
	/* And the only one that comes free is found */
	ASSERT_EQ(0, close(fd));
	fd = scope_socket(0);
	EXPECT_EQ(0, errno_of(scope_bind(fd, scope_local(0))));
	EXPECT_EQ(SCOPE_PORT_FREE_MAX, scope_port_of(fd));
}

/* root of a user namespace has the reserved ports of its own network only */
TEST(reserved_ports_of_a_user_namespace)
{
	int outside, inside;

	ASSERT_LE(0, path_new_netns());
	outside = scope_socket(0);
	ASSERT_LE(0, outside);
	ASSERT_EQ(0, setresuid(65534, 65534, 65534));
	ASSERT_EQ(0, unshare(CLONE_NEWUSER | CLONE_NEWNET));
	inside = scope_socket(0);
	ASSERT_LE(0, inside);
	EXPECT_EQ(EACCES, errno_of(scope_bind(outside, scope_local(1023))));
	EXPECT_EQ(0, errno_of(scope_bind(inside, scope_local(1023))));
}

/* Two namespaces know nothing of each other's ports */
TEST(ports_of_two_namespaces)
{
	int one, two;

	ASSERT_LE(0, path_new_netns());
	one = scope_socket(0);
	ASSERT_LE(0, path_new_netns());
	two = scope_socket(0);
	ASSERT_EQ(0, scope_bind(one, scope_local(SCOPE_RX_PORT)));
	EXPECT_EQ(0, errno_of(scope_bind(two, scope_local(SCOPE_RX_PORT))));
	ASSERT_EQ(1, scope_sendto(one, "1", 1, 0, scope_local(SCOPE_RX_PORT)));
	EXPECT_EQ(POLLIN, scope_await(one, POLLIN));
	EXPECT_EQ(0, scope_events(two, POLLIN));
}

TEST_HARNESS_MAIN
