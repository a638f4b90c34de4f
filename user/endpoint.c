// SPDX-License-Identifier: GPL-2.0
/*
 * endpoint.c - a socket of the family, opened from the command line
 *
 * Called by cmd_send.c, cmd_recv.c and cmd_tour.c. An errno that has a usual
 * cause here is explained with it.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "endpoint.h"
#include "message.h"
#include "names.h"

#ifndef SO_COOKIE
#define SO_COOKIE	57
#endif

static bool is_call(const char *call, const char *name)
{
	return !strncmp(call, name, strlen(name));
}

static const char *cause(const char *call, int err)
{
	switch (err) {
	case ENETDOWN:
		return "the device is down: run `ip link set DEV up' as root";
	case EADDRINUSE:
		return "another socket is bound there; `skbscope sockets' shows it";
	case EACCES:
		if (!is_call(call, "bind"))
			return NULL;
		return "ports under 1024 need CAP_NET_BIND_SERVICE: be root or take a higher port";
	case ECONNREFUSED:
		return "nobody listens there: open such a socket first, e.g. with `skbscope recv'";
	case ECONNRESET:
		return "the peer closed without having read all";
	case ETIMEDOUT:
		return "the peer does not answer";
	case EPIPE:
		return "the peer does not read any more";
	case EADDRNOTAVAIL:
		return "this address is not one of this machine's";
	case ENODEV:
		return "there is no such device in this network namespace; `ip link' lists them";
	case EDESTADDRREQ:
		return "no destination was given";
	case ESOCKTNOSUPPORT:
	case EPROTONOSUPPORT:
		return "the running module has no sockets of this type";
	case EAFNOSUPPORT:
		return "the kernel has no such family: is the module loaded?";
	case EPERM:
		if (!is_call(call, "setsockopt"))
			return NULL;
		return "binding to a device needs CAP_NET_RAW: be root";
	default:
		return NULL;
	}
}

/* "bind: EADDRINUSE (...): another socket ..." */
void endpoint_explain(const char *call, int err, const char *device)
{
	const char *why = cause(call, err);

	if (err == ENETDOWN && device)
		complain("%s: %s (%s): run `ip link set %s up' as root",
			 call, errno_name(err), strerror(err), device);
	else if (why)
		complain("%s: %s (%s): %s", call, errno_name(err),
			 strerror(err), why);
	else
		complain("%s: %s (%s)", call, errno_name(err), strerror(err));
}

/* returns a descriptor, or -1 after saying why */
int endpoint_open(unsigned int family, int type, const char *device)
{
	char name[NAME_LEN];
	int fd;

	fd = socket(family, type | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		int err = errno;

		if (err == ESOCKTNOSUPPORT || err == EPROTONOSUPPORT)
			complain("socket: %s (%s): the running module has no sockets of type %s",
				 errno_name(err), strerror(err),
				 name_sock_type(type, name));
		else
			endpoint_explain("socket", err, NULL);
		return -1;
	}
	if (device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
				 strlen(device) + 1)) {
		endpoint_explain("setsockopt", errno, device);
		close(fd);
		return -1;
	}
	return fd;
}

/* returns 0, or -1 after saying why */
int endpoint_bind(int fd, const struct sockaddr_scope *addr)
{
	char text[ADDRESS_LEN], call[ADDRESS_LEN + 16];

	if (!bind(fd, (const struct sockaddr *)addr, sizeof(*addr)))
		return 0;
	snprintf(call, sizeof(call), "bind to %s", address_print(addr, text));
	endpoint_explain(call, errno, NULL);
	return -1;
}

/* returns 0, or -1 after saying why */
int endpoint_connect(int fd, const struct sockaddr_scope *addr,
		     const char *device)
{
	char text[ADDRESS_LEN], call[ADDRESS_LEN + 16];

	if (!connect(fd, (const struct sockaddr *)addr, sizeof(*addr)))
		return 0;
	snprintf(call, sizeof(call), "connect to %s",
		 address_print(addr, text));
	endpoint_explain(call, errno, device);
	return -1;
}

int endpoint_cookie(int fd, uint64_t *cookie)
{
	socklen_t len = sizeof(*cookie);

	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, cookie, &len) ? -1 : 0;
}

/* the device that a datagram to @addr leaves by, as far as it can be told */
const char *endpoint_device(const struct sockaddr_scope *addr,
			    const char *bound, char buf[IF_NAMESIZE])
{
	if (addr->sscope_ifindex && if_indextoname(addr->sscope_ifindex, buf))
		return buf;
	return bound ? bound : SCOPE_DEV_NAME;
}

/* most octets that one datagram through @device can have, or -1 */
long endpoint_limit(const char *device)
{
	struct ifreq ifr = { 0 };
	int fd, ret;

	if (strlen(device) >= sizeof(ifr.ifr_name))
		return -1;
	memcpy(ifr.ifr_name, device, strlen(device));
	/* any socket can ask for a device's MTU */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	ret = ioctl(fd, SIOCGIFMTU, &ifr);
	close(fd);
	return ret ? -1 : ifr.ifr_mtu - SCOPE_HDR_LEN;
}
