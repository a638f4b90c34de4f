#!/bin/bash
# test_ends.sh: what the family stands on is taken away while octets run: the
# module itself, its number, a namespace, a device. Nothing may hang, stay or be
# lost from the ledger.
# Test-timeout: 500
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 19

transfer=.build/selftests/transfer
rounds=10
namespaces() { grep -c '^namespace' /sys/kernel/debug/skbscope/ledger; }

# Frames of the family's, by somebody who is no socket of it: whole ones, cut
# ones and ones of every type, until he is killed.
cat >"$work/stranger" <<'PY'
import random, socket, struct, sys
dev, mac, seed = sys.argv[1], bytes.fromhex(sys.argv[2].replace(":", "")), int(sys.argv[3])
random.seed(seed)
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88b5))
s.bind((dev, 0x88b5))
def total(data):
    data += b"\0" * (len(data) % 2)
    n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return ~n & 0xffff
while True:
    kind = random.randrange(1, 6)
    hlen = 40 if kind in (3, 4) else 16
    load = random.randbytes(random.randrange(200))
    head = struct.pack("!BBBBHHI", 1, kind, hlen, random.randrange(256),
                       6000, random.choice((6000, 6001)), len(load))
    rest = struct.pack("!HH", 0, 0) + random.randbytes(hlen - 16)
    body = head + rest + load
    body = head + struct.pack("!H", total(body)) + rest[2:] + load
    if random.random() < 0.1:
        body = body[:random.randrange(len(body))]
    try:
        s.send(mac + b"\2\0\0\0\0\x55" + b"\x88\xb5" + body)
    except OSError:
        pass
PY

# A pair of veth between the first namespace and another, both up.
join_first() {
	ip netns add other
	ip link add va type veth peer name vb netns other
	ip link set va up
	ip -n other link set vb up
	mac=$(ip -n other -j link show vb | sed 's/.*"address":"\([0-9a-f:]*\)".*/\1/')
	own=$(ip -j link show va | sed 's/.*"address":"\([0-9a-f:]*\)".*/\1/')
}

readers=()
read_without_end() {
	while :; do
		cat /proc/net/scope /proc/net/protocols >/dev/null
		find /sys/kernel/debug/skbscope -type f -exec cat {} + >/dev/null
		skbscope sockets --json >/dev/null
		skbscope ledger --json >/dev/null
	done 2>/dev/null
}

# What has no sockets may be unloaded at any moment: strangers write to it on a
# device that stays, and its files are read meanwhile.
join_first
nsenter --net=/run/netns/other /usr/bin/python3 "$work/stranger" vb "$own" 1 &
readers+=($!)
read_without_end &
readers+=($!)
entered() { (($(ledger entered) > 0)); }
reload() {
	local i
	for ((i = 0; i < rounds; i++)); do
		await entered || return 1
		# a reader may hold a file of it just now
		await rmmod skbscope || return 1
		insmod "$module" "$@" || return 1
	done
}
check "unloaded and loaded while strangers send and files are read" reload

# What is held when the module goes, for a delay is a hold: frames of strangers have
# no socket to keep it.
held() { skbscope held --json | grep -q .; }
reload_held() {
	local i
	for ((i = 0; i < rounds; i++)); do
		skbscope fault add --persist "$1" delay ms=3600000 >/dev/null || return 1
		await held || return 1
		await rmmod skbscope || return 1
		insmod "$module" || return 1
	done
}
check "unloaded while frames are held at device.receive" reload_held device.receive
check "and at protocol.receive" reload_held protocol.receive
check "and where they end" reload_held end.consumed,end.dropped
check "with another number each time" bash -c "$(declare -f await reload entered ledger); module=$module rounds=3
	reload family=22 && reload family=13 && grep -qx 13 /sys/module/skbscope/parameters/family"
check "and the tool finds it" bash -c "skbscope recv -n 1 -w 20 5000 & skbscope ledger >/dev/null
	while ! grep -q ' 5000 ' /proc/net/scope; do sleep 0.05; done; skbscope send 5000 x && wait \$!"
await rmmod skbscope
check "the first number again" insmod "$module"
kill "${readers[@]}"
wait "${readers[@]}" 2>/dev/null

