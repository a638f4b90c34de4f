#!/bin/bash
# test_socat_stream.sh: a program that knows nothing of the family serves and
# uses connections by its generic addresses: a family number, a type, octets.
# Test-timeout: 300
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 5

family=$(cat /sys/module/skbscope/parameters/family)
# port 5000, ifindex 0, this node: the 14 octets behind the family
address=x1388000000000000000000000000

# An echo server, a process a connection
socat -t 60 "SOCKET-LISTEN:$family:0:$address,fork" EXEC:cat 2>"$work/err" &
server=$!
check "socat listens" await served 5000

# What comes back when all of it is sent and answered
echo_of() { # file
	socat -t 60 - "SOCKET-CONNECT:$family:0:$address" <"$1"
}

echo hello >"$work/hello"
check "a line comes back" equal "$(echo_of "$work/hello")" hello
head -c 64M /dev/urandom >"$work/much"
much() { echo_of "$work/much" | cmp - "$work/much"; }
check "64 MiB come back the same" much

# Several at once, each with its own
several() {
	local i pids=()
	for i in 1 2 3 4; do
		head -c 1M /dev/urandom >"$work/in.$i"
		echo_of "$work/in.$i" >"$work/out.$i" &
		pids+=($!)
	done
	wait "${pids[@]}"
	for i in 1 2 3 4; do cmp "$work/in.$i" "$work/out.$i" || return 1; done
}
check "four at once" several
kill "$server"
wait "$server" 2>/dev/null
check "the ledger balances" await balanced
finish
