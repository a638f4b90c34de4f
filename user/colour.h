/* SPDX-License-Identifier: GPL-2.0 */
/*
 * colour.h - colour where a person looks, none in a pipe
 *
 * Used by the render_*.c. Every name is an empty string where there is none.
 */
#ifndef _COLOUR_H
#define _COLOUR_H

#include <stdbool.h>

struct palette {
	const char	*off;
	const char	*bold;
	const char	*dim;
	const char	*headroom;
	const char	*link;
	const char	*header;
	const char	*payload;
	const char	*tailroom;
	const char	*info;
	const char	*bad;
};

extern const struct palette palette_plain;
extern const struct palette palette_colour;

const struct palette *palette_for(int fd);

#endif /* _COLOUR_H */
