/* SPDX-License-Identifier: GPL-2.0 */
/*
 * skbscope.h - structs and calls the module shares inside itself
 *
 * Calls run down: socket -> protocol -> device -> observe. Up the stack a
 * layer is reached through what it published below: scope_dev_publish() for
 * the protocol, sk_backlog_rcv for the socket layer. expose/ reads, and only
 * main.c calls it.
 */
#ifndef _SCOPE_H
#define _SCOPE_H

#include <linux/debugfs.h>
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rhashtable.h>
#include <linux/seqlock.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/sock.h>

#include "uapi/skbscope.h"
#include "compat.h"

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

struct scope_bucket;
struct scope_stats;

/*
 * Slots a namespace's tables begin with. They grow; but one that is still
 * small can be full again before it has grown, and refuses an entry then.
 */
#define SCOPE_TABLE_MIN		256

/**
 * struct scope_addr - one end of a conversation, as the module keeps it
 * @link: link address, zero padded; all zero is this node
 * @ifindex: device; 0 is the namespace's scope0, whatever its index
 * @port: network order; 0 is unset
 */
struct scope_addr {
	u8	link[SCOPE_ADDR_LEN];
	u32	ifindex;
	__be16	port;
};

/**
 * struct scope_net - what the family keeps for one network namespace
 * @net: the namespace
 * @dev: its scope0; as long-lived as the namespace's pernet data
 * @stats: per-CPU counters of stations, fates and reasons
 * @sockets: every socket by its cookie; RCU for readers
 * @ports: ports in use by port, type and device; RCU for readers
 * @ports_lock: guards changes of @ports and of what is in it
 * @conns: connections by both their ends; RCU for readers
 * @raw: SOCK_RAW sockets; RCU for readers, written under @raw_lock
 * @raw_lock: guards @raw
 * @nr_sockets: how many @sockets has
 * @generation: changes with @sockets, never 0: a dump's sequence number
 * @ntf_seq: numbers netlink notifications, so that a lost one is a gap
 * @rules: what is held, and what is spoilt on purpose; RCU for readers
 * @rule_lock: taken to change @rules
 * @last_rule: number of the newest
 * @xmit_rules: how many there are of those for which observe/xmit.c patches drivers
 * @held: parked packets, see observe/held.c
 * @held_lock: guards @held and what is in it
 * @nr_held: how many
 * @last_held: number of the newest stay
 * @held_gone: who waits until some have left
 * @held_work: ends stays whose time is over
 * @held_at: jiffies, when it looks for them next
 * @refusals: limits REFUSE frames and RST segments for nobody, sent over other
 *	devices than scope0
 */
struct scope_net {
	struct net		*net;
	struct net_device	*dev;
	struct scope_stats __percpu *stats;
	struct xarray		sockets;
	struct rhashtable	ports;
	spinlock_t		ports_lock;	/* @ports, buckets */
	struct rhashtable	conns;
	struct hlist_head	raw;
	spinlock_t		raw_lock;	/* @raw */
	atomic_t		nr_sockets;
	atomic_t		generation;
	atomic_t		ntf_seq;
	struct list_head	rules;
	struct mutex		rule_lock;	/* @rules */
	u32			last_rule;
	unsigned int		xmit_rules;
	struct list_head	held;
	spinlock_t		held_lock;	/* @held */
	u32			nr_held;
	u64			last_held;
	wait_queue_head_t	held_gone;
	struct delayed_work	held_work;
	unsigned long		held_at;
	struct ratelimit_state	refusals;
};

/**
 * struct scope_port - a port of a device
 * @ifindex: device, 0 for scope0
 * @port: network order
 * @type: SOCK_*: each has ports of its own
 *
 * No padding: the whole is hashed.
 */
struct scope_port {
	u32	ifindex;
	__be16	port;
	u16	type;
};

/**
 * struct scope_conn_key - both ends of a connection
 * @link: the peer's link address, all zero for this node
 * @ifindex: device, 0 for scope0
 * @lport: our port, network order
 * @pport: the peer's
 * @type: SOCK_STREAM or SOCK_SEQPACKET
 * @zero: 0; no padding, for the whole is hashed
 */
struct scope_conn_key {
	u8	link[SCOPE_ADDR_LEN];
	u32	ifindex;
	__be16	lport;
	__be16	pport;
	u16	type;
	u16	zero;
};

/**
 * enum scope_urg - what became of a stream's urgent octet
 * @SCOPE_URG_NONE: there is none that the program has not passed
 * @SCOPE_URG_WAITS: it waits
 * @SCOPE_URG_READ: it was read by MSG_OOB
 */
