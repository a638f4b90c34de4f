#!/usr/bin/python3
"""watch.py DATAGRAMS PWRU: inside the VM, what it costs to watch datagrams over
scope0, and what is lost of many: by the tool, and by tracers that know nothing
of the family. Prints a JSON object a line for each. Started by measure.sh.

A watcher is started once. It sees a few datagrams, then more: the difference is
what one costs, for whatever is the same in both cancels out, and nothing of so
few is lost. Then all come at once, and what is missing is counted. To the
slowest two only a tenth of them."""
import json
import os
import re
import signal
import subprocess
import sys
import time

WORK = "/run/bench"
GROUP = "/sys/fs/cgroup/bench"
BENCH = (".build/selftests/bench/bench -m turn -t DGRAM -p scope0 -s 64 "
         "-r 1 -n").split()
PER_OPERATION = 4       # two datagrams, in a first round and in the measured one
FEW, MORE, MANY = 100, 300, 2100

# Every event of net:* and skb:* that such a datagram has, with its sk_buff
EVENTS = ("net:net_dev_queue net:net_dev_start_xmit net:net_dev_xmit "
          "net:netif_receive_skb_entry net:netif_receive_skb "
          "skb:skb_copy_datagram_iovec skb:consume_skb").split()
PROGRAM = (",".join("tracepoint:" + event for event in EVENTS) +
           ' { printf("%llu %s %p\\n", nsecs, probe, args->skbaddr); } '
           'tracepoint:net:netif_receive_skb_exit '
           '{ printf("%llu %s %d\\n", nsecs, probe, args->ret); } '
           'BEGIN { printf("ready\\n"); }')


class Watcher:
    """A program that watches. It is ready when @ready says so, and the file
    @grows grows as it writes. @count tells how many events it gave, @said how
    many it says it lost; @lines are the events of a datagram, None where only
    the watcher knows; @more datagrams are sent to tell what one costs, as many
    as are not lost; @share of those that come at full speed are sent to it."""

    def __init__(self, name, command, *, ready, count, said=None, lines=None,
                 grows="out", more=MORE, share=1.0):
        self.name, self.command, self.ready = name, command, ready
        self.count, self.said, self.lines = count, said, lines
        self.grows, self.more, self.share = grows, more, share


def path(name):
    return f"{WORK}/{name}"


