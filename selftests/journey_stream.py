#!/usr/bin/python3
"""journey_stream.py FILE [NAME...]: follows every octet that send calls of one
connection took to the recv calls that gave it, through what `skbscope trace
--json` wrote, and prints what it met, `NAME COUNT` a line. Each NAME must be
among it. Called by test_journey_stream.sh."""
import collections
import json
import sys

# What a segment passes below the write queue, in this order. Between the ends of
# a socketpair() the first five are missing.
BELOW = ["protocol.clone", "device.queue", "device.xmit", "device.receive",
         "protocol.receive", "protocol.deliver", "socket.queue"]


class Skb:
    """What is known of an sk_buff so far. octets: those it has; merged: those
    that others put into it."""

    def __init__(self, event):
        self.id = event["skb"]
        self.parent = event["parent"]
        self.relation = event["relation"]
        self.last = None
        self.octets = None
        self.merged = None
        self.sent = 0
        self.whole = False
        self.end = None
        self.goes_on = False


class Follower:
    """Goes through the events in the order of their time."""

    def __init__(self, events):
        self.skbs = {}
        self.calls = []
        self.written = 0
        self.read = 0
        self.collector = {}
        self.met = collections.Counter()
        # The end of a record has a number of its own, as an octet
        self.records = any("END" in e.get("flags", []) for e in events)
        for event in events:
            self.event = event
            if event.get("station") == "socket.send":
                self.call(event)
            elif "offset" in event or event["skb"] in self.skbs:
                self.take(event)
            elif event.get("relation") == "merge":
                self.begin(event)

    def need(self, condition, text):
        if not condition:
            sys.exit(f"{text}\n{json.dumps(self.event)}")

    def begin(self, event):
        skb = Skb(event)
        self.skbs[skb.id] = skb
        if skb.relation == "merge":
            skb.merged = (self.skbs[skb.parent].octets[0],) * 2
            skb.octets = skb.merged
            skb.last = event["station"]
            self.collector[event["sock"]] = skb
            self.met["merge"] += 1
        return skb

    def take(self, event):
        station = event["station"]
        octets = event.get("offset"), event.get("offset_end")
        skb = self.skbs.get(event["skb"]) or self.begin(event)
        if station.startswith("end."):
            self.ended(skb, station, octets)
        elif station == "socket.recv":
            self.got(skb, *octets)
        elif station in ("socket.alloc", "protocol.push"):
            self.kept(skb, station, *octets)
        else:
            self.need(station in BELOW, "a station where no segment is")
            self.below(skb, station, octets)
        skb.last = station
        self.met[station] += 1

    def call(self, event):
        """A send call has the octets behind those of the one before."""
        start = event.get("offset", self.written)
        stop = event.get("offset_end", self.written)
        self.need(start == self.written, f"written so far: {self.written}")
        self.calls.append((start, stop, event["skb"]))
        self.written = stop + self.records
        self.met["socket.send"] += 1

    def kept(self, skb, station, start, stop):
        """On the write queue. One that first comes to be when it is sent has
        the rest of its parent, which was cut."""
        self.need(skb.relation in ("none", "segment"), "kept, but derived")
        self.need(stop <= self.written, f"written: {self.written}")
        if not skb.octets and station != "socket.alloc":
            cut = self.skbs.get(skb.parent)
            self.need(cut and cut.octets[1] == start, "cut off from what?")
        if skb.octets:
            self.need(start == skb.octets[0], f"began at {skb.octets[0]}")
            self.met["cut"] += stop < skb.octets[1]
            self.met["appended"] += stop > skb.octets[1]
        if skb.relation == "segment":
            self.met["segment"] += not skb.octets
            self.need(skb.parent in self.skbs, "its parent is not known")
        skb.octets = start, stop
        skb.whole = "END" in self.event.get("flags", [])

    def begins_below(self, skb, station, octets):
        """A clone of what is kept, or of one that a driver took."""
        parent = self.skbs.get(skb.parent)
        self.need(parent and parent.octets == octets,
                  f"its parent has {parent and parent.octets}")
        if station == "protocol.clone":
            self.need(parent.last == "protocol.push", "its parent is not kept")
            self.need(skb.relation == ("retransmission" if parent.sent else
                                       "clone"),
                      f"its parent was sent {parent.sent} times")
            parent.sent += 1
        else:
            self.need(station == "device.receive" and
                      parent.last in BELOW[1:] + ["end.dropped"] and
                      skb.relation in ("clone", "copy"), "out of nowhere")
            parent.goes_on = True
        self.met[skb.relation] += 1
        skb.octets = octets

    def below(self, skb, station, octets):
        if skb.octets is None:
            self.begins_below(skb, station, octets)
            return
        before = BELOW[BELOW.index(station) - 1]
        self.need(skb.merged or skb.last == before or
                  station == "protocol.deliver" and
                  skb.last == "protocol.push", f"it was at {skb.last}")
        if station == "socket.queue" and octets != skb.octets:
            # Its front came by another one
            self.need(skb.octets[0] <= octets[0] and
                      skb.octets[1] == octets[1], f"it had {skb.octets}")
            skb.octets = octets
        self.need(skb.octets == octets, f"it had {skb.octets}")

    def got(self, skb, start, stop):
        """A recv call has the octets behind those of the one before."""
        self.need(start == self.read, f"read so far: {self.read}")
        octets = skb.merged or skb.octets
        self.need(skb.last in ("socket.queue", "socket.recv") and
                  octets[0] <= start <= stop <= octets[1],
                  f"at {skb.last} it had {octets}")
        self.met["taken in parts"] += (start, stop) != octets
        self.read = stop + ("END" in self.event.get("flags", []))

    def ended(self, skb, station, octets):
        self.need(skb.end is None, f"it ended before: {skb.end}")
        skb.end = station
        if station == "end.dropped":
            self.met[self.event["reason"]] += 1
            return
        self.need(octets == (skb.merged or skb.octets), f"it had {vars(skb)}")
        if skb.last == "socket.queue":
            # Unread: its octets are in the one that collects
            into = self.collector.get(self.event["sock"])
            self.need(into and into.merged[1] == skb.octets[0],
                      f"{into and into.merged} is collected")
            into.merged = into.merged[0], skb.octets[1]
            self.met["merged"] += 1

    def origin(self, skb):
        """The kept one that it came from."""
        while skb.relation not in ("none", "segment"):
            skb = self.skbs[skb.parent]
        return skb

    def check_calls(self, skb):
        """The calls whose octets a kept one has bear its number, or that of
        the one it is a later part of."""
        numbers = {skb.id}
        at = skb
        while at.relation == "segment":
            at = self.skbs[at.parent]
            numbers.add(at.id)
        for start, stop, number in self.calls:
            if start < skb.octets[1] and skb.octets[0] < stop:
                self.need(number in numbers, f"skb {skb.id} {skb.octets} is "
                          f"of call {start}-{stop}, skb {number}")

    def check(self):
        self.event = "at the end"
        self.need(self.written and self.read == self.written,
                  f"written {self.written}, read {self.read}")
        kept = []
        for skb in self.skbs.values():
            self.need(skb.end or skb.goes_on, f"skb {skb.id} has no end: {vars(skb)}")
            self.need(self.origin(skb).octets, f"skb {skb.id}: no origin")
            if self.origin(skb) is skb:
                self.check_calls(skb)
                kept.append((*skb.octets, skb.whole))
        at = 0
        for start, stop, whole in sorted(kept):
            self.need(start == at, f"octets {at} and {start} on the write queue")
            at = stop + whole
        self.need(at == self.written, f"only {at} on the write queue")


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        follower = Follower([json.loads(line) for line in lines])
    follower.check()
    follower.met["octets"] = follower.read
    for name, count in sorted(follower.met.items()):
        if count:
            print(name, count)
    for name in sys.argv[2:]:
        follower.need(follower.met[name], f"nothing was met of: {name}")


main()
