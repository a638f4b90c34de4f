// SPDX-License-Identifier: GPL-2.0
/*
 * signals.c - end in order when asked to end
 *
 * Called by session.c and cmd_tour.c, which would leave a tracefs instance
 * behind. The handler only notes the signal; whoever waits looks.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>

#include "signals.h"

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

#define NR_ENDING	(sizeof(ending) / sizeof(ending[0]))

static volatile sig_atomic_t caught;
static volatile sig_atomic_t terminal;
static struct sigaction before[NR_ENDING], before_pipe;

static void note(int number, siginfo_t *info, void *context)
{
	(void)context;
	terminal = info->si_code > 0;
	caught = number;
}

/* a reader that goes away is an error of write(), not our death */
void signals_ignore_pipe(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGPIPE, &ignore, &before_pipe);
}

void signals_catch(void)
{
	struct sigaction sa = { .sa_flags = SA_SIGINFO | SA_RESTART };
	size_t i;

	sa.sa_sigaction = note;
	for (i = 0; i < NR_ENDING; i++) {
		sigaction(ending[i], NULL, &before[i]);
		/*
		 * nohup means it. A script's background job ignores SIGINT
		 * too, but whoever sends it to this very process wants an end.
		 */
		if (ending[i] != SIGHUP || before[i].sa_handler != SIG_IGN)
			sigaction(ending[i], &sa, NULL);
	}
	signals_ignore_pipe();
}

/* for a command that is to start as if the tool were not there */
void signals_restore(void)
{
	size_t i;

	for (i = 0; i < NR_ENDING; i++)
		sigaction(ending[i], &before[i], NULL);
	sigaction(SIGPIPE, &before_pipe, NULL);
}

/*
 * The signal that came since the last call, or 0. What the terminal sends
 * (Ctrl-C) reaches a traced command by itself; what kill sends does not.
 */
int signals_caught(bool *from_terminal)
{
	int number = caught;

	if (number)
		caught = 0;
	if (from_terminal)
		*from_terminal = terminal;
	return number;
}
