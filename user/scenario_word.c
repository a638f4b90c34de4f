// SPDX-License-Identifier: GPL-2.0
/*
 * scenario_word.c - the words of a scenario that stand for numbers of the kernel
 *
 * Called by scenario_value.c, and by play_call.c for what it tells.
 */
#define _GNU_SOURCE
#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "scenario.h"
#include "skbscope.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define ERRNO_MAX	4095

struct word {
	const char	*name;
	int		number;
};

#define WORD(symbol)	{ #symbol, symbol }

static const struct word message_flags[] = {
	WORD(MSG_DONTROUTE), WORD(MSG_DONTWAIT), WORD(MSG_EOR), WORD(MSG_MORE),
	WORD(MSG_NOSIGNAL), WORD(MSG_OOB), WORD(MSG_PEEK), WORD(MSG_TRUNC),
	WORD(MSG_WAITALL),
};

static const struct word poll_events[] = {
	{ "in", POLLIN }, { "out", POLLOUT }, { "pri", POLLPRI },
	{ "err", POLLERR }, { "hup", POLLHUP }, { "rdhup", POLLRDHUP },
};

static const struct word requests[] = {
	WORD(SIOCINQ), WORD(SIOCOUTQ),
};

#define OPTION(symbol, kind)	{ #symbol, SOL_SOCKET, symbol, OPTION_##kind }
#define OWN(symbol)	{ #symbol, SOL_SCOPE, symbol, OPTION_NUMBER }

static const struct option_name options[] = {
	OPTION(SO_ACCEPTCONN, NUMBER), OPTION(SO_BINDTODEVICE, DEVICE),
	OPTION(SO_BROADCAST, NUMBER), OPTION(SO_DOMAIN, NUMBER),
	OPTION(SO_ERROR, NUMBER), OPTION(SO_KEEPALIVE, NUMBER),
	OPTION(SO_LINGER, LINGER), OPTION(SO_MARK, NUMBER),
	OPTION(SO_OOBINLINE, NUMBER), OPTION(SO_PRIORITY, NUMBER),
	OPTION(SO_PROTOCOL, NUMBER), OPTION(SO_RCVBUF, NUMBER),
	OPTION(SO_RCVBUFFORCE, NUMBER), OPTION(SO_RCVLOWAT, NUMBER),
	OPTION(SO_RCVTIMEO, MS), OPTION(SO_REUSEADDR, NUMBER),
	OPTION(SO_SNDBUF, NUMBER), OPTION(SO_SNDBUFFORCE, NUMBER),
	OPTION(SO_SNDTIMEO, MS), OPTION(SO_TYPE, NUMBER),
	OWN(SCOPE_KEEPIDLE), OWN(SCOPE_KEEPINTVL), OWN(SCOPE_KEEPCNT),
};

static int find(const struct word *word, size_t nr, const char *name)
{
	for (; nr--; word++)
		if (!strcmp(word->name, name))
			return word->number;
	return -1;
}

int errno_by_name(const char *name)
{
	int i;

	for (i = 1; i <= ERRNO_MAX; i++) {
		const char *is = strerrorname_np(i);

		if (is && !strcmp(is, name))
			return i;
	}
	return -1;
}

int message_flag_by_name(const char *name)
{
	return find(message_flags, ARRAY_SIZE(message_flags), name);
}

int poll_event_by_name(const char *name)
{
	return find(poll_events, ARRAY_SIZE(poll_events), name);
}

int request_by_name(const char *name)
{
	return find(requests, ARRAY_SIZE(requests), name);
}

const struct option_name *option_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		if (!strcmp(options[i].name, name))
			return &options[i];
	return NULL;
}

const char *message_flag_word(size_t i)
{
	return i < ARRAY_SIZE(message_flags) ? message_flags[i].name : NULL;
}

const char *poll_event_word(size_t i)
{
	return i < ARRAY_SIZE(poll_events) ? poll_events[i].name : NULL;
}

const char *poll_event_name(int bit)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(poll_events); i++)
		if (poll_events[i].number == bit)
			return poll_events[i].name;
	return "?";
}

const char *option_word(size_t i)
{
	return i < ARRAY_SIZE(options) ? options[i].name : NULL;
}

/* "a, b, c" of a table that ends in NULL */
void list_words(const char *(*word)(size_t i), char *list, size_t size)
{
	size_t len = 0, i;

	list[0] = '\0';
	for (i = 0; word(i) && len < size; i++)
		len += snprintf(list + len, size - len, "%s%s", i ? ", " : "",
				word(i));
}
