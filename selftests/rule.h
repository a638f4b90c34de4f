/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rule.h - rules, held packets and verdicts, as netlink has them
 */
#ifndef SELFTESTS_RULE_H
#define SELFTESTS_RULE_H

#include "ledger.h"

#define STATION_BIT(name)	(1U << SCOPE_STATION_##name)

/**
 * struct held - a held packet, as a dump tells it
 * @id: of the stay
 * @skb: its number
 * @station: where
 * @len: octets it has there
 * @behind: it only waits for one before it
 * @has_task: whether there is @pid
 * @pid: of the task that ran when it came
 */
struct held {
	__u64	id;
	__u64	skb;
	__u32	station;
	__u32	len;
	bool	behind;
	bool	has_task;
	pid_t	pid;
};

#define HELD_MAX	4096

struct held_list {
	struct held	at[HELD_MAX];
	int		nr;
};

static inline void rule_begin(struct genl *genl, struct genl_request *req,
			      __u32 action, __u32 stations)
{
	genl_begin(req, genl->family, SKBSCOPE_CMD_RULE_ADD, 0);
	genl_put_u32(req, SKBSCOPE_A_RULE_ACTION, action);
	genl_put_u32(req, SKBSCOPE_A_RULE_STATIONS, stations);
}

/* Returns the rule's number, or -errno */
static inline int rule_end(struct genl *genl, struct genl_request *req)
{
	struct genl_attrs attrs;

	return genl_ask_request(genl, req, &attrs) ?:
	       (int)genl_u32(&attrs, SKBSCOPE_A_RULE_ID);
}

static inline int rule_del(struct genl *genl, int id)
{
	struct genl_request req;
	struct genl_attrs attrs;

	genl_begin(&req, genl->family, SKBSCOPE_CMD_RULE_DEL, NLM_F_ACK);
	genl_put_u32(&req, SKBSCOPE_A_RULE_ID, id);
	return genl_ask_request(genl, &req, &attrs);
}

/* A number that a rule has, by SKBSCOPE_A_RULE_*; ~0 where there is none */
static inline __u64 rule_count(struct genl *genl, __u32 id, int attr)
{
	struct genl_attrs attrs;

	if (genl_get(genl, SKBSCOPE_CMD_RULE_GET, SKBSCOPE_A_RULE_ID, &id,
		     sizeof(id), &attrs))
		return ~0ULL;
	return genl_u64(&attrs, attr);
}

static inline void held_one(const struct genl_attrs *attrs, void *arg)
{
	struct held_list *list = arg;
	struct genl_attrs skb;
	struct held *held;

	if (list->nr == HELD_MAX)
		return;
	held = &list->at[list->nr++];
	genl_parse_nest(&skb, attrs->at[SKBSCOPE_A_HELD_SKB]);
	held->id = genl_u64(attrs, SKBSCOPE_A_HELD_ID);
	held->station = genl_u32(attrs, SKBSCOPE_A_HELD_STATION);
	held->behind = attrs->at[SKBSCOPE_A_HELD_BEHIND];
	held->has_task = attrs->at[SKBSCOPE_A_HELD_PID];
	held->pid = genl_u32(attrs, SKBSCOPE_A_HELD_PID);
	held->skb = genl_u64(&skb, SKBSCOPE_A_SKB_ID);
	held->len = genl_u32(&skb, SKBSCOPE_A_SKB_LEN);
}

/* Returns how many, or -errno */
static inline int held_get(struct genl *genl, struct held_list *list)
{
	list->nr = 0;
	return genl_dump(genl, SKBSCOPE_CMD_HELD_GET, held_one, list);
}

/* Until so many are held. Returns how many are when patience ends */
static inline int held_await(struct genl *genl, struct held_list *list, int nr)
{
	int i, got = 0;

	for (i = 0; i < SCOPE_PATIENCE; i++) {
		got = held_get(genl, list);
		if (got == nr || got < 0)
			break;
		usleep(1000);
	}
	return got;
}

static inline void verdict_begin(struct genl *genl, struct genl_request *req,
				 __u64 held, __u32 verdict)
{
	genl_begin(req, genl->family, SKBSCOPE_CMD_VERDICT, 0);
	genl_put_u64(req, SKBSCOPE_A_ORDER_HELD, held);
	genl_put_u32(req, SKBSCOPE_A_ORDER_VERDICT, verdict);
}

/* Returns 0 or -errno; @made, if given, is the stay of a copy */
static inline int verdict_end(struct genl *genl, struct genl_request *req,
			      __u64 *made)
{
	struct genl_attrs attrs;
	int err = genl_ask_request(genl, req, &attrs);

	if (!err && made)
		*made = genl_u64(&attrs, SKBSCOPE_A_ORDER_HELD);
	return err;
}

static inline int verdict(struct genl *genl, __u64 held, __u32 verdict)
{
	struct genl_request req;

	verdict_begin(genl, &req, held, verdict);
	return verdict_end(genl, &req, NULL);
}

static inline int verdict_value(struct genl *genl, __u64 held, __u32 verdict,
				__u32 value)
{
	struct genl_request req;

	verdict_begin(genl, &req, held, verdict);
	genl_put_u32(&req, SKBSCOPE_A_ORDER_VALUE, value);
	return verdict_end(genl, &req, NULL);
}

static inline int verdict_edit(struct genl *genl, __u64 held, __u32 place,
			       __s32 offset, const char *text, bool wrong)
{
	struct genl_request req;

	verdict_begin(genl, &req, held, SKBSCOPE_VERDICT_EDIT);
	genl_put_u32(&req, SKBSCOPE_A_ORDER_PLACE, place);
	genl_put(&req, SKBSCOPE_A_ORDER_OFFSET, &offset, sizeof(offset));
	genl_put(&req, SKBSCOPE_A_ORDER_BYTES, text, strlen(text));
	if (wrong)
		genl_put(&req, SKBSCOPE_A_ORDER_WRONG_SUM, NULL, 0);
	return verdict_end(genl, &req, NULL);
}

#endif /* SELFTESTS_RULE_H */
