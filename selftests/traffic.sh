#!/bin/bash
# traffic.sh: something for each kind of filter: two ports, two types, long
# segments, clones and copies, replies, a drop, a call that fails, a device beside
# scope0: the veth pair va and vb, which the caller makes. In the tree's folder.
#
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
skbscope recv -w 60 -n 3 5000 >/dev/null &
skbscope recv -w 60 -t stream -n 0 6000 >/dev/null &
skbscope recv -w 60 -d vb vb:7000 >/dev/null &
await served 5000 && await served 6000 && await served 7000
skbscope send -n 3 -s 300 5000
skbscope send -t stream -n 2 -s 200000 6000
skbscope send -d va "[$(cat /sys/class/net/vb/address)%va]:7000" there
skbscope send 9 nobody
wait
# nobody reads at the other end, until there is no more room
python3 - "$(cat /sys/module/skbscope/parameters/family)" <<'EOP'
import socket
import sys
ends = socket.socketpair(int(sys.argv[1]), socket.SOCK_DGRAM)
ends[0].setblocking(False)
try:
    while True:
        ends[0].send(bytes(20000))
except BlockingIOError:
    pass
EOP
