/* SPDX-License-Identifier: GPL-2.0 */
/*
 * recorded.h - the sockets, images and ledgers of a record
 *
 * Used by cmd_sockets.c, cmd_ledger.c and cmd_show.c.
 */
#ifndef _RECORDED_H
#define _RECORDED_H

#include "chain.h"
#include "record.h"

/* a socket as it was at a moment; returns 0 or -errno */
typedef int (*recorded_fn)(enum record_moment moment,
			   const struct socket_picture *sock, void *arg);

int recorded_sockets(const char *path, recorded_fn change, recorded_fn last,
		     void *arg);
int recorded_ledger(const char *path, enum record_moment moment,
		    struct ledger *ledger);

/**
 * struct recorded_chain - a socket as it was when a record began or ended
 * @images: when, and of which; @chain has none where they were left out
 * @chain: its images, described
 * @has_sock: there is
 * @sock: what the record tells of it besides
 */
struct recorded_chain {
	struct record_images	images;
	struct chain		chain;
	bool			has_sock;
	struct socket_picture	sock;
};

int recorded_chain(const char *path, uint64_t cookie, bool at_start,
		   struct recorded_chain *rc);

#endif /* _RECORDED_H */
