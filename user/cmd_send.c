// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_send.c - `skbscope send': datagrams, records and octets from the shell
 *
 * Called by main.c.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "command.h"
#include "endpoint.h"
#include "family.h"
#include "message.h"

/* more than any device's MTU; what is longer is not read to its end */
#define INPUT_MAX	1048576U

struct send {
	int		type;
	const char	*device;
	const char	*address;
	bool		bind;
	unsigned int	port;
	unsigned long	count;
	bool		sized;
	unsigned long	size;
	char		*data;
	size_t		len;
};

static const struct argp_option options[] = {
	{ "type", 't', "TYPE", 0,
	  "dgram (default), stream, seqpacket or raw", 0 },
	{ "device", 'd', "DEV", 0, "use this device alone (SO_BINDTODEVICE)",
	  0 },
	{ "bind", 'b', "PORT", 0, "send from this port", 0 },
	{ "count", 'n', "COUNT", 0, "send it COUNT times (default 1)", 0 },
	{ "size", 's', "OCTETS", 0,
	  "make this many octets to send, filled with letters", 0 },
	{ 0 }
};

static void add_word(struct send *s, struct argp_state *state,
		     const char *word)
{
	size_t len = strlen(word);
	char *bigger = realloc(s->data, s->len + len + 2);

	if (!bigger)
		argp_failure(state, EXIT_SYSTEM, ENOMEM, "the data");
	s->data = bigger;
	if (s->len)
		s->data[s->len++] = ' ';
	memcpy(s->data + s->len, word, len + 1);
	s->len += len;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct send *s = state->input;

	switch (key) {
	case 't':
		s->type = option_sock_type(state, arg);
		return 0;
	case 'd':
		s->device = option_device(state, arg);
		return 0;
	case 'b':
		s->bind = true;
		if (address_parse_port(arg, &s->port))
			argp_error(state, "--bind: `%s' is not a port from 0 to 65535 or `*'",
				   arg);
		return 0;
	case 'n':
		s->count = option_number(state, "--count", arg, 1,
					 4000000000UL);
		return 0;
	case 's':
		s->sized = true;
		s->size = option_number(state, "--size", arg, 0, INPUT_MAX);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			s->address = arg;
		else
			add_word(s, state, arg);
		return 0;
	case ARGP_KEY_END:
		if (!s->address)
			argp_error(state, "the address is missing: PORT, DEV:PORT or [LINK-ADDR%%DEV]:PORT");
		if (s->sized && s->data)
			argp_error(state, "--size makes the data itself: give it or DATA");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "ADDRESS [DATA...]",
	.doc = "Send a datagram to ADDRESS, which is PORT, DEV:PORT or [LINK-ADDR%DEV]:PORT; or connect to it and send octets or a record.\vThe data are DATA, joined by blanks, or all of stdin, given to one send call. A connection is closed behind the last one.",
};

/* a pattern in which a missing or moved octet can be seen */
static int fill(struct send *s)
{
	size_t i;

	s->data = malloc(s->size + 1);
	if (!s->data) {
		complain("out of memory");
		return -1;
	}
	for (i = 0; i < s->size; i++)
		s->data[i] = 'a' + i % 26;
	s->len = s->size;
	return 0;
}

static int read_stdin(struct send *s)
{
	s->data = malloc(INPUT_MAX + 1);
	if (!s->data) {
		complain("out of memory");
		return -1;
	}
	while (s->len <= INPUT_MAX) {
		ssize_t ret = read(STDIN_FILENO, s->data + s->len,
				   INPUT_MAX + 1 - s->len);

		if (ret < 0 && errno == EINTR)
			continue;
		if (ret < 0) {
			complain("cannot read stdin: %s", strerror(errno));
			return -1;
		}
		if (ret == 0)
			return 0;
		s->len += ret;
	}
	return 0;
}

static void explain_send(const struct send *s,
			 const struct sockaddr_scope *to, int err)
{
	char name[16];
	const char *device = endpoint_device(to, s->device, name);
	char call[ADDRESS_LEN + 16], text[ADDRESS_LEN];
	long limit;

	limit = err == EMSGSIZE && s->type == SOCK_DGRAM ?
		endpoint_limit(device) : -1;
	if (limit >= 0) {
		complain("%zu octets do not fit: one datagram through %s has at most %ld, its MTU less the header of %d",
			 s->len, device, limit, SCOPE_HDR_LEN);
		return;
	}
	if (err == EMSGSIZE && s->type == SOCK_SEQPACKET) {
		complain("%zu octets do not fit: one record has at most what the send buffer holds (SO_SNDBUF)",
			 s->len);
		return;
	}
	snprintf(call, sizeof(call), "send to %s", address_print(to, text));
	endpoint_explain(call, err, device);
}

/*
 * A stream takes what it has room for: several calls, where it is not all. The
 * mark at the end of a record tells an empty one from the end of all.
 */
static int send_one(const struct send *s, int fd,
		    const struct sockaddr_scope *to)
{
	const bool connected = endpoint_connects(s->type);
	const int flags = s->type == SOCK_SEQPACKET ? MSG_EOR : 0;
	size_t sent = 0;
	ssize_t ret;

	do {
		ret = sendto(fd, s->data + sent, s->len - sent,
			     MSG_NOSIGNAL | flags,
			     connected ? NULL : (const struct sockaddr *)to,
			     connected ? 0 : sizeof(*to));
		if (ret > 0)
			sent += ret;
		else if (ret < 0 && errno != EINTR)
			return -1;
	} while (ret < 0 || sent < s->len);
	return 0;
}

static int send_all(const struct send *s, int fd,
		    const struct sockaddr_scope *to)
{
	unsigned long i;

	for (i = 0; i < s->count; i++) {
		if (!send_one(s, fd, to))
			continue;
		explain_send(s, to, errno);
		if (i)
			complain("%lu of %lu were sent", i, s->count);
		return -1;
	}
	return 0;
}

static int open_and_send(struct send *s, unsigned int family,
			 const struct sockaddr_scope *to)
{
	struct sockaddr_scope from = { .sscope_family = family };
	int fd, on = 1, ret = -1;

	fd = endpoint_open(family, s->type, s->device);
	if (fd < 0)
		return -1;
	/* a port is one of a device's: the one the datagram leaves by */
	from.sscope_port = htons(s->port);
	from.sscope_ifindex = to->sscope_ifindex;
	/* who typed a group's address means it */
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	if (s->bind && endpoint_bind(fd, &from))
		goto out;
	if (endpoint_connects(s->type) && endpoint_connect(fd, to, s->device))
		goto out;
	ret = send_all(s, fd, to);
out:
	close(fd);
	return ret;
}

int cmd_send(int argc, char **argv)
{
	struct send s = { .type = SOCK_DGRAM, .count = 1 };
	char why[ADDRESS_WHY_LEN];
	struct sockaddr_scope to;
	unsigned int family;
	int ret = -1;

	argp_parse(&argp, argc, argv, 0, NULL, &s);

	/* a wrong address is told even where no module is loaded */
	if (address_parse(s.address, 0, &to, why)) {
		complain("address `%s': %s", s.address, why);
		ret = EXIT_USAGE;
		goto out;
	}
	if (!to.sscope_port) {
		complain("address `%s': a destination needs a port, 1 to 65535",
			 s.address);
		ret = EXIT_USAGE;
		goto out;
	}
	if (family_number(&family))
		goto out;
	to.sscope_family = family;
	if (s.sized ? fill(&s) : !s.data && read_stdin(&s))
		goto out;
	ret = open_and_send(&s, family, &to);
out:
	free(s.data);
	return ret < 0 ? EXIT_SYSTEM : ret;
}
