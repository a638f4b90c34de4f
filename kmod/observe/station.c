// SPDX-License-Identifier: GPL-2.0
/*
 * station.c - what happens at a station while somebody watches
 *
 * Place: beside the data path; each layer calls scope_pass() at each point of
 * the picture in uapi/skbscope.h, and scope_drop() or scope_consume() of end.c at
 * its end. Process and softirq context; no locks of its own but those of the ring
 * buffer.
 *
 * Some points lie in code that is not ours, and are seen through the kernel's
 * tracepoints: an sk_buff handed to another driver than scope0's
 * (net_dev_start_xmit, only while watched), and one freed by a qdisc, tc or a
 * driver (kfree_skb and consume_skb, always: the ledger needs them). A
 * tracepoint cannot be registered while another one is being enabled, so the
 * first is done by a work item; scope_station_settle() waits for it.
 */
#include <linux/tracepoint.h>
#include <linux/workqueue.h>
#include <trace/events/skb.h>

#include "frame.h"
#include "identity.h"
#include "image.h"
#include "reason.h"
#include "rule.h"
#include "station.h"
#include "trace.h"

DEFINE_STATIC_KEY_FALSE(scope_watched);

/* How many ask for events: of the trace files, of perf, of BPF programs */
static atomic_t scope_watchers;

/* All but the sk_buff, which scope_picture_frame() fills; @ev is clear before */
static void scope_fill(struct scope_event *ev, struct scope_net *sn,
		       enum scope_station station, const struct sock *sk,
		       const struct scope_mem *before)
{
	ev->station = station;
	ev->netns = sn->net->ns.inum;
	if (!sk)
		return;
	ev->cookie = scope_sk(sk)->cookie;
	scope_picture_mem(&ev->after, sk);
	ev->before = before ? *before : ev->after;
}

static void scope_fill_dev(struct scope_event *ev, const struct sk_buff *skb)
{
	const struct net_device *dev = skb->dev;

	ev->ifindex = dev ? dev->ifindex : skb->skb_iif;
	if (!dev)
		return;
	memcpy(ev->dev, dev->name, sizeof(ev->dev));
	ev->frames = scope_frame_answers(skb);
}

static void scope_fill_skb(struct scope_event *ev, const struct sk_buff *skb)
{
	scope_picture_skb(&ev->skb, skb);
	scope_fill_dev(ev, skb);
}

static void scope_fill_reason(struct scope_event *ev, u32 reason)
{
	ev->reason = reason;
	strscpy_pad(ev->reason_name, scope_reason_name(reason),
		    sizeof(ev->reason_name));
}

/* One event may be switched on without the other */
static bool scope_is_told(void)
{
	return trace_station_enabled() || trace_image_enabled();
}

/* What it has on the stack is not for those who want no images */
static noinline void scope_tell_image(const struct scope_event *ev,
				      const struct sk_buff *skb)
{
	struct scope_snap snap;

	scope_image_snap(&snap, skb);
	trace_image(ev, skb, &snap);
}

static void scope_tell(const struct scope_event *ev, const struct sk_buff *skb)
{
	if (trace_image_enabled())
		scope_tell_image(ev, skb);
	trace_station(ev);
}

/**
 * scope_trace() - tell that an sk_buff is at a station
 * @sn: the namespace's data
 * @station: which one
 * @sk: the socket this layer works for, or NULL
 * @skb: the sk_buff; stays the caller's
 * @before: what @sk was charged with before the step, or NULL
 *
 * For the places that can't tell by scope_pass(): where the step must be over
 * and nobody else may have the sk_buff yet. Call while scope_watched.
 */
void scope_trace(struct scope_net *sn, enum scope_station station,
		 const struct sock *sk, const struct sk_buff *skb,
		 const struct scope_mem *before)
{
	struct scope_event ev = {};

	if (!scope_is_told())
		return;
	scope_fill(&ev, sn, station, sk, before);
	scope_fill_skb(&ev, skb);
	scope_tell(&ev, skb);
}

/*
 * scope_pass() while somebody watches. socket.queue tells of itself, under the
 * queue's lock: see socket/queue.c.
 */
