#!/bin/bash
# fetch-kernel.sh 6.1|6.12|7.2|debug: has the newest Debian kernel of a series,
# image and headers, unpacked under the cache, and prints its folder. Nothing is
# installed on the host. Called by build-module.sh, vm.sh and style.sh.
# KERNEL=debug is not Debian's but built from its source, by build-kernel.sh.
#
# The folder KERNELS/<release> then holds:
#   vmlinux       the kernel itself, as qemu starts it and as pahole reads BTF
#   lib/modules   with modules.dep, for modprobe in the guest
#   headers       a link: what `make -C` wants
#   chroot        where to run it, if not on the host; see newer.sh
#   boot usr      as in the packages
source "$(dirname "$0")/common.sh"

series=${1:?usage: fetch-kernel.sh KERNEL}
kernels=$cache/kernels
stamp=$kernels/$series.release
package=$(kernel_package "$series")
[[ $series != debug ]] || exec "$here/build-kernel.sh"

# Not of this Debian.
newer() { [[ $series == 7.2 ]]; }
if newer; then
	# shellcheck source=selftests/vm/newer.sh
	source "$here/newer.sh"
fi

depends() { apt-cache depends --important "$1" 2>/dev/null | awk '$1 == "Depends:" { print $2 }'; }

# Prints the image package of the newest release the package lists know.
newest_image() {
	if newer; then newer_newest "$series"; else depends "$package" | grep -m 1 '^linux-image-[0-9].*-amd64$'; fi
}

# bzImage -> vmlinux. The boot protocol's header says where the compressed
# kernel lies (Documentation/arch/x86/boot.rst); started unpacked, the guest
# saves the decompression, three seconds of emulation for an xz image.
unpack_vmlinux() { # bzImage vmlinux
	local sectors offset length
	sectors=$(od -An -tu1 -j 497 -N 1 "$1")
	offset=$(od -An -tu4 -j 584 -N 4 "$1")
	length=$(od -An -tu4 -j 588 -N 4 "$1")
	tail -c "+$(((sectors + 1) * 512 + offset + 1))" "$1" | head -c "$((length - 4))" >"$2.packed" || :
	case $(od -An -tx1 -N 4 "$2.packed") in
	' fd 37 7a 58') xz -dc --single-stream <"$2.packed" >"$2" ;;
	' 28 b5 2f fd') zstd -q -dc <"$2.packed" >"$2" ;;
	*) die "$1: compressed in a way not known here" ;;
	esac
	rm "$2.packed"
	[[ $(od -An -tx1 -N 4 "$2") == ' 7f 45 4c 46' ]] || die "$1: no ELF kernel inside"
}

# Debian's headers name each other by /usr/src/...; make them find themselves
# where they were unpacked, at their final place.
relocate_headers() { # tree final release
	local h=$1/usr/src/linux-headers-$3
	ln -s "usr/src/linux-headers-$3" "$1/headers"
	sed -i "s|/usr/src/|$2/usr/src/|" "$h/Makefile"
	ln -sfn "$2/headers" "$1/lib/modules/$3/build"
	ln -sfn "$2/usr/src/linux-headers-${3%-amd64}-common" "$1/lib/modules/$3/source"
}

fetch() { # release
	local release=$1 work names
	work=$(mktemp -d "$kernels/.tmp.XXXXXX")
	# shellcheck disable=SC2064 # the value of now is meant
	trap "rm -rf '$work'" EXIT
	if newer; then
		names=(linux-base-"$release" linux-binary-"$release" linux-modules-"$release")
	else
		names=(linux-image-"$release" linux-headers-"$release")
		mapfile -t -O 2 names < <(depends "linux-headers-$release" |
			grep -E '^linux-(headers-.*-common|kbuild-)')
	fi
	progress "downloading Linux $release (100 to 200 MB)"
	mkdir "$work/deb" "$work/tree"
	download "$work/deb" "${names[@]}" || { rm -rf "$work"; return 1; }
	unpack "$work" "$release" || die "could not unpack Linux $release"
	# Whole or not at all: an interrupted run leaves only a folder of its own.
	rm -rf "${kernels:?}/$release"
	mv "$work/tree" "$kernels/$release"
	rm -rf "$work"
	trap - EXIT
}

# Joined by && because `set -e` sleeps inside a function that is tested.
unpack() { # work release
	local deb tree=$1/tree
	if newer; then
		newer_unpack "$1" "$2" "$series"
		return
	fi
	for deb in "$1"/deb/*.deb; do
		dpkg-deb -x "$deb" "$tree" || return 1
	done
	unpack_vmlinux "$tree/boot/vmlinuz-$2" "$tree/vmlinux" &&
		relocate_headers "$tree" "$kernels/$2" "$2" &&
		depmod -b "$tree" "$2"
}

usable() { [[ -n $1 && -e $kernels/$1/vmlinux ]]; }

main() {
	local release=
	mkdir -p "$kernels"
	[[ -s $stamp ]] && release=$(<"$stamp")
	# One question a day is enough for "newest".
	if ! usable "$release" || [[ -z $(find "$stamp" -mtime -1) ]]; then
		"$here/packages.sh" vm
		! newer || newer_configure "$cache/apt-newer"
		find_newest "$release"
	fi
	echo "$kernels/$release"
}

# Sets main's $release: the newest, or the one at hand ($1) where the registry
# cannot be asked.
find_newest() { # have
	local try
	for try in '' force; do
		refresh_lists $try || note "the package registry does not answer"
		release=$(newest_image) || :
		release=${release#linux-image-}
		if usable "$release" || { [[ -n $release ]] && fetch "$release"; }; then
			echo "$release" >"$stamp"
			[[ -z $1 || $1 == "$release" ]] || rm -rf "${kernels:?}/$1"
			return
		fi
	done
	usable "$1" || die "cannot download $package: is there a network, and is this Debian 12?"
	note "using Linux $1, which is at hand"
	release=$1
}

with_lock "$cache/kernel-$series.lock" main
