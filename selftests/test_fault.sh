#!/bin/bash
# test_fault.sh: `skbscope fault` does to packets what it says, to those it says,
# and to the same ones each time; nothing of it stays.
#
# Test-timeout: 300
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 24

# What two sockets send and get under a rule; what was got, in one line
under() { # number-to-read texts rule...
	local read=$1 texts=$2
	shift 2
	# shellcheck disable=SC2086 # a word each
	skbscope fault add "$@" -- python3 selftests/datagrams.py 5000 "$read" $texts \
		>"$work/got" 2>"$work/said"
	local status=$?
	cat "$work/said" >&2
	tr '\n' ' ' <"$work/got"
	return "$status"
}

# What the rule said it did
did() { # seen hits missed
	grep -qx "skbscope: rule [0-9]*: seen: $1, hits: $2, missed: $3" "$work/said"
}

dropped() {
	local before
	before=$(ledger SCOPE_FAULT)
	equal "$(under - "a b c d e f g" device.xmit drop port=5000 every=3)" "a b d e g " &&
		did 7 2 0 && equal "$(ledger SCOPE_FAULT)" $((before + 2))
}
check "each third is dropped" dropped
once() {
	equal "$(under - "a b c d e f" protocol.push drop nth=2)" "a c d e f " && did 6 1 0
}
check "one alone" once
several() {
	equal "$(under - "a b c d e f g" socket.alloc drop nth=2 every=2 count=2)" "a c e f g " && did 7 2 0
}
check "two, from the second on" several

# The same seed picks the same ones: half of forty are the same twice by chance
# once in 10^11
letters=$(printf '%s ' {1..40})
by_seed() {
	local one two other
	one=$(under - "$letters" device.queue drop p=50% seed=7) &&
		two=$(under - "$letters" device.queue drop p=0.5 seed=7) &&
		other=$(under - "$letters" device.queue drop p=50% seed=8) || return 1
	equal "$one" "$two" && [[ $one != "$other" && $one != "$letters" && -n $one ]]
}
check "a seed picks the same ones" by_seed

duplicated() {
	equal "$(under 3 "a b" device.xmit duplicate nth=1)" "a a b " && did 2 1 0
}
check "a copy is behind it" duplicated
delayed() {
	equal "$(under 3 "a b c" device.receive delay ms=50 jitter=20 nth=2)" "a b c " && did 3 1 0
}
check "a delay keeps the order" delayed
# Those that iproute2 has
by_table() {
	local name
	for name in uniform normal pareto paretonormal; do
		equal "$(under 3 "a b c" device.receive delay ms=20 jitter=10 dist="$name")" "a b c " &&
			did 3 3 0 || return 1
	done
}
check "a delay is spread as netem's" by_table
reordered() {
	equal "$(under 3 "a b c" protocol.push reorder ms=60000 nth=1)" "b a c " && did 3 1 0
}
check "another one passes" reordered
# octet 0 is the first of the payload, before there is a header: a is 0x61
corrupted() {
	equal "$(under 2 "a b" socket.alloc corrupt offset=0 bit=1 nth=1)" "c b " && did 2 1 0
}
check "a bit is turned over" corrupted
# behind the sum, or in it, nobody takes it
spoilt() {
	equal "$(under 1 "a b" device.receive corrupt offset=16 bit=0 nth=1)" "b "
}
check "where there is a sum it is noticed" spoilt
truncated() {
	local before
	before=$(ledger SCOPE_BAD_LENGTH)
	equal "$(under 1 "long short" device.receive truncate keep=18 nth=1)" "short " &&
		equal "$(ledger SCOPE_BAD_LENGTH)" $((before + 1))
}
check "octets are cut off" truncated
no_memory() {
	equal "$(under 1 "a b" socket.alloc enomem nth=1)" "ENOBUFS b " && did 2 1 0
}
check "no memory" no_memory

where() {
	equal "$(under 2 "a b" device.xmit drop port=5001)" "a b " && did 0 0 0 &&
		equal "$(under 2 "a b" device.queue drop dev=lo)" "a b " && did 0 0 0 &&
		equal "$(under 2 "a b" device.xmit drop control)" "a b " && did 0 0 0 &&
		equal "$(under 1 "a bbb" device.xmit drop dev=scope0 data frames='len > 32')" "a " && did 1 1 0
}
check "where it is not meant, nothing happens" where

# In a stream a lost segment is sent again
stream() {
	skbscope recv -t stream -w 60 5002 >"$work/got" &
	local reader=$!
	await served 5002
	skbscope fault add device.xmit drop port=5002 data nth=1 -- skbscope send -t stream 5002 hello 2>"$work/said"
	wait "$reader"
	cat "$work/said"
	equal "$(<"$work/got")" hello && did '[1-9]' 1 0
}
check "a lost segment is sent again" stream

status_of_command() {
	skbscope fault add device.xmit drop -- bash -c 'exit 7' 2>/dev/null
	equal $? 7 && equal "$(skbscope fault list --json)" ""
}
check "the exit status is the command's, and the rule has gone" status_of_command

