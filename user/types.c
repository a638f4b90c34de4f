// SPDX-License-Identifier: GPL-2.0
/*
 * types.c - a kernel's BTF, its own and its modules'
 *
 * Called by chain.c and skbuff.c. Of the running kernel, its own is read at once,
 * that of a module when a struct is asked for that is not found before; of
 * another one, record_types.c gives what a record has.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "btf.h"
#include "types.h"

#define FOLDER	"/sys/kernel/btf"

#define NO_BTF	"this kernel was built without BTF, " FOLDER "/vmlinux"
#define BAD_BTF	"libbpf cannot read " FOLDER "/vmlinux"

#define MODULES_MAX	512

struct types {
	struct btf	*vmlinux;
	struct btf	*module[MODULES_MAX];
	char		*name[MODULES_MAX];
	size_t		nr;
};

/* ours first: most is asked of it */
static int is_module(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strcmp(entry->d_name, "vmlinux");
}

static int ours_first(const struct dirent **a, const struct dirent **b)
{
	bool a_ours = !strcmp((*a)->d_name, "skbscope");
	bool b_ours = !strcmp((*b)->d_name, "skbscope");

	return a_ours != b_ours ? b_ours - a_ours :
				  strcmp((*a)->d_name, (*b)->d_name);
}

static void list_modules(struct types *types)
{
	struct dirent **entry;
	int i, nr = scandir(FOLDER, &entry, is_module, ours_first);

	for (i = 0; i < nr; i++) {
		if (types->nr < MODULES_MAX)
			types->name[types->nr++] = strdup(entry[i]->d_name);
		free(entry[i]);
	}
	if (nr >= 0)
		free(entry);
}

/**
 * types_open - read what the kernel says of its types
 * @why: what is in the way, where there is none
 *
 * Return: for types_close(), or NULL.
 */
struct types *types_open(const char **why)
{
	struct types *types = calloc(1, sizeof(*types));

	if (!types) {
		*why = "out of memory";
		return NULL;
	}
	/* what it has to say is said here */
	libbpf_set_print(NULL);
	types->vmlinux = btf__parse(FOLDER "/vmlinux", NULL);
	if (!types->vmlinux) {
		*why = errno == ENOENT ? NO_BTF : BAD_BTF;
		free(types);
		return NULL;
	}
	list_modules(types);
	return types;
}

/**
 * types_new - take what another kernel said of its types
 * @vmlinux: its BTF, copied
 * @why: what is in the way, where it cannot be read
 *
 * Return: for types_close(), or NULL.
 */
struct types *types_new(const void *vmlinux, size_t len, const char **why)
{
	struct types *types = calloc(1, sizeof(*types));

	*why = "out of memory";
	if (!types)
		return NULL;
	libbpf_set_print(NULL);
	types->vmlinux = btf__new(vmlinux, len);
	if (types->vmlinux)
		return types;
	*why = "libbpf cannot read the BTF of the kernel that it is from";
	free(types);
	return NULL;
}

/* libbpf takes one that is based on another from a file alone */
static struct btf *split(const void *btf, size_t len, struct btf *base)
{
	struct btf *module = NULL;
	char path[64];
	int fd;

	fd = memfd_create("btf", MFD_CLOEXEC);
	if (fd < 0)
		return NULL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, btf, len) == (ssize_t)len)
		module = btf__parse_split(path, base);
	close(fd);
	return module;
}

/* of a module; 0 or -errno */
int types_add(struct types *types, const char *name, const void *btf,
	      size_t len)
{
	struct btf *module;

	if (types->nr == MODULES_MAX)
		return -ENOSPC;
	module = split(btf, len, types->vmlinux);
	if (!module)
		return errno ? -errno : -EINVAL;
	types->name[types->nr] = strdup(name);
	types->module[types->nr++] = module;
	return 0;
}

void types_close(struct types *types)
{
	size_t i;

	if (!types)
		return;
	for (i = 0; i < types->nr; i++) {
		btf__free(types->module[i]);
		free(types->name[i]);
	}
	btf__free(types->vmlinux);
	free(types);
}

/* the description that has a struct of this name, or NULL */
const struct btf *types_with(struct types *types, const char *name)
{
	char path[512];
	size_t i;

	if (btf_size(types->vmlinux, name) >= 0)
		return types->vmlinux;
	for (i = 0; i < types->nr; i++) {
		if (!types->module[i] && types->name[i]) {
			snprintf(path, sizeof(path), FOLDER "/%s",
				 types->name[i]);
			types->module[i] = btf__parse_split(path,
							    types->vmlinux);
		}
		if (types->module[i] && btf_size(types->module[i], name) >= 0)
			return types->module[i];
	}
	return NULL;
}