int scope_pass_watched(struct scope_net *sn, enum scope_station station,
		       struct sock *sk, struct sk_buff *skb,
		       const struct scope_mem *before, scope_okfn okfn)
{
	int rc;

	if (station != SCOPE_STATION_SOCKET_QUEUE)
		scope_trace(sn, station, sk, skb, before);
	if (scope_has_rules(sn) &&
	    scope_rules_pass(sn, station, sk, skb, okfn, &rc))
		return rc;
	return okfn(sn, sk, skb);
}

/* scope_stand() while somebody watches */
int scope_stand_watched(struct scope_net *sn, enum scope_station station,
			struct sock *sk, struct sk_buff *skb,
			const struct scope_mem *before)
{
	struct scope_passing p = {
		.sn = sn,
		.station = station,
		.sk = sk,
		.skb = skb,
		.locked = true,
	};

	scope_trace(sn, station, sk, skb, before);
	return scope_has_rules(sn) ? scope_rules_stand(&p) : 0;
}

/* What is known of a send call's sk_buff before there is one */
static void scope_picture_send(struct scope_skb_pic *pic, const struct sock *sk,
			       const struct scope_sending *send)
{
	memset(pic, 0, sizeof(*pic));
	pic->id = send->id;
	pic->len = send->len;
	pic->sport = ntohs(send->port);
	pic->dport = ntohs(send->peer->port);
	if (scope_is_conn(sk)) {
		pic->offset = scope_seq_offset(send->seq);
		pic->offset_end = pic->offset + send->len;
	}
	pic->mac = -1;
	pic->network = -1;
	pic->transport = -1;
}

static noinline void scope_send_told(struct scope_net *sn,
				     const struct sock *sk,
				     const struct scope_sending *send)
{
	struct scope_event ev = {};

	scope_fill(&ev, sn, SCOPE_STATION_SOCKET_SEND, sk, NULL);
	scope_picture_send(&ev.skb, sk, send);
	trace_station(&ev);
}

/* scope_trace_send() while somebody watches */
int scope_send_watched(struct scope_net *sn, struct sock *sk,
		       const struct scope_sending *send)
{
	struct scope_passing p = {
		.sn = sn,
		.station = SCOPE_STATION_SOCKET_SEND,
		.sk = sk,
		.dev = send->dev,
		.locked = scope_is_conn(sk) && !scope_sk(sk)->pair,
	};

	if (trace_station_enabled())
		scope_send_told(sn, sk, send);
	if (send->joins || !scope_has_rules(sn))
		return 0;
	scope_picture_send(&p.pic, sk, send);
	return scope_rules_stand(&p);
}

/* scope_trace_read() while somebody watches */
void scope_read_watched(struct scope_net *sn, const struct sock *sk,
			const struct sk_buff *skb, u64 seq, size_t len)
{
	struct scope_event ev = {};

	if (!scope_is_told())
		return;
	scope_fill(&ev, sn, SCOPE_STATION_SOCKET_RECV, sk, NULL);
	scope_fill_skb(&ev, skb);
	ev.skb.offset = scope_seq_offset(seq);
	ev.skb.offset_end = ev.skb.offset + len;
	scope_tell(&ev, skb);
}

/**
 * scope_trace_refused() - tell that a send call failed after socket.send
 * @sk: the sender
 * @id: the number it had been given
 * @err: negative errno
 */
void scope_trace_refused(const struct sock *sk, u64 id, int err)
{
	trace_refused(id, scope_sk(sk)->cookie, err);
}

/*
 * The event is large, and a kernel that clears what is on the stack does so
 * whether it is used or not: so these are functions apart.
 */
static noinline void scope_below_watched(struct scope_net *sn,
					 enum scope_station station,
					 const struct sock *sk,
					 const struct sk_buff *skb, u32 reason)
{
	struct scope_event ev = {};

	if (!scope_is_told())
		return;
	scope_fill(&ev, sn, station, sk, NULL);
	scope_picture_frame(&ev.skb, skb);
	scope_fill_dev(&ev, skb);
	ev.skb.id = scope_identity_stowed(skb);
	if (station == SCOPE_STATION_END_DROPPED)
		scope_fill_reason(&ev, reason);
	scope_tell(&ev, skb);
}

