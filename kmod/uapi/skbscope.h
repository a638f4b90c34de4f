/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * skbscope.h - what programs include to use AF_SCOPE
 *
 * The address, the header on the wire, the stations of the data path and the
 * family's own drop reasons. The netlink contract is in skbscope_netlink.h.
 */
#ifndef _UAPI_SKBSCOPE_H
#define _UAPI_SKBSCOPE_H

#include <linux/types.h>

/**
 * SCOPE_FAMILY_DEFAULT - the family number the module asks for
 *
 * AF_MAX leaves no number free, so one without a protocol behind it is
 * borrowed, and it may be another one: read it from
 * /sys/module/skbscope/parameters/family, /proc/net/scope or netlink.
 */
#define SCOPE_FAMILY_DEFAULT	18

/** ETH_P_SCOPE - ethertype of the family's frames (IEEE 802 local experiment) */
#define ETH_P_SCOPE		0x88B5

/** SCOPE_DEV_NAME - the device every network namespace has one of */
#define SCOPE_DEV_NAME		"scope0"

#define SCOPE_ADDR_LEN		8	/* octets of a link address, zero padded */

/**
 * struct sockaddr_scope - address of an AF_SCOPE socket
 * @sscope_family: the family number, host order
 * @sscope_port: network order; 0 asks bind() for a free one
 * @sscope_ifindex: device, host order; 0 is this namespace's scope0
 * @sscope_addr: link address, zero padded; all zero is this node
 *
 * Text form: ``PORT``, ``DEV:PORT`` or ``[LINK-ADDR%DEV]:PORT``, ``*`` for a
 * port that is not set.
 */
struct sockaddr_scope {
	__u16	sscope_family;
	__be16	sscope_port;
	__u32	sscope_ifindex;
	__u8	sscope_addr[SCOPE_ADDR_LEN];
};

/** SCOPE_PORT_RESERVED - ports under this one need CAP_NET_BIND_SERVICE */
#define SCOPE_PORT_RESERVED	1024
#define SCOPE_PORT_FREE_MIN	32768	/* bind() to port 0 picks from here */
#define SCOPE_PORT_FREE_MAX	60999	/* to here */

#define SCOPE_VERSION		1

/**
 * enum scope_type - what a frame is
 * @SCOPE_T_DGRAM: a datagram: the payload is one message
 * @SCOPE_T_REFUSE: no datagram socket has the port: the payload is the header
 *	of the frame that is refused
 * @SCOPE_T_STREAM: a segment of a SOCK_STREAM connection
 * @SCOPE_T_SEQPACKET: a segment of a SOCK_SEQPACKET connection
 *
 * Every other value is dropped. The last two have struct scope_conn_hdr.
 */
enum scope_type {
	SCOPE_T_DGRAM		= 1,
	SCOPE_T_REFUSE		= 2,
	SCOPE_T_STREAM		= 3,
	SCOPE_T_SEQPACKET	= 4,
};

/*
 * Flags of a connection's segment; a datagram has none.
 */
#define SCOPE_F_SYN	0x01	/* opens: @seq is the first number; takes one */
#define SCOPE_F_ACK	0x02	/* @ack counts: all but the first SYN and RSTs */
#define SCOPE_F_FIN	0x04	/* the sender is done; takes one number */
#define SCOPE_F_RST	0x08	/* there is no such connection (any more) */
#define SCOPE_F_BUSY	0x10	/* with RST: the listener's backlog is full */
#define SCOPE_F_URG	0x20	/* the last octet is urgent, see @urgent */
#define SCOPE_F_END	0x40	/* SEQPACKET: a record ends; takes one number */
#define SCOPE_F_EOR	0x80	/* with END: the program said MSG_EOR */

/**
 * struct scope_hdr - header of a frame, behind the device's own
 * @version: SCOPE_VERSION
 * @type: enum scope_type
 * @hlen: octets of the whole header, a multiple of 4: 16 for datagrams, 40 and
 *	16 for each range received out of order for a connection's segment
 * @flags: SCOPE_F_* of a connection's segment, else 0
 * @sport: port of the sender, never 0
 * @dport: port of the receiver, never 0
 * @length: octets of payload behind the header; what follows is padding
 * @check: ones' complement sum over header and payload, as IP's
 * @urgent: with SCOPE_F_URG the length again, for the last octet of the payload
 *	is the urgent one; else 0
 *
 * All fields in network order.
 */
