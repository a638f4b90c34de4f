/* SPDX-License-Identifier: GPL-2.0 */
/*
 * segment.h - the other end of a connection, made by hand: it says what a test
 * has it say, segment by segment, and hears what the kernel says to it
 *
 * It stands at end 0 of a pair of veth, under a link address that no device
 * has, so that the kernel there leaves its frames alone. The sockets are at
 * end 1. What either of them writes are the octets of one pattern, each at its
 * place, so that a segment's content follows from its number.
 */
#ifndef SELFTESTS_SEGMENT_H
#define SELFTESTS_SEGMENT_H

#include <endian.h>
#include <sys/time.h>

#include "frame.h"

#define SYN	SCOPE_F_SYN
#define ACK	SCOPE_F_ACK
#define FIN	SCOPE_F_FIN
#define RST	SCOPE_F_RST
#define BUSY	SCOPE_F_BUSY
#define URG	SCOPE_F_URG
#define END	SCOPE_F_END
#define EOR	SCOPE_F_EOR

#define SEGMENT_MTU	1500
#define SEGMENT_MSS	(SEGMENT_MTU - SCOPE_CONN_HDR_LEN)
#define SEGMENT_PATTERN	(1 << 18)	/* octets either end may write */
#define SEGMENT_WINDOW	60000		/* that the peer has room for */
/* The peer's first number: the upper bits say nothing, the lower are 0 */
#define SEGMENT_ISS	(0xfedcbaULL << SCOPE_SEQ_BITS)

struct segment {
	unsigned char		pad[2];		/* aligns what follows eth */
	struct ethhdr		eth;
	struct scope_conn_hdr	conn;
	unsigned char		rest[PATH_MTU];	/* ranges, then payload */
};

struct segment_range {
	__s64	from;
	__s64	to;
};

/**
 * struct heard - a segment the kernel sent, in host order
 * @flags: SCOPE_F_*
 * @mss: as it says
 * @urgent: as it says
 * @window: as it says
 * @seq: its number as it is
 * @ack: its acknowledgment as it is
 * @from: its number as offset in the kernel's stream; -1 for the SYN
 * @acked: its acknowledgment as offset in the peer's stream
 * @len: octets of payload
 * @data: the payload
 * @ranges: how many
 * @range: as offsets in the peer's stream
 */
struct heard {
	__u8			flags;
	__u16			mss;
	__u16			urgent;
	__u32			window;
	__u64			seq;
	__u64			ack;
	__s64			from;
	__s64			acked;
	int			len;
	const unsigned char	*data;
	int			ranges;
	struct segment_range	range[SCOPE_RANGES];
};

/**
 * struct peer - the end made by hand, and the kernel's sockets
 * @wire: its packet socket, and the ledger of the kernel's end
 * @type: enum scope_type of the connection
 * @port: its own
 * @to: the kernel's
 * @irs: first number of the kernel
 * @ack: next number it wants
 * @next: offset of the next octet it sends
 * @window: octets it has room for
 * @mss: octets of payload it receives in one frame
 * @put: the segment it sends, for a test to spoil
 * @len: octets of that behind the Ethernet header
 * @edge: offset up to which the kernel ever had room
 * @got: the one it received
 * @heard: what that says
 * @listener: of the kernel, or -1
 * @fd: the kernel's end of the connection, or -1
 * @pattern: what both ends write
 */
struct peer {
	struct wire	wire;
	__u8		type;
	__u16		port;
	__u16		to;
	__u64		irs;
	__u64		ack;
	__s64		next;
	__u32		window;
	__u16		mss;
	struct segment	put;
	size_t		len;
	__s64		edge;
	struct segment	got;
	struct heard	heard;
	int		listener;
	int		fd;
	unsigned char	*pattern;
};

static const unsigned char peer_link[ETH_ALEN] = { 0x02, 0, 0, 0, 0, 0x77 };

