/* SPDX-License-Identifier: GPL-2.0 */
/*
 * unixname.h - which AF_SCOPE port an AF_UNIX name has
 *
 * Used by unix.c and alias.c.
 */
#ifndef _PRELOAD_UNIXNAME_H
#define _PRELOAD_UNIXNAME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "preload/sockname.h"

/* behind the ports that bind() hands out */
#define UNIXNAME_PORT_MIN	(SCOPE_PORT_FREE_MAX + 1)

/* ports one name may have, the first free one */
#define UNIXNAME_PORTS		8

bool unixname_has_port(uint16_t port);
bool unixname_is_path(const struct sockname *name);

uint64_t unixname_key_node(int type, dev_t dev, ino_t ino);
uint64_t unixname_key_abstract(int type, const struct sockname *name);
uint16_t unixname_port(uint64_t key, int i);

int unixname_mark(uint64_t key, uint16_t port);
int unixname_find(uint64_t key, int i);

#endif /* _PRELOAD_UNIXNAME_H */
