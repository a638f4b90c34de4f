/* SPDX-License-Identifier: GPL-2.0 */
/*
 * inet.h - moves IPv4 and IPv6 stream sockets
 *
 * Used by calls.c.
 */
#ifndef _PRELOAD_INET_H
#define _PRELOAD_INET_H

#include "preload/alias.h"

bool inet_moves(int fd, const struct sockname *name, bool connecting);
int inet_bind(int fd, const struct sockname *name);
int inet_listen(int fd, const struct sockname *name, int backlog);
int inet_connect(int fd, const struct sockname *name);
void inet_accepted(const struct alias *listener, struct alias *alias,
		   uint16_t port);

#endif /* _PRELOAD_INET_H */
