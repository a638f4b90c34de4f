#!/bin/bash
# generate.sh FOLDER: writes what the kernel's netlink generator makes of
# kmod/spec/skbscope.yaml below FOLDER, under the names it has in the tree.
# Called by `make regen` for the tree itself and by style.sh to compare.
source "$(dirname "$0")/vm/common.sh"

into=${1:?usage: generate.sh FOLDER}
"$here/packages.sh" style
generator=$("$here/fetch-source.sh")

# The generator looks for its schema one folder above the spec, and climbs to a
# file MAINTAINERS to learn the spec's name: a tree of links gives it both.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/kmod/spec"
touch "$work/MAINTAINERS"
ln -s "$generator"/Documentation/netlink/*.yaml "$work/kmod/"
ln -s "$top/kmod/spec/skbscope.yaml" "$work/kmod/spec/"

generate() { # file arguments...
	local file=$into/$1
	shift
	mkdir -p "$(dirname "$file")"
	# Debian's own python3, for python3-yaml belongs to that one. The output
	# goes by way of the work folder, for a generator that fails writes half,
	# under its own name, for it includes a header of that name.
	/usr/bin/python3 "$generator/tools/net/ynl/ynl-gen-c.py" --spec "$work/kmod/spec/skbscope.yaml" \
		"$@" -o "$work/$(basename "$file")"
	cmp -s "$work/$(basename "$file")" "$file" || cp "$work/$(basename "$file")" "$file"
}

generate kmod/expose/netlink_gen.h --mode kernel --header
generate kmod/expose/netlink_gen.c --mode kernel --source
generate kmod/uapi/skbscope_netlink.h --mode uapi --header
