// SPDX-License-Identifier: GPL-2.0
/*
 * frame.c - programs that are asked about the frames at the stations
 *
 * Place: beside the data path; called by station.c while somebody watches, in
 * process or softirq context. Programs come and go by expose/netlink_frame.c, in
 * process context, under a mutex of its own.
 *
 * A watcher reads events out of a tracefs instance, whose filter knows the fields
 * of an event alone, no frame. So what a program says of a frame is made a field:
 * each has a bit of it, for which its owner's instance then looks. That way a
 * program is its owner's, while the events are everybody's, and an event that he
 * does not want takes no room in his ring. A program belongs to a netlink socket
 * and goes with it.
 */
#include <linux/mutex.h>

#include "frame.h"

/**
 * struct scope_frame_filter - a program, and whose it is
 * @prog: NULL while the place is free
 * @net: namespace of the netlink socket, only to be compared with
 * @portid: its address there
 */
struct scope_frame_filter {
	struct bpf_prog __rcu	*prog;
	const struct net	*net;
	u32			portid;
};

static struct scope_frame_filter scope_frame_filter[SCOPE_FRAME_FILTERS];

/* Over the places, and for whom a bit each; read without it */
static DEFINE_MUTEX(scope_frame_lock);
u32 scope_frame_filters;

/*
 * A bit is not given away again while there are others: its last owner may have
 * left an instance behind that looks for it.
 */
static unsigned int scope_frame_last = SCOPE_FRAME_FILTERS - 1;

static int scope_frame_free_place(void)
{
	unsigned int i, place;

	for (i = 1; i <= SCOPE_FRAME_FILTERS; i++) {
		place = (scope_frame_last + i) % SCOPE_FRAME_FILTERS;
		if (!(scope_frame_filters & BIT(place)))
			return place;
	}
	return -ENOSPC;
}

/**
 * scope_frame_add() - ask a program from now on
 * @program: classic BPF, checked here
 * @net: namespace of the netlink socket it shall go with
 * @portid: address of that socket
 * @mask: where to put its bit
 *
 * Context: process, may sleep.
 *
 * Return: 0; -EINVAL for no valid program, -ENOSPC where all bits are taken,
 * -ENOMEM.
 */
int scope_frame_add(struct sock_fprog_kern *program, const struct net *net,
		    u32 portid, u32 *mask)
{
	struct scope_frame_filter *filter;
	struct bpf_prog *prog;
	int place, err;

	err = bpf_prog_create(&prog, program);
	if (err)
		return err;
	mutex_lock(&scope_frame_lock);
	place = scope_frame_free_place();
	if (place >= 0) {
		filter = &scope_frame_filter[place];
		filter->net = net;
		filter->portid = portid;
		rcu_assign_pointer(filter->prog, prog);
		scope_frame_last = place;
		WRITE_ONCE(scope_frame_filters,
			   scope_frame_filters | BIT(place));
		*mask = BIT(place);
	}
	mutex_unlock(&scope_frame_lock);
	if (place < 0)
		bpf_prog_destroy(prog);
	return min(place, 0);
}

/**
 * scope_frame_drop() - ask a socket's programs no more
 * @net: its namespace, or NULL for all programs there are
 * @portid: its address
 *
 * Context: process, may sleep.
 */
void scope_frame_drop(const struct net *net, u32 portid)
{
	struct bpf_prog *gone[SCOPE_FRAME_FILTERS];
	unsigned int i, nr = 0;

	mutex_lock(&scope_frame_lock);
	for (i = 0; i < SCOPE_FRAME_FILTERS; i++) {
		struct scope_frame_filter *filter = &scope_frame_filter[i];

		if (!(scope_frame_filters & BIT(i)) ||
		    (net && (filter->net != net || filter->portid != portid)))
			continue;
		WRITE_ONCE(scope_frame_filters,
			   scope_frame_filters & ~BIT(i));
		gone[nr++] = rcu_replace_pointer(filter->prog, NULL,
						 lockdep_is_held(&scope_frame_lock));
	}
	mutex_unlock(&scope_frame_lock);
	if (!nr)
		return;
	synchronize_rcu();
	while (nr)
		bpf_prog_destroy(gone[--nr]);
}

/*
 * A frame is there while the sk_buff has a device, and a link header: from
 * device.queue on, and on the way up, where the header stays in front of the data,
 * to protocol.deliver. Who else has the sk_buff must not see it move, so a program
 * is given a struct of its own for the same octets.
 */
static bool scope_frame_make(struct sk_buff *frame, const struct sk_buff *skb)
{
	int pulled;

	if (!skb->dev || !skb_mac_header_was_set(skb))
		return false;
	pulled = -skb_mac_offset(skb);
	if (pulled < 0)
		return false;
	memcpy(frame, skb, sizeof(*frame));
	frame->data -= pulled;
	frame->len += pulled;
	return true;
}

/**
 * scope_frame_ask() - scope_frame_answers() when there are programs
 * @skb: not to be changed by others meanwhile
 */
noinline u32 scope_frame_ask(const struct sk_buff *skb)
{
	const struct bpf_prog *prog;
	struct sk_buff frame;
	u32 answers = 0;
	unsigned int i;

	if (!scope_frame_make(&frame, skb))
		return 0;
	rcu_read_lock();
	for (i = 0; i < SCOPE_FRAME_FILTERS; i++) {
		prog = rcu_dereference(scope_frame_filter[i].prog);
		if (prog && bpf_prog_run_clear_cb(prog, &frame))
			answers |= BIT(i);
	}
	rcu_read_unlock();
	return answers;
}

/**
 * scope_frame_run() - ask one program about an sk_buff's frame
 * @prog: made by bpf_prog_create()
 * @skb: not to be changed by others meanwhile
 *
 * Context: any but hard interrupts.
 *
 * Return: what it says; false where there is no frame.
 */
noinline bool scope_frame_run(const struct bpf_prog *prog,
			      const struct sk_buff *skb)
{
	struct sk_buff frame;

	return scope_frame_make(&frame, skb) &&
	       bpf_prog_run_clear_cb(prog, &frame);
}
