/* SPDX-License-Identifier: GPL-2.0 */
/*
 * play_call.h - between play_call.c, which makes calls, and play_socket.c
 */
#ifndef _PLAY_CALL_H
#define _PLAY_CALL_H

#include <pthread.h>

#include "play.h"

/**
 * struct call - one that is made
 * @fd: when it began
 * @to: where it has an address
 * @octets: of recv
 * @done: it came back; after that, @ret and @err are there
 */
struct call {
	const struct scenario_step	*step;
	pthread_t			thread;
	pid_t				tid;
	int				fd;
	struct sockaddr_scope		to;
	uint8_t				*octets;
	size_t				size;
	bool				done;
	int64_t				ret;
	int				err;
	struct thing			*made;
	char				device[16];
};

int judge_call(struct play *p, const struct call *call);

void keep_socket(struct thing *thing, int fd);
int find_address(struct play *p, const struct scenario_item *item,
		 enum scenario_end from, struct sockaddr_scope *addr);
int set_option(int fd, const struct option_name *option, int64_t number,
	       const char *text);
int get_option(int fd, const struct option_name *option, int64_t *value,
	       char device[16]);
int open_socket(struct play *p, const struct scenario_step *step);
int open_pair(struct play *p, const struct scenario_step *step);
int poll_socket(struct play *p, const struct scenario_step *step);

#endif /* _PLAY_CALL_H */
