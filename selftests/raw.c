// SPDX-License-Identifier: GPL-2.0
/*
 * raw.c - proves that SOCK_RAW reads and writes whole frames of the family, for
 * those who may, and takes nothing from the sockets they are for
 */
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <linux/capability.h>

#include "frame.h"

#define PAYLOAD	100

/* A frame of the family as a raw socket has it */
struct raw_frame {
	struct scope_hdr	hdr;
	unsigned char		data[PATH_MTU];
};

FIXTURE(raw) {
	struct path path;
	int raw;		/* at end 1, bound to nothing */
	int tx;			/* at end 0, port SCOPE_TX_PORT */
	int rx;			/* at end 1, port SCOPE_RX_PORT */
	struct raw_frame frame;
};

FIXTURE_VARIANT(raw) {
	enum path_kind kind;
};

FIXTURE_VARIANT_ADD(raw, scope0) { .kind = PATH_SCOPE0 };
FIXTURE_VARIANT_ADD(raw, veth) { .kind = PATH_VETH };

/* In the caller's namespace; what does not come is an error */
static int raw_socket(void)
{
	const struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	int fd = socket(scope_family(), SOCK_RAW, 0);

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
				  sizeof(patience)))
		return -1;
	return fd;
}

FIXTURE_SETUP(raw)
{
	ASSERT_EQ(0, path_open(&self->path, variant->kind));
	self->tx = path_bound(&self->path, 0, SCOPE_TX_PORT);
	ASSERT_LE(0, self->tx);
	self->rx = path_bound(&self->path, 1, SCOPE_RX_PORT);
	ASSERT_LE(0, self->rx);
	self->raw = raw_socket();
	ASSERT_LE(0, self->raw);
}

/* What was read twice, or by nobody, is in the books all the same */
FIXTURE_TEARDOWN(raw)
{
	struct ledger ledger;
	struct genl genl;
	int end;

	close(self->raw);
	close(self->tx);
	close(self->rx);
	for (end = 0; end < 2; end++) {
		ASSERT_EQ(0, path_enter(&self->path, end));
		ASSERT_EQ(0, genl_open(&genl));
		ASSERT_EQ(0, ledger_rest(&genl, &ledger));
		EXPECT_EQ(0, ledger_missing(&ledger));
		/* what was not read goes with its socket, after a while */
		EXPECT_EQ(0, ledger_await(&genl, SKBSCOPE_A_LEDGER_QUEUED, 0));
		genl_close(&genl);
	}
}

/* A datagram from end 0 to a port of end 1, with octets of its own */
static ssize_t send_to(const struct path *path, int tx, int port, int len,
		       int seed)
{
	unsigned char data[PATH_MTU];

	scope_fill(data, len, seed);
	return scope_sendto(tx, data, len, 0, path_to(path, 1, port));
}

/* The octets of a frame that is of such a datagram */
static bool is_frame(const struct raw_frame *frame, int port, int len, int seed)
{
	return frame->hdr.version == SCOPE_VERSION &&
	       frame->hdr.type == SCOPE_T_DGRAM &&
	       frame->hdr.hlen == SCOPE_HDR_LEN && !frame->hdr.flags &&
	       frame->hdr.sport == htons(SCOPE_TX_PORT) &&
	       frame->hdr.dport == htons(port) &&
	       frame->hdr.length == htonl(len) && !frame->hdr.urgent &&
	       scope_filled(frame->data, len, seed);
}

static ssize_t read_frame(int raw, struct raw_frame *frame,
			  struct sockaddr_scope *from)
{
	return scope_recvfrom(raw, frame, sizeof(*frame), 0, from);
}

TEST_F(raw, reads)
{
	static const int lengths[] = { 0, 1, 2, PAYLOAD, 1501, 40001 };
	struct sockaddr_scope from, want;
	struct raw_frame *frame = &self->frame;
	char data[PATH_MTU];
	int i, n;

	ASSERT_EQ(0, scope_setsockopt_int(self->tx, SO_SNDBUF, 4 * PATH_MTU));
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		n = lengths[i];
		ASSERT_EQ(n, send_to(&self->path, self->tx, SCOPE_RX_PORT, n,
				     i));
		EXPECT_EQ(SCOPE_HDR_LEN + n, read_frame(self->raw, frame,
							&from));
		EXPECT_TRUE(is_frame(frame, SCOPE_RX_PORT, n, i));
		want = path_to(&self->path, 0, SCOPE_TX_PORT);
		EXPECT_TRUE(scope_same(&want, &from));
		/* and so does the one it is for */
		EXPECT_EQ(n, recv(self->rx, data, sizeof(data), 0));
		EXPECT_TRUE(scope_filled(data, n, i));
	}
}

