// SPDX-License-Identifier: GPL-2.0
/*
 * facts.c - what a record tells of its machine
 *
 * Called by cmd_record.c before the first page. Whatever is needed to read the
 * pages elsewhere, or to know where they are from. Functions return 0 or -errno.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <tracefs.h>
#include <zlib.h>

#include "clock.h"
#include "facts.h"
#include "message.h"
#include "netlink.h"
#include "symbols.h"

#define BTF_DIR		"/sys/kernel/btf/"

/* the first level makes a third of it, and the others hardly less */
#define BTF_LEVEL	1

static void put(struct pack *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct pack *p, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0) {
		p->failed = true;
		return;
	}
	pack_octets(p, text, len);
	free(text);
}

static int write_section(struct recorder *r, enum record_section type,
			 struct pack *p)
{
	int ret = recorder_section(r, type, p);

	pack_clear(p);
	return ret;
}

/* a word with an end of line in it does not begin another line */
static void put_word(struct pack *p, const char *word)
{
	pack_octets(p, " ", 1);
	for (; *word; word++)
		pack_octets(p, *word == '\n' ? " " : word, 1);
}

static void put_command(struct pack *p, char **command)
{
	put(p, "command");
	for (; *command; command++)
		put_word(p, *command);
	pack_octets(p, "\n", 1);
}

static void put_filter(struct pack *p, const char *filter)
{
	put(p, "filter");
	put_word(p, filter);
	pack_octets(p, "\n", 1);
}

int facts_host(struct recorder *r, struct netlink *nl,
	       const struct ring_shape *shape, char **command,
	       const char *filter)
{
	struct pack p = { 0 };
	struct utsname name;
	struct info info;
	int ret;

	ret = netlink_info(nl, &info);
	if (ret)
		return ret;
	if (uname(&name))
		return -errno;
	put(&p, "release %s\nversion %s\nmachine %s\n", name.release,
	    name.version, name.machine);
	put(&p, "byte_order %s\nlong_size %u\npage_size %zu\ncpus %u\n",
	    shape->big_endian ? "big" : "little", shape->long_size,
	    shape->page_size, shape->nr_cpus);
	put(&p, "clock mono\nbegan %" PRIu64 "\nbegan_real %" PRIu64 "\n",
	    clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_REALTIME));
	put(&p, "module %s\nfamily %" PRIu64 "\nnetns %" PRIu64 "\n",
	    info.release, num_get(&info.n, SKBSCOPE_A_INFO_FAMILY),
	    num_get(&info.n, SKBSCOPE_A_INFO_NETNS));
	if (command)
		put_command(&p, command);
	if (filter)
		put_filter(&p, filter);
	pack_number(&p, 0, 1);
	return write_section(r, RECORD_HOST, &p);
}

/* @name: as the record has it; @file: under events */
static int write_format(struct recorder *r, const char *name, const char *file)
{
	char path[64], *text;
	struct pack p = { 0 };
	int len;

	snprintf(path, sizeof(path), "events/%s", file);
	text = tracefs_instance_file_read(NULL, path, &len);
	if (!text)
		return errno ? -errno : -EIO;
	pack_string(&p, name);
	pack_octets(&p, text, strnlen(text, len));
	pack_number(&p, 0, 1);
	free(text);
	return write_section(r, RECORD_FORMAT, &p);
}

int facts_formats(struct recorder *r, bool images)
{
	int ret;

	ret = write_format(r, "header_page", "header_page");
	if (!ret)
		ret = write_format(r, "header_event", "header_event");
	if (!ret)
		ret = write_format(r, "skbscope/station",
				   "skbscope/station/format");
	if (!ret)
		ret = write_format(r, "skbscope/refused",
				   "skbscope/refused/format");
	if (!ret && images)
		ret = write_format(r, "skbscope/image",
				   "skbscope/image/format");
	return ret;
}

static int put_station(const struct station_picture *st, void *arg)
{
	put(arg, "%" PRIu64 " %s\n",
	    num_get(&st->n, SKBSCOPE_A_STATION_NUMBER), st->name);
	return 0;
}

/* as the kernel prints them: { 2, "NOT_SPECIFIED" } */
static void put_core_reasons(struct pack *p)
{
	char *text, name[64];
	unsigned int number;
	const char *at;

	text = tracefs_instance_file_read(NULL, "events/skb/kfree_skb/format",
					  NULL);
	at = text ? strstr(text, "print fmt:") : NULL;
	while (at && (at = strchr(at, '{'))) {
		if (sscanf(at, "{ %u, \"%63[A-Z0-9_]\" }", &number, name) == 2)
			put(p, "%u %s\n", number, name);
		at++;
	}
	free(text);
}