/**
 * scope_trace_drop() - tell that an sk_buff is at end.dropped
 * @sn: the namespace's data
 * @sk: the socket this layer works for, or NULL
 * @skb: the sk_buff; stays the caller's
 * @reason: enum skb_drop_reason or enum scope_drop
 *
 * Call while scope_watched.
 */
noinline void scope_trace_drop(struct scope_net *sn, const struct sock *sk,
			       const struct sk_buff *skb, u32 reason)
{
	struct scope_event ev = {};

	if (!scope_is_told())
		return;
	scope_fill(&ev, sn, SCOPE_STATION_END_DROPPED, sk, NULL);
	scope_fill_skb(&ev, skb);
	scope_fill_reason(&ev, reason);
	scope_tell(&ev, skb);
}

/*
 * Tell of an sk_buff that is in the hands of a device, a qdisc or tc, where the
 * front of skb->cb is theirs: the number is all that is known of it.
 */
static void scope_trace_below(struct scope_net *sn, enum scope_station station,
			      const struct sock *sk, const struct sk_buff *skb,
			      u32 reason)
{
	scope_count_passed(sn, station);
	if (!scope_is_watched())
		return;
	scope_below_watched(sn, station, sk, skb, reason);
	/* Who is freeing it can't be stopped */
	if (scope_has_rules(sn) && BIT(station) & SCOPE_RULE_ENDS)
		scope_rules_miss_below(sn, station, sk, skb);
}

/*
 * The kernel freed an sk_buff as dropped. Ours are those with a socket of the
 * family behind them; what this module drops itself is accounted for already.
 */
static void scope_probe_kfree_skb(SCOPE_KFREE_SKB_ARGS)
{
	struct sock *sk = scope_identity_owner(skb);
	struct scope_net *sn;

	if (scope_identity_is_control(skb) && skb->dev) {
		if (!scope_identity_ended(skb))
			scope_count(scope_net(dev_net(skb->dev)),
				    SCOPE_COUNT_CONTROL_LOST);
		return;
	}
	if (!sk || scope_identity_ended(skb))
		return;

	sn = scope_sk(sk)->sn;
	if (scope_identity_handed(skb))
		scope_count(sn, SCOPE_COUNT_HANDED_LOST);
	scope_count_reason(sn, reason);
	atomic_long_inc(&scope_sk(sk)->tx_dropped);
	scope_trace_below(sn, SCOPE_STATION_END_DROPPED, sk, skb, reason);
}

/*
 * The kernel freed an sk_buff that did its work: a driver that sent it, or tc
 * that was told to take it. What this module consumes has no owner any more.
 */
static void scope_probe_consume_skb(SCOPE_CONSUME_SKB_ARGS)
{
	struct sock *sk = scope_identity_owner(skb);
	struct scope_net *sn;

	if (!sk || scope_identity_ended(skb))
		return;
	sn = scope_sk(sk)->sn;
	if (!scope_identity_handed(skb))
		scope_count(sn, SCOPE_COUNT_TAKEN);
	scope_trace_below(sn, SCOPE_STATION_END_CONSUMED, sk, skb, 0);
}

/* A driver is about to be given an sk_buff; scope0 tells for itself */
static void scope_probe_start_xmit(void *data, const struct sk_buff *skb,
				   const struct net_device *dev)
{
	struct sock *sk = scope_identity_owner(skb);

	if (sk && dev != scope_sk(sk)->sn->dev)
		scope_trace_below(scope_sk(sk)->sn, SCOPE_STATION_DEVICE_XMIT,
				  sk, skb, 0);
}

/* Tracepoints that are not exported, and what of them is probed now */
static struct tracepoint *scope_consume_skb;
static bool scope_consume_skb_probed;
static struct tracepoint *scope_start_xmit;
static bool scope_start_xmit_probed;	/* of the work */

/* Whether the work may still be asked for; under the lock */
static DEFINE_SPINLOCK(scope_settle_lock);
static bool scope_settle_wanted;

