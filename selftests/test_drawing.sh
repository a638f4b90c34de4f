#!/bin/bash
# test_drawing.sh: the drawing of a socket in debugfs has the numbers that the
# netlink dump has of it at rest, and its bars their proportions.
# Test-timeout: 200
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
exec python3 selftests/drawing.py
