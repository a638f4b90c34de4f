# shellcheck shell=bash
# slowness.sh: how much longer than usual anything may take: an emulated machine
# may share its host with others, and a kernel that looks for faults is slow
# itself. Sourced by what starts tests; lib.sh and the programs read it.
export SCOPE_SLOWNESS=3
[[ $(uname -r) != *-debug-* ]] || SCOPE_SLOWNESS=10