def read(name):
    try:
        with open(path(name), encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def size(name):
    try:
        return os.stat(path(name)).st_size
    except FileNotFoundError:
        return 0


def used():
    """Instructions of all that is in the group, so far."""
    with open(f"{GROUP}/cpu.stat", encoding="ascii") as file:
        return int(file.readline().split()[1]) * 1000


def enter_group():
    with open(f"{GROUP}/cgroup.procs", "w", encoding="ascii") as file:
        file.write(str(os.getpid()))


def start(command, **files):
    # pylint: disable=subprocess-popen-preexec-fn
    return subprocess.Popen(command, preexec_fn=enter_group, **files)


def await_condition(condition, process):
    while not condition():
        if process.poll() is not None:
            raise ChildProcessError(f"{process.args[0]} ended: {read('err')}")
        time.sleep(0.2)


def await_quiet(watcher):
    """Until the watcher has written what it had: nothing comes for a second."""
    last, since = None, time.monotonic()
    while time.monotonic() - since < 1:
        now = size(watcher.grows)
        if now != last:
            last, since = now, time.monotonic()
        time.sleep(0.1)


def send(datagrams):
    with open(os.devnull, "w", encoding="ascii") as null:
        operations = str(datagrams // PER_OPERATION)
        if start(BENCH + [operations], stdout=null).wait():
            raise ChildProcessError("the datagrams were not sent")


def cost_of(datagrams, watcher=None):
    before = used()
    send(datagrams)
    if watcher:
        await_quiet(watcher)
    return used() - before


def count_lines(skip):
    """A function that counts the lines of out, but those that @skip matches."""
    def count():
        with open(path("out"), "rb") as file:
            return sum(not re.match(skip, line) for line in file)
    return count


def watch(watcher, datagrams):
    for name in ("out", "err", "dat", "dat.cpu0"):
        if os.path.exists(path(name)):
            os.remove(path(name))
    with open(path("out"), "w", encoding="ascii") as out, \
            open(path("err"), "w", encoding="ascii") as err:
        process = start(watcher.command, stdout=out, stderr=err)
        await_condition(watcher.ready, process)
        few = cost_of(FEW, watcher)
        lines = watcher.lines or watcher.count() // FEW
        more = cost_of(watcher.more, watcher)
        cost_of(datagrams, watcher)
        process.send_signal(signal.SIGINT)
        process.wait()
    return {"watcher": watcher.name, "cost": (more - few) / (watcher.more - FEW),
            "lines": lines, "datagrams": datagrams,
            "given": watcher.count() - lines * (FEW + watcher.more),
            "said": watcher.said() if watcher.said else None}


def traced(enabled):
    """Whether the tool's tracefs instance, or the top one, has events on."""
    def is_on():
        base = "/sys/kernel/tracing"
        bases = [base] + [f"{base}/instances/{name}"
                          for name in os.listdir(f"{base}/instances")]
        for at in bases:
            with open(f"{at}/events/{enabled}/enable", encoding="ascii") as file:
                if file.read(1) == "1":
                    return True
        return False
    return is_on


def total(pattern, *names):
    return sum(int(number) for name in names
               for number in re.findall(pattern, read(name)))


def trace_cmd(name, lines, *events):
    command = ["trace-cmd", "record", "-o", path("dat")]
    for event in events:
        command += ["-e", event]

    def count():
        with subprocess.Popen(["trace-cmd", "report", "-i", path("dat")],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as report:
            return sum(b"] " in line for line in report.stdout)

    return Watcher(name, command, lines=lines, grows="dat.cpu0", count=count, more=MANY,
                   ready=traced(events[-1].replace(":", "/").replace("/*", "")),
                   said=lambda: total(r"(?:overrun|dropped events): (\d+)", "out", "err"))


def watchers(pwru):
    tool = {"ready": traced("skbscope/station"), "lines": 11,
            "count": lambda: total(r"events: (\d+)", "err"),
            "said": lambda: total(r"lost: (\d+)", "err")}
    theirs = len(EVENTS) + 1
    yield Watcher("skbscope trace", ["skbscope", "trace"], **tool)
    yield Watcher("skbscope trace --json", ["skbscope", "trace", "--json"],
                  share=0.1, **tool)
    yield trace_cmd("trace-cmd skbscope:station", 11, "skbscope:station")
    yield trace_cmd("trace-cmd net:* skb:*", theirs, "net:*", "skb:*")
    yield Watcher("bpftrace net:* skb:*", ["bpftrace", "-e", PROGRAM], lines=theirs,
                  ready=lambda: "ready" in read("out"),
                  count=count_lines(rb"ready|Attaching|Lost|$"),
                  said=lambda: total(r"Lost (\d+) events", "out", "err"))
    yield Watcher("pwru", [pwru], share=0.1, count=count_lines(rb" *SKB "),
                  ready=lambda: "Listening for events" in read("err"))


def main():
    datagrams, pwru = int(sys.argv[1]), sys.argv[2]
    os.makedirs(WORK, exist_ok=True)
    os.makedirs(GROUP, exist_ok=True)
    alone = (cost_of(MANY) - cost_of(FEW)) / (MANY - FEW)
    print(json.dumps({"watcher": None, "cost": alone}), flush=True)
    for watcher in watchers(pwru):
        many = int(datagrams * watcher.share) // PER_OPERATION * PER_OPERATION
        print(json.dumps(watch(watcher, many)), flush=True)


main()
