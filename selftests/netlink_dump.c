// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_dump.c - proves that a dump of many sockets has each that lived all
 * the time once, and says when others came and went meanwhile; and that every
 * birth, change and death is notified, in order, without a gap
 */
#include <pthread.h>
#include <sys/resource.h>

#include "ledger.h"
#include "path.h"

#define MANY	3000

FIXTURE(dump) {
	struct path path;
	struct genl genl;
	int fd[MANY];
};

FIXTURE_SETUP(dump)
{
	struct rlimit limit = { .rlim_cur = 2 * MANY, .rlim_max = 2 * MANY };

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	ASSERT_EQ(0, path_open(&self->path, PATH_SCOPE0));
	ASSERT_EQ(0, genl_open(&self->genl));
}

FIXTURE_TEARDOWN(dump)
{
}

static int open_many(int *fd, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		fd[i] = scope_socket(0);
		if (fd[i] < 0)
			return -1;
	}
	return 0;
}

/**
 * struct tally - what a dump is compared with
 * @want: cookies of the sockets that live all the time, rising
 * @n: how many they are
 * @met: how many of them were met
 * @last: the cookie met last
 * @disorder: how many came not behind the one before
 * @fd: opened at the first answer where @come, closed where @go
 */
struct tally {
	__u64	want[MANY];
	int	n;
	int	met;
	__u64	last;
	int	disorder;
	bool	come;
	bool	go;
	int	fd;
};

static int compare(const void *a, const void *b)
{
	const __u64 *one = a, *two = b;

	return *one < *two ? -1 : *one > *two;
}

static void tally_begin(struct tally *tally, const int *fd, int n)
{
	int i;

	memset(tally, 0, sizeof(*tally));
	tally->n = n;
	for (i = 0; i < n; i++)
		tally->want[i] = ledger_cookie(fd[i]);
	/* Each CPU hands out numbers of its own: who came first may be second */
	qsort(tally->want, n, sizeof(tally->want[0]), compare);
}

static void on_socket(const struct genl_attrs *attrs, void *arg)
{
	__u64 cookie = genl_u64(attrs, SKBSCOPE_A_SOCKET_COOKIE);
	struct tally *tally = arg;

	if (tally->come)
		tally->fd = scope_socket(0);
	if (tally->go)
		close(tally->fd);
	tally->come = false;
	tally->go = false;
	if (cookie <= tally->last)
		tally->disorder++;
	tally->last = cookie;
	if (tally->met < tally->n && tally->want[tally->met] == cookie)
		tally->met++;
}

TEST_F(dump, each_once_in_the_order_of_cookies)
{
	struct tally *tally = malloc(sizeof(*tally));

	ASSERT_EQ(0, open_many(self->fd, MANY));
	tally_begin(tally, self->fd, MANY);
	EXPECT_EQ(MANY, genl_dump(&self->genl, SKBSCOPE_CMD_SOCKET_GET,
				  on_socket, tally));
	EXPECT_EQ(MANY, tally->met);
	EXPECT_EQ(0, tally->disorder);
	EXPECT_FALSE(self->genl.interrupted);
	free(tally);
}

TEST_F(dump, of_none)
{
	struct tally *tally = malloc(sizeof(*tally));

	tally_begin(tally, self->fd, 0);
	EXPECT_EQ(0, genl_dump(&self->genl, SKBSCOPE_CMD_SOCKET_GET, on_socket,
			       tally));
	free(tally);
}

/* More sockets than one message holds, one opened after the first message */
TEST_F(dump, says_that_one_came)
{
	struct tally *tally = malloc(sizeof(*tally));

	ASSERT_EQ(0, open_many(self->fd, 600));
	tally_begin(tally, self->fd, 600);
	tally->come = true;
	/* The walk may have passed its place already */
	EXPECT_LE(600, genl_dump(&self->genl, SKBSCOPE_CMD_SOCKET_GET,
				 on_socket, tally));
	EXPECT_EQ(600, tally->met);
	EXPECT_EQ(0, tally->disorder);
	EXPECT_TRUE(self->genl.interrupted);
	free(tally);
}

TEST_F(dump, says_that_one_went)
{
	struct tally *tally = malloc(sizeof(*tally));

	ASSERT_EQ(0, open_many(self->fd, 600));
	tally_begin(tally, self->fd, 600);
	tally->fd = scope_socket(0);
	tally->go = true;
	EXPECT_LE(600, genl_dump(&self->genl, SKBSCOPE_CMD_SOCKET_GET,
				 on_socket, tally));
	EXPECT_EQ(600, tally->met);
	EXPECT_TRUE(self->genl.interrupted);
	free(tally);
}

static volatile bool enough;

/* Opens and closes, bound and not, until told to stop */
static void *come_and_go(void *arg)
{
	int fd[16], i = 0;

	memset(fd, -1, sizeof(fd));
	while (!enough) {
		if (fd[i] >= 0)
			close(fd[i]);
		fd[i] = scope_socket(0);
		if (i & 1)
			scope_bind(fd[i], scope_local(0));
		i = (i + 1) % ARRAY_SIZE(fd);
	}
	return NULL;
}

