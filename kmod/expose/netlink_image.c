// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_image.c - raw images of a socket, by generic netlink
 *
 * Place: a view. Called by generic netlink in process context, under its own
 * mutex. The images are taken by the first call of a dump, in the context of the
 * process that asks, so that a descriptor is one of its own; what follows only
 * hands them out. Not when the dump starts: on 6.1 an error has no words there.
 * They hold kernel addresses and whatever memory holds: who asks needs what
 * reading all memory needs, as BPF programs that do.
 */
#include <linux/net.h>
#include <linux/security.h>

#include "../observe/image.h"
#include "../observe/registry.h"
#include "netlink.h"
#include "netlink_gen.h"

/* Octets of a message beside its image: header and all other attributes */
#define SCOPE_NL_IMAGE_REST	512

/**
 * struct scope_nl_image - a dump that is under way
 * @images: what was taken
 * @at: how far it was handed out
 */
struct scope_nl_image {
	struct scope_images	*images;
	size_t			at;
};

static struct scope_nl_image *scope_nl_image(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct scope_nl_image) > sizeof(cb->ctx));
	return (struct scope_nl_image *)cb->ctx;
}

/* Both who opened the netlink socket and who asks */
static int scope_nl_image_allowed(struct netlink_callback *cb)
{
	if (!(netlink_capable(cb->skb, CAP_SYSLOG) &&
	      netlink_capable(cb->skb, CAP_PERFMON)) &&
	    !netlink_capable(cb->skb, CAP_SYS_ADMIN)) {
		NL_SET_ERR_MSG(cb->extack,
			       "raw images need CAP_SYSLOG and CAP_PERFMON, or CAP_SYS_ADMIN, in the initial user namespace");
		return -EPERM;
	}
	if (security_locked_down(LOCKDOWN_BPF_READ_KERNEL)) {
		NL_SET_ERR_MSG(cb->extack,
			       "the kernel is locked down for confidentiality: no raw images");
		return -EPERM;
	}
	return 0;
}

static struct scope_images *scope_nl_image_of_fd(struct netlink_callback *cb,
						 const struct nlattr *fd)
{
	struct scope_images *images;
	struct socket *sock;
	int err;

	sock = sockfd_lookup(nla_get_s32(fd), &err);
	if (!sock) {
		if (err == -ENOTSOCK)
			NL_SET_ERR_MSG_ATTR(cb->extack, fd,
					    "this descriptor is not of a socket");
		else
			NL_SET_ERR_MSG_ATTR(cb->extack, fd,
					    "you have no such descriptor open");
		return ERR_PTR(err);
	}
	images = scope_image_socket(sock);
	sockfd_put(sock);
	return images ?: ERR_PTR(-ENOMEM);
}

static struct scope_images *scope_nl_image_of_cookie(struct netlink_callback *cb,
						     const struct nlattr *cookie)
{
	struct scope_net *sn = scope_net(sock_net(cb->skb->sk));
	struct scope_images *images;
	struct sock *sk;

	sk = scope_registry_get(sn, nla_get_u64(cookie));
	if (!sk) {
		NL_SET_ERR_MSG_ATTR(cb->extack, cookie,
				    "no socket with this cookie in this network namespace");
		return ERR_PTR(-ENOENT);
	}
	images = scope_image_sock(sk);
	sock_put(sk);
	return images ?: ERR_PTR(-ENOMEM);
}

static int scope_nl_image_take(struct netlink_callback *cb)
{
	struct nlattr **attrs = genl_info_dump(cb)->attrs;
	const struct nlattr *cookie = attrs[SKBSCOPE_A_IMAGE_COOKIE];
	const struct nlattr *fd = attrs[SKBSCOPE_A_IMAGE_FD];
	struct scope_images *images;
	int err;

	err = scope_nl_image_allowed(cb);
	if (err)
		return err;
	if (!cookie == !fd) {
		NL_SET_ERR_MSG(cb->extack,
			       "give the socket's cookie, or one of your descriptors");
		return -EINVAL;
	}
	images = fd ? scope_nl_image_of_fd(cb, fd) :
		      scope_nl_image_of_cookie(cb, cookie);
	if (IS_ERR(images))
		return PTR_ERR(images);
	scope_nl_image(cb)->images = images;
	/* Of the messages behind the first one, which has room for a page */
	cb->min_dump_alloc = SCOPE_NL_IMAGE_REST + images->longest;
	return 0;
}

