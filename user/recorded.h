/* SPDX-License-Identifier: GPL-2.0 */
/*
 * recorded.h - the sockets and ledgers of a record
 *
 * Used by cmd_sockets.c and cmd_ledger.c.
 */
#ifndef _RECORDED_H
#define _RECORDED_H

#include "record.h"

/* a socket as it was at a moment; returns 0 or -errno */
typedef int (*recorded_fn)(enum record_moment moment,
			   const struct socket_picture *sock, void *arg);

int recorded_sockets(const char *path, recorded_fn change, recorded_fn last,
		     void *arg);
int recorded_ledger(const char *path, enum record_moment moment,
		    struct ledger *ledger);

#endif /* _RECORDED_H */
