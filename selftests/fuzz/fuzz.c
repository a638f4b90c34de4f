// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz.c - a fuzzer of the family, for the VM
 *
 *	fuzz [OPTION]... [SEED-FILE]...
 *	fuzz --replay FILE...
 *	fuzz --smaller FILE
 *
 * A worker has a world, runs some hundred programs in it and ends; then comes
 * the next one. Programs worth keeping and the generator of random numbers are
 * in memory that the workers share with the process that watches them: one that
 * stands still is ended, and what it ran is there to be kept. Failures are: what
 * the kernel's log calls trouble, a ledger that does not balance, a program that
 * does not end. What a program's calls return is no failure, whatever it is.
 *
 * With --smaller, operations are left out of a program as long as it fails.
 */
#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "fuzz.h"

#define WORKER_PROGRAMS	300	/* until the next world */
#define WATCH_TICK	50	/* ms */
#define WATCH_LINE	5000	/* ms between two lines of progress */
#define WATCH_STILL	30000	/* ms without a program's end: it hangs */

struct settings settings = {
	.seed = 1,
	.seconds = 60,
	.programs = UINT64_MAX,
	.times = 3,
	.slow = 1,
	.last = -1,
};

struct state *state;

/* In ms */
uint64_t fuzz_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/* What is wrong; what was found first stays */
void fuzz_fail(const char *format, ...)
{
	va_list args;

	if (state->failure[0])
		return;
	va_start(args, format);
	vsnprintf(state->failure, sizeof(state->failure), format, args);
	va_end(args);
}

/* For who finds the machine dead: written through to the host */
static void write_last(const struct program *program)
{
	static char text[8192];
	FILE *file;

	if (settings.last < 0)
		return;
	memset(text, ' ', sizeof(text));
	file = fmemopen(text, sizeof(text), "w");
	if (!file)
		return;
	program_print(file, program);
	fclose(file);
	text[sizeof(text) - 1] = '\n';
	for (size_t i = 0; i < sizeof(text); i++)
		if (!text[i])
			text[i] = ' ';
	if (pwrite(settings.last, text, sizeof(text), 0) < 0)
		settings.last = -1;
}

static struct world world;

/* Runs a program and judges it; false if it failed */
static bool run_one(const struct program *program)
{
	uint64_t start = fuzz_time();

	state->now = *program;
	write_last(program);
	world_run(&world, program);
	corpus_judge(&world, program, fuzz_time() - start);
	return world_judge(&world);
}

static bool worker_open(void)
{
	int err = world_open(&world);

	/* Behind the change of the user, which would undo it */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (err)
		fuzz_fail("no world: %s", strerror(-err));
	return !err;
}

static int work(uint64_t end)
{
	struct program program;
	int i;

	if (!worker_open())
		return 1;
	for (i = 0; i < WORKER_PROGRAMS && fuzz_time() < end &&
	     state->executions < settings.programs; i++) {
		/* The seeds as they are come first */
		if (state->executions < state->seeds)
			program = state->corpus[state->executions].program;
		else
			corpus_pick(&program);
		if (!run_one(&program))
			return 1;
	}
	return 0;
}

static void show(uint64_t start)
{
	uint64_t ms = fuzz_time() - start;

	fprintf(stderr, "# %llu s: %llu programs (%llu/s), %llu raced, %llu calls, %llu failed; kept %u, features %u, instructions %u, starved %llu\n",
		(unsigned long long)ms / 1000,
		(unsigned long long)state->executions,
		(unsigned long long)state->executions * 1000 / (ms + 1),
		(unsigned long long)state->raced,
		(unsigned long long)state->calls,
		(unsigned long long)state->errors, state->kept,
		state->features, state->pcs,
		(unsigned long long)state->starved);
}

/* Where the threads of a process sleep */
static void show_stacks(pid_t pid)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "cd /proc/%d/task && head -n 40 */comm */wchan */stack >&2",
		 pid);
	if (system(command))
		fprintf(stderr, "fuzz: no stacks\n");
}

/* A worker that does not go on; and one that can't even be killed is worse */
static void end_worker(pid_t pid)
{
	uint64_t end;

	fuzz_fail("a program does not end");
	show_stacks(pid);
	kill(pid, SIGKILL);
	end = fuzz_time() + WATCH_STILL * settings.slow;
	while (!waitpid(pid, NULL, WNOHANG)) {
		if (fuzz_time() > end) {
			snprintf(state->failure, sizeof(state->failure),
				 "a process can't be killed");
			show_stacks(pid);
			break;
		}
		usleep(WATCH_TICK * 1000);
	}
}

/* Its own memory may have been what was refused: another one goes on */
static bool was_refused(int status)
{
	return state->failing && WIFSIGNALED(status) &&
	       (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS);
}

/* Waits for a worker. Returns 0, or 1 if there is a failure */
static int watch(pid_t pid, uint64_t start, uint64_t *line)
{
	uint64_t moved = fuzz_time(), done = state->executions;
	int status;

	while (!waitpid(pid, &status, WNOHANG)) {
		usleep(WATCH_TICK * 1000);
		if (fuzz_time() - *line > WATCH_LINE) {
			*line = fuzz_time();
			show(start);
		}
		if (state->executions != done) {
			done = state->executions;
			moved = fuzz_time();
		} else if (fuzz_time() - moved > WATCH_STILL * settings.slow) {
			end_worker(pid);
			return 1;
		}
	}
	if (was_refused(status)) {
		fprintf(stderr, "# the worker was refused memory\n");
		state->failing = 0;
		state->starved++;
		return 0;
	}
	if (WIFSIGNALED(status))
		fuzz_fail("the worker was killed by signal %d",
			  WTERMSIG(status));
	else if (WEXITSTATUS(status))
		fuzz_fail("the worker left with %d", WEXITSTATUS(status));
	return !!status;
}

