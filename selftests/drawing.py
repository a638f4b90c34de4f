#!/usr/bin/python3
"""drawing.py: opens sockets with something on their queues and compares the file
`drawing' of each in debugfs with what `skbscope sockets --json' has of it, and of its
sk_buffs with the tables in the files beside it. Prints KTAP. Called by
test_drawing.sh."""
import ctypes
import json
import os
import re
import socket
import struct
import subprocess
import sys

from scope import scope_call, scope_family, scope_socket

DEBUGFS = "/sys/kernel/debug/skbscope/sockets"
BAR = 48
DRAWN = 16


def open_sockets():
    dgram, sender = scope_socket(socket.SOCK_DGRAM), scope_socket(socket.SOCK_DGRAM)
    scope_call("bind", dgram, 5000)
    scope_call("connect", sender, 5000)
    for size in (1, 100, 20000):
        sender.send(b"x" * size)
    many, one = socket.socketpair(scope_family(), socket.SOCK_DGRAM)
    for _ in range(DRAWN + 4):
        one.send(b"y")
    listener, stream = scope_socket(socket.SOCK_STREAM), scope_socket(socket.SOCK_STREAM)
    scope_call("bind", listener, 6000)
    listener.listen(5)
    scope_call("connect", stream, 6000)
    accepted = socket.socket(fileno=ctypes.CDLL(None).accept(listener.fileno(), None, None))
    stream.send(b"z" * 30000)
    waiting = scope_socket(socket.SOCK_STREAM)
    scope_call("connect", waiting, 6000)
    os.set_blocking(dgram.fileno(), False)
    return {"a datagram socket": dgram, "its sender": sender, "a pair": many,
            "its other end": one, "a listener": listener, "a connection": stream,
            "its other end, accepted": accepted, "one that waits": waiting,
            "a raw one": scope_socket(socket.SOCK_RAW)}


def cookie_of(sock):
    return struct.unpack("=Q", sock.getsockopt(socket.SOL_SOCKET, 57, 8))[0]


def read(cookie, name):
    with open(f"{DEBUGFS}/{cookie}/{name}", encoding="ascii") as file:
        return file.read()


def table(text):
    """The rows of the files that list a queue"""
    lines = text.splitlines()
    names = lines[0].split()
    return [dict(zip(names, line.split())) for line in lines[1:] if not line.startswith("and")]


class Drawing:
    def __init__(self, text):
        self.text = text
        head, *queues = re.split(r"^    \+--> ", text, flags=re.M)
        self.head = head
        self.queues = {}
        for queue in queues:
            name, length = re.match(r"(\w+): sk_buffs (\d+)\n", queue).groups()
            self.queues[name] = (int(length), queue.split("struct sk_buff ")[1:])

    def number(self, name, text=None):
        found = re.search(rf"(?<!\w){name} (\d+)", text or self.head)
        return int(found[1]) if found else None

    def word(self, name):
        found = re.findall(rf"(?<!\w){name} (\w+)", self.head)
        return found[-1] if found else None


