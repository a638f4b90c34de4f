// SPDX-License-Identifier: GPL-2.0
/*
 * program.c - programs: as text, made up, and made of others
 *
 * A line of text is an operation: the thread, the name of the call, its
 * numbers. What is behind a # is for people.
 *
 *	0 socket 0x0 0x1 0x800 0x0
 *	0 bind 0x0 0x1388 0x0 0x0
 *
 * Everything chosen here comes from one generator of random numbers, so that a
 * seed repeats what one thread can repeat.
 */
#include "fuzz.h"

/* splitmix64, scaled; 0 for nothing to choose from */
uint32_t fuzz_random(uint32_t below)
{
	uint64_t z = state->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	z ^= z >> 31;
	return below ? (uint32_t)z % below : 0;
}

static bool one_in(uint32_t n)
{
	return !fuzz_random(n);
}

static unsigned int call_args(const struct call *call)
{
	unsigned int n = 0;

	while (n < FUZZ_ARGS && call->arg[n] != ARG_NONE)
		n++;
	return n;
}

void program_print(FILE *file, const struct program *program)
{
	const struct op *op;
	unsigned int i;

	for (op = program->op; op < program->op + program->ops; op++) {
		fprintf(file, "%u %s", op->thread, calls[op->call].name);
		for (i = 0; i < call_args(&calls[op->call]); i++)
			fprintf(file, " 0x%x", op->arg[i]);
		fputc('\n', file);
	}
}

static int call_number(const char *name)
{
	unsigned int i;

	for (i = 0; i < calls_count; i++)
		if (!strcmp(calls[i].name, name))
			return i;
	return -1;
}

static bool op_read(struct op *op, char *line)
{
	char *word, *save, *end;
	unsigned int i = 0;
	int call;

	memset(op, 0, sizeof(*op));
	word = strtok_r(line, " \t\n", &save);
	op->thread = strtoul(word, &end, 0) % FUZZ_THREADS;
	if (*end)
		return false;
	word = strtok_r(NULL, " \t\n", &save);
	call = word ? call_number(word) : -1;
	if (call < 0)
		return false;
	op->call = call;
	while ((word = strtok_r(NULL, " \t\n", &save))) {
		if (i == call_args(&calls[call]))
			return false;
		op->arg[i++] = strtoul(word, &end, 0);
		if (*end)
			return false;
	}
	return true;
}

/* Returns 0 or -errno; what is wrong is said, with the line's number */
int program_read(const char *path, struct program *program)
{
	FILE *file = fopen(path, "r");
	unsigned int number = 0;
	char line[256];
	int err = 0;

	if (!file) {
		fprintf(stderr, "fuzz: %s: %s\n", path, strerror(errno));
		return -errno;
	}
	program->ops = 0;
	while (!err && fgets(line, sizeof(line), file)) {
		number++;
		line[strcspn(line, "#")] = '\0';
		if (!line[strspn(line, " \t\n")])
			continue;
		if (program->ops == FUZZ_OPS) {
			fprintf(stderr, "fuzz: %s:%u: a program has at most %u operations\n",
				path, number, FUZZ_OPS);
			err = -E2BIG;
		} else if (!op_read(&program->op[program->ops++], line)) {
			fprintf(stderr, "fuzz: %s:%u: not an operation: THREAD CALL NUMBER... is one, with at most as many numbers as the call has\n",
				path, number);
			err = -EINVAL;
		}
	}
	fclose(file);
	return err;
}

unsigned int program_threads(const struct program *program)
{
	unsigned int i, threads = 1;

	for (i = 0; i < program->ops; i++)
		if (program->op[i].thread >= threads)
			threads = program->op[i].thread + 1;
	return threads;
}

#define OPTION(level, name)	((level) << 16 | (name))
#define SOL(name)		OPTION(SOL_SOCKET, name)

#define VALUES(...)							\
	{ (const uint32_t []){ __VA_ARGS__ },				\
	  sizeof((const uint32_t []){ __VA_ARGS__ }) / sizeof(uint32_t) }

