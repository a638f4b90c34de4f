#!/bin/bash
# canary.sh: proves that each detector of KERNEL=debug is alive, and that
# scan-log.sh sees its reports: loads canary/canary.c, a module with a bug for
# each, in a VM of its own and looks for what the kernel says. Prints KTAP.
# Called by check.sh; alone: make canary.
source "$(dirname "$0")/vm/common.sh"
cd "$top"

# The bug, and a pattern of its report. The proofs of RCU and of locks come
# first, for they end with the first report of anybody but RCU.
reports=(
	'rcu|WARNING: suspicious RCU usage'
	'lock_cycle|WARNING: possible circular locking dependency detected'
	'use_after_free|BUG: KASAN: slab-use-after-free in canary_use_after_free'
	'overflow|BUG: KASAN: slab-out-of-bounds in canary_overflow'
	'stack_overflow|BUG: KASAN: stack-out-of-bounds in canary_stack_overflow'
	'vmalloc_overflow|BUG: KASAN: vmalloc-out-of-bounds in canary_vmalloc_overflow'
	'double_free|BUG: KASAN: double-free in canary_double_free'
	'leak|kmemleak: [0-9]+ new suspected memory leaks'
	'shift|UBSAN: shift-out-of-bounds in .*canary'
	'index|UBSAN: array-index-out-of-bounds in .*canary'
	'atomic_sleep|BUG: sleeping function called from invalid context|BUG: scheduling while atomic'
	'live_timer|ODEBUG: free active .* timer_list'
	'net_warning|WARNING: .* at .*canary'
)

# Runs in the guest. Loading fails on purpose where the bug is fatal to it.
in_guest() {
	local report bug
	for report in "${reports[@]}"; do
		bug=${report%%|*}
		echo "canary bug: $bug" >/dev/kmsg
		insmod "$CANARY" bug="$bug" && rmmod canary
		[[ $bug != leak ]] || selftests/leaks.sh >/dev/null || :
	done
	dmesg
}

build_canary() {
	local src=$out/canary
	mkdir -p "$src"
	cp selftests/canary/canary.c selftests/canary/Kbuild "$src"
	env -u MAKEFLAGS -u MAKELEVEL make -s -C "$kernel_dir/headers" M="$src" W=1 KCFLAGS=-Werror >"$src/log" 2>&1 ||
		{ cat "$src/log" >&2; die "the canary does not build"; }
}

# What the log has between the start of one bug and of the next.
section() { # bug
	awk -v bug="canary bug: $1" '/canary bug: / { on = substr($0, length($0) - length(bug) + 1) == bug } on' "$out/canary.log"
}

reported() { # bug pattern
	section "$1" >"$out/canary.part"
	grep -qE "$2" "$out/canary.part" || return 1
	# And it would have failed a test.
	! selftests/vm/scan-log.sh "$out/canary.part" >/dev/null
}

if [[ -n ${CANARY:-} ]]; then
	in_guest
	exit 0
fi

kernel_dir=$(selftests/vm/fetch-kernel.sh debug)
out=$build/$(basename "$kernel_dir")
build_canary
# The VM fails, for there are reports in its log.
KERNEL=debug LOAD=0 TIMEOUT=${TIMEOUT:-600} RUN="CANARY=$out/canary/canary.ko selftests/canary.sh" \
	selftests/vm/vm.sh >"$out/canary.log" 2>"$out/canary.err" || :
failed=0
echo "KTAP version 1"
echo "1..${#reports[@]}"
for i in "${!reports[@]}"; do
	bug=${reports[i]%%|*}
	line=ok
	if ! reported "$bug" "${reports[i]#*|}"; then
		failed=1
		line='not ok'
		section "$bug" | head -n 40 | sed 's/^/# /'
	fi
	echo "$line $((i + 1)) canary: $bug"
done
((failed == 0)) || tail -n 5 "$out/canary.err" >&2
exit $failed
