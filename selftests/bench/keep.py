#!/usr/bin/python3
"""keep.py JSON PART LINES NAME=VALUE...: puts the lines that a part printed,
with the named facts of the machine, into the file of all parts. Numbers of
another kernel or CPU are not kept beside them. Called by bench.sh."""
import json
import sys


def main():
    path, part, lines, *facts = sys.argv[1:]
    facts = dict(fact.split("=", 1) for fact in facts)
    seconds = int(facts.pop("seconds"))
    with open(lines, encoding="utf-8") as file:
        results = [json.loads(line) for line in file]
    try:
        with open(path, encoding="utf-8") as file:
            kept = json.load(file)
    except FileNotFoundError:
        kept = {}
    if {name: kept.get(name) for name in facts} != facts:
        kept = {**facts, "unit": "instructions", "parts": {}}
    kept["parts"][part] = {"seconds": seconds, "results": results}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(kept, file, indent=1)
        file.write("\n")


main()
