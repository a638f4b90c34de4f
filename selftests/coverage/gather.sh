#!/bin/bash
# gather.sh FOLDER: inside the VM, copies what the kernel's gcov knows of the
# module's lines, .gcda files, into a folder. Does nothing, and says so, on a
# kernel without gcov. The module may be unloaded: its counts are kept.
cd "$(dirname "$0")/../.." || exit 1

from=/sys/kernel/debug/gcov$PWD/.build/$(uname -r)/src
[[ -d $from ]] || { echo "gather.sh: this kernel counts no lines" >&2; exit 0; }
cd "$from" || exit 1
mkdir -p "$1"
find . -name '*.gcda' -exec cp --parents -t "$1" {} +
