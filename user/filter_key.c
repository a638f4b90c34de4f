// SPDX-License-Identifier: GPL-2.0
/*
 * filter_key.c - what can be compared in a filter, and with what
 *
 * Called by filter_parse.c and filter_possible.c. Fields have the names they
 * have in JSON, and values those that names.c gives them.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "filter_tree.h"
#include "names.h"
#include "skbscope.h"

#define NUMBERS_MAX	255	/* the highest that may have a name */
#define ERRNO_MAX	4095

#define EQUAL	(1U << FILTER_EQ | 1U << FILTER_NE)
#define ORDER	(1U << FILTER_LT | 1U << FILTER_LE | 1U << FILTER_GT | \
		 1U << FILTER_GE)
#define BITS	(1U << FILTER_BITS)

/* what is written for a value */
enum writing {
	NUMBER,
	NUMBER_OR_NAME,
	NAME,
	FLAGS,		/* names joined by |, or a number */
	TEXT,		/* in quotes */
};

struct key {
	const char	*name;	/* of the fields of an event, it is event.c's */
	enum writing	writing;
	unsigned int	ops;
	uint64_t	min;
	uint64_t	max;
	const char	*(*name_of)(uint64_t number, char buf[NAME_LEN]);
};

static const char *name_err(uint64_t number, char buf[NAME_LEN])
{
	return strerrorname_np(number) ?: buf;
}

static const char *name_event(uint64_t number, char buf[NAME_LEN])
{
	return number == EVENT_REFUSED ? "refused" : buf;
}

#define NUMBER_TO(highest) \
	{ .ops = EQUAL | ORDER | BITS, .max = (highest) }
#define NAMED(function) \
	{ .writing = NUMBER_OR_NAME, .ops = EQUAL | ORDER, .max = UINT8_MAX, \
	  .name_of = (function) }

/* the widths are those of the module's tracepoints */
static const struct key keys[FILTER_KEYS] = {
	[EVF_STATION]		= NAMED(name_station),
	[EVF_SKB]		= { .ops = EQUAL | ORDER | BITS, .min = 1,
				    .max = UINT64_MAX },
	[EVF_PARENT]		= NUMBER_TO(UINT64_MAX),
	[EVF_RELATION]		= NAMED(name_relation),
	[EVF_SOCK]		= NUMBER_TO(UINT64_MAX),
	[EVF_NETNS]		= NUMBER_TO(UINT32_MAX),
	[EVF_IFINDEX]		= NUMBER_TO(UINT32_MAX),
	[EVF_LEN]		= NUMBER_TO(UINT32_MAX),
	[EVF_DATA_LEN]		= NUMBER_TO(UINT32_MAX),
	[EVF_DATA]		= NUMBER_TO(UINT32_MAX),
	[EVF_TAIL]		= NUMBER_TO(UINT32_MAX),
	[EVF_END]		= NUMBER_TO(UINT32_MAX),
	[EVF_MAC]		= NUMBER_TO(INT32_MAX),
	[EVF_NETWORK]		= NUMBER_TO(INT32_MAX),
	[EVF_TRANSPORT]		= NUMBER_TO(INT32_MAX),
	[EVF_TRUESIZE]		= NUMBER_TO(UINT32_MAX),
	[EVF_USERS]		= NUMBER_TO(UINT32_MAX),
	[EVF_DATAREF]		= NUMBER_TO(UINT32_MAX),
	[EVF_CLONED]		= NUMBER_TO(UINT8_MAX),
	[EVF_NR_FRAGS]		= NUMBER_TO(UINT8_MAX),
	[EVF_IP_SUMMED]		= NAMED(name_ip_summed),
	[EVF_PKT_TYPE]		= NAMED(name_pkt_type),
	[EVF_PROTOCOL]		= NUMBER_TO(UINT16_MAX),
	[EVF_SPORT]		= NUMBER_TO(UINT16_MAX),
	[EVF_DPORT]		= NUMBER_TO(UINT16_MAX),
	[EVF_OFFSET]		= NUMBER_TO(UINT64_MAX),
	[EVF_OFFSET_END]	= NUMBER_TO(UINT64_MAX),
	[EVF_FLAGS]		= { .writing = FLAGS, .ops = EQUAL | BITS,
				    .max = UINT8_MAX },
	[EVF_ACK]		= NUMBER_TO(UINT64_MAX),
	[EVF_WINDOW]		= NUMBER_TO(UINT32_MAX),
	[EVF_RXQ_BEFORE]	= NUMBER_TO(UINT32_MAX),
	[EVF_RXQ]		= NUMBER_TO(UINT32_MAX),
	[EVF_TXQ_BEFORE]	= NUMBER_TO(UINT32_MAX),
	[EVF_TXQ]		= NUMBER_TO(UINT32_MAX),
	[EVF_RMEM_BEFORE]	= NUMBER_TO(UINT32_MAX),
	[EVF_RMEM]		= NUMBER_TO(UINT32_MAX),
	[EVF_WMEM_BEFORE]	= NUMBER_TO(UINT32_MAX),
	[EVF_WMEM]		= NUMBER_TO(UINT32_MAX),
	[EVF_REASON]		= { .writing = NUMBER_OR_NAME, .ops = EQUAL,
				    .max = UINT32_MAX },
	[EVF_ERR]		= { .writing = NUMBER_OR_NAME, .ops = EQUAL,
				    .min = 1, .max = ERRNO_MAX,
				    .name_of = name_err },
	[FILTER_TS]		= { "ts", .ops = EQUAL | ORDER | BITS,
				    .max = UINT64_MAX },
	[FILTER_CPU]		= { "cpu", .ops = EQUAL | ORDER | BITS,
				    .max = INT32_MAX },
	[FILTER_EVENT]		= { "event", .writing = NAME, .ops = EQUAL,
				    .min = EVENT_REFUSED, .max = EVENT_REFUSED,
				    .name_of = name_event },
	[FILTER_DEV]		= { "dev", .writing = TEXT, .ops = EQUAL },
	[FILTER_PORT]		= { "port", .ops = EQUAL | ORDER | BITS,
				    .max = UINT16_MAX },
	[FILTER_KIN]		= { "kin", .ops = EQUAL, .min = 1,
				    .max = UINT64_MAX },
	[FILTER_FRAME]		= { "pcap(\"...\")" },
};

