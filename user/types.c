// SPDX-License-Identifier: GPL-2.0
/*
 * types.c - the running kernel's BTF, its own and its modules'
 *
 * Called by chain.c. The kernel's own is read at once, that of a module when a
 * struct is asked for that is not found before.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