static inline int peer_sock_type(const struct peer *peer)
{
	return peer->type == SCOPE_T_STREAM ? SOCK_STREAM : SOCK_SEQPACKET;
}

/* The peer's address, as the kernel's end has it */
static inline struct sockaddr_scope peer_addr(const struct peer *peer)
{
	return scope_addr(peer->port, peer->wire.path.ifindex[1], peer_link);
}

/* A socket at the kernel's end whose calls do not wait for ever, or -1 */
static inline int peer_socket(const struct peer *peer, int flags)
{
	struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	int fd = socket(scope_family(), peer_sock_type(peer) | flags, 0);

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
				  sizeof(patience))) {
		close(fd);
		return -1;
	}
	return fd;
}

static inline int peer_bound(const struct peer *peer, int flags)
{
	int fd = peer_socket(peer, flags);

	if (fd >= 0 && scope_bind(fd, path_own(&peer->wire.path, 1, peer->to))) {
		close(fd);
		return -1;
	}
	return fd;
}

static inline int peer_listen(struct peer *peer, int backlog)
{
	peer->listener = peer_bound(peer, 0);
	return peer->listener < 0 ? -1 : listen(peer->listener, backlog);
}

/* Leaves the caller at the kernel's end. Returns 0, or -1 with errno set */
static inline int peer_open(struct peer *peer, int type)
{
	struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	struct wire *wire = &peer->wire;
	int end;

	if (wire_open(wire, PATH_VETH) ||
	    bind(wire->raw, (struct sockaddr *)&wire->to, sizeof(wire->to)) ||
	    setsockopt(wire->raw, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)))
		return -1;
	for (end = 0; end < 2; end++)
		if (path_enter(&wire->path, end) ||
		    path_dev_mtu(path_dev(&wire->path, end), SEGMENT_MTU) ||
		    frame_no_offload(path_dev(&wire->path, end)))
			return -1;
	peer->type = type;
	peer->port = SCOPE_TX_PORT;
	peer->to = SCOPE_RX_PORT;
	peer->window = SEGMENT_WINDOW;
	peer->mss = SEGMENT_MSS;
	peer->listener = -1;
	peer->fd = -1;
	peer->put.eth = wire->frame.eth;
	memcpy(peer->put.eth.h_source, peer_link, ETH_ALEN);
	peer->pattern = malloc(SEGMENT_PATTERN);
	if (!peer->pattern)
		return -1;
	scope_fill(peer->pattern, SEGMENT_PATTERN, 0);
	return 0;
}

/* What the kernel's end has not accounted for once nothing moves, or -errno */
static inline __s64 peer_close(struct peer *peer)
{
	struct ledger ledger;
	int err;

	close(peer->fd);
	close(peer->listener);
	free(peer->pattern);
	err = ledger_rest(&peer->wire.genl, &ledger);
	genl_close(&peer->wire.genl);
	close(peer->wire.raw);
	return err ?: ledger_missing(&ledger);
}

/* A right segment with @len octets of the pattern; -1 is the SYN's offset */
static inline void peer_make(struct peer *peer, int flags, __s64 from, int len)
{
	struct segment *put = &peer->put;

	put->conn = (struct scope_conn_hdr) {
		.hdr = {
			.version = SCOPE_VERSION,
			.type = peer->type,
			.hlen = SCOPE_CONN_HDR_LEN,
			.flags = flags,
			.sport = htons(peer->port),
			.dport = htons(peer->to),
			.length = htonl(len),
		},
		.seq = htobe64(SEGMENT_ISS + 1 + from),
		.ack = flags & ACK ? htobe64(peer->ack) : 0,
		.window = htonl(peer->window),
		.mss = htons(peer->mss),
	};
	if (len)
		memcpy(put->rest, peer->pattern + from, len);
	peer->len = SCOPE_CONN_HDR_LEN + len;
}

