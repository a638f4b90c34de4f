// SPDX-License-Identifier: GPL-2.0
/*
 * event.c - from a record of the ring buffer to a struct event
 *
 * Called by lanes.c. Fields are found by the names that the kernel publishes in
 * events/skbscope/?/format, so a module that adds, moves or lacks some still can
 * be read. The format may be of another machine, and damaged: no record is
 * looked at behind its end.
 */
#include <byteswap.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include <event-parse.h>

#include "event.h"
#include "image.h"
#include "skbscope.h"

static const char *const field_names[EVF_MAX] = {
#define FIELD_NAME(symbol, name) [EVF_##symbol] = (name),
	EVENT_FIELDS(FIELD_NAME)
#undef FIELD_NAME
};

/* they describe a buffer, which socket.send does not have yet */
static const enum event_field buffer_fields[] = {
	EVF_DATA, EVF_TAIL, EVF_END, EVF_MAC, EVF_NETWORK, EVF_TRANSPORT,
	EVF_TRUESIZE, EVF_USERS, EVF_DATAREF, EVF_CLONED, EVF_NR_FRAGS,
	EVF_IP_SUMMED, EVF_PKT_TYPE, EVF_PROTOCOL,
};

/* offsets that the kernel reports as -1 while they are not set */
static const enum event_field offset_fields[] = {
	EVF_MAC, EVF_NETWORK, EVF_TRANSPORT,
};

/* where a field is in a record; size 0: nowhere */
struct place {
	size_t	offset;
	size_t	size;
	bool	is_signed;
};

struct event_format {
	int			id;	/* -1 where there is no such event */
	struct place		type;
	struct place		field[EVF_MAX];
	struct place		dev;
	struct place		reason_name;
	struct place		frames;
};

/* what skbscope:image has besides; of the parts, where they are told to be */
struct image_format {
	struct event_format	event;
	struct place		address;
	struct place		sk;
	struct place		from;
	struct place		sk_buff;
	struct place		shared_info;
	struct place		octets;
};

struct event_decoder {
	bool			swap;	/* the other byte order than ours */
	bool			images;	/* are wanted */
	struct event_format	station;
	struct event_format	refused;
	struct image_format	image;
};

const char *event_field_name(enum event_field field)
{
	return field < EVF_MAX ? field_names[field] : "?";
}

bool event_is_end(const struct event *ev)
{
	return ev->kind == EVENT_REFUSED ||
	       event_at(ev, SCOPE_STATION_END_CONSUMED) ||
	       event_at(ev, SCOPE_STATION_END_DROPPED);
}

static void set_place(const struct tep_format_field *field, bool array,
		      struct place *place)
{
	if (!field || field->offset < 0 || field->size <= 0 ||
	    !!(field->flags & TEP_FIELD_IS_ARRAY) != array)
		return;
	if (!array && field->size > 8)
		return;
	place->offset = field->offset;
	place->size = field->size;
	place->is_signed = field->flags & TEP_FIELD_IS_SIGNED;
}

static void find_format(struct tep_handle *tep, const char *name,
			struct event_format *format)
{
	struct tep_event *event = tep_find_event_by_name(tep, "skbscope", name);
	int i;

	format->id = -1;
	if (!event)
		return;
	format->id = event->id;
	set_place(tep_find_common_field(event, "common_type"), false,
		  &format->type);
	for (i = 0; i < EVF_MAX; i++)
		set_place(tep_find_field(event, field_names[i]), false,
			  &format->field[i]);
	set_place(tep_find_field(event, "dev"), true, &format->dev);
	set_place(tep_find_field(event, "frames"), false, &format->frames);
	set_place(tep_find_field(event, "reason_name"), true,
		  &format->reason_name);
}

/* four octets that say where in the record the field is, and how long */
static void set_dynamic(const struct tep_format_field *field,
			struct place *place)
{
	if (!field || !(field->flags & TEP_FIELD_IS_DYNAMIC) ||
	    field->offset < 0 || field->size != 4)
		return;
	place->offset = field->offset;
	place->size = field->size;
}

static void find_image_format(struct tep_handle *tep,
			      struct image_format *format)
{
	struct tep_event *event;

	find_format(tep, "image", &format->event);
	if (format->event.id < 0)
		return;
	event = tep_find_event_by_name(tep, "skbscope", "image");
	set_place(tep_find_field(event, "address"), false, &format->address);
	set_place(tep_find_field(event, "sk"), false, &format->sk);
	set_place(tep_find_field(event, "from"), false, &format->from);
	set_dynamic(tep_find_field(event, "sk_buff"), &format->sk_buff);
	set_dynamic(tep_find_field(event, "shared_info"),
		    &format->shared_info);
	set_dynamic(tep_find_field(event, "octets"), &format->octets);
}

