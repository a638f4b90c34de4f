/* SPDX-License-Identifier: GPL-2.0 */
/*
 * replay.h - the pages of a record
 *
 * Used by stream.c.
 */
#ifndef _REPLAY_H
#define _REPLAY_H

#include "lanes.h"
#include "reasons.h"

struct replay;
struct symbols;
struct types;

struct replay *replay_open(const char *path);
void replay_close(struct replay *r);
const struct ring_shape *replay_shape(const struct replay *r);
struct types *replay_types(struct replay *r, const char **why);
const struct symbols *replay_symbols(const struct replay *r);
struct event_decoder *replay_decoder(const struct replay *r);
const struct reasons *replay_reasons(const struct replay *r);
int replay_read(struct replay *r, page_fn fn, void *arg);
uint64_t replay_safe(const struct replay *r);
uint64_t replay_lost(const struct replay *r);
bool replay_whole(const struct replay *r);

#endif /* _REPLAY_H */
