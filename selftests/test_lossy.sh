#!/bin/bash
# test_lossy.sh: what goes through a connection comes out the same, though of
# five frames one is lost, others come late, twice or damaged; and where none
# is, over scope0, none is sent twice.
#
#	namespace left			namespace right
#	scope0   va -- netem -- netem -- vb   scope0
#
# LOSSY_MIB= and LOSSY_RUNS= say how much goes through and how often. All of it:
# make vm TIMEOUT=20000 RUN='LOSSY_MIB=64 LOSSY_RUNS=20 selftests/test_lossy.sh'
# Test-timeout: 600
# shellcheck source=selftests/lib.sh
source selftests/lib.sh

mib=${LOSSY_MIB:-4}
runs=${LOSSY_RUNS:-2}
plan $((2 * (runs + 2) + 2))

transfer=.build/selftests/transfer
netem=(netem limit 10000 loss 20% delay 10ms reorder 25% 50% duplicate 5%
	corrupt 2%)

ip netns add left
ip netns add right
ip link add va netns left type veth peer name vb netns right
ip -n left link set va up
ip -n right link set vb up
mac=$(ip -n right -j link show vb | sed 's/.*"address":"\([0-9a-f:]*\)".*/\1/')
head -c "${mib}M" /dev/urandom >"$work/sent"
wanted=$(sha256sum <"$work/sent")

both_balance() {
	local side
	for side in left right; do
		within "$side" bash -c 'source selftests/lib.sh; await balanced' || return 1
	done
}

# One number of what the connecting side printed last
info() { # name
	sed -n "s/^$1 //p" "$work/info"
}

# Puts the file through a connection of a type between two namespaces
carry() { # type from-namespace device link to-namespace device
	within "$5" "$transfer" "$1" listen "$6" 6000 >"$work/got" &
	local receiver=$!
	await within "$5" bash -c 'source selftests/lib.sh; served 6000' || return 1
	within "$2" "$transfer" "$1" connect "$3" "$4" 6000 <"$work/sent" >"$work/info"
	local status=$?
	cat "$work/info"
	wait "$receiver" || return 1
	((status == 0)) && equal "$(sha256sum <"$work/got")" "$wanted"
}

for type in stream record; do
	check "$type: $mib MiB over scope0" carry "$type" left scope0 - left scope0
	check "$type: nothing sent twice" equal \
		"$(info retransmits) again, $(info timeouts) timeouts" \
		"0 again, 0 timeouts"
done

ip netns exec left tc qdisc replace dev va root "${netem[@]}"
ip netns exec right tc qdisc replace dev vb root "${netem[@]}"
again=0
for type in stream record; do
	for ((run = 1; run <= runs; run++)); do
		check "$type: $mib MiB over a lossy wire, run $run" \
			carry "$type" left va "$mac" right vb
		again=$((again + $(info retransmits)))
		printf '# %s\n' "$(paste -sd ' ' "$work/info")"
	done
done
check "what was lost was sent again" test "$again" -gt $((runs * mib * 50))
check "both ledgers balance" both_balance
finish
