/* SPDX-License-Identifier: GPL-2.0 */
/*
 * setup.h - what `skbscope run' told the preload library, by the environment
 *
 * Used by every file of the library. cmd_run.c sets the variables.
 */
#ifndef _PRELOAD_SETUP_H
#define _PRELOAD_SETUP_H

#include <stdbool.h>

#include "preload/ports.h"

#define RUN_FAMILY	"SKBSCOPE_RUN_FAMILY"	/* the family's number */
#define RUN_MAP		"SKBSCOPE_RUN_MAP"	/* PORT,... of --map */
#define RUN_UNIX	"SKBSCOPE_RUN_UNIX"	/* set: --unix */
#define RUN_HANDOVER	"SKBSCOPE_RUN_HANDOVER"	/* see handover.c */

/**
 * struct setup - what is moved
 * @family: number of AF_SCOPE; 0 moves nothing
 * @unix_too: AF_UNIX sockets, too
 * @mapped: only the ports of @map, and these on wildcard addresses, too
 * @handover: aliases of the program that this one took the place of, or NULL
 */
struct setup {
	int		family;
	bool		unix_too;
	bool		mapped;
	struct ports	map;
	const char	*handover;
};

extern struct setup setup;

void setup_once(void);

#endif /* _PRELOAD_SETUP_H */
