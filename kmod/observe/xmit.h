/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xmit.h - device.xmit of drivers that are not ours
 */
#ifndef _SCOPE_XMIT_H
#define _SCOPE_XMIT_H

#include "rule.h"

int scope_xmit_init(void);
void scope_xmit_exit(void);
int scope_xmit_join(struct scope_net *sn, const struct scope_rule_spec *spec);
void scope_xmit_leave(struct scope_net *sn, const struct scope_rule_spec *spec);

#endif /* _SCOPE_XMIT_H */
