// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs.c - /sys/kernel/debug/skbscope, for reading by hand
 *
 * Place: a view. A folder a socket under sockets/, named by its cookie, and
 * the stations and the ledger of every network namespace. Files are made and
 * removed when the registry tells of a socket, in process context; removing
 * waits for readers, so a file's socket is there while it is read.
 *
 *	name	value
 *
 * is the form of every line that is not a table.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>
#include <net/tcp_states.h>

#include "../observe/hold.h"
#include "../observe/ledger.h"
#include "../observe/picture.h"
#include "../observe/reason.h"
#include "../observe/registry.h"
#include "../observe/station.h"
#include "debugfs.h"

static unsigned int scope_debugfs_max = 1024;
module_param_named(debugfs_sockets, scope_debugfs_max, uint, 0644);
MODULE_PARM_DESC(debugfs_sockets, "sockets that get a folder in debugfs; more only count");

#define SCOPE_DEBUGFS_SKBS	256	/* sk_buffs of a queue that are listed */

static struct dentry *scope_debugfs_root;
static struct dentry *scope_debugfs_sockets;
static atomic_t scope_debugfs_shown;

static void scope_row(struct seq_file *seq, const char *name, u64 value)
{
	seq_printf(seq, "%-20s %llu\n", name, value);
}

static void scope_row_text(struct seq_file *seq, const char *name,
			   const char *value)
{
	seq_printf(seq, "%-20s %s\n", name, value);
}

