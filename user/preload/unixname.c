// SPDX-License-Identifier: GPL-2.0
/*
 * unixname.c - which AF_SCOPE port an AF_UNIX name has
 *
 * Called by unix.c. A key is made of the type and, for a path, of the device
 * and number of the node there, else of the abstract name. The key says which
 * few ports the listener may have; it takes the first that is free, and leaves
 * a mark: a datagram socket of an abstract name made of key and port, which
 * anybody can look for by connect(), and which ends with those who hold it. So
 * there is no file to go stale, and names end where ports do, at the network
 * namespace.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "preload/real.h"
#include "preload/unixname.h"

#define FNV_BASIS	0xcbf29ce484222325ULL
#define FNV_PRIME	0x100000001b3ULL

bool unixname_has_port(uint16_t port)
{
	return port >= UNIXNAME_PORT_MIN;
}

/* neither abstract nor unnamed */
bool unixname_is_path(const struct sockname *name)
{
	return name->len > offsetof(struct sockaddr_un, sun_path) &&
	       name->un.sun_path[0];
}

/* FNV-1a */
static uint64_t hash(uint64_t key, const void *data, size_t len)
{
	const unsigned char *octet = data;

	while (len--)
		key = (key ^ *octet++) * FNV_PRIME;
	return key;
}

uint64_t unixname_key_node(int type, dev_t dev, ino_t ino)
{
	uint64_t key = hash(FNV_BASIS, &type, sizeof(type));

	key = hash(key, &dev, sizeof(dev));
	return hash(key, &ino, sizeof(ino));
}

uint64_t unixname_key_abstract(int type, const struct sockname *name)
{
	uint64_t key = hash(FNV_BASIS, &type, sizeof(type));

	return hash(key, name->un.sun_path,
		    name->len - offsetof(struct sockaddr_un, sun_path));
}

uint16_t unixname_port(uint64_t key, int i)
{
	return UNIXNAME_PORT_MIN +
	       (key + i) % (UINT16_MAX - UNIXNAME_PORT_MIN + 1);
}

static void mark_name(struct sockname *name, uint64_t key, uint16_t port)
{
	memset(name, 0, sizeof(*name));
	name->un.sun_family = AF_UNIX;
	name->len = offsetof(struct sockaddr_un, sun_path) + 1 +
		    sprintf(name->un.sun_path + 1, "skbscope-run/%016llx/%u",
			    (unsigned long long)key, port);
}

/* a socket that is the mark; or -1, the name being marked already */
int unixname_mark(uint64_t key, uint16_t port)
{
	struct sockname name;
	int fd;

	fd = real.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	mark_name(&name, key, port);
	if (real.bind(fd, &name.sa, name.len)) {
		real.close(fd);
		return -1;
	}
	return fd;
}

/* from which one of the key's ports on is there a mark; -1 for none */
int unixname_find(uint64_t key, int i)
{
	struct sockname name;
	int fd, saved = errno;

	fd = real.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	for (; i < UNIXNAME_PORTS; i++) {
		mark_name(&name, key, unixname_port(key, i));
		if (!real.connect(fd, &name.sa, name.len))
			break;
	}
	real.close(fd);
	errno = saved;
	return i < UNIXNAME_PORTS ? i : -1;
}
