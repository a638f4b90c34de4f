/* SPDX-License-Identifier: GPL-2.0 */
/*
 * trace.h - the tracepoints skbscope:*, the event stream of the data path
 *
 * Place: beside it. Fired by observe/station.c alone. Read through tracefs by
 * perf, trace-cmd, bpftrace and the tool, so the names of the fields are part
 * of what programs depend on.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM skbscope

#if !defined(_SCOPE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _SCOPE_TRACE_H

#include <linux/tracepoint.h>
#include "picture.h"
#include "station.h"

/* __print_symbolic() takes a list: the last entry closes it */
#define SCOPE_STATION_SYMBOL(symbol, number, name) { number, name },
#define SCOPE_STATION_NAMES \
	SCOPE_STATIONS(SCOPE_STATION_SYMBOL) { 0, "none" }
#define SCOPE_RELATION_NAMES \
	SCOPE_RELATIONS(SCOPE_STATION_SYMBOL) { -1, "none" }
#define SCOPE_FLAG_NAMES					\
	{ SCOPE_F_SYN, "SYN" }, { SCOPE_F_ACK, "ACK" },		\
	{ SCOPE_F_FIN, "FIN" }, { SCOPE_F_RST, "RST" },		\
	{ SCOPE_F_BUSY, "BUSY" }, { SCOPE_F_URG, "URG" },	\
	{ SCOPE_F_END, "END" }, { SCOPE_F_EOR, "EOR" }

/*
 * skbscope:station - an sk_buff stands at a station
 *
 * One event a packet and station, fired on the CPU and in the context
 * (process or softirq) that brought the packet there. Offsets count from
 * skb->head, -1 is an offset that is not set; amounts are octets.
 *
 * station: enum scope_station. skb: the sk_buff's number; at socket.send the
 * number it will have, and the fields of the buffer are 0. parent, relation:
 * enum scope_relation. sock: cookie of the socket that sent it, as long as it
 * is charged for it, then of the one that was found for it; 0 for none. rxq,
 * txq: sk_buffs on that socket's queues, rmem, wmem: octets charged to it, each
 * before the step that led here and after it. reason: at end.dropped, enum
 * skb_drop_reason or enum scope_drop; reason_name is its name. offset,
 * offset_end: which octets of a connection's stream it has, at socket.recv those
 * that this call got; the same where it has none. flags: SCOPE_F_* of a
 * connection's segment; with SCOPE_F_ACK ack is the offset up to which its sender
 * has everything, and window how many octets more he has room for. frames: a bit
 * for each program that is true of the frame, see frame.c.
 */
TRACE_EVENT_FN(station,

	TP_PROTO(const struct scope_event *ev),

	TP_ARGS(ev),

	TP_STRUCT__entry(
		__field(u64,	skb)
		__field(u64,	parent)
		__field(u64,	sock)
		__field(u64,	offset)
		__field(u64,	offset_end)
		__field(u64,	ack)
		__field(u32,	window)
		__field(u32,	netns)
		__field(u32,	ifindex)
		__field(u32,	len)
		__field(u32,	data_len)
		__field(u32,	data)
		__field(u32,	tail)
		__field(u32,	end)
		__field(s32,	mac)
		__field(s32,	network)
		__field(s32,	transport)
		__field(u32,	truesize)
		__field(u32,	users)
		__field(u32,	dataref)
		__field(u32,	rxq_before)
		__field(u32,	rxq)
		__field(u32,	txq_before)
		__field(u32,	txq)
		__field(u32,	rmem_before)
		__field(u32,	rmem)
		__field(u32,	wmem_before)
		__field(u32,	wmem)
		__field(u32,	reason)
		__field(u32,	frames)
		__field(u16,	protocol)
		__field(u16,	sport)
		__field(u16,	dport)
		__field(u8,	station)
		__field(u8,	relation)
		__field(u8,	flags)
		__field(u8,	cloned)
		__field(u8,	nr_frags)
		__field(u8,	ip_summed)
		__field(u8,	pkt_type)
		__array(char,	dev,		IFNAMSIZ)
		__array(char,	reason_name,	SCOPE_REASON_LEN)
	),

	TP_fast_assign(
		__entry->skb		= ev->skb.id;
		__entry->parent		= ev->skb.parent;
		__entry->sock		= ev->cookie;
		__entry->offset		= ev->skb.offset;
		__entry->offset_end	= ev->skb.offset_end;
		__entry->ack		= ev->skb.ack;
		__entry->window		= ev->skb.window;
		__entry->netns		= ev->netns;
		__entry->ifindex	= ev->ifindex;
		__entry->len		= ev->skb.len;
		__entry->data_len	= ev->skb.data_len;
		__entry->data		= ev->skb.data;
		__entry->tail		= ev->skb.tail;
		__entry->end		= ev->skb.end;
		__entry->mac		= ev->skb.mac;
		__entry->network	= ev->skb.network;
		__entry->transport	= ev->skb.transport;
		__entry->truesize	= ev->skb.truesize;
		__entry->users		= ev->skb.users;
		__entry->dataref	= ev->skb.dataref;
		__entry->rxq_before	= ev->before.rxq;
		__entry->rxq		= ev->after.rxq;
		__entry->txq_before	= ev->before.txq;
		__entry->txq		= ev->after.txq;
		__entry->rmem_before	= ev->before.rmem;
		__entry->rmem		= ev->after.rmem;
		__entry->wmem_before	= ev->before.wmem;
		__entry->wmem		= ev->after.wmem;
		__entry->reason		= ev->reason;
		__entry->frames		= ev->frames;
		__entry->protocol	= ev->skb.protocol;
		__entry->sport		= ev->skb.sport;
		__entry->dport		= ev->skb.dport;
		__entry->station	= ev->station;
		__entry->relation	= ev->skb.relation;
		__entry->flags		= ev->skb.flags;
		__entry->cloned		= ev->skb.cloned;
		__entry->nr_frags	= ev->skb.nr_frags;
		__entry->ip_summed	= ev->skb.ip_summed;
		__entry->pkt_type	= ev->skb.pkt_type;
		memcpy(__entry->dev, ev->dev, IFNAMSIZ);
		memcpy(__entry->reason_name, ev->reason_name,
		       SCOPE_REASON_LEN);
	),

	TP_printk("%s skb=%llu parent=%llu %s sock=%llu dev=%s len=%u data=%u tail=%u end=%u truesize=%u users=%u dataref=%u rmem=%u->%u wmem=%u->%u rxq=%u->%u offset=%llu-%llu flags=%s ack=%llu window=%u reason=%s",
		  __print_symbolic(__entry->station, SCOPE_STATION_NAMES),
		  __entry->skb, __entry->parent,
		  __print_symbolic(__entry->relation, SCOPE_RELATION_NAMES),
		  __entry->sock, __entry->dev, __entry->len, __entry->data,
		  __entry->tail, __entry->end, __entry->truesize,
		  __entry->users, __entry->dataref, __entry->rmem_before,
		  __entry->rmem, __entry->wmem_before, __entry->wmem,
		  __entry->rxq_before, __entry->rxq, __entry->offset,
		  __entry->offset_end,
		  __print_flags(__entry->flags, "|", SCOPE_FLAG_NAMES),
		  __entry->ack, __entry->window, __entry->reason_name),

	scope_watch_trace, scope_unwatch_trace
);

