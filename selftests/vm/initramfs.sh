#!/bin/bash
# initramfs.sh KERNEL-DIR FILE: packs busybox, init and the modules that the
# guest needs before it has a root. Called by vm.sh.
source "$(dirname "$0")/common.sh"

kernel_dir=$1
file=$2
release=$(basename "$kernel_dir")
# In no order: modules.dep gives that, and names without a file are built in.
wanted='virtio_pci 9pnet_virtio 9p overlay'

# Nothing to do when it is newer than all it is made of.
[[ $file -nt $here/init && $file -nt $here/initramfs.sh && $file -nt $kernel_dir/vmlinux &&
	$file -nt $(command -v busybox) ]] && exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$(dirname "$file")"
cp "$(command -v busybox)" "$work/bin/busybox"
ln -s busybox "$work/bin/sh"
cp "$here/init" "$work/init"
chmod 755 "$work/init"

# "insmod PATH" lines, what a module depends on first.
for module in $wanted; do
	modprobe -d "$kernel_dir" -S "$release" --show-depends "$module" |
		awk '$1 == "insmod" { print $2 }'
done | awk '!seen[$0]++' | while read -r path; do
	name=$(basename "$path")
	name=${name%.xz}
	case $path in
	*.xz) xz -dc "$path" >"$work/$name" ;;
	*) cp "$path" "$work/$name" ;;
	esac
	echo "$name"
done >"$work/modules"

(cd "$work" && find . -mindepth 1 | sort | cpio -o -H newc --quiet -R 0:0) >"$file.$$"
mv "$file.$$" "$file"
