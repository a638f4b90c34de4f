/* SPDX-License-Identifier: GPL-2.0 */
/*
 * command.h - the commands, and how they read their options
 *
 * Each cmd_*.c has one run function, which main.c finds in its table.
 */
#ifndef _COMMAND_H
#define _COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

struct filter;
struct filter_error;
struct reasons;
struct types;

int cmd_bytes(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_fault(int argc, char **argv);
int cmd_held(int argc, char **argv);
int cmd_ledger(int argc, char **argv);
int cmd_play(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_recv(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_send(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_sockets(int argc, char **argv);
int cmd_stations(int argc, char **argv);
int cmd_step(int argc, char **argv);
int cmd_tour(int argc, char **argv);
int cmd_trace(int argc, char **argv);

unsigned long option_number(struct argp_state *state, const char *option,
			    const char *text, unsigned long min,
			    unsigned long max);
double option_seconds(struct argp_state *state, const char *option,
		      const char *text);
int option_sock_type(struct argp_state *state, const char *text);
const char *option_file(struct argp_state *state, const char *option,
			const char *text);
unsigned int option_buffer_size(struct argp_state *state, const char *text);
bool option_is_command(const struct argp_state *state);
char **option_command(struct argp_state *state);
uint64_t option_skb(struct argp_state *state, const char *text);
void option_alone(struct argp_state *state, char **command,
		  unsigned int buffer_kib);
#define OPTION_EXPLAIN	16384	/* octets that are enough for option_explain() */

void option_explain(const char *text, const struct filter_error *e,
		    char *to, size_t size);
void option_no_frames(struct argp_state *state, const struct filter *filter,
		      const char *text);
bool option_reasons(const struct filter *filter, const char *text,
		    const struct reasons *known);
bool option_paths(struct filter *filter, const char *text, struct types *types,
		  const char *why);
bool option_reasons_here(const struct filter *filter, const char *text);
void option_filter_once(struct argp_state *state, struct filter **filter,
			const char *text);
const char *option_device(struct argp_state *state, const char *text);

#endif /* _COMMAND_H */
