// SPDX-License-Identifier: GPL-2.0
/*
 * page.c - a page of a ring buffer, as the kernel fills it
 *
 * Called by cmd_record.c for how much of a page is used, and by replay.c to
 * look whether a page out of a file is one: libtraceevent's kbuffer, which then
 * reads it, believes every length. The layout is told by the kernel's
 * events/header_page and events/header_event:
 *
 *	time of the page (8), commit (a long), events
 *
 * commit has the octets of events in its lower bits, and flags.
 */
#include <stdint.h>

#include "page.h"

#define COMMIT_MASK	((1ULL << 27) - 1)
#define MISSED_STORED	(1ULL << 30)	/* their number is behind the events */

/* the kinds of an entry, in five bits; up to 28 is a length in words */
#define KIND_LONG	0		/* the length follows */
#define KIND_PADDING	29		/* and behind it, two of time */

static uint64_t get(const uint8_t *at, unsigned int size, bool big_endian)
{
	uint64_t value = 0;
	unsigned int i;

	for (i = 0; i < size; i++)
		value = value << 8 | at[big_endian ? i : size - 1 - i];
	return value;
}

/**
 * page_used - how much of a page means something
 * @page: of the shape @shape
 * @size: octets at @page
 *
 * Return: octets from the front; 0 if it holds no events as they should be.
 */
size_t page_used(const void *page, size_t size, const struct ring_shape *shape)
{
	size_t start = 8 + shape->long_size, used;
	uint64_t commit;

	if (size < start)
		return 0;
	commit = get((const uint8_t *)page + 8, shape->long_size,
		     shape->big_endian);
	used = start + (commit & COMMIT_MASK);
	if (commit & MISSED_STORED)
		used += shape->long_size;
	return used <= size ? used : 0;
}

static unsigned int kind_of(uint32_t word, bool big_endian)
{
	return big_endian ? word >> 27 : word & 31;
}

/*
 * The octets of the entry at @at, of @left; 0 if it does not fit. Padding may
 * reach behind the end of the events, and then is the last one.
 */
static uint64_t entry_size(const uint8_t *at, size_t left, bool big_endian)
{
	uint64_t length, size;
	unsigned int kind;

	if (left < 4)
		return 0;
	kind = kind_of(get(at, 4, big_endian), big_endian);
	if (kind != KIND_LONG && kind < KIND_PADDING)
		return 4 + 4 * kind <= left ? 4 + 4 * kind : 0;
	if (left < 8)
		return kind == KIND_PADDING ? left : 0;
	length = get(at + 4, 4, big_endian);
	switch (kind) {
	case KIND_LONG:
		/* it counts its own four octets */
		size = 4 + ((length + 3) & ~3ULL);
		return length >= 4 && size <= left ? size : 0;
	case KIND_PADDING:
		if (length > INT32_MAX)
			return 0;
		return 4 + length <= left ? 4 + length : left;
	default:
		return 8;
	}
}

/**
 * page_events - count the events of a page
 *
 * Return: how many there are, or -1 if one of them ends behind the page.
 */
int page_events(const void *page, size_t size, const struct ring_shape *shape)
{
	const uint8_t *at = page;
	size_t left, step;
	int nr = 0;

	if (!page_used(page, size, shape))
		return -1;
	left = get(at + 8, shape->long_size, shape->big_endian) & COMMIT_MASK;
	at += 8 + shape->long_size;
	while (left) {
		step = entry_size(at, left, shape->big_endian);
		if (!step)
			return -1;
		nr += kind_of(get(at, 4, shape->big_endian),
			      shape->big_endian) < KIND_PADDING;
		at += step;
		left -= step;
	}
	return nr;
}
