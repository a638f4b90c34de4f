/* SPDX-License-Identifier: GPL-2.0 */
/*
 * reach.h - whether a preloaded library reaches a program
 *
 * Used by cmd_run.c.
 */
#ifndef _REACH_H
#define _REACH_H

const char *reach_obstacle(const char *command);

#endif /* _REACH_H */
