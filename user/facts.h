/* SPDX-License-Identifier: GPL-2.0 */
/*
 * facts.h - what a record tells of its machine
 *
 * Used by cmd_record.c.
 */
#ifndef _FACTS_H
#define _FACTS_H

#include "record.h"

struct netlink;
struct symbols;

int facts_host(struct recorder *r, struct netlink *nl,
	       const struct ring_shape *shape, char **command,
	       const char *filter);
int facts_formats(struct recorder *r, bool images);
int facts_names(struct recorder *r, struct netlink *nl);
int facts_devices(struct recorder *r);
int facts_symbols(struct recorder *r, const struct symbols *symbols,
		  struct symbols *told, const void *page, size_t size);
int facts_btf(struct recorder *r, uint64_t *octets);

#endif /* _FACTS_H */
