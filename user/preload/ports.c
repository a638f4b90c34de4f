// SPDX-License-Identifier: GPL-2.0
/*
 * ports.c - a set of ports, from the text of `run --map'
 *
 * Called by cmd_run.c, to tell what is wrong with it, and by the preload
 * library in the program that is run.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "preload/ports.h"

/* 0, or -1 with the reason in why */
int ports_parse(struct ports *ports, const char *text,
		char why[PORTS_WHY_LEN])
{
	memset(ports, 0, sizeof(*ports));
	for (;;) {
		int len = strcspn(text, ",");
		unsigned long port;
		char *end;

		port = strtoul(text, &end, 10);
		if (!isdigit((unsigned char)*text) || end != text + len ||
		    len > 5 || !port || port > 65535) {
			snprintf(why, PORTS_WHY_LEN,
				 "`%.*s' is not a port from 1 to 65535",
				 len > 20 ? 20 : len, text);
			return -1;
		}
		ports->bits[port / 8] |= 1 << port % 8;
		if (!text[len])
			return 0;
		text += len + 1;
	}
}

bool ports_has(const struct ports *ports, unsigned int port)
{
	return ports->bits[port / 8] & 1 << port % 8;
}
