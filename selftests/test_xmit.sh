#!/bin/bash
# test_xmit.sh: rules at device.xmit of devices whose drivers are not the family's:
# whatever the driver, with a qdisc in front or none; others' frames pass; functions
# of the kernel are patched for as long as there are such rules; and what can't be had
# is said.
#
# Test-timeout: 400
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 18

patched=/sys/kernel/tracing/enabled_functions
[[ -e $patched ]] || mount -t tracefs none /sys/kernel/tracing
is_patched() { grep -q "^$1 .*I" "$patched"; }
nothing_patched() { ! grep -q ' I' "$patched"; }
link() { cat "/sys/class/net/$1/address"; }

# va and vb are a pair, va0 and vb0 one on top of it; du and fb send to nobody
ip link add va type veth peer name vb
ip link add link va name va0 type macvlan mode private
ip link add link vb name vb0 type macvlan mode private
ip link add du type dummy
for dev in va vb va0 vb0 du; do ip link set "$dev" up; done
running() { [[ $(sort -u /sys/class/net/v[ab]*/operstate) == up ]]; }
await running

# What came over a device under a rule; in one line
under() { # device reader number texts rule...
	local dev=$1 reader=$2 read=$3 texts=$4 status=0
	shift 4
	# shellcheck disable=SC2086 # a word each
	skbscope fault add device.xmit "$@" "dev=$dev" -- \
		python3 selftests/over.py "$dev" "$(link "$reader")" "$reader" "$read" $texts \
		>"$work/got" 2>"$work/said" || status=$?
	cat "$work/said" >&2
	tr '\n' ' ' <"$work/got"
	return "$status"
}
did() { # seen hits missed
	grep -qx "skbscope: rule [0-9]*: seen: $1, hits: $2, missed: $3" "$work/said"
}

# Each kind of fault, as test_fault.sh has them for scope0. Of the frame, octet 30 is
# the first of the payload
faults() { # device reader
	local over=("$@") before
	before=$(ledger SCOPE_FAULT)
	equal "$(under "${over[@]}" 2 "a b c" drop nth=2)" "a c " && did 3 1 0 &&
		equal "$(ledger SCOPE_FAULT)" $((before + 1)) || return 1
	equal "$(under "${over[@]}" 3 "a b" duplicate nth=1)" "a a b " && did 2 1 0 || return 1
	equal "$(under "${over[@]}" 3 "a b c" delay ms=50 nth=1)" "a b c " && did 3 1 0 || return 1
	equal "$(under "${over[@]}" 3 "a b c" reorder ms=60000 nth=1)" "b a c " && did 3 1 0 || return 1
	before=$(ledger SKB_CSUM)
	equal "$(under "${over[@]}" 1 "a b" corrupt offset=30 bit=1 nth=1)" "b " && did 2 1 0 &&
		equal "$(ledger SKB_CSUM)" $((before + 1)) || return 1
	before=$(ledger SCOPE_BAD_LENGTH)
	equal "$(under "${over[@]}" 1 "long short" truncate keep=32 nth=1)" "short " && did 2 1 0 &&
		equal "$(ledger SCOPE_BAD_LENGTH)" $((before + 1)) || return 1
	equal "$(under "${over[@]}" 1 "a b" truncate keep=13 nth=1 count=1)" "a " && did 2 0 1 || return 1
	before=$(ledger NOMEM)
	equal "$(under "${over[@]}" 1 "a b" enomem nth=1)" "b " && did 2 1 0 &&
		equal "$(ledger NOMEM)" $((before + 1))
}
check "every fault over veth" faults va vb
check "and over macvlan on top of it" faults va0 vb0
tc qdisc add dev va root tbf rate 100mbit burst 100kb latency 1s
check "and behind a token bucket" faults va vb
check "and over macvlan on top of that" faults va0 vb0
tc qdisc replace dev va root fq_codel
check "and behind fq_codel" faults va vb
tc qdisc del dev va root
check "the ledger balances" await balanced

# Stops at the one device and at the one under it, as the trace tells it, too
stops() {
	printf '%s\n' s s s s s s s s s s c | skbscope step --plain --json port=5000 -- \
		python3 selftests/over.py va0 "$(link vb0)" vb0 1 hello >"$work/stops" 2>"$work/said"
	cat "$work/said" "$work/stops"
	equal "$(jq -r 'select(.event == "stop") | .station' "$work/stops" | grep -c device.xmit)" 2
}
check "a step stops at both devices" stops

held() { equal "$(skbscope held --json | grep -c device.xmit)" "$1"; }
# With a verdict each: what the driver takes is transmitted, what it does not is lost
to_nobody() { # device
	local before owner lost
	before=$(ledger transmitted) lost=$(ledger SCOPE_VERDICT)
	mkfifo "$work/orders"
	skbscope step --plain device.xmit "dev=$1" <"$work/orders" >"$work/stops" 2>&1 &
	owner=$!
	exec 9>"$work/orders"
	# A function may be patched yet for a rule that was
	await one_rule && is_patched "$2" && skbscope send -n 3 "[02:00:00:00:00:01%$1]:5000" out && await held 3 &&
		equal "$(ledger transmitted)" "$before" && equal "$(ledger held)" 3 || return 1
	printf '%s\n' duplicate c drop c c >&9
	exec 9>&-
	wait "$owner" || { cat "$work/stops"; return 1; }
	rm "$work/orders"
	equal "$(ledger transmitted)" $((before + 3)) && equal "$(ledger SCOPE_VERDICT)" $((lost + 1)) &&
		await balanced
}
check "each verdict is in the ledger" to_nobody du dummy_xmit

