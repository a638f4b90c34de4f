/* SPDX-License-Identifier: GPL-2.0 */
/*
 * step.h - the views of `skbscope step'
 *
 * Each shows what the stepper has and gives it orders, until there is nothing
 * more to be held or whoever looks has had enough.
 */
#ifndef _STEP_H
#define _STEP_H

#include <stdbool.h>

#include "stepper.h"

/* @input: where commands are read; returns an exit status */
int step_plain(struct stepper *s, int input, bool json);

/* @input: a terminal, as stdout is */
int step_screen(struct stepper *s, int input);

#endif /* _STEP_H */
