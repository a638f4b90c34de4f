/* SPDX-License-Identifier: GPL-2.0 */
/*
 * image.h - the octets of an sk_buff at a station
 *
 * Made by event.c of skbscope:image, handed on by stream.c with the event of the
 * station, read by skbuff.c. Several may hold one; it is not changed.
 */
#ifndef _IMAGE_H
#define _IMAGE_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct octets - a part of an image
 * @at: points into it
 * @len: how many; 0 where the module did not tell
 */
struct octets {
	const uint8_t	*at;
	size_t		len;
};

/**
 * struct image - what was copied
 * @skb: number of the sk_buff
 * @station: where
 * @address: of struct sk_buff in the kernel
 * @sock: cookie of skb->sk, 0 for none
 * @from: offset of @data from skb->head
 * @sk_buff: struct sk_buff
 * @shared_info: its struct skb_shared_info
 * @data: headers and data, as many as the kernel gives
 */
struct image {
	unsigned int	holders;
	uint64_t	skb;
	int		station;
	uint64_t	address;
	uint64_t	sock;
	uint32_t	from;
	struct octets	sk_buff;
	struct octets	shared_info;
	struct octets	data;
	uint8_t		room[];
};

struct image *image_new(const struct octets *sk_buff,
			const struct octets *shared_info,
			const struct octets *data);
struct image *image_get(struct image *image);
void image_put(struct image *image);

#endif /* _IMAGE_H */
