// SPDX-License-Identifier: GPL-2.0
/*
 * header.c - the headers of a frame, field by field
 *
 * Called by stop.c and what shows a stop. The octets say themselves what they
 * are, for which headers are in front depends on the station, and on what was
 * edited.
 */
#include <inttypes.h>
#include <net/ethernet.h>
#include <stdio.h>
#include <string.h>

#include "header.h"
#include "names.h"

static uint64_t number(const uint8_t *at, int len)
{
	uint64_t value = 0;

	while (len--)
		value = value << 8 | *at++;
	return value;
}

static int link_len(const struct held *held, int at)
{
	int len = ETH_HLEN;
	uint64_t proto;

	if (at + len + 4 > (int)held->len)
		return 0;
	proto = number(held->bytes + at + 12, 2);
	if (proto == ETHERTYPE_VLAN || proto == 0x88a8) {
		proto = number(held->bytes + at + 16, 2);
		len += 4;
	}
	return proto == ETH_P_SCOPE ? len : 0;
}

/*
 * A version that is wrong makes no header of another kind: where one has to be,
 * its length alone decides.
 */
static int header_len(const struct held *held, int at)
{
	uint8_t len;

	if (at + SCOPE_HDR_LEN > (int)held->len)
		return 0;
	len = held->bytes[at + 2];
	return len >= SCOPE_HDR_LEN && len % 4 == 0 &&
	       at + len <= (int)held->len ? len : 0;
}

static bool looks_like_one(const struct held *held, int at)
{
	return header_len(held, at) && held->bytes[at] == SCOPE_VERSION &&
	       held->bytes[at + 1] >= SCOPE_T_DGRAM &&
	       held->bytes[at + 1] <= SCOPE_T_SEQPACKET;
}

void frame_parts(const struct held *held, struct frame_parts *parts)
{
	uint64_t station = num_get(&held->n, SKBSCOPE_A_HELD_STATION);
	int len = link_len(held, 0);

	*parts = (struct frame_parts){ .link = -1, .header = -1 };
	if (station > SCOPE_STATION_SOCKET_ALLOC && len) {
		parts->link = 0;
		parts->header_len = header_len(held, len);
		if (parts->header_len)
			parts->header = len;
		parts->payload = len + parts->header_len;
	} else if (station > SCOPE_STATION_SOCKET_ALLOC &&
		   looks_like_one(held, 0)) {
		parts->header = 0;
		parts->header_len = header_len(held, 0);
		parts->payload = parts->header_len;
	} else if (held->from < 0) {
		parts->payload = -held->from;
	}
	if (parts->payload > (int)held->len)
		parts->payload = held->len;
}

enum how { HEX, DECIMAL, TYPE, FLAGS, ADDRESS, WINDOW };

struct known {
	const char	*name;
	int		at;
	int		len;
	enum how	how;
};

static const struct known link_known[] = {
	{ "to", 0, 6, ADDRESS },
	{ "from", 6, 6, ADDRESS },
	{ "ethertype", 12, 2, HEX },
};

static const struct known header_known[] = {
	{ "version", 0, 1, DECIMAL },
	{ "type", 1, 1, TYPE },
	{ "hlen", 2, 1, DECIMAL },
	{ "flags", 3, 1, FLAGS },
	{ "sport", 4, 2, DECIMAL },
	{ "dport", 6, 2, DECIMAL },
	{ "length", 8, 4, DECIMAL },
	{ "check", 12, 2, HEX },
	{ "urgent", 14, 2, DECIMAL },
};

/* of a connection's segment */
static const struct known conn_known[] = {
	{ "seq", 16, 8, DECIMAL },
	{ "ack", 24, 8, DECIMAL },
	{ "window", 32, 4, WINDOW },
	{ "mss", 36, 2, DECIMAL },
	{ "zero", 38, 2, DECIMAL },
};

#define NR(table)	(sizeof(table) / sizeof((table)[0]))

