/* SPDX-License-Identifier: GPL-2.0 */
/*
 * path.h - the ways a datagram can take from one socket to another
 *
 *	PATH_SCOPE0	one namespace, by its scope0
 *	PATH_LOOP	one namespace, by the address of an Ethernet device of
 *			its own: the frame turns round in front of the device
 *	PATH_VETH	two namespaces, by a pair of veth between them
 *
 * Each test process makes namespaces of its own, so that it finds all ports
 * free and every counter at 0. All devices have scope0's MTU.
 */
#ifndef SELFTESTS_PATH_H
#define SELFTESTS_PATH_H

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>

#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include "scope.h"

#ifndef IF_OPER_UP
#define IF_OPER_UP	6	/* linux/if.h, which net/if.h shuts out */
#endif

#define PATH_MTU	65535
#define PATH_DEV	"ve%d"	/* of either end */

enum path_kind {
	PATH_SCOPE0,
	PATH_LOOP,
	PATH_VETH,
};

/**
 * struct path - two ends; the tests send from 0 to 1
 * @kind: which way
 * @netns: descriptors of the ends' namespaces
 * @ifindex: devices, as addresses have them
 * @link: link addresses by which the other end knows this one
 */
struct path {
	enum path_kind	kind;
	int		netns[2];
	unsigned int	ifindex[2];
	unsigned char	link[2][6];
};

struct path_request {
	struct nlmsghdr		nlh;
	struct ifinfomsg	ifi;
	char			attrs[512];
};

static inline void *path_tail(struct path_request *req)
{
	return (char *)req + NLMSG_ALIGN(req->nlh.nlmsg_len);
}

static inline struct rtattr *path_put(struct path_request *req, int type,
				      const void *data, size_t len)
{
	struct rtattr *attr = path_tail(req);

	attr->rta_type = type;
	attr->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(attr), data, len);
	req->nlh.nlmsg_len = NLMSG_ALIGN(req->nlh.nlmsg_len) +
			     RTA_ALIGN(attr->rta_len);
	return attr;
}

static inline void path_nest_end(struct path_request *req, struct rtattr *nest)
{
	nest->rta_len = (char *)path_tail(req) - (char *)nest;
}

static inline void path_put_dev(struct path_request *req, int end)
{
	const unsigned char link[6] = { 0x02, 0, 0, 0, 0, 0x10 + end };
	unsigned int mtu = PATH_MTU;
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), PATH_DEV, end);
	path_put(req, IFLA_IFNAME, name, strlen(name) + 1);
	path_put(req, IFLA_ADDRESS, link, sizeof(link));
	path_put(req, IFLA_MTU, &mtu, sizeof(mtu));
}

/* Returns the answer's length, or -1 with errno set, also to what it says */
static inline int path_ask(const struct path_request *req, void *answer,
			   size_t size)
{
	const struct nlmsghdr *nlh = answer;
	const struct nlmsgerr *err = NLMSG_DATA(nlh);
	int fd, len = -1;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return -1;
	if (send(fd, req, req->nlh.nlmsg_len, 0) > 0)
		len = recv(fd, answer, size, 0);
	close(fd);
	if (len > 0 && nlh->nlmsg_type == NLMSG_ERROR && err->error) {
		errno = -err->error;
		return -1;
	}
	return len;
}

/*
 * Asks for a pair of veth, the second one in namespace @peer. Their numbers
 * differ: the kernel is in no hurry to say that a device is up whose number is
 * also its peer's, and takes up to a second.
 */
static inline int path_add_veth(int peer)
{
	struct path_request req = {
		.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(req.ifi)),
		.nlh.nlmsg_type = RTM_NEWLINK,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL |
				   NLM_F_ACK,
		.ifi.ifi_index = 10,
	};
	const struct ifinfomsg peer_ifi = { .ifi_index = 11 };
	struct rtattr *info, *data, *other;
	char answer[512];

	path_put_dev(&req, 0);
	info = path_put(&req, IFLA_LINKINFO, NULL, 0);
	path_put(&req, IFLA_INFO_KIND, "veth", 4);
	data = path_put(&req, IFLA_INFO_DATA, NULL, 0);
	other = path_put(&req, VETH_INFO_PEER, &peer_ifi, sizeof(peer_ifi));
	path_put_dev(&req, 1);
	path_put(&req, IFLA_NET_NS_FD, &peer, sizeof(peer));
	path_nest_end(&req, other);
	path_nest_end(&req, data);
	path_nest_end(&req, info);
	return path_ask(&req, answer, sizeof(answer)) < 0 ? -1 : 0;
}

static inline int path_dev_ioctl(const char *name, unsigned long cmd,
				 struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -1;
	snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", name);
	ret = ioctl(fd, cmd, ifr);
	close(fd);
	return ret;
}

