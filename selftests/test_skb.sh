#!/bin/bash
# test_skb.sh: `skbscope show skb' has every member of an sk_buff's structs at each
# of its stations, with the values that bpftrace reads there from the same address;
# its buffer's parts are all of it, and its relatives those that there are.
# Test-timeout: 300
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
checks=(bpftrace members relatives buffer queue live)
plan $((${#checks[@]} + 5))

traffic() {
	skbscope recv -w 60 5000 >/dev/null &
	await served 5000
	skbscope send -s 700 5000
	wait
	skbscope recv -w 60 -t stream -n 0 5001 >/dev/null &
	await served 5001
	skbscope send -t stream -s 6000 5001
	wait
}
export -f traffic await served

why=
[[ -e /sys/kernel/btf/vmlinux ]] || why="this kernel has no BTF"
command -v bpftrace >/dev/null || why="bpftrace is not installed"
if [[ -z $why ]]; then
	selftests/btf_members.py /sys/kernel/btf/vmlinux sk_buff skb_shared_info >"$work/members"
	mkdir "$work/cases"
	selftests/skb.py "$work/members" "$work/cases"
fi
for what in "${checks[@]}"; do
	if [[ -n $why ]]; then
		skip "$what" "$why"
	else
		check "$what" diff /dev/null "$work/cases/$what"
	fi
done

drawn() {
	skb=$(skbscope trace --json -i "$work/cases/record" |
		jq -s 'map(select(.relation == "clone")) | first | .skb')
	skbscope show skb "$skb" -i "$work/cases/record" >"$work/out" || return 1
	cat "$work/out"
	grep -q '^now nowhere: it was consumed' "$work/out" &&
		grep -q '^  skb [0-9]* *it is a clone of this one, same head' "$work/out" &&
		grep -q '^  linear  *|.*|shared_info|$' "$work/out" &&
		grep -q '^| struct skb_shared_info ' "$work/out"
}
if [[ -z $why ]]; then
	check "as text" drawn
else
	skip "as text" "$why"
fi

skbscope recv -w 600 5003 >/dev/null &
await served 5003
check "one that is nowhere" fails_with "is on no queue" skbscope show skb 999999999
check "a plain user gets none from the queues" fails_with CAP_SYSLOG \
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all skbscope show skb 1
check "nor while a command runs" fails_with "needs root" \
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all skbscope show skb 1 -- true
check "nor root without capabilities" fails_with CAP_SYSLOG \
	setpriv --bounding-set=-sys_admin,-syslog --inh-caps=-all skbscope show skb 1 -- true
finish
