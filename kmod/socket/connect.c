// SPDX-License-Identifier: GPL-2.0
/*
 * connect.c - the calls of SOCK_STREAM and SOCK_SEQPACKET that are not data
 *
 * Place: top of the socket layer, beside family.c. Called by the system calls
 * in process context; each takes the socket lock for itself. struct socket and
 * struct sock each have a state:
 *
 *	socket		sock
 *	UNCONNECTED	CLOSE, or LISTEN
 *	CONNECTING	SYN_SENT, SYN_RECV
 *	CONNECTED	ESTABLISHED and all that follows, back to CLOSE
 */
#include <linux/sockios.h>
#include <net/tcp_states.h>

#include <asm/ioctls.h>

#include "../observe/hold.h"
#include "../observe/registry.h"
#include "../observe/station.h"
#include "socket.h"

/*
 * What a connection's buffers hold unless the program says otherwise. The
 * default of datagrams would be empty before a segment lost on a slow path is
 * there again.
 */
#define SCOPE_CONN_BUF	SZ_1M

#define SCOPE_OPENING	(TCPF_SYN_SENT | TCPF_SYN_RECV)

static bool scope_conn_writeable(struct sock *sk)
{
	return scope_sk(sk)->pair ? sock_writeable(sk) :
				    sk_stream_is_writeable(sk);
}

/*
 * Room was made in the send buffer: wake those who wait for it. Readers wait on
 * the same queue, so with nobody to tell, nobody is woken. A pair's room is
 * made by its reader, without the socket lock.
 */
static void scope_conn_write_space(struct sock *sk)
{
	bool over = READ_ONCE(sk->sk_state) == TCP_CLOSE;
	struct socket_wq *wq;
	struct socket *sock;

	if (!over && !scope_conn_writeable(sk))
		return;
	smp_mb(); /* the room is made before it is seen that nobody waits */
	rcu_read_lock();
	sock = READ_ONCE(sk->sk_socket);
	if (!sock || (!over && !test_and_clear_bit(SOCK_NOSPACE, &sock->flags)))
		goto out;
	wq = rcu_dereference(sk->sk_wq);
	if (skwq_has_sleeper(wq))
		wake_up_interruptible_poll(&wq->wait, EPOLLOUT | EPOLLWRNORM |
					   EPOLLWRBAND);
	if (wq && !(sk->sk_shutdown & SEND_SHUTDOWN))
		sock_wake_async(wq, SOCK_WAKE_SPACE, POLL_OUT);
out:
	rcu_read_unlock();
}

/**
 * scope_conn_sock_init() - make a new socket one for connections
 * @sk: the socket
 */
void scope_conn_sock_init(struct sock *sk)
{
	scope_sk(sk)->queue_rcv = scope_queue_segment;
	sk->sk_backlog_rcv = scope_conn_backlog_rcv;
	sk->sk_write_space = scope_conn_write_space;
	/* What the device frees makes no room: an acknowledgment does */
	sock_set_flag(sk, SOCK_USE_WRITE_QUEUE);
	WRITE_ONCE(sk->sk_rcvbuf, SCOPE_CONN_BUF);
	WRITE_ONCE(sk->sk_sndbuf, SCOPE_CONN_BUF);
	WRITE_ONCE(sk->sk_peek_off, -1);
}

static int scope_listen(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;
	struct scope_sock *ss = scope_sk(sk);
	int err = -EINVAL;

	lock_sock(sk);
	if (sock->state != SS_UNCONNECTED || ss->pair ||
	    (sk->sk_state != TCP_CLOSE && sk->sk_state != TCP_LISTEN))
		goto out;
	err = 0;
	if (!ss->bound.port)
		err = scope_port_bind(sk, 0, 0);
	if (!err)
		err = scope_conn_listen(sk, backlog);
	if (!err)
		scope_registry_change(sk);
out:
	release_sock(sk);
	return err;
}

/* Wait until it is in none of the states; the time left is written back */
static void scope_wait_leave(struct sock *sk, int states, long *timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);

	add_wait_queue(sk_sleep(sk), &wait);
	while ((1 << sk->sk_state) & states) {
		release_sock(sk);
		*timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, *timeo);
		lock_sock(sk);
		if (signal_pending(current) || !*timeo)
			break;
	}
	remove_wait_queue(sk_sleep(sk), &wait);
}

