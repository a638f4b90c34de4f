// SPDX-License-Identifier: GPL-2.0
/*
 * render_view.c - one sk_buff: its life, its buffer to scale, its relatives and
 * its fields
 *
 * Called by show_skb.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "render.h"

#define WIDTH		72	/* columns of the longest bar */
#define NARROWEST	38	/* of the linear part: its labels */

/* columns of so many octets: none has less than one */
static unsigned int columns(uint64_t octets, uint64_t most)
{
	unsigned int c = (octets * WIDTH + most / 2) / most;

	return c ? c : 1;
}

static void bar(FILE *out, const char *name, uint64_t octets, uint64_t most,
		const char *what, const struct palette *p)
{
	unsigned int i, nr = columns(octets, most);

	fprintf(out, "  %-12s|%s", name, p->payload);
	for (i = 0; i < nr; i++)
		fputc('=', out);
	fprintf(out, "%s|  %" PRIu64 " octets%s\n", p->off, octets, what);
}

static uint64_t longest(const struct skb_view *v)
{
	uint64_t most = v->end > v->frag_list ? v->end : v->frag_list;
	unsigned int i;

	for (i = 0; i < v->nr_frags && i < VIEW_FRAGS; i++)
		if (v->frag[i].len > most)
			most = v->frag[i].len;
	return most ? most : 1;
}

static void render_linear(FILE *out, const struct skb_view *v, uint64_t most,
			  const struct palette *p)
{
	const struct event *last = v->life ? life_image(v->life) : NULL;
	struct buffer_shape shape = {
		.data = v->data,
		.tail = v->tail,
		.end = v->end,
		.mac = v->mac,
		.network = v->network,
		.transport = v->transport,
		.header_len = last && event_has(last, EVF_FLAGS) ?
			      SCOPE_CONN_HDR_LEN : SCOPE_HDR_LEN,
	};
	unsigned int width = columns(v->end, most);
	struct lines lines = { 0 };
	size_t i;

	/* its own scale, where the one of the pages would hide its parts */
	if (width < NARROWEST)
		width = NARROWEST;
	render_buffer(&lines, &shape, width + sizeof("shared_info|"), p);
	for (i = 0; i < lines.nr; i++)
		fprintf(out, "  %-12s%s\n", i ? "" : "linear",
			lines.line[i]);
	lines_clear(&lines);
}

static void render_parts(FILE *out, const struct skb_view *v,
			 const struct palette *p)
{
	uint64_t most = longest(v);
	char name[24], what[48];
	unsigned int i;

	fprintf(out, "%sbuffer%s at %s: headroom %" PRIu64 ", linear data %"
		PRIu64 ", tailroom %" PRIu64 ", shared_info %" PRIu64
		", in pages and lists %" PRIu64 "\n", p->bold, p->off, v->at,
		v->data, v->tail - v->data, v->end - v->tail,
		object_number(&v->shared, SKBSCOPE_A_IMAGE_SIZE), v->data_len);
	render_linear(out, v, most, p);
	for (i = 0; i < v->nr_frags && i < VIEW_FRAGS; i++) {
		snprintf(name, sizeof(name), "frags[%u]", i);
		snprintf(what, sizeof(what), " from %" PRIu64 " of its page",
			 v->frag[i].offset);
		bar(out, name, v->frag[i].len, most, what, p);
	}
	if (v->frag_list)
		bar(out, "frag_list", v->frag_list, most,
		    " in other sk_buffs", p);
}

struct relatives {
	FILE			*out;
	const struct life	*life;
	unsigned int		nr;
};

static void render_kin(const struct kin *kin, enum tie tie, bool same_head,
		       void *arg)
{
	struct relatives *r = arg;
	char name[NAME_LEN], station[NAME_LEN];
	const char *relation;

	relation = tie == TIE_PARENT ?
		   name_relation(r->life->own.relation, name) :
		   tie == TIE_CHILD ? name_relation(kin->relation, name) : "";
	fprintf(r->out, "  skb %-8" PRIu64 "%s%s%s  last at %s\n", kin->id,
		tie == TIE_PARENT ? "it is a " :
		tie == TIE_CHILD ? "is its " : "has the same head", relation,
		tie == TIE_PARENT ? same_head ? " of this one, same head" :
						" of this one" :
		tie == TIE_CHILD && same_head ? ", same head" : "",
		kin->station ? name_station(kin->station, station) : "refused");
	r->nr++;
}

/* all there is; @full: with every field */
void render_view(FILE *out, const struct skb_view *v, bool full,
		 const struct palette *p)
{
	struct relatives relatives = { .out = out, .life = v->life };

	if (v->life)
		render_life(out, &v->life->own, p);
	else
		fprintf(out, "%sskb %" PRIu64 "%s\n", p->bold, v->id, p->off);
	fprintf(out, "%snow%s %s\n", p->bold, p->off, v->place);
	if (v->life) {
		fprintf(out, "%srelatives%s\n", p->bold, p->off);
		life_relatives(v->life, render_kin, &relatives);
		if (!relatives.nr)
			fputs("  none were seen\n", out);
	}
	if (!v->skb.fields.nr)
		return;
	render_parts(out, v, p);
	render_object(out, "", &v->skb, full, p);
	if (v->shared.fields.nr)
		render_object(out, "", &v->shared, full, p);
}
