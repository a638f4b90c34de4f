// SPDX-License-Identifier: GPL-2.0
/*
 * calls.c - the table of calls, and the family's system calls
 */
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/select.h>

#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/net_tstamp.h>

#include "fuzz.h"

unsigned char fuzz_data[FUZZ_DATA];
unsigned char fuzz_room[FUZZ_DATA];

#define FUZZ_SEND_MAX	300000

const struct call calls[] = {
	{ "socket", { ARG_SLOT, ARG_TYPE, ARG_PROTOCOL, ARG_SMALL }, call_socket },
	{ "socketpair", { ARG_SLOT, ARG_SLOT, ARG_TYPE, ARG_PROTOCOL }, call_socketpair },
	{ "bind", { ARG_SLOT, ARG_PORT, ARG_DEV, ARG_FORM }, call_bind },
	{ "connect", { ARG_SLOT, ARG_PORT, ARG_DEV, ARG_FORM }, call_connect_to },
	{ "listen", { ARG_SLOT, ARG_BACKLOG }, call_listen },
	{ "accept", { ARG_SLOT, ARG_SLOT, ARG_TYPE }, call_accept_from },
	{ "getname", { ARG_SLOT, ARG_SMALL, ARG_LEN }, call_getname },
	{ "send", { ARG_SLOT, ARG_LEN, ARG_FLAGS, ARG_PORT, ARG_DEV, ARG_CMSG },
	  call_sendmsg },
	{ "recv", { ARG_SLOT, ARG_LEN, ARG_FLAGS, ARG_SMALL, ARG_SMALL }, call_recvmsg },
	{ "shutdown", { ARG_SLOT, ARG_SMALL }, call_shutdown },
	{ "setsockopt", { ARG_SLOT, ARG_OPTION, ARG_VALUE, ARG_SMALL }, call_setsockopt },
	{ "getsockopt", { ARG_SLOT, ARG_OPTION, ARG_LEN }, call_getsockopt },
	{ "ioctl", { ARG_SLOT, ARG_IOCTL, ARG_SMALL }, call_ioctl },
	{ "poll", { ARG_SLOT, ARG_EVENTS, ARG_SMALL }, call_poll },
	{ "close", { ARG_SLOT }, call_close_slot },
	{ "dup", { ARG_SLOT, ARG_SLOT }, way_dup },
	{ "fcntl", { ARG_SLOT, ARG_SMALL, ARG_VALUE }, way_fcntl },
	{ "splice", { ARG_SLOT, ARG_SLOT, ARG_LEN, ARG_SMALL }, way_splice },
	{ "uring", { ARG_SLOT, ARG_SMALL, ARG_LEN, ARG_FLAGS }, way_uring },
	{ "pass", { ARG_SLOT, ARG_SLOT, ARG_SMALL }, way_pass },
	{ "wait", { ARG_MS }, way_wait },
	{ "fail", { ARG_SMALL }, way_fail },
	{ "ask", { ARG_COMMAND, ARG_NLFLAGS, ARG_SMALL, ARG_LEN, ARG_VALUE, ARG_SMALL },
	  netlink_ask },
	{ "join", { ARG_SMALL }, netlink_join },
	{ "rule", { ARG_ACTION, ARG_STATIONS, ARG_RULE, ARG_VALUE, ARG_MS },
	  netlink_rule },
	{ "verdict", { ARG_VERDICT, ARG_SMALL, ARG_OFFSET, ARG_VALUE,
		       ARG_SMALL }, netlink_verdict },
	{ "file", { ARG_SMALL, ARG_SLOT, ARG_LEN, ARG_LEN }, netlink_file },
	{ "device", { ARG_SMALL, ARG_SMALL, ARG_VALUE }, netlink_device },
	{ "frame", { ARG_SMALL, ARG_SMALL, ARG_SEGMENT, ARG_PORT, ARG_LEN, ARG_SMALL },
	  frame_any },
	{ "spoil", { ARG_OFFSET, ARG_SMALL, ARG_VALUE, ARG_SMALL }, frame_spoil },
	{ "again", { ARG_SMALL }, frame_again },
	{ "open", { ARG_MOUTH, ARG_TYPE, ARG_PORT, ARG_WINDOW, ARG_LEN, ARG_SMALL },
	  mouth_open },
	{ "segment", { ARG_MOUTH, ARG_SEGMENT, ARG_DELTA, ARG_LEN, ARG_DELTA, ARG_WINDOW },
	  mouth_segment },
	{ "ranges", { ARG_MOUTH, ARG_DELTA, ARG_DELTA, ARG_SMALL }, mouth_ranges },
	{ "hear", { ARG_MOUTH, ARG_SMALL }, mouth_hear },
};

