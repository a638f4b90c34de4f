// SPDX-License-Identifier: GPL-2.0
/*
 * procfs.c - which descriptors of which processes hold a socket
 *
 * Called by cmd_sockets.c. The kernel has no way from a socket to its
 * descriptors, so all of /proc/PID/fd is read once and sorted by inode.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "procfs.h"

static int add(struct owners *owners, const struct owner *owner)
{
	if (owners->nr == owners->cap) {
		size_t cap = owners->cap ? 2 * owners->cap : 256;
		struct owner *bigger;

		bigger = realloc(owners->owner, cap * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		owners->owner = bigger;
		owners->cap = cap;
	}
	owners->owner[owners->nr++] = *owner;
	return 0;
}

static void read_comm(int proc_pid, char comm[16])
{
	int fd = openat(proc_pid, "comm", O_RDONLY | O_CLOEXEC);
	ssize_t len = 0;

	if (fd >= 0) {
		len = read(fd, comm, 15);
		close(fd);
	}
	if (len < 0)
		len = 0;
	comm[len] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
}

static int scan_fds(struct owners *owners, int proc_pid, pid_t pid)
{
	struct owner owner = { .pid = pid };
	bool have_comm = false;
	struct dirent *entry;
	int fd, ret = 0;
	DIR *dir;

	fd = openat(proc_pid, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd < 0 && (errno == EACCES || errno == EPERM))
			owners->hidden = true;
		else if (fd >= 0)
			close(fd);
		return 0;
	}
	while (!ret && (entry = readdir(dir))) {
		char target[64];
		ssize_t len;

		len = readlinkat(dirfd(dir), entry->d_name, target,
				 sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		if (strncmp(target, "socket:[", 8))
			continue;
		owner.inode = strtoull(target + 8, NULL, 10);
		owner.fd = atoi(entry->d_name);
		if (!have_comm)
			read_comm(proc_pid, owner.comm);
		have_comm = true;
		ret = add(owners, &owner);
	}
	closedir(dir);
	return ret;
}

static int by_inode(const void *va, const void *vb)
{
	const struct owner *a = va, *b = vb;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return a->fd < b->fd ? -1 : a->fd > b->fd;
}

/**
 * owners_scan - read who holds which socket
 * @owners: filled; free with owners_clear()
 * @proc: "/proc", or what stands for it in a test
 *
 * A process that ends meanwhile is skipped.
 *
 * Return: 0 or -errno.
 */
int owners_scan(struct owners *owners, const char *proc)
{
	struct dirent *entry;
	int ret = 0;
	DIR *dir;

	memset(owners, 0, sizeof(*owners));
	dir = opendir(proc);
	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir))) {
		int proc_pid;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		proc_pid = openat(dirfd(dir), entry->d_name,
				  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (proc_pid < 0)
			continue;
		ret = scan_fds(owners, proc_pid, atoi(entry->d_name));
		close(proc_pid);
	}
	closedir(dir);
	if (owners->nr)
		qsort(owners->owner, owners->nr, sizeof(owners->owner[0]),
		      by_inode);
	return ret;
}

void owners_clear(struct owners *owners)
{
	free(owners->owner);
	memset(owners, 0, sizeof(*owners));
}

/* the first of *nr holders of a socket; NULL for none */
const struct owner *owners_find(const struct owners *owners, uint64_t inode,
				size_t *nr)
{
	size_t low = 0, high = owners->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (owners->owner[mid].inode < inode)
			low = mid + 1;
		else
			high = mid;
	}
	*nr = 0;
	while (low + *nr < owners->nr &&
	       owners->owner[low + *nr].inode == inode)
		(*nr)++;
	return *nr ? &owners->owner[low] : NULL;
}
