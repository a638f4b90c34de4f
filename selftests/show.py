#!/usr/bin/python3
"""show.py MEMBERS FOLDER: opens a socket of each family with something on its
queue, asks `skbscope show sock PID:FD --full --json' for it, and compares. What is
wrong goes to FOLDER/FAMILY.CHECK, an empty file for nothing, with "SKIP why" in it
where the kernel has no such family. Called by test_show.sh."""
import json
import os
import re
import socket
import struct
import subprocess
import sys

from scope import scope_call, scope_family, scope_socket

SO_DOMAIN, SO_PROTOCOL, SO_MEMINFO = 39, 38, 55
AF_KCM = 41
CHECKS = ["members", "values", "own", "proc", "ss", "bpftrace"]
# read by bpftrace from the same address, as the tool names them
FIELDS = ["__sk_common.skc_family", "__sk_common.skc_state",
          "__sk_common.skc_flags", "sk_rcvbuf", "sk_sndbuf", "sk_type",
          "sk_protocol", "sk_err", "sk_shutdown", "sk_receive_queue.qlen",
          "sk_backlog.rmem_alloc.counter"]


def inet(family, kind):
    host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
    rx = socket.socket(family, kind)
    rx.bind((host, 0))
    tx = socket.socket(family, kind)
    if kind == socket.SOCK_STREAM:
        rx.listen(1)
        tx.connect(rx.getsockname()[:2])
        accepted = rx.accept()[0]
        tx.send(b"hello")
        return accepted, [rx, tx]
    tx.sendto(b"one", rx.getsockname()[:2])
    tx.sendto(b"two", rx.getsockname()[:2])
    return rx, [tx]


def unix(kind):
    rx, tx = socket.socketpair(socket.AF_UNIX, kind)
    tx.send(b"hello")
    return rx, [tx]


def netlink():
    rx = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    # rtnetlink: asks for all links, and does not read them
    rx.send(struct.pack("=IHHII", 32, 18, 0x301, 1, 0) + bytes(16))
    return rx, []


def packet():
    rx = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    rx.bind(("lo", 0))
    tx = inet(socket.AF_INET, socket.SOCK_DGRAM)
    return rx, list(tx)


def kcm():
    return socket.socket(AF_KCM, socket.SOCK_DGRAM, 0), []


def scope_dgram():
    rx = scope_socket(socket.SOCK_DGRAM)
    tx = scope_socket(socket.SOCK_DGRAM)
    scope_call("bind", rx, 5000)
    scope_call("connect", tx, 5000)
    tx.send(b"one")
    tx.send(b"two")
    return rx, [tx]


def scope_pair(kind):
    rx, tx = socket.socketpair(scope_family(), kind)
    tx.send(b"hello")
    return rx, [tx]


def scope_raw():
    return scope_socket(socket.SOCK_RAW), []


# what opens it, and the struct of its own
FAMILIES = {
    "tcp": (lambda: inet(socket.AF_INET, socket.SOCK_STREAM), "tcp_sock"),
    "tcp6": (lambda: inet(socket.AF_INET6, socket.SOCK_STREAM), "tcp6_sock"),
    "udp": (lambda: inet(socket.AF_INET, socket.SOCK_DGRAM), "udp_sock"),
    "udp6": (lambda: inet(socket.AF_INET6, socket.SOCK_DGRAM), "udp6_sock"),
    "unix_stream": (lambda: unix(socket.SOCK_STREAM), "unix_sock"),
    "unix_dgram": (lambda: unix(socket.SOCK_DGRAM), "unix_sock"),
    "netlink": (netlink, "netlink_sock"),
    "packet": (packet, "packet_sock"),
    "kcm": (kcm, "kcm_sock"),
    "scope_dgram": (scope_dgram, "scope_sock"),
    "scope_stream": (lambda: scope_pair(socket.SOCK_STREAM), "scope_sock"),
    "scope_seqpacket": (lambda: scope_pair(socket.SOCK_SEQPACKET), "scope_sock"),
    "scope_raw": (scope_raw, "scope_sock"),
}


class Shown:
    """One socket as the tool shows it"""
    def __init__(self, sock):
        self.sock = sock
        text = subprocess.run(["skbscope", "show", "sock", "--full", "--json",
                               f"{os.getpid()}:{sock.fileno()}"],
                              check=True, capture_output=True).stdout
        self.objects = json.loads(text)["objects"]

    def all(self, kind):
        return [o for o in self.objects if o["kind"] == kind]

    def one(self, kind):
        return self.all(kind)[0]

    def value(self, kind, path):
        return next(f["value"] for f in self.one(kind)["fields"] if f["path"] == path)

    def named(self, kind, path):
        return next(f["name"] for f in self.one(kind)["fields"] if f["path"] == path)


