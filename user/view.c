// SPDX-License-Identifier: GPL-2.0
/*
 * view.c - the parts of an sk_buff's buffer, by its fields
 *
 * Called by show_skb.c. Kernels name the members of a piece of a page in two
 * ways.
 */
#include <stdio.h>
#include <string.h>

#include "view.h"

static uint64_t number(const struct fields *fields, const char *path)
{
	uint64_t value = 0;

	skbuff_number(fields, path, &value);
	return value;
}

/* -1 where it is not set */
static int64_t header(const struct fields *fields, const char *path)
{
	uint64_t value;

	return skbuff_number(fields, path, &value) && value != 0xffff ?
	       (int64_t)value : -1;
}

static uint64_t of_frag(const struct fields *fields, unsigned int i,
			const char *one, const char *other)
{
	char path[64];
	uint64_t value;

	snprintf(path, sizeof(path), "frags[%u].%s", i, one);
	if (skbuff_number(fields, path, &value))
		return value;
	snprintf(path, sizeof(path), "frags[%u].%s", i, other);
	return number(fields, path);
}

static void measure_frags(struct skb_view *v)
{
	const struct fields *shared = &v->shared.fields;
	uint64_t in_pages = 0;
	unsigned int i;

	v->nr_frags = number(shared, "nr_frags");
	for (i = 0; i < v->nr_frags && i < VIEW_FRAGS; i++) {
		v->frag[i].len = of_frag(shared, i, "len", "bv_len");
		v->frag[i].offset = of_frag(shared, i, "offset", "bv_offset");
		in_pages += v->frag[i].len;
	}
	if (number(shared, "frag_list") && v->data_len > in_pages)
		v->frag_list = v->data_len - in_pages;
}

/**
 * view_measure - take the buffer's shape from the fields
 * @v: its structs are read
 */
void view_measure(struct skb_view *v)
{
	const struct fields *skb = &v->skb.fields;

	v->data = number(skb, "data") - number(skb, "head");
	v->tail = number(skb, "tail");
	v->end = number(skb, "end");
	v->len = number(skb, "len");
	v->data_len = number(skb, "data_len");
	v->mac = header(skb, "mac_header");
	v->network = header(skb, "network_header");
	v->transport = header(skb, "transport_header");
	measure_frags(v);
}
