/* SPDX-License-Identifier: GPL-2.0 */
/*
 * imager.h - images of sockets, taken into a record
 *
 * Used by cmd_record.c.
 */
#ifndef _IMAGER_H
#define _IMAGER_H

#include "record.h"
#include "symbols.h"

struct netlink;

/**
 * struct imager - where they come from, and go to
 * @symbols: of the kernel
 * @told: in the record
 * @octets: of images so far, of this moment
 * @left_out: sockets that there was no room for, of all moments
 */
struct imager {
	struct netlink	*nl;
	struct recorder	*out;
	struct symbols	symbols;
	struct symbols	told;
	uint64_t	octets;
	uint64_t	left_out;
};

int imager_take(struct imager *im, enum record_moment moment, uint64_t cookie);
void imager_say(const struct imager *im);

#endif /* _IMAGER_H */
