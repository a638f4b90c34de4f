// SPDX-License-Identifier: GPL-2.0
/*
 * cmd_tour.c - `skbscope tour': one datagram from send() to recv()
 *
 * Called by main.c; `make demo' runs it. Makes the calls of a sender and a
 * receiver, asks the kernel after each, and gives what it saw to
 * render_tour.c. Every number shown was read from the running kernel.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "endpoint.h"
#include "family.h"
#include "message.h"
#include "names.h"
#include "netlink.h"
#include "render.h"
#include "signals.h"
#include "stream.h"
#include "tour.h"

#define TOUR_PORT	4242
#define PATIENCE_NS	3000000000ULL
#define LEDGER_TRIES	10

static const char message[] = "Hello, receiver. Which way did I come to you?";

#define MESSAGE_LEN	(sizeof(message) - 1)

/* what a datagram through scope0 passes */
static const int expected[] = {
	SCOPE_STATION_SOCKET_SEND, SCOPE_STATION_SOCKET_ALLOC,
	SCOPE_STATION_PROTOCOL_PUSH, SCOPE_STATION_DEVICE_QUEUE,
	SCOPE_STATION_DEVICE_XMIT, SCOPE_STATION_DEVICE_RECEIVE,
	SCOPE_STATION_PROTOCOL_RECEIVE, SCOPE_STATION_PROTOCOL_DELIVER,
	SCOPE_STATION_SOCKET_QUEUE, SCOPE_STATION_SOCKET_RECV,
	SCOPE_STATION_END_CONSUMED,
};

struct guide {
	struct tour	tour;
	struct netlink	*nl;
	struct stream	*stream;
	unsigned int	family;
	int		rx;
	int		tx;
	uint64_t	rx_cookie;
	uint64_t	tx_cookie;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	argp_error(state, "`%s' is too much: tour takes no arguments", arg);
	return 0;
}

static const struct argp argp = {
	.parser = parse,
	.doc = "Send one datagram to ourselves and draw what the kernel held at each station: the calls on the left, the kernel on the right. Needs root.",
};

