#!/bin/bash
# install.sh: installs the tool, and the module by DKMS for every kernel of this
# machine that has its headers. Called by `make install`, as root.
source "$(dirname "$0")/vm/common.sh"
cd "$top"

"$here/packages.sh" build install
version=$(sed -n 's/^MODULE_VERSION("\(.*\)");/\1/p' kmod/main.c)
[[ -n $version ]] || die "kmod/main.c names no MODULE_VERSION"
sources=/usr/src/skbscope-$version

make -s -C user BUILD="$build/user" install

# An earlier install of this version may be another state of the sources.
dkms remove "skbscope/$version" --all >/dev/null 2>&1 || :
rm -rf "$sources"
mkdir -p "$sources"
cp -r Kbuild kmod "$sources/"
find "$sources" -name '*.o' -delete -o -name '*.cmd' -delete
sed "s/@VERSION@/$version/" kmod/dkms.conf >"$sources/dkms.conf"
rm "$sources/kmod/dkms.conf"
dkms add "skbscope/$version"

installed=0
for headers in /lib/modules/*/build; do
	[[ -e $headers/Makefile ]] || continue
	dkms install "skbscope/$version" -k "$(basename "$(dirname "$headers")")"
	installed=$((installed + 1))
done
((installed)) || note "no kernel here has its headers: apt-get install linux-headers-amd64, then dkms autoinstall"
