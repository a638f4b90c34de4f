/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fail.h - has the kernel refuse memory: the nth allocation of one system call,
 * or those made below some functions. See fault-injection.rst of the kernel's
 * documentation; KERNEL=debug has it, Debian's kernels do not.
 *
 * The kernel's knobs are not put back: they mean nothing until the next one
 * that asks for failures, who sets them all.
 */
#ifndef SELFTESTS_FAIL_H
#define SELFTESTS_FAIL_H

#include <fcntl.h>

#include "ledger.h"

#define FAIL_DEBUGFS	"/sys/kernel/debug/"
#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define FAIL_MOST	20000	/* allocations of one call, at most */

static inline int fail_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static inline int fail_knob(const char *what, const char *knob,
			    unsigned long value)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), FAIL_DEBUGFS "%s/%s", what, knob);
	snprintf(text, sizeof(text), "0x%lx", value);
	return fail_write(path, text);
}

static inline int fail_flag(const char *what, const char *knob, bool value)
{
	char path[128];

	snprintf(path, sizeof(path), FAIL_DEBUGFS "%s/%s", what, knob);
	return fail_write(path, value ? "Y" : "N");
}

static inline long fail_knob_read(const char *what, const char *knob)
{
	char path[128];
	long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), FAIL_DEBUGFS "%s/%s", what, knob);
	file = fopen(path, "r");
	if (!file)
		return -errno;
	if (fscanf(file, "%ld", &value) != 1)
		value = -EIO;
	fclose(file);
	return value;
}

static inline bool fail_is_possible(void)
{
	return !access(FAIL_NTH, W_OK) &&
	       !access(FAIL_DEBUGFS "failslab/require-start", W_OK);
}

#define FAIL_NOT	"this kernel fails no allocation on purpose"

/*
 * Only allocations with a function in [@start, @end) on their stack fail; all
 * with 0 and ~0. Those that may sleep can fail, too, and pages of any order.
 * What is copied from and to programs does not.
 */
static inline int fail_below(unsigned long start, unsigned long end)
{
	static const char * const whats[] = { "failslab", "fail_page_alloc" };
	const char *verbose = getenv("FAIL_VERBOSE");
	int i, err = 0;

	for (i = 0; i < 2 && !err; i++)
		err = fail_knob(whats[i], "probability", 0) ?:
		      fail_knob(whats[i], "interval", 1) ?:
		      fail_knob(whats[i], "stacktrace-depth", 32) ?:
		      fail_knob(whats[i], "require-start", start) ?:
		      fail_knob(whats[i], "require-end", end) ?:
		      fail_knob(whats[i], "reject-start", 0) ?:
		      fail_knob(whats[i], "reject-end", 0) ?:
		      fail_knob(whats[i], "verbose",
				verbose ? atoi(verbose) : 0) ?:
		      fail_knob(whats[i], "verbose_ratelimit_burst", 100000) ?:
		      fail_flag(whats[i], "task-filter", false) ?:
		      fail_flag(whats[i], "ignore-gfp-wait", false) ?:
		      fail_write(i ? FAIL_DEBUGFS "fail_page_alloc/times" :
				     FAIL_DEBUGFS "failslab/times", "-1");
	return err ?: fail_knob("fail_page_alloc", "min-order", 0) ?:
		      fail_knob("fail_usercopy", "require-start", 1) ?:
		      fail_knob("fail_usercopy", "require-end", 2);
}

/* And of those, none with a function in [@start, @end) on their stack */
static inline int fail_not_below(unsigned long start, unsigned long end)
{
	return fail_knob("failslab", "reject-start", start) ?:
	       fail_knob("failslab", "reject-end", end) ?:
	       fail_knob("fail_page_alloc", "reject-start", start) ?:
	       fail_knob("fail_page_alloc", "reject-end", end);
}

/* Where a function of the kernel begins and the next one does. 0 or -errno */
static inline int fail_range(const char *function, unsigned long *start,
			     unsigned long *end)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	char line[512], name[128], type;
	unsigned long at;

	if (!file)
		return -errno;
	*start = 0;
	*end = 0;
	while (!*end && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx %c %127s", &at, &type, name) != 3)
			continue;
		if (*start && at > *start)
			*end = at;
		else if (!strcmp(name, function))
			*start = at;
	}
	fclose(file);
	return *end ? 0 : -ENOENT;
}

/**
 * struct fail_symbol - a function of the module
 * @start: its first octet
 * @name: what it is called
 */
struct fail_symbol {
	unsigned long	start;
	char		name[64];
};

static inline int fail_compare(const void *a, const void *b)
{
	const struct fail_symbol *one = a, *other = b;

	return one->start < other->start ? -1 : one->start > other->start;
}