enum scope_urg {
	SCOPE_URG_NONE,
	SCOPE_URG_WAITS,
	SCOPE_URG_READ,
};

/**
 * struct scope_conn - what the protocol keeps for a connection
 * @node: in scope_net.conns while @hashed
 * @key: both ends while @hashed
 * @hashed: whether the connection can be found
 * @fin_wanted: nothing more will be written
 * @fin_sent: and the peer was told, by number @write_seq
 * @fin_seen: the peer said, by number @fin_seq, that it will send no more
 * @fin_received: and all before that number is here
 * @deaf: the peer does not read any more
 * @corked: the last write said MSG_MORE: a partial segment waits
 * @reordered: this path was seen to deliver out of order
 * @busy: it was refused for a full backlog
 * @grace: the retransmission timer struck once and lets softirqs catch up
 * @lossy: something was sent again: this path loses
 *
 * Sending. Numbers count octets as struct scope_conn_hdr says.
 * @iss: number of our SYN
 * @snd_una: the first one not acknowledged
 * @snd_nxt: the next one to send for the first time
 * @write_seq: the next one to write
 * @wl_seq: of the segment that told @snd_wnd last
 * @wl_ack: and its acknowledgment
 * @snd_wnd: octets the peer has room for behind @snd_una
 * @max_wnd: the most it ever had
 * @peer_mss: octets of payload the peer receives in one frame
 * @send_head: the first one on sk_write_queue that was never sent
 *
 * Loss and congestion, see protocol/conn_ack.c. Times are of scope_conn_now().
 * @cwnd: segments that may be on their way
 * @pipe: segments that are believed to be
 * @lost: segments that are believed lost and not sent again
 * @sacked: segments that arrived out of order
 * @highest: number behind the highest of them
 * @round_end: the round trip is over when this number is acknowledged
 * @round_delivered: segments that arrived in it
 * @delivered: the most that did, lately
 * @limited: cwnd held something back in it
 * @round_us: when it began
 * @rack_us: when the segment was sent that was sent last of those that arrived
 * @rack_rtt_us: and how long it took
 * @srtt_us: smoothed round trip time, eight times
 * @rttvar_us: its mean deviation, four times
 * @min_rtt_us: the shortest
 * @rto_us: until a segment is sent again
 * @backoff: times that @rto_us is doubled
 * @retransmits: segments sent again
 * @timeouts: times that the retransmission timer struck
 * @progress: jiffies when the peer acknowledged something, or had nothing to
 *
 * Receiving.
 * @irs: number of the peer's SYN
 * @rcv_nxt: the next one wanted
 * @rcv_wup: @rcv_nxt as the peer was last told
 * @rcv_wnd: octets of room the peer was last told of
 * @fin_seq: number of the peer's FIN
 * @rcv_edge: behind the last octet there ever was room for
 * @copied_seq: the next one to read
 * @rcv_mss: octets of the longest segment that came
 * @ack_segs: segments that came and were not acknowledged
 * @ooo: segments that wait for one before them, in order
 * @again: what rules made at socket.queue of the segment that is being taken
 * @ranges: the newest runs of them, host order
 * @nr_ranges: how many
 * @twice: a segment that came again, told in the next acknowledgment
 * @records: whole records on the receive queue
 * @part: octets of the record at its tail that is not whole
 * @urg_seq: number of the urgent octet
 * @urg: enum scope_urg
 *
 * Timers. Each is left to run out rather than moved: the times below say
 * whether there is something to do.
 * @rtx_timer: retransmission, probes, what waits for MSG_MORE
 * @rtx_at: jiffies, meaningful while @rtx_armed
 * @rtx_from: jiffies from which the time to retransmit runs: when the first
 *	segment of the write queue was sent, or became the first
 * @early: times that the timer struck early since @rtx_from
 * @rtx_armed: whether @rtx_timer has something to do
 * @ack_timer: delayed acknowledgment
 * @ack_at: jiffies, meaningful while @ack_segs
 * @keepidle: seconds, SCOPE_KEEPIDLE
 * @keepintvl: seconds, SCOPE_KEEPINTVL
 * @keepcnt: probes, SCOPE_KEEPCNT
 * @keep_probes: probes sent without an answer
 * @heard: jiffies when the peer was last heard of
 *
 * Opening.
 * @lock: guards a listener's lists, its state and the backlog count
 * @half: its children that are being opened
 * @ready: its children that wait for accept()
 * @child: on one of these lists
 * @listener: of a child on them; holds no reference, guarded by its @lock
 * @room: who waits for room in the backlog
 */