/* struct socket: what the descriptor leads to */
static int scope_socket_show(struct seq_file *seq, void *v)
{
	struct scope_sock_pic pic;

	scope_picture_sock(&pic, seq->private, SKBSCOPE_SHOW_MASK);
	if (!pic.has_socket) {
		seq_puts(seq, "no struct socket\n");
		return 0;
	}
	scope_row(seq, "inode", pic.inode);
	scope_row_text(seq, "type", scope_sk_type_name(pic.type));
	scope_row_text(seq, "state",
		       scope_socket_state_name(pic.socket_state));
	seq_printf(seq, "%-20s %p\n", "address", pic.socket);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(scope_socket);

/* What the protocol keeps for a connection */
static void scope_conn_show(struct seq_file *seq,
			    const struct scope_sock_pic *pic)
{
	const struct scope_info *info = &pic->conn;

	scope_row(seq, "mss", info->mss);
	scope_row(seq, "cwnd", info->cwnd);
	scope_row(seq, "pipe", info->pipe);
	scope_row(seq, "snd_window", info->snd_window);
	scope_row(seq, "rcv_window", info->rcv_window);
	scope_row(seq, "rtt_us", info->rtt_us);
	scope_row(seq, "rttvar_us", info->rttvar_us);
	scope_row(seq, "min_rtt_us", info->min_rtt_us);
	scope_row(seq, "rto_us", info->rto_us);
	scope_row(seq, "retransmits", info->retransmits);
	scope_row(seq, "timeouts", info->timeouts);
	scope_row(seq, "written", info->written);
	scope_row(seq, "sent", pic->conn_sent);
	scope_row(seq, "acked", info->acked);
	scope_row(seq, "received", info->received);
	scope_row(seq, "read", info->read);
	scope_row(seq, "out_of_order", pic->conn_ooo);
	scope_row(seq, "wmem_queued", pic->wmem_queued);
}

/* struct sock: what the protocol works with */
static int scope_sock_show(struct seq_file *seq, void *v)
{
	struct sock *sk = seq->private;
	struct net *net = sock_net(sk);
	struct scope_sock_pic pic;
	char addr[SCOPE_ADDR_TEXT];

	scope_picture_sock(&pic, sk, SKBSCOPE_SHOW_MASK);
	scope_row(seq, "cookie", pic.cookie);
	scope_row(seq, "family", scope_family);
	scope_row_text(seq, "type", scope_sk_type_name(pic.type));
	scope_row_text(seq, "state", scope_sk_state_name(pic.state));
	scope_row_text(seq, "local", scope_addr_text(net, &pic.local, addr,
						     sizeof(addr)));
	scope_row_text(seq, "peer", scope_addr_text(net, &pic.peer, addr,
						    sizeof(addr)));
	scope_row(seq, "netns", net->ns.inum);
	scope_row(seq, "uid", from_kuid_munged(seq_user_ns(seq), pic.uid));
	scope_row(seq, "refs", pic.refs);
	scope_row(seq, "shutdown", pic.shutdown);
	scope_row(seq, "err", pic.err);
	scope_row(seq, "bound_dev", pic.bound_dev);
	scope_row(seq, "rcvbuf", pic.rcvbuf);
	scope_row(seq, "sndbuf", pic.sndbuf);
	scope_row(seq, "rmem_alloc", pic.mem.rmem);
	scope_row(seq, "wmem_alloc", pic.mem.wmem);
	scope_row(seq, "receive_queue", pic.mem.rxq);
	scope_row(seq, "receive_bytes", pic.rx_bytes);
	scope_row(seq, "receive_truesize", pic.rx_truesize);
	scope_row(seq, "write_queue", pic.mem.txq);
	scope_row(seq, "drops", pic.drops);
	scope_row(seq, "allocated", pic.allocated);
	scope_row(seq, "tx_dropped", pic.tx_dropped);
	scope_row(seq, "received", pic.received);
	scope_row(seq, "delivered", pic.delivered);
	scope_row(seq, "rx_dropped", pic.rx_dropped);
	if (pic.state == TCP_LISTEN) {
		scope_row(seq, "backlog", pic.backlog);
		scope_row(seq, "backlog_max", pic.backlog_max);
	}
	if (pic.pair)
		scope_row(seq, "pair", pic.pair);
	if (pic.has_conn)
		scope_conn_show(seq, &pic);
	seq_printf(seq, "%-20s %p\n", "address", sk);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(scope_sock);

static int scope_queue_show(struct seq_file *seq, struct sk_buff_head *queue)
{
	struct scope_skb_pic *pics;
	u32 i, n, len;

	pics = kcalloc(SCOPE_DEBUGFS_SKBS, sizeof(*pics), GFP_KERNEL);
	if (!pics)
		return -ENOMEM;
	n = scope_picture_queue(queue, pics, SCOPE_DEBUGFS_SKBS, &len);
	seq_puts(seq, "skb      parent   relation len    data_len data   tail   end    truesize users dataref cloned frags offset\n");
	for (i = 0; i < n; i++) {
		seq_printf(seq, "%-8llu %-8llu %-8s %-6u %-8u %-6u %-6u %-6u %-8u %-5u %-7u %-6u %-5u",
			   pics[i].id, pics[i].parent,
			   scope_relation_name(pics[i].relation),
			   pics[i].len, pics[i].data_len, pics[i].data,
			   pics[i].tail, pics[i].end, pics[i].truesize,
			   pics[i].users, pics[i].dataref, pics[i].cloned,
			   pics[i].nr_frags);
		if (pics[i].offset != pics[i].offset_end)
			seq_printf(seq, " %llu-%llu", pics[i].offset,
				   pics[i].offset_end);
		seq_putc(seq, '\n');
	}
	if (len > n)
		seq_printf(seq, "and %u more\n", len - n);
	kfree(pics);
	return 0;
}

static int scope_receive_queue_show(struct seq_file *seq, void *v)
{
	struct sock *sk = seq->private;

	return scope_queue_show(seq, &sk->sk_receive_queue);
}
DEFINE_SHOW_ATTRIBUTE(scope_receive_queue);

static int scope_write_queue_show(struct seq_file *seq, void *v)
{
	struct sock *sk = seq->private;

	return scope_queue_show(seq, &sk->sk_write_queue);
}
DEFINE_SHOW_ATTRIBUTE(scope_write_queue);

/* Every namespace in turn; the reader is root of the machine */
static int scope_each_net(struct seq_file *seq,
			  int (*show)(struct seq_file *, struct scope_net *))
{
	struct net *net;
	int err = 0;

	down_read(&net_rwsem);
	for_each_net(net) {
		seq_printf(seq, "namespace            %u\n", net->ns.inum);
		err = show(seq, scope_net(net));
		if (err)
			break;
	}
	up_read(&net_rwsem);
	return err;
}

static int scope_stations_of(struct seq_file *seq, struct scope_net *sn)
{
	int station;

	seq_puts(seq, "  number station              passed     held\n");
	for (station = 1; station <= SCOPE_STATION_MAX; station++)
		seq_printf(seq, "  %-6d %-20s %-10llu %llu\n", station,
			   scope_station_name(station),
			   scope_ledger_passed(sn, station),
			   scope_hold_count(sn, station, NULL));
	return 0;
}

static int scope_stations_show(struct seq_file *seq, void *v)
{
	scope_row(seq, "watchers", scope_station_watchers());
	return scope_each_net(seq, scope_stations_of);
}
DEFINE_SHOW_ATTRIBUTE(scope_stations);

static int scope_ledger_of(struct seq_file *seq, struct scope_net *sn)
{
	struct scope_ledger *ledger = scope_ledger_read(sn);
	unsigned int slot;

	if (!ledger)
		return -ENOMEM;
	scope_row(seq, "allocated", ledger->allocated);
	scope_row(seq, "entered", ledger->entered);
	scope_row(seq, "derived", ledger->derived);
	scope_row(seq, "delivered", ledger->delivered);
	scope_row(seq, "acked", ledger->acked);
	scope_row(seq, "merged", ledger->merged);
	scope_row(seq, "transmitted", ledger->transmitted);
	scope_row(seq, "dropped", ledger->dropped);
	for (slot = 0; slot < SCOPE_REASONS; slot++)
		if (ledger->reason[slot])
			seq_printf(seq, "  %-18s %llu\n",
				   scope_reason_name(scope_ledger_reason(slot)),
				   ledger->reason[slot]);
	scope_row(seq, "queued", ledger->queued);
	scope_row(seq, "kept", ledger->kept);
	scope_row(seq, "held", ledger->held);
	scope_row(seq, "moving", ledger->moving);
	seq_printf(seq, "%-20s %lld\n", "balance", scope_ledger_balance(ledger));
	scope_row(seq, "queue_len", ledger->queue_len);
	scope_row(seq, "control_made", ledger->control_made);
	scope_row(seq, "control_read", ledger->control_read);
	scope_row(seq, "control_dropped", ledger->control_lost);
	kfree(ledger);
	return 0;
}

static int scope_ledger_show(struct seq_file *seq, void *v)
{
	return scope_each_net(seq, scope_ledger_of);
}
DEFINE_SHOW_ATTRIBUTE(scope_ledger);

static const char *scope_action_name(u32 action)
{
	static const char * const names[] = {
		[SKBSCOPE_ACTION_HOLD]		= "hold",
		[SKBSCOPE_ACTION_DROP]		= "drop",
		[SKBSCOPE_ACTION_DELAY]		= "delay",
		[SKBSCOPE_ACTION_DUPLICATE]	= "duplicate",
		[SKBSCOPE_ACTION_REORDER]	= "reorder",
		[SKBSCOPE_ACTION_CORRUPT]	= "corrupt",
		[SKBSCOPE_ACTION_TRUNCATE]	= "truncate",
		[SKBSCOPE_ACTION_ENOMEM]	= "enomem",
		[SKBSCOPE_ACTION_WOULDBLOCK]	= "wouldblock",
	};

	return action < ARRAY_SIZE(names) && names[action] ? names[action] :
							     "unknown";
}

static int scope_rules_of(struct seq_file *seq, struct scope_net *sn)
{
	const struct scope_rule *rule;
	int station;

	seq_puts(seq, "  rule  action    seen       hits       missed     full       held  owner      stations\n");
	mutex_lock(&sn->rule_lock);
	list_for_each_entry(rule, &sn->rules, list) {
		seq_printf(seq, "  %-5u %-9s %-10lld %-10lld %-10lld %-10lld %-5u %-10u",
			   rule->id, scope_action_name(rule->spec.action),
			   atomic64_read(&rule->seen),
			   atomic64_read(&rule->hits),
			   atomic64_read(&rule->missed),
			   atomic64_read(&rule->full), READ_ONCE(rule->held),
			   rule->portid);
		for (station = 1; station <= SCOPE_STATION_MAX; station++)
			if (rule->spec.stations & BIT(station))
				seq_printf(seq, " %s",
					   scope_station_name(station));
		if (rule->spec.table)
			seq_printf(seq, " (table of %u)", rule->spec.table_len);
		seq_putc(seq, '\n');
	}
	mutex_unlock(&sn->rule_lock);
	return 0;
}

static int scope_rules_show(struct seq_file *seq, void *v)
{
	return scope_each_net(seq, scope_rules_of);
}
DEFINE_SHOW_ATTRIBUTE(scope_rules);

static int scope_held_of(struct seq_file *seq, struct scope_net *sn)
{
	const struct scope_held *held;
	struct scope_skb_pic pic;

	seq_puts(seq, "  stay       rule  station              skb        len    sock       waits next\n");
	spin_lock_bh(&sn->held_lock);
	list_for_each_entry(held, &sn->held, list) {
		if (held->leaving)
			continue;
		scope_held_picture(&pic, held);
		seq_printf(seq, "  %-10llu %-5u %-20s %-10llu %-6u %-10llu %-5s ",
			   held->id, held->rule->id,
			   scope_station_name(held->station), pic.id, pic.len,
			   held->sk ? scope_sk(held->sk)->cookie : 0,
			   held->waits ? "yes" : "no");
		if (!scope_held_is_call(held))
			seq_printf(seq, "%ps\n",
				   (void *)scope_held_next_fn(held));
		else
			seq_printf(seq, "(the call of %d)\n",
				   pid_vnr(held->task));
	}
	spin_unlock_bh(&sn->held_lock);
	return 0;
}

static int scope_held_show(struct seq_file *seq, void *v)
{
	return scope_each_net(seq, scope_held_of);
}
DEFINE_SHOW_ATTRIBUTE(scope_held);

static void scope_debugfs_add(struct scope_sock *ss)
{
	struct dentry *dir;
	char name[24];

	/* A folder costs more memory than a socket: stop at some number */
	if (atomic_inc_return(&scope_debugfs_shown) >
	    READ_ONCE(scope_debugfs_max)) {
		atomic_dec(&scope_debugfs_shown);
		return;
	}
	snprintf(name, sizeof(name), "%llu", ss->cookie);
	dir = debugfs_create_dir(name, scope_debugfs_sockets);
	debugfs_create_file("socket", 0400, dir, &ss->sk, &scope_socket_fops);
	debugfs_create_file("sock", 0400, dir, &ss->sk, &scope_sock_fops);
	debugfs_create_file("receive_queue", 0400, dir, &ss->sk,
			    &scope_receive_queue_fops);
	debugfs_create_file("write_queue", 0400, dir, &ss->sk,
			    &scope_write_queue_fops);
	debugfs_create_file("drawing", 0400, dir, &ss->sk,
			    &scope_drawing_fops);
	ss->debugfs = dir;
}

static void scope_debugfs_del(struct scope_sock *ss)
{
	if (!ss->debugfs)
		return;
	debugfs_remove_recursive(ss->debugfs);
	ss->debugfs = NULL;
	atomic_dec(&scope_debugfs_shown);
}

static int scope_debugfs_notify(struct notifier_block *nb, unsigned long event,
				void *data)
{
	if (event == SCOPE_SOCKET_NEW)
		scope_debugfs_add(scope_sk(data));
	else if (event == SCOPE_SOCKET_DEL)
		scope_debugfs_del(scope_sk(data));
	return NOTIFY_DONE;
}

static struct notifier_block scope_debugfs_listener = {
	.notifier_call	= scope_debugfs_notify,
};

/**
 * scope_debugfs_init() - make the folder
 *
 * debugfs may be absent or locked down: the other views do without it.
 *
 * Return: 0.
 */
int __init scope_debugfs_init(void)
{
	scope_debugfs_root = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("stations", 0400, scope_debugfs_root, NULL,
			    &scope_stations_fops);
	debugfs_create_file("ledger", 0400, scope_debugfs_root, NULL,
			    &scope_ledger_fops);
	debugfs_create_file("rules", 0400, scope_debugfs_root, NULL,
			    &scope_rules_fops);
	debugfs_create_file("held", 0400, scope_debugfs_root, NULL,
			    &scope_held_fops);
	scope_debugfs_sockets = debugfs_create_dir("sockets",
						   scope_debugfs_root);
	debugfs_create_atomic_t("sockets_shown", 0400, scope_debugfs_root,
				&scope_debugfs_shown);
	return scope_registry_listen(&scope_debugfs_listener);
}

/**
 * scope_debugfs_exit() - take it away
 */
void scope_debugfs_exit(void)
{
	scope_registry_unlisten(&scope_debugfs_listener);
	debugfs_remove_recursive(scope_debugfs_root);
}
