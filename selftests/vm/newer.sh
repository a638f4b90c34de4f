# shellcheck shell=bash
# newer.sh: kernels that this machine's Debian does not have, from the suites
# after it, and a chroot of that suite with the compiler they are built by: the
# programs of their headers need its libraries. Sourced by fetch-kernel.sh for
# KERNEL=7.2.
#
# The host's apt asks for them with a configuration of our own, so that what it
# knows and installs stays as it is. It trusts the same keys.
# shellcheck disable=SC2154 # here, cache: of common.sh

# The first that has a kernel of the series gives the newest of it there.
newer_suites=(trixie-backports sid)

# What a suite needs beside itself for a chroot.
newer_base() { # suite
	local suite=$1
	[[ $suite != *-backports ]] || echo "${suite%-backports}"
	echo "$suite"
}

# The mirror this machine's own packages come from.
newer_mirror() {
	# shellcheck disable=SC2016 # apt's, not the shell's
	apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Origin: Debian' | sed -n '1s|/*$||p'
}

newer_source() { # mirror suite
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $1 $2 main"
}

# From here on apt-get and apt-cache speak of those suites, by lists in a folder
# of their own.
newer_configure() { # folder
	local folder=$1 suite mirror
	mirror=$(newer_mirror)
	[[ -n $mirror ]] || die "no source of Debian in /etc/apt to take a mirror from"
	mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
	for suite in "${newer_suites[@]}"; do newer_source "$mirror" "$suite"; done >"$folder/sources.list"
	cat >"$folder/apt.conf" <<-END
		Dir::Etc::SourceList "$folder/sources.list";
		Dir::Etc::SourceParts "-";
		Dir::State::Lists "$folder/lists";
		Dir::Cache "$folder/cache";
		# the cache may be in a home that nobody else can read
		APT::Sandbox::User "root";
	END
	export APT_CONFIG=$folder/apt.conf
	# shellcheck disable=SC2034 # for refresh_lists
	package_lists=$folder/asked
	newer_from=$mirror
}

# Prints "SUITE VERSION PACKAGE" of every image of a series.
newer_images() { # series
	local names
	mapfile -t names < <(apt-cache pkgnames "linux-image-$1." |
		grep -E "^linux-image-${1//./\\.}\.[0-9]+\+deb[0-9]+-amd64$")
	((${#names[@]} == 0)) || apt-cache madison "${names[@]}" |
		awk '{ split($6, part, "/"); print part[1], $3, $1 }'
}

newer_newest() { # series
	local suite found
	for suite in "${newer_suites[@]}"; do
		found=$(newer_images "$1" | awk -v suite="$suite" '$1 == suite' | sort -V -k 2 | tail -n 1)
		[[ -z $found ]] || { echo "${found##* }"; return; }
	done
}

# The suite a release is of.
newer_suite() { # series release
	newer_images "$1" | awk -v name="linux-image-$2" '$3 == name { print $1; exit }'
}

# Image and modules are two packages now, and what was /lib is in /usr.
newer_unpack() { # work release series
	local tree=$1/tree modules=$1/tree/usr/lib/modules/$2 deb
	mkdir -p "$tree/usr/lib"
	ln -s usr/lib "$tree/lib"
	for deb in "$1"/deb/*.deb; do
		dpkg-deb -x "$deb" "$tree" || return 1
	done
	unpack_vmlinux "$modules/vmlinuz" "$tree/vmlinux" &&
		depmod -b "$tree" "$2" &&
		newer_chroot "$tree" "$2" "$(newer_suite "$3" "$2")"
}

# The headers in it bring their compiler and pahole with them, but no name that
# the compiler knows the assembler by.
newer_chroot() { # tree release suite
	local suite sources=() log=$1/chroot.log
	"$here/packages.sh" chroot
	for suite in $(newer_base "$3"); do sources+=("$(newer_source "$newer_from" "$suite")"); done
	progress "making a chroot of $3 with the compiler of Linux $2 (200 MB)"
	# Proxies and the like are this machine's.
	env -u APT_CONFIG apt-config dump | grep '^Acquire::' >"$1/apt.conf"
	# What it mounts on the way is gone with it, however it ends: nobody who
	# cleans up finds this machine's /dev in there.
	env -u APT_CONFIG unshare --mount mmdebstrap --variant=essential --include="make,binutils,linux-headers-$2" \
		--aptopt="$1/apt.conf" --aptopt='APT::Install-Recommends "false"' \
		"${3%-backports}" "$1/chroot" "${sources[@]}" >"$log" 2>&1 </dev/null || {
		tail -n 20 "$log" >&2
		return 1
	}
	ln -s "chroot/usr/src/linux-headers-$2" "$1/headers"
}
