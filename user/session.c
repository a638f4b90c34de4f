// SPDX-License-Identifier: GPL-2.0
/*
 * session.c - the time that events are collected for
 *
 * Called by the commands that collect events while CMD runs, or until Ctrl-C:
 * prepare, open the rings, start, and look again and again whether it is over.
 */
#include <string.h>
#include <time.h>

#include "family.h"
#include "filter.h"
#include "message.h"
#include "netlink.h"
#include "session.h"
#include "signals.h"

#define POLL_NS		20000000L

/* what a packet in softirq may still need when CMD has ended */
#define GRACE_ROUNDS	3

/**
 * session_prepare - have CMD ready, before files that it shall not inherit
 * @command: NULL for none
 *
 * Return: 0, or -1 after saying why.
 */
int session_prepare(struct session *s, char **command)
{
	*s = (struct session){ .command = command };
	s->nl = family_netlink();
	if (!s->nl)
		return -1;
	signals_catch();
	if (command && child_prepare(&s->child, command)) {
		netlink_close(s->nl);
		s->nl = NULL;
		return -1;
	}
	return 0;
}

/* a filter_attach_fn */
static int attach(const struct sock_filter *insn, unsigned int nr,
		  uint32_t *bit, void *nl)
{
	int ret = netlink_frame_filter(nl, insn, nr, bit);
	const char *words = netlink_error(nl);

	if (ret)
		complain("frames cannot be filtered: %s",
			 *words ? words : strerror(-ret));
	return ret;
}

/* frames are asked until session_close(); returns 0, or -1 after saying why */
int session_filter(struct session *s, struct filter *filter)
{
	return filter_attach(filter, attach, s->nl) ? -1 : 0;
}

/* once events are collected; returns 0, or -1 after saying why */
int session_start(struct session *s)
{
	struct info info;
	int ret;

	/* its answer means that every station tells by now */
	ret = netlink_info(s->nl, &info);
	if (ret) {
		complain("the module does not answer: %s", strerror(-ret));
		return -1;
	}
	if (s->command)
		child_start(&s->child);
	return 0;
}

/* whether it is time to stop */
bool session_over(struct session *s)
{
	bool from_terminal;
	int number = signals_caught(&from_terminal);

	if (!s->command)
		return number;
	/* the terminal signals CMD by itself, others only us */
	if (number && !from_terminal)
		child_signal(&s->child, number);
	return child_ended(&s->child) && s->grace++ >= GRACE_ROUNDS;
}

/* until there may be more events */
void session_wait(void)
{
	struct timespec ts = { .tv_nsec = POLL_NS };

	nanosleep(&ts, NULL);	/* a signal may end it early */
}

/* CMD's, if there is one */
int session_status(const struct session *s)
{
	return s->command ? s->child.status : EXIT_OK;
}

void session_close(struct session *s)
{
	if (!s->nl)
		return;
	if (s->command && !s->child.started)
		child_cancel(&s->child);
	netlink_close(s->nl);
}
