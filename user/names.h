/* SPDX-License-Identifier: GPL-2.0 */
/*
 * names.h - names of the numbers that the kernel reports
 *
 * Used by rendering and JSON. Each function writes into the caller's buffer
 * when the number is unknown, as "unknown(N)", so that nothing vanishes.
 */
#ifndef _NAMES_H
#define _NAMES_H

#include <stddef.h>
#include <stdint.h>

#define NAME_LEN	32

const char *name_station(uint64_t number, char buf[NAME_LEN]);
const char *name_station_doc(uint64_t number);
const char *name_relation(uint64_t number, char buf[NAME_LEN]);
const char *name_ip_summed(uint64_t number, char buf[NAME_LEN]);
const char *name_pkt_type(uint64_t number, char buf[NAME_LEN]);
const char *name_sock_type(uint64_t number, char buf[NAME_LEN]);
const char *name_socket_state(uint64_t number, char buf[NAME_LEN]);
const char *name_sk_state(uint64_t number, char buf[NAME_LEN]);
const char *name_flag(uint64_t bit, char buf[NAME_LEN]);
const char *name_action(uint64_t number, char buf[NAME_LEN]);
const char *name_why(uint64_t number, char buf[NAME_LEN]);
const char *name_verdict(uint64_t number, char buf[NAME_LEN]);
const char *name_overflow(uint64_t number, char buf[NAME_LEN]);
const char *name_traffic(uint64_t number, char buf[NAME_LEN]);

#define FLAG_BITS	8	/* of a segment's header */

int sock_type_by_name(const char *name);
int station_by_name(const char *name);
int action_by_name(const char *name);
int verdict_by_name(const char *name);
int place_by_name(const char *name);
int drop_by_name(const char *name);

#endif /* _NAMES_H */
