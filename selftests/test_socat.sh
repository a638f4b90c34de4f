#!/bin/bash
# test_socat.sh: a program that knows nothing of the family moves datagrams by
# its generic addresses: a family number and octets in hex.
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 4

family=$(cat /sys/module/skbscope/parameters/family)
# port 5000, ifindex 0, this node: the 14 octets behind the family
address=x1388000000000000000000000000
any=x0000000000000000000000000000

socat -u "SOCKET-RECV:$family:2:0:$address" "OPEN:$work/got,creat" 2>"$work/err" &
receiver=$!
check "socat is bound" await served 5000
check "socat sends" bash -c "echo 'by socat' | socat -u - SOCKET-SENDTO:$family:2:0:$address"
check "socat receives" await grep -q '^by socat$' "$work/got"
kill "$receiver"
wait "$receiver" 2>/dev/null

# Both ways: a service that answers, and a client that hears it. The service
# never learns that its client is gone, so it gets a limit.
socat -T 2 "SOCKET-RECVFROM:$family:2:0:$address,fork" EXEC:cat 2>>"$work/err" &
service=$!
await served 5000
check "socat answers socat" equal \
	"$(echo hello | socat -t 5 - "SOCKET-SENDTO:$family:2:0:$address,bind=$any")" hello
kill -KILL "$service"
wait "$service" 2>/dev/null
finish
