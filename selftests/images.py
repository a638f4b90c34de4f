#!/usr/bin/python3
"""images.py CHECK FILE...: what the images of sk_buffs say, against what other
sources say of the same sk_buffs at the same stations. Prints what differs.
Used by test_images.sh; run there, inside the VM.

  changes TRACE     lines of `trace --diff --json': a field that the event has,
                    too, is told to change when, and to what, the event says
  datagram TRACE    and of a datagram over scope0, each step changes what it is
                    known to change, and nothing else
"""
import json
import sys

UNSET = 65535


def swap(number):
    return (number & 0xff) << 8 | number >> 8


def head_offset(change, side):
    name = change[f"{side}_name"]
    if not name or not name.startswith("head"):
        return f"no place in the buffer: {change[side]}"
    return int(name[5:] or 0) if name != "head" else 0


def unset(change, side):
    return None if change[side] == UNSET else change[side]


# The event's own field, the struct's, and how the second becomes the first
FIELDS = [
    ("len", "sk_buff", "len", None),
    ("data_len", "sk_buff", "data_len", None),
    ("truesize", "sk_buff", "truesize", None),
    ("users", "sk_buff", "users.refs.counter", None),
    ("cloned", "sk_buff", "cloned", None),
    ("tail", "sk_buff", "tail", None),
    ("end", "sk_buff", "end", None),
    ("network", "sk_buff", "network_header", None),
    ("mac", "sk_buff", "mac_header", unset),
    ("transport", "sk_buff", "transport_header", unset),
    ("data", "sk_buff", "data", head_offset),
    ("dev", "sk_buff", "dev", lambda c, side: c[f"{side}_name"]),
    ("protocol", "sk_buff", "protocol", lambda c, side: swap(c[side])),
    ("ip_summed", "sk_buff", "ip_summed",
     lambda c, side: c[f"{side}_name"].replace("CHECKSUM_", "").lower()),
    ("pkt_type", "sk_buff", "pkt_type",
     lambda c, side: c[f"{side}_name"].replace("PACKET_", "").lower()),
    ("nr_frags", "skb_shared_info", "nr_frags", None),
    ("dataref", "skb_shared_info", "dataref.counter",
     lambda c, side: c[side] & 0xffff),
]

compared = 0


def compare(now, before, changes):
    """One event of an sk_buff, and the one before."""
    global compared
    for field, of, path, value in FIELDS:
        value = value or (lambda c, side: c[side])
        change = changes.get((of, path))
        place = f"skb {now['skb']} {before['station']} -> {now['station']} {field}"
        if change:
            told = value(change, "before"), value(change, "after")
        else:
            told = before[field], before[field]
        if told != (before[field], now[field]):
            print(f"{place}: images say {told}, events {before[field], now[field]}")
        compared += 1


def read(name):
    events = [json.loads(line) for line in open(name)]
    last, number = {}, 0
    for event in events:
        if event.get("event") == "refused":
            continue
        diff, before = event["diff"], last.get(event["skb"])
        # a call may add to an sk_buff that waits to be sent
        if diff and diff["skb"] == event["skb"] and \
           "socket.send" not in (before["station"], event["station"]):
            if diff["no_fields"]:
                print(f"skb {event['skb']} at {event['station']}: {diff['no_fields']}")
            changes = {(c["of"], c["path"]): c for c in diff["changes"]}
            if len(changes) != len(diff["changes"]):
                print(f"skb {event['skb']} at {event['station']}: a field is there twice")
            number += 1
            yield event, before, changes
        last[event["skb"]] = event
    if not number:
        print("no sk_buff was at two stations")


def changes(name):
    for event, before, diff in read(name):
        compare(event, before, diff)
    print(f"# {compared} fields compared", file=sys.stderr)


PUSH = "len data ip_summed csum_start csum_offset transport_header network_header"
# What each step is known to change; behind the bar what depends on the kernel
STEPS = {
    "protocol.push": PUSH,
    "device.queue": "len data protocol mac_header",
    "device.xmit": "| cb napi_id sender_cpu queue_mapping tstamp",
    "device.receive": "len data mac_len skb_iif | napi_id pkt_type dev",
    "protocol.receive": "len data sk destructor ip_summed | cb.peer.port cb.port"
                        " csum_valid csum_level cb.peer.link cb.peer.ifindex",
    "protocol.deliver": "|",
    "socket.queue": "next prev dev sk destructor |",
    "socket.recv": "next prev sk destructor | users.refs.counter peeked",
    "end.consumed": "| users.refs.counter",
}


def datagram(name):
    seen = set()
    for event, _, diff in read(name):
        station = event["station"]
        must, _, may = STEPS.get(station, "|").partition("|")
        must, may = set(must.split()), set(may.split())
        told = {path for _, path in diff}
        seen.add(station)
        if not must <= told:
            print(f"{station}: not told: {sorted(must - told)}")
        if not told <= must | may:
            print(f"{station}: not known to change: {sorted(told - must - may)}")
    if seen != set(STEPS):
        print(f"not seen: {sorted(set(STEPS) - seen)}")


if __name__ == "__main__":
    {"changes": changes, "datagram": datagram}[sys.argv[1]](*sys.argv[2:])
