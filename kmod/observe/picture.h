/* SPDX-License-Identifier: GPL-2.0 */
/*
 * picture.h - what a view can say of a socket and of an sk_buff
 */
#ifndef _SCOPE_PICTURE_H
#define _SCOPE_PICTURE_H

#include "../skbscope.h"
#include "../uapi/skbscope_netlink.h"

/**
 * struct scope_skb_pic - an sk_buff at one moment
 * @id: its number, see identity.c
 * @parent: number of the one it came from, 0 for none
 * @len: octets of data
 * @data_len: those of them outside the linear part
 * @data: offset of skb->data from skb->head, as all offsets here: the headroom
 * @tail: of the end of the linear data
 * @end: of the end of the linear part, where skb_shared_info begins
 * @mac: of the link header, -1 where it is not set
 * @network: of the network header
 * @transport: of the transport header, -1 where it is not set
 * @truesize: octets charged for it
 * @users: references to the struct
 * @dataref: structs that share the data
 * @protocol: ethertype, host order
 * @sport: port of the sender, host order
 * @dport: port of the receiver, host order
 * @relation: enum scope_relation of @parent
 * @cloned: skb->cloned
 * @nr_frags: pages outside the linear part
 * @ip_summed: CHECKSUM_*
 * @pkt_type: PACKET_*
 * @flags: SCOPE_F_* of a connection's segment
 * @offset: the octets of its stream before its first one
 * @offset_end: and behind its last one; the same as @offset where it has none
 * @ack: with SCOPE_F_ACK the offset up to which its sender has everything
 * @window: and how many octets more he has room for
 *
 * All zero where there is no sk_buff yet, but what the send call told.
 */
struct scope_skb_pic {
	u64	id;
	u64	parent;
	u32	len;
	u32	data_len;
	u32	data;
	u32	tail;
	u32	end;
	s32	mac;
	s32	network;
	s32	transport;
	u32	truesize;
	u32	users;
	u32	dataref;
	u16	protocol;
	u16	sport;
	u16	dport;
	u8	relation;
	u8	cloned;
	u8	nr_frags;
	u8	ip_summed;
	u8	pkt_type;
	u8	flags;
	u64	offset;
	u64	offset_end;
	u64	ack;
	u32	window;
};

/**
 * struct scope_mem - what a socket is charged with at one moment
 * @rxq: sk_buffs on sk_receive_queue
 * @txq: sk_buffs on sk_write_queue
 * @rmem: sk_rmem_alloc
 * @wmem: sk_wmem_alloc less the one it starts with
 */
struct scope_mem {
	u32	rxq;
	u32	txq;
	u32	rmem;
	u32	wmem;
};

/**
 * struct scope_sock_pic - a socket at one moment
 * @cookie: its number, as SO_COOKIE tells it
 * @inode: of struct socket
 * @allocated: sk_buffs its send calls made
 * @tx_dropped: those of them that were dropped on the way out
 * @received: sk_buffs it was found for
 * @delivered: those of them that a reader got
 * @rx_dropped: those of them that were dropped
 * @held: parked at a station, from it or for it
 * @local: its own address; port 0 when unbound
 * @peer: whom it is connected to; port 0 for nobody
 * @mem: queues and charges
 * @uid: owner
 * @type: SOCK_*
 * @socket_state: SS_* of struct socket
 * @state: TCP_* of struct sock, which every family uses
 * @refs: references to struct sock, the reader's own included
 * @shutdown: RCV_SHUTDOWN, SEND_SHUTDOWN
 * @err: pending error, a positive errno
 * @bound_dev: ifindex of SO_BINDTODEVICE, 0 for none
 * @rcvbuf: limit of @mem.rmem in octets
 * @sndbuf: limit of @mem.wmem in octets
 * @rx_bytes: octets of data on the receive queue
 * @rx_truesize: sum of truesize on it
 * @drops: sk_drops
 * @backlog: connections that wait for accept(), of a listener
 * @backlog_max: and what listen() was given
 * @pair: cookie of the other end of a socketpair(), 0 for none
 * @conn: the connection's protocol, where @has_conn
 * @conn_ooo: its segments that wait for one before them
 * @conn_sent: octets that were sent
 * @wmem_queued: octets charged for what is not sent or not acknowledged
 * @has_conn: whether there is a connection
 * @has_socket: whether there is a struct socket: @inode, @socket_state and
 *	@socket mean nothing without one
 * @socket: its address, to be shown and not followed
 * @file: the same of struct file, NULL for none
 * @file_refs: references to it
 * @file_flags: its O_*
 */
struct scope_sock_pic {
	u64			cookie;
	u64			inode;
	u64			allocated;
	u64			tx_dropped;
	u64			received;
	u64			delivered;
	u64			rx_dropped;
	u64			held;
	struct scope_addr	local;
	struct scope_addr	peer;
	struct scope_mem	mem;
	kuid_t			uid;
	u32			type;
	u32			socket_state;
	u32			state;
	u32			refs;
	u32			shutdown;
	u32			err;
	u32			bound_dev;
	u32			rcvbuf;
	u32			sndbuf;
	u32			rx_bytes;
	u32			rx_truesize;
	u32			drops;
	u32			backlog;
	u32			backlog_max;
	u64			pair;
	struct scope_info	conn;
	u64			conn_sent;
	u32			conn_ooo;
	u32			wmem_queued;
	bool			has_conn;
	bool			has_socket;
	const struct socket	*socket;
	const struct file	*file;
	unsigned long		file_refs;
	u32			file_flags;
};

void scope_picture_frame(struct scope_skb_pic *pic, const struct sk_buff *skb);
void scope_picture_skb(struct scope_skb_pic *pic, const struct sk_buff *skb);
void scope_picture_mem(struct scope_mem *mem, const struct sock *sk);
void scope_picture_sock(struct scope_sock_pic *pic, struct sock *sk, u32 show);
u32 scope_picture_queue(struct sk_buff_head *queue, struct scope_skb_pic *pics,
			u32 max, u32 *len);
const char *scope_relation_name(u8 relation);
const char *scope_station_name(u8 station);
const char *scope_sk_type_name(u32 type);
const char *scope_sk_state_name(u32 state);
const char *scope_socket_state_name(u32 state);

/** SCOPE_ADDR_TEXT - room for any address in text, with its closing zero */
#define SCOPE_ADDR_TEXT	(2 + 3 * SCOPE_ADDR_LEN + 1 + IFNAMSIZ + 1 + 5 + 1)
const char *scope_addr_text(struct net *net, const struct scope_addr *addr,
			    char *buf, size_t size);

#endif /* _SCOPE_PICTURE_H */
