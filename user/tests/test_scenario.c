// SPDX-License-Identifier: GPL-2.0
/*
 * test_scenario.c - scenarios out of files, and what is said of those that are wrong
 *
 * Called by tests/run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <linux/filter.h>

#include "scenario.h"
#include "tests/ktap.h"

static struct scenario_error error;

static struct scenario *read_text(const char *text)
{
	memset(&error, 0, sizeof(error));
	return scenario_read(text, strlen(text), &error);
}

static struct scenario *expect_read(const char *text)
{
	struct scenario *sc = read_text(text);

	EXPECT_STR(error.why, "");
	EXPECT(sc);
	return sc;
}

/* @at: "LINE:COLUMN" */
static void expect_refused(const char *text, const char *at, const char *why)
{
	struct scenario *sc = read_text(text);
	char is[32];

	snprintf(is, sizeof(is), "%u:%u", error.at.line, error.at.column);
	EXPECT(!sc);
	EXPECT_HAS(error.why, why);
	EXPECT_STR(is, at);
	scenario_free(sc);
}

#define TX	"- {socket: tx, type: dgram}\n"

static void a_whole_one(void)
{
	struct scenario *sc = expect_read("title: a test\n"
		"device: veth\n"
		"steps:\n"
		"  - {socket: rx, in: peer, type: SOCK_STREAM, bind: '*', options: {SO_RCVBUF: 4096}}\n"
		"  - socket: tx\n"
		"    type: dgram\n"
		"    nonblock: true\n"
		"  - {send: tx, to: '[02:00:00:00:00:11%ve0]:5000', size: 27, flags: [MSG_MORE, MSG_EOR]}\n"
		"  - {send: tx, to: rx, data: \"a\\0b\", errno: EAGAIN}\n"
		"  - {recv: rx, hex: 00 ff 4A4b, background: reader}\n"
		"  - {wait: reader}\n");
	const struct scenario_step *step;

	if (!sc)
		return;
	EXPECT_STR(sc->title, "a test");
	EXPECT(sc->veth && sc->port[5000] && !sc->port[5001]);
	EXPECT_NUM(sc->nr_steps, 6);
	EXPECT_NUM(sc->nr_names, 3);
	step = sc->step[0];
	EXPECT_NUM(step->verb, VERB_SOCKET);
	EXPECT_NUM(step->end, END_PEER);
	EXPECT_NUM(step->item[KEY_TYPE].number, SOCK_STREAM);
	EXPECT_NUM(step->item[KEY_OPTIONS].field[0].number, 4096);
	EXPECT_NUM(sc->name[step->subject.number].end, END_PEER);
	step = sc->step[1];
	EXPECT_NUM(step->at.line, 5);
	EXPECT_NUM(step->item[KEY_NONBLOCK].number, 1);
	step = sc->step[2];
	EXPECT_NUM(step->item[KEY_TO].number, -1);
	EXPECT_NUM(step->item[KEY_FLAGS].number, MSG_MORE | MSG_EOR);
	EXPECT_NUM(step->len, 27);
	EXPECT(!memcmp(step->octets, "abcdefghijklmnopqrstuvwxyza", 27));
	step = sc->step[3];
	EXPECT_NUM(step->item[KEY_TO].number, 0);
	EXPECT_NUM(step->item[KEY_ERRNO].number, 11);
	EXPECT_NUM(step->len, 3);
	EXPECT(!memcmp(step->octets, "a\0b", 3));
	step = sc->step[4];
	EXPECT_NUM(step->end, END_PEER);
	EXPECT(step->len == 4 && !memcmp(step->octets, "\0\xffJK", 4));
	scenario_free(sc);
}

