/* SPDX-License-Identifier: GPL-2.0 */
/*
 * frame.h - what tcpdump writes for a frame, as a program for the kernel
 *
 * Used by filter_parse.c.
 */
#ifndef _FRAME_H
#define _FRAME_H

#include <linux/filter.h>
#include <stddef.h>

struct sock_filter *frame_compile(const char *text, unsigned int *nr,
				  char *why, size_t size);

#endif /* _FRAME_H */
