#!/bin/bash
# fetch-pwru.sh: has Debian 13's pwru under the cache, unpacked and not
# installed, and prints its path. Debian 12 has no such package; what it needs,
# libc and libpcap, is here by other packages. Called by bench.sh.
source "$(dirname "$0")/../vm/common.sh"
# shellcheck source=selftests/vm/newer.sh
source "$here/newer.sh"

folder=$cache/pwru
program=$folder/usr/bin/pwru
# shellcheck disable=SC2034 # for newer_configure
newer_suites=(trixie)

fetch() {
	[[ ! -x $program ]] || return 0
	progress "downloading pwru of Debian 13 (2 MB, and 10 MB of package lists)"
	mkdir -p "$folder"
	newer_configure "$folder/apt"
	refresh_lists force || die "the package registry does not answer"
	download "$folder/apt" pwru || die "cannot download pwru"
	dpkg-deb -x "$folder"/apt/pwru_*.deb "$folder"
	rm -rf "$folder/apt"
}

"$here/packages.sh" tests
with_lock "$cache/pwru.lock" fetch
echo "$program"
