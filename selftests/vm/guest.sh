#!/bin/bash
# The VM's first process on the host's files: loads the module, runs what
# vm.sh asked for, leaves the results in the control folder, powers off.
# Started by init; never run it on a host.

control=/run/skbscope-vm

power_off() {
	sync
	busybox poweroff -f
	sleep infinity
}

[[ -e $control/settings ]] || { echo "guest.sh runs only inside the VM" >&2; exit 1; }

# shellcheck source=/dev/null
. $control/settings
export HOME=/root USER=root LOGNAME=root SHELL=/bin/bash LANG=C.UTF-8
export PATH=$PROJECT/.build/user:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export TERM KERNEL RELEASE PROJECT
if [[ -n $OUT ]]; then export OUT; else unset OUT; fi
cd "$PROJECT" || power_off

# Measured while the host was too busy to emulate it: it would run at another
# pace than the world's.
if [[ -z $INTERACTIVE ]] && dmesg | grep -q 'tsc: .*calibration deviates'; then
	power_off
fi
: >$control/booted

if [[ -n $MODULE ]] && ! insmod "$MODULE" 2>$control/insmod; then
	echo insmod >$control/status
	power_off
fi
echo "skbscope-vm: start" >/dev/kmsg

if [[ -n $INTERACTIVE ]]; then
	tty=/dev/ttyS1
	# clocal: opening must not wait for a carrier that never comes. And kept
	# open from here on, for the last close forgets the size.
	stty -F $tty sane clocal iutf8
	exec 3<>$tty
	stty rows "$ROWS" cols "$COLUMNS" <&3
	unset ROWS COLUMNS
	# Not the host's ~/.bashrc: what it sets up need not work here.
	PS1='\h:\w\$ ' setsid --ctty --wait bash --norc -i <&3 >&3 2>&3 3>&-
	echo 0 >$control/status
	power_off
fi

# Every process but this one, the pumps and the kernel's own threads.
end_leftovers() {
	local dir pid
	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		case $pid in
		1 | "$out" | "$err") ;;
		*) [[ -e $dir/exe ]] && kill -KILL "$pid" 2>/dev/null ;;
		esac
	done
}

# The command writes into pipes, as it would on the host, and a pump carries
# each to the control folder: 9p writes reach the host before they return, so
# nothing is lost when the power goes.
mkfifo /run/stdout /run/stderr
cat </run/stdout >$control/stdout & out=$!
cat </run/stderr >$control/stderr & err=$!
bash -c "$(<$control/command)" </dev/null >/run/stdout 2>/run/stderr
status=$?

# What the command left running gets a second to close its pipes.
for ((i = 0; i < 20; i++)); do
	kill -0 $out 2>/dev/null || kill -0 $err 2>/dev/null || break
	sleep 0.05
done
end_leftovers
wait $out $err
echo $status >$control/status
power_off
