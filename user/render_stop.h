/* SPDX-License-Identifier: GPL-2.0 */
/*
 * render_stop.h - a stop, part by part
 *
 * Used by step_plain.c and step_screen.c, which put the parts together.
 */
#ifndef _RENDER_STOP_H
#define _RENDER_STOP_H

#include "render.h"
#include "stop.h"

void lines_of_head(struct lines *l, const struct stop *stop);
void lines_of_stack(struct lines *l, const struct stop *stop);
void lines_of_fields(struct lines *l, const struct stop *stop, bool all);
void lines_of_buffer(struct lines *l, const struct stop *stop,
		     unsigned int width, const struct palette *p);
void lines_of_header(struct lines *l, const struct stop *stop);
void lines_of_bytes(struct lines *l, const struct stop *stop);
void render_gone(FILE *out, const struct stop *stop);

#endif /* _RENDER_STOP_H */
