#!/bin/bash
# bench.sh: measures AF_SCOPE beside its peers in VMs whose clock counts
# instructions, prints tables, and keeps the numbers in .build/bench/bench.json
# and a picture of them in bench.svg beside it. Called by `make bench`.
#
# PARTS= names the parts to measure, all if not given; the others' numbers stay:
#   peers     a round trip and an octet, beside AF_UNIX, UDP and TCP
#   stations  the same without stations, with nobody watching, with events
#   watch     DATAGRAMS= datagrams watched by the tool and by other tracers
#   growth    calls, views and memory with up to SOCKETS= sockets
#   time      round trips by the wall clock, as ratios
source "$(dirname "$0")/../vm/common.sh"
cd "$top"

all=(peers stations watch growth time)
read -ra parts <<<"${PARTS:-${all[*]}}"
for part in "${parts[@]}"; do
	[[ " ${all[*]} " == *" $part "* ]] || die "PARTS=$part is unknown: allowed are ${all[*]}"
done
check_number DATAGRAMS "${DATAGRAMS:=100000}" 4000 10000000
check_number SOCKETS "${SOCKETS:=100000}" 100 100000

# Emulated, a `rep movsb' counts an instruction for each octet it copies, which
# would hide all else behind copying. Without these two features of the CPU the
# kernel copies eight octets by one.
export CPU=${CPU:-max,-erms,-fsrm}
export KERNEL=${KERNEL:-6.1} TIMEOUT=${TIMEOUT:-1800} QUIET=1

out=$build/bench
mkdir -p "$out"
source_parts=$("$here/fetch-source.sh")
# Not the variables of our own make.
env -u MAKEFLAGS -u MAKELEVEL make -s -C selftests BUILD="$build/selftests" SOURCE="$source_parts" \
	"$build/selftests/bench/bench" "$build/selftests/bench/growth" >&2
release=$(basename "$("$here/fetch-kernel.sh" "$KERNEL")")

run() { # part variables...
	local part=$1 began=$SECONDS lines=$out/$1.lines
	shift
	progress "measuring: $part"
	env "$@" "$here/vm.sh" >"$lines" || die "the part $part failed"
	/usr/bin/python3 selftests/bench/keep.py "$out/bench.json" "$part" "$lines" \
		kernel="$release" cpu="$CPU" seconds=$((SECONDS - began))
	rm "$lines"
}

measure() { # part
	local command=selftests/bench/measure.sh pwru
	case $1 in
	peers) run peers ICOUNT=1 RUN="$command peers" ;;
	stations)
		"$here/build-module.sh" "$KERNEL" no-stations
		run stations ICOUNT=1 LOAD=0 RUN="$command stations"
		;;
	watch)
		pwru=$("$here/../bench/fetch-pwru.sh")
		run watch ICOUNT=1 MEM=3G RUN="DATAGRAMS=$DATAGRAMS PWRU=$pwru $command watch"
		;;
	growth) run growth ICOUNT=1 MEM=6G RUN="SOCKETS=$SOCKETS $command growth" ;;
	time) run time ICOUNT=0 RUN="$command time" ;;
	esac
}

for part in "${parts[@]}"; do measure "$part"; done
/usr/bin/python3 selftests/bench/table.py "$out/bench.json" "${parts[@]}"
/usr/bin/python3 selftests/bench/plot.py "$out/bench.json" "$out/bench.svg"
