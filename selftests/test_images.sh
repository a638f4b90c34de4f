#!/bin/bash
# test_images.sh: a station's event has the octets of its sk_buff beside it when
# that is asked for, of the very moment, and for nobody who may not have them; and
# what `skbscope trace --diff' says of them is what others say of the same sk_buffs.
# Test-timeout: 300
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 19

tracing=/sys/kernel/tracing/instances/test_images
events=$tracing/events/skbscope
parameter=/sys/module/skbscope/parameters/image_octets
mkdir "$tracing"
trap 'rmdir "$tracing"; rm -rf "$work"' EXIT

# What is in the trace after one datagram of 5 octets that nobody wants
events_of() { # event...
	local event
	echo >"$tracing/trace"
	for event; do echo 1 >"$events/$event/enable"; done
	skbscope send 9 hello
	for event; do echo 0 >"$events/$event/enable"; done
	sed -n 's/.*: \(station\|image\): \([a-z.]*\) skb=\([0-9]*\) .*/\1 \2 \3/p' "$tracing/trace"
}

events_of station >"$work/off"
check "no image unless it is asked for" bash -c "
	grep -q '^station end.dropped' $work/off && ! grep '^image' $work/off"
# Wherever there is an sk_buff
events_of station image >"$work/on"
check "an image right before each station's event" bash -c "
	cat $work/on
	grep -v ' socket.send ' $work/on | awk '
		/^image/ { image = \$2 \" \" \$3; next }
		image != \$2 \" \" \$3 { bad = 1 }
		{ image = \"\"; n++ }
		END { exit bad || image != \"\" || n < 8 }'"
events_of image >"$work/alone"
check "images alone" bash -c "
	cat $work/alone
	(( \$(grep -c ^image $work/alone) == \$(grep -c ^image $work/on) )) &&
		! grep '^station' $work/alone"

octets() { # of the data at the station socket.alloc
	events_of image >/dev/null
	sed -n 's/.*image: socket.alloc .* octets=\([0-9]*\).*/\1/p' "$tracing/trace"
}
kept=$(<$parameter)
echo 3 >$parameter
check "no more octets of the data than are asked for" equal "$(octets)" 3
check "nor more than fit" bash -c "! echo 1025 2>/dev/null >$parameter && [[ \$(<$parameter) == 3 ]]"
echo "$kept" >$parameter
check "all there are" equal "$(octets)" 5

# The events of a command, all of them
traced() { # file option... -- command...
	skbscope trace --diff --json -o "$@" 2>"$work/said"
	cat "$work/said"
	grep -q 'lost: 0$' "$work/said" && ! grep -q 'without their image' "$work/said"
}
says_nothing() { # command...
	"$@" >"$work/differs" || return 1
	head -n 20 "$work/differs"
	[[ ! -s $work/differs ]]
}
check_images() { # check file
	says_nothing selftests/images.py "$@"
}
datagram() {
	skbscope recv -w 60 5000 >/dev/null &
	await served 5000
	skbscope send 5000 hello
	wait
}
stream() {
	skbscope recv -w 60 -t stream -n 0 5001 >/dev/null &
	await served 5001
	skbscope send -t stream -n 20 -s 3000 5001
	wait
}
export -f datagram stream await served
fields=1
[[ -e /sys/kernel/btf/vmlinux ]] || fields=0
if ((fields)); then
	check "a datagram is traced" traced "$work/datagram" -- bash -c datagram
	check "its fields change as its events' do" check_images changes "$work/datagram"
	check "each step changes what it is known to" check_images datagram "$work/datagram"
	check "a connection is traced" traced "$work/stream" -- bash -c stream
	check "its fields change as its events' do" check_images changes "$work/stream"
else
	for ((i = 0; i < 5; i++)); do skip "fields" "this kernel has no BTF"; done
fi

# Of a record, on a machine that knows nothing of it
elsewhere() {
	skbscope record --images -o "$work/record" -- bash -c datagram || return 1
	skbscope trace --diff -i "$work/record" >"$work/here"
	chmod 755 "$work" && chmod 644 "$work/record"
	unshare -m setpriv --reuid 65534 --regid 65534 --clear-groups \
		skbscope trace --diff -i "$work/record" >"$work/there" || return 1
	cat "$work/there"
	cmp "$work/here" "$work/there" || return 1
	# a kernel without BTF has no names for what is in its structs
	((!fields)) || { grep -q 'sock_wfree' "$work/there" &&
		grep -q 'ip_summed  *0 CHECKSUM_NONE -> 3 CHECKSUM_PARTIAL' "$work/there"; }
}
check "a record has the same, for whoever may read it" elsewhere

# Of two stations, what all the steps between them did. cb and csum have names that
# depend on where they are looked at.
between() {
	skbscope diff --json -i "$work/record" "$skb" >"$work/each"
	skbscope diff --json -i "$work/record" "$skb" socket.alloc socket.recv >"$work/two" || return 1
	# Less those that came back to what they were
	jq -s '[.[1:-1][].changes[]] | group_by(.of + .path) |
		map(select(.[0].before != .[-1].after) | .[0].of + "." + .[0].path |
			select(test("csum|cb") | not)) | sort' "$work/each" >"$work/wanted"
	jq '[.changes[] | .of + "." + .path | select(test("csum|cb") | not)] | sort' "$work/two" |
		diff "$work/wanted" - && grep -q 'sk_buff.mac_header' "$work/wanted"
}
skb=$(skbscope trace --json -i "$work/record" | jq -s 'first | .skb')
if ((fields)); then
	check "between two stations is what the steps did" between
else
	skip "between two stations" "this kernel has no BTF"
fi
check "nor is there another number" fails_with "skb 999999999 was not seen" \
	skbscope diff -i "$work/record" 999999999
check "a station it was not at" fails_with "was not seen at end.dropped" \
	skbscope diff -i "$work/record" "$skb" socket.alloc end.dropped
# The next one's number is known by the last one's
next() {
	local id
	id=$(skbscope trace --json -- skbscope send 9 x 2>/dev/null | jq -s 'map(.skb) | max')
	skbscope diff $((id + 1)) protocol.push end.dropped -- skbscope send 9 x
}
live() {
	next >"$work/out"
	cat "$work/out"
	grep -qE '^  len  *17 -> 1$' "$work/out"
}
check "live, while a command runs" live
# socket.send has no sk_buff, and a kernel without BTF no fields
check "without BTF the fixed fields, and why" bash -c "
	skbscope record --images --no-btf -o $work/small -- skbscope send 9 x
	skb=\$(skbscope trace --json -i $work/small | jq -s 'first | .skb')
	skbscope diff -i $work/small \$skb socket.alloc protocol.push | tee /dev/stderr |
		grep -qE '^  no fields of the structs: the record has no BTF' &&
	skbscope diff -i $work/small \$skb socket.alloc protocol.push | grep -qE '^  len  *1 -> 17'"

# Who owns the files of tracefs is root, which is not enough
check "root without capabilities gets none" fails_with CAP_SYSLOG \
	setpriv --bounding-set=-sys_admin,-syslog --inh-caps=-all skbscope trace --diff -- true
skbscope record -o "$work/plain" -- true
check "nor does a record without them" fails_with "record --images" \
	skbscope trace --diff -i "$work/plain"
finish
