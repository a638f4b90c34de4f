#!/bin/bash
# test_bytes.sh: `skbscope bytes' accounts for every octet of a stream that is
# written in pieces of every length, crosses a wire that loses frames, and is read
# in other pieces: by which call, which sk_buffs, which frames it went.
#
#	namespace left			namespace right
#	scope0   va -- netem ------------ vb   scope0
#
# BYTES_KIB= says how much goes through, 1 MiB if not given.
# Test-timeout: 400
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 18

kib=${BYTES_KIB:-1024}
transfer=.build/selftests/transfer

ip netns add left
ip netns add right
ip link add va netns left type veth peer name vb netns right
# Without addresses of IPv6's own: its frames may be lost, too.
ip -n left link set va addrgenmode none up
ip -n right link set vb addrgenmode none up
mac=$(ip -n right -j link show vb | sed 's/.*"address":"\([0-9a-f:]*\)".*/\1/')
head -c "${kib}K" /dev/urandom >"$work/sent"

# Carried out by another shell, under the tool: strace tells what each call
# returned.
export transfer work mac
carry() { # from-device link to-namespace to-device
	nsenter --net=/run/netns/"$3" strace -qq -o "$work/recvs" -e trace=recvfrom \
		"$transfer" stream listen "$4" 6000 >"$work/got" &
	local reader=$!
	await within "$3" grep -qE 'LISTEN +([^ ]*:)?6000 ' /proc/net/scope &&
		within left strace -qq -o "$work/sends" -e trace=sendto \
			"$transfer" stream connect "$1" "$2" 6000 <"$work/sent" >"$work/info" &&
		wait "$reader" && cmp "$work/sent" "$work/got"
}
export -f within await carry

# The cookie of the socket that connected: the one that sent the most
sender() {
	skbscope trace --json -i "$work/record" 2>/dev/null |
		jq 'select(.station == "socket.send") | .sock' | sort | uniq -c | sort -n |
		awk 'END { print $2 }'
}

# All octets, in a record and at the same time live
account() { # what-carry-gets...
	# shellcheck disable=SC2016 # the other shell's
	skbscope record --no-btf --buffer-size 32768 -o "$work/record" -- \
		skbscope bytes --buffer-size 32768 --json all 0- -- \
		bash -c 'carry "$@"' - "$@" >"$work/live" 2>"$work/said" || { cat "$work/said"; return 1; }
	cat "$work/said"
	! grep -v 'lost: 0\b' "$work/said" | grep . || return 1
	skbscope bytes --json -i "$work/record" "$(sender)" 0- >"$work/later" 2>"$work/later.said" || {
		cat "$work/later.said"
		return 1
	}
	grep -qx "skbscope: octets: $((kib * 1024)), pieces: [0-9]*, octets with a step missing: 0, events lost: 0" \
		"$work/later.said"
}

judge() { # file name=count...
	selftests/bytes.py "$1" "$work/sends" "$work/recvs" "${@:2}" >"$work/met" 2>&1 || {
		cat "$work/met"
		return 1
	}
	printf '# %s\n' "$(paste -sd , "$work/met")" >&3
}
exec 3>&1

check "scope0: the stream is followed" account scope0 - left scope0
check "scope0: every octet is accounted for" judge "$work/later" retransmissions=0 dropped=0
check "scope0: live as in the record" judge "$work/live" retransmissions=0 dropped=0

# Frames without octets are dropped, too: the ledger has them apart.
control_dropped() {
	within left bash -c 'source selftests/lib.sh; ledger control_dropped'
}
ip netns exec left tc qdisc add dev va root netem limit 10000 loss 10%
control=$(control_dropped)
check "veth: the stream is followed" account va "$mac" right vb
# Opening and closing have no octets, and may be lost and sent again as well.
without_octets() {
	skbscope trace --json -i "$work/record" 2>/dev/null |
		jq -r 'select(.station == "protocol.push" and .dport == 6000 and .flags) |
			.flags[] | select(. == "SYN" or . == "FIN")' | wc -l
}
again=$(($(sed -n 's/^retransmits //p' "$work/info") - ($(without_octets) - 2)))
dropped=$(ip netns exec left tc -s qdisc show dev va | sed -n 's/.*(dropped \([0-9]*\),.*/\1/p')
dropped=$((dropped - ($(control_dropped) - control)))
check "veth: every octet is accounted for" judge "$work/later" \
	"retransmissions=$again" "dropped=$dropped"
check "veth: live as in the record" judge "$work/live" "retransmissions=$again" "dropped=$dropped"
check "frames were lost and sent again" test "$dropped" -gt 0 -a "$again" -gt 0