TEST_F(dump, while_others_come_and_go)
{
	struct tally *tally = malloc(sizeof(*tally));
	pthread_t thread;
	int i;

	ASSERT_EQ(0, open_many(self->fd, 600));
	ASSERT_EQ(0, pthread_create(&thread, NULL, come_and_go, NULL));
	for (i = 0; i < 20; i++) {
		tally_begin(tally, self->fd, 600);
		EXPECT_LE(600, genl_dump(&self->genl, SKBSCOPE_CMD_SOCKET_GET,
					 on_socket, tally));
		EXPECT_EQ(600, tally->met);
		EXPECT_EQ(0, tally->disorder);
	}
	enough = true;
	ASSERT_EQ(0, pthread_join(thread, NULL));
	free(tally);
}

/**
 * struct ear - listens to the family's group
 * @genl: a member of it
 * @seq: of the last notification
 * @heard: there was one, so that the next is to have the next number
 */
struct ear {
	struct genl	genl;
	__u32		seq;
	bool		heard;
};

FIXTURE(notify) {
	struct path path;
	struct ear ear;
};

FIXTURE_SETUP(notify)
{
	struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	struct genl *genl = &self->ear.genl;

	ASSERT_EQ(0, path_open(&self->path, PATH_LOOP));
	ASSERT_EQ(0, genl_open(genl));
	ASSERT_EQ(0, setsockopt(genl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
				&genl->group, sizeof(genl->group)));
	ASSERT_EQ(0, setsockopt(genl->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
				sizeof(patience)));
}

FIXTURE_TEARDOWN(notify)
{
	genl_close(&self->ear.genl);
}

/* Receives one and expects it to be the next. Returns its command */
static int notified(struct __test_metadata *_metadata, struct ear *ear,
		    struct genl_attrs *attrs)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)ear->genl.buffer;
	struct genlmsghdr *genlh = NLMSG_DATA(nlh);

	ASSERT_LT(0, recv(ear->genl.fd, nlh, GENL_BUFFER, 0));
	EXPECT_EQ(ear->genl.family, nlh->nlmsg_type);
	EXPECT_TRUE(!ear->heard || ear->seq + 1 == nlh->nlmsg_seq);
	ear->heard = true;
	ear->seq = nlh->nlmsg_seq;
	genl_attrs_of(attrs, nlh);
	return genlh->cmd;
}

static bool nothing_more(const struct ear *ear)
{
	char octet;

	return errno_of(recv(ear->genl.fd, &octet, 1, MSG_DONTWAIT)) == EAGAIN;
}

#define NEW	SKBSCOPE_CMD_SOCKET_NEW_NTF
#define CHANGE	SKBSCOPE_CMD_SOCKET_CHANGE_NTF
#define DEL	SKBSCOPE_CMD_SOCKET_DEL_NTF

static int addr_part(const struct genl_attrs *attrs, int which, int part)
{
	struct genl_attrs addr;

	if (!attrs->at[which])
		return -1;
	genl_parse_nest(&addr, attrs->at[which]);
	return part == SKBSCOPE_A_ADDR_PORT ? genl_u16(&addr, part) :
					      genl_u32(&addr, part);
}

#define local_port(attrs)	addr_part(attrs, SKBSCOPE_A_SOCKET_LOCAL, \
					  SKBSCOPE_A_ADDR_PORT)
#define local_dev(attrs)	addr_part(attrs, SKBSCOPE_A_SOCKET_LOCAL, \
					  SKBSCOPE_A_ADDR_IFINDEX)
#define peer_port(attrs)	addr_part(attrs, SKBSCOPE_A_SOCKET_PEER, \
					  SKBSCOPE_A_ADDR_PORT)

TEST_F(notify, a_life)
{
	struct genl_attrs attrs;
	__u64 cookie;
	int fd;

	fd = scope_socket(0);
	ASSERT_LE(0, fd);
	cookie = ledger_cookie(fd);
	EXPECT_EQ(NEW, notified(_metadata, &self->ear, &attrs));
	EXPECT_EQ(cookie, genl_u64(&attrs, SKBSCOPE_A_SOCKET_COOKIE));
	EXPECT_EQ(0, local_port(&attrs));

	ASSERT_EQ(0, scope_bind(fd, scope_local(SCOPE_TX_PORT)));
	EXPECT_EQ(CHANGE, notified(_metadata, &self->ear, &attrs));
	EXPECT_EQ(SCOPE_TX_PORT, local_port(&attrs));

	ASSERT_EQ(0, scope_connect(fd, scope_local(SCOPE_RX_PORT)));
	EXPECT_EQ(CHANGE, notified(_metadata, &self->ear, &attrs));
	EXPECT_EQ(SCOPE_RX_PORT, peer_port(&attrs));

	ASSERT_EQ(0, shutdown(fd, SHUT_RD));
	EXPECT_EQ(CHANGE, notified(_metadata, &self->ear, &attrs));
	EXPECT_EQ(1, genl_u32(&attrs, SKBSCOPE_A_SOCKET_SHUTDOWN));

	ASSERT_EQ(0, scope_disconnect(fd));
	EXPECT_EQ(CHANGE, notified(_metadata, &self->ear, &attrs));
	EXPECT_EQ(-1, peer_port(&attrs));

	ASSERT_EQ(0, close(fd));
	EXPECT_EQ(DEL, notified(_metadata, &self->ear, &attrs));
	EXPECT_EQ(cookie, genl_u64(&attrs, SKBSCOPE_A_SOCKET_COOKIE));
	EXPECT_TRUE(nothing_more(&self->ear));
}

