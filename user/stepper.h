/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stepper.h - packets are stopped, looked at, and let go on
 *
 * The model of `skbscope step': which packets are held, which one is looked at,
 * what was. step_plain.c and step_screen.c show it and give the orders.
 */
#ifndef _STEPPER_H
#define _STEPPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "child.h"
#include "rule.h"
#include "stop.h"

struct netlink;

/**
 * struct stepper - what is known
 * @ask: rules, questions and orders go by it; what is held goes on when it ends
 * @hear: notices come by it
 * @rule: of this process
 * @stop: all there were, in the order that they came
 * @current: held, and what orders are for; or NULL
 * @shown: what is looked at, @current or one that is over; or NULL
 * @follow: number of the sk_buff whose next stop is awaited, or 0
 * @until: when that is given up, nanoseconds of CLOCK_MONOTONIC
 * @grace: rounds since CMD has ended and nothing is held
 * @signalled: somebody wants an end
 * @said: why the last call failed
 * @news: is called for the packet that is looked at from now on, and for each
 *	that is held no more
 */
struct stepper {
	struct netlink	*ask;
	struct netlink	*hear;
	struct rule	*rule;
	size_t		nr_rules;
	char		**command;
	struct child	child;
	struct stop	**stop;
	size_t		nr_stops;
	size_t		cap;
	struct stop	*current;
	struct stop	*shown;
	uint64_t	follow;
	uint64_t	until;
	int		grace;
	bool		signalled;
	char		said[512];
	void		(*news)(struct stepper *s, struct stop *stop, void *arg);
	void		*arg;
};

/* what stepper_wait() woke up for */
#define STEPPER_INPUT	1	/* the other descriptor can be read */
#define STEPPER_OVER	2	/* nothing more will be held */

int stepper_open(struct stepper *s, struct rule *rule, size_t nr_rules,
		 char **command);
int stepper_start(struct stepper *s);
int stepper_wait(struct stepper *s, int input, int timeout_ms);
int stepper_order(struct stepper *s, const struct order *order);
bool stepper_back(struct stepper *s);
bool stepper_forward(struct stepper *s);
bool stepper_next(struct stepper *s);
bool stepper_switch(struct stepper *s, uint64_t id);
bool stepper_child_over(struct stepper *s);
void stepper_release(struct stepper *s);
int stepper_status(const struct stepper *s);
void stepper_close(struct stepper *s);

#endif /* _STEPPER_H */