static inline int path_dev_up(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_UP };

	return path_dev_ioctl(name, SIOCSIFFLAGS, &ifr);
}

static inline int path_dev_mtu(const char *name, int mtu)
{
	struct ifreq ifr = { .ifr_mtu = mtu };

	return path_dev_ioctl(name, SIOCSIFMTU, &ifr);
}

/* enum rfc2863 operstate, or -1 */
static inline int path_dev_operstate(const char *name)
{
	struct path_request req = {
		.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(req.ifi)),
		.nlh.nlmsg_type = RTM_GETLINK,
		.nlh.nlmsg_flags = NLM_F_REQUEST,
	};
	char answer[16384];
	struct rtattr *attr = IFLA_RTA(answer + NLMSG_HDRLEN);
	int len;

	path_put(&req, IFLA_IFNAME, name, strlen(name) + 1);
	len = path_ask(&req, answer, sizeof(answer));
	if (len < 0)
		return -1;
	for (len -= NLMSG_SPACE(sizeof(req.ifi)); RTA_OK(attr, len);
	     attr = RTA_NEXT(attr, len))
		if (attr->rta_type == IFLA_OPERSTATE)
			return *(unsigned char *)RTA_DATA(attr);
	return -1;
}

/*
 * A device whose cable was just plugged in drops what it is given until a
 * worker of the kernel has made its queue, and only then says that it is up.
 */
static inline int path_dev_running(const char *name)
{
	int i;

	for (i = 0; i < SCOPE_PATIENCE; i++) {
		if (path_dev_operstate(name) == IF_OPER_UP)
			return 0;
		usleep(1000);
	}
	errno = ETIMEDOUT;
	return -1;
}

/* The caller's own namespace from here on, and a descriptor of it */
static inline int path_new_netns(void)
{
	if (unshare(CLONE_NEWNET))
		return -1;
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

static inline int path_enter(const struct path *path, int end)
{
	return setns(path->netns[end], CLONE_NEWNET);
}

/* What the device of an end is called, for tc and the like */
static inline const char *path_dev(const struct path *path, int end)
{
	if (path->kind == PATH_SCOPE0)
		return SCOPE_DEV_NAME;
	/* A loop has both ends at the first device */
	return end && path->kind == PATH_VETH ? "ve1" : "ve0";
}

/* Leaves the caller in end 0's namespace. Returns 0, or -1 with errno set */
static inline int path_open(struct path *path, enum path_kind kind)
{
	char name[IFNAMSIZ];
	int end;

	memset(path, 0, sizeof(*path));
	path->kind = kind;
	path->netns[1] = path_new_netns();
	path->netns[0] = kind == PATH_VETH ? path_new_netns() : path->netns[1];
	if (path->netns[0] < 0 || path->netns[1] < 0)
		return -1;
	if (kind == PATH_SCOPE0)
		return 0;

	if (path_add_veth(path->netns[1]))
		return -1;
	for (end = 1; end >= 0; end--) {
		snprintf(name, sizeof(name), PATH_DEV, end);
		if (path_enter(path, end) || path_dev_up(name))
			return -1;
		path->ifindex[end] = if_nametoindex(name);
	}
	for (end = 1; end >= 0; end--) {
		snprintf(name, sizeof(name), PATH_DEV, end);
		if (path_enter(path, end) || path_dev_running(name))
			return -1;
	}
	if (kind == PATH_LOOP) {
		path->ifindex[1] = path->ifindex[0];
		return 0;
	}
	for (end = 0; end < 2; end++) {
		const unsigned char link[6] = { 0x02, 0, 0, 0, 0, 0x10 + end };

		memcpy(path->link[end], link, sizeof(link));
	}
	return 0;
}

/* An end's own address, to bind to */
static inline struct sockaddr_scope path_own(const struct path *path, int end,
					     unsigned int port)
{
	return scope_addr(port, path->ifindex[end], NULL);
}

/* An end's address as the other end writes and sees it */
static inline struct sockaddr_scope path_to(const struct path *path, int end,
					    unsigned int port)
{
	return scope_addr(port, path->ifindex[!end], path->link[end]);
}

/* A socket at an end; the caller is in that end's namespace afterwards */
static inline int path_socket(const struct path *path, int end, int flags)
{
	if (path_enter(path, end))
		return -1;
	return scope_socket(flags);
}

/* The same, bound to @port */
static inline int path_bound(const struct path *path, int end,
			     unsigned int port)
{
	int fd = path_socket(path, end, 0);

	if (fd < 0)
		return -1;
	if (scope_bind(fd, path_own(path, end, port))) {
		close(fd);
		return -1;
	}
	return fd;
}

#endif /* SELFTESTS_PATH_H */
