// SPDX-License-Identifier: GPL-2.0
/*
 * diff.c - what changed of an sk_buff between two stations
 *
 * Called by cmd_trace.c and cmd_diff.c. Both images have the same layout, so it
 * is bits that are compared: a member is told if a bit of it changed that no
 * member before it has told of. Of a union, then, the first member that covers
 * the change is told, and padding never is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "names.h"
#include "skbscope.h"
#include "skbuff.h"

/* both of a struct, and what of it was told */
struct compared {
	struct diff	*diff;
	const char	*of;
	struct octets	before;
	struct octets	after;
	uint8_t		*told;		/* a bit each */
};

static int add(struct diff *d, const struct change *change)
{
	if (d->nr == d->cap) {
		size_t cap = d->cap ? 2 * d->cap : 16;
		struct change *bigger = realloc(d->change,
						cap * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		d->change = bigger;
		d->cap = cap;
	}
	d->change[d->nr++] = *change;
	return 0;
}

static bool differs(const struct compared *c, uint64_t bit)
{
	return ((c->before.at[bit / 8] ^ c->after.at[bit / 8]) >> (bit % 8)) &
	       1;
}

static bool is_told(const struct compared *c, uint64_t bit)
{
	return c->told[bit / 8] >> (bit % 8) & 1;
}

static bool has_news(const struct compared *c, const struct field *field)
{
	uint64_t bit;

	for (bit = field->offset; bit < field->offset + field->bits; bit++)
		if (differs(c, bit) && !is_told(c, bit))
			return true;
	return false;
}

static const char *own_name(const struct field *field)
{
	const char *dot = strrchr(field->path, '.');

	return dot ? dot + 1 : field->path;
}

static const struct field *other_name(const struct fields *fields, size_t i)
{
	const struct field *field = &fields->field[i], *other;

	for (i++; field->kind == FIELD_NUMBER && i < fields->nr; i++) {
		other = &fields->field[i];
		if (other->kind == FIELD_NUMBER &&
		    other->offset == field->offset &&
		    other->bits == field->bits &&
		    strcmp(own_name(other), own_name(field)))
			return other;
	}
	return NULL;
}

static int compare_field(struct compared *c, const struct fields *from,
			 const struct fields *to, size_t i)
{
	const struct field *before = &from->field[i], *after = &to->field[i];
	uint64_t bit, end = after->offset + after->bits;

	if (after->kind == FIELD_WHOLE || after->kind == FIELD_MISSING ||
	    end > 8 * c->before.len || end > 8 * c->after.len ||
	    !has_news(c, after))
		return 0;
	for (bit = after->offset; bit < end; bit++)
		c->told[bit / 8] |= 1 << (bit % 8);
	return add(c->diff, &(struct change){
		.of = c->of, .before = before, .after = after,
		.also = other_name(to, i),
	});
}

/*
 * Members that the ones behind them tell better: all of cb, where the family's
 * part has names; csum, where it stands for the two that tell a device what to
 * sum up.
 */
static bool waits(const struct fields *after, const struct field *field)
{
	uint64_t summed;

	if (!strcmp(field->path, "cb"))
		return true;
	return !strcmp(field->path, "csum") &&
	       skbuff_number(after, "ip_summed", &summed) && summed == 3;
}

static int compare_struct(struct compared *c, const struct fields *before,
			  const struct fields *after)
{
	size_t i, nr = before->nr;
	int ret = 0, late;

	c->told = calloc(1, c->after.len + 1);
	if (!c->told)
		return -ENOMEM;
	/* one has the family's cb and the other one not: what both have */
	if (after->nr < nr)
		nr = after->nr;
	for (late = 0; late < 2; late++)
		for (i = 0; !ret && i < nr; i++)
			if (waits(after, &after->field[i]) == late)
				ret = compare_field(c, before, after, i);
	free(c->told);
	return ret;
}

static void add_data(struct diff *d, uint32_t from, uint32_t len,
		     const uint8_t *before, const uint8_t *after)
{
	if (d->nr_data == DATA_CHANGES)
		return;
	d->data[d->nr_data++] = (struct data_change){
		.from = from, .len = len, .before = before, .after = after,
	};
}

/* the octet at an offset from skb->head, or NULL */
static const uint8_t *data_at(const struct image *image, uint32_t offset)
{
	return offset >= image->from && offset - image->from < image->data.len ?
	       image->data.at + (offset - image->from) : NULL;
}

/* was the octet no part of the sk_buff, or only not in its image? */
static bool was_beyond(const struct image *before, uint32_t tail, uint32_t at)
{
	return at < before->from || at >= tail;
}

/*
 * Runs of octets that are other ones, or that are there now: what was pushed in
 * front or put behind. What was only pulled is still there, and no change.
 */
static void compare_data(struct diff *d, const struct image *before,
			 const struct image *after, uint32_t tail)
{
	uint32_t from = after->from, end = from + after->data.len, at, run;

	for (at = from; at < end; at = run) {
		const uint8_t *old = data_at(before, at);
		const uint8_t *now = data_at(after, at);

		run = at + 1;
		if (old && *old == *now)
			continue;
		while (run < end && !data_at(before, run) == !old &&
		       (!old || *data_at(before, run) != *data_at(after, run)))
			run++;
		if (old || was_beyond(before, tail, at))
			add_data(d, at, run - at, old, now);
	}
}

static int compare_images(struct diff *d, struct reader *r,
			  const struct event *before, const struct event *after)
{
	struct compared c = {
		.diff = d,
		.of = "sk_buff",
		.before = before->image->sk_buff,
		.after = after->image->sk_buff,
	};
	uint64_t old_head = 0, head = 0, tail = 0;
	int ret;

	ret = reader_read(r, before, &d->before);
	if (!ret)
		ret = reader_read(r, after, &d->after);
	if (ret)
		return ret;
	ret = compare_struct(&c, &d->before.fields, &d->after.fields);
	c.of = "skb_shared_info";
	c.before = before->image->shared_info;
	c.after = after->image->shared_info;
	if (!ret)
		ret = compare_struct(&c, &d->before.shared, &d->after.shared);
	skbuff_number(&d->before.fields, "head", &old_head);
	skbuff_number(&d->after.fields, "head", &head);
	skbuff_number(&d->before.fields, "tail", &tail);
	if (!ret && head == old_head)
		compare_data(d, before->image, after->image, tail);
	return ret;
}

static const char *name_of(enum event_field field, int64_t value,
			   char buf[NAME_LEN])
{
	switch (field) {
	case EVF_IP_SUMMED:
		return name_ip_summed(value, buf);
	case EVF_PKT_TYPE:
		return name_pkt_type(value, buf);
	case EVF_RELATION:
		return name_relation(value, buf);
	default:
		return NULL;
	}
}

static int put_field(struct fields *fields, const struct event *ev,
		     enum event_field i)
{
	struct field *field = &fields->field[fields->nr];
	const char *name = NULL;
	char buf[NAME_LEN];

	memset(field, 0, sizeof(*field));
	field->kind = event_has(ev, i) ? FIELD_NUMBER : FIELD_MISSING;
	field->is_signed = true;
	field->value = ev->v[i];
	if (event_has(ev, i))
		name = name_of(i, ev->v[i], buf);
	field->path = strdup(event_field_name(i));
	field->type = strdup("");
	field->text = name ? strdup(name) : NULL;
	fields->nr++;
	return field->path && field->type && (!name || field->text) ? 0 :
								      -ENOMEM;
}

static int put_dev(struct fields *fields, const struct event *ev)
{
	struct field *field = &fields->field[fields->nr];

	memset(field, 0, sizeof(*field));
	field->kind = ev->dev[0] ? FIELD_TEXT : FIELD_MISSING;
	field->path = strdup("dev");
	field->type = strdup("");
	field->text = strdup(ev->dev);
	fields->nr++;
	return field->path && field->type && field->text ? 0 : -ENOMEM;
}

static int put_event(struct fields *fields, const struct event *ev)
{
	int ret = 0;
	int i;

	fields->field = calloc(EVF_MAX + 1, sizeof(*fields->field));
	if (!fields->field)
		return -ENOMEM;
	fields->cap = EVF_MAX + 1;
	for (i = 0; !ret && i < EVF_MAX; i++)
		ret = put_field(fields, ev, i);
	return ret ? ret : put_dev(fields, ev);
}

/* which is said anyway, or is no field of the sk_buff now */
static bool is_passed_over(const char *path)
{
	return !strcmp(path, "station") || strstr(path, "_before");
}

static bool same(const struct field *a, const struct field *b)
{
	return a->kind == b->kind && a->value == b->value &&
	       (!a->text == !b->text) &&
	       (!a->text || !strcmp(a->text, b->text));
}

/* what the module chose to tell */
static int compare_events(struct diff *d, const struct event *before,
			  const struct event *after)
{
	struct fields *from = &d->before.fields, *to = &d->after.fields;
	int ret = put_event(from, before);
	size_t i;

	if (!ret)
		ret = put_event(to, after);
	for (i = 0; !ret && i < to->nr; i++) {
		const struct field *a = &from->field[i], *b = &to->field[i];

		if (!same(a, b) && !is_passed_over(b->path))
			ret = add(d, &(struct change){
				.of = "event",
				.before = a->kind == FIELD_MISSING ? NULL : a,
				.after = b->kind == FIELD_MISSING ? NULL : b,
			});
	}
	return ret;
}

/**
 * diff_make - compare an sk_buff at two stations
 * @d: filled, for diff_clear()
 * @r: reads their images; NULL for the fixed fields
 *
 * Return: 0 or -errno.
 */
int diff_make(struct diff *d, struct reader *r, const struct event *before,
	      const struct event *after)
{
	memset(d, 0, sizeof(*d));
	if (!r)
		d->why = "no images were asked for";
	else if (reader_why(r))
		d->why = reader_why(r);
	else if (event_at(before, SCOPE_STATION_SOCKET_SEND) ||
		 event_at(after, SCOPE_STATION_SOCKET_SEND))
		d->why = "socket.send tells of the call, of no sk_buff";
	else if (after->kind == EVENT_REFUSED)
		d->why = "the call failed: there is no sk_buff";
	else if (!before->image || !after->image)
		d->why = "an image was lost";
	return d->why ? compare_events(d, before, after) :
			compare_images(d, r, before, after);
}

void diff_clear(struct diff *d)
{
	skbuff_clear(&d->before);
	skbuff_clear(&d->after);
	free(d->change);
	memset(d, 0, sizeof(*d));
}
