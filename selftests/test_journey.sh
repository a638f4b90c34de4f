#!/bin/bash
# test_journey.sh: one datagram of 100 octets over scope0, as `skbscope trace`
# tells it: every station once, in order, one number, and values that agree
# with each other.
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 9

# One process opens both ends, so the trace is of that datagram alone.
skbscope trace --json -o "$work/journey" -- bash -c "
	skbscope recv -w 20 5000 >$work/got &
	while ! grep -q ' 5000 ' /proc/net/scope; do sleep 0.05; done
	head -c 100 /dev/zero | tr '\0' x | skbscope send 5000
	wait" 2>"$work/summary"

check "the datagram came" equal "$(wc -c <"$work/got")" 100
for what in stations identity keys headroom buffer charges time; do
	check "$what" selftests/journey.py "$work/journey" "$what"
done
check "no event is lost, and the number is told" \
	grep -qx 'skbscope: events: 11, lost: 0' "$work/summary"
finish
