#!/bin/bash
# test_tracers.sh: the event stream belongs to the kernel: trace-cmd, bpftrace
# and a bare reader of tracefs see it without knowing the tool.
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 5

events=/sys/kernel/tracing/events/skbscope
cat >"$work/traffic" <<'EOT'
#!/bin/bash
for i in 1 2 3; do skbscope send 9 x; done
EOT
chmod +x "$work/traffic"

check "fields are described" grep -q 'field:u64 skb;' "$events/station/format"

# Until somebody asks for more, the kernel's own buffer holds a few events.
echo 1024 >/sys/kernel/tracing/buffer_size_kb
echo >/sys/kernel/tracing/trace
echo 1 >"$events/station/enable"
"$work/traffic"
echo 0 >"$events/station/enable"
check "tracefs has them as text" equal \
	"$(grep -c 'socket.alloc skb=' /sys/kernel/tracing/trace)" 3
echo >/sys/kernel/tracing/trace

if command -v trace-cmd >/dev/null; then
	check "trace-cmd records them" bash -c "
		trace-cmd record -q -o $work/dat -e skbscope:station $work/traffic >/dev/null 2>&1
		[[ \$(trace-cmd report -i $work/dat 2>/dev/null | grep -c socket.alloc) == 3 ]]"
else
	skip "trace-cmd records them" "trace-cmd is not installed"
fi
if command -v bpftrace >/dev/null; then
	check "bpftrace reads their fields" bash -c "
		bpftrace -c '/bin/bash $work/traffic' -e 'tracepoint:skbscope:station /args->station == 2/ { @[args->len] = count(); }' 2>&1 |
			tee /dev/fd/2 | grep -qx '@\[1\]: 3'"
else
	skip "bpftrace reads their fields" "bpftrace is not installed"
fi
# enabled still, so that unloading has to switch it off
echo 1 >"$events/enable"
check "the module unloads while it is watched" rmmod skbscope
insmod "$module"
finish
