#!/bin/bash
# check.sh: everything that can tell whether the tree is sound: style, builds
# without warnings, unit tests, and the selftests, all or those of $TESTS, in a
# VM of each kernel of $KERNELS. Prints KTAP on the way and ends with "N passed,
# N failed, N skipped". With $MINUTES, what has not begun by then is skipped, and
# said; the first kernels come first. Called by `make check`, .ci/run and
# coverage.sh.
source "$(dirname "$0")/vm/common.sh"
cd "$top"

read -ra kernels <<<"${KERNELS:-6.1 6.12}"
for kernel in "${kernels[@]}"; do kernel_package "$kernel" >/dev/null; done
read -ra tests <<<"${TESTS:-}"
check_number MINUTES "${MINUTES:=1440}" 1 1440

results=$build/check
rm -rf "$results"
mkdir -p "$results"
started=$SECONDS

# Runs a command that prints KTAP, keeps it, shows it. A command that fails
# though its KTAP shows no failure has failed in a way of its own; what it said
# last is shown again at the very end.
collect() { # name command...
	local name=$1 status=0 file=$results/$1 bad began=$SECONDS
	shift
	note "== $name"
	{ "$@" | tee "$file.ktap"; } 2> >(tee "$file.stderr" >&2) || status=$?
	read -r _ bad _ < <(selftests/count.sh "$file.ktap")
	if ((status != 0 && bad == 0)); then
		echo "not ok 1 $name: exit status $status" | tee "$file-status.ktap"
	fi
	note "== $name: $((SECONDS - began)) seconds"
}

seconds_left() { echo $((started + MINUTES * 60 - SECONDS)); }

no_time() { # name
	printf 'KTAP version 1\n1..1\nok 1 %s # SKIP no time left of %d minutes\n' "$1" "$MINUTES"
}

# The same beside what else runs, each line with the name before it. An emulated
# machine keeps one CPU busy, so there are as many as this one has.
beside() { # name command...
	while (($(jobs -pr | wc -l) >= $(nproc))); do wait -n || :; done
	(($(seconds_left) > 0)) || set -- "$1" no_time "$1"
	collect "$@" 2>&1 | sed -u "s/^/$1: /" &
}

# What runs in the background does not hear of Ctrl-C.
trap 'trap "" TERM; kill 0; exit 130' INT TERM HUP

# The failures in KTAP, each with the end of what was said since the result before.
failures() { # file
	awk '
	/^ *not ok/ {
		for (i = n > 30 ? n - 30 : 0; i < n; i++)
			print said[i]
		print
	}
	/^ *(not )?ok/ { n = 0; next }
	{ said[n++] = $0 }' "$1"
}

# A step that says yes or no by its exit status.
step() { # name command...
	local name=$1
	shift
	collect "$name" one_result "$name" "$@"
	! grep -qE '^not ok|# SKIP' "$results/$name.ktap"
}

one_result() { # name command...
	local name=$1 line=ok status=0
	shift
	"$@" >&2 || status=$?
	((status != 124)) || { no_time "$name"; return; }
	((status == 0)) || line='not ok'
	printf 'KTAP version 1\n1..1\n%s 1 %s\n' "$line" "$name"
}

build_selftests() {
	make -j"$(nproc)" -C selftests BUILD="$build/selftests" SOURCE="$source_parts"
}

# The kernel's own judge of KTAP sees what counting lines does not: results
# missing, out of order, in a broken nest. Failures are counted already.
kunit_agrees() { # file...
	local file
	for file; do
		! grep -qE '^ *not ok' "$file" || continue
		/usr/bin/python3 "$source_parts/tools/testing/kunit/kunit.py" parse \
			--raw_output=kunit <"$file" >/dev/null || return 1
	done
}

# The kernel and the module. A kernel of our own takes long: what runs already
# goes before it, and it ends in time.
build_module() { # kernel
	local left
	left=$(seconds_left)
	((left > 0)) || return 124
	nice timeout --foreground "$left" selftests/vm/build-module.sh "$1"
}

selftests_on() { # kernel name [test...]
	local kernel=$1 log=$results/$2.log out='' after=: status=0 limit=4800 grace=600 left
	# There a test may take a quarter of an hour, and the module's lines are counted.
	if [[ $kernel == debug ]]; then
		limit=14400
		grace=1200
		out=$results/$2
		after="selftests/coverage/gather.sh \$OUT/gcov"
	fi
	left=$(seconds_left)
	((limit < left + 600)) || limit=$((left + 600))
	shift 2
	KERNEL=$kernel OUT=$out TIMEOUT=${TIMEOUT:-$limit} LOG=$log \
		RUN="LIMIT=$((left + 600 - grace)) selftests/run-tests.sh $*; status=\$?; $after; exit \$status" \
		selftests/vm/vm.sh || status=$?
	selftests/vm/scan-log.sh "$log" >/dev/null || echo "not ok 1 the kernel's log of $kernel is clean"
	return "$status"
}