/* The opening is over: what is the outcome? */
static int scope_open_outcome(struct socket *sock)
{
	struct sock *sk = sock->sk;
	int err;

	if (sk->sk_state != TCP_CLOSE) {
		sock->state = SS_CONNECTED;
		return 0;
	}
	err = sock_error(sk) ?: -ECONNABORTED;
	sock->state = SS_UNCONNECTED;
	sk->sk_shutdown = 0;
	return err;
}

/* As far as an opening can be followed without blocking, or until it is over */
static int scope_open_wait(struct socket *sock, long *timeo, bool again)
{
	struct sock *sk = sock->sk;

	if ((1 << sk->sk_state) & SCOPE_OPENING) {
		if (!*timeo)
			return again ? -EALREADY : -EINPROGRESS;
		scope_wait_leave(sk, SCOPE_OPENING, timeo);
		if ((1 << sk->sk_state) & SCOPE_OPENING)
			return signal_pending(current) ?
			       sock_intr_errno(*timeo) :
			       again ? -EALREADY : -EINPROGRESS;
	}
	return scope_open_outcome(sock);
}

/* connect() to AF_UNSPEC: end the connection, and be as new */
static int scope_conn_disconnect(struct socket *sock)
{
	struct sock *sk = sock->sk;
	const struct scope_addr nobody = {};

	if (sk->sk_state == TCP_LISTEN || scope_sk(sk)->pair)
		return -EINVAL;
	if (sk->sk_state != TCP_CLOSE)
		scope_conn_abort(sk, 0);
	scope_set_peer(sk, &nobody);
	scope_queue_purge(sk);
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		scope_port_unbind(sk);
	sk->sk_err = 0;
	sk->sk_shutdown = 0;
	sock->state = SS_UNCONNECTED;
	scope_registry_change(sk);
	return 0;
}

/* A first connect(), with the address checked; the socket is locked */
static int scope_open(struct socket *sock, const struct scope_addr *to,
		      long *timeo)
{
	struct sock *sk = sock->sk;
	struct scope_sock *ss = scope_sk(sk);
	bool block = *timeo;
	int err;

	for (;;) {
		if (sk->sk_state != TCP_CLOSE || ss->pair)
			return -EISCONN;
		if (ss->bound.port && ss->bound.ifindex != to->ifindex)
			return -EINVAL;
		/* How an earlier connection ended is no matter of this one */
		WRITE_ONCE(sk->sk_err, 0);
		err = scope_conn_connect(sk, to);
		if (!err) {
			sock->state = SS_CONNECTING;
			scope_registry_change(sk);
			if (!block) {
				/* What came meanwhile is looked at now */
				release_sock(sk);
				lock_sock(sk);
				if (!scope_conn(sk)->busy)
					return -EINPROGRESS;
			}
			err = scope_open_wait(sock, timeo, false);
		}
		if (err != -EAGAIN || !block)
			return err;
		/* The backlog is full: wait for room, and try again */
		release_sock(sk);
		if (!scope_conn_wait_room(sk, to, timeo))
			err = signal_pending(current) ? sock_intr_errno(*timeo) :
							-EAGAIN;
		else
			err = 0;
		lock_sock(sk);
		if (!err)
			continue;
		/*
		 * An open that a signal interrupts goes on, and poll() tells
		 * how it ends. This one does not: there was no room for it.
		 */
		if (err != -EAGAIN && sk->sk_state == TCP_CLOSE) {
			WRITE_ONCE(sk->sk_err, EAGAIN);
			sk_error_report(sk);
		}
		return err;
	}
}

