// SPDX-License-Identifier: GPL-2.0
/*
 * fail_frames.c - proves that whatever allocation fails where frames are sent
 * and received, in softirqs too, connections carry all they are given, and the
 * ledger tells of what datagrams lost
 *
 * An interrupt has no allocations of its own to count, as a call has. So one is
 * refused below each function of the module in turn, then one in twenty.
 * Test-timeout: 900
 */
#include "conn.h"
#include "fail.h"

#define LONG	600	/* seconds that a test may take in an emulated VM */
#define OCTETS	20000	/* many frames */

FIXTURE(fail) {
	struct conn conn;
	struct genl genl;
	struct fail_symbol symbol[2048];
	int symbols;
};

FIXTURE_VARIANT(fail) {
	enum conn_kind kind;
	int type;
};

FIXTURE_VARIANT_ADD(fail, scope0_dgram) {
	.kind = CONN_SCOPE0, .type = SOCK_DGRAM,
};

FIXTURE_VARIANT_ADD(fail, scope0_stream) {
	.kind = CONN_SCOPE0, .type = SOCK_STREAM,
};

FIXTURE_VARIANT_ADD(fail, scope0_record) {
	.kind = CONN_SCOPE0, .type = SOCK_SEQPACKET,
};

FIXTURE_VARIANT_ADD(fail, veth_dgram) {
	.kind = CONN_VETH, .type = SOCK_DGRAM,
};

FIXTURE_VARIANT_ADD(fail, veth_stream) {
	.kind = CONN_VETH, .type = SOCK_STREAM,
};

FIXTURE_VARIANT_ADD(fail, veth_record) {
	.kind = CONN_VETH, .type = SOCK_SEQPACKET,
};

FIXTURE_SETUP(fail)
{
	if (!fail_is_possible())
		SKIP(return, FAIL_NOT);
	self->symbols = fail_symbols(self->symbol, ARRAY_SIZE(self->symbol));
	ASSERT_LT(1, self->symbols);
	ASSERT_EQ(0, fail_below(0, ~0UL));
	ASSERT_EQ(0, conn_open(&self->conn, variant->kind, variant->type));
	if (variant->type != SOCK_DGRAM)
		listener = conn_listen(&self->conn, SCOPE_RX_PORT, 5);
	ASSERT_EQ(0, conn_enter(&self->conn, 0));
	ASSERT_EQ(0, genl_open(&self->genl));
}

FIXTURE_TEARDOWN(fail)
{
	if (!fail_is_possible())
		return;
	EXPECT_EQ(0, fail_below(0, ~0UL));
	EXPECT_EQ(0, conn_close(&self->conn));
}

/* @times: how often; -1 is without end */
static int fail_some(int probability, int times)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", times);
	return fail_write(FAIL_DEBUGFS "failslab/times", text) ?:
	       fail_write(FAIL_DEBUGFS "fail_page_alloc/times", text) ?:
	       fail_knob("failslab", "probability", probability) ?:
	       fail_knob("fail_page_alloc", "probability", probability);
}

static bool no_memory(void)
{
	return errno == ENOMEM || errno == ENOBUFS || errno == ENFILE;
}

/* Tries a call again while it lacks memory; it will not for ever */
#define insist(call)							\
	({								\
		int _tries = 1000, _ret;				\
									\
		do {							\
			_ret = call;					\
		} while (_ret < 0 && no_memory() && --_tries);		\
		_ret;							\
	})

static int send_all(int fd, const char *data, int len)
{
	int n, sent;

	for (sent = 0; sent < len; sent += n) {
		n = insist(send(fd, data + sent, len - sent, MSG_NOSIGNAL));
		if (n < 0)
			return -errno;
	}
	return 0;
}

static int recv_all(int fd, char *data, int len)
{
	int n, got;

	for (got = 0; got < len; got += n) {
		n = insist(recv(fd, data + got, len - got, 0));
		if (n <= 0)
			return n < 0 ? -errno : -EPIPE;
	}
	return 0;
}

/* What is sent both ways comes, and then the end. 0 or -errno */
static int carry(const struct conn *conn)
{
	static char sent[OCTETS], got[OCTETS];
	int one, other, err;

	one = insist(conn_socket(conn, 0, 0));
	if (one < 0 || conn_patient(one) ||
	    insist(conn_connect(conn, one, SCOPE_RX_PORT)))
		return -errno;
	other = insist(accept(conn->listen_fd, NULL, NULL));
	if (other < 0 || conn_patient(other))
		return -errno;
	scope_fill(sent, sizeof(sent), 3);
	err = send_all(one, sent, sizeof(sent)) ?:
	      recv_all(other, got, sizeof(got)) ?:
	      send_all(other, got, sizeof(got)) ?:
	      recv_all(one, got, sizeof(got));
	if (!err && !scope_filled(got, sizeof(got), 3))
		err = -EBADMSG;
	close(one);
	if (!err && insist(recv(other, got, 1, 0)))
		err = -EPROTO;
	close(other);
	return err;
}

