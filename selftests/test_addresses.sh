#!/bin/bash
# test_addresses.sh: nothing that the module or the tool show says where something
# lies in the kernel's memory, to those who may not know; see addresses.py.
# Test-timeout: 600
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
exec python3 selftests/addresses.py
