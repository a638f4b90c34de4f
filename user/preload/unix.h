/* SPDX-License-Identifier: GPL-2.0 */
/*
 * unix.h - moves AF_UNIX stream and seqpacket sockets, for --unix
 *
 * Used by calls.c.
 */
#ifndef _PRELOAD_UNIX_H
#define _PRELOAD_UNIX_H

#include "preload/alias.h"

bool unix_moves(int fd, const struct sockname *name);
int unix_bind(int fd, const struct sockname *name);
int unix_listen(int fd, const struct sockname *name, int backlog);
int unix_connect(int fd, const struct sockname *name);
void unix_closed(struct alias *listener);
void unix_accepted(const struct alias *listener, struct alias *alias);

#endif /* _PRELOAD_UNIX_H */