/* Also what is for nobody, and what the protocol itself answers */
TEST_F(raw, reads_what_is_for_nobody)
{
	struct raw_frame *frame = &self->frame;
	struct sockaddr_scope from;
	int answers;

	ASSERT_EQ(0, path_enter(&self->path, 0));
	answers = raw_socket();
	ASSERT_LE(0, answers);
	ASSERT_EQ(PAYLOAD, send_to(&self->path, self->tx, SCOPE_NO_PORT,
				   PAYLOAD, 1));
	EXPECT_EQ(SCOPE_HDR_LEN + PAYLOAD, read_frame(self->raw, frame, &from));
	EXPECT_TRUE(is_frame(frame, SCOPE_NO_PORT, PAYLOAD, 1));
	do {
		ASSERT_LT(0, read_frame(answers, frame, &from));
	} while (frame->hdr.type == SCOPE_T_DGRAM);
	EXPECT_EQ(SCOPE_T_REFUSE, frame->hdr.type);
	EXPECT_EQ(htons(SCOPE_NO_PORT), frame->hdr.sport);
	EXPECT_EQ(SCOPE_NO_PORT, ntohs(from.sscope_port));
	close(answers);
}

/* Each raw socket reads everything that it asked for */
TEST_F(raw, several)
{
	struct raw_frame *frame = &self->frame;
	struct sockaddr_scope from;
	int more[3], i;

	for (i = 0; i < ARRAY_SIZE(more); i++) {
		more[i] = raw_socket();
		ASSERT_LE(0, more[i]);
	}
	ASSERT_EQ(PAYLOAD, send_to(&self->path, self->tx, SCOPE_RX_PORT,
				   PAYLOAD, 1));
	for (i = 0; i < ARRAY_SIZE(more); i++) {
		EXPECT_EQ(SCOPE_HDR_LEN + PAYLOAD,
			  read_frame(more[i], frame, &from));
		EXPECT_TRUE(is_frame(frame, SCOPE_RX_PORT, PAYLOAD, 1));
		close(more[i]);
	}
	EXPECT_EQ(SCOPE_HDR_LEN + PAYLOAD, read_frame(self->raw, frame, &from));
}

TEST_F(raw, bound_to_a_port)
{
	struct raw_frame *frame = &self->frame;
	struct sockaddr_scope from;

	ASSERT_EQ(0, scope_bind(self->raw, path_own(&self->path, 1,
						    SCOPE_RX_PORT)));
	ASSERT_EQ(PAYLOAD, send_to(&self->path, self->tx, SCOPE_RX_PORT + 1,
				   PAYLOAD, 1));
	ASSERT_EQ(PAYLOAD, send_to(&self->path, self->tx, SCOPE_RX_PORT,
				   PAYLOAD, 2));
	EXPECT_EQ(SCOPE_HDR_LEN + PAYLOAD, read_frame(self->raw, frame, &from));
	EXPECT_TRUE(is_frame(frame, SCOPE_RX_PORT, PAYLOAD, 2));
	EXPECT_EQ(EAGAIN, errno_of(recv(self->raw, frame, 1, MSG_DONTWAIT)));
}

