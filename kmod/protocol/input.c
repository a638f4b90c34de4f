// SPDX-License-Identifier: GPL-2.0
/*
 * protocol/input.c - the header comes off, and a socket is found
 *
 * Place: stations protocol.receive and protocol.deliver. Called through the
 * pointer published to device/input.c, in softirq under the RCU read lock,
 * which keeps the sockets that are found. Reads the socket's peer_lock.
 * Upwards it calls scope_sock.queue_rcv, which the socket layer set.
 */
#include "conn.h"

/* Behind protocol.deliver: the socket layer's entry */
static __always_inline int
scope_deliver(struct scope_net *sn, struct sock *sk, struct sk_buff *skb)
{
	return scope_sk(sk)->queue_rcv(sk, skb);
}

/* Whether the socket wants frames from there: any, or its peer's alone */
static bool scope_is_peer(const struct sock *sk, const struct sk_buff *skb)
{
	const struct scope_addr *from = &scope_skb_cb(skb)->peer;
	const struct scope_addr peer = scope_peer(sk);

	return !peer.port ||
	       (peer.port == from->port && peer.ifindex == from->ifindex &&
		!memcmp(peer.link, from->link, SCOPE_ADDR_LEN));
}

static int scope_receive_dgram(struct scope_net *sn, struct sk_buff *skb)
{
	const struct scope_skb_cb *cb = scope_skb_cb(skb);
	u32 reason = SKB_DROP_REASON_NO_SOCKET;
	struct sock *sk;

	sk = scope_port_lookup(sn, cb->peer.ifindex, cb->port, SOCK_DGRAM);
	if (sk && scope_dev_is_bound(sk, skb->dev)) {
		if (scope_is_peer(sk, skb)) {
			atomic_long_inc(&scope_sk(sk)->received);
			return scope_pass(sn, SCOPE_STATION_PROTOCOL_DELIVER,
					  sk, skb, NULL, scope_deliver);
		}
		reason = SCOPE_DROP_NOT_PEER;
	}
	scope_refuse(sn, skb);
	scope_drop(sn, NULL, skb, reason);
	return NET_RX_DROP;
}

/* A datagram of ours was refused: the connected socket learns it as an error */
static int scope_receive_refuse(struct scope_net *sn, struct sk_buff *skb)
{
	const struct scope_skb_cb *cb = scope_skb_cb(skb);
	const struct scope_hdr *refused = (struct scope_hdr *)skb->data;
	struct sock *sk = NULL;

	if (refused->type == SCOPE_T_DGRAM && refused->sport == cb->port &&
	    refused->dport == cb->peer.port)
		sk = scope_port_lookup(sn, cb->peer.ifindex, cb->port,
				       SOCK_DGRAM);
	if (sk && READ_ONCE(scope_sk(sk)->peer.port) && scope_is_peer(sk, skb)) {
		WRITE_ONCE(sk->sk_err, ECONNREFUSED);
		sk_error_report(sk);
	}
	scope_consume(sn, sk, skb, SCOPE_COUNT_CONTROL_READ);
	return NET_RX_SUCCESS;
}

/* Behind protocol.receive */
static __always_inline int
scope_demux(struct scope_net *sn, struct sock *sk, struct sk_buff *skb)
{
	switch (scope_hdr(skb)->type) {
	case SCOPE_T_REFUSE:
		return scope_receive_refuse(sn, skb);
	case SCOPE_T_DGRAM:
		return scope_receive_dgram(sn, skb);
	default:
		return scope_receive_conn(sn, skb);
	}
}

/* Whether the frame never left this node */
static bool scope_is_here(const struct scope_net *sn, const struct sk_buff *skb)
{
	return skb->dev == sn->dev || skb->pkt_type == PACKET_LOOPBACK;
}

/* Return: 0, or what is wrong with a connection's segment, of these octets */
static u32 scope_check_segment(const struct scope_conn_hdr *hdr, u32 length)
{
	u8 flags = hdr->hdr.flags;
	u32 urgent = ntohs(hdr->hdr.urgent);

	if (hdr->zero || !hdr->mss)
		return SCOPE_DROP_BAD_FLAGS;
	if (flags & (SCOPE_F_SYN | SCOPE_F_RST) &&
	    (length || flags & (SCOPE_F_FIN | SCOPE_F_URG | SCOPE_F_END)))
		return SCOPE_DROP_BAD_FLAGS;
	if ((flags & SCOPE_F_SYN && flags & SCOPE_F_RST) ||
	    (flags & SCOPE_F_BUSY && !(flags & SCOPE_F_RST)) ||
	    (flags & SCOPE_F_EOR && !(flags & SCOPE_F_END)) ||
	    (hdr->hdr.hlen > SCOPE_CONN_HDR_LEN && !(flags & SCOPE_F_ACK)))
		return SCOPE_DROP_BAD_FLAGS;
	/* The urgent octet is the last one: the sender ends a segment there */
	if (flags & SCOPE_F_URG ? !urgent || urgent != length : urgent)
		return SCOPE_DROP_BAD_FLAGS;
	if (flags & (hdr->hdr.type == SCOPE_T_STREAM ? SCOPE_F_END :
						       SCOPE_F_URG))
		return SCOPE_DROP_BAD_FLAGS;
	return 0;
}

/* Whether @hlen is a length that a header of its type can have */
static bool scope_check_hlen(const struct scope_hdr *hdr)
{
	u32 ranges;

	switch (hdr->type) {
	case SCOPE_T_STREAM:
	case SCOPE_T_SEQPACKET:
		if (hdr->hlen < SCOPE_CONN_HDR_LEN)
			return false;
		ranges = hdr->hlen - SCOPE_CONN_HDR_LEN;
		return ranges % sizeof(struct scope_range) == 0 &&
		       ranges / sizeof(struct scope_range) <= SCOPE_RANGES;
	default:
		return hdr->hlen == SCOPE_HDR_LEN;
	}
}

