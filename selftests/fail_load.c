// SPDX-License-Identifier: GPL-2.0
/*
 * fail_load.c - proves that every allocation can fail that the module makes
 * when a network namespace is born and when it is loaded itself: there is no
 * namespace then, or no module, and nothing of it stays
 *
 * What the rest of the kernel needs for either does not fail: only what is
 * asked for below a function of the module, or in its initialisation.
 * Test-timeout: 1200
 */
#include <sched.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "fail.h"

#define LONG	600	/* seconds that a walk may take in an emulated VM */
#define NO_NAME	EINVAL	/* of the driver core: no memory for a device's name */

FIXTURE(fail) {
	int nth;		/* see fail_open() */
	int module;		/* the module's file */
	int home;		/* the first namespace */
};

FIXTURE_SETUP(fail)
{
	struct utsname uts;
	char path[256];

	if (!fail_is_possible())
		SKIP(return, FAIL_NOT);
	self->nth = fail_open();
	ASSERT_LE(0, self->nth);
	ASSERT_EQ(0, uname(&uts));
	snprintf(path, sizeof(path), ".build/%s/skbscope.ko", uts.release);
	self->module = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->module);
	self->home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->home);
}

FIXTURE_TEARDOWN(fail)
{
}

OP(call_unshare)
{
	return or_errno(unshare(CLONE_NEWNET));
}

AFTER(after_unshare)
{
	if (got < 0)
		return 0;
	if (access("/sys/kernel/debug/skbscope", F_OK) ||
	    access("/proc/thread-self/net/scope", R_OK))
		return -ENOENT;
	return or_errno(setns(self->home, CLONE_NEWNET));
}

TEST_F_TIMEOUT(fail, namespace, LONG)
{
	const struct fail_op op = {
		.name = "namespace", .call = call_unshare,
		.after = after_unshare, .also = NO_NAME,
	};

	if (!fail_is_possible())
		SKIP(return, FAIL_NOT);
	ASSERT_EQ(0, fail_below_module());
	fail_walk(_metadata, self->nth, &op, self);
}

/*
 * Where the kernel calls a module's init function; not for the family's slab:
 * Linux 6.12 loses a slab's name when it has no memory for the slab's folder in
 * sysfs
 */
static int below_init(void)
{
	unsigned long start, end;

	return fail_range("do_one_initcall", &start, &end) ?:
	       fail_below(start, end) ?:
	       fail_range("proto_register", &start, &end) ?:
	       fail_not_below(start, end);
}

static int unload(void)
{
	return or_errno(syscall(SYS_delete_module, "skbscope", 0));
}

OP(call_load)
{
	return or_errno(syscall(SYS_finit_module, self->module, "", 0));
}

/* What would be in the way of the next one, or tells of this one */
AFTER(after_load)
{
	if (!got)
		return unload();
	if (!access("/sys/module/skbscope", F_OK) ||
	    !access("/sys/kernel/debug/skbscope", F_OK) ||
	    !access("/proc/thread-self/net/scope", F_OK) ||
	    !access("/sys/class/net/scope0", F_OK))
		return -EEXIST;
	return 0;
}

TEST_F_TIMEOUT(fail, module, LONG)
{
	const struct fail_op op = {
		.name = "module", .call = call_load, .after = after_load,
		.also = NO_NAME,
	};

	if (!fail_is_possible())
		SKIP(return, FAIL_NOT);
	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, below_init());
	fail_walk(_metadata, self->nth, &op, self);
	ASSERT_EQ(0, fail_below(0, ~0UL));
	EXPECT_EQ(0, call_load(self));
}

TEST_HARNESS_MAIN
