/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ledger.h - reads what became of a namespace's sk_buffs, and what one socket
 * is charged with, as netlink tells it
 */
#ifndef SELFTESTS_LEDGER_H
#define SELFTESTS_LEDGER_H

#include "genl.h"

#define LEDGER_REASONS	64

struct ledger_drop {
	__u32	reason;
	__u64	count;
	char	name[64];
};

/**
 * struct ledger - of the namespace that was asked in
 * @count: by SKBSCOPE_A_LEDGER_*
 * @drop: the reasons met
 * @drops: how many there are
 */
struct ledger {
	__u64			count[SKBSCOPE_A_LEDGER_MAX + 1];
	struct ledger_drop	drop[LEDGER_REASONS];
	int			drops;
};

/* Asks for the ledger. Returns 0 or -errno */
static inline int ledger_read(struct genl *genl, struct ledger *ledger)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)genl->buffer;
	const void *end = genl->buffer;
	const struct nlattr *attr;
	struct genl_attrs attrs;
	struct ledger_drop *drop;
	int i, err;

	memset(ledger, 0, sizeof(*ledger));
	err = genl_get(genl, SKBSCOPE_CMD_LEDGER_GET, 0, NULL, 0, &attrs);
	if (err)
		return err;
	for (i = SKBSCOPE_A_LEDGER_ALLOCATED; i <= SKBSCOPE_A_LEDGER_MAX; i++)
		if (i != SKBSCOPE_A_LEDGER_DROP)
			ledger->count[i] = genl_u64(&attrs, i);

	end = genl->buffer + nlh->nlmsg_len;
	attr = (void *)(genl->buffer + NLMSG_HDRLEN + GENL_HDRLEN);
	for (; genl_ok(attr, end); attr = genl_next(attr)) {
		if ((attr->nla_type & NLA_TYPE_MASK) != SKBSCOPE_A_LEDGER_DROP ||
		    ledger->drops == LEDGER_REASONS)
			continue;
		genl_parse_nest(&attrs, attr);
		drop = &ledger->drop[ledger->drops++];
		drop->reason = genl_u32(&attrs, SKBSCOPE_A_DROP_REASON);
		drop->count = genl_u64(&attrs, SKBSCOPE_A_DROP_COUNT);
		snprintf(drop->name, sizeof(drop->name), "%s",
			 genl_string(&attrs, SKBSCOPE_A_DROP_NAME));
	}
	return 0;
}

#define ledger_count(ledger, symbol)	((ledger)->count[SKBSCOPE_A_LEDGER_##symbol])

/* Drops for a reason, by its name: numbers of the kernel's own move */
static inline __u64 ledger_reason(const struct ledger *ledger, const char *name)
{
	int i;

	for (i = 0; i < ledger->drops; i++)
		if (!strcmp(ledger->drop[i].name, name))
			return ledger->drop[i].count;
	return 0;
}

/* What came less what it is accounted for as, moving left out: 0 at rest */
static inline __s64 ledger_missing(const struct ledger *ledger)
{
	return ledger_count(ledger, ALLOCATED) + ledger_count(ledger, ENTERED) +
	       ledger_count(ledger, DERIVED) -
	       ledger_count(ledger, DELIVERED) - ledger_count(ledger, ACKED) -
	       ledger_count(ledger, MERGED) -
	       ledger_count(ledger, TRANSMITTED) -
	       ledger_count(ledger, DROPPED) - ledger_count(ledger, QUEUED) -
	       ledger_count(ledger, KEPT) - ledger_count(ledger, HELD);
}

/*
 * Reads until nothing is on its way: softirq delivers, which may be after the
 * send call returned. Returns 0, -ETIMEDOUT, or another -errno.
 */
static inline int ledger_rest(struct genl *genl, struct ledger *ledger)
{
	int i, err;

	for (i = 0; i < SCOPE_PATIENCE; i++) {
		err = ledger_read(genl, ledger);
		if (err)
			return err;
		/*
		 * What the last one became may be counted, yet the queues have
		 * been looked at before: at rest, a second look agrees.
		 */
		if (!ledger_count(ledger, MOVING))
			return ledger_read(genl, ledger);
		usleep(1000);
	}
	return -ETIMEDOUT;
}

/* Reads until the count has that value; what it has when patience ends */
static inline __u64 ledger_await(struct genl *genl, int attr, __u64 value)
{
	struct ledger ledger;
	int i;

	for (i = 0; i < SCOPE_PATIENCE; i++) {
		if (ledger_read(genl, &ledger))
			return ~0ULL;
		if (ledger.count[attr] == value)
			break;
		usleep(1000);
	}
	return ledger.count[attr];
}

/* The same for the drops of one reason */
static inline __u64 ledger_await_reason(struct genl *genl, const char *name,
					__u64 value)
{
	struct ledger ledger;
	int i;

	for (i = 0; i < SCOPE_PATIENCE; i++) {
		if (ledger_read(genl, &ledger))
			return ~0ULL;
		if (ledger_reason(&ledger, name) == value)
			break;
		usleep(1000);
	}
	return ledger_reason(&ledger, name);
}

static inline __u64 ledger_cookie(int fd)
{
	__u64 cookie = 0;
	socklen_t len = sizeof(cookie);

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len))
		return 0;
	return cookie;
}

/* One socket's attributes, good until the next request. Returns 0 or -errno */
static inline int ledger_socket(struct genl *genl, int fd,
				struct genl_attrs *attrs)
{
	__u64 cookie = ledger_cookie(fd);

	return genl_get(genl, SKBSCOPE_CMD_SOCKET_GET, SKBSCOPE_A_SOCKET_COOKIE,
			&cookie, sizeof(cookie), attrs);
}

#endif /* SELFTESTS_LEDGER_H */
