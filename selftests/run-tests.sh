#!/bin/bash
# run-tests.sh [NAME...]: inside the VM, runs every built selftest program and
# every test_*.sh, or those named, in that order, and prints one KTAP document: a
# subtest for each. Called by check.sh; by hand: make vm RUN='selftests/run-tests.sh NAME'.
#
# A test is cut off after 120 seconds, or what a line "Test-timeout: SECONDS"
# in its source says; a slow kernel has more, in all limits. Exit statuses are
# kselftest's: 0 passed, 4 skipped. One with a line "Test-alone: WHY" runs only
# if named: it spoils the VM for others. Behind the last test leaks.sh looks what
# they left, where the kernel can tell. A test that would begin more than LIMIT
# seconds after the first is skipped.
cd "$(dirname "$0")/.." || exit 1
programs=.build/selftests

# shellcheck source=selftests/tests.sh
source selftests/tests.sh

# Few processes do this: in an emulated machine each takes long to start.
declare -A source_of
for source in "${sources[@]}"; do
	name=${source##*/}
	source_of[${name%.*}]=$source
done
tests=()
(($#)) || tests=("${together[@]}")
for name; do
	[[ -n ${source_of[$name]:-} ]] || { echo "no such test: $name" >&2; exit 1; }
	tests+=("${source_of[$name]}")
done
[[ ! -e /sys/kernel/debug/kmemleak ]] || tests+=(selftests/leaks.sh)

# shellcheck source=selftests/slowness.sh
source selftests/slowness.sh

program_of() { # source
	case $1 in
	*.sh) echo "$1" ;;
	*) echo "$programs/$(basename "$1" .c)" ;;
	esac
}

# Runs a test in a control group of its own and then ends what it left behind:
# a process that holds on to its stdout would be waited for without end, and a
# network namespace would be in the way of the next one's of the same name.
contain() { # command...
	local group=/sys/fs/cgroup/skbscope-test status
	mkdir -p "$group"
	(
		echo $BASHPID >"$group/cgroup.procs"
		exec "$@"
	)
	status=$?
	echo 1 >"$group/cgroup.kill"
	ip -all netns delete
	return "$status"
}

# Says why the output of one test, with its exit status, is not a pass, or
# nothing: a test must give a plan and as many results as planned.
fault() { # output status
	local planned results
	planned=$(sed -n 's/^1\.\.\([0-9]\+\).*/\1/p' "$1" | head -n 1)
	results=$(grep -cE '^(not )?ok ' "$1")
	case $2 in
	0 | 4) ;;
	124 | 137) echo "stopped after $limit seconds"; return ;;
	*)
		if (($2 > 128)); then
			echo "killed by signal $(($2 - 128))"
		else
			echo "exit status $2"
		fi
		return
		;;
	esac
	if [[ -z $planned ]]; then
		echo "no plan"
	elif ((planned != results)); then
		echo "$planned results planned, $results given"
	elif grep -q '^not ok ' "$1"; then
		echo "exit status $2 in spite of a failure"
	fi
}

output=$(mktemp)
failed=0
echo "KTAP version 1"
echo "1..${#tests[@]}"
for i in "${!tests[@]}"; do
	source=${tests[i]}
	name=${source##*/}
	name=${name%.*}
	if ((SECONDS >= ${LIMIT:-86400})) && [[ $name != leaks ]]; then
		echo "ok $((i + 1)) $name # SKIP no time left"
		continue
	fi
	limit=$(sed -n 's/.*Test-timeout: *\([0-9]\+\).*/\1/p' "$source" | head -n 1)
	limit=$((${limit:-120} * SCOPE_SLOWNESS))
	echo "# running $name" >&2
	began=$SECONDS
	echo "skbscope-test: $name" >/dev/kmsg
	# Its stderr stays apart, lest it break into the middle of a result.
	contain timeout -k 5 "$limit" "$(program_of "$source")" </dev/null | tee "$output" | sed -u 's/^/    /'
	status=${PIPESTATUS[0]}
	why=$(fault "$output" "$status")
	echo "# $name: $((SECONDS - began)) seconds" >&2
	skip=
	if [[ -z $why && $status == 4 ]]; then skip=' # SKIP'; fi
	if [[ -n $why ]]; then
		failed=1
		echo "# $name: $why"
		echo "not ok $((i + 1)) $name"
	else
		echo "ok $((i + 1)) $name$skip"
	fi
done
rm -f "$output"
exit $failed
