// SPDX-License-Identifier: GPL-2.0
/*
 * conn.c - connections: found by both their ends, opened, closed
 *
 * Place: protocol layer, beside the path of the data. The socket layer calls in
 * process context with the socket locked, conn_input.c and conn_timer.c in
 * softirq with it locked too. The states are TCP's:
 *
 *	SYN_SENT, SYN_RECV	opening
 *	ESTABLISHED
 *	FIN_WAIT1, FIN_WAIT2	we are done, the peer is not
 *	CLOSE_WAIT, LAST_ACK	the peer is done; then we are
 *	CLOSING			both at once
 *	CLOSE			nothing, or over
 *
 * There is no TIME_WAIT. What it is for is done by numbers of 64 bits, random
 * in the upper part: an old segment fits no later connection. And a FIN that
 * comes again, for the last acknowledgment was lost, is answered by a reset,
 * which ends a connection in LAST_ACK or CLOSING as the acknowledgment would.
 *
 * A connection is found by the RCU read lock alone. listen.c has the side that is
 * connected to.
 */
#include <linux/random.h>

#include "../observe/registry.h"
#include "conn.h"

static const struct rhashtable_params scope_conn_params = {
	.key_len		= sizeof(struct scope_conn_key),
	.key_offset		= offsetof(struct scope_conn, key),
	.head_offset		= offsetof(struct scope_conn, node),
	.min_size		= SCOPE_TABLE_MIN,
	.automatic_shrinking	= true,
};

static struct scope_conn_key scope_conn_key(const struct scope_addr *peer,
					    __be16 port, int type)
{
	struct scope_conn_key key = {
		.ifindex = peer->ifindex,
		.lport = port,
		.pport = peer->port,
		.type = type,
	};

	memcpy(key.link, peer->link, sizeof(key.link));
	return key;
}

static struct sock *scope_conn_find(struct scope_net *sn,
				    const struct scope_conn_key *key)
{
	struct scope_conn *c;

	c = rhashtable_lookup(&sn->conns, key, scope_conn_params);
	return c ? &container_of(c, struct scope_sock, conn)->sk : NULL;
}

/**
 * scope_conn_lookup() - the connection a segment is of
 * @sn: the namespace's data
 * @skb: the segment; its cb has both ends
 * @type: SOCK_*
 *
 * Context: RCU read lock.
 *
 * Return: the connection, which may be closing, or NULL.
 */
struct sock *scope_conn_lookup(struct scope_net *sn,
			       const struct sk_buff *skb, int type)
{
	const struct scope_skb_cb *cb = scope_skb_cb(skb);
	struct scope_conn_key key = scope_conn_key(&cb->peer, cb->port, type);

	return scope_conn_find(sn, &key);
}

/**
 * scope_conn_mirror() - a connection from its other end
 * @sn: the namespace's data
 * @key: of one end, whose peer is on this node too
 *
 * Context: RCU read lock.
 *
 * Return: the other end, or NULL.
 */
struct sock *scope_conn_mirror(struct scope_net *sn,
			       const struct scope_conn_key *key)
{
	struct scope_conn_key other = *key;

	swap(other.lport, other.pport);
	return scope_conn_find(sn, &other);
}

/**
 * scope_conn_init() - make a socket ready to listen or connect
 * @sk: a new socket
 */
void scope_conn_init(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);

	memset(c, 0, sizeof(*c));
	skb_queue_head_init(&c->ooo);
	skb_queue_head_init(&c->again);
	spin_lock_init(&c->lock);
	INIT_LIST_HEAD(&c->half);
	INIT_LIST_HEAD(&c->ready);
	INIT_LIST_HEAD(&c->child);
	init_waitqueue_head(&c->room);
	c->keepidle = 7200;
	c->keepintvl = 75;
	c->keepcnt = 9;
	scope_conn_timers_init(sk);
}

/**
 * scope_conn_begin() - begin anew
 * @sk: the socket, locked
 *
 * What lives as long as the socket is left as it is.
 */