static void scope_settle_work(struct work_struct *work)
{
	bool wanted = atomic_read(&scope_watchers) > 0;
	int err;

	if (!scope_start_xmit || wanted == scope_start_xmit_probed)
		return;
	if (wanted)
		err = tracepoint_probe_register(scope_start_xmit,
						scope_probe_start_xmit, NULL);
	else
		err = tracepoint_probe_unregister(scope_start_xmit,
						  scope_probe_start_xmit, NULL);
	if (err)
		pr_warn("device.xmit of other devices than scope0 is not seen: error %d\n",
			err);
	else
		scope_start_xmit_probed = wanted;
}

static DECLARE_WORK(scope_settle, scope_settle_work);

/**
 * scope_station_settle() - wait until every station tells, or none does
 *
 * Context: process, may sleep.
 */
void scope_station_settle(void)
{
	flush_work(&scope_settle);
}

/**
 * scope_station_watchers() - how many ask for events now
 */
u32 scope_station_watchers(void)
{
	return atomic_read(&scope_watchers);
}

/*
 * The kernel switches off the events of a module that is unloaded after its
 * exit function has run: no work may be left behind then.
 */
static void scope_settle_soon(void)
{
	spin_lock(&scope_settle_lock);
	if (scope_settle_wanted)
		schedule_work(&scope_settle);
	spin_unlock(&scope_settle_lock);
}

static void scope_settle_allow(bool wanted)
{
	spin_lock(&scope_settle_lock);
	scope_settle_wanted = wanted;
	spin_unlock(&scope_settle_lock);
}

/* The first and the last user of skbscope:station; under tracepoints_mutex */
int scope_watch_trace(void)
{
	atomic_inc(&scope_watchers);
	static_branch_inc(&scope_watched);
	scope_settle_soon();
	return 0;
}

void scope_unwatch_trace(void)
{
	static_branch_dec(&scope_watched);
	atomic_dec(&scope_watchers);
	scope_settle_soon();
}

static void scope_find_tracepoint(struct tracepoint *tp, void *priv)
{
	if (!strcmp(tp->name, "net_dev_start_xmit"))
		scope_start_xmit = tp;
	else if (!strcmp(tp->name, "consume_skb"))
		scope_consume_skb = tp;
}

static void scope_unprobe(struct tracepoint *tp, void *probe, bool *probed)
{
	if (*probed)
		tracepoint_probe_unregister(tp, probe, NULL);
	*probed = false;
}

/**
 * scope_station_init() - see what the kernel frees
 *
 * Return: 0 or a negative errno.
 */
int scope_station_init(void)
{
	int err;

	scope_trace_guard();
	for_each_kernel_tracepoint(scope_find_tracepoint, NULL);
	if (!scope_start_xmit)
		pr_notice("this kernel has no net_dev_start_xmit: device.xmit is seen on scope0 only\n");
	if (!scope_consume_skb)
		pr_notice("this kernel has no consume_skb: what tc takes stays in the ledger as moving\n");

	err = register_trace_kfree_skb(scope_probe_kfree_skb, NULL);
	if (err)
		return err;
	if (scope_consume_skb) {
		err = tracepoint_probe_register(scope_consume_skb,
						scope_probe_consume_skb, NULL);
		if (err)
			goto err_kfree;
		scope_consume_skb_probed = true;
	}
	/* Somebody may have begun to watch before this was called */
	scope_settle_allow(true);
	scope_settle_soon();
	return 0;

err_kfree:
	unregister_trace_kfree_skb(scope_probe_kfree_skb, NULL);
	tracepoint_synchronize_unregister();
	return err;
}

/**
 * scope_station_exit() - undo scope_station_init()
 *
 * Context: process. No probe runs when it returns.
 */
void scope_station_exit(void)
{
	scope_settle_allow(false);
	flush_work(&scope_settle);
	scope_unprobe(scope_start_xmit, scope_probe_start_xmit,
		      &scope_start_xmit_probed);
	scope_unprobe(scope_consume_skb, scope_probe_consume_skb,
		      &scope_consume_skb_probed);
	unregister_trace_kfree_skb(scope_probe_kfree_skb, NULL);
	tracepoint_synchronize_unregister();
}