/* Some to a reader, some to nobody; raw sockets get them all, too */
static int scatter(const struct conn *conn)
{
	struct sockaddr_scope to = conn_to(conn, 1, SCOPE_RX_PORT).scope;
	struct sockaddr_scope nobody = conn_to(conn, 1, SCOPE_NO_PORT).scope;
	static char sent[3000], got[3000];
	int tx, rx, raw, i, n, err = 0;

	rx = insist(conn_socket(conn, 1, 0));
	raw = insist(socket(scope_family(), SOCK_RAW, 0));
	if (rx < 0 || raw < 0 || insist(conn_bind(conn, rx, 1, SCOPE_RX_PORT)))
		return -errno;
	tx = insist(conn_socket(conn, 0, 0));
	if (tx < 0)
		return -errno;
	scope_fill(sent, sizeof(sent), 3);
	for (i = 0; i < 5 && !err; i++) {
		n = insist((int)scope_sendto(tx, sent, 100 + 100 * i, 0, to));
		if (n < 0)
			err = -errno;
		n = insist((int)scope_sendto(tx, sent, 100, 0, nobody));
		if (n < 0 && errno != ECONNREFUSED)
			err = -errno;
	}
	while (!err && (n = recv(rx, got, sizeof(got), MSG_DONTWAIT)) >= 0)
		if (!scope_filled(got, n, 3))
			err = -EBADMSG;
	close(tx);
	close(rx);
	close(raw);
	return err;
}

static int traffic(const struct conn *conn)
{
	int err = conn_enter(conn, 0);

	if (err)
		return -errno;
	return conn->type == SOCK_DGRAM ? scatter(conn) : carry(conn);
}

/* Whether one was refused below the functions from @first up to @end */
static bool refused_below(struct __test_metadata *_metadata,
			  struct fail_case *self, int first, int end)
{
	const struct fail_symbol *symbol = self->symbol;
	const char *name = symbol[first].name;
	unsigned long stop;

	stop = end < self->symbols ? symbol[end].start :
				     symbol[end - 1].start + 4096;
	EXPECT_EQ(0, fail_below(symbol[first].start, stop));
	EXPECT_EQ(0, fail_some(100, 1));
	EXPECT_EQ(0, traffic(&self->conn))
		TH_LOG("one refused below %s, of %d", name, end - first);
	EXPECT_EQ(0, fail_knob("failslab", "probability", 0));
	EXPECT_EQ(0, fail_knob("fail_page_alloc", "probability", 0));
	EXPECT_EQ(0, conn_ledger(&self->conn))
		TH_LOG("one refused below %s, of %d", name, end - first);
	return !fail_knob_read("failslab", "times") ||
	       !fail_knob_read("fail_page_alloc", "times");
}

/*
 * Most functions have nothing allocated below them: where none is refused below
 * any of some, none is below each. How many have something
 */
static int refuse_below_each(struct __test_metadata *_metadata,
			     struct fail_case *self, int first, int end)
{
	int middle = (first + end) / 2;

	if (!refused_below(_metadata, self, first, end))
		return 0;
	if (end - first == 1) {
		printf(" %s", self->symbol[first].name);
		return 1;
	}
	return refuse_below_each(_metadata, self, first, middle) +
	       refuse_below_each(_metadata, self, middle, end);
}

TEST_F_TIMEOUT(fail, once_below_each_function, LONG)
{
	int refused;

	if (!fail_is_possible())
		SKIP(return, FAIL_NOT);
	printf("# one was refused below");
	refused = refuse_below_each(_metadata, self, 0, self->symbols);
	printf("\n");
	/* Or the kernel took none for ours */
	EXPECT_LT(5, refused);
	ASSERT_EQ(0, fail_below(0, ~0UL));
	EXPECT_EQ(0, traffic(&self->conn));
}

TEST_F_TIMEOUT(fail, one_in_twenty, LONG)
{
	int i;

	if (!fail_is_possible())
		SKIP(return, FAIL_NOT);
	ASSERT_EQ(0, fail_below(self->symbol[0].start,
				self->symbol[self->symbols - 1].start + 4096));
	ASSERT_EQ(0, fail_some(5, -1));
	for (i = 0; i < 20; i++)
		EXPECT_EQ(0, traffic(&self->conn));
	ASSERT_EQ(0, fail_some(0, -1));
	EXPECT_EQ(0, traffic(&self->conn));
}

TEST_HARNESS_MAIN
