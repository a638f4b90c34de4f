#!/bin/bash
# bench.sh: measures AF_SCOPE beside AF_UNIX, UDP and TCP in a VM whose clock
# counts instructions, prints tables, and keeps the numbers in
# .build/bench/KERNEL.json. Called by `make bench`.
source "$(dirname "$0")/../vm/common.sh"
cd "$top"

# Emulated, a `rep movsb' counts an instruction for each octet it copies, which
# would hide all else behind copying. Without these two features of the CPU the
# kernel copies eight octets by one.
export CPU=${CPU:-max,-erms,-fsrm}
export KERNEL=${KERNEL:-6.1} ICOUNT=1

out=$build/bench
lines=$out/$KERNEL.lines
mkdir -p "$out"
"$here/packages.sh" build tests
# Not the variables of our own make.
env -u MAKEFLAGS -u MAKELEVEL make -s -C selftests BUILD="$build/selftests" \
	"$build/selftests/bench/bench" >&2
progress "measuring, for a minute or two"
QUIET=1 RUN=selftests/bench/measure.sh "$here/vm.sh" >"$lines"
/usr/bin/python3 selftests/bench/table.py "$lines" "$out/$KERNEL.json" \
	kernel="$(basename "$("$here/fetch-kernel.sh" "$KERNEL")")" cpu="$CPU"
rm "$lines"
