#!/bin/bash
# test_run_memcached.sh: Debian's memcached and libmemcached's tools by `skbscope
# run', over TCP and over AF_UNIX
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
# shellcheck source=selftests/programs.sh
source selftests/programs.sh
needs memcached memccp memccat memcping memcslap memcstat jq
plan 10

port=7211
node=$work/node

head -c 500000 /dev/urandom >"$work/value"
chmod 755 "$work"

# Puts a value in and gets it back, by the address that is given.
same_value() { # address
	(cd "$work" && skbscope run --unix -- memccp --servers="$1" value) || return
	# memccat ends a value with a newline
	skbscope run --unix -- memccat --servers="$1" value | head -c -1 | cmp - "$work/value"
}

# The number that memcstat gives for one of the server's counters
counter() { # address name
	skbscope run --unix -- memcstat --servers="$1" | sed -n "s/^[[:space:]]*$2: *//p"
}

load() { # address
	skbscope run --unix -- memcslap --servers="$1" --concurrency=8 --execute-number=50 \
		--test=set || return
	# one more was copied before
	equal "$(counter "$1" cmd_set)" 401
}

skbscope run -- memcached -u root -l 127.0.0.1 -p "$port" -U 0 >"$work/log" 2>&1 &
server=$!
check "it listens by AF_SCOPE" await moved "$port"
check "memcping" skbscope run -- memcping --servers="127.0.0.1:$port"
check "half a million octets come back as they went" same_value "127.0.0.1:$port"
check "memcslap: every value is set" load "127.0.0.1:$port"
check "skbscope trace shows the journeys" journeys_tell "$port" 500000 \
	skbscope run -- memccat --servers="127.0.0.1:$port" value
kill "$server"
wait "$server" 2>/dev/null

skbscope run --unix -- memcached -u root -s "$node" -a 0700 >"$work/log" 2>&1 &
server=$!
check "it has a node, of the mode that was asked for" await bash -c "[[ \$(stat -c %F%a $node) == socket700 ]]"
check "which AF_UNIX refuses" bash -c \
	"socat -u - UNIX-CONNECT:$node </dev/null 2>&1 | grep -q 'Connection refused'"
check "by the node, half a million octets" same_value "$node"
check "and memcslap" load "$node"
unix_port=$(awk '$3 == "LISTEN" { print $4 }' /proc/net/scope)
check "skbscope trace shows the journeys of the node" journeys_tell "$unix_port" 500000 \
	skbscope run --unix -- memccat --servers="$node" value
kill "$server"
wait "$server" 2>/dev/null
finish
