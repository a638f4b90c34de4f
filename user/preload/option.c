// SPDX-License-Identifier: GPL-2.0
/*
 * option.c - the socket options of moved sockets
 *
 * Called by calls.c and carrier.c. SOL_SOCKET's are AF_SCOPE's own, but for
 * what tells the family. What the program asks of TCP, IP or IPv6 is answered
 * by a socket of that family, made for the question: so it is accepted or
 * refused, and reads, as the running kernel has it. What was set is kept by
 * alias.c, and the little that means something to AF_SCOPE is handed on.
 */
#include <errno.h>
#include <linux/tcp.h>
#include <string.h>

#include "preload/option.h"
#include "preload/real.h"
#include "preload/sock.h"

/* TCP's option, and AF_SCOPE's of the same meaning */
static const struct {
	int	tcp;
	int	scope;
} same[] = {
	{ TCP_KEEPIDLE, SCOPE_KEEPIDLE },
	{ TCP_KEEPINTVL, SCOPE_KEEPINTVL },
	{ TCP_KEEPCNT, SCOPE_KEEPCNT },
};

void option_apply(int fd, const struct alias_option *option)
{
	size_t i;

	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (option->level == IPPROTO_TCP && option->name == same[i].tcp)
			real.setsockopt(fd, SOL_SCOPE, same[i].scope,
					&option->value, sizeof(option->value));
}

/* after it was set; only numbers are kept */
void option_note(int fd, int level, int name, const void *value, socklen_t len)
{
	int number;

	if (level == SOL_SOCKET || level == SOL_SCOPE || len != sizeof(number))
		return;
	memcpy(&number, value, sizeof(number));
	alias_note_option(fd, level, name, number);
}

/* a socket of the kind that the program takes this one for */
static int stand_in(int fd, const struct alias *alias)
{
	int type = sock_int(fd, SOL_SOCKET, SO_TYPE);

	return real.socket(alias->local.sa.sa_family, type | SOCK_CLOEXEC, 0);
}

int option_set(int fd, const struct alias *alias, int level, int name,
	       const void *value, socklen_t len)
{
	struct alias_option option = { level, name, 0 };
	int other, ret, err;

	if (level == SOL_SOCKET || level == SOL_SCOPE)
		return real.setsockopt(fd, level, name, value, len);
	other = stand_in(fd, alias);
	if (other < 0)
		return -1;
	ret = real.setsockopt(other, level, name, value, len);
	err = errno;
	real.close(other);
	errno = err;
	if (ret)
		return ret;
	option_note(fd, level, name, value, len);
	if (len == sizeof(option.value)) {
		memcpy(&option.value, value, sizeof(option.value));
		option_apply(fd, &option);
	}
	return 0;
}

static int give(const void *answer, socklen_t size, void *value, socklen_t *len)
{
	if (*len > size)
		*len = size;
	memcpy(value, answer, *len);
	return 0;
}

static int give_int(int answer, void *value, socklen_t *len)
{
	return give(&answer, sizeof(answer), value, len);
}

/* what AF_SCOPE knows of it; the rest is 0 */
static int give_tcp_info(const struct scope_info *scope, void *value,
			 socklen_t *len)
{
	const struct tcp_info tcp = {
		.tcpi_state = scope->state,
		.tcpi_rto = scope->rto_us,
		.tcpi_snd_mss = scope->mss,
		.tcpi_rcv_mss = scope->mss,
		.tcpi_unacked = scope->pipe,
		.tcpi_rtt = scope->rtt_us,
		.tcpi_rttvar = scope->rttvar_us,
		.tcpi_min_rtt = scope->min_rtt_us,
		.tcpi_snd_cwnd = scope->cwnd,
		.tcpi_advmss = scope->mss,
		.tcpi_pmtu = scope->mss + SCOPE_CONN_HDR_LEN,
		.tcpi_rcv_space = scope->rcv_window,
		.tcpi_snd_wnd = scope->snd_window,
		.tcpi_total_retrans = scope->retransmits,
		.tcpi_bytes_acked = scope->acked,
		.tcpi_bytes_received = scope->received,
	};

	return give(&tcp, sizeof(tcp), value, len);
}

static bool scope_info(int fd, struct scope_info *info)
{
	socklen_t len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return !real.getsockopt(fd, SOL_SCOPE, SCOPE_INFO, info, &len);
}

static int ask_stand_in(int fd, const struct alias *alias, int level, int name,
			void *value, socklen_t *len)
{
	int other, ret, err, i;

	other = stand_in(fd, alias);
	if (other < 0)
		return -1;
	for (i = 0; i < alias->nr_options; i++) {
		const struct alias_option *option = &alias->option[i];

		if (option->level == level && option->name == name)
			real.setsockopt(other, level, name, &option->value,
					sizeof(option->value));
	}
	ret = real.getsockopt(other, level, name, value, len);
	err = errno;
	real.close(other);
	errno = err;
	return ret;
}

int option_get(int fd, const struct alias *alias, int level, int name,
	       void *value, socklen_t *len)
{
	bool inet = sockname_is_inet(&alias->local);
	struct scope_info info;

	if (level == SOL_SOCKET && name == SO_DOMAIN)
		return give_int(alias->local.sa.sa_family, value, len);
	if (level == SOL_SOCKET && name == SO_PROTOCOL)
		return give_int(inet ? IPPROTO_TCP : 0, value, len);
	if (level == SOL_SOCKET || level == SOL_SCOPE)
		return real.getsockopt(fd, level, name, value, len);
	if (inet && level == IPPROTO_TCP && name == TCP_INFO &&
	    scope_info(fd, &info))
		return give_tcp_info(&info, value, len);
	if (inet && level == IPPROTO_TCP && name == TCP_MAXSEG &&
	    scope_info(fd, &info) && info.mss)
		return give_int(info.mss, value, len);
	return ask_stand_in(fd, alias, level, name, value, len);
}
