/* SPDX-License-Identifier: GPL-2.0 */
/*
 * frame.h - programs that are asked about the frames at the stations
 */
#ifndef _SCOPE_FRAME_H
#define _SCOPE_FRAME_H

#include <linux/filter.h>

#include "../skbscope.h"

#define SCOPE_FRAME_FILTERS	32	/* at a time, on the whole machine */

extern u32 scope_frame_filters;

int scope_frame_add(struct sock_fprog_kern *program, const struct net *net,
		    u32 portid, u32 *mask);
void scope_frame_drop(const struct net *net, u32 portid);
u32 scope_frame_ask(const struct sk_buff *skb);
bool scope_frame_run(const struct bpf_prog *prog, const struct sk_buff *skb);

/**
 * scope_frame_answers() - which programs are true of an sk_buff's frame
 * @skb: not to be changed by others meanwhile
 *
 * Context: any but hard interrupts. Call while watched.
 *
 * Return: a bit each; none where there is no frame yet.
 */
static inline u32 scope_frame_answers(const struct sk_buff *skb)
{
	return READ_ONCE(scope_frame_filters) ? scope_frame_ask(skb) : 0;
}

#endif /* _SCOPE_FRAME_H */
