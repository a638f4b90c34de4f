// SPDX-License-Identifier: GPL-2.0
/*
 * stand.c - proves that a call that is held where it goes on itself stands there, in
 * every view, without the socket's lock: until a verdict, the end of its rule, the
 * timeout or a fatal signal, and no other one; and that what happened meanwhile is
 * taken into account when it goes on
 *
 * Test-timeout: 400
 */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "conn_hold.h"

#define LONG_ONE	3000	/* three segments over a veth */

/**
 * struct standing - a call in a thread of its own
 * @fd: on what
 * @reads: whether it reads
 * @len: octets of it
 * @flags: MSG_*
 * @data: them
 * @got: what came of it, or -errno
 * @over: it is
 */
struct standing {
	int		fd;
	bool		reads;
	size_t		len;
	int		flags;
	char		data[LONG_ONE + 1];
	ssize_t		got;
	bool		over;
	pthread_t	thread;
};

FIXTURE(stand) {
	struct conn conn;
	struct genl genl[2];
	struct held_list *held;
	struct standing call[2];
};

FIXTURE_VARIANT(stand) {
	enum conn_kind kind;
	int type;
};

FIXTURE_VARIANT_ADD(stand, dgram_scope0) { CONN_SCOPE0, SOCK_DGRAM };
FIXTURE_VARIANT_ADD(stand, dgram_veth) { CONN_VETH, SOCK_DGRAM };
FIXTURE_VARIANT_ADD(stand, dgram_pair) { CONN_PAIR, SOCK_DGRAM };
FIXTURE_VARIANT_ADD(stand, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(stand, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(stand, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(stand, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(stand, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(stand, record_pair) { CONN_PAIR, SOCK_SEQPACKET };

static int open_dgram(struct conn *conn, enum conn_kind kind)
{
	int err = conn_open(conn, kind, SOCK_DGRAM);

	if (err)
		return err;
	if (kind == CONN_PAIR)
		return socketpair(scope_family(), SOCK_DGRAM, 0, conn->fd) ||
		       conn_patient(conn->fd[1]) ? -errno : 0;
	conn->fd[1] = conn_socket(conn, 1, 0);
	if (conn->fd[1] < 0 || conn_bind(conn, conn->fd[1], 1, SCOPE_RX_PORT) ||
	    conn_patient(conn->fd[1]))
		return -errno;
	conn->fd[0] = conn_socket(conn, 0, 0);
	if (conn->fd[0] < 0 || conn_bind(conn, conn->fd[0], 0, SCOPE_TX_PORT) ||
	    conn_connect(conn, conn->fd[0], SCOPE_RX_PORT))
		return -errno;
	return 0;
}

FIXTURE_SETUP(stand)
{
	ASSERT_EQ(0, variant->type == SOCK_DGRAM ?
		     open_dgram(&self->conn, variant->kind) :
		     conn_open_joined(&self->conn, variant->kind,
				      variant->type));
	ASSERT_EQ(0, conn_hold_open(&self->conn, self->genl, &self->held));
}

FIXTURE_TEARDOWN(stand)
{
	EXPECT_EQ(0, conn_hold_close(&self->conn, self->genl, self->held));
}

static void *call_main(void *arg)
{
	struct standing *call = arg;

	call->got = call->reads ?
		    recv(call->fd, call->data, call->len, call->flags) :
		    send(call->fd, call->data, call->len,
			 call->flags | MSG_NOSIGNAL);
	if (call->got < 0)
		call->got = -errno;
	__atomic_store_n(&call->over, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool call_is_over(const struct standing *call)
{
	return __atomic_load_n(&call->over, __ATOMIC_ACQUIRE);
}

static int call_send(struct standing *call, int fd, const char *data,
		     size_t len, int flags)
{
	*call = (struct standing) { .fd = fd, .len = len, .flags = flags };
	memcpy(call->data, data, len);
	return pthread_create(&call->thread, NULL, call_main, call);
}

static ssize_t call_end(struct standing *call)
{
	if (pthread_join(call->thread, NULL))
		return -ECHILD;
	return call->got;
}

static int call_recv(struct standing *call, int fd, size_t len, int flags)
{
	*call = (struct standing) {
		.fd = fd, .reads = true, .len = len, .flags = flags,
	};
	return pthread_create(&call->thread, NULL, call_main, call);
}

/* What was sent stands where it is to be read */
#define recv_stands(text, len, flags) do {				\
	ASSERT_EQ((ssize_t)strlen(text),				\
		  send(client, text, strlen(text), 0));			\
	ASSERT_EQ(0, call_recv(&self->call[0], server, len, flags));	\
	ASSERT_EQ(1, held_await(&self->genl[1], self->held, 1));	\
	EXPECT_FALSE(call_is_over(&self->call[0]));			\
} while (0)

/* And is what the call gets */
#define expect_call(text) do {						\
	EXPECT_EQ((ssize_t)strlen(text), call_end(&self->call[0]));	\
	EXPECT_STREQ(text, self->call[0].data);				\
} while (0)

#define send_stands(text) do {						\
	ASSERT_EQ(0, call_send(&self->call[0], client, text,		\
			       strlen(text), 0));			\
	ASSERT_EQ(1, held_await(&self->genl[0], self->held, 1));	\
	EXPECT_FALSE(call_is_over(&self->call[0]));			\
} while (0)

static int hold_at(struct genl *genl, __u32 stations)
{
	struct genl_request req;

	rule_begin(genl, &req, SKBSCOPE_ACTION_HOLD, stations);
	return rule_end(genl, &req);
}

/* Where a call of that type stands; else it is its packet that is held */
static const __u32 places[] = {
	SCOPE_STATION_SOCKET_SEND, SCOPE_STATION_SOCKET_ALLOC,
};

static bool stands(enum conn_kind kind, int type, __u32 station)
{
	return station != SCOPE_STATION_SOCKET_ALLOC ||
	       (type != SOCK_DGRAM && kind != CONN_PAIR);
}

TEST_F(stand, is_seen)
{
	struct genl *genl = &self->genl[0];
	struct genl_attrs attrs, skb;
	const char *next;
	unsigned int i;
	char got[8];
	int rule;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!stands(variant->kind, variant->type, places[i]))
			continue;
		rule = hold_at(genl, 1 << places[i]);
		ASSERT_LT(0, rule);
		send_stands("abc");
		EXPECT_EQ(places[i], self->held->at[0].station);
		EXPECT_EQ(3, self->held->at[0].len);
		ASSERT_EQ(0, genl_get(genl, SKBSCOPE_CMD_HELD_GET,
				      SKBSCOPE_A_HELD_ID,
				      &self->held->at[0].id, sizeof(__u64),
				      &attrs));
		EXPECT_NE(NULL, attrs.at[SKBSCOPE_A_HELD_CALL]);
		EXPECT_NE(NULL, attrs.at[SKBSCOPE_A_HELD_COOKIE]);
		EXPECT_EQ((__u32)getpid(),
			  genl_u32(&attrs, SKBSCOPE_A_HELD_PID));
		next = genl_string(&attrs, SKBSCOPE_A_HELD_NEXT);
		EXPECT_EQ(0, strncmp("scope_", next, 6));
		EXPECT_EQ(places[i] == SCOPE_STATION_SOCKET_SEND,
			  !attrs.at[SKBSCOPE_A_HELD_BYTES]);
		if (variant->kind != CONN_PAIR)
			EXPECT_EQ(SCOPE_RX_PORT,
				  genl_u16(&attrs, SKBSCOPE_A_HELD_DPORT));
		genl_parse_nest(&skb, attrs.at[SKBSCOPE_A_HELD_SKB]);
		EXPECT_EQ(self->held->at[0].skb,
			  genl_u64(&skb, SKBSCOPE_A_SKB_ID));
		EXPECT_EQ(EAGAIN, errno_of(recv(server, got, sizeof(got),
						MSG_DONTWAIT)));
		EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
				     SKBSCOPE_VERDICT_CONTINUE));
		EXPECT_EQ(3, call_end(&self->call[0]));
		expect_text(server, "abc", 8, 0);
		EXPECT_EQ(1, rule_count(genl, rule, SKBSCOPE_A_RULE_HITS));
		EXPECT_EQ(0, rule_count(genl, rule, SKBSCOPE_A_RULE_MISSED));
		EXPECT_EQ(0, rule_del(genl, rule));
	}
}