def members(shown, wanted):
    for o in shown.objects:
        if "fields" not in o:
            continue
        got = {(f["path"], f["bit"]) for f in o["fields"]}
        want = {tuple(m) for m in wanted[o["struct"] if o["kind"] != "sock" else "sock"]}
        if got != want:
            yield f"{o['kind']}: missing {sorted(want - got)[:9]}, too many {sorted(got - want)[:9]}"
        missing = [f["path"] for f in o["fields"] if f["value"] is None and not
                   re.match(r"(const )?(struct|union) |.*\[|\w+$", f["type"])]
        if missing:
            yield f"{o['kind']}: no value of {missing[:9]}"


def values(shown, _):
    sock = shown.sock
    option = lambda name: sock.getsockopt(socket.SOL_SOCKET, name)
    meminfo = struct.unpack("=9I", sock.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36))
    wanted = [
        ("sock", "sk_type", option(socket.SO_TYPE)),
        ("sock", "__sk_common.skc_family", option(SO_DOMAIN)),
        ("sock", "sk_protocol", option(SO_PROTOCOL)),
        ("sock", "sk_rcvbuf", option(socket.SO_RCVBUF)),
        ("sock", "sk_sndbuf", option(socket.SO_SNDBUF)),
        ("sock", "sk_backlog.rmem_alloc.counter", meminfo[0]),
        ("sock", "sk_sndbuf", meminfo[3]),
        ("sock", "sk_wmem_queued", meminfo[5]),
        ("sock", "sk_socket", shown.one("socket")["address"]),
        ("socket", "sk", shown.one("sock")["address"]),
        ("socket", "file", shown.one("file")["address"]),
        ("file", "private_data", shown.one("socket")["address"]),
        ("socket", "type", option(socket.SO_TYPE)),
    ]
    for kind, path, want in wanted:
        got = shown.value(kind, path)
        if got != want:
            yield f"{kind} {path} is {got}, not {want}"
    inode = os.fstat(sock.fileno()).st_ino
    if shown.one("socket")["inode"] != inode:
        yield f"inode is {shown.one('socket')['inode']}, not {inode}"
    # links resolved, flags named
    if shown.named("sock", "sk_socket") != "socket":
        yield f"sk_socket is {shown.named('sock', 'sk_socket')}"
    if not (shown.named("file", "f_op") or "").startswith("socket_file_ops"):
        yield f"f_op is {shown.named('file', 'f_op')}"
    queue = next(o for o in shown.all("queue") if o["queue"] == "receive")
    skbs = [o for o in shown.all("sk_buff") if o["queue"] == "receive"]
    if queue["len"] != shown.value("sock", "sk_receive_queue.qlen"):
        yield f"the receive queue has {queue['len']}"
    if len(skbs) + queue["left_out"] != queue["len"]:
        yield f"{len(skbs)} sk_buffs of {queue['len']}"
    for skb in skbs:
        fields = {f["path"]: f for f in skb["fields"]}
        info = next(o for o in shown.all("skb_shared_info") if
                    (o["queue"], o["index"]) == ("receive", skb["index"]))
        end = int(fields["head"]["value"], 16) + fields["end"]["value"]
        if end != int(info["address"], 16):
            yield f"head + end is {end:#x}, skb_shared_info at {info['address']}"


def own(shown, _, wanted):
    o = shown.one("sock")
    if o.get("own_struct") != wanted:
        yield f"its own struct is {o.get('own_struct')}, not {wanted}"
    elif not o["own_fields"]:
        yield "its own struct has no fields"


RMEM = "sk_backlog.rmem_alloc.counter"
TCP_ESTABLISHED, TCP_CLOSE, SS_CONNECTED = 1, 7, 3


def restrict(value):
    """Sets kernel.kptr_restrict; returns what it was"""
    with open("/proc/sys/kernel/kptr_restrict", "r+", encoding="ascii") as file:
        before = file.read()
        # what is written behind the first octet counts for nothing
        file.seek(0)
        file.write(value)
    return before


def inet_line(words):
    """Of /proc/net/tcp and udp: what it tells, as the structs have it"""
    state = {"__sk_common.skc_num": int(words[1].split(":")[1], 16),
             "__sk_common.skc_dport": socket.ntohs(int(words[2].split(":")[1], 16)),
             "__sk_common.skc_state": int(words[3], 16), "sk_uid.val": int(words[7])}
    if len(words) == 13:
        state["sk_drops.counter"] = int(words[12])
    return words[11], state


def unix_line(words):
    state = TCP_ESTABLISHED if int(words[5]) == SS_CONNECTED else TCP_CLOSE
    return words[0].rstrip(":"), {"sk_type": int(words[4], 16),
                                  "__sk_common.skc_state": state}


def netlink_line(words):
    return words[0], {"sk_protocol": int(words[1]), "portid": int(words[2]),
                      RMEM: int(words[4]), "sk_drops.counter": int(words[8])}


def packet_line(words):
    return words[0], {"sk_type": int(words[2]), "num": socket.htons(int(words[3], 16)),
                      RMEM: int(words[6]), "sk_uid.val": int(words[7])}


