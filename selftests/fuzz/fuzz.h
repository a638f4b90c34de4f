/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fuzz.h - what the parts of the fuzzer share
 *
 *	fuzz.c		the command, the watchdog over the worker, the report
 *	corpus.c	programs worth keeping, and what made them so
 *	program.c	a program as text; a new one; one made of others
 *	kcov.c		which instructions of the module a thread ran
 *	trouble.c	what the kernel's log says
 *	world.c		namespaces, devices, threads; runs a program; the ledger
 *	calls.c		system calls of the family
 *	ways.c		other ways to a socket: splice, io_uring, SCM_RIGHTS
 *	netlink.c	generic netlink, proc, debugfs, devices
 *	frames.c	frames, and connections whose other end is made by hand
 *
 * A program is a short list of operations. Each has the thread that does it
 * and a few numbers, whose meaning its entry in the table of calls gives. In
 * memory and in a file the numbers are the same, so that what was run can be
 * kept, replayed and made smaller.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>

#include "../segment.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD	77
#endif

#define FUZZ_OPS	24	/* of a program */
#define FUZZ_ARGS	6	/* numbers of an operation */
#define FUZZ_SLOTS	8	/* descriptors that a program knows */
#define FUZZ_THREADS	4
#define FUZZ_MOUTHS	2
#define FUZZ_CORPUS	2048	/* programs kept */
#define FUZZ_FEATURES	(1 << 20)
#define FUZZ_CODE	(1 << 20)	/* octets of the module that can be told apart */
#define FUZZ_NOTES	4096	/* features one thread notes in a program */
#define FUZZ_DATA	(1 << 20)
#define FUZZ_NONE	0xffffffff	/* no address, no attribute */

/* What a number is: from which values it is chosen */
enum arg {
	ARG_NONE,
	ARG_SLOT,
	ARG_TYPE,
	ARG_PROTOCOL,
	ARG_PORT,
	ARG_DEV,
	ARG_FORM,
	ARG_LEN,
	ARG_FLAGS,
	ARG_CMSG,
	ARG_BACKLOG,
	ARG_SMALL,
	ARG_EVENTS,
	ARG_IOCTL,
	ARG_OPTION,
	ARG_VALUE,
	ARG_COMMAND,
	ARG_NLFLAGS,
	ARG_MOUTH,
	ARG_SEGMENT,
	ARG_DELTA,
	ARG_WINDOW,
	ARG_OFFSET,
	ARG_MS,
	ARG_ACTION,
	ARG_STATIONS,
	ARG_RULE,
	ARG_VERDICT,
	ARG_KINDS,
};

struct op {
	uint8_t		call;
	uint8_t		thread;
	uint32_t	arg[FUZZ_ARGS];
};

struct program {
	uint32_t	ops;
	struct op	op[FUZZ_OPS];
};

struct kcov {
	int		fd;
	unsigned long	*area;
};

/**
 * struct mouth - one connection whose other end is made by hand
 * @peer: as the tests have it; its wire is the world's
 * @open: the kernel's first number is known
 */
struct mouth {
	struct peer	peer;
	bool		open;
};

/**
 * struct actor - a thread that does operations
 * @world: where
 * @index: which one
 * @thread: POSIX' name of it
 * @go: posted when there is work
 * @clean: the work is to close everything
 * @busy: it works
 * @step: counts its operations: one that does not move is interrupted
 * @kcov: which instructions it ran
 * @genl: its netlink socket
 * @notes: features it saw in this program
 * @noted: how many
 * @fail: which allocation of the next operation is to fail; 0 for none
 */
struct actor {
	struct world	*world;
	int		index;
	pthread_t	thread;
	sem_t		go;
	bool		clean;
	bool		busy;
	unsigned int	step;
	struct kcov	kcov;
	struct genl	genl;
	uint32_t	notes[FUZZ_NOTES];
	unsigned int	noted;
	unsigned int	fail;
};

/**
 * struct world - what programs run in, for some hundred of them
 * @peer: namespaces, and a packet socket at end 0; the family's sockets are at
 *	end 1, but for a few
 * @netns: the same namespaces, for the threads
 * @scope0: a packet socket on scope0 of end 1
 * @vnet: one at end 0 whose frames have a struct virtio_net_hdr
 * @genl: asks for the ledger of each end
 * @ledger: as it was before the program
 * @slot: the program's descriptors, or -1
 * @mouth: connections made by hand, under @lock
 * @spoil: a change to the next frame, under @lock: where, how many octets, to
 *	what, and whether the sum is made afterwards
 * @frame: the last frame, under @lock
 * @frame_len: octets of it
 * @program: the one that runs
 * @stop: its time is over
 * @changed: it changed a device
 * @done: posted by each thread that is done
 * @actor: the threads
 */
struct world {
	struct peer		peer;
	int			scope0;
	int			vnet;
	struct genl		genl[2];
	struct ledger		ledger[2];
	int			slot[FUZZ_SLOTS];
	pthread_mutex_t		lock;
	struct mouth		mouth[FUZZ_MOUTHS];
	uint32_t		spoil[FUZZ_ARGS];
	unsigned char		frame[PATH_MTU];
	size_t			frame_len;
	const struct program	*program;
	bool			stop;
	bool			changed;
	sem_t			done;
	struct actor		actor[FUZZ_THREADS];
};

struct call {
	const char	*name;
	enum arg	arg[FUZZ_ARGS];
	long		(*make)(struct actor *actor, const uint32_t *arg);
};

struct kept {
	struct program	program;
	uint32_t	ms;		/* that it took */
};

