#!/bin/bash
# test_identity.sh: whatever clones and copies an sk_buff on its way, each has a
# number that no other one has, and the parent that it came from. A counter in the
# payload of each datagram is what the numbers are held against: a packet socket
# reads it of each frame that comes in, and the receiver of each datagram.
#
#	namespace left			namespace right
#	va -- clsact -- netem --------- vb
#		|
#		+- mirror ------ vc --- vd
#
# tc's mirror, netem's duplicate and the packet socket clone, pedit gives a clone
# a head of its own, netem's corrupt copies what has a clone.
# Test-timeout: 240
# shellcheck source=selftests/lib.sh
source selftests/lib.sh

# A kernel built to be looked at may lack some
ip netns add tried
tc -n tried qdisc add dev lo clsact
if ! said=$(tc -n tried filter add dev lo egress u32 match u8 0 0 action pedit munge offset 0 u8 set 1 2>&1); then
	echo "1..0 # SKIP this kernel lacks tc's u32 or pedit: ${said%%$'\n'*}"
	exit
fi
ip netns del tried
plan 6

ip netns add left
ip netns add right
ip link add va netns left type veth peer name vb netns right
ip link add vc netns left type veth peer name vd netns right
# No frames but ours
for dev in va vc; do ip -n left link set "$dev" addrgenmode none up; done
for dev in vb vd; do ip -n right link set "$dev" addrgenmode none up; done
mac=$(ip -n right -j link show vb | sed 's/.*"address":"\([0-9a-f:]*\)".*/\1/')
ip -n right link set vd address "$mac"

# On one CPU, so that the frames come in the order of their events.
run() { # name packets|ring
	if ! taskset 1 skbscope trace --json --buffer-size 32768 -o "$work/$1" -- \
		selftests/identity.py send "$work/$1.truth" "$2" 2>"$work/said" ||
		! grep -q 'lost: 0$' "$work/said"; then
		cat "$work/said"
		return 1
	fi
}

judge() { # name what-must-be-met...
	selftests/identity.py judge "$work/$1" "$work/$1.truth" "${@:2}" >"$work/met" 2>&1 || {
		cat "$work/met"
		return 1
	}
	printf '# %s\n' "$(paste -sd , "$work/met")" >&3
}
exec 3>&1

# The lower two bits of the counter, the fourth octet behind the header, say what
# is done: mirror, give it a head of its own, or both.
on() { # bits action...
	tc -n left filter add dev va egress protocol all prio 1 u32 \
		match u8 "$1" 3 at 19 action "${@:2}"
}
mirror=(mirred egress mirror dev vc)
munge=(pedit munge offset 0 u8 set 1)
filters() {
	tc -n left qdisc add dev va clsact &&
		on 1 "${mirror[@]}" && on 2 "${munge[@]}" &&
		on 3 "${mirror[@]}" pipe action "${munge[@]}"
}
check "tc clones, and gives heads of their own" filters
tc -n left qdisc add dev va root netem limit 10000 duplicate 20%
check "1,000 datagrams are sent: cloned, mirrored, doubled" run doubled packets
check "each number has one counter, each parent is right" judge doubled clone 'twice or more'
tc -n left qdisc replace dev va root netem limit 10000 delay 1ms reorder 30% 50% duplicate 20% corrupt 10%
check "1,000 datagrams are sent: copied and out of order, too" run copied ring
check "each number has one counter, each parent is right, again" judge copied clone copy 'twice or more'
both_balance() {
	local side
	for side in left right; do
		within "$side" bash -c 'source selftests/lib.sh; await balanced' || return 1
	done
}
check "both ledgers balance" both_balance
finish
