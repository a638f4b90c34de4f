// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_show.c - `skbscope show': one socket, every field of its structs; or one
 * sk_buff
 *
 * Called by main.c. show_skb.c has what is said of an sk_buff. Of a socket of another
 * process the module is given a duplicate of the descriptor: so it works for every
 * family.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain.h"
#include "command.h"
#include "family.h"
#include "json.h"
#include "message.h"
#include "netlink.h"
#include "recorded.h"
#include "render.h"
#include "signals.h"
#include "stream.h"
#include "view.h"
#include "which.h"

/**
 * struct show - what is asked for
 * @what: the kind of thing: sock or skb
 * @which: as it was written
 * @sock: the socket, if it is one
 * @begin: of a record, a socket as it was when that began
 * @skb: what is asked of an sk_buff; its record may be of a socket, too
 */
struct show {
	const char	*what;
	const char	*which;
	bool		full;
	bool		json;
	bool		begin;
	struct which	sock;
	struct skb_question	skb;
};

enum { OPT_BUFFER_SIZE = 256, OPT_BEGIN };

static const struct argp_option options[] = {
	{ "full", 'F', NULL, 0, "every field, not only the important ones", 0 },
	{ "json", 'j', NULL, 0, "one JSON object", 0 },
	{ "input", 'i', "FILE", 0,
	  "as it is in what `skbscope record --images' collected in FILE", 0 },
	{ "begin", OPT_BEGIN, NULL, 0,
	  "sock: as it was when the record began, not when it ended", 0 },
	{ "buffer-size", OPT_BUFFER_SIZE, "KIB", 0,
	  "skb: size of each CPU's ring buffer (default 4096)", 0 },
	{ 0 }
};

static void take_argument(struct show *s, const char *arg,
			  struct argp_state *state)
{
	if (!s->what) {
		if (strcmp(arg, "sock") && strcmp(arg, "skb"))
			argp_error(state, "`%s' cannot be shown: sock and skb are allowed",
				   arg);
		s->what = arg;
	} else if (!s->which && !strcmp(s->what, "skb")) {
		s->skb.skb = option_skb(state, arg);
		s->which = arg;
	} else if (!s->which) {
		if (!which_parse(&s->sock, arg))
			argp_error(state, "`%s' is neither a socket's cookie nor PID:FD, such as 4097 or 1234:3",
				   arg);
		s->which = arg;
	} else {
		argp_error(state, "`%s' is too much: show %s takes one",
			   arg, s->what);
	}
}

static void check_sock(const struct show *s, struct argp_state *state)
{
	if (s->skb.buffer_kib || s->skb.command)
		argp_error(state, "--buffer-size and CMD are for show skb");
	if (s->begin && !s->skb.record)
		argp_error(state, "--begin is for a record: give it by --input FILE");
	if (s->skb.record)
		which_in_record(&s->sock, state);
}

