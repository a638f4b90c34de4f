#!/bin/bash
# test_play.sh: `skbscope play' says what is otherwise than a scenario expects, tells
# the same events in each run, and leaves nothing behind.
#
# Test-timeout: 600
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 24

# Plays what is on stdin; its output goes to $work/out, its exit status is ours
play() { # option...
	local status=0
	skbscope play --patience 0.3 "$@" - >"$work/out" 2>"$work/err" || status=$?
	cat "$work/out" "$work/err"
	return "$status"
}

# The steps, behind two sockets, fail in the last line with these words, and with
# this difference. The file's first three lines are not shown to be of use
fails() { # words difference step...
	local words=$1 difference=$2 status=0
	shift 2
	{
		echo "- {socket: rx, type: dgram, bind: 5000}"
		echo "- {socket: tx, type: dgram, bind: 6000}"
		printf -- '- {%s}\n' "$@"
	} | play || status=$?
	equal "$status" 1 && grep -qx -- "-:$(($# + 2)):3:" "$work/out" && grep -qF -- "$words" "$work/out" &&
		equal "$(sed -n 's/^  \([-+]\)/\1/p' "$work/out" | grep -vx -- '--- expected\|+++ seen' | tr '\n' '|')" "$difference"
}

hello="send: tx, to: rx, data: hello"
check "stations" fails "other stations were passed" "-socket.alloc|-device.xmit|+socket.alloc|+protocol.push|+device.queue|+end.dropped|" \
	"fault: device.queue drop, name: f" "$hello" "expect: stations, skb: 1, are: [socket.alloc, socket.send, device.xmit]"
check "stations of a message and its copy" fails "other stations were passed" "-2 end.consumed|" \
	"fault: socket.alloc drop, name: f" "$hello" \
	"expect: stations, message: 1, are: [1 socket.send, 1 socket.alloc, 1 end.dropped, 2 end.consumed]"
check "an event" fails "the event is another one" "-len: 6|+len: 5|-ip_summed: none|+ip_summed: partial|" \
	"$hello" "expect: event, skb: 1, at: protocol.push, fields: {sock: tx, len: 21}" \
	"expect: event, at: socket.queue, fields: {sock: rx, len: 6}" \
	"expect: event, at: device.queue, fields: {ip_summed: none}"
check "an event that was not" fails "the event is another one" "-device.xmit|+socket.send|+socket.alloc|+end.dropped|" \
	"fault: socket.alloc drop" "$hello" "expect: event, skb: 1, at: device.xmit, fields: {len: 5}"
check "the ledger" fails "the ledger has something else" "-delivered: 1|-NO_SOCKET: > 1|+delivered: 0|+NO_SOCKET: 0|" \
	"$hello" "expect: ledger, fields: {queued: 1, delivered: 1, NO_SOCKET: '> 1'}"
check "a socket" fails "the socket is otherwise" "-rx_queue_len: 2|+rx_queue_len: 1|" \
	"$hello" "expect: socket, of: rx, fields: {rx_queue_len: 2, received: '>= 1'}"
check "a rule" fails "the rule did something else" "-hits: 2|+hits: 1|" \
	"fault: device.xmit drop nth=1 count=1, name: f" "$hello" "$hello" \
	"expect: rule, of: f, fields: {seen: 2, hits: 2}"
check "a held packet" fails "the held packet is another one" "-skb.len: 36|+skb.len: 35|" \
	"hold: device.xmit" "$hello" "held: p, fields: {skb.len: 36, header.dport: 5000}"
check "a packet that is not held" fails "no such packet is held" "" \
	"hold: device.xmit" "$hello" "held: p, at: device.queue"
check "octets" fails "other octets were received" "-jello|+hello|" "$hello" "recv: rx, data: jello"
check "what a call returns" fails "the call gave something else" "-recv: 4|+recv: 5|" "$hello" "recv: rx, returns: 4"
check "an errno" fails "the call gave something else" "-recv: EPIPE|+recv: EAGAIN|" \
	"recv: rx, flags: MSG_DONTWAIT, errno: EPIPE"
check "a call that fails" fails "the call gave something else" "-connect: no error|+connect: ECONNREFUSED|" \
	"socket: s, type: stream" "connect: s, to: 7000"
check "a call in the background" fails "it began on line 3" "-jello|+hello|" \
	"recv: rx, data: jello, background: reader" "$hello" "wait: reader"
check "a call that never comes back" fails "recv does not come back: after 0.3 seconds" "" "recv: rx"
check "an option" fails "the call gave something else" "-getsockopt: 3|+getsockopt: 5|" \
	"setsockopt: tx, option: SO_PRIORITY, value: 5" "getsockopt: tx, option: SO_PRIORITY, value: 3"
