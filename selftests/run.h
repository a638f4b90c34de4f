/* SPDX-License-Identifier: GPL-2.0 */
/*
 * run.h - what the tests of `skbscope run' share
 *
 * Such a test runs itself once more by `skbscope run'. Its socket calls are
 * then the preload library's; what really is there it asks by raw system calls,
 * which the library does not see.
 */
#ifndef SELFTESTS_RUN_H
#define SELFTESTS_RUN_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "scope.h"

#define RUN_PROBE	"SELFTEST_RUN_PROBE"

/* What a program that is run with a socket as its stdin prints of it */
static inline void run_probe(void)
{
	struct sockaddr_storage local = { 0 }, peer = { 0 };
	socklen_t local_len = sizeof(local), peer_len = sizeof(peer);
	int domain = -1;
	socklen_t len = sizeof(domain);

	getsockopt(0, SOL_SOCKET, SO_DOMAIN, &domain, &len);
	getsockname(0, (struct sockaddr *)&local, &local_len);
	getpeername(0, (struct sockaddr *)&peer, &peer_len);
	printf("%d %d %d %d\n", domain, local.ss_family,
	       ntohs(((struct sockaddr_in *)&local)->sin_port),
	       ntohs(((struct sockaddr_in *)&peer)->sin_port));
	exit(0);
}

/* @option: of `skbscope run', or NULL */
static inline void run_myself(char **argv, const char *option)
{
	char *args[64] = { "skbscope", "run" }, self[256] = { 0 };
	int nr = 2;

	if (getenv(RUN_PROBE))
		run_probe();
	if (getenv("SKBSCOPE_RUN_FAMILY"))
		return;
	if (option)
		args[nr++] = (char *)option;
	args[nr++] = "--";
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) > 0)
		args[nr++] = self;
	while (*++argv && nr < 63)
		args[nr++] = *argv;
	execvp(args[0], args);
	perror("skbscope run");
	exit(KSFT_FAIL);
}

/* Is it an AF_SCOPE socket, whatever the library says */
static inline bool run_is_moved(int fd)
{
	socklen_t len = sizeof(int);
	int domain;

	return !syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &domain,
			&len) && domain == scope_family();
}

/* A raw socket call of an option of AF_SCOPE's */
static inline int run_scope_option(int fd, int name)
{
	socklen_t len = sizeof(int);
	int value;

	return syscall(SYS_getsockopt, fd, SOL_SCOPE, name, &value, &len) ?
	       -errno : value;
}

static inline int run_get_int(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value = -1;

	return getsockopt(fd, level, name, &value, &len) ? -errno : value;
}

static inline int run_set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

/* An address of any family and its length */
struct run_name {
	socklen_t	len;
	union {
		struct sockaddr		sa;
		struct sockaddr_in	in;
		struct sockaddr_in6	in6;
		struct sockaddr_un	un;
		struct sockaddr_storage	storage;
	};
};

/* @text: an IPv4 or IPv6 address */
static inline struct run_name run_inet(const char *text, uint16_t port)
{
	struct run_name name = { 0 };

	if (inet_pton(AF_INET, text, &name.in.sin_addr) == 1) {
		name.in.sin_family = AF_INET;
		name.in.sin_port = htons(port);
		name.len = sizeof(name.in);
	} else {
		memset(&name, 0, sizeof(name));
		inet_pton(AF_INET6, text, &name.in6.sin6_addr);
		name.in6.sin6_family = AF_INET6;
		name.in6.sin6_port = htons(port);
		name.len = sizeof(name.in6);
	}
	return name;
}

/* @path: of a node, or a name behind '@' for an abstract one */
static inline struct run_name run_unix(const char *path)
{
	struct run_name name = { .un.sun_family = AF_UNIX };

	strcpy(name.un.sun_path, path);
	name.len = offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1;
	if (*path == '@') {
		name.un.sun_path[0] = '\0';
		name.len--;
	}
	return name;
}

static inline uint16_t run_port(const struct run_name *name)
{
	return ntohs(name->in.sin_port);
}

/* The address part as text, in a static buffer */
static inline const char *run_address(const struct run_name *name)
{
	static char text[INET6_ADDRSTRLEN];

	if (name->sa.sa_family == AF_INET)
		inet_ntop(AF_INET, &name->in.sin_addr, text, sizeof(text));
	else
		inet_ntop(AF_INET6, &name->in6.sin6_addr, text, sizeof(text));
	return text;
}

static inline struct run_name run_local(int fd)
{
	struct run_name name = { .len = sizeof(name.storage) };

	if (getsockname(fd, &name.sa, &name.len))
		name.len = 0;
	return name;
}

static inline struct run_name run_peer(int fd)
{
	struct run_name name = { .len = sizeof(name.storage) };

	if (getpeername(fd, &name.sa, &name.len))
		name.len = 0;
	return name;
}

static inline bool run_same(const struct run_name *a, const struct run_name *b)
{
	return a->len && a->len == b->len && !memcmp(&a->sa, &b->sa, a->len);
}

static inline int run_bind(int fd, const struct run_name *name)
{
	return bind(fd, &name->sa, name->len) ? -errno : 0;
}

static inline int run_connect(int fd, const struct run_name *name)
{
	return connect(fd, &name->sa, name->len) ? -errno : 0;
}

/* A listener, or -errno */
static inline int run_listener(int type, const struct run_name *name)
{
	int fd = socket(name->sa.sa_family, type, 0), err = 0;

	if (fd < 0)
		return -errno;
	if (bind(fd, &name->sa, name->len) || listen(fd, 8)) {
		err = -errno;
		close(fd);
	}
	return err ? err : fd;
}

/* A client, or -errno */
static inline int run_client(int type, const struct run_name *name)
{
	int fd = socket(name->sa.sa_family, type, 0), err;

	if (fd < 0)
		return -errno;
	err = run_connect(fd, name);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

/* Both ways, some octets from one end to the other */
static inline bool run_talks(int a, int b)
{
	char got[8];

	return send(a, "there", 5, 0) == 5 && recv(b, got, 8, 0) == 5 &&
	       !memcmp(got, "there", 5) && send(b, "back", 4, 0) == 4 &&
	       recv(a, got, 8, 0) == 4 && !memcmp(got, "back", 4);
}

#endif /* SELFTESTS_RUN_H */
