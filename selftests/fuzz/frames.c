// SPDX-License-Identifier: GPL-2.0
/*
 * frames.c - frames, right ones and spoilt ones, and connections whose other
 * end is made by hand
 *
 * A mouth follows the protocol as far as a program has it do so: it knows what
 * the kernel said last, and what it says itself is right but for what the
 * numbers of the operation, or a spoilt field, make of it. So a program is a
 * valid exchange with changes, which reaches deeper than chance would.
 */
#include <stddef.h>

#include <linux/virtio_net.h>

#include "fuzz.h"

#define MOUTH_HEARS	64	/* frames that one operation takes */
#define MOUTH_PORT	4000	/* of the first one */

static void mouth_reset(struct world *world, int i)
{
	struct mouth *mouth = &world->mouth[i];

	mouth->peer.wire.raw = world->peer.wire.raw;
	mouth->peer.pattern = world->peer.pattern;
	mouth->peer.put.eth = world->peer.put.eth;
	mouth->peer.type = i ? SCOPE_T_SEQPACKET : SCOPE_T_STREAM;
	mouth->peer.port = MOUTH_PORT + i;
	mouth->peer.to = SCOPE_RX_PORT;
	mouth->peer.window = SEGMENT_WINDOW;
	mouth->peer.mss = SEGMENT_MSS;
	mouth->peer.next = 0;
	mouth->peer.irs = 0;
	mouth->peer.ack = 0;
	mouth->open = false;
}

/* Each program begins with nothing heard */
void frames_begin(struct world *world)
{
	int i;

	while (recv(world->peer.wire.raw, fuzz_room, PATH_MTU,
		    MSG_DONTWAIT) >= 0)
		;
	for (i = 0; i < FUZZ_MOUTHS; i++)
		mouth_reset(world, i);
	memset(world->spoil, 0, sizeof(world->spoil));
	world->frame_len = 0;
}

/* The change that an operation asked for, to @len octets from @at on */
static void spoil(struct world *world, unsigned char *at, size_t len)
{
	uint32_t offset = world->spoil[0] % PATH_MTU;
	uint32_t size = world->spoil[1] % 9;
	uint32_t value = htonl(world->spoil[2]);

	while (size-- && offset < len)
		at[offset++] = ((unsigned char *)&value)[size % 4];
}

static void frame_sum_at(unsigned char *at, size_t len)
{
	struct scope_hdr *hdr = (struct scope_hdr *)at;

	hdr->check = 0;
	hdr->check = frame_sum(at, len);
}

/* From the family's header on; the last word before it goes out */
static void frame_finish(struct world *world, unsigned char *at, size_t len,
			 bool sum)
{
	bool after = world->spoil[3] & 1;

	if (!after && world->spoil[1])
		spoil(world, at, len);
	if (sum && len >= SCOPE_HDR_LEN)
		frame_sum_at(at, len);
	if (after && world->spoil[1])
		spoil(world, at, len);
	world->spoil[1] = 0;
}

static long frame_out(struct world *world, const unsigned char *frame,
		      size_t len)
{
	if (frame != world->frame)
		memcpy(world->frame, frame, len);
	world->frame_len = len;
	return send(world->peer.wire.raw, frame, len, MSG_DONTWAIT);
}

static void ether(struct world *world, struct ethhdr *eth, uint32_t kind)
{
	*eth = world->peer.put.eth;
	switch (kind) {
	case 1:
		memset(eth->h_dest, 0xff, ETH_ALEN);
		break;
	case 2:
		eth->h_dest[0] ^= 1;
		break;
	case 3:
		eth->h_dest[5] ^= 1;
		break;
	case 4:
		memset(eth->h_source, 0, ETH_ALEN);
		break;
	case 5:
		eth->h_source[0] |= 1;
		break;
	case 6:
		eth->h_proto = htons(ETH_P_IP);
		break;
	case 7:
		memcpy(eth->h_source, world->peer.wire.path.link[0], ETH_ALEN);
		break;
	}
}

/* Whose sum the device makes, or that the device is to cut, where it may be */
static long frame_virtual(struct world *world, const unsigned char *frame,
			  size_t len, uint32_t kind)
{
	struct {
		struct virtio_net_hdr hdr;
		unsigned char frame[PATH_MTU];
	} __attribute__((packed)) *all = (void *)fuzz_room;
	struct sockaddr_ll to = world->peer.wire.to;

	memset(&all->hdr, 0, sizeof(all->hdr));
	all->hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	all->hdr.csum_start = ETH_HLEN;
	all->hdr.csum_offset = offsetof(struct scope_hdr, check);
	if (kind & 1)
		all->hdr.csum_start = kind * 13 % 200;
	if (kind & 2)
		all->hdr.flags = VIRTIO_NET_HDR_F_DATA_VALID;
	if (kind & 4) {
		all->hdr.gso_type = VIRTIO_NET_HDR_GSO_UDP;
		all->hdr.gso_size = 100;
		all->hdr.hdr_len = ETH_HLEN + SCOPE_HDR_LEN;
	}
	memcpy(all->frame, frame, len);
	return sendto(world->vnet, all, sizeof(all->hdr) + len, MSG_DONTWAIT,
		      (struct sockaddr *)&to, sizeof(to));
}

