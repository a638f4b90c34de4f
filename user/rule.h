/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rule.h - what is done to which packets, at which stations
 *
 * Made of words by rule.c, sent and fetched by netlink_rule.c, shown by
 * render_rule.c and json_rule.c.
 */
#ifndef _RULE_H
#define _RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "picture.h"

struct sock_filter;

/**
 * struct rule - one of the kernel's, or one to be
 * @n: by SKBSCOPE_A_RULE_*; a flag that is set is 1
 * @program: of frames=, for free(); the kernel does not tell it
 * @nr_insn: instructions of it
 * @dist: the name that dist= gave, for free(); the kernel does not know it
 * @table: what it stands for, for free(), or NULL; the kernel does not tell it
 * @all: its stations are all where it can be
 */
struct rule {
	struct numbers		n;
	struct sock_filter	*program;
	unsigned int		nr_insn;
	char			*dist;
	int16_t			*table;
	bool			all;
};

#define RULE_WHY_LEN	512

int rule_stations(struct rule *rule, const char *text, char why[RULE_WHY_LEN]);
int rule_kind(struct rule *rule, const char *text, char why[RULE_WHY_LEN]);
int rule_word(struct rule *rule, const char *text, char why[RULE_WHY_LEN]);
int rule_check(struct rule *rule, char why[RULE_WHY_LEN]);
void rule_clear(struct rule *rule);

int rule_decode(struct nlattr *head, int len, struct rule *rule);

#endif /* _RULE_H */