persistent() {
	local id
	id=$(skbscope fault add --persist protocol.deliver drop port=5003 nth=1000) || return 1
	skbscope fault list
	skbscope fault list | grep -Eq "^ +$id  drop .* persists +protocol.deliver port=5003 nth=1000" &&
		equal "$(skbscope fault list --json | jq -c '[.rule, .kind, .stations, .port, .nth, .persist]')" \
			"[$id,\"drop\",[\"protocol.deliver\"],5003,1000,true]" &&
		skbscope fault del "$id" && equal "$(skbscope fault list --json)" "" &&
		fails_with "there is no rule $id" skbscope fault del "$id"
}
check "a rule that persists" persistent

# The name is known to who gave it; how long the table is, to all
told() { # word-of-list table-of-json word...
	local said=$1 table=$2 id
	shift 2
	id=$(skbscope fault add --persist device.xmit delay port=5003 ms=9 jitter=5 "$@" 2>"$work/said") || return 1
	cat "$work/said"
	skbscope fault list
	grep -qF "ms=9 jitter=5${1+ $1}) stays until" "$work/said" &&
		skbscope fault list | grep -q "ms=9 jitter=5$said max=256" &&
		equal "$(skbscope fault list --json | jq .table)" "$table" &&
		equal "$(grep -o '(table of .*' /sys/kernel/debug/skbscope/rules)" "${said:+(${said#*=})}" &&
		skbscope fault del "$id"
}
tables() {
	told "" null && told "" null dist=uniform && told " dist=table of 4096" 4096 dist=normal &&
		printf '%s\n' 1 2 3 >"$work/short" && told " dist=table of 3" 3 dist="$work/short"
}
check "a table is told by its length" tables

# Of a user who has no privilege here: a long request comes back as an errno alone
long_table() {
	seq 1 16384 >"$work/long"
	chmod 755 "$work" && chmod 644 "$work/long"
	fails_with "the rule was refused: " unshare -m setpriv --reuid 65534 --regid 65534 --clear-groups \
		skbscope fault add device.xmit delay ms=9 jitter=9 dist="$work/long" &&
		grep -q "not permitted" "$work/err" &&
		told " dist=table of 16384" 16384 dist="$work/long"
}
check "the longest table" long_table

# Where the player stands is where a scenario's table is; an hour less four hours
# is a millisecond
played() {
	cat >"$work/soon.yaml" <<-'EOT'
		- {socket: rx, type: dgram, bind: 5000}
		- {socket: tx, type: dgram}
		- {fault: device.receive delay port=5000 ms=3600000 jitter=3600000 dist=./soonest, name: soon}
		- {send: tx, to: rx, data: a}
		- {recv: rx, data: a}
		- {expect: rule, of: soon, fields: {hits: 1, table: 2}}
	EOT
	echo "-32768 -32768" >"$work/soonest"
	(cd "$work" && skbscope play soon.yaml)
}
check "a scenario's table" played

killed() {
	skbscope fault add device.xmit drop 2>"$work/said" &
	local pid=$!
	await grep -q 'is there until Ctrl-C' "$work/said" || return 1
	equal "$(rules)" 1 || return 1
	kill -KILL "$pid"
	wait "$pid"
	no_rules() { (($(rules) == 0)); }
	await no_rules
}
check "who is killed leaves none" killed

refused() { # words argument...
	local words=$1 status=0
	shift
	skbscope fault "$@" >"$work/out" 2>"$work/err" || status=$?
	cat "$work/out" "$work/err"
	equal "$status" 2 && [[ ! -s $work/out ]] && grep -qF -- "$words" "$work/err"
}
bad_words() {
	refused "\`device.xmti' is no station; there are socket.send" add device.xmti drop &&
		refused "drop can't be done at end.dropped; it can at" add end.dropped drop &&
		refused "drop can't be done at socket.send; it can at" add socket.send,device.xmit drop &&
		refused "\`lose' is no fault; there are drop" add device.xmit lose &&
		refused "\`ms=5' is no word for drop, which takes port=" add device.xmit drop ms=5 &&
		refused "seed= is for what is picked at random" add device.xmit drop seed=5 -- touch "$work/ran" &&
		[[ ! -e $work/ran ]]
}
check "a bad word is named" bad_words
bad_tables() {
	echo "1 2 three" >"$work/bad"
	refused "jitter= is missing" add device.xmit delay ms=9 dist=normal &&
		refused "there is no table norml.dist in /usr/lib/tc, " add device.xmit delay ms=9 jitter=9 dist=norml &&
		refused "$work/none: No such file" add device.xmit delay ms=9 jitter=9 dist="$work/none" &&
		refused "$work/bad:1: \`three' is not a whole number" add device.xmit delay ms=9 jitter=9 dist="$work/bad" &&
		TC_LIB_DIR=$work refused "there is no table normal.dist in $work; iproute2 has" \
			add device.xmit delay ms=9 jitter=9 dist=normal
}
check "a table that is none is named" bad_tables
check "nor is there a rule that could have no packet" fails_with "nothing of the family is sent over this device" \
	skbscope fault add device.xmit drop dev=lo

check "the ledger balances" await balanced
finish
