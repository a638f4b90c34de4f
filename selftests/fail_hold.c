// SPDX-License-Identifier: GPL-2.0
/*
 * fail_hold.c - proves that every allocation of a rule, of a packet that is to be
 * held, and of a verdict can fail: who asks gets an errno; a packet that can't be
 * held goes on, and the rule says that it was missed; nothing stays behind
 * Test-timeout: 600
 */
#include <linux/filter.h>

#include "fail.h"
#include "path.h"
#include "rule.h"

#define LONG	300	/* seconds that a walk may take in an emulated VM */
#define OCTETS	20000	/* of a datagram, so that it has pages */

FIXTURE(fail) {
	struct path path;
	struct genl genl;	/* whose rules they are */
	struct genl heard;	/* in both multicast groups */
	struct held_list *held;
	int nth;		/* see fail_open() */
	int tx;
	int rx;
	int rule;
	char text[OCTETS];
};

static int hear(struct genl *genl)
{
	int held = genl->group + 1;

	return setsockopt(genl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &held,
			  sizeof(held)) ? -errno : 0;
}

FIXTURE_SETUP(fail)
{
	if (!fail_is_possible())
		SKIP(return, FAIL_NOT);
	ASSERT_EQ(0, fail_below(0, ~0UL));
	self->held = calloc(1, sizeof(*self->held));
	ASSERT_NE(NULL, self->held);
	ASSERT_EQ(0, path_open(&self->path, PATH_SCOPE0));
	self->rx = path_bound(&self->path, 1, SCOPE_RX_PORT);
	self->tx = path_bound(&self->path, 0, SCOPE_TX_PORT);
	ASSERT_LE(0, self->rx);
	ASSERT_LE(0, self->tx);
	ASSERT_EQ(0, genl_open(&self->genl));
	ASSERT_EQ(0, genl_open(&self->heard));
	ASSERT_EQ(0, hear(&self->heard));
	self->nth = fail_open();
	ASSERT_LE(0, self->nth);
}

FIXTURE_TEARDOWN(fail)
{
	struct ledger ledger;

	if (!fail_is_possible())
		return;
	close(self->tx);
	close(self->rx);
	ASSERT_EQ(0, ledger_rest(&self->heard, &ledger));
	EXPECT_EQ(0, ledger_missing(&ledger));
	EXPECT_EQ(0, ledger_count(&ledger, HELD));
	genl_close(&self->genl);
	genl_close(&self->heard);
	free(self->held);
}

#define WALK(name)							\
	TEST_F_TIMEOUT(fail, name, LONG)				\
	{								\
		fail_walk_if_possible(_metadata, self->nth, &op_##name,	\
				      self);				\
	}

/* The rules end; what they held comes, and is read */
AFTER(after_all)
{
	ssize_t n;

	genl_close(&self->genl);
	do {
		n = recv(self->rx, self->text, sizeof(self->text),
			 MSG_DONTWAIT);
	} while (n >= 0);
	do {
		n = recv(self->heard.fd, self->heard.buffer, GENL_BUFFER,
			 MSG_DONTWAIT);
	} while (n >= 0 || errno == ENOBUFS);
	return genl_open(&self->genl);
}

OP(call_rule)
{
	const struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 1);
	struct genl_request req;

	rule_begin(&self->genl, &req, SKBSCOPE_ACTION_HOLD,
		   STATION_BIT(DEVICE_QUEUE));
	genl_put(&req, SKBSCOPE_A_RULE_PROGRAM, &all, sizeof(all));
	return rule_end(&self->genl, &req);
}

static const struct fail_op op_rule = {
	.name = "rule",
	.call = call_rule,
	.after = after_all,
};

WALK(rule)

/* At device.xmit of a device whose driver's function is to be patched */
OP(prepare_there)
{
	return if_nametoindex("ve0") ? 0 : path_add_veth(self->path.netns[1]);
}

OP(call_there)
{
	struct genl_request req;

	rule_begin(&self->genl, &req, SKBSCOPE_ACTION_DROP,
		   STATION_BIT(DEVICE_XMIT));
	genl_put_u32(&req, SKBSCOPE_A_RULE_IFINDEX, if_nametoindex("ve0"));
	return rule_end(&self->genl, &req);
}

static const struct fail_op op_there = {
	.name = "there",
	.prepare = prepare_there,
	.call = call_there,
	.after = after_all,
};

WALK(there)

OP(call_table)
{
	const __s16 table[] = { -1, 1 };
	struct genl_request req;

	rule_begin(&self->genl, &req, SKBSCOPE_ACTION_DELAY,
		   STATION_BIT(DEVICE_QUEUE));
	genl_put_u32(&req, SKBSCOPE_A_RULE_DELAY, 1);
	genl_put_u32(&req, SKBSCOPE_A_RULE_JITTER, 1);
	genl_put(&req, SKBSCOPE_A_RULE_TABLE, table, sizeof(table));
	return rule_end(&self->genl, &req);
}