# A driver that has its queue's lock taken, and a qdisc by itself
ip link add fb type ifb && ip link set fb up
locked() {
	to_nobody fb ifb_xmit && skbscope fault add device.xmit duplicate dev=fb every=1 -- \
		skbscope send -n 5 "[02:00:00:00:00:01%fb]:5000" out 2>"$work/said" && did 5 5 0 &&
		skbscope fault add device.xmit reorder ms=60000 dev=fb every=2 -- \
			skbscope send -n 6 "[02:00:00:00:00:01%fb]:5000" out 2>"$work/said" && did 6 3 0 && await balanced
}
if [[ -e /sys/class/net/fb ]]; then
	check "a driver that has a lock" locked
else
	skip "a driver that has a lock" "this kernel has no ifb"
fi

# One with a rule does not change what a stranger writes to the wire
stranger() {
	skbscope fault add device.xmit drop -- /usr/bin/python3 -c '
import socket
sender, reader = (socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88b5)) for _ in "ab")
sender.bind(("va", 0))
reader.bind(("vb", 0x88b5))
reader.settimeout(60)
frame = bytes(12) + b"\x88\xb5" + bytes(46)
sender.send(frame)
assert reader.recv(100) == frame' 2>"$work/said" && did 0 0 0
}
check "frames of others pass" stranger

# Where nobody wants anything there, nothing is patched
check "a second after the last rule nothing is patched" await nothing_patched
not_for_scope0() {
	skbscope fault add device.xmit drop dev=scope0 -- bash -c "! grep -q '^veth_xmit .*I' $patched" &&
		skbscope fault add protocol.push drop -- bash -c "! grep -q '^veth_xmit .*I' $patched"
}
check "nor for rules at other places" not_for_scope0

# A device that comes when there is a rule already
later() {
	# shellcheck disable=SC2016 # it is for the shell under the rule
	skbscope fault add device.xmit drop port=5000 nth=1 -- bash -ec '
		ip link add la type veth peer name lb
		ip link set la up
		ip link set lb up
		while [[ $(sort -u /sys/class/net/l[ab]/operstate) != up ]]; do sleep 0.05; done
		python3 selftests/over.py la "$(cat /sys/class/net/lb/address)" lb 1 a b' >"$work/got" 2>"$work/said" ||
		{ cat "$work/said"; return 1; }
	ip link del la
	equal "$(tr '\n' ' ' <"$work/got")" "b " && did 2 1 0
}
check "a device that comes later" later

# ftrace forgets the functions of a driver that goes, and somebody else gets their place
driver_goes() {
	skbscope fault add device.xmit drop port=5000 nth=1 -- bash -ec "
		source selftests/lib.sh
		grep -q '^veth_xmit .*I' $patched
		modprobe -r macvlan veth
		! grep -q '^veth_xmit' $patched
		modprobe veth
		ip link add va type veth peer name vb
		ip link set va up
		ip link set vb up
		grep -q '^veth_xmit .*I' $patched
		await grep -q up /sys/class/net/va/operstate
		python3 selftests/over.py va \$(cat /sys/class/net/vb/address) vb 1 a b" >"$work/got" 2>"$work/said" ||
		{ cat "$work/said"; return 1; }
	equal "$(tr '\n' ' ' <"$work/got")" "b " && did 2 1 0
}
if [[ -e /sys/module/veth/refcnt ]]; then
	check "a driver that goes and comes again" driver_goes
else
	skip "a driver that goes and comes again" "veth is no module here"
fi

# ftrace is switched off by nobody while it is needed, and needed by nobody while off
on_and_off() {
	skbscope fault add device.xmit drop dev=va -- bash -c '! sysctl -qw kernel.ftrace_enabled=0' 2>"$work/said"
}
check "ftrace stays switched on meanwhile" on_and_off
# Rules of cases before had other drivers patched, which ends driver by driver
await nothing_patched
off() {
	sysctl -qw kernel.ftrace_enabled=0 || return 1
	skbscope fault add device.xmit drop dev=va -- true >"$work/said" 2>&1 && return 1
	cat "$work/said"
	grep -q 'ftrace is switched off' "$work/said"
}
check "without ftrace, a rule for that device is refused" off
missed() {
	local status=0
	skbscope fault add device.xmit drop -- python3 selftests/over.py va "$(link vb)" vb 2 a b \
		>"$work/got" 2>"$work/said" || status=$?
	cat "$work/said" "$work/got"
	equal "$status" 0 && equal "$(tr '\n' ' ' <"$work/got")" "a b " && did 2 0 2
}
check "and one for any device tells what it missed" missed
sysctl -qw kernel.ftrace_enabled=1
for dev in va0 vb0 va du fb; do ip link del "$dev" 2>/dev/null; done
check "the ledger balances in the end" await balanced
finish
