// SPDX-License-Identifier: GPL-2.0
/*
 * protocol/output.c - the header goes on
 *
 * Place: station protocol.push of datagrams; conn_output.c has connections.
 * Called by the socket layer in process context, and by input.c in softirq to
 * answer. Takes no locks.
 */
#include "conn.h"

/**
 * scope_header() - put a header on
 * @skb: the payload, with room in front
 * @type: enum scope_type
 * @hlen: octets of the header; those behind struct scope_hdr are set to 0
 * @sport: network order
 * @dport: network order
 *
 * The sum is left to the device, or to the core where the device can't.
 */
void scope_header(struct sk_buff *skb, u8 type, u8 hlen, __be16 sport,
		  __be16 dport)
{
	u32 length = skb->len;
	struct scope_hdr *hdr;

	BUILD_BUG_ON(sizeof(struct scope_hdr) != SCOPE_HDR_LEN);

	hdr = skb_push(skb, hlen);
	memset(hdr, 0, hlen);
	hdr->version = SCOPE_VERSION;
	hdr->type = type;
	hdr->hlen = hlen;
	hdr->sport = sport;
	hdr->dport = dport;
	hdr->length = htonl(length);

	skb_reset_network_header(skb);
	skb_reset_transport_header(skb);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct scope_hdr, check);
}

/**
 * scope_push() - send a datagram
 * @sn: the namespace's data
 * @sk: the sender
 * @skb: consumed; cb has both ends, @skb->dev the device
 *
 * Context: process.
 *
 * Return: 0 or a negative errno.
 */
int scope_push(struct scope_net *sn, struct sock *sk, struct sk_buff *skb)
{
	const struct scope_skb_cb *cb = scope_skb_cb(skb);

	scope_header(skb, SCOPE_T_DGRAM, SCOPE_HDR_LEN, cb->port,
		     cb->peer.port);
	return scope_pass(sn, SCOPE_STATION_PROTOCOL_PUSH, sk, skb, NULL,
			  scope_dev_queue);
}

/**
 * scope_may_refuse() - may an answer to a frame for nobody go out?
 * @sn: the namespace's data
 * @skb: the frame
 *
 * scope0 is as fast as its sender, a wire not.
 */
bool scope_may_refuse(struct scope_net *sn, const struct sk_buff *skb)
{
	if (skb->pkt_type != PACKET_HOST && skb->pkt_type != PACKET_LOOPBACK)
		return false;
	return skb->dev == sn->dev || __ratelimit(&sn->refusals);
}

/**
 * scope_refuse() - tell a sender that nobody listens
 * @sn: the namespace's data
 * @refused: his datagram, its header pulled; stays the caller's
 *
 * The answer carries the refused header, and has @refused as its parent. It
 * is sent to one who sent to this node alone, and over other devices than
 * scope0 at a bounded rate.
 *
 * Context: softirq.
 *
 * Return: 0 or a negative errno.
 */
int scope_refuse(struct scope_net *sn, struct sk_buff *refused)
{
	const struct scope_skb_cb *cause = scope_skb_cb(refused);
	struct net_device *dev = refused->dev;
	struct scope_skb_cb *cb;
	unsigned int room;
	struct sk_buff *skb;

	if (!scope_may_refuse(sn, refused))
		return 0;
	room = LL_RESERVED_SPACE(dev) + SCOPE_HDR_LEN;
	skb = alloc_skb(room + SCOPE_HDR_LEN + dev->needed_tailroom,
			GFP_ATOMIC);
	if (!skb)
		return -ENOMEM;

	skb_reserve(skb, room);
	skb_put_data(skb, scope_hdr(refused), SCOPE_HDR_LEN);
	if (!scope_identity_give_control(skb)) {
		consume_skb(skb);
		return -ENODEV;
	}
	cb = scope_skb_cb(skb);
	cb->parent = cause->id;
	cb->relation = SCOPE_RELATION_REPLY;
	cb->port = cause->port;
	cb->peer = cause->peer;
	skb->dev = dev;
	scope_count(sn, SCOPE_COUNT_CONTROL_MADE);

	scope_header(skb, SCOPE_T_REFUSE, SCOPE_HDR_LEN, cb->port,
		     cb->peer.port);
	return scope_pass(sn, SCOPE_STATION_PROTOCOL_PUSH, NULL, skb, NULL,
			  scope_dev_queue);
}
