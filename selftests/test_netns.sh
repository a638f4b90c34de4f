#!/bin/bash
# test_netns.sh: namespaces apart, and joined by a veth pair
#
#	namespace left			namespace right
#	scope0   va ------- netem ------- vb   scope0
#
# Test-timeout: 240
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 20

frames=200

join_namespaces() {
	ip netns add left
	ip netns add right
	ip link add va netns left type veth peer name vb netns right
	ip -n left link set va up
	ip -n right link set vb up
	mac=$(ip -n right -j link show vb | sed 's/.*"address":"\([0-9a-f:]*\)".*/\1/')
}

join_namespaces
to="[$mac%va]:6000"

netem() { # settings...
	ip netns exec left tc qdisc replace dev va root netem "$@"
}

in_left() { within left bash -c "source selftests/lib.sh; $1"; }
in_right() { within right bash -c "source selftests/lib.sh; $1"; }

# A receiver in the right namespace that counts what comes, until it is told to
# end by a datagram that says so.
receive_right() {
	# not by within(): what is to be killed is the program, not a shell
	nsenter --net=/run/netns/right skbscope recv -n 0 vb:6000 >"$work/got" 2>/dev/null &
	receiver=$!
	await in_right 'served 6000'
}

test_got() { # octets
	(($(wc -c <"$work/got") == $1))
}

has_entered() { # how many datagrams
	(($(in_right 'ledger entered') == $1))
}

check "each has a scope0, up" bash -c \
	"ip -n left link show scope0 up | grep -q scope0 && ip -n right link show scope0 up | grep -q scope0"
check "its views show no socket of another" bash -c "
	skbscope recv -w 20 5000 & sleep 0
	while ! grep -q ' 5000 ' /proc/net/scope; do sleep 0.05; done
	! nsenter --net=/run/netns/left grep -q ' 5000 ' /proc/net/scope
	hidden=\$?
	skbscope send 5000 x; wait; exit \$hidden"
check "its ports are its own" bash -c "
	nsenter --net=/run/netns/left skbscope recv -w 20 5000 & sleep 0
	while ! nsenter --net=/run/netns/left grep -q ' 5000 ' /proc/net/scope; do sleep 0.05; done
	nsenter --net=/run/netns/right skbscope recv -w 1 5000; right=\$?
	nsenter --net=/run/netns/left skbscope send 5000 x; wait
	((right == 1))"

netem delay 5ms
receive_right
within left skbscope send -n "$frames" "$to" x
check "all datagrams cross the pair, delayed" await has_entered "$frames"
check "and are read" await test_got "$frames"

netem duplicate 100%
within left skbscope trace --json -o "$work/duplicates" -- skbscope send -n "$frames" "$to" x 2>/dev/null
check "a duplicate comes twice" await has_entered $((3 * frames))
netem loss 100%
before=$(in_left 'ledger dropped')
within left skbscope send -n "$frames" "$to" x
check "a loss is in the sender's ledger" equal "$(in_left 'ledger dropped')" $((before + frames))
netem corrupt 100%
before=$(in_right 'ledger dropped')
within left skbscope send -n "$frames" -s 500 "$to"
# One flipped bit in the 14 octets of the link header spares the rest.
has_dropped() { (($(in_right 'ledger dropped') - before > $1)); }
check "corruption is dropped" await has_dropped $((frames * 3 / 4))
check "for its sum, mostly" bash -c "(($(in_right 'ledger SKB_CSUM') > $frames / 2))"
netem delay 0ms
ip -n left link set va mtu 200
check "EMSGSIZE above the device's MTU less the header" bash -c "
	nsenter --net=/run/netns/left skbscope send -s 185 '$to' 2>&1 | grep -qi 'too long\|EMSGSIZE\|184'"
check "and none at it" within left skbscope send -s 184 "$to"
ip -n left link set va mtu 1500
kill "$receiver"
wait "$receiver" 2>/dev/null
check "the sender's ledger balances" in_left 'await balanced'
check "the receiver's ledger balances" in_right 'await balanced'

ip -n left link set va down
check "ENETDOWN when the device is down" bash -c \
	"nsenter --net=/run/netns/left skbscope send '$to' x 2>&1 | grep -qi 'down'"
ip -n left link set va up

check "a clone's parent is the original" /usr/bin/python3 - "$work/duplicates" <<'PY'
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
made = {e["skb"] for e in events if e["station"] == "socket.alloc"}
clones = {e["skb"]: e["parent"] for e in events if e["relation"] == "clone"}
bad = [c for c, p in clones.items() if c in made or p not in made]
print(len(made), "made", len(clones), "clones", bad)
sys.exit(bool(bad) or not clones or len(set(clones.values())) != len(clones))
PY

# A namespace's end: with a socket open in it that another process keeps, with
# data unread, and with packets in netem.
netem delay 200ms
receive_right
within left skbscope send -n 20 "$to" x
inode=$(stat -L -c %i /run/netns/right)
ip netns del left
ip netns del right
check "a socket keeps its namespace" grep -q "namespace *$inode" /sys/kernel/debug/skbscope/ledger
kill "$receiver"
wait "$receiver" 2>/dev/null
check "which ends with it" await bash -c "! grep -q 'namespace *$inode' /sys/kernel/debug/skbscope/ledger"

# The same while octets run in a connection, and both its ends are killed.
join_namespaces
netem delay 20ms
nsenter --net=/run/netns/right .build/selftests/transfer stream listen vb 6000 >"$work/got" &
receiver=$!
await in_right 'served 6000'
nsenter --net=/run/netns/left .build/selftests/transfer stream connect va "$mac" 6000 </dev/zero >/dev/null 2>&1 &
sender=$!
await test -s "$work/got"
ip netns del left
ip netns del right
namespaces() { (($(grep -c '^namespace' /sys/kernel/debug/skbscope/ledger) == $1)); }
check "a connection keeps both its namespaces" namespaces 3
kill -KILL "$sender" "$receiver"
wait "$sender" "$receiver" 2>/dev/null
check "which end with it" await namespaces 1
check "and leave the first one alone" equal \
	"$(grep -c '^namespace' /sys/kernel/debug/skbscope/ledger)" 1
finish
