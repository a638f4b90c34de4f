/* SPDX-License-Identifier: GPL-2.0 */
/*
 * endpoint.h - a socket of the family, opened from the command line
 *
 * Used by cmd_send.c, cmd_recv.c and cmd_tour.c.
 */
#ifndef _ENDPOINT_H
#define _ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "skbscope.h"

/* a type whose sockets listen, connect and accept */
static inline bool endpoint_connects(int type)
{
	return type == SOCK_STREAM || type == SOCK_SEQPACKET;
}

int endpoint_open(unsigned int family, int type, const char *device);
int endpoint_bind(int fd, const struct sockaddr_scope *addr);
int endpoint_connect(int fd, const struct sockaddr_scope *addr,
		     const char *device);
int endpoint_cookie(int fd, uint64_t *cookie);
long endpoint_limit(const char *device);
const char *endpoint_device(const struct sockaddr_scope *addr,
			    const char *bound, char buf[16]);
void endpoint_explain(const char *call, int err, const char *device);

#endif /* _ENDPOINT_H */