const unsigned int calls_count = ARRAY_SIZE(calls);

/* At end 0 where the fourth number is 7: what is sent there crosses the wire */
long call_socket(struct actor *actor, const uint32_t *arg)
{
	const struct path *path = &actor->world->peer.wire.path;
	bool away = arg[3] == 7;
	int fd;

	if (away)
		path_enter(path, 0);
	fd = socket(scope_family(), arg[1], arg[2] == 18 ? scope_family() :
							    arg[2]);
	if (away)
		path_enter(path, 1);
	if (fd >= 0)
		world_keep(actor, arg[0], fd);
	return fd;
}

long call_socketpair(struct actor *actor, const uint32_t *arg)
{
	int fd[2];

	if (socketpair(scope_family(), arg[2], arg[3] == 18 ? scope_family() :
							      arg[3], fd))
		return -1;
	world_keep(actor, arg[0], fd[0]);
	world_keep(actor, arg[1], fd[1]);
	return 0;
}

/* An address as it should be, or in one of the forms it should not have */
static const struct sockaddr *address(struct actor *actor,
				      struct sockaddr_scope addr[8],
				      const uint32_t *arg, socklen_t *len)
{
	*addr = world_addr(actor->world, arg[0], arg[1]);
	*len = sizeof(*addr);
	switch (arg[2]) {
	case 1:
		*len = sizeof(addr->sscope_family);
		break;
	case 2:
		addr->sscope_family = AF_UNSPEC;
		break;
	case 3:
		*len = 0;
		break;
	case 4:
		*len = 8 * sizeof(*addr);
		break;
	case 5:
		addr->sscope_family = AF_INET;
		break;
	case 6:
		return (void *)8;
	case 7:
		addr->sscope_addr[7] = 1;
		break;
	case 8:
		*len = sizeof(*addr) - 1;
		break;
	}
	return (struct sockaddr *)addr;
}

long call_bind(struct actor *actor, const uint32_t *arg)
{
	struct sockaddr_scope addr[8] = {};
	socklen_t len;
	const struct sockaddr *name = address(actor, addr, arg + 1, &len);

	return bind(world_slot(actor, arg[0]), name, len);
}

long call_connect_to(struct actor *actor, const uint32_t *arg)
{
	struct sockaddr_scope addr[8] = {};
	socklen_t len;
	const struct sockaddr *name = address(actor, addr, arg + 1, &len);

	return connect(world_slot(actor, arg[0]), name, len);
}

long call_listen(struct actor *actor, const uint32_t *arg)
{
	return listen(world_slot(actor, arg[0]), arg[1]);
}

long call_accept_from(struct actor *actor, const uint32_t *arg)
{
	struct sockaddr_scope addr;
	socklen_t len = sizeof(addr);
	int fd;

	fd = accept4(world_slot(actor, arg[1]), (struct sockaddr *)&addr, &len,
		     arg[2] & (SOCK_NONBLOCK | SOCK_CLOEXEC));
	if (fd >= 0)
		world_keep(actor, arg[0], fd);
	return fd;
}

long call_getname(struct actor *actor, const uint32_t *arg)
{
	socklen_t len = arg[2];
	void *name = arg[1] & 4 ? (void *)8 : fuzz_room;
	int fd = world_slot(actor, arg[0]);

	return arg[1] & 1 ? getpeername(fd, name, &len) :
			    getsockname(fd, name, &len);
}

