/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ports.h - a set of ports, from the text of `run --map'
 *
 * Used by cmd_run.c and by the preload library, which are handed the same text.
 */
#ifndef _PRELOAD_PORTS_H
#define _PRELOAD_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#define PORTS_WHY_LEN	96

/**
 * struct ports - which of the ports 1 to 65535 are in it
 */
struct ports {
	uint8_t	bits[65536 / 8];
};

int ports_parse(struct ports *ports, const char *text,
		char why[PORTS_WHY_LEN]);
bool ports_has(const struct ports *ports, unsigned int port);

#endif /* _PRELOAD_PORTS_H */