static const char *const own_reasons[] = {
#define REASON_NAME(symbol, number, name) (name),
	SCOPE_DROPS(REASON_NAME)
#undef REASON_NAME
};

static bool is(const char *name, const char *word, size_t len)
{
	return strlen(name) == len && !memcmp(name, word, len);
}

const char *filter_key_name(unsigned int key)
{
	return key < EVF_MAX ? event_field_name(key) : keys[key].name;
}

/* -1 where there is none of this name */
int filter_key_by_name(const char *name, size_t len)
{
	unsigned int key;

	for (key = 0; key < FILTER_KEYS; key++)
		if (is(filter_key_name(key), name, len))
			return key;
	return -1;
}

uint64_t filter_key_min(unsigned int key)
{
	return keys[key].min;
}

uint64_t filter_key_max(unsigned int key)
{
	return keys[key].max;
}

bool filter_key_takes(unsigned int key, enum filter_op op)
{
	return keys[key].ops & (1U << op);
}

bool filter_key_numbers(unsigned int key)
{
	return keys[key].writing != TEXT && keys[key].writing != NAME;
}

bool filter_key_flags(unsigned int key)
{
	return keys[key].writing == FLAGS;
}

/* the name of a value of this field, or NULL */
static const char *value_name(unsigned int key, uint64_t number)
{
	char buf[NAME_LEN];
	const char *name = buf;

	if (filter_key_flags(key) && number < FLAG_BITS)
		name = name_flag(number, buf);
	else if (keys[key].name_of && number >= keys[key].min &&
		 number <= keys[key].max)
		name = keys[key].name_of(number, buf);
	return name == buf ? NULL : name;
}

static uint64_t names_end(unsigned int key)
{
	return key == EVF_ERR ? ERRNO_MAX : NUMBERS_MAX;
}

bool filter_value_by_name(unsigned int key, const char *name, size_t len,
			  uint64_t *value)
{
	uint64_t number;

	for (number = 0; number <= names_end(key); number++) {
		const char *known = value_name(key, number);

		if (!known || !is(known, name, len))
			continue;
		*value = filter_key_flags(key) ? 1ULL << number : number;
		return true;
	}
	return false;
}

/*
 * The kernel's own reasons differ from one to the next, and a record may be of
 * any: of those only the letters are looked at here, see filter_reasons().
 */
bool filter_reason_known(const char *name, size_t len)
{
	size_t i;

	if (!len || len >= EVENT_REASON_LEN ||
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") < len)
		return false;
	if (len < 6 || memcmp(name, "SCOPE_", 6))
		return true;
	for (i = 0; i < sizeof(own_reasons) / sizeof(own_reasons[0]); i++)
		if (is(own_reasons[i], name, len))
			return true;
	return false;
}

static void add(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void add(char *buf, size_t size, const char *fmt, ...)
{
	size_t len = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + len, size - len, fmt, ap);
	va_end(ap);
}

void filter_list_keys(char *buf, size_t size)
{
	unsigned int key;

	buf[0] = '\0';
	for (key = 0; key < FILTER_KEYS; key++)
		add(buf, size, "%s%s", key ? ", " : "", filter_key_name(key));
}

void filter_list_ops(unsigned int key, char *buf, size_t size)
{
	static const char *const names[FILTER_OPS] = {
		"==", "!=", "<", "<=", ">", ">=", "&",
	};
	unsigned int op;

	buf[0] = '\0';
	for (op = 0; op < FILTER_OPS; op++)
		if (filter_key_takes(key, op))
			add(buf, size, "%s%s", *buf ? " " : "", names[op]);
}

/* "a number from 0 to 255, none, clone, copy" */
void filter_list_values(unsigned int key, char *buf, size_t size)
{
	uint64_t number;
	size_t i;

	buf[0] = '\0';
	if (keys[key].writing == TEXT)
		add(buf, size, "a device's name of 1 to %d characters in quotes",
		    EVENT_DEV_LEN - 1);
	if (filter_key_numbers(key))
		add(buf, size, "a number from %llu to %llu",
		    (unsigned long long)keys[key].min,
		    (unsigned long long)keys[key].max);
	if (key == EVF_ERR) {
		add(buf, size, ", the name of an errno");
		return;
	}
	for (number = 0; number <= NUMBERS_MAX; number++) {
		const char *name = value_name(key, number);

		if (name)
			add(buf, size, "%s%s", *buf ? ", " : "", name);
	}
	if (filter_key_flags(key))
		add(buf, size, ", several of these joined by |");
	if (key != EVF_REASON)
		return;
	add(buf, size, ", a reason of the kernel's, as NO_SOCKET");
	for (i = 0; i < sizeof(own_reasons) / sizeof(own_reasons[0]); i++)
		add(buf, size, ", %s", own_reasons[i]);
}
