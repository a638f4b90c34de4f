#!/bin/bash
# test_send_recv.sh: `skbscope send` and `skbscope recv` of every type: octets,
# records, datagrams and raw frames come out as they went in.
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 8

# Starts a receiver at port 5000; what it writes goes to $work/got
receiver() { # option...
	skbscope recv -w 30 "$@" 5000 >"$work/got" 2>"$work/said" &
	reader=$!
	await served 5000
}

listener() { # option...
	receiver "$@" && await grep -q 'LISTEN  *5000 ' /proc/net/scope
}

received() { # octets' file
	wait "$reader" && cmp "$1" "$work/got"
}

head -c 1000000 /dev/urandom >"$work/much"
stream() {
	listener -t stream && skbscope send -t stream 5000 <"$work/much" && received "$work/much"
}
check "octets" stream

parts() {
	listener -t stream -n 1 -v && skbscope send -t stream -s 1 -b 6000 5000 && received <(printf a) &&
		grep -qx 'skbscope: connection from 6000' "$work/said"
}
check "one recv call, from a port" parts

# An empty record is not the end
records() {
	listener -t seqpacket -v && skbscope send -t seqpacket -n 3 -s 0 5000 && received /dev/null &&
		equal "$(grep -cx 'skbscope: 0 octets' "$work/said")" 3
}
check "empty records" records
whole() {
	listener -t seqpacket -v && skbscope send -t seqpacket 5000 <<<"one record" &&
		received <(echo one record) && grep -qx 'skbscope: 11 octets' "$work/said"
}
check "a record" whole
long() {
	local status
	listener -t seqpacket || return 1
	skbscope send -t seqpacket -s 1048576 -b 6001 5000 2>"$work/err"
	status=$?
	wait "$reader"
	cat "$work/err"
	((status == 1)) && grep -q 'one record' "$work/err"
}
check "a record that is too long is explained" long

nobody() {
	local status
	skbscope send -t "$1" 5000 x 2>"$work/err"
	status=$?
	cat "$work/err"
	((status == 1)) && grep -q 'connect to 5000: ECONNREFUSED' "$work/err"
}
check "nobody listens" nobody stream

silence() {
	skbscope recv -t stream -w 0.1 5000 2>&1 | grep -qx 'skbscope: nothing came within 0.1 seconds'
}
check "nobody connects" silence

raw() {
	receiver -t raw -v || return 1
	skbscope send -b 6002 5000 raw || return 1
	wait "$reader" && tail -c 3 "$work/got" | cmp - <(printf raw) &&
		equal "$(wc -c <"$work/got")" 19
}
check "a frame" raw
finish
