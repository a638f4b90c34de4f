#!/bin/bash
# test_load.sh: loading and unloading: what is refused, and that nothing stays
# behind after a hundred times.
# Test-timeout: 500
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 20

transfer=.build/selftests/transfer

taken_by() { # family number
	dmesg | grep "skbscope: AF_SCOPE is family" | tail -n 1 | grep -q "family $1\b"
}

# What could be left behind, one line each: nothing is.
leftovers() {
	grep -H '^SCOPE\b' /proc/net/protocols /proc/slabinfo
	grep -H '\[skbscope\]' /proc/kallsyms
	ls -d /sys/class/net/scope0 /proc/net/scope /sys/module/skbscope \
		/sys/kernel/debug/skbscope /sys/kernel/tracing/events/skbscope
	genl ctrl list | grep skbscope
}

is_clean() {
	[[ -z $(leftovers 2>/dev/null | tee /dev/fd/2) ]]
}

skbscope recv -w 60 5000 >"$work/got" &
receiver=$!
await served 5000
check "rmmod is refused while a socket is open" bash -c "! rmmod skbscope 2>/dev/null"
check "and the socket goes on" bash -c "skbscope send 5000 still; exec tail --pid=$receiver -f /dev/null"
check "it has what was sent" equal "$(cat "$work/got")" still
check "rmmod with scope0 up" rmmod skbscope
check "nothing stays" is_clean

# A connection over scope0, both ends held open: its file does not end.
insmod "$module"
mkfifo "$work/file"
"$transfer" stream listen scope0 6000 >"$work/got" &
receiver=$!
await served 6000
"$transfer" stream connect scope0 - 6000 <"$work/file" >/dev/null &
sender=$!
exec 3>"$work/file"
# more than it reads at once, so that some of it is on its way at any time
head -c 100000 /dev/zero >&3
received() { (($(stat -c %s "$work/got") >= $1)); }
connections() { (($(grep -c ESTABLISHED /proc/net/scope) == $1)); }

await received 1
check "two ends of a connection" connections 2
check "rmmod is refused while it is open" bash -c "! rmmod skbscope 2>/dev/null"
exec 3>&-
wait "$receiver" "$sender"
check "it goes on" received 100000
check "rmmod when it is closed: it does not linger" await rmmod skbscope
# And when its end is not one in order.
insmod "$module"
"$transfer" stream listen scope0 6000 >/dev/null &
receiver=$!
await served 6000
"$transfer" stream connect scope0 - 6000 </dev/zero >/dev/null &
sender=$!
await connections 2
kill -KILL "$sender" "$receiver"
wait "$sender" "$receiver" 2>/dev/null
check "rmmod when both ends were killed" await rmmod skbscope
check "nothing stays" is_clean

check "family=22 is taken" bash -c "insmod $module family=22 && grep -qx 22 /sys/module/skbscope/parameters/family"
check "the tool finds it" skbscope send -n 3 9 x
rmmod skbscope
insmod "$module" family=2
check "another number is found for one that is taken" bash -c \
	"grep -qx 18 /sys/module/skbscope/parameters/family && dmesg | tail -n 5 | grep -q 'is family 18, for 2 is taken'"
check "/proc/net/scope tells it too" grep -qx 'family 18' /proc/net/scope
rmmod skbscope
check "a number that is none is refused" bash -c "! insmod $module family=46 2>/dev/null; s=\$?; dmesg | tail -n 3 | grep -q 'family=46'; exit \$((s + \$?))"
check "and leaves nothing" is_clean

cycle() {
	insmod "$module" || return 1
	skbscope recv -n 0 5000 >/dev/null &
	receiver=$!
	await served 5000 || return 1
	skbscope send -n 50 -s 1000 5000
	# to nobody: answered by frames of the protocol's own
	skbscope send -n 50 9
	kill "$receiver"
	wait "$receiver" 2>/dev/null
	"$transfer" record listen scope0 6000 >"$work/got" &
	receiver=$!
	await served 6000 || return 1
	head -c 200000 /dev/zero | "$transfer" record connect scope0 - 6000 >/dev/null || return 1
	wait "$receiver" || return 1
	await rmmod skbscope
}

slabs() { awk '/^Slab:|^Percpu:|^VmallocUsed:/ { sum += $2 } END { print sum }' /proc/meminfo; }

hundred() {
	local i
	for ((i = 0; i < 10; i++)); do cycle || return 1; done
	echo 3 >/proc/sys/vm/drop_caches
	slabs >"$work/early"
	for ((i = 10; i < 100; i++)); do cycle || return 1; done
	echo 3 >/proc/sys/vm/drop_caches
	slabs >"$work/late"
}

check "loaded and unloaded a hundred times, with traffic each time" hundred
check "nothing stays" is_clean
# A leak of one socket (1 KiB) a round would be 90 KiB, one of a namespace's
# counters much more; what the rest of the kernel keeps moves by some hundreds.
check "nor memory" bash -c "echo early \$(<$work/early) late \$(<$work/late) KiB; ((\$(<$work/late) - \$(<$work/early) < 1024))"
insmod "$module"
finish