void scope_conn_begin(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);

	c->fin_wanted = false;
	c->fin_sent = false;
	c->fin_seen = false;
	c->fin_received = false;
	c->deaf = false;
	c->corked = false;
	c->busy = false;
	c->send_head = NULL;

	/* RFC 6528 would have a secret and a clock; a random number does */
	c->iss = (u64)get_random_u32() << SCOPE_SEQ_BITS;
	c->snd_una = c->iss;
	c->snd_nxt = c->iss;
	c->write_seq = c->iss + 1;
	c->snd_wnd = 0;
	c->max_wnd = 0;
	c->peer_mss = SCOPE_MSS_MIN;
	scope_conn_ack_init(sk);

	c->rcv_nxt = 0;
	c->rcv_wup = 0;
	c->rcv_edge = 0;
	c->copied_seq = 0;
	c->rcv_mss = SCOPE_MSS_MIN;
	c->ack_segs = 0;
	c->nr_ranges = 0;
	c->twice.to = c->twice.from;
	c->records = 0;
	c->part = 0;
	c->urg = SCOPE_URG_NONE;
	c->keep_probes = 0;
	c->heard = jiffies;
	scope_conn_restart(sk);
}

/**
 * scope_conn_set_owner() - remember who connects, listens or makes a pair
 * @sk: the socket
 *
 * For the peer's SO_PEERCRED. Context: process.
 */
void scope_conn_set_owner(struct sock *sk)
{
	struct scope_sock *ss = scope_sk(sk);
	const struct cred *cred = get_current_cred();
	struct pid *pid = get_pid(task_tgid(current));

	spin_lock_bh(&ss->conn.lock);
	swap(ss->cred, cred);
	swap(ss->pid, pid);
	spin_unlock_bh(&ss->conn.lock);
	put_cred(cred);
	put_pid(pid);
}

/**
 * scope_conn_drop_owner() - and forget him
 * @sk: the socket, which nobody can find any more
 */
void scope_conn_drop_owner(struct sock *sk)
{
	struct scope_sock *ss = scope_sk(sk);

	put_cred(ss->cred);
	put_pid(ss->pid);
}

/**
 * scope_conn_owner_of() - who connects, listens or made a pair
 * @sk: the socket
 * @cred: set with a reference, or left where nobody is known
 * @pid: set likewise
 */
void scope_conn_owner_of(struct sock *sk, const struct cred **cred,
			 struct pid **pid)
{
	struct scope_sock *ss = scope_sk(sk);

	spin_lock_bh(&ss->conn.lock);
	if (ss->cred) {
		*cred = get_cred(ss->cred);
		*pid = get_pid(ss->pid);
	}
	spin_unlock_bh(&ss->conn.lock);
}

/**
 * scope_conn_peer_of() - have SO_PEERCRED answer with a peer's owner
 * @sk: the socket
 * @peer: whom it is connected to, on this node
 *
 * Context: process.
 */
void scope_conn_peer_of(struct sock *sk, struct sock *peer)
{
	const struct cred *cred = NULL;
	struct pid *pid = NULL;

	scope_conn_owner_of(peer, &cred, &pid);
	spin_lock(&sk->sk_peer_lock);
	swap(sk->sk_peer_cred, cred);
	swap(sk->sk_peer_pid, pid);
	spin_unlock(&sk->sk_peer_lock);
	put_cred(cred);
	put_pid(pid);
}

/**
 * scope_conn_hash() - make the connection one that can be found
 * @sk: the connection, locked or not yet known to anybody
 * @peer: its other end
 * @port: its own, which it uses from here on
 * @owner: who may own that port: @sk, its listener, or NULL for nobody
 *
 * Return: 0; -EADDRINUSE where there is this very connection, or another owner;
 * -ENOMEM; -EBUSY where a table has to grow first.
 */
int scope_conn_hash(struct sock *sk, const struct scope_addr *peer,
		    const struct scope_port *port, const struct sock *owner)
{
	struct scope_sock *ss = scope_sk(sk);
	struct scope_conn *c = &ss->conn;
	int err;

	err = scope_port_use(sk, port, owner);
	if (err)
		return err;
	c->key = scope_conn_key(peer, port->port, sk->sk_type);
	err = rhashtable_lookup_insert_fast(&ss->sn->conns, &c->node,
					    scope_conn_params);
	if (err) {
		scope_port_unuse(sk);
		return err == -EEXIST ? -EADDRINUSE : err;
	}
	c->hashed = true;
	write_seqlock_bh(&ss->peer_lock);
	ss->peer = *peer;
	write_sequnlock_bh(&ss->peer_lock);
	return 0;
}

/**
 * scope_conn_unhash() - and no more
 * @sk: the connection, locked
 */
void scope_conn_unhash(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);

	if (!c->hashed)
		return;
	rhashtable_remove_fast(&scope_sk(sk)->sn->conns, &c->node,
			       scope_conn_params);
	c->hashed = false;
	scope_port_unuse(sk);
}

