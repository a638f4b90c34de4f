/* SPDX-License-Identifier: GPL-2.0 */
/*
 * picture.h - what a view can say of a socket and of an sk_buff
 */
#ifndef _SCOPE_PICTURE_H
#define _SCOPE_PICTURE_H

#include "../skbscope.h"

/**
 * struct scope_skb_pic - an sk_buff at one moment
 *
 * Lengths in octets, offsets from skb->head, -1 where an offset is not set.
 * All zero where there is no sk_buff yet. @sport, @dport are of the header
 * once it is in front of the data or was, else of what is known so far.
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
 *
 * @has_socket tells whether @socket_state and @inode are known: a struct sock
 * without a struct socket has none. @socket is to be shown, not followed.
 * Amounts in octets.
 */
struct scope_sock_pic {
	u64			cookie;
	u64			inode;
	u64			allocated;
	u64			tx_dropped;
	u64			received;
	u64			delivered;
	u64			rx_dropped;
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
	bool			has_socket;
	const struct socket	*socket;
};

void scope_picture_skb(struct scope_skb_pic *pic, const struct sk_buff *skb);
void scope_picture_mem(struct scope_mem *mem, const struct sock *sk);
void scope_picture_sock(struct scope_sock_pic *pic, struct sock *sk);
u32 scope_picture_queue(struct sk_buff_head *queue, struct scope_skb_pic *pics,
			u32 max, u32 *len);
const char *scope_relation_name(u8 relation);
const char *scope_station_name(u8 station);
const char *scope_sk_type_name(u32 type);
const char *scope_sk_state_name(u32 state);

/** SCOPE_ADDR_TEXT - room for any address in text, with its closing zero */
#define SCOPE_ADDR_TEXT	(2 + 3 * SCOPE_ADDR_LEN + 1 + IFNAMSIZ + 1 + 5 + 1)
const char *scope_addr_text(struct net *net, const struct scope_addr *addr,
			    char *buf, size_t size);

#endif /* _SCOPE_PICTURE_H */
