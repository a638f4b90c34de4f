// SPDX-License-Identifier: GPL-2.0
/*
 * address.c - the text form of struct sockaddr_scope, both ways
 *
 * Called by endpoint.c and the commands (parsing) and by the views (printing).
 * Forms: PORT, DEV:PORT, [LINK-ADDR%DEV]:PORT; `*` is the port that is unset.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

#define LINK_OCTETS	6	/* of Ethernet, shown even where they are 0 */

/* decimal digits and nothing else; `*` is 0 */
int address_parse_port(const char *text, unsigned int *port)
{
	unsigned long value;
	const char *p;
	char *end;

	if (!strcmp(text, "*")) {
		*port = 0;
		return 0;
	}
	for (p = text; *p; p++)
		if (!isdigit((unsigned char)*p))
			return -1;
	if (p == text || p - text > 5)
		return -1;
	value = strtoul(text, &end, 10);
	if (value > 65535)
		return -1;
	*port = value;
	return 0;
}

static int parse_device(const char *text, size_t len, __u32 *ifindex,
			char why[ADDRESS_WHY_LEN])
{
	char name[IF_NAMESIZE];

	if (len == 0 || len >= sizeof(name)) {
		snprintf(why, ADDRESS_WHY_LEN,
			 "a device name has 1 to %d characters",
			 IF_NAMESIZE - 1);
		return -1;
	}
	memcpy(name, text, len);
	name[len] = '\0';

	*ifindex = if_nametoindex(name);
	if (*ifindex)
		return 0;
	snprintf(why, ADDRESS_WHY_LEN,
		 "there is no device `%s' here; `ip link' lists them", name);
	return -1;
}

/* 1 to 8 octets in hex, with colons between */
static int parse_link(const char *text, size_t len,
		      __u8 link[SCOPE_ADDR_LEN], char why[ADDRESS_WHY_LEN])
{
	const char *p = text, *end = text + len;
	unsigned int nr = 0;

	memset(link, 0, SCOPE_ADDR_LEN);
	while (p < end && nr < SCOPE_ADDR_LEN) {
		unsigned int value = 0, digits = 0;

		while (p < end && isxdigit((unsigned char)*p) && digits < 3) {
			int c = tolower((unsigned char)*p++);

			value = value * 16 +
				(isdigit(c) ? c - '0' : c - 'a' + 10);
			digits++;
		}
		if (digits < 1 || digits > 2)
			break;
		link[nr++] = value;
		if (p == end)
			return 0;
		if (*p++ != ':')
			break;
	}
	snprintf(why, ADDRESS_WHY_LEN,
		 "a link address is 1 to %d octets in hex with `:' between, such as 02:00:00:00:00:01",
		 SCOPE_ADDR_LEN);
	return -1;
}

/**
 * address_parse - make an address of its text form
 * @text: what was typed
 * @family: number of the family, for sscope_family
 * @addr: filled on success
 * @why: on failure, what is allowed
 *
 * Return: 0 or -1.
 */
int address_parse(const char *text, unsigned int family,
		  struct sockaddr_scope *addr, char why[ADDRESS_WHY_LEN])
{
	const char *port_text = text;
	unsigned int port;

	memset(addr, 0, sizeof(*addr));
	addr->sscope_family = family;

	if (*text == '[') {
		const char *percent = strchr(text, '%');
		const char *close = strchr(text, ']');

		if (!percent || !close || close < percent ||
		    close[1] != ':') {
			snprintf(why, ADDRESS_WHY_LEN,
				 "the form is [LINK-ADDR%%DEV]:PORT");
			return -1;
		}
		if (parse_link(text + 1, percent - text - 1,
			       addr->sscope_addr, why))
			return -1;
		if (parse_device(percent + 1, close - percent - 1,
				 &addr->sscope_ifindex, why))
			return -1;
		port_text = close + 2;
	} else {
		const char *colon = strrchr(text, ':');

		if (colon) {
			if (parse_device(text, colon - text,
					 &addr->sscope_ifindex, why))
				return -1;
			port_text = colon + 1;
		}
	}

	if (address_parse_port(port_text, &port)) {
		snprintf(why, ADDRESS_WHY_LEN,
			 "an address is PORT, DEV:PORT or [LINK-ADDR%%DEV]:PORT, and a port 0 to 65535 or `*'");
		return -1;
	}
	addr->sscope_port = htons(port);
	return 0;
}

static void print_device(__u32 ifindex, char name[IF_NAMESIZE])
{
	if (!ifindex)
		snprintf(name, IF_NAMESIZE, SCOPE_DEV_NAME);
	else if (!if_indextoname(ifindex, name))
		snprintf(name, IF_NAMESIZE, "if%u", ifindex);
}

const char *address_print(const struct sockaddr_scope *addr,
			  char buf[ADDRESS_LEN])
{
	char link[3 * SCOPE_ADDR_LEN + 1] = "";
	unsigned int octets = 0, i, at = 0;
	char dev[IF_NAMESIZE];
	char port[8] = "*";

	if (addr->sscope_port)
		snprintf(port, sizeof(port), "%u", ntohs(addr->sscope_port));

	for (i = 0; i < SCOPE_ADDR_LEN; i++)
		if (addr->sscope_addr[i])
			octets = i + 1;

	if (!octets && !addr->sscope_ifindex) {
		snprintf(buf, ADDRESS_LEN, "%s", port);
		return buf;
	}

	print_device(addr->sscope_ifindex, dev);
	if (!octets) {
		snprintf(buf, ADDRESS_LEN, "%s:%s", dev, port);
		return buf;
	}

	/* the address does not tell its length, only that it is padded */
	if (octets < LINK_OCTETS)
		octets = LINK_OCTETS;
	for (i = 0; i < octets; i++)
		at += snprintf(link + at, sizeof(link) - at, "%s%02x",
			       i ? ":" : "", addr->sscope_addr[i]);
	snprintf(buf, ADDRESS_LEN, "[%s%%%s]:%s", link, dev, port);
	return buf;
}