def scope_line(words):
    return "", {"sk_receive_queue.qlen": int(words[5]), "sk_write_queue.qlen": int(words[6]),
                RMEM: int(words[7]), "sk_drops.counter": int(words[9]),
                "sk_uid.val": int(words[11]), "cookie": int(words[0])}


# by the beginning of the family's name: its file, and where the inode stands
PROC = {"tcp6": ("tcp6", inet_line, 9), "tcp": ("tcp", inet_line, 9),
        "udp6": ("udp6", inet_line, 9), "udp": ("udp", inet_line, 9),
        "unix": ("unix", unix_line, 6), "netlink": ("netlink", netlink_line, 9),
        "packet": ("packet", packet_line, 8), "scope": ("scope", scope_line, 12)}


def proc(shown, name):
    """A line of /proc/net, which the kernel writes by code of its own. With
    kptr_restrict 1 it shows root where the sock is; kernels that hash it for
    everybody leave the rest to be compared."""
    file, read, column = next(v for k, v in PROC.items() if name.startswith(k))
    inode = str(os.fstat(shown.sock.fileno()).st_ino)
    before = restrict("1")
    with open(f"/proc/net/{file}", encoding="ascii") as lines:
        words = next((w for w in map(str.split, lines)
                      if len(w) > column and w[column] == inode), None)
    restrict(before)
    if not words:
        yield f"/proc/net/{file} has no inode {inode}"
        return
    address, wanted = read(words)
    got = {f["path"]: f["value"] for f in
           shown.one("sock").get("own_fields", []) + shown.one("sock")["fields"]}
    for path, want in wanted.items():
        # counters of drops are elsewhere in newer kernels
        if path not in got and path == "sk_drops.counter":
            continue
        if got.get(path) != want:
            yield f"{path} is {got.get(path)}, /proc/net/{file} has {want}"
    if address.startswith("ffff") and int(address, 16) != int(shown.one("sock")["address"], 16):
        yield f"the sock is at {shown.one('sock')['address']}, /proc/net/{file} has {address}"


def ss(shown, _):
    text = subprocess.run(["ss", "-tuxanemOH"], check=True, capture_output=True,
                          text=True).stdout
    inode = os.fstat(shown.sock.fileno()).st_ino
    # of AF_UNIX the inode stands where others have a port
    line = next((l for l in text.splitlines() if f"ino:{inode} " in l + " " or
                 l.startswith("u_") and l.split()[5] == str(inode)), None)
    if not line:
        yield f"ss has no inode {inode}"
        return
    mem = dict(re.findall(r"(\b[a-z]+)(\d+)", re.search(r"skmem:\((.*?)\)", line)[1]))
    for name, path in (("r", "sk_backlog.rmem_alloc.counter"), ("rb", "sk_rcvbuf"),
                       ("tb", "sk_sndbuf"), ("w", "sk_wmem_queued")):
        if int(mem[name]) != shown.value("sock", path):
            yield f"{path} is {shown.value('sock', path)}, ss has {name}{mem[name]}"


def bpftrace(shown):
    """One run for all sockets, for it is slow to start. It knows the kernel by its
    BTF; drgn, which Debian has, too, would want a gigabyte of debug symbols."""
    formats = " ".join(["%d"] * len(FIELDS))
    program = "BEGIN {\n"
    for i, s in enumerate(shown.values()):
        program += f"$s{i} = (struct sock *){s.one('sock')['address']};\n"
        program += f'printf("sock {formats}\\n", ' + ", ".join(
            f"$s{i}->{f}" for f in FIELDS) + ");\n"
    program += "exit(); }"
    text = subprocess.run(["bpftrace", "-e", program], check=True,
                          capture_output=True, text=True).stdout
    lines = [l.split()[1:] for l in text.splitlines() if l.startswith("sock ")]
    for name, line in zip(shown, lines):
        wrong = [f"{f} is {shown[name].value('sock', f)}, bpftrace reads {v}"
                 for f, v in zip(FIELDS, line)
                 if int(v) != shown[name].value("sock", f)]
        yield name, wrong
    if len(lines) != len(shown):
        raise RuntimeError(f"bpftrace printed {text}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        wanted = json.load(file)
    folder = sys.argv[2]

    def write(name, check, lines):
        with open(f"{folder}/{name}.{check}", "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))

    shown, kept = {}, []
    for name, (start, struct_name) in FAMILIES.items():
        try:
            sock, others = start()
        except OSError as error:
            for check in CHECKS:
                write(name, check, [f"SKIP this kernel has none: {error}"])
            continue
        kept += [sock, others]
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 40000 + sock.fileno())
        shown[name] = Shown(sock)
        write(name, "members", members(shown[name], wanted))
        write(name, "values", values(shown[name], wanted))
        write(name, "own", own(shown[name], wanted, struct_name))
        if name != "kcm":
            write(name, "proc", proc(shown[name], name))
        if name.startswith(("tcp", "udp", "unix")):
            write(name, "ss", ss(shown[name], wanted))
    for name, wrong in bpftrace(shown):
        write(name, "bpftrace", wrong)


main()
