/* SPDX-License-Identifier: GPL-2.0 */
/*
 * genl.h - speaks the module's generic netlink family, octet by octet: what a
 * library would smooth over (flags, sequence numbers, extack) is to be seen
 */
#ifndef SELFTESTS_GENL_H
#define SELFTESTS_GENL_H

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "scope.h"
#include "skbscope_netlink.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK	270
#endif

#define GENL_BUFFER	65536

/**
 * struct genl - a conversation with the family in the namespace it began in
 * @fd: the netlink socket
 * @family: number of the generic netlink family
 * @group: number of its multicast group
 * @seq: of the last request
 * @interrupted: the last dump said that it may be inconsistent
 * @text: what the last error said beside its errno
 * @buffer: the last message received
 */
struct genl {
	int		fd;
	__u16		family;
	__u32		group;
	__u32		seq;
	bool		interrupted;
	char		text[256];
	char		buffer[GENL_BUFFER];
};

/* One answer's attributes by their type; of several the last */
struct genl_attrs {
	const struct nlattr *at[64];
};

static inline const void *genl_data(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

static inline int genl_len(const struct nlattr *attr)
{
	return attr->nla_len - NLA_HDRLEN;
}

/* for (attr = first; genl_ok(attr, end); attr = genl_next(attr)) */
static inline bool genl_ok(const struct nlattr *attr, const void *end)
{
	return (const char *)attr + NLA_HDRLEN <= (const char *)end &&
	       attr->nla_len >= NLA_HDRLEN &&
	       (const char *)attr + attr->nla_len <= (const char *)end;
}

static inline const struct nlattr *genl_next(const struct nlattr *attr)
{
	return (const void *)((const char *)attr + NLA_ALIGN(attr->nla_len));
}

static inline void genl_parse(struct genl_attrs *attrs, const void *data,
			      int len)
{
	const void *end = (const char *)data + len;
	const struct nlattr *attr;
	unsigned int type;

	memset(attrs, 0, sizeof(*attrs));
	for (attr = data; genl_ok(attr, end); attr = genl_next(attr)) {
		type = attr->nla_type & NLA_TYPE_MASK;
		if (type < ARRAY_SIZE(attrs->at))
			attrs->at[type] = attr;
	}
}

static inline void genl_parse_nest(struct genl_attrs *attrs,
				   const struct nlattr *nest)
{
	memset(attrs, 0, sizeof(*attrs));
	if (nest)
		genl_parse(attrs, genl_data(nest), genl_len(nest));
}

/* An attribute's value, ~0 where it is absent or of another size */
static inline __u64 genl_u64(const struct genl_attrs *attrs, int type)
{
	const struct nlattr *attr = attrs->at[type];
	__u64 value = ~0ULL;

	if (attr && genl_len(attr) == sizeof(value))
		memcpy(&value, genl_data(attr), sizeof(value));
	return value;
}

static inline __u32 genl_u32(const struct genl_attrs *attrs, int type)
{
	const struct nlattr *attr = attrs->at[type];
	__u32 value = ~0U;

	if (attr && genl_len(attr) == sizeof(value))
		memcpy(&value, genl_data(attr), sizeof(value));
	return value;
}

static inline __u16 genl_u16(const struct genl_attrs *attrs, int type)
{
	const struct nlattr *attr = attrs->at[type];
	__u16 value = ~0;

	if (attr && genl_len(attr) == sizeof(value))
		memcpy(&value, genl_data(attr), sizeof(value));
	return value;
}

static inline const char *genl_string(const struct genl_attrs *attrs, int type)
{
	const struct nlattr *attr = attrs->at[type];

	/* The kernel ends them with a zero */
	return attr ? genl_data(attr) : "";
}

/* A request while it is written */
struct genl_request {
	struct nlmsghdr		nlh;
	struct genlmsghdr	genlh;
	char			attrs[1024];
};

static inline void genl_begin(struct genl_request *req, int family, int cmd,
			      int flags)
{
	memset(req, 0, sizeof(*req));
	req->nlh.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	req->nlh.nlmsg_type = family;
	req->nlh.nlmsg_flags = NLM_F_REQUEST | flags;
	req->genlh.cmd = cmd;
	req->genlh.version = SKBSCOPE_GENL_VERSION;
}

static inline void genl_put(struct genl_request *req, int type,
			    const void *data, int len)
{
	struct nlattr *attr = (void *)((char *)req + req->nlh.nlmsg_len);

	if (req->nlh.nlmsg_len + NLA_ALIGN(NLA_HDRLEN + len) > sizeof(*req))
		abort();
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)attr + NLA_HDRLEN, data, len);
	req->nlh.nlmsg_len += NLA_ALIGN(attr->nla_len);
}

static inline void genl_put_u16(struct genl_request *req, int type, __u16 value)
{
	genl_put(req, type, &value, sizeof(value));
}

static inline void genl_put_u32(struct genl_request *req, int type, __u32 value)
{
	genl_put(req, type, &value, sizeof(value));
}

static inline void genl_put_u64(struct genl_request *req, int type, __u64 value)
{
	genl_put(req, type, &value, sizeof(value));
}

