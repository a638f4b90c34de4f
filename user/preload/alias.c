// SPDX-License-Identifier: GPL-2.0
/*
 * alias.c - what the program takes a socket for
 *
 * Called by the files of the preload library. A table by descriptor, in which
 * each entry has the cookie of the socket it is about: one whose descriptor is
 * another socket by now is of no account, and a copy that dup() made is found
 * by its cookie and gets an entry of its own. fork() copies the table;
 * handover.c brings it over execve().
 *
 * One lock, with all signals blocked while it is held, for accept() and the
 * like may be called by signal handlers; fork() takes it, so that the child
 * finds it free. No memory is ever freed or moved.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "preload/alias.h"
#include "preload/handover.h"
#include "preload/real.h"
#include "preload/setup.h"
#include "preload/sock.h"
#include "preload/unixname.h"

#define CHUNK	1024

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct alias *chunks[1024];
static int used;	/* entries behind this one were never set */

static void lock(sigset_t *saved)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, saved);
	pthread_mutex_lock(&mutex);
}

static void unlock(const sigset_t *saved)
{
	pthread_mutex_unlock(&mutex);
	pthread_sigmask(SIG_SETMASK, saved, NULL);
}

static sigset_t forking;	/* the signals of the thread that holds the lock */

static void before_fork(void)
{
	sigset_t saved;

	lock(&saved);
	forking = saved;
}

static void after_fork(void)
{
	sigset_t saved = forking;

	unlock(&saved);
}

void alias_init(void)
{
	pthread_atfork(before_fork, after_fork, after_fork);
}

/* the entry of a descriptor; NULL where nothing was ever kept */
static struct alias *entry_of(int fd)
{
	struct alias *chunk;

	if (fd < 0 || fd / CHUNK >= (int)(sizeof(chunks) / sizeof(chunks[0])))
		return NULL;
	chunk = __atomic_load_n(&chunks[fd / CHUNK], __ATOMIC_ACQUIRE);
	return chunk ? &chunk[fd % CHUNK] : NULL;
}

/* the same, made where there is none; the lock is held */
static struct alias *entry_make(int fd)
{
	struct alias *entry = entry_of(fd);
	struct alias *chunk;

	if (!entry && fd / CHUNK < (int)(sizeof(chunks) / sizeof(chunks[0]))) {
		chunk = mmap(NULL, CHUNK * sizeof(*chunk),
			     PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (chunk == MAP_FAILED)
			return NULL;
		__atomic_store_n(&chunks[fd / CHUNK], chunk, __ATOMIC_RELEASE);
		entry = entry_of(fd);
	}
	if (entry && fd >= used)
		used = fd + 1;
	return entry;
}

/* the entry about a socket, whichever its descriptor; the lock is held */
static struct alias *entry_by_cookie(int fd, uint64_t cookie)
{
	struct alias *entry = entry_of(fd);