/* A range of ports, from a random one upwards, for one with this peer */
static int scope_conn_try_ports(struct sock *sk, const struct scope_addr *to,
				u32 min, u32 max)
{
	struct scope_port port = {
		.ifindex = to->ifindex,
		.type = sk->sk_type,
	};
	const u32 range = max - min + 1;
	u32 offset = get_random_u32_below(range);
	u32 tried;
	int err;

	for (tried = 0; tried < range; tried++) {
		port.port = htons(min + (offset + tried) % range);
		while ((err = scope_conn_hash(sk, to, &port, NULL)) == -EBUSY)
			schedule_timeout_uninterruptible(1);
		if (err != -EADDRINUSE)
			return err;
		cond_resched();
	}
	return -EADDRNOTAVAIL;
}

/*
 * An unbound socket gets a port that no other connection to this peer has. The
 * rest of the ports serve when all of the usual ones are taken.
 */
static int scope_conn_choose_port(struct sock *sk, const struct scope_addr *to)
{
	int err;

	err = scope_conn_try_ports(sk, to, SCOPE_PORT_FREE_MIN,
				   SCOPE_PORT_FREE_MAX);
	if (err == -EADDRNOTAVAIL)
		err = scope_conn_try_ports(sk, to, SCOPE_PORT_FREE_MAX + 1,
					   U16_MAX);
	if (err == -EADDRNOTAVAIL)
		err = scope_conn_try_ports(sk, to, SCOPE_PORT_RESERVED,
					   SCOPE_PORT_FREE_MIN - 1);
	return err;
}

/**
 * scope_conn_connect() - send the first SYN
 * @sk: the socket, locked, TCP_CLOSE
 * @to: whom to connect to
 *
 * Context: process.
 *
 * Return: 0; -EADDRINUSE where the socket is bound and has had this very
 * connection; -EADDRNOTAVAIL where no port is left; -EAGAIN where the listener
 * is on this node and its backlog full; -ENETDOWN; -ENODEV; -ENOMEM.
 */
int scope_conn_connect(struct sock *sk, const struct scope_addr *to)
{
	struct scope_sock *ss = scope_sk(sk);
	struct scope_port bound = ss->bound;
	struct sock *listener;
	bool full = false;
	int err;

	scope_conn_set_owner(sk);
	if (scope_conn_is_here(to)) {
		rcu_read_lock();
		listener = scope_port_lookup(ss->sn, to->ifindex, to->port,
					     sk->sk_type);
		if (listener && READ_ONCE(listener->sk_state) == TCP_LISTEN) {
			full = sk_acceptq_is_full(listener);
			scope_conn_peer_of(sk, listener);
		}
		rcu_read_unlock();
		if (full)
			return -EAGAIN;
	}

	scope_conn_begin(sk);
	if (bound.port) {
		while ((err = scope_conn_hash(sk, to, &bound, sk)) == -EBUSY)
			schedule_timeout_uninterruptible(1);
	} else {
		err = scope_conn_choose_port(sk, to);
	}
	if (err)
		return err;

	sk->sk_shutdown = 0;
	scope_conn_state(sk, TCP_SYN_SENT);
	scope_conn(sk)->snd_nxt = scope_conn(sk)->iss + 1;
	err = scope_conn_control(sk, SCOPE_F_SYN, scope_conn(sk)->iss, 0);
	if (err == -ENODEV || err == -ENETDOWN) {
		scope_conn_state(sk, TCP_CLOSE);
		scope_conn_unhash(sk);
		return err;
	}
	/* Any other is as if it had been lost on the way */
	scope_conn_rearm(sk);
	return 0;
}

/**
 * scope_conn_established() - both sides are open
 * @sk: the connection, locked
 */
void scope_conn_established(struct sock *sk)
{
	struct scope_conn *c = scope_conn(sk);
	struct sock *listener;

	scope_conn_state(sk, TCP_ESTABLISHED);
	scope_conn_restart(sk);
	scope_conn_arm_keep(sk);

	rcu_read_lock();
	listener = READ_ONCE(c->listener);
	if (listener) {
		spin_lock_bh(&scope_conn(listener)->lock);
		if (c->listener)
			list_move_tail(&c->child, &scope_conn(listener)->ready);
		spin_unlock_bh(&scope_conn(listener)->lock);
		listener->sk_data_ready(listener);
	}
	rcu_read_unlock();
	if (!listener) {
		sk->sk_state_change(sk);
		sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
	}
}

