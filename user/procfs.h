/* SPDX-License-Identifier: GPL-2.0 */
/*
 * procfs.h - which descriptors of which processes hold a socket
 *
 * Used by cmd_sockets.c and its rendering.
 */
#ifndef _PROCFS_H
#define _PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct owner {
	uint64_t	inode;
	pid_t		pid;
	int		fd;
	char		comm[16];
};

/**
 * struct owners - every descriptor of a socket, by inode, pid and fd
 * @hidden: some processes did not let us look
 */
struct owners {
	struct owner	*owner;
	size_t		nr;
	size_t		cap;
	bool		hidden;
};

int owners_scan(struct owners *owners, const char *proc);
void owners_clear(struct owners *owners);
const struct owner *owners_find(const struct owners *owners, uint64_t inode,
				size_t *nr);

#endif /* _PROCFS_H */
