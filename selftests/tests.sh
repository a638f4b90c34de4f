# shellcheck shell=bash
# shellcheck disable=SC2034 # for who sources it
# tests.sh: which tests there are, by their sources: programs that have kselftest's
# harness (the others are used by scripts), and scripts. Those that spoil the VM for
# others have a line "Test-alone: WHY"; the rest run together. Sourced by check.sh
# and run-tests.sh, with the project folder as the working folder.
mapfile -t sources < <(grep -l '^TEST_HARNESS_MAIN' selftests/*.c; ls selftests/test_*.sh)
mapfile -t together < <(grep -L 'Test-alone:' "${sources[@]}")
