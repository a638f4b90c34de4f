// SPDX-License-Identifier: GPL-2.0
/*
 * message.c - what the tool says on stderr
 *
 * Called by every file of the tool. One line a message, after the tool's name,
 * so that it can be told from what a traced command writes there.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "message.h"

void complain(const char *fmt, ...)
{
	va_list ap;

	/* results and messages may share a terminal: keep their order */
	fflush(stdout);

	flockfile(stderr);
	fputs("skbscope: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	funlockfile(stderr);
}

/* "ENETDOWN"; a number this libc has no name for still says something */
const char *errno_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "errno without a name";
}