/* Control messages, most of which no call should take */
static size_t control(char *room, uint32_t kind)
{
	static const struct {
		int level, type;
		size_t len;
	} kinds[] = {
		{ SOL_SOCKET, SO_MARK, 4 },
		{ SOL_SOCKET, SCM_TXTIME, 8 },
		{ SOL_SOCKET, SO_TIMESTAMPING, 4 },
		{ SOL_SOCKET, SCM_RIGHTS, 4 },
		{ SOL_SOCKET, SCM_CREDENTIALS, sizeof(struct ucred) },
		{ SOL_SOCKET, SO_PRIORITY, 4 },
		{ SOL_SCOPE, 1, 4 },
		{ 77, 77, 0 },
		{ SOL_SOCKET, SO_MARK, 3 },
	};
	struct cmsghdr *cmsg = (struct cmsghdr *)room;
	uint32_t one = 1;

	if (!kind)
		return 0;
	kind = (kind - 1) % ARRAY_SIZE(kinds);
	cmsg->cmsg_level = kinds[kind].level;
	cmsg->cmsg_type = kinds[kind].type;
	cmsg->cmsg_len = CMSG_LEN(kinds[kind].len);
	memcpy(CMSG_DATA(cmsg), &one, sizeof(one));
	if (cmsg->cmsg_type == SCM_RIGHTS)
		memset(CMSG_DATA(cmsg), 0, 4);
	return CMSG_SPACE(kinds[kind].len);
}

/*
 * A length with its highest bit set has memory behind its first half that can't
 * be read; an odd one is in two pieces; two messages where it is 300.
 */
long call_sendmsg(struct actor *actor, const uint32_t *arg)
{
	char room[128] = {};
	struct sockaddr_scope addr = world_addr(actor->world, arg[3], arg[4]);
	size_t len = (arg[1] & 0x7fffffff) % FUZZ_SEND_MAX;
	bool pieces = arg[1] & 0x80000001;
	struct iovec iov[2] = {
		{ fuzz_data, pieces ? len / 2 : len },
		{ fuzz_data + len / 2, len - len / 2 },
	};
	struct mmsghdr msg[2] = {
		{ .msg_hdr = {
			.msg_iov = iov,
			.msg_iovlen = pieces ? 2 : 1,
			.msg_control = room,
			.msg_controllen = control(room, arg[5]),
		} },
	};
	int fd = world_slot(actor, arg[0]);

	if (arg[1] & 0x80000000)
		iov[1].iov_base = (void *)8;
	if (arg[3] != FUZZ_NONE) {
		msg[0].msg_hdr.msg_name = &addr;
		msg[0].msg_hdr.msg_namelen = sizeof(addr);
	}
	msg[1] = msg[0];
	if (len == 300)
		return sendmmsg(fd, msg, 2, arg[2]);
	return sendmsg(fd, &msg[0].msg_hdr, arg[2]);
}

long call_recvmsg(struct actor *actor, const uint32_t *arg)
{
	size_t len = arg[1] % FUZZ_DATA;
	struct sockaddr_scope from;
	char room[256];
	struct iovec iov[2] = {
		{ fuzz_room, len / 2 }, { fuzz_room + len / 2, len - len / 2 },
	};
	struct mmsghdr msg[3];
	int fd = world_slot(actor, arg[0]);
	struct timespec patience = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(msg); i++)
		msg[i] = (struct mmsghdr) { .msg_hdr = {
			.msg_name = arg[4] & 1 ? &from : NULL,
			.msg_namelen = arg[4] & 2 ? 3 : sizeof(from),
			.msg_iov = iov,
			.msg_iovlen = 2,
			.msg_control = room,
			.msg_controllen = arg[4] & 4 ? 20 : sizeof(room),
		} };
	if (arg[1] & 0x80000000)
		iov[1].iov_base = (void *)8;
	switch (arg[3]) {
	case 1:
		return read(fd, fuzz_room, len);
	case 2:
		return recvmmsg(fd, msg, ARRAY_SIZE(msg), arg[2], &patience);
	case 3:
		return recv(fd, fuzz_room, len, arg[2]);
	default:
		return recvmsg(fd, &msg[0].msg_hdr, arg[2]);
	}
}

