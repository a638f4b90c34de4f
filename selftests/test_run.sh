#!/bin/bash
# test_run.sh: `skbscope run' itself: its arguments, exit status, environment, and
# what it says of programs that no preloaded library gets into
# shellcheck source=selftests/lib.sh
source selftests/lib.sh
plan 15

# A command ends with a status, and says something on stderr that has a text.
says() { # status text command...
	local status=0
	"${@:3}" >"$work/out" 2>"$work/err" || status=$?
	cat "$work/err"
	equal "$status" "$1" && grep -qF -- "$2" "$work/err"
}

# A command says nothing of its own.
silent() { # command...
	"$@" 2>"$work/err" && equal "$(<"$work/err")" ''
}

check "the command is missing" says 2 "the command to run is missing" skbscope run
check "a port that is none" says 2 "--map: \`http' is not a port" skbscope run --map 80,http -- true
check "the exit status is the command's" equal "$(skbscope run -- sh -c 'exit 3'; echo $?)" 3
check "127 where there is no such command" says 127 "cannot run \`/no/such'" skbscope run -- /no/such
check "126 where it is none" says 126 "cannot run \`/etc/passwd'" skbscope run -- /etc/passwd
check "options behind the command are its own" equal "$(skbscope run -- echo --map x)" "--map x"
check "also without --" equal "$(skbscope run echo --unix)" "--unix"
check "nothing is said of a program in reach" silent skbscope run -- true
check "of a static one it is" says 0 "is linked statically" skbscope run -- busybox true
cp "$(command -v id)" "$work/setuid"
chmod 4755 "$work" "$work/setuid"
cp "$(dirname "$(command -v skbscope)")"/{skbscope,libskbscope-run.so} "$work"
check "of a setuid one, too" says 0 "is setuid" \
	setpriv --reuid=nobody --regid=nogroup --clear-groups -- "$work/skbscope" run -- "$work/setuid"

library=$(realpath "$(dirname "$(command -v skbscope)")/libskbscope-run.so")
# shellcheck disable=SC2016 # for the shell that is run
check "what is preloaded already stays" equal \
	"$(LD_PRELOAD=libm.so.6 skbscope run -- sh -c 'echo $LD_PRELOAD')" "$library:libm.so.6"
# shellcheck disable=SC2016
check "once is enough" equal \
	"$(skbscope run -- skbscope run -- sh -c 'echo $LD_PRELOAD')" "$library"
# shellcheck disable=SC2016
check "the inner one decides what is moved" equal \
	"$(skbscope run --unix --map 80 -- skbscope run -- sh -c 'echo $SKBSCOPE_RUN_UNIX$SKBSCOPE_RUN_MAP')" ''

# As `make install' lays them out
mkdir -p "$work/bin" "$work/lib/skbscope"
mv "$work/skbscope" "$work/bin"
mv "$work/libskbscope-run.so" "$work/lib/skbscope"
check "installed, it finds its library" silent "$work/bin/skbscope" run -- true
rm "$work/lib/skbscope/libskbscope-run.so"
check "or says where it was sought" says 1 "is neither in $work/bin nor in" "$work/bin/skbscope" run -- true
finish
