/* SPDX-License-Identifier: GPL-2.0 */
/*
 * picture.h - what the module tells by netlink, decoded
 *
 * Filled by picture.c, fetched by netlink.c, shown by json.c and the
 * render_*.c. Numbers stay under their attribute's number, so one that an
 * older module does not send is simply not known.
 */
#ifndef _PICTURE_H
#define _PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "skbscope.h"
#include "skbscope_netlink.h"

struct nlattr;

#define NUMBERS_MAX	48	/* more than any attribute set has */

struct numbers {
	uint64_t	known;
	uint64_t	v[NUMBERS_MAX];
};

static inline bool num_has(const struct numbers *n, int attr)
{
	return n->known & (1ULL << attr);
}

/* 0 where it is not known: for sums; show it with num_text() */
static inline uint64_t num_get(const struct numbers *n, int attr)
{
	return num_has(n, attr) ? n->v[attr] : 0;
}

static inline void num_set(struct numbers *n, int attr, uint64_t value)
{
	n->v[attr] = value;
	n->known |= 1ULL << attr;
}

#define NUM_LEN	24

const char *num_text(const struct numbers *n, int attr, char buf[NUM_LEN]);

struct info {
	struct numbers	n;
	char		release[64];
};

#define PICTURE_RX_MAX	64

struct socket_picture {
	struct numbers		n;
	bool			has_local;
	bool			has_peer;
	struct sockaddr_scope	local;
	struct sockaddr_scope	peer;
	bool			has_conn;
	struct numbers		conn;
	unsigned int		nr_rx;
	struct numbers		rx[PICTURE_RX_MAX];
};

struct station_picture {
	struct numbers	n;
	char		name[32];
};

struct drop_picture {
	struct numbers	n;
	char		name[64];
};

#define PICTURE_DROPS_MAX	256

struct ledger {
	struct numbers		n;
	unsigned int		nr_drops;
	struct drop_picture	drop[PICTURE_DROPS_MAX];
};

/**
 * struct image_picture - an object of the kernel, as it lies in memory
 * @n: by SKBSCOPE_A_IMAGE_*
 * @name: of the struct, empty for a queue
 * @proto: of a sock
 * @torn: it may have been changed while it was copied
 * @bytes: the object; in the message that told it
 * @len: octets of it
 */
struct image_picture {
	struct numbers	n;
	char		name[64];
	char		proto[32];
	bool		torn;
	const void	*bytes;
	size_t		len;
};

int64_t ledger_balance(const struct ledger *ledger);

int info_decode(struct nlattr *head, int len, struct info *info);
int socket_decode(struct nlattr *head, int len, struct socket_picture *sock);
int station_decode(struct nlattr *head, int len, struct station_picture *st);
int ledger_decode(struct nlattr *head, int len, struct ledger *ledger);
int image_decode(struct nlattr *head, int len, struct image_picture *image);

#endif /* _PICTURE_H */