/**
 * event_decoder_new - learn where the fields are
 * @tep: has the formats; not needed any more afterwards
 * @big_endian: the byte order of the machine that makes the records
 *
 * Return: NULL where the formats lack skbscope:station.
 */
struct event_decoder *event_decoder_new(struct tep_handle *tep, bool big_endian)
{
	struct event_decoder *dec = calloc(1, sizeof(*dec));

	if (!dec)
		return NULL;
	dec->swap = big_endian != (__BYTE_ORDER == __BIG_ENDIAN);
	find_format(tep, "station", &dec->station);
	find_format(tep, "refused", &dec->refused);
	find_image_format(tep, &dec->image);
	if (dec->station.id < 0) {
		free(dec);
		return NULL;
	}
	return dec;
}

void event_decoder_free(struct event_decoder *dec)
{
	free(dec);
}

/* from now on images are decoded, too; false where the formats lack them */
bool event_decoder_images(struct event_decoder *dec)
{
	dec->images = dec->image.event.id >= 0;
	return dec->images;
}

static bool is_there(const struct place *place, size_t size)
{
	return place->size && place->offset + place->size <= size;
}

static bool read_raw(const struct event_decoder *dec, const struct place *place,
		     const char *data, size_t size, uint64_t *raw)
{
	const char *at = data + place->offset;
	uint32_t four;
	uint16_t two;

	if (!is_there(place, size))
		return false;
	switch (place->size) {
	case 1:
		*raw = *(const uint8_t *)at;
		return true;
	case 2:
		memcpy(&two, at, sizeof(two));
		*raw = dec->swap ? bswap_16(two) : two;
		return true;
	case 4:
		memcpy(&four, at, sizeof(four));
		*raw = dec->swap ? bswap_32(four) : four;
		return true;
	case 8:
		memcpy(raw, at, sizeof(*raw));
		if (dec->swap)
			*raw = bswap_64(*raw);
		return true;
	default:
		return false;
	}
}

static void read_number(const struct event_decoder *dec, struct event *ev,
			enum event_field number, const struct place *place,
			const char *data, size_t size)
{
	uint64_t raw;

	if (!read_raw(dec, place, data, size, &raw))
		return;
	if (place->is_signed && place->size < 8) {
		unsigned int shift = 64 - 8 * place->size;

		raw = (uint64_t)((int64_t)(raw << shift) >> shift);
	}
	event_set(ev, number, raw);
}

static bool is_of(const struct event_decoder *dec,
		  const struct event_format *format, const char *data,
		  size_t size)
{
	uint64_t type;

	return format->id >= 0 &&
	       read_raw(dec, &format->type, data, size, &type) &&
	       type == (uint64_t)format->id;
}

static void read_string(char *to, size_t to_size, const struct place *place,
			const char *data, size_t size)
{
	size_t len;

	to[0] = '\0';
	if (!is_there(place, size))
		return;
	len = strnlen(data + place->offset, place->size);
	if (len >= to_size)
		len = to_size - 1;
	memcpy(to, data + place->offset, len);
	to[len] = '\0';
}

static void forget_fields(struct event *ev, const enum event_field *fields,
			  size_t nr)
{
	while (nr--)
		event_unset(ev, fields[nr]);
}

/*
 * A datagram is no part of a stream and has no flags. A segment without octets
 * is at no place of its stream, unless a record ends there.
 */
static void forget_segment_fields(struct event *ev)
{
	int64_t flags = ev->v[EVF_FLAGS];

	if (ev->v[EVF_OFFSET] == ev->v[EVF_OFFSET_END] &&
	    !(flags & SCOPE_F_END)) {
		event_unset(ev, EVF_OFFSET);
		event_unset(ev, EVF_OFFSET_END);
	}
	if (!(flags & SCOPE_F_ACK)) {
		event_unset(ev, EVF_ACK);
		event_unset(ev, EVF_WINDOW);
	}
	if (!flags)
		event_unset(ev, EVF_FLAGS);
}

static bool among(enum event_field field, const enum event_field *fields,
		  size_t nr)
{
	while (nr--)
		if (fields[nr] == field)
			return true;
	return false;
}

#define AMONG(field, fields) \
	among(field, fields, sizeof(fields) / sizeof((fields)[0]))

/**
 * event_may_have - can an event of this kind have the field?
 * @station: where, if it is of a station
 *
 * Return: false if none is ever known to have it.
 */
bool event_may_have(enum event_kind kind, int station, enum event_field field)
{
	if (kind == EVENT_REFUSED)
		return field == EVF_SKB || field == EVF_SOCK ||
		       field == EVF_ERR;
	if (field == EVF_ERR)
		return false;
	if (field == EVF_REASON)
		return station == SCOPE_STATION_END_DROPPED;
	return station != SCOPE_STATION_SOCKET_SEND ||
	       !AMONG(field, buffer_fields);
}

