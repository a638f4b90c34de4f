#!/usr/bin/python3
"""bytes.py FILE SENDS RECVS [NAME=COUNT...]: judges what `skbscope bytes
--json` wrote of one stream against what the two programs' system calls
returned, as strace has it in SENDS and RECVS, and against what the connection
and tc counted: retransmissions, dropped. Prints what it met, `NAME COUNT` a line.
Called by test_bytes.sh."""
import collections
import json
import re
import sys


def fail(text, piece=None):
    sys.exit(text + (f"\n{json.dumps(piece)}" if piece else ""))


def calls(path, name):
    """The ranges of the stream that calls took or gave."""
    ranges, at = [], 0
    with open(path, encoding="ascii", errors="replace") as lines:
        for line in lines:
            match = re.match(rf"(?:\d+ +)?{name}\(.*\) += (\d+)$", line)
            if match and int(match[1]):
                ranges.append((at, at + int(match[1])))
                at += int(match[1])
    return ranges


def octets(what):
    return what["from"], what["to"]


def inside(inner, outer):
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def covering(ranges, piece):
    """The only one of the ranges, which are in order, that has the piece."""
    for each in ranges:
        if inside(octets(piece), each):
            return each
    return fail(f"no call has {octets(piece)}", piece)


class Judge:
    def __init__(self, pieces, sends, recvs):
        self.sends = sends
        self.recvs = recvs
        self.frames = {}
        self.met = collections.Counter(pieces=len(pieces))
        at = 0
        for piece in pieces:
            if piece["from"] != at:
                fail(f"there is a gap, or an overlap, at {at}", piece)
            at = piece["to"]
            if piece["missing"] or piece["unknown"]:
                fail("a step is missing", piece)
            self.ends(piece)
            self.kept(piece)
            self.sent(piece)
            self.received(piece)
        if at != sends[-1][1] or at != recvs[-1][1]:
            fail(f"pieces end at {at}, send calls at {sends[-1]}, recv calls at {recvs[-1]}")
        self.met["octets"] = at

    def ends(self, piece):
        """The calls are those that the programs made. A recv call is told once
        for each sk_buff that it took from."""
        if octets(piece["send"]) != covering(self.sends, piece):
            fail("another call than strace saw took it", piece)
        if len(piece["recv"]) != 1:
            fail("not read once", piece)
        recv = piece["recv"][0]
        if not inside(octets(recv), covering(self.recvs, piece)):
            fail("another call than strace saw gave it", piece)

    def kept(self, piece):
        for skb in piece["kept"]:
            if skb["end"] != "consumed" or not inside(octets(piece), octets(skb)):
                fail("kept, and not acknowledged", piece)
            if not piece["send"]["ts"] <= skb["end_ts"]:
                fail("acknowledged before it was sent", piece)

    def sent(self, piece):
        """First a clone of a kept one goes out, then its retransmissions; what
        comes out elsewhere as another sk_buff came from one of them."""
        kept = {skb["skb"] for skb in piece["kept"]}
        out = [f for f in piece["frames"] if f["parent"] in kept]
        relations = [f["relation"] for f in out]
        if relations != ["clone"] + ["retransmission"] * (len(out) - 1) and len(kept) == 1:
            fail(f"sent as {relations}", piece)
        known = kept | {f["skb"] for f in piece["frames"]}
        for frame in piece["frames"]:
            if frame["parent"] not in known:
                fail("a frame out of nowhere", piece)
            followed = any(f["parent"] == frame["skb"] for f in piece["frames"])
            if not frame["end"] and not followed:
                fail(f"what became of skb {frame['skb']}?", piece)
            if frame["end"] == "dropped" and not frame["reason"]:
                fail("dropped without a reason", piece)
            self.frames[frame["skb"]] = frame
        self.met["sent again"] += len(out) > 1

    def received(self, piece):
        """The recv call took from the frame that was queued with it, or from
        the one that collected it."""
        recv = piece["recv"][0]
        queued = [f for f in piece["frames"] if f["queue"] and f["end"] != "dropped"]
        if not queued:
            fail("read, but on no queue", piece)
        if recv["skb"] in [f["skb"] for f in queued]:
            self.met["read from a frame"] += 1
        elif recv["skb"] in [f["merged"] for f in queued] and \
                recv["skb"] in [c["skb"] for c in piece["collectors"]]:
            self.met["read from a collector"] += 1
        else:
            fail("read from another sk_buff than was queued", piece)
        if not piece["send"]["ts"] < queued[0]["queue"] <= recv["ts"]:
            fail("the times are in another order", piece)

    def count(self):
        frames = self.frames.values()
        self.met["frames"] = len(frames)
        self.met["retransmissions"] = sum(f["relation"] == "retransmission" for f in frames)
        self.met["dropped"] = sum(f["end"] == "dropped" and f["last"] == "device.queue"
                                  for f in frames)
        self.met["came twice"] = sum(f["end"] == "dropped" and f["last"] == "protocol.deliver"
                                     for f in frames)
        return self.met


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        pieces = [json.loads(line) for line in lines]
    pieces = [piece for piece in pieces if not piece["record_end"]]
    met = Judge(pieces, calls(sys.argv[2], "sendto"), calls(sys.argv[3], "recvfrom")).count()
    for name, count in sorted(met.items()):
        print(name, count)
    for wanted in sys.argv[4:]:
        name, count = wanted.split("=")
        if met[name] != int(count):
            fail(f"{name}: {met[name]} were shown, {count} were counted")


main()
