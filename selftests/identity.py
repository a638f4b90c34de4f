#!/usr/bin/python3
"""identity.py send TRUTH packets|ring: sends datagrams with a counter in each from namespace
left to namespace right, by devices va and vb, and writes to TRUTH in which order
the counters were sent, came in by vb and by vd, and were read. Frames that come in are
looked at by a packet socket, which gets a clone of each, or by one with a ring,
which gets none.
identity.py judge EVENTS TRUTH NAME...: holds what `skbscope trace --json` wrote of it
against that: which number belongs to which counter, and prints what it met, `NAME
COUNT` a line. Each NAME must be among it. Called by test_identity.sh."""
import collections
import ctypes
import json
import mmap
import os
import random
import select
import socket
import struct
import subprocess
import sys

from scope import scope_family

DATAGRAMS = 1000
PORT = 5000
ETHERTYPE = 0x88b5
ETH_P_ALL = 3
OUTGOING = 4            # PACKET_OUTGOING
SOL_PACKET = 263
PACKET_RX_RING = 5
SO_COOKIE = 57
SO_RCVBUFFORCE = 33
PATIENCE = 60000 * int(os.environ.get("SCOPE_SLOWNESS", 1))
libc = ctypes.CDLL(None, use_errno=True)


def enter(namespace):
    with open(f"/run/netns/{namespace}", "rb") as file:
        if libc.setns(file.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), "setns")


def address(dev, link=bytes(8)):
    return struct.pack("=H", FAMILY) + struct.pack("!H", PORT) + \
        struct.pack("=I", socket.if_nametoindex(dev)) + link


def call(name, sock, addr):
    if getattr(libc, name)(sock.fileno(), addr, len(addr)):
        raise OSError(ctypes.get_errno(), name)


