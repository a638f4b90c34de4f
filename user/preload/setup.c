// SPDX-License-Identifier: GPL-2.0
/*
 * setup.c - what `skbscope run' told the preload library, by the environment
 *
 * Every call that the library takes over begins with setup_once(), because
 * other libraries' constructors may call before ours has run.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "preload/alias.h"
#include "preload/real.h"
#include "preload/setup.h"

struct setup setup;

static void set_up(void)
{
	const char *family = getenv(RUN_FAMILY), *map = getenv(RUN_MAP);
	const char *handover = getenv(RUN_HANDOVER);
	char why[PORTS_WHY_LEN];

	real_init();
	alias_init();
	setup.mapped = map;
	/* of a text that is none, no port is moved */
	if (map && ports_parse(&setup.map, map, why))
		memset(&setup.map, 0, sizeof(setup.map));
	setup.unix_too = getenv(RUN_UNIX);
	/* the program may clear its environment */
	setup.handover = handover ? strdup(handover) : NULL;
	setup.family = family ? atoi(family) : 0;
}

__attribute__((constructor)) void setup_once(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, set_up);
}