/* The number that was told at socket.send is the packet's, step by step */
TEST_F(stand, steps)
{
	struct genl *genl = &self->genl[0];
	__u64 number;
	int i;

	ASSERT_LT(0, hold_at(genl, STATION_BIT(SOCKET_SEND)));
	/* What is in the last segment is not joined */
	ASSERT_EQ(0, call_send(&self->call[1], client, "0", 1, 0));
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
			     SKBSCOPE_VERDICT_CONTINUE));
	EXPECT_EQ(1, call_end(&self->call[1]));
	send_stands("abc");
	number = self->held->at[0].skb;
	for (i = SCOPE_STATION_SOCKET_ALLOC; i <= SCOPE_STATION_PROTOCOL_PUSH;
	     i++) {
		EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
				     SKBSCOPE_VERDICT_STEP));
		ASSERT_EQ(1, held_await(genl, self->held, 1));
		EXPECT_EQ((__u32)i, self->held->at[0].station);
		EXPECT_EQ(number, self->held->at[0].skb);
	}
	EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
			     SKBSCOPE_VERDICT_CONTINUE));
	EXPECT_EQ(3, call_end(&self->call[0]));
	expect_text(server, "0", 1, 0);
	expect_text(server, "abc", 8, 0);
}

/* What can't be done where a call stands is refused, and the rest is done */
TEST_F(stand, verdicts)
{
	struct genl *genl = &self->genl[0];
	__u32 all[] = {
		SKBSCOPE_VERDICT_DROP, SKBSCOPE_VERDICT_DUPLICATE,
		SKBSCOPE_VERDICT_CLONE, SKBSCOPE_VERDICT_MARK,
		SKBSCOPE_VERDICT_PRIORITY, SKBSCOPE_VERDICT_EXPAND_HEAD,
		SKBSCOPE_VERDICT_LINEARIZE,
	};
	unsigned int i;
	int rule;
	__u64 id;

	rule = hold_at(genl, STATION_BIT(SOCKET_SEND));
	ASSERT_LT(0, rule);
	send_stands("abc");
	id = self->held->at[0].id;
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		EXPECT_EQ(-EOPNOTSUPP, verdict_value(genl, id, all[i], 1));
		EXPECT_NE(NULL, strstr(genl->text, "continue and step"));
	}
	EXPECT_EQ(0, rule_del(genl, rule));
	EXPECT_EQ(3, call_end(&self->call[0]));
	expect_text(server, "abc", 8, 0);
	if (!stands(variant->kind, variant->type, SCOPE_STATION_SOCKET_ALLOC))
		return;

	rule = hold_at(genl, STATION_BIT(SOCKET_ALLOC));
	ASSERT_LT(0, rule);
	send_stands("abc");
	id = self->held->at[0].id;
	for (i = 1; i < ARRAY_SIZE(all); i++)
		EXPECT_EQ(i < 3 ? -EBUSY : 0,
			  verdict_value(genl, id, all[i], 64));
	EXPECT_EQ(0, verdict_edit(genl, id, SKBSCOPE_PLACE_PAYLOAD, 1, "x",
				  false));
	EXPECT_EQ(0, verdict(genl, id, SKBSCOPE_VERDICT_CONTINUE));
	EXPECT_EQ(3, call_end(&self->call[0]));
	expect_text(server, "axc", 8, 0);

	send_stands("abc");
	EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
			     SKBSCOPE_VERDICT_DROP));
	EXPECT_EQ(-ENOBUFS, call_end(&self->call[0]));
	EXPECT_EQ(0, rule_del(genl, rule));
	/* No octet is missing from what comes */
	ASSERT_EQ(3, send(client, "def", 3, 0));
	expect_text(server, "def", 8, 0);
}

