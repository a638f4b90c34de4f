// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_sockets.c - `skbscope sockets': every socket of the family
 *
 * Called by main.c. The list comes by a netlink dump, each receive queue by a
 * question of its own, the descriptors from /proc (procfs.c).
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "family.h"
#include "json.h"
#include "message.h"
#include "netlink.h"
#include "recorded.h"
#include "render.h"

struct sockets {
	bool			json;
	bool			follow;
	const char		*record;
	bool			shown;		/* with @record and @follow */
	struct cookies		cookies;
	struct netlink		*nl;
	struct owners		owners;
	const struct palette	*palette;
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "JSON Lines: one object a socket", 0 },
	{ "follow", 'f', NULL, 0,
	  "then a line for each socket that is made, changes or goes", 0 },
	{ "input", 'i', "FILE", 0,
	  "those at the end of a record, as `skbscope record' wrote it to FILE", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct sockets *s = state->input;

	switch (key) {
	case 'j':
		s->json = true;
		return 0;
	case 'f':
		s->follow = true;
		return 0;
	case 'i':
		s->record = option_file(state, "--input", arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "`%s' is too much: sockets takes no arguments",
			   arg);
		return 0;
	case ARGP_KEY_END:
		if (s->json && s->follow)
			argp_error(state, "--follow has no JSON form");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Show every socket of the family in this network namespace: who holds it, struct socket, struct sock, queues.",
};

static int list_cookies(struct sockets *s)
{
	int ret = netlink_cookies(s->nl, &s->cookies);

	if (ret == -ESTALE) {
		complain("sockets came and went while the list was read, %d times: one may be missing or shown twice",
			 NETLINK_TRIES);
		ret = 0;
	}
	return ret;
}

static void write_socket(struct sockets *s, const struct socket_picture *sock)
{
	if (s->json)
		json_line(stdout, json_socket(sock, &s->owners));
	else
		render_socket(stdout, sock, &s->owners, s->palette);
	s->shown = true;
}

static int show(struct sockets *s, uint64_t cookie)
{
	struct socket_picture sock;
	int ret;

	ret = netlink_socket(s->nl, cookie, &sock);
	/* closed since the list was made: it is no longer one of them */
	if (ret == -ENOENT || ret == -ESRCH)
		return 0;
	if (ret)
		return ret;
	write_socket(s, &sock);
	return 0;
}

static int show_all(struct sockets *s)
{
	size_t i;
	int ret;

	ret = list_cookies(s);
	if (!ret)
		ret = owners_scan(&s->owners, "/proc");
	for (i = 0; !ret && i < s->cookies.nr; i++)
		ret = show(s, s->cookies.cookie[i]);
	if (!ret && !s->cookies.nr && !s->json && !s->follow)
		complain("no socket of the family is open in this network namespace");
	return ret;
}

static int show_notice(int cmd, const struct socket_picture *sock, void *arg)
{
	const char *what = "?";

	(void)arg;
	if (cmd == SKBSCOPE_CMD_SOCKET_NEW_NTF)
		what = "new";
	else if (cmd == SKBSCOPE_CMD_SOCKET_CHANGE_NTF)
		what = "changed";
	else if (cmd == SKBSCOPE_CMD_SOCKET_DEL_NTF)
		what = "gone";
	render_notice(stdout, what, sock);
	fflush(stdout);
	return 0;
}

static int follow(struct netlink *notices)
{
	struct pollfd pfd = { .fd = netlink_fd(notices), .events = POLLIN };

	for (;;) {
		int ret;

		if (poll(&pfd, 1, -1) < 0 && errno != EINTR)
			return -errno;
		ret = netlink_notices(notices, show_notice, NULL);
		if (ret == -ENOBUFS)
			complain("notices were lost: they came faster than they were read");
		else if (ret)
			return ret;
		if (ferror(stdout))
			return 0;
	}
}

/* the one who holds it is not in a record */
static int show_last(enum record_moment moment,
		     const struct socket_picture *sock, void *arg)
{
	(void)moment;
	write_socket(arg, sock);
	return 0;
}

static int show_change(enum record_moment moment,
		       const struct socket_picture *sock, void *arg)
{
	static const char *const what[RECORD_MOMENTS] = {
		[RECORD_NEW] = "new",
		[RECORD_CHANGED] = "changed",
		[RECORD_GONE] = "gone",
	};

	if (moment == RECORD_AT_START)
		write_socket(arg, sock);
	else if (what[moment])
		render_notice(stdout, what[moment], sock);
	return 0;
}

static int show_record(struct sockets *s)
{
	int ret;

	ret = recorded_sockets(s->record, s->follow ? show_change : NULL,
			       s->follow ? NULL : show_last, s);
	if (ret && ret != -EBADMSG)
		complain("reading the sockets failed: %s", strerror(-ret));
	else if (!ret && !s->shown && !s->json && !s->follow)
		complain("no socket of the family was open in the record's network namespace");
	return ret ? EXIT_SYSTEM : EXIT_OK;
}

int cmd_sockets(int argc, char **argv)
{
	struct netlink *notices = NULL;
	struct sockets s = { 0 };
	int ret = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &s);

	s.palette = palette_for(STDOUT_FILENO);
	if (s.record)
		return show_record(&s);
	s.nl = family_netlink();
	if (!s.nl)
		return EXIT_SYSTEM;
	/* subscribed before the list is read, so that none falls between */
	if (s.follow) {
		notices = family_netlink();
		if (!notices) {
			netlink_close(s.nl);
			return EXIT_SYSTEM;
		}
		ret = netlink_subscribe(notices);
	}
	if (!ret)
		ret = show_all(&s);
	if (!ret && s.follow) {
		fflush(stdout);
		ret = follow(notices);
	}
	if (ret)
		complain("asking for the sockets failed: %s%s%s",
			 strerror(-ret), *netlink_error(s.nl) ? ": " : "",
			 netlink_error(s.nl));

	owners_clear(&s.owners);
	free(s.cookies.cookie);
	netlink_close(notices);
	netlink_close(s.nl);
	return ret ? EXIT_SYSTEM : EXIT_OK;
}
