#!/bin/bash
# test_run_http.sh: python3's http.server by `skbscope run', on all addresses by
# --map and on one without; clients are curl and python3
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
# shellcheck source=selftests/programs.sh
source selftests/programs.sh
needs python3 curl jq
plan 10

port=7800
other=7801

mkdir "$work/www" "$work/got"
head -c 8M /dev/urandom >"$work/www/large"
for ((i = 1; i <= 100; i++)); do echo "file $i" >"$work/www/$i"; done

skbscope run --map "$port" -- python3 -m http.server -d "$work/www" "$port" >"$work/log" 2>&1 &
server=$!
check "it listens by AF_SCOPE on all addresses" await moved "$port"
check "8 MiB arrive as they are" bash -c \
	"set -o pipefail; skbscope run --map $port -- curl -sS --fail http://127.0.0.1:$port/large | cmp - $work/www/large"
check "100 files at once" skbscope run --map "$port" -- curl -sS --fail -Z --parallel-immediate \
	--parallel-max 100 -o "$work/got/#1" "http://127.0.0.1:$port/[1-100]"
rm "$work/www/large"
check "as they are" diff -r "$work/www" "$work/got"
check "the server sees clients at 127.0.0.1" bash -c \
	"! grep -v '^127.0.0.1 ' $work/log | grep GET && grep -q '^127.0.0.1 ' $work/log"
check "python3 is a client, too" skbscope run --map "$port" -- python3 - "$port" <<'PY'
import http.client, socket, sys
port = int(sys.argv[1])
connection = http.client.HTTPConnection("127.0.0.1", port)
connection.request("GET", "/42")
sock = connection.sock
assert sock.family == socket.AF_INET, sock.family
assert sock.getpeername() == ("127.0.0.1", port), sock.getpeername()
assert sock.getsockname()[0] == "127.0.0.1", sock.getsockname()
assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
copy = socket.socket(fileno=sock.detach())
assert copy.family == socket.AF_INET and copy.type == socket.SOCK_STREAM
assert copy.proto == socket.IPPROTO_TCP
answer = copy.makefile("rb").read()
assert answer.endswith(b"\r\n\r\nfile 42\n"), answer
PY
check "skbscope trace shows the journeys" journeys_tell "$port" 8 \
	skbscope run --map "$port" -- curl -sS -o /dev/null "http://127.0.0.1:$port/42"
kill "$server"
wait "$server" 2>/dev/null

# Not mapped: all addresses are TCP's, one of loopback is AF_SCOPE's.
skbscope run -- python3 -m http.server -d "$work/www" "$other" >"$work/log" 2>&1 &
server=$!
check "without --map, all addresses are left to TCP" await listens_by_tcp "$other"
check "where clients find it" bash -c \
	"[[ \$(skbscope run -- curl -sS --fail http://127.0.0.1:$other/7) == 'file 7' ]]"
kill "$server"
wait "$server" 2>/dev/null
skbscope run -- python3 -m http.server -b 127.0.0.1 -d "$work/www" "$other" >"$work/log" 2>&1 &
server=$!
check "and 127.0.0.1 is moved" await moved "$other"
kill "$server"
wait "$server" 2>/dev/null
finish