# A packet that is held keeps its socket, and that the module, until nobody owns
# the rule any more.
held_alone() { # to station [word]...
	local to=$1 station=$2 owner
	shift 2
	skbscope fault add "$station" delay ms=3600000 "$@" 2>"$work/said" &
	owner=$!
	await grep -q 'is there until' "$work/said" && skbscope send "$to" alone || return 1
	equal "$(ledger held)" 1 && ! rmmod skbscope 2>/dev/null || return 1
	kill -KILL "$owner"
	wait "$owner" 2>/dev/null
	await rmmod skbscope && insmod "$module"
}
check "rmmod is refused for a datagram that is held, until its holder dies" held_alone 9 device.queue
check "also where another device's driver was to get it" held_alone "[$mac%va]:9" device.xmit dev=va
held_at_end() {
	local owner reader
	skbscope fault add end.consumed delay ms=3600000 2>"$work/said" &
	owner=$!
	skbscope recv -n 1 -w 60 5001 >/dev/null &
	reader=$!
	await grep -q 'is there until' "$work/said" && served 5001 && skbscope send 5001 read && wait "$reader" || return 1
	equal "$(ledger held)" 1 && ! rmmod skbscope 2>/dev/null || return 1
	kill -KILL "$owner"
	wait "$owner" 2>/dev/null
	await rmmod skbscope && insmod "$module"
}
check "nor for one that was read, and is held where it ends" held_at_end
check "the ledger of what strangers sent balances" await balanced
ip netns del other
[[ ! -e /sys/class/net/va ]] || ip link del va

# Both ends are in the middle of a transfer when the ground goes.
start_transfer() { # stream|record
	join_first
	nsenter --net=/run/netns/other "$transfer" "$1" listen vb 6000 >"$work/got" 2>/dev/null &
	receiver=$!
	await within other grep -q ':6000 ' /proc/thread-self/net/scope || return 1
	"$transfer" "$1" connect va "$mac" 6000 </dev/zero >/dev/null 2>&1 &
	sender=$!
	await test -s "$work/got"
}

end_transfer() {
	kill -KILL "$receiver" "$sender" 2>/dev/null
	wait "$receiver" "$sender" 2>/dev/null
	ip netns del other 2>/dev/null
	# A name that is gone would have the kernel look for a module of it
	[[ ! -e /sys/class/net/va ]] || ip link del va
	await one_namespace
}
one_namespace() { (($(namespaces) == 1)); }

device_goes() {
	local i type
	for ((i = 0; i < rounds; i++)); do
		type=$([[ $((i % 2)) == 0 ]] && echo stream || echo record)
		start_transfer "$type" || return 1
		ip link del va
		# An end that had something to say says that it could not
		wait "$sender" && return 1
		end_transfer || return 1
	done
}
namespace_goes() {
	local i type
	for ((i = 0; i < rounds; i++)); do
		type=$([[ $((i % 2)) == 0 ]] && echo stream || echo record)
		start_transfer "$type" || return 1
		ip netns del other
		end_transfer || return 1
	done
}
check "a device goes under a transfer, $rounds times" device_goes
check "the ledger balances" await balanced
check "a namespace goes under a transfer, $rounds times" namespace_goes
check "the ledger balances" await balanced

# What is held in front of a device's driver goes with the device, or the namespace.
# A persisting rule has nobody, and the protocol's own frames have no socket.
held_there() { within other skbscope held --json | grep -c device.xmit | grep -qx "$1"; }
# It may go with its peer, at any moment
gone() { [[ ! -e /sys/class/net/va ]] || ip link del va; }
held_there_goes() { # device|namespace
	local i
	for ((i = 0; i < rounds; i++)); do
		join_first
		await grep -q up /sys/class/net/va/operstate || return 1
		within other skbscope fault add --persist device.xmit delay control ms=3600000 dev=vb || return 1
		skbscope send "[$mac%va]:9" refused
		await held_there 1 || return 1
		if [[ $1 == device ]]; then
			ip link del va
			held_there 0 && within other bash -c 'source selftests/lib.sh; await balanced' || return 1
		fi
		ip netns del other
		await one_namespace || return 1
		await gone || return 1
	done
}
check "a device goes with what is held in front of its driver" held_there_goes device
check "and a namespace" held_there_goes namespace

mtu_changes() {
	local mtu
	start_transfer stream || return 1
	for mtu in 1500 400 9000 300 1500 700 65535 1500; do
		ip link set va mtu "$mtu"
		ip -n other link set vb mtu "$mtu"
		before=$(stat -c %s "$work/got")
		await grown || return 1
	done
	end_transfer
}
grown() { (($(stat -c %s "$work/got") > before)); }
check "a device's MTU changes under a transfer, which goes on" mtu_changes
check "the ledger balances" await balanced
finish
