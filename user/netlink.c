// SPDX-License-Identifier: GPL-2.0
/*
 * netlink.c - questions to the module's generic netlink family
 *
 * Called by family.c and the commands. Carries messages by libnl; what they
 * mean is picture.c's. Functions return 0 or -errno, and netlink_error() then
 * has the kernel's own words where it sent some.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "netlink_ask.h"

#define ROOM	1024	/* for a message's headers and what is always short */

/* libnl folds several errnos into one code; keep the kernel's */
static int from_nle(int nle)
{
	switch (nle < 0 ? -nle : nle) {
	case 0:
		return 0;
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
		return -EPERM;
	case NLE_NOACCESS:
		return -EACCES;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_INTR:
		return -EINTR;
	case NLE_DUMP_INTR:
		return -ESTALE;
	default:
		return -EIO;
	}
}

/* @skip: octets in front of the attributes */
static void keep_words(struct netlink *nl, const struct nlmsghdr *nlh, int skip)
{
	int rem = (int)nlh->nlmsg_len - NLMSG_HDRLEN - skip;
	char *data = nlmsg_data(nlh);
	struct nlattr *attr;

	nl->words[0] = '\0';
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || rem <= 0)
		return;
	nla_for_each_attr(attr, (struct nlattr *)(data + skip), rem, rem) {
		if (nla_type(attr) == NLMSGERR_ATTR_MSG)
			snprintf(nl->words, sizeof(nl->words), "%.*s",
				 nla_len(attr), (char *)nla_data(attr));
	}
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct netlink *nl = arg;
	/* nlmsgerr is the payload of the message that carries it */
	struct nlmsghdr *nlh = (struct nlmsghdr *)((char *)err - NLMSG_HDRLEN);
	int skip = sizeof(*err);

	(void)from;
	/* the request is quoted before the attributes, unless capped */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(err->msg.nlmsg_len) - sizeof(err->msg);
	keep_words(nl, nlh, skip);
	nl->err = err->error;
	nl->done = true;
	return NL_STOP;
}

static int on_done(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct netlink *nl = arg;

	/* a dump that was refused, or broke off, says so at its end */
	if (nlh->nlmsg_type == NLMSG_DONE &&
	    nlmsg_datalen(nlh) >= (int)sizeof(int) && !nl->err) {
		nl->err = *(int *)nlmsg_data(nlh);
		keep_words(nl, nlh, sizeof(int));
	}
	nl->done = true;
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct netlink *nl = arg;
	int ret;

	if (!genlmsg_valid_hdr(nlh, 0) || !nl->answer)
		return NL_SKIP;
	ret = nl->answer(nlh, nl->arg);
	if (ret && !nl->err)
		nl->err = ret;
	return NL_OK;
}

struct nlattr *netlink_attrs(struct nlmsghdr *nlh, int *len)
{
	struct genlmsghdr *genl = genlmsg_hdr(nlh);

	*len = genlmsg_attrlen(genl, 0);
	return genlmsg_attrdata(genl, 0);
}

/* NULL with errno ENOENT where there is no such family: no module */
struct netlink *netlink_open(void)
{
	struct netlink *nl = calloc(1, sizeof(*nl));
	int on = 1, ret = -ENOMEM;

	if (!nl)
		goto err;
	nl->sock = nl_socket_alloc();
	if (!nl->sock)
		goto err;
	ret = from_nle(genl_connect(nl->sock));
	if (ret)
		goto err;
	/* a kernel without it answers the same, without words */
	setsockopt(nl_socket_get_fd(nl->sock), SOL_NETLINK, NETLINK_EXT_ACK,
		   &on, sizeof(on));
	/* nor is there a need for a long request, in front of them, again */
	setsockopt(nl_socket_get_fd(nl->sock), SOL_NETLINK, NETLINK_CAP_ACK,
		   &on, sizeof(on));
	nl->family = genl_ctrl_resolve(nl->sock, SKBSCOPE_GENL_NAME);
	if (nl->family < 0) {
		ret = from_nle(nl->family);
		goto err;
	}
	nl_socket_modify_err_cb(nl->sock, NL_CB_CUSTOM, on_error, nl);
	nl_socket_modify_cb(nl->sock, NL_CB_FINISH, NL_CB_CUSTOM, on_done, nl);
	nl_socket_modify_cb(nl->sock, NL_CB_ACK, NL_CB_CUSTOM, on_done, nl);
	nl_socket_modify_cb(nl->sock, NL_CB_VALID, NL_CB_CUSTOM, on_valid, nl);
	return nl;

err:
	netlink_close(nl);
	errno = -ret;
	return NULL;
}

