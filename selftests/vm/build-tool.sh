#!/bin/bash
# build-tool.sh [TARGET...]: builds the user tool into .build/user by its own
# Makefile; the output shows only when it fails or a terminal watches.
# Called by the Makefile and check.sh.
source "$(dirname "$0")/common.sh"

"$here/packages.sh" build
log=$build/user/build.log

build() {
	progress "building the tool"
	# Not the variables of our own make.
	if ! env -u MAKEFLAGS -u MAKELEVEL make -C "$top/user" BUILD="$build/user" \
		-j"$(nproc)" "$@" >"$log" 2>&1; then
		cat "$log" >&2
		die "the tool does not build (log: $log)"
	fi
	# Shown, not fatal: unlike the kernel's headers, the libraries' change.
	grep 'warning:' "$log" >&2 || :
}

with_lock "$build/user/lock" build "$@"
