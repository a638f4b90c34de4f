/* SPDX-License-Identifier: GPL-2.0 */
/*
 * view.h - all that is known of one sk_buff
 *
 * Filled by show_skb.c, shown by render_skb.c and json_skb.c.
 */
#ifndef _VIEW_H
#define _VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "chain.h"
#include "life.h"

#define VIEW_FRAGS	17	/* of a skb_shared_info, as kernels have it */

/**
 * struct frag - a piece of a page
 * @offset: in the page, or what stands for several
 */
struct frag {
	uint64_t	len;
	uint64_t	offset;
};

/**
 * struct skb_view - what is shown
 * @life: NULL where nobody watched it
 * @reader: of the life's images, or NULL
 * @place: where it is now
 * @at: when the image is from: a station, or its queue; NULL without one
 * @skb: struct sk_buff
 * @shared: struct skb_shared_info
 * @headroom: and what follows: octets of the buffer's parts
 * @nr_frags: of those that there are
 * @frag_list: octets in sk_buffs that hang on it
 * @why: why there are no fields, or NULL
 */
struct skb_view {
	uint64_t		id;
	const struct life	*life;
	struct reader		*reader;
	const char		*place;
	const char		*at;
	struct object		skb;
	struct object		shared;
	int64_t			mac;
	int64_t			network;
	int64_t			transport;
	uint64_t		data;
	uint64_t		tail;
	uint64_t		end;
	uint64_t		len;
	uint64_t		data_len;
	unsigned int		nr_frags;
	struct frag		frag[VIEW_FRAGS];
	uint64_t		frag_list;
	const char		*why;
};

void view_measure(struct skb_view *v);

/**
 * struct skb_question - what is asked for
 * @record: a file, or NULL
 * @command: CMD, or NULL
 */
struct skb_question {
	uint64_t	skb;
	bool		full;
	bool		json;
	const char	*record;
	unsigned int	buffer_kib;
	char		**command;
};

int show_skb(const struct skb_question *q);

#endif /* _VIEW_H */
