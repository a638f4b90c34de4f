#!/usr/bin/python3
"""table.py JSON PART...: prints what was measured of these parts as tables.
Called by bench.sh."""
import json
import sys

INTRO = """\
AF_SCOPE on Linux {kernel}
in instructions of the kernel and the program together, counted by the emulator
of the only CPU (qemu's {cpu}). Instructions are not time: cache
misses do not count, and a copy is an instruction for every 8 octets. Buffers,
queues and MTUs are as the kernel sets them; TCP_NODELAY is on. Each number is
the median of several runs. A ratio under 1 is less than the peer needs; what
costs more than its peer has a * and its reason below."""

# What scope0 is compared with over lo; TCP has no records, so its stream serves
DEVICE_PEER = {"DGRAM": ("inet", "DGRAM", "UDP"),
               "STREAM": ("inet", "STREAM", "TCP"),
               "SEQPACKET": ("inet", "STREAM", "TCP")}

PEERS = [
    ("pingpong", "turn",
     "A round trip in one thread, sending and receiving in turn: the data path\n"
     "with four system calls, without the scheduler; nobody watches the stations"),
    ("pingpong", "block",
     "A round trip between two processes that wait for each other: with wakeups\n"
     "and context switches"),
    ("write", "turn",
     "An octet of a 64 KiB write, in one thread that writes and reads in turn"),
    ("write", "block",
     "An octet of 64 KiB writes, from a process that writes to one that reads\n"
     "(no datagrams: UDP loses what its reader has no room for)"),
]

# Under this share of the time that our processes ran, others are measured too
BUSY = 0.98


def find(results, kind, transport, size):
    op, mode, type_name = kind
    for r in results:
        if ((r["op"], r["mode"], r["type"], r["transport"], r["size"]) ==
                (op, mode, type_name, transport, size)):
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


def spaced(value, digits=0):
    return "-" if value is None else f"{value:,.{digits}f}".replace(",", " ")


def number(result, digits):
    return "-" if result is None or "error" in result else spaced(result["cost"], digits)


def share(value, peer):
    """A ratio, with a mark where it is more than the peer's."""
    return f"{value / peer:.2f}{'*' if value > peer * 1.005 else ' '}"


def ratio(result, peer):
    if any(r is None or "error" in r for r in (result, peer)):
        return "- "
    return share(result["cost"], peer["cost"])


def octets(size):
    return "64 KiB" if size == 65536 else f"{size} B"


def print_peers(results, op, mode, title, notes, ratios_only):
    digits = 0 if op == "pingpong" else 3
    rows = {(r["type"], r["size"]): None for r in results
            if (r["op"], r["mode"]) == (op, mode)}
    if not rows:
        return

    def cost(result, width):
        return "" if ratios_only else f" {number(result, digits):>{width}}"

    def head(name, width):
        return "" if ratios_only else f" {name:>{width}}"

    print(f"\n{title}\n")
    print(f"{'':9} {'':>8} {head('socketpair', 10)}{head('AF_UNIX', 9)}"
          f" {'socketpair/AF_UNIX' if ratios_only else 'ratio':>6} "
          f"  {head('scope0', 9)}{head('over lo', 9)}"
          f" {'scope0/lo' if ratios_only else 'ratio':>10}")
    before = None
    for type_name, size in rows:
        family, peer_type, peer_name = DEVICE_PEER[type_name]
        kind = (op, mode, type_name)
        pair, unix, scope0 = (find(results, kind, name, size)
                              for name in ("socketpair", "unix", "scope0"))
        inet = find(results, (op, mode, peer_type), family, size)
        for result in (pair, unix, scope0, inet):
            if result and not ratios_only:
                notes.of(result)
        print(f"{type_name if type_name != before else '':9} {octets(size):>8} "
              f"{cost(pair, 10)}{cost(unix, 9)} {ratio(pair, unix):>{18 if ratios_only else 7}}"
              f"  {cost(scope0, 9)}{cost(inet, 9)} {peer_name} {ratio(scope0, inet):>6}")
        before = type_name


def peers(results):
    notes = Notes()
    for table in PEERS:
        print_peers(results, *table, notes, False)
    if notes.lines:
        print()
    for line in notes.lines:
        print(line)


def elapsed(results):
    print("\nRatios of the time by the clock on the wall, within one boot of an emulated\n"
          "machine that counts nothing: medians, as noisy as the host is")
    for op, mode, title in PEERS:
        print_peers(results, op, mode, title.split(":", maxsplit=1)[0], Notes(), True)


def case(results, name, type_name, transport, what="min"):
    for r in results:
        if ((r["case"], r["type"], r["transport"]) == (name, type_name, transport)
                and what in r):
            return r[what]
    return None


def an_event(results, name, type_name, transport):
    """What one more event of a ring costs."""
    base = "inet" if transport == "inet" else "idle"
    events = case(results, name, type_name, transport, "events")
    return (case(results, name, type_name, transport) -
            case(results, base, type_name, transport)) / events


