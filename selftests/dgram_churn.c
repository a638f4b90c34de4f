// SPDX-License-Identifier: GPL-2.0
/*
 * dgram_churn.c - proves that the ledger balances at any moment, not at rest
 * alone: threads do all there is to do to one set of sockets, in random order,
 * while the ledger is read and while scope0 goes up and down
 */
#include <pthread.h>

#include "ledger.h"
#include "path.h"

#define SOCKETS		32
#define THREADS		4
#define STEPS		4000	/* of each thread */
#define PORTS		40	/* more than sockets, so that some are free */

static int sockets[SOCKETS];
static int running;

static struct sockaddr_scope some_port(unsigned int *seed)
{
	return scope_local(SCOPE_TX_PORT + rand_r(seed) % PORTS);
}

static void send_some(int fd, unsigned int *seed)
{
	static const char data[20000];
	/* mostly within a page, some in fragments */
	size_t len = rand_r(seed) % (rand_r(seed) % 8 ? 200 : sizeof(data));

	scope_sendto(fd, data, len, MSG_DONTWAIT, some_port(seed));
}

static void receive_some(int fd, unsigned int *seed)
{
	static __thread char data[64];

	recv(fd, data, sizeof(data),
	     MSG_DONTWAIT | (rand_r(seed) % 4 ? 0 : MSG_PEEK));
}

static void reopen(int i)
{
	int fd = scope_socket(SOCK_NONBLOCK);

	/* In its place at once, so that no other's descriptor is used */
	if (fd >= 0) {
		dup3(fd, sockets[i], O_CLOEXEC);
		close(fd);
	}
}

/* What a call returns is no matter: many must fail here */
static void step(unsigned int *seed)
{
	int i = rand_r(seed) % SOCKETS, fd = sockets[i];

	switch (rand_r(seed) % 12) {
	case 0:
		reopen(i);
		break;
	case 1:
		scope_bind(fd, some_port(seed));
		break;
	case 2:
		scope_connect(fd, some_port(seed));
		break;
	case 3:
		scope_disconnect(fd);
		break;
	case 4:
		shutdown(fd, rand_r(seed) % 3);
		break;
	case 5:
		scope_setsockopt_int(fd, rand_r(seed) % 2 ? SO_RCVBUF :
				     SO_SNDBUF, rand_r(seed) % 100000);
		break;
	case 6:
	case 7:
		receive_some(fd, seed);
		break;
	default:
		send_some(fd, seed);
	}
}

static void *churn(void *arg)
{
	unsigned int seed = (unsigned long)arg;
	int i;

	for (i = 0; i < STEPS; i++)
		step(&seed);
	__atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

FIXTURE(churn) {
	struct genl genl;
	pthread_t thread[THREADS];
	struct ledger ledger;
};

FIXTURE_SETUP(churn)
{
	long i;

	ASSERT_LE(0, path_new_netns());
	ASSERT_EQ(0, genl_open(&self->genl));
	for (i = 0; i < SOCKETS; i++) {
		sockets[i] = scope_socket(SOCK_NONBLOCK);
		ASSERT_LE(0, sockets[i]);
	}
	running = THREADS;
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&self->thread[i], NULL, churn,
					    (void *)(i + 1)));
}

/* At rest: what it calls queued is queued, and closing drops just that */
FIXTURE_TEARDOWN(churn)
{
	struct ledger *ledger = &self->ledger;
	__u64 queued, closed;
	int i;

	for (i = 0; i < THREADS; i++)
		pthread_join(self->thread[i], NULL);
	ASSERT_EQ(0, ledger_rest(&self->genl, ledger));
	EXPECT_EQ(0, ledger_missing(ledger));
	queued = ledger_count(ledger, QUEUED);
	closed = ledger_reason(ledger, "SCOPE_CLOSED");
	EXPECT_EQ(queued, ledger_count(ledger, QUEUE_LEN));
	for (i = 0; i < SOCKETS; i++)
		close(sockets[i]);
	EXPECT_EQ(queued + closed,
		  ledger_await_reason(&self->genl, "SCOPE_CLOSED",
				      queued + closed));
	ASSERT_EQ(0, ledger_rest(&self->genl, ledger));
	EXPECT_EQ(0, ledger_count(ledger, QUEUED));
	EXPECT_EQ(0, ledger_missing(ledger));
	/* The threads did something, though the device was down for much */
	EXPECT_LT(0, ledger_count(ledger, ALLOCATED));
}

TEST_F(churn, balances_while_read)
{
	struct ledger *ledger = &self->ledger;
	__u64 delivered = 0, dropped = 0;
	int reads = 0;

	while (__atomic_load_n(&running, __ATOMIC_SEQ_CST)) {
		ASSERT_EQ(0, ledger_read(&self->genl, ledger));
		ASSERT_EQ(ledger_missing(ledger),
			  ledger_count(ledger, MOVING));
		/* What is counted once stays counted */
		ASSERT_LE(delivered, ledger_count(ledger, DELIVERED));
		ASSERT_LE(dropped, ledger_count(ledger, DROPPED));
		delivered = ledger_count(ledger, DELIVERED);
		dropped = ledger_count(ledger, DROPPED);
		reads++;
	}
	EXPECT_LT(1, reads);
	EXPECT_LT(0, delivered);
	EXPECT_LT(0, dropped);
}

TEST_F(churn, device_goes_up_and_down)
{
	struct ifreq down = { .ifr_flags = 0 };

	while (__atomic_load_n(&running, __ATOMIC_SEQ_CST)) {
		ASSERT_EQ(0, path_dev_ioctl(SCOPE_DEV_NAME, SIOCSIFFLAGS,
					    &down));
		ASSERT_EQ(0, path_dev_up(SCOPE_DEV_NAME));
	}
}

TEST_HARNESS_MAIN
