#!/bin/bash
# style.sh: checkpatch, sparse, kernel-doc, shellcheck, and whether generated
# files and tables are what their source gives; one KTAP line for each. Called by `make
# style` and check.sh.
source "$(dirname "$0")/vm/common.sh"
cd "$top"

# What checkpatch asks for and we do not do, one by one.
ignore=(
	# Lists that several files need (stations, reasons) are written once, as
	# a macro of macros: such a list has no parentheses or statements round
	# it, not every use takes every column, and a table made of it starts
	# its rows with "[index]".
	COMPLEX_MACRO MACRO_ARG_UNUSED MACRO_ARG_REUSE BRACKET_SPACE
	# The coding style itself says not to break a message people search for.
	LONG_LINE_STRING
	# proto_ops has the family's number in it, which is known only at load.
	CONST_STRUCT
)
# A trace header is macros from end to end, laid out as all of them are.
ignore_trace=(OPEN_ENDED_LINE PARENTHESIS_ALIGNMENT)
# Programs have the C library, not the kernel's helpers: its PRIu64 and
# _Static_assert have capitals, its types are uint64_t and the like, it has no
# ARRAY_SIZE, __printf, BIT or strscpy, and what a signal handler sets is volatile.
ignore_user=(CAMELCASE PREFER_KERNEL_TYPES ARRAY_SIZE PREFER_DEFINED_ATTRIBUTE_MACRO
	BIT_MACRO STRCPY VOLATILE)

"$here/packages.sh" style
tree=$("$here/fetch-source.sh")
out=$build/style
mkdir -p "$out"

sources() { # folder...
	local dirs=() dir
	for dir in "$@"; do [[ ! -d $dir ]] || dirs+=("$dir"); done
	((${#dirs[@]} == 0)) || find "${dirs[@]}" -name '*.[ch]' ! -name '*_gen.[ch]' \
		! -name '*.mod.c' ! -name skbscope_netlink.h | sort
}

checkpatch() { # list-of-ignored file...
	local list=$1
	shift
	[[ $# == 0 ]] || perl "$tree/scripts/checkpatch.pl" --strict --no-tree --terse --quiet \
		--no-summary --show-types --color=never --ignore "$list" -f "$@"
}

comma() { local IFS=,; echo "$*"; }

check_checkpatch() {
	local module trace user status=0
	mapfile -t trace < <(sources kmod | grep '/trace[^/]*\.h$')
	mapfile -t module < <(sources kmod | grep -v '/trace[^/]*\.h$')
	mapfile -t user < <(sources user selftests)
	checkpatch "$(comma "${ignore[@]}")" "${module[@]}" || status=1
	checkpatch "$(comma "${ignore[@]}" "${ignore_trace[@]}")" "${trace[@]}" || status=1
	checkpatch "$(comma "${ignore[@]}" "${ignore_user[@]}")" "${user[@]}" || status=1
	# Its cache, left where it ran.
	rm -f .checkpatch-camelcase.*
	return "$status"
}

# Warnings from the kernel's own headers are not ours to mend.
check_sparse() {
	local kernel=${KERNELS:-6.1} log
	kernel=${kernel%% *}
	SPARSE=1 "$here/build-module.sh" "$kernel" || return 1
	log=$build/$(basename "$("$here/fetch-kernel.sh" "$kernel")")/sparse-build.log
	! grep -E '/src/(kmod/[^:]*):[0-9]+:[0-9]+: (warning|error)' "$log" | sed 's|.*/src/kmod/|kmod/|'
}

# The compiler's W=1 asks kernel-doc about the sources, nobody about headers.
check_kerneldoc() {
	local headers
	mapfile -t headers < <(sources kmod | grep '\.h$')
	! perl "$tree/scripts/kernel-doc" -none "${headers[@]}" 2>&1 | grep .
}

check_shellcheck() {
	local scripts
	mapfile -t scripts < <(find . \( -name .git -o -name .build \) -prune -o -type f -print | sort |
		while read -r file; do
			head -n 2 "$file" | grep -qaE '^#!.*/(ba)?sh|^# shellcheck shell' && echo "$file"
		done)
	shellcheck "${scripts[@]}"
}

check_generated() {
	rm -rf "$out/generated"
	"$top/selftests/generate.sh" "$out/generated" || return 1
	local file status=0
	while read -r file; do
		diff -u "$file" "$out/generated/$file" || status=1
	done < <(cd "$out/generated" && find . -type f | sed 's|^\./||')
	[[ $status == 0 ]] || echo "make regen rewrites these files"
	return "$status"
}

# The README's table of who may do what is the list that is tested.
check_permissions() {
	gcc -o "$out/permissions" selftests/permissions_table.c || return 1
	"$out/permissions" >"$out/permissions.md" || return 1
	diff -u <(sed -n '/^| what | needs |/,/^$/p' README.md | sed '/^$/d') "$out/permissions.md"
}

checks=(checkpatch sparse kerneldoc shellcheck generated permissions)
failed=0
echo "KTAP version 1"
echo "1..${#checks[@]}"
for i in "${!checks[@]}"; do
	name=${checks[i]}
	if "check_$name" >"$out/$name.log" 2>&1; then
		echo "ok $((i + 1)) style: $name"
	else
		failed=1
		sed 's/^/# /' "$out/$name.log"
		echo "not ok $((i + 1)) style: $name"
	fi
done
exit $failed