/*
 * skbscope:refused - a send call got an errno after socket.send
 *
 * skb: the number that socket.send announced; no sk_buff bears it. sock: the
 * sender's cookie. err: the errno, positive. Fired in process context.
 */
TRACE_EVENT(refused,

	TP_PROTO(u64 id, u64 cookie, int err),

	TP_ARGS(id, cookie, err),

	TP_STRUCT__entry(
		__field(u64,	skb)
		__field(u64,	sock)
		__field(int,	err)
	),

	TP_fast_assign(
		__entry->skb	= id;
		__entry->sock	= cookie;
		__entry->err	= -err;
	),

	TP_printk("skb=%llu sock=%llu err=%d",
		  __entry->skb, __entry->sock, __entry->err)
);

/*
 * skbscope:image - the octets of the sk_buff whose skbscope:station comes next
 *
 * Fired right before that event, by the same code, with the same skb and
 * station, and in whatever holds the sk_buff there: nobody changes it meanwhile
 * but what counts atomically, and its neighbours in a queue. Of socket.send
 * there is none. frames: as there. address: of the sk_buff. sk: cookie of skb->sk where that is a
 * socket of the family, else 0. sk_buff, shared_info: the structs, as BTF
 * describes them. from: offset from skb->head of the first of the octets: of
 * the lowest header, or of the data; of them there are as many as the parameter
 * image_octets allows, at most to the end of the linear data.
 *
 * It has kernel addresses and what the program sent, so it takes more than
 * other events to switch it on: scope_image_may_watch().
 */
TRACE_EVENT_FN(image,

	TP_PROTO(const struct scope_event *ev, const struct sk_buff *skb,
		 const struct scope_snap *snap),

	TP_ARGS(ev, skb, snap),

	TP_STRUCT__entry(
		__field(u64,		skb)
		__field(u64,		address)
		__field(u64,		sk)
		__field(u32,		from)
		__field(u32,		frames)
		__field(u8,		station)
		__dynamic_array(u8,	sk_buff, sizeof(struct sk_buff))
		__dynamic_array(u8,	shared_info,
				sizeof(struct skb_shared_info))
		__dynamic_array(u8,	octets, snap->len)
	),

	TP_fast_assign(
		__entry->skb		= ev->skb.id;
		__entry->address	= (uintptr_t)skb;
		__entry->sk		= snap->sk;
		__entry->from		= snap->from;
		__entry->frames		= ev->frames;
		__entry->station	= ev->station;
		memcpy(__get_dynamic_array(sk_buff), skb, sizeof(*skb));
		memcpy(__get_dynamic_array(shared_info), skb_shinfo(skb),
		       sizeof(struct skb_shared_info));
		memcpy(__get_dynamic_array(octets), skb->head + snap->from,
		       snap->len);
	),

	TP_printk("%s skb=%llu sk=%llu sk_buff=%d shared_info=%d octets=%d from=%u",
		  __print_symbolic(__entry->station, SCOPE_STATION_NAMES),
		  __entry->skb, __entry->sk,
		  __get_dynamic_array_len(sk_buff),
		  __get_dynamic_array_len(shared_info),
		  __get_dynamic_array_len(octets), __entry->from),

	scope_watch_images, scope_unwatch_images
);

#endif /* _SCOPE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
