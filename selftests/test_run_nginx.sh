#!/bin/bash
# test_run_nginx.sh: Debian's nginx and curl by `skbscope run': a large file,
# connections that are kept, many at once, and nginx as a client of itself
#
# Test-timeout: 240
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
# shellcheck source=selftests/programs.sh
source selftests/programs.sh
needs nginx curl jq
plan 11

port=7080

mkdir "$work/www" "$work/www/slow" "$work/got"
chmod 755 "$work" "$work/www"
head -c 64M /dev/urandom >"$work/www/large"
for ((i = 1; i <= 100; i++)); do
	head -c 6000 /dev/urandom >"$work/www/slow/$i"
done
cat >"$work/conf" <<CONF
daemon off;
user root;
worker_processes 2;
pid $work/pid;
error_log $work/error.log;
events { worker_connections 512; }
http {
	access_log $work/access.log;
	client_body_temp_path $work/body;
	proxy_temp_path $work/proxy;
	fastcgi_temp_path $work/fastcgi;
	uwsgi_temp_path $work/uwsgi;
	scgi_temp_path $work/scgi;
	sendfile on;
	tcp_nopush on;
	upstream self {
		server 127.0.0.1:$port;
		keepalive 4;
	}
	server {
		listen 127.0.0.1:$port;
		listen [::1]:$port;
		root $work/www;
		location /slow/ { limit_rate 2k; }
		location /proxy/ {
			proxy_pass http://self/;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
		}
	}
}
CONF

client() { skbscope run -- curl -sS --fail "$@"; }

skbscope run -- nginx -e "$work/error.log" -c "$work/conf" 2>"$work/log" &
server=$!
check "the server listens by AF_SCOPE" await listens_by_scope "$port"
check "who is not run so finds nobody" bash -c \
	"curl -sS http://127.0.0.1:$port/large 2>&1 | grep -q 'Failed to connect'"
check "64 MiB arrive as they are" bash -c \
	"set -o pipefail; skbscope run -- curl -sS --fail http://127.0.0.1:$port/large | cmp - $work/www/large"
check "and by [::1]" bash -c \
	"set -o pipefail; skbscope run -- curl -sS --fail -g 'http://[::1]:$port/slow/1' | cmp - $work/www/slow/1"

kept() {
	local made
	made=$(client -r 0-99 -w '%{num_connects}\n' -o "$work/got/#1" "http://127.0.0.1:$port/slow/[1-20]" |
		awk '{ sum += $1 } END { print sum }')
	equal "$made" 1
}
check "20 requests by one connection" kept

names_agree() {
	equal "$(client -o /dev/null -w '%{local_ip} %{remote_ip} %{remote_port}' \
		-r 0-9 "http://localhost:$port/slow/1")" "127.0.0.1 127.0.0.1 $port" ||
	equal "$(client -o /dev/null -w '%{local_ip} %{remote_ip} %{remote_port}' \
		-r 0-9 "http://localhost:$port/slow/1")" "::1 ::1 $port"
}
check "addresses are those of loopback" names_agree

# The files take three seconds each, so that all are on their way at once.
client -Z --parallel-immediate --parallel-max 100 -o "$work/got/#1" \
	"http://127.0.0.1:$port/slow/[1-100]" 2>/dev/null &
many=$!
check "100 connections at once" await connected "$port" 100
wait "$many"
check "100 files arrive as they are" diff -r "$work/www/slow" "$work/got"

check "through nginx as a client, 8 MiB" bash -c \
	"skbscope run -- curl -sS --fail -r 0-8388607 http://127.0.0.1:$port/proxy/large | cmp -n 8388608 - $work/www/large"
check "skbscope trace shows the journeys" journeys_tell "$port" 1000000 \
	skbscope run -- curl -sS -o /dev/null -r 0-999999 "http://127.0.0.1:$port/large"

kill -QUIT "$(<"$work/pid")"
check "the server ends in order" wait "$server"
[[ ! -s $work/error.log ]] || sed 's/^/# /' "$work/error.log"
finish
