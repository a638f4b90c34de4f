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

/* One for a program, however many files it is made of */
int scope_family_known __attribute__((weak));

/* The family's number; the module chose it. Read once */
static inline int scope_family(void)
{
	FILE *file;

	if (scope_family_known)
		return scope_family_known;
	file = fopen("/sys/module/skbscope/parameters/family", "r");
	if (!file || fscanf(file, "%d", &scope_family_known) != 1) {
		fprintf(stderr, "# the module skbscope is not loaded\n");
		exit(1);
	}
	fclose(file);
	return scope_family_known;
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
