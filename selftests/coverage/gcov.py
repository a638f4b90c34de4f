"""gcov.py - what gcov says of the module's lines. Read by table.py and sites.py."""

import json
import subprocess


def files(folder, ran_only=False):
    """The name and the lines of each file of kmod/, once for each object that has
    some of it. With the notes alone, a file that never ran has no counts but
    lines: not those with ran_only."""
    for notes in sorted(folder.rglob("*.gcno")):
        data = notes.with_suffix(".gcda")
        if ran_only and not data.exists():
            continue
        said = subprocess.run(
            ["gcov-12", "-b", "-c", "--json-format", "--stdout",
             str(data if data.exists() else notes)],
            check=True, capture_output=True, text=True).stdout
        for document in said.splitlines():
            for file in json.loads(document)["files"]:
                _, found, name = file["file"].rpartition("/src/kmod/")
                if found:
                    yield name, file["lines"]
