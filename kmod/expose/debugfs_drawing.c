// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs_drawing.c - a socket drawn, from its file to its sk_buffs
 *
 * Place: a view, the file `drawing' in a socket's folder of debugfs, for cat and
 * watch. Called in process context by who reads it. What is drawn is read by
 * observe/picture.c, as for every other view; addresses are hashed, as
 * everywhere in debugfs.
 *
 *	struct file -> struct socket -> struct sock -> queues -> sk_buffs
 *
 * An sk_buff has its buffer drawn to scale.
 */
#include <linux/seq_file.h>
#include <net/tcp_states.h>

#include "../observe/picture.h"
#include "debugfs.h"

#define SCOPE_DRAW_SKBS		16	/* of a queue; the others are counted */
#define SCOPE_DRAW_WIDTH	66	/* columns inside a box */
#define SCOPE_DRAW_BAR		48	/* of a buffer, or of a limit */

/* Columns in front of a box that hangs from a queue */
static const char scope_draw_queue[] = "    |  ";

static void scope_draw_edge(struct seq_file *seq, const char *indent)
{
	int i;

	seq_printf(seq, "%s+", indent);
	for (i = 0; i < SCOPE_DRAW_WIDTH + 2; i++)
		seq_putc(seq, '-');
	seq_puts(seq, "+\n");
}

/* A line of a box; what is too long for it stands out */
static __printf(3, 4) void scope_draw_line(struct seq_file *seq,
					   const char *indent,
					   const char *fmt, ...)
{
	char text[2 * SCOPE_DRAW_WIDTH];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	seq_printf(seq, "%s| %-*s |\n", indent, SCOPE_DRAW_WIDTH, text);
}

static void scope_draw_arrow(struct seq_file *seq, const char *indent,
			     const char *member)
{
	seq_printf(seq, "%s    |\n%s    |  %s\n%s    v\n", indent, indent,
		   member, indent);
}

/* Fill a bar up to the column where @value of @of ends; returns the column */
static unsigned int scope_draw_part(char *bar, unsigned int from, char sign,
				    u64 value, u64 of)
{
	unsigned int to;

	to = of ? div64_u64(value * SCOPE_DRAW_BAR + of / 2, of) : 0;
	to = min_t(unsigned int, to, SCOPE_DRAW_BAR);
	for (; from < to; from++)
		bar[from] = sign;
	return from;
}

/* How much of a limit is used */
static void scope_draw_limit(struct seq_file *seq, const char *name, u32 value,
			     u32 of)
{
	char bar[SCOPE_DRAW_BAR + 1];

	memset(bar, '.', SCOPE_DRAW_BAR);
	bar[SCOPE_DRAW_BAR] = '\0';
	scope_draw_part(bar, 0, '#', value, of);
	scope_draw_line(seq, "", "%s %u of %u", name, value, of);
	scope_draw_line(seq, "", "[%s]", bar);
}

static void scope_draw_file(struct seq_file *seq,
			    const struct scope_sock_pic *pic)
{
	scope_draw_edge(seq, "");
	scope_draw_line(seq, "", "struct file  %p", pic->file);
	scope_draw_line(seq, "", "references %lu  f_flags 0%o", pic->file_refs,
			pic->file_flags);
	scope_draw_edge(seq, "");
	scope_draw_arrow(seq, "", "private_data");
}

static void scope_draw_socket(struct seq_file *seq,
			      const struct scope_sock_pic *pic)
{
	if (!pic->has_socket) {
		seq_puts(seq, "no struct socket\n");
		return;
	}
	if (pic->file)
		scope_draw_file(seq, pic);
	else
		seq_puts(seq, "no struct file\n");
	scope_draw_edge(seq, "");
	scope_draw_line(seq, "", "struct socket  %p", pic->socket);
	scope_draw_line(seq, "", "type %s  state %s  inode %llu",
			scope_sk_type_name(pic->type),
			scope_socket_state_name(pic->socket_state), pic->inode);
	scope_draw_edge(seq, "");
	scope_draw_arrow(seq, "", "sk");
}

static void scope_draw_sock(struct seq_file *seq, struct sock *sk,
			    const struct scope_sock_pic *pic)
{
	char local[SCOPE_ADDR_TEXT], peer[SCOPE_ADDR_TEXT];
	struct net *net = sock_net(sk);

	scope_draw_edge(seq, "");
	scope_draw_line(seq, "", "struct sock  %p", sk);
	scope_draw_line(seq, "", "cookie %llu  state %s  references %u",
			pic->cookie, scope_sk_state_name(pic->state), pic->refs);
	scope_draw_line(seq, "", "%s -> %s",
			scope_addr_text(net, &pic->local, local, sizeof(local)),
			scope_addr_text(net, &pic->peer, peer, sizeof(peer)));
	if (pic->state == TCP_LISTEN)
		scope_draw_line(seq, "", "backlog %u of %u", pic->backlog,
				pic->backlog_max);
	if (pic->pair)
		scope_draw_line(seq, "", "pair of cookie %llu", pic->pair);
	if (pic->has_conn)
		scope_draw_line(seq, "", "written %llu  sent %llu  acked %llu  received %llu  read %llu",
				pic->conn.written, pic->conn_sent,
				pic->conn.acked, pic->conn.received,
				pic->conn.read);
	scope_draw_limit(seq, "rmem_alloc", pic->mem.rmem, pic->rcvbuf);
	scope_draw_limit(seq, "wmem_alloc", pic->mem.wmem, pic->sndbuf);
	scope_draw_edge(seq, "");
}

static void scope_draw_buffer(struct seq_file *seq,
			      const struct scope_skb_pic *pic)
{
	char bar[SCOPE_DRAW_BAR + 1];
	unsigned int at;

	at = scope_draw_part(bar, 0, '.', pic->data, pic->end);
	at = scope_draw_part(bar, at, '=', pic->tail, pic->end);
	scope_draw_part(bar, at, '.', pic->end, pic->end);
	bar[pic->end ? SCOPE_DRAW_BAR : 0] = '\0';
	scope_draw_line(seq, scope_draw_queue, "head [%s] end %u", bar, pic->end);
	scope_draw_line(seq, scope_draw_queue,
			"headroom %u  linear %u  tailroom %u  in fragments %u",
			pic->data, pic->tail - pic->data, pic->end - pic->tail,
			pic->data_len);
	scope_draw_line(seq, scope_draw_queue,
			"skb_shared_info: dataref %u  nr_frags %u", pic->dataref,
			pic->nr_frags);
}

static void scope_draw_skb(struct seq_file *seq,
			   const struct scope_skb_pic *pic)
{
	const char *indent = scope_draw_queue;

	scope_draw_arrow(seq, indent, "next");
	scope_draw_edge(seq, indent);
	if (pic->parent)
		scope_draw_line(seq, indent, "struct sk_buff  skb %llu  %s of %llu",
				pic->id, scope_relation_name(pic->relation),
				pic->parent);
	else
		scope_draw_line(seq, indent, "struct sk_buff  skb %llu", pic->id);
	scope_draw_line(seq, indent, "len %u  truesize %u  users %u  cloned %u",
			pic->len, pic->truesize, pic->users, pic->cloned);
	if (pic->offset != pic->offset_end)
		scope_draw_line(seq, indent, "octets %llu-%llu of the stream",
				pic->offset, pic->offset_end);
	scope_draw_buffer(seq, pic);
	scope_draw_edge(seq, indent);
}

static int scope_draw_queue_of(struct seq_file *seq, const char *name,
			       struct sk_buff_head *queue)
{
	struct scope_skb_pic *pics;
	u32 i, n, len;

	pics = kcalloc(SCOPE_DRAW_SKBS, sizeof(*pics), GFP_KERNEL);
	if (!pics)
		return -ENOMEM;
	n = scope_picture_queue(queue, pics, SCOPE_DRAW_SKBS, &len);
	seq_printf(seq, "    |\n    +--> %s: sk_buffs %u\n", name, len);
	for (i = 0; i < n; i++)
		scope_draw_skb(seq, &pics[i]);
	if (len > n)
		seq_printf(seq, "%s    and %u more\n", scope_draw_queue,
			   len - n);
	kfree(pics);
	return 0;
}

static int scope_drawing_show(struct seq_file *seq, void *v)
{
	struct sock *sk = seq->private;
	struct scope_sock_pic pic;

	scope_picture_sock(&pic, sk, SKBSCOPE_SHOW_MASK);
	scope_draw_socket(seq, &pic);
	scope_draw_sock(seq, sk, &pic);
	return scope_draw_queue_of(seq, "sk_receive_queue",
				   &sk->sk_receive_queue) ?:
	       scope_draw_queue_of(seq, "sk_write_queue", &sk->sk_write_queue);
}

static int scope_drawing_open(struct inode *inode, struct file *file)
{
	return single_open(file, scope_drawing_show, inode->i_private);
}

const struct file_operations scope_drawing_fops = {
	.owner		= THIS_MODULE,
	.open		= scope_drawing_open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= single_release,
};