struct scope_hdr {
	__u8	version;
	__u8	type;
	__u8	hlen;
	__u8	flags;
	__be16	sport;
	__be16	dport;
	__be32	length;
	__sum16	check;
	__be16	urgent;
};

#define SCOPE_HDR_LEN		16	/* sizeof(struct scope_hdr) */

/**
 * struct scope_range - octets of a stream that arrived out of order
 * @from: number of the first one
 * @to: number behind the last one
 *
 * At most SCOPE_RANGES of them follow struct scope_conn_hdr, the one that has
 * the newest segment first. A first range at or under @ack tells of a segment
 * that came twice.
 */
struct scope_range {
	__be64	from;
	__be64	to;
};

#define SCOPE_RANGES		4

/**
 * struct scope_conn_hdr - header of a connection's segment
 * @hdr: what every frame has
 * @seq: number of the first octet of payload. A connection's first number, its
 *	SYN's, is random in the upper 24 bits and 0 in the lower 40: so the
 *	lower ones less one are the offset in the stream
 * @ack: number of the next octet wanted
 * @window: octets that may be sent from @ack on, less than before where memory
 *	has become short; all ones where the reading side is shut down
 * @mss: octets of payload that the sender of this frame can receive in one
 * @zero: 0
 * @ranges: what arrived out of order, (hlen - 40) / 16 of them
 *
 * All fields in network order.
 */
struct scope_conn_hdr {
	struct scope_hdr	hdr;
	__be64			seq;
	__be64			ack;
	__be32			window;
	__be16			mss;
	__be16			zero;
	struct scope_range	ranges[];
};

#define SCOPE_CONN_HDR_LEN	40	/* sizeof(struct scope_conn_hdr) */
#define SCOPE_WINDOW_CLOSED	0xffffffffu
#define SCOPE_SEQ_BITS		40	/* of a number, that are the offset */

/** SCOPE_RECORD_MAX - octets of the longest record SOCK_SEQPACKET carries */
#define SCOPE_RECORD_MAX	1048576

/** SOL_SCOPE - level of the family's own socket options */
#define SOL_SCOPE		0x5c0

#define SCOPE_KEEPIDLE		1	/* int, seconds idle before a probe */
#define SCOPE_KEEPINTVL		2	/* int, seconds between probes */
#define SCOPE_KEEPCNT		3	/* int, probes without an answer */
#define SCOPE_INFO		4	/* struct scope_info, read only */

/**
 * struct scope_info - a connection, as getsockopt(SCOPE_INFO) has it
 * @state: state of struct sock, numbered as TCP's
 * @mss: octets of payload in a full segment
 * @cwnd: segments that may be on their way at once
 * @pipe: segments that are believed to be on their way
 * @snd_window: octets the peer has room for
 * @rcv_window: octets we told the peer there is room for
 * @rtt_us: smoothed round trip time in microseconds, 0 where not measured
 * @rttvar_us: its mean deviation
 * @min_rtt_us: the shortest one
 * @rto_us: time until a segment is sent again
 * @retransmits: segments that were sent again, all in all
 * @timeouts: times that the retransmission timer struck
 * @written: octets that send calls took; as in the next ones a record counts one
 *	more
 * @acked: octets of them that the peer has
 * @received: octets that arrived in order
 * @read: octets of them that recv calls gave
 */
struct scope_info {
	__u32	state;
	__u32	mss;
	__u32	cwnd;
	__u32	pipe;
	__u32	snd_window;
	__u32	rcv_window;
	__u32	rtt_us;
	__u32	rttvar_us;
	__u32	min_rtt_us;
	__u32	rto_us;
	__u32	retransmits;
	__u32	timeouts;
	__u64	written;
	__u64	acked;
	__u64	received;
	__u64	read;
};

/*
 * The stations: one numbered point of the data path each, in the order a
 * packet passes them. X(symbol, number, name).
 */
