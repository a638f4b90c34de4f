/* SPDX-License-Identifier: GPL-2.0 */
/*
 * frame.h - frames made by hand, and the packet socket that puts them on the
 * wire
 */
#ifndef SELFTESTS_FRAME_H
#define SELFTESTS_FRAME_H

#include <netinet/if_ether.h>
#include <netpacket/packet.h>

#include <linux/ethtool.h>

#include "ledger.h"
#include "path.h"

#define FRAME_PAYLOAD	14	/* octets of the frames' payload, unless said */

struct frame {
	struct ethhdr		eth;
	struct scope_hdr	hdr;
	unsigned char		data[PATH_MTU];
} __attribute__((packed));

/**
 * struct wire - a packet socket at end 0, a look at what arrives at end 1
 * @path: the way
 * @raw: the packet socket
 * @to: its device, and what it tells the kernel that its frames are of
 * @genl: in the namespace of end 1, where they are counted
 * @frame: a right one, of FRAME_PAYLOAD octets, but for its sum
 * @sent: how many were put on the wire
 */
struct wire {
	struct path		path;
	int			raw;
	struct sockaddr_ll	to;
	struct genl		genl;
	struct frame		frame;
	__u64			sent;
};

static inline int wire_open(struct wire *wire, enum path_kind kind)
{
	struct frame *frame = &wire->frame;

	if (path_open(&wire->path, kind) || path_enter(&wire->path, 1) ||
	    genl_open(&wire->genl) || path_enter(&wire->path, 0))
		return -1;
	wire->raw = socket(AF_PACKET, SOCK_RAW, 0);
	wire->to.sll_family = AF_PACKET;
	wire->to.sll_protocol = htons(ETH_P_SCOPE);
	wire->to.sll_ifindex = if_nametoindex(path_dev(&wire->path, 0));

	memcpy(frame->eth.h_dest, wire->path.link[1], ETH_ALEN);
	memcpy(frame->eth.h_source, wire->path.link[0], ETH_ALEN);
	frame->eth.h_proto = htons(ETH_P_SCOPE);
	frame->hdr.version = SCOPE_VERSION;
	frame->hdr.type = SCOPE_T_DGRAM;
	frame->hdr.hlen = SCOPE_HDR_LEN;
	frame->hdr.sport = htons(SCOPE_TX_PORT);
	frame->hdr.dport = htons(SCOPE_RX_PORT);
	frame->hdr.length = htonl(FRAME_PAYLOAD);
	scope_fill(frame->data, FRAME_PAYLOAD, 0);
	return wire->raw < 0 ? -1 : 0;
}

/* Puts a frame of @len octets behind the Ethernet header on the wire */
static inline int frame_put(struct wire *wire, const struct frame *frame, size_t len)
{
	ssize_t all = sizeof(frame->eth) + len;

	if (sendto(wire->raw, frame, all, 0, (struct sockaddr *)&wire->to,
		   sizeof(wire->to)) != all)
		return -1;
	wire->sent++;
	return 0;
}

/* Ones' complement sum, as the header has it */
static inline __u16 frame_sum(const void *data, size_t len)
{
	const unsigned char *octet = data;
	unsigned long sum = 0;
	size_t i;

	for (i = 0; i < len; i++)
		sum += octet[i] << (i & 1 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static inline void frame_seal(struct frame *frame, size_t payload)
{
	frame->hdr.check = 0;
	frame->hdr.check = frame_sum(&frame->hdr, sizeof(frame->hdr) + payload);
}

/* Writes a value of that many octets in network order */
static inline void frame_field(void *at, size_t size, __u32 value)
{
	__be32 wire = htonl(value);

	memcpy(at, (char *)&wire + sizeof(wire) - size, size);
}

/* The device sums no more, so the core has to: a packet socket sees the sum */
static inline int frame_no_offload(const char *name)
{
	struct ethtool_value value = { .cmd = ETHTOOL_STXCSUM };
	struct ifreq ifr = { .ifr_data = (void *)&value };

	return path_dev_ioctl(name, SIOCETHTOOL, &ifr);
}

#endif /* SELFTESTS_FRAME_H */
