// SPDX-License-Identifier: GPL-2.0
/*
 * conn_transfer.c - proves that what goes through a connection in great amounts
 * and in pieces of any size comes out the same: the octets, their order, and
 * of records their bounds; one way and both ways at once
 *
 * Test-timeout: 600
 */
#include <pthread.h>

#include "conn.h"

CONN_FIXTURE(transfer, conn_open_joined)

FIXTURE_VARIANT_ADD(transfer, stream_scope0) { CONN_SCOPE0, SOCK_STREAM };
FIXTURE_VARIANT_ADD(transfer, stream_veth) { CONN_VETH, SOCK_STREAM };
FIXTURE_VARIANT_ADD(transfer, stream_pair) { CONN_PAIR, SOCK_STREAM };
FIXTURE_VARIANT_ADD(transfer, stream_unix) { CONN_UNIX, SOCK_STREAM };
FIXTURE_VARIANT_ADD(transfer, stream_tcp) { CONN_TCP, SOCK_STREAM };
FIXTURE_VARIANT_ADD(transfer, record_scope0) { CONN_SCOPE0, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(transfer, record_veth) { CONN_VETH, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(transfer, record_pair) { CONN_PAIR, SOCK_SEQPACKET };
FIXTURE_VARIANT_ADD(transfer, record_unix) { CONN_UNIX, SOCK_SEQPACKET };

#define PIECE		30000	/* the longest one */
#define PERIOD		65521	/* a prime: no piece or frame repeats it */
#define ONE_WAY		(8 << 20)
#define BOTH_WAYS	(2 << 20)

/* What an octet is tells where in the stream it belongs */
static unsigned char pattern[PERIOD + PIECE];

static void pattern_make(void)
{
	size_t i;

	for (i = 0; i < sizeof(pattern); i++)
		pattern[i] = (i % PERIOD) * 2654435761u >> 24;
}

/* xorshift32: the same numbers from the same seed, none of them 0 */
static unsigned int next_number(unsigned int *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Many short pieces, some long ones, now and then none */
static size_t next_size(unsigned int *seed)
{
	const unsigned int number = next_number(seed);

	switch (number % 8) {
	case 0:
		return (number >> 8) % (PIECE + 1);
	case 1:
		return (number >> 8) % 5;
	default:
		return (number >> 8) % 3000;
	}
}

/**
 * struct flow - what goes one way
 * @out: the end it enters, or -1
 * @in: the end it leaves, or -1
 * @records: its bounds are kept
 * @total: octets to send, 0 at least with the last record
 * @seed: of the pieces' sizes
 * @thread: who works on it
 * @fault: what went wrong, NULL if nothing did
 * @at: where in the stream
 */
struct flow {
	int		out;
	int		in;
	bool		records;
	size_t		total;
	unsigned int	seed;
	pthread_t	thread;
	const char	*fault;
	size_t		at;
};

static ssize_t send_piece(int fd, const unsigned char *data, size_t len,
			  unsigned int way)
{
	struct iovec iov[2] = {
		{ .iov_base = (void *)data, .iov_len = len / 3 },
		{ .iov_base = (void *)(data + len / 3),
		  .iov_len = len - len / 3 },
	};
	const struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	if (way % 2)
		return send(fd, data, len, MSG_NOSIGNAL);
	return sendmsg(fd, &msg, MSG_NOSIGNAL);
}

/* The other end is not to wait for what will not come */
static void *flow_fail(struct flow *flow, int fd, const char *fault)
{
	flow->fault = fault;
	shutdown(fd, SHUT_RDWR);
	return NULL;
}

static void *flow_send(void *arg)
{
	unsigned int seed, way;
	struct flow *flow = arg;
	ssize_t len;

	seed = flow->seed;
	for (way = 0; flow->at < flow->total; way++) {
		len = next_size(&seed);
		if (len > flow->total - flow->at)
			len = flow->total - flow->at;
		if (send_piece(flow->out, pattern + flow->at % PERIOD, len,
			       way) != len)
			return flow_fail(flow, flow->out, "a send is not whole");
		flow->at += len;
	}
	if (shutdown(flow->out, SHUT_WR))
		flow->fault = "shutdown";
	return NULL;
}

/* A stream may be read in pieces of any size, a record is as it was sent */
static void *flow_recv(void *arg)
{
	static __thread unsigned char data[PIECE + 1];
	struct flow *flow = arg;
	unsigned int seed;
	ssize_t want, got;

	seed = flow->records ? flow->seed : ~flow->seed;
	while (flow->at < flow->total) {
		want = next_size(&seed);
		if (want > flow->total - flow->at)
			want = flow->total - flow->at;
		if (!want && !flow->records)
			continue;
		got = recv(flow->in, data, flow->records ? PIECE + 1 : want, 0);
		if (got < 0 || (flow->records ? got != want : !got))
			return flow_fail(flow, flow->in, got < 0 ?
					 strerror(errno) : "a length");
		if (memcmp(data, pattern + flow->at % PERIOD, got))
			return flow_fail(flow, flow->in, "an octet");
		flow->at += got;
	}
	if (recv(flow->in, data, 1, 0))
		flow->fault = "no end behind the last octet";
	return NULL;
}

/* Each flow's two ends in threads of their own; none of them may stop */
static void expect_flows(struct __test_metadata *_metadata,
			 const struct flow *flow, int n)
{
	struct flow work[4];
	int i;

	pattern_make();
	for (i = 0; i < 2 * n; i++) {
		work[i] = flow[i / 2];
		ASSERT_EQ(0, pthread_create(&work[i].thread, NULL,
					    i % 2 ? flow_recv : flow_send,
					    &work[i]));
	}
	for (i = 0; i < 2 * n; i++)
		ASSERT_EQ(0, pthread_join(work[i].thread, NULL));
	for (i = 0; i < 2 * n; i++) {
		EXPECT_EQ(NULL, work[i].fault)
			TH_LOG("%s, flow %d, %s, octet %zu", work[i].fault,
			       i / 2, i % 2 ? "in" : "out", work[i].at);
		EXPECT_EQ(work[i].total, work[i].at);
	}
}

TEST_F_TIMEOUT(transfer, one_way, 120)
{
	const struct flow flow = {
		.out = client, .in = server, .total = ONE_WAY, .seed = 1,
		.records = self->conn.type == SOCK_SEQPACKET,
	};

	expect_flows(_metadata, &flow, 1);
}

TEST_F_TIMEOUT(transfer, the_other_way, 120)
{
	const struct flow flow = {
		.out = server, .in = client, .total = BOTH_WAYS, .seed = 2,
		.records = self->conn.type == SOCK_SEQPACKET,
	};

	expect_flows(_metadata, &flow, 1);
}

TEST_F_TIMEOUT(transfer, both_ways, 120)
{
	const bool records = self->conn.type == SOCK_SEQPACKET;
	const struct flow flow[2] = {
		{ .out = client, .in = server, .total = BOTH_WAYS, .seed = 3,
		  .records = records },
		{ .out = server, .in = client, .total = BOTH_WAYS, .seed = 4,
		  .records = records },
	};

	expect_flows(_metadata, flow, 2);
}

/* Buffers that hold no more than one piece: both ends sleep again and again */
TEST_F_TIMEOUT(transfer, through_small_buffers, 120)
{
	const struct flow flow = {
		.out = client, .in = server, .total = BOTH_WAYS / 4, .seed = 5,
		.records = self->conn.type == SOCK_SEQPACKET,
	};

	ASSERT_EQ(0, scope_setsockopt_int(client, SO_SNDBUF, PIECE));
	ASSERT_EQ(0, scope_setsockopt_int(server, SO_RCVBUF, 16384));
	expect_flows(_metadata, &flow, 1);
}

TEST_HARNESS_MAIN