/*
 * A frame with a right header: by which way it goes (0 veth, 1 scope0, 2 with
 * a struct virtio_net_hdr, from 4 on a slot's raw socket), its type, flags,
 * port, length, and what is odd about its Ethernet header.
 */
long frame_any(struct actor *actor, const uint32_t *arg)
{
	static unsigned char room[sizeof(struct ethhdr) + PATH_MTU + 64];
	struct world *world = actor->world;
	struct scope_conn_hdr *conn = (void *)(room + ETH_HLEN);
	bool segment = arg[1] == SCOPE_T_STREAM || arg[1] == SCOPE_T_SEQPACKET;
	size_t hlen = segment ? SCOPE_CONN_HDR_LEN : SCOPE_HDR_LEN;
	size_t len = arg[4] % (arg[0] == 1 ? 60000 : 1400);
	struct sockaddr_scope to = world_addr(world, arg[3], arg[5] % 7);
	long ret;

	pthread_mutex_lock(&world->lock);
	ether(world, (struct ethhdr *)room, arg[5]);
	memset(conn, 0, sizeof(*conn));
	memcpy((char *)conn + hlen, fuzz_data, len);
	conn->hdr.version = SCOPE_VERSION;
	conn->hdr.type = arg[1];
	conn->hdr.hlen = hlen;
	conn->hdr.flags = segment ? arg[2] : 0;
	conn->hdr.sport = htons(MOUTH_PORT + 5);
	conn->hdr.dport = htons(arg[3]);
	conn->hdr.length = htonl(len);
	if (segment)
		conn->mss = htons(1000);
	if (arg[1] == SCOPE_T_REFUSE && len >= SCOPE_HDR_LEN) {
		/* Of a datagram that may have been one of the kernel's */
		struct scope_hdr *refused = (void *)(room + ETH_HLEN + hlen);

		*refused = conn->hdr;
		refused->type = SCOPE_T_DGRAM;
		refused->sport = conn->hdr.dport;
		refused->dport = conn->hdr.sport;
		len = SCOPE_HDR_LEN;
		conn->hdr.length = htonl(len);
	}
	len += hlen;
	frame_finish(world, (void *)conn, len, true);
	if (arg[0] >= 4)
		ret = sendto(world_slot(actor, arg[0] - 4), conn, len,
			     MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to));
	else if (arg[0] == 2)
		ret = frame_virtual(world, room, ETH_HLEN + len, arg[5]);
	else if (arg[0] == 1)
		ret = send(world->scope0, room, ETH_HLEN + len, MSG_DONTWAIT);
	else
		ret = frame_out(world, room, ETH_HLEN + len);
	pthread_mutex_unlock(&world->lock);
	return ret;
}

/* The next frame has @size octets from @offset on changed, its sum or not */
long frame_spoil(struct actor *actor, const uint32_t *arg)
{
	struct world *world = actor->world;

	pthread_mutex_lock(&world->lock);
	memcpy(world->spoil, arg, 4 * sizeof(*arg));
	pthread_mutex_unlock(&world->lock);
	return 0;
}

/* The last frame once more, or some times */
long frame_again(struct actor *actor, const uint32_t *arg)
{
	struct world *world = actor->world;
	unsigned int n = 1 + arg[0] % 4;
	long ret = 0;

	pthread_mutex_lock(&world->lock);
	while (n-- && world->frame_len)
		ret = send(world->peer.wire.raw, world->frame,
			   world->frame_len, MSG_DONTWAIT);
	pthread_mutex_unlock(&world->lock);
	return ret;
}

/* What was made, spoilt if that was asked for */
static long mouth_put(struct world *world, struct mouth *mouth)
{
	struct segment *put = &mouth->peer.put;

	frame_finish(world, (void *)&put->conn, mouth->peer.len, true);
	return frame_out(world, (void *)&put->eth, ETH_HLEN + mouth->peer.len);
}

static struct mouth *mouth_of(struct world *world, uint32_t which)
{
	return &world->mouth[which % FUZZ_MOUTHS];
}

/* Answers as a peer should: a SYN, what is new, an end */
static void mouth_answer(struct world *world, struct mouth *mouth)
{
	struct peer *peer = &mouth->peer;
	const struct heard *heard = &peer->heard;

	if (heard->flags & RST)
		return;
	peer_take(peer);
	if (heard->flags & SYN && !(heard->flags & ACK)) {
		peer->next = 0;
		peer_make(peer, SYN | ACK, -1, 0);
	} else if (heard->flags & FIN) {
		peer_make(peer, FIN | ACK, peer->next, 0);
		peer->next++;
	} else if (heard->len || heard->flags & (SYN | END)) {
		peer_make(peer, ACK, peer->next, 0);
	} else {
		return;
	}
	mouth_put(world, mouth);
}

