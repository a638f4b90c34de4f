// SPDX-License-Identifier: GPL-2.0
/*
 * transfer.c - no test: the two ends that test scripts put a connection
 * between, through which a file is to come out as it went in
 *
 *	transfer stream|record listen DEV PORT >file
 *	transfer stream|record connect DEV LINK|- PORT <file
 *
 * The file is written in pieces of every length, short and long, and none at
 * all; both ends know which lengths come in turn. A piece is a record where
 * there are records: one that is read with another length, or without the mark
 * at its end, is an error. In the end the connecting side prints what SCOPE_INFO
 * tells, a line a number. DEV is scope0 or an Ethernet device, LINK the link
 * address of the other end, - for this node.
 */
#include <err.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <stdbool.h>

#include "address.h"

#define PIECE	30000	/* the longest one */

static bool records;
static char piece[PIECE];

/* xorshift32; of four pieces one is long, and of 64 one is empty */
static size_t next_length(void)
{
	static unsigned int state = 20240101;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	if (state % 64 == 0)
		return 0;
	return (state >> 8) % (state % 4 ? 2000 : PIECE) + 1;
}

static struct sockaddr_scope parse(const char *dev, const char *link,
				   const char *port)
{
	const unsigned int ifindex = if_nametoindex(dev);
	const struct ether_addr *ether = NULL;

	if (!ifindex)
		err(1, "%s", dev);
	if (strcmp(link, "-")) {
		ether = ether_aton(link);
		if (!ether)
			errx(1, "%s: no link address", link);
	}
	return scope_addr(atoi(port),
			  strcmp(dev, SCOPE_DEV_NAME) ? ifindex : 0,
			  ether ? ether->ether_addr_octet : NULL);
}

static int open_socket(void)
{
	int fd = socket(scope_family(), records ? SOCK_SEQPACKET : SOCK_STREAM,
			0);

	if (fd < 0)
		err(1, "socket");
	return fd;
}

static void send_all(int fd, size_t len)
{
	size_t sent = 0;
	ssize_t n;

	do {
		n = send(fd, piece + sent, len - sent, MSG_NOSIGNAL | MSG_EOR);
		if (n < 0)
			err(1, "send");
		sent += n;
	} while (sent < len);
}

static void print_info(int fd)
{
	struct scope_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_SCOPE, SCOPE_INFO, &info, &len))
		err(1, "SCOPE_INFO");
	printf("mss %u\ncwnd %u\nrtt_us %u\nrto_us %u\n", info.mss, info.cwnd,
	       info.rtt_us, info.rto_us);
	printf("retransmits %u\ntimeouts %u\nacked %llu\n", info.retransmits,
	       info.timeouts, info.acked);
}

static void send_file(struct sockaddr_scope to)
{
	int fd = open_socket();
	size_t len, got;

	if (scope_connect(fd, to))
		err(1, "connect");
	do {
		len = next_length();
		got = fread(piece, 1, len, stdin);
		if (got || !len)
			send_all(fd, got);
	} while (got == len);
	if (shutdown(fd, SHUT_WR))
		err(1, "shutdown");
	/* The other side closes when it has all */
	if (recv(fd, piece, 1, 0))
		err(1, "recv");
	print_info(fd);
}

/* A piece of the stream, of whatever length. Whether there was one */
static bool get_octets(int fd)
{
	ssize_t n = recv(fd, piece, next_length() ?: 1, 0);

	if (n < 0)
		err(1, "recv");
	fwrite(piece, 1, n, stdout);
	return n;
}

/* Only the last record may be shorter than its turn has it */
static bool get_record(int fd)
{
	struct iovec iov = { .iov_base = piece, .iov_len = sizeof(piece) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t want = next_length(), n = recvmsg(fd, &msg, 0);
	static bool last;

	if (n < 0)
		err(1, "recvmsg");
	if (!n && !(msg.msg_flags & MSG_EOR))
		return false;
	if (last || !(msg.msg_flags & MSG_EOR) || msg.msg_flags & MSG_TRUNC)
		errx(1, "a record of %zd, wanted %zd, flags %x", n, want,
		     msg.msg_flags);
	last = n != want;
	fwrite(piece, 1, n, stdout);
	return true;
}

static void receive_file(struct sockaddr_scope own)
{
	int fd = open_socket(), conn, on = 1;

	/* A connection of the run before may wait for its last acknowledgment */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    scope_bind(fd, own) || listen(fd, 0))
		err(1, "listen");
	conn = accept(fd, NULL, NULL);
	if (conn < 0)
		err(1, "accept");
	while (records ? get_record(conn) : get_octets(conn))
		;
	if (fflush(stdout))
		err(1, "stdout");
}

int main(int argc, char **argv)
{
	if (argc < 5)
		errx(2, "see the head of its source");
	records = !strcmp(argv[1], "record");
	if (argc == 6 && !strcmp(argv[2], "connect"))
		send_file(parse(argv[3], argv[4], argv[5]));
	else if (argc == 5 && !strcmp(argv[2], "listen"))
		receive_file(parse(argv[3], "-", argv[4]));
	else
		errx(2, "see the head of its source");
	return 0;
}
