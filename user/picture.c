// SPDX-License-Identifier: GPL-2.0
/*
 * picture.c - from netlink attributes to what they say
 *
 * Called by netlink.c with the attributes of one answer. The contract is
 * kmod/spec/skbscope.yaml; an attribute of a width that is not expected is
 * taken as it is, one that is not known is skipped.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <netlink/attr.h>

#include "decode.h"
#include "picture.h"
#include "rule.h"

#define MAX_ATTR	(NUMBERS_MAX - 1)

_Static_assert(MAX_ATTR - SKBSCOPE_A_SOCKET_MAX >= 0 &&
	       MAX_ATTR - SKBSCOPE_A_LEDGER_MAX >= 0 &&
	       MAX_ATTR - SKBSCOPE_A_CONN_MAX >= 0 &&
	       MAX_ATTR - SKBSCOPE_A_IMAGE_MAX >= 0 &&
	       MAX_ATTR - SKBSCOPE_A_SKB_MAX >= 0 &&
	       MAX_ATTR - SKBSCOPE_A_RULE_MAX >= 0,
	       "NUMBERS_MAX is too small for an attribute set");

const char *num_text(const struct numbers *n, int attr, char buf[NUM_LEN])
{
	if (!num_has(n, attr))
		return "?";
	snprintf(buf, NUM_LEN, "%" PRIu64, n->v[attr]);
	return buf;
}

void decode_number(struct numbers *n, const struct nlattr *attr)
{
	int type = nla_type(attr);
	uint64_t v;

	switch (nla_len(attr)) {
	case 1:
		v = nla_get_u8(attr);
		break;
	case 2:
		v = nla_get_u16(attr);
		break;
	case 4:
		v = nla_get_u32(attr);
		break;
	case 8:
		v = nla_get_u64(attr);
		break;
	default:
		return;
	}
	num_set(n, type, v);
}

void decode_string(char *to, size_t size, const struct nlattr *attr)
{
	size_t len = strnlen(nla_data(attr), nla_len(attr));

	if (len >= size)
		len = size - 1;
	memcpy(to, nla_data(attr), len);
	to[len] = '\0';
}

#define for_each_attr(pos, head, len, rem)				\
	nla_for_each_attr(pos, head, len, rem)				\
		if (nla_type(pos) > 0 && nla_type(pos) <= MAX_ATTR)

void decode_numbers(struct nlattr *head, int len, struct numbers *n)
{
	struct nlattr *attr;
	int rem;

	memset(n, 0, sizeof(*n));
	for_each_attr(attr, head, len, rem)
		decode_number(n, attr);
}

static void decode_address(const struct nlattr *nest,
			   struct sockaddr_scope *addr)
{
	struct nlattr *attr;
	int rem;

	memset(addr, 0, sizeof(*addr));
	nla_for_each_nested(attr, nest, rem) {
		switch (nla_type(attr)) {
		case SKBSCOPE_A_ADDR_PORT:
			if (nla_len(attr) >= 2)
				addr->sscope_port = htons(nla_get_u16(attr));
			break;
		case SKBSCOPE_A_ADDR_IFINDEX:
			if (nla_len(attr) >= 4)
				addr->sscope_ifindex = nla_get_u32(attr);
			break;
		case SKBSCOPE_A_ADDR_LINK:
			if (nla_len(attr) >= SCOPE_ADDR_LEN)
				memcpy(addr->sscope_addr, nla_data(attr),
				       SCOPE_ADDR_LEN);
			break;
		}
	}
}

int info_decode(struct nlattr *head, int len, struct info *info)
{
	struct nlattr *attr;
	int rem;

	memset(info, 0, sizeof(*info));
	for_each_attr(attr, head, len, rem) {
		if (nla_type(attr) == SKBSCOPE_A_INFO_RELEASE)
			decode_string(info->release, sizeof(info->release), attr);
		else
			decode_number(&info->n, attr);
	}
	return 0;
}

int socket_decode(struct nlattr *head, int len, struct socket_picture *sock)
{
	struct nlattr *attr;
	int rem;

	memset(sock, 0, sizeof(*sock));
	for_each_attr(attr, head, len, rem) {
		switch (nla_type(attr)) {
		case SKBSCOPE_A_SOCKET_LOCAL:
			decode_address(attr, &sock->local);
			sock->has_local = true;
			break;
		case SKBSCOPE_A_SOCKET_PEER:
			decode_address(attr, &sock->peer);
			sock->has_peer = true;
			break;
		case SKBSCOPE_A_SOCKET_CONN:
			decode_numbers(nla_data(attr), nla_len(attr),
				       &sock->conn);
			sock->has_conn = true;
			break;
		case SKBSCOPE_A_SOCKET_RX_SKB:
			if (sock->nr_rx < PICTURE_RX_MAX)
				decode_numbers(nla_data(attr), nla_len(attr),
					       &sock->rx[sock->nr_rx++]);
			break;
		default:
			decode_number(&sock->n, attr);
		}
	}
	return num_has(&sock->n, SKBSCOPE_A_SOCKET_COOKIE) ? 0 : -EPROTO;
}

int station_decode(struct nlattr *head, int len, struct station_picture *st)
{
	struct nlattr *attr;
	int rem;

	memset(st, 0, sizeof(*st));
	for_each_attr(attr, head, len, rem) {
		if (nla_type(attr) == SKBSCOPE_A_STATION_NAME)
			decode_string(st->name, sizeof(st->name), attr);
		else
			decode_number(&st->n, attr);
	}
	return num_has(&st->n, SKBSCOPE_A_STATION_NUMBER) ? 0 : -EPROTO;
}

static void decode_drop(const struct nlattr *nest, struct drop_picture *drop)
{
	struct nlattr *attr;
	int rem;

	memset(drop, 0, sizeof(*drop));
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) == SKBSCOPE_A_DROP_NAME)
			decode_string(drop->name, sizeof(drop->name), attr);
		else if (nla_type(attr) > 0 && nla_type(attr) <= MAX_ATTR)
			decode_number(&drop->n, attr);
	}
}

int ledger_decode(struct nlattr *head, int len, struct ledger *ledger)
{
	struct nlattr *attr;
	int rem;

	memset(ledger, 0, sizeof(*ledger));
	for_each_attr(attr, head, len, rem) {
		if (nla_type(attr) != SKBSCOPE_A_LEDGER_DROP)
			decode_number(&ledger->n, attr);
		else if (ledger->nr_drops < PICTURE_DROPS_MAX)
			decode_drop(attr, &ledger->drop[ledger->nr_drops++]);
	}
	return 0;
}

/* what came in less what became of it; 0 is a ledger that balances */
int64_t ledger_balance(const struct ledger *ledger)
{
	static const int in[] = {
		SKBSCOPE_A_LEDGER_ALLOCATED, SKBSCOPE_A_LEDGER_ENTERED,
		SKBSCOPE_A_LEDGER_DERIVED,
	};
	static const int out[] = {
		SKBSCOPE_A_LEDGER_DELIVERED, SKBSCOPE_A_LEDGER_ACKED,
		SKBSCOPE_A_LEDGER_MERGED, SKBSCOPE_A_LEDGER_TRANSMITTED,
		SKBSCOPE_A_LEDGER_DROPPED, SKBSCOPE_A_LEDGER_QUEUED,
		SKBSCOPE_A_LEDGER_KEPT, SKBSCOPE_A_LEDGER_HELD,
		SKBSCOPE_A_LEDGER_MOVING,
	};
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		sum += num_get(&ledger->n, in[i]);
	for (i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		sum -= num_get(&ledger->n, out[i]);
	return sum;
}

int image_decode(struct nlattr *head, int len, struct image_picture *image)
{
	struct nlattr *attr;
	int rem;

	memset(image, 0, sizeof(*image));
	for_each_attr(attr, head, len, rem) {
		switch (nla_type(attr)) {
		case SKBSCOPE_A_IMAGE_STRUCT:
			decode_string(image->name, sizeof(image->name), attr);
			break;
		case SKBSCOPE_A_IMAGE_PROTO:
			decode_string(image->proto, sizeof(image->proto), attr);
			break;
		case SKBSCOPE_A_IMAGE_TORN:
			image->torn = true;
			break;
		case SKBSCOPE_A_IMAGE_BYTES:
			image->bytes = nla_data(attr);
			image->len = nla_len(attr);
			break;
		default:
			decode_number(&image->n, attr);
		}
	}
	return num_has(&image->n, SKBSCOPE_A_IMAGE_KIND) ? 0 : -EPROTO;
}

int rule_decode(struct nlattr *head, int len, struct rule *rule)
{
	struct nlattr *attr;
	int rem;

	memset(rule, 0, sizeof(*rule));
	for_each_attr(attr, head, len, rem) {
		switch (nla_type(attr)) {
		case SKBSCOPE_A_RULE_LOOSE:
		case SKBSCOPE_A_RULE_PERSIST:
			num_set(&rule->n, nla_type(attr), 1);
			break;
		default:
			decode_number(&rule->n, attr);
		}
	}
	return num_has(&rule->n, SKBSCOPE_A_RULE_ID) ? 0 : -EPROTO;
}
