// SPDX-License-Identifier: GPL-2.0
/*
 * world.c - what programs run in
 *
 *	end 0			end 1
 *	packet sockets, mouths	the family's sockets
 *	ve0 ------------------- ve1	scope0
 *
 * A world is made of two network namespaces, which serve for some hundred
 * programs and then end with whatever connections are left in them. The
 * threads wait for work; one that stays in an operation is interrupted by a
 * signal, and when the time of a program is over no operation is begun.
 */
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "fuzz.h"

#define WORLD_TICK	3	/* ms that an operation may sleep */
#define WORLD_LIMIT	1500	/* ms that a program may take */
#define NOBODY		65534
#define WORLD_PATIENCE	5000	/* ms until its sk_buffs are accounted for */

static void on_signal(int sig)
{
}

/* A descriptor of the program, or one that is none */
int world_slot(struct actor *actor, uint32_t slot)
{
	return __atomic_load_n(&actor->world->slot[slot % FUZZ_SLOTS],
			       __ATOMIC_RELAXED);
}

/* Puts a descriptor where one of before is closed; -1 only closes */
void world_keep(struct actor *actor, uint32_t slot, int fd)
{
	int old = __atomic_exchange_n(&actor->world->slot[slot % FUZZ_SLOTS],
				      fd, __ATOMIC_RELAXED);

	if (old >= 0)
		close(old);
}

/* @dev: how the address names a device, and who is behind it */
struct sockaddr_scope world_addr(struct world *world, uint32_t port,
				 uint32_t dev)
{
	static const unsigned char all[ETH_ALEN] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff
	};
	const struct path *path = &world->peer.wire.path;
	unsigned int ve1 = path->ifindex[1];

	switch (dev) {
	case 0:
		return scope_local(port);
	case 1:
		return scope_addr(port, ve1, NULL);
	case 2:
		return scope_addr(port, ve1, path->link[0]);
	case 3:
		return scope_addr(port, ve1, peer_link);
	case 4:
		return scope_addr(port, ve1, all);
	case 5:
		return scope_addr(port, 0, peer_link);
	default:
		return scope_addr(port, dev, NULL);
	}
}

