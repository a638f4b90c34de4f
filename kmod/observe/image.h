/* SPDX-License-Identifier: GPL-2.0 */
/*
 * image.h - the bytes of a socket, from its file to its sk_buffs
 */
#ifndef _SCOPE_IMAGE_H
#define _SCOPE_IMAGE_H

#include "../skbscope.h"
#include "uapi/skbscope_netlink.h"

/* What one look takes: sk_buffs of a queue, octets of an object */
#define SCOPE_IMAGE_SKBS	64
#define SCOPE_IMAGE_BYTES	16384

struct scope_snap;

/**
 * struct scope_image - an object of the kernel at one moment
 * @address: where it is
 * @name: of the struct, as BTF has it; NULL for a queue
 * @id: number of the sk_buff, 0 for none
 * @kind: enum skbscope_image_kind
 * @queue: enum skbscope_image_queue of an sk_buff and what belongs to it
 * @index: its place there
 * @size: octets the object has
 * @length: octets of them in @bytes
 * @frag: its place in the frag_list of the sk_buff at @index, from 1; 0 for that itself
 * @len: of a queue, how many sk_buffs it has, of an sk_buff its frag_list
 * @left_out: and how many of them have no image
 * @taken: of a queue, how many sk_buffs have one, those of frag_lists, too
 * @torn: it may have been changed meanwhile
 * @bytes: the object
 */
struct scope_image {
	u64		address;
	const char	*name;
	u64		id;
	u8		kind;
	u8		queue;
	bool		torn;
	u32		index;
	u32		frag;
	u32		size;
	u32		length;
	u32		len;
	u32		left_out;
	u32		taken;
	u8		bytes[] __aligned(8);
};

/**
 * struct scope_images - all that was taken of one socket
 * @inode: of struct socket
 * @netns: inode of the network namespace
 * @family: AF_*
 * @proto: name of its protocol
 * @longest: octets of the longest image
 * @used: octets in @room
 * @size: and how many there are
 * @room: struct scope_image, one behind the other
 */
struct scope_images {
	u64	inode;
	u32	netns;
	u32	family;
	char	proto[sizeof_field(struct proto, name)];
	u32	longest;
	size_t	used;
	size_t	size;
	u8	room[] __aligned(8);
};

struct scope_images *scope_image_socket(struct socket *sock);
struct scope_images *scope_image_sock(struct sock *sk);
const struct scope_image *scope_image_next(const struct scope_images *images,
					   size_t *at);
void scope_image_free(struct scope_images *images);
void scope_image_snap(struct scope_snap *snap, const struct sk_buff *skb);
int scope_image_may_watch(void);

#endif /* _SCOPE_IMAGE_H */
