/* SPDX-License-Identifier: GPL-2.0 */
/*
 * address.h - the family's number and addresses, for tests by scope.h, and for
 * the programs that scripts use
 */
#ifndef SELFTESTS_ADDRESS_H
#define SELFTESTS_ADDRESS_H

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "skbscope.h"

/* The family's number; the module chose it */
static inline int scope_family(void)
{
	static int family;
	FILE *file;

	if (family)
		return family;
	file = fopen("/sys/module/skbscope/parameters/family", "r");
	if (!file || fscanf(file, "%d", &family) != 1) {
		fprintf(stderr, "# the module skbscope is not loaded\n");
		exit(1);
	}
	fclose(file);
	return family;
}

/* @ifindex: 0 for scope0; @link: six octets, or NULL for this node */
static inline struct sockaddr_scope
scope_addr(unsigned int port, unsigned int ifindex, const unsigned char *link)
{
	struct sockaddr_scope addr = {
		.sscope_family = scope_family(),
		.sscope_port = htons(port),
		.sscope_ifindex = ifindex,
	};

	if (link)
		memcpy(addr.sscope_addr, link, 6);
	return addr;
}

static inline struct sockaddr_scope scope_local(unsigned int port)
{
	return scope_addr(port, 0, NULL);
}

static inline int scope_bind(int fd, struct sockaddr_scope addr)
{
	return bind(fd, (struct sockaddr *)&addr, sizeof(addr));
}

static inline int scope_connect(int fd, struct sockaddr_scope addr)
{
	return connect(fd, (struct sockaddr *)&addr, sizeof(addr));
}

#endif /* SELFTESTS_ADDRESS_H */
