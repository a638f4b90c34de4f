/* SPDX-License-Identifier: GPL-2.0 */
/*
 * which.h - one socket, as a person names it
 *
 * Used by cmd_show.c and cmd_bytes.c.
 */
#ifndef _WHICH_H
#define _WHICH_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct which - a cookie, or a descriptor of a process
 * @text: as it was written
 * @by_fd: by @pid and @fd, not by @cookie
 */
struct which {
	const char	*text;
	bool		by_fd;
	uint64_t	cookie;
	pid_t		pid;
	int		fd;
};

bool which_parse(struct which *w, const char *text);
void which_in_record(const struct which *w, struct argp_state *state);
int which_fd(const struct which *w);
int which_find(struct which *w);

#endif /* _WHICH_H */
