#!/bin/bash
# test_trinity.sh: Debian's trinity, which knows nothing of the family, throws
# system calls with random arguments at its sockets, as a user without rights.
# Its sockets are of the family by a library loaded before its own.
# Test-timeout: 200
# shellcheck source=selftests/lib.sh
source selftests/lib.sh

library=$PWD/.build/selftests/trinity/domain.so
calls=20000
threads=4

command -v trinity >/dev/null || {
	echo "KTAP version 1"
	echo "1..0 # SKIP trinity is not installed: Debian 12 has it, others may not"
	exit 4
}
plan 5

# What it may call: all that takes a socket, and nothing that could harm the
# machine this test looks at it from.
wanted=(socket socketpair bind connect listen accept accept4 getsockname
	getpeername sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg
	setsockopt getsockopt shutdown read write readv writev ioctl poll ppoll
	select pselect6 epoll_ctl epoll_wait splice tee vmsplice sendfile dup
	dup2 fcntl lseek)

# In a shell of its own, for trinity writes into the working folder.
throw() (
	options=()
	for call in "${wanted[@]}"; do options+=(-c "$call"); done
	chmod 755 "$work"
	mkdir -m 700 "$work/trinity"
	chown nobody "$work/trinity"
	cd "$work/trinity" || return 1
	LD_PRELOAD=$library timeout -s INT -k 20 100 setpriv --reuid nobody \
		--regid nogroup --clear-groups --no-new-privs trinity -q \
		-l off -a 64 -C "$threads" -s 1 -N "$calls" -P KCM \
		--enable-fds=sockets "${options[@]}" >"$work/log" 2>&1 </dev/null
	tail -n 20 "$work/log"
	# What it did, not how it ended: its own children may fall over each other.
	grep -E 'Ran [0-9]+ syscalls' "$work/log"
)

# Some of its calls got as far as an sk_buff.
sent() {
	local allocated
	allocated=$(ledger allocated)
	echo "$allocated sk_buffs"
	((allocated > 0))
}

closed() {
	awk '/^SCOPE/ { print; exit $3 > 0 }' /proc/net/protocols
}

check "it throws $calls calls at sockets of the family" throw
check "which sends some datagrams" sent
check "no socket stays" await closed
check "the ledger balances" await balanced
check "the module can be unloaded" await rmmod skbscope
insmod "$module"
finish
