#!/bin/bash
# measure.sh: inside the VM, runs the benchmarks and prints a JSON object a line
# for each result. Started by bench.sh. A section is what table.py puts under
# one heading.
cd "$(dirname "$0")/../.." || exit 1
bench=.build/selftests/bench/bench

section() { # name command...
	local name=$1
	shift
	"$@" | sed "s/^{/{\"section\": \"$name\", /"
}

# After boot the kernel still does work that would count: a machine that has
# settled gives the same numbers in every run.
sleep 3

section peers $bench
