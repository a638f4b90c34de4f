// SPDX-License-Identifier: GPL-2.0
/*
 * canary.c - a module that is wrong in a way of the loader's choice, each of
 * which another detector of KERNEL=debug must report: one that has fallen
 * silent would let every test pass. Loaded by canary.sh, in a VM of its own.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>
#include <net/net_debug.h>

static char *bug = "";
module_param(bug, charp, 0);
MODULE_PARM_DESC(bug, "the name of the bug");

/* What is read goes here, or the compiler would not read it */
static int canary_sink;

static noinline int canary_use_after_free(void)
{
	int *p = kmalloc(64, GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	WRITE_ONCE(canary_sink, *p);
	return 0;
}

static noinline int canary_overflow(void)
{
	char *p = kmalloc(64, GFP_KERNEL);
	size_t behind = 64;

	if (!p)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(behind);
	WRITE_ONCE(p[behind], 1);
	kfree(p);
	return 0;
}

static noinline int canary_stack_overflow(void)
{
	char octets[16] = {};
	char *p = octets;

	OPTIMIZER_HIDE_VAR(p);
	WRITE_ONCE(canary_sink, p[sizeof(octets)]);
	return 0;
}

static noinline int canary_vmalloc_overflow(void)
{
	char *p = vmalloc(100);
	size_t behind = 100;

	if (!p)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(behind);
	WRITE_ONCE(canary_sink, p[behind]);
	vfree(p);
	return 0;
}

static noinline int canary_double_free(void)
{
	int *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	kfree(p);
	return 0;
}

/* Several, for an octet pattern left on some stack may look like one's address */
static noinline int canary_leak(void)
{
	void *p;
	int i;

	for (i = 0; i < 8; i++) {
		p = kmalloc(100, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(p);
	}
	return 0;
}

static noinline int canary_shift(void)
{
	int bits = 40;

	OPTIMIZER_HIDE_VAR(bits);
	WRITE_ONCE(canary_sink, 1 << bits);
	return 0;
}

static noinline int canary_index(void)
{
	static int numbers[4];
	int i = 4;

	OPTIMIZER_HIDE_VAR(i);
	WRITE_ONCE(canary_sink, numbers[i]);
	return 0;
}

static noinline int canary_atomic_sleep(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	msleep(20);
	spin_unlock(&lock);
	return 0;
}

static noinline int canary_rcu(void)
{
	static int __rcu *pointer;

	/* Not within rcu_read_lock() */
	return rcu_dereference(pointer) ? -EBUSY : 0;
}

static void canary_on_timer(struct timer_list *timer)
{
}

static noinline int canary_live_timer(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return -ENOMEM;
	timer_setup(timer, canary_on_timer, 0);
	mod_timer(timer, jiffies + 100 * HZ);
	kfree(timer);
	return 0;
}

static noinline int canary_net_warning(void)
{
	bool wrong = true;

	OPTIMIZER_HIDE_VAR(wrong);
	DEBUG_NET_WARN_ON_ONCE(wrong);
	return 0;
}

static noinline int canary_lock_cycle(void)
{
	static DEFINE_MUTEX(one);
	static DEFINE_MUTEX(other);

	mutex_lock(&one);
	mutex_lock(&other);
	mutex_unlock(&other);
	mutex_unlock(&one);

	mutex_lock(&other);
	mutex_lock(&one);
	mutex_unlock(&one);
	mutex_unlock(&other);
	return 0;
}

#define CANARY(name)	{ #name, canary_##name }

static const struct {
	const char	*name;
	int		(*make)(void);
} canary_bugs[] = {
	CANARY(use_after_free),
	CANARY(overflow),
	CANARY(stack_overflow),
	CANARY(vmalloc_overflow),
	CANARY(double_free),
	CANARY(leak),
	CANARY(shift),
	CANARY(index),
	CANARY(atomic_sleep),
	CANARY(rcu),
	CANARY(live_timer),
	CANARY(net_warning),
	CANARY(lock_cycle),
};

static int __init canary_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(canary_bugs); i++)
		if (!strcmp(bug, canary_bugs[i].name))
			return canary_bugs[i].make();
	pr_err("canary: bug=%s is unknown\n", bug);
	return -EINVAL;
}
module_init(canary_init);

static void __exit canary_exit(void)
{
}
module_exit(canary_exit);

MODULE_DESCRIPTION("Deliberate bugs, one for each detector of the debug kernel");
MODULE_AUTHOR("The Skbscope authors");
MODULE_LICENSE("GPL");
