#!/usr/bin/python3
"""table.py LINES JSON NAME=VALUE...: prints what bench.c measured as tables,
and writes it with the named facts of the machine to JSON. Called by bench.sh."""
import json
import sys

INTRO = """\
AF_SCOPE beside AF_UNIX, UDP and TCP on Linux {kernel}
in instructions of the kernel and the program together, counted by the emulator
of the only CPU (qemu's {cpu}). Instructions are not time: cache
misses do not count, and a copy is an instruction for every 8 octets. Buffers,
queues and MTUs are as the kernel sets them; TCP_NODELAY is on; nobody watches
the stations. Each number is the median of several runs."""

# What scope0 is compared with over lo; TCP has no records, so its stream serves
DEVICE_PEER = {"DGRAM": ("inet", "DGRAM", "UDP"),
               "STREAM": ("inet", "STREAM", "TCP"),
               "SEQPACKET": ("inet", "STREAM", "TCP")}

TABLES = [
    ("peers", "pingpong", "turn",
     "A round trip in one thread, sending and receiving in turn: the data path\n"
     "with four system calls, without the scheduler"),
    ("peers", "pingpong", "block",
     "A round trip between two processes that wait for each other: with wakeups\n"
     "and context switches"),
    ("peers", "write", "turn",
     "An octet of a 64 KiB write, in one thread that writes and reads in turn"),
    ("peers", "write", "block",
     "An octet of 64 KiB writes, from a process that writes to one that reads\n"
     "(no datagrams: UDP loses what its reader has no room for)"),
]

# Under this share of the time that our processes ran, others are measured too
BUSY = 0.98


def load(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def find(results, kind, transport, size):
    section, op, mode, type_name = kind
    for r in results:
        if ((r["section"], r["op"], r["mode"], r["type"], r["transport"]) ==
                (section, op, mode, type_name, transport) and r["size"] == size):
            return r
    return None


class Notes:
    """Why a cell is empty or doubtful, each reason once."""

    def __init__(self):
        self.lines = []

    def add(self, line):
        if line not in self.lines:
            self.lines.append(line)

    def of(self, result):
        name = f"{result['transport']} {result['type']}"
        if "error" in result:
            self.add(f"- {name}: {result['call']}: {result['error']}")
        elif result["busy"] < BUSY:
            self.add(f"{name} {result['size']} B, {result['mode']}: "
                     f"{100 - 100 * result['busy']:.0f} % of it is not in its "
                     "processes, but in ksoftirqd, other tasks or idling")


def number(result, digits):
    if result is None or "error" in result:
        return "-"
    return f"{result['cost']:,.{digits}f}".replace(",", " ")


def ratio(result, peer):
    if any(r is None or "error" in r for r in (result, peer)):
        return "-"
    return f"{result['cost'] / peer['cost']:.2f}"


def octets(size):
    return "64 KiB" if size == 65536 else f"{size} B"


def print_table(results, section, op, mode, title, notes):
    digits = 0 if op == "pingpong" else 3
    rows = {(r["type"], r["size"]): None for r in results
            if (r["section"], r["op"], r["mode"]) == (section, op, mode)}
    if not rows:
        return
    print(f"\n{title}\n")
    print(f"{'':9} {'':>8}  {'socketpair':>10} {'AF_UNIX':>9} {'ratio':>6}"
          f"   {'scope0':>10} {'over lo':>9}     {'ratio':>6}")
    before = None
    for type_name, size in rows:
        family, peer_type, peer_name = DEVICE_PEER[type_name]
        kind = (section, op, mode, type_name)
        pair, unix, scope0 = (find(results, kind, name, size)
                              for name in ("socketpair", "unix", "scope0"))
        inet = find(results, (section, op, mode, peer_type), family, size)
        for result in (pair, unix, scope0, inet):
            if result:
                notes.of(result)
        print(f"{type_name if type_name != before else '':9} {octets(size):>8}"
              f"  {number(pair, digits):>10} {number(unix, digits):>9} {ratio(pair, unix):>6}"
              f"   {number(scope0, digits):>10} {number(inet, digits):>9} {peer_name} "
              f"{ratio(scope0, inet):>6}")
        before = type_name


def main():
    lines, path, *facts = sys.argv[1:]
    results = load(lines)
    machine = dict(fact.split("=", 1) for fact in facts)
    with open(path, "w", encoding="utf-8") as file:
        json.dump({**machine, "unit": "instructions", "results": results},
                  file, indent=1)
        file.write("\n")
    print(INTRO.format(**machine))
    notes = Notes()
    for table in TABLES:
        print_table(results, *table, notes)
    if notes.lines:
        print()
    for line in notes.lines:
        print(line)


main()
