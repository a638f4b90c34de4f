#!/usr/bin/python3
"""addresses.py: looks for addresses of kernel objects in all that the module and
the tool give to who may not have them.

It opens sockets with something on their queues and reads, as root, where they and
what they point to lie: the pointers of `skbscope show sock --full --json', which are
the true ones. Then every view is read by a plain user, by root without the right to
see addresses, and by root with all rights, at each value of kernel.kptr_restrict; for
the last the views alone that promise none to anybody. What looks like an address of
the kernel is found, in text and in the octets of netlink messages and records, and so
is each true one however it is written.

A hash is none: %p prints it with 32 zero bits in front, so it is no address of this
kernel, and it equals no true one. Prints KTAP. Called by test_addresses.sh."""
import ctypes
import glob
import json
import os
import re
import socket
import struct
import subprocess
import sys

from scope import MODULE, scope_call, scope_family, scope_socket

NOBODY = 65534
DEBUGFS = "/sys/kernel/debug/skbscope"
TRACING = "/sys/kernel/tracing"
# who reads, and how he becomes that
USERS = {
    "a plain user": ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                     "--inh-caps=-all", "--bounding-set=-all"],
    "root without CAP_SYSLOG": ["setpriv", "--inh-caps=-all",
                                "--bounding-set=-syslog,-sys_admin,-perfmon"],
    "root": [],
}
# all of the kernel's half; the last page is what small negative numbers look like
LOWEST, HIGHEST = 0xffff800000000000, 0xfffffffffffff000


def is_address(number):
    return LOWEST <= number < HIGHEST


def open_sockets():
    """A datagram socket, a listener, both ends of a connection, a pair, a raw one"""
    dgram, sender = scope_socket(socket.SOCK_DGRAM), scope_socket(socket.SOCK_DGRAM)
    scope_call("bind", dgram, 5000)
    scope_call("connect", sender, 5000)
    for size in (1, 100, 20000):
        sender.send(b"x" * size)
    listener, stream = scope_socket(socket.SOCK_STREAM), scope_socket(socket.SOCK_STREAM)
    scope_call("bind", listener, 6000)
    listener.listen(1)
    scope_call("connect", stream, 6000)
    libc = ctypes.CDLL(None)
    accepted = socket.socket(fileno=libc.accept(listener.fileno(), None, None))
    stream.send(b"y" * 30000)
    one, other = socket.socketpair(scope_family(), socket.SOCK_SEQPACKET)
    one.send(b"z" * 10)
    return [dgram, sender, listener, stream, accepted, one, other,
            scope_socket(socket.SOCK_RAW)]


def true_addresses(sockets):
    """Of the objects, and all that they point to"""
    found = set()
    for sock in sockets:
        text = subprocess.run(["skbscope", "show", "sock", "--full", "--json",
                               f"{os.getpid()}:{sock.fileno()}"],
                              check=True, capture_output=True).stdout
        for o in json.loads(text)["objects"]:
            values = [o["address"]] + [f["value"] for f in
                                       o.get("fields", []) + o.get("own_fields", [])]
            found |= {int(v, 16) for v in values
                      if isinstance(v, str) and re.fullmatch("0x[0-9a-f]{1,16}", v)}
    return {a for a in found if is_address(a)}


class Scan:
    """What was found, and how much was looked at"""
    def __init__(self, known):
        self.known = known
        self.octets = {}
        self.leaks = []

    def note(self, view, what):
        self.leaks.append(f"{view}: {what}")

    def text(self, view, data):
        self.octets[view] = self.octets.get(view, 0) + len(data)
        text = data.decode("latin-1")
        for word in re.findall(r"(?<![0-9a-fA-F])(?:0[xX])?([fF]{4}[0-9a-fA-F]{12})(?![0-9a-fA-F])",
                               text):
            if is_address(int(word, 16)):
                self.note(view, word)
        for word in re.findall(r"(?<![\w.])-?\d{12,20}(?![\w.])", text):
            if is_address(int(word) % 2 ** 64):
                self.note(view, word)

    def binary(self, view, data, step):
        """Numbers in the order of the machine's octets, at each multiple of step"""
        self.octets[view] = self.octets.get(view, 0) + len(data)
        for at in range(0, len(data) - 7, step):
            number = struct.unpack_from("=Q", data, at)[0]
            # a negative number in front of another one is as high as the
            # kernel's own code is
            code = number >> 31 == 0x1ffffffff
            if is_address(number) and (code or number >> 32 < 0xfffff000):
                self.note(view, f"{number:#x} at octet {at}")

    def any(self, view, data):
        """Much of it is no number: the true ones alone"""
        self.octets[view] = self.octets.get(view, 0) + len(data)
        # all lie in the kernel's half: its two highest octets find the candidates
        for match in re.finditer(rb"(?s)(?=(.{6}\xff\xff))", data):
            number = struct.unpack("=Q", match[1])[0]
            if number in self.known:
                self.note(view, f"{number:#x} at octet {match.start()}")