static void scope_conn_purge(struct sock *sk)
{
	struct scope_net *sn = scope_sk(sk)->sn;
	struct scope_conn *c = scope_conn(sk);
	struct sk_buff *skb;

	while ((skb = skb_peek(&sk->sk_write_queue))) {
		scope_conn_forget(sk, skb);
		scope_count(sn, SCOPE_COUNT_UNKEPT);
		atomic_long_inc(&scope_sk(sk)->tx_dropped);
		scope_drop(sn, sk, skb, SCOPE_DROP_RESET);
	}
	while ((skb = __skb_dequeue(&c->ooo) ?: __skb_dequeue(&c->again))) {
		atomic_long_inc(&scope_sk(sk)->rx_dropped);
		scope_drop(sn, sk, skb, SCOPE_DROP_RESET);
	}
}

/**
 * scope_conn_done() - the connection is over
 * @sk: the connection, locked, with a reference beyond the socket's
 * @err: positive errno that the program gets, 0 for an orderly end
 *
 * A socket that nobody has open any more goes with it.
 */
void scope_conn_done(struct sock *sk, int err)
{
	bool half = sk->sk_state == TCP_SYN_RECV;
	bool mine = sock_flag(sk, SOCK_DEAD);

	if (sk->sk_state == TCP_CLOSE)
		return;
	scope_conn_state(sk, TCP_CLOSE);
	sk->sk_shutdown = SHUTDOWN_MASK;
	scope_conn_timers_stop(sk);
	scope_conn_unhash(sk);
	scope_conn_purge(sk);
	if (half)
		mine |= scope_conn_leave_listener(sk) ||
			!READ_ONCE(sk->sk_socket);

	if (mine) {
		if (!sock_flag(sk, SOCK_DEAD))
			sock_orphan(sk);
		scope_registry_forget(sk);
		sock_prot_inuse_add(sock_net(sk), sk->sk_prot, -1);
		sock_put(sk);
		return;
	}
	if (err) {
		WRITE_ONCE(sk->sk_err, err);
		sk_error_report(sk);
	}
	sk->sk_state_change(sk);
	sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_HUP);
	sk->sk_write_space(sk);
}

/**
 * scope_conn_abort() - end it now, and tell the peer
 * @sk: the connection, locked, with a reference beyond the socket's
 * @err: positive errno that the program gets, 0 for none
 *
 * Context: process or softirq.
 */
void scope_conn_abort(struct sock *sk, int err)
{
	switch (sk->sk_state) {
	case TCP_CLOSE:
	case TCP_LISTEN:
		return;
	case TCP_SYN_SENT:
		break;
	default:
		scope_conn_control(sk, SCOPE_F_RST | SCOPE_F_ACK,
				   scope_conn(sk)->snd_nxt, 0);
	}
	scope_conn_done(sk, err);
}

/**
 * scope_conn_finish() - nothing more will be written: say so behind the rest
 * @sk: the connection, locked
 */
void scope_conn_finish(struct sock *sk)
{
	switch (sk->sk_state) {
	case TCP_SYN_RECV:
	case TCP_ESTABLISHED:
		scope_conn_state(sk, TCP_FIN_WAIT1);
		break;
	case TCP_CLOSE_WAIT:
		scope_conn_state(sk, TCP_LAST_ACK);
		break;
	default:
		return;
	}
	scope_conn(sk)->fin_wanted = true;
	scope_conn(sk)->corked = false;
	scope_conn_push(sk);
}

/**
 * scope_conn_close() - nobody has the socket open any more
 * @sk: the socket, locked, orphaned, with a reference of the caller's
 * @reset: end the connection now rather than in order
 *
 * Takes over the reference the socket had: it goes when the connection is
 * over.
 *
 * Context: process.
 */
void scope_conn_close(struct sock *sk, bool reset)
{
	if (sk->sk_state == TCP_CLOSE) {
		scope_conn_timers_stop(sk);
		scope_registry_forget(sk);
		sock_prot_inuse_add(sock_net(sk), sk->sk_prot, -1);
		sock_put(sk);
		return;
	}
	scope_conn_restart(sk);
	if (reset || sk->sk_state == TCP_SYN_SENT) {
		scope_conn_abort(sk, 0);
		return;
	}
	scope_conn_finish(sk);
	scope_conn_orphan_check(sk);
}

