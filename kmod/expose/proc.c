// SPDX-License-Identifier: GPL-2.0
/*
 * proc.c - /proc/net/scope, the sockets of the reader's namespace
 *
 * Place: a view. Called by the proc filesystem in process context; takes a
 * reference to one socket at a time. A first line gives the family number, a
 * second one the names of the columns, then there is a line a socket.
 */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "../observe/picture.h"
#include "../observe/registry.h"

/**
 * struct scope_proc_iter - a reader's place
 * @p: the namespace, kept by the open file; first
 * @sk: the socket shown now, with a reference
 * @cookie: its cookie; reading goes on by key, not by count
 */
struct scope_proc_iter {
	struct seq_net_private	p;
	struct sock		*sk;
	u64			cookie;
};

static void *scope_proc_get(struct seq_file *seq)
{
	struct scope_proc_iter *iter = seq->private;

	iter->sk = scope_registry_next(scope_net(seq_file_net(seq)),
				       &iter->cookie);
	return iter->sk;
}

static void *scope_proc_start(struct seq_file *seq, loff_t *pos)
{
	struct scope_proc_iter *iter = seq->private;

	if (*pos == 0) {
		iter->cookie = 0;
		return SEQ_START_TOKEN;
	}
	return scope_proc_get(seq);
}

static void *scope_proc_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct scope_proc_iter *iter = seq->private;

	++*pos;
	if (v != SEQ_START_TOKEN) {
		sock_put(iter->sk);
		iter->cookie++;
	}
	return scope_proc_get(seq);
}

static void scope_proc_stop(struct seq_file *seq, void *v)
{
	struct scope_proc_iter *iter = seq->private;

	if (iter->sk)
		sock_put(iter->sk);
	iter->sk = NULL;
}

static int scope_proc_show(struct seq_file *seq, void *v)
{
	struct net *net = seq_file_net(seq);
	char local[SCOPE_ADDR_TEXT];
	char peer[SCOPE_ADDR_TEXT];
	struct scope_sock_pic pic;

	if (v == SEQ_START_TOKEN) {
		seq_printf(seq, "family %d\n", scope_family);
		seq_puts(seq, "cookie   type      state       local                peer                 rx_queue tx_queue rmem     wmem     drops    refs  uid   inode\n");
		return 0;
	}

	scope_picture_sock(&pic, v, SKBSCOPE_SHOW_MASK);
	scope_addr_text(net, &pic.local, local, sizeof(local));
	scope_addr_text(net, &pic.peer, peer, sizeof(peer));
	seq_printf(seq, "%-8llu %-9s %-11s %-20s %-20s %-8u %-8u %-8u %-8u %-8u %-5u %-5u %llu\n",
		   pic.cookie, scope_sk_type_name(pic.type),
		   scope_sk_state_name(pic.state), local, peer,
		   pic.mem.rxq, pic.mem.txq, pic.mem.rmem, pic.mem.wmem,
		   pic.drops, pic.refs - 1,
		   from_kuid_munged(seq_user_ns(seq), pic.uid), pic.inode);
	return 0;
}

static const struct seq_operations scope_proc_ops = {
	.start	= scope_proc_start,
	.next	= scope_proc_next,
	.stop	= scope_proc_stop,
	.show	= scope_proc_show,
};

/**
 * scope_proc_net_init() - make a namespace's file
 * @net: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int scope_proc_net_init(struct net *net)
{
	if (!proc_create_net("scope", 0444, net->proc_net, &scope_proc_ops,
			     sizeof(struct scope_proc_iter)))
		return -ENOMEM;
	return 0;
}

/**
 * scope_proc_net_exit() - take it away
 * @net: the namespace
 */
void scope_proc_net_exit(struct net *net)
{
	remove_proc_entry("scope", net->proc_net);
}
