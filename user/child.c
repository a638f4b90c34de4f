// SPDX-License-Identifier: GPL-2.0
/*
 * child.c - the command that `trace -- CMD' runs
 *
 * Called by session.c, and for its last step by cmd_run.c. It is forked before
 * the tool opens the trace files and waits: so it inherits none of them, and its
 * own start is not traced. stdin, stdout, stderr and what else the tool was given
 * stay as they are.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "message.h"
#include "signals.h"

/* as shells have it */
#define EXIT_NOT_EXECUTABLE	126
#define EXIT_NOT_FOUND		127

/* comes back only where it cannot be run, with an exit status, having told it */
int child_exec(char **argv)
{
	int err;

	execvp(argv[0], argv);
	err = errno;
	complain("cannot run `%s': %s", argv[0], strerror(err));
	return err == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

static void wait_and_run(int go, char **argv)
{
	ssize_t ret;
	char byte;

	signals_restore();
	do {
		ret = read(go, &byte, 1);
	} while (ret < 0 && errno == EINTR);
	if (ret != 1)
		_exit(EXIT_SYSTEM);

	_exit(child_exec(argv));
}

/* returns 0, or -1 after saying why */
int child_prepare(struct child *child, char **argv)
{
	int pipe_fd[2];

	memset(child, 0, sizeof(*child));
	if (pipe2(pipe_fd, O_CLOEXEC)) {
		complain("cannot make a pipe: %s", strerror(errno));
		return -1;
	}
	child->pid = fork();
	if (child->pid < 0) {
		complain("cannot fork: %s", strerror(errno));
		close(pipe_fd[0]);
		close(pipe_fd[1]);
		return -1;
	}
	if (!child->pid) {
		close(pipe_fd[1]);
		wait_and_run(pipe_fd[0], argv);
	}
	close(pipe_fd[0]);
	child->go = pipe_fd[1];
	return 0;
}

void child_start(struct child *child)
{
	ssize_t ret;

	do {
		ret = write(child->go, "", 1);
	} while (ret < 0 && errno == EINTR);
	close(child->go);
	child->started = true;
}

/* it must not run after all */
void child_cancel(struct child *child)
{
	close(child->go);
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		;
	child->ended = true;
}

/* looks without waiting */
bool child_ended(struct child *child)
{
	int status;

	if (child->ended || waitpid(child->pid, &status, WNOHANG) <= 0)
		return child->ended;
	child->ended = true;
	child->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
					      WEXITSTATUS(status);
	return true;
}

void child_signal(struct child *child, int number)
{
	if (!child->ended)
		kill(child->pid, number);
}
