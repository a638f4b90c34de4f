/* SPDX-License-Identifier: GPL-2.0 */
/*
 * alias.h - what the program takes a socket for
 *
 * Used by the files of the preload library.
 */
#ifndef _PRELOAD_ALIAS_H
#define _PRELOAD_ALIAS_H

#include <sys/epoll.h>
#include <sys/types.h>

#include "preload/sockname.h"

/**
 * enum alias_kind - what a descriptor is
 * @ALIAS_NONE: nothing is kept of it
 * @ALIAS_ASIDE: a socket of the program that may be moved yet
 * @ALIAS_MOVED: an AF_SCOPE socket that the program takes for another one
 * @ALIAS_NATIVE: an AF_SCOPE socket that the program knows to be one
 * @ALIAS_COMPANION: a descriptor of ours, that a listener needs
 */
enum alias_kind {
	ALIAS_NONE,
	ALIAS_ASIDE,
	ALIAS_MOVED,
	ALIAS_NATIVE,
	ALIAS_COMPANION,
};

#define ALIAS_OPTIONS	8
#define ALIAS_WATCHES	4

/**
 * struct alias_option - an option of TCP, IP or IPv6 that the program set
 */
struct alias_option {
	int	level;
	int	name;
	int	value;
};

/**
 * struct alias_watch - an epoll that the socket was added to before it moved
 */
struct alias_watch {
	int			epfd;
	struct epoll_event	event;
};

/**
 * struct alias - what the program takes a socket for
 * @cookie: of the socket that the rest is about; alias_set() fills it in
 * @local: what getsockname() says
 * @peer: what getpeername() says once the kernel says that there is one
 * @listening: listen() moved it
 * @v4mapped: its peers are AF_INET6 and have IPv4 addresses
 * @port: AF_SCOPE port that connect() went to; of AF_UNIX, that listens
 * @type: of a companion's AF_SCOPE socket, and of a listener that has some
 * @dev: with @ino the node that bind() made; 0 is none
 * @ino: see @dev
 * @nr_options: how many of @option are set
 * @nr_watches: how many of @watch
 */
struct alias {
	enum alias_kind		kind;
	uint64_t		cookie;
	struct sockname		local;
	struct sockname		peer;
	bool			listening;
	bool			v4mapped;
	uint16_t		port;
	int			type;
	dev_t			dev;
	ino_t			ino;
	int			nr_options;
	struct alias_option	option[ALIAS_OPTIONS];
	int			nr_watches;
	struct alias_watch	watch[ALIAS_WATCHES];
};

void alias_init(void);

bool alias_moved(int fd, struct alias *alias);
void alias_aside(int fd, struct alias *alias);
bool alias_is_aside(int fd);
bool alias_is_listener(int fd);
bool alias_any(enum alias_kind kind,
	       bool (*match)(int fd, const struct alias *alias, void *arg),
	       void *arg);

void alias_set(int fd, const struct alias *alias);
void alias_mark(int fd, enum alias_kind kind);
void alias_note_option(int fd, int level, int name, int value);
void alias_note_watch(int fd, int epfd, int op,
		      const struct epoll_event *event);

#endif /* _PRELOAD_ALIAS_H */