static void note_call(struct guide *g, enum tour_call call,
		      const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void note_call(struct guide *g, enum tour_call call,
		      const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(g->tour.call[call], TOUR_CALL_LEN, fmt, ap);
	va_end(ap);
}

static int look_at(struct guide *g, uint64_t cookie,
		   struct socket_picture *picture)
{
	int ret = netlink_socket(g->nl, cookie, picture);

	if (ret)
		complain("asking for socket %" PRIu64 " failed: %s %s", cookie,
			 strerror(-ret), netlink_error(g->nl));
	return ret;
}

static int open_one(struct guide *g, enum tour_call call, int *fd,
		    uint64_t *cookie, struct socket_picture *picture)
{
	*fd = endpoint_open(g->family, SOCK_DGRAM, NULL);
	if (*fd < 0)
		return -1;
	note_call(g, call, "socket(%u, SOCK_DGRAM, 0) = %d", g->family, *fd);
	if (endpoint_cookie(*fd, cookie)) {
		complain("SO_COOKIE: %s", strerror(errno));
		return -1;
	}
	return look_at(g, *cookie, picture);
}

static int bind_receiver(struct guide *g)
{
	struct sockaddr_scope addr = { .sscope_family = g->family };

	addr.sscope_port = htons(TOUR_PORT);
	if (bind(g->rx, (struct sockaddr *)&addr, sizeof(addr))) {
		/* somebody has the port: let the kernel choose */
		if (errno != EADDRINUSE) {
			endpoint_explain("bind", errno, NULL);
			return -1;
		}
		addr.sscope_port = 0;
		if (endpoint_bind(g->rx, &addr))
			return -1;
	}
	note_call(g, CALL_BIND, "bind(%d, {port %u}, %zu) = 0", g->rx,
		  ntohs(addr.sscope_port), sizeof(addr));
	return look_at(g, g->rx_cookie, &g->tour.rx_bound);
}

static bool is_ours(struct guide *g, const struct event *ev)
{
	/* our socket's first send call tells the number to look for */
	if (!g->tour.skb && event_at(ev, SCOPE_STATION_SOCKET_SEND) &&
	    (uint64_t)ev->v[EVF_SOCK] == g->tx_cookie)
		g->tour.skb = ev->v[EVF_SKB];
	return g->tour.skb && (uint64_t)ev->v[EVF_SKB] == g->tour.skb;
}

/* reads events until the datagram has been at @station, or for a while */
static int watch_until(struct guide *g, int station)
{
	struct timespec pause = { .tv_nsec = 10000000 };
	uint64_t start = 0, now;
	struct tour *t = &g->tour;
	bool seen = false;
	struct event ev;
	int ret;

	while (!seen) {
		if (signals_caught(NULL))
			return -EINTR;
		ret = stream_read(g->stream);
		if (ret < 0)
			return ret;
		while (stream_next(g->stream, &ev)) {
			if (!is_ours(g, &ev) || t->nr_ev == TOUR_EVENTS_MAX)
				continue;
			t->ev[t->nr_ev++] = ev;
			if (event_at(&ev, station) || event_is_end(&ev))
				seen = true;
		}
		ret = stream_error(g->stream);
		if (ret)
			return ret;
		now = clock_ns(CLOCK_MONOTONIC);
		if (!start)
			start = now;
		/* what is missing then is reported by check_stations() */
		if (now - start > PATIENCE_NS)
			return 0;
		if (!seen)
			nanosleep(&pause, NULL);
	}
	return 0;
}

static int send_it(struct guide *g)
{
	struct sockaddr_scope to = g->tour.rx_bound.local;
	ssize_t ret;

	to.sscope_family = g->family;
	ret = sendto(g->tx, message, MESSAGE_LEN, MSG_NOSIGNAL,
		     (struct sockaddr *)&to, sizeof(to));
	if (ret < 0) {
		endpoint_explain("sendto", errno, SCOPE_DEV_NAME);
		return -1;
	}
	note_call(g, CALL_SENDTO, "sendto(%d, \"%s\", %zu, 0, {port %u}, %zu) = %zd",
		  g->tx, message, MESSAGE_LEN, ntohs(to.sscope_port),
		  sizeof(to), ret);
	return 0;
}

static int receive_it(struct guide *g)
{
	struct sockaddr_scope from = { 0 };
	socklen_t from_len = sizeof(from);
	char buf[256];
	ssize_t ret;

	ret = recvfrom(g->rx, buf, sizeof(buf), MSG_DONTWAIT,
		       (struct sockaddr *)&from, &from_len);
	if (ret < 0) {
		complain("the datagram is not there to be read: recvfrom: %s (%s)",
			 errno_name(errno), strerror(errno));
		return -1;
	}
	if (ret != MESSAGE_LEN || memcmp(buf, message, MESSAGE_LEN)) {
		complain("what was received is not what was sent");
		return -1;
	}
	note_call(g, CALL_RECVFROM, "recvfrom(%d, \"%.*s\", %zu, MSG_DONTWAIT, {port %u}, [%u]) = %zd",
		  g->rx, (int)ret, buf, sizeof(buf), ntohs(from.sscope_port),
		  from_len, ret);
	return 0;
}

static int walk(struct guide *g)
{
	struct tour *t = &g->tour;
	int ret;

	if (open_one(g, CALL_SOCKET_RX, &g->rx, &g->rx_cookie, &t->rx_made) ||
	    bind_receiver(g) ||
	    open_one(g, CALL_SOCKET_TX, &g->tx, &g->tx_cookie, &t->tx_made) ||
	    send_it(g))
		return -1;

	ret = watch_until(g, SCOPE_STATION_SOCKET_QUEUE);
	t->nr_sent = t->nr_ev;
	/* the datagram waits: the one moment to see a queue that is not empty */
	if (!ret && (look_at(g, g->tx_cookie, &t->tx_sent) ||
		     look_at(g, g->rx_cookie, &t->rx_queued) ||
		     receive_it(g)))
		return -1;
	if (!ret)
		ret = watch_until(g, SCOPE_STATION_END_CONSUMED);
	if (ret) {
		complain("reading the events failed: %s", strerror(-ret));
		return -1;
	}
	return look_at(g, g->rx_cookie, &t->rx_read);
}

/* other sockets' packets may be on their way between two of its counters */
static int read_ledger(struct guide *g)
{
	struct timespec pause = { .tv_nsec = 20000000 };
	int tries, ret;

	for (tries = 0; tries < LEDGER_TRIES; tries++) {
		ret = netlink_ledger(g->nl, &g->tour.ledger);
		if (ret) {
			complain("asking for the ledger failed: %s %s",
				 strerror(-ret), netlink_error(g->nl));
			return -1;
		}
		if (!ledger_balance(&g->tour.ledger))
			return 0;
		nanosleep(&pause, NULL);
	}
	return 0;
}

static int check_stations(struct guide *g)
{
	const struct tour *t = &g->tour;
	char name[NAME_LEN];
	int missing = 0;
	unsigned int i, j;

	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		for (j = 0; j < t->nr_ev; j++)
			if (event_at(&t->ev[j], expected[i]))
				break;
		if (j < t->nr_ev)
			continue;
		complain("no event came from station %s",
			 name_station(expected[i], name));
		missing++;
	}
	if (missing)
		complain("%d of %zu stations were not seen; %" PRIu64 " events were lost",
			 missing, sizeof(expected) / sizeof(expected[0]),
			 stream_lost(g->stream));
	return missing ? -1 : 0;
}

