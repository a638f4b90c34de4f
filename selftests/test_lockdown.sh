#!/bin/bash
# test_lockdown.sh: the list of permissions under each level of a lockdown, for
# a plain user and for those from whom it takes something
#
# Test-alone: there is no way back from a lockdown
# Test-timeout: 600
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 4

security=/sys/kernel/security
mountpoint -q "$security" || mount -t securityfs securityfs "$security"
# What tells it is refused later.
SCOPE_TRACE_ID=$(</sys/kernel/tracing/events/skbscope/station/id)
SCOPE_IMAGE_ID=$(</sys/kernel/tracing/events/skbscope/image/id)
export SCOPE_TRACE_ID SCOPE_IMAGE_ID

lock() { # level
	echo "$1" >"$security/lockdown" && grep -qF "[$1]" "$security/lockdown"
}

if [[ -e $security/lockdown ]]; then
	for level in integrity confidentiality; do
		check "lockdown=$level" lock "$level"
		check "who may do what then" .build/selftests/permissions \
			-v user -v perfmon -v sys_module -v root
	done
else
	for ((i = 0; i < 4; i++)); do skip "lockdown" "this kernel has none"; done
fi
finish
