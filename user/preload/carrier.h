/* SPDX-License-Identifier: GPL-2.0 */
/*
 * carrier.h - the AF_SCOPE socket that takes another one's place
 *
 * Used by inet.c and unix.c.
 */
#ifndef _PRELOAD_CARRIER_H
#define _PRELOAD_CARRIER_H

#include "preload/alias.h"

int carrier_open(int fd);
int carrier_bound(int fd, uint16_t port);
int carrier_connect(int carrier, uint16_t port);
int carrier_swap(int carrier, int fd, const struct alias *alias);

#endif /* _PRELOAD_CARRIER_H */