def shell(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def link(namespace, dev):
    """What ip tells of a device; sysfs is that of another namespace."""
    return json.loads(shell("ip", "-n", namespace, "-j", "-s", "link", "show", dev))[0]


def counter_of(payload):
    """It is there three times, of which one may be damaged."""
    three = [payload[at:at + 4] for at in (0, 4, 8)]
    return struct.unpack("!I", max(three, key=three.count))[0]


class Packets:
    """Frames of a device by a packet socket: clones of those that go on."""

    def __init__(self, dev):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
        self.sock.setblocking(False)
        self.sock.bind((dev, ETH_P_ALL))

    def frames(self):
        try:
            while True:
                frame, where = self.sock.recvfrom(65536)
                yield frame, where[2]
        except BlockingIOError:
            pass


class Ring:
    """The same by a ring, into which they are copied (TPACKET_V1)."""
    SIZE, NUMBER = 2048, 4096

    def __init__(self, dev):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.setsockopt(SOL_PACKET, PACKET_RX_RING, struct.pack(
            "=IIII", 1 << 16, self.SIZE * self.NUMBER >> 16, self.SIZE, self.NUMBER))
        self.ring = mmap.mmap(self.sock.fileno(), self.SIZE * self.NUMBER)
        self.next = 0
        self.sock.bind((dev, ETH_P_ALL))

    def frames(self):
        while True:
            at = self.next * self.SIZE
            status, _, length, mac = struct.unpack_from("@LIIH", self.ring, at)
            if not status & 1:
                return
            yield self.ring[at + mac:at + mac + length], self.ring[at + 32 + 10]
            struct.pack_into("@L", self.ring, at, 0)
            self.next = (self.next + 1) % self.NUMBER


class Receiver:
    """Reads what comes by a device: all frames as they come in, and the
    datagrams."""

    def __init__(self, dev, tap):
        self.came, self.read, self.frames = [], [], 0
        self.tap = tap(dev)
        self.sock = socket.socket(FAMILY, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
        self.sock.setblocking(False)
        call("bind", self.sock, address(dev))
        self.cookie = struct.unpack("=Q", self.sock.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))[0]

    def drain(self):
        for frame, kind in self.tap.frames():
            if kind == OUTGOING:
                continue
            self.frames += 1
            if struct.unpack_from("!H", frame, 12)[0] == ETHERTYPE:
                self.came.append(counter_of(frame[30:]))
        try:
            while True:
                self.read.append(counter_of(self.sock.recv(65536)))
        except BlockingIOError:
            pass


def sent_by(dev):
    """Frames that the device sent; None while its queue has some."""
    if any(q["qlen"] for q in json.loads(shell("ip", "netns", "exec", "left", "tc", "-j",
                                                "-s", "qdisc", "show", "dev", dev))):
        return None
    return link("left", dev)["stats64"]["tx"]["packets"]


def send(truth, tap):
    rand = random.Random(20240101)
    enter("right")
    to = bytes.fromhex(link("right", "vb")["address"].replace(":", "")) + bytes(2)
    receivers = {dev: Receiver(dev, tap) for dev in ("vb", "vd")}
    enter("left")
    sender = socket.socket(FAMILY, socket.SOCK_DGRAM)
    call("connect", sender, address("va", to))
    before = {dev: sent_by(dev) for dev in ("va", "vc")}
    for counter in range(DATAGRAMS):
        payload = struct.pack("!I", counter) * 3 + rand.randbytes(rand.randrange(1400))
        sender.send(payload)
        for receiver in receivers.values():
            receiver.drain()
    # What went out comes in, before anything else is of interest.
    poll = select.poll()
    for receiver in receivers.values():
        poll.register(receiver.tap.sock, select.POLLIN)
    for dev, peer in (("va", "vb"), ("vc", "vd")):
        for _ in range(PATIENCE // 100):
            out = sent_by(dev)
            receivers[peer].drain()
            if out is not None and receivers[peer].frames == out - before[dev]:
                break
            poll.poll(100)
        else:
            sys.exit(f"{out} frames left {dev}, {receivers[peer].frames} came to {peer}")
    with open(truth, "w", encoding="utf-8") as file:
        json.dump({"came": {dev: r.came for dev, r in receivers.items()},
                   "read": {str(r.cookie): r.read for r in receivers.values()},
                   "sent": list(range(DATAGRAMS))}, file)


class Judge:
    """Each number has one counter: that of the send call it descends from. The
    same is known of frames and reads without any number, by their order."""

    def __init__(self, events, truth):
        self.parent, self.counter = {}, {}
        self.met = collections.Counter()
        sends = [e for e in events if e.get("station") == "socket.send"]
        self.same(len(sends), len(truth["sent"]), "send calls")
        for event, counter in zip(sends, truth["sent"]):
            self.bears(event, counter)
        self.once(events)
        for event in events:
            # At its end in a device only the number is known
            if event.get("parent"):
                self.same(self.parent.setdefault(event["skb"], event["parent"]),
                          event["parent"], event)
                self.descends(event)
        for dev, counters in truth["came"].items():
            self.order([e for e in events if e.get("station") == "device.receive" and
                        e["dev"] == dev], counters, dev)
        for cookie, counters in truth["read"].items():
            self.order([e for e in events if e.get("station") == "socket.recv" and
                        e["sock"] == int(cookie)], counters, cookie)
        self.met["numbers"] = len(self.counter)

    def same(self, is_, wanted, what):
        if is_ != wanted:
            sys.exit(f"{is_} is not {wanted}: {what}")

    def bears(self, event, counter):
        self.same(self.counter.setdefault(event["skb"], counter), counter, event)

    def once(self, events):
        """No number is at a station twice, nor anywhere behind its end."""
        seen, ended = set(), set()
        for event in events:
            number = event["skb"]
            if number in ended or (number, event["station"]) in seen:
                sys.exit(f"the number was used before: {event}")
            seen.add((number, event["station"]))
            if event["station"].startswith("end."):
                ended.add(number)

    def descends(self, event):
        if event["parent"] not in self.counter:
            sys.exit(f"its parent is not known: {event}")
        if event["skb"] not in self.counter:
            self.met[event["relation"]] += 1
        self.bears(event, self.counter[event["parent"]])

    def order(self, events, counters, what):
        self.same(len(events), len(counters), f"frames or reads of {what}")
        for event, counter in zip(events, counters):
            self.same(self.counter.get(event["skb"]), counter, event)
            self.met[event["station"]] += 1
        doubles = collections.Counter(counters)
        self.met["twice or more"] += sum(count > 1 for count in doubles.values())


def judge(path, truth, *names):
    with open(path, encoding="utf-8") as lines:
        events = [json.loads(line) for line in lines]
    with open(truth, encoding="utf-8") as file:
        met = Judge([e for e in events if "station" in e], json.load(file)).met
    for name, count in sorted(met.items()):
        print(name, count)
    for name in names:
        if not met[name]:
            sys.exit(f"nothing was met of: {name}")


if sys.argv[1] == "send":
    FAMILY = scope_family()
    send(sys.argv[2], Ring if sys.argv[3] == "ring" else Packets)
else:
    judge(*sys.argv[2:])