static void actor_fail(struct actor *actor, unsigned int nth)
{
	char text[16];
	int fd, len;

	fd = open("/proc/thread-self/fail-nth", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	len = snprintf(text, sizeof(text), "%u", nth);
	if (write(fd, text, len) < 0)
		note(actor, 5, errno, 0);
	close(fd);
}

static void actor_do(struct actor *actor, const struct op *op)
{
	unsigned int fail = actor->fail;
	long ret;

	actor->fail = 0;
	if (fail) {
		__atomic_add_fetch(&state->failing, 1, __ATOMIC_RELAXED);
		actor_fail(actor, fail);
	}
	errno = 0;
	ret = calls[op->call].make(actor, op->arg);
	note(actor, 1, op->call, ret < 0 ? errno : ret ? 1000 : 1001);
	__atomic_add_fetch(&state->calls, 1, __ATOMIC_RELAXED);
	if (ret < 0)
		__atomic_add_fetch(&state->errors, 1, __ATOMIC_RELAXED);
	if (fail) {
		actor_fail(actor, 0);
		__atomic_sub_fetch(&state->failing, 1, __ATOMIC_RELAXED);
	}
	__atomic_add_fetch(&actor->step, 1, __ATOMIC_RELEASE);
}

static void actor_program(struct actor *actor)
{
	const struct program *program = actor->world->program;
	unsigned int i;

	for (i = 0; i < program->ops; i++) {
		if (__atomic_load_n(&actor->world->stop, __ATOMIC_ACQUIRE))
			break;
		if (program->op[i].thread == actor->index)
			actor_do(actor, &program->op[i]);
	}
}

/* What a connection came to, then its end */
static void actor_clean(struct actor *actor)
{
	struct scope_info info;
	socklen_t len;
	uint32_t i;
	int fd;

	for (i = 0; i < FUZZ_SLOTS; i++) {
		fd = world_slot(actor, i);
		len = sizeof(info);
		if (fd >= 0 && !getsockopt(fd, SOL_SCOPE, SCOPE_INFO, &info,
					   &len) && len == sizeof(info)) {
			note(actor, 6, info.state, info.retransmits > 0);
			note(actor, 7, info.timeouts, info.cwnd > 10);
			note(actor, 8, info.received > info.read,
			     info.written > info.acked);
		}
		world_keep(actor, i, -1);
		__atomic_add_fetch(&actor->step, 1, __ATOMIC_RELEASE);
	}
}

static void *actor_main(void *arg)
{
	struct actor *actor = arg;

	kcov_enable(&actor->kcov);
	for (;;) {
		while (sem_wait(&actor->go))
			;
		if (actor->clean)
			actor_clean(actor);
		else
			actor_program(actor);
		__atomic_store_n(&actor->busy, false, __ATOMIC_RELEASE);
		sem_post(&actor->world->done);
	}
	return NULL;
}

static bool actor_open(struct actor *actor)
{
	if (genl_open(&actor->genl) || sem_init(&actor->go, 0, 0) ||
	    fcntl(actor->genl.fd, F_SETFL, O_NONBLOCK))
		return false;
	return !pthread_create(&actor->thread, NULL, actor_main, actor);
}

static void actor_start(struct actor *actor, bool clean)
{
	actor->clean = clean;
	actor->busy = true;
	sem_post(&actor->go);
}

/* Waits for threads, and wakes the one that sleeps too long */
static void world_wait(struct world *world, unsigned int threads)
{
	unsigned int step[FUZZ_THREADS], i;
	uint64_t start = fuzz_time();
	struct timespec tick;
	struct actor *actor;

	for (i = 0; i < FUZZ_THREADS; i++)
		step[i] = world->actor[i].step - 1;
	while (threads) {
		clock_gettime(CLOCK_REALTIME, &tick);
		tick.tv_nsec += WORLD_TICK * 1000000L * settings.slow;
		tick.tv_sec += tick.tv_nsec / 1000000000;
		tick.tv_nsec %= 1000000000;
		if (!sem_timedwait(&world->done, &tick)) {
			threads--;
			continue;
		}
		if (fuzz_time() - start > WORLD_LIMIT * settings.slow)
			__atomic_store_n(&world->stop, true, __ATOMIC_RELEASE);
		for (i = 0; i < FUZZ_THREADS; i++) {
			actor = &world->actor[i];
			if (__atomic_load_n(&actor->busy, __ATOMIC_ACQUIRE) &&
			    __atomic_load_n(&actor->step, __ATOMIC_ACQUIRE) ==
			    step[i])
				pthread_kill(actor->thread, SIGUSR1);
			step[i] = actor->step;
		}
	}
}

/* Device changes of a program do not last */
static void world_restore(struct world *world)
{
	int end;

	world->changed = false;
	for (end = 1; end >= 0; end--) {
		path_enter(&world->peer.wire.path, end);
		path_dev_up(path_dev(&world->peer.wire.path, end));
		path_dev_mtu(path_dev(&world->peer.wire.path, end),
			     SEGMENT_MTU);
	}
	path_enter(&world->peer.wire.path, 1);
	path_dev_up(SCOPE_DEV_NAME);
	path_dev_mtu(SCOPE_DEV_NAME, PATH_MTU);
	path_dev_running("ve1");
}

void world_run(struct world *world, const struct program *program)
{
	unsigned int i, threads = program_threads(program);

	world->program = program;
	world->stop = false;
	frames_begin(world);
	for (i = 0; i < FUZZ_THREADS; i++) {
		kcov_begin(&world->actor[i].kcov);
		world->actor[i].noted = 0;
		world->actor[i].fail = 0;
	}
	for (i = 0; i < threads; i++)
		actor_start(&world->actor[i], false);
	world_wait(world, threads);
	actor_start(&world->actor[0], true);
	world_wait(world, 1);
	if (world->changed)
		world_restore(world);
	state->executions++;
	state->raced += threads > 1;
}

static bool balanced(const struct ledger *ledger)
{
	return !ledger_missing(ledger) && !ledger_count(ledger, MOVING) &&
	       ledger_count(ledger, QUEUED) == ledger_count(ledger, QUEUE_LEN);
}

/*
 * Descriptors that the program had are closed. What is still on its way, or on
 * the queue of a socket that RCU has yet to free, is accounted for in the end.
 */
static bool end_judge(struct world *world, int end)
{
	uint64_t patience = fuzz_time() + WORLD_PATIENCE * settings.slow;
	struct ledger ledger;
	int err;

	for (;;) {
		err = ledger_read(&world->genl[end], &ledger);
		if (err) {
			fuzz_fail("the ledger of end %d can't be read: %s", end,
				  strerror(-err));
			return false;
		}
		if (balanced(&ledger))
			return true;
		if (fuzz_time() > patience)
			break;
		usleep(1000);
	}
	fuzz_fail("the ledger of end %d: missing %lld, moving %llu, queued %llu, on queues %llu",
		  end, (long long)ledger_missing(&ledger),
		  (unsigned long long)ledger_count(&ledger, MOVING),
		  (unsigned long long)ledger_count(&ledger, QUEUED),
		  (unsigned long long)ledger_count(&ledger, QUEUE_LEN));
	return false;
}

/* Whether a program that is over did no harm */
bool world_judge(struct world *world)
{
	return !trouble_look() && end_judge(world, 0) && end_judge(world, 1) &&
	       !trouble_look();
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;

	close(fd);
	return ret;
}

/* Nobody, but root of a namespace of its own */
static int world_user(void)
{
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY) ||
	    prctl(PR_SET_DUMPABLE, 1) || unshare(CLONE_NEWUSER))
		return -errno;
	return write_text("/proc/self/setgroups", "deny") ?:
	       write_text("/proc/self/uid_map", "0 65534 1") ?:
	       write_text("/proc/self/gid_map", "0 65534 1");
}