struct scope_conn {
	struct rhash_head	node;
	struct scope_conn_key	key;
	u8			hashed:1,
				fin_wanted:1,
				fin_sent:1,
				fin_seen:1,
				fin_received:1,
				deaf:1,
				corked:1,
				reordered:1,
				busy:1,
				grace:1,
				lossy:1;

	u64			iss;
	u64			snd_una;
	u64			snd_nxt;
	u64			write_seq;
	u64			wl_seq;
	u64			wl_ack;
	u32			snd_wnd;
	u32			max_wnd;
	u32			peer_mss;
	struct sk_buff		*send_head;

	u32			cwnd;
	u32			pipe;
	u32			lost;
	u32			sacked;
	u64			highest;
	u64			round_end;
	u32			round_delivered;
	u32			delivered;
	bool			limited;
	u32			round_us;
	u32			rack_us;
	u32			rack_rtt_us;
	u32			srtt_us;
	u32			rttvar_us;
	u32			min_rtt_us;
	u32			rto_us;
	u32			backoff;
	u32			retransmits;
	u32			timeouts;
	unsigned long		progress;

	u64			irs;
	u64			rcv_nxt;
	u64			rcv_wup;
	u64			rcv_edge;
	u64			fin_seq;
	u64			copied_seq;
	u32			rcv_wnd;
	u32			rcv_mss;
	u32			ack_segs;
	struct sk_buff_head	ooo;
	struct sk_buff_head	again;
	struct {
		u64		from;
		u64		to;
	}			ranges[SCOPE_RANGES], twice;
	u32			nr_ranges;
	u32			records;
	u32			part;
	u64			urg_seq;
	u8			urg;

	struct timer_list	rtx_timer;
	unsigned long		rtx_at;
	unsigned long		rtx_from;
	struct timer_list	ack_timer;
	unsigned long		ack_at;
	u8			early;
	bool			rtx_armed;
	int			keepidle;
	int			keepintvl;
	int			keepcnt;
	int			keep_probes;
	unsigned long		heard;

	spinlock_t		lock;		/* @half, @ready, @listener */
	struct list_head	half;
	struct list_head	ready;
	struct list_head	child;
	struct sock		*listener;
	wait_queue_head_t	room;
};

/**
 * struct scope_sock - a socket of the family
 * @sk: the kernel's part; first
 * @sn: the namespace's data; lives longer than the socket
 * @cookie: number of the socket, as SO_COOKIE tells it
 * @queue_rcv: the socket layer's entry from below: takes what the protocol
 *	delivers; consumes the sk_buff
 * @bucket: the port it has or its connection uses, or NULL; under the socket
 *	lock
 * @bound: that port; written under the socket lock
 * @peer_lock: guards @peer: written under the socket lock, read by senders and
 *	by softirq
 * @peer: port 0 when not connected
 * @pair: the other end of a socketpair(), with a reference, or NULL; set
 *	before the socket can be used and until it is closed
 * @pair_cookie: its cookie, 0 for none
 * @pair_seq: number of the octet that comes next from there; under the receive
 *	queue's lock
 * @pid: who bound, listened, connected, for the peer's SO_PEERCRED; or NULL
 * @cred: and as whom
 * @conn: the protocol's part of a SOCK_STREAM or SOCK_SEQPACKET
 * @raw: in scope_net.raw, of a SOCK_RAW
 * @allocated: sk_buffs its send calls made
 * @tx_dropped: those that died on the way out
 * @received: sk_buffs it was found for
 * @delivered: those that a reader got
 * @rx_dropped: those that were dropped
 * @told: whether the registry told of its birth
 * @debugfs: its folder, or NULL; expose/debugfs.c's alone
 */
struct scope_sock {
	struct sock		sk;
	struct scope_net	*sn;
	u64			cookie;
	int			(*queue_rcv)(struct sock *sk,
					     struct sk_buff *skb);
	struct scope_bucket	*bucket;
	struct scope_port	bound;
	seqlock_t		peer_lock;
	struct scope_addr	peer;
	struct sock		*pair;
	u64			pair_cookie;
	u64			pair_seq;
	struct pid		*pid;
	const struct cred	*cred;
	struct scope_conn	conn;
	struct hlist_node	raw;
	atomic_long_t		allocated;
	atomic_long_t		tx_dropped;
	atomic_long_t		received;
	atomic_long_t		delivered;
	atomic_long_t		rx_dropped;
	bool			told;
	struct dentry		*debugfs;
};

