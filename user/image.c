// SPDX-License-Identifier: GPL-2.0
/*
 * image.c - the octets of an sk_buff at a station
 *
 * Called by event.c, which makes them, and by all who keep an event.
 */
#include <stdlib.h>
#include <string.h>

#include "image.h"

static uint8_t *copy(struct octets *to, uint8_t *room,
		     const struct octets *from)
{
	if (from->len)
		memcpy(room, from->at, from->len);
	*to = (struct octets){ .at = room, .len = from->len };
	return room + from->len;
}

/* with a copy of each part; NULL where memory is short */
struct image *image_new(const struct octets *sk_buff,
			const struct octets *shared_info,
			const struct octets *data)
{
	struct image *image;
	uint8_t *room;

	image = calloc(1, sizeof(*image) + sk_buff->len + shared_info->len +
		       data->len);
	if (!image)
		return NULL;
	image->holders = 1;
	room = copy(&image->sk_buff, image->room, sk_buff);
	room = copy(&image->shared_info, room, shared_info);
	copy(&image->data, room, data);
	return image;
}

/* one more who holds it; NULL stays NULL */
struct image *image_get(struct image *image)
{
	if (image)
		image->holders++;
	return image;
}

void image_put(struct image *image)
{
	if (image && !--image->holders)
		free(image);
}
