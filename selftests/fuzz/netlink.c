// SPDX-License-Identifier: GPL-2.0
/*
 * netlink.c - generic netlink, the files of proc and debugfs, and the devices
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>

#include "fuzz.h"

/* Answers as far as they are there; a dump may stay unfinished */
static long netlink_read(struct actor *actor, unsigned int most)
{
	const struct nlmsghdr *nlh = (struct nlmsghdr *)actor->genl.buffer;
	ssize_t len = 0;

	while (most--) {
		len = recv(actor->genl.fd, actor->genl.buffer, GENL_BUFFER,
			   MSG_DONTWAIT);
		if (len < (ssize_t)sizeof(*nlh))
			break;
		if (nlh->nlmsg_type == NLMSG_ERROR)
			note(actor, 10, -genl_error(&actor->genl, nlh), 0);
		else
			note(actor, 11, nlh->nlmsg_type,
			     *(unsigned char *)NLMSG_DATA(nlh));
	}
	return len;
}

/* Loads in each width, and with a place that is not the frame's; its octets */
static uint32_t netlink_program(void *to, uint32_t width, uint32_t at)
{
	static const unsigned short widths[] = { BPF_B, BPF_H, BPF_W };
	const struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_ABS | widths[width % 3], at),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_IND | widths[width / 3 % 3], at >> 16),
		BPF_STMT(BPF_LD | BPF_ABS | BPF_W, SKF_AD_OFF + at % 64),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};

	memcpy(to, program, sizeof(program));
	return sizeof(program);
}

/*
 * A request: command, flags, an attribute's type and length, its value, and
 * what is wrong with it. The value is a slot's cookie where that is 4, the slot's
 * descriptor where it is 7, a BPF program that loads from it where it is 8.
 */
long netlink_ask(struct actor *actor, const uint32_t *arg)
{
	struct {
		struct nlmsghdr nlh;
		struct genlmsghdr genlh;
		struct nlattr attr;
		unsigned char data[4096];
	} req = {
		.nlh.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN),
		.nlh.nlmsg_type = actor->genl.family,
		.nlh.nlmsg_flags = NLM_F_REQUEST | arg[1],
		.nlh.nlmsg_seq = ++actor->genl.seq,
		.genlh.cmd = arg[0],
		.genlh.version = SKBSCOPE_GENL_VERSION,
	};
	uint64_t value = arg[4];
	uint32_t len = arg[3] % sizeof(req.data);

	if (arg[5] == 4) {
		value = ledger_cookie(world_slot(actor, arg[4]));
		len = sizeof(value);
	} else if (arg[5] == 7) {
		value = world_slot(actor, arg[4]);
		len = sizeof(uint32_t);
	}
	if (arg[5] == 8)
		len = netlink_program(req.data, arg[3], arg[4]);
	else
		memcpy(req.data, &value, sizeof(value));
	if (arg[2]) {
		req.attr.nla_type = arg[2];
		req.attr.nla_len = NLA_HDRLEN + len;
		req.nlh.nlmsg_len += NLA_ALIGN(req.attr.nla_len);
	}
	switch (arg[5]) {
	case 1:
		req.attr.nla_type |= NLA_F_NESTED;
		break;
	case 2:
		req.nlh.nlmsg_len -= 3;
		break;
	case 3:
		req.attr.nla_len = 0xffff;
		break;
	case 5:
		req.genlh.version = 0;
		break;
	}
	if (send(actor->genl.fd, &req, req.nlh.nlmsg_len, MSG_DONTWAIT) < 0)
		return -1;
	return netlink_read(actor, arg[5] == 6 ? 1 : 8);
}

/*
 * A rule: action, stations, an attribute and its value, how long a packet stays
 * at most; by another attribute, FUZZ_NONE for none, what it is for. Few stay for
 * long: who waits for them is interrupted.
 */