static int world_packets(struct world *world)
{
	struct sockaddr_ll to = world->peer.wire.to;
	int one = 1;

	if (path_enter(&world->peer.wire.path, 0))
		return -errno;
	world->vnet = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (world->vnet < 0 ||
	    setsockopt(world->vnet, SOL_PACKET, PACKET_VNET_HDR, &one,
		       sizeof(one)))
		return -errno;
	if (path_enter(&world->peer.wire.path, 1))
		return -errno;
	world->scope0 = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	to.sll_protocol = 0;
	to.sll_ifindex = if_nametoindex(SCOPE_DEV_NAME);
	if (world->scope0 < 0 ||
	    bind(world->scope0, (struct sockaddr *)&to, sizeof(to)))
		return -errno;
	/* What the kernel says is looked for, never awaited */
	return fcntl(world->peer.wire.raw, F_SETFL, O_NONBLOCK) ? -errno : 0;
}

/* Returns 0 or -errno */
int world_open(struct world *world)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct rlimit limit = { .rlim_cur = 128, .rlim_max = 128 };
	int i, err = 0;

	memset(world, 0, sizeof(*world));
	trouble_open();
	for (i = 0; i < FUZZ_THREADS; i++)
		kcov_open(&world->actor[i].kcov);
	if (settings.user)
		err = world_user();
	if (err)
		return err;
	setrlimit(RLIMIT_NOFILE, &limit);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGIO, &action, NULL);
	sigaction(SIGURG, &action, NULL);
	signal(SIGPIPE, SIG_IGN);

	if (peer_open(&world->peer, SCOPE_T_STREAM))
		return -errno;
	err = world_packets(world);
	if (err)
		return err;
	if (pthread_mutex_init(&world->lock, NULL) ||
	    sem_init(&world->done, 0, 0))
		return -ENOMEM;
	for (i = 0; i < FUZZ_SLOTS; i++)
		world->slot[i] = -1;
	world->genl[1] = world->peer.wire.genl;
	path_enter(&world->peer.wire.path, 0);
	err = genl_open(&world->genl[0]);
	if (err)
		return err;
	path_enter(&world->peer.wire.path, 1);
	for (i = 0; i < 2; i++)
		ledger_read(&world->genl[i], &world->ledger[i]);
	for (i = 0; i < FUZZ_THREADS; i++) {
		world->actor[i].world = world;
		world->actor[i].index = i;
		if (!actor_open(&world->actor[i]))
			return -EAGAIN;
	}
	return 0;
}
