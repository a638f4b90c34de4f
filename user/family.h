/* SPDX-License-Identifier: GPL-2.0 */
/*
 * family.h - the family's number on the running kernel
 *
 * Used by every command.
 */
#ifndef _FAMILY_H
#define _FAMILY_H

struct netlink;

int family_number(unsigned int *family);
struct netlink *family_netlink(void);

#endif /* _FAMILY_H */
