#!/bin/bash
# test_run_redis.sh: Debian's redis-server and its clients by `skbscope run'
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
# shellcheck source=selftests/programs.sh
source selftests/programs.sh
needs redis-server redis-cli redis-benchmark jq
plan 10

port=7379
requests=1000

client() { skbscope run -- redis-cli -p "$port" "$@"; }

answers() { [[ $(client ping) == PONG ]]; }

skbscope run -- redis-server --bind 127.0.0.1 --port "$port" --save '' \
	--dir "$work" >"$work/log" 2>&1 &
server=$!
check "the server answers" await answers
check "by AF_SCOPE and not by TCP" moved "$port"
check "who is not run so finds nobody" bash -c \
	"redis-cli -p $port ping 2>&1 | grep -q refused"

head -c 1000000 /dev/urandom >"$work/value"
same_value() {
	client -x set big <"$work/value" || return
	# redis-cli ends an answer with a newline
	client --raw get big | head -c -1 | cmp - "$work/value"
}
check "a million octets come back as they went" same_value

names_agree() {
	local line
	line=$(client client list)
	echo "$line"
	[[ $line == *" addr=127.0.0.1:"* && $line == *" laddr=127.0.0.1:$port "* ]]
}
check "the server sees clients at loopback addresses" names_agree

benchmark() {
	skbscope run -- redis-benchmark -p "$port" -n "$requests" -c 20 -P 4 \
		-t set,get,lpush --csv
	client info commandstats >"$work/stats"
	cat "$work/stats"
	client info errorstats | grep errorstat_ && return 1
	local name
	for name in get lpush; do
		grep -q "^cmdstat_$name:calls=$((requests + $1))," "$work/stats" || return
		set -- 0
	done
}
check "redis-benchmark: every request is answered" benchmark 1

subscribed() { [[ $(client pubsub numsub news | tail -n 1) == "$1"* ]]; }
# not by client(): what is to be killed is the program, not a shell
skbscope run -- redis-cli -p "$port" subscribe news >"$work/news" &
reader=$!
check "a subscriber waits" await subscribed 1
check "and is told" bash -c "
	source selftests/lib.sh
	skbscope run -- redis-cli -p $port publish news something >/dev/null
	await grep -q something $work/news"
kill "$reader"
wait "$reader" 2>/dev/null

check "skbscope trace shows the journeys" journeys_tell "$port" 1000000 \
	skbscope run -- redis-cli -p "$port" --raw get big

client shutdown nosave 2>/dev/null
check "the server ends in order" wait "$server"
finish
