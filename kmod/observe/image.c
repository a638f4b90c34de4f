// SPDX-License-Identifier: GPL-2.0
/*
 * image.c - the bytes of a socket, from its file to its sk_buffs; and which of
 * those of an sk_buff at a station
 *
 * Place: beside the data path. At a station, in any context, station.c asks for
 * an sk_buff in its hands; trace.h has the event that copies it.
 *
 * Of a socket, called by expose/netlink_image.c in process context. The socket
 * may be of any family. Room for all is made first, at most SCOPE_IMAGE_SKBS of
 * a queue and SCOPE_IMAGE_BYTES of an object; then each is copied under what
 * guards it:
 *
 *	struct file		f_lock
 *	struct socket, sock	the socket lock; unix_state_lock() besides where
 *				that guards the sock
 *	sk_buffs of a queue	the socket lock and the queue's own
 *	sk_backlog		the spinlock of the socket lock, whoever owns it
 *
 * The socket lock is its spinlock at a moment when no process owns it, so that
 * nothing sleeps between two copies, and softirqs wait. A process that owns it
 * for long, in a call that sleeps, is not waited for: then struct socket and
 * sock are torn and the queues, which the owner may be changing, are left out.
 * A family whose sock other locks guard has it marked as torn, too: what they
 * guard is not known here. The sock and its receive queue are of one instant.
 *
 * What counts atomically may move under any lock.
 */
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/security.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/af_unix.h>

#include "image.h"
#include "station.h"

/* jiffies that the owner of a socket lock is waited for */
#define SCOPE_IMAGE_PATIENCE	HZ

/* receive, write and error queue, the backlog, and two of a protocol's own */
#define SCOPE_IMAGE_QUEUES	6

/* What an object of that size takes among the images */
static size_t scope_image_room(size_t size)
{
	return ALIGN(sizeof(struct scope_image) +
		     min_t(size_t, size, SCOPE_IMAGE_BYTES), 8);
}

/* Its room comes from scope_images_alloc(), which knows of every object */
static struct scope_image *scope_image_add(struct scope_images *images, u8 kind,
					   const void *object, const char *name,
					   size_t size)
{
	struct scope_image *image = (void *)(images->room + images->used);
	size_t length = min_t(size_t, size, SCOPE_IMAGE_BYTES);
	size_t room = scope_image_room(size);

	if (WARN_ON_ONCE(images->used + room > images->size))
		return NULL;
	images->used += room;
	images->longest = max_t(u32, images->longest, length);
	*image = (struct scope_image) {
		.address	= (uintptr_t)object,
		.name		= name,
		.kind		= kind,
		.size		= size,
		.length		= length,
	};
	memcpy(image->bytes, object, length);
	return image;
}

/* The memory of a sock is what its first protocol asked for */
static size_t scope_sock_size(const struct sock *sk)
{
	return sk->sk_prot_creator->obj_size;
}

static struct scope_images *scope_images_alloc(const struct sock *sk)
{
	struct scope_images *images;
	size_t size;

	size = scope_image_room(sizeof(struct file)) +
	       scope_image_room(sizeof(struct socket));
	if (sk)
		size += scope_image_room(scope_sock_size(sk)) +
			SCOPE_IMAGE_QUEUES * scope_image_room(0) +
			SCOPE_IMAGE_QUEUES * SCOPE_IMAGE_SKBS *
			(scope_image_room(sizeof(struct sk_buff)) +
			 scope_image_room(sizeof(struct skb_shared_info)));

	images = kvmalloc(struct_size(images, room, size),
			  GFP_KERNEL_ACCOUNT);
	if (!images)
		return NULL;
	memset(images, 0, sizeof(*images));
	images->size = size;
	return images;
}

/* The family's cb is its own on its own queues; on the error queue it is not */
static u64 scope_image_id(const struct sock *sk, const struct sk_buff *skb,
			  u8 queue)
{
	if (!scope_is_ours(sk) || queue == SKBSCOPE_IMAGE_QUEUE_ERROR)
		return 0;
	return scope_skb_cb(skb)->id;
}

/* One sk_buff and its end, if the queue may still have one: its image, or NULL */
static struct scope_image *scope_image_one(struct scope_images *images,
					   struct scope_image *queue,
					   const struct sk_buff *skb, u32 index,
					   u32 frag)
{
	struct scope_image *image, *info;

	if (queue->taken == SCOPE_IMAGE_SKBS)
		return NULL;
	image = scope_image_add(images, SKBSCOPE_IMAGE_KIND_SKB, skb, "sk_buff",
				sizeof(*skb));
	if (!image)
		return NULL;
	queue->taken++;
	image->queue = queue->queue;
	image->index = index;
	image->frag = frag;
	if (!skb->head)
		return image;
	info = scope_image_add(images, SKBSCOPE_IMAGE_KIND_SHARED_INFO,
			       skb_shinfo(skb), "skb_shared_info",
			       sizeof(struct skb_shared_info));
	if (!info)
		return image;
	info->queue = queue->queue;
	info->index = index;
	info->frag = frag;
	return image;
}

