#!/bin/bash
# test_step.sh: `skbscope step --plain` stops packets where it says, shows what the
# kernel has there, does what it is told, and leaves nothing held.
#
# Test-timeout: 300
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 20

# Two sockets send and read under the stepper; a command an argument. Stops as JSON
# go to $work/stops, what was read to $work/got
stepped() { # number-to-read texts rule commands...
	local read=$1 texts=$2 rule=$3 status=0
	shift 3
	# shellcheck disable=SC2086,SC2016 # a word each; bash has its own arguments
	printf '%s\n' "$@" | skbscope step --plain --json $rule -- \
		bash -c 'exec python3 selftests/datagrams.py 5000 "$@" >"$0"' "$work/got" "$read" $texts \
		>"$work/stops" 2>"$work/said" || status=$?
	cat "$work/said"
	jq -c 'select(.event == "stop") | {stop, held, skb, station, over} + (.fields | map_values(.now))' "$work/stops"
	return "$status"
}

# A field of each stop, in one line
stops() { # jq-expression
	jq -r "select(.event == \"stop\") | $1" "$work/stops" | tr '\n' ' '
}

got() { # texts
	equal "$(tr '\n' ' ' <"$work/got")" "$1"
}

way="socket.send socket.alloc protocol.push device.queue device.xmit device.receive protocol.receive protocol.deliver socket.queue socket.recv end.consumed "
everywhere() {
	stepped 1 hello "" s s s s s s s s s s c && got "hello " && equal "$(stops .station)" "$way" &&
		equal "$(stops .skb | tr ' ' '\n' | sort -u | wc -l)" 1
}
check "a stop at every station" everywhere

# As the picture of the way has it: the headers come and go
values() {
	equal "$(stops '.fields["skb.len"].now')" "5 5 21 35 35 21 5 5 5 5 5 " &&
		equal "$(stops '.fields["skb.len"].changed')" "false false true true false true true false false false false " &&
		equal "$(stops '.fields["header.dport"].now // "-"')" "- - 5000 5000 5000 5000 5000 5000 5000 5000 5000 " &&
		equal "$(stops '.bytes_from')" "0 0 0 0 0 -14 -30 -30 -30 -16 -16 " &&
		equal "$(stops 'select(.station != "socket.send") | .bytes | .[-10:]')" "$(printf '68656c6c6f %.0s' {1..10})" &&
		equal "$(stops 'select(.call) | .station')" "socket.send socket.recv "
}
check "what is shown is what is there" values
functions() {
	stops '.next' && equal "$(stops 'select(.next | startswith("scope") | not) | .next')" "" &&
		stops '.stack | length' && equal "$(stops 'select(.stack | length == 0) | .stop')" "" &&
		stops 'select(.station == "device.receive") | .stack | join(" ")' | grep -q netif_receive_skb
}
check "functions that led there, and the one that goes on" functions

# The events of the same packet tell the same
events() {
	skbscope trace --json -o "$work/events" -- bash -c 'printf "s\ns\ns\ns\ns\ns\ns\ns\ns\ns\nc\n" |
		skbscope step --plain --json -- bash -c "exec python3 selftests/datagrams.py 5000 1 hello >/dev/null"' >"$work/stops" 2>"$work/said"
	cat "$work/said" "$work/stops"
	equal "$(stops 'select(.call | not) | [.skb, .station, (.fields["skb.len", "skb.data", "skb.tail", "skb.truesize"].now | tonumber)] | tojson')" \
		"$(jq -c '[.skb, .station, .len, .data, .tail, .truesize]' "$work/events" |
			grep -Ev '"(socket.send|socket.recv)"' | tr '\n' ' ')"
}
check "the trace of it tells the same" events

