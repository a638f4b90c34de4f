/* SPDX-License-Identifier: GPL-2.0 */
/*
 * event.h - one event of the stream, decoded
 *
 * Filled by event.c, ordered by merge.c, shown by json_event.c, journey.c and the
 * render_*.c. A field that the running module does not report, or that means
 * nothing at a station, is not known.
 */
#ifndef _EVENT_H
#define _EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image;
struct tep_handle;

/* fields of skbscope:station and skbscope:refused: X(symbol, name) */
#define EVENT_FIELDS(X)			\
	X(STATION, "station")		\
	X(SKB, "skb")			\
	X(PARENT, "parent")		\
	X(RELATION, "relation")		\
	X(SOCK, "sock")			\
	X(NETNS, "netns")		\
	X(IFINDEX, "ifindex")		\
	X(LEN, "len")			\
	X(DATA_LEN, "data_len")		\
	X(DATA, "data")			\
	X(TAIL, "tail")			\
	X(END, "end")			\
	X(MAC, "mac")			\
	X(NETWORK, "network")		\
	X(TRANSPORT, "transport")	\
	X(TRUESIZE, "truesize")		\
	X(USERS, "users")		\
	X(DATAREF, "dataref")		\
	X(CLONED, "cloned")		\
	X(NR_FRAGS, "nr_frags")		\
	X(IP_SUMMED, "ip_summed")	\
	X(PKT_TYPE, "pkt_type")		\
	X(PROTOCOL, "protocol")		\
	X(SPORT, "sport")		\
	X(DPORT, "dport")		\
	X(OFFSET, "offset")		\
	X(OFFSET_END, "offset_end")	\
	X(FLAGS, "flags")		\
	X(ACK, "ack")			\
	X(WINDOW, "window")		\
	X(RXQ_BEFORE, "rxq_before")	\
	X(RXQ, "rxq")			\
	X(TXQ_BEFORE, "txq_before")	\
	X(TXQ, "txq")			\
	X(RMEM_BEFORE, "rmem_before")	\
	X(RMEM, "rmem")			\
	X(WMEM_BEFORE, "wmem_before")	\
	X(WMEM, "wmem")			\
	X(REASON, "reason")		\
	X(ERR, "err")

enum event_field {
#define EVENT_FIELD_ENTRY(symbol, name) EVF_##symbol,
	EVENT_FIELDS(EVENT_FIELD_ENTRY)
#undef EVENT_FIELD_ENTRY
	EVF_MAX,
};

enum event_kind {
	EVENT_STATION,
	EVENT_REFUSED,
	EVENT_IMAGE,	/* stream.c keeps it for the station's */
};

#define EVENT_DEV_LEN		16
#define EVENT_REASON_LEN	64

/**
 * struct event - what the kernel reported once
 * @ts: nanoseconds of CLOCK_MONOTONIC
 * @known: bit EVF_x is set where @v[EVF_x] is a value
 * @dev: name of the device, empty for none
 * @reason: name of the drop reason, empty for none
 * @image: of the sk_buff, or NULL; there until the next event is asked for,
 *	unless image_get() holds it
 * @frames: a bit for each program that is true of its frame
 * @chosen: wanted by whom it is shown to; not the decoder's
 */
struct event {
	uint64_t	ts;
	int		cpu;
	enum event_kind	kind;
	bool		chosen;
	uint32_t	frames;
	uint64_t	known;
	int64_t		v[EVF_MAX];
	char		dev[EVENT_DEV_LEN];
	char		reason[EVENT_REASON_LEN];
	struct image	*image;
};

static inline bool event_has(const struct event *ev, enum event_field field)
{
	return ev->known & (1ULL << field);
}

static inline void event_set(struct event *ev, enum event_field field,
			     int64_t value)
{
	ev->v[field] = value;
	ev->known |= 1ULL << field;
}

static inline void event_unset(struct event *ev, enum event_field field)
{
	ev->v[field] = 0;
	ev->known &= ~(1ULL << field);
}

static inline bool event_at(const struct event *ev, int station)
{
	return ev->kind == EVENT_STATION && event_has(ev, EVF_STATION) &&
	       ev->v[EVF_STATION] == station;
}

/* when a field of skbscope:station is a value, and not only a number */
enum event_meaning {
	MEANS_ALWAYS,
	MEANS_NOT_BEFORE_BUFFER,	/* not at socket.send */
	MEANS_NOT_BELOW_ZERO,		/* nor where it is -1 */
	MEANS_WITH_OCTETS,		/* a segment has some, or SCOPE_F_END */
	MEANS_WITH_ACK,			/* SCOPE_F_ACK is set */
	MEANS_WITH_FLAGS,		/* any is set */
	MEANS_WHEN_DROPPED,		/* at end.dropped */
};

enum event_meaning event_meaning(enum event_field field);
bool event_is_end(const struct event *ev);
const char *event_field_name(enum event_field field);
bool event_may_have(enum event_kind kind, int station, enum event_field field);

struct event_decoder;

struct event_decoder *event_decoder_new(struct tep_handle *tep,
					bool big_endian);
void event_decoder_free(struct event_decoder *dec);
bool event_decoder_images(struct event_decoder *dec);
bool event_decode(const struct event_decoder *dec, const void *data,
		  size_t size, struct event *ev);

#endif /* _EVENT_H */
