#!/bin/bash
# test_images.sh: a station's event has the octets of its sk_buff beside it when
# that is asked for, of the very moment, and for nobody who may not have them.
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 6

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
finish