one_station() {
	stepped 2 "a b" "device.xmit port=5000" c c && got "a b " && equal "$(stops .station)" "device.xmit device.xmit "
}
check "continue to the next packet" one_station
two_rules() {
	stepped 1 a "device.queue nth=1 protocol.deliver" c c && equal "$(stops .station)" "device.queue protocol.deliver "
}
check "two rules" two_rules
step_on() {
	stepped 1 a "device.queue" s s c && equal "$(stops .station)" "device.queue device.xmit device.receive "
}
check "a step goes on to the next station, rule or not" step_on

# Of a connection it is the clone that goes on. The sender stays until the other end
# has closed, having read
cat >"$work/connect.py" <<'END'
import socket
from scope import scope_call, scope_socket
sock = scope_socket(socket.SOCK_STREAM)
scope_call("connect", sock, 5002)
sock.send(b"hello")
sock.recv(1)
END
segment() {
	skbscope recv -t stream -n 1 -w 60 5002 >"$work/got" &
	local reader=$!
	await served 5002
	printf '%s\n' s s s s s s s s c | PYTHONPATH=selftests skbscope step --plain --json \
		protocol.push data port=5002 nth=1 -- python3 "$work/connect.py" >"$work/stops" 2>"$work/said"
	wait "$reader"
	cat "$work/said" "$work/stops"
	got hello && equal "$(stops '"\(.station) \(.relation)"')" "$(printf '%s ' 'protocol.push none' \
		{protocol.clone,device.queue,device.xmit,device.receive,protocol.receive,protocol.deliver,socket.queue,socket.recv}' clone')"
}
check "a segment, and its clone" segment

drop() {
	local before
	before=$(ledger SCOPE_VERDICT)
	stepped 1 "a b" protocol.push drop c && got "b " && equal "$(ledger SCOPE_VERDICT)" $((before + 1)) || return 1
	before=$(ledger SCOPE_NOT_PEER)
	stepped 1 "a b" protocol.push "d NOT_PEER" c && got "b " && equal "$(ledger SCOPE_NOT_PEER)" $((before + 1))
}
check "drop, for a reason" drop
# Where it ends it stands again, is told why, and gets another reason
dropped() {
	local before
	before=$(ledger SCOPE_NOT_PEER)
	stepped 1 "a b" "protocol.push nth=1 end.dropped" drop "edit data 0 4a" "drop NOT_PEER" && got "b " &&
		equal "$(stops '"\(.station) \(.reason)"')" \
			"protocol.push null end.dropped SCOPE_VERDICT end.dropped SCOPE_VERDICT " &&
		equal "$(ledger SCOPE_NOT_PEER)" $((before + 1)) || return 1
	printf 'c\n' | skbscope step --plain end.dropped -- skbscope send 5009 nobody >"$work/text" 2>&1
	cat "$work/text"
	grep -Eq '^stop 1  held [0-9]+  skb [0-9]+  at end.dropped  NO_SOCKET  ' "$work/text"
}
check "and stop where it is dropped" dropped
copies() {
	stepped 2 a device.xmit duplicate c c && got "a a " || return 1
	equal "$(stops 'select(.relation == "copy") | .station')" "device.xmit " || return 1
	stepped 2 a device.xmit clone c c && got "a a " && equal "$(stops 'select(.relation == "clone") | .station')" "device.xmit "
}
check "duplicate and clone" copies
edited() {
	stepped 1 hello protocol.push "edit payload 0 4a" c && got "Jello " &&
		equal "$(stops '.bytes | .[32:34]')" "68 4a " || return 1
	stepped 1 "hello second" "device.receive count=1" "edit payload 0 4a wrong" c && got "second "
}
check "edit, with a sum that is right or wrong" edited
changed() {
	stepped 1 a device.queue "mark 7" "priority 3" "expand 64" linearize c &&
		equal "$(stops '.fields["skb.mark"].now')" "0 7 7 7 7 " &&
		equal "$(stops '.fields["skb.priority"].now')" "0 0 3 3 3 " &&
		equal "$(stops '.fields["skb.data"].now | tonumber' | tr ' ' '\n' | sort -nu | wc -l)" 2
}
check "mark, priority, expand" changed