static void rules(void)
{
	struct scenario *sc = expect_read(TX
		"- {fault: device.xmit drop port=5000 sock=tx dev=scope0 nth=2, name: r}\n"
		"- {hold: [all, 'frames=len > 100', max=3], name: h}\n"
		"- {held: p, by: h, at: device.xmit, fields: {skb.len: '> 3', header.dport: 5000}}\n"
		"- {verdict: p, do: edit payload 0 4a wrong}\n"
		"- {verdict: p, do: clone, as: q}\n"
		"- {held: p}\n"
		"- {release: h}\n"
		"- {remove: r}\n"
		"- {expect: rule, of: r, fields: {hits: 1, stations: [device.xmit, device.queue]}}\n");
	const struct scenario_step *step;

	if (!sc)
		return;
	step = sc->step[1];
	EXPECT_NUM(num_get(&step->rule.n, SKBSCOPE_A_RULE_PORT), 5000);
	EXPECT_NUM(step->nr_late, 2);
	EXPECT(!num_has(&step->rule.n, SKBSCOPE_A_RULE_COOKIE));
	step = sc->step[2];
	EXPECT(step->rule.program);
	EXPECT_NUM(num_get(&step->rule.n, SKBSCOPE_A_RULE_LIMIT), 3);
	step = sc->step[4];
	EXPECT(step->order->wrong_sum && step->order->len == 1);
	EXPECT_NUM(sc->step[6]->subject.number, sc->step[3]->subject.number);
	step = sc->step[9];
	EXPECT_STR(step->item[KEY_FIELDS].field[1].value,
		   "[device.xmit, device.queue]");
	scenario_free(sc);
}

static void no_scenario(void)
{
	struct scenario_error e;

	expect_refused("", "1:1", "there are no steps");
	expect_refused("[]", "1:1", "there are no steps");
	expect_refused("hello", "1:1", "the steps are a list");
	expect_refused("title: x\n", "1:1", "there are no steps");
	expect_refused("title: x\nsteps: 5\n", "2:8", "the steps are a list");
	expect_refused("titel: x\n", "1:1",
		       "`titel' is no key of a scenario, which takes title, device, steps");
	expect_refused("title: x\ntitle: y\n", "2:1", "said already");
	expect_refused("title: [x]\n", "1:8", "here is a list, and a text is wanted");
	expect_refused("device: eth0\n", "1:9",
		       "`eth0' is no device of a scenario: scope0 and veth are");
	expect_refused(TX "---\n" TX, "3:1", "a file has one scenario");
	expect_refused("- {socket: tx", "2:1", "this is no YAML: ");
	expect_refused("- socket: tx\n   type: dgram\n", "2:8", "this is no YAML: ");
	expect_refused("- \xff\n", "1:3", "this is no YAML: ");
	EXPECT(!scenario_read("- {socket: \"a\\0b\"}", 18, &e));
	EXPECT_HAS(e.why, "a NUL is allowed in data alone");
}

static void bad_steps(void)
{
	expect_refused("- socket\n", "1:3", "a step is a mapping");
	expect_refused("- {}\n", "1:3", "a step is a mapping");
	expect_refused("- {sokcet: tx, type: dgram}\n", "1:4",
		       "`sokcet' is nothing that a step does: its first key is one of socket, socketpair, bind");
	expect_refused("- {type: dgram, socket: tx}\n", "1:4", "`type' is nothing");
	expect_refused("- {socket: tx, typ: dgram}\n", "1:16",
		       "`typ' is no key of socket, which takes type, in, nonblock");
	expect_refused("- {socket: tx}\n", "1:3", "socket: what is missing: type");
	expect_refused("- {socket: tx, type: dgram, type: raw}\n", "1:29",
		       "`type' was said already, on line 1");
	expect_refused(TX "- {send: tx}\n", "2:3",
		       "send: one of these is missing: data, hex, size");
	expect_refused(TX "- {send: tx, data: a, size: 3}\n", "2:29",
		       "send takes one of data, hex, size, not two");
	expect_refused(TX "- {send: tx, data: a, errno: EPERM, returns: 3}\n",
		       "2:30", "one of returns, errno, not two");
	expect_refused(TX "- {recv: tx, data: a, errno: EPERM}\n", "2:30",
		       "recv takes one of");
}