def compare_sock(drawing, shown, sock):
    n = drawing.number
    wanted = {"cookie": shown["cookie"], "inode": os.fstat(sock.fileno()).st_ino}
    for name, want in wanted.items():
        if n(name) != want:
            yield f"{name} {n(name)}, not {want}"
    for name, of in (("rmem_alloc", "rcvbuf"), ("wmem_alloc", "sndbuf")):
        value, limit, bar = re.search(rf"{name} (\d+) of (\d+) *\|\n\| \[([#.]*)\]",
                                      drawing.head).groups()
        if (int(value), int(limit)) != (shown[name[:4]], shown[of]):
            yield f"{name} {value} of {limit}"
        part = min(BAR, (int(value) * BAR + int(limit) // 2) // int(limit))
        if bar != "#" * part + "." * (BAR - part):
            yield f"{name} is {bar}"
    if drawing.word("state") != shown["sk_state"]:
        yield f"state {drawing.word('state')}, not {shown['sk_state']}"
    flags = re.search(r"f_flags 0([0-7]*)", drawing.head)
    if bool(int(flags[1], 8) & os.O_NONBLOCK) == os.get_blocking(sock.fileno()):
        yield f"f_flags 0{flags[1]}"
    found = re.search(r"\| backlog (\d+) of (\d+) ", drawing.head)
    backlog = tuple(map(int, found.groups())) if found else (None, None)
    if backlog != (shown["backlog"], shown["backlog_max"]):
        yield f"backlog {backlog}, not {shown['backlog']} of {shown['backlog_max']}"
    if n("pair of cookie") != shown["pair"]:
        yield f"pair {n('pair of cookie')}, not {shown['pair']}"
    conn = shown.get("conn") or {}
    for name in ("written", "sent", "acked", "received", "read"):
        if conn and n(name) != conn[name]:
            yield f"{name} {n(name)}, not {conn[name]}"


def compare_queue(drawing, cookie, file, name):
    length, boxes = drawing.queues[name]
    rows = table(read(cookie, file))
    if length != len(rows) or len(boxes) != min(length, DRAWN):
        yield f"{name} has {length}, {len(boxes)} are drawn, {len(rows)} in the table"
    if (length > DRAWN) != (f"and {length - DRAWN} more" in drawing.text):
        yield f"{name}: how many are left out"
    for box, row in zip(boxes, rows):
        got = {k: drawing.number(k, box) for k in
               ("skb", "len", "truesize", "users", "cloned", "dataref", "end")}
        want = {k: int(row[k]) for k in got}
        head, linear, tail, frags = (drawing.number(k, box) for k in
                                     ("headroom", "linear", "tailroom", "in fragments"))
        got |= {"data": head, "tail": head + linear, "room": head + linear + tail,
                "data_len": frags, "len is": linear + frags}
        want |= {"data": int(row["data"]), "tail": int(row["tail"]), "room": int(row["end"]),
                 "data_len": int(row["data_len"]), "len is": int(row["len"])}
        if row["parent"] != "0" and f"{row['relation']} of {row['parent']}" not in box:
            yield f"skb {row['skb']} came of {row['relation']} {row['parent']}"
        if got != want:
            yield f"{name}: {got}, not {want}"
        at = [(x * BAR + want["end"] // 2) // want["end"] for x in (want["data"], want["tail"])]
        bar = "." * at[0] + "=" * (at[1] - at[0]) + "." * (BAR - at[1])
        if f"[{bar}]" not in box:
            yield f"skb {row['skb']} is not drawn as {bar}"


def form(drawing):
    """All boxes have one width, and no line stands out of its own"""
    edges = {len(l.strip().removeprefix("|").strip()) for l in drawing.text.splitlines()
             if re.fullmatch(r"[ |]*\+-+\+", l)}
    if len(edges) != 1:
        yield f"boxes of {edges} columns"
    for line in drawing.text.splitlines():
        inside = re.fullmatch(r"(?:    \|  )?(\| .*)", line)
        if inside and (len(inside[1]) not in edges or not line.endswith(" |")):
            yield f"stands out: {line}"


def main():
    sockets = open_sockets()
    shown = {s["cookie"]: s for s in map(json.loads, subprocess.run(
        ["skbscope", "sockets", "--json"], check=True, capture_output=True).stdout.splitlines())}
    print(f"KTAP version 1\n1..{len(sockets)}")
    failed = False
    for number, (name, sock) in enumerate(sockets.items(), 1):
        cookie = cookie_of(sock)
        drawing = Drawing(read(cookie, "drawing"))
        wrong = [*compare_sock(drawing, shown[cookie], sock),
                 *compare_queue(drawing, cookie, "receive_queue", "sk_receive_queue"),
                 *compare_queue(drawing, cookie, "write_queue", "sk_write_queue"),
                 *form(drawing)]
        for line in wrong + (drawing.text.splitlines() if wrong else []):
            print(f"# {line}")
        failed |= bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {number} {name}")
    sys.exit(failed)


main()
