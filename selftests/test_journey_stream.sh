#!/bin/bash
# test_journey_stream.sh: every octet of a stream can be followed, in what
# `skbscope trace` tells, from the send call that took it to the recv call that
# gave it: by its place in the stream, with no gap and nothing twice.
#
#	namespace left		namespace right
#	scope0   va ------------ vb   scope0
#
# Test-timeout: 400
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 9

transfer=.build/selftests/transfer

ip netns add left
ip netns add right
ip link add va netns left type veth peer name vb netns right
ip -n left link set va up
ip -n right link set vb up
mac=$(ip -n right -j link show vb | sed 's/.*"address":"\([0-9a-f:]*\)".*/\1/')
head -c 100000 /dev/urandom >"$work/sent"

# A case is carried out by another shell, under the tool: it gets these.
# "here" is over scope0, from left to left; "there" over veth, from left to right.
export transfer work mac

side() { # here|there
	if [[ $1 == here ]]; then echo left; else echo right; fi
}

listens() { # namespace
	within "$1" grep -qE 'LISTEN +([^ ]*:)?6000 ' /proc/net/scope
}

receiver() { # here|there command...
	nsenter --net=/run/netns/"$(side "$1")" "${@:2}" >"$work/got" &
	reader=$!
	await listens "$(side "$1")"
}

# A reader that sleeps until what it is sent waits for it
sleeper() { # here|there
	local address=6000
	[[ $1 == here ]] || address=vb:6000
	receiver "$1" skbscope recv -w 60 -t stream "$address" || return 1
	kill -STOP "$reader"
}

sender() { # here|there option...
	local address=6000
	[[ $1 == here ]] || address="[$mac%va]:6000"
	within left skbscope send -t stream "${@:2}" "$address"
}

# A file in pieces of every length: a stream, read in others, or records
pieces() { # here|there [record]
	local type=${2:-stream} from=(scope0 -) to=scope0
	[[ $1 == here ]] || from=(va "$mac") to=vb
	receiver "$1" "$transfer" "$type" listen "$to" 6000 || return 1
	within left "$transfer" "$type" connect "${from[@]}" 6000 <"$work/sent" &&
		wait "$reader" && cmp "$work/sent" "$work/got"
}

mtu() { # octets here|there
	if [[ $2 == here ]]; then
		ip -n left link set scope0 mtu "$1"
	else
		ip -n left link set va mtu "$1"
		ip -n right link set vb mtu "$1"
	fi
}

# Small segments, more than a receive queue wants to have one by one
small() { # here|there
	mtu 140 "$1"
	sleeper "$1" && sender "$1" -n 400 -s 7 || return 1
	kill -CONT "$reader"
	wait "$reader" && equal "$(wc -c <"$work/got")" 2800
}

# All that may be sent is sent and acknowledged, and some is left
full() {
	within left skbscope sockets --json |
		jq 'select(.conn.written > .conn.sent and .conn.sent == .conn.acked)' | grep -q .
}

# What waits to be sent gathers, and is cut when the device does not carry as much any more
narrow() { # here|there
	local writer
	mtu 1500 "$1"
	sleeper "$1" || return 1
	sender "$1" -n 400 -s 5000 &
	writer=$!
	await full || return 1
	mtu 700 "$1"
	kill -CONT "$reader"
	wait "$writer" && wait "$reader" && equal "$(wc -c <"$work/got")" 2000000
}

# No device, and no clone: the very sk_buff is read at the other end
pair() {
	python3 - <<-EOF
		import socket
		a, b = socket.socketpair($(cat /sys/module/skbscope/parameters/family))
		for size in 100, 1, 70000:
		    a.sendall(bytes(size))
		got = 0
		while got < 70101:
		    got += len(b.recv(999))
	EOF
}
export -f within await equal side listens receiver sleeper sender pieces small full mtu narrow pair

# Follows a case to its end; says what was met
follow() { # "command argument..." what-must-be-met...
	local words
	read -ra words <<<"$1"
	# shellcheck disable=SC2016 # the other shell's
	if ! skbscope trace --json --buffer-size 32768 -o "$work/journey" -- \
		bash -c 'trap "kill -KILL \$reader" EXIT; "$@"' - "${words[@]}" 2>"$work/summary" ||
		! grep -q ', lost: 0$' "$work/summary"; then
		cat "$work/summary"
		return 1
	fi
	if ! selftests/journey_stream.py "$work/journey" "${@:2}" >"$work/met"; then
		cat "$work/met"
		return 1
	fi
	printf '# %s\n' "$(paste -sd , "$work/met")" >&3
}
exec 3>&1

check "scope0: pieces of every length" follow "pieces here" "taken in parts"
check "veth: pieces of every length" follow "pieces there" segment "taken in parts"
check "veth: records of every length" follow "pieces there record" segment
check "scope0: small ones" follow "small here" merge merged
check "veth: small ones" follow "small there" merge merged
check "scope0: what waits is cut" follow "narrow here" appended cut
check "veth: what waits is cut" follow "narrow there" appended cut
check "socketpair" follow pair segment "taken in parts"
mtu 1500 there
ip netns exec left tc qdisc add dev va root netem loss 20% reorder 25% 50% delay 5ms duplicate 5%
check "veth: some are lost, some come late or twice" follow "pieces there" retransmission
finish
