// SPDX-License-Identifier: GPL-2.0
/*
 * reasons.c - the names that one kernel has for why it drops an sk_buff
 *
 * Called by cmd_trace.c for the running kernel, by replay.c for that of a record.
 * The first are the values of enum skb_drop_reason in its BTF, the latter lines of
 * a section.
 */
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "reasons.h"

#define PREFIX	"SKB_DROP_REASON_"

struct reasons {
	char	**name;
	size_t	nr;
};

/* what the module says of a number that the kernel has no name for */
static const char *const always[] = { "OTHER_SUBSYSTEM", "UNKNOWN" };

static bool add(struct reasons *reasons, const char *name, size_t len)
{
	char **more = reallocarray(reasons->name, reasons->nr + 1,
				   sizeof(*more));

	if (!more)
		return false;
	reasons->name = more;
	more[reasons->nr] = strndup(name, len);
	return more[reasons->nr] && ++reasons->nr;
}

/* NULL unless all of it fitted into memory */
static struct reasons *finish(struct reasons *reasons, bool whole)
{
	size_t i;

	for (i = 0; whole && i < sizeof(always) / sizeof(always[0]); i++)
		whole = add(reasons, always[i], strlen(always[i]));
	if (whole)
		return reasons;
	reasons_free(reasons);
	return NULL;
}

static bool add_values(struct reasons *reasons, const struct btf *btf,
		       const struct btf_type *type)
{
	const struct btf_enum *value = btf_enum(type);
	bool whole = true;
	const char *name;
	int i;

	for (i = 0; whole && i < btf_vlen(type); i++) {
		name = btf__name_by_offset(btf, value[i].name_off);
		if (!name || strncmp(name, PREFIX, strlen(PREFIX)))
			continue;
		name += strlen(PREFIX);
		whole = add(reasons, name, strlen(name));
	}
	return whole;
}

/**
 * reasons_here - those of the running kernel
 *
 * Return: for reasons_free(), or NULL where it does not tell them.
 */
struct reasons *reasons_here(void)
{
	struct reasons *reasons = NULL;
	struct btf *btf;
	int id;

	libbpf_set_print(NULL);
	btf = btf__load_vmlinux_btf();
	if (!btf)
		return NULL;
	id = btf__find_by_name_kind(btf, "skb_drop_reason", BTF_KIND_ENUM);
	if (id > 0)
		reasons = calloc(1, sizeof(*reasons));
	if (reasons)
		reasons = finish(reasons,
				 add_values(reasons, btf,
					    btf__type_by_id(btf, id)));
	btf__free(btf);
	return reasons;
}

/**
 * reasons_of - those of a record
 * @lines: "NUMBER NAME" each, the family's own among them
 *
 * Return: for reasons_free(), or NULL without memory.
 */
struct reasons *reasons_of(const char *lines)
{
	struct reasons *reasons = calloc(1, sizeof(*reasons));
	bool whole = reasons;
	size_t len;

	for (; whole && *lines; lines += len + (lines[len] == '\n')) {
		const char *space;

		len = strcspn(lines, "\n");
		space = memchr(lines, ' ', len);
		if (space)
			whole = add(reasons, space + 1,
				    lines + len - space - 1);
	}
	return finish(reasons, whole);
}

bool reasons_have(const struct reasons *reasons, const char *name)
{
	size_t i;

	for (i = 0; i < reasons->nr; i++)
		if (!strcmp(reasons->name[i], name))
			return true;
	return false;
}

void reasons_free(struct reasons *reasons)
{
	size_t i;

	if (!reasons)
		return;
	for (i = 0; i < reasons->nr; i++)
		free(reasons->name[i]);
	free(reasons->name);
	free(reasons);
}