def run(user, command, stdin=None):
    """What it writes, to both of its outputs; many are refused"""
    done = subprocess.run(USERS[user] + command, check=False, timeout=120,
                          stdin=stdin or subprocess.DEVNULL, capture_output=True)
    return done.stdout, done.stderr


def read_files(scan, user, view, pattern):
    paths = sorted(p for p in glob.glob(pattern, recursive=True) if os.path.isfile(p))
    if paths:
        out, _ = run(user, ["sh", "-c", 'for f; do timeout 5 cat "$f"; done 2>/dev/null', "-"] + paths)
        scan.text(view, out)


def commands(cookies, fd):
    """Each of the tool that shows something, but for the images root may have"""
    for words in (["sockets"], ["stations"], ["ledger"]):
        yield words
        yield words + ["--json"]
    yield ["--help"]
    yield ["show", "--help"]
    traffic = ["--", "sh", "-c", "skbscope send 5000 hello; skbscope send 9 x"]
    yield ["trace"] + traffic
    yield ["trace", "--json"] + traffic
    yield ["bytes", "all", "0-"] + traffic
    yield ["bytes", "--json", "all", "0-"] + traffic
    yield ["tour"]
    for cookie in cookies:
        yield ["show", "sock", cookie]
        yield ["show", "sock", "--full", "--json", cookie]
    yield ["show", "sock", f"{os.getpid()}:{fd}"]
    yield ["show", "skb", "1"] + traffic
    yield ["diff", "1"] + traffic
    yield ["trace", "--diff"] + traffic
    yield ["trace", "--filter", "skb.len > 1"] + traffic
    yield ["record", "--images", "--no-btf", "-o", "-"] + traffic


def may_have_addresses(words):
    """Whoever has the right to"""
    return words[0] in ("show", "diff") or "--diff" in words or "--images" in words


# generic netlink, octet by octet: each command, asked for one and for all
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
ASK = r"""
import socket, struct, sys
def message(kind, flags, cmd, attrs):
    body = struct.pack("=BBH", cmd, 1, 0) + attrs
    return struct.pack("=IHHII", 16 + len(body), kind, 1 | flags, 1, 0) + body
def attr(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)
def ask(sock, request):
    sock.send(request)
    whole = b""
    while True:
        got = sock.recv(1 << 20)
        whole += got
        kind = struct.unpack_from("=H", got, 4)[0]
        if kind in (2, 3) or not request[7] & 3:
            return whole
sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
sock.settimeout(20)
sock.setsockopt(270, 11, 1)
answer = ask(sock, message(16, 0, 3, attr(2, b"skbscope\0")))
family = struct.unpack_from("=H", answer, answer.index(b"\6\0\1\0") + 4)[0]
sys.stdout.buffer.write(answer)
cookies = [int(c) for c in sys.argv[1:]]
for cmd in range(1, 16):
    for flags in (4, 0x300):
        for attrs in [b""] + [attr(1, struct.pack("=Q", c)) for c in cookies] + \
                     [attr(1, struct.pack("=I", 1)), attr(2, struct.pack("=I", 2))]:
            try:
                sys.stdout.buffer.write(ask(sock, message(family, flags, cmd, attrs)))
            except (TimeoutError, OSError):
                pass
"""


