/* SPDX-License-Identifier: GPL-2.0 */
/*
 * address.h - the text form of struct sockaddr_scope
 *
 * Used by the commands that take an address and by every view that shows one.
 */
#ifndef _ADDRESS_H
#define _ADDRESS_H

#include <stddef.h>

#include "skbscope.h"

#define ADDRESS_LEN	64	/* longest text form with its NUL */
#define ADDRESS_WHY_LEN	160

int address_parse(const char *text, unsigned int family,
		  struct sockaddr_scope *addr, char why[ADDRESS_WHY_LEN]);
const char *address_print(const struct sockaddr_scope *addr,
			  char buf[ADDRESS_LEN]);
int address_parse_port(const char *text, unsigned int *port);

#endif /* _ADDRESS_H */
