# shellcheck shell=bash
# programs.sh: what the tests of programs that know nothing of the family share:
# whether they are installed, and whether it was AF_SCOPE that carried them.
# Sourced by test_run_*.sh behind lib.sh, whose $work it uses.
# shellcheck disable=SC2154

# Skips the whole test where a program is missing; check.sh installs them.
needs() { # program...
	local program
	for program in "$@"; do
		[[ -x $program ]] || command -v "$program" >/dev/null && continue
		echo "KTAP version 1"
		echo "1..0 # SKIP $program is not installed"
		exit 4
	done
}

# Lines of /proc/net/scope with a state and a local port.
views() { # state port
	awk -v state="$1" -v port="$2" '$3 == state && $4 == port' /proc/net/scope
}

listens_by_scope() { # port
	[[ -n $(views LISTEN "$1") ]]
}

listens_by_tcp() { # port
	[[ -n $(ss -ltnH "sport = :$1") ]]
}

# A port that AF_SCOPE has and TCP has not
moved() { # port
	listens_by_scope "$1" && ! listens_by_tcp "$1"
}

# At least so many connections of a listener are open.
connected() { # port number
	local number
	number=$(views ESTABLISHED "$1" | wc -l)
	echo "$number connections"
	((number >= $2))
}

# Runs a command of the program under trace and looks whether its journeys tell
# of so many octets from a server's port, at every station of a connection, and
# none was lost.
journeys_tell() { # port octets command...
	local port=$1 octets=$2 stations
	shift 2
	skbscope trace --json -o "$work/events" -- "$@" >"$work/traced" 2>"$work/trace" || {
		cat "$work/trace"
		return 1
	}
	cat "$work/trace"
	grep -q 'lost: 0' "$work/trace" || return 1
	stations=$(jq -r --argjson port "$port" 'select(.sport == $port) | .station' "$work/events" | sort -u)
	equal "$(echo "$stations" | grep -cxE 'socket\.(send|alloc|queue|recv)|protocol\.(push|clone|receive|deliver)|device\.(queue|xmit|receive)|end\.consumed')" 12 || {
		echo "$stations"
		return 1
	}
	local told
	told=$(jq --argjson port "$port" 'select(.sport == $port and .station == "socket.queue") | .len' "$work/events" |
		awk '{ sum += $1 } END { print sum + 0 }')
	echo "$told octets queued"
	((told >= octets))
}
