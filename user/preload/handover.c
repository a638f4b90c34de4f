// SPDX-License-Identifier: GPL-2.0
/*
 * handover.c - brings aliases over execve()
 *
 * Called by exec.c before a program takes the place of this one, and by
 * alias.c in that program. One environment variable has them all, as
 *
 *	COOKIE,FLAGS,PORT,LOCAL,PEER;...
 *
 * in hex, LOCAL and PEER being whole addresses. By the cookie they are found
 * again whichever descriptor the socket has then. No memory is allocated:
 * it may run in the child of vfork().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "preload/handover.h"
#include "preload/setup.h"
#include "preload/sock.h"

#define FLAG_LISTENING	1
#define FLAG_V4MAPPED	2

/* two octets a character, and the numbers */
#define ENTRY_MAX	(4 * SOCKNAME_MAX + 64)

struct writer {
	char	*text;
	size_t	len;
};

static int put_name(char *to, const struct sockname *name)
{
	const unsigned char *octet = (const unsigned char *)&name->sa;
	socklen_t i;

	for (i = 0; i < name->len && i < SOCKNAME_MAX; i++)
		sprintf(to + 2 * i, "%02x", octet[i]);
	return 2 * i;
}

static bool write_alias(int fd, const struct alias *alias, void *arg)
{
	struct writer *w = arg;
	char *to;

	(void)fd;
	if (w->len + ENTRY_MAX > HANDOVER_MAX)
		return true;
	to = w->text + w->len;
	to += sprintf(to, "%llx,%x,%x,", (unsigned long long)alias->cookie,
		      (alias->listening ? FLAG_LISTENING : 0) |
		      (alias->v4mapped ? FLAG_V4MAPPED : 0), alias->port);
	to += put_name(to, &alias->local);
	*to++ = ',';
	to += put_name(to, &alias->peer);
	*to++ = ';';
	*to = '\0';
	w->len = to - w->text;
	return false;
}

/* whether there is anything to hand over */
bool handover_write(char text[HANDOVER_MAX])
{
	struct writer w = { .text = text };
	struct alias alias;
	int fd;

	/* where programs like inetd put a socket just before */
	for (fd = 0; fd < 3; fd++)
		alias_moved(fd, &alias);
	alias_any(ALIAS_MOVED, write_alias, &w);
	return w.len;
}

static const char *get_name(const char *from, struct sockname *name)
{
	unsigned char *octet = (unsigned char *)&name->sa;
	unsigned int value;

	while (name->len < SOCKNAME_MAX && sscanf(from, "%2x", &value) == 1) {
		octet[name->len++] = value;
		from += 2;
	}
	return from;
}

static bool parse(const char *text, uint64_t cookie, struct alias *alias)
{
	unsigned long long number;
	unsigned int flags, port;
	int len = 0;

	if (sscanf(text, "%llx,%x,%x,%n", &number, &flags, &port, &len) != 3 ||
	    !len || number != cookie)
		return false;
	memset(alias, 0, sizeof(*alias));
	alias->kind = ALIAS_MOVED;
	alias->listening = flags & FLAG_LISTENING;
	alias->v4mapped = flags & FLAG_V4MAPPED;
	alias->port = port;
	text = get_name(text + len, &alias->local);
	if (*text == ',')
		get_name(text + 1, &alias->peer);
	return true;
}

/* what the program before this one took a socket for */
bool handover_find(uint64_t cookie, struct alias *alias)
{
	const char *text = setup.handover;

	while (text && *text) {
		if (parse(text, cookie, alias))
			return true;
		text = strchr(text, ';');
		if (text)
			text++;
	}
	return false;
}