static void put_own_reasons(struct pack *p)
{
	static const struct {
		unsigned int	number;
		const char	*name;
	} reasons[] = {
#define REASON_ENTRY(symbol, number, name) { SCOPE_DROP_##symbol, name },
		SCOPE_DROPS(REASON_ENTRY)
#undef REASON_ENTRY
	};
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		put(p, "%u %s\n", reasons[i].number, reasons[i].name);
}

int facts_names(struct recorder *r, struct netlink *nl)
{
	struct pack p = { 0 };
	int ret;

	ret = netlink_stations(nl, put_station, &p);
	pack_number(&p, 0, 1);
	if (!ret)
		ret = write_section(r, RECORD_STATIONS, &p);
	pack_clear(&p);
	if (ret)
		return ret;
	put_core_reasons(&p);
	put_own_reasons(&p);
	pack_number(&p, 0, 1);
	return write_section(r, RECORD_REASONS, &p);
}

int facts_devices(struct recorder *r)
{
	struct if_nameindex *devices = if_nameindex(), *dev;
	struct pack p = { 0 };

	if (!devices)
		return -errno;
	for (dev = devices; dev->if_index; dev++)
		put(&p, "%u %s\n", dev->if_index, dev->if_name);
	if_freenameindex(devices);
	pack_number(&p, 0, 1);
	return write_section(r, RECORD_DEVICES, &p);
}

/**
 * facts_symbols - name what a page with images may point to
 * @symbols: of the kernel
 * @told: those in the record already; new ones are added
 * @page: goes into the record next
 *
 * What is a pointer in a page is known to who reads it with the kernel's types.
 * Here every place where one could be is looked at, and what could be one is
 * named: few numbers look like addresses of the kernel's own code and data.
 */
int facts_symbols(struct recorder *r, const struct symbols *symbols,
		  struct symbols *told, const void *page, size_t size)
{
	struct pack p = { 0 };
	uint64_t address;
	size_t at;
	int ret;

	for (at = 0; at + sizeof(address) <= size; at += 4) {
		char *name;

		memcpy(&address, (const char *)page + at, sizeof(address));
		if (address < SYMBOLS_LOWEST || symbols_has(told, address))
			continue;
		name = symbols_name(symbols, address);
		if (!name)
			continue;
		put(&p, "%" PRIx64 " %s\n", address, name);
		ret = symbols_add(told, address, name);
		free(name);
		if (ret) {
			pack_clear(&p);
			return ret;
		}
	}
	if (!p.len)
		return 0;
	pack_number(&p, 0, 1);
	return write_section(r, RECORD_SYMBOLS, &p);
}

static int read_file(const char *path, struct pack *p)
{
	FILE *f = fopen(path, "re");
	char part[65536];
	size_t got;
	int ret;

	if (!f)
		return -errno;
	while ((got = fread(part, 1, sizeof(part), f)))
		pack_octets(p, part, got);
	ret = ferror(f) ? -EIO : p->failed ? -ENOMEM : 0;
	fclose(f);
	return ret;
}

/* name, how it is packed, octets unpacked, itself */
static int write_btf(struct recorder *r, const char *name,
		     const struct pack *raw)
{
	struct pack p = { 0 };
	uLongf len = compressBound(raw->len);
	uint8_t *packed = malloc(len);
	bool smaller;

	smaller = packed && compress2(packed, &len, raw->data, raw->len,
				      BTF_LEVEL) == Z_OK && len < raw->len;
	pack_string(&p, name);
	pack_number(&p, smaller ? RECORD_ZLIB : RECORD_RAW, 1);
	pack_number(&p, raw->len, 8);
	pack_octets(&p, smaller ? packed : raw->data,
		    smaller ? len : raw->len);
	free(packed);
	return write_section(r, RECORD_BTF, &p);
}

/**
 * facts_btf - the types of the kernel, and of the module as a part of them
 * @octets: what they take in the record; 0 where the kernel has none
 */
int facts_btf(struct recorder *r, uint64_t *octets)
{
	static const char *const names[] = { "vmlinux", "skbscope" };
	uint64_t before = recorder_octets(r);
	size_t i;
	int ret;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct pack raw = { 0 };
		char path[64];

		snprintf(path, sizeof(path), BTF_DIR "%s", names[i]);
		ret = read_file(path, &raw);
		if (ret == -ENOENT)
			complain("the kernel has no %s: the record is without", path);
		else if (!ret)
			ret = write_btf(r, names[i], &raw);
		pack_clear(&raw);
		if (ret && ret != -ENOENT)
			return ret;
	}
	*octets = recorder_octets(r) - before;
	return 0;
}
