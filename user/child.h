/* SPDX-License-Identifier: GPL-2.0 */
/*
 * child.h - the command that `trace -- CMD' runs
 *
 * Used by session.c; by cmd_run.c to become a command.
 */
#ifndef _CHILD_H
#define _CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct child - a command that waits for its start, runs or has ended
 * @go: writing end of the pipe it waits on
 * @status: exit code as a shell has it: its own, or 128 and the signal
 */
struct child {
	pid_t	pid;
	int	go;
	bool	started;
	bool	ended;
	int	status;
};

int child_exec(char **argv);
int child_prepare(struct child *child, char **argv);
void child_start(struct child *child);
void child_cancel(struct child *child);
bool child_ended(struct child *child);
void child_signal(struct child *child, int number);

#endif /* _CHILD_H */