/* The module's functions, rising; behind the last one is a page more, at most */
static inline int fail_symbols(struct fail_symbol *symbols, int room)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	char line[512], module[64], type;
	struct fail_symbol symbol;
	int n = 0;

	if (!file)
		return -errno;
	while (n < room && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx %c %63s [%63[^]]", &symbol.start, &type,
			   symbol.name, module) != 4 ||
		    strcmp(module, "skbscope") || (type != 't' && type != 'T'))
			continue;
		symbols[n++] = symbol;
	}
	fclose(file);
	qsort(symbols, n, sizeof(*symbols), fail_compare);
	return n;
}

/* Only allocations below any function of the module fail */
static inline int fail_below_module(void)
{
	static struct fail_symbol symbols[4096];
	int n = fail_symbols(symbols, 4096);

	if (n < 1)
		return n ?: -ENOENT;
	return fail_below(symbols[0].start, symbols[n - 1].start + 4096);
}

/* A descriptor for the calling thread's system calls, or -1 */
static inline int fail_open(void)
{
	return open(FAIL_NTH, O_RDWR | O_CLOEXEC);
}

/* The nth allocation from here on is refused */
static inline int fail_nth(int fd, unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	return pwrite(fd, text, len, 0) == len ? 0 : -errno;
}

/*
 * How many allocations there were to go, and none fails any more; 0 if one was
 * refused, or -errno
 */
static inline int fail_left(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) < 0 ||
	    pwrite(fd, "0", 1, 0) < 0)
		return -errno;
	return atoi(text);
}

/* Sockets in the namespace the caller is in; -errno */
static inline int fail_sockets(struct genl *genl)
{
	struct genl_attrs attrs;
	int err = genl_get(genl, SKBSCOPE_CMD_INFO_GET, 0, NULL, 0, &attrs);

	return err ?: (int)genl_u32(&attrs, SKBSCOPE_A_INFO_SOCKETS);
}

/* Connections end in their own time; how many there are in the end */
static inline int fail_await_sockets(struct genl *genl, int want)
{
	int i, n = 0;

	for (i = 0; i < SCOPE_PATIENCE; i++) {
		n = fail_sockets(genl);
		if (n == want)
			break;
		usleep(1000);
	}
	return n;
}

/* What FIXTURE(fail) of the program is to the compiler */
#define fail_case _test_data_fail
struct fail_case;

/**
 * struct fail_op - a call that is walked; the program has a FIXTURE(fail)
 * @name: for what is printed
 * @prepare: what it needs, without failures; 0 or -errno
 * @call: the call, >= 0 or -errno
 * @after: looks at what the call gave and clears away, without failures; 0, or
 *	what is wrong
 * @also: an errno beside ENOMEM and ENOBUFS
 * @never: it has no way to fail
 */
struct fail_op {
	const char	*name;
	int		(*prepare)(struct fail_case *self);
	int		(*call)(struct fail_case *self);
	int		(*after)(struct fail_case *self, int got);
	int		also;
	bool		never;
};

static inline bool fail_is_sane(const struct fail_op *op, int got)
{
	if (got >= 0)
		return true;
	return !op->never &&
	       (got == -ENOMEM || got == -ENOBUFS ||
		(op->also && got == -op->also));
}

/* @fd: see fail_open() */
static inline void fail_walk(struct __test_metadata *_metadata, int fd,
			     const struct fail_op *op,
			     struct fail_case *self)
{
	int nth, err, got = 0, left = 0, errors = 0;

	for (nth = 1; nth < FAIL_MOST && !left; nth++) {
		err = op->prepare ? op->prepare(self) : 0;
		ASSERT_EQ(0, err)
			TH_LOG("%s: cannot prepare for allocation %d", op->name,
			       nth);
		ASSERT_EQ(0, fail_nth(fd, nth));
		got = op->call(self);
		left = fail_left(fd);
		ASSERT_LE(0, left);
		EXPECT_TRUE(fail_is_sane(op, got))
			TH_LOG("%s: allocation %d gives %d", op->name, nth, got);
		errors += got < 0;
		err = op->after ? op->after(self, got) : 0;
		ASSERT_EQ(0, err)
			TH_LOG("%s: after allocation %d, which gave %d",
			       op->name, nth, got);
	}
	/* The last time none was refused */
	EXPECT_LE(0, got)
		TH_LOG("%s: fails with all memory it wants", op->name);
	printf("# %s: %d allocations, %d errors\n", op->name, nth - 2, errors);
}

static inline void fail_walk_if_possible(struct __test_metadata *_metadata,
					 int fd, const struct fail_op *op,
					 struct fail_case *self)
{
	if (!fail_is_possible())
		SKIP(return, FAIL_NOT);
	fail_walk(_metadata, fd, op, self);
}

#define OP(function)	static int function(struct fail_case *self)
#define AFTER(function)	static int function(struct fail_case *self, int got)

static inline int or_errno(int ret)
{
	return ret < 0 ? -errno : ret;
}

#endif /* SELFTESTS_FAIL_H */
