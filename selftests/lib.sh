# shellcheck shell=bash
# lib.sh: what the test scripts share: KTAP, waiting, reading the ledger.
# Sourced by test_*.sh, inside the VM, with the project folder as the working
# folder and the module loaded.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cases=0
failures=0
# shellcheck disable=SC2034 # for the scripts
module=.build/$(uname -r)/skbscope.ko

# Says first how many cases there will be.
plan() { # number
	echo "KTAP version 1"
	echo "1..$1"
}

# Runs a command; the case passes if it exits 0. What it prints is shown when
# it does not.
check() { # name command...
	local name=$1
	shift
	cases=$((cases + 1))
	if "$@" >"$work/check" 2>&1; then
		echo "ok $cases $name"
	else
		failures=$((failures + 1))
		sed 's/^/# /' "$work/check"
		echo "not ok $cases $name"
	fi
}

# A command says nothing but an error with this text in it, and fails with 1.
fails_with() { # text command...
	local text=$1 status=0
	shift
	"$@" >"$work/out" 2>"$work/err" || status=$?
	cat "$work/out" "$work/err"
	((status == 1)) && [[ ! -s $work/out ]] && grep -qF "$text" "$work/err"
}

skip() { # name reason
	cases=$((cases + 1))
	echo "ok $cases $1 # SKIP $2"
}

finish() {
	((failures == 0))
	exit
}

# For check: says what was got and what was wanted when they differ.
equal() { # got wanted
	[[ $1 == "$2" ]] || { echo "got '$1', wanted '$2'"; return 1; }
}

# Tries a command until it succeeds: a condition is awaited, not a time. Gives
# up after half a minute, or more on a slow kernel.
await() { # command...
	local end=$((SECONDS + 30 * ${SCOPE_SLOWNESS:-1}))
	while ((SECONDS < end)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	echo "waited in vain for: $*"
	return 1
}

# One number of the ledger of the namespace we are in: a line of it, or a drop
# reason.
ledger() { # name
	local number
	number=$(skbscope ledger --json | sed -n "s/.*\"$1\":\(-\?[0-9]\+\).*/\1/p")
	echo "${number:-0}"
}

# The ledger's two sides are equal, what it calls queued is queued, and nothing
# is on its way. At rest only.
balanced() {
	local text
	text=$(skbscope ledger --json)
	echo "$text"
	(($(ledger balance) == 0 && $(ledger moving) == 0 &&
		$(ledger queued) == $(ledger queue_len)))
}

# Runs a command in a network namespace made by `ip netns add`, without the new
# mounts of `ip netns exec`, which hide debugfs and tracefs.
within() { # namespace command...
	local name=$1
	shift
	nsenter --net=/run/netns/"$name" "$@"
}

# How many rules there are in the namespace we are in, holds and faults.
rules() { skbscope fault list --json | wc -l; }
one_rule() { (($(rules) == 1)); }

# Whether somebody takes what comes to a port. A socket for connections that has
# it but does not listen yet, and a connection from there that is ending, do not.
served() { # port
	awk -v port="$1" '($3 == "LISTEN" || $2 ~ /DGRAM|RAW/) && $4 ~ "(^|:)" port "$" { found = 1 }
		END { exit !found }' /proc/net/scope
}