static int check_sums(const struct tour *t)
{
	uint64_t sum = 0;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < t->rx_queued.nr_rx; i++)
		sum += num_get(&t->rx_queued.rx[i], SKBSCOPE_A_SKB_TRUESIZE);
	if (sum != num_get(&t->rx_queued.n, SKBSCOPE_A_SOCKET_RMEM)) {
		complain("the truesize on the receive queue is not sk_rmem_alloc");
		ret = -1;
	}
	if (ledger_balance(&t->ledger)) {
		complain("the ledger does not balance");
		ret = -1;
	}
	return ret;
}

static int prepare(struct guide *g)
{
	struct utsname uts;
	int ret;

	if (!uname(&uts))
		snprintf(g->tour.kernel, sizeof(g->tour.kernel), "%.70s",
			 uts.release);
	g->stream = stream_open(STREAM_BUFFER_KIB, false, NULL);
	if (!g->stream)
		return -1;
	ret = netlink_info(g->nl, &g->tour.info);
	if (ret) {
		complain("the module does not answer: %s", strerror(-ret));
		return -1;
	}
	g->family = num_get(&g->tour.info.n, SKBSCOPE_A_INFO_FAMILY);
	return 0;
}

int cmd_tour(int argc, char **argv)
{
	struct guide *g;
	int ret = -1;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);

	g = calloc(1, sizeof(*g));
	if (!g) {
		complain("out of memory");
		return EXIT_SYSTEM;
	}
	g->rx = -1;
	g->tx = -1;
	g->nl = family_netlink();
	if (!g->nl)
		goto out;
	signals_catch();
	if (!prepare(g) && !walk(g) && !read_ledger(g)) {
		render_tour(stdout, &g->tour, palette_for(STDOUT_FILENO));
		ret = check_stations(g);
		if (check_sums(&g->tour))
			ret = -1;
	}
	stream_close(g->stream);
out:
	if (g->rx >= 0)
		close(g->rx);
	if (g->tx >= 0)
		close(g->tx);
	netlink_close(g->nl);
	free(g);
	return ret ? EXIT_SYSTEM : EXIT_OK;
}