long netlink_rule(struct actor *actor, const uint32_t *arg)
{
	bool parks = arg[0] == SKBSCOPE_ACTION_DELAY ||
		     arg[0] == SKBSCOPE_ACTION_REORDER;
	static const int16_t table[64] = { -32768, 32767, 8192, -1, 4096 };
	struct genl_request req;
	unsigned char program[64];

	genl_begin(&req, actor->genl.family, SKBSCOPE_CMD_RULE_ADD, 0);
	genl_put_u32(&req, SKBSCOPE_A_RULE_ACTION, arg[0]);
	genl_put_u32(&req, SKBSCOPE_A_RULE_STATIONS, arg[1]);
	if (arg[0] == SKBSCOPE_ACTION_HOLD)
		genl_put_u32(&req, SKBSCOPE_A_RULE_TIMEOUT, arg[4]);
	else if (parks)
		genl_put_u32(&req, SKBSCOPE_A_RULE_DELAY, arg[4]);
	if (arg[2] == SKBSCOPE_A_RULE_PROGRAM)
		genl_put(&req, arg[2], program,
			 netlink_program(program, arg[3], arg[3]));
	else if (arg[2] == SKBSCOPE_A_RULE_PORT)
		genl_put_u16(&req, arg[2], arg[3]);
	else if (arg[2] == SKBSCOPE_A_RULE_LOOSE ||
		 arg[2] == SKBSCOPE_A_RULE_PERSIST)
		genl_put(&req, arg[2], NULL, 0);
	else if (arg[2] == SKBSCOPE_A_RULE_COOKIE)
		genl_put_u64(&req, arg[2],
			     ledger_cookie(world_slot(actor, arg[3])));
	else if (arg[2] == SKBSCOPE_A_RULE_NTH ||
		 arg[2] == SKBSCOPE_A_RULE_EVERY ||
		 arg[2] == SKBSCOPE_A_RULE_COUNT ||
		 arg[2] == SKBSCOPE_A_RULE_SKB)
		genl_put_u64(&req, arg[2], arg[3]);
	else if (arg[2] == SKBSCOPE_A_RULE_TABLE)
		genl_put(&req, arg[2], table, arg[3] % sizeof(table));
	else if (arg[2])
		genl_put_u32(&req, arg[2], arg[3]);
	/* Nothing without it */
	if (arg[2] == SKBSCOPE_A_RULE_TABLE)
		genl_put_u32(&req, SKBSCOPE_A_RULE_JITTER, arg[4]);
	if (genl_send_request(&actor->genl, &req))
		return -1;
	return netlink_read(actor, 1);
}

/* The stay that comes first of those that are held, 0 for none */
static void first_held(const struct genl_attrs *attrs, void *arg)
{
	uint64_t *id = arg;

	if (!*id)
		*id = genl_u64(attrs, SKBSCOPE_A_HELD_ID);
}

/* A verdict on what is held: which one, place, offset, octets or value, flags */
long netlink_verdict(struct actor *actor, const uint32_t *arg)
{
	static const unsigned char octets[64] = { 1, 2, 3, 0xff };
	struct genl_request req;
	uint64_t id = 0;

	netlink_read(actor, 32);
	genl_dump(&actor->genl, SKBSCOPE_CMD_HELD_GET, first_held, &id);
	genl_begin(&req, actor->genl.family, SKBSCOPE_CMD_VERDICT, 0);
	genl_put_u64(&req, SKBSCOPE_A_ORDER_HELD, arg[4] & 2 ? arg[3] : id);
	genl_put_u32(&req, SKBSCOPE_A_ORDER_VERDICT, arg[0]);
	genl_put_u32(&req, SKBSCOPE_A_ORDER_RULE, arg[3]);
	genl_put_u32(&req, SKBSCOPE_A_ORDER_PLACE, arg[1]);
	genl_put_u32(&req, SKBSCOPE_A_ORDER_OFFSET, arg[2]);
	if (arg[0] == SKBSCOPE_VERDICT_EDIT)
		genl_put(&req, SKBSCOPE_A_ORDER_BYTES, octets,
			 arg[3] % sizeof(octets));
	else
		genl_put_u32(&req, SKBSCOPE_A_ORDER_VALUE, arg[3]);
	if (arg[4] & 1)
		genl_put(&req, SKBSCOPE_A_ORDER_WRONG_SUM, NULL, 0);
	if (genl_send_request(&actor->genl, &req))
		return -1;
	return netlink_read(actor, 1);
}