/**
 * struct state - shared by the worker and the process that watches it
 * @random: of the generator
 * @now: the program that runs, for whoever finds the worker dead
 * @failure: what is wrong, or empty
 * @executions: programs run
 * @calls: operations done
 * @errors: those that failed
 * @raced: programs of several threads
 * @failing: threads whose next allocation is refused
 * @starved: workers that such a refusal killed
 * @pcs: instructions of the module reached
 * @features: of every kind seen
 * @seeds: how many of @corpus were there from the start
 * @kept: how many of @corpus are there
 * @seen: a bit for each feature
 * @code: a bit for each octet of the module's code
 */
struct state {
	uint64_t	random;
	struct program	now;
	char		failure[512];
	uint64_t	executions;
	uint64_t	calls;
	uint64_t	errors;
	uint64_t	raced;
	uint64_t	failing;
	uint64_t	starved;
	uint32_t	pcs;
	uint32_t	features;
	uint32_t	seeds;
	uint32_t	kept;
	struct kept	corpus[FUZZ_CORPUS];
	uint8_t		seen[FUZZ_FEATURES / 8];
	uint8_t		code[FUZZ_CODE / 8];
};

/**
 * struct settings - the command line
 * @seed: of the generator
 * @seconds: to run
 * @programs: to run at most
 * @user: in a user namespace of its own
 * @times: runs of a replayed program
 * @slow: how many times longer than usual things may take
 * @out: folder for what is found, or NULL
 * @last: file that has the program that runs, or -1
 */
struct settings {
	uint64_t	seed;
	unsigned int	seconds;
	uint64_t	programs;
	bool		user;
	unsigned int	times;
	unsigned int	slow;
	const char	*out;
	int		last;
};

extern struct settings settings;
extern struct state *state;
extern const struct call calls[];
extern const unsigned int calls_count;
extern unsigned char fuzz_data[FUZZ_DATA];	/* what is sent */
extern unsigned char fuzz_room[FUZZ_DATA];	/* what is received */

/* fuzz.c */
uint64_t fuzz_time(void);
void fuzz_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* program.c */
uint32_t fuzz_random(uint32_t below);
void program_print(FILE *file, const struct program *program);
int program_read(const char *path, struct program *program);
void program_make(struct program *program);
void program_mutate(struct program *program, const struct program *other);
unsigned int program_threads(const struct program *program);

/* corpus.c */
void corpus_add(const struct program *program, uint32_t ms);
void corpus_pick(struct program *program);
void corpus_judge(struct world *world, const struct program *program,
		  uint32_t ms);
void note(struct actor *actor, unsigned int kind, uint64_t a, uint64_t b);
bool corpus_feature(unsigned int kind, uint64_t a, uint64_t b);

/* kcov.c */
bool kcov_open(struct kcov *kcov);
void kcov_enable(struct kcov *kcov);
void kcov_begin(struct kcov *kcov);
bool kcov_judge(struct kcov *kcov);

/* trouble.c */
void trouble_open(void);
bool trouble_look(void);
void trouble_save(const struct program *program);

/* world.c */
int world_open(struct world *world);
void world_run(struct world *world, const struct program *program);
bool world_judge(struct world *world);
int world_slot(struct actor *actor, uint32_t slot);
void world_keep(struct actor *actor, uint32_t slot, int fd);
struct sockaddr_scope world_addr(struct world *world, uint32_t port,
				 uint32_t dev);

/* The calls, by file */
long call_socket(struct actor *actor, const uint32_t *arg);
long call_socketpair(struct actor *actor, const uint32_t *arg);
long call_bind(struct actor *actor, const uint32_t *arg);
long call_connect_to(struct actor *actor, const uint32_t *arg);
long call_listen(struct actor *actor, const uint32_t *arg);
long call_accept_from(struct actor *actor, const uint32_t *arg);
long call_getname(struct actor *actor, const uint32_t *arg);
long call_sendmsg(struct actor *actor, const uint32_t *arg);
long call_recvmsg(struct actor *actor, const uint32_t *arg);
long call_shutdown(struct actor *actor, const uint32_t *arg);
long call_setsockopt(struct actor *actor, const uint32_t *arg);
long call_getsockopt(struct actor *actor, const uint32_t *arg);
long call_ioctl(struct actor *actor, const uint32_t *arg);
long call_poll(struct actor *actor, const uint32_t *arg);
long call_close_slot(struct actor *actor, const uint32_t *arg);

long way_dup(struct actor *actor, const uint32_t *arg);
long way_fcntl(struct actor *actor, const uint32_t *arg);
long way_splice(struct actor *actor, const uint32_t *arg);
long way_uring(struct actor *actor, const uint32_t *arg);
long way_pass(struct actor *actor, const uint32_t *arg);
long way_wait(struct actor *actor, const uint32_t *arg);
long way_fail(struct actor *actor, const uint32_t *arg);

long netlink_ask(struct actor *actor, const uint32_t *arg);
long netlink_join(struct actor *actor, const uint32_t *arg);
long netlink_rule(struct actor *actor, const uint32_t *arg);
long netlink_verdict(struct actor *actor, const uint32_t *arg);
long netlink_file(struct actor *actor, const uint32_t *arg);
long netlink_device(struct actor *actor, const uint32_t *arg);

void frames_begin(struct world *world);
long frame_any(struct actor *actor, const uint32_t *arg);
long frame_spoil(struct actor *actor, const uint32_t *arg);
long frame_again(struct actor *actor, const uint32_t *arg);
long mouth_open(struct actor *actor, const uint32_t *arg);
long mouth_segment(struct actor *actor, const uint32_t *arg);
long mouth_ranges(struct actor *actor, const uint32_t *arg);
long mouth_hear(struct actor *actor, const uint32_t *arg);

#endif /* FUZZ_H */
