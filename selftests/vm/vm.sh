#!/bin/bash
# vm.sh: boots the VM and runs $RUN in it, or gives a shell when RUN is empty.
# Called by `make vm`, `make demo` and check.sh with the variables that the
# Makefile explains: KERNEL CPUS MEM ACCEL ICOUNT RUN OUT TIMEOUT LOAD APPEND
# TURNS; and LOG, the file for what the kernel prints.
#
# Emulated CPUs take turns. Side by side, one may run for a moment what another
# has just patched, as no real CPU does: an int3 that nobody waits for any more,
# and the guest panics.
#
# Host and guest meet in a control folder shared over 9p:
#   settings, command    from here to guest.sh
#   booted               made when the module is about to be loaded
#   stdout, stderr       from the command, passed on while it runs
#   status               its exit status, written last
source "$(dirname "$0")/common.sh"

: "${KERNEL:=6.1}" "${MEM:=2G}" "${TIMEOUT:=300}" "${LOAD:=1}" "${RUN:=}" "${OUT:=}"
: "${ICOUNT:=0}" "${CPUS:=}" "${ACCEL:=}" "${TURNS:=1}" "${LOG:=}"

cpu_has_virtualisation() { grep -qE '^flags.* (vmx|svm)( |$)' /proc/cpuinfo; }

check_variables() {
	kernel_package "$KERNEL" >/dev/null
	[[ $ICOUNT == [01] ]] || die "ICOUNT=$ICOUNT is not allowed: 0 or 1"
	[[ $TURNS == [01] ]] || die "TURNS=$TURNS is not allowed: 0 or 1"
	[[ $LOAD == [01] ]] || die "LOAD=$LOAD is not allowed: 0 or 1"
	if [[ $ICOUNT == 1 ]]; then
		[[ ${CPUS:=1} == 1 ]] || die "CPUS=$CPUS is not allowed with ICOUNT=1: one CPU only"
		[[ ${ACCEL:=tcg} == tcg ]] || die "ACCEL=$ACCEL is not allowed with ICOUNT=1: only tcg counts instructions"
	fi
	check_number CPUS "${CPUS:=2}" 1 64
	check_number TIMEOUT "$TIMEOUT" 1 86400
	[[ $MEM =~ ^([1-9][0-9]{0,5})([MG])$ ]] || die "MEM=$MEM is not allowed: a number with M or G, like 512M or 2G"
	local megabytes=${BASH_REMATCH[1]}
	[[ ${BASH_REMATCH[2]} == M ]] || megabytes=$((megabytes * 1024))
	((megabytes >= 256 && megabytes <= 65536)) || die "MEM=$MEM is not allowed: 256M to 64G"
	# A /dev/kvm that opens proves nothing: without the CPU's flag guests hang.
	if [[ -z $ACCEL ]]; then
		ACCEL=tcg
		if cpu_has_virtualisation && [[ -w /dev/kvm ]]; then ACCEL=kvm; fi
	fi
	case $ACCEL in
	tcg) ;;
	kvm) cpu_has_virtualisation || die "ACCEL=kvm: this CPU shows neither vmx nor svm; use ACCEL=tcg" ;;
	*) die "ACCEL=$ACCEL is not allowed: tcg or kvm" ;;
	esac
	if [[ -n $OUT ]]; then
		mkdir -p "$OUT" || die "OUT=$OUT: cannot make that folder"
		OUT=$(cd "$OUT" && pwd)
	fi
	[[ -n $RUN || (-t 0 && -t 1) ]] || die "a shell in the VM needs a terminal; or give RUN='command'"
}

write_settings() {
	local rows=24 columns=80 module='' size
	[[ $LOAD == 1 ]] && module=$build/$release/skbscope.ko
	[[ -z $module || -e $module ]] || die "$module is not built; run: make KERNEL=$KERNEL"
	if [[ -z $RUN ]] && size=$(stty size 2>/dev/null) && [[ $size != '0 0' ]]; then
		read -r rows columns <<<"$size"
	fi
	# In single quotes, for the guest reads it with two different shells.
	local name value quote="'\\''"
	for name in \
		PROJECT="$top" KERNEL="$KERNEL" RELEASE="$release" KERNEL_DIR="$kernel_dir" \
		MODULE="$module" OUT="$OUT" INTERACTIVE="$([[ -n $RUN ]] || echo 1)" \
		ROWS="$rows" COLUMNS="$columns" TERM="${TERM:-linux}"; do
		value=${name#*=}
		printf "%s='%s'\n" "${name%%=*}" "${value//\'/"$quote"}"
	done >"$control/settings"
	printf '%s' "$RUN" >"$control/command"
	: >"$control/stdout"
	: >"$control/stderr"
}

share() { # tag folder options
	local id=$1
	printf '%s\n' -fsdev "local,id=$id,path=${2//,/,,},security_model=none,multidevs=remap$3" \
		-device "virtio-9p-pci,fsdev=$id,mount_tag=$id"
}

qemu_arguments() {
	# The host may let a CPU of the guest wait for long: that is no lockup.
	local append='console=ttyS0 loglevel=8 panic=-1 mitigations=off random.trust_cpu=on
		watchdog_thresh=30 rcupdate.rcu_cpu_stall_timeout=100'
	append=${append//[$'\n\t']/ }
	# Every report, not the first alone. Who took and freed an object KASAN
	# tells: to keep its stacks by slab debugging too makes all a third slower.
	[[ $KERNEL != debug ]] || append+=' kasan_multi_shot slab_debug=ZP'
	append+=${APPEND:+ $APPEND}
	args=(-nodefaults -no-user-config -display none -no-reboot -machine q35
		-m "$MEM" -smp "$CPUS" -kernel "$kernel_dir/vmlinux" -initrd "$initramfs"
		-serial "file:$work/kernel.log")
	case $ACCEL in
	kvm) args+=(-accel kvm -cpu host) ;;
	tcg)
		# On a busy host the timer's interrupts come later than the kernel
		# waits for when it checks them, and it panics.
		append+=' tsc=reliable no_timer_check'
		# The emulator keeps what it has translated by its virtual address: of
		# a library that is elsewhere in each program, nothing can be kept.
		append+=' norandmaps'
		if [[ $ICOUNT == 1 ]]; then
			args+=(-accel tcg -icount 'shift=0,sleep=off' -seed 1
				-rtc 'base=2024-01-01T00:00:00,clock=vm')
			append+=' nokaslr'
		else
			args+=(-accel "tcg,thread=$( ((TURNS)) && echo single || echo multi)")
		fi
		args+=(-cpu "${CPU:-max}")
		;;
	esac
	[[ -n $RUN ]] || args+=(-chardev 'stdio,id=terminal,signal=off' -serial chardev:terminal)
	local shares
	mapfile -t shares < <(
		share host / ,readonly=on
		share control "$control" ''
		[[ -z $OUT ]] || share out "$OUT" ''
	)
	args+=("${shares[@]}" -append "$append")
}