#define SCOPE_STATIONS(X)				\
	X(SOCKET_SEND,		1,  "socket.send")	\
	X(SOCKET_ALLOC,		2,  "socket.alloc")	\
	X(PROTOCOL_PUSH,	3,  "protocol.push")	\
	X(PROTOCOL_CLONE,	4,  "protocol.clone")	\
	X(DEVICE_QUEUE,		5,  "device.queue")	\
	X(DEVICE_XMIT,		6,  "device.xmit")	\
	X(DEVICE_RECEIVE,	7,  "device.receive")	\
	X(PROTOCOL_RECEIVE,	8,  "protocol.receive")	\
	X(PROTOCOL_DELIVER,	9,  "protocol.deliver")	\
	X(SOCKET_QUEUE,		10, "socket.queue")	\
	X(SOCKET_RECV,		11, "socket.recv")	\
	X(END_CONSUMED,		12, "end.consumed")	\
	X(END_DROPPED,		13, "end.dropped")

/*
 * enum scope_station - a point of the data path
 * @SCOPE_STATION_SOCKET_SEND: a send call is accepted; there is no sk_buff yet,
 *	only the number it will have, or the one that its octets are added to
 * @SCOPE_STATION_SOCKET_ALLOC: the sk_buff is charged to the sender and filled
 * @SCOPE_STATION_PROTOCOL_PUSH: struct scope_hdr is in front of the payload
 * @SCOPE_STATION_PROTOCOL_CLONE: a clone that goes on; its parent is kept to
 *	retransmit (not for datagrams)
 * @SCOPE_STATION_DEVICE_QUEUE: the link header is in front; the qdisc is next
 * @SCOPE_STATION_DEVICE_XMIT: the driver's ndo_start_xmit is next
 * @SCOPE_STATION_DEVICE_RECEIVE: the receiving device hands the frame up
 * @SCOPE_STATION_PROTOCOL_RECEIVE: the header is checked and pulled
 * @SCOPE_STATION_PROTOCOL_DELIVER: a socket is found for it
 * @SCOPE_STATION_SOCKET_QUEUE: charged to the receiver, on its receive queue
 * @SCOPE_STATION_SOCKET_RECV: copied to the reader; off the queue, but where a
 *	stream's reader took a part
 * @SCOPE_STATION_END_CONSUMED: freed, having done its work
 * @SCOPE_STATION_END_DROPPED: freed before that; there is a reason
 */
enum scope_station {
	SCOPE_STATION_UNSPEC,
#define SCOPE_STATION_ENTRY(symbol, number, name) \
	SCOPE_STATION_##symbol = number,
	SCOPE_STATIONS(SCOPE_STATION_ENTRY)
#undef SCOPE_STATION_ENTRY
	__SCOPE_STATION_MAX,
};

#define SCOPE_STATION_MAX	(__SCOPE_STATION_MAX - 1)

/*
 * How an sk_buff came from the one named its parent. X(symbol, number, name).
 */
#define SCOPE_RELATIONS(X)				\
	X(NONE,			0, "none")		\
	X(CLONE,		1, "clone")		\
	X(COPY,			2, "copy")		\
	X(REPLY,		3, "reply")		\
	X(RETRANSMISSION,	4, "retransmission")	\
	X(SEGMENT,		5, "segment")		\
	X(MERGE,		6, "merge")

/*
 * enum scope_relation - how an sk_buff came from its parent
 * @SCOPE_RELATION_NONE: it has no parent, or none that is known
 * @SCOPE_RELATION_CLONE: a second struct over the parent's data
 * @SCOPE_RELATION_COPY: a struct with data of its own, filled from the
 *	parent's, or the parent itself after a driver cut it from its socket:
 *	nothing in it tells the two apart
 * @SCOPE_RELATION_REPLY: made by the protocol because of the parent
 * @SCOPE_RELATION_RETRANSMISSION: a clone of the parent that is sent because an
 *	earlier one is believed lost
 * @SCOPE_RELATION_SEGMENT: it has the octets behind the parent's: of the same
 *	send call, or cut off the parent
 * @SCOPE_RELATION_MERGE: it collects the octets of small segments on a receive
 *	queue, the first of which is the parent
 */
enum scope_relation {
#define SCOPE_RELATION_ENTRY(symbol, number, name) \
	SCOPE_RELATION_##symbol = number,
	SCOPE_RELATIONS(SCOPE_RELATION_ENTRY)
#undef SCOPE_RELATION_ENTRY
};

