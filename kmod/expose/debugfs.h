/* SPDX-License-Identifier: GPL-2.0 */
/*
 * debugfs.h - what the files of /sys/kernel/debug/skbscope share
 */
#ifndef _SCOPE_DEBUGFS_H
#define _SCOPE_DEBUGFS_H

#include <linux/fs.h>

extern const struct file_operations scope_drawing_fops;

#endif /* _SCOPE_DEBUGFS_H */
