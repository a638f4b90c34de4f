#!/bin/bash
# test_run_postgres.sh: Debian's PostgreSQL, psql and pgbench by `skbscope run',
# over TCP and over AF_UNIX with peer authentication
#
# Test-timeout: 240
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
# shellcheck source=selftests/programs.sh
source selftests/programs.sh
bins=(/usr/lib/postgresql/*/bin)
bin=${bins[-1]}
needs "$bin/initdb" "$bin/postgres" "$bin/pgbench" "$bin/psql" python3 jq
plan 12

port=7432
node=$work/.s.PGSQL.$port

chmod 755 "$work"
mkdir "$work/data" "$work/bin"
# Where all users can read them
tool=$(dirname "$(command -v skbscope)")
cp "$tool/skbscope" "$tool/libskbscope-run.so" "$work/bin"
PATH=$work/bin:$PATH
chown postgres "$work" "$work/data"

# What makes the command behind it another user's
as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups --)
as_nobody=(setpriv --reuid=nobody --regid=nogroup --clear-groups --)

# A client as a user, at a host, which may be a folder
client() { # user host program argument...
	local -n as=as_$1
	"${as[@]}" skbscope run --unix -- "$bin/$3" -h "$2" -p "$port" "${@:4}" postgres
}

ask() { # user host statement
	client "$1" "$2" psql -U postgres -Atqc "$3"
}

"${as_postgres[@]}" "$bin/initdb" -D "$work/data" -A trust --no-sync --no-instructions \
	-E UTF8 --locale=C >"$work/initdb" 2>&1 || sed 's/^/# /' "$work/initdb"
cat >"$work/data/pg_hba.conf" <<'CONF'
local	all	all	peer
host	all	all	127.0.0.1/32	trust
CONF
"${as_postgres[@]}" skbscope run --unix -- "$bin/postgres" -D "$work/data" -p "$port" \
	-c listen_addresses=127.0.0.1 -c unix_socket_directories="$work" \
	-c fsync=off -c shared_buffers=16MB -c autovacuum=off >"$work/log" 2>&1 &
server=$!

answers() { [[ $(ask postgres "$work" 'select 1') == 1 ]]; }
check "the server answers" await answers
check "it listens by AF_SCOPE" moved "$port"
check "it has a node" bash -c "[[ \$(stat -c '%F %U %a' $node) == 'socket postgres 777' ]]"

check "by TCP both ends know their addresses" equal \
	"$(ask nobody 127.0.0.1 'select inet_client_addr(), inet_server_addr(), inet_server_port()')" \
	"127.0.0.1|127.0.0.1|$port"
check "by AF_UNIX there is no address" equal \
	"$(ask postgres "$work" 'select inet_client_addr() is null')" t
check "peer authentication knows the user" equal "$(ask postgres "$work" 'select current_user')" postgres
check "and another one" bash -c \
	"${as_nobody[*]} skbscope run --unix -- $bin/psql -h $work -p $port -U postgres \
	-c 'select 1' 2>&1 | grep -q 'Peer authentication failed'"

large="select string_agg(md5(i::text), '' order by i) from generate_series(1, 30000) i"
check "a million octets arrive as they are" equal \
	"$(ask nobody 127.0.0.1 "$large" | md5sum)" \
	"$(python3 -c 'from hashlib import md5
print("".join(md5(str(i).encode()).hexdigest() for i in range(1, 30001)))' | md5sum)"

# What pgbench moved between accounts, tellers and branches is the same sum.
bench() { # user host transactions-so-far
	client "$1" "$2" pgbench -U postgres -n -c 4 -j 2 -t 25 || return
	equal "$(ask "$1" "$2" 'select
		(select count(*) from pgbench_history),
		(select sum(delta) from pgbench_history) = (select sum(abalance) from pgbench_accounts),
		(select sum(abalance) from pgbench_accounts) = (select sum(tbalance) from pgbench_tellers),
		(select sum(tbalance) from pgbench_tellers) = (select sum(bbalance) from pgbench_branches)')" \
		"$(($3 + 100))|t|t|t"
}
client postgres "$work" pgbench -i -I dtGp -q >"$work/init" 2>&1 || sed 's/^/# /' "$work/init"
check "pgbench by TCP" bench nobody 127.0.0.1 0
check "pgbench by AF_UNIX" bench postgres "$work" 100

check "skbscope trace shows the journeys" journeys_tell "$port" 960000 \
	"${as_nobody[@]}" skbscope run -- \
	"$bin/psql" -h 127.0.0.1 -p "$port" -U postgres -Atqc "$large" postgres

kill -INT "$server"
wait "$server"
check "the server ends in order" bash -c "grep -q 'database system is shut down' $work/log && [[ ! -e $node ]]"
finish
