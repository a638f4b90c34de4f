// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - finds the command and runs it
 *
 * The shell calls it. Each command is a file cmd_*.c with options of its own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "message.h"

#ifndef SKBSCOPE_VERSION
#define SKBSCOPE_VERSION	"unknown"
#endif

struct command {
	const char	*name;
	int		(*run)(int argc, char **argv);
	const char	*doc;
};

static const struct command commands[] = {
	{ "tour", cmd_tour,
	  "one datagram from send() to recv(), drawn at every station" },
	{ "trace", cmd_trace,
	  "follow sk_buffs as they pass the stations" },
	{ "record", cmd_record,
	  "keep what trace would show in a file, for `trace --input FILE'" },
	{ "diff", cmd_diff,
	  "which fields of an sk_buff changed from one station to another" },
	{ "bytes", cmd_bytes,
	  "where octets of a stream went, from the send call to the recv call" },
	{ "sockets", cmd_sockets,
	  "every socket: pid/fd, struct socket, struct sock, queues" },
	{ "show", cmd_show,
	  "one socket of any family, or one sk_buff, every field of it" },
	{ "stations", cmd_stations,
	  "the stations, and how many sk_buffs passed each" },
	{ "ledger", cmd_ledger,
	  "what became of every sk_buff, and whether it balances" },
	{ "held", cmd_held,
	  "the packets that are held at stations" },
	{ "step", cmd_step,
	  "stop packets at stations, look, and let them go on" },
	{ "fault", cmd_fault,
	  "make a layer fail: drop, delay, duplicate, reorder, corrupt, ..." },
	{ "play", cmd_play,
	  "scenarios: files of calls, holds, faults and expectations" },
	{ "run", cmd_run, "a program, with its TCP over AF_SCOPE" },
	{ "send", cmd_send, "send datagrams, records or octets from the shell" },
	{ "recv", cmd_recv, "receive them in the shell" },
};

#define NR_COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out)
{
	size_t i;

	fprintf(out, "Usage: skbscope COMMAND [OPTION...]\n\n"
		"Drives sockets of the family AF_SCOPE and shows what the kernel does with\n"
		"their sk_buffs. The module skbscope must be loaded.\n\n"
		"Commands:\n");
	for (i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name,
			commands[i].doc);
	fprintf(out, "\n"
		"  -h, --help     this text; after a command, that command's\n"
		"  -V, --version  the version of this tool\n\n"
		"Exit status: 0 success, 1 the system or the kernel said no, 2 wrong usage;\n"
		"`-- CMD' has CMD's own. See skbscope(1) and af_scope(7).\n");
}

static void unknown_command(const char *name)
{
	size_t i;

	fprintf(stderr, "skbscope: there is no command `%s'; there are", name);
	for (i = 0; i < NR_COMMANDS; i++)
		fprintf(stderr, "%s %s", i ? "," : "", commands[i].name);
	fputs("\nTry `skbscope --help' for more information.\n", stderr);
}

/* results that did not reach their reader are no success */
static int finish(int status)
{
	int failed = ferror(stdout);

	if (fflush(stdout) || failed) {
		if (errno != EPIPE)
			complain("cannot write the results: %s",
				 strerror(errno));
		if (status == EXIT_OK && errno != EPIPE)
			status = EXIT_SYSTEM;
	}
	return status;
}

static int run(const struct command *command, int argc, char **argv)
{
	static char name[64];

	/* argp names the program after argv[0], in usage and in errors */
	snprintf(name, sizeof(name), "skbscope %s", command->name);
	argv[0] = name;
	return finish(command->run(argc, argv));
}

int main(int argc, char **argv)
{
	const char *name;
	size_t i;

	argp_err_exit_status = EXIT_USAGE;
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}

	name = argv[1];
	if (!strcmp(name, "--help") || !strcmp(name, "-h") ||
	    !strcmp(name, "help")) {
		print_help(stdout);
		return finish(EXIT_OK);
	}
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		printf("skbscope %s\n", SKBSCOPE_VERSION);
		return finish(EXIT_OK);
	}
	for (i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(name, commands[i].name))
			return run(&commands[i], argc - 1, argv + 1);
	unknown_command(name);
	return EXIT_USAGE;
}
