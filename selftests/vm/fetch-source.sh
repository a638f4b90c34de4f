#!/bin/bash
# fetch-source.sh: has the parts of the kernel's source tree that judge ours
# (checkpatch, the selftest harness, kunit.py, the netlink generator) under the
# cache, and prints their folder. They come from Debian's linux-source-6.12.
# Called by style.sh, generate.sh and check.sh.
source "$(dirname "$0")/common.sh"

package=linux-source-6.12
stamp=$cache/$package.folder
parts=(
	scripts/checkpatch.pl scripts/kernel-doc scripts/spelling.txt scripts/const_structs.checkpatch
	tools/testing/kunit
	tools/testing/selftests/kselftest.h tools/testing/selftests/kselftest_harness.h
	tools/testing/selftests/kselftest
	tools/net/ynl Documentation/netlink
)

# Part of the folder's name, so that a longer list is not looked for in vain.
list=$(cksum <<<"${parts[*]}" | cut -d ' ' -f 1)

newest() { apt-cache show --no-all-versions "$package" 2>/dev/null | awk '$1 == "Version:" { print $2; exit }'; }

fetch() { # folder
	local work
	work=$(mktemp -d "$cache/.tmp.XXXXXX")
	# shellcheck disable=SC2064 # the value of now is meant
	trap "rm -rf '$work'" EXIT
	progress "downloading $package (150 MB) for checkpatch and the test harness"
	download "$work" "$package" || { rm -rf "$work"; return 1; }
	mkdir "$work/tree"
	dpkg-deb --fsys-tarfile "$work"/*.deb | tar -xO "./usr/src/$package.tar.xz" | xz -dc -T0 |
		tar -x -C "$work/tree" --strip-components=1 "${parts[@]/#/$package/}" ||
		die "$package: cannot unpack, or not the files it had"
	mv "$work/tree" "$1"
	rm -rf "$work"
	trap - EXIT
}

# Sets main's $folder to the newest, or leaves what is at hand.
find_newest() {
	local try version wanted
	for try in '' force; do
		refresh_lists $try || note "the package registry does not answer"
		version=$(newest)
		wanted=$cache/$package-$version-$list
		if [[ -n $version ]] && { [[ -d $wanted ]] || fetch "$wanted"; }; then
			folder=$wanted
			echo "$folder" >"$stamp"
			return
		fi
	done
	[[ -n $folder ]] || die "cannot download $package: is there a network, and is this Debian 12?"
	note "using $folder, which is at hand"
}

main() {
	local folder=
	[[ -s $stamp ]] && folder=$(<"$stamp")
	[[ -d $folder && $folder == *-"$list" ]] || folder=
	if [[ -z $folder || -z $(find "$stamp" -mtime -1) ]]; then
		"$here/packages.sh" source
		find_newest
	fi
	echo "$folder"
}

with_lock "$cache/source.lock" main