/* It goes on with its rule's end, its owner's, and its time's */
TEST_F(stand, goes_on)
{
	struct genl_request req;
	struct genl other;
	unsigned int i;
	int rule;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!stands(variant->kind, variant->type, places[i]))
			continue;
		rule = hold_at(&self->genl[0], 1 << places[i]);
		ASSERT_LT(0, rule);
		send_stands("abc");
		EXPECT_EQ(0, rule_del(&self->genl[0], rule));
		EXPECT_EQ(3, call_end(&self->call[0]));
		expect_text(server, "abc", 8, 0);

		ASSERT_EQ(0, genl_open(&other));
		ASSERT_LT(0, hold_at(&other, 1 << places[i]));
		send_stands("abc");
		genl_close(&other);
		EXPECT_EQ(3, call_end(&self->call[0]));
		expect_text(server, "abc", 8, 0);

		rule_begin(&self->genl[0], &req, SKBSCOPE_ACTION_HOLD,
			   1 << places[i]);
		genl_put_u32(&req, SKBSCOPE_A_RULE_TIMEOUT, 20);
		rule = rule_end(&self->genl[0], &req);
		ASSERT_LT(0, rule);
		EXPECT_EQ(3, send(client, "abc", 3, 0));
		expect_text(server, "abc", 8, 0);
		EXPECT_EQ(1, rule_count(&self->genl[0], rule,
					SKBSCOPE_A_RULE_HITS));
		EXPECT_EQ(0, rule_del(&self->genl[0], rule));
	}
}

static void on_signal(int sig)
{
}

/* Who is killed goes on, and dies; no other signal is heard before */
TEST_F(stand, killed)
{
	struct genl *genl = &self->genl[0];
	struct sigaction action = { .sa_handler = on_signal };
	unsigned int i;
	int rule, status;
	pid_t pid;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!stands(variant->kind, variant->type, places[i]))
			continue;
		rule = hold_at(genl, 1 << places[i]);
		ASSERT_LT(0, rule);
		send_stands("abc");
		ASSERT_EQ(0, pthread_kill(self->call[0].thread, SIGUSR1));
		usleep(20000);
		EXPECT_EQ(1, held_get(genl, self->held));
		EXPECT_FALSE(call_is_over(&self->call[0]));
		EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
				     SKBSCOPE_VERDICT_CONTINUE));
		EXPECT_EQ(3, call_end(&self->call[0]));
		expect_text(server, "abc", 8, 0);

		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			send(client, "abc", 3, 0);
			_exit(0);
		}
		ASSERT_EQ(1, held_await(genl, self->held, 1));
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
		EXPECT_EQ(0, held_get(genl, self->held));
		EXPECT_EQ(0, rule_del(genl, rule));
		expect_text(server, "abc", 8, 0);
	}
}

