#!/bin/bash
# build-kernel.sh: has the kernel of KERNEL=debug under the cache, built from
# Debian's linux-source-6.12 and the fragments and patches in debug/, and prints
# its folder. Called by fetch-kernel.sh, which says what the folder holds.
#
# What goes into the kernel is part of its name, so a new source, compiler,
# configuration or patch makes another kernel beside the old one. Building it takes some
# twelve minutes of two CPUs and 3 GB of space, given back at the end.
source "$(dirname "$0")/common.sh"

kernels=$cache/kernels
package=$(kernel_package debug)
fragments=("$here/debug/base.config" "$here/debug/debug.config")
patches=("$here"/debug/*.patch)

# The version of the source that the rest of the project is judged by.
source_version() {
	local folder
	folder=$(basename "$("$here/fetch-source.sh")")
	folder=${folder#"$package-"}
	echo "${folder%-*}"
}

unpack() { # work version
	progress "downloading $package (150 MB)"
	mkdir "$1/deb" "$1/source"
	download "$1/deb" "$package=$2" || die "cannot download $package $2"
	dpkg-deb --fsys-tarfile "$1"/deb/*.deb | tar -xO "./usr/src/$package.tar.xz" | xz -dc -T0 |
		tar -x -C "$1/source" --strip-components=1 || die "cannot unpack $package"
	rm -r "$1/deb"
}

# Each makes a detector faster, so without one the kernel is slower, not wrong:
# what a new source has no place for is said and left out.
apply_patches() { # source
	local patch
	for patch in "${patches[@]}"; do
		if patch -s -f --dry-run -p1 -d "$1" <"$patch" >/dev/null; then
			patch -s -p1 -d "$1" <"$patch"
		else
			note "$(basename "$patch") does not fit $package: left out"
		fi
	done
}

# An option that does not exist or lacks what it depends on is dropped without
# a word: say which.
configure() { # work
	kmake "$1" KCONFIG_ALLCONFIG="$1/wanted" allnoconfig
	local lost
	lost=$(grep '^CONFIG_' "$1/wanted" | grep -vxFf "$1/build/.config") || :
	[[ -z $lost ]] || die "$package does not take these options: $lost"
}

kmake() { # work argument...
	local work=$1
	shift
	# Not the variables of our own make.
	if ! env -u MAKEFLAGS -u MAKELEVEL KBUILD_BUILD_TIMESTAMP=@0 KBUILD_BUILD_USER=skbscope \
		KBUILD_BUILD_HOST=skbscope make -s -C "$work/source" O="$work/build" \
		-j"$(nproc)" "$@" >"$work/log" 2>&1; then
		tail -n 40 "$work/log" >&2
		die "the debug kernel does not build (make $*)"
	fi
}

build() { # release version
	local work release=$1 tree room
	room=$(df --output=avail --block-size=1M "$kernels" | tail -n 1)
	((room > 3500)) || die "building a kernel takes 3500 MB in $kernels, where $room are free"
	work=$(mktemp -d "$kernels/.tmp.XXXXXX")
	# shellcheck disable=SC2064 # the value of now is meant
	trap "rm -rf '$work'" EXIT
	tree=$work/tree
	unpack "$work" "$2"
	apply_patches "$work/source"
	mkdir -p "$work/build" "$tree/boot"
	cat "${fragments[@]}" >"$work/wanted"
	echo "CONFIG_LOCALVERSION=\"-${release#*-}\"" >>"$work/wanted"
	configure "$work"
	progress "building Linux $release, once (some 12 minutes)"
	kmake "$work" vmlinux modules
	kmake "$work" modules_install INSTALL_MOD_PATH="$tree"
	kmake "$work" run-command \
		KBUILD_RUN_COMMAND="+\$(srctree)/scripts/package/install-extmod-build $tree/headers"
	cp "$work/build/.config" "$tree/boot/config-$release"
	cp "$work/build/System.map" "$tree/boot/System.map-$release"
	objcopy --strip-all "$work/build/vmlinux" "$tree/vmlinux"
	ln -sfn "$kernels/$release/headers" "$tree/lib/modules/$release/build"
	[[ $(<"$tree/headers/include/config/kernel.release") == "$release" ]] ||
		die "the kernel built is not $release"
	# Whole or not at all: an interrupted run leaves only a folder of its own.
	rm -rf "${kernels:?}/$release"
	mv "$tree" "$kernels/$release"
	rm -rf "$work"
	trap - EXIT
}

main() {
	local version key release
	version=$(source_version)
	key=$({ echo "$version"; gcc -dumpfullversion; cat "${fragments[@]}" "${patches[@]}"; } | sha256sum | head -c 8)
	release=${version%%-*}-debug-$key
	[[ -e $kernels/$release/vmlinux ]] || build "$release" "$version"
	echo "$kernels/$release"
}

mkdir -p "$kernels"
"$here/packages.sh" build source
with_lock "$cache/kernel-debug.lock" main
