// SPDX-License-Identifier: GPL-2.0
/*
 * play_call.c - the system calls of a scenario
 *
 * Called by play.c; play_socket.c opens sockets. Each call is made by a thread of
 * its own, so that one which never comes back ends the scenario and not the tool.
 * One in the background is waited for by a later step; the next one begins when it
 * sleeps in the kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "message.h"
#include "play_call.h"

#define RECV_SIZE	65536
#define BACKLOG		8
#define SHOWN		64	/* octets of data in a diff */
#define SLICE_NS	20000000

static int64_t send_it(struct call *call)
{
	const struct scenario_step *step = call->step;
	bool to = step_has(step, KEY_TO);

	return sendto(call->fd, step->octets, step->len,
		      step->item[KEY_FLAGS].number | MSG_NOSIGNAL,
		      to ? (struct sockaddr *)&call->to : NULL,
		      to ? sizeof(call->to) : 0);
}

static int64_t accept_it(struct call *call)
{
	int fd = accept4(call->fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		keep_socket(call->made, fd);
	return fd < 0 ? -1 : 0;
}

static int64_t ask_it(struct call *call)
{
	int64_t value = 0;
	int number;

	if (call->step->verb == VERB_IOCTL) {
		if (ioctl(call->fd, call->step->item[KEY_REQUEST].number,
			  &number))
			return -1;
		return number;
	}
	if (get_option(call->fd, call->step->item[KEY_OPTION].option, &value,
		       call->device))
		return -1;
	return value;
}

static int64_t do_call(struct call *call)
{
	const struct scenario_step *step = call->step;
	const struct sockaddr *to = (struct sockaddr *)&call->to;

	switch (step->verb) {
	case VERB_BIND:
		return bind(call->fd, to, sizeof(call->to));
	case VERB_CONNECT:
		return connect(call->fd, to, sizeof(call->to));
	case VERB_LISTEN:
		return listen(call->fd, step_has(step, KEY_BACKLOG) ?
			      step->item[KEY_BACKLOG].number : BACKLOG);
	case VERB_ACCEPT:
		return accept_it(call);
	case VERB_SEND:
		return send_it(call);
	case VERB_RECV:
		return recv(call->fd, call->octets, call->size,
			    step->item[KEY_FLAGS].number);
	case VERB_SHUTDOWN:
		return shutdown(call->fd, step->item[KEY_HOW].number);
	case VERB_CLOSE:
		return close(call->fd);
	case VERB_SETSOCKOPT:
		return set_option(call->fd, step->item[KEY_OPTION].option,
				  step->item[KEY_VALUE].number,
				  step->item[KEY_VALUE].text);
	default:
		return ask_it(call);
	}
}

static void *run(void *arg)
{
	struct call *call = arg;

	__atomic_store_n(&call->tid, gettid(), __ATOMIC_RELEASE);
	errno = 0;
	call->ret = do_call(call);
	/* a value may be less than 0, too */
	call->err = call->ret < 0 ? errno : 0;
	__atomic_store_n(&call->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool is_done(const struct call *call)
{
	return __atomic_load_n(&call->done, __ATOMIC_ACQUIRE);
}

static void call_free(struct call *call)
{
	if (call)
		free(call->octets);
	free(call);
}

static struct call *start(struct play *p, const struct scenario_step *step)
{
	const struct scenario_item *max = &step->item[KEY_MAX];
	struct call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->step = step;
	call->fd = p->thing[step->subject.number].fd;
	call->size = max->set ? (size_t)max->number :
		     step->len >= RECV_SIZE ? step->len + 1 : RECV_SIZE;
	call->octets = step->verb == VERB_RECV ? malloc(call->size + 1) : NULL;
	if (step->verb == VERB_ACCEPT)
		call->made = &p->thing[step->item[KEY_AS].number];
	if (step_has(step, KEY_TO) &&
	    find_address(p, &step->item[KEY_TO], step->end, &call->to))
		goto fail;
	if (step->verb == VERB_CLOSE)
		p->thing[step->subject.number].fd = -1;
	if (!pthread_create(&call->thread, NULL, run, call))
		return call;
	play_fail(p, "there is no thread for the call: %s", strerror(errno));
fail:
	call_free(call);
	return NULL;
}

/* 0, or -1 where it does not come back; it is left alone then */
static int join(struct play *p, struct call *call)
{
	uint64_t since = clock_ns(CLOCK_MONOTONIC);
	struct timespec ts;
	bool again = true;

	while (again) {
		clock_gettime(CLOCK_MONOTONIC, &ts);
		ts.tv_nsec += SLICE_NS;
		if (ts.tv_nsec >= 1000000000) {
			ts.tv_nsec -= 1000000000;
			ts.tv_sec++;
		}
		if (!pthread_clockjoin_np(call->thread, NULL, CLOCK_MONOTONIC,
					  &ts))
			return 0;
		again = play_again(p, since);
	}
	return play_fail(p, "%s does not come back: after %.1f seconds it still waits",
			 verb_name(call->step->verb),
			 p->options->patience / 1e9);
}

/* in the call, not on its way there */
static bool sleeps(struct call *call)
{
	pid_t tid = __atomic_load_n(&call->tid, __ATOMIC_ACQUIRE);
	char path[64];
	int number;
	FILE *f;

	if (!tid)
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", tid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (fscanf(f, "%d", &number) != 1)
		number = -1;
	fclose(f);
	return number >= 0 && number != SYS_futex;
}

static void await_sleep(struct play *p, struct call *call)
{
	uint64_t since = clock_ns(CLOCK_MONOTONIC);

	while (!is_done(call) && !sleeps(call) && play_again(p, since))
		;
}

/* what it gave is of interest */
static bool tells(const struct call *call)
{
	switch (call->step->verb) {
	case VERB_SEND:
	case VERB_RECV:
	case VERB_GETSOCKOPT:
	case VERB_IOCTL:
		return true;
	default:
		return call->err;
	}
}

static void result_text(const struct call *call, char *text, size_t size)
{
	if (call->err)
		snprintf(text, size, "%s", errno_name(call->err));
	else if (*call->device)
		snprintf(text, size, "%s", call->device);
	else
		snprintf(text, size, "%lld", (long long)call->ret);
}

/* the front of it, as C writes it */
static void add_octets(struct lines *l, const uint8_t *octets, size_t len)
{
	char text[4 * SHOWN + 8];
	size_t at = 0, i;

	for (i = 0; i < len && i < SHOWN; i++) {
		if (octets[i] >= ' ' && octets[i] < 0x7f && octets[i] != '\\')
			text[at++] = octets[i];
		else
			at += sprintf(text + at, "\\x%02x", octets[i]);
	}
	strcpy(text + at, len > SHOWN ? "..." : "");
	lines_add(l, "%zu octets", len);
	lines_add(l, "%s", text);
}

static int octets_differ(struct play *p, const struct call *call)
{
	struct lines expected = { 0 }, seen = { 0 };
	const struct scenario_step *step = call->step;
	size_t i = 0;
	int ret;

	while (i < step->len && i < (size_t)call->ret &&
	       step->octets[i] == call->octets[i])
		i++;
	add_octets(&expected, step->octets, step->len);
	add_octets(&seen, call->octets, call->ret);
	if (i > SHOWN)
		lines_add(&seen, "octet %zu is the first other one", i);
	ret = play_differ(p, "other octets were received", &expected, &seen);
	lines_clear(&expected);
	lines_clear(&seen);
	return ret;
}

static int result_differs(struct play *p, const struct call *call,
			  const char *wanted)
{
	struct lines expected = { 0 }, seen = { 0 };
	char text[64];
	int ret;

	result_text(call, text, sizeof(text));
	lines_add(&expected, "%s: %s", verb_name(call->step->verb), wanted);
	lines_add(&seen, "%s: %s", verb_name(call->step->verb), text);
	ret = play_differ(p, "the call gave something else", &expected, &seen);
	lines_clear(&expected);
	lines_clear(&seen);
	return ret;
}

static int judge_value(struct play *p, const struct call *call)
{
	const struct scenario_item *value = &call->step->item[KEY_VALUE];

	if (!value->set || call->step->verb == VERB_SETSOCKOPT ||
	    (*call->device ? !strcmp(call->device, value->text) :
			     call->ret == value->number))
		return 0;
	return result_differs(p, call, value->text);
}

/* 0, or -1 where it is not what its step says */
int judge_call(struct play *p, const struct call *call)
{
	const struct scenario_step *step = call->step;
	const struct scenario_item *err = &step->item[KEY_ERRNO];
	const struct scenario_item *returns = &step->item[KEY_RETURNS];
	char all[32];

	if (tells(call))
		result_text(call, p->did, sizeof(p->did));
	if (err->set)
		return call->err == err->number ? 0 :
		       result_differs(p, call, err->text);
	if (returns->set && (call->err || call->ret != returns->number))
		return result_differs(p, call, returns->text);
	if (call->err)
		return result_differs(p, call, "no error");
	if (step->verb == VERB_SEND && !returns->set &&
	    call->ret != (int64_t)step->len) {
		snprintf(all, sizeof(all), "%zu", step->len);
		return result_differs(p, call, all);
	}
	if (step->verb == VERB_RECV && step->octets &&
	    (call->ret != (int64_t)step->len ||
	     memcmp(call->octets, step->octets, step->len)))
		return octets_differ(p, call);
	return judge_value(p, call);
}

/* 0, or -1 with what is wrong in @p->why */
int play_call(struct play *p, struct scenario_step *step)
{
	struct call *call;
	int ret;

	if (step->verb == VERB_SOCKET)
		return open_socket(p, step);
	if (step->verb == VERB_SOCKETPAIR)
		return open_pair(p, step);
	if (step->verb == VERB_POLL)
		return poll_socket(p, step);
	call = start(p, step);
	if (!call)
		return -1;
	if (step_has(step, KEY_BACKGROUND)) {
		p->thing[step->item[KEY_BACKGROUND].number].call = call;
		await_sleep(p, call);
		snprintf(p->did, sizeof(p->did), "in the background");
		return 0;
	}
	if (join(p, call))
		return -1;
	ret = judge_call(p, call);
	call_free(call);
	return ret;
}

/* for a call in the background; it is judged by its own step */
int play_wait(struct play *p, struct scenario_step *step)
{
	struct thing *thing = &p->thing[step->subject.number];
	struct call *call = thing->call;
	int ret;

	if (!call)
		return play_fail(p, "%s was waited for already",
				 step->subject.text);
	if (join(p, call))
		return -1;
	thing->call = NULL;
	ret = judge_call(p, call);
	if (ret)
		lines_add(&p->why, "it began on line %u", call->step->at.line);
	call_free(call);
	return ret;
}
