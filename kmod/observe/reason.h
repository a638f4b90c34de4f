/* SPDX-License-Identifier: GPL-2.0 */
/*
 * reason.h - drop reasons: the kernel's and the family's own in one number
 */
#ifndef _SCOPE_REASON_H
#define _SCOPE_REASON_H

#include <linux/types.h>
#include <net/dropreason.h>

const char *scope_reason_name(u32 reason);
bool scope_reason_is_known(u32 reason);
enum skb_drop_reason scope_reason_core(u32 reason);

#endif /* _SCOPE_REASON_H */
