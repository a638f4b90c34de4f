#!/bin/bash
# scan-log.sh FILE: prints the lines of a kernel log that tell of trouble, each
# with some lines after it and the name of the test that ran, and fails if there
# are any. Called by vm.sh and check.sh.

exec awk '
/skbscope-test: / { test = $0 }
# Where memory fails on purpose the kernel may show who asked for it; a fault has
# a line of its own before that.
test ~ /skbscope-test: fail_/ && /Call Trace/ { next }
# Memory that was refused, and who asked for it: what fails by it is trouble.
/page allocation failure:|vmalloc error:/ { refused = 1 }
refused && /Call Trace/ { refused = 0; next }
# A detector that says it has started is no trouble.
/KernelAddressSanitizer initialized/ { next }
# Who goes beyond the limit of a control group is killed, with a trace of the
# stack: no trouble. That the machine itself has no memory left is.
/invoked oom-killer/ { killing = 1 }
/Memory cgroup out of memory: Killed process/ { killing = 0; next }
/] Out of memory: Killed process/ { killing = 0; found = 1 }
killing { next }
found || /BUG:|WARNING:|KASAN|UBSAN|possible (rec|circ|irq)|suspicious|INFO: task|Oops|general protection|Call Trace|kmemleak: [0-9]+ new/ {
	found = 0
	# A report has several such lines; it begins with the first.
	if (!left && reports++ < 10) {
		if (test)
			print test
		left = 30
	}
}
left { print; left-- }
END { exit reports > 0 }
' "$1"
