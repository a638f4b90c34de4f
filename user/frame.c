// SPDX-License-Identifier: GPL-2.0
/*
 * frame.c - what tcpdump writes for a frame, as a program for the kernel
 *
 * Called by filter_parse.c. libpcap makes the program; it is run by the module,
 * see kmod/observe/frame.c. Every device that carries the family has Ethernet's
 * header.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* linux/filter.h has the structs of a program, too, under other names */
#include <pcap/pcap.h>

#include "frame.h"

_Static_assert(sizeof(struct sock_filter) == sizeof(struct bpf_insn),
	       "the kernel's instructions are libpcap's");

/* what stands in an Ethernet header of the family, or of a VLAN with it */
static const char *const ours[] = { "0x88b5", "0x8100", "0x88a8" };

static int compile(const char *text, struct bpf_program *program, char *why,
		   size_t size)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 262144);
	int ret;

	if (!pcap) {
		snprintf(why, size, "out of memory");
		return -1;
	}
	ret = pcap_compile(pcap, program, text, 1, PCAP_NETMASK_UNKNOWN);
	if (ret)
		snprintf(why, size, "libpcap does not take this: %s",
			 pcap_geterr(pcap));
	pcap_close(pcap);
	return ret;
}

/* its optimizer finds what contradicts itself; @text is good by itself */
static bool may_be_ours(const char *text)
{
	struct bpf_program program;
	char *both, why[256];
	bool may = false;
	size_t i;

	for (i = 0; !may && i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (asprintf(&both, "ether proto %s and (%s)", ours[i], text) < 0)
			return true;
		may = !compile(both, &program, why, sizeof(why));
		if (may)
			pcap_freecode(&program);
		free(both);
	}
	return may;
}

/**
 * frame_compile - make a program of an expression
 * @text: as pcap-filter(7) has it
 * @nr: of instructions
 * @why: if there is something wrong with it
 *
 * Return: for free(), or NULL.
 */
struct sock_filter *frame_compile(const char *text, unsigned int *nr,
				  char *why, size_t size)
{
	struct sock_filter *copy;
	struct bpf_program program;

	if (compile(text, &program, why, size))
		return NULL;
	/* an empty one is true of every frame */
	if (strspn(text, " \t\n") < strlen(text) && !may_be_ours(text)) {
		snprintf(why, size,
			 "this can be true of no frame of the family, which has ether proto 0x88b5");
		pcap_freecode(&program);
		return NULL;
	}
	*nr = program.bf_len;
	copy = calloc(*nr, sizeof(*copy));
	if (copy)
		memcpy(copy, program.bf_insns, *nr * sizeof(*copy));
	else
		snprintf(why, size, "out of memory");
	pcap_freecode(&program);
	return copy;
}
