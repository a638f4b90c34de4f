/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sockname.h - addresses as the program has them, and AF_SCOPE's
 *
 * Used by the files of the preload library.
 */
#ifndef _PRELOAD_SOCKNAME_H
#define _PRELOAD_SOCKNAME_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "skbscope.h"

/**
 * struct sockname - an address and its length
 * @len: as the kernel has it, for AF_UNIX it may be one more than fits
 */
struct sockname {
	socklen_t	len;
	union {
		struct sockaddr		sa;
		struct sockaddr_in	in;
		struct sockaddr_in6	in6;
		struct sockaddr_un	un;
		struct sockaddr_scope	scope;
	};
};

#define SOCKNAME_MAX	(sizeof(struct sockaddr_un))

bool sockname_from(struct sockname *name, const struct sockaddr *addr,
		   socklen_t len);
void sockname_to(const struct sockname *name, struct sockaddr *addr,
		 socklen_t *len);
bool sockname_local(int fd, struct sockname *name);

void sockname_scope(struct sockname *name, uint16_t port);
void sockname_unnamed(struct sockname *name);
void sockname_loopback(struct sockname *name, const struct sockname *like,
		       bool v4mapped, uint16_t port);

bool sockname_is_inet(const struct sockname *name);
bool sockname_is_loopback(const struct sockname *name);
bool sockname_is_any(const struct sockname *name);
bool sockname_is_v4mapped(const struct sockname *name);
uint16_t sockname_port(const struct sockname *name);
void sockname_set_port(struct sockname *name, uint16_t port);
bool sockname_same_address(const struct sockname *a, const struct sockname *b);

#endif /* _PRELOAD_SOCKNAME_H */