/**
 * scope_conn_orphan_check() - do not wait for ever for a peer's FIN
 * @sk: the connection, locked
 *
 * Sets the time after which a connection that nobody has open, and whose peer
 * has all it was sent, is given up.
 */
void scope_conn_orphan_check(struct sock *sk)
{
	if (sk->sk_state == TCP_FIN_WAIT2 && sock_flag(sk, SOCK_DEAD))
		sk_reset_timer(sk, &sk->sk_timer,
			       jiffies + SCOPE_GIVE_UP_CLOSED);
}

/**
 * scope_conn_info() - read a connection's state
 * @sk: the socket, locked, or read as it changes
 * @info: where to; every octet is written
 */
void scope_conn_info(const struct sock *sk, struct scope_info *info)
{
	const struct scope_conn *c = scope_conn(sk);
	u64 una = max(c->snd_una, c->iss + 1);

	memset(info, 0, sizeof(*info));
	info->state = READ_ONCE(sk->sk_state);
	info->mss = scope_conn_mss(sk);
	info->cwnd = c->cwnd;
	info->pipe = c->pipe;
	info->snd_window = c->snd_wnd;
	info->rcv_window = c->rcv_wnd;
	info->rtt_us = scope_conn_us(c->srtt_us >> 3);
	info->rttvar_us = scope_conn_us(c->rttvar_us >> 2);
	info->min_rtt_us = c->min_rtt_us == U32_MAX ? 0 :
			   scope_conn_us(c->min_rtt_us);
	info->rto_us = min_t(u64, (u64)c->rto_us << c->backoff,
			     SCOPE_RTO_MAX_US);
	info->retransmits = c->retransmits;
	info->timeouts = c->timeouts;
	info->written = c->write_seq - c->iss - 1;
	info->acked = min(una, c->write_seq) - c->iss - 1;
	if (c->rcv_nxt) {
		info->received = c->rcv_nxt - c->irs - 1 - c->fin_received;
		info->read = c->copied_seq - c->irs - 1;
	}
}

/**
 * scope_conn_sent() - octets that were sent
 * @sk: the socket
 */
u64 scope_conn_sent(const struct sock *sk)
{
	const struct scope_conn *c = scope_conn(sk);

	return min(max(c->snd_nxt, c->iss + 1), c->write_seq) - c->iss - 1;
}

/* What becomes of a connection over a device that goes, or is up again */
static void scope_conn_dev_event(struct sock *sk, int ifindex,
				 unsigned long event)
{
	struct scope_conn *c = scope_conn(sk);

	if (!c->hashed || c->key.ifindex != ifindex)
		return;
	if (event == NETDEV_UNREGISTER) {
		scope_conn_done(sk, ENODEV);
	} else {
		c->backoff = 0;
		scope_conn_push(sk);
	}
}

/*
 * Process context under RTNL, which no socket lock is ever held around.
 */
static int scope_conn_netdev_event(struct notifier_block *nb,
				   unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct scope_net *sn;
	u64 cookie = 0;
	struct sock *sk;

	if (event != NETDEV_UNREGISTER && event != NETDEV_UP)
		return NOTIFY_DONE;
	sn = scope_net(dev_net(dev));
	for (; (sk = scope_registry_next(sn, &cookie)); cookie++) {
		if (scope_is_conn(sk)) {
			lock_sock(sk);
			scope_conn_dev_event(sk, scope_dev_ifindex(sn, dev),
					     event);
			release_sock(sk);
		}
		sock_put(sk);
	}
	return NOTIFY_DONE;
}

static struct notifier_block scope_conn_netdev = {
	.notifier_call	= scope_conn_netdev_event,
};

/**
 * scope_conn_net_init() - make a namespace's table
 * @sn: the namespace's data
 *
 * Return: 0 or -ENOMEM.
 */
int scope_conn_net_init(struct scope_net *sn)
{
	return rhashtable_init(&sn->conns, &scope_conn_params);
}

/**
 * scope_conn_net_exit() - free it
 * @sn: the namespace's data, without connections
 */
void scope_conn_net_exit(struct scope_net *sn)
{
	rhashtable_destroy(&sn->conns);
}

/**
 * scope_conn_start() - begin to hear of devices
 *
 * Return: 0 or a negative errno.
 */
int scope_conn_start(void)
{
	return register_netdevice_notifier(&scope_conn_netdev);
}

/**
 * scope_conn_stop() - undo scope_conn_start()
 */
void scope_conn_stop(void)
{
	unregister_netdevice_notifier(&scope_conn_netdev);
}
