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
struct types;

/**
 * struct filter_kernel - as much of a filter as the kernel can judge
 * @station: for skbscope:station, in the language of tracefs; empty for all
 * @refused: for skbscope:refused
 * @image: for skbscope:image, of which the numbers alone are known
 * @whole: nothing is left to judge
 * @at: else where the first comparison begins that is
 * @len: octets of it
 * @why: what is the matter with it
 */
struct filter_kernel {
	char		*station;
	char		*refused;
	char		*image;
	bool		whole;
	size_t		at;
	size_t		len;
	const char	*why;
};

struct sock_filter;

/* runs a program in the kernel from now on; 0 with the bit of its answer, or -1 */
typedef int (*filter_attach_fn)(const struct sock_filter *insn,
				unsigned int nr, uint32_t *bit, void *arg);

bool filter_has_frames(const struct filter *filter, struct filter_error *error);
int filter_attach(struct filter *filter, filter_attach_fn fn, void *arg);
bool filter_for_kernel(const struct filter *filter, struct filter_kernel *k);
void filter_kernel_clear(struct filter_kernel *k);
struct filter *filter_parse(const char *text, struct filter_error *error);
void filter_free(struct filter *filter);
bool filter_has_paths(const struct filter *filter);
bool filter_paths(struct filter *filter, const char *text, struct types *types,
		  struct filter_error *error);
bool filter_reasons(const struct filter *filter, const struct reasons *known,
		    struct filter_error *error);
int filter_match(struct filter *filter, const struct event *ev);

#endif /* _FILTER_H */
