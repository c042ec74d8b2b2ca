# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A line for a result, of what is side by side without and with the daemon; and the results of all, by name.

# result NAME VALUE UNIT: one for the file of tests/bench/all. A unit "text" is a sentence.
result() {
	[[ -z ${BENCH_RESULTS:-} ]] || printf '%s\t%s\t%s\n' "$@" >>"$BENCH_RESULTS"
}

print_head() { printf '%-42s %9s %9s %9s\n' '' without with added; }

median() { sort -g | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

# row NAME UNIT WITHOUT WITH ADDED [RESULT]
row() {
	[[ -z ${6:-} ]] || { result "$6.without" "$3" "$2" && result "$6.with" "$4" "$2" && result "$6.added" "$5" "$2"; }
	awk -v name="$1" -v unit="$2" -v without="$3" -v with="$4" -v added="$5" \
		'BEGIN { printf "%-42s %9.1f %9.1f %+9.1f %s  x%.3f\n", name, without, with, added, unit, 1 + added / without }'
}