	if (!cookie)
		return NULL;
	if (entry && entry->kind && entry->cookie == cookie)
		return entry;
	for (fd = 0; fd < used; fd++) {
		entry = entry_of(fd);
		if (!entry)
			fd += CHUNK - 1 - fd % CHUNK;
		else if (entry->kind && entry->cookie == cookie)
			return entry;
	}
	return NULL;
}

static bool alias_copy(int fd, uint64_t cookie, struct alias *alias)
{
	struct alias *entry, *own;
	sigset_t saved;

	lock(&saved);
	entry = entry_by_cookie(fd, cookie);
	if (entry) {
		*alias = *entry;
		own = entry_make(fd);
		if (own)
			*own = *alias;
	}
	unlock(&saved);
	return entry;
}

void alias_set(int fd, const struct alias *alias)
{
	uint64_t cookie = sock_cookie(fd);
	struct alias *entry;
	sigset_t saved;

	lock(&saved);
	entry = entry_make(fd);
	if (entry) {
		*entry = *alias;
		entry->cookie = cookie;
	}
	unlock(&saved);
}

/* a new socket, of which nothing else is known yet */
void alias_mark(int fd, enum alias_kind kind)
{
	const struct alias alias = { .kind = kind };
	const struct alias *entry = entry_of(fd);

	if (kind != ALIAS_NONE || (entry && entry->kind != ALIAS_NONE))
		alias_set(fd, &alias);
}

/*
 * An AF_SCOPE socket that came to us we do not know how: by execve() from a
 * program that could not hand all over, or in a message. Its ports tell
 * AF_UNIX, and AF_INET is most likely what it else was.
 */
static void guess(int fd, struct alias *alias)
{
	struct sockname local, peer = { .len = SOCKNAME_MAX };
	const struct sockname ipv4 = { .sa.sa_family = AF_INET };
	int type = sock_int(fd, SOL_SOCKET, SO_TYPE);
	uint16_t port = 0;

	memset(alias, 0, sizeof(*alias));
	alias->kind = ALIAS_NATIVE;
	if (type != SOCK_STREAM && type != SOCK_SEQPACKET)
		return;
	/* one of a pair has no port, and is none of ours */
	if (!sockname_local(fd, &local) || !sockname_port(&local))
		return;
	if (!real.getpeername(fd, &peer.sa, &peer.len))
		port = sockname_port(&peer);
	alias->kind = ALIAS_MOVED;
	alias->port = port;
	if (setup.unix_too && (unixname_has_port(sockname_port(&local)) ||
			       unixname_has_port(port))) {
		sockname_unnamed(&alias->local);
		sockname_unnamed(&alias->peer);
		return;
	}
	sockname_loopback(&alias->local, &ipv4, false, sockname_port(&local));
	sockname_loopback(&alias->peer, &ipv4, false, port);
}

/* is it a socket that was moved, and what does the program take it for */
bool alias_moved(int fd, struct alias *alias)
{
	int saved = errno;
	uint64_t cookie;

	if (!sock_is_scope(fd))
		return false;
	cookie = sock_cookie(fd);
	if (!alias_copy(fd, cookie, alias)) {
		if (!handover_find(cookie, alias))
			guess(fd, alias);
		alias_set(fd, alias);
	}
	errno = saved;
	return alias->kind == ALIAS_MOVED;
}

/* what is kept of a socket that was not moved yet; nothing is fine, too */
void alias_aside(int fd, struct alias *alias)
{
	if (!alias_copy(fd, sock_cookie(fd), alias) ||
	    alias->kind != ALIAS_ASIDE)
		memset(alias, 0, sizeof(*alias));
}

/* a quick look: it may be out of date */
bool alias_is_aside(int fd)
{
	const struct alias *entry = entry_of(fd);

	return entry && __atomic_load_n(&entry->kind, __ATOMIC_RELAXED) ==
				ALIAS_ASIDE;
}

/* the same for a listener that was moved */
bool alias_is_listener(int fd)
{
	const struct alias *entry = entry_of(fd);

	return entry && __atomic_load_n(&entry->kind, __ATOMIC_RELAXED) ==
				ALIAS_MOVED && entry->listening;
}

/* is there one of a kind, of this process, that matches */
bool alias_any(enum alias_kind kind,
	       bool (*match)(int fd, const struct alias *alias, void *arg),
	       void *arg)
{
	struct alias alias;
	int fd;

	for (fd = 0; fd < __atomic_load_n(&used, __ATOMIC_RELAXED); fd++) {
		const struct alias *entry = entry_of(fd);
		uint64_t cookie;

		if (!entry) {
			fd += CHUNK - 1 - fd % CHUNK;
			continue;
		}
		if (__atomic_load_n(&entry->kind, __ATOMIC_RELAXED) != kind)
			continue;
		cookie = sock_cookie(fd);
		if (cookie && alias_copy(fd, cookie, &alias) &&
		    alias.kind == kind && match(fd, &alias, arg))
			return true;
	}
	return false;
}

void alias_note_option(int fd, int level, int name, int value)
{
	struct alias_option *option;
	struct alias *entry;
	sigset_t saved;
	int i;

	lock(&saved);
	entry = entry_of(fd);
	if (!entry || !entry->kind)
		goto out;
	for (i = 0; i < entry->nr_options; i++)
		if (entry->option[i].level == level &&
		    entry->option[i].name == name)
			break;
	if (i == ALIAS_OPTIONS)
		goto out;
	option = &entry->option[i];
	*option = (struct alias_option) { level, name, value };
	if (i == entry->nr_options)
		entry->nr_options++;
out:
	unlock(&saved);
}

/* after an epoll_ctl() that succeeded */
void alias_note_watch(int fd, int epfd, int op, const struct epoll_event *event)
{
	struct alias *entry;
	sigset_t saved;
	int i;

	lock(&saved);
	entry = entry_of(fd);
	if (!entry || entry->kind != ALIAS_ASIDE)
		goto out;
	for (i = 0; i < entry->nr_watches; i++)
		if (entry->watch[i].epfd == epfd)
			break;
	if (op == EPOLL_CTL_DEL) {
		if (i < entry->nr_watches)
			entry->watch[i] = entry->watch[--entry->nr_watches];
	} else if (i < ALIAS_WATCHES) {
		entry->watch[i].epfd = epfd;
		entry->watch[i].event = *event;
		if (i == entry->nr_watches)
			entry->nr_watches++;
	}
out:
	unlock(&saved);
}