/* What each kind of number is chosen from, mostly */
static const struct {
	const uint32_t	*value;
	unsigned int	count;
} values[ARG_KINDS] = {
	[ARG_SLOT] = VALUES(0, 0, 1, 1, 2, 2, 3, 4, 5),
	[ARG_TYPE] = VALUES(SOCK_STREAM, SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM,
			    SOCK_RAW, SOCK_STREAM | SOCK_NONBLOCK,
			    SOCK_SEQPACKET | SOCK_NONBLOCK,
			    SOCK_DGRAM | SOCK_CLOEXEC, SOCK_PACKET),
	[ARG_PROTOCOL] = VALUES(0, 0, 0, 0, 0, 18, 1, 0x1000000),
	[ARG_PORT] = VALUES(0, 4000, 4001, 5000, 5000, 5001, 80, 1024, 32768,
			    60999, 65535, FUZZ_NONE),
	[ARG_DEV] = VALUES(0, 0, 0, 1, 2, 3, 3, 4, 5, 6),
	[ARG_FORM] = VALUES(0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6),
	[ARG_LEN] = VALUES(0, 1, 2, 3, 15, 16, 40, 64, 300, 512, 1000, 1460,
			   1461, 4096, 5000, 16384, 65495, 65507, 65535, 65536,
			   200000, 0x80000040),
	/* What sleeps is interrupted in the end, but takes its time */
	[ARG_FLAGS] = VALUES(0, 0, MSG_DONTWAIT, MSG_DONTWAIT, MSG_DONTWAIT,
			     MSG_DONTWAIT, MSG_DONTWAIT, MSG_PEEK,
			     MSG_OOB, MSG_MORE, MSG_EOR, MSG_WAITALL, MSG_TRUNC,
			     MSG_NOSIGNAL, MSG_PEEK | MSG_DONTWAIT,
			     MSG_OOB | MSG_PEEK, MSG_TRUNC | MSG_PEEK,
			     MSG_ERRQUEUE, MSG_ZEROCOPY, MSG_CONFIRM,
			     MSG_DONTROUTE, MSG_CTRUNC, MSG_FASTOPEN,
			     MSG_OOB | MSG_DONTWAIT, MSG_EOR | MSG_DONTWAIT),
	[ARG_CMSG] = VALUES(0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7),
	[ARG_BACKLOG] = VALUES(0, 1, 2, 5, 128, 0xffffffff),
	[ARG_SMALL] = VALUES(0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 12),
	[ARG_EVENTS] = VALUES(POLLIN, POLLOUT, POLLIN | POLLOUT, POLLPRI,
			      POLLRDHUP | POLLIN, POLLERR, 0xffff),
	[ARG_IOCTL] = VALUES(SIOCINQ, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK,
			     SIOCGSTAMP_OLD, SIOCGIFINDEX, FIOASYNC, FIONBIO,
			     SIOCSPGRP, 0x5421),
	[ARG_OPTION] = VALUES(SOL(SO_RCVBUF), SOL(SO_RCVBUF), SOL(SO_SNDBUF),
			      SOL(SO_SNDBUF), SOL(SO_RCVLOWAT),
			      SOL(SO_RCVTIMEO), SOL(SO_SNDTIMEO),
			      SOL(SO_LINGER), SOL(SO_LINGER), SOL(SO_KEEPALIVE),
			      SOL(SO_OOBINLINE), SOL(SO_REUSEADDR),
			      SOL(SO_REUSEPORT), SOL(SO_BINDTODEVICE),
			      SOL(SO_BINDTODEVICE), SOL(SO_BINDTOIFINDEX),
			      SOL(SO_BROADCAST), SOL(SO_PEEK_OFF),
			      SOL(SO_PEEK_OFF), SOL(SO_TIMESTAMP),
			      SOL(SO_TIMESTAMPING), SOL(SO_ATTACH_FILTER),
			      SOL(SO_ATTACH_FILTER), SOL(SO_DETACH_FILTER),
			      SOL(SO_LOCK_FILTER), SOL(SO_ZEROCOPY),
			      SOL(SO_TXTIME), SOL(SO_MARK), SOL(SO_PRIORITY),
			      SOL(SO_PASSCRED), SOL(SO_PEERCRED),
			      SOL(SO_RXQ_OVFL), SOL(SO_MEMINFO), SOL(SO_ERROR),
			      SOL(SO_TYPE), SOL(SO_DOMAIN), SOL(SO_PROTOCOL),
			      SOL(SO_ACCEPTCONN), SOL(SO_COOKIE),
			      SOL(SO_RCVBUFFORCE), SOL(SO_SNDBUFFORCE),
			      SOL(SO_BUSY_POLL), SOL(SO_NO_CHECK),
			      SOL(SO_INCOMING_CPU), SOL(SO_PEERPIDFD),
			      OPTION(SOL_SCOPE, SCOPE_KEEPIDLE),
			      OPTION(SOL_SCOPE, SCOPE_KEEPINTVL),
			      OPTION(SOL_SCOPE, SCOPE_KEEPCNT),
			      OPTION(SOL_SCOPE, SCOPE_INFO),
			      OPTION(SOL_SCOPE, SCOPE_INFO), OPTION(SOL_SCOPE, 0),
			      OPTION(SOL_SCOPE, 5), OPTION(6, 1)),
	[ARG_VALUE] = VALUES(0, 1, 2, 3, 4, 16, 127, 128, 1000, 2048, 4096,
			     32768, 200000, 0x7fffffff, 0xffffffff),
	[ARG_COMMAND] = VALUES(1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 9, 10, 11, 12, 13,
			       14, 15, 16, 0, 255),
	[ARG_NLFLAGS] = VALUES(0, 0, NLM_F_DUMP, NLM_F_DUMP, NLM_F_ACK,
			       NLM_F_ROOT, NLM_F_ECHO, 0xffff),
	[ARG_MOUTH] = VALUES(0, 0, 0, 1),
	[ARG_SEGMENT] = VALUES(ACK, ACK, ACK, SYN, SYN | ACK, FIN | ACK, RST,
			       RST | ACK, RST | BUSY, URG | ACK, END | ACK,
			       END | EOR | ACK, FIN | END | ACK, 0, 0xff),
	[ARG_DELTA] = VALUES(0, 0, 0, 0, 1, 0xffffffff, 100, 1000, 1460, 5000,
			     60000, 0x7fffffff, 0x80000000, 0xffffff00),
	[ARG_WINDOW] = VALUES(60000, 60000, 0, 1, 1000, 1460, 0x7fffffff,
			      SCOPE_WINDOW_CLOSED, 0xfffffffe),
	[ARG_OFFSET] = VALUES(0, 1, 2, 3, 4, 6, 8, 12, 14, 16, 20, 23, 24, 28,
			      32, 36, 38, 40, 48, 56),
	[ARG_MS] = VALUES(0, 1, 5, 20),
	[ARG_ACTION] = VALUES(SKBSCOPE_ACTION_HOLD, SKBSCOPE_ACTION_HOLD,
			      SKBSCOPE_ACTION_HOLD, SKBSCOPE_ACTION_DROP,
			      SKBSCOPE_ACTION_DELAY, SKBSCOPE_ACTION_DUPLICATE,
			      SKBSCOPE_ACTION_REORDER, SKBSCOPE_ACTION_CORRUPT,
			      SKBSCOPE_ACTION_TRUNCATE, SKBSCOPE_ACTION_ENOMEM,
			      SKBSCOPE_ACTION_WOULDBLOCK),
	/* All there are, and each */
	[ARG_STATIONS] = VALUES(0x3ffe, 0xffe, 0xffc, 0x7fc, 0x806, 0x3000, 0x2,
				0x4, 0x8, 0x10, 0x20, 0x40, 0x80, 0x100, 0x200,
				0x400, 0x800, 0x1000, 0x2000),
	[ARG_RULE] = VALUES(0, 0, 0, 0, SKBSCOPE_A_RULE_COOKIE,
			    SKBSCOPE_A_RULE_PORT, SKBSCOPE_A_RULE_IFINDEX,
			    SKBSCOPE_A_RULE_SKB, SKBSCOPE_A_RULE_TRAFFIC,
			    SKBSCOPE_A_RULE_PROGRAM, SKBSCOPE_A_RULE_NTH,
			    SKBSCOPE_A_RULE_EVERY, SKBSCOPE_A_RULE_CHANCE,
			    SKBSCOPE_A_RULE_COUNT, SKBSCOPE_A_RULE_LIMIT,
			    SKBSCOPE_A_RULE_OVERFLOW, SKBSCOPE_A_RULE_LOOSE,
			    SKBSCOPE_A_RULE_JITTER, SKBSCOPE_A_RULE_OFFSET,
			    SKBSCOPE_A_RULE_OFFSET, SKBSCOPE_A_RULE_BIT,
			    SKBSCOPE_A_RULE_PERSIST, SKBSCOPE_A_RULE_TABLE,
			    SKBSCOPE_A_RULE_TABLE),
	[ARG_VERDICT] = VALUES(1, 1, 2, 2, 3, 4, 5, 6, 7, 7, 8, 9, 10, 11),
};