static inline struct scope_sock *scope_sk(const struct sock *sk)
{
	return (struct scope_sock *)sk;
}

static inline struct scope_conn *scope_conn(const struct sock *sk)
{
	return &scope_sk(sk)->conn;
}

/** scope_is_conn() - is it a socket of a type that makes connections? */
static inline bool scope_is_conn(const struct sock *sk)
{
	return sk->sk_type == SOCK_STREAM || sk->sk_type == SOCK_SEQPACKET;
}

/**
 * scope_peer() - whom a socket is connected to
 * @sk: the socket
 *
 * Context: any without peer_lock; never a half of two connect() calls.
 *
 * Return: the address; port 0 for nobody.
 */
static inline struct scope_addr scope_peer(const struct sock *sk)
{
	const struct scope_sock *ss = scope_sk(sk);
	struct scope_addr peer;
	unsigned int seq;

	do {
		seq = read_seqbegin(&ss->peer_lock);
		peer = ss->peer;
	} while (read_seqretry(&ss->peer_lock, seq));
	return peer;
}

/**
 * struct scope_skb_cb - the family's use of skb->cb, above the device layer
 * @id: number of the sk_buff
 * @parent: number of the one it came from, 0 for none
 * @peer: going down its destination, coming up its source; port included
 * @seq: of a connection's segment on a queue: number of its first octet
 * @sent_us: and when it was sent last
 * @taken: and the octets that were read of it
 * @pport: and the port at the other end, network order
 * @state: and SCOPE_SEG_* of it
 * @port: the port at our end, network order
 * @relation: enum scope_relation of @parent
 * @flags: SCOPE_F_URG, END and EOR of a connection's segment
 * @control: the protocol made it, no socket did
 * @handed: it is in the books as given to another device than scope0
 * @segment: it is a connection's on a queue: @seq and its like count, not @peer
 * @stayed: a rule had it at socket.queue, and will not have it there again
 * @stands: a reader stands at it: nothing is to be added to it
 *
 * A qdisc and tc write over the front of it, so what must survive the device
 * layer is copied behind it: see observe/identity.c.
 */
struct scope_skb_cb {
	u64			id;
	u64			parent;
	union {
		struct scope_addr	peer;
		struct {
			u64		seq;
			union {
				u32	sent_us;
				u32	taken;
			};
			__be16		pport;
			u8		state;
		};
	};
	__be16			port;
	u8			relation;
	u8			flags;
	u8			control:1,
				handed:1,
				segment:1,
				stayed:1,
				stands:1;
};

#define SCOPE_SEG_PIPE		0x01	/* believed to be on its way */
#define SCOPE_SEG_SACKED	0x02	/* arrived out of order */
#define SCOPE_SEG_LOST		0x04	/* believed lost, to be sent again */
#define SCOPE_SEG_AGAIN		0x08	/* was sent more than once */
#define SCOPE_SEG_URG_READ	0x10	/* its urgent octet was read */

static inline struct scope_skb_cb *scope_skb_cb(const struct sk_buff *skb)
{
	return (struct scope_skb_cb *)skb->cb;
}

/* So few octets of a stream's sk_buff may be copied into another one */
#define SCOPE_MERGE_MAX	(PAGE_SIZE / 4)

/* And are, where they need not half of the memory that theirs takes */
static inline bool scope_skb_is_small(const struct sk_buff *skb)
{
	return skb->len <= SCOPE_MERGE_MAX && skb->truesize > 2 * skb->len;
}

static inline struct scope_conn_hdr *scope_conn_hdr(const struct sk_buff *skb)
{
	return (struct scope_conn_hdr *)skb_transport_header(skb);
}

/** scope_seq_offset() - which octet of its stream a number means, from 0 */
static inline u64 scope_seq_offset(u64 seq)
{
	return (seq - 1) & GENMASK_ULL(SCOPE_SEQ_BITS - 1, 0);
}

