#!/bin/bash
# test_record.sh: what `skbscope record' keeps is what `skbscope trace' shows,
# of the same run; the record has the sockets and the kernel's types; and one
# that was cut off, as by SIGKILL, is read as far as it goes.
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 24

# Both tell of the same run: the one that records is begun before and ends behind
# the one that shows. On one CPU, so that nothing happens at the same time.
cat >"$work/traffic" <<'EOT'
#!/bin/bash
source selftests/lib.sh
skbscope recv -w 60 -t stream -n 0 5000 >"$1" &
await served 5000
skbscope send -t stream -n 20 -s 3000 5000
skbscope send 9 nobody
wait
EOT
chmod +x "$work/traffic"

record() { # file trace-option...
	taskset 1 skbscope record -o "$1" -- skbscope trace -o "$work/live" "${@:2}" -- \
		taskset 1 "$work/traffic" "$work/got" 2>"$work/said"
}

# Each has a ring of its own, and so times of its own.
timeless() { # file
	sed -E 's/"ts":[0-9]+,//; s/[0-9.]+ (ns|us|ms|s)\b/TIME/g; s/ +/ /g' "$1"
}

same() { # trace-option...
	skbscope trace -i "$work/record" "$@" >"$work/later" 2>"$work/later.said" || return 1
	grep -c . "$work/live"
	diff <(timeless "$work/live") <(timeless "$work/later") | head -n 20
	cmp <(timeless "$work/live") <(timeless "$work/later")
}

events() { # file of what was said
	sed -n 's/^skbscope: events: \([0-9]*\), lost: 0\b.*/\1/p' "$1" | sort -u
}

check "recording text" record "$work/record"
check "a record shows what trace showed" same
check "recording JSON" record "$work/record" --json
check "a record shows what trace showed, in JSON" same --json
check "the numbers of events are told, and agree" equal \
	"$(events "$work/said") $(events "$work/later.said")" \
	"$(wc -l <"$work/live") $(wc -l <"$work/live")"
check "as somebody else, without a module to ask" bash -c "
	chmod 755 $work && chmod 644 $work/record
	unshare --net setpriv --reuid 65534 --regid 65534 --clear-groups \
		skbscope trace -i $work/record --json | cmp - $work/later"
check "from a pipe" bash -c "cat $work/record | skbscope trace -i - --json | cmp - $work/later"

# The types are in it as the kernel has them, compressed or not.
check "the record has the kernel's types" python3 - "$work/record" <<'EOT'
import os
import struct
import sys
import zlib

data = open(sys.argv[1], "rb").read()
at, seen = 16, {}
while at < len(data):
    name, crc, length = struct.unpack_from("<4sIQ", data, at)
    payload = data[at + 16:at + 16 + length]
    assert crc == zlib.crc32(data[at:at + 4] + data[at + 8:at + 16] + payload), name
    seen.setdefault(name.decode().strip(), []).append(payload)
    at += 16 + length
assert at == len(data) and list(seen)[-1] == "END", seen.keys()
known = [f for f in ("vmlinux", "skbscope") if os.path.exists("/sys/kernel/btf/" + f)]
for payload in seen.get("BTF", []):
    name, rest = payload.split(b"\0", 1)
    packed, length = struct.unpack_from("<BQ", rest)
    btf = zlib.decompress(rest[9:]) if packed else rest[9:]
    assert len(btf) == length
    assert btf == open("/sys/kernel/btf/" + name.decode(), "rb").read(), name
assert len(seen.get("BTF", [])) == len(known), seen.keys()
# Two sockets of the connection, the listener, that of the datagram: none is
# there at first, each comes and goes.
moments = [payload[0] for payload in seen["SOCK"]]
assert moments.count(1) == moments.count(3) == 4, moments
assert b"socket.send" in seen["STAT"][0] and b"NO_SOCKET" in seen["REAS"][0]
assert b"scope0" in seen["DEVS"][0]
EOT
if [[ -e /sys/kernel/btf/vmlinux ]]; then
	check "without types it is smaller" bash -c "
		skbscope record --no-btf -o $work/small -- skbscope send 9 x &&
		(($(stat -c %s "$work/record") - \$(stat -c %s $work/small) > 1000000))"
else
	skip "without types it is smaller" "this kernel has no BTF"
fi

# Killed in the middle, while its command goes on
killed() {
	skbscope record -o "$work/killed" &
	local recorder=$!
	await has_events && kill -KILL "$recorder"
	wait "$recorder"
	! skbscope trace --json -i "$work/killed" >"$work/part" 2>"$work/part.said" || return 1
	cat "$work/part.said"
	grep -q 'was cut off at octet [0-9]*' "$work/part.said" && grep -q socket.send "$work/part"
}
has_events() {
	skbscope send 9 x
	! skbscope trace --json -i "$work/killed" 2>/dev/null >"$work/part" || return 1
	grep -q end.dropped "$work/part"
}
check "one that was killed is read as far as it goes" killed

# Rings of two pages, and nobody to empty them in time
small() {
	skbscope record --no-btf --buffer-size 8 -o "$work/small" -- \
		skbscope send -n 3000 9 x 2>"$work/said" || return 1
	skbscope trace --json -i "$work/small" >"$work/part" 2>"$work/part.said"
	cat "$work/said" "$work/part.said"
	local lost
	lost=$(sed -n 's/^skbscope: events: [0-9]*, lost: \([0-9]*\).*/\1/p' "$work/said")
	((lost > 0)) && grep -qE "lost: $lost\$" "$work/part.said" &&
		grep -q 'events were lost here' "$work/part.said"
}
check "what was lost is told at its place and at the end" small