static const struct fail_op op_table = {
	.name = "table",
	.call = call_table,
	.after = after_all,
};

WALK(table)

OP(prepare_rule)
{
	int rule = call_rule(self);

	self->rule = rule;
	return rule < 0 ? rule : 0;
}

OP(call_send)
{
	return or_errno(scope_sendto(self->tx, self->text, OCTETS, 0,
				     path_to(&self->path, 1, SCOPE_RX_PORT)));
}

/* It was made, and is held or was missed; or it was not made */
AFTER(after_send)
{
	__u64 hits = rule_count(&self->genl, self->rule, SKBSCOPE_A_RULE_HITS);
	__u64 missed = rule_count(&self->genl, self->rule,
				  SKBSCOPE_A_RULE_MISSED);

	if (hits + missed != (got > 0 ? 1 : 0))
		return -EBADMSG;
	return after_all(self, got);
}

static const struct fail_op op_send = {
	.name = "send",
	.prepare = prepare_rule,
	.call = call_send,
	.after = after_send,
};

WALK(send)

OP(prepare_held)
{
	int err = prepare_rule(self);

	if (!err)
		err = call_send(self);
	if (err < 0)
		return err;
	return held_await(&self->genl, self->held, 1) == 1 ? 0 : -ENOENT;
}

OP(call_dump)
{
	return held_get(&self->genl, self->held);
}

static const struct fail_op op_dump = {
	.name = "dump",
	.prepare = prepare_held,
	.call = call_dump,
	.after = after_all,
};

WALK(dump)

/* One that is about to end is held there, or was missed, and was read all the same */
OP(prepare_read)
{
	struct genl_request req;
	int err;

	rule_begin(&self->genl, &req, SKBSCOPE_ACTION_HOLD,
		   STATION_BIT(END_CONSUMED));
	err = rule_end(&self->genl, &req);
	self->rule = err;
	if (err > 0)
		err = call_send(self);
	return err < 0 ? err : 0;
}

OP(call_read)
{
	return or_errno(recv(self->rx, self->text, sizeof(self->text),
			     MSG_DONTWAIT));
}

static const struct fail_op op_read = {
	.name = "read",
	.prepare = prepare_read,
	.call = call_read,
	.after = after_send,
};

WALK(read)

/* At its end, for it was dropped at the station where the rule held it */
OP(prepare_dropped)
{
	struct genl_request req;
	int err = prepare_held(self);

	if (err)
		return err;
	rule_begin(&self->genl, &req, SKBSCOPE_ACTION_HOLD,
		   STATION_BIT(END_DROPPED));
	err = rule_end(&self->genl, &req);
	if (err > 0)
		err = verdict(&self->genl, self->held->at[0].id,
			      SKBSCOPE_VERDICT_DROP);
	if (err < 0)
		return err;
	return held_await(&self->genl, self->held, 1) == 1 ? 0 : -ENOENT;
}

OP(call_double)
{
	struct genl_request req;
	__u64 made;

	verdict_begin(&self->genl, &req, self->held->at[0].id,
		      SKBSCOPE_VERDICT_DUPLICATE);
	return verdict_end(&self->genl, &req, &made);
}

static const struct fail_op op_double = {
	.name = "double",
	.prepare = prepare_dropped,
	.call = call_double,
	.after = after_all,
};

WALK(double)

#define WALK_VERDICT(title, symbol)					\
	OP(call_##title)						\
	{								\
		struct genl_request req;				\
									\
		verdict_begin(&self->genl, &req, self->held->at[0].id,	\
			      SKBSCOPE_VERDICT_##symbol);		\
		genl_put_u32(&req, SKBSCOPE_A_ORDER_VALUE, 100);	\
		genl_put(&req, SKBSCOPE_A_ORDER_BYTES, "x", 1);		\
		return verdict_end(&self->genl, &req, NULL);		\
	}								\
									\
	static const struct fail_op op_##title = {			\
		.name = #title,						\
		.prepare = prepare_held,				\
		.call = call_##title,					\
		.after = after_all,					\
	};								\
									\
	WALK(title)

WALK_VERDICT(goes_on, CONTINUE)
WALK_VERDICT(steps, STEP)
WALK_VERDICT(dropped, DROP)
WALK_VERDICT(duplicate, DUPLICATE)
WALK_VERDICT(clone, CLONE)
WALK_VERDICT(edit, EDIT)
WALK_VERDICT(expand_head, EXPAND_HEAD)
WALK_VERDICT(linearize, LINEARIZE)

TEST_HARNESS_MAIN
