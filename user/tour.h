/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tour.h - what the tour did and what it saw
 *
 * Filled by cmd_tour.c, drawn by render_tour.c.
 */
#ifndef _TOUR_H
#define _TOUR_H

#include <stdint.h>
#include <stdio.h>

#include "colour.h"
#include "event.h"
#include "picture.h"

#define TOUR_EVENTS_MAX	64
#define TOUR_CALL_LEN	160

enum tour_call {
	CALL_SOCKET_RX,
	CALL_BIND,
	CALL_SOCKET_TX,
	CALL_SENDTO,
	CALL_RECVFROM,
	CALL_MAX,
};

/**
 * struct tour - one datagram's journey
 * @call: the calls with their arguments and results
 * @made: each socket as socket() left it; @bound, @sent, @queued, @read: the
 *	socket that the call was for, after it
 * @ev: the events of @skb; the first @nr_sent came before recvfrom()
 */
struct tour {
	char			kernel[80];
	struct info		info;
	char			call[CALL_MAX][TOUR_CALL_LEN];
	struct socket_picture	rx_made;
	struct socket_picture	rx_bound;
	struct socket_picture	tx_made;
	struct socket_picture	tx_sent;
	struct socket_picture	rx_queued;
	struct socket_picture	rx_read;
	uint64_t		skb;
	struct event		ev[TOUR_EVENTS_MAX];
	unsigned int		nr_ev;
	unsigned int		nr_sent;
	struct ledger		ledger;
};

void render_tour(FILE *out, const struct tour *tour, const struct palette *p);

#endif /* _TOUR_H */
