#!/bin/bash
# test_filter_path.sh: a filter by the fields of struct sk_buff and its
# skb_shared_info, out of the images of a record and live, is true of the events
# that tell the same by fields of their own.
#
# Test-timeout: 300
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
if [[ ! -e /sys/kernel/btf/vmlinux ]]; then
	echo "1..0 # SKIP this kernel has no BTF, by which paths are found"
	exit
fi
# shellcheck disable=SC2016
filters=(
	'skb.len > 1000' '$image and .len > 1000'
	'skb.data_len != 0 && station == device.xmit' '$image and .data_len > 0 and .station == "device.xmit"'
	'skb.truesize > 4096' '$image and .truesize > 4096'
	'!(skb.truesize > 4096)' '($image and .truesize > 4096) | not'
	'skb.cloned == 1' '$image and .cloned == 1'
	'skb.users.refs.counter >= 1 && skb.users.refs.counter < 2' '$image and .users == 1'
	'skb.mac_header != 65535' '$image and .mac != null'
	'skb.pkt_type == PACKET_HOST' '$image and .pkt_type == "host"'
	'skb.ip_summed == CHECKSUM_PARTIAL' '$image and .ip_summed == "partial"'
	'skb.dev.name == "scope0" && skb.len < 100' '$image and .dev == "scope0" and .len < 100'
	'skb.dev != 0' '$image and .dev != null'
	'shared_info.nr_frags > 1' '$image and .nr_frags > 1'
	'shared_info.dataref.counter > 0 && skb.cloned == 0' '$image and .cloned == 0'
	'skb.truesize & 0x400 || err == EAGAIN' '($image and (.truesize / 1024 | floor) % 2 == 1) or .err == "EAGAIN"'
)
nr=$((${#filters[@]} / 2))
plan $((nr + 6))

ip link add va type veth peer name vb
ip link set va up
ip link set vb up

recorded() {
	skbscope record --images --buffer-size 16384 -o "$work/record" -- "$PWD/selftests/traffic.sh" 2>"$work/said"
	cat "$work/said"
	grep -q 'lost: 0' "$work/said" && skbscope trace --json -i "$work/record" >"$work/all"
}
check "traffic is recorded with images" recorded

# At socket.send there is no sk_buff, and so no image.
same() { # number
	jq -c "(.event != \"refused\" and .station != \"socket.send\") as \$image |
		select(${filters[2 * $1 + 1]})" "$work/all" >"$work/wanted"
	skbscope trace --json -i "$work/record" -f "${filters[2 * $1]}" 2>"$work/said" | jq -c . >"$work/got"
	cat "$work/said"
	diff "$work/got" "$work/wanted" | cut -c1-200 | head -n 20
	cmp "$work/got" "$work/wanted" && [[ -s $work/got ]] && (($(wc -l <"$work/got") < $(wc -l <"$work/all")))
}
for ((i = 0; i < nr; i++)); do
	check "${filters[2 * i]}" same "$i"
done

live() {
	skbscope trace --json -f 'skb.len > 100 && station == device.xmit' -o "$work/got" -- \
		skbscope send -s 300 9 2>"$work/said"
	cat "$work/said" "$work/got"
	equal "$(jq -r .len "$work/got")" 330 && grep -q 'a part was filtered in the kernel' "$work/said"
}
check "while it happens" live
whole() {
	skbscope trace -f 'skb.len > 100' -i "$work/record" 2>"$work/said" >"$work/got"
	grep -q socket.send "$work/got" && ! grep -q ' 6 bytes ' "$work/got"
}
check "as text a journey is shown whole" whole

refused() { # text option...
	skbscope trace "${@:2}" 2>"$work/said"
	local status=$?
	cat "$work/said"
	equal "$status" 2 && grep -qF -- "$1" "$work/said"
}
check "a field that is not there" refused 'struct sk_buff has no member `lenn' -f 'skb.lenn > 5' -- touch "$work/ran"
check "nor in the record's kernel" refused 'struct sk_buff has no member `lenn' -f 'skb.lenn > 5' -i "$work/record"
kept() {
	skbscope record -f 'skb.len > 5' -o "$work/none" 2>"$work/said"
	local status=$?
	cat "$work/said"
	equal "$status" 2 && grep -q 'the kernel has nothing to compare this with' "$work/said"
}
check "a record by a field of a struct is refused" kept
ip link del va
finish
