/* SPDX-License-Identifier: GPL-2.0 */
/*
 * permissions.h - who may do what: the list that permissions.c tests, and that
 * permissions_table.c prints for the README
 *
 * Each row is an operation:
 *
 *	name		of its test, and of the function that tries it
 *	what		in words
 *	need		a capability, or one of enum permission_need
 *	own		whether who made a user namespace may in a network
 *			namespace of that one
 *	refusal		the errno for all others
 *	lockdown	from which level on the kernel refuses it with EPERM
 */
#ifndef SELFTESTS_PERMISSIONS_H
#define SELFTESTS_PERMISSIONS_H

#include <errno.h>

#include <linux/capability.h>

enum permission_need {
	NOBODY = -3,	/* not even root */
	ROOT,		/* the owner of a file */
	NOTHING,	/* a plain user may */
};

enum permission_own {
	OWN_NO,
	OWN_YES,
};

/* As /sys/kernel/security/lockdown names them */
enum permission_lockdown {
	LOCKDOWN_NONE,
	INTEGRITY,
	CONFIDENTIALITY,
	NEVER,
};

#define PERMISSIONS(row)						\
	row(open_socket,						\
	    "open a stream, record or datagram socket, or a pair",	\
	    NOTHING, OWN_YES, 0, NEVER)					\
	row(open_raw,							\
	    "open a raw socket",					\
	    CAP_NET_RAW, OWN_YES, EPERM, NEVER)				\
	row(bind_port,							\
	    "bind to a port from 1024 on",				\
	    NOTHING, OWN_YES, 0, NEVER)					\
	row(bind_low_port,						\
	    "bind to a port under 1024",				\
	    CAP_NET_BIND_SERVICE, OWN_YES, EACCES, NEVER)		\
	row(send_link,							\
	    "send to a link address, with SO_BROADCAST to a group",	\
	    NOTHING, OWN_YES, 0, NEVER)					\
	row(bind_device,						\
	    "bind to a device: SO_BINDTODEVICE",			\
	    NOTHING, OWN_YES, 0, NEVER)					\
	row(rebind_device,						\
	    "after that, to another one",				\
	    CAP_NET_RAW, OWN_YES, EPERM, NEVER)				\
	row(force_memory,						\
	    "more memory than the system's limit: SO_RCVBUFFORCE",	\
	    CAP_NET_ADMIN, OWN_NO, EPERM, NEVER)			\
	row(change_device,						\
	    "set the MTU of `scope0`, and whether it is up",		\
	    CAP_NET_ADMIN, OWN_YES, EPERM, NEVER)			\
	row(read_proc,							\
	    "read `/proc/net/scope`",					\
	    NOTHING, OWN_YES, 0, NEVER)					\
	row(ask_netlink,						\
	    "ask for sockets, stations and ledger by netlink",		\
	    NOTHING, OWN_YES, 0, NEVER)					\
	row(hear_notices,						\
	    "hear of sockets by netlink",				\
	    NOTHING, OWN_YES, 0, NEVER)					\
	row(ask_other_socket,						\
	    "ask for a socket of another network namespace",		\
	    NOBODY, OWN_NO, ENOENT, NEVER)				\
	row(ask_other_ledger,						\
	    "ask for its ledger",					\
	    NOBODY, OWN_NO, EACCES, NEVER)				\
	row(take_images,						\
	    "take raw images of a socket: also CAP_SYSLOG and CAP_PERFMON",	\
	    CAP_SYS_ADMIN, OWN_NO, EPERM, CONFIDENTIALITY)		\
	row(filter_frames,						\
	    "have the frames of all namespaces asked a BPF program by netlink",	\
	    CAP_NET_ADMIN, OWN_NO, EPERM, NEVER)			\
	row(add_rule,							\
	    "hold packets of a network namespace, or make faults there",	\
	    CAP_NET_ADMIN, OWN_YES, EPERM, NEVER)			\
	row(patch_driver,						\
	    "the same at `device.xmit` of a named device other than `scope0`",	\
	    CAP_NET_ADMIN, OWN_NO, EPERM, NEVER)			\
	row(give_verdict,						\
	    "see the octets of what is held there, and say what becomes of it",	\
	    CAP_NET_ADMIN, OWN_YES, EPERM, NEVER)			\
	row(read_debugfs,						\
	    "read `/sys/kernel/debug/skbscope`, all namespaces'",	\
	    ROOT, OWN_NO, EACCES, NEVER)				\
	row(see_address,						\
	    "see there a kernel address that is not hashed",			\
	    NOBODY, OWN_NO, EPERM, NEVER)				\
	row(watch_tracefs,						\
	    "watch the stations through tracefs, as `skbscope` does",	\
	    ROOT, OWN_NO, EACCES, CONFIDENTIALITY)			\
	row(watch_perf,							\
	    "watch them by perf_event_open(), perf_event_paranoid at 2",	\
	    CAP_PERFMON, OWN_NO, EACCES, NEVER)				\
	row(switch_perf,						\
	    "switch them on so, and be told nothing",			\
	    NOTHING, OWN_YES, 0, NEVER)					\
	row(switch_images,						\
	    "switch raw images of sk_buffs on: also CAP_SYSLOG and CAP_PERFMON",	\
	    CAP_SYS_ADMIN, OWN_NO, EPERM, CONFIDENTIALITY)		\
	row(choose_octets,						\
	    "say how many octets they have: the parameter `image_octets`",	\
	    ROOT, OWN_NO, EACCES, NEVER)				\
	row(set_parameter,						\
	    "set the module's parameter `debugfs_sockets`",		\
	    ROOT, OWN_NO, EACCES, NEVER)				\
	row(load_module,						\
	    "load the module, which nobody signed",			\
	    CAP_SYS_MODULE, OWN_NO, EPERM, INTEGRITY)

#endif /* SELFTESTS_PERMISSIONS_H */
