#!/bin/bash
# coverage.sh: which lines of kmod/ run: has the selftests and the fuzzer run on
# KERNEL=debug, each in a VM of its own, and prints a table of what they reached
# together, a file a line, with the numbers of the lines never reached; then one of
# the places that ask for memory, and how often they were refused it. Called
# by `make coverage', with FUZZ_SECONDS and FUZZ_SEED. TESTS='name...' runs only
# those selftests; GATHER=0 only prints what was counted before.
source "$(dirname "$0")/../vm/common.sh"
cd "$top"

export KERNEL=debug
: "${GATHER:=1}" "${TESTS:=}"
[[ $GATHER == [01] ]] || die "GATHER=$GATHER is not allowed: 0 or 1"
out=$build/coverage
"$here/packages.sh" build tests coverage
kernel_dir=$("$here/fetch-kernel.sh" "$KERNEL")
objects=$build/$(basename "$kernel_dir")/src

gather() {
	rm -rf "$out"
	mkdir -p "$out/selftests" "$out/fuzz"
	env -u MAKEFLAGS -u MAKELEVEL make -s -C selftests BUILD="$build/selftests" \
		SOURCE="$("$here/fetch-source.sh")" >&2
	progress "running the selftests"
	OUT=$out/selftests TIMEOUT=${TIMEOUT:-7200} QUIET=1 \
		RUN="selftests/run-tests.sh $TESTS; selftests/coverage/gather.sh \$OUT/gcov" \
		"$here/vm.sh" >"$out/selftests/ktap" || note "not all selftests pass: $out/selftests/ktap"
	OUT=$out/fuzz selftests/fuzz/fuzz.sh >"$out/fuzz/ktap" ||
		note "the fuzzer found something: $out/fuzz/ktap"
}

# What each VM counted, added up, beside the notes that the compiler left.
merge() {
	local merged=$out/merged part next=$out/next
	rm -rf "$merged"
	for part in "$out"/*/gcov; do
		[[ -d $part ]] || continue
		if [[ -d $merged ]]; then
			gcov-tool-12 merge -o "$next" "$merged" "$part"
			rm -rf "$merged"
			mv "$next" "$merged"
		else
			cp -r "$part" "$merged"
		fi
	done
	[[ -d $merged ]] || die "nothing was counted yet: run it without GATHER=0"
	(cd "$objects" && find . -name '*.gcno' -exec cp --parents {} "$merged" ';')
}

((GATHER == 0)) || gather
merge
/usr/bin/python3 selftests/coverage/table.py "$out/merged"
/usr/bin/python3 selftests/coverage/sites.py "$out/merged" "$top"
