// SPDX-License-Identifier: GPL-2.0
/*
 * record_write.c - writes a record, one section behind the other
 *
 * Called by cmd_record.c and facts.c. Never goes back in the file, so that it
 * can be a pipe, and that what was written stays good whatever comes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "message.h"
#include "record.h"

struct recorder {
	FILE		*file;
	const char	*path;
	uint64_t	octets;
	int		err;
};

static int put(struct recorder *r, const struct pack *p)
{
	if (r->err)
		return r->err;
	if (p->failed) {
		r->err = -ENOMEM;
	} else if (p->len) {
		errno = 0;
		if (fwrite(p->data, 1, p->len, r->file) != p->len)
			r->err = errno ? -errno : -EIO;
		r->octets += p->len;
	}
	return r->err;
}

/* what root alone may see stays so: for its owner alone, where it is new */
static FILE *open_file(const char *path)
{
	int fd;

	if (!strcmp(path, "-"))
		return stdout;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return fd < 0 ? NULL : fdopen(fd, "w");
}

/* NULL after saying why */
struct recorder *recorder_open(const char *path, unsigned int version)
{
	struct recorder *r = calloc(1, sizeof(*r));
	struct pack head = { 0 };

	if (!r) {
		complain("out of memory");
		return NULL;
	}
	r->path = path;
	r->file = open_file(path);
	if (!r->file) {
		complain("cannot write to %s: %s", path, strerror(errno));
		free(r);
		return NULL;
	}
	pack_octets(&head, RECORD_MAGIC, 8);
	pack_number(&head, version, 4);
	pack_number(&head, 0, 4);
	put(r, &head);
	pack_clear(&head);
	return r;
}

/* 0, or the -errno of what failed first */
int recorder_section(struct recorder *r, enum record_section type,
		     const struct pack *payload)
{
	struct pack head = { 0 };
	uLong crc;

	pack_number(&head, type, 4);
	pack_number(&head, payload->len, 8);
	crc = crc32(0, head.data, head.len);
	if (payload->len)
		crc = crc32_z(crc, payload->data, payload->len);

	head.len = 0;
	pack_number(&head, type, 4);
	pack_number(&head, crc, 4);
	pack_number(&head, payload->len, 8);
	if (!put(r, &head))
		put(r, payload);
	pack_clear(&head);
	return r->err;
}

/* so that what is there can be read if we are killed */
int recorder_flush(struct recorder *r)
{
	errno = 0;
	if (!r->err && fflush(r->file))
		r->err = errno ? -errno : -EIO;
	return r->err;
}

/* 0, or the -errno of what failed first */
int recorder_error(const struct recorder *r)
{
	return r->err;
}

uint64_t recorder_octets(const struct recorder *r)
{
	return r->octets;
}

/* returns 0, or -1 after saying what could not be written */
int recorder_close(struct recorder *r)
{
	int err = recorder_flush(r);

	if (r->file != stdout && fclose(r->file) && !err)
		err = -errno;
	if (err)
		complain("cannot write to %s: %s", r->path, strerror(-err));
	free(r);
	return err ? -1 : 0;
}
