#!/bin/bash
# packages.sh PURPOSE...: installs the Debian packages a purpose needs and that
# are missing; silent and quick when none is. Called by the Makefile and by the
# scripts that use the programs. Purposes: build vm chroot source tests style
# install coverage trinity.
source "$(dirname "$0")/common.sh"

list() {
	case $1 in
	build) echo gcc-12 gcc make bc kmod zstd xz-utils dwarves libc6-dev \
		libelf-dev libssl-dev flex bison perl pkg-config libnl-3-dev \
		libnl-genl-3-dev libtracefs-dev libtraceevent-dev \
		libjson-c-dev libbpf-dev libpcap-dev libncurses-dev zlib1g-dev libyaml-dev ;;
	vm) echo qemu-system-x86 seabios busybox-static cpio kmod xz-utils zstd ;;
	chroot) echo mmdebstrap debian-archive-keyring ;;
	source) echo patch xz-utils ;;
	tests) echo socat tcpdump iproute2 bpftrace trace-cmd tmux strace \
		python3 jq procps util-linux curl redis-server redis-tools \
		nginx-light memcached libmemcached-tools postgresql ;;
	style) echo sparse shellcheck gcc perl python3 python3-yaml \
		python3-jsonschema libc6-dev ;;
	install) echo dkms ;;
	coverage) echo gcc-12 python3 ;;
	trinity) echo trinity ;;
	*) die "no such purpose: $1" ;;
	esac
}

declare -a wanted=() missing=()
for purpose in "$@"; do
	read -ra more <<<"$(list "$purpose")"
	wanted+=("${more[@]}")
done

for package in "${wanted[@]}"; do
	state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) || state=
	[[ $state == ii* || $state == hi* ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
[[ $(id -u) == 0 ]] ||
	die "as root, run: apt-get install --no-install-recommends ${missing[*]}"

export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
policy=/usr/sbin/policy-rc.d
made_policy=
cleanup() {
	rm -f "$log"
	[[ -z $made_policy ]] || rm -f "$policy"
}
trap cleanup EXIT

# Programs that are servers, too, are for the VM: here their services neither
# start now nor at the next boot.
forbid_services() {
	[[ ! -e $policy ]] || return 0
	made_policy=1
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
}

disable_services() {
	local package
	for package in "${missing[@]}"; do
		case $package in
		redis-server | memcached | postgresql) ;;
		nginx-light) package=nginx ;;
		*) continue ;;
		esac
		systemctl disable "$package" >/dev/null 2>&1 || :
	done
}

install() {
	apt-get install -y -q --no-install-recommends \
		-o DPkg::Lock::Timeout=300 "${missing[@]}" >"$log" 2>&1 </dev/null
}

progress "installing: ${missing[*]}"
forbid_services
# Old package lists name files that the registry no longer has: try with what
# is there, refresh only when that fails.
if ! install; then
	apt-get update -q >"$log" 2>&1 </dev/null || note "apt-get update: not every source answered"
	install || { tail -n 20 "$log" >&2; die "apt-get could not install: ${missing[*]}"; }
fi
disable_services
