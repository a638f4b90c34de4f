#!/bin/bash
# count.sh FILE...: prints "PASSED FAILED SKIPPED" over KTAP files, each case
# once: the innermost results count, and the line that sums up a subtest counts
# only when it is bad and nothing below it was. Called by check.sh.

exec awk '
FNR == 1 { n = 0 }
{
	match($0, /^ */)
	depth = RLENGTH
	line = substr($0, depth + 1)
}
# An empty plan stands for a test that did not run.
line ~ /^1\.\.0( |$)/ && depth > 0 { skipped++; seen[++n] = depth; bad[n] = 0; next }
line !~ /^(not )?ok [0-9]/ { next }
{
	# Results deeper than this one, since the last of this depth, are below it.
	below = below_bad = 0
	while (n > 0 && seen[n] > depth) {
		below++
		below_bad += bad[n--]
	}
	is_bad = line ~ /^not ok/
	if (below && !(is_bad && !below_bad)) {
		# Counted already.
	} else if (tolower(line) ~ /# *skip/) {
		skipped++
	} else if (is_bad) {
		failed++
	} else {
		passed++
	}
	seen[++n] = depth
	bad[n] = is_bad
}
END { print passed + 0, failed + 0, skipped + 0 }
' "$@"