/* In a group, that hears of sockets or of what is held, or out of it */
long netlink_join(struct actor *actor, const uint32_t *arg)
{
	/* The two have numbers beside each other */
	uint32_t group = actor->genl.group + (arg[0] >> 1 & 1);

	netlink_read(actor, 32);
	return setsockopt(actor->genl.fd, SOL_NETLINK,
			  arg[0] & 1 ? NETLINK_DROP_MEMBERSHIP :
				       NETLINK_ADD_MEMBERSHIP,
			  &group, sizeof(group));
}

/* Read a file from an offset, in pieces of @len, a few of them */
static long file_read(const char *path, uint32_t at, uint32_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), i;
	ssize_t n = 0;

	if (fd < 0)
		return -1;
	if (at)
		lseek(fd, at % 65536, SEEK_SET);
	for (i = 0; i < 4; i++) {
		n = read(fd, fuzz_room, len % FUZZ_DATA);
		if (n <= 0)
			break;
	}
	close(fd);
	return n;
}

long netlink_file(struct actor *actor, const uint32_t *arg)
{
	static const char folder[] = "/sys/kernel/debug/skbscope";
	static const char * const files[] = {
		"/proc/thread-self/net/scope",
		"/proc/thread-self/net/protocols",
		"/sys/kernel/debug/skbscope/stations",
		"/sys/kernel/debug/skbscope/ledger",
		"/sys/kernel/debug/skbscope/rules",
		"/sys/kernel/debug/skbscope/held",
		"/sys/kernel/debug/skbscope/sockets_shown",
	};
	static const char * const views[] = {
		"socket", "sock", "receive_queue", "write_queue", "drawing",
	};
	uint32_t which = arg[0] % (ARRAY_SIZE(files) + ARRAY_SIZE(views));
	char path[128];

	if (which < ARRAY_SIZE(files))
		return file_read(files[which], arg[2], arg[3]);
	snprintf(path, sizeof(path), "%s/sockets/%llu/%s", folder,
		 (unsigned long long)ledger_cookie(world_slot(actor, arg[1])),
		 views[which - ARRAY_SIZE(files)]);
	return file_read(path, arg[2], arg[3]);
}

static long device_remove(const char *name)
{
	struct path_request req = {
		.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(req.ifi)),
		.nlh.nlmsg_type = RTM_DELLINK,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		.ifi.ifi_index = if_nametoindex(name),
	};
	char answer[512];

	return path_ask(&req, answer, sizeof(answer));
}

/* Change a device for the rest of the program */
long netlink_device(struct actor *actor, const uint32_t *arg)
{
	const char *name = arg[0] & 1 ? "ve1" : SCOPE_DEV_NAME;
	struct ifreq ifr = {};

	actor->world->changed = true;
	switch (arg[1]) {
	case 0:
		return path_dev_ioctl(name, SIOCSIFFLAGS, &ifr);
	case 1:
		return path_dev_up(name);
	case 2:
		return path_dev_mtu(name, arg[2]);
	case 3:
		ifr.ifr_hwaddr.sa_family = 1;
		ifr.ifr_hwaddr.sa_data[0] = arg[2];
		return path_dev_ioctl(name, SIOCSIFHWADDR, &ifr);
	case 4:
		/* It has to stay where it is */
		return device_remove(SCOPE_DEV_NAME);
	case 5:
		ifr.ifr_flags = IFF_UP | IFF_PROMISC;
		return path_dev_ioctl(name, SIOCSIFFLAGS, &ifr);
	default:
		return path_dev_ioctl(name, SIOCGIFFLAGS, &ifr);
	}
}