void netlink_close(struct netlink *nl)
{
	if (!nl)
		return;
	nl_socket_free(nl->sock);
	free(nl);
}

/* the kernel's words for the last error, or an empty string */
const char *netlink_error(const struct netlink *nl)
{
	return nl->words;
}

/* sends @msg, which it frees, and hears all answers */
int netlink_exchange(struct netlink *nl, struct nl_msg *msg,
		     netlink_answer_fn answer, void *arg)
{
	int ret;

	nl->err = 0;
	nl->done = false;
	nl->words[0] = '\0';
	nl->answer = answer;
	nl->arg = arg;

	ret = nl_send_auto(nl->sock, msg);
	nlmsg_free(msg);
	if (ret < 0)
		return from_nle(ret);
	while (!nl->done) {
		ret = nl_recvmsgs_default(nl->sock);
		if (ret == -NLE_INTR)
			continue;
		if (ret < 0 && !nl->err)
			return from_nle(ret);
		if (ret < 0)
			break;
	}
	return nl->err;
}

/* with room for so many octets of attributes */
struct nl_msg *netlink_request(struct netlink *nl, int cmd, int flags,
			       size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(size + ROOM);

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0,
				flags, cmd, SKBSCOPE_GENL_VERSION)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

static struct nl_msg *request(struct netlink *nl, int cmd, int flags)
{
	return netlink_request(nl, cmd, flags, 0);
}

static int take_info(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *head;
	int len;

	head = netlink_attrs(nlh, &len);
	return info_decode(head, len, arg);
}

int netlink_info(struct netlink *nl, struct info *info)
{
	struct nl_msg *msg = request(nl, SKBSCOPE_CMD_INFO_GET, NLM_F_ACK);

	memset(info, 0, sizeof(*info));
	return msg ? netlink_exchange(nl, msg, take_info, info) : -ENOMEM;
}

static int take_socket(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *head;
	int len;

	head = netlink_attrs(nlh, &len);
	return socket_decode(head, len, arg);
}

int netlink_socket(struct netlink *nl, uint64_t cookie,
		   struct socket_picture *sock)
{
	struct nl_msg *msg = request(nl, SKBSCOPE_CMD_SOCKET_GET, NLM_F_ACK);

