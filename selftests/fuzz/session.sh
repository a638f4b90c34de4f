#!/bin/bash
# session.sh [SEED-FILE]...: inside the VM, runs the fuzzer as root and in a
# user namespace side by side for FUZZ_SECONDS, then looks whether anything
# stays; prints KTAP. What is found is left in $OUT. Started by fuzz.sh.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=selftests/lib.sh
source selftests/lib.sh

fuzz=.build/selftests/fuzz/fuzz
shopt -s nullglob
crashes=(selftests/fuzz/crashes/*)
plan $((4 + (${#crashes[@]} > 0)))

# shellcheck source=selftests/slowness.sh
source selftests/slowness.sh

# Which allocation fails is for programs to say, not for chance; any may, and
# the log is for what is wrong.
for inject in /sys/kernel/debug/fail*/; do
	echo 0 >"$inject/verbose"
	[[ ! -e $inject/ignore-gfp-wait ]] || echo N >"$inject/ignore-gfp-wait"
done

fuzz() { # name option...
	local name=$1
	shift
	"$fuzz" --seconds "$FUZZ_SECONDS" --out "$OUT" --last "$OUT/last-$name" \
		"$@" selftests/fuzz/seeds/* 2> >(sed -u "s/^# /# $name: /" >&2)
}

gone() {
	rmmod skbscope && ! grep -H '^SCOPE\b' /proc/net/protocols
}

if ((${#crashes[@]})); then
	check "what once failed does not" "$fuzz" --replay "${crashes[@]}"
fi

# Half of the time somebody watches the stations, with images of the sk_buffs.
watch_stations() {
	sleep $((FUZZ_SECONDS / 2))
	echo 1 >/sys/kernel/tracing/events/skbscope/enable
}

mkdir -p "$OUT"
watch_stations &
watcher=$!
fuzz user --user --seed $((FUZZ_SEED + 1)) &
user=$!
fuzz root --seed "$FUZZ_SEED"
status=$?
check "as root" equal "$status" 0
wait "$user"
status=$?
check "in a user namespace" equal "$status" 0

kill "$watcher" 2>/dev/null
echo 0 >/sys/kernel/tracing/events/skbscope/enable
selftests/coverage/gather.sh "$OUT/gcov"

check "no socket stays: the module can be unloaded" await gone
if [[ -e /sys/kernel/debug/kmemleak ]]; then
	check "nothing leaked" selftests/leaks.sh
else
	skip "nothing leaked" "this kernel has no kmemleak"
fi
finish