/* Of two devices, one: what comes by scope0, and what by the veth */
TEST_F(raw, bound_to_a_device)
{
	const struct sockaddr_scope here = scope_local(SCOPE_RX_PORT);
	struct raw_frame *frame = &self->frame;
	struct sockaddr_scope from;
	int by_scope0, by_wire;

	if (self->path.kind != PATH_VETH)
		SKIP(return, "one device");
	by_scope0 = raw_socket();
	by_wire = raw_socket();
	ASSERT_EQ(0, scope_bind(by_scope0, scope_local(0)));
	ASSERT_EQ(0, scope_bind(by_wire, path_own(&self->path, 1, 0)));
	ASSERT_EQ(4, scope_sendto(self->rx, "here", 4, 0,
				  path_own(&self->path, 1, SCOPE_RX_PORT)));
	EXPECT_EQ(SCOPE_HDR_LEN + 4, read_frame(by_wire, frame, &from));
	ASSERT_EQ(PAYLOAD, send_to(&self->path, self->tx, SCOPE_RX_PORT,
				   PAYLOAD, 1));
	EXPECT_EQ(SCOPE_HDR_LEN + PAYLOAD, read_frame(by_wire, frame, &from));
	EXPECT_TRUE(is_frame(frame, SCOPE_RX_PORT, PAYLOAD, 1));
	EXPECT_EQ(EAGAIN, errno_of(recv(by_scope0, frame, 1, MSG_DONTWAIT)));
	close(self->rx);
	self->rx = scope_socket(0);
	ASSERT_EQ(5, scope_sendto(self->rx, "there", 5, 0, here));
	EXPECT_EQ(SCOPE_HDR_LEN + 5, read_frame(by_scope0, frame, &from));
	EXPECT_EQ(0, memcmp(frame->data, "there", 5));
	EXPECT_EQ(EAGAIN, errno_of(recv(by_wire, frame, 1, MSG_DONTWAIT)));
	close(by_scope0);
	close(by_wire);
}

/* Connections are frames, too: the first one, and all that follow */
TEST_F(raw, reads_connections)
{
	struct raw_frame *frame = &self->frame;
	struct sockaddr_scope from;
	int fd, listener;

	listener = socket(scope_family(), SOCK_STREAM, 0);
	ASSERT_EQ(0, scope_bind(listener, path_own(&self->path, 1,
						   SCOPE_RX_PORT)));
	ASSERT_EQ(0, listen(listener, 1));
	ASSERT_EQ(0, path_enter(&self->path, 0));
	fd = socket(scope_family(), SOCK_STREAM, 0);
	ASSERT_EQ(0, scope_connect(fd, path_to(&self->path, 1, SCOPE_RX_PORT)));
	EXPECT_EQ(SCOPE_CONN_HDR_LEN, read_frame(self->raw, frame, &from));
	EXPECT_EQ(SCOPE_T_STREAM, frame->hdr.type);
	EXPECT_EQ(SCOPE_F_SYN, frame->hdr.flags);
	EXPECT_EQ(scope_port_of(fd), ntohs(from.sscope_port));
	ASSERT_EQ(6, send(fd, "octets", 6, 0));
	do {
		ASSERT_LT(0, read_frame(self->raw, frame, &from));
	} while (!frame->hdr.length);
	EXPECT_EQ(htonl(6), frame->hdr.length);
	EXPECT_EQ(0, memcmp((char *)frame + frame->hdr.hlen, "octets", 6));
	close(fd);
	close(listener);
}

/* The head comes, the rest is lost; the flag asks for the whole length */
TEST_F(raw, too_little_room)
{
	struct raw_frame *frame = &self->frame;
	struct iovec iov = { .iov_base = frame, .iov_len = 20 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int i;

	for (i = 0; i < 3; i++)
		ASSERT_EQ(PAYLOAD, send_to(&self->path, self->tx,
					   SCOPE_RX_PORT, PAYLOAD, i));
	EXPECT_EQ(20, recvmsg(self->raw, &msg, MSG_PEEK));
	EXPECT_EQ(MSG_TRUNC, msg.msg_flags & MSG_TRUNC);
	EXPECT_EQ(20, recvmsg(self->raw, &msg, 0));
	EXPECT_EQ(MSG_TRUNC, msg.msg_flags & MSG_TRUNC);
	EXPECT_EQ(0, memcmp(frame->data, "\0\7\16\25", 4));
	EXPECT_EQ(SCOPE_HDR_LEN + PAYLOAD, recvmsg(self->raw, &msg, MSG_TRUNC));
	iov.iov_len = sizeof(*frame);
	EXPECT_EQ(SCOPE_HDR_LEN + PAYLOAD, recvmsg(self->raw, &msg, 0));
	EXPECT_EQ(0, msg.msg_flags & MSG_TRUNC);
}

/* A filter sees the header first: its second octet is the type */
TEST_F(raw, filter)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 1),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SCOPE_T_DGRAM, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SCOPE_RX_PORT, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0x40000),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct raw_frame *frame = &self->frame;
	struct sockaddr_scope from;

	ASSERT_EQ(0, scope_attach_filter(self->raw, code, ARRAY_SIZE(code)));
	ASSERT_EQ(PAYLOAD, send_to(&self->path, self->tx, SCOPE_NO_PORT,
				   PAYLOAD, 1));
	ASSERT_EQ(PAYLOAD, send_to(&self->path, self->tx, SCOPE_RX_PORT,
				   PAYLOAD, 2));
	EXPECT_EQ(SCOPE_HDR_LEN + PAYLOAD, read_frame(self->raw, frame, &from));
	EXPECT_TRUE(is_frame(frame, SCOPE_RX_PORT, PAYLOAD, 2));
	EXPECT_EQ(EAGAIN, errno_of(recv(self->raw, frame, 1, MSG_DONTWAIT)));
	EXPECT_EQ(PAYLOAD, recv(self->rx, frame, sizeof(*frame), 0));
}

