// SPDX-License-Identifier: GPL-2.0
/*
 * frame_filter.c - proves that programs for the frames are checked, that there
 * is room for 32, and that they go with the netlink socket they came by. What
 * they say of frames test_filter_frame.sh compares.
 */
#include <grp.h>
#include <linux/filter.h>
#include <signal.h>
#include <sys/wait.h>

#include "genl.h"

#define PROGRAMS	32
#define NOBODYS_ID	65534

FIXTURE(frame_filter) {
	struct genl genl;
	struct genl other;
};

FIXTURE_SETUP(frame_filter)
{
	ASSERT_EQ(0, genl_open(&self->genl));
	ASSERT_EQ(0, genl_open(&self->other));
}

FIXTURE_TEARDOWN(frame_filter)
{
	genl_close(&self->genl);
	genl_close(&self->other);
}

static int add(struct genl *genl, const void *program, int len, __u32 *mask)
{
	struct genl_attrs attrs;
	int err;

	err = genl_get(genl, SKBSCOPE_CMD_FRAME_FILTER,
		       SKBSCOPE_A_FRAME_PROGRAM, program, len, &attrs);
	*mask = err ? 0 : genl_u32(&attrs, SKBSCOPE_A_FRAME_MASK);
	return err;
}

static const struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 1);

static int add_all(struct genl *genl, __u32 *mask)
{
	return add(genl, &all, sizeof(all), mask);
}

/* Each has a bit of its own, and the last to go frees what it had */
TEST_F(frame_filter, room)
{
	__u32 bits = 0, more = 0, mask;
	int i;

	for (i = 0; i < PROGRAMS; i++) {
		ASSERT_EQ(0, add_all(i % 2 ? &self->genl : &self->other, &mask));
		EXPECT_EQ(1, __builtin_popcount(mask));
		EXPECT_EQ(0, bits & mask);
		bits |= mask;
		if (i % 2)
			more |= mask;
	}
	EXPECT_EQ(-ENOSPC, add_all(&self->genl, &mask));
	EXPECT_NE(NULL, strstr(self->genl.text, "32 programs"));

	genl_close(&self->genl);
	ASSERT_EQ(0, genl_open(&self->genl));
	for (i = 0; i < PROGRAMS / 2; i++) {
		ASSERT_EQ(0, add_all(&self->genl, &mask));
		EXPECT_EQ(mask, more & mask);
		more &= ~mask;
	}
	EXPECT_EQ(0, more);
	EXPECT_EQ(-ENOSPC, add_all(&self->other, &mask));
}

/* A bit that was free a moment ago is the last to be given away */
TEST_F(frame_filter, not_at_once)
{
	__u32 first, mask;
	int i;

	ASSERT_EQ(0, add_all(&self->genl, &first));
	genl_close(&self->genl);
	ASSERT_EQ(0, genl_open(&self->genl));
	for (i = 0; i < PROGRAMS - 1; i++) {
		ASSERT_EQ(0, add_all(&self->genl, &mask));
		EXPECT_NE(first, mask);
	}
	ASSERT_EQ(0, add_all(&self->genl, &mask));
	EXPECT_EQ(first, mask);
}

/* The socket is another process's, which ends */
TEST_F(frame_filter, process_ends)
{
	struct genl genl;
	int i, status;
	__u32 mask;
	pid_t pid;

	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		status = genl_open(&genl);
		for (i = 0; !status && i < PROGRAMS; i++)
			status = add_all(&genl, &mask);
		raise(status ? SIGABRT : SIGKILL);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(SIGKILL, WTERMSIG(status));
	for (i = 0; i < PROGRAMS; i++)
		ASSERT_EQ(0, add_all(&self->genl, &mask));
}

TEST_F(frame_filter, no_program)
{
	static const struct sock_filter no_end = BPF_STMT(BPF_LD | BPF_IMM, 1);
	static const struct sock_filter away[] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 9, 0),
		BPF_STMT(BPF_RET | BPF_K, 1),
	};
	static const struct sock_filter by_zero[] = {
		BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 1),
	};
	static const struct sock_filter unknown = { .code = 0xffff };
	struct genl_attrs attrs;
	__u32 mask;

	EXPECT_EQ(-EINVAL, add(&self->genl, &no_end, sizeof(no_end), &mask));
	EXPECT_NE(NULL, strstr(self->genl.text, "no valid classic BPF program"));
	EXPECT_EQ(-EINVAL, add(&self->genl, away, sizeof(away), &mask));
	EXPECT_EQ(-EINVAL, add(&self->genl, by_zero, sizeof(by_zero), &mask));
	EXPECT_EQ(-EINVAL, add(&self->genl, &unknown, sizeof(unknown), &mask));
	EXPECT_EQ(-EINVAL, add(&self->genl, &all, 0, &mask));
	EXPECT_EQ(-EINVAL, add(&self->genl, &all, 7, &mask));
	EXPECT_NE(NULL, strstr(self->genl.text, "cut off"));
	EXPECT_EQ(-EINVAL, genl_get(&self->genl, SKBSCOPE_CMD_FRAME_FILTER, 0,
				    NULL, 0, &attrs));
	EXPECT_NE(NULL, strstr(self->genl.text, "give the program"));
}

TEST_F(frame_filter, others_may_not)
{
	__u32 mask;

	ASSERT_EQ(0, setgroups(0, NULL));
	ASSERT_EQ(0, setresgid(NOBODYS_ID, NOBODYS_ID, NOBODYS_ID));
	ASSERT_EQ(0, setresuid(NOBODYS_ID, NOBODYS_ID, NOBODYS_ID));
	EXPECT_EQ(-EPERM, add_all(&self->genl, &mask));
	EXPECT_NE(NULL, strstr(self->genl.text, "CAP_NET_ADMIN"));
}

TEST_HARNESS_MAIN