static void bad_values(void)
{
	expect_refused("- {socket: tx, type: datagram}\n", "1:22",
		       "`datagram' is no type: dgram, stream, seqpacket and raw are");
	expect_refused("- {socket: tx, type: {a: b}}\n", "1:22",
		       "here is a mapping, and a type of socket is wanted");
	expect_refused("- {socket: tx, type: raw, nonblock: 1}\n", "1:37",
		       "`1' is neither true nor false");
	expect_refused("- {socket: tx, type: raw, in: peer}\n", "1:31",
		       "there is a peer with `device: veth' alone");
	expect_refused("- {socket: tx, type: raw, in: there}\n", "1:31",
		       "`there' is neither here nor peer");
	expect_refused("- {socketpair: a, type: dgram}\n", "1:16",
		       "socketpair takes two names, as in [a, b]");
	expect_refused("- {socketpair: [a, a], type: dgram}\n", "1:20",
		       "`a' is the name of a socket already");
	expect_refused(TX "- {shutdown: tx, how: all}\n", "2:23",
		       "`all' is none of rd, wr and rdwr");
	expect_refused(TX "- {listen: tx, backlog: many}\n", "2:25",
		       "`many' is not a whole number from 0 to");
	expect_refused(TX "- {send: tx, size: -1}\n", "2:20",
		       "`-1' is not a whole number from 0 to 4194304");
	expect_refused(TX "- {send: tx, hex: 0g}\n", "2:19",
		       "`0g' is not octets in hexadecimal");
	expect_refused(TX "- {send: tx, hex: 0f0}\n", "2:19", "`0' is not octets");
	expect_refused(TX "- {send: tx, data: [a]}\n", "2:20", "data is a text");
	expect_refused(TX "- {send: tx, data: a, flags: [MSG_EOR, MSG_URGENT]}\n",
		       "2:40",
		       "`MSG_URGENT' is not a flag of send or recv; there are MSG_DONTROUTE, ");
	expect_refused(TX "- {send: tx, data: a, errno: ENOTHING}\n", "2:30",
		       "`ENOTHING' is no errno");
	expect_refused(TX "- {send: tx, data: a, errno: 5}\n", "2:30", "`5' is no errno");
	expect_refused(TX "- {setsockopt: tx, option: SO_WHAT, value: 1}\n", "2:28",
		       "`SO_WHAT' is no option here; there are SO_ACCEPTCONN, ");
	expect_refused(TX "- {setsockopt: tx, option: SO_MARK, value: one}\n", "2:44",
		       "`one' is not a whole number");
	expect_refused(TX "- {ioctl: tx, request: SIOCATMARK}\n", "2:24",
		       "`SIOCATMARK' is neither SIOCINQ nor SIOCOUTQ");
	expect_refused(TX "- {poll: tx, events: [in, read]}\n", "2:27",
		       "`read' is not an event of poll; there are in, out, ");
}

static void bad_names(void)
{
	expect_refused("- {socket: 5x, type: dgram}\n", "1:12", "`5x' is no name");
	expect_refused(TX TX, "2:12",
		       "`tx' is the name of a socket already, from line 1 on");
	expect_refused(TX "- {send: rx, data: a}\n", "2:10",
		       "there is no socket `rx'; there are: tx");
	expect_refused("- {close: rx}\n", "1:11", "there are: none yet");
	expect_refused(TX "- {send: tx, data: a, to: rx}\n", "2:27",
		       "there is no socket `rx'");
	expect_refused(TX "- {send: tx, data: a, to: 70000}\n", "2:27",
		       "`70000' is neither a socket nor an address");
	expect_refused(TX "- {send: tx, data: a, to: 've0:5000'}\n", "2:27",
		       "`ve0' is no device here: scope0 is");
	expect_refused("device: veth\nsteps:\n" TX "- {connect: tx, to: '[02:zz%ve0]:5'}\n",
		       "4:21", "a link address is");
	expect_refused(TX "- {wait: tx}\n", "2:10", "there is no call in the background `tx'");
	expect_refused(TX "- {verdict: p, do: drop}\n", "2:13",
		       "there is no held packet `p'");
	expect_refused("- {release: r}\n", "1:13", "there is no rule `r'");
	expect_refused(TX "- {held: tx}\n", "2:10", "is the name of a socket already");
	expect_refused(TX "- {held: p, by: tx}\n", "2:17", "there is no rule `tx'");
}

