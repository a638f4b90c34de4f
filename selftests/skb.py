#!/usr/bin/python3
"""skb.py MEMBERS FOLDER: what `skbscope show skb' says of sk_buffs, against what
bpftrace reads at the same station from the same address, and against the
kernel's BTF. Each check's file in FOLDER has what differs; an empty one is good.
Used by test_skb.sh, inside the VM. MEMBERS is what btf_members.py printed.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile

from scope import scope_call, scope_socket

CHECKS = ["bpftrace", "members", "relatives", "buffer", "queue", "live"]

# As bpftrace reads them and as the tool names them
SKB = ["len", "data_len", "mac_len", "hdr_len", "queue_mapping", "priority",
       "skb_iif", "hash", "mark", "protocol", "transport_header",
       "network_header", "mac_header", "tail", "end", "truesize",
       "users.refs.counter", "head", "data", "dev", "sk", "destructor", "next",
       "prev", "csum", "napi_id", "tstamp", "_skb_refdst"]
SHARED = ["nr_frags", "gso_size", "gso_segs", "gso_type", "dataref.counter",
          "frag_list"]


def program():
    shared = "((struct skb_shared_info *)($s->head + $s->end))"
    values = ([f"(uint64)$s->{f}" for f in SKB] +
              [f"(uint64){shared}->{f}" for f in SHARED])
    # A call takes a few values only
    lines = [f'printf("{" ".join(["%llx"] * len(part))} ", {", ".join(part)});'
             for part in (values[i:i + 6] for i in range(0, len(values), 6))]
    # Told again and again, behind the other probe: then that one is there, too
    return ("tracepoint:skbscope:image {"
            "$s = (struct sk_buff *)args->address;"
            'printf("image %llu %d ", args->skb, args->station);' +
            "".join(lines) + 'printf("\\n"); } interval:ms:200 { printf("ready\\n"); }')


class Tracer:
    """bpftrace, from when it is ready"""

    def __enter__(self):
        self.out = tempfile.TemporaryFile("w+")
        env = dict(os.environ, BPFTRACE_MAX_MAP_KEYS="4096")
        self.run = subprocess.Popen(["bpftrace", "-B", "line", "-e", program()],
                                    stdout=subprocess.PIPE, text=True, env=env)
        for line in self.run.stdout:
            if line.startswith("ready"):
                break
        else:
            raise RuntimeError("bpftrace did not begin")
        return self

    def __exit__(self, *args):
        self.run.send_signal(signal.SIGINT)
        rest, _ = self.run.communicate(timeout=60)
        self.seen = {}
        for line in rest.splitlines():
            words = line.split()
            if words[:1] == ["image"] and len(words) == 3 + len(SKB) + len(SHARED):
                self.seen.setdefault(int(words[1]), []).append(
                    [int(w, 16) for w in words[3:]])


def tool(*args):
    run = subprocess.run(["skbscope", *args], capture_output=True, text=True,
                         check=False, timeout=200)
    if run.returncode:
        raise RuntimeError(f"skbscope {args}: {run.stderr}")
    return run.stdout


def shown(record, skb):
    return json.loads(tool("show", "skb", str(skb), "--full", "--json", "-i", record))


def number(field, bits=64):
    value = field["value"]
    value = int(value, 16) if isinstance(value, str) else value
    return value & (1 << field["bits"]) - 1


def fields_of(station, name):
    return {f["path"]: f for f in station[name]}


def compare(skb, seen):
    stations = [s for s in skb["stations"] if s["sk_buff"]]
    if len(stations) != len(seen):
        yield (f"skb {skb['skb']}: {len(stations)} images, "
               f"bpftrace saw {len(seen)} stations")
    for station, values in zip(stations, seen):
        at = f"skb {skb['skb']} at {station['station']}"
        fields = fields_of(station, "sk_buff")
        fields.update({f"shared {k}": v for k, v in
                       fields_of(station, "skb_shared_info").items()})
        for path, value in zip(SKB + [f"shared {f}" for f in SHARED], values):
            field = fields.get(path)
            if not field:
                yield f"{at}: there is no {path}"
            elif number(field) != value & (1 << field["bits"]) - 1:
                yield f"{at}: {path} is {field['value']}, bpftrace reads {value:#x}"


def members(skb, wanted):
    for name in ("sk_buff", "skb_shared_info"):
        for station in skb["stations"]:
            if not station["sk_buff"]:
                continue
            # What the module keeps in cb has names of its own
            got = sorted((f["path"], f["bit"]) for f in station[name]
                         if not f["path"].startswith("cb."))
            want = sorted(tuple(m) for m in wanted[name])
            if got != want:
                yield (f"{station['station']}: missing {sorted(set(want) - set(got))[:5]}, "
                       f"too many {sorted(set(got) - set(want))[:5]}")


def relatives(record, segment, clone):
    """A segment is kept, its clone goes out, and both have one buffer"""
    def tie(skb, other):
        return [(r["tie"], r["relation"], r["same_head"])
                for r in shown(record, skb)["relatives"] if r["skb"] == other]
    if tie(segment, clone) != [("child", "clone", True)]:
        yield f"of {segment}: {tie(segment, clone)}"
    if [t[0::2] for t in tie(clone, segment)] != [("parent", True)]:
        yield f"of {clone}: {tie(clone, segment)}"


def buffer(skb):
    """The parts are all there is, and as large as the fields say"""
    part, fields = skb["buffer"], fields_of(skb["stations"][-1], "sk_buff")
    whole = part["headroom"] + part["linear"] + part["tailroom"]
    if whole != number(fields["end"]):
        yield f"the parts have {whole} octets, end is {number(fields['end'])}"
    pages = sum(f["len"] for f in part["frags"]) + part["frag_list"]
    if pages != number(fields["data_len"]):
        yield f"pages and lists have {pages}, data_len is {number(fields['data_len'])}"
    if part["linear"] + pages != number(fields["len"]):
        yield f"all data is {part['linear'] + pages}, len is {number(fields['len'])}"


def queue():
    """One that waits for a reader is found on its queue, as it is there"""
    rx = scope_socket(socket.SOCK_DGRAM)
    scope_call("bind", rx, 5002)
    tool("send", "5002", "waiting")
    for line in tool("sockets", "--json").splitlines():
        sock = json.loads(line)
        if sock["local"] and sock["local"].split(":")[-1] == "5002":
            break
    skb = sock["receive_queue"][0]["skb"]
    view = json.loads(tool("show", "skb", str(skb), "--json"))
    wanted = f"[0] of the receive queue of sock {sock['cookie']}"
    if view["place"] != wanted:
        yield f"it is {view['place']}, not {wanted}"
    if view["buffer"]["linear"] != len("waiting"):
        yield f"it has {view['buffer']['linear']} octets"
    rx.close()
    if not subprocess.run(["skbscope", "show", "skb", str(skb)], check=False,
                          capture_output=True).returncode:
        yield "it is still found when it is gone"


def live():
    """Watched while a command runs: the next number is known by the last one"""
    events = [json.loads(line) for line in
              tool("trace", "--json", "--", "skbscope", "send", "9", "x").splitlines()]
    skb = max(e["skb"] for e in events) + 1
    view = json.loads(tool("show", "skb", str(skb), "--json", "--",
                           "skbscope", "send", "9", "x"))
    if view["place"] != "nowhere: it was dropped, NO_SOCKET":
        yield f"it is {view['place']}"
    if [s["station"] for s in view["stations"]][0] != "socket.send":
        yield f"it was at {view['stations']}"


def record_all(record):
    with Tracer() as tracer:
        tool("record", "--images", "-o", record, "--", "bash", "-c", "traffic")
    return tracer.seen


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        wanted = json.load(file)
    folder = sys.argv[2]
    record = f"{folder}/record"
    seen = record_all(record)
    events = [json.loads(l) for l in tool("trace", "--json", "-i", record).splitlines()]
    clone = next(e for e in events if e["relation"] == "clone" and e["len"] > 1000)
    sent = next(e["skb"] for e in events if e["station"] == "socket.recv" and
                e.get("offset") is None)
    skbs = [shown(record, n) for n in (clone["parent"], clone["skb"], sent)]
    results = {
        "bpftrace": [l for s in skbs for l in compare(s, seen.get(s["skb"], []))],
        "members": [l for s in skbs for l in members(s, wanted)],
        "relatives": list(relatives(record, clone["parent"], clone["skb"])),
        "buffer": [l for s in skbs for l in buffer(s)],
        "queue": list(queue()),
        "live": list(live()),
    }
    for check in CHECKS:
        with open(f"{folder}/{check}", "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in results[check]))


main()
