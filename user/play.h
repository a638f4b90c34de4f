/* SPDX-License-Identifier: GPL-2.0 */
/*
 * play.h - a scenario that runs
 *
 * play.c goes from step to step, in a process with a network namespace of its own;
 * play_end.c has the namespaces and the device, play_call.c the system calls,
 * play_socket.c the sockets, play_rule.c what is held and made to fail, play_log.c
 * the events, play_expect.c what is compared, play_report.c what is told. A step
 * that fails leaves in @why what is wrong.
 */
#ifndef _PLAY_H
#define _PLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lines.h"
#include "scenario.h"

struct call;
struct json_object;
struct netlink;
struct play_log;

enum play_output {
	PLAY_TEXT,
	PLAY_KTAP,
	PLAY_JSON,
};

/**
 * struct play_options - of the command line
 * @patience: nanoseconds that a condition is awaited for
 * @many: there are other files, too
 */
struct play_options {
	enum play_output	output;
	uint64_t		patience;
	unsigned int		buffer_kib;
	bool			many;
};

/**
 * struct play_end - a network namespace
 * @netns: a descriptor of it
 * @number: as events have it
 * @ifindex: of its veth, 0 without
 * @link: of its veth
 */
struct play_end {
	int		netns;
	uint64_t	number;
	struct netlink	*ask;
	unsigned int	ifindex;
	uint8_t		link[6];
};

/**
 * struct thing - what a name of the scenario stands for
 * @fd: of a socket, -1 for none
 * @cookie: of a socket, also when it is closed
 * @rule: of a rule, 0 for none
 * @stay: of a held packet, the last one
 * @skb: its sk_buff's number of the kernel's
 * @call: in the background
 */
struct thing {
	int		fd;
	uint64_t	cookie;
	uint32_t	rule;
	uint64_t	stay;
	uint64_t	skb;
	struct call	*call;
};

/**
 * struct play - all of it
 * @thing: by the scenario's names
 * @did: what the step did, in a few words
 * @why: why it failed
 */
struct play {
	const struct play_options	*options;
	const char			*file;
	struct scenario			*sc;
	unsigned int			family;
	struct play_end			end[NR_ENDS];
	unsigned int			nr_ends;
	struct thing			*thing;
	struct play_log			*log;
	char				did[128];
	struct lines			why;
	bool				signalled;
};

int play_run(const char *file, struct scenario *sc,
	     const struct play_options *options);
bool play_pause(struct play *p, uint64_t since, uint64_t patience);
bool play_again(struct play *p, uint64_t since);
void play_settle(struct play *p);
int play_fail(struct play *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

int play_open_ends(struct play *p);
int play_enter(const struct play *p, enum scenario_end end);
void play_close_ends(struct play *p);

int play_call(struct play *p, struct scenario_step *step);
int play_wait(struct play *p, struct scenario_step *step);

int play_rule(struct play *p, struct scenario_step *step);
int play_remove(struct play *p, const struct scenario_step *step);
int play_release(struct play *p, const struct scenario_step *step);
int play_held(struct play *p, const struct scenario_step *step);
int play_verdict(struct play *p, const struct scenario_step *step);

int play_log_open(struct play *p);
void play_log_close(struct play *p);
void play_log_drain(struct play *p);
int play_log_update(struct play *p);
size_t play_log_nr(const struct play *p);
struct json_object *play_log_event(struct play *p, size_t i);
uint64_t play_log_lost(const struct play *p);
void play_log_stations(struct play *p, const struct scenario_step *step,
		       struct lines *seen);
int64_t play_log_find(const struct play *p, const struct scenario_step *step);
void play_log_json(struct play *p);
const char *play_socket_name(struct play *p, uint64_t cookie, char buf[32]);

int play_expect(struct play *p, const struct scenario_step *step);
bool play_same(const struct lines *expected, const struct lines *seen);
int play_differ(struct play *p, const char *what, const struct lines *expected,
		const struct lines *seen);
void play_compare(struct play *p, const struct scenario_item *fields,
		  struct json_object *o, struct json_object *also,
		  struct lines *expected, struct lines *seen);
void play_compare_one(const struct scenario_field *field, const char *is,
		      struct lines *expected, struct lines *seen);

void play_report_begin(const struct play *p);
void play_report_step(const struct play *p, size_t number, bool ok);
void play_report_skip(const struct play *p, size_t number, unsigned int line);
void play_report_end(const struct play *p, size_t failed);

void lines_diff(struct lines *out, const struct lines *expected,
		const struct lines *seen);

#endif /* _PLAY_H */