def ask(scan, user, sockets, cookies):
    """What commands and netlink tell one user"""
    for words in commands(cookies, sockets[0].fileno()):
        if user == "root" and may_have_addresses(words):
            continue
        out, err = run(user, ["skbscope"] + words)
        scan.text("skbscope " + words[0], out + err)
    out, err = run(user, ["skbscope", "record", "--no-btf", "-o", "-", "--", "skbscope",
                          "send", "5000", "hello"])
    scan.any("skbscope record", out)
    scan.text("skbscope record, its words", err)
    if user != "root":
        # images are of these, too
        out, _ = run(user, [sys.executable, "-c", ASK] + cookies)
        scan.binary("netlink", out, 4)


def read(scan, user):
    """What files tell one user"""
    if user != "root":
        # the sections of a module
        read_files(scan, user, "sysfs", f"{MODULE}/**")
    read_files(scan, user, "proc", "/proc/net/scope")
    read_files(scan, user, "proc", "/proc/net/protocols")
    read_files(scan, user, "proc", "/proc/net/ptype")
    read_files(scan, user, "device", "/sys/class/net/scope0/*")
    read_files(scan, user, "debugfs", f"{DEBUGFS}/**")
    read_files(scan, user, "formats", f"{TRACING}/events/skbscope/**/format")
    out, _ = run(user, ["sh", "-c", f"cat {TRACING}/trace"])
    scan.text("trace text", out)
    out, _ = run(user, ["sh", "-c", "dmesg | grep -i scope"])
    scan.text("kernel log", out)


def hashes_pointers():
    """Whether this kernel hides what %p prints: with slab debugging it does not"""
    with socket.socket(socket.AF_UNIX), open("/proc/net/unix", encoding="ascii") as file:
        return not re.search("^ffff", file.read(), re.MULTILINE)


def main():
    if not hashes_pointers():
        print("KTAP version 1\n1..0 # SKIP this kernel hashes no pointer, of nobody")
        sys.exit(0)
    sockets = open_sockets()
    known = true_addresses(sockets)
    cookies = [str(struct.unpack("=Q", s.getsockopt(socket.SOL_SOCKET, 57, 8))[0])
               for s in sockets]
    with open("/proc/sys/kernel/kptr_restrict", encoding="ascii") as file:
        before = file.read()
    # into the ring that all tracers share, for its text
    with open(f"{TRACING}/events/skbscope/enable", "w", encoding="ascii") as file:
        file.write("1")
    subprocess.run(["skbscope", "send", "5000", "hello"], check=True)
    # at 0 the kernel hides least, and what asks for images takes long
    cases = [(user, level) for level in "210" for user in USERS]
    print(f"KTAP version 1\n1..{len(cases) + 2}")
    # each has a file, a struct socket and a struct sock; BTF tells many more
    print(f"{'ok' if len(known) >= 3 * len(sockets) else 'not ok'} 1 true addresses are known")
    sys.stderr.write(f"{len(known)} true addresses\n")
    failed = len(known) <= 100
    looked = {}
    for number, (user, level) in enumerate(cases, 2):
        with open("/proc/sys/kernel/kptr_restrict", "w", encoding="ascii") as file:
            file.write(level)
        scan = Scan(known)
        read(scan, user)
        if level == "0":
            ask(scan, user, sockets, cookies)
        looked[user] = scan.octets
        for leak in scan.leaks[:20]:
            print(f"# {leak}")
        failed |= bool(scan.leaks)
        print(f"{'not ok' if scan.leaks else 'ok'} {number} {user}, kptr_restrict {level}",
              flush=True)
    # a view that nobody could read would hide its leak
    empty = [view for view in looked["root"] if not any(o.get(view) for o in looked.values())]
    for user, octets in looked.items():
        print(f"# {user}: " + ", ".join(f"{v} {n}" for v, n in octets.items()))
    for view in empty:
        print(f"# nothing was looked at: {view}")
    print(f"{'not ok' if empty else 'ok'} {len(cases) + 2} somebody could read each view")
    with open("/proc/sys/kernel/kptr_restrict", "w", encoding="ascii") as file:
        file.write(before)
    with open(f"{TRACING}/events/skbscope/enable", "w", encoding="ascii") as file:
        file.write("0")
    sys.exit(failed or bool(empty))


main()
