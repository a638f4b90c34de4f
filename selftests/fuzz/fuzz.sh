#!/bin/bash
# fuzz.sh: fuzzes the family in a VM and prints KTAP. What was found is in
# .build/fuzz/KERNEL: a file for each program that failed, for `fuzz --replay',
# and the last program of a machine that died. Called by `make fuzz', with
# FUZZ_SECONDS, FUZZ_SEED and the variables of vm.sh.
source "$(dirname "$0")/../vm/common.sh"
cd "$top"

: "${FUZZ_SECONDS:=60}" "${FUZZ_SEED:=1}"
check_number SECONDS "$FUZZ_SECONDS" 1 86400
[[ $FUZZ_SEED =~ ^[0-9]{1,18}$ ]] || die "FUZZ_SEED=$FUZZ_SEED is not allowed: a whole number"
export KERNEL=${KERNEL:-debug}
kernel_package "$KERNEL" >/dev/null
out=${OUT:-$build/fuzz/$KERNEL}
mkdir -p "$out"

"$here/packages.sh" build tests
source_parts=$("$here/fetch-source.sh")
# Not the variables of our own make.
env -u MAKEFLAGS -u MAKELEVEL make -s -C selftests BUILD="$build/selftests" \
	SOURCE="$source_parts" "$build/selftests/fuzz/fuzz" >&2
progress "fuzzing for $FUZZ_SECONDS seconds, seed $FUZZ_SEED"
QUIET=1 OUT=$out TIMEOUT=${TIMEOUT:-$((FUZZ_SECONDS + 1800))} \
	RUN="FUZZ_SECONDS=$FUZZ_SECONDS FUZZ_SEED=$FUZZ_SEED selftests/fuzz/session.sh" \
	"$here/vm.sh"