/* Every segment that is there; true if one was for @mouth */
static bool mouth_listen(struct actor *actor, struct mouth *mouth, bool answer)
{
	struct world *world = actor->world;
	struct peer *peer = &mouth->peer;
	bool heard = false;
	ssize_t len;
	int i;

	for (i = 0; i < MOUTH_HEARS; i++) {
		len = recv(peer->wire.raw, &peer->got.eth, ETH_HLEN + PATH_MTU,
			   MSG_DONTWAIT);
		if (len < 0)
			break;
		if (len < ETH_HLEN + SCOPE_CONN_HDR_LEN ||
		    memcmp(peer->got.eth.h_dest, peer_link, ETH_ALEN) ||
		    ntohs(peer->got.conn.hdr.dport) != peer->port)
			continue;
		/* It is whom the kernel takes it for */
		peer->to = ntohs(peer->got.conn.hdr.sport);
		peer->type = peer->got.conn.hdr.type;
		if (!peer_is_right(peer, len - ETH_HLEN)) {
			note(actor, 12, 0, 0);
			continue;
		}
		peer_decode(peer);
		mouth->open = true;
		heard = true;
		note(actor, 13, peer->heard.flags << 8 | peer->type,
		     (peer->heard.len > 0) | (peer->heard.window > 0) << 1 |
		     peer->heard.ranges << 2);
		if (answer)
			mouth_answer(world, mouth);
	}
	return heard;
}

/* A connection to the kernel: type, port, window, longest segment, how far */
long mouth_open(struct actor *actor, const uint32_t *arg)
{
	struct world *world = actor->world;
	struct mouth *mouth = mouth_of(world, arg[0]);
	struct peer *peer = &mouth->peer;
	long ret;

	pthread_mutex_lock(&world->lock);
	mouth_reset(world, arg[0] % FUZZ_MOUTHS);
	peer->type = (arg[1] & 0xf) == SOCK_STREAM ? SCOPE_T_STREAM :
						     SCOPE_T_SEQPACKET;
	peer->to = arg[2];
	peer->window = arg[3];
	peer->mss = arg[4];
	peer->next = 0;
	peer_make(peer, SYN, -1, 0);
	ret = mouth_put(world, mouth);
	if (ret >= 0 && arg[5] != 1 && mouth_listen(actor, mouth, false)) {
		peer_take(peer);
		if (arg[5] != 2) {
			peer_make(peer, ACK, 0, 0);
			ret = mouth_put(world, mouth);
		}
	}
	pthread_mutex_unlock(&world->lock);
	return ret;
}

/* The next segment, or another: flags, how far off, length, what it acks */
long mouth_segment(struct actor *actor, const uint32_t *arg)
{
	struct world *world = actor->world;
	struct mouth *mouth = mouth_of(world, arg[0]);
	struct peer *peer = &mouth->peer;
	int len = arg[3] % 1461, from;
	uint64_t ack;
	long ret;

	pthread_mutex_lock(&world->lock);
	mouth_listen(actor, mouth, false);
	if (mouth->open && !arg[4] &&
	    peer->heard.seq + peer->heard.len >= peer->ack)
		peer_take(peer);
	ack = peer->ack;
	from = (uint32_t)peer->next % (SEGMENT_PATTERN - 2000);
	peer_make(peer, arg[1], from, len);
	if (arg[1] & URG)
		peer->put.conn.hdr.urgent = htons(len);
	peer->put.conn.seq = htobe64(SEGMENT_ISS + 1 + peer->next +
				     (int32_t)arg[2]);
	if (arg[1] & ACK)
		peer->put.conn.ack = htobe64(ack + (int32_t)arg[4]);
	peer->put.conn.window = htonl(arg[5]);
	if (!arg[2])
		peer->next += len + !!(arg[1] & FIN) + !!(arg[1] & END);
	ret = mouth_put(world, mouth);
	pthread_mutex_unlock(&world->lock);
	return ret;
}

/* An acknowledgment with ranges: where the first is, how long, how many */
long mouth_ranges(struct actor *actor, const uint32_t *arg)
{
	struct world *world = actor->world;
	struct mouth *mouth = mouth_of(world, arg[0]);
	struct peer *peer = &mouth->peer;
	int64_t from = (int32_t)arg[1];
	unsigned int n = arg[3] % (SCOPE_RANGES + 2);
	long ret;

	pthread_mutex_lock(&world->lock);
	mouth_listen(actor, mouth, false);
	peer_make(peer, ACK, peer->next, 0);
	while (n--) {
		peer_range(peer, from, from + (int32_t)arg[2]);
		from += 2 * (int64_t)(int32_t)arg[2];
	}
	ret = mouth_put(world, mouth);
	pthread_mutex_unlock(&world->lock);
	return ret;
}

/* Takes what the kernel said, and answers where the second number is odd */
long mouth_hear(struct actor *actor, const uint32_t *arg)
{
	struct world *world = actor->world;
	struct mouth *mouth = mouth_of(world, arg[0]);
	bool heard;

	pthread_mutex_lock(&world->lock);
	heard = mouth_listen(actor, mouth, arg[1] & 1);
	pthread_mutex_unlock(&world->lock);
	return heard;
}