/* The first datagram binds, so it is a change; the second is none */
TEST_F(notify, a_port_by_sending)
{
	struct genl_attrs attrs;
	int fd = scope_socket(0);

	EXPECT_EQ(NEW, notified(_metadata, &self->ear, &attrs));
	ASSERT_EQ(1, scope_sendto(fd, "x", 1, 0, scope_local(SCOPE_NO_PORT)));
	ASSERT_EQ(1, scope_sendto(fd, "x", 1, 0, scope_local(SCOPE_NO_PORT)));
	EXPECT_EQ(CHANGE, notified(_metadata, &self->ear, &attrs));
	EXPECT_EQ(scope_port_of(fd), local_port(&attrs));
	EXPECT_TRUE(nothing_more(&self->ear));
}

/* SO_BINDTODEVICE moves the port to another device: the address is new */
TEST_F(notify, a_port_that_moves)
{
	struct genl_attrs attrs;
	int fd = scope_socket(0);

	EXPECT_EQ(NEW, notified(_metadata, &self->ear, &attrs));
	ASSERT_EQ(0, scope_bind(fd, scope_local(SCOPE_TX_PORT)));
	EXPECT_EQ(CHANGE, notified(_metadata, &self->ear, &attrs));
	ASSERT_EQ(0, setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "ve0", 3));
	EXPECT_EQ(CHANGE, notified(_metadata, &self->ear, &attrs));
	EXPECT_EQ(self->path.ifindex[0], local_dev(&attrs));
}

/* What fails changes nothing */
TEST_F(notify, no_change_no_word)
{
	struct genl_attrs attrs;
	int fd = scope_socket(0);

	EXPECT_EQ(NEW, notified(_metadata, &self->ear, &attrs));
	EXPECT_EQ(ENODEV, errno_of(scope_bind(fd, scope_addr(1, 4242, NULL))));
	EXPECT_EQ(ENOTCONN, errno_of(shutdown(fd, SHUT_RD)));
	EXPECT_EQ(ESOCKTNOSUPPORT, errno_of(socket(scope_family(), SOCK_RDM,
						   0)));
	EXPECT_TRUE(nothing_more(&self->ear));
}

TEST_F(notify, other_namespaces_are_not_heard)
{
	struct genl_attrs attrs;
	int mine, theirs;

	mine = scope_socket(0);
	EXPECT_EQ(NEW, notified(_metadata, &self->ear, &attrs));
	ASSERT_LE(0, path_new_netns());
	theirs = scope_socket(0);
	ASSERT_EQ(0, scope_bind(theirs, scope_local(0)));
	ASSERT_EQ(0, close(theirs));
	ASSERT_EQ(0, close(mine));
	/* The next one, without a gap in the numbers, is of ours */
	EXPECT_EQ(DEL, notified(_metadata, &self->ear, &attrs));
	EXPECT_TRUE(nothing_more(&self->ear));
}

/* More than the listener's buffer holds: he is told, and sees the gap */
TEST_F(notify, a_gap_shows)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)self->ear.genl.buffer;
	int i, err, fd = self->ear.genl.fd;
	struct genl_attrs attrs;
	__u32 seq = 0;

	ASSERT_EQ(0, scope_setsockopt_int(fd, SO_RCVBUF, 4096));
	for (i = 0; i < 100; i++)
		close(scope_socket(0));
	/* The error comes before what still fitted in */
	EXPECT_EQ(ENOBUFS, errno_of(recv(fd, nlh, GENL_BUFFER, MSG_DONTWAIT)));
	do {
		err = errno_of(recv(fd, nlh, GENL_BUFFER, MSG_DONTWAIT));
		if (!err)
			seq = nlh->nlmsg_seq;
	} while (!err);
	EXPECT_EQ(EAGAIN, err);
	EXPECT_LT(0, seq);
	close(scope_socket(0));
	EXPECT_EQ(NEW, notified(_metadata, &self->ear, &attrs));
	EXPECT_LT(seq + 1, self->ear.seq);
}

TEST_HARNESS_MAIN