/* One that does not read loses frames, and the one they are for does not */
TEST_F(raw, full)
{
	char data[PAYLOAD];
	int i;

	ASSERT_EQ(0, scope_setsockopt_int(self->raw, SO_RCVBUF, 4096));
	for (i = 0; i < 200; i++) {
		ASSERT_EQ(PAYLOAD, send_to(&self->path, self->tx,
					   SCOPE_RX_PORT, PAYLOAD, i));
		ASSERT_EQ(PAYLOAD, recv(self->rx, data, PAYLOAD, 0));
	}
	for (i = 0; recv(self->raw, &self->frame, 1, MSG_DONTWAIT) > 0; i++)
		;
	EXPECT_LT(0, i);
	EXPECT_GT(200, i);
}

/* A header like that of a datagram from SCOPE_TX_PORT to SCOPE_RX_PORT */
static void make_frame(struct raw_frame *frame, int len)
{
	frame->hdr = (struct scope_hdr) {
		.version = SCOPE_VERSION,
		.type = SCOPE_T_DGRAM,
		.hlen = SCOPE_HDR_LEN,
		.sport = htons(SCOPE_TX_PORT),
		.dport = htons(SCOPE_RX_PORT),
		.length = htonl(len),
	};
	scope_fill(frame->data, len, len);
}

/* What is written is the frame; the sum is made where there is none */
TEST_F(raw, writes)
{
	static const int lengths[] = { 0, 1, 2, PAYLOAD, 1501, 40001 };
	struct sockaddr_scope from, want;
	struct raw_frame *frame = &self->frame;
	char data[PATH_MTU];
	int i, n, raw;

	ASSERT_EQ(0, path_enter(&self->path, 0));
	raw = raw_socket();
	ASSERT_EQ(0, scope_setsockopt_int(raw, SO_SNDBUF, 4 * PATH_MTU));
	for (i = 0; i < 2 * ARRAY_SIZE(lengths); i++) {
		n = lengths[i / 2];
		make_frame(frame, n);
		if (i % 2)
			frame->hdr.check = frame_sum(frame, SCOPE_HDR_LEN + n);
		ASSERT_EQ(SCOPE_HDR_LEN + n,
			  scope_sendto(raw, frame, SCOPE_HDR_LEN + n, 0,
				       path_to(&self->path, 1, 0)));
		ASSERT_EQ(POLLIN, scope_await(self->rx, POLLIN));
		EXPECT_EQ(n, scope_recvfrom(self->rx, data, sizeof(data), 0,
					    &from));
		EXPECT_TRUE(scope_filled(data, n, n));
		want = path_to(&self->path, 0, SCOPE_TX_PORT);
		EXPECT_TRUE(scope_same(&want, &from));
	}
	close(raw);
}

