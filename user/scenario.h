/* SPDX-License-Identifier: GPL-2.0 */
/*
 * scenario.h - a file of calls, faults and expectations, read and checked
 *
 * Made by scenario.c and the scenario files beside it; run by play.c. Whatever a
 * file says that is wrong is found before any of it runs.
 */
#ifndef _SCENARIO_H
#define _SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "held.h"
#include "rule.h"

/* where in the file, from 1 */
struct scenario_mark {
	unsigned int	line;
	unsigned int	column;
};

#define SCENARIO_WHY_LEN	1024

/**
 * struct scenario_error - what is wrong
 * @at: line 0 where it is the file itself
 */
struct scenario_error {
	struct scenario_mark	at;
	char			why[SCENARIO_WHY_LEN];
};

/* what a step does: X(symbol, name) */
#define SCENARIO_VERBS(X)			\
	X(SOCKET, "socket")			\
	X(SOCKETPAIR, "socketpair")		\
	X(BIND, "bind")				\
	X(CONNECT, "connect")			\
	X(LISTEN, "listen")			\
	X(ACCEPT, "accept")			\
	X(SEND, "send")				\
	X(RECV, "recv")				\
	X(SHUTDOWN, "shutdown")			\
	X(CLOSE, "close")			\
	X(SETSOCKOPT, "setsockopt")		\
	X(GETSOCKOPT, "getsockopt")		\
	X(IOCTL, "ioctl")			\
	X(POLL, "poll")				\
	X(WAIT, "wait")				\
	X(FAULT, "fault")			\
	X(HOLD, "hold")				\
	X(RELEASE, "release")			\
	X(REMOVE, "remove")			\
	X(HELD, "held")				\
	X(VERDICT, "verdict")			\
	X(EXPECT, "expect")

enum scenario_verb {
#define SCENARIO_VERB_ENTRY(symbol, name) VERB_##symbol,
	SCENARIO_VERBS(SCENARIO_VERB_ENTRY)
#undef SCENARIO_VERB_ENTRY
	NR_VERBS,
};

/* what else is said of it: X(symbol, name) */
#define SCENARIO_KEYS(X)			\
	X(TYPE, "type")				\
	X(IN, "in")				\
	X(NONBLOCK, "nonblock")			\
	X(OPTIONS, "options")			\
	X(BIND, "bind")			\
	X(TO, "to")				\
	X(BACKLOG, "backlog")			\
	X(AS, "as")				\
	X(DATA, "data")				\
	X(HEX, "hex")				\
	X(SIZE, "size")				\
	X(MAX, "max")				\
	X(FLAGS, "flags")			\
	X(HOW, "how")				\
	X(OPTION, "option")			\
	X(VALUE, "value")			\
	X(REQUEST, "request")			\
	X(EVENTS, "events")			\
	X(RETURNS, "returns")			\
	X(ERRNO, "errno")			\
	X(BACKGROUND, "background")		\
	X(NAME, "name")				\
	X(AT, "at")				\
	X(BY, "by")				\
	X(DO, "do")				\
	X(SKB, "skb")				\
	X(MESSAGE, "message")			\
	X(NTH, "nth")				\
	X(ARE, "are")				\
	X(OF, "of")				\
	X(FIELDS, "fields")

enum scenario_key {
#define SCENARIO_KEY_ENTRY(symbol, name) KEY_##symbol,
	SCENARIO_KEYS(SCENARIO_KEY_ENTRY)
#undef SCENARIO_KEY_ENTRY
	NR_KEYS,
};

enum scenario_name_kind {
	NAME_SOCKET,
	NAME_PACKET,
	NAME_RULE,
	NAME_CALL,
};

/* what an expectation is about */
enum scenario_what {
	WHAT_STATIONS,
	WHAT_EVENT,
	WHAT_LEDGER,
	WHAT_SOCKET,
	WHAT_RULE,
	NR_WHATS,
};

