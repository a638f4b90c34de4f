# shellcheck shell=bash
# filters.sh: records by filters that are jq's choice of one by none, of the same
# traffic. Sourced by test_filter_*.sh behind lib.sh, whose $work it uses, and
# behind the array filters: an expression, and what it is to jq.
# shellcheck disable=SC2154

nr=$((${#filters[@]} / 2))

# One recorder for each filter runs the next one, the last the traffic.
recorded() {
	local i command=("$PWD/selftests/traffic.sh")
	for ((i = nr - 1; i >= 0; i--)); do
		command=(skbscope record --no-btf --buffer-size 2048 -f "${filters[2 * i]}" -o "$work/$i" -- "${command[@]}")
	done
	skbscope record --no-btf -o "$work/all" -- "${command[@]}" 2>"$work/said"
	cat "$work/said"
	equal "$(grep -c ' lost: 0,' "$work/said")" $((nr + 1)) &&
		equal "$(grep -c 'all was filtered in the kernel' "$work/said")" "$nr" &&
		skbscope trace --json -i "$work/all" | jq -c 'del(.ts)' >"$work/events" &&
		[[ -s $work/events ]]
}

# No more and no less; the times are each ring's own.
same() { # number
	jq -c "select(${filters[2 * $1 + 1]})" "$work/events" | sort >"$work/wanted"
	skbscope trace --json -i "$work/$1" 2>"$work/said" | jq -c 'del(.ts)' | sort >"$work/got"
	local wanted
	wanted=$(wc -l <"$work/wanted")
	echo "$wanted of $(wc -l <"$work/events")"
	diff "$work/got" "$work/wanted" | head -n 20
	cmp "$work/got" "$work/wanted" && ((wanted > 0 && wanted < $(wc -l <"$work/events"))) &&
		grep -qF "has only what \`${filters[2 * $1]}' is true of" "$work/said"
}

check_filters() {
	local i
	check "one traffic is recorded by all filters" recorded
	for ((i = 0; i < nr; i++)); do
		check "${filters[2 * i]}" same "$i"
	done
}
