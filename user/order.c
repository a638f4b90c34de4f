// SPDX-License-Identifier: GPL-2.0
/*
 * order.c - what to do with a held packet, out of words
 *
 * Called by step_plain.c and step_screen.c.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "held.h"
#include "names.h"

/* what each takes: a word for each argument, in brackets if it may be left out */
static const struct {
	uint32_t	verdict;
	const char	*usage;
	size_t		min;
	size_t		max;
} usages[] = {
	{ SKBSCOPE_VERDICT_CONTINUE, "continue", 0, 0 },
	{ SKBSCOPE_VERDICT_STEP, "step", 0, 0 },
	{ SKBSCOPE_VERDICT_DROP, "drop [REASON]", 0, 1 },
	{ SKBSCOPE_VERDICT_DUPLICATE, "duplicate", 0, 0 },
	{ SKBSCOPE_VERDICT_CLONE, "clone", 0, 0 },
	{ SKBSCOPE_VERDICT_EDIT, "edit data|header|payload OFFSET HEX [wrong]",
	  3, 4 },
	{ SKBSCOPE_VERDICT_MARK, "mark NUMBER", 1, 1 },
	{ SKBSCOPE_VERDICT_PRIORITY, "priority NUMBER", 1, 1 },
	{ SKBSCOPE_VERDICT_EXPAND_HEAD, "expand OCTETS", 1, 1 },
	{ SKBSCOPE_VERDICT_LINEARIZE, "linearize", 0, 0 },
};

static int verdict_of(const char *text)
{
	static const char *const letters[] = {
		[SKBSCOPE_VERDICT_CONTINUE] = "c",
		[SKBSCOPE_VERDICT_STEP] = "s",
		[SKBSCOPE_VERDICT_DROP] = "d",
	};
	int i;

	for (i = SKBSCOPE_VERDICT_CONTINUE; i <= SKBSCOPE_VERDICT_DROP; i++)
		if (!strcmp(text, letters[i]))
			return i;
	return verdict_by_name(text);
}

static int take_number(const char *text, uint64_t max, uint32_t *to, char *why)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 0);
	if (isdigit((unsigned char)*text) && !*end && !errno && value <= max) {
		*to = value;
		return 0;
	}
	snprintf(why, ORDER_WHY_LEN, "`%.64s' is not a whole number up to %llu",
		 text, (unsigned long long)max);
	return -1;
}

/* by name if it is the family's own, else by number */
static int take_reason(const char *text, uint32_t *to, char *why)
{
	int reason = drop_by_name(text);

	if (reason >= 0) {
		*to = reason;
		return 0;
	}
	if (isdigit((unsigned char)*text))
		return take_number(text, UINT32_MAX, to, why);
	snprintf(why, ORDER_WHY_LEN,
		 "`%.64s' is neither one of the family's drop reasons nor a number of the kernel's",
		 text);
	return -1;
}

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' :
	       isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 :
	       -1;
}

static int take_octets(struct order *order, const char *text, char *why)
{
	const char *at;

	order->len = 0;
	for (at = text; *at && order->len < ORDER_BYTES; at += 2) {
		int high = digit(at[0]), low = high < 0 ? -1 : digit(at[1]);

		if (low < 0)
			break;
		order->bytes[order->len++] = high << 4 | low;
	}
	if (!*at && order->len)
		return 0;
	snprintf(why, ORDER_WHY_LEN,
		 "`%.64s' is not octets in hexadecimal, two digits each, up to %d",
		 text, ORDER_BYTES);
	return -1;
}

static int take_edit(struct order *order, char **word, size_t nr, char *why)
{
	int place = place_by_name(word[0]);
	uint32_t offset;

	if (place < 0) {
		snprintf(why, ORDER_WHY_LEN,
			 "`%.64s' is no place; data, header and payload are allowed",
			 word[0]);
		return -1;
	}
	order->place = place;
	if (take_number(word[1], INT32_MAX, &offset, why) ||
	    take_octets(order, word[2], why))
		return -1;
	order->offset = offset;
	if (nr == 4 && strcmp(word[3], "wrong")) {
		snprintf(why, ORDER_WHY_LEN,
			 "`%.64s': only wrong is allowed here, which leaves the checksum wrong",
			 word[3]);
		return -1;
	}
	order->wrong_sum = nr == 4;
	return 0;
}

/**
 * order_parse - read an order
 * @word: the verdict, and what it takes
 * @nr: how many words, 1 at least
 *
 * Return: 0; -1 with @why; 1 where the first word is no verdict.
 */
int order_parse(struct order *order, char **word, size_t nr,
		char why[ORDER_WHY_LEN])
{
	int verdict = verdict_of(word[0]);
	size_t i;

	memset(order, 0, sizeof(*order));
	for (i = 0; i < sizeof(usages) / sizeof(usages[0]); i++)
		if ((int)usages[i].verdict == verdict)
			break;
	if (i == sizeof(usages) / sizeof(usages[0]))
		return 1;
	word++;
	nr--;
	if (nr < usages[i].min || nr > usages[i].max) {
		snprintf(why, ORDER_WHY_LEN, "it is: %s", usages[i].usage);
		return -1;
	}
	order->verdict = verdict;
	switch (verdict) {
	case SKBSCOPE_VERDICT_DROP:
		return nr ? take_reason(word[0], &order->reason, why) : 0;
	case SKBSCOPE_VERDICT_EDIT:
		return take_edit(order, word, nr, why);
	case SKBSCOPE_VERDICT_EXPAND_HEAD:
		return take_number(word[0], 65535, &order->value, why);
	default:
		return nr ? take_number(word[0], UINT32_MAX, &order->value,
					why) : 0;
	}
}
