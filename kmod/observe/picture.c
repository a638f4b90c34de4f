// SPDX-License-Identifier: GPL-2.0
/*
 * picture.c - a socket and an sk_buff, read into plain structs
 *
 * Place: beside the data path. Every view goes through here, so that all of
 * them say the same. Called by station.c in process and softirq context with
 * the sk_buff in the caller's hands, and by expose/ in process context with a
 * reference to the socket. Takes peer_lock, sk_callback_lock and the receive
 * queue's lock, one at a time.
 */
#include <linux/inet.h>
#include <net/tcp_states.h>

#include "hold.h"
#include "picture.h"

/* As skb_mac_header_was_set() and its like have it: all ones is unset */
static s32 scope_offset(u16 offset)
{
	return offset == (u16)~0U ? -1 : offset;
}

/* The family's header, once there is one in the linear part; or NULL */
static const struct scope_hdr *scope_picture_hdr(const struct scope_skb_pic *pic,
						 const struct sk_buff *skb,
						 size_t len)
{
	if (pic->transport < 0 || pic->transport + len > pic->tail)
		return NULL;
	return scope_hdr(skb);
}

/* Of a connection's segment, what its header says; NULL if it has none */
static const struct scope_conn_hdr *
scope_picture_segment(struct scope_skb_pic *pic, const struct sk_buff *skb)
{
	const struct scope_conn_hdr *hdr;

	hdr = (void *)scope_picture_hdr(pic, skb, sizeof(*hdr));
	if (!hdr || hdr->hdr.version != SCOPE_VERSION ||
	    (hdr->hdr.type != SCOPE_T_STREAM &&
	     hdr->hdr.type != SCOPE_T_SEQPACKET))
		return NULL;
	pic->flags = hdr->hdr.flags;
	if (pic->flags & SCOPE_F_ACK) {
		pic->ack = scope_seq_offset(be64_to_cpu(hdr->ack));
		pic->window = ntohl(hdr->window);
	}
	if (hdr->hdr.length || pic->flags & SCOPE_F_END) {
		pic->offset = scope_seq_offset(be64_to_cpu(hdr->seq));
		pic->offset_end = pic->offset + ntohl(hdr->hdr.length);
	}
	return hdr;
}

/**
 * scope_picture_frame() - read an sk_buff that others have
 * @pic: where to
 * @skb: not to be changed by others meanwhile
 *
 * Its cb is theirs: its number is not read, nor what the family keeps there.
 *
 * Context: any. No lock, no failure.
 */
void scope_picture_frame(struct scope_skb_pic *pic, const struct sk_buff *skb)
{
	const struct scope_hdr *hdr;

	memset(pic, 0, sizeof(*pic));
	pic->len = skb->len;
	pic->data_len = skb->data_len;
	pic->data = skb_headroom(skb);
	pic->tail = skb_tail_pointer(skb) - skb->head;
	pic->end = skb_end_offset(skb);
	pic->mac = scope_offset(skb->mac_header);
	pic->network = skb->network_header;
	pic->transport = scope_offset(skb->transport_header);
	pic->truesize = skb->truesize;
	pic->users = refcount_read(&skb->users);
	pic->dataref = atomic_read(&skb_shinfo(skb)->dataref) &
		       SKB_DATAREF_MASK;
	pic->protocol = ntohs(skb->protocol);
	pic->cloned = skb->cloned;
	pic->nr_frags = skb_shinfo(skb)->nr_frags;
	pic->ip_summed = skb->ip_summed;
	pic->pkt_type = skb->pkt_type;
	hdr = scope_picture_hdr(pic, skb, sizeof(*hdr));
	if (hdr) {
		pic->sport = ntohs(hdr->sport);
		pic->dport = ntohs(hdr->dport);
		scope_picture_segment(pic, skb);
	}
}

/**
 * scope_picture_skb() - read an sk_buff
 * @pic: where to
 * @skb: the family's; not to be changed by others meanwhile
 *
 * Context: any. No lock, no failure.
 */
void scope_picture_skb(struct scope_skb_pic *pic, const struct sk_buff *skb)
{
	const struct scope_skb_cb *cb = scope_skb_cb(skb);

	scope_picture_frame(pic, skb);
	pic->id = cb->id;
	pic->parent = cb->parent;
	pic->relation = cb->relation;
	if (!scope_picture_hdr(pic, skb, sizeof(struct scope_hdr))) {
		pic->sport = ntohs(cb->port);
		pic->dport = ntohs(cb->segment ? cb->pport : cb->peer.port);
	}
	/* On a queue, where it may have been cut since it had its header */
	if (cb->segment) {
		pic->flags |= cb->flags;
		pic->offset = scope_seq_offset(cb->seq);
		pic->offset_end = pic->offset + skb->len;
		if (pic->transport == pic->data)
			pic->offset_end -= SCOPE_CONN_HDR_LEN;
	}
}

/**
 * scope_picture_mem() - read what a socket is charged with
 * @mem: where to
 * @sk: the socket
 *
 * Context: any. The four numbers are each exact, not of one instant.
 */
