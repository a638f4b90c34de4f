// SPDX-License-Identifier: GPL-2.0
/*
 * play_socket.c - the sockets of a scenario: how they are opened, where they are,
 * their options
 *
 * Called by play_call.c.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "address.h"
#include "clock.h"
#include "message.h"
#include "play_call.h"

static uint64_t cookie_of(int fd)
{
	socklen_t len = sizeof(uint64_t);
	uint64_t cookie = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len))
		return 0;
	return cookie;
}

void keep_socket(struct thing *thing, int fd)
{
	thing->fd = fd;
	thing->cookie = cookie_of(fd);
}

/* of another socket, as one at @from has to write it */
static int address_of(struct play *p, const struct scenario_item *item,
		      enum scenario_end from, struct sockaddr_scope *addr)
{
	enum scenario_end end = p->sc->name[item->number].end;
	socklen_t len = sizeof(*addr);

	if (getsockname(p->thing[item->number].fd, (struct sockaddr *)addr,
			&len))
		return play_fail(p, "%s has no address: %s", item->text,
				 errno_name(errno));
	if (end == from)
		return 0;
	addr->sscope_ifindex = p->end[from].ifindex;
	memset(addr->sscope_addr, 0, sizeof(addr->sscope_addr));
	memcpy(addr->sscope_addr, p->end[end].link, sizeof(p->end[end].link));
	return 0;
}

int find_address(struct play *p, const struct scenario_item *item,
		 enum scenario_end from, struct sockaddr_scope *addr)
{
	char why[ADDRESS_WHY_LEN];

	if (item->number >= 0)
		return address_of(p, item, from, addr);
	if (address_parse(item->text, p->family, addr, why))
		return play_fail(p, "`%s': %s", item->text, why);
	return 0;
}

int set_option(int fd, const struct option_name *option, int64_t number,
	       const char *text)
{
	struct timeval tv = { number / 1000, number % 1000 * 1000 };
	struct linger linger = { number >= 0, number >= 0 ? number : 0 };
	int value = number;

	switch (option->kind) {
	case OPTION_MS:
		return setsockopt(fd, option->level, option->option, &tv,
				  sizeof(tv));
	case OPTION_LINGER:
		return setsockopt(fd, option->level, option->option, &linger,
				  sizeof(linger));
	case OPTION_DEVICE:
		return setsockopt(fd, option->level, option->option, text,
				  strlen(text) + 1);
	default:
		return setsockopt(fd, option->level, option->option, &value,
				  sizeof(value));
	}
}

/* what it has is in @value, or in @device */
int get_option(int fd, const struct option_name *option, int64_t *value,
	       char device[16])
{
	struct linger linger;
	struct timeval tv;
	socklen_t len;
	int number, ret;

	switch (option->kind) {
	case OPTION_MS:
		len = sizeof(tv);
		ret = getsockopt(fd, option->level, option->option, &tv, &len);
		*value = tv.tv_sec * 1000 + tv.tv_usec / 1000;
		return ret;
	case OPTION_LINGER:
		len = sizeof(linger);
		ret = getsockopt(fd, option->level, option->option, &linger,
				 &len);
		*value = linger.l_onoff ? linger.l_linger : -1;
		return ret;
	case OPTION_DEVICE:
		len = 16;
		*value = 0;
		return getsockopt(fd, option->level, option->option, device,
				  &len);
	default:
		len = sizeof(number);
		ret = getsockopt(fd, option->level, option->option, &number,
				 &len);
		*value = number;
		return ret;
	}
}

static int open_failed(struct play *p, const struct scenario_step *step,
		       const char *what, int fd)
{
	struct call call = { .step = step, .ret = -1, .err = errno };
	int ret;

	if (fd >= 0)
		close(fd);
	ret = judge_call(p, &call);
	if (ret)
		lines_add(&p->why, "it was %s that failed", what);
	return ret;
}

static int set_options(int fd, const struct scenario_item *options,
		       const char **name)
{
	size_t i;

	for (i = 0; i < options->nr_fields; i++) {
		const struct scenario_field *f = &options->field[i];

		*name = f->name;
		if (set_option(fd, f->option, f->number, f->value))
			return -1;
	}
	return 0;
}

static int open_succeeded(struct play *p, const struct scenario_step *step)
{
	struct call call = { .step = step };

	return judge_call(p, &call);
}

static int socket_type(const struct scenario_step *step)
{
	return step->item[KEY_TYPE].number | SOCK_CLOEXEC |
	       (step->item[KEY_NONBLOCK].number ? SOCK_NONBLOCK : 0);
}

int open_socket(struct play *p, const struct scenario_step *step)
{
	int fd = socket(p->family, socket_type(step), 0);
	struct sockaddr_scope addr;
	const char *name;

	if (fd < 0)
		return open_failed(p, step, "socket()", fd);
	if (set_options(fd, &step->item[KEY_OPTIONS], &name))
		return open_failed(p, step, name, fd);
	if (step_has(step, KEY_BIND)) {
		if (find_address(p, &step->item[KEY_BIND], step->end, &addr)) {
			close(fd);
			return -1;
		}
		if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
			return open_failed(p, step, "bind()", fd);
	}
	keep_socket(&p->thing[step->subject.number], fd);
	return open_succeeded(p, step);
}

int open_pair(struct play *p, const struct scenario_step *step)
{
	int fd[2], i;

	if (socketpair(p->family, socket_type(step), 0, fd))
		return open_failed(p, step, "socketpair()", -1);
	for (i = 0; i < 2; i++)
		keep_socket(&p->thing[step->subject.number + i], fd[i]);
	return open_succeeded(p, step);
}

/* until all of them are there */
int poll_socket(struct play *p, const struct scenario_step *step)
{
	struct pollfd pfd = { .fd = p->thing[step->subject.number].fd,
			      .events = step->item[KEY_EVENTS].number };
	struct lines expected = { 0 }, seen = { 0 };
	uint64_t since = clock_ns(CLOCK_MONOTONIC);
	int bit, ret;

	do {
		if (poll(&pfd, 1, 0) < 0)
			return play_fail(p, "poll: %s", errno_name(errno));
		if ((pfd.revents & pfd.events) == pfd.events)
			return 0;
	} while (play_again(p, since));
	for (bit = 1; bit < 1 << 15; bit <<= 1) {
		if (pfd.events & bit)
			lines_add(&expected, "%s", poll_event_name(bit));
		if (pfd.revents & bit)
			lines_add(&seen, "%s", poll_event_name(bit));
	}
	ret = play_differ(p, "poll tells something else", &expected, &seen);
	lines_clear(&expected);
	lines_clear(&seen);
	return ret;
}
