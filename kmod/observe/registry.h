/* SPDX-License-Identifier: GPL-2.0 */
/*
 * registry.h - every socket of the family, and who wants to hear of them
 */
#ifndef _SCOPE_REGISTRY_H
#define _SCOPE_REGISTRY_H

#include <linux/notifier.h>

#include "../skbscope.h"

/**
 * enum scope_socket_event - what a listener is told of a socket
 * @SCOPE_SOCKET_NEW: it was made, or accept() gave it
 * @SCOPE_SOCKET_CHANGE: bound, connected, disconnected or shut down
 * @SCOPE_SOCKET_DEL: nobody has it open any more
 *
 * The notifier's data is the struct sock. Process context; for CHANGE with the
 * socket locked.
 */
enum scope_socket_event {
	SCOPE_SOCKET_NEW,
	SCOPE_SOCKET_CHANGE,
	SCOPE_SOCKET_DEL,
};

int scope_registry_insert(struct sock *sk, gfp_t gfp);
void scope_registry_announce(struct sock *sk);
void scope_registry_change(struct sock *sk);
void scope_registry_retire(struct sock *sk);
void scope_registry_forget(struct sock *sk);
struct sock *scope_registry_next(struct scope_net *sn, u64 *cookie);
struct sock *scope_registry_get(struct scope_net *sn, u64 cookie);
u64 scope_registry_queued(struct scope_net *sn);
int scope_registry_listen(struct notifier_block *nb);
void scope_registry_unlisten(struct notifier_block *nb);

#endif /* _SCOPE_REGISTRY_H */
