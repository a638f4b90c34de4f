/* SPDX-License-Identifier: GPL-2.0 */
/*
 * record.h - the file that `skbscope record' writes
 *
 * Written by record_write.c with what facts.c and cmd_record.c have, read by
 * record_read.c for replay.c. The format is told by skbscope-record(5); what is
 * changed here is changed there, with RECORD_VERSION.
 *
 *	magic (8), version (4), zero (4)
 *	sections: type (4), CRC-32 (4), length (8), payload
 */
#ifndef _RECORD_H
#define _RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lanes.h"
#include "pack.h"
#include "picture.h"

/* an octet that is no text, and an end of line, for what meddles with those */
#define RECORD_MAGIC	"\x8aSKBREC\n"
#define RECORD_OLDEST	1	/* 1 and 2 have no ledgers */
#define RECORD_VERSION	3
#define RECORD_IMAGES	5	/* the version of one with images; 4 has none of sockets */

#define RECORD_HEAD	16	/* octets of the file's head */
#define SECTION_HEAD	16	/* octets of a section's */

#define RECORD_TYPE(a, b, c, d) \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | \
	 (uint32_t)(d) << 24)

/* X(symbol, four letters, octets at most) */
#define RECORD_SECTIONS(X)						\
	X(HOST, RECORD_TYPE('H', 'O', 'S', 'T'), 1 << 20)		\
	X(FORMAT, RECORD_TYPE('F', 'O', 'R', 'M'), 1 << 20)		\
	X(STATIONS, RECORD_TYPE('S', 'T', 'A', 'T'), 1 << 20)		\
	X(REASONS, RECORD_TYPE('R', 'E', 'A', 'S'), 1 << 20)		\
	X(DEVICES, RECORD_TYPE('D', 'E', 'V', 'S'), 1 << 24)		\
	X(BTF, RECORD_TYPE('B', 'T', 'F', ' '), 1 << 28)		\
	X(SOCKET, RECORD_TYPE('S', 'O', 'C', 'K'), 1 << 20)		\
	X(SOCKET_IMAGES, RECORD_TYPE('I', 'M', 'A', 'G'), 1 << 20)		\
	X(LEDGER, RECORD_TYPE('L', 'E', 'D', 'G'), 1 << 20)		\
	X(SYMBOLS, RECORD_TYPE('S', 'Y', 'M', 'S'), 1 << 20)		\
	X(GAP, RECORD_TYPE('G', 'A', 'P', ' '), 8)			\
	X(PAGE, RECORD_TYPE('P', 'A', 'G', 'E'), (1 << 20) + 4)		\
	X(SAFE, RECORD_TYPE('S', 'A', 'F', 'E'), 8)			\
	X(LOST, RECORD_TYPE('L', 'O', 'S', 'T'), 1 << 20)		\
	X(END, RECORD_TYPE('E', 'N', 'D', ' '), 16)

enum record_section {
#define RECORD_SECTION_ENTRY(symbol, type, max) RECORD_##symbol = (type),
	RECORD_SECTIONS(RECORD_SECTION_ENTRY)
#undef RECORD_SECTION_ENTRY
};

/* when a socket was as its section says */
enum record_moment {
	RECORD_AT_START,	/* there when the record began */
	RECORD_NEW,		/* made */
	RECORD_CHANGED,
	RECORD_GONE,		/* closed */
	RECORD_AT_END,		/* there when the record ended */
	RECORD_MOMENTS,
};

enum record_packing {
	RECORD_RAW,
	RECORD_ZLIB,
};

struct recorder;

struct recorder *recorder_open(const char *path, unsigned int version);
int recorder_section(struct recorder *r, enum record_section type,
		     const struct pack *payload);
int recorder_flush(struct recorder *r);
int recorder_error(const struct recorder *r);
uint64_t recorder_octets(const struct recorder *r);
int recorder_close(struct recorder *r);

struct section {
	enum record_section	type;
	uint64_t		offset;	/* of its head in the file */
	struct unpack		payload;
};

enum record_state {
	RECORD_GOOD,		/* so far, or to its end */
	RECORD_CUT,		/* it ends too early */
	RECORD_BAD,		/* it is damaged, or none of ours */
};

struct record;

struct record *record_open(const char *path);
void record_close(struct record *r);
bool record_next(struct record *r, struct section *section);
enum record_state record_state(const struct record *r);
const char *record_why(const struct record *r);
void record_blame(struct record *r, const struct section *section,
		  const char *why);

/**
 * struct record_images - the head of what a section has of one socket
 * @moment: RECORD_AT_START or RECORD_AT_END
 * @ts: when they were taken
 * @cookie: the socket's
 * @nr: images that follow; none where they were left out
 */
struct record_images {
	enum record_moment	moment;
	uint64_t		ts;
	uint64_t		cookie;
	unsigned int		nr;
};

void record_pack_images(struct pack *p, const struct record_images *images);
void record_pack_image(struct pack *p, const struct image_picture *image);
bool record_unpack_images(struct unpack *u, struct record_images *images);
bool record_unpack_image(struct unpack *u, struct image_picture *image);

void record_pack_socket(struct pack *p, enum record_moment moment,
			uint64_t ts, const struct socket_picture *sock);
void record_pack_ledger(struct pack *p, enum record_moment moment,
			uint64_t ts, const struct ledger *ledger);
bool record_unpack_ledger(struct unpack *u, enum record_moment *moment,
			  struct ledger *ledger);
bool record_unpack_socket(struct unpack *u, enum record_moment *moment,
			  uint64_t *ts, struct socket_picture *sock);

#endif /* _RECORD_H */
