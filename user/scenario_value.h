/* SPDX-License-Identifier: GPL-2.0 */
/*
 * scenario_value.h - between scenario.c, scenario_step.c, and those that read
 * values: scenario_value.c, scenario_name.c and scenario_rule.c
 */
#ifndef _SCENARIO_VALUE_H
#define _SCENARIO_VALUE_H

#include <yaml.h>

#include "scenario.h"

/**
 * struct reader - a file that is being read
 * @step: the one that is
 */
struct reader {
	struct scenario		*sc;
	struct scenario_error	*error;
	const char		*text;
	size_t			len;
	yaml_document_t		doc;
	struct scenario_step		*step;
};

yaml_node_t *node_at(struct reader *r, int index);
int read_step(struct reader *r, yaml_node_t *node);

typedef int (*take_fn)(struct reader *r, yaml_node_t *node,
		       struct scenario_item *item);

int refuse(struct reader *r, struct scenario_mark at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int refuse_node(struct reader *r, const yaml_node_t *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct scenario_mark mark_of(const yaml_node_t *node);
const char *text_of(struct reader *r, const yaml_node_t *node,
		    const char *what);

take_fn take_for(enum scenario_key key);
int list_of(struct reader *r, yaml_node_t *node, const char *what,
	    struct scenario_item *item, yaml_node_t ***nodes);
int find_name(const struct scenario *sc, const char *text);

int take_new_socket(struct reader *r, yaml_node_t *node,
		    struct scenario_item *item);
int take_two_sockets(struct reader *r, yaml_node_t *node,
		     struct scenario_item *item);
int take_socket(struct reader *r, yaml_node_t *node,
		struct scenario_item *item);
int take_packet(struct reader *r, yaml_node_t *node,
		struct scenario_item *item);
int take_any_packet(struct reader *r, yaml_node_t *node,
		    struct scenario_item *item);
int take_rule_name(struct reader *r, yaml_node_t *node,
		   struct scenario_item *item);
int take_call(struct reader *r, yaml_node_t *node, struct scenario_item *item);
int take_new_call(struct reader *r, yaml_node_t *node,
		  struct scenario_item *item);
int take_new_rule(struct reader *r, yaml_node_t *node,
		  struct scenario_item *item);
int take_as(struct reader *r, yaml_node_t *node, struct scenario_item *item);
int take_of(struct reader *r, yaml_node_t *node, struct scenario_item *item);
int take_address(struct reader *r, yaml_node_t *node,
		 struct scenario_item *item);
int take_order(struct reader *r, yaml_node_t *node, struct scenario_item *item);
int take_what(struct reader *r, yaml_node_t *node, struct scenario_item *item);
int take_rule(struct reader *r, yaml_node_t *node, struct scenario_item *item);
int check_are(struct reader *r);
int option_value(struct reader *r, struct scenario_mark at,
		 const struct option_name *option, const char *text,
		 int64_t *to);

#endif /* _SCENARIO_VALUE_H */