/* The socket is not locked meanwhile; what became of it counts when it goes on */
TEST_F(stand, shut_down)
{
	struct genl *genl = &self->genl[0];
	unsigned int i;
	char got[8];
	int rule;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!stands(variant->kind, variant->type, places[i]))
			continue;
		rule = hold_at(genl, 1 << places[i]);
		ASSERT_LT(0, rule);
		send_stands("abc");
		if (variant->type == SOCK_DGRAM) {
			/* To one who is gone */
			EXPECT_EQ(0, conn_shut(&server));
			EXPECT_EQ(0, rule_del(genl, rule));
			EXPECT_EQ(variant->kind == CONN_PAIR ? -ECONNREFUSED :
							       3,
				  call_end(&self->call[0]));
			return;
		}
		EXPECT_EQ(0, shutdown(client, SHUT_WR));
		EXPECT_EQ(0, recv(server, got, sizeof(got), 0));
		EXPECT_EQ(0, rule_del(genl, rule));
		EXPECT_EQ(-EPIPE, call_end(&self->call[0]));
		if (variant->kind == CONN_PAIR)
			return;
		conn_shut(&client);
		conn_shut(&server);
		ASSERT_EQ(0, conn_join(&self->conn));
	}
}

TEST_F(stand, reset)
{
	const struct linger linger = { .l_onoff = 1 };
	struct genl *genl = &self->genl[0];
	struct pollfd pfd = { .events = POLLHUP };
	unsigned int i;
	int rule;

	if (variant->type == SOCK_DGRAM || variant->kind == CONN_PAIR)
		SKIP(return, "it has no connection that is reset");
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		rule = hold_at(genl, 1 << places[i]);
		ASSERT_LT(0, rule);
		send_stands("abc");
		ASSERT_EQ(0, setsockopt(server, SOL_SOCKET, SO_LINGER, &linger,
					sizeof(linger)));
		conn_shut(&server);
		pfd.fd = client;
		EXPECT_EQ(1, poll(&pfd, 1, SCOPE_PATIENCE));
		EXPECT_EQ(0, rule_del(genl, rule));
		EXPECT_EQ(-ECONNRESET, call_end(&self->call[0]));
		conn_shut(&client);
		ASSERT_EQ(0, conn_join(&self->conn));
	}
}

/* Its socket is closed by another thread, which has no part in the call */
TEST_F(stand, closed)
{
	struct genl *genl = &self->genl[0];
	unsigned int i;
	int rule;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!stands(variant->kind, variant->type, places[i]) || i > 1)
			continue;
		rule = hold_at(genl, 1 << places[i]);
		ASSERT_LT(0, rule);
		send_stands("abc");
		EXPECT_EQ(0, conn_shut(&client));
		EXPECT_EQ(1, held_get(genl, self->held));
		EXPECT_EQ(0, rule_del(genl, rule));
		EXPECT_EQ(3, call_end(&self->call[0]));
		expect_text(server, "abc", 8, 0);
		break;
	}
}

/* The device that a datagram is for goes down, and the call fails */
TEST_F(stand, device_goes)
{
	struct ifreq ifr = { .ifr_flags = 0 };
	const char *dev = path_dev(&self->conn.path, 0);
	struct genl *genl = &self->genl[0];

	if (variant->type != SOCK_DGRAM || variant->kind == CONN_PAIR)
		SKIP(return, "it has no device yet");
	ASSERT_LT(0, hold_at(genl, STATION_BIT(SOCKET_SEND)));
	send_stands("abc");
	ASSERT_EQ(0, path_dev_ioctl(dev, SIOCSIFFLAGS, &ifr));
	EXPECT_EQ(-ENETDOWN, call_end(&self->call[0]));
	ASSERT_EQ(0, path_dev_up(dev));
	if (variant->kind == CONN_VETH)
		ASSERT_EQ(0, path_dev_running(dev));
}