/* One more range of one that has no payload; offsets in the kernel's stream */
static inline void peer_range(struct peer *peer, __s64 from, __s64 to)
{
	struct scope_range range = {
		.from = htobe64(peer->irs + 1 + from),
		.to = htobe64(peer->irs + 1 + to),
	};

	memcpy((char *)&peer->put.conn + peer->len, &range, sizeof(range));
	peer->put.conn.hdr.hlen += sizeof(range);
	peer->len += sizeof(range);
}

/* What was made, or was changed since */
static inline int peer_put(struct peer *peer)
{
	struct segment *put = &peer->put;
	ssize_t all = sizeof(put->eth) + peer->len;

	put->conn.hdr.check = 0;
	put->conn.hdr.check = frame_sum(&put->conn, peer->len);
	return send(peer->wire.raw, &put->eth, all, 0) == all ? 0 : -errno;
}

/* The next one in the stream */
static inline int peer_send(struct peer *peer, int flags, int len)
{
	peer_make(peer, flags, peer->next, len);
	peer->next += len + !!(flags & FIN) + !!(flags & END);
	return peer_put(peer);
}

/* Another one than the next */
static inline int peer_send_at(struct peer *peer, int flags, __s64 from,
			       int len)
{
	peer_make(peer, flags, from, len);
	return peer_put(peer);
}

/* No segment of the kernel's may be malformed, whatever it is */
static inline bool peer_is_right(const struct peer *peer, size_t len)
{
	const struct scope_conn_hdr *conn = &peer->got.conn;
	int ranges = conn->hdr.hlen - SCOPE_CONN_HDR_LEN;

	return len <= SEGMENT_MTU && len >= SCOPE_CONN_HDR_LEN &&
	       conn->hdr.version == SCOPE_VERSION &&
	       conn->hdr.type == peer->type &&
	       conn->hdr.hlen >= SCOPE_CONN_HDR_LEN && !(ranges % 16) &&
	       ranges <= SCOPE_RANGES * 16 &&
	       conn->hdr.hlen + ntohl(conn->hdr.length) == len &&
	       !conn->zero && conn->mss && !frame_sum(conn, len);
}

static inline void peer_decode(struct peer *peer)
{
	const struct scope_conn_hdr *conn = &peer->got.conn;
	struct heard *heard = &peer->heard;
	struct scope_range range;
	int i;

	*heard = (struct heard) {
		.flags = conn->hdr.flags,
		.mss = ntohs(conn->mss),
		.urgent = ntohs(conn->hdr.urgent),
		.window = ntohl(conn->window),
		.seq = be64toh(conn->seq),
		.ack = be64toh(conn->ack),
		.len = ntohl(conn->hdr.length),
		.data = (unsigned char *)conn + conn->hdr.hlen,
		.ranges = (conn->hdr.hlen - SCOPE_CONN_HDR_LEN) / 16,
	};
	if (heard->flags & SYN)
		peer->irs = heard->seq;
	heard->from = heard->seq - peer->irs - 1;
	heard->acked = heard->ack - SEGMENT_ISS - 1;
	if (heard->flags & ACK && heard->window != SCOPE_WINDOW_CLOSED &&
	    heard->acked + heard->window > peer->edge)
		peer->edge = heard->acked + heard->window;
	for (i = 0; i < heard->ranges; i++) {
		memcpy(&range, peer->got.rest + i * sizeof(range),
		       sizeof(range));
		heard->range[i].from = be64toh(range.from) - SEGMENT_ISS - 1;
		heard->range[i].to = be64toh(range.to) - SEGMENT_ISS - 1;
	}
}

/* The frame is for the peer, and of the connection that the test is at */
static inline bool peer_is_meant(const struct peer *peer)
{
	const struct segment *got = &peer->got;

	return !memcmp(got->eth.h_dest, peer_link, ETH_ALEN) &&
	       ntohs(got->conn.hdr.sport) == peer->to &&
	       ntohs(got->conn.hdr.dport) == peer->port;
}