static int fuzz(char **files)
{
	uint64_t start = fuzz_time(), line = start;
	uint64_t end = start + settings.seconds * 1000ULL;
	struct program program;
	struct kcov kcov;
	int status = 0;
	pid_t pid;

	fprintf(stderr, "# seed %llu, %s%s\n",
		(unsigned long long)settings.seed,
		settings.user ? "in a user namespace" : "as root",
		kcov_open(&kcov) ? "" :
		"; no KCOV here: guided by errnos, answers and the ledger alone");
	close(kcov.fd);
	for (; *files; files++) {
		if (program_read(*files, &program))
			return 1;
		if (program.ops)
			corpus_add(&program, 0);
	}
	state->seeds = state->kept;
	while (!status && fuzz_time() < end &&
	       state->executions < settings.programs) {
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (!pid)
			_exit(work(end));
		status = watch(pid, start, &line);
	}
	show(start);
	if (status)
		trouble_save(&state->now);
	return status;
}

/* Runs a program in a world of its own, some times. True if it fails */
static bool fails(const struct program *program)
{
	uint64_t line = fuzz_time();
	unsigned int i;
	pid_t pid;

	state->failure[0] = '\0';
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		if (!worker_open())
			_exit(1);
		for (i = 0; i < settings.times; i++)
			if (!run_one(program))
				_exit(1);
		_exit(0);
	}
	return watch(pid, line, &line);
}

static int replay(char **files)
{
	struct program program;
	int n = 0, failed = 0;
	char **file;

	for (file = files; *file; file++)
		n++;
	printf("KTAP version 1\n1..%d\n", n);
	for (n = 1, file = files; *file; file++, n++) {
		if (program_read(*file, &program)) {
			fuzz_fail("can't be read");
		} else if (!fails(&program)) {
			printf("ok %d %s\n", n, *file);
			continue;
		}
		failed = 1;
		printf("# %s\nnot ok %d %s\n", state->failure, n, *file);
		fflush(stdout);
	}
	return failed;
}

static int smaller(const char *path)
{
	struct program program, less;
	unsigned int i;

	if (program_read(path, &program))
		return 1;
	if (!fails(&program))
		errx(1, "%s does not fail: --times says how often it is tried",
		     path);
	for (i = program.ops; i--;) {
		less = program;
		memmove(&less.op[i], &less.op[i + 1],
			(less.ops - i - 1) * sizeof(less.op[0]));
		less.ops--;
		if (less.ops && fails(&less))
			program = less;
	}
	fails(&program);
	printf("# %s\n", state->failure);
	program_print(stdout, &program);
	return 0;
}

static uint64_t number(const char *option, const char *text, uint64_t least)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || *end || end == text || value < least)
		errx(2, "%s %s is not allowed: %llu and more are", option, text,
		     (unsigned long long)least);
	return value;
}

static void usage(void)
{
	errx(2, "one of: [--seed N] [--seconds N] [--programs N] [--user] [--times N] [--out FOLDER] [--last FILE] [FILE...]; --replay [--times N] FILE...; --smaller [--times N] FILE");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' },
		{ "programs", required_argument, NULL, 'n' },
		{ "times", required_argument, NULL, 'x' },
		{ "user", no_argument, NULL, 'u' },
		{ "out", required_argument, NULL, 'o' },
		{ "last", required_argument, NULL, 'l' },
		{ "replay", no_argument, NULL, 'r' },
		{ "smaller", no_argument, NULL, 'm' },
		{}
	};
	int mode = 0, option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 's':
			settings.seed = number("--seed", optarg, 0);
			break;
		case 't':
			settings.seconds = number("--seconds", optarg, 1);
			break;
		case 'n':
			settings.programs = number("--programs", optarg, 1);
			break;
		case 'x':
			settings.times = number("--times", optarg, 1);
			break;
		case 'u':
			settings.user = true;
			break;
		case 'o':
			settings.out = optarg;
			break;
		case 'l':
			settings.last = open(optarg, O_WRONLY | O_CREAT |
						     O_CLOEXEC, 0644);
			if (settings.last < 0)
				err(2, "--last %s", optarg);
			break;
		case 'r':
		case 'm':
			mode = option;
			break;
		default:
			usage();
		}
	}
	if ((mode && optind == argc) || (mode == 'm' && optind + 1 != argc))
		usage();
	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (state == MAP_FAILED)
		err(1, "mmap");
	state->random = settings.seed;
	if (getenv("SCOPE_SLOWNESS"))
		settings.slow = number("SCOPE_SLOWNESS",
				       getenv("SCOPE_SLOWNESS"), 1);
	scope_fill(fuzz_data, sizeof(fuzz_data), 0);
	/* Otherwise a child's first words would be said twice */
	setlinebuf(stdout);
	/* Before a worker may be refused what that takes */
	scope_family();
	if (mode == 'r')
		return replay(argv + optind);
	if (mode == 'm')
		return smaller(argv[optind]);
	return fuzz(argv + optind);
}
