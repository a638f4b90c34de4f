#!/bin/bash
# test_filter_frame.sh: pcap("...") in a filter is asked about the frame, in the
# kernel: as jq reckons it from the places that the events tell, and as tcpdump
# sees the same frames.
#
# Test-timeout: 300
# shellcheck source=selftests/lib.sh
source selftests/lib.sh

ip link add va type veth peer name vb
ip link set va up
ip link set vb up

# Where there is a frame, and its octets.
frame='(.mac != null and .dev != null and .mac <= .data)'
long='(.len + .data - .mac)'
filters=(
	'pcap("")' "$frame"
	'pcap("len > 200")' "$frame and $long > 200"
	'!pcap("len > 200")' "($frame and $long > 200) | not"
	'pcap("ether[16] >= 16 and ether[20:2] = 5000")' "$frame and .dport == 5000"
	"pcap('ether[20:2] = 6000') && station == device.xmit" "$frame and .dport == 6000 and .station == \"device.xmit\""
	'pcap("ether proto 0x88b5 and not less 100") || err == EAGAIN' "($frame and $long > 100) or .err == \"EAGAIN\""
	# the last octets of a long frame are in no linear part
	'pcap("ether[20000] >= 0x61 and ether[20000] <= 0x7a")' "$frame and $long > 20000"
)
# shellcheck source=selftests/filters.sh
source selftests/filters.sh
plan $((nr + 11))

check_filters

# The lengths of the frames that tcpdump has written so far; their octets have
# lines of their own
captured() {
	tcpdump -e -r "$work/dump" 2>/dev/null | sed -n 's/.* ethertype .* length \([0-9]*\):.*/\1/p'
}

# Frames of one size on scope0, by the kernel's own view of them
# shellcheck disable=SC2016
tcpdump_too() {
	timeout 60 tcpdump -i scope0 -Q out -w "$work/dump" -U 'len > 200' 2>"$work/tcpdump" &
	local pid=$!
	await grep -q listening "$work/tcpdump" || return 1
	skbscope trace --json -f 'pcap("len > 200") && station == device.xmit' -o "$work/got" -- \
		bash -c 'for size; do skbscope send -s "$size" 5001; done' - 10 170 171 184 300 301 4000 60000 150 2>"$work/said"
	cat "$work/said"
	all_captured() { (($(captured | wc -l) >= $(wc -l <"$work/got"))); }
	await all_captured
	kill -INT "$pid"
	wait "$pid"
	equal "$(jq .len "$work/got" | tr '\n' ' ')" "$(captured | tr '\n' ' ')" &&
		equal "$(wc -l <"$work/got")" 6
}
check "tcpdump sees the same frames" tcpdump_too

# A journey with such a frame is shown whole.
whole() {
	skbscope trace -f 'pcap("ether[20:2] = 9")' -- bash -c 'skbscope send 9 nobody; skbscope send 10 nobody' \
		>"$work/got" 2>"$work/said"
	cat "$work/said" "$work/got"
	grep -q socket.send "$work/got" && grep -q NO_SOCKET "$work/got" &&
		grep -q 'port [0-9]* -> 9 ' "$work/got" && ! grep -q 'port [0-9]* -> 10 ' "$work/got"
}
check "as text a journey is shown whole" whole

# Frames of another namespace, over the veth pair.
elsewhere() {
	ip netns add other && ip link set vb netns other && ip -n other link set vb up
	skbscope trace --json -f 'pcap("len > 70") && station == device.receive' -o "$work/got" -- \
		skbscope send -s 100 -d va "[$(ip netns exec other cat /sys/class/net/vb/address)%va]:7000" 2>"$work/said"
	cat "$work/said" "$work/got"
	ip netns del other
	equal "$(jq -r .dev "$work/got")" vb
}
check "frames of another network namespace are asked, too" elsewhere

refused() { # expression word marks option...
	skbscope trace -f "$1" "${@:4}" -- touch "$work/ran" 2>"$work/said"
	local status=$?
	cat "$work/said"
	equal "$status" 2 && [[ ! -e $work/ran ]] && grep -qF -- "$2" "$work/said" && grep -qx -- "$3" "$work/said"
}
check "what libpcap does not take is refused" refused 'len > 5 && pcap("tcpp")' \
	'libpcap does not take this' ' *^~~~~~'
check "what contradicts itself" refused 'pcap("ether[14] = 1 and ether[14] = 2")' 'rejects all packets' ' *^~~*'
check "what is true of no frame of the family" refused 'pcap("tcp port 80")' \
	'this can be true of no frame of the family' ' *^~~*'
check "a station without frames" refused 'station == socket.recv && pcap("len > 5")' \
	'can be true of nothing' ' *^~~*'
no_frames() {
	skbscope trace -f 'pcap("len > 5")' -i "$work/all" 2>"$work/said"
	local status=$?
	cat "$work/said"
	equal "$status" 2 && grep -q 'a record has no frames' "$work/said"
}
check "a record has no frames" no_frames

# 33 at a time
room() {
	local i command=(true)
	for ((i = 0; i < 5; i++)); do
		command=(skbscope record --no-btf --buffer-size 8 -o /dev/null
			-f "$(printf '(pcap("len > %d") || ' 1 2 3 4 5 6 7)pcap(\"len > 8\")$(printf ')%.0s' {1..7})" -- "${command[@]}")
	done
	"${command[@]}" 2>"$work/said"
	cat "$work/said"
	grep -q 'frames cannot be filtered: 32 programs are in use' "$work/said" && "${command[@]:10}" 2>"$work/said"
}
check "there is room for 32" room

# Nobody asks a program of one that was killed.
killed() {
	skbscope trace -f 'pcap("")' >/dev/null 2>&1 &
	local pid=$!
	watched() { [[ -d /sys/kernel/tracing/instances/skbscope-$pid/events ]]; }
	await watched
	kill -KILL "$pid"
	wait "$pid"
	local i
	for i in {1..8}; do
		skbscope record --no-btf -o /dev/null -f 'pcap("len > 1") || pcap("len > 2") || pcap("len > 3") || pcap("len > 4")' true 2>&1 || return 1
	done | grep -v octets
	! ls -d /sys/kernel/tracing/instances/skbscope-"$pid" 2>/dev/null
}
check "who is killed leaves nothing" killed
finish