# What comes first on KERNEL=debug, and is all where time is limited: what only it
# can, memory that is refused; then what frees, holds and races most.
debug_first=(fail_frames fail_call fail_hold fail_view fail_load dgram conn_stream
	conn_record conn_pair conn_close conn_churn dgram_churn hold hold_end fault stand
	conn_hold conn_hold_end conn_listen conn_device conn_storm conn_flood raw image frames
	frames_sent frame_filter netlink netlink_dump passing conn_wire_bad conn_wire_end
	conn_uring conn_splice)

# A list with those first, as far as they are in it.
sort_for_debug() { # test...
	local test
	for test in "${debug_first[@]}"; do
		[[ " $* " != *" $test "* ]] || echo "$test"
	done
	for test; do
		[[ " ${debug_first[*]} " == *" $test "* ]] || echo "$test"
	done
}

# In a VM of its own, or more: the list, the tests that spoil a VM for others,
# and those for which races matter, on more CPUs than the host may have. The slow
# kernel's list is shared among as many VMs as the host has CPUs.
selftests_of() { # kernel
	local vm=vm-$1 test list=("${tests[@]}") parts=1 part i names
	((${#list[@]})) || list=("${together[@]}")
	if [[ $1 == debug ]]; then
		[[ $MINUTES == 1440 || ${#tests[@]} -gt 0 ]] || list=("${debug_first[@]}")
		mapfile -t list < <(sort_for_debug "${list[@]}")
		parts=$(nproc)
	fi
	for ((part = 0; part < parts && part < ${#list[@]}; part++)); do
		names=()
		for ((i = part; i < ${#list[@]}; i += parts)); do names+=("${list[i]}"); done
		beside "$vm-$((part + 1))" selftests_on "$1" "$vm-$((part + 1))" "${names[@]}"
	done
	((${#tests[@]} == 0)) || return 0
	for test in "${alone[@]}"; do
		beside "$vm-$test" selftests_on "$1" "$vm-$test" "$test"
	done
	if [[ $1 == debug ]]; then
		LOG=$results/canary.log beside canary selftests/canary.sh
	else
		CPUS=8 beside "$vm-cpus" selftests_on "$1" "$vm-cpus" conn_churn dgram_churn netlink_dump
	fi
}

# shellcheck source=selftests/tests.sh
source selftests/tests.sh
names() { sed 's|.*/||; s|\..*||'; }
mapfile -t together < <(printf '%s\n' "${together[@]}" | names)
mapfile -t alone < <(grep -l 'Test-alone:' "${sources[@]}" | names)

selftests/vm/packages.sh build vm tests style
# Not every Debian has it; its test says so.
selftests/vm/packages.sh trinity || note "trinity can't be installed"
source_parts=$(selftests/vm/fetch-source.sh)

beside style selftests/style.sh
step tool selftests/vm/build-tool.sh && collect unit make -s -C user BUILD="$build/user" test
step selftests build_selftests
ready=()
for kernel in "${kernels[@]}"; do
	if step "build-$kernel" build_module "$kernel"; then
		selftests_of "$kernel"
		ready+=("$kernel")
	fi
done
# Briefly, where it sees most: the last kernel may have KCOV and sanitizers, and
# a need for time. With the same seed, so that it is the change that is judged.
if ((${#tests[@]} == 0 && ${#ready[@]} > 0)); then
	fuzzed=${ready[-1]}
	[[ $MINUTES == 1440 || $fuzzed != debug ]] || fuzzed=${ready[-2]:-debug}
	KERNEL=$fuzzed FUZZ_SECONDS=${FUZZ_SECONDS:-60} OUT=$results/fuzz LOG=$results/fuzz.log \
		beside fuzz selftests/fuzz/fuzz.sh
fi
wait
for kernel in "${ready[@]}"; do
	step "ktap-$kernel" kunit_agrees "$results/vm-$kernel"-*.ktap
done

read -r passed failed skipped < <(selftests/count.sh "$results"/*.ktap)
note "== $((SECONDS - started)) seconds; all output is in $results"
{ grep -lE '^ *not ok' "$results"/*.ktap || :; } | while read -r file; do
	name=$(basename "$file" .ktap)
	note "== $name"
	failures "$file" >&2
	[[ $name != *-status ]] || tail -n 40 "${file%-status.ktap}.stderr" >&2
	[[ ! -e $results/$name.log ]] ||
		selftests/vm/scan-log.sh "$results/$name.log" | head -n 40 >&2 || :
done
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0 && passed > 0))