/* Where a value and its neighbours often differ */
static const uint32_t edges[] = {
	0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000,
	0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
};

static uint32_t arg_make(enum arg arg)
{
	if (one_in(20))
		return edges[fuzz_random(ARRAY_SIZE(edges))];
	if (one_in(40))
		return fuzz_random(~0U);
	return values[arg].value[fuzz_random(values[arg].count)];
}

static void op_make(struct op *op)
{
	const struct call *call;
	unsigned int i;

	memset(op, 0, sizeof(*op));
	op->call = fuzz_random(calls_count);
	call = &calls[op->call];
	for (i = 0; i < call_args(call); i++)
		op->arg[i] = arg_make(call->arg[i]);
}

void program_make(struct program *program)
{
	bool race = one_in(4);

	program->ops = 2 + fuzz_random(FUZZ_OPS / 2);
	for (unsigned int i = 0; i < program->ops; i++) {
		op_make(&program->op[i]);
		if (race)
			program->op[i].thread = fuzz_random(FUZZ_THREADS);
	}
}

static void program_insert(struct program *program, unsigned int at,
			   const struct op *op)
{
	if (program->ops == FUZZ_OPS)
		program->ops--;
	if (at > program->ops)
		at = program->ops;
	memmove(&program->op[at + 1], &program->op[at],
		(program->ops - at) * sizeof(*op));
	program->op[at] = *op;
	program->ops++;
}