static void check(struct show *s, struct argp_state *state)
{
	if (!s->which)
		argp_error(state, "say what to show: sock, and its cookie or PID:FD; or skb, and its number");
	if (!strcmp(s->what, "sock"))
		check_sock(s, state);
	else if (s->begin)
		argp_error(state, "--begin is for show sock");
	if (s->skb.record)
		option_alone(state, s->skb.command, s->skb.buffer_kib);
	if (!s->skb.buffer_kib)
		s->skb.buffer_kib = STREAM_BUFFER_KIB;
	s->skb.full = s->full;
	s->skb.json = s->json;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct show *s = state->input;

	switch (key) {
	case 'F':
		s->full = true;
		return 0;
	case 'j':
		s->json = true;
		return 0;
	case 'i':
		s->skb.record = option_file(state, "--input", arg);
		return 0;
	case OPT_BEGIN:
		s->begin = true;
		return 0;
	case OPT_BUFFER_SIZE:
		s->skb.buffer_kib = option_buffer_size(state, arg);
		return 0;
	case ARGP_KEY_ARG:
		if (option_is_command(state))
			s->skb.command = option_command(state);
		else
			take_argument(s, arg, state);
		return 0;
	case ARGP_KEY_END:
		check(s, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "sock COOKIE\nsock PID:FD\nskb SKB [-- CMD [ARG...]]",
	.doc = "Show one socket from its file to the sk_buffs on its queues, as the kernel has them. PID:FD may be of any family, COOKIE is of this one. Or show one sk_buff: its stations, its place, its relatives, its buffer and its fields.\vSKB is looked for on the queues of this network namespace's sockets; with CMD it is watched while CMD runs, and then, the exit status is CMD's.",
};

static int take(const struct show *s, struct netlink *nl, struct chain *chain)
{
	int fd, ret;

	if (!s->sock.by_fd)
		return netlink_images_of_cookie(nl, s->sock.cookie, chain_add,
						chain);
	fd = which_fd(&s->sock);
	if (fd < 0)
		return -ECANCELED;
	ret = netlink_images_of_fd(nl, fd, chain_add, chain);
	close(fd);
	return ret;
}

/* what the other views say of it, where BTF says nothing */
static void show_fixed(const struct show *s, struct netlink *nl,
		       const struct palette *p)
{
	struct owners owners = { 0 };
	struct socket_picture sock;

	if (s->sock.by_fd || netlink_socket(nl, s->sock.cookie, &sock))
		return;
	owners_scan(&owners, "/proc");
	fputc('\n', stdout);
	render_socket(stdout, &sock, &owners, p);
	owners_clear(&owners);
}

/* why a record does not show the socket */
static void say_none(const struct show *s, int err)
{
	const char *file = s->skb.record;

	if (err == -ENODATA)
		complain("%s has no images of sockets: `skbscope record --images' stores them, of those that are open when it begins and when it ends",
			 file);
	else if (err == -ENOENT)
		complain("%s has no images of socket %s%s: it has those of sockets that were open when it began%s",
			 file, s->which, s->begin ? " from its beginning" : "",
			 s->begin ? "" : " or when it ended");
	else if (err != -EBADMSG)
		complain("reading the images failed: %s", strerror(-err));
}

static void show_recorded(const struct show *s, const struct recorded_chain *rc)
{
	const struct palette *p = palette_for(STDOUT_FILENO);
	bool at_start = rc->images.moment == RECORD_AT_START;
	struct owners nobody = { 0 };

	if (rc->chain.why)
		complain("no fields of the structs: %s", rc->chain.why);
	if (s->json) {
		json_line(stdout, json_recorded(&rc->chain, at_start, s->full));
		return;
	}
	printf("%ssock %s%s  as it was when the record %s\n", p->bold, s->which,
	       p->off, at_start ? "began" : "ended");
	render_chain(stdout, &rc->chain, s->full, p);
	if (rc->chain.why && rc->has_sock) {
		fputc('\n', stdout);
		render_socket(stdout, &rc->sock, &nobody, p);
	}
}

/* one that was cut off is shown as far as it goes, and still a failure */
static int show_record(const struct show *s)
{
	struct recorded_chain rc;
	int ret;

	signals_ignore_pipe();
	ret = recorded_chain(s->skb.record, s->sock.cookie, s->begin, &rc);
	if (rc.chain.nr)
		show_recorded(s, &rc);
	else if (!ret)
		complain("%s has no images of socket %s: they were left out, for it has many of others",
			 s->skb.record, s->which);
	if (ret)
		say_none(s, ret);
	ret = !ret && rc.chain.nr ? EXIT_OK : EXIT_SYSTEM;
	chain_clear(&rc.chain);
	return ret;
}

static void show(const struct show *s, struct netlink *nl,
		 const struct chain *chain)
{
	const struct palette *p = palette_for(STDOUT_FILENO);

	if (chain->why)
		complain("no fields of the structs: %s", chain->why);
	if (s->json) {
		json_line(stdout, json_chain(chain, s->full));
		return;
	}
	if (s->sock.by_fd)
		printf("%spid %d fd %d%s\n", p->bold, (int)s->sock.pid,
		       s->sock.fd,
		       p->off);
	else
		printf("%ssock %s%s\n", p->bold, s->which, p->off);
	render_chain(stdout, chain, s->full, p);
	if (chain->why)
		show_fixed(s, nl, p);
}

int cmd_show(int argc, char **argv)
{
	struct chain chain = { 0 };
	struct show s = { 0 };
	struct netlink *nl;
	int ret;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &s);
	if (!strcmp(s.what, "skb"))
		return show_skb(&s.skb);
	if (s.skb.record)
		return show_record(&s);

	nl = family_netlink();
	if (!nl)
		return EXIT_SYSTEM;
	ret = take(&s, nl, &chain);
	if (!ret)
		ret = chain_describe(&chain);
	if (!ret)
		show(&s, nl, &chain);
	else if (ret != -ECANCELED)
		complain("%s cannot be shown: %s", s.which,
			 *netlink_error(nl) ? netlink_error(nl) :
			 strerror(-ret));
	chain_clear(&chain);
	netlink_close(nl);
	return ret ? EXIT_SYSTEM : EXIT_OK;
}