/* Numbers of a connection do not wrap while it lives; still, as TCP does it */
static inline bool scope_before_seq(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static inline struct scope_hdr *scope_hdr(const struct sk_buff *skb)
{
	return (struct scope_hdr *)skb_transport_header(skb);
}

/* main.c */
extern int scope_family;
extern unsigned int scope_net_id;
extern struct proto scope_proto;

/**
 * scope_is_ours() - is it a socket of the family?
 * @sk: any socket, pinned
 */
static inline bool scope_is_ours(const struct sock *sk)
{
	return READ_ONCE(sk->sk_prot) == &scope_proto;
}

static inline struct scope_net *scope_net(const struct net *net)
{
	return net_generic(net, scope_net_id);
}

/* socket/ */
int scope_family_init(int wanted);
void scope_family_exit(void);
void scope_queue_purge(struct sock *sk);

/* protocol/ */
int scope_port_bind(struct sock *sk, u32 ifindex, __be16 port);
void scope_port_unbind(struct sock *sk);
int scope_port_use(struct sock *sk, const struct scope_port *port,
		   const struct sock *owner);
void scope_port_unuse(struct sock *sk);
void scope_port_rehash(struct sock *sk);
struct sock *scope_port_lookup(struct scope_net *sn, u32 ifindex, __be16 port,
			       int type);
int scope_port_net_init(struct scope_net *sn);
void scope_port_net_exit(struct scope_net *sn);
int scope_push(struct scope_net *sn, struct sock *sk, struct sk_buff *skb);
int scope_refuse(struct scope_net *sn, struct sk_buff *refused);
int scope_receive(struct scope_net *sn, struct sock *sk, struct sk_buff *skb);

void scope_conn_init(struct sock *sk);
void scope_conn_set_owner(struct sock *sk);
void scope_conn_drop_owner(struct sock *sk);
void scope_conn_peer_of(struct sock *sk, struct sock *peer);
int scope_conn_connect(struct sock *sk, const struct scope_addr *to);
bool scope_conn_wait_room(struct sock *sk, const struct scope_addr *to,
			  long *timeo);
int scope_conn_listen(struct sock *sk, int backlog);
struct sock *scope_conn_accept(struct sock *sk);
bool scope_conn_acceptable(const struct sock *sk);
void scope_conn_queue(struct sock *sk, struct sk_buff *skb);
void scope_conn_push(struct sock *sk);
void scope_conn_read(struct sock *sk);
void scope_conn_finish(struct sock *sk);
void scope_conn_deafen(struct sock *sk);
void scope_conn_close_children(struct sock *sk);
void scope_conn_close(struct sock *sk, bool reset);
void scope_conn_abort(struct sock *sk, int err);
void scope_conn_keepalive(struct sock *sk, int on);
u32 scope_conn_mss(const struct sock *sk);
void scope_conn_info(const struct sock *sk, struct scope_info *info);
u64 scope_conn_sent(const struct sock *sk);
int scope_conn_backlog_rcv(struct sock *sk, struct sk_buff *skb);
void scope_raw_join(struct sock *sk);
void scope_raw_leave(struct sock *sk);
int scope_raw_push(struct scope_net *sn, struct sock *sk, struct sk_buff *skb);
void scope_raw_deliver(struct scope_net *sn, struct sk_buff *skb);
int scope_pair_push(struct scope_net *sn, struct sock *sk, struct sk_buff *skb);
void scope_pair_make(struct sock *a, struct sock *b);
void scope_pair_drop(struct sock *sk);
void scope_pair_shutdown(struct sock *sk, int how);
void scope_pair_close(struct sock *sk, bool reset);
int scope_conn_net_init(struct scope_net *sn);
void scope_conn_net_exit(struct scope_net *sn);
int scope_conn_start(void);
void scope_conn_stop(void);

/* device/ */
typedef int (*scope_receive_fn)(struct scope_net *sn, struct sock *sk,
				struct sk_buff *skb);
bool scope_dev_carries(const struct scope_net *sn,
		       const struct net_device *dev);
bool scope_dev_is_bound(const struct sock *sk, const struct net_device *dev);
struct net_device *scope_dev_get(struct scope_net *sn, u32 ifindex);
void scope_dev_put(struct scope_net *sn, struct net_device *dev);
u32 scope_dev_ifindex(const struct scope_net *sn, const struct net_device *dev);
bool scope_dev_is_self(const struct scope_net *sn, const struct net_device *dev,
		       const u8 *link);
int scope_dev_queue(struct scope_net *sn, struct sock *sk, struct sk_buff *skb);
void scope_dev_publish(scope_receive_fn receive);
void scope_dev_withdraw(void);
int scope0_net_init(struct scope_net *sn);
void scope0_net_exit(struct scope_net *sn);

/* expose/ */
int scope_proc_net_init(struct net *net);
void scope_proc_net_exit(struct net *net);
int scope_debugfs_init(void);
void scope_debugfs_exit(void);
int scope_netlink_init(void);
void scope_netlink_exit(void);

#endif /* _SCOPE_H */