void scope_picture_mem(struct scope_mem *mem, const struct sock *sk)
{
	mem->rxq = skb_queue_len_lockless(&sk->sk_receive_queue);
	mem->txq = skb_queue_len_lockless(&sk->sk_write_queue);
	mem->rmem = atomic_read(&sk->sk_rmem_alloc);
	mem->wmem = sk_wmem_alloc_get(sk);
}

/*
 * It is freed behind its socket, which leaves the sock under the lock that is held
 * here.
 */
static void scope_picture_file(struct scope_sock_pic *pic,
			       struct file *file)
{
	if (!file)
		return;
	pic->file = file;
	pic->file_refs = file_count(file);
	pic->file_flags = READ_ONCE(file->f_flags);
}

static void scope_picture_owner(struct scope_sock_pic *pic, struct sock *sk)
{
	read_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_socket) {
		pic->has_socket = true;
		pic->socket = sk->sk_socket;
		pic->socket_state = sk->sk_socket->state;
		pic->inode = SOCK_INODE(sk->sk_socket)->i_ino;
		scope_picture_file(pic, READ_ONCE(sk->sk_socket->file));
	}
	read_unlock_bh(&sk->sk_callback_lock);
	pic->uid = sk_uid(sk);
}

/* What came of each before how many came: never more out than in */
static void scope_picture_received(struct scope_sock_pic *pic,
				   const struct scope_sock *ss)
{
	pic->delivered = atomic_long_read(&ss->delivered);
	pic->rx_dropped = atomic_long_read(&ss->rx_dropped);
	pic->received = atomic_long_read(&ss->received);
}

static void scope_picture_rx_queue(struct scope_sock_pic *pic, struct sock *sk)
{
	const struct sk_buff *skb;
	unsigned long flags;

	spin_lock_irqsave(&sk->sk_receive_queue.lock, flags);
	scope_picture_mem(&pic->mem, sk);
	skb_queue_walk(&sk->sk_receive_queue, skb) {
		pic->rx_bytes += skb->len;
		pic->rx_truesize += skb->truesize;
	}
	scope_picture_received(pic, scope_sk(sk));
	spin_unlock_irqrestore(&sk->sk_receive_queue.lock, flags);
}

/**
 * scope_picture_sock() - read a socket
 * @pic: where to
 * @sk: the socket, with a reference held
 * @show: of enum skbscope_show, what of it is wanted; the rest is 0 where it
 *	would have to be looked for
 *
 * The queue's length, octets and truesize and sk_rmem_alloc are of one
 * instant: the queue's lock is held.
 *
 * Context: process, or softirq without the locks named above.
 */
void scope_picture_sock(struct scope_sock_pic *pic, struct sock *sk, u32 show)
{
	struct scope_sock *ss = scope_sk(sk);

	memset(pic, 0, sizeof(*pic));
	pic->cookie = ss->cookie;
	pic->type = sk->sk_type;
	pic->local.port = READ_ONCE(ss->bound.port);
	pic->local.ifindex = READ_ONCE(ss->bound.ifindex);
	pic->peer = scope_peer(sk);
	if (show & SKBSCOPE_SHOW_OWNER)
		scope_picture_owner(pic, sk);

	pic->state = READ_ONCE(sk->sk_state);
	pic->refs = refcount_read(&sk->sk_refcnt);
	pic->shutdown = READ_ONCE(sk->sk_shutdown);
	pic->err = READ_ONCE(sk->sk_err);
	pic->bound_dev = READ_ONCE(sk->sk_bound_dev_if);
	pic->rcvbuf = READ_ONCE(sk->sk_rcvbuf);
	pic->sndbuf = READ_ONCE(sk->sk_sndbuf);
	pic->drops = sk_drops_read(sk);
	pic->pair = ss->pair_cookie;
	pic->wmem_queued = READ_ONCE(sk->sk_wmem_queued);
	if (pic->state == TCP_LISTEN) {
		pic->backlog = READ_ONCE(sk->sk_ack_backlog);
		pic->backlog_max = READ_ONCE(sk->sk_max_ack_backlog);
	} else if (show & SKBSCOPE_SHOW_CONN && scope_is_conn(sk) &&
		   !pic->pair && pic->peer.port) {
		pic->has_conn = true;
		scope_conn_info(sk, &pic->conn);
		pic->conn_sent = scope_conn_sent(sk);
		pic->conn_ooo = skb_queue_len_lockless(&ss->conn.ooo);
	}

	pic->tx_dropped = atomic_long_read(&ss->tx_dropped);
	pic->allocated = atomic_long_read(&ss->allocated);
	if (show & SKBSCOPE_SHOW_QUEUES) {
		scope_picture_rx_queue(pic, sk);
	} else {
		scope_picture_mem(&pic->mem, sk);
		scope_picture_received(pic, ss);
	}
	if (show & SKBSCOPE_SHOW_COUNTS)
		pic->held = scope_hold_count(ss->sn, SCOPE_STATION_UNSPEC, sk);
}

