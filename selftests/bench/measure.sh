#!/bin/bash
# measure.sh PART: inside the VM, measures one part and prints a JSON object a
# line for each result. Started by bench.sh, which says what the parts are.
cd "$(dirname "$0")/../.." || exit 1
bench=.build/selftests/bench/bench
instance=/sys/kernel/tracing/instances/bench

tag() { # name command...
	local name=$1
	shift
	"$@" | sed "s/^{/{\"case\": \"$name\", /"
}

# A round trip of each type, over every way of the family
family() {
	local type transport
	for type in DGRAM STREAM SEQPACKET; do
		for transport in socketpair scope0; do
			$bench -m turn -t $type -p $transport -s 64 -n 500 -r 3
		done
	done
}

# The same, these events, or all of a system, written to a ring that nobody
# reads. And, as often, how many they are.
into_ring() { # event... -- command...
	local events=() event
	while [[ $1 != -- ]]; do
		events+=("$1")
		shift
	done
	shift
	mkdir $instance
	echo 8192 >$instance/buffer_size_kb
	for event in "${events[@]}"; do echo 1 >"$instance/events/$event/enable"; done
	"$@"
	rmdir $instance
}

# How many events a round trip has: what one more adds
count_events() { # type transport
	local operations counts=()
	for operations in 1 2; do
		echo >$instance/trace
		$bench -m turn -t "$1" -p "$2" -s 64 -n 1 -r $((operations * 2 - 1)) >/dev/null
		counts+=("$(sed -n 's/^entries: //p' $instance/per_cpu/cpu0/stats)")
	done
	printf '{"type": "%s", "transport": "%s", "events": %d}\n' "$1" "$2" \
		$(((counts[1] - counts[0]) / 2))
}

family_and_events() {
	local type transport
	family
	for type in DGRAM STREAM SEQPACKET; do
		for transport in socketpair scope0; do count_events $type $transport; done
	done
}

inet_and_events() {
	local type
	for type in DGRAM STREAM; do
		$bench -m turn -t $type -p inet -s 64 -n 500 -r 3
		count_events $type inet
	done
}

stations() {
	local modules=.build/$RELEASE
	insmod "$modules-no-stations/skbscope.ko" || exit 1
	tag without family
	rmmod skbscope
	insmod "$modules/skbscope.ko" || exit 1
	tag idle family
	tag inet $bench -m turn -t DGRAM -p inet -s 64 -n 500 -r 3
	tag inet $bench -m turn -t STREAM -p inet -s 64 -n 500 -r 3
	tag ring into_ring skbscope/station -- family_and_events
	tag net into_ring net skb -- family_and_events
	tag net-inet into_ring net skb -- inet_and_events
}

# After boot the kernel still does work that would count: a machine that has
# settled gives the same numbers in every run.
sleep 3

case $1 in
peers) $bench ;;
stations) stations ;;
watch) selftests/bench/watch.py "$DATAGRAMS" "$PWRU" ;;
growth) .build/selftests/bench/growth "$SOCKETS" ;;
time) $bench -n 200 -r 15 -s 64 && $bench -m turn -n 50 -r 15 -s 65536 ;;
esac
