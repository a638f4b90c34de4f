# shellcheck shell=bash
# What the scripts of this folder share: where things are, how to complain,
# and which values the variables of `make` may have. Sourced, never run.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck disable=SC2034 # the scripts that source this use it
build=$top/.build
cache=${XDG_CACHE_HOME:-$HOME/.cache}/skbscope

# Progress and errors go to stderr: stdout belongs to the command in the VM.
note() { printf '%s\n' "$*" >&2; }
die() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; exit 1; }
# Steps that are done as expected are worth a line only where it disturbs
# nobody: `make vm RUN=` promises the command's own stderr.
progress() { [[ -n ${QUIET:-} && ! -t 2 ]] || note "== $*"; }

# The Debian package behind KERNEL=, one line a kernel: what the newest image
# depends on, the beginning of its packages' names where newer.sh finds them, or
# the source that build-kernel.sh builds.
kernel_package() {
	case $1 in
	6.1) echo linux-image-amd64 ;;
	6.12) echo linux-image-6.12-amd64 ;;
	7.2) echo linux-image-7.2 ;;
	debug) echo linux-source-6.12 ;;
	*) die "KERNEL=$1 is unknown: allowed are 6.1 6.12 7.2 debug" ;;
	esac
}

# A number within bounds, or an error that names the variable.
check_number() { # name value lowest highest
	[[ $2 =~ ^[1-9][0-9]{0,8}$ && $2 -ge $3 && $2 -le $4 ]] ||
		die "$1=$2 is not allowed: a whole number from $3 to $4"
}

# Runs a command with a lock file held, so that two calls of make do not fetch
# or build the same thing at once.
with_lock() { # file command...
	local file=$1 fd
	shift
	mkdir -p "$(dirname "$file")"
	exec {fd}>"$file"
	flock "$fd"
	"$@"
	exec {fd}>&-
}

# Package lists may be months old; one refresh a day serves every fetch.
refresh_lists() { # [force]
	local stamp=${package_lists:-$cache/package-lists}
	[[ -z ${1:-} && -n $(find "$stamp" -mtime -1 2>/dev/null) ]] && return
	progress "asking the package registry what is newest"
	mkdir -p "$cache"
	apt-get update -q -o DPkg::Lock::Timeout=300 >/dev/null 2>&1 </dev/null && touch "$stamp"
}

# Downloads packages, as files, into a folder.
download() { # folder package...
	local folder=$1 log
	shift
	log=$(mktemp)
	if ! (cd "$folder" && apt-get download -q "$@") >"$log" 2>&1; then
		grep -E '^(E|Err)' "$log" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}