static int scope_conn_open(struct socket *sock, struct sockaddr_unsized *uaddr,
			   int len, int flags)
{
	struct sock *sk = sock->sk;
	struct net_device *dev;
	struct scope_addr to;
	long timeo;
	int err;

	if (len < (int)sizeof(sa_family_t))
		return -EINVAL;
	if (((struct sockaddr *)uaddr)->sa_family == AF_UNSPEC) {
		lock_sock(sk);
		err = scope_conn_disconnect(sock);
		release_sock(sk);
		return err;
	}
	err = scope_addr_from_user(sk, uaddr, len, &to, &dev);
	if (err)
		return err;
	err = READ_ONCE(dev->flags) & IFF_UP ? 0 : -ENETDOWN;
	scope_dev_put(scope_sk(sk)->sn, dev);
	if (!to.port || is_multicast_ether_addr(to.link))
		return -EINVAL;

	lock_sock(sk);
	timeo = sock_sndtimeo(sk, flags & O_NONBLOCK);
	switch (sock->state) {
	case SS_CONNECTED:
		err = -EISCONN;
		break;
	case SS_CONNECTING:
		err = scope_open_wait(sock, &timeo, true);
		break;
	default:
		err = err ?: scope_open(sock, &to, &timeo);
	}
	if (!err)
		scope_registry_change(sk);
	release_sock(sk);
	return err;
}

/* Wait for a connection. Return: it, or an error pointer. */
static struct sock *scope_accept_wait(struct sock *sk, long timeo)
{
	DEFINE_WAIT(wait);
	struct sock *child;
	int err;

	for (;;) {
		prepare_to_wait_exclusive(sk_sleep(sk), &wait,
					  TASK_INTERRUPTIBLE);
		child = scope_conn_accept(sk);
		if (child)
			break;
		err = -EINVAL;
		if (sk->sk_state != TCP_LISTEN)
			goto fail;
		err = -EAGAIN;
		if (!timeo)
			goto fail;
		err = sock_intr_errno(timeo);
		if (signal_pending(current))
			goto fail;
		release_sock(sk);
		timeo = schedule_timeout(timeo);
		lock_sock(sk);
	}
	finish_wait(sk_sleep(sk), &wait);
	return child;

fail:
	finish_wait(sk_sleep(sk), &wait);
	return ERR_PTR(err);
}

static int scope_accept(struct socket *sock, struct socket *newsock,
			SCOPE_ACCEPT_ARGS)
{
	struct sock *sk = sock->sk;
	struct sock *child;

	lock_sock(sk);
	child = scope_accept_wait(sk, sock_rcvtimeo(sk, SCOPE_ACCEPT_FLAGS &
						    O_NONBLOCK));
	release_sock(sk);
	if (IS_ERR(child))
		return PTR_ERR(child);

	lock_sock(child);
	sock_graft(child, newsock);
	newsock->ops = &scope_conn_ops;
	newsock->state = SS_CONNECTED;
	release_sock(child);
	scope_registry_announce(child);
	return 0;
}

/* shutdown() of a listener ends listening, as it does for TCP */
static void scope_listen_shutdown(struct sock *sk, int how)
{
	if (!(how & RCV_SHUTDOWN))
		return;
	scope_conn_close_children(sk);
	sk->sk_state_change(sk);
	scope_registry_change(sk);
}

static int scope_conn_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	int err = 0;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	/* SHUT_RD, SHUT_WR, SHUT_RDWR to RCV_SHUTDOWN, SEND_SHUTDOWN, both */
	how++;
	if (scope_sk(sk)->pair) {
		scope_pair_shutdown(sk, how);
		scope_registry_change(sk);
		return 0;
	}
	if (READ_ONCE(sk->sk_state) == TCP_LISTEN) {
		scope_listen_shutdown(sk, how);
		return 0;
	}

	lock_sock(sk);
	if (!((1 << sk->sk_state) & ~(TCPF_CLOSE | TCPF_LISTEN |
				      TCPF_SYN_SENT))) {
		err = -ENOTCONN;
	} else {
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | how);
		if (how & SEND_SHUTDOWN)
			scope_conn_finish(sk);
		if (how & RCV_SHUTDOWN)
			scope_conn_deafen(sk);
		sk->sk_state_change(sk);
		scope_registry_change(sk);
	}
	release_sock(sk);
	return err;
}

