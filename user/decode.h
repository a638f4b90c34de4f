/* SPDX-License-Identifier: GPL-2.0 */
/*
 * decode.h - numbers and texts out of netlink attributes
 *
 * Used by held.c; picture.c has the functions.
 */
#ifndef _DECODE_H
#define _DECODE_H

#include "picture.h"

void decode_number(struct numbers *n, const struct nlattr *attr);
void decode_numbers(struct nlattr *head, int len, struct numbers *n);
void decode_string(char *to, size_t size, const struct nlattr *attr);

#endif /* _DECODE_H */
