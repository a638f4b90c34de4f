#!/bin/bash
# test_filter.sh: `skbscope trace --filter' shows the events that an expression is
# true of: those that jq takes out of all of them by a test of its own. As text
# it shows the journeys that have such an event; what is refused runs nothing.
#
# Test-timeout: 300
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 34

# Something for each kind of filter: see there.
traffic=$PWD/selftests/traffic.sh
ip link add va type veth peer name vb
ip link set va up
ip link set vb up

recorded() {
	skbscope record --no-btf -o "$work/record" -- "$traffic" 2>"$work/said"
	cat "$work/said"
	skbscope trace --json -i "$work/record" >"$work/all" &&
		grep -q 'lost: 0' "$work/said" && [[ -s $work/all ]]
}
check "traffic is recorded" recorded

filtered() { # expression option...
	skbscope trace "${@:2}" -i "$work/record" -f "$1" >"$work/got" 2>"$work/said"
}

# What is shown, no more and no less than jq's choice, of which there is some,
# but not all; and the numbers that are told.
same() { # expression jq-test
	jq -c "select($2)" "$work/all" >"$work/wanted" && filtered "$1" --json || return 1
	local all wanted
	all=$(wc -l <"$work/all")
	wanted=$(wc -l <"$work/wanted")
	echo "$wanted of $all"
	diff <(jq -c . "$work/got") "$work/wanted" | head -n 20
	cmp <(jq -c . "$work/got") "$work/wanted" && ((wanted > 0 && wanted < all)) &&
		equal "$(cat "$work/said")" "skbscope: events: $all, lost: 0, shown: $wanted, filtered out: $((all - wanted))"
}

is() { # expression jq-test
	check "$1" same "$1" "$2"
}

number=$(jq -s 'map(select(.relation == "segment"))[0].parent' "$work/all")
sock=$(jq -s 'map(select(.dport == 5000 and .station == "socket.queue"))[0].sock' "$work/all")
time=$(jq -s '.[length / 2 | floor].ts' "$work/all")

is 'station == socket.send' '.station == "socket.send"'
is 'station >= socket.queue && station < end.consumed' \
	'.station == "socket.queue" or .station == "socket.recv"'
is "skb == $number" ".skb == $number"
is "sock == $sock" ".sock == $sock"
is 'port == 5000' '.sport == 5000 or .dport == 5000'
is 'port != 5000' '.sport != null and .sport != 5000 and .dport != 5000'
is 'dport == 6000' '.dport == 6000'
is 'dev == "va" || dev == "vb"' '.dev == "va" or .dev == "vb"'
is "dev != 'scope0'" '.dev != null and .dev != "scope0"'
is '!(dev == "scope0")' '.dev != "scope0"'
is 'reason == NO_SOCKET' '.reason == "NO_SOCKET"'
is 'flags & SYN' '.flags != null and (.flags | index("SYN"))'
is 'flags & SYN|FIN' '.flags != null and ((.flags | index("SYN")) or (.flags | index("FIN")))'
is 'flags == ACK' '.flags == ["ACK"]'
is 'relation == clone || relation == reply' '.relation == "clone" or .relation == "reply"'
is 'ip_summed == partial' '.ip_summed == "partial"'
is 'len > 1000' '.len != null and .len > 1000'
is 'truesize != 768' '.truesize != null and .truesize != 768'
is 'truesize & 0x100' '.truesize != null and (.truesize / 256 | floor) % 2 == 1'
is 'offset >= 3000 && offset_end <= 0x20000' \
	'.offset != null and .offset >= 3000 and .offset_end <= 131072'
is 'event == refused' '.event == "refused"'
is 'err == EAGAIN' '.err == "EAGAIN"'
is "ts >= $time" ".ts >= $time"
is '!(port == 5000 || port == 6000) && station != socket.send' \
	'.sport != 5000 and .dport != 5000 and .sport != 6000 and .dport != 6000 and
	.station != null and .station != "socket.send"'

