// SPDX-License-Identifier: GPL-2.0
/*
 * imager.c - images of sockets, taken into a record
 *
 * Called by cmd_record.c for each socket there is when the record begins and when
 * it ends. One socket's are a section of their own, so that where a record was cut
 * off they are there as a whole or not at all.
 */
#include <errno.h>
#include <inttypes.h>

#include "chain.h"
#include "clock.h"
#include "facts.h"
#include "imager.h"
#include "message.h"
#include "netlink.h"

/* of a moment: some ten thousand sockets with nothing on their queues */
#define OCTETS_MAX	(64u << 20)

/* names of what they point to come before them */
static int write_symbols(struct imager *im, const struct chain *chain)
{
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < chain->nr; i++)
		ret = facts_symbols(im->out, &im->symbols, &im->told,
				    chain->object[i].bytes,
				    chain->object[i].picture.len);
	return ret;
}

static void pack(struct pack *p, enum record_moment moment, uint64_t cookie,
		 const struct chain *chain)
{
	struct record_images images = {
		.moment = moment, .ts = clock_ns(CLOCK_MONOTONIC),
		.cookie = cookie, .nr = chain->nr,
	};
	size_t i;

	record_pack_images(p, &images);
	for (i = 0; i < chain->nr; i++)
		record_pack_image(p, &chain->object[i].picture);
}

static int write_chain(struct imager *im, enum record_moment moment,
		       uint64_t cookie, const struct chain *chain)
{
	static const struct chain none;
	struct pack p = { 0 };
	int ret = 0;

	pack(&p, moment, cookie, chain);
	im->octets += p.len;
	if (im->octets <= OCTETS_MAX) {
		ret = write_symbols(im, chain);
	} else {
		im->octets -= p.len;
		im->left_out++;
		p.len = 0;
		pack(&p, moment, cookie, &none);
	}
	if (!ret)
		ret = recorder_section(im->out, RECORD_SOCKET_IMAGES, &p);
	pack_clear(&p);
	return ret;
}

/* 0, also where it was closed meanwhile, or -errno */
int imager_take(struct imager *im, enum record_moment moment, uint64_t cookie)
{
	struct chain chain = { 0 };
	int ret;

	ret = netlink_images_of_cookie(im->nl, cookie, chain_add, &chain);
	if (!ret)
		ret = write_chain(im, moment, cookie, &chain);
	chain_clear(&chain);
	return ret == -ENOENT ? 0 : ret;
}

void imager_say(const struct imager *im)
{
	if (im->left_out)
		complain("images of sockets left out: %" PRIu64 ", for a record has at most %u MiB of them from its beginning, and from its end",
			 im->left_out, OCTETS_MAX >> 20);
}