/* Returns -errno */
static inline int genl_send_request(struct genl *genl, struct genl_request *req)
{
	req->nlh.nlmsg_seq = ++genl->seq;
	return send(genl->fd, req, req->nlh.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* Sends a request with one attribute, or none for @type 0. Returns -errno */
static inline int genl_send(struct genl *genl, int family, int cmd, int flags,
			    int type, const void *data, int len)
{
	struct genl_request req;

	genl_begin(&req, family, cmd, flags);
	if (type)
		genl_put(&req, type, data, len);
	return genl_send_request(genl, &req);
}

/* The errno of an error message, its text kept */
static inline int genl_error(struct genl *genl, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = NLMSG_DATA(nlh);
	struct genl_attrs attrs;
	int skip = sizeof(*err);

	genl->text[0] = '\0';
	/* Behind it is the request, or its header alone, then the text */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += err->msg.nlmsg_len - sizeof(err->msg);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS) {
		genl_parse(&attrs, (const char *)err + skip,
			   nlh->nlmsg_len - NLMSG_HDRLEN - skip);
		snprintf(genl->text, sizeof(genl->text), "%s",
			 genl_string(&attrs, NLMSGERR_ATTR_MSG));
	}
	return err->error;
}

/* What a dump came to, its text kept */
static inline int genl_done(struct genl *genl, const struct nlmsghdr *nlh)
{
	const int *err = NLMSG_DATA(nlh);
	struct genl_attrs attrs;

	genl->text[0] = '\0';
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS) {
		genl_parse(&attrs, err + 1,
			   nlh->nlmsg_len - NLMSG_HDRLEN - sizeof(*err));
		snprintf(genl->text, sizeof(genl->text), "%s",
			 genl_string(&attrs, NLMSGERR_ATTR_MSG));
	}
	return *err;
}

static inline void genl_attrs_of(struct genl_attrs *attrs,
				 const struct nlmsghdr *nlh)
{
	genl_parse(attrs, (const char *)NLMSG_DATA(nlh) + GENL_HDRLEN,
		   nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN);
}

/*
 * Asks for one thing. Returns 0 with the answer's attributes, which are good
 * until the next request, or -errno.
 */
static inline int genl_ask_request(struct genl *genl, struct genl_request *req,
				   struct genl_attrs *attrs)
{
	const struct nlmsghdr *nlh = (struct nlmsghdr *)genl->buffer;
	int err = genl_send_request(genl, req);

	if (err)
		return err;
	if (recv(genl->fd, genl->buffer, sizeof(genl->buffer), 0) < 0)
		return -errno;
	if (nlh->nlmsg_type == NLMSG_ERROR)
		return genl_error(genl, nlh);
	if (nlh->nlmsg_seq != genl->seq ||
	    nlh->nlmsg_type != req->nlh.nlmsg_type)
		return -EPROTO;
	genl_attrs_of(attrs, nlh);
	return 0;
}

static inline int genl_ask(struct genl *genl, int family, int cmd, int type,
			   const void *data, int len, struct genl_attrs *attrs)
{
	struct genl_request req;

	genl_begin(&req, family, cmd, 0);
	if (type)
		genl_put(&req, type, data, len);
	return genl_ask_request(genl, &req, attrs);
}

static inline int genl_get(struct genl *genl, int cmd, int type,
			   const void *data, int len, struct genl_attrs *attrs)
{
	return genl_ask(genl, genl->family, cmd, type, data, len, attrs);
}

/*
 * Dumps what one attribute asks for, or none for @type 0; @each gets every
 * answer. Returns how many there were, or -errno
 */
static inline int genl_dump_of(struct genl *genl, int cmd, int type,
			       const void *data, int data_len,
			       void (*each)(const struct genl_attrs *attrs,
					    void *arg), void *arg)
{
	struct nlmsghdr *nlh;
	struct genl_attrs attrs;
	int answers = 0;
	int len, err;

	genl->interrupted = false;
	err = genl_send(genl, genl->family, cmd, NLM_F_DUMP, type, data,
			data_len);
	if (err)
		return err;
	for (;;) {
		len = recv(genl->fd, genl->buffer, sizeof(genl->buffer), 0);
		if (len < 0)
			return -errno;
		for (nlh = (struct nlmsghdr *)genl->buffer; NLMSG_OK(nlh, len);
		     nlh = NLMSG_NEXT(nlh, len)) {
			if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				genl->interrupted = true;
			if (nlh->nlmsg_type == NLMSG_DONE)
				return genl_done(genl, nlh) ?: answers;
			if (nlh->nlmsg_type == NLMSG_ERROR)
				return genl_error(genl, nlh);
			genl_attrs_of(&attrs, nlh);
			each(&attrs, arg);
			answers++;
		}
	}
}

static inline int genl_dump(struct genl *genl, int cmd,
			    void (*each)(const struct genl_attrs *attrs,
					 void *arg), void *arg)
{
	return genl_dump_of(genl, cmd, 0, NULL, 0, each, arg);
}

/* In the caller's namespace. Returns 0 or -errno */
static inline int genl_open(struct genl *genl)
{
	const char name[] = SKBSCOPE_GENL_NAME;
	const struct nlattr *group;
	struct genl_attrs attrs;
	int one = 1;
	int err;

	memset(genl, 0, sizeof(*genl));
	genl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (genl->fd < 0)
		return -errno;
	setsockopt(genl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	err = genl_ask(genl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY,
		       CTRL_ATTR_FAMILY_NAME, name, sizeof(name), &attrs);
	if (err)
		return err;
	genl->family = genl_u16(&attrs, CTRL_ATTR_FAMILY_ID);
	/* There is one group: the first in the list is it */
	if (attrs.at[CTRL_ATTR_MCAST_GROUPS]) {
		group = genl_data(attrs.at[CTRL_ATTR_MCAST_GROUPS]);
		genl_parse_nest(&attrs, group);
		genl->group = genl_u32(&attrs, CTRL_ATTR_MCAST_GRP_ID);
	}
	return 0;
}

static inline void genl_close(struct genl *genl)
{
	close(genl->fd);
}

#endif /* SELFTESTS_GENL_H */