/*
 * The next one of @queue, whose locks are held. Its frag_list is changed by who has
 * the sk_buff for himself, and so by nobody.
 */
static void scope_image_skb(struct scope_images *images,
			    struct scope_image *queue, const struct sock *sk,
			    const struct sk_buff *skb)
{
	struct scope_image *image;
	const struct sk_buff *frag;
	u32 index = queue->len++;

	image = scope_image_one(images, queue, skb, index, 0);
	if (!image) {
		queue->left_out++;
		return;
	}
	image->id = scope_image_id(sk, skb, queue->queue);
	if (!skb->head)
		return;
	skb_walk_frags(skb, frag)
		if (!scope_image_one(images, queue, frag, index, ++image->len))
			image->left_out++;
}

static struct scope_image *scope_image_queue(struct scope_images *images,
					     u8 which, const void *queue)
{
	struct scope_image *image;

	image = scope_image_add(images, SKBSCOPE_IMAGE_KIND_QUEUE, queue, NULL,
				0);
	if (image)
		image->queue = which;
	return image;
}

/* Under the queue's lock, or the one that stands for it */
static void scope_image_list(struct scope_images *images, const struct sock *sk,
			     u8 which, const struct sk_buff_head *list)
{
	struct scope_image *queue = scope_image_queue(images, which, list);
	const struct sk_buff *skb;

	if (!queue)
		return;
	skb_queue_walk(list, skb)
		scope_image_skb(images, queue, sk, skb);
}

/* Under the spinlock of the socket lock; empty unless a process owns that */
static void scope_image_backlog(struct scope_images *images,
				const struct sock *sk)
{
	struct scope_image *queue;
	const struct sk_buff *skb;

	queue = scope_image_queue(images, SKBSCOPE_IMAGE_QUEUE_BACKLOG,
				  &sk->sk_backlog);
	if (!queue)
		return;
	for (skb = sk->sk_backlog.head; skb; skb = skb->next)
		scope_image_skb(images, queue, sk, skb);
}

static void scope_image_locked_list(struct scope_images *images,
				    const struct sock *sk, u8 which,
				    struct sk_buff_head *list)
{
	unsigned long flags;

	spin_lock_irqsave(&list->lock, flags);
	scope_image_list(images, sk, which, list);
	spin_unlock_irqrestore(&list->lock, flags);
}

/* Of TCP, under the socket lock */
static void scope_image_tree(struct scope_images *images, const struct sock *sk,
			     u8 which, const struct rb_root *tree)
{
	struct scope_image *queue = scope_image_queue(images, which, tree);
	const struct sk_buff *skb;

	if (!queue)
		return;
	for (skb = skb_rb_first(tree); skb; skb = skb_rb_next(skb))
		scope_image_skb(images, queue, sk, skb);
}

static bool scope_is_inet(const struct sock *sk, int type)
{
	return (sk->sk_family == AF_INET || sk->sk_family == AF_INET6) &&
	       sk->sk_type == type;
}

static bool scope_is_tcp(const struct sock *sk)
{
	return scope_is_inet(sk, SOCK_STREAM) && sk->sk_protocol == IPPROTO_TCP;
}

static bool scope_is_udp(const struct sock *sk)
{
	return scope_is_inet(sk, SOCK_DGRAM) &&
	       (sk->sk_protocol == IPPROTO_UDP ||
		sk->sk_protocol == IPPROTO_UDPLITE);
}

/* Is there no other lock that guards part of the sock? */
static bool scope_lock_is_known(const struct sock *sk)
{
	switch (sk->sk_family) {
	case AF_INET:
	case AF_INET6:
	case AF_UNIX:
		return true;
	default:
		return scope_is_ours(sk);
	}
}

/* What a protocol keeps besides; under the socket lock */
static void scope_image_more(struct scope_images *images, struct sock *sk)
{
	if (scope_is_ours(sk)) {
		if (scope_is_conn(sk))
			scope_image_list(images, sk,
					 SKBSCOPE_IMAGE_QUEUE_OUT_OF_ORDER,
					 &scope_conn(sk)->ooo);
	} else if (scope_is_tcp(sk)) {
		scope_image_tree(images, sk, SKBSCOPE_IMAGE_QUEUE_OUT_OF_ORDER,
				 &tcp_sk(sk)->out_of_order_queue);
		scope_image_tree(images, sk, SKBSCOPE_IMAGE_QUEUE_RETRANSMIT,
				 &sk->tcp_rtx_queue);
	} else if (scope_is_udp(sk)) {
		scope_image_locked_list(images, sk, SKBSCOPE_IMAGE_QUEUE_READER,
					&udp_sk(sk)->reader_queue);
	}
}

