/* SPDX-License-Identifier: GPL-2.0 */
/*
 * filter.h - which events a person wants to see
 *
 * Used by cmd_trace.c; option.c says what is wrong with an expression.
 */
#ifndef _FILTER_H
#define _FILTER_H

#include <stddef.h>

#include "event.h"
#include "reasons.h"

#define FILTER_TEXT_MAX	4000	/* octets of an expression */

/**
 * struct filter_error - why an expression is refused
 * @at: octet of the expression where the word begins
 * @len: octets of it, 0 at the expression's end
 */
struct filter_error {
	size_t	at;
	size_t	len;
	char	why[1024];
};

struct filter;

struct filter *filter_parse(const char *text, struct filter_error *error);
void filter_free(struct filter *filter);
bool filter_reasons(const struct filter *filter, const struct reasons *known,
		    struct filter_error *error);
int filter_match(struct filter *filter, const struct event *ev);

#endif /* _FILTER_H */
