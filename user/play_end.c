// SPDX-License-Identifier: GPL-2.0
/*
 * play_end.c - the network namespaces of a scenario, and what is between them
 *
 * Called by play.c. One namespace has a scope0 already; with `device: veth' there
 * is a second one, the peer, and a pair of veth: ve0 here, ve1 there. All ends with
 * the process.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "clock.h"
#include "family.h"
#include "message.h"
#include "netlink.h"
#include "play.h"

#define VETH_MTU	65535
#define VETH_NS		30000000000ULL	/* until it is up */
#define FIRST_IFINDEX	10	/* their numbers differ, for linkwatch's sake */

#ifndef IF_OPER_UP
#define IF_OPER_UP	6	/* linux/if.h, which net/if.h shuts out */
#endif

static const char *const veth_names[NR_ENDS] = { "ve0", "ve1" };

/* into that namespace, as far as new sockets go; 0 or -1 with errno set */
int play_enter(const struct play *p, enum scenario_end end)
{
	return p->nr_ends > 1 ? setns(p->end[end].netns, CLONE_NEWNET) : 0;
}

/* 0, or -1 after saying why */
static int new_netns(struct play_end *end)
{
	if (!unshare(CLONE_NEWNET))
		end->netns = open("/proc/thread-self/ns/net",
				  O_RDONLY | O_CLOEXEC);
	if (end->netns >= 0)
		return 0;
	complain("a scenario needs a network namespace of its own, and none can be made: %s%s",
		 strerror(errno), errno == EPERM ? "; run it as root" : "");
	return -1;
}

/* as which number events tell it; 0, or -1 after saying why */
static int ask_number(struct play_end *end)
{
	struct info info;
	int ret;

	end->ask = family_netlink();
	if (!end->ask)
		return -1;
	ret = netlink_info(end->ask, &info);
	if (ret) {
		complain("the module does not answer: %s", strerror(-ret));
		return -1;
	}
	end->number = num_get(&info.n, SKBSCOPE_A_INFO_NETNS);
	return 0;
}

static void put_device(struct nl_msg *msg, const struct play *p, int end)
{
	nla_put_string(msg, IFLA_IFNAME, veth_names[end]);
	nla_put(msg, IFLA_ADDRESS, sizeof(p->end[end].link), p->end[end].link);
	nla_put_u32(msg, IFLA_MTU, VETH_MTU);
}

static struct nl_msg *veth_message(const struct play *p)
{
	struct ifinfomsg here = { .ifi_index = p->end[END_HERE].ifindex };
	struct ifinfomsg peer = { .ifi_index = p->end[END_PEER].ifindex };
	struct nlattr *info, *data, *other;
	struct nl_msg *msg;

	msg = nlmsg_alloc_simple(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	if (!msg)
		return NULL;
	nlmsg_append(msg, &here, sizeof(here), NLMSG_ALIGNTO);
	put_device(msg, p, END_HERE);
	info = nla_nest_start(msg, IFLA_LINKINFO);
	nla_put(msg, IFLA_INFO_KIND, 4, "veth");
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	other = nla_nest_start(msg, VETH_INFO_PEER);
	nlmsg_append(msg, &peer, sizeof(peer), NLMSG_ALIGNTO);
	put_device(msg, p, END_PEER);
	nla_put_u32(msg, IFLA_NET_NS_FD, p->end[END_PEER].netns);
	nla_nest_end(msg, other);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return msg;
}

static int make_veth(const struct play *p)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_msg *msg = veth_message(p);
	int ret = -NLE_NOMEM;

	if (sock && msg)
		ret = nl_connect(sock, NETLINK_ROUTE);
	if (!ret)
		ret = nl_send_sync(sock, msg);	/* frees the message */
	else
		nlmsg_free(msg);
	nl_socket_free(sock);
	if (ret)
		complain("a pair of veth can't be made: %s", nl_geterror(ret));
	return ret;
}

static int set_up(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	if (fd < 0)
		return -1;
	strcpy(ifr.ifr_name, name);
	ret = ioctl(fd, SIOCSIFFLAGS, &ifr);
	close(fd);
	return ret;
}

/* a nl_recvmsg_msg_cb_t */
static int take_operstate(struct nl_msg *msg, void *arg)
{
	struct nlattr *attr = nlmsg_find_attr(nlmsg_hdr(msg),
					      sizeof(struct ifinfomsg),
					      IFLA_OPERSTATE);

	if (attr)
		*(int *)arg = nla_get_u8(attr);
	return NL_OK;
}

static int operstate(struct nl_sock *sock, unsigned int ifindex)
{
	struct ifinfomsg ifi = { .ifi_index = ifindex };
	int state = -1;

	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, take_operstate,
			    &state);
	if (nl_send_simple(sock, RTM_GETLINK, 0, &ifi, sizeof(ifi)) < 0 ||
	    nl_recvmsgs_default(sock) < 0)
		return -1;
	return state;
}

/* a device whose cable was just plugged in drops what it is given */
static int await_up(struct play *p, const struct play_end *end)
{
	uint64_t since = clock_ns(CLOCK_MONOTONIC);
	struct nl_sock *sock = nl_socket_alloc();
	int ret = -1;

	if (sock && !nl_connect(sock, NETLINK_ROUTE)) {
		nl_socket_disable_auto_ack(sock);
		do {
			if (operstate(sock, end->ifindex) == IF_OPER_UP)
				ret = 0;
		} while (ret && play_pause(p, since, VETH_NS));
	}
	nl_socket_free(sock);
	return ret;
}

static int open_veth(struct play *p)
{
	int i;

	for (i = 0; i < NR_ENDS; i++) {
		static const uint8_t link[6] = { 0x02, 0, 0, 0, 0, 0x10 };

		p->end[i].ifindex = FIRST_IFINDEX + i;
		memcpy(p->end[i].link, link, sizeof(link));
		p->end[i].link[5] += i;
	}
	if (play_enter(p, END_HERE) || make_veth(p))
		return -1;
	for (i = 0; i < NR_ENDS; i++) {
		if (play_enter(p, i) || set_up(veth_names[i])) {
			complain("%s can't be set up: %s", veth_names[i],
				 strerror(errno));
			return -1;
		}
	}
	for (i = 0; i < NR_ENDS; i++) {
		if (play_enter(p, i) || await_up(p, &p->end[i])) {
			complain("%s does not come up", veth_names[i]);
			return -1;
		}
	}
	return play_enter(p, END_HERE);
}

/* 0, or -1 after saying why */
int play_open_ends(struct play *p)
{
	int i;

	p->nr_ends = p->sc->veth ? NR_ENDS : 1;
	for (i = 0; i < NR_ENDS; i++)
		p->end[i].netns = -1;
	for (i = p->nr_ends; i--;)
		if (new_netns(&p->end[i]) || ask_number(&p->end[i]))
			return -1;
	return p->sc->veth ? open_veth(p) : 0;
}

void play_close_ends(struct play *p)
{
	unsigned int i;

	for (i = 0; i < p->nr_ends; i++) {
		netlink_close(p->end[i].ask);
		if (p->end[i].netns >= 0)
			close(p->end[i].netns);
	}
}
