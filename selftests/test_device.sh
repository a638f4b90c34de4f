#!/bin/bash
# test_device.sh: scope0 is a device like any other: what goes over it can be
# captured, shaped and counted.
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 9

ip netns add dump
nsenter --net=/run/netns/dump tcpdump -i scope0 -U -w "$work/pcap" -c 3 ether proto 0x88b5 2>"$work/tcpdump" &
dumper=$!
check "tcpdump listens" await grep -q 'listening on scope0.*EN10MB' "$work/tcpdump"
nsenter --net=/run/netns/dump skbscope recv -n 3 -w 20 5000 >"$work/got" &
receiver=$!
await within dump grep -q ' 5000 ' /proc/net/scope
within dump skbscope send -n 3 5000 captured
wait "$receiver"
check "the datagrams came all the same" equal "$(cat "$work/got")" capturedcapturedcaptured
wait "$dumper"
check "three frames are captured" equal \
	"$(tcpdump -e -r "$work/pcap" 2>/dev/null | grep -c "ethertype.*0x88b5")" 3
# version 1, type 1, 16 octets of header, no flags; port 5000; 8 octets
check "with the header on the wire" bash -c \
	"tcpdump -xx -r $work/pcap 2>/dev/null | tr -d ' \n' | grep -q '88b50101.*10'"
check "the device counted them" equal \
	"$(within dump ip -s -j link show scope0 |
		/usr/bin/python3 -c 'import json,sys; s=json.load(sys.stdin)[0]["stats64"]; print(s["tx"]["packets"], s["rx"]["packets"])')" \
	"3 3"

within dump tc qdisc add dev scope0 root netem loss 100%
within dump skbscope send -n 5 5000 lost
dropped=$(within dump bash -c 'source selftests/lib.sh; balanced >/dev/null && ledger dropped')
check "what a qdisc drops is in the ledger" equal "$dropped" 5
within dump tc qdisc del dev scope0 root

# Another device that only sends: the driver's end is the packet's.
ip -n dump link add sink type dummy
ip -n dump link set sink up
within dump skbscope trace --json -o "$work/sink" -- \
	skbscope send -n 4 '[02:00:00:00:00:01%sink]:5000' out 2>/dev/null
check "what another device sends has an end" equal \
	"$(grep -c end.consumed "$work/sink")" 4
transmitted=$(within dump bash -c 'source selftests/lib.sh; balanced >/dev/null && ledger transmitted')
check "and is in the ledger" equal "$transmitted" 4
within dump tc qdisc add dev scope0 clsact
within dump tc filter add dev scope0 egress matchall action mirred egress redirect dev sink
within dump skbscope send -n 6 5000 taken
transmitted=$(within dump bash -c 'source selftests/lib.sh; balanced >/dev/null && ledger transmitted')
check "so is what tc takes from scope0" equal "$transmitted" 10
ip netns del dump
finish