# Ended by anything but the guest's own power-off, the VM must not stay.
cleanup() {
	if [[ -n ${vm:-} ]]; then
		# timeout hands it on to qemu, and kills that when it will not go.
		kill -TERM "$vm" 2>/dev/null || :
		wait "$vm" 2>/dev/null || :
	fi
	[[ ! -e $work/kernel.log ]] || mv "$work/kernel.log" "$log"
	rm -rf "$work"
}

run_command() {
	timeout --foreground -k 5 "$TIMEOUT" qemu-system-x86_64 "${args[@]}" \
		</dev/null >"$work/qemu" 2>&1 &
	vm=$!
	tail -s 0.1 -c +1 -f --pid=$vm "$control/stdout" & local out=$!
	tail -s 0.1 -c +1 -f --pid=$vm "$control/stderr" >&2 & local err=$!
	wait $vm && qemu_status=0 || qemu_status=$?
	vm=
	wait $out $err || :
}

# A boot that ends before the module is there ended on the emulator's account:
# a CPU may still trap on a byte that another one has just patched, and on a
# busy host the clock is measured wrongly (guest.sh gives up then).
died_in_boot() {
	[[ ! -e $control/booted ]] &&
		grep -E 'Kernel panic|tsc: .*calibration deviates' "$work/kernel.log" >&2
}

run_shell() {
	note "Linux $release; 'exit' ends the VM. Should it hang: kill \$(cat $work/pid)"
	local saved
	saved=$(stty -g)
	qemu-system-x86_64 "${args[@]}" -pidfile "$work/pid" && qemu_status=0 || qemu_status=$?
	stty "$saved"
}

# What became of the guest, in the order in which the causes hide each other.
judge() {
	# The log moves to its place only when judged: another VM of the same
	# kernel may end meanwhile.
	local status='' file=$work/kernel.log
	sed -i 's/\r//' "$file"
	[[ -e $control/status ]] && status=$(<"$control/status")
	local reports
	reports=$("$here/scan-log.sh" "$file") || {
		note "vm: the kernel reported trouble (all of it in $log):"
		note "$reports"
		verdict=1
	}
	if grep -q 'Kernel panic' "$file"; then
		note "vm: the guest's kernel panicked; the end of $log:"
		tail -n 40 "$file" >&2
		verdict=1
	elif [[ $qemu_status == 124 || $qemu_status == 137 ]]; then
		note "vm: no end after TIMEOUT=$TIMEOUT seconds, so the VM was stopped; the end of $log:"
		tail -n 5 "$file" >&2
		verdict=1
	elif [[ $status == insmod ]]; then
		note "vm: the module does not load: $(<"$control/insmod")"
		note "vm: the end of $log:"
		tail -n 10 "$file" >&2
		verdict=1
	elif [[ -z $status ]]; then
		note "vm: the guest ended before the command did (qemu's status $qemu_status); the end of $log:"
		{ cat "$work/qemu" 2>/dev/null; tail -n 20 "$file"; } >&2
		verdict=1
	elif [[ $status != 0 ]]; then
		note "vm: command exited with status $status"
		verdict=$status
	fi
}

check_variables
"$here/packages.sh" vm
kernel_dir=$("$here/fetch-kernel.sh" "$KERNEL")
release=$(basename "$kernel_dir")
initramfs=$build/vm/$KERNEL/initramfs-$release
"$here/initramfs.sh" "$kernel_dir" "$initramfs"

log=${LOG:-$build/vm/$KERNEL/kernel.log}
work=$(mktemp -d "$build/vm/$KERNEL/run.XXXXXX")
control=$work/control
mkdir "$control"
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
write_settings
qemu_arguments
verdict=0
if [[ -n $RUN ]]; then
	run_command
	for ((boots = 1; boots < 3; boots++)); do
		died_in_boot || break
		note "vm: that was before the module was there: booting once more"
		run_command
	done
else
	run_shell
fi
judge
exit "$verdict"
