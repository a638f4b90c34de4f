/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stream.h - the events of the running module or of a record, in the order of
 * their time
 *
 * Used by the commands that show events.
 */
#ifndef _STREAM_H
#define _STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"
#include "filter.h"
#include "reasons.h"

#define STREAM_BUFFER_KIB	4096	/* default of each CPU's ring */

struct stream;
struct symbols;
struct types;

struct stream *stream_open(unsigned int buffer_kib, bool images,
			   const struct filter_kernel *filter);
struct stream *stream_open_record(const char *path, bool images);
void stream_close(struct stream *s);
const struct reasons *stream_reasons(const struct stream *s);
int stream_read(struct stream *s);
uint64_t stream_safe(const struct stream *s);
bool stream_next(struct stream *s, struct event *ev);
int stream_error(const struct stream *s);
int stream_stop(struct stream *s);
uint64_t stream_lost(struct stream *s);
uint64_t stream_late(const struct stream *s);
uint64_t stream_imageless(const struct stream *s);
struct types *stream_types(struct stream *s, const char **why);
const struct symbols *stream_symbols(struct stream *s);
bool stream_whole(const struct stream *s);

#endif /* _STREAM_H */