static __poll_t scope_conn_poll(struct file *file, struct socket *sock,
				poll_table *wait)
{
	struct sock *sk = sock->sk;
	int state, shutdown;
	__poll_t mask = 0;

	sock_poll_wait(file, sock, wait);
	state = READ_ONCE(sk->sk_state);
	if (state == TCP_LISTEN)
		return scope_conn_acceptable(sk) ? EPOLLIN | EPOLLRDNORM : 0;

	shutdown = READ_ONCE(sk->sk_shutdown);
	if (shutdown == SHUTDOWN_MASK || state == TCP_CLOSE)
		mask |= EPOLLHUP;
	if (shutdown & RCV_SHUTDOWN)
		mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
	if (!((1 << state) & SCOPE_OPENING)) {
		if (scope_conn_readable(sk, false))
			mask |= EPOLLIN | EPOLLRDNORM;
		if (scope_conn(sk)->urg == SCOPE_URG_WAITS)
			mask |= EPOLLPRI;
		if (shutdown & SEND_SHUTDOWN ||
		    scope_conn_writeable(sk)) {
			mask |= EPOLLOUT | EPOLLWRNORM;
		} else {
			sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sk);
			set_bit(SOCK_NOSPACE, &sock->flags);
			smp_mb__after_atomic(); /* before room is looked for */
			if (scope_conn_writeable(sk))
				mask |= EPOLLOUT | EPOLLWRNORM;
		}
	}
	smp_rmb(); /* what is set with an error is read before it */
	if (READ_ONCE(sk->sk_err))
		mask |= EPOLLERR;
	return mask;
}

/* Octets on the write queue, all or those never sent */
static u64 scope_conn_unsent(struct sock *sk, bool all)
{
	struct sk_buff *skb = all ? skb_peek(&sk->sk_write_queue) :
				    scope_conn(sk)->send_head;
	u64 sum = 0;

	for (; skb; skb = skb_peek_next(skb, &sk->sk_write_queue))
		sum += skb->len;
	return sum;
}

/* Octets to read; as TCP does it, up to the urgent one if that is not in line */
static u64 scope_conn_inq(struct sock *sk)
{
	const struct scope_conn *c = scope_conn(sk);

	if (c->urg != SCOPE_URG_NONE && !sock_flag(sk, SOCK_URGINLINE))
		return c->urg_seq - c->copied_seq;
	return scope_conn_unread(sk);
}

static int scope_conn_ioctl(struct socket *sock, unsigned int cmd,
			    unsigned long arg)
{
	struct sock *sk = sock->sk;
	struct scope_conn *c = scope_conn(sk);
	int amount = -ENOIOCTLCMD;

	lock_sock(sk);
	switch (cmd) {
	case SIOCINQ:
		amount = scope_conn_inq(sk);
		break;
	case SIOCOUTQ:
		amount = scope_sk(sk)->pair ? sk_wmem_alloc_get(sk) :
					      scope_conn_unsent(sk, true);
		break;
	case SIOCOUTQNSD:
		amount = scope_conn_unsent(sk, false);
		break;
	case SIOCATMARK:
		amount = c->urg != SCOPE_URG_NONE &&
			 c->urg_seq == c->copied_seq;
		break;
	}
	if (amount >= 0 && sk->sk_state == TCP_LISTEN)
		amount = -EINVAL;
	release_sock(sk);
	return amount < 0 ? amount : put_user(amount, (int __user *)arg);
}

static int scope_conn_setsockopt(struct socket *sock, int level, int optname,
				 sockptr_t optval, unsigned int optlen)
{
	/* As TCP bounds them */
	static const int most[] = {
		[SCOPE_KEEPIDLE] = 32767,
		[SCOPE_KEEPINTVL] = 32767,
		[SCOPE_KEEPCNT] = 127,
	};
	struct sock *sk = sock->sk;
	struct scope_conn *c = scope_conn(sk);
	int value;

	if (level != SOL_SCOPE || optname < SCOPE_KEEPIDLE ||
	    optname > SCOPE_KEEPCNT)
		return -ENOPROTOOPT;
	if (optlen < sizeof(value))
		return -EINVAL;
	if (copy_from_sockptr(&value, optval, sizeof(value)))
		return -EFAULT;
	if (value < 1 || value > most[optname])
		return -EINVAL;

	lock_sock(sk);
	if (optname == SCOPE_KEEPIDLE)
		WRITE_ONCE(c->keepidle, value);
	else if (optname == SCOPE_KEEPINTVL)
		WRITE_ONCE(c->keepintvl, value);
	else
		WRITE_ONCE(c->keepcnt, value);
	if (sock_flag(sk, SOCK_KEEPOPEN))
		scope_conn_keepalive(sk, 1);
	release_sock(sk);
	return 0;
}