/* Nothing else is made right that the writer has wrong */
TEST_F(raw, writes_wrong_frames)
{
	struct raw_frame *frame = &self->frame;
	struct genl genl;
	int raw;

	ASSERT_EQ(0, path_enter(&self->path, 1));
	ASSERT_EQ(0, genl_open(&genl));
	ASSERT_EQ(0, path_enter(&self->path, 0));
	raw = raw_socket();
	make_frame(frame, PAYLOAD);
	frame->hdr.check = ~frame_sum(frame, SCOPE_HDR_LEN + PAYLOAD);
	ASSERT_EQ(SCOPE_HDR_LEN + PAYLOAD,
		  scope_sendto(raw, frame, SCOPE_HDR_LEN + PAYLOAD, 0,
			       path_to(&self->path, 1, 0)));
	EXPECT_EQ(1, ledger_await_reason(&genl, "SKB_CSUM", 1));
	make_frame(frame, PAYLOAD);
	frame->hdr.version = 9;
	ASSERT_EQ(SCOPE_HDR_LEN + PAYLOAD,
		  scope_sendto(raw, frame, SCOPE_HDR_LEN + PAYLOAD, 0,
			       path_to(&self->path, 1, 0)));
	EXPECT_EQ(1, ledger_await_reason(&genl, "SCOPE_BAD_VERSION", 1));
	EXPECT_EQ(EINVAL, errno_of(scope_sendto(raw, frame, SCOPE_HDR_LEN - 1,
						0, path_to(&self->path, 1, 0))));
	EXPECT_EQ(EMSGSIZE, errno_of(scope_sendto(raw, frame, PATH_MTU + 1, 0,
						  path_to(&self->path, 1, 0))));
	EXPECT_EQ(EDESTADDRREQ, errno_of(send(raw, frame, SCOPE_HDR_LEN, 0)));
	genl_close(&genl);
	close(raw);
}

/*
 * A word of the protocol's own, that nobody listens on the port of a datagram:
 * it is read as if the protocol had said it, and is a frame sent in the books
 */
TEST_F(raw, writes_for_the_protocol)
{
	struct raw_frame *frame = &self->frame;
	struct scope_hdr asked;
	struct ledger ledger;
	struct genl genl;
	int raw;

	ASSERT_EQ(0, path_enter(&self->path, 1));
	ASSERT_EQ(0, genl_open(&genl));
	ASSERT_EQ(0, path_enter(&self->path, 0));
	raw = raw_socket();
	make_frame(frame, 0);
	asked = frame->hdr;
	frame->hdr.type = SCOPE_T_REFUSE;
	frame->hdr.length = htonl(sizeof(asked));
	memcpy(frame->data, &asked, sizeof(asked));
	ASSERT_EQ(2 * SCOPE_HDR_LEN,
		  scope_sendto(raw, frame, 2 * SCOPE_HDR_LEN, 0,
			       path_to(&self->path, 1, 0)));
	EXPECT_EQ(1, ledger_await(&genl, SKBSCOPE_A_LEDGER_CONTROL_READ, 1));
	genl_close(&genl);
	ASSERT_EQ(0, genl_open(&genl));
	ASSERT_EQ(0, ledger_rest(&genl, &ledger));
	EXPECT_EQ(1, ledger_count(&ledger, TRANSMITTED));
	EXPECT_EQ(0, ledger_count(&ledger, DROPPED));
	genl_close(&genl);
	close(raw);
}

/* There is nobody to wait for */
TEST_F(raw, no_connections)
{
	EXPECT_EQ(EOPNOTSUPP, errno_of(listen(self->raw, 1)));
	EXPECT_EQ(EOPNOTSUPP, errno_of(accept(self->raw, NULL, NULL)));
}

static int set_net_raw(bool on)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return -1;
	data[0].effective &= ~(1U << CAP_NET_RAW);
	if (on)
		data[0].effective |= 1U << CAP_NET_RAW;
	return syscall(SYS_capset, &header, data);
}

static int raw_errno(void)
{
	int fd = socket(scope_family(), SOCK_RAW, 0);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

TEST(capability)
{
	ASSERT_LE(0, path_new_netns());
	EXPECT_EQ(0, raw_errno());
	ASSERT_EQ(0, set_net_raw(false));
	EXPECT_EQ(EPERM, raw_errno());
	ASSERT_EQ(0, set_net_raw(true));
	EXPECT_EQ(0, raw_errno());
}

/* One may do in one's own namespace what one may not in another's */
TEST(user_namespace)
{
	ASSERT_EQ(0, unshare(CLONE_NEWUSER));
	EXPECT_EQ(EPERM, raw_errno());
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	EXPECT_EQ(0, raw_errno());
	ASSERT_EQ(0, set_net_raw(false));
	EXPECT_EQ(EPERM, raw_errno());
}

TEST_HARNESS_MAIN
