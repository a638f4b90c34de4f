#!/bin/bash
# test_show.sh: `skbscope show sock' has every member that the kernel's BTF has
# of its structs, for sockets of each family, and the values that getsockopt(), ss
# and bpftrace have.
# Test-timeout: 600
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
families=(tcp tcp6 udp udp6 unix_stream unix_dgram netlink packet kcm
	scope_dgram scope_stream scope_seqpacket scope_raw)
checks=(members values own bpftrace)
plan $((3 + ${#families[@]} * ${#checks[@]} + 6 + ${#families[@]} - 1 + 7))

skbscope recv -w 600 5001 >/dev/null &
await grep -q ' 5001 ' /proc/net/scope
cookie=$(awk '/ 5001 / { print $1 }' /proc/net/scope)

# Not the machine's own: what one must not see is looked for in all of it.
addresses() { grep -E '\bffff[0-9a-f]{12}\b|0xffff[0-9a-f]{12}' "$@"; }

unprivileged() { # command...
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$@"
}

check "a plain user gets no images" fails_with CAP_SYSLOG \
	unprivileged skbscope show sock "$cookie"
no_address() {
	local view
	for view in sockets stations ledger; do
		unprivileged skbscope "$view" || return 1
		unprivileged skbscope "$view" --json || return 1
	done >"$work/views"
	unprivileged cat /proc/net/scope >>"$work/views"
	[[ -s $work/views ]] && ! addresses "$work/views"
}
check "and no address in any view" no_address
root_sees_addresses() { skbscope show sock "$cookie" | addresses >"$work/seen"; }
check "as root does" root_sees_addresses

result() { # family check
	local file=$work/cases/$1.$2
	if [[ -n $no_btf ]]; then
		skip "$1: $2" "$no_btf"
	elif grep -qs '^SKIP ' "$file"; then
		skip "$1: $2" "$(sed 's/^SKIP //' "$file")"
	else
		check "$1: $2" diff /dev/null "$file"
	fi
}

no_btf=
mkdir "$work/cases"
if [[ -e /sys/kernel/btf/vmlinux ]]; then
	modprobe -q kcm
	ip link set lo up
	selftests/btf_members.py /sys/kernel/btf/vmlinux file socket sock sk_buff \
		skb_shared_info >"$work/members"
	selftests/show.py "$work/members" "$work/cases"
else
	no_btf="this kernel has no BTF"
fi
for family in "${families[@]}"; do
	for what in "${checks[@]}"; do
		result "$family" "$what"
	done
	[[ $family != tcp* && $family != udp* && $family != unix* ]] || result "$family" ss
	[[ $family == kcm ]] || result "$family" proc
done

# Without BTF: where the objects are, and what the other views say.
without_btf() {
	unshare -m bash -c "mount -t tmpfs none /sys/kernel/btf && skbscope show sock $cookie" \
		>"$work/out" 2>"$work/err"
	cat "$work/out" "$work/err"
	grep -q 'no fields of the structs: .*BTF' "$work/err" &&
		grep -q 'struct scope_sock  0xffff' "$work/out" &&
		grep -q 'receive queue: 0 sk_buffs' "$work/out"
}
if [[ -d /sys/kernel/btf ]]; then
	check "without BTF the fixed fields, and why" without_btf
else
	skip "without BTF the fixed fields, and why" "there is no folder to hide"
fi

check "a descriptor that is not open" fails_with "no descriptor 77" skbscope show sock $$:77
check "one of a file" fails_with "not of a socket" skbscope show sock $$:0
check "no such process" fails_with "no process 4194303" skbscope show sock 4194303:0
check "no such socket" fails_with "no socket with this cookie" skbscope show sock 999999999
wrong() { # argument...
	local status=0
	skbscope show "$@" >"$work/out" 2>&1 || status=$?
	cat "$work/out"
	((status == 2))
}
check "what is neither a cookie nor PID:FD" wrong sock 12:x
check "what cannot be shown" wrong socket 1
finish