/* Two threads write: neither loses an octet, and who comes later waits */
TEST_F(stand, two_writers)
{
	struct genl *genl = &self->genl[0];
	char got[8] = "";
	unsigned int i, j;
	int rule;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!stands(variant->kind, variant->type, places[i]))
			continue;
		rule = hold_at(genl, 1 << places[i]);
		ASSERT_LT(0, rule);
		send_stands("abc");
		ASSERT_EQ(0, call_send(&self->call[1], client, "def", 3, 0));
		ASSERT_EQ(2, held_await(genl, self->held, 2));
		EXPECT_EQ(0, verdict(genl, self->held->at[1].id,
				     SKBSCOPE_VERDICT_CONTINUE));
		EXPECT_EQ(2, held_get(genl, self->held));
		EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
				     SKBSCOPE_VERDICT_CONTINUE));
		EXPECT_EQ(3, call_end(&self->call[0]));
		EXPECT_EQ(3, call_end(&self->call[1]));
		for (j = 0; j < 2; j++) {
			EXPECT_EQ(3, recv(server, got, 3, MSG_WAITALL));
			EXPECT_TRUE(!strcmp("abc", got) || !strcmp("def", got));
		}
		EXPECT_EQ(0, rule_del(genl, rule));
	}
}

/* Of a call that takes several segments the second is dropped */
TEST_F(stand, in_the_middle)
{
	struct genl *genl = &self->genl[0];
	const bool record = variant->type == SOCK_SEQPACKET;
	char data[LONG_ONE], got[LONG_ONE];
	const int more = record ? 1 : 2;
	ssize_t n, sent;
	int rule;

	if (variant->type == SOCK_DGRAM || variant->kind != CONN_VETH)
		SKIP(return, "it takes one segment");
	scope_fill(data, sizeof(data), 1);
	rule = hold_at(genl, STATION_BIT(SOCKET_ALLOC));
	ASSERT_LT(0, rule);
	ASSERT_EQ(0, call_send(&self->call[0], client, data, sizeof(data), 0));
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
			     SKBSCOPE_VERDICT_STEP));
	/* Of a stream the first is on its way before the second is made */
	ASSERT_EQ(more, held_await(genl, self->held, more));
	if (!record)
		EXPECT_EQ((__u32)SCOPE_STATION_PROTOCOL_PUSH,
			  self->held->at[0].station);
	EXPECT_EQ((__u32)SCOPE_STATION_SOCKET_ALLOC,
		  self->held->at[more - 1].station);
	EXPECT_EQ(0, verdict(genl, self->held->at[more - 1].id,
			     SKBSCOPE_VERDICT_DROP));
	sent = call_end(&self->call[0]);
	EXPECT_EQ(0, rule_del(genl, rule));
	if (record) {
		EXPECT_EQ(-ENOBUFS, sent);
		EXPECT_EQ(EAGAIN, errno_of(recv(server, got, sizeof(got),
						MSG_DONTWAIT)));
	} else {
		EXPECT_LT(0, sent);
		EXPECT_GT(LONG_ONE, sent);
		n = recv(server, got, sent, MSG_WAITALL);
		EXPECT_EQ(sent, n);
		EXPECT_TRUE(scope_filled(got, n, 1));
	}
	EXPECT_EQ(LONG_ONE, send(client, data, sizeof(data), 0));
	EXPECT_EQ(LONG_ONE, recv(server, got, sizeof(got), MSG_WAITALL));
	EXPECT_TRUE(scope_filled(got, LONG_ONE, 1));
}

/* The last octet is urgent still */
TEST_F(stand, urgent)
{
	struct genl *genl = &self->genl[0];
	char got[8] = "";
	unsigned int i;
	int rule;

	if (variant->type != SOCK_STREAM)
		SKIP(return, "nothing is urgent there");
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!stands(variant->kind, variant->type, places[i]))
			continue;
		rule = hold_at(genl, 1 << places[i]);
		ASSERT_LT(0, rule);
		ASSERT_EQ(0, call_send(&self->call[0], client, "abc", 3,
				       MSG_OOB));
		ASSERT_EQ(1, held_await(genl, self->held, 1));
		EXPECT_EQ(0, rule_del(genl, rule));
		EXPECT_EQ(3, call_end(&self->call[0]));
		EXPECT_EQ(2, recv(server, got, 8, 0));
		EXPECT_EQ(1, recv(server, got, 1, MSG_OOB));
		EXPECT_EQ('c', got[0]);
	}
}