static int scope_nl_put_lengths(struct sk_buff *msg,
				const struct scope_image *image)
{
	return nla_put_u32(msg, SKBSCOPE_A_IMAGE_LEN, image->len) ?:
	       nla_put_u32(msg, SKBSCOPE_A_IMAGE_LEFT_OUT, image->left_out);
}

static int scope_nl_put_skb_place(struct sk_buff *msg,
				  const struct scope_image *image)
{
	return nla_put_u32(msg, SKBSCOPE_A_IMAGE_QUEUE, image->queue) ?:
	       nla_put_u32(msg, SKBSCOPE_A_IMAGE_INDEX, image->index) ?:
	       (image->frag ? nla_put_u32(msg, SKBSCOPE_A_IMAGE_FRAG,
					  image->frag) : 0) ?:
	       (image->len ? scope_nl_put_lengths(msg, image) : 0) ?:
	       (image->id ? nla_put_u64_64bit(msg, SKBSCOPE_A_IMAGE_SKB_ID,
					      image->id,
					      SKBSCOPE_A_IMAGE_PAD) : 0);
}

static int scope_nl_put_image(struct sk_buff *msg,
			      const struct scope_images *images,
			      const struct scope_image *image)
{
	int err;

	err = nla_put_u32(msg, SKBSCOPE_A_IMAGE_KIND, image->kind) ?:
	      nla_put_u64_64bit(msg, SKBSCOPE_A_IMAGE_ADDRESS, image->address,
				SKBSCOPE_A_IMAGE_PAD);
	if (!err && image->torn)
		err = nla_put_flag(msg, SKBSCOPE_A_IMAGE_TORN);
	if (!err && image->name)
		err = nla_put_string(msg, SKBSCOPE_A_IMAGE_STRUCT,
				     image->name) ?:
		      nla_put_u32(msg, SKBSCOPE_A_IMAGE_SIZE, image->size) ?:
		      nla_put(msg, SKBSCOPE_A_IMAGE_BYTES, image->length,
			      image->bytes);
	if (err)
		return err;
	switch (image->kind) {
	case SKBSCOPE_IMAGE_KIND_SOCKET:
		return nla_put_u64_64bit(msg, SKBSCOPE_A_IMAGE_INODE,
					 images->inode, SKBSCOPE_A_IMAGE_PAD);
	case SKBSCOPE_IMAGE_KIND_SOCK:
		return nla_put_u32(msg, SKBSCOPE_A_IMAGE_FAMILY,
				   images->family) ?:
		       nla_put_string(msg, SKBSCOPE_A_IMAGE_PROTO,
				      images->proto) ?:
		       nla_put_u32(msg, SKBSCOPE_A_IMAGE_NETNS, images->netns);
	case SKBSCOPE_IMAGE_KIND_QUEUE:
		return nla_put_u32(msg, SKBSCOPE_A_IMAGE_QUEUE, image->queue) ?:
		       scope_nl_put_lengths(msg, image);
	case SKBSCOPE_IMAGE_KIND_SKB:
	case SKBSCOPE_IMAGE_KIND_SHARED_INFO:
		return scope_nl_put_skb_place(msg, image);
	default:
		return 0;
	}
}

int skbscope_nl_image_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	struct scope_nl_image *dump = scope_nl_image(cb);
	const struct scope_image *image;
	size_t at = dump->at;
	void *hdr;
	int err;

	if (!dump->images) {
		err = scope_nl_image_take(cb);
		if (err)
			return err;
	}
	while ((image = scope_image_next(dump->images, &at))) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &scope_genl, NLM_F_MULTI,
				  SKBSCOPE_CMD_IMAGE_GET);
		err = hdr ? scope_nl_put_image(skb, dump->images, image) :
			    -EMSGSIZE;
		if (err) {
			if (hdr)
				genlmsg_cancel(skb, hdr);
			/* One that fits no message would be tried for ever */
			return skb->len ?: err;
		}
		genlmsg_end(skb, hdr);
		dump->at = at;
	}
	return skb->len;
}

int skbscope_nl_image_get_done(struct netlink_callback *cb)
{
	scope_image_free(scope_nl_image(cb)->images);
	return 0;
}

int skbscope_nl_image_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack,
		       "ask for a dump: each object has a message of its own");
	return -EOPNOTSUPP;
}
