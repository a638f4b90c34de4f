#!/bin/bash
# test_filter_kernel.sh: what the kernel judges of a filter, it judges as the tool
# does. A record by each filter is made of the same traffic as one of all: it has
# what jq takes out of that, but for the times, which are each ring's own.
#
# Test-timeout: 300
# shellcheck source=selftests/lib.sh
source selftests/lib.sh

# expression, and jq's
# shellcheck disable=SC2016
filters=(
	'station == end.dropped || event == refused'
	'.station == "end.dropped" or .event == "refused"'
	'port == 5000 && !(station > device.xmit)'
	'(.sport == 5000 or .dport == 5000) and (.station as $s |
		["socket.send", "socket.alloc", "protocol.push", "protocol.clone", "device.queue", "device.xmit"] | index($s))'
	"!(dev == 'scope0')" '.dev != "scope0"'
	"dev != 'scope0'" '.dev != null and .dev != "scope0"'
	'reason == NO_SOCKET' '.reason == "NO_SOCKET"'
	'!(reason != NO_SOCKET)' '.reason == null or .reason == "NO_SOCKET"'
	'flags & SYN|FIN' '.flags != null and ((.flags | index("SYN")) or (.flags | index("FIN")))'
	'!(flags != ACK)' '.flags == null or .flags == ["ACK"]'
	'truesize != 768' '.truesize != null and .truesize != 768'
	'!(truesize >= 768)' '.truesize == null or .truesize < 768'
	'mac < 100' '.mac != null and .mac < 100'
	'!(mac < 100)' '.mac == null or .mac >= 100'
	'ack > 0 && window > 100000' '.ack != null and .ack > 0 and .window > 100000'
	'relation == clone || err == EAGAIN' '.relation == "clone" or .err == "EAGAIN"'
	'sock == 0 || skb & 1 && netns > 0' '.sock == 0 or (.skb % 2 == 1 and .netns != null)'
	'cpu == 0 && event == refused || cpu < 2 && len > 20000'
	'(.cpu == 0 and .event == "refused") or (.cpu < 2 and .len != null and .len > 20000)'
)
# shellcheck source=selftests/filters.sh
source selftests/filters.sh
plan $((nr + 8))

ip link add va type veth peer name vb
ip link set va up
ip link set vb up

check_filters

# The tool looks at the rest: what kin is, no kernel knows.
traced() {
	skbscope trace --json -f 'station == end.dropped && reason == NO_SOCKET && ts > 0' -o "$work/got" \
		-- "$PWD/selftests/traffic.sh" 2>"$work/said"
	cat "$work/said" "$work/got"
	grep -q 'a part was filtered in the kernel' "$work/said" &&
		grep -qE 'events: 1, lost: 0, shown: 1, filtered out: 0' "$work/said" &&
		equal "$(jq -r .reason "$work/got")" NO_SOCKET
}
check "trace has the kernel judge what it can" traced

# Room in the rings: 8 KiB a CPU hold what is left of 33,000 events.
little() {
	skbscope trace --json --buffer-size 8 -f 'dport == 9 && station == socket.send && len > 1' \
		-o "$work/got" -- sh -c 'skbscope send -n 3000 9 x; skbscope send 9 xx' 2>"$work/said"
	cat "$work/said" "$work/got"
	grep -q 'events: 1, lost: 0, shown: 1' "$work/said"
}
check "what is filtered takes no room in the rings" little

# As text a journey is shown whole: of its events none may be missing.
whole() {
	skbscope trace -f 'dport == 9 && station == end.dropped' -- skbscope send 9 nobody \
		>"$work/got" 2>"$work/said"
	cat "$work/said" "$work/got"
	grep -q socket.send "$work/got" && grep -q NO_SOCKET "$work/got" &&
		! grep -q 'in the kernel' "$work/said"
}
check "as text all is read" whole

refused() { # expression marks
	skbscope record -f "$1" -o "$work/none" -- touch "$work/ran" 2>"$work/said"
	local status=$?
	cat "$work/said"
	equal "$status" 2 && [[ ! -e $work/ran && ! -e $work/none ]] &&
		grep -q 'the kernel has nothing to compare this with' "$work/said" &&
		equal "$(tail -n 1 "$work/said")" "$2"
}
check "a record by kin is refused" refused 'len > 5 && kin == 9' '               ^~~~~~~~'
check "by a time" refused 'ts > 5' '    ^~~~~~'
check "by a place in a stream" refused 'station == socket.send && !(offset < 5)' "$(printf '%32s^~~~~~~~~~' '')"
check "nothing is left behind" eval '! ls -d /sys/kernel/tracing/instances/skbscope-* 2>/dev/null'
ip link del va
finish