static int scope_conn_getsockopt(struct socket *sock, int level, int optname,
				 char __user *optval, int __user *optlen)
{
	struct sock *sk = sock->sk;
	const struct scope_conn *c = scope_conn(sk);
	struct scope_info info;
	void *from = &info;
	int len, size = sizeof(int);
	int value;

	if (level != SOL_SCOPE)
		return -ENOPROTOOPT;
	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	value = 0;
	switch (optname) {
	case SCOPE_KEEPIDLE:
		value = READ_ONCE(c->keepidle);
		break;
	case SCOPE_KEEPINTVL:
		value = READ_ONCE(c->keepintvl);
		break;
	case SCOPE_KEEPCNT:
		value = READ_ONCE(c->keepcnt);
		break;
	case SCOPE_INFO:
		lock_sock(sk);
		scope_conn_info(sk, &info);
		release_sock(sk);
		size = sizeof(info);
		break;
	default:
		return -ENOPROTOOPT;
	}
	if (optname != SCOPE_INFO)
		from = &value;
	len = min(len, size);
	if (put_user(len, optlen) || copy_to_user(optval, from, len))
		return -EFAULT;
	return 0;
}

/* Wait for the peer to have all, for as long as SO_LINGER says */
static void scope_linger(struct sock *sk)
{
	long timeo = READ_ONCE(sk->sk_lingertime);

	if (!sock_flag(sk, SOCK_LINGER) || current->flags & PF_EXITING)
		return;
	scope_wait_leave(sk, TCPF_FIN_WAIT1 | TCPF_CLOSING | TCPF_LAST_ACK,
			 &timeo);
}

/* SO_LINGER with no time at all */
static bool scope_resets(const struct sock *sk)
{
	return sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime;
}

static void scope_conn_release_locked(struct sock *sk)
{
	bool unread = !skb_queue_empty(&sk->sk_receive_queue) ||
		      !skb_queue_empty(&scope_conn(sk)->ooo);
	bool reset = scope_resets(sk);

	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	if (scope_sk(sk)->pair) {
		WRITE_ONCE(sk->sk_state, TCP_CLOSE);
	} else if (!unread && !reset) {
		scope_conn_finish(sk);
		scope_linger(sk);
	}
	scope_port_unbind(sk);
	sock_orphan(sk);
	scope_conn_close(sk, unread || reset);
}

static int scope_conn_release(struct socket *sock)
{
	struct sock *sk = sock->sk;

	if (!sk)
		return 0;
	scope_registry_retire(sk);
	scope_hold_close(sk);
	if (READ_ONCE(sk->sk_state) == TCP_LISTEN)
		scope_conn_close_children(sk);
	if (scope_sk(sk)->pair)
		scope_pair_close(sk, scope_resets(sk));

	sock_hold(sk);
	lock_sock(sk);
	scope_conn_release_locked(sk);
	sock->sk = NULL;
	release_sock(sk);
	scope_queue_purge(sk);
	scope_hold_orphaned(sk);
	scope_pair_drop(sk);
	sock_put(sk);
	return 0;
}

struct proto_ops scope_conn_ops __ro_after_init = {
	.owner		= THIS_MODULE,
	.release	= scope_conn_release,
	.bind		= scope_bind,
	.connect	= scope_conn_open,
	.socketpair	= scope_socketpair,
	.accept		= scope_accept,
	.getname	= scope_getname,
	.poll		= scope_conn_poll,
	.ioctl		= scope_conn_ioctl,
	.gettstamp	= sock_gettstamp,
	.listen		= scope_listen,
	.shutdown	= scope_conn_shutdown,
	.setsockopt	= scope_conn_setsockopt,
	.getsockopt	= scope_conn_getsockopt,
	.sendmsg	= scope_conn_sendmsg,
	.recvmsg	= scope_conn_recvmsg,
	.mmap		= sock_no_mmap,
	.set_peek_off	= sk_set_peek_off,
};
