#!/bin/bash
# leaks.sh: on a kernel with kmemleak, whether memory is lost that nothing
# points to, and whether the detectors that switch themselves off are still
# on. Run by run-tests.sh behind the last test, by canary.sh and by the fuzzer's
# session.sh.
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 2

kmemleak=/sys/kernel/debug/kmemleak

# What is younger than five seconds is not reported, and an object only when it
# did not change between two scans: so a scan, the time it takes all there is
# to get old, and two more. What a last one finds again has no pointer to it.
scan() {
	echo scan >"$kmemleak" || return 1
	sleep 5.5
	echo scan >"$kmemleak" && echo scan >"$kmemleak"
}

none_lost() {
	scan || { echo "kmemleak is disabled"; return 1; }
	cat "$kmemleak"
	[[ ! -s "$kmemleak" && -z $(<"$kmemleak") ]]
}

# Each ends at the first report, or when its tables are full.
still_on() {
	grep -H 'debug_locks: *1' /proc/lockdep_stats || return 1
	! dmesg | grep -E 'ODEBUG disabled|Kernel memory leak detector disabled|turning off the locking'
}

# A kernel that was locked down lets nobody ask.
if grep -qs '\[\(integrity\|confidentiality\)\]' /sys/kernel/security/lockdown; then
	skip "no memory is lost" "under a lockdown debugfs is closed"
else
	check "no memory is lost" none_lost
fi
check "the detectors are still on" still_on
finish
