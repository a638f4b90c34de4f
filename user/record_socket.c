// SPDX-License-Identifier: GPL-2.0
/*
 * record_socket.c - a socket, its images, and the ledger, as a record has them
 *
 * Called by cmd_record.c and imager.c to write and by recorded.c to read. Numbers go
 * under the numbers of their netlink attributes (kmod/spec/skbscope.yaml), which are
 * never given to another meaning; one that is not known here is skipped.
 */
#include <stdio.h>
#include <string.h>

#include "record.h"

enum {
	HAS_LOCAL = 1,
	HAS_PEER = 2,
	HAS_CONN = 4,
};

static void pack_numbers(struct pack *p, const struct numbers *n)
{
	unsigned int attr, nr = 0;

	for (attr = 0; attr < NUMBERS_MAX; attr++)
		nr += num_has(n, attr);
	pack_number(p, nr, 2);
	for (attr = 0; attr < NUMBERS_MAX; attr++) {
		if (!num_has(n, attr))
			continue;
		pack_number(p, attr, 2);
		pack_number(p, n->v[attr], 8);
	}
}

static void unpack_numbers(struct unpack *u, struct numbers *n)
{
	unsigned int nr = unpack_number(u, 2);

	n->known = 0;
	while (nr-- && !u->failed) {
		unsigned int attr = unpack_number(u, 2);
		uint64_t v = unpack_number(u, 8);

		if (u->failed || attr >= NUMBERS_MAX)
			continue;
		num_set(n, attr, v);
	}
}

/* the family's number is the record's, in HOST; the port is in network order */
static void pack_address(struct pack *p, const struct sockaddr_scope *addr)
{
	pack_octets(p, &addr->sscope_port, 2);
	pack_number(p, addr->sscope_ifindex, 4);
	pack_octets(p, addr->sscope_addr, SCOPE_ADDR_LEN);
}

static void unpack_address(struct unpack *u, struct sockaddr_scope *addr)
{
	const void *port = unpack_octets(u, 2), *link;

	memset(addr, 0, sizeof(*addr));
	if (port)
		memcpy(&addr->sscope_port, port, 2);
	addr->sscope_ifindex = unpack_number(u, 4);
	link = unpack_octets(u, SCOPE_ADDR_LEN);
	if (link)
		memcpy(addr->sscope_addr, link, SCOPE_ADDR_LEN);
}

void record_pack_socket(struct pack *p, enum record_moment moment,
			uint64_t ts, const struct socket_picture *sock)
{
	unsigned int i;

	pack_number(p, moment, 1);
	pack_number(p, (sock->has_local ? HAS_LOCAL : 0) |
		    (sock->has_peer ? HAS_PEER : 0) |
		    (sock->has_conn ? HAS_CONN : 0), 1);
	pack_number(p, ts, 8);
	pack_numbers(p, &sock->n);
	if (sock->has_local)
		pack_address(p, &sock->local);
	if (sock->has_peer)
		pack_address(p, &sock->peer);
	if (sock->has_conn)
		pack_numbers(p, &sock->conn);
	pack_number(p, sock->nr_rx, 2);
	for (i = 0; i < sock->nr_rx; i++)
		pack_numbers(p, &sock->rx[i]);
}

/* false where it is not a socket */
bool record_unpack_socket(struct unpack *u, enum record_moment *moment,
			  uint64_t *ts, struct socket_picture *sock)
{
	unsigned int flags, nr, i;

	memset(sock, 0, sizeof(*sock));
	*moment = unpack_number(u, 1);
	flags = unpack_number(u, 1);
	*ts = unpack_number(u, 8);
	unpack_numbers(u, &sock->n);
	sock->has_local = flags & HAS_LOCAL;
	sock->has_peer = flags & HAS_PEER;
	sock->has_conn = flags & HAS_CONN;
	if (sock->has_local)
		unpack_address(u, &sock->local);
	if (sock->has_peer)
		unpack_address(u, &sock->peer);
	if (sock->has_conn)
		unpack_numbers(u, &sock->conn);
	nr = unpack_number(u, 2);
	for (i = 0; i < nr && i < PICTURE_RX_MAX; i++)
		unpack_numbers(u, &sock->rx[i]);
	sock->nr_rx = i;
	return !u->failed && *moment < RECORD_MOMENTS &&
	       num_has(&sock->n, SKBSCOPE_A_SOCKET_COOKIE);
}

void record_pack_ledger(struct pack *p, enum record_moment moment, uint64_t ts,
			const struct ledger *ledger)
{
	unsigned int i;

	pack_number(p, moment, 1);
	pack_number(p, ts, 8);
	pack_numbers(p, &ledger->n);
	pack_number(p, ledger->nr_drops, 2);
	for (i = 0; i < ledger->nr_drops; i++) {
		pack_numbers(p, &ledger->drop[i].n);
		pack_string(p, ledger->drop[i].name);
	}
}

/* false where it is not a ledger */
bool record_unpack_ledger(struct unpack *u, enum record_moment *moment,
			  struct ledger *ledger)
{
	unsigned int nr, i;

	memset(ledger, 0, sizeof(*ledger));
	*moment = unpack_number(u, 1);
	unpack_number(u, 8);
	unpack_numbers(u, &ledger->n);
	nr = unpack_number(u, 2);
	for (i = 0; i < nr && i < PICTURE_DROPS_MAX && !u->failed; i++) {
		struct drop_picture *drop = &ledger->drop[i];

		unpack_numbers(u, &drop->n);
		snprintf(drop->name, sizeof(drop->name), "%s",
			 unpack_string(u));
	}
	ledger->nr_drops = i;
	return !u->failed && (*moment == RECORD_AT_START ||
			      *moment == RECORD_AT_END);
}

void record_pack_images(struct pack *p, const struct record_images *images)
{
	pack_number(p, images->moment, 1);
	pack_number(p, images->ts, 8);
	pack_number(p, images->cookie, 8);
	pack_number(p, images->nr, 4);
}

/* false where it is no head of images; each is taken by record_unpack_image() */
bool record_unpack_images(struct unpack *u, struct record_images *images)
{
	images->moment = unpack_number(u, 1);
	images->ts = unpack_number(u, 8);
	images->cookie = unpack_number(u, 8);
	images->nr = unpack_number(u, 4);
	return !u->failed && (images->moment == RECORD_AT_START ||
			      images->moment == RECORD_AT_END);
}

void record_pack_image(struct pack *p, const struct image_picture *image)
{
	pack_numbers(p, &image->n);
	pack_number(p, image->torn, 1);
	pack_string(p, image->name);
	pack_string(p, image->proto);
	pack_number(p, image->len, 4);
	pack_octets(p, image->bytes, image->len);
}

/* its octets stay where they are */
bool record_unpack_image(struct unpack *u, struct image_picture *image)
{
	memset(image, 0, sizeof(*image));
	unpack_numbers(u, &image->n);
	image->torn = unpack_number(u, 1);
	snprintf(image->name, sizeof(image->name), "%s", unpack_string(u));
	snprintf(image->proto, sizeof(image->proto), "%s", unpack_string(u));
	image->len = unpack_number(u, 4);
	image->bytes = unpack_octets(u, image->len);
	return !u->failed && num_has(&image->n, SKBSCOPE_A_IMAGE_KIND);
}
