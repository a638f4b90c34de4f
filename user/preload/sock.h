/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sock.h - what the kernel says of a socket
 *
 * Used by the files of the preload library.
 */
#ifndef _PRELOAD_SOCK_H
#define _PRELOAD_SOCK_H

#include <stdbool.h>
#include <stdint.h>

bool sock_is_scope(int fd);
bool sock_is_tcp(int fd, int domain);
bool sock_is_idle(int fd);
bool sock_is_unix(int fd);
bool sock_is_movable(int fd);
int sock_int(int fd, int level, int name);
uint64_t sock_cookie(int fd);
bool sock_is_open(uint64_t cookie);

#endif /* _PRELOAD_SOCK_H */
