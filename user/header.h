/* SPDX-License-Identifier: GPL-2.0 */
/*
 * header.h - the headers of a frame, field by field
 *
 * Used by stop.c and what shows a stop.
 */
#ifndef _HEADER_H
#define _HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "held.h"

/**
 * struct frame_parts - where what is in a held packet's octets
 * @link: where Ethernet's header begins, -1 where there is none to be seen
 * @header: where struct scope_hdr does, the same
 * @payload: what is behind it; where there is no header, the first octet of data
 * @header_len: as the header says
 *
 * Places in held.bytes.
 */
struct frame_parts {
	int	link;
	int	header;
	int	payload;
	int	header_len;
};

void frame_parts(const struct held *held, struct frame_parts *parts);

#define HEADER_VALUE	48
#define HEADER_FIELDS	32

/**
 * struct header_field - one of them
 * @of: "link" or "header"
 * @at: place in held.bytes
 * @len: octets
 */
struct header_field {
	const char	*of;
	char		name[16];
	int		at;
	int		len;
	char		value[HEADER_VALUE];
};

size_t header_fields(const struct held *held,
		     struct header_field field[HEADER_FIELDS]);

#endif /* _HEADER_H */