# What came of one: by its parents, to the last
kin=$(jq -s -c --argjson of "$number" '
	(map(select(.parent) | {skb, parent}) | unique) as $all |
	[$of] | until(. as $k | [$all[] | select(.parent as $p | $k | index($p)) | .skb] - $k == [];
		. as $k | . + ([$all[] | select(.parent as $p | $k | index($p)) | .skb] - $k | unique))' "$work/all")
some() { (($(jq length <<<"$kin") > 2)) || { echo "kin of $number: $kin"; return 1; }; }
check "an sk_buff of the stream has descendants" some
is "kin == $number" ".skb as \$s | $kin | index(\$s)"
is "kin != $number && dport == 6000" ".dport == 6000 and (.skb as \$s | $kin | index(\$s) | not)"

# As text: of the journeys without a filter, which an empty line ends, those with
# such a line.
journeys() {
	skbscope trace -i "$work/record" 2>/dev/null | awk -v RS= -v ORS='\n\n' '/end\.dropped/' >"$work/wanted"
	filtered 'station == end.dropped' || return 1
	diff "$work/wanted" "$work/got" | head -n 20
	cmp "$work/wanted" "$work/got" && grep -q NO_SOCKET "$work/got" || return 1
	local shown
	shown=$(grep -cE '^ +(\+[^ ]+ [nmu]?s +)?[a-z]+\.[a-z]+' "$work/got")
	cat "$work/said"
	grep -qxE "skbscope: events: $(wc -l <"$work/all"), lost: 0, journeys: [0-9]+, shown: $shown, filtered out: $(($(wc -l <"$work/all") - shown))" "$work/said"
}
check "a journey with such an event is shown whole, no other" journeys

live() {
	skbscope trace --json -f 'dport == 9 && station == end.dropped' -o "$work/got" -- \
		"$traffic" 2>"$work/said"
	cat "$work/said" "$work/got"
	grep -qE ', lost: 0, shown: 1, filtered out: 0$' "$work/said" &&
		grep -q 'all was filtered in the kernel' "$work/said" &&
		equal "$(jq -r .reason "$work/got")" NO_SOCKET
}
check "while it happens" live

lost() {
	skbscope record --no-btf --buffer-size 8 -o "$work/small" -- skbscope send -n 3000 9 x
	skbscope trace --json -f 'station == end.dropped' -i "$work/small" 2>&1 >"$work/got" |
		tee "$work/said"
	grep -qE 'lost: [1-9][0-9]*, shown: [1-9][0-9]*, filtered out: [1-9]' "$work/said"
}
check "lost events are told with a filter, too" lost

refused() {
	skbscope trace -f 'station == socket.send && station == socket.recv' -- \
		touch "$work/ran" 2>"$work/said"
	local status=$?
	cat "$work/said"
	equal "$status" 2 && [[ ! -e $work/ran ]] &&
		grep -qx ' *^~~~~~~~~~~~~~~~~~~~~~' "$work/said"
}
check "one that can be true of nothing runs nothing" refused

# The mark is under the name that the kernel does not have.
unknown_reason() { # option...
	skbscope trace -f 'len > 1 || reason == NO_SOCKT' "$@" 2>"$work/said"
	local status=$?
	cat "$work/said"
	equal "$status" 2 && [[ ! -e $work/ran ]] &&
		grep -q "NO_SOCKT' is no reason for which this kernel drops" "$work/said" &&
		equal "$(tail -n 1 "$work/said")" "$(printf '%25s^~~~~~~~' '')"
}
if [[ -e /sys/kernel/btf/vmlinux ]]; then
	check "a reason that this kernel does not have" unknown_reason -- touch "$work/ran"
else
	skip "a reason that this kernel does not have" "it has no BTF, and so does not tell its reasons"
fi
check "and one that the record's does not have" unknown_reason -i "$work/record"

# The next test may have devices of these names.
ip link del va
finish