/*
 * The family's own reasons for a drop, beside the kernel's enum
 * skb_drop_reason, whose values move between kernels and whose subsystems are
 * a closed list. Told apart by the upper half, as the kernel does.
 * X(symbol, number, name).
 */
#define SCOPE_DROP_SUBSYS	0x53430000u
#define SCOPE_DROP_SUBSYS_MASK	0xffff0000u

#define SCOPE_DROPS(X)					\
	X(BAD_VERSION,		0, "SCOPE_BAD_VERSION")	\
	X(BAD_TYPE,		1, "SCOPE_BAD_TYPE")	\
	X(BAD_HLEN,		2, "SCOPE_BAD_HLEN")	\
	X(BAD_FLAGS,		3, "SCOPE_BAD_FLAGS")	\
	X(BAD_PORT,		4, "SCOPE_BAD_PORT")	\
	X(BAD_LENGTH,		5, "SCOPE_BAD_LENGTH")	\
	X(NOT_PEER,		6, "SCOPE_NOT_PEER")	\
	X(SHUTDOWN,		7, "SCOPE_SHUTDOWN")	\
	X(CLOSED,		8, "SCOPE_CLOSED")	\
	X(SEND_FAULT,		9, "SCOPE_SEND_FAULT")	\
	X(DEV_DOWN,		10, "SCOPE_DEV_DOWN")	\
	X(NOT_OURS,		11, "SCOPE_NOT_OURS")	\
	X(BAD_SOURCE,		12, "SCOPE_BAD_SOURCE")	\
	X(OLD_DATA,		13, "SCOPE_OLD_DATA")	\
	X(OVER_WINDOW,		14, "SCOPE_OVER_WINDOW") \
	X(BAD_ACK,		15, "SCOPE_BAD_ACK")	\
	X(RESET,		16, "SCOPE_RESET")	\
	X(FAULT,		17, "SCOPE_FAULT")	\
	X(VERDICT,		18, "SCOPE_VERDICT")	\
	X(HOLD_FULL,		19, "SCOPE_HOLD_FULL")

/*
 * enum scope_drop - why the family itself dropped an sk_buff
 * @SCOPE_DROP_BAD_VERSION: header version is not SCOPE_VERSION
 * @SCOPE_DROP_BAD_TYPE: no such frame type
 * @SCOPE_DROP_BAD_HLEN: header length is wrong for the type
 * @SCOPE_DROP_BAD_FLAGS: a flag, or the urgent field, that must be 0 is not
 * @SCOPE_DROP_BAD_PORT: source or destination port 0
 * @SCOPE_DROP_BAD_LENGTH: more payload announced than the frame holds
 * @SCOPE_DROP_NOT_PEER: the socket is connected to somebody else
 * @SCOPE_DROP_SHUTDOWN: the receiver shut down its reading side
 * @SCOPE_DROP_CLOSED: the socket was closed with it unread
 * @SCOPE_DROP_SEND_FAULT: the sender's memory could not be read
 * @SCOPE_DROP_DEV_DOWN: scope0 went down with it on the way
 * @SCOPE_DROP_NOT_OURS: scope0 carries no other ethertype
 * @SCOPE_DROP_BAD_SOURCE: the source link address can't be a node's
 * @SCOPE_DROP_OLD_DATA: a segment whose octets arrived before
 * @SCOPE_DROP_OVER_WINDOW: a segment behind what the window had room for
 * @SCOPE_DROP_BAD_ACK: a segment that acknowledges what was never sent, or none
 * @SCOPE_DROP_RESET: the connection was reset with it unsent, unread or not
 *	acknowledged
 * @SCOPE_DROP_FAULT: a rule says that it is lost there
 * @SCOPE_DROP_VERDICT: it was held, and somebody had it dropped
 * @SCOPE_DROP_HOLD_FULL: a rule was to hold it, and held as many as it may
 */
enum scope_drop {
#define SCOPE_DROP_ENTRY(symbol, number, name) \
	SCOPE_DROP_##symbol = SCOPE_DROP_SUBSYS | (number),
	SCOPE_DROPS(SCOPE_DROP_ENTRY)
#undef SCOPE_DROP_ENTRY
};

#endif /* _UAPI_SKBSCOPE_H */