static void bad_rules(void)
{
	expect_refused("- {fault: nowhere drop}\n", "1:11",
		       "`nowhere' is no station; there are socket.send, ");
	expect_refused("- {fault: device.xmit}\n", "1:11", "is no fault; there are drop");
	expect_refused("- {fault: device.xmit explode}\n", "1:11",
		       "`explode' is no fault");
	expect_refused("- {fault: device.xmit drop ms=5}\n", "1:11",
		       "`ms=5' is no word for drop, which takes port=");
	expect_refused("- {fault: device.xmit delay}\n", "1:11", "ms= is missing");
	expect_refused("- {fault: device.xmit delay ms=9 jitter=9 dist=/nowhere}\n",
		       "1:11", "dist=: /nowhere: No such file");
	expect_refused("- {fault: device.xmit drop dist=uniform}\n", "1:11",
		       "`dist=uniform' is no word for drop");
	expect_refused("- {fault: device.xmit drop skb=3}\n", "1:11",
		       "which number an sk_buff gets is not known before");
	expect_refused("- {fault: device.xmit drop sock=tx}\n", "1:11",
		       "sock=: there is no socket `tx'");
	expect_refused("- {fault: device.xmit drop dev=ve0}\n", "1:11",
		       "dev=: `ve0' is no device here: scope0 is");
	expect_refused("- {fault: device.xmit drop dev=scope0 dev=scope0}\n", "1:11",
		       "was said already");
	expect_refused("- {hold: device.xmit keep=5}\n", "1:10", "no word for hold");
	expect_refused("- {hold: {a: b}}\n", "1:10", "here is a mapping, and a text of words is wanted");
	expect_refused("- {hold: ''}\n", "1:10", "words are wanted here");
	expect_refused("- {held: p, at: nowhere}\n", "1:17", "`nowhere' is no station");
	expect_refused("- {held: p, fields: {len: 3}}\n", "1:22",
		       "`len' is no field of it; there are skb.parent, skb.relation, skb.len");
	expect_refused("- {held: p, fields: {header.size: 3}}\n", "1:22",
		       "header.version");
	expect_refused("- {held: p}\n- {verdict: p, do: explode}\n", "2:20",
		       "`explode' is no verdict");
	expect_refused("- {held: p}\n- {verdict: p, do: edit payload 0}\n", "2:20",
		       "it is: edit data|header|payload OFFSET HEX [wrong]");
}

static void bad_expectations(void)
{
	expect_refused("- {expect: wonders}\n", "1:12",
		       "`wonders' can't be expected: stations, event, ledger, socket and rule can");
	expect_refused("- {expect: stations, skb: 1}\n", "1:3",
		       "expect stations: what is missing: are");
	expect_refused("- {expect: stations, skb: 0, are: []}\n", "1:27",
		       "`0' is not a whole number from 1");
	expect_refused("- {expect: stations, skb: 1, message: 1, are: []}\n", "1:39",
		       "one of skb, message, not two");
	expect_refused("- {expect: stations, skb: 1, are: socket.send}\n", "1:35",
		       "the stations are a list");
	expect_refused("- {expect: stations, skb: 1, are: [socket.send, socket.sent]}\n",
		       "1:49", "`socket.sent' is neither a station nor refused");
	expect_refused("- {expect: stations, are: [socket.send]}\n", "1:28",
		       "has to be the number of an sk_buff and a station");
	expect_refused("- {expect: stations, are: [1 socket.sent]}\n", "1:28",
		       "`socket.sent' is neither");
	expect_refused("- {expect: event, at: device.xmit, fields: {ts: 1}}\n", "1:45",
		       "`ts' is no field of it; there are station, skb, parent");
	expect_refused("- {expect: event, at: device.xmit, fields: {}}\n", "1:44",
		       "nothing is said here");
	expect_refused("- {expect: event, at: device.xmit, fields: 5}\n", "1:44",
		       "here names and values are wanted");
	expect_refused("- {expect: event, at: device.xmit, fields: {len: 1, len: 2}}\n",
		       "1:53", "`len' was said already, on line 1");
	expect_refused("- {expect: ledger, fields: {lost: 1}}\n", "1:29",
		       "`lost' is no field of it; there are allocated, entered");
	expect_refused("- {expect: ledger, fields: {SCOPE_WHATEVER: 1}}\n", "1:29",
		       "`SCOPE_WHATEVER' is no field");
	expect_refused(TX "- {expect: socket, of: rx, fields: {rmem: 1}}\n", "2:24",
		       "there is no socket `rx'; there are: tx");
	expect_refused(TX "- {expect: socket, of: tx, fields: {cookie: 1}}\n", "2:37",
		       "`cookie' is no field of it; there are type, ");
	expect_refused(TX "- {expect: rule, of: tx, fields: {hits: 1}}\n", "2:22",
		       "there is no rule `tx'");
}

static const struct ktap_test tests[] = {
	{ "a scenario", a_whole_one },
	{ "rules and verdicts", rules },
	{ "what is no scenario", no_scenario },
	{ "what is no step", bad_steps },
	{ "bad values are named", bad_values },
	{ "bad names are named", bad_names },
	{ "bad rules are named", bad_rules },
	{ "bad expectations are named", bad_expectations },
};

int main(void)
{
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