/* The call fails with the errno that was asked for, and nothing of it comes */
TEST_F(stand, faults)
{
	const struct {
		__u32 action;
		__u32 station;
		int err;
	} faults[] = {
		{ SKBSCOPE_ACTION_WOULDBLOCK, SCOPE_STATION_SOCKET_SEND,
		  EAGAIN },
		{ SKBSCOPE_ACTION_ENOMEM, SCOPE_STATION_SOCKET_SEND, ENOBUFS },
		{ SKBSCOPE_ACTION_WOULDBLOCK, SCOPE_STATION_SOCKET_ALLOC,
		  EAGAIN },
		{ SKBSCOPE_ACTION_ENOMEM, SCOPE_STATION_SOCKET_ALLOC, ENOBUFS },
		{ SKBSCOPE_ACTION_DROP, SCOPE_STATION_SOCKET_ALLOC, ENOBUFS },
	};
	struct genl *genl = &self->genl[0];
	struct genl_request req;
	unsigned int i;
	int rule;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		/* A datagram that is dropped is a lost one to its sender */
		if (faults[i].action == SKBSCOPE_ACTION_DROP &&
		    !stands(variant->kind, variant->type, faults[i].station))
			continue;
		rule_begin(genl, &req, faults[i].action,
			   1 << faults[i].station);
		genl_put_u64(&req, SKBSCOPE_A_RULE_NTH, 2);
		rule = rule_end(genl, &req);
		ASSERT_LT(0, rule);
		EXPECT_EQ(3, send(client, "abc", 3, MSG_NOSIGNAL));
		EXPECT_EQ(faults[i].err,
			  errno_of(send(client, "def", 3, MSG_NOSIGNAL)));
		EXPECT_EQ(3, send(client, "ghi", 3, MSG_NOSIGNAL));
		EXPECT_EQ(1, rule_count(genl, rule, SKBSCOPE_A_RULE_HITS));
		EXPECT_EQ(0, rule_count(genl, rule, SKBSCOPE_A_RULE_MISSED));
		EXPECT_EQ(0, rule_del(genl, rule));
		expect_text(server, "abc", 3, MSG_WAITALL);
		expect_text(server, "ghi", 3, MSG_WAITALL);
	}
}

