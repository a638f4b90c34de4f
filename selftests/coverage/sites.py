#!/usr/bin/python3
"""sites.py FOLDER SOURCES: a table of the places of kmod/ that ask for memory, and
how often each was refused it and got it, by the .gcda and .gcno files in a folder
and the sources beside Kbuild. Started by coverage.sh.

What a place got is told by the branches behind it: those of the `if' that looks at
the result. Of one that hands its result on, by `return' say, there are none."""

import pathlib
import re
import sys

import gcov

CALL = re.compile(r"""\b(
    k[vz]*m?alloc\w* | k[vz]*calloc\w* | kmemdup\w* | alloc_skb\w* |
    sock_alloc_send\w* | skb_clone | skb_copy | pskb_copy\w* |
    pskb_expand_head | skb_cow_head | skb_unclone | skb_linearize\w* |
    pskb_may_pull | skb_share_check | genlmsg_new | alloc_percpu | alloc_netdev |
    netdev_alloc_pcpu_stats | rhashtable_init | rhashtable_\w*insert_fast |
    xa_store\w* | bpf_prog_create | sk_alloc | sk_page_frag_refill
    )\(""", re.VERBOSE)
COMMENT = re.compile(r"^\s*(/\*|\*)")
REACH = 8  # lines behind the call that may look at the result


def branches(folder):
    """Of each line of each file how often each of its branches was taken."""
    taken = {}
    for name, counted in gcov.files(folder, ran_only=True):
        lines = taken.setdefault(name, {})
        for line in counted:
            counts = [b["count"] for b in line["branches"]]
            old = lines.get(line["line_number"])
            # A function that is inlined in several places has several.
            if old and len(old) == len(counts):
                counts = [a + b for a, b in zip(old, counts)]
            lines[line["line_number"]] = counts
    return taken


def judge(text, number, taken):
    """(refused or not, got or not) as counts of the two branches, or None where
    nothing looks at the result."""
    for line in range(number, min(number + REACH, len(text) + 1)):
        if line > number and re.match(r"\s*return\b", text[line - 1]):
            return None
        pair = taken.get(line, [])[:2]
        if len(pair) == 2:
            return min(pair), max(pair)
    return None


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: sites.py FOLDER SOURCES")
    taken = branches(pathlib.Path(sys.argv[1]))
    sources = pathlib.Path(sys.argv[2]) / "kmod"
    row = "{:<34} {:<24} {:>8} {:>8}"
    print(row.format("memory is asked for at kmod/", "by", "one way", "other"))
    never = places = 0
    for file in sorted(sources.rglob("*.c")):
        name = str(file.relative_to(sources))
        text = file.read_text().split("\n")
        for number, line in enumerate(text, 1):
            call = CALL.search(line)
            if not call or COMMENT.match(line):
                continue
            places += 1
            seen = judge(text, number, taken.get(name, {}))
            never += seen is not None and not seen[0]
            print(row.format(f"{name}:{number}", call[1],
                             *(seen if seen else ("handed", "on"))))
    print(f"{places} places, of {never} one way was never seen")


main()