# Sockets that stay open, with something on their queues: what the record has of
# its end is what is asked for behind it, but for who holds them.
python3 - "$(cat /sys/module/skbscope/parameters/family)" "$work/ready" <<'EOP' &
import socket, struct, sys, time
family = int(sys.argv[1])
one, other = socket.socketpair(family, socket.SOCK_DGRAM)
for size in (1, 100, 20000):
    one.send(b"x" * size)
pair = socket.socketpair(family, socket.SOCK_STREAM)
pair[0].send(b"y" * 3000)
open(sys.argv[2], "w").close()
time.sleep(600)
EOP
holder=$!
await test -e "$work/ready"
tables() {
	skbscope ledger --json >"$work/ledger.before"
	skbscope record --no-btf -o "$work/tables" -- skbscope send -n 5 9 x 2>/dev/null
	skbscope ledger --json >"$work/ledger.after"
	skbscope sockets --json | jq -c '.holders = []' >"$work/sockets"
	skbscope sockets --json -i "$work/tables" | diff - "$work/sockets" &&
		jq -s -e 'length == 4 and any(.receive_queue | length == 3)' "$work/sockets" >/dev/null
}
check "sockets are those of the record's end" tables
check "as text, too" bash -c "skbscope sockets -i $work/tables | grep -c -- '-> struct sock ' | grep -qx 4"
ledgers() {
	skbscope ledger --json -i "$work/tables" | diff - "$work/ledger.after" &&
		skbscope ledger --json --begin -i "$work/tables" | diff - "$work/ledger.before" &&
		! cmp -s "$work/ledger.before" "$work/ledger.after" &&
		skbscope ledger -i "$work/tables" | grep -q balances
}
check "and ledgers those of its beginning and end" ledgers
cut_tables() {
	skbscope sockets --json -i "$work/killed" >"$work/part" 2>"$work/part.said"
	local status=$?
	! skbscope ledger -i "$work/killed" 2>>"$work/part.said" || return 1
	cat "$work/part" "$work/part.said"
	equal "$status" 1 && grep -q 'was cut off' "$work/part.said" &&
		grep -q 'has no ledger of its end' "$work/part.said" &&
		skbscope ledger --begin --json -i "$work/killed" 2>/dev/null | grep -q '"allocated"'
}
check "one that was cut off has those of its beginning" cut_tables

# Raw images of these sockets: as show has them of the running kernel.
images() {
	skbscope record --images -o "$work/images" -- true || return 1
	local cookie
	for cookie in $(jq .cookie "$work/sockets"); do
		skbscope show sock "$cookie" --full --json >"$work/now" || return 1
		skbscope show sock "$cookie" --full --json -i "$work/images" >"$work/then" || return 1
		diff <(jq '.objects[]' "$work/then") <(jq '.objects[]' "$work/now") || return 1
		equal "$(jq -r .moment "$work/then")" end || return 1
	done
	((cookie)) && equal "$(jq '[.objects[] | select(.kind == "sk_buff")] | length' "$work/now")" \
		"$(jq -s '.[-1].receive_queue | length' "$work/sockets")"
}
check "sockets' images are those of its end" images
cookie=$(jq -s '.[0].cookie' "$work/sockets")
elsewhere() {
	chmod 755 "$work" && chmod 644 "$work/images"
	unshare --net setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
		skbscope show sock "$cookie" -i "$work/images" >"$work/out" || return 1
	cat "$work/out"
	grep -qx "sock $cookie  as it was when the record ended" "$work/out" &&
		grep -q '^| struct scope_sock  0x' "$work/out" &&
		grep -q '^| sk_data_ready .* -> ' "$work/out"
}
if [[ -e /sys/kernel/btf/vmlinux ]]; then
	check "to somebody else, on another machine" elsewhere
else
	skip "to somebody else, on another machine" "this kernel has no BTF"
fi
without_types() {
	skbscope record --images --no-btf -o "$work/typeless" -- true &&
		skbscope show sock "$cookie" -i "$work/typeless" >"$work/out" 2>"$work/err" || return 1
	cat "$work/out" "$work/err"
	grep -q 'no fields of the structs: the record has no BTF' "$work/err" &&
		grep -q -- "-> struct sock $cookie " "$work/out"
}
check "without types what the other views say, and why" without_types
check "a record without them says what stores them" fails_with "\`skbscope record --images'" \
	skbscope show sock "$cookie" -i "$work/tables"
check "a cookie that is not in it" fails_with "no images of socket 999999999" \
	skbscope show sock 999999999 -i "$work/images"
cut_images() {
	head -c -20 "$work/images" >"$work/cut"
	! skbscope show sock "$cookie" -i "$work/cut" >"$work/out" 2>"$work/err" || return 1
	cat "$work/err"
	grep -q 'was cut off at octet' "$work/err" && grep -q 'when the record ended$' "$work/out"
}
check "one that was cut off is read as far as it goes" cut_images
moment() { # show-option...
	skbscope show sock "$cookie" --json -i "$work/images" "$@" | jq -r .moment
}
closed() {
	equal "$(moment)" end && equal "$(moment --begin)" begin || return 1
	skbscope record --images -o "$work/images" -- \
		bash -c "kill $holder && tail --pid $holder -f /dev/null" && equal "$(moment)" begin
}
check "one that was closed is as it was when the record began" closed
check "but not at its end" bash -c "
	skbscope sockets -i $work/images --json | grep -c . | grep -qx 0"
check "nothing is left in tracefs but what was killed" bash -c '
	skbscope trace -- true && ! ls /sys/kernel/tracing/instances | grep .'
finish
