/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dist.h - tables by which a delay is spread, as tc-netem(8) has them
 *
 * Used by rule.c.
 */
#ifndef _DIST_H
#define _DIST_H

#include <stddef.h>
#include <stdint.h>

#define DIST_MIN	2
#define DIST_MAX	16384

int16_t *dist_read(const char *name, unsigned int *nr, char *why, size_t size);

#endif /* _DIST_H */
