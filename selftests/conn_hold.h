/* SPDX-License-Identifier: GPL-2.0 */
/*
 * conn_hold.h - what tests share that hold the segments of a connection: both its
 * ends asked by netlink, and nothing held when it is over
 */
#ifndef SELFTESTS_CONN_HOLD_H
#define SELFTESTS_CONN_HOLD_H

#include "conn.h"
#include "rule.h"

/*
 * Opens what asks in the namespace of each end, and makes room for the answers; the
 * caller is at end 0 then. Returns 0 or -errno
 */
static inline int conn_hold_open(const struct conn *conn, struct genl genl[2],
				 struct held_list **held)
{
	int end, err = 0;

	*held = calloc(1, sizeof(**held));
	if (!*held)
		return -ENOMEM;
	for (end = 1; end >= 0 && !err; end--)
		err = conn_enter(conn, end) ? -errno : genl_open(&genl[end]);
	return err;
}

/* Closes all. Returns 0; what the books miss or how many are held; or -errno */
static inline int conn_hold_close(struct conn *conn, struct genl genl[2],
				  struct held_list *held)
{
	int end, left = conn_close(conn);

	for (end = 0; end < 2; end++) {
		left = left ?: held_get(&genl[end], held);
		genl_close(&genl[end]);
	}
	free(held);
	return left;
}

#endif /* SELFTESTS_CONN_HOLD_H */