# One octet, and some: the same pieces, cut at their ends
part() {
	local cookie
	cookie=$(sender)
	skbscope bytes -i "$work/record" --json "$cookie" 5000 | jq -c '[.from, .to]' >"$work/one"
	equal "$(<"$work/one")" "[5000,5001]" || return 1
	diff <(skbscope bytes -i "$work/record" --json "$cookie" 5000 | jq -c '[.send, .kept, .frames, .recv]') \
		<(jq -c 'select(.from <= 5000 and .to > 5000) | [.send, .kept, .frames, .recv]' "$work/later") || return 1
	diff <(skbscope bytes -i "$work/record" --json "$cookie" 5000-90000 | jq -c '[.send, .recv]' | uniq) \
		<(jq -c 'select(.from < 90000 and .to > 5000) | [.send, .recv]' "$work/later" | uniq)
}
check "a part is as in the whole" part
# Asked by its reader, the stream is the same, and there is no other.
received() {
	local reader
	reader=$(jq -r '.peer' "$work/later" | sort -u)
	skbscope bytes -i "$work/record" --json --received "$reader" 0- 2>/dev/null |
		cmp - "$work/later" || return 1
	! skbscope bytes -i "$work/record" --received "$(sender)" 0- 2>"$work/said" || return 1
	grep -qx "skbscope: no octet of a stream to socket $(sender) was seen" "$work/said"
}
check "the reader's stream is the sender's" received
drawn() {
	skbscope bytes -i "$work/record" "$(sender)" 0- >"$work/drawn" || return 1
	local name
	for name in send kept frames; do
		equal "$(jq -s "[.[] | [.$name] | flatten | .[] | .skb] | unique | length > 0" "$work/later")" true || return 1
	done
	equal "$(grep -c '^\[' "$work/drawn")" "$(grep -c . "$work/later")" &&
		equal "$(grep -o 'skb [0-9]*  \[[0-9-]*)  retransmission' "$work/drawn" | sort -u | wc -l)" "$again"
}
check "what is drawn has as many pieces and retransmissions" drawn

# Rings that are too small: what is not known is said, and not that it was not
overflow() {
	# shellcheck disable=SC2016 # the other shell's
	skbscope record --no-btf --buffer-size 8 -o "$work/record" -- \
		bash -c 'carry scope0 - left scope0' 2>"$work/said" || { cat "$work/said"; return 1; }
}
gaps() {
	skbscope bytes --json -i "$work/record" all 0- >"$work/later" 2>"$work/later.said" || return 1
	cat "$work/said" "$work/later.said"
	grep -q 'events lost: [1-9]' "$work/later.said" || return 1
	# No gap and no overlap; steps are unknown, and none is said to be missing
	jq -es 'map(select(.sock == $sock)) | . as $all |
		(length > 0) and .[0].from == 0 and
		([range(1; length) | $all[.].from == $all[. - 1].to] | all) and
		(map(.unknown | length) | add) > 0 and (map(.missing | length) | add) == 0' \
		--argjson sock "$(jq -s 'max_by(.to).sock' "$work/later")" "$work/later"
}
check "into small rings" overflow
if grep -q 'lost: 0\b' "$work/said"; then
	skip "lost events are told as gaps" "this kernel is so slow that none was lost"
else
	check "lost events are told as gaps" gaps
fi
none() {
	! skbscope bytes -i "$work/record" 999999999 0- 2>"$work/said" || return 1
	grep -qx 'skbscope: no octet of a stream of socket 999999999 was seen' "$work/said"
}
check "a socket that was not seen" none

# Named by a descriptor, as somebody knows it who did not ask for its cookie
cat >"$work/pair.py" <<'EOT'
import os, signal, socket, sys
one, other = socket.socketpair(int(sys.argv[1]), socket.SOCK_STREAM)
tcp = socket.socket()
def pass_on(*_):
    one.send(b"x" * 100)
    other.recv(60)
    other.recv(60)
    open(sys.argv[2] + ".done", "w").close()
def be_urgent(*_):
    one.send(b"abc", socket.MSG_OOB)
    other.recv(10)
    other.recv(1, socket.MSG_OOB)
    one.send(b"de", socket.MSG_OOB)
    other.recv(10)
    one.send(b"f")
    other.recv(10)
    open(sys.argv[2] + ".done", "w").close()
signal.signal(signal.SIGUSR1, pass_on)
signal.signal(signal.SIGUSR2, be_urgent)
with open(sys.argv[2] + ".new", "w") as file:
    print(one.fileno(), other.fileno(), tcp.fileno(),
          *(int.from_bytes(s.getsockopt(socket.SOL_SOCKET, 57, 8), sys.byteorder)
            for s in (one, other)), file=file)
os.rename(sys.argv[2] + ".new", sys.argv[2])
while True:
    signal.pause()
EOT
python3 "$work/pair.py" "$(cat /sys/module/skbscope/parameters/family)" "$work/pair" &
pair=$!
await test -e "$work/pair"
read -r one other tcp cookie peer <"$work/pair"
pair() { # signal bytes-argument...
	rm -f "$work/pair.done"
	skbscope bytes --json "${@:2}" -- \
		bash -c "kill -$1 $pair && await test -e $work/pair.done" \
		>"$work/out" 2>"$work/said" || { cat "$work/said"; return 1; }
}
by_fd() { # bytes-argument...
	pair USR1 "$@" || return 1
	equal "$(jq -c '[.sock, .peer, .to - .from, (.recv | length)]' "$work/out" | paste -sd ' ')" \
		"[$cookie,$peer,60,1] [$cookie,$peer,40,1]"
}
check "the sender by its descriptor" by_fd "$pair:$one" 0-
check "the receiver by its descriptor" by_fd --received "$pair:$other" 100-
# Of "abc" and "de" the last octet is urgent: one is read as such, the other one passed
# over by the reader of what is behind it.
urgent() {
	pair USR2 "$cookie" 200- || return 1
	equal "$(jq -c '[.from - 200, .to - 200, .urgent, .passed_over, (.recv | length)]' "$work/out" |
		paste -sd ' ')" \
		"[0,2,false,false,1] [2,3,true,false,1] [3,4,false,false,1] [4,5,true,true,0] [5,6,false,false,1]" ||
		return 1
	grep -q 'octets with a step missing: 0, events lost: 0' "$work/said"
}
check "urgent octets" urgent
check "a descriptor of another family" fails_with "not of AF_SCOPE" \
	skbscope bytes "$pair:$tcp" 0 -- true
check "a descriptor of no socket" fails_with "not of a socket" skbscope bytes "$pair:0" 0 -- true
kill "$pair"
finish
