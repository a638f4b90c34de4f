#!/bin/bash
# test_step_screen.sh: the stepper's screen on a terminal of 80 columns and 24 lines,
# a stop at every station of one datagram: what is shown is what another process is
# told by the kernel. It resizes, and the terminal is as before when it ends.
#
# Test-timeout: 300
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
stations=(socket.send socket.alloc protocol.push device.queue device.xmit device.receive protocol.receive
	protocol.deliver socket.queue socket.recv end.consumed)
plan $((${#stations[@]} + 6))

# A server each time: the one before may not have ended
started=0
terminal() { tmux -L "skbscope-$$-$started" "$@"; }
trap 'terminal kill-server 2>/dev/null; rm -rf "$work"' EXIT

capture() { terminal capture-pane -p >"$work/screen"; }
# For await
shows() { # regular-expression
	capture
	grep -Eq -- "$1" "$work/screen"
}
key() { terminal send-keys "$@"; }

# The stepper, and how the terminal is behind it
start() { # argument...
	printf '%q ' skbscope step "$@" >"$work/start"
	cat >>"$work/start" <<-'END'

		echo "status $?, $(stty -a | grep -o ' icanon' | tr -d '\n') $(stty -a | grep -o ' echo ' | tr -d '\n')"
		exec sleep 300
	END
	terminal kill-server 2>/dev/null
	started=$((started + 1))
	terminal -f /dev/null new-session -d -x 80 -y 24 "bash $work/start"
}

# The fields, which have the last columns of the lines behind the first one
fields() {
	# shellcheck disable=SC2016
	jq -r --arg pane "$(sed -n '2,14p' "$work/screen" | cut -c52-)" '.fields as $fields | $pane | split("\n") |
		map(select(length > 0) | capture("^[* ](?<name>[a-z_]+) +(?<then>.* -> )?(?<now>.*?) *$")) |
		map(select(($fields[if .name == "sock" then "sock.cookie" else "skb." + .name end].now // "-") != .now) |
			"\(.name) is shown as \(.now)") + (if length < 13 then ["\(length) fields are shown"] else [] end) |
		.[]' "$work/held"
}

octets() {
	grep -E '^ *-?[0-9]+  [0-9a-f]{2}( |$)' "$work/screen" | cut -c7-30 | tr -d ' \n'
}

at_station() { # station
	local shown
	await shows "^stop .* at $1 " || return 1
	skbscope held --json >"$work/held"
	cat "$work/screen" "$work/held"
	equal "$(jq -r '"held \(.held)  skb \(.skb)  at \(.station)"' "$work/held")" \
		"$(grep -o 'held [0-9]*  skb [0-9]*  at [a-z.]*' "$work/screen")" &&
		grep -Eq "^> *[0-9]+ $1 +1 *\\|" "$work/screen" &&
		grep -Eq "\\| > $(jq -r '.next | split(" ")[0]' "$work/held") *\\|" "$work/screen" &&
		equal "$(fields)" "" || return 1
	shown=$(octets)
	# Before there is an sk_buff there are no octets
	[[ $1 == socket.send || (-n $shown && $(jq -r .bytes "$work/held") == "$shown"*) ]]
}

start -- python3 selftests/datagrams.py 5000 1 hello
for station in "${stations[@]}"; do
	check "$station" at_station "$station"
	[[ $station == end.consumed ]] || key s
done

keys_at() { # line
	shows '^stop' && [[ $(sed -n "$1p" "$work/screen") == "s step"* ]]
}
larger() {
	terminal resize-window -x 120 -y 40
	await keys_at 40 || return 1
	terminal resize-window -x 80 -y 24
	await keys_at 24
}
check "it resizes" larger

# From the last stop back to the first one, and forward again
back() {
	key b b b b b b b b b b
	await shows '^stop 1  .* at socket.send  \(over\)' || return 1
	key s
	await shows '^what is shown is over' || return 1
	key '>' '>' '>' '>' '>' '>' '>' '>' '>' '>'
	await shows '^stop 11  .* at end.consumed'
}
check "back to what was, and forward" back
headers() {
	key x
	await shows '^ *-10  13 88  *header  dport  *5000' || return 1
	key x
	await shows '^>12 end.consumed'
}
check "headers field by field" headers

ended() {
	key c
	await shows '^CMD has ended' || return 1
	key q
	await shows '^status 0,  icanon  echo' && cat "$work/screen" && grep -qx hello "$work/screen"
}
check "q gives the terminal back, and what the command wrote" ended

edits() {
	start protocol.push -- python3 selftests/datagrams.py 5000 1 hello
	await shows '^stop 1  ' || return 1
	key e
	await shows '^edit' || return 1
	key 'payload 0 4a' Enter
	await shows '^   16  4a 65 6c 6c 6f' || return 1
	key :
	await shows '^:$' || return 1
	key 'mark 9' Enter Down Down Down Down Down Down
	await shows '\| .mark  *9' || return 1
	key D
	await shows '^>  ?3 protocol.push  *2' || return 1
	key f
	await shows '^stop 2  ' || return 1
	key d c
	await shows '^CMD has ended' || return 1
	key q
	await shows '^Jello'
}
check "edit, mark, duplicate, follow, drop" edits

terminated() {
	start device.xmit -- python3 selftests/datagrams.py 5000 1 hello
	await shows '^stop 1  ' || return 1
	kill -TERM "$(pgrep -f '^skbscope step')"
	await shows '^status 143,  icanon  echo' && equal "$(ledger held)" 0
}
check "a signal gives the terminal back" terminated
finish
