// SPDX-License-Identifier: GPL-2.0
/*
 * sockname.c - addresses as the program has them, and AF_SCOPE's
 *
 * Called by the files of the preload library. Ports are in host order.
 */
#include <arpa/inet.h>
#include <string.h>

#include "preload/real.h"
#include "preload/setup.h"
#include "preload/sockname.h"

/* false: no address that could be moved; the kernel may tell what it is */
bool sockname_from(struct sockname *name, const struct sockaddr *addr,
		   socklen_t len)
{
	memset(name, 0, sizeof(*name));
	if (!addr || len < sizeof(sa_family_t) || len > SOCKNAME_MAX)
		return false;
	memcpy(&name->sa, addr, len);
	name->len = len;
	switch (name->sa.sa_family) {
	case AF_INET:
		return len >= sizeof(name->in);
	case AF_INET6:
		return len >= sizeof(name->in6);
	case AF_UNIX:
		return true;
	default:
		return false;
	}
}

/* as getsockname() gives it: what fits, and the length of all */
void sockname_to(const struct sockname *name, struct sockaddr *addr,
		 socklen_t *len)
{
	socklen_t fits = name->len < *len ? name->len : *len;

	memcpy(addr, &name->sa, fits < SOCKNAME_MAX ? fits : SOCKNAME_MAX);
	*len = name->len;
}

/* what the kernel says the socket is bound to */
bool sockname_local(int fd, struct sockname *name)
{
	memset(name, 0, sizeof(*name));
	name->len = SOCKNAME_MAX;
	return !real.getsockname(fd, &name->sa, &name->len);
}

void sockname_scope(struct sockname *name, uint16_t port)
{
	memset(name, 0, sizeof(*name));
	name->len = sizeof(name->scope);
	name->scope.sscope_family = setup.family;
	name->scope.sscope_port = htons(port);
}

/* of an AF_UNIX socket that nobody bound */
void sockname_unnamed(struct sockname *name)
{
	memset(name, 0, sizeof(*name));
	name->len = sizeof(name->un.sun_family);
	name->un.sun_family = AF_UNIX;
}

/* the loopback address a peer has, of the family of another address */
void sockname_loopback(struct sockname *name, const struct sockname *like,
		       bool v4mapped, uint16_t port)
{
	const struct in6_addr mapped = { {
		{ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1 }
	} };
	sa_family_t family = like->sa.sa_family;

	memset(name, 0, sizeof(*name));
	name->sa.sa_family = family;
	if (family == AF_INET6) {
		name->len = sizeof(name->in6);
		name->in6.sin6_addr = v4mapped ? mapped : in6addr_loopback;
	} else {
		name->len = sizeof(name->in);
		name->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	}
	sockname_set_port(name, port);
}

bool sockname_is_inet(const struct sockname *name)
{
	return name->sa.sa_family == AF_INET || name->sa.sa_family == AF_INET6;
}

bool sockname_is_v4mapped(const struct sockname *name)
{
	return name->sa.sa_family == AF_INET6 &&
	       IN6_IS_ADDR_V4MAPPED(&name->in6.sin6_addr);
}

/* 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104 */
bool sockname_is_loopback(const struct sockname *name)
{
	if (name->sa.sa_family == AF_INET)
		return ntohl(name->in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	if (sockname_is_v4mapped(name))
		return name->in6.sin6_addr.s6_addr[12] == IN_LOOPBACKNET;
	return name->sa.sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&name->in6.sin6_addr);
}

/* 0.0.0.0, :: */
bool sockname_is_any(const struct sockname *name)
{
	if (name->sa.sa_family == AF_INET)
		return name->in.sin_addr.s_addr == htonl(INADDR_ANY);
	return name->sa.sa_family == AF_INET6 &&
	       IN6_IS_ADDR_UNSPECIFIED(&name->in6.sin6_addr);
}

/* of AF_INET, AF_INET6 and AF_SCOPE; 0 of others, which have none */
uint16_t sockname_port(const struct sockname *name)
{
	if (name->sa.sa_family == AF_INET)
		return ntohs(name->in.sin_port);
	if (name->sa.sa_family == AF_INET6)
		return ntohs(name->in6.sin6_port);
	if (name->sa.sa_family == setup.family)
		return ntohs(name->scope.sscope_port);
	return 0;
}

void sockname_set_port(struct sockname *name, uint16_t port)
{
	if (name->sa.sa_family == AF_INET)
		name->in.sin_port = htons(port);
	else if (name->sa.sa_family == AF_INET6)
		name->in6.sin6_port = htons(port);
}

/* whatever their ports */
bool sockname_same_address(const struct sockname *a, const struct sockname *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&a->in6.sin6_addr, &b->in6.sin6_addr);
}
