/* SPDX-License-Identifier: GPL-2.0 */
/*
 * session.h - the time that events are collected for
 *
 * Used by the commands that collect events while CMD runs, or until Ctrl-C.
 */
#ifndef _SESSION_H
#define _SESSION_H

#include <stdbool.h>

#include "child.h"

struct filter;
struct netlink;

/**
 * struct session - from the first event to the last
 * @command: CMD, or NULL
 */
struct session {
	char		**command;
	struct netlink	*nl;
	struct child	child;
	int		grace;
};

int session_prepare(struct session *s, char **command);
int session_filter(struct session *s, struct filter *filter);
int session_start(struct session *s);
bool session_over(struct session *s);
void session_wait(void);
int session_status(const struct session *s);
void session_close(struct session *s);

#endif /* _SESSION_H */