/* whose network namespace */
enum scenario_end {
	END_HERE,
	END_PEER,
	NR_ENDS,
};

/**
 * struct scenario_name - something that the file gave a name
 * @end: where it is
 */
struct scenario_name {
	enum scenario_name_kind	kind;
	const char		*text;
	struct scenario_mark	at;
	enum scenario_end	end;
};

enum option_kind {
	OPTION_NUMBER,
	OPTION_MS,	/* struct timeval */
	OPTION_LINGER,	/* seconds, -1 for off */
	OPTION_DEVICE,
};

struct option_name {
	const char		*name;
	int			level;
	int			option;
	enum option_kind	kind;
};

/* a pair of a mapping; for a socket option, @option and @number too */
struct scenario_field {
	struct scenario_mark		at;
	const char			*name;
	const char			*value;
	const struct option_name	*option;
	int64_t				number;
};

/**
 * struct scenario_item - a value, as it was said and as it was understood
 * @text: NULL for a list or a mapping
 * @number: a number, a name's index in the scenario, or what the text stands for
 * @option: of KEY_OPTION
 * @word: of a list, each of them at @word_at
 * @field: of a mapping
 */
struct scenario_item {
	bool				set;
	struct scenario_mark		at;
	const char			*text;
	int64_t				number;
	const struct option_name	*option;
	const char			**word;
	struct scenario_mark		*word_at;
	size_t				nr_words;
	struct scenario_field		*field;
	size_t				nr_fields;
};

/**
 * struct scenario_step - one of the list
 * @subject: what is behind the verb
 * @end: whose namespace it is done in
 * @octets: what is sent, or is to be received; NULL where it was not said
 * @rule: of VERB_FAULT and VERB_HOLD
 * @late: words of it that only a running scenario can read
 * @order: of VERB_VERDICT
 */
struct scenario_step {
	enum scenario_verb	verb;
	struct scenario_mark	at;
	struct scenario_item	subject;
	struct scenario_item	item[NR_KEYS];
	enum scenario_end	end;
	const uint8_t		*octets;
	size_t			len;
	struct rule		rule;
	const char		**late;
	size_t			nr_late;
	struct order		*order;
};

struct scenario_memory;

/**
 * struct scenario - all of a file
 * @title: or NULL
 * @veth: a pair of veth leads to another namespace, the peer
 * @port: those that the file names
 */
struct scenario {
	const char		*title;
	bool			veth;
	struct scenario_step		**step;
	size_t			nr_steps;
	size_t			cap_steps;
	struct scenario_name	*name;
	size_t			nr_names;
	size_t			cap_names;
	bool			port[65536];
	struct scenario_memory	*memory;
};

struct scenario *scenario_read(const char *text, size_t len,
			       struct scenario_error *error);
void scenario_free(struct scenario *sc);
_Noreturn void scenario_no_memory(void);
void *scenario_alloc(struct scenario *sc, size_t size);

const char *verb_name(enum scenario_verb verb);
const char *what_name(enum scenario_what what);

static inline bool step_has(const struct scenario_step *step, enum scenario_key key)
{
	return step->item[key].set;
}

/* the words of a scenario, by scenario_word.c; -1 or NULL where there is none */
int errno_by_name(const char *name);
int message_flag_by_name(const char *name);
int poll_event_by_name(const char *name);
const char *poll_event_name(int bit);
const struct option_name *option_by_name(const char *name);
int request_by_name(const char *name);
void list_words(const char *(*word)(size_t i), char *list, size_t size);
const char *message_flag_word(size_t i);
const char *poll_event_word(size_t i);
const char *option_word(size_t i);

/* the names that fields have in JSON, by scenario_field.c */
bool field_known(enum scenario_what what, const char *name);
void field_list(enum scenario_what what, char *list, size_t size);
bool held_field_known(const char *name);
void held_field_list(char *list, size_t size);
bool field_is_reason(const char *name);

#endif /* _SCENARIO_H */