long call_shutdown(struct actor *actor, const uint32_t *arg)
{
	return shutdown(world_slot(actor, arg[0]), arg[1]);
}

static long set_filter(int fd, uint32_t value)
{
	/* Takes all, none, or as many octets as the value says */
	struct sock_filter ret = { BPF_RET | BPF_K, 0, 0, value };
	struct sock_fprog prog = { 1, &ret };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

static long set_device(int fd, uint32_t value)
{
	static const char * const names[] = {
		"", SCOPE_DEV_NAME, "ve1", "lo", "nothing",
	};
	const char *name = names[value % ARRAY_SIZE(names)];

	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name,
			  strlen(name) + 1);
}

/* The fourth number is 0 for the length that the option has */
long call_setsockopt(struct actor *actor, const uint32_t *arg)
{
	const uint32_t value = arg[2];
	int level = arg[1] >> 16, name = arg[1] & 0xffff;
	int fd = world_slot(actor, arg[0]);
	struct linger linger = { value != 0, value > 1 };
	/* One that is too long would keep a thread for as long */
	struct timeval patience = { 0, value % 1000000 };
	unsigned char room[16] = {};

	if (level == SOL_SOCKET && name == SO_ATTACH_FILTER)
		return set_filter(fd, value);
	if (level == SOL_SOCKET && name == SO_BINDTODEVICE)
		return set_device(fd, value);
	if (level == SOL_SOCKET && name == SO_LINGER && !arg[3])
		return setsockopt(fd, level, name, &linger, sizeof(linger));
	if (level == SOL_SOCKET && !arg[3] &&
	    (name == SO_RCVTIMEO || name == SO_SNDTIMEO))
		return setsockopt(fd, level, name, &patience,
				  sizeof(patience));
	memcpy(room, &value, sizeof(value));
	return setsockopt(fd, level, name, arg[3] == 12 ? (void *)8 : room,
			  arg[3] ? arg[3] % sizeof(room) : sizeof(value));
}

long call_getsockopt(struct actor *actor, const uint32_t *arg)
{
	socklen_t len = arg[2];
	char room[4096] = {};
	int ret;

	ret = getsockopt(world_slot(actor, arg[0]), arg[1] >> 16,
			 arg[1] & 0xffff,
			 arg[2] & 0x80000000 ? (void *)8 : room, &len);
	/* The only one that gives a descriptor */
	if (!ret && arg[1] == (SOL_SOCKET << 16 | SO_PEERPIDFD))
		close(*(int *)room);
	return ret;
}

/* Zeros, so that a pointer in what it reads leads nowhere */
long call_ioctl(struct actor *actor, const uint32_t *arg)
{
	char room[4096] = {};

	return ioctl(world_slot(actor, arg[0]), arg[1],
		     arg[2] == 12 ? (void *)8 : room);
}

/* Only looks: what sleeps is interrupted by the clock alone */
long call_poll(struct actor *actor, const uint32_t *arg)
{
	struct timeval now = {};
	int fd = world_slot(actor, arg[0]), n;
	struct pollfd pfd = { .fd = fd, .events = arg[1] };
	struct epoll_event event = { .events = arg[1] };
	fd_set set;
	int epoll;

	switch (arg[2]) {
	case 1:
		epoll = epoll_create1(EPOLL_CLOEXEC);
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) {
			close(epoll);
			return -1;
		}
		n = epoll_wait(epoll, &event, 1, 1);
		close(epoll);
		return n;
	case 2:
		if (fd < 0 || fd >= FD_SETSIZE)
			return -1;
		FD_ZERO(&set);
		FD_SET(fd, &set);
		return select(fd + 1, &set, NULL, NULL, &now);
	default:
		n = poll(&pfd, 1, arg[2] == 3 ? 1 : 0);
		if (n > 0)
			note(actor, 9, pfd.revents, 0);
		return n;
	}
}

long call_close_slot(struct actor *actor, const uint32_t *arg)
{
	world_keep(actor, arg[0], -1);
	return 0;
}
