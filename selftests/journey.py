#!/usr/bin/python3
"""journey.py FILE CHECK: judges what `skbscope trace --json` wrote of one
datagram of 100 octets over scope0. Called by test_journey.sh."""
import json
import sys

HEADER = 16
STATIONS = ["socket.send", "socket.alloc", "protocol.push", "device.queue",
            "device.xmit", "device.receive", "protocol.receive",
            "protocol.deliver", "socket.queue", "socket.recv", "end.consumed"]
KEYS = {"ts", "cpu", "station", "skb", "parent", "relation", "sock", "len",
        "data", "tail", "end", "truesize", "users", "dataref", "reason"}


def fail(text):
    print(text)
    sys.exit(1)


def load(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def stations(events):
    got = [e["station"] for e in events]
    if got != STATIONS:
        fail(f"stations are {got}")


def identity(events):
    ids = {e["skb"] for e in events}
    if len(ids) != 1 or not all(isinstance(i, int) and i > 0 for i in ids):
        fail(f"numbers are {ids}")


def keys(events):
    for event in events:
        missing = KEYS - event.keys()
        if missing:
            fail(f"{event['station']} lacks {missing}")


def headroom(events):
    data = {e["station"]: e["data"] for e in events}
    for before, after, step in (("socket.alloc", "protocol.push", -HEADER),
                                ("protocol.push", "device.queue", -14),
                                ("device.xmit", "device.receive", 14),
                                ("device.receive", "protocol.receive", HEADER)):
        if data[after] - data[before] != step:
            fail(f"data is {data[before]} at {before}, {data[after]} at {after}")


def buffer(events):
    for e in events:
        if e["station"] == "socket.send":
            if e["data"] is not None or e["len"] != 100:
                fail("a buffer before there is one")
            continue
        if e["tail"] - e["data"] + e["data_len"] != e["len"]:
            fail(f"{e['station']}: data {e['data']} tail {e['tail']} len {e['len']}")
        if not e["data"] <= e["tail"] <= e["end"] or e["truesize"] < e["end"]:
            fail(f"{e['station']}: {e}")


def charges(events):
    at = {e["station"]: e for e in events}
    size = at["socket.queue"]["truesize"]
    for station, key, before, after in (
            ("socket.alloc", "wmem", 0, size), ("socket.queue", "rmem", 0, size),
            ("socket.queue", "rxq", 0, 1), ("socket.recv", "rmem", size, 0),
            ("socket.recv", "rxq", 1, 0)):
        got = at[station][key + "_before"], at[station][key]
        if got != (before, after):
            fail(f"{station}: {key} {got}, not {(before, after)}")


def time(events):
    stamps = [e["ts"] for e in events]
    if stamps != sorted(stamps) or stamps[0] <= 0:
        fail(f"times are {stamps}")


def main():
    events = load(sys.argv[1])
    globals()[sys.argv[2]](events)


main()
