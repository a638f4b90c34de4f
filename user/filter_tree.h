/* SPDX-License-Identifier: GPL-2.0 */
/*
 * filter_tree.h - an expression as filter.c keeps it
 *
 * Used by the filter*.c alone.
 */
#ifndef _FILTER_TREE_H
#define _FILTER_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "btf.h"
#include "event.h"
#include "filter.h"
#include "frame.h"

/* what can be compared: the fields of an event by their enum, and these */
enum filter_key {
	FILTER_TS = EVF_MAX,
	FILTER_CPU,
	FILTER_EVENT,
	FILTER_DEV,
	FILTER_PORT,	/* until it is parsed: sport and dport */
	FILTER_KIN,
	FILTER_FRAME,	/* pcap("...") */
	FILTER_KEYS,	/* those with a name */
	FILTER_PATH = FILTER_KEYS, /* a field of a struct */
};

enum filter_op {
	FILTER_EQ,
	FILTER_NE,
	FILTER_LT,
	FILTER_LE,
	FILTER_GT,
	FILTER_GE,
	FILTER_BITS,
	FILTER_OPS,
};

/* what an image has */
enum filter_struct {
	FILTER_SK_BUFF,
	FILTER_SHARED_INFO,
	FILTER_STRUCTS,
};

enum filter_kind {
	FILTER_COMPARE,
	FILTER_NOT,
	FILTER_AND,
	FILTER_OR,
};

/**
 * struct kin - the sk_buffs that came of one
 * @id: a hash with open addressing; 0 is a free place
 */
struct kin {
	uint64_t	*id;
	size_t		nr;
	size_t		cap;	/* a power of two */
};

/**
 * struct filter_node - a comparison, or what joins others
 * @left: of @right it is, too, what a kind with one part has
 * @value: what is compared with, if @text is empty; of a frame the bit that is
 *	its answer, and until it has one the number of its program
 * @text: a device or the name of a reason
 * @at: where the comparison begins; @len: octets to its end
 * @value_at: where what it is compared with begins
 * @of: of a path, which struct it begins in; @word_len: octets of it
 * @field: where it leads; @min and @max: what may be there
 * @named: its values have names
 */
struct filter_node {
	enum filter_kind	kind;
	struct filter_node	*left;
	struct filter_node	*right;
	unsigned int		key;
	enum filter_op		op;
	uint64_t		value;
	char			text[EVENT_REASON_LEN];
	struct kin		kin;
	size_t			at;
	size_t			len;
	size_t			value_at;
	enum filter_struct	of;
	size_t			word_len;
	struct field		field;
	uint64_t		min;
	uint64_t		max;
	bool			named;
};

#define FILTER_NODES	512

#define FILTER_PROGRAMS	8

/**
 * struct filter_program - what a frame is to be asked
 * @node: the comparison it is
 */
struct filter_program {
	struct sock_filter	*insn;
	unsigned int		nr;
	struct filter_node	*node;
};

struct filter {
	struct filter_node	*root;
	struct filter_program	program[FILTER_PROGRAMS];
	unsigned int		nr_programs;
	bool			resolved;	/* paths are fields */
	size_t			nr;
	struct filter_node	node[FILTER_NODES];
};

/* filter_key.c: what can be compared with what */
int filter_key_by_name(const char *name, size_t len);
const char *filter_key_name(unsigned int key);
uint64_t filter_key_min(unsigned int key);
uint64_t filter_key_max(unsigned int key);
bool filter_key_takes(unsigned int key, enum filter_op op);
bool filter_key_numbers(unsigned int key);
bool filter_key_flags(unsigned int key);
bool filter_value_by_name(unsigned int key, const char *name, size_t len,
			  uint64_t *value);
bool filter_reason_known(const char *name, size_t len);
void filter_list_keys(char *buf, size_t size);
void filter_list_ops(unsigned int key, char *buf, size_t size);
void filter_list_values(unsigned int key, char *buf, size_t size);

/* filter_path.c */
int filter_path_root(const char *word, size_t len);
bool filter_path_is_true(const struct filter_node *node,
			 const struct event *ev);

/* filter.c */
bool filter_compare(enum filter_op op, uint64_t a, uint64_t b);

/* filter_possible.c: can it be true of anything? */
bool filter_one_possible(const struct filter_node *node);
const struct filter_node *filter_contradiction(const struct filter *filter);

#endif /* _FILTER_TREE_H */