/**
 * event_meaning - when a field of skbscope:station is a value
 *
 * The rules by which event_decode() takes it for known.
 */
enum event_meaning event_meaning(enum event_field field)
{
	switch (field) {
	case EVF_OFFSET:
	case EVF_OFFSET_END:
		return MEANS_WITH_OCTETS;
	case EVF_ACK:
	case EVF_WINDOW:
		return MEANS_WITH_ACK;
	case EVF_FLAGS:
		return MEANS_WITH_FLAGS;
	case EVF_REASON:
		return MEANS_WHEN_DROPPED;
	default:
		break;
	}
	if (AMONG(field, offset_fields))
		return MEANS_NOT_BELOW_ZERO;
	return AMONG(field, buffer_fields) ? MEANS_NOT_BEFORE_BUFFER :
					     MEANS_ALWAYS;
}

static void forget_what_means_nothing(struct event *ev)
{
	size_t i;

	if (event_at(ev, SCOPE_STATION_SOCKET_SEND))
		forget_fields(ev, buffer_fields,
			      sizeof(buffer_fields) /
			      sizeof(buffer_fields[0]));
	for (i = 0; i < sizeof(offset_fields) / sizeof(offset_fields[0]); i++)
		if (ev->v[offset_fields[i]] < 0)
			event_unset(ev, offset_fields[i]);
	forget_segment_fields(ev);
	if (!event_at(ev, SCOPE_STATION_END_DROPPED)) {
		event_unset(ev, EVF_REASON);
		ev->reason[0] = '\0';
	}
}

static uint64_t number_of(const struct event_decoder *dec,
			  const struct place *place, const char *data,
			  size_t size)
{
	uint64_t raw;

	return read_raw(dec, place, data, size, &raw) ? raw : 0;
}

/* nothing where it is told to be behind the record's end */
static struct octets read_part(const struct event_decoder *dec,
			       const struct place *place, const char *data,
			       size_t size)
{
	uint32_t where = number_of(dec, place, data, size);
	size_t offset = where & 0xffff, len = where >> 16;

	if (offset + len > size)
		return (struct octets){ 0 };
	return (struct octets){ .at = (const uint8_t *)data + offset,
				.len = len };
}

static void read_image(const struct event_decoder *dec, const char *data,
		       size_t size, struct event *ev)
{
	const struct image_format *format = &dec->image;
	struct octets sk_buff, shared_info, octets;

	ev->kind = EVENT_IMAGE;
	sk_buff = read_part(dec, &format->sk_buff, data, size);
	shared_info = read_part(dec, &format->shared_info, data, size);
	octets = read_part(dec, &format->octets, data, size);
	ev->image = image_new(&sk_buff, &shared_info, &octets);
	if (!ev->image)
		return;
	ev->image->skb = ev->v[EVF_SKB];
	ev->image->station = ev->v[EVF_STATION];
	ev->image->address = number_of(dec, &format->address, data, size);
	ev->image->sock = number_of(dec, &format->sk, data, size);
	ev->image->from = number_of(dec, &format->from, data, size);
}

/**
 * event_decode - read one record
 * @dec: knows the formats
 * @data: the record, from its common fields
 * @size: of @data
 * @ev: filled; ts and cpu are the caller's
 *
 * An image that was asked for is the caller's, or NULL where memory is short.
 *
 * Return: false for a record that is none of ours.
 */
bool event_decode(const struct event_decoder *dec, const void *data,
		  size_t size, struct event *ev)
{
	const struct event_format *format;
	uint64_t frames;
	int i;

	if (is_of(dec, &dec->station, data, size))
		format = &dec->station;
	else if (is_of(dec, &dec->refused, data, size))
		format = &dec->refused;
	else if (dec->images && is_of(dec, &dec->image.event, data, size))
		format = &dec->image.event;
	else
		return false;

	ev->kind = format == &dec->station ? EVENT_STATION : EVENT_REFUSED;
	ev->known = 0;
	ev->image = NULL;
	memset(ev->v, 0, sizeof(ev->v));
	for (i = 0; i < EVF_MAX; i++)
		read_number(dec, ev, i, &format->field[i], data, size);
	ev->frames = read_raw(dec, &format->frames, data, size, &frames) ?
		     frames : 0;
	read_string(ev->dev, sizeof(ev->dev), &format->dev, data, size);
	read_string(ev->reason, sizeof(ev->reason), &format->reason_name,
		    data, size);
	if (format == &dec->image.event)
		read_image(dec, data, size, ev);
	else if (ev->kind == EVENT_STATION)
		forget_what_means_nothing(ev);
	return true;
}