static void scope_image_of_sock(struct scope_images *images,
				const struct sock *sk, bool torn)
{
	struct scope_image *image;

	image = scope_image_add(images, SKBSCOPE_IMAGE_KIND_SOCK, sk,
				scope_is_ours(sk) ?
				"scope_sock" : "sock", scope_sock_size(sk));
	if (image)
		image->torn = torn;
}

/* The sock and its queues, all locks of the sock held */
static void scope_image_whole(struct scope_images *images, struct sock *sk)
{
	unsigned long flags;

	spin_lock_irqsave(&sk->sk_receive_queue.lock, flags);
	scope_image_of_sock(images, sk, !scope_lock_is_known(sk));
	scope_image_list(images, sk, SKBSCOPE_IMAGE_QUEUE_RECEIVE,
			 &sk->sk_receive_queue);
	spin_unlock_irqrestore(&sk->sk_receive_queue.lock, flags);

	scope_image_locked_list(images, sk, SKBSCOPE_IMAGE_QUEUE_WRITE,
				&sk->sk_write_queue);
	scope_image_locked_list(images, sk, SKBSCOPE_IMAGE_QUEUE_ERROR,
				&sk->sk_error_queue);
	scope_image_backlog(images, sk);
	scope_image_more(images, sk);
}

static void scope_image_unix(struct scope_images *images, struct sock *sk)
{
	unix_state_lock(sk);
	scope_image_whole(images, sk);
	unix_state_unlock(sk);
}

/* A process is in the midst of a call: its queues are not to be walked, but for one */
static void scope_image_owned(struct scope_images *images, struct sock *sk)
{
	const struct {
		u8 which;
		struct sk_buff_head *list;
	} lists[] = {
		{ SKBSCOPE_IMAGE_QUEUE_RECEIVE, &sk->sk_receive_queue },
		{ SKBSCOPE_IMAGE_QUEUE_WRITE, &sk->sk_write_queue },
		{ SKBSCOPE_IMAGE_QUEUE_ERROR, &sk->sk_error_queue },
	};
	struct scope_image *queue;
	unsigned int i;

	scope_image_of_sock(images, sk, true);
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		queue = scope_image_queue(images, lists[i].which,
					  lists[i].list);
		if (!queue)
			return;
		queue->torn = true;
		queue->len = skb_queue_len_lockless(lists[i].list);
		queue->left_out = queue->len;
	}
	scope_image_backlog(images, sk);
}

/* The socket lock without becoming its owner; false where somebody else is it */
static bool scope_image_lock(struct sock *sk)
	__acquires(&sk->sk_lock.slock)
{
	long left = SCOPE_IMAGE_PATIENCE;

	spin_lock_bh(&sk->sk_lock.slock);
	while (sk->sk_lock.owned && left > 0) {
		spin_unlock_bh(&sk->sk_lock.slock);
		left = wait_event_interruptible_timeout(sk->sk_lock.wq,
							!READ_ONCE(sk->sk_lock.owned),
							left);
		spin_lock_bh(&sk->sk_lock.slock);
	}
	return !sk->sk_lock.owned;
}

static void scope_image_chain(struct scope_images *images, struct socket *sock,
			      struct sock *sk)
{
	struct scope_image *image = NULL;
	bool whole = scope_image_lock(sk);

	if (sock)
		image = scope_image_add(images, SKBSCOPE_IMAGE_KIND_SOCKET,
					sock, "socket", sizeof(*sock));
	if (image)
		image->torn = !whole;
	if (!whole)
		scope_image_owned(images, sk);
	else if (sk->sk_family == AF_UNIX)
		scope_image_unix(images, sk);
	else
		scope_image_whole(images, sk);
	spin_unlock_bh(&sk->sk_lock.slock);

	images->netns = sock_net(sk)->ns.inum;
	images->family = sk->sk_family;
	strscpy(images->proto, READ_ONCE(sk->sk_prot)->name,
		sizeof(images->proto));
}

/**
 * scope_image_socket() - take images of a socket that is open
 * @sock: of any family, its file held by the caller
 *
 * Context: process, may sleep.
 *
 * Return: the images, for scope_image_free(), or NULL without memory.
 */
struct scope_images *scope_image_socket(struct socket *sock)
{
	struct sock *sk = READ_ONCE(sock->sk);
	struct scope_images *images = scope_images_alloc(sk);
	struct scope_image *image;