static void program_change(struct program *program)
{
	struct op *op = &program->op[fuzz_random(program->ops)];
	unsigned int args = call_args(&calls[op->call]);
	unsigned int i;

	if (!args)
		return;
	i = fuzz_random(args);
	if (one_in(4))
		op->arg[i] += one_in(2) ? 1 : -1;
	else if (one_in(6))
		op->arg[i] ^= 1U << fuzz_random(32);
	else
		op->arg[i] = arg_make(calls[op->call].arg[i]);
}

/* The beginning of one and the end of another */
static void program_splice(struct program *program,
			   const struct program *other)
{
	unsigned int keep = 1 + fuzz_random(program->ops);
	unsigned int from = fuzz_random(other->ops);
	unsigned int take = other->ops - from;

	if (take > FUZZ_OPS - keep)
		take = FUZZ_OPS - keep;
	memcpy(&program->op[keep], &other->op[from],
	       take * sizeof(other->op[0]));
	program->ops = keep + take;
}

static void program_race(struct program *program)
{
	unsigned int threads = 2 + fuzz_random(FUZZ_THREADS - 1);
	unsigned int i, from;

	if (program_threads(program) > 1 && one_in(2)) {
		for (i = 0; i < program->ops; i++)
			program->op[i].thread = 0;
		return;
	}
	/* What comes first mostly makes what the others race about */
	from = fuzz_random(program->ops);
	for (i = from; i < program->ops; i++)
		program->op[i].thread = fuzz_random(threads);
}

static void program_step(struct program *program, const struct program *other)
{
	struct op op;
	unsigned int at = fuzz_random(program->ops + 1);

	switch (fuzz_random(12)) {
	case 0 ... 2:
		op_make(&op);
		if (at)
			op.thread = program->op[at - 1].thread;
		program_insert(program, at, &op);
		break;
	case 3:
		if (program->ops > 1 && at < program->ops) {
			memmove(&program->op[at], &program->op[at + 1],
				(program->ops - at - 1) * sizeof(op));
			program->ops--;
		}
		break;
	case 4:
		op = program->op[fuzz_random(program->ops)];
		program_insert(program, at, &op);
		break;
	case 5 ... 8:
		program_change(program);
		break;
	case 9:
		if (other->ops)
			program_splice(program, other);
		break;
	case 10:
		if (other->ops) {
			op = other->op[fuzz_random(other->ops)];
			program_insert(program, at, &op);
		}
		break;
	default:
		program_race(program);
	}
}

void program_mutate(struct program *program, const struct program *other)
{
	unsigned int steps = 1 + fuzz_random(4);

	while (steps--)
		program_step(program, other);
}
