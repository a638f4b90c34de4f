/* SPDX-License-Identifier: GPL-2.0 */
/*
 * page.h - a page of a ring buffer, as the kernel fills it
 *
 * Used by cmd_record.c and replay.c.
 */
#ifndef _PAGE_H
#define _PAGE_H

#include "lanes.h"

size_t page_used(const void *page, size_t size, const struct ring_shape *shape);
int page_events(const void *page, size_t size, const struct ring_shape *shape);

#endif /* _PAGE_H */