	if (!images)
		return NULL;
	images->inode = SOCK_INODE(sock)->i_ino;

	spin_lock(&sock->file->f_lock);
	scope_image_add(images, SKBSCOPE_IMAGE_KIND_FILE, sock->file, "file",
			sizeof(*sock->file));
	spin_unlock(&sock->file->f_lock);

	if (sk) {
		scope_image_chain(images, sock, sk);
		return images;
	}
	image = scope_image_add(images, SKBSCOPE_IMAGE_KIND_SOCKET, sock,
				"socket", sizeof(*sock));
	if (image)
		image->torn = true;
	return images;
}

/* The file of a sock's socket, with a reference, or NULL */
static struct file *scope_image_file(struct sock *sk)
{
	struct file *file = NULL;

	read_lock_bh(&sk->sk_callback_lock);
	/* Who closes it lets go of the sock under this lock before the file */
	if (sk->sk_socket && sk->sk_socket->file)
		file = get_file_active(&sk->sk_socket->file);
	read_unlock_bh(&sk->sk_callback_lock);
	return file;
}

/**
 * scope_image_sock() - take images of a socket of the family
 * @sk: the socket, with a reference held
 *
 * A connection that nobody accepted, or that goes on behind close(), has
 * neither a file nor a struct socket.
 *
 * Context: process, may sleep.
 *
 * Return: the images, for scope_image_free(), or NULL without memory.
 */
struct scope_images *scope_image_sock(struct sock *sk)
{
	struct file *file = scope_image_file(sk);
	struct scope_images *images;

	if (file) {
		images = scope_image_socket(sock_from_file(file));
		fput(file);
		return images;
	}
	images = scope_images_alloc(sk);
	if (images)
		scope_image_chain(images, NULL, sk);
	return images;
}

/**
 * scope_image_next() - walk what was taken
 * @images: the images
 * @at: 0 to begin with; moved behind the image that is returned
 *
 * Return: the next one or NULL.
 */
const struct scope_image *scope_image_next(const struct scope_images *images,
					   size_t *at)
{
	const struct scope_image *image = (void *)(images->room + *at);

	if (*at >= images->used)
		return NULL;
	*at += scope_image_room(image->size);
	return image;
}

/**
 * scope_image_free() - forget the images
 * @images: what scope_image_socket() or scope_image_sock() gave, or NULL
 */
void scope_image_free(struct scope_images *images)
{
	kvfree(images);
}

/* Events have room in a page of a trace buffer, besides both structs */
#define SCOPE_SNAP_MAX		1024

static unsigned int scope_snap_octets = 256;

static int scope_snap_set(const char *text, const struct kernel_param *param)
{
	return param_set_uint_minmax(text, param, 0, SCOPE_SNAP_MAX);
}

static const struct kernel_param_ops scope_snap_ops = {
	.set = scope_snap_set,
	.get = param_get_uint,
};

module_param_cb(image_octets, &scope_snap_ops, &scope_snap_octets, 0600);
MODULE_PARM_DESC(image_octets, "octets of linear data in an image of an sk_buff, 0 to 1024 (default 256)");

/* Not set is all ones, and of the network header 0 */
static u32 scope_snap_lower(u32 from, u16 header)
{
	return header && header != (u16)~0U ? min_t(u32, from, header) : from;
}

/**
 * scope_image_snap() - choose what of an sk_buff goes into its image
 * @snap: where to
 * @skb: in the caller's hands
 *
 * Context: any. No lock, no failure.
 */
void scope_image_snap(struct scope_snap *snap, const struct sk_buff *skb)
{
	u32 tail = skb_tail_pointer(skb) - skb->head;
	u32 from = skb_headroom(skb);

	from = scope_snap_lower(from, skb->mac_header);
	from = scope_snap_lower(from, skb->network_header);
	from = scope_snap_lower(from, skb->transport_header);
	snap->from = from;
	snap->len = min_t(u32, tail - from, READ_ONCE(scope_snap_octets));
	snap->sk = 0;
	/* Who has a destructor holds skb->sk by it */
	if (skb->destructor && skb->sk && scope_is_ours(skb->sk))
		snap->sk = scope_sk(skb->sk)->cookie;
}

/**
 * scope_image_may_watch() - may this process have images of sk_buffs?
 *
 * As of images of a socket: what reading all memory needs.
 *
 * Context: process.
 *
 * Return: 0 or -EPERM.
 */
int scope_image_may_watch(void)
{
	if (!(capable(CAP_SYSLOG) && capable(CAP_PERFMON)) &&
	    !capable(CAP_SYS_ADMIN))
		return -EPERM;
	return security_locked_down(LOCKDOWN_BPF_READ_KERNEL);
}