	memset(sock, 0, sizeof(*sock));
	if (!msg)
		return -ENOMEM;
	if (nla_put_u64(msg, SKBSCOPE_A_SOCKET_COOKIE, cookie)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return netlink_exchange(nl, msg, take_socket, sock);
}

static int take_ledger(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *head;
	int len;

	head = netlink_attrs(nlh, &len);
	return ledger_decode(head, len, arg);
}

int netlink_ledger(struct netlink *nl, struct ledger *ledger)
{
	struct nl_msg *msg = request(nl, SKBSCOPE_CMD_LEDGER_GET, NLM_F_ACK);

	memset(ledger, 0, sizeof(*ledger));
	return msg ? netlink_exchange(nl, msg, take_ledger, ledger) : -ENOMEM;
}

struct dump {
	netlink_socket_fn	socket;
	netlink_station_fn	station;
	void			*arg;
};

static int take_dumped_socket(struct nlmsghdr *nlh, void *arg)
{
	struct socket_picture sock;
	struct dump *dump = arg;
	int ret;

	ret = take_socket(nlh, &sock);
	return ret ? ret : dump->socket(&sock, dump->arg);
}

static int ask_sockets(struct netlink *nl, uint32_t show, struct dump *dump)
{
	struct nl_msg *msg = request(nl, SKBSCOPE_CMD_SOCKET_GET, NLM_F_DUMP);

	if (!msg)
		return -ENOMEM;
	if (nla_put_u32(msg, SKBSCOPE_A_SOCKET_SHOW, show)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return netlink_exchange(nl, msg, take_dumped_socket, dump);
}

/**
 * netlink_sockets - ask for every socket of this network namespace
 * @show: sum of enum skbscope_show, what is wanted of each
 * @fn: is called for each
 * @nr: how many @fn has taken: 0 when the asking begins, again if need be
 *
 * Return: 0, -ESTALE if sockets came or went each of NETLINK_TRIES times, so
 * that one may be missing or doubled, or another -errno.
 */
int netlink_sockets(struct netlink *nl, uint32_t show, netlink_socket_fn fn,
		    void *arg, size_t *nr)
{
	struct dump dump = { .socket = fn, .arg = arg };
	int tries, ret = -ESTALE;

	for (tries = 0; ret == -ESTALE && tries < NETLINK_TRIES; tries++) {
		*nr = 0;
		ret = ask_sockets(nl, show, &dump);
	}
	return ret;
}

static int note_cookie(const struct socket_picture *sock, void *arg)
{
	struct cookies *c = arg;

	if (c->nr == c->cap) {
		size_t cap = c->cap ? 2 * c->cap : 64;
		uint64_t *bigger = realloc(c->cookie, cap * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		c->cookie = bigger;
		c->cap = cap;
	}
	c->cookie[c->nr++] = num_get(&sock->n, SKBSCOPE_A_SOCKET_COOKIE);
	return 0;
}

/**
 * netlink_cookies - ask for the cookie of every socket of this network namespace
 * @cookies: zero at first; they may be asked for again
 *
 * Return: as netlink_sockets().
 */
int netlink_cookies(struct netlink *nl, struct cookies *cookies)
{
	return netlink_sockets(nl, 0, note_cookie, cookies, &cookies->nr);
}

static int take_dumped_station(struct nlmsghdr *nlh, void *arg)
{
	struct station_picture st;
	struct dump *dump = arg;
	struct nlattr *head;
	int len, ret;

	head = netlink_attrs(nlh, &len);
	ret = station_decode(head, len, &st);
	return ret ? ret : dump->station(&st, dump->arg);
}

int netlink_stations(struct netlink *nl, netlink_station_fn fn, void *arg)
{
	struct nl_msg *msg = request(nl, SKBSCOPE_CMD_STATION_GET, NLM_F_DUMP);
	struct dump dump = { .station = fn, .arg = arg };

	return msg ? netlink_exchange(nl, msg, take_dumped_station, &dump) : -ENOMEM;
}

struct image_dump {
	netlink_image_fn	fn;
	void			*arg;
};

static int take_image(struct nlmsghdr *nlh, void *arg)
{
	struct image_dump *dump = arg;
	struct image_picture image;
	struct nlattr *head;
	int len, ret;

	head = netlink_attrs(nlh, &len);
	ret = image_decode(head, len, &image);
	return ret ? ret : dump->fn(&image, dump->arg);
}

static int ask_images(struct netlink *nl, int attr, const void *value,
		      size_t len, struct image_dump *dump)
{
	struct nl_msg *msg = request(nl, SKBSCOPE_CMD_IMAGE_GET, NLM_F_DUMP);

	if (!msg)
		return -ENOMEM;
	if (nla_put(msg, attr, len, value)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	/* one image is longer than the messages that libnl expects */
	nl_socket_enable_msg_peek(nl->sock);
	return netlink_exchange(nl, msg, take_image, dump);
}

/**
 * netlink_images_of_fd - ask for the bytes of a socket of any family
 * @fd: a descriptor of this process
 * @fn: is called for each object
 *
 * Return: 0 or -errno, with netlink_error() for what was refused.
 */
int netlink_images_of_fd(struct netlink *nl, int fd, netlink_image_fn fn,
			 void *arg)
{
	struct image_dump dump = { .fn = fn, .arg = arg };

	return ask_images(nl, SKBSCOPE_A_IMAGE_FD, &fd, sizeof(fd), &dump);
}

/* and of one of the family in this network namespace */
int netlink_images_of_cookie(struct netlink *nl, uint64_t cookie,
			     netlink_image_fn fn, void *arg)
{
	struct image_dump dump = { .fn = fn, .arg = arg };

	return ask_images(nl, SKBSCOPE_A_IMAGE_COOKIE, &cookie, sizeof(cookie),
			  &dump);
}

static int take_bit(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *head, *mask;
	int len;

	head = netlink_attrs(nlh, &len);
	mask = nla_find(head, len, SKBSCOPE_A_FRAME_MASK);
	if (!mask || nla_len(mask) < 4)
		return -EPROTO;
	*(uint32_t *)arg = nla_get_u32(mask);
	return 0;
}

/**
 * netlink_frame_filter - have a program asked about all frames
 * @insn: classic BPF; it is asked until netlink_close()
 * @bit: of an event's field frames, that is the answer
 *
 * Return: 0 or -errno, with netlink_error() for what was refused.
 */
int netlink_frame_filter(struct netlink *nl, const struct sock_filter *insn,
			 unsigned int nr, uint32_t *bit)
{
	size_t len = nr * sizeof(*insn);
	struct nl_msg *msg;

	*bit = 0;
	msg = netlink_request(nl, SKBSCOPE_CMD_FRAME_FILTER, NLM_F_ACK, len);
	if (!msg)
		return -ENOMEM;
	if (nla_put(msg, SKBSCOPE_A_FRAME_PROGRAM, len, insn)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return netlink_exchange(nl, msg, take_bit, bit);
}

/* from here on this socket only hears notices; ask on another one */
int netlink_join(struct netlink *nl, const char *group)
{
	int number = genl_ctrl_resolve_grp(nl->sock, SKBSCOPE_GENL_NAME, group);

	if (number < 0)
		return from_nle(number);
	nl_socket_disable_seq_check(nl->sock);
	nl_socket_set_nonblocking(nl->sock);
	return from_nle(nl_socket_add_membership(nl->sock, number));
}

int netlink_subscribe(struct netlink *nl)
{
	return netlink_join(nl, SKBSCOPE_MCGRP_SOCKETS);
}

int netlink_fd(const struct netlink *nl)
{
	return nl_socket_get_fd(nl->sock);
}

/* 0 when none is left for now, -ENOBUFS when the kernel dropped some */
int netlink_hear(struct netlink *nl, netlink_answer_fn answer, void *arg)
{
	int ret;

	nl->err = 0;
	nl->answer = answer;
	nl->arg = arg;
	ret = nl_recvmsgs_default(nl->sock);
	if (ret == -NLE_AGAIN || ret == -NLE_INTR)
		return nl->err;
	if (ret == -NLE_NOMEM)
		return -ENOBUFS;
	return ret < 0 ? from_nle(ret) : nl->err;
}

struct notice {
	netlink_notice_fn	fn;
	void			*arg;
};

static int take_notice(struct nlmsghdr *nlh, void *arg)
{
	struct socket_picture sock;
	struct notice *notice = arg;
	int ret;

	ret = take_socket(nlh, &sock);
	return ret ? ret : notice->fn(genlmsg_hdr(nlh)->cmd, &sock,
				      notice->arg);
}

/* as netlink_hear() */
int netlink_notices(struct netlink *nl, netlink_notice_fn fn, void *arg)
{
	struct notice notice = { .fn = fn, .arg = arg };

	return netlink_hear(nl, take_notice, &notice);
}