/**
 * scope_picture_queue() - read the sk_buffs at a queue's head
 * @queue: a socket's queue
 * @pics: where to
 * @max: room in @pics
 * @len: set to how many the queue has
 *
 * Context: any without the queue's lock.
 *
 * Return: how many were read.
 */
u32 scope_picture_queue(struct sk_buff_head *queue, struct scope_skb_pic *pics,
			u32 max, u32 *len)
{
	const struct sk_buff *skb;
	unsigned long flags;
	u32 n = 0;

	spin_lock_irqsave(&queue->lock, flags);
	*len = skb_queue_len(queue);
	skb_queue_walk(queue, skb) {
		if (n == max)
			break;
		scope_picture_skb(&pics[n++], skb);
	}
	spin_unlock_irqrestore(&queue->lock, flags);
	return n;
}

#define SCOPE_NAME(symbol, number, name)	[number] = name,
static const char * const scope_relation_names[] = {
	SCOPE_RELATIONS(SCOPE_NAME)
};

static const char * const scope_station_names[] = {
	SCOPE_STATIONS(SCOPE_NAME)
};

/**
 * scope_relation_name() - the name of an enum scope_relation
 * @relation: any number
 *
 * Return: a constant string.
 */
const char *scope_relation_name(u8 relation)
{
	return relation < ARRAY_SIZE(scope_relation_names) ?
	       scope_relation_names[relation] : "unknown";
}

/**
 * scope_station_name() - the name of an enum scope_station
 * @station: 1 to SCOPE_STATION_MAX
 *
 * Return: a constant string, ``layer.point``.
 */
const char *scope_station_name(u8 station)
{
	return station && station < ARRAY_SIZE(scope_station_names) ?
	       scope_station_names[station] : "unknown";
}

/**
 * scope_sk_type_name() - the name of a socket type
 * @type: SOCK_*
 *
 * Return: a constant string.
 */
const char *scope_sk_type_name(u32 type)
{
	switch (type) {
	case SOCK_STREAM:
		return "STREAM";
	case SOCK_DGRAM:
		return "DGRAM";
	case SOCK_RAW:
		return "RAW";
	case SOCK_SEQPACKET:
		return "SEQPACKET";
	default:
		return "unknown";
	}
}

/**
 * scope_sk_state_name() - the name of a state of struct sock
 * @state: TCP_*, which the kernel uses for every family
 *
 * Return: a constant string.
 */
const char *scope_sk_state_name(u32 state)
{
	switch (state) {
	case TCP_ESTABLISHED:
		return "ESTABLISHED";
	case TCP_CLOSE:
		return "CLOSE";
	case TCP_LISTEN:
		return "LISTEN";
	case TCP_SYN_SENT:
		return "SYN_SENT";
	case TCP_SYN_RECV:
		return "SYN_RECV";
	case TCP_FIN_WAIT1:
		return "FIN_WAIT1";
	case TCP_FIN_WAIT2:
		return "FIN_WAIT2";
	case TCP_CLOSE_WAIT:
		return "CLOSE_WAIT";
	case TCP_LAST_ACK:
		return "LAST_ACK";
	case TCP_CLOSING:
		return "CLOSING";
	default:
		return "unknown";
	}
}

/**
 * scope_socket_state_name() - the name of a state of struct socket
 * @state: SS_*
 *
 * Return: a constant string.
 */
const char *scope_socket_state_name(u32 state)
{
	static const char * const names[] = {
		[SS_FREE] = "FREE",
		[SS_UNCONNECTED] = "UNCONNECTED",
		[SS_CONNECTING] = "CONNECTING",
		[SS_CONNECTED] = "CONNECTED",
		[SS_DISCONNECTING] = "DISCONNECTING",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

/**
 * scope_addr_text() - an address as ``PORT``, ``DEV:PORT`` or
 * ``[LINK-ADDR%DEV]:PORT``
 * @net: whose devices @addr speaks of
 * @addr: the address
 * @buf: where to
 * @size: SCOPE_ADDR_TEXT or more
 *
 * A device that is gone shows as its index.
 *
 * Context: any; takes the RCU read lock.
 *
 * Return: @buf.
 */
const char *scope_addr_text(struct net *net, const struct scope_addr *addr,
			    char *buf, size_t size)
{
	char port[sizeof("65535")] = "*";
	char name[IFNAMSIZ] = "";
	struct net_device *dev;

	if (addr->port)
		snprintf(port, sizeof(port), "%u", ntohs(addr->port));

	if (addr->ifindex) {
		rcu_read_lock();
		dev = dev_get_by_index_rcu(net, addr->ifindex);
		if (dev)
			strscpy(name, dev->name, sizeof(name));
		else
			snprintf(name, sizeof(name), "%u", addr->ifindex);
		rcu_read_unlock();
	}

	if (memchr_inv(addr->link, 0, sizeof(addr->link)))
		snprintf(buf, size, "[%pM%%%s]:%s", addr->link,
			 addr->ifindex ? name : SCOPE_DEV_NAME, port);
	else if (addr->ifindex)
		snprintf(buf, size, "%s:%s", name, port);
	else
		snprintf(buf, size, "%s", port);
	return buf;
}
