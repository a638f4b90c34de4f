#!/bin/bash
# check.sh: everything that can tell whether the tree is sound: style, builds
# without warnings, unit tests, and the selftests, all or those of $TESTS, in a
# VM of each kernel of $KERNELS. Prints KTAP on the way and ends with "N passed,
# N failed, N skipped". Called by `make check` and .ci/run.
source "$(dirname "$0")/vm/common.sh"
cd "$top"

read -ra kernels <<<"${KERNELS:-6.1 6.12}"
for kernel in "${kernels[@]}"; do kernel_package "$kernel" >/dev/null; done
read -ra tests <<<"${TESTS:-}"

results=$build/check
rm -rf "$results"
mkdir -p "$results"
started=$SECONDS

# Runs a command that prints KTAP, keeps it, shows it. A command that fails
# though its KTAP shows no failure has failed in a way of its own.
collect() { # name command...
	local name=$1 status=0 file
	shift
	file=$results/$name.ktap
	note "== $name"
	"$@" | tee "$file" || status=$?
	read -r _ bad _ < <(selftests/count.sh "$file")
	if ((status != 0 && bad == 0)); then
		echo "not ok 1 $name: exit status $status" | tee "$results/$name-status.ktap"
	fi
}

# A step that says yes or no by its exit status.
step() { # name command...
	local name=$1
	shift
	collect "$name" one_result "$name" "$@"
	! grep -q '^not ok' "$results/$name.ktap"
}

one_result() { # name command...
	local name=$1 line=ok
	shift
	"$@" >&2 || line='not ok'
	printf 'KTAP version 1\n1..1\n%s 1 %s\n' "$line" "$name"
}

build_selftests() {
	make -C selftests BUILD="$build/selftests" SOURCE="$source_parts"
}

# The kernel's own judge of KTAP sees what counting lines does not: results
# missing, out of order, in a broken nest. Failures are counted already.
kunit_agrees() { # file
	! grep -qE '^ *not ok' "$1" || return 0
	/usr/bin/python3 "$source_parts/tools/testing/kunit/kunit.py" parse --raw_output=kunit <"$1" >/dev/null
}

selftests_on() { # kernel [name test...]
	local kernel=$1 name=${2:-} log=$build/vm/$1/kernel.log status=0 limit=1800
	[[ $kernel != debug ]] || limit=7200
	shift $(($# > 1 ? 2 : 1))
	KERNEL=$kernel RUN="selftests/run-tests.sh $*" TIMEOUT=${TIMEOUT:-$limit} selftests/vm/vm.sh || status=$?
	cp "$log" "$results/kernel-$kernel${name:+-$name}.log"
	selftests/vm/scan-log.sh "$log" >/dev/null || echo "not ok 1 the kernel's log of $kernel is clean"
	return "$status"
}

# Races want more CPUs than the host may have.
many_cpus() { # kernel
	CPUS=8 selftests_on "$1" cpus conn_churn dgram_churn netlink_dump
}

# Tests that want a VM of their own. Its emulated CPUs take turns: side by side,
# one may run for a moment what another has just patched, as no real CPU does,
# and these have much patched.
in_turns() { # kernel test
	TURNS=1 selftests_on "$1" "$2" "$2"
}

mapfile -t alone < <(cd selftests && grep -l '^[#* ]*Test-alone:' ./*.c ./test_*.sh | sed 's|.*/||; s|\..*||')

selftests/vm/packages.sh build vm tests style
source_parts=$(selftests/vm/fetch-source.sh)

collect style selftests/style.sh
ready=()
for kernel in "${kernels[@]}"; do
	step "build-$kernel" selftests/vm/build-module.sh "$kernel" && ready+=("$kernel")
done
step tool selftests/vm/build-tool.sh && collect unit make -s -C user BUILD="$build/user" test
step selftests build_selftests
for kernel in "${ready[@]}"; do
	collect "vm-$kernel" selftests_on "$kernel" '' "${tests[@]}"
	step "ktap-$kernel" kunit_agrees "$results/vm-$kernel.ktap"
	((${#tests[@]} == 0)) || continue
	for test in "${alone[@]}"; do
		collect "vm-$kernel-$test" in_turns "$kernel" "$test"
	done
	if [[ $kernel == debug ]]; then
		collect canary selftests/canary.sh
	else
		collect "vm-$kernel-cpus" many_cpus "$kernel"
	fi
done

read -r passed failed skipped < <(selftests/count.sh "$results"/*.ktap)
note "== $((SECONDS - started)) seconds; all output is in $results"
grep -hE '^ *not ok' "$results"/*.ktap >&2 || :
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0 && passed > 0))
