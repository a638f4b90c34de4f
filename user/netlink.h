/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netlink.h - questions to the module's generic netlink family
 *
 * Used by family.c and the commands.
 */
#ifndef _NETLINK_H
#define _NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "picture.h"

struct netlink;
struct sock_filter;

struct netlink *netlink_open(void);
void netlink_close(struct netlink *nl);
const char *netlink_error(const struct netlink *nl);

int netlink_info(struct netlink *nl, struct info *info);
int netlink_socket(struct netlink *nl, uint64_t cookie,
		   struct socket_picture *sock);
int netlink_ledger(struct netlink *nl, struct ledger *ledger);

typedef int (*netlink_socket_fn)(const struct socket_picture *sock, void *arg);
typedef int (*netlink_station_fn)(const struct station_picture *st, void *arg);

/* sockets that come and go spoil a dump; so often it is asked again */
#define NETLINK_TRIES	5

int netlink_sockets(struct netlink *nl, uint32_t show, netlink_socket_fn fn,
		    void *arg, size_t *nr);

/* freed by who asked for them */
struct cookies {
	uint64_t	*cookie;
	size_t		nr;
	size_t		cap;
};

int netlink_cookies(struct netlink *nl, struct cookies *cookies);
int netlink_stations(struct netlink *nl, netlink_station_fn fn, void *arg);

typedef int (*netlink_image_fn)(const struct image_picture *image, void *arg);

int netlink_images_of_fd(struct netlink *nl, int fd, netlink_image_fn fn,
			 void *arg);
int netlink_images_of_cookie(struct netlink *nl, uint64_t cookie,
			     netlink_image_fn fn, void *arg);

int netlink_frame_filter(struct netlink *nl, const struct sock_filter *insn,
			 unsigned int nr, uint32_t *bit);

/* cmd is SKBSCOPE_CMD_SOCKET_{NEW,CHANGE,DEL}_NTF */
typedef int (*netlink_notice_fn)(int cmd, const struct socket_picture *sock,
				 void *arg);

int netlink_subscribe(struct netlink *nl);
int netlink_fd(const struct netlink *nl);
int netlink_notices(struct netlink *nl, netlink_notice_fn fn, void *arg);

#endif /* _NETLINK_H */
