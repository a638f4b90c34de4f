#!/bin/bash
# coverage.sh: which lines of kmod/ run: has check.sh run the selftests and the fuzzer
# on KERNEL=debug, and prints a table of what they reached together, a file a line,
# with the numbers of the lines never reached; then one of the places that ask for
# memory, and how often they were refused it. Called by `make coverage', with what
# check.sh knows: TESTS, FUZZ_SECONDS. GATHER=0 only prints what the last check on
# that kernel counted.
source "$(dirname "$0")/../vm/common.sh"
cd "$top"

export KERNEL=debug
: "${GATHER:=1}"
[[ $GATHER == [01] ]] || die "GATHER=$GATHER is not allowed: 0 or 1"
merged=$build/coverage
"$here/packages.sh" build tests coverage
((GATHER == 0)) || KERNELS=debug selftests/check.sh || note "not everything passes"
kernel_dir=$("$here/fetch-kernel.sh" "$KERNEL")
objects=$build/$(basename "$kernel_dir")/src

# What each VM counted, added up, beside the notes that the compiler left.
merge() {
	local part next=$merged.next
	rm -rf "$merged"
	for part in "$build"/check/*/gcov; do
		[[ -d $part ]] || continue
		if [[ -d $merged ]]; then
			gcov-tool-12 merge -o "$next" "$merged" "$part" ||
				die "$part can't be added to the others"
			rm -rf "$merged"
			mv "$next" "$merged"
		else
			cp -r "$part" "$merged"
		fi
	done
	[[ -d $merged ]] || die "nothing was counted yet: run it without GATHER=0"
	(cd "$objects" && find . -name '*.gcno' -exec cp --parents {} "$merged" ';')
}

merge
/usr/bin/python3 selftests/coverage/table.py "$merged"
/usr/bin/python3 selftests/coverage/sites.py "$merged" "$top"