/* Before it is copied, so that what becomes of it reaches the program */
TEST_F(stand, is_read)
{
	struct genl *genl = &self->genl[1];
	struct ledger ledger;
	char got[8] = "";
	int rule;
	__u64 id;

	rule = hold_at(genl, STATION_BIT(SOCKET_RECV));
	ASSERT_LT(0, rule);
	recv_stands("abc", 8, 0);
	EXPECT_EQ((__u32)SCOPE_STATION_SOCKET_RECV, self->held->at[0].station);
	/* A datagram is off the queue, and a connection's still on it */
	ASSERT_EQ(0, ledger_read(genl, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
	EXPECT_EQ(variant->type == SOCK_DGRAM, ledger_count(&ledger, HELD));
	EXPECT_EQ(variant->type != SOCK_DGRAM, ledger_count(&ledger, QUEUED));
	if (variant->type != SOCK_DGRAM)
		EXPECT_EQ(3, recv(server, got, 8, MSG_PEEK | MSG_DONTWAIT));
	id = self->held->at[0].id;
	EXPECT_EQ(0, verdict_edit(genl, id, SKBSCOPE_PLACE_PAYLOAD, 1, "x",
				  false));
	EXPECT_EQ(0, verdict_value(genl, id, SKBSCOPE_VERDICT_EXPAND_HEAD,
				   64));
	EXPECT_EQ(0, verdict(genl, id, SKBSCOPE_VERDICT_LINEARIZE));
	EXPECT_EQ(0, verdict(genl, id, SKBSCOPE_VERDICT_CONTINUE));
	expect_call("axc");

	/* Nothing is held for who only peeks */
	ASSERT_EQ(3, send(client, "def", 3, 0));
	EXPECT_EQ(3, recv(server, got, 8, MSG_PEEK));
	EXPECT_EQ(0, held_get(genl, self->held));
	ASSERT_EQ(0, call_recv(&self->call[0], server, 8, 0));
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	EXPECT_EQ(0, rule_del(genl, rule));
	expect_call("def");
}

/* Of a datagram there may be more, which are read next; a stream has no use for one */
TEST_F(stand, read_again)
{
	const __u32 more[] = {
		SKBSCOPE_VERDICT_DUPLICATE, SKBSCOPE_VERDICT_CLONE,
	};
	const char *const marks[] = { "x", "y", "z" };
	const bool dgram = variant->type == SOCK_DGRAM;
	struct genl *genl = &self->genl[1];
	struct genl_request req;
	struct ledger ledger;
	unsigned int i;
	int rule;
	__u64 id;

	rule = hold_at(genl, STATION_BIT(SOCKET_RECV));
	ASSERT_LT(0, rule);
	recv_stands("abc", 8, 0);
	id = self->held->at[0].id;
	for (i = 0; i < ARRAY_SIZE(more); i++)
		EXPECT_EQ(dgram ? 0 : -EBUSY, verdict(genl, id, more[i]));
	if (dgram) {
		ASSERT_EQ(3, held_await(genl, self->held, 3));
		ASSERT_EQ(0, ledger_read(genl, &ledger));
		EXPECT_EQ(0, ledger_missing(&ledger));
		EXPECT_EQ(3, ledger_count(&ledger, HELD));
		for (i = 0; i < 3; i++)
			EXPECT_EQ(0, verdict_edit(genl, self->held->at[i].id,
						  SKBSCOPE_PLACE_PAYLOAD, 1,
						  marks[i], false));
		/* They go behind it, also if they may go before */
		for (i = 3; i > 0; i--) {
			EXPECT_FALSE(call_is_over(&self->call[0]));
			EXPECT_EQ(0, verdict(genl, self->held->at[i - 1].id,
					     SKBSCOPE_VERDICT_CONTINUE));
		}
		expect_call("axc");
	} else {
		EXPECT_NE(NULL, strstr(genl->text, "no use"));
	}
	EXPECT_EQ(0, rule_del(genl, rule));
	if (dgram) {
		ASSERT_EQ(3, send(client, "def", 3, 0));
		/* As at other stations, the last one is right behind the first */
		expect_text(server, "azc", 8, 0);
		expect_text(server, "ayc", 8, 0);
		expect_text(server, "def", 8, 0);
	} else {
		expect_call("abc");
	}

	rule_begin(genl, &req, SKBSCOPE_ACTION_DUPLICATE,
		   STATION_BIT(SOCKET_RECV));
	genl_put_u64(&req, SKBSCOPE_A_RULE_NTH, 1);
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	ASSERT_EQ(3, send(client, "abc", 3, 0));
	expect_text(server, "abc", 8, 0);
	EXPECT_EQ(dgram, rule_count(genl, rule, SKBSCOPE_A_RULE_HITS));
	EXPECT_EQ(!dgram, rule_count(genl, rule, SKBSCOPE_A_RULE_MISSED));
	EXPECT_EQ(0, rule_del(genl, rule));
	if (dgram)
		expect_text(server, "abc", 8, 0);
	EXPECT_EQ(EAGAIN, errno_of(recv(server, self->call[0].data, 8,
					MSG_DONTWAIT)));
	ASSERT_EQ(0, ledger_rest(genl, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
}

/* Who closes the socket meanwhile has them dropped */
TEST_F(stand, not_read_again)
{
	struct genl *genl = &self->genl[1];
	struct ledger ledger;
	int rule;
	__u64 id;

	if (variant->type != SOCK_DGRAM)
		SKIP(return, "there can be no other one");
	rule = hold_at(genl, STATION_BIT(SOCKET_RECV));
	ASSERT_LT(0, rule);
	recv_stands("abc", 8, 0);
	id = self->held->at[0].id;
	EXPECT_EQ(0, verdict(genl, id, SKBSCOPE_VERDICT_DUPLICATE));
	EXPECT_EQ(0, verdict(genl, id, SKBSCOPE_VERDICT_CONTINUE));
	expect_call("abc");
	ASSERT_EQ(1, held_get(genl, self->held));
	close(server);
	server = -1;
	EXPECT_EQ(0, held_get(genl, self->held));
	ASSERT_EQ(0, ledger_rest(genl, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
	EXPECT_EQ(1, ledger_reason(&ledger, "SCOPE_CLOSED"));
	EXPECT_EQ(0, rule_del(genl, rule));
}

/* Dropped there, it is not read; the call goes on with what is next */
TEST_F(stand, not_read)
{
	struct genl *genl = &self->genl[1];
	struct genl_request req;
	struct ledger ledger;
	int rule;

	rule = hold_at(genl, STATION_BIT(SOCKET_RECV));
	ASSERT_LT(0, rule);
	recv_stands("abc", 3, 0);
	EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
			     SKBSCOPE_VERDICT_DROP));
	ASSERT_EQ(3, send(client, "def", 3, 0));
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
			     SKBSCOPE_VERDICT_CONTINUE));
	expect_call("def");
	EXPECT_EQ(0, rule_del(genl, rule));
	ASSERT_EQ(0, ledger_rest(genl, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
	EXPECT_EQ(1, ledger_reason(&ledger, "SCOPE_VERDICT"));

	rule_begin(genl, &req, SKBSCOPE_ACTION_DROP, STATION_BIT(SOCKET_RECV));
	genl_put_u64(&req, SKBSCOPE_A_RULE_NTH, 1);
	rule = rule_end(genl, &req);
	ASSERT_LT(0, rule);
	ASSERT_EQ(3, send(client, "abc", 3, 0));
	ASSERT_EQ(0, call_recv(&self->call[0], server, 3, 0));
	while (!rule_count(genl, rule, SKBSCOPE_A_RULE_HITS))
		usleep(1000);
	ASSERT_EQ(3, send(client, "def", 3, 0));
	expect_call("def");
	EXPECT_EQ(0, rule_del(genl, rule));
}

/* The call fails, and what it would have read stays; or it is read otherwise */
TEST_F(stand, read_faults)
{
	const struct {
		__u32 action;
		int err;
		int attr;
		__u32 value;
		const char *text;
	} faults[] = {
		{ SKBSCOPE_ACTION_WOULDBLOCK, EAGAIN },
		{ SKBSCOPE_ACTION_ENOMEM, ENOBUFS },
		{ SKBSCOPE_ACTION_CORRUPT, 0, SKBSCOPE_A_RULE_OFFSET, 0, "`bc" },
		{ SKBSCOPE_ACTION_TRUNCATE, 0, SKBSCOPE_A_RULE_OFFSET, 2,
		  "ab" },
		{ SKBSCOPE_ACTION_DELAY, 0, SKBSCOPE_A_RULE_DELAY, 10, "abc" },
	};
	struct genl *genl = &self->genl[1];
	struct genl_request req;
	char got[8];
	unsigned int i;
	int rule;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		rule_begin(genl, &req, faults[i].action,
			   STATION_BIT(SOCKET_RECV));
		genl_put_u64(&req, SKBSCOPE_A_RULE_NTH, 1);
		if (faults[i].attr)
			genl_put_u32(&req, faults[i].attr, faults[i].value);
		rule = rule_end(genl, &req);
		ASSERT_LT(0, rule);
		ASSERT_EQ(3, send(client, "abc", 3, 0));
		memset(got, 0, sizeof(got));
		if (faults[i].err)
			EXPECT_EQ(faults[i].err,
				  errno_of(recv(server, got, 3, 0)));
		EXPECT_LT(0, recv(server, got, 3, 0));
		EXPECT_STREQ(faults[i].text ?: "abc", got);
		EXPECT_EQ(1, rule_count(genl, rule, SKBSCOPE_A_RULE_HITS));
		EXPECT_EQ(0, rule_del(genl, rule));
		ASSERT_EQ(3, send(client, "def", 3, 0));
		memset(got, 0, sizeof(got));
		EXPECT_EQ(3, recv(server, got, 3, MSG_WAITALL));
		EXPECT_STREQ("def", got);
	}
}

/* Each segment of what is read in one call stands once, the urgent one too */
TEST_F(stand, reads_all)
{
	struct genl *genl = &self->genl[1];
	const bool record = variant->type == SOCK_SEQPACKET;
	char data[LONG_ONE], got[8];
	int rule, nr = 0;

	if (variant->type == SOCK_DGRAM)
		SKIP(return, "a call reads one");
	scope_fill(data, sizeof(data), 1);
	rule = hold_at(genl, STATION_BIT(SOCKET_RECV));
	ASSERT_LT(0, rule);
	ASSERT_EQ(LONG_ONE, send(client, data, sizeof(data), 0));
	if (!record)
		ASSERT_EQ(LONG_ONE, conn_await_bytes(server, LONG_ONE));
	ASSERT_EQ(0, call_recv(&self->call[0], server, LONG_ONE, MSG_WAITALL));
	while (!call_is_over(&self->call[0])) {
		if (held_get(genl, self->held) != 1) {
			usleep(1000);
			continue;
		}
		nr++;
		EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
				     SKBSCOPE_VERDICT_CONTINUE));
	}
	EXPECT_EQ(LONG_ONE, call_end(&self->call[0]));
	EXPECT_TRUE(scope_filled(self->call[0].data, LONG_ONE, 1));
	EXPECT_LE(variant->kind == CONN_VETH ? 3 : 1, nr);
	if (record) {
		/* One of its segments is lost, and so is the record */
		ASSERT_EQ(LONG_ONE, send(client, data, sizeof(data), 0));
		ASSERT_EQ(3, send(client, "abc", 3, 0));
		ASSERT_EQ(0, call_recv(&self->call[0], server, LONG_ONE, 0));
		ASSERT_EQ(1, held_await(genl, self->held, 1));
		EXPECT_EQ(0, verdict(genl, self->held->at[0].id,
				     SKBSCOPE_VERDICT_DROP));
		ASSERT_EQ(1, held_await(genl, self->held, 1));
		EXPECT_EQ(0, rule_del(genl, rule));
		expect_call("abc");
		return;
	}
	ASSERT_EQ(3, send(client, "abc", 3, MSG_OOB));
	ASSERT_LT(0, scope_await(server, POLLPRI));
	ASSERT_EQ(0, call_recv(&self->call[0], server, 1, MSG_OOB));
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	EXPECT_EQ(0, rule_del(genl, rule));
	expect_call("c");
	EXPECT_EQ(2, recv(server, got, sizeof(got), 0));
}

/* A reader that is killed */
TEST_F(stand, reader_is_killed)
{
	struct genl *genl = &self->genl[1];
	int rule, status;
	pid_t pid;

	rule = hold_at(genl, STATION_BIT(SOCKET_RECV));
	ASSERT_LT(0, rule);
	ASSERT_EQ(3, send(client, "abc", 3, 0));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		recv(server, self->call[0].data, 8, 0);
		_exit(0);
	}
	ASSERT_EQ(1, held_await(genl, self->held, 1));
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(0, held_get(genl, self->held));
	EXPECT_EQ(0, rule_del(genl, rule));
	ASSERT_EQ(3, send(client, "def", 3, 0));
	ASSERT_EQ(0, call_recv(&self->call[0], server, 3, 0));
	expect_call("def");
}

TEST_HARNESS_MAIN