check "poll" fails "poll tells something else" "-in|" "poll: rx, events: out" "poll: rx, events: [in, out]"
check "a verdict" fails "the verdict was answered otherwise" "-verdict: ENOENT|+verdict: no error|" \
	"hold: device.xmit" "$hello" "held: p" "verdict: p, do: continue, errno: ENOENT"

forms() {
	local good="- {socket: tx, type: dgram}" bad="- {connect: tx, to: 5000, errno: EPERM}" late="- {close: tx}"
	play <<<"$good" && equal "$(<"$work/out")" "-
  ok         1  socket tx
1 steps, 0 failed" || return 1
	printf '%s\n' "$good" "$bad" "$late" >"$work/bad.yaml"
	echo "$good" >"$work/good.yaml"
	skbscope play --ktap "$work/good.yaml" "$work/bad.yaml" >"$work/out"
	equal $? 1 && equal "$(<"$work/out")" "KTAP version 1
1..2
    KTAP version 1
    1..1
    ok 1 line 1: socket tx
ok 1 $work/good.yaml
    KTAP version 1
    1..3
    ok 1 line 1: socket tx
    # $work/bad.yaml:2:3: connect tx
    # the call gave something else
    # --- expected
    # +++ seen
    # @@ -1,1 +1,1 @@
    # -connect: EPERM
    # +connect: 0
    not ok 2 line 2: connect tx
    ok 3 line 3: close tx # SKIP line 2 failed
not ok 2 $work/bad.yaml"
}
check "text, and KTAP" forms

# Nothing runs when a file is wrong
wrong() {
	local status=0
	echo "- {send: tx, data: a}" >"$work/wrong.yaml"
	skbscope play selftests/scenarios/datagram.yaml "$work/wrong.yaml" >"$work/out" 2>"$work/err" || status=$?
	cat "$work/out" "$work/err"
	equal "$status" 2 && [[ ! -s $work/out ]] &&
		equal "$(<"$work/err")" "skbscope: $work/wrong.yaml:1:10: there is no socket \`tx'; there are: none yet"
}
check "a file that is wrong" wrong

# The faults meet others by chance, by number, twice, late and not at all
same_events() {
	local i
	skbscope play --json selftests/scenarios/faults.yaml >"$work/first" || return 1
	for what in '"reason":"SCOPE_FAULT"' '"reason":"SKB_CSUM"' '"reason":"NOMEM"' '"relation":"copy"'; do
		grep -q "$what" "$work/first" || { echo "no $what"; return 1; }
	done
	for i in {2..20}; do
		skbscope play --json selftests/scenarios/faults.yaml >"$work/again" || return 1
		cmp "$work/first" "$work/again" || { diff "$work/first" "$work/again"; echo "run $i"; return 1; }
	done
}
check "the same events in 20 runs" same_events

# One call makes more events than the rings have room for, and that is told
lost() {
	local status=0
	printf -- '- {%s}\n' "socketpair: [a, b], type: stream" "setsockopt: a, option: SO_SNDBUFFORCE, value: 8000000" \
		"send: a, size: 4000000, background: writer" "recv: b, max: 4000000, flags: MSG_WAITALL" "wait: writer" \
		"expect: stations, are: []" | play --patience 60 --buffer-size 8 || status=$?
	equal "$status" 1 && grep -q 'events were lost, so nothing is known of their order' "$work/out"
}
check "lost events" lost

# A reader that waits for ever, and a packet that is held: all goes with play
printf -- '- {%s}\n' "socket: rx, type: dgram, bind: 5000" "socket: tx, type: dgram" "hold: device.xmit" \
	"$hello" "held: p" "recv: rx" >"$work/waits.yaml"
no_rule() { ! grep -q hold /sys/kernel/debug/skbscope/rules; }
nothing_left() { no_rule && equal "$(</sys/module/skbscope/refcnt)" "$references"; }
ended() { # signal
	local references pid status=0
	references=$(</sys/module/skbscope/refcnt)
	skbscope play --patience 600 "$work/waits.yaml" >"$work/out" 2>&1 &
	pid=$!
	await grep -q 'held p: at device.xmit' "$work/out" || { cat "$work/out"; return 1; }
	! no_rule || { cat /sys/kernel/debug/skbscope/rules; return 1; }
	kill "-$1" "$pid"
	wait "$pid" || status=$?
	cat "$work/out"
	await nothing_left && equal "$status" "$2"
}
check "who is killed leaves nothing" ended KILL 137
check "who is to end leaves nothing" ended TERM 1
finish
