// SPDX-License-Identifier: GPL-2.0
/*
 * tracing.c - a tracefs instance of the tool's own
 *
 * Called by live.c. An instance has ring buffers of its own, so nothing here
 * disturbs another tracer, nor is disturbed. It is named skbscope-PID and its
 * folder is locked while its owner lives: one that SIGKILL left behind would
 * keep the module's stations watched for ever, so the next run removes it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "message.h"
#include "tracing.h"

#define INSTANCE_PREFIX	"skbscope-"

struct tracing {
	struct tracefs_instance	*instance;
	int			lock;	/* the folder, flock()ed */
};

static int lock_folder(struct tracefs_instance *instance)
{
	char *dir = tracefs_instance_get_dir(instance);
	int fd = -1;

	if (dir)
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* the pid may have gone to another program since */
static bool owner_lives(const char *pid)
{
	char path[64], comm[32] = "";
	ssize_t len;
	int fd;

	if (kill(atoi(pid), 0) && errno == ESRCH)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/comm", atoi(pid));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	len = read(fd, comm, sizeof(comm) - 1);
	close(fd);
	return len < 0 || !strncmp(comm, "skbscope", 8);
}

static int remove_if_stale(const char *name, void *arg)
{
	struct tracefs_instance *instance;
	int lock;

	(void)arg;
	if (strncmp(name, INSTANCE_PREFIX, strlen(INSTANCE_PREFIX)) ||
	    owner_lives(name + strlen(INSTANCE_PREFIX)))
		return 0;
	instance = tracefs_instance_alloc(NULL, name);
	if (!instance)
		return 0;
	/* another pid namespace's owner still holds the lock */
	lock = lock_folder(instance);
	if (lock >= 0) {
		tracefs_instance_destroy(instance);
		close(lock);
	}
	tracefs_instance_free(instance);
	return 0;
}

static int find_tracefs(void)
{
	const char *dir = NULL;

	if (tracefs_tracing_dir_is_mounted(true, &dir) >= 0 && dir &&
	    !access(dir, R_OK | W_OK | X_OK))
		return 0;
	if (geteuid())
		complain("reading events needs root: tracefs is open to root alone; run it with sudo");
	else if (!dir)
		complain("tracefs is not mounted: run `mount -t tracefs nodev /sys/kernel/tracing'");
	else
		complain("%s cannot be used: %s", dir, strerror(errno));
	return -1;
}

static int write_file(struct tracing *t, const char *file, const char *value)
{
	if (tracefs_instance_file_write(t->instance, file, value) >= 0)
		return 0;
	complain("cannot write `%s' to %s/%s: %s", value,
		 tracefs_instance_get_name(t->instance), file,
		 strerror(errno));
	return -1;
}

static int create(struct tracing *t)
{
	char name[32];

	snprintf(name, sizeof(name), INSTANCE_PREFIX "%d", (int)getpid());
	t->instance = tracefs_instance_create(name);
	if (t->instance && !tracefs_instance_is_new(t->instance)) {
		/* what an owner with this very pid left; start afresh */
		tracefs_instance_destroy(t->instance);
		tracefs_instance_free(t->instance);
		t->instance = tracefs_instance_create(name);
	}
	if (!t->instance) {
		complain("cannot make the tracefs instance %s: %s", name,
			 strerror(errno));
		return -1;
	}
	t->lock = lock_folder(t->instance);
	return 0;
}

/**
 * tracing_open - make the instance, its events still off
 * @buffer_kib: size of each CPU's ring
 *
 * Return: NULL after saying why.
 */
struct tracing *tracing_open(unsigned int buffer_kib)
{
	struct tracing *t = calloc(1, sizeof(*t));

	if (!t) {
		complain("out of memory");
		return NULL;
	}
	t->lock = -1;
	if (find_tracefs())
		goto err_free;
	tracefs_instances_walk(remove_if_stale, NULL);
	if (create(t))
		goto err_free;
	/* nanoseconds that clock_gettime() can be compared with */
	if (write_file(t, "trace_clock", "mono"))
		goto err_close;
	if (tracefs_instance_set_buffer_size(t->instance, buffer_kib, -1)) {
		complain("no buffer of %u KiB for each CPU: %s", buffer_kib,
			 strerror(errno));
		goto err_close;
	}
	return t;

err_close:
	tracing_close(t);
	return NULL;
err_free:
	free(t);
	return NULL;
}

void tracing_close(struct tracing *t)
{
	if (!t)
		return;
	tracing_events_off(t);
	if (tracefs_instance_destroy(t->instance))
		complain("the tracefs instance %s stays behind: %s",
			 tracefs_instance_get_name(t->instance),
			 strerror(errno));
	tracefs_instance_free(t->instance);
	if (t->lock >= 0)
		close(t->lock);
	free(t);
}

struct tracefs_instance *tracing_instance(struct tracing *t)
{
	return t->instance;
}

/**
 * tracing_filter - keep events out of the rings, before they are switched on
 * @event: of ours
 * @text: what is true of those that go in; empty for all
 *
 * Return: 0, or -1 after saying why.
 */
int tracing_filter(struct tracing *t, const char *event, const char *text)
{
	char path[48];

	if (!*text)
		return 0;
	snprintf(path, sizeof(path), "events/skbscope/%s/filter", event);
	return write_file(t, path, text);
}

static int images_on(struct tracing *t)
{
	if (!tracefs_event_enable(t->instance, "skbscope", "image"))
		return 0;
	if (errno == EPERM)
		complain("raw images need CAP_SYSLOG and CAP_PERFMON, or CAP_SYS_ADMIN, in the initial user namespace, and a kernel that is not locked down for confidentiality");
	else if (errno == ENOENT)
		complain("the module has no event skbscope:image: it is of another version");
	else
		complain("cannot enable the event skbscope:image: %s",
			 strerror(errno));
	return -1;
}

/* before the stations tell, so that none does without its image */
int tracing_events_on(struct tracing *t, bool images)
{
	if (images && images_on(t))
		return -1;
	if (!tracefs_event_enable(t->instance, "skbscope", "station") &&
	    !tracefs_event_enable(t->instance, "skbscope", "refused"))
		return 0;
	complain("cannot enable the events skbscope:*: %s", strerror(errno));
	return -1;
}

void tracing_events_off(struct tracing *t)
{
	tracefs_event_disable(t->instance, "skbscope", "image");
	tracefs_event_disable(t->instance, "skbscope", "station");
	tracefs_event_disable(t->instance, "skbscope", "refused");
}

static uint64_t stat_value(const char *stats, const char *key)
{
	size_t len = strlen(key);
	const char *line = stats;

	while (line) {
		if (!strncmp(line, key, len) && line[len] == ':')
			return strtoull(line + len + 1, NULL, 10);
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return 0;
}

/* by the ring's own count; -1 where the CPU does not tell it */
int tracing_lost(struct tracing *t, unsigned int cpu, uint64_t *lost)
{
	char path[48], *stats;

	snprintf(path, sizeof(path), "per_cpu/cpu%u/stats", cpu);
	stats = tracefs_instance_file_read(t->instance, path, NULL);
	if (!stats)
		return -1;
	*lost = stat_value(stats, "overrun") +
		stat_value(stats, "commit overrun") +
		stat_value(stats, "dropped events");
	free(stats);
	return 0;
}
