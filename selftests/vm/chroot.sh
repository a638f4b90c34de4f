#!/bin/bash
# chroot.sh ROOT FOLDER COMMAND...: runs a command on the files of another
# system, where FOLDER of this one is at the place it has here. Called by
# build-module.sh for kernels whose compiler this Debian does not have.
#
# The mounts are in a namespace of their own: they end with the command.
source "$(dirname "$0")/common.sh"

(($# >= 3)) || die "usage: chroot.sh ROOT FOLDER COMMAND..."
[[ $(id -u) == 0 ]] || die "only root can build in a chroot"
[[ -x $1/bin/sh ]] || die "$1 is not the root of a system"
mkdir -p "$1$2"
# shellcheck disable=SC2016 # for the inner shell
exec unshare --mount -- bash -c '
	root=$1 folder=$2
	shift 2
	mount --rbind /dev "$root/dev" && mount --rbind /proc "$root/proc" &&
		mount --bind "$folder" "$root$folder" || exit 1
	LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin exec chroot "$root" "$@"
' chroot.sh "$@"
