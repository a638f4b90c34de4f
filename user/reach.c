// SPDX-License-Identifier: GPL-2.0
/*
 * reach.c - whether a preloaded library reaches a program
 *
 * Called by cmd_run.c, to say so of a program that would run as if nothing had
 * been asked. Only what is certain is said: of a script nothing, and what a
 * program runs in its turn is not known.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "reach.h"

/* as execvp() finds it; -1 where there is none */
static int open_command(const char *command)
{
	const char *path = getenv("PATH");
	char file[4096];
	int fd = -1;

	if (strchr(command, '/') || !path)
		return open(command, O_RDONLY | O_CLOEXEC);
	while (fd < 0 && *path) {
		int len = strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s/%s", len, len ? path : ".",
			 command);
		if (!access(file, X_OK))
			fd = open(file, O_RDONLY | O_CLOEXEC);
		path += len + (path[len] == ':');
	}
	return fd;
}

/* the dynamic linker takes no libraries from who has fewer rights */
static bool gains_rights(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return false;
	return (st.st_mode & S_ISUID && st.st_uid != getuid()) ||
	       (st.st_mode & S_ISGID && st.st_gid != getgid()) ||
	       (getuid() &&
		fgetxattr(fd, "security.capability", NULL, 0) > 0);
}

static bool has_interpreter(int fd, const Elf64_Ehdr *elf)
{
	Elf64_Phdr segment;
	int i;

	for (i = 0; i < elf->e_phnum; i++)
		if (pread(fd, &segment, sizeof(segment), elf->e_phoff +
			  i * sizeof(segment)) == sizeof(segment) &&
		    segment.p_type == PT_INTERP)
			return true;
	return false;
}

static const char *obstacle_of(int fd)
{
	Elf64_Ehdr elf;

	if (gains_rights(fd))
		return "is setuid, setgid or has capabilities";
	if (pread(fd, &elf, sizeof(elf), 0) != sizeof(elf) ||
	    memcmp(elf.e_ident, ELFMAG, SELFMAG))
		return NULL;
	if (elf.e_ident[EI_CLASS] != ELFCLASS64)
		return "has not 64 bits, as the library has";
	return has_interpreter(fd, &elf) ? NULL : "is linked statically";
}

/* what keeps a preloaded library out of a command, or NULL */
const char *reach_obstacle(const char *command)
{
	const char *obstacle;
	int fd;

	fd = open_command(command);
	if (fd < 0)
		return NULL;
	obstacle = obstacle_of(fd);
	close(fd);
	return obstacle;
}
