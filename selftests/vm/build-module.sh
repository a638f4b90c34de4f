#!/bin/bash
# build-module.sh KERNEL [no-stations]: builds .build/<release>/skbscope.ko
# against that Debian kernel's headers, with W=1, recompiling only what changed;
# with no-stations .build/<release>-no-stations/skbscope.ko, see Kbuild. Called
# by the Makefile, check.sh, style.sh and bench.sh. WERROR=0 lets warnings pass;
# SPARSE=1 runs sparse over all sources, its words left in sparse-build.log.
source "$(dirname "$0")/common.sh"

kernel=${1:?usage: build-module.sh KERNEL [no-stations]}
variant=${2:-}
[[ -z $variant || $variant == no-stations ]] || die "$variant is not allowed: no-stations or nothing"
"$here/packages.sh" build
kernel_dir=$("$here/fetch-kernel.sh" "$kernel")
release=$(basename "$kernel_dir")
out=$build/$release${variant:+-$variant}
log=$out/${SPARSE:+sparse-}build.log

# A tree of links to our sources takes the objects, so that several kernels'
# builds stand side by side and an in-place build's leftovers do not get in.
link_sources() {
	local src=$out/src file
	mkdir -p "$src"
	find "$src" -xtype l -delete
	(cd "$top" && find Kbuild kmod -name '*.[ch]' -o -name Kbuild) | while read -r file; do
		[[ -e $src/$file ]] && continue
		mkdir -p "$src/$(dirname "$file")"
		ln -s "$top/$file" "$src/$file"
	done
}

# Debian's 6.1 headers lack what kbuild wants for BTF, while pahole alone needs
# but the types of the kernel itself, if it has them.
add_btf() { # module
	local flags
	grep -qx CONFIG_DEBUG_INFO_BTF=y "$kernel_dir/headers/include/config/auto.conf" || return 0
	read -ra flags <<<"$(cd "$kernel_dir/headers" && PAHOLE=pahole bash scripts/pahole-flags.sh)"
	LLVM_OBJCOPY=objcopy pahole -J "${flags[@]}" --btf_base "$kernel_dir/vmlinux" "$1" >>"$log" 2>&1 ||
		die "pahole cannot describe the module's types (log: $log)"
}

# What kbuild is run by, and the headers as it sees them.
in_chroot=()
headers=$kernel_dir/headers
if [[ -d $kernel_dir/chroot ]]; then
	in_chroot=("$here/chroot.sh" "$kernel_dir/chroot" "$top")
	headers=/lib/modules/$release/build
fi

build() {
	local flags=(W=1)
	[[ ${WERROR:-1} == 0 ]] || flags+=(KCFLAGS=-Werror)
	[[ -z $variant ]] || flags+=(SCOPE_NO_STATIONS=y)
	# Checks every source, also those that need no compiling.
	[[ -z ${SPARSE:-} ]] || flags+=(C=2 CHECK=sparse)
	link_sources
	progress "building the module for $release${variant:+, $variant}${SPARSE:+, with sparse}"
	# Not the variables of our own make: its KERNEL or OUT mean nothing there.
	if ! env -u MAKEFLAGS -u MAKELEVEL "${in_chroot[@]}" make -C "$headers" M="$out/src" \
		-j"$(nproc)" "${flags[@]}" >"$log" 2>&1; then
		cat "$log" >&2
		die "the module does not build for $release (log: $log)"
	fi
	# The checker's findings are for style.sh to judge.
	[[ -z ${SPARSE:-} ]] || return 0
	if grep -i 'warning' "$log" >&2 && [[ ${WERROR:-1} != 0 ]]; then
		# Not kept: the next run would not see the warning again.
		rm -rf "$out/src" "$out/skbscope.ko"
		die "warnings in the module's build for $release (log: $log)"
	fi
	[[ $out/skbscope.ko -nt $out/src/skbscope.ko ]] && return
	cp "$out/src/skbscope.ko" "$out/.new.ko"
	[[ -e $kernel_dir/headers/vmlinux ]] || add_btf "$out/.new.ko"
	mv "$out/.new.ko" "$out/skbscope.ko"
}

[[ -e $top/Kbuild ]] || die "no Kbuild here yet: nothing to build"
with_lock "$out/lock" build