static bool scope_has_segment(const struct scope_hdr *hdr)
{
	return hdr->type == SCOPE_T_STREAM || hdr->type == SCOPE_T_SEQPACKET;
}

/*
 * Return: 0, or why the frame is malformed. What it accepts has its header in
 * the linear part, as many octets behind it as announced and no more, and a
 * right sum.
 */
static u32 scope_check(struct scope_net *sn, struct sk_buff *skb)
{
	const struct scope_hdr *hdr;
	u32 length, reason;

	if (skb->pkt_type == PACKET_OTHERHOST)
		return SKB_DROP_REASON_OTHERHOST;
	if (!scope_dev_carries(sn, skb->dev) || !skb_mac_header_was_set(skb))
		return SKB_DROP_REASON_UNHANDLED_PROTO;
	if (!scope_is_here(sn, skb) &&
	    !is_valid_ether_addr(eth_hdr(skb)->h_source))
		return SCOPE_DROP_BAD_SOURCE;
	if (!pskb_may_pull(skb, sizeof(*hdr)))
		return SKB_DROP_REASON_PKT_TOO_SMALL;

	skb_reset_transport_header(skb);
	hdr = scope_hdr(skb);
	if (hdr->version != SCOPE_VERSION)
		return SCOPE_DROP_BAD_VERSION;
	if (hdr->type < SCOPE_T_DGRAM || hdr->type > SCOPE_T_SEQPACKET)
		return SCOPE_DROP_BAD_TYPE;
	if (!scope_check_hlen(hdr))
		return SCOPE_DROP_BAD_HLEN;
	if (!scope_has_segment(hdr) && (hdr->flags || hdr->urgent))
		return SCOPE_DROP_BAD_FLAGS;
	if (!hdr->sport || !hdr->dport)
		return SCOPE_DROP_BAD_PORT;

	length = ntohl(hdr->length);
	if (hdr->hlen > skb->len || length > skb->len - hdr->hlen)
		return SCOPE_DROP_BAD_LENGTH;
	if (hdr->type == SCOPE_T_REFUSE && length != sizeof(*hdr))
		return SCOPE_DROP_BAD_LENGTH;
	if (pskb_trim_rcsum(skb, hdr->hlen + length))
		return SKB_DROP_REASON_NOMEM;
	if (skb_checksum_simple_validate(skb))
		return SKB_DROP_REASON_SKB_CSUM;
	if (!pskb_may_pull(skb, scope_hdr(skb)->type == SCOPE_T_REFUSE ?
			   2 * sizeof(*hdr) : scope_hdr(skb)->hlen))
		return SKB_DROP_REASON_NOMEM;
	if (!scope_has_segment(scope_hdr(skb)))
		return 0;
	reason = scope_check_segment(scope_conn_hdr(skb), length);
	/* Broadcasts and the like connect to nobody */
	if (!reason && skb->pkt_type != PACKET_HOST &&
	    skb->pkt_type != PACKET_LOOPBACK)
		reason = SKB_DROP_REASON_NO_SOCKET;
	return reason;
}

/* Whether the frame is the protocol's own: no program's octets are in it */
static bool scope_is_control(const struct scope_hdr *hdr)
{
	return hdr->type == SCOPE_T_REFUSE ||
	       (scope_has_segment(hdr) && !hdr->length &&
		!(hdr->flags & SCOPE_F_END));
}

/* Who sent it, and to which of our ports */
static void scope_from(struct scope_net *sn, struct sk_buff *skb)
{
	const struct scope_hdr *hdr = scope_hdr(skb);
	struct scope_skb_cb *cb = scope_skb_cb(skb);

	cb->port = hdr->dport;
	cb->peer.port = hdr->sport;
	cb->peer.ifindex = scope_dev_ifindex(sn, skb->dev);
	if (!scope_is_here(sn, skb))
		ether_addr_copy(cb->peer.link, eth_hdr(skb)->h_source);
}

/* How the frame enters the books, now that it is known what it is */
static void scope_enter(struct scope_net *sn, struct sk_buff *skb, bool control)
{
	struct scope_skb_cb *cb = scope_skb_cb(skb);
	/* One that a socket here sent and scope0 brought is in them already */
	bool known = !cb->handed && scope_identity_owner(skb);

	cb->control = control;
	if (!control && !known)
		scope_count(sn, SCOPE_COUNT_ENTERED);
	/* A raw socket's, like one of the protocol's own: the way is its end */
	if (control && known)
		scope_count(sn, SCOPE_COUNT_TAKEN);
}

/**
 * scope_receive() - receive a frame
 * @sn: data of the receiving namespace
 * @sk: who sent it, if known; not used
 * @skb: consumed; numbered, its data at the family's header
 *
 * Context: softirq, RCU read lock.
 *
 * Return: NET_RX_*.
 */
int scope_receive(struct scope_net *sn, struct sock *sk, struct sk_buff *skb)
{
	u32 reason = scope_check(sn, skb);

	scope_enter(sn, skb, scope_skb_cb(skb)->control ||
		    (!reason && scope_is_control(scope_hdr(skb))));
	/* The sender's memory is his again */
	skb_orphan(skb);
	if (reason) {
		scope_drop(sn, NULL, skb, reason);
		return NET_RX_DROP;
	}
	scope_from(sn, skb);
	if (!hlist_empty(&sn->raw))
		scope_raw_deliver(sn, skb);
	skb_pull_rcsum(skb, scope_hdr(skb)->hlen);
	return scope_pass(sn, SCOPE_STATION_PROTOCOL_RECEIVE, NULL, skb, NULL,
			  scope_demux);
}
