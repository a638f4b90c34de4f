#!/usr/bin/python3
"""table.py FOLDER: a table of the lines of kmod/ that ran, from the .gcda and
.gcno files in a folder: a file a line, and which of its lines never did.
Started by coverage.sh."""

import collections
import pathlib
import sys

import gcov


def count(folder):
    """How often each line of each file of the module ran."""
    lines = collections.defaultdict(collections.Counter)
    for name, counted in gcov.files(folder):
        for line in counted:
            lines[name][line["line_number"]] += line["count"]
    return lines


def ranges(numbers):
    """1 2 3 7 as 1-3,7"""
    runs = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: table.py FOLDER")
    lines = count(pathlib.Path(sys.argv[1]))
    if not lines:
        sys.exit("table.py: nothing of kmod/ in " + sys.argv[1])
    row = "{:<28} {:>6} {:>6} {:>5}  {}"
    print(row.format("file of kmod/", "lines", "ran", "", "never"))
    total = ran = 0
    for name in sorted(lines):
        never = [n for n, times in lines[name].items() if not times]
        here = len(lines[name])
        total += here
        ran += here - len(never)
        print(row.format(name, here, here - len(never),
                         f"{100 * (here - len(never)) // here} %",
                         ranges(never)))
    print(row.format("all", total, ran, f"{100 * ran // total} %", ""))


main()
