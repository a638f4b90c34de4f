// SPDX-License-Identifier: GPL-2.0
/*
 * family.c - the family's number on the running kernel
 *
 * Called by every command before anything else, so it is also where a missing
 * module is reported. The number is borrowed and may differ from 18: netlink
 * tells it, and where netlink is not to be had, sysfs and procfs do.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "family.h"
#include "message.h"
#include "netlink.h"

#define PARAMETER	"/sys/module/skbscope/parameters/family"
#define PROC_VIEW	"/proc/net/scope"

static int read_number(const char *path, const char *format,
		       unsigned int *number)
{
	FILE *f = fopen(path, "re");
	int nr;

	if (!f)
		return -1;
	nr = fscanf(f, format, number);
	fclose(f);
	return nr == 1 ? 0 : -1;
}

static int from_netlink(unsigned int *family)
{
	struct netlink *nl = netlink_open();
	struct info info;
	int ret = -1;

	if (!nl)
		return -1;
	if (!netlink_info(nl, &info) &&
	    num_has(&info.n, SKBSCOPE_A_INFO_FAMILY)) {
		*family = num_get(&info.n, SKBSCOPE_A_INFO_FAMILY);
		ret = 0;
	}
	netlink_close(nl);
	return ret;
}

static void say_not_loaded(void)
{
	complain("module not loaded: run `insmod skbscope.ko' (or `modprobe skbscope') as root");
}

/* 0, or -1 after saying what to do */
int family_number(unsigned int *family)
{
	if (!from_netlink(family) ||
	    !read_number(PARAMETER, "%u", family) ||
	    !read_number(PROC_VIEW, "family %u", family))
		return 0;
	say_not_loaded();
	return -1;
}

/* a netlink connection to the module, or NULL after saying what to do */
struct netlink *family_netlink(void)
{
	struct netlink *nl = netlink_open();

	if (nl)
		return nl;
	if (!access("/sys/module/skbscope", F_OK))
		complain("the module is loaded but does not answer by netlink: %s",
			 strerror(errno));
	else
		say_not_loaded();
	return NULL;
}