def stations(results):
    print("\nThe stations: a round trip of 64 B in one thread, by a module built without\n"
          "stations, with nobody watching, and with events written to a trace ring that\n"
          "nobody reads; beside them the kernel's own events net:* and skb:*\n")
    print(f"{'':22} {'without':>8} {'nobody':>8} {'more':>8}   {'skbscope:*':>10} {'events':>6}"
          f" {'each':>6}   {'net:* skb:*':>11} {'events':>6} {'each':>6} {'ratio':>6}")
    for transport in ("socketpair", "scope0"):
        for type_name in ("DGRAM", "STREAM", "SEQPACKET"):
            at = (type_name, transport)
            without, idle = (case(results, name, *at) for name in ("without", "idle"))
            ours, theirs = (an_event(results, name, *at) for name in ("ring", "net"))
            print(f"{transport + ' ' + type_name:22} {spaced(without):>8} {spaced(idle):>8}"
                  f" {100 * idle / without - 100:>6.1f} %"
                  f"   {spaced(case(results, 'ring', *at)):>10}"
                  f" {case(results, 'ring', *at, 'events'):>6} {spaced(ours):>6}"
                  f"   {spaced(case(results, 'net', *at)):>11}"
                  f" {case(results, 'net', *at, 'events'):>6} {spaced(theirs):>6}"
                  f" {share(ours, theirs):>7}")
    for type_name, name in (("DGRAM", "UDP"), ("STREAM", "TCP")):
        at = (type_name, "inet")
        print(f"{name + ' over lo':22} {'':>8} {spaced(case(results, 'inet', *at)):>8} {'':>8}"
              f"   {'':>10} {'':>6} {'':>6}   {spaced(case(results, 'net-inet', *at)):>11}"
              f" {case(results, 'net-inet', *at, 'events'):>6}"
              f" {spaced(an_event(results, 'net-inet', *at)):>6}")
    print("\n* One of ours has 48 fields, one of net:* 3 to 20; half of the cost is the ring's.")


def watch(results):
    alone = results[0]["cost"]
    print("\nWatching datagrams of 64 B over scope0, to the last line written. One datagram\n"
          f"alone takes {spaced(alone)}; what a watcher adds to it, and to write one event. Then\n"
          "many at full speed: events there were, how many the watcher gave, how many it\n"
          "says it lost, and how many are missing beyond that\n")
    print(f"{'':28} {'adds':>9} {'events':>6} {'each':>8}   {'datagrams':>9} {'events':>9}"
          f" {'given':>9} {'said lost':>9} {'silent':>8}")
    for r in results[1:]:
        adds = r["cost"] - alone
        expected = r["datagrams"] * r["lines"]
        silent = expected - r["given"] - (r["said"] or 0)
        print(f"{r['watcher']:28} {spaced(adds):>9} {r['lines']:>6} {spaced(adds / r['lines']):>8}"
              f"   {spaced(r['datagrams']):>9} {spaced(expected):>9} {spaced(r['given']):>9}"
              f" {'-' if r['said'] is None else spaced(r['said']):>9} {spaced(silent):>8}")
    print("\n- pwru says nothing of what it loses. trace-cmd writes binary pages: to make them\n"
          "  lines, as the others do, is not in its cost.")


GROWTH = [
    ("DGRAM", (("socket", "socket()"), ("bind", "bind()"), ("connect", "connect()"),
               ("deliver", "send() and recv()"), ("close", "close()"),
               ("dump", "one in a dump, as ss"), ("dump_whole", "one in a dump, whole"),
               ("memory", "octets of slab for one"))),
    ("STREAM", (("connect", "socket, connect, accept"), ("deliver", "send() and recv()"),
                ("close", "close() of both ends"), ("dump", "one in a dump, as ss"),
                ("dump_whole", "one in a dump, whole"), ("memory", "octets of slab for one"))),
]


def growth(results):
    numbers = sorted({r["sockets"] for r in results})
    for type_name, rows in GROWTH:
        print(f"\nWith so many {type_name} sockets open, AF_SCOPE over scope0 and AF_UNIX\n")
        print(f"{'':34}" + "".join(f"{spaced(number):>9}" for number in numbers) + "   ratio")
        for field, name in rows:
            values = {family: [next(r[field] for r in results
                                    if (r["family"], r["type"], r["sockets"]) ==
                                    (family, type_name, number)) for number in numbers]
                      for family in ("scope", "unix")}
            for family, title in (("scope", "AF_SCOPE"), ("unix", "AF_UNIX")):
                # Of a few sockets it is the pages of the slab that are counted
                cells = ["-" if field == "memory" and number < 1000 else spaced(value)
                         for number, value in zip(numbers, values[family])]
                last = share(values["scope"][-1], values["unix"][-1]) if family == "scope" else ""
                print(f"{name if family == 'scope' else '':25}{title:>9}" +
                      "".join(f"{cell:>9}" for cell in cells) + f"   {last}".rstrip())
    print("\n* AF_SCOPE's way leads over a device, AF_UNIX's from one queue to the other. Opening\n"
          "  and closing a connection sends five frames. The first 1000 sockets have a folder\n"
          "  in debugfs. As ss, a dump has owner, memory and queues; whole, ours has some 30\n"
          "  attributes a socket, of a connection 50, one of AF_UNIX 8. A socket keeps its\n"
          "  counters and its connection's windows.")


PARTS = {"peers": peers, "stations": stations, "watch": watch, "growth": growth,
         "time": elapsed}


def main():
    path, *parts = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        kept = json.load(file)
    print(INTRO.format(**kept))
    for part in parts:
        PARTS[part](kept["parts"][part]["results"])
    print("\nseconds it took: " + ", ".join(
        f"{part} {kept['parts'][part]['seconds']}" for part in parts))


main()