/* The next segment. Returns 0, -EAGAIN if none comes, -EBADMSG */
static inline int peer_hear(struct peer *peer)
{
	ssize_t len;

	do {
		len = recv(peer->wire.raw, &peer->got.eth, ETH_HLEN + PATH_MTU,
			   0);
		if (len < 0)
			return -errno;
	} while (!peer_is_meant(peer));
	if (!peer_is_right(peer, len - ETH_HLEN))
		return -EBADMSG;
	peer_decode(peer);
	return 0;
}

/*
 * Hears until a segment is as wanted: acknowledgments may be merged or come
 * twice, and what is not acknowledged in time is sent again.
 */
#define peer_await(peer, condition) ({			\
	int __err;					\
							\
	do {						\
		__err = peer_hear(peer);		\
	} while (!__err && !(condition));		\
	__err; })

/* The same for the flags, by far the most wanted */
static inline int peer_await_flags(struct peer *peer, int flags)
{
	return peer_await(peer, peer->heard.flags == flags);
}

/* Until that much of what the peer sent is acknowledged, by whatever */
static inline int peer_await_acked(struct peer *peer, __s64 offset)
{
	return peer_await(peer, peer->heard.flags & ACK &&
				peer->heard.acked == offset);
}

/* What was heard is not wanted again */
static inline void peer_take(struct peer *peer)
{
	const struct heard *heard = &peer->heard;

	peer->ack = heard->seq + heard->len +
		    !!(heard->flags & (SYN | FIN)) + !!(heard->flags & END);
}

/* The payload heard is that part of the pattern */
static inline bool peer_heard_pattern(const struct peer *peer)
{
	return !memcmp(peer->heard.data, peer->pattern + peer->heard.from,
		       peer->heard.len);
}

/* Opens a connection to the listener, as far as accept() */
static inline int peer_shake(struct peer *peer)
{
	int err;

	peer->next = 0;
	peer->edge = 0;
	err = peer_send_at(peer, SYN, -1, 0) ?:
	      peer_await_flags(peer, SYN | ACK);
	if (err)
		return err;
	peer_take(peer);
	return peer_send(peer, ACK, 0);
}

static inline int peer_join(struct peer *peer)
{
	struct timeval patience = { .tv_sec = SCOPE_PATIENCE / 1000 };
	int err;

	if (peer_listen(peer, 5))
		return -errno;
	err = peer_shake(peer);
	if (err)
		return err;
	peer->fd = accept(peer->listener, NULL, NULL);
	if (peer->fd < 0 || setsockopt(peer->fd, SOL_SOCKET, SO_RCVTIMEO,
				       &patience, sizeof(patience)))
		return -errno;
	return 0;
}

static inline int peer_info(const struct peer *peer, struct scope_info *info)
{
	socklen_t len = sizeof(*info);

	return getsockopt(peer->fd, SOL_SCOPE, SCOPE_INFO, info, &len) ?
	       -errno : 0;
}

/* Reads exactly that much; the octets must be the pattern's from there on */
static inline bool peer_reads(const struct peer *peer, __s64 from, int len)
{
	static unsigned char data[SEGMENT_PATTERN];

	return recv(peer->fd, data, len, MSG_WAITALL) == len &&
	       !memcmp(data, peer->pattern + from, len);
}

/* How many sockets the kernel's end has; they are gone when all are closed */
static inline int peer_sockets(struct peer *peer)
{
	struct genl_attrs info;

	return genl_get(&peer->wire.genl, SKBSCOPE_CMD_INFO_GET, 0, NULL, 0,
			&info) ?: genl_u32(&info, SKBSCOPE_A_INFO_SOCKETS);
}

static inline bool peer_await_sockets(struct peer *peer, int sockets)
{
	int i;

	for (i = 0; i < SCOPE_PATIENCE; i++) {
		if (peer_sockets(peer) == sockets)
			return true;
		usleep(1000);
	}
	return false;
}

#endif /* SELFTESTS_SEGMENT_H */
