/* SPDX-License-Identifier: GPL-2.0 */
/*
 * message.h - what the tool says on stderr, and its exit codes
 *
 * Used by every file of the tool. stdout carries results alone.
 */
#ifndef _MESSAGE_H
#define _MESSAGE_H

enum exit_code {
	EXIT_OK = 0,
	EXIT_SYSTEM = 1,	/* the kernel or the machine said no */
	EXIT_USAGE = 2,		/* the command line is wrong */
};

void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

const char *errno_name(int err);

#endif /* _MESSAGE_H */
