// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_recv.c - `skbscope recv': datagrams, records and octets to the shell
 *
 * Called by main.c.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "address.h"
#include "command.h"
#include "endpoint.h"
#include "family.h"
#include "message.h"

#define DATAGRAM_MAX	1048576U	/* more than any device's MTU */

struct recv {
	int		type;
	const char	*device;
	const char	*address;
	bool		counted;
	unsigned long	count;
	double		timeout;	/* seconds; negative: none */
	bool		hex;
	bool		verbose;
};

static const struct argp_option options[] = {
	{ "type", 't', "TYPE", 0,
	  "dgram (default), stream, seqpacket or raw", 0 },
	{ "device", 'd', "DEV", 0, "use this device alone (SO_BINDTODEVICE)",
	  0 },
	{ "count", 'n', "COUNT", 0,
	  "end after COUNT datagrams (default 1; 0: never), or recv calls (default: when the peer is done)",
	  0 },
	{ "wait", 'w', "SECONDS", 0,
	  "fail when nothing comes within this time", 0 },
	{ "hex", 'x', NULL, 0, "write octets in hex, with the text beside", 0 },
	{ "verbose", 'v', NULL, 0,
	  "say on stderr what comes, and where it is from", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct recv *r = state->input;

	switch (key) {
	case 't':
		r->type = option_sock_type(state, arg);
		return 0;
	case 'd':
		r->device = option_device(state, arg);
		return 0;
	case 'n':
		r->counted = true;
		r->count = option_number(state, "--count", arg, 0,
					 4000000000UL);
		return 0;
	case 'w':
		r->timeout = option_seconds(state, "--wait", arg);
		return 0;
	case 'x':
		r->hex = true;
		return 0;
	case 'v':
		r->verbose = true;
		return 0;
	case ARGP_KEY_ARG:
		if (r->address)
			argp_error(state, "`%s' is too much: recv takes one address",
				   arg);
		r->address = arg;
		return 0;
	case ARGP_KEY_END:
		if (!r->address)
			argp_error(state, "the address to bind to is missing: PORT, DEV:PORT or [LINK-ADDR%%DEV]:PORT");
		if (!r->counted)
			r->count = !endpoint_connects(r->type);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "ADDRESS",
	.doc = "Bind to ADDRESS and write the datagrams that come to stdout, as they are; or listen there, accept one connection and write what comes by it.\vADDRESS is PORT, DEV:PORT or [LINK-ADDR%DEV]:PORT; `*' asks for a free port, which -v tells.",
};

static int write_all(const char *data, size_t len)
{
	while (len) {
		ssize_t ret = write(STDOUT_FILENO, data, len);

		if (ret < 0 && errno == EINTR)
			continue;
		if (ret < 0) {
			complain("cannot write to stdout: %s",
				 strerror(errno));
			return -1;
		}
		data += ret;
		len -= ret;
	}
	return 0;
}

static int write_hex(const char *data, size_t len)
{
	size_t at, i;

	for (at = 0; at < len; at += 16) {
		char line[80];
		int used = sprintf(line, "%04zx ", at);

		for (i = at; i < at + 16; i++)
			used += i < len ?
				sprintf(line + used, " %02x",
					(unsigned char)data[i]) :
				sprintf(line + used, "   ");
		used += sprintf(line + used, "  ");
		for (i = at; i < at + 16 && i < len; i++)
			line[used++] = isprint((unsigned char)data[i]) ?
				       data[i] : '.';
		line[used++] = '\n';
		if (write_all(line, used))
			return -1;
	}
	return 0;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* until there is something; -1 after saying why there is not */
static int wait_for(const struct recv *r, int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	const double timeout = r->timeout;
	double until = now() + timeout;

	for (;;) {
		double left = timeout < 0 ? -1 : until - now();
		int ms = -1, ret;

		if (timeout >= 0 && left < 0)
			left = 0;
		if (timeout >= 0)
			ms = left > 1000000 ? 1000000000 :
			     (int)ceil(left * 1000);
		ret = poll(&pfd, 1, ms);
		if (ret > 0)
			return 0;
		if (ret == 0) {
			complain("nothing came within %g seconds", timeout);
			return -1;
		}
		if (errno != EINTR) {
			complain("poll: %s", strerror(errno));
			return -1;
		}
	}
}

/* 0, 1 when the peer is done, -1 after saying why */
static int receive_one(const struct recv *r, int fd, char *buf)
{
	struct sockaddr_scope from = { 0 };
	struct iovec iov = { .iov_base = buf, .iov_len = DATAGRAM_MAX };
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	char text[ADDRESS_LEN];
	/* on a stream this flag would throw the octets away */
	int flags = r->type == SOCK_STREAM ? 0 : MSG_TRUNC;
	ssize_t len;

	do {
		len = recvmsg(fd, &msg, flags);
	} while (len < 0 && errno == EINTR);
	if (len < 0) {
		endpoint_explain("recv", errno, r->device);
		return -1;
	}
	if (!len && endpoint_connects(r->type) && !(msg.msg_flags & MSG_EOR))
		return 1;
	if (r->verbose && msg.msg_namelen)
		complain("%zd octets from %s", len,
			 address_print(&from, text));
	else if (r->verbose)
		complain("%zd octets", len);
	if ((size_t)len > DATAGRAM_MAX) {
		complain("only the first %u of %zd octets are shown",
			 DATAGRAM_MAX, len);
		len = DATAGRAM_MAX;
	}
	return r->hex ? write_hex(buf, len) : write_all(buf, len);
}

static int receive_all(const struct recv *r, int fd)
{
	char *buf = malloc(DATAGRAM_MAX);
	unsigned long i;
	int ret = 0;

	if (!buf) {
		complain("out of memory");
		return -1;
	}
	for (i = 0; !ret && (!r->count || i < r->count); i++) {
		ret = wait_for(r, fd);
		if (!ret)
			ret = receive_one(r, fd, buf);
	}
	free(buf);
	return ret < 0 ? -1 : 0;
}

static int bind_to(const struct recv *r, int fd,
		   const struct sockaddr_scope *addr)
{
	struct sockaddr_scope bound = { 0 };
	socklen_t len = sizeof(bound);
	char text[ADDRESS_LEN];

	if (endpoint_bind(fd, addr))
		return -1;
	if (r->verbose &&
	    !getsockname(fd, (struct sockaddr *)&bound, &len))
		complain("bound to %s", address_print(&bound, text));
	return 0;
}

/* the one connection that is read, or -1 after saying why there is none */
static int accept_one(const struct recv *r, int fd)
{
	struct sockaddr_scope peer = { 0 };
	socklen_t len = sizeof(peer);
	char text[ADDRESS_LEN];
	int conn;

	if (listen(fd, 0)) {
		endpoint_explain("listen", errno, r->device);
		return -1;
	}
	if (wait_for(r, fd))
		return -1;
	do {
		conn = accept4(fd, (struct sockaddr *)&peer, &len,
			       SOCK_CLOEXEC);
	} while (conn < 0 && errno == EINTR);
	if (conn < 0)
		endpoint_explain("accept", errno, r->device);
	else if (r->verbose)
		complain("connection from %s", address_print(&peer, text));
	return conn;
}

static int receive(const struct recv *r, int fd)
{
	int conn, ret;

	if (!endpoint_connects(r->type))
		return receive_all(r, fd);
	conn = accept_one(r, fd);
	if (conn < 0)
		return -1;
	ret = receive_all(r, conn);
	close(conn);
	return ret;
}

int cmd_recv(int argc, char **argv)
{
	struct recv r = { .type = SOCK_DGRAM, .timeout = -1 };
	char why[ADDRESS_WHY_LEN];
	struct sockaddr_scope addr;
	unsigned int family;
	int fd, ret = -1;

	argp_parse(&argp, argc, argv, 0, NULL, &r);

	if (address_parse(r.address, 0, &addr, why)) {
		complain("address `%s': %s", r.address, why);
		return EXIT_USAGE;
	}
	if (family_number(&family))
		return EXIT_SYSTEM;
	addr.sscope_family = family;

	fd = endpoint_open(family, r.type, r.device);
	if (fd < 0)
		return EXIT_SYSTEM;
	if (!bind_to(&r, fd, &addr))
		ret = receive(&r, fd);
	close(fd);
	return ret ? EXIT_SYSTEM : EXIT_OK;
}