plain() {
	printf '%s\n' show s bytes back forward c | skbscope step --plain protocol.push -- \
		python3 selftests/datagrams.py 5000 1 hello >"$work/text" 2>"$work/said"
	local status=$?
	cat "$work/said" "$work/text"
	equal "$status" 0 && grep -Eq '^stop 1  held [0-9]+  skb [0-9]+  at protocol.push  sock [0-9]+  port [0-9]+ -> 5000' "$work/text" &&
		grep -q '^  \* skb.len  *21 -> 35$' "$work/text" &&
		grep -q '^  *14  01  *header  version  *1$' "$work/text" &&
		grep -Eq '^gone  held [0-9]+  skb [0-9]+  from protocol.push  verdict$' "$work/text" &&
		equal "$(grep -c '^stop 1 .*(over)' "$work/text")" 1
}
check "as text, and back to what was" plain

# A driver that is not the family's; its packet comes out cut off from its sender
over_veth() {
	ip link add va type veth peer name vb && ip link set va up && ip link set vb up || return 1
	local mac reader
	mac=$(ip -j link show vb | jq -r '.[0].address')
	skbscope recv -n 1 -w 60 vb:5004 >"$work/got" &
	reader=$!
	await served 5004
	printf '%s\n' s s s s s s s s s s c | skbscope step --plain --json port=5004 -- \
		skbscope send "[$mac%va]:5004" hello >"$work/stops" 2>"$work/said"
	wait "$reader"
	ip link del va
	cat "$work/said" "$work/stops"
	got hello && equal "$(stops .station)" "$way" &&
		equal "$(stops .skb | tr ' ' '\n' | sort -u | wc -l)" 1
}
check "over veth" over_veth

# Commands that come one after the other, the last one when something was seen
timeout_ends() {
	: >"$work/stops"
	# shellcheck disable=SC2094 # the one waits for what the other writes
	await grep -q '"gone"' "$work/stops" | skbscope step --plain --json socket.queue timeout=50 -- \
		python3 selftests/datagrams.py 5000 1 a >"$work/stops"
	cat "$work/stops"
	equal "$(grep -o '"why":.*' "$work/stops")" '"why":"timeout"}'
}
check "a timeout" timeout_ends
quit() {
	stepped 3 "a b c" device.xmit wait quit && got "a b c " && equal "$(ledger held)" 0
}
check "who quits lets all go on" quit

# Nothing is read from stdin for a packet that the killed one held
killed() {
	mkfifo "$work/commands"
	skbscope step --plain device.xmit <"$work/commands" >"$work/text" 2>&1 &
	local pid=$! sender
	exec 9>"$work/commands"
	await one_rule || return 1
	python3 selftests/datagrams.py 5000 1 a >"$work/got" &
	sender=$!
	await grep -q 'at device.xmit' "$work/text" || return 1
	equal "$(ledger held)" 1 || return 1
	kill -KILL "$pid"
	exec 9>&-
	wait "$sender" && got "a " && equal "$(ledger held)" 0 && equal "$(skbscope fault list --json)" ""
}
check "who is killed lets all go on" killed

bad() {
	local status=0
	stepped 1 a device.xmit "edit payload 0 6" "drip" "mark" c || status=$?
	equal "$status" 1 && got "a " && grep -q "\`6' is not octets in hexadecimal" "$work/said" &&
		grep -q "\`drip': there is no such command" "$work/said" && grep -q 'it is: mark NUMBER' "$work/said" || return 1
	skbscope step --plain device.xmit ms=5 2>"$work/said" </dev/null
	equal $? 2 && grep -q "\`ms=5' is no word for hold" "$work/said"
}
check "a bad command is named" bad

check "the ledger balances" await balanced
finish