static void type_text(uint64_t value, char *to)
{
	static const char *const names[] = {
		[SCOPE_T_DGRAM] = "datagram", [SCOPE_T_REFUSE] = "refuse",
		[SCOPE_T_STREAM] = "stream", [SCOPE_T_SEQPACKET] = "seqpacket",
	};

	snprintf(to, HEADER_VALUE, "%" PRIu64 " %s", value,
		 value < NR(names) && names[value] ? names[value] : "unknown");
}

static void flags_text(uint64_t value, char *to)
{
	int len = snprintf(to, HEADER_VALUE, "0x%02" PRIx64, value);
	char name[NAME_LEN];
	int bit;

	for (bit = 0; bit < FLAG_BITS; bit++)
		if (value & (1U << bit))
			len += snprintf(to + len, HEADER_VALUE - len, " %s",
					name_flag(bit, name));
}

static void value_text(const struct known *known, const uint8_t *at, char *to)
{
	uint64_t value = number(at, known->len);

	switch (known->how) {
	case HEX:
		snprintf(to, HEADER_VALUE, "0x%0*" PRIx64, 2 * known->len,
			 value);
		break;
	case TYPE:
		type_text(value, to);
		break;
	case FLAGS:
		flags_text(value, to);
		break;
	case ADDRESS:
		snprintf(to, HEADER_VALUE, "%02x:%02x:%02x:%02x:%02x:%02x",
			 at[0], at[1], at[2], at[3], at[4], at[5]);
		break;
	case WINDOW:
		if (value == SCOPE_WINDOW_CLOSED)
			snprintf(to, HEADER_VALUE, "closed");
		else
			snprintf(to, HEADER_VALUE, "%" PRIu64, value);
		break;
	default:
		snprintf(to, HEADER_VALUE, "%" PRIu64, value);
	}
}

static size_t add(const struct held *held, const char *of, int base, int end,
		  const struct known *known, size_t nr_known,
		  struct header_field *field)
{
	size_t nr = 0;

	for (; nr_known--; known++) {
		int at = base + known->at;

		if (at + known->len > end)
			break;
		field[nr].of = of;
		field[nr].at = at;
		field[nr].len = known->len;
		snprintf(field[nr].name, sizeof(field[nr].name), "%s",
			 known->name);
		value_text(known, held->bytes + at, field[nr].value);
		nr++;
	}
	return nr;
}

static size_t add_ranges(const struct held *held, int at, int end,
			 struct header_field *field)
{
	size_t nr = 0;

	for (; at + 16 <= end && nr < SCOPE_RANGES; at += 16, nr++) {
		field[nr] = (struct header_field){
			.of = "header", .at = at, .len = 16,
		};
		snprintf(field[nr].name, sizeof(field[nr].name), "range%zu",
			 nr);
		snprintf(field[nr].value, HEADER_VALUE, "%" PRIu64 "-%" PRIu64,
			 number(held->bytes + at, 8),
			 number(held->bytes + at + 8, 8));
	}
	return nr;
}

/* in the order of their octets; returns how many */
size_t header_fields(const struct held *held,
		     struct header_field field[HEADER_FIELDS])
{
	struct frame_parts p;
	size_t nr = 0;
	int end;

	frame_parts(held, &p);
	if (p.link >= 0)
		nr += add(held, "link", p.link, held->len, link_known,
			  NR(link_known), field);
	if (p.header < 0)
		return nr;
	end = p.header + p.header_len;
	nr += add(held, "header", p.header, end, header_known,
		  NR(header_known), field + nr);
	if (held->bytes[p.header + 1] != SCOPE_T_STREAM &&
	    held->bytes[p.header + 1] != SCOPE_T_SEQPACKET)
		return nr;
	nr += add(held, "header", p.header, end, conn_known, NR(conn_known),
		  field + nr);
	return nr + add_ranges(held, p.header + SCOPE_CONN_HDR_LEN, end,
			       field + nr);
}
